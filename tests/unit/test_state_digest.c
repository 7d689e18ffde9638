/* SPDX-License-Identifier: Apache-2.0 */
/* The state digest, laid out by hand byte for byte (SPEC section 10.7): S10.25 to S10.32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench.h"

enum { ROW_BYTES = 1024, NAME = 5, STRANGE = 99 };

/* A row in the making and the digest so far. */
struct state {
    uint8_t row[ROW_BYTES];
    size_t len;
    struct wsync_hash digest;
};

/* S1.1: big-endian, two's complement; 16 bytes carry the sign through. */
static void put(struct state *state, int64_t number, size_t bytes)
{
    assert_true(state->len + bytes <= ROW_BYTES);
    for (size_t i = 0; i < bytes; i++) {
        size_t shift = 8 * (bytes - 1 - i);
        state->row[state->len++] =
            (uint8_t)(shift < 64 ? (uint64_t)number >> shift : (number < 0 ? 0xff : 0));
    }
}

static void put_bytes(struct state *state, const void *bytes, size_t len)
{
    assert_true(state->len + len <= ROW_BYTES);
    memcpy(state->row + state->len, bytes, len);
    state->len += len;
}

/* S10.29, S2.6: a dot is log, change and operation. */
static void put_dot(struct state *state, const struct forge *log, int64_t seq, int64_t op)
{
    put_bytes(state, log->log.b, sizeof log->log.b);
    put(state, seq, 8);
    put(state, op, 2);
}

/* S10.25 */
static void add(struct state *state, const char *kind)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/state/v1"), wsync_slice_of(kind),
                                  WSYNC_BYTES(state->digest),
                                  wsync_slice(state->row, state->len)};
    state->digest = wsync_hash_parts(parts, 4);
    state->len = 0;
}

/* S10.27: the head of a record; a duplicate's other record is operation 0 of `other` in `log`.
 */
static void begin_record(struct state *state, const struct forge *log, int64_t seq, int life,
                         int64_t other)
{
    static const uint8_t none[26];
    put(state, seq, 8);
    put(state, 0, 2);
    put(state, REPLICA_FORM, 4);
    put(state, 1, 4);
    put(state, life, 1);
    put(state, life == 0 ? 1 : 0, 1); /* contested, in the world of the test */
    if (other == 0) {
        put_bytes(state, none, sizeof none);
    } else {
        put_dot(state, log, other, 0);
    }
}

/* S10.28: what stands before each content. */
static void begin_value(struct state *state, int64_t field, const struct forge *log,
                        int64_t seq)
{
    put(state, field, 2);
    put_dot(state, log, seq, 0);
    put(state, log->genesis.stamp + seq, 8); /* a forge's clock: a second a change */
}

static void put_integer(struct state *state, int64_t value)
{
    put(state, 0, 1);
    put(state, value, 8);
}

/* What each log of the test holds. */
static void write_a(struct forge *a)
{
    static const int64_t both[] = {1, 2};
    const struct wsync_write full[] = {
        forge_integer(FORGE_DAY, BENCH_DAY),
        forge_integer(FORGE_COUNT, -5),
        forge_integer(FORGE_KIND, 1),
        {FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("xin chào")}},
        {NAME, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("riêng")}},
        {FORGE_TAGS, false, {.class = WSYNC_CLASS_LIST, .items = both, .item_count = 2}}};
    const struct wsync_write blank = {FORGE_NOTE, false, {.class = WSYNC_CLASS_BLANK}};
    const struct wsync_write strange = forge_integer(STRANGE, 1);
    struct wsync_operation create = {
        .form = REPLICA_FORM, .version = 1, .creates = true, .writes = full, .write_count = 6};
    forge_add(a, &create);
    create.writes = &blank;
    create.write_count = 1;
    forge_add(a, &create);
    struct wsync_address second = bench_at(0, 2);
    const struct wsync_operation duplicate = {.kind = WSYNC_KIND_DUPLICATE,
                                              .record = second,
                                              .other = bench_at(0, 1),
                                              .bases = &second,
                                              .base_count = 1};
    forge_add(a, &duplicate);
    create.writes = &strange;
    forge_add(a, &create); /* quarantined: FIELD, 133 */
}

static void write_b(struct forge *b, const struct forge *a)
{
    struct wsync_address first = bench_at(1, 1);
    bench_meet(b, a, 1);
    bench_set_count(b, first, BENCH_NONE, 7);
    const struct wsync_operation delete = {
        .kind = WSYNC_KIND_DELETE, .record = first, .bases = &first, .base_count = 1};
    forge_add(b, &delete); /* leaves the 7 unnamed: contested */
}

static void add_first_record(struct state *state, const struct forge *a, const struct forge *b)
{
    begin_record(state, a, 1, 0, 0);
    begin_value(state, 0, b, 3); /* the mark */
    put(state, 2, 1);
    put(state, WSYNC_KIND_DELETE, 1);
    put_dot(state, a, 1, 0);
    begin_value(state, FORGE_DAY, a, 1);
    put_integer(state, BENCH_DAY);
    bool a_first = memcmp(a->log.b, b->log.b, sizeof a->log.b) < 0;
    for (int i = 0; i < 2; i++) {
        bool of_a = (i == 0) == a_first;
        begin_value(state, FORGE_COUNT, of_a ? a : b, of_a ? 1 : 2);
        put_integer(state, of_a ? -5 : 7);
    }
    begin_value(state, FORGE_KIND, a, 1);
    put_integer(state, 1);
    begin_value(state, FORGE_NOTE, a, 1);
    put(state, 1, 1);
    put(state, (int64_t)strlen("xin chào"), 4);
    put_bytes(state, "xin chào", strlen("xin chào"));
    begin_value(state, NAME, a, 1);
    put(state, 4, 1); /* personal: its content does not show */
    begin_value(state, FORGE_TAGS, a, 1);
    put(state, 2, 1);
    put(state, 2, 4);
    put(state, 1, 8);
    put(state, 2, 8);
    add(state, "record");
}

