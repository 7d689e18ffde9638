/* SPDX-License-Identifier: Apache-2.0 */
/* The layout: what each page has, in both languages, and that nothing of others breaks it. */
#include "host/page.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/http_route.h"
#include "host/page_act.h"
#include "wardsync/crypto.h"

static const struct wsync_page_item ITEMS[] = {
    {"/", {"Tổng quan", "Overview"}},
    {"/record", {"Bản ghi", "Records"}},
    {NULL, {NULL, NULL}},
};

static struct wsync_http_request request = {.target = "/record/3f9a?a=%22&b=1",
                                            .path = "/record/3f9a",
                                            .rest = "",
                                            .cookie = "",
                                            .token = {"0123abcd"}};

static struct wsync_page_frame frame = {.request = &request,
                                        .place = "Phường <Ngọc Thụy>",
                                        .title = "Bản ghi & \"ảnh\"",
                                        .items = ITEMS,
                                        .state = "Đã lưu tại máy"};

/* The page as a C string. */
static const char *written(struct wsync_html *html)
{
    static char page[1 << 16];
    assert_int_equal(wsync_html_err(html), WSYNC_OK);
    assert_true(html->len < sizeof page);
    memcpy(page, html->text, html->len);
    page[html->len] = '\0';
    wsync_html_fini(html);
    return page;
}

static const char *made(void)
{
    struct wsync_html html = {0};
    wsync_page_begin(&html, &frame);
    wsync_page_end(&html, &frame);
    return written(&html);
}

static void assert_has(const char *page, const char *part)
{
    if (!strstr(page, part)) {
        fail_msg("no %s in %s", part, page);
    }
}

static unsigned count(const char *page, const char *part)
{
    unsigned times = 0;
    for (const char *at = page; (at = strstr(at, part)); at++) {
        times++;
    }
    return times;
}

static void a_page_is_whole(void **state)
{
    (void)state;
    char link[128];
    request.cookie = "";
    const char *page = made();
    assert_true(strncmp(page, "<!doctype html>\n<html lang=\"vi\">", 32) == 0);
    assert_has(page, "<meta charset=\"utf-8\">");
    assert_has(page, "<title>Bản ghi &amp; &quot;ảnh&quot; · Phường &lt;Ngọc Thụy&gt;</title>");
    assert_has(page, "content=\"width=device-width, initial-scale=1\"");
    snprintf(link, sizeof link, "<link rel=\"stylesheet\" href=\"%s\">",
             wsync_page_assets()->path);
    assert_has(page, link);
    assert_has(page, "<a class=\"skip\" href=\"#main\">Đến nội dung</a>");
    assert_has(page, "<main id=\"main\" tabindex=\"-1\">\n"
                     "<h1>Bản ghi &amp; &quot;ảnh&quot;</h1>");
    assert_has(page, "<nav aria-label=\"Các mục\">");
    assert_has(page, "<li><a href=\"/\">Tổng quan</a></li>");
    assert_has(page, "<li><a href=\"/record\" aria-current=\"page\">Bản ghi</a></li>");
    assert_has(page, "<p class=\"state\" id=\"state\" role=\"status\" data-live>"
                     "Đã lưu tại máy</p>");
    assert_has(page, "</main>\n</body>\n</html>\n");
    assert_int_equal(count(page, "<h1>"), 1);
    assert_int_equal(count(page, "<script"), 0);
    assert_int_equal(count(page, "<style"), 0);
    assert_int_equal(count(page, "style="), 0);
    assert_int_equal(count(page, "role=\"alert\""), 0);
}

