/* SPDX-License-Identifier: Apache-2.0 */
/* backup_command.h: `ward backup` and `district backup`, which are the same command. */
#ifndef WARDSYNC_HOST_BACKUP_COMMAND_H
#define WARDSYNC_HOST_BACKUP_COMMAND_H

#include "host/doctor.h"
#include "host/json.h"

extern const struct wsync_cli_option WSYNC_BACKUP_OPTIONS[];
int wsync_backup_command(struct wsync_cli *cli);

#define WSYNC_BACKUP_ARGUMENTS                                                                 \
    "key create FILE | key use KEY | create | list | verify FILE | out FILE | restore FILE | " \
    "prune"

/* The help of either; PROGRAM is "ward" or "district". */
#define WSYNC_BACKUP_HELP(program)                                                             \
    "A backup is one file with everything of the data directory, sealed to an admin's key.\n"  \
    "\"key create\" makes that key behind a passphrase and has backups made to it; take its\n" \
    "FILE elsewhere, and keep a second copy: without it, or its passphrase, nobody opens a\n"  \
    "backup.  \"key use\" names a key that exists.  \"create\" may run while the program\n"    \
    "serves.  \"list\" tells age, size and what each holds (exit code 1: one is not whole).\n" \
    "\"verify\" reads all of a file; with --key it is opened and its store looked at.\n"       \
    "\"out\" notes in a district's admin log that a file is taken away, as its page does.\n"   \
    "\"restore\" makes the data directory anew, and with --force moves the old one aside; "    \
    "it\n"                                                                                     \
    "goes on in new logs by itself.  \"prune\" removes what is neither among the last "        \
    "--keep\n"                                                                                 \
    "nor younger than --keep-days, never the last one.\n\n"                                    \
    "  " program " backup key create /media/stick/backup.key\n"                                \
    "  " program " backup create\n"                                                            \
    "  " program " backup prune --keep 7 --keep-days 30\n"                                     \
    "  " program " backup restore FILE --key /media/stick/backup.key --data-dir NEW"

/* The line of a status, and its members: when the last one was made, 0 for never. */
void wsync_backup_show(const struct wsync_cli *cli, int64_t when);
void wsync_backup_show_json(struct wsync_json *json, int64_t when);

/* What a doctor says of the age of the last backup; with the site's transaction open. */
WSYNC_MUST_USE enum wsync_err wsync_backup_examine(struct wsync_doctor *doctor,
                                                   struct wsync_site *site);

#endif
