/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admin_list.h"

#include <stdlib.h>
#include <string.h>

#include "wardsync/roster.h"

enum { ITEMS_FIRST = 256 };

/* One list on its way. */
struct gathering {
    struct wsync_site *site;
    const struct server_admin_query *query;
    struct server_admin_list *list;
};

static bool is_asked(const struct server_admin_query *query,
                     const struct server_admin_item *item)
{
    return item->stamp >= query->since && item->stamp < query->until &&
           (!query->kind || strcmp(query->kind, item->kind) == 0 ||
            strcmp(query->kind, item->group) == 0);
}

static enum wsync_err add(struct gathering *gathering, const struct server_admin_item *item)
{
    struct server_admin_list *list = gathering->list;
    if (!is_asked(gathering->query, item)) {
        return WSYNC_OK;
    }
    if (list->count == list->size) {
        size_t size = list->size ? 2 * list->size : ITEMS_FIRST;
        struct server_admin_item *items = realloc(list->items, size * sizeof *items);
        if (!items) {
            return WSYNC_ERR_MEMORY;
        }
        list->items = items;
        list->size = size;
    }
    struct server_admin_item *place = &list->items[list->count];
    *place = *item;
    place->order = list->count++;
    return WSYNC_OK;
}

static enum wsync_err gather_statements(struct gathering *gathering)
{
    struct wsync_roster roster;
    struct wsync_site *site = gathering->site;
    enum wsync_err err = wsync_roster_get(site->txn, &roster);
    for (uint64_t version = 1; err == WSYNC_OK && version <= roster.version; version++) {
        struct server_admin_item item;
        size_t mark = wsync_arena_mark(&site->arena);
        err = server_admin_of_statement(site, version, &item);
        if (err == WSYNC_OK) {
            err = add(gathering, &item);
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err;
}

static enum wsync_err gather_change(struct gathering *gathering, const struct wsync_log *log,
                                    uint64_t seq)
{
    struct wsync_site *site = gathering->site;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = WSYNC_OK;
    bool more = true;
    for (uint32_t op = 0; err == WSYNC_OK && more; op++) {
        struct server_admin_item item;
        err = server_admin_of_change(site, log, (struct wsync_dot){log->no, seq, op}, &item);
        more = err == WSYNC_OK;
        if (more && item.kind) {
            err = add(gathering, &item);
        }
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Clerks and inspectors may write none of the forms that are told here (SPEC section 10), and
 * theirs is nearly all there is to read. */
static enum wsync_err gather_log(struct gathering *gathering, const struct wsync_log *log)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(gathering->site->txn, &log->device, &device);
    if (err != WSYNC_OK ||
        (device.role != WSYNC_ROLE_NODE && device.role != WSYNC_ROLE_OFFICE)) {
        return err;
    }
    for (uint64_t seq = 1; err == WSYNC_OK && seq <= log->seq; seq++) {
        err = gather_change(gathering, log, seq);
    }
    return err;
}

static enum wsync_err gather_logs(struct gathering *gathering)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(gathering->site->txn, after, &log);
        if (err == WSYNC_OK) {
            err = gather_log(gathering, &log);
            err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err gather_rows(struct gathering *gathering)
{
    uint64_t number = 0;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        struct server_admin_item item;
        err = server_admin_of_row(gathering->site, &number, &item);
        if (err == WSYNC_OK) {
            err = add(gathering, &item);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* By time; what has one time stays in the order of its source. */
static int earlier_first(const void *left, const void *right)
{
    const struct server_admin_item *a = left;
    const struct server_admin_item *b = right;
    if (a->stamp != b->stamp) {
        return a->stamp < b->stamp ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

enum wsync_err server_admin_gather(struct wsync_site *site,
                                   const struct server_admin_query *query, bool faulty,
                                   struct server_admin_list *list)
{
    struct gathering gathering = {site, query, list};
    *list = (struct server_admin_list){.count = 0};
    enum wsync_err err = gather_statements(&gathering);
    if (err == WSYNC_OK) {
        err = gather_logs(&gathering);
    }
    if (err == WSYNC_OK) {
        err = gather_rows(&gathering);
        err = err == WSYNC_ERR_CORRUPT && faulty ? WSYNC_OK : err;
    }
    if (err == WSYNC_OK && list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, earlier_first);
    }
    return err;
}

void server_admin_list_free(struct server_admin_list *list)
{
    free(list->items);
}
