/* SPDX-License-Identifier: Apache-2.0 */
/* The campaign's units and forms hold together, and the sample records are legal in them and
 * add up to what the script that made them counted.  Runs from the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/csv.h"
#include "host/units_csv.h"
#include "host/value_text.h"
#include "host/xlsform.h"
#include "tests/scratch.h"
#include "wardsync/calendar.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { CELLS_MAX = 8192, FORMS = 11, NOTHING = 10, PATH_BYTES = 256 };

static const char *const NAMES[FORMS] = {
    "cleanup",        "communication", "inspection", "violation", "club",   "drainage",
    "beautification", "score",         "reward",     "directive", "nothing"};

/* One row of truth.csv, counted down to nothing by the records. */
struct cell {
    struct wsync_slice ward, form, indicator;
    int32_t monday;
    int64_t count, sum;
};

static _Alignas(16) uint8_t lasting_block[4 << 20], block[1 << 18];
static struct wsync_arena lasting, arena;
static struct wsync_form forms[FORMS];
static struct wsync_units units;
static struct cell cells[CELLS_MAX];
static size_t cell_count;

static int compile_all(void **state)
{
    (void)state;
    wsync_arena_init(&lasting, lasting_block, sizeof lasting_block);
    wsync_arena_init(&arena, block, sizeof block);
    for (size_t i = 0; i < FORMS; i++) {
        char path[PATH_BYTES];
        struct wsync_error error = {""};
        snprintf(path, sizeof path, "server/campaign/forms/%s", NAMES[i]);
        if (wsync_xlsform_compile(path, &lasting, &forms[i], &error) != WSYNC_OK) {
            print_error("%s: %s\n", path, error.text);
            return -1;
        }
    }
    return 0;
}

static void assert_text(struct wsync_slice a, struct wsync_slice b)
{
    assert_true(wsync_slice_equal(a, b));
}

static void assert_same_field(const struct wsync_field *a, const struct wsync_field *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->digits, b->digits);
    assert_text(a->name, b->name);
    assert_text(a->label_vi, b->label_vi);
    assert_text(a->label_en, b->label_en);
    assert_text(a->hint_vi, b->hint_vi);
    assert_text(a->hint_en, b->hint_en);
    assert_true(a->required == b->required && a->personal == b->personal);
    assert_true(a->has_min == b->has_min && a->has_max == b->has_max);
    assert_true(a->min == b->min && a->max == b->max);
    assert_int_equal(a->aggregate, b->aggregate);
    assert_int_equal(a->choice_count, b->choice_count);
    for (size_t i = 0; i < a->choice_count; i++) {
        assert_int_equal(a->choices[i].number, b->choices[i].number);
        assert_text(a->choices[i].name, b->choices[i].name);
        assert_text(a->choices[i].label_vi, b->choices[i].label_vi);
        assert_text(a->choices[i].label_en, b->choices[i].label_en);
    }
}

static void test_forms_travel(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        wsync_arena_init(&arena, block, sizeof block);
        struct wsync_slice bytes;
        struct wsync_form form;
        assert_int_equal(wsync_form_encode(&forms[i], &arena, &bytes, NULL), WSYNC_OK);
        assert_true(bytes.len < WSYNC_TEXT_BYTES_MAX);
        assert_int_equal(wsync_form_decode(bytes, &arena, &form), WSYNC_OK);
        assert_int_equal(form.number, 16 + i);
        assert_int_equal(form.version, 1);
        assert_text(form.name, wsync_slice_of(NAMES[i]));
        assert_text(form.title_vi, forms[i].title_vi);
        assert_text(form.title_en, forms[i].title_en);
        assert_int_equal(form.date_field, forms[i].date_field);
        assert_int_equal(form.subject_field, forms[i].subject_field);
        assert_int_equal(form.field_count, forms[i].field_count);
        for (size_t k = 0; k < form.field_count; k++) {
            assert_same_field(&form.fields[k], &forms[i].fields[k]);
        }
    }
}

/* Every form has its day and its unit, but for the mark that a ward has nothing to report;
 * every word for a person is tagged. */
