/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "wardsync/tree.h"
#include "wardsync/rotation.h"

_Static_assert(WSYNC_ACK_HEADS_MAX >= WSYNC_PUMP_EVENTS_MAX,
               "a batch acknowledges at most one log an event");

enum {
    STATEMENT_OVERHEAD_BYTES = 80,
    SET_OVERHEAD_BYTES = 512, /* of a frame, beyond the weight of its set: limits.h */
};

/* May a frame of at most that many bytes go out? */
static bool may_send(const struct wsync_step *step, size_t bytes)
{
    const struct wsync_session *session = step->session;
    uint64_t flying = session->sent - session->sent_taken;
    uint32_t window = session->setup.flow.window_bytes;
    bool fits = flying + bytes <= session->credit && (window == 0 || flying < window);
    bool chokes = session->setup.carriage == WSYNC_CARRIAGE_LINE && flying != 0 && !fits;
    return !chokes && session->setup.carriage != WSYNC_CARRIAGE_BACK &&
           wsync_effects_have_room(step->effects);
}

/* A ward knows which log Hello named as its own: the id of one head of it is left out. */
static struct wsync_ack take_acks(struct wsync_session *session)
{
    struct wsync_ack ack = {.items = session->acks, .taken = session->taken};
    bool knows = session->setup.role == WSYNC_SESSION_DISTRICT && session->has_own;
    for (size_t i = 0; i < session->ack_count; i++) {
        const struct wsync_head *head = &session->acks[i];
        if (knows && ack.own == 0 && wsync_log_id_equal(&head->log, &session->own)) {
            ack.own = head->seq;
            memcpy(ack.at, head->hash.b, sizeof ack.at);
        } else {
            session->acks[ack.count++] = *head;
        }
    }
    return ack;
}

static enum wsync_err send_acks(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    if (session->ack_count == 0 && session->taken == session->taken_told) {
        return WSYNC_OK;
    }
    struct wsync_message message = {.type = WSYNC_MESSAGE_ACK, .ack = take_acks(session)};
    bool line = session->setup.carriage == WSYNC_CARRIAGE_LINE; /* a file is not acknowledged */
    enum wsync_err err = line ? wsync_step_send(step, &message) : WSYNC_OK;
    session->ack_count = 0;
    session->taken_told = session->taken;
    return err;
}

static enum wsync_err send_roster(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    while (session->roster_next <= session->roster_last &&
           may_send(step, WSYNC_FRAME_BYTES_MAX)) {
        struct wsync_signed_statement items[WSYNC_WELCOME_STATEMENTS_MAX];
        size_t count = 0;
        size_t bytes = 0;
        while (count < WSYNC_WELCOME_STATEMENTS_MAX &&
               session->roster_next + count <= session->roster_last) {
            enum wsync_err err =
                wsync_roster_statement(step->txn, session->roster_next + count, &items[count]);
            if (err != WSYNC_OK) {
                return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
            }
            bytes += items[count].statement.len + STATEMENT_OVERHEAD_BYTES;
            if (count > 0 && bytes > WSYNC_SET_BYTES_DEFAULT) {
                break;
            }
            count++;
        }
        struct wsync_message message = {.type = WSYNC_MESSAGE_ROSTER, .roster = {items, count}};
        enum wsync_err err = wsync_step_send(step, &message);
        if (err != WSYNC_OK) {
            return err;
        }
        session->roster_next += count;
    }
    return WSYNC_OK;
}

