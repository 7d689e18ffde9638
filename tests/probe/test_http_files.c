/* SPDX-License-Identifier: Apache-2.0 */
/* Files that come to and go from the server of pages over real sockets (decision 0019). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http_probe.h"

enum { BODY_BYTES = HTTP_RIG_UPLOAD_BYTES + (1 << 20), SECOND = 1000 };
#define PART "--b\r\nContent-Disposition: form-data; "
#define END "--b--\r\n"
#define A_FILE PART "name=\"f-photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"

static struct http_visit visit;
static char body[BODY_BYTES + 1];
static size_t body_len;

static int open_rig(void **state)
{
    (void)state;
    http_rig_open(&rig, "127.0.0.1:0");
    visit = http_rig_visit(&rig);
    rig.handled = 0;
    body_len = 0;
    return 0;
}

static void add(const void *bytes, size_t len)
{
    assert_true(len <= sizeof body - body_len);
    memcpy(body + body_len, bytes, len);
    body_len += len;
}

static void add_text(const char *text)
{
    add(text, strlen(text));
}

static void add_token(void)
{
    add_text(PART "name=\"csrf\"\r\n\r\n");
    add_text(visit.token.text);
    add_text("\r\n");
}

/* A file of so many bytes. */
static void add_file(size_t len)
{
    add_text(A_FILE);
    assert_true(len + 64 < sizeof body - body_len);
    memset(body + body_len, 'x', len);
    body_len += len;
    add_text("\r\n");
}

/* The head of an upload of `announced` bytes, on a new connection. */
static int begin(const char *path, size_t announced)
{
    char head[512];
    int fd = http_rig_connect(&rig);
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\nHost: %%H\nOrigin: %%O\nCookie: ws=%s\n"
             "Content-Type: multipart/form-data; boundary=b\nContent-Length: %zu\n\n",
             path, visit.session.text, announced);
    http_rig_say(&rig, fd, head);
    return fd;
}

/* Sends the body and answers the status; 0: the connection was cut. */
static unsigned finish(int fd)
{
    http_rig_send(&rig, fd, body, body_len);
    bool answered = http_rig_take(&rig, fd, false, &reply);
    close(fd);
    http_rig_is_held(&rig, -1); /* the server sees the end */
    return answered ? reply.status : 0;
}

static unsigned upload(void)
{
    return finish(begin("/upload", body_len));
}

static void assert_header(const char *name, const char *expected)
{
    char value[256] = "";
    http_rig_header(&reply, name, value, sizeof value);
    assert_string_equal(value, expected);
}

/* ---- files come ---- */

static void files_and_fields_arrive(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    add_token();
    add_text(PART "name=\"text\"\r\n\r\nTổ 7\r\n");
    add_file(5);
    add_text(PART "name=\"f-none\"; filename=\"\"\r\n\r\n\r\n");
    add_text(PART "name=\"f-table\"; filename=\"C:\\x\\Bồ Đề.csv\"\r\n\r\na,b\r\n" END);
    assert_int_equal(upload(), 303);
    assert_string_equal(rig.saved, "Tổ 7");
    assert_string_equal(rig.files, "f-photo a.jpg 5 xxxx;f-table Bồ Đề.csv 3 a,b;");
    assert_int_equal(wsync_open_files(), before);
    body_len = 0; /* the largest */
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES);
    add_text(END);
    assert_int_equal(upload(), 303);
    assert_string_equal(rig.files, "f-photo a.jpg 3145728 xxxx;");
    assert_int_equal(wsync_open_files(), before);
}

static void a_route_without_files_takes_none(void **state)
{
    (void)state;
    add_token();
    add_file(5);
    add_text(END);
    assert_int_equal(finish(begin("/save", body_len)), 415);
    assert_int_equal(finish(begin("/record/1", body_len)), 405);
    assert_int_equal(rig.handled, 0);
}

static void a_form_without_files_goes_where_files_go(void **state)
{
    (void)state;
    char request[512], sent[128];
    snprintf(sent, sizeof sent, "csrf=%s&text=a", visit.token.text);
    snprintf(request, sizeof request,
             "POST /upload HTTP/1.1\nHost: %%H\nOrigin: %%O\nCookie: ws=%s\nContent-Type: "
             "application/x-www-form-urlencoded\nContent-Length: %zu\n\n%s",
             visit.session.text, strlen(sent), sent);
    http_rig_ask(&rig, request, &reply);
    assert_int_equal(reply.status, 303);
    assert_string_equal(rig.saved, "a");
    assert_string_equal(rig.files, "");
}

