/* SPDX-License-Identifier: Apache-2.0 */
/* crowd.h: many wards in one process, each a device of its own: the programs' session and link
 * over a store in memory, and the schedule of attempts of `ward serve`.
 *
 * Every ward is one unit's only device.  One thread serves them all, so what they cost is seen
 * beside what the district costs. */
#ifndef WARDSYNC_TESTS_BENCH_CROWD_H
#define WARDSYNC_TESTS_BENCH_CROWD_H

#include <zmq.h>

#include "host/outbox.h"
#include "tests/bench/load.h"
#include "tests/replica.h"
#include "wardsync/schedule.h"

enum { CROWD_MAX = 2000 };

enum crowd_state {
    CROWD_AWAY,   /* nothing to do until it is told to go */
    CROWD_WAITS,  /* for its next attempt */
    CROWD_TALKS,  /* an attempt, or a session */
    CROWD_LEAVES, /* its session is over; the last frame may still be under way */
};

struct crowd_ward {
    struct wsync_session session; /* first: the pump hands it back */
    struct replica replica;
    struct wsync_transport_pair transport;
    struct wsync_link *link; /* NULL between attempts */
    struct wsync_outbox outbox;
    struct wsync_schedule schedule;
    enum crowd_state state;
    int64_t due_ms; /* WAITS, LEAVES: until then */
    bool reached;   /* the district let this attempt in */
    bool synced;    /* since it was told to go: the district holds all it has */
    unsigned attempts;
    double first_s, synced_s; /* when the first attempt began, when it was synced */
};

struct crowd {
    struct crowd_ward *wards;
    size_t count;
    size_t reached, synced; /* of them, since they were told to go */
    bool hold;              /* who is let in does not begin yet */
    struct wsync_instance_id instance;
    struct wsync_transport_key server;
    char address[WSYNC_ADDRESS_BYTES_MAX + 1];
    struct wsync_pump pump;
    struct wsync_sink sink;
    void *memory;
    zmq_pollitem_t *items;
};

/* Enrols `count` wards at the district, of unit 1000 and up, and gives each of them the roster,
 * the forms and the units. */
void crowd_open(struct crowd *crowd, size_t count, struct wsync_site *district);
void crowd_close(struct crowd *crowd);

/* Each ward saves so many records, numbered from `first`. */
void crowd_write(struct crowd *crowd, uint64_t first, uint64_t records);

/* Everybody begins an attempt now, whatever it was at or waiting for. */
void crowd_go(struct crowd *crowd);

/* The network is cut: whoever talks finds out for himself, the others come again in `later_ms`.
 * For all of them what counts begins with their next attempt. */
void crowd_cut(struct crowd *crowd, int64_t later_ms);

/* Who was let in and held back begins his session. */
void crowd_begin(struct crowd *crowd);

/* Lets them work until `*count`, a member of the crowd, is `wanted`; false when that takes more
 * than `limit_ms`. */
bool crowd_until(struct crowd *crowd, const size_t *count, size_t wanted, int64_t limit_ms);

#endif
