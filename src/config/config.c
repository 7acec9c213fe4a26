#include "config/config.h"

#include "config/channels.h"
#include "engine/ruleset.h"

#define AT      TCS_KEY_AT
#define LIST_AT TCS_KEY_LIST_AT

static enum tcs_code check_need(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                struct tcs_err *err)
{
    const struct tcs_need *need = out;
    const char *why;
    if (tcs_need_path_ok(need->path, &why))
        return TCS_OK;
    return tcs_yaml_fail(err, file, at, "'%.*s' cannot be listed: %s", TCS_STR_ARG(need->path), why);
}

#define NEED_ROWS                                                                                            \
    {"path", TCS_TYPE_TEXT, AT(tcs_need, path), true,                                                        \
     "full path of the program; * stands for characters within one folder name"},                            \
        {"parent", TCS_TYPE_TEXTS, AT(tcs_need, parents), false,                                             \
         "only if started by one of these full paths; the word worker means the server itself"},             \
        {"pool", TCS_TYPE_TEXTS, AT(tcs_need, pools), false,                                                 \
         "only below a worker of these pools; * stands for anything"},                                       \
        {"account", TCS_TYPE_TEXTS, AT(tcs_need, accounts), false, "only as one of these accounts"},         \
        {"command", TCS_TYPE_TEXTS, AT(tcs_need, commands), false,                                           \
         "only with exactly one of these command lines"},                                                    \
        {"severity", TCS_TYPE_SEVERITY, AT(tcs_need, severity), false,                                       \
         "ring with this severity instead of being silent"},                                                 \
        {"dedicated", TCS_TYPE_BOOL, AT(tcs_need, dedicated), false,                                         \
         "only for the rule dedicated-start: what Windows itself starts"},                                   \
    {                                                                                                        \
        "note", TCS_TYPE_TEXT, AT(tcs_need, note), false, "shown with the alarm"                             \
    }

/* What every line of a shipped profile carries for its readers. */
#define SOURCE_ROWS                                                                                          \
    {"source", TCS_TYPE_IGNORED, 0, 0, NULL, true, "where the line is known from"},                          \
    {                                                                                                        \
        "unverified", TCS_TYPE_IGNORED, 0, 0, NULL, false, "nobody could check it"                           \
    }

static const struct tcs_key_row allow_rows[] = {NEED_ROWS, {NULL}};
static const struct tcs_key_table allow_table = {
    "a program of the list", sizeof(struct tcs_need), allow_rows, "path", check_need,
};

static const struct tcs_key_row need_rows[] = {NEED_ROWS, SOURCE_ROWS, {NULL}};
static const struct tcs_key_table need_table = {
    "a program of a profile", sizeof(struct tcs_need), need_rows, NULL, check_need,
};

static const struct tcs_key_row confirm_rows[] = {
    {"account", TCS_TYPE_TEXTS, AT(tcs_confirmation, accounts), false, "it runs as one of these accounts"},
    {"parent", TCS_TYPE_TEXTS, AT(tcs_confirmation, parents), false, "one of these programs started it"},
    {"command", TCS_TYPE_TEXTS, AT(tcs_confirmation, commands), false,
     "its command line holds one of these texts"},
    {NULL},
};
static const struct tcs_key_table confirm_table = {
    "a confirmation", sizeof(struct tcs_confirmation), confirm_rows, NULL, NULL,
};

#define WORKER_ROWS                                                                                          \
    {"image", TCS_TYPE_TEXT, AT(tcs_worker, image), true,                                                    \
     "full path, file name, or **\\folder\\name for any place that ends so"},                                \
        {"title", TCS_TYPE_TEXT, AT(tcs_worker, title), false, "what people call it"},                       \
        {"pool_option", TCS_TYPE_TEXT, AT(tcs_worker, pool_option), false,                                   \
         "option of its command line that names the pool"},                                                  \
        {"started_by", TCS_TYPE_TEXTS, AT(tcs_worker, started_by), false,                                    \
         "the programs that start it; started by others it is no server"},                                   \
        {"forks", TCS_TYPE_BOOL, AT(tcs_worker, forks), false, "it may start itself"},                       \
        {"generic", TCS_TYPE_BOOL, AT(tcs_worker, generic), false,                                           \
         "the program alone does not make it a server"},                                                     \
        {"only_confirmed", TCS_TYPE_BOOL, AT(tcs_worker, only_confirmed), false,                             \
         "it is no server at all until it is confirmed"},                                                    \
    {                                                                                                        \
        "confirm", TCS_TYPE_MAP, offsetof(struct tcs_worker, confirm), 0, &confirm_table, false,             \
            "what confirms that it is a server"                                                              \
    }

static const struct tcs_key_row user_worker_rows[] = {WORKER_ROWS, {NULL}};
static const struct tcs_key_table user_worker_table = {
    "a worker", sizeof(struct tcs_worker), user_worker_rows, "image", NULL,
};

