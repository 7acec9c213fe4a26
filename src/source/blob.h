/*
 * A blob: what a source hands out at once while it is watched.
 *
 * It holds records that were not handed out before, and facts about the
 * source that its records do not tell (records lost, a log begun anew, a file
 * that vanished). It is the unit of the commit: who stores the cursor of a
 * blob together with what the blob led to, and puts the stored cursors back
 * after a crash, gets every later record and none of the earlier ones.
 *
 *     next                           a blob
 *     tcs_decoder_begin(unit), ...   its records
 *     what they led to, blob.cursor  in one transaction
 *     next                           which says that this blob is dealt with
 */
#ifndef TCS_SOURCE_BLOB_H
#define TCS_SOURCE_BLOB_H

#include "decode/log.h"
#include "model/source_fact.h"

struct tcs_blob {
    /*
     * The new records, to be decoded with tcs_decoder_begin and _next; NULL if
     * there are only facts, or only a cursor to be kept. unit->number counts the blobs with records of
     * this source. The unit, its log, and all views of its records stay good
     * until the next call of next.
     */
    struct tcs_unit *unit;
    const struct tcs_source_fact *facts; /* to be told before the records */
    size_t fact_count;
    unsigned source; /* which of the named sources, as counted by the call that added it */
    /*
     * Which file, for the store: a number that is never given to another file,
     * also not after a restart, as long as the cursors are put back.
     */
    uint64_t file;
    struct tcs_str path; /* of the file at present; empty for a pipe */
    /*
     * Where reading goes on behind this blob: bytes without NUL-termination that
     * only the source understands, below 8 KiB. Empty: nothing to keep, and what is
     * kept for `file` can be deleted.
     */
    struct tcs_bytes cursor;
    bool is_past;    /* the records were there before the watch first began (see follow.h) */
    uint64_t behind; /* bytes of the file that are not handed out yet, about; 0 if this is the end */
};

#endif
