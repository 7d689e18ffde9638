/* SPDX-License-Identifier: Apache-2.0 */
/* staff_command.h: `ward staff` and `district staff`, which are the same command: the staff
 * list, and who of it may log in at the pages, as what. */
#ifndef WARDSYNC_HOST_STAFF_COMMAND_H
#define WARDSYNC_HOST_STAFF_COMMAND_H

#include "host/cli.h"
#include "host/role.h"

extern const struct wsync_cli_option WSYNC_STAFF_OPTIONS[];
int wsync_staff_command(struct wsync_cli *cli);

/* What people call a role there; "" for NOBODY. */
const char *wsync_staff_role_word(enum wsync_site_kind kind, enum wsync_page_role role,
                                  enum wsync_language language);

/* The word of a role on the command line, "see", "write", "admin"; "" for NOBODY. */
const char *wsync_staff_role_name(enum wsync_page_role role);

#define WSYNC_STAFF_ARGUMENTS                                                                  \
    "[list | add NAME | role NAME see|write|admin | pin NAME | retire NAME | check NUMBER]"

/* The help of either; PROGRAM is "ward" or "district". */
#define WSYNC_STAFF_HELP(program)                                                              \
    "A change names who made it by a number of this list.  A person with a role and a PIN\n"   \
    "can log in at the pages; as long as nobody can, whoever sits at this machine may do\n"    \
    "everything there, and the first who can must be an admin.  \"add\" puts somebody on\n"    \
    "the list and prints the number, with --role also as one who logs in.  \"pin\" sets a\n"   \
    "new PIN or passphrase, asked for at the terminal; it and \"role\" end the person's\n"     \
    "log-ins.  \"retire\" takes role and PIN away; the name stays in what was written.\n"      \
    "\"check\" says whether a PIN is right: exit code 77, no; 75, wait, after five wrong\n"    \
    "ones.\n\n"                                                                                \
    "  " program " staff add \"Nguyễn Thị Mẫu\" --role admin\n"                                \
    "  " program " staff pin \"Nguyễn Thị Mẫu\"\n"                                             \
    "  " program " staff retire 3"

#endif
