/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that no honest side sends (SPEC sections 9.1, 9.3 to 9.8, invariant 8): each ends its
 * own session with its code, whatever else is in the batch, and nothing is stored of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/message_parts.h"
#include "tests/forge.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { SEED = 12, DAY = 19100, EVIL = 0, GOOD = 1, RAW_BYTES = WSYNC_FRAME_BYTES_MAX + 1 };
enum { LARGE_BYTES = 5000 }; /* of a note that makes its change large */

struct world {
    struct installation installation;
    struct replica district, a, b;
    struct forge log, good; /* of `a` and `b`, new to the district */
    struct hub hub;
    struct wsync_arena *arena;
    uint8_t raw[RAW_BYTES];
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct installation *installation = &world->installation;
    installation_init(installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, 2);
    replica_init(&world->b, wsync_store_mem_new(), SEED, 2, 2);
    replica_found(&world->district, installation);
    replica_enrol(&world->district, installation, &world->a);
    replica_enrol(&world->district, installation, &world->b);
    forge_init(&world->log, &world->a, installation, 3, 1);
    forge_init(&world->good, &world->b, installation, 3, 2);
    forge_create(&world->log, DAY, 1, 1);
    forge_create(&world->good, DAY, 1, 1);
    world->arena = &world->log.arena;
    hub_init(&world->hub, &world->district);
    hub_greet(&world->hub, EVIL, installation, &world->a);
    hub_greet(&world->hub, GOOD, installation, &world->b);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hub_fini(&world->hub);
    forge_fini(&world->log);
    forge_fini(&world->good);
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->b);
    free(world);
    return 0;
}

/* ---- frames ---- */

static struct wsync_slice raw(struct world *world, uint8_t version, uint8_t type, size_t len)
{
    world->raw[0] = version;
    world->raw[1] = type;
    return wsync_slice(world->raw, len);
}

static struct wsync_slice packed(struct world *world, enum wsync_message_type type,
                                 const ProtobufCMessage *message)
{
    struct wsync_slice body;
    assert_int_equal(wsync_pb_encode(message, world->arena, &body), WSYNC_OK);
    assert_true(body.len + WSYNC_FRAME_HEADER_BYTES <= WSYNC_FRAME_BYTES_MAX);
    memcpy(world->raw + WSYNC_FRAME_HEADER_BYTES, body.data, body.len);
    return raw(world, WSYNC_PROTOCOL_VERSION, (uint8_t)type,
               WSYNC_FRAME_HEADER_BYTES + body.len);
}

static struct wsync_slice encoded(struct world *world, const struct wsync_message *message)
{
    struct wsync_slice frame;
    assert_int_equal(wsync_message_encode(message, world->arena, &frame), WSYNC_OK);
    return frame;
}

static struct wsync_slice empty(struct world *world)
{
    return raw(world, 0, 0, 0);
}

static struct wsync_slice one_byte(struct world *world)
{
    return raw(world, WSYNC_PROTOCOL_VERSION, 0, 1);
}

static struct wsync_slice too_long(struct world *world)
{
    return raw(world, WSYNC_PROTOCOL_VERSION, WSYNC_MESSAGE_CHANGES, RAW_BYTES);
}

static struct wsync_slice version_of_tomorrow(struct world *world)
{
    return raw(world, WSYNC_PROTOCOL_VERSION + 1, WSYNC_MESSAGE_BYE, 2);
}

static struct wsync_slice type_zero(struct world *world)
{
    return raw(world, WSYNC_PROTOCOL_VERSION, 0, 2);
}

static struct wsync_slice type_unknown(struct world *world)
{
    return raw(world, WSYNC_PROTOCOL_VERSION, 9, 2);
}

static struct wsync_slice noise(struct world *world)
{
    memset(world->raw, 0xff, 64);
    return raw(world, WSYNC_PROTOCOL_VERSION, WSYNC_MESSAGE_CHANGES, 64);
}

static struct wsync_slice hello_again(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_HELLO,
                                    .hello = {.version_max = 1, .credit = 65536}};
    return encoded(world, &message);
}

