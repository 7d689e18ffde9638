/* SPDX-License-Identifier: Apache-2.0 */
/* Charts: golden text of small ones, and what holds for any numbers. */
#include "host/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { POINTS = 8 };

static const char *const LABELS[] = {"4/4", "11/4", "18/4", "25/4",
                                     "2/5", "9/5",  "16/5", "23/5"};
static const wsync_int128 HIGHEST = ~((wsync_int128)1 << 127);

/* As looked at in a browser; a difference is to be looked at again. */
static const char GOLDEN_LINES[] =
    "<svg class=\"chart lines\" viewBox=\"0 0 480 305\" role=\"img\""
    " aria-labelledby=\"c-title c-about\">\n"
    "<title id=\"c-title\">Rác</title>\n"
    "<desc id=\"c-about\">Rác theo tuần.</desc>\n"
    "<path class=\"axis\" d=\"M34 240H444\"/>\n"
    "<text text-anchor=\"end\" x=\"26\" y=\"245\">0</text>\n"
    "<path class=\"grid\" d=\"M34 166H444\"/>\n"
    "<text text-anchor=\"end\" x=\"26\" y=\"171\">5</text>\n"
    "<path class=\"grid\" d=\"M34 91H444\"/>\n"
    "<text text-anchor=\"end\" x=\"26\" y=\"96\">10</text>\n"
    "<path class=\"grid\" d=\"M34 16H444\"/>\n"
    "<text text-anchor=\"end\" x=\"26\" y=\"21\">15</text>\n"
    "<text text-anchor=\"middle\" x=\"34\" y=\"264\">4/4</text>\n"
    "<text text-anchor=\"middle\" x=\"444\" y=\"264\">11/4</text>\n"
    "<g class=\"series-1\">\n"
    "<path class=\"line\" fill=\"none\" d=\"M34 218L444 54\"/>\n"
    "<path d=\"M30 218a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"><title>Bồ Đề, 4/4:"
    " 1,5</title></path>\n"
    "<path d=\"M440 54a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"><title>Bồ Đề, 11/4:"
    " 12,5</title></path>\n"
    "<path class=\"line\" fill=\"none\" d=\"M16 292H64\"/>\n"
    "<path d=\"M36 292a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"></path>\n"
    "<text x=\"76\" y=\"297\">Bồ Đề</text>\n"
    "</g>\n"
    "</svg>\n";
static const char GOLDEN_TABLE[] =
    "<div class=\"table-box\" role=\"region\" tabindex=\"0\" aria-label=\"Rác\"><table>\n"
    "<caption>Rác</caption>\n"
    "<thead><tr><th scope=\"col\">Tuần</th><th scope=\"col\" class=\"number\">Bồ"
    " Đề</th></tr></thead>\n"
    "<tbody>\n"
    "<tr><th scope=\"row\">4/4</th><td class=\"number\">1,5</td></tr>\n"
    "<tr><th scope=\"row\">11/4</th><td class=\"number\">12,5</td></tr>\n"
    "</tbody>\n"
    "</table></div>\n";
static const char GOLDEN_TILES[] =
    "<svg class=\"chart tiles\" viewBox=\"0 0 480 180\" role=\"img\""
    " aria-labelledby=\"m-title m-about\">\n"
    "<title id=\"m-title\">Bản đồ</title>\n"
    "<desc id=\"m-about\">Đậm là nhiều.</desc>\n"
    "<g class=\"tile shade-1\">\n"
    "<rect x=\"2\" y=\"2\" width=\"113\" height=\"84\" rx=\"6\"/>\n"
    "<text class=\"name\" text-anchor=\"middle\" x=\"58\" y=\"34\">Ngọc Thụy</text>\n"
    "<text class=\"figure\" text-anchor=\"middle\" x=\"58\" y=\"64\">0</text>\n"
    "</g>\n"
    "<g class=\"tile shade-5\">\n"
    "<rect x=\"123\" y=\"2\" width=\"113\" height=\"84\" rx=\"6\"/>\n"
    "<text class=\"name\" text-anchor=\"middle\" x=\"179\" y=\"26\">Thượng"
    " <tspan x=\"179\" y=\"46\">Thanh</tspan></text>\n"
    "<text class=\"figure\" text-anchor=\"middle\" x=\"179\" y=\"72\">1.234</text>\n"
    "</g>\n"
    "<g class=\"tile shade-0\">\n"
    "<rect x=\"2\" y=\"94\" width=\"113\" height=\"84\" rx=\"6\"/>\n"
    "<text class=\"name\" text-anchor=\"middle\" x=\"58\" y=\"126\">Bồ Đề</text>\n"
    "<text class=\"figure\" text-anchor=\"middle\" x=\"58\" y=\"156\">–</text>\n"
    "</g>\n"
    "</svg>\n";

