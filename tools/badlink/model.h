/* SPDX-License-Identifier: Apache-2.0 */
/* model.h: a bad link as pure arithmetic: packets are offered at a time, and the model says
 * which of them arrive, when, and what was counted.
 *
 * It reads no clock and draws its chances from the seed: the n-th packet of a way meets the
 * same chances whatever else happens, so the same seed and the same arrivals give the same
 * decisions. A packet passes, in this order: the schedule (down: gone), the budget of its
 * connection (used up: gone), the buffer before the line (full: gone), the line at its rate,
 * the chance of loss, the delay with its jitter.  Each way has a line, a buffer and counters of
 * its own. */
#ifndef BADLINK_MODEL_H
#define BADLINK_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BADLINK_PACKET_BYTES_MAX = 1500,
    BADLINK_PACKETS_MAX = 4096, /* on the way in both directions */
    BADLINK_FLOWS_MAX = 256,    /* connections remembered; the oldest is forgotten, and dead */
    BADLINK_MILLION = 1000000,
};

#define BADLINK_NEVER INT64_MAX

enum badlink_way { BADLINK_UP, BADLINK_BACK, BADLINK_WAYS }; /* from A to B, from B to A */

/* Chances are in millionths, times in microseconds; 0 leaves a thing out. */
struct badlink_settings {
    uint64_t seed;
    int64_t rate_bits_s;  /* of each way */
    int64_t buffer_bytes; /* that wait before the line */
    int64_t delay_us;     /* one way */
    int64_t jitter_us;    /* the delay varies by so much in both directions; no more than it */
    int64_t loss_ppm, reorder_ppm, duplicate_ppm;
    int64_t up_us, down_us;   /* in turns; the link begins up */
    int64_t phase_us;         /* how far in these turns it begins */
    int64_t dead_after_bytes; /* of each TCP connection, see badlink_model_offer */
};

/* One IP packet; `flow` is the same both ways of a connection, 0 for what is none. */
struct badlink_packet {
    const uint8_t *bytes;
    int64_t len; /* at most BADLINK_PACKET_BYTES_MAX */
    uint64_t flow;
    bool opens;        /* the first packet of a connection, or its repetition */
    uint32_t sequence; /* tells a new connection between the same ports from a repetition */
};

enum badlink_fate {
    BADLINK_ARRIVES,
    BADLINK_LOST, /* by chance, after it took its time on the line */
    BADLINK_DOWN, /* the link was down when it came, or went down before it was through */
    BADLINK_FULL, /* the buffer had no room */
    BADLINK_DEAD, /* its connection was cut */
    BADLINK_FATES,
};

struct badlink_count {
    uint64_t packets, bytes; /* IP headers and all above them */
};

struct badlink_counters {
    struct badlink_count offered, sent, delivered; /* sent: what went over the line */
    struct badlink_count fates[BADLINK_FATES];     /* of those offered */
    struct badlink_count duplicated;               /* delivered once more */
};

struct badlink_flow {
    uint64_t flow;
    uint32_t sequence;
    int64_t used_bytes[BADLINK_WAYS]; /* that went over the line */
    bool dead;
};

struct badlink_slot { /* a packet on its way */
    int64_t due_us;
    uint64_t number;
    enum badlink_way way;
    bool slipped; /* not counted */
    int64_t len;
    uint8_t bytes[BADLINK_PACKET_BYTES_MAX];
};

struct badlink_line {
    uint64_t chance; /* state of the generator */
    int64_t free_us; /* when the line has sent all it holds */
    int64_t last_us; /* when the last packet in order is due */
    struct badlink_counters counters;
};

struct badlink_model {
    struct badlink_settings settings;
    int64_t start_us;     /* of the schedule */
    bool held_down;       /* by hand */
    uint64_t connections; /* that were opened */
    uint64_t cuts;        /* connections that died of their budget or by hand */
    uint64_t next_number;
    struct badlink_line lines[BADLINK_WAYS];
    struct badlink_flow flows[BADLINK_FLOWS_MAX];
    uint16_t heap[BADLINK_PACKETS_MAX]; /* slots, the next due first; behind `count` the free */
    int count;
    struct badlink_slot slots[BADLINK_PACKETS_MAX];
};

/* A link that begins now: nothing on its way, nothing counted. */
void badlink_model_init(struct badlink_model *model, const struct badlink_settings *settings,
                        int64_t now_us);

/* Counts from nothing and begins the schedule anew; what is on its way stays, as do the chances
 * to come and the budgets. */
void badlink_model_restart(struct badlink_model *model, int64_t now_us);

/* Takes a packet and says what becomes of it; its bytes are copied.  Time never goes back.
 *
 * With `dead_after_bytes` N, a TCP connection may put N bytes on the line, both ways together,
 * IP and TCP headers and what is lost on the way included, counted from the SYN that opens it.
 * The packet that would pass N is not sent and the connection is dead for ever; the SYN of a
 * new connection opens a new budget, its repetitions do not.  A connection whose SYN was not
 * seen is dead from the start.  What is no TCP has no budget. */
enum badlink_fate badlink_model_offer(struct badlink_model *model, enum badlink_way way,
                                      const struct badlink_packet *packet, int64_t now_us);

/* Slips in a packet of the link's own: it arrives behind what is on its way, without chances,
 * and is counted nowhere.  Dropped when there is no room or the link is down. */
void badlink_model_slip(struct badlink_model *model, enum badlink_way way,
                        const struct badlink_packet *packet, int64_t now_us);

/* When the next packet arrives, BADLINK_NEVER when none is on its way. */
int64_t badlink_model_due(const struct badlink_model *model);

/* The next packet that has arrived by now, until the next call; NULL when there is none. */
const struct badlink_slot *badlink_model_take(struct badlink_model *model, int64_t now_us);

/* Is the link up, by the schedule and by hand? */
bool badlink_model_is_up(const struct badlink_model *model, int64_t now_us);

/* Holds the link down, and what is on its way is gone; or lets it follow its schedule again. */
void badlink_model_hold(struct badlink_model *model, bool down);

/* Cuts every connection there is, as if its budget were used up. */
void badlink_model_cut(struct badlink_model *model);

#endif
