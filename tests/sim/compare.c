/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a replica against the reference: records, liveness, conflicts, waiting, totals.
 */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "tests/sim/parts.h"
#include "tests/sim/photos.h"
#include "wardsync/totals.h"

enum { CELLS_MAX = 256, MEASURES_MAX = 24, SETTLE_RUNS_MAX = 64, PERSONAL_FIELD = 5 };

struct measure {
    uint32_t field, choice;
    int64_t count;
    wsync_int128 sum;
};

struct cell {
    uint32_t scope;
    int32_t day;
    int64_t records, in_conflict;
    struct measure measures[MEASURES_MAX];
    size_t measure_count;
};

/* One comparison in progress. */
struct desk {
    struct sim_node *node;
    struct sim_world *world;
    struct sim_state *state;
    struct wsync_txn *txn;
    struct wsync_ledger ledger;
    uint32_t numbers[SIM_LOGS_MAX]; /* log number here, by log of the book; 0: not held */
    struct cell cells[CELLS_MAX];
    size_t cell_count;
    size_t cells_seen;
};

static void differs(struct desk *desk, const struct sim_change *made, const char *what)
{
    sim_fail(desk->world,
             "node %zu: record (log %u, seq %u): %s is not what the reference says",
             sim_node_index(desk->node), made->log, made->seq, what);
}

static struct cell *cell_of(struct desk *desk, uint32_t scope, int32_t day)
{
    for (size_t i = 0; i < desk->cell_count; i++) {
        if (desk->cells[i].scope == scope && desk->cells[i].day == day) {
            return &desk->cells[i];
        }
    }
    WSYNC_ASSERT(desk->cell_count < CELLS_MAX);
    struct cell *cell = &desk->cells[desk->cell_count++];
    *cell = (struct cell){.scope = scope, .day = day};
    return cell;
}

static void add_measure(struct cell *cell, uint32_t field, uint32_t choice, int64_t value)
{
    struct measure *measure = cell->measures;
    size_t i = 0;
    while (i < cell->measure_count &&
           (measure[i].field != field || measure[i].choice != choice)) {
        i++;
    }
    if (i == cell->measure_count) {
        WSYNC_ASSERT(i < MEASURES_MAX);
        cell->measures[cell->measure_count++] = (struct measure){field, choice, 0, 0};
    }
    measure[i].count++;
    measure[i].sum += value;
}

/* What an alive record of the form adds to the totals [S10.20, S10.21]. */
static void account(struct desk *desk, const struct sim_record *record, uint32_t scope)
{
    size_t count;
    const struct sim_live *day = sim_record_shown(desk->state, record, 1, &count);
    bool dated = day && day->write->value.class == WSYNC_CLASS_INTEGER;
    struct cell *cell =
        cell_of(desk, scope, dated ? (int32_t)day->write->value.integer : WSYNC_NO_DAY);
    cell->records++;
    cell->in_conflict += record->conflict;
    for (uint32_t field = 2; field < 7 + SIM_FORM_VERSIONS_MAX; field++) {
        const struct sim_live *shown = sim_record_shown(desk->state, record, field, &count);
        bool counts = field == 3 || field == 6;
        if (!shown || field == 4 || field == PERSONAL_FIELD) {
            continue;
        }
        const struct sim_value *value = &shown->write->value;
        if (value->class == WSYNC_CLASS_LIST) {
            for (uint32_t choice = 0; choice < 63; choice++) {
                if ((value->integer >> choice & 1) != 0) {
                    add_measure(cell, field, choice, 0);
                }
            }
        } else if (value->class == WSYNC_CLASS_INTEGER) {
            add_measure(cell, field, counts ? (uint32_t)value->integer : 0,
                        counts ? 0 : value->integer);
        }
    }
}

