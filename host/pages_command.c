/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pages_command.h"

enum wsync_err wsync_pages_begin(const struct wsync_cli *cli,
                                 const struct wsync_pages_program *pages,
                                 struct wsync_pages_process *process, struct wsync_error *error)
{
    const struct wsync_pages_setup setup = {.program = cli->program,
                                            .kind = cli->kind,
                                            .data_dir = cli->data_dir,
                                            .language = cli->language,
                                            .address = wsync_cli_value(cli, "pages"),
                                            .pages = pages};
    return wsync_pages_start(&setup, process, error);
}

void wsync_pages_show(const struct wsync_cli *cli, const struct wsync_pages_process *process)
{
    if (process->keeper != 0) {
        wsync_cli_say(cli, "Pages are at %s://%s/ on this machine.",
                      process->tls ? "https" : "http", process->address);
        wsync_pages_go(process);
    }
}
