/* SPDX-License-Identifier: Apache-2.0 */
/* The session log: rows and contacts as they were written, bounded, in one transaction for
 * many, and never lost to a refusal of the store. */
#include "host/session_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replica.h"
#include "tests/store_mem.h"

enum { SEED = 23, UNIT = 2, NOW = 1650000000, DAY_S = 86400, HOUR_S = 3600 };

static const struct wsync_session_policy KEEP_ALL = {36500, 1000000};

struct world {
    struct installation installation;
    struct replica district, ward;
    struct wsync_session_book *book;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&world->ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_found(&world->district, &world->installation);
    replica_enrol(&world->district, &world->installation, &world->ward);
    world->book = calloc(1, sizeof *world->book);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    replica_fini(&world->district);
    replica_fini(&world->ward);
    free(world->book);
    free(world);
    return 0;
}

static struct wsync_txn *begin(const struct world *world, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->district.store, mode, &txn), WSYNC_OK);
    return txn;
}

static void commit(struct wsync_txn *txn)
{
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

/* Every row, in order; answers how many. */
static size_t read_all(const struct world *world, struct wsync_session_row *rows, size_t size)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_READ);
    struct wsync_session_row row;
    uint64_t number = 0;
    size_t count = 0;
    while (wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &row) == WSYNC_OK) {
        if (count < size) {
            rows[count] = row;
        }
        count++;
    }
    wsync_txn_abort(txn);
    return count;
}

static enum wsync_err read_contact(const struct world *world,
                                   const struct wsync_device_id *device,
                                   struct wsync_contact *contact)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_READ);
    enum wsync_err err = wsync_contact_get(txn, device, contact);
    wsync_txn_abort(txn);
    return err;
}

static struct wsync_session_row full_row(void)
{
    return (struct wsync_session_row){.kind = WSYNC_SESSION_KIND_SYNC,
                                      .has_device = true,
                                      .device = {{1, 2, 3}},
                                      .key = {9, 8, 7},
                                      .begun = -5,
                                      .ended = NOW,
                                      .took_ms = 1234567890123,
                                      .times = 1,
                                      .code = WSYNC_ERR_SEAL,
                                      .peer_said_it = true,
                                      .bytes_in = 11,
                                      .bytes_out = UINT64_MAX,
                                      .changes_in = 13,
                                      .changes_out = 14,
                                      .has_reject = true,
                                      .reject = {{{4, 5}}, 77, WSYNC_ERR_FORK},
                                      .taken = {{{{{6}}, 2, 3}}, 1},
                                      .acked = {{{{{7}}, 4, 5}, {{{8}}, 6, 6}}, 2}};
}

static void rows_read_back(void **state)
{
    struct world *world = *state;
    struct wsync_session_row row = full_row(), read;
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    uint64_t number;
    assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    assert_int_equal(number, 1);
    row.has_reject = false;
    assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    assert_int_equal(number, 2);
    number = 0;
    assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &read), WSYNC_OK);
    assert_int_equal(number, 1);
    row.has_reject = true;
    assert_memory_equal(&read.reject, &row.reject, sizeof row.reject);
    assert_memory_equal(read.key, row.key, sizeof row.key);
    assert_memory_equal(&read.device, &row.device, sizeof row.device);
    assert_true(read.kind == row.kind && read.has_device && read.begun == -5 &&
                read.ended == NOW && read.took_ms == row.took_ms && read.times == 1 &&
                read.code == WSYNC_ERR_SEAL && read.peer_said_it && read.bytes_in == 11 &&
                read.bytes_out == UINT64_MAX && read.changes_in == 13 &&
                read.changes_out == 14 && read.has_reject);
    assert_true(read.taken.count == 1 && read.acked.count == 2);
    assert_memory_equal(&read.taken.items[0], &row.taken.items[0], sizeof row.taken.items[0]);
    assert_memory_equal(&read.acked.items, &row.acked.items, 2 * sizeof row.acked.items[0]);
    row.times = 9;
    assert_int_equal(wsync_session_log_change(txn, 2, &row), WSYNC_OK);
    assert_int_equal(wsync_session_log_change(txn, 3, &row), WSYNC_ERR_NOT_FOUND);
    number = UINT64_MAX;
    assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_LT, &number, &read), WSYNC_OK);
    assert_true(number == 2 && read.times == 9);
    commit(txn);
}

/* A row is taken whole or not at all: cut short, longer, of another layout, with a number that
 * means nothing. */
