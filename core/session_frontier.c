/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "core/session_parts.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"

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
    if (session->expected_count == WSYNC_SESSION_LOGS_MAX) {
        session->partial = true;
        return;
    }
    session->expected[session->expected_count++] = *head;
    session->counts.to_take += head->seq > held ? head->seq - held : head->seq;
}

/* What both sides know of one log. */
struct comparison {
    const struct wsync_log *log;
    const struct wsync_head *stated; /* by the peer */
    size_t stated_count;
    struct wsync_branch given; /* a path that the peer holds or gets first; log_no 0: none */
};

/* How much of a path another one shares for certain. */
static uint64_t common_of(const struct wsync_branch *path, const struct wsync_branch *other)
{
    uint64_t fork = path->number == other->number                    ? UINT64_MAX
                    : path->number == 0                              ? other->fork
                    : other->number == 0 || path->fork < other->fork ? path->fork
                                                                     : other->fork;
    return fork == UINT64_MAX || other->seq < fork ? other->seq : fork - 1;
}

/* What the peer holds of the path, by the heads it stated; `exact` when one of them lies on it.
 */
static enum wsync_err find_common(struct wsync_step *step, const struct comparison *compared,
                                  const struct wsync_branch *path, uint64_t *common,
                                  bool *exact)
{
    *common = 0;
    *exact = false;
    if (compared->given.log_no != 0) {
        *common = common_of(path, &compared->given);
    }
    for (size_t i = 0; i < compared->stated_count; i++) {
        const struct wsync_head *head = &compared->stated[i];
        struct wsync_branch at;
        enum wsync_err err = wsync_branch_find(step->txn, compared->log, head->seq,
                                               WSYNC_BYTES(head->hash), &at);
        if (err == WSYNC_ERR_NOT_FOUND) {
            continue;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at.seq = head->seq;
        uint64_t shared = common_of(path, &at);
        if (shared >= *common) {
            *common = shared;
            *exact = shared == head->seq;
        }
    }
    return WSYNC_OK;
}

/* Where the peer stated no head, what it holds may be sealed elsewhere than here.  One run that
 * it holds goes before, so that what follows begins behind a seal there as well. */
static enum wsync_err step_back(struct wsync_step *step, const struct wsync_log *log,
                                const struct wsync_branch *path, uint64_t *seq)
{
    const struct wsync_identity *identity = step->session->setup.ledger->identity;
    size_t weight = 0;
    enum wsync_err err = WSYNC_OK;
    if (!wsync_wrote(identity, log)) {
        err = wsync_branch_sealed_before(step->txn, path, *seq + 1, seq);
        return err == WSYNC_OK && *seq > 0
                   ? wsync_branch_sealed_before(step->txn, path, *seq, seq)
                   : err;
    }
    while (*seq > 0 && weight <= WSYNC_SET_BYTES_DEFAULT && err == WSYNC_OK) { /* ends */
        struct wsync_change change;
        err = wsync_branch_change(step->txn, path, *seq, &change);
        weight += err == WSYNC_OK ? wsync_change_weight(&change.raw) : 0;
        (*seq)--;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err send_path(struct wsync_step *step, struct comparison *compared,
                                uint32_t number)
{
    struct wsync_branch path;
    uint64_t common;
    bool exact;
    enum wsync_err err = wsync_branch_get(step->txn, compared->log, number, &path);
    if (err == WSYNC_OK) {
        err = find_common(step, compared, &path, &common, &exact);
    }
    if (err != WSYNC_OK || common >= path.seq) {
        return err;
    }
    if (!exact) {
        err = step_back(step, compared->log, &path, &common);
    }
    compared->given = path;
    bool fork = number != 0 || (!exact && compared->stated_count > 0);
    return err == WSYNC_OK ? wsync_step_queue(step, &path, common + 1, fork) : err;
}

/* The log itself first, so that nobody counts a branch for want of it. */
static enum wsync_err send_paths(struct wsync_step *step, struct comparison *compared,
                                 const struct wsync_tips *tips)
{
    enum wsync_err err = WSYNC_OK;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < tips->count && err == WSYNC_OK; i++) {
            if ((tips->numbers[i] == 0) == (round == 0)) {
                err = send_path(step, compared, tips->numbers[i]);
            }
        }
    }
    return err;
}

/* Compares what both sides hold of one log.  The side with the longest head sends what the
 * other does not hold, as far as the stated heads say; the other side, which cannot know how
 * far the two agree, waits for it.  With heads of one length both do both.  A log that this
 * side writes itself and the other one states differently says that it may have gone back. */
static enum wsync_err compare_log(struct wsync_step *step, struct comparison *compared)
{
    struct wsync_session *session = step->session;
    const struct wsync_log *log = compared->log;
    const struct wsync_frontier frontier = wsync_step_frontier(step);
    struct wsync_tips tips;
    bool unknown = false;
    enum wsync_err err = wsync_frontier_tips(step->txn, &frontier, log, &tips);
    uint64_t longest = err == WSYNC_OK && tips.count > 0 ? tips.items[tips.count - 1].seq : 0;
    uint64_t theirs =
        compared->stated_count > 0 ? compared->stated[compared->stated_count - 1].seq : 0;
    for (size_t i = 0; i < compared->stated_count && err == WSYNC_OK; i++) {
        const struct wsync_head *head = &compared->stated[i];
        bool held;
        err = wsync_head_held(step->txn, head, &held);
        if (err == WSYNC_OK && held) {
            err = wsync_note_held(step, head);
        } else if (err == WSYNC_OK) {
            unknown = true;
            if (theirs >= longest) {
                expect(session, head, log->seq);
            }
        }
    }
    bool open = frontier.except && wsync_log_id_equal(frontier.except, &log->id);
    if (err == WSYNC_OK && unknown && !open) {
        err = heed_claim(step, log);
    }
    if (err == WSYNC_OK && longest >= theirs) {
        err = send_paths(step, compared, &tips);
    }
    session->partial |= unknown && longest > theirs;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* The heads of one log in a page. */
static size_t count_of_log(const struct wsync_heads *heads, size_t next)
{
    size_t end = next;
    while (end < heads->count &&
           wsync_log_id_equal(&heads->items[end].log, &heads->items[next].log)) {
        end++;
    }
    return end - next;
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
        struct comparison compared = {.log = &log, .stated = &heads->items[next]};
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
        compared.stated_count = order == 0 ? count_of_log(heads, next) : 0;
        next += compared.stated_count;
        if (session->setup.role == WSYNC_SESSION_DISTRICT && frontier.except &&
            wsync_log_id_equal(frontier.except, &log.id)) {
            err = wsync_branch_next(step->txn, &log, &compared.given);
        }
        if (err == WSYNC_OK) {
            err = compare_log(step, &compared);
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

/* Does the log itself lead there, and not only a branch? */
static enum wsync_err leads_to(struct wsync_step *step, const struct wsync_head *head,
                               bool *leads)
{
    struct wsync_log log;
    struct wsync_hash hash;
    *leads = false;
    enum wsync_err err = wsync_log_find(step->txn, &head->log, &log);
    if (err == WSYNC_OK && head->seq <= log.seq) {
        err = wsync_log_hash(step->txn, log.no, head->seq, &hash);
        *leads = err == WSYNC_OK && wsync_hash_equal(&hash, &head->hash);
    }
    return err;
}

/* The district sent another branch: of the log here it may hold no more than both share. */
static enum wsync_err doubt_held(struct wsync_step *step, const struct wsync_head *head)
{
    struct wsync_log log;
    struct wsync_branch path;
    uint64_t held;
    if (step->session->setup.role != WSYNC_SESSION_WARD) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_find(step->txn, &head->log, &log);
    if (err == WSYNC_OK) {
        err = wsync_branch_find(step->txn, &log, head->seq, WSYNC_BYTES(head->hash), &path);
    }
    if (err == WSYNC_OK) {
        err = wsync_held_get(step->txn, log.no, &held);
    }
    bool doubtful = err == WSYNC_OK && held >= path.fork;
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_ERR_CORRUPT;
    }
    return doubtful ? wsync_held_put(step->txn, log.no, path.fork - 1) : err;
}

enum wsync_err wsync_note_taken(struct wsync_step *step, const struct wsync_head *head,
                                bool *leads)
{
    enum wsync_err err = leads_to(step, head, leads);
    if (err != WSYNC_OK || *leads) {
        return err == WSYNC_OK ? wsync_note_held(step, head) : err;
    }
    step->session->partial = true; /* the peer may lack what counts here */
    return doubt_held(step, head);
}