static struct wsync_slice hello_with_small_credit(struct world *world)
{
    struct wsync_message message = {
        .type = WSYNC_MESSAGE_HELLO,
        .hello = {.version_max = 1, .credit = WSYNC_CREDIT_BYTES_MIN - 1}};
    return encoded(world, &message);
}

static struct wsync_slice welcome_to_the_district(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_WELCOME,
                                    .welcome = {.version = 1, .credit = 65536}};
    return encoded(world, &message);
}

static struct wsync_slice roster_to_the_district(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_ROSTER};
    return encoded(world, &message);
}

static struct wsync_slice grant_to_the_district(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_GRANT};
    message.grant.statement.statement = wsync_slice_of("x");
    return encoded(world, &message);
}

static struct wsync_slice enrol_in_mid_session(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_ENROL};
    return encoded(world, &message);
}

static struct wsync_slice heads_of(struct world *world, const struct wsync_head *items,
                                   size_t count, bool last)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_HEADS, .heads = {items, count, last}};
    return encoded(world, &message);
}

static struct wsync_slice heads_not_ascending(struct world *world)
{
    struct wsync_head items[2] = {{.seq = 1}, {.seq = 1}};
    return heads_of(world, items, 2, true);
}

static struct wsync_slice heads_empty_and_not_last(struct world *world)
{
    return heads_of(world, NULL, 0, false);
}

static struct wsync_slice heads_too_many(struct world *world)
{
    Wardsync__Head head = WARDSYNC__HEAD__INIT;
    Wardsync__Head *pointers[WSYNC_HEADS_PER_FRAME_MAX + 1];
    Wardsync__Heads message = WARDSYNC__HEADS__INIT;
    for (size_t i = 0; i <= WSYNC_HEADS_PER_FRAME_MAX; i++) {
        pointers[i] = &head;
    }
    message.heads = pointers;
    message.n_heads = WSYNC_HEADS_PER_FRAME_MAX + 1;
    return packed(world, WSYNC_MESSAGE_HEADS, &message.base);
}

static struct wsync_slice head_with_short_log(struct world *world)
{
    Wardsync__Head head = WARDSYNC__HEAD__INIT;
    Wardsync__Head *pointer = &head;
    Wardsync__Heads message = WARDSYNC__HEADS__INIT;
    head.log = wsync_pb_data(wsync_slice(world->raw, WSYNC_LOG_ID_BYTES - 1));
    head.hash = wsync_pb_data(wsync_slice(world->raw, WSYNC_HASH_BYTES));
    message.heads = &pointer;
    message.n_heads = 1;
    return packed(world, WSYNC_MESSAGE_HEADS, &message.base);
}

static struct wsync_slice ack_of(struct world *world, const struct wsync_head *items,
                                 size_t count, uint64_t taken)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_ACK, .ack = {items, count, taken}};
    return encoded(world, &message);
}

static struct wsync_slice ack_of_what_was_not_sent(struct world *world)
{
    return ack_of(world, NULL, 0, 1 << 20);
}

static struct wsync_slice ack_of_an_unknown_log(struct world *world)
{
    struct wsync_head head = {.seq = 1};
    return ack_of(world, &head, 1, 0);
}

/* The head of the district's own log, which the district holds, beyond its end. */
static struct wsync_slice ack_of_the_future(struct world *world)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    struct wsync_head head = {log.id, log.seq + 1, log.hash};
    return ack_of(world, &head, 1, 0);
}

static struct wsync_slice ack_with_another_hash(struct world *world)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(txn, REPLICA_TOP, &log), WSYNC_OK);
    wsync_txn_abort(txn);
    log.hash.b[31] ^= 1;
    struct wsync_head head = {log.id, log.seq, log.hash};
    return ack_of(world, &head, 1, 0);
}

static struct wsync_slice ack_of_too_many(struct world *world)
{
    Wardsync__Head head = WARDSYNC__HEAD__INIT;
    Wardsync__Head *pointers[WSYNC_ACK_HEADS_MAX + 1];
    Wardsync__Ack message = WARDSYNC__ACK__INIT;
    for (size_t i = 0; i <= WSYNC_ACK_HEADS_MAX; i++) {
        pointers[i] = &head;
    }
    message.heads = pointers;
    message.n_heads = WSYNC_ACK_HEADS_MAX + 1;
    return packed(world, WSYNC_MESSAGE_ACK, &message.base);
}

