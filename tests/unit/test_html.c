/* SPDX-License-Identifier: Apache-2.0 */
/* What others wrote never becomes part of a page's structure. */
#include "host/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xEF\xBF\xBD"

static void assert_written(struct wsync_html *html, const char *expected)
{
    assert_int_equal(wsync_html_err(html), WSYNC_OK);
    assert_int_equal(html->len, strlen(expected));
    assert_memory_equal(html->text, expected, html->len);
    wsync_html_fini(html);
    assert_int_equal(html->len, 0);
}

static void each_byte_is_itself_or_harmless(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t text[] = {'a', (uint8_t)byte, 'b'};
        char expected[16];
        char self[2] = {(char)byte, '\0'};
        bool kept = byte == '\t' || byte == '\n' || (byte >= ' ' && byte <= '~');
        snprintf(expected, sizeof expected, "a%sb",
                 byte == '&'    ? "&amp;"
                 : byte == '<'  ? "&lt;"
                 : byte == '>'  ? "&gt;"
                 : byte == '"'  ? "&quot;"
                 : byte == '\'' ? "&#39;"
                 : kept         ? self
                                : BAD);
        struct wsync_html html = {0};
        wsync_html_slice(&html, wsync_slice(text, sizeof text));
        assert_written(&html, expected);
    }
}

static void text_is_kept_and_what_is_none_is_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *html;
    } CASES[] = {
        {"", ""},
        {"Tổ dân phố số 7", "Tổ dân phố số 7"},
        {"\xF0\x9F\x8C\xB3", "\xF0\x9F\x8C\xB3"},
        {"<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
        {"&amp;", "&amp;amp;"},
        {"\xC3", BAD},                  /* cut */
        {"\xE1\xBB", BAD BAD},          /* cut */
        {"\xE1\xBB<", BAD BAD "&lt;"},  /* a cut one swallows nothing */
        {"\xC3\"", BAD "&quot;"},
        {"\xC0\xBC", BAD BAD},          /* an over-long '<' */
        {"\xE0\x80\xBC", BAD BAD BAD},
        {"\xED\xA0\x80", BAD BAD BAD},  /* a surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD},
        {"\xC2\x80", BAD},              /* C1 */
        {"\xC2\x9F", BAD},
        {"\xC2\xA0", "\xC2\xA0"},
        {"a\r\nb", "a" BAD "\nb"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_html html = {0};
        wsync_html_text(&html, CASES[i].text);
        assert_written(&html, CASES[i].html);
    }
}

static void no_value_leaves_its_attribute(void **state)
{
    (void)state;
    struct wsync_html html = {0};
    wsync_html_raw(&html, "<input");
    wsync_html_attr(&html, "value", "\" onfocus=\"x' \xFF>");
    wsync_html_attr_slice(&html, "title", wsync_slice("a\0\"b", 4));
    wsync_html_attr_number(&html, "size", INT64_MIN);
    wsync_html_raw(&html, ">");
    assert_written(&html, "<input value=\"&quot; onfocus=&quot;x&#39; " BAD "&gt;\" "
                          "title=\"a" BAD "&quot;b\" size=\"-9223372036854775808\">");
}

static void a_part_stays_within_its_address(void **state)
{
    (void)state;
    struct wsync_html html = {0};
    wsync_html_part(&html, "Az09-._~ /?&=#%+\"'<>\n\xE1\xBB\xA5:");
    assert_written(&html, "Az09-._~%20%2F%3F%26%3D%23%25%2B%22%27%3C%3E%0A%E1%BB%A5%3A");
}

static void the_page_grows_to_its_bound(void **state)
{
    (void)state;
    struct wsync_html html = {0};
    for (size_t i = 0; i < WSYNC_HTML_BYTES_MAX / 16; i++) {
        wsync_html_raw(&html, "0123456789abcdef");
    }
    assert_int_equal(wsync_html_err(&html), WSYNC_OK);
    assert_int_equal(html.len, WSYNC_HTML_BYTES_MAX);
    assert_true(html.room <= WSYNC_HTML_BYTES_MAX);
    wsync_html_text(&html, "");
    assert_int_equal(wsync_html_err(&html), WSYNC_OK);
    wsync_html_text(&html, "x");
    assert_int_equal(wsync_html_err(&html), WSYNC_ERR_OVERSIZE);
    assert_int_equal(html.len, WSYNC_HTML_BYTES_MAX);
    wsync_html_fini(&html);
}

static void a_failure_stays(void **state)
{
    (void)state;
    static char large[WSYNC_HTML_BYTES_MAX + 2];
    memset(large, 'a', sizeof large - 1);
    struct wsync_html html = {0};
    wsync_html_text(&html, "before");
    wsync_html_text(&html, large);
    wsync_html_text(&html, "after"); /* would fit */
    wsync_html_number(&html, 1);
    assert_int_equal(wsync_html_err(&html), WSYNC_ERR_OVERSIZE);
    assert_int_equal(html.len, strlen("before"));
    wsync_html_fini(&html);
    assert_int_equal(wsync_html_err(&html), WSYNC_OK); /* a new page */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_is_itself_or_harmless),
        cmocka_unit_test(text_is_kept_and_what_is_none_is_replaced),
        cmocka_unit_test(no_value_leaves_its_attribute),
        cmocka_unit_test(a_part_stays_within_its_address),
        cmocka_unit_test(the_page_grows_to_its_bound),
        cmocka_unit_test(a_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