static struct wsync_chart_lines lines_of(const struct wsync_chart_series *series,
                                         size_t series_count, size_t point_count)
{
    return (struct wsync_chart_lines){.id = "c",
                                      .title = "Rác",
                                      .about = "Rác theo tuần.",
                                      .nothing = "Chưa có số liệu",
                                      .digits = 1,
                                      .labels = LABELS,
                                      .point_count = point_count,
                                      .series = series,
                                      .series_count = series_count};
}

/* The page with a NUL; freed by the caller. */
static char *text_of(struct wsync_html *html)
{
    assert_int_equal(wsync_html_err(html), WSYNC_OK);
    char *text = malloc(html->len + 1);
    assert_non_null(text);
    memcpy(text, html->text, html->len);
    text[html->len] = '\0';
    wsync_html_fini(html);
    return text;
}

static char *drawn(const struct wsync_chart_lines *chart)
{
    struct wsync_html html = {.err = WSYNC_OK};
    wsync_chart_lines(&html, chart);
    return text_of(&html);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        count++;
    }
    return count;
}

static void figures_are_written_as_people_read_them(void **state)
{
    static const struct {
        wsync_int128 figure;
        uint32_t digits;
        const char *text;
    } CASES[] = {
        {0, 0, "0"},
        {0, 2, "0"},
        {5, 1, "0,5"},
        {-5, 1, "-0,5"},
        {999, 0, "999"},
        {1000, 0, "1.000"},
        {-1000, 0, "-1.000"},
        {-100, 0, "-100"},
        {1234567, 0, "1.234.567"},
        {12345, 1, "1.234,5"},
        {12340, 1, "1.234"},
        {1000, 3, "1"},
        {100050, 2, "1.000,5"},
        {INT64_MAX, 0, "9.223.372.036.854.775.807"},
        {INT64_MIN, 2, "-92.233.720.368.547.758,08"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[WSYNC_FIGURE_BYTES];
        wsync_figure_text(CASES[i].figure, CASES[i].digits, text);
        assert_string_equal(text, CASES[i].text);
    }
    char longest[WSYNC_FIGURE_BYTES];
    wsync_figure_text(-HIGHEST - 1, 1, longest);
    assert_string_equal(longest, "-17.014.118.346.046.923.173.168.730.371.588.410.572,8");
}

static void two_points_as_they_stand(void **state)
{
    static const wsync_int128 VALUES[] = {15, 125};
    static const struct wsync_chart_series SERIES[] = {{"Bồ Đề", VALUES, NULL}};
    const struct wsync_chart_lines chart = lines_of(SERIES, 1, 2);
    (void)state;
    char *text = drawn(&chart);
    assert_string_equal(text, GOLDEN_LINES);
    free(text);
    struct wsync_html html = {.err = WSYNC_OK};
    wsync_chart_table(&html, &chart, "Tuần");
    text = text_of(&html);
    assert_string_equal(text, GOLDEN_TABLE);
    free(text);
}

static void tiles_as_they_stand(void **state)
{
    static const struct wsync_chart_tile TILES[] = {{0, 0, "Ngọc Thụy", true, 0},
                                                    {1, 0, "Thượng Thanh", true, 1234},
                                                    {0, 1, "Bồ Đề", false, 0}};
    static const struct wsync_chart_tiles CHART = {"m", "Bản đồ", "Đậm là nhiều.", 0, TILES, 3};
    struct wsync_html html = {.err = WSYNC_OK};
    (void)state;
    wsync_chart_tiles(&html, &CHART);
    char *text = text_of(&html);
    assert_string_equal(text, GOLDEN_TILES);
    free(text);
}

/* No line, no point, nothing known: said in words, never an empty plot. */
static void nothing_is_said(void **state)
{
    static const wsync_int128 VALUES[POINTS] = {0};
    static const bool UNKNOWN[POINTS] = {false};
    static const struct wsync_chart_series SERIES[] = {{"Bồ Đề", VALUES, UNKNOWN}};
    const struct wsync_chart_lines charts[] = {lines_of(NULL, 0, 0), lines_of(SERIES, 1, 0),
                                               lines_of(SERIES, 1, POINTS)};
    (void)state;
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) {
        char *text = drawn(&charts[i]);
        assert_non_null(strstr(text, "Chưa có số liệu</text>"));
        assert_null(strstr(text, "<path"));
        free(text);
    }
}

