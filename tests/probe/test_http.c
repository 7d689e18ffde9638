/* SPDX-License-Identifier: Apache-2.0 */
/* The server of pages over real sockets: what it lets through, and how it refuses. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/http_probe.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\n"

static int open_rig(void **state)
{
    (void)state;
    http_rig_open(&rig, "127.0.0.1:0");
    return 0;
}

/* Asks and answers the status. */
static unsigned ask(const char *request)
{
    http_rig_ask(&rig, request, &reply);
    return reply.status;
}

static void assert_header(const char *name, const char *expected)
{
    char value[256];
    if (!expected) {
        assert_false(http_rig_header(&reply, name, value, sizeof value));
        return;
    }
    if (!http_rig_header(&reply, name, value, sizeof value)) {
        fail_msg("no %s in %s", name, reply.head);
    }
    assert_string_equal(value, expected);
}

static void assert_safe(void)
{
    assert_header("Content-Security-Policy",
                  "default-src 'self'; frame-ancestors 'none'; form-action 'self'; "
                  "base-uri 'none'; object-src 'none'");
    assert_header("X-Content-Type-Options", "nosniff");
    assert_header("X-Frame-Options", "DENY");
    assert_header("Referrer-Policy", "same-origin");
    assert_header("Cross-Origin-Resource-Policy", "same-origin");
    assert_header("Cross-Origin-Opener-Policy", "same-origin");
}

/* ---- every answer ---- */

static void every_answer_is_safe(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        const char *request;
    } CASES[] = {
        {200, "GET / HTTP/1.1\nHost: %H\n\n"},
        {200, "HEAD / HTTP/1.1\nHost: %H\n\n"},
        {200, "GET /record/3f9a HTTP/1.0\nHost: %H\n\n"},
        {400, "GET /%zz HTTP/1.1\nHost: %H\n\n"},
        {400, "GET /query?a=%ff HTTP/1.1\nHost: %H\n\n"},
        {400, "GET / HTTP/1.1\nHost: %H\nContent-Length: 1\n\nx"},
        {403, "POST /save HTTP/1.1\nHost: %H\nContent-Length: 0\n\n"},
        {404, "GET /nothing HTTP/1.1\nHost: %H\n\n"},
        {404, "POST /nothing HTTP/1.1\nHost: %H\nContent-Length: 3\n\nabc"},
        {405, "PUT / HTTP/1.1\nHost: %H\n\n"},
        {411, "POST /save HTTP/1.1\nHost: %H\nOrigin: %O\nTransfer-Encoding: chunked\n\n"},
        {413, "POST /save HTTP/1.1\nHost: %H\nOrigin: %O\n" FORM
              "Content-Length: 99999999999\n\n"},
        {415, "POST /save HTTP/1.1\nHost: %H\nOrigin: %O\nContent-Type: text/plain\n"
              "Content-Length: 3\n\na=b"},
        {421, "GET / HTTP/1.1\nHost: example.org\n\n"},
        {421, "GET / HTTP/1.0\n\n"},
        {500, "GET /broken HTTP/1.1\nHost: %H\n\n"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        unsigned status = ask(CASES[i].request);
        if (status != CASES[i].status) {
            fail_msg("%u for %s", status, CASES[i].request);
        }
        assert_safe();
        assert_header("Cache-Control", "no-store");
        assert_header("Content-Type", "text/html; charset=utf-8");
        if (status >= 400) { /* what happened and what to do, and nothing of ours */
            assert_non_null(strstr(reply.body, "<h1>"));
            assert_null(strstr(reply.body, "Ngọc Thụy"));
            assert_null(strstr(reply.body, "csrf"));
            assert_null(strstr(reply.body, "secret"));
            assert_header("Set-Cookie", NULL);
        }
    }
}

static void refusals_speak_the_readers_language(void **state)
{
    (void)state;
    ask("GET /nothing HTTP/1.1\nHost: %H\n\n");
    assert_non_null(strstr(reply.body, "Không có trang này"));
    assert_non_null(strstr(reply.body, "<html lang=\"vi\">"));
    ask("GET /nothing HTTP/1.1\nHost: %H\nCookie: a=b; lang=en\n\n");
    assert_non_null(strstr(reply.body, "There is no such page"));
    assert_non_null(strstr(reply.body, "<html lang=\"en\">"));
}

