/*
 * Escaping: once per output form, here and nowhere else. Texts of a log are
 * written by intruders.
 */
#ifndef TCS_RENDER_ESCAPE_H
#define TCS_RENDER_ESCAPE_H

#include "base/buf.h"
#include "model/value.h"

/* True for characters that steer a terminal, are invisible, or turn the direction of text. */
bool tcs_is_deceptive(uint32_t cp);

/*
 * For a terminal or a mail: UTF-8, but what steers, hides or turns text is
 * shown as <U+202E>. One line: line breaks are shown as <U+000A>.
 */
void tcs_put_visible(struct tcs_buf *b, struct tcs_str s);

/*
 * HTML, in text and in quoted attributes: a browser shows what tcs_put_visible
 * would have written, and nothing of it is markup.
 */
void tcs_put_html(struct tcs_buf *b, struct tcs_str s);

/* A value in the structured data of syslog (RFC 5424, 6.3.3), without the quotes: visible, and " \ ] escaped.
 */
void tcs_put_structured(struct tcs_buf *b, struct tcs_str s);

/* For people who compare by eye: the code points of all characters outside ASCII, as U+0441 U+03BF. */
void tcs_put_code_points(struct tcs_buf *b, struct tcs_str s);

/* Writes one code point as a form wants it. */
typedef void tcs_put_cp(struct tcs_buf *b, uint32_t cp);
tcs_put_cp tcs_put_json_cp, tcs_put_xml_cp;

/* Inside a JSON string, without the quotes. Exact: a parser gives back the text. */
void tcs_put_json(struct tcs_buf *b, struct tcs_str s);

/* The same straight from UTF-16; stray surrogates become U+FFFD. */
void tcs_put_json_utf16(struct tcs_buf *b, struct tcs_utf16 s);

/* JSON that is whole already, with all that is not ASCII in its strings as \u escapes. */
void tcs_put_json_ascii(struct tcs_buf *b, struct tcs_str json);

/*
 * XML character data and attribute values. Control characters, which XML 1.0
 * cannot hold, are shown by the pictures of U+2400.
 */
void tcs_put_xml(struct tcs_buf *b, struct tcs_str s);

/* The same straight from UTF-16; stray surrogates become U+FFFD. */
void tcs_put_xml_utf16(struct tcs_buf *b, struct tcs_utf16 s);

/*
 * A field of CSV (RFC 4180), quoted where needed. A text that a spreadsheet
 * would take for a formula gets a ' in front.
 */
void tcs_put_csv(struct tcs_buf *b, struct tcs_str s);

#endif
