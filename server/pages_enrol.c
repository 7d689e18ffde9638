/* SPDX-License-Identifier: Apache-2.0 */
/* An invite: the form that makes one, and the page that shows it, once.
 *
 * Whoever reads an invite first can join with it.  It stands in the answer of the request that
 * made it and nowhere else: in no address, in no journal, and a form that is sent twice does
 * not make a second one that nobody asked for. */
#include <stdio.h>
#include <string.h>

#include "host/entropy.h"
#include "host/invite_text.h"
#include "server/pages_enrol.h"
#include "server/pages_input.h"
#include "wardsync/crypto.h"

/* ---- a form is taken once ---- */

enum { ONCE_BYTES = 33, ONCES = 32 };

static char onces[ONCES][ONCE_BYTES]; /* those that were brought lately */
static size_t once_next;

static void write_once(struct server_page *page)
{
    char once[2 * sizeof(struct wsync_entropy) + 1];
    struct wsync_entropy entropy;
    wsync_entropy_draw(&entropy);
    wsync_hex_encode(wsync_slice(entropy.b, (ONCE_BYTES - 1) / 2), once);
    server_hidden(page, "once", once);
}

/* Its place; NULL: nobody brought it yet, or it is none of ours. */
static char *find_once(const char *text)
{
    for (size_t i = 0; text && strlen(text) == ONCE_BYTES - 1 && i < ONCES; i++) {
        if (strcmp(onces[i], text) == 0) {
            return onces[i];
        }
    }
    return NULL;
}

/* False: another request brought it before, and its command may still be under way. */
static bool take_once(const char *text)
{
    if (find_once(text)) {
        return false;
    }
    if (text && strlen(text) == ONCE_BYTES - 1) {
        snprintf(onces[once_next++ % ONCES], ONCE_BYTES, "%s", text);
    }
    return true;
}

/* Nothing was done: it may be sent again. */
static void free_once(const char *text)
{
    char *known = find_once(text);
    if (known) {
        known[0] = '\0';
    }
}

/* ---- the form ---- */

static enum wsync_err write_form(struct server_page *page, const struct server_plan *plan)
{
    server_admin_head(page, server_word(page, "Mời một máy", "Invite a device"));
    server_paragraph(
        page, server_word(page,
                          "Máy tự tạo khóa khi vào; thư mời cho nó vào một lần. Máy "
                          "không có mạng: kết nạp bằng tệp.",
                          "The device makes its own keys when it joins; the invite lets "
                          "it in once. A device without a network is enrolled by file."));
    wsync_page_post(page->html, &page->frame, "/admin/devices/new");
    write_once(page);
    enum wsync_err err = server_plan_write(page, plan);
    server_input_end(page, "", server_word(page, "Tạo thư mời", "Make the invite"),
                     "/admin/devices");
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err ask(struct server_page *page)
{
    struct server_plan plan = {.by_file = false};
    enum wsync_err err = server_plan_read(page, &plan);
    if (err == WSYNC_OK) {
        err = write_form(page, &plan);
    }
    server_plan_free(&plan);
    return err;
}

void server_page_enrol(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, ask);
}

/* ---- the invite ---- */

static void write_steps(struct server_page *page, const struct server_plan *plan)
{
    struct wsync_html *html = page->html;
    server_heading(page, server_word(page, "Làm gì ở máy ấy", "What to do on that device"));
    wsync_html_raw(html, "<ol>\n<li>");
    server_say(page,
               "Trao thư mời tận tay hoặc qua một kênh an toàn: ai đọc được nó trước thì người "
               "ấy vào được.",
               "Hand the invite over in person or on a safe way: whoever reads it first can "
               "join.");
    wsync_html_raw(html, "</li>\n<li>");
    server_say(page,
               "Trên trang đầu tiên của máy ấy dán thư mời hay chọn ảnh của mã QR; hoặc chạy "
               "lệnh sau, với thư mời dán vào cuối: ",
               "On the first page of that device paste the invite or choose a picture of the "
               "QR code; or run this, with the invite pasted behind it: ");
    wsync_html_raw(html, "<code lang=\"en\">");
    wsync_html_text(html, "ward join");
    wsync_html_raw(html, "</code></li>\n<li>");
    server_say(page,
               "Máy hiện trong danh sách khi đã vào. Nếu thư mời bị mất hoặc lộ: rút lại ở "
               "trang Thiết bị và khóa.",
               "The device is in the list once it joined. If the invite is lost or shown to "
               "others: withdraw it on the page Devices and keys.");
    wsync_html_raw(html, "</li>\n");
    if (plan->before.name[0] && plan->before.revoked == 0) {
        wsync_html_raw(html, "<li>");
        server_say(
            page, "Máy được thay vẫn là thành viên; nếu nó đã mất thì thu hồi: ",
            "The device that is replaced is still a member; when it is lost, revoke it: ");
        server_device_link(page, &plan->before);
        wsync_html_raw(html, "</li>\n");
    }
    wsync_html_raw(html, "</ol>\n");
}

