/* SPDX-License-Identifier: Apache-2.0 */
/* backup_manifest.h: what a backup says of itself to anybody, signed by the device whose data
 * it is, and the end of the file that it stands in (SPEC section 21). */
#ifndef WARDSYNC_HOST_BACKUP_MANIFEST_H
#define WARDSYNC_HOST_BACKUP_MANIFEST_H

#include "host/site.h"

struct wsync_backup_manifest {
    enum wsync_site_kind kind;
    struct wsync_instance_id instance;
    struct wsync_device_id device;
    struct wsync_signing_key key;
    struct wsync_transport_key admin;
    int64_t created; /* seconds since 1970 */
    char program[32];
    uint64_t roster, epoch, logs, changes;
    struct wsync_hash heads;
    uint64_t files, bytes;
    uint64_t body; /* bytes of the file before the manifest */
    struct wsync_hash hash;
};

/* The manifest as text; it fits BACKUP_MANIFEST_BYTES_MAX. */
struct wsync_slice wsync_backup_manifest_print(const struct wsync_backup_manifest *manifest,
                                               char text[WSYNC_BACKUP_MANIFEST_BYTES_MAX]);

/* False when it is not what `print` writes. */
WSYNC_MUST_USE bool wsync_backup_manifest_parse(struct wsync_slice text,
                                                struct wsync_backup_manifest *manifest);

/* Writes manifest, signature and length to the end of an open file. */
WSYNC_MUST_USE enum wsync_err wsync_backup_manifest_write(
    int fd, const char *path, const struct wsync_backup_manifest *manifest,
    const struct wsync_signing_secret *secret, struct wsync_error *error);

/* Reads them, and checks signature and lengths: CORRUPT when they do not hold.  What stands
 * before is not read. */
WSYNC_MUST_USE enum wsync_err wsync_backup_manifest_read(int fd, const char *path,
                                                         struct wsync_backup_manifest *manifest,
                                                         struct wsync_error *error);

#endif
