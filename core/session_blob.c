/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments in a session (SPEC section 18.3): behind everything else, a few chunks ahead.
 *
 * A side that takes asks (BlobWant), a side that gives answers (BlobChunk).  What an ask says
 * is here already was made durable before the batch was committed. */
#include "core/session_blob.h"

bool wsync_step_is_district(const struct wsync_step *step)
{
    return step->session->setup.role == WSYNC_SESSION_DISTRICT;
}

struct wsync_blobs *wsync_step_blobs(const struct wsync_step *step)
{
    return step->session->setup.ledger->blobs;
}

bool wsync_step_moves_blobs(const struct wsync_step *step)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    return wsync_step_blobs(step) && !setup->blobs.off &&
           setup->carriage == WSYNC_CARRIAGE_LINE;
}

/* A budget bounds attachments as it bounds what others wrote. */
static bool is_spent(const struct wsync_session *session)
{
    uint64_t max = session->setup.blobs.bytes_max;
    return session->setup.flow.own_only || (max > 0 && session->blobs.bytes >= max);
}

/* A ward with other things to look for ends and begins anew. */
static bool is_late(const struct wsync_session *session)
{
    return session->setup.role == WSYNC_SESSION_WARD && session->blobs.begun &&
           session->progress_ms - session->blobs.since_ms >= WSYNC_BLOB_PHASE_MS_MAX;
}

static bool is_closing(const struct wsync_session *session)
{
    return is_spent(session) || is_late(session);
}

/* May the peer know of it: is it named where it may read? */
static enum wsync_err is_for_peer(const struct wsync_step *step,
                                  const struct wsync_blob_name *name, bool *allowed)
{
    const struct wsync_device *reader = wsync_step_is_district(step) ? &step->peer : NULL;
    return wsync_blob_is_named(step->txn, name, reader, step->roster.top, allowed);
}

/* ---- taking ---- */

static uint32_t window(const struct wsync_session *session)
{
    uint32_t set = session->setup.blobs.window;
    uint32_t ahead = set > 0 ? set : WSYNC_BLOB_WINDOW_DEFAULT;
    return ahead < WSYNC_BLOB_WINDOW_MAX ? ahead : WSYNC_BLOB_WINDOW_MAX;
}

static enum wsync_err say_want(struct wsync_step *step, const struct wsync_blob_want *want)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_WANT, .want = *want};
    return wsync_step_send(step, &message);
}

/* The next thing to ask for in the book; `found` false when there is none. */
static enum wsync_err next_in_book(struct wsync_step *step, bool *found)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    bool of_log = wsync_step_is_district(step);
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    while (err == WSYNC_ERR_NOT_FOUND && (!of_log || talk->log_at < talk->log_count)) {
        if (of_log && talk->at.log_no != talk->logs[talk->log_at]) {
            talk->at = (struct wsync_blob_wanted){.log_no = talk->logs[talk->log_at]};
        }
        err = wsync_blob_next_wanted(step->txn, of_log, &talk->at);
        if (err == WSYNC_ERR_NOT_FOUND && !of_log) {
            break;
        }
        talk->log_at += err == WSYNC_ERR_NOT_FOUND;
    }
    *found = err == WSYNC_OK;
    talk->want = talk->at;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What the peer's device began is ended first. */
static enum wsync_err next_draft(struct wsync_step *step, bool *found)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    enum wsync_err err = WSYNC_OK;
    *found = false;
    while (!*found && err == WSYNC_OK) { /* ends: few drafts */
        err = wsync_blob_next_draft(step->txn, &step->peer.id, &talk->draft_at);
        if (err == WSYNC_OK) {
            err = is_for_peer(step, &talk->draft_at, found);
        }
    }
    talk->want = (struct wsync_blob_wanted){WSYNC_BLOB_WISHED, talk->draft_at};
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What was offered goes before the rest; of it only what the peer may know of. */
static enum wsync_err next_candidate(struct wsync_step *step, bool *found)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    enum wsync_err first = wsync_step_is_district(step) ? next_draft(step, found) : WSYNC_OK;
    if (first != WSYNC_OK || (wsync_step_is_district(step) && *found)) {
        return first;
    }
    while (talk->offered_at < talk->offered_count) {
        talk->want = (struct wsync_blob_wanted){WSYNC_BLOB_WISHED,
                                                talk->offered[talk->offered_at++]};
        enum wsync_err err = is_for_peer(step, &talk->want.name, found);
        if (err != WSYNC_OK || *found) {
            return err;
        }
    }
    return next_in_book(step, found);
}

