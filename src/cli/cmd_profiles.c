#include "cli/command.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

struct profiles_options {
    bool help;
};

static const struct tcs_option options[] = {
    {"help", 'h', TCS_OPT_FLAG, 0, NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

static const struct tcs_builtin_profile *find(const char *name)
{
    for (const struct tcs_builtin_profile *b = tcs_builtin_profiles; b->name; b++)
        if (strcmp(b->name, name) == 0)
            return b;
    return NULL;
}

static enum tcs_exit print_texts(const struct tcs_words *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct tcs_builtin_profile *b = find(names->at[i]);
        if (b == NULL) {
            char text[300];
            snprintf(text, sizeof text, "unknown profile '%.100s'; 'tocsin profiles' lists all",
                     names->at[i]);
            return tcs_complain(text);
        }
        tcs_print((struct tcs_str){b->text, b->len});
    }
    return TCS_EXIT_QUIET;
}

static enum tcs_exit print_list(void)
{
    struct tcs_arena arena;
    struct tcs_buf out;
    tcs_arena_init(&arena, (size_t)64 << 20);
    tcs_buf_init(&out, (size_t)1 << 20);
    struct tcs_err err = TCS_ERR_INIT;
    for (const struct tcs_builtin_profile *b = tcs_builtin_profiles; b->name; b++) {
        struct tcs_profile p;
        if (tcs_profile_read((struct tcs_str){b->text, b->len}, tcs_str_of(b->name), &arena, &p, &err) !=
            TCS_OK)
            break;
        tcs_buf_printf(&out, "%-12s %-55.*s %3zu workers %3zu accounts %3zu programs\n", b->name,
                       TCS_STR_ARG(p.title), p.worker_count, p.accounts.count, p.need_count);
    }
    enum tcs_exit status = tcs_print_all(&out);
    tcs_buf_done(&out);
    tcs_arena_done(&arena);
    return err.code == TCS_OK ? status : tcs_complain(err.text);
}

static enum tcs_exit run(void *o, const struct tcs_words *rest)
{
    (void)o;
    return rest->count ? print_texts(rest) : print_list();
}

const struct tcs_command tcs_command_profiles = {
    "profiles",
    "[NAME...]",
    "list the built-in profiles, or print one to start from",
    "Lists the servers that tocsin knows. With names, prints these profiles as YAML: a copy can be\n"
    "changed and given to scan by --profile FILE, where it replaces the built-in one of the same name.",
    options,
    sizeof(struct profiles_options),
    run,
};
