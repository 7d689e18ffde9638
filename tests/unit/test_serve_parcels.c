/* SPDX-License-Identifier: Apache-2.0 */
/* Parcels at the district (S19.20, S19.21, S20.3, S20.7, S20.8): taken a bounded step a turn
 * beside other sessions, begun again by the next start, and nothing said before it is durable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/link_zmq.h"
#include "host/serve_parts.h"
#include "tests/pair.h"
#include "tests/scratch.h"
#include "tests/store_mem.h"

enum {
    RECORDS = 7000, /* more than two steps take */
    OF_B = 20,
    LONG = 20000,
    MINUTE_MS = 60000,
    FRAME_CHANGES_MAX = WSYNC_PACKED_BYTES_MAX / WSYNC_CHANGE_WEIGHT_BYTES,
    TURNS_MAX = 1000,
};

struct world {
    struct pair *pair;
    struct wsync_scratch scratch;
    struct wsync_site district, ward;
    struct wsync_zstd *zstd;
    struct wsync_transport_pair bundle;
    struct wsync_server *server;
    bool stranger; /* says the manifest: it is of nobody whom the roster knows */
    int64_t now_ms;
    uint64_t took_max;   /* changes of A's log that one turn took at most */
    size_t took_turns;   /* that took some */
    uint8_t reply[WSYNC_FRAME_BYTES_MAX];
    size_t reply_len;
};

static const uint8_t ANSWER_SECRET[WSYNC_PUBLIC_KEY_BYTES] = {8};

static struct world *heard; /* by the line below */

static enum wsync_err line_send(struct wsync_link *link, struct wsync_link_peer peer,
                                struct wsync_slice frame)
{
    (void)link;
    (void)peer;
    memcpy(heard->reply, frame.data, frame.len);
    heard->reply_len = frame.len;
    return WSYNC_OK;
}

static const struct wsync_link_side SIDE = {.send = line_send};
static struct wsync_link link_of_test = {.side = &SIDE};

static struct wsync_site site_over(struct replica *replica, const char *path,
                                   struct wsync_zstd *zstd)
{
    struct wsync_site site = {.store = replica->store,
                              .identity = replica->identity,
                              .catalog = replica->catalog,
                              .packer = wsync_zstd_packer(zstd),
                              .arena = replica->arena};
    snprintf(site.path, sizeof site.path, "%s", path);
    return site;
}

static void begin_server(struct world *world)
{
    world->server = calloc(1, sizeof *world->server);
    assert_non_null(world->server);
    world->server->site = &world->district;
    world->server->link = &link_of_test;
    world->server->parcels.waiting = true;
}

/* As it is killed: nothing is said or written. */
static void end_server(struct world *world)
{
    wsync_serve_parcels_close(world->server);
    free(world->server);
    world->server = NULL;
}