static struct wsync_slice reject_without_code(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_REJECT, .reject = {.first = 1}};
    return encoded(world, &message);
}

/* The fields of a good set, for a case to spoil before it is packed. */
struct set_message {
    Wardsync__ChangeSet set;
    ProtobufCBinaryData changes[WSYNC_SET_CHANGES_MAX + 1];
    Wardsync__PrivatePart parts[2];
    Wardsync__PrivatePart *pointers[2];
    Wardsync__Checkpoint checkpoint;
};

static struct set_message *good_set(struct world *world)
{
    struct wsync_change_set set = forge_set(&world->log, 1, 1);
    struct set_message *message = wsync_arena_get(world->arena, sizeof *message);
    message->set = (Wardsync__ChangeSet)WARDSYNC__CHANGE_SET__INIT;
    message->checkpoint = (Wardsync__Checkpoint)WARDSYNC__CHECKPOINT__INIT;
    for (size_t i = 0; i < 2; i++) {
        message->parts[i] = (Wardsync__PrivatePart)WARDSYNC__PRIVATE_PART__INIT;
        message->parts[i].salt = wsync_pb_data(wsync_slice(world->raw, WSYNC_SALT_BYTES));
        message->parts[i].part = wsync_pb_data(wsync_slice(world->raw, 1));
        message->pointers[i] = &message->parts[i];
    }
    message->set.log = wsync_pb_data(wsync_arena_copy(world->arena, WSYNC_BYTES(set.log)));
    message->set.first = 1;
    message->set.previous = wsync_pb_data(
        wsync_arena_copy(world->arena, wsync_slice(set.previous, sizeof set.previous)));
    message->set.genesis = wsync_pb_data(set.genesis);
    message->changes[0] = wsync_pb_data(set.changes[0].public_part);
    message->set.changes = message->changes;
    message->set.n_changes = 1;
    message->set.seal = wsync_pb_data(wsync_arena_copy(world->arena, WSYNC_BYTES(set.seal)));
    message->set.privates = message->pointers;
    return message;
}

static struct wsync_slice pack_set(struct world *world, const struct set_message *message)
{
    return packed(world, WSYNC_MESSAGE_CHANGES, &message->set.base);
}

static struct wsync_slice set_with_too_many_changes(struct world *world)
{
    struct set_message *message = good_set(world);
    for (size_t i = 1; i <= WSYNC_SET_CHANGES_MAX; i++) {
        message->changes[i] = wsync_pb_data(wsync_slice(NULL, 0));
    }
    message->set.n_changes = WSYNC_SET_CHANGES_MAX + 1;
    return pack_set(world, message);
}

static struct wsync_slice set_with_a_short_seal(struct world *world)
{
    struct set_message *message = good_set(world);
    message->set.seal.len--;
    return pack_set(world, message);
}

static struct wsync_slice set_with_a_short_previous(struct world *world)
{
    struct set_message *message = good_set(world);
    message->set.previous.len--;
    return pack_set(world, message);
}

static struct wsync_slice set_with_a_checkpoint_of_zeros(struct world *world)
{
    struct set_message *message = good_set(world);
    static uint8_t zeros[WSYNC_HASH_BYTES];
    message->checkpoint.tree = wsync_pb_data(wsync_slice(zeros, 16));
    message->checkpoint.root = wsync_pb_data(wsync_slice(zeros, sizeof zeros));
    message->set.checkpoint = &message->checkpoint;
    return pack_set(world, message);
}

static struct wsync_slice set_with_a_private_part_of_no_change(struct world *world)
{
    struct set_message *message = good_set(world);
    message->parts[0].index = 1;
    message->set.n_privates = 1;
    return pack_set(world, message);
}

static struct wsync_slice set_with_two_private_parts_of_one_change(struct world *world)
{
    struct set_message *message = good_set(world);
    message->set.n_privates = 2;
    return pack_set(world, message);
}

static struct wsync_slice set_with_private_part_and_hash(struct world *world)
{
    struct set_message *message = good_set(world);
    message->parts[0].hash = wsync_pb_data(wsync_slice(world->raw, WSYNC_HASH_BYTES));
    message->set.n_privates = 1;
    return pack_set(world, message);
}

