/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of commands in Vietnamese: recognised by their formats, with what is in the holes
 * kept or translated, and whatever is not known left as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/words.h"

static const char *vi(const char *english)
{
    static char room[WSYNC_WORDS_BYTES];
    return wsync_words(WSYNC_VI, english, room);
}

static void test_known(void **state)
{
    (void)state;
    assert_string_equal(vi("The file is empty."), "Tệp rỗng.");
    assert_string_equal(vi("The field date is required."), "Phải điền ô date.");
    assert_string_equal(
        vi("There are 64 drafts already; save some of them or throw them away."),
        "Đã có 64 bản nháp; hãy lưu hoặc bỏ bớt.");
}

static void test_parts(void **state)
{
    (void)state;
    assert_string_equal(vi("Field waste_kg: 70000 is above the largest value allowed, 50000."),
                        "Ô waste_kg: 70000 lớn hơn giá trị lớn nhất được phép, 50000.");
    assert_string_equal(vi("Field date: the value is above the largest value allowed, 1."),
                        "Ô date: giá trị lớn hơn giá trị lớn nhất được phép, 1.");
    assert_string_equal(vi("Field n: \"x is not y\" is not a whole number."),
                        "Ô n: “x is not y” không phải là số nguyên.");
    char full[WSYNC_WORDS_BYTES], expected[WSYNC_WORDS_BYTES];
    snprintf(full, sizeof full, "Nothing was saved: %s",
             wsync_err_text(WSYNC_ERR_STORE_FULL, WSYNC_EN));
    snprintf(expected, sizeof expected, "Chưa lưu gì: %s",
             wsync_err_text(WSYNC_ERR_STORE_FULL, WSYNC_VI));
    assert_string_equal(vi(full), expected);
}

/* Findings of a verification, whose places and values are formats of their own. */
static void test_findings(void **state)
{
    (void)state;
    static const char *const TEXTS[][2] = {
        {"record 3f9ac210-17, field note", "bản ghi 3f9ac210-17, ô note"},
        {"record 3f9ac210-17, field 9", "bản ghi 3f9ac210-17, ô 9"},
        {"record 3f9ac210-17, whether it is deleted", "bản ghi 3f9ac210-17, đã xóa hay chưa"},
        {"\"20\" of change 7 at -3", "“20” của thay đổi 7 lúc -3"},
        {"(personal)", "(riêng tư)"},
        {"a mark of change 7", "dấu của thay đổi 7"},
        {"log 3f9ac210, reference 2", "sổ 3f9ac210, tham chiếu 2"},
        {"change 7, hash 3f9ac210", "thay đổi 7, mã băm 3f9ac210"},
        {"waits for cause f 16 1", "chờ nguyên nhân f 16 1"},
        {"cell of form (16), log of unit 10, about unit 901, without a day",
         "ô tổng của mẫu (16), sổ của đơn vị 10, về đơn vị 901, không có ngày"},
        {"-1 records, 0 in conflict", "-1 bản ghi, 0 có xung đột"},
        {"..3f9ac210.. (77 bytes)", "..3f9ac210.. (77 byte)"},
        {"3 by the list of branches", "3 theo danh sách nhánh"},
        {"a row", "một dòng"},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        assert_string_equal(vi(TEXTS[i][0]), TEXTS[i][1]);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",
                                        "%",
                                        "a: b",
                                        "Nobody wrote this sentence.",
                                        "The field date is required",
                                        "x: y: z (w) %s %d"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        assert_string_equal(vi(TEXTS[i]), TEXTS[i]);
    }
    char room[WSYNC_WORDS_BYTES];
    const char *known = "The file is empty.";
    assert_ptr_equal(wsync_words(WSYNC_EN, known, room), known);
}

/* Numbers in a format hold numbers alone, so that text of people is not taken for one. */
static void test_numbers(void **state)
{
    (void)state;
    const char *text = "There are many drafts already; save some of them or throw them away.";
    assert_string_equal(vi(text), text);
}

/* However long and strange, it ends soon and within its room. */
static void test_long(void **state)
{
    (void)state;
    char text[512], room[WSYNC_WORDS_BYTES];
    memset(text, ':', sizeof text - 1);
    for (size_t i = 1; i < sizeof text - 1; i += 2) {
        text[i] = ' ';
    }
    text[sizeof text - 1] = '\0';
    assert_string_equal(wsync_words(WSYNC_VI, text, room), text);
    memcpy(text, "Field a: \"", 10);
    memcpy(text + sizeof text - 15, "\" is too long.", 15);
    assert_true(strlen(wsync_words(WSYNC_VI, text, room)) < WSYNC_WORDS_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),   cmocka_unit_test(test_parts),
        cmocka_unit_test(test_unknown), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long),    cmocka_unit_test(test_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