/* What the library writes by itself to what is no request cannot be changed: a fixed text that
 * repeats nothing of what was sent, and the end of the connection. */
static void what_is_no_http_gets_a_fixed_text(void **state)
{
    (void)state;
    char request[40000] = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
    size_t begin = strlen(request);
    memset(request + begin, 'q', sizeof request - begin);
    int fd = http_rig_connect(&rig);
    http_rig_send(&rig, fd, request, sizeof request);
    bool told = http_rig_take(&rig, fd, false, &reply);
    assert_true(!told || (reply.status == 431 && !strstr(reply.body, "qqq")));
    assert_false(http_rig_is_held(&rig, fd));
    close(fd);
    assert_int_equal(rig.handled, 0);
    fd = http_rig_connect(&rig);
    http_rig_send(&rig, fd, "\x16\x03\x01\x02\0\1\r\n\r\n", 10);
    told = http_rig_take(&rig, fd, false, &reply);
    assert_true(!told || reply.status == 400);
    close(fd);
    assert_int_equal(rig.handled, 0);
}

/* ---- who asks ---- */

static void a_foreign_name_is_not_answered(void **state)
{
    (void)state;
    static const char *const FOREIGN[] = {
        "Host: evil.example",
        "Host: 127.0.0.1",
        "Host: localhost",
        "Host: 127.0.0.1:1",
        "Host: %H.evil.example",
        "Host: evil.example:80\nHost: %H",
        "Host: %H\nHost: %H",
        "Host: ",
        "Host: %H ,evil.example",
        "X-Forwarded-Host: %H",
    };
    char request[256];
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
        snprintf(request, sizeof request, "GET / HTTP/1.1\n%s\n\n", FOREIGN[i]);
        if (ask(request) != 421) {
            fail_msg("%u for %s", reply.status, FOREIGN[i]);
        }
        assert_null(strstr(reply.body, "href=\"/\"")); /* that address is the wrong one */
    }
    assert_int_equal(rig.handled, 0);
}

static void our_own_names_are_answered(void **state)
{
    (void)state;
    char request[256];
    assert_int_equal(ask("GET / HTTP/1.1\nHost: %H\n\n"), 200);
    snprintf(request, sizeof request, "GET / HTTP/1.1\nHost: LocalHost:%u\n\n", rig.port);
    assert_int_equal(ask(request), 200);
    assert_int_equal(rig.handled, 2);
}

/* ---- forms ---- */

/* Sends the form of a visit; `head` are more header lines, `body` stands behind the token. */
static unsigned post(const struct http_visit *visit, const char *head, const char *body)
{
    char request[1024], sent[512];
    snprintf(sent, sizeof sent, "csrf=%s%s", visit->token.text, body);
    snprintf(request, sizeof request,
             "POST /save HTTP/1.1\nHost: %%H\nCookie: ws=%s\n" FORM "%s"
             "Content-Length: %zu\n\n%s",
             visit->session.text, head, strlen(sent), sent);
    return ask(request);
}

static void our_own_form_is_taken(void **state)
{
    (void)state;
    struct http_visit visit = http_rig_visit(&rig);
    assert_int_equal(post(&visit, "Origin: %O\n", "&text=T%E1%BB%95+7%0D%0Ax"), 303);
    assert_string_equal(rig.saved, "Tổ 7\nx");
    assert_header("Location", "/query?saved=1");
    assert_safe();
    assert_int_equal(post(&visit, "Sec-Fetch-Site: same-origin\n", "&text=2"), 303);
    assert_string_equal(rig.saved, "2");
    assert_int_equal(post(&visit, "Origin: %O\nSec-Fetch-Site: same-origin\n", "&text=3"), 303);
    assert_string_equal(rig.saved, "3");
}

