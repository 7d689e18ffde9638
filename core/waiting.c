/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"

/* WAITING: cause, log number, seq -> nothing.  RELEASED: cause -> the change looked at last, or
 * nothing; also work that nothing waits for. */
enum {
    CAUSE_BYTES = 1 + 4 + 8,
    PLACE_BYTES = 12,
    WAITING_KEY_BYTES = CAUSE_BYTES + PLACE_BYTES
};

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

/* The first waiting row of a cause behind `after` (the cause itself: of all); NOT_FOUND when
 * nothing waits for it there. */
static enum wsync_err next_waiting(struct wsync_txn *txn, struct wsync_slice cause,
                                   struct wsync_slice after, struct wsync_slice *key)
{
    struct wsync_entry entry = {.key = after};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_WAITING, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!wsync_slice_starts(entry.key, cause)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *key = entry.key;
    return WSYNC_OK;
}

enum wsync_err wsync_release(struct wsync_txn *txn, const struct wsync_cause *cause)
{
    uint8_t bytes[CAUSE_BYTES];
    struct wsync_slice key = wsync_slice(bytes, sizeof bytes);
    struct wsync_slice waiting;
    put_cause(bytes, cause);
    enum wsync_err err = next_waiting(txn, key, key, &waiting);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_RELEASED, key, wsync_slice(NULL, 0));
}

enum wsync_err wsync_work_put(struct wsync_txn *txn, const struct wsync_cause *cause)
{
    uint8_t key[CAUSE_BYTES];
    put_cause(key, cause);
    return wsync_txn_put(txn, WSYNC_TABLE_RELEASED, wsync_slice(key, sizeof key),
                         wsync_slice(NULL, 0));
}

