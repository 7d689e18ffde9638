/* SPDX-License-Identifier: Apache-2.0 */
#include "server/duties.h"

#include <stdlib.h>

/* ---- what there is ---- */

/* The figure that says how often a duty was reported as nothing; -1: there is none. */
static int mark_of(const struct wsync_totals_table *marks, const struct wsync_nothing *nothing,
                   const struct wsync_form *form)
{
    uint32_t number = wsync_nothing_duty(nothing, form);
    for (size_t i = 0; number != 0 && i < marks->column_count; i++) {
        const struct wsync_totals_column *column = &marks->columns[i];
        if (column->field->number == nothing->duty->number && column->choice &&
            column->choice->number == number) {
            return (int)i;
        }
    }
    return -1;
}

/* The week of a ward and a duty that a group adds to; NULL: it is of another week, or of no
 * ward. */
static struct wsync_duty_week *week_of(struct server_duty_weeks *duties, size_t duty,
                                       const struct wsync_totals_group *group)
{
    const struct server_unit *unit =
        group->start == duties->monday ? server_units_find(duties->units, group->unit) : NULL;
    return unit ? &duties->weeks[(size_t)(unit - duties->units->items) * duties->count + duty]
                : NULL;
}

static void add_duty(struct server_duty_weeks *duties, size_t duty,
                     const struct wsync_totals_table *records,
                     const struct wsync_totals_table *marks, int mark)
{
    for (size_t i = 0; i < records->group_count; i++) {
        struct wsync_duty_week *week = week_of(duties, duty, &records->groups[i]);
        if (week) {
            week->records += records->groups[i].records;
        }
    }
    for (size_t i = 0; i < marks->group_count; i++) {
        struct wsync_duty_week *week = week_of(duties, duty, &marks->groups[i]);
        if (week) {
            week->marks += (int64_t)marks->groups[i].figures[mark];
        }
    }
}

static const struct wsync_totals_table *table_of(const struct server_two_weeks *weeks,
                                                 const struct wsync_form *form)
{
    for (size_t i = 0; form && i < weeks->count; i++) {
        if (weeks->forms[i]->ask.form->number == form->number) {
            return weeks->forms[i];
        }
    }
    return NULL;
}

enum wsync_err server_duties_gather(struct server_page *page, const struct server_units *units,
                                    const struct server_two_weeks *weeks, int32_t monday,
                                    struct server_duty_weeks *duties)
{
    struct wsync_nothing nothing;
    *duties = (struct server_duty_weeks){
        .monday = monday, .over = monday + 7 <= page->today, .units = units};
    enum wsync_err err = wsync_nothing_find(page->site, &nothing);
    const struct wsync_totals_table *marks = table_of(weeks, nothing.form);
    if (err != WSYNC_OK || !marks) {
        return err;
    }
    for (size_t i = 0; i < weeks->count; i++) {
        if (mark_of(marks, &nothing, weeks->forms[i]->ask.form) >= 0) {
            duties->forms[duties->count++] = weeks->forms[i]->ask.form;
        }
    }
    duties->weeks = calloc(units->count * duties->count + 1, sizeof *duties->weeks);
    if (!duties->weeks) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < duties->count; i++) {
        const struct wsync_form *form = duties->forms[i];
        add_duty(duties, i, table_of(weeks, form), marks, mark_of(marks, &nothing, form));
    }
    return WSYNC_OK;
}

void server_duties_free(struct server_duty_weeks *duties)
{
    free(duties->weeks);
}

const struct wsync_duty_week *server_duty_week(const struct server_duty_weeks *duties,
                                               size_t unit, size_t duty)
{
    return &duties->weeks[unit * duties->count + duty];
}

/* May something of the week still be on its way?  Of a week that is over the ward has to be
 * heard of behind its end. */
static bool is_late(const struct server_duty_weeks *duties, const struct server_unit *unit)
{
    int64_t heard_of = server_day_begin(duties->monday + (duties->over ? 7 : 0));
    return !unit->complete || unit->until < heard_of;
}

