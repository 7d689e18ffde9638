/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "wardsync/receipt.h"
#include "wardsync/tree.h"

/* ---- the ward ---- */

static bool same_tree(const struct wsync_checkpoint *a, const struct wsync_checkpoint *b)
{
    return memcmp(a->tree, b->tree, sizeof a->tree) == 0;
}

/* Is there something of an earlier session that no receipt proves? */
enum wsync_err wsync_step_seen(struct wsync_step *step, uint64_t *seen)
{
    struct wsync_signed_checkpoint last;
    struct wsync_head heads[WSYNC_PROVE_HEADS_MAX];
    size_t count = 0;
    enum wsync_err err = wsync_checkpoint_last(step->txn, &last);
    if (err == WSYNC_OK) {
        err = wsync_receipt_wanted(step->txn, &step->session->setup.ledger->identity->device,
                                   false, heads, &count);
    }
    *seen = count == 0 ? last.checkpoint.size : 0;
    return err;
}

enum wsync_err wsync_step_see_log(struct wsync_step *step, const struct wsync_welcome *welcome)
{
    struct wsync_session *session = step->session;
    struct wsync_signed_checkpoint last;
    session->keeps_log = !wsync_checkpoint_is_none(&welcome->checkpoint);
    if (!session->keeps_log) {
        session->asking = WSYNC_ASKING_NOTHING; /* what was asked ahead is not answered */
    }
    enum wsync_err err = wsync_checkpoint_last(step->txn, &last);
    if (err != WSYNC_OK || !session->keeps_log) {
        return err;
    }
    bool same = same_tree(&last.checkpoint, &welcome->checkpoint);
    bool other_root = !wsync_hash_equal(&last.checkpoint.root, &welcome->checkpoint.root);
    session->new_tree = !same;
    session->moved |= !same || (welcome->checkpoint.size == last.checkpoint.size && other_root);
    bool back = welcome->checkpoint.size < last.checkpoint.size;
    if (!same) {
        err = wsync_receipt_tree_was_left(step->txn, &welcome->checkpoint, &back);
    }
    return err == WSYNC_OK && back ? WSYNC_ERR_ROLLED_BACK : err;
}

static bool has_moved(const struct wsync_session *session)
{
    return session->moved || session->counts.changes_acked > 0 ||
           session->counts.changes_taken > 0;
}

/* Asks about the first `count` of `asked_heads`, from `asked.last` on. */
static enum wsync_err ask_for(struct wsync_step *step, enum wsync_asking asking, size_t count)
{
    struct wsync_session *session = step->session;
    struct wsync_message message = {.type = WSYNC_MESSAGE_PROVE};
    session->asked.heads = session->asked_heads;
    session->asked.head_count = count;
    session->asked.scope = session->setup.scope;
    session->asked.before = session->proves++;
    message.prove = session->asked;
    session->asking = asking;
    return wsync_step_send(step, &message);
}

enum wsync_err wsync_step_ask(struct wsync_step *step, bool *waits)
{
    struct wsync_session *session = step->session;
    size_t count = 0;
    *waits = session->asking == WSYNC_ASKING_WAITS || session->asking == WSYNC_ASKING_AHEAD;
    if (!session->keeps_log || session->partial || session->asking != WSYNC_ASKING_NOTHING) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_checkpoint_last(step->txn, &session->asked.last);
    if (err == WSYNC_OK) {
        err = wsync_receipt_wanted(step->txn, &session->setup.ledger->identity->device,
                                   session->new_tree, session->asked_heads, &count);
    }
    if (err != WSYNC_OK || (count == 0 && !has_moved(session))) {
        return err;
    }
    *waits = true;
    return ask_for(step, WSYNC_ASKING_WAITS, count);
}

