/* SPDX-License-Identifier: Apache-2.0 */
/* Merge as a property (invariants 4, 5 and 6, SPEC section 10): random small histories of three
 * devices, delivered in many orders and batches, give one digest, one set of totals, and what a
 * model says that knows no order at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/totals.h"

enum {
    SEED = 13,
    DEVICES = 3,
    CHANGES = 8,
    OPS = 2,
    BASES = 24,
    FIELDS = 4, /* liveness and fields 1 to 3 */
    DAY = 19100,
    DAYS = 3,
    HISTORIES = 120,
    ORDERS = 5,
    ALL_OPS = DEVICES * CHANGES * OPS,
};

/* A dot as the model names it. */
struct at {
    int device, seq, op;
};

struct op {
    enum wsync_kind kind;
    bool creates;
    struct at record, other;
    struct at bases[BASES];
    size_t base_count;
    bool writes[FIELDS], blank[FIELDS];
    int64_t values[FIELDS];
};

struct change {
    struct op ops[OPS];
    size_t op_count;
    int64_t stamp;
};

/* A history: what was written, and as logs. */
struct history {
    uint64_t random;
    struct change changes[DEVICES][CHANGES + 1];
    int seq[DEVICES];
    struct forge forges[DEVICES];
    struct at references[DEVICES][CHANGES * DEVICES];
    size_t reference_count[DEVICES];
};

struct world {
    struct installation installation;
    struct replica district, wards[DEVICES];
    struct forge forms; /* the district's log */
};

static uint64_t draw(struct history *history, uint64_t below)
{
    history->random += 0x9e3779b97f4a7c15U;
    uint64_t z = history->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % below;
}

static bool same(struct at a, struct at b)
{
    return a.device == b.device && a.seq == b.seq && a.op == b.op;
}

static const struct op *op_at(const struct history *history, struct at at)
{
    return &history->changes[at.device][at.seq].ops[at.op];
}

/* ---- the model: live values of a view are those written in it less those named in it ---- */

static bool next_op(const struct history *history, const int *view, struct at *at)
{
    at->op++;
    while (at->device < DEVICES) {
        if (at->seq >= 1 && at->seq <= view[at->device] &&
            at->op < (int)history->changes[at->device][at->seq].op_count) {
            return true;
        }
        at->op = 0;
        if (++at->seq > view[at->device]) {
            at->seq = 1;
            at->device++;
        }
    }
    return false;
}

static const struct at BEFORE_ALL = {0, 1, -1};

static bool names(const struct op *op, struct at at)
{
    for (size_t i = 0; i < op->base_count; i++) {
        if (same(op->bases[i], at)) {
            return true;
        }
    }
    return false;
}

/* Does the operation put a value into the field of its record?  Field 0: a mark. */
static bool puts_value(const struct op *op, int field)
{
    return field == 0 ? op->kind == WSYNC_KIND_DELETE || op->kind == WSYNC_KIND_DUPLICATE
                      : op->kind == WSYNC_KIND_WRITE && op->writes[field];
}

/* Does the operation take named values of the field away?  Every kind takes marks. */
static bool takes_values(const struct op *op, int field)
{
    return field == 0 || (op->kind == WSYNC_KIND_WRITE && op->writes[field]);
}

static bool superseded(const struct history *history, const int *view, struct at record,
                       int field, struct at value)
{
    struct at at = BEFORE_ALL;
    while (next_op(history, view, &at)) {
        const struct op *op = op_at(history, at);
        if (same(op->record, record) && takes_values(op, field) && names(op, value)) {
            return true;
        }
    }
    return false;
}

static size_t live_values(const struct history *history, const int *view, struct at record,
                          int field, struct at *values)
{
    size_t count = 0;
    struct at at = BEFORE_ALL;
    while (next_op(history, view, &at)) {
        const struct op *op = op_at(history, at);
        if (same(op->record, record) && puts_value(op, field) &&
            !superseded(history, view, record, field, at)) {
            values[count++] = at;
        }
    }
    return count;
}