enum wsync_err wsync_work_unpark(struct wsync_txn *txn)
{
    for (;;) { /* ends: each turn removes a row */
        uint8_t key[CAUSE_BYTES] = {WSYNC_CAUSE_PARKED};
        struct wsync_entry parked = {.key = wsync_slice(key, 1)};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &parked);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        memcpy(key, parked.key.data, sizeof key);
        err = wsync_txn_del(txn, WSYNC_TABLE_RELEASED, wsync_slice(key, sizeof key));
        key[0] = WSYNC_CAUSE_AGAIN;
        if (err == WSYNC_OK) {
            err = wsync_txn_put(txn, WSYNC_TABLE_RELEASED, wsync_slice(key, sizeof key),
                                wsync_slice(NULL, 0));
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

static enum wsync_err decide_waiting(struct wsync_case *c, const struct wsync_context *context,
                                     const struct wsync_change *change)
{
    struct wsync_judgement judgement;
    enum wsync_err err = wsync_decide(c, context, &change->raw, &judgement);
    if (err != WSYNC_OK || judgement.outcome == WSYNC_OUTCOME_WAIT) {
        return err;
    }
    err = wsync_log_set_state(c->txn, c->log->no, c->seq, wsync_state_of(judgement.outcome));
    if (err == WSYNC_OK && judgement.outcome != WSYNC_OUTCOME_QUARANTINE) {
        struct wsync_cause merged = {WSYNC_CAUSE_MERGED, c->log->no, c->seq};
        err = wsync_release(c->txn, &merged);
    }
    return err;
}

/* Once more through the operations of a merged change: bases that were not here may be. */
static enum wsync_err merge_again(struct wsync_case *c, const struct wsync_context *context,
                                  const struct wsync_change *change)
{
    struct wsync_operation *operations;
    enum wsync_err err = wsync_operations_decode(context, &change->raw, c->arena, &operations);
    c->operations = operations;
    c->operation_count = context->operation_count;
    return err == WSYNC_OK ? wsync_merge(c, true) : err;
}

/* Was it quarantined for want of quota, without a verdict yet? */
static enum wsync_err was_beyond_quota(const struct wsync_work *work,
                                       const struct wsync_device *device,
                                       const struct wsync_cause *cause, bool *beyond)
{
    uint8_t key[CAUSE_BYTES];
    struct wsync_slice row;
    *beyond = false;
    if (device->quota == 0) {
        return WSYNC_OK;
    }
    put_cause(key, cause);
    enum wsync_err err =
        wsync_txn_get(work->txn, WSYNC_TABLE_RELEASED, wsync_slice(key, sizeof key), &row);
    *beyond = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err look_at(const struct wsync_work *work, const struct wsync_log *log,
                              uint64_t seq)
{
    struct wsync_device device;
    struct wsync_roster roster;
    struct wsync_change change;
    struct wsync_context context;
    enum wsync_err err = wsync_device_get(work->txn, &log->device, &device);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(work->txn, &roster);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_change(work->txn, log->no, seq, &change);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    change.raw.public_part = wsync_arena_copy(work->arena, change.raw.public_part);
    change.raw.private_part = wsync_arena_copy(work->arena, change.raw.private_part);
    if (!change.raw.public_part.data || !change.raw.private_part.data) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_case c = {.ledger = work->ledger,
                           .txn = work->txn,
                           .arena = work->arena,
                           .log = log,
                           .device = &device,
                           .top = roster.top,
                           .seq = seq,
                           .stamp = change.stamp,
                           .hash = &change.hash};
    const struct wsync_cause quota = {WSYNC_CAUSE_QUOTA, log->no, seq};
    err = wsync_context_decode(change.raw.public_part, work->arena, &context);
    if (err == WSYNC_OK) {
        err = was_beyond_quota(work, &device, &quota, &c.beyond_quota);
    }
    if (err == WSYNC_OK && change.state == WSYNC_CHANGE_WAITING) {
        return decide_waiting(&c, &context, &change);
    }
    return err == WSYNC_OK && change.state == WSYNC_CHANGE_MERGED
               ? merge_again(&c, &context, &change)
               : err;
}

enum wsync_err wsync_look_again(const struct wsync_work *work, uint32_t log_no, uint64_t seq)
{
    struct wsync_log log;
    size_t mark = wsync_arena_mark(work->arena);
    enum wsync_err err = wsync_log_get(work->txn, log_no, &log);
    if (err == WSYNC_OK && seq <= log.seq) { /* else it gave way to another branch */
        err = look_at(work, &log, seq);
    }
    wsync_arena_release(work->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* Looks at the next change that waited for the cause; strikes the cause when none is left.  One
 * that still waits for the same is not looked at twice: it may name a branch that is not here.
 */
static enum wsync_err settle_waiting(const struct wsync_work *work,
                                     const struct wsync_entry *released)
{
    uint8_t row[WAITING_KEY_BYTES];
    struct wsync_slice waiting;
    struct wsync_slice cause = released->key;
    struct wsync_slice after = wsync_slice(row, cause.len + released->value.len);
    if (released->value.len != 0 && released->value.len != PLACE_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(row, cause.data, cause.len);
    if (released->value.len > 0) {
        memcpy(row + cause.len, released->value.data, released->value.len);
    }
    enum wsync_err err = next_waiting(work->txn, cause, after, &waiting);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_txn_del(work->txn, WSYNC_TABLE_RELEASED, cause);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(row, waiting.data, sizeof row);
    struct wsync_slice place = wsync_slice(row + CAUSE_BYTES, PLACE_BYTES);
    err = wsync_txn_del(work->txn, WSYNC_TABLE_WAITING, wsync_slice(row, sizeof row));
    if (err == WSYNC_OK) {
        err = wsync_txn_put(work->txn, WSYNC_TABLE_RELEASED, cause, place);
    }
    return err == WSYNC_OK ? wsync_look_again(work, (uint32_t)wsync_be_get(place.data, 4),
                                              wsync_be_get(place.data + 4, 8))
                           : err;
}

/* The device whose rights a statement changed. */
static const struct wsync_device_id *concerned(const struct wsync_statement *statement)
{
    return statement->kind == WSYNC_STATEMENT_REVOKE   ? &statement->revoke.device
           : statement->kind == WSYNC_STATEMENT_ROTATE ? &statement->rotate.device
                                                       : &statement->device;
}

/* Does the state of the log go against the pins: a change counts that must not, or one is
 * quarantined for a pin that is gone? */
static enum wsync_err goes_against(const struct wsync_work *work,
                                   const struct wsync_device *device,
                                   const struct wsync_log *log, bool *against)
{
    uint64_t pinned;
    struct wsync_dot at = {.log_no = log->no};
    enum wsync_err reason;
    enum wsync_err err = wsync_device_pinned(work->txn, device, log, &pinned);
    *against = err == WSYNC_OK && log->seq > pinned;
    while (err == WSYNC_OK && !*against) { /* ends: each turn passes a row */
        err = wsync_ledger_quarantined(work->txn, &at, &reason);
        if (err != WSYNC_OK || at.log_no != log->no) {
            break;
        }
        *against = reason == WSYNC_ERR_REVOKED && at.seq <= pinned;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Does this side write as the device?  What its old key wrote behind the end that it signed (it
 * went back, and had forgotten) is then written again by the new one. */
static bool is_own(const struct wsync_work *work, const struct wsync_device *device)
{
    const struct wsync_identity *identity = work->ledger->identity;
    return identity && wsync_device_id_equal(&identity->device, &device->id);
}

/* Rights that were taken, or given back, behind what they forbid or allow; a device that writes
 * again. */
static enum wsync_err take_rights(const struct wsync_work *work, uint64_t version)
{
    struct wsync_signed_statement held;
    struct wsync_statement statement;
    struct wsync_device device;
    enum wsync_err err = wsync_roster_statement(work->txn, version, &held);
    if (err == WSYNC_OK) {
        err = wsync_statement_decode(held.statement, work->arena, &statement);
    }
    if (err == WSYNC_OK && statement.kind == WSYNC_STATEMENT_ENROL) {
        err = wsync_unsent_queue(work->txn, NULL); /* it may be this device, in place of one */
        return err == WSYNC_OK ? wsync_work_unpark(work->txn) : err;
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(work->txn, concerned(&statement), &device);
    }
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    while (err == WSYNC_OK && (err = wsync_log_after(work->txn, after, &log)) == WSYNC_OK) {
        struct wsync_cause rebuild = {WSYNC_CAUSE_REBUILD, log.scope, 0};
        bool against = false;
        if (wsync_device_id_equal(&log.device, &device.id)) {
            err = goes_against(work, &device, &log, &against);
        }
        if (err == WSYNC_OK && against) {
            err = wsync_work_put(work->txn, &rebuild);
            bool late = statement.kind == WSYNC_STATEMENT_ROTATE && is_own(work, &device);
            if (err == WSYNC_OK && late) {
                err = wsync_unsent_note(work->txn, &log);
            }
            if (err == WSYNC_OK) {
                err = wsync_unsent_queue(work->txn, &log);
            }
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err do_work(const struct wsync_work *work, const struct wsync_cause *cause)
{
    switch (cause->kind) {
    case WSYNC_CAUSE_REBUILD:
        return wsync_rebuild(work, cause->a);
    case WSYNC_CAUSE_REVOKED:
        return take_rights(work, cause->b);
    case WSYNC_CAUSE_REVIEW:
        return wsync_verdict_review(work, cause->a, cause->b);
    case WSYNC_CAUSE_QUOTA:
    case WSYNC_CAUSE_JUDGE:
        return wsync_verdict_judge(work, cause->a, cause->b);
    case WSYNC_CAUSE_DECIDE:
        return wsync_verdict_decide(work, cause->a, cause->b);
    case WSYNC_CAUSE_PARKED: /* stands last: all else is done */
        return WSYNC_ERR_CORRUPT;
    case WSYNC_CAUSE_AGAIN:
        return wsync_write_again(work, cause->a, cause->b);
    case WSYNC_CAUSE_FORM:
    case WSYNC_CAUSE_MERGED:
    case WSYNC_CAUSE_REACHED:
    case WSYNC_CAUSE_ROOM:
        break;
    }
    return WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_settle_released(const struct wsync_work *work)
{
    for (;;) { /* ends: each turn looks at one change that waited, or removes a row */
        struct wsync_entry released = {.key = {NULL, 0}};
        uint8_t key[CAUSE_BYTES];
        enum wsync_err err =
            wsync_txn_seek(work->txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &released);
        if (err != WSYNC_OK || released.key.data[0] >= WSYNC_CAUSE_REBUILD) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        memcpy(key, released.key.data, sizeof key);
        released.key = wsync_slice(key, sizeof key);
        err = settle_waiting(work, &released);
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

/* Does one piece of what is released; NOT_FOUND when nothing is left that can be done. */
static enum wsync_err settle_one(const struct wsync_work *work)
{
    struct wsync_entry released = {.key = {NULL, 0}};
    uint8_t key[CAUSE_BYTES];
    enum wsync_err err =
        wsync_txn_seek(work->txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &released);
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(key, released.key.data, sizeof key);
    struct wsync_slice row = wsync_slice(key, sizeof key);
    struct wsync_cause cause = {(enum wsync_cause_kind)key[0],
                                (uint32_t)wsync_be_get(key + 1, 4), wsync_be_get(key + 5, 8)};
    if (cause.kind < WSYNC_CAUSE_REBUILD) {
        released.key = row;
        return settle_waiting(work, &released);
    }
    bool idle = (int)cause.kind >= WSYNC_CAUSE_WRITES && work->ledger->moment.time == 0;
    if (idle || cause.kind == WSYNC_CAUSE_PARKED) {
        return WSYNC_ERR_NOT_FOUND; /* nothing can be written in this transaction */
    }
    err = wsync_txn_del(work->txn, WSYNC_TABLE_RELEASED, row);
    size_t mark = wsync_arena_mark(work->arena);
    if (err == WSYNC_OK) {
        err = do_work(work, &cause);
    }
    wsync_arena_release(work->arena, mark);
    return err == WSYNC_OK || wsync_err_is_ours(err) ? err : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_ledger_settle(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena, bool *more)
{
    const struct wsync_work work = {ledger, txn, arena};
    *more = true;
    for (int i = 0; i < WSYNC_SETTLE_CHANGES_MAX; i++) {
        enum wsync_err err = settle_one(&work);
        if (err == WSYNC_ERR_NOT_FOUND) {
            *more = false;
            return WSYNC_OK;
        }
        if (err != WSYNC_OK || txn->put_bytes >= WSYNC_PUMP_BYTES_MAX) {
            return err;
        }
    }
    return WSYNC_OK;
}