static enum wsync_err send_heads(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_frontier frontier = wsync_step_frontier(step);
    while (session->heads_due && may_send(step, WSYNC_FRAME_BYTES_MAX)) {
        struct wsync_head items[WSYNC_HEADS_PER_FRAME_MAX];
        struct wsync_log log;
        size_t count = 0;
        enum wsync_err err = WSYNC_OK;
        while (count + WSYNC_PATHS_MAX <= WSYNC_HEADS_PER_FRAME_MAX) {
            struct wsync_tips tips;
            err = wsync_frontier_next(step->txn, &frontier,
                                      session->heads_started ? &session->heads_at : NULL, &log);
            if (err == WSYNC_OK) {
                err = wsync_frontier_tips(step->txn, &frontier, &log, &tips);
            }
            if (err != WSYNC_OK) {
                break;
            }
            memcpy(&items[count], tips.items, tips.count * sizeof *items);
            count += tips.count;
            session->heads_at = log.id;
            session->heads_started = true;
        }
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        session->heads_due = err == WSYNC_OK;
        struct wsync_message message = {.type = WSYNC_MESSAGE_HEADS,
                                        .heads = {items, count, !session->heads_due}};
        err = wsync_step_send(step, &message);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* A run of changes to be sent, and what the frame it makes may have at most. */
struct parcel {
    struct wsync_change_set *set;
    size_t frame_bytes;
};

/* Reads changes from `set->first` up to `last`, as many as make a set of about `bytes_max`. */
static enum wsync_err collect(struct wsync_step *step, const struct wsync_branch *path,
                              uint64_t last, size_t bytes_max, struct parcel *parcel)
{
    struct wsync_change_set *set = parcel->set;
    size_t bytes = 0;
    set->change_count = 0;
    set->changes = wsync_arena_array(step->arena, WSYNC_SET_CHANGES_MAX, sizeof *set->changes);
    if (!set->changes) {
        return WSYNC_ERR_MEMORY;
    }
    while (set->first + set->change_count <= last &&
           set->change_count < WSYNC_SET_CHANGES_MAX) {
        struct wsync_change change;
        enum wsync_err err =
            wsync_branch_change(step->txn, path, set->first + set->change_count, &change);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        bytes += wsync_change_weight(&change.raw);
        if (set->change_count > 0 && bytes > bytes_max) {
            break;
        }
        set->changes[set->change_count++] = change.raw;
        parcel->frame_bytes = bytes + SET_OVERHEAD_BYTES;
    }
    return WSYNC_OK;
}

/* Only the key that wrote it may seal a run of any length; what another wrote, the old key of
 * this device included, goes out up to a seal it made. */
static enum wsync_err seal_set(struct wsync_step *step, const struct wsync_log *log,
                               const struct wsync_branch *path, struct parcel *parcel)
{
    struct wsync_change_set *set = parcel->set;
    const struct wsync_identity *identity = step->session->setup.ledger->identity;
    set->sealed = true;
    if (wsync_wrote(identity, log)) {
        uint32_t set_bytes = step->session->setup.flow.set_bytes;
        enum wsync_err err = collect(step, path, path->seq,
                                     set_bytes ? set_bytes : WSYNC_SET_BYTES_DEFAULT, parcel);
        struct wsync_head head = {log->id, set->first + set->change_count - 1, {{0}}};
        if (err == WSYNC_OK) {
            err = wsync_branch_hash(step->txn, path, head.seq, &head.hash);
        }
        struct wsync_signed_checkpoint seen;
        if (err == WSYNC_OK) {
            err = wsync_checkpoint_last(step->txn, &seen);
            set->checkpoint = seen.checkpoint;
        }
        if (err == WSYNC_OK) {
            set->seal = wsync_seal_sign(&identity->secret, &head, &set->checkpoint);
        }
        return err;
    }
    struct wsync_seal seal;
    enum wsync_err err = wsync_branch_next_seal(step->txn, path, set->first, &seal);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    set->checkpoint = seal.checkpoint;
    set->seal = seal.signature;
    err = collect(step, path, seal.seq, WSYNC_SET_BYTES_MAX, parcel);
    bool whole = set->first + set->change_count - 1 == seal.seq;
    return err == WSYNC_OK && !whole ? WSYNC_ERR_CORRUPT : err;
}

/* BUSY: there is no room for it now. */
static enum wsync_err send_set(struct wsync_step *step, struct wsync_outgoing *outgoing,
                               const struct wsync_log *log, const struct wsync_branch *path)
{
    struct wsync_change_set set = {.log = log->id, .first = outgoing->next};
    struct parcel parcel = {.set = &set};
    struct wsync_head end = {.log = log->id};
    enum wsync_err err = WSYNC_OK;
    if (set.first == 1) {
        err = wsync_log_genesis(step->txn, log->no, &set.genesis);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    memcpy(set.previous, outgoing->at.b, sizeof set.previous);
    err = seal_set(step, log, path, &parcel);
    if (err == WSYNC_OK && !may_send(step, parcel.frame_bytes)) {
        return WSYNC_ERR_BUSY;
    }
    if (err == WSYNC_OK) {
        end.seq = set.first + set.change_count - 1;
        err = wsync_branch_hash(step->txn, path, end.seq, &end.hash);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_send_set(step, &set, &end);
    }
    if (err == WSYNC_OK) {
        step->session->counts.changes_sent += set.change_count;
        outgoing->next = end.seq + 1;
        outgoing->at = end.hash;
    }
    return err;
}

enum wsync_err wsync_outgoing_path(const struct wsync_step *step,
                                   const struct wsync_outgoing *outgoing, struct wsync_log *log,
                                   struct wsync_branch *path)
{
    struct wsync_hash hash;
    enum wsync_err err = wsync_log_get(step->txn, outgoing->log_no, log);
    if (err == WSYNC_OK) {
        err = wsync_branch_get(step->txn, log, outgoing->number, path);
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_hash(step->txn, path, outgoing->next - 1, &hash);
    }
    return err == WSYNC_OK && !wsync_hash_equal(&hash, &outgoing->at) ? WSYNC_ERR_NOT_FOUND
                                                                      : err;
}

/* A verdict changed what is being sent: the next session compares heads anew.  A ward goes on
 * with the rest; what the district stated a ward waits for, so the district ends. */
static enum wsync_err drop_outgoing(struct wsync_step *step, size_t index)
{
    struct wsync_session *session = step->session;
    if (session->setup.role == WSYNC_SESSION_DISTRICT) {
        return wsync_step_end(step, WSYNC_ERR_BUSY);
    }
    session->partial = true;
    session->outgoing_count--;
    memmove(&session->outgoing[index], &session->outgoing[index + 1],
            (session->outgoing_count - index) * sizeof *session->outgoing);
    return WSYNC_OK;
}

/* Where a verdict cut it the log has no seal: only what goes on there can be sent. */
static enum wsync_err find_end(const struct wsync_step *step, const struct wsync_log *log,
                               const struct wsync_branch *path)
{
    const struct wsync_identity *identity = step->session->setup.ledger->identity;
    struct wsync_seal seal;
    return wsync_wrote(identity, log)
               ? WSYNC_OK
               : wsync_branch_next_seal(step->txn, path, path->seq, &seal);
}

/* The order in which logs go: what the district tells all wards, directives among it, before
 * the history of others. */
enum kind { KIND_TOP, KIND_OTHER, KIND_FORK };

static enum kind kind_of(const struct wsync_step *step, const struct wsync_outgoing *outgoing,
                         const struct wsync_log *log)
{
    return outgoing->fork ? KIND_FORK : log->scope == step->roster.top ? KIND_TOP : KIND_OTHER;
}

static enum wsync_err send_kind(struct wsync_step *step, enum kind kind)
{
    struct wsync_session *session = step->session;
    size_t i = 0;
    while (i < session->outgoing_count && session->state != WSYNC_STATE_ENDED) { /* ends */
        struct wsync_outgoing *outgoing = &session->outgoing[i];
        struct wsync_log log;
        struct wsync_branch path;
        if (outgoing->fork != (kind == KIND_FORK)) {
            i++;
            continue;
        }
        enum wsync_err err = wsync_outgoing_path(step, outgoing, &log, &path);
        if (err == WSYNC_OK && kind_of(step, outgoing, &log) != kind) {
            i++;
            continue;
        }
        if (err == WSYNC_OK && outgoing->next <= path.seq) {
            err = find_end(step, &log, &path);
        }
        bool gone = err == WSYNC_ERR_NOT_FOUND;
        if (gone) {
            err = drop_outgoing(step, i);
        }
        while (!gone && err == WSYNC_OK && outgoing->next <= path.seq && may_send(step, 0)) {
            size_t mark = wsync_arena_mark(step->arena);
            err = send_set(step, outgoing, &log, &path);
            wsync_arena_release(step->arena, mark);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        i += !gone;
    }
    return WSYNC_OK;
}

/* Has the peer all that does not fork, and this side all that the peer stated? */
static bool forks_are_due(const struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    bool due = !session->heads_awaited && session->expected_count == 0;
    for (size_t i = 0; i < session->outgoing_count; i++) {
        const struct wsync_outgoing *outgoing = &session->outgoing[i];
        due &= outgoing->fork || outgoing->acked + 1 == outgoing->next;
    }
    return due || session->setup.role == WSYNC_SESSION_DISTRICT ||
           session->setup.carriage == WSYNC_CARRIAGE_OUT;
}

/* Forks last: one that the peer has no room for ends the session, and must not stand before
 * anything else, session after session.  What has no room now stops all behind it, for that may
 * rest on it. */
static enum wsync_err send_changes(struct wsync_step *step)
{
    enum wsync_err err = send_kind(step, KIND_TOP);
    if (err == WSYNC_OK) {
        err = send_kind(step, KIND_OTHER);
    }
    if (err == WSYNC_OK && forks_are_due(step)) {
        err = send_kind(step, KIND_FORK);
    }
    return err == WSYNC_ERR_BUSY ? WSYNC_OK : err;
}

static bool all_sent(const struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    for (size_t i = 0; i < session->outgoing_count; i++) {
        struct wsync_log log;
        struct wsync_branch path;
        enum wsync_err err = wsync_outgoing_path(step, &session->outgoing[i], &log, &path);
        if (err != WSYNC_OK || session->outgoing[i].acked < path.seq) {
            return false;
        }
    }
    return true;
}

/* A ward that gave the district statements waits until they are durable there. */
static bool roster_given(const struct wsync_session *session)
{
    return session->roster_last == 0 || (session->roster_next > session->roster_last &&
                                         session->sent_taken == session->sent);
}

/* The ward says Bye when it holds what the district stated and the reverse. */
static bool is_done(const struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    return session->setup.role == WSYNC_SESSION_WARD && session->state == WSYNC_STATE_OPEN &&
           session->setup.carriage == WSYNC_CARRIAGE_LINE && !session->heads_due &&
           !session->heads_awaited && session->expected_count == 0 &&
           !wsync_step_lacks_roster(step) && roster_given(session) && all_sent(step);
}

/* A ward that may not spend more on what others wrote goes once its own is handed over. */
static enum wsync_err hand_over(struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    enum wsync_err err = send_changes(step);
    bool done = err == WSYNC_OK && session->state == WSYNC_STATE_OPEN && all_sent(step) &&
                roster_given(session) && !wsync_step_lacks_roster(step);
    return done ? wsync_step_end(step, WSYNC_ERR_BUDGET) : err;
}

/* What is due to a device in its own right. */
static enum wsync_err send_rest(struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    if (session->roster_next <= session->roster_last) {
        return WSYNC_OK; /* what rests on statements comes behind them */
    }
    bool others_due =
        session->heads_due || session->heads_awaited || session->expected_count > 0;
    if (session->setup.role == WSYNC_SESSION_WARD && session->setup.flow.own_only &&
        others_due) {
        return hand_over(step);
    }
    enum wsync_err err = wsync_step_queue_news(step);
    if (err == WSYNC_OK) {
        err = send_heads(step);
    }
    if (err == WSYNC_OK) {
        err = send_changes(step);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_answer(step);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_ask_ahead(step);
    }
    bool waits = false;
    bool done = err == WSYNC_OK && is_done(step);
    if (done) {
        err = wsync_step_ask(step, &waits);
    }
    bool quiet = session->setup.role == WSYNC_SESSION_DISTRICT || (done && !waits);
    if (err == WSYNC_OK && quiet) {
        err = wsync_step_attach(step, &waits);
    }
    return err == WSYNC_OK && done && !waits ? wsync_step_end(step, WSYNC_OK) : err;
}

enum wsync_err wsync_session_flush(struct wsync_session *session, struct wsync_txn *txn,
                                   struct wsync_arena *arena, struct wsync_effects *effects)
{
    if (session->state != WSYNC_STATE_OPEN && session->state != WSYNC_STATE_HELLO_SENT) {
        return WSYNC_OK;
    }
    size_t mark = wsync_arena_mark(arena);
    struct wsync_step step = {
        .session = session, .txn = txn, .arena = arena, .effects = effects};
    enum wsync_err err = wsync_roster_get(txn, &step.roster);
    if (err == WSYNC_OK && session->setup.role == WSYNC_SESSION_DISTRICT) {
        err = wsync_device_by_transport(txn, &session->setup.peer, &step.peer);
    }
    bool rotated = err == WSYNC_OK && wsync_step_is_rotated(&step);
    if (err == WSYNC_OK && !rotated) { /* what came since was not heeded */
        err = send_acks(&step);
    }
    if (err == WSYNC_OK) {
        err = send_roster(&step);
    }
    if (err == WSYNC_OK && rotated && session->roster_next > session->roster_last) {
        err = wsync_step_end(&step, WSYNC_ERR_ROTATED);
    } else if (err == WSYNC_OK && !rotated && !session->rotates) {
        err = send_rest(&step);
    }
    wsync_arena_release(arena, mark);
    wsync_session_check(session);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}
