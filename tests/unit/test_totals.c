/* SPDX-License-Identifier: Apache-2.0 */
/* Totals (SPEC section 10.6, invariant 5): cells, measures, moving records, exact sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_faulty.h"
#include "tests/store_mem.h"
#include "wardsync/totals.h"

enum {
    FORM = 20,
    DAY = 19100,
    SCOPE = 2,
    DATE = 1,
    SUBJECT = 2,
    COUNT = 3,
    WASTE = 4,
    KIND = 5,
    TAGS = 6,
    DONE = 7,
    NOTE = 8,
    WHO = 9,
    LIVE_MAX = 128,
};

static const struct wsync_choice CHOICES[] = {{.number = 1}, {.number = 2}, {.number = 3}};

static const struct wsync_field FIELDS[] = {
    {.number = DATE, .type = WSYNC_TYPE_DATE},
    {.number = SUBJECT, .type = WSYNC_TYPE_UNIT},
    {.number = COUNT, .type = WSYNC_TYPE_INTEGER, .aggregate = WSYNC_AGGREGATE_SUM},
    {.number = WASTE,
     .type = WSYNC_TYPE_DECIMAL,
     .digits = 2,
     .aggregate = WSYNC_AGGREGATE_SUM},
    {.number = KIND,
     .type = WSYNC_TYPE_CHOICE,
     .aggregate = WSYNC_AGGREGATE_COUNT,
     .choices = CHOICES,
     .choice_count = 3},
    {.number = TAGS,
     .type = WSYNC_TYPE_CHOICES,
     .aggregate = WSYNC_AGGREGATE_COUNT,
     .choices = CHOICES,
     .choice_count = 3},
    {.number = DONE, .type = WSYNC_TYPE_BOOLEAN, .aggregate = WSYNC_AGGREGATE_COUNT},
    {.number = NOTE, .type = WSYNC_TYPE_TEXT},
    {.number = WHO,
     .type = WSYNC_TYPE_INTEGER,
     .personal = true,
     .aggregate = WSYNC_AGGREGATE_SUM},
};

static const struct wsync_form PLAIN = {.number = FORM,
                                        .version = 1,
                                        .date_field = DATE,
                                        .subject_field = SUBJECT,
                                        .fields = FIELDS,
                                        .field_count = sizeof FIELDS / sizeof *FIELDS};

struct fixture {
    struct wsync_store *store;
    struct wsync_txn *txn;
    struct wsync_arena arena;
    struct wsync_live live[LIVE_MAX];
    struct wsync_record record;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    void *block = malloc(1 << 20);
    assert_non_null(block);
    wsync_arena_init(&f->arena, block, 1 << 20);
    f->store = wsync_store_mem_new();
    assert_int_equal(wsync_store_begin(f->store, WSYNC_TXN_WRITE, &f->txn), WSYNC_OK);
    f->record = (struct wsync_record){
        .form = FORM, .version = 1, .scope = SCOPE, .live = f->live, .live_size = LIVE_MAX};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    wsync_txn_abort(f->txn);
    wsync_store_close(f->store);
    free(f->arena.block);
    free(f);
    return 0;
}

/* Another live value of the record; the later in the test the later its stamp. */
static void put(struct fixture *f, uint32_t field, const struct wsync_value *value)
{
    uint64_t seq = f->record.live_count + 1;
    const struct wsync_live live = {field, {1, seq, 0}, (int64_t)seq, *value};
    assert_int_equal(wsync_record_add(&f->record, &live), WSYNC_OK);
}

static void put_integer(struct fixture *f, uint32_t field, int64_t number)
{
    put(f, field, &(struct wsync_value){.class = WSYNC_CLASS_INTEGER, .integer = number});
}

static void apply(struct fixture *f, const struct wsync_form *form, int sign)
{
    assert_int_equal(wsync_totals_apply(f->txn, &f->arena, form, &f->record, sign), WSYNC_OK);
}

