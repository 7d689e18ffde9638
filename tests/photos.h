/* SPDX-License-Identifier: Apache-2.0 */
/* photos.h: a form with photo fields, and records that name attachments, for tests. */
#ifndef WARDSYNC_TESTS_PHOTOS_H
#define WARDSYNC_TESTS_PHOTOS_H

#include "tests/replica.h"
#include "wardsync/blob.h"

enum { PHOTOS_FORM = 40, PHOTOS_FIRST = 1, PHOTOS_SECOND = 2, PHOTOS_BYTES_MAX = 1 << 18 };

/* The district publishes PHOTOS_FORM: 1 and 2 photo, 3 text. */
void photos_define(struct replica *district);

/* Bytes that follow from `seed`; they hold until the next call. */
struct wsync_slice photos_content(uint32_t seed, size_t len);
struct wsync_blob_name photos_name(uint32_t seed, size_t len);

/* A record of `scope` whose field 1 names these bytes; kept here first when `here`. */
struct wsync_dot photos_record(struct replica *replica, uint32_t scope, uint32_t seed,
                               size_t len, bool here);

/* Sets a field of a record to another photo, naming the record's creation as base. */
enum wsync_err photos_replace(struct replica *replica, struct wsync_dot record, uint32_t seed,
                              size_t len);

/* Is it whole in what the replica keeps? */
bool photos_whole(struct replica *replica, const struct wsync_blob_name *name);
uint32_t photos_chunks(struct replica *replica, const struct wsync_blob_name *name);

#endif
