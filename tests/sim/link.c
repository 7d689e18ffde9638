/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/ledger_parts.h"
#include "tests/packer_small.h"
#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/sim/photos.h"

enum { UPGRADE_MS = 1800000 };
enum { BATCH_MAX = 20, BATCH_USUAL = 8, HOP_MAX = 3, FLOOD_ODDS = 10 };

struct batch {
    struct wsync_pump_event events[BATCH_MAX];
    struct sim_frame frames[BATCH_MAX];
    size_t count;
};

static struct sim_node *node_at(struct sim_world *world, const struct sim_link *link,
                                enum sim_end end)
{
    return &world->nodes[end == SIM_WARD_END ? link->ward : 0];
}

static void empty_queue(struct sim_queue *queue)
{
    while (queue->count > 0) {
        free(queue->frames[--queue->count].bytes);
    }
    queue->bytes = 0;
}

/* A line nobody holds any more is free again. */
static void reap(struct sim_link *link)
{
    for (int end = 0; end < 2; end++) {
        if (!link->open[end]) {
            empty_queue(&link->to[end]);
        }
    }
    link->used = link->open[SIM_WARD_END] || link->open[SIM_DISTRICT_END];
}

void sim_link_clear(struct sim_world *world)
{
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        link->open[SIM_WARD_END] = link->open[SIM_DISTRICT_END] = false;
        reap(link);
    }
}

bool sim_link_any(const struct sim_world *world)
{
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        if (world->links[i].used) {
            return true;
        }
    }
    return false;
}

struct sim_link *sim_link_of(struct sim_node *ward)
{
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &ward->world->links[i];
        if (link->open[SIM_WARD_END] && !link->evil[SIM_WARD_END] &&
            link->ward == sim_node_index(ward)) {
            return link;
        }
    }
    return NULL;
}

struct sim_link *sim_link_find(struct sim_world *world, const struct wsync_session *session,
                               enum sim_end *end)
{
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        for (int k = 0; k < 2; k++) {
            if (&world->links[i].sessions[k] == session) {
                *end = (enum sim_end)k;
                return &world->links[i];
            }
        }
    }
    WSYNC_ASSERT(false);
    return NULL;
}

/* The end of the ward's open log as it will say in Hello, unless its key waits.  [S7.61] */
static uint16_t own_head(struct sim_node *ward)
{
    struct sim_view view = sim_view_open(ward, WSYNC_TXN_READ);
    struct wsync_log log;
    bool waits = true;
    bool has = wsync_ledger_own_log(view.txn, ward->replica.scope, &log) == WSYNC_OK &&
               wsync_key_waits(view.txn, &log, &waits) == WSYNC_OK && !waits;
    sim_view_close(&view);
    sim_holdings_read(ward);
    return has ? sim_holds_last(ward, sim_book_log(&ward->world->book, &log.id)) : SIM_NONE;
}

/* Programs pack or do not, with one dictionary or another; a new version of one is put in every
 * half hour or so.  [S17.8, S17.9] */
static const struct wsync_packer *packer_of(const struct sim_node *node)
{
    const struct sim_world *world = node->world;
    uint64_t version = (uint64_t)world->now_ms / UPGRADE_MS;
    uint64_t draw = (world->seed * 31 + sim_node_index(node)) * 31 + version;
    draw = draw * 6364136223846793005U >> 60;
    return draw < 10 ? &PACKER_SMALL : draw < 13 ? &PACKER_SMALL_OTHER : NULL;
}

static void init_sessions(struct sim_world *world, struct sim_link *link, struct sim_node *ward)
{
    struct sim_node *district = &world->nodes[0];
    bool whole = sim_roster_is_whole(world); /* else nothing is issued, on no one's word */
    /* Programs may do without photos, ask few or many chunks ahead, or have to be sparing. */
    bool calm = world->faults == 0;
    struct wsync_blob_policy photos[2] = {{.off = false}, {.off = false}};
    for (int end = 0; end < 2 && !calm; end++) {
        uint64_t roll = sim_random_below(&world->random, 16);
        photos[end].off = roll == 0;
        photos[end].bytes_max = roll < 3 ? 1 + sim_random_below(&world->random, 12000) : 0;
        photos[end].window = (uint32_t)sim_random_below(&world->random, 6);
    }
    struct wsync_session_setup setup = {.role = link->applies ? WSYNC_SESSION_APPLICANT
                                                              : WSYNC_SESSION_WARD,
                                        .ledger = &ward->replica.ledger,
                                        .instance = world->installation.instance,
                                        .scope = ward->replica.scope,
                                        .packer = packer_of(ward),
                                        .blobs = photos[SIM_WARD_END],
                                        .enrol = &ward->enrol};
    wsync_session_init(&link->sessions[SIM_WARD_END], &setup, world->now_ms);
    setup = (struct wsync_session_setup){.role = WSYNC_SESSION_DISTRICT,
                                         .ledger = &district->replica.ledger,
                                         .instance = world->installation.instance,
                                         .peer = link->applies ? ward->invite_key
                                                               : *sim_keys_dial(ward),
                                         .packer = packer_of(district),
                                         .blobs = photos[SIM_DISTRICT_END],
                                         .desk = whole ? &world->desk : NULL};
    wsync_session_init(&link->sessions[SIM_DISTRICT_END], &setup, world->now_ms);
}

