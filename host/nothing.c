/* SPDX-License-Identifier: Apache-2.0 */
#include "host/nothing.h"

#include "host/view.h"
#include "wardsync/totals.h"

enum wsync_err wsync_nothing_find(struct wsync_site *site, struct wsync_nothing *nothing)
{
    const struct wsync_form *form;
    *nothing = (struct wsync_nothing){.form = NULL};
    enum wsync_err err = wsync_view_form(site, "nothing", &form, NULL);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    const struct wsync_field *date = wsync_form_field_named(form, wsync_slice_of("date"));
    const struct wsync_field *duty = wsync_form_field_named(form, wsync_slice_of("duty"));
    if (date && date->number == form->date_field && duty && duty->type == WSYNC_TYPE_CHOICE &&
        duty->aggregate == WSYNC_AGGREGATE_COUNT) {
        *nothing = (struct wsync_nothing){form, duty};
    }
    return WSYNC_OK;
}

uint32_t wsync_nothing_duty(const struct wsync_nothing *nothing, const struct wsync_form *form)
{
    const struct wsync_choice *choice =
        nothing->form ? wsync_field_choice_named(nothing->duty, form->name) : NULL;
    return choice ? choice->number : 0;
}

enum wsync_duty_state wsync_duty_state(const struct wsync_duty_week *week)
{
    return week->records > 0 && week->marks > 0 ? WSYNC_DUTY_BOTH
           : week->records > 0                  ? WSYNC_DUTY_REPORTED
           : week->marks > 0                    ? WSYNC_DUTY_NOTHING
                                                : WSYNC_DUTY_MISSING;
}

static enum wsync_err add_records(void *context, const struct wsync_cell *cell)
{
    const struct wsync_duty_walk *walk = context;
    const struct wsync_duty_week more = {.records = cell->records};
    walk->add(walk->context, cell->scope, &more);
    return WSYNC_OK;
}

static enum wsync_err add_marks(void *context, const struct wsync_cell *cell)
{
    const struct wsync_duty_walk *walk = context;
    const struct wsync_measure *measure = wsync_cell_measure(
        cell, walk->nothing->duty->number, wsync_nothing_duty(walk->nothing, walk->form));
    const struct wsync_duty_week more = {.marks = measure ? measure->count : 0};
    walk->add(walk->context, cell->scope, &more);
    return WSYNC_OK;
}

enum wsync_err wsync_duty_read(struct wsync_site *site, const struct wsync_duty_walk *walk)
{
    struct wsync_duty_walk own = *walk;
    struct wsync_totals_query query = {walk->form->number, walk->scope, walk->monday,
                                       walk->monday + 6};
    enum wsync_err err = wsync_totals_walk(site->txn, NULL, &query, add_records, &own);
    if (err == WSYNC_OK && wsync_nothing_duty(walk->nothing, walk->form) != 0) {
        query.form = walk->nothing->form->number;
        err = wsync_totals_walk(site->txn, &site->arena, &query, add_marks, &own);
    }
    return err;
}