static void a_form_of_another_page_is_refused(void **state)
{
    (void)state;
    static const char *const HEADS[] = {
        "",
        "Origin: null\n",
        "Origin: http://evil.example\n",
        "Origin: https://%H\n",
        "Origin: http://127.0.0.1\n",
        "Origin: http://127.0.0.1:1\n",
        "Origin: %O.evil.example\n",
        "Origin: %O/\n",
        "Origin: http://evil.example\nOrigin: %O\n",
        "Origin: %O\nOrigin: http://evil.example\n",
        "Origin: http://evil.example\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Site: same-site\n",
        "Sec-Fetch-Site: none\n",
        "Sec-Fetch-Site: same-origin\nSec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Site: cross-site\nSec-Fetch-Site: same-origin\n",
        "Referer: %O/\n",
    };
    struct http_visit visit = http_rig_visit(&rig);
    unsigned before = rig.handled;
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++) {
        if (post(&visit, HEADS[i], "&text=1") != 403) {
            fail_msg("%u for %s", reply.status, HEADS[i]);
        }
        assert_non_null(strstr(reply.body, "tải lại trang"));
    }
    assert_int_equal(rig.handled, before);
}

/* A page of a stranger may lead here; nothing it takes into itself makes this server work. */
static void a_foreign_page_fetches_nothing(void **state)
{
    (void)state;
#define LED "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\n"
    static const struct {
        const char *head;
        unsigned status;
    } CASES[] = {
        {"", 200},
        {"Sec-Fetch-Site: none\n" LED, 200},
        {"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\n", 200},
        {"Sec-Fetch-Site: cross-site\n" LED, 200},
        {"Sec-Fetch-Site: same-site\n" LED, 200},
        {"Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image\n", 403},
        {"Sec-Fetch-Site: same-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: script\n", 403},
        {"Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe\n", 403},
        {"Sec-Fetch-Site: cross-site\n", 403},
        {"Sec-Fetch-Site: same-origin\nSec-Fetch-Site: cross-site\n", 403},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char request[512];
        unsigned before = rig.handled;
        snprintf(request, sizeof request, "GET /query HTTP/1.1\nHost: %%H\n%s\n",
                 CASES[i].head);
        if (ask(request) != CASES[i].status) {
            fail_msg("%u for %s", reply.status, CASES[i].head);
        }
        assert_int_equal(rig.handled, before + (CASES[i].status == 200));
    }
}

static void a_form_without_its_token_is_refused(void **state)
{
    (void)state;
    struct http_visit visit = http_rig_visit(&rig);
    const struct http_visit other = http_rig_visit(&rig);
    unsigned before = rig.handled;
    struct http_visit bent = visit;
    bent.token.text[63] = bent.token.text[63] == '0' ? '1' : '0';
    assert_int_equal(post(&bent, "Origin: %O\n", "&text=1"), 403);
    bent.token = other.token; /* of another session */
    assert_int_equal(post(&bent, "Origin: %O\n", "&text=1"), 403);
    bent = visit;
    bent.session.text[0] = '\0'; /* no session */
    assert_int_equal(post(&bent, "Origin: %O\n", "&text=1"), 403);
    bent = visit;
    bent.token.text[0] = '\0'; /* no token; a later field does not help */
    char late[128];
    snprintf(late, sizeof late, "&text=1&csrf=%s", visit.token.text);
    assert_int_equal(post(&bent, "Origin: %O\n", late), 403);
    assert_int_equal(ask("POST /save HTTP/1.1\nHost: %H\nOrigin: %O\n" FORM
                         "Content-Length: 6\n\ntext=1"),
                     403);
    assert_int_equal(rig.handled, before);
    assert_int_equal(post(&visit, "Origin: %O\n", "&text=1"), 303);
}

static void a_token_of_another_run_is_refused(void **state)
{
    struct http_visit visit = http_rig_visit(&rig);
    close_rig(state);
    open_rig(state);
    assert_int_equal(post(&visit, "Origin: %O\n", "&text=1"), 403);
    assert_int_equal(rig.handled, 0);
}

