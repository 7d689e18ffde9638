/* SPDX-License-Identifier: Apache-2.0 */
/* The wards, and everything of one: its devices and what became of their last contact, its
 * totals, what of it waits or is quarantined. */
#include <stdlib.h>

#include "host/records.h"
#include "host/view.h"
#include "server/duties.h"
#include "server/figures.h"
#include "server/unit_facts.h"
#include "wardsync/calendar.h"

enum { LISTED_MAX = 50 };

/* ---- all of them ---- */

static void write_state(struct server_page *page, const struct server_unit *unit)
{
    if (unit->devices == 0) {
        wsync_html_raw(page->html, "<span class=\"tag calm\">");
        server_say(page, "chưa có máy", "no device");
    } else if (unit->failing > 0) {
        wsync_html_raw(page->html, "<span class=\"tag bad\">");
        server_say(page, "liên lạc hỏng", "failing");
    } else if (unit->missing + unit->waiting + unit->quarantined + unit->conflicts > 0) {
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "còn việc", "something is open");
    } else {
        wsync_html_raw(page->html, "<span class=\"tag good\">");
        server_say(page, "bình thường", "in order");
    }
    wsync_html_raw(page->html, "</span>");
}

static void write_row(struct server_page *page, const struct server_unit *unit)
{
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    server_ward_link(page, unit->id, unit->name);
    wsync_html_raw(page->html, "</th><td>");
    write_state(page, unit);
    wsync_html_raw(page->html, "</td><td>");
    server_time(page, unit->complete ? unit->until : 0);
    wsync_html_raw(page->html, "</td><td>");
    server_time(page, unit->last);
    wsync_html_raw(page->html, "</td>");
    server_number_cell(page, unit->devices);
    server_number_cell(page, unit->failing);
    server_number_cell(page, unit->missing);
    server_number_cell(page, unit->conflicts);
    server_number_cell(page, unit->quarantined);
    server_number_cell(page, unit->waiting);
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_all(struct server_page *page, const struct server_units *units)
{
    server_page_head(page, server_word(page, "Phường", "Wards"));
    wsync_page_live(page->html);
    server_table_begin(page, server_word(page, "Mỗi phường một dòng", "A row for each ward"));
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Tình trạng", "State"), false);
    server_table_head(page, server_word(page, "Số liệu đến", "Complete up to"), false);
    server_table_head(page, server_word(page, "Liên lạc cuối", "Last contact"), false);
    server_table_head(page, server_word(page, "Số máy", "Devices"), true);
    server_table_head(page, server_word(page, "Máy liên lạc hỏng", "Failing"), true);
    server_table_head(page, server_word(page, "Biết là còn thiếu", "Known to be missing"),
                      true);
    server_table_head(page, server_word(page, "Xung đột", "In conflict"), true);
    server_table_head(page, server_word(page, "Bị cách ly", "Quarantined"), true);
    server_table_head(page, server_word(page, "Đang đợi", "Waiting"), true);
    server_table_body(page);
    for (size_t i = 0; i < units->count; i++) {
        write_row(page, units->by_name[i]);
    }
    server_table_end(page);
    wsync_page_live_end(page->html);
    wsync_page_end(page->html, &page->frame);
}

static enum wsync_err write_wards(struct server_page *page)
{
    struct server_units units = {.count = 0};
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    if (err == WSYNC_OK) {
        write_all(page, &units);
    }
    server_units_free(&units);
    return err;
}

void server_page_wards(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_wards);
}

/* ---- the devices of one ---- */

static void write_pair(struct server_page *page, const char *term)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, term);
    wsync_html_raw(page->html, "</dt><dd>");
}

static void write_contact(struct server_page *page, const struct server_ward *ward)
{
    const struct server_told told = server_ward_tell(ward, page->language);
    write_pair(page, server_word(page, "Liên lạc cuối", "Last contact"));
    server_time(page, ward->heard ? ward->contact.last : 0);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Lần tốt cuối", "Last good one"));
    server_time(page, ward->heard ? ward->contact.last_good : 0);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Kết quả", "Result"));
    wsync_html_text(page->html, told.text);
    wsync_html_raw(page->html, " ");
    wsync_html_text(page->html, told.step);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Hỏng liên tiếp", "Failures in a row"));
    server_number(page, ward->contact.failed);
    wsync_html_raw(page->html, "</dd>\n");
}

/* What somebody should see to though the device syncs. */
static void write_cares(struct server_page *page, const struct server_ward *ward)
{
    if (server_ward_is_clock_off(ward)) {
        wsync_html_raw(page->html, "<p class=\"warning\">");
        server_say(page, "Đồng hồ của máy này lệch ", "The clock of this device is off by ");
        server_number(page, (uint64_t)llabs((long long)ward->clock_ahead_s));
        server_say(page, " giây; phường chỉnh lại giờ.", " seconds; the ward sets it.");
        wsync_html_raw(page->html, "</p>\n");
    }
    if (server_ward_is_overdue(ward)) {
        wsync_html_raw(page->html, "<p class=\"warning\">");
        server_say(page, "Khóa của máy này đã quá hạn đổi.",
                   "The keys of this device are older than the policy allows.");
        wsync_html_raw(page->html, "</p>\n");
    }
}

