/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"
#include "tests/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct wsync_scratch scratch;

static int set_up(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static void assert_content(const char *path, const char *content)
{
    char buffer[100];
    size_t len;
    assert_int_equal(wsync_file_read(path, buffer, sizeof buffer, &len, NULL), WSYNC_OK);
    assert_int_equal(len, strlen(content));
    assert_memory_equal(buffer, content, len);
}

static enum wsync_err write_text(const char *path, mode_t mode, const char *text)
{
    return wsync_file_write_durably(path, mode, wsync_slice_of(text), NULL);
}

static void test_write_and_read(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES], link[WSYNC_SCRATCH_PATH_BYTES];
    struct stat file;
    wsync_scratch_path(&scratch, "file", path);
    mode_t mask = umask(077);
    assert_int_equal(write_text(path, 0644, "first"), WSYNC_OK);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0644); /* the mask does not matter */
    assert_int_equal(write_text(path, 0600, ""), WSYNC_OK);
    umask(mask);
    assert_content(path, "");
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(symlink(path, wsync_scratch_path(&scratch, "link", link)), 0);
    assert_int_equal(write_text(link, 0600, "second"), WSYNC_OK);
    assert_content(link, "second");
    assert_content(path, "");
    assert_int_equal(wsync_scratch_count(&scratch), 2); /* no temporary file is left */
}

static void test_read_limit(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES], buffer[8] = "";
    struct wsync_error error = {""};
    size_t len = 0;
    wsync_scratch_path(&scratch, "file", path);
    assert_int_equal(wsync_file_read(path, buffer, 4, &len, &error), WSYNC_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(write_text(path, 0600, "12345"), WSYNC_OK);
    assert_int_equal(wsync_file_read(path, buffer, 4, &len, &error), WSYNC_ERR_OVERSIZE);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(buffer[4], 0);
    assert_int_equal(wsync_file_read(path, buffer, 5, &len, NULL), WSYNC_OK);
    assert_int_equal(len, 5);
    assert_int_equal(wsync_file_read(scratch.path, buffer, 5, &len, NULL), WSYNC_ERR_STORE_IO);
}

static void write_in_a_full_file_system(const char *path)
{
    struct rlimit limit = {.rlim_cur = 2, .rlim_max = 2};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    struct wsync_error error = {""};
    enum wsync_err err = wsync_file_write_durably(path, 0600, wsync_slice_of("new"), &error);
    _exit(err == WSYNC_ERR_STORE_IO && strstr(error.text, path) ? 0 : 1);
}

static void test_failed_write_changes_nothing(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, "file", path);
    assert_int_equal(write_text(path, 0600, "old"), WSYNC_OK);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        write_in_a_full_file_system(path);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_content(path, "old");
    assert_int_equal(wsync_scratch_count(&scratch), 1);
    wsync_scratch_path(&scratch, "no/folder", path);
    assert_int_equal(write_text(path, 0600, "x"), WSYNC_ERR_NOT_FOUND);
}

static void test_make_dir(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_error error = {""};
    struct stat made;
    wsync_scratch_path(&scratch, "folder/", path);
    assert_int_equal(wsync_file_make_dir(path, 0700, NULL), WSYNC_OK);
    assert_int_equal(stat(path, &made), 0);
    assert_int_equal(made.st_mode & 07777, 0700);
    assert_int_equal(wsync_file_make_dir(path, 0755, NULL), WSYNC_OK);
    assert_int_equal(stat(path, &made), 0);
    assert_int_equal(made.st_mode & 07777, 0700);
    wsync_scratch_path(&scratch, "a/b", path);
    assert_int_equal(wsync_file_make_dir(path, 0700, &error), WSYNC_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, path));
    wsync_scratch_path(&scratch, "file", path);
    assert_int_equal(write_text(path, 0600, "x"), WSYNC_OK);
    assert_int_equal(wsync_file_make_dir(path, 0700, NULL), WSYNC_ERR_EXISTS);
}

