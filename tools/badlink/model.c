/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/badlink/model.h"

#include <string.h>

enum { SECOND_US = 1000000, BYTE_BITS = 8 };

/* ---- chances (SplitMix64) ---- */

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int64_t below(uint64_t *state, int64_t bound)
{
    return bound > 0 ? (int64_t)((draw(state) >> 1) % (uint64_t)bound) : (draw(state), 0);
}

/* What the generator holds for one packet: always the same number of draws. */
struct chances {
    bool lost, reordered, duplicated;
    int64_t jitter_us;
};

static struct chances chances_of(struct badlink_model *model, enum badlink_way way)
{
    const struct badlink_settings *settings = &model->settings;
    uint64_t *state = &model->lines[way].chance;
    struct chances chances;
    chances.lost = below(state, BADLINK_MILLION) < settings->loss_ppm;
    chances.reordered = below(state, BADLINK_MILLION) < settings->reorder_ppm;
    chances.duplicated = below(state, BADLINK_MILLION) < settings->duplicate_ppm;
    chances.jitter_us = below(state, 2 * settings->jitter_us + 1) - settings->jitter_us;
    return chances;
}

/* ---- what is on its way: a heap of slots ---- */

static bool sooner(const struct badlink_model *model, int a, int b)
{
    const struct badlink_slot *one = &model->slots[model->heap[a]];
    const struct badlink_slot *other = &model->slots[model->heap[b]];
    return one->due_us != other->due_us ? one->due_us < other->due_us
                                        : one->number < other->number;
}

static void swap(struct badlink_model *model, int a, int b)
{
    uint16_t slot = model->heap[a];
    model->heap[a] = model->heap[b];
    model->heap[b] = slot;
}