static void write_device(struct server_page *page, const struct server_ward *ward)
{
    wsync_html_raw(page->html, "<article class=\"card\">\n<h3>");
    wsync_html_text(page->html, ward->device.name);
    wsync_html_raw(page->html, "</h3>\n<p>");
    if (ward->device.suspended != 0) {
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "đang tạm ngừng", "suspended");
    } else if (server_ward_is_failing(ward)) {
        wsync_html_raw(page->html, "<span class=\"tag bad\">");
        server_say(page, "liên lạc hỏng", "failing");
    } else {
        wsync_html_raw(page->html, "<span class=\"tag good\">");
        server_say(page, "liên lạc được", "in contact");
    }
    wsync_html_raw(page->html, "</span></p>\n<dl>\n");
    write_contact(page, ward);
    write_pair(page, server_word(page, "Quận đang giữ", "Held by the district"));
    server_number(page, ward->has_log ? ward->log.seq : 0);
    server_say(page, " thay đổi, còn thiếu ", " changes, missing ");
    server_number(page, ward->missing_here);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Chương trình", "Program"));
    wsync_html_text(page->html, ward->contact.program[0] ? ward->contact.program : "–");
    wsync_html_raw(page->html, "</dd>\n</dl>\n");
    write_cares(page, ward);
    wsync_html_raw(page->html, "</article>\n");
}

