/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/http_upload.h"

enum { RANDOM_BYTES = (SERVER_KEPT_ID_BYTES - 1) / 2, FIRST_FD = 3 };

void server_kept_drop(struct server_kept *kept)
{
    for (size_t i = 0; kept->id[0] != '\0' && i < SERVER_KEPT_FILES; i++) {
        if (kept->files[i] >= 0) {
            close(kept->files[i]);
        }
    }
    *kept = (struct server_kept){.id = ""};
}

/* A place that is free, or whose time is over, or the one whose time ends first. */
static struct server_kept *make_room(struct server_shelf *shelf)
{
    struct server_kept *room = &shelf->items[0];
    for (size_t i = 0; i < SERVER_KEPT; i++) {
        struct server_kept *item = &shelf->items[i];
        if (item->id[0] == '\0' || item->until_ms < room->until_ms) {
            room = item;
        }
        if (room->id[0] == '\0') {
            break;
        }
    }
    server_kept_drop(room);
    return room;
}

static bool take_files(struct server_kept *kept, const struct wsync_http_request *request,
                       const char *const names[SERVER_KEPT_FILES])
{
    bool whole = true;
    for (size_t i = 0; i < SERVER_KEPT_FILES; i++) {
        const struct wsync_http_upload *upload =
            names[i] ? wsync_http_upload(request, names[i]) : NULL;
        kept->files[i] = upload ? fcntl(upload->fd, F_DUPFD_CLOEXEC, FIRST_FD) : -1;
        whole = whole && (!upload || kept->files[i] >= 0);
    }
    return whole;
}

struct server_kept *server_kept_put(struct server_shelf *shelf, char kind,
                                    const struct wsync_http_request *request,
                                    const char *const names[SERVER_KEPT_FILES])
{
    struct wsync_entropy entropy;
    struct server_kept *kept = make_room(shelf);
    wsync_entropy_draw(&entropy);
    wsync_hex_encode(wsync_slice(entropy.b, RANDOM_BYTES), kept->id);
    kept->owner = request->token;
    kept->person = request->person.number;
    kept->kind = kind;
    kept->until_ms = wsync_clock_monotonic_ms() + SERVER_KEPT_MS;
    if (!take_files(kept, request, names)) {
        server_kept_drop(kept);
        return NULL;
    }
    return kept;
}

struct server_kept *server_kept_find(struct server_shelf *shelf, char kind,
                                     const struct wsync_http_request *request, const char *id)
{
    int64_t now = wsync_clock_monotonic_ms();
    for (size_t i = 0; i < SERVER_KEPT; i++) {
        if (shelf->items[i].id[0] != '\0' && shelf->items[i].until_ms < now) {
            server_kept_drop(&shelf->items[i]);
        }
    }
    for (size_t i = 0; id && *id && i < SERVER_KEPT; i++) {
        struct server_kept *item = &shelf->items[i];
        if (strcmp(item->id, id) == 0 && item->kind == kind &&
            item->person == request->person.number &&
            wsync_http_token_is(&item->owner, request->token.text)) {
            return item;
        }
    }
    return NULL;
}

const char *server_kept_path(int file, char path[SERVER_KEPT_PATH_BYTES])
{
    path[0] = '\0';
    if (file >= 0) {
        snprintf(path, SERVER_KEPT_PATH_BYTES, "/proc/self/fd/%d", file);
    }
    return path;
}
