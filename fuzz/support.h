/*
 * What the fuzz targets share: the demands that stop a run, checkers of
 * output that share no code with the program, and the reading of a log with
 * all that must hold of it.
 */
#ifndef TCS_FUZZ_SUPPORT_H
#define TCS_FUZZ_SUPPORT_H

#include "decode/log.h"

/* The entry of every target: libFuzzer calls it, or replay_main.c. Always gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops with a message; the fuzzer then keeps the input. */
_Noreturn void fuzz_stop(const char *file, int line, const char *what, const char *detail);

/* What must hold whatever the input is. The second form tells something more. */
#define FUZZ_REQUIRE(condition) FUZZ_REQUIRE_SAY(condition, "")
#define FUZZ_REQUIRE_SAY(condition, detail)                                                                  \
    ((condition) ? (void)0 : fuzz_stop(__FILE__, __LINE__, #condition, detail))

/* ---- check_json.c ---- */

/* True if every byte belongs to a shortest-form sequence of a scalar value. */
bool fuzz_is_utf8(const char *p, size_t len);

/*
 * True if the text is one JSON object (RFC 8259) without blanks between
 * tokens, and nothing else. Otherwise why tells what is wrong.
 */
bool fuzz_is_json_object(const char *p, size_t len, const char **why);

/* ---- check_xml.c ---- */

/* True if the text is a well-formed XML document on one line and a line feed. */
bool fuzz_is_xml_line(const char *p, size_t len, const char **why);

/* ---- input.c ---- */

/* Takes an input apart, piece by piece; what is not there is 0 or empty. */
struct fuzz_input {
    const uint8_t *p;
    size_t len;
};

uint8_t fuzz_u8(struct fuzz_input *in);
uint16_t fuzz_u16(struct fuzz_input *in);

/* The next bytes, most of them at most. */
struct tcs_bytes fuzz_bytes(struct fuzz_input *in, size_t most);

/* The bytes up to the next line feed, which is taken too. */
struct tcs_bytes fuzz_line(struct fuzz_input *in);

/* Reads these bytes, which must outlive it, as a file. Whoever asks for more than there is stops the run. */
struct tcs_reader fuzz_reader(struct tcs_bytes *bytes);

/* Bytes as the text that the program would make of them; in the arena. */
struct tcs_str fuzz_text(struct tcs_bytes bytes, struct tcs_arena *arena);

/* Mixes bytes into a hash (FNV-1a), to compare what two runs gave. */
uint64_t fuzz_hash(uint64_t before, const void *p, size_t len);

/* ---- read_log.c ---- */

/*
 * Reads the bytes as a log, several times and in several ways, and demands
 * what read_log.c lists. Bytes that are no log must be refused with a reason.
 */
void fuzz_read_log(const uint8_t *p, size_t len);

/* ---- split_log.c ---- */

/*
 * Brings the bytes in pieces, as a pipe does, and demands that the blobs hold
 * all that the whole file holds, whatever the pieces are.
 */
void fuzz_split_log(const uint8_t *p, size_t len);

#endif
