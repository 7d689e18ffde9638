/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a service follows from where its data is, and from nothing that only looks
 * like it. */
#include "host/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_service_is_told_by_its_folder(void **state)
{
    (void)state;
    static const char *const SERVICES[] = {"/var/lib/wardsync/ward",
                                           "/var/lib/wardsync/district",
                                           "/var/lib/wardsync/ward/"};
    static const char *const OTHERS[] = {
        "",
        "/",
        "ward",
        "/var/lib/wardsync",
        "/var/lib/wardsync/",
        "/var/lib/wardsync/../ward",
        "/var/lib/wardsync/ward/store",
        "/var/lib/wardsync-state",
        "/var/lib/wardsync/a.b",
        "/srv/var/lib/wardsync/ward",
        "/var/lib/wardsync/anamethatislongerthananythingthatanybodyneeds",
    };
    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++) {
        assert_true(wsync_place_is_service(SERVICES[i]));
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (wsync_place_is_service(OTHERS[i])) {
            fail_msg("%s is taken for one", OTHERS[i]);
        }
    }
}

static void its_configuration_is_named_after_it(void **state)
{
    (void)state;
    char file[WSYNC_PLACE_BYTES] = "";
    assert_true(wsync_place_conf("/var/lib/wardsync/ward/site.conf", file));
    assert_string_equal(file, "/etc/wardsync/ward.conf");
    assert_true(wsync_place_conf("/var/lib/wardsync/district//site.conf", file));
    assert_string_equal(file, "/etc/wardsync/district.conf");
    assert_false(wsync_place_conf("/var/lib/wardsync/ward/store/site.conf", file));
    assert_false(wsync_place_conf("/var/lib/wardsync/site.conf", file));
    assert_false(wsync_place_conf("/srv/ward/site.conf", file));
    assert_false(wsync_place_conf("", file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_is_told_by_its_folder),
        cmocka_unit_test(its_configuration_is_named_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
