/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup_members.h"

#include <string.h>

#define FILE_BYTES_MAX ((uint64_t)1 << 40) /* more than a store can hold */

enum { LENGTH_BYTES = 2, SIZE_BYTES = 8, END_BYTES = 2 * SIZE_BYTES };

static void put_number(uint8_t *bytes, size_t len, uint64_t number)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
    }
}

static uint64_t get_number(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static bool is_part(const uint8_t *part, size_t len)
{
    bool dots = len <= 2 && memcmp(part, "..", len) == 0;
    return len > 0 && !dots;
}

bool wsync_backup_path_is_good(struct wsync_slice path)
{
    size_t begin = 0;
    if (path.len == 0 || path.len > WSYNC_BACKUP_PATH_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && (path.data[i] < ' ' || path.data[i] == 0x7f)) {
            return false;
        }
        if (i == path.len || path.data[i] == '/') {
            if (!is_part(path.data + begin, i - begin)) {
                return false;
            }
            begin = i + 1;
        }
    }
    return true;
}

struct wsync_slice wsync_backup_member_head(const struct wsync_backup_member *member,
                                            uint8_t bytes[WSYNC_BACKUP_MEMBER_BYTES_MAX])
{
    size_t len = strlen(member->path);
    put_number(bytes, LENGTH_BYTES, len);
    put_number(bytes + LENGTH_BYTES, SIZE_BYTES, member->bytes);
    memcpy(bytes + LENGTH_BYTES + SIZE_BYTES, member->path, len);
    return wsync_slice(bytes, LENGTH_BYTES + SIZE_BYTES + len);
}

struct wsync_slice wsync_backup_members_end(uint64_t count, uint64_t total,
                                            uint8_t bytes[WSYNC_BACKUP_MEMBER_BYTES_MAX])
{
    put_number(bytes, LENGTH_BYTES, 0);
    put_number(bytes + LENGTH_BYTES, SIZE_BYTES, count);
    put_number(bytes + LENGTH_BYTES + SIZE_BYTES, SIZE_BYTES, total);
    return wsync_slice(bytes, LENGTH_BYTES + END_BYTES);
}

/* ---- reading ---- */

static void await(struct wsync_backup_members *members, enum wsync_backup_place place,
                  size_t wanted)
{
    members->place = place;
    members->wanted = wanted;
    members->used = 0;
}

void wsync_backup_members_begin(struct wsync_backup_members *members,
                                const struct wsync_backup_unpacker *to)
{
    *members = (struct wsync_backup_members){.to = to};
    await(members, WSYNC_BACKUP_AT_LENGTH, LENGTH_BYTES);
}

static enum wsync_err bad(struct wsync_error *error, const char *what)
{
    return wsync_error_set(error, WSYNC_ERR_CORRUPT, "The backup does not hold together: %s.",
                           what);
}

static enum wsync_err take_length(struct wsync_backup_members *members,
                                  struct wsync_error *error)
{
    size_t len = (size_t)get_number(members->bytes, LENGTH_BYTES);
    if (len == 0) {
        await(members, WSYNC_BACKUP_AT_END, END_BYTES);
        return WSYNC_OK;
    }
    if (members->count >= WSYNC_BACKUP_MEMBERS_MAX) {
        return bad(error, "it has too many files");
    }
    if (len > WSYNC_BACKUP_PATH_BYTES_MAX) {
        return bad(error, "a path in it is too long");
    }
    await(members, WSYNC_BACKUP_AT_PATH, SIZE_BYTES + len);
    return WSYNC_OK;
}