static void damaged_rows_are_seen(void **state)
{
    struct world *world = *state;
    struct wsync_session_row row = full_row();
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    uint8_t bytes[512] = {0};
    struct wsync_slice raw;
    uint64_t number;
    const uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    assert_int_equal(
        wsync_txn_get(txn, WSYNC_TABLE_SESSIONS, wsync_slice(key, sizeof key), &raw), WSYNC_OK);
    size_t len = raw.len;
    memcpy(bytes, raw.data, len);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_SESSIONS, wsync_slice(key, sizeof key),
                                       wsync_slice(bytes, cut)),
                         WSYNC_OK);
        number = 0;
        assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &row),
                         cut == len ? WSYNC_OK : WSYNC_ERR_CORRUPT);
    }
    static const size_t PLACES[] = {0, 8, 16, 56, 64, 104}; /* layout, kind, truths, code */
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        uint8_t kept = bytes[PLACES[i]];
        bytes[PLACES[i]] = 99;
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_SESSIONS, wsync_slice(key, sizeof key),
                                       wsync_slice(bytes, len)),
                         WSYNC_OK);
        number = 0;
        assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &row),
                         WSYNC_ERR_CORRUPT);
        bytes[PLACES[i]] = kept;
    }
    wsync_txn_abort(txn);
}

static void add_rows(const struct world *world, int count, int64_t ended)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    struct wsync_session_row row = {
        .kind = WSYNC_SESSION_KIND_SYNC, .begun = ended, .ended = ended, .times = 1};
    uint64_t number;
    for (int i = 0; i < count; i++) {
        assert_int_equal(wsync_session_log_add(txn, &row, &number), WSYNC_OK);
    }
    commit(txn);
}

static void prune(const struct world *world, int64_t days, int64_t rows)
{
    const struct wsync_session_policy policy = {days, rows};
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_session_log_prune(txn, &policy, NOW), WSYNC_OK);
    commit(txn);
}

static void old_rows_go(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[64];
    prune(world, 1, 1); /* an empty log has nothing to lose */
    add_rows(world, 5, NOW - 10 * DAY_S);
    add_rows(world, 7, NOW - 3 * DAY_S);
    prune(world, 30, 100);
    assert_int_equal(read_all(world, rows, 64), 12);
    prune(world, 5, 100);
    assert_int_equal(read_all(world, rows, 64), 7);
    prune(world, 3, 100); /* three days old to the second: kept */
    assert_int_equal(read_all(world, rows, 64), 7);
    prune(world, 30, 4);
    assert_int_equal(read_all(world, rows, 64), 4);
    prune(world, 1, 4); /* all are too old; the last one keeps the numbers going */
    assert_int_equal(read_all(world, rows, 64), 1);
    uint64_t number = 0;
    struct wsync_txn *txn = begin(world, WSYNC_TXN_READ);
    assert_int_equal(wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, rows), WSYNC_OK);
    assert_int_equal(number, 12);
    wsync_txn_abort(txn);
}

/* One transaction never cuts more than its bound. */
static void pruning_is_bounded(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[1];
    add_rows(world, 2 * WSYNC_SESSION_PRUNE_ROWS_MAX + 10, NOW);
    prune(world, 1, 5);
    assert_int_equal(read_all(world, rows, 1), WSYNC_SESSION_PRUNE_ROWS_MAX + 10);
    prune(world, 1, 5);
    prune(world, 1, 5);
    assert_int_equal(read_all(world, rows, 1), 5);
}

