/* SPDX-License-Identifier: Apache-2.0 */
/* Hôm nay: what this week holds of each form, and what a person should see to. */
#include <stdio.h>
#include <string.h>

#include "client/pages_parts.h"
#include "wardsync/calendar.h"

enum { COUNTED_MAX = 1000 };

static enum wsync_err write_form(struct desk_page *page, const struct wsync_form *form,
                                 const struct wsync_nothing *nothing)
{
    struct wsync_duty_week week;
    char name[WSYNC_NAME_BYTES_MAX + 1];
    struct wsync_html *html = page->html;
    enum wsync_err err = desk_duty_read(page, nothing, form, &week);
    snprintf(name, sizeof name, "%.*s", (int)form->name.len, (const char *)form->name.data);
    wsync_html_raw(html, "<section class=\"card\"><h2>");
    desk_label(page, form->title_vi, form->title_en);
    wsync_html_raw(html, "</h2><p class=\"fact\"><b>");
    desk_number(page, (uint64_t)week.records);
    wsync_html_raw(html, "</b> ");
    wsync_html_text(html,
                    week.records == 1
                        ? desk_word(page, "bản ghi của tuần này", "record of this week")
                        : desk_word(page, "bản ghi của tuần này", "records of this week"));
    wsync_html_raw(html, "</p>");
    if (desk_may_write(page)) {
        wsync_html_raw(html, "<p class=\"actions\"><a class=\"button\" href=\"/new/");
        wsync_html_part(html, name);
        wsync_html_raw(html, "\">");
        desk_say(page, "Nhập", "Enter");
        wsync_html_raw(html, ": ");
        desk_label(page, form->title_vi, form->title_en);
        wsync_html_raw(html, "</a></p>");
    }
    if (wsync_nothing_duty(nothing, form) != 0) {
        desk_duty_write(page, nothing, form, &week);
    }
    wsync_html_raw(html, "</section>");
    return err;
}