static void write_devices(struct server_page *page, const struct server_units *units,
                          uint32_t unit)
{
    size_t shown = 0;
    wsync_html_raw(page->html, "<section id=\"devices\">\n<h2>");
    server_say(page, "Máy của phường", "Devices of the ward");
    wsync_html_raw(page->html, "</h2>\n<div class=\"cards\">\n");
    for (size_t i = 0; i < units->wards.count; i++) {
        const struct server_ward *ward = &units->wards.items[i];
        if (server_unit_of(ward) == unit && ward->device.revoked == 0) {
            write_device(page, ward);
            shown++;
        }
    }
    wsync_html_raw(page->html, "</div>\n");
    if (shown == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Chưa có máy nào được kết nạp.", "No device was enrolled yet.");
        if (wsync_page_may(page->request, WSYNC_HTTP_GET, "/admin/devices/new")) {
            wsync_html_raw(page->html, " <a href=\"/admin/devices/new\">");
            server_say(page, "Mời một máy", "Invite a device");
            wsync_html_raw(page->html, "</a>");
        }
        wsync_html_raw(page->html, "</p>\n");
    }
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- its totals ---- */

static void write_form_row(struct server_page *page, const struct wsync_totals_table *table)
{
    const uint32_t unit = table->ask.scope;
    const struct wsync_form *form = table->ask.form;
    int32_t monday = wsync_calendar_monday(page->today);
    int64_t weeks[2] = {0, 0};
    for (size_t i = 0; i < table->group_count; i++) {
        weeks[table->groups[i].start != monday] += table->groups[i].records;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\"><a href=\"/totals?form=");
    server_part_slice(page, form->name);
    wsync_html_raw(page->html, "&amp;unit=");
    wsync_html_number(page->html, unit);
    wsync_html_raw(page->html, "\">");
    wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
    wsync_html_raw(page->html, "</a></th>");
    server_number_cell(page, (uint64_t)weeks[0]);
    server_number_cell(page, (uint64_t)weeks[1]);
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_totals(struct server_page *page, const struct server_two_weeks *weeks)
{
    wsync_html_raw(page->html, "<section id=\"totals\">\n<h2>");
    server_say(page, "Số bản ghi", "Records");
    wsync_html_raw(page->html, "</h2>\n");
    server_table_begin(
        page, server_word(page, "Theo ngày ghi trong biểu mẫu", "By the day in the form"));
    server_table_head(page, server_word(page, "Biểu mẫu", "Form"), false);
    server_table_head(page, server_word(page, "Tuần này", "This week"), true);
    server_table_head(page, server_word(page, "Tuần trước", "Last week"), true);
    server_table_body(page);
    for (size_t i = 0; i < weeks->count; i++) {
        write_form_row(page, weeks->forms[i]);
    }
    server_table_end(page);
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- what of it is quarantined, and what waits ---- */

static enum wsync_err write_change(struct server_page *page, struct wsync_dot dot,
                                   const struct wsync_log *log, enum wsync_err reason)
{
    char name[WSYNC_RECORD_ID_BYTES];
    struct wsync_change change;
    struct wsync_device device;
    enum wsync_err err = wsync_record_name(page->site->txn, dot, name);
    if (err == WSYNC_OK) {
        err = wsync_log_change(page->site->txn, dot.log_no, dot.seq, &change);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(page->site->txn, &log->device, &device);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</th><td>");
    server_time(page, change.stamp);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, device.name);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, wsync_err_text(reason, page->language));
    wsync_html_raw(page->html, "</td></tr>\n");
    return WSYNC_OK;
}

static enum wsync_err write_changes(struct server_page *page, uint32_t unit)
{
    struct wsync_dot dot = {0};
    struct wsync_log log = {.no = 0};
    enum wsync_err reason, err = WSYNC_OK;
    size_t shown = 0;
    while (err == WSYNC_OK && shown < LISTED_MAX) { /* ends: each turn passes one change */
        err = wsync_ledger_quarantined(page->site->txn, &dot, &reason);
        if (err == WSYNC_OK && dot.log_no != log.no) {
            err = wsync_log_get(page->site->txn, dot.log_no, &log);
        }
        if (err == WSYNC_OK && log.scope == unit) {
            err = write_change(page, dot, &log, reason);
            shown++;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_quarantine(struct server_page *page, const struct server_unit *unit)
{
    if (unit->quarantined == 0) {
        return WSYNC_OK;
    }
    server_table_begin(page, server_word(page, "Thay đổi bị cách ly, không tính vào số liệu",
                                         "Changes quarantined, which count for nothing"));
    server_table_head(page, server_word(page, "Thay đổi", "Change"), false);
    server_table_head(page, server_word(page, "Ghi lúc", "Written"), false);
    server_table_head(page, server_word(page, "Máy", "Device"), false);
    server_table_head(page, server_word(page, "Vì sao", "Why"), false);
    server_table_body(page);
    enum wsync_err err = write_changes(page, unit->id);
    server_table_end(page);
    if (unit->quarantined > LISTED_MAX) {
        wsync_html_raw(page->html, "<p>");
        server_number(page, unit->quarantined - LISTED_MAX);
        server_say(page, " thay đổi khác: xem \"district quarantine\".",
                   " more changes: see \"district quarantine\".");
        wsync_html_raw(page->html, "</p>\n");
    }
    return err;
}

static enum wsync_err write_open(struct server_page *page, const struct server_unit *unit)
{
    wsync_html_raw(page->html, "<section id=\"open\">\n<h2>");
    server_say(page, "Chờ quyết định", "Waiting for a decision");
    wsync_html_raw(page->html, "</h2>\n<dl>\n");
    write_pair(page, server_word(page, "Bản ghi xung đột", "Records in conflict"));
    server_number(page, unit->conflicts);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Thay đổi bị cách ly", "Changes quarantined"));
    server_number(page, unit->quarantined);
    wsync_html_raw(page->html, "</dd>\n");
    write_pair(page, server_word(page, "Thay đổi đang đợi", "Changes waiting"));
    server_number(page, unit->waiting);
    if (unit->waiting > 0) {
        server_say(page, " (đợi một biểu mẫu, đơn vị hoặc thay đổi chưa về đến quận)",
                   " (for a form, a unit or a change that is not here yet)");
    }
    wsync_html_raw(page->html, "</dd>\n</dl>\n");
    enum wsync_err err = write_quarantine(page, unit);
    wsync_html_raw(page->html, "</section>\n");
    return err;
}

/* ---- the page of one ---- */

static enum wsync_err write_unit(struct server_page *page, const struct server_units *units,
                                 const struct server_unit *unit)
{
    server_page_head(page, unit->name);
    wsync_page_live(page->html);
    wsync_html_raw(page->html, "<p>");
    if (unit->complete) {
        server_say(page, "Số liệu đến ", "Complete up to ");
        server_time(page, unit->until);
    } else {
        server_say(page, "Số liệu chưa đủ", "The numbers are not complete");
    }
    wsync_html_raw(page->html, " · <a href=\"/log?unit=");
    wsync_html_number(page->html, unit->id);
    wsync_html_raw(page->html, "\">");
    server_say(page, "Nhật ký của phường này", "The log of this ward");
    wsync_html_raw(page->html, "</a></p>\n");
    write_devices(page, units, unit->id);
    struct server_two_weeks weeks = {.count = 0};
    enum wsync_err err = server_two_weeks_read(page, unit->id, &weeks);
    if (err == WSYNC_OK) {
        err = server_duties_of_ward(page, units, &weeks, unit);
    }
    if (err == WSYNC_OK) {
        write_totals(page, &weeks);
        err = write_open(page, unit);
    }
    server_two_weeks_free(&weeks);
    wsync_page_live_end(page->html);
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err write_ward(struct server_page *page)
{
    struct server_units units = {.count = 0};
    char *end;
    const char *text = page->request->rest;
    unsigned long id = strtoul(text, &end, 10);
    bool is_number = text[0] >= '0' && text[0] <= '9' && *end == '\0' && id <= UINT32_MAX;
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    const struct server_unit *unit =
        err == WSYNC_OK && is_number ? server_units_find(&units, (uint32_t)id) : NULL;
    if (unit) {
        err = write_unit(page, &units, unit);
    } else if (err == WSYNC_OK) {
        err = wsync_error_set(
            &page->error, WSYNC_ERR_NOT_FOUND, "%s",
            server_word(page, "Không có phường này.", "There is no such ward."));
    }
    server_units_free(&units);
    return err;
}

void server_page_ward(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_ward);
}
