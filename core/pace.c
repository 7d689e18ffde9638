/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/pace.h"

#include "wardsync/packer.h"

enum {
    ROUNDS = 7,
    SPREADS = 4, /* as in RFC 6298, and the weights: */
    ROUND_WEIGHT = 8,
    SPREAD_WEIGHT = 4, /* one part of so many is the new sample's */
    RATE_WEIGHT = 4,
    HANDSHAKE_ROUNDS = 4, /* of greeting and handshake when nothing is lost */
    HANDSHAKE_LOSSES = 3, /* packets that may be lost: each costs a round trip and ... */
    REPEAT_MS = 700,      /* ... some more before the system repeats it */
    HELLO_BYTES = 512,     /* about what the opening words are */
    RATE_FIRST = 4000,     /* bytes a second: half of a 64 kbit/s line */
    RATE_MAX = 1 << 30,
    RATE_BYTES_MIN = 1024, /* fewer at a time say nothing of the rate */
    RATE_SPAN_MS = 1000,   /* longer spans are cut, so that the rate follows */
    SYN_AGAIN_MS = 1000,   /* when the system repeats a knock for the first time */
    WINDOW_MS = 1000,      /* of sending time, beside a round trip, are under way */
    WINDOW_FIRST = 6144,   /* before a rate was measured: more only waits before a thin line */
    GUESSED_BYTES = 2048,  /* packed as for a thin line, before a rate was measured */
    DOUBLINGS_MAX = 4,
    DROPS_MAX = 2,     /* then a set is halved */
    PASSES_MIN = 4,    /* then it is doubled */
    QUICK_MS = 120000, /* a link is knocked at every second for that long */
    QUICK_KNOCK_MS = 1000,
    METERED_KNOCK_MS = 5000,
    SHARE = 16,
    METERED_SHARE = 6, /* of the time it is down already is waited */
};

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* ---- measuring ---- */

static void learn_round(struct wsync_pace *pace, int64_t sample_ms)
{
    sample_ms = clamp(sample_ms, 1, WSYNC_SILENCE_MS_MAX);
    if (pace->round_ms <= 0) {
        pace->round_ms = sample_ms;
        pace->spread_ms = sample_ms / 2;
        return;
    }
    int64_t off = sample_ms - pace->round_ms;
    pace->spread_ms += ((off < 0 ? -off : off) - pace->spread_ms) / SPREAD_WEIGHT;
    pace->round_ms += off / ROUND_WEIGHT;
}

static void learn_rate(struct wsync_pace *pace, uint64_t bytes, int64_t took_ms)
{
    int64_t count = bytes < RATE_MAX ? (int64_t)bytes : RATE_MAX;
    int64_t sample = clamp(count * 1000 / clamp(took_ms, 1, INT64_MAX), 1, RATE_MAX);
    pace->rate = pace->rate <= 0 ? sample : pace->rate + (sample - pace->rate) / RATE_WEIGHT;
}

static int64_t sending_ms(const struct wsync_pace *pace, uint64_t bytes)
{
    int64_t rate = pace->rate > 0 ? pace->rate : RATE_FIRST;
    int64_t count = bytes < RATE_MAX ? (int64_t)bytes : RATE_MAX;
    return count * 1000 / rate;
}

void wsync_watch_begin(struct wsync_watch *watch, int64_t now_ms)
{
    *watch = (struct wsync_watch){.since_ms = now_ms, .flight_ms = now_ms};
}

/* Something was put on an empty line. */
static void begin_flight(struct wsync_watch *watch, const struct wsync_progress *progress,
                         int64_t now_ms)
{
    watch->flight_ms = now_ms;
    watch->flight = progress->sent - progress->taken;
    watch->landing = progress->sent;
}

/* What the line carried from one acknowledgement to a later one, as long as it never ran empty
 * in between: that is the line's rate and not the writer's. */
static void measure_rate(struct wsync_watch *watch, struct wsync_pace *pace,
                         const struct wsync_progress *progress, int64_t now_ms)
{
    bool drained = progress->taken >= watch->last.sent;
    uint64_t bytes = progress->taken - watch->busy;
    int64_t took_ms = now_ms - watch->busy_ms;
    bool enough = bytes >= RATE_BYTES_MIN && (drained || took_ms >= RATE_SPAN_MS);
    if (watch->measures && enough) {
        learn_rate(pace, bytes, took_ms);
    }
    if (!watch->measures || enough || drained) {
        watch->busy_ms = now_ms;
        watch->busy = progress->taken;
    }
    watch->measures = !drained;
}

