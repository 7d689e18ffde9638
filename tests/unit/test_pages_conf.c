/* SPDX-License-Identifier: Apache-2.0 */
/* Where pages are shown, and what must be there before others see them. */
#include "host/pages_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/pages_address.h"

static void an_address_is_read(void **state)
{
    (void)state;
    enum { NONE, OTHER, ANY, HERE };
    static const struct {
        const char *text;
        int what;
    } CASES[] = {
        {"127.0.0.1:0", HERE},
        {"127.9.9.9:65535", HERE},
        {"[::1]:8211", HERE},
        {"0.0.0.0:8211", ANY},
        {"[::]:8211", ANY},
        {"192.168.1.20:8211", OTHER},
        {"[fe80::1]:8211", OTHER},
        {"128.0.0.1:1", OTHER},
        {"126.255.255.255:1", OTHER},
        {"[::ffff:127.0.0.1]:8211", OTHER},
        {"", NONE},
        {"8211", NONE},
        {"127.0.0.1", NONE},
        {"127.0.0.1:", NONE},
        {"127.0.0.1:65536", NONE},
        {":8211", NONE},
        {"*:8211", NONE},
        {"localhost:8211", NONE},
        {"::1:8211", NONE},
        {"[::1:8211", NONE},
        {"[::1]8211", NONE},
        {"[]:1", NONE},
        {"127.0.0.1:-1", NONE},
        {"127.0.0.1:8211x", NONE},
        {"127.1:8211", NONE},
        {"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee]:1", NONE},
    };
    struct sockaddr_storage address;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_error error = {{0}};
        enum wsync_err err = wsync_pages_address_read(CASES[i].text, &address, &error);
        assert_int_equal(err, CASES[i].what == NONE ? WSYNC_ERR_INVALID : WSYNC_OK);
        assert_true(err == WSYNC_OK || strstr(error.text, "127.0.0.1"));
        assert_int_equal(wsync_pages_address_is_here(CASES[i].text), CASES[i].what == HERE);
        assert_int_equal(wsync_pages_address_is_any(CASES[i].text), CASES[i].what == ANY);
    }
}

static void others_come_when_all_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *address, *certificate, *key, *host;
        bool plain;
        size_t admins;
        const char *missing; /* NULL: nothing */
    } CASES[] = {
        {"127.0.0.1:1", "", "", "", false, 0, NULL},
        {"[::1]:1", "/c", "/k", "", false, 0, NULL},
        {"127.0.0.1:1", "/c", "", "", false, 1, "certificate and key"},
        {"127.0.0.1:1", "", "/k", "", true, 1, "certificate and key"},
        {"192.168.1.20:1", "/c", "/k", "", true, 0, "an admin"},
        {"192.168.1.20:1", "", "", "", false, 1, "plain = yes"},
        {"192.168.1.20:1", "", "", "", true, 1, NULL},
        {"192.168.1.20:1", "/c", "/k", "", false, 1, NULL},
        {"192.168.1.20:1", "/c", "", "", true, 1, "certificate and key"},
        {"0.0.0.0:1", "/c", "/k", "", false, 1, "hosts = "},
        {"[::]:1", "", "", "", true, 1, "hosts = "},
        {"0.0.0.0:1", "/c", "/k", "phuong.local", false, 1, NULL},
        {"0.0.0.0:1", "/c", "/k", "phuong.local", false, 0, "an admin"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_error error = {{0}};
        struct wsync_pages_conf conf = {.plain = CASES[i].plain,
                                        .host_count = CASES[i].host[0] != '\0'};
        snprintf(conf.certificate, sizeof conf.certificate, "%s", CASES[i].certificate);
        snprintf(conf.key, sizeof conf.key, "%s", CASES[i].key);
        snprintf(conf.hosts[0], sizeof conf.hosts[0], "%s", CASES[i].host);
        enum wsync_err err =
            wsync_pages_conf_judge(&conf, CASES[i].address, CASES[i].admins, &error);
        assert_int_equal(err, CASES[i].missing ? WSYNC_ERR_INVALID : WSYNC_OK);
        assert_true(!CASES[i].missing || strstr(error.text, CASES[i].missing));
    }
}

static void hosts_are_names_with_commas(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        ",",
        "a,",
        ",a",
        "a,,b",
        "a b",
        "a/b",
        "a\nb",
        "@",
        "a;b",
        "a,<",
        "1,2,3,4,5,6,7,8,9",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    struct wsync_pages_conf conf;
    assert_int_equal(
        wsync_pages_conf_hosts(&conf, " phuong.local ,\t192.168.1.20,[fe80::1]", NULL),
        WSYNC_OK);
    assert_int_equal(conf.host_count, 3);
    assert_string_equal(conf.hosts[0], "phuong.local");
    assert_string_equal(conf.hosts[1], "192.168.1.20");
    assert_string_equal(conf.hosts[2], "[fe80::1]");
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct wsync_error error = {{0}};
        assert_int_equal(wsync_pages_conf_hosts(&conf, BAD[i], &error), WSYNC_ERR_INVALID);
        assert_non_null(strstr(error.text, "hosts"));
    }
}

static void a_file_stands_from_the_root(void **state)
{
    (void)state;
    char file[WSYNC_PAGES_FILE_BYTES], text[WSYNC_PAGES_FILE_BYTES + 1] = "/";
    assert_int_equal(wsync_pages_conf_file("/etc/wardsync/pages.pem", file, NULL), WSYNC_OK);
    assert_string_equal(file, "/etc/wardsync/pages.pem");
    assert_int_equal(wsync_pages_conf_file("pages.pem", file, NULL), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_pages_conf_file("", file, NULL), WSYNC_ERR_INVALID);
    memset(text + 1, 'x', WSYNC_PAGES_FILE_BYTES - 1);
    assert_int_equal(wsync_pages_conf_file(text, file, NULL), WSYNC_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read),
        cmocka_unit_test(others_come_when_all_is_there),
        cmocka_unit_test(hosts_are_names_with_commas),
        cmocka_unit_test(a_file_stands_from_the_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
