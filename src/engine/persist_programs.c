#include "engine/identity.h"
#include "engine/image.h"
#include "engine/persist_rows.h"

/* ---- programs ---- */

static void carry_image(struct row *r, const struct tcs_engine *e, struct image *image)
{
    uint8_t windows = (uint8_t)image->windows;
    row_u16(r, &image->ruleset, (uint16_t)(e->ruleset_count - 1));
    row_u8(r, &image->type, UINT8_MAX);
    row_bool(r, &image->old_paths);
    row_u8(r, &windows, TCS_WINDOWS_VISTA_ON);
    if (image->type == TCS_VALUE_UTF8) {
        struct tcs_str text = {(const char *)image->raw.p, image->raw.len};
        row_str(r, &text, TCS_PATH_BYTES_MOST);
        image->raw = (struct tcs_bytes){(const uint8_t *)text.p, text.len};
    } else {
        row_bytes(r, &image->raw, TCS_PATH_BYTES_MOST);
    }
    image->windows = (enum tcs_windows)windows;
}

/* A place that serves for one program after the other says nothing tomorrow. */
static bool image_is_live(const struct tcs_engine *e, uint32_t place)
{
    return place != e->temporary_image && image_at(e, place)->memory != NULL;
}

static void write_image(struct tcs_engine *e, uint32_t place, struct row *r)
{
    struct image image = *image_at(e, place);
    carry_image(r, e, &image);
}

static struct row_table image_table(struct tcs_engine *e)
{
    return (struct row_table){ROW_IMAGE, &e->changed.images, &e->stored.images, e->images.used,
                              0,         image_is_live,      write_image};
}

static enum tcs_code load_image(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct image image = {0};
    if (numbers[0] >= e->limits->images)
        return TCS_LIMIT;
    carry_image(r, e, &image);
    r->bad = r->bad || !image_load(e, numbers[0], &image);
    return TCS_OK;
}

const struct row_kind row_image = {.numbers = 1, .table = image_table, .load = load_image};

/* ---- accounts ---- */

static void carry_account(struct row *r, struct account *a)
{
    row_bytes(r, &a->key, 4096);
    row_bool(r, &a->is_joined);
    row_bool(r, &a->is_system);
}

static bool account_is_live(const struct tcs_engine *e, uint32_t place)
{
    return place != e->temporary_account && account_at(e, place)->memory != NULL;
}

static void write_account(struct tcs_engine *e, uint32_t place, struct row *r)
{
    struct account a = *account_at(e, place);
    carry_account(r, &a);
}

static struct row_table account_table(struct tcs_engine *e)
{
    return (struct row_table){ROW_ACCOUNT, &e->changed.accounts, &e->stored.accounts, e->accounts.used,
                              0,           account_is_live,      write_account};
}

static enum tcs_code load_account(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct account a = {0};
    if (numbers[0] >= e->limits->accounts)
        return TCS_LIMIT;
    carry_account(r, &a);
    r->bad = r->bad || !account_load(e, numbers[0], &a);
    return TCS_OK;
}

const struct row_kind row_account = {.numbers = 1, .table = account_table, .load = load_account};
