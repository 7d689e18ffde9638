/* SPDX-License-Identifier: Apache-2.0 */
/* photo_list.h: the attachments that records name, the files that are kept, and where the two
 * do not meet: what is damaged, and what nobody names. */
#ifndef WARDSYNC_HOST_PHOTO_LIST_H
#define WARDSYNC_HOST_PHOTO_LIST_H

#include "host/blob_files.h"
#include "host/photo_text.h"
#include "host/records.h"

/* One value of one record. */
struct wsync_photo_item {
    const struct wsync_form *form;
    const struct wsync_field *field;
    const struct wsync_record *record;
    int32_t day;   /* WSYNC_NO_DAY: none */
    bool shown;    /* not the loser of a conflict */
    uint32_t log_no; /* that named it */
    struct wsync_photo_state state;
};

typedef enum wsync_err wsync_photo_visitor(void *context, const struct wsync_photo_item *item);

/* Calls `visit` for every attachment that a record names, also those of deleted records and of
 * values in conflict, within the site's transaction; an answer other than OK ends the walk. */
WSYNC_MUST_USE enum wsync_err wsync_photos_walk(struct wsync_site *site,
                                                wsync_photo_visitor *visit, void *context);

/* A whole attachment into `bytes` (name->length of them), compared with its name after it was
 * read.  NOT_FOUND when it is not whole here, CORRUPT when it is damaged. */
WSYNC_MUST_USE enum wsync_err wsync_photo_read(struct wsync_blobs *blobs,
                                               const struct wsync_blob_name *name,
                                               uint8_t *bytes);

struct wsync_photo_check {
    uint64_t count, bytes; /* that are as their names say */
    uint64_t damaged;
};

/* Reads every whole attachment again.  One that is damaged is put aside, as FILE.damaged beside
 * where it was, so that it counts as not here and can still be looked at, and is asked for
 * again: by the ward of the district, by the district of the device that named it.  `found` is
 * told of it.  Its own transactions; the site may be open without its store, and then nothing
 * is asked for. */
WSYNC_MUST_USE enum wsync_err wsync_photos_verify(
    struct wsync_site *site, struct wsync_photo_check *check,
    void (*found)(void *context, const struct wsync_blob_name *name, const char *path),
    void *context);

/* Has its file another length?  Then it counts as not here, and is damaged all the same. */
bool wsync_photo_is_cut(const struct wsync_blobs *blobs, const struct wsync_blob_name *name);

/* One of those: puts the file at `path` aside and asks for it again. */
WSYNC_MUST_USE enum wsync_err wsync_photo_lost(struct wsync_site *site,
                                               const struct wsync_blob_name *name,
                                               char path[WSYNC_BLOB_PATH_BYTES]);

struct wsync_photo_unnamed {
    uint64_t count, bytes;
    uint64_t removed; /* of them */
};

/* Counts what is kept and stands in no change of any log here: not in one that counts, is
 * quarantined, waits, was replaced, or lies aside.  With `remove` those that are older than a
 * day are removed, within the site's open write transaction, so that no record is being made
 * that will name one. */
WSYNC_MUST_USE enum wsync_err wsync_photos_unnamed(struct wsync_site *site, bool remove,
                                                   struct wsync_photo_unnamed *unnamed);

#endif
