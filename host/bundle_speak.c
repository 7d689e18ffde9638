/* SPDX-License-Identifier: Apache-2.0 */
#include "host/bundle_speak.h"

#include <stdlib.h>

#include "host/block.h"
#include "host/clock.h"
#include "host/zstd.h"
#include "wardsync/bundle_take.h"

/* A session at work on a file. */
struct talk {
    const struct wsync_bundle_speech *speech;
    struct wsync_pump pump;
    struct wsync_session session;
    struct wsync_sink sink;
    struct wsync_bundle_out *out; /* NULL: what it says is for nobody */
    struct wsync_zstd *zstd;
    uint64_t said;                /* frames */
    void *memory;
};

static void send_frame(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct talk *talk = context;
    (void)session;
    struct wsync_arena *arena = &talk->speech->site->arena;
    struct wsync_slice packed;
    talk->said++;
    if (!talk->out) {
        return;
    }
    size_t mark = wsync_arena_mark(arena);
    if (wsync_bundle_pack(wsync_zstd_packer(talk->zstd), arena, frame, &packed) != WSYNC_OK) {
        packed = frame; /* it is no smaller, and as good */
    }
    wsync_bundle_out_add(talk->out, packed);
    wsync_arena_release(arena, mark);
}

static void close_session(void *context, struct wsync_session *session)
{
    (void)context;
    (void)session;
}

static void end_talk(struct talk *talk)
{
    if (talk) {
        wsync_zstd_close(talk->zstd);
        wsync_block_free(talk->memory, wsync_pump_bytes());
        free(talk);
    }
}

static struct talk *begin_talk(const struct wsync_bundle_speech *speech,
                               struct wsync_bundle_out *out)
{
    struct talk *talk = calloc(1, sizeof *talk);
    if (!talk) {
        return NULL;
    }
    talk->memory = wsync_block_new(wsync_pump_bytes());
    talk->zstd = wsync_zstd_open((struct wsync_slice){NULL, 0});
    if (!talk->memory || !talk->zstd) {
        end_talk(talk);
        return NULL;
    }
    wsync_zstd_in_bulk(talk->zstd);
    talk->speech = speech;
    talk->out = out;
    talk->sink = (struct wsync_sink){talk, send_frame, close_session};
    wsync_pump_init(&talk->pump, speech->site->store, &speech->site->ledger, &talk->sink,
                    talk->memory);
    wsync_session_init(&talk->session, speech->setup, 0);
    return talk;
}

/* The clock that could find the other side silent stands still. */
static struct wsync_pump_event event_of(struct talk *talk, enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){&talk->session,
                                     {.kind = kind, .time = wsync_clock_wall_s()}};
}

static enum wsync_err run(struct talk *talk, const struct wsync_pump_event *events,
                          size_t count)
{
    talk->pump.ledger->moment = wsync_clock_moment();
    enum wsync_err err = wsync_pump_run(&talk->pump, events, count);
    while (err == WSYNC_OK && talk->pump.more) { /* ends: the settling is finite */
        talk->pump.ledger->moment = wsync_clock_moment();
        err = wsync_pump_run(&talk->pump, NULL, 0);
    }
    const struct wsync_session_counts *counts = &talk->session.counts;
    if (talk->speech->progress) {
        talk->speech->progress(talk->speech->context,
                               counts->changes_sent + counts->changes_taken,
                               counts->to_send + counts->to_take);
    }
    return err;
}