static bool add_head(struct wsync_head *heads, size_t *count, const struct wsync_head *head)
{
    size_t at = *count;
    if (at == WSYNC_PROVE_HEADS_MAX) {
        return false;
    }
    while (at > 0 && wsync_head_compare(&heads[at - 1], head) > 0) {
        heads[at] = heads[at - 1];
        at--;
    }
    heads[at] = *head;
    (*count)++;
    return true;
}

/* Is the log that this device writes the only one under way, all of it and nothing else? */
static enum wsync_err all_flies(struct wsync_step *step, struct wsync_head *end, bool *flies)
{
    const struct wsync_session *session = step->session;
    const struct wsync_outgoing *own = &session->outgoing[0];
    struct wsync_log log;
    struct wsync_branch path;
    *flies = false;
    if (session->outgoing_count != 1 || !session->has_own || own->number != 0 ||
        session->heads_due || session->heads_awaited || session->expected_count > 0 ||
        wsync_step_lacks_roster(step) || session->partial) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_outgoing_path(step, own, &log, &path);
    if (err == WSYNC_OK) {
        *flies = wsync_log_id_equal(&log.id, &session->own) && own->next == path.seq + 1 &&
                 own->acked < path.seq;
        *end = (struct wsync_head){log.id, path.seq, own->at};
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_step_ask_ahead(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_head end;
    size_t count = 0;
    bool flies = false;
    if (!session->may_ask_ahead || session->asking != WSYNC_ASKING_NOTHING) {
        return WSYNC_OK;
    }
    enum wsync_err err = all_flies(step, &end, &flies);
    if (err == WSYNC_OK && flies) {
        err = wsync_checkpoint_last(step->txn, &session->asked.last);
        flies = !wsync_checkpoint_is_none(&session->asked.last.checkpoint);
    }
    if (err != WSYNC_OK || !flies) {
        return err;
    }
    err = wsync_receipt_wanted(step->txn, &session->setup.ledger->identity->device,
                               session->new_tree, session->asked_heads, &count);
    session->may_ask_ahead = false;
    return err == WSYNC_OK && add_head(session->asked_heads, &count, &end)
               ? ask_for(step, WSYNC_ASKING_AHEAD, count)
               : err;
}

/* Without a place among the scopes the district has nothing of this one: neither what it gave
 * nor what it acknowledged may be held here. */
static enum wsync_err check_absent(struct wsync_txn *txn, const struct wsync_device_id *device,
                                   uint32_t scope)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(txn, after, &log)) == WSYNC_OK) {
        uint64_t held = log.seq;
        if (log.scope == scope && wsync_device_id_equal(&log.device, device)) {
            err = wsync_held_get(txn, log.no, &held);
        }
        if (err != WSYNC_OK || (log.scope == scope && held > 0)) {
            return err == WSYNC_OK ? WSYNC_ERR_PROOF : err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* From one tree to another, and never back. */
static enum wsync_err change_tree(struct wsync_txn *txn, const struct wsync_checkpoint *last,
                                  const struct wsync_checkpoint *now)
{
    bool left;
    if (wsync_checkpoint_is_none(last) || same_tree(last, now)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_receipt_tree_was_left(txn, now, &left);
    if (err != WSYNC_OK || left) {
        return err == WSYNC_OK ? WSYNC_ERR_ROLLED_BACK : err;
    }
    return wsync_receipt_leave_tree(txn, last);
}

/* What does not hold is kept as well, when the district signed it: it is evidence. */
static enum wsync_err refuse(struct wsync_step *step, enum wsync_err code)
{
    struct wsync_kept_receipt kept = {.time = step->event->time, .verdict = code};
    enum wsync_err err = WSYNC_OK;
    if (code != WSYNC_ERR_SIGNATURE) {
        err = wsync_receipt_keep(step->txn, step->arena, &step->message->receipt, &kept);
    }
    return err == WSYNC_OK ? wsync_step_end(step, code) : err;
}

/* What is not proven is asked for again, when all that was under way is here, or in a session
 * that brings what is missing. */
static enum wsync_err note_proven(struct wsync_step *step,
                                  const struct wsync_receipt_facts *facts, uint64_t number)
{
    struct wsync_session *session = step->session;
    struct wsync_head heads[WSYNC_PROVE_HEADS_MAX];
    struct wsync_prove proven = {.heads = heads};
    for (size_t i = 0; i < session->asked.head_count; i++) {
        if (facts->proven[i]) {
            heads[proven.head_count++] = session->asked_heads[i];
        }
    }
    bool all = proven.head_count == session->asked.head_count;
    if (session->asking == WSYNC_ASKING_AHEAD) {
        bool settled = all && facts->complete && !session->new_tree;
        session->asking = settled ? WSYNC_ASKING_ANSWERED : WSYNC_ASKING_NOTHING;
    } else {
        session->asking = WSYNC_ASKING_ANSWERED;
        session->partial |= !all;
    }
    return wsync_receipt_note(step->txn, &proven, number);
}

enum wsync_err wsync_on_receipt(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_receipt *receipt = &step->message->receipt;
    struct wsync_kept_receipt kept = {.time = step->event->time};
    struct wsync_receipt_facts facts;
    if (session->passed_over) {
        return WSYNC_OK;
    }
    bool ahead = session->asking == WSYNC_ASKING_AHEAD;
    if (session->setup.role != WSYNC_SESSION_WARD ||
        (session->asking != WSYNC_ASKING_WAITS && !ahead)) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    session->asked.heads = session->asked_heads; /* which may have moved with the session */
    enum wsync_err err =
        wsync_receipt_check(step->txn, step->arena, &session->asked, receipt, &facts);
    if (err == WSYNC_OK && receipt->scope.len == 0) {
        err = check_absent(step->txn, &session->setup.ledger->identity->device,
                           session->asked.scope);
    }
    if (err == WSYNC_OK) {
        err = change_tree(step->txn, &session->asked.last.checkpoint,
                          &receipt->checkpoint.checkpoint);
    }
    if (err != WSYNC_OK && !wsync_err_is_ours(err) && ahead) {
        session->asking = WSYNC_ASKING_NOTHING; /* it is asked again once all else is done */
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : refuse(step, err);
    }
    kept.complete = facts.complete;
    err = wsync_checkpoint_keep(step->txn, &receipt->checkpoint);
    if (err == WSYNC_OK) {
        err = wsync_receipt_keep(step->txn, step->arena, receipt, &kept);
    }
    return err == WSYNC_OK ? note_proven(step, &facts, kept.number) : err;
}

/* ---- the district ---- */

/* The log that this district can sign for; NOT_FOUND when there is none. */
static enum wsync_err find_log(struct wsync_step *step, struct wsync_tree *tree)
{
    return wsync_log_can_sign(&step->roster, step->session->setup.desk)
               ? wsync_tree_get(step->txn, tree)
               : WSYNC_ERR_NOT_FOUND;
}

/* The last checkpoint of the tree; a tree that was opened while others served has none yet. */
static enum wsync_err last_of(struct wsync_step *step, const struct wsync_tree *tree,
                              struct wsync_signed_checkpoint *last)
{
    struct wsync_scopes scopes;
    const struct wsync_session_setup *setup = &step->session->setup;
    enum wsync_err err = wsync_checkpoint_last(step->txn, last);
    if (err != WSYNC_OK || memcmp(last->checkpoint.tree, tree->id, sizeof tree->id) == 0) {
        return err;
    }
    err = wsync_scopes_collect(step->txn, step->arena, &scopes);
    if (err == WSYNC_OK) {
        err = wsync_tree_sign(setup->ledger, step->txn, &setup->desk->log, &scopes);
    }
    return err == WSYNC_OK ? wsync_checkpoint_last(step->txn, last) : err;
}

enum wsync_err wsync_step_show_log(struct wsync_step *step, struct wsync_welcome *welcome)
{
    struct wsync_tree tree;
    struct wsync_signed_checkpoint last;
    enum wsync_err err = find_log(step, &tree);
    if (err == WSYNC_OK) {
        err = last_of(step, &tree, &last);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    welcome->checkpoint = last.checkpoint;
    return WSYNC_OK;
}

enum wsync_err wsync_on_prove(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    if (session->setup.carriage == WSYNC_CARRIAGE_BACK) {
        return wsync_prove_from_file(step);
    }
    if (session->setup.role != WSYNC_SESSION_DISTRICT ||
        session->asking == WSYNC_ASKING_WAITS || session->proves == WSYNC_PROVES_MAX ||
        step->message->prove.before != session->proves) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    session->proves++;
    session->asking = WSYNC_ASKING_WAITS;
    session->asked = step->message->prove;
    if (session->asked.head_count > 0) {
        memcpy(session->asked_heads, session->asked.heads,
               session->asked.head_count * sizeof *session->asked_heads);
    }
    return WSYNC_OK;
}

/* The leaves that a receipt shows, ascending. */
struct shown {
    uint64_t indexes[WSYNC_RECEIPT_LEAVES_MAX];
    size_t count;
};

static void show(struct shown *shown, uint64_t index)
{
    size_t at = shown->count;
    for (size_t i = 0; i < shown->count; i++) {
        if (shown->indexes[i] == index) {
            return;
        }
    }
    WSYNC_ASSERT(shown->count < WSYNC_RECEIPT_LEAVES_MAX);
    while (at > 0 && shown->indexes[at - 1] > index) {
        shown->indexes[at] = shown->indexes[at - 1];
        at--;
    }
    shown->indexes[at] = index;
    shown->count++;
}

/* A ward that knows another tree is shown how this one began, and that it names the other.
 * PROOF for a checkpoint that this district's keys never signed. */
static enum wsync_err show_link(struct wsync_step *step, struct wsync_tree *tree,
                                struct shown *shown)
{
    const struct wsync_signed_checkpoint *last = &step->session->asked.last;
    struct wsync_slice bytes;
    struct wsync_leaf first;
    uint64_t index;
    struct wsync_signing_key key;
    if (memcmp(last->checkpoint.tree, tree->id, sizeof tree->id) == 0) {
        return last->checkpoint.size > tree->size ? WSYNC_ERR_ROLLED_BACK : WSYNC_OK;
    }
    show(shown, 0);
    enum wsync_err err = wsync_tree_leaf(step->txn, tree->number, 0, &bytes);
    if (err != WSYNC_OK || wsync_leaf_decode(bytes, &first) != WSYNC_OK) {
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    if (wsync_checkpoint_equal(&first.older, &last->checkpoint) ||
        wsync_checkpoint_is_none(&last->checkpoint)) {
        return WSYNC_OK;
    }
    err = wsync_checkpoint_signer(step->txn, last, &key);
    if (err == WSYNC_OK) {
        err = wsync_tree_link(step->txn, tree, &last->checkpoint, &index);
    } else if (err == WSYNC_ERR_NOT_FOUND) {
        err = WSYNC_ERR_PROOF;
    }
    if (err == WSYNC_OK) {
        show(shown, index);
    }
    return err;
}

/* Where a leaf shows the head, in a log that the device may read or wrote. */
static enum wsync_err find_head(struct wsync_step *step, const struct wsync_head *head,
                                struct wsync_leaf_place *place)
{
    struct wsync_log log;
    enum wsync_err err = wsync_log_find(step->txn, &head->log, &log);
    if (err == WSYNC_OK && !wsync_device_may_read(&step->peer, log.scope, step->roster.top) &&
        !wsync_device_id_equal(&log.device, &step->peer.id)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    return err == WSYNC_OK ? wsync_tree_find(step->txn, head, place) : err;
}

/* In a file it is said which of those asked for are shown, as others may have been on the way.
 */
static enum wsync_err show_heads(struct wsync_step *step, struct shown *shown)
{
    struct wsync_session *session = step->session;
    struct wsync_message message = {.type = WSYNC_MESSAGE_PROVE};
    size_t kept = 0;
    for (size_t i = 0; i < session->asked.head_count; i++) {
        struct wsync_leaf_place place;
        enum wsync_err err = find_head(step, &session->asked_heads[i], &place);
        if (err == WSYNC_OK) {
            show(shown, place.index);
            session->asked_heads[kept++] = session->asked_heads[i];
        } else if (err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    if (session->setup.carriage == WSYNC_CARRIAGE_LINE) {
        return WSYNC_OK;
    }
    session->asked.head_count = kept;
    message.prove = session->asked;
    return wsync_step_send(step, &message);
}

static enum wsync_err fill_tree(struct wsync_step *step, const struct wsync_tree *tree,
                                const struct shown *shown, struct wsync_receipt *receipt)
{
    const struct wsync_checkpoint *last = &step->session->asked.last.checkpoint;
    bool same = same_tree(last, &receipt->checkpoint.checkpoint);
    receipt->old_size = same ? last->size : 0;
    receipt->indexes = shown->indexes;
    receipt->leaf_count = shown->count;
    return wsync_receipt_fill(step->txn, step->arena, tree->number, receipt);
}

/* Only of a scope whose logs the ward may read. */
static enum wsync_err fill_scope(struct wsync_step *step, const struct wsync_scopes *scopes,
                                 struct wsync_receipt *receipt)
{
    uint32_t scope = step->session->asked.scope;
    return wsync_device_may_read(&step->peer, scope, step->roster.top)
               ? wsync_receipt_fill_scope(step->arena, scopes, scope, receipt)
               : WSYNC_OK;
}

static enum wsync_err give_receipt(struct wsync_step *step, struct wsync_tree *tree)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_RECEIPT};
    struct wsync_receipt *receipt = &message.receipt;
    struct wsync_session *session = step->session;
    struct wsync_scopes scopes;
    struct shown shown = {.count = 0};
    enum wsync_err err = show_link(step, tree, &shown);
    if (err == WSYNC_OK) {
        err = show_heads(step, &shown);
    }
    if (err == WSYNC_OK) {
        err = wsync_scopes_collect(step->txn, step->arena, &scopes);
    }
    if (err == WSYNC_OK) {
        err = wsync_tree_sign(session->setup.ledger, step->txn, &session->setup.desk->log,
                              &scopes);
    }
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(step->txn, &receipt->checkpoint);
    }
    if (err == WSYNC_OK) {
        show(&shown, receipt->checkpoint.checkpoint.size - 1);
        err = fill_tree(step, tree, &shown, receipt);
    }
    if (err == WSYNC_OK) {
        err = fill_scope(step, &scopes, receipt);
    }
    return err == WSYNC_OK ? wsync_step_send(step, &message) : err;
}

enum wsync_err wsync_step_answer(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_tree tree;
    if (session->setup.role != WSYNC_SESSION_DISTRICT ||
        session->asking != WSYNC_ASKING_WAITS || wsync_step_lacks_roster(step)) {
        return WSYNC_OK;
    }
    session->asking = WSYNC_ASKING_ANSWERED;
    if (!session->keeps_log && session->setup.carriage == WSYNC_CARRIAGE_LINE) {
        return WSYNC_OK; /* so Welcome said */
    }
    session->asked.heads = session->asked_heads;
    enum wsync_err err = find_log(step, &tree);
    if (err == WSYNC_OK) {
        err = give_receipt(step, &tree);
    } else if (err == WSYNC_ERR_NOT_FOUND) {
        bool line = session->setup.carriage == WSYNC_CARRIAGE_LINE;
        err = line ? WSYNC_ERR_BUSY : WSYNC_OK; /* the secret was taken away since Welcome */
    }
    return err == WSYNC_OK || wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
}
