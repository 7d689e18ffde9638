/* SPDX-License-Identifier: Apache-2.0 */
/* log_item.h: one row of the session log as `district log` tells it, in a line or in full. */
#ifndef WARDSYNC_SERVER_LOG_ITEM_H
#define WARDSYNC_SERVER_LOG_ITEM_H

#include "host/cli.h"
#include "host/session_log.h"
#include "server/words.h"
#include "wardsync/log.h"
#include "wardsync/roster.h"

/* A row with the names that go with it. */
struct server_log_item {
    uint64_t number;
    struct wsync_session_row row;
    struct wsync_device device; /* when the row has one */
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1], key[2 * WSYNC_SESSION_KEY_BYTES + 1];
    bool many; /* knocks of several keys */
};

/* Finds the names; the caller has set number and row. */
WSYNC_MUST_USE enum wsync_err server_log_fill(struct wsync_site *site,
                                              struct server_log_item *item);

struct server_end server_log_end(const struct wsync_session_row *row);

/* "sync", "enrol", "refused", "down" */
const char *server_log_kind_name(enum wsync_session_kind kind);

/* The row as one JSON object. */
void server_log_json(const struct server_log_item *item);

/* How long it took: 46 ms, 1.2 s, 95 s, 12 min, 30 h; answers `text`. */
enum { SERVER_LOG_TOOK_BYTES = 32 };
const char *server_log_took(int64_t took_ms, char text[SERVER_LOG_TOOK_BYTES]);

/* The row of this number; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err server_log_find(struct wsync_site *site, uint64_t number,
                                              struct server_log_item *item);

/* What became of the changes of a run that moved. */
struct server_log_fate {
    struct wsync_log log;
    bool here; /* the log is */
    uint64_t counted, waiting, quarantined, copies;
};
WSYNC_MUST_USE enum wsync_err server_log_fate_read(struct wsync_site *site,
                                                   const struct wsync_seen_run *run,
                                                   struct server_log_fate *fate);

/* Calls `visit` with each quarantined change of a run whose log is here, by name, the first
 * ones. */
typedef void server_log_reason_visit(void *context, const char *name, enum wsync_err reason);
WSYNC_MUST_USE enum wsync_err server_log_reasons(struct wsync_site *site,
                                                 const struct wsync_seen_run *run,
                                                 const struct server_log_fate *fate,
                                                 server_log_reason_visit *visit, void *context);

/* Everything about one conversation: who, what moved each way and what became of it, why it was
 * refused.  NOT_FOUND with a sentence. */
WSYNC_MUST_USE enum wsync_err server_log_show(const struct wsync_cli *cli,
                                              struct wsync_site *site, uint64_t number,
                                              struct wsync_error *error);

#endif
