/* SPDX-License-Identifier: Apache-2.0 */
/* Sổ ghi: the records, the newest first, fifty a page.
 *
 * Without a filter a page costs the rows it shows.  What waits, what is quarantined and what is
 * in conflict is found by its own table, a form and a week by the rows behind the totals.  For
 * a word there is no index: at most so many records are looked at, and a link goes on behind
 * them (decision 0022). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_parts.h"
#include "host/doing.h"
#include "host/records_back.h"
#include "host/records_day.h"
#include "host/text.h"
#include "wardsync/calendar.h"

enum {
    ROWS_MAX = 50,
    LOOK_MAX = 2000,      /* records that a page looks at */
    WORD_LOOK_MAX = 1000, /* with a word, all of whose values are read */
    WEEKS_SHOWN = 26,
};

enum state { ANY, DRAFT, SAVED, HELD, QUARANTINED, CONFLICT, DELETED, STATES };
static const char *const STATE_WORDS[] = {"",         "draft",  "saved", "held", "quarantined",
                                          "conflict", "deleted"};

/* What is asked for, and the page being filled. */
struct book {
    struct desk_page *page;
    const char *word, *form_word, *week_word;
    struct wsync_slice needle; /* its search key */
    uint32_t form;
    int32_t monday; /* WSYNC_NO_DAY: any */
    enum state state;
    size_t skip; /* rows of a table of its own that earlier pages showed */
    size_t rows, drafts;
    bool more;                        /* there are more rows than these */
    size_t looked;                    /* records, for these rows */
    char next[WSYNC_BACK_TEXT_BYTES]; /* where the next page begins */
};

/* ---- the query ---- */

static const char *field_of(const struct desk_page *page, const char *name)
{
    const char *value = wsync_http_field(page->request, name);
    return value ? value : "";
}

static enum wsync_err read_query(struct book *book)
{
    struct desk_page *page = book->page;
    const struct wsync_form *form;
    const char *state = field_of(page, "state");
    book->word = field_of(page, "q");
    book->form_word = field_of(page, "form");
    book->week_word = field_of(page, "week");
    book->skip = strtoul(field_of(page, "skip"), NULL, 10);
    for (size_t i = 0; i < STATES; i++) {
        book->state = strcmp(state, STATE_WORDS[i]) == 0 ? (enum state)i : book->state;
    }
    int32_t day;
    book->monday = wsync_calendar_parse(wsync_slice_of(book->week_word), &day)
                       ? wsync_calendar_monday(day)
                       : WSYNC_NO_DAY;
    if (book->form_word[0] &&
        wsync_view_form(page->site, book->form_word, &form, NULL) == WSYNC_OK) {
        book->form = form->number;
    }
    return wsync_text_search_key(wsync_slice_of(book->word), &page->site->arena, &book->needle);
}

/* ---- the filters ---- */

static void write_option(struct book *book, const char *value, bool chosen)
{
    wsync_html_raw(book->page->html, "<option");
    wsync_html_attr(book->page->html, "value", value);
    if (chosen) {
        wsync_html_raw(book->page->html, " selected");
    }
    wsync_html_raw(book->page->html, ">");
}

static void write_forms(struct book *book)
{
    struct desk_page *page = book->page;
    const struct wsync_form *form;
    uint32_t after = 0;
    char name[WSYNC_NAME_BYTES_MAX + 1];
    wsync_html_raw(page->html, "<label class=\"field\">");
    desk_say(page, "Mẫu", "Form");
    wsync_html_raw(page->html, " <select name=\"form\">");
    write_option(book, "", book->form == 0);
    desk_say(page, "Tất cả", "All");
    wsync_html_raw(page->html, "</option>");
    while (wsync_catalog_after(page->site->catalog, page->site->txn, after, &form) ==
           WSYNC_OK) {
        after = form->number;
        snprintf(name, sizeof name, "%.*s", (int)form->name.len, (const char *)form->name.data);
        write_option(book, name, book->form == form->number);
        desk_label(page, form->title_vi, form->title_en);
        wsync_html_raw(page->html, "</option>");
    }
    wsync_html_raw(page->html, "</select></label>");
}

