/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a branch that gave way, or of a device whose place this one took, written again in
 * this device's open log (SPEC section 13.3). */
#include <string.h>

#include "core/branch.h"
#include "core/origin.h"
#include "core/settle_parts.h"

enum { AGAIN_AT_ONCE = 32 };

/* One change of the branch on its way into the open log. */
struct copy {
    const struct wsync_work *work;
    struct wsync_log log; /* whose branch it is, as it stands now */
    int64_t clock;        /* the branch's stamp at `seq` */
    bool unsent;          /* it is what another device left: no branch may have to give way */
    struct wsync_branch branch;
    uint64_t seq;
    struct wsync_change change;
    struct wsync_context context;
    struct wsync_operation *operations;
};

/* An entry of the branch's reference table: of the common part, or of a change of the branch.
 */
static enum wsync_err target_of(const struct copy *copy, uint32_t reference,
                                struct wsync_target *target)
{
    struct wsync_branch until = copy->branch;
    until.seq = copy->seq;
    return wsync_branch_reference(copy->work->txn, copy->work->arena, &until, reference,
                                  target);
}

/* What a change of the branch counts as: itself, or what it was written again from. */
static enum wsync_err origin_at(const struct copy *copy, uint64_t seq,
                                struct wsync_target *origin)
{
    return wsync_branch_origin(copy->work->txn, copy->work->arena, &copy->branch, seq, origin);
}

/* Where an address of the branch points; what stands on the branch itself was written again
 * just before.  NOT_FOUND when it is not here.  Of a change that lost its rights it is the
 * copy.
 */
static enum wsync_err place(const struct copy *copy, const struct wsync_address *address,
                            struct wsync_dot *dot)
{
    struct wsync_txn *txn = copy->work->txn;
    *dot = (struct wsync_dot){copy->log.no, address->seq, address->op};
    if (address->reference != 0) {
        struct wsync_target target;
        enum wsync_err err = target_of(copy, address->reference, &target);
        if (err == WSYNC_OK) {
            dot->log_no = target.log_no;
            err = wsync_origin_meaning(txn, copy->work->arena, &target, dot);
        }
        return err == WSYNC_OK ? wsync_origin_instead(txn, copy->work->arena, dot) : err;
    }
    if (address->seq > copy->seq) {
        return WSYNC_ERR_OPERATION;
    }
    if (address->seq == copy->seq) {
        return WSYNC_OK;
    }
    if (address->seq < copy->branch.fork || copy->branch.number == 0) {
        return wsync_origin_instead(txn, copy->work->arena, dot);
    }
    struct wsync_target origin;
    struct wsync_dot made;
    bool stands = false;
    enum wsync_err err = origin_at(copy, address->seq, &origin);
    if (err == WSYNC_OK && copy->unsent) {
        err = wsync_origin_stands(txn, copy->work->arena, &origin, &stands);
        made = (struct wsync_dot){.log_no = origin.log_no, .seq = origin.seq};
    }
    if (err == WSYNC_OK && !stands) {
        err = wsync_origin_written(txn, &origin, &copy->work->ledger->identity->device, &made);
    }
    if (err == WSYNC_OK) {
        dot->log_no = made.log_no;
        dot->seq = made.seq;
    }
    return err;
}

/* A record that this change itself creates is named by the place the copy will have. */
static enum wsync_err place_record(const struct copy *copy, const struct wsync_address *address,
                                   struct wsync_dot *dot)
{
    enum wsync_err err = place(copy, address, dot);
    if (err == WSYNC_OK && address->reference == 0 && address->seq == copy->seq) {
        *dot = (struct wsync_dot){WSYNC_AGAIN_ITSELF, 0, address->op};
    }
    return err;
}

/* Does this store hold what the dot names?  A side that went back may not yet. */
static enum wsync_err is_here(const struct copy *copy, struct wsync_dot dot, bool *here)
{
    struct wsync_log log = {.known = true, .seq = dot.seq};
    enum wsync_err err = WSYNC_OK;
    if (dot.log_no != WSYNC_AGAIN_ITSELF) {
        err = wsync_log_get(copy->work->txn, dot.log_no, &log);
    }
    *here = log.known && log.seq >= dot.seq;
    return err;
}