enum server_duty server_duty_of(const struct server_duty_weeks *duties, size_t unit,
                                size_t duty)
{
    switch (wsync_duty_state(server_duty_week(duties, unit, duty))) {
    case WSYNC_DUTY_REPORTED:
        return SERVER_DUTY_REPORTED;
    case WSYNC_DUTY_NOTHING:
        return SERVER_DUTY_NOTHING;
    case WSYNC_DUTY_BOTH:
        return SERVER_DUTY_BOTH;
    case WSYNC_DUTY_MISSING:
        break;
    }
    return is_late(duties, &duties->units->items[unit]) ? SERVER_DUTY_LATE
                                                        : SERVER_DUTY_MISSING;
}

/* ---- in words ---- */

static const char *word_of(const struct server_page *page, enum server_duty duty)
{
    switch (duty) {
    case SERVER_DUTY_REPORTED:
        return server_word(page, "Đã báo cáo", "Reported");
    case SERVER_DUTY_NOTHING:
        return server_word(page, "Không phát sinh", "Nothing to report");
    case SERVER_DUTY_BOTH:
        return server_word(page, "Mâu thuẫn", "Contradictory");
    case SERVER_DUTY_LATE:
        return server_word(page, "Chưa liên lạc", "Not heard of");
    case SERVER_DUTY_MISSING:
    case SERVER_DUTIES:
        break;
    }
    return server_word(page, "Thiếu", "Missing");
}

static void write_head(struct server_page *page)
{
    wsync_html_raw(page->html, "<section id=\"duties\">\n<h2>");
    server_say(page, "Nhiệm vụ của tuần", "The duties of the week");
    wsync_html_raw(page->html, "</h2>\n<p class=\"muted\">");
    server_say(
        page,
        "Thiếu: đã liên lạc mà chưa có bản ghi, cũng chưa báo không phát sinh. Chưa liên "
        "lạc: số liệu có thể còn nằm ở phường.",
        "Missing: heard of, with no record and no word that there is nothing. Not heard "
        "of: numbers may still lie at the ward.");
    wsync_html_raw(page->html, "</p>\n");
}

/* How many duties of a ward are in which state. */
struct row {
    const struct server_unit *unit;
    size_t counts[SERVER_DUTIES];
    size_t place; /* of its name */
};

static size_t done_of(const struct row *row)
{
    return row->counts[SERVER_DUTY_REPORTED] + row->counts[SERVER_DUTY_NOTHING];
}

/* Who reported most leads; of equals one that was heard of. */
static int leader_first(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    size_t done_a = done_of(a), done_b = done_of(b);
    size_t late_a = a->counts[SERVER_DUTY_LATE], late_b = b->counts[SERVER_DUTY_LATE];
    if (done_a != done_b) {
        return done_a > done_b ? -1 : 1;
    }
    if (late_a != late_b) {
        return late_a < late_b ? -1 : 1;
    }
    return a->place < b->place ? -1 : 1;
}

/* Counts them; answers how many wards there are. */
static size_t count_rows(const struct server_duty_weeks *duties, struct row *rows)
{
    size_t count = 0;
    const struct server_units *units = duties->units;
    for (size_t i = 0; i < units->count; i++) {
        const struct server_unit *unit = units->by_name[i];
        if (unit->expected) {
            struct row *row = &rows[count];
            *row = (struct row){.unit = unit, .place = count};
            count++;
            for (size_t k = 0; k < duties->count; k++) {
                row->counts[server_duty_of(duties, (size_t)(unit - units->items), k)]++;
            }
        }
    }
    return count;
}