/* Takes a free line for the device; NULL when there is none. */
static struct sim_link *take_line(struct sim_node *ward)
{
    struct sim_world *world = ward->world;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        if (link->used) {
            continue;
        }
        link->used = link->open[SIM_WARD_END] = link->open[SIM_DISTRICT_END] = true;
        link->evil[SIM_WARD_END] = link->evil[SIM_DISTRICT_END] = false;
        link->ward = sim_node_index(ward);
        link->applies = ward->invited && !ward->enrolled;
        link->frames = 0;
        link->cut = link->stale = link->slow = false;
        link->garbled = link->garbled_down = false;
        link->to[SIM_WARD_END].silent = link->to[SIM_DISTRICT_END].silent = false;
        link->own_head = SIM_NONE;
        link->asked[SIM_WARD_END] = link->asked[SIM_DISTRICT_END] = SIM_PHOTOS;
        init_sessions(world, link, ward);
        return link;
    }
    return NULL;
}

/* The ward's program speaks first.  Its canary knows of all it wrote before it does. */
static void start(struct sim_link *link, struct sim_node *ward)
{
    struct sim_world *world = ward->world;
    link->own_head = link->applies ? SIM_NONE : own_head(ward);
    if (link->own_head != SIM_NONE) {
        const struct sim_change *last = &world->book.changes[link->own_head];
        ward->canary = (struct sim_canary){true, world->book.logs[last->log].id, last->seq};
    }
    sim_node_tell_time(ward);
    struct wsync_pump_event event = {
        &link->sessions[SIM_WARD_END],
        {.kind = WSYNC_EVENT_START, .now_ms = world->now_ms, .time = ward->replica.now}};
    sim_node_run(ward, &event, 1);
}

bool sim_link_connect(struct sim_node *ward)
{
    struct sim_world *world = ward->world;
    bool enrols = ward->invited && !ward->enrolled;
    bool waits = ward->schedule.next_ms > world->now_ms ||
                 (enrols && !sim_roster_is_whole(world)); /* nobody joins before that */
    if (!waits) {
        sim_keys_choose(ward);
    }
    struct sim_link *link = sim_link_of(ward) || waits ? NULL : take_line(ward);
    if (!link) {
        return false;
    }
    sim_tell(world, "connect %zu%s", link->ward, link->applies ? " to enrol" : "");
    start(link, ward);
    return true;
}

struct sim_link *sim_link_open_evil(struct sim_node *device, enum sim_end end)
{
    bool busy = end == SIM_DISTRICT_END && sim_link_of(device);
    struct sim_link *link = busy ? NULL : take_line(device);
    if (!link) {
        return NULL;
    }
    link->evil[end] = true;
    sim_tell(device->world, "evil line of %zu", link->ward);
    if (end == SIM_DISTRICT_END) {
        start(link, device);
    }
    return link;
}

void sim_link_leave(struct sim_link *link, enum sim_end end)
{
    link->open[end] = false;
    reap(link);
}

/* The other end does not hear what was said, or not as it was said. */
static void garble(struct sim_link *link, enum sim_end from)
{
    link->garbled = true;
    link->garbled_down |= from == SIM_DISTRICT_END;
}

static bool strikes(struct sim_world *world, enum sim_fault fault)
{
    bool struck = sim_has(world, fault) && sim_random_once_in(&world->random, world->odds);
    world->statistics.struck[fault] += struck;
    return struck;
}

static void put_frame(struct sim_world *world, struct sim_queue *queue,
                      struct wsync_slice frame)
{
    if (queue->count == SIM_QUEUE_FRAMES_MAX || queue->bytes > SIM_QUEUE_BYTES_MAX) {
        sim_fail(world, "a line holds %zu frames of %zu bytes", queue->count, queue->bytes);
        return;
    }
    uint8_t *copy = malloc(frame.len + 1);
    WSYNC_ASSERT(copy);
    memcpy(copy, frame.data, frame.len);
    queue->frames[queue->count++] = (struct sim_frame){copy, frame.len, 0};
    queue->bytes += frame.len;
}

