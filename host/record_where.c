/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record_where.h"

#include <stdlib.h>

#include "host/doing.h"

/* A list that is being filled with the records of changes. */
struct gathering {
    struct wsync_where_item *items; /* room for WSYNC_WHERE_RECORDS_MAX */
    size_t count;
    bool full;
    enum wsync_where where;
    enum wsync_err reason;
};

static int compare_dots(struct wsync_dot a, struct wsync_dot b)
{
    if (a.log_no != b.log_no) {
        return a.log_no < b.log_no ? -1 : 1;
    }
    if (a.seq != b.seq) {
        return a.seq < b.seq ? -1 : 1;
    }
    return a.op == b.op ? 0 : a.op < b.op ? -1 : 1;
}

/* By record; of one record what is more urgent first. */
static int compare_items(const void *a, const void *b)
{
    const struct wsync_where_item *one = a;
    const struct wsync_where_item *other = b;
    int order = compare_dots(one->record, other->record);
    return order != 0 ? order : (int)one->where - (int)other->where;
}

static enum wsync_err gather(void *context, struct wsync_dot record)
{
    struct gathering *gathering = context;
    if (gathering->count == WSYNC_WHERE_RECORDS_MAX) {
        gathering->full = true;
        return WSYNC_OK;
    }
    gathering->items[gathering->count++] =
        (struct wsync_where_item){record, gathering->where, gathering->reason};
    return WSYNC_OK;
}

/* Sorts and leaves each record once. */
static size_t settle(struct gathering *gathering)
{
    size_t kept = 0;
    qsort(gathering->items, gathering->count, sizeof *gathering->items, compare_items);
    for (size_t i = 0; i < gathering->count; i++) {
        if (kept == 0 ||
            compare_dots(gathering->items[kept - 1].record, gathering->items[i].record) != 0) {
            gathering->items[kept++] = gathering->items[i];
        }
    }
    return kept;
}

static enum wsync_err gather_unsent(struct wsync_site *site, const struct wsync_log *log,
                                    struct wsync_where_carried carried,
                                    struct gathering *gathering)
{
    uint64_t held;
    enum wsync_err err = wsync_held_get(site->txn, log->no, &held);
    for (uint64_t seq = held + 1; err == WSYNC_OK && seq <= log->seq && !gathering->full;
         seq++) {
        bool goes = log->no == carried.log_no && seq <= carried.tip;
        const struct wsync_dot change = {log->no, seq, 0};
        gathering->where = goes ? WSYNC_WHERE_CARRIED : WSYNC_WHERE_SAVED;
        err = wsync_change_records(site, change, gather, gathering);
    }
    return err;
}

static enum wsync_err read_saved(struct wsync_site *site, struct wsync_where_carried carried,
                                 struct wsync_wheres *wheres)
{
    struct gathering gathering = {.items = wheres->saved};
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        at = log.id;
        after = &at;
        if (wsync_device_id_equal(&log.device, &site->identity.device)) {
            uint64_t held;
            err = wsync_held_get(site->txn, log.no, &held);
            if (err == WSYNC_OK) {
                wheres->changes += held < log.seq ? log.seq - held : 0;
                err = gather_unsent(site, &log, carried, &gathering);
            }
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    wheres->saved_count = settle(&gathering);
    wheres->all = wheres->all && !gathering.full;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err read_quarantined(struct wsync_site *site, struct wsync_wheres *wheres)
{
    struct gathering gathering = {.items = wheres->quarantined,
                                  .where = WSYNC_WHERE_QUARANTINED};
    struct wsync_dot change = {.log_no = 0};
    enum wsync_err err;
    while (!gathering.full && (err = wsync_ledger_quarantined(site->txn, &change,
                                                              &gathering.reason)) == WSYNC_OK) {
        err = wsync_change_records(site, change, gather, &gathering);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    wheres->quarantined_count = settle(&gathering);
    wheres->all = wheres->all && !gathering.full;
    return gathering.full || err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_wheres_read(struct wsync_site *site, struct wsync_where_carried carried,
                                 struct wsync_wheres *wheres)
{
    *wheres = (struct wsync_wheres){.all = true};
    wheres->saved =
        wsync_arena_array(&site->arena, WSYNC_WHERE_RECORDS_MAX, sizeof *wheres->saved);
    wheres->quarantined =
        wsync_arena_array(&site->arena, WSYNC_WHERE_RECORDS_MAX, sizeof *wheres->quarantined);
    if (!wheres->saved || !wheres->quarantined) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = read_saved(site, carried, wheres);
    return err == WSYNC_OK ? read_quarantined(site, wheres) : err;
}

/* Finds a record in a sorted list. */
static const struct wsync_where_item *find(const struct wsync_where_item *items, size_t count,
                                           struct wsync_dot record)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        bool before = compare_dots(items[middle].record, record) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    bool there = low < count && compare_dots(items[low].record, record) == 0;
    return there ? &items[low] : NULL;
}

/* Looks through the history of one record, for what the lists had no room for. */
struct search {
    struct wsync_site *site;
    struct wsync_where_item *item;
};

static enum wsync_err look(void *context, struct wsync_dot dot)
{
    struct search *search = context;
    struct wsync_txn *txn = search->site->txn;
    struct wsync_log log;
    uint64_t held;
    enum wsync_err err = wsync_log_get(txn, dot.log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_held_get(txn, dot.log_no, &held);
    }
    if (err == WSYNC_OK && dot.seq > held &&
        wsync_device_id_equal(&log.device, &search->site->identity.device)) {
        search->item->where = WSYNC_WHERE_SAVED;
    }
    return err;
}

enum wsync_err wsync_where_is(struct wsync_site *site, const struct wsync_wheres *wheres,
                              const struct wsync_record *record, struct wsync_where_item *item)
{
    const struct wsync_where_item *bad =
        find(wheres->quarantined, wheres->quarantined_count, record->id);
    const struct wsync_where_item *saved = find(wheres->saved, wheres->saved_count, record->id);
    *item = (struct wsync_where_item){record->id, WSYNC_WHERE_HELD, WSYNC_OK};
    if (wsync_record_in_conflict(record)) {
        item->where = WSYNC_WHERE_CONFLICT;
        return WSYNC_OK;
    }
    if (bad || saved) {
        *item = bad ? *bad : *saved;
        return WSYNC_OK;
    }
    struct search search = {site, item};
    return wheres->all ? WSYNC_OK : wsync_ledger_history(site->txn, record->id, look, &search);
}
