/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h: a memory store whose machine can lose power at a commit.
 *
 * Power goes before the commit (nothing of the transaction is kept) or behind it (all of it is,
 * but the program may not live to say so).  From then on every operation answers STORE_IO until
 * the machine starts again; what was committed is all that is left. */
#ifndef WARDSYNC_TESTS_SIM_DISK_H
#define WARDSYNC_TESTS_SIM_DISK_H

#include "wardsync/store.h"

enum sim_crash { SIM_CRASH_NONE, SIM_CRASH_BEFORE_COMMIT, SIM_CRASH_AFTER_COMMIT };

struct sim_disk {
    struct wsync_store base; /* what the programs use; its close frees the disk */
    struct wsync_store *inner;
    enum sim_crash plan; /* at the next commit of a write transaction */
    bool dead;
    bool full;              /* no put finds room */
    uint64_t commits;       /* write transactions that were kept */
    size_t open_count;      /* transactions */
    enum wsync_err refusal; /* what the next commits of write transactions answer */
    size_t refusals;
};

struct sim_disk *sim_disk_new(void);

/* Plans a loss of power, or takes the plan back. */
void sim_disk_plan(struct sim_disk *disk, enum sim_crash plan);

/* The `nth` operation from now on answers `err`. */
void sim_disk_fail_at(struct sim_disk *disk, uint64_t nth, enum wsync_err err);

/* The next `count` commits of write transactions answer `err` and keep nothing. */
void sim_disk_refuse(struct sim_disk *disk, size_t count, enum wsync_err err);

/* No put finds room until the disk is healed. */
void sim_disk_fill(struct sim_disk *disk);

/* Puts another image in place of what the disk holds; no transaction is open.  Takes it over.
 */
void sim_disk_put_back(struct sim_disk *disk, struct wsync_store *image);

/* Takes every plan back but a loss of power that happened. */
void sim_disk_heal(struct sim_disk *disk);

/* Power is back. */
void sim_disk_restart(struct sim_disk *disk);

/* The image of what is durable now, for looking without disturbing plans: a store of its own,
 * to be closed. */
struct wsync_store *sim_disk_image(const struct sim_disk *disk);

#endif
