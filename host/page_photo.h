/* SPDX-License-Identifier: Apache-2.0 */
/* page_photo.h: the photo or attachment of a record, as both programs show and give it. */
#ifndef WARDSYNC_HOST_PAGE_PHOTO_H
#define WARDSYNC_HOST_PAGE_PHOTO_H

#include "host/http_answer.h"
#include "host/page_record.h"

/* Splits what stands for the stars of "/photos/RECORD/FIELD"; false when it is too long. */
struct wsync_page_photo_path {
    char record[WSYNC_RECORD_ID_BYTES];
    const char *field; /* points into what was split */
};
WSYNC_MUST_USE bool wsync_page_photo_split(const char *rest,
                                           struct wsync_page_photo_path *path);

struct wsync_page_photo {
    const struct wsync_page_record *page;
    const struct wsync_record *record;
    const struct wsync_form *form;
    const char *field;
};

/* Answers with it, compared with its name after it was read: a picture to be shown, anything
 * else to be saved.  NOT_FOUND: there is none, it is not here yet, or not for who asks; the
 * sentence says so in the language of the page. */
WSYNC_MUST_USE enum wsync_err wsync_page_photo_give(const struct wsync_page_photo *photo,
                                                    struct wsync_http_answer *answer,
                                                    struct wsync_error *error);

/* Writes it small, as a picture or as words, with a link to it; of the record whose short id is
 * `id`. */
void wsync_page_photo_small(const struct wsync_page_record *page,
                            const struct wsync_field *field, const struct wsync_value *value,
                            const char *id);

#endif
