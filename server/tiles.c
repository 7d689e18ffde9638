/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tiles.h"

#include <stdio.h>
#include <string.h>

#include "host/text.h"

enum { ROW_OF_FOUR = 4, PLACE_MAX = 31, NAME_BYTES = 128 };

extern const char TABLE[] __asm__("_binary_tiles_csv_start");
extern const char TABLE_END[] __asm__("_binary_tiles_csv_end");

/* The next line of the table from `*at` on: a name and two numbers; false at its end.  What is
 * no such line, as the head, is passed over. */
static bool next_row(const char **at, struct wsync_slice *name, int32_t *column, int32_t *row)
{
    while (*at < TABLE_END) {
        const char *line = *at;
        const char *end = memchr(line, '\n', (size_t)(TABLE_END - line));
        char text[NAME_BYTES];
        size_t len = (size_t)((end ? end : TABLE_END) - line);
        *at = end ? end + 1 : TABLE_END;
        snprintf(text, sizeof text, "%.*s", (int)len, line);
        const char *comma = strchr(text, ',');
        if (comma && sscanf(comma, ",%d,%d", column, row) == 2 && *column >= 0 &&
            *column <= PLACE_MAX && *row >= 0 && *row <= PLACE_MAX) {
            *name = wsync_slice(line, (size_t)(comma - text));
            return true;
        }
    }
    return false;
}

/* `*found` says whether the table names the ward; `*rows` how many rows the table has. */
static enum wsync_err find(struct wsync_arena *arena, struct server_tile *tile, bool *found,
                           int32_t *rows)
{
    struct wsync_slice key, name, other;
    int32_t column, row;
    const char *at = TABLE;
    *found = false;
    *rows = 0;
    enum wsync_err err = wsync_text_search_key(wsync_slice_of(tile->name), arena, &key);
    while (err == WSYNC_OK && next_row(&at, &name, &column, &row)) {
        size_t mark = wsync_arena_mark(arena);
        err = wsync_text_search_key(name, arena, &other);
        if (err == WSYNC_OK && wsync_slice_equal(key, other)) {
            tile->column = column;
            tile->row = row;
            *found = true;
        }
        *rows = row + 1 > *rows ? row + 1 : *rows;
        wsync_arena_release(arena, mark);
    }
    return err;
}

enum wsync_err server_tiles_place(struct wsync_arena *arena, struct server_tile *tiles,
                                  size_t count)
{
    size_t others = 0, named = 0;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < count; i++) {
        int32_t rows;
        bool found;
        err = find(arena, &tiles[i], &found, &rows);
        named += found;
        if (!found) {
            tiles[i].column = (int32_t)(others % ROW_OF_FOUR);
            tiles[i].row = rows + (int32_t)(others / ROW_OF_FOUR);
            others++;
        }
        wsync_arena_release(arena, mark);
    }
    for (size_t i = 0; named == 0 && i < count; i++) { /* a district of its own: from the top */
        tiles[i].row = (int32_t)(i / ROW_OF_FOUR);
    }
    return err;
}
