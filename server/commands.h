/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h: the subcommands of `district`, one function each; main.c holds their table. */
#ifndef WARDSYNC_SERVER_COMMANDS_H
#define WARDSYNC_SERVER_COMMANDS_H

#include "host/cli.h"

extern const struct wsync_cli_option DISTRICT_DOCTOR_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_ENROL_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_FORMS_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_KEYS_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_SERVE_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_RESTORED_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_LOG_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_ADMIN_LOG_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_QUARANTINE_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_IMPORT_OPTIONS[];
extern const struct wsync_cli_option DISTRICT_EXPORT_OPTIONS[];

int district_init(struct wsync_cli *cli);
int district_serve(struct wsync_cli *cli);
int district_enrol(struct wsync_cli *cli);
int district_invites(struct wsync_cli *cli);
int district_revoke(struct wsync_cli *cli);
int district_keys(struct wsync_cli *cli);
int district_devices(struct wsync_cli *cli);
int district_forms(struct wsync_cli *cli);
int district_units(struct wsync_cli *cli);
int district_status(struct wsync_cli *cli);
int district_wards(struct wsync_cli *cli);
int district_doctor(struct wsync_cli *cli);
int district_log(struct wsync_cli *cli);
int district_admin_log(struct wsync_cli *cli);
int district_quarantine(struct wsync_cli *cli);
int district_import(struct wsync_cli *cli);
int district_export(struct wsync_cli *cli);
int district_restored(struct wsync_cli *cli);

#endif
