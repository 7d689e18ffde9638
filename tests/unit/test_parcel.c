/* SPDX-License-Identifier: Apache-2.0 */
/* Parcels (S20.1, S20.3, S20.4, S20.9): their frames, and the desk that takes them in. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/parcel_desk.h"
#include "tests/scratch.h"

enum { SIZE = WSYNC_BUNDLE_HEADER_BYTES + 2 * WSYNC_BUNDLE_PART_BYTES };

struct world {
    struct wsync_scratch scratch;
    struct wsync_parcel_desk desk;
    struct wsync_device_id device;
    uint8_t parcel[SIZE];
    uint8_t out[WSYNC_FRAME_BYTES_MAX], in[WSYNC_FRAME_BYTES_MAX];
};

/* A file of that number, as far as a relay can tell. */
static struct wsync_bundle_id make(struct world *world, uint8_t number,
                                   enum wsync_bundle_kind kind)
{
    struct wsync_bundle_header header = {.kind = kind, .id = {{number}}};
    const uint8_t secret[WSYNC_PUBLIC_KEY_BYTES] = {8};
    struct wsync_transport_key to = wsync_exchange_public(secret);
    struct wsync_bundle_key key;
    assert_int_equal(wsync_bundle_begin(&header, &to, secret, &key), WSYNC_OK);
    memset(world->parcel, 0x5a, sizeof world->parcel);
    memcpy(world->parcel, key.header, sizeof key.header);
    return header.id;
}

static int set_up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    assert_true(wsync_crypto_init());
    wsync_scratch_open(&world.scratch);
    world.desk.dir = world.scratch.path;
    world.device.b[0] = 7;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    wsync_scratch_close(&world->scratch);
    return 0;
}

static struct wsync_parcel_frame ask(struct world *world,
                                     const struct wsync_parcel_frame *asked)
{
    struct wsync_parcel_frame reply;
    struct wsync_slice frame =
        wsync_parcel_desk_reply(&world->desk, &world->device,
                                wsync_parcel_encode(asked, world->in), world->out);
    assert_int_equal(wsync_parcel_decode(frame, &reply), WSYNC_OK);
    assert_memory_equal(&reply.id, &asked->id, sizeof reply.id);
    return reply;
}

static struct wsync_parcel_frame put(struct world *world, struct wsync_bundle_id id,
                                     uint32_t offset, size_t len)
{
    const struct wsync_parcel_frame asked = {
        .type = WSYNC_PARCEL_PUT,
        .id = id,
        .size = SIZE,
        .offset = offset,
        .bytes = wsync_slice(len > 0 ? world->parcel + offset : NULL, len)};
    return ask(world, &asked);
}

/* All of it; the last reply. */
static struct wsync_parcel_frame put_all(struct world *world, struct wsync_bundle_id id)
{
    struct wsync_parcel_frame reply = put(world, id, 0, 0);
    while ((reply.state == WSYNC_PARCEL_UNKNOWN || reply.state == WSYNC_PARCEL_PARTLY) &&
           reply.offset < SIZE) { /* ends: it goes forward or is refused */
        size_t left = SIZE - reply.offset;
        uint32_t before = reply.offset;
        reply = put(world, id, reply.offset,
                    left < WSYNC_PARCEL_CHUNK_BYTES ? left : WSYNC_PARCEL_CHUNK_BYTES);
        assert_true(reply.offset > before || reply.state == WSYNC_PARCEL_REFUSED);
    }
    return reply;
}