/* A card for each form; the one that says "nothing" is a button on the others. */
static enum wsync_err write_forms(struct desk_page *page, size_t *count)
{
    uint32_t after = 0;
    const struct wsync_form *form;
    struct wsync_nothing nothing;
    enum wsync_err err = wsync_nothing_find(page->site, &nothing);
    wsync_html_raw(page->html, "<div class=\"cards\">");
    while (err == WSYNC_OK && (err = wsync_catalog_after(page->site->catalog, page->site->txn,
                                                         after, &form)) == WSYNC_OK) {
        after = form->number;
        (*count)++;
        bool is_mark = nothing.form && form->number == nothing.form->number;
        err = is_mark ? WSYNC_OK : write_form(page, form, &nothing);
    }
    wsync_html_raw(page->html, "</div>");
    if (*count > 0 && desk_may_write(page)) {
        wsync_html_raw(page->html, "<p class=\"actions\"><a href=\"/import\">");
        desk_say(page, "Nhập từ tệp", "Import a file");
        if (nothing.form) {
            wsync_html_raw(page->html, "</a> <a href=\"/new/nothing\">");
            desk_say(page, "Báo không phát sinh cho tuần khác",
                     "Nothing to report of another week");
        }
        wsync_html_raw(page->html, "</a></p>");
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err count_conflicts(struct desk_page *page, uint64_t *count)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = WSYNC_OK;
    for (*count = 0; err == WSYNC_OK && *count < COUNTED_MAX; *count += err == WSYNC_OK) {
        err = wsync_txn_seek(page->site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_GT, &entry);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* What waits for a person, and nothing when nothing does. */
static enum wsync_err write_cares(struct desk_page *page)
{
    uint64_t conflicts;
    struct wsync_html *html = page->html;
    enum wsync_err err = count_conflicts(page, &conflicts);
    if (conflicts + page->wheres.quarantined_count == 0) {
        return err;
    }
    wsync_html_raw(html, "<section class=\"card\"><h2>");
    desk_say(page, "Cần xem", "To be seen to");
    wsync_html_raw(html, "</h2><ul>");
    if (conflicts > 0) {
        wsync_html_raw(html, "<li><a href=\"/conflicts\">");
        desk_number(page, conflicts);
        wsync_html_raw(html, " ");
        wsync_html_text(html,
                        conflicts == 1
                            ? desk_word(page, "bản ghi có xung đột", "record in conflict")
                            : desk_word(page, "bản ghi có xung đột", "records in conflict"));
        wsync_html_raw(html, "</a></li>");
    }
    if (page->wheres.quarantined_count > 0) {
        wsync_html_raw(html, "<li><a href=\"/records?state=quarantined\">");
        desk_number(page, page->wheres.quarantined_count);
        wsync_html_raw(html, " ");
        desk_say(page, "bản ghi bị cách ly: không được tính, xem lý do",
                 "quarantined: not counted, see why");
        wsync_html_raw(html, "</a></li>");
    }
    wsync_html_raw(html, "</ul></section>");
    return err;
}

/* What was begun and not saved. */
static enum wsync_err write_drafts(struct desk_page *page)
{
    struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX];
    struct wsync_html *html = page->html;
    size_t count;
    enum wsync_err err = desk_drafts(page, NULL, drafts, &count);
    if (err != WSYNC_OK || count == 0) {
        return err;
    }
    wsync_html_raw(html, "<section class=\"card\" id=\"drafts\"><h2>");
    desk_say(page, "Bản nháp, chưa lưu", "Drafts, not saved");
    wsync_html_raw(html, "</h2><ul>");
    for (size_t i = 0; i < count; i++) {
        wsync_html_raw(html, "<li>");
        desk_draft_title(page, &drafts[i]);
        wsync_html_raw(html, "<br>");
        desk_draft_links(page, &drafts[i]);
        wsync_html_raw(html, "</li>");
    }
    wsync_html_raw(html, "</ul></section>");
    return err;
}

static const char *done_word(const struct desk_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    return !done ? NULL
           : strcmp(done, "draft") == 0
               ? desk_word(page, "Đã giữ nháp tại máy; chưa lưu thành bản ghi.",
                           "The draft is kept on this machine; it is no record yet.")
           : strcmp(done, "nothing") == 0 ? desk_word(page, "Đã báo không phát sinh tuần này.",
                                                      "Reported: nothing this week.")
           : strcmp(done, "something") == 0
               ? desk_word(page, "Tuần này đã có bản ghi, nên không đánh dấu thêm.",
                           "There are records of this week, so nothing was marked.")
           : strcmp(done, "dropped") == 0
               ? desk_word(page, "Đã bỏ bản nháp.", "The draft is thrown away.")
               : NULL;
}

static void write_date(struct desk_page *page, int32_t today, int32_t monday)
{
    static const char *const DAYS[][2] = {
        {"Thứ Hai", "Monday"},   {"Thứ Ba", "Tuesday"}, {"Thứ Tư", "Wednesday"},
        {"Thứ Năm", "Thursday"}, {"Thứ Sáu", "Friday"}, {"Thứ Bảy", "Saturday"},
        {"Chủ nhật", "Sunday"},
    };
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<p>");
    wsync_html_text(html, DAYS[wsync_calendar_weekday(today) - 1][page->language]);
    wsync_html_raw(html, " ");
    desk_day(page, today);
    wsync_html_raw(html, " · ");
    desk_week(page, monday);
    wsync_html_raw(html, "</p>");
}

void desk_today_write(struct desk_page *page)
{
    int32_t today = wsync_units_here_today();
    size_t count = 0;
    desk_head(page, desk_word(page, "Hôm nay", "Today"));
    wsync_page_live(page->html);
    write_date(page, today, wsync_calendar_monday(today));
    enum wsync_err err = write_cares(page);
    if (err == WSYNC_OK) {
        err = write_drafts(page);
    }
    if (err == WSYNC_OK) {
        err = write_forms(page, &count);
    }
    if (count == 0) {
        wsync_html_raw(page->html, "<p>");
        desk_say(page, "Máy chưa có mẫu nào; hãy đồng bộ với quận một lần để nhận mẫu.",
                 "There is no form here yet; sync with the district once to get them.");
        wsync_html_raw(page->html, " <a href=\"/sync\">");
        desk_say(page, "Đồng bộ", "Sync");
        wsync_html_raw(page->html, "</a></p>");
    }
    wsync_page_live_end(page->html);
    desk_end(page, err);
}

void desk_today(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        page.frame.notice = done_word(&page);
        desk_today_write(&page);
    }
}
