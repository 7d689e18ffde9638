/* SPDX-License-Identifier: Apache-2.0 */
/* The first look: who is missing, how fresh the numbers are, what they add up to beside the
 * week before, who leads and who lags, what waits for a decision; in this order. */
#include <stdlib.h>

#include "host/clock.h"
#include "server/duties.h"
#include "server/facts.h"
#include "server/figures.h"
#include "server/pages.h"
#include "server/unit_facts.h"
#include "wardsync/calendar.h"

enum { SILENT_MAX = WSYNC_CATALOG_FORMS_MAX };

/* ---- who is missing ---- */

/* Nothing that was written there this week is here. */
static bool is_missing(const struct server_page *page, const struct server_unit *unit)
{
    return unit->expected &&
           unit->written < server_day_begin(wsync_calendar_monday(page->today));
}

/* What is known of why. */
static void write_why(struct server_page *page, const struct server_unit *unit)
{
    if (unit->last == 0) {
        server_say(page, "chưa liên lạc lần nào", "was never heard of");
    } else {
        server_say(page, "liên lạc cuối ", "last contact ");
        server_time(page, unit->last);
        if (unit->failing > 0) {
            server_say(page, ", không thành công", ", without success");
        }
    }
}

/* Those that have a device, whom somebody can call, one a line. */
static void write_silent_wards(struct server_page *page, const struct server_units *units)
{
    wsync_html_raw(page->html, "<ul>\n");
    for (size_t i = 0; i < units->count; i++) {
        const struct server_unit *unit = units->by_name[i];
        if (is_missing(page, unit) && unit->devices > 0) {
            wsync_html_raw(page->html, "<li>");
            server_ward_link(page, unit->id, unit->name);
            wsync_html_raw(page->html, " <span class=\"muted\">");
            write_why(page, unit);
            wsync_html_raw(page->html, "</span></li>\n");
        }
    }
    wsync_html_raw(page->html, "</ul>\n");
}

/* Those that cannot send, in one sentence. */
static void write_bare_wards(struct server_page *page, const struct server_units *units)
{
    size_t count = 0;
    for (size_t i = 0; i < units->count; i++) {
        const struct server_unit *unit = units->by_name[i];
        if (is_missing(page, unit) && unit->devices == 0) {
            if (count++ == 0) {
                wsync_html_raw(page->html, "<p><span class=\"muted\">");
                server_say(page,
                           "Chưa có máy nào được kết nạp:", "No device was enrolled yet:");
                wsync_html_raw(page->html, "</span> ");
            } else {
                wsync_html_raw(page->html, ", ");
            }
            server_ward_link(page, unit->id, unit->name);
        }
    }
    if (count > 0) {
        wsync_html_raw(page->html, "</p>\n");
    }
}

