/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/request_text.h"
#include "server/device_find.h"
#include "server/pages_enrol.h"
#include "server/pages_input.h"

enum { DAYS_MAX = 365 };
static const char DAYS_USUAL[] = "30";
static const char WHOLE[] = "0"; /* the unit that is the whole district; "": none was chosen */

/* ---- reading ---- */

static const char *field(const struct server_page *page, const char *name)
{
    const char *value = wsync_http_field(page->request, name);
    return value ? value : "";
}

static enum wsync_err read_before(struct server_page *page, struct server_plan *plan)
{
    struct wsync_device_id id;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    if (!plan->replaces[0]) {
        return WSYNC_OK;
    }
    if (strlen(plan->replaces) == 2 * sizeof id.b &&
        wsync_hex_decode(wsync_slice_of(plan->replaces), id.b, sizeof id.b)) {
        err = wsync_device_get(page->site->txn, &id, &plan->before);
    }
    return err != WSYNC_ERR_NOT_FOUND
               ? err
               : wsync_error_set(&page->error, err, "%s",
                                 server_word(page, "Không có máy cần thay này.",
                                             "The device to be replaced is none of the "
                                             "roster."));
}

enum wsync_err server_plan_read(struct server_page *page, struct server_plan *plan)
{
    bool fresh = page->request->method == WSYNC_HTTP_GET;
    plan->unit = field(page, "unit");
    plan->name = field(page, "name");
    plan->role = field(page, "role");
    plan->days = fresh ? DAYS_USUAL : field(page, "days");
    plan->quota = field(page, "quota");
    plan->replaces = field(page, "replaces");
    plan->role = plan->role[0] ? plan->role : server_role_name(WSYNC_ROLE_CLERK);
    plan->scope = (uint32_t)strtoul(plan->unit, NULL, 10);
    enum wsync_err err = read_before(page, plan);
    if (err == WSYNC_OK && fresh && plan->before.name[0]) {
        plan->scope = plan->before.scopes[0];
        plan->unit = plan->scope == 0 ? WHOLE : plan->unit;
        plan->role = server_role_name(plan->before.role);
    }
    return err == WSYNC_OK ? server_units_gather(page->site, page->today, &plan->units) : err;
}

void server_plan_free(struct server_plan *plan)
{
    server_units_free(&plan->units);
}

/* ---- judging ---- */

static bool is_number(const char *text, unsigned long most)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && strlen(text) < 11 &&
           number <= most;
}

static bool is_inspector(const struct server_plan *plan)
{
    return strcmp(plan->role, server_role_name(WSYNC_ROLE_INSPECTOR)) == 0;
}

static bool knows_form(struct server_page *page, const char *name)
{
    const struct wsync_form *form;
    return wsync_catalog_named(page->site->catalog, page->site->txn, wsync_slice_of(name),
                               &form) == WSYNC_OK;
}

static void judge_forms(struct server_page *page, struct server_plan *plan)
{
    size_t count = 0;
    const char *name;
    for (; (name = wsync_http_fields_value(&page->request->fields, "form", count)); count++) {
        if (!knows_form(page, name) || count == WSYNC_STATEMENT_FORMS_MAX) {
            plan->forms_fault =
                server_word(page, "Có biểu mẫu không có ở đây, hoặc nhiều quá 32 biểu mẫu.",
                            "A form is not known here, or there are more than 32.");
            return;
        }
    }
    if (is_inspector(plan) != (count > 0)) {
        plan->forms_fault =
            server_word(page, "Kiểm tra viên cần ít nhất một biểu mẫu; vai trò khác thì không.",
                        "An inspector needs at least one form; other roles have none.");
    }
}

static bool is_clerk(const struct server_plan *plan)
{
    return strcmp(plan->role, server_role_name(WSYNC_ROLE_CLERK)) == 0;
}

static bool is_whole(const struct server_plan *plan)
{
    return strcmp(plan->unit, WHOLE) == 0;
}

static void judge_unit(struct server_page *page, struct server_plan *plan)
{
    if (is_whole(plan) ? is_clerk(plan)
                       : !is_number(plan->unit, UINT32_MAX) ||
                             !server_units_find(&plan->units, plan->scope)) {
        plan->unit_fault =
            server_word(page, "Chọn phường của máy.", "Choose the ward of the device.");
    }
}

