/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/file.h"
#include "host/http.h"
#include "wardsync/utf8.h"

const char *wsync_http_field(const struct wsync_http_request *request, const char *name)
{
    return wsync_http_fields_value(&request->fields, name, 0);
}

const struct wsync_http_upload *wsync_http_upload(const struct wsync_http_request *request,
                                                  const char *name)
{
    for (size_t i = 0; i < request->upload_count; i++) {
        if (strcmp(request->uploads[i].field, name) == 0) {
            return &request->uploads[i];
        }
    }
    return NULL;
}

bool wsync_http_cookie(const struct wsync_http_request *request, const char *name, char *value,
                       size_t room)
{
    return wsync_http_cookie_find(request->cookie, name, value, room);
}

/* Browsers read "//host" and "/\host" as another server's. */
static bool is_local(const char *target, size_t room)
{
    return target[0] == '/' && target[1] != '/' && !strchr(target, '\\') &&
           strlen(target) < room && wsync_utf8_is_plain(wsync_slice_of(target));
}

void wsync_http_redirect(struct wsync_http_answer *answer, const char *target)
{
    answer->status = 303;
    snprintf(answer->location, sizeof answer->location, "%s",
             is_local(target, sizeof answer->location) ? target : "/");
}

void wsync_http_set_cookie(struct wsync_http_answer *answer, const char *name,
                           const char *value)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    WSYNC_ASSERT(name[0] != '\0' && strspn(name, allowed) == strlen(name));
    WSYNC_ASSERT(strspn(value, allowed) == strlen(value));
    WSYNC_ASSERT(strlen(name) + strlen(value) <= 48);
    snprintf(answer->cookie, sizeof answer->cookie,
             "%s=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", name, value);
}

void wsync_http_give_file(struct wsync_http_answer *answer, const char *type, const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    WSYNC_ASSERT(strspn(name, allowed) == strlen(name) && strlen(name) <= 48);
    answer->type = type;
    snprintf(answer->disposition, sizeof answer->disposition, "attachment; filename=\"%s\"",
             name);
}

void wsync_http_give_fd(struct wsync_http_answer *answer, int fd, const char *type,
                        const char *name)
{
    struct stat file;
    WSYNC_ASSERT(!answer->has_file);
    if (name) {
        wsync_http_give_file(answer, type, name);
    } else {
        answer->type = type;
        snprintf(answer->disposition, sizeof answer->disposition, "inline");
    }
    answer->has_file = true;
    answer->file_fd = fd;
    answer->file_bytes = fstat(fd, &file) == 0 ? (uint64_t)file.st_size : 0;
}

bool wsync_http_give_bytes(struct wsync_http_answer *answer, struct wsync_slice bytes,
                           const char *type, const char *name)
{
    int fd = wsync_action_file_new("answer", bytes.len);
    if (fd < 0 || wsync_file_write_all(fd, bytes, "", NULL) != WSYNC_OK) {
        wsync_file_close(&fd);
        return false;
    }
    wsync_http_give_fd(answer, fd, type, name);
    return true;
}