static struct wsync_slice set_with_an_empty_private_part(struct world *world)
{
    struct set_message *message = good_set(world);
    message->parts[0].part.len = 0;
    message->set.n_privates = 1;
    return pack_set(world, message);
}

static struct wsync_slice set_with_an_unknown_field(struct world *world)
{
    struct wsync_slice frame = pack_set(world, good_set(world));
    memcpy(world->raw + frame.len, "\x78\x01", 2); /* field 15 */
    frame.len += 2;
    return frame;
}

static struct wsync_slice set_with_a_field_twice(struct world *world)
{
    struct wsync_slice frame = pack_set(world, good_set(world));
    memcpy(world->raw + frame.len, "\x10\x01", 2); /* `first` once more */
    frame.len += 2;
    return frame;
}

static struct wsync_slice set_cut_off(struct world *world)
{
    struct wsync_slice frame = pack_set(world, good_set(world));
    frame.len--;
    return frame;
}

struct spoiled {
    const char *name;
    struct wsync_slice (*make)(struct world *world);
    enum wsync_err code;
};

#define CASE(function, code)                                                                   \
    {                                                                                          \
#function, function, WSYNC_ERR_##code                                                  \
    }

static const struct spoiled CASES[] = {
    CASE(empty, FRAME),
    CASE(one_byte, FRAME),
    CASE(too_long, FRAME),
    CASE(version_of_tomorrow, VERSION),
    CASE(type_zero, MESSAGE),
    CASE(type_unknown, MESSAGE),
    CASE(noise, MESSAGE),
    CASE(hello_again, STATE),
    CASE(hello_with_small_credit, MESSAGE),
    CASE(welcome_to_the_district, STATE),
    CASE(roster_to_the_district, STATE),
    CASE(grant_to_the_district, STATE),
    CASE(enrol_in_mid_session, STATE),
    CASE(heads_not_ascending, MESSAGE),
    CASE(heads_empty_and_not_last, STATE),
    CASE(heads_too_many, OVERSIZE),
    CASE(head_with_short_log, MESSAGE),
    CASE(ack_of_what_was_not_sent, CREDIT),
    CASE(ack_of_an_unknown_log, CHAIN),
    CASE(ack_of_the_future, CHAIN),
    CASE(ack_with_another_hash, CHAIN),
    CASE(ack_of_too_many, OVERSIZE),
    CASE(reject_without_code, MESSAGE),
    CASE(set_with_too_many_changes, OVERSIZE),
    CASE(set_with_a_short_seal, MESSAGE),
    CASE(set_with_a_short_previous, MESSAGE),
    CASE(set_with_a_checkpoint_of_zeros, MESSAGE),
    CASE(set_with_a_private_part_of_no_change, MESSAGE),
    CASE(set_with_two_private_parts_of_one_change, MESSAGE),
    CASE(set_with_private_part_and_hash, MESSAGE),
    CASE(set_with_an_empty_private_part, MESSAGE),
    CASE(set_with_an_unknown_field, MESSAGE),
    CASE(set_with_a_field_twice, MESSAGE),
    CASE(set_cut_off, MESSAGE),
};

static void tell_good(struct world *world)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(&world->good, 1, 1)};
    hub_tell(&world->hub, GOOD, &message);
}

static void assert_good_went_on(struct world *world)
{
    struct wsync_message message;
    assert_int_equal(world->hub.lines[GOOD].session.state, WSYNC_STATE_OPEN);
    assert_true(hub_said(&world->hub, GOOD, WSYNC_MESSAGE_ACK, &message));
    assert_int_equal(message.ack.count, 1);
    assert_int_equal(message.ack.items[0].seq, 1);
    assert_false(world->hub.said_too_early);
}

static struct wsync_hash image_of_good_alone(struct world *world)
{
    struct replica copy = world->district;
    copy.store = wsync_store_mem_clone(world->district.store);
    struct wsync_change_set set = forge_set(&world->good, 1, 1);
    assert_int_equal(forge_give(&copy, &set), WSYNC_OK);
    struct wsync_hash image = forge_image(copy.store);
    wsync_store_close(copy.store);
    return image;
}

