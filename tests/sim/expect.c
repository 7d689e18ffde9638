/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of SPEC section 10 once more, from the changes alone: what is merged, what a record
 * holds, what is shown. */
#include <string.h>

#include "tests/sim/model.h"

static uint16_t change_of(const struct sim_model *model, struct sim_dot dot)
{
    return model->logs[dot.log].changes[dot.seq - 1];
}

/* Does an address of change `from` take effect with these heads? [S10.8, S10.11] */
static bool resolves(const struct sim_state *state, uint16_t from,
                     const struct sim_address *address)
{
    uint16_t named = change_of(state->model, address->dot);
    if (address->by == SIM_NONE) {
        return named == from || state->merged[named];
    }
    return state->heads[address->by] >= address->reach && state->merged[named];
}

static bool form_is_known(const struct sim_state *state, uint32_t form, uint32_t version)
{
    const struct sim_model *model = state->model;
    if (form < WSYNC_FORM_FIRST) {
        return true;
    }
    for (size_t i = 0; i < model->operation_count; i++) {
        const struct sim_operation *operation = &model->operations[i];
        if (operation->defines_form == form && operation->defines_version == version &&
            state->merged[operation->change]) {
            return true;
        }
    }
    return false;
}

static bool may_merge(const struct sim_state *state, uint16_t change)
{
    const struct sim_change *looked_at = &state->model->changes[change];
    for (uint16_t i = 0; i < looked_at->count; i++) {
        const struct sim_operation *operation = &state->model->operations[looked_at->first + i];
        if (operation->kind == WSYNC_KIND_WRITE &&
            !form_is_known(state, operation->form, operation->version)) {
            return false;
        }
        if ((!operation->creates && !resolves(state, change, &operation->record)) ||
            (operation->kind == WSYNC_KIND_DUPLICATE &&
             !resolves(state, change, &operation->other))) {
            return false;
        }
    }
    return true;
}

void sim_state_settle(struct sim_state *state)
{
    const struct sim_model *model = state->model;
    bool moved = true;
    memset(state->merged, 0, sizeof state->merged);
    while (moved) {
        moved = false;
        state->waiting = 0;
        for (uint16_t i = 0; i < model->change_count; i++) {
            const struct sim_change *change = &model->changes[i];
            if (state->merged[i] || change->seq > state->heads[change->log]) {
                continue;
            }
            state->merged[i] = may_merge(state, i);
            moved |= state->merged[i];
            state->waiting += !state->merged[i];
        }
    }
}

static bool is_mark(const struct sim_operation *operation)
{
    return operation->kind == WSYNC_KIND_DELETE || operation->kind == WSYNC_KIND_DUPLICATE;
}

static bool writes_field(const struct sim_operation *operation, uint32_t field)
{
    for (size_t i = 0; i < operation->write_count; i++) {
        if (operation->writes[i].field == field) {
            return true;
        }
    }
    return false;
}

/* Does operation `by` name operation `of` as a base that takes effect? */
static bool names(const struct sim_state *state, uint16_t by, uint16_t of)
{
    const struct sim_model *model = state->model;
    const struct sim_operation *operation = &model->operations[by];
    for (size_t i = 0; i < operation->base_count; i++) {
        const struct sim_address *base = &operation->bases[i];
        if (sim_model_operation(model, base->dot) == of &&
            resolves(state, operation->change, base)) {
            return true;
        }
    }
    return false;
}

/* Is what `operation` wrote into `field` (0: its mark) taken away by another? [S10.6, S10.15]
 */
static bool is_gone(const struct sim_state *state, uint16_t first, uint16_t operation,
                    uint32_t field)
{
    const struct sim_model *model = state->model;
    for (uint16_t i = first; i != SIM_NONE; i = model->operations[i].next) {
        const struct sim_operation *by = &model->operations[i];
        bool touches = field == WSYNC_LIVENESS_FIELD ||
                       (by->kind == WSYNC_KIND_WRITE && writes_field(by, field));
        if (i != operation && touches && state->merged[by->change] &&
            names(state, i, operation)) {
            return true;
        }
    }
    return false;
}

static void add_live(struct sim_record *record, uint16_t operation,
                     const struct sim_write *write)
{
    WSYNC_ASSERT(record->live_count < SIM_LIVE_MAX);
    record->live[record->live_count++] = (struct sim_live){operation, write};
}

