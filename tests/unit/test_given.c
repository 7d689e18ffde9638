/* SPDX-License-Identifier: Apache-2.0 */
/* Which files somebody may name: by hand any, from a page its own (decision 0019). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/given.h"

static const struct {
    const char *path;
    int number;
} OWN[] = {{"/proc/self/fd/3", 3},
           {"/proc/self/fd/9", 9},
           {"/proc/self/fd/10", 10},
           {"/proc/self/fd/15", 15}};
static const char *const OTHERS[] = {
    "",
    "/etc/passwd",
    "photo.jpg",
    "/proc/self/fd",
    "/proc/self/fd/",
    "/proc/self/fd/0",
    "/proc/self/fd/2",
    "/proc/self/fd/16",
    "/proc/self/fd/03",
    "/proc/self/fd/+3",
    "/proc/self/fd/ 3",
    "/proc/self/fd/3x",
    "/proc/self/fd/3/../../mem",
    "/proc/self/fd/3.answer",
    "/proc/self/fd/00000000003",
    "/proc/self/fd/4294967299",
    "/proc/self/fd//3",
    "//proc/self/fd/3",
    "/proc/1/fd/3",
    "/proc/thread-self/fd/3",
    "/dev/fd/3",
};

static enum wsync_err check(const char *path)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_given_check(path, &error);
    assert_int_equal(err == WSYNC_OK, error.text[0] == '\0');
    return err;
}

static void by_hand_any_file_may_be_named(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        assert_int_equal(empty ? setenv("WARDSYNC_PAGE", "", 1) : unsetenv("WARDSYNC_PAGE"), 0);
        assert_false(wsync_given_by_page());
        for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
            assert_int_equal(check(OTHERS[i]), WSYNC_OK);
        }
    }
}

/* Puts a file of this kind at the number, and says whether a page may name it so. */
static enum wsync_err check_with(const char *path, int number, int file)
{
    assert_true(file >= 0);
    assert_int_equal(dup2(file, number), number);
    enum wsync_err err = check(path);
    assert_int_equal(close(number), 0);
    if (file != number) {
        assert_int_equal(close(file), 0);
    }
    return err;
}

static int sealed_file(void)
{
    int fd = wsync_action_file_new("given", 1);
    assert_true(wsync_action_file_seal(fd, 0));
    return fd;
}

static void a_page_names_its_own_files_alone(void **state)
{
    (void)state;
    assert_int_equal(setenv("WARDSYNC_PAGE", "1", 1), 0);
    assert_true(wsync_given_by_page());
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        assert_int_equal(check_with(OWN[i].path, OWN[i].number, sealed_file()), WSYNC_OK);
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (check(OTHERS[i]) != WSYNC_ERR_RIGHT) {
            fail_msg("%s", OTHERS[i]);
        }
    }
    assert_int_equal(unsetenv("WARDSYNC_PAGE"), 0);
}

/* The store and the keys have numbers too, and nobody counts how many files came along. */
static void what_the_command_opened_itself_is_no_file_of_a_page(void **state)
{
    (void)state;
    assert_int_equal(setenv("WARDSYNC_PAGE", "1", 1), 0);
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        const char *path = OWN[i].path;
        int number = OWN[i].number;
        assert_int_equal(check_with(path, number, open("/proc/self/exe", O_RDONLY)),
                         WSYNC_ERR_RIGHT);
        assert_int_equal(check_with(path, number, open("/proc/self", O_RDONLY)),
                         WSYNC_ERR_RIGHT);
        assert_int_equal(check_with(path, number, wsync_action_file_new("open", 1)),
                         WSYNC_ERR_RIGHT);
        assert_int_equal(check(path), WSYNC_ERR_RIGHT); /* nothing is there */
    }
    assert_int_equal(unsetenv("WARDSYNC_PAGE"), 0);
}

static void what_the_program_came_with_may_be_read(void **state)
{
    (void)state;
    static const char *const WITHIN[] = {"/usr/bin/../share/wardsync/campaign/units.csv",
                                         "/usr/bin/../share/wardsync/campaign/forms/club",
                                         "/usr/bin/../share/wardsync/campaign"};
    static const char *const BEYOND[] = {"/usr/bin/../share/wardsync/campaign/../secret",
                                         "/usr/bin/../share/wardsync/campaign/forms/../../x",
                                         "/usr/bin/../share/wardsync/campaigns",
                                         "/usr/bin/../share/wardsync", "/etc/passwd"};
    assert_int_equal(setenv("WARDSYNC_PAGE", "1", 1), 0);
    for (size_t i = 0; i < sizeof WITHIN / sizeof *WITHIN; i++) {
        wsync_given_ship(NULL);
        assert_int_equal(check(WITHIN[i]), WSYNC_ERR_RIGHT);
        wsync_given_ship("/usr/bin/../share/wardsync/campaign");
        assert_int_equal(check(WITHIN[i]), WSYNC_OK);
    }
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++) {
        assert_int_equal(check(BEYOND[i]), WSYNC_ERR_RIGHT);
    }
    wsync_given_ship(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand_any_file_may_be_named),
        cmocka_unit_test(a_page_names_its_own_files_alone),
        cmocka_unit_test(what_the_program_came_with_may_be_read),
        cmocka_unit_test(what_the_command_opened_itself_is_no_file_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