static void contacts_add_up(void **state)
{
    (void)state;
    struct wsync_contact contact = {.first = 0};
    struct wsync_session_row row = {.kind = WSYNC_SESSION_KIND_SYNC,
                                    .begun = 100,
                                    .ended = 110,
                                    .times = 1,
                                    .code = WSYNC_ERR_LINK,
                                    .changes_out = 30};
    struct wsync_session_facts facts = {.spoke = true,
                                        .has_head = true,
                                        .head = {{{1}}, 40, {{2}}},
                                        .readable = 50,
                                        .program = "ward 0.1.0",
                                        .has_clock = true,
                                        .clock_ahead_s = -300};
    const struct wsync_session_facts silent = {.spoke = false};
    wsync_contact_note(&contact, &row, &facts, 0);
    assert_true(contact.first == 100 && contact.last == 110 && contact.last_good == 0);
    assert_true(contact.failed == 1 && contact.known == 30 && contact.head.seq == 40);
    assert_string_equal(contact.program, "ward 0.1.0");
    assert_true(contact.has_clock && contact.clock_ahead_s == -300);
    row.begun = row.ended = 200;
    row.changes_out = 30; /* more than there is to know: never claimed */
    wsync_contact_note(&contact, &row, &facts, 0);
    assert_true(contact.failed == 2 && contact.known == 50 && contact.first == 100);
    row.kind = WSYNC_SESSION_KIND_DOOR;
    row.code = WSYNC_ERR_REVOKED;
    row.times = 5;
    row.peer_said_it = true;
    wsync_contact_note(&contact, &row, &silent, 0);
    assert_true(contact.failed == 7 && contact.known == 50 && contact.head.seq == 40);
    assert_true(contact.last_code == WSYNC_ERR_REVOKED && contact.last_is_peers);
    row = (struct wsync_session_row){
        .kind = WSYNC_SESSION_KIND_SYNC, .begun = 300, .ended = 301, .times = 1};
    facts.readable = 60;
    facts.has_head = false;
    wsync_contact_note(&contact, &row, &facts, 0);
    assert_true(contact.failed == 0 && contact.last_good == 301 && contact.known == 60);
    assert_false(contact.has_head);
    row.begun = 299; /* the one before, whose cut line is noticed only now */
    row.ended = 330;
    row.code = WSYNC_ERR_LINK;
    row.changes_out = 1;
    facts = (struct wsync_session_facts){.spoke = true,
                                         .has_head = true,
                                         .head = {{{1}}, 20, {{2}}},
                                         .readable = 50,
                                         .outdone = true};
    wsync_contact_note(&contact, &row, &facts, 0);
    assert_true(contact.failed == 0 && contact.last == 301 && contact.last_code == WSYNC_OK);
    assert_true(contact.known == 60 && !contact.has_head);
}

static void readable_leaves_the_own_out(void **state)
{
    struct world *world = *state;
    struct wsync_device device;
    struct wsync_dot dot;
    uint64_t before, after;
    struct wsync_txn *txn = begin(world, WSYNC_TXN_READ);
    assert_int_equal(wsync_device_get(txn, &world->ward.identity.device, &device), WSYNC_OK);
    assert_int_equal(wsync_contact_readable(txn, &device, &before), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_true(before > 0); /* the district's forms */
    assert_int_equal(replica_sync(&world->ward, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    assert_int_equal(replica_create(&world->ward, 19000, 5, 1, &dot), WSYNC_OK);
    assert_int_equal(replica_sync(&world->ward, &world->district, &world->installation, NULL),
                     WSYNC_OK);
    txn = begin(world, WSYNC_TXN_READ);
    assert_int_equal(wsync_contact_readable(txn, &device, &after), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(after, before);
}

/* ---- the book ---- */

static struct wsync_session_note note_of(const struct world *world, enum wsync_err code)
{
    return (struct wsync_session_note){
        .row = {.kind = WSYNC_SESSION_KIND_SYNC,
                .begun = NOW,
                .ended = NOW + 1,
                .times = 1,
                .code = code},
        .key = world->ward.transport,
        .facts = {.spoke = true, .has_head = true, .head = {.seq = 3}, .readable = 10}};
}

static enum wsync_err write_book(const struct world *world, int64_t now_ms)
{
    return wsync_session_book_write(world->book, world->district.store, &KEEP_ALL, now_ms, NOW);
}

static void many_notes_are_one_transaction(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[1];
    struct wsync_contact contact;
    world->book->alive_ms = 1000;
    assert_int_equal(wsync_session_book_wait_ms(world->book, 1000),
                     WSYNC_SESSION_BOOK_ALIVE_MS);
    for (int i = 0; i < WSYNC_SESSION_BOOK_NOTES_MAX / 2 - 1; i++) {
        struct wsync_session_note note = note_of(world, i == 0 ? WSYNC_OK : WSYNC_ERR_LINK);
        wsync_session_book_note(world->book, &note, 1000);
    }
    assert_int_equal(wsync_session_book_wait_ms(world->book, 1000), WSYNC_SESSION_BOOK_WAIT_MS);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 1000 + WSYNC_SESSION_BOOK_WAIT_MS),
                     0);
    struct wsync_session_note note = note_of(world, WSYNC_ERR_LINK);
    wsync_session_book_note(world->book, &note, 1000);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 1000), 0); /* half a book */
    assert_int_equal(read_all(world, rows, 1), 0);
    assert_int_equal(write_book(world, 1000), WSYNC_OK);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 1000),
                     WSYNC_SESSION_BOOK_ALIVE_MS);
    assert_int_equal(read_all(world, rows, 1), WSYNC_SESSION_BOOK_NOTES_MAX / 2);
    assert_true(rows[0].has_device); /* found by its key */
    assert_memory_equal(rows[0].key, world->ward.transport.b, sizeof rows[0].key);
    assert_int_equal(read_contact(world, &world->ward.identity.device, &contact), WSYNC_OK);
    assert_int_equal(contact.failed, WSYNC_SESSION_BOOK_NOTES_MAX / 2 - 1);
    assert_true(contact.last_good == NOW + 1 && contact.head.seq == 3);
}

