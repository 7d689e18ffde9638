/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask for a page, and whose form is taken. */
#include "host/http_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/crypto.h"

static void hosts_are_those_of_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *host, *name;
        uint16_t port;
        bool ours;
    } CASES[] = {
        {"127.0.0.1:8211", "127.0.0.1", 8211, true},
        {"localhost:8211", "127.0.0.1", 8211, true},
        {"LOCALHOST:8211", "127.0.0.1", 8211, true},
        {"[::1]:8211", "[::1]", 8211, true},
        {"127.0.0.1", "127.0.0.1", 80, true},
        {"localhost", "127.0.0.1", 80, true},
        {"127.0.0.1:80", "127.0.0.1", 80, true},
        {NULL, "127.0.0.1", 8211, false},
        {"", "127.0.0.1", 80, false},
        {":8211", "127.0.0.1", 8211, false},
        {"127.0.0.1", "127.0.0.1", 8211, false},
        {"127.0.0.1:", "127.0.0.1", 8211, false},
        {"127.0.0.1:8212", "127.0.0.1", 8211, false},
        {"127.0.0.1:82110", "127.0.0.1", 8211, false},
        {"127.0.0.1:08211", "127.0.0.1", 8211, false},
        {"127.0.0.1:8211 ", "127.0.0.1", 8211, false},
        {"127.0.0.1:8211.evil.example", "127.0.0.1", 8211, false},
        {"evil.example:8211", "127.0.0.1", 8211, false},
        {"user@127.0.0.1:8211", "127.0.0.1", 8211, false},
        {"127.0.0.2:8211", "127.0.0.1", 8211, false},
        {"[::1]:8211", "127.0.0.1", 8211, false},
        {"localhost.:8211", "127.0.0.1", 8211, false},
        {"localhost.evil.example:8211", "127.0.0.1", 8211, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct wsync_http_self self = {CASES[i].name, CASES[i].port, false, NULL};
        if (wsync_http_host_is_ours(CASES[i].host, &self) != CASES[i].ours) {
            fail_msg("%s", CASES[i].host ? CASES[i].host : "none");
        }
    }
}

static void other_names_are_ours_when_we_say_so(void **state)
{
    (void)state;
    const char *const more[] = {"phuong.lan", "[fd00::1]", NULL};
    const struct wsync_http_self self = {"192.168.1.20", 443, true, more};
    static const char *const OURS[] = {"192.168.1.20", "192.168.1.20:443", "Phuong.LAN",
                                       "phuong.lan:443", "[fd00::1]", "localhost"};
    static const char *const OTHERS[] = {"phuong.lan:80", "phuong.lan.evil.example", "fd00::1",
                                         "192.168.1.21", "a.phuong.lan", "phuong.lan:8443"};
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
        assert_true(wsync_http_host_is_ours(OURS[i], &self));
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        assert_false(wsync_http_host_is_ours(OTHERS[i], &self));
    }
    const struct wsync_http_self plain = {"192.168.1.20", 443, false, more};
    assert_false(wsync_http_host_is_ours("phuong.lan", &plain)); /* that would be port 80 */
    assert_true(wsync_http_origin_is_ours("https://a:1", NULL, "a:1", true));
    assert_false(wsync_http_origin_is_ours("http://a:1", NULL, "a:1", true));
}

static void origins_are_those_of_the_host(void **state)
{
    (void)state;
    static const char host[] = "127.0.0.1:8211";
    static const struct {
        const char *origin, *site;
        bool ours;
    } CASES[] = {
        {"http://127.0.0.1:8211", NULL, true},
        {"http://127.0.0.1:8211", "cross-site", true}, /* the origin says more */
        {NULL, "same-origin", true},
        {NULL, NULL, false},
        {NULL, "none", false},
        {NULL, "same-site", false},
        {NULL, "cross-site", false},
        {NULL, "same-origin, cross-site", false},
        {NULL, "", false},
        {"", "same-origin", false},
        {"null", "same-origin", false},
        {"http://evil.example", "same-origin", false},
        {"https://127.0.0.1:8211", NULL, false},
        {"file://127.0.0.1:8211", NULL, false},
        {"http://localhost:8211", NULL, false},
        {"http://127.0.0.1:8211/", NULL, false},
        {"http://127.0.0.1:82110", NULL, false},
        {"http://127.0.0.1", NULL, false},
        {"127.0.0.1:8211", NULL, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (wsync_http_origin_is_ours(CASES[i].origin, CASES[i].site, host, false) !=
            CASES[i].ours) {
            fail_msg("case %zu: %s", i, CASES[i].origin ? CASES[i].origin : CASES[i].site);
        }
    }
}

static void a_stranger_may_lead_here_and_fetch_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *site, *mode, *dest;
        bool ours;
    } CASES[] = {
        {NULL, NULL, NULL, true},
        {NULL, "no-cors", "image", true},
        {"none", "navigate", "document", true},
        {"same-origin", "cors", "empty", true},
        {"cross-site", "navigate", "document", true},
        {"same-site", "navigate", "document", true},
        {"cross-site", "navigate", "iframe", false},
        {"cross-site", "navigate", NULL, false},
        {"cross-site", "no-cors", "document", false},
        {"cross-site", NULL, NULL, false},
        {"same-site", "cors", "empty", false},
        {"", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (wsync_http_fetch_is_ours(CASES[i].site, CASES[i].mode, CASES[i].dest) !=
            CASES[i].ours) {
            fail_msg("case %zu", i);
        }
    }
}