/* A whole flight was acknowledged before anything followed it: a round trip and the time of
 * sending.  The rate that shows is too low where the round trip was shorter than thought, so it
 * only raises what is known; otherwise a window that is one set would stay one. */
static void learn_from_flight(const struct wsync_watch *watch, struct wsync_pace *pace,
                              int64_t took_ms)
{
    if (watch->flight >= RATE_BYTES_MIN) {
        int64_t sending = took_ms - pace->round_ms;
        struct wsync_pace seen = {.rate = 0};
        learn_rate(&seen, watch->flight, sending > took_ms / 4 ? sending : took_ms / 4);
        pace->rate = seen.rate > pace->rate ? seen.rate : pace->rate;
    }
    learn_round(pace, took_ms - sending_ms(pace, watch->flight));
}

void wsync_watch_hear(struct wsync_watch *watch, struct wsync_pace *pace,
                      const struct wsync_progress *progress, int64_t now_ms)
{
    bool acked = progress->taken > watch->last.taken;
    if (!watch->heard) {
        learn_round(pace, now_ms - watch->since_ms);
    } else if (acked && progress->taken == watch->landing) {
        learn_from_flight(watch, pace, now_ms - watch->flight_ms);
    }
    if (acked) {
        measure_rate(watch, pace, progress, now_ms);
    }
    watch->moved = watch->moved || acked || progress->got > watch->last.got;
    watch->heard = true;
    watch->since_ms = now_ms;
    if (progress->taken == watch->last.sent && progress->sent > progress->taken) {
        begin_flight(watch, progress, now_ms);
    }
    watch->last = *progress;
}

void wsync_watch_say(struct wsync_watch *watch, const struct wsync_progress *progress,
                     int64_t now_ms)
{
    bool empty = watch->last.sent == watch->last.taken;
    if (empty && progress->sent > watch->last.sent) {
        begin_flight(watch, progress, now_ms);
        watch->since_ms = watch->heard ? now_ms : watch->since_ms;
    }
    watch->last = *progress;
}

/* ---- what follows ---- */

int64_t wsync_pace_bound_ms(const struct wsync_pace *pace, uint64_t bytes)
{
    int64_t bound_ms = pace->round_ms > 0
                           ? clamp(ROUNDS * pace->round_ms + SPREADS * pace->spread_ms,
                                   WSYNC_SILENCE_MS_MIN, WSYNC_SILENCE_MS_MAX)
                           : WSYNC_SILENCE_MS_FIRST;
    bound_ms = clamp(bound_ms + 2 * sending_ms(pace, bytes), 0, WSYNC_SILENCE_MS_MAX);
    for (uint32_t i = 0; i < pace->silences && i < DOUBLINGS_MAX; i++) {
        bound_ms *= 2;
    }
    return clamp(bound_ms, 0, WSYNC_SILENCE_MS_MAX);
}

int64_t wsync_watch_deadline(const struct wsync_watch *watch, const struct wsync_pace *pace)
{
    uint64_t bytes = watch->last.sent - watch->last.taken + watch->last.awaited;
    return watch->since_ms + wsync_pace_bound_ms(pace, bytes + HELLO_BYTES);
}

/* Long enough for the answer to the system's second knock.  A fresh one comes sooner than the
 * system's third. */
int64_t wsync_pace_connect_ms(const struct wsync_pace *pace)
{
    return pace->round_ms > 0 ? clamp(SYN_AGAIN_MS + 2 * pace->round_ms, WSYNC_CONNECT_MS_MIN,
                                      WSYNC_CONNECT_MS_MAX)
                              : WSYNC_CONNECT_MS_MAX;
}

int64_t wsync_pace_handshake_ms(const struct wsync_pace *pace)
{
    return pace->round_ms > 0
               ? clamp(HANDSHAKE_ROUNDS * pace->round_ms + SPREADS * pace->spread_ms +
                           HANDSHAKE_LOSSES * (pace->round_ms + REPEAT_MS),
                       WSYNC_SILENCE_MS_MIN, WSYNC_HANDSHAKE_MS_MAX)
               : WSYNC_HANDSHAKE_MS_MAX;
}

static void halve(struct wsync_pace *pace)
{
    uint32_t now = pace->set_bytes ? pace->set_bytes : WSYNC_SET_BYTES_DEFAULT;
    pace->set_bytes = now > WSYNC_SET_BYTES_MIN ? now / 2 : 1;
    if (now > WSYNC_SET_BYTES_MIN && pace->set_bytes < WSYNC_SET_BYTES_MIN) {
        pace->set_bytes = WSYNC_SET_BYTES_MIN;
    }
}