static void write_missing(struct server_page *page, const struct server_units *units)
{
    size_t missing = 0, expected = 0, bare = 0;
    wsync_html_raw(page->html, "<section id=\"missing\" class=\"card\">\n<h2>");
    server_say(page, "Tuần này chưa gửi gì", "Has sent nothing of this week");
    wsync_html_raw(page->html, "</h2>\n");
    for (size_t i = 0; i < units->count; i++) {
        missing += is_missing(page, &units->items[i]);
        bare += is_missing(page, &units->items[i]) && units->items[i].devices == 0;
        expected += units->items[i].expected;
    }
    if (missing == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Không thiếu phường nào.", "No ward is missing.");
        wsync_html_raw(page->html, "</p>\n</section>\n");
        return;
    }
    wsync_html_raw(page->html, "<p>");
    server_number(page, missing);
    server_say(page, " trong số ", " of ");
    server_number(page, expected);
    server_say(page, " phường:", " wards:");
    wsync_html_raw(page->html, "</p>\n");
    if (missing > bare) {
        write_silent_wards(page, units);
    }
    write_bare_wards(page, units);
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- how fresh ---- */

struct fresh_row {
    const struct server_unit *unit;
    size_t place; /* among the names */
};

static int stalest_first(const void *left, const void *right)
{
    const struct fresh_row *a = left, *b = right;
    int64_t until_a = a->unit->complete ? a->unit->until : 0;
    int64_t until_b = b->unit->complete ? b->unit->until : 0;
    return until_a != until_b ? (until_a < until_b ? -1 : 1) : a->place < b->place ? -1 : 1;
}

static void write_fresh_row(struct server_page *page, const struct server_unit *unit)
{
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    server_ward_link(page, unit->id, unit->name);
    wsync_html_raw(page->html, "</th><td>");
    if (unit->complete) {
        server_time(page, unit->until);
    } else if (unit->devices > 1 && unit->last != 0) {
        server_say(page, "chưa đủ: có máy chưa đồng bộ lần nào",
                   "not complete: a device never synced");
    } else {
        server_say(page, "chưa có số liệu", "no numbers yet");
    }
    wsync_html_raw(page->html, "</td>");
    server_number_cell(page, unit->missing);
    wsync_html_raw(page->html, "</tr>\n");
}

static enum wsync_err write_fresh(struct server_page *page, const struct server_units *units)
{
    struct fresh_row *rows = calloc(units->count + 1, sizeof *rows);
    if (!rows) {
        return WSYNC_ERR_MEMORY;
    }
    size_t count = 0;
    for (size_t i = 0; i < units->count; i++) {
        if (units->by_name[i]->expected) {
            rows[count++] = (struct fresh_row){units->by_name[i], i};
        }
    }
    qsort(rows, count, sizeof *rows, stalest_first);
    wsync_html_raw(page->html, "<section id=\"fresh\">\n<h2>");
    server_say(page, "Số liệu mới đến đâu", "How fresh the numbers are");
    wsync_html_raw(page->html, "</h2>\n");
    server_table_begin(
        page, server_word(page, "Phường cũ nhất ở trên", "The one that lags most on top"));
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Số liệu đến", "Complete up to"), false);
    server_table_head(page, server_word(page, "Biết là còn thiếu", "Known to be missing"),
                      true);
    server_table_body(page);
    for (size_t i = 0; i < count; i++) {
        write_fresh_row(page, rows[i].unit);
    }
    server_table_end(page);
    wsync_html_raw(page->html, "</section>\n");
    free(rows);
    return WSYNC_OK;
}

/* ---- totals against the last week ---- */

/* A line of the comparison: this week, the last one, the difference with its sign. */
static void write_line(struct server_page *page, const wsync_int128 weeks[2], uint32_t digits)
{
    for (size_t i = 0; i < 2; i++) {
        server_figure_cell(page, weeks[i], digits);
    }
    wsync_html_raw(page->html, "<td class=\"number\">");
    if (weeks[0] > weeks[1]) {
        wsync_html_raw(page->html, "+");
    }
    server_figure(page, weeks[0] - weeks[1], digits);
    wsync_html_raw(page->html, "</td></tr>\n");
}

/* A sum of the form, or its number of records; not the counts of its choices, which are on the
 * page of figures. */
static bool is_line(const struct wsync_totals_table *table, int column)
{
    return column == WSYNC_INDICATOR_RECORDS || !table->columns[column].choice;
}

/* Its lines, the form above them. */
static void write_form(struct server_page *page, const struct wsync_totals_table *table)
{
    const struct wsync_form *form = table->ask.form;
    int32_t monday = wsync_calendar_monday(page->today);
    wsync_html_raw(page->html, "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" "
                               "colspan=\"4\"><a href=\"/totals?form=");
    server_part_slice(page, form->name);
    wsync_html_raw(page->html, "\">");
    wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
    wsync_html_raw(page->html, "</a></th></tr>\n");
    for (int column = WSYNC_INDICATOR_RECORDS; column < (int)table->column_count; column++) {
        wsync_int128 weeks[2] = {0, 0};
        if (!is_line(table, column)) {
            continue;
        }
        for (size_t i = 0; i < table->group_count; i++) {
            weeks[table->groups[i].start != monday] +=
                wsync_indicator_figure(&table->groups[i], column);
        }
        wsync_html_raw(page->html, "<tr><th scope=\"row\">");
        server_figure_label(page, table, column);
        wsync_html_raw(page->html, "</th>");
        write_line(page, weeks, wsync_indicator_digits(table, column));
    }
    wsync_html_raw(page->html, "</tbody>\n");
}

/* Forms of which nothing came in both weeks are named in a sentence, not in lines of zeros. */
struct silent {
    struct wsync_slice names[SILENT_MAX];
    size_t count;
    size_t others; /* that are in lines */
};

static void write_silent(struct server_page *page, const struct silent *silent)
{
    if (silent->count > 0) {
        wsync_html_raw(page->html, "<p class=\"muted\">");
        server_say(page, "Hai tuần này chưa có bản ghi: ", "No record in these two weeks: ");
        for (size_t i = 0; i < silent->count; i++) {
            wsync_html_text(page->html, i > 0 ? ", " : "");
            wsync_html_slice(page->html, silent->names[i]);
        }
        wsync_html_raw(page->html, ".</p>\n");
    }
}

static void begin_lines(struct server_page *page)
{
    server_table_begin(page, server_word(page, "Theo ngày ghi trong biểu mẫu, cả quận",
                                         "By the day in the form, the whole district"));
    server_table_head(page, server_word(page, "Chỉ tiêu", "Indicator"), false);
    server_table_head(page, server_word(page, "Tuần này", "This week"), true);
    server_table_head(page, server_word(page, "Tuần trước", "Last week"), true);
    server_table_head(page, server_word(page, "Thay đổi", "Change"), true);
    wsync_html_raw(page->html, "</tr></thead>\n");
}

/* The lines of a form, or its name among the silent ones. */
static void write_form_or_name(struct server_page *page, struct silent *silent,
                               const struct wsync_totals_table *table)
{
    const struct wsync_form *form = table->ask.form;
    if (table->all.records > 0) {
        if (silent->others++ == 0) {
            begin_lines(page);
        }
        write_form(page, table);
    } else if (silent->count < SILENT_MAX) {
        silent->names[silent->count++] = server_label(page, form->title_vi, form->title_en);
    }
}

static void write_totals(struct server_page *page, const struct server_two_weeks *weeks)
{
    struct silent silent = {.count = 0};
    wsync_html_raw(page->html, "<section id=\"totals\">\n<h2>");
    server_say(page, "Tuần này so với tuần trước", "This week against the last one");
    wsync_html_raw(page->html, "</h2>\n");
    for (size_t i = 0; i < weeks->count; i++) {
        write_form_or_name(page, &silent, weeks->forms[i]);
    }
    if (silent.others > 0) {
        wsync_html_raw(page->html, "</table></div>\n");
    }
    write_silent(page, &silent);
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- what waits for a decision ---- */

static void write_open_row(struct server_page *page, const struct server_unit *unit)
{
    if (unit->conflicts + unit->quarantined + unit->waiting == 0) {
        return;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    server_ward_link(page, unit->id, unit->name);
    wsync_html_raw(page->html, "</th>");
    server_number_cell(page, unit->conflicts);
    server_number_cell(page, unit->quarantined);
    server_number_cell(page, unit->waiting);
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_open(struct server_page *page, const struct server_units *units,
                       const struct server_facts *facts)
{
    wsync_html_raw(page->html, "<section id=\"open\">\n<h2>");
    server_say(page, "Chờ quyết định", "Waiting for a decision");
    wsync_html_raw(page->html, "</h2>\n");
    if (facts->conflicts + facts->quarantined + facts->waiting == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Không có gì chờ.", "Nothing waits.");
        wsync_html_raw(page->html, "</p>\n</section>\n");
        return;
    }
    server_table_begin(page, server_word(page, "Chưa xong, theo phường", "Open, by ward"));
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Bản ghi xung đột", "Records in conflict"), true);
    server_table_head(page, server_word(page, "Thay đổi bị cách ly", "Changes quarantined"),
                      true);
    server_table_head(page, server_word(page, "Thay đổi đang đợi", "Changes waiting"), true);
    server_table_body(page);
    for (size_t i = 0; i < units->count; i++) {
        write_open_row(page, units->by_name[i]);
    }
    wsync_html_raw(page->html, "<tr class=\"sum\"><th scope=\"row\">");
    server_say(page, "Cả quận", "District");
    wsync_html_raw(page->html, "</th>");
    server_number_cell(page, facts->conflicts);
    server_number_cell(page, facts->quarantined);
    server_number_cell(page, facts->waiting);
    wsync_html_raw(page->html, "</tr>\n");
    server_table_end(page);
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- the page ---- */

static enum wsync_err write_sections(struct server_page *page, const struct server_units *units,
                                     const struct server_two_weeks *weeks)
{
    struct server_facts facts;
    struct server_duty_weeks duties = {.count = 0};
    enum wsync_err err = server_facts_gather(page->site, &facts);
    if (err == WSYNC_OK) {
        err = server_duties_gather(page, units, weeks, weeks->monday, &duties);
    }
    if (err == WSYNC_OK) {
        write_missing(page, units);
        err = write_fresh(page, units);
    }
    if (err == WSYNC_OK) {
        write_totals(page, weeks);
        err = server_duties_write(page, &duties);
    }
    if (err == WSYNC_OK) {
        write_open(page, units, &facts);
    }
    server_duties_free(&duties);
    return err;
}

static enum wsync_err gather_and_write(struct server_page *page)
{
    struct server_units units = {.count = 0};
    struct server_two_weeks weeks = {.count = 0};
    enum wsync_err err = server_units_gather(page->site, page->today, &units);
    if (err == WSYNC_OK) {
        err = server_two_weeks_read(page, 0, &weeks);
    }
    if (err == WSYNC_OK) {
        err = write_sections(page, &units, &weeks);
    }
    server_two_weeks_free(&weeks);
    server_units_free(&units);
    return err;
}

/* It reads every cell of two weeks, and everybody who watches asks for it again after each
 * change: what was written at a revision is kept as long as that is the last.  The revision is
 * read before the snapshot is taken, so what is kept is never older than it says. */
static enum wsync_err write_overview(struct server_page *page)
{
    struct server_kept *kept = page->overview;
    struct wsync_html *html = page->html;
    uint64_t revision = page->request->revision;
    enum wsync_err err = WSYNC_OK;
    if (revision == 0 || kept->revision != revision || kept->day != page->today) {
        wsync_html_fini(&kept->part);
        page->html = &kept->part;
        err = gather_and_write(page);
        page->html = html;
        err = err == WSYNC_OK ? wsync_html_err(&kept->part) : err;
        kept->revision = err == WSYNC_OK ? revision : 0;
        kept->day = page->today;
    }
    server_page_head(page, server_word(page, "Tổng quan", "Overview"));
    wsync_page_live(page->html);
    wsync_html_again(page->html, &kept->part);
    wsync_page_live_end(page->html);
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_overview(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_overview);
}
