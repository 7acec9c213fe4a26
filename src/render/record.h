/* A record as event XML in the manner of Windows, and as a line of JSON. */
#ifndef TCS_RENDER_RECORD_H
#define TCS_RENDER_RECORD_H

#include "base/buf.h"
#include "model/finding.h"
#include "model/record.h"

/*
 * Appends <Event ...>...</Event> on one line. Values of an array repeat the
 * element that holds them; attributes and elements without a value are left
 * out where the template says so. LIMIT: b could not hold it.
 */
enum tcs_code tcs_render_record_xml(struct tcs_buf *b, const struct tcs_record *rec, struct tcs_str origin,
                                    struct tcs_err *err);

/*
 * Appends one JSON object and a line feed:
 *   {"System": {"Provider": {"Name": ...}, "EventID": 4688, ...},
 *    "EventData": {"NewProcessName": ..., ...},
 *    "tocsin": {"file": ..., "offset": ..., "state": ["recovered"]}}
 * An element with only a text is that text; attributes are members of an
 * object, whose text is "#text"; <Data Name="x"> is a member x; unnamed
 * <Data> are an array "Data"; elements that occur several times are arrays.
 */
enum tcs_code tcs_render_record_json(struct tcs_buf *b, const struct tcs_record *rec, struct tcs_str origin,
                                     struct tcs_err *err);

/*
 * The copy of a record that a finding keeps, as one <Event> and as one JSON
 * object of the same shape, without a line end. A copy holds less than the
 * record: of System only who, when and where, and long values cut, which is
 * said in a comment or under tocsin.cut.
 */
void tcs_render_record_copy_xml(struct tcs_buf *b, const struct tcs_record_copy *r);
void tcs_render_record_copy_json(struct tcs_buf *b, const struct tcs_record_copy *r);

#endif