void sim_link_say(struct sim_link *link, enum sim_end end, struct sim_world *world,
                  struct wsync_slice frame)
{
    struct sim_queue *queue = &link->to[1 - (int)end];
    world->statistics.lies++;
    if (link->open[1 - (int)end] && queue->count < SIM_QUEUE_FRAMES_MAX / 2 &&
        queue->bytes + frame.len < SIM_QUEUE_BYTES_MAX) {
        sim_trace_bytes(&world->trace, frame);
        put_frame(world, queue, frame);
    }
}

bool sim_link_hear(struct sim_link *link, enum sim_end end, struct wsync_slice *frame)
{
    struct sim_queue *queue = &link->to[end];
    if (queue->count == 0) {
        return false;
    }
    static uint8_t heard[WSYNC_FRAME_BYTES_MAX];
    struct sim_frame first = queue->frames[0];
    memcpy(heard, first.bytes, first.len);
    *frame = wsync_slice(heard, first.len);
    free(first.bytes);
    queue->count--;
    queue->bytes -= first.len;
    memmove(&queue->frames[0], &queue->frames[1], queue->count * sizeof *queue->frames);
    return true;
}

/* What the network does to the frame that was put last; true when it is another one then. */
static bool spoil(struct sim_world *world, struct sim_queue *queue)
{
    bool bent = false;
    struct sim_frame *frame = &queue->frames[queue->count - 1];
    if (strikes(world, SIM_DELAY)) {
        frame->ready_ms = world->now_ms + (int64_t)sim_random_below(&world->random, 90000);
    }
    if (strikes(world, SIM_TRUNCATION)) {
        bent = true;
        size_t len = (size_t)sim_random_below(&world->random, frame->len);
        queue->bytes -= frame->len - len;
        frame->len = len;
    }
    if (strikes(world, SIM_CORRUPTION)) {
        bent = true;
        uint64_t flips = 1 + sim_random_below(&world->random, 3);
        for (uint64_t i = 0; i < flips && frame->len > 0; i++) {
            size_t at = (size_t)sim_random_below(&world->random, frame->len);
            frame->bytes[at] ^= (uint8_t)(1 + sim_random_below(&world->random, 255));
        }
    }
    return bent;
}

void sim_link_send(struct sim_node *from, const struct wsync_session *session,
                   struct wsync_slice frame)
{
    struct sim_world *world = from->world;
    enum sim_end end;
    struct sim_link *link = sim_link_find(world, session, &end);
    struct sim_queue *queue = &link->to[1 - (int)end];
    world->statistics.frames++;
    world->statistics.bytes += frame.len;
    sim_tell(world, "%zu says %s, %zu bytes", sim_node_index(from),
             wsync_message_name((enum wsync_message_type)frame.data[1]), frame.len);
    sim_trace_bytes(&world->trace, frame);
    if (++link->frames > SIM_LINK_FRAMES_MAX ||
        world->statistics.frames > SIM_WORLD_FRAMES_MAX) {
        sim_fail(world, "no end of messages: %zu in one session, %llu in all", link->frames,
                 (unsigned long long)world->statistics.frames);
        return;
    }
    if (link->evil[1 - (int)end]) { /* it listens to what it likes */
        if (queue->count < SIM_QUEUE_FRAMES_MAX / 2 && queue->bytes < SIM_QUEUE_BYTES_MAX / 2) {
            put_frame(world, queue, frame);
        }
        return;
    }
    const struct sim_node *ward = &world->nodes[link->ward];
    int64_t lost_until = end == SIM_WARD_END ? ward->mute_until_ms : ward->deaf_until_ms;
    if (lost_until > world->now_ms || queue->silent || link->cut || !link->open[1 - (int)end] ||
        strikes(world, SIM_LOSS)) {
        garble(link, end);
        return;
    }
    put_frame(world, queue, frame);
    if (spoil(world, queue)) {
        garble(link, end);
    }
    if (strikes(world, SIM_DUPLICATION)) {
        put_frame(world, queue, frame);
        garble(link, end);
    }
}

static void note_result(struct sim_link *link, struct sim_node *ward)
{
    struct sim_world *world = ward->world;
    const struct wsync_session *session = &link->sessions[SIM_WARD_END];
    ward->ended = true;
    ward->result = session->result;
    ward->counts = session->counts;
    sim_tell(world, "session of %zu: %s", link->ward, wsync_err_name(session->result));
    if (session->result == WSYNC_OK && link->evil[SIM_DISTRICT_END]) {
        wsync_schedule_succeed(&ward->schedule, world->now_ms); /* it believes so */
    } else if (session->result == WSYNC_OK) {
        world->statistics.sessions_ok++;
        wsync_schedule_succeed(&ward->schedule, world->now_ms);
        ward->enrolled |= link->applies;
        sim_check_success(link, ward);
    } else {
        struct wsync_entropy entropy = replica_entropy(&ward->replica);
        world->statistics.sessions_failed++;
        wsync_schedule_fail(&ward->schedule, world->now_ms, &entropy);
    }
}

