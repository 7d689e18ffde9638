/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"

/* A change-set was refused: says which and why, then ends. */
static enum wsync_err refuse(struct wsync_step *step, enum wsync_err code)
{
    const struct wsync_change_set *set = &step->message->changes;
    struct wsync_message reject = {.type = WSYNC_MESSAGE_REJECT,
                                   .reject = {set->log, set->first, code}};
    enum wsync_err err = wsync_step_send(step, &reject);
    step->session->reject = reject.reject;
    return err == WSYNC_OK ? wsync_step_end(step, code) : err;
}

/* The head takes the place of the one that its run continues. */
static void note_ack(struct wsync_session *session, const struct wsync_change_set *set,
                     const struct wsync_head *held)
{
    size_t kept = 0;
    size_t at = 0;
    for (size_t i = 0; i < session->ack_count; i++) {
        const struct wsync_head *ack = &session->acks[i];
        bool before = wsync_log_id_equal(&ack->log, &set->log) && ack->seq == set->first - 1 &&
                      memcmp(ack->hash.b, set->previous, sizeof set->previous) == 0;
        int order = wsync_head_compare(ack, held);
        if (!before && order != 0) {
            session->acks[kept++] = *ack;
            at += order < 0;
        }
    }
    session->ack_count = kept;
    WSYNC_ASSERT(session->ack_count < WSYNC_ACK_HEADS_MAX);
    memmove(&session->acks[at + 1], &session->acks[at],
            (session->ack_count - at) * sizeof *held);
    session->ack_count++;
    session->acks[at] = *held;
}

/* What was expected of the log and is here now. */
static enum wsync_err strike_expected(struct wsync_step *step, const struct wsync_head *held)
{
    struct wsync_session *session = step->session;
    size_t i = 0;
    while (i < session->expected_count) { /* ends: each turn passes or removes one */
        bool here = false;
        struct wsync_head *expected = &session->expected[i];
        if (wsync_log_id_equal(&expected->log, &held->log) && expected->seq <= held->seq) {
            enum wsync_err err = wsync_head_held(step->txn, expected, &here);
            if (err != WSYNC_OK) {
                return err;
            }
        }
        if (here) {
            *expected = session->expected[--session->expected_count];
        } else {
            i++;
        }
    }
    return WSYNC_OK;
}

/* An optimistic flight may begin beyond what is held, or name a roster that is still to come;
 * Welcome already told the peer, who sends again from there.  The peer sees from `taken` that
 * nothing of it was kept. */
static bool came_too_early(const struct wsync_step *step, enum wsync_err err)
{
    const struct wsync_session *session = step->session;
    if (err == WSYNC_ERR_GAP && session->counts.changes_taken == 0) {
        return true;
    }
    bool lacks = err == WSYNC_ERR_GAP || err == WSYNC_ERR_BEHIND || err == WSYNC_ERR_GENESIS;
    return lacks && session->setup.role == WSYNC_SESSION_DISTRICT &&
           wsync_step_lacks_roster(step);
}

enum wsync_err wsync_on_changes(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_change_set *set = &step->message->changes;
    struct wsync_head held;
    struct wsync_log before = {.seq = 0};
    bool leads;
    enum wsync_err err = wsync_log_find(step->txn, &set->log, &before);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_take_set(session->setup.ledger, step->txn, step->arena, set, &held);
    }
    if (wsync_err_is_ours(err)) {
        return err;
    }
    if (came_too_early(step, err)) {
        wsync_packed_note(&session->packing.in, set, NULL);
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return refuse(step, err);
    }
    wsync_packed_note(&session->packing.in, set, &held);
    err = wsync_note_taken(step, &held, &leads);
    if (err == WSYNC_OK) {
        err = strike_expected(step, &held);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_note_log(step, &held.log);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    note_ack(session, set, &held);
    bool anew = !leads || before.seq < set->first;
    const struct wsync_seen_run run = {set->log, anew ? set->first : before.seq + 1, held.seq};
    if (run.first <= run.last) {
        session->counts.changes_taken += run.last - run.first + 1;
        wsync_seen_run(&session->seen.taken, &run);
    }
    return WSYNC_OK;
}

/* What cannot be filled in is passed over: the peer sees from `taken` that it was not kept. */
enum wsync_err wsync_on_packed(struct wsync_step *step)
{
    struct wsync_message plain = {.type = WSYNC_MESSAGE_CHANGES};
    struct wsync_step unpacked = *step;
    unpacked.message = &plain;
    enum wsync_err err = wsync_step_unpack(step, &plain.changes);
    if (err == WSYNC_OK) {
        return wsync_on_changes(&unpacked);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK
           : wsync_err_is_ours(err)   ? err
                                      : wsync_step_end(step, err);
}