static const char *state_word(const struct desk_page *page, enum state state)
{
    switch (state) {
    case DRAFT:
        return desk_word(page, "Nháp, chưa lưu", "Draft, not saved");
    case SAVED:
        return desk_word(page, "Chờ gửi", "Waits to be sent");
    case HELD:
        return desk_where_word(page, WSYNC_WHERE_HELD);
    case QUARANTINED:
        return desk_where_word(page, WSYNC_WHERE_QUARANTINED);
    case CONFLICT:
        return desk_where_word(page, WSYNC_WHERE_CONFLICT);
    case DELETED:
        return desk_word(page, "Đã xóa", "Deleted");
    case ANY:
    case STATES:
        break;
    }
    return desk_word(page, "Tất cả", "All");
}

static void write_states(struct book *book)
{
    struct desk_page *page = book->page;
    wsync_html_raw(page->html, "<label class=\"field\">");
    desk_say(page, "Tình trạng", "State");
    wsync_html_raw(page->html, " <select name=\"state\">");
    for (size_t i = 0; i < STATES; i++) {
        write_option(book, STATE_WORDS[i], book->state == i);
        wsync_html_text(page->html, state_word(page, (enum state)i));
        wsync_html_raw(page->html, "</option>");
    }
    wsync_html_raw(page->html, "</select></label>");
}

static void write_weeks(struct book *book)
{
    struct desk_page *page = book->page;
    char date[WSYNC_ISO_DATE_BYTES];
    int32_t monday = wsync_calendar_monday(wsync_units_here_today());
    wsync_html_raw(page->html, "<label class=\"field\">");
    desk_say(page, "Tuần", "Week");
    wsync_html_raw(page->html, " <select name=\"week\">");
    write_option(book, "", book->monday == WSYNC_NO_DAY);
    desk_say(page, "Tất cả", "All");
    wsync_html_raw(page->html, "</option>");
    bool listed = book->monday == WSYNC_NO_DAY;
    for (int i = 0; i < WEEKS_SHOWN && monday - 7 * i >= WSYNC_DAY_MIN; i++) {
        int32_t start = monday - 7 * i;
        listed = listed || start == book->monday;
        wsync_calendar_print(start, date);
        write_option(book, date, start == book->monday);
        desk_week(page, start);
        wsync_html_raw(page->html, "</option>");
    }
    if (!listed) {
        wsync_calendar_print(book->monday, date);
        write_option(book, date, true);
        desk_week(page, book->monday);
        wsync_html_raw(page->html, "</option>");
    }
    wsync_html_raw(page->html, "</select></label>");
}

static void write_filters(struct book *book)
{
    struct desk_page *page = book->page;
    struct wsync_html *html = page->html;
    wsync_html_raw(html,
                   "<form class=\"choose\" method=\"get\" action=\"/records\" role=\"search\">"
                   "<label class=\"field\">");
    desk_say(page, "Tìm (không cần dấu)", "Search (without marks)");
    wsync_html_raw(html, " <input type=\"search\" name=\"q\"");
    wsync_html_attr(html, "value", book->word);
    wsync_html_raw(html, "></label>");
    write_forms(book);
    write_states(book);
    write_weeks(book);
    wsync_html_raw(html, "<p class=\"actions\"><button>");
    desk_say(page, "Xem", "Show");
    wsync_html_raw(html, "</button></p></form>");
}

/* ---- a row ---- */

static enum wsync_err write_row(struct book *book, const struct wsync_records_item *item,
                                const struct wsync_where_item *where)
{
    struct desk_page *page = book->page;
    struct wsync_html *html = page->html;
    char id[WSYNC_RECORD_ID_BYTES];
    const struct wsync_page_record parts = desk_parts(page);
    enum wsync_err err = wsync_record_name(page->site->txn, item->record->id, id);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(html, "<tr><td>");
    desk_day(page, item->day);
    wsync_html_raw(html, "</td><td><a href=\"/records/");
    wsync_html_part(html, id);
    wsync_html_raw(html, "\">");
    desk_label(page, item->form->title_vi, item->form->title_en);
    wsync_html_raw(html, "</a> <span class=\"muted\">");
    wsync_html_text(html, id);
    wsync_html_raw(html, "</span><br>");
    if (item->life != WSYNC_LIFE_ALIVE) {
        wsync_html_raw(html, "<span class=\"tag\">");
        wsync_html_text(html, item->life == WSYNC_LIFE_DELETED
                                  ? state_word(page, DELETED)
                                  : desk_word(page, "Bản trùng", "Duplicate"));
        wsync_html_raw(html, "</span> ");
    }
    desk_where(page, where);
    wsync_html_raw(html, "<br>");
    wsync_page_content(&parts, item);
    wsync_html_raw(html, "</td></tr>");
    book->rows++;
    return WSYNC_OK;
}

