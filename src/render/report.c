#include "render/report.h"

#include "render/html.h"
#include "render/incident_view.h"
#include "render/record.h"

#define TEXT_MOST ((size_t)16 << 20)

/* Texts are made in one buffer and kept in an arena. */
struct maker {
    struct tcs_buf b;
    struct tcs_arena *arena;
    bool ok;
};

static void begin(struct maker *k, struct tcs_arena *arena)
{
    *k = (struct maker){.arena = arena, .ok = true};
    tcs_buf_init(&k->b, TEXT_MOST);
}

/* What was written since the last one. */
static struct tcs_str kept(struct maker *k)
{
    bool ok;
    struct tcs_str text = tcs_arena_str(k->arena, tcs_buf_view(&k->b), &ok);
    k->ok = k->ok && ok && !k->b.bad && !k->b.starved;
    tcs_buf_clear(&k->b);
    return text;
}

static enum tcs_code end(struct maker *k, struct tcs_err *err)
{
    tcs_buf_done(&k->b);
    return k->ok ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to word a message");
}

static struct tcs_str account_of(struct maker *k, const struct tcs_finding *f)
{
    tcs_put_account(&k->b, &f->account);
    return kept(k);
}

static struct tcs_str headline_of(struct maker *k, const struct tcs_finding *f)
{
    tcs_put_headline(&k->b, f);
    return kept(k);
}

enum tcs_code tcs_render_message(const struct tcs_incident *incident, const struct tcs_finding *f,
                                 struct tcs_arena *arena, struct tcs_message *out, struct tcs_err *err)
{
    struct maker k;
    begin(&k, arena);
    *out = (struct tcs_message){
        .id = tcs_str_of(f->id),
        .incident_id = tcs_str_of(incident->id),
        .kind = f->facts & TCS_FACT_BLINDNESS ? TCS_MESSAGE_BLINDNESS : TCS_MESSAGE_FINDING,
        .severity = f->severity,
        .time = f->time,
        .host = incident->host,
        .account = account_of(&k, f),
        .program = tcs_file_name(f->image),
        .headline = headline_of(&k, f),
    };
    tcs_render_finding_json(&k.b, incident, f);
    out->json = kept(&k);
    return end(&k, err);
}

enum tcs_code tcs_render_report(const struct tcs_incident *incident, struct tcs_arena *arena,
                                struct tcs_incident_report *out, struct tcs_err *err)
{
    static const struct tcs_text_style style = {.min_severity = TCS_NOTE, .whole = TCS_MAIL_WHOLE};
    const struct tcs_finding *head = tcs_gravest_finding(incident);
    struct maker k;
    begin(&k, arena);
    *out = (struct tcs_incident_report){
        .incident_id = tcs_str_of(incident->id),
        .severity = incident->severity,
        .finding_count = incident->finding_count + incident->finding_more,
        .first = incident->first,
        .last = incident->last,
        .host = incident->host,
        .account = account_of(&k, head),
        .program = tcs_file_name(head->image),
        .headline = headline_of(&k, head),
    };
    tcs_render_incident_text(&k.b, incident, &style);
    out->text = kept(&k);
    tcs_render_incident_html(&k.b, incident);
    out->html = kept(&k);
    if (head->record.event_id || head->record.field_count) {
        tcs_render_record_copy_xml(&k.b, &head->record);
        out->record_xml = kept(&k);
        tcs_render_record_copy_json(&k.b, &head->record);
        out->record_json = kept(&k);
    }
    return end(&k, err);
}
