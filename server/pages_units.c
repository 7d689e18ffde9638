/* SPDX-License-Identifier: Apache-2.0 */
/* The units of the district as they are on a day: one with what lies below it. */
#include <stdio.h>
#include <stdlib.h>

#include "host/value_text.h"
#include "server/figures.h"
#include "server/pages_care.h"
#include "wardsync/calendar.h"

/* Which units stand on which, on one day. */
struct link {
    uint32_t id, parent;
};
struct tree {
    struct link *links;
    size_t count, room;
};

static bool is_on(const struct wsync_unit *unit, int32_t day)
{
    return (unit->from_day == WSYNC_NO_DAY || unit->from_day <= day) &&
           (unit->to_day == WSYNC_NO_DAY || unit->to_day >= day);
}

/* Calls `see` for each unit that there is on the day, in the order of their ids. */
static enum wsync_err walk(struct server_page *page, int32_t day, void *context,
                           enum wsync_err (*see)(void *context, const struct wsync_unit *unit))
{
    struct wsync_unit unit = {.id = 0};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one unit */
        size_t mark = wsync_arena_mark(&page->site->arena);
        err = wsync_unit_after(page->site->txn, unit.id, day, &page->site->arena, &unit);
        if (err == WSYNC_OK && is_on(&unit, day)) {
            err = see(context, &unit);
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err add_link(void *context, const struct wsync_unit *unit)
{
    struct tree *tree = context;
    if (tree->count == tree->room) {
        size_t room = tree->room > 0 ? 2 * tree->room : 256;
        struct link *links = realloc(tree->links, room * sizeof *links);
        if (!links) {
            return WSYNC_ERR_MEMORY;
        }
        tree->links = links;
        tree->room = room;
    }
    tree->links[tree->count++] = (struct link){unit->id, unit->parent};
    return WSYNC_OK;
}

static int by_parent(const void *a, const void *b)
{
    const struct link *left = a, *right = b;
    return (left->parent > right->parent) - (left->parent < right->parent);
}

/* How many stand on it; the links are in the order of parents. */
static uint64_t count_below(const struct tree *tree, uint32_t id)
{
    size_t low = 0, high = tree->count;
    while (low < high) { /* the first whose parent is not below */
        size_t middle = low + (high - low) / 2;
        if (tree->links[middle].parent < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < tree->count && tree->links[end].parent == id) {
        end++;
    }
    return end - low;
}

/* ---- a row for each ---- */

struct showing {
    struct server_page *page;
    int32_t day;
    uint32_t under;
    struct tree tree;
    uint64_t shown;
};

static void write_day(struct server_page *page, int32_t day, const char *open)
{
    char text[WSYNC_VALUE_TEXT_BYTES];
    const struct wsync_field date = {.type = WSYNC_TYPE_DATE};
    const struct wsync_value value = {.class = WSYNC_CLASS_INTEGER, .integer = day};
    bool printed = day != WSYNC_NO_DAY && wsync_value_print(&date, &value, WSYNC_STYLE_VI, text,
                                                            sizeof text) == WSYNC_OK;
    wsync_html_text(page->html, printed ? text : open);
}

/* Opens the link to a unit on that day. */
static void open_link(struct server_page *page, uint32_t under, int32_t day)
{
    char text[WSYNC_ISO_DATE_BYTES];
    wsync_calendar_print(day, text);
    wsync_html_raw(page->html, "<a href=\"/admin/units?under=");
    wsync_html_number(page->html, under);
    wsync_html_raw(page->html, "&amp;day=");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "\">");
}

static enum wsync_err write_unit(void *context, const struct wsync_unit *unit)
{
    struct showing *showing = context;
    struct server_page *page = showing->page;
    struct wsync_html *html = page->html;
    if (unit->parent != showing->under) {
        return WSYNC_OK;
    }
    uint64_t below = count_below(&showing->tree, unit->id);
    showing->shown++;
    wsync_html_raw(html, "<tr><th scope=\"row\">");
    if (below > 0) {
        open_link(page, unit->id, showing->day);
    }
    wsync_html_slice(html, unit->name);
    if (below > 0) {
        wsync_html_raw(html, "</a>");
    }
    wsync_html_raw(html, "</th><td class=\"number\">");
    wsync_html_number(html, unit->id);
    wsync_html_raw(html, "</td><td>");
    wsync_html_slice(html, unit->code.len > 0 ? unit->code : wsync_slice_of("–"));
    wsync_html_raw(html, "</td><td>");
    write_day(page, unit->from_day, server_word(page, "từ đầu", "always"));
    wsync_html_raw(html, "</td><td>");
    write_day(page, unit->to_day, "–");
    wsync_html_raw(html, "</td>");
    server_number_cell(page, below);
    wsync_html_raw(html, "</tr>\n");
    return wsync_html_err(html);
}

static enum wsync_err write_table(struct server_page *page, struct showing *showing)
{
    server_table_begin(page, server_word(page, "Đơn vị bên dưới", "Units below it"));
    server_table_head(page, server_word(page, "Tên", "Name"), false);
    server_table_head(page, server_word(page, "Số", "Id"), true);
    server_table_head(page, server_word(page, "Mã", "Code"), false);
    server_table_head(page, server_word(page, "Từ ngày", "From"), false);
    server_table_head(page, server_word(page, "Đến hết ngày", "Until"), false);
    server_table_head(page, server_word(page, "Đơn vị trực thuộc", "Units below"), true);
    server_table_body(page);
    enum wsync_err err = walk(page, showing->day, showing, write_unit);
    server_table_end(page);
    if (showing->shown == 0) {
        server_paragraph(page, server_word(page, "Ngày ấy không có đơn vị nào ở đây.",
                                           "There is no unit here on that day."));
    }
    return err;
}

/* The day to be shown, and where one is. */
static void write_choice(struct server_page *page, const struct showing *showing)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<form class=\"choose\" method=\"get\" action=\"/admin/units\">\n");
    wsync_html_raw(html, "<input type=\"hidden\" name=\"under\"");
    wsync_html_attr_number(html, "value", showing->under);
    wsync_html_raw(html, ">");
    server_choose_day(page, "day", server_word(page, "Vào ngày", "On the day"), showing->day);
    wsync_html_raw(html, "<p class=\"actions\"><button>");
    server_say(page, "Xem", "Show");
    wsync_html_raw(html, "</button></p></form>\n");
}