static const struct tcs_key_row worker_rows[] = {WORKER_ROWS, SOURCE_ROWS, {NULL}};
static const struct tcs_key_table worker_table = {
    "a worker of a profile", sizeof(struct tcs_worker), worker_rows, NULL, NULL,
};

/* Accounts of a profile carry their source, so they are read as structs and flattened. */
struct sourced_account {
    struct tcs_str name;
};

static const struct tcs_key_row account_rows[] = {
    {"name", TCS_TYPE_TEXT, AT(sourced_account, name), true,
     "name, DOMAIN\\name or SID; * stands for anything"},
    SOURCE_ROWS,
    {NULL},
};
static const struct tcs_key_table account_table = {
    "an account of a profile", sizeof(struct sourced_account), account_rows, NULL, NULL,
};

struct profile_file {
    struct tcs_profile profile;
    struct tcs_str windows;
    struct sourced_account *accounts;
    size_t account_count;
};

static enum tcs_code check_profile(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                   struct tcs_err *err)
{
    struct profile_file *p = out;
    if (tcs_str_eq(p->windows, TCS_STR("before-vista")))
        p->profile.windows = TCS_WINDOWS_BEFORE_VISTA;
    else if (tcs_str_eq(p->windows, TCS_STR("vista-on")))
        p->profile.windows = TCS_WINDOWS_VISTA_ON;
    else if (p->windows.len)
        return tcs_yaml_fail(err, file, at, "'windows' of a profile is before-vista or vista-on");
    return TCS_OK;
}

static const struct tcs_key_row profile_rows[] = {
    {"profile", TCS_TYPE_TEXT, AT(profile_file, profile.name), true, "name of the profile"},
    {"title", TCS_TYPE_TEXT, AT(profile_file, profile.title), true, "what people call the server"},
    {"windows", TCS_TYPE_TEXT, AT(profile_file, windows), false,
     "before-vista or vista-on: counts only for events of such Windows; without it, for all"},
    {"always", TCS_TYPE_BOOL, AT(profile_file, profile.always), false,
     "in force whichever profiles are chosen: programs that are harmless below any server"},
    {"workers", TCS_TYPE_LIST, LIST_AT(profile_file, profile.workers, profile.worker_count), &worker_table,
     false, "the processes that are the server"},
    {"accounts", TCS_TYPE_LIST, LIST_AT(profile_file, accounts, account_count), &account_table, false,
     "accounts that only the server uses"},
    {"needs", TCS_TYPE_LIST, LIST_AT(profile_file, profile.needs, profile.need_count), &need_table, false,
     "programs that the server may run"},
    {"about", TCS_TYPE_IGNORED, 0, 0, NULL, false, "remarks"},
    {NULL},
};
const struct tcs_key_table tcs_profile_table = {
    "a profile", sizeof(struct profile_file), profile_rows, NULL, check_profile,
};

static enum tcs_code check_volume(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                  struct tcs_err *err)
{
    const struct tcs_volume *v = out;
    bool is_drive = v->drive.len == 2 && v->drive.p[1] == ':';
    bool is_device = tcs_str_starts(v->device, TCS_STR("\\Device\\"));
    if (is_drive && is_device)
        return TCS_OK;
    return tcs_yaml_fail(err, file, at,
                         "a volume is written as {device: '\\Device\\HarddiskVolume2', drive: 'C:'}");
}

static const struct tcs_key_row volume_rows[] = {
    {"device", TCS_TYPE_TEXT, AT(tcs_volume, device), true, "as the log has it: \\Device\\HarddiskVolume2"},
    {"drive", TCS_TYPE_TEXT, AT(tcs_volume, drive), true, "its letter: C:"},
    {NULL},
};
static const struct tcs_key_table volume_table = {
    "a volume", sizeof(struct tcs_volume), volume_rows, NULL, check_volume,
};

static enum tcs_code check_source(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                  struct tcs_err *err)
{
    const struct tcs_source_config *s = out;
    if (tcs_str_find(s->path, '\0') < s->path.len)
        return tcs_yaml_fail(err, file, at, "the path of a source holds a NUL");
    return TCS_OK;
}

enum { SECOND = 1000, HOUR = 3600 * SECOND };

static const struct tcs_key_row source_rows[] = {
    {"path", TCS_TYPE_TEXT, AT(tcs_source_config, path), true,
     "a log, a folder, a pattern like /srv/logs/**/*.evt*, a named pipe, or - for standard input"},
    {"silent_after", TCS_TYPE_DURATION, AT(tcs_source_config, silent_after), false,
     "alarm if it says nothing for so long; without it, learned from its rhythm", NULL, 60 * SECOND,
     366 * UINT64_C(24) * HOUR},
    {NULL},
};
static const struct tcs_key_table source_table = {
    "a source", sizeof(struct tcs_source_config), source_rows, "path", check_source, NULL,
};

