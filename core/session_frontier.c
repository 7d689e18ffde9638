/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "core/session_parts.h"
#include "wardsync/restore.h"

/* META: "said" scope -> id and head of the own log that was retired on somebody's word. */
enum { SAID_KEY_BYTES = 8, SAID_ROW_BYTES = WSYNC_LOG_ID_BYTES + 8 };

static struct wsync_slice said_key(uint8_t key[SAID_KEY_BYTES], uint32_t scope)
{
    memcpy(key, "said", 4);
    wsync_be_put(key + 4, scope, 4);
    return wsync_slice(key, SAID_KEY_BYTES);
}

/* Has what was believed last come in, sealed by this device's key?  A retired log grows only
 * so.
 */
static enum wsync_err is_proven(struct wsync_txn *txn, uint32_t scope, bool *proven)
{
    uint8_t key[SAID_KEY_BYTES];
    struct wsync_slice row;
    struct wsync_log_id id;
    struct wsync_log log;
    struct wsync_branch branch;
    *proven = true;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, said_key(key, scope), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (row.len != SAID_ROW_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(id.b, row.data, sizeof id.b);
    uint64_t seq = wsync_be_get(row.data + sizeof id.b, 8);
    err = wsync_log_find(txn, &id, &log);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    if (log.seq <= seq) {
        err = wsync_branch_after(txn, log.no, 0, &branch);
        *proven = err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A stated head is a claim that nobody signed.  Believed, it keeps this side from writing on
 * behind a head it may have lost; believed always, it lets a liar have it open one log after
 * the other.  So one claim is believed, and the next only once that one was proven; what is not
 * believed retires the log when its proof arrives. */
static enum wsync_err heed_claim(struct wsync_step *step, const struct wsync_log *log)
{
    uint8_t key[SAID_KEY_BYTES];
    uint8_t row[SAID_ROW_BYTES];
    struct wsync_log own;
    bool proven;
    enum wsync_err err = wsync_ledger_own_log(step->txn, log->scope, &own);
    if (err != WSYNC_OK || !wsync_log_id_equal(&own.id, &log->id)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = is_proven(step->txn, log->scope, &proven);
    if (err != WSYNC_OK || !proven) {
        return err;
    }
    memcpy(row, log->id.b, sizeof log->id.b);
    wsync_be_put(row + sizeof log->id.b, log->seq, 8);
    err = wsync_txn_put(step->txn, WSYNC_TABLE_META, said_key(key, log->scope),
                        wsync_slice(row, sizeof row));
    return err == WSYNC_OK ? wsync_retire_log(step->session->setup.ledger, step->txn, log)
                           : err;
}

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
    if (head->seq <= held) {
        return; /* a log of which all is put aside there: nothing of it will come */
    }
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
 * states differently says that this side may have gone back. */
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
        err = heed_claim(step, log);
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
