/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_parts.h"
#include "wardsync/restore.h"

/* Where a page of the peer's heads ends: behind its last head, or behind everything. */
static bool within(const struct wsync_heads *heads, const struct wsync_log_id *log)
{
    if (heads->last) {
        return true;
    }
    return heads->count > 0 &&
           memcmp(log->b, heads->items[heads->count - 1].log.b, sizeof log->b) <= 0;
}

static void expect(struct wsync_session *session, const struct wsync_head *head, uint64_t held)
{
    if (session->expected_count == WSYNC_SESSION_LOGS_MAX) {
        session->partial = true;
        return;
    }
    session->expected[session->expected_count++] =
        (struct wsync_expected){.log = head->log, .seq = head->seq};
    session->counts.to_take += head->seq - held;
}

/* Both sides know the log: the shorter copy must be a prefix of the longer one.  Where it is
 * not, the log was forked, and the side that sees it sends its branch, from the first change:
 * where the branches part is not known.  A log that this side writes itself and the other one
 * holds differently says that this side went back. */
static enum wsync_err compare_log(struct wsync_step *step, const struct wsync_log *log,
                                  const struct wsync_head *head)
{
    struct wsync_session *session = step->session;
    struct wsync_hash hash;
    bool longer = head->seq > log->seq;
    enum wsync_err err =
        longer ? WSYNC_OK : wsync_log_hash(step->txn, log->no, head->seq, &hash);
    if (err == WSYNC_OK && !longer && wsync_hash_equal(&hash, &head->hash)) {
        wsync_step_queue(step, log, head->seq + 1);
        return wsync_note_held(step, head);
    }
    if (err == WSYNC_OK) {
        err = wsync_retire_log(session->setup.ledger, step->txn, log);
    }
    if (err == WSYNC_OK && longer) {
        expect(session, head, log->seq);
    } else if (err == WSYNC_OK) {
        wsync_step_queue(step, log, 1);
        session->partial = true;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* Walks both sorted lists at once. */
static enum wsync_err compare_page(struct wsync_step *step, const struct wsync_heads *heads)
{
    struct wsync_session *session = step->session;
    struct wsync_frontier frontier = wsync_step_frontier(step);
    struct wsync_log_id at = session->heads_peer_at;
    const struct wsync_log_id *after = session->heads_seen ? &at : NULL;
    size_t next = 0;
    for (;;) { /* ends: each turn passes one log of ours or theirs */
        struct wsync_log log;
        enum wsync_err err = wsync_frontier_next(step->txn, &frontier, after, &log);
        bool ours = err == WSYNC_OK && within(heads, &log.id);
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        if (!ours && next == heads->count) {
            return WSYNC_OK;
        }
        int order = !ours ? 1
                    : next == heads->count
                        ? -1
                        : memcmp(log.id.b, heads->items[next].log.b, sizeof log.id.b);
        if (order > 0) {
            expect(session, &heads->items[next++], 0);
            continue;
        }
        if (order == 0) {
            err = compare_log(step, &log, &heads->items[next++]);
        } else {
            wsync_step_queue(step, &log, 1);
            err = WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
}

enum wsync_err wsync_on_heads(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_heads *heads = &step->message->heads;
    bool goes_on = heads->count == 0 || !session->heads_seen ||
                   memcmp(session->heads_peer_at.b, heads->items[0].log.b,
                          sizeof session->heads_peer_at.b) < 0;
    if (!session->heads_awaited || !goes_on || (heads->count == 0 && !heads->last)) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    enum wsync_err err = compare_page(step, heads);
    if (heads->count > 0) {
        session->heads_peer_at = heads->items[heads->count - 1].log;
        session->heads_seen = true;
    }
    session->heads_awaited = !heads->last;
    return err;
}
