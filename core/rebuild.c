/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a scope computed anew from its logs, where a change that counted must not count
 * any more: rare, and by the code that judges every change (docs/decisions/0003). */
#include <string.h>

#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"

enum {
    KEY_BYTES = WSYNC_KEY_BYTES_MAX,
    CAUSE_BYTES = 13,
    CHANGE_BYTES = 12,
    ATTACHMENT_BYTES = 36
};

/* What is computed anew. */
struct extent {
    struct wsync_txn *txn;
    uint32_t scope; /* of the logs; 0: all */
};

/* Is the row with this key derived from the logs in question? */
typedef enum wsync_err is_derived(const struct extent *extent, struct wsync_slice key,
                                  bool *derived);

static enum wsync_err within(const struct extent *extent, uint32_t log_no, bool *inside)
{
    struct wsync_log log;
    *inside = true;
    if (extent->scope == 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_get(extent->txn, log_no, &log);
    *inside = log.scope == extent->scope;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* Keys that begin with a log number. */
static enum wsync_err by_log(const struct extent *extent, struct wsync_slice key, bool *derived)
{
    return within(extent, (uint32_t)wsync_be_get(key.data, 4), derived);
}

/* WAITING: cause, then the change that waits. */
static enum wsync_err by_waiting(const struct extent *extent, struct wsync_slice key,
                                 bool *derived)
{
    return within(extent, (uint32_t)wsync_be_get(key.data + CAUSE_BYTES, 4), derived);
}

/* VERDICTS: the change in question, then the record. */
static enum wsync_err by_verdict(const struct extent *extent, struct wsync_slice key,
                                 bool *derived)
{
    return within(extent, (uint32_t)wsync_be_get(key.data + CHANGE_BYTES, 4), derived);
}

/* TOTALS and COUNTED: form, day, scope. */
static enum wsync_err by_cell(const struct extent *extent, struct wsync_slice key,
                              bool *derived)
{
    *derived = extent->scope == 0 || wsync_be_get(key.data + 8, 4) == extent->scope;
    return WSYNC_OK;
}

/* FORMS and UNITS come from the logs of top alone, and those are computed anew with all. */
static enum wsync_err by_top(const struct extent *extent, struct wsync_slice key, bool *derived)
{
    (void)key;
    *derived = extent->scope == 0;
    return WSYNC_OK;
}

/* BLOB_NAMES: attachment, scope. */
static enum wsync_err by_attachment(const struct extent *extent, struct wsync_slice key,
                                    bool *derived)
{
    uint64_t scope = wsync_be_get(key.data + ATTACHMENT_BYTES, 4);
    *derived = extent->scope == 0 || scope == extent->scope;
    return WSYNC_OK;
}

static const struct {
    enum wsync_table table;
    is_derived *derived;
} DERIVED[] = {
    {WSYNC_TABLE_RECORDS, by_log},     {WSYNC_TABLE_HISTORY, by_log},
    {WSYNC_TABLE_CONFLICTS, by_log},   {WSYNC_TABLE_QUARANTINE, by_log},
    {WSYNC_TABLE_WAITING, by_waiting}, {WSYNC_TABLE_VERDICTS, by_verdict},
    {WSYNC_TABLE_TOTALS, by_cell},     {WSYNC_TABLE_COUNTED, by_cell},
    {WSYNC_TABLE_FORMS, by_top},       {WSYNC_TABLE_UNITS, by_top},
    {WSYNC_TABLE_BLOB_NAMES, by_attachment},
};

static enum wsync_err clear_table(const struct extent *extent, enum wsync_table table,
                                  is_derived *derived)
{
    uint8_t last[KEY_BYTES];
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(extent->txn, table, WSYNC_SEEK_GT, &entry)) == WSYNC_OK) {
        bool goes;
        memcpy(last, entry.key.data, entry.key.len);
        entry.key.data = last;
        err = derived(extent, entry.key, &goes);
        if (err == WSYNC_OK && goes) {
            err = wsync_txn_del(extent->txn, table, entry.key);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Calls `visit` for each log in question, in the order of ids: of two definitions of a form the
 * one that stands (S8.26) comes first, and nothing is judged by the other one. */
static enum wsync_err each_log(const struct wsync_work *work, const struct extent *extent,
                               enum wsync_err (*visit)(const struct wsync_work *work,
                                                       const struct wsync_log *log))
{
    struct wsync_log_id after;
    const struct wsync_log_id *at = NULL;
    for (;;) { /* ends: each turn passes a log */
        struct wsync_log log;
        enum wsync_err err = wsync_log_after(work->txn, at, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        after = log.id;
        at = &after;
        if (extent->scope == 0 || log.scope == extent->scope) {
            err = visit(work, &log);
        }
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    }
}

/* Nothing is merged before it is looked at again. */
static enum wsync_err unmake(const struct wsync_work *work, const struct wsync_log *log)
{
    enum wsync_err err = WSYNC_OK;
    for (uint64_t seq = 1; seq <= log->seq && err == WSYNC_OK; seq++) {
        err = wsync_log_set_state(work->txn, log->no, seq, WSYNC_CHANGE_WAITING);
    }
    return err;
}

static enum wsync_err make(const struct wsync_work *work, const struct wsync_log *log)
{
    enum wsync_err err = WSYNC_OK;
    for (uint64_t seq = 1; seq <= log->seq && err == WSYNC_OK; seq++) {
        size_t mark = wsync_arena_mark(work->arena);
        err = wsync_look_again(work, log->no, seq);
        wsync_arena_release(work->arena, mark);
    }
    return err;
}

/* Forms and units decide about everything, verdicts about the changes of others: 0 the
 * district's logs of top, 1 its other logs, 2 those of all others. */
static enum wsync_err order_of(const struct wsync_work *work, const struct wsync_log *log,
                               int *order)
{
    struct wsync_device device;
    struct wsync_roster roster;
    enum wsync_err err = wsync_device_get(work->txn, &log->device, &device);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(work->txn, &roster);
    }
    *order = device.role != WSYNC_ROLE_NODE ? 2 : log->scope == roster.top ? 0 : 1;
    return err;
}

static enum wsync_err make_first(const struct wsync_work *work, const struct wsync_log *log)
{
    int order;
    enum wsync_err err = order_of(work, log, &order);
    return err == WSYNC_OK && order == 0 ? make(work, log) : err;
}

static enum wsync_err make_second(const struct wsync_work *work, const struct wsync_log *log)
{
    int order;
    enum wsync_err err = order_of(work, log, &order);
    return err == WSYNC_OK && order == 1 ? make(work, log) : err;
}

static enum wsync_err make_third(const struct wsync_work *work, const struct wsync_log *log)
{
    int order;
    enum wsync_err err = order_of(work, log, &order);
    return err == WSYNC_OK && order == 2 ? make(work, log) : err;
}

/* What asked for the rebuild, also while it was under way, is done. */
static enum wsync_err strike_asked(const struct extent *extent)
{
    uint8_t prefix[5] = {WSYNC_CAUSE_REBUILD};
    size_t len = extent->scope == 0 ? 1 : sizeof prefix;
    wsync_be_put(prefix + 1, extent->scope, 4);
    for (;;) { /* ends: each turn removes a row */
        uint8_t key[CAUSE_BYTES];
        struct wsync_entry asked = {.key = wsync_slice(prefix, len)};
        enum wsync_err err =
            wsync_txn_seek(extent->txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &asked);
        if (err != WSYNC_OK || !wsync_slice_starts(asked.key, wsync_slice(prefix, len))) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        memcpy(key, asked.key.data, sizeof key);
        err = wsync_txn_del(extent->txn, WSYNC_TABLE_RELEASED, wsync_slice(key, sizeof key));
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

enum wsync_err wsync_rebuild(const struct wsync_work *work, uint32_t scope)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(work->txn, &roster);
    const struct extent extent = {work->txn, scope == roster.top ? 0 : scope};
    for (size_t i = 0; i < sizeof DERIVED / sizeof *DERIVED && err == WSYNC_OK; i++) {
        err = clear_table(&extent, DERIVED[i].table, DERIVED[i].derived);
    }
    if (err == WSYNC_OK) {
        err = wsync_catalog_renew(work->txn);
    }
    static enum wsync_err (*const PASSES[])(const struct wsync_work *,
                                            const struct wsync_log *) = {unmake, make_first,
                                                                         make_second};
    for (size_t i = 0; i < sizeof PASSES / sizeof *PASSES && err == WSYNC_OK; i++) {
        err = each_log(work, &extent, PASSES[i]);
        if (err == WSYNC_OK && i > 0) { /* a log may edit another one's records */
            err = wsync_settle_released(work);
        }
    }
    if (err == WSYNC_OK) { /* verdicts are known now */
        err = wsync_origin_mark(work, extent.scope);
    }
    if (err == WSYNC_OK) {
        err = each_log(work, &extent, make_third);
    }
    return err == WSYNC_OK ? strike_asked(&extent) : err;
}
