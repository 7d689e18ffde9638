/* SPDX-License-Identifier: Apache-2.0 */
/* told.h: what a machine told somebody, and what its disk must bear out from then on.
 *
 * A frame to the peer says: these heads are held here, this roster, this checkpoint, these keys
 * are mine.  A line to a person says: it is made, it is saved, so many are. */
#ifndef WARDSYNC_TESTS_CRASH_TOLD_H
#define WARDSYNC_TESTS_CRASH_TOLD_H

#include "tests/crash/disk.h"
#include "wardsync/message.h"

enum { TOLD_HEADS_MAX = 256, TOLD_ACKS_MAX = 1024, TOLD_RECORDS_MAX = 64 };
enum { TOLD_KEYS_MAX = 16, TOLD_INVITES_MAX = 64 };

/* "3f9ac210-17": saved in a log whose id begins so. */
struct told_record {
    uint8_t log[4];
    uint64_t seq;
};

struct told_keys {
    struct wsync_signing_key signing;
    struct wsync_transport_key transport;
};

struct told {
    const char *machine;
    uint64_t count; /* of promises so far: images between two promises are checked alike */
    bool ready;     /* the data directory is complete */
    bool saved;     /* its own log was spoken of: the canary must know of it */
    struct wsync_head heads[TOLD_HEADS_MAX]; /* the highest of each log */
    size_t head_count;
    struct wsync_head acks[TOLD_ACKS_MAX]; /* of logs that the hearer knows to be its own */
    size_t ack_count;
    struct told_record records[TOLD_RECORDS_MAX];
    size_t record_count;
    uint64_t changes; /* "saved": own changes */
    uint64_t roster_version;
    struct wsync_checkpoint checkpoint; /* the largest it signed or showed */
    struct told_keys keys;              /* asked for with Enrol or Rotate, the last */
    bool has_keys;
    struct wsync_transport_key invites[TOLD_INVITES_MAX]; /* handed to a person */
    size_t invite_count;
};

/* Takes what a note says into account; notes of other types say nothing. */
void told_hear(struct told *told, const struct event *event);

#endif
