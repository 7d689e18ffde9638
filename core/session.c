/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/session.h"

#include <stdio.h>
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "wardsync/restore.h"

/* Columns of the table: what can happen, messages by their type. */
enum column {
    ON_START,
    ON_HELLO,
    ON_WELCOME,
    ON_ROSTER,
    ON_HEADS,
    ON_CHANGES,
    ON_ACK,
    ON_REJECT,
    ON_BYE,
    ON_ENROL,
    ON_GRANT,
    ON_PROVE,
    ON_RECEIPT,
    ON_ROTATE,
    ON_PACKED,
    ON_BLOB_WANT,
    ON_BLOB_CHUNK,
    ON_BLOB_OFFER,
    ON_STILL,
    ON_TICK,
    ON_CUT,
    ON_STOP,
    COLUMN_COUNT
};

struct cell {
    wsync_handler *handler;
    const char *name;
};

static wsync_handler on_start, on_ack, on_reject, on_bye, on_tick, on_cut, on_stop, ignore;

#define DO(handler)                                                                            \
    {                                                                                          \
        handler, #handler                                                                      \
    }

/* An empty slot is a protocol error: the session ends with STATE. */
static const struct cell TABLE[WSYNC_STATE_COUNT][COLUMN_COUNT] = {
    [WSYNC_STATE_IDLE] = {[ON_START] = DO(on_start),
                          [ON_HELLO] = DO(wsync_on_hello),
                          [ON_ENROL] = DO(wsync_on_enrol),
                          [ON_TICK] = DO(on_tick),
                          [ON_CUT] = DO(on_cut),
                          [ON_STOP] = DO(on_stop)},
    [WSYNC_STATE_HELLO_SENT] = {[ON_WELCOME] = DO(wsync_on_welcome),
                                [ON_STILL] = DO(wsync_on_still),
                                [ON_REJECT] = DO(on_reject),
                                [ON_BYE] = DO(on_bye),
                                [ON_TICK] = DO(on_tick),
                                [ON_CUT] = DO(on_cut),
                                [ON_STOP] = DO(on_stop)},
    [WSYNC_STATE_OPEN] = {[ON_ROSTER] = DO(wsync_on_roster),
                          [ON_HEADS] = DO(wsync_on_heads),
                          [ON_CHANGES] = DO(wsync_on_changes),
                          [ON_ACK] = DO(on_ack),
                          [ON_REJECT] = DO(on_reject),
                          [ON_BYE] = DO(on_bye),
                          [ON_PROVE] = DO(wsync_on_prove),
                          [ON_RECEIPT] = DO(wsync_on_receipt),
                          [ON_ROTATE] = DO(wsync_on_rotate),
                          [ON_PACKED] = DO(wsync_on_packed),
                          [ON_BLOB_WANT] = DO(wsync_on_blob_want),
                          [ON_BLOB_CHUNK] = DO(wsync_on_blob_chunk),
                          [ON_BLOB_OFFER] = DO(wsync_on_blob_offer),
                          [ON_TICK] = DO(on_tick),
                          [ON_CUT] = DO(on_cut),
                          [ON_STOP] = DO(on_stop)},
    [WSYNC_STATE_ENROL_SENT] = {[ON_REJECT] = DO(on_reject),
                                [ON_BYE] = DO(on_bye),
                                [ON_GRANT] = DO(wsync_on_grant),
                                [ON_TICK] = DO(on_tick),
                                [ON_CUT] = DO(on_cut),
                                [ON_STOP] = DO(on_stop)},
    [WSYNC_STATE_ENDED] = {[ON_START] = DO(ignore),
                           [ON_HELLO] = DO(ignore),
                           [ON_WELCOME] = DO(ignore),
                           [ON_ROSTER] = DO(ignore),
                           [ON_HEADS] = DO(ignore),
                           [ON_CHANGES] = DO(ignore),
                           [ON_ACK] = DO(ignore),
                           [ON_REJECT] = DO(ignore),
                           [ON_BYE] = DO(ignore),
                           [ON_ENROL] = DO(ignore),
                           [ON_GRANT] = DO(ignore),
                           [ON_PROVE] = DO(ignore),
                           [ON_RECEIPT] = DO(ignore),
                           [ON_ROTATE] = DO(ignore),
                           [ON_PACKED] = DO(ignore),
                           [ON_BLOB_WANT] = DO(ignore),
                           [ON_BLOB_CHUNK] = DO(ignore),
                           [ON_BLOB_OFFER] = DO(ignore),
                           [ON_STILL] = DO(ignore),
                           [ON_TICK] = DO(ignore),
                           [ON_CUT] = DO(ignore),
                           [ON_STOP] = DO(ignore)},
};

