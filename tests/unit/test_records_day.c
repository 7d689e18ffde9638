/* SPDX-License-Identifier: Apache-2.0 */
/* Records by their day, page by page: the same as a walk through all of them, whatever is asked
 * for, and at the price of what is shown. */
#include "host/records_day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/totals_table.h"
#include "tests/import_rig.h"
#include "tests/store_faulty.h"
#include "tests/store_mem.h"

enum { DAY = 19100, DAYS = 5, MADE = 120, DATELESS = 3, ALL = MADE + DATELESS };

static struct import_rig rig;
static struct wsync_store_faulty faulty;
static struct wsync_store *memory;

static const struct wsync_field FIELDS[] = {
    {.number = 1,
     .type = WSYNC_TYPE_DATE,
     .name = {(const uint8_t *)"day", 3},
     .label_vi = {(const uint8_t *)"day", 3},
     .label_en = {(const uint8_t *)"day", 3},
     .required = true},
    {.number = 2,
     .type = WSYNC_TYPE_UNIT,
     .name = {(const uint8_t *)"unit", 4},
     .label_vi = {(const uint8_t *)"unit", 4},
     .label_en = {(const uint8_t *)"unit", 4}},
};

static void add_form(uint32_t number, const char *name, bool dated)
{
    const struct wsync_form form = {.number = number,
                                    .version = 1,
                                    .name = wsync_slice_of(name),
                                    .title_vi = wsync_slice_of(name),
                                    .title_en = wsync_slice_of(name),
                                    .date_field = dated ? 1 : 0,
                                    .subject_field = 2,
                                    .fields = dated ? FIELDS : FIELDS + 1,
                                    .field_count = dated ? 2 : 1};
    import_rig_form(&rig, &form);
}

static struct wsync_dot make(uint32_t form, uint32_t scope, int32_t day, uint32_t subject)
{
    static uint8_t turn;
    struct wsync_dot written;
    struct wsync_write writes[2];
    size_t count = 0;
    if (day != WSYNC_NO_DAY) {
        writes[count++] =
            (struct wsync_write){1, false, {.class = WSYNC_CLASS_INTEGER, .integer = day}};
    }
    writes[count++] =
        (struct wsync_write){2, false, {.class = WSYNC_CLASS_INTEGER, .integer = subject}};
    const struct wsync_intent intent = {
        .form = form, .version = 1, .creates = true, .writes = writes, .write_count = count};
    struct wsync_authoring authoring = {
        .scope = scope, .now = 1650000000, .intents = &intent, .intent_count = 1};
    memset(authoring.entropy.b, ++turn, sizeof authoring.entropy.b);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_write(&rig.site.ledger, rig.site.txn, &rig.site.arena,
                                        &authoring, &written),
                     WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
    wsync_arena_release(&rig.site.arena, 0);
    return written;
}

static void erase(struct wsync_dot record)
{
    struct wsync_dot written;
    const struct wsync_intent intent = {
        .kind = WSYNC_KIND_DELETE, .record = record, .bases = &record, .base_count = 1};
    struct wsync_authoring authoring = {
        .scope = 2, .now = 1650000000, .intents = &intent, .intent_count = 1};
    memset(authoring.entropy.b, 200, sizeof authoring.entropy.b);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_write(&rig.site.ledger, rig.site.txn, &rig.site.arena,
                                        &authoring, &written),
                     WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
}

/* Two forms, three wards; groups of ward 2 and one that is not of the ward it is written in. */
static int set_up(void **state)
{
    static const uint32_t SUBJECTS[] = {21, 22, 2, 31};
    (void)state;
    memory = wsync_store_mem_new();
    wsync_store_faulty_init(&faulty, memory);
    import_rig_open(&rig, &faulty.base);
    add_form(50, "first", true);
    add_form(51, "second", true);
    add_form(52, "third", false);
    for (uint32_t i = 0; i < MADE; i++) {
        (void)make(50 + i % 2, 2 + i / 7 % 3, DAY + (int32_t)(i / 3 % DAYS), SUBJECTS[i % 4]);
    }
    for (uint32_t i = 0; i < DATELESS; i++) {
        (void)make(52, 2, WSYNC_NO_DAY, 21);
    }
    erase(make(50, 2, DAY, 21));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    import_rig_close(&rig);
    wsync_store_close(memory);
    return 0;
}

/* ---- by pages, and by walking through all ---- */

struct seen {
    struct wsync_dot ids[ALL];
    int32_t days[ALL];
    size_t count, page;
    const struct wsync_days_query *query; /* of the plain walk */
};

static enum wsync_err visit(void *context, const struct wsync_records_item *item, bool *more)
{
    struct seen *seen = context;
    assert_true(seen->count < ALL);
    seen->days[seen->count] = item->day;
    seen->ids[seen->count++] = item->record->id;
    *more = seen->page == 0 || seen->count % seen->page != 0;
    return WSYNC_OK;
}

