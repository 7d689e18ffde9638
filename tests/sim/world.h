/* SPDX-License-Identifier: Apache-2.0 */
/* world.h: one schedule: a district, its wards' devices, the links between them, the faults of
 * this seed, and the first thing that was found wrong.
 *
 * Everything runs the same core as the programs; time, disks, links and dice are simulated. */
#ifndef WARDSYNC_TESTS_SIM_WORLD_H
#define WARDSYNC_TESTS_SIM_WORLD_H

#include "tests/sim/random.h"
#include "tests/sim/reference.h"
#include "tests/sim/fault.h"
#include "tests/sim/node.h"

struct sim_frame {
    uint8_t *bytes;
    size_t len;
    int64_t ready_ms; /* not before */
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
    bool slow;         /* somebody keeps it busy */
    bool stale;        /* the district went back since it began */
    bool evil[2];      /* no program stands at this end */
    bool garbled;      /* something on it was lost, bent, said twice or out of order */
    bool garbled_down; /* of what the district said */
    size_t asked[2];   /* the photo that an end named last */
    uint16_t own_head; /* of the ward's open log when it said Hello */
};

/* A device as the roster names it. */
struct sim_device {
    struct wsync_device_id id;
    uint32_t scope;
    size_t node;
};

/* A revocation, or a suspension until `lifted`; versions of the roster. */
struct sim_revocation {
    uint64_t version, lifted; /* UINT64_MAX: never was, never */
    bool suspends;
    struct wsync_device_id device;
    struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
    size_t pin_count;
};

struct sim_statistics {
    uint64_t steps, frames, bytes, writes, sessions_ok, sessions_failed, crashes, store_faults,
        compared, conflicts, waited, quarantined, copies, again, forks, restores, lies,
        forgotten, carried, own_logs, alarms, photos, chunks, struck[SIM_FAULT_COUNT];
};

/* Photos by their numbers, a bit each. */
struct sim_photos {
    uint64_t named; /* by anybody, ever */
    uint64_t lost;  /* the district's disk went back behind them */
    uint64_t drawn; /* how many were */
};

/* Which photos live records of a replica name, by the reference. */
struct sim_naming {
    uint64_t scopes[SIM_SCOPES_MAX + 1];
    uint64_t above, own; /* written by the district's device; by the replica's */
};

struct sim_world {
    uint64_t seed;
    bool verbose;
    struct sim_random random;
    struct sim_trace trace;
    struct installation installation;
    struct wsync_desk desk;
    struct sim_node nodes[SIM_NODES_MAX];
    size_t node_count;
    uint32_t scope_count; /* the district's and each ward's */
    struct sim_link links[SIM_LINKS_MAX];
    struct sim_device devices[SIM_DEVICES_MAX];
    size_t device_count;
    struct sim_revocation revocations[SIM_REVOCATIONS_MAX];
    size_t revocation_count;
    uint64_t faults;
    size_t backs_left; /* disks that may still go back */
    bool canaries;     /* devices keep one */
    bool tainted;      /* somebody wrote what may wait for ever */
    uint64_t odds;     /* a frame fault once in so many frames */
    bool wordy;        /* people write long texts */
    bool keeps_log;    /* the district gives receipts */
    bool bent;         /* frames are, or somebody lies */
    bool untold;       /* the district went back and does not know */
    bool ever_untold, was_untold;
    struct wsync_checkpoint spoken; /* of its last receipt */
    int64_t now_ms;
    struct sim_book book;
    struct sim_state state;
    struct sim_photos photos;
    struct sim_naming naming;     /* of the replica that was compared last */
    bool kept[SIM_CHANGES_MAX];   /* held by somebody when the faults ended */
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