static const char *const STATE_NAMES[WSYNC_STATE_COUNT] = {
    [WSYNC_STATE_IDLE] = "idle",   [WSYNC_STATE_HELLO_SENT] = "hello-sent",
    [WSYNC_STATE_OPEN] = "open",   [WSYNC_STATE_ENROL_SENT] = "enrol-sent",
    [WSYNC_STATE_ENDED] = "ended",
};

static const char *const COLUMN_NAMES[COLUMN_COUNT] = {
    [ON_START] = "start",     [ON_HELLO] = "Hello",   [ON_WELCOME] = "Welcome",
    [ON_ROSTER] = "Roster",   [ON_HEADS] = "Heads",   [ON_CHANGES] = "ChangeSet",
    [ON_ACK] = "Ack",         [ON_REJECT] = "Reject", [ON_BYE] = "Bye",
    [ON_ENROL] = "Enrol",     [ON_GRANT] = "Grant",   [ON_PROVE] = "Prove",
    [ON_RECEIPT] = "Receipt", [ON_ROTATE] = "Rotate", [ON_PACKED] = "Packed",
    [ON_BLOB_WANT] = "BlobWant", [ON_BLOB_CHUNK] = "BlobChunk", [ON_BLOB_OFFER] = "BlobOffer",
    [ON_STILL] = "Still",     [ON_TICK] = "tick",     [ON_CUT] = "cut",
    [ON_STOP] = "stop",
};

void wsync_session_init(struct wsync_session *session, const struct wsync_session_setup *setup,
                        int64_t now_ms)
{
    *session = (struct wsync_session){.setup = *setup,
                                      .progress_ms = now_ms,
                                      .credit = WSYNC_CREDIT_BYTES_MIN,
                                      .roster_next = 1}; /* nothing: 1 is above 0 */
}

/* Those that credit is about. */
static bool is_counted(enum wsync_message_type type)
{
    return type == WSYNC_MESSAGE_CHANGES || type == WSYNC_MESSAGE_PACKED ||
           type == WSYNC_MESSAGE_HEADS || type == WSYNC_MESSAGE_ROSTER;
}

enum wsync_err wsync_step_send_frame(struct wsync_step *step, struct wsync_slice frame)
{
    step->session->counts.bytes_out += frame.len;
    return wsync_effects_send(step->effects, step->session, frame);
}

enum wsync_err wsync_step_send(struct wsync_step *step, const struct wsync_message *message)
{
    size_t mark = wsync_arena_mark(step->arena);
    struct wsync_slice frame;
    enum wsync_err err = wsync_message_encode(message, step->arena, &frame);
    if (err == WSYNC_OK) {
        err = wsync_step_send_frame(step, frame);
        step->session->sent += is_counted(message->type) ? frame.len : 0;
    }
    wsync_arena_release(step->arena, mark);
    WSYNC_ASSERT(err != WSYNC_ERR_OVERSIZE); /* the sender sizes what it sends */
    return err;
}

enum wsync_err wsync_step_close(struct wsync_step *step, enum wsync_err code)
{
    step->session->state = WSYNC_STATE_ENDED;
    step->session->result = code;
    return wsync_effects_close(step->effects, step->session);
}

enum wsync_err wsync_step_end(struct wsync_step *step, enum wsync_err code)
{
    struct wsync_message bye = {.type = WSYNC_MESSAGE_BYE, .bye = code};
    enum wsync_err err = code == WSYNC_ERR_LINK ? WSYNC_OK : wsync_step_send(step, &bye);
    return err == WSYNC_OK ? wsync_step_close(step, code) : err;
}

static enum wsync_err on_start(struct wsync_step *step)
{
    step->session->progress_ms = step->event->now_ms; /* dialling took the time it took */
    switch (step->session->setup.role) {
    case WSYNC_SESSION_WARD:
        return wsync_on_start_ward(step);
    case WSYNC_SESSION_APPLICANT:
        return wsync_on_start_applicant(step);
    case WSYNC_SESSION_DISTRICT:
        break;
    }
    return WSYNC_OK; /* the district waits to be spoken to */
}

