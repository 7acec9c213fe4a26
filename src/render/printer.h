/*
 * Prints many records in one form: layouts are compiled once, and what has no
 * program is printed by record_json.c or record_xml.c. The bytes are the same.
 */
#ifndef TCS_RENDER_PRINTER_H
#define TCS_RENDER_PRINTER_H

#include "render/record.h"

enum tcs_record_form { TCS_RECORD_JSON, TCS_RECORD_XML };

struct tcs_printer;

/* For the records of one decoder, whose layouts it knows by their ids. NULL if memory is refused. */
struct tcs_printer *tcs_printer_new(enum tcs_record_form form);
void tcs_printer_free(struct tcs_printer *p);

/* As tcs_render_record_json or tcs_render_record_xml. */
enum tcs_code tcs_printer_put(struct tcs_printer *p, struct tcs_buf *b, const struct tcs_record *rec,
                              struct tcs_str origin, struct tcs_err *err);

#endif