static void the_gate_stands_before_each_page(void **state)
{
    (void)state;
    struct http_visit visit = http_rig_visit(&rig);
    unsigned before = rig.handled;
    assert_int_equal(post(&visit, "Origin: %O\n", "&text=1"), 303);
    assert_header("Location", "/query?saved=1");
    assert_int_equal(rig.by, 7); /* who the gate says it is */
    rig.may = WSYNC_ROLE_SEE;
    assert_int_equal(post(&visit, "Origin: %O\n", "&text=2"), 303);
    assert_header("Location", "/login");
    assert_string_equal(rig.saved, "1");
    rig.may = WSYNC_ROLE_NOBODY;
    assert_int_equal(ask("GET / HTTP/1.1\nHost: %H\n\n"), 303);
    assert_header("Location", "/login");
    assert_int_equal(ask("GET /broken HTTP/1.1\nHost: %H\n\n"), 303);
    assert_int_equal(rig.handled, before + 1);
    char asset[256];
    snprintf(asset, sizeof asset, "GET %s HTTP/1.1\nHost: %%H\n\n",
             wsync_page_assets()->path);
    assert_int_equal(ask(asset), 200); /* the log-in page has a style as well */
}

static void a_session_is_given_once(void **state)
{
    (void)state;
    struct http_visit visit = http_rig_visit(&rig);
    char request[256], cookie[128];
    snprintf(request, sizeof request, "GET / HTTP/1.1\nHost: %%H\nCookie: lang=vi; ws=%s\n\n",
             visit.session.text);
    ask(request);
    assert_header("Set-Cookie", NULL);
    assert_non_null(strstr(reply.body, visit.token.text));
    ask("GET / HTTP/1.1\nHost: %H\nCookie: ws=0123\n\n"); /* none of ours */
    assert_true(http_rig_header(&reply, "Set-Cookie", cookie, sizeof cookie));
    assert_int_equal(strspn(cookie + 3, "0123456789abcdef"), 32);
    assert_string_equal(cookie + 3 + 32, "; Path=/; HttpOnly; SameSite=Strict");
    assert_memory_not_equal(cookie + 3, visit.session.text, 32);
}