/* The last of the cells visited, copied, and how many there were. */
struct seen {
    struct wsync_cell cell;
    struct wsync_measure measures[WSYNC_CELL_MEASURES_MAX + 1];
    size_t count;
};

static enum wsync_err see(void *context, const struct wsync_cell *cell)
{
    struct seen *seen = context;
    seen->cell = *cell;
    memcpy(seen->measures, cell->measures, cell->measure_count * sizeof *cell->measures);
    seen->cell.measures = seen->measures;
    seen->count++;
    return WSYNC_OK;
}

static const struct seen *walk(struct fixture *f, uint32_t scope, int32_t first, int32_t last)
{
    static struct seen seen;
    const struct wsync_totals_query query = {FORM, scope, first, last};
    seen.count = 0;
    assert_int_equal(wsync_totals_walk(f->txn, &f->arena, &query, see, &seen), WSYNC_OK);
    return &seen;
}

static const struct seen *all(struct fixture *f)
{
    return walk(f, 0, WSYNC_NO_DAY, INT32_MAX);
}

static void assert_measure(const struct seen *seen, uint32_t field, uint32_t choice,
                           int64_t count, int64_t sum)
{
    const struct wsync_measure *measure = wsync_cell_measure(&seen->cell, field, choice);
    if (count == 0) {
        assert_null(measure);
        return;
    }
    assert_non_null(measure);
    assert_int_equal(measure->count, count);
    assert_true(measure->sum == sum);
}

/* S10.21 */
static void a_record_counts_with_each_aggregate(void **state)
{
    struct fixture *f = *state;
    static const int64_t BOTH[] = {1, 3};
    put_integer(f, DATE, DAY);
    put_integer(f, SUBJECT, 21);
    put_integer(f, COUNT, -5);
    put_integer(f, WASTE, 1250);
    put_integer(f, KIND, 2);
    put(f, TAGS,
        &(struct wsync_value){.class = WSYNC_CLASS_LIST, .items = BOTH, .item_count = 2});
    put_integer(f, DONE, 0);
    put_integer(f, WHO, 9); /* personal: never */
    apply(f, &PLAIN, 1);
    apply(f, &PLAIN, 1);
    const struct seen *seen = all(f);
    assert_int_equal(seen->count, 1);
    assert_int_equal(seen->cell.scope, SCOPE);
    assert_int_equal(seen->cell.subject, 21);
    assert_int_equal(seen->cell.day, DAY);
    assert_int_equal(seen->cell.records, 2);
    assert_int_equal(seen->cell.in_conflict, 0);
    assert_measure(seen, COUNT, 0, 2, -10);
    assert_measure(seen, WASTE, 0, 2, 2500);
    assert_measure(seen, KIND, 2, 2, 0);
    assert_measure(seen, KIND, 1, 0, 0);
    assert_measure(seen, TAGS, 1, 2, 0);
    assert_measure(seen, TAGS, 2, 0, 0);
    assert_measure(seen, TAGS, 3, 2, 0);
    assert_measure(seen, DONE, 0, 2, 0);
    assert_measure(seen, WHO, 0, 0, 0);
    assert_int_equal(seen->cell.measure_count, 6);
}

/* S10.24: what is taken away leaves no trace, also where a sum is zero on the way. */
static void taking_away_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    put_integer(f, COUNT, 7);
    put_integer(f, DATE, DAY);
    apply(f, &PLAIN, 1);
    struct wsync_live kept = f->live[1];
    put_integer(f, COUNT, -7); /* a second value: in conflict, and shown */
    apply(f, &PLAIN, 1);
    const struct seen *seen = all(f);
    assert_int_equal(seen->cell.records, 2);
    assert_int_equal(seen->cell.in_conflict, 1);
    assert_measure(seen, COUNT, 0, 2, 0); /* counted twice, sum 0: still a measure */
    apply(f, &PLAIN, -1);
    f->live[1] = kept;
    f->record.live_count = 2;
    apply(f, &PLAIN, -1);
    assert_int_equal(all(f)->count, 0);
}

