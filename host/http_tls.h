/* SPDX-License-Identifier: Apache-2.0 */
/* http_tls.h: the certificate of pages and its key, as files of PEM. */
#ifndef WARDSYNC_HOST_HTTP_TLS_H
#define WARDSYNC_HOST_HTTP_TLS_H

#include "wardsync/error.h"

enum { WSYNC_HTTP_PEM_BYTES = 64 << 10 };

struct wsync_http_tls {
    char certificate[WSYNC_HTTP_PEM_BYTES]; /* text; with those that signed it behind it */
    char key[WSYNC_HTTP_PEM_BYTES];
};

/* Reads both and looks whether they can be used together.  Otherwise the sentence names the
 * file: NOT_FOUND and others of file.h, or INVALID. */
WSYNC_MUST_USE enum wsync_err wsync_http_tls_read(const char *certificate_path,
                                                  const char *key_path,
                                                  struct wsync_http_tls *tls,
                                                  struct wsync_error *error);

/* The versions and ciphers that are spoken, in GnuTLS's words. */
#define WSYNC_HTTP_TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

#endif
