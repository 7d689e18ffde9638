/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_doctor.h"

#include <string.h>

#include "host/json.h"

static void say(struct wsync_html *html, enum wsync_language language, const char *vi,
                const char *en)
{
    wsync_html_text(html, language == WSYNC_VI ? vi : en);
}

void wsync_page_doctor_ask(struct wsync_html *html, enum wsync_language language,
                           const char *path)
{
    wsync_html_raw(html, "<p>");
    say(html, language,
        "Xem máy này có gì không ổn: khóa, chỗ trống trên đĩa, kho dữ liệu, đồng hồ, đường "
        "truyền, bản sao lưu, những gì đang đợi. Không đổi gì cả; có thể mất vài giây.",
        "Looks for what is wrong with this machine: keys, room on the disk, store, clock, "
        "link, "
        "backups, what waits. It changes nothing, and may take some seconds.");
    wsync_html_raw(html, "</p>\n<form method=\"get\"");
    wsync_html_attr(html, "action", path);
    wsync_html_raw(html, "><p class=\"actions\"><button name=\"run\" value=\"1\">");
    say(html, language, "Khám máy", "Examine");
    wsync_html_raw(html, "</button></p></form>\n");
}

bool wsync_page_doctor_asked(const struct wsync_http_request *request)
{
    const char *run = wsync_http_field(request, "run");
    return run && strcmp(run, "1") == 0;
}

static void write_finding(struct wsync_html *html, enum wsync_language language,
                          const struct wsync_json *json, bool critical)
{
    wsync_html_raw(html, "<li><p>");
    if (critical) {
        wsync_html_raw(html, "<span class=\"tag bad\">");
        say(html, language, "nghiêm trọng", "critical");
    } else {
        wsync_html_raw(html, "<span class=\"tag warn\">");
        say(html, language, "cần xem", "to be seen to");
    }
    wsync_html_raw(html, "</span> ");
    wsync_html_text(html, wsync_json_get(json, "what"));
    wsync_html_raw(html, "</p><p>");
    say(html, language, "Việc cần làm: ", "What to do: ");
    wsync_html_text(html, wsync_json_get(json, "step"));
    wsync_html_raw(html, "</p></li>\n");
}

/* Writes those of one severity; says how many there are. */
static int64_t write_all(struct wsync_html *html, enum wsync_language language,
                         const char *lines, bool critical)
{
    int64_t count = 0;
    while (*lines != '\0') { /* ends: each turn passes one line */
        struct wsync_json *json = wsync_json_read(&lines);
        bool it = json && wsync_json_has(json, "finding") &&
                  (strcmp(wsync_json_get(json, "severity"), "critical") == 0) == critical;
        if (it && html) {
            write_finding(html, language, json, critical);
        }
        count += it;
        wsync_json_free(json);
    }
    return count;
}

/* The last line says how many were found, so nothing can be missing of a list that is shown. */
static bool is_whole(const char *lines, int64_t count)
{
    int64_t told = -1;
    while (*lines != '\0') { /* ends: each turn passes one line */
        struct wsync_json *json = wsync_json_read(&lines);
        if (json && wsync_json_has(json, "worst") && wsync_json_has(json, "findings")) {
            told = wsync_json_get_number(json, "findings");
        }
        wsync_json_free(json);
    }
    return told == count;
}

enum wsync_err wsync_page_doctor(struct wsync_html *html, enum wsync_language language,
                                 const char *lines)
{
    int64_t count =
        write_all(NULL, language, lines, true) + write_all(NULL, language, lines, false);
    if (!is_whole(lines, count)) {
        return WSYNC_ERR_VALUE;
    }
    if (count == 0) {
        wsync_html_raw(html, "<p id=\"found\">");
        say(html, language, "Không thấy gì sai.", "Nothing is wrong here.");
        wsync_html_raw(html, "</p>\n");
        return WSYNC_OK;
    }
    wsync_html_raw(html, "<ol id=\"found\">\n");
    (void)write_all(html, language, lines, true);
    (void)write_all(html, language, lines, false);
    wsync_html_raw(html, "</ol>\n");
    return WSYNC_OK;
}
