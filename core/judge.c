/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hand.h"
#include "core/origin.h"
#include "core/settle_parts.h"

/* The log an address points into, once its reference is known to name the branch held here, or
 * one that was written again. */
static enum wsync_err resolve_reference(const struct wsync_case *c,
                                        const struct wsync_address *address,
                                        struct wsync_resolved *resolved)
{
    struct wsync_target target;
    resolved->how = WSYNC_RESOLVES_NEVER;
    if (address->reference > c->log->reference_count) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_reference(c->txn, c->log->no, address->reference, &target);
    if (err != WSYNC_OK || address->seq > target.seq || target.since > c->seq) {
        return err;
    }
    resolved->dot = (struct wsync_dot){target.log_no, address->seq, address->op};
    resolved->how = WSYNC_RESOLVED;
    err = wsync_origin_meaning(c->txn, c->arena, &target, &resolved->dot);
    if (err == WSYNC_ERR_NOT_FOUND) {
        resolved->how = WSYNC_RESOLVES_LATER;
        resolved->cause =
            (struct wsync_cause){WSYNC_CAUSE_REACHED, resolved->dot.log_no, resolved->dot.seq};
        return WSYNC_OK;
    }
    return err;
}

enum wsync_err wsync_resolve(const struct wsync_case *c, const struct wsync_address *address,
                             size_t op, struct wsync_resolved *resolved)
{
    struct wsync_dot *dot = &resolved->dot;
    if (address->reference == 0) {
        bool earlier = address->seq < c->seq || (address->seq == c->seq && address->op < op);
        *dot = (struct wsync_dot){c->log->no, address->seq, address->op};
        resolved->how = earlier ? WSYNC_RESOLVED : WSYNC_RESOLVES_NEVER;
        if (!earlier || address->seq == c->seq) {
            return WSYNC_OK;
        }
    } else {
        enum wsync_err err = resolve_reference(c, address, resolved);
        if (err != WSYNC_OK || resolved->how != WSYNC_RESOLVED) {
            return err;
        }
    }
    struct wsync_change change;
    enum wsync_err err = wsync_log_change(c->txn, dot->log_no, dot->seq, &change);
    if (err == WSYNC_OK && change.state == WSYNC_CHANGE_COPY) {
        err = wsync_origin_counting(c->txn, c->arena, dot);
        if (err == WSYNC_OK) {
            err = wsync_log_change(c->txn, dot->log_no, dot->seq, &change);
        }
    }
    if (err == WSYNC_OK && change.state != WSYNC_CHANGE_MERGED) {
        err = wsync_origin_instead(c->txn, c->arena, dot);
    }
    if (err == WSYNC_OK && change.state != WSYNC_CHANGE_MERGED) { /* of what counts instead */
        err = wsync_log_change(c->txn, dot->log_no, dot->seq, &change);
    }
    if (err == WSYNC_OK && change.state != WSYNC_CHANGE_MERGED) {
        resolved->how = WSYNC_RESOLVES_LATER;
        resolved->cause = (struct wsync_cause){WSYNC_CAUSE_MERGED, dot->log_no, dot->seq};
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err quarantine(struct wsync_judgement *judgement, enum wsync_err reason)
{
    judgement->outcome = WSYNC_OUTCOME_QUARANTINE;
    judgement->reason = reason;
    return WSYNC_OK;
}

static enum wsync_err wait_for(struct wsync_judgement *judgement, struct wsync_cause cause)
{
    judgement->outcome = WSYNC_OUTCOME_WAIT;
    judgement->cause = cause;
    return WSYNC_OK;
}

static bool inspects(const struct wsync_device *device, uint32_t form)
{
    for (size_t i = 0; i < device->form_count; i++) {
        if (device->forms[i] == form) {
            return true;
        }
    }
    return false;
}

/* SPEC section 7.5: which role writes which form into which log. */
static bool role_allows(const struct wsync_case *c, uint32_t form)
{
    enum wsync_role role = c->device->role;
    bool node = role == WSYNC_ROLE_NODE;
    if (form == WSYNC_FORM_UNIT || form == WSYNC_FORM_FORM) {
        return (node || role == WSYNC_ROLE_OFFICE) && c->log->scope == c->top;
    }
    if (form == WSYNC_FORM_VERDICT) {
        return node;
    }
    return node || c->adopted || role == WSYNC_ROLE_CLERK || role == WSYNC_ROLE_OFFICE ||
           (role == WSYNC_ROLE_INSPECTOR && inspects(c->device, form));
}

static enum wsync_err check_write(const struct wsync_form *form,
                                  const struct wsync_write *write)
{
    const struct wsync_field *field = wsync_form_field(form, write->field);
    if (!field || field->personal != write->personal) {
        return WSYNC_ERR_FIELD;
    }
    if (write->personal) {
        return WSYNC_OK; /* nothing that can be erased decides anything */
    }
    if (write->value.class == WSYNC_CLASS_BLANK) {
        return field->required ? WSYNC_ERR_VALUE : WSYNC_OK;
    }
    return wsync_field_check(field, &write->value, NULL);
}

static bool writes_field(const struct wsync_operation *operation, uint32_t field)
{
    for (size_t i = 0; i < operation->write_count; i++) {
        if (operation->writes[i].field == field) {
            return true;
        }
    }
    return false;
}

static enum wsync_err judge_values(const struct wsync_case *c, size_t op,
                                   const struct wsync_form *form,
                                   struct wsync_judgement *judgement)
{
    const struct wsync_operation *operation = &c->operations[op];
    for (size_t i = 0; i < operation->write_count; i++) {
        enum wsync_err err = check_write(form, &operation->writes[i]);
        if (err != WSYNC_OK) {
            return quarantine(judgement, err);
        }
    }
    for (size_t i = 0; operation->creates && i < form->field_count; i++) {
        if (form->fields[i].required && !writes_field(operation, form->fields[i].number)) {
            return quarantine(judgement, WSYNC_ERR_VALUE);
        }
    }
    enum wsync_err err = wsync_catalog_judge(operation, c->arena);
    return err == WSYNC_ERR_VALUE ? quarantine(judgement, err) : err;
}

static enum wsync_err judge_form(const struct wsync_case *c, size_t op,
                                 struct wsync_judgement *judgement)
{
    const struct wsync_operation *operation = &c->operations[op];
    const struct wsync_form *form;
    if (!role_allows(c, operation->form)) {
        return quarantine(judgement, WSYNC_ERR_RIGHT);
    }
    enum wsync_err err = wsync_catalog_form(c->ledger->catalog, c->txn, operation->form,
                                            operation->version, &form);
    if (err == WSYNC_ERR_NOT_FOUND) {
        struct wsync_cause cause = {WSYNC_CAUSE_FORM, operation->form, operation->version};
        return wait_for(judgement, cause);
    }
    return err == WSYNC_OK ? judge_values(c, op, form, judgement) : err;
}

/* What a named record must be for this operation, wherever it was made. */
static bool record_fits(const struct wsync_case *c, const struct wsync_operation *operation,
                        uint32_t form, uint32_t scope)
{
    if (scope != c->log->scope || form == WSYNC_FORM_FORM || !role_allows(c, form)) {
        return false;
    }
    return operation->kind != WSYNC_KIND_WRITE || operation->form == form;
}

/* A record that an earlier operation of the same change creates. */
static enum wsync_err judge_sibling(const struct wsync_case *c, size_t op, uint32_t made_by,
                                    struct wsync_judgement *judgement)
{
    const struct wsync_operation *maker = &c->operations[made_by];
    if (!maker->creates || !record_fits(c, &c->operations[op], maker->form, c->log->scope)) {
        return quarantine(judgement, WSYNC_ERR_RECORD);
    }
    return WSYNC_OK;
}

/* A record that is full.  In which order it filled depends on the replica, so the district
 * decides and the others wait. */
static enum wsync_err judge_crowd(const struct wsync_case *c, struct wsync_dot record,
                                  struct wsync_judgement *judgement)
{
    bool node;
    enum wsync_err err = wsync_ledger_is_node(c->ledger, c->txn, &node);
    if (err != WSYNC_OK || node) {
        return err == WSYNC_OK ? quarantine(judgement, WSYNC_ERR_CROWDED) : err;
    }
    return wait_for(judgement,
                    (struct wsync_cause){WSYNC_CAUSE_ROOM, record.log_no, record.seq});
}

static enum wsync_err judge_address(const struct wsync_case *c, size_t op,
                                    const struct wsync_address *address,
                                    struct wsync_judgement *judgement)
{
    struct wsync_resolved resolved;
    enum wsync_err err = wsync_resolve(c, address, op, &resolved);
    if (err != WSYNC_OK) {
        return err;
    }
    if (resolved.how == WSYNC_RESOLVES_LATER) {
        return wait_for(judgement, resolved.cause);
    }
    if (resolved.how == WSYNC_RESOLVES_NEVER) {
        return quarantine(judgement, WSYNC_ERR_RECORD);
    }
    struct wsync_dot dot = resolved.dot;
    if (dot.log_no == c->log->no && dot.seq == c->seq) {
        return judge_sibling(c, op, dot.op, judgement);
    }
    struct wsync_outline record;
    err = wsync_hand_look(c, dot, &record);
    if (err == WSYNC_ERR_NOT_FOUND ||
        (err == WSYNC_OK && !record_fits(c, &c->operations[op], record.form, record.scope))) {
        return quarantine(judgement, WSYNC_ERR_RECORD);
    }
    return err == WSYNC_OK && record.crowded ? judge_crowd(c, dot, judgement) : err;
}

/* A record cannot count as itself: it would count nowhere. */
static enum wsync_err judge_duplicate(const struct wsync_case *c, size_t op,
                                      struct wsync_judgement *judgement)
{
    const struct wsync_operation *operation = &c->operations[op];
    struct wsync_resolved record;
    struct wsync_resolved other;
    enum wsync_err err = judge_address(c, op, &operation->other, judgement);
    if (err != WSYNC_OK || judgement->outcome != WSYNC_OUTCOME_MERGE) {
        return err;
    }
    err = wsync_resolve(c, &operation->record, op, &record);
    if (err == WSYNC_OK) {
        err = wsync_resolve(c, &operation->other, op, &other);
    }
    return err == WSYNC_OK && wsync_dot_equal(record.dot, other.dot)
               ? quarantine(judgement, WSYNC_ERR_RECORD)
               : err;
}

static enum wsync_err judge_operation(const struct wsync_case *c, size_t op,
                                      struct wsync_judgement *judgement)
{
    const struct wsync_operation *operation = &c->operations[op];
    enum wsync_err err = WSYNC_OK;
    if (operation->kind == WSYNC_KIND_WRITE) {
        err = judge_form(c, op, judgement);
    }
    if (err == WSYNC_OK && judgement->outcome == WSYNC_OUTCOME_MERGE && !operation->creates) {
        err = judge_address(c, op, &operation->record, judgement);
    }
    if (err == WSYNC_OK && judgement->outcome == WSYNC_OUTCOME_MERGE &&
        operation->kind == WSYNC_KIND_DUPLICATE) {
        err = judge_duplicate(c, op, judgement);
    }
    return err;
}

enum wsync_err wsync_judge(const struct wsync_case *c, struct wsync_judgement *judgement)
{
    *judgement = (struct wsync_judgement){.outcome = WSYNC_OUTCOME_MERGE};
    uint64_t pinned;
    enum wsync_err err = wsync_device_pinned(c->txn, c->device, c->log, &pinned);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!c->adopted && c->seq > pinned) {
        return quarantine(judgement, WSYNC_ERR_REVOKED);
    }
    if (!c->adopted && c->beyond_quota) {
        return quarantine(judgement, WSYNC_ERR_QUOTA);
    }
    size_t writes = 0;
    for (size_t i = 0; i < c->operation_count; i++) {
        writes += c->operations[i].write_count + 1; /* a mark of liveness is one, too */
    }
    if (writes > WSYNC_CHANGE_WRITES_MAX) {
        return quarantine(judgement, WSYNC_ERR_OPERATION);
    }
    for (size_t i = 0; i < c->operation_count; i++) {
        err = judge_operation(c, i, judgement);
        if (err != WSYNC_OK || judgement->outcome != WSYNC_OUTCOME_MERGE) {
            return err;
        }
    }
    return WSYNC_OK;
}