static enum wsync_err take_ack_of(struct wsync_step *step, struct wsync_outgoing *outgoing,
                                  const struct wsync_head *head)
{
    struct wsync_session *session = step->session;
    struct wsync_log log;
    struct wsync_branch path;
    struct wsync_hash hash;
    enum wsync_err err = wsync_outgoing_path(step, outgoing, &log, &path);
    if (err != WSYNC_OK || head->seq <= outgoing->acked || head->seq > path.seq) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* that ends the session soon */
    }
    err = wsync_branch_hash(step->txn, &path, head->seq, &hash);
    if (err != WSYNC_OK || !wsync_hash_equal(&hash, &head->hash)) {
        return err;
    }
    const struct wsync_seen_run run = {head->log, outgoing->acked + 1, head->seq};
    wsync_seen_run(&session->seen.acked, &run);
    session->counts.changes_acked += head->seq - outgoing->acked;
    outgoing->acked = head->seq;
    if (outgoing->next <= head->seq) {
        outgoing->next = head->seq + 1;
        outgoing->at = head->hash;
    }
    return session->setup.role == WSYNC_SESSION_WARD && outgoing->number == 0
               ? wsync_held_put(step->txn, log.no, head->seq)
               : WSYNC_OK;
}

static enum wsync_err take_ack(struct wsync_step *step, const struct wsync_head *head)
{
    struct wsync_session *session = step->session;
    struct wsync_log log;
    bool held;
    enum wsync_err err = wsync_head_held(step->txn, head, &held);
    if (err == WSYNC_OK && !held) {
        return WSYNC_ERR_CHAIN; /* acknowledges what was never sent */
    }
    if (err == WSYNC_OK) {
        err = wsync_log_find(step->txn, &head->log, &log);
    }
    for (size_t i = 0; i < session->outgoing_count && err == WSYNC_OK; i++) {
        if (session->outgoing[i].log_no == log.no) {
            err = take_ack_of(step, &session->outgoing[i], head);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err take_ack_of_own(struct wsync_step *step, const struct wsync_ack *ack)
{
    struct wsync_head head = {.log = step->session->own, .seq = ack->own};
    struct wsync_log log;
    struct wsync_branch path;
    enum wsync_err err = wsync_log_find(step->txn, &head.log, &log);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    err = wsync_branch_find(step->txn, &log, head.seq, wsync_slice(ack->at, sizeof ack->at),
                            &path);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_ERR_CHAIN;
    }
    if (err == WSYNC_OK) {
        err = wsync_branch_hash(step->txn, &path, head.seq, &head.hash);
    }
    return err == WSYNC_OK ? take_ack(step, &head) : err;
}

static bool all_acked(const struct wsync_session *session)
{
    for (size_t i = 0; i < session->outgoing_count; i++) {
        if (session->outgoing[i].acked + 1 < session->outgoing[i].next) {
            return false;
        }
    }
    return true;
}

static enum wsync_err on_ack(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_ack *ack = &step->message->ack;
    if (ack->taken < session->sent_taken || ack->taken > session->sent) {
        return wsync_step_end(step, WSYNC_ERR_CREDIT);
    }
    session->sent_taken = ack->taken;
    enum wsync_err err = WSYNC_OK;
    if (ack->own > 0) {
        err = session->has_own ? take_ack_of_own(step, ack) : WSYNC_ERR_MESSAGE;
    }
    for (size_t i = 0; i < ack->count && err == WSYNC_OK; i++) {
        err = take_ack(step, &ack->items[i]);
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
    }
    if (session->sent_taken == session->sent && !all_acked(session)) {
        bool again = session->packing.said && !session->packing.plain;
        return again ? wsync_step_send_again(step)
                     : wsync_step_end(step, WSYNC_ERR_GAP); /* not kept: begin again */
    }
    return WSYNC_OK;
}

static enum wsync_err end_by_peer(struct wsync_step *step, enum wsync_err code)
{
    step->session->result_is_peers = true;
    return wsync_step_close(step, code);
}

static enum wsync_err on_reject(struct wsync_step *step)
{
    step->session->reject = step->message->reject;
    return end_by_peer(step, step->message->reject.code);
}

static enum wsync_err on_bye(struct wsync_step *step)
{
    enum wsync_err code = step->message->bye;
    bool early = step->session->setup.role != WSYNC_SESSION_DISTRICT && code == WSYNC_OK;
    return end_by_peer(step, early ? WSYNC_ERR_BUSY : code); /* the ward says when it is done */
}

static enum wsync_err on_tick(struct wsync_step *step)
{
    if (step->event->now_ms >= wsync_session_deadline(step->session)) {
        return wsync_step_end(step, WSYNC_ERR_TIMEOUT);
    }
    return WSYNC_OK;
}

static enum wsync_err on_cut(struct wsync_step *step)
{
    return wsync_step_end(step, WSYNC_ERR_LINK);
}

static enum wsync_err on_stop(struct wsync_step *step)
{
    return wsync_step_end(step, WSYNC_ERR_BUSY);
}

static enum wsync_err ignore(struct wsync_step *step)
{
    (void)step;
    return WSYNC_OK;
}

static enum column column_of_message(enum wsync_message_type type)
{
    static const enum column COLUMNS[] = {
        [WSYNC_MESSAGE_HELLO] = ON_HELLO,
        [WSYNC_MESSAGE_WELCOME] = ON_WELCOME,
        [WSYNC_MESSAGE_ROSTER] = ON_ROSTER,
        [WSYNC_MESSAGE_HEADS] = ON_HEADS,
        [WSYNC_MESSAGE_CHANGES] = ON_CHANGES,
        [WSYNC_MESSAGE_ACK] = ON_ACK,
        [WSYNC_MESSAGE_REJECT] = ON_REJECT,
        [WSYNC_MESSAGE_BYE] = ON_BYE,
        [WSYNC_MESSAGE_ENROL] = ON_ENROL,
        [WSYNC_MESSAGE_GRANT] = ON_GRANT,
        [WSYNC_MESSAGE_PROVE] = ON_PROVE,
        [WSYNC_MESSAGE_RECEIPT] = ON_RECEIPT,
        [WSYNC_MESSAGE_ROTATE] = ON_ROTATE,
        [WSYNC_MESSAGE_PACKED] = ON_PACKED,
        [WSYNC_MESSAGE_BLOB_WANT] = ON_BLOB_WANT,
        [WSYNC_MESSAGE_BLOB_CHUNK] = ON_BLOB_CHUNK,
        [WSYNC_MESSAGE_BLOB_OFFER] = ON_BLOB_OFFER,
        [WSYNC_MESSAGE_STILL] = ON_STILL,
    };
    bool listed = type < sizeof COLUMNS / sizeof *COLUMNS && COLUMNS[type] != ON_START;
    return listed ? COLUMNS[type] : COLUMN_COUNT;
}

static enum column column_of_event(enum wsync_event_kind kind)
{
    switch (kind) {
    case WSYNC_EVENT_START:
        return ON_START;
    case WSYNC_EVENT_TICK:
        return ON_TICK;
    case WSYNC_EVENT_CUT:
        return ON_CUT;
    case WSYNC_EVENT_STOP:
        return ON_STOP;
    case WSYNC_EVENT_FRAME:
        break;
    }
    return COLUMN_COUNT;
}

/* The district asks the roster at every message: a live session of a revoked device ends at its
 * next one.  A key that is no device may only enrol. */
static enum wsync_err authorise(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    enum wsync_err err = wsync_roster_get(step->txn, &step->roster);
    if (err != WSYNC_OK || session->setup.role != WSYNC_SESSION_DISTRICT) {
        return err;
    }
    err = wsync_device_by_transport(step->txn, &session->setup.peer, &step->peer);
    if (err == WSYNC_ERR_NOT_FOUND) {
        bool enrols = step->message && step->message->type == WSYNC_MESSAGE_ENROL;
        return enrols || !step->message ? WSYNC_OK : WSYNC_ERR_DEVICE;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    return step->peer.revoked != 0     ? WSYNC_ERR_REVOKED
           : step->peer.suspended != 0 ? WSYNC_ERR_SUSPENDED
                                       : WSYNC_OK;
}

static enum wsync_err decode_frame(struct wsync_step *step, struct wsync_message *message)
{
    struct wsync_session *session = step->session;
    session->counts.bytes_in += step->event->frame.len;
    session->progress_ms = step->event->now_ms;
    enum wsync_err err = WSYNC_OK;
    if (session->setup.packer && wsync_packed_is(step->event->frame)) {
        err = wsync_packed_check(step->event->frame);
        *message = (struct wsync_message){.type = WSYNC_MESSAGE_PACKED};
    } else {
        err = wsync_message_decode(step->event->frame, step->arena, message);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (is_counted(message->type)) {
        session->taken += step->event->frame.len;
        if (session->setup.carriage == WSYNC_CARRIAGE_LINE &&
            session->taken - session->taken_told > WSYNC_CREDIT_BYTES_DEFAULT) {
            return WSYNC_ERR_CREDIT;
        }
    }
    step->message = message;
    return WSYNC_OK;
}

static enum wsync_err dispatch(struct wsync_step *step, enum column column)
{
    wsync_handler *handler =
        column < COLUMN_COUNT ? TABLE[step->session->state][column].handler : NULL;
    bool opens = step->message && (step->message->type == WSYNC_MESSAGE_HELLO ||
                                   step->message->type == WSYNC_MESSAGE_ENROL);
    if (!handler || (opens && step->session->setup.role != WSYNC_SESSION_DISTRICT &&
                     step->session->state != WSYNC_STATE_ENDED)) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    return handler(step);
}

enum wsync_err wsync_session_step(struct wsync_session *session,
                                  const struct wsync_event *event, struct wsync_txn *txn,
                                  struct wsync_arena *arena, struct wsync_effects *effects)
{
    size_t mark = wsync_arena_mark(arena);
    struct wsync_step step = {
        .session = session, .event = event, .txn = txn, .arena = arena, .effects = effects};
    struct wsync_message message;
    bool heeded = true;
    wsync_session_check(session);
    enum wsync_err err = WSYNC_OK;
    if (session->state != WSYNC_STATE_ENDED) {
        if (event->kind == WSYNC_EVENT_FRAME) {
            err = decode_frame(&step, &message);
        }
        if (err == WSYNC_OK) {
            err = authorise(&step);
        }
        if (err == WSYNC_OK) {
            err = wsync_step_check_key(&step, &heeded);
        }
        if (wsync_err_is_ours(err)) {
            /* nothing is wrong with the peer */
        } else if (err != WSYNC_OK) {
            err = wsync_step_end(&step, err);
        } else if (heeded) {
            err = dispatch(&step, step.message ? column_of_message(message.type)
                                               : column_of_event(event->kind));
        }
    }
    wsync_arena_release(arena, mark);
    wsync_session_check(session);
    return err;
}

int64_t wsync_session_deadline(const struct wsync_session *session)
{
    return session->state == WSYNC_STATE_ENDED ? INT64_MAX
                                               : session->progress_ms + WSYNC_IDLE_MS_MAX;
}

bool wsync_session_is_over(const struct wsync_session *session)
{
    return session->state == WSYNC_STATE_ENDED;
}

struct wsync_slice wsync_session_print_table(char *text, size_t size)
{
    size_t used = 0;
    for (int state = 0; state < WSYNC_STATE_COUNT; state++) {
        for (int column = 0; column < COLUMN_COUNT; column++) {
            const struct cell *cell = &TABLE[state][column];
            const char *action = cell->name ? cell->name : "-";
            int len = snprintf(text + used, size - used, "%-11s %-10s %s\n", STATE_NAMES[state],
                               COLUMN_NAMES[column],
                               strncmp(action, "wsync_", 6) == 0 ? action + 6 : action);
            WSYNC_ASSERT(len > 0 && (size_t)len < size - used);
            used += (size_t)len;
        }
    }
    return wsync_slice(text, used);
}

void wsync_session_check(const struct wsync_session *session)
{
    WSYNC_ASSERT(session->state < WSYNC_STATE_COUNT);
    WSYNC_ASSERT(session->outgoing_count <= WSYNC_SESSION_LOGS_MAX);
    WSYNC_ASSERT(session->expected_count <= WSYNC_SESSION_LOGS_MAX);
    WSYNC_ASSERT(session->ack_count <= WSYNC_ACK_HEADS_MAX);
    WSYNC_ASSERT(session->sent_taken <= session->sent);
    WSYNC_ASSERT(session->taken_told <= session->taken);
    for (size_t i = 0; i < session->outgoing_count; i++) {
        WSYNC_ASSERT(session->outgoing[i].acked < session->outgoing[i].next);
    }
}
