/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h: `ward export --bundle FILE` and `ward import FILE` of the answer. */
#ifndef WARDSYNC_CLIENT_BUNDLE_H
#define WARDSYNC_CLIENT_BUNDLE_H

#include "host/cli.h"

/* Writes what the district is not known to hold into a file for a stick; answers the exit code.
 */
int client_export_bundle(struct wsync_cli *cli, const char *path);

/* Takes the district's answer in such a file. */
int client_import_answer(struct wsync_cli *cli, const char *path);

#endif
