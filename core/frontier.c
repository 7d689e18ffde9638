/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/frontier.h"

#include "core/branch.h"
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
        bool readable = !frontier->reader ||
                        wsync_device_may_read(frontier->reader, log->scope, frontier->top);
        if (readable) {
            return WSYNC_OK;
        }
        at = log->id;
        after = &at;
    }
}

static void insert(struct wsync_tips *tips, const struct wsync_head *head, uint32_t number)
{
    size_t at = tips->count++;
    WSYNC_ASSERT(at < WSYNC_PATHS_MAX);
    while (at > 0 && wsync_head_compare(&tips->items[at - 1], head) > 0) {
        tips->items[at] = tips->items[at - 1];
        tips->numbers[at] = tips->numbers[at - 1];
        at--;
    }
    tips->items[at] = *head;
    tips->numbers[at] = number;
}

enum wsync_err wsync_frontier_tips(struct wsync_txn *txn, const struct wsync_frontier *frontier,
                                   const struct wsync_log *log, struct wsync_tips *tips)
{
    struct wsync_branch branch = {.number = 0};
    bool whole = !frontier->except || !wsync_log_id_equal(frontier->except, &log->id);
    enum wsync_err err;
    tips->count = 0;
    while ((err = wsync_branch_after(txn, log->no, branch.number, &branch)) == WSYNC_OK) {
        const struct wsync_head head = {log->id, branch.seq, branch.hash};
        insert(tips, &head, branch.number);
        whole &= branch.fork != log->seq + 1;
    }
    if (err == WSYNC_ERR_NOT_FOUND && whole) {
        const struct wsync_head head = {log->id, log->seq, log->hash};
        insert(tips, &head, 0);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void wsync_frontier_add(const struct wsync_tips *tips, uint32_t *count,
                        struct wsync_hash *digest)
{
    for (size_t i = 0; i < tips->count; i++) {
        const struct wsync_head *head = &tips->items[i];
        uint8_t seq[8];
        wsync_be_put(seq, head->seq, sizeof seq);
        struct wsync_slice parts[] = {wsync_slice_of("wardsync/frontier/v1"),
                                      WSYNC_BYTES(*digest), WSYNC_BYTES(head->log),
                                      wsync_slice(seq, sizeof seq), WSYNC_BYTES(head->hash)};
        *digest = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
    }
    *count += (uint32_t)tips->count;
}

enum wsync_err wsync_frontier_digest(struct wsync_txn *txn,
                                     const struct wsync_frontier *frontier, uint32_t *count,
                                     struct wsync_hash *digest)
{
    const struct wsync_log_id *after = NULL;
    struct wsync_log_id at;
    struct wsync_log log;
    struct wsync_tips tips;
    *count = 0;
    *digest = (struct wsync_hash){{0}};
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_frontier_next(txn, frontier, after, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        err = wsync_frontier_tips(txn, frontier, &log, &tips);
        if (err != WSYNC_OK) {
            return err;
        }
        wsync_frontier_add(&tips, count, digest);
        at = log.id;
        after = &at;
    }
}
