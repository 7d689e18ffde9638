/* SPDX-License-Identifier: Apache-2.0 */
/* Records with the newest first over several logs, page by page; and how far each came. */
#include "host/records_back.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/doing.h"
#include "host/record_where.h"
#include "tests/import_rig.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"

enum {
    DAY = 19100,
    SCOPES = 3,
    EACH = 7,
    ALL = SCOPES * EACH,
    FIRST_SCOPE = 4,
    NOW = 1650000000
};

static struct import_rig rig;
static struct wsync_store_faulty faulty;
static struct wsync_store *memory;

static int set_up(void **state)
{
    (void)state;
    memory = wsync_store_mem_new();
    wsync_store_faulty_init(&faulty, memory);
    import_rig_open(&rig, &faulty.base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    import_rig_close(&rig);
    wsync_store_close(memory);
    return 0;
}

/* One change of this device at a moment; names what it wrote. */
static struct wsync_dot write_at(uint32_t scope, int64_t now, const struct wsync_intent *intent)
{
    static uint8_t turn;
    struct wsync_dot written;
    struct wsync_authoring authoring = {
        .scope = scope, .now = now, .intents = intent, .intent_count = 1};
    memset(authoring.entropy.b, ++turn, sizeof authoring.entropy.b);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_write(&rig.site.ledger, rig.site.txn, &rig.site.arena,
                                        &authoring, &written),
                     WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
    wsync_arena_release(&rig.site.arena, 0);
    return written;
}

/* A record with this count. */
static struct wsync_dot make(uint32_t scope, int64_t now, int64_t count)
{
    const struct wsync_write writes[] = {
        {1, false, {.class = WSYNC_CLASS_INTEGER, .integer = DAY + count}},
        {2, false, {.class = WSYNC_CLASS_INTEGER, .integer = count}}};
    return write_at(scope, now,
                    &(struct wsync_intent){.form = RIG_FORM,
                                           .version = 1,
                                           .creates = true,
                                           .writes = writes,
                                           .write_count = 2});
}

/* Another count in a record, with what it held named or not: then both stay. */
static struct wsync_dot change(struct wsync_dot record, int64_t count, bool names)
{
    const struct wsync_write writes[] = {
        {2, false, {.class = WSYNC_CLASS_INTEGER, .integer = count}}};
    return write_at(FIRST_SCOPE, NOW + 1000,
                    &(struct wsync_intent){.form = RIG_FORM,
                                           .version = 1,
                                           .record = record,
                                           .bases = &record,
                                           .base_count = names ? 1 : 0,
                                           .writes = writes,
                                           .write_count = 1});
}

/* Counts up over all logs in turn: the count says when it was made. */
static void make_all(void)
{
    for (int64_t i = 0; i < ALL; i++) {
        (void)make(FIRST_SCOPE + (uint32_t)(i % SCOPES), NOW + 10 * i, i);
    }
}

/* ---- pages ---- */

struct book {
    int64_t counts[ALL];
    size_t count, page;
};

static enum wsync_err visit(void *context, const struct wsync_records_item *item, bool *more)
{
    struct book *book = context;
    assert_true(book->count < ALL);
    assert_int_equal(item->form->number, RIG_FORM);
    book->counts[book->count++] = wsync_record_shown(item->record, 2, NULL)->value.integer;
    *more = book->count % book->page != 0;
    return WSYNC_OK;
}

/* Reads page by page, each with nothing but the text of the one before. */
static void read_pages(struct book *book, const struct wsync_back_query *query)
{
    char text[WSYNC_BACK_TEXT_BYTES] = "";
    bool ended = false;
    for (size_t pages = 0; !ended; pages++) {
        struct wsync_back back;
        assert_true(pages < 1000);
        assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
        assert_int_equal(wsync_back_begin(&rig.site, 0, text, &back), WSYNC_OK);
        assert_int_equal(wsync_back_walk(&rig.site, query, &back, visit, book), WSYNC_OK);
        ended = back.over;
        wsync_back_text(&back, text);
        wsync_site_abort(&rig.site);
    }
}

static void test_newest_first(void **state)
{
    (void)state;
    make_all();
    for (size_t page = 1; page <= ALL + 1; page++) {
        struct book book = {.page = page};
        read_pages(&book, &(struct wsync_back_query){.first_day = WSYNC_NO_DAY,
                                                     .last_day = INT32_MAX,
                                                     .look_max = SIZE_MAX});
        assert_int_equal(book.count, ALL);
        for (size_t i = 0; i < ALL; i++) {
            assert_int_equal(book.counts[i], ALL - 1 - i);
        }
    }
}

/* How much one page asks of the store, of a form that is not there. */
static uint64_t cost_of_nothing(size_t look_max)
{
    struct wsync_back back;
    struct book book = {.page = 1};
    const struct wsync_back_query query = {.form = RIG_FORM + 1,
                                           .first_day = WSYNC_NO_DAY,
                                           .last_day = INT32_MAX,
                                           .look_max = look_max};
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_back_begin(&rig.site, 0, NULL, &back), WSYNC_OK);
    uint64_t before = faulty.operations;
    assert_int_equal(wsync_back_walk(&rig.site, &query, &back, visit, &book), WSYNC_OK);
    wsync_site_abort(&rig.site);
    return faulty.operations - before;
}

