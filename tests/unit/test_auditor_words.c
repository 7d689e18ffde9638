/* SPDX-License-Identifier: Apache-2.0 */
/* What wardsync-verify prints of foreign text: it moves no cursor, turns no line around, and
 * says nothing in the place of the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/auditor.h"
#include "tests/pair.h"
#include "tools/verify/checks.h"
#include "wardsync/utf8.h"

enum { SAID_BYTES = 1 << 14 };

static struct auditor auditor;
static char said[SAID_BYTES];
static FILE *screen;

/* What is printed from here on goes to `said`. */
static void listen(void)
{
    screen = stdout;
    stdout = tmpfile();
    assert_non_null(stdout);
}

static void hear(void)
{
    FILE *file = stdout;
    stdout = screen;
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
}

static void print(bool json, struct wsync_slice text)
{
    const struct cli cli = {.json = json};
    listen();
    cli_text(&cli, "name", text);
    hear();
}

static void foreign_text_moves_no_cursor(void **state)
{
    static const char *const FOREIGN[] = {
        "\x1b[2J",
        "\x9b"
        "2J", /* one byte for ESC [ */
        "\xc2\x9b"
        "2J", /* the same in UTF-8 */
        "\xe2\x80\xae",
        "\xe2\x81\xa6", /* from right to left */
        "\xe2\x80\xa8",
        "\x7f",
        "\r",
        "\xc3",
        "\xf8\x88\x80\x80\x80",
    };
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof FOREIGN / sizeof *FOREIGN); i++) {
        const char *foreign = FOREIGN[i / 2];
        print(i % 2 == 1, wsync_slice_of(foreign));
        struct wsync_slice line = wsync_slice(said, strcspn(said, "\n"));
        if (strstr(said, foreign) || wsync_utf8_fault(line)) {
            fail_msg("%zu: %s", i / 2, said);
        }
    }
    print(false, wsync_slice_of("T\xe1\xbb\x95 1"));
    assert_string_equal(said, "  name: T\xe1\xbb\x95 1\n");
    print(true, wsync_slice_of("T\xe1\xbb\x95 \"1\"\x1f"));
    assert_string_equal(said, ",\"name\":\"T\xe1\xbb\x95 \\\"1\\\"\\u001f\"");
}

static int set_up(void **state)
{
    if (pair_set_up(state) != 0) {
        return -1;
    }
    struct pair *pair = *state;
    auditor_open(&auditor, &pair->world->installation);
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    auditor_close(&auditor);
    return pair_tear_down(state);
}

/* A note of a record, as the auditor prints it. */
static void print_note(struct pair *pair, const char *text)
{
    struct replica *a = &pair->world->a;
    struct wsync_dot record;
    struct wsync_proof_result result;
    const struct wsync_write write = {
        FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(text)}};
    assert_int_equal(replica_create(a, PAIR_DAY, 1, 1, &record), WSYNC_OK);
    assert_int_equal(replica_set_field(a, record, &write, NULL, 0), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct wsync_proof_request request = {.has_record = true, .record = record};
    assert_int_equal(auditor_prove(&auditor, a, &request, &result), WSYNC_OK);
    char *argv[] = {(char *)(uintptr_t)auditor_file(&auditor, "proof")};
    struct cli cli = {
        .trust = {.has_instance = true, .instance = pair->world->installation.instance},
        .argc = 1,
        .argv = argv};
    listen();
    int code = check_proof(&cli);
    hear();
    assert_int_equal(code, AUDIT_HOLDS);
}

static void a_text_ends_where_its_quotes_end(void **state)
{
    static char vowels[181];
    print_note(*state, "x\"; deletes it; makes it \"\\");
    if (!strstr(said, "4=\"x\\\"; deletes it; makes it \\\"\\\\\"")) {
        fail_msg("%s", said);
    }
    for (size_t i = 0; i + 3 < sizeof vowels; i += 3) { /* cut between two characters */
        memcpy(vowels + i, "\xe1\xbb\x95", 3);
    }
    vowels[sizeof vowels - 1] = '\0';
    memcpy(vowels, "ab", 2);
    memmove(vowels + 2, vowels + 3, sizeof vowels - 3);
    print_note(*state, vowels);
    if (strstr(said, "?") || !strstr(said, "\xe1\xbb\x95...\"")) {
        fail_msg("%s", said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_moves_no_cursor),
        cmocka_unit_test_setup_teardown(a_text_ends_where_its_quotes_end, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("foreign words", tests, NULL, NULL);
}