static void blanks_count_nothing(void **state)
{
    struct fixture *f = *state;
    static const uint32_t BLANK[] = {DATE, SUBJECT, COUNT, KIND, TAGS};
    for (size_t i = 0; i < sizeof BLANK / sizeof *BLANK; i++) {
        put(f, BLANK[i], &(struct wsync_value){.class = WSYNC_CLASS_BLANK});
    }
    apply(f, &PLAIN, 1);
    const struct seen *seen = all(f);
    assert_int_equal(seen->cell.day, WSYNC_NO_DAY);
    assert_int_equal(seen->cell.subject, SCOPE); /* S10.20 */
    assert_int_equal(seen->cell.records, 1);
    assert_int_equal(seen->cell.measure_count, 0);
}

/* The built-in forms have no totals. */
static void a_built_in_form_is_not_counted(void **state)
{
    struct fixture *f = *state;
    struct wsync_form unit = PLAIN;
    unit.number = WSYNC_FORM_UNIT;
    apply(f, &unit, 1);
    assert_int_equal(all(f)->count, 0);
}

/* A cell of the largest legal form: every choice and both sides of every boolean. */
static void the_largest_form_fits_a_cell(void **state)
{
    struct fixture *f = *state;
    static struct wsync_choice choices[WSYNC_FORM_CHOICES_MAX];
    static struct wsync_field fields[WSYNC_FORM_FIELDS_MAX];
    struct wsync_form large = {
        .number = FORM, .version = 1, .fields = fields, .field_count = WSYNC_FORM_FIELDS_MAX};
    for (uint32_t i = 0; i < WSYNC_FORM_CHOICES_MAX; i++) {
        choices[i].number = i + 1;
    }
    fields[0] = (struct wsync_field){.number = 1,
                                     .type = WSYNC_TYPE_CHOICE,
                                     .aggregate = WSYNC_AGGREGATE_COUNT,
                                     .choices = choices,
                                     .choice_count = WSYNC_FORM_CHOICES_MAX};
    for (uint32_t i = 1; i < WSYNC_FORM_FIELDS_MAX; i++) {
        fields[i] = (struct wsync_field){
            .number = i + 1, .type = WSYNC_TYPE_BOOLEAN, .aggregate = WSYNC_AGGREGATE_COUNT};
    }
    for (uint32_t i = 0; i < WSYNC_FORM_CHOICES_MAX; i++) {
        f->record.live_count = 0;
        put_integer(f, 1, i + 1);
        for (uint32_t k = 1; k < WSYNC_FORM_FIELDS_MAX; k++) {
            put_integer(f, k + 1, i % 2);
        }
        apply(f, &large, 1);
    }
    const struct seen *seen = all(f);
    assert_int_equal(seen->cell.records, WSYNC_FORM_CHOICES_MAX);
    assert_measure(seen, 1, WSYNC_FORM_CHOICES_MAX, 1, 0);
    assert_measure(seen, 2, 0, WSYNC_FORM_CHOICES_MAX / 2, 0);
    assert_measure(seen, 2, 1, WSYNC_FORM_CHOICES_MAX / 2, 0);
}

/* A store that cannot be true is told, not guessed at. */
static void taking_away_what_is_not_there_is_corrupt(void **state)
{
    struct fixture *f = *state;
    put_integer(f, COUNT, 1);
    assert_int_equal(wsync_totals_apply(f->txn, &f->arena, &PLAIN, &f->record, -1),
                     WSYNC_ERR_CORRUPT);
}

static void make_cells(struct fixture *f)
{
    static const uint32_t SCOPES[] = {2, 3};
    for (size_t i = 0; i < 2; i++) {
        for (int day = -1; day < 4; day++) {
            f->record.scope = SCOPES[i];
            f->record.live_count = 0;
            if (day >= 0) {
                put_integer(f, DATE, DAY + day);
            }
            apply(f, &PLAIN, 1);
        }
    }
}