/* The photos that an alive record names, and who wrote so. */
static void note_photos(struct desk *desk, const struct sim_record *record, uint32_t scope)
{
    const struct sim_book *book = &desk->world->book;
    struct sim_naming *naming = &desk->world->naming;
    for (size_t i = 0; i < record->live_count; i++) {
        const struct sim_live *live = &record->live[i];
        bool names = live->write && live->write->field == SIM_PHOTO_FIELD &&
                     live->write->value.class == WSYNC_CLASS_TEXT;
        if (!names) {
            continue;
        }
        const struct sim_log *log =
            &book->logs[book->changes[book->operations[live->operation].change].log];
        uint64_t photo = UINT64_C(1) << sim_album_find_text(live->write->value.text);
        bool own = wsync_device_id_equal(&log->device, &desk->node->replica.identity.device);
        naming->scopes[scope] |= photo;
        naming->above |= log->node ? photo : 0;
        naming->own |= own ? photo : 0;
    }
}

static bool same_value(const struct wsync_value *held, const struct sim_value *value)
{
    int64_t mask = 0;
    if (held->class != value->class) {
        return false;
    }
    if (held->class == WSYNC_CLASS_TEXT) {
        return sim_text_of(held->text) == value->text;
    }
    for (size_t i = 0; held->class == WSYNC_CLASS_LIST && i < held->item_count; i++) {
        mask |= (int64_t)(UINT64_C(1) << (held->items[i] & 63));
    }
    return held->class == WSYNC_CLASS_INTEGER ? held->integer == value->integer
                                              : mask == value->integer;
}

static struct wsync_dot dot_here(const struct desk *desk, uint16_t operation)
{
    const struct sim_book *book = &desk->world->book;
    const struct sim_change *change = &book->changes[book->operations[operation].change];
    return (struct wsync_dot){desk->numbers[change->log], change->seq,
                              (uint32_t)(operation - change->first)};
}

static bool same_live(const struct desk *desk, const struct wsync_record *held,
                      const struct sim_live *live)
{
    struct wsync_dot dot = dot_here(desk, live->operation);
    uint32_t field = live->write ? live->write->field : WSYNC_LIVENESS_FIELD;
    for (size_t i = 0; i < held->live_count; i++) {
        if (held->live[i].field == field && wsync_dot_equal(held->live[i].dot, dot)) {
            return !live->write || same_value(&held->live[i].value, &live->write->value);
        }
    }
    return false;
}

/* Shown values and life as the programs ask for them. */
static void compare_shown(struct desk *desk, const struct wsync_record *held,
                          const struct sim_record *record, const struct sim_change *made)
{
    bool contested;
    enum wsync_life life = wsync_record_life(held, &contested, NULL);
    if (life != record->life || contested != record->contested) {
        differs(desk, made, "its life");
    }
    if (wsync_record_in_conflict(held) != record->conflict) {
        differs(desk, made, "whether it is in conflict");
    }
    for (uint32_t field = 1; field < 7 + SIM_FORM_VERSIONS_MAX; field++) {
        size_t here;
        size_t there;
        const struct wsync_live *shown = wsync_record_shown(held, field, &here);
        const struct sim_live *model = sim_record_shown(desk->state, record, field, &there);
        if ((shown != NULL) != (model != NULL) || here != there ||
            (shown && !wsync_dot_equal(shown->dot, dot_here(desk, model->operation)))) {
            differs(desk, made, "the shown value");
        }
    }
}

static void compare_record(struct desk *desk, uint16_t operation)
{
    static struct sim_record record;
    struct sim_world *world = desk->world;
    const struct sim_operation *maker = &world->book.operations[operation];
    const struct sim_change *made = &world->book.changes[maker->change];
    struct wsync_record held;
    struct wsync_slice row;
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_dot id = dot_here(desk, operation);
    size_t mark = wsync_arena_mark(&world->arena);
    uint32_t scope = world->book.logs[made->log].scope;
    sim_state_record(desk->state, operation, &record);
    if (wsync_record_get(desk->txn, id, 0, &world->arena, &held) != WSYNC_OK) {
        differs(desk, made, "that it is missing");
        return;
    }
    if (held.form != maker->form || held.version != record.version || held.scope != scope) {
        differs(desk, made, "its form, version or unit");
    }
    if (held.live_count != record.live_count) {
        differs(desk, made, "the number of live values");
    }
    for (size_t i = 0; i < record.live_count; i++) {
        if (!same_live(desk, &held, &record.live[i])) {
            differs(desk, made, "a live value");
        }
    }
    compare_shown(desk, &held, &record, made);
    bool listed = wsync_txn_get(desk->txn, WSYNC_TABLE_CONFLICTS, wsync_record_key(id, key),
                                &row) == WSYNC_OK;
    if (listed != record.conflict) {
        differs(desk, made, "the list of conflicts");
    }
    world->statistics.conflicts += record.conflict;
    if (record.life == WSYNC_LIFE_ALIVE && maker->form >= WSYNC_FORM_FIRST) {
        account(desk, &record, scope);
        note_photos(desk, &record, scope);
    }
    wsync_arena_release(&world->arena, mark);
}

