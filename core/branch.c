/* SPDX-License-Identifier: Apache-2.0 */
#include "core/branch.h"

#include <string.h>

#include "core/bytes.h"
#include "core/settle_parts.h"
#include "wardsync/restore.h"

/* BRANCHES: log number, branch number -> seq of the fork, seq and hash of its head. */
enum { BRANCH_KEY_BYTES = 8, BRANCH_ROW_BYTES = 8 + 8 + WSYNC_HASH_BYTES };

/* What others bring leaves room for what this store puts aside itself. */
enum { NUMBERS = 7 };
_Static_assert((int)WSYNC_BRANCHES_MAX < (int)NUMBERS, "a verdict can be carried out");

/* Numbers of branches lie above those of all logs. */
static uint32_t rows_no_of(uint32_t log_no, uint32_t number)
{
    WSYNC_ASSERT(log_no < WSYNC_LOGS_MAX && number <= NUMBERS);
    return 1U << 31 | log_no << 3 | number;
}

static struct wsync_slice branch_key(uint8_t key[BRANCH_KEY_BYTES], uint32_t log_no,
                                     uint32_t number)
{
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, number, 4);
    return wsync_slice(key, BRANCH_KEY_BYTES);
}

enum wsync_err wsync_branch_after(struct wsync_txn *txn, uint32_t log_no, uint32_t number,
                                  struct wsync_branch *branch)
{
    uint8_t key[BRANCH_KEY_BYTES];
    struct wsync_entry entry = {.key = branch_key(key, log_no, number)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_be_get(entry.key.data, 4) != log_no) {
        return WSYNC_ERR_NOT_FOUND;
    }
    struct wsync_reader reader = wsync_reader_over(entry.value);
    branch->log_no = log_no;
    branch->number = (uint32_t)wsync_be_get(entry.key.data + 4, 4);
    branch->fork = wsync_read_number(&reader, 8);
    branch->seq = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, branch->hash.b, sizeof branch->hash.b);
    if (!wsync_read_whole(&reader) || branch->number > NUMBERS) {
        return WSYNC_ERR_CORRUPT;
    }
    branch->rows_no = rows_no_of(log_no, branch->number);
    return WSYNC_OK;
}

static enum wsync_err put_branch(struct wsync_txn *txn, const struct wsync_branch *branch)
{
    uint8_t key[BRANCH_KEY_BYTES];
    uint8_t row[BRANCH_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, branch->fork, 8);
    wsync_write_number(&writer, branch->seq, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(branch->hash));
    return wsync_txn_put(txn, WSYNC_TABLE_BRANCHES,
                         branch_key(key, branch->log_no, branch->number),
                         wsync_written(&writer));
}

/* A branch with no change yet, under the first of `numbers` that is free; FORK when there is
 * none. */
static enum wsync_err new_branch(struct wsync_txn *txn, const struct wsync_log *log,
                                 uint64_t fork, uint32_t numbers, struct wsync_branch *branch)
{
    for (uint32_t number = 1; number <= numbers; number++) {
        enum wsync_err err = wsync_branch_after(txn, log->no, number - 1, branch);
        if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && branch->number > number)) {
            *branch = (struct wsync_branch){.log_no = log->no,
                                            .number = number,
                                            .rows_no = rows_no_of(log->no, number),
                                            .fork = fork,
                                            .seq = fork - 1};
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_ERR_FORK;
}

enum wsync_err wsync_branch_continue(struct wsync_txn *txn, struct wsync_plan *plan,
                                     struct wsync_hash *before)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err = plan->log.known ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        err = wsync_branch_after(txn, plan->log.no, branch.number, &branch);
        if (err != WSYNC_OK || set->first <= branch.fork || set->first > branch.seq + 1) {
            continue;
        }
        err = wsync_log_hash(txn, branch.rows_no, set->first - 1, before);
        if (err == WSYNC_OK && memcmp(before->b, set->previous, sizeof set->previous) == 0) {
            plan->aside = true;
            plan->branch = branch;
            return WSYNC_OK;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CHAIN : err;
}

