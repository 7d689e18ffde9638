/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: legal or not and why, canonical bytes, successors, lookups, the built-in three. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/form.h"

#define TEXT(literal) {.data = (const uint8_t *)(literal), .len = sizeof(literal) - 1}
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FIELDS = 6 };

/* A form that a test may bend in one place. */
struct sample {
    struct wsync_form form;
    struct wsync_field fields[FIELDS];
    struct wsync_choice choices[2];
};

static _Alignas(16) uint8_t block[1 << 20];

static struct wsync_arena fresh_arena(void)
{
    struct wsync_arena arena;
    wsync_arena_init(&arena, block, sizeof block);
    return arena;
}

static struct sample *sample(void)
{
    static struct sample made;
    made = (struct sample){
        .form = {.number = 16, .version = 1, .name = TEXT("cleanup"), .date_field = 1,
                 .subject_field = 2, .field_count = FIELDS, .title_vi = TEXT("Tổng vệ sinh"),
                 .title_en = TEXT("Clean-up")},
        .fields = {
            {.number = 1, .type = WSYNC_TYPE_DATE, .name = TEXT("date"), .required = true,
             .label_vi = TEXT("Ngày"), .label_en = TEXT("Date"), .has_min = true, .min = 18000},
            {.number = 2, .type = WSYNC_TYPE_UNIT, .name = TEXT("unit"), .required = true,
             .label_vi = TEXT("Tổ dân phố"), .label_en = TEXT("Group")},
            {.number = 3, .type = WSYNC_TYPE_INTEGER, .name = TEXT("participants"),
             .label_vi = TEXT("Số người"), .label_en = TEXT("People"), .has_min = true,
             .has_max = true, .max = 5000, .aggregate = WSYNC_AGGREGATE_SUM},
            {.number = 4, .type = WSYNC_TYPE_DECIMAL, .digits = 2, .name = TEXT("waste_kg"),
             .label_vi = TEXT("Rác (kg)"), .label_en = TEXT("Waste (kg)"),
             .hint_vi = TEXT("ước lượng"), .hint_en = TEXT("estimate"), .has_min = true,
             .min = -5, .aggregate = WSYNC_AGGREGATE_SUM},
            {.number = 7, .type = WSYNC_TYPE_CHOICE, .name = TEXT("kind"),
             .label_vi = TEXT("Loại"), .label_en = TEXT("Kind"), .choice_count = 2,
             .aggregate = WSYNC_AGGREGATE_COUNT},
            {.number = 4095, .type = WSYNC_TYPE_TEXT, .name = TEXT("leader"), .personal = true,
             .label_vi = TEXT("Người phụ trách"), .label_en = TEXT("Leader")},
        },
        .choices = {{1, TEXT("street"), TEXT("Đường"), TEXT("Street")},
                    {3, TEXT("canal"), TEXT("Mương"), TEXT("Canal")}},
    };
    made.form.fields = made.fields;
    made.fields[4].choices = made.choices;
    return &made;
}

static void assert_refused(const struct sample *bent, const char *sentence)
{
    struct wsync_error error = {""};
    assert_int_equal(wsync_form_check(&bent->form, &error), WSYNC_ERR_INVALID);
    assert_string_equal(error.text, sentence);
}

static void assert_text(struct wsync_slice text, struct wsync_slice expected)
{
    assert_int_equal(text.len, expected.len);
    assert_memory_equal(text.data, expected.data, expected.len);
}