static void cookies_are_found_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *header, *value;
    } CASES[] = {
        {"ws=abc", "abc"},
        {"a=b; ws=abc", "abc"},
        {"a=b;ws=abc;c=d", "abc"},
        {"  ws=abc", "abc"},
        {"ws=", ""},
        {"ws=a=b", "a=b"},
        {"ws=1; ws=2", "1"},
        {";;; ws=abc ;", "abc "},
        {"ws=1234567", "1234567"},
        {"ws=12345678", NULL}, /* no room */
        {NULL, NULL},
        {"", NULL},
        {";", NULL},
        {"ws", NULL},
        {"w=abc", NULL},
        {"wss=abc", NULL},
        {"xws=abc", NULL},
        {"WS=abc", NULL},
        {"a=ws=abc", NULL},
        {"a=b, ws=abc", NULL},
        {"\"ws\"=abc", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char value[8] = "";
        bool found = wsync_http_cookie_find(CASES[i].header, "ws", value, sizeof value);
        if (found != (CASES[i].value != NULL)) {
            fail_msg("%s", CASES[i].header ? CASES[i].header : "none");
        }
        assert_string_equal(value, CASES[i].value ? CASES[i].value : "");
    }
}

static void sessions_are_sixteen_bytes_in_hex(void **state)
{
    (void)state;
    const uint8_t bytes[WSYNC_HTTP_SESSION_BYTES] = {0xAB, 1, 2, 3, 4, 5, 6, 7, 8,
                                                     9,    1, 2, 3, 4, 5, 0xFF};
    struct wsync_http_session session = wsync_http_session_of(bytes);
    assert_string_equal(session.text, "ab0102030405060708090102030405ff");
    assert_true(wsync_http_session_is(session.text));
    session.text[31] = 'g';
    assert_false(wsync_http_session_is(session.text));
    session.text[31] = '\0';
    assert_false(wsync_http_session_is(session.text));
    assert_false(wsync_http_session_is(""));
    assert_false(wsync_http_session_is("ab0102030405060708090102030405ff0"));
}

static void a_token_is_of_one_session_and_one_secret(void **state)
{
    (void)state;
    struct wsync_entropy secret = {{1, 2, 3}}, other_secret = {{1, 2, 4}};
    const uint8_t one[WSYNC_HTTP_SESSION_BYTES] = {1}, two[WSYNC_HTTP_SESSION_BYTES] = {2};
    struct wsync_http_session session = wsync_http_session_of(one);
    struct wsync_http_session other = wsync_http_session_of(two);
    const struct wsync_http_token token = wsync_http_token_of(&secret, &session, "");
    struct wsync_http_token again = wsync_http_token_of(&secret, &session, "");
    assert_int_equal(strlen(token.text), 64);
    assert_true(wsync_http_token_is(&token, again.text));
    assert_null(strstr(token.text, session.text)); /* tells nothing of it */

    again = wsync_http_token_of(&secret, &other, "");
    assert_false(wsync_http_token_is(&token, again.text));
    again = wsync_http_token_of(&other_secret, &session, "");
    assert_false(wsync_http_token_is(&token, again.text));
    again = wsync_http_token_of(&secret, &session, "0a"); /* from a log-in on */
    assert_false(wsync_http_token_is(&token, again.text));
    const struct wsync_http_token next = wsync_http_token_of(&secret, &session, "0b");
    assert_false(wsync_http_token_is(&next, again.text));
    for (size_t i = 0; i < 64; i++) { /* every digit counts */
        again = token;
        again.text[i] = again.text[i] == '0' ? '1' : '0';
        assert_false(wsync_http_token_is(&token, again.text));
    }
    again = token;
    again.text[63] = '\0';
    assert_false(wsync_http_token_is(&token, again.text));
    char longer[80];
    snprintf(longer, sizeof longer, "%s0", token.text);
    assert_false(wsync_http_token_is(&token, longer));
    assert_false(wsync_http_token_is(&token, ""));
    assert_false(wsync_http_token_is(&token, NULL));
}

int main(void)
{
    if (!wsync_crypto_init()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_those_of_the_server),
        cmocka_unit_test(other_names_are_ours_when_we_say_so),
        cmocka_unit_test(origins_are_those_of_the_host),
        cmocka_unit_test(a_stranger_may_lead_here_and_fetch_nothing),
        cmocka_unit_test(cookies_are_found_by_name),
        cmocka_unit_test(sessions_are_sixteen_bytes_in_hex),
        cmocka_unit_test(a_token_is_of_one_session_and_one_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