static struct wsync_session_knock knock_of(uint8_t key, int64_t time)
{
    return (struct wsync_session_knock){
        .key = {{key, 1, 1}}, .code = WSYNC_ERR_DEVICE, .now_ms = 0, .time = time};
}

static void one_stranger_is_one_row_an_hour(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[4];
    for (int i = 0; i < 10; i++) {
        struct wsync_session_knock knock = knock_of(7, NOW + i * 60);
        wsync_session_book_knock(world->book, &knock);
        if (i % 3 == 2) {
            assert_int_equal(write_book(world, 0), WSYNC_OK);
        }
    }
    assert_int_equal(write_book(world, 0), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 4), 1);
    assert_true(rows[0].times == 10 && rows[0].begun == NOW && rows[0].ended == NOW + 540);
    assert_true(rows[0].key[0] == 7 && !rows[0].has_device &&
                rows[0].kind == WSYNC_SESSION_KIND_DOOR);
    struct wsync_session_knock later = knock_of(7, NOW + HOUR_S);
    wsync_session_book_knock(world->book, &later);
    assert_int_equal(write_book(world, 0), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 4), 2);
    assert_int_equal(rows[1].times, 1);
}

static void strangers_cannot_fill_the_log(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[32];
    struct wsync_contact contact;
    uint64_t times = 0;
    for (int i = 0; i < 5000; i++) {
        struct wsync_session_knock knock = knock_of((uint8_t)(1 + i % 250), NOW);
        knock.key.b[1] = (uint8_t)(i / 250);
        wsync_session_book_knock(world->book, &knock);
        if (i % 100 == 0) {
            assert_int_equal(write_book(world, 0), WSYNC_OK);
        }
    }
    struct wsync_session_knock revoked = knock_of(0, NOW); /* is still seen */
    revoked.key = world->ward.transport;
    revoked.has_device = true;
    revoked.device = world->ward.identity.device;
    revoked.code = WSYNC_ERR_REVOKED;
    wsync_session_book_knock(world->book, &revoked);
    assert_int_equal(write_book(world, 0), WSYNC_OK);
    size_t count = read_all(world, rows, 32);
    assert_int_equal(count, WSYNC_SESSION_BOOK_STRANGERS_MAX + 2);
    for (size_t i = 0; i < count; i++) {
        times += rows[i].times;
    }
    assert_int_equal(times, 5001);
    assert_true(rows[count - 1].has_device && rows[count - 1].code == WSYNC_ERR_REVOKED);
    assert_int_equal(read_contact(world, &world->ward.identity.device, &contact), WSYNC_OK);
    assert_int_equal(contact.failed, 1);
}

/* A full book counts what it cannot take, and what it holds waits for the store. */
static void refusals_lose_nothing_that_fits(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[1];
    struct wsync_session_note note = note_of(world, WSYNC_OK);
    for (int i = 0; i < WSYNC_SESSION_BOOK_NOTES_MAX + 3; i++) {
        wsync_session_book_note(world->book, &note, 0);
    }
    assert_int_equal(world->book->lost, 3);
    wsync_store_mem_fail_at(world->district.store, 20, WSYNC_ERR_STORE_FULL);
    assert_int_equal(write_book(world, 5000), WSYNC_ERR_STORE_FULL);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 5000),
                     WSYNC_SESSION_BOOK_RETRY_MS); /* not in a tight loop */
    wsync_session_book_note(world->book, &note, 5000);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 5000),
                     WSYNC_SESSION_BOOK_RETRY_MS);
    assert_int_equal(write_book(world, 7000), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 1), WSYNC_SESSION_BOOK_NOTES_MAX);
    assert_int_equal(world->book->lost, 0);
}

/* Who only knocks does not hurry the disk; a conversation that ended takes the knocks along. */
static void knocks_wait_longer_than_conversations(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[2];
    struct wsync_session_knock knock = knock_of(7, NOW);
    struct wsync_session_note note = note_of(world, WSYNC_OK);
    world->book->alive_ms = 0;
    wsync_session_book_knock(world->book, &knock);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 0), WSYNC_SESSION_BOOK_KNOCK_MS);
    wsync_session_book_note(world->book, &note, 100);
    assert_int_equal(wsync_session_book_wait_ms(world->book, 100), WSYNC_SESSION_BOOK_WAIT_MS);
    assert_int_equal(write_book(world, 300), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 2), 2);
}

