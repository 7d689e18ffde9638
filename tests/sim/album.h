/* SPDX-License-Identifier: Apache-2.0 */
/* album.h: the photos of all schedules, by number.  What a number stands for never changes, so
 * that whatever comes under its name can be compared with it. */
#ifndef WARDSYNC_TESTS_SIM_ALBUM_H
#define WARDSYNC_TESTS_SIM_ALBUM_H

#include "wardsync/blob.h"

enum { SIM_PHOTOS = 48 /* bits of a uint64_t; none: this number */ };

struct sim_photo {
    struct wsync_blob_name name;
    struct wsync_blob_value value; /* as a record names it */
    struct wsync_slice bytes;
    uint64_t text; /* of the value (book.h) */
};

const struct sim_photo *sim_album(size_t number);
size_t sim_album_find(const struct wsync_blob_name *name);
size_t sim_album_find_text(uint64_t text);

/* The right bytes of one of its chunks. */
struct wsync_slice sim_album_chunk(size_t number, uint32_t index);

/* Holds all of them: what a liar takes its chunks from. */
struct wsync_blobs *sim_album_keeper(void);

#endif
