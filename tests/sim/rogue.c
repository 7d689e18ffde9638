/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who answers a ward as if it were the district, somebody who keeps a line busy, and
 * what becomes of the frame of a liar.  [S5.21, S5.22, S9.10, S9.12, S9.26, S9.37] */
#include <string.h>

#include "tests/sim/evil.h"

enum { WORDS_MAX = 12 };

static uint64_t below(struct sim_world *world, uint64_t bound)
{
    return sim_random_below(&world->random, bound);
}

struct sim_link *sim_evil_line(struct sim_world *world, enum sim_end end)
{
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        bool loris = link->slow;
        if (link->used && link->open[end] && link->evil[end] && !loris) {
            return link;
        }
    }
    return NULL;
}

void sim_lie(struct sim_link *link, enum sim_end end, struct sim_world *world,
             struct wsync_slice frame)
{
    enum sim_end other = (enum sim_end)(1 - (int)end);
    struct sim_node *node = &world->nodes[other == SIM_WARD_END ? link->ward : 0];
    struct wsync_session *session = &link->sessions[other];
    bool alone = link->open[other] && link->to[other].count == 0 && below(world, 2) == 0;
    if (!alone) {
        sim_link_say(link, end, world, frame);
        return;
    }
    world->statistics.lies++;
    sim_trace_bytes(&world->trace, frame);
    uint64_t faults = world->statistics.store_faults;
    sim_node_run(node, NULL, 0); /* what is left to do has nothing to do with it */
    if (!link->open[other] || link->evil[other]) {
        return; /* power was lost over that */
    }
    uint64_t before = sim_image(node);
    uint64_t crashes = world->statistics.crashes;
    struct wsync_pump_event event = {session,
                                     {.kind = WSYNC_EVENT_FRAME,
                                      .frame = frame,
                                      .now_ms = world->now_ms,
                                      .time = node->replica.now}};
    sim_node_tell_time(node);
    sim_node_run(node, &event, 1);
    bool refused = !link->open[other] && session->result != WSYNC_OK &&
                   !session->result_is_peers && wsync_err_is_permanent(session->result);
    bool well =
        crashes == world->statistics.crashes && faults == world->statistics.store_faults;
    if (refused && well && sim_image(node) != before) {
        sim_fail(world, "node %zu refuses a message (%s) and keeps something of it",
                 sim_node_index(node), wsync_err_name(session->result));
    }
}

/* A head of a log that the ward holds, or of none. */
static struct wsync_head some_head(struct sim_world *world, struct sim_node *ward)
{
    const struct sim_holding *holding =
        &ward->holdings[below(world, ward->holding_count + (ward->holding_count == 0))];
    struct wsync_head head = {.seq = 1 + below(world, 40)};
    if (ward->holding_count > 0) {
        head.log = world->book.logs[holding->log].id;
    }
    if (ward->holding_count > 0 && holding->change != SIM_NONE && below(world, 2) == 0) {
        head.seq = world->book.changes[holding->change].seq;
        head.hash = world->book.changes[holding->change].hash;
    }
    return head;
}

static void answer(struct sim_world *world, struct sim_node *ward, const struct sim_link *link,
                   struct wsync_message *message)
{
    static struct wsync_head item;
    const struct wsync_session *session = &link->sessions[SIM_WARD_END];
    bool greeted = session->state != WSYNC_STATE_HELLO_SENT;
    uint64_t roll = greeted ? 1 + below(world, 9) : 0;
    bool still = !greeted && below(world, 6) == 0;
    item = some_head(world, ward);
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_BYE};
    if (still) {
        message->type = WSYNC_MESSAGE_STILL;
        message->still = (struct wsync_still){0, below(world, 3)};
    } else if (roll == 0) {
        message->type = WSYNC_MESSAGE_WELCOME;
        message->welcome = (struct wsync_welcome){.version = below(world, 8) == 0 ? 2 : 1,
                                                  .instance = world->installation.instance,
                                                  .same = below(world, 2) == 0,
                                                  .roster_version = 1 + below(world, 9),
                                                  .credit = WSYNC_CREDIT_BYTES_MIN,
                                                  .epoch = below(world, 3),
                                                  .blobs = below(world, 4) > 0};
        message->welcome.wants_blobs = message->welcome.blobs && below(world, 2) == 0;
        if (session->has_own && below(world, 2) == 0) {
            message->welcome.has_own = true;
            message->welcome.own = item;
            message->welcome.own.log = session->own;
        }
    } else if (roll < 4) {
        message->type = WSYNC_MESSAGE_ACK;
        message->ack = (struct wsync_ack){.items = &item,
                                          .count = below(world, 2),
                                          .taken = session->sent,
                                          .own = below(world, 2) * item.seq};
        memcpy(message->ack.at, item.hash.b, sizeof message->ack.at);
    } else if (roll < 5) {
        message->type = WSYNC_MESSAGE_HEADS;
        message->heads = (struct wsync_heads){&item, 1, below(world, 2) == 0};
    } else if (roll > 5) {
        sim_evil_photo(world, &world->arena, message);
    } else {
        message->bye = below(world, 2) == 0 ? WSYNC_OK : WSYNC_ERR_REVOKED;
    }
}

void sim_rogue_act(struct sim_world *world)
{
    struct sim_node *ward = &world->nodes[1 + below(world, world->node_count - 1)];
    struct wsync_slice frame;
    if (!ward->enrolled || ward->evil || ward->stranger || ward->revoked) {
        return;
    }
    struct sim_link *link = sim_link_open_evil(ward, SIM_DISTRICT_END);
    if (!link) {
        return;
    }
    ward->lied_to = true;
    for (int i = 0; i < WORDS_MAX && link->open[SIM_WARD_END] && !world->failed; i++) {
        struct wsync_message message;
        size_t mark = wsync_arena_mark(&world->arena);
        answer(world, ward, link, &message);
        if (wsync_message_encode(&message, &world->arena, &frame) == WSYNC_OK) {
            sim_lie(link, SIM_DISTRICT_END, world, frame);
        }
        wsync_arena_release(&world->arena, mark);
        while (link->used && sim_link_hear(link, SIM_DISTRICT_END, &frame)) {
            sim_evil_hear(world, frame);
        }
        (void)sim_link_deliver(world, SIM_WARD_END);
    }
    if (link->used) {
        sim_link_leave(link, SIM_DISTRICT_END);
    }
}

/* Now and then it says one more thing that asks for nothing: the session must still end by
 * itself or stay one of few, and disturbs nobody. */
void sim_loris_act(struct sim_world *world)
{
    struct sim_node *device = &world->nodes[1 + below(world, world->node_count - 1)];
    struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK};
    struct wsync_slice frame;
    if (!device->enrolled || device->stranger) {
        return;
    }
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        struct sim_link *link = &world->links[i];
        if (link->used && link->slow && link->open[SIM_WARD_END]) {
            size_t mark = wsync_arena_mark(&world->arena);
            if (wsync_message_encode(&ack, &world->arena, &frame) == WSYNC_OK) {
                sim_link_say(link, SIM_WARD_END, world, frame);
            }
            wsync_arena_release(&world->arena, mark);
            return;
        }
    }
    struct sim_link *link = sim_link_open_evil(device, SIM_WARD_END);
    if (link) {
        link->slow = true;
    }
}
