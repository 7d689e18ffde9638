/* SPDX-License-Identifier: Apache-2.0 */
#include "core/branch.h"

#include <string.h>

#include "core/bytes.h"
#include "core/settle_parts.h"
#include "wardsync/restore.h"

/* BRANCHES: log number, branch number -> seq of the fork, seq and hash of its head. */
enum { BRANCH_KEY_BYTES = 8, BRANCH_ROW_BYTES = 8 + 8 + WSYNC_HASH_BYTES };

/* What others bring leaves room for what this store puts aside itself. */
enum { NUMBERS = WSYNC_PATHS_MAX - 1 };
_Static_assert((int)WSYNC_BRANCHES_MAX < (int)NUMBERS, "a verdict can be carried out");

/* ---- rows ---- */

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
    if (!wsync_read_whole(&reader) || branch->number > NUMBERS || branch->fork == 0 ||
        branch->fork > branch->seq) {
        return WSYNC_ERR_CORRUPT;
    }
    branch->rows_no = rows_no_of(log_no, branch->number);
    return WSYNC_OK;
}

enum wsync_err wsync_branch_put(struct wsync_txn *txn, const struct wsync_branch *branch)
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

enum wsync_err wsync_branch_del(struct wsync_txn *txn, const struct wsync_branch *branch)
{
    uint8_t key[BRANCH_KEY_BYTES];
    return wsync_txn_del(txn, WSYNC_TABLE_BRANCHES,
                         branch_key(key, branch->log_no, branch->number));
}

