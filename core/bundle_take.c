/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session_parts.h"
#include "wardsync/bundle_take.h"
#include "wardsync/packed.h"

enum wsync_err wsync_take_set(struct wsync_ledger *ledger, struct wsync_txn *txn,
                              struct wsync_arena *arena, const struct wsync_change_set *set,
                              struct wsync_head *held)
{
    struct wsync_log log;
    enum wsync_err err = wsync_ledger_accept(ledger, txn, arena, set, held);
    if (err != WSYNC_ERR_DIVERGED) {
        return err;
    }
    err = wsync_log_find(txn, &set->log, &log);
    if (err == WSYNC_OK) {
        err = wsync_retire_log(ledger, txn, &log);
    }
    return err == WSYNC_OK ? wsync_ledger_accept(ledger, txn, arena, set, held) : err;
}

/* How much of the log is here, on whichever path. */
static enum wsync_err seq_of(struct wsync_txn *txn, const struct wsync_log_id *id,
                             uint64_t *seq)
{
    struct wsync_log log;
    enum wsync_err err = wsync_log_find(txn, id, &log);
    *seq = err == WSYNC_OK ? log.seq : 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err take_set(struct wsync_ledger *ledger, struct wsync_txn *txn,
                               struct wsync_arena *arena, const struct wsync_change_set *set,
                               struct wsync_bundle_taken *taken)
{
    uint64_t before;
    uint64_t after;
    struct wsync_head held;
    taken->is_set = true;
    taken->log = set->log;
    taken->first = set->first;
    taken->last = set->first + set->change_count - 1;
    enum wsync_err err = seq_of(txn, &set->log, &before);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_take_set(ledger, txn, arena, set, &held);
    if (err != WSYNC_OK) {
        taken->err = err;
        return WSYNC_OK;
    }
    err = seq_of(txn, &set->log, &after);
    taken->changes = after > before ? after - before : 0;
    return err;
}

/* A district that is shown what its root key signed and it does not hold went back: it writes
 * on in new logs. */
static enum wsync_err take_roster(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                  struct wsync_arena *arena,
                                  const struct wsync_statements *roster,
                                  struct wsync_bundle_taken *taken)
{
    struct wsync_roster before;
    struct wsync_roster after;
    enum wsync_err err = wsync_roster_get(txn, &before);
    for (size_t i = 0; i < roster->count && err == WSYNC_OK; i++) {
        err = wsync_roster_take(txn, arena, &roster->items[i], &before.instance);
    }
    taken->err = err;
    if (!wsync_err_is_ours(err)) {
        err = wsync_roster_get(txn, &after);
    }
    if (err == WSYNC_OK && after.version > before.version) {
        taken->statements = after.version - before.version;
        err = wsync_retire_all(ledger, txn);
    }
    return err;
}

enum wsync_err wsync_bundle_take(const struct wsync_bundle_taking *taking,
                                 struct wsync_slice frame, struct wsync_bundle_taken *taken)
{
    struct wsync_message message;
    struct wsync_slice plain;
    struct wsync_ledger *ledger = taking->ledger;
    struct wsync_txn *txn = taking->txn;
    struct wsync_arena *arena = taking->arena;
    size_t mark = wsync_arena_mark(arena);
    *taken = (struct wsync_bundle_taken){.err = WSYNC_OK};
    enum wsync_err err = wsync_bundle_unpack(taking->packer, arena, frame, &plain);
    if (err == WSYNC_OK) {
        err = wsync_message_decode(plain, arena, &message);
    }
    if (err != WSYNC_OK) {
        taken->err = err;
        err = WSYNC_OK;
    } else if (message.type == WSYNC_MESSAGE_CHANGES) {
        err = take_set(ledger, txn, arena, &message.changes, taken);
    } else if (message.type == WSYNC_MESSAGE_ROSTER) {
        err = take_roster(ledger, txn, arena, &message.roster, taken);
    } else if (message.type != WSYNC_MESSAGE_HELLO && message.type != WSYNC_MESSAGE_HEADS &&
               message.type != WSYNC_MESSAGE_PROVE) {
        taken->err = WSYNC_ERR_STATE;
    }
    wsync_arena_release(arena, mark);
    if (wsync_err_is_ours(taken->err)) {
        err = taken->err;
    }
    return err;
}

enum wsync_err wsync_bundle_take_statements(struct wsync_txn *txn, struct wsync_arena *arena,
                                            struct wsync_slice frame,
                                            const struct wsync_instance_id *instance,
                                            uint64_t *taken)
{
    struct wsync_message message;
    struct wsync_roster before;
    struct wsync_roster after;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_statements statements = {NULL, 0};
    *taken = 0;
    if (wsync_packed_is(frame)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_message_decode(frame, arena, &message);
    if (err == WSYNC_OK && message.type == WSYNC_MESSAGE_ROSTER) {
        statements = message.roster;
    } else if (err == WSYNC_OK && message.type == WSYNC_MESSAGE_WELCOME) {
        statements = (struct wsync_statements){message.welcome.statements,
                                               message.welcome.statement_count};
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &before);
    }
    for (size_t i = 0; i < statements.count && err == WSYNC_OK; i++) {
        err = wsync_roster_take(txn, arena, &statements.items[i], instance);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &after);
    }
    *taken = err == WSYNC_OK ? after.version - before.version : 0;
    wsync_arena_release(arena, mark);
    return err;
}
