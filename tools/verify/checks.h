/* SPDX-License-Identifier: Apache-2.0 */
/* checks.h: the commands of wardsync-verify; each answers the exit code. */
#ifndef WARDSYNC_VERIFY_CHECKS_H
#define WARDSYNC_VERIFY_CHECKS_H

#include "tools/verify/cli.h"

extern const struct cli_option CHECK_LOG_OPTIONS[], CHECK_TOTALS_OPTIONS[];

extern const struct cli_option CHECK_CHECKPOINTS_OPTIONS[];

int check_proof(struct cli *cli);       /* FILE */
int check_receipt(struct cli *cli);     /* FILE */
int check_checkpoints(struct cli *cli); /* A B */
int check_log(struct cli *cli);         /* FILE ... */
int check_totals(struct cli *cli);      /* FILE */

#endif