static enum wsync_err write_invite(struct server_page *page, const struct server_plan *plan,
                                   const char *text)
{
    struct wsync_html *html = page->html;
    server_admin_head(page, server_word(page, "Thư mời", "Invite"));
    wsync_html_raw(html, "<p class=\"warning\">");
    server_say(page,
               "Thư mời chỉ hiện ở đây một lần. Chép hoặc quét ngay trước khi rời trang này.",
               "The invite is shown here once. Copy or scan it before you leave this page.");
    wsync_html_raw(html, "</p>\n<dl>\n");
    server_fact(page, NULL, server_word(page, "Máy", "Device"));
    wsync_html_text(html, plan->name);
    wsync_html_raw(html, "</dd>\n");
    server_plan_tell(page, plan);
    server_fact(page, NULL, server_word(page, "Có hạn (ngày)", "Holds (days)"));
    wsync_html_text(html, plan->days);
    wsync_html_raw(html, "</dd>\n</dl>\n");
    server_label_of(page, "invite",
                    server_word(page, "Thư mời, một dòng", "The invite, one line"));
    wsync_html_raw(html, "<textarea id=\"invite\" readonly spellcheck=\"false\">\n");
    wsync_html_text(html, text);
    wsync_html_raw(html, "</textarea></div>\n");
    enum wsync_err err = wsync_invite_svg(
        text, server_word(page, "Thư mời dưới dạng mã QR", "The invite as a QR code"), html,
        &page->error);
    write_steps(page, plan);
    wsync_html_raw(html, "<p class=\"actions\"><a class=\"button\" href=\"/admin/devices\">");
    server_say(page, "Đã chép xong", "It is copied");
    wsync_html_raw(html, "</a></p>\n");
    wsync_page_end(html, &page->frame);
    return err;
}

/* Takes the line that the command printed. */
static enum wsync_err show_invite(struct server_page *page, const struct server_plan *plan,
                                  const char *out)
{
    char text[WSYNC_INVITE_TEXT_BYTES];
    int len = snprintf(text, sizeof text, "%.*s", (int)strcspn(out, "\n"), out);
    enum wsync_err err = len > 0 && (size_t)len < sizeof text ? write_invite(page, plan, text)
                                                              : WSYNC_ERR_OVERSIZE;
    wsync_wipe(text, sizeof text);
    return err;
}

static enum wsync_err carry_out(struct server_page *page, struct server_plan *plan)
{
    struct wsync_action_result result;
    const char *once = wsync_http_field(page->request, "once");
    if (!take_once(once)) {
        return wsync_error_set(
            &page->error, WSYNC_ERR_INVALID, "%s",
            server_word(page,
                        "Thư mời của mẫu này đã được tạo và hiện một lần. Nếu không chép được, "
                        "rút nó lại ở trang Thiết bị và khóa rồi tạo thư khác.",
                        "The invite of this form was made and shown once. If it could not be "
                        "copied, withdraw it on the page Devices and keys and make another."));
    }
    server_plan_begin(page, plan);
    server_plan_word(plan, "--days=", plan->days);
    plan->argv[plan->word_count] = NULL;
    enum wsync_err err =
        server_act(page, &(struct wsync_action_ask){.argv = plan->argv}, &result);
    if (err == WSYNC_OK) {
        return show_invite(page, plan, result.out);
    }
    if (page->frame.outcome != WSYNC_PAGE_UNSURE) {
        free_once(once); /* nothing was done */
    }
    return server_tells(page) ? write_form(page, plan) : err;
}

static enum wsync_err invite(struct server_page *page)
{
    struct server_plan plan = {.by_file = false};
    enum wsync_err err = server_plan_read(page, &plan);
    if (err == WSYNC_OK && !server_plan_judge(page, &plan)) {
        page->answer->status = 400;
        page->frame.error = server_word(page, "Xem lại những chỗ được chỉ ra bên dưới.",
                                        "See what is pointed out below.");
        err = write_form(page, &plan);
    } else if (err == WSYNC_OK) {
        err = carry_out(page, &plan);
    }
    server_plan_free(&plan);
    return err;
}

void server_page_invite(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, invite);
}