static enum wsync_err write_way_up(struct server_page *page, const struct showing *showing)
{
    struct wsync_unit unit;
    enum wsync_err err =
        wsync_unit_on(page->site->txn, showing->under, showing->day, &page->site->arena, &unit);
    if (err != WSYNC_OK) {
        return err != WSYNC_ERR_NOT_FOUND
                   ? err
                   : wsync_error_set(&page->error, err, "%s",
                                     server_word(page, "Không có đơn vị số ấy.",
                                                 "There is no unit of that number."));
    }
    if (wsync_http_field(page->request, "done")) {
        page->frame.notice = server_word(page, "Đã đăng. Các phường nhận ở lần đồng bộ tới.",
                                         "Published. The wards get it at their next sync.");
    }
    server_admin_head(page, server_word(page, "Đơn vị", "Units"));
    wsync_html_raw(page->html, "<p><a class=\"button\" href=\"/admin/units/new-table\">");
    server_say(page, "Đăng đơn vị", "Publish units");
    wsync_html_raw(page->html, "</a></p>\n");
    wsync_html_raw(page->html, "<h2>");
    wsync_html_slice(page->html, unit.name);
    wsync_html_raw(page->html, "</h2>\n");
    if (unit.parent != 0) {
        wsync_html_raw(page->html, "<p>");
        open_link(page, unit.parent, showing->day);
        server_say(page, "Lên một cấp", "One level up");
        wsync_html_raw(page->html, "</a></p>\n");
    }
    return WSYNC_OK;
}

static enum wsync_err write_units(struct server_page *page)
{
    struct showing showing = {.page = page, .day = page->today};
    enum wsync_err err = server_read_day(page, "day", &showing.day);
    if (err != WSYNC_OK) {
        return err;
    }
    showing.under = (uint32_t)server_number_field(page, "under", page->site->conf.scope);
    err = write_way_up(page, &showing);
    if (err == WSYNC_OK) {
        write_choice(page, &showing);
        err = walk(page, showing.day, &showing.tree, add_link);
    }
    if (err == WSYNC_OK) {
        if (showing.tree.count > 0) {
            qsort(showing.tree.links, showing.tree.count, sizeof *showing.tree.links,
                  by_parent);
        }
        err = write_table(page, &showing);
        wsync_page_end(page->html, &page->frame);
    }
    free(showing.tree.links);
    return err;
}

void server_page_units(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_units);
}
