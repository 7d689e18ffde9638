/* SPDX-License-Identifier: Apache-2.0 */
/* node.h: one machine of a schedule: the program's replica, its disk, its clock, what is wrong
 * with it, and what its disk was last seen to hold. */
#ifndef WARDSYNC_TESTS_SIM_NODE_H
#define WARDSYNC_TESTS_SIM_NODE_H

#include "tests/replica.h"
#include "tests/sim/book.h"
#include "tests/sim/disk.h"
#include "tests/sim/shelf.h"
#include "wardsync/schedule.h"

enum {
    SIM_NODES_MAX = 12, /* the district is node 0 */
    SIM_LINKS_MAX = 18,
    SIM_QUEUE_FRAMES_MAX = 256,
    SIM_QUEUE_BYTES_MAX = 2 * WSYNC_CREDIT_BYTES_DEFAULT,
    SIM_LINK_FRAMES_MAX = 600,    /* of one session, both ways */
    SIM_WORLD_FRAMES_MAX = 30000, /* of one schedule */
    SIM_SCOPES_MAX = 5,
    SIM_FORM_VERSIONS_MAX = 4,
    SIM_VIEW_DOTS_MAX = 64,
    SIM_HOLDINGS_MAX = 2 * SIM_LOGS_MAX,
    SIM_DEVICES_MAX = 24,
    SIM_REVOCATIONS_MAX = 12,
    SIM_DAY = 19100,
    SIM_KEYS_MAX = 4,
};

/* What a device signs and dials with. */
struct sim_keys {
    struct wsync_identity identity;
    struct wsync_transport_key transport;
};

/* What a person was shown and may act upon later. */
struct sim_seen {
    bool valid;
    uint32_t scope;
    struct wsync_dot record;
    struct wsync_dot dots[SIM_VIEW_DOTS_MAX];
    uint32_t fields[SIM_VIEW_DOTS_MAX];
    size_t count;
};

/* The last change of a log, or of a branch kept aside, that a disk holds. */
struct sim_holding {
    uint16_t log, change; /* SIM_NONE: nothing but its genesis */
    bool aside;
};

/* Outside of the disk: how far the device had written when it last began to speak. */
struct sim_canary {
    bool sung;
    struct wsync_log_id log;
    uint64_t seq;
};

struct sim_node {
    struct sim_world *world;
    struct replica replica;
    struct sim_disk *disk;
    struct sim_shelf *shelf; /* of the same machine */
    struct wsync_pump *pump;
    struct wsync_sink sink;
    size_t says_before_death; /* frames that still get out behind a crash */
    bool enrolled, invited, revoked, suspended, stranger, evil;
    uint64_t enrolled_at; /* roster version */
    bool lied_to;         /* somebody spoke to it as the district */
    bool misheard;        /* what the district said of photos came bent, or not in order */
    bool cloned;          /* another machine has its keys */
    bool doubts_held;     /* the district went back since they last spoke */
    bool rolled;          /* its disk went back: what it holds may have become less */
    uint64_t backs;       /* how often its disk was put back */
    struct wsync_transport_key invite_key;
    struct wsync_enrol enrol;
    struct wsync_schedule schedule;
    int64_t clock_offset; /* seconds its clock is wrong by */
    bool clock_stuck;
    enum wsync_err result; /* of its last session */
    struct wsync_session_counts counts;
    bool ended;    /* since last asked */
    uint64_t told; /* how often it was told that it went back, since the faults ended */
    struct sim_holding holdings[SIM_HOLDINGS_MAX];
    size_t holding_count;
    uint64_t seen_commits;     /* of its disk, when they were read */
    uint32_t key;              /* its first keys are derived from this number */
    struct sim_keys keys[SIM_KEYS_MAX];
    size_t key_count;
    bool has_before; /* it took the place of another device */
    struct wsync_device_id before;
    uint64_t short_runs;       /* runs in which memory ends somewhere */
    bool damaged;              /* a bit of its disk is not what was written */
    struct wsync_store *image; /* a backup of its disk */
    struct wsync_blobs *photos_image;
    struct wsync_txn *reader;  /* somebody has been reading for a long time */
    uint64_t read_hash;        /* what they read then */
    int64_t deaf_until_ms, mute_until_ms, flaps_until_ms;
    struct sim_canary canary;
    struct sim_seen seen;
};

#endif
