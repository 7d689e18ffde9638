/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS_MAX = 500 };

int pair_set_up(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    void *world;
    assert_non_null(pair);
    assert_int_equal(ward_pair_set_up(&world), 0);
    pair->world = world;
    hub_init(&pair->down, &pair->world->district);
    hub_init(&pair->up_a, &pair->world->a);
    hub_init(&pair->up_b, &pair->world->b);
    *state = pair;
    return 0;
}

int pair_tear_down(void **state)
{
    struct pair *pair = *state;
    void *world = pair->world;
    hub_fini(&pair->down);
    hub_fini(&pair->up_a);
    hub_fini(&pair->up_b);
    ward_pair_tear_down(&world);
    free(pair);
    return 0;
}

static void run(struct hub *hub)
{
    if (hub->batch_count > 0) {
        assert_int_equal(hub_run(hub), WSYNC_OK);
    }
}

static struct hub *hub_of(struct pair *pair, size_t device)
{
    return device == PAIR_A ? &pair->up_a : &pair->up_b;
}

static struct hub *open_lines(struct pair *pair, size_t device)
{
    struct hub *up = hub_of(pair, device);
    hub_open_district(&pair->down, device, &pair->world->installation, &up->replica->transport);
    hub_open_ward(up, 0, &pair->world->installation);
    return up;
}

struct hub *pair_open(struct pair *pair, size_t device)
{
    struct hub *up = open_lines(pair, device);
    run(up);
    return up;
}

/* One with little left to spend does not ask ahead. */
struct hub *pair_open_late(struct pair *pair, size_t device)
{
    struct hub *up = open_lines(pair, device);
    struct wsync_flow *flow = &up->lines[0].session.setup.flow;
    flow->own_only = true;
    run(up);
    flow->own_only = false;
    return up;
}

void pair_carry(struct pair *pair, size_t device)
{
    struct hub *up = hub_of(pair, device);
    size_t moved = 1;
    for (int round = 0; moved > 0; round++) {
        assert_true(round < ROUNDS_MAX);
        moved = hub_carry(up, 0, &pair->down, device, HUB_NONE_LOST);
        run(&pair->down);
        moved += hub_carry(&pair->down, device, up, 0, HUB_NONE_LOST);
        run(up);
    }
    assert_false(up->said_too_early || pair->down.said_too_early);
}

enum wsync_err pair_sync(struct pair *pair, size_t device)
{
    struct hub *up = pair_open(pair, device);
    pair_carry(pair, device);
    assert_int_equal(up->lines[0].session.state, WSYNC_STATE_ENDED);
    assert_int_equal(pair->down.lines[device].session.state, WSYNC_STATE_ENDED);
    return up->lines[0].session.result;
}

void pair_write(struct replica *device, int count)
{
    struct wsync_dot dot;
    for (int i = 0; i < count; i++) {
        assert_int_equal(replica_create(device, PAIR_DAY + i % 5, i, 1 + i % 2, &dot),
                         WSYNC_OK);
    }
}

uint64_t pair_add_extension(struct forge *forge)
{
    static const char change[] = "\x3a\x05\x08\x09\x1a\x01x"; /* number 9, data "x" */
    const struct wsync_raw_change raw = {.public_part = wsync_slice_of(change)};
    return forge_add_raw(forge, &raw);
}

bool pair_nth_set(struct hub *hub, size_t line, const struct wsync_log_id *log, size_t nth,
                  struct wsync_change_set *set)
{
    struct wsync_message message;
    struct wsync_arena *arena = &hub->replica->arena;
    wsync_arena_release(arena, 0);
    for (size_t i = 0; i < hub->lines[line].said; i++) {
        struct wsync_slice frame = hub->lines[line].frames[i];
        if (frame.data[1] != WSYNC_MESSAGE_CHANGES) {
            continue;
        }
        assert_int_equal(wsync_message_decode(frame, arena, &message), WSYNC_OK);
        if (wsync_log_id_equal(&message.changes.log, log) && nth-- == 0) {
            *set = message.changes;
            return true;
        }
    }
    return false;
}

uint64_t pair_counted(const struct hub *hub, size_t line)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < hub->lines[line].said; i++) {
        struct wsync_slice frame = hub->lines[line].frames[i];
        uint8_t type = frame.data[1];
        bool counted = type == WSYNC_MESSAGE_ROSTER || type == WSYNC_MESSAGE_HEADS ||
                       type == WSYNC_MESSAGE_CHANGES || type == WSYNC_MESSAGE_PACKED;
        bytes += counted ? frame.len : 0;
    }
    return bytes;
}

struct wsync_signing_secret pair_name_log_key(struct pair *pair)
{
    struct installation *installation = &pair->world->installation;
    struct replica *district = &pair->world->district;
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_DISTRICT,
                                        .stamp = district->now,
                                        .district = installation->district};
    uint8_t seed[32] = {77};
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_signing_secret secret;
    wsync_signing_pair(seed, &statement.district.log_key, &secret);
    statement.district.endpoints[0].key = district->transport;
    assert_int_equal(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &district->arena, &statement,
                                        &installation->root_secret, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    wsync_arena_release(&district->arena, 0);
    installation->district.log_key = statement.district.log_key;
    return secret;
}
