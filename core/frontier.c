/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/frontier.h"

#include "core/bytes.h"

enum wsync_err wsync_frontier_next(struct wsync_txn *txn, const struct wsync_frontier *frontier,
                                   const struct wsync_log_id *after, struct wsync_log *log)
{
    struct wsync_log_id at;
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_log_after(txn, after, log);
        if (err != WSYNC_OK) {
            return err;
        }
        bool excepted = frontier->except && wsync_log_id_equal(frontier->except, &log->id);
        bool readable = !frontier->reader || wsync_device_may_read(frontier->reader, log->scope,
                                                                   frontier->top);
        if (readable && !excepted) {
            return WSYNC_OK;
        }
        at = log->id;
        after = &at;
    }
}

enum wsync_err wsync_frontier_digest(struct wsync_txn *txn,
                                     const struct wsync_frontier *frontier, uint32_t *count,
                                     struct wsync_hash *digest)
{
    const struct wsync_log_id *after = NULL;
    struct wsync_log_id at;
    struct wsync_log log;
    *count = 0;
    *digest = (struct wsync_hash){{0}};
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_frontier_next(txn, frontier, after, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        uint8_t seq[8];
        wsync_be_put(seq, log.seq, sizeof seq);
        struct wsync_slice parts[] = {wsync_slice_of("wardsync/frontier/v1"),
                                      WSYNC_BYTES(*digest), WSYNC_BYTES(log.id),
                                      wsync_slice(seq, sizeof seq), WSYNC_BYTES(log.hash)};
        *digest = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
        (*count)++;
        at = log.id;
        after = &at;
    }
}
