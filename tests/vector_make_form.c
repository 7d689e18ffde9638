/* SPDX-License-Identifier: Apache-2.0 */
/* Makes form.txt: definitions spelled out field by field, successors, single values. */
#include <string.h>

#include "tests/vector.h"
#include "wardsync/limits.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FIELDS_MAX = 14, LENGTH_BYTES = 2 };

/* number 16, version 1, name "f", both titles "T"; then the date field. */
#define HEAD "0810 1001 1a0166 220154 2a0154 "
#define DATED HEAD "3001"
/* Name "a" and labels "A"; the same with "b". */
#define A " 220161 2a0141 320141 "
#define B " 220162 2a0142 320142 "
#define DATE "0801 1004" A
#define NUMBER "0802 1001" B
#define CHOICE_1 " 6a0b 0801 120161 1a0141 220141"
#define CHOICE_3 " 6a0b 0803 120163 1a0141 220141"

struct definition {
    const char *name, *spec, *head;
    const char *fields[FIELDS_MAX];
    enum wsync_err code;
};

static const struct definition DEFINITIONS[] = {
    {"form-of-two-fields", "S8.12 S8.13 S8.16 S8.20 S8.21", DATED, {DATE, NUMBER "6001"},
     WSYNC_OK},
    {"form-without-date", "S8.21", HEAD, {NUMBER}, WSYNC_OK},
    {"form-of-choices", "S8.19 S8.20", DATED, {DATE, "0802 1007" B "6002" CHOICE_1 CHOICE_3},
     WSYNC_OK},
    {"form-with-limits", "S8.18", HEAD, {NUMBER "480c 58c801"}, WSYNC_OK},
    {"form-with-hints", "S8.15", HEAD, {"0802 1001" B "3a0141 420141"}, WSYNC_OK},
    {"form-with-subject", "S8.21", HEAD "3802", {"0802 100b" B}, WSYNC_OK},
    {"form-personal-text", "S8.16", HEAD, {"0802 1003" B "4802"}, WSYNC_OK},
    {"form-15", "S8.13", "080f 1001 1a0166 220154 2a0154", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-version-0", "S8.13", "0810 1a0166 220154 2a0154", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-name-absent", "S8.14", "0810 1001 220154 2a0154", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-name-upper-case", "S8.14", "0810 1001 1a0146 220154 2a0154", {NUMBER},
     WSYNC_ERR_VALUE},
    {"form-name-begins-with-digit", "S8.14", "0810 1001 1a023166 220154 2a0154", {NUMBER},
     WSYNC_ERR_VALUE},
    {"form-name-65-characters", "S8.14", "0810 1001 1a4166*65 220154 2a0154", {NUMBER},
     WSYNC_ERR_VALUE},
    {"form-title-absent", "S8.15", "0810 1001 1a0166 2a0154", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-title-of-two-lines", "S8.15", "0810 1001 1a0166 2203540a54 2a0154", {NUMBER},
     WSYNC_ERR_VALUE},
    {"form-without-fields", "S8.13", HEAD, {NULL}, WSYNC_ERR_VALUE},
    {"form-date-field-absent", "S8.21", HEAD "3009", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-date-field-is-integer", "S8.21", HEAD "3002", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-date-field-personal", "S8.21", DATED, {DATE "4802"}, WSYNC_ERR_VALUE},
    {"form-subject-is-integer", "S8.21", HEAD "3802", {NUMBER}, WSYNC_ERR_VALUE},
    {"form-subject-personal", "S8.21", HEAD "3802", {"0802 100b" B "4802"}, WSYNC_ERR_VALUE},
    {"form-aggregate-without-date", "S8.20", HEAD, {NUMBER "6001"}, WSYNC_ERR_VALUE},
    {"field-number-0", "S8.16", HEAD, {"1001" B}, WSYNC_ERR_VALUE},
    {"field-number-4096", "S8.16", HEAD, {"088020 1001" B}, WSYNC_ERR_VALUE},
    {"fields-descend", "S8.16", HEAD, {NUMBER, DATE}, WSYNC_ERR_VALUE},
    {"field-twice", "S8.16", HEAD, {NUMBER, "0802 1001" A}, WSYNC_ERR_VALUE},
    {"field-name-twice", "S8.16", HEAD, {DATE, "0802 1001" A}, WSYNC_ERR_VALUE},
    {"field-type-0", "S8.5", HEAD, {"0802" B}, WSYNC_ERR_VALUE},
    {"field-type-14", "S8.5", HEAD, {"0802 100e" B}, WSYNC_ERR_VALUE},
    {"field-of-bytes", "S8.5 S8.16", HEAD, {"0802 100c" B}, WSYNC_ERR_VALUE},
    {"field-label-absent", "S8.15 S8.16", HEAD, {"0802 1001 220162 2a0142"}, WSYNC_ERR_VALUE},
    {"field-label-not-utf8", "S1.10 S8.15", HEAD, {"0802 1001 220162 2a01ff 320142"},
     WSYNC_ERR_VALUE},
    {"field-label-with-control", "S1.10 S8.15", HEAD, {"0802 1001 220162 2a0107 320142"},
     WSYNC_ERR_VALUE},
    {"field-hint-with-tab", "S8.15", HEAD, {"0802 1001" B "3a0109"}, WSYNC_ERR_VALUE},
    {"field-flags-16", "S8.16", HEAD, {NUMBER "4810"}, WSYNC_ERR_VALUE},
    {"field-digits-of-integer", "S8.17", HEAD, {"0802 1001 1802" B}, WSYNC_ERR_VALUE},
    {"field-decimal-without-digits", "S8.17", HEAD, {"0802 1002" B}, WSYNC_ERR_VALUE},
    {"field-decimal-10-digits", "S8.17", HEAD, {"0802 1002 180a" B}, WSYNC_ERR_VALUE},
    {"field-limit-of-text", "S8.18", HEAD, {"0802 1003" B "4804"}, WSYNC_ERR_VALUE},
    {"field-limit-without-flag", "S8.18", HEAD, {NUMBER "5002"}, WSYNC_ERR_VALUE},
    {"field-minimum-above-maximum", "S8.18", HEAD, {NUMBER "480c 5004 5802"}, WSYNC_ERR_VALUE},
    {"field-integer-with-choices", "S8.19", HEAD, {NUMBER CHOICE_1}, WSYNC_ERR_VALUE},
    {"field-choice-without-choices", "S8.19", HEAD, {"0802 1007" B}, WSYNC_ERR_VALUE},
    {"field-choices-descend", "S8.19", HEAD, {"0802 1007" B CHOICE_3 CHOICE_1},
     WSYNC_ERR_VALUE},
    {"field-choice-0", "S8.19", HEAD, {"0802 1007" B "6a09 120161 1a0141 220141"},
     WSYNC_ERR_VALUE},
    {"field-choice-name-twice", "S8.19", HEAD,
     {"0802 1007" B CHOICE_1 "6a0b 0802 120161 1a0141 220141"}, WSYNC_ERR_VALUE},
    {"field-choice-without-label", "S8.19", HEAD, {"0802 1007" B "6a08 0801 120161 1a0141"},
     WSYNC_ERR_VALUE},
    {"field-aggregate-3", "S8.20", DATED, {DATE, NUMBER "6003"}, WSYNC_ERR_VALUE},
    {"field-sum-of-choice", "S8.20", DATED, {DATE, "0802 1007" B "6001" CHOICE_1},
     WSYNC_ERR_VALUE},
    {"field-count-of-integer", "S8.20", DATED, {DATE, NUMBER "6002"}, WSYNC_ERR_VALUE},
    {"field-sum-of-personal", "S8.20", DATED, {DATE, NUMBER "4802 6001"}, WSYNC_ERR_VALUE},
    {"form-with-photo", "S8.5 S18.40", HEAD, {"0802 100d" B "7080808004 78ffff03 80010f"},
     WSYNC_OK},
    {"form-with-plain-photo", "S8.5 S18.40", HEAD, {"0802 100d" B}, WSYNC_OK},
    {"field-photo-8388609-bytes", "S18.40", HEAD, {"0802 100d" B "7081808004"},
     WSYNC_ERR_VALUE},
    {"field-photo-65536-pixels", "S18.40", HEAD, {"0802 100d" B "78808004"}, WSYNC_ERR_VALUE},
    {"field-photo-kinds-16", "S18.40", HEAD, {"0802 100d" B "800110"}, WSYNC_ERR_VALUE},
    {"field-integer-with-kinds", "S18.40", HEAD, {NUMBER "800101"}, WSYNC_ERR_VALUE},
    {"field-text-with-bytes", "S18.40", HEAD, {"0802 1003" B "7001"}, WSYNC_ERR_VALUE},
    {"field-photo-personal", "S18.6", HEAD, {"0802 100d" B "4802"}, WSYNC_ERR_VALUE},
    {"field-unknown-field", "S1.3", HEAD, {NUMBER "880101"}, WSYNC_ERR_MESSAGE},
    {"field-number-twice", "S1.3", HEAD, {"0802 0802 1001" B}, WSYNC_ERR_MESSAGE},
    {"field-number-over-long", "S1.3", HEAD, {"088200 1001" B}, WSYNC_ERR_MESSAGE},
    {"form-number-of-zero", "S1.3", "0800 1001 1a0166 220154 2a0154", {NUMBER},
     WSYNC_ERR_MESSAGE},
    {"form-unknown-field", "S1.3", HEAD "4801", {NULL}, WSYNC_ERR_MESSAGE},
    {"form-7169-bytes", "S8.12", "00*7169", {NULL}, WSYNC_ERR_VALUE},
};

