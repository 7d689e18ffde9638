/* SPDX-License-Identifier: Apache-2.0 */
/* session_parts.h: what the parts of a session share.
 *
 * session.c is the table and the steps, session_take.c takes change-sets, session_open.c the
 * opening exchange, session_frontier.c compares heads, session_send.c says what is due,
 * session_receipt.c proves it, session_rotate.c is about new keys, session_packed.c about
 * packed sets, session_file.c about frames that travel in a file. */
#ifndef WARDSYNC_CORE_SESSION_PARTS_H
#define WARDSYNC_CORE_SESSION_PARTS_H

#include "core/branch.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"
#include "wardsync/session.h"

/* One step in progress. */
struct wsync_step {
    struct wsync_session *session;
    const struct wsync_event *event;
    const struct wsync_message *message; /* of a FRAME */
    struct wsync_txn *txn;
    struct wsync_arena *arena;
    struct wsync_effects *effects;
    struct wsync_device peer; /* DISTRICT, once authorised in this step */
    struct wsync_roster roster;
};

/* Encodes and queues a message. */
WSYNC_MUST_USE enum wsync_err wsync_step_send(struct wsync_step *step,
                                              const struct wsync_message *message);

WSYNC_MUST_USE enum wsync_err wsync_step_send_frame(struct wsync_step *step,
                                                    struct wsync_slice frame);

/* Ends the session; tells the peer `code` first unless the link is gone. */
WSYNC_MUST_USE enum wsync_err wsync_step_end(struct wsync_step *step, enum wsync_err code);

/* Ends it without a word. */
WSYNC_MUST_USE enum wsync_err wsync_step_close(struct wsync_step *step, enum wsync_err code);

/* The logs whose heads both sides compare. */
struct wsync_frontier wsync_step_frontier(const struct wsync_step *step);

/* Notes that the path is to be sent from `next` on; `fork`: behind everything else. */
WSYNC_MUST_USE enum wsync_err wsync_step_queue(struct wsync_step *step,
                                               const struct wsync_branch *path, uint64_t next,
                                               bool fork);

/* The log and the path that are being sent; NOT_FOUND when a verdict changed them since. */
WSYNC_MUST_USE enum wsync_err wsync_outgoing_path(const struct wsync_step *step,
                                                  const struct wsync_outgoing *outgoing,
                                                  struct wsync_log *log,
                                                  struct wsync_branch *path);

/* DISTRICT: is the key of the connection one that the device had before? */
bool wsync_step_is_rotated(const struct wsync_step *step);

/* ROTATED when such a key has nothing more to say; what it says meanwhile is not heeded. */
WSYNC_MUST_USE enum wsync_err wsync_step_check_key(const struct wsync_step *step, bool *heeded);

/* WARD: asks for the rotation that waits, if one does. */
WSYNC_MUST_USE enum wsync_err wsync_step_rotate(struct wsync_step *step);

/* WARD: was the log opened by a key that the roster does not name yet? */
WSYNC_MUST_USE enum wsync_err wsync_step_awaits_key(const struct wsync_step *step,
                                                    const struct wsync_log *log, bool *awaits);

/* WARD: was it opened by a key that waited when another device took the place of its own, so
 * that nobody will ever name it?  The log stays here. */
WSYNC_MUST_USE enum wsync_err wsync_step_is_orphan(const struct wsync_step *step,
                                                   const struct wsync_log *log, bool *orphan);

/* Did the peer name a roster version that is not here yet? */
bool wsync_step_lacks_roster(const struct wsync_step *step);

/* A ward's own log that the district shows it holds up to this head: kept as if it had been
 * acknowledged. */
WSYNC_MUST_USE enum wsync_err wsync_note_held(struct wsync_step *step,
                                              const struct wsync_head *head);

/* A change-set that ends there was taken: does the log itself lead there, or a branch? */
WSYNC_MUST_USE enum wsync_err wsync_note_taken(struct wsync_step *step,
                                               const struct wsync_head *head, bool *leads);

/* session_receipt.c: the district's last checkpoint as it is shown to a ward; all zero when no
 * log is kept. */
WSYNC_MUST_USE enum wsync_err wsync_step_show_log(struct wsync_step *step,
                                                  struct wsync_welcome *welcome);
/* The ward's side of it: ROLLED_BACK. */
WSYNC_MUST_USE enum wsync_err wsync_step_see_log(struct wsync_step *step,
                                                 const struct wsync_welcome *welcome);
/* How much the ward says it has seen of the log. */
WSYNC_MUST_USE enum wsync_err wsync_step_seen(struct wsync_step *step, uint64_t *seen);
/* All else is done: asks for a receipt if there is something to prove.  `*waits` until it is
 * here. */
WSYNC_MUST_USE enum wsync_err wsync_step_ask(struct wsync_step *step, bool *waits);
/* WARD: asks while its log is on its way, when nothing else is known to be due. */
WSYNC_MUST_USE enum wsync_err wsync_step_ask_ahead(struct wsync_step *step);
/* The receipt that a ward waits for, once the batch is whole. */
WSYNC_MUST_USE enum wsync_err wsync_step_answer(struct wsync_step *step);

/* session_open.c: says of this device and of the frontier what Hello says; notes the open log.
 */
WSYNC_MUST_USE enum wsync_err wsync_fill_hello(struct wsync_step *step,
                                               struct wsync_hello *hello,
                                               struct wsync_log *own);
/* The same for statements and the epoch of Welcome. */
WSYNC_MUST_USE enum wsync_err wsync_take_statements(
    struct wsync_step *step, const struct wsync_signed_statement *statements, size_t count);
WSYNC_MUST_USE enum wsync_err wsync_note_epoch(struct wsync_step *step, uint64_t epoch);

/* bundle_take.c: takes a change-set, as whoever brings it.  What goes on beyond the log that
 * this side is writing says that this side went back: that log is retired. */
WSYNC_MUST_USE enum wsync_err wsync_take_set(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                             struct wsync_arena *arena,
                                             const struct wsync_change_set *set,
                                             struct wsync_head *held);

/* The log this device writes, sent from `next` on. */
WSYNC_MUST_USE enum wsync_err wsync_step_queue_own(struct wsync_step *step,
                                                   const struct wsync_log *own, uint64_t next);

/* Handlers of the other files. */
typedef enum wsync_err wsync_handler(struct wsync_step *step);
wsync_handler wsync_on_start_ward, wsync_on_start_applicant, wsync_on_hello, wsync_on_welcome,
    wsync_on_roster, wsync_on_enrol, wsync_on_grant, wsync_on_heads, wsync_on_rotate,
    wsync_on_prove, wsync_on_receipt, wsync_on_changes, wsync_on_packed, wsync_on_blob_want,
    wsync_on_blob_chunk, wsync_on_blob_offer, wsync_on_still;

#endif