bool server_plan_judge(struct server_page *page, struct server_plan *plan)
{
    enum wsync_role role;
    bool may_be_empty = plan->by_file;
    if (!server_role_read(plan->role, &role) || role == WSYNC_ROLE_NODE) {
        plan->role_fault =
            server_word(page, "Chọn một vai trò của danh sách.", "Choose a role of the list.");
    }
    judge_unit(page, plan);
    judge_forms(page, plan);
    if (!(may_be_empty && !plan->name[0]) &&
        wsync_request_name_check(plan->name, NULL) != WSYNC_OK) {
        plan->name_fault = server_word(page, "Tên máy viết trên một dòng, từ 1 đến 64 byte.",
                                       "The name of a device is one line of 1 to 64 bytes.");
    }
    if (!plan->by_file && !is_number(plan->days, DAYS_MAX)) {
        plan->days_fault =
            server_word(page, "Số ngày từ 1 đến 365.", "A number of days from 1 to 365.");
    }
    if (plan->quota[0] && !is_number(plan->quota, INT32_MAX)) {
        plan->quota_fault = server_word(page, "Một số từ 1 trở lên, hoặc để trống.",
                                        "A number from 1 on, or nothing.");
    }
    return !plan->unit_fault && !plan->name_fault && !plan->role_fault && !plan->forms_fault &&
           !plan->days_fault && !plan->quota_fault;
}

/* ---- the controls ---- */

static void write_unit(struct server_page *page, const struct server_plan *plan)
{
    char id[16];
    server_select(page, &(struct server_input){.name = "unit",
                                               .label = server_word(page, "Đơn vị", "Unit"),
                                               .fault = plan->unit_fault});
    server_option(page, "", server_word(page, "Chọn phường", "Choose a ward"),
                  !plan->unit[0] && plan->scope == 0);
    for (size_t i = 0; i < plan->units.count; i++) {
        const struct server_unit *unit = &plan->units.items[i];
        snprintf(id, sizeof id, "%u", unit->id);
        server_option(page, id, unit->name, unit->id == plan->scope);
    }
    server_option(page, WHOLE,
                  server_word(page, "Cả quận (không phải máy nhập liệu)",
                              "The whole district (no clerk's device)"),
                  is_whole(plan));
    server_select_end(page);
}

static void write_role(struct server_page *page, const struct server_plan *plan)
{
    server_select(page, &(struct server_input){.name = "role",
                                               .label = server_word(page, "Vai trò", "Role"),
                                               .fault = plan->role_fault});
    for (enum wsync_role role = WSYNC_ROLE_CLERK; role < WSYNC_ROLE_NODE; role++) {
        const char *name = server_role_name(role);
        server_option(page, name, server_role_word(page, role), strcmp(plan->role, name) == 0);
    }
    server_select_end(page);
}

static bool is_ticked(const struct server_page *page, struct wsync_slice form)
{
    const char *name;
    for (size_t i = 0; (name = wsync_http_fields_value(&page->request->fields, "form", i));
         i++) {
        if (wsync_slice_equal(wsync_slice_of(name), form)) {
            return true;
        }
    }
    return false;
}

static enum wsync_err write_forms(struct server_page *page, const struct server_plan *plan)
{
    struct wsync_html *html = page->html;
    const struct wsync_form *form;
    uint32_t after = 0;
    enum wsync_err err;
    wsync_html_raw(html, "<fieldset id=\"forms\"");
    if (plan->forms_fault) {
        wsync_html_raw(html, " aria-describedby=\"forms-fault\"");
    }
    wsync_html_raw(html, "><legend>");
    server_say(page, "Biểu mẫu được ghi (chỉ kiểm tra viên)", "Forms it writes (inspectors)");
    wsync_html_raw(html, "</legend>\n");
    if (plan->forms_fault) {
        wsync_html_raw(html, "<span id=\"forms-fault\" class=\"fault\">");
        wsync_html_text(html, plan->forms_fault);
        wsync_html_raw(html, "</span>\n");
    }
    while ((err = wsync_catalog_after(page->site->catalog, page->site->txn, after, &form)) ==
           WSYNC_OK) {
        server_tick(page, "form", form->name,
                    server_label(page, form->title_vi, form->title_en),
                    is_ticked(page, form->name));
        after = form->number;
    }
    wsync_html_raw(html, "</fieldset>\n");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_days(struct server_page *page, const struct server_plan *plan)
{
    server_input(page,
                 &(struct server_input){.name = "days",
                                        .label = server_word(page, "Thư mời có hạn (ngày)",
                                                             "The invite holds (days)"),
                                        .type = "number",
                                        .value = plan->days,
                                        .fault = plan->days_fault});
}

static void write_before(struct server_page *page, const struct server_plan *plan)
{
    if (!plan->before.name[0]) {
        return;
    }
    server_hidden(page, "replaces", plan->replaces);
    wsync_html_raw(page->html, "<p>");
    server_say(page, "Thay cho máy ", "In the place of ");
    server_device_link(page, &plan->before);
    server_say(page, ": máy mới được nộp những gì máy ấy chưa gửi, khi máy ấy đã bị thu hồi.",
               ": the new one may hand in what that one did not send, once that one is "
               "revoked.");
    wsync_html_raw(page->html, "</p>\n");
}

/* False when something that is folded away differs from the usual or is wrong. */
static bool is_usual(const struct server_plan *plan)
{
    return is_clerk(plan) && !plan->quota[0] && !plan->role_fault && !plan->forms_fault &&
           (plan->by_file || strcmp(plan->days, DAYS_USUAL) == 0);
}

/* For the device of a clerk, nearly every one, all of it is right as it stands. */
static enum wsync_err write_more(struct server_page *page, const struct server_plan *plan)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<details");
    if (!is_usual(plan)) {
        wsync_html_raw(html, " open");
    }
    wsync_html_raw(html, "><summary>");
    server_say(page, "Vai trò khác, thời hạn, giới hạn (ít khi cần)",
               "Another role, how long, how much (seldom needed)");
    wsync_html_raw(html, "</summary>\n");
    write_role(page, plan);
    enum wsync_err err = write_forms(page, plan);
    if (!plan->by_file) {
        write_days(page, plan);
    }
    server_input(
        page, &(struct server_input){
                  .name = "quota",
                  .label = server_word(page, "Nhiều nhất bao nhiêu thay đổi một ngày",
                                       "At most so many changes a day"),
                  .type = "number",
                  .value = plan->quota,
                  .hint = server_word(page, "Để trống: không giới hạn.", "Empty: any number."),
                  .fault = plan->quota_fault});
    wsync_html_raw(html, "</details>\n");
    return err;
}

