/* SPDX-License-Identifier: Apache-2.0 */
/* pages_command.h: what both `serve` commands have of pages on their command line. */
#ifndef WARDSYNC_HOST_PAGES_COMMAND_H
#define WARDSYNC_HOST_PAGES_COMMAND_H

#include "host/cli.h"
#include "host/pages_process.h"

#define WSYNC_PAGES_OPTION                                                                     \
    {                                                                                          \
        "pages", "ADDRESS:PORT", "show pages there, as 127.0.0.1:8211"                         \
    }

/* wsync_pages_start with what the command was given. */
WSYNC_MUST_USE enum wsync_err wsync_pages_begin(const struct wsync_cli *cli,
                                                const struct wsync_pages_program *pages,
                                                struct wsync_pages_process *process,
                                                struct wsync_error *error);

/* Where there is no site yet: waits for it with the first run shown (first_run.h).  `*over`:
 * somebody ended the program meanwhile. */
WSYNC_MUST_USE enum wsync_err wsync_pages_first_run(const struct wsync_cli *cli,
                                                    struct wsync_pages_process *process,
                                                    bool *over, struct wsync_error *error);

/* Tells the person where, and wsync_pages_go. */
void wsync_pages_show(const struct wsync_cli *cli, const struct wsync_pages_process *process);

#endif