static size_t count_records(struct desk *desk)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    size_t count = 0;
    while (wsync_txn_seek(desk->txn, WSYNC_TABLE_RECORDS, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        count++;
    }
    return count;
}

/* The records that stand behind a cell. */
static int64_t count_counted(struct desk *desk, const struct wsync_cell *cell)
{
    struct wsync_counted at = {.form = cell->form,
                               .day = cell->day,
                               .scope = cell->scope,
                               .subject = cell->subject};
    int64_t count = 0;
    while (wsync_counted_seek(desk->txn, WSYNC_SEEK_GT, &at) == WSYNC_OK &&
           at.form == cell->form && at.day == cell->day && at.scope == cell->scope &&
           at.subject == cell->subject) {
        count++;
    }
    return count;
}

static void check_kept(struct desk *desk)
{
    bool kept = false;
    if (wsync_counted_is_kept(desk->txn, &kept) != WSYNC_OK || !kept) {
        sim_fail(desk->world, "node %zu: nobody says that the records of a cell are kept",
                 sim_node_index(desk->node));
    }
}

static enum wsync_err compare_cell(void *context, const struct wsync_cell *held)
{
    struct desk *desk = context;
    const struct cell *cell = cell_of(desk, held->scope, held->day);
    bool same = cell->records == held->records && cell->in_conflict == held->in_conflict &&
                cell->measure_count == held->measure_count && held->subject == held->scope &&
                count_counted(desk, held) == held->records;
    for (size_t i = 0; i < cell->measure_count; i++) {
        const struct measure *wanted = &cell->measures[i];
        const struct wsync_measure *measure =
            wsync_cell_measure(held, wanted->field, wanted->choice);
        same =
            same && measure && measure->count == wanted->count && measure->sum == wanted->sum;
    }
    if (!same) {
        sim_fail(desk->world,
                 "node %zu: the totals of unit %u on day %d are not what the reference says",
                 sim_node_index(desk->node), held->scope, held->day);
    }
    desk->cells_seen++;
    return WSYNC_OK;
}

/* The branches that count, and the pins as far as this roster knows of them. */
static void load_aside(struct desk *desk, const struct wsync_log *log, uint16_t index)
{
    const struct sim_book *book = &desk->world->book;
    struct wsync_branch branch = {.number = 0};
    while (wsync_branch_after(desk->txn, log->no, branch.number, &branch) == WSYNC_OK) {
        uint16_t change = sim_book_change(book, index, branch.seq, &branch.hash);
        for (; change != SIM_NONE && book->changes[change].seq >= branch.fork;
             change = book->changes[change].before) {
            desk->state->aside[change] = true;
        }
    }
}

/* The lowest pin that binds the log at this version of the roster.  [S7.10, S7.39, S7.41] */
static uint64_t pin_of(const struct sim_world *world, const struct wsync_log *log,
                       uint64_t version)
{
    uint64_t lowest = UINT64_MAX;
    for (size_t i = 0; i < world->revocation_count; i++) {
        const struct sim_revocation *revoked = &world->revocations[i];
        if (revoked->version > version || revoked->lifted <= version ||
            !wsync_device_id_equal(&revoked->device, &log->device)) {
            continue;
        }
        uint64_t pin = 0;
        for (size_t k = 0; k < revoked->pin_count; k++) {
            bool pinned = wsync_log_id_equal(&revoked->pins[k].log, &log->id);
            pin = pinned ? revoked->pins[k].seq : pin;
        }
        lowest = pin < lowest ? pin : lowest;
    }
    return lowest;
}

