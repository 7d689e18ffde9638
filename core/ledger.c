/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/ledger.h"

#include <string.h>

#include "core/bytes.h"
#include "core/branch.h"
#include "core/hand.h"
#include "core/origin.h"
#include "core/settle_parts.h"
#include "wardsync/tree.h"
#include "wardsync/rotation.h"

/* A private value that its field does not allow counts as erased; its change stands. */
static enum wsync_err hide_illegal(const struct wsync_case *c,
                                   struct wsync_operation *operations)
{
    for (size_t i = 0; i < c->operation_count; i++) {
        for (size_t k = 0; k < operations[i].write_count; k++) {
            struct wsync_write *write = (struct wsync_write *)&operations[i].writes[k];
            const struct wsync_form *form;
            if (!write->personal || write->value.class == WSYNC_CLASS_BLANK) {
                continue;
            }
            enum wsync_err err = wsync_catalog_form(
                c->ledger->catalog, c->txn, operations[i].form, operations[i].version, &form);
            if (err != WSYNC_OK) {
                return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
            }
            const struct wsync_field *field = wsync_form_field(form, write->field);
            if (wsync_field_check(field, &write->value, NULL) != WSYNC_OK) {
                write->value = (struct wsync_value){.class = WSYNC_CLASS_PRIVATE};
            }
        }
    }
    return WSYNC_OK;
}

/* What the district decided of the change, except of its own (docs/decisions/0003). */
static enum wsync_err ask_verdict(struct wsync_case *c, struct wsync_judgement *judgement)
{
    struct wsync_verdict verdict;
    const struct wsync_head at = {c->log->id, c->seq, *c->hash};
    if (c->device->role == WSYNC_ROLE_NODE) {
        return WSYNC_OK;
    }
    size_t mark = wsync_arena_mark(c->arena);
    enum wsync_err err = wsync_verdict_on_change(c->txn, c->arena, c->log, &at, &verdict);
    wsync_arena_release(c->arena, mark);
    c->adopted = err == WSYNC_OK && verdict.decision == WSYNC_DECISION_ADOPT;
    if (err == WSYNC_OK && verdict.decision == WSYNC_DECISION_QUARANTINE) {
        judgement->outcome = WSYNC_OUTCOME_QUARANTINE;
        judgement->reason = verdict.reason;
    }
    return err;
}

/* The verdict if there is one, else this replica's own judgement. */
static enum wsync_err judge_whole(struct wsync_case *c, const struct wsync_context *context,
                                  const struct wsync_raw_change *raw,
                                  struct wsync_operation **operations,
                                  struct wsync_judgement *judgement)
{
    *judgement = (struct wsync_judgement){.outcome = WSYNC_OUTCOME_MERGE};
    enum wsync_err err = ask_verdict(c, judgement);
    if (err != WSYNC_OK || judgement->outcome != WSYNC_OUTCOME_MERGE) {
        return err == WSYNC_OK && context->has_origin ? wsync_origin_drop(c, context) : err;
    }
    err = wsync_operations_decode(context, raw, c->arena, operations);
    if (err != WSYNC_OK) {
        *judgement = (struct wsync_judgement){WSYNC_OUTCOME_QUARANTINE, err, {0}};
        return wsync_err_is_ours(err) ? err : WSYNC_OK;
    }
    c->operations = *operations;
    c->operation_count = context->operation_count;
    if (context->has_origin) {
        err = wsync_origin_judge(c, context, judgement);
    }
    return err == WSYNC_OK && judgement->outcome == WSYNC_OUTCOME_MERGE
               ? wsync_judge(c, judgement)
               : err;
}

/* Keeps the reason; the district will say so to everybody. */
static enum wsync_err quarantine(const struct wsync_case *c, enum wsync_err reason)
{
    uint8_t key[12];
    uint8_t code[2];
    bool node;
    wsync_be_put(key, c->log->no, 4);
    wsync_be_put(key + 4, c->seq, 8);
    wsync_be_put(code, wsync_err_code(reason), sizeof code);
    enum wsync_err err =
        wsync_txn_put(c->txn, WSYNC_TABLE_QUARANTINE, wsync_slice(key, sizeof key),
                      wsync_slice(code, sizeof code));
    if (err == WSYNC_OK) {
        err = wsync_ledger_is_node(c->ledger, c->txn, &node);
    }
    struct wsync_cause judge = {
        reason == WSYNC_ERR_QUOTA ? WSYNC_CAUSE_QUOTA : WSYNC_CAUSE_JUDGE, c->log->no, c->seq};
    bool due = err == WSYNC_OK && node && c->device->role != WSYNC_ROLE_NODE;
    return due ? wsync_work_put(c->txn, &judge) : err;
}

