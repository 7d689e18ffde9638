/* SPDX-License-Identifier: Apache-2.0 */
/* What a page process and its keeper say to each other, whole and bent, and what a page may
 * have run at all (decision 0016). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "host/action_frame.h"

static uint8_t frame[WSYNC_ACTION_REQUEST_BYTES_MAX];
static struct wsync_action_request request;

static size_t encode(uint32_t id, const char *const *argv, struct wsync_slice input)
{
    const struct wsync_action_ask ask = {.argv = argv, .input = input};
    return wsync_action_request_encode(id, &ask, frame);
}

/* ---- frames ---- */

static void a_request_comes_back_as_it_was(void **state)
{
    (void)state;
    const char *const argv[] = {"add", "--actor=3", "--", "cleanup", "note=Rác", "", NULL};
    const int files[] = {STDIN_FILENO, STDOUT_FILENO};
    const struct wsync_action_ask ask = {.argv = argv,
                                         .input = wsync_slice_of("input"),
                                         .by = 0xfffffffe,
                                         .files = files,
                                         .file_count = 2,
                                         .want_file = true};
    size_t len = wsync_action_request_encode(7, &ask, frame);
    size_t told;
    assert_int_equal(wsync_action_frame_length(wsync_slice(frame, 4), sizeof frame, &told), 0);
    assert_int_equal(told, len);
    assert_int_equal(wsync_action_request_decode(wsync_slice(frame, len), &request), WSYNC_OK);
    assert_int_equal(request.id, 7);
    assert_int_equal(request.by, 0xfffffffe);
    assert_int_equal(request.file_count, 2);
    assert_true(request.want_file);
    for (size_t i = 0; argv[i]; i++) {
        assert_string_equal(request.argv[i], argv[i]);
    }
    assert_null(request.argv[6]);
    assert_true(wsync_slice_equal(request.input, wsync_slice_of("input")));
    len = encode(8, argv, wsync_slice(NULL, 0));
    assert_int_equal(wsync_action_request_decode(wsync_slice(frame, len), &request), WSYNC_OK);
    assert_int_equal(request.by, 0);
    assert_int_equal(request.file_count, 0);
    assert_false(request.want_file);
}

static void an_answer_comes_back_as_it_was(void **state)
{
    (void)state;
    const struct wsync_action_answer answer = {.id = 0xfffffffe,
                                               .err = WSYNC_ERR_OVERSIZE,
                                               .exit_code = 255,
                                               .out = wsync_slice_of("data"),
                                               .talk = wsync_slice_of("words")};
    struct wsync_action_answer again;
    wsync_action_answer_head(&answer, frame);
    memcpy(frame + WSYNC_ACTION_ANSWER_HEAD_BYTES, "datawords", 9);
    struct wsync_slice whole = wsync_slice(frame, WSYNC_ACTION_ANSWER_HEAD_BYTES + 9);
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_OK);
    assert_int_equal(again.id, answer.id);
    assert_int_equal(again.err, answer.err);
    assert_int_equal(again.exit_code, 255);
    assert_false(again.has_file);
    assert_true(wsync_slice_equal(again.out, answer.out));
    assert_true(wsync_slice_equal(again.talk, answer.talk));
}

/* A file in the place of stdout: of a command that ended by itself, and one at most. */
static void an_answer_says_that_a_file_comes(void **state)
{
    (void)state;
    const struct wsync_action_answer answer = {
        .id = 7, .has_file = true, .talk = wsync_slice_of("words")};
    struct wsync_action_answer again;
    wsync_action_answer_head(&answer, frame);
    memcpy(frame + WSYNC_ACTION_ANSWER_HEAD_BYTES, "words", 5);
    struct wsync_slice whole = wsync_slice(frame, WSYNC_ACTION_ANSWER_HEAD_BYTES + 5);
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_OK);
    assert_true(again.has_file);
    assert_true(wsync_slice_equal(again.talk, answer.talk));
    frame[12] = 2;
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_ERR_FRAME);
    frame[12] = 1;
    frame[10] = 1; /* it failed */
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_ERR_FRAME);
    frame[10] = 0;
    frame[16] = 1; /* and a text of stdout */
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_ERR_FRAME);
    frame[16] = 0;
    assert_int_equal(wsync_action_answer_decode(whole, &again), WSYNC_OK);
}