/* It is here: who gave it hears so, and it is struck off the book. */
static enum wsync_err note_whole(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    const struct wsync_blob_want held = {.has_name = !talk->named,
                                         .name = talk->want.name,
                                         .from = wsync_blob_chunk_count(&talk->want.name)};
    enum wsync_err err = wsync_blob_settle(step->txn, &talk->want, true);
    if (err == WSYNC_OK && wsync_step_is_district(step)) {
        err = wsync_blob_note_ended(step->session->setup.ledger, step->txn, &step->peer.id,
                                    &talk->want.name, true);
    }
    for (size_t i = 0; i < talk->log_count && err == WSYNC_OK; i++) {
        const struct wsync_blob_wanted wanted = {talk->logs[i], talk->want.name};
        err = wsync_blob_settle(step->txn, &wanted, true);
    }
    talk->asking = talk->named = false;
    return err == WSYNC_OK && wsync_step_is_district(step) ? say_want(step, &held) : err;
}

/* So many chunks are here now that one came. */
static enum wsync_err note_chunk(struct wsync_step *step, uint32_t chunks)
{
    const struct wsync_blob_name *name = &step->session->blobs.want.name;
    return chunks == 1 ? wsync_blob_note_begun(step->session->setup.ledger, step->txn,
                                               &step->peer.id, name)
                       : wsync_blob_note_giver(step->txn, &step->peer.id, name);
}

/* Asks for what comes next of the one that is being taken. */
static enum wsync_err ask_on(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    uint32_t count = wsync_blob_chunk_count(&talk->want.name);
    uint32_t ahead = window(session);
    uint32_t until = count - talk->seen < ahead ? count : talk->seen + ahead;
    if (talk->named && until <= talk->asked) {
        return WSYNC_OK;
    }
    const struct wsync_blob_want want = {
        !talk->named, talk->want.name, talk->seen, until - talk->seen};
    talk->names += !talk->named && !wsync_step_is_district(step);
    talk->named = true;
    talk->asked = until;
    return say_want(step, &want);
}

/* The one found is to be begun: may it?  What may not waits, and with one of the book all of
 * the book for this session: it may be long. */
static enum wsync_err check_quota(struct wsync_step *step, bool *may)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    *may = true;
    if (!wsync_step_is_district(step)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_blob_may_begin(step->session->setup.ledger, step->txn,
                                              &step->peer.id, &talk->want.name, may);
    step->session->counts.blobs.left |= !*may;
    talk->log_at = *may || talk->want.log_no == WSYNC_BLOB_WISHED ? talk->log_at
                                                                  : talk->log_count;
    return err;
}

