/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h: the disks of a trace, and what a power cut may leave of one.
 *
 * A disk knows for each file and folder what is durable and what was done since its last sync.
 * A cut keeps what is durable, and of the rest whatever the dice give: of bytes any sectors of
 * 512 bytes (or pages, or whole writes), each file's length as it was after any of the changes,
 * of names any changes of the folder, and all of these apart from each other.  A sync of a file
 * says nothing of its name; only a sync of its folder does (docs/decisions/0014). */
#ifndef WARDSYNC_TESTS_CRASH_DISK_H
#define WARDSYNC_TESTS_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/crash/note.h"

/* A trace in memory and where its reader stands. */
struct trace {
    const uint8_t *bytes;
    size_t len, at;
};

/* One note as it stands in the trace. */
struct event {
    struct note note;
    const char *path, *other; /* not ended by zero */
    const uint8_t *bytes;
};

/* Reads the next note; false at the end.  Exits with a sentence when the trace is not one. */
bool trace_next(struct trace *trace, struct event *event);

/* Which of the changes that are not durable yet reach the disk. */
enum disk_fate { DISK_NONE, DISK_ALL, DISK_DICE };

struct disk_cut {
    enum disk_fate fate;
    uint64_t dice; /* the state of the generator */
};

/* The next draw of the generator. */
uint64_t disk_draw(uint64_t *dice);

struct disk; /* of all machines */

struct disk *disk_new(void);
void disk_free(struct disk *disk);

/* Does what the note says.  The bytes of the trace must stay. */
void disk_apply(struct disk *disk, const struct event *event);

/* The machine whose disk a note touches, NULL for one that touches none: a name that stays. */
const char *disk_machine(struct disk *disk, const struct event *event);

/* Makes the image of a machine's disk after a cut; `under_way`: a write that had begun, or
 * NULL.  The answer is a hash over all of it. */
uint64_t disk_cut(struct disk *disk, const char *machine, struct disk_cut *cut,
                  const struct event *under_way);

/* Writes the last image below the folder, which must be there and empty. */
void disk_write(const struct disk *disk, const char *folder);

#endif