static const struct tcs_key_row config_rows[] = {
    {"profiles", TCS_TYPE_TEXTS, AT(tcs_config, profiles), false, "servers to watch for; without it, all"},
    {"profile_files", TCS_TYPE_TEXTS, AT(tcs_config, profile_files), false,
     "profiles of your own; one with a name that is built in replaces it"},
    {"allow", TCS_TYPE_LIST, LIST_AT(tcs_config, allow, allow_count), &allow_table, false,
     "programs that your server may run, by full path"},
    {"accounts", TCS_TYPE_TEXTS, AT(tcs_config, accounts), false,
     "further accounts that only the web server uses, by name or SID"},
    {"workers", TCS_TYPE_LIST, LIST_AT(tcs_config, workers, worker_count), &user_worker_table, false,
     "further programs that are your web server"},
    {"volumes", TCS_TYPE_LIST, LIST_AT(tcs_config, volumes, volume_count), &volume_table, false,
     "drives of volumes that the log names by device"},
    {"system_root", TCS_TYPE_TEXT, AT(tcs_config, system_root), false,
     "where Windows is, if not C:\\Windows and the log does not show it"},
    {"dedicated", TCS_TYPE_BOOL, AT(tcs_config, dedicated), false,
     "the machine is only a web server: any program that is not listed rings"},
    {"min_severity", TCS_TYPE_SEVERITY, AT(tcs_config, min_severity), false, "what is less is not shown"},
    {"channels", TCS_TYPE_LIST, LIST_AT(tcs_config, channels, channel_count), &tcs_channel_table, false,
     "whom `tocsin watch` tells, and how"},
    {"state", TCS_TYPE_TEXT, AT(tcs_config, state), false,
     "where `tocsin watch` keeps what it must not forget"},
    {"interval", TCS_TYPE_DURATION, AT(tcs_config, interval), false,
     "sources are looked at so often, notices of the system or not", NULL, 50, HOUR},
    {"sources", TCS_TYPE_LIST, LIST_AT(tcs_config, sources, source_count), &source_table, false,
     "what `tocsin watch` watches"},
    {"metrics", TCS_TYPE_TEXT, AT(tcs_config, metrics), false,
     "file that `tocsin watch` writes for the textfile collector of Prometheus' node_exporter"},
    {"alive", TCS_TYPE_DURATION, AT(tcs_config, alive), false,
     "a sign of life to every channel so often, for a dead man's switch", NULL, 60 * SECOND,
     366 * UINT64_C(24) * HOUR},
    {NULL},
};

static enum tcs_code check_config(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                  struct tcs_err *err)
{
    struct tcs_config *c = out;
    struct tcs_str root = c->system_root;
    const char *why;
    /* A folder is like a program of a list here: every entry below it takes over what is odd about it. */
    bool is_usable = root.len > 3 && root.p[1] == ':' && tcs_need_path_ok(root, &why) &&
                     tcs_str_find(root, '*') == root.len;
    if (root.len && !is_usable)
        return tcs_yaml_fail(err, file, at,
                             "'system_root' must be a full path like D:\\Windows, without a "
                             "backslash at its end");
    if (c->interval == 0)
        c->interval = SECOND;
    return tcs_channels_check(c->channels, c->channel_count, file, at, err);
}

const struct tcs_key_table tcs_config_table = {
    "the configuration", sizeof(struct tcs_config), config_rows, NULL, check_config,
};

enum tcs_code tcs_config_read(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                              struct tcs_config *out, struct tcs_err *err)
{
    const struct tcs_yaml_node *root;
    *out = (struct tcs_config){.min_severity = TCS_SEVERITY_NONE};
    enum tcs_code code = tcs_yaml_parse(text, file, arena, &root, err);
    return code == TCS_OK ? tcs_schema_read(&tcs_config_table, file, root, arena, out, err) : code;
}

enum tcs_code tcs_profile_read(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                               struct tcs_profile *out, struct tcs_err *err)
{
    const struct tcs_yaml_node *root;
    struct profile_file read = {0};
    enum tcs_code code = tcs_yaml_parse(text, file, arena, &root, err);
    if (code == TCS_OK)
        code = tcs_schema_read(&tcs_profile_table, file, root, arena, &read, err);
    if (code != TCS_OK)
        return code;
    struct tcs_str *names = tcs_arena_array(arena, read.account_count, sizeof *names);
    if (names == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a profile");
    for (size_t i = 0; i < read.account_count; i++)
        names[i] = read.accounts[i].name;
    *out = read.profile;
    out->accounts = (struct tcs_strs){names, read.account_count};
    return TCS_OK;
}
