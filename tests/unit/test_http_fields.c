/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of queries and forms, and paths, as browsers write them and as nobody should. */
#include "host/http_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct wsync_http_fields fields;
static char text[1 << 16];

static enum wsync_err decode(const char *sent, size_t len)
{
    memcpy(text, sent, len);
    memset(text + len, '0', 8); /* what stands behind the room is not ours */
    enum wsync_err err = wsync_http_fields_decode(&fields, text, len);
    assert_memory_equal(text + len + 1, "0000000", 7);
    assert_true(err == WSYNC_OK || fields.count == 0);
    return err;
}

/* "name=value;" of each field. */
static const char *listed(void)
{
    static char list[1024];
    size_t len = 0;
    list[0] = '\0';
    for (size_t i = 0; i < fields.count; i++) {
        len += (size_t)snprintf(list + len, sizeof list - len, "%s=%s;", fields.at[i].name,
                                fields.at[i].value);
    }
    return list;
}

static void fields_are_decoded(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"", ""},
        {"a=b", "a=b;"},
        {"a=b&c=d", "a=b;c=d;"},
        {"a", "a=;"},
        {"a&b", "a=;b=;"},
        {"a=", "a=;"},
        {"=b", "=b;"},
        {"=", "=;"},
        {"&&a=b&&", "a=b;"},
        {"a=b=c", "a=b=c;"},
        {"a+b=c+d", "a b=c d;"},
        {"a%2Bb=%26%3d", "a+b=&=;"},
        {"t%E1%BB%95=Th%e1%bb%A5y", "tổ=Thụy;"},
        {"t\xE1\xBB\x95=\xE1\xBB\xA5", "tổ=ụ;"}, /* not escaped, and legal */
        {"a=1%0D%0A2%0D3%0A4", "a=1\n2\n3\n4;"},
        {"a=%0D%0D%0A%09", "a=\n\n\t;"},
        {"a;b=c", "a;b=c;"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_int_equal(decode(CASES[i][0], strlen(CASES[i][0])), WSYNC_OK);
        assert_string_equal(listed(), CASES[i][1]);
    }
}

static void what_is_no_legal_text_is_refused(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "a=%",    "a=%4",   "a=%4g",     "a=%g4",    "%=a",        "a=%+1",  "a=% 1",
        "a=%00",  "%00=a",  "a=b%00c",   "a=%01",    "a=%7F",      "a=%1B",  "a=%C2%80",
        "a=%FF",  "a=%C3",  "a=%C0%80",  "%C3=a",    "a=%ED%A0%80", "a=\xC3", "\xFF",
        "a%0A=b", "a%0D=b", "a%09=b",    "x=1&a=%",  "a=%F4%90%80%80",
        "a=%C3&%A9=b", /* a character is not spread over two */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (decode(CASES[i], strlen(CASES[i])) != WSYNC_ERR_INVALID) {
            fail_msg("%s is taken", CASES[i]);
        }
    }
    assert_int_equal(decode("a=b\0c", 5), WSYNC_ERR_INVALID);
    assert_int_equal(decode("a\0=b", 4), WSYNC_ERR_INVALID);
    assert_int_equal(decode("\0", 1), WSYNC_ERR_INVALID);
}

static void a_name_may_stand_more_than_once(void **state)
{
    (void)state;
    const char sent[] = "kind=1&place=x&kind=2&kind=&Kind=4";
    assert_int_equal(decode(sent, sizeof sent - 1), WSYNC_OK);
    assert_string_equal(wsync_http_fields_value(&fields, "kind", 0), "1");
    assert_string_equal(wsync_http_fields_value(&fields, "kind", 1), "2");
    assert_string_equal(wsync_http_fields_value(&fields, "kind", 2), "");
    assert_null(wsync_http_fields_value(&fields, "kind", 3));
    assert_string_equal(wsync_http_fields_value(&fields, "place", 0), "x");
    assert_null(wsync_http_fields_value(&fields, "plac", 0));
    assert_null(wsync_http_fields_value(&fields, "placed", 0));
    assert_null(wsync_http_fields_value(&fields, "", 0));
}

static void so_many_and_no_more(void **state)
{
    (void)state;
    char sent[4 * (WSYNC_HTTP_FIELDS_MAX + 1)];
    for (size_t i = 0; i <= WSYNC_HTTP_FIELDS_MAX; i++) {
        memcpy(sent + 4 * i, "a=b&", 4);
    }
    assert_int_equal(decode(sent, sizeof sent - 4), WSYNC_OK);
    assert_int_equal(fields.count, WSYNC_HTTP_FIELDS_MAX);
    assert_int_equal(decode(sent, sizeof sent - 3), WSYNC_ERR_OVERSIZE); /* one more letter */
    memset(sent, '&', sizeof sent);
    assert_int_equal(decode(sent, sizeof sent), WSYNC_OK); /* these are none */
    assert_int_equal(fields.count, 0);
}

static void paths_are_decoded(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a%2fb", "/a/b"},
        {"/a+b%20c", "/a+b c"},
        {"/t%E1%BB%95", "/tổ"},
        {"/%2e%2e/%25", "/../%"},
        {"", NULL},
        {"a", NULL},
        {"*", NULL},
        {"http://x/", NULL},
        {"%2Fa", NULL}, /* begins with no slash as it was sent */
        {"/%", NULL},
        {"/%2", NULL},
        {"/%zz", NULL},
        {"/%00", NULL},
        {"/a%0Ab", NULL},
        {"/a%0Db", NULL},
        {"/%09", NULL},
        {"/%C3", NULL},
        {"/\xFF", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s", CASES[i][0]);
        assert_int_equal(wsync_http_path_decode(path), CASES[i][1] != NULL);
        if (CASES[i][1]) {
            assert_string_equal(path, CASES[i][1]);
        }
    }
}

static void the_type_of_a_form_is_known(void **state)
{
    (void)state;
    assert_true(wsync_http_fields_are("application/x-www-form-urlencoded"));
    assert_true(wsync_http_fields_are("Application/X-WWW-Form-URLEncoded; charset=UTF-8"));
    assert_true(wsync_http_fields_are("application/x-www-form-urlencoded ;charset=utf-8"));
    assert_false(wsync_http_fields_are("application/x-www-form-urlencoded2"));
    assert_false(wsync_http_fields_are("application/x-www-form"));
    assert_false(wsync_http_fields_are("multipart/form-data; boundary=x"));
    assert_false(wsync_http_fields_are("text/plain"));
    assert_false(wsync_http_fields_are(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_decoded),
        cmocka_unit_test(what_is_no_legal_text_is_refused),
        cmocka_unit_test(a_name_may_stand_more_than_once),
        cmocka_unit_test(so_many_and_no_more),
        cmocka_unit_test(paths_are_decoded),
        cmocka_unit_test(the_type_of_a_form_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
