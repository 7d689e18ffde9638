/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every file of proto/vectors, one test a file, and compares it with what the makers make.
 * GOLDEN=write writes the files anew first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/vector.h"
#include "wardsync/crypto.h"

enum { PATH_BYTES = 256, INPUT_LINES = 3, FILES_MAX = 20 };

static const char FOLDER[] = "proto/vectors/";

static void path_of(const struct vector_maker *maker, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s%s", FOLDER, maker->file);
}

/* Says where in a file something is wrong. */
static void blame(const struct vector_maker *maker, const struct vector *vector,
                  const char *what)
{
    fail_msg("%s%s, case %s: %s", FOLDER, maker->file, vector_nth(vector, "case", 0), what);
}

static size_t expect_line(const struct vector *vector)
{
    size_t at = 0;
    while (at < vector->line_count && strcmp(vector->lines[at].key, "expect") != 0) {
        at++;
    }
    return at;
}

static void check_outputs(const struct vector_maker *maker, const struct vector *vector,
                          size_t expect, const struct vector *said)
{
    size_t count = vector->line_count - expect - 1;
    if (said->line_count - INPUT_LINES != count) {
        blame(maker, vector, "other lines come out");
    }
    for (size_t i = 0; i < count; i++) {
        const struct vector_line *wanted = &vector->lines[expect + 1 + i];
        const struct vector_line *got = &said->lines[INPUT_LINES + i];
        if (strcmp(wanted->key, got->key) != 0 || strcmp(wanted->value, got->value) != 0) {
            fail_msg("%s%s, case %s: %s is %s", FOLDER, maker->file,
                     vector_nth(vector, "case", 0), got->key, got->value);
        }
    }
}

static void run_case(const struct vector_maker *maker, const struct vector *vector)
{
    size_t expect = expect_line(vector);
    struct vector_book *said = vector_book_new();
    if (expect == vector->line_count || !vector_nth(vector, "spec", 0)) {
        blame(maker, vector, "no expect line or no spec line");
    }
    vector_begin(said, "", "", "");
    const char *code = wsync_err_name(vector_run(said, vector));
    if (strcmp(code, vector->lines[expect].value) != 0) {
        blame(maker, vector, code);
    }
    if (strcmp(code, "ok") == 0) {
        check_outputs(maker, vector, expect, &said->cases[0]);
    }
    vector_book_free(said);
}

static void a_file_holds(void **state)
{
    const struct vector_maker *maker = *state;
    struct vector_book *book = vector_book_new();
    char path[PATH_BYTES];
    path_of(maker, path);
    assert_true(vector_book_read(book, path));
    assert_true(book->case_count > 0);
    for (size_t i = 0; i < book->case_count; i++) {
        run_case(maker, &book->cases[i]);
    }
    vector_book_free(book);
}

static void no_name_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_MAKER_COUNT; i++) {
        struct vector_book *book = vector_book_new();
        char path[PATH_BYTES];
        path_of(&VECTOR_MAKERS[i], path);
        assert_true(vector_book_read(book, path));
        for (size_t k = 0; k < book->case_count; k++) {
            for (size_t n = 0; n < k; n++) {
                assert_string_not_equal(book->cases[k].lines[0].value,
                                        book->cases[n].lines[0].value);
            }
        }
        vector_book_free(book);
    }
}

static void refusals_outnumber_the_rest(void **state)
{
    (void)state;
    size_t positive = 0, negative = 0;
    for (size_t i = 0; i < VECTOR_MAKER_COUNT; i++) {
        struct vector_book *book = vector_book_new();
        char path[PATH_BYTES];
        path_of(&VECTOR_MAKERS[i], path);
        assert_true(vector_book_read(book, path));
        for (size_t k = 0; k < book->case_count; k++) {
            const struct vector *vector = &book->cases[k];
            const char *code = vector->lines[expect_line(vector)].value;
            *(strcmp(code, "ok") == 0 ? &positive : &negative) += 1;
        }
        vector_book_free(book);
    }
    print_message("# vectors: %zu accepted, %zu refused\n", positive, negative);
    assert_true(positive > 0);
    assert_true(negative > positive);
}