static void test_forms_follow_the_rules(void **state)
{
    (void)state;
    static const char *const PEOPLE[] = {"leader", "speaker",  "inspector", "offender",
                                         "chair",  "assessor", "person",    "signer"};
    size_t people = 0;
    for (size_t i = 0; i < FORMS; i++) {
        const struct wsync_field *date =
            wsync_form_field_named(&forms[i], wsync_slice_of("date"));
        const struct wsync_field *unit =
            wsync_form_field_named(&forms[i], wsync_slice_of("unit"));
        assert_true(date && date->required && date->number == forms[i].date_field);
        assert_true(i == NOTHING
                        ? !unit && forms[i].subject_field == 0
                        : unit && unit->required && unit->number == forms[i].subject_field);
        for (size_t k = 0; k < COUNT(PEOPLE); k++) {
            const struct wsync_field *field =
                wsync_form_field_named(&forms[i], wsync_slice_of(PEOPLE[k]));
            assert_true(!field || field->personal);
            people += field != NULL;
        }
        for (size_t k = 0; k < forms[i].field_count; k++) {
            people -= forms[i].fields[k].personal;
        }
    }
    assert_int_equal(people, 0); /* nothing else is tagged */
    size_t criteria = 0;
    for (size_t k = 0; k < forms[7].field_count; k++) {
        criteria += forms[7].fields[k].type == WSYNC_TYPE_INTEGER;
    }
    assert_int_equal(criteria, 13);
}

/* What can be reported as nothing is another form, under its title. */
static void test_nothing_names_forms(void **state)
{
    (void)state;
    const struct wsync_field *duty =
        wsync_form_field_named(&forms[NOTHING], wsync_slice_of("duty"));
    assert_true(duty && duty->required && duty->type == WSYNC_TYPE_CHOICE);
    assert_int_equal(duty->aggregate, WSYNC_AGGREGATE_COUNT);
    assert_int_equal(duty->choice_count, NOTHING - 1); /* not what comes down: directive */
    for (size_t i = 0; i < duty->choice_count; i++) {
        assert_text(duty->choices[i].name, forms[i].name);
        assert_text(duty->choices[i].label_vi, forms[i].title_vi);
        assert_text(duty->choices[i].label_en, forms[i].title_en);
    }
}