static void what_is_too_long_is_not_sent(void **state)
{
    (void)state;
    const int files[WSYNC_ACTION_FILES_MAX + 1] = {0};
    struct wsync_action_ask ask = {.argv = (const char *const[]){"add", NULL},
                                   .files = files,
                                   .file_count = WSYNC_ACTION_FILES_MAX};
    assert_int_not_equal(wsync_action_request_encode(1, &ask, frame), 0);
    ask.file_count++;
    assert_int_equal(wsync_action_request_encode(1, &ask, frame), 0);
    char *word = calloc(1, WSYNC_ACTION_WORDS_BYTES_MAX + 1);
    const char *many[WSYNC_ACTION_ARGS_MAX + 2] = {NULL};
    const char *const one[] = {"add", word, NULL};
    assert_non_null(word);
    memset(word, 'x', WSYNC_ACTION_WORDS_BYTES_MAX - 4 - 1);
    assert_int_not_equal(encode(1, one, wsync_slice(NULL, 0)), 0);
    word[WSYNC_ACTION_WORDS_BYTES_MAX - 4 - 1] = 'x';
    assert_int_equal(encode(1, one, wsync_slice(NULL, 0)), 0);
    for (size_t i = 0; i < WSYNC_ACTION_ARGS_MAX; i++) {
        many[i] = "w";
    }
    struct wsync_slice input = wsync_slice(word, WSYNC_ACTION_INPUT_BYTES_MAX);
    assert_int_not_equal(encode(1, many, input), 0);
    input.len++;
    assert_int_equal(encode(1, many, input), 0);
    many[WSYNC_ACTION_ARGS_MAX] = "w";
    assert_int_equal(encode(1, many, wsync_slice(NULL, 0)), 0);
    free(word);
}

/* A copy with nothing behind it, so that a sanitizer sees a byte too many read. */
static enum wsync_err decode_apart(struct wsync_slice bytes)
{
    struct wsync_action_answer answer;
    uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    enum wsync_err err = wsync_action_request_decode(wsync_slice(copy, bytes.len), &request);
    if (bytes.len > 4 && copy[4] == 'A') {
        err = wsync_action_answer_decode(wsync_slice(copy, bytes.len), &answer);
    }
    free(copy);
    return err;
}

static void put_length(size_t length)
{
    for (size_t i = 0; i < 4; i++) {
        frame[i] = (uint8_t)(length >> (24 - 8 * i));
    }
}

/* Cut short it is refused, also where the length agrees with the cut: but for the input, which
 * is whatever is left. */
static void a_cut_request_is_refused(void **state)
{
    (void)state;
    const char *const argv[] = {"add", "--", "cleanup", NULL};
    size_t len = encode(7, argv, wsync_slice(NULL, 0));
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(decode_apart(wsync_slice(frame, cut)), WSYNC_ERR_FRAME);
    }
    for (size_t cut = 4; cut < len; cut++) {
        put_length(cut - 4);
        assert_int_equal(decode_apart(wsync_slice(frame, cut)), WSYNC_ERR_FRAME);
    }
}

static void a_bent_frame_is_refused(void **state)
{
    (void)state;
    const char *const argv[] = {"add", "cleanup", NULL};
    size_t told, len = encode(7, argv, wsync_slice(NULL, 0));
    const struct {
        size_t at;
        uint8_t byte;
    } bends[] = {{4, 'r'},  {13, 2},  {13, 0x81}, {14, 9},   {14, 255}, {15, 0},
                 {15, 97}, {15, 255}, {16, 1},    {17, 200}, {18, 0},   {21, 255}};
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        uint8_t before = frame[bends[i].at];
        frame[bends[i].at] = bends[i].byte;
        assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_ERR_FRAME);
        frame[bends[i].at] = before;
    }
    put_length(WSYNC_ACTION_REQUEST_BYTES_MAX - 4 + 1);
    assert_int_equal(
        wsync_action_frame_length(wsync_slice(frame, 4), WSYNC_ACTION_REQUEST_BYTES_MAX, &told),
        WSYNC_ERR_FRAME);
    put_length(WSYNC_ACTION_REQUEST_BYTES_MAX - 4);
    assert_int_equal(
        wsync_action_frame_length(wsync_slice(frame, 4), WSYNC_ACTION_REQUEST_BYTES_MAX, &told),
        WSYNC_OK);
    put_length(11);
    assert_int_equal(
        wsync_action_frame_length(wsync_slice(frame, 4), WSYNC_ACTION_REQUEST_BYTES_MAX, &told),
        WSYNC_ERR_FRAME);
}

/* More words, or longer ones, than are ever sent: the input goes on as if it were words. */
static void more_words_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    const char *many[WSYNC_ACTION_ARGS_MAX + 1] = {NULL};
    static char word[WSYNC_ACTION_WORDS_BYTES_MAX - 4];
    memset(word, 'x', sizeof word - 1);
    for (size_t i = 0; i < WSYNC_ACTION_ARGS_MAX; i++) {
        many[i] = "w";
    }
    size_t len = encode(1, many, wsync_slice("\0\1w", 3));
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_OK);
    frame[15]++;
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_ERR_FRAME);
    const char *const two[] = {"add", word, NULL};
    len = encode(1, two, wsync_slice("\0\1w", 3));
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_OK);
    frame[15]++;
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_ERR_FRAME);
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX];
    len = encode(1, two, wsync_slice(input, sizeof input));
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_OK);
    frame[15]--;
    assert_int_equal(decode_apart(wsync_slice(frame, len)), WSYNC_ERR_FRAME);
}

