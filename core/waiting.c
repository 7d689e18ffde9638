/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/ledger_parts.h"

/* WAITING: cause, log number, seq -> nothing.  RELEASED: cause -> nothing. */
enum { CAUSE_BYTES = 1 + 4 + 8, WAITING_KEY_BYTES = CAUSE_BYTES + 12 };

static void put_cause(uint8_t key[CAUSE_BYTES], const struct wsync_cause *cause)
{
    key[0] = (uint8_t)cause->kind;
    wsync_be_put(key + 1, cause->a, 4);
    wsync_be_put(key + 5, cause->b, 8);
}

enum wsync_err wsync_wait_for(struct wsync_txn *txn, const struct wsync_cause *cause,
                              uint32_t log_no, uint64_t seq)
{
    uint8_t key[WAITING_KEY_BYTES];
    put_cause(key, cause);
    wsync_be_put(key + CAUSE_BYTES, log_no, 4);
    wsync_be_put(key + CAUSE_BYTES + 4, seq, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_WAITING, wsync_slice(key, sizeof key),
                         wsync_slice(NULL, 0));
}

/* The first waiting row of a cause; NOT_FOUND when nothing waits for it. */
static enum wsync_err first_waiting(struct wsync_txn *txn, struct wsync_slice cause,
                                    struct wsync_slice *key)
{
    struct wsync_entry entry = {.key = cause};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_WAITING, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!wsync_slice_starts(entry.key, cause)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *key = entry.key;
    return entry.key.len == WAITING_KEY_BYTES ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_release(struct wsync_txn *txn, const struct wsync_cause *cause)
{
    uint8_t bytes[CAUSE_BYTES];
    struct wsync_slice key = wsync_slice(bytes, sizeof bytes);
    struct wsync_slice waiting;
    put_cause(bytes, cause);
    enum wsync_err err = first_waiting(txn, key, &waiting);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_RELEASED, key, wsync_slice(NULL, 0));
}

static enum wsync_err decide_waiting(struct wsync_case *c, const struct wsync_context *context,
                                     const struct wsync_change *change)
{
    struct wsync_judgement judgement;
    enum wsync_err err = wsync_decide(c, context, &change->raw, &judgement);
    if (err != WSYNC_OK || judgement.outcome == WSYNC_OUTCOME_WAIT) {
        return err;
    }
    enum wsync_change_state state = judgement.outcome == WSYNC_OUTCOME_MERGE
                                        ? WSYNC_CHANGE_MERGED
                                        : WSYNC_CHANGE_QUARANTINED;
    err = wsync_log_set_state(c->txn, c->log->no, c->seq, state);
    if (err == WSYNC_OK && state == WSYNC_CHANGE_MERGED) {
        struct wsync_cause merged = {WSYNC_CAUSE_MERGED, c->log->no, c->seq};
        err = wsync_release(c->txn, &merged);
    }
    return err;
}

/* Looks at one change again: judges it when it waits, tries its bases when it is merged. */
static enum wsync_err look_again(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                 struct wsync_arena *arena, uint32_t log_no, uint64_t seq)
{
    struct wsync_log log;
    struct wsync_device device;
    struct wsync_roster roster;
    struct wsync_change change;
    struct wsync_context context;
    enum wsync_err err = wsync_log_get(txn, log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_device_get(txn, &log.device, &device);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &roster);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_change(txn, log_no, seq, &change);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    change.raw.public_part = wsync_arena_copy(arena, change.raw.public_part);
    change.raw.private_part = wsync_arena_copy(arena, change.raw.private_part);
    if (!change.raw.public_part.data || !change.raw.private_part.data) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_case c = {ledger, txn, arena, &log, &device, roster.top, seq, change.stamp,
                           NULL, 0};
    err = wsync_context_decode(change.raw.public_part, arena, &context);
    if (err != WSYNC_OK || change.state == WSYNC_CHANGE_QUARANTINED) {
        return err;
    }
    if (change.state == WSYNC_CHANGE_WAITING) {
        return decide_waiting(&c, &context, &change);
    }
    struct wsync_operation *operations;
    err = wsync_operations_decode(&context, &change.raw, arena, &operations);
    c.operations = operations;
    c.operation_count = context.operation_count;
    return err == WSYNC_OK ? wsync_merge(&c, true) : err;
}

/* Takes one change off the first released cause; NOT_FOUND when none is left. */
static enum wsync_err settle_one(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                 struct wsync_arena *arena)
{
    struct wsync_entry released = {.key = {NULL, 0}};
    uint8_t cause[CAUSE_BYTES];
    uint8_t row[WAITING_KEY_BYTES];
    struct wsync_slice waiting;
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &released);
    if (err != WSYNC_OK) {
        return err;
    }
    if (released.key.len != sizeof cause) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(cause, released.key.data, sizeof cause);
    err = first_waiting(txn, wsync_slice(cause, sizeof cause), &waiting);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_txn_del(txn, WSYNC_TABLE_RELEASED, wsync_slice(cause, sizeof cause));
    }
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(row, waiting.data, sizeof row);
    uint32_t log_no = (uint32_t)wsync_be_get(row + CAUSE_BYTES, 4);
    uint64_t seq = wsync_be_get(row + CAUSE_BYTES + 4, 8);
    err = wsync_txn_del(txn, WSYNC_TABLE_WAITING, wsync_slice(row, sizeof row));
    if (err != WSYNC_OK) {
        return err;
    }
    size_t mark = wsync_arena_mark(arena);
    err = look_again(ledger, txn, arena, log_no, seq);
    wsync_arena_release(arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_ledger_settle(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena, bool *more)
{
    *more = true;
    for (int i = 0; i < WSYNC_SETTLE_CHANGES_MAX; i++) {
        enum wsync_err err = settle_one(ledger, txn, arena);
        if (err == WSYNC_ERR_NOT_FOUND) {
            *more = false;
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}
