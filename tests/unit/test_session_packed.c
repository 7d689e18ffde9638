/* SPDX-License-Identifier: Apache-2.0 */
/* Packed sets in sessions (SPEC section 17.1): sides with the same dictionary, with different
 * ones and with none understand each other, and what cannot be filled in is said again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/packer_small.h"
#include "tests/pair.h"
#include "wardsync/tree.h"

enum { RECORDS = 80, METHOD_MASK = 3, FLAGS_AT = 2, HAS_LOG = 4, HAS_FIRST = 8 };

static uint64_t seq_of(struct replica *replica, const struct wsync_log_id *log)
{
    struct wsync_txn *txn;
    struct wsync_log found = {.seq = 0};
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    enum wsync_err err = wsync_log_find(txn, log, &found);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    wsync_txn_abort(txn);
    return found.seq;
}

static void assert_arrived(struct pair *pair)
{
    struct wsync_log own = ward_pair_own_log(&pair->world->a, PAIR_UNIT);
    assert_int_equal(seq_of(&pair->world->district, &own.id), own.seq);
}

static size_t count_type(const struct hub *hub, size_t line, enum wsync_message_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < hub->lines[line].said; i++) {
        count += hub->lines[line].frames[i].data[1] == type;
    }
    return count;
}

static struct wsync_slice nth_packed(const struct hub *hub, size_t nth)
{
    for (size_t i = 0; i < hub->lines[0].said; i++) {
        if (wsync_packed_is(hub->lines[0].frames[i]) && nth-- == 0) {
            return hub->lines[0].frames[i];
        }
    }
    fail_msg("so many packed sets were not said");
    return wsync_slice(NULL, 0);
}

static void set_packers(struct pair *pair, const struct wsync_packer *ward,
                        const struct wsync_packer *district)
{
    pair->up_a.packer = ward;
    pair->down.packer = district;
}

/* S17.8, S17.10, S17.11, S17.16 */
static void both_sides_pack(void **state)
{
    struct pair *pair = *state;
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* forms and units come down */
    assert_int_equal(count_type(&pair->down, PAIR_A, WSYNC_MESSAGE_CHANGES), 0);
    assert_true(count_type(&pair->down, PAIR_A, WSYNC_MESSAGE_PACKED) > 0);
    pair_write(&pair->world->a, RECORDS);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_CHANGES), 0);
    assert_arrived(pair);
    struct wsync_slice first = nth_packed(&pair->up_a, 0);
    assert_int_equal(first.data[FLAGS_AT] & METHOD_MASK, WSYNC_PACK_DICTIONARY);
    assert_int_equal(first.data[FLAGS_AT] & HAS_LOG, 0); /* Hello named it */
}

/* S17.11: within a session a set goes on from the one before. */
static void a_set_that_goes_on_says_so_in_two_bytes(void **state)
{
    struct pair *pair = *state;
    struct replica *ward = &pair->world->a;
    struct wsync_dot dot;
    char note[3000];
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    for (int i = 0; i < 6; i++) {
        for (size_t k = 0; k < sizeof note; k++) {
            note[k] = (char)('a' + (k * k + (size_t)i) % 23);
        }
        struct wsync_write writes[] = {
            forge_integer(FORGE_DAY, PAIR_DAY),
            forge_integer(FORGE_COUNT, 1),
            forge_integer(FORGE_KIND, 1),
            {FORGE_NOTE,
             false,
             {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(note, sizeof note)}}};
        const struct wsync_intent intent = {.form = REPLICA_FORM,
                                            .version = 1,
                                            .creates = true,
                                            .writes = writes,
                                            .write_count = 4};
        assert_int_equal(replica_write(ward, PAIR_UNIT, &intent, 1, &dot), WSYNC_OK);
    }
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_CHANGES), 0);
    assert_int_equal(nth_packed(&pair->up_a, 0).data[FLAGS_AT] & HAS_FIRST, HAS_FIRST);
    assert_int_equal(nth_packed(&pair->up_a, 1).data[FLAGS_AT] & HAS_FIRST, 0);
    assert_int_equal(nth_packed(&pair->up_a, 2).data[FLAGS_AT] & HAS_FIRST, 0);
    assert_arrived(pair);
    pair_write(ward, 1); /* and from the head that Welcome states */
    ward->now++;
    struct wsync_txn *txn;
    struct wsync_log own = ward_pair_own_log(ward, PAIR_UNIT);
    assert_int_equal(wsync_store_begin(ward->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_held_put(txn, own.no, own.seq), WSYNC_OK); /* no flight */
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(nth_packed(&pair->up_a, 0).data[FLAGS_AT] & HAS_FIRST, 0);
    assert_arrived(pair);
}