/* Where a rotation closed the log, by the statements of this roster read one by one.  [S7.38]
 */
static uint64_t closed_at(struct desk *desk, const struct wsync_log *log, uint64_t version)
{
    struct wsync_arena *arena = &desk->world->arena;
    bool found = false; /* the key that wrote the log, in force */
    uint64_t pin = UINT64_MAX;
    for (uint64_t at = 1; at <= version && desk->world->statistics.struck[SIM_ROTATION] > 0;
         at++) {
        struct wsync_signed_statement held;
        struct wsync_statement said;
        size_t mark = wsync_arena_mark(arena);
        WSYNC_ASSERT(wsync_roster_statement(desk->txn, at, &held) == WSYNC_OK);
        WSYNC_ASSERT(wsync_statement_decode(held.statement, arena, &said) == WSYNC_OK);
        bool enrols = said.kind == WSYNC_STATEMENT_ENROL || said.kind == WSYNC_STATEMENT_FIRST;
        bool rotates = said.kind == WSYNC_STATEMENT_ROTATE &&
                       wsync_device_id_equal(&said.rotate.device, &log->device);
        const struct wsync_signing_key *key =
            rotates ? &said.rotate.signing_key : &said.enrol.signing_key;
        bool its = (rotates || enrols) &&
                   memcmp(key->b, log->signing_key.b, sizeof log->signing_key.b) == 0;
        if (rotates && found && pin == UINT64_MAX) {
            pin = 0;
            for (size_t i = 0; i < said.rotate.pin_count; i++) {
                bool pinned = wsync_log_id_equal(&said.rotate.pins[i].log, &log->id);
                pin = pinned ? said.rotate.pins[i].seq : pin;
            }
        }
        found |= its;
        wsync_arena_release(arena, mark);
    }
    return pin;
}

static void load(struct desk *desk)
{
    struct sim_world *world = desk->world;
    struct sim_state *state = desk->state;
    struct wsync_roster roster;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    WSYNC_ASSERT(wsync_roster_get(desk->txn, &roster) == WSYNC_OK);
    memset(state->aside, 0, sizeof state->aside);
    for (size_t i = 0; i < SIM_LOGS_MAX; i++) {
        state->heads[i] = SIM_NONE;
        state->known[i] = false;
        state->pins[i] = UINT64_MAX;
    }
    while (wsync_log_after(desk->txn, after, &log) == WSYNC_OK) {
        uint16_t index = sim_book_log(&world->book, &log.id);
        WSYNC_ASSERT(index != SIM_NONE);
        state->heads[index] = sim_book_change(&world->book, index, log.seq, &log.hash);
        state->known[index] = true;
        load_aside(desk, &log, index);
        desk->numbers[index] = log.no;
        uint64_t removed = pin_of(world, &log, roster.version);
        uint64_t closed = closed_at(desk, &log, roster.version);
        state->pins[index] = closed < removed ? closed : removed;
        at = log.id;
        after = &at;
    }
}

static bool same_outcome(const struct desk *desk, uint16_t change,
                         enum wsync_change_state *state)
{
    static const enum wsync_change_state STATES[] = {[SIM_WAITS] = WSYNC_CHANGE_WAITING,
                                                     [SIM_MERGED] = WSYNC_CHANGE_MERGED,
                                                     [SIM_QUARANTINED] =
                                                         WSYNC_CHANGE_QUARANTINED,
                                                     [SIM_COPY] = WSYNC_CHANGE_COPY};
    const struct sim_change *made = &desk->world->book.changes[change];
    struct wsync_change held;
    struct wsync_slice row;
    uint8_t key[12];
    uint32_t no = desk->numbers[made->log];
    enum sim_outcome outcome = desk->state->outcome[change];
    WSYNC_ASSERT(wsync_log_change(desk->txn, no, made->seq, &held) == WSYNC_OK);
    *state = held.state;
    wsync_be_put(key, no, 4);
    wsync_be_put(key + 4, made->seq, 8);
    enum wsync_err err =
        wsync_txn_get(desk->txn, WSYNC_TABLE_QUARANTINE, wsync_slice(key, sizeof key), &row);
    if (outcome != SIM_QUARANTINED || err != WSYNC_OK) {
        return STATES[outcome] == held.state && err == WSYNC_ERR_NOT_FOUND;
    }
    return held.state == WSYNC_CHANGE_QUARANTINED &&
           wsync_be_get(row.data, row.len) == wsync_err_code(desk->state->reason[change]);
}