/* S10.16: what the marks and the values that they name say together. */
static enum wsync_life life_of(const struct history *history, const int *view,
                               struct at record, bool *contested)
{
    struct at marks[ALL_OPS], values[ALL_OPS];
    size_t mark_count = live_values(history, view, record, 0, marks);
    *contested = false;
    if (mark_count == 0) {
        return WSYNC_LIFE_ALIVE;
    }
    const struct op *first = op_at(history, marks[0]);
    for (size_t i = 1; i < mark_count; i++) {
        const struct op *mark = op_at(history, marks[i]);
        *contested |= mark->kind != first->kind || (mark->kind == WSYNC_KIND_DUPLICATE &&
                                                    !same(mark->other, first->other));
    }
    for (int field = 1; field < FIELDS; field++) {
        size_t count = live_values(history, view, record, field, values);
        for (size_t i = 0; i < count; i++) {
            bool named = false;
            for (size_t k = 0; k < mark_count; k++) {
                named |= names(op_at(history, marks[k]), values[i]);
            }
            *contested |= !named;
        }
    }
    if (*contested) {
        return WSYNC_LIFE_ALIVE;
    }
    return first->kind == WSYNC_KIND_DELETE ? WSYNC_LIFE_DELETED : WSYNC_LIFE_DUPLICATE;
}

/* S10.18 */
static bool ranks_above(const struct history *history, struct at a, struct at b)
{
    int64_t stamp_a = history->changes[a.device][a.seq].stamp;
    int64_t stamp_b = history->changes[b.device][b.seq].stamp;
    if (stamp_a != stamp_b) {
        return stamp_a > stamp_b;
    }
    if (a.device != b.device) { /* one log a device: the device decides */
        return memcmp(history->forges[a.device].identity.device.b,
                      history->forges[b.device].identity.device.b, WSYNC_DEVICE_ID_BYTES) > 0;
    }
    return a.seq != b.seq ? a.seq > b.seq : a.op > b.op;
}

static bool shown_value(const struct history *history, const int *view, struct at record,
                        int field, struct at *shown)
{
    struct at values[ALL_OPS];
    size_t count = live_values(history, view, record, field, values);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || ranks_above(history, values[i], *shown)) {
            *shown = values[i];
        }
    }
    return count > 0;
}

/* ---- making a history ---- */

static struct at any_op(struct history *history, const int *view)
{
    struct at found = {-1, 0, 0};
    struct at at = BEFORE_ALL;
    uint64_t count = 0;
    while (next_op(history, view, &at)) {
        if (draw(history, ++count) == 0) {
            found = at;
        }
    }
    return found;
}

static struct at any_record(struct history *history, const int *view)
{
    struct at at = any_op(history, view);
    return at.device < 0 ? at : op_at(history, at)->record;
}

static void add_base(struct op *op, struct at base)
{
    if (op->base_count < BASES && !names(op, base)) {
        op->bases[op->base_count++] = base;
    }
}

/* The bases an honest device names: all that its person was shown of the field. */
static void add_shown(const struct history *history, const int *view, int field, struct op *op)
{
    struct at values[ALL_OPS];
    size_t count = live_values(history, view, op->record, field, values);
    for (size_t i = 0; i < count; i++) {
        add_base(op, values[i]);
    }
}

static void fill_writes(struct history *history, const int *view, struct op *op)
{
    for (int field = 1; field < FIELDS; field++) {
        op->writes[field] = op->creates ? draw(history, 4) > 0 : draw(history, 3) == 0;
        op->blank[field] = draw(history, 8) == 0;
        op->values[field] = field == FORGE_DAY     ? DAY + (int64_t)draw(history, DAYS)
                            : field == FORGE_COUNT ? (int64_t)draw(history, 100) - 20
                                                   : 1 + (int64_t)draw(history, 2);
        if (op->writes[field] && !op->creates && draw(history, 4) > 0) {
            add_shown(history, view, field, op);
        }
    }
}

static struct op make_op(struct history *history, const int *view, struct at own)
{
    struct op op = {.kind = WSYNC_KIND_WRITE, .record = own, .creates = true};
    struct at record = any_record(history, view);
    if (record.device >= 0 && draw(history, 3) > 0) {
        uint64_t roll = draw(history, 10);
        op.creates = false;
        op.record = record;
        op.kind = roll < 5   ? WSYNC_KIND_WRITE
                  : roll < 7 ? WSYNC_KIND_DELETE
                  : roll < 9 ? WSYNC_KIND_REVIVE
                             : WSYNC_KIND_DUPLICATE;
        op.other = any_record(history, view);
        if (draw(history, 5) > 0) {
            add_shown(history, view, 0, &op);
        }
        if (op.kind == WSYNC_KIND_DELETE || op.kind == WSYNC_KIND_DUPLICATE) {
            for (int field = 1; field < FIELDS; field++) {
                add_shown(history, view, field, &op);
            }
        }
        if (draw(history, 4) == 0) {
            add_base(&op, any_op(history, view)); /* of any record and field */
        }
    }
    if (op.kind == WSYNC_KIND_WRITE) {
        fill_writes(history, view, &op);
    }
    return op;
}

