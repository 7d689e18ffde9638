/* SPDX-License-Identifier: Apache-2.0 */
/* Which path of a log counts (SPEC sections 5.7 and 10.8): where a verdict says which change
 * stands at a seq, no other one does; where none says so, what counted first goes on. */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"
#include "wardsync/restore.h"

/* VERDICTS begin with log number and seq. */
enum { PLACE_BYTES = 12 };

/* The first seq from `*seq` on about which there is any verdict. */
static enum wsync_err next_judged(struct wsync_txn *txn, uint32_t log_no, uint64_t *seq)
{
    uint8_t key[PLACE_BYTES];
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, *seq, 8);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_VERDICTS, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (entry.key.len < sizeof key) {
        return WSYNC_ERR_CORRUPT;
    }
    *seq = wsync_be_get(entry.key.data + 4, 8);
    return wsync_be_get(entry.key.data, 4) == log_no ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
}

enum wsync_err wsync_standing_forbids(struct wsync_txn *txn, struct wsync_arena *arena,
                                      const struct wsync_log *log,
                                      const struct wsync_stretch *stretch,
                                      struct wsync_verdict *verdict)
{
    uint64_t seq = stretch->first;
    enum wsync_err err;
    while ((err = next_judged(txn, log->no, &seq)) == WSYNC_OK && seq <= stretch->last) {
        struct wsync_hash hash;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_verdict_on_branch(txn, arena, log, seq, verdict);
        wsync_arena_release(arena, mark);
        if (err == WSYNC_OK && stretch->path) {
            err = wsync_branch_hash(txn, stretch->path, seq, &hash);
        } else if (err == WSYNC_OK) {
            hash = stretch->hashes[seq - stretch->first];
        }
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        if (verdict->decision == WSYNC_DECISION_STANDS &&
            !wsync_hash_has_prefix(&hash, &verdict->hash)) {
            verdict->seq = seq;
            return WSYNC_OK;
        }
        seq++;
    }
    return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
}

/* ---- a path gives way ---- */

static bool is_own(const struct wsync_work *work, const struct wsync_log *log)
{
    const struct wsync_identity *identity = work->ledger->identity;
    return identity && wsync_device_id_equal(&identity->device, &log->device);
}

/* The branches that left the log behind `fork` have a copy of their own of what they shared
 * with the tail that gives way. */
