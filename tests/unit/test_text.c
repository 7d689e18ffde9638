/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling, search keys and the order of a Vietnamese list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "host/name_order.h"
#include "host/text.h"

static _Alignas(16) uint8_t block[1 << 18];

static struct wsync_arena fresh_arena(void)
{
    struct wsync_arena arena;
    wsync_arena_init(&arena, block, sizeof block);
    return arena;
}

static void assert_slice(struct wsync_slice got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}

static void assert_normal(const char *text, const char *expected)
{
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice normal;
    assert_int_equal(wsync_text_normalise(wsync_slice_of(text), &arena, &normal, NULL),
                     WSYNC_OK);
    assert_slice(normal, expected);
}

/* S1.11: what a writer does with text before it signs it. */
static void test_normal_form(void **state)
{
    (void)state;
    assert_normal("", "");
    assert_normal("To\xCC\x82\xCC\x89 da\xCC\x82n pho\xCC\x82\xCC\x81", "Tổ dân phố");
    assert_normal("Tổ dân phố", "Tổ dân phố");
    assert_normal("u\xCC\x9B\xCC\xA3", "ự");
    assert_normal("\xE2\x84\xAB", "Å");
    assert_normal("a\r\nb\rc\n\r\r\n", "a\nb\nc\n\n\n");
    assert_normal("😀😀😀😀", "😀😀😀😀");
}

static void test_invalid_utf8(void **state)
{
    (void)state;
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice out;
    struct wsync_error error;
    struct wsync_slice bad = wsync_slice_of("Ngọc\xE1\xBB!");
    assert_int_equal(wsync_text_normalise(bad, &arena, &out, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "The text is not valid UTF-8 at byte 7.");
    assert_int_equal(wsync_text_search_key(bad, &arena, &out), WSYNC_ERR_VALUE);
    wsync_arena_init(&arena, block, 8);
    struct wsync_slice good = wsync_slice_of("Thượng Thanh");
    assert_int_equal(wsync_text_normalise(good, &arena, &out, &error), WSYNC_ERR_MEMORY);
    assert_string_equal(error.text, "There is not enough memory.");
    assert_int_equal(wsync_text_search_key(good, &arena, &out), WSYNC_ERR_MEMORY);
}

static void assert_key(const char *text, const char *expected)
{
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice key;
    assert_int_equal(wsync_text_search_key(wsync_slice_of(text), &arena, &key), WSYNC_OK);
    assert_slice(key, expected);
}

static void test_search_key(void **state)
{
    (void)state;
    assert_key("Gia Thụy", "gia thuy");
    assert_key("Gia Thuỵ", "gia thuy");
    assert_key("hòa", "hoa");
    assert_key("hoà", "hoa");
    assert_key("  ĐỨC\t\xC2\xA0 Giang\n", "duc giang");
    assert_key("đường Ngô Gia Tự, 12/3", "duong ngo gia tu, 12/3");
    assert_key("Phuc\xCC\x81 Lo\xCC\x9B\xCC\xA3i", "phuc loi");
    assert_key("", "");
    assert_key("   ", "");
}

/* What is folded by table is what the library folds: each point that can stand in a text. */
static void test_search_key_of_every_point(void **state)
{
    (void)state;
    for (uint32_t point = 1; point < 0x3000; point++) {
        uint8_t text[16] = "a";
        char library[32] = "a";
        utf8proc_uint8_t *made;
        struct wsync_arena arena = fresh_arena();
        struct wsync_slice key;
        size_t len = 1 + (size_t)utf8proc_encode_char((utf8proc_int32_t)point, text + 1);
        text[len++] = 'b';
        assert_true(utf8proc_map(text, (utf8proc_ssize_t)len, &made,
                                 UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK |
                                     UTF8PROC_CASEFOLD) >= 0);
        bool blank = strchr("\t\n\r ", (int)point) && point < 0x80;
        snprintf(library, sizeof library, "%s",
                 blank || point == 0xA0             ? "a b"
                 : point == 0x110 || point == 0x111 ? "adb"
                                                    : (const char *)made);
        free(made);
        assert_int_equal(wsync_text_search_key(wsync_slice(text, len), &arena, &key), WSYNC_OK);
        if (!wsync_slice_equal(key, wsync_slice_of(library))) {
            fail_msg("U+%04X", (unsigned)point);
        }
    }
}

/* < 0: a comes first. */
static int order(const char *a, const char *b)
{
    struct wsync_arena arena = fresh_arena();
    struct wsync_slice one, other;
    assert_int_equal(wsync_text_order_key(wsync_slice_of(a), &arena, &one), WSYNC_OK);
    assert_int_equal(wsync_text_order_key(wsync_slice_of(b), &arena, &other), WSYNC_OK);
    return wsync_slice_compare(one, other);
}

static void test_order(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "",
        "Bả",
        "Bã",
        "Bá",
        "Bạ",
        "Ba Đình",
        "Bà Triệu",
        "Bắc Biên",
        "Bồ Đề",
        "Cự Khối",
        "Dương Xá",
        "Đức Giang",
        "Gia Lâm",
        "Gia Thụy",
        "Giang Biên",
        "Hoa",
        "Hòa",
        "Hoà Bình",
        "Long Biên",
        "Ngọc Lâm",
        "Ngọc Thụy",
        "Phúc Đồng",
        "Phúc Lợi",
        "Sài Đồng",
        "Thạch Bàn",
        "Thu",
        "Thư",
        "Thượng Thanh",
        "tổ dân phố",
        "Tổ dân phố 2",
        "TỔ DÂN PHỐ 09",
        "Tổ dân phố 10",
        "Tổ dân phố 10A",
        "Việt Hưng",
    };
    size_t count = sizeof NAMES / sizeof *NAMES;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            int got = order(NAMES[i], NAMES[k]);
            if ((i < k && got >= 0) || (i == k && got != 0) || (i > k && got <= 0)) {
                fail_msg("\"%s\" and \"%s\": %d", NAMES[i], NAMES[k], got);
            }
        }
    }
    assert_int_equal(order("Gia Thụy", "gia  THUỴ"), 0);
    assert_int_equal(order("hòa", "hoà"), 0);
    assert_int_equal(order("To\xCC\x82\xCC\x89", "Tổ"), 0);
    assert_int_not_equal(order("Thụy", "Thủy"), 0);
}

static void test_name_order(void **state)
{
    static const char *const NAMES[] = {"Giang Biên", "Gia Thụy", "Tổ 10", "\xFF",
                                        "Đức Giang",  "Tổ 2",     "gia thuỵ"};
    static const size_t WANTED[] = {4, 1, 6, 0, 5, 2, 3};
    struct wsync_slice names[7];
    size_t got[7];
    struct wsync_arena arena = fresh_arena();
    (void)state;
    for (size_t i = 0; i < 7; i++) {
        names[i] = wsync_slice_of(NAMES[i]);
    }
    assert_int_equal(wsync_name_order(names, 7, &arena, got), WSYNC_OK);
    assert_memory_equal(got, WANTED, sizeof got);
    wsync_arena_init(&arena, block, 64);
    assert_int_equal(wsync_name_order(names, 7, &arena, got), WSYNC_ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_form), cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_search_key),  cmocka_unit_test(test_search_key_of_every_point),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_name_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
