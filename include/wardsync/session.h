/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one exchange between a ward and the district, as a table-driven state machine
 * (SPEC section 9; docs/SESSION.md shows the table as the program prints it).
 *
 * Event in, effects out.  `event.now_ms` is the only clock, the store the only memory that
 * lasts: a session may be dropped at any moment, and the next one resumes from the stores. What
 * a session believes of its peer is a hint until the peer states its heads. */
#ifndef WARDSYNC_SESSION_H
#define WARDSYNC_SESSION_H

#include "wardsync/carriage.h"
#include "wardsync/effects.h"
#include "wardsync/enrol.h"
#include "wardsync/frontier.h"
#include "wardsync/ledger.h"
#include "wardsync/message.h"
#include "wardsync/pace.h"
#include "wardsync/packed.h"
#include "wardsync/seen.h"

enum wsync_session_role {
    WSYNC_SESSION_WARD,      /* opens with Hello */
    WSYNC_SESSION_DISTRICT,  /* answers Hello and Enrol */
    WSYNC_SESSION_APPLICANT, /* opens with Enrol */
};

enum wsync_session_state {
    WSYNC_STATE_IDLE,
    WSYNC_STATE_HELLO_SENT,
    WSYNC_STATE_OPEN,
    WSYNC_STATE_ENROL_SENT,
    WSYNC_STATE_ENDED,
    WSYNC_STATE_COUNT
};

/* What was asked of the transparency log, at either side. */
enum wsync_asking {
    WSYNC_ASKING_NOTHING,
    WSYNC_ASKING_AHEAD, /* WARD: for the receipt of what is still on its way */
    WSYNC_ASKING_WAITS, /* WARD: for the receipt; DISTRICT: for the batch to be whole */
    WSYNC_ASKING_ANSWERED
};

/* What a session is made of.  Everything pointed to outlives the session. */
struct wsync_session_setup {
    enum wsync_session_role role;
    struct wsync_ledger *ledger;
    struct wsync_instance_id instance;
    struct wsync_slice program;      /* name and version told to the peer; empty: none */
    struct wsync_transport_key peer; /* DISTRICT: as the transport authenticated it */
    uint32_t scope;                  /* WARD: the unit whose log this device writes */
    const struct wsync_enrol *enrol; /* APPLICANT */
    const struct wsync_desk *desk;   /* DISTRICT: what it signs with; NULL: nothing */
    struct wsync_flow flow;          /* may be changed between steps */
    enum wsync_carriage carriage;
    struct wsync_carried carried;      /* WARD, unless LINE */
    const struct wsync_packer *packer; /* NULL: change-sets travel plain, both ways */
    struct wsync_blob_policy blobs;
};

enum wsync_event_kind {
    WSYNC_EVENT_START, /* the connection is up: the opening side speaks */
    WSYNC_EVENT_FRAME, /* `frame` arrived */
    WSYNC_EVENT_TICK,  /* time passed */
    WSYNC_EVENT_CUT,   /* the connection is gone */
    WSYNC_EVENT_STOP,  /* this side wants to end */
};

struct wsync_event {
    enum wsync_event_kind kind;
    struct wsync_slice frame; /* FRAME; read during the step only */
    int64_t now_ms;           /* a monotonic clock */
    int64_t time;             /* seconds since 1970, shown to people, decides nothing */
};

/* A log, or a branch of one, that this side is sending. */
struct wsync_outgoing {
    uint32_t log_no;
    uint32_t number;      /* of the branch, 0: the log itself */
    bool fork;            /* the peer holds another branch, and may have no room for this one */
    uint64_t next;        /* the first change not sent in this session */
    uint64_t acked;       /* the last one the peer holds */
    struct wsync_hash at; /* of the change before `next`: the path must still lead there */
};

struct wsync_session {
    struct wsync_session_setup setup;
    enum wsync_session_state state;
    enum wsync_err result;      /* once ENDED */
    bool result_is_peers;       /* the peer said it */
    struct wsync_reject reject; /* the change-set refused */
    int64_t progress_ms;
    uint32_t credit; /* bytes the peer takes before it says so */
    uint64_t sent, sent_taken, taken, taken_told;
    struct wsync_outgoing outgoing[WSYNC_SESSION_LOGS_MAX];
    size_t outgoing_count, expected_count, ack_count;
    struct wsync_head expected[WSYNC_SESSION_LOGS_MAX]; /* stated by the peer, not held yet */
    struct wsync_head acks[WSYNC_ACK_HEADS_MAX];
    struct wsync_log_id own; /* WARD's open log, excepted from the frontier */
    uint32_t last_log;       /* WARD: the highest log number when it said Hello */
    bool has_own, heads_due, heads_started; /* ours */
    bool heads_awaited, heads_seen;         /* theirs */
    struct wsync_log_id heads_at, heads_peer_at;
    uint64_t roster_next, roster_last; /* statements still to send to a side that lacks them */
    uint64_t roster_wanted;            /* the version the peer named in Hello or Welcome */
    bool rotates;   /* WARD: it asked for its new keys, and the answer ends the session */
    bool has_seen;  /* WARD: it had nothing to ask for when it said Hello */
    bool keeps_log; /* the district showed a checkpoint */
    bool new_tree;  /* WARD: it is of another tree than the last one verified */
    bool moved;     /* statements came, or the log must be looked at anyway */
    enum wsync_asking asking;
    bool may_ask_ahead; /* WARD: once */
    uint32_t proves;    /* said or heard */
    bool passed_over; /* BACK: the receipt goes on from a checkpoint that is not the last */
    struct wsync_prove asked; /* its heads stand here: */
    struct wsync_head asked_heads[WSYNC_PROVE_HEADS_MAX];
    struct wsync_packed_talk packing;
    bool partial; /* more logs differ than one session carries: go on with another */
    struct wsync_blob_talk blobs;
    struct wsync_session_counts counts;
    struct wsync_seen seen;
};

void wsync_session_init(struct wsync_session *session, const struct wsync_session_setup *setup,
                        int64_t now_ms);

/* One step.  What the peer did wrong ends the session and answers OK; an error of our store
 * (wsync_err_is_ours) means the transaction and the session must go back. */
WSYNC_MUST_USE enum wsync_err wsync_session_step(struct wsync_session *session,
                                                 const struct wsync_event *event,
                                                 struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 struct wsync_effects *effects);

/* Says what is due after the steps of a batch: acknowledgements first, then roster, heads and
 * change-sets as far as credit and effects have room, and Bye when all is done. */
WSYNC_MUST_USE enum wsync_err wsync_session_flush(struct wsync_session *session,
                                                  struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  struct wsync_effects *effects);
/* When to come back with TICK, on the clock of `now_ms`. */
int64_t wsync_session_deadline(const struct wsync_session *session);
bool wsync_session_is_over(const struct wsync_session *session); /* `result` says how */

/* Writes the state table as text for the documentation; returns what was written. */
struct wsync_slice wsync_session_print_table(char *text, size_t size);
/* Asserts what must hold between steps. */
void wsync_session_check(const struct wsync_session *session);

#endif
