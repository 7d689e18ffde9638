/* SPDX-License-Identifier: Apache-2.0 */
/* tiles.h: where each ward stands on the tile map: server/campaign/tiles.csv, which is a part
 * of the program.
 *
 * Wards are found by name, however marks are placed: codes were given to other wards since.
 * One that the table does not name stands below the others, in rows of four. */
#ifndef WARDSYNC_SERVER_TILES_H
#define WARDSYNC_SERVER_TILES_H

#include "wardsync/arena.h"
#include "wardsync/error.h"

struct server_tile {
    const char *name; /* of the ward */
    int32_t column, row;
};

/* Fills in the places of `count` named wards; the arena is left as it was.  MEMORY. */
WSYNC_MUST_USE enum wsync_err server_tiles_place(struct wsync_arena *arena,
                                                 struct server_tile *tiles, size_t count);

#endif
