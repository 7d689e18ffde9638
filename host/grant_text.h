/* SPDX-License-Identifier: Apache-2.0 */
/* grant_text.h: the district's answer to a request to be enrolled, as a file (SPEC
 * section 7.14).
 *
 *   wardsync grant v1
 *   instance HEX
 *   address tcp://HOST:PORT     1 to ADDRESSES_MAX times: where to dial
 *   roster
 *   ...                         every statement, as roster_text.h has them
 *
 * It holds no secret.  Everything but the addresses is signed. */
#ifndef WARDSYNC_HOST_GRANT_TEXT_H
#define WARDSYNC_HOST_GRANT_TEXT_H

#include "host/roster_text.h"

struct wsync_grant_text {
    struct wsync_instance_id instance;
    char addresses[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1];
    size_t address_count;
};

/* Prints it with the whole roster of the open transaction. */
WSYNC_MUST_USE enum wsync_err wsync_grant_text_print(const struct wsync_grant_text *grant,
                                                     struct wsync_txn *txn, FILE *out);

/* Reads up to the roster, of which `*roster` then reads the statements; it names the instance
 * that stands in `grant`.  MESSAGE with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_grant_text_read(FILE *file, struct wsync_grant_text *grant,
                                                    struct wsync_roster_text *roster,
                                                    struct wsync_error *error);

/* Is it tcp://HOST:PORT, in printable characters? */
bool wsync_grant_address_ok(const char *address);

#endif
