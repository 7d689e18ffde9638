/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/date_format.h"
#include "host/figure.h"
#include "host/page_act.h"
#include "host/session_log.h"
#include "host/view.h"
#include "host/words.h"
#include "wardsync/calendar.h"

enum { DAYS_A_WEEK = 7, SECONDS_A_DAY = 86400, LOCAL_OFFSET_S = 7 * 3600, MOMENT_BYTES = 64 };

const struct wsync_page_item SERVER_ITEMS[] = {
    {"/", {"Tổng quan", "Overview"}},
    {"/totals", {"Số liệu", "Figures"}},
    {"/trends", {"Xu hướng", "Trends"}},
    {"/map", {"Bản đồ ô", "Tile map"}},
    {"/wards", {"Phường", "Wards"}},
    {"/records", {"Hồ sơ", "Records"}},
    {"/conflicts", {"Xung đột", "Conflicts"}},
    {"/log", {"Nhật ký", "Log"}},
    {"/admin", {"Quản trị", "Administration"}},
    {NULL, {NULL, NULL}},
};

enum wsync_err server_pages_open(void *context, struct wsync_error *error)
{
    struct server_pages *pages = context;
    if (pages->open) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_site_open_reader(pages->pages->data_dir, WSYNC_SITE_DISTRICT,
                                                &pages->site, error);
    pages->open = err == WSYNC_OK;
    return err;
}

/* ---- one request ---- */

/* The honest line: whether the district serves, and when it was last spoken to. */
static enum wsync_err write_state(struct server_page *page)
{
    struct wsync_session_row row;
    uint64_t number = UINT64_MAX;
    char when[WSYNC_VIEW_TIME_BYTES];
    enum wsync_err err = server_down_text(page->site->txn, page->language, page->state);
    page->frame.offline = page->state[0] != '\0';
    if (err != WSYNC_OK || page->frame.offline) {
        return err;
    }
    err = wsync_session_log_seek(page->site->txn, WSYNC_SEEK_LT, &number, &row);
    if (err == WSYNC_OK) {
        wsync_view_time(row.ended, when);
        snprintf(page->state, sizeof page->state, "%s %s",
                 server_word(page, "Quận đang nhận số liệu · lần liên lạc cuối",
                             "The district is serving · last contact"),
                 when);
    } else if (err == WSYNC_ERR_NOT_FOUND) {
        snprintf(page->state, sizeof page->state, "%s",
                 server_word(page, "Quận đang nhận số liệu · chưa máy nào liên lạc",
                             "The district is serving · no device was heard of yet"));
        err = WSYNC_OK;
    }
    return err;
}

/* Takes a snapshot and reads what the frame of every page says. */
static enum wsync_err take_snapshot(struct server_page *page)
{
    enum wsync_err err = wsync_site_begin(page->site, WSYNC_TXN_READ, &page->error);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_catalog_make_room(page->site->catalog);
    page->today = wsync_units_here_today();
    wsync_units_here_label(page->site, page->site->conf.scope, page->place);
    page->frame.place = page->place;
    page->frame.items = SERVER_ITEMS;
    err = write_state(page);
    page->frame.state = page->state;
    return err;
}

static void leave(struct server_page *page)
{
    if (page->site->txn) {
        wsync_site_abort(page->site);
    }
    wsync_arena_release(&page->site->arena, 0);
}

enum wsync_err server_act(struct server_page *page, const struct wsync_action_ask *ask,
                          struct wsync_action_result *result)
{
    leave(page);
    enum wsync_err err =
        wsync_page_act(page->actions, page->request, ask, result, &page->error);
    struct wsync_error said = page->error;
    wsync_page_act_outcome(err, &page->frame);
    enum wsync_err again = take_snapshot(page);
    if (again != WSYNC_OK) {
        if (err == WSYNC_OK && result->out_fd >= 0) {
            close(result->out_fd);
        }
        return again;
    }
    page->error = said;
    return err;
}

bool server_tells(struct server_page *page)
{
    if (!page->site->txn || page->error.text[0] == '\0') {
        return false;
    }
    page->answer->status = wsync_page_status(&page->frame);
    page->frame.notice = NULL;
    page->told = page->error; /* what is read anew for the page may have one of its own */
    page->frame.error = page->told.text;
    return true;
}

static enum wsync_err write_page(struct server_page *page, server_page_writer *write)
{
    enum wsync_err err = take_snapshot(page);
    if (err == WSYNC_OK) {
        err = write(page);
    }
    leave(page);
    return err == WSYNC_OK ? wsync_html_err(page->html) : err;
}

static unsigned status_of(enum wsync_err err)
{
    return err == WSYNC_ERR_NOT_FOUND                           ? 404
           : err == WSYNC_ERR_INVALID || err == WSYNC_ERR_VALUE ? 400
           : err == WSYNC_ERR_BUSY                              ? 503
                                                                : 500;
}

void server_page_answer(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer, server_page_writer *write)
{
    struct server_pages *pages = context;
    struct server_page page = {.site = &pages->site,
                               .actions = pages->pages->actions,
                               .shelf = &pages->shelf,
                               .request = request,
                               .answer = answer,
                               .html = &answer->html,
                               .language = wsync_page_language(request)};
    page.overview = &pages->overview[page.language];
    page.frame.request = request;
    page.frame.staff = pages->login.staff;
    enum wsync_err err = write_page(&page, write);
    if (err != WSYNC_OK) {
        wsync_html_fini(&answer->html);
        bool acted = page.frame.outcome != WSYNC_PAGE_REFUSED;
        answer->status = acted ? wsync_page_status(&page.frame) : status_of(err);
        if (page.error.text[0] && (acted || answer->status < 500)) {
            page.frame.error = page.error.text; /* not there, or not asked for so */
            wsync_page_untold(answer, page.frame);
        } else {
            wsync_page_fault(answer, page.frame);
        }
    }
}