static enum wsync_err visit_all(void *context, const struct wsync_records_item *item)
{
    struct seen *seen = context;
    bool more;
    uint32_t subject = (uint32_t)wsync_record_shown(item->record, 2, NULL)->value.integer;
    bool wanted = seen->query->subject == 0 ||
                  wsync_totals_unit(&rig.site, item->record->scope, subject, item->day) ==
                      seen->query->subject;
    return wanted ? visit(seen, item, &more) : WSYNC_OK;
}

static bool holds(const struct seen *seen, struct wsync_dot id)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (wsync_dot_equal(seen->ids[i], id)) {
            return true;
        }
    }
    return false;
}

static void read_pages(const struct wsync_days_query *query, struct seen *seen)
{
    char text[WSYNC_DAYS_TEXT_BYTES] = "";
    bool over = false;
    for (size_t pages = 0; !over; pages++) {
        struct wsync_days days;
        assert_true(pages < 2000);
        assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
        assert_int_equal(wsync_days_begin(&rig.site, query, text, &days), WSYNC_OK);
        assert_int_equal(wsync_days_walk(&rig.site, query, &days, visit, seen), WSYNC_OK);
        assert_true(days.looked <= query->look_max);
        wsync_days_text(&days, text);
        over = days.over;
        wsync_site_abort(&rig.site);
    }
}

static void assert_alike(const struct wsync_days_query *query, size_t page)
{
    static struct seen paged, all;
    uint64_t count;
    bool exact;
    paged = (struct seen){.page = page};
    all = (struct seen){.query = query};
    read_pages(query, &paged);
    const struct wsync_records_query plain = {query->form, query->scope, query->first_day,
                                              query->last_day, false};
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_records_walk(&rig.site, &plain, visit_all, &all), WSYNC_OK);
    assert_int_equal(wsync_days_count(&rig.site, query, &count, &exact), WSYNC_OK);
    wsync_site_abort(&rig.site);
    assert_int_equal(paged.count, all.count);
    assert_true(exact && count == all.count);
    for (size_t i = 0; i < paged.count; i++) {
        assert_true(holds(&all, paged.ids[i]));
        assert_true(i == 0 || paged.days[i] <= paged.days[i - 1]);
    }
}

static void test_as_a_walk_through_all(void **state)
{
    static const int32_t SPANS[][2] = {{WSYNC_NO_DAY, INT32_MAX}, {WSYNC_NO_DAY, WSYNC_NO_DAY},
                                       {DAY, DAY + DAYS},         {DAY + 1, DAY + 2},
                                       {DAY + 50, DAY + 60},      {WSYNC_NO_DAY, DAY}};
    static const uint32_t SUBJECTS[] = {0, 21, 22, 2, 3, 31};
    (void)state;
    for (size_t span = 0; span < sizeof SPANS / sizeof *SPANS; span++) {
        for (uint32_t k = 0; k < 4 * 5 * 6; k++) {
            const struct wsync_days_query query = {.form = k % 4 == 0 ? 0 : 49 + k % 4,
                                                   .scope = k / 4 % 5 == 0 ? 0 : 1 + k / 4 % 5,
                                                   .subject = SUBJECTS[k / 20],
                                                   .first_day = SPANS[span][0],
                                                   .last_day = SPANS[span][1],
                                                   .look_max = 1 + k % 9};
            assert_alike(&query, k % 7);
        }
    }
}

/* What is asked for costs what is shown, not what else is there. */
static void test_cost(void **state)
{
    uint64_t cost[2];
    const struct wsync_days_query query = {
        .form = 50, .scope = 3, .first_day = DAY + 1, .last_day = DAY + 1, .look_max = 1000};
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct wsync_days days;
        static struct seen seen;
        seen = (struct seen){.page = 0};
        assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
        assert_int_equal(wsync_days_begin(&rig.site, &query, NULL, &days), WSYNC_OK);
        uint64_t before = faulty.operations;
        assert_int_equal(wsync_days_walk(&rig.site, &query, &days, visit, &seen), WSYNC_OK);
        cost[round] = faulty.operations - before;
        wsync_site_abort(&rig.site);
        assert_true(seen.count > 0);
        for (int i = 0; i < 60; i++) {
            (void)make(50, 2 + (uint32_t)(i % 2) * 2, DAY + i % 3, 21);
        }
    }
    assert_true(cost[1] <= cost[0] + 2);
}

static void test_text(void **state)
{
    static const char *const BAD[] = {
        "x", "1.2.3", "1.2.3.4.5.6.7.", "1.2.3.4.5.6.99999", "1.2.3.4.5.6.7 ", "-"};
    const struct wsync_days_query query = {
        .form = 50, .first_day = WSYNC_NO_DAY, .last_day = INT32_MAX, .look_max = 5};
    struct wsync_days days;
    (void)state;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(wsync_days_begin(&rig.site, &query, BAD[i], &days), WSYNC_ERR_INVALID);
    }
    wsync_site_abort(&rig.site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_as_a_walk_through_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