/* Where the program tells of changes, the page has the script that listens, and its words. */
static void a_live_page_has_its_script(void **state)
{
    (void)state;
    char script[160];
    request.cookie = "";
    request.revision = UINT64_MAX;
    const char *page = made();
    snprintf(script, sizeof script,
             "<script type=\"module\" src=\"%s\" data-revision=\"18446744073709551615\" "
             "data-offline=\"Mất liên lạc",
             wsync_page_asset("live.js"));
    assert_has(page, script);
    assert_has(page, "Đã lưu tại máy <strong id=\"live-word\"></strong></p>");
    assert_int_equal(count(page, "<script"), 1);
    request.cookie = "lang=en";
    assert_has(made(), "data-offline=\"No contact with the program; trying again.\" "
                       "data-changed=\"There is something new: reload the page.\"></script>");
    request.revision = 0;
    struct wsync_html html = {.len = 0};
    wsync_page_live(&html);
    wsync_page_live_end(&html);
    wsync_page_live_tell(&html);
    assert_int_equal(wsync_html_err(&html), WSYNC_OK);
    assert_true(wsync_slice_equal(wsync_slice(html.text, html.len),
                                  wsync_slice_of("<div id=\"live\" data-live>\n</div>\n"
                                                 "<div id=\"live\" data-live=\"tell\">\n")));
    wsync_html_fini(&html);
    for (const struct wsync_http_asset *asset = wsync_page_assets(); asset->path; asset++) {
        bool is_it = strcmp(asset->path, wsync_page_asset("live.js")) == 0;
        assert_true(!is_it || asset->bytes.len <= 3072); /* it comes with every first page */
    }
}

static void the_switch_leads_to_the_other_language(void **state)
{
    (void)state;
    static const struct {
        const char *cookie, *lang, *to, *label;
    } CASES[] = {
        {"", "<html lang=\"vi\">", "value=\"en\" lang=\"en\">", "English"},
        {"lang=en", "<html lang=\"en\">", "value=\"vi\" lang=\"vi\">", "Tiếng Việt"},
        {"lang=vi", "<html lang=\"vi\">", "value=\"en\" lang=\"en\">", "English"},
        {"lang=fr", "<html lang=\"vi\">", "value=\"en\" lang=\"en\">", "English"},
        {"lang=english", "<html lang=\"vi\">", "value=\"en\" lang=\"en\">", "English"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        request.cookie = CASES[i].cookie;
        const char *page = made();
        assert_has(page, CASES[i].lang);
        assert_has(page, CASES[i].to);
        assert_has(page, CASES[i].label);
        assert_has(page, "<form method=\"post\" action=\"/language\">"
                         "<input type=\"hidden\" autocomplete=\"off\" name=\"csrf\" "
                         "value=\"0123abcd\">"
                         "<input type=\"hidden\" name=\"back\" "
                         "value=\"/record/3f9a?a=%22&amp;b=1\">");
    }
    request.cookie = "lang=en";
    assert_has(made(), ">Records</a>");
    request.cookie = "";
    request.method = WSYNC_HTTP_POST; /* cannot be asked for again */
    assert_has(made(), "name=\"back\" value=\"/\"");
    request.method = WSYNC_HTTP_GET;
}

static void states_are_told_in_words(void **state)
{
    (void)state;
    frame.offline = true;
    frame.notice = "Đã lưu <1>";
    frame.error = "Thiếu ngày";
    request.cookie = "";
    const char *page = made();
    assert_has(page, "<p class=\"state offline\" id=\"state\" role=\"status\" data-live>"
                     "<strong>Không có mạng.</strong> Đã lưu tại máy</p>");
    assert_has(page, "<p class=\"notice\" role=\"status\"><strong>Đã xong.</strong> "
                     "Đã lưu &lt;1&gt;</p>");
    assert_has(page, "<p class=\"error\" role=\"alert\"><strong>Chưa làm được.</strong> "
                     "Thiếu ngày</p>");
    request.cookie = "lang=en";
    page = made();
    assert_has(page, "<strong>Offline.</strong>");
    assert_has(page, "<strong>Done.</strong>");
    assert_has(page, "<strong>Not done.</strong>");
    frame.offline = false;
    frame.notice = frame.error = NULL;
    request.cookie = "";
}

/* "Refused" is said of nothing that may have been done. */
static void what_is_not_certain_is_not_called_refused(void **state)
{
    (void)state;
    static const struct {
        enum wsync_err err;
        unsigned status;
        const char *said;
    } CASES[] = {
        {WSYNC_ERR_VALUE, 422, "role=\"alert\"><strong>Chưa làm được.</strong> X</p>"},
        {WSYNC_ERR_BUSY, 503, "role=\"alert\"><strong>Chưa làm được.</strong> X</p>"},
        {WSYNC_ERR_RIGHT, 503, "role=\"alert\"><strong>Chưa làm được.</strong> X</p>"},
        {WSYNC_ERR_LINK, 503, "data-unsure><strong>Chưa chắc đã xong.</strong> X</p>"},
        {WSYNC_ERR_TIMEOUT, 503, "data-unsure><strong>Chưa chắc đã xong.</strong> X</p>"},
        {WSYNC_ERR_OVERSIZE, 503, "data-unsure><strong>Chưa chắc đã xong.</strong> X</p>"},
        {WSYNC_ERR_MEMORY, 503, "data-unsure><strong>Chưa chắc đã xong.</strong> X</p>"},
    };
    frame.error = "X";
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        frame.outcome = WSYNC_PAGE_REFUSED;
        wsync_page_act_outcome(CASES[i].err, &frame);
        assert_int_equal(wsync_page_status(&frame), CASES[i].status);
        assert_has(made(), CASES[i].said);
    }
    wsync_page_act_outcome(WSYNC_OK, &frame); /* another command of the page, which worked */
    assert_has(made(), "data-unsure");
    frame.outcome = WSYNC_PAGE_REFUSED;
    frame.calm = true;
    assert_has(made(), "<p class=\"notice offline\" role=\"status\">"
                       "<strong>Chưa làm được.</strong> X");
    frame.calm = false;
    frame.error = NULL;
}

