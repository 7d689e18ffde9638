/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_first.h"

#include <string.h>

#include "host/first_run.h"
#include "host/health.h"
#include "host/page_act.h"

enum { CONFLICT = 409 };

static void look(struct wsync_page_first *first)
{
    if (first->needed) {
        first->needed = !wsync_first_run_is_over(first->pages->data_dir, first->pages->kind);
    }
}

void wsync_page_first_begin(struct wsync_page_first *first, const struct wsync_pages *pages)
{
    *first = (struct wsync_page_first){.pages = pages};
    first->needed = wsync_first_run_needed(pages->data_dir, pages->kind);
    first->seen = first->needed;
}

/* ---- the gate ---- */

/* /setup/done is the program's own: it shows what was made. */
static bool is_setup(const char *path)
{
    return strcmp(path, "/setup") == 0 ||
           (strncmp(path, "/setup/", 7) == 0 && strcmp(path, "/setup/done") != 0);
}

static bool is_for_machines(const char *path)
{
    static const char *const PATHS[] = {"/healthz", "/readyz", "/metrics"};
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        if (strcmp(path, PATHS[i]) == 0) {
            return true;
        }
    }
    return false;
}

void wsync_page_first_tell(const struct wsync_page_first *first,
                           const struct wsync_http_request *request,
                           struct wsync_http_answer *answer)
{
    bool vi = wsync_page_language(request) == WSYNC_VI;
    struct wsync_html *html = &answer->html;
    const struct wsync_page_frame frame = {
        .request = request,
        .place = "wardsync",
        .title = vi ? "Một trình duyệt khác đã thiết lập" : "Another browser set this up",
        .error =
            first->busy
                ? (vi ? "Một trình duyệt khác đang thiết lập máy này. Những gì gõ ở đây "
                        "chưa được dùng."
                      : "Another browser is setting this machine up. What was typed here "
                        "was not used.")
                : (vi ? "Máy này vừa được thiết lập ở một trình duyệt khác. Những gì gõ ở "
                        "đây không được dùng."
                      : "This machine was set up in another browser a moment ago. What was "
                        "typed here was not used.")};
    answer->status = CONFLICT;
    wsync_page_begin(html, &frame);
    wsync_html_raw(html, "<p class=\"actions\"><a class=\"button\" href=\"/\">");
    wsync_html_text(html, vi ? "Về trang đầu" : "To the first page");
    wsync_html_raw(html, "</a></p>\n");
    wsync_page_end(html, &frame);
}

enum wsync_page_first_way wsync_page_first_gate(struct wsync_page_first *first,
                                                struct wsync_http_request *request,
                                                struct wsync_http_answer *answer)
{
    bool setup = is_setup(request->path);
    look(first);
    if (!first->needed) {
        if (first->seen && setup && request->method == WSYNC_HTTP_POST) {
            wsync_page_first_tell(first, request, answer);
            return WSYNC_FIRST_ANSWERED;
        }
        return WSYNC_FIRST_PASS;
    }
    request->person = (struct wsync_http_person){.number = 0};
    if (setup || strcmp(request->path, "/language") == 0) {
        request->person.role = WSYNC_ROLE_ADMIN;
        return WSYNC_FIRST_HANDLE;
    }
    if (is_for_machines(request->path)) {
        wsync_health_problem(answer, 503, "nothing is set up yet");
    } else {
        wsync_http_redirect(answer, "/setup");
    }
    return WSYNC_FIRST_ANSWERED;
}

/* ---- doing ---- */

enum wsync_err wsync_page_first_act(struct wsync_page_first *first,
                                    const struct wsync_http_request *request,
                                    const struct wsync_action_ask *ask,
                                    struct wsync_action_result *result,
                                    struct wsync_error *error)
{
    if (first->busy || !first->needed) {
        return WSYNC_ERR_EXISTS;
    }
    first->busy = true;
    enum wsync_err err = wsync_page_act(first->pages->actions, request, ask, result, error);
    first->busy = false;
    look(first);
    return err;
}

void wsync_page_first_over(struct wsync_http_answer *answer)
{
    wsync_http_redirect(answer, "/");
}
