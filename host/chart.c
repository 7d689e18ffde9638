/* SPDX-License-Identifier: Apache-2.0 */
#include "host/chart.h"

#include <string.h>

#include "host/page.h"

/* In units of the picture, which a page scales; letters are some 16 high. */
enum {
    WIDTH = 480,
    PLOT_TOP = 16,
    PLOT_HEIGHT = 224,
    RIGHT = 444, /* half of the last label stands behind it */
    LETTER = 9,
    LEFT_MAX = 248,
    LABEL_BELOW = 24,
    LEGEND_TOP = 292,
    LEGEND_LINE = 26,
    LABELS_MAX = 6,
    MARK = 4, /* half of a marker */
    TICKS_MAX = 5,
    DIGITS_BIG = 34,
    TILE_WIDTH = 113,
    TILE_HEIGHT = 84,
    TILE_GAP = 8,
    EDGE = 2, /* half of a stroke, and some air */
    TILE_PLACES = 32,
    NAME_LETTERS = 10, /* in one line of a tile */
};

/* The range of values a plot shows, and its ticks. */
struct scale {
    wsync_int128 low, high, step;
    int left; /* where the plot begins */
};

static wsync_int128 power_of_ten(int digits)
{
    wsync_int128 power = 1;
    for (int i = 0; i < digits; i++) {
        power *= 10;
    }
    return power;
}

/* What lies beyond is drawn at the edge, so that no product below can overflow; its text is
 * exact all the same. */
static wsync_int128 bounded(wsync_int128 value)
{
    const wsync_int128 big = power_of_ten(DIGITS_BIG);
    return value > big ? big : value < -big ? -big : value;
}

static bool is_known(const struct wsync_chart_series *series, size_t point)
{
    return !series->known || series->known[point];
}

/* The smallest of 1, 2, 5, 10, 20, ... of which TICKS_MAX cover the range. */
static wsync_int128 step_of(wsync_int128 range)
{
    wsync_int128 power = 1;
    for (;;) { /* ends: the range is bounded */
        static const int TIMES[] = {1, 2, 5};
        for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++) {
            if (power * TIMES[i] * TICKS_MAX >= range) {
                return power * TIMES[i];
            }
        }
        power *= 10;
    }
}