static void a_walk_visits_what_is_asked_for(void **state)
{
    struct fixture *f = *state;
    make_cells(f);
    assert_int_equal(walk(f, 0, WSYNC_NO_DAY, INT32_MAX)->count, 10);
    assert_int_equal(walk(f, 3, WSYNC_NO_DAY, INT32_MAX)->count, 5);
    assert_int_equal(walk(f, 3, DAY + 1, DAY + 2)->count, 2);
    assert_int_equal(walk(f, 0, DAY + 1, DAY + 2)->count, 4);
    assert_int_equal(walk(f, 2, WSYNC_NO_DAY, WSYNC_NO_DAY)->count, 1);
    assert_int_equal(walk(f, 4, WSYNC_NO_DAY, INT32_MAX)->count, 0);
    assert_int_equal(walk(f, 2, DAY + 4, DAY + 9)->count, 0);
}

/* Cells of a day in three scopes, of which the outer two are about many subjects. */
static void make_day(struct fixture *f, int day)
{
    for (uint32_t i = 0; i < 201; i++) {
        f->record.scope = i < 100 ? 2 : i == 100 ? 3 : 4;
        f->record.live_count = 0;
        if (day >= 0) {
            put_integer(f, DATE, DAY + day);
        }
        put_integer(f, SUBJECT, 1000 + (int64_t)i);
        apply(f, &PLAIN, 1);
    }
}

/* One scope is read without the others: the pages of a ward look at what its own is. */
static void a_walk_through_one_scope_passes_the_others_by(void **state)
{
    struct fixture *f = *state;
    struct wsync_store_faulty counting;
    for (int day = -1; day < 4; day++) {
        make_day(f, day);
    }
    assert_int_equal(wsync_txn_commit(f->txn), WSYNC_OK);
    wsync_store_faulty_init(&counting, f->store);
    assert_int_equal(wsync_store_begin(&counting.base, WSYNC_TXN_READ, &f->txn), WSYNC_OK);
    assert_int_equal(walk(f, 3, WSYNC_NO_DAY, INT32_MAX)->count, 5);
    assert_true(counting.operations <= 3 * 5 + 3);
    assert_int_equal(walk(f, 2, WSYNC_NO_DAY, INT32_MAX)->count, 500);
    assert_int_equal(walk(f, 4, DAY, DAY + 1)->count, 200);
    assert_int_equal(walk(f, 5, WSYNC_NO_DAY, INT32_MAX)->count, 0);
    assert_int_equal(walk(f, 1, WSYNC_NO_DAY, INT32_MAX)->count, 0);
}

static enum wsync_err see_order(void *context, const struct wsync_cell *cell)
{
    struct wsync_cell *last = context;
    assert_true(last->form == 0 || cell->day > last->day ||
                (cell->day == last->day && cell->scope > last->scope));
    *last = *cell;
    return WSYNC_OK;
}

static void a_walk_goes_by_day_and_scope(void **state)
{
    struct fixture *f = *state;
    const struct wsync_totals_query query = {FORM, 0, WSYNC_NO_DAY, INT32_MAX};
    struct wsync_cell last = {.form = 0};
    make_cells(f);
    assert_int_equal(wsync_totals_walk(f->txn, &f->arena, &query, see_order, &last), WSYNC_OK);
    assert_int_equal(last.day, DAY + 3);
    assert_int_equal(last.scope, 3);
}

static enum wsync_err stop(void *context, const struct wsync_cell *cell)
{
    (void)cell;
    return ++*(int *)context == 3 ? WSYNC_ERR_EXISTS : WSYNC_OK;
}

static void a_walk_ends_when_its_visitor_says_so(void **state)
{
    struct fixture *f = *state;
    const struct wsync_totals_query query = {FORM, 0, WSYNC_NO_DAY, INT32_MAX};
    int visits = 0;
    make_cells(f);
    assert_int_equal(wsync_totals_walk(f->txn, &f->arena, &query, stop, &visits),
                     WSYNC_ERR_EXISTS);
    assert_int_equal(visits, 3);
}

