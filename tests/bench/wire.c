/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: what a session costs on the line: every frame both ways with CURVE's 33 bytes and
 * ZMTP's 2 or 9, TCP and IP not counted.
 *
 *   wire CHANGES          prints "name value" lines
 *   wire CHANGES levels   what each level of the packer makes of them: bytes and µs a change,
 *                         with the dictionary and without
 *
 * Records are invented ones of the campaign's forms (tests/campaign.h) of other seeds than
 * those the dictionary learnt from; no form's personal fields, unless it is said.  The line is
 * a thin one, of 64 kbit/s.  Plain figures are of sessions that do not pack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/zstd.h"
#include "tests/bench/load.h"
#include "tests/campaign.h"
#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { SEED = 41, RECORDS_SEED = 977, UNIT = 2, CURVE_BYTES = 33, SHORT_FRAME_MAX = 255 };
enum { THIN_LINE = 8000 }; /* bytes a second */
enum { ARENA_BYTES = 4 << 20, CREATED = 1, SINGLES = 25, FREE_FORM = 26 };

static size_t on_line(size_t frame)
{
    size_t len = frame + CURVE_BYTES;
    return len + (len > SHORT_FRAME_MAX ? 9 : 2);
}

/* One installation with one ward. */
struct place {
    struct installation installation;
    struct replica district, ward;
    struct hub up, down;
    struct campaign campaign;
    struct wsync_arena arena;
};

struct cost {
    size_t bytes, frames, turns;
    size_t set, ack; /* the last of each as a frame; 0: none was said */
};

static void count_line(const struct hub_line *line, struct cost *cost)
{
    for (size_t i = 0; i < line->said; i++) {
        uint8_t type = line->frames[i].data[1];
        cost->bytes += on_line(line->frames[i].len);
        cost->frames++;
        if (type == WSYNC_MESSAGE_CHANGES || type == WSYNC_MESSAGE_PACKED) {
            cost->set = line->frames[i].len;
        } else if (type == WSYNC_MESSAGE_ACK) {
            cost->ack = line->frames[i].len;
        }
    }
}

/* One whole session; every frame is heard as soon as it was said. */
static struct cost meet(struct place *place)
{
    struct cost cost = {.bytes = 0};
    hub_open_district(&place->down, 0, &place->installation, &place->ward.transport);
    hub_open_ward(&place->up, 0, &place->installation);
    place->up.lines[0].session.setup.flow.rate = THIN_LINE;
    place->down.lines[0].session.setup.flow.rate = THIN_LINE;
    size_t moved = 1;
    while (moved > 0) {
        load_must(hub_run(&place->up), "ward");
        moved = hub_carry(&place->up, 0, &place->down, 0, HUB_NONE_LOST);
        cost.turns += moved > 0;
        load_must(hub_run(&place->down), "district");
        moved += hub_carry(&place->down, 0, &place->up, 0, HUB_NONE_LOST);
    }
    load_must(place->up.lines[0].session.result, "session");
    count_line(&place->up.lines[0], &cost);
    count_line(&place->down.lines[0], &cost);
    return cost;
}

