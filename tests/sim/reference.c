/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/sim/standing.h"
#include "wardsync/verdict.h"

static bool form_known(const struct sim_state *state, uint32_t form, uint32_t version)
{
    for (size_t i = 0; form >= WSYNC_FORM_FIRST && i < state->book->operation_count; i++) {
        const struct sim_operation *by = &state->book->operations[i];
        if (by->creates && by->form == WSYNC_FORM_FORM &&
            state->outcome[by->change] == SIM_MERGED && by->writes[0].value.integer == form &&
            by->writes[1].value.integer == version) {
            return true;
        }
    }
    return form <= WSYNC_FORM_VERDICT && version == 1;
}

/* [S7.16, S7.17] */
static bool may_write(const struct sim_log *log, uint32_t form)
{
    bool of_top = form == WSYNC_FORM_UNIT || form == WSYNC_FORM_FORM;
    return of_top ? log->node && log->scope == 1 : log->node || form != WSYNC_FORM_VERDICT;
}

/* A record that an operation names: OK, a reason, or NOT_FOUND to wait.  [S10.3, S10.4] */
static enum wsync_err judge_record(const struct sim_state *state,
                                   const struct sim_operation *by,
                                   const struct sim_address *address)
{
    bool waits;
    const struct sim_log *log = sim_log_of(state, by->change);
    uint16_t maker = sim_meaning(state, by->change, address, &waits);
    const struct sim_operation *made = &state->book->operations[maker % SIM_OPERATIONS_MAX];
    bool fits = maker != SIM_NONE && made->creates && made->form != WSYNC_FORM_FORM &&
                sim_log_of(state, made->change)->scope == log->scope &&
                may_write(log, made->form) &&
                (by->kind != WSYNC_KIND_WRITE || by->form == made->form);
    return waits ? WSYNC_ERR_NOT_FOUND : fits ? WSYNC_OK : WSYNC_ERR_RECORD;
}

/* [S10.2] */
static enum wsync_err judge_operation(const struct sim_state *state,
                                      const struct sim_operation *by)
{
    bool waits, writes = by->kind == WSYNC_KIND_WRITE;
    if (writes && !may_write(sim_log_of(state, by->change), by->form)) {
        return WSYNC_ERR_RIGHT;
    }
    if (writes && !form_known(state, by->form, by->version)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    enum wsync_err err = by->illegal;
    if (err == WSYNC_OK && !by->creates) {
        err = judge_record(state, by, &by->record);
    }
    if (err == WSYNC_OK && by->kind == WSYNC_KIND_DUPLICATE) {
        err = judge_record(state, by, &by->other);
        if (err == WSYNC_OK && sim_meaning(state, by->change, &by->record, &waits) ==
                                   sim_meaning(state, by->change, &by->other, &waits)) {
            err = WSYNC_ERR_RECORD;
        }
    }
    return err;
}

/* [S6.16, S10.1, S10.34 to S10.36, S13.13, S13.14] */
static enum sim_outcome judge(struct sim_state *state, uint16_t change, enum wsync_err *reason)
{
    const struct sim_change *judged = &state->book->changes[change];
    const struct sim_ruling *ruling = &state->rulings[change];
    *reason = judged->unreadable;
    if (sim_is_quarantined(state, change)) {
        *reason = wsync_err_from_code((uint32_t)ruling->reason);
    } else if (*reason == WSYNC_OK && judged->has_origin) {
        bool here = judged->origin_log != SIM_NONE && state->known[judged->origin_log];
        if (!sim_copies(state, change)) {
            *reason = judged->origin_bad || here ? WSYNC_ERR_ORIGIN : WSYNC_ERR_NOT_FOUND;
        } else if (sim_state_counting(state, change) != change) {
            return SIM_COPY;
        }
    }
    if (*reason == WSYNC_OK && ruling->decision != WSYNC_DECISION_ADOPT &&
        judged->seq > state->pins[judged->log]) {
        *reason = WSYNC_ERR_REVOKED;
    }
    for (uint16_t i = 0; i < judged->count && *reason == WSYNC_OK; i++) {
        *reason = judge_operation(state, &state->book->operations[judged->first + i]);
    }
    return *reason == WSYNC_OK              ? SIM_MERGED
           : *reason == WSYNC_ERR_NOT_FOUND ? SIM_WAITS
                                            : SIM_QUARANTINED;
}

/* Judges the node's changes, or all, until nothing moves any more.  [S10.11, S10.12] */
static void settle(struct sim_state *state, bool all)
{
    const struct sim_book *book = state->book;
    bool waits;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint16_t i = 0; i < book->change_count; i++) {
            if (state->outcome[i] == SIM_WAITS && (all || sim_log_of(state, i)->node)) {
                state->outcome[i] = judge(state, i, &state->reason[i]);
                moved |= state->outcome[i] != SIM_WAITS;
            }
        }
    }
    memset(state->next, 0xff, sizeof state->next);
    for (uint16_t i = 0; i < book->operation_count; i++) {
        const struct sim_operation *by = &book->operations[i];
        for (uint16_t k = by->first_base; k < by->first_base + by->base_count; k++) {
            state->bases[k] = sim_meaning(state, by->change, &book->bases[k], &waits);
        }
        if (!by->creates && state->outcome[by->change] == SIM_MERGED) {
            uint16_t maker = sim_meaning(state, by->change, &by->record, &waits);
            state->next[i] = state->next[maker];
            state->next[maker] = i;
        }
    }
}

