/* SPDX-License-Identifier: Apache-2.0 */
/* world.h: one schedule: a district, its wards' devices, the links between them, the faults of
 * this seed, and the first thing that was found wrong.
 *
 * Everything runs the same core as the programs; time, disks, links and dice are simulated. */
#ifndef WARDSYNC_TESTS_SIM_WORLD_H
#define WARDSYNC_TESTS_SIM_WORLD_H

#include "tests/replica.h"
#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/random.h"
#include "wardsync/schedule.h"

enum {
    SIM_NODES_MAX = 9, /* the district is node 0 */
    SIM_LINKS_MAX = 14,
    SIM_QUEUE_FRAMES_MAX = 256,
    SIM_QUEUE_BYTES_MAX = 2 * WSYNC_CREDIT_BYTES_DEFAULT,
    SIM_LINK_FRAMES_MAX = 600,    /* of one session, both ways */
    SIM_WORLD_FRAMES_MAX = 30000, /* of one schedule */
    SIM_SCOPES_MAX = 5,
    SIM_FORM_VERSIONS_MAX = 4,
    SIM_VIEW_DOTS_MAX = 64,
    SIM_DAY = 19100,
};

/* Faults a seed may turn on. */
enum sim_fault {
    SIM_LOSS = 1 << 0,
    SIM_DUPLICATION = 1 << 1,
    SIM_REORDERING = 1 << 2,
    SIM_TRUNCATION = 1 << 3,
    SIM_CORRUPTION = 1 << 4,
    SIM_CUTS = 1 << 5,
    SIM_SILENCE = 1 << 6,
    SIM_WARD_CRASHES = 1 << 7,
    SIM_DISTRICT_CRASHES = 1 << 8,
    SIM_FULL_DISKS = 1 << 9,
    SIM_BAD_DISKS = 1 << 10,
    SIM_CLOCK_JUMPS = 1 << 11,
    SIM_PAUSES = 1 << 12,
    SIM_STOPS = 1 << 13,
    SIM_REVOCATION = 1 << 14,
    SIM_FAULT_BITS = 15
};

struct sim_frame {
    uint8_t *bytes;
    size_t len;
};

/* Frames on their way to one end of a link. */
struct sim_queue {
    struct sim_frame frames[SIM_QUEUE_FRAMES_MAX];
    size_t count, bytes;
    bool silent; /* whatever is sent is lost, the end of the line included */
};

enum sim_end { SIM_WARD_END, SIM_DISTRICT_END };

/* One connection.  A program holds its session until it closes or crashes. */
struct sim_link {
    bool used;
    size_t ward;  /* node */
    bool applies; /* carries an Enrol */
    bool cut;     /* nothing passes any more, and both ends hear of it */
    struct wsync_session sessions[2];
    bool open[2];
    struct sim_queue to[2];
    size_t frames;
    uint64_t own_seq; /* of the ward's log when it said Hello */
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

struct sim_node {
    struct sim_world *world;
    struct replica replica;
    struct sim_disk *disk;
    struct wsync_pump *pump;
    struct wsync_sink sink;
    size_t says_before_death; /* frames that still get out behind a crash */
    bool enrolled, invited, revoked, stranger;
    struct wsync_transport_key invite_key;
    struct wsync_enrol enrol;
    struct wsync_schedule schedule;
    int64_t clock_offset;  /* seconds its clock is wrong by */
    enum wsync_err result; /* of its last session */
    struct wsync_session_counts counts;
    bool ended;                   /* since last asked */
    uint16_t heads[SIM_LOGS_MAX]; /* as last seen, by log of the model */
    struct sim_seen seen;
};

struct sim_statistics {
    uint64_t steps, frames, bytes, writes, sessions_ok, sessions_failed, crashes, store_faults,
        compared, conflicts, waited;
};

struct sim_world {
    uint64_t seed;
    bool verbose;
    struct sim_random random;
    struct sim_trace trace;
    struct installation installation;
    struct wsync_enrol_desk desk;
    struct sim_node nodes[SIM_NODES_MAX];
    size_t node_count;
    uint32_t scope_count; /* the district's and each ward's */
    struct sim_link links[SIM_LINKS_MAX];
    uint32_t faults;
    uint64_t odds; /* a frame fault once in so many frames */
    bool wordy;    /* people write long texts */
    int64_t now_ms;
    struct sim_model model;
    struct sim_state state;
    struct wsync_catalog catalog; /* for looking */
    struct wsync_arena arena;     /* for looking */
    struct sim_statistics statistics;
    bool failed;
    char reason[384];
};

/* Makes the world of a seed.  The memory of pumps is kept from world to world. */
void sim_world_init(struct sim_world *world, uint64_t seed);
void sim_world_fini(struct sim_world *world);

/* The faulty part of a schedule, then the part with faults off that must converge. */
void sim_world_run(struct sim_world *world);
void sim_world_finish(struct sim_world *world);

/* Notes the first violation; the schedule ends. */
void sim_fail(struct sim_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells what happens when asked to, and folds it into the trace. */
void sim_tell(struct sim_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