static void the_current_item_is_that_of_the_path(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"/", "href=\"/\" aria-current"},
        {"/record", "href=\"/record\" aria-current"},
        {"/record/1", "href=\"/record\" aria-current"},
        {"/records", NULL},
        {"/other", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        request.path = CASES[i][0];
        const char *page = made();
        assert_int_equal(count(page, "aria-current"), CASES[i][1] ? 1 : 0);
        assert_has(page, CASES[i][1] ? CASES[i][1] : "<nav");
    }
    request.path = "/other";
    frame.under = "/record";
    assert_has(made(), "href=\"/record\" aria-current");
    frame.under = NULL;
    request.path = "/record/3f9a";
}

static void faults_say_what_to_do(void **state)
{
    (void)state;
    static const unsigned STATUSES[] = {400, 403, 404, 405, 411, 413, 414,
                                        415, 421, 409, 500, 503, 507};
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        char titles[2][128];
        for (size_t en = 0; en < 2; en++) {
            const struct wsync_http_request stranger = {
                .target = "/", .path = "/", .rest = "", .cookie = en ? "lang=en" : ""};
            struct wsync_http_answer answer = {.status = STATUSES[i]};
            wsync_page_refuse(NULL, &stranger, &answer);
            assert_int_equal(answer.status, STATUSES[i]);
            const char *page = written(&answer.html);
            assert_has(page, en ? "<html lang=\"en\">" : "<html lang=\"vi\">");
            assert_int_equal(count(page, "<form"), 0); /* a stranger gets no token */
            assert_int_equal(count(page, "<nav"), 0);
            assert_int_equal(count(page, "<p>"), STATUSES[i] == 421 ? 2 : 3);
            assert_int_equal(count(page, "<p></p>"), 0);
            snprintf(titles[en], sizeof titles[en], "%.100s", strstr(page, "<h1>"));
        }
        assert_string_not_equal(titles[0], titles[1]);
        assert_int_equal(strstr(titles[0], "Không dựng được trang") != NULL,
                         STATUSES[i] == 500 || STATUSES[i] == 507);
    }
    struct wsync_http_answer answer = {.status = 404};
    wsync_page_fault(&answer, frame);
    const char *page = written(&answer.html);
    assert_has(page, "<nav");
    assert_has(page, "<h1>Không có trang này</h1>");
}