/* ---- writing it down ---- */

static struct wsync_address address_of(struct history *history, int device, struct at at,
                                       struct wsync_context *context,
                                       struct wsync_reference *references)
{
    struct wsync_address address = {0, (uint64_t)at.seq, (uint32_t)at.op};
    if (at.device == device) {
        return address;
    }
    size_t *count = &history->reference_count[device];
    for (size_t i = 0; i < *count; i++) {
        struct at known = history->references[device][i];
        if (known.device == at.device && known.seq >= at.seq) {
            address.reference = (uint32_t)i + 1;
            return address;
        }
    }
    int upto = at.seq + (int)draw(history, (uint64_t)(history->seq[at.device] - at.seq) + 1);
    history->references[device][(*count)++] = (struct at){at.device, upto, 0};
    references[context->reference_count++] =
        forge_reference(&history->forges[at.device], (uint64_t)upto);
    address.reference = (uint32_t)*count;
    return address;
}

struct written {
    struct wsync_operation operations[OPS];
    struct wsync_address bases[OPS][BASES];
    struct wsync_write writes[OPS][FIELDS];
    struct wsync_reference references[WSYNC_REFERENCES_PER_CHANGE_MAX];
};

static void write_op(struct history *history, int device, const struct op *op, size_t index,
                     struct wsync_context *context, struct written *written)
{
    struct wsync_operation *operation = &written->operations[index];
    struct wsync_reference *references = written->references;
    *operation = (struct wsync_operation){.kind = op->kind, .creates = op->creates};
    if (op->kind == WSYNC_KIND_WRITE) {
        operation->form = REPLICA_FORM;
        operation->version = 1;
    }
    if (!op->creates) {
        operation->record = address_of(history, device, op->record, context, references);
    }
    if (op->kind == WSYNC_KIND_DUPLICATE) {
        operation->other = address_of(history, device, op->other, context, references);
    }
    for (size_t i = 0; i < op->base_count; i++) {
        written->bases[index][i] =
            address_of(history, device, op->bases[i], context, references);
    }
    for (int field = 1; field < FIELDS; field++) {
        if (op->kind == WSYNC_KIND_WRITE && op->writes[field]) {
            struct wsync_write write = forge_integer((uint32_t)field, op->values[field]);
            if (op->blank[field]) {
                write.value = (struct wsync_value){.class = WSYNC_CLASS_BLANK};
            }
            written->writes[index][operation->write_count++] = write;
        }
    }
    operation->bases = written->bases[index];
    operation->base_count = op->base_count;
    operation->writes = written->writes[index];
}

static void write_change(struct history *history, int device, const int *seen)
{
    static struct written written;
    int seq = ++history->seq[device];
    struct change *change = &history->changes[device][seq];
    int view[DEVICES];
    memcpy(view, seen, sizeof view);
    *change = (struct change){.op_count = 0};
    view[device] = seq - 1;
    int64_t delta = (int64_t)draw(history, 5) - 1;
    struct wsync_draft draft = {.context = {.stamp_delta = delta,
                                            .references = written.references},
                                .operations = written.operations};
    change->stamp = delta + (seq > 1 ? history->changes[device][seq - 1].stamp
                                     : history->forges[device].genesis.stamp);
    size_t op_count = 1 + draw(history, OPS);
    for (size_t i = 0; i < op_count; i++) {
        struct at own = {device, seq, (int)i};
        change->ops[i] = make_op(history, view, own);
        change->op_count = i + 1;
        view[device] = seq; /* the next operation may name this one */
        write_op(history, device, &change->ops[i], i, &draft.context, &written);
    }
    draft.operation_count = op_count;
    forge_add_draft(&history->forges[device], &draft);
}

static struct history *make_history(struct world *world, uint64_t seed)
{
    struct history *history = calloc(1, sizeof *history);
    int seen[DEVICES][DEVICES] = {{0}};
    history->random = seed * 7919;
    for (int device = 0; device < DEVICES; device++) {
        forge_init(&history->forges[device], &world->wards[device], &world->installation,
                   1 + DEVICES, (uint8_t)seed);
    }
    for (int step = 0; step < DEVICES * CHANGES; step++) {
        int device = (int)draw(history, DEVICES);
        int other = (int)draw(history, DEVICES);
        if (other != device && draw(history, 3) == 0) { /* they met: views become equal */
            for (int i = 0; i < DEVICES; i++) {
                int most = seen[device][i] > seen[other][i] ? seen[device][i] : seen[other][i];
                seen[device][i] = seen[other][i] = most;
            }
        }
        if (history->seq[device] < CHANGES) {
            write_change(history, device, seen[device]);
            seen[device][device] = history->seq[device];
        }
    }
    return history;
}