enum wsync_err wsync_branch_new(struct wsync_txn *txn, uint32_t log_no, uint64_t fork,
                                bool from_others, struct wsync_branch *branch)
{
    uint32_t numbers = from_others ? WSYNC_BRANCHES_MAX : NUMBERS;
    for (uint32_t number = 1; number <= numbers; number++) {
        enum wsync_err err = wsync_branch_after(txn, log_no, number - 1, branch);
        if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && branch->number > number)) {
            *branch = (struct wsync_branch){.log_no = log_no,
                                            .number = number,
                                            .rows_no = rows_no_of(log_no, number),
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

/* ---- paths ---- */

static struct wsync_branch whole(const struct wsync_log *log)
{
    return (struct wsync_branch){
        .log_no = log->no, .rows_no = log->no, .fork = 1, .seq = log->seq, .hash = log->hash};
}

enum wsync_err wsync_branch_next(struct wsync_txn *txn, const struct wsync_log *log,
                                 struct wsync_branch *path)
{
    if (path->log_no == 0) {
        *path = whole(log);
        return WSYNC_OK;
    }
    return wsync_branch_after(txn, log->no, path->number, path);
}

enum wsync_err wsync_branch_get(struct wsync_txn *txn, const struct wsync_log *log,
                                uint32_t number, struct wsync_branch *path)
{
    if (number == 0) {
        *path = whole(log);
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_branch_after(txn, log->no, number - 1, path);
    return err == WSYNC_OK && path->number != number ? WSYNC_ERR_NOT_FOUND : err;
}

static uint32_t rows_of(const struct wsync_branch *path, uint64_t seq)
{
    return seq >= path->fork ? path->rows_no : path->log_no;
}

enum wsync_err wsync_branch_change(struct wsync_txn *txn, const struct wsync_branch *path,
                                   uint64_t seq, struct wsync_change *change)
{
    return wsync_log_change(txn, rows_of(path, seq), seq, change);
}

enum wsync_err wsync_branch_hash(struct wsync_txn *txn, const struct wsync_branch *path,
                                 uint64_t seq, struct wsync_hash *hash)
{
    return wsync_log_hash(txn, rows_of(path, seq), seq, hash);
}

enum wsync_err wsync_branch_next_seal(struct wsync_txn *txn, const struct wsync_branch *path,
                                      uint64_t seq, struct wsync_seal *seal)
{
    enum wsync_err err = wsync_log_next_seal(txn, rows_of(path, seq), seq, seal);
    bool beyond = err == WSYNC_OK && seq < path->fork && seal->seq >= path->fork;
    return beyond || (err == WSYNC_ERR_NOT_FOUND && seq < path->fork)
               ? wsync_log_next_seal(txn, path->rows_no, path->fork, seal)
               : err;
}

enum wsync_err wsync_branch_sealed_before(struct wsync_txn *txn,
                                          const struct wsync_branch *path, uint64_t seq,
                                          uint64_t *sealed)
{
    enum wsync_err err = WSYNC_OK;
    *sealed = 0;
    if (seq > path->fork) {
        err = wsync_log_sealed_before(txn, path->rows_no, seq, sealed);
    }
    if (err == WSYNC_OK && *sealed < path->fork && path->number != 0) {
        uint64_t before = seq < path->fork ? seq : path->fork;
        err = wsync_log_sealed_before(txn, path->log_no, before, sealed);
    }
    return err;
}

enum wsync_err wsync_branch_find(struct wsync_txn *txn, const struct wsync_log *log,
                                 uint64_t seq, struct wsync_slice prefix,
                                 struct wsync_branch *path)
{
    enum wsync_err err;
    path->log_no = 0;
    while ((err = wsync_branch_next(txn, log, path)) == WSYNC_OK) { /* ends: so do paths */
        struct wsync_hash here;
        if (seq > path->seq || (path->number != 0 && seq < path->fork)) {
            continue; /* what is not the branch's own was asked of the log */
        }
        err = wsync_branch_hash(txn, path, seq, &here);
        if (err != WSYNC_OK || wsync_slice_starts(WSYNC_BYTES(here), prefix)) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    }
    return err;
}

enum wsync_err wsync_head_held(struct wsync_txn *txn, const struct wsync_head *head, bool *held)
{
    struct wsync_log log;
    struct wsync_branch path;
    *held = false;
    enum wsync_err err = wsync_log_find(txn, &head->log, &log);
    if (err == WSYNC_OK && log.known) {
        err = wsync_branch_find(txn, &log, head->seq, WSYNC_BYTES(head->hash), &path);
        *held = err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_branch_reference(struct wsync_txn *txn, struct wsync_arena *arena,
                                      const struct wsync_branch *path, uint32_t reference,
                                      struct wsync_target *target)
{
    uint32_t count = UINT32_MAX;
    enum wsync_err err = WSYNC_OK;
    if (path->number != 0) {
        err = wsync_log_references_before(txn, path->log_no, path->fork, &count);
    }
    if (err == WSYNC_OK && reference <= count) {
        err = wsync_log_reference(txn, path->log_no, reference, target);
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_OPERATION : err;
    }
    for (uint64_t at = path->fork; at <= path->seq && err == WSYNC_OK; at++) {
        struct wsync_change change;
        struct wsync_context context;
        struct wsync_log log;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_branch_change(txn, path, at, &change);
        if (err == WSYNC_OK) {
            err = wsync_context_decode(change.raw.public_part, arena, &context);
        }
        if (err == WSYNC_OK && reference <= count + context.reference_count) {
            const struct wsync_reference *entry = &context.references[reference - count - 1];
            err = wsync_log_find(txn, &entry->log, &log);
            if (err == WSYNC_OK) {
                *target = (struct wsync_target){log.no, entry->seq, entry->hash, at};
            }
            wsync_arena_release(arena, mark);
            return err;
        }
        count += err == WSYNC_OK ? (uint32_t)context.reference_count : 0;
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_OK ? WSYNC_ERR_OPERATION : err;
}

enum wsync_err wsync_branch_origin(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_branch *path, uint64_t seq,
                                   struct wsync_target *origin)
{
    struct wsync_change change;
    struct wsync_context context;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_branch_change(txn, path, seq, &change);
    if (err == WSYNC_OK) {
        err = wsync_context_decode(change.raw.public_part, arena, &context);
    }
    wsync_arena_release(arena, mark);
    if (err == WSYNC_OK && context.has_origin) {
        struct wsync_branch until = *path;
        until.seq = seq;
        err = wsync_branch_reference(txn, arena, &until, context.origin.reference, origin);
        bool other = err == WSYNC_OK && origin->seq != context.origin.seq;
        return other ? WSYNC_ERR_OPERATION : err;
    }
    *origin = (struct wsync_target){path->log_no, seq, wsync_hash_prefix_of(&change.hash), 0};
    return err;
}

/* ---- a run that came ---- */

enum wsync_err wsync_branch_before(struct wsync_txn *txn, const struct wsync_plan *plan,
                                   struct wsync_hash *before)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_branch path;
    struct wsync_slice previous = wsync_slice(set->previous, sizeof set->previous);
    if (!plan->log.known || set->first == plan->log.seq + 1) {
        *before = plan->log.hash;
        if (wsync_slice_starts(WSYNC_BYTES(*before), previous)) {
            return WSYNC_OK;
        }
        if (!plan->log.known) {
            return set->first > 1 ? WSYNC_ERR_GAP : WSYNC_ERR_CHAIN;
        }
    }
    enum wsync_err err = wsync_branch_find(txn, &plan->log, set->first - 1, previous, &path);
    if (err == WSYNC_OK) {
        return wsync_branch_hash(txn, &path, set->first - 1, before);
    }
    bool gap = set->first > plan->log.seq + 1;
    return err == WSYNC_ERR_NOT_FOUND ? (gap ? WSYNC_ERR_GAP : WSYNC_ERR_CHAIN) : err;
}

/* How many leading changes of the run stand on the path; NOT_FOUND when not even what the run
 * continues does. */
static enum wsync_err count_known(struct wsync_txn *txn, const struct wsync_plan *plan,
                                  const struct wsync_hash *before,
                                  const struct wsync_branch *path, size_t *known)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_hash hash;
    enum wsync_err err = WSYNC_OK;
    *known = 0;
    if (set->first - 1 > path->seq) {
        return WSYNC_ERR_NOT_FOUND;
    }
    if (set->first - 1 == path->seq) {
        return wsync_hash_equal(before, &path->hash) ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
    }
    err = wsync_branch_hash(txn, path, set->first - 1, &hash);
    if (err == WSYNC_OK && !wsync_hash_equal(&hash, before)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    while (err == WSYNC_OK && *known < set->change_count && set->first + *known <= path->seq) {
        err = wsync_branch_hash(txn, path, set->first + *known, &hash);
        if (err == WSYNC_OK && !wsync_hash_equal(&hash, &plan->hashes[*known])) {
            break;
        }
        *known += err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* The path on which most of the run stands; of several the first. */
static enum wsync_err find_longest(struct wsync_txn *txn, struct wsync_plan *plan)
{
    struct wsync_branch path = {.log_no = 0};
    bool found = false;
    enum wsync_err err;
    while ((err = wsync_branch_next(txn, &plan->log, &path)) == WSYNC_OK) { /* ends */
        size_t known;
        err = count_known(txn, plan, &plan->before, &path, &known);
        if (err == WSYNC_OK && (!found || known > plan->known)) {
            found = true;
            plan->on = path;
            plan->known = known;
        } else if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND && found ? WSYNC_OK : err;
}

/* Does the run continue the log itself, as far as verdicts go? */
static enum wsync_err continues_log(struct wsync_txn *txn, struct wsync_arena *arena,
                                    struct wsync_plan *plan, bool *continues)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_verdict verdict;
    const struct wsync_stretch stretch = {.hashes = plan->hashes,
                                          .first = set->first,
                                          .last = set->first + set->change_count - 1};
    *continues = false;
    plan->on = whole(&plan->log);
    enum wsync_err err = plan->log.known
                             ? count_known(txn, plan, &plan->before, &plan->on, &plan->known)
                             : WSYNC_OK;
    if (err != WSYNC_OK || plan->known == set->change_count) {
        *continues = err == WSYNC_OK;
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (set->first + plan->known - 1 != plan->log.seq || plan->log.no == 0) {
        *continues = plan->log.no == 0;
        return WSYNC_OK;
    }
    err = wsync_standing_forbids(txn, arena, &plan->log, &stretch, &verdict);
    *continues = err == WSYNC_ERR_NOT_FOUND;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_branch_place(struct wsync_txn *txn, struct wsync_arena *arena,
                                  struct wsync_plan *plan)
{
    bool continues;
    plan->known = 0;
    enum wsync_err err = continues_log(txn, arena, plan, &continues);
    if (err != WSYNC_OK || continues) {
        return err;
    }
    if (plan->log.known) {
        err = find_longest(txn, plan);
    }
    if (err != WSYNC_OK || plan->known == plan->set->change_count) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    uint64_t next = plan->set->first + plan->known;
    bool within = plan->on.number != 0 && next > plan->on.fork;
    plan->aside = true;
    plan->to = plan->on;
    return within && next == plan->on.seq + 1
               ? WSYNC_OK /* it goes on at the tip */
               : wsync_branch_new(txn, plan->log.no, within ? plan->on.fork : next, true,
                                  &plan->to);
}

/* Runs are sent on from one seal to the next: with what the run continues since the last seal
 * before it, it must still be a run.  Of a device's own logs it seals what it likes. */
enum wsync_err wsync_branch_check_weight(struct wsync_txn *txn, const struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    uint64_t sealed;
    size_t weight = 0;
    if (!plan->log.known) {
        return WSYNC_OK;
    }
    enum wsync_err err =
        wsync_branch_sealed_before(txn, &plan->on, set->first + plan->known, &sealed);
    bool whole = err == WSYNC_OK && sealed + 1 >= set->first;
    for (size_t i = 0; i < set->change_count && !whole; i++) {
        weight += wsync_change_weight(&set->changes[i]);
    }
    for (uint64_t seq = sealed + 1; seq < set->first && err == WSYNC_OK; seq++) {
        struct wsync_change change;
        err = wsync_branch_change(txn, &plan->on, seq, &change);
        weight += err == WSYNC_OK ? wsync_change_weight(&change.raw) : 0;
        if (weight > WSYNC_SET_BYTES_MAX ||
            set->first + set->change_count - sealed > WSYNC_SET_CHANGES_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_branch_keep(struct wsync_txn *txn, struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    struct wsync_branch *branch = &plan->to;
    uint64_t next = set->first + plan->known;
    enum wsync_err err = WSYNC_OK;
    if (!plan->log.known) { /* a verdict on it came first */
        err = wsync_log_open(txn, set->genesis, &plan->genesis, &plan->log);
    }
    if (err == WSYNC_OK && branch->seq + 1 < next) { /* a branch of a branch */
        err = wsync_log_copy(txn, plan->on.rows_no, branch->rows_no, branch->fork, next - 1);
    }
    struct wsync_log rows = {.no = branch->rows_no, .seq = next - 1};
    for (size_t i = plan->known; i < set->change_count && err == WSYNC_OK; i++) {
        const struct wsync_change change = {
            .hash = plan->hashes[i], .state = WSYNC_CHANGE_WAITING, .raw = set->changes[i]};
        err = wsync_log_append(txn, &rows, &change);
        struct wsync_cause reached = {WSYNC_CAUSE_REACHED, branch->log_no, rows.seq};
        if (err == WSYNC_OK) { /* an address may mean it, once it was written again */
            err = wsync_release(txn, &reached);
        }
    }
    struct wsync_seal seal = {rows.seq, set->checkpoint, set->seal};
    if (err == WSYNC_OK) {
        err = wsync_log_put_seal(txn, rows.no, &seal);
    }
    branch->seq = rows.seq;
    branch->hash = rows.hash;
    if (err == WSYNC_OK) {
        err = wsync_branch_put(txn, branch);
    }
    struct wsync_cause review = {WSYNC_CAUSE_REVIEW, branch->log_no, branch->fork};
    return err == WSYNC_OK ? wsync_work_put(txn, &review) : err;
}

/* Gives the seals of the branch up to `last` to the log, where its rows are held as well. */
static enum wsync_err hand_over(struct wsync_txn *txn, const struct wsync_branch *branch,
                                uint64_t last)
{
    uint64_t next = branch->fork;
    while (next <= last) { /* ends: seals ascend */
        struct wsync_seal seal;
        enum wsync_err err = wsync_log_next_seal(txn, branch->rows_no, next, &seal);
        if (err != WSYNC_OK || seal.seq > last) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        err = wsync_log_put_seal(txn, branch->log_no, &seal);
        if (err != WSYNC_OK) {
            return err;
        }
        next = seal.seq + 1;
    }
    return WSYNC_OK;
}

static enum wsync_err trim(struct wsync_txn *txn, const struct wsync_log *log,
                           struct wsync_branch *branch)
{
    uint64_t common = branch->fork - 1;
    bool same = true;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && same && common < branch->seq && common < log->seq) { /* ends */
        struct wsync_hash mine;
        struct wsync_hash its;
        err = wsync_log_hash(txn, log->no, common + 1, &mine);
        if (err == WSYNC_OK) {
            err = wsync_log_hash(txn, branch->rows_no, common + 1, &its);
        }
        same = err == WSYNC_OK && wsync_hash_equal(&mine, &its);
        common += same;
    }
    if (err != WSYNC_OK || common < branch->fork) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    err = hand_over(txn, branch, common);
    if (err == WSYNC_OK) {
        err = wsync_log_drop_until(txn, branch->rows_no, common);
    }
    branch->fork = common + 1;
    if (err != WSYNC_OK) {
        return err;
    }
    if (branch->fork > branch->seq) {
        return wsync_branch_del(txn, branch);
    }
    struct wsync_cause review = {WSYNC_CAUSE_REVIEW, branch->log_no, branch->fork};
    err = wsync_branch_put(txn, branch);
    return err == WSYNC_OK ? wsync_work_put(txn, &review) : err;
}

enum wsync_err wsync_branch_trim(struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err;
    while ((err = wsync_branch_after(txn, log->no, branch.number, &branch)) == WSYNC_OK) {
        err = trim(txn, log, &branch);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_branch_base(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_branch *path, uint64_t seq,
                                 struct wsync_log *log)
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
    for (uint64_t at = 1; at <= seq; at++) {
        struct wsync_change change;
        struct wsync_context context;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_branch_change(txn, path, at, &change);
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
    log->seq = seq;
    return wsync_branch_hash(txn, path, seq, &log->hash);
}
