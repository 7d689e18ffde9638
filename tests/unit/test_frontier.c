/* SPDX-License-Identifier: Apache-2.0 */
/* The frontier (SPEC section 9.3): which heads it holds, in which order, and its digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/frontier.h"

enum { SEED = 18, DAY = 19100, LOGS = 12 };

struct world {
    struct installation installation;
    struct replica district, a, c; /* units 2 and 3 */
    struct forge logs[LOGS];       /* of `a`, the last two of `c` */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->a, wsync_store_mem_new(), SEED, 1, 2);
    replica_init(&world->c, wsync_store_mem_new(), SEED, 2, 3);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->a);
    replica_enrol(&world->district, &world->installation, &world->c);
    for (uint8_t i = 0; i < LOGS; i++) {
        forge_init(&world->logs[i], i < LOGS - 2 ? &world->a : &world->c, &world->installation,
                   3, i);
        for (int k = 0; k <= i % 3; k++) {
            forge_create(&world->logs[i], DAY, k, 1);
        }
    }
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < LOGS; i++) {
        forge_fini(&world->logs[i]);
    }
    replica_fini(&world->district);
    replica_fini(&world->a);
    replica_fini(&world->c);
    free(world);
    return 0;
}

static void give(struct replica *to, struct forge *forge)
{
    struct wsync_change_set set = forge_set(forge, 1, forge->seq);
    assert_int_equal(forge_give(to, &set), WSYNC_OK);
}

static void give_all(struct world *world, struct replica *to, bool backwards)
{
    for (int i = 0; i < LOGS; i++) {
        give(to, &world->logs[backwards ? LOGS - 1 - i : i]);
    }
}

struct answer {
    uint32_t count;
    struct wsync_hash digest;
};

static struct answer digest_of(struct replica *at, const struct wsync_frontier *frontier)
{
    struct wsync_txn *txn;
    struct answer answer;
    assert_int_equal(wsync_store_begin(at->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_frontier_digest(txn, frontier, &answer.count, &answer.digest),
                     WSYNC_OK);
    wsync_txn_abort(txn);
    return answer;
}

static int by_log(const void *a, const void *b)
{
    const struct forge *const *x = a;
    const struct forge *const *y = b;
    return memcmp((*x)->log.b, (*y)->log.b, WSYNC_LOG_ID_BYTES);
}

/* S9.16, S9.17, written out here once more. */
static struct answer computed(const struct forge **logs, size_t count)
{
    struct answer answer = {.count = (uint32_t)count};
    qsort(logs, count, sizeof *logs, by_log);
    for (size_t i = 0; i < count; i++) {
        uint8_t seq[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)logs[i]->seq};
        struct wsync_slice parts[] = {wsync_slice_of("wardsync/frontier/v1"),
                                      WSYNC_BYTES(answer.digest), WSYNC_BYTES(logs[i]->log),
                                      wsync_slice(seq, sizeof seq),
                                      WSYNC_BYTES(logs[i]->hashes[logs[i]->seq])};
        answer.digest = wsync_hash_parts(parts, 5);
    }
    return answer;
}

static void assert_answer(struct answer got, struct answer expected)
{
    assert_int_equal(got.count, expected.count);
    assert_memory_equal(got.digest.b, expected.digest.b, sizeof got.digest.b);
}

static void the_digest_goes_by_log_id_whatever_came_first(void **state)
{
    struct world *world = *state;
    struct replica first, second;
    const struct forge *logs[LOGS];
    const struct wsync_frontier everything = {.top = REPLICA_TOP};
    for (size_t i = 0; i < LOGS; i++) {
        logs[i] = &world->logs[i];
    }
    forge_reader(&first, &world->district);
    forge_reader(&second, &world->district);
    assert_answer(digest_of(&first, &everything), computed(logs, 0));
    give_all(world, &first, false);
    give_all(world, &second, true);
    assert_answer(digest_of(&first, &everything), computed(logs, LOGS));
    assert_answer(digest_of(&second, &everything), computed(logs, LOGS));
    replica_fini(&first);
    replica_fini(&second);
}

static void one_change_more_is_another_digest(void **state)
{
    struct world *world = *state;
    struct replica reader;
    const struct wsync_frontier everything = {.top = REPLICA_TOP};
    forge_reader(&reader, &world->district);
    give_all(world, &reader, false);
    struct answer before = digest_of(&reader, &everything);
    forge_create(&world->logs[4], DAY, 9, 1);
    give(&reader, &world->logs[4]);
    struct answer after = digest_of(&reader, &everything);
    assert_int_equal(before.count, after.count);
    assert_memory_not_equal(before.digest.b, after.digest.b, sizeof before.digest.b);
    replica_fini(&reader);
}

/* S7.15: a reader's frontier holds its scopes and top, the log it names as own left out. */
static void a_frontier_is_for_one_reader(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    struct wsync_device device;
    const struct forge *logs[LOGS];
    give_all(world, &world->district, false);
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    assert_int_equal(wsync_device_get(txn, &world->c.identity.device, &device), WSYNC_OK);
    wsync_txn_abort(txn);
    struct wsync_frontier frontier = {
        .reader = &device, .top = 99, .except = &world->logs[LOGS - 1].log};
    logs[0] = &world->logs[LOGS - 2];
    assert_answer(digest_of(&world->district, &frontier), computed(logs, 1));
    frontier.except = NULL;
    logs[0] = &world->logs[LOGS - 2];
    logs[1] = &world->logs[LOGS - 1];
    assert_answer(digest_of(&world->district, &frontier), computed(logs, 2));
    frontier.top = REPLICA_TOP; /* and the district's own log */
    assert_int_equal(digest_of(&world->district, &frontier).count, 3);
}

/* A log known by name only, from a reference, is not held and not stated. */
static void a_log_known_by_name_is_not_stated(void **state)
{
    struct world *world = *state;
    struct replica reader;
    const struct wsync_frontier everything = {.top = REPLICA_TOP};
    struct wsync_reference reference = forge_reference(&world->logs[1], 1);
    struct wsync_draft draft = {.context = {.references = &reference, .reference_count = 1}};
    forge_add_draft(&world->logs[0], &draft);
    forge_reader(&reader, &world->district);
    give(&reader, &world->logs[0]);
    const struct forge *logs[] = {&world->logs[0]};
    assert_answer(digest_of(&reader, &everything), computed(logs, 1));
    replica_fini(&reader);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_digest_goes_by_log_id_whatever_came_first),
        WORLD_TEST(one_change_more_is_another_digest),
        WORLD_TEST(a_frontier_is_for_one_reader),
        WORLD_TEST(a_log_known_by_name_is_not_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
