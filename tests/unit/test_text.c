/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling, search keys and the order of a Vietnamese list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
    wsync_arena_init(&arena, block, 16);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_form),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_search_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
