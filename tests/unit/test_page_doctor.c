/* SPDX-License-Identifier: Apache-2.0 */
/* What a doctor printed, as a page: the worst first, escaped, and nothing of what is no
 * doctor's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/json.h"
#include "host/page_doctor.h"

#define WARNING                                                                                \
    "{\"finding\":\"backup\",\"severity\":\"warning\",\"what\":\"old <b>\",\"step\":\"make "   \
    "\\\"one\\\"\"}\n"
#define CRITICAL                                                                               \
    "{\"finding\":\"keys\",\"severity\":\"critical\",\"what\":\"open\",\"step\":\"close\"}\n"

static char text[1 << 14];

static enum wsync_err show(enum wsync_language language, const char *lines)
{
    struct wsync_html html = {.len = 0};
    enum wsync_err err = wsync_page_doctor(&html, language, lines);
    assert_true(html.len < sizeof text);
    memcpy(text, html.text ? html.text : "", html.len);
    text[html.len] = '\0';
    wsync_html_fini(&html);
    return err;
}

static void test_findings(void **state)
{
    (void)state;
    assert_int_equal(
        show(WSYNC_VI, WARNING CRITICAL "{\"worst\":\"critical\",\"findings\":2}\n"), WSYNC_OK);
    const char *first = strstr(text, "nghiêm trọng"), *second = strstr(text, "cần xem");
    assert_true(first && second && first < second);
    assert_non_null(strstr(text, "old &lt;b&gt;"));
    assert_non_null(strstr(text, "Việc cần làm: make &quot;one&quot;"));
    assert_null(strstr(text, "<b>"));
    assert_int_equal(show(WSYNC_EN, WARNING CRITICAL "{\"worst\":\"critical\",\"findings\":2}"),
                     WSYNC_OK);
    assert_non_null(strstr(text, "What to do: close"));
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(show(WSYNC_EN, "{\"worst\":\"ok\",\"findings\":0}\n"), WSYNC_OK);
    assert_non_null(strstr(text, "Nothing is wrong here."));
}

/* One that was cut off, or said something else, is never shown as a whole list. */
static void test_no_doctor(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {
        "",
        "\n",
        WARNING CRITICAL,
        WARNING "{\"worst\":\"critical\",\"findings\":2}\n",
        "no JSON\n",
        "[1]\n{\"worst\":7}\n",
        "{\"worst\":\"ok\",\"worst\":\"ok\",\"findings\":0}\n",
        "{\"worst\":\"ok\",\"findings\":0",
    };
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        assert_int_equal(show(WSYNC_VI, OTHERS[i]), WSYNC_ERR_VALUE);
    }
}

/* An object a line, of which members of another kind are none. */
static void test_lines(void **state)
{
    (void)state;
    const char *lines = "{\"a\":\"x\",\"n\":7,\"b\":true}\n\n{\"a\":1}";
    struct wsync_json *json = wsync_json_read(&lines);
    assert_non_null(json);
    assert_string_equal(wsync_json_get(json, "a"), "x");
    assert_string_equal(wsync_json_get(json, "n"), "");
    assert_int_equal(wsync_json_get_number(json, "n"), 7);
    assert_int_equal(wsync_json_get_number(json, "a"), 0);
    assert_true(wsync_json_get_bool(json, "b"));
    assert_false(wsync_json_get_bool(json, "a"));
    assert_true(wsync_json_has(json, "a"));
    assert_false(wsync_json_has(json, "c"));
    wsync_json_free(json);
    assert_null(wsync_json_read(&lines));
    json = wsync_json_read(&lines);
    assert_non_null(json);
    assert_int_equal(wsync_json_get_number(json, "a"), 1);
    assert_int_equal(*lines, '\0');
    wsync_json_free(json);
    wsync_json_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_no_doctor),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