/* Whatever random bytes say, no more words come out than there is room for, each ends, and no
 * byte behind the frame is read. */
static void random_bytes_are_harmless(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    size_t good = 0;
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[64];
        size_t len = 16 + (size_t)round % (sizeof bytes - 15);
        for (size_t i = 0; i < len; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i] = (uint8_t)(random >> 32) & (i % 3 == 0 ? 0x07 : 0xff);
        }
        memcpy(bytes, (const uint8_t[]){0, 0, 0, (uint8_t)(len - 4)}, 4);
        bytes[4] = round % 2 == 0 ? 'R' : 'A';
        bytes[13] &= 0x01;
        bytes[14] &= 0x07;
        bytes[15] &= 0x03;
        bytes[16] = 0;
        if (decode_apart(wsync_slice(bytes, len)) == WSYNC_OK && bytes[4] == 'R') {
            size_t words = 0, used = 0;
            for (; request.argv[words]; words++) {
                used += strlen(request.argv[words]) + 1;
            }
            assert_true(words >= 1 && words <= 3 && used < len);
            good++;
        }
    }
    assert_true(good > 100); /* otherwise this proves nothing */
}

/* ---- what may run ---- */

static const struct wsync_action_rule RULES[] = {
    {.command = "add",
     .options = {"actor="},
     .operands_max = 4,
     .limit_s = 30,
     .files_max = 2},
    {.command = "resolve", .options = {"shown", "alive"}, .operands_max = 2, .limit_s = 30},
    {.command = "staff", .verb = "add", .operands_max = 2, .limit_s = 30},
    {.command = NULL},
};

static enum wsync_err allow_with(const char *const *argv, size_t file_count)
{
    const struct wsync_action_rule *rule = NULL;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_action_allow(RULES, argv, file_count, &rule, &error);
    assert_int_equal(err == WSYNC_OK, error.text[0] == '\0');
    assert_int_equal(err == WSYNC_OK,
                     rule && strcmp(rule->command, argv[0]) == 0 && err == WSYNC_OK);
    return err;
}

static enum wsync_err allow(const char *const *argv)
{
    return allow_with(argv, 0);
}

static void no_more_files_than_a_rule_says(void **state)
{
    (void)state;
    const char *const add[] = {"add", NULL}, *const staff[] = {"staff", "--", "add", NULL};
    assert_int_equal(allow_with(add, 2), WSYNC_OK);
    assert_int_equal(allow_with(add, 3), WSYNC_ERR_RIGHT);
    assert_int_equal(allow_with(staff, 0), WSYNC_OK);
    assert_int_equal(allow_with(staff, 1), WSYNC_ERR_RIGHT);
}

static void what_is_listed_may_run(void **state)
{
    (void)state;
    static const char *const GOOD[][7] = {
        {"add", "--actor=3", "--json", "--", "cleanup", "note=--yes"},
        {"add", "--lang=vi"},
        {"add", "--", "--", "--data-dir=/", "-x"},
        {"resolve", "--shown", "--", "3f9ac210-17"},
        {"staff", "--", "add", "Nguyễn Thị Mẫu"},
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        assert_int_equal(allow(GOOD[i]), WSYNC_OK);
    }
}

static void what_is_not_listed_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[][8] = {
        {NULL},
        {""},
        {"delete", "--", "3f9ac210-17"},
        {"ad"},
        {"add "},
        {"--help"},
        {"add", "cleanup"}, /* an operand in front of "--" */
        {"add", "-a"},
        {"add", "-"},
        {"add", "--actor", "3"}, /* a value in a word of its own */
        {"add", "--actor"},
        {"add", "--act=3"}, /* getopt would take it for --actor */
        {"add", "--actorx=3"},
        {"add", "--data-dir=/"},
        {"add", "--dry-run"},
        {"add", "--yes"},
        {"add", "--lang=fr"},
        {"add", "--lang"},
        {"resolve", "--shown=1"},
        {"resolve", "--show"},
        {"resolve", "--actor=3"},
        {"add", "--", "1", "2", "3", "4", "5"},
        {"staff"},
        {"staff", "--", "list"},
        {"staff", "--", "add", "a", "b"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(allow(BAD[i]), WSYNC_ERR_RIGHT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back_as_it_was),
        cmocka_unit_test(an_answer_comes_back_as_it_was),
        cmocka_unit_test(an_answer_says_that_a_file_comes),
        cmocka_unit_test(no_more_files_than_a_rule_says),
        cmocka_unit_test(what_is_too_long_is_not_sent),
        cmocka_unit_test(a_cut_request_is_refused),
        cmocka_unit_test(a_bent_frame_is_refused),
        cmocka_unit_test(more_words_than_there_is_room_for_are_refused),
        cmocka_unit_test(random_bytes_are_harmless),
        cmocka_unit_test(what_is_listed_may_run),
        cmocka_unit_test(what_is_not_listed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