static void one_point_stands_in_the_middle(void **state)
{
    static const wsync_int128 VALUES[] = {70};
    static const struct wsync_chart_series SERIES[] = {{"Bồ Đề", VALUES, NULL}};
    const struct wsync_chart_lines chart = lines_of(SERIES, 1, 1);
    (void)state;
    char *text = drawn(&chart);
    assert_int_equal(count_of(text, "<title>Bồ Đề, 4/4: 7</title>"), 1);
    assert_non_null(strstr(text, "d=\"M234 44\"/>"));
    free(text);
}

/* A line breaks where a value is not known; zero is a value. */
static void a_gap_is_no_zero(void **state)
{
    static const wsync_int128 VALUES[] = {10, 0, 10, 10};
    static const bool GAP[] = {true, false, true, true};
    const struct wsync_chart_series with[] = {{"A", VALUES, GAP}};
    const struct wsync_chart_series without[] = {{"A", VALUES, NULL}};
    const struct wsync_chart_lines gap = lines_of(with, 1, 4), zero = lines_of(without, 1, 4);
    (void)state;
    char *text = drawn(&gap);
    assert_int_equal(count_of(text, "<title>A, "), 3);
    assert_non_null(strstr(text, "d=\"M43 16M310 16L444 16\"/>"));
    free(text);
    text = drawn(&zero);
    assert_int_equal(count_of(text, "<title>A, "), 4);
    assert_non_null(strstr(text, "d=\"M43 16L176 240L310 16L444 16\"/>"));
    free(text);
    struct wsync_html html = {.err = WSYNC_OK};
    wsync_chart_table(&html, &gap, "Tuần");
    text = text_of(&html);
    assert_int_equal(count_of(text, ">–</td>"), 1);
    free(text);
}

/* Below zero: the axis lies within the plot, and both ends are on it. */
static void negative_values_hang_below_the_axis(void **state)
{
    static const wsync_int128 VALUES[] = {-100, 100};
    static const struct wsync_chart_series SERIES[] = {{"A", VALUES, NULL}};
    const struct wsync_chart_lines chart = lines_of(SERIES, 1, 2);
    (void)state;
    char *text = drawn(&chart);
    assert_non_null(strstr(text, "<path class=\"axis\" d=\"M43 128H444\"/>"));
    assert_non_null(strstr(text, "d=\"M43 240L444 16\"/>"));
    free(text);

    /* Between two ticks: the plot reaches to the next one on either side. */
    static const wsync_int128 UNEVEN[] = {-70, 60};
    static const struct wsync_chart_series AGAIN[] = {{"A", UNEVEN, NULL}};
    const struct wsync_chart_lines uneven = lines_of(AGAIN, 1, 2);
    text = drawn(&uneven);
    assert_non_null(strstr(text, ">-10</text>"));
    assert_non_null(strstr(text, ">10</text>"));
    assert_non_null(strstr(text, "d=\"M43 207L444 61\"/>"));
    free(text);
}

/* Every coordinate of the picture lies in it, for any numbers. */
static void check_within(const char *text)
{
    for (const char *at = text; (at = strstr(at, "d=\"M")) != NULL; at++) {
        int x, y;
        assert_int_equal(sscanf(at, "d=\"M%d %d", &x, &y), 2);
        assert_in_range(x, 0, 480);
        assert_in_range(y, 0, 480);
    }
    for (const char *at = text; (at = strstr(at, " y=\"")) != NULL; at++) {
        assert_in_range(strtol(at + 4, NULL, 10), 0, 480);
    }
    assert_true(count_of(text, "class=\"grid\"") <= 7);
}

/* The greater of the first two values of the line stands no lower. */
static void check_order(const char *text, wsync_int128 first, wsync_int128 second)
{
    int x, y[2];
    const char *line = strstr(text, "class=\"line\"");
    assert_non_null(line);
    assert_int_equal(sscanf(strstr(line, "d=\""), "d=\"M%d %dL%d %dL", &x, &y[0], &x, &y[1]),
                     4);
    assert_true(first > second ? y[0] <= y[1] : y[0] >= y[1]);
}