/* S20.1: one form, and lengths that hold. */
static void frames_have_one_form(void **state)
{
    struct world *world = *state;
    static const uint8_t BYTES[] = {1, 2, 3};
    struct wsync_parcel_frame read;
    const struct wsync_parcel_frame written = {.type = WSYNC_PARCEL_ANSWER,
                                               .id = {{9}},
                                               .size = 10,
                                               .offset = 7,
                                               .state = WSYNC_PARCEL_ANSWERED,
                                               .bytes = wsync_slice(BYTES, sizeof BYTES)};
    struct wsync_slice frame = wsync_parcel_encode(&written, world->in);
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_OK);
    assert_int_equal(read.size, 10);
    assert_int_equal(read.offset, 7);
    assert_true(wsync_slice_equal(read.bytes, written.bytes));
    for (size_t len = 0; len < WSYNC_PARCEL_FRAME_BYTES; len++) {
        assert_int_not_equal(wsync_parcel_decode(wsync_slice(frame.data, len), &read),
                             WSYNC_OK);
    }
    world->in[2 + 16 + 3] = 9; /* the bytes end beyond the size */
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_ERR_MESSAGE);
    world->in[2 + 16 + 3] = 10;
    world->in[2 + 16 + 8] = WSYNC_PARCEL_STATES;
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_ERR_MESSAGE);
    world->in[2 + 16 + 8] = 0;
    world->in[1] = WSYNC_PARCEL_FETCH; /* which has neither size nor bytes */
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_ERR_MESSAGE);
    world->in[1] = WSYNC_PARCEL_ANSWER + 1;
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_ERR_MESSAGE);
    world->in[0]++;
    assert_int_equal(wsync_parcel_decode(frame, &read), WSYNC_ERR_VERSION);
}

/* S20.3: it goes on from what is here, and what is not next to it is not taken. */
static void parcel_is_taken_in_order(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_id id = make(world, 1, WSYNC_BUNDLE_UP);
    assert_int_equal(put(world, id, 0, 0).offset, 0);
    assert_int_equal(put(world, id, 100, 50).offset, 0);
    assert_int_equal(put(world, id, 0, 100).offset, 100);
    assert_int_equal(put(world, id, 0, 100).offset, 100);
    assert_int_equal(put(world, id, 200, 50).offset, 100);
    struct wsync_parcel_frame reply = put_all(world, id);
    assert_int_equal(reply.state, WSYNC_PARCEL_HELD);
    assert_int_equal(reply.offset, SIZE);
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 1);
    assert_int_equal(here.items[0].kind, WSYNC_PARCELS_WHOLE);
    uint8_t read[WSYNC_PARCEL_CHUNK_BYTES];
    size_t len;
    for (uint64_t at = 0; at < SIZE; at += len) { /* S20.5: as it came */
        assert_int_equal(wsync_parcels_read(world->desk.dir, here.items, at, read, &len),
                         WSYNC_OK);
        assert_true(len > 0);
        assert_memory_equal(read, world->parcel + at, len);
    }
}

/* S20.9 */
static void what_is_none_is_refused(void **state)
{
    struct world *world = *state;
    static const uint32_t SIZES[] = {
        0, WSYNC_BUNDLE_HEADER_BYTES, SIZE + 1, SIZE - 1, UINT32_MAX,
        WSYNC_BUNDLE_HEADER_BYTES + (WSYNC_PARCEL_PARTS_MAX + 2) * WSYNC_BUNDLE_PART_BYTES};
    struct wsync_bundle_id id = make(world, 1, WSYNC_BUNDLE_UP);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        const struct wsync_parcel_frame asked = {
            .type = WSYNC_PARCEL_PUT, .id = id, .size = SIZES[i]};
        assert_int_equal(ask(world, &asked).state, WSYNC_PARCEL_REFUSED);
    }
    id.b[1] ^= 1; /* not its number */
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_REFUSED);
    id = make(world, 2, WSYNC_BUNDLE_ANSWER);
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_REFUSED);
    world->parcel[0] = 0;
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_REFUSED);
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 0);
}

/* S20.9: so many of one device, so many of all; what was begun may end. */
static void nobody_fills_the_disk(void **state)
{
    struct world *world = *state;
    for (uint8_t i = 0; i < WSYNC_PARCELS_EACH_MAX; i++) {
        assert_int_equal(put_all(world, make(world, i, WSYNC_BUNDLE_UP)).state,
                         WSYNC_PARCEL_HELD);
    }
    struct wsync_bundle_id more = make(world, 100, WSYNC_BUNDLE_UP);
    assert_int_equal(put(world, more, 0, 0).state, WSYNC_PARCEL_REFUSED);
    world->device.b[0]++; /* another device has room of its own */
    assert_int_equal(put(world, more, 0, 10).offset, 10);
    world->device.b[0]++; /* and nobody else goes on with what it began */
    assert_int_equal(put(world, more, 10, 10).offset, 0);
    world->device.b[0]--;
    assert_int_equal(put(world, more, 0, 0).offset, 10);
    for (uint8_t i = 101; i < 101 + WSYNC_PARCELS_MAX; i++) {
        world->device.b[1] = i;
        (void)put(world, make(world, i, WSYNC_BUNDLE_UP), 0, 10);
    }
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_true(here.count < WSYNC_PARCELS_MAX);
}