static enum wsync_err start(const struct world *world, int64_t time)
{
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    enum wsync_err err = wsync_session_log_start(txn, time);
    if (err == WSYNC_OK) {
        commit(txn);
    } else {
        wsync_txn_abort(txn);
    }
    return err;
}

/* A run that was killed and one that was stopped are told apart by the next one; so is since
 * when nobody served. */
static void a_new_run_says_how_the_last_one_ended(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[2];
    struct wsync_session_note note = note_of(world, WSYNC_OK);
    assert_int_equal(start(world, NOW - 50), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 2), 0); /* the first of all */
    assert_int_equal(write_book(world, 0), WSYNC_OK);
    wsync_session_book_note(world->book, &note, 100); /* and killed before it is written */
    assert_int_equal(start(world, NOW + 70), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 2), 1);
    assert_true(rows[0].kind == WSYNC_SESSION_KIND_DOWN && rows[0].code == WSYNC_ERR_LINK &&
                rows[0].begun == NOW && rows[0].ended == NOW + 70 && rows[0].took_ms == 70000 &&
                rows[0].times == 1 && !rows[0].has_device);
    world->book->count = 0;
    world->book->stopped = true;
    assert_int_equal(write_book(world, 0), WSYNC_OK);
    assert_int_equal(start(world, NOW + 5), WSYNC_OK);
    assert_int_equal(read_all(world, rows, 2), 2);
    assert_true(rows[1].code == WSYNC_OK && rows[1].begun == NOW && rows[1].took_ms == 5000);
    struct wsync_txn *txn = begin(world, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("serving"),
                                   wsync_slice_of("no time at all")),
                     WSYNC_OK);
    commit(txn);
    assert_int_equal(start(world, NOW), WSYNC_ERR_CORRUPT);
}

/* The 1st, 2nd, ... operation of the store fails: nothing is written, nothing is forgotten. */
static void every_refusal_leaves_both_as_they_were(void **state)
{
    struct world *world = *state;
    struct wsync_session_row rows[16];
    struct wsync_store *store = world->district.store;
    uint64_t nth = 1;
    for (;; nth++) { /* ends: the first run that leaves its plan unused */
        struct wsync_store *image = wsync_store_mem_clone(store);
        world->district.store = image;
        memset(world->book, 0, sizeof *world->book);
        struct wsync_session_note note = note_of(world, WSYNC_ERR_TIMEOUT);
        wsync_session_book_note(world->book, &note, 0);
        wsync_session_book_note(world->book, &note, 0);
        struct wsync_session_knock knock = knock_of(3, NOW);
        wsync_session_book_knock(world->book, &knock);
        wsync_session_book_knock(world->book, &knock);
        wsync_store_mem_fail_at(image, nth, WSYNC_ERR_STORE_IO);
        enum wsync_err err = write_book(world, 0);
        bool done = wsync_store_mem_fault_is_planned(image);
        wsync_store_mem_fail_at(image, 0, WSYNC_OK);
        assert_int_equal(err, done ? WSYNC_OK : WSYNC_ERR_STORE_IO);
        if (!done) {
            assert_int_equal(read_all(world, rows, 16), 0);
            assert_int_equal(write_book(world, 0), WSYNC_OK);
        }
        assert_int_equal(read_all(world, rows, 16), 3);
        assert_true(rows[0].has_device && rows[2].times == 2);
        wsync_store_close(image);
        if (done) {
            break;
        }
    }
    assert_true(nth > 10);
    world->district.store = store;
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(rows_read_back),
        IN_WORLD(damaged_rows_are_seen),
        IN_WORLD(old_rows_go),
        IN_WORLD(pruning_is_bounded),
        cmocka_unit_test(contacts_add_up),
        IN_WORLD(readable_leaves_the_own_out),
        IN_WORLD(many_notes_are_one_transaction),
        IN_WORLD(one_stranger_is_one_row_an_hour),
        IN_WORLD(strangers_cannot_fill_the_log),
        IN_WORLD(refusals_lose_nothing_that_fits),
        IN_WORLD(knocks_wait_longer_than_conversations),
        IN_WORLD(a_new_run_says_how_the_last_one_ended),
        IN_WORLD(every_refusal_leaves_both_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
