/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h: `ward export --bundle FILE` and `ward import FILE` of the answer. */
#ifndef WARDSYNC_CLIENT_BUNDLE_H
#define WARDSYNC_CLIENT_BUNDLE_H

#include "host/cli.h"

/* Writes what the district is not known to hold into a file for a stick; answers the exit code.
 */
int client_export_bundle(struct wsync_cli *cli, const char *path);

/* Writes a new parcel into the folder of parcels (parcels.h); prints nothing. */
WSYNC_MUST_USE enum wsync_err client_write_parcel(struct wsync_cli *cli,
                                                  struct wsync_site *site,
                                                  struct wsync_error *error);

/* Takes an answer into an open site and tells what it brought; answers the exit code. */
int client_take_answer(struct wsync_cli *cli, struct wsync_site *site, const char *path);

/* Takes the district's answer in such a file. */
int client_import_answer(struct wsync_cli *cli, const char *path);

#endif