static enum wsync_parcel_state answer(void *context, const struct wsync_parcels_item *item);

/* S20.3, S20.4: whoever else handed something in under its number, in part, whole or answered:
 * a parcel is taken in, answered and ended as if it were alone. */
static void a_number_is_nobodys(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_id id = make(world, 1, WSYNC_BUNDLE_UP);
    const struct wsync_parcel_frame ends = {
        .type = WSYNC_PARCEL_FETCH, .id = id, .offset = SIZE};
    const struct wsync_parcel_frame begins = {.type = WSYNC_PARCEL_FETCH, .id = id};
    world->parcel[SIZE - 1] ^= 1; /* another file under that number */
    (void)put(world, id, 0, 100);
    world->device.b[0] = 8;
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_HELD);
    world->device.b[0] = 9;
    world->desk.whole = answer;
    world->desk.context = world;
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_ANSWERED);
    world->desk.whole = NULL;
    world->device.b[0] = 10;
    id = make(world, 1, WSYNC_BUNDLE_UP);
    assert_int_equal(put(world, id, 0, 0).state, WSYNC_PARCEL_UNKNOWN);
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_HELD);
    assert_int_equal(ask(world, &begins).size, 0); /* the answer of another is not its answer */
    world->desk.whole = answer;
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 4);
    const struct wsync_parcels_item *its =
        wsync_parcels_find(&here, &id, &world->device, WSYNC_PARCELS_WHOLE);
    uint8_t read[WSYNC_PARCEL_CHUNK_BYTES];
    size_t len;
    assert_non_null(its);
    assert_int_equal(wsync_parcels_read(world->desk.dir, its, SIZE - 1, read, &len), WSYNC_OK);
    assert_int_equal(read[0], world->parcel[SIZE - 1]); /* it came as it is */
    (void)answer(world, its);
    assert_int_equal(ask(world, &begins).size, SIZE);
    (void)ask(world, &ends);
    assert_int_equal(ask(world, &begins).state, WSYNC_PARCEL_UNKNOWN);
    world->device.b[0] = 9; /* whose answer is its own to end */
    assert_int_equal(ask(world, &ends).state, WSYNC_PARCEL_ANSWERED);
}

/* S20.9: those who hold much, and go on with it each hour, leave room for the others. */
static void few_do_not_keep_all_out(void **state)
{
    enum { GREEDY = WSYNC_PARCELS_MAX / WSYNC_PARCELS_EACH_MAX };
    struct world *world = *state;
    for (uint8_t i = 0; i < GREEDY * WSYNC_PARCELS_EACH_MAX; i++) {
        world->device.b[1] = i / WSYNC_PARCELS_EACH_MAX;
        (void)put(world, make(world, i, WSYNC_BUNDLE_UP), 0, 10);
    }
    for (uint8_t i = 0; i < GREEDY; i++) {
        world->device.b[1] = 100 + i;
        struct wsync_bundle_id id = make(world, 100 + i, WSYNC_BUNDLE_UP);
        assert_int_equal(put(world, id, 0, 10).offset, 10);
        assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_HELD);
    }
    struct wsync_bundle_id more = make(world, 200, WSYNC_BUNDLE_UP);
    assert_int_equal(put(world, more, 0, 10).state, WSYNC_PARCEL_REFUSED); /* one is enough */
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_true(here.count < WSYNC_PARCELS_MAX);
}

static void age(struct world *world, int64_t seconds)
{
    struct wsync_parcels here;
    char path[WSYNC_SITE_PATH_BYTES];
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    for (size_t i = 0; i < here.count; i++) {
        const struct timespec then[2] = {{.tv_sec = here.items[i].time - seconds},
                                         {.tv_sec = here.items[i].time - seconds}};
        wsync_parcels_path(world->desk.dir, &here.items[i], path);
        assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    }
}

/* S20.9: parcels that many began and left keep nobody out for ever; what goes on is kept, and
 * so is what is whole. */