static void the_language_is_chosen_and_leads_back(void **state)
{
    (void)state;
    static const char *const BACK[][2] = {
        {"%2Frecord%2F3f9a%3Funit%3D3", "/record/3f9a?unit=3"},
        {"%2F%2Fevil.example", "/"},
        {"%2F%5Cevil.example", "/"},
        {"http%3A%2F%2Fevil.example", "/"},
        {"%2Fa%0D%0ASet-Cookie%3A+x%3D1", "/"},
        {"%2Ft%E1%BB%95", "/"},
        {"", "/"},
    };
    struct http_visit visit = http_rig_visit(&rig);
    char request[1024], sent[512];
    for (size_t i = 0; i < sizeof BACK / sizeof *BACK; i++) {
        snprintf(sent, sizeof sent, "csrf=%s&to=en&back=%s", visit.token.text, BACK[i][0]);
        snprintf(request, sizeof request,
                 "POST /language HTTP/1.1\nHost: %%H\nOrigin: %%O\nCookie: ws=%s\n" FORM
                 "Content-Length: %zu\n\n%s",
                 visit.session.text, strlen(sent), sent);
        assert_int_equal(ask(request), 303);
        assert_header("Location", BACK[i][1]);
        assert_header("Set-Cookie",
                      "lang=en; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    }
}

/* ---- bounds ---- */

/* A form whose text fills the body up to `len` bytes. */
static unsigned post_long(const struct http_visit *visit, size_t len)
{
    static char request[WSYNC_HTTP_BODY_BYTES_MAX * 3];
    int head = snprintf(request, sizeof request,
                        "POST /save HTTP/1.1\nHost: %%H\nOrigin: %%O\nCookie: ws=%s\n" FORM
                        "Content-Length: %zu\n\ncsrf=%s&text=",
                        visit->session.text, len, visit->token.text);
    size_t body = strlen("csrf=&text=") + strlen(visit->token.text);
    memset(request + head, 'a', len - body);
    request[(size_t)head + len - body] = '\0';
    return ask(request);
}

static void a_large_body_is_refused(void **state)
{
    (void)state;
    struct http_visit visit = http_rig_visit(&rig);
    assert_int_equal(post_long(&visit, WSYNC_HTTP_BODY_BYTES_MAX + 1), 413);
    assert_string_equal(rig.saved, "");
    assert_non_null(strstr(reply.body, "64 KB"));
    assert_int_equal(post_long(&visit, WSYNC_HTTP_BODY_BYTES_MAX), 303);
    assert_int_equal(strlen(rig.saved), sizeof rig.saved - 1);
}

static void many_fields_are_refused(void **state)
{
    (void)state;
    char request[4096] = "GET /query?";
    size_t len = strlen(request);
    for (size_t i = 0; i < WSYNC_HTTP_FIELDS_MAX; i++) {
        memcpy(request + len, "a=b&", 4);
        len += 4;
    }
    snprintf(request + len, sizeof request - len, " HTTP/1.1\nHost: %%H\n\n");
    assert_int_equal(ask(request), 200);
    snprintf(request + len, sizeof request - len, "c HTTP/1.1\nHost: %%H\n\n");
    assert_int_equal(ask(request), 413);
}

static void a_long_address_is_refused(void **state)
{
    (void)state;
    static char request[WSYNC_HTTP_TARGET_BYTES_MAX + 100];
    const size_t most = WSYNC_HTTP_TARGET_BYTES_MAX;
    for (size_t extra = 0; extra < 2; extra++) {
        memset(request, 'a', sizeof request);
        memcpy(request, "GET /query?", 11);
        snprintf(request + 4 + most + extra, 64, " HTTP/1.1\nHost: %%H\n\n");
        assert_int_equal(ask(request), extra == 0 ? 200 : 414);
    }
    assert_safe();
}

static void a_query_arrives_decoded(void **state)
{
    (void)state;
    assert_int_equal(ask("GET /query?ph%C6%B0%E1%BB%9Dng=Gia+Th%E1%BB%A5y&x=%3Cb%3E&%26=%3D&y "
                         "HTTP/1.1\nHost: %H\n\n"),
                     200);
    assert_string_equal(reply.body, "phường=Gia Thụy\nx=&lt;b&gt;\n&amp;==\ny=\n");
    static const char *const BAD[] = {"a=%00", "a=%", "a=%4", "a=%g0", "a=%C3", "a=%07",
                                      "a%0A=1", "%ED%A0%80"};
    char request[128];
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        snprintf(request, sizeof request, "GET /query?%s HTTP/1.1\nHost: %%H\n\n", BAD[i]);
        if (ask(request) != 400) {
            fail_msg("%u for %s", reply.status, BAD[i]);
        }
    }
    assert_int_equal(rig.handled, 1);
}

/* ---- paths and methods ---- */

static void no_path_leads_elsewhere(void **state)
{
    (void)state;
    static const char *const PATHS[] = {
        "/../etc/passwd", "%S/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/record/", "/record/a/b", "/record/a%2Fb", "/record/..%2f..%2fetc", "/record",
        "/style-0000000000000000.css", "/style.css", "http://evil.example/", "*", "etc",
        "/record/%00", "/record/a%0Ab", "/record/%C0%AE", "/Query", "/query/", "%S/", "%S%00"};
    char request[256];
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        bool of_style = strncmp(PATHS[i], "%S", 2) == 0;
        snprintf(request, sizeof request, "GET %s%s HTTP/1.1\nHost: %%H\n\n",
                 of_style ? wsync_page_assets()->path : "", PATHS[i] + (of_style ? 2 : 0));
        unsigned status = ask(request);
        if (status != 404 && status != 400) {
            fail_msg("%u for %s", status, request);
        }
    }
    assert_int_equal(rig.handled, 0);
    assert_int_equal(ask("GET /record/3f9a%20%E1%BB%95+b HTTP/1.1\nHost: %H\n\n"), 200);
    assert_string_equal(rig.rest, "3f9a ổ+b");
}