/* What became of every change that is held.  [S5.24, S5.25, S10.11 to S10.13] */
static void compare_changes(struct desk *desk)
{
    static const char *const NAMES[] = {"absent", "to wait", "merged", "quarantined", "a copy"};
    struct sim_world *world = desk->world;
    struct sim_state *state = desk->state;
    enum wsync_change_state held;
    for (uint16_t i = 0; i < world->book.change_count && !world->failed; i++) {
        if (state->outcome[i] == SIM_ABSENT) {
            continue;
        }
        if (!same_outcome(desk, i, &held)) {
            const struct sim_change *made = &world->book.changes[i];
            sim_fail(world,
                     "node %zu: change %u of log %u ought to be %s (%s), and is in state %d",
                     sim_node_index(desk->node), made->seq, made->log, NAMES[state->outcome[i]],
                     wsync_err_name(state->reason[i]), (int)held);
        }
        world->statistics.waited += state->outcome[i] == SIM_WAITS;
        world->statistics.quarantined += state->outcome[i] == SIM_QUARANTINED;
        world->statistics.copies += state->outcome[i] == SIM_COPY;
    }
}

/* Lets the store settle, asks the reference, and compares what became of each change. */
static void settle(struct desk *desk)
{
    struct sim_world *world = desk->world;
    bool more = true;
    for (int i = 0; more && i < SETTLE_RUNS_MAX; i++) {
        WSYNC_ASSERT(wsync_ledger_settle(&desk->ledger, desk->txn, &world->arena, &more) ==
                     WSYNC_OK);
    }
    if (more) {
        sim_fail(world, "node %zu never settles", sim_node_index(desk->node));
        return;
    }
    load(desk);
    sim_state_settle(desk->state);
    compare_changes(desk);
}

void sim_compare(struct sim_node *node)
{
    static struct desk desk;
    struct sim_world *world = node->world;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_WRITE);
    wsync_catalog_init(&world->catalog);
    desk = (struct desk){.node = node,
                         .world = world,
                         .state = &world->state,
                         .txn = view.txn,
                         .ledger = {.catalog = &world->catalog}};
    world->state.book = &world->book;
    world->naming = (struct sim_naming){.own = 0};
    world->statistics.compared++;
    settle(&desk);
    size_t records = 0;
    for (uint16_t i = 0; i < world->book.operation_count && !world->failed; i++) {
        const struct sim_operation *operation = &world->book.operations[i];
        if (operation->creates && world->state.outcome[operation->change] == SIM_MERGED) {
            compare_record(&desk, i);
            records++;
        }
    }
    if (!world->failed && records != count_records(&desk)) {
        sim_fail(world, "node %zu holds %zu records, not %zu", sim_node_index(node),
                 count_records(&desk), records);
    }
    if (!world->failed) {
        sim_photos_compare(node, view.txn);
    }
    size_t expected = desk.cell_count;
    struct wsync_totals_query query = {REPLICA_FORM, 0, WSYNC_NO_DAY, INT32_MAX};
    WSYNC_ASSERT(world->failed || wsync_totals_walk(view.txn, &world->arena, &query,
                                                    compare_cell, &desk) == WSYNC_OK);
    check_kept(&desk);
    if (!world->failed && desk.cells_seen != expected) {
        sim_fail(world, "node %zu has %zu cells of totals, not %zu", sim_node_index(node),
                 desk.cells_seen, expected);
    }
    sim_view_close(&view);
}
