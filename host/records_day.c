/* SPDX-License-Identifier: Apache-2.0 */
#include "host/records_day.h"

#include <stdio.h>

#include "host/totals_table.h"

enum {
    STEPS_A_LOOK = 4, /* places that turn out to hold nothing, for each record looked at */
    CELLS_MAX = 2000  /* that are added up for a count */
};

static const uint32_t BIAS = 0x80000000U;

/* The place behind all records of a day and form. */
static struct wsync_counted end_of(uint32_t form, int32_t day)
{
    return (struct wsync_counted){.form = form,
                                  .day = day,
                                  .scope = UINT32_MAX,
                                  .subject = UINT32_MAX,
                                  .record = {UINT32_MAX, UINT64_MAX, UINT16_MAX}};
}

static enum wsync_err read_forms(struct wsync_site *site, uint32_t only,
                                 struct wsync_days *days)
{
    const struct wsync_form *form;
    uint32_t after = 0;
    enum wsync_err err = WSYNC_OK;
    days->form_count = only != 0;
    days->forms[0] = only;
    while (only == 0 && days->form_count < WSYNC_CATALOG_FORMS_MAX &&
           (err = wsync_catalog_after(site->catalog, site->txn, after, &form)) == WSYNC_OK) {
        after = form->number;
        days->forms[days->form_count++] = after;
    }
    for (size_t i = 0; i < days->form_count / 2; i++) {
        uint32_t other = days->forms[days->form_count - 1 - i];
        days->forms[days->form_count - 1 - i] = days->forms[i];
        days->forms[i] = other;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool read_text(const char *text, struct wsync_counted *at)
{
    unsigned day, form, scope, subject, log_no, op;
    unsigned long long seq;
    int len = 0;
    bool whole = sscanf(text, "%10u.%10u.%10u.%10u.%10u.%20llu.%5u%n", &day, &form, &scope,
                        &subject, &log_no, &seq, &op, &len) == 7 &&
                 text[len] == '\0' && op <= UINT16_MAX;
    if (whole) {
        *at = (struct wsync_counted){
            form, (int32_t)(day ^ BIAS), scope, subject, {log_no, seq, op}};
    }
    return whole;
}

const char *wsync_days_text(const struct wsync_days *days, char text[WSYNC_DAYS_TEXT_BYTES])
{
    const struct wsync_counted *at = &days->before;
    snprintf(text, WSYNC_DAYS_TEXT_BYTES, "%u.%u.%u.%u.%u.%llu.%u", (uint32_t)at->day ^ BIAS,
             at->form, at->scope, at->subject, at->record.log_no,
             (unsigned long long)at->record.seq, at->record.op);
    return text;
}

enum wsync_err wsync_days_begin(struct wsync_site *site, const struct wsync_days_query *query,
                                const char *text, struct wsync_days *days)
{
    *days = (struct wsync_days){.looked = 0};
    enum wsync_err err = read_forms(site, query->form, days);
    days->over = days->form_count == 0;
    days->before = end_of(days->forms[0], query->last_day);
    if (err == WSYNC_OK && text && text[0]) {
        return read_text(text, &days->before) ? WSYNC_OK : WSYNC_ERR_INVALID;
    }
    return err;
}

/* ---- from place to place ---- */

/* Moves the place to where the next one of this day and form that is wanted may stand. */
static void clamp(const struct wsync_days_query *query, struct wsync_counted *at)
{
    struct wsync_counted end = end_of(at->form, at->day);
    bool unit = query->scope != 0 && query->subject != 0 && query->subject != query->scope;
    end.scope = query->scope;
    if (query->scope != 0 && at->scope > query->scope) {
        *at = end;
    }
    end.subject = query->subject;
    if (unit && at->scope == query->scope && at->subject > query->subject) {
        *at = end;
    }
}

/* Does it count for the unit that is asked for? */
static bool counts_for(struct wsync_site *site, const struct wsync_days_query *query,
                       const struct wsync_counted *at)
{
    return query->subject == 0 ||
           wsync_totals_unit(site, at->scope, at->subject, at->day) == query->subject;
}

/* The next day of any form that has one, not before the first that is wanted. */
static enum wsync_err go_back(struct wsync_site *site, const struct wsync_days_query *query,
                              struct wsync_days *days)
{
    int32_t day = WSYNC_NO_DAY;
    bool found = false;
    for (size_t i = 0; i < days->form_count; i++) {
        struct wsync_counted at = {.form = days->forms[i], .day = days->before.day};
        enum wsync_err err = wsync_counted_seek(site->txn, WSYNC_SEEK_LT, &at);
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        if (err == WSYNC_OK && at.form == days->forms[i] && at.day >= query->first_day) {
            day = !found || at.day > day ? at.day : day;
            found = true;
        }
    }
    days->before = end_of(days->forms[0], day);
    days->over = !found;
    return WSYNC_OK;
}

/* Goes to the next form on this day, or to another day. */
static enum wsync_err go_on(struct wsync_site *site, const struct wsync_days_query *query,
                            struct wsync_days *days)
{
    for (size_t i = 0; i < days->form_count; i++) {
        if (days->forms[i] < days->before.form) {
            days->before = end_of(days->forms[i], days->before.day);
            return WSYNC_OK;
        }
    }
    return go_back(site, query, days);
}

/* One step: to a record, which is then `*here`, or to a place where one may be. */
static enum wsync_err step(struct wsync_site *site, const struct wsync_days_query *query,
                           struct wsync_days *days, bool *here)
{
    struct wsync_counted at;
    *here = false;
    clamp(query, &days->before);
    at = days->before;
    enum wsync_err err = wsync_counted_seek(site->txn, WSYNC_SEEK_LT, &at);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    bool unit = query->subject != 0 && query->subject != query->scope;
    if (err == WSYNC_ERR_NOT_FOUND || at.form != days->before.form ||
        at.day != days->before.day || (query->scope != 0 && at.scope != query->scope) ||
        (query->scope != 0 && unit && at.subject != query->subject)) {
        return go_on(site, query, days);
    }
    days->before = at;
    *here = counts_for(site, query, &at);
    if (!*here) { /* nor do the others of this subject */
        days->before.record = (struct wsync_dot){0, 0, 0};
    }
    return WSYNC_OK;
}

static enum wsync_err show(struct wsync_site *site, const struct wsync_days *days,
                           enum wsync_err (*visit)(void *, const struct wsync_records_item *,
                                                   bool *),
                           void *context, bool *more)
{
    struct wsync_record record;
    struct wsync_records_item item;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err =
        wsync_record_get(site->txn, days->before.record, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_records_item(site, &record, &item);
    }
    if (err == WSYNC_OK) {
        err = visit(context, &item, more);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_days_walk(
    struct wsync_site *site, const struct wsync_days_query *query, struct wsync_days *days,
    enum wsync_err (*visit)(void *, const struct wsync_records_item *, bool *), void *context)
{
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    size_t steps = 0;
    size_t steps_max =
        query->look_max > SIZE_MAX / STEPS_A_LOOK ? SIZE_MAX : query->look_max * STEPS_A_LOOK;
    while (err == WSYNC_OK && more && !days->over && days->looked < query->look_max &&
           steps < steps_max) {
        bool here;
        err = step(site, query, days, &here);
        steps++;
        if (err == WSYNC_OK && here) {
            days->looked++;
            err = show(site, days, visit, context, &more);
        }
    }
    return err;
}

/* ---- how many ---- */

struct counting {
    struct wsync_site *site;
    const struct wsync_days_query *query;
    uint64_t count;
    size_t cells;
};

static enum wsync_err count_cell(void *context, const struct wsync_cell *cell)
{
    struct counting *counting = context;
    const struct wsync_days_query *query = counting->query;
    bool scope = query->scope == 0 || cell->scope == query->scope;
    if (scope &&
        (query->subject == 0 || wsync_totals_unit(counting->site, cell->scope, cell->subject,
                                                  cell->day) == query->subject)) {
        counting->count += (uint64_t)cell->records;
    }
    return ++counting->cells < CELLS_MAX ? WSYNC_OK : WSYNC_ERR_BUSY;
}

enum wsync_err wsync_days_count(struct wsync_site *site, const struct wsync_days_query *query,
                                uint64_t *count, bool *all)
{
    struct counting counting = {.site = site, .query = query};
    struct wsync_days days;
    enum wsync_err err = read_forms(site, query->form, &days);
    for (size_t i = 0; err == WSYNC_OK && i < days.form_count; i++) {
        const struct wsync_totals_query cells = {days.forms[i], 0, query->first_day,
                                                 query->last_day};
        err = wsync_totals_walk(site->txn, NULL, &cells, count_cell, &counting);
    }
    *count = counting.count;
    *all = err == WSYNC_OK;
    return err == WSYNC_ERR_BUSY ? WSYNC_OK : err;
}
