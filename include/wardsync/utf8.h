/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h: which bytes may stand as text in a record, judged without any table of Unicode.
 *
 * Normalisation (NFC) is the writer's duty (host/text.h): nobody changes signed bytes. */
#ifndef WARDSYNC_UTF8_H
#define WARDSYNC_UTF8_H

#include "wardsync/slice.h"

/* What is wrong with `text`, as the rest of an English sentence ("is not valid UTF-8"), or NULL
 * when nothing is.  Legal text is valid UTF-8 (no over-long forms, no surrogates, nothing above
 * U+10FFFF) without control characters (C0, DEL, C1) other than LF and TAB. */
const char *wsync_utf8_fault(struct wsync_slice text);

/* Is it legal text in one line, as goes to people's screens beside other words? */
bool wsync_utf8_is_line(struct wsync_slice text);

/* Are these visible characters of ASCII, as an address is? */
bool wsync_utf8_is_plain(struct wsync_slice text);

/* The number of bytes of the well-formed character at `at`, its code point in `*point`; 0 when
 * there is none. */
size_t wsync_utf8_step(struct wsync_slice text, size_t at, uint32_t *point);

#endif