static void test_draft_and_publish(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES], draft[WSYNC_SCRATCH_PATH_BYTES], inner[300];
    wsync_scratch_path(&scratch, "made//", path);
    assert_int_equal(wsync_file_draft_dir(path, draft, sizeof draft, NULL), WSYNC_OK);
    assert_non_null(strstr(draft, "/made.new-"));
    snprintf(inner, sizeof inner, "%s/file", draft);
    assert_int_equal(write_text(inner, 0600, "content"), WSYNC_OK);
    assert_int_equal(wsync_file_publish_dir(draft, path, NULL), WSYNC_OK);
    assert_int_equal(wsync_scratch_count(&scratch), 1);
    snprintf(inner, sizeof inner, "%s/file", path);
    assert_content(inner, "content");
    assert_int_equal(wsync_file_draft_dir(path, draft, sizeof draft, NULL), WSYNC_ERR_EXISTS);
    wsync_scratch_path(&scratch, "late", draft);
    assert_int_equal(wsync_file_make_dir(draft, 0700, NULL), WSYNC_OK);
    assert_int_equal(wsync_file_publish_dir(draft, path, NULL), WSYNC_ERR_EXISTS);
    assert_int_equal(wsync_scratch_count(&scratch), 2);
}

static void test_relative_paths(void **state)
{
    (void)state;
    char here[1024];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(scratch.path), 0);
    enum wsync_err written = write_text("file", 0600, "x");
    enum wsync_err made = wsync_file_make_dir("folder", 0700, NULL);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(written, WSYNC_OK);
    assert_int_equal(made, WSYNC_OK);
    assert_int_equal(wsync_scratch_count(&scratch), 2);
    assert_int_equal(wsync_file_sync_parent("/", NULL), WSYNC_OK);
}

static void test_read_at(void **state)
{
    (void)state;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    char bytes[8] = "";
    assert_int_equal(write_text(wsync_scratch_path(&scratch, "file", path), 0600, "012345"),
                     WSYNC_OK);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(wsync_file_read_at(fd, bytes, 3, 2), 3);
    assert_memory_equal(bytes, "234", 3);
    assert_int_equal(wsync_file_read_at(fd, bytes, sizeof bytes, 4), 2); /* to its end */
    assert_memory_equal(bytes, "45", 2);
    assert_int_equal(wsync_file_read_at(fd, bytes, sizeof bytes, 100), 0);
    wsync_file_close(&fd);
    assert_int_equal(wsync_file_read_at(fd, bytes, 1, 0), -1); /* it is closed */
    fd = -1;
    wsync_file_close(&fd);
}

/* Of the names beside a file only drafts of it go, and of these none that is being filled. */
static void test_sweep(void **state)
{
    static const char *const NAMES[] = {"file.new-abc123",  "file.new-Xyz789",
                                        "file.new-long123", "file.new-",
                                        "other.new-abc123", "file.part"};
    char path[WSYNC_SCRATCH_PATH_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        FILE *file = fopen(wsync_scratch_path(&scratch, NAMES[i], path), "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    int held = open(wsync_scratch_path(&scratch, NAMES[1], path), O_RDWR);
    assert_true(wsync_file_hold(held));
    wsync_scratch_path(&scratch, "file", path);
    wsync_file_sweep(path, wsync_file_discard);
    assert_int_equal(wsync_scratch_count(&scratch), 5);
    assert_int_equal(access(wsync_scratch_path(&scratch, NAMES[0], path), F_OK), -1);
    close(held);
    wsync_scratch_path(&scratch, "file", path);
    wsync_file_sweep(path, wsync_file_discard);
    assert_int_equal(wsync_scratch_count(&scratch), 4);
    assert_int_equal(access(wsync_scratch_path(&scratch, NAMES[1], path), F_OK), -1);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_write_and_read),
        IN_SCRATCH(test_read_limit),
        IN_SCRATCH(test_failed_write_changes_nothing),
        IN_SCRATCH(test_make_dir),
        IN_SCRATCH(test_draft_and_publish),
        IN_SCRATCH(test_relative_paths),
        IN_SCRATCH(test_read_at),
        IN_SCRATCH(test_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