static const char *digest_of(const struct vector_book *book, const char *name)
{
    for (size_t i = 0; i < book->case_count; i++) {
        const struct vector *vector = &book->cases[i];
        if (strcmp(vector->lines[0].value, name) == 0) {
            const struct vector_line *last = &vector->lines[vector->line_count - 1];
            return strcmp(last->key, "digest") == 0 ? last->value : NULL;
        }
    }
    return NULL;
}

/* S10.25: neither order nor batches nor an erasure shows in the digest. */
static void equal_sets_give_equal_digests(void **state)
{
    static const char *const PAIRS[][2] = {
        {"record", "record-before-its-form"},
        {"edit", "edit-in-one-set"},
        {"edit", "set-held-already"},
        {"delete", "set-that-overlaps"},
        {"delete", "rest-of-a-run"},
        {"private-part-held", "private-part-erased-same-digest"},
        {"conflict", "conflict-other-order-same-digest"},
        {"behind-an-origin", "behind-an-origin-in-two-sets"},
        {"reference-made-too-late", "reference-made-too-late-form-last"},
    };
    (void)state;
    struct vector_book *book = vector_book_new();
    assert_true(vector_book_read(book, "proto/vectors/changeset.txt"));
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        const char *first = digest_of(book, PAIRS[i][0]);
        const char *second = digest_of(book, PAIRS[i][1]);
        assert_non_null(first);
        assert_non_null(second);
        assert_string_equal(first, second);
    }
    assert_string_not_equal(digest_of(book, "record"), digest_of(book, "edit"));
    vector_book_free(book);
}

static struct wsync_slice make(struct vector_book *book, const struct vector_maker *maker)
{
    maker->make(book);
    return vector_book_print(book, maker->title);
}

static void the_files_are_what_the_makers_make(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_MAKER_COUNT; i++) {
        struct vector_book *book = vector_book_new();
        struct wsync_slice text = make(book, &VECTOR_MAKERS[i]);
        char path[PATH_BYTES];
        path_of(&VECTOR_MAKERS[i], path);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        uint8_t *held = malloc(text.len + 1);
        assert_non_null(held);
        size_t len = fread(held, 1, text.len + 1, file);
        fclose(file);
        if (!wsync_slice_equal(text, wsync_slice(held, len))) {
            fail_msg("%s is not what its maker makes: make golden, and look why", path);
        }
        free(held);
        vector_book_free(book);
    }
}

static void write_files(void)
{
    for (size_t i = 0; i < VECTOR_MAKER_COUNT; i++) {
        struct vector_book *book = vector_book_new();
        struct wsync_slice text = make(book, &VECTOR_MAKERS[i]);
        char path[PATH_BYTES];
        path_of(&VECTOR_MAKERS[i], path);
        FILE *file = fopen(path, "w");
        WSYNC_ASSERT(file && fwrite(text.data, 1, text.len, file) == text.len);
        WSYNC_ASSERT(fclose(file) == 0);
        vector_book_free(book);
    }
}

int main(int argc, char **argv)
{
    const char *golden = getenv("GOLDEN");
    struct CMUnitTest tests[FILES_MAX + 4];
    size_t count = 0;
    WSYNC_ASSERT(wsync_crypto_init() && VECTOR_MAKER_COUNT <= FILES_MAX);
    if ((golden && strcmp(golden, "write") == 0) ||
        (argc > 1 && strcmp(argv[1], "--write") == 0)) {
        write_files();
    }
    for (size_t i = 0; i < VECTOR_MAKER_COUNT; i++) {
        tests[count++] =
            (struct CMUnitTest){VECTOR_MAKERS[i].file, a_file_holds, NULL, NULL,
                                (void *)(uintptr_t)&VECTOR_MAKERS[i]};
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(no_name_stands_twice);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(refusals_outnumber_the_rest);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(equal_sets_give_equal_digests);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_files_are_what_the_makers_make);
    return _cmocka_run_group_tests("vectors", tests, count, NULL, NULL);
}
