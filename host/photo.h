/* SPDX-License-Identifier: Apache-2.0 */
/* photo.h: what a picture file is, and the picture alone: no place, no camera, no thumbnail.
 *
 * A phone writes into a photo where and when it was taken, with what, a second small picture,
 * and sometimes a video behind its end.  None of it belongs to a record, so only what is needed
 * to see the picture is taken over: a list of what may stay, not of what must go.  One fact of
 * the rest stays: how the camera was held, because the picture would lie on its side without
 * it.  A colour profile goes; what shows the picture then takes its colours as sRGB.
 *
 * Everything here is a pure function of bytes and decodes no picture: the file is a foreign
 * one, and the program stays as small as it is.  So nothing is made smaller either; the size is
 * told, and the person chooses. */
#ifndef WARDSYNC_HOST_PHOTO_H
#define WARDSYNC_HOST_PHOTO_H

#include "wardsync/error.h"
#include "wardsync/form.h"

struct wsync_photo {
    uint32_t kind;          /* one of enum wsync_photo_kind (form.h) */
    uint32_t width, height; /* as shown by the header, before turning; 0 for PDF */
    size_t len;             /* of the picture alone */
};

/* Room beyond the file's length that wsync_photo_strip may ask for. */
enum { WSYNC_PHOTO_ROOM_BYTES = 64 };

/* The kind that the first bytes say, 0 when it is none of ours. */
uint32_t wsync_photo_kind(struct wsync_slice file);

/* "JPEG", "PNG", "WebP", "PDF". */
const char *wsync_photo_kind_name(uint32_t kind);

/* The names of several kinds, as "JPEG, PNG, PDF", in `text`. */
enum { WSYNC_PHOTO_KINDS_BYTES = 32 };
const char *wsync_photo_kinds_text(uint32_t kinds, char text[WSYNC_PHOTO_KINDS_BYTES]);

/* Writes the picture of `file` alone into `room` (file.len + WSYNC_PHOTO_ROOM_BYTES) and says
 * what it is.  A PDF passes unchanged.  VALUE with the rest of a sentence ("is no picture ...",
 * "ends in the middle ...") when it is of no kind in `kinds` or not whole. */
WSYNC_MUST_USE enum wsync_err wsync_photo_strip(struct wsync_slice file, uint32_t kinds,
                                                uint8_t *room, struct wsync_photo *photo,
                                                struct wsync_error *error);

#endif
