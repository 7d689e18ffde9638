/* SPDX-License-Identifier: Apache-2.0 */
/* Không phát sinh: what a duty of this week holds, and the mark that it holds nothing. */
#include <stdio.h>
#include <string.h>

#include "client/pages_parts.h"
#include "wardsync/calendar.h"

enum { LABEL_BYTES = 256 };

static void add_week(void *context, uint32_t scope, const struct wsync_duty_week *more)
{
    struct wsync_duty_week *week = context;
    (void)scope;
    week->records += more->records;
    week->marks += more->marks;
}

enum wsync_err desk_duty_read(struct desk_page *page, const struct wsync_nothing *nothing,
                              const struct wsync_form *form, struct wsync_duty_week *week)
{
    const struct wsync_duty_walk walk = {
        .nothing = nothing,
        .form = form,
        .scope = page->site->conf.scope,
        .monday = wsync_calendar_monday(wsync_units_here_today()),
        .add = add_week,
        .context = week,
    };
    *week = (struct wsync_duty_week){.records = 0};
    return wsync_duty_read(page->site, &walk);
}

/* To the marks of this week for the form, each of which can be deleted. */
static void write_marks_link(struct desk_page *page, const struct wsync_nothing *nothing,
                             const struct wsync_form *form)
{
    char monday[WSYNC_ISO_DATE_BYTES], words[LABEL_BYTES];
    const struct wsync_choice *duty = wsync_field_choice_named(nothing->duty, form->name);
    struct wsync_slice label = desk_label_text(page, duty->label_vi, duty->label_en);
    snprintf(words, sizeof words, "%.*s", (int)label.len, (const char *)label.data);
    wsync_calendar_print(wsync_calendar_monday(wsync_units_here_today()), monday);
    wsync_html_raw(page->html, " <a href=\"/records?form=nothing&amp;week=");
    wsync_html_part(page->html, monday);
    wsync_html_raw(page->html, "&amp;q=");
    wsync_html_part(page->html, words);
    wsync_html_raw(page->html, "\">");
    desk_say(page, "Xem, bỏ đánh dấu", "Look at it, take it back");
    wsync_html_raw(page->html, "</a></p>");
}

static void write_button(struct desk_page *page, const struct wsync_form *form)
{
    char path[WSYNC_NAME_BYTES_MAX + 16];
    if (!desk_may_write(page)) {
        return;
    }
    snprintf(path, sizeof path, "/nothing/%.*s", (int)form->name.len,
             (const char *)form->name.data);
    wsync_page_post(page->html, &page->frame, path);
    wsync_html_raw(page->html, "<p><button class=\"second\">");
    desk_say(page, "Không phát sinh tuần này", "Nothing to report this week");
    wsync_html_raw(page->html, "</button></p></form>");
}

void desk_duty_write(struct desk_page *page, const struct wsync_nothing *nothing,
                     const struct wsync_form *form, const struct wsync_duty_week *week)
{
    struct wsync_html *html = page->html;
    switch (wsync_duty_state(week)) {
    case WSYNC_DUTY_MISSING:
        write_button(page, form);
        break;
    case WSYNC_DUTY_NOTHING:
        wsync_html_raw(html, "<p><span class=\"tag good\">");
        desk_say(page, "Đã báo không phát sinh", "Reported: nothing");
        wsync_html_raw(html, "</span>");
        write_marks_link(page, nothing, form);
        break;
    case WSYNC_DUTY_BOTH:
        wsync_html_raw(html, "<p class=\"warning\">");
        desk_say(page, "Đã báo không phát sinh nhưng có ",
                 "Reported as nothing, but there is ");
        desk_number(page, (uint64_t)week->records);
        desk_say(page, " bản ghi.", " on record.");
        write_marks_link(page, nothing, form);
        break;
    case WSYNC_DUTY_REPORTED:
        break;
    }
}

/* Adds the mark, unless it is there or there is something. */
static enum wsync_err mark(struct desk_page *page, const struct wsync_nothing *nothing,
                           const struct wsync_form *form, struct wsync_duty_week *week)
{
    char today[WSYNC_ISO_DATE_BYTES], date[WSYNC_ISO_DATE_BYTES + 8],
        duty[WSYNC_NAME_BYTES_MAX + 8];
    struct wsync_action_result result;
    enum wsync_err err = desk_duty_read(page, nothing, form, week);
    if (err != WSYNC_OK || wsync_duty_state(week) != WSYNC_DUTY_MISSING) {
        return err;
    }
    wsync_calendar_print(wsync_units_here_today(), today);
    snprintf(date, sizeof date, "date=%s", today);
    snprintf(duty, sizeof duty, "duty=%.*s", (int)form->name.len,
             (const char *)form->name.data);
    const char *const argv[] = {"add", desk_lang(page), "--", "nothing", date, duty, NULL};
    err = desk_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    week->marks += err == WSYNC_OK;
    return err;
}

void desk_nothing(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_nothing nothing;
    struct wsync_duty_week week = {.records = 0};
    const struct wsync_form *form;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = wsync_view_form(page.site, request->rest, &form, &page.error);
    if (err == WSYNC_OK) {
        err = wsync_nothing_find(page.site, &nothing);
    }
    if (err == WSYNC_OK && wsync_nothing_duty(&nothing, form) == 0) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        err = mark(&page, &nothing, form, &week);
    }
    if (err != WSYNC_OK) {
        if (desk_tells(&page)) {
            desk_today_write(&page);
        } else {
            desk_end(&page, err);
        }
        return;
    }
    desk_go(&page, wsync_duty_state(&week) == WSYNC_DUTY_NOTHING ? "/?done=nothing"
                                                                 : "/?done=something");
}