/* S17.8, S17.9: another dictionary is not used, a side without any gets nothing packed. */
static void mixed_sides_understand_each_other(void **state)
{
    static const struct {
        const struct wsync_packer *ward, *district;
    } SIDES[] = {{&PACKER_SMALL, NULL},
                 {NULL, &PACKER_SMALL},
                 {&PACKER_SMALL, &PACKER_SMALL_OTHER},
                 {&PACKER_SMALL_OTHER, &PACKER_SMALL}};
    struct pair *pair = *state;
    for (size_t i = 0; i < sizeof SIDES / sizeof *SIDES; i++) {
        bool packs = SIDES[i].ward && SIDES[i].district;
        set_packers(pair, SIDES[i].ward, SIDES[i].district);
        assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
        pair_write(&pair->world->a, RECORDS);
        assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
        assert_arrived(pair);
        assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_PACKED) > 0, packs);
        if (packs) {
            assert_int_equal(nth_packed(&pair->up_a, 0).data[FLAGS_AT] & METHOD_MASK,
                             WSYNC_PACK_PLAIN);
        }
    }
}

/* S17.9, S17.13: the flight is packed by what the district named last.  Where it names another
 * dictionary today, the flight is passed over and goes out again. */
static void a_flight_that_was_packed_in_vain_goes_out_again(void **state)
{
    struct pair *pair = *state;
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, RECORDS);
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL_OTHER);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_arrived(pair);
    assert_int_equal(nth_packed(&pair->up_a, 0).data[FLAGS_AT] & METHOD_MASK,
                     WSYNC_PACK_DICTIONARY);
    size_t last = count_type(&pair->up_a, 0, WSYNC_MESSAGE_PACKED) - 1;
    assert_int_equal(nth_packed(&pair->up_a, last).data[FLAGS_AT] & METHOD_MASK,
                     WSYNC_PACK_PLAIN);
    assert_int_equal(count_type(&pair->down, PAIR_A, WSYNC_MESSAGE_REJECT), 0);
}

/* S17.8, S17.9: a district that packs no more ends that session, and what its Welcome said is
 * heeded in the next one. */
static void a_district_that_packs_no_more_costs_one_session(void **state)
{
    struct pair *pair = *state;
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    set_packers(pair, &PACKER_SMALL, NULL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_ERR_MESSAGE);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_PACKED), 0);
    assert_arrived(pair);
}

/* Opens a session up to where the ward has sent its records, which nobody hears. */
static struct hub *send_unheard(struct pair *pair)
{
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 3);
    struct hub *up = pair_open(pair, PAIR_A);
    struct wsync_slice hello = up->lines[0].frames[0];
    assert_int_equal(hello.data[1], WSYNC_MESSAGE_HELLO);
    hub_hear(&pair->down, PAIR_A, hello);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    hub_carry(&pair->down, PAIR_A, up, 0, HUB_NONE_LOST);
    assert_int_equal(hub_run(up), WSYNC_OK);
    assert_int_equal(count_type(up, 0, WSYNC_MESSAGE_PACKED), 1);
    return up;
}

static void ack_all(struct hub *up)
{
    struct wsync_message ack = {.type = WSYNC_MESSAGE_ACK,
                                .ack = {.taken = up->lines[0].session.sent}};
    hub_tell(up, 0, &ack);
    assert_int_equal(hub_run(up), WSYNC_OK);
}

/* S17.14 */
static void what_was_not_kept_is_said_again_and_plain(void **state)
{
    struct pair *pair = *state;
    struct hub *up = send_unheard(pair);
    ack_all(up);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_OPEN);
    assert_int_equal(count_type(up, 0, WSYNC_MESSAGE_PACKED), 1);
    assert_int_equal(count_type(up, 0, WSYNC_MESSAGE_CHANGES), 1);
    ack_all(up);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(up->lines[0].session.result, WSYNC_ERR_GAP);
}

/* The district's session after a frame in place of the ward's. */
static const struct wsync_session *hear(struct pair *pair, struct wsync_slice frame)
{
    hub_hear(&pair->down, PAIR_A, frame);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    return &pair->down.lines[PAIR_A].session;
}

/* A packed frame, changed in one place; the flags stand at 2. */
static struct wsync_slice spoiled(struct wsync_slice frame, size_t at, uint8_t value,
                                  uint8_t copy[WSYNC_FRAME_BYTES_MAX])
{
    memcpy(copy, frame.data, frame.len);
    copy[at] = value;
    return wsync_slice(copy, frame.len);
}

