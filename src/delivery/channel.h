/*
 * A channel: one way to tell the administrator. Each type fills a
 * struct tcs_channel_ops; the runner knows no type.
 *
 * A channel works on one thread of its own. It may block, but not for good:
 * it has a time limit for everything it waits for, and gives up within 2 s
 * when env->stop becomes true.
 */
#ifndef TCS_DELIVERY_CHANNEL_H
#define TCS_DELIVERY_CHANNEL_H

#include "base/buf.h"
#include "model/channel.h"

#include <stdatomic.h>

/* What a channel may use of its surroundings. Outlives the channel. */
struct tcs_channel_env {
    const atomic_bool *stop; /* true: give up what you wait for */
    struct tcs_str host;     /* name of this computer */
    /* A remark for the log of the program, one line, not escaped. Thread-safe. */
    void (*remark)(void *ctx, struct tcs_str channel, const char *text);
    void *remark_ctx;
};

/* What is sent by one call. Borrowed during the call. */
struct tcs_batch {
    const struct tcs_message *messages; /* oldest first, at least one */
    size_t count;
    /* One for each incident of the messages that has one, in the order of their first message; only if
     * wanted. */
    const struct tcs_incident_report *reports;
    size_t report_count;
    bool is_digest; /* collected because of the rate limit or of a backlog: may be of several incidents */
};

enum tcs_send_result {
    TCS_SENT,          /* the other side has taken responsibility for all of it */
    TCS_SEND_RETRY,    /* not now; the same may work later */
    TCS_SEND_REJECTED, /* this will never work */
};

/* What the other side said. Zeroed by the caller. */
struct tcs_receipt {
    size_t taken; /* after RETRY or REJECTED: so many messages from the front were taken all the same */
    uint64_t retry_after; /* milliseconds the other side asked to wait; 0: it did not say */
    char text[256];       /* one line for people, may quote the other side: escape it before a terminal */
};

/* Writes the text of a receipt, cutting what is too long, and gives result back, so that a send ends in one
 * line. */
enum tcs_send_result tcs_receipt_say(struct tcs_receipt *r, enum tcs_send_result result, const char *fmt, ...)
    TCS_PRINTF(3, 4);

/* Appends what another program or server said, any bytes, as one line that can be shown. */
void tcs_put_said(struct tcs_buf *b, struct tcs_bytes said);

/* Appends the JSON of every message as a line. False: no memory for them; the buffer is of no use then. */
bool tcs_batch_lines(const struct tcs_batch *batch, struct tcs_buf *lines);

/* Bytes of such lines; more do not come from us. */
#define TCS_BATCH_LINES_MOST ((size_t)256 << 20)

/* What a channel can take at once. */
enum tcs_batch_kind {
    TCS_BATCH_ONE,      /* one message */
    TCS_BATCH_INCIDENT, /* messages in a row of the same incident; and digests of anything */
    TCS_BATCH_ANY,      /* whatever waits */
};

struct tcs_channel_ops {
    enum tcs_batch_kind batch;
    bool digests;       /* when there is more than the rate limit lets through, it takes anything at once */
    bool wants_reports; /* reports are fetched for it */
    size_t batch_most;  /* messages in one call */

    /*
     * Makes a channel from its configuration, which outlives it. Reads secrets, does not
     * connect. CONFIG, DENIED, NOMEM: it cannot work; the text says why, without the name
     * of the channel.
     */
    enum tcs_code (*open)(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                          void **channel, struct tcs_err *err);

    /* Hands the batch over. Says in the receipt what happened, also after SENT (a short word, or nothing). */
    enum tcs_send_result (*send)(void *channel, const struct tcs_batch *batch, struct tcs_receipt *receipt);

    /* Files are to be opened anew (SIGHUP, after rotation); NULL: nothing to do. Between two sends. */
    void (*reopen)(void *channel);
    void (*close)(void *channel);
};

/* Those of a type: delivery/channels.c has the table. NULL for a type that this build has not. */
const struct tcs_channel_ops *tcs_channel_ops_of(enum tcs_channel_type type);

/* One table a type, each in its file. */
extern const struct tcs_channel_ops tcs_channel_stdout;
extern const struct tcs_channel_ops tcs_channel_file;
extern const struct tcs_channel_ops tcs_channel_command;
extern const struct tcs_channel_ops tcs_channel_webhook;
extern const struct tcs_channel_ops tcs_channel_mail;
extern const struct tcs_channel_ops tcs_channel_syslog;

#endif