/* Of one asset at a time; what a page weighs is asked by tests/system/test-weight. */
static const char *text_of(const struct wsync_http_asset *asset)
{
    static char text[32 << 10];
    assert_true(asset->bytes.len < sizeof text);
    memcpy(text, asset->bytes.data, asset->bytes.len);
    text[asset->bytes.len] = '\0';
    return text;
}

static void the_stylesheet_keeps_its_promises(void **state)
{
    (void)state;
    const struct wsync_http_asset *style = wsync_page_assets();
    const char *css = text_of(style);
    assert_int_equal(strlen(style->path), strlen("/style-0123456789abcdef.css"));
    assert_has(css, "prefers-color-scheme: dark");
    assert_has(css, "@media print");
    assert_has(css, ":focus-visible");
    assert_has(css, "--target: 2.75rem");
    assert_has(css, "overflow-x: auto");
    for (const char *url = css; (url = strstr(url, "url(")) != NULL; url++) {
        assert_memory_equal(url, "url(/inter-", 11); /* nothing from elsewhere */
    }
    assert_null(strstr(css, "@import"));
    assert_null(strstr(css, "outline: 0"));
}

/* The build got four fonts, and the style names where each is; or none, and it names none. */
static void the_fonts_are_in_the_program(void **state)
{
    (void)state;
    const struct wsync_http_asset *style = wsync_page_assets();
    const char *css = text_of(style);
    size_t fonts = 0;
    for (const struct wsync_http_asset *asset = style; asset->path; asset++) {
        bool is_font = strcmp(asset->type, "font/woff2") == 0;
        assert_true(asset->bytes.len > 0);
        if (is_font) {
            assert_has(css, asset->path); /* so the path of the style changes with theirs */
            assert_memory_equal(asset->bytes.data, "wOF2", 4);
        }
        fonts += is_font;
    }
    assert_has(css, "tabular-nums");
    assert_true((strstr(css, "@font-face") != NULL) == (fonts == 4));
    assert_true((strstr(css, "font-display: swap") != NULL) == (fonts == 4));
    assert_true((wsync_page_asset("inter-latin-400.woff2")[0] != '\0') == (fonts == 4));
    if (fonts == 0) {
        print_message("the build could not get the fonts: tools/install-npm\n");
        skip();
    }
    assert_int_equal(fonts, 4);
}

/* All of host/pages/, byte by byte, each under an address of its own; behind the style stand
 * the declarations of the fonts. */
static void every_file_of_the_pages_is_in_the_program(void **state)
{
    (void)state;
    static char bytes[1 << 18];
    size_t count = 0, len = 0;
    DIR *dir = opendir("host/pages");
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[512];
        snprintf(path, sizeof path, "host/pages/%s", entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        len = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        const struct wsync_http_asset *asset = wsync_page_assets();
        while (asset->path && strcmp(asset->path, wsync_page_asset(entry->d_name)) != 0) {
            asset++;
        }
        assert_true(asset->bytes.len >= len && memcmp(asset->bytes.data, bytes, len) == 0);
        assert_true(asset->bytes.len == len || asset == wsync_page_assets());
        assert_non_null(strstr(entry->d_name, ".css") ? strstr(asset->type, "text/css")
                                                      : strstr(asset->type, "text/javascript"));
        count++;
    }
    closedir(dir);
    count += wsync_page_asset("inter-latin-400.woff2")[0] ? 4 : 0;
    count += wsync_page_asset("jsqr.js")[0] ? 1 : 0;
    assert_non_null(wsync_page_assets()[count - 1].path);
    assert_null(wsync_page_assets()[count].path);
}

/* No page names it by itself, so what is heavy about it is no part of a first load. */
static void the_reader_of_codes_is_in_the_program(void **state)
{
    (void)state;
    const char *path = wsync_page_asset("jsqr.js");
    if (!path[0]) {
        print_message("the build could not get the reader of codes: tools/install-npm\n");
        skip();
    }
    const struct wsync_http_asset *asset = wsync_page_assets();
    while (asset->path && strcmp(asset->path, path) != 0) {
        asset++;
    }
    assert_non_null(asset->path);
    assert_non_null(strstr(asset->type, "text/javascript"));
    assert_true(asset->bytes.len > 100000);
    assert_memory_equal(asset->bytes.data, "(function webpack", 17);
}

