/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever keeps a ward from being synced has a code, a sentence in both languages and a next
 * step; all of them are enumerated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/link_reason.h"
#include "host/next_step.h"

enum { SENTENCE_MIN = 12 };

static void assert_sentence(const char *text)
{
    assert_non_null(text);
    size_t len = strlen(text);
    assert_true(len >= SENTENCE_MIN);
    assert_true(text[len - 1] == '.' || text[len - 1] == '?');
}

static void every_error_has_words_and_a_step(void **state)
{
    (void)state;
#define NUMBER(NAME, number, name, vi, en) WSYNC_ERR_##NAME,
    static const enum wsync_err errors[] = {WSYNC_ERROR_LIST(NUMBER)};
#undef NUMBER
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        enum wsync_err err = errors[i];
        assert_true(wsync_err_code(err) > 0);
        assert_int_equal(wsync_err_from_code(wsync_err_code(err)), err);
        assert_true(strlen(wsync_err_name(err)) > 0);
        for (int language = WSYNC_VI; language <= WSYNC_EN; language++) {
            assert_sentence(wsync_err_text(err, (enum wsync_language)language));
            assert_sentence(wsync_next_step(err, (enum wsync_language)language));
        }
        assert_string_not_equal(wsync_err_text(err, WSYNC_VI), wsync_err_text(err, WSYNC_EN));
        assert_string_not_equal(wsync_next_step(err, WSYNC_VI), wsync_next_step(err, WSYNC_EN));
    }
    assert_string_equal(wsync_next_step(WSYNC_OK, WSYNC_EN), "");
}

static void every_reason_of_a_line_has_words_and_a_step(void **state)
{
    (void)state;
    for (int i = 0; i < WSYNC_LINK_REASON_COUNT; i++) {
        enum wsync_link_reason reason = (enum wsync_link_reason)i;
        assert_string_not_equal(wsync_link_reason_name(reason), "unknown");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(wsync_link_reason_name(reason),
                                    wsync_link_reason_name((enum wsync_link_reason)j));
        }
        for (int language = WSYNC_VI; language <= WSYNC_EN; language++) {
            assert_sentence(wsync_link_reason_text(reason, (enum wsync_language)language));
            assert_sentence(wsync_link_reason_step(reason, (enum wsync_language)language));
        }
        assert_string_not_equal(wsync_link_reason_text(reason, WSYNC_VI),
                                wsync_link_reason_text(reason, WSYNC_EN));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_words_and_a_step),
        cmocka_unit_test(every_reason_of_a_line_has_words_and_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
