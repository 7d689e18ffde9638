/* SPDX-License-Identifier: Apache-2.0 */
/* store_backup.h: a whole copy of a store, made while others use it. */
#ifndef WARDSYNC_HOST_STORE_BACKUP_H
#define WARDSYNC_HOST_STORE_BACKUP_H

#include "wardsync/error.h"

/* Copies the environment at `path` compacted into the empty folder `to`, from one snapshot,
 * durably.  Nobody in this process may have it open.  NOT_FOUND, STORE_FULL, STORE_IO. */
WSYNC_MUST_USE enum wsync_err wsync_store_backup(const char *path, const char *to,
                                                 struct wsync_error *error);

/* The same without the sync at the end: for a copy that need not outlive this run. */
WSYNC_MUST_USE enum wsync_err wsync_store_copy(const char *path, const char *to,
                                               struct wsync_error *error);

#endif
