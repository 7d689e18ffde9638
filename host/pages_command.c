/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pages_command.h"

#include "host/first_run.h"

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

enum wsync_err wsync_pages_first_run(const struct wsync_cli *cli,
                                     struct wsync_pages_process *process, bool *over,
                                     struct wsync_error *error)
{
    struct wsync_signals signals;
    *over = false;
    if (!process->first) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_signals_open(&signals);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_cli_say(cli, "Nothing is set up yet; the first page asks what is needed.");
    wsync_pages_show(cli, process);
    err = wsync_first_run_wait(cli->data_dir, cli->kind, process, &signals);
    *over = signals.stops > 0;
    wsync_signals_close(&signals);
    process->first = false;
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err,
                                             "The pages are gone before anything was set up; "
                                             "start it again.");
}