/* ---- what is refused ---- */

static void the_token_comes_first(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    add_file(5);
    add_token(); /* too late */
    add_text(END);
    assert_int_equal(upload(), 403);
    body_len = 0;
    add_text(PART "name=\"text\"\r\n\r\na\r\n");
    add_token();
    add_text(END);
    assert_int_equal(upload(), 403);
    body_len = 0; /* none */
    add_file(5);
    add_text(END);
    assert_int_equal(upload(), 403);
    body_len = 0;
    add_text(END);
    assert_int_equal(upload(), 403);
    body_len = 0; /* a wrong one */
    visit.token.text[5] ^= 1;
    add_token();
    add_file(5);
    add_text(END);
    assert_int_equal(upload(), 403);
    assert_non_null(strstr(reply.body, "tải lại trang"));
    assert_int_equal(rig.handled, 0);
    assert_int_equal(wsync_open_files(), before);
}

/* Whoever has no token is not listened to: the rest of a long body is not read. */
static void a_long_one_without_a_token_is_cut(void **state)
{
    (void)state;
    add_file(HTTP_RIG_UPLOAD_BYTES / 2);
    add_text(END);
    assert_int_equal(upload(), 0);
    assert_int_equal(rig.handled, 0);
}

static void who_may_not_is_answered_and_kept_out(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    rig.may = WSYNC_ROLE_SEE;
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES);
    add_text(END);
    int fd = begin("/upload", body_len);
    assert_true(http_rig_send(&rig, fd, body, body_len / 2));
    assert_int_equal(wsync_open_files(),
                     before + 2); /* both ends of the connection, and no file */
    assert_true(http_rig_send(&rig, fd, body + body_len / 2, body_len - body_len / 2));
    assert_true(http_rig_take(&rig, fd, false, &reply));
    assert_int_equal(reply.status, 303);
    assert_header("Location", "/login");
    close(fd);
    assert_int_equal(rig.handled, 0);
    int fds[] = {begin("/upload", body_len), begin("/upload", body_len)};
    rig.may = WSYNC_ROLE_WRITE; /* of who is kept out nobody stands in the way of others */
    assert_int_equal(upload(), 303);
    close(fds[0]);
    close(fds[1]);
}

static void too_much_is_refused_with_the_limit(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES + 1); /* the head cannot tell: there is room for fields */
    add_text(END);
    assert_int_equal(upload(), 413);
    assert_non_null(strstr(reply.body, "tổng cộng 3 MB, nhiều nhất 8 tệp"));
    body_len = 0; /* announced: read, and not kept */
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES + WSYNC_HTTP_UPLOAD_BESIDE_BYTES);
    add_text(END);
    assert_int_equal(upload(), 413);
    assert_non_null(strstr(reply.body, "tổng cộng 3 MB, nhiều nhất 8 tệp"));
    body_len = 0; /* gigabytes are not waited for */
    int fd = begin("/upload", (size_t)4 << 30);
    assert_true(http_rig_take(&rig, fd, false, &reply));
    assert_int_equal(reply.status, 413);
    assert_non_null(strstr(reply.body, "tổng cộng 3 MB"));
    assert_false(http_rig_is_held(&rig, fd));
    close(fd);
    body_len = 0;
    add_token();
    for (size_t i = 0; i <= WSYNC_HTTP_UPLOADS_MAX; i++) {
        add_file(1);
    }
    add_text(END);
    assert_int_equal(upload(), 413);
    assert_int_equal(rig.handled, 0);
    assert_int_equal(wsync_open_files(), before);
}

static void a_bent_form_is_refused(void **state)
{
    (void)state;
    static const char *const TAILS[] = {
        "",
        A_FILE "x",
        A_FILE "x\r\n--b--x",
        A_FILE "x\r\n--b\r\n\r\n\r\n" END,
        PART "name=\"a\"; filename=\"\xff\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"\r\n\r\n\x01\r\n" END,
    };
    size_t before = wsync_open_files();
    for (size_t i = 0; i < sizeof TAILS / sizeof *TAILS; i++) {
        body_len = 0;
        add_token();
        add_text(TAILS[i]);
        assert_int_equal(upload(), 400);
    }
    assert_int_equal(rig.handled, 0);
    assert_int_equal(wsync_open_files(), before);
}

