/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: whom it lets through, as the store is at that moment, and what it answers others.
 */
#include "host/page_login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/accounts.h"
#include "host/clock.h"
#include "tests/site_rig.h"

static struct wsync_scratch scratch;
static struct wsync_site site;
static struct wsync_pages pages = {.address = "127.0.0.1:8211"};
static struct wsync_page_login login;
static struct wsync_http_answer answer;
static struct wsync_http_request request;

static const struct wsync_http_route ROUTES[] = {
    {WSYNC_HTTP_GET, "/new/*", NULL, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/new/*", NULL, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/undelete/*", NULL, .role = WSYNC_ROLE_WRITE},
    {.path = NULL},
};

static enum wsync_err is_open(void *context, struct wsync_error *error)
{
    (void)error;
    return context ? WSYNC_ERR_STORE_IO : WSYNC_OK;
}

static int set_up(void **state)
{
    (void)state;
    site_rig_open(&scratch, &site);
    snprintf(pages.address, sizeof pages.address, "127.0.0.1:8211");
    login = (struct wsync_page_login){
        .pages = &pages, .routes = ROUTES, .staff = "/staff", .site = &site, .open = is_open};
    request = (struct wsync_http_request){
        .target = "/", .path = "/", .rest = "", .cookie = "", .login = "", .peer = "::1"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_html_fini(&answer.html);
    wsync_site_close(&site);
    wsync_scratch_close(&scratch);
    return 0;
}

/* Gives a person this role, with another PIN each time. */
static void give(uint32_t number, enum wsync_page_role role)
{
    static unsigned turn;
    struct wsync_account account;
    assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    (void)!wsync_account_get(site.txn, number, &account);
    account.role = role;
    snprintf(account.name, sizeof account.name, "Người %u", number);
    snprintf(account.hash.text, sizeof account.hash.text, "%u", ++turn);
    assert_int_equal(wsync_account_change(site.txn, &account, turn, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&site, NULL), WSYNC_OK);
}

static int64_t now_s(void)
{
    return wsync_clock_monotonic_ms() / 1000;
}

/* A log-in of who has this account now. */
static struct wsync_login_session *enter(uint32_t number)
{
    static struct wsync_login_id id;
    struct wsync_account account;
    assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_account_get(site.txn, number, &account), WSYNC_OK);
    wsync_site_abort(&site);
    id = wsync_login_begin(&login.login, number, account.changed, now_s());
    request.login = id.text;
    return wsync_login_find(&login.login, id.text, now_s());
}

static bool pass(enum wsync_page_role need)
{
    wsync_html_fini(&answer.html);
    answer = (struct wsync_http_answer){.status = 200};
    bool passes = wsync_page_login_gate(&login, &request, need, &answer);
    assert_null(site.txn);
    return passes;
}

static void without_an_account_it_is_who_sits_here(void **state)
{
    (void)state;
    assert_true(pass(WSYNC_ROLE_ADMIN));
    assert_true(request.person.alone && request.person.number == 0);
    snprintf(pages.address, sizeof pages.address, "192.168.1.20:8211");
    assert_false(pass(WSYNC_ROLE_SEE)); /* and nobody from elsewhere */
    assert_int_equal(answer.status, 403);
    assert_true(pass(WSYNC_ROLE_NOBODY));
    assert_false(request.person.alone);
    snprintf(pages.address, sizeof pages.address, "127.0.0.1:8211");
    give(1, WSYNC_ROLE_ADMIN);
    assert_false(pass(WSYNC_ROLE_SEE));
    assert_string_equal(answer.location, "/login");
    assert_false(request.person.alone);
}

static void each_role_may_what_those_below_may(void **state)
{
    (void)state;
    give(1, WSYNC_ROLE_ADMIN);
    give(2, WSYNC_ROLE_WRITE);
    give(3, WSYNC_ROLE_SEE);
    for (uint32_t number = 1; number <= 3; number++) {
        (void)enter(number);
        for (int need = WSYNC_ROLE_NOBODY; need <= WSYNC_ROLE_ADMIN; need++) {
            bool may = need <= (int)(4 - number);
            assert_int_equal(pass((enum wsync_page_role)need), may);
            assert_int_equal(request.person.number, number);
            assert_int_equal(answer.status, may ? 200 : 403);
        }
    }
    assert_string_equal(request.person.name, "Người 3");
    assert_true(answer.html.len > 0);
    answer.html.text[answer.html.len - 1] = '\0';
    assert_non_null(strstr(answer.html.text, "Người 1")); /* who may */
    assert_null(strstr(answer.html.text, "Người 2"));
}

static void what_changes_in_the_row_ends_it(void **state)
{
    (void)state;
    give(1, WSYNC_ROLE_ADMIN);
    give(2, WSYNC_ROLE_WRITE);
    (void)enter(2);
    assert_true(pass(WSYNC_ROLE_WRITE));
    give(2, WSYNC_ROLE_WRITE); /* another PIN */
    assert_false(pass(WSYNC_ROLE_SEE));
    (void)enter(2);
    give(2, WSYNC_ROLE_SEE);
    assert_false(pass(WSYNC_ROLE_SEE));
    (void)enter(2);
    assert_true(pass(WSYNC_ROLE_SEE));
    give(2, WSYNC_ROLE_NOBODY);
    assert_false(pass(WSYNC_ROLE_SEE));
    give(2, WSYNC_ROLE_SEE);
    assert_false(pass(WSYNC_ROLE_SEE)); /* what ended does not begin again */
}

static void half_an_hour_is_without_a_person(void **state)
{
    (void)state;
    give(1, WSYNC_ROLE_ADMIN);
    struct wsync_login_session *session = enter(1);
    session->seen_s -= WSYNC_LOGIN_IDLE_S - 100;
    int64_t before = session->seen_s;
    request.is_refresh = true;
    assert_true(pass(WSYNC_ROLE_SEE)); /* a page that asks for itself is nobody's doing */
    assert_int_equal(session->seen_s, before);
    request.is_refresh = false;
    request.path = "/live";
    assert_true(pass(WSYNC_ROLE_SEE));
    assert_int_equal(session->seen_s, before);
    request.path = "/";
    assert_true(pass(WSYNC_ROLE_SEE));
    assert_true(session->seen_s > before);
    session->seen_s -= WSYNC_LOGIN_IDLE_S;
    assert_false(pass(WSYNC_ROLE_SEE));
}

static void he_is_led_back_where_he_wanted_to(void **state)
{
    (void)state;
    static const struct {
        enum wsync_http_method method;
        const char *target, *path, *location;
    } CASES[] = {
        {WSYNC_HTTP_GET, "/", "/", "/login"},
        {WSYNC_HTTP_GET, "/records?q=a%20b&c=1", "/records",
         "/login?next=/records%3Fq%3Da%2520b%26c%3D1"},
        {WSYNC_HTTP_POST, "/new/a?x=1", "/new/a", "/login?next=/new/a"},
        {WSYNC_HTTP_POST, "/undelete/1", "/undelete/1", "/login"}, /* nothing to look at */
    };
    char long_one[600];
    give(1, WSYNC_ROLE_ADMIN);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        request.method = CASES[i].method;
        request.target = CASES[i].target;
        request.path = CASES[i].path;
        assert_false(pass(WSYNC_ROLE_SEE));
        assert_int_equal(answer.status, 303);
        assert_string_equal(answer.location, CASES[i].location);
    }
    memset(long_one, '/', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    request.method = WSYNC_HTTP_GET;
    for (size_t len = 1; len < sizeof long_one; len++) {
        request.target = request.path = long_one + sizeof long_one - 1 - len;
        assert_false(pass(WSYNC_ROLE_SEE));
        assert_true(strncmp(answer.location, "/login", 6) == 0);
    }
    assert_string_equal(answer.location, "/login");
}

/* A store that cannot be read lets nobody in, and what everybody may ask is answered. */
static void a_fault_of_the_store_opens_nothing(void **state)
{
    (void)state;
    login.context = &site;
    for (int need = WSYNC_ROLE_SEE; need <= WSYNC_ROLE_ADMIN; need++) {
        assert_false(pass((enum wsync_page_role)need));
        assert_int_equal(answer.status, 500);
    }
    assert_true(pass(WSYNC_ROLE_NOBODY));
    assert_int_equal(request.person.role, WSYNC_ROLE_NOBODY);
}

static unsigned status_of_try(const char *peer, unsigned checking)
{
    wsync_html_fini(&answer.html);
    answer = (struct wsync_http_answer){.status = 200};
    request.peer = peer;
    login.checking = checking;
    wsync_page_login_take(&login, &request, &answer);
    assert_int_equal(login.checking, checking);
    return answer.status;
}

/* However many tries there are of those who were wrong, they take one of the places. */
static void a_place_is_left_to_who_was_not_wrong(void **state)
{
    (void)state;
    give(1, WSYNC_ROLE_ADMIN);
    assert_int_equal(status_of_try("10.0.0.1", 2), 503);
    wsync_login_note(&login.login, "10.0.0.1", false, wsync_clock_monotonic_ms() / 1000);
    assert_int_equal(status_of_try("10.0.0.1", 1), 503);
    wsync_login_note(&login.login, "10.0.0.1", true, wsync_clock_monotonic_ms() / 1000);
    assert_int_equal(status_of_try("10.0.0.1", 2), 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_an_account_it_is_who_sits_here, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_role_may_what_those_below_may, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_in_the_row_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_an_hour_is_without_a_person, set_up, tear_down),
        cmocka_unit_test_setup_teardown(he_is_led_back_where_he_wanted_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_of_the_store_opens_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_place_is_left_to_who_was_not_wrong, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