/* What a filter passes over is bounded, and nothing is lost by going on. */
static void test_look_max(void **state)
{
    (void)state;
    make_all();
    for (size_t look = 1; look <= 5; look++) {
        struct book book = {.page = 100};
        read_pages(&book, &(struct wsync_back_query){.form = RIG_FORM,
                                                     .first_day = DAY + 3,
                                                     .last_day = DAY + 5,
                                                     .look_max = look});
        assert_int_equal(book.count, 3);
        assert_int_equal(book.counts[0], 5);
        assert_int_equal(book.counts[2], 3);
    }
    assert_true(cost_of_nothing(2) < cost_of_nothing(4));
    assert_true(cost_of_nothing(4) < cost_of_nothing(ALL));
    struct book none = {.page = 100};
    read_pages(&none, &(struct wsync_back_query){.form = RIG_FORM + 1,
                                                 .first_day = WSYNC_NO_DAY,
                                                 .last_day = INT32_MAX,
                                                 .look_max = 4});
    assert_int_equal(none.count, 0);
}

/* How many pages there are with nothing but alive records to pass by, of each a look. */
static size_t pages_of_deleted(struct book *book, size_t look_max)
{
    char text[WSYNC_BACK_TEXT_BYTES] = "";
    const struct wsync_back_query query = {.first_day = WSYNC_NO_DAY,
                                           .last_day = INT32_MAX,
                                           .deleted = true,
                                           .look_max = look_max};
    for (size_t pages = 1;; pages++) {
        struct wsync_back back;
        assert_true(pages < 1000);
        assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
        assert_int_equal(wsync_back_begin(&rig.site, 0, text, &back), WSYNC_OK);
        uint64_t before = faulty.operations;
        assert_int_equal(wsync_back_walk(&rig.site, &query, &back, visit, book), WSYNC_OK);
        assert_true(back.looked <= look_max + look_max * WSYNC_BACK_PASS_EACH);
        assert_true(faulty.operations - before <= 2 * (back.looked + look_max + SCOPES + 1));
        wsync_back_text(&back, text);
        wsync_site_abort(&rig.site);
        if (back.over) {
            return pages;
        }
    }
}

/* Those that live are passed by without being read, so a page of the others reaches further;
 * not further than it may. */
static void test_passing_by(void **state)
{
    (void)state;
    struct book book = {.page = 100};
    struct wsync_dot oldest = make(FIRST_SCOPE + 1, NOW - 1, 77);
    for (size_t i = 0; i < 5; i++) {
        make_all();
    }
    (void)write_at(
        FIRST_SCOPE + 1, NOW + 5000,
        &(struct wsync_intent){
            .kind = WSYNC_KIND_DELETE, .record = oldest, .bases = &oldest, .base_count = 1});
    size_t pages = pages_of_deleted(&book, 1);
    assert_int_equal(book.count, 1);
    assert_int_equal(book.counts[0], 77);
    assert_in_range(pages, 5 * ALL / WSYNC_BACK_PASS_EACH, 5 * ALL / WSYNC_BACK_PASS_EACH + 3);
    book.count = 0;
    assert_int_equal(pages_of_deleted(&book, 5 * ALL), 1);
    assert_int_equal(book.count, 1);
}

