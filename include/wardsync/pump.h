/* SPDX-License-Identifier: Apache-2.0 */
/* pump.h: the one place that orders consequences: begin, step, commit, then speak.
 *
 * A peer must never hear of a change we could still lose (invariant 2).  A crash between commit
 * and speech costs one repeated message and never a broken promise.  All events that are ready
 * go into one transaction, unless they write too much: what some hundred bytes of a frame make
 * the store write is up to their sender, and the others are not to wait for all of it.  When
 * the store refuses a transaction, its sessions go back to where they were and each of its
 * events is tried alone, so that one of them cannot hold up the others. */
#ifndef WARDSYNC_PUMP_H
#define WARDSYNC_PUMP_H

#include "wardsync/session.h"

enum { WSYNC_PUMP_ARENA_BYTES = 8 << 20 };

struct wsync_pump_event {
    struct wsync_session *session;
    struct wsync_event event;
};

/* Carries out what was decided, after the commit. */
struct wsync_sink {
    void *context;
    void (*send)(void *context, struct wsync_session *session, struct wsync_slice frame);
    void (*close)(void *context, struct wsync_session *session);
};

struct wsync_pump {
    struct wsync_store *store;
    struct wsync_ledger *ledger;
    const struct wsync_sink *sink;
    struct wsync_arena arena;
    struct wsync_effects effects;
    struct wsync_session *snapshots; /* WSYNC_PUMP_EVENTS_MAX of them */
    bool more; /* released changes are left: run again, with or without events */
    size_t bytes_max; /* WSYNC_PUMP_BYTES_MAX, or what a test makes of it */
    size_t parts;     /* transactions into which the last run was cut */
};

/* Uses `memory`, wsync_pump_bytes() of them, 16-byte aligned, outliving the pump. */
void wsync_pump_init(struct wsync_pump *pump, struct wsync_store *store,
                     struct wsync_ledger *ledger, const struct wsync_sink *sink, void *memory);
size_t wsync_pump_bytes(void);

/* Runs one batch, possibly an empty one, at the ledger's moment, which it uses up; at most
 * WSYNC_PUMP_EVENTS_MAX events, whose frames are kept by the caller until it returns.  They go
 * in order; a transaction takes no other one once it wrote `bytes_max`, and what is to be said
 * of it is said before the next one begins.  An error is ours: nothing of the failed event was
 * kept or said and its session has ended with BUSY; other events of the batch took effect. */
WSYNC_MUST_USE enum wsync_err wsync_pump_run(struct wsync_pump *pump,
                                             const struct wsync_pump_event *events,
                                             size_t event_count);

#endif
