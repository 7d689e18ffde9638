/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/standing.h"

#include <string.h>

#include "wardsync/verdict.h"

const struct sim_log *sim_log_of(const struct sim_state *state, uint16_t change)
{
    return &state->book->logs[state->book->changes[change].log];
}

bool sim_is_quarantined(const struct sim_state *state, uint16_t change)
{
    const struct sim_change *judged = &state->book->changes[change];
    const struct sim_ruling *ruling = &state->rulings[change];
    bool lapses = ruling->reason == (int64_t)wsync_err_code(WSYNC_ERR_REVOKED) &&
                  judged->seq <= state->pins[judged->log];
    return ruling->decision == WSYNC_DECISION_QUARANTINE && !lapses;
}

/* Does a pin exclude it, with no verdict to the contrary? */
static bool is_beyond(const struct sim_state *state, uint16_t change)
{
    const struct sim_change *judged = &state->book->changes[change];
    return judged->seq > state->pins[judged->log] && state->rulings[change].decision == 0;
}

/* Does a change that is here count by itself?  [S13.14] */
static bool stands(const struct sim_state *state, uint16_t change)
{
    bool revoked = sim_is_quarantined(state, change) &&
                   state->rulings[change].reason == (int64_t)wsync_err_code(WSYNC_ERR_REVOKED);
    return state->outcome[change] != SIM_ABSENT && !revoked && !is_beyond(state, change);
}

/* Orders changes alike everywhere: by (device, log id, seq). */
static int order(const struct sim_state *state, uint16_t a, uint16_t b)
{
    const struct sim_log *one = sim_log_of(state, a);
    const struct sim_log *two = sim_log_of(state, b);
    int device = memcmp(&one->device, &two->device, sizeof one->device);
    int log = memcmp(&one->id, &two->id, sizeof one->id);
    return device != 0 ? device
           : log != 0  ? log
                       : state->book->changes[a].seq - state->book->changes[b].seq;
}

/* Orders copies, by (log id, seq).  [S13.14] */
static bool is_before(const struct sim_state *state, uint16_t a, uint16_t b)
{
    const struct sim_log *one = sim_log_of(state, a);
    const struct sim_log *two = sim_log_of(state, b);
    int log = memcmp(&one->id, &two->id, sizeof one->id);
    return log != 0 ? log < 0 : state->book->changes[a].seq < state->book->changes[b].seq;
}

bool sim_copies(const struct sim_state *state, uint16_t change)
{
    const struct sim_change *copy = &state->book->changes[change];
    const struct sim_log *from = &state->book->logs[copy->origin_log % SIM_LOGS_MAX];
    return state->outcome[change] != SIM_ABSENT && copy->has_origin && !copy->origin_bad &&
           copy->origin_log != SIM_NONE && state->known[copy->origin_log] &&
           copy->unreadable == WSYNC_OK && !sim_is_quarantined(state, change) &&
           !is_beyond(state, change) &&
           sim_book_follows(state->book, &sim_log_of(state, change)->device, &from->device) &&
           from->scope == sim_log_of(state, change)->scope;
}

uint16_t sim_state_counting(const struct sim_state *state, uint16_t change)
{
    const struct sim_book *book = state->book;
    const struct sim_change *asked = &book->changes[change];
    bool absent = state->outcome[change] == SIM_ABSENT;
    bool copy = absent ? asked->has_origin && !asked->origin_bad : sim_copies(state, change);
    uint16_t log = copy ? asked->origin_log : asked->log;
    uint16_t seq = copy ? asked->origin_seq : asked->seq;
    struct wsync_hash_prefix hash =
        copy ? asked->origin_hash : wsync_hash_prefix_of(&asked->hash);
    bool alone = !copy && !absent && stands(state, change);
    uint16_t best = alone ? change : SIM_NONE;
    for (uint16_t i = 0; book->has_origins && !alone && i < book->change_count; i++) {
        const struct sim_change *other = &book->changes[i];
        if (stands(state, i) && other->log == log && other->seq == seq &&
            wsync_hash_has_prefix(&other->hash, &hash)) {
            return i;
        }
        bool is_copy = sim_copies(state, i) && other->origin_log == log &&
                       other->origin_seq == seq &&
                       memcmp(&other->origin_hash, &hash, sizeof hash) == 0;
        best = is_copy && (best == SIM_NONE || is_before(state, i, best)) ? i : best;
    }
    return best == SIM_NONE && !copy && !absent ? change : best;
}

uint16_t sim_meaning(const struct sim_state *state, uint16_t from,
                     const struct sim_address *address, bool *waits)
{
    uint16_t change = address->change;
    *waits = !address->never;
    uint16_t entry = address->entry;
    bool known =
        entry == SIM_NONE || (sim_state_counting(state, entry) != SIM_NONE &&
                              (state->outcome[entry] != SIM_ABSENT || state->aside[entry]));
    if (change == SIM_NONE || !known) {
        return SIM_NONE;
    }
    change = change == from ? from : sim_state_counting(state, change);
    if (change == SIM_NONE || (change != from && state->outcome[change] != SIM_MERGED)) {
        return SIM_NONE;
    }
    const struct sim_change *named = &state->book->changes[change];
    *waits = false;
    return address->op < named->count ? (uint16_t)(named->first + address->op) : SIM_NONE;
}

bool sim_is_later(const struct sim_state *state, uint16_t a, uint16_t b)
{
    uint16_t one = state->book->operations[a].change;
    uint16_t two = state->book->operations[b].change;
    int64_t first = state->book->changes[one].stamp;
    int64_t second = state->book->changes[two].stamp;
    int by_change = order(state, one, two);
    return first != second ? first > second : by_change != 0 ? by_change > 0 : a > b;
}

void sim_rule(struct sim_state *state, uint16_t maker)
{
    static struct sim_record record;
    const struct sim_live *shown[WSYNC_VERDICT_REASON + 1];
    size_t count;
    sim_state_record(state, maker, &record);
    for (uint32_t field = WSYNC_VERDICT_LOG; field <= WSYNC_VERDICT_REASON; field++) {
        shown[field] = sim_record_shown(state, &record, field, &count);
    }
    const struct sim_value *decision = &shown[WSYNC_VERDICT_DECISION]->write->value;
    for (uint16_t i = 0; record.life == WSYNC_LIFE_ALIVE && i < state->book->change_count;
         i++) {
        const struct sim_change *change = &state->book->changes[i];
        const struct sim_log *log = sim_log_of(state, i);
        bool stands = decision->integer == WSYNC_DECISION_STANDS;
        struct sim_ruling *ruling = stands ? &state->stands[i] : &state->rulings[i];
        if (log->text == shown[WSYNC_VERDICT_LOG]->write->value.text &&
            change->seq == shown[WSYNC_VERDICT_SEQ]->write->value.integer &&
            change->text == shown[WSYNC_VERDICT_HASH]->write->value.text &&
            log->scope == sim_log_of(state, state->book->operations[maker].change)->scope &&
            (stands || !log->node) &&
            (ruling->decision == 0 ||
             sim_is_later(state, shown[WSYNC_VERDICT_DECISION]->operation, ruling->by))) {
            *ruling = (struct sim_ruling){decision->integer,
                                          shown[WSYNC_VERDICT_REASON]->write->value.integer,
                                          shown[WSYNC_VERDICT_DECISION]->operation};
        }
    }
}
