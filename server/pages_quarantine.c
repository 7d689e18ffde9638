/* SPDX-License-Identifier: Apache-2.0 */
/* Cách ly: what was taken and does not count, what was adopted, and the decision on one change.
 */
#include <stdio.h>
#include <string.h>

#include "host/quarantined.h"
#include "host/view.h"
#include "server/pages_admin.h"
#include "server/pages_input.h"

enum { LISTED_MAX = 100, NOTE_BYTES_MAX = 500 };

/* ---- the lists ---- */

static void write_link(struct server_page *page, const char *name)
{
    wsync_html_raw(page->html, "<a href=\"/admin/quarantine/");
    wsync_html_part(page->html, name);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</a>");
}

static void write_may(struct server_page *page, enum wsync_err reason)
{
    bool may = wsync_verdict_may_adopt(reason);
    wsync_html_raw(page->html, "<span class=\"tag");
    wsync_html_text(page->html, may ? " warn" : " calm");
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html,
                    may ? server_word(page, "chờ quyết định", "to be decided")
                        : server_word(page, "không công nhận được", "cannot be adopted"));
    wsync_html_raw(page->html, "</span>");
}

static enum wsync_err write_row(struct server_page *page, struct wsync_dot dot)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_quarantined item;
    enum wsync_err err = wsync_quarantined_read(page->site, dot, &item);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_units_here_label(page->site, item.log.scope, unit);
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    write_link(page, item.name);
    wsync_html_raw(page->html, "</th><td>");
    server_time(page, item.change.stamp);
    wsync_html_raw(page->html, "</td><td>");
    server_ward_link(page, item.log.scope, unit);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, item.device.name);
    wsync_html_raw(page->html, "</td><td>");
    if (item.reason != WSYNC_OK) {
        write_may(page, item.reason);
        wsync_html_raw(page->html, " ");
        wsync_html_text(page->html, wsync_err_text(item.reason, page->language));
    } else {
        wsync_html_slice(page->html, item.verdict.note);
    }
    wsync_html_raw(page->html, "</td></tr>\n");
    return WSYNC_OK;
}

static void write_heads(struct server_page *page, const char *caption, const char *last)
{
    server_table_begin(page, caption);
    server_table_head(page, server_word(page, "Thay đổi", "Change"), false);
    server_table_head(page, server_word(page, "Ghi lúc", "Written"), false);
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Máy", "Device"), false);
    server_table_head(page, last, false);
    server_table_body(page);
}

