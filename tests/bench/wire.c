/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: what a session costs on the line: every frame both ways with CURVE's 33 bytes and
 * ZMTP's 2 or 9, TCP and IP not counted.
 *
 *   wire CHANGES        prints "name value" lines */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlsform.h"
#include "tests/bench/load.h"
#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { SEED = 41, UNIT = 2, FIELDS = 12, CURVE_BYTES = 33, SHORT_FRAME_MAX = 255 };
enum { ARENA_BYTES = 1 << 20 };

static size_t on_line(struct wsync_slice frame)
{
    size_t len = frame.len + CURVE_BYTES;
    return len + (len > SHORT_FRAME_MAX ? 9 : 2);
}

struct cost {
    size_t bytes, frames, turns;
};

/* One whole session; every frame is heard as soon as it was said. */
static struct cost meet(struct hub *ward, struct hub *district,
                        const struct installation *installation)
{
    struct cost cost = {0, 0, 0};
    hub_open_district(district, 0, installation, &ward->replica->transport);
    hub_open_ward(ward, 0, installation);
    size_t moved = 1;
    while (moved > 0) {
        load_must(hub_run(ward), "ward");
        moved = hub_carry(ward, 0, district, 0, HUB_NONE_LOST);
        cost.turns += moved > 0;
        load_must(hub_run(district), "district");
        moved += hub_carry(district, 0, ward, 0, HUB_NONE_LOST);
    }
    load_must(ward->lines[0].session.result, "session");
    const struct hub_line *lines[] = {&ward->lines[0], &district->lines[0]};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < lines[i]->said; k++) {
            cost.bytes += on_line(lines[i]->frames[k]);
            cost.frames++;
        }
    }
    return cost;
}

static void publish(struct replica *district)
{
    static _Alignas(16) uint8_t block[ARENA_BYTES];
    struct wsync_arena arena;
    struct wsync_form form;
    struct wsync_error error = {{0}};
    struct wsync_slice definition;
    struct wsync_dot written;
    wsync_arena_init(&arena, block, sizeof block);
    load_must(wsync_xlsform_compile("tests/bench/form/record", &arena, &form, &error),
              error.text);
    load_must(wsync_form_encode(&form, &arena, &definition, &error), error.text);
    const struct wsync_write writes[] = {
        forge_integer(1, form.number),
        forge_integer(2, form.version),
        {3, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    const struct wsync_intent intent = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    load_must(replica_write(district, REPLICA_TOP, &intent, 1, &written), "publish");
}

static void record(struct replica *ward, uint64_t n, uint64_t of)
{
    struct wsync_write writes[FIELDS];
    struct wsync_dot written;
    const struct wsync_intent intent = {.form = LOAD_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = load_record(UNIT, n, of, writes)};
    if (load_value_bytes(writes, intent.write_count) != LOAD_VALUE_BYTES) {
        load_must(WSYNC_ERR_INVALID, "the record is not what it should be");
    }
    ward->now += 40;
    load_must(replica_write(ward, UNIT, &intent, 1, &written), "record");
}

int main(int argc, char **argv)
{
    static struct replica district;
    static struct replica ward;
    static struct hub up;
    static struct hub down;
    struct installation installation;
    uint64_t count = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (count == 0) {
        fputs("usage: wire CHANGES\n", stderr);
        return 64;
    }
    installation_init(&installation, SEED);
    replica_init(&district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&district, &installation);
    publish(&district);
    replica_enrol(&district, &installation, &ward);
    replica_open_log(&district, &installation);
    hub_init(&up, &ward);
    hub_init(&down, &district);
    (void)meet(&up, &down, &installation); /* the form arrives */
    struct cost nothing = meet(&up, &down, &installation);
    for (uint64_t n = 0; n < count; n++) {
        record(&ward, n, count);
    }
    struct cost all = meet(&up, &down, &installation);
    double each = (double)all.bytes / (double)count - LOAD_VALUE_BYTES;
    fprintf(stderr, "%zu frames, %zu bytes for %llu changes\n", all.frames, all.bytes,
            (unsigned long long)count);
    printf("change_overhead_bytes %.1f\n", each);
    printf("noop_session_bytes %zu\n", nothing.bytes);
    printf("noop_session_round_trips %zu\n", nothing.turns - 1); /* Bye is not answered */
    hub_fini(&up);
    hub_fini(&down);
    replica_fini(&ward);
    replica_fini(&district);
    return 0;
}
