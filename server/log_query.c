/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log_query.h"

#include <string.h>

enum { ID_DIGITS_MIN = 6 };

static bool is_device(const struct server_log_item *item, const char *text)
{
    size_t len = strlen(text);
    bool by_id = len >= ID_DIGITS_MIN && strncmp(item->id, text, len) == 0;
    bool by_key = len >= ID_DIGITS_MIN && strncmp(item->key, text, len) == 0;
    return (item->row.has_device && (strcmp(item->device.name, text) == 0 || by_id)) || by_key;
}

static bool matches(const struct server_log_query *query, const struct server_log_item *item)
{
    const struct server_end end = server_log_end(&item->row);
    const struct wsync_session_row *row = &item->row;
    return row->begun >= query->since && row->begun < query->until &&
           !(query->failed && row->code == WSYNC_OK) &&
           !(query->code && strcmp(server_end_name(&end), query->code) != 0) &&
           (query->unit == 0 ||
            (row->has_device && wsync_device_has_scope(&item->device, query->unit))) &&
           (!query->device || is_device(item, query->device));
}

enum wsync_err server_log_next(struct wsync_site *site, const struct server_log_query *query,
                               enum wsync_seek where, struct server_log_item *item)
{
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err =
            wsync_session_log_seek(site->txn, where, &item->number, &item->row);
        if (err == WSYNC_OK) {
            err = server_log_fill(site, item);
        }
        if (err != WSYNC_OK || matches(query, item)) {
            return err;
        }
    }
}
