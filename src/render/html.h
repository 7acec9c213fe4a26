/*
 * An incident as HTML for a mail: tables and styles at each element, because
 * that is what mail programs keep; nothing remote, no script. A style sheet
 * only adds the dark colours for programs that know them.
 */
#ifndef TCS_RENDER_HTML_H
#define TCS_RENDER_HTML_H

#include "render/finding.h"

/* What shows texts in full that are cut in a mail. */
#define TCS_MAIL_WHOLE "the attached findings.json"

/* Before and after the parts of a page. title is escaped here. */
void tcs_put_html_begin(struct tcs_buf *b, struct tcs_str title);
void tcs_put_html_end(struct tcs_buf *b);

/*
 * Appends an incident as a part of a page: what its gravest finding is, why it
 * rings, what to do next, the tree, the evidence, the record.
 */
void tcs_render_incident_html(struct tcs_buf *b, const struct tcs_incident *incident);

/* ---- pieces of which a page is made ---- */

enum tcs_html_style {
    TCS_HTML_PLAIN,
    TCS_HTML_MUTED, /* of less weight */
    TCS_HTML_LABEL, /* the cell of a label */
    TCS_HTML_CELL,
    TCS_HTML_CODE, /* a command line */
    TCS_HTML_CARD, /* an incident */
    TCS_HTML_HEADING,
    TCS_HTML_TABLE,
    TCS_HTML_NODE, /* a process of the tree */
    TCS_HTML_STYLE_COUNT
};

/* <tag class style>; tag is one word. */
void tcs_put_html_open(struct tcs_buf *b, const char *tag, enum tcs_html_style style);

/* <tag class style>text</tag>, the text escaped. */
void tcs_put_html_element(struct tcs_buf *b, const char *tag, enum tcs_html_style style, struct tcs_str text);

/* A word on the colour of a severity. Without a word: the severity's own. */
void tcs_put_html_badge(struct tcs_buf *b, enum tcs_severity severity, struct tcs_str word);

#endif
