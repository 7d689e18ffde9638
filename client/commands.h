/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h: the subcommands of `ward`, one function each; main.c holds their table. */
#ifndef WARDSYNC_CLIENT_COMMANDS_H
#define WARDSYNC_CLIENT_COMMANDS_H

#include "host/cli.h"

extern const struct wsync_cli_option WARD_ADD_OPTIONS[];
extern const struct wsync_cli_option WARD_EDIT_OPTIONS[];
extern const struct wsync_cli_option WARD_DRAFT_OPTIONS[];
extern const struct wsync_cli_option WARD_DOCTOR_OPTIONS[];
extern const struct wsync_cli_option WARD_JOIN_OPTIONS[];
extern const struct wsync_cli_option WARD_REQUEST_OPTIONS[];
extern const struct wsync_cli_option WARD_KEYS_OPTIONS[];
extern const struct wsync_cli_option WARD_RESOLVE_OPTIONS[];
extern const struct wsync_cli_option WARD_IMPORT_OPTIONS[];
extern const struct wsync_cli_option WARD_SYNC_OPTIONS[];
extern const struct wsync_cli_option WARD_SERVE_OPTIONS[];
extern const struct wsync_cli_option WARD_EXPORT_OPTIONS[];
extern const struct wsync_cli_option WARD_RELAY_OPTIONS[];

int ward_join(struct wsync_cli *cli);
int ward_request(struct wsync_cli *cli);
int ward_rejoin(struct wsync_cli *cli);
int ward_keys(struct wsync_cli *cli);
int ward_sync(struct wsync_cli *cli);
int ward_serve(struct wsync_cli *cli);
int ward_receipts(struct wsync_cli *cli);
int ward_status(struct wsync_cli *cli);
int ward_doctor(struct wsync_cli *cli);
int ward_move(struct wsync_cli *cli);
int ward_add(struct wsync_cli *cli);
int ward_edit(struct wsync_cli *cli);
int ward_draft(struct wsync_cli *cli);
int ward_delete(struct wsync_cli *cli);
int ward_undelete(struct wsync_cli *cli);
int ward_resolve(struct wsync_cli *cli);
int ward_import(struct wsync_cli *cli);
int ward_export(struct wsync_cli *cli);
int ward_relay(struct wsync_cli *cli);

#endif
