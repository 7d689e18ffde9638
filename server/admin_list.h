/* SPDX-License-Identifier: Apache-2.0 */
/* admin_list.h: everything that admins did, in the order of the times, for `district admin-log`
 * and the pages. */
#ifndef WARDSYNC_SERVER_ADMIN_LIST_H
#define WARDSYNC_SERVER_ADMIN_LIST_H

#include "server/admin_words.h"

/* What somebody wants to see. */
struct server_admin_query {
    int64_t since, until; /* seconds since 1970, `until` not included */
    const char *kind;     /* a kind or a group; NULL: any */
};

struct server_admin_list {
    struct server_admin_item *items; /* the oldest first */
    size_t count, size;
};

/* Fills the list from the open transaction.  `faulty`: somebody wrote in the table ADMIN
 * (wsync_admin_log_check), and the rows before the first that does not read back will do.  The
 * caller frees it, whatever the answer: MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err server_admin_gather(struct wsync_site *site,
                                                  const struct server_admin_query *query,
                                                  bool faulty, struct server_admin_list *list);
void server_admin_list_free(struct server_admin_list *list);

#endif