static void free_history(struct history *history)
{
    for (int device = 0; device < DEVICES; device++) {
        forge_fini(&history->forges[device]);
    }
    free(history);
}

/* ---- delivery ---- */

/* Delivers all logs in runs of random size and order; some run comes twice. */
static void deliver(struct world *world, struct history *history, struct replica *reader)
{
    struct forge *logs[DEVICES + 1] = {&world->forms};
    uint64_t given[DEVICES + 1] = {0};
    size_t left = 0;
    for (int i = 0; i < DEVICES; i++) {
        logs[i + 1] = &history->forges[i];
    }
    for (size_t i = 0; i <= DEVICES; i++) {
        left += logs[i]->seq > 0;
    }
    while (left > 0) {
        size_t i = draw(history, DEVICES + 1);
        if (given[i] == logs[i]->seq) {
            continue;
        }
        uint64_t last = given[i] + 1 + draw(history, 4);
        last = last > logs[i]->seq ? logs[i]->seq : last;
        uint64_t first = draw(history, 4) > 0 ? given[i] + 1 : 1 + draw(history, given[i] + 1);
        struct wsync_change_set set = forge_set(logs[i], first, last);
        assert_int_equal(forge_give(reader, &set), WSYNC_OK);
        given[i] = last;
        left -= last == logs[i]->seq;
        if (draw(history, 3) == 0) {
            forge_settle(reader);
        }
    }
    forge_settle(reader);
}

/* ---- comparing with the model ---- */

static uint32_t log_no(struct wsync_txn *txn, const struct forge *forge)
{
    struct wsync_log log;
    assert_int_equal(wsync_log_find(txn, &forge->log, &log), WSYNC_OK);
    return log.no;
}

static struct wsync_dot dot_of(struct wsync_txn *txn, const struct history *history,
                               struct at at)
{
    return (struct wsync_dot){log_no(txn, &history->forges[at.device]), (uint64_t)at.seq,
                              (uint32_t)at.op};
}

static void compare_field(struct wsync_txn *txn, const struct history *history, struct at id,
                          int field, const struct wsync_record *record)
{
    struct at values[ALL_OPS], shown;
    size_t expected = live_values(history, history->seq, id, field, values);
    size_t count;
    const struct wsync_live *live = wsync_record_shown(record, (uint32_t)field, &count);
    assert_int_equal(count, expected);
    if (expected > 0) {
        assert_true(shown_value(history, history->seq, id, field, &shown));
        assert_true(wsync_dot_equal(live->dot, dot_of(txn, history, shown)));
        const struct op *op = op_at(history, shown);
        assert_int_equal(live->value.class,
                         op->blank[field] ? WSYNC_CLASS_BLANK : WSYNC_CLASS_INTEGER);
        assert_true(op->blank[field] || live->value.integer == op->values[field]);
    }
}

static void compare_records(struct wsync_txn *txn, struct replica *reader,
                            const struct history *history)
{
    struct at at = BEFORE_ALL;
    while (next_op(history, history->seq, &at)) {
        struct wsync_record record;
        bool contested, expected;
        if (!op_at(history, at)->creates) {
            continue;
        }
        assert_int_equal(wsync_record_get(txn, dot_of(txn, history, at), 0, &reader->arena,
                                          &record),
                         WSYNC_OK);
        for (int field = 1; field < FIELDS; field++) {
            compare_field(txn, history, at, field, &record);
        }
        enum wsync_life life = life_of(history, history->seq, at, &expected);
        assert_int_equal(wsync_record_life(&record, &contested, NULL), life);
        assert_int_equal(contested, expected);
        wsync_arena_release(&reader->arena, 0);
    }
}

/* Totals recounted from the model; the last row is for records without a day. */
struct count {
    int64_t records, conflicts, sum, summed, kinds[3];
};

