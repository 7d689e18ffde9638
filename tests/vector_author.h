/* SPDX-License-Identifier: Apache-2.0 */
/* vector_author.h: writes logs by hand for the vectors: genesis, changes, sealed sets. */
#ifndef WARDSYNC_TESTS_VECTOR_AUTHOR_H
#define WARDSYNC_TESTS_VECTOR_AUTHOR_H

#include "tests/vector_world.h"
#include "wardsync/message.h"

enum { VECTOR_CHANGES_MAX = 4 };

/* One log in the making; hashes[n] is h(n). */
struct vector_author {
    struct wsync_arena *arena;
    const struct vector_device *device;
    struct wsync_slice genesis;
    struct wsync_log_id log;
    struct wsync_hash hashes[VECTOR_CHANGES_MAX + 1];
    struct wsync_raw_change changes[VECTOR_CHANGES_MAX];
    size_t count;
};

/* The genesis a device writes for its scope at roster version 3. */
struct wsync_genesis vector_genesis(const struct vector_world *world, size_t device);

/* Opens a log with this genesis. */
struct vector_author vector_author_open(const struct vector_world *world, size_t device,
                                        const struct wsync_genesis *genesis);

/* Appends a change, spelled or as it stands. */
void vector_author_add(struct vector_author *author, const char *public_part);
void vector_author_add_raw(struct vector_author *author, const struct wsync_raw_change *raw);

/* The run from `first` on, sealed. */
struct wsync_change_set vector_author_set(const struct vector_author *author, uint64_t first,
                                          size_t count);

/* The set as a frame. */
struct wsync_slice vector_set_frame(struct wsync_arena *arena,
                                    const struct wsync_change_set *set);

#endif