static void assert_ended(const struct spoiled *spoiled, struct world *world)
{
    struct wsync_message message;
    const struct hub_line *line = &world->hub.lines[EVIL];
    if (line->session.result != spoiled->code) {
        print_error("%s: %s, expected %s\n", spoiled->name,
                    wsync_err_name(line->session.result), wsync_err_name(spoiled->code));
    }
    assert_int_equal(line->session.state, WSYNC_STATE_ENDED);
    assert_int_equal(line->session.result, spoiled->code);
    assert_true(line->closed);
    assert_true(hub_said(&world->hub, EVIL, WSYNC_MESSAGE_BYE, &message));
    assert_int_equal(message.bye, spoiled->code);
}

/* Invariants 8 and 10, S9.2, S9.37. */
static void each_ends_its_own_session_only(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        void *state;
        set_up(&state);
        struct world *world = state;
        struct wsync_hash expected = image_of_good_alone(world);
        hub_hear(&world->hub, EVIL, CASES[i].make(world));
        tell_good(world);
        assert_int_equal(hub_run(&world->hub), WSYNC_OK);
        assert_ended(&CASES[i], world);
        assert_good_went_on(world);
        struct wsync_hash image = forge_image(world->district.store);
        assert_memory_equal(image.b, expected.b, sizeof image.b);
        tear_down(&state);
    }
}

/* The unspoiled set is taken: the cases above fail for the reason they name. */
static void the_set_that_the_cases_spoil_is_good(void **state)
{
    struct world *world = *state;
    hub_hear(&world->hub, EVIL, pack_set(world, good_set(world)));
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_int_equal(world->hub.lines[EVIL].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(world->hub.lines[EVIL].session.counts.changes_taken, 1);
}

/* S9.31: bytes beyond the credit since the last Ack end the session; what came before them in
 * the batch is kept. */
static void more_than_the_credit_ends_the_session(void **state)
{
    struct world *world = *state;
    const struct spoiled credit = {"credit", NULL, WSYNC_ERR_CREDIT};
    for (int i = 0; i < 3; i++) {
        forge_create_large(&world->log, 'x', LARGE_BYTES);
    }
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(&world->log, 1, 4)};
    struct wsync_slice frame = encoded(world, &message);
    size_t in_credit = WSYNC_CREDIT_BYTES_DEFAULT / frame.len;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < in_credit; i++) {
            hub_hear(&world->hub, EVIL, frame);
        }
        assert_int_equal(hub_run(&world->hub), WSYNC_OK);
        assert_int_equal(world->hub.lines[EVIL].session.state, WSYNC_STATE_OPEN);
    }
    for (size_t i = 0; i <= in_credit; i++) {
        hub_hear(&world->hub, EVIL, frame);
    }
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_ended(&credit, world);
    assert_int_equal(world->hub.lines[EVIL].session.counts.changes_taken, 4);
}

/* S9.37: whatever follows the end of a session is ignored. */
static void a_session_that_ended_hears_nothing_more(void **state)
{
    struct world *world = *state;
    hub_hear(&world->hub, EVIL, noise(world));
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    size_t said = world->hub.lines[EVIL].said;
    struct wsync_hash before = forge_image(world->district.store);
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(&world->log, 1, 1)};
    hub_tell(&world->hub, EVIL, &message);
    hub_hear(&world->hub, EVIL, noise(world));
    hub_event(&world->hub, EVIL, WSYNC_EVENT_TICK);
    hub_event(&world->hub, EVIL, WSYNC_EVENT_CUT);
    hub_event(&world->hub, EVIL, WSYNC_EVENT_STOP);
    assert_int_equal(hub_run(&world->hub), WSYNC_OK);
    assert_int_equal(world->hub.lines[EVIL].said, said);
    struct wsync_hash image = forge_image(world->district.store);
    assert_memory_equal(image.b, before.b, sizeof image.b);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ends_its_own_session_only),
        WORLD_TEST(the_set_that_the_cases_spoil_is_good),
        WORLD_TEST(more_than_the_credit_ends_the_session),
        WORLD_TEST(a_session_that_ended_hears_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