static void publish(struct place *place, const struct wsync_form *form)
{
    struct wsync_error error = {{0}};
    struct wsync_slice definition;
    struct wsync_dot written;
    load_must(wsync_form_encode(form, &place->arena, &definition, &error), error.text);
    const struct wsync_write writes[] = {
        forge_integer(1, form->number),
        forge_integer(2, form->version),
        {3, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    const struct wsync_intent intent = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    load_must(replica_write(&place->district, REPLICA_TOP, &intent, 1, &written), "publish");
}

static void write_records(struct place *place, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wsync_write writes[CAMPAIGN_WRITES_MAX];
        const struct wsync_form *form;
        struct wsync_dot written;
        size_t of = campaign_record(&place->campaign, &form, writes);
        const struct wsync_intent intent = {.form = form->number,
                                            .version = form->version,
                                            .creates = true,
                                            .writes = writes,
                                            .write_count = of};
        place->ward.now += 40;
        load_must(replica_write(&place->ward, UNIT, &intent, 1, &written), "record");
    }
}

static struct place *found(const struct wsync_packer *packer, bool personal)
{
    struct place *place = calloc(1, sizeof *place);
    void *block = aligned_alloc(16, ARENA_BYTES);
    if (!place || !block) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    wsync_arena_init(&place->arena, block, ARENA_BYTES);
    installation_init(&place->installation, SEED);
    replica_init(&place->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&place->ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&place->district, &place->installation);
    campaign_init(&place->campaign, &place->arena, RECORDS_SEED, UNIT);
    place->campaign.personal = personal;
    place->campaign.forms[0].number = FREE_FORM; /* the replicas have one of its number */
    for (size_t i = 0; i < CAMPAIGN_FORMS; i++) {
        publish(place, &place->campaign.forms[i]);
    }
    replica_enrol(&place->district, &place->installation, &place->ward);
    replica_open_log(&place->district, &place->installation);
    hub_init(&place->up, &place->ward);
    hub_init(&place->down, &place->district);
    place->up.packer = place->down.packer = packer;
    (void)meet(place); /* the forms arrive */
    write_records(place, CREATED);
    (void)meet(place); /* the log is known, and its receipt came */
    (void)meet(place);
    return place;
}

static void leave(struct place *place)
{
    hub_fini(&place->up);
    hub_fini(&place->down);
    replica_fini(&place->ward);
    replica_fini(&place->district);
    free(place->arena.block);
    free(place);
}

static double many(struct place *place, size_t count)
{
    write_records(place, count);
    struct cost cost = meet(place);
    fprintf(stderr, "%zu frames, %zu bytes for %zu changes\n", cost.frames, cost.bytes, count);
    return (double)cost.bytes / (double)count;
}

/* One change alone, many times: the mean of its frame, and of that with its ack. */
static void single(struct place *place)
{
    struct cost sum = {.bytes = 0};
    for (size_t i = 0; i < SINGLES; i++) {
        write_records(place, 1);
        struct cost cost = meet(place);
        sum.set += cost.set;
        sum.ack += cost.ack;
        sum.bytes += on_line(cost.set) + on_line(cost.ack);
    }
    printf("single_change_frame_bytes %.1f\n", (double)sum.set / SINGLES);
    printf("single_change_with_ack_bytes %.1f\n", (double)(sum.set + sum.ack) / SINGLES);
    printf("single_change_with_ack_line_bytes %.1f\n", (double)sum.bytes / SINGLES);
}

/* A packer at one level, whoever asks for which, and how long it took. */
struct timed {
    const struct wsync_packer *packer;
    unsigned level;
    double us;
};

static double processor_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool pack_timed(void *context, struct wsync_pack_order order, struct wsync_slice bytes,
                       uint8_t *out, size_t *len)
{
    struct timed *timed = context;
    double before = processor_us();
    order.level = timed->level;
    bool done = timed->packer->pack(timed->packer->context, order, bytes, out, len);
    timed->us += processor_us() - before;
    return done;
}

static enum wsync_err unpack_timed(void *context, enum wsync_pack_method method,
                                   struct wsync_slice packed, uint8_t *out, size_t len)
{
    const struct wsync_packer *packer = ((struct timed *)context)->packer;
    return packer->unpack(packer->context, method, packed, out, len);
}

static void level(const struct wsync_packer *packer, unsigned number, size_t count)
{
    struct timed timed = {packer, number, 0};
    const struct wsync_packer at_level = {&timed, packer->dictionary, pack_timed, unpack_timed};
    struct place *place = found(&at_level, false); /* makes what is made once */
    timed.us = 0;
    write_records(place, count);
    double bytes = (double)meet(place).bytes / (double)count;
    printf(" %6.1f %6.1f", bytes, timed.us / (double)count);
    leave(place);
}

static void levels(const struct wsync_packer *with, const struct wsync_packer *without,
                   size_t count)
{
    printf("level  bytes     us  bytes     us\n");
    for (unsigned i = 1; i <= WSYNC_PACK_LEVEL_MAX; i++) {
        printf("%5u", i);
        level(with, i, count);
        level(without, i, count);
        printf("\n");
    }
}

static void figures(const struct wsync_packer *with, const struct wsync_packer *without,
                    size_t count)
{
    struct place *place = found(with, false);
    struct cost nothing = meet(place);
    printf("change_wire_bytes %.1f\n", many(place, count));
    single(place);
    printf("noop_session_bytes %zu\n", nothing.bytes);
    printf("noop_session_round_trips %zu\n", nothing.turns);
    leave(place);
    place = found(with, true);
    printf("change_wire_personal_bytes %.1f\n", many(place, count));
    leave(place);
    place = found(without, false);
    printf("change_wire_no_dictionary_bytes %.1f\n", many(place, count));
    leave(place);
    place = found(NULL, false);
    printf("change_overhead_bytes %.1f\n", many(place, count) - CAMPAIGN_VALUE_BYTES);
    leave(place);
}

int main(int argc, char **argv)
{
    uint64_t count = argc == 2 || argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    bool by_level = argc == 3 && strcmp(argv[2], "levels") == 0;
    if (count == 0 || (argc == 3 && !by_level)) {
        fputs("usage: wire CHANGES [levels]\n", stderr);
        return 64;
    }
    struct wsync_zstd *zstd = wsync_zstd_open(wsync_zstd_dictionary());
    struct wsync_zstd *without = wsync_zstd_open(wsync_slice(NULL, 0));
    if (!zstd || !without) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    (by_level ? levels : figures)(wsync_zstd_packer(zstd), wsync_zstd_packer(without), count);
    wsync_zstd_close(zstd);
    wsync_zstd_close(without);
    return 0;
}