static void test_round_trip(void **state)
{
    (void)state;
    const struct sample *made = sample();
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes, again;
    struct wsync_error error;
    struct wsync_form form;
    assert_int_equal(wsync_form_encode(&made->form, &arena, &bytes, &error), WSYNC_OK);
    assert_int_equal(wsync_form_decode(bytes, &arena, &form), WSYNC_OK);
    assert_int_equal(form.number, 16);
    assert_int_equal(form.date_field, 1);
    assert_int_equal(form.subject_field, 2);
    assert_int_equal(form.field_count, FIELDS);
    for (size_t i = 0; i < FIELDS; i++) {
        const struct wsync_field *was = &made->fields[i], *is = &form.fields[i];
        assert_int_equal(is->number, was->number);
        assert_int_equal(is->type, was->type);
        assert_int_equal(is->digits, was->digits);
        assert_text(is->name, was->name);
        assert_text(is->label_vi, was->label_vi);
        assert_text(is->label_en, was->label_en);
        assert_text(is->hint_vi, was->hint_vi);
        assert_text(is->hint_en, was->hint_en);
        assert_int_equal(is->required, was->required);
        assert_int_equal(is->personal, was->personal);
        assert_int_equal(is->has_min, was->has_min);
        assert_int_equal(is->has_max, was->has_max);
        assert_true(is->min == was->min && is->max == was->max);
        assert_int_equal(is->aggregate, was->aggregate);
        assert_int_equal(is->choice_count, was->choice_count);
    }
    assert_text(form.fields[4].choices[1].label_vi, made->choices[1].label_vi);
    assert_text(form.title_vi, made->form.title_vi);
    assert_int_equal(wsync_form_encode(&form, &arena, &again, &error), WSYNC_OK);
    assert_text(again, bytes);
}

/* The decoded form must not point into the bytes, which may belong to a store. */
static void test_decoded_form_borrows_nothing(void **state)
{
    (void)state;
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes;
    struct wsync_form form;
    static uint8_t copy[WSYNC_TEXT_BYTES_MAX];
    assert_int_equal(wsync_form_encode(&sample()->form, &arena, &bytes, NULL), WSYNC_OK);
    memcpy(copy, bytes.data, bytes.len);
    assert_int_equal(wsync_form_decode(wsync_slice(copy, bytes.len), &arena, &form), WSYNC_OK);
    memset(copy, 0, sizeof copy);
    assert_int_equal(wsync_form_check(&form, NULL), WSYNC_OK);
    assert_non_null(wsync_form_field_named(&form, wsync_slice_of("waste_kg")));
}

static void test_foreign_bytes_are_refused(void **state)
{
    (void)state;
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes;
    struct wsync_form form;
    static uint8_t bent[WSYNC_TEXT_BYTES_MAX + 8];
    assert_int_equal(wsync_form_encode(&sample()->form, &arena, &bytes, NULL), WSYNC_OK);
    memcpy(bent, bytes.data, bytes.len);
    memcpy(bent + bytes.len, "\x08\x10", 2); /* the number a second time */
    assert_int_equal(wsync_form_decode(wsync_slice(bent, bytes.len + 2), &arena, &form),
                     WSYNC_ERR_MESSAGE);
    memcpy(bent + bytes.len, "\x48\x01", 2); /* a field nobody knows */
    assert_int_equal(wsync_form_decode(wsync_slice(bent, bytes.len + 2), &arena, &form),
                     WSYNC_ERR_MESSAGE);
    assert_int_equal(bent[1], 16); /* an over-long varint for the number */
    memcpy(bent, "\x08\x90\x00", 3);
    memcpy(bent + 3, bytes.data + 2, bytes.len - 2);
    assert_int_equal(wsync_form_decode(wsync_slice(bent, bytes.len + 1), &arena, &form),
                     WSYNC_ERR_MESSAGE);
    memcpy(bent, bytes.data, bytes.len);
    bent[1] = 2; /* well spelled, but it claims to be a built-in form */
    assert_int_equal(wsync_form_decode(wsync_slice(bent, bytes.len), &arena, &form),
                     WSYNC_ERR_VALUE);
    assert_int_equal(wsync_form_decode(wsync_slice(bent, sizeof bent), &arena, &form),
                     WSYNC_ERR_VALUE);
}

