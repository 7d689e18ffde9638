/* SPDX-License-Identifier: Apache-2.0 */
#include "server/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/text.h"
#include "server/figures.h"
#include "server/pages_input.h"
#include "wardsync/calendar.h"

enum {
    LOOK_MAX = 1000,    /* records that a page looks at */
    WHO_LOOK_MAX = 500, /* with a person, for whom the change is read as well */
    WEEKS_SHOWN = 26,
    DAYS_A_WEEK = 7
};

static const char *const STATE_WORDS[] = {"", "conflict", "deleted"};

const char *server_records_word(enum server_records_state state)
{
    return STATE_WORDS[state];
}

/* ---- reading ---- */

static const char *field_of(const struct server_page *page, const char *name)
{
    const char *value = wsync_http_field(page->request, name);
    return value ? value : "";
}

static enum wsync_err read_form(struct server_page *page, struct server_records *asked)
{
    const char *name = field_of(page, "form");
    if (!name[0]) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_catalog_named(page->site->catalog, page->site->txn,
                                             wsync_slice_of(name), &asked->form);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(&page->error, err, "%s",
                               server_word(page,
                                           "Không có biểu mẫu này; chọn lại từ danh sách.",
                                           "There is no such form; choose one from the list."));
    }
    asked->query.form = err == WSYNC_OK ? asked->form->number : 0;
    return err;
}

static enum wsync_err read_days(struct server_page *page, struct server_records *asked)
{
    struct wsync_days_query *query = &asked->query;
    int32_t day = WSYNC_NO_DAY;
    enum wsync_err err = server_read_day(page, "from", &query->first_day);
    if (err == WSYNC_OK) {
        err = server_read_day(page, "to", &query->last_day);
    }
    if (err == WSYNC_OK) {
        err = server_read_day(page, "week", &day);
    }
    asked->monday = day == WSYNC_NO_DAY ? day : wsync_calendar_monday(day);
    if (asked->monday != WSYNC_NO_DAY) {
        query->first_day = asked->monday;
        query->last_day = asked->monday + DAYS_A_WEEK - 1;
    }
    if (wsync_http_field(page->request, "nodate")) {
        query->first_day = query->last_day = WSYNC_NO_DAY;
    }
    return err;
}

static uint32_t unit_field(const struct server_page *page, const char *name)
{
    uint64_t unit = server_number_field(page, name, 0);
    return unit <= UINT32_MAX ? (uint32_t)unit : 0;
}

enum wsync_err server_records_read(struct server_page *page, struct server_records *asked)
{
    *asked = (struct server_records){.query = {.scope = unit_field(page, "unit"),
                                               .subject = unit_field(page, "subject"),
                                               .first_day = WSYNC_NO_DAY,
                                               .last_day = INT32_MAX},
                                     .word = field_of(page, "q"),
                                     .who = field_of(page, "who"),
                                     .after = field_of(page, "after")};
    for (size_t i = 0; i < SERVER_RECORDS_STATES; i++) {
        if (strcmp(field_of(page, "state"), STATE_WORDS[i]) == 0) {
            asked->state = (enum server_records_state)i;
        }
    }
    enum wsync_err err = read_form(page, asked);
    if (err == WSYNC_OK) {
        err = read_days(page, asked);
    }
    if (err == WSYNC_OK) {
        err = wsync_text_search_key(wsync_slice_of(asked->word), &page->site->arena,
                                    &asked->word_key);
    }
    if (err == WSYNC_OK) {
        err = wsync_text_search_key(wsync_slice_of(asked->who), &page->site->arena,
                                    &asked->who_key);
    }
    asked->query.look_max = asked->who_key.len > 0 ? WHO_LOOK_MAX : LOOK_MAX;
    return err;
}

bool server_records_are_plain(const struct server_records *asked)
{
    return asked->state == SERVER_RECORDS_COUNTED && asked->word_key.len == 0 &&
           asked->who_key.len == 0;
}

static bool begins_so(struct server_page *page, const char *text, struct wsync_slice key)
{
    struct wsync_slice own;
    bool found = false;
    size_t mark = wsync_arena_mark(&page->site->arena);
    if (wsync_text_search_key(wsync_slice_of(text), &page->site->arena, &own) == WSYNC_OK) {
        for (size_t at = 0; !found && at + key.len <= own.len; at++) {
            found = memcmp(own.data + at, key.data, key.len) == 0;
        }
    }
    wsync_arena_release(&page->site->arena, mark);
    return found;
}

/* Was it made on this device or by this person, whose number or name it may be? */
static enum wsync_err made_by(struct server_page *page, const struct server_records *asked,
                              struct wsync_dot record, bool *matches)
{
    struct wsync_doing doing;
    char number[16];
    size_t mark = wsync_arena_mark(&page->site->arena);
    enum wsync_err err = wsync_doing_read(page->site, record, &doing);
    if (err == WSYNC_OK) {
        snprintf(number, sizeof number, "#%u", doing.context.actor);
        *matches = begins_so(page, doing.device, asked->who_key) ||
                   begins_so(page, doing.who, asked->who_key) ||
                   (doing.context.actor != 0 &&
                    (strcmp(asked->who, number) == 0 || strcmp(asked->who, number + 1) == 0));
    }
    wsync_arena_release(&page->site->arena, mark);
    return err;
}