static void a_lying_length_is_no_way_around(void **state)
{
    (void)state;
    add_token();
    add_file(5);
    add_text(END);
    assert_int_equal(finish(begin("/upload", body_len - 3)), 400); /* it ends early */
    size_t before = wsync_open_files();
    int fd = begin("/upload", body_len + 3); /* and here it never does */
    http_rig_send(&rig, fd, body, body_len);
    assert_true(http_rig_is_held(&rig, fd));
    close(fd);
    http_rig_is_held(&rig, -1);
    assert_int_equal(wsync_open_files(), before);
    assert_int_equal(rig.handled, 0);
}

static void a_type_without_a_boundary_is_refused(void **state)
{
    (void)state;
    char head[512];
    snprintf(head, sizeof head,
             "POST /upload HTTP/1.1\nHost: %%H\nOrigin: %%O\nCookie: ws=%s\n"
             "Content-Type: multipart/form-data\nContent-Length: 5\n\n--b--",
             visit.session.text);
    http_rig_ask(&rig, head, &reply);
    assert_int_equal(reply.status, 400);
    assert_int_equal(rig.handled, 0);
}

/* ---- how many, and how long ---- */

static void two_send_at_once_and_a_third_is_told_to_wait(void **state)
{
    (void)state;
    int fds[2];
    size_t before = wsync_open_files();
    add_token();
    add_file(5);
    add_text(END);
    for (size_t i = 0; i < 2; i++) {
        fds[i] = begin("/upload", body_len);
        assert_true(http_rig_send(&rig, fds[i], body, body_len - 10));
    }
    assert_int_equal(upload(), 503);
    assert_non_null(strstr(reply.body, "Chờ vài giây"));
    close(fds[0]); /* gone in the middle: its place is free */
    assert_true(http_rig_is_held(&rig, fds[1]));
    assert_int_equal(upload(), 303);
    assert_true(http_rig_send(&rig, fds[1], body + body_len - 10, 10));
    assert_true(http_rig_take(&rig, fds[1], false, &reply));
    assert_int_equal(reply.status, 303);
    close(fds[1]);
    assert_int_equal(rig.handled, 2);
    http_rig_is_held(&rig, -1);
    assert_int_equal(wsync_open_files(), before);
}

/* His last bytes and his end come in one: the library sees the bytes alone. */
static void who_broke_off_leaves_his_place(void **state)
{
    (void)state;
    add_token();
    add_file(5);
    add_text(END);
    size_t before = wsync_open_files();
    for (size_t i = 0; i < 2; i++) {
        int fd = begin("/upload", body_len);
        assert_int_equal(send(fd, body, body_len - 10, MSG_NOSIGNAL), body_len - 10);
        close(fd);
    }
    http_rig_is_held(&rig, -1);
    assert_int_equal(wsync_open_files(), before);
    assert_int_equal(upload(), 303);
    assert_int_equal(rig.handled, 1);
}

/* Sends so much every few seconds; how much had to come until the connection was cut? */
static size_t drip(size_t bytes, int every_s)
{
    size_t sent = 0;
    int fd = begin("/upload", body_len);
    while (sent + bytes <= body_len && http_rig_send(&rig, fd, body + sent, bytes) &&
           http_rig_is_held(&rig, fd)) {
        sent += bytes;
        http_rig_pass(every_s * SECOND);
    }
    close(fd);
    http_rig_is_held(&rig, -1);
    return sent;
}

/* What is long may take its time, by the 64 KB/s that any network has; not more. */
static void a_slow_sender_has_its_time_and_no_more(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES - 5);
    add_text(END);
    assert_true(drip(64 * SECOND, 1) + 64 * SECOND > body_len);
    assert_true(drip(10 * SECOND, 1) < 40 * 10 * SECOND);
    assert_int_equal(drip(1, 1), HTTP_RIG_REQUEST_S); /* a byte now and then does not help */
    assert_int_equal(wsync_open_files(), before);
}