/* What the file brings of each log. */
static enum wsync_err note_runs(struct talk *talk, struct wsync_error *error)
{
    struct wsync_site *site = talk->speech->site;
    struct wsync_bundle_manifest *manifest = &talk->out->manifest;
    struct wsync_bundle_run run;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    for (size_t i = 0; err == WSYNC_OK; i++) { /* ends: the session has so many */
        err = wsync_session_run(&talk->session, site->txn, i, &run.after, &run.tip);
        bool full = manifest->run_count == WSYNC_BUNDLE_RUNS_MAX;
        if (err == WSYNC_OK && run.tip.seq > run.after.seq && !full) {
            manifest->runs[manifest->run_count++] = run;
        }
    }
    wsync_site_abort(site);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err say_all(struct talk *talk)
{
    const struct wsync_bundle_speech *speech = talk->speech;
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    size_t count = 0;
    events[count++] = event_of(talk, WSYNC_EVENT_START);
    for (size_t i = 0; i < speech->request_count; i++) {
        events[count] = event_of(talk, WSYNC_EVENT_FRAME);
        events[count++].event.frame = speech->requests[i];
    }
    enum wsync_err err = run(talk, events, count);
    uint64_t before = 0;
    while (err == WSYNC_OK && talk->said > before && !wsync_session_is_over(&talk->session) &&
           talk->out->err == WSYNC_OK && wsync_bundle_out_has_room(talk->out)) {
        before = talk->said; /* ends: each turn says something */
        events[0] = event_of(talk, WSYNC_EVENT_TICK);
        err = run(talk, events, 1);
    }
    talk->out->manifest.partial |= err == WSYNC_OK && talk->said > before;
    return err;
}

static void tell(const struct talk *talk, struct wsync_bundle_spoken *spoken)
{
    const struct wsync_session *session = &talk->session;
    spoken->result = wsync_session_is_over(session) ? session->result : WSYNC_OK;
    spoken->counts = session->counts;
    spoken->passed_over = session->passed_over;
    spoken->proven = session->setup.carriage == WSYNC_CARRIAGE_BACK && !session->passed_over &&
                     session->asking == WSYNC_ASKING_ANSWERED;
    spoken->skew_s = wsync_seen_skew_s(&session->seen);
}

enum wsync_err wsync_bundle_speak(const struct wsync_bundle_speech *speech,
                                  struct wsync_bundle_out *out,
                                  struct wsync_bundle_spoken *spoken, struct wsync_error *error)
{
    struct talk *talk = begin_talk(speech, out);
    if (!talk) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    WSYNC_ASSERT(speech->request_count <= WSYNC_BUNDLE_REQUESTS_MAX);
    enum wsync_err err = say_all(talk);
    if (err != WSYNC_OK) {
        (void)wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    } else {
        out->manifest.changes = talk->session.counts.changes_sent;
        out->manifest.partial |= talk->session.partial;
        err = note_runs(talk, error);
    }
    tell(talk, spoken);
    end_talk(talk);
    return err;
}

/* The frames of one part, as many as a batch takes at a time. */
static enum wsync_err hear_part(struct talk *talk, struct wsync_bundle_in *in)
{
    struct wsync_arena *arena = &talk->speech->site->arena;
    struct wsync_slice frame;
    size_t used = 0;
    enum wsync_err bad = WSYNC_OK;
    enum wsync_err err = WSYNC_OK;
    bool more = true;
    while (err == WSYNC_OK && more) { /* ends: each turn passes frames */
        struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
        size_t count = 0;
        size_t mark = wsync_arena_mark(arena);
        while (err == WSYNC_OK && more && count < WSYNC_PUMP_EVENTS_MAX) {
            more = wsync_bundle_next_frame(in->plain, &used, &frame, &bad);
            if (more) {
                events[count] = event_of(talk, WSYNC_EVENT_FRAME);
                err = wsync_bundle_unpack(wsync_zstd_packer(talk->zstd), arena, frame,
                                          &events[count].event.frame);
                count += err == WSYNC_OK;
            }
        }
        if (err != WSYNC_OK && !wsync_err_is_ours(err)) {
            bad = WSYNC_ERR_BUNDLE; /* sealed so by the district, and no use to go on */
            err = WSYNC_OK;
            more = false;
        }
        err = err == WSYNC_OK && count > 0 ? run(talk, events, count) : err;
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_OK ? bad : err;
}

enum wsync_err wsync_bundle_hear(const struct wsync_bundle_speech *speech,
                                 struct wsync_bundle_in *in, uint32_t *broken,
                                 struct wsync_bundle_spoken *spoken, struct wsync_error *error)
{
    struct talk *talk = begin_talk(speech, NULL);
    if (!talk) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    *broken = 0;
    const struct wsync_pump_event start = event_of(talk, WSYNC_EVENT_START);
    enum wsync_err err = run(talk, &start, 1);
    for (uint32_t i = 1; i <= in->part_count && err == WSYNC_OK && *broken == 0; i++) {
        err = wsync_bundle_in_part(in, i, error);
        if (err == WSYNC_OK) {
            err = hear_part(talk, in);
        }
        if (err == WSYNC_ERR_GAP || err == WSYNC_ERR_BUNDLE) {
            *broken = i;
            err = WSYNC_OK;
        }
    }
    if (err != WSYNC_OK) {
        (void)wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    tell(talk, spoken);
    end_talk(talk);
    return err;
}
