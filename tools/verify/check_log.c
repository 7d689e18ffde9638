/* SPDX-License-Identifier: Apache-2.0 */
/* Exported logs, each by itself, and what they say of the district's tree side by side. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/verify/checks.h"
#include "tools/verify/whole_log.h"

const struct cli_option CHECK_LOG_OPTIONS[] = {
    {"complete", NULL, "nothing may be left out: the last receipt must name all that is here"},
    {NULL, NULL, NULL},
};

static void tell_receipts(const struct cli *cli, const struct whole_log *log)
{
    static const char *const COVERS[] = {"all units", "this unit", "not shown"};
    char text[64];
    char tree[2 * WSYNC_TREE_ID_BYTES + 1];
    cli_number(cli, "receipts", log->audit.receipts);
    cli_number(cli, "checkpoints", log->views->count);
    if (log->last.count > 0) {
        wsync_hex_encode(wsync_slice(log->last.checkpoint.tree, WSYNC_TREE_ID_BYTES), tree);
        snprintf(text, sizeof text, "%s %" PRIu64, tree, log->last.checkpoint.size);
        cli_text(cli, "checkpoint", wsync_slice_of(text));
    }
    cli_text(cli, "complete", wsync_slice_of(COVERS[log->cover]));
}

static void tell(const struct cli *cli, const struct whole_log *log)
{
    uint64_t waiting = 0;
    uint64_t quarantined = 0;
    cli_begin(cli);
    cli_text(cli, "file", wsync_slice_of(log->file));
    cli_number(cli, "statements", log->audit.statements);
    cli_number(cli, "logs", log->audit.logs);
    cli_number(cli, "changes", log->audit.changes);
    cli_number(cli, "seals", log->audit.seals);
    if (wsync_ledger_unsettled(log->audit.txn, &waiting, &quarantined) == WSYNC_OK) {
        cli_number(cli, "quarantined", quarantined);
        cli_number(cli, "waiting", waiting);
    }
    tell_receipts(cli, log);
    cli_end(cli);
}

int check_log(struct cli *cli)
{
    struct views views = {.count = 0};
    int code = AUDIT_HOLDS;
    if (cli->argc == 0) {
        return cli_usage(cli, "Expected one exported log or more.");
    }
    for (int i = 0; code == AUDIT_HOLDS && i < cli->argc; i++) {
        struct whole_log log = {.views = &views};
        struct audit_fault fault = {.exit_code = AUDIT_FAILS};
        bool complete = cli_value(cli, "complete") != NULL;
        if (whole_log_check(&log, &cli->trust, cli->argv[i], complete, &fault)) {
            tell(cli, &log);
        } else {
            code = cli_fault(cli, &fault);
        }
        whole_log_close(&log);
    }
    views_fini(&views);
    return code;
}