enum wsync_err server_duties_write(struct server_page *page,
                                   const struct server_duty_weeks *duties)
{
    struct row *rows = calloc(duties->units->count + 1, sizeof *rows);
    if (!rows || duties->count == 0) {
        free(rows);
        return rows ? WSYNC_OK : WSYNC_ERR_MEMORY;
    }
    size_t count = count_rows(duties, rows);
    qsort(rows, count, sizeof *rows, leader_first);
    write_head(page);
    server_table_begin(page, server_word(page, "Số nhiệm vụ tuần này, phường dẫn đầu ở trên",
                                         "Duties of this week, the ward that leads on top"));
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    for (int i = 0; i < SERVER_DUTIES; i++) {
        server_table_head(page, word_of(page, (enum server_duty)i), true);
    }
    server_table_body(page);
    for (size_t i = 0; i < count; i++) {
        wsync_html_raw(page->html, "<tr><th scope=\"row\">");
        server_ward_link(page, rows[i].unit->id, rows[i].unit->name);
        wsync_html_raw(page->html, "</th>");
        for (size_t k = 0; k < SERVER_DUTIES; k++) {
            server_number_cell(page, rows[i].counts[k]);
        }
        wsync_html_raw(page->html, "</tr>\n");
    }
    server_table_end(page);
    wsync_html_raw(page->html, "</section>\n");
    free(rows);
    return WSYNC_OK;
}

/* A state with its word; of one that contradicts itself also by how much. */
static void write_state(struct server_page *page, const struct server_duty_weeks *duties,
                        size_t unit, size_t duty)
{
    enum server_duty state = server_duty_of(duties, unit, duty);
    const struct wsync_duty_week *week = server_duty_week(duties, unit, duty);
    bool good = state == SERVER_DUTY_REPORTED || state == SERVER_DUTY_NOTHING;
    wsync_html_raw(page->html, "<td><span class=\"tag ");
    wsync_html_text(page->html, good ? "good" : state == SERVER_DUTY_LATE ? "calm" : "warn");
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, word_of(page, state));
    wsync_html_raw(page->html, "</span>");
    if (state == SERVER_DUTY_BOTH) {
        wsync_html_raw(page->html, " ");
        server_say(page, "đã báo không phát sinh nhưng có ",
                   "reported as nothing, but there is ");
        server_number(page, (uint64_t)week->records);
        server_say(page, " bản ghi", " on record");
    }
    wsync_html_raw(page->html, "</td>");
}

static void write_rows(struct server_page *page, const struct server_duty_weeks weeks[2],
                       size_t unit)
{
    for (size_t i = 0; i < weeks[0].count; i++) {
        const struct wsync_form *form = weeks[0].forms[i];
        wsync_html_raw(page->html, "<tr><th scope=\"row\">");
        wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
        wsync_html_raw(page->html, "</th>");
        for (size_t k = 0; k < 2; k++) {
            write_state(page, &weeks[k], unit, i);
        }
        wsync_html_raw(page->html, "</tr>\n");
    }
}

enum wsync_err server_duties_of_ward(struct server_page *page, const struct server_units *units,
                                     const struct server_two_weeks *two,
                                     const struct server_unit *unit)
{
    struct server_duty_weeks weeks[2] = {{.count = 0}, {.count = 0}};
    enum wsync_err err = server_duties_gather(page, units, two, two->monday, &weeks[0]);
    if (err == WSYNC_OK) {
        err = server_duties_gather(page, units, two, two->monday - 7, &weeks[1]);
    }
    if (err == WSYNC_OK && weeks[0].count > 0) {
        write_head(page);
        server_table_begin(page, server_word(page, "Từng nhiệm vụ", "Each duty"));
        server_table_head(page, server_word(page, "Nhiệm vụ", "Duty"), false);
        server_table_head(page, server_word(page, "Tuần này", "This week"), false);
        server_table_head(page, server_word(page, "Tuần trước", "Last week"), false);
        server_table_body(page);
        write_rows(page, weeks, (size_t)(unit - units->items));
        server_table_end(page);
        wsync_html_raw(page->html, "</section>\n");
    }
    for (size_t i = 0; i < 2; i++) {
        server_duties_free(&weeks[i]);
    }
    return err;
}