/* A phone that is gone says nothing more, whatever it announced and however fast it was. */
static void who_falls_silent_leaves_his_place(void **state)
{
    (void)state;
    int fds[2];
    size_t before = wsync_open_files();
    add_token();
    add_file(HTTP_RIG_UPLOAD_BYTES - 5);
    add_text(END);
    for (size_t i = 0; i < 2; i++) {
        fds[i] = begin("/upload", body_len);
        assert_true(http_rig_send(&rig, fds[i], body, body_len - 100));
        do {
            assert_true(http_rig_is_held(&rig, fds[i]));
        } while (wsync_http_wait_ms(rig.server) == 0); /* until all of it was read */
    }
    http_rig_pass((HTTP_RIG_REQUEST_S / 2 - 1) * SECOND);
    assert_true(http_rig_is_held(&rig, fds[0]));
    assert_true(http_rig_send(&rig, fds[1], body + body_len - 100, 50));
    http_rig_pass((HTTP_RIG_REQUEST_S / 2 - 1) * SECOND);
    assert_false(http_rig_is_held(&rig, fds[0]));
    assert_true(http_rig_send(&rig, fds[1], body + body_len - 50, 50)); /* goes on, and ends */
    assert_true(http_rig_take(&rig, fds[1], false, &reply));
    assert_int_equal(reply.status, 303);
    close(fds[0]);
    close(fds[1]);
    http_rig_is_held(&rig, -1);
    assert_int_equal(wsync_open_files(), before);
}

/* ---- files go ---- */

static void a_file_goes_whole_and_harmless(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    http_rig_ask(&rig, "GET /file HTTP/1.1\nHost: %H\n\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body_len, HTTP_RIG_UPLOAD_BYTES / 2);
    assert_int_equal(reply.body[0], 'p');
    assert_int_equal(reply.body[reply.body_len - 1], 'p');
    assert_header("Content-Type", "application/pdf");
    assert_header("Content-Disposition", "attachment; filename=\"record-1.pdf\"");
    assert_header("Content-Security-Policy",
                  "default-src 'none'; sandbox; frame-ancestors 'none'");
    assert_header("X-Content-Type-Options", "nosniff");
    http_rig_ask(&rig, "HEAD /file HTTP/1.1\nHost: %H\n\n", &reply);
    assert_header("Content-Length", "1572864");
    http_rig_ask(&rig, "GET /picture HTTP/1.1\nHost: %H\n\n", &reply);
    assert_header("Content-Type", "image/jpeg");
    assert_header("Content-Disposition", "inline");
    assert_header("Content-Security-Policy",
                  "default-src 'none'; sandbox; frame-ancestors 'none'");
    assert_header("X-Content-Type-Options", "nosniff");
    assert_header("Cache-Control", "no-store");
    assert_int_equal(wsync_open_files(), before);
}

/* Asks for a file and takes nothing of it for so long; does all of it come then? */
static bool comes_whole_after(int64_t ms)
{
    int fd = http_rig_connect(&rig);
    http_rig_say(&rig, fd, "GET /file HTTP/1.1\nHost: %H\n\n");
    http_rig_is_held(&rig, -1);
    http_rig_pass(ms);
    http_rig_is_held(&rig, -1);
    bool whole = http_rig_take(&rig, fd, false, &reply);
    close(fd);
    http_rig_is_held(&rig, -1);
    return whole && reply.body_len == HTTP_RIG_UPLOAD_BYTES / 2;
}

static void a_slow_reader_has_its_time_and_no_more(void **state)
{
    (void)state;
    int64_t limit_ms = HTTP_RIG_REQUEST_S * SECOND + (int64_t)(HTTP_RIG_UPLOAD_BYTES / 2) / 64;
    assert_true(comes_whole_after(limit_ms - 2 * SECOND));
    assert_false(comes_whole_after(limit_ms + SECOND));
}

static void nobody_takes_it_and_nothing_is_left(void **state)
{
    (void)state;
    size_t before = wsync_open_files();
    int fd = http_rig_connect(&rig);
    http_rig_say(&rig, fd, "GET /file HTTP/1.1\nHost: %H\n\n");
    close(fd);
    http_rig_is_held(&rig, -1);
    assert_int_equal(wsync_open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_and_fields_arrive),
        TEST(a_route_without_files_takes_none),
        TEST(a_form_without_files_goes_where_files_go),
        TEST(the_token_comes_first),
        TEST(a_long_one_without_a_token_is_cut),
        TEST(who_may_not_is_answered_and_kept_out),
        TEST(too_much_is_refused_with_the_limit),
        TEST(a_bent_form_is_refused),
        TEST(a_lying_length_is_no_way_around),
        TEST(a_type_without_a_boundary_is_refused),
        TEST(two_send_at_once_and_a_third_is_told_to_wait),
        TEST(who_broke_off_leaves_his_place),
        TEST(a_slow_sender_has_its_time_and_no_more),
        TEST(who_falls_silent_leaves_his_place),
        TEST(a_file_goes_whole_and_harmless),
        TEST(a_slow_reader_has_its_time_and_no_more),
        TEST(nobody_takes_it_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
