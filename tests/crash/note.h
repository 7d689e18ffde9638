/* SPDX-License-Identifier: Apache-2.0 */
/* note.h: one line of a trace: what a program did to a disk, or said to somebody.
 *
 * A trace is a file of notes in the order in which things happened, by all programs that were
 * given it; each note is this head, then both paths, then the bytes.  Read on the machine that
 * wrote it, so numbers are in its own order.  Paths begin below the folder that is traced; the
 * first folder of a path is the machine whose disk it is. */
#ifndef WARDSYNC_TESTS_CRASH_NOTE_H
#define WARDSYNC_TESTS_CRASH_NOTE_H

#include <stdint.h>

enum note_type {
    NOTE_WRITE = 'W',  /* `bytes` at `offset` of file `inode`; `durable`: at once */
    NOTE_LENGTH = 'T', /* file `inode` is `offset` bytes long */
    NOTE_SYNC = 'S',   /* file or folder `inode` is on the disk */
    NOTE_FILE = 'C',   /* new file `inode` at `path` */
    NOTE_FOLDER = 'D', /* new folder `inode` at `path` */
    NOTE_RENAME = 'R', /* from `path` to `other` */
    NOTE_LINK = 'L',   /* `other` is another name of `path` */
    NOTE_UNLINK = 'U', /* the name `path` is gone, of a file or a folder */
    NOTE_KILL = 'K',   /* the program is killed here, by its tracer */
    NOTE_SAID = 'P',   /* machine `path` told a person `bytes` */
    NOTE_SENT = 'F',   /* machine `path` sends its peer the frame `bytes` */
};

struct note {
    uint8_t type;
    uint8_t durable;
    uint16_t path_bytes, other_bytes;
    uint16_t before; /* not 0: it was so before the trace began, no cut falls here */
    uint64_t inode, offset, bytes;
};

#endif