static int set_up(void **state)
{
    static struct world world;
    char path[WSYNC_SITE_PATH_BYTES];
    void *pair;
    memset(&world, 0, sizeof world);
    heard = &world;
    wsync_journal_set_level(WSYNC_JOURNAL_ERROR);
    assert_int_equal(pair_set_up(&pair), 0);
    world.pair = pair;
    wsync_scratch_open(&world.scratch);
    world.zstd = wsync_zstd_open((struct wsync_slice){NULL, 0});
    assert_non_null(world.zstd);
    struct ward_pair *sides = world.pair->world;
    world.district = site_over(&sides->district, world.scratch.path, world.zstd);
    world.ward = site_over(&sides->a, world.scratch.path, world.zstd);
    world.district.ledger = (struct wsync_ledger){.catalog = world.district.catalog,
                                                  .identity = &world.district.identity};
    world.ward.ledger = (struct wsync_ledger){.catalog = world.ward.catalog,
                                              .identity = &world.ward.identity};
    world.district.conf.instance = world.ward.conf.instance = sides->installation.instance;
    assert_int_equal(mkdir(wsync_site_file(world.scratch.path, "keys", path), 0700), 0);
    assert_int_equal(wsync_keys_create_transport(
                         wsync_site_file(world.scratch.path, "keys/bundle.key", path),
                         &world.bundle, NULL),
                     WSYNC_OK);
    assert_int_equal(pair_sync(world.pair, PAIR_A), WSYNC_OK);
    assert_int_equal(pair_sync(world.pair, PAIR_B), WSYNC_OK);
    world.now_ms = 1;
    begin_server(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    void *pair = world->pair;
    end_server(world);
    wsync_zstd_close(world->zstd);
    wsync_scratch_close(&world->scratch);
    pair_tear_down(&pair);
    return 0;
}

/* ---- a parcel ---- */

static void fill_manifest(const struct world *world, struct wsync_bundle_manifest *manifest)
{
    manifest->protocol = WSYNC_PROTOCOL_VERSION;
    manifest->instance = world->ward.conf.instance;
    manifest->device = world->ward.identity.device;
    manifest->device.b[0] ^= world->stranger;
    manifest->signing_key = world->ward.identity.signing_key;
    manifest->answer = wsync_exchange_public(ANSWER_SECRET);
}

/* What A's machine would write; `device`: who handed it in. */
static struct wsync_parcels_item write_parcel(struct world *world, uint8_t number,
                                              const struct wsync_device_id *device,
                                              const struct wsync_transport_key *to)
{
    static struct wsync_bundle_out out;
    struct wsync_parcels here;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_bundle_header header = {.kind = WSYNC_BUNDLE_UP, .id = {{number}}};
    struct wsync_parcels_item item = {
        .id = header.id, .device = *device, .kind = WSYNC_PARCELS_WHOLE};
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_WARD,
                                              .ledger = &world->ward.ledger,
                                              .instance = world->ward.conf.instance,
                                              .scope = PAIR_UNIT,
                                              .flow = {.set_bytes = WSYNC_SET_BYTES_MAX},
                                              .carriage = WSYNC_CARRIAGE_OUT};
    const struct wsync_bundle_speech speech = {.site = &world->ward, .setup = &setup};
    struct wsync_bundle_spoken spoken;
    assert_int_equal(wsync_parcels_list(world->scratch.path, &here, NULL), WSYNC_OK);
    const struct wsync_bundle_to target = {
        wsync_parcels_path(world->scratch.path, &item, path), true, to, 0};
    assert_int_equal(wsync_bundle_out_begin(&out, &target, &header, NULL), WSYNC_OK);
    assert_int_equal(wsync_bundle_speak(&speech, &out, &spoken, NULL), WSYNC_OK);
    fill_manifest(world, &out.manifest);
    assert_int_equal(wsync_bundle_out_end(&out, &world->ward.identity.secret, NULL), WSYNC_OK);
    item.size = wsync_bundle_out_bytes(&out);
    wsync_bundle_out_fini(&out);
    world->server->parcels.waiting = true;
    return item;
}

/* A's parcel of its records, handed in by B's machine. */
static struct wsync_parcels_item write_whole(struct world *world, uint8_t number)
{
    return write_parcel(world, number, &world->pair->world->b.identity.device,
                        &world->bundle.key);
}

static bool stands(const struct world *world, const struct wsync_parcels_item *item,
                   enum wsync_parcels_kind kind)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_parcels_item there = *item;
    there.kind = kind;
    return access(wsync_parcels_path(world->scratch.path, &there, path), F_OK) == 0;
}

/* A question of B's machine. */
static struct wsync_parcel_frame ask(struct world *world, enum wsync_parcel_type type,
                                     const struct wsync_parcels_item *item,
                                     struct wsync_slice bytes, uint32_t offset)
{
    uint8_t frame[WSYNC_FRAME_BYTES_MAX];
    struct wsync_parcel_frame reply;
    bool put = type == WSYNC_PARCEL_PUT;
    const struct wsync_parcel_frame asked = {.type = type,
                                             .id = item->id,
                                             .size = put ? (uint32_t)item->size : 0,
                                             .offset = offset,
                                             .bytes = bytes};
    const struct wsync_link_event event = {.kind = WSYNC_LINK_FRAME,
                                           .key = world->pair->world->b.transport,
                                           .bytes = wsync_parcel_encode(&asked, frame)};
    world->reply_len = 0;
    wsync_serve_parcel(world->server, &event);
    assert_int_equal(
        wsync_parcel_decode(wsync_slice(world->reply, world->reply_len), &reply), WSYNC_OK);
    return reply;
}

static enum wsync_parcel_state state_of(struct world *world,
                                        const struct wsync_parcels_item *item)
{
    return ask(world, WSYNC_PARCEL_FETCH, item, wsync_slice(NULL, 0), 0).state;
}

/* ---- turns ---- */

