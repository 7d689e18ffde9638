/* SPDX-License-Identifier: Apache-2.0 */
/* photo_text.h: attachments for people and in files: their names, and whether they are here.
 *
 * A name is the root in hex digits, a dash and the length: "3f9a...c2-118204", as the file is
 * called on the disk (blob_files.h).  People see the first eight digits. */
#ifndef WARDSYNC_HOST_PHOTO_TEXT_H
#define WARDSYNC_HOST_PHOTO_TEXT_H

#include "wardsync/blob.h"
#include "wardsync/form.h"

enum {
    WSYNC_PHOTO_NAME_BYTES = 2 * WSYNC_HASH_BYTES + 12,
    WSYNC_PHOTO_SHORT_DIGITS = 8,
    WSYNC_PHOTO_WORDS_BYTES = 128,
    WSYNC_PHOTO_SIZE_BYTES = 32,
};

const char *wsync_photo_name_print(const struct wsync_blob_name *name,
                                   char text[WSYNC_PHOTO_NAME_BYTES]);
/* False when it is no name. */
WSYNC_MUST_USE bool wsync_photo_name_read(struct wsync_slice text,
                                          struct wsync_blob_name *name);

/* "940 B", "118 kB", "2,4 MB". */
const char *wsync_photo_size(uint64_t bytes, char text[WSYNC_PHOTO_SIZE_BYTES]);

struct wsync_photo_state {
    struct wsync_blob_name name;
    bool here;           /* whole */
    uint64_t here_bytes; /* of it */
};

/* How far the attachment that the value names is here; the value is one of a photo field. */
WSYNC_MUST_USE enum wsync_err wsync_photo_look(struct wsync_blobs *blobs,
                                               const struct wsync_value *value,
                                               struct wsync_photo_state *state);

/* "here", "partly", "missing": for programs. */
const char *wsync_photo_state_name(const struct wsync_photo_state *state);

/* "3f9ac210, 118 kB", "photo not here yet, 40 % of 118 kB (3f9ac210)" in either language. */
const char *wsync_photo_words(const struct wsync_photo_state *state,
                              const struct wsync_field *field, enum wsync_language language,
                              char text[WSYNC_PHOTO_WORDS_BYTES]);

#endif