static void count_record(const struct history *history, struct at id, struct count *days)
{
    struct at shown, values[ALL_OPS];
    bool contested;
    const int *view = history->seq;
    if (life_of(history, view, id, &contested) != WSYNC_LIFE_ALIVE) {
        return;
    }
    bool conflict = contested;
    for (int field = 1; field < FIELDS; field++) {
        conflict |= live_values(history, view, id, field, values) > 1;
    }
    struct count *day = &days[DAYS];
    if (shown_value(history, view, id, FORGE_DAY, &shown) &&
        !op_at(history, shown)->blank[FORGE_DAY]) {
        day = &days[op_at(history, shown)->values[FORGE_DAY] - DAY];
    }
    day->records++;
    day->conflicts += conflict;
    if (shown_value(history, view, id, FORGE_COUNT, &shown) &&
        !op_at(history, shown)->blank[FORGE_COUNT]) {
        day->sum += op_at(history, shown)->values[FORGE_COUNT];
        day->summed++;
    }
    if (shown_value(history, view, id, FORGE_KIND, &shown) &&
        !op_at(history, shown)->blank[FORGE_KIND]) {
        day->kinds[op_at(history, shown)->values[FORGE_KIND]]++;
    }
}

static int64_t count_of(const struct wsync_measure *measure)
{
    return measure ? measure->count : 0;
}

static enum wsync_err take_off(void *context, const struct wsync_cell *cell)
{
    struct count *days = context;
    struct count *day = cell->day == WSYNC_NO_DAY ? &days[DAYS] : &days[cell->day - DAY];
    const struct wsync_measure *sum = wsync_cell_measure(cell, FORGE_COUNT, 0);
    assert_int_equal(cell->form, REPLICA_FORM);
    assert_int_equal(cell->scope, 2);
    assert_int_equal(cell->subject, 2);
    assert_int_not_equal(cell->records, 0);
    day->records -= cell->records;
    day->conflicts -= cell->in_conflict;
    day->summed -= count_of(sum);
    day->sum -= sum ? (int64_t)sum->sum : 0;
    for (uint32_t kind = 1; kind <= 2; kind++) {
        day->kinds[kind] -= count_of(wsync_cell_measure(cell, FORGE_KIND, kind));
    }
    return WSYNC_OK;
}

static void compare_totals(struct wsync_txn *txn, struct replica *reader,
                           const struct history *history)
{
    static const struct count NOTHING;
    struct count days[DAYS + 1] = {{0}};
    struct at at = BEFORE_ALL;
    while (next_op(history, history->seq, &at)) {
        if (op_at(history, at)->creates) {
            count_record(history, at, days);
        }
    }
    const struct wsync_totals_query query = {REPLICA_FORM, 2, WSYNC_NO_DAY, DAY + DAYS};
    assert_int_equal(wsync_totals_walk(txn, &reader->arena, &query, take_off, days), WSYNC_OK);
    for (size_t i = 0; i <= DAYS; i++) {
        assert_memory_equal(&days[i], &NOTHING, sizeof NOTHING);
    }
}

static void compare_with_model(struct replica *reader, const struct history *history)
{
    struct wsync_txn *txn;
    uint64_t waiting, quarantined;
    assert_int_equal(wsync_store_begin(reader->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_unsettled(txn, &waiting, &quarantined), WSYNC_OK);
    assert_int_equal(waiting, 0);
    assert_int_equal(quarantined, 0);
    compare_records(txn, reader, history);
    compare_totals(txn, reader, history);
    wsync_txn_abort(txn);
}

/* ---- the tests ---- */

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct wsync_txn *txn;
    struct wsync_log log;
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    for (uint32_t i = 0; i < DEVICES; i++) {
        replica_init(&world->wards[i], wsync_store_mem_new(), SEED, i + 1, 2);
        replica_enrol(&world->district, &world->installation, &world->wards[i]);
    }
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    forge_load(&world->forms, &world->district, &world->district, &log.id);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    forge_fini(&world->forms);
    replica_fini(&world->district);
    for (int i = 0; i < DEVICES; i++) {
        replica_fini(&world->wards[i]);
    }
    free(world);
    return 0;
}

/* Invariants 4, 5 and 6. */
static void every_order_gives_what_the_model_says(void **state)
{
    struct world *world = *state;
    const char *only = getenv("MERGE_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    uint64_t last = only ? first : HISTORIES;
    for (uint64_t seed = first; seed <= last; seed++) {
        struct history *history = make_history(world, seed);
        struct wsync_hash digest;
        for (int order = 0; order < ORDERS; order++) {
            struct replica reader;
            forge_reader(&reader, &world->district);
            deliver(world, history, &reader);
            struct wsync_hash got = replica_digest(&reader, 0);
            if (order > 0 && !wsync_hash_equal(&got, &digest)) {
                print_error("order %d differs; again with MERGE_SEED=%d\n", order, (int)seed);
            }
            assert_true(order == 0 || wsync_hash_equal(&got, &digest));
            digest = got;
            compare_with_model(&reader, history);
            replica_fini(&reader);
        }
        free_history(history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_order_gives_what_the_model_says, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