/* How much of A's log the district holds. */
static uint64_t held_of(struct world *world, struct replica *device)
{
    struct wsync_log own = ward_pair_own_log(device, PAIR_UNIT);
    struct wsync_log log = {.seq = 0};
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_log_find(txn, &own.id, &log);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    return err == WSYNC_OK ? log.seq : 0;
}

/* One turn of the loop, if there is a step to take. */
static bool turn(struct world *world)
{
    struct replica *a = &world->pair->world->a;
    uint64_t before = held_of(world, a);
    if (!wsync_serve_parcels_are_due(world->server, world->now_ms)) {
        return false;
    }
    wsync_serve_parcels_step(world->server, world->now_ms);
    uint64_t took = held_of(world, a) - before;
    world->took_max = took > world->took_max ? took : world->took_max;
    world->took_turns += took > 0;
    return true;
}

static size_t turn_to_the_end(struct world *world)
{
    size_t turns = 0;
    while (turn(world)) {
        assert_true(++turns < TURNS_MAX);
    }
    return turns;
}

static void assert_all_taken(struct world *world)
{
    struct ward_pair *sides = world->pair->world;
    struct wsync_hash shown = replica_digest(&sides->district, 0);
    struct wsync_hash built = replica_recomputed_digest(&sides->district, 0);
    assert_int_equal(held_of(world, &sides->a), RECORDS);
    assert_memory_equal(&shown, &built, sizeof shown);
}

/* S20.7, S20.3: so much a turn and no more; between two of them another ward's session begins
 * and ends; until the answer is there the parcel is held, and then it is gone. */
static void wards_are_served_between_steps(void **state)
{
    struct world *world = *state;
    struct ward_pair *sides = world->pair->world;
    pair_write(&sides->a, RECORDS);
    struct wsync_parcels_item item = write_whole(world, 1);
    size_t before = 0;
    while (held_of(world, &sides->a) == 0) {
        assert_true(turn(world) && ++before < TURNS_MAX);
    }
    assert_true(held_of(world, &sides->a) < RECORDS);
    pair_write(&sides->b, OF_B);
    assert_int_equal(pair_sync(world->pair, PAIR_B), WSYNC_OK);
    assert_int_equal(held_of(world, &sides->b), OF_B);
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_HELD);
    assert_true(held_of(world, &sides->a) < RECORDS);
    struct hub *up = pair_open(world->pair, PAIR_B); /* and one that goes on beside it */
    pair_write(&sides->b, OF_B);
    while (!stands(world, &item, WSYNC_PARCELS_ANSWER)) {
        assert_true(stands(world, &item, WSYNC_PARCELS_WHOLE));
        assert_int_equal(state_of(world, &item), WSYNC_PARCEL_HELD);
        assert_true(turn(world) && ++before < TURNS_MAX);
    }
    assert_true(world->took_max <= WSYNC_INTAKE_CHANGES_MAX + FRAME_CHANGES_MAX);
    assert_true(world->took_turns <= RECORDS / WSYNC_INTAKE_CHANGES_MAX + 1);
    pair_carry(world->pair, PAIR_B);
    assert_int_equal(up->lines[0].session.result, WSYNC_OK);
    assert_int_equal(held_of(world, &sides->b), 2 * OF_B);
    assert_false(stands(world, &item, WSYNC_PARCELS_WHOLE));
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_ANSWERED);
    assert_false(turn(world) && turn(world)); /* the folder is looked at, and that is all */
    assert_all_taken(world);
}

/* The answer, as its receiver reads it. */
static void assert_answer_brings(struct world *world, const struct wsync_parcels_item *item,
                                 uint64_t changes)
{
    static struct wsync_bundle_in in;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_parcels_item answer = *item;
    answer.kind = WSYNC_PARCELS_ANSWER;
    assert_int_equal(
        wsync_bundle_in_open(&in, wsync_parcels_path(world->scratch.path, &answer, path), NULL),
        WSYNC_OK);
    assert_int_equal(wsync_bundle_in_unlock(&in, ANSWER_SECRET, NULL), WSYNC_OK);
    assert_int_equal(in.manifest_err, WSYNC_OK);
    assert_int_equal(in.manifest.changes, changes);
    assert_false(in.manifest.partial);
    assert_true(in.part_count > 1);
    for (uint32_t i = 1; i <= in.part_count; i++) {
        assert_int_equal(wsync_bundle_in_part(&in, i, NULL), WSYNC_OK);
    }
    wsync_bundle_in_close(&in);
}