/* S17.13: a set that goes on from another end than what is known here. */
static void what_cannot_be_filled_in_is_passed_over(void **state)
{
    struct pair *pair = *state;
    struct hub *up = send_unheard(pair);
    struct wsync_slice frame = nth_packed(up, 0);
    const struct wsync_packed_line other = {
        .has_log = true,
        .has_end = true,
        .end = {.log = up->lines[0].session.own, .seq = 1, .hash = {{9, 9, 9}}}};
    const struct wsync_packing packing = {&PACKER_SMALL, true, false, &other, 1};
    struct forge log;
    forge_load(&log, &pair->world->a, &pair->world->a, &other.end.log);
    struct wsync_change_set set = forge_set(&log, 2, 4);
    memcpy(set.previous, other.end.hash.b, sizeof set.previous);
    struct wsync_slice going_on;
    assert_int_equal(wsync_packed_encode(&packing, &set, &log.arena, &going_on), WSYNC_OK);
    const struct wsync_session *session = hear(pair, going_on);
    assert_int_equal(session->state, WSYNC_STATE_OPEN);
    assert_int_equal(session->counts.changes_taken, 0);
    assert_int_equal(session->taken, going_on.len);
    forge_fini(&log);
    session = hear(pair, frame); /* which says all there is to say */
    assert_int_equal(session->counts.changes_taken, 3);
}

/* S17.12: one that it signed. */
static void a_checkpoint_is_named_by_its_size(void **state)
{
    struct pair *pair = *state;
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    for (int i = 0; i < 2; i++) { /* the first one's receipt shows a checkpoint */
        pair_write(&pair->world->a, 1);
        assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    }
    struct wsync_slice frame = nth_packed(&pair->up_a, 0);
    assert_int_equal(frame.data[FLAGS_AT] >> 4 & 3, 3);
    assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_PACKED), 1);
    assert_int_equal(count_type(&pair->up_a, 0, WSYNC_MESSAGE_CHANGES), 0);
    assert_arrived(pair);
    /* The same with another beginning of its root. */
    static uint8_t copy[WSYNC_FRAME_BYTES_MAX];
    size_t root = FLAGS_AT + 1 + 1 + WSYNC_PREVIOUS_BYTES + 1;
    struct hub *up = send_unheard(pair);
    frame = nth_packed(up, 0);
    frame = spoiled(frame, root, (uint8_t)(frame.data[root] ^ 1), copy);
    const struct wsync_session *session = hear(pair, frame);
    assert_int_equal(session->state, WSYNC_STATE_OPEN);
    assert_int_equal(session->counts.changes_taken, 0);
}

/* And one that it did not sign. */
static void an_unknown_checkpoint_is_not_filled_in(void **state)
{
    struct pair *pair = *state;
    struct hub *up = send_unheard(pair);
    const struct wsync_packing packing = {&PACKER_SMALL, true, true, NULL, 1};
    struct forge log;
    struct wsync_slice frame;
    forge_load(&log, &pair->world->a, &pair->world->a, &up->lines[0].session.own);
    struct wsync_change_set set = forge_set(&log, 2, 4);
    set.checkpoint = (struct wsync_checkpoint){.tree = {7}, .size = 3, .root = {{8}}};
    forge_seal(&log, &set);
    assert_int_equal(wsync_packed_encode(&packing, &set, &log.arena, &frame), WSYNC_OK);
    const struct wsync_session *session = hear(pair, frame);
    assert_int_equal(session->state, WSYNC_STATE_OPEN);
    assert_int_equal(session->counts.changes_taken, 0);
    forge_fini(&log);
}

/* S17.7, S17.15: what is no packed set ends the session; what may not speak is not looked at.
 */
static void a_spoiled_frame_ends_the_session(void **state)
{
    static uint8_t copy[WSYNC_FRAME_BYTES_MAX];
    struct pair *pair = *state;
    struct hub *up = send_unheard(pair);
    struct wsync_slice bad = spoiled(nth_packed(up, 0), FLAGS_AT, 3, copy);
    assert_int_equal(hear(pair, bad)->result, WSYNC_ERR_MESSAGE);
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation,
                      &pair->world->a.transport);
    assert_int_equal(hear(pair, bad)->result, WSYNC_ERR_STATE); /* before Hello */
    const struct wsync_transport_key nobody = {{1, 2, 3}};
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation, &nobody);
    assert_int_equal(hear(pair, bad)->result, WSYNC_ERR_DEVICE);
}