/* Finds what to take next, passing over what is here already. */
static enum wsync_err begin_asking(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    bool found = true;
    if (!wsync_step_is_district(step) && talk->names == WSYNC_BLOB_NAMES_MAX) {
        talk->stopped = step->session->counts.blobs.left = true;
        return WSYNC_OK;
    }
    while (!talk->asking && found) { /* ends: each turn passes one */
        struct wsync_blob_state state;
        bool may = true;
        enum wsync_err err = next_candidate(step, &found);
        if (err != WSYNC_OK || !found) {
            return err;
        }
        err = wsync_blob_look(wsync_step_blobs(step), &talk->want.name, &state);
        if (err == WSYNC_OK && state.chunks == 0) {
            err = check_quota(step, &may);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        if (!may) {
            continue;
        }
        if (wsync_step_is_district(step) && state.chunks > 0 && !state.whole) {
            err = wsync_blob_note_giver(step->txn, &step->peer.id, &talk->want.name);
        }
        talk->seen = talk->asked = state.chunks;
        talk->named = talk->whole = talk->dropped = false;
        talk->asking = !state.whole;
        err = err == WSYNC_OK && state.whole ? note_whole(step) : err;
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* All that was asked for of it has come: it is whole, or no more of it is taken now. */
static enum wsync_err end_asking(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    if (talk->whole) {
        session->counts.blobs.whole++;
        return note_whole(step);
    }
    session->counts.blobs.left = true;
    talk->asking = talk->named = false;
    return WSYNC_OK;
}

/* Another session may have been told that its giver has it not any more, and forgot it: nothing
 * is said of what is not here. */
static enum wsync_err heed_others(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    struct wsync_blob_state state;
    if (!talk->asking || talk->whole || talk->dropped || talk->seen == 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_blob_look(wsync_step_blobs(step), &talk->want.name, &state);
    talk->dropped = err == WSYNC_OK && !state.whole && state.chunks < talk->seen;
    return err;
}

static enum wsync_err ask(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    bool open = !talk->stopped && !is_closing(session);
    enum wsync_err err = heed_others(step);
    if (err == WSYNC_OK && talk->asking && talk->seen == talk->asked &&
        (talk->whole || talk->dropped || (talk->named && !open))) {
        err = end_asking(step);
    }
    if (err == WSYNC_OK && open && !talk->asking) {
        err = begin_asking(step);
    }
    if (err == WSYNC_OK && open && talk->asking && !talk->whole && !talk->dropped) {
        err = ask_on(step);
    }
    if (err == WSYNC_OK && !talk->asking && talk->answer_due) {
        const struct wsync_blob_want nothing = {.has_name = false};
        talk->answer_due = false;
        err = say_want(step, &nothing);
    }
    return err;
}

/* The peer has it not, or not now. */
static enum wsync_err hear_none(struct wsync_step *step, bool later)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    bool refused =
        !later && wsync_step_is_district(step) && talk->want.log_no != WSYNC_BLOB_WISHED;
    talk->asking = talk->named = false;
    talk->stopped |= later;
    talk->seen = talk->asked;
    step->session->counts.blobs.left |= later;
    enum wsync_err err = WSYNC_OK;
    if (!later && wsync_step_is_district(step)) {
        err = wsync_blob_note_ended(step->session->setup.ledger, step->txn, &step->peer.id,
                                    &talk->want.name, false);
    }
    return err == WSYNC_OK && refused ? wsync_blob_settle(step->txn, &talk->want, false) : err;
}

/* What the disk has no room for, refuses, or did to what was taken before, is not the peer's
 * doing, and records do not wait for it. */
static enum wsync_err heed_result(struct wsync_step *step, enum wsync_err err)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    bool refuses = err == WSYNC_ERR_STORE_FULL || err == WSYNC_ERR_STORE_IO;
    if (refuses || err == WSYNC_ERR_CORRUPT) {
        talk->dropped = true;
        talk->stopped |= refuses;
        step->session->counts.blobs.refused += refuses;
        return WSYNC_OK;
    }
    return wsync_err_is_ours(err) || err == WSYNC_OK ? err : wsync_step_end(step, err);
}

enum wsync_err wsync_on_blob_chunk(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    const struct wsync_blob_answer *answer = &step->message->chunk;
    struct wsync_blob_state state = {.whole = false};
    talk->bytes += step->event->frame.len;
    if (!talk->asking || talk->seen == talk->asked) {
        return wsync_step_end(step, WSYNC_ERR_STATE); /* nobody asked */
    }
    if (answer->chunk.bytes.len == 0) {
        return hear_none(step, answer->later);
    }
    if (answer->chunk.index != talk->seen) {
        return wsync_step_end(step, WSYNC_ERR_STATE); /* answers come in order */
    }
    talk->seen++;
    if (talk->whole || talk->dropped) {
        return WSYNC_OK;
    }
    enum wsync_err err =
        wsync_blob_take(wsync_step_blobs(step), &talk->want.name, &answer->chunk, &state);
    session->counts.blobs.chunks_taken += err == WSYNC_OK;
    talk->whole = err == WSYNC_OK && state.whole;
    if (err == WSYNC_OK && wsync_step_is_district(step)) {
        err = note_chunk(step, state.chunks);
    }
    return heed_result(step, err == WSYNC_ERR_GAP ? WSYNC_ERR_CORRUPT : err);
}

/* ---- giving ---- */

/* What a ward hears of what it offered. */
static enum wsync_err hear_held(struct wsync_step *step, const struct wsync_blob_name *name)
{
    if (wsync_step_is_district(step)) {
        return WSYNC_OK;
    }
    step->session->counts.blobs.confirmed++;
    return wsync_blob_note_held(step->txn, name, true);
}

static enum wsync_err begin_giving(struct wsync_step *step, const struct wsync_blob_want *want)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    struct wsync_blob_state state = {.whole = false};
    bool allowed;
    bool held = false;
    enum wsync_err err = is_for_peer(step, &want->name, &allowed);
    if (err == WSYNC_OK && allowed) {
        err = wsync_blob_look(wsync_step_blobs(step), &want->name, &state);
    }
    if (err == WSYNC_OK && !wsync_step_is_district(step)) {
        err = wsync_blob_is_held(step->txn, &want->name, &held);
    }
    if (err == WSYNC_OK && held) { /* not any more */
        err = wsync_blob_note_held(step->txn, &want->name, false);
    }
    talk->giving = true;
    talk->refuses = !state.whole;
    talk->give = want->name;
    talk->next = want->from;
    talk->end = want->from + want->count;
    return err;
}

/* Holds the district it?  Only of what is here and was named can that be said. */
static enum wsync_err end_giving(struct wsync_step *step, const struct wsync_blob_name *name)
{
    bool allowed;
    enum wsync_err err = is_for_peer(step, name, &allowed);
    step->session->blobs.giving = false;
    return err == WSYNC_OK && allowed ? hear_held(step, name) : err;
}

enum wsync_err wsync_on_blob_want(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    const struct wsync_blob_want *want = &step->message->want;
    if (!talk->agreed) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    if (!want->has_name && want->from == 0 && want->count == 0) {
        bool due = talk->offer_out;
        talk->offer_out = talk->peer_wants = false;
        return due ? wsync_step_offer_ended(step) : wsync_step_end(step, WSYNC_ERR_STATE);
    }
    if (!want->has_name && !talk->giving) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    const struct wsync_blob_name name = want->has_name ? want->name : talk->give;
    uint32_t chunks = wsync_blob_chunk_count(&name);
    if (want->from > chunks || want->count > chunks - want->from ||
        (want->count == 0 && want->from < chunks)) {
        return wsync_step_end(step, WSYNC_ERR_MESSAGE);
    }
    if (want->count == 0) {
        return end_giving(step, &name);
    }
    if (want->has_name) {
        bool too_many = wsync_step_is_district(step) && talk->names == WSYNC_BLOB_NAMES_MAX;
        talk->names += wsync_step_is_district(step);
        return too_many ? wsync_step_end(step, WSYNC_ERR_CREDIT) : begin_giving(step, want);
    }
    talk->next = talk->next < want->from ? want->from : talk->next;
    talk->end = want->from + want->count;
    return WSYNC_OK;
}

static enum wsync_err say_none(struct wsync_step *step, bool later)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_CHUNK};
    message.chunk.later = later;
    step->session->blobs.giving = false;
    step->session->counts.blobs.left |= later;
    return wsync_step_send(step, &message);
}

