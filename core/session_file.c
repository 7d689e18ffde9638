/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "core/settle_parts.h"
#include "wardsync/receipt.h"

/* ---- a ward that writes a file ---- */

/* Where a log begins in the file: behind what the district is known to hold; everything of the
 * logs of others is known to be there, as it came from there. */
static enum wsync_err first_of(struct wsync_step *step, const struct wsync_log *log,
                               uint64_t *first)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    uint64_t held;
    *first = 1;
    if (setup->carried.all) {
        return WSYNC_OK;
    }
    *first = UINT64_MAX;
    if (!wsync_device_id_equal(&log->device, &setup->ledger->identity->device)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_held_get(step->txn, log->no, &held);
    *first = err == WSYNC_OK ? held + 1 : UINT64_MAX;
    return err;
}

/* The log itself, and with everything also the branches that lie beside it. */
static enum wsync_err queue_log(struct wsync_step *step, const struct wsync_log *log)
{
    struct wsync_branch path = {.log_no = 0};
    uint64_t first;
    enum wsync_err err = first_of(step, log, &first);
    while (err == WSYNC_OK && first != UINT64_MAX) { /* ends: each turn passes a path */
        err = wsync_branch_next(step->txn, log, &path);
        if (err == WSYNC_OK && (path.number == 0 || step->session->setup.carried.all)) {
            err = wsync_step_queue(step, &path, first, path.number != 0);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* This device's open log first, so that it is in the file whatever else there is. */
static enum wsync_err queue_logs(struct wsync_step *step, const struct wsync_log *own)
{
    struct wsync_session *session = step->session;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = session->has_own ? queue_log(step, own) : WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes a log */
        err = wsync_log_after(step->txn, after, &log);
        if (err == WSYNC_OK &&
            !(session->has_own && wsync_log_id_equal(&log.id, &session->own))) {
            err = queue_log(step, &log);
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Asks for a receipt over what the file brings and over what waits for one. */
static enum wsync_err ask(struct wsync_step *step, const struct wsync_log *own)
{
    struct wsync_session *session = step->session;
    struct wsync_message message = {.type = WSYNC_MESSAGE_PROVE};
    struct wsync_head wanted[WSYNC_PROVE_HEADS_MAX];
    size_t wanted_count = 0;
    size_t count = 0;
    enum wsync_err err = wsync_checkpoint_last(step->txn, &message.prove.last);
    if (err == WSYNC_OK) {
        err = wsync_receipt_wanted(step->txn, &session->setup.ledger->identity->device, false,
                                   wanted, &wanted_count);
    }
    const struct wsync_head tip = {own->id, own->seq, own->hash};
    bool due = session->has_own && own->seq > 0;
    for (size_t i = 0; i < wanted_count && count + due < WSYNC_PROVE_HEADS_MAX; i++) {
        int order = due ? wsync_head_compare(&tip, &wanted[i]) : 1;
        if (order <= 0) { /* in its place */
            session->asked_heads[count++] = tip;
            due = false;
        }
        if (order != 0) {
            session->asked_heads[count++] = wanted[i];
        }
    }
    if (due) {
        session->asked_heads[count++] = tip;
    }
    message.prove.heads = session->asked_heads;
    message.prove.head_count = count;
    message.prove.scope = session->setup.scope;
    return err == WSYNC_OK ? wsync_step_send(step, &message) : err;
}

static enum wsync_err write_file(struct wsync_step *step, const struct wsync_hello *hello,
                                 const struct wsync_log *own)
{
    struct wsync_session *session = step->session;
    struct wsync_message message = {.type = WSYNC_MESSAGE_HELLO, .hello = *hello};
    enum wsync_err err = wsync_step_send(step, &message);
    if (err == WSYNC_OK) {
        err = ask(step, own);
    }
    if (err == WSYNC_OK) {
        err = queue_logs(step, own);
    }
    if (session->setup.carried.all) {
        session->roster_next = 1;
        session->roster_last = step->roster.version;
    }
    session->heads_due = true;
    return err;
}

enum wsync_err wsync_start_file(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_hello hello;
    struct wsync_log own;
    enum wsync_err err =
        wsync_rotation_check(step->txn, step->arena, session->setup.ledger->identity);
    if (err == WSYNC_ERR_DEVICE) { /* what this side wrote since is nobody's */
        return wsync_step_end(step, err);
    }
    if (err == WSYNC_OK) {
        err = wsync_work_unpark(step->txn);
    }
    if (err == WSYNC_OK) {
        err = wsync_fill_hello(step, &hello, &own);
    }
    if (err != WSYNC_OK || session->setup.carriage == WSYNC_CARRIAGE_BACK) {
        session->state = err == WSYNC_OK ? WSYNC_STATE_HELLO_SENT : session->state;
        return err;
    }
    session->state = WSYNC_STATE_OPEN;
    return write_file(step, &hello, &own);
}

enum wsync_err wsync_session_run(const struct wsync_session *session, struct wsync_txn *txn,
                                 size_t index, struct wsync_head *after, struct wsync_head *tip)
{
    struct wsync_log log;
    struct wsync_branch path;
    if (index >= session->outgoing_count) {
        return WSYNC_ERR_NOT_FOUND;
    }
    const struct wsync_outgoing *outgoing = &session->outgoing[index];
    enum wsync_err err = wsync_log_get(txn, outgoing->log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_branch_get(txn, &log, outgoing->number, &path);
    }
    *after = (struct wsync_head){log.id, outgoing->acked, {{0}}};
    *tip = (struct wsync_head){log.id, outgoing->next - 1, outgoing->at};
    return err == WSYNC_OK ? wsync_branch_hash(txn, &path, after->seq, &after->hash) : err;
}

/* ---- a ward that reads the answer ---- */

/* What the district says it holds of an own log.  It may be long ago: so it is only ever more
 * than was believed, but for the one answer that this ward waits for. */
static enum wsync_err note_stated(struct wsync_step *step, const struct wsync_head *stated)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    struct wsync_log log;
    struct wsync_hash hash;
    uint64_t held;
    enum wsync_err err = wsync_log_find(step->txn, &stated->log, &log);
    if (err != WSYNC_OK || !wsync_wrote(setup->ledger->identity, &log)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = stated->seq > log.seq ? WSYNC_ERR_DIVERGED
                                : wsync_log_hash(step->txn, log.no, stated->seq, &hash);
    if (err == WSYNC_OK && !wsync_hash_equal(&hash, &stated->hash)) {
        err = WSYNC_ERR_DIVERGED;
    }
    if (err == WSYNC_ERR_DIVERGED) { /* this store is an old copy: another log goes on */
        enum wsync_err retired = wsync_retire_log(setup->ledger, step->txn, &log);
        return retired == WSYNC_OK ? err : retired;
    }
    if (err == WSYNC_OK) {
        err = wsync_held_get(step->txn, log.no, &held);
    }
    bool lowers = setup->carried.may_lower && held == setup->carried.held &&
                  wsync_log_id_equal(&stated->log, &setup->carried.log);
    return err == WSYNC_OK && (stated->seq > held || (lowers && stated->seq < held))
               ? wsync_held_put(step->txn, log.no, stated->seq)
               : err;
}

/* The district answered and did not name the log: it holds nothing of it. */
static enum wsync_err note_nothing(struct wsync_step *step)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    struct wsync_log log;
    uint64_t held;
    enum wsync_err err = wsync_log_find(step->txn, &setup->carried.log, &log);
    if (err == WSYNC_OK) {
        err = wsync_held_get(step->txn, log.no, &held);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return setup->carried.may_lower && held == setup->carried.held && held > 0
               ? wsync_held_put(step->txn, log.no, 0)
               : WSYNC_OK;
}

enum wsync_err wsync_welcome_from_file(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_welcome *welcome = &step->message->welcome;
    enum wsync_err err = WSYNC_OK;
    if (welcome->version != WSYNC_PROTOCOL_VERSION) {
        err = WSYNC_ERR_VERSION;
    } else if (memcmp(welcome->instance.b, session->setup.instance.b,
                      sizeof welcome->instance.b) != 0) {
        err = WSYNC_ERR_INSTANCE;
    } else {
        err = wsync_take_statements(step, welcome->statements, welcome->statement_count);
    }
    if (err == WSYNC_OK) {
        err = welcome->has_own ? note_stated(step, &welcome->own) : note_nothing(step);
    }
    if (err == WSYNC_OK) {
        err = wsync_note_epoch(step, welcome->epoch);
    }
    if (err == WSYNC_OK) {
        err =
            wsync_rotation_check(step->txn, step->arena, session->setup.ledger->identity);
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
    }
    session->heads_awaited = true;
    session->state = WSYNC_STATE_OPEN;
    return WSYNC_OK;
}

/* The district repeats what it was asked.  Where the network brought a later checkpoint since,
 * the receipt is passed over. */
enum wsync_err wsync_prove_from_file(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_prove *prove = &step->message->prove;
    struct wsync_signed_checkpoint last;
    if (session->asking != WSYNC_ASKING_NOTHING) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    enum wsync_err err = wsync_checkpoint_last(step->txn, &last);
    bool same = wsync_checkpoint_equal(&last.checkpoint, &prove->last.checkpoint) &&
                prove->scope == session->setup.scope;
    session->asking = same ? WSYNC_ASKING_WAITS : WSYNC_ASKING_ANSWERED;
    session->passed_over = !same;
    session->asked = *prove;
    session->asked.last = last;
    if (prove->head_count > 0) {
        memcpy(session->asked_heads, prove->heads,
               prove->head_count * sizeof *session->asked_heads);
    }
    return err;
}
