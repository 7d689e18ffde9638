/* SPDX-License-Identifier: Apache-2.0 */
#include "host/roster_text.h"

#include <string.h>

enum { LINE_BYTES = 2 * WSYNC_SIGNED_BYTES_MAX + 3 };

void wsync_roster_text_print_one(const struct wsync_signed_statement *statement, FILE *out)
{
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    static char line[LINE_BYTES];
    wsync_hex_encode(wsync_signed_write(statement, bytes), line);
    fprintf(out, "%s\n", line);
}

enum wsync_err wsync_roster_text_print(struct wsync_txn *txn, FILE *out, uint64_t *count)
{
    struct wsync_signed_statement statement;
    enum wsync_err err = WSYNC_OK;
    for (*count = 0; err == WSYNC_OK; *count += err == WSYNC_OK) { /* ends: the last version */
        err = wsync_roster_statement(txn, *count + 1, &statement);
        if (err == WSYNC_OK) {
            wsync_roster_text_print_one(&statement, out);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

bool wsync_roster_text_read_one(const char *line, uint8_t bytes[WSYNC_SIGNED_BYTES_MAX],
                                struct wsync_signed_statement *statement)
{
    size_t len = strlen(line) / 2;
    return strlen(line) % 2 == 0 && len <= WSYNC_SIGNED_BYTES_MAX &&
           wsync_hex_decode(wsync_slice_of(line), bytes, len) &&
           wsync_signed_read(wsync_slice(bytes, len), statement);
}

enum wsync_err wsync_roster_text_take(struct wsync_roster_text *text, struct wsync_txn *txn,
                                      struct wsync_arena *arena, struct wsync_error *error)
{
    static char line[LINE_BYTES];
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    struct wsync_signed_statement statement;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && fgets(line, sizeof line, text->file)) {
        text->line++;
        line[strcspn(line, "\r\n")] = '\0';
        if (*line == '\0') {
            continue;
        }
        if (!wsync_roster_text_read_one(line, bytes, &statement)) {
            return wsync_error_set(error, WSYNC_ERR_MESSAGE,
                                   "Line %d is not a statement of a roster; nothing was taken.",
                                   text->line);
        }
        size_t mark = wsync_arena_mark(arena);
        err = wsync_roster_take(txn, arena, &statement, text->instance);
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "Line %d: %s  Nothing was taken.",
                                             text->line, wsync_err_text(err, WSYNC_EN));
}