enum wsync_change_state wsync_state_of(enum wsync_outcome outcome)
{
    static const enum wsync_change_state STATES[] = {
        [WSYNC_OUTCOME_MERGE] = WSYNC_CHANGE_MERGED,
        [WSYNC_OUTCOME_WAIT] = WSYNC_CHANGE_WAITING,
        [WSYNC_OUTCOME_QUARANTINE] = WSYNC_CHANGE_QUARANTINED,
        [WSYNC_OUTCOME_COPY] = WSYNC_CHANGE_COPY,
    };
    return STATES[outcome];
}

enum wsync_err wsync_decide(struct wsync_case *c, const struct wsync_context *context,
                            const struct wsync_raw_change *raw,
                            struct wsync_judgement *judgement)
{
    struct wsync_operation *operations = NULL;
    enum wsync_err err = judge_whole(c, context, raw, &operations, judgement);
    if (err != WSYNC_OK) {
        return err;
    }
    switch (judgement->outcome) {
    case WSYNC_OUTCOME_MERGE:
        err = hide_illegal(c, operations);
        return err == WSYNC_OK ? wsync_merge(c, false) : err;
    case WSYNC_OUTCOME_WAIT:
        return wsync_wait_for(c->txn, &judgement->cause, c->log->no, c->seq);
    case WSYNC_OUTCOME_QUARANTINE:
        return quarantine(c, judgement->reason);
    case WSYNC_OUTCOME_COPY:
        break;
    }
    return WSYNC_OK;
}

/* SPEC 5.3: a genesis that this store sees for the first time. */
static enum wsync_err check_genesis(struct wsync_plan *plan, struct wsync_arena *arena)
{
    const struct wsync_change_set *set = plan->set;
    enum wsync_err err = wsync_genesis_decode(set->genesis, arena, &plan->genesis);
    if (err != WSYNC_OK) {
        return err;
    }
    if (memcmp(plan->genesis.instance.b, plan->roster.instance.b,
               sizeof plan->roster.instance.b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    plan->log.id = set->log;
    plan->log.scope = plan->genesis.scope;
    plan->log.device = plan->genesis.device;
    plan->log.signing_key = plan->genesis.signing_key;
    plan->log.hash = wsync_chain_start(set->genesis);
    plan->log.stamp = plan->genesis.stamp;
    plan->log.roster_version = plan->genesis.roster_version;
    return WSYNC_OK;
}

/* May the device open a log by this key of it, as of the version that its genesis names? */
static enum wsync_err check_opening(const struct wsync_device *device, size_t key,
                                    uint64_t version)
{
    if (device->revoked != 0 && version >= device->revoked) {
        return WSYNC_ERR_REVOKED;
    }
    if (device->suspended != 0 && version >= device->suspended) {
        return WSYNC_ERR_SUSPENDED;
    }
    bool past = key + 1 < device->key_count && version >= device->keys[key + 1].version;
    return past ? WSYNC_ERR_REVOKED : WSYNC_OK;
}

/* SPEC 7.4: was the device allowed to open this log, as of the roster version it names? */
static enum wsync_err check_rights(struct wsync_txn *txn, struct wsync_plan *plan)
{
    const struct wsync_log *log = &plan->log;
    if (log->roster_version > plan->roster.version) {
        return WSYNC_ERR_BEHIND;
    }
    enum wsync_err err = wsync_device_get(txn, &log->device, &plan->device);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_DEVICE : err;
    }
    const struct wsync_device *device = &plan->device;
    if (device->enrolled > log->roster_version) {
        return WSYNC_ERR_DEVICE;
    }
    size_t key = wsync_device_key_at(device, &log->signing_key);
    if (key == device->key_count) { /* unless it is this side's own, and not in force yet */
        bool waits;
        err = wsync_key_waits(txn, log, &waits);
        if (err != WSYNC_OK || !waits) {
            return err == WSYNC_OK ? WSYNC_ERR_GENESIS : err;
        }
    }
    err = log->known ? WSYNC_OK : check_opening(device, key, log->roster_version);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_device_may_write(device, log->scope) ? WSYNC_OK : WSYNC_ERR_SCOPE;
}

/* What a set weighs by the rule its senders keep (SPEC 5.2). */
static size_t weight_of(const struct wsync_change_set *set)
{
    size_t weight = 0;
    for (size_t i = 0; i < set->change_count; i++) {
        weight += wsync_change_weight(&set->changes[i]);
    }
    return weight;
}

static enum wsync_err find_log(struct wsync_txn *txn, struct wsync_arena *arena,
                               struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    enum wsync_err err = wsync_log_find(txn, &set->log, &plan->log);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        plan->log = (struct wsync_log){.no = 0};
    }
    if (set->first == 0 || set->change_count == 0 ||
        set->change_count > WSYNC_SET_CHANGES_MAX ||
        set->first > UINT64_MAX - set->change_count ||
        (set->genesis.len > 0) != (set->first == 1)) {
        return WSYNC_ERR_MESSAGE;
    }
    if (set->first > plan->log.seq + 1) { /* a branch kept aside may be longer */
        err = wsync_branch_before(txn, plan, &plan->before);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_CHAIN ? WSYNC_ERR_GAP : err;
        }
    }
    if (weight_of(set) > WSYNC_SET_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE; /* it could not be sent on to another reader */
    }
    if (set->first == 1) {
        struct wsync_hash start = wsync_chain_start(set->genesis);
        struct wsync_log_id id = wsync_chain_log_id(&start);
        if (!wsync_log_id_equal(&id, &set->log)) {
            return WSYNC_ERR_GENESIS;
        }
    }
    return plan->log.known ? WSYNC_OK : check_genesis(plan, arena);
}