static void what_was_left_makes_room(void **state)
{
    struct world *world = *state;
    struct wsync_bundle_id whole = make(world, 0, WSYNC_BUNDLE_UP);
    assert_int_equal(put_all(world, whole).state, WSYNC_PARCEL_HELD);
    for (uint8_t i = 1; i < WSYNC_PARCELS_MAX; i++) {
        world->device.b[1] = i;
        (void)put(world, make(world, i, WSYNC_BUNDLE_UP), 0, 10);
    }
    world->device.b[1] = 200;
    struct wsync_bundle_id late = make(world, 200, WSYNC_BUNDLE_UP);
    age(world, 1800);
    assert_int_equal(put(world, late, 0, 10).state, WSYNC_PARCEL_REFUSED);
    age(world, 7200);
    assert_int_equal(put(world, late, 0, 10).offset, 10);
    struct wsync_parcels here;
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 2);
    assert_non_null(wsync_parcels_find(&here, &whole, NULL, WSYNC_PARCELS_WHOLE));
    assert_non_null(wsync_parcels_find(&here, &late, NULL, WSYNC_PARCELS_PART));
}

static enum wsync_parcel_state answer(void *context, const struct wsync_parcels_item *item)
{
    struct world *world = context;
    make(world, item->id.b[0], WSYNC_BUNDLE_ANSWER);
    struct wsync_parcels_chunk chunk = {.item = *item,
                                        .as = WSYNC_PARCELS_ANSWER,
                                        .size = SIZE,
                                        .bytes = wsync_slice(world->parcel, SIZE)};
    chunk.item.kind = WSYNC_PARCELS_PART;
    assert_int_equal(wsync_parcels_add(world->desk.dir, &chunk, NULL), WSYNC_OK);
    wsync_parcels_remove(world->desk.dir, item);
    return WSYNC_PARCEL_ANSWERED;
}

/* S20.4: anybody who knows its number may read it, only who handed it in ends it. */
static void answer_stays_until_it_is_told(void **state)
{
    struct world *world = *state;
    world->desk.whole = answer;
    world->desk.context = world;
    struct wsync_bundle_id id = make(world, 3, WSYNC_BUNDLE_UP);
    struct wsync_parcel_frame asked = {.type = WSYNC_PARCEL_FETCH, .id = id};
    assert_int_equal(ask(world, &asked).size, 0);
    assert_int_equal(put_all(world, id).state, WSYNC_PARCEL_ANSWERED);
    while (asked.offset < SIZE) { /* ends: it goes forward */
        struct wsync_parcel_frame reply = ask(world, &asked);
        assert_int_equal(reply.size, SIZE);
        assert_int_equal(reply.offset, asked.offset);
        assert_true(reply.bytes.len > 0);
        assert_memory_equal(reply.bytes.data, world->parcel + asked.offset, reply.bytes.len);
        asked.offset += (uint32_t)reply.bytes.len;
    }
    world->device.b[0]++;
    assert_int_equal(ask(world, &asked).size, SIZE);
    assert_int_equal(ask(world, &asked).size, SIZE);
    world->device.b[0]--;
    assert_int_equal(ask(world, &asked).size, SIZE);
    assert_int_equal(ask(world, &asked).size, 0);
}

/* What is not whole is begun again; what is old is forgotten, and nothing else. */
static void tidy_forgets_what_may_be(void **state)
{
    enum { MONTH_S = 30 * 86400 };
    struct world *world = *state;
    struct wsync_parcels here;
    (void)put(world, make(world, 1, WSYNC_BUNDLE_UP), 0, 10);
    (void)put_all(world, make(world, 2, WSYNC_BUNDLE_UP));
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 2);
    int64_t time = here.items[0].time;
    char path[WSYNC_SITE_PATH_BYTES]; /* an answer that a killed program was writing */
    int fd = open(wsync_site_file(world->desk.dir, "parcels/3.answer.new-aaaaaa", path),
                  O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(wsync_parcels_tidy(world->desk.dir, time + MONTH_S / 2, NULL), WSYNC_OK);
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 1);
    assert_int_equal(here.items[0].kind, WSYNC_PARCELS_WHOLE);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(wsync_parcels_tidy(world->desk.dir, time + 2 * MONTH_S, NULL), WSYNC_OK);
    assert_int_equal(wsync_parcels_list(world->desk.dir, &here, NULL), WSYNC_OK);
    assert_int_equal(here.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_have_one_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parcel_is_taken_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_fills_the_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_is_nobodys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(few_do_not_keep_all_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_left_makes_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_stays_until_it_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tidy_forgets_what_may_be, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
