/* SPDX-License-Identifier: Apache-2.0 */
/* backup.h: backups of a data directory, of either program: made while others use it, kept in a
 * folder, put back (docs/decisions/0013, SPEC section 21).
 *
 * A backup is one file, KIND-DEVICE-YYYYMMDDTHHMMSSZ-N.backup; it gets that name when it is
 * whole and on the disk, so whatever else a power cut leaves is no backup. */
#ifndef WARDSYNC_HOST_BACKUP_H
#define WARDSYNC_HOST_BACKUP_H

#include "host/backup_manifest.h"

enum { WSYNC_BACKUP_NAME_BYTES = 64 };

/* Makes one of the data directory and keeps it in `folder`, which is made when it is missing
 * but for its parent.  `name` gets its name there.  INVALID when no admin's key is configured,
 * BUSY when another run makes one or keys change meanwhile, STORE_FULL when there is no room:
 * then nothing is left. */
struct wsync_backup_order {
    const char *data_dir;
    enum wsync_site_kind kind;
    const char *folder;
};
WSYNC_MUST_USE enum wsync_err wsync_backup_create(const struct wsync_backup_order *order,
                                                  char name[WSYNC_BACKUP_NAME_BYTES],
                                                  struct wsync_backup_manifest *manifest,
                                                  struct wsync_error *error);

/* Puts a backup back as `data_dir`, once all of it was found good; it then takes it that it
 * went back (doubt.h).  EXISTS when something stands there, unless `force`: that is moved to
 * `aside` first (empty: nothing stood there), and BUSY when it is being served. */
struct wsync_backup_return {
    const char *file, *data_dir;
    enum wsync_site_kind kind;
    const struct wsync_signing_pair *admin;
    bool force;
};
WSYNC_MUST_USE enum wsync_err wsync_backup_restore(const struct wsync_backup_return *order,
                                                   char aside[WSYNC_SITE_PATH_BYTES],
                                                   struct wsync_backup_manifest *manifest,
                                                   struct wsync_error *error);

/* Reads a whole backup; with the admin's pair it is opened beside `data_dir` and looked at, and
 * that copy removed. */
WSYNC_MUST_USE enum wsync_err wsync_backup_verify(const char *file, const char *data_dir,
                                                  const struct wsync_signing_pair *admin,
                                                  struct wsync_backup_manifest *manifest,
                                                  struct wsync_error *error);

/* Where backups of a data directory are kept: as site.conf says, or in it; that file need not
 * be there.  `conf` gets what it says. */
WSYNC_MUST_USE enum wsync_err wsync_backup_folder(const char *data_dir,
                                                  struct wsync_site_conf *conf,
                                                  char folder[WSYNC_SITE_PATH_BYTES],
                                                  struct wsync_error *error);

/* Could a file of this name lie in a folder of backups? */
bool wsync_backup_is_name(const char *name);

/* When the last one of this site was made; 0: never. */
WSYNC_MUST_USE enum wsync_err wsync_backup_last(struct wsync_txn *txn, int64_t *when);

/* One file of a folder of backups. */
struct wsync_backup_entry {
    char name[WSYNC_BACKUP_NAME_BYTES];
    uint64_t size;
    bool whole; /* as far as lengths and the signature tell */
    struct wsync_backup_manifest manifest;
    struct wsync_error why; /* not whole: the reason */
};

/* Calls `see` for each NAME.backup in the order of names; NOT_FOUND when there is no folder. */
WSYNC_MUST_USE enum wsync_err wsync_backup_list(
    const char *folder, void *context,
    enum wsync_err (*see)(void *context, const struct wsync_backup_entry *entry),
    struct wsync_error *error);

/* Removes the backups of one device that are neither among its last `keep` nor younger than
 * `keep_days` days; never the last whole one, nor what is not whole or of another.  What goes,
 * or would, is told to `gone`. */
enum { WSYNC_BACKUP_KEEP_MAX = 100000 };
struct wsync_backup_policy {
    struct wsync_device_id device;
    uint64_t keep;          /* at most WSYNC_BACKUP_KEEP_MAX, */
    int64_t keep_days, now; /* and so the days */
    bool dry_run;
};
WSYNC_MUST_USE enum wsync_err wsync_backup_prune(
    const char *folder, const struct wsync_backup_policy *policy, void *context,
    void (*gone)(void *context, const struct wsync_backup_entry *entry),
    struct wsync_error *error);

#endif
