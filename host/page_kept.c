/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/file.h"
#include "host/http_upload.h"

enum { RANDOM_BYTES = (WSYNC_KEPT_ID_BYTES - 1) / 2, FIRST_FD = 3 };

void wsync_kept_drop(struct wsync_kept *kept)
{
    for (size_t i = 0; kept->id[0] != '\0' && i < WSYNC_KEPT_FILES; i++) {
        if (kept->files[i] >= 0) {
            close(kept->files[i]);
        }
    }
    *kept = (struct wsync_kept){.id = ""};
}

/* A place that is free, or whose time is over, or the one whose time ends first. */
static struct wsync_kept *make_room(struct wsync_shelf *shelf)
{
    struct wsync_kept *room = &shelf->items[0];
    for (size_t i = 0; i < WSYNC_KEPT; i++) {
        struct wsync_kept *item = &shelf->items[i];
        if (item->id[0] == '\0' || item->until_ms < room->until_ms) {
            room = item;
        }
        if (room->id[0] == '\0') {
            break;
        }
    }
    wsync_kept_drop(room);
    return room;
}

static bool take_files(struct wsync_kept *kept, const struct wsync_http_request *request,
                       const char *const names[WSYNC_KEPT_FILES])
{
    bool whole = true;
    for (size_t i = 0; i < WSYNC_KEPT_FILES; i++) {
        const struct wsync_http_upload *upload =
            names[i] ? wsync_http_upload(request, names[i]) : NULL;
        kept->files[i] = upload ? fcntl(upload->fd, F_DUPFD_CLOEXEC, FIRST_FD) : -1;
        whole = whole && (!upload || kept->files[i] >= 0);
    }
    const struct wsync_http_upload *first =
        names[0] ? wsync_http_upload(request, names[0]) : NULL;
    snprintf(kept->name, sizeof kept->name, "%s", first ? first->name : "");
    return whole;
}

struct wsync_kept *wsync_kept_put(struct wsync_shelf *shelf, char kind,
                                    const struct wsync_http_request *request,
                                    const char *const names[WSYNC_KEPT_FILES])
{
    struct wsync_entropy entropy;
    struct wsync_kept *kept = make_room(shelf);
    wsync_entropy_draw(&entropy);
    wsync_hex_encode(wsync_slice(entropy.b, RANDOM_BYTES), kept->id);
    kept->owner = request->token;
    kept->person = request->person.number;
    kept->kind = kind;
    kept->until_ms = wsync_clock_monotonic_ms() + WSYNC_KEPT_MS;
    if (!take_files(kept, request, names)) {
        wsync_kept_drop(kept);
        return NULL;
    }
    return kept;
}

struct wsync_kept *wsync_kept_find(struct wsync_shelf *shelf, char kind,
                                     const struct wsync_http_request *request, const char *id)
{
    int64_t now = wsync_clock_monotonic_ms();
    for (size_t i = 0; i < WSYNC_KEPT; i++) {
        if (shelf->items[i].id[0] != '\0' && shelf->items[i].until_ms < now) {
            wsync_kept_drop(&shelf->items[i]);
        }
    }
    for (size_t i = 0; id && *id && i < WSYNC_KEPT; i++) {
        struct wsync_kept *item = &shelf->items[i];
        if (strcmp(item->id, id) == 0 && item->kind == kind &&
            item->person == request->person.number &&
            wsync_http_token_is(&item->owner, request->token.text)) {
            return item;
        }
    }
    return NULL;
}

enum wsync_err wsync_kept_text(struct wsync_kept *kept, size_t at, struct wsync_slice text)
{
    int fd = wsync_action_file_new("kept", text.len);
    if (fd < 0 || wsync_file_write_all(fd, text, kept->name, NULL) != WSYNC_OK ||
        !wsync_action_file_seal(fd, text.len)) {
        wsync_file_close(&fd);
        return WSYNC_ERR_MEMORY;
    }
    wsync_file_close(&kept->files[at]);
    kept->files[at] = fd;
    return WSYNC_OK;
}

const char *wsync_kept_path(int file, char path[WSYNC_KEPT_PATH_BYTES])
{
    path[0] = '\0';
    if (file >= 0) {
        snprintf(path, WSYNC_KEPT_PATH_BYTES, "/proc/self/fd/%d", file);
    }
    return path;
}
