/* SPDX-License-Identifier: Apache-2.0 */
#include "host/doing.h"

#include <string.h>

enum wsync_err wsync_doing_read(struct wsync_site *site, struct wsync_dot dot,
                                struct wsync_doing *doing)
{
    struct wsync_device device;
    enum wsync_err err = wsync_log_get(site->txn, dot.log_no, &doing->log);
    if (err == WSYNC_OK) {
        err = wsync_log_change(site->txn, dot.log_no, dot.seq, &doing->change);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(site->txn, &doing->log.device, &device);
    }
    if (err == WSYNC_OK) {
        err =
            wsync_context_decode(doing->change.raw.public_part, &site->arena, &doing->context);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_view_time(doing->change.stamp, doing->when);
    memcpy(doing->device, device.name, sizeof device.name);
    wsync_staff_name(site, doing->log.scope, doing->context.actor, doing->who);
    return WSYNC_OK;
}

enum wsync_err wsync_doing_operation(struct wsync_site *site, const struct wsync_doing *doing,
                                     struct wsync_dot dot,
                                     const struct wsync_operation **operation)
{
    struct wsync_operation *operations;
    enum wsync_err err =
        wsync_operations_decode(&doing->context, &doing->change.raw, &site->arena, &operations);
    if (err == WSYNC_OK && dot.op >= doing->context.operation_count) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *operation = err == WSYNC_OK ? &operations[dot.op] : NULL;
    return err;
}

bool wsync_doing_first_stands(const struct wsync_record *record)
{
    for (size_t i = 0; i < record->live_count; i++) {
        if (record->live[i].field != WSYNC_LIVENESS_FIELD &&
            !wsync_dot_equal(record->live[i].dot, record->id)) {
            return false;
        }
    }
    return true;
}

/* The record an operation of `change` is about, in terms of this store's dots. */
static enum wsync_err record_of(struct wsync_txn *txn, struct wsync_dot change,
                                const struct wsync_operation *operation,
                                struct wsync_dot *record)
{
    const struct wsync_address *address = &operation->record;
    struct wsync_target target;
    if (operation->kind == WSYNC_KIND_WRITE && operation->creates) {
        *record = change;
        return WSYNC_OK;
    }
    if (address->reference == 0) {
        *record = (struct wsync_dot){change.log_no, address->seq, address->op};
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_reference(txn, change.log_no, address->reference, &target);
    if (err == WSYNC_OK) {
        *record = (struct wsync_dot){target.log_no, address->seq, address->op};
    }
    return err;
}

static enum wsync_err visit_records(struct wsync_site *site, struct wsync_dot dot,
                                    enum wsync_err (*visit)(void *context,
                                                            struct wsync_dot record),
                                    void *context)
{
    struct wsync_change change;
    struct wsync_context decoded;
    struct wsync_operation *operations;
    enum wsync_err err = wsync_log_change(site->txn, dot.log_no, dot.seq, &change);
    if (err == WSYNC_OK) {
        err = wsync_context_decode(change.raw.public_part, &site->arena, &decoded);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_operations_decode(&decoded, &change.raw, &site->arena, &operations);
    if (err == WSYNC_ERR_OPERATION || err == WSYNC_ERR_EXTENSION) {
        return WSYNC_OK;
    }
    for (size_t i = 0; err == WSYNC_OK && i < decoded.operation_count; i++) {
        struct wsync_dot record;
        dot.op = (uint32_t)i;
        err = record_of(site->txn, dot, &operations[i], &record);
        if (err == WSYNC_OK) {
            err = visit(context, record);
        }
    }
    return err;
}

enum wsync_err wsync_change_records(struct wsync_site *site, struct wsync_dot change,
                                    enum wsync_err (*visit)(void *context,
                                                            struct wsync_dot record),
                                    void *context)
{
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = visit_records(site, change, visit, context);
    wsync_arena_release(&site->arena, mark);
    return err;
}
