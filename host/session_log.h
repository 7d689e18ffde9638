/* SPDX-License-Identifier: Apache-2.0 */
/* session_log.h: what became of every conversation, and where each device stands: the tables
 * SESSIONS and CONTACTS of the district.
 *
 * Rows of SESSIONS are numbered without gaps, oldest first; only the front is ever cut off and
 * the last row stays, so a number is never used twice.  All functions work within the caller's
 * transaction and answer CORRUPT for a row that does not read back. */
#ifndef WARDSYNC_HOST_SESSION_LOG_H
#define WARDSYNC_HOST_SESSION_LOG_H

#include "wardsync/message.h"
#include "wardsync/seen.h"
#include "wardsync/store.h"

enum { WSYNC_SESSION_KEY_BYTES = 8, WSYNC_SESSION_PRUNE_ROWS_MAX = 1024 };

enum wsync_session_kind {
    WSYNC_SESSION_KIND_SYNC = 1, /* a device spoke, whatever came of it */
    WSYNC_SESSION_KIND_ENROL,    /* the bearer of an invite spoke */
    WSYNC_SESSION_KIND_DOOR,     /* not let in: no session; `code` says why */
    WSYNC_SESSION_KIND_DOWN,     /* the district itself did not serve from `begun` to `ended`;
                                    OK: it was stopped, LINK: it was killed or lost power */
};

/* One conversation, the knocks of one key within an hour, or a time without any. */
struct wsync_session_row {
    enum wsync_session_kind kind;
    bool has_device; /* the key was, or became, a device's */
    struct wsync_device_id device;
    uint8_t
        key[WSYNC_SESSION_KEY_BYTES]; /* beginning of the transport key; all zero: several */
    int64_t begun, ended;             /* seconds since 1970; DOOR: first and last knock */
    int64_t took_ms;
    uint64_t times; /* DOOR: how many knocks; otherwise 1 */
    enum wsync_err code;
    bool peer_said_it; /* `code` is the device's word */
    uint64_t bytes_in, bytes_out;
    uint64_t changes_in, changes_out; /* taken here, acknowledged there */
    bool has_reject;
    struct wsync_reject reject;          /* the change-set that was refused, by either side */
    struct wsync_seen_runs taken, acked; /* which changes they were; the first few */
    uint64_t admin_count; /* the admin log's head when the row was written (admin_log.h): */
    uint8_t admin_hash[WSYNC_SESSION_KEY_BYTES]; /* rows, beginning of the hash; not yours to
                                                    fill in */
};

/* What a device said of itself when it opened. */
struct wsync_session_facts {
    bool spoke; /* Hello was read */
    bool has_head;
    struct wsync_head head; /* of its open log, as it stands there */
    uint64_t readable;      /* changes of all other logs it may read, as held here then */
    char program[WSYNC_PROGRAM_BYTES_MAX + 1]; /* "": it did not say */
    bool has_clock;
    int64_t clock_ahead_s; /* its clock minus this one */
    bool outdone; /* another conversation of the device succeeded while this one lasted */
};

/* What is known of one device. */
struct wsync_contact {
    int64_t first, last, last_good; /* seconds since 1970; last_good 0: none */
    enum wsync_session_kind last_kind;
    enum wsync_err last_code;
    bool last_is_peers; /* `last_code` is the device's word */
    uint64_t failed;    /* attempts since the last good one */
    bool has_head;
    struct wsync_head head; /* as last stated */
    uint64_t known; /* changes of other logs it is known to hold; never more than it does */
    char program[WSYNC_PROGRAM_BYTES_MAX + 1]; /* as last stated; "": never */
    bool has_clock;
    int64_t clock_ahead_s; /* its clock minus this one, when it last said so */
    uint64_t doubts, good_doubts; /* the number of the last doubt (doubt.h) when it was heard
                                     last, and at its last good conversation */
};

/* What is kept: rows of the last `days` days, at most `rows` of them. */
struct wsync_session_policy {
    int64_t days, rows;
};

/* Appends a row; `*number` names it. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_add(struct wsync_txn *txn,
                                                    const struct wsync_session_row *row,
                                                    uint64_t *number);

/* Writes a row that exists anew; NOT_FOUND when it has been cut off. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_change(struct wsync_txn *txn, uint64_t number,
                                                       const struct wsync_session_row *row);

/* Finds the row at `where` relative to `*number`, as wsync_txn_seek does; NOT_FOUND.  0 stands
 * before every row for GE and GT, UINT64_MAX behind every row for LE and LT. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_seek(struct wsync_txn *txn,
                                                     enum wsync_seek where, uint64_t *number,
                                                     struct wsync_session_row *row);

/* Cuts off what the policy no longer keeps, at most WSYNC_SESSION_PRUNE_ROWS_MAX rows; the
 * admin log says so, once a day. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_prune(struct wsync_txn *txn,
                                                      const struct wsync_session_policy *policy,
                                                      int64_t now);

/* The first thing wrong with the rows as a whole: `number` of the row, 0 when all is well;
 * `text` says what.  They go on without a gap from behind the last that policy cut off, and
 * what each says of the admin log is what stands there.  An error is one of the machine. */
struct wsync_session_fault {
    uint64_t number;
    const char *text;
};
WSYNC_MUST_USE enum wsync_err wsync_session_log_check(struct wsync_txn *txn,
                                                      struct wsync_session_fault *fault);

/* The district's own runs, as META "serving": when it was last known to serve, and whether it
 * was stopped then.  A run begins with `start`, which adds a row of kind DOWN unless it is the
 * first, and gives signs of life from then on.  What a run that was killed did not write yet is
 * in no row; the DOWN row behind the gap is what tells. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_start(struct wsync_txn *txn, int64_t time);
WSYNC_MUST_USE enum wsync_err wsync_session_log_alive(struct wsync_txn *txn, int64_t time,
                                                      bool stopped);

/* The last sign of life, and whether that was a stop; NOT_FOUND when it never served. */
WSYNC_MUST_USE enum wsync_err wsync_session_log_last(struct wsync_txn *txn, int64_t *time,
                                                     bool *stopped);

/* NOT_FOUND when the device was never heard of. */
WSYNC_MUST_USE enum wsync_err wsync_contact_get(struct wsync_txn *txn,
                                                const struct wsync_device_id *device,
                                                struct wsync_contact *contact);
WSYNC_MUST_USE enum wsync_err wsync_contact_put(struct wsync_txn *txn,
                                                const struct wsync_device_id *device,
                                                const struct wsync_contact *contact);

/* What a conversation adds to what is known; a new contact is all zero before.  `doubts` is the
 * number of the last doubt.  One that was outdone and failed adds nothing: that a line was cut
 * may be noticed long after the device came back on another. */
void wsync_contact_note(struct wsync_contact *contact, const struct wsync_session_row *row,
                        const struct wsync_session_facts *facts, uint64_t doubts);

/* How many changes of all logs that `device` may read are held here, those of its own logs
 * left out: the scale of `readable` and `known`. */
WSYNC_MUST_USE enum wsync_err wsync_contact_readable(struct wsync_txn *txn,
                                                     const struct wsync_device *device,
                                                     uint64_t *changes);

#endif
