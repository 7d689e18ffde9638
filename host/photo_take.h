/* SPDX-License-Identifier: Apache-2.0 */
/* photo_take.h: a file that a person names becomes an attachment kept here and its name.
 *
 * It is read, checked by the form (kind, size), freed of what does not belong to the picture
 * (photo.h), and kept durably before this answers, so before the record that names it is: a
 * power cut between the two leaves a file that nobody names, which `doctor` tells, and never a
 * record whose photo is lost. */
#ifndef WARDSYNC_HOST_PHOTO_TAKE_H
#define WARDSYNC_HOST_PHOTO_TAKE_H

#include "host/photo.h"
#include "wardsync/blob.h"

/* What was taken, for the person who gave it. */
struct wsync_photo_taken {
    const struct wsync_field *field;
    struct wsync_photo photo;
    struct wsync_blob_name name;
    size_t dropped; /* bytes of the file that are no part of the picture */
};

struct wsync_photo_desk {
    struct wsync_blobs *blobs;
    const char *folder; /* names are of files in it and below, nowhere else; NULL: any path */
    bool closed;        /* no file may be named (the table does not come from a folder) */
    bool whole;         /* keep what a phone wrote beside the picture */
    bool dry_run;       /* check and keep nothing */
    void (*told)(void *context, const struct wsync_photo_taken *taken); /* or NULL */
    void *context;
};

/* Takes the file, or the attachment that is here already when `text` is a name (photo_text.h),
 * as a value of the field, in the arena.  VALUE with a sentence that names the field, the file
 * and what is allowed; RIGHT as given.h says; STORE_FULL, STORE_IO, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_photo_take(const struct wsync_photo_desk *desk,
                                               const struct wsync_field *field,
                                               struct wsync_slice text,
                                               struct wsync_blob_name *name,
                                               struct wsync_error *error);

#endif
