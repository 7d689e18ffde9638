/* SPDX-License-Identifier: Apache-2.0 */
#include "host/photo_take.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/given.h"
#include "host/photo_text.h"
#include "host/value_parts.h"

/* A phone's file may be several times the picture in it (a video, a second picture). */
enum { FILE_BYTES_MAX = 64 << 20, PATH_BYTES = 4096 };

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}
#define FREED_LATER __attribute__((cleanup(free_bytes)))

/* A name that leads out of the folder: from the root, through "..", or with a NUL in it. */
static bool leads_out(struct wsync_slice text)
{
    size_t from = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || text.data[at] == '/' || text.data[at] == '\\') {
            bool up = at - from == 2 && memcmp(text.data + from, "..", 2) == 0;
            if (up || (at == 0 && at < text.len)) {
                return true;
            }
            from = at + 1;
        }
    }
    return false;
}

/* A file that a page has given has no name that a person knows. */
static enum wsync_err refuse(const struct wsync_field *field, struct wsync_slice text,
                             const char *rule, struct wsync_error *error)
{
    if (wsync_given_by_page()) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: the file %s.",
                               (int)field->name.len, (const char *)field->name.data, rule);
    }
    return wsync_value_refuse(field, text, rule, error);
}

static enum wsync_err path_of(const struct wsync_photo_desk *desk,
                              const struct wsync_field *field, struct wsync_slice text,
                              char path[PATH_BYTES], struct wsync_error *error)
{
    if (desk->closed) {
        return refuse(field, text,
                      "names a file, but a table from standard input has no folder", error);
    }
    if (desk->folder && leads_out(text)) {
        return refuse(field, text,
                      "leads out of the table's folder; put the file beside the table", error);
    }
    int len = desk->folder
                  ? snprintf(path, PATH_BYTES, "%s/%.*s", desk->folder, (int)text.len,
                             (const char *)text.data)
                  : snprintf(path, PATH_BYTES, "%.*s", (int)text.len, (const char *)text.data);
    return len > 0 && len < PATH_BYTES ? WSYNC_OK
                                       : refuse(field, text, "is too long for a path", error);
}

/* The size of a regular file; a pipe or a device would hang or never end. */
static enum wsync_err size_of(const struct wsync_field *field, struct wsync_slice text,
                              const char *path, size_t *size, struct wsync_error *error)
{
    struct stat found;
    char rule[128];
    if (stat(path, &found) != 0) {
        snprintf(rule, sizeof rule, "cannot be read: %s", strerror(errno));
        return refuse(field, text, rule, error);
    }
    if (!S_ISREG(found.st_mode)) {
        return refuse(field, text, "is no file", error);
    }
    if (found.st_size > FILE_BYTES_MAX) {
        return refuse(field, text, "has more than 64 MB", error);
    }
    *size = (size_t)found.st_size;
    return WSYNC_OK;
}

/* The sentence that turns a large picture into something to do. */
static enum wsync_err refuse_size(const struct wsync_photo_taken *taken,
                                  struct wsync_slice text, struct wsync_error *error)
{
    char has[WSYNC_PHOTO_SIZE_BYTES], most[WSYNC_PHOTO_SIZE_BYTES], rule[256];
    const struct wsync_field *field = taken->field;
    const struct wsync_photo *photo = &taken->photo;
    uint32_t pixels = field->photo_pixels_max;
    wsync_photo_size(photo->len, has);
    wsync_photo_size(wsync_field_photo_bytes(field), most);
    if (photo->width == 0) {
        snprintf(rule, sizeof rule, "has %s; the form takes at most %s", has, most);
    } else if (pixels == 0) {
        snprintf(rule, sizeof rule,
                 "has %s (%u x %u pixels); the form takes at most %s: make it smaller on the "
                 "phone and add it again",
                 has, photo->width, photo->height, most);
    } else {
        snprintf(rule, sizeof rule,
                 "has %s (%u x %u pixels); the form takes at most %s: make it smaller on the "
                 "phone, the longer side %u pixels, and add it again",
                 has, photo->width, photo->height, most, pixels);
    }
    return refuse(field, text, rule, error);
}

static enum wsync_err keep(const struct wsync_photo_desk *desk, struct wsync_slice picture,
                           struct wsync_photo_taken *taken, struct wsync_error *error)
{
    enum wsync_err err = desk->dry_run ? wsync_blob_name_of(picture, &taken->name)
                                       : wsync_blob_add(desk->blobs, picture, &taken->name);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err,
                               "The photo was not saved, and neither was the "
                               "record: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    if (desk->told) {
        desk->told(desk->context, taken);
    }
    return WSYNC_OK;
}

static enum wsync_err take_file(const struct wsync_photo_desk *desk, struct wsync_slice text,
                                const char *path, struct wsync_photo_taken *taken,
                                struct wsync_error *error)
{
    size_t size = 0, len;
    struct wsync_error cause = {""};
    const struct wsync_field *field = taken->field;
    enum wsync_err err = size_of(field, text, path, &size, error);
    if (err != WSYNC_OK) {
        return err;
    }
    FREED_LATER uint8_t *file = malloc(size + 1);
    FREED_LATER uint8_t *room = malloc(size + WSYNC_PHOTO_ROOM_BYTES);
    if (!file || !room) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    err = wsync_file_read(path, file, size, &len, &cause);
    if (err != WSYNC_OK) { /* also one that grew since its size was read */
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Field %.*s: %s", (int)field->name.len,
                               (const char *)field->name.data, cause.text);
    }
    struct wsync_slice whole = wsync_slice(file, len);
    err = wsync_photo_strip(whole, wsync_field_photo_kinds(field), room, &taken->photo, &cause);
    if (err != WSYNC_OK) {
        return refuse(field, text, cause.text, error);
    }
    struct wsync_slice picture = desk->whole ? whole : wsync_slice(room, taken->photo.len);
    taken->photo.len = picture.len;
    taken->dropped = len > picture.len ? len - picture.len : 0;
    if (picture.len > wsync_field_photo_bytes(field)) {
        return refuse_size(taken, text, error);
    }
    return keep(desk, picture, taken, error);
}

/* Named as it is kept: from another record, or from a table that was exported here. */
static enum wsync_err take_known(const struct wsync_photo_desk *desk,
                                 const struct wsync_field *field, struct wsync_slice text,
                                 const struct wsync_blob_name *name, struct wsync_error *error)
{
    struct wsync_blob_state state;
    enum wsync_err err = wsync_blob_look(desk->blobs, name, &state);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    return state.whole ? WSYNC_OK
                       : refuse(field, text,
                                "is no attachment that is here; "
                                "name the file itself",
                                error);
}

enum wsync_err wsync_photo_take(const struct wsync_photo_desk *desk,
                                const struct wsync_field *field, struct wsync_slice text,
                                struct wsync_blob_name *name, struct wsync_error *error)
{
    char path[PATH_BYTES];
    struct wsync_photo_taken taken = {.field = field};
    if (wsync_photo_name_read(text, name)) {
        return take_known(desk, field, text, name, error);
    }
    enum wsync_err err = path_of(desk, field, text, path, error);
    if (err == WSYNC_OK) {
        err = wsync_given_check(path, error);
    }
    if (err == WSYNC_OK) {
        err = take_file(desk, text, path, &taken, error);
    }
    *name = taken.name;
    return err;
}
