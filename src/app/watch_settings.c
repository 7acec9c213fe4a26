#include "app/watcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000, ARENA_MOST = 256 << 20 };

/* Where there is no configuration that says otherwise; systemd names the folder of a service. */
static void usual_state(char *out, size_t size)
{
    const char *folder = tcs_environment("STATE_DIRECTORY");
    snprintf(out, size, "%s/state.db", folder && folder[0] ? folder : "/var/lib/tocsin");
}

const char *tcs_watch_state_path(const char *said, const struct tcs_config *config, char *out, size_t size)
{
    if (said)
        snprintf(out, size, "%s", said);
    else if (config->state.len)
        snprintf(out, size, "%.*s", TCS_STR_ARG(config->state));
    else
        usual_state(out, size);
    return out;
}

static enum tcs_code choose_sources(struct watch_settings *s, const struct tcs_watch *watch,
                                    struct tcs_err *err)
{
    enum { PATH_MOST = 900 }; /* it is part of a key of the store */
    if (watch->only_these)
        s->config.source_count = 0;
    s->source_count = s->config.source_count + watch->source_count;
    if (s->source_count == 0 && !watch->needs_no_source)
        return tcs_fail(
            err, TCS_CONFIG, TCS_NO_OFFSET,
            "nothing to watch: name logs, folders or patterns, or 'sources' in the configuration");
    s->sources = tcs_arena_array(&s->arena, s->source_count, sizeof *s->sources);
    if (s->sources == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    for (size_t i = 0; i < s->config.source_count; i++)
        s->sources[i] = s->config.sources[i];
    for (size_t i = 0; i < watch->source_count; i++)
        s->sources[s->config.source_count + i] =
            (struct tcs_source_config){.path = tcs_str_of(watch->sources[i])};
    for (size_t i = 0; i < s->source_count; i++)
        if (s->sources[i].path.len > PATH_MOST)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the path of a source is longer than %d bytes",
                            PATH_MOST);
    return TCS_OK;
}

static enum tcs_code add_drill_account(struct watch_settings *s, struct tcs_err *err)
{
    size_t count = s->rules.accounts.count;
    struct tcs_str *at = tcs_arena_array(&s->arena, count + 1, sizeof *at);
    if (at == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    for (size_t i = 0; i < count; i++)
        at[i] = s->rules.accounts.at[i];
    at[count] = TCS_STR(TCS_DRILL_DOMAIN "\\" TCS_DRILL_NAME);
    s->rules.accounts = (struct tcs_strs){at, count + 1};
    return TCS_OK;
}

static enum tcs_code choose_channels(struct watch_settings *s, const struct tcs_watch *watch,
                                     struct tcs_err *err)
{
    s->channels = s->config.channels;
    s->channel_count = s->config.channel_count;
    for (size_t i = 0; watch->only_channel && i < s->channel_count; i++) {
        if (!tcs_str_eq(s->channels[i].name, tcs_str_of(watch->only_channel)))
            continue;
        s->channels += i;
        s->channel_count = 1;
    }
    if (s->channel_count)
        return TCS_OK;
    s->channels = tcs_arena_alloc(&s->arena, sizeof *s->channels);
    if (s->channels == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    *s->channels = (struct tcs_channel_config){.name = TCS_STR("stdout"),
                                               .type = TCS_CHANNEL_STDOUT,
                                               .min_severity = TCS_POSSIBLE,
                                               .expire = 7 * (uint64_t)DAY_MS};
    s->channel_count = 1;
    return TCS_OK;
}

enum tcs_code settings_load(const struct tcs_watch *watch, struct watch_settings **out, struct tcs_err *err)
{
    struct watch_settings *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    tcs_arena_init(&s->arena, ARENA_MOST);
    enum tcs_code code = tcs_rules_load(watch->words, &s->arena, &s->config, &s->rules, err);
    if (code == TCS_OK)
        code = choose_sources(s, watch, err);
    if (code == TCS_OK)
        code = choose_channels(s, watch, err);
    if (code == TCS_OK)
        code = add_drill_account(s, err);
    if (code != TCS_OK) {
        settings_free(s);
        return code;
    }
    if (s->config.interval == 0)
        s->config.interval = 1000; /* there is no configuration */
    tcs_watch_state_path(watch->state, &s->config, s->state, sizeof s->state);
    tcs_host_name(s->host, sizeof s->host);
    *out = s;
    return TCS_OK;
}

void settings_free(struct watch_settings *s)
{
    if (s)
        tcs_arena_done(&s->arena);
    free(s);
}
