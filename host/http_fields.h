/* SPDX-License-Identifier: Apache-2.0 */
/* http_fields.h: the fields of a query or of a sent form, as
 * application/x-www-form-urlencoded writes them. */
#ifndef WARDSYNC_HOST_HTTP_FIELDS_H
#define WARDSYNC_HOST_HTTP_FIELDS_H

#include "wardsync/error.h"

/* More than any page of ours has: a record's fields (WSYNC_FORM_FIELDS_MAX), each with its
 * choices. */
enum { WSYNC_HTTP_FIELDS_MAX = 256 };

struct wsync_http_field {
    const char *name, *value;
};

struct wsync_http_fields {
    size_t count;
    struct wsync_http_field at[WSYNC_HTTP_FIELDS_MAX];
};

/* Is a body of this Content-Type one of fields? */
bool wsync_http_fields_are(const char *type);

/* Decodes `len` bytes in place and puts fields that point into them; `text` has room for
 * `len` + 1.  '+' is a blank, CR LF and CR become LF, a name without '=' has the value "".
 * OVERSIZE: more than WSYNC_HTTP_FIELDS_MAX.  INVALID: a '%' without two hex digits, a name
 * that is not one line of legal text, a value that is not legal text (utf8.h: so no NUL).  The
 * fields are then empty. */
WSYNC_MUST_USE enum wsync_err wsync_http_fields_decode(struct wsync_http_fields *fields,
                                                       char *text, size_t len);

/* Makes a value of what was sent: CR LF and CR become LF.  `text` has room for `len` + 1.
 * False: it is no legal text. */
WSYNC_MUST_USE bool wsync_http_value_read(char *text, size_t len);

/* The value number `index` (from 0) of those with this name, NULL when there are not so many:
 * for choices, of which several may be sent. */
const char *wsync_http_fields_value(const struct wsync_http_fields *fields, const char *name,
                                    size_t index);

/* Decodes the path of an address in place, which ends with a NUL.  False unless it begins with
 * '/' and is one line of legal text; '+' stands for itself. */
WSYNC_MUST_USE bool wsync_http_path_decode(char *path);

#endif
