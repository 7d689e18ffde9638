/* SPDX-License-Identifier: Apache-2.0 */
/* session_carriage.h: how what a session says is carried: in a file, packed, and with
 * attachments behind it. */
#ifndef WARDSYNC_CORE_SESSION_CARRIAGE_H
#define WARDSYNC_CORE_SESSION_CARRIAGE_H

#include "core/session_parts.h"

/* session_file.c: a ward whose frames go into a file, and one that reads the answer. */
WSYNC_MUST_USE enum wsync_err wsync_start_file(struct wsync_step *step);
WSYNC_MUST_USE enum wsync_err wsync_welcome_from_file(struct wsync_step *step);
WSYNC_MUST_USE enum wsync_err wsync_prove_from_file(struct wsync_step *step);

/* session_packed.c: the name of the dictionary that this side has; empty: it takes none. */
struct wsync_slice wsync_step_dictionary(const struct wsync_step *step);
/* WARD: how the first flight may be packed, by what the district last named. */
WSYNC_MUST_USE enum wsync_err wsync_packing_recall(struct wsync_step *step);
/* DISTRICT, WARD: what the peer named. */
void wsync_packing_answer(struct wsync_step *step, const struct wsync_hello *hello,
                          const struct wsync_welcome *welcome);
WSYNC_MUST_USE enum wsync_err wsync_packing_learn(struct wsync_step *step,
                                                  const struct wsync_welcome *welcome);
/* Sends a set that ends with this head in the form that takes the fewest bytes. */
WSYNC_MUST_USE enum wsync_err wsync_step_send_set(struct wsync_step *step,
                                                  const struct wsync_change_set *set,
                                                  const struct wsync_head *end);
/* What was not acknowledged once more, and from now on plain: the peer could not fill in what
 * was left out. */
WSYNC_MUST_USE enum wsync_err wsync_step_send_again(struct wsync_step *step);
/* The set of a packed frame; NOT_FOUND when it cannot be filled in here: it is passed over, and
 * the peer sees from `taken` that it was. */
WSYNC_MUST_USE enum wsync_err wsync_step_unpack(struct wsync_step *step,
                                                struct wsync_change_set *set);

/* session_blob.c: does this side move attachments? */
bool wsync_step_moves_blobs(const struct wsync_step *step);
/* session_offer.c: what it says of that in Welcome, and what a ward reads there. */
WSYNC_MUST_USE enum wsync_err wsync_step_show_blobs(struct wsync_step *step,
                                                    const struct wsync_hello *hello,
                                                    struct wsync_welcome *welcome);
/* WARD: has it any to give, or to ask for? */
WSYNC_MUST_USE enum wsync_err wsync_step_blobs_wait(const struct wsync_step *step, bool *wait);
void wsync_step_see_blobs(struct wsync_step *step, const struct wsync_welcome *welcome);
/* DISTRICT: something of this log came from the peer. */
WSYNC_MUST_USE enum wsync_err wsync_step_note_log(struct wsync_step *step,
                                                  const struct wsync_log_id *id);
/* All else is done: offers, asks for and gives attachments.  `*waits` while a ward has more. */
WSYNC_MUST_USE enum wsync_err wsync_step_attach(struct wsync_step *step, bool *waits);
/* WARD: what was written here since goes before any attachment. */
WSYNC_MUST_USE enum wsync_err wsync_step_queue_news(struct wsync_step *step);

#endif
