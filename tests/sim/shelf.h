/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.h: the photos of a machine, on the disk that its store lies on: they lose power with
 * it, and power may go at any write of theirs.
 *
 * What was synced or finished lasts; of the chunks written since, some from the first on do.
 * Whatever is put is compared with the album. */
#ifndef WARDSYNC_TESTS_SIM_SHELF_H
#define WARDSYNC_TESTS_SIM_SHELF_H

#include "tests/sim/album.h"
#include "tests/sim/disk.h"
#include "tests/sim/random.h"

struct sim_shelf {
    struct wsync_blobs base; /* what the programs use; its close frees the shelf */
    struct wsync_blobs *inner;
    struct sim_disk *disk;
    uint64_t cut_in; /* power goes at this write from now on; 0: at none */
    bool cut_behind; /* when it is done */
    uint64_t wrong;  /* chunks taken that are not what their name says */
};

struct sim_shelf *sim_shelf_new(struct sim_disk *disk);

/* Power goes at the `nth` write from now on, before it or `behind` it. */
void sim_shelf_plan(struct sim_shelf *shelf, uint64_t nth, bool behind);

/* The `nth` write from now on answers `err`. */
void sim_shelf_fail_at(struct sim_shelf *shelf, uint64_t nth, enum wsync_err err);

/* Takes every plan back. */
void sim_shelf_heal(struct sim_shelf *shelf);

/* Power is back; the dice say how much got to the disk of what was not synced. */
void sim_shelf_restart(struct sim_shelf *shelf, struct sim_random *random);

/* Is it whole, durably?  How many of its chunks last? */
bool sim_shelf_is_whole(const struct sim_shelf *shelf, const struct wsync_blob_name *name);
uint32_t sim_shelf_lasts(const struct sim_shelf *shelf, const struct wsync_blob_name *name);

/* A copy of what lasts, and such a copy in place of what is here. */
struct wsync_blobs *sim_shelf_image(const struct sim_shelf *shelf);
void sim_shelf_put_back(struct sim_shelf *shelf, const struct wsync_blobs *image);

#endif