static void any_number_stays_in_the_picture(void **state)
{
    const wsync_int128 ends[] = {
        INT64_MAX, INT64_MIN, HIGHEST, -HIGHEST - 1, 1, -1, (wsync_int128)1 << 100, 0};
    (void)state;
    for (size_t i = 0; i < POINTS; i++) {
        for (size_t k = 0; k < POINTS; k++) {
            const wsync_int128 values[] = {ends[i], ends[k], 7};
            const struct wsync_chart_series series[] = {{"A", values, NULL}};
            const struct wsync_chart_lines chart = lines_of(series, 1, 3);
            char figure[WSYNC_FIGURE_BYTES], title[160];
            char *text = drawn(&chart);
            check_within(text);
            check_order(text, ends[i], ends[k]);
            wsync_figure_text(ends[k], 1, figure);
            snprintf(title, sizeof title, "<title>A, 11/4: %s</title>", figure);
            assert_non_null(strstr(text, title)); /* exact, however far */
            free(text);
            wsync_int128 low = ends[i] < 0 ? ends[i] : 0;
            wsync_int128 high = ends[i] < 0 ? 0 : ends[i];
            assert_in_range(wsync_chart_shade(ends[i], low, high), 1, WSYNC_CHART_SHADES);
        }
    }
}

/* As many lines as there may be: each has its own dashes, marker and name. */
static void lines_differ_by_more_than_colour(void **state)
{
    static const wsync_int128 VALUES[] = {1, 2};
    static const char *const NAMES[] = {"A", "B", "C", "D", "E", "F"};
    struct wsync_chart_series series[WSYNC_CHART_SERIES_MAX];
    (void)state;
    for (size_t i = 0; i < WSYNC_CHART_SERIES_MAX; i++) {
        series[i] = (struct wsync_chart_series){NAMES[i], VALUES, NULL};
    }
    const struct wsync_chart_lines chart = lines_of(series, WSYNC_CHART_SERIES_MAX, 2);
    char *text = drawn(&chart);
    check_within(text);
    assert_int_equal(count_of(text, "stroke-dasharray"), 2 * (WSYNC_CHART_SERIES_MAX - 1));
    static const char *const DASHES[] = {"8 4", "2 4", "12 4 2 4", "4 4", "16 4"};
    for (size_t i = 0; i + 1 < WSYNC_CHART_SERIES_MAX; i++) {
        char attribute[64];
        snprintf(attribute, sizeof attribute, "stroke-dasharray=\"%s\"", DASHES[i]);
        assert_int_equal(count_of(text, attribute), 2); /* the line, and its sample */
    }
    for (size_t i = 0; i < WSYNC_CHART_SERIES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, ">%s</text>", NAMES[i]);
        assert_int_equal(count_of(text, name), 1);
    }
    free(text);
}

/* Names and labels come from data. */
static void what_others_wrote_is_escaped(void **state)
{
    static const wsync_int128 VALUES[] = {1};
    static const char *const BAD[] = {"</svg><script>alert(1)</script>"};
    static const struct wsync_chart_series SERIES[] = {{"<b>&\"'", VALUES, NULL}};
    const struct wsync_chart_lines chart = {"c", BAD[0], BAD[0], BAD[0], 0, BAD, 1, SERIES, 1};
    const struct wsync_chart_tile tile = {0, 0, BAD[0], true, 1};
    const struct wsync_chart_tiles tiles = {"m", BAD[0], BAD[0], 0, &tile, 1};
    struct wsync_html html = {.err = WSYNC_OK};
    (void)state;
    wsync_chart_lines(&html, &chart);
    wsync_chart_table(&html, &chart, BAD[0]);
    wsync_chart_tiles(&html, &tiles);
    char *text = text_of(&html);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<b>"));
    assert_int_equal(count_of(text, "</svg>"), 2);
    free(text);
}

static void shades_are_in_order(void **state)
{
    (void)state;
    assert_int_equal(wsync_chart_shade(0, 0, 0), 1);
    assert_int_equal(wsync_chart_shade(0, 0, 100), 1);
    assert_int_equal(wsync_chart_shade(24, 0, 100), 1);
    assert_int_equal(wsync_chart_shade(25, 0, 100), 2);
    assert_int_equal(wsync_chart_shade(99, 0, 100), 4);
    assert_int_equal(wsync_chart_shade(100, 0, 100), WSYNC_CHART_SHADES);
    assert_int_equal(wsync_chart_shade(-50, -50, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_written_as_people_read_them),
        cmocka_unit_test(two_points_as_they_stand),
        cmocka_unit_test(tiles_as_they_stand),
        cmocka_unit_test(nothing_is_said),
        cmocka_unit_test(one_point_stands_in_the_middle),
        cmocka_unit_test(a_gap_is_no_zero),
        cmocka_unit_test(negative_values_hang_below_the_axis),
        cmocka_unit_test(any_number_stays_in_the_picture),
        cmocka_unit_test(lines_differ_by_more_than_colour),
        cmocka_unit_test(what_others_wrote_is_escaped),
        cmocka_unit_test(shades_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
