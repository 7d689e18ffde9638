/* SPDX-License-Identifier: Apache-2.0 */
/* The state table in the documents is the one the program prints (S9.41).  GOLDEN=write writes
 * it there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/session.h"

enum { TEXT_BYTES_MAX = 1 << 18, TABLE_BYTES_MAX = 1 << 14 };

static const char BEGIN[] = "<!-- session-table -->\n```\n";
static const char END[] = "```\n<!-- /session-table -->";

struct document {
    char text[TEXT_BYTES_MAX];
    size_t table, end; /* where the table begins and ends */
};

static char printed[TABLE_BYTES_MAX];

static struct wsync_slice table(void)
{
    return wsync_session_print_table(printed, sizeof printed);
}

static struct document *open_document(const char *path)
{
    struct document *document = calloc(1, sizeof *document);
    FILE *file = fopen(path, "r");
    WSYNC_ASSERT(document && file);
    size_t len = fread(document->text, 1, sizeof document->text - 1, file);
    WSYNC_ASSERT(len < sizeof document->text - 1);
    fclose(file);
    const char *begin = strstr(document->text, BEGIN);
    const char *end = begin ? strstr(begin, END) : NULL;
    if (!end) {
        fail_msg("%s has no table between its markers", path);
    }
    document->table = (size_t)(begin - document->text) + sizeof BEGIN - 1;
    document->end = (size_t)(end - document->text);
    return document;
}

static void write_document(const char *path)
{
    struct document *document = open_document(path);
    struct wsync_slice rows = table();
    FILE *file = fopen(path, "w");
    WSYNC_ASSERT(file);
    WSYNC_ASSERT(fwrite(document->text, 1, document->table, file) == document->table);
    WSYNC_ASSERT(fwrite(rows.data, 1, rows.len, file) == rows.len);
    WSYNC_ASSERT(fputs(document->text + document->end, file) >= 0);
    WSYNC_ASSERT(fclose(file) == 0);
    free(document);
}

static void a_document_holds_the_table(void **state)
{
    const char *path = *state;
    struct document *document = open_document(path);
    struct wsync_slice rows = table();
    struct wsync_slice told =
        wsync_slice(document->text + document->table, document->end - document->table);
    if (!wsync_slice_equal(rows, told)) {
        fail_msg("%s shows another table: make golden, and look why", path);
    }
    free(document);
}

/* Every state and every event has its line, so that none is forgotten in silence. */
static void the_table_is_whole(void **state)
{
    (void)state;
    struct wsync_slice rows = table();
    size_t lines = 0;
    for (size_t i = 0; i < rows.len; i++) {
        lines += rows.data[i] == '\n';
    }
    assert_int_equal(lines % WSYNC_STATE_COUNT, 0);
    assert_int_equal(lines / WSYNC_STATE_COUNT, 22);
}

int main(void)
{
    static char spec[] = "proto/SPEC.md";
    static char session[] = "docs/SESSION.md";
    const char *golden = getenv("GOLDEN");
    if (golden && strcmp(golden, "write") == 0) {
        write_document(spec);
        write_document(session);
    }
    const struct CMUnitTest tests[] = {
        {"proto/SPEC.md", a_document_holds_the_table, NULL, NULL, spec},
        {"docs/SESSION.md", a_document_holds_the_table, NULL, NULL, session},
        cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