static enum wsync_err give_chunk(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_CHUNK};
    size_t mark = wsync_arena_mark(step->arena);
    uint64_t before = session->counts.bytes_out;
    enum wsync_err err = wsync_blob_prove(wsync_step_blobs(step), &talk->give, talk->next,
                                          step->arena, &message.chunk.chunk);
    if (err == WSYNC_OK) {
        err = wsync_step_send(step, &message);
        talk->bytes += session->counts.bytes_out - before;
        talk->next++;
        session->counts.blobs.chunks_sent++;
    } else if (err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ||
               err == WSYNC_ERR_STORE_IO) {
        err = say_none(step, false); /* lost or spoiled since: verification tells people */
    }
    wsync_arena_release(step->arena, mark);
    return err;
}

static enum wsync_err give(struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    const struct wsync_blob_talk *talk = &session->blobs;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && talk->giving && talk->next < talk->end &&
           wsync_effects_have_room(step->effects)) {
        err = talk->refuses         ? say_none(step, false)
              : is_closing(session) ? say_none(step, true)
                                    : give_chunk(step);
    }
    return err;
}

/* ---- what is due ---- */

static enum wsync_err attach_ward(struct wsync_step *step, bool *waits)
{
    struct wsync_session *session = step->session;
    struct wsync_blob_talk *talk = &session->blobs;
    enum wsync_err err = WSYNC_OK;
    if (!talk->begun) {
        talk->begun = true;
        talk->since_ms = session->progress_ms;
    }
    talk->alone = true;
    if (!talk->offer_out && !talk->offered_all && !is_closing(session)) {
        err = wsync_step_offer(step);
    }
    if (err == WSYNC_OK) {
        err = ask(step);
    }
    if (err == WSYNC_OK) {
        err = give(step);
    }
    bool coming = talk->asking && talk->seen < talk->asked;
    bool left = talk->offer_out || !talk->offered_all || talk->asking;
    bool closing = is_closing(session);
    if (err == WSYNC_OK && closing && left && !talk->offer_out && !talk->asking) {
        err = wsync_step_has_more(step, &left);
    }
    *waits = closing ? coming : left || coming;
    session->counts.blobs.left |= closing && left;
    session->partial |= is_late(session) && left && !is_spent(session);
    return err;
}