static int letters(const char *text)
{
    int count = 0;
    for (; *text; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static int left_of(const struct scale *scale, uint32_t digits)
{
    int longest = 1;
    for (wsync_int128 tick = scale->low; tick <= scale->high; tick += scale->step) {
        char text[WSYNC_FIGURE_BYTES];
        wsync_figure_text(tick, digits, text);
        longest = letters(text) > longest ? letters(text) : longest;
    }
    int left = 16 + longest * LETTER;
    return left > LEFT_MAX ? LEFT_MAX : left;
}

/* From the smallest to the greatest value, 0 among them, in whole steps. */
static struct scale scale_of(const struct wsync_chart_lines *chart)
{
    struct scale scale = {0, 0, 1, 0};
    for (size_t i = 0; i < chart->series_count; i++) {
        for (size_t k = 0; k < chart->point_count; k++) {
            wsync_int128 value = bounded(chart->series[i].values[k]);
            if (is_known(&chart->series[i], k)) {
                scale.low = value < scale.low ? value : scale.low;
                scale.high = value > scale.high ? value : scale.high;
            }
        }
    }
    scale.step = step_of(scale.high - scale.low);
    if (scale.low == scale.high) {
        scale.high = scale.step;
    }
    wsync_int128 below = scale.low % scale.step;
    wsync_int128 above = scale.high % scale.step;
    scale.low -= below == 0 ? 0 : below + scale.step;
    scale.high += above == 0 ? 0 : scale.step - above;
    scale.left = left_of(&scale, chart->digits);
    return scale;
}

static int height_of(const struct scale *scale, wsync_int128 value)
{
    wsync_int128 up = (bounded(value) - scale->low) * PLOT_HEIGHT / (scale->high - scale->low);
    return PLOT_TOP + PLOT_HEIGHT - (int)up;
}

static int place_of(const struct scale *scale, size_t point, size_t count)
{
    int width = RIGHT - scale->left;
    return count == 1 ? scale->left + width / 2
                      : scale->left + (int)(point * (size_t)width / (count - 1));
}

/* ---- the frame ---- */

/* "M16 20" and its like. */
static void put_move(struct wsync_html *html, char letter, int x, int y)
{
    wsync_html_slice(html, wsync_slice(&letter, 1));
    wsync_html_number(html, x);
    wsync_html_raw(html, " ");
    wsync_html_number(html, y);
}

static void begin(struct wsync_html *html, const char *id, const char *kind, int height)
{
    wsync_html_raw(html, "<svg");
    wsync_html_attr(html, "class", kind);
    wsync_html_raw(html, " viewBox=\"0 0 ");
    wsync_html_number(html, WIDTH);
    wsync_html_raw(html, " ");
    wsync_html_number(html, height);
    wsync_html_raw(html, "\" role=\"img\" aria-labelledby=\"");
    wsync_html_text(html, id);
    wsync_html_raw(html, "-title ");
    wsync_html_text(html, id);
    wsync_html_raw(html, "-about\">\n");
}

static void tell(struct wsync_html *html, const char *id, const char *title, const char *about)
{
    wsync_html_raw(html, "<title id=\"");
    wsync_html_text(html, id);
    wsync_html_raw(html, "-title\">");
    wsync_html_text(html, title);
    wsync_html_raw(html, "</title>\n<desc id=\"");
    wsync_html_text(html, id);
    wsync_html_raw(html, "-about\">");
    wsync_html_text(html, about);
    wsync_html_raw(html, "</desc>\n");
}

static void put_text(struct wsync_html *html, int x, int y, const char *text)
{
    wsync_html_attr_number(html, "x", x);
    wsync_html_attr_number(html, "y", y);
    wsync_html_raw(html, ">");
    wsync_html_text(html, text);
    wsync_html_raw(html, "</text>\n");
}

static void put_ticks(struct wsync_html *html, const struct scale *scale, uint32_t digits)
{
    for (wsync_int128 tick = scale->low; tick <= scale->high; tick += scale->step) {
        char text[WSYNC_FIGURE_BYTES];
        int y = height_of(scale, tick);
        wsync_figure_text(tick, digits, text);
        wsync_html_raw(html, "<path");
        wsync_html_attr(html, "class", tick == 0 ? "axis" : "grid");
        wsync_html_raw(html, " d=\"");
        put_move(html, 'M', scale->left, y);
        wsync_html_raw(html, "H");
        wsync_html_number(html, RIGHT);
        wsync_html_raw(html, "\"/>\n");
        wsync_html_raw(html, "<text text-anchor=\"end\"");
        put_text(html, scale->left - 8, y + 5, text);
    }
}

/* As many labels as can be read, the last one always. */
static void put_labels(struct wsync_html *html, const struct scale *scale,
                       const struct wsync_chart_lines *chart)
{
    size_t each = (chart->point_count + LABELS_MAX - 1) / LABELS_MAX;
    for (size_t i = 0; i < chart->point_count; i++) {
        if ((chart->point_count - 1 - i) % each == 0) {
            wsync_html_raw(html, "<text text-anchor=\"middle\"");
            put_text(html, place_of(scale, i, chart->point_count),
                     PLOT_TOP + PLOT_HEIGHT + LABEL_BELOW, chart->labels[i]);
        }
    }
}

/* ---- lines ---- */

static const char *const DASHES[WSYNC_CHART_SERIES_MAX] = {"",         "8 4", "2 4",
                                                           "12 4 2 4", "4 4", "16 4"};

/* What follows the first point of a marker, and where that lies beside its middle. */
static const struct {
    int x, y;
    const char *path;
} MARKERS[WSYNC_CHART_SERIES_MAX] = {
    {-MARK, 0, "a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"},
    {-MARK, -MARK, "h8v8h-8z"},
    {0, -MARK - 1, "l5 9h-10z"},
    {0, -MARK - 1, "l5 5-5 5-5-5z"},
    {0, MARK + 1, "l5-9h-10z"},
    {-MARK, -MARK, "l8 8m0-8l-8 8"},
};

static void put_marker(struct wsync_html *html, size_t series, int x, int y)
{
    wsync_html_raw(html, "<path d=\"");
    put_move(html, 'M', x + MARKERS[series].x, y + MARKERS[series].y);
    wsync_html_text(html, MARKERS[series].path);
    wsync_html_raw(html, "\">");
}

static void put_path(struct wsync_html *html, size_t number)
{
    wsync_html_raw(html, "<path class=\"line\" fill=\"none\"");
    if (DASHES[number][0]) {
        wsync_html_attr(html, "stroke-dasharray", DASHES[number]);
    }
    wsync_html_raw(html, " d=\"");
}

/* One line, broken where a value is not known, with a marker for each value. */
static void put_series(struct wsync_html *html, const struct scale *scale,
                       const struct wsync_chart_lines *chart, size_t number)
{
    const struct wsync_chart_series *series = &chart->series[number];
    char text[WSYNC_FIGURE_BYTES];
    bool drawing = false;
    put_path(html, number);
    for (size_t i = 0; i < chart->point_count; i++) {
        bool known = is_known(series, i);
        if (known) {
            put_move(html, drawing ? 'L' : 'M', place_of(scale, i, chart->point_count),
                     height_of(scale, series->values[i]));
        }
        drawing = known;
    }
    wsync_html_raw(html, "\"/>\n");
    for (size_t i = 0; i < chart->point_count; i++) {
        if (is_known(series, i)) {
            put_marker(html, number, place_of(scale, i, chart->point_count),
                       height_of(scale, series->values[i]));
            wsync_figure_text(series->values[i], chart->digits, text);
            wsync_html_raw(html, "<title>");
            wsync_html_text(html, series->name);
            wsync_html_raw(html, ", ");
            wsync_html_text(html, chart->labels[i]);
            wsync_html_raw(html, ": ");
            wsync_html_text(html, text);
            wsync_html_raw(html, "</title></path>\n");
        }
    }
}

static void put_legend(struct wsync_html *html, const struct wsync_chart_lines *chart,
                       size_t number)
{
    int y = LEGEND_TOP + (int)number * LEGEND_LINE;
    put_path(html, number);
    put_move(html, 'M', 16, y);
    wsync_html_raw(html, "H64\"/>\n");
    put_marker(html, number, 40, y);
    wsync_html_raw(html, "</path>\n");
    wsync_html_raw(html, "<text");
    put_text(html, 76, y + 5, chart->series[number].name);
}

static bool is_any_known(const struct wsync_chart_lines *chart)
{
    for (size_t i = 0; i < chart->series_count; i++) {
        for (size_t k = 0; k < chart->point_count; k++) {
            if (is_known(&chart->series[i], k)) {
                return true;
            }
        }
    }
    return false;
}

void wsync_chart_lines(struct wsync_html *html, const struct wsync_chart_lines *chart)
{
    WSYNC_ASSERT(chart->series_count <= WSYNC_CHART_SERIES_MAX &&
                 chart->point_count <= WSYNC_CHART_POINTS_MAX);
    const struct scale scale = scale_of(chart);
    begin(html, chart->id, "chart lines",
          LEGEND_TOP + (int)chart->series_count * LEGEND_LINE - LEGEND_LINE / 2);
    tell(html, chart->id, chart->title, chart->about);
    if (!is_any_known(chart)) {
        wsync_html_raw(html, "<text text-anchor=\"middle\"");
        put_text(html, WIDTH / 2, PLOT_TOP + PLOT_HEIGHT / 2, chart->nothing);
        wsync_html_raw(html, "</svg>\n");
        return;
    }
    put_ticks(html, &scale, chart->digits);
    put_labels(html, &scale, chart);
    for (size_t i = 0; i < chart->series_count; i++) {
        wsync_html_raw(html, "<g class=\"series-");
        wsync_html_number(html, (int64_t)i + 1);
        wsync_html_raw(html, "\">\n");
        put_series(html, &scale, chart, i);
        put_legend(html, chart, i);
        wsync_html_raw(html, "</g>\n");
    }
    wsync_html_raw(html, "</svg>\n");
}

void wsync_chart_table(struct wsync_html *html, const struct wsync_chart_lines *chart,
                       const char *corner)
{
    wsync_page_table(html, chart->title);
    wsync_html_raw(html, "<caption>");
    wsync_html_text(html, chart->title);
    wsync_html_raw(html, "</caption>\n<thead><tr><th scope=\"col\">");
    wsync_html_text(html, corner);
    wsync_html_raw(html, "</th>");
    for (size_t i = 0; i < chart->series_count; i++) {
        wsync_page_number_head(html, wsync_slice_of(chart->series[i].name));
    }
    wsync_html_raw(html, "</tr></thead>\n<tbody>\n");
    for (size_t k = 0; k < chart->point_count; k++) {
        wsync_html_raw(html, "<tr><th scope=\"row\">");
        wsync_html_text(html, chart->labels[k]);
        wsync_html_raw(html, "</th>");
        for (size_t i = 0; i < chart->series_count; i++) {
            char text[WSYNC_FIGURE_BYTES] = "–";
            if (is_known(&chart->series[i], k)) {
                wsync_figure_text(chart->series[i].values[k], chart->digits, text);
            }
            wsync_html_raw(html, "<td class=\"number\">");
            wsync_html_text(html, text);
            wsync_html_raw(html, "</td>");
        }
        wsync_html_raw(html, "</tr>\n");
    }
    wsync_html_raw(html, "</tbody>\n</table></div>\n");
}

/* ---- tiles ---- */

int wsync_chart_shade(wsync_int128 value, wsync_int128 low, wsync_int128 high)
{
    wsync_int128 range = bounded(high) - bounded(low);
    return range == 0
               ? 1
               : 1 + (int)((bounded(value) - bounded(low)) * (WSYNC_CHART_SHADES - 1) / range);
}

/* The space that parts a name into two lines of about one length; NULL: it is one line. */
static const char *middle_of(const char *name)
{
    const char *middle = NULL;
    int best = letters(name);
    for (const char *at = best > NAME_LETTERS ? strchr(name, ' ') : NULL; at;
         at = strchr(at + 1, ' ')) {
        int off = 2 * letters(at) - letters(name);
        if (off < 0 ? -off < best : off < best) {
            best = off < 0 ? -off : off;
            middle = at;
        }
    }
    return middle;
}

/* The name in a tile, at the middle of its width; how many lines it takes. */
static int put_name(struct wsync_html *html, const char *name, int middle, int top)
{
    const char *space = middle_of(name);
    wsync_html_raw(html, "<text class=\"name\" text-anchor=\"middle\"");
    if (!space) {
        put_text(html, middle, top + 32, name);
        return 1;
    }
    wsync_html_attr_number(html, "x", middle);
    wsync_html_attr_number(html, "y", top + 24);
    wsync_html_raw(html, ">");
    wsync_html_slice(html, wsync_slice(name, (size_t)(space - name)));
    wsync_html_raw(html, " <tspan");
    wsync_html_attr_number(html, "x", middle);
    wsync_html_attr_number(html, "y", top + 44);
    wsync_html_raw(html, ">");
    wsync_html_text(html, space + 1);
    wsync_html_raw(html, "</tspan></text>\n");
    return 2;
}

static void put_tile(struct wsync_html *html, const struct wsync_chart_tile *tile, int shade,
                     uint32_t digits)
{
    int x = EDGE + tile->column * (TILE_WIDTH + TILE_GAP);
    int y = EDGE + tile->row * (TILE_HEIGHT + TILE_GAP);
    char text[WSYNC_FIGURE_BYTES] = "–";
    if (tile->known) {
        wsync_figure_text(tile->value, digits, text);
    }
    wsync_html_raw(html, "<g class=\"tile shade-");
    wsync_html_number(html, shade);
    wsync_html_raw(html, "\">\n<rect");
    wsync_html_attr_number(html, "x", x);
    wsync_html_attr_number(html, "y", y);
    wsync_html_attr_number(html, "width", TILE_WIDTH);
    wsync_html_attr_number(html, "height", TILE_HEIGHT);
    wsync_html_raw(html, " rx=\"6\"/>\n");
    int lines = put_name(html, tile->name, x + TILE_WIDTH / 2, y);
    wsync_html_raw(html, "<text class=\"figure\" text-anchor=\"middle\"");
    put_text(html, x + TILE_WIDTH / 2, y + (lines == 1 ? 62 : 70), text);
    wsync_html_raw(html, "</g>\n");
}

void wsync_chart_tiles(struct wsync_html *html, const struct wsync_chart_tiles *chart)
{
    wsync_int128 low = 0, high = 0;
    int rows = 1;
    for (size_t i = 0; i < chart->tile_count; i++) {
        const struct wsync_chart_tile *tile = &chart->tiles[i];
        WSYNC_ASSERT(tile->column >= 0 && tile->column < TILE_PLACES && tile->row >= 0 &&
                     tile->row < TILE_PLACES);
        rows = tile->row + 1 > rows ? tile->row + 1 : rows;
        low = tile->known && tile->value < low ? tile->value : low;
        high = tile->known && tile->value > high ? tile->value : high;
    }
    begin(html, chart->id, "chart tiles",
          rows * (TILE_HEIGHT + TILE_GAP) - TILE_GAP + 2 * EDGE);
    tell(html, chart->id, chart->title, chart->about);
    for (size_t i = 0; i < chart->tile_count; i++) {
        const struct wsync_chart_tile *tile = &chart->tiles[i];
        put_tile(html, tile, tile->known ? wsync_chart_shade(tile->value, low, high) : 0,
                 chart->digits);
    }
    wsync_html_raw(html, "</svg>\n");
}
