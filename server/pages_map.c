/* SPDX-License-Identifier: Apache-2.0 */
/* One figure of one week on the tile map of the wards, and the same as a table. */
#include <stdio.h>
#include <stdlib.h>

#include "host/chart.h"
#include "server/figures.h"
#include "server/tiles.h"
#include "wardsync/calendar.h"

enum { TILES_MAX = 64 };

struct map {
    struct server_choice choice;
    struct wsync_totals_table *table;
    struct server_units units;
    int column;
    int32_t start;
    size_t count;
    struct wsync_chart_tile tiles[TILES_MAX];
    struct server_tile places[TILES_MAX];
    uint32_t ids[TILES_MAX];
};

static enum wsync_err gather(struct server_page *page, struct map *map)
{
    int32_t day = WSYNC_NO_DAY;
    enum wsync_err err = server_choose(page, &map->choice);
    if (err == WSYNC_OK) {
        err = server_read_day(page, "day", &day);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    map->choice.has_days = map->choice.has_days || day != WSYNC_NO_DAY;
    day = day == WSYNC_NO_DAY ? page->today : day;
    map->start = server_period_step(map->choice.by, day, 0);
    const struct wsync_totals_ask ask = {.form = map->choice.form,
                                         .by = map->choice.by,
                                         .first_day = map->start,
                                         .last_day =
                                             server_period_end(map->choice.by, map->start)};
    err = server_units_gather(page->site, map->start, &map->units);
    if (err == WSYNC_OK) {
        err = wsync_totals_table_new(page->site, &ask, &map->table);
    }
    if (err == WSYNC_OK) { /* a key may be one of another form */
        map->column =
            wsync_indicator_find(map->table, map->choice.figure, WSYNC_INDICATOR_RECORDS);
    }
    return err;
}

/* A tile for each ward of that time, and for any other that has numbers then. */
static enum wsync_err place(struct server_page *page, struct map *map)
{
    for (size_t i = 0; i < map->units.count && map->count < TILES_MAX; i++) {
        const struct server_unit *unit = map->units.by_name[i];
        const struct wsync_totals_group *group =
            wsync_totals_table_find(map->table, map->start, unit->id);
        if (unit->expected || group) {
            map->places[map->count].name = unit->name;
            map->ids[map->count] = unit->id;
            map->tiles[map->count++] = (struct wsync_chart_tile){
                .name = unit->name,
                .known = group != NULL,
                .value = group ? wsync_indicator_figure(group, map->column) : 0};
        }
    }
    enum wsync_err err = server_tiles_place(&page->site->arena, map->places, map->count);
    for (size_t i = 0; i < map->count; i++) {
        map->tiles[i].column = map->places[i].column;
        map->tiles[i].row = map->places[i].row;
    }
    return err;
}

static enum wsync_err write_chooser(struct server_page *page, const struct map *map)
{
    server_choose_begin(page, "/map");
    enum wsync_err err = server_choose_form(page, &map->choice);
    server_choose_column(page, map->table, map->column, false);
    server_choose_by(page, &map->choice);
    server_choose_day(page, "day", server_word(page, "Kỳ có ngày", "The period that holds"),
                      map->start);
    server_choose_end(page);
    return err;
}

static void write_tiles(struct server_page *page, const struct map *map, const char *title)
{
    const struct wsync_chart_tiles chart = {
        .id = "map",
        .title = title,
        .about =
            server_word(page,
                        "Mỗi ô là một phường, đặt gần đúng vị trí; ô nổi bật hơn là số "
                        "lớn hơn, \"–\" là chưa có số liệu. Mọi số có trong bảng bên dưới.",
                        "Each tile is a ward, about where it lies; the more it stands out, "
                        "the greater its number; \"–\" is no numbers yet. All numbers are "
                        "in the table below."),
        .digits = wsync_indicator_digits(map->table, map->column),
        .tiles = map->tiles,
        .tile_count = map->count};
    wsync_chart_tiles(page->html, &chart);
    wsync_html_raw(page->html, "<p class=\"muted\">");
    wsync_html_text(page->html, chart.about);
    wsync_html_raw(page->html, "</p>\n");
}

static void write_table(struct server_page *page, const struct map *map, const char *title)
{
    char label[WSYNC_INDICATOR_BYTES];
    server_table_begin(page, title);
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(
        page, wsync_indicator_label(map->table, map->column, page->language, label), true);
    server_table_body(page);
    for (size_t i = 0; i < map->count; i++) {
        wsync_html_raw(page->html, "<tr><th scope=\"row\">");
        server_ward_link(page, map->ids[i], map->tiles[i].name);
        wsync_html_raw(page->html, "</th>");
        if (map->tiles[i].known) {
            server_figure_cell(page, map->tiles[i].value,
                               wsync_indicator_digits(map->table, map->column));
        } else {
            wsync_html_raw(page->html, "<td class=\"number\">–</td>");
        }
        wsync_html_raw(page->html, "</tr>\n");
    }
    server_table_end(page);
}

static void write_all(struct server_page *page, const struct map *map)
{
    char title[2 * WSYNC_INDICATOR_BYTES], label[WSYNC_INDICATOR_BYTES],
        period[SERVER_PERIOD_BYTES];
    snprintf(title, sizeof title, "%s, %s",
             wsync_indicator_label(map->table, map->column, page->language, label),
             server_period(page, map->choice.by, map->start, period));
    write_tiles(page, map, title);
    write_table(page, map, title);
}

static enum wsync_err write_map(struct server_page *page)
{
    struct map *map = calloc(1, sizeof *map);
    if (!map) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = gather(page, map);
    if (err == WSYNC_OK) {
        err = place(page, map);
    }
    if (err == WSYNC_OK) {
        server_page_head(page, server_word(page, "Bản đồ ô", "Tile map"));
        err = write_chooser(page, map);
        wsync_page_live(page->html);
        write_all(page, map);
        wsync_page_live_end(page->html);
        wsync_page_end(page->html, &page->frame);
    }
    wsync_totals_table_free(map->table);
    server_units_free(&map->units);
    free(map);
    return err;
}

void server_page_map(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_map);
}
