/* SPDX-License-Identifier: Apache-2.0 */
/* http_upload.h: a form with files, as multipart/form-data writes it (RFC 7578), taken in
 * pieces as they come: files go into memory files, the rest becomes fields.
 *
 * Read as browsers write it and no other way: nothing before the first boundary or behind the
 * last, of each part its name and at most the name and type of a file.  No memory grows by what
 * a stranger sends: the fields have a buffer, the files a bound for all of them together. */
#ifndef WARDSYNC_HOST_HTTP_UPLOAD_H
#define WARDSYNC_HOST_HTTP_UPLOAD_H

#include "host/http_fields.h"
#include "wardsync/slice.h"

enum {
    WSYNC_HTTP_UPLOADS_MAX = 8,
    WSYNC_HTTP_UPLOADING_MAX = 2, /* requests that have files in memory */
    WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX = 128,
    WSYNC_HTTP_UPLOAD_TEXT_BYTES = 64 << 10, /* of all names and values, each with a NUL */
    WSYNC_HTTP_UPLOAD_HEAD_BYTES = 2048,     /* of one part */
    WSYNC_HTTP_BOUNDARY_BYTES_MAX = 70,
    /* What stands beside the files in a body: the fields, and the heads of all parts. */
    WSYNC_HTTP_UPLOAD_BESIDE_BYTES = 2 * WSYNC_HTTP_UPLOAD_TEXT_BYTES,
};

/* A file that was sent.  One that nobody chose, or that holds nothing, is none. */
struct wsync_http_upload {
    const char *field; /* its control's name */
    const char *name;  /* as the other machine calls it, without a folder: one line of legal
                          text, the last WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX bytes; may be "" */
    int fd;            /* sealed (action_files.h); the server closes it */
    size_t size;
};

struct wsync_http_upload_reader {
    enum { WSYNC_UPLOAD_BODY, WSYNC_UPLOAD_MARK, WSYNC_UPLOAD_HEAD, WSYNC_UPLOAD_TAIL } state;
    char delimiter[4 + WSYNC_HTTP_BOUNDARY_BYTES_MAX + 1]; /* CR LF -- boundary */
    size_t delimiter_len, matched;                         /* of it: what came so far */
    bool within; /* the first delimiter came, before which nothing may */
    bool is_file;
    char mark[2]; /* behind a delimiter: CR LF or -- */
    size_t mark_len, tail_len;
    char head[WSYNC_HTTP_UPLOAD_HEAD_BYTES];
    size_t head_len;
    char text[WSYNC_HTTP_UPLOAD_TEXT_BYTES]; /* the fields and names point into it */
    size_t text_len, value_at;
    size_t file_bytes, file_bytes_max; /* of all files */
    struct wsync_http_fields *fields;
    struct wsync_http_upload uploads[WSYNC_HTTP_UPLOADS_MAX];
    size_t upload_count;
    struct wsync_http_upload now; /* the file that is coming */
};

/* Is a body of this Content-Type one? */
bool wsync_http_upload_is(const char *type);

/* Begins; `fields` becomes empty.  INVALID: the type names no boundary. */
WSYNC_MUST_USE enum wsync_err wsync_http_upload_begin(struct wsync_http_upload_reader *reader,
                                                      const char *type, size_t file_bytes_max,
                                                      struct wsync_http_fields *fields);

/* Takes the next bytes; after an error nothing more.  `fields` and `uploads` hold what is whole
 * so far.  INVALID: not as above, or no legal text; OVERSIZE: more fields, files or bytes than
 * there may be; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_http_upload_take(struct wsync_http_upload_reader *reader,
                                                     struct wsync_slice bytes);

/* All is there.  INVALID: it ended in the middle. */
WSYNC_MUST_USE enum wsync_err wsync_http_upload_end(struct wsync_http_upload_reader *reader);

/* Closes the files. */
void wsync_http_upload_fini(struct wsync_http_upload_reader *reader);

#endif
