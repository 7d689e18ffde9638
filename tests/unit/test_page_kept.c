/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept between the steps of a page: for whom, for how long, and how much of it. */
#include "host/page_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/file.h"
#include "tests/http_rig.h"

enum { MINUTE_MS = 60 * 1000, DESCRIPTORS = 256 };

static struct wsync_shelf shelf;
static const char *const NAMES[WSYNC_KEPT_FILES] = {"table", "other", NULL};

/* A request of the browser session `session`, where person `person` is logged in. */
static struct wsync_http_request by(char session, uint32_t person)
{
    struct wsync_http_request request = {.person.number = person};
    memset(request.token.text, session, sizeof request.token.text - 1);
    return request;
}

static int new_file(const char *text)
{
    int fd = wsync_action_file_new("upload", 64);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_true(wsync_action_file_seal(fd, strlen(text)));
    return fd;
}

/* Keeps what Lan (7) sends in session 'a'; the server closes its own descriptor. */
static struct wsync_kept *keep(const char *text)
{
    struct wsync_http_request request = by('a', 7);
    struct wsync_http_upload upload = {
        .field = "table", .name = "tháng tư.csv", .fd = new_file(text), .size = strlen(text)};
    request.uploads = &upload;
    request.upload_count = 1;
    struct wsync_kept *kept = wsync_kept_put(&shelf, 'i', &request, NAMES);
    assert_non_null(kept);
    close(upload.fd);
    return kept;
}

static struct wsync_kept *find(const char *id)
{
    const struct wsync_http_request request = by('a', 7);
    return wsync_kept_find(&shelf, 'i', &request, id);
}

/* How many descriptors this process has. */
static int count_open(void)
{
    int count = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static int open_before;

static int set_up(void **state)
{
    (void)state;
    open_before = count_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < WSYNC_KEPT; i++) {
        wsync_kept_drop(&shelf.items[i]);
    }
    assert_int_equal(count_open(), open_before);
    return 0;
}

static void what_was_sent_is_there(void **state)
{
    (void)state;
    char text[16] = "", path[WSYNC_KEPT_PATH_BYTES];
    struct wsync_kept *kept = keep("a,b\n");
    assert_ptr_equal(find(kept->id), kept);
    assert_string_equal(kept->name, "tháng tư.csv");
    assert_int_equal(wsync_file_read_at(kept->files[0], text, sizeof text, 0), 4);
    assert_string_equal(text, "a,b\n");
    assert_true(kept->files[1] == -1 && kept->files[2] == -1);
    assert_string_equal(wsync_kept_path(-1, path), "");
    assert_int_equal(wsync_kept_text(kept, 1, wsync_slice_of("one")), WSYNC_OK);
    assert_int_equal(wsync_kept_text(kept, 1, wsync_slice_of("two!")), WSYNC_OK);
    assert_int_equal(wsync_file_read_at(kept->files[1], text, sizeof text, 0), 4);
    assert_memory_equal(text, "two!", 4);
    assert_int_equal(count_open(), open_before + 2);
}

static void only_its_session_finds_it(void **state)
{
    (void)state;
    const struct wsync_http_request other = by('b', 7), logged_out = by('a', 0);
    char id[WSYNC_KEPT_ID_BYTES];
    snprintf(id, sizeof id, "%s", keep("x")->id);
    assert_null(wsync_kept_find(&shelf, 'i', &other, id));
    assert_null(wsync_kept_find(&shelf, 'i', &logged_out, id));
    assert_null(find(NULL));
    assert_null(find(""));
    id[0] = id[0] == '0' ? '1' : '0';
    assert_null(find(id));
    id[0] = '\0';
    assert_null(find(id));
    const struct wsync_http_request same = by('a', 7);
    assert_null(wsync_kept_find(&shelf, 'u', &same, shelf.items[0].id));
    assert_non_null(find(shelf.items[0].id));
}

/* Whoever asks for what; looking at it does not make it last. */
static void it_is_kept_for_15_minutes(void **state)
{
    (void)state;
    char first[WSYNC_KEPT_ID_BYTES], second[WSYNC_KEPT_ID_BYTES];
    snprintf(first, sizeof first, "%s", keep("first")->id);
    http_rig_pass(10 * MINUTE_MS);
    snprintf(second, sizeof second, "%s", keep("second")->id);
    http_rig_pass(5 * MINUTE_MS - 1000);
    assert_non_null(find(first));
    assert_non_null(find(second));
    http_rig_pass(2000);
    assert_null(find("anything"));
    assert_int_equal(count_open(), open_before + 1);
    assert_null(find(first));
    assert_non_null(find(second));
    http_rig_pass(10 * MINUTE_MS);
    assert_null(find(second));
}

static void the_oldest_gives_way(void **state)
{
    (void)state;
    char ids[WSYNC_KEPT + 2][WSYNC_KEPT_ID_BYTES];
    for (size_t i = 0; i < WSYNC_KEPT + 2; i++) {
        snprintf(ids[i], sizeof ids[i], "%s", keep("x")->id);
        http_rig_pass(1000);
    }
    assert_null(find(ids[0]));
    assert_null(find(ids[1]));
    for (size_t i = 2; i < WSYNC_KEPT + 2; i++) {
        assert_non_null(find(ids[i]));
    }
    wsync_kept_drop(find(ids[4]));
    assert_null(find(ids[4]));
    (void)keep("into the gap");
    assert_non_null(find(ids[2]));
    assert_int_equal(count_open(), open_before + WSYNC_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_sent_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_its_session_finds_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_kept_for_15_minutes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_gives_way, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