/* Nothing counted waits at this side, nor is any on its way. */
static bool is_quiet(const struct wsync_session *session)
{
    return session->sent == session->sent_taken && !session->heads_due &&
           session->roster_next > session->roster_last;
}

enum wsync_err wsync_step_attach(struct wsync_step *step, bool *waits)
{
    struct wsync_session *session = step->session;
    *waits = false;
    if (!session->blobs.agreed || session->state != WSYNC_STATE_OPEN) {
        return WSYNC_OK;
    }
    if (!wsync_step_is_district(step)) {
        return attach_ward(step, waits);
    }
    bool asks = session->blobs.answer_due || session->blobs.asking;
    enum wsync_err err = asks ? ask(step) : WSYNC_OK;
    return err == WSYNC_OK && is_quiet(session) ? give(step) : err;
}

enum wsync_err wsync_step_queue_news(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_log own;
    uint64_t held;
    if (!session->blobs.begun || wsync_step_is_district(step) || !session->has_own) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_ledger_own_log(step->txn, session->setup.scope, &own);
    if (err != WSYNC_OK || !wsync_log_id_equal(&own.id, &session->own)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_held_get(step->txn, own.no, &held);
    if (err != WSYNC_OK || held >= own.seq) {
        return err;
    }
    session->blobs.alone = false;
    session->partial = true; /* what proves it is asked for in the next session */
    for (size_t i = 0; i < session->outgoing_count; i++) {
        if (session->outgoing[i].log_no == own.no && session->outgoing[i].number == 0) {
            return WSYNC_OK; /* it is on its way */
        }
    }
    return wsync_step_queue_own(step, &own, held + 1);
}
