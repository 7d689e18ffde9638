/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/clock.h"
#include "host/http_route.h"
#include "host/page_act.h"
#include "host/staff_command.h"
#include "host/units_here.h"

/* A PIN costs 64 MiB and a place among the children: whoever tries many leaves some to others,
 * and one of these to who did not try a wrong one. */
enum { CHECKS_MAX = 2 };

enum { TARGET_BYTES = 256, EXIT_DATA = 65, EXIT_LATER = 75, EXIT_REFUSED = 77 };

/* One page of the door. */
struct view {
    struct wsync_page_login *login;
    const struct wsync_http_request *request;
    struct wsync_http_answer *answer;
    struct wsync_html *html;
    enum wsync_language language;
    struct wsync_page_frame frame;
    char place[WSYNC_UNIT_LABEL_BYTES];
    const char *fault; /* what is wrong with what was typed; NULL: nothing */
};

static const char *word(const struct view *view, const char *vi, const char *en)
{
    return view->language == WSYNC_VI ? vi : en;
}

static void say(const struct view *view, const char *vi, const char *en)
{
    wsync_html_text(view->html, word(view, vi, en));
}

static int64_t now_s(void)
{
    return wsync_clock_monotonic_ms() / 1000;
}

/* ---- the snapshot ---- */

static enum wsync_err begin(const struct wsync_page_login *login)
{
    enum wsync_err err = login->open(login->context, NULL);
    return err == WSYNC_OK ? wsync_site_begin(login->site, WSYNC_TXN_READ, NULL) : err;
}

static void end(const struct wsync_page_login *login)
{
    if (login->site->txn) {
        wsync_site_abort(login->site);
    }
}

/* ---- a page ---- */

/* With the snapshot open. */
static void view_init(struct view *view, struct wsync_page_login *login,
                      const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    *view = (struct view){.login = login,
                          .request = request,
                          .answer = answer,
                          .html = &answer->html,
                          .language = wsync_page_language(request),
                          .frame = {.request = request, .items = login->items}};
    wsync_units_here_label(login->site, login->site->conf.scope, view->place);
    view->frame.place = view->place;
}

/* The store cannot be read: nobody is let in. */
static void fail(const struct wsync_http_request *request, struct wsync_http_answer *answer)
{
    const struct wsync_page_frame bare = {.request = request, .place = "wardsync"};
    wsync_html_fini(&answer->html);
    answer->status = 500;
    wsync_page_fault(answer, bare);
}

/* ---- the gate ---- */

/* Says who asks, as the store is now. */
static enum wsync_err know(struct wsync_page_login *login, struct wsync_http_request *request,
                           struct wsync_account_counts *counts)
{
    struct wsync_account account;
    struct wsync_http_person *person = &request->person;
    struct wsync_login_session *session =
        wsync_login_find(&login->login, request->login, now_s());
    enum wsync_err err = wsync_accounts_count(login->site->txn, counts);
    if (err != WSYNC_OK || !session) {
        return err;
    }
    err = wsync_account_get(login->site->txn, session->number, &account);
    if (err == WSYNC_OK && wsync_account_is_open(&account) &&
        account.changed == session->stamp) {
        *person = (struct wsync_http_person){.number = account.number, .role = account.role};
        memcpy(person->name, account.name, sizeof account.name);
        if (!request->is_refresh && strcmp(request->path, "/live") != 0) {
            wsync_login_touch(session, now_s());
        }
    } else if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        wsync_login_end(session);
        err = WSYNC_OK;
    }
    return err;
}

/* `target` as the value of a field of an address; "" when it has no room. */
static void write_part(char *out, size_t room, const char *target)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    size_t used = 0;
    for (const char *at = target; *at; at++) {
        bool kept = strchr(plain, *at) != NULL;
        if (used + 4 > room) {
            out[0] = '\0';
            return;
        }
        used += (size_t)snprintf(out + used, room - used, kept ? "%c" : "%%%02X",
                                 (unsigned)(unsigned char)*at);
    }
    out[used] = '\0';
}