static void grow(struct wsync_pace *pace)
{
    uint32_t now = pace->set_bytes ? pace->set_bytes : WSYNC_SET_BYTES_DEFAULT;
    uint32_t more = now < WSYNC_SET_BYTES_MIN ? WSYNC_SET_BYTES_MIN : now * 2;
    pace->set_bytes = more < WSYNC_SET_BYTES_MAX ? more : WSYNC_SET_BYTES_MAX;
}

void wsync_pace_end(struct wsync_pace *pace, const struct wsync_watch *watch, bool well,
                    bool lost)
{
    bool flew = watch->last.sent > watch->last.taken;
    if (well || watch->moved) {
        pace->silences = 0;
    } else if (lost && pace->silences < DOUBLINGS_MAX) {
        pace->silences++;
    }
    if (watch->last.taken > 0) {
        pace->drops = 0;
    } else if (lost && flew && ++pace->drops >= DROPS_MAX) {
        pace->drops = 0;
        halve(pace);
    }
    if (well && watch->last.taken > 0 && ++pace->passes >= PASSES_MIN) {
        pace->passes = 0;
        grow(pace);
    } else if (lost && flew) {
        pace->passes = 0;
    }
}

struct wsync_flow wsync_pace_flow(const struct wsync_pace *pace, uint64_t taken)
{
    struct wsync_flow flow = {.set_bytes =
                                  pace->set_bytes ? pace->set_bytes : WSYNC_SET_BYTES_DEFAULT,
                              .window_bytes = WINDOW_FIRST,
                              .rate = pace->rate};
    if (pace->rate > 0) {
        int64_t window = pace->rate * (pace->round_ms + WINDOW_MS) / 1000;
        flow.window_bytes =
            (uint32_t)clamp(window, WSYNC_SET_BYTES_MIN, WSYNC_CREDIT_BYTES_DEFAULT);
    }
    /* Where lines were lost before anything was taken: one set, then what this one has shown
     * to live for. */
    bool young = pace->drops > 0 || flow.set_bytes < WSYNC_SET_BYTES_DEFAULT;
    if (young && taken < flow.window_bytes) {
        flow.window_bytes = taken > 0 ? (uint32_t)taken : 1;
    }
    return flow;
}

/* A level is worth its time while the bytes that it saves take longer to send than it to pack.
 * With the dictionary (tests/bench/wire 4000 levels, decision 0008), a change takes at level 19
 * 39.3 bytes and 65 us, at 8 40.5 and 4.3, at 3 45.3 and 0.9, without packing 285; so 19 ends
 * at 1.2 bytes in 61 us, 8 at 4.8 in 3.4, and 3 at 240 in 0.9, which no line is. */
unsigned wsync_pace_level(int64_t rate, uint64_t sent)
{
    static const struct {
        int64_t rate_max;
        unsigned level;
    } rows[] = {
        {10000, WSYNC_PACK_LEVEL_MAX},
        {1400000, WSYNC_PACK_LEVEL_BULK},
        {INT64_MAX, WSYNC_PACK_LEVEL_QUICK},
    };
    if (rate <= 0) { /* as for a thin line, but no second of work is spent on a guess */
        return sent < GUESSED_BYTES ? WSYNC_PACK_LEVEL_MAX : WSYNC_PACK_LEVEL_BULK;
    }
    unsigned i = 0;
    while (rate > rows[i].rate_max) { /* ends: the last row takes any */
        i++;
    }
    return rows[i].level;
}

int64_t wsync_probe_wait_ms(int64_t down_ms, int64_t took_ms, bool metered, uint64_t chance)
{
    int64_t apart_ms = metered ? METERED_KNOCK_MS : QUICK_KNOCK_MS;
    int64_t share_ms = metered               ? down_ms / METERED_SHARE
                       : down_ms >= QUICK_MS ? down_ms / SHARE
                                             : 0;
    int64_t wait_ms = clamp(share_ms, apart_ms / 8, WSYNC_RETRY_MS_MAX);
    int64_t rest_ms = clamp(apart_ms - took_ms, 0, apart_ms); /* failed at once: no hurry */
    int64_t jittered_ms = wait_ms / 2 + (int64_t)(chance % (uint64_t)(wait_ms / 2 + 1));
    return clamp(rest_ms + jittered_ms, 0, WSYNC_RETRY_MS_MAX);
}
