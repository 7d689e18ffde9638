/* SPDX-License-Identifier: Apache-2.0 */
#include "server/unit_facts.h"

#include <stdlib.h>
#include <string.h>

#include "host/name_order.h"

enum { ROWS_FIRST = 32 };

static size_t place_of(const struct server_units *units, uint32_t id)
{
    size_t at = 0;
    while (at < units->count && units->items[at].id < id) {
        at++;
    }
    return at;
}

/* Finds the unit or makes it. */
static enum wsync_err take(struct wsync_site *site, struct server_units *units, uint32_t id,
                           struct server_unit **unit)
{
    size_t at = place_of(units, id);
    if (at == units->count || units->items[at].id != id) {
        if (units->count == units->size) {
            size_t size = units->size ? 2 * units->size : ROWS_FIRST;
            struct server_unit *items = realloc(units->items, size * sizeof *items);
            if (!items) {
                return WSYNC_ERR_MEMORY;
            }
            units->items = items;
            units->size = size;
        }
        memmove(&units->items[at + 1], &units->items[at],
                (units->count - at) * sizeof *units->items);
        units->items[at] = (struct server_unit){.id = id};
        wsync_units_here_label(site, id, units->items[at].name);
        units->count++;
    }
    *unit = &units->items[at];
    return WSYNC_OK;
}

static bool holds_on(const struct wsync_unit *unit, int32_t day)
{
    return (unit->from_day == WSYNC_NO_DAY || unit->from_day <= day) &&
           (unit->to_day == WSYNC_NO_DAY || unit->to_day >= day);
}

/* The units right below the district's own. */
static enum wsync_err take_wards(struct wsync_site *site, int32_t day,
                                 struct server_units *units)
{
    struct wsync_unit unit = {.id = 0};
    struct server_unit *taken;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one unit */
        err = wsync_unit_after(site->txn, unit.id, day, &site->arena, &unit);
        if (err == WSYNC_OK && unit.parent == site->conf.scope && holds_on(&unit, day)) {
            err = take(site, units, unit.id, &taken);
            if (err == WSYNC_OK) {
                taken->expected = true;
            }
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

uint32_t server_unit_of(const struct server_ward *ward)
{
    return ward->device.scopes[0];
}

/* Every device of the ward speaks for a part of its numbers: they are complete up to where the
 * one is that was silent longest. */
static void add_device(struct server_unit *unit, const struct server_ward *ward)
{
    int64_t good = ward->heard ? ward->contact.last_good : 0;
    bool first = unit->devices == 0;
    unit->expected = true;
    unit->devices++;
    unit->failing += server_ward_is_failing(ward);
    unit->complete = (first || unit->complete) && good != 0;
    unit->until = first || good < unit->until ? good : unit->until;
    if (ward->heard && ward->contact.last > unit->last) {
        unit->last = ward->contact.last;
    }
    unit->missing += ward->missing_here;
}

static enum wsync_err take_devices(struct wsync_site *site, struct server_units *units)
{
    for (size_t i = 0; i < units->wards.count; i++) {
        const struct server_ward *ward = &units->wards.items[i];
        struct server_unit *unit;
        bool is_ward =
            ward->device.role == WSYNC_ROLE_CLERK && server_unit_of(ward) != site->conf.scope;
        if (!is_ward || ward->device.revoked != 0) {
            continue;
        }
        enum wsync_err err = take(site, units, server_unit_of(ward), &unit);
        if (err != WSYNC_OK) {
            return err;
        }
        add_device(unit, ward);
    }
    return WSYNC_OK;
}

static enum wsync_err add_log(struct wsync_site *site, struct server_units *units,
                              const struct wsync_log *log)
{
    struct server_unit *unit;
    uint64_t waiting, quarantined;
    enum wsync_err err = take(site, units, log->scope, &unit);
    if (err == WSYNC_OK) {
        err = wsync_ledger_unsettled_in(site->txn, log->no, &waiting, &quarantined);
    }
    if (err == WSYNC_OK) {
        unit->waiting += waiting;
        unit->quarantined += quarantined;
        unit->written = log->seq > 0 && log->stamp > unit->written ? log->stamp : unit->written;
    }
    return err;
}

static enum wsync_err take_logs(struct wsync_site *site, struct server_units *units)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(site->txn, after, &log);
        if (err == WSYNC_OK && log.scope != site->conf.scope) {
            err = add_log(site, units, &log);
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* All of them, which no bound would make cheaper in time: 100,000 take 3 ms. */
static enum wsync_err take_conflicts(struct wsync_site *site, struct server_units *units)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_log log = {.no = 0};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_GT, &entry);
        uint32_t log_no = err == WSYNC_OK ? wsync_record_of_key(entry.key).log_no : 0;
        if (err == WSYNC_OK && log_no != log.no) {
            err = wsync_log_get(site->txn, log_no, &log);
        }
        size_t place = err == WSYNC_OK ? place_of(units, log.scope) : units->count;
        if (place < units->count && units->items[place].id == log.scope) {
            units->items[place].conflicts++;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err order_names(struct wsync_site *site, struct server_units *units)
{
    size_t mark = wsync_arena_mark(&site->arena);
    struct wsync_slice *names =
        wsync_arena_array(&site->arena, units->count + 1, sizeof *names);
    size_t *order = wsync_arena_array(&site->arena, units->count + 1, sizeof *order);
    units->by_name = calloc(units->count + 1, sizeof *units->by_name);
    enum wsync_err err = names && order && units->by_name ? WSYNC_OK : WSYNC_ERR_MEMORY;
    for (size_t i = 0; err == WSYNC_OK && i < units->count; i++) {
        names[i] = wsync_slice_of(units->items[i].name);
    }
    if (err == WSYNC_OK) {
        err = wsync_name_order(names, units->count, &site->arena, order);
    }
    for (size_t i = 0; err == WSYNC_OK && i < units->count; i++) {
        units->by_name[i] = &units->items[order[i]];
    }
    wsync_arena_release(&site->arena, mark);
    return err;
}

enum wsync_err server_units_gather(struct wsync_site *site, int32_t day,
                                   struct server_units *units)
{
    enum wsync_err err = server_wards_gather(site, &units->wards);
    if (err == WSYNC_OK) {
        err = take_wards(site, day, units);
    }
    if (err == WSYNC_OK) {
        err = take_devices(site, units);
    }
    if (err == WSYNC_OK) {
        err = take_logs(site, units);
    }
    if (err == WSYNC_OK) {
        err = take_conflicts(site, units);
    }
    return err == WSYNC_OK ? order_names(site, units) : err;
}

void server_units_free(struct server_units *units)
{
    server_wards_free(&units->wards);
    free(units->by_name);
    free(units->items);
}

const struct server_unit *server_units_find(const struct server_units *units, uint32_t id)
{
    size_t at = place_of(units, id);
    return at < units->count && units->items[at].id == id ? &units->items[at] : NULL;
}
