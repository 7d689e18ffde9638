/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"

/* ORIGINS: log number, seq, hash prefix of what was written again; log number, seq of the copy
 * -> nothing, or one byte when a verdict quarantines the copy. */
enum { PLACE_BYTES = 12, ORIGIN_BYTES = PLACE_BYTES + WSYNC_HASH_PREFIX_BYTES };
enum { ORIGIN_KEY_BYTES = ORIGIN_BYTES + PLACE_BYTES };

struct key {
    uint8_t b[ORIGIN_KEY_BYTES];
};

static void put_place(uint8_t *out, uint32_t log_no, uint64_t seq)
{
    wsync_be_put(out, log_no, 4);
    wsync_be_put(out + 4, seq, 8);
}

static struct wsync_dot place_of(const uint8_t *in)
{
    return (struct wsync_dot){(uint32_t)wsync_be_get(in, 4), wsync_be_get(in + 4, 8), 0};
}

static struct wsync_slice origin_key(struct key *key, const struct wsync_target *origin)
{
    put_place(key->b, origin->log_no, origin->seq);
    memcpy(key->b + PLACE_BYTES, origin->hash.b, sizeof origin->hash.b);
    return wsync_slice(key->b, ORIGIN_BYTES);
}

/* Is the original itself on the branch that counts here?  The log's row says so only behind the
 * run that is being appended. */
