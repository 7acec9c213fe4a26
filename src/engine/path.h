/*
 * Program paths as logs write them, in one form.
 *
 * The form is made to be compared, not to be kind: nothing is trimmed,
 * resolved or guessed, so that a path that only looks like a listed one stays
 * different from it. Only prefixes that Windows defines to mean the same are
 * replaced, and letters are folded as file names fold.
 */
#ifndef TCS_ENGINE_PATH_H
#define TCS_ENGINE_PATH_H

#include "base/arena.h"
#include "model/rules.h"

enum tcs_path_kind {
    TCS_PATH_NONE,   /* nothing, or "-" */
    TCS_PATH_DRIVE,  /* C:\folder\name */
    TCS_PATH_ROOTED, /* \folder\name: without drive, as 592 of NT 4 and 2000 has it */
    TCS_PATH_NAME,   /* name only, as 592 of NT 4 may have it */
    TCS_PATH_UNC,    /* \\server\share\folder\name */
    TCS_PATH_OTHER,  /* a device, a volume without letter, a shadow copy, or nothing we know */
};

enum tcs_path_trait {
    TCS_PATH_STREAM = 1 << 0,    /* a colon behind the drive: an alternate data stream */
    TCS_PATH_SHORT = 1 << 1,     /* an 8.3 name such as PROGRA~1 */
    TCS_PATH_TRAILING = 1 << 2,  /* a name that ends with a dot or a blank */
    TCS_PATH_DOTS = 1 << 3,      /* . or .. as a folder */
    TCS_PATH_SLASH = 1 << 4,     /* a forward slash, or two backslashes together */
    TCS_PATH_CONTROL = 1 << 5,   /* a control character, or damaged text */
    TCS_PATH_INVISIBLE = 1 << 6, /* a character that shows nothing or turns the direction of text */
    TCS_PATH_REMOTE = 1 << 7,    /* on another machine */
};

/* The traits that make a path odd: nobody has them by accident. */
#define TCS_PATH_ODD                                                                                         \
    (TCS_PATH_STREAM | TCS_PATH_TRAILING | TCS_PATH_DOTS | TCS_PATH_SLASH | TCS_PATH_CONTROL |               \
     TCS_PATH_INVISIBLE)

struct tcs_path {
    enum tcs_path_kind kind;
    unsigned traits;       /* enum tcs_path_trait */
    struct tcs_str folded; /* the one form */
    struct tcs_str name;   /* its last part */
};

/* What prefixes stand for on a host. */
struct tcs_path_places {
    struct tcs_str system_root; /* C:\Windows */
    const struct tcs_volume *volumes;
    size_t volume_count;
};

enum { TCS_PATH_BYTES_MOST = 4 * 32768 }; /* what Windows can name, in UTF-8 */

/*
 * Brings a path (UTF-8 as logged) into the one form; texts go to the arena.
 * damaged tells that the text itself had to be repaired. False if memory is
 * refused or the path is longer than Windows allows.
 */
bool tcs_path_normalise(struct tcs_str logged, bool damaged, const struct tcs_path_places *places,
                        struct tcs_arena *arena, struct tcs_path *out);

/*
 * True if the folded path fits the folded pattern: `*` stands for any
 * characters but a backslash, a leading `**\` for any folders.
 */
bool tcs_path_fits(struct tcs_str path, struct tcs_str pattern);

/* True if text fits the pattern, where `*` stands for any characters. Both folded. */
bool tcs_text_fits(struct tcs_str text, struct tcs_str pattern);

#endif