/* The chain through the run. */
static enum wsync_err compute_hashes(struct wsync_arena *arena, struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    const struct wsync_hash *before = &plan->before;
    plan->hashes = wsync_arena_array(arena, set->change_count, sizeof *plan->hashes);
    if (!plan->hashes) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < set->change_count; i++) {
        plan->hashes[i] = wsync_chain_next(&set->log, set->first + i, before, &set->changes[i]);
        before = &plan->hashes[i];
    }
    return WSYNC_OK;
}

/* Recomputes the chain through the run and checks the seal over its end. */
static enum wsync_err check_chain(struct wsync_txn *txn, struct wsync_arena *arena,
                                  struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    enum wsync_err err = wsync_branch_before(txn, plan, &plan->before);
    if (err == WSYNC_OK && !set->sealed) {
        err = WSYNC_ERR_UNSEALED;
    }
    if (err == WSYNC_OK) {
        err = compute_hashes(arena, plan);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    size_t last = set->change_count - 1;
    struct wsync_head head = {set->log, set->first + last, plan->hashes[last]};
    bool good = wsync_seal_verify(&plan->log.signing_key, &set->seal, &head, &set->checkpoint);
    return good ? WSYNC_OK : WSYNC_ERR_SEAL;
}

static bool is_own(const struct wsync_ledger *ledger, const struct wsync_plan *plan)
{
    return wsync_wrote(ledger->identity, &plan->log);
}

/* This store writes the log itself: nobody else can continue it. */
static enum wsync_err check_own(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                const struct wsync_plan *plan)
{
    struct wsync_log own;
    if (!is_own(ledger, plan)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_ledger_own_log(txn, plan->log.scope, &own);
    if (err == WSYNC_OK && wsync_log_id_equal(&own.id, &plan->log.id)) {
        return WSYNC_ERR_DIVERGED;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool names_log(const struct wsync_context *context, const struct wsync_log_id *log)
{
    for (size_t i = 0; i < context->reference_count; i++) {
        if (wsync_log_id_equal(&context->references[i].log, log)) {
            return true;
        }
    }
    return false;
}

/* SPEC 5.4: contexts must be legal in themselves and in their order. */
static enum wsync_err check_contexts(struct wsync_arena *arena, struct wsync_plan *plan)
{
    size_t count = plan->set->change_count;
    plan->contexts = wsync_arena_array(arena, count, sizeof *plan->contexts);
    plan->stamps = wsync_arena_array(arena, count, sizeof *plan->stamps);
    if (!plan->contexts || !plan->stamps) {
        return WSYNC_ERR_MEMORY;
    }
    int64_t stamp = plan->log.stamp;
    uint64_t version = plan->log.roster_version;
    uint64_t references = plan->log.reference_count;
    for (size_t i = plan->known; i < count; i++) {
        const struct wsync_raw_change *raw = &plan->set->changes[i];
        struct wsync_context *context = &plan->contexts[i];
        if (raw->public_part.len + raw->private_part.len > WSYNC_PAYLOAD_BYTES_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
        enum wsync_err err = wsync_context_decode(raw->public_part, arena, context);
        if (err != WSYNC_OK) {
            return err;
        }
        references += context->reference_count;
        if (__builtin_add_overflow(stamp, context->stamp_delta, &stamp) ||
            (context->roster_version != 0 && context->roster_version <= version) ||
            references > WSYNC_REFERENCES_PER_LOG_MAX || names_log(context, &plan->log.id)) {
            return WSYNC_ERR_CONTEXT;
        }
        if (context->roster_version > plan->roster.version) {
            return WSYNC_ERR_BEHIND;
        }
        version = context->roster_version != 0 ? context->roster_version : version;
        plan->stamps[i] = context->has_origin ? context->origin.stamp : stamp;
    }
    return WSYNC_OK;
}

/* What is put aside must be what the log could go on with: it may have to. */
static enum wsync_err check_aside(struct wsync_txn *txn, struct wsync_arena *arena,
                                  const struct wsync_plan *plan)
{
    struct wsync_plan on = *plan;
    enum wsync_err err =
        wsync_branch_base(txn, arena, &plan->on, plan->set->first + plan->known - 1, &on.log);
    return err == WSYNC_OK ? check_contexts(arena, &on) : err;
}

static enum wsync_err validate(struct wsync_ledger *ledger, struct wsync_txn *txn,
                               struct wsync_arena *arena, struct wsync_plan *plan)
{
    enum wsync_err err = wsync_roster_get(txn, &plan->roster);
    if (err == WSYNC_OK) {
        err = find_log(txn, arena, plan);
    }
    if (err == WSYNC_OK) {
        err = check_rights(txn, plan);
    }
    if (err == WSYNC_OK) {
        err = check_chain(txn, arena, plan);
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_place(txn, arena, plan);
    }
    if (err != WSYNC_OK || plan->known == plan->set->change_count) {
        return err;
    }
    err = check_own(ledger, txn, plan);
    if (err == WSYNC_OK && !is_own(ledger, plan)) {
        err = wsync_branch_check_weight(txn, plan);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    return plan->aside && plan->log.known ? check_aside(txn, arena, plan)
                                          : check_contexts(arena, plan);
}

/* Lets the context of a change take effect, whatever becomes of its operations. */
static enum wsync_err take_context(struct wsync_txn *txn, const struct wsync_context *context,
                                   struct wsync_log *log)
{
    for (size_t i = 0; i < context->reference_count; i++) {
        enum wsync_err err = wsync_log_add_reference(txn, log, &context->references[i]);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (context->roster_version != 0) {
        log->roster_version = context->roster_version;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_append_change(struct wsync_case *c, struct wsync_log *log,
                                   const struct wsync_context *context,
                                   struct wsync_change *change,
                                   struct wsync_judgement *judgement)
{
    c->hash = &change->hash;
    enum wsync_err err = take_context(c->txn, context, log);
    if (err == WSYNC_OK) {
        err = wsync_decide(c, context, &change->raw, judgement);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    change->state = wsync_state_of(judgement->outcome);
    err = wsync_log_append(c->txn, log, change);
    struct wsync_cause reached = {WSYNC_CAUSE_REACHED, log->no, log->seq};
    return err == WSYNC_OK ? wsync_release(c->txn, &reached) : err;
}

static enum wsync_err append_changes(struct wsync_case *c, struct wsync_plan *plan)
{
    struct wsync_log *log = &plan->log;
    const struct wsync_change_set *set = plan->set;
    int64_t clock = log->stamp;
    for (size_t i = plan->known; i < set->change_count; i++) {
        size_t mark = wsync_arena_mark(c->arena);
        struct wsync_judgement judgement;
        struct wsync_change change = {
            .hash = plan->hashes[i], .stamp = plan->stamps[i], .raw = set->changes[i]};
        struct wsync_case one = *c;
        one.seq = set->first + i;
        one.stamp = plan->stamps[i];
        one.beyond_quota = i - plan->known >= plan->within_quota;
        enum wsync_err err =
            wsync_append_change(&one, log, &plan->contexts[i], &change, &judgement);
        clock += plan->contexts[i].stamp_delta;
        log->stamp = clock; /* an origin moves no other stamp (SPEC 5.1) */
        wsync_arena_release(c->arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return wsync_hand_put_down(c);
}

static enum wsync_err append_run(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                 struct wsync_arena *arena, struct wsync_plan *plan)
{
    struct wsync_log *log = &plan->log;
    const struct wsync_change_set *set = plan->set;
    if (!log->known) {
        enum wsync_err err = wsync_log_open(txn, set->genesis, &plan->genesis, log);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    struct wsync_hand hand;
    struct wsync_case c = {.ledger = ledger,
                           .txn = txn,
                           .arena = arena,
                           .log = log,
                           .device = &plan->device,
                           .top = plan->roster.top,
                           .hand = &hand};
    wsync_hand_open(&hand, arena);
    enum wsync_err err = append_changes(&c, plan);
    wsync_hand_close(&hand, arena);
    struct wsync_seal seal = {log->seq, set->checkpoint, set->seal};
    if (err == WSYNC_OK) {
        err = wsync_log_put(txn, log);
    }
    if (err == WSYNC_OK && set->sealed) {
        err = wsync_log_put_seal(txn, log->no, &seal);
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_trim(txn, log);
    }
    if (err == WSYNC_OK) {
        err = wsync_work_unpark(txn);
    }
    return err == WSYNC_OK ? wsync_origin_returned(txn, arena, log, set->first + plan->known)
                           : err;
}

/* A run that comes now counts by its device's quota of today. */
static enum wsync_err take_run(struct wsync_ledger *ledger, struct wsync_txn *txn,
                               struct wsync_arena *arena, struct wsync_plan *plan)
{
    enum wsync_err err = wsync_quota_take(
        ledger, txn, &plan->device, plan->set->change_count - plan->known, &plan->within_quota);
    return err == WSYNC_OK ? append_run(ledger, txn, arena, plan) : err;
}

/* A run that is held may be sealed elsewhere than here: runs that are sent on can be cut there,
 * too, which matters where a branch leaves in the middle of one. */
static enum wsync_err note_seal(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                const struct wsync_plan *plan)
{
    const struct wsync_change_set *set = plan->set;
    uint64_t last = set->first + set->change_count - 1;
    struct wsync_seal seal = {.seq = 0};
    if (is_own(ledger, plan)) {
        return WSYNC_OK; /* its author seals it as it likes */
    }
    enum wsync_err err = wsync_branch_next_seal(txn, &plan->on, last, &seal);
    if ((err == WSYNC_OK && seal.seq == last) ||
        (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND)) {
        return err;
    }
    seal = (struct wsync_seal){last, set->checkpoint, set->seal};
    uint32_t rows = last >= plan->on.fork ? plan->on.rows_no : plan->on.log_no;
    return wsync_log_put_seal(txn, rows, &seal);
}

enum wsync_err wsync_ledger_accept(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena,
                                   const struct wsync_change_set *set, struct wsync_head *held)
{
    size_t mark = wsync_arena_mark(arena);
    struct wsync_plan plan = {.set = set, .within_quota = UINT64_MAX};
    enum wsync_err err = validate(ledger, txn, arena, &plan);
    if (err == WSYNC_OK && plan.known == set->change_count) {
        err = note_seal(ledger, txn, &plan);
    } else if (err == WSYNC_OK) {
        err = plan.aside ? wsync_branch_keep(txn, &plan) : take_run(ledger, txn, arena, &plan);
        WSYNC_ASSERT(!wsync_err_is_permanent(err)); /* the peer's faults were found before */
    }
    if (err == WSYNC_OK) {
        size_t last = set->change_count - 1;
        *held = (struct wsync_head){set->log, set->first + last, plan.hashes[last]};
    }
    if (err == WSYNC_OK && plan.known < set->change_count) {
        err = wsync_tree_note_set(ledger, txn, arena, held, plan.aside ? 0 : set->first);
    }
    wsync_arena_release(arena, mark);
    return err;
}

enum wsync_err wsync_ledger_follow(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena,
                                   const struct wsync_change_set *set)
{
    size_t mark = wsync_arena_mark(arena);
    struct wsync_plan plan = {.set = set, .within_quota = UINT64_MAX}; /* it came before */
    enum wsync_err err = wsync_roster_get(txn, &plan.roster);
    if (err == WSYNC_OK) {
        err = wsync_log_find(txn, &set->log, &plan.log);
    }
    if (err == WSYNC_OK) {
        err = check_rights(txn, &plan);
    }
    plan.before = plan.log.hash;
    if (err == WSYNC_OK) {
        err = compute_hashes(arena, &plan);
    }
    if (err == WSYNC_OK) {
        err = check_contexts(arena, &plan);
    }
    if (err == WSYNC_OK) {
        err = append_run(ledger, txn, arena, &plan);
    }
    wsync_arena_release(arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}