static bool marks_agree(const struct sim_state *state, uint16_t one, uint16_t two)
{
    const struct sim_operation *a = &state->model->operations[one];
    const struct sim_operation *b = &state->model->operations[two];
    return a->kind == b->kind && (a->kind != WSYNC_KIND_DUPLICATE ||
                                  sim_model_operation(state->model, a->other.dot) ==
                                      sim_model_operation(state->model, b->other.dot));
}

/* Is a live value named by some live mark? */
static bool is_named(const struct sim_state *state, const struct sim_record *record,
                     uint16_t operation)
{
    for (size_t i = 0; i < record->live_count; i++) {
        if (!record->live[i].write && names(state, record->live[i].operation, operation)) {
            return true;
        }
    }
    return false;
}

/* [S10.16] */
static void work_out_life(const struct sim_state *state, struct sim_record *record)
{
    uint16_t mark = SIM_NONE;
    for (size_t i = 0; i < record->live_count; i++) {
        if (!record->live[i].write) {
            mark = mark == SIM_NONE ? record->live[i].operation : mark;
            record->contested |= !marks_agree(state, mark, record->live[i].operation);
        }
    }
    record->life = WSYNC_LIFE_ALIVE;
    if (mark == SIM_NONE) {
        return;
    }
    for (size_t i = 0; i < record->live_count; i++) {
        record->contested |=
            record->live[i].write && !is_named(state, record, record->live[i].operation);
    }
    if (!record->contested) {
        record->life = state->model->operations[mark].kind == WSYNC_KIND_DELETE
                           ? WSYNC_LIFE_DELETED
                           : WSYNC_LIFE_DUPLICATE;
    }
}

/* [S10.17] */
static bool in_conflict(const struct sim_record *record)
{
    for (size_t i = 0; record->life == WSYNC_LIFE_ALIVE && i < record->live_count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct sim_write *a = record->live[i].write;
            const struct sim_write *b = record->live[k].write;
            if (a && b && a->field == b->field) {
                return true;
            }
        }
    }
    return record->contested;
}

void sim_state_record(const struct sim_state *state, uint16_t operation,
                      struct sim_record *record)
{
    const struct sim_model *model = state->model;
    record->version = 0;
    record->contested = false;
    record->live_count = 0;
    for (uint16_t i = operation; i != SIM_NONE; i = model->operations[i].next) {
        const struct sim_operation *by = &model->operations[i];
        if (!state->merged[by->change]) {
            continue;
        }
        record->version = by->version > record->version ? by->version : record->version;
        if (is_mark(by) && !is_gone(state, operation, i, WSYNC_LIVENESS_FIELD)) {
            add_live(record, i, NULL);
        }
        for (size_t k = 0; k < by->write_count; k++) {
            if (!is_gone(state, operation, i, by->writes[k].field)) {
                add_live(record, i, &by->writes[k]);
            }
        }
    }
    work_out_life(state, record);
    record->conflict = in_conflict(record);
}

/* [S10.18] */
static bool is_later(const struct sim_model *model, uint16_t one, uint16_t two)
{
    const struct sim_change *a = &model->changes[model->operations[one].change];
    const struct sim_change *b = &model->changes[model->operations[two].change];
    const struct sim_log *first = &model->logs[a->log];
    const struct sim_log *second = &model->logs[b->log];
    int device = memcmp(first->device.b, second->device.b, sizeof first->device.b);
    int log = memcmp(first->id.b, second->id.b, sizeof first->id.b);
    if (a->stamp != b->stamp) {
        return a->stamp > b->stamp;
    }
    if (device != 0 || log != 0) {
        return device != 0 ? device > 0 : log > 0;
    }
    return a->seq != b->seq ? a->seq > b->seq : one > two;
}

const struct sim_live *sim_record_shown(const struct sim_state *state,
                                        const struct sim_record *record, uint32_t field,
                                        size_t *count)
{
    const struct sim_live *shown = NULL;
    *count = 0;
    for (size_t i = 0; i < record->live_count; i++) {
        const struct sim_live *live = &record->live[i];
        if (live->write && live->write->field == field) {
            (*count)++;
            shown = !shown || is_later(state->model, live->operation, shown->operation) ? live
                                                                                        : shown;
        }
    }
    return shown;
}
