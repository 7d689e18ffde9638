/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/clock.h"
#include "host/staff_command.h"

static enum wsync_language language_of(const struct wsync_page_staff *staff)
{
    return wsync_page_language(staff->frame->request);
}

static void say(const struct wsync_page_staff *staff, const char *vi, const char *en)
{
    wsync_html_text(staff->html, language_of(staff) == WSYNC_VI ? vi : en);
}

static bool is_ward(const struct wsync_page_staff *staff)
{
    return staff->site->conf.kind == WSYNC_SITE_WARD;
}

/* The account of somebody listed; without a row it is one without a role. */
static enum wsync_err get_account(const struct wsync_page_staff *staff, uint32_t number,
                                  struct wsync_account *account)
{
    enum wsync_err err = wsync_account_get(staff->site->txn, number, account);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_fault(const struct wsync_page_staff *staff)
{
    if (staff->fault) {
        wsync_page_error(staff->html, staff->frame, staff->fault, "fault");
    }
}

static void write_tie(const struct wsync_page_staff *staff)
{
    if (staff->fault) {
        wsync_html_raw(staff->html, " aria-describedby=\"fault\"");
    }
}

/* <form> to the list, or to the page of a person. */
static void write_form(const struct wsync_page_staff *staff, uint32_t number, const char *what)
{
    char path[64];
    int used = snprintf(path, sizeof path, "%s", staff->frame->staff);
    if (number > 0) {
        snprintf(path + used, sizeof path - (size_t)used, "/%u", number);
    }
    wsync_page_post(staff->html, staff->frame, path);
    wsync_html_raw(staff->html, "<input type=\"hidden\" name=\"do\"");
    wsync_html_attr(staff->html, "value", what);
    wsync_html_raw(staff->html, ">\n");
}

static void write_button(const struct wsync_page_staff *staff, const char *vi, const char *en)
{
    wsync_html_raw(staff->html, "<p class=\"actions\"><button>");
    say(staff, vi, en);
    wsync_html_raw(staff->html, "</button></p></form>\n");
}

/* ---- the fields ---- */

/* What each role may do, as the routes have it. */
static const char *explain(const struct wsync_page_staff *staff, enum wsync_page_role role)
{
    static const char *const WARD[][2] = {
        [WSYNC_ROLE_NOBODY] = {"", ""},
        [WSYNC_ROLE_SEE] = {"chỉ xem", "only looks"},
        [WSYNC_ROLE_WRITE] = {"nhập, sửa, giải quyết xung đột, đồng bộ",
                              "enters, corrects, resolves conflicts, syncs"},
        [WSYNC_ROLE_ADMIN] = {"mọi việc, cả cán bộ, sao lưu và cài đặt",
                              "everything, with staff, backups and settings"},
    };
    static const char *const DISTRICT[][2] = {
        [WSYNC_ROLE_NOBODY] = {"", ""},
        [WSYNC_ROLE_SEE] = {"chỉ xem", "only looks"},
        [WSYNC_ROLE_WRITE] = {"quyết định về xung đột và thay đổi bị cách ly",
                              "decides about conflicts and what is quarantined"},
        [WSYNC_ROLE_ADMIN] = {"mọi việc, cả thiết bị, khóa, mẫu và cán bộ",
                              "everything, with devices, keys, forms and staff"},
    };
    return (is_ward(staff) ? WARD : DISTRICT)[role][language_of(staff)];
}

/* The first who logs in is an admin: nothing else is offered. */
static void write_roles(const struct wsync_page_staff *staff, enum wsync_page_role chosen,
                        enum wsync_page_role least)
{
    struct wsync_html *html = staff->html;
    wsync_html_raw(html, "<div class=\"field\"><label for=\"role\">");
    say(staff, "Vai trò", "Role");
    wsync_html_raw(html, "</label>\n<select id=\"role\" name=\"role\"");
    write_tie(staff);
    wsync_html_raw(html, ">\n");
    for (int i = (int)least; i <= WSYNC_ROLE_ADMIN; i++) {
        enum wsync_page_role role = (enum wsync_page_role)i;
        wsync_html_raw(html, "<option");
        wsync_html_attr(html, "value", wsync_staff_role_name(role));
        if (role == chosen) {
            wsync_html_raw(html, " selected");
        }
        wsync_html_raw(html, ">");
        wsync_html_text(
            html, wsync_staff_role_word(staff->site->conf.kind, role, language_of(staff)));
        wsync_html_raw(html, " – ");
        wsync_html_text(html, explain(staff, role));
        wsync_html_raw(html, "</option>\n");
    }
    wsync_html_raw(html, "</select></div>\n");
}

static void write_secret(const struct wsync_page_staff *staff, bool again)
{
    struct wsync_html *html = staff->html;
    wsync_html_raw(html, "<div class=\"field\"><label");
    wsync_html_attr(html, "for", again ? "again" : "pin");
    wsync_html_raw(html, ">");
    if (is_ward(staff)) {
        say(staff, again ? "Mã PIN, lần nữa" : "Mã PIN", again ? "PIN once more" : "PIN");
    } else {
        say(staff, again ? "Mật khẩu, lần nữa" : "Mật khẩu",
            again ? "Password once more" : "Password");
    }
    wsync_html_raw(html, "</label>\n");
    if (!again) {
        wsync_html_raw(html, "<span class=\"hint\" id=\"pin-hint\">");
        say(staff, is_ward(staff) ? "Từ 6 chữ số, hoặc một cụm từ." : "Từ 10 ký tự.",
            is_ward(staff) ? "6 digits or more, or a passphrase." : "10 characters or more.");
        wsync_html_raw(html, "</span>\n");
    }
    wsync_html_raw(html, "<input type=\"password\" required maxlength=\"128\" "
                         "autocomplete=\"new-password\"");
    wsync_html_attr(html, "id", again ? "again" : "pin");
    wsync_html_attr(html, "name", again ? "again" : "pin");
    if (again) {
        write_tie(staff);
    } else {
        wsync_html_attr(html, "aria-describedby", staff->fault ? "pin-hint fault" : "pin-hint");
    }
    wsync_html_raw(html, "></div>\n");
}

/* ---- the list ---- */

static void write_row(void *context, uint32_t number, struct wsync_slice name)
{
    const struct wsync_page_staff *staff = context;
    struct wsync_html *html = staff->html;
    struct wsync_account account;
    if (get_account(staff, number, &account) != WSYNC_OK) {
        account = (struct wsync_account){.number = number};
    }
    bool waits = wsync_account_wait_s(&account, wsync_clock_wall_s()) > 0;
    wsync_html_raw(html, "<tr><td><a href=\"");
    wsync_html_text(html, staff->frame->staff);
    wsync_html_raw(html, "/");
    wsync_html_number(html, number);
    wsync_html_raw(html, "\">");
    wsync_html_slice(html, name);
    wsync_html_raw(html, "</a></td><td class=\"number\">");
    wsync_html_number(html, number);
    wsync_html_raw(html, "</td><td>");
    wsync_html_text(
        html, wsync_staff_role_word(staff->site->conf.kind, account.role, language_of(staff)));
    wsync_html_raw(html, "</td><td>");
    if (account.left) {
        say(staff, "đã thôi", "left");
    } else if (waits) {
        say(staff, "tạm khóa vì sai nhiều lần", "waits after many wrong ones");
    } else if (wsync_account_is_open(&account)) {
        say(staff, "đăng nhập được", "can log in");
    } else {
        say(staff, "không đăng nhập", "does not log in");
    }
    wsync_html_raw(html, "</td></tr>\n");
}

static enum wsync_err write_table(const struct wsync_page_staff *staff)
{
    struct wsync_html *html = staff->html;
    wsync_page_table(html, language_of(staff) == WSYNC_VI ? "Cán bộ" : "Staff");
    wsync_html_raw(html, "<thead><tr><th scope=\"col\">");
    say(staff, "Họ và tên", "Name");
    wsync_html_raw(html, "</th><th scope=\"col\" class=\"number\">");
    say(staff, "Số", "Number");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    say(staff, "Vai trò", "Role");
    wsync_html_raw(html, "</th><th scope=\"col\">");
    say(staff, "Đăng nhập", "Log-in");
    wsync_html_raw(html, "</th></tr></thead>\n<tbody>\n");
    enum wsync_err err = wsync_staff_walk(staff->site, staff->site->conf.scope, write_row,
                                          (void *)(uintptr_t)staff);
    wsync_html_raw(html, "</tbody></table></div>\n");
    return err;
}

static void count_person(void *context, uint32_t number, struct wsync_slice name)
{
    (void)number;
    (void)name;
    ++*(size_t *)context;
}

static void write_add(const struct wsync_page_staff *staff, bool first)
{
    struct wsync_html *html = staff->html;
    const char *name = wsync_http_field(staff->frame->request, "name");
    wsync_html_raw(html, "<h2>");
    say(staff, first ? "Người đầu tiên" : "Thêm người", first ? "The first one" : "One more");
    wsync_html_raw(html, "</h2>\n");
    if (first) {
        wsync_html_raw(html, "<p>");
        say(staff,
            "Người đầu tiên là quản trị. Từ lúc đó, ai mở trang cũng phải đăng nhập; hãy nhớ "
            "mã "
            "này.",
            "The first one is an admin. From then on everybody has to log in; keep the code in "
            "mind.");
        wsync_html_raw(html, "</p>\n");
    }
    write_form(staff, 0, "add");
    wsync_html_raw(html, "<div class=\"field\"><label for=\"name\">");
    say(staff, "Họ và tên", "Name");
    wsync_html_raw(html, "</label>\n<input id=\"name\" name=\"name\" required "
                         "maxlength=\"127\" autocomplete=\"off\"");
    write_tie(staff);
    wsync_html_attr(html, "value", staff->fault && name ? name : "");
    wsync_html_raw(html, "></div>\n");
    write_roles(staff, first ? WSYNC_ROLE_ADMIN : WSYNC_ROLE_WRITE,
                first ? WSYNC_ROLE_ADMIN : WSYNC_ROLE_SEE);
    write_secret(staff, false);
    write_secret(staff, true);
    write_button(staff, "Thêm", "Add");
}

static enum wsync_err write_list(const struct wsync_page_staff *staff)
{
    struct wsync_account_counts counts;
    size_t listed = 0;
    enum wsync_err err = wsync_accounts_count(staff->site->txn, &counts);
    write_fault(staff);
    if (err == WSYNC_OK) {
        err = wsync_staff_walk(staff->site, staff->site->conf.scope, count_person, &listed);
    }
    if (err == WSYNC_OK && listed > 0) {
        err = write_table(staff);
    }
    write_add(staff, counts.open == 0);
    return err;
}

/* ---- one person ---- */

/* The number at the end of the path; 0 when it is none. */
static uint32_t number_of(const struct wsync_http_request *request)
{
    const char *text = request->rest;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 6 && text[digits] == '\0' && text[0] != '0'
               ? (uint32_t)strtoul(text, NULL, 10)
               : 0;
}

struct search {
    uint32_t number;
    bool found;
    char name[WSYNC_STAFF_NAME_BYTES];
};

static void match(void *context, uint32_t number, struct wsync_slice name)
{
    struct search *search = context;
    if (number == search->number && !search->found) {
        search->found = true;
        snprintf(search->name, sizeof search->name, "%.*s", (int)name.len,
                 (const char *)name.data);
    }
}

static void write_leave(const struct wsync_page_staff *staff, uint32_t number)
{
    struct wsync_html *html = staff->html;
    wsync_html_raw(html, "<p>");
    say(staff,
        "Người này sẽ không đăng nhập được nữa, và đang đăng nhập ở đâu thì bị thoát ngay ở "
        "đó. "
        "Tên vẫn còn trong lịch sử của những gì đã nhập.",
        "This person can log in no more, and wherever he is logged in that ends at once. The "
        "name stays in the history of what was entered.");
    wsync_html_raw(html, "</p>\n");
    write_form(staff, number, "retire");
    wsync_html_raw(html, "<p class=\"actions\"><button class=\"danger\">");
    say(staff, "Cho thôi", "Let this person leave");
    wsync_html_raw(html, "</button> <a class=\"button second\" href=\"");
    wsync_html_text(html, staff->frame->staff);
    wsync_html_raw(html, "/");
    wsync_html_number(html, number);
    wsync_html_raw(html, "\">");
    say(staff, "Không, quay lại", "No, go back");
    wsync_html_raw(html, "</a></p></form>\n");
}

static void write_changes(const struct wsync_page_staff *staff,
                          const struct wsync_account *account, bool last_admin)
{
    struct wsync_html *html = staff->html;
    if (last_admin) {
        wsync_html_raw(html, "<p class=\"muted\">");
        say(staff, "Đây là quản trị cuối cùng: giao vai trò quản trị cho người khác trước đã.",
            "This is the last admin: somebody else must become one first.");
        wsync_html_raw(html, "</p>\n");
    } else {
        wsync_html_raw(html, "<h2>");
        say(staff, "Đổi vai trò", "Another role");
        wsync_html_raw(html, "</h2>\n");
        write_form(staff, account->number, "role");
        write_roles(staff,
                    account->role == WSYNC_ROLE_NOBODY ? WSYNC_ROLE_WRITE : account->role,
                    WSYNC_ROLE_SEE);
        write_button(staff, "Đổi vai trò", "Change the role");
    }
    if (account->role != WSYNC_ROLE_NOBODY) {
        wsync_html_raw(html, "<h2>");
        say(staff, "Đặt mã mới", "A new code");
        wsync_html_raw(html, "</h2>\n");
        write_form(staff, account->number, "pin");
        write_secret(staff, false);
        write_secret(staff, true);
        write_button(staff, "Đặt mã mới", "Set the new code");
    }
    if (!last_admin && !account->left) {
        wsync_html_raw(html, "<p><a class=\"button danger\" href=\"?leave=1\">");
        say(staff, "Cho thôi…", "Let this person leave…");
        wsync_html_raw(html, "</a></p>\n");
    }
}

static enum wsync_err write_one(const struct wsync_page_staff *staff)
{
    struct search search = {.number = number_of(staff->frame->request)};
    struct wsync_account account;
    struct wsync_account_counts counts;
    enum wsync_err err = wsync_staff_walk(staff->site, staff->site->conf.scope, match, &search);
    if (err == WSYNC_OK && (search.number == 0 || !search.found)) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        err = get_account(staff, search.number, &account);
    }
    if (err == WSYNC_OK) {
        err = wsync_accounts_count(staff->site->txn, &counts);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    write_fault(staff);
    wsync_html_raw(staff->html, "<p><strong>");
    wsync_html_text(staff->html, account.name[0] ? account.name : search.name);
    wsync_html_raw(staff->html, "</strong></p>\n");
    if (wsync_http_field(staff->frame->request, "leave")) {
        write_leave(staff, search.number);
    } else {
        write_changes(staff, &account,
                      wsync_account_is_open(&account) && account.role == WSYNC_ROLE_ADMIN &&
                          counts.admins == 1);
    }
    wsync_html_raw(staff->html, "<p class=\"actions\"><a href=\"");
    wsync_html_text(staff->html, staff->frame->staff);
    wsync_html_raw(staff->html, "\">");
    say(staff, "Về danh sách cán bộ", "To the list of staff");
    wsync_html_raw(staff->html, "</a></p>\n");
    return WSYNC_OK;
}

enum wsync_err wsync_page_staff_write(const struct wsync_page_staff *staff)
{
    return staff->frame->request->rest[0] ? write_one(staff) : write_list(staff);
}

/* ---- what was sent ---- */

static const struct {
    const char *name, *done[2]; /* by enum wsync_language */
} DOINGS[] = {
    {"add", {"Đã thêm vào danh sách.", "On the list now."}},
    {"role",
     {"Đã đổi vai trò; lần đăng nhập trước đã kết thúc.",
      "The role is another now; the log-in of before ended."}},
    {"pin",
     {"Đã đặt mã mới; lần đăng nhập trước đã kết thúc.",
      "The new code is set; the log-in of before ended."}},
    {"retire", {"Đã cho thôi.", "This person left."}},
};

static const char *done_word(const struct wsync_http_request *request)
{
    const char *done = wsync_http_field(request, "done");
    for (size_t i = 0; done && i < sizeof DOINGS / sizeof *DOINGS; i++) {
        if (strcmp(done, DOINGS[i].name) == 0) {
            return DOINGS[i].done[wsync_page_language(request)];
        }
    }
    return NULL;
}

void wsync_page_staff_head(struct wsync_page_frame *frame, const char *fault,
                           struct wsync_http_answer *answer)
{
    answer->status = fault ? wsync_page_status(frame) : 200;
    frame->title = wsync_page_language(frame->request) == WSYNC_VI ? "Cán bộ" : "Staff";
    frame->notice = fault ? NULL : done_word(frame->request);
}

static const char *field(const struct wsync_http_request *request, const char *name)
{
    const char *value = wsync_http_field(request, name);
    return value ? value : "";
}

/* The PIN twice the same, in one line. */
static const char *read_secret(const struct wsync_http_request *request,
                               struct wsync_page_staff_order *order)
{
    bool vi = wsync_page_language(request) == WSYNC_VI;
    const char *pin = field(request, "pin");
    if (pin[0] == '\0' || strchr(pin, '\n')) {
        return vi ? "Hãy nhập mã." : "Give the code.";
    }
    if (strcmp(pin, field(request, "again")) != 0) {
        return vi ? "Hai lần nhập mã không giống nhau." : "The two codes differ.";
    }
    order->ask.input = wsync_slice_of(pin);
    return NULL;
}

/* The words of the command: its options, "--", the verb and what it is about. */
static void lay_out(struct wsync_page_staff_order *order, bool vi, const char *const *operands)
{
    size_t used = 0;
    order->argv[used++] = "staff";
    order->argv[used++] = vi ? "--lang=vi" : "--lang=en";
    if (order->ask.input.len > 0) {
        order->argv[used++] = "--passphrase-file=-";
    }
    if (order->role[0]) {
        order->argv[used++] = order->role;
    }
    order->argv[used++] = "--";
    while (*operands) {
        WSYNC_ASSERT(used < WSYNC_PAGE_STAFF_WORDS - 1);
        order->argv[used++] = *operands++;
    }
    order->argv[used] = NULL;
    order->ask.argv = order->argv;
}

const char *wsync_page_staff_read(const struct wsync_page_frame *frame,
                                  struct wsync_page_staff_order *order)
{
    const struct wsync_http_request *request = frame->request;
    bool vi = wsync_page_language(request) == WSYNC_VI;
    const char *what = field(request, "do"), *role = field(request, "role");
    const char *fault = NULL;
    *order = (struct wsync_page_staff_order){.argv = {NULL}};
    snprintf(order->next, sizeof order->next, "%s?done=%.8s", frame->staff, what);
    if (strcmp(what, "add") == 0 && request->rest[0] == '\0') {
        snprintf(order->role, sizeof order->role, "--role=%.8s", role);
        fault = read_secret(request, order);
        lay_out(order, vi, (const char *const[]){"add", field(request, "name"), NULL});
    } else if (strcmp(what, "pin") == 0 && number_of(request) > 0) {
        fault = read_secret(request, order);
        lay_out(order, vi, (const char *const[]){"pin", request->rest, NULL});
    } else if (strcmp(what, "role") == 0 && number_of(request) > 0) {
        lay_out(order, vi, (const char *const[]){"role", request->rest, role, NULL});
    } else if (strcmp(what, "retire") == 0 && number_of(request) > 0) {
        lay_out(order, vi, (const char *const[]){"retire", request->rest, NULL});
    } else {
        fault = vi ? "Trang này không làm được việc đó." : "This page cannot do that.";
    }
    return fault;
}