static enum wsync_err is_here(struct wsync_txn *txn, const struct wsync_target *origin,
                              bool *here)
{
    struct wsync_hash hash;
    enum wsync_err err = wsync_log_hash(txn, origin->log_no, origin->seq, &hash);
    *here = err == WSYNC_OK && wsync_hash_has_prefix(&hash, &origin->hash);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Why the change does not count, by the verdict on it or else by what the roster pins; OK when
 * nothing is against it. */
static enum wsync_err find_fault(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_log *log, uint64_t seq,
                                 enum wsync_err *fault)
{
    struct wsync_device device;
    struct wsync_verdict verdict = {.decision = WSYNC_DECISION_NONE};
    struct wsync_head at = {.log = log->id, .seq = seq};
    uint64_t pin = 0;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_device_get(txn, &log->device, &device);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(txn, log->no, seq, &at.hash);
    }
    if (err == WSYNC_OK && device.role != WSYNC_ROLE_NODE) {
        err = wsync_verdict_on_change(txn, arena, log, &at, &verdict);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_pinned(txn, &device, log, &pin);
    }
    wsync_arena_release(arena, mark);
    *fault = verdict.decision == WSYNC_DECISION_QUARANTINE          ? verdict.reason
             : verdict.decision == WSYNC_DECISION_NONE && seq > pin ? WSYNC_ERR_REVOKED
                                                                    : WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_origin_stands(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_target *origin, bool *stands)
{
    struct wsync_log log;
    enum wsync_err fault = WSYNC_OK;
    enum wsync_err err = is_here(txn, origin, stands);
    if (err != WSYNC_OK || !*stands) {
        return err;
    }
    err = wsync_log_get(txn, origin->log_no, &log);
    if (err == WSYNC_OK) {
        err = find_fault(txn, arena, &log, origin->seq, &fault);
    }
    *stands = fault != WSYNC_ERR_REVOKED;
    return err;
}

/* Is the device the other one, or does it take its place? */
static enum wsync_err follows(struct wsync_txn *txn, const struct wsync_device_id *device,
                              const struct wsync_device_id *before, bool *follows)
{
    struct wsync_device_id at = *device;
    *follows = wsync_device_id_equal(&at, before);
    for (int i = 0; i < WSYNC_PREDECESSORS_MAX && !*follows; i++) {
        struct wsync_device its;
        enum wsync_err err = wsync_device_get(txn, &at, &its);
        if (err != WSYNC_OK || !its.has_predecessor) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        at = its.predecessor;
        *follows = wsync_device_id_equal(&at, before);
    }
    return WSYNC_OK;
}

/* Where a walk through rows stands; its key is copied. */
struct row {
    struct key key;
    bool quarantined;
};

/* The next row that begins with `prefix`. */
static enum wsync_err next_row(struct wsync_txn *txn, struct wsync_slice prefix,
                               struct row *row, struct wsync_slice *after)
{
    struct wsync_entry entry = {.key = *after};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_ORIGINS, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!wsync_slice_starts(entry.key, prefix)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    memcpy(row->key.b, entry.key.data, sizeof row->key.b);
    row->quarantined = entry.value.len > 0;
    *after = wsync_slice(row->key.b, sizeof row->key.b);
    return WSYNC_OK;
}

/* May what stands in `log` be a copy of what stands in the other one? */
static enum wsync_err may_copy(struct wsync_txn *txn, const struct wsync_log *log,
                               const struct wsync_log *original, bool *may)
{
    *may = false;
    return log->scope == original->scope ? follows(txn, &log->device, &original->device, may)
                                         : WSYNC_OK;
}

/* The first copy in the order of ids, of those that are not quarantined, or (`by`) of those of
 * that device that are.  What another device claims is quarantined and no copy. */
static enum wsync_err first_copy(struct wsync_txn *txn, const struct wsync_target *origin,
                                 const struct wsync_device_id *by, struct wsync_dot *dot)
{
    struct key prefix_bytes;
    struct row row;
    struct wsync_slice prefix = origin_key(&prefix_bytes, origin);
    struct wsync_slice after = prefix;
    struct wsync_log_id best;
    enum wsync_err err;
    *dot = (struct wsync_dot){0};
    while ((err = next_row(txn, prefix, &row, &after)) == WSYNC_OK) {
        struct wsync_dot copy = place_of(row.key.b + ORIGIN_BYTES);
        struct wsync_log log;
        struct wsync_log original;
        bool copies;
        if (row.quarantined != (by != NULL)) {
            continue;
        }
        err = wsync_log_get(txn, copy.log_no, &log);
        if (err == WSYNC_OK) {
            err = wsync_log_get(txn, origin->log_no, &original);
        }
        if (err == WSYNC_OK) {
            err = may_copy(txn, &log, &original, &copies);
        }
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        if (!copies || (by && !wsync_device_id_equal(&log.device, by))) {
            continue;
        }
        if (dot->log_no == 0 || memcmp(log.id.b, best.b, sizeof best.b) < 0) {
            *dot = copy; /* of one log the first, as rows stand in that order */
            best = log.id;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND && dot->log_no != 0 ? WSYNC_OK : err;
}

/* The first copy, in the order of ids, that no verdict quarantines; NOT_FOUND. */
static enum wsync_err counted_copy(struct wsync_txn *txn, const struct wsync_target *origin,
                                 struct wsync_dot *dot)
{
    return first_copy(txn, origin, NULL, dot);
}

enum wsync_err wsync_origin_written(struct wsync_txn *txn, const struct wsync_target *origin,
                                    const struct wsync_device_id *by, struct wsync_dot *dot)
{
    enum wsync_err err = first_copy(txn, origin, NULL, dot);
    return err == WSYNC_ERR_NOT_FOUND ? first_copy(txn, origin, by, dot) : err;
}

enum standing { NOT_NOTED, NOTED, QUARANTINED };

/* The key of the row of this copy, and how it is noted. */
static enum wsync_err find_row(const struct wsync_case *c, const struct wsync_target *origin,
                               struct key *key, enum standing *standing)
{
    struct wsync_slice value;
    origin_key(key, origin);
    put_place(key->b + ORIGIN_BYTES, c->log->no, c->seq);
    enum wsync_err err =
        wsync_txn_get(c->txn, WSYNC_TABLE_ORIGINS, wsync_slice(key->b, sizeof key->b), &value);
    *standing = err != WSYNC_OK ? NOT_NOTED : value.len == 0 ? NOTED : QUARANTINED;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Another copy may count now, or none. */
static enum wsync_err ask_rebuild(const struct wsync_case *c)
{
    struct wsync_cause rebuild = {WSYNC_CAUSE_REBUILD, c->log->scope, 0};
    return wsync_work_put(c->txn, &rebuild);
}

/* Notes the copy; a change that counted until now may have to give way to it. */
static enum wsync_err note_copy(const struct wsync_case *c, const struct wsync_target *origin,
                                bool *counts)
{
    struct key key;
    struct wsync_dot first;
    enum standing standing;
    enum wsync_err err = find_row(c, origin, &key, &standing);
    if (err != WSYNC_OK) {
        return err;
    }
    err = counted_copy(c->txn, origin, &first); /* the one that counted before */
    bool alone = err == WSYNC_ERR_NOT_FOUND;
    if (err == WSYNC_OK || alone) {
        err = wsync_txn_put(c->txn, WSYNC_TABLE_ORIGINS, wsync_slice(key.b, sizeof key.b),
                            wsync_slice(NULL, 0));
    }
    if (err == WSYNC_OK) {
        err = counted_copy(c->txn, origin, &first);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    *counts = first.log_no == c->log->no && first.seq == c->seq;
    if (*counts && standing != NOTED && !alone) {
        return ask_rebuild(c);
    }
    struct wsync_cause reached = {WSYNC_CAUSE_REACHED, origin->log_no, origin->seq};
    struct wsync_cause merged = {WSYNC_CAUSE_MERGED, origin->log_no, origin->seq};
    err = standing != NOTED ? wsync_release(c->txn, &reached) : WSYNC_OK;
    return err == WSYNC_OK && standing != NOTED ? wsync_release(c->txn, &merged) : err;
}

/* The entry that the origin names; NOT_FOUND when it is none. */
static enum wsync_err find_origin(const struct wsync_case *c, const struct wsync_origin *named,
                                  struct wsync_target *origin)
{
    if (named->reference == 0 || named->reference > c->log->reference_count) {
        return WSYNC_ERR_NOT_FOUND;
    }
    enum wsync_err err = wsync_log_reference(c->txn, c->log->no, named->reference, origin);
    bool means = err == WSYNC_OK && origin->seq == named->seq && origin->since <= c->seq;
    return err == WSYNC_OK && !means ? WSYNC_ERR_NOT_FOUND : err;
}

/* What is nobody's copy must not be noted as one. */
static enum wsync_err unnote(const struct wsync_case *c, const struct wsync_target *origin)
{
    struct key key;
    enum standing standing;
    enum wsync_err err = find_row(c, origin, &key, &standing);
    return err == WSYNC_OK && standing != NOT_NOTED
               ? wsync_txn_del(c->txn, WSYNC_TABLE_ORIGINS, wsync_slice(key.b, sizeof key.b))
               : err;
}

enum wsync_err wsync_origin_judge(const struct wsync_case *c,
                                  const struct wsync_context *context,
                                  struct wsync_judgement *judgement)
{
    struct wsync_target origin;
    struct wsync_log log;
    *judgement = (struct wsync_judgement){WSYNC_OUTCOME_QUARANTINE, WSYNC_ERR_ORIGIN, {0}};
    enum wsync_err err = find_origin(c, &context->origin, &origin);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_log_get(c->txn, origin.log_no, &log);
    if (err == WSYNC_OK && !log.known) {
        judgement->outcome = WSYNC_OUTCOME_WAIT;
        judgement->cause = (struct wsync_cause){WSYNC_CAUSE_REACHED, origin.log_no, 1};
        return unnote(c, &origin);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    bool may;
    bool stands;
    bool counts;
    uint64_t pin;
    err = may_copy(c->txn, c->log, &log, &may);
    if (err != WSYNC_OK || !may) {
        return err == WSYNC_OK ? unnote(c, &origin) : err;
    }
    err = wsync_device_pinned(c->txn, c->device, c->log, &pin);
    if (err == WSYNC_OK && !c->adopted && c->seq > pin) {
        judgement->reason = WSYNC_ERR_REVOKED;
        return wsync_origin_drop(c, context);
    }
    if (err == WSYNC_OK) {
        err = note_copy(c, &origin, &counts);
    }
    if (err == WSYNC_OK) {
        err = wsync_origin_stands(c->txn, c->arena, &origin, &stands);
    }
    judgement->outcome =
        err == WSYNC_OK && counts && !stands ? WSYNC_OUTCOME_MERGE : WSYNC_OUTCOME_COPY;
    return err;
}

enum wsync_err wsync_origin_drop(const struct wsync_case *c,
                                 const struct wsync_context *context)
{
    static const uint8_t MARK[1] = {1};
    struct key key;
    struct wsync_target origin;
    enum standing standing;
    enum wsync_err err = find_origin(c, &context->origin, &origin);
    if (err == WSYNC_OK) {
        err = find_row(c, &origin, &key, &standing);
    }
    if (err != WSYNC_OK || standing == QUARANTINED) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_txn_put(c->txn, WSYNC_TABLE_ORIGINS, wsync_slice(key.b, sizeof key.b),
                        wsync_slice(MARK, sizeof MARK));
    return err == WSYNC_OK && standing == NOTED ? ask_rebuild(c) : err;
}

/* By a verdict, or for want of rights.  Of other scopes it leaves `quarantined` as it was. */
static enum wsync_err is_quarantined(const struct wsync_work *work, uint32_t scope,
                                     struct wsync_dot copy, bool *quarantined)
{
    struct wsync_log log;
    enum wsync_err fault;
    enum wsync_err err = wsync_log_get(work->txn, copy.log_no, &log);
    if (err == WSYNC_OK && scope != 0 && log.scope != scope) {
        return WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = find_fault(work->txn, work->arena, &log, copy.seq, &fault);
        *quarantined = fault != WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_origin_mark(const struct wsync_work *work, uint32_t scope)
{
    static const uint8_t MARK[1] = {1};
    struct row row;
    struct wsync_slice after = {NULL, 0};
    enum wsync_err err;
    while ((err = next_row(work->txn, wsync_slice(NULL, 0), &row, &after)) == WSYNC_OK) {
        bool quarantined = row.quarantined;
        size_t mark = wsync_arena_mark(work->arena);
        err = is_quarantined(work, scope, place_of(row.key.b + ORIGIN_BYTES), &quarantined);
        wsync_arena_release(work->arena, mark);
        if (err == WSYNC_OK && quarantined != row.quarantined) {
            err = wsync_txn_put(work->txn, WSYNC_TABLE_ORIGINS, after,
                                wsync_slice(MARK, quarantined));
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_origin_counting(struct wsync_txn *txn, struct wsync_arena *arena,
                                     struct wsync_dot *dot)
{
    struct wsync_change change;
    struct wsync_context context;
    struct wsync_target origin;
    bool stands = false;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_log_change(txn, dot->log_no, dot->seq, &change);
    if (err == WSYNC_OK) {
        err = wsync_context_decode(change.raw.public_part, arena, &context);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_reference(txn, dot->log_no, context.origin.reference, &origin);
    }
    if (err == WSYNC_OK) {
        err = wsync_origin_stands(txn, arena, &origin, &stands);
    }
    wsync_arena_release(arena, mark);
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : WSYNC_ERR_CORRUPT;
    }
    struct wsync_dot counting = {origin.log_no, origin.seq, 0};
    err = stands ? WSYNC_OK : counted_copy(txn, &origin, &counting);
    dot->log_no = counting.log_no;
    dot->seq = counting.seq;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_origin_instead(struct wsync_txn *txn, struct wsync_arena *arena,
                                    struct wsync_dot *dot)
{
    struct wsync_hash hash;
    struct wsync_dot copy;
    bool stands = true;
    enum wsync_err err = wsync_log_hash(txn, dot->log_no, dot->seq, &hash);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    const struct wsync_target origin = {dot->log_no, dot->seq, wsync_hash_prefix_of(&hash), 0};
    err = counted_copy(txn, &origin, &copy);
    if (err == WSYNC_OK) {
        err = wsync_origin_stands(txn, arena, &origin, &stands);
    }
    if (err == WSYNC_OK && !stands) {
        dot->log_no = copy.log_no;
        dot->seq = copy.seq;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_origin_review(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_log *log, uint64_t seq, bool *wrong)
{
    struct wsync_hash hash;
    struct wsync_dot first;
    struct wsync_change copy;
    bool stands;
    *wrong = false;
    enum wsync_err err = wsync_log_hash(txn, log->no, seq, &hash);
    const struct wsync_target origin = {log->no, seq, wsync_hash_prefix_of(&hash), 0};
    if (err == WSYNC_OK) {
        err = counted_copy(txn, &origin, &first);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_change(txn, first.log_no, first.seq, &copy);
    }
    if (err == WSYNC_OK) {
        err = wsync_origin_stands(txn, arena, &origin, &stands);
        *wrong = err == WSYNC_OK && stands != (copy.state == WSYNC_CHANGE_COPY);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The change that counts for the one at `seq` of a path; NOT_FOUND while it is not here: `dot`
 * is then the one it would be a copy of. */
static enum wsync_err counts_for(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_branch *path, uint64_t seq,
                                 struct wsync_dot *dot)
{
    struct wsync_target origin;
    struct wsync_dot copy;
    bool here;
    *dot = (struct wsync_dot){.log_no = path->log_no, .seq = seq};
    if (path->number == 0 || seq < path->fork) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_branch_origin(txn, arena, path, seq, &origin);
    if (err != WSYNC_OK) { /* a copy of nothing counts for nothing */
        return err == WSYNC_ERR_OPERATION ? WSYNC_ERR_NOT_FOUND : err;
    }
    *dot = (struct wsync_dot){.log_no = origin.log_no, .seq = origin.seq};
    err = is_here(txn, &origin, &here);
    if (err != WSYNC_OK || here) {
        return err;
    }
    err = counted_copy(txn, &origin, &copy);
    *dot = err == WSYNC_OK ? copy : *dot;
    return err;
}

enum wsync_err wsync_origin_meaning(struct wsync_txn *txn, struct wsync_arena *arena,
                                    const struct wsync_target *target, struct wsync_dot *dot)
{
    struct wsync_log log;
    struct wsync_branch path;
    struct wsync_dot counting;
    uint64_t seq = dot->seq;
    bool here;
    enum wsync_err err = is_here(txn, target, &here);
    if (err != WSYNC_OK || here) {
        return err;
    }
    dot->log_no = target->log_no;
    dot->seq = target->seq;
    err = wsync_log_get(txn, target->log_no, &log);
    if (err == WSYNC_OK) { /* which branch is it that the entry names? */
        err = wsync_branch_find(txn, &log, target->seq, WSYNC_BYTES(target->hash), &path);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = counts_for(txn, arena, &path, target->seq, &counting);
    if (err == WSYNC_OK) {
        err = counts_for(txn, arena, &path, seq, &counting);
    }
    dot->log_no = counting.log_no;
    dot->seq = counting.seq;
    return err;
}

enum wsync_err wsync_origin_returned(struct wsync_txn *txn, struct wsync_arena *arena,
                                     const struct wsync_log *log, uint64_t first)
{
    while (first <= log->seq) { /* ends: `first` rises */
        uint8_t bytes[PLACE_BYTES];
        bool wrong;
        put_place(bytes, log->no, first);
        struct wsync_entry entry = {.key = wsync_slice(bytes, sizeof bytes)};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_ORIGINS, WSYNC_SEEK_GE, &entry);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        struct wsync_dot next = place_of(entry.key.data);
        if (next.log_no != log->no || next.seq > log->seq) {
            return WSYNC_OK;
        }
        err = wsync_origin_review(txn, arena, log, next.seq, &wrong);
        if (err != WSYNC_OK || wrong) {
            struct wsync_cause rebuild = {WSYNC_CAUSE_REBUILD, log->scope, 0};
            return err == WSYNC_OK ? wsync_work_put(txn, &rebuild) : err;
        }
        first = next.seq + 1;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_origin_forget(struct wsync_txn *txn, uint32_t log_no, uint64_t first)
{
    struct row row;
    struct wsync_slice after = {NULL, 0};
    enum wsync_err err;
    while ((err = next_row(txn, wsync_slice(NULL, 0), &row, &after)) == WSYNC_OK) {
        struct wsync_dot copy = place_of(row.key.b + ORIGIN_BYTES);
        if (copy.log_no == log_no && copy.seq >= first) {
            err = wsync_txn_del(txn, WSYNC_TABLE_ORIGINS, after);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
