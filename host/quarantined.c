/* SPDX-License-Identifier: Apache-2.0 */
#include "host/quarantined.h"

/* Why it is quarantined; OK when it is not. */
static enum wsync_err read_reason(struct wsync_site *site, struct wsync_dot dot,
                                  enum wsync_err *reason)
{
    struct wsync_dot at = {dot.log_no, dot.seq - 1, 0};
    enum wsync_err err = wsync_ledger_quarantined(site->txn, &at, reason);
    if (err == WSYNC_ERR_NOT_FOUND || at.log_no != dot.log_no || at.seq != dot.seq) {
        *reason = WSYNC_OK;
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return err;
}

enum wsync_err wsync_quarantined_read(struct wsync_site *site, struct wsync_dot dot,
                                      struct wsync_quarantined *item)
{
    *item = (struct wsync_quarantined){.dot = dot};
    enum wsync_err err = wsync_log_get(site->txn, dot.log_no, &item->log);
    if (err == WSYNC_OK) {
        err = wsync_log_change(site->txn, dot.log_no, dot.seq, &item->change);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(site->txn, &item->log.device, &item->device);
    }
    if (err == WSYNC_OK) {
        err = wsync_context_decode(item->change.raw.public_part, &site->arena, &item->context);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(site->txn, dot, item->name);
    }
    if (err == WSYNC_OK) {
        err = read_reason(site, dot, &item->reason);
    }
    const struct wsync_head at = {item->log.id, dot.seq, item->change.hash};
    if (err == WSYNC_OK) {
        err = wsync_verdict_on_change(site->txn, &site->arena, &item->log, &at, &item->verdict);
        wsync_staff_name(site, item->log.scope, item->context.actor, item->who);
    }
    return err;
}

enum wsync_err wsync_quarantined_operations(struct wsync_site *site,
                                            const struct wsync_quarantined *item,
                                            struct wsync_operation **operations)
{
    return wsync_operations_decode(&item->context, &item->change.raw, &site->arena, operations);
}

const struct wsync_form *wsync_quarantined_form(struct wsync_site *site,
                                                const struct wsync_operation *operation)
{
    const struct wsync_form *form;
    return operation->kind == WSYNC_KIND_WRITE &&
                   wsync_catalog_form(site->catalog, site->txn, operation->form,
                                      operation->version, &form) == WSYNC_OK
               ? form
               : NULL;
}

enum wsync_err wsync_quarantined_record(struct wsync_site *site,
                                        const struct wsync_quarantined *item,
                                        const struct wsync_operation *operation, size_t op,
                                        struct wsync_dot *record)
{
    const struct wsync_address *at = &operation->record;
    struct wsync_target target = {.log_no = item->dot.log_no};
    if (operation->creates) {
        *record = (struct wsync_dot){item->dot.log_no, item->dot.seq, (uint32_t)op};
        return WSYNC_OK;
    }
    enum wsync_err err = at->reference == 0 ? WSYNC_OK
                                            : wsync_log_reference(site->txn, item->dot.log_no,
                                                                  at->reference, &target);
    *record = (struct wsync_dot){target.log_no, at->seq, at->op};
    return err;
}