enum wsync_err wsync_branch_leave(struct wsync_txn *txn, struct wsync_plan *plan)
{
    uint64_t fork = plan->set->first + plan->known;
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    plan->aside = true;
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        struct wsync_hash hash;
        err = wsync_branch_after(txn, plan->log.no, branch.number, &branch);
        if (err != WSYNC_OK || branch.fork > fork || branch.seq < fork) {
            continue;
        }
        err = wsync_log_hash(txn, branch.rows_no, fork, &hash);
        if (err == WSYNC_OK && wsync_hash_equal(&hash, &plan->hashes[plan->known])) {
            plan->branch = branch;
            return WSYNC_OK;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND
               ? new_branch(txn, &plan->log, fork, WSYNC_BRANCHES_MAX, &plan->branch)
               : err;
}

enum wsync_err wsync_branch_stands(struct wsync_txn *txn, struct wsync_arena *arena,
                                   struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    uint8_t key[12];
    uint64_t seq = set->first + plan->known;
    while (plan->log.no != 0 && seq < set->first + set->change_count) {
        struct wsync_verdict verdict;
        wsync_be_put(key, plan->log.no, 4);
        wsync_be_put(key + 4, seq, 8);
        struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_VERDICTS, WSYNC_SEEK_GE, &entry);
        if (err == WSYNC_ERR_NOT_FOUND ||
            (err == WSYNC_OK && wsync_be_get(entry.key.data, 4) != plan->log.no)) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        seq = wsync_be_get(entry.key.data + 4, 8);
        if (seq >= set->first + set->change_count) {
            return WSYNC_OK;
        }
        err = wsync_verdict_on_branch(txn, arena, &plan->log, seq, &verdict);
        if (err != WSYNC_OK) {
            return err;
        }
        if (verdict.decision == WSYNC_DECISION_STANDS &&
            !wsync_hash_has_prefix(&plan->hashes[seq - set->first], &verdict.hash)) {
            return wsync_branch_leave(txn, plan);
        }
        seq++;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_branch_check(struct wsync_arena *arena, const struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    for (size_t i = plan->known; i < set->change_count; i++) {
        const struct wsync_raw_change *raw = &set->changes[i];
        struct wsync_context context;
        size_t mark = wsync_arena_mark(arena);
        if (raw->public_part.len + raw->private_part.len > WSYNC_PAYLOAD_BYTES_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
        enum wsync_err err = wsync_context_decode(raw->public_part, arena, &context);
        wsync_arena_release(arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_branch_keep(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                 struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_branch *branch = &plan->branch;
    struct wsync_log rows = {.no = branch->rows_no, .seq = branch->seq};
    enum wsync_err err = WSYNC_OK;
    bool node;
    for (size_t i = plan->known; i < set->change_count && err == WSYNC_OK; i++) {
        const struct wsync_change change = {
            .hash = plan->hashes[i], .state = WSYNC_CHANGE_WAITING, .raw = set->changes[i]};
        err = wsync_log_append(txn, &rows, &change);
    }
    struct wsync_seal seal = {rows.seq, set->checkpoint, set->seal};
    if (err == WSYNC_OK) {
        err = wsync_log_put_seal(txn, rows.no, &seal);
    }
    branch->seq = rows.seq;
    branch->hash = rows.hash;
    if (err == WSYNC_OK) {
        err = put_branch(txn, branch);
    }
    if (err == WSYNC_OK) {
        err = wsync_ledger_is_node(ledger, txn, &node);
    }
    struct wsync_cause decide = {WSYNC_CAUSE_DECIDE, branch->log_no, branch->fork};
    struct wsync_cause review = {WSYNC_CAUSE_REVIEW, branch->log_no, branch->fork};
    bool forks = branch->fork <= plan->log.seq; /* else a verdict has put it aside */
    if (err == WSYNC_OK && node && forks) {
        err = wsync_work_put(txn, &decide);
    }
    return err == WSYNC_OK ? wsync_work_put(txn, &review) : err;
}

enum wsync_err wsync_branch_base(struct wsync_txn *txn, struct wsync_arena *arena,
                                 uint64_t fork, struct wsync_log *log)
{
    struct wsync_slice bytes;
    struct wsync_genesis genesis;
    enum wsync_err err = wsync_log_genesis(txn, log->no, &bytes);
    if (err == WSYNC_OK) {
        err = wsync_genesis_decode(bytes, arena, &genesis);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    log->stamp = genesis.stamp;
    log->roster_version = genesis.roster_version;
    log->reference_count = 0;
    for (uint64_t seq = 1; seq < fork; seq++) {
        struct wsync_change change;
        struct wsync_context context;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_log_change(txn, log->no, seq, &change);
        if (err == WSYNC_OK) {
            err = wsync_context_decode(change.raw.public_part, arena, &context);
        }
        wsync_arena_release(arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
        log->stamp += context.stamp_delta;
        log->reference_count += (uint32_t)context.reference_count;
        log->roster_version =
            context.roster_version != 0 ? context.roster_version : log->roster_version;
    }
    log->seq = fork - 1;
    return wsync_log_hash(txn, log->no, log->seq, &log->hash);
}

/* Puts the log's changes from `fork` on aside, as a branch. */
static enum wsync_err cut_back(const struct wsync_work *work, struct wsync_log *log,
                               uint64_t fork, struct wsync_branch *tail)
{
    enum wsync_err err = new_branch(work->txn, log, fork, NUMBERS, tail);
    tail->seq = log->seq;
    tail->hash = log->hash;
    if (err == WSYNC_OK) {
        err = put_branch(work->txn, tail);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_move(work->txn, log->no, tail->rows_no, fork);
    }
    if (err == WSYNC_OK) {
        err = wsync_origin_forget(work->txn, log->no, fork);
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_base(work->txn, work->arena, fork, log);
    }
    return err == WSYNC_OK ? wsync_log_put(work->txn, log) : err;
}

/* The branch with this hash at that seq, if it is here; NOT_FOUND. */
static enum wsync_err find_winner(struct wsync_txn *txn, uint32_t log_no,
                                  const struct wsync_verdict *verdict,
                                  struct wsync_branch *branch)
{
    branch->number = 0;
    for (;;) { /* ends: each turn passes one branch */
        struct wsync_hash hash;
        enum wsync_err err = wsync_branch_after(txn, log_no, branch->number, branch);
        if (err != WSYNC_OK) {
            return err;
        }
        if (verdict->seq < branch->fork || verdict->seq > branch->seq) {
            continue;
        }
        err = wsync_log_hash(txn, branch->rows_no, verdict->seq, &hash);
        if (err != WSYNC_OK || wsync_hash_has_prefix(&hash, &verdict->hash)) {
            return err;
        }
    }
}

/* A branch that is to count, and the tail that gave way to it, which begins no later. */
struct exchange {
    struct wsync_branch winner, tail;
};

/* Where a change stands: the common part was put aside with the tail, as far as no seal ends
 * it. */
static uint32_t rows_of(const struct exchange *exchange, uint64_t seq)
{
    return seq >= exchange->winner.fork ? exchange->winner.rows_no
           : seq >= exchange->tail.fork ? exchange->tail.rows_no
                                        : exchange->winner.log_no;
}

/* Reads the run from `first` to the next seal of the branch as it once came. */
static enum wsync_err read_run(const struct wsync_work *work, const struct exchange *exchange,
                               uint64_t first, struct wsync_change_set *set)
{
    struct wsync_seal seal;
    struct wsync_hash before;
    enum wsync_err err = wsync_log_next_seal(work->txn, exchange->winner.rows_no, first, &seal);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(work->txn, rows_of(exchange, first - 1), first - 1, &before);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (seal.seq - first >= WSYNC_SET_CHANGES_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    *set = (struct wsync_change_set){.first = first,
                                     .change_count = (size_t)(seal.seq - first + 1),
                                     .checkpoint = seal.checkpoint,
                                     .sealed = true,
                                     .seal = seal.signature};
    memcpy(set->previous, before.b, sizeof set->previous);
    set->changes = wsync_arena_array(work->arena, set->change_count, sizeof *set->changes);
    for (size_t i = 0; set->changes && i < set->change_count; i++) {
        struct wsync_change change;
        err = wsync_log_change(work->txn, rows_of(exchange, first + i), first + i, &change);
        if (err != WSYNC_OK) {
            return err;
        }
        set->changes[i] = change.raw;
        set->changes[i].public_part = wsync_arena_copy(work->arena, change.raw.public_part);
        set->changes[i].private_part = wsync_arena_copy(work->arena, change.raw.private_part);
        if (!set->changes[i].public_part.data || !set->changes[i].private_part.data) {
            return WSYNC_ERR_MEMORY;
        }
    }
    return set->changes ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

/* The branch is taken like anybody's run; what is not legal ends it there. */
static enum wsync_err take_branch(const struct wsync_work *work, const struct wsync_log *log,
                                  const struct exchange *exchange)
{
    const struct wsync_branch *branch = &exchange->winner;
    uint64_t next = exchange->tail.fork;
    uint8_t key[BRANCH_KEY_BYTES];
    enum wsync_err err = wsync_txn_del(work->txn, WSYNC_TABLE_BRANCHES,
                                       branch_key(key, branch->log_no, branch->number));
    while (err == WSYNC_OK && next <= branch->seq) { /* ends: each turn takes a run */
        struct wsync_change_set set;
        struct wsync_head held;
        size_t mark = wsync_arena_mark(work->arena);
        err = read_run(work, exchange, next, &set);
        set.log = log->id;
        if (err == WSYNC_OK && next == 1) {
            err = wsync_log_genesis(work->txn, log->no, &set.genesis);
        }
        if (err == WSYNC_OK) {
            err = wsync_ledger_accept(work->ledger, work->txn, work->arena, &set, &held);
        }
        next += err == WSYNC_OK ? set.change_count : 0;
        wsync_arena_release(work->arena, mark);
    }
    if (wsync_err_is_ours(err)) {
        return err;
    }
    return next > branch->seq ? wsync_log_drop(work->txn, branch->rows_no)
                              : put_branch(work->txn, branch);
}

enum wsync_err wsync_branch_queue_again(const struct wsync_work *work,
                                        const struct wsync_log *log)
{
    const struct wsync_identity *identity = work->ledger->identity;
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    if (!identity || !wsync_device_id_equal(&identity->device, &log->device)) {
        return WSYNC_OK;
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        err = wsync_branch_after(work->txn, log->no, branch.number, &branch);
        struct wsync_cause again = {WSYNC_CAUSE_AGAIN, log->no,
                                    (uint64_t)branch.number << 56 | branch.fork};
        if (err == WSYNC_OK) {
            err = wsync_work_put(work->txn, &again);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A log that others wrote is cut behind a seal, so that what stays can be sent on: a run ends
 * where its author sealed it, and two half runs may weigh more than a set. */
static enum wsync_err to_last_seal(const struct wsync_work *work, const struct wsync_log *log,
                                   uint64_t *fork)
{
    const struct wsync_identity *identity = work->ledger->identity;
    uint64_t sealed;
    if (identity && wsync_device_id_equal(&identity->device, &log->device)) {
        return WSYNC_OK; /* its author seals it anew */
    }
    enum wsync_err err = wsync_log_sealed_before(work->txn, log->no, *fork, &sealed);
    *fork = err == WSYNC_OK ? sealed + 1 : *fork;
    return err;
}

enum wsync_err wsync_branch_switch(const struct wsync_work *work, const struct wsync_log *log,
                                   const struct wsync_verdict *verdict)
{
    struct exchange exchange;
    struct wsync_log cut = *log;
    uint64_t held;
    uint64_t fork = verdict->seq;
    enum wsync_err err = find_winner(work->txn, log->no, verdict, &exchange.winner);
    bool here = err == WSYNC_OK;
    if (here) {
        fork = exchange.winner.fork;
    }
    if (here || err == WSYNC_ERR_NOT_FOUND) {
        err = to_last_seal(work, log, &fork);
    }
    if (err == WSYNC_OK) {
        err = wsync_retire_log(work->ledger, work->txn, log);
    }
    if (err == WSYNC_OK) {
        err = cut_back(work, &cut, fork, &exchange.tail);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_FORK ? WSYNC_OK : err; /* no room for more evidence: it stays */
    }
    err = wsync_held_get(work->txn, log->no, &held);
    if (err == WSYNC_OK && held >= fork) {
        err = wsync_held_put(work->txn, log->no, fork - 1);
    }
    if (err == WSYNC_OK) {
        err = wsync_rebuild(work, log->scope);
    }
    if (err == WSYNC_OK && here) {
        err = take_branch(work, log, &exchange);
    }
    return err == WSYNC_OK ? wsync_branch_queue_again(work, log) : err;
}

enum wsync_err wsync_head_held(struct wsync_txn *txn, const struct wsync_head *head, bool *held)
{
    struct wsync_log log;
    struct wsync_hash hash;
    struct wsync_branch branch = {.number = 0};
    *held = false;
    enum wsync_err err = wsync_log_find(txn, &head->log, &log);
    if (err == WSYNC_OK && log.known && head->seq <= log.seq) {
        err = wsync_log_hash(txn, log.no, head->seq, &hash);
        *held = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
    }
    while (err == WSYNC_OK && !*held) { /* ends: each turn passes one branch */
        err = wsync_branch_after(txn, log.no, branch.number, &branch);
        if (err == WSYNC_OK && head->seq >= branch.fork && head->seq <= branch.seq) {
            err = wsync_log_hash(txn, branch.rows_no, head->seq, &hash);
            *held = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