/* S17.8 */
static void a_dictionary_has_a_name_of_eight_bytes(void **state)
{
    struct pair *pair = *state;
    struct wsync_message hello = {.type = WSYNC_MESSAGE_HELLO,
                                  .hello = {.version_min = 1,
                                            .version_max = 1,
                                            .device = pair->world->a.identity.device,
                                            .instance = pair->world->installation.instance,
                                            .credit = WSYNC_CREDIT_BYTES_DEFAULT,
                                            .dictionary = wsync_slice_of("seven b")}};
    hub_open_district(&pair->down, PAIR_A, &pair->world->installation,
                      &pair->world->a.transport);
    hub_tell(&pair->down, PAIR_A, &hello);
    assert_int_equal(hub_run(&pair->down), WSYNC_OK);
    assert_int_equal(pair->down.lines[PAIR_A].session.result, WSYNC_ERR_MESSAGE);
}

/* ---- how hard a set is packed ---- */

/* How many sets were packed at each level. */
static size_t asked[WSYNC_PACK_LEVEL_MAX + 1];

static bool pack_counted(void *context, struct wsync_pack_order order, struct wsync_slice bytes,
                         uint8_t *out, size_t *len)
{
    (void)context;
    assert_in_range(order.level, 1, WSYNC_PACK_LEVEL_MAX);
    asked[order.level]++;
    return PACKER_SMALL.pack(PACKER_SMALL.context, order, bytes, out, len);
}

static enum wsync_err unpack_counted(void *context, enum wsync_pack_method method,
                                     struct wsync_slice packed, uint8_t *out, size_t len)
{
    (void)context;
    return PACKER_SMALL.unpack(PACKER_SMALL.context, method, packed, out, len);
}

/* Hands records over on a line of this rate; how many bytes of sets that was. */
static uint64_t hand_over(struct pair *pair, int64_t rate)
{
    const struct wsync_packer counted = {NULL, PACKER_SMALL.dictionary, pack_counted,
                                         unpack_counted};
    set_packers(pair, &PACKER_SMALL, &PACKER_SMALL);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair_write(&pair->world->a, 1); /* begins the log */
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    pair->up_a.packer = &counted;
    memset(asked, 0, sizeof asked);
    struct hub *up = pair_open(pair, PAIR_A);
    up->lines[0].session.setup.flow = (struct wsync_flow){.window_bytes = 1, .rate = rate};
    pair_write(&pair->world->a, 6 * RECORDS);
    pair_carry(pair, PAIR_A);
    assert_arrived(pair);
    return up->lines[0].session.sent;
}

static void the_rate_of_the_line_says_how_hard_a_set_is_packed(void **state)
{
    struct pair *pair = *state;
    static const struct {
        int64_t rate;
        unsigned level;
    } rows[] = {{8000, WSYNC_PACK_LEVEL_MAX},
                {100000, WSYNC_PACK_LEVEL_BULK},
                {9000000, WSYNC_PACK_LEVEL_QUICK}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)hand_over(pair, rows[i].rate);
        for (size_t k = 0; k <= WSYNC_PACK_LEVEL_MAX; k++) {
            assert_true((asked[k] > 2) == (k == rows[i].level));
        }
    }
}

/* The beginning as for a thin line; what was acknowledged without a rate counts too. */
static void a_rate_that_is_not_known_is_guessed_for_some_sets(void **state)
{
    struct pair *pair = *state;
    uint64_t bytes = hand_over(pair, 0);
    size_t sets = asked[WSYNC_PACK_LEVEL_MAX] + asked[WSYNC_PACK_LEVEL_BULK];
    assert_true(asked[WSYNC_PACK_LEVEL_MAX] > 0);
    assert_true(asked[WSYNC_PACK_LEVEL_BULK] > 0);
    assert_true((asked[WSYNC_PACK_LEVEL_MAX] - 1) * bytes / sets < 2048);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(both_sides_pack),
        CASE(a_set_that_goes_on_says_so_in_two_bytes),
        CASE(mixed_sides_understand_each_other),
        CASE(a_flight_that_was_packed_in_vain_goes_out_again),
        CASE(a_district_that_packs_no_more_costs_one_session),
        CASE(what_was_not_kept_is_said_again_and_plain),
        CASE(what_cannot_be_filled_in_is_passed_over),
        CASE(a_checkpoint_is_named_by_its_size),
        CASE(an_unknown_checkpoint_is_not_filled_in),
        CASE(a_spoiled_frame_ends_the_session),
        CASE(a_dictionary_has_a_name_of_eight_bytes),
        CASE(the_rate_of_the_line_says_how_hard_a_set_is_packed),
        CASE(a_rate_that_is_not_known_is_guessed_for_some_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