static enum wsync_err part_from_tail(const struct wsync_work *work,
                                     const struct wsync_branch *tail)
{
    struct wsync_branch branch = {.number = 0};
    bool goes_on = false; /* a branch goes on where the tail ends */
    enum wsync_err err;
    while ((err = wsync_branch_after(work->txn, tail->log_no, branch.number, &branch)) ==
           WSYNC_OK) { /* ends: each turn passes one branch */
        if (branch.number == tail->number || branch.fork <= tail->fork) {
            continue;
        }
        goes_on |= branch.fork == tail->seq + 1;
        err = wsync_log_copy(work->txn, tail->rows_no, branch.rows_no, tail->fork,
                             branch.fork - 1);
        branch.fork = tail->fork;
        if (err == WSYNC_OK) {
            err = wsync_branch_put(work->txn, &branch);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (err != WSYNC_ERR_NOT_FOUND || !goes_on) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_log_drop(work->txn, tail->rows_no);
    return err == WSYNC_OK ? wsync_branch_del(work->txn, tail) : err;
}

/* Puts the log's changes from `fork` on aside, as a branch; FORK when there is no room. */
static enum wsync_err cut_back(const struct wsync_work *work, struct wsync_log *log,
                               uint64_t fork)
{
    struct wsync_branch tail;
    enum wsync_err err = wsync_branch_new(work->txn, log->no, fork, false, &tail);
    tail.seq = log->seq;
    tail.hash = log->hash;
    if (err == WSYNC_OK) {
        err = wsync_branch_put(work->txn, &tail);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_move(work->txn, log->no, tail.rows_no, fork);
    }
    if (err == WSYNC_OK) {
        err = part_from_tail(work, &tail);
    }
    if (err == WSYNC_OK) {
        err = wsync_origin_forget(work->txn, log->no, fork);
    }
    if (err == WSYNC_OK) {
        const struct wsync_branch path = {.log_no = log->no, .rows_no = log->no, .fork = 1};
        err = wsync_branch_base(work->txn, work->arena, &path, fork - 1, log);
    }
    return err == WSYNC_OK ? wsync_log_put(work->txn, log) : err;
}

/* The change at `seq` must not stand. */
static enum wsync_err give_way(const struct wsync_work *work, struct wsync_log *log,
                               uint64_t seq)
{
    uint64_t held;
    enum wsync_err err = wsync_retire_log(work->ledger, work->txn, log);
    if (err == WSYNC_OK) {
        err = cut_back(work, log, seq);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_FORK ? WSYNC_OK : err; /* no room for more evidence: it stays */
    }
    err = wsync_held_get(work->txn, log->no, &held);
    if (err == WSYNC_OK && held >= seq) {
        err = wsync_held_put(work->txn, log->no, seq - 1);
    }
    return err == WSYNC_OK ? wsync_rebuild(work, log->scope) : err;
}

/* ---- a branch goes on where the log ends ---- */

/* A branch that continues the log, and how far verdicts let it. */
struct heir {
    struct wsync_branch branch;
    uint64_t until; /* the first seq that another change takes, or behind its tip */
    struct wsync_verdict verdict; /* which says so */
};

static enum wsync_err find_heir(const struct wsync_work *work, const struct wsync_log *log,
                                struct heir *heir)
{
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err;
    heir->until = 0;
    while ((err = wsync_branch_after(work->txn, log->no, branch.number, &branch)) == WSYNC_OK) {
        struct wsync_verdict verdict = {.seq = branch.seq + 1};
        const struct wsync_stretch stretch = {
            .path = &branch, .first = branch.fork, .last = branch.seq};
        if (branch.fork != log->seq + 1) {
            continue;
        }
        err = wsync_standing_forbids(work->txn, work->arena, log, &stretch, &verdict);
        if (err == WSYNC_ERR_NOT_FOUND) {
            verdict.seq = branch.seq + 1;
        } else if (err != WSYNC_OK) {
            return err;
        }
        if (verdict.seq > heir->until) {
            *heir = (struct heir){branch, verdict.seq, verdict};
        }
    }
    return err == WSYNC_ERR_NOT_FOUND && heir->until > 0 ? WSYNC_OK : err;
}

/* Reads the next changes of the heir, about as many as a run holds. */
static enum wsync_err read_some(const struct wsync_work *work, const struct wsync_log *log,
                                const struct heir *heir, struct wsync_change_set *set)
{
    size_t weight = 0;
    *set = (struct wsync_change_set){.log = log->id, .first = log->seq + 1};
    set->changes = wsync_arena_array(work->arena, WSYNC_SET_CHANGES_MAX, sizeof *set->changes);
    while (set->changes && set->first + set->change_count < heir->until &&
           set->change_count < WSYNC_SET_CHANGES_MAX && weight < WSYNC_SET_BYTES_DEFAULT) {
        struct wsync_change change;
        struct wsync_raw_change *raw = &set->changes[set->change_count];
        enum wsync_err err = wsync_log_change(work->txn, heir->branch.rows_no,
                                              set->first + set->change_count, &change);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        *raw = change.raw;
        raw->public_part = wsync_arena_copy(work->arena, change.raw.public_part);
        raw->private_part = wsync_arena_copy(work->arena, change.raw.private_part);
        if (!raw->public_part.data || !raw->private_part.data) {
            return WSYNC_ERR_MEMORY;
        }
        weight += wsync_change_weight(raw);
        set->change_count++;
    }
    return set->changes ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

/* The log goes on with the changes of the heir, whose seals it keeps; what is not legal there,
 * or what a verdict does not let on, ends it. */
static enum wsync_err follow(const struct wsync_work *work, struct wsync_log *log,
                             const struct heir *heir, bool *grew)
{
    uint64_t before = log->seq;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && log->seq + 1 < heir->until) { /* ends: each turn appends some */
        struct wsync_change_set set;
        size_t mark = wsync_arena_mark(work->arena);
        err = read_some(work, log, heir, &set);
        if (err == WSYNC_OK) {
            err = wsync_ledger_follow(work->ledger, work->txn, work->arena, &set);
        }
        wsync_arena_release(work->arena, mark);
        if (err == WSYNC_OK) {
            err = wsync_log_get(work->txn, log->no, log);
        }
    }
    *grew = log->seq > before;
    return wsync_err_is_ours(err) ? err : WSYNC_OK;
}

/* ---- what is due then ---- */

/* As the district: a verdict that names a change of a path that gave way elsewhere says nothing
 * about the heir, which is to stand. */
static enum wsync_err free_heir(const struct wsync_work *work, const struct wsync_log *log,
                                const struct heir *heir)
{
    struct wsync_branch named;
    struct wsync_hash mine;
    struct wsync_hash its;
    uint64_t seq = heir->until;
    enum wsync_err err =
        wsync_branch_find(work->txn, log, seq, WSYNC_BYTES(heir->verdict.hash), &named);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it may come yet */
    }
    err = wsync_branch_hash(work->txn, &named, seq - 1, &its);
    if (err == WSYNC_OK) {
        err = wsync_branch_hash(work->txn, &heir->branch, seq - 1, &mine);
    }
    if (err != WSYNC_OK || wsync_hash_equal(&mine, &its)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    err = wsync_branch_hash(work->txn, &heir->branch, seq, &mine);
    const struct wsync_verdict verdict = {.log = log->id,
                                          .seq = seq,
                                          .hash = wsync_hash_prefix_of(&mine),
                                          .decision = WSYNC_DECISION_STANDS,
                                          .stamp = heir->verdict.stamp};
    return err == WSYNC_OK
               ? wsync_verdict_put(work->ledger, work->txn, work->arena, log->scope, &verdict)
               : err;
}

/* Has a verdict another change stand where the branch leaves the log? */
static enum wsync_err is_decided(const struct wsync_work *work, const struct wsync_log *log,
                                 const struct wsync_branch *branch, bool *decided)
{
    struct wsync_verdict verdict;
    size_t mark = wsync_arena_mark(work->arena);
    enum wsync_err err =
        wsync_verdict_on_branch(work->txn, work->arena, log, branch->fork, &verdict);
    wsync_arena_release(work->arena, mark);
    *decided = branch->fork > log->seq || verdict.decision == WSYNC_DECISION_STANDS;
    return err;
}

static enum wsync_err queue_due(const struct wsync_work *work, const struct wsync_log *log)
{
    struct wsync_branch branch = {.number = 0};
    bool node;
    enum wsync_err err = wsync_ledger_is_node(work->ledger, work->txn, &node);
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        bool decided;
        err = wsync_branch_after(work->txn, log->no, branch.number, &branch);
        if (err == WSYNC_OK) {
            err = is_decided(work, log, &branch, &decided);
        }
        struct wsync_cause decide = {WSYNC_CAUSE_DECIDE, log->no, branch.fork};
        struct wsync_cause again = {WSYNC_CAUSE_AGAIN, log->no,
                                    (uint64_t)branch.number << 56 | branch.fork};
        if (err == WSYNC_OK && node && !decided) {
            err = wsync_work_put(work->txn, &decide);
        } else if (err == WSYNC_OK && decided && is_own(work, log)) {
            err = wsync_work_put(work->txn, &again);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_standing_settle(const struct wsync_work *work, struct wsync_log *log,
                                     uint64_t seq)
{
    struct heir heir;
    struct wsync_verdict verdict;
    bool node;
    bool grew = true;
    bool moved = false;
    const struct wsync_branch path = {.log_no = log->no, .rows_no = log->no, .seq = log->seq};
    const struct wsync_stretch stretch = {.path = &path, .first = seq, .last = seq};
    enum wsync_err err =
        seq == 0 || seq > log->seq
            ? WSYNC_ERR_NOT_FOUND
            : wsync_standing_forbids(work->txn, work->arena, log, &stretch, &verdict);
    if (err == WSYNC_OK) {
        err = give_way(work, log, seq);
        moved = true;
    }
    while ((err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) && grew) { /* ends: the log grows */
        err = find_heir(work, log, &heir);
        if (err == WSYNC_OK) {
            err = follow(work, log, &heir, &grew);
            moved |= grew;
        } else {
            grew = false;
        }
    }
    if (err == WSYNC_OK) { /* there is one that may not go on */
        err = wsync_ledger_is_node(work->ledger, work->txn, &node);
        if (err == WSYNC_OK && node && heir.until <= heir.branch.seq) {
            err = free_heir(work, log, &heir);
        }
    }
    if (moved && (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND)) {
        err = wsync_unsent_queue(work->txn, log);
    }
    return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? queue_due(work, log) : err;
}