/* Back to where he wanted to go; what was sent by a form is not sent again. */
static void go_to_login(const struct wsync_page_login *login,
                        const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    char target[TARGET_BYTES], part[TARGET_BYTES - sizeof "/login?next="];
    snprintf(target, sizeof target, "%s", request->target);
    if (strlen(request->target) >= sizeof target || strcmp(request->target, "/") == 0) {
        target[0] = '\0';
    } else if (request->method == WSYNC_HTTP_POST) {
        target[strcspn(target, "?")] = '\0';
        if (!wsync_http_route_find(login->routes, request->path, WSYNC_HTTP_GET).route) {
            target[0] = '\0';
        }
    }
    write_part(part, sizeof part, target);
    snprintf(target, sizeof target, part[0] ? "/login?next=%s" : "/login", part);
    wsync_http_redirect(answer, target);
}

/* The names of those who may. */
static enum wsync_err write_able(struct view *view, enum wsync_page_role need)
{
    struct wsync_account account = {.number = 0};
    enum wsync_err err;
    wsync_html_raw(view->html, "<ul>\n");
    while ((err = wsync_account_after(view->login->site->txn, account.number, &account)) ==
           WSYNC_OK) {
        if (wsync_account_is_open(&account) && account.role >= need) {
            wsync_html_raw(view->html, "<li>");
            wsync_html_text(view->html, account.name);
            wsync_html_raw(view->html, "</li>\n");
        }
    }
    wsync_html_raw(view->html, "</ul>\n");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_refusal(struct view *view, enum wsync_page_role need)
{
    const struct wsync_http_person *person = &view->request->person;
    enum wsync_site_kind kind = view->login->site->conf.kind;
    view->answer->status = 403;
    view->frame.title = word(view, "Việc này dành cho người khác", "This is for others to do");
    wsync_page_begin(view->html, &view->frame);
    wsync_html_raw(view->html, "<p>");
    say(view, "Cần vai trò: ", "It takes the role: ");
    wsync_html_text(view->html, wsync_staff_role_word(kind, need, view->language));
    if (person->role != WSYNC_ROLE_NOBODY) {
        say(view, ". Vai trò của bạn: ", ". Your role: ");
        wsync_html_text(view->html, wsync_staff_role_word(kind, person->role, view->language));
    }
    say(view, ". Chưa có gì thay đổi.", ". Nothing was changed.");
    wsync_html_raw(view->html, "</p>\n<p>");
    say(view, "Người làm được việc này:", "Those who may do it:");
    wsync_html_raw(view->html, "</p>\n");
    enum wsync_err err = write_able(view, need);
    wsync_html_raw(view->html, "<p><a class=\"button\" href=\"/\">");
    say(view, "Về trang đầu", "To the first page");
    wsync_html_raw(view->html, "</a></p>\n");
    wsync_page_end(view->html, &view->frame);
    return err;
}

static bool refuse(struct wsync_page_login *login, const struct wsync_http_request *request,
                   enum wsync_page_role need, struct wsync_http_answer *answer)
{
    struct view view;
    enum wsync_err err = begin(login);
    if (err == WSYNC_OK) {
        view_init(&view, login, request, answer);
        err = write_refusal(&view, need);
    }
    end(login);
    if (err != WSYNC_OK) {
        fail(request, answer);
    }
    return false;
}

static bool let_in(struct wsync_page_login *login, struct wsync_http_request *request,
                   enum wsync_page_role need, struct wsync_http_answer *answer)
{
    struct wsync_account_counts counts = {.open = 0};
    struct wsync_http_person *person = &request->person;
    *person = (struct wsync_http_person){.number = 0};
    enum wsync_err err = begin(login);
    if (err == WSYNC_OK) {
        err = know(login, request, &counts);
    }
    end(login);
    if (err != WSYNC_OK) {
        *person = (struct wsync_http_person){.number = 0};
        if (need != WSYNC_ROLE_NOBODY) {
            fail(request, answer);
        }
        return need == WSYNC_ROLE_NOBODY;
    }
    if (counts.open == 0 && wsync_pages_address_is_here(login->pages->address)) {
        person->role = WSYNC_ROLE_ADMIN;
        person->alone = true;
    }
    if (person->role >= need) {
        return true;
    }
    if (person->number == 0 && counts.open > 0) {
        go_to_login(login, request, answer);
        return false;
    }
    return refuse(login, request, need, answer);
}

bool wsync_page_login_gate(void *context, struct wsync_http_request *request,
                           enum wsync_page_role need, struct wsync_http_answer *answer)
{
    struct wsync_page_login *login = context;
    switch (wsync_page_first_gate(&login->first, request, answer)) {
    case WSYNC_FIRST_HANDLE:
        return true;
    case WSYNC_FIRST_ANSWERED:
        return false;
    case WSYNC_FIRST_PASS:
        break;
    }
    return let_in(login, request, need, answer);
}

/* ---- the page that asks who it is ---- */

static bool is_ward(const struct view *view)
{
    return view->login->site->conf.kind == WSYNC_SITE_WARD;
}

static enum wsync_err write_names(struct view *view, const char *chosen)
{
    struct wsync_account account = {.number = 0};
    unsigned long number = chosen ? strtoul(chosen, NULL, 10) : 0;
    enum wsync_err err;
    wsync_html_raw(view->html, "<option value=\"\">");
    say(view, "Chọn tên của bạn", "Choose your name");
    wsync_html_raw(view->html, "</option>\n");
    while ((err = wsync_account_after(view->login->site->txn, account.number, &account)) ==
           WSYNC_OK) {
        if (wsync_account_is_open(&account)) {
            wsync_html_raw(view->html, "<option");
            wsync_html_attr_number(view->html, "value", account.number);
            if (account.number == number) {
                wsync_html_raw(view->html, " selected");
            }
            wsync_html_raw(view->html, ">");
            wsync_html_text(view->html, account.name);
            wsync_html_raw(view->html, "</option>\n");
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_tie(struct view *view)
{
    if (view->fault) {
        wsync_html_raw(view->html, " aria-invalid=\"true\"");
        wsync_html_raw(view->html, " aria-describedby=\"fault\"");
    }
}

static enum wsync_err write_person(struct view *view)
{
    struct wsync_html *html = view->html;
    const char *chosen = wsync_http_field(view->request, "person");
    enum wsync_err err = WSYNC_OK;
    wsync_html_raw(html, "<div class=\"field\"><label for=\"person\">");
    say(view, "Họ và tên", "Name");
    if (is_ward(view)) {
        wsync_html_raw(html, "</label>\n<select id=\"person\" name=\"person\" required");
        write_tie(view);
        wsync_html_raw(html, ">\n");
        err = write_names(view, chosen);
        wsync_html_raw(html, "</select></div>\n");
    } else {
        wsync_html_raw(html, "</label>\n<input id=\"person\" name=\"person\" required "
                             "autocomplete=\"username\" maxlength=\"127\"");
        write_tie(view);
        wsync_html_attr(html, "value", chosen ? chosen : "");
        wsync_html_raw(html, "></div>\n");
    }
    return err;
}

static void write_pin(struct view *view)
{
    struct wsync_html *html = view->html;
    wsync_html_raw(html, "<div class=\"field\"><label for=\"pin\">");
    wsync_html_text(html, is_ward(view) ? word(view, "Mã PIN", "PIN")
                                        : word(view, "Mật khẩu", "Password"));
    wsync_html_raw(html, "</label>\n<input id=\"pin\" name=\"pin\" type=\"password\" required "
                         "autocomplete=\"current-password\" maxlength=\"128\"");
    write_tie(view);
    wsync_html_raw(html, "></div>\n<p class=\"actions\"><button>");
    say(view, "Đăng nhập", "Log in");
    wsync_html_raw(html, "</button></p></form>\n");
}

static enum wsync_err write_ask(struct view *view)
{
    struct wsync_html *html = view->html;
    const char *next = wsync_http_field(view->request, "next");
    view->frame.title = word(view, "Đăng nhập", "Log in");
    wsync_page_begin(html, &view->frame);
    if (view->fault) {
        wsync_html_raw(html, "<p class=\"error\" role=\"alert\" id=\"fault\">");
        wsync_html_text(html, view->fault);
        wsync_html_raw(html, "</p>\n");
    }
    wsync_page_post(html, &view->frame, "/login");
    wsync_html_raw(html, "<input type=\"hidden\" name=\"next\"");
    wsync_html_attr(html, "value", next ? next : "/");
    wsync_html_raw(html, ">\n");
    enum wsync_err err = write_person(view);
    write_pin(view);
    wsync_html_raw(html, "<p class=\"muted\">");
    say(view, "Quên mã? Người quản trị đặt mã mới được.",
        "Forgotten? Whoever administers this machine can set a new one.");
    wsync_html_raw(html, "</p>\n");
    wsync_page_end(html, &view->frame);
    return err;
}

/* Asks, again where `fault` says why. */
static void ask(struct wsync_page_login *login, const struct wsync_http_request *request,
                struct wsync_http_answer *answer, const char *fault)
{
    struct view view;
    enum wsync_err err = begin(login);
    if (err == WSYNC_OK) {
        view_init(&view, login, request, answer);
        view.fault = fault;
        err = write_ask(&view);
    }
    end(login);
    if (err != WSYNC_OK) {
        fail(request, answer);
    }
}

void wsync_page_login_ask(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    struct wsync_page_login *login = context;
    if (request->person.alone) {
        wsync_http_redirect(answer, "/"); /* there is nobody to log in */
        return;
    }
    ask(login, request, answer, NULL);
}

/* ---- logging in ---- */

/* Who is meant, and the stamp of his account: 0 and 0 for nobody here. */
static enum wsync_err find_person(struct wsync_page_login *login, const char *text,
                                  uint32_t *number, int64_t *stamp)
{
    struct wsync_site *site = login->site;
    struct wsync_account account = {.number = 0};
    *number = 0;
    *stamp = 0;
    enum wsync_err err = begin(login);
    if (err == WSYNC_OK && text && *text) {
        size_t mark = wsync_arena_mark(&site->arena);
        err = wsync_staff_number(site, site->conf.scope, text, number, NULL);
        wsync_arena_release(&site->arena, mark);
        err = err == WSYNC_OK ? wsync_account_get(site->txn, *number, &account) : err;
        *stamp = err == WSYNC_OK ? account.changed : 0;
    }
    end(login);
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_INVALID || err == WSYNC_ERR_VALUE
               ? WSYNC_OK
               : err;
}

/* The PIN was right for the account as it was then: is it still the same? */
static enum wsync_err begin_session(struct wsync_page_login *login, uint32_t number,
                                    int64_t stamp, struct wsync_http_answer *answer)
{
    struct wsync_account account;
    enum wsync_err err = begin(login);
    if (err == WSYNC_OK) {
        err = wsync_account_get(login->site->txn, number, &account);
    }
    end(login);
    if (err == WSYNC_OK && (!wsync_account_is_open(&account) || account.changed != stamp)) {
        err = WSYNC_ERR_BUSY;
    }
    if (err == WSYNC_OK) {
        struct wsync_login_id id = wsync_login_begin(&login->login, number, stamp, now_s());
        memcpy(answer->login, id.text, sizeof id.text);
    }
    return err;
}

static void end_session(struct wsync_page_login *login,
                        const struct wsync_http_request *request)
{
    struct wsync_login_session *old = wsync_login_find(&login->login, request->login, now_s());
    if (old) {
        wsync_login_end(old);
    }
}

/* A child says whether the PIN is right; others are answered meanwhile. */
static enum wsync_err check(struct wsync_page_login *login,
                            const struct wsync_http_request *request, uint32_t number,
                            int *exit_code, struct wsync_error *error)
{
    char digits[16];
    const char *pin = wsync_http_field(request, "pin");
    const char *const argv[] = {"staff", "--passphrase-file=-", "--", "check", digits, NULL};
    const struct wsync_action_ask order = {.argv = argv,
                                           .input = wsync_slice_of(pin ? pin : "")};
    struct wsync_action_result result = {.exit_code = 0};
    snprintf(digits, sizeof digits, "%u", number);
    unsigned most = CHECKS_MAX - !wsync_login_is_clean(&login->login, request->peer, now_s());
    if (login->checking >= most) {
        return wsync_error_set(
            error, WSYNC_ERR_BUSY, "%s",
            wsync_page_language(request) == WSYNC_VI
                ? "Nhiều người đang đăng nhập cùng lúc; thử lại sau vài giây."
                : "Several are logging in at once; try again in a moment.");
    }
    login->checking++;
    enum wsync_err err = wsync_page_act(login->pages->actions, request, &order, &result, error);
    login->checking--;
    *exit_code = result.exit_code;
    return err;
}

/* The same answer for a name that is not there, for a wrong PIN and for one that came too
 * early: which it was is nobody's business who does not know the PIN. */
static const char *fault_of(const struct wsync_http_request *request)
{
    return wsync_page_language(request) == WSYNC_VI
               ? "Tên và mã không khớp nhau. Sau 5 lần sai phải chờ 1 phút, rồi lâu hơn, nhiều "
                 "nhất 15 phút; trong lúc chờ, mã đúng cũng không được nhận."
               : "Name and PIN do not belong together. After 5 wrong ones there is a minute to "
                 "wait, then longer, at most 15 minutes; until then the right one is not taken "
                 "either.";
}

static void try_to_enter(struct wsync_page_login *login,
                         const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    const char *next = wsync_http_field(request, "next");
    struct wsync_error error = {{0}};
    uint32_t number;
    int64_t stamp;
    int exit_code = 0;
    enum wsync_err err =
        find_person(login, wsync_http_field(request, "person"), &number, &stamp);
    if (err != WSYNC_OK) {
        fail(request, answer);
        return;
    }
    err = check(login, request, number, &exit_code, &error);
    if (err == WSYNC_OK && begin_session(login, number, stamp, answer) == WSYNC_OK) {
        end_session(login, request);
        wsync_login_note(&login->login, request->peer, true, now_s());
        wsync_http_redirect(answer, next ? next : "/");
        return;
    }
    bool wrong = err != WSYNC_OK && (exit_code == EXIT_REFUSED || exit_code == EXIT_LATER ||
                                     exit_code == EXIT_DATA);
    if (wrong) {
        wsync_login_note(&login->login, request->peer, false, now_s());
    }
    answer->status = wrong ? 403 : 503;
    ask(login, request, answer, wrong || err == WSYNC_OK ? fault_of(request) : error.text);
}

void wsync_page_login_take(void *context, const struct wsync_http_request *request,
                           struct wsync_http_answer *answer)
{
    struct wsync_page_login *login = context;
    int64_t wait_s = wsync_login_wait_s(&login->login, request->peer, now_s());
    if (request->person.alone) {
        wsync_http_redirect(answer, "/");
    } else if (wait_s > 0) {
        answer->status = 429;
        ask(login, request, answer,
            wsync_page_language(request) == WSYNC_VI
                ? "Từ máy này đã sai quá nhiều lần: hãy chờ, nhiều nhất 15 phút."
                : "There were too many wrong ones from this machine: wait, at most 15 "
                  "minutes.");
    } else {
        try_to_enter(login, request, answer);
    }
}

void wsync_page_login_leave(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    struct wsync_page_login *login = context;
    end_session(login, request);
    answer->ends_login = true;
    wsync_http_redirect(answer, request->person.alone ? "/" : "/login");
}