/* Deleted records are there for who asks. */
static void test_deleted(void **state)
{
    (void)state;
    struct wsync_dot record = make(FIRST_SCOPE, NOW, 1);
    (void)make(FIRST_SCOPE, NOW + 1, 2);
    (void)write_at(
        FIRST_SCOPE, NOW + 2,
        &(struct wsync_intent){
            .kind = WSYNC_KIND_DELETE, .record = record, .bases = &record, .base_count = 1});
    struct wsync_dot disputed = make(FIRST_SCOPE, NOW + 3, 3);
    (void)change(disputed, 4, false);
    (void)write_at(
        FIRST_SCOPE, NOW + 2000,
        &(struct wsync_intent){.kind = WSYNC_KIND_DELETE,
                               .record = disputed,
                               .bases = &disputed,
                               .base_count = 1});
    struct wsync_back_query query = {
        .first_day = WSYNC_NO_DAY, .last_day = INT32_MAX, .look_max = SIZE_MAX};
    struct book alive = {.page = 100}, gone = {.page = 100};
    read_pages(&alive, &query);
    query.deleted = true;
    read_pages(&gone, &query);
    assert_int_equal(alive.count, 2);
    assert_int_equal(gone.count, 1);
    assert_int_equal(gone.counts[0], 1);
}

/* The first page asks the store for its rows and little more, however many there are. */
static void test_cost(void **state)
{
    (void)state;
    uint64_t cost[2];
    for (size_t round = 0; round < 2; round++) {
        make_all();
        struct wsync_back back;
        struct book book = {.page = 5};
        const struct wsync_back_query query = {
            .first_day = WSYNC_NO_DAY, .last_day = INT32_MAX, .look_max = SIZE_MAX};
        assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
        assert_int_equal(wsync_back_begin(&rig.site, 0, NULL, &back), WSYNC_OK);
        uint64_t before = faulty.operations;
        assert_int_equal(wsync_back_walk(&rig.site, &query, &back, visit, &book), WSYNC_OK);
        cost[round] = faulty.operations - before;
        wsync_site_abort(&rig.site);
        assert_int_equal(book.count, 5);
    }
    assert_int_equal(cost[0], cost[1]);
}

static void test_text(void **state)
{
    static const char *const BAD[] = {"x",       "1",          "1.2",          "1.2.3",
                                      "1.2.3-x", "1.2.99999-", "1.2.3-1.2.3-", "1.2.3-,",
                                      "<script>"};
    struct wsync_back back;
    (void)state;
    make_all();
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(wsync_back_begin(&rig.site, 0, BAD[i], &back), WSYNC_ERR_INVALID);
    }
    wsync_site_abort(&rig.site);
}

/* ---- how far they came ---- */

static struct wsync_where_carried carried;

/* What is said of a record now. */
static struct wsync_where_item where(struct wsync_dot id)
{
    struct wsync_wheres wheres;
    struct wsync_record record;
    struct wsync_where_item item;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_wheres_read(&rig.site, carried, &wheres), WSYNC_OK);
    assert_int_equal(wsync_record_get(rig.site.txn, id, 0, &rig.site.arena, &record), WSYNC_OK);
    assert_int_equal(wsync_where_is(&rig.site, &wheres, &record, &item), WSYNC_OK);
    wsync_site_abort(&rig.site);
    wsync_arena_release(&rig.site.arena, 0);
    return item;
}

static void hold(uint32_t log_no, uint64_t seq)
{
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_held_put(rig.site.txn, log_no, seq), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
}

