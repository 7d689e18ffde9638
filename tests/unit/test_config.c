/* SPDX-License-Identifier: Apache-2.0 */
#include "host/config.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct wsync_scratch scratch;
static char path[WSYNC_SCRATCH_PATH_BYTES];
static struct wsync_error error;

struct settings {
    char name[16];
    int64_t port;
    char greeting[32];
};

static enum wsync_err set_name(void *target, const char *value, struct wsync_error *why)
{
    struct settings *settings = target;
    return wsync_config_text(value, settings->name, sizeof settings->name, why);
}

static enum wsync_err set_port(void *target, const char *value, struct wsync_error *why)
{
    return wsync_config_number(value, 1, 65535, &((struct settings *)target)->port, why);
}

static enum wsync_err set_greeting(void *target, const char *value, struct wsync_error *why)
{
    struct settings *settings = target;
    return wsync_config_text(value, settings->greeting, sizeof settings->greeting, why);
}

static const struct wsync_config_key KEYS[] = {
    {"", "name", set_name},
    {"net", "port", set_port},
    {"page", "greeting", set_greeting},
};

static const struct wsync_config_schema SCHEMA = {KEYS, sizeof KEYS / sizeof *KEYS};

static int set_up(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "main.conf", path);
    error.text[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static void write_bytes(const char *name, const char *bytes, size_t len)
{
    char file_path[WSYNC_SCRATCH_PATH_BYTES];
    FILE *file = fopen(wsync_scratch_path(&scratch, name, file_path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_config(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static enum wsync_err read_config(struct settings *settings)
{
    return wsync_config_read(path, &SCHEMA, settings, &error);
}

static void test_values(void **state)
{
    (void)state;
    struct settings settings = {.port = 7};
    write_config("main.conf", "\xef\xbb\xbf# a comment\nname = ward 1\r\n\n[net]\n; another\n"
                              "port=5701 ; the default\n[page]\ngreeting = chào = #1");
    assert_int_equal(read_config(&settings), WSYNC_OK);
    assert_string_equal(settings.name, "ward 1");
    assert_int_equal(settings.port, 5701);
    assert_string_equal(settings.greeting, "chào = #1");
}

static void test_drop_ins(void **state)
{
    (void)state;
    char folder[WSYNC_SCRATCH_PATH_BYTES];
    struct settings settings = {.port = 7};
    write_config("main.conf", "name = main\n[net]\nport = 1\n");
    assert_int_equal(read_config(&settings), WSYNC_OK); /* no conf.d is fine */
    assert_int_equal(mkdir(wsync_scratch_path(&scratch, "conf.d", folder), 0700), 0);
    write_config("conf.d/20-b.conf", "[net]\nport = 20\n");
    write_config("conf.d/10-a.conf", "[net]\nport = 10\n[page]\ngreeting = ten\n");
    write_config("conf.d/30.conf~", "nonsense\n");
    write_config("conf.d/.hidden.conf", "nonsense\n");
    write_config("conf.d/.conf", "nonsense\n");
    assert_int_equal(read_config(&settings), WSYNC_OK);
    assert_string_equal(settings.name, "main");
    assert_int_equal(settings.port, 20);
    assert_string_equal(settings.greeting, "ten");
    write_config("conf.d/30.conf", "\n\nnaem = x\n");
    assert_int_equal(read_config(&settings), WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, "/conf.d/30.conf:3: "));
    assert_non_null(strstr(error.text, "\"naem\""));
}

/* Each mistake is refused with the file, the line and what is wrong. */
static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *word;
    } CASES[] = {
        {"name = a\nport = 1\n", 2, "\"port\" in section \"\""},
        {"[net]\nname = a\n", 2, "\"name\" in section \"net\""},
        {"[Net]\nport = 1\n", 2, "\"port\" in section \"Net\""},
        {"[net]\n\nport = 0\n", 3, "from 1 to 65535"},
        {"[net]\nport = 12x\nport = 13\n", 2, "\"12x\""},
        {"[net]\nport =\n", 2, "from 1 to 65535"},
        {"[net]\nport = 1\n# \nport = 2\n", 4, "given twice"},
        {"name = a\n  b\n", 2, "indented"},
        {"name = a\nnet]\nname = b\n", 2, "neither"},
        {"[net\nport = 1\n", 1, "neither"},
        {"name = a text of more than sixteen bytes\n", 1, "longer than 15 bytes"},
    };
    struct settings settings;
    char where[WSYNC_SCRATCH_PATH_BYTES + 16];
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        write_config("main.conf", CASES[i].text);
        assert_int_equal(read_config(&settings), WSYNC_ERR_INVALID);
        snprintf(where, sizeof where, "%s:%d: ", path, CASES[i].line);
        assert_int_equal(strncmp(error.text, where, strlen(where)), 0);
        assert_non_null(strstr(error.text, CASES[i].word));
    }
    assert_int_equal(remove(path), 0);
    assert_int_equal(read_config(&settings), WSYNC_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, path));
}

static void test_long_lines(void **state)
{
    (void)state;
    struct settings settings = {.port = 7};
    char text[400];
    for (int bytes = 180; bytes < 320; bytes++) { /* a comment that would end in a setting */
        int len = snprintf(text, sizeof text, "#%*s\n[net]\nport = 9", bytes - 1, "port = 9");
        for (int end = 0; end < 2; end++) {
            settings.port = 7;
            write_bytes("main.conf", text, (size_t)(end ? bytes : len));
            enum wsync_err err = read_config(&settings);
            assert_int_equal(err, bytes <= 190 ? WSYNC_OK : WSYNC_ERR_INVALID);
            assert_int_equal(settings.port, bytes <= 190 && !end ? 9 : 7);
            assert_true(err == WSYNC_OK || strstr(error.text, ":1: "));
        }
    }
    static const char ZERO[] = "[net]\nport = 1\0\nname = x\n";
    write_bytes("main.conf", ZERO, sizeof ZERO - 1);
    assert_int_equal(read_config(&settings), WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, ":2: "));
}

static void test_numbers(void **state)
{
    (void)state;
    int64_t number = 0;
    assert_int_equal(wsync_config_number("-5", -5, 5, &number, NULL), WSYNC_OK);
    assert_int_equal(number, -5);
    assert_int_equal(wsync_config_number("9223372036854775807", 0, INT64_MAX, &number, NULL),
                     WSYNC_OK);
    assert_true(number == INT64_MAX);
    static const char *const WRONG[] = {"", " 1", "1 ", "+1", "-", "0x10", "1.0", "-6", "6",
                                        "9223372036854775808", "-9223372036854775809"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        assert_int_equal(wsync_config_number(WRONG[i], -5, 5, &number, NULL),
                         WSYNC_ERR_INVALID);
    }
    assert_int_equal(wsync_config_number("9223372036854775808", 0, INT64_MAX, &number, NULL),
                     WSYNC_ERR_INVALID);
    assert_true(number == INT64_MAX);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_drop_ins),
        IN_SCRATCH(test_mistakes),
        IN_SCRATCH(test_long_lines),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