static struct badlink_slot *push(struct badlink_model *model, enum badlink_way way,
                                 const struct badlink_packet *packet, int64_t due_us)
{
    struct badlink_slot *slot = &model->slots[model->heap[model->count]];
    slot->due_us = due_us;
    slot->number = model->next_number++;
    slot->way = way;
    slot->slipped = false;
    slot->len = packet->len;
    memcpy(slot->bytes, packet->bytes, (size_t)packet->len);
    int at = model->count++;
    while (at > 0 && sooner(model, at, (at - 1) / 2)) {
        swap(model, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return slot;
}

static const struct badlink_slot *pop(struct badlink_model *model)
{
    swap(model, 0, --model->count);
    for (int at = 0, child = 1; child < model->count; child = 2 * at + 1) {
        if (child + 1 < model->count && sooner(model, child + 1, child)) {
            child++;
        }
        if (!sooner(model, child, at)) {
            break;
        }
        swap(model, at, child);
        at = child;
    }
    return &model->slots[model->heap[model->count]];
}

/* ---- the schedule ---- */

/* When the turn of being up or down that holds `now_us` ends. */
static int64_t turn_end(const struct badlink_model *model, int64_t now_us, bool *up)
{
    const struct badlink_settings *settings = &model->settings;
    *up = true;
    if (settings->up_us <= 0 || settings->down_us <= 0) {
        return BADLINK_NEVER;
    }
    int64_t cycle = settings->up_us + settings->down_us;
    int64_t into = (now_us - model->start_us + settings->phase_us) % cycle;
    *up = into < settings->up_us;
    return now_us - into + (*up ? settings->up_us : cycle);
}

bool badlink_model_is_up(const struct badlink_model *model, int64_t now_us)
{
    bool up;
    (void)turn_end(model, now_us, &up);
    return up && !model->held_down;
}

/* ---- connections and their budgets ---- */

static struct badlink_flow *flow_of(struct badlink_model *model,
                                    const struct badlink_packet *packet)
{
    struct badlink_flow *found = NULL;
    for (int i = 0; i < BADLINK_FLOWS_MAX && packet->flow != 0; i++) {
        if (model->flows[i].flow == packet->flow) {
            found = &model->flows[i];
        }
    }
    if (!packet->opens || (found && found->sequence == packet->sequence)) {
        return found;
    }
    if (!found) {
        found = &model->flows[model->connections % BADLINK_FLOWS_MAX];
    }
    model->connections++;
    *found = (struct badlink_flow){.flow = packet->flow, .sequence = packet->sequence};
    return found;
}

static bool is_dead(struct badlink_model *model, struct badlink_flow *flow,
                    enum badlink_way way, const struct badlink_packet *packet)
{
    int64_t budget = model->settings.dead_after_bytes;
    if (packet->flow == 0) {
        return false;
    }
    if (!flow) {
        return budget > 0;
    }
    if (!flow->dead && budget > 0 && flow->used_bytes[way] + packet->len > budget) {
        flow->dead = true;
        model->cuts++;
    }
    return flow->dead;
}

void badlink_model_cut(struct badlink_model *model)
{
    for (int i = 0; i < BADLINK_FLOWS_MAX; i++) {
        if (model->flows[i].flow != 0 && !model->flows[i].dead) {
            model->flows[i].dead = true;
            model->cuts++;
        }
    }
}

/* ---- the way of a packet ---- */

static void count(struct badlink_count *counted, int64_t bytes)
{
    counted->packets++;
    counted->bytes += (uint64_t)bytes;
}

/* When the line will have sent the packet; BADLINK_NEVER when it has to wait and has no room.
 */
static int64_t line_takes(const struct badlink_model *model, const struct badlink_line *line,
                          int64_t len, int64_t now_us)
{
    int64_t rate = model->settings.rate_bits_s;
    if (rate <= 0) {
        return now_us;
    }
    int64_t waiting_us = line->free_us > now_us ? line->free_us - now_us : 0;
    int64_t waiting = (waiting_us * rate + BYTE_BITS * SECOND_US - 1) / (BYTE_BITS * SECOND_US);
    if (waiting > 0 && waiting + len > model->settings.buffer_bytes) {
        return BADLINK_NEVER;
    }
    return now_us + waiting_us + len * BYTE_BITS * SECOND_US / rate;
}

static int64_t due_at(struct badlink_model *model, struct badlink_line *line,
                      const struct chances *chances, int64_t sent_us)
{
    int64_t due_us = sent_us + model->settings.delay_us + chances->jitter_us;
    due_us = due_us < line->last_us ? line->last_us : due_us; /* jitter alone keeps the order */
    if (chances->reordered) {
        return due_us + model->settings.delay_us / 2 + 10000; /* who comes later overtakes it */
    }
    line->last_us = due_us;
    return due_us;
}

static enum badlink_fate pass(struct badlink_model *model, enum badlink_way way,
                              const struct badlink_packet *packet, int64_t now_us)
{
    struct badlink_line *line = &model->lines[way];
    struct chances chances = chances_of(model, way);
    struct badlink_flow *flow = flow_of(model, packet);
    bool up;
    int64_t end_us = turn_end(model, now_us, &up);
    if (!up || model->held_down) {
        return BADLINK_DOWN;
    }
    if (is_dead(model, flow, way, packet)) {
        return BADLINK_DEAD;
    }
    int64_t sent_us = line_takes(model, line, packet->len, now_us);
    if (sent_us == BADLINK_NEVER || model->count + 1 >= BADLINK_PACKETS_MAX) {
        return BADLINK_FULL;
    }
    if (sent_us > end_us) {
        return BADLINK_DOWN; /* still before the line when the link goes down */
    }
    line->free_us = sent_us;
    count(&line->counters.sent, packet->len);
    if (flow) {
        flow->used_bytes[way] += packet->len;
    }
    if (chances.lost) {
        return BADLINK_LOST;
    }
    int64_t due_us = due_at(model, line, &chances, sent_us);
    if (due_us > end_us) {
        return BADLINK_DOWN;
    }
    (void)push(model, way, packet, due_us);
    if (chances.duplicated) {
        (void)push(model, way, packet, due_us);
        count(&line->counters.duplicated, packet->len);
    }
    return BADLINK_ARRIVES;
}

enum badlink_fate badlink_model_offer(struct badlink_model *model, enum badlink_way way,
                                      const struct badlink_packet *packet, int64_t now_us)
{
    struct badlink_counters *counters = &model->lines[way].counters;
    enum badlink_fate fate = pass(model, way, packet, now_us);
    count(&counters->offered, packet->len);
    count(&counters->fates[fate], packet->len);
    return fate;
}

void badlink_model_slip(struct badlink_model *model, enum badlink_way way,
                        const struct badlink_packet *packet, int64_t now_us)
{
    static const struct chances NONE = {.lost = false};
    if (badlink_model_is_up(model, now_us) && model->count < BADLINK_PACKETS_MAX) {
        int64_t due_us = due_at(model, &model->lines[way], &NONE, now_us);
        push(model, way, packet, due_us)->slipped = true;
    }
}

int64_t badlink_model_due(const struct badlink_model *model)
{
    return model->count > 0 ? model->slots[model->heap[0]].due_us : BADLINK_NEVER;
}

const struct badlink_slot *badlink_model_take(struct badlink_model *model, int64_t now_us)
{
    if (badlink_model_due(model) > now_us) {
        return NULL;
    }
    const struct badlink_slot *slot = pop(model);
    if (!slot->slipped) {
        count(&model->lines[slot->way].counters.delivered, slot->len);
    }
    return slot;
}

void badlink_model_hold(struct badlink_model *model, bool down)
{
    model->held_down = down;
    if (!down) {
        return;
    }
    model->count = 0;
    for (int way = 0; way < BADLINK_WAYS; way++) {
        model->lines[way].free_us = model->lines[way].last_us = 0;
    }
}

void badlink_model_restart(struct badlink_model *model, int64_t now_us)
{
    model->start_us = now_us;
    model->connections = model->cuts = 0;
    for (int way = 0; way < BADLINK_WAYS; way++) {
        model->lines[way].counters = (struct badlink_counters){0};
    }
}

void badlink_model_init(struct badlink_model *model, const struct badlink_settings *settings,
                        int64_t now_us)
{
    memset(model, 0, sizeof *model);
    model->settings = *settings;
    model->start_us = now_us;
    for (int way = 0; way < BADLINK_WAYS; way++) {
        model->lines[way].chance = settings->seed;
        model->lines[way].chance = draw(&model->lines[way].chance) + (uint64_t)way;
        model->lines[way].last_us = now_us;
    }
    for (int i = 0; i < BADLINK_PACKETS_MAX; i++) {
        model->heap[i] = (uint16_t)i;
    }
}