enum wsync_err server_records_match(struct server_page *page,
                                    const struct server_records *asked,
                                    const struct wsync_records_item *item, bool *matches)
{
    const struct wsync_cli cli = {.language = page->language};
    const struct wsync_days_query *query = &asked->query;
    *matches = (query->form == 0 ? item->form->number >= WSYNC_FORM_FIRST
                                 : item->form->number == query->form) &&
               (query->scope == 0 || item->record->scope == query->scope) &&
               item->day >= query->first_day && item->day <= query->last_day &&
               (asked->state != SERVER_RECORDS_DELETED || item->life != WSYNC_LIFE_ALIVE);
    if (*matches && asked->word_key.len > 0) {
        *matches = wsync_view_holds(&cli, page->site, item, asked->word_key, false);
    }
    return *matches && asked->who_key.len > 0 ? made_by(page, asked, item->record->id, matches)
                                              : WSYNC_OK;
}

/* ---- asking ---- */

static void ask_form(struct server_page *page, const struct server_records *asked)
{
    const struct wsync_form *form;
    uint32_t after = 0;
    server_select_begin(page, "form", server_word(page, "Biểu mẫu", "Form"));
    server_option(page, "", server_word(page, "Tất cả", "All"), !asked->form);
    while (wsync_catalog_after(page->site->catalog, page->site->txn, after, &form) ==
           WSYNC_OK) {
        after = form->number;
        server_option_begin(page, form->name, form->number == asked->query.form);
        wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
        wsync_html_raw(page->html, "</option>");
    }
    server_select_end(page);
}

static void ask_state(struct server_page *page, const struct server_records *asked)
{
    server_select_begin(page, "state", server_word(page, "Tình trạng", "State"));
    for (size_t i = 0; i < SERVER_RECORDS_STATES; i++) {
        const char *text = i == SERVER_RECORDS_CONFLICT
                               ? server_word(page, "Xung đột", "In conflict")
                           : i == SERVER_RECORDS_DELETED
                               ? server_word(page, "Đã xóa hoặc trùng", "Deleted or duplicate")
                               : server_word(page, "Được tính", "That count");
        server_option(page, STATE_WORDS[i], text, asked->state == i);
    }
    server_select_end(page);
}

static void week_option(struct server_page *page, int32_t monday, bool chosen)
{
    char date[WSYNC_ISO_DATE_BYTES], text[SERVER_PERIOD_BYTES];
    wsync_calendar_print(monday, date);
    server_option(page, date, server_period(page, WSYNC_TOTALS_BY_WEEK, monday, text), chosen);
}

static void ask_week(struct server_page *page, const struct server_records *asked)
{
    int32_t monday = wsync_calendar_monday(page->today);
    bool listed = asked->monday == WSYNC_NO_DAY;
    server_select_begin(page, "week", server_word(page, "Tuần", "Week"));
    server_option(page, "", server_word(page, "Theo ngày", "By day"), listed);
    for (int i = 0; i < WEEKS_SHOWN && monday - DAYS_A_WEEK * i >= WSYNC_DAY_MIN; i++) {
        int32_t start = monday - DAYS_A_WEEK * i;
        listed = listed || start == asked->monday;
        week_option(page, start, start == asked->monday);
    }
    if (!listed) {
        week_option(page, asked->monday, true);
    }
    server_select_end(page);
}

static void ask_days(struct server_page *page, const struct server_records *asked)
{
    bool days = asked->monday == WSYNC_NO_DAY; /* else they stand in the week */
    server_choose_day(page, "from", server_word(page, "Từ ngày", "From"),
                      days ? asked->query.first_day : WSYNC_NO_DAY);
    server_choose_day(page, "to", server_word(page, "Đến ngày", "To"),
                      days ? asked->query.last_day : WSYNC_NO_DAY);
}

enum wsync_err server_records_ask(struct server_page *page, const struct server_records *asked)
{
    struct server_units units = {.count = 0};
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    if (err == WSYNC_OK) {
        server_choose_begin(page, "/records");
        server_input(page,
                     &(struct server_input){.name = "q",
                                            .type = "search",
                                            .label = server_word(page, "Tìm (không cần dấu)",
                                                                 "Search (without marks)"),
                                            .value = asked->word});
        ask_form(page, asked);
        server_choose_unit(page, &units, asked->query.scope);
        ask_week(page, asked);
        ask_days(page, asked);
        ask_state(page, asked);
        server_input(page,
                     &(struct server_input){
                         .name = "who",
                         .label = server_word(page, "Máy hoặc người ghi", "Device or person"),
                         .value = asked->who});
        server_choose_end(page);
    }
    server_units_free(&units);
    return err;
}

void server_records_address(struct server_page *page, const struct server_records *asked)
{
    static const char *const NAMES[] = {"unit",   "subject", "week", "from", "to",
                                        "nodate", "state",   "q",    "who"};
    wsync_html_raw(page->html, "?form=");
    if (asked->form) {
        server_part_slice(page, asked->form->name);
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *value = wsync_http_field(page->request, NAMES[i]);
        if (value && value[0]) {
            wsync_html_raw(page->html, "&amp;");
            wsync_html_part(page->html, NAMES[i]);
            wsync_html_raw(page->html, "=");
            wsync_html_part(page->html, value);
        }
    }
}

/* ---- one record ---- */

struct wsync_page_record server_parts(const struct server_page *page)
{
    return (struct wsync_page_record){page->html, page->site, page->language, false};
}

enum wsync_err server_record(struct server_page *page, struct wsync_record *record,
                             const struct wsync_form **form)
{
    enum wsync_err err =
        wsync_record_read(page->site, page->request->rest, record, form, &page->error);
    if (err != WSYNC_ERR_NOT_FOUND && err != WSYNC_ERR_INVALID) {
        return err;
    }
    return wsync_error_set(&page->error, WSYNC_ERR_NOT_FOUND, "%s",
                           server_word(page, "Quận không có bản ghi này.",
                                       "There is no such record at the district."));
}
