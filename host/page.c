/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/http_route.h"
#include "host/words.h"

enum { HEAD_LETTERS = 14 }; /* of the head of a column, in two or three short lines */

bool wsync_page_may(const struct wsync_http_request *request, enum wsync_http_method method,
                    const char *path)
{
    const struct wsync_http_route *route =
        request->routes ? wsync_http_route_find(request->routes, path, method).route : NULL;
    return !route || request->person.role >= route->role;
}

enum wsync_language wsync_page_language(const struct wsync_http_request *request)
{
    char value[8];
    bool known = wsync_http_cookie(request, "lang", value, sizeof value);
    return known && strcmp(value, "en") == 0 ? WSYNC_EN : WSYNC_VI;
}

static void write_token(struct wsync_html *html, const struct wsync_http_request *request)
{
    /* Firefox would put the old token back when the page is reloaded. */
    wsync_html_raw(html, "<input type=\"hidden\" autocomplete=\"off\" name=\"csrf\"");
    wsync_html_attr(html, "value", request->token.text);
    wsync_html_raw(html, ">");
}

void wsync_page_post(struct wsync_html *html, const struct wsync_page_frame *frame,
                     const char *path)
{
    wsync_html_raw(html, "<form method=\"post\"");
    wsync_html_attr(html, "action", path);
    wsync_html_raw(html, ">");
    write_token(html, frame->request);
}

void wsync_page_post_files(struct wsync_html *html, const struct wsync_page_frame *frame,
                           const char *path)
{
    wsync_html_raw(html, "<form method=\"post\" enctype=\"multipart/form-data\"");
    wsync_html_attr(html, "action", path);
    wsync_html_raw(html, ">");
    write_token(html, frame->request);
}

/* ---- the parts of the frame ---- */

/* What keeps the page as it is now, with its words; nothing where nothing is live. */
static void write_live(struct wsync_html *html, const struct wsync_http_request *request,
                       bool en)
{
    char revision[24];
    if (request->revision == 0) {
        return;
    }
    snprintf(revision, sizeof revision, "%" PRIu64, request->revision);
    wsync_html_raw(html, "<script type=\"module\"");
    wsync_html_attr(html, "src", wsync_page_asset("live.js"));
    wsync_html_attr(html, "data-revision", revision);
    wsync_html_attr(html, "data-offline",
                    en ? "No contact with the program; trying again."
                       : "Mất liên lạc với chương trình; đang thử lại.");
    wsync_html_attr(html, "data-changed",
                    en ? "There is something new: reload the page."
                       : "Có thay đổi mới: hãy tải lại trang.");
    wsync_html_raw(html, "></script>\n");
}

