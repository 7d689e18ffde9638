/* SPDX-License-Identifier: Apache-2.0 */
/* chart.h: figures as SVG within a page: lines over periods, and a map of tiles.
 *
 * Pure: numbers in, markup out, placed by integers alone.  What colour tells is told again:
 * lines differ in dashes and markers and are named below the plot, a tile bears its name and
 * its number.  Each chart is one image with a title and a description; its numbers stand in the
 * table that the page puts beside it (wsync_chart_table for lines).  Colours are the
 * stylesheet's, by class. */
#ifndef WARDSYNC_HOST_CHART_H
#define WARDSYNC_HOST_CHART_H

#include "host/figure.h"
#include "host/html.h"

enum { WSYNC_CHART_SERIES_MAX = 6, WSYNC_CHART_POINTS_MAX = 64, WSYNC_CHART_SHADES = 5 };

struct wsync_chart_series {
    const char *name;
    const wsync_int128 *values; /* one a point */
    const bool *known;          /* one a point; NULL: all are */
};

/* At most WSYNC_CHART_SERIES_MAX lines of at most WSYNC_CHART_POINTS_MAX points. */
struct wsync_chart_lines {
    const char *id;            /* a literal, one of its kind in the page */
    const char *title, *about; /* one line; what it shows, in a sentence */
    const char *nothing;       /* stands in the plot when no point is known */
    uint32_t digits;           /* of the values, which are scaled by ten to it */
    const char *const *labels; /* of the points, short */
    size_t point_count;
    const struct wsync_chart_series *series;
    size_t series_count;
};
void wsync_chart_lines(struct wsync_html *html, const struct wsync_chart_lines *chart);

/* The same numbers as a table: a row a point, a column a line.  `corner` heads the first
 * column; what is not known is "–". */
void wsync_chart_table(struct wsync_html *html, const struct wsync_chart_lines *chart,
                       const char *corner);

struct wsync_chart_tile {
    int32_t column, row; /* 0 to 31 */
    const char *name;
    bool known;
    wsync_int128 value;
};

struct wsync_chart_tiles {
    const char *id, *title, *about;
    uint32_t digits;
    const struct wsync_chart_tile *tiles;
    size_t tile_count;
};
void wsync_chart_tiles(struct wsync_html *html, const struct wsync_chart_tiles *chart);

/* How dark a value is beside the others, 1 to WSYNC_CHART_SHADES; `low` and `high` bound them
 * all and are 0 or stand on both sides of it. */
int wsync_chart_shade(wsync_int128 value, wsync_int128 low, wsync_int128 high);

#endif