static enum wsync_err write_quarantined(struct server_page *page)
{
    struct wsync_dot dot = {0};
    size_t shown = 0;
    enum wsync_err reason, err = WSYNC_OK;
    write_heads(page,
                server_word(page, "Đã nhận nhưng không tính vào số liệu",
                            "Taken, and counting for nothing"),
                server_word(page, "Vì sao", "Why"));
    for (; err == WSYNC_OK && shown < LISTED_MAX; shown++) {
        size_t mark = wsync_arena_mark(&page->site->arena);
        err = wsync_ledger_quarantined(page->site->txn, &dot, &reason);
        if (err == WSYNC_OK) {
            err = write_row(page, dot);
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    server_table_end(page);
    if (err == WSYNC_ERR_NOT_FOUND && shown == 1) {
        server_paragraph(page, server_word(page, "Không có thay đổi nào bị cách ly.",
                                           "Nothing is quarantined."));
    } else if (err == WSYNC_OK) {
        server_paragraph(page, server_word(page,
                                           "Chỉ hiện 100 thay đổi đầu; quyết định xong sẽ thấy "
                                           "những thay đổi sau.",
                                           "Only the first 100 are shown; those behind come "
                                           "when these are decided."));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Is the verdict on it, if it is here, that it counts? */
static enum wsync_err is_adopted(struct server_page *page, struct wsync_dot dot, bool *adopted)
{
    struct wsync_log log;
    struct wsync_head at = {.seq = dot.seq};
    struct wsync_verdict verdict = {.decision = WSYNC_DECISION_NONE};
    struct wsync_txn *txn = page->site->txn;
    enum wsync_err err = wsync_log_get(txn, dot.log_no, &log);
    if (err == WSYNC_OK) {
        at.log = log.id;
        err = wsync_log_hash(txn, dot.log_no, dot.seq, &at.hash);
    }
    if (err == WSYNC_OK) {
        err = wsync_verdict_on_change(txn, &page->site->arena, &log, &at, &verdict);
    }
    *adopted = err == WSYNC_OK && verdict.decision == WSYNC_DECISION_ADOPT;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_adopted(struct server_page *page)
{
    struct wsync_dot dot = {0};
    size_t shown = 0;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && shown < LISTED_MAX) { /* ends: each turn passes one change */
        size_t mark = wsync_arena_mark(&page->site->arena);
        bool adopted = false;
        err = wsync_verdict_after(page->site->txn, &dot);
        if (err == WSYNC_OK) {
            err = is_adopted(page, dot, &adopted);
        }
        if (adopted && shown++ == 0) {
            wsync_html_raw(page->html, "<section id=\"adopted\">\n");
            server_heading(page, server_word(page, "Đã công nhận", "Adopted"));
            write_heads(page,
                        server_word(page, "Thiếu quyền đã được bỏ qua; nay tính vào số liệu",
                                    "A missing right was waived; they count now"),
                        server_word(page, "Ghi chú", "Note"));
        }
        if (adopted) {
            err = write_row(page, dot);
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    if (shown > 0) {
        server_table_end(page);
        wsync_html_raw(page->html, "</section>\n");
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err list(struct server_page *page)
{
    server_admin_head(page, server_word(page, "Cách ly", "Quarantine"));
    enum wsync_err err = write_quarantined(page);
    if (err == WSYNC_OK) {
        err = write_adopted(page);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_quarantine(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, list);
}

/* ---- what one change wanted ---- */

static const char *kind_word(const struct server_page *page,
                             const struct wsync_operation *operation)
{
    switch (operation->kind) {
    case WSYNC_KIND_DELETE:
        return server_word(page, "Xóa bản ghi", "Delete the record");
    case WSYNC_KIND_REVIVE:
        return server_word(page, "Khôi phục bản ghi", "Bring the record back");
    case WSYNC_KIND_DUPLICATE:
        return server_word(page, "Đánh dấu bản ghi trùng", "Mark the record as a duplicate");
    case WSYNC_KIND_WRITE:
        break;
    }
    return operation->creates ? server_word(page, "Bản ghi mới", "A new record")
                              : server_word(page, "Sửa bản ghi", "Change the record");
}

static void write_value(struct server_page *page, const struct wsync_form *form,
                        const struct wsync_write *write)
{
    const struct wsync_cli cli = {.kind = WSYNC_SITE_DISTRICT, .language = page->language};
    const struct wsync_field *field = form ? wsync_form_field(form, write->field) : NULL;
    struct wsync_view_text text;
    wsync_html_raw(page->html, "<dt>");
    if (field) {
        wsync_html_slice(page->html, server_label(page, field->label_vi, field->label_en));
    } else {
        wsync_html_number(page->html, write->field);
    }
    wsync_html_raw(page->html, "</dt><dd>");
    if (!field || field->type == WSYNC_TYPE_BYTES) {
        wsync_html_raw(page->html, "–");
    } else if (field->personal) {
        server_say(page, "không hiện: dữ liệu cá nhân", "not shown: it is personal");
    } else {
        wsync_view_value(&cli, page->site, field, &write->value, &text);
        wsync_html_text(page->html, text.b);
    }
    wsync_html_raw(page->html, "</dd>\n");
}

static void write_operation(struct server_page *page, const struct wsync_quarantined *item,
                            const struct wsync_operation *operation, size_t op)
{
    const struct wsync_form *form = wsync_quarantined_form(page->site, operation);
    char name[WSYNC_RECORD_ID_BYTES];
    struct wsync_dot record;
    wsync_html_raw(page->html, "<article class=\"card\">\n<h3>");
    wsync_html_text(page->html, kind_word(page, operation));
    if (wsync_quarantined_record(page->site, item, operation, op, &record) == WSYNC_OK &&
        wsync_record_name(page->site->txn, record, name) == WSYNC_OK) {
        wsync_html_raw(page->html, " <code>");
        wsync_html_text(page->html, name);
        wsync_html_raw(page->html, "</code>");
    }
    wsync_html_raw(page->html, "</h3>\n");
    if (form) {
        wsync_html_raw(page->html, "<p>");
        wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
        wsync_html_raw(page->html, "</p>\n");
    }
    wsync_html_raw(page->html, "<dl>\n");
    for (size_t i = 0; i < operation->write_count; i++) {
        write_value(page, form, &operation->writes[i]);
    }
    wsync_html_raw(page->html, "</dl>\n</article>\n");
}

static void write_operations(struct server_page *page, const struct wsync_quarantined *item)
{
    struct wsync_operation *operations;
    wsync_html_raw(page->html, "<section id=\"wanted\">\n");
    server_heading(page, server_word(page, "Thay đổi này muốn gì", "What it wanted"));
    if (wsync_quarantined_operations(page->site, item, &operations) != WSYNC_OK) {
        server_paragraph(page, server_word(page, "Không đọc được.", "It cannot be read."));
    } else {
        wsync_html_raw(page->html, "<div class=\"cards\">\n");
        for (size_t i = 0; i < item->context.operation_count; i++) {
            write_operation(page, item, &operations[i], i);
        }
        wsync_html_raw(page->html, "</div>\n");
    }
    wsync_html_raw(page->html, "</section>\n");
}

/* ---- who, when, why ---- */

static void write_facts(struct server_page *page, const struct wsync_quarantined *item)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_units_here_label(page->site, item->log.scope, unit);
    wsync_html_raw(page->html, "<dl>\n");
    server_fact(page, "reason", server_word(page, "Vì sao", "Why"));
    if (item->reason != WSYNC_OK) {
        wsync_html_text(page->html, wsync_err_text(item->reason, page->language));
        wsync_html_raw(page->html, " <span class=\"muted\">(");
        wsync_html_text(page->html, wsync_err_name(item->reason));
        wsync_html_raw(page->html, ")</span>");
    } else {
        server_say(page, "đã được công nhận, nay tính vào số liệu", "adopted, it counts now");
    }
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Ghi lúc", "Written"));
    server_time(page, item->change.stamp);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Phường", "Ward"));
    server_ward_link(page, item->log.scope, unit);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Máy", "Device"));
    server_device_link(page, &item->device);
    wsync_html_raw(page->html, " ");
    server_device_tag(page, &item->device);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Người ghi", "By"));
    wsync_html_text(page->html, item->who[0] ? item->who : "–");
    wsync_html_raw(page->html, "</dd>\n");
    if (item->verdict.note.len > 0) {
        server_fact(page, "note", server_word(page, "Ghi chú", "Note"));
        wsync_html_slice(page->html, item->verdict.note);
        wsync_html_raw(page->html, "</dd>\n");
    }
    wsync_html_raw(page->html, "</dl>\n");
}

/* ---- the decision ---- */

static void write_form(struct server_page *page, const struct wsync_quarantined *item,
                       bool adopt, const char *fault)
{
    char path[WSYNC_RECORD_ID_BYTES + 32];
    snprintf(path, sizeof path, "/admin/quarantine/%s", item->name);
    wsync_page_post(page->html, &page->frame, path);
    server_hidden(page, "act", adopt ? "adopt" : "unadopt");
    server_input(
        page, &(struct server_input){.name = "text",
                                     .label = server_word(page, "Ghi chú cho người đọc sau này",
                                                          "A note for who reads it later"),
                                     .type = "area",
                                     .value = wsync_http_field(page->request, "text"),
                                     .fault = fault});
    server_input_end(
        page, "",
        adopt ? server_word(page, "Công nhận, tính vào số liệu", "Adopt it, so that it counts")
              : server_word(page, "Thôi công nhận", "Take the adoption back"),
        "/admin/quarantine");
}

static void write_decision(struct server_page *page, const struct wsync_quarantined *item,
                           const char *fault)
{
    bool adopted = item->verdict.decision == WSYNC_DECISION_ADOPT;
    wsync_html_raw(page->html, "<section id=\"decision\">\n");
    server_heading(page, server_word(page, "Quyết định", "The decision"));
    if (!adopted && !wsync_verdict_may_adopt(item->reason)) {
        server_paragraph(page, server_word(page,
                                           "Không công nhận được: hãy nhập điều đúng thành một "
                                           "thay đổi mới.",
                                           "It cannot be adopted: enter what is right as a new "
                                           "change."));
    } else if (page->request->person.role < WSYNC_ROLE_ADMIN) {
        server_paragraph(
            page, server_word(page, "Người quản trị quyết định.", "An administrator decides."));
    } else {
        server_paragraph(
            page,
            adopted
                ? server_word(page, "Thôi công nhận thì thay đổi này lại bị cách ly ở mọi nơi.",
                              "Once that is taken back, the change is quarantined again "
                              "everywhere.")
                : server_word(page,
                              "Công nhận nghĩa là bỏ qua quyền còn thiếu của máy: thay đổi "
                              "được tính ở mọi nơi từ lần đồng bộ tới. Việc này lấy lại "
                              "được.",
                              "To adopt waives the right that the device lacked: the change "
                              "counts everywhere from the next sync on. It can be taken "
                              "back."));
        write_form(page, item, !adopted, fault);
    }
    wsync_html_raw(page->html, "</section>\n");
}

static enum wsync_err read_item(struct server_page *page, struct wsync_quarantined *item)
{
    struct wsync_dot dot;
    enum wsync_err err = wsync_change_named(page->site->txn, page->request->rest, &dot, NULL);
    if (err == WSYNC_OK && dot.op == 0) {
        err = wsync_quarantined_read(page->site, dot, item);
    }
    bool decided = err == WSYNC_OK && dot.op == 0 &&
                   (item->reason != WSYNC_OK || item->verdict.decision == WSYNC_DECISION_ADOPT);
    bool none = err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_INVALID;
    return decided || !none
               ? err
               : wsync_error_set(
                     &page->error, WSYNC_ERR_NOT_FOUND, "%s",
                     server_word(page,
                                 "Không có thay đổi bị cách ly hay đã công nhận nào "
                                 "như vậy.",
                                 "There is no quarantined or adopted change of this "
                                 "name."));
}

static enum wsync_err write_change(struct server_page *page, const char *fault)
{
    struct wsync_quarantined item;
    char title[WSYNC_RECORD_ID_BYTES + 32];
    enum wsync_err err = read_item(page, &item);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(title, sizeof title, "%s %s", server_word(page, "Thay đổi", "Change"), item.name);
    server_admin_head(page, title);
    write_facts(page, &item);
    write_operations(page, &item);
    write_decision(page, &item, fault);
    wsync_page_end(page->html, &page->frame);
    return WSYNC_OK;
}

static enum wsync_err show(struct server_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    if (done) {
        page->frame.notice =
            strcmp(done, "adopt") == 0
                ? server_word(
                      page, "Thay đổi nay tính vào số liệu; các phường biết ở lần đồng bộ tới.",
                      "The change counts now; the wards hear of it at their next sync.")
                : server_word(page,
                              "Thay đổi lại bị cách ly; các phường biết ở lần đồng bộ tới.",
                              "The change is quarantined again; the wards hear of it at their "
                              "next sync.");
    }
    return write_change(page, NULL);
}

void server_page_quarantined(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, show);
}

/* ---- deciding ---- */

static enum wsync_err carry_out(struct server_page *page, const char *act, const char *name,
                                const char *note)
{
    char option[NOTE_BYTES_MAX + 16], back[WSYNC_RECORD_ID_BYTES + 48];
    struct wsync_action_result result;
    snprintf(option, sizeof option, "--note=%s", note);
    const char *const argv[] = {
        "quarantine", page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
        option,       "--",
        act,          name,
        NULL};
    enum wsync_err err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        snprintf(back, sizeof back, "/admin/quarantine/%s?done=%s", name, act);
        wsync_http_redirect(page->answer, back);
    }
    return err;
}

static enum wsync_err decide(struct server_page *page)
{
    struct wsync_quarantined item;
    const char *act = wsync_http_field(page->request, "act");
    const char *note = wsync_http_field(page->request, "text");
    enum wsync_err err = read_item(page, &item);
    if (err != WSYNC_OK) {
        return err;
    }
    if (note && strlen(note) > NOTE_BYTES_MAX) {
        page->answer->status = 400;
        return write_change(page, server_word(page, "Ghi chú dài nhất 500 byte.",
                                              "A note has at most 500 bytes."));
    }
    bool unadopt = act && strcmp(act, "unadopt") == 0;
    err = carry_out(page, unadopt ? "unadopt" : "adopt", item.name, note ? note : "");
    if (err != WSYNC_OK && server_tells(page)) {
        err = write_change(page, NULL);
    }
    return err;
}

void server_page_decide(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, decide);
}
