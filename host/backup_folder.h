/* SPDX-License-Identifier: Apache-2.0 */
/* backup_folder.h: a data directory as the files of a backup, and back.
 *
 * Everything in it goes along, what later programs put there included, but for: the store,
 * which goes as one compacted copy; locks (NAME.lock), drafts (NAME.part, NAME.new-XXXXXX), the
 * file "restored", and the folder of the backups. */
#ifndef WARDSYNC_HOST_BACKUP_FOLDER_H
#define WARDSYNC_HOST_BACKUP_FOLDER_H

#include "host/backup_manifest.h"
#include "host/backup_members.h"

/* What goes in: the folder, the folder with the copy of its store, and where the backups are
 * kept, which may lie within. */
struct wsync_backup_source {
    const char *folder, *store, *backups;
};

/* Packs all of it; `manifest` gets files and bytes.  A file that goes away meanwhile is left
 * out; INVALID for what is neither file nor folder, BUSY for a file that got shorter. */
WSYNC_MUST_USE enum wsync_err wsync_backup_pack(const struct wsync_backup_source *source,
                                                struct wsync_backup_writer *writer,
                                                struct wsync_backup_manifest *manifest,
                                                struct wsync_error *error);

/* One number over the names and bytes of FOLDER/keys, to tell whether they changed. */
WSYNC_MUST_USE enum wsync_err wsync_backup_keys_print(const char *folder,
                                                      struct wsync_hash *print,
                                                      struct wsync_error *error);

/* Opens the store in this folder for reading, checks its heads, and says what it holds. */
WSYNC_MUST_USE enum wsync_err wsync_backup_look(const char *store,
                                                struct wsync_backup_manifest *manifest,
                                                struct wsync_error *error);

/* Reads a whole backup: its manifest, and with the admin's pair all of it into the empty folder
 * `to`, where it is compared and looked at as S21.8 says; without, hashes alone. */
WSYNC_MUST_USE enum wsync_err wsync_backup_unpack(const char *path,
                                                  const struct wsync_signing_pair *admin,
                                                  const char *to,
                                                  struct wsync_backup_manifest *manifest,
                                                  struct wsync_error *error);

/* Removes a folder with all it holds, as far as it goes. */
void wsync_backup_remove(const char *folder);

/* Removes what a run that was killed left in `where` under NAME.new-XXXXXX. */
void wsync_backup_sweep(const char *where, const char *name);

/* Holds a draft, by its open file or folder, until that is closed: the process that fills it is
 * at work. */
void wsync_backup_hold(int fd);

/* Tells of each draft that nobody holds: of NAME.backup.part in a folder of backups, and of
 * folders beside a data directory in which a backup was opened.  `found` may remove it. */
typedef void wsync_backup_left_found(void *context, const char *path);
void wsync_backup_left_in(const char *folder, void *context, wsync_backup_left_found *found);
void wsync_backup_left_beside(const char *data_dir, void *context,
                              wsync_backup_left_found *found);

/* The one that removes it. */
void wsync_backup_discard(void *context, const char *path);

/* DATA_DIR.word, whatever slashes it ends with; false when that is too long. */
bool wsync_backup_beside(const char *data_dir, const char *word,
                         char path[WSYNC_SITE_PATH_BYTES]);

/* What a restore moved aside of a data directory that is gone: the last DATA_DIR.before-N, if
 * nothing stands at DATA_DIR.  A power cut between the two renames leaves that. */
enum { WSYNC_BACKUP_ASIDE_MAX = 1000 };
bool wsync_backup_find_aside(const char *data_dir, char aside[WSYNC_SITE_PATH_BYTES]);

#endif