static enum wsync_err convert(const struct copy *copy, const struct wsync_operation *operation,
                              struct wsync_intent *intent)
{
    struct wsync_dot *bases =
        wsync_arena_array(copy->work->arena, operation->base_count, sizeof *bases);
    *intent = (struct wsync_intent){.kind = operation->kind,
                                    .form = operation->form,
                                    .version = operation->version,
                                    .creates = operation->creates,
                                    .bases = bases,
                                    .writes = operation->writes,
                                    .write_count = operation->write_count};
    if (!bases) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < operation->base_count; i++) {
        bool here = false;
        enum wsync_err err =
            place_record(copy, &operation->bases[i], &bases[intent->base_count]);
        if (err == WSYNC_OK) {
            err = is_here(copy, bases[intent->base_count], &here);
        }
        if (err == WSYNC_OK) {
            intent->base_count += here;
        } else if (err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    for (size_t i = 0; i < operation->write_count; i++) {
        struct wsync_write *write = (struct wsync_write *)&operation->writes[i];
        if (write->personal && write->value.class == WSYNC_CLASS_PRIVATE) {
            write->value.class = WSYNC_CLASS_BLANK; /* it was erased */
        }
    }
    enum wsync_err err = WSYNC_OK;
    if (!operation->creates) {
        err = place_record(copy, &operation->record, &intent->record);
    }
    return err == WSYNC_OK && operation->kind == WSYNC_KIND_DUPLICATE
               ? place_record(copy, &operation->other, &intent->other)
               : err;
}

static enum wsync_err read_copy(struct copy *copy)
{
    struct wsync_arena *arena = copy->work->arena;
    struct wsync_raw_change *raw = &copy->change.raw;
    enum wsync_err err =
        wsync_branch_change(copy->work->txn, &copy->branch, copy->seq, &copy->change);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    raw->public_part = wsync_arena_copy(arena, raw->public_part);
    raw->private_part = wsync_arena_copy(arena, raw->private_part);
    if (!raw->public_part.data || !raw->private_part.data) {
        return WSYNC_ERR_MEMORY;
    }
    err = wsync_context_decode(raw->public_part, arena, &copy->context);
    if (err != WSYNC_OK) {
        return err;
    }
    copy->clock += copy->context.stamp_delta;
    return wsync_operations_decode(&copy->context, raw, arena, &copy->operations);
}

/* Does the intent name a record that is not here yet? */
static enum wsync_err lacks_record(const struct copy *copy, const struct wsync_intent *intent,
                                   bool *lacks)
{
    const struct wsync_dot named[] = {intent->record, intent->other};
    size_t count = intent->creates ? 0 : intent->kind == WSYNC_KIND_DUPLICATE ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        bool here;
        enum wsync_err err = is_here(copy, named[i], &here);
        if (err != WSYNC_OK) {
            return err;
        }
        *lacks |= !here;
    }
    return WSYNC_OK;
}

/* A change that cannot be written again (its operations cannot be read, or it no longer fits
 * into a payload) stays where it is, as evidence. */
static enum wsync_err write_copy(struct copy *copy, bool *lacks)
{
    const struct wsync_work *work = copy->work;
    struct wsync_dot written;
    struct wsync_target origin;
    struct wsync_log from;
    bool stands = false;
    enum wsync_err err = origin_at(copy, copy->seq, &origin);
    if (err == WSYNC_OK) {
        err = wsync_log_get(work->txn, origin.log_no, &from);
    }
    if (err == WSYNC_OK && copy->unsent) {
        err = wsync_origin_stands(work->txn, work->arena, &origin, &stands);
    }
    if (err != WSYNC_OK || stands) {
        *lacks = err == WSYNC_ERR_NOT_FOUND;
        return wsync_err_is_ours(err) ? err : WSYNC_OK;
    }
    err = wsync_origin_written(work->txn, &origin, &work->ledger->identity->device, &written);
    if (err != WSYNC_ERR_NOT_FOUND || copy->context.operation_count == 0) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_intent *intents =
        wsync_arena_array(work->arena, copy->context.operation_count, sizeof *intents);
    if (!intents) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < copy->context.operation_count; i++) {
        err = convert(copy, &copy->operations[i], &intents[i]);
        if (err == WSYNC_OK) {
            err = lacks_record(copy, &intents[i], lacks);
        }
        *lacks |= err == WSYNC_ERR_NOT_FOUND; /* not even by name */
        if (err != WSYNC_OK || *lacks) {
            return wsync_err_is_ours(err) ? err : WSYNC_OK;
        }
    }
    struct wsync_again again = {
        .origin = {.log = from.id, .seq = origin.seq, .hash = origin.hash},
        .stamp = copy->context.has_origin ? copy->context.origin.stamp : copy->clock};
    struct wsync_authoring authoring = {.scope = copy->log.scope,
                                        .actor = copy->context.actor,
                                        .now = work->ledger->moment.time,
                                        .entropy = work->ledger->moment.entropy,
                                        .intents = intents,
                                        .intent_count = copy->context.operation_count,
                                        .again = &again};
    /* The first half opens a log, the second is the salt: the one the part had. */
    memcpy(authoring.entropy.b + sizeof copy->change.raw.salt, copy->change.raw.salt.b,
           sizeof copy->change.raw.salt);
    err = wsync_ledger_write(work->ledger, work->txn, work->arena, &authoring, &written);
    return wsync_err_is_ours(err) ? err : WSYNC_OK;
}