static void methods_are_those_of_the_path(void **state)
{
    (void)state;
    static const struct {
        const char *request, *allow;
    } CASES[] = {
        {"PUT / HTTP/1.1\nHost: %H\n\n", "GET, HEAD"},
        {"DELETE /save HTTP/1.1\nHost: %H\n\n", "POST"},
        {"OPTIONS /query HTTP/1.1\nHost: %H\n\n", "GET, HEAD"},
        {"TRACE / HTTP/1.1\nHost: %H\n\n", "GET, HEAD"},
        {"get / HTTP/1.1\nHost: %H\n\n", "GET, HEAD"},
        {"GET /save HTTP/1.1\nHost: %H\n\n", "POST"},
        {"HEAD /save HTTP/1.1\nHost: %H\n\n", "POST"},
        {"POST / HTTP/1.1\nHost: %H\nOrigin: %O\nContent-Length: 3\n\na=b", "GET, HEAD"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (ask(CASES[i].request) != 405) {
            fail_msg("%u for %s", reply.status, CASES[i].request);
        }
        assert_header("Allow", CASES[i].allow);
    }
    assert_int_equal(rig.handled, 0);
}

static void head_tells_what_get_would(void **state)
{
    (void)state;
    char length[32];
    ask("GET /record/1 HTTP/1.1\nHost: %H\n\n");
    snprintf(length, sizeof length, "%zu", reply.body_len);
    assert_true(reply.body_len > 500);
    int fd = http_rig_connect(&rig);
    assert_true(http_rig_say(&rig, fd, "HEAD /record/1 HTTP/1.1\nHost: %H\n\n"));
    assert_true(http_rig_take(&rig, fd, true, &reply));
    assert_int_equal(reply.status, 200);
    assert_header("Content-Length", length);
    assert_safe();
    assert_true(http_rig_is_held(&rig, fd)); /* no byte of a body */
    close(fd);
}

static void an_asset_is_kept_by_the_browser(void **state)
{
    (void)state;
    const struct wsync_http_asset *style = wsync_page_assets();
    char request[256], tag[128];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\nHost: %%H\n\n", style->path);
    assert_int_equal(ask(request), 200);
    assert_int_equal(reply.body_len, style->bytes.len);
    assert_memory_equal(reply.body, style->bytes.data, style->bytes.len);
    assert_header("Content-Type", "text/css; charset=utf-8");
    assert_header("Cache-Control", "public, max-age=31536000, immutable");
    assert_header("Set-Cookie", NULL);
    assert_safe();
    assert_true(http_rig_header(&reply, "ETag", tag, sizeof tag));
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\nHost: %%H\nIf-None-Match: \"0\", %s\n\n", style->path, tag);
    assert_int_equal(ask(request), 304);
    assert_int_equal(reply.body_len, 0);
    assert_header("ETag", tag);
    assert_safe();
    tag[5] ^= 1;
    snprintf(request, sizeof request, "GET %s HTTP/1.1\nHost: %%H\nIf-None-Match: %s\n\n",
             style->path, tag);
    assert_int_equal(ask(request), 200);
    snprintf(request, sizeof request,
             "POST %s HTTP/1.1\nHost: %%H\nOrigin: %%O\nContent-Length: 0\n\n", style->path);
    assert_int_equal(ask(request), 405);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_answer_is_safe),
        TEST(refusals_speak_the_readers_language),
        TEST(what_is_no_http_gets_a_fixed_text),
        TEST(a_foreign_name_is_not_answered),
        TEST(our_own_names_are_answered),
        TEST(our_own_form_is_taken),
        TEST(a_form_of_another_page_is_refused),
        TEST(a_foreign_page_fetches_nothing),
        TEST(a_form_without_its_token_is_refused),
        TEST(a_token_of_another_run_is_refused),
        TEST(the_gate_stands_before_each_page),
        TEST(a_session_is_given_once),
        TEST(the_language_is_chosen_and_leads_back),
        TEST(a_large_body_is_refused),
        TEST(many_fields_are_refused),
        TEST(a_long_address_is_refused),
        TEST(a_query_arrives_decoded),
        TEST(no_path_leads_elsewhere),
        TEST(methods_are_those_of_the_path),
        TEST(head_tells_what_get_would),
        TEST(an_asset_is_kept_by_the_browser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
