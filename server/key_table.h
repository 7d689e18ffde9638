/* SPDX-License-Identifier: Apache-2.0 */
/* key_table.h: the keys of an installation that are in force, with the statement that first
 * named each. */
#ifndef WARDSYNC_SERVER_KEY_TABLE_H
#define WARDSYNC_SERVER_KEY_TABLE_H

#include "host/fingerprint.h"
#include "host/site.h"
#include "wardsync/roster.h"

enum server_key_kind {
    SERVER_KEY_ROOT,
    SERVER_KEY_REGISTRAR,
    SERVER_KEY_TRANSPORT,
    SERVER_KEY_LOG,
    SERVER_KEY_BUNDLE,
};

enum { SERVER_KEYS_MAX = WSYNC_ROOT_KEYS_MAX + WSYNC_ENDPOINTS_MAX + 3 };

struct server_key {
    enum server_key_kind kind;
    uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES];
    uint64_t version; /* of the statement that first named it */
    int64_t stamp;
    bool first;       /* TRANSPORT: the one that wards try first */
    const char *file; /* that holds its secret here, under the data directory; NULL: elsewhere,
                         or not looked for */
};

struct server_key_table {
    struct wsync_roster roster;
    struct wsync_district district;
    struct server_key rows[SERVER_KEYS_MAX];
    size_t count;
};

/* Fills the table from the open transaction, without a look at any secret. */
WSYNC_MUST_USE enum wsync_err server_key_table_read(struct wsync_site *site,
                                                    struct server_key_table *table,
                                                    struct wsync_error *error);

/* Looks into the key files for where the secrets are: not for a page process, which has none.
 */
void server_key_table_locate(const struct wsync_site *site, struct server_key_table *table);

const char *server_key_word(enum server_key_kind kind); /* "root", "transport", ... */

#endif
