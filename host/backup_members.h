/* SPDX-License-Identifier: Apache-2.0 */
/* backup_members.h: what is sealed in a backup: files one behind the other, each with its path,
 * length and hash (SPEC section 21).
 *
 * The reader is fed pieces of any length and trusts nothing: what it calls back with is a file
 * of the folder that is restored, whatever the bytes say. */
#ifndef WARDSYNC_HOST_BACKUP_MEMBERS_H
#define WARDSYNC_HOST_BACKUP_MEMBERS_H

#include "host/backup_seal.h"

struct wsync_backup_member {
    char path[WSYNC_BACKUP_PATH_BYTES_MAX + 1]; /* below the folder, parted by '/' */
    uint64_t bytes;
};

/* May a member have this path: no empty part, "." or "..", no byte below a blank? */
bool wsync_backup_path_is_good(struct wsync_slice path);

/* The bytes before a file's, behind it, and behind the last one. */
enum { WSYNC_BACKUP_MEMBER_BYTES_MAX = 2 + 8 + WSYNC_BACKUP_PATH_BYTES_MAX };
struct wsync_slice wsync_backup_member_head(const struct wsync_backup_member *member,
                                            uint8_t bytes[WSYNC_BACKUP_MEMBER_BYTES_MAX]);
struct wsync_slice wsync_backup_members_end(uint64_t count, uint64_t total,
                                            uint8_t bytes[WSYNC_BACKUP_MEMBER_BYTES_MAX]);

/* What becomes of them: each file is opened, gets its bytes, and is closed once its hash was
 * found right. */
struct wsync_backup_unpacker {
    void *context;
    enum wsync_err (*open)(void *context, const struct wsync_backup_member *member,
                           struct wsync_error *error);
    enum wsync_err (*data)(void *context, struct wsync_slice bytes, struct wsync_error *error);
    enum wsync_err (*close)(void *context, struct wsync_error *error);
};

enum wsync_backup_place { /* what the next bytes are */
                          WSYNC_BACKUP_AT_LENGTH,
                          WSYNC_BACKUP_AT_PATH,
                          WSYNC_BACKUP_AT_DATA,
                          WSYNC_BACKUP_AT_HASH,
                          WSYNC_BACKUP_AT_END,
                          WSYNC_BACKUP_BEHIND,
};

struct wsync_backup_members {
    const struct wsync_backup_unpacker *to;
    enum wsync_backup_place place;
    struct wsync_backup_member member;
    struct wsync_backup_hasher hasher;
    uint64_t left;         /* of the file's bytes */
    uint64_t count, total; /* files and their bytes so far */
    size_t wanted, used;   /* of `bytes` */
    uint8_t bytes[WSYNC_BACKUP_MEMBER_BYTES_MAX];
};

void wsync_backup_members_begin(struct wsync_backup_members *members,
                                const struct wsync_backup_unpacker *to);
/* CORRUPT with a sentence when the bytes are none that a backup holds; what the unpacker says.
 */
WSYNC_MUST_USE enum wsync_err wsync_backup_members_take(struct wsync_backup_members *members,
                                                        struct wsync_slice bytes,
                                                        struct wsync_error *error);
/* CORRUPT when the end did not come. */
WSYNC_MUST_USE enum wsync_err wsync_backup_members_finish(
    const struct wsync_backup_members *members, struct wsync_error *error);

#endif