static void add_second_record(struct state *state, const struct forge *a)
{
    begin_record(state, a, 2, 2, 1);
    begin_value(state, 0, a, 3);
    put(state, 2, 1);
    put(state, WSYNC_KIND_DUPLICATE, 1);
    put_dot(state, a, 2, 0);
    begin_value(state, FORGE_NOTE, a, 2);
    put(state, 3, 1); /* blank */
    add(state, "record");
}

static void put_measure(struct state *state, int64_t field, int64_t choice, int64_t sum)
{
    put(state, field, 2);
    put(state, choice, 4);
    put(state, 1, 8);
    put(state, sum, 16);
}

/* S10.31, S10.32 */
static void add_cell(struct state *state, int64_t shown)
{
    put(state, REPLICA_FORM, 4);
    put(state, BENCH_DAY + (INT64_C(1) << 31), 4);
    put(state, BENCH_UNIT, 4);
    put(state, BENCH_UNIT, 4);
    add(state, "cell");
    put(state, 1, 8);
    put(state, 1, 8); /* in conflict */
    put_measure(state, FORGE_COUNT, 0, shown);
    put_measure(state, FORGE_KIND, 1, 0);
    put_measure(state, FORGE_TAGS, 1, 0);
    put_measure(state, FORGE_TAGS, 2, 0);
    add(state, "totals");
}

/* S10.26: logs by id with their records, then what is quarantined; at last the cells. */
static void add_log(struct state *state, const struct forge *log, const struct forge *a,
                    const struct forge *b)
{
    put_bytes(state, log->log.b, sizeof log->log.b);
    add(state, "log");
    if (log == a) {
        add_first_record(state, a, b);
        add_second_record(state, a);
        put(state, 4, 8);
        put(state, 133, 2);
        add(state, "quarantine");
    }
}

static void assert_digest(struct bench *world, uint32_t scope, const struct wsync_hash *digest)
{
    struct wsync_hash got = replica_digest(&world->reader, scope);
    assert_memory_equal(got.b, digest->b, sizeof got.b);
}

static void the_digest_of_a_scope_is_laid_out_as_written(void **state)
{
    struct bench *world = *state;
    struct state expected = {.len = 0};
    const struct forge *a = &world->a, *b = &world->b;
    assert_digest(world, BENCH_UNIT, &expected.digest); /* nothing: 32 zero bytes */
    write_a(&world->a);
    write_b(&world->b, a);
    bench_give_all(world, &world->forms);
    bench_give_all(world, &world->a);
    bench_give_all(world, &world->b);
    bench_unsettled(world, 0, 1);
    bool a_first = memcmp(a->log.b, b->log.b, sizeof a->log.b) < 0;
    add_log(&expected, a_first ? a : b, a, b);
    add_log(&expected, a_first ? b : a, a, b);
    add_cell(&expected, 7);
    assert_digest(world, BENCH_UNIT, &expected.digest);
}

/* The digest of all: the district's log as well, with the record that defines the form. */
static void the_digest_of_all_has_every_log(void **state)
{
    struct bench *world = *state;
    struct state expected = {.len = 0};
    const struct forge *forms = &world->forms;
    struct wsync_context context;
    struct wsync_operation *operations;
    assert_int_equal(
        wsync_context_decode(forms->changes[1].public_part, &world->forms.arena, &context),
        WSYNC_OK);
    assert_int_equal(
        wsync_operations_decode(&context, &forms->changes[1], &world->forms.arena, &operations),
        WSYNC_OK);
    struct wsync_slice definition = operations[0].writes[2].value.text;
    bench_give_all(world, &world->forms);
    put_bytes(&expected, forms->log.b, sizeof forms->log.b);
    add(&expected, "log");
    put(&expected, 1, 8);
    put(&expected, 0, 2);
    put(&expected, WSYNC_FORM_FORM, 4);
    put(&expected, 1, 4);
    put(&expected, 0, 2);  /* alive, not contested */
    put(&expected, 0, 26); /* no other record */
    int64_t stamp = forms->genesis.stamp + context.stamp_delta;
    static const int64_t VALUES[] = {REPLICA_FORM, 1};
    for (int64_t field = 1; field <= 3; field++) {
        put(&expected, field, 2);
        put_dot(&expected, forms, 1, 0);
        put(&expected, stamp, 8);
        if (field < 3) {
            put_integer(&expected, VALUES[field - 1]);
        } else {
            put(&expected, 1, 1);
            put(&expected, (int64_t)definition.len, 4);
            put_bytes(&expected, definition.data, definition.len);
        }
    }
    add(&expected, "record");
    assert_digest(world, 0, &expected.digest);
    assert_digest(world, REPLICA_TOP, &expected.digest);
}

int main(void)
{
#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_digest_of_a_scope_is_laid_out_as_written),
        BENCH_TEST(the_digest_of_all_has_every_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