void sim_link_close(struct sim_node *node, const struct wsync_session *session)
{
    enum sim_end end;
    struct sim_link *link = sim_link_find(node->world, session, &end);
    if (!link->open[end] || session->state != WSYNC_STATE_ENDED) {
        sim_fail(node->world, "node %zu closes a session that is not its to close",
                 sim_node_index(node));
    }
    link->open[end] = false;
    if (end == SIM_WARD_END) {
        note_result(link, node);
    }
    reap(link);
}

void sim_link_drop(struct sim_node *node)
{
    struct sim_world *world = node->world;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        for (int end = 0; end < 2; end++) {
            if (!link->open[end] || link->evil[end] ||
                node_at(world, link, (enum sim_end)end) != node) {
                continue;
            }
            struct sim_queue *said = &link->to[1 - end];
            uint64_t keep = sim_random_below(&world->random, said->count + 1);
            while (said->count > keep) {
                said->bytes -= said->frames[--said->count].len;
                free(said->frames[said->count].bytes);
            }
            link->open[end] = false;
        }
        reap(link);
    }
}

void sim_link_cut(struct sim_link *link)
{
    empty_queue(&link->to[SIM_WARD_END]);
    empty_queue(&link->to[SIM_DISTRICT_END]);
    link->to[SIM_WARD_END].silent = link->to[SIM_DISTRICT_END].silent = false;
    link->cut = true;
}

/* May the end hear something: a frame, or that the line is dead? */
static bool has_news(const struct sim_link *link, enum sim_end end, int64_t now_ms)
{
    if (!link->used || !link->open[end] || link->evil[end]) {
        return false;
    }
    if (link->to[end].count > 0 && link->to[end].frames[0].ready_ms > now_ms) {
        return false;
    }
    bool over = !link->open[1 - (int)end] || link->cut;
    return link->to[end].count > 0 || (over && !link->to[end].silent);
}

static void take(struct sim_world *world, struct sim_link *link, enum sim_end end,
                 struct batch *batch)
{
    struct sim_queue *queue = &link->to[end];
    struct sim_node *node = node_at(world, link, end);
    struct wsync_event event = {
        .kind = WSYNC_EVENT_CUT, .now_ms = world->now_ms, .time = node->replica.now};
    struct sim_frame frame = {NULL, 0, 0};
    if (queue->count > 0) {
        bool swaps = queue->count > 1 && strikes(world, SIM_REORDERING);
        size_t at = swaps ? 1 : 0;
        if (swaps) {
            garble(link, (enum sim_end)(1 - (int)end));
        }
        frame = queue->frames[at];
        queue->count--;
        queue->bytes -= frame.len;
        memmove(&queue->frames[at], &queue->frames[at + 1],
                (queue->count - at) * sizeof *queue->frames);
        event.kind = WSYNC_EVENT_FRAME;
        event.frame = wsync_slice(frame.bytes, frame.len);
    }
    world->nodes[link->ward].misheard |= end == SIM_WARD_END && link->garbled_down;
    batch->frames[batch->count] = frame;
    batch->events[batch->count++] = (struct wsync_pump_event){&link->sessions[end], event};
}

bool sim_link_deliver(struct sim_world *world, enum sim_end end)
{
    struct batch batch = {.count = 0};
    struct sim_node *node = NULL;
    size_t start = (size_t)sim_random_below(&world->random, SIM_LINKS_MAX);
    bool flood = sim_random_once_in(&world->random, FLOOD_ODDS); /* it was busy for a while */
    uint64_t size = flood ? BATCH_MAX : 1 + sim_random_below(&world->random, BATCH_USUAL);
    for (size_t i = 0; i < SIM_LINKS_MAX && batch.count < size; i++) {
        struct sim_link *link = &world->links[(start + i) % SIM_LINKS_MAX];
        uint64_t hop = flood ? size : 1 + sim_random_below(&world->random, HOP_MAX);
        if (!has_news(link, end, world->now_ms) ||
            (node && node_at(world, link, end) != node)) {
            continue;
        }
        node = node_at(world, link, end);
        sim_node_tell_time(node);
        while (hop-- > 0 && batch.count < size && has_news(link, end, world->now_ms)) {
            bool ends = link->to[end].count == 0;
            take(world, link, end, &batch);
            if (ends) {
                break;
            }
        }
    }
    if (batch.count == 0) {
        return false;
    }
    sim_tell(world, "deliver %zu to %zu", batch.count, sim_node_index(node));
    sim_node_run(node, batch.events, batch.count);
    for (size_t i = 0; i < batch.count; i++) {
        free(batch.frames[i].bytes);
    }
    return true;
}
