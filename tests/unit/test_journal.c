/* SPDX-License-Identifier: Apache-2.0 */
#include "host/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char line[WSYNC_JOURNAL_LINE_BYTES_MAX + 1];

/* The line of an event with one field, as a C string. */
static const char *line_of(struct wsync_journal_field field)
{
    struct wsync_journal_event event = {.level = WSYNC_JOURNAL_INFO, .name = "event-1",
                                        .fields = &field, .field_count = 1};
    line[wsync_journal_format(&event, line)] = '\0';
    return line;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *value, *shown;
    } CASES[] = {
        {"tcp://[::1]:57", "\"tcp://[::1]:57\""},     {"/var/x-1_2.db", "/var/x-1_2.db"},
        {"a+b,c@d", "a+b,c@d"}, {"", "\"\""},         {"two words", "\"two words\""},
        {"k=v", "\"k=v\""},     {"\"", "\"\\\"\""},   {"\\", "\"\\\\\""},
        {"a\nb\tc", "\"a\\nb\\x09c\""},               {"\x7f\x1b[0m", "\"\\x7f\\x1b[0m\""},
        {"Long Biên", "\"Long Biên\""},
    };
    char expected[128];
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        snprintf(expected, sizeof expected, "event=event-1 level=info key=%s\n",
                 CASES[i].shown);
        assert_string_equal(line_of(wsync_journal_text("key", CASES[i].value)), expected);
    }
    struct wsync_slice zero = wsync_slice("a\0b", 3);
    assert_string_equal(line_of(wsync_journal_slice("key", zero)),
                        "event=event-1 level=info key=\"a\\x00b\"\n");
    assert_string_equal(line_of(wsync_journal_number("n", INT64_MIN)),
                        "event=event-1 level=info n=-9223372036854775808\n");
}

static void test_levels_and_fields(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"error", "warning", "info", "debug"};
    const struct wsync_journal_field fields[] = {wsync_journal_number("a", 1),
                                                 wsync_journal_text("b", "x y")};
    for (int level = WSYNC_JOURNAL_ERROR; level <= WSYNC_JOURNAL_DEBUG; level++) {
        struct wsync_journal_event event = {.level = (enum wsync_journal_level)level,
                                            .name = "e", .fields = fields, .field_count = 2};
        char expected[64];
        snprintf(expected, sizeof expected, "event=e level=%s a=1 b=\"x y\"\n", NAMES[level]);
        line[wsync_journal_format(&event, line)] = '\0';
        assert_string_equal(line, expected);
    }
    struct wsync_journal_event bare = {.level = WSYNC_JOURNAL_INFO, .name = "bare"};
    line[wsync_journal_format(&bare, line)] = '\0';
    assert_string_equal(line, "event=bare level=info\n");
}

/* Whatever the length of a value, the line stays whole: cut at a field, one line feed. */
static void test_cut(void **state)
{
    (void)state;
    static char value[3 * WSYNC_JOURNAL_LINE_BYTES_MAX];
    for (int quoted = 0; quoted < 2; quoted++) {
        memset(value, quoted ? '\n' : 'x', sizeof value);
        for (size_t len = 400; len < sizeof value; len++) {
            const struct wsync_journal_field fields[] = {
                wsync_journal_slice("long", wsync_slice(value, len)),
                wsync_journal_number("after", 5),
            };
            struct wsync_journal_event event = {.level = WSYNC_JOURNAL_INFO, .name = "e",
                                                .fields = fields, .field_count = 2};
            size_t made = wsync_journal_format(&event, line);
            line[made] = '\0';
            assert_true(made <= WSYNC_JOURNAL_LINE_BYTES_MAX);
            assert_ptr_equal(strchr(line, '\n'), line + made - 1);
            bool whole = strstr(line, "long=") && made > len * (quoted ? 2U : 1U);
            assert_true(whole || strcmp(line, "event=e level=info after=5 cut=yes\n") == 0);
            assert_true(strstr(line, "after=5") || strstr(line, " cut=yes\n"));
        }
    }
}

static void test_write(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    WSYNC_JOURNAL(INFO, "first", wsync_journal_number("n", 1));
    WSYNC_JOURNAL(DEBUG, "quiet", wsync_journal_number("n", 2));
    wsync_journal_set_level(WSYNC_JOURNAL_DEBUG);
    WSYNC_JOURNAL(DEBUG, "second", wsync_journal_text("t", "x"), wsync_journal_number("n", 3));
    wsync_journal_set_level(WSYNC_JOURNAL_ERROR);
    WSYNC_JOURNAL(WARNING, "quiet", wsync_journal_number("n", 4));
    WSYNC_JOURNAL(ERROR, "third", wsync_journal_number("n", 5));
    wsync_journal_set_level(WSYNC_JOURNAL_INFO);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t len = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    assert_true(len >= 0);
    line[len] = '\0';
    assert_string_equal(line, "event=first level=info n=1\nevent=second level=debug t=x n=3\n"
                              "event=third level=error n=5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_levels_and_fields),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