/* The head and each field as an entry of the repeated field 8. */
static struct wsync_slice spell_form(struct wsync_arena *arena, const char *head,
                                     const char *const fields[FIELDS_MAX])
{
    struct wsync_slice begin = vector_spell(arena, head);
    uint8_t *out = wsync_arena_get(arena, WSYNC_PAYLOAD_BYTES_MAX);
    size_t used = begin.len;
    WSYNC_ASSERT(out && used <= WSYNC_PAYLOAD_BYTES_MAX);
    memcpy(out, begin.data, begin.len);
    for (size_t i = 0; i < FIELDS_MAX && fields[i]; i++) {
        struct wsync_slice field = vector_spell(arena, fields[i]);
        WSYNC_ASSERT(field.len < 0x80 &&
                     used + field.len + LENGTH_BYTES <= WSYNC_PAYLOAD_BYTES_MAX);
        out[used++] = 0x42;
        out[used++] = (uint8_t)field.len;
        memcpy(out + used, field.data, field.len);
        used += field.len;
    }
    return wsync_slice(out, used);
}

static void form_case(struct vector_book *book, const struct definition *definition)
{
    vector_begin(book, definition->name, definition->spec, "form");
    vector_hex(book, "definition",
               spell_form(&book->arena, definition->head, definition->fields));
    vector_expect(book, definition->code);
}