static void two_stars_are_two_segments(void **state)
{
    (void)state;
    static const struct wsync_http_route ROUTES[] = {
        {WSYNC_HTTP_GET, "/photos/*/*", .handle = NULL}, {.path = NULL}};
    static const char *const OTHERS[] = {
        "/photos",      "/photos/",      "/photos/a",  "/photos/a/", "/photos//b",
        "/photos/a/b/", "/photos/a/b/c", "/photo/a/b", "/photos/*",  "/photos/a//"};
    const char *path = "/photos/a/b";
    struct wsync_http_found found = wsync_http_route_find(ROUTES, path, WSYNC_HTTP_GET);
    assert_ptr_equal(found.route, &ROUTES[0]);
    assert_string_equal(found.rest, "a/b");
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (wsync_http_route_find(ROUTES, OTHERS[i], WSYNC_HTTP_GET).route) {
            fail_msg("%s", OTHERS[i]);
        }
    }
}

static void routes_are_found_by_path_and_method(void **state)
{
    (void)state;
    static const struct wsync_http_route ROUTES[] = {
        {WSYNC_HTTP_GET, "/", .handle = NULL},
        {WSYNC_HTTP_GET, "/record/new", .handle = NULL},
        {WSYNC_HTTP_GET, "/record/*", .handle = NULL},
        {WSYNC_HTTP_POST, "/record/*", .handle = NULL},
        {WSYNC_HTTP_POST, "/add", .handle = NULL},
        {.path = NULL},
    };
    static const struct {
        const char *path;
        enum wsync_http_method method;
        int route; /* -1: none */
        const char *rest;
        bool get, post;
    } CASES[] = {
        {"/", WSYNC_HTTP_GET, 0, "", true, false},
        {"/", WSYNC_HTTP_POST, -1, "", true, false},
        {"/record/new", WSYNC_HTTP_GET, 1, "", true, true},
        {"/record/new", WSYNC_HTTP_POST, 3, "new", true, true},
        {"/record/3f9a", WSYNC_HTTP_GET, 2, "3f9a", true, true},
        {"/record/", WSYNC_HTTP_GET, -1, "", false, false},
        {"/record", WSYNC_HTTP_GET, -1, "", false, false},
        {"/record/a/b", WSYNC_HTTP_GET, -1, "", false, false},
        {"/add", WSYNC_HTTP_GET, -1, "", false, true},
        {"/add", WSYNC_HTTP_POST, 4, "", false, true},
        {"/added", WSYNC_HTTP_POST, -1, "", false, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_http_found found =
            wsync_http_route_find(ROUTES, CASES[i].path, CASES[i].method);
        assert_int_equal(found.route ? found.route - ROUTES : -1, CASES[i].route);
        assert_string_equal(found.rest, CASES[i].rest);
        assert_int_equal(found.allows_get, CASES[i].get);
        assert_int_equal(found.allows_post, CASES[i].post);
    }
}

int main(void)
{
    if (!wsync_crypto_init()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_whole),
        cmocka_unit_test(a_live_page_has_its_script),
        cmocka_unit_test(the_switch_leads_to_the_other_language),
        cmocka_unit_test(states_are_told_in_words),
        cmocka_unit_test(what_is_not_certain_is_not_called_refused),
        cmocka_unit_test(the_current_item_is_that_of_the_path),
        cmocka_unit_test(faults_say_what_to_do),
        cmocka_unit_test(the_stylesheet_keeps_its_promises),
        cmocka_unit_test(every_file_of_the_pages_is_in_the_program),
        cmocka_unit_test(the_fonts_are_in_the_program),
        cmocka_unit_test(the_reader_of_codes_is_in_the_program),
        cmocka_unit_test(two_stars_are_two_segments),
        cmocka_unit_test(routes_are_found_by_path_and_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