/* A cut between two fields is a smaller form in good spelling; every other cut is refused. */
static void test_every_cut(void **state)
{
    (void)state;
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes, again;
    size_t legal = 0;
    assert_int_equal(wsync_form_encode(&sample()->form, &arena, &bytes, NULL), WSYNC_OK);
    for (size_t len = 0; len < bytes.len; len++) {
        size_t mark = wsync_arena_mark(&arena);
        struct wsync_form form;
        if (wsync_form_decode(wsync_slice_head(bytes, len), &arena, &form) == WSYNC_OK) {
            legal++;
            assert_true(form.field_count >= 2 && form.field_count < FIELDS);
            assert_int_equal(wsync_form_encode(&form, &arena, &again, NULL), WSYNC_OK);
            assert_text(again, wsync_slice_head(bytes, len));
        }
        wsync_arena_release(&arena, mark);
    }
    assert_int_equal(legal, FIELDS - 2); /* date and unit field must be there */
}

static void test_too_large_and_no_memory(void **state)
{
    (void)state;
    struct sample *made = sample();
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes;
    struct wsync_error error;
    static char label[8000];
    memset(label, 'a', sizeof label);
    made->fields[0].label_vi = wsync_slice(label, sizeof label);
    assert_int_equal(wsync_form_encode(&made->form, &arena, &bytes, &error),
                     WSYNC_ERR_OVERSIZE);
    assert_string_equal(error.text, "Form 16 takes 8369 bytes, at most 7168 are allowed.");
    for (size_t size = 16; size < 2048; size += 16) {
        wsync_arena_init(&arena, block, size);
        enum wsync_err err = wsync_form_encode(&sample()->form, &arena, &bytes, NULL);
        assert_true(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
        assert_true(size > 64 || err == WSYNC_ERR_MEMORY);
    }
}

static void test_illegal_frames(void **state)
{
    (void)state;
    struct sample *s = sample();
    assert_int_equal(wsync_form_check(&s->form, NULL), WSYNC_OK);
    s->form.number = 15;
    assert_refused(s, "Form 15: numbers below 16 belong to the built-in forms.");
    (s = sample())->form.number = 0;
    assert_refused(s, "Form 0: numbers below 16 belong to the built-in forms.");
    (s = sample())->form.version = 0;
    assert_refused(s, "Form 16: its version must be at least 1.");
    (s = sample())->form.name = wsync_slice_of("Cleanup");
    assert_refused(s, "Form 16: its name must be a-z, then a-z, 0-9 and _, at most 64.");
    (s = sample())->form.title_en = wsync_slice_of("");
    assert_refused(s, "Form 16: it needs a Vietnamese and an English title of one line each.");
    (s = sample())->form.title_vi = wsync_slice_of("T\xE1\xBB");
    assert_refused(s, "Form 16: it needs a Vietnamese and an English title of one line each.");
    (s = sample())->form.field_count = 0;
    assert_refused(s, "Form 16: it must have 1 to 96 fields.");
    (s = sample())->form.field_count = 97;
    assert_refused(s, "Form 16: it must have 1 to 96 fields.");
    (s = sample())->fields[4].choice_count = 257;
    assert_refused(s, "Form 16: it has more than 256 choices.");
    (s = sample())->form.date_field = 3;
    assert_refused(s, "Form 16: its date field must be a field of type date that is not "
                      "personal.");
    (s = sample())->form.date_field = 99;
    assert_refused(s, "Form 16: its date field must be a field of type date that is not "
                      "personal.");
    (s = sample())->form.subject_field = 1;
    assert_refused(s, "Form 16: its unit field must be a field of type unit that is not "
                      "personal.");
    (s = sample())->fields[1].personal = true;
    assert_refused(s, "Form 16: its unit field must be a field of type unit that is not "
                      "personal.");
    (s = sample())->form.date_field = 0;
    assert_refused(s, "Field 3 (participants): it enters totals, but the form names no date "
                      "field.");
}

static void test_illegal_fields(void **state)
{
    (void)state;
    struct sample *s = sample();
    s->fields[0].number = 0;
    assert_refused(s, "Field 0 (date): its number must be from 1 to 4095.");
    (s = sample())->fields[5].number = 4096;
    assert_refused(s, "Field 4096 (leader): its number must be from 1 to 4095.");
    (s = sample())->fields[1].number = 1;
    assert_refused(s,
                   "Field 1 (unit): fields must be in ascending order of their numbers, each "
                   "once.");
    (s = sample())->fields[2].name = wsync_slice_of("1st");
    assert_refused(s, "Field 3 (?): its name must be a-z, then a-z, 0-9 and _, at most 64.");
    (s = sample())->fields[2].name = wsync_slice_of("unit");
    assert_refused(s, "Field 3 (unit): another field has the same name.");
    (s = sample())->fields[2].label_vi = wsync_slice_of("");
    assert_refused(s,
                   "Field 3 (participants): it needs a Vietnamese and an English label of one "
                   "line each.");
    (s = sample())->fields[2].label_en = wsync_slice_of("two\nlines");
    assert_refused(s,
                   "Field 3 (participants): it needs a Vietnamese and an English label of one "
                   "line each.");
    (s = sample())->fields[2].hint_en = wsync_slice_of("a\tb");
    assert_refused(s, "Field 3 (participants): a hint must be one line of text.");
    (s = sample())->fields[2].type = (enum wsync_type)14;
    assert_refused(s, "Field 3 (participants): its type is unknown.");
    (s = sample())->fields[2].type = (enum wsync_type)0;
    assert_refused(s, "Field 3 (participants): its type is unknown.");
    (s = sample())->fields[2].digits = 1;
    assert_refused(s, "Field 3 (participants): only a decimal has digits behind the point.");
    (s = sample())->fields[3].digits = 0;
    assert_refused(s, "Field 4 (waste_kg): a decimal has 1 to 9 digits behind the point.");
    (s = sample())->fields[3].digits = 10;
    assert_refused(s, "Field 4 (waste_kg): a decimal has 1 to 9 digits behind the point.");
    (s = sample())->fields[5].has_max = true;
    assert_refused(s,
                   "Field 4095 (leader): only integer, decimal and date have a minimum and a "
                   "maximum.");
    (s = sample())->fields[3].max = 1;
    assert_refused(s, "Field 4 (waste_kg): a limit that is not used must be 0.");
    (s = sample())->fields[2].min = 5001;
    assert_refused(s, "Field 3 (participants): the minimum is above the maximum.");
    (s = sample())->fields[2].aggregate = (enum wsync_aggregate)3;
    assert_refused(s, "Field 3 (participants): its aggregate is unknown.");
    (s = sample())->fields[4].aggregate = WSYNC_AGGREGATE_SUM;
    assert_refused(s, "Field 7 (kind): only integer and decimal can be summed.");
    (s = sample())->fields[2].aggregate = WSYNC_AGGREGATE_COUNT;
    assert_refused(s,
                   "Field 3 (participants): only choice, choices and boolean can be counted.");
    (s = sample())->fields[2].personal = true;
    assert_refused(s, "Field 3 (participants): personal data never enters totals.");
    (s = sample())->fields[5].type = WSYNC_TYPE_BYTES;
    assert_refused(s, "Field 4095 (leader): only built-in forms hold bytes.");
    (s = sample())->fields[5].type = WSYNC_TYPE_PHOTO; /* S18.6 */
    s->fields[5].personal = true;
    assert_refused(s, "Field 4095 (leader): a photo cannot be personal: who keeps it must see "
                      "its name.");
}

/* S18.40. */
static void test_illegal_photos(void **state)
{
    (void)state;
    struct sample *s = sample();
    s->fields[5] = (struct wsync_field){
        .number = 9, .type = WSYNC_TYPE_PHOTO, .name = TEXT("photo"), .label_vi = TEXT("Ảnh"),
        .label_en = TEXT("Photo"), .photo_bytes_max = WSYNC_BLOB_BYTES_MAX,
        .photo_pixels_max = WSYNC_PHOTO_PIXELS_MAX, .photo_kinds = WSYNC_PHOTO_KINDS_ALL};
    assert_int_equal(wsync_form_check(&s->form, NULL), WSYNC_OK);
    const struct wsync_field photo = s->fields[5];
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice bytes;
    struct wsync_form form;
    assert_int_equal(wsync_form_encode(&s->form, &arena, &bytes, NULL), WSYNC_OK);
    assert_int_equal(wsync_form_decode(bytes, &arena, &form), WSYNC_OK);
    assert_int_equal(form.fields[5].photo_bytes_max, WSYNC_BLOB_BYTES_MAX);
    assert_int_equal(form.fields[5].photo_pixels_max, WSYNC_PHOTO_PIXELS_MAX);
    assert_int_equal(form.fields[5].photo_kinds, WSYNC_PHOTO_KINDS_ALL);
    s->fields[5].photo_bytes_max = s->fields[5].photo_pixels_max = s->fields[5].photo_kinds = 0;
    assert_int_equal(wsync_form_check(&s->form, NULL), WSYNC_OK);
    assert_int_equal(wsync_field_photo_bytes(&s->fields[5]), WSYNC_BLOB_BYTES_MAX);
    assert_int_equal(wsync_field_photo_kinds(&s->fields[5]), WSYNC_PHOTO_KINDS_PICTURES);
    s->fields[5] = photo;
    s->fields[5].photo_bytes_max++;
    assert_refused(s, "Field 9 (photo): a photo's limit is at most 8388608 bytes.");
    s->fields[5] = photo;
    s->fields[5].photo_pixels_max++;
    assert_refused(s, "Field 9 (photo): a photo's longer side is at most 65535 pixels.");
    s->fields[5] = photo;
    s->fields[5].photo_kinds++;
    assert_refused(s, "Field 9 (photo): it names a kind of files that is unknown.");
    (s = sample())->fields[5].photo_kinds = WSYNC_PHOTO_PDF;
    assert_refused(s, "Field 4095 (leader): only a photo has kinds of files and their limits.");
}

static void test_illegal_choices(void **state)
{
    (void)state;
    struct sample *s = sample();
    s->fields[4].choice_count = 0;
    assert_refused(s, "Field 7 (kind): a choice needs at least one choice.");
    (s = sample())->fields[5].choice_count = 1;
    s->fields[5].choices = s->choices;
    assert_refused(s, "Field 4095 (leader): only a choice has choices.");
    (s = sample())->choices[1].number = 4096;
    assert_refused(s, "Field 7 (kind), choice 4096: its number must be from 1 to 4095.");
    (s = sample())->choices[1].number = 1;
    assert_refused(s, "Field 7 (kind), choice 1: choices must be in ascending order of their "
                      "numbers, each once.");
    (s = sample())->choices[0].name = wsync_slice_of("a b");
    assert_refused(s, "Field 7 (kind), choice 1: its name must be a-z, then a-z, 0-9 and _, at "
                      "most 64.");
    (s = sample())->choices[1].name = wsync_slice_of("street");
    assert_refused(s, "Field 7 (kind), choice 3: another choice has the same name.");
    (s = sample())->choices[1].label_en = wsync_slice_of("");
    assert_refused(s, "Field 7 (kind), choice 3: it needs a Vietnamese and an English label of "
                      "one line each.");
}

static void assert_no_successor(const struct sample *old, const struct sample *next,
                                const char *sentence)
{
    struct wsync_error error = {""};
    assert_int_equal(wsync_form_check_successor(&old->form, &next->form, &error),
                     WSYNC_ERR_INVALID);
    assert_string_equal(error.text, sentence);
}

static struct sample *following(struct sample *copy)
{
    *copy = *sample();
    copy->form.fields = copy->fields;
    copy->fields[4].choices = copy->choices;
    copy->form.version = 2;
    return copy;
}

static void test_successors(void **state)
{
    (void)state;
    struct sample next, *old = sample();
    struct wsync_error error;
    following(&next)->fields[2].label_vi = wsync_slice_of("Người tham gia");
    next.fields[2].required = true;
    next.fields[5].number = 12; /* the old number is not used any more: that is allowed */
    assert_int_equal(wsync_form_check_successor(&old->form, &next.form, &error), WSYNC_OK);
    following(&next)->form.version = 1;
    assert_no_successor(old, &next, "Form 16: version 1 must be above version 1.");
    following(&next)->form.number = 17;
    assert_no_successor(old, &next, "Form 17 is no version of form 16.");
    following(&next)->fields[2].type = WSYNC_TYPE_BOOLEAN;
    assert_no_successor(old, &next, "Field 3 (participants): a field number keeps its type for "
                                    "ever; use a new number.");
    following(&next)->fields[3].digits = 1;
    assert_no_successor(old, &next, "Field 4 (waste_kg): a field number keeps its digits for "
                                    "ever; use a new number.");
    following(&next)->fields[2].aggregate = WSYNC_AGGREGATE_NONE;
    assert_no_successor(old, &next,
                        "Field 3 (participants): a field number keeps its aggregate "
                        "for ever; use a new number.");
    following(&next)->fields[5].personal = false;
    assert_no_successor(old, &next,
                        "Field 4095 (leader): a field number keeps its personal mark "
                        "for ever; use a new number.");
    following(&next)->choices[1].name = wsync_slice_of("lake");
    assert_no_successor(old, &next, "Field 7 (kind), choice 3: a choice number keeps its name "
                                    "for ever; use a new number.");
}

static void test_lookups(void **state)
{
    (void)state;
    const struct sample *s = sample();
    assert_ptr_equal(wsync_form_field(&s->form, 7), &s->fields[4]);
    assert_null(wsync_form_field(&s->form, 5));
    assert_ptr_equal(wsync_form_field_named(&s->form, wsync_slice_of("unit")), &s->fields[1]);
    assert_null(wsync_form_field_named(&s->form, wsync_slice_of("uni")));
    assert_ptr_equal(wsync_field_choice(&s->fields[4], 3), &s->choices[1]);
    assert_null(wsync_field_choice(&s->fields[4], 2));
    assert_ptr_equal(wsync_field_choice_named(&s->fields[4], wsync_slice_of("canal")),
                     &s->choices[1]);
    assert_null(wsync_field_choice_named(&s->fields[4], wsync_slice_of("Canal")));
}

static void test_builtin(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"unit", "form", "staff", "verdict"};
    for (uint32_t number = 1; number <= 4; number++) {
        const struct wsync_form *form = wsync_form_builtin(number);
        struct wsync_error error = {""};
        assert_non_null(form);
        assert_int_equal(form->version, 1);
        assert_int_equal(wsync_form_check(form, &error), WSYNC_OK);
        assert_true(wsync_slice_equal(form->name, wsync_slice_of(NAMES[number - 1])));
    }
    assert_null(wsync_form_builtin(0));
    assert_null(wsync_form_builtin(5));
    const struct wsync_form *unit = wsync_form_builtin(WSYNC_FORM_UNIT);
    assert_int_equal(unit->field_count, 7);
    assert_true(unit->fields[0].max == 4294967295);
    const struct wsync_field *level = wsync_form_field_named(unit, wsync_slice_of("level"));
    assert_int_equal(wsync_field_choice_named(level, wsync_slice_of("group"))->number, 3);
    const struct wsync_form *staff = wsync_form_builtin(WSYNC_FORM_STAFF);
    assert_false(staff->fields[0].personal);
    assert_true(staff->fields[1].personal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decoded_form_borrows_nothing),
        cmocka_unit_test(test_foreign_bytes_are_refused),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_too_large_and_no_memory),
        cmocka_unit_test(test_illegal_frames),
        cmocka_unit_test(test_illegal_fields),
        cmocka_unit_test(test_illegal_photos),
        cmocka_unit_test(test_illegal_choices),
        cmocka_unit_test(test_successors),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_builtin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