/* The path that leads to what the device wrote last before its place was taken. */
static enum wsync_err find_unsent(struct copy *copy)
{
    struct wsync_unsent unsent;
    enum wsync_err err = wsync_unsent_get(copy->work->txn, &copy->log.id, &unsent);
    if (err == WSYNC_OK) {
        err = wsync_branch_find(copy->work->txn, &copy->log, unsent.last.seq,
                                WSYNC_BYTES(unsent.last.hash), &copy->branch);
    }
    copy->branch.seq = unsent.last.seq;
    if (err == WSYNC_OK && copy->seq < unsent.first) {
        copy->seq = unsent.first;
    }
    return err;
}

static enum wsync_err find_branch(struct copy *copy, uint32_t number)
{
    enum wsync_err err =
        wsync_branch_after(copy->work->txn, copy->log.no, number - 1, &copy->branch);
    if (err == WSYNC_OK && copy->seq < copy->branch.fork) {
        copy->seq = copy->branch.fork; /* what stands before it counts again */
    }
    return err == WSYNC_OK && copy->branch.number != number ? WSYNC_ERR_NOT_FOUND : err;
}

/* Is this device in the roster, and its key not one of before?  Nothing that it writes else
 * could be taken. */
static enum wsync_err may_write(const struct wsync_work *work, bool *may)
{
    struct wsync_device device;
    const struct wsync_identity *identity = work->ledger->identity;
    enum wsync_err err = wsync_device_get(work->txn, &identity->device, &device);
    *may = err == WSYNC_OK &&
           wsync_device_key_at(&device, &identity->signing_key) + 1 >= device.key_count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err park(const struct wsync_work *work, uint32_t log_no, uint64_t at)
{
    struct wsync_cause parked = {WSYNC_CAUSE_PARKED, log_no, at};
    return wsync_work_put(work->txn, &parked);
}

enum wsync_err wsync_write_again(const struct wsync_work *work, uint32_t log_no, uint64_t at)
{
    uint32_t number = (uint32_t)(at >> 56);
    struct copy copy = {.work = work, .seq = at & (UINT64_MAX >> 8)};
    struct wsync_log base;
    bool may;
    copy.unsent = number == WSYNC_AGAIN_UNSENT;
    enum wsync_err err = may_write(work, &may);
    if (err != WSYNC_OK || !may) {
        return err == WSYNC_OK ? park(work, log_no, at) : err;
    }
    err = wsync_log_get(work->txn, log_no, &copy.log);
    if (err == WSYNC_OK) {
        err = copy.unsent ? find_unsent(&copy) : find_branch(&copy, number);
    }
    if (err != WSYNC_OK || copy.seq > copy.branch.seq) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it counts again */
    }
    base = copy.log;
    err = wsync_branch_base(work->txn, work->arena, &copy.branch, copy.seq - 1, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    copy.clock = base.stamp;
    for (int i = 0; i < AGAIN_AT_ONCE && copy.seq <= copy.branch.seq; i++) {
        size_t mark = wsync_arena_mark(work->arena);
        bool lacks = false;
        err = read_copy(&copy);
        if (err == WSYNC_OK) {
            err = write_copy(&copy, &lacks);
        }
        wsync_arena_release(work->arena, mark);
        if (wsync_err_is_ours(err)) {
            return err;
        }
        if (lacks) {
            return park(work, log_no, (uint64_t)number << 56 | copy.seq);
        }
        copy.seq++;
    }
    struct wsync_cause rest = {WSYNC_CAUSE_AGAIN, log_no, (uint64_t)number << 56 | copy.seq};
    return copy.seq <= copy.branch.seq ? wsync_work_put(work->txn, &rest) : WSYNC_OK;
}