static const struct definition SUCCESSOR_OF = {
    .head = DATED, .fields = {DATE, NUMBER "6001", "0803 1007 220163 2a0143 320143" CHOICE_1}};

#define NEXT "0810 1002 1a0166 220154 2a0154 3001"
#define THIRD "0803 1007 220163 2a0143 320143"
static const struct definition SUCCESSORS[] = {
    {"successor-with-a-new-field", "S8.22", NEXT,
     {DATE, NUMBER "6001", THIRD CHOICE_1, "0804 1003 220164 2a0144 320144"}, WSYNC_OK},
    {"successor-without-a-field", "S8.22", NEXT, {DATE, NUMBER "6001"}, WSYNC_OK},
    {"successor-with-a-new-choice", "S8.22", NEXT, {DATE, THIRD CHOICE_1 CHOICE_3}, WSYNC_OK},
    {"successor-same-version", "S8.22", DATED, {DATE, NUMBER "6001"}, WSYNC_ERR_INVALID},
    {"successor-other-form", "S8.22", "0811 1002 1a0166 220154 2a0154 3001", {DATE},
     WSYNC_ERR_INVALID},
    {"successor-other-type", "S8.22", NEXT, {DATE, "0802 1002 1802" B "6001"},
     WSYNC_ERR_INVALID},
    {"successor-other-aggregate", "S8.22", NEXT, {DATE, NUMBER}, WSYNC_ERR_INVALID},
    {"successor-personal", "S8.22", NEXT, {DATE, THIRD "4802" CHOICE_1}, WSYNC_ERR_INVALID},
    {"successor-choice-renamed", "S8.22", NEXT,
     {DATE, THIRD "6a0b 0801 120162 1a0141 220141"}, WSYNC_ERR_INVALID},
};

