/* SPDX-License-Identifier: Apache-2.0 */
/* figures.h: totals on a page: what is asked for in its address, figures, indicators and
 * periods in words.
 *
 * An address says form=NAME, figure=KEY, by=week|month, unit=ID, from=DAY and to=DAY.  A KEY is
 * that of an indicator. */
#ifndef WARDSYNC_SERVER_FIGURES_H
#define WARDSYNC_SERVER_FIGURES_H

#include "host/figure.h"
#include "host/indicator.h"
#include "server/pages.h"
#include "server/unit_facts.h"

/* A figure; a cell with one; the indicator in words. */
void server_figure(struct server_page *page, wsync_int128 figure, uint32_t digits);
void server_figure_cell(struct server_page *page, wsync_int128 figure, uint32_t digits);
void server_figure_label(struct server_page *page, const struct wsync_totals_table *table,
                         int column);

/* "Tuần 16 (11/4 – 17/4)", with the year when it is not this one; "Tháng 4/2022"; for an axis
 * "11/4", "4/2022". */
enum { SERVER_PERIOD_BYTES = 64 };
const char *server_period(const struct server_page *page, enum wsync_totals_by by,
                          int32_t start, char text[SERVER_PERIOD_BYTES]);
const char *server_period_short(enum wsync_totals_by by, int32_t start,
                                char text[SERVER_PERIOD_BYTES]);
/* The first day of the period `count` ones before or behind that of `day`; its last day. */
int32_t server_period_step(enum wsync_totals_by by, int32_t day, int count);
int32_t server_period_end(enum wsync_totals_by by, int32_t start);

/* What an address asks for. */
struct server_choice {
    const struct wsync_form *form; /* the first one when none is named */
    enum wsync_totals_by by;       /* week or month */
    const char *figure;            /* its key; NULL when it names none */
    uint32_t unit;                 /* 0: all */
    bool has_days;                 /* the address says them; empty ones mean all */
    int32_t first_day, last_day;
};

/* Reads it.  NOT_FOUND and INVALID with a sentence in `page->error`: there is no form at all or
 * none of that name, no such unit, a day that is none. */
WSYNC_MUST_USE enum wsync_err server_choose(struct server_page *page,
                                            struct server_choice *choice);

/* The parts of a form that chooses; each with its label. */
void server_choose_begin(struct server_page *page, const char *path);
WSYNC_MUST_USE enum wsync_err server_choose_form(struct server_page *page,
                                                 const struct server_choice *choice);
void server_choose_by(struct server_page *page, const struct server_choice *choice);
void server_choose_column(struct server_page *page, const struct wsync_totals_table *table,
                          int column, bool all);
void server_choose_unit(struct server_page *page, const struct server_units *units,
                        uint32_t unit);
void server_choose_day(struct server_page *page, const char *name, const char *label,
                       int32_t day);
void server_choose_end(struct server_page *page);

/* Text that is no NUL-terminated one as part of an address (wsync_html_part). */
void server_part_slice(struct server_page *page, struct wsync_slice text);

#endif
