/* SPDX-License-Identifier: Apache-2.0 */
/* What may be moved of attachments in a session, and what a ward offers (SPEC section 18.3). */
#include <string.h>

#include "core/session_blob.h"

/* ---- the opening ---- */

/* Is anything that the log named wanted and not here?  What came by another way is struck off.
 */
static enum wsync_err lacks_of(struct wsync_step *step, uint32_t log_no, bool *lacks)
{
    struct wsync_blob_wanted wanted = {.log_no = log_no};
    enum wsync_err err;
    *lacks = false;
    while (!*lacks && (err = wsync_blob_next_wanted(step->txn, true, &wanted)) == WSYNC_OK) {
        struct wsync_blob_state state;
        err = wsync_blob_look(wsync_step_blobs(step), &wanted.name, &state);
        if (err == WSYNC_OK && state.whole) {
            err = wsync_blob_settle(step->txn, &wanted, true);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        *lacks = !state.whole;
    }
    return WSYNC_OK;
}

/* The peer's device, and those whose place it took: a rejoin keeps what is on the disk. */
struct line {
    struct wsync_device_id ids[WSYNC_PREDECESSORS_MAX + 1];
    size_t count;
};

static enum wsync_err find_line(const struct wsync_step *step, struct line *line)
{
    struct wsync_device device = step->peer;
    enum wsync_err err = WSYNC_OK;
    *line = (struct line){.ids = {device.id}, .count = 1};
    while (err == WSYNC_OK && device.has_predecessor && line->count <= WSYNC_PREDECESSORS_MAX) {
        line->ids[line->count] = device.predecessor;
        err = wsync_device_get(step->txn, &line->ids[line->count], &device);
        line->count += err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool is_of(const struct line *line, const struct wsync_log *log)
{
    bool of = false;
    for (size_t i = 0; i < line->count; i++) {
        of = of || wsync_device_id_equal(&log->device, &line->ids[i]);
    }
    return of;
}

/* A log that one of those wrote: what it names the peer can give. */
static void add_log(struct wsync_blob_talk *talk, uint32_t log_no)
{
    for (size_t i = 0; i < talk->log_count; i++) {
        if (talk->logs[i] == log_no) {
            return;
        }
    }
    talk->log_count -= talk->log_count == WSYNC_BLOB_LOGS_MAX; /* the newest at least */
    talk->log_at -= talk->log_at > talk->log_count;
    talk->logs[talk->log_count++] = log_no;
}

/* Once in a session, whose opening goes over all logs anyway. */
static enum wsync_err find_logs(struct wsync_step *step, bool *wants)
{
    struct line line;
    enum wsync_err err = find_line(step, &line);
    *wants = false;
    for (uint32_t no = 1; err == WSYNC_OK; no++) { /* ends: numbers are dense */
        struct wsync_log log;
        bool lacks;
        err = wsync_log_get(step->txn, no, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        if (!log.known || !is_of(&line, &log)) {
            continue;
        }
        err = lacks_of(step, no, &lacks);
        *wants |= err == WSYNC_OK && lacks;
        add_log(&step->session->blobs, no);
    }
    return err;
}

enum wsync_err wsync_step_note_log(struct wsync_step *step, const struct wsync_log_id *id)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    struct wsync_log log;
    struct line line;
    if (!talk->agreed || !wsync_step_is_district(step)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_find(step->txn, id, &log);
    if (err == WSYNC_OK) {
        err = find_line(step, &line);
    }
    if (err == WSYNC_OK && is_of(&line, &log)) {
        add_log(talk, log.no);
    }
    return err;
}

enum wsync_err wsync_step_show_blobs(struct wsync_step *step, const struct wsync_hello *hello,
                                     struct wsync_welcome *welcome)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    welcome->blobs = wsync_step_moves_blobs(step);
    talk->agreed = welcome->blobs && hello->blobs;
    return talk->agreed ? find_logs(step, &welcome->wants_blobs) : WSYNC_OK;
}

enum wsync_err wsync_step_blobs_wait(const struct wsync_step *step, bool *wait)
{
    struct wsync_blob_name given = {.length = 0};
    struct wsync_blob_wanted wanted = {.log_no = 0};
    enum wsync_err err = wsync_blob_next_to_give(step->txn, &given);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_blob_next_wanted(step->txn, false, &wanted);
    }
    *wait = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void wsync_step_see_blobs(struct wsync_step *step, const struct wsync_welcome *welcome)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    talk->agreed = welcome->blobs && wsync_step_moves_blobs(step);
    talk->peer_wants = talk->agreed && welcome->wants_blobs;
}

/* ---- offering ---- */

enum wsync_err wsync_on_blob_offer(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    const struct wsync_blob_offer *offer = &step->message->offer;
    if (!talk->agreed || !wsync_step_is_district(step) || talk->answer_due) {
        return wsync_step_end(step, WSYNC_ERR_STATE);
    }
    if (talk->offers == WSYNC_BLOB_OFFERS_MAX) {
        return wsync_step_end(step, WSYNC_ERR_CREDIT);
    }
    talk->offers++;
    memcpy(talk->offered, offer->names, offer->count * sizeof *offer->names);
    talk->offered_count = offer->count;
    talk->offered_at = 0;
    talk->answer_due = true;
    return WSYNC_OK;
}

/* Names the next ones that are whole here and not confirmed. */
enum wsync_err wsync_step_offer(struct wsync_step *step)
{
    struct wsync_blob_talk *talk = &step->session->blobs;
    struct wsync_message message = {.type = WSYNC_MESSAGE_BLOB_OFFER,
                                    .offer = {talk->offered, 0}};
    size_t *count = &message.offer.count;
    enum wsync_err err = WSYNC_OK;
    if (talk->offers == WSYNC_BLOB_OFFERS_MAX) { /* the others in the next session */
        talk->offered_all = true;
        return wsync_step_has_more(step, &step->session->counts.blobs.left);
    }
    while (*count < WSYNC_BLOB_OFFER_MAX && err == WSYNC_OK) {
        struct wsync_blob_state state = {.whole = false};
        err = wsync_blob_next_to_give(step->txn, &talk->offer_at);
        if (err == WSYNC_OK) {
            err = wsync_blob_look(wsync_step_blobs(step), &talk->offer_at, &state);
        }
        if (err == WSYNC_OK && state.whole) {
            talk->offered[(*count)++] = talk->offer_at;
        }
    }
    talk->offered_all = err == WSYNC_ERR_NOT_FOUND;
    if ((err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) ||
        (*count == 0 && !talk->peer_wants)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    talk->offers++;
    talk->offer_out = true;
    talk->offered_count = *count;
    talk->offered_at = *count; /* nothing to ask for */
    return wsync_step_send(step, &message);
}

enum wsync_err wsync_step_offer_ended(struct wsync_step *step)
{
    const struct wsync_blob_talk *talk = &step->session->blobs;
    struct wsync_blob_counts *counts = &step->session->counts.blobs;
    for (size_t i = 0; i < talk->offered_count; i++) {
        bool held;
        enum wsync_err err = wsync_blob_is_held(step->txn, &talk->offered[i], &held);
        if (err != WSYNC_OK) {
            return err;
        }
        counts->waiting += !held;
        counts->left |= !held;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_step_has_more(const struct wsync_step *step, bool *more)
{
    struct wsync_blob_name at = step->session->blobs.offer_at;
    enum wsync_err err = wsync_blob_next_to_give(step->txn, &at);
    *more = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