/* An answer that is long is said in steps too, and is not there before all of it is. */
static void a_long_answer_is_said_in_steps(void **state)
{
    struct world *world = *state;
    struct ward_pair *sides = world->pair->world;
    size_t spoke = 0;
    pair_write(&sides->b, LONG);
    assert_int_equal(pair_sync(world->pair, PAIR_B), WSYNC_OK);
    struct wsync_parcels_item item = write_whole(world, 1);
    while (!stands(world, &item, WSYNC_PARCELS_ANSWER)) {
        const struct wsync_bundle_intake *intake = world->server->parcels.intake;
        bool speaks = intake && intake->state == WSYNC_INTAKE_SPEAKING;
        uint64_t before = speaks ? wsync_bundle_out_bytes(intake->out) : 0;
        assert_int_equal(state_of(world, &item), WSYNC_PARCEL_HELD);
        assert_true(turn(world));
        bool on = speaks && world->server->parcels.intake;
        assert_true(!on || wsync_bundle_out_bytes(intake->out) - before <
                               WSYNC_INTAKE_SPEAK_BYTES + 2 * WSYNC_BUNDLE_PART_BYTES);
        if (++spoke == 5) { /* somebody else in between */
            pair_write(&sides->b, OF_B);
            assert_int_equal(pair_sync(world->pair, PAIR_B), WSYNC_OK);
        }
    }
    assert_true(spoke > 6);
    assert_answer_brings(world, &item, LONG + OF_B);
}

/* S19.21: wherever the program ends, the next one begins the parcel again, and in the end all
 * of it is held once. */
static void the_next_start_begins_it_again(void **state)
{
    struct world *world = *state;
    pair_write(&world->pair->world->a, RECORDS);
    struct wsync_parcels_item item = write_whole(world, 1);
    size_t steps = 0;
    while (!stands(world, &item, WSYNC_PARCELS_ANSWER)) {
        assert_true(stands(world, &item, WSYNC_PARCELS_WHOLE));
        assert_int_equal(state_of(world, &item), WSYNC_PARCEL_HELD);
        end_server(world);
        begin_server(world);
        assert_true(++steps < TURNS_MAX);
        for (size_t i = 0; i < steps; i++) {
            (void)turn(world);
        }
    }
    assert_true(steps > 4);
    assert_all_taken(world);
    end_server(world); /* killed between the answer and the end of the parcel */
    struct stat first, second;
    char path[WSYNC_SITE_PATH_BYTES];
    item.kind = WSYNC_PARCELS_ANSWER;
    assert_int_equal(stat(wsync_parcels_path(world->scratch.path, &item, path), &first), 0);
    begin_server(world);
    item.kind = WSYNC_PARCELS_WHOLE;
    item = write_whole(world, 1);
    (void)turn_to_the_end(world);
    assert_false(stands(world, &item, WSYNC_PARCELS_WHOLE));
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino); /* which may be on its way already */
}

/* The store refuses the next step that takes some of it. */
static void fail_once(struct world *world)
{
    while (held_of(world, &world->pair->world->a) == 0) {
        assert_true(turn(world));
    }
    wsync_store_mem_fail_at(world->district.store, 500, WSYNC_ERR_STORE_FULL);
    wsync_serve_parcels_step(world->server, world->now_ms);
    assert_false(wsync_store_mem_fault_is_planned(world->district.store));
}

/* A store that refuses costs time and nothing else. */
static void what_the_store_refuses_is_tried_again(void **state)
{
    struct world *world = *state;
    pair_write(&world->pair->world->a, RECORDS);
    struct wsync_parcels_item item = write_whole(world, 1);
    fail_once(world);
    assert_true(turn_to_the_end(world) <= 1); /* not now */
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_HELD);
    world->now_ms += MINUTE_MS;
    (void)turn_to_the_end(world);
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_ANSWERED);
    assert_all_taken(world);
}

/* And takes no other parcel its turn. */
static void what_the_store_refuses_lets_others_pass(void **state)
{
    struct world *world = *state;
    pair_write(&world->pair->world->a, RECORDS);
    struct wsync_parcels_item first = write_whole(world, 1);
    struct wsync_parcels_item second = write_whole(world, 2);
    fail_once(world);
    while (!stands(world, &second, WSYNC_PARCELS_ANSWER)) {
        assert_true(turn(world));
        assert_false(stands(world, &first, WSYNC_PARCELS_ANSWER));
    }
    (void)turn_to_the_end(world);
    assert_int_equal(state_of(world, &first), WSYNC_PARCEL_ANSWERED);
    assert_all_taken(world);
}

