/* SPDX-License-Identifier: Apache-2.0 */
/* html.h: a page as it is written: what the program says goes in as it stands, what anybody
 * else says is escaped, and there is no third way.
 *
 * The text lies in memory that grows to WSYNC_HTML_BYTES_MAX.  A failure stays: later calls do
 * nothing and wsync_html_err tells it once, at the end.  All zero is an empty page. */
#ifndef WARDSYNC_HOST_HTML_H
#define WARDSYNC_HOST_HTML_H

#include "wardsync/error.h"

enum { WSYNC_HTML_BYTES_MAX = 1 << 20 };

struct wsync_html {
    char *text; /* no NUL at its end */
    size_t len, room;
    enum wsync_err err;
};

/* Appends a literal of the program: anything else does not compile. */
#define wsync_html_raw(html, literal) \
    wsync_html_literal(html, "" literal "", sizeof(literal) - 1)

/* Appends text with & < > " ' escaped; every byte that is no well-formed UTF-8 and every
 * control character but TAB and LF becomes U+FFFD.  Safe between tags and in a quoted value. */
void wsync_html_text(struct wsync_html *html, const char *text);
void wsync_html_slice(struct wsync_html *html, struct wsync_slice text);

/* Appends ` name="value"` with the value escaped the same way; the name is a literal.  For an
 * address (href, action) give a path that the program made, or use wsync_html_part. */
#define wsync_html_attr(html, name, value) \
    (wsync_html_raw(html, " " name "=\""), wsync_html_text(html, value), \
     wsync_html_raw(html, "\""))
#define wsync_html_attr_slice(html, name, value) \
    (wsync_html_raw(html, " " name "=\""), wsync_html_slice(html, value), \
     wsync_html_raw(html, "\""))
#define wsync_html_attr_number(html, name, number) \
    (wsync_html_raw(html, " " name "=\""), wsync_html_number(html, number), \
     wsync_html_raw(html, "\""))

/* Appends text as one part of an address, within a quoted value: a segment of the path, or a
 * name or a value of the query.  Everything but letters, digits and -._~ becomes %XX. */
void wsync_html_part(struct wsync_html *html, const char *text);

/* Appends what was written so before, its failure too. */
void wsync_html_again(struct wsync_html *html, const struct wsync_html *written);

/* Appends a plain number: for machines (values, lengths); people read those of value_text.h. */
void wsync_html_number(struct wsync_html *html, int64_t number);

/* WSYNC_OK; MEMORY; OVERSIZE: the page would be larger than WSYNC_HTML_BYTES_MAX. */
enum wsync_err wsync_html_err(const struct wsync_html *html);

/* Frees the text; an empty page again. */
void wsync_html_fini(struct wsync_html *html);

/* Of wsync_html_raw. */
void wsync_html_literal(struct wsync_html *html, const char *literal, size_t len);

#endif