static void write_head(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    wsync_html_raw(html, "<!doctype html>\n<html");
    wsync_html_attr(html, "lang", en ? "en" : "vi");
    wsync_html_raw(html, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    wsync_html_text(html, frame->title);
    wsync_html_raw(html, " · ");
    wsync_html_text(html, frame->place);
    wsync_html_raw(html, "</title>\n"
                         "<meta name=\"viewport\" "
                         "content=\"width=device-width, initial-scale=1\">\n"
                         "<meta name=\"color-scheme\" content=\"light dark\">\n"
                         "<link rel=\"stylesheet\"");
    wsync_html_attr(html, "href", wsync_page_asset("style.css"));
    wsync_html_raw(html, ">\n");
    write_live(html, frame->request, en);
    wsync_html_raw(html, "</head>\n");
}

/* The name of the other language, in that language.  A page that came of a POST cannot be asked
 * for again: back from there is the first page. */
static void write_switch(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    const struct wsync_http_request *request = frame->request;
    if (request->token.text[0] == '\0') {
        return; /* a page for a stranger */
    }
    wsync_page_post(html, frame, "/language");
    wsync_html_raw(html, "<input type=\"hidden\" name=\"back\"");
    wsync_html_attr(html, "value", request->method == WSYNC_HTTP_GET ? request->target : "/");
    wsync_html_raw(html, "><button class=\"quiet\" name=\"to\"");
    wsync_html_attr(html, "value", en ? "vi" : "en");
    wsync_html_attr(html, "lang", en ? "vi" : "en");
    wsync_html_raw(html, ">");
    wsync_html_text(html, en ? "Tiếng Việt" : "English");
    wsync_html_raw(html, "</button></form>\n");
}

/* Who is logged in, and the way out. */
static void write_person(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    const struct wsync_http_person *person = &frame->request->person;
    if (person->number == 0) {
        return;
    }
    wsync_html_raw(html, "<p class=\"person\">");
    wsync_html_text(html, person->name);
    wsync_html_raw(html, "</p>\n");
    wsync_page_post(html, frame, "/logout");
    wsync_html_raw(html, "<button class=\"quiet\">");
    wsync_html_text(html, en ? "Log out" : "Đăng xuất");
    wsync_html_raw(html, "</button></form>\n");
}

/* As long as nobody can log in, everybody at this machine may do everything. */
static void write_alone(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    if (!frame->request->person.alone || !frame->staff) {
        return;
    }
    wsync_html_raw(html, "<p class=\"warning\">");
    wsync_html_text(html,
                    en ? "Nobody has a PIN yet: whoever sits at this machine may do "
                         "everything. "
                       : "Chưa ai có mã đăng nhập: bất cứ ai ngồi ở máy này đều làm được mọi "
                         "việc. ");
    wsync_html_raw(html, "<a");
    wsync_html_attr(html, "href", frame->staff);
    wsync_html_raw(html, ">");
    wsync_html_text(html, en ? "Give the first person one" : "Đặt mã cho người đầu tiên");
    wsync_html_raw(html, "</a></p>\n");
}

static bool is_current(const char *item, const char *path)
{
    size_t len = strlen(item);
    return strcmp(item, path) == 0 ||
           (len > 1 && strncmp(item, path, len) == 0 && path[len] == '/');
}

static void write_items(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    if (!frame->items) {
        return;
    }
    const char *path = frame->under ? frame->under : frame->request->path;
    wsync_html_raw(html, "<nav");
    wsync_html_attr(html, "aria-label", en ? "Sections" : "Các mục");
    wsync_html_raw(html, "><ul>\n");
    for (const struct wsync_page_item *item = frame->items; item->path; item++) {
        if (!wsync_page_may(frame->request, WSYNC_HTTP_GET, item->path)) {
            continue;
        }
        wsync_html_raw(html, "<li><a");
        wsync_html_attr(html, "href", item->path);
        if (is_current(item->path, path)) {
            wsync_html_raw(html, " aria-current=\"page\"");
        }
        wsync_html_raw(html, ">");
        wsync_html_text(html, item->label[en ? WSYNC_EN : WSYNC_VI]);
        wsync_html_raw(html, "</a></li>\n");
    }
    wsync_html_raw(html, "</ul></nav>\n");
}

static void write_state(struct wsync_html *html, const struct wsync_page_frame *frame, bool en)
{
    if (!frame->state) {
        return;
    }
    if (frame->offline) {
        wsync_html_raw(html, "<p class=\"state offline\" id=\"state\" role=\"status\" "
                             "data-live><strong>");
        wsync_html_text(html, en ? "Offline." : "Không có mạng.");
        wsync_html_raw(html, "</strong> ");
    } else {
        wsync_html_raw(html, "<p class=\"state\" id=\"state\" role=\"status\" data-live>");
    }
    wsync_html_text(html, frame->state);
    if (frame->request->revision > 0) {
        wsync_html_raw(html, " <strong id=\"live-word\"></strong>");
    }
    wsync_html_raw(html, "</p>\n");
}

void wsync_page_error(struct wsync_html *html, const struct wsync_page_frame *frame,
                      const char *sentence, const char *id)
{
    bool en = wsync_page_language(frame->request) == WSYNC_EN;
    char room[WSYNC_WORDS_BYTES];
    bool unsure = frame->outcome == WSYNC_PAGE_UNSURE;
    wsync_html_raw(html, "<p");
    wsync_html_attr(html, "class", frame->calm ? "notice offline" : "error");
    wsync_html_attr(html, "role", frame->calm ? "status" : "alert");
    if (id) {
        wsync_html_attr(html, "id", id);
    }
    if (unsure) {
        wsync_html_raw(html, " data-unsure");
    }
    wsync_html_raw(html, "><strong>");
    wsync_html_text(html, unsure ? (en ? "It is not certain that it was done."
                                       : "Chưa chắc đã xong.")
                                 : (en ? "Not done." : "Chưa làm được."));
    wsync_html_raw(html, "</strong> ");
    wsync_html_text(html, wsync_words(en ? WSYNC_EN : WSYNC_VI, sentence, room));
    wsync_html_raw(html, "</p>\n");
}

unsigned wsync_page_status(const struct wsync_page_frame *frame)
{
    return frame->outcome == WSYNC_PAGE_REFUSED ? 422 : 503;
}

static void write_outcome(struct wsync_html *html, const struct wsync_page_frame *frame,
                          bool en)
{
    if (frame->notice) {
        wsync_html_raw(html, "<p class=\"notice\" role=\"status\"><strong>");
        wsync_html_text(html, en ? "Done." : "Đã xong.");
        wsync_html_raw(html, "</strong> ");
        wsync_html_text(html, frame->notice);
        wsync_html_raw(html, "</p>\n");
    }
    if (frame->error) {
        wsync_page_error(html, frame, frame->error, NULL);
    }
}

void wsync_page_begin(struct wsync_html *html, const struct wsync_page_frame *frame)
{
    bool en = wsync_page_language(frame->request) == WSYNC_EN;
    write_head(html, frame, en);
    wsync_html_raw(html, "<body>\n<a class=\"skip\" href=\"#main\">");
    wsync_html_text(html, en ? "To the content" : "Đến nội dung");
    wsync_html_raw(html, "</a>\n<header>\n<p class=\"place\">");
    wsync_html_text(html, frame->place);
    wsync_html_raw(html, "</p>\n");
    write_person(html, frame, en);
    write_switch(html, frame, en);
    write_items(html, frame, en);
    wsync_html_raw(html, "</header>\n");
    write_alone(html, frame, en);
    write_state(html, frame, en);
    wsync_html_raw(html, "<main id=\"main\" tabindex=\"-1\">\n<h1>");
    wsync_html_text(html, frame->title);
    wsync_html_raw(html, "</h1>\n");
    write_outcome(html, frame, en);
}

void wsync_page_table(struct wsync_html *html, const char *label)
{
    wsync_html_raw(html, "<div class=\"table-box\" role=\"region\" tabindex=\"0\"");
    wsync_html_attr(html, "aria-label", label);
    wsync_html_raw(html, "><table>\n");
}

void wsync_page_number_head(struct wsync_html *html, struct wsync_slice text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        letters += (text.data[i] & 0xc0) != 0x80;
    }
    if (letters > HEAD_LETTERS) {
        wsync_html_raw(html, "<th scope=\"col\" class=\"number long\">");
    } else {
        wsync_html_raw(html, "<th scope=\"col\" class=\"number\">");
    }
    wsync_html_slice(html, text);
    wsync_html_raw(html, "</th>");
}

void wsync_page_live(struct wsync_html *html)
{
    wsync_html_raw(html, "<div id=\"live\" data-live>\n");
}

void wsync_page_live_tell(struct wsync_html *html)
{
    wsync_html_raw(html, "<div id=\"live\" data-live=\"tell\">\n");
}

void wsync_page_live_end(struct wsync_html *html)
{
    wsync_html_raw(html, "</div>\n");
}

void wsync_page_end(struct wsync_html *html, const struct wsync_page_frame *frame)
{
    (void)frame;
    wsync_html_raw(html, "</main>\n</body>\n</html>\n");
}

void wsync_page_take_language(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    const char *to = wsync_http_field(request, "to");
    const char *back = wsync_http_field(request, "back");
    (void)context;
    wsync_http_set_cookie(answer, "lang", to && strcmp(to, "en") == 0 ? "en" : "vi");
    wsync_http_redirect(answer, back ? back : "/");
}