/* A change that made no record, because it does not count. */
static enum wsync_err write_refused(struct book *book, const struct wsync_where_item *where)
{
    struct desk_page *page = book->page;
    struct wsync_html *html = page->html;
    struct wsync_doing doing;
    char id[WSYNC_RECORD_ID_BYTES];
    enum wsync_err err = wsync_doing_read(page->site, where->record, &doing);
    if (err == WSYNC_OK) {
        err = wsync_record_name(page->site->txn, where->record, id);
    }
    if (err != WSYNC_OK) { /* a record that never came: its name says nothing here */
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    wsync_html_raw(html, "<tr><td>");
    wsync_html_text(html, doing.when);
    wsync_html_raw(html, "</td><td>");
    wsync_html_text(html, id);
    wsync_html_raw(html, "<br>");
    desk_where(page, where);
    wsync_html_raw(html, "<br>");
    desk_say(page, "Không vào sổ; ghi trên máy ", "In no record; made on ");
    wsync_html_text(html, doing.device);
    wsync_html_raw(html, "</td></tr>");
    book->rows++;
    return WSYNC_OK;
}

/* ---- which rows ---- */

static bool holds_word(struct book *book, const struct wsync_records_item *item)
{
    return book->needle.len == 0 ||
           wsync_view_holds(&book->page->cli, book->page->site, item, book->needle, true);
}

/* One record of the walk. */
static enum wsync_err visit(void *context, const struct wsync_records_item *item, bool *more)
{
    struct book *book = context;
    struct desk_page *page = book->page;
    struct wsync_where_item where;
    if (!holds_word(book, item)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_where_is(page->site, &page->wheres, item->record, &where);
    bool held = where.where == WSYNC_WHERE_HELD;
    if (err == WSYNC_OK && (held || book->state != HELD)) {
        err = write_row(book, item, &where);
    }
    *more = book->rows < ROWS_MAX;
    return err;
}

/* The newest first, in the order in which they were made. */
static enum wsync_err walk_back(struct book *book, size_t look_max)
{
    struct desk_page *page = book->page;
    bool any = book->monday == WSYNC_NO_DAY;
    const struct wsync_back_query query = {.form = book->form,
                                           .first_day = any ? WSYNC_NO_DAY : book->monday,
                                           .last_day = any ? INT32_MAX : book->monday + 6,
                                           .deleted = book->state == DELETED,
                                           .look_max = look_max};
    struct wsync_back back;
    enum wsync_err err = wsync_back_begin(page->site, 0, field_of(page, "from"), &back);
    if (err == WSYNC_OK) {
        err = wsync_back_walk(page->site, &query, &back, visit, book);
    }
    if (err == WSYNC_OK) {
        book->more = !back.over;
        book->looked = back.looked;
        wsync_back_text(&back, book->next);
    }
    return err;
}

/* By the day they are about: what has a form or a week has an index. */
static enum wsync_err walk_days(struct book *book, size_t look_max)
{
    struct desk_page *page = book->page;
    bool any = book->monday == WSYNC_NO_DAY;
    const struct wsync_days_query query = {.form = book->form,
                                           .first_day = any ? WSYNC_NO_DAY : book->monday,
                                           .last_day = any ? INT32_MAX : book->monday + 6,
                                           .look_max = look_max};
    struct wsync_days days;
    enum wsync_err err = wsync_days_begin(page->site, &query, field_of(page, "from"), &days);
    if (err == WSYNC_OK) {
        err = wsync_days_walk(page->site, &query, &days, visit, book);
    }
    if (err == WSYNC_OK) {
        book->more = !days.over;
        book->looked = days.looked;
        wsync_days_text(&days, book->next);
    }
    return err;
}

static enum wsync_err walk(struct book *book)
{
    size_t look_max = book->needle.len > 0 ? WORD_LOOK_MAX : LOOK_MAX;
    bool indexed = book->form != 0 || book->monday != WSYNC_NO_DAY;
    return indexed && book->state != DELETED ? walk_days(book, look_max)
                                             : walk_back(book, look_max);
}

/* One record of a table of its own. */
static enum wsync_err take(struct book *book, struct wsync_dot id,
                           const struct wsync_where_item *known)
{
    struct desk_page *page = book->page;
    struct wsync_record record;
    struct wsync_records_item item;
    struct wsync_where_item where;
    enum wsync_err err = wsync_record_get(page->site->txn, id, 0, &page->site->arena, &record);
    if (err == WSYNC_ERR_NOT_FOUND) {
        bool plain =
            known && book->needle.len == 0 && book->form == 0 && book->monday == WSYNC_NO_DAY;
        return plain ? write_refused(book, known) : WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = wsync_records_item(page->site, &record, &item);
    }
    if (err == WSYNC_OK) {
        err = wsync_where_is(page->site, &page->wheres, &record, &where);
    }
    bool day = err == WSYNC_OK && (book->monday == WSYNC_NO_DAY ||
                                   (item.day >= book->monday && item.day <= book->monday + 6));
    bool form = err == WSYNC_OK && item.form->number >= WSYNC_FORM_FIRST &&
                (book->form == 0 || item.form->number == book->form);
    return day && form && holds_word(book, &item)
               ? write_row(book, &item, known ? known : &where)
               : err;
}

static enum wsync_err list(struct book *book, const struct wsync_where_item *items,
                           size_t count)
{
    enum wsync_err err = WSYNC_OK;
    size_t at = book->skip < count ? count - book->skip : 0;
    for (; err == WSYNC_OK && at > 0 && book->rows < ROWS_MAX; at--) {
        size_t mark = wsync_arena_mark(&book->page->site->arena);
        err = take(book, items[at - 1].record, &items[at - 1]);
        wsync_arena_release(&book->page->site->arena, mark);
    }
    book->more = at > 0;
    book->skip = count - at;
    return err;
}

static enum wsync_err list_conflicts(struct book *book)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_site *site = book->page->site;
    enum wsync_err err = WSYNC_OK;
    size_t at = 0;
    size_t end = book->skip + LOOK_MAX;
    while (book->rows < ROWS_MAX && at < end) { /* ends: each turn passes one row */
        err = wsync_txn_seek(site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_LT, &entry);
        if (err != WSYNC_OK) {
            break;
        }
        struct wsync_dot id = wsync_record_of_key(entry.key);
        entry.key = wsync_record_key(id, key);
        size_t mark = wsync_arena_mark(&site->arena);
        err = at++ < book->skip ? WSYNC_OK : take(book, id, NULL);
        wsync_arena_release(&site->arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    book->more = err == WSYNC_OK;
    book->skip = at;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Drafts stand on the first page, before what is in the book; they have no day and no number.
 */
static enum wsync_err list_drafts(struct book *book)
{
    struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX];
    struct desk_page *page = book->page;
    size_t count;
    const char *what = book->form_word[0] ? book->form_word : NULL;
    enum wsync_err err = desk_drafts(page, what, drafts, &count);
    for (size_t i = 0; err == WSYNC_OK && i < count; i++) {
        wsync_html_raw(page->html, "<tr><td>–</td><td>");
        desk_draft_title(page, &drafts[i]);
        wsync_html_raw(page->html, "<br>");
        desk_draft_links(page, &drafts[i]);
        wsync_html_raw(page->html, "</td></tr>");
        book->rows++;
    }
    return err;
}

/* Is this the first page of all that is there? */
static bool begins(const struct book *book)
{
    return book->state == ANY && book->needle.len == 0 && book->monday == WSYNC_NO_DAY &&
           field_of(book->page, "from")[0] == '\0';
}

static enum wsync_err write_rows(struct book *book)
{
    const struct wsync_wheres *wheres = &book->page->wheres;
    enum wsync_err err = book->state == DRAFT || begins(book) ? list_drafts(book) : WSYNC_OK;
    size_t drafts = book->rows;
    if (err != WSYNC_OK || book->state == DRAFT) {
        return err;
    }
    book->rows = 0; /* a page is fifty records, whatever stands before them */
    switch (book->state) {
    case DRAFT:
        break;
    case SAVED:
        return list(book, wheres->saved, wheres->saved_count);
    case QUARANTINED:
        return list(book, wheres->quarantined, wheres->quarantined_count);
    case CONFLICT:
        return list_conflicts(book);
    case ANY:
    case HELD:
    case DELETED:
    case STATES:
        break;
    }
    err = walk(book);
    book->drafts = drafts;
    return err;
}

/* ---- the page ---- */

static void write_next(struct book *book)
{
    char skip[24];
    struct desk_page *page = book->page;
    struct wsync_html *html = page->html;
    bool table = book->state == SAVED || book->state == QUARANTINED || book->state == CONFLICT;
    snprintf(skip, sizeof skip, "%zu", book->skip);
    if (!table && book->rows < ROWS_MAX) {
        wsync_html_raw(html, "<p id=\"looked\">");
        desk_say(page, "Đã xem ", "Looked at ");
        desk_number(page, book->looked);
        desk_say(page, " bản ghi, từ mới đến cũ; những bản ghi cũ hơn chưa được xem.",
                 " records, the newest first; older ones were not looked at yet.");
        wsync_html_raw(html, "</p>");
    }
    wsync_html_raw(html, "<p><a class=\"button second\" href=\"/records?q=");
    wsync_html_part(html, book->word);
    wsync_html_raw(html, "&amp;form=");
    wsync_html_part(html, book->form_word);
    wsync_html_raw(html, "&amp;week=");
    wsync_html_part(html, book->week_word);
    wsync_html_raw(html, "&amp;state=");
    wsync_html_part(html, STATE_WORDS[book->state]);
    if (table) {
        wsync_html_raw(html, "&amp;skip=");
        wsync_html_part(html, skip);
    } else {
        wsync_html_raw(html, "&amp;from=");
        wsync_html_part(html, book->next);
    }
    wsync_html_raw(html, "\">");
    wsync_html_text(html, book->rows == ROWS_MAX
                              ? desk_word(page, "Các bản ghi cũ hơn", "Older records")
                              : desk_word(page, "Tìm tiếp trong các bản ghi cũ hơn",
                                          "Look on among older records"));
    wsync_html_raw(html, "</a></p>");
}

static void write_heads(const struct book *book)
{
    struct desk_page *page = book->page;
    wsync_page_table(page->html, desk_word(page, "Các bản ghi", "The records"));
    if (book->state == ANY || book->state == HELD || book->state == DELETED) {
        wsync_html_raw(page->html, "<caption>");
        desk_say(page, "Bản ghi nhập sau cùng ở trên",
                 "The record that was entered last on top");
        wsync_html_raw(page->html, "</caption>");
    }
    wsync_html_raw(page->html, "<thead><tr><th scope=\"col\">");
    desk_say(page, "Ngày", "Day");
    wsync_html_raw(page->html, "</th><th scope=\"col\">");
    desk_say(page, "Bản ghi, tình trạng, nội dung", "Record, state, content");
    wsync_html_raw(page->html, "</th></tr></thead><tbody>");
}

void desk_book(void *context, const struct wsync_http_request *request,
               struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct book book = {.page = &page};
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_query(&book);
    if (err == WSYNC_OK) {
        desk_head(&page, desk_word(&page, "Sổ ghi", "Records"));
        if (desk_may_write(&page)) {
            wsync_html_raw(page.html, "<p class=\"actions\"><a href=\"/import\">");
            desk_say(&page, "Nhập từ tệp", "Import a file");
            wsync_html_raw(page.html, "</a></p>");
        }
        write_filters(&book);
        wsync_page_live(page.html);
        write_heads(&book);
        err = write_rows(&book);
        wsync_html_raw(page.html, "</tbody></table></div>");
    }
    if (err == WSYNC_OK && book.rows + book.drafts == 0) {
        wsync_html_raw(page.html, "<p>");
        wsync_html_text(page.html,
                        book.more ? desk_word(&page, "Chưa thấy bản ghi nào trong số đã xem.",
                                              "No record among those looked at so far.")
                                  : desk_word(&page, "Không có bản ghi nào như vậy.",
                                              "There is no such record."));
        wsync_html_raw(page.html, "</p>");
    }
    if (err == WSYNC_OK && book.more) {
        write_next(&book);
    }
    wsync_page_live_end(page.html);
    desk_end(&page, err);
}
