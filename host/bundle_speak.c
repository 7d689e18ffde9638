/* SPDX-License-Identifier: Apache-2.0 */
#include "host/bundle_speak.h"

#include <stdlib.h>

#include "host/block.h"
#include "host/clock.h"
#include "host/zstd.h"
#include "wardsync/bundle_take.h"

/* A session at work on a file. */
struct wsync_bundle_talk {
    struct wsync_bundle_speech speech;
    struct wsync_pump pump;
    struct wsync_session session;
    struct wsync_sink sink;
    struct wsync_bundle_out *out; /* NULL: what it says is for nobody */
    struct wsync_zstd *zstd;
    bool begun;
    uint64_t said, before; /* frames, and how many when it was let speak last */
    void *memory;
};

static void send_frame(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct wsync_bundle_talk *talk = context;
    (void)session;
    struct wsync_arena *arena = &talk->speech.site->arena;
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

static void tell(const struct wsync_bundle_talk *talk, struct wsync_bundle_spoken *spoken)
{
    const struct wsync_session *session = &talk->session;
    spoken->result = wsync_session_is_over(session) ? session->result : WSYNC_OK;
    spoken->counts = session->counts;
    spoken->passed_over = session->passed_over;
    spoken->proven = session->setup.carriage == WSYNC_CARRIAGE_BACK && !session->passed_over &&
                     session->asking == WSYNC_ASKING_ANSWERED;
    spoken->skew_s = wsync_seen_skew_s(&session->seen);
}

void wsync_bundle_talk_end(struct wsync_bundle_talk *talk, struct wsync_bundle_spoken *spoken)
{
    if (talk && spoken) {
        tell(talk, spoken);
    }
    if (talk) {
        wsync_zstd_close(talk->zstd);
        wsync_block_free(talk->memory, wsync_pump_bytes());
        free(talk);
    }
}

static struct wsync_bundle_talk *begin_talk(const struct wsync_bundle_speech *speech,
                                            struct wsync_bundle_out *out)
{
    struct wsync_bundle_talk *talk = calloc(1, sizeof *talk);
    if (!talk) {
        return NULL;
    }
    talk->memory = wsync_block_new(wsync_pump_bytes());
    talk->zstd = wsync_zstd_open((struct wsync_slice){NULL, 0});
    if (!talk->memory || !talk->zstd) {
        wsync_bundle_talk_end(talk, NULL);
        return NULL;
    }
    talk->speech = *speech;
    talk->out = out;
    talk->sink = (struct wsync_sink){talk, send_frame, close_session};
    wsync_pump_init(&talk->pump, speech->site->store, &speech->site->ledger, &talk->sink,
                    talk->memory);
    wsync_session_init(&talk->session, speech->setup, 0);
    return talk;
}

/* The clock that could find the other side silent stands still. */
static struct wsync_pump_event event_of(struct wsync_bundle_talk *talk,
                                        enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){&talk->session,
                                     {.kind = kind, .time = wsync_clock_wall_s()}};
}

static enum wsync_err run_once(struct wsync_bundle_talk *talk,
                               const struct wsync_pump_event *events, size_t count)
{
    talk->pump.ledger->moment = wsync_clock_moment();
    enum wsync_err err = wsync_pump_run(&talk->pump, events, count);
    const struct wsync_session_counts *counts = &talk->session.counts;
    if (talk->speech.progress) {
        talk->speech.progress(talk->speech.context,
                              counts->changes_sent + counts->changes_taken,
                              counts->to_send + counts->to_take);
    }
    return err;
}

static enum wsync_err run(struct wsync_bundle_talk *talk, const struct wsync_pump_event *events,
                          size_t count)
{
    enum wsync_err err = run_once(talk, events, count);
    while (err == WSYNC_OK && talk->pump.more) { /* ends: the settling is finite */
        err = run_once(talk, NULL, 0);
    }
    return err;
}

/* What the file brings of each log. */
static enum wsync_err note_runs(struct wsync_bundle_talk *talk, struct wsync_error *error)
{
    struct wsync_site *site = talk->speech.site;
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

/* One run: what is left to settle; at the start all that it is to hear; else it goes on. */
static enum wsync_err say(struct wsync_bundle_talk *talk)
{
    const struct wsync_bundle_speech *speech = &talk->speech;
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    size_t count = 0;
    if (talk->begun && talk->pump.more) {
        return run_once(talk, NULL, 0);
    }
    events[count++] = event_of(talk, talk->begun ? WSYNC_EVENT_TICK : WSYNC_EVENT_START);
    for (size_t i = 0; i < speech->request_count && !talk->begun; i++) {
        events[count] = event_of(talk, WSYNC_EVENT_FRAME);
        events[count++].event.frame = speech->requests[i];
    }
    talk->begun = true;
    return run_once(talk, events, count);
}

enum wsync_err wsync_bundle_talk_begin(const struct wsync_bundle_speech *speech,
                                       struct wsync_bundle_out *out,
                                       struct wsync_bundle_talk **talk,
                                       struct wsync_error *error)
{
    WSYNC_ASSERT(speech->request_count <= WSYNC_BUNDLE_REQUESTS_MAX);
    *talk = begin_talk(speech, out);
    if (!*talk) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    if (speech->flush_bytes > 0) {
        struct wsync_arena *arena = &(*talk)->pump.effects.arena;
        size_t bytes = WSYNC_EFFECTS_RESERVED_BYTES + speech->flush_bytes;
        WSYNC_ASSERT(bytes <= arena->size);
        wsync_arena_init(arena, arena->block, bytes);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_bundle_talk_step(struct wsync_bundle_talk *talk, bool *more,
                                      struct wsync_error *error)
{
    struct wsync_bundle_out *out = talk->out;
    enum wsync_err err = say(talk);
    *more = err == WSYNC_OK && talk->pump.more;
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    if (*more) {
        return WSYNC_OK;
    }
    bool spoke = talk->said > talk->before;
    talk->before = talk->said;
    *more = spoke && !wsync_session_is_over(&talk->session) && out->err == WSYNC_OK &&
            wsync_bundle_out_has_room(out);
    if (*more) {
        return WSYNC_OK;
    }
    out->manifest.changes = talk->session.counts.changes_sent;
    out->manifest.partial |= spoke || talk->session.partial;
    return note_runs(talk, error);
}

enum wsync_err wsync_bundle_speak(const struct wsync_bundle_speech *speech,
                                  struct wsync_bundle_out *out,
                                  struct wsync_bundle_spoken *spoken, struct wsync_error *error)
{
    struct wsync_bundle_talk *talk;
    bool more = true;
    enum wsync_err err = wsync_bundle_talk_begin(speech, out, &talk, error);
    while (err == WSYNC_OK && more) { /* ends: each round says something */
        err = wsync_bundle_talk_step(talk, &more, error);
    }
    wsync_bundle_talk_end(talk, spoken);
    return err;
}

/* The frames of one part, as many as a batch takes at a time. */
static enum wsync_err hear_part(struct wsync_bundle_talk *talk, struct wsync_bundle_in *in)
{
    struct wsync_arena *arena = &talk->speech.site->arena;
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
    struct wsync_bundle_talk *talk = begin_talk(speech, NULL);
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
    wsync_bundle_talk_end(talk, spoken);
    return err;
}