static void test_units(void **state)
{
    (void)state;
    struct wsync_error error = {""};
    enum wsync_err err =
        wsync_units_read("server/campaign/units.csv", WSYNC_EN, &lasting, &units, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_int_equal(units.finding_count, 0);
    size_t levels[4] = {0};
    for (size_t i = 0; i < units.count; i++) {
        levels[units.units[i].level]++;
    }
    assert_int_equal(levels[1], 1);
    assert_int_equal(levels[2], 14);
    static const struct {
        uint32_t id;
        const char *code, *name;
    } FACTS[] = {{1, "004", "Quận Long Biên"},
                 {2, "00115", "Thượng Thanh"},
                 {7, "00130", "Gia Thụy"},
                 {11, "00142", "Sài Đồng"},
                 {15, "00154", "Cự Khối"}};
    for (size_t i = 0; i < COUNT(FACTS); i++) {
        const struct wsync_unit_row *unit = wsync_units_by_id(&units, FACTS[i].id);
        assert_non_null(unit);
        assert_true(wsync_slice_equal(unit->code, wsync_slice_of(FACTS[i].code)));
        assert_true(wsync_slice_equal(unit->name, wsync_slice_of(FACTS[i].name)));
    }
    assert_int_equal(wsync_units_by_id(&units, 11)->valid_to, 20088); /* 2024-12-31 */
}

static int64_t number(struct wsync_slice text, uint32_t digits)
{
    const struct wsync_field field = {
        .type = WSYNC_TYPE_DECIMAL, .digits = digits, .name = wsync_slice_of("number")};
    const struct wsync_value_reader reader = {.arena = &arena, .point_is_decimal = true};
    struct wsync_value value;
    assert_int_equal(wsync_value_parse(&reader, &field, text, &value, NULL), WSYNC_OK);
    return value.class == WSYNC_CLASS_BLANK ? 0 : value.integer;
}

static void read_truth(void)
{
    struct wsync_csv *csv;
    struct wsync_csv_row row;
    enum wsync_err err = wsync_csv_open("tests/sample/truth.csv", &csv, NULL);
    assert_int_equal(err, WSYNC_OK);
    while ((err = wsync_csv_next(csv, &row, NULL)) == WSYNC_OK) {
        assert_true(cell_count < CELLS_MAX);
        struct cell *cell = &cells[cell_count++];
        size_t mark = wsync_arena_mark(&arena);
        cell->ward = wsync_arena_copy(&lasting, row.cells[0]);
        cell->form = wsync_arena_copy(&lasting, row.cells[1]);
        cell->indicator = wsync_arena_copy(&lasting, row.cells[2]);
        assert_true(wsync_calendar_parse(row.cells[3], &cell->monday));
        cell->count = number(row.cells[4], 0);
        cell->sum = number(row.cells[5], 9);
        wsync_arena_release(&arena, mark);
    }
    assert_int_equal(err, WSYNC_ERR_NOT_FOUND);
    wsync_csv_close(csv);
}

/* Where a record counts. */
struct place {
    const char *ward;
    const struct wsync_form *form;
    int32_t monday;
};

static void count_down(const struct place *place, const char *indicator, int64_t sum)
{
    for (size_t i = 0; i < cell_count; i++) {
        struct cell *cell = &cells[i];
        if (cell->monday == place->monday &&
            wsync_slice_equal(cell->indicator, wsync_slice_of(indicator)) &&
            wsync_slice_equal(cell->form, place->form->name) &&
            wsync_slice_equal(cell->ward, wsync_slice_of(place->ward))) {
            cell->count--;
            cell->sum -= sum;
            return;
        }
    }
    fail_msg("%s %s: nothing was counted for %s", place->ward,
             (const char *)place->form->name.data, indicator);
}

static void count_choice(const struct place *place, const struct wsync_field *field,
                         int64_t choice)
{
    char indicator[160];
    struct wsync_slice name = wsync_field_choice(field, (uint32_t)choice)->name;
    snprintf(indicator, sizeof indicator, "%.*s:%.*s", (int)field->name.len,
             (const char *)field->name.data, (int)name.len, (const char *)name.data);
    count_down(place, indicator, 0);
}

static void count_value(const struct place *place, const struct wsync_field *field,
                        const struct wsync_value *value)
{
    char indicator[80];
    if (value->class == WSYNC_CLASS_BLANK || field->aggregate == WSYNC_AGGREGATE_NONE) {
        return;
    }
    if (field->aggregate == WSYNC_AGGREGATE_SUM) {
        int64_t scale = 1;
        for (uint32_t i = field->digits; i < 9; i++) {
            scale *= 10;
        }
        snprintf(indicator, sizeof indicator, "%.*s", (int)field->name.len,
                 (const char *)field->name.data);
        count_down(place, indicator, value->integer * scale);
    } else if (value->class == WSYNC_CLASS_LIST) {
        for (size_t i = 0; i < value->item_count; i++) {
            count_choice(place, field, value->items[i]);
        }
    } else {
        count_choice(place, field, value->integer);
    }
}

static void count_row(struct wsync_csv *csv, const struct wsync_csv_row *row,
                      struct place *place)
{
    const struct wsync_csv_row *header = wsync_csv_header(csv);
    const struct wsync_value_reader reader = {.arena = &arena, .point_is_decimal = true};
    struct wsync_value values[WSYNC_FORM_FIELDS_MAX];
    const struct wsync_field *fields[WSYNC_FORM_FIELDS_MAX];
    for (size_t i = 0; i < row->cell_count; i++) {
        struct wsync_error error = {""};
        fields[i] = wsync_form_field_named(place->form, header->cells[i]);
        enum wsync_err err =
            wsync_value_parse(&reader, fields[i], row->cells[i], &values[i], &error);
        assert_string_equal(error.text, "");
        assert_int_equal(err, WSYNC_OK);
        assert_false(fields[i]->personal);
        if (fields[i]->number == place->form->date_field) {
            place->monday = wsync_calendar_monday((int32_t)values[i].integer);
        }
        if (fields[i]->number == place->form->subject_field) {
            const struct wsync_unit_row *group =
                wsync_units_by_id(&units, (uint32_t)values[i].integer);
            const struct wsync_unit_row *ward = wsync_units_by_id(&units, group->parent);
            assert_text(ward->code, wsync_slice_of(place->ward));
        }
    }
    count_down(place, "records", 0);
    for (size_t i = 0; i < row->cell_count; i++) {
        count_value(place, fields[i], &values[i]);
    }
}

static size_t count_file(const char *ward, const struct wsync_form *form)
{
    char path[PATH_BYTES];
    struct wsync_csv *csv;
    struct wsync_csv_row row;
    size_t rows = 0;
    snprintf(path, sizeof path, "tests/sample/%s/%.*s.csv", ward, (int)form->name.len,
             (const char *)form->name.data);
    enum wsync_err err = wsync_csv_open(path, &csv, NULL);
    assert_int_equal(err, WSYNC_OK);
    while ((err = wsync_csv_next(csv, &row, NULL)) == WSYNC_OK) {
        struct place place = {.ward = ward, .form = form};
        wsync_arena_init(&arena, block, sizeof block);
        count_row(csv, &row, &place);
        rows++;
    }
    assert_int_equal(err, WSYNC_ERR_NOT_FOUND);
    wsync_csv_close(csv);
    return rows;
}

static void test_the_sample_adds_up(void **state)
{
    (void)state;
    size_t rows = 0;
    read_truth();
    for (size_t i = 0; i < units.count; i++) {
        if (units.units[i].level != 2) {
            continue;
        }
        char ward[16];
        snprintf(ward, sizeof ward, "%.*s", (int)units.units[i].code.len,
                 (const char *)units.units[i].code.data);
        for (size_t k = 0; k < 5; k++) {
            rows += count_file(ward, &forms[k]);
        }
    }
    assert_true(rows >= 1500 && rows <= 2500);
    for (size_t i = 0; i < cell_count; i++) {
        assert_int_equal(cells[i].count, 0);
        assert_true(cells[i].sum == 0);
    }
}

/* A form written as sheets and compiled again is the same form, byte for byte: somebody begins
 * the next version with it. */
static void test_written_again(void **state)
{
    (void)state;
    static const char *const SHEETS[] = {"settings.csv", "survey.csv", "choices.csv"};
    struct wsync_scratch scratch;
    wsync_scratch_open(&scratch);
    for (size_t i = 0; i < FORMS; i++) {
        struct wsync_form again;
        struct wsync_slice before, after;
        struct wsync_error error = {""};
        wsync_arena_release(&arena, 0);
        for (size_t k = 0; k < sizeof SHEETS / sizeof *SHEETS; k++) {
            char path[WSYNC_SCRATCH_PATH_BYTES];
            wsync_scratch_path(&scratch, SHEETS[k], path);
            FILE *file = fopen(path, "wb");
            assert_non_null(file);
            enum wsync_err err =
                wsync_xlsform_write(&forms[i], SHEETS[k], file,
                                    i % 2 == 0 ? WSYNC_CSV_PLAIN : WSYNC_CSV_EXCEL, &error);
            assert_int_equal(fclose(file), 0);
            assert_true(err == WSYNC_OK || (err == WSYNC_ERR_NOT_FOUND && k == 2));
            if (err != WSYNC_OK) {
                unlink(path);
            }
        }
        enum wsync_err err = wsync_xlsform_compile(scratch.path, &arena, &again, &error);
        if (err != WSYNC_OK) {
            print_error("%s: %s\n", NAMES[i], error.text);
        }
        assert_int_equal(err, WSYNC_OK);
        assert_int_equal(wsync_form_encode(&forms[i], &arena, &before, &error), WSYNC_OK);
        assert_int_equal(wsync_form_encode(&again, &arena, &after, &error), WSYNC_OK);
        assert_text(before, after);
    }
    struct wsync_error error = {""};
    assert_int_equal(wsync_xlsform_write(&forms[0], "x.csv", stdout, WSYNC_CSV_PLAIN, &error),
                     WSYNC_ERR_VALUE);
    wsync_scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_travel),
        cmocka_unit_test(test_forms_follow_the_rules),
        cmocka_unit_test(test_nothing_names_forms),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_the_sample_adds_up),
        cmocka_unit_test(test_written_again),
    };
    return cmocka_run_group_tests(tests, compile_all, NULL);
}