/* Hands the file in as frames, under the number of `item`; the last reply. */
static struct wsync_parcel_frame hand_in(struct world *world,
                                         const struct wsync_parcels_item *item,
                                         const char *path)
{
    uint8_t chunk[WSYNC_PARCEL_CHUNK_BYTES];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct wsync_parcel_frame reply =
        ask(world, WSYNC_PARCEL_PUT, item, wsync_slice(NULL, 0), 0);
    for (size_t len = fread(chunk, 1, sizeof chunk, file); len > 0;
         len = fread(chunk, 1, sizeof chunk, file)) {
        reply = ask(world, WSYNC_PARCEL_PUT, item, wsync_slice(chunk, len), reply.offset);
    }
    fclose(file);
    return reply;
}

/* Takes the file out of the folder of parcels. */
static const char *take_out(struct world *world, const struct wsync_parcels_item *item)
{
    static char out[WSYNC_SCRATCH_PATH_BYTES];
    char path[WSYNC_SITE_PATH_BYTES];
    wsync_scratch_path(&world->scratch, "out", out);
    assert_int_equal(rename(wsync_parcels_path(world->scratch.path, item, path), out), 0);
    return out;
}

/* S20.3: whole is held; what is for somebody else is refused at its last byte. */
static void what_is_not_for_this_district_is_refused_at_once(void **state)
{
    struct world *world = *state;
    struct wsync_transport_key other = wsync_exchange_public(ANSWER_SECRET);
    const struct wsync_device_id *b = &world->pair->world->b.identity.device;
    struct wsync_parcels_item item = write_parcel(world, 1, b, &other);
    struct wsync_parcel_frame reply = hand_in(world, &item, take_out(world, &item));
    assert_int_equal(reply.state, WSYNC_PARCEL_REFUSED);
    assert_false(stands(world, &item, WSYNC_PARCELS_WHOLE));
    item = write_whole(world, 2);
    reply = hand_in(world, &item, take_out(world, &item));
    assert_int_equal(reply.state, WSYNC_PARCEL_HELD);
    assert_int_equal(reply.offset, item.size);
    (void)turn_to_the_end(world);
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_ANSWERED);
}

/* S20.3, S20.8: what can get no answer is told so once; what comes under its number then is
 * another, and is taken. */
static void a_refusal_holds_for_one_parcel(void **state)
{
    struct world *world = *state;
    pair_write(&world->pair->world->a, RECORDS);
    world->stranger = true;
    struct wsync_parcels_item item = write_whole(world, 1);
    world->stranger = false;
    (void)turn_to_the_end(world);
    assert_all_taken(world); /* S19.20: whoever brings it */
    assert_false(stands(world, &item, WSYNC_PARCELS_WHOLE));
    struct wsync_parcels_item other = {.id = {{2}}};
    assert_int_equal(state_of(world, &other), WSYNC_PARCEL_UNKNOWN);
    struct wsync_slice none = wsync_slice(NULL, 0);
    assert_int_equal(ask(world, WSYNC_PARCEL_PUT, &item, none, 0).state, WSYNC_PARCEL_REFUSED);
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_REFUSED); /* who asks is told */
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_UNKNOWN);
    item = write_whole(world, 1);
    struct wsync_parcel_frame reply = hand_in(world, &item, take_out(world, &item));
    assert_int_equal(reply.state, WSYNC_PARCEL_HELD);
    (void)turn_to_the_end(world);
    assert_int_equal(state_of(world, &item), WSYNC_PARCEL_ANSWERED);
}

int main(void)
{
#define PARCEL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PARCEL_TEST(wards_are_served_between_steps),
        PARCEL_TEST(a_long_answer_is_said_in_steps),
        PARCEL_TEST(the_next_start_begins_it_again),
        PARCEL_TEST(what_the_store_refuses_is_tried_again),
        PARCEL_TEST(what_the_store_refuses_lets_others_pass),
        PARCEL_TEST(what_is_not_for_this_district_is_refused_at_once),
        PARCEL_TEST(a_refusal_holds_for_one_parcel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
