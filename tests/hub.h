/* SPDX-License-Identifier: Apache-2.0 */
/* hub.h: one side's pump with several sessions, and what it said on each line.
 *
 * A test collects events into a batch, runs it and looks at the frames sent; it may carry them
 * to another hub, lose them or put others in their place. */
#ifndef WARDSYNC_TESTS_HUB_H
#define WARDSYNC_TESTS_HUB_H

#include "tests/replica.h"

enum { HUB_LINES_MAX = 4, HUB_FRAMES_MAX = 2048 };

struct hub_line {
    struct wsync_session session;
    struct wsync_slice frames[HUB_FRAMES_MAX]; /* said on it, oldest first */
    size_t said, carried;                      /* of these already carried away */
    bool closed;
};

struct hub {
    struct replica *replica;
    struct wsync_pump pump;
    struct wsync_sink sink;
    void *memory;
    struct hub_line *lines;
    struct wsync_pump_event batch[WSYNC_PUMP_EVENTS_MAX];
    size_t batch_count;
    uint64_t heard[HUB_LINES_MAX]; /* bytes of the last frame put into the batch */
    int64_t now_ms;
    struct wsync_store *disk;          /* where what is said must stand: the replica's store */
    const struct wsync_packer *packer; /* of the lines opened from now on; NULL at first */
    bool said_too_early; /* Ack or ChangeSet of what it does not hold (invariant 2) */
};

void hub_init(struct hub *hub, struct replica *replica);
void hub_fini(struct hub *hub);

/* Begins a session on a line, in place of what was there. */
void hub_open_district(struct hub *hub, size_t line, const struct installation *installation,
                       const struct wsync_transport_key *peer);
void hub_open_ward(struct hub *hub, size_t line, const struct installation *installation);

/* Puts an event into the batch.  A frame is copied. */
void hub_hear(struct hub *hub, size_t line, struct wsync_slice frame);
void hub_event(struct hub *hub, size_t line, enum wsync_event_kind kind);
/* Encodes a message and puts it into the batch. */
void hub_tell(struct hub *hub, size_t line, const struct wsync_message *message);

/* Runs the batch and what is left to settle. */
enum wsync_err hub_run(struct hub *hub);

/* The last message of a type said on the line; it holds until the next call.  False when there
 * is none. */
bool hub_said(struct hub *hub, size_t line, enum wsync_message_type type,
              struct wsync_message *message);
/* How many messages of a type were said on the line. */
size_t hub_count(struct hub *hub, size_t line, enum wsync_message_type type);

/* Opens the line as an honest ward of this replica would, without a flight: its own head is not
 * named. */
void hub_greet(struct hub *hub, size_t line, const struct installation *installation,
               const struct replica *ward);

/* Carries what was said on a line of one hub to a line of another, as much as one batch takes;
 * frame number `lost` of the line (from 0) is dropped.  Answers how many were carried. */
enum { HUB_NONE_LOST = -1 };
size_t hub_carry(struct hub *from, size_t from_line, struct hub *to, size_t to_line, int lost);

#endif
