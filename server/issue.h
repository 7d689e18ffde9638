/* SPDX-License-Identifier: Apache-2.0 */
/* issue.h: statements, signed by the keys that are here: the registrar for what concerns
 * devices, root keys for all else.  Where those do not suffice, what was signed so far becomes
 * a request for root keys elsewhere (root_request.h). */
#ifndef WARDSYNC_SERVER_ISSUE_H
#define WARDSYNC_SERVER_ISSUE_H

#include "host/cli.h"
#include "wardsync/roster.h"

/* Where more root keys are, and where a request goes; all may be NULL. */
struct server_signers {
    const char *keys;            /* files, commas between them, beside keys/root.key */
    const char *passphrase_file; /* for sealed ones; NULL: ask */
    const char *request;
};

/* The options "key", "passphrase-file" and "request" of a command. */
struct server_signers server_signers_of(const struct wsync_cli *cli);

/* Stamps, signs and takes it in the open transaction.  `*taken` false: the signatures that are
 * here do not suffice, and the request was written.  SIGNATURE with a sentence when they do not
 * and there is no place for a request; BUSY with one while a restored district is refilled. */
WSYNC_MUST_USE enum wsync_err server_issue(struct wsync_site *site,
                                           struct wsync_statement *statement,
                                           const struct server_signers *signers, bool *taken,
                                           struct wsync_error *error);

/* Reads a signing key, sealed or not. */
WSYNC_MUST_USE enum wsync_err server_load_key(const char *path, const char *passphrase_file,
                                              struct wsync_signing_pair *pair,
                                              struct wsync_error *error);

#endif
