/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: one JSON object a line, written and read; the only user of jansson.
 *
 * No floating point: decimals and sums go out as text ("12.50").  Keys come out in the order in
 * which they were put. */
#ifndef WARDSYNC_HOST_JSON_H
#define WARDSYNC_HOST_JSON_H

#include <stdio.h>

#include "wardsync/error.h"
#include "wardsync/slice.h"

struct wsync_json;

/* An empty object; ends with wsync_json_print.  Running out of memory ends the program. */
struct wsync_json *wsync_json_new(void);

/* Puts one member.  Text must be UTF-8; what is not comes out as null. */
void wsync_json_text(struct wsync_json *json, const char *key, struct wsync_slice text);
void wsync_json_string(struct wsync_json *json, const char *key, const char *text);
void wsync_json_number(struct wsync_json *json, const char *key, int64_t number);
void wsync_json_bool(struct wsync_json *json, const char *key, bool truth);
void wsync_json_null(struct wsync_json *json, const char *key);

/* Writes the object and a line feed, and frees it. */
void wsync_json_print(struct wsync_json *json, FILE *out);

/* The same without the line feed, into `bytes`; its length, and nothing promised of them when
 * that is more than `room`. */
size_t wsync_json_bytes(struct wsync_json *json, char *bytes, size_t room);

/* Reads one object whose members all are text and calls `take` for each, in their order; an
 * answer other than OK ends it and is passed on.  INVALID with a sentence for anything else: no
 * JSON, other values, a name twice, text that is not UTF-8 or holds a NUL. */
WSYNC_MUST_USE enum wsync_err wsync_json_texts(struct wsync_slice bytes,
                                               enum wsync_err (*take)(void *context,
                                                                      struct wsync_slice name,
                                                                      struct wsync_slice text),
                                               void *context, struct wsync_error *error);

/* The object in the first line of `text`, which goes on behind that line; NULL when it is none.
 * Ends with wsync_json_free. */
struct wsync_json *wsync_json_read(const char **text);
void wsync_json_free(struct wsync_json *json); /* NULL is allowed */

/* A member, for as long as the object is there: "", 0 and false when there is none of that
 * kind. */
const char *wsync_json_get(const struct wsync_json *json, const char *key);
int64_t wsync_json_get_number(const struct wsync_json *json, const char *key);
bool wsync_json_get_bool(const struct wsync_json *json, const char *key);
bool wsync_json_has(const struct wsync_json *json, const char *key);

#endif