#define LABELS " 2a0141 320141 "

struct value {
    const char *name, *spec;
    int field;
    const char *key, *text;
    enum wsync_err code;
};

/* Fields: 1 date from day 0, 2 integer 0 to 100, 3 decimal, 4 text, 5 time, 6 date-time,
 * 7 choice of 1 and 3, 8 choices of the same, 9 geopoint, 10 boolean, 11 unit, 12 required,
 * 13 photo of at most 100 bytes. */
#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
static const char *const TYPES[FIELDS_MAX] = {
    "0801 1004 220161" LABELS "4804",
    "0802 1001 220162" LABELS "480c 58c801",
    "0803 1002 1802 220163" LABELS,
    "0804 1003 220164" LABELS,
    "0805 1005 220165" LABELS,
    "0806 1006 220166" LABELS,
    "0807 1007 220167" LABELS CHOICE_1 CHOICE_3,
    "0808 1008 220168" LABELS CHOICE_1 CHOICE_3,
    "0809 1009 220169" LABELS,
    "080a 100a 22016a" LABELS,
    "080b 100b 22016b" LABELS,
    "080c 1001 22016c" LABELS "4801",
    "080d 100d 22016d" LABELS "7064",
};

static const struct value VALUES[] = {
    {"value-date", "S8.5 S8.6", 1, "integer", "19100", WSYNC_OK},
    {"value-date-last", "S8.5", 1, "integer", "84005", WSYNC_OK},
    {"value-integer-at-maximum", "S8.7", 2, "integer", "100", WSYNC_OK},
    {"value-decimal", "S8.5", 3, "integer", "-12345", WSYNC_OK},
    {"value-text", "S1.10 S8.8", 4, "text", "0a09e1bb87f09f8cb1", WSYNC_OK},
    {"value-time-last", "S8.5", 5, "integer", "1439", WSYNC_OK},
    {"value-moment-last", "S8.5", 6, "integer", "7258118399", WSYNC_OK},
    {"value-moment-first", "S8.5", 6, "integer", "-2208988800", WSYNC_OK},
    {"value-choice", "S8.5", 7, "integer", "3", WSYNC_OK},
    {"value-choices", "S8.5", 8, "items", "1 3", WSYNC_OK},
    {"value-place", "S8.5", 9, "items", "900000000 -1800000000", WSYNC_OK},
    {"value-boolean", "S8.5", 10, "integer", "1", WSYNC_OK},
    {"value-unit-last", "S8.5 S2.4", 11, "integer", "4294967295", WSYNC_OK},
    {"value-blank", "S8.9", 2, "blank", "", WSYNC_OK},
    {"value-of-no-field", "S8.10", 99, "integer", "1", WSYNC_ERR_FIELD},
    {"value-date-after-2199", "S8.5", 1, "integer", "84006", WSYNC_ERR_VALUE},
    {"value-date-before-minimum", "S8.7", 1, "integer", "-1", WSYNC_ERR_VALUE},
    {"value-integer-above-maximum", "S8.7", 2, "integer", "101", WSYNC_ERR_VALUE},
    {"value-integer-below-minimum", "S8.7", 2, "integer", "-1", WSYNC_ERR_VALUE},
    {"value-text-for-integer", "S8.6", 2, "text", "31", WSYNC_ERR_VALUE},
    {"value-integer-for-text", "S8.6", 4, "integer", "1", WSYNC_ERR_VALUE},
    {"value-list-for-choice", "S8.6", 7, "items", "1", WSYNC_ERR_VALUE},
    {"value-text-empty", "S8.8", 4, "text", "", WSYNC_ERR_VALUE},
    {"value-text-lone-continuation", "S1.10", 4, "text", "80", WSYNC_ERR_VALUE},
    {"value-text-over-long", "S1.10", 4, "text", "c080", WSYNC_ERR_VALUE},
    {"value-text-over-long-3", "S1.10", 4, "text", "e08080", WSYNC_ERR_VALUE},
    {"value-text-surrogate", "S1.10", 4, "text", "eda080", WSYNC_ERR_VALUE},
    {"value-text-above-10ffff", "S1.10", 4, "text", "f4908080", WSYNC_ERR_VALUE},
    {"value-text-cut", "S1.10", 4, "text", "e1bb", WSYNC_ERR_VALUE},
    {"value-text-nul", "S1.10", 4, "text", "610062", WSYNC_ERR_VALUE},
    {"value-text-escape", "S1.10", 4, "text", "1b5b", WSYNC_ERR_VALUE},
    {"value-text-delete", "S1.10", 4, "text", "7f", WSYNC_ERR_VALUE},
    {"value-text-c1-control", "S1.10", 4, "text", "c285", WSYNC_ERR_VALUE},
    {"value-text-carriage-return", "S1.10", 4, "text", "0d0a", WSYNC_ERR_VALUE},
    {"value-time-1440", "S8.5", 5, "integer", "1440", WSYNC_ERR_VALUE},
    {"value-moment-of-2200", "S8.5", 6, "integer", "7258118400", WSYNC_ERR_VALUE},
    {"value-choice-unknown", "S8.5", 7, "integer", "2", WSYNC_ERR_VALUE},
    {"value-choice-beyond-32-bits", "S8.5", 7, "integer", "4294967297", WSYNC_ERR_VALUE},
    {"value-choices-descend", "S8.5", 8, "items", "3 1", WSYNC_ERR_VALUE},
    {"value-choices-twice", "S8.5", 8, "items", "1 1", WSYNC_ERR_VALUE},
    {"value-choices-empty", "S8.5", 8, "items", "", WSYNC_ERR_VALUE},
    {"value-place-of-one", "S8.5", 9, "items", "1", WSYNC_ERR_VALUE},
    {"value-place-beyond-the-pole", "S8.5", 9, "items", "900000001 0", WSYNC_ERR_VALUE},
    {"value-boolean-2", "S8.5", 10, "integer", "2", WSYNC_ERR_VALUE},
    {"value-unit-0", "S8.5 S2.4", 11, "integer", "0", WSYNC_ERR_VALUE},
    {"value-unit-beyond-32-bits", "S8.5 S2.4", 11, "integer", "4294967296", WSYNC_ERR_VALUE},
    {"value-photo", "S18.3 S18.41", 13, "text", "64" ROOT, WSYNC_OK},
    {"value-photo-above-limit", "S18.41", 13, "text", "65" ROOT, WSYNC_ERR_VALUE},
    {"value-photo-length-over-long", "S18.3", 13, "text", "e400" ROOT, WSYNC_ERR_VALUE},
    {"value-photo-of-none", "S18.3", 13, "text", "00" ROOT, WSYNC_ERR_VALUE},
    {"value-photo-cut", "S18.3", 13, "text", "6400", WSYNC_ERR_VALUE},
    {"value-required-blank", "S8.9", 12, "blank", "", WSYNC_ERR_VALUE},
};

void vector_make_form(struct vector_book *book)
{
    for (size_t i = 0; i < COUNT(DEFINITIONS); i++) {
        form_case(book, &DEFINITIONS[i]);
    }
    for (size_t i = 0; i < COUNT(SUCCESSORS); i++) {
        const struct definition *next = &SUCCESSORS[i];
        vector_begin(book, next->name, next->spec, "successor");
        vector_hex(book, "definition",
                   spell_form(&book->arena, SUCCESSOR_OF.head, SUCCESSOR_OF.fields));
        vector_hex(book, "next", spell_form(&book->arena, next->head, next->fields));
        vector_expect(book, next->code);
    }
    for (size_t i = 0; i < COUNT(VALUES); i++) {
        const struct value *value = &VALUES[i];
        vector_begin(book, value->name, value->spec, "value");
        vector_hex(book, "definition", spell_form(&book->arena, HEAD, TYPES));
        vector_number(book, "field", value->field);
        vector_text(book, value->key, value->text);
        vector_expect(book, value->code);
    }
}
