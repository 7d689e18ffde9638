/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as people write them. */
#include "host/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOW = 1650100000, DAY_S = 86400 };
#define NIGHT INT64_C(1650042000) /* 2022-04-16T00:00+07:00 */

static void moments_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t begin, end;
    } CASES[] = {
        {"2022-04-16", NIGHT, NIGHT + DAY_S},
        {"16/04/2022", NIGHT, NIGHT + DAY_S},
        {"2022-04-16 07:30", NIGHT + 27000, NIGHT + 27060},
        {"2022-04-16T07:30", NIGHT + 27000, NIGHT + 27060},
        {"16/04/2022 00:00:07", NIGHT + 7, NIGHT + 8},
        {"45s", NOW - 45, NOW - 45},
        {"30m", NOW - 1800, NOW - 1800},
        {"12h", NOW - 43200, NOW - 43200},
        {"0d", NOW, NOW},
        {"1000000d", NOW - INT64_C(86400000000), NOW - INT64_C(86400000000)},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        int64_t moment;
        assert_int_equal(
            wsync_moment_read(CASES[i].text, WSYNC_MOMENT_BEGIN, NOW, &moment, NULL), WSYNC_OK);
        assert_int_equal(moment, CASES[i].begin);
        assert_int_equal(wsync_moment_read(CASES[i].text, WSYNC_MOMENT_END, NOW, &moment, NULL),
                         WSYNC_OK);
        assert_int_equal(moment, CASES[i].end);
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",
                                        "yesterday",
                                        "2022-02-30",
                                        "31/02/2022",
                                        "1/02/2022",
                                        "01/02/22",
                                        "01/13/2022",
                                        "01-02/2022",
                                        "2022-04-16 7:30",
                                        "2022-04-16 24:00",
                                        "5",
                                        "5x",
                                        "d",
                                        "1000001d",
                                        "99999999d",
                                        "5dd",
                                        "2022-04-16 07:3a",
                                        "-5d",
                                        "2022-04-16 ",
                                        "2022-04-16 07:30:60",
                                        "2022-04-16 07:30:1"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct wsync_error error = {{0}};
        int64_t moment;
        assert_int_equal(wsync_moment_read(TEXTS[i], WSYNC_MOMENT_BEGIN, NOW, &moment, &error),
                         WSYNC_ERR_INVALID);
        assert_true(error.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_read),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