static enum wsync_err take_path(struct wsync_backup_members *members, struct wsync_error *error)
{
    struct wsync_backup_member *member = &members->member;
    struct wsync_slice path =
        wsync_slice(members->bytes + SIZE_BYTES, members->wanted - SIZE_BYTES);
    member->bytes = get_number(members->bytes, SIZE_BYTES);
    if (!wsync_backup_path_is_good(path)) {
        return bad(error, "a path in it leads elsewhere or is no path");
    }
    if (member->bytes > FILE_BYTES_MAX) {
        return bad(error, "a file in it is too long");
    }
    memcpy(member->path, path.data, path.len);
    member->path[path.len] = '\0';
    members->left = member->bytes;
    members->count++;
    members->total += member->bytes;
    wsync_backup_hash_begin(&members->hasher);
    if (members->left > 0) {
        await(members, WSYNC_BACKUP_AT_DATA, 0);
    } else {
        await(members, WSYNC_BACKUP_AT_HASH, WSYNC_HASH_BYTES);
    }
    return members->to->open(members->to->context, member, error);
}

static enum wsync_err take_hash(struct wsync_backup_members *members, struct wsync_error *error)
{
    struct wsync_hash hash = wsync_backup_hash_end(&members->hasher);
    if (memcmp(hash.b, members->bytes, sizeof hash.b) != 0) {
        return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                               "The backup does not hold together: %s is not what its hash "
                               "says.",
                               members->member.path);
    }
    await(members, WSYNC_BACKUP_AT_LENGTH, LENGTH_BYTES);
    return members->to->close(members->to->context, error);
}

static enum wsync_err take_end(struct wsync_backup_members *members, struct wsync_error *error)
{
    if (get_number(members->bytes, SIZE_BYTES) != members->count ||
        get_number(members->bytes + SIZE_BYTES, SIZE_BYTES) != members->total) {
        return bad(error, "its end names other files");
    }
    await(members, WSYNC_BACKUP_BEHIND, 0);
    return WSYNC_OK;
}

static enum wsync_err take_whole(struct wsync_backup_members *members,
                                 struct wsync_error *error)
{
    switch (members->place) {
    case WSYNC_BACKUP_AT_LENGTH:
        return take_length(members, error);
    case WSYNC_BACKUP_AT_PATH:
        return take_path(members, error);
    case WSYNC_BACKUP_AT_HASH:
        return take_hash(members, error);
    case WSYNC_BACKUP_AT_END:
        return take_end(members, error);
    case WSYNC_BACKUP_AT_DATA:
    case WSYNC_BACKUP_BEHIND:
        break;
    }
    return bad(error, "something stands behind its end");
}

static enum wsync_err take_data(struct wsync_backup_members *members, struct wsync_slice *bytes,
                                struct wsync_error *error)
{
    size_t len = members->left < bytes->len ? (size_t)members->left : bytes->len;
    struct wsync_slice piece = wsync_slice(bytes->data, len);
    wsync_backup_hash_more(&members->hasher, piece);
    members->left -= len;
    *bytes = wsync_slice(bytes->data + len, bytes->len - len);
    if (members->left == 0) {
        await(members, WSYNC_BACKUP_AT_HASH, WSYNC_HASH_BYTES);
    }
    return members->to->data(members->to->context, piece, error);
}

enum wsync_err wsync_backup_members_take(struct wsync_backup_members *members,
                                         struct wsync_slice bytes, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    while (bytes.len > 0 && err == WSYNC_OK) { /* ends: each turn takes some */
        if (members->place == WSYNC_BACKUP_AT_DATA) {
            err = take_data(members, &bytes, error);
            continue;
        }
        size_t lacks = members->wanted - members->used;
        size_t len = bytes.len < lacks ? bytes.len : lacks;
        memcpy(members->bytes + members->used, bytes.data, len);
        members->used += len;
        bytes = wsync_slice(bytes.data + len, bytes.len - len);
        if (members->used == members->wanted) {
            err = take_whole(members, error);
        }
    }
    return err;
}

enum wsync_err wsync_backup_members_finish(const struct wsync_backup_members *members,
                                           struct wsync_error *error)
{
    return members->place == WSYNC_BACKUP_BEHIND ? WSYNC_OK : bad(error, "its end is missing");
}
