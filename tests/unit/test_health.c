/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs are told: well or not and why, and figures whose words cannot break their
 * format. */
#include "host/health.h"
#include "host/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lock.h"
#include "tests/site_rig.h"

static struct wsync_scratch scratch;
static struct wsync_site site;
static struct wsync_http_answer answer;
static char path[WSYNC_SCRATCH_PATH_BYTES];

static int set_up(void **state)
{
    (void)state;
    struct wsync_error error = {{0}};
    site_rig_open(&scratch, &site);
    wsync_scratch_path(&scratch, "site", path);
    wsync_site_close(&site); /* a store that nobody has opened to write is no reader's */
    assert_int_equal(wsync_site_open_reader(path, WSYNC_SITE_WARD, &site, &error), WSYNC_OK);
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

/* The answer as text, of this status and type. */
static const char *told(unsigned status, const char *type)
{
    static char text[4096];
    assert_int_equal(answer.status, status);
    assert_string_equal(answer.type, type);
    assert_true(answer.html.len < sizeof text);
    memcpy(text, answer.html.text, answer.html.len);
    text[answer.html.len] = '\0';
    wsync_html_fini(&answer.html);
    return text;
}

static void it_is_ready_while_somebody_serves(void **state)
{
    (void)state;
    struct wsync_lock lock;
    struct wsync_error error = {{0}};
    assert_false(wsync_lock_is_served(path));
    wsync_health_ready(&answer, &site, WSYNC_OK, &error, "");
    assert_non_null(strstr(told(503, "application/problem+json"),
                           "\"status\":503,\"detail\":\"Nobody serves"));
    assert_int_equal(wsync_lock_serve(path, &lock, &error), WSYNC_OK);
    assert_true(wsync_lock_is_served(path));
    wsync_health_ready(&answer, &site, WSYNC_OK, &error, "");
    assert_string_equal(told(200, "application/json"), "{\"status\":\"ready\"}\n");
    wsync_health_ready(&answer, &site, WSYNC_OK, &error, "It was stopped.");
    assert_non_null(strstr(told(503, "application/problem+json"), "It was stopped."));
    wsync_lock_end_soon(&lock);
    assert_true(wsync_lock_is_served(path));
    wsync_health_ready(&answer, &site, WSYNC_OK, &error, "");
    assert_non_null(strstr(told(503, "application/problem+json"), "is about to end."));
    wsync_health_live(&answer, &site, WSYNC_OK, &error); /* nobody is to kill it for that */
    assert_string_equal(told(200, "application/json"), "{\"status\":\"ok\"}\n");
    wsync_lock_release(&lock);
    assert_false(wsync_lock_is_served(path)); /* to ask is not to hold it */
    assert_int_equal(wsync_lock_serve(path, &lock, &error), WSYNC_OK);
    wsync_lock_release(&lock);
}

/* Whoever asks the pages when the program begins must not keep it from serving. */
static void to_ask_never_stands_in_the_way(void **state)
{
    (void)state;
    enum { TIMES = 2000 };
    struct wsync_lock lock;
    struct wsync_error error = {{0}};
    pid_t asker = fork();
    assert_true(asker >= 0);
    while (asker == 0) { /* until it is killed */
        (void)wsync_lock_is_served(path);
    }
    int refused = 0;
    for (int i = 0; i < TIMES; i++) {
        refused += wsync_lock_serve(path, &lock, &error) != WSYNC_OK;
        wsync_lock_release(&lock);
    }
    assert_int_equal(kill(asker, SIGKILL), 0);
    assert_int_equal(waitpid(asker, NULL, 0), asker);
    assert_int_equal(refused, 0);
}

static void a_turn_that_never_comes_is_told(void **state)
{
    (void)state;
    struct wsync_lock held, lock;
    struct wsync_error error = {{0}};
    assert_int_equal(wsync_lock_wait(path, "turn.lock", 1, &held, &error), WSYNC_OK);
    assert_int_equal(wsync_lock_wait(path, "turn.lock", 1, &lock, &error), WSYNC_ERR_BUSY);
    assert_non_null(strstr(error.text, "Another process has been at work in "));
    wsync_lock_release(&held);
    assert_int_equal(wsync_lock_wait(path, "turn.lock", 0, &lock, &error), WSYNC_OK);
    wsync_lock_release(&lock);
}

/* Whoever asks may be anybody: what names a folder is for the journal. */
static void what_is_wrong_is_said(void **state)
{
    (void)state;
    struct wsync_error error = {"The store of /var/lib/wardsync is damaged."};
    wsync_html_raw(&answer.html, "what was written before");
    wsync_health_live(&answer, NULL, WSYNC_ERR_CORRUPT, &error);
    char expected[512];
    snprintf(expected, sizeof expected,
             "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
             "\"detail\":\"%s\"}\n",
             wsync_err_text(WSYNC_ERR_CORRUPT, WSYNC_EN));
    assert_string_equal(told(503, "application/problem+json"), expected);
    wsync_health_ready(&answer, NULL, WSYNC_ERR_CORRUPT, &error, "");
    assert_string_equal(told(503, "application/problem+json"), expected);
    wsync_health_ready(&answer, NULL, WSYNC_ERR_STORE_IO, &error, "");
    assert_non_null(strstr(told(503, "application/problem+json"),
                           wsync_err_text(WSYNC_ERR_STORE_IO, WSYNC_EN)));
    wsync_health_live(&answer, &site, WSYNC_OK, &error);
    assert_string_equal(told(200, "application/json"), "{\"status\":\"ok\"}\n");
}

static void a_label_cannot_leave_its_quotes(void **state)
{
    (void)state;
    static const struct wsync_metric ONE = {"wardsync_one_total", "What it is.", true};
    const struct wsync_metric_label label = {"name", "a\\b\"} 7\n# c"};
    wsync_metric_begin(&answer.html, &ONE);
    wsync_metric_value(&answer.html, &ONE, &label, INT64_MIN);
    wsync_metric_value(&answer.html, &ONE, NULL, 0);
    wsync_metrics_end(&answer, WSYNC_OK);
    answer.status = 200;
    assert_string_equal(told(200, "text/plain; version=0.0.4; charset=utf-8"),
                        "# HELP wardsync_one_total What it is.\n"
                        "# TYPE wardsync_one_total counter\n"
                        "wardsync_one_total{name=\"a\\\\b\\\"} 7\\n# c\"} "
                        "-9223372036854775808\n"
                        "wardsync_one_total 0\n");
    wsync_metrics_end(&answer, WSYNC_ERR_CORRUPT);
    assert_non_null(strstr(told(503, "application/problem+json"), "Unavailable"));
}

static void on_a_network_they_are_for_who_may(void **state)
{
    (void)state;
    static const char *const HERE[] = {"127.0.0.1:8211", "127.9.9.9:80", "[::1]:8211"};
    static const char *const ELSEWHERE[] = {"0.0.0.0:8211", "192.168.1.4:8211", "[::]:80",
                                            "[::1234]:80",  "10.127.0.1:80",    ""};
    struct wsync_pages pages = {.program = "ward"};
    struct wsync_http_request request = {.path = "/metrics"};
    for (size_t i = 0; i < sizeof HERE / sizeof *HERE; i++) {
        snprintf(pages.address, sizeof pages.address, "%s", HERE[i]);
        assert_true(wsync_metrics_may(&pages, &site, &request, &answer));
    }
    for (size_t i = 0; i < sizeof ELSEWHERE / sizeof *ELSEWHERE; i++) {
        snprintf(pages.address, sizeof pages.address, "%s", ELSEWHERE[i]);
        assert_false(wsync_metrics_may(&pages, &site, &request, &answer));
        assert_non_null(strstr(told(403, "application/problem+json"), "metrics = yes"));
    }
    request.person.number = 3;
    assert_true(wsync_metrics_may(&pages, &site, &request, &answer));
    request.person.number = 0;
    site.conf.pages_metrics = true;
    assert_true(wsync_metrics_may(&pages, &site, &request, &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_ready_while_somebody_serves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(to_ask_never_stands_in_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_that_never_comes_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_label_cannot_leave_its_quotes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(on_a_network_they_are_for_who_may, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
