/* SPDX-License-Identifier: Apache-2.0 */
/* photo_parts.h: one reader for each kind of picture.  Internal to host/photo*.c.
 *
 * A reader copies what may stay from `in` to `out` and answers NULL, or what is wrong with the
 * file as the rest of a sentence. */
#ifndef WARDSYNC_HOST_PHOTO_PARTS_H
#define WARDSYNC_HOST_PHOTO_PARTS_H

#include "host/photo.h"

/* Where the picture goes.  A reader never writes more than it read, one orientation aside, so
 * that the room (photo.h) is enough; that is asserted. */
struct wsync_photo_out {
    uint8_t *bytes;
    size_t size, len;
};

void wsync_photo_put(struct wsync_photo_out *out, struct wsync_slice bytes);

/* The part of `from` that begins at `at`; the caller has checked that it is there. */
struct wsync_slice wsync_photo_part(struct wsync_slice from, size_t at, size_t len);

uint32_t wsync_photo_big(struct wsync_slice in, size_t at, size_t bytes);
uint32_t wsync_photo_little(struct wsync_slice in, size_t at, size_t bytes);

/* How the camera was held, 2 to 8; 1 when nothing says so.  `tiff` is the content of an EXIF
 * block behind its name. */
uint8_t wsync_photo_orientation(struct wsync_slice tiff);

/* The smallest EXIF block that says it. */
enum { WSYNC_PHOTO_TIFF_BYTES = 26 };
void wsync_photo_tiff(uint8_t orientation, uint8_t tiff[WSYNC_PHOTO_TIFF_BYTES]);

extern const char WSYNC_PHOTO_CUT[];  /* "ends in the middle ..." */
extern const char WSYNC_PHOTO_SIZE[]; /* no width or no height */

const char *wsync_photo_jpeg(struct wsync_slice in, struct wsync_photo_out *out,
                             struct wsync_photo *photo);
const char *wsync_photo_png(struct wsync_slice in, struct wsync_photo_out *out,
                            struct wsync_photo *photo);
const char *wsync_photo_webp(struct wsync_slice in, struct wsync_photo_out *out,
                             struct wsync_photo *photo);

#endif