void server_page_head(struct server_page *page, const char *title)
{
    page->frame.title = title;
    wsync_page_begin(page->html, &page->frame);
}

/* ---- what several pages write ---- */

void server_number(struct server_page *page, uint64_t number)
{
    char text[WSYNC_FIGURE_BYTES];
    wsync_figure_text((wsync_int128)number, 0, text);
    wsync_html_text(page->html, text);
}

void server_number_cell(struct server_page *page, uint64_t number)
{
    wsync_html_raw(page->html, "<td class=\"number\">");
    server_number(page, number);
    wsync_html_raw(page->html, "</td>");
}

void server_day(struct server_page *page, int32_t day)
{
    char text[16] = "–";
    if (day != WSYNC_NO_DAY) {
        struct wsync_civil civil = wsync_calendar_civil(day);
        snprintf(text, sizeof text, "%02d/%02d/%04d", civil.day, civil.month, civil.year);
    }
    wsync_html_text(page->html, text);
}

void server_time(struct server_page *page, int64_t stamp)
{
    char text[WSYNC_VIEW_TIME_BYTES], exact[MOMENT_BYTES];
    int64_t local = stamp + LOCAL_OFFSET_S;
    int64_t day = local / SECONDS_A_DAY;
    if (stamp <= 0 || day > WSYNC_DAY_MAX) {
        wsync_html_raw(page->html, "–");
        return;
    }
    struct wsync_civil civil = wsync_calendar_civil((int32_t)day);
    int second = (int)(local % SECONDS_A_DAY);
    snprintf(exact, sizeof exact, "%04d-%02d-%02dT%02d:%02d:%02d+07:00", civil.year,
             civil.month, civil.day, second / 3600, second / 60 % 60, second % 60);
    wsync_view_time(stamp, text);
    wsync_html_raw(page->html, "<time");
    wsync_html_attr(page->html, "datetime", exact);
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</time>");
}

struct wsync_slice server_label(const struct server_page *page, struct wsync_slice vi,
                                struct wsync_slice en)
{
    return wsync_words_label(page->language, vi, en);
}

void server_ward_link(struct server_page *page, uint32_t unit, const char *name)
{
    wsync_html_raw(page->html, "<a href=\"/wards/");
    wsync_html_number(page->html, unit);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</a>");
}

enum wsync_err server_two_weeks_read(struct server_page *page, uint32_t scope,
                                     struct server_two_weeks *weeks)
{
    int32_t monday = wsync_calendar_monday(page->today);
    struct wsync_totals_ask ask = {.by = WSYNC_TOTALS_BY_WEEK,
                                   .scope = scope,
                                   .first_day = monday - DAYS_A_WEEK,
                                   .last_day = monday + DAYS_A_WEEK - 1};
    enum wsync_err err = WSYNC_OK;
    uint32_t after = 0;
    weeks->monday = monday;
    weeks->count = 0;
    while (err == WSYNC_OK && weeks->count < WSYNC_CATALOG_FORMS_MAX) {
        err = wsync_catalog_after(page->site->catalog, page->site->txn, after, &ask.form);
        if (err == WSYNC_OK) {
            after = ask.form->number;
            err = wsync_totals_table_new(page->site, &ask, &weeks->forms[weeks->count]);
            weeks->count += err == WSYNC_OK;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void server_two_weeks_free(struct server_two_weeks *weeks)
{
    while (weeks->count > 0) {
        wsync_totals_table_free(weeks->forms[--weeks->count]);
    }
}

void server_table_begin(struct server_page *page, const char *caption)
{
    wsync_page_table(page->html, caption);
    wsync_html_raw(page->html, "<caption>");
    wsync_html_text(page->html, caption);
    wsync_html_raw(page->html, "</caption>\n<thead><tr>");
}

void server_table_head(struct server_page *page, const char *text, bool number)
{
    if (number) {
        wsync_page_number_head(page->html, wsync_slice_of(text));
        return;
    }
    wsync_html_raw(page->html, "<th scope=\"col\">");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</th>");
}

void server_table_body(struct server_page *page)
{
    wsync_html_raw(page->html, "</tr></thead>\n<tbody>\n");
}

void server_table_end(struct server_page *page)
{
    wsync_html_raw(page->html, "</tbody>\n</table></div>\n");
}

uint64_t server_number_field(const struct server_page *page, const char *name,
                             uint64_t otherwise)
{
    const char *text = wsync_http_field(page->request, name);
    char *end;
    if (!text || text[0] < '0' || text[0] > '9') {
        return otherwise;
    }
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0 ? number : otherwise;
}

enum wsync_err server_read_day(struct server_page *page, const char *name, int32_t *day)
{
    char iso[WSYNC_DATE_FORMAT_ISO_BYTES];
    const char *text = wsync_http_field(page->request, name);
    if (!text || !text[0] || wsync_calendar_parse(wsync_slice_of(text), day)) {
        return WSYNC_OK;
    }
    if (wsync_date_format_read(wsync_slice_of("%d/%m/%Y"), WSYNC_TYPE_DATE,
                               wsync_slice_of(text), iso) &&
        wsync_calendar_parse(wsync_slice_of(iso), day)) {
        return WSYNC_OK;
    }
    return wsync_error_set(
        &page->error, WSYNC_ERR_INVALID, "%s",
        server_word(page, "Ngày viết như 31/01/2022.", "A day is written as 31/01/2022."));
}

int64_t server_day_begin(int32_t day)
{
    return (int64_t)day * SECONDS_A_DAY - LOCAL_OFFSET_S;
}
