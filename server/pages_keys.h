/* SPDX-License-Identifier: Apache-2.0 */
/* pages_keys.h: the district's own keys, and new ones for them. */
#ifndef WARDSYNC_SERVER_PAGES_KEYS_H
#define WARDSYNC_SERVER_PAGES_KEYS_H

#include "server/key_table.h"
#include "server/pages_admin.h"

/* Links to the pages that ask before a key is changed. */
void server_write_key_acts(struct server_page *page, const struct server_key_table *table);

/* Says what will happen and asks; NOT_FOUND with a sentence for what cannot be done now. */
WSYNC_MUST_USE enum wsync_err server_ask_key_act(struct server_page *page,
                                                 const struct server_key_table *table,
                                                 const char *word);

/* What became of it, once it was done; NULL for no such word. */
const char *server_key_done(const struct server_page *page, const char *word);

#endif