/* Does operation `by` name operation `of` as a base? */
static bool names(const struct sim_state *state, uint16_t by, uint16_t of)
{
    const struct sim_operation *operation = &state->book->operations[by];
    for (size_t i = 0; i < operation->base_count; i++) {
        if (state->bases[operation->first_base + i] == of) {
            return true;
        }
    }
    return false;
}

/* Is what `of` wrote into the field (0: its mark) live still?  [S10.6, S10.7, S10.15] */
static bool is_live(const struct sim_state *state, uint16_t maker, uint16_t of, uint32_t field)
{
    for (uint16_t i = maker; i != SIM_NONE; i = state->next[i]) {
        const struct sim_operation *by = &state->book->operations[i];
        bool touches = field == WSYNC_LIVENESS_FIELD;
        for (size_t k = 0; k < by->write_count; k++) {
            touches |= by->writes[k].field == field;
        }
        if (i != of && touches && names(state, i, of)) {
            return false;
        }
    }
    return true;
}

/* [S10.16, S10.17] */
static void work_out_life(const struct sim_state *state, struct sim_record *record)
{
    const struct sim_operation *operations = state->book->operations;
    const struct sim_operation *mark = NULL;
    bool waits;
    for (size_t i = 0; i < record->live_count; i++) {
        const struct sim_live *live = &record->live[i];
        const struct sim_operation *by = &operations[live->operation];
        mark = live->write || mark ? mark : by;
        record->contested |=
            !live->write &&
            (mark->kind != by->kind || sim_meaning(state, mark->change, &mark->other, &waits) !=
                                           sim_meaning(state, by->change, &by->other, &waits));
        for (size_t k = 0; k < i; k++) {
            const struct sim_write *other = record->live[k].write;
            record->conflict |= live->write && other && live->write->field == other->field;
        }
    }
    for (size_t i = 0; mark && i < record->live_count; i++) {
        bool named = !record->live[i].write;
        for (size_t k = 0; k < record->live_count; k++) {
            named |= !record->live[k].write &&
                     names(state, record->live[k].operation, record->live[i].operation);
        }
        record->contested |= !named;
    }
    record->life = !mark || record->contested        ? WSYNC_LIFE_ALIVE
                   : mark->kind == WSYNC_KIND_DELETE ? WSYNC_LIFE_DELETED
                                                     : WSYNC_LIFE_DUPLICATE;
    record->conflict =
        record->contested || (record->life == WSYNC_LIFE_ALIVE && record->conflict);
}

void sim_state_record(const struct sim_state *state, uint16_t maker, struct sim_record *record)
{
    record->version = 0;
    record->contested = record->conflict = false;
    record->live_count = 0;
    for (uint16_t i = maker; i != SIM_NONE; i = state->next[i]) {
        const struct sim_operation *by = &state->book->operations[i];
        bool marks = by->kind == WSYNC_KIND_DELETE || by->kind == WSYNC_KIND_DUPLICATE;
        WSYNC_ASSERT(record->live_count + by->write_count < SIM_LIVE_MAX);
        record->version = by->version > record->version ? by->version : record->version;
        if (marks && is_live(state, maker, i, WSYNC_LIVENESS_FIELD)) {
            record->live[record->live_count++] = (struct sim_live){i, NULL};
        }
        for (size_t k = 0; k < by->write_count; k++) {
            if (is_live(state, maker, i, by->writes[k].field)) {
                record->live[record->live_count++] = (struct sim_live){i, &by->writes[k]};
            }
        }
    }
    work_out_life(state, record);
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
            ++*count;
            bool later = !shown || sim_is_later(state, live->operation, shown->operation);
            shown = later ? live : shown;
        }
    }
    return shown;
}

void sim_state_settle(struct sim_state *state)
{
    const struct sim_book *book = state->book;
    memset(state->outcome, 0, sizeof state->outcome);
    memset(state->rulings, 0, sizeof state->rulings);
    memset(state->stands, 0, sizeof state->stands);
    for (size_t log = 0; log < book->log_count; log++) {
        for (uint16_t i = state->heads[log]; i != SIM_NONE; i = book->changes[i].before) {
            state->outcome[i] = SIM_WAITS;
        }
    }
    settle(state, false); /* no verdict has effect on the node's own changes */
    for (uint16_t i = 0; i < book->operation_count; i++) {
        const struct sim_operation *by = &book->operations[i];
        if (by->creates && by->form == WSYNC_FORM_VERDICT &&
            state->outcome[by->change] == SIM_MERGED) {
            sim_rule(state, i);
        }
    }
    settle(state, true);
}