static void test_where(void **state)
{
    (void)state;
    carried = (struct wsync_where_carried){.log_no = 0};
    struct wsync_dot first = make(FIRST_SCOPE, NOW, 1);
    struct wsync_dot second = make(FIRST_SCOPE, NOW + 1, 2);
    struct wsync_dot other = make(FIRST_SCOPE + 1, NOW + 2, 3);
    assert_int_equal(where(first).where, WSYNC_WHERE_SAVED);
    hold(first.log_no, first.seq);
    assert_int_equal(where(first).where, WSYNC_WHERE_HELD);
    assert_int_equal(where(second).where, WSYNC_WHERE_SAVED);
    carried = (struct wsync_where_carried){second.log_no, second.seq};
    assert_int_equal(where(second).where, WSYNC_WHERE_CARRIED);
    assert_int_equal(where(other).where, WSYNC_WHERE_SAVED); /* of another log */
    struct wsync_dot changed = change(first, 5, true);
    assert_int_equal(where(first).where, WSYNC_WHERE_SAVED); /* behind what is carried */
    hold(first.log_no, changed.seq);
    assert_int_equal(where(first).where, WSYNC_WHERE_HELD);
    (void)change(first, 6, false);
    assert_int_equal(where(first).where, WSYNC_WHERE_CONFLICT);
}

static enum wsync_err note(void *context, struct wsync_dot record)
{
    *(struct wsync_dot *)context = record;
    return WSYNC_OK;
}

/* A change of another log touches the record that it means. */
static void test_change_records(void **state)
{
    struct wsync_dot touched;
    (void)state;
    struct wsync_dot record = make(FIRST_SCOPE + 1, NOW, 1);
    struct wsync_dot made = make(FIRST_SCOPE, NOW, 2);
    struct wsync_dot changed = change(made, 3, true);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_change_records(&rig.site, changed, note, &touched), WSYNC_OK);
    assert_true(wsync_dot_equal(touched, made));
    assert_int_equal(wsync_change_records(&rig.site, record, note, &touched), WSYNC_OK);
    assert_true(wsync_dot_equal(touched, record));
    wsync_site_abort(&rig.site);
}

static void test_quarantined(void **state)
{
    (void)state;
    carried = (struct wsync_where_carried){.log_no = 0};
    struct wsync_dot first = make(FIRST_SCOPE, NOW, 1);
    struct wsync_dot changed = change(first, 2, true);
    const uint8_t code[2] = {0, 134};
    uint8_t key[12] = {0};
    for (size_t i = 0; i < 4; i++) {
        key[3 - i] = (uint8_t)(changed.log_no >> (8 * i));
    }
    for (size_t i = 0; i < 8; i++) {
        key[11 - i] = (uint8_t)(changed.seq >> (8 * i));
    }
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_txn_put(rig.site.txn, WSYNC_TABLE_QUARANTINE,
                                   wsync_slice(key, sizeof key), wsync_slice(code, 2)),
                     WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
    for (size_t held = 0; held < 2; held++) { /* also while it waits to be sent */
        struct wsync_where_item item = where(first);
        assert_int_equal(item.where, WSYNC_WHERE_QUARANTINED);
        assert_int_equal(item.reason, WSYNC_ERR_VALUE);
        hold(changed.log_no, changed.seq);
    }
}

/* How many changes wait. */
static uint64_t unsent(bool *all)
{
    struct wsync_wheres wheres;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    enum wsync_err err = wsync_wheres_read(&rig.site, carried, &wheres);
    wsync_site_abort(&rig.site);
    wsync_arena_release(&rig.site.arena, 0);
    assert_int_equal(err, WSYNC_OK);
    *all = wheres.all;
    return wheres.changes;
}

/* More that waits than the list holds: the rest is found in its history. */
static void test_many(void **state)
{
    bool all;
    struct wsync_dot last = {0};
    (void)state;
    carried = (struct wsync_where_carried){.log_no = 0};
    uint64_t before = unsent(&all);
    assert_true(all);
    struct wsync_dot first = make(FIRST_SCOPE, NOW, 0);
    for (int64_t i = 0; i < WSYNC_WHERE_RECORDS_MAX + 5; i++) {
        last = make(FIRST_SCOPE, NOW + i, i % 100);
    }
    hold(first.log_no, first.seq);
    assert_int_equal(unsent(&all), before + WSYNC_WHERE_RECORDS_MAX + 5);
    assert_false(all);
    assert_int_equal(where(last).where, WSYNC_WHERE_SAVED);
    assert_int_equal(where(first).where, WSYNC_WHERE_HELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_look_max, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_passing_by, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_change_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quarantined, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