enum wsync_err server_plan_write(struct server_page *page, const struct server_plan *plan)
{
    write_before(page, plan);
    write_unit(page, plan);
    server_input(
        page,
        &(struct server_input){
            .name = "name",
            .label = server_word(page, "Tên máy", "Name of the device"),
            .value = plan->name,
            .hint = plan->by_file
                        ? server_word(page, "Để trống thì lấy tên ghi trong yêu cầu.",
                                      "Empty: as the request says.")
                        : server_word(page, "Ví dụ: Bồ Đề, máy 1.", "As in: Bồ Đề, machine 1."),
            .fault = plan->name_fault,
            .required = !plan->by_file});
    return write_more(page, plan);
}

void server_plan_keep(struct server_page *page, const struct server_plan *plan)
{
    const char *name;
    server_hidden(page, "unit", plan->unit);
    server_hidden(page, "name", plan->name);
    server_hidden(page, "role", plan->role);
    server_hidden(page, "quota", plan->quota);
    server_hidden(page, "replaces", plan->replaces);
    for (size_t i = 0; (name = wsync_http_fields_value(&page->request->fields, "form", i));
         i++) {
        server_hidden(page, "form", name);
    }
}

void server_plan_tell(struct server_page *page, const struct server_plan *plan)
{
    enum wsync_role role;
    const struct server_unit *unit = server_units_find(&plan->units, plan->scope);
    server_fact(page, NULL, server_word(page, "Đơn vị", "Unit"));
    wsync_html_text(page->html,
                    unit ? unit->name : server_word(page, "Cả quận", "The whole district"));
    wsync_html_raw(page->html, "</dd>\n");
    if (server_role_read(plan->role, &role)) {
        server_fact(page, NULL, server_word(page, "Vai trò", "Role"));
        wsync_html_text(page->html, server_role_word(page, role));
        wsync_html_raw(page->html, "</dd>\n");
    }
}

/* ---- the words of the command ---- */

void server_plan_word(struct server_plan *plan, const char *option, const char *value)
{
    char *word = plan->words[plan->word_count];
    WSYNC_ASSERT(plan->word_count + 1 < SERVER_PLAN_WORDS_MAX);
    snprintf(word, SERVER_PLAN_WORD_BYTES, "%s%s", option, value);
    plan->argv[plan->word_count++] = word;
}

static void put_forms(struct server_page *page, struct server_plan *plan)
{
    const char *name;
    size_t used = (size_t)snprintf(plan->forms, sizeof plan->forms, "--form=");
    for (size_t i = 0; (name = wsync_http_fields_value(&page->request->fields, "form", i));
         i++) {
        used += (size_t)snprintf(plan->forms + used, sizeof plan->forms - used, "%s%s",
                                 i == 0 ? "" : ",", name);
        WSYNC_ASSERT(used < sizeof plan->forms);
    }
    plan->argv[plan->word_count++] = plan->forms;
}

void server_plan_begin(struct server_page *page, struct server_plan *plan)
{
    plan->word_count = 0;
    server_plan_word(plan, "enrol", "");
    server_plan_word(plan, "--lang=", page->language == WSYNC_VI ? "vi" : "en");
    server_plan_word(plan, "--role=", plan->role);
    if (!is_whole(plan)) {
        server_plan_word(plan, "--unit=", plan->unit);
    }
    if (plan->name[0]) {
        server_plan_word(plan, "--name=", plan->name);
    }
    if (plan->quota[0]) {
        server_plan_word(plan, "--quota=", plan->quota);
    }
    if (plan->replaces[0]) {
        server_plan_word(plan, "--replaces=", plan->replaces);
    }
    if (is_inspector(plan)) {
        put_forms(page, plan);
    }
}