static void sums_print_exactly(void **state)
{
    (void)state;
    static const struct {
        int64_t high; /* times 10^18 */
        int64_t low;
        uint32_t digits;
        const char *text;
    } CASES[] = {
        {0, 0, 0, "0"},
        {0, 0, 2, "0.00"},
        {0, 5, 2, "0.05"},
        {0, -5, 2, "-0.05"},
        {0, 123456, 2, "1234.56"},
        {0, -1, 0, "-1"},
        {0, 1, 9, "0.000000001"},
        {0, INT64_MAX, 0, "9223372036854775807"},
        {0, INT64_MIN, 0, "-9223372036854775808"},
        {INT64_C(100000000000000000), 7, 9, "100000000000000000000000000.000000007"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[48];
        wsync_int128 sum = (wsync_int128)CASES[i].high * 1000000000000000000 + CASES[i].low;
        wsync_sum_print(sum, CASES[i].digits, text);
        assert_string_equal(text, CASES[i].text);
    }
    wsync_int128 most = ((wsync_int128)1 << 126) - 1 + ((wsync_int128)1 << 126);
    char text[48];
    wsync_sum_print(most, 0, text);
    assert_string_equal(text, "170141183460469231731687303715884105727");
    wsync_sum_print(-most - 1, 9, text);
    assert_string_equal(text, "-170141183460469231731687303715.884105728");
}

/* The records behind a cell, in its order; those that do not count are not there. */
static void each_cell_knows_its_records(void **state)
{
    struct fixture *f = *state;
    struct wsync_counted at = {.form = FORM, .day = WSYNC_NO_DAY};
    put_integer(f, DATE, DAY);
    put_integer(f, SUBJECT, 201);
    f->record.id = (struct wsync_dot){1, 9, 2};
    apply(f, &PLAIN, 1);
    f->record.id = (struct wsync_dot){3, 4, 0};
    apply(f, &PLAIN, 1);
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_GE, &at), WSYNC_OK);
    assert_int_equal(at.form, FORM);
    assert_int_equal(at.day, DAY);
    assert_int_equal(at.scope, SCOPE);
    assert_int_equal(at.subject, 201);
    assert_true(wsync_dot_equal(at.record, ((struct wsync_dot){1, 9, 2})));
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_GT, &at), WSYNC_OK);
    assert_true(wsync_dot_equal(at.record, f->record.id));
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_GT, &at), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_LT, &at), WSYNC_OK);
    assert_int_equal(at.record.log_no, 1);
    apply(f, &PLAIN, -1);
    at = (struct wsync_counted){.form = FORM + 1};
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_LT, &at), WSYNC_OK);
    assert_int_equal(at.record.log_no, 1);
    assert_int_equal(wsync_counted_seek(f->txn, WSYNC_SEEK_LT, &at), WSYNC_ERR_NOT_FOUND);
}

int main(void)
{
#define TOTALS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TOTALS_TEST(a_record_counts_with_each_aggregate),
        TOTALS_TEST(taking_away_leaves_nothing),
        TOTALS_TEST(blanks_count_nothing),
        TOTALS_TEST(a_built_in_form_is_not_counted),
        TOTALS_TEST(the_largest_form_fits_a_cell),
        TOTALS_TEST(taking_away_what_is_not_there_is_corrupt),
        TOTALS_TEST(a_walk_visits_what_is_asked_for),
        TOTALS_TEST(a_walk_through_one_scope_passes_the_others_by),
        TOTALS_TEST(a_walk_goes_by_day_and_scope),
        TOTALS_TEST(a_walk_ends_when_its_visitor_says_so),
        TOTALS_TEST(each_cell_knows_its_records),
        cmocka_unit_test(sums_print_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
