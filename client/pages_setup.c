/* SPDX-License-Identifier: Apache-2.0 */
#include "client/pages_setup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/pages.h"
#include "host/grant_text.h"
#include "host/page_act.h"

enum { PATH_BYTES = 32 };

/* One page of the first run; no site is open. */
struct view {
    struct desk *desk;
    struct desk_setup *setup;
    const struct wsync_http_request *request;
    struct wsync_http_answer *answer;
    struct wsync_html *html;
    enum wsync_language language;
    struct wsync_page_frame frame;
    const char *where; /* what was wrong: the id of its control */
    struct wsync_error error;
};

/* False: it is over, and the answer is written. */
static bool begin(struct view *view, void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    *view = (struct view){.desk = desk,
                          .setup = &desk->setup,
                          .request = request,
                          .answer = answer,
                          .html = &answer->html,
                          .language = wsync_page_language(request),
                          .frame = {.request = request, .place = "wardsync"}};
    if (!desk->login.first.needed) {
        wsync_page_first_over(answer);
    }
    return desk->login.first.needed;
}

static void paragraph(struct view *view, const char *text)
{
    wsync_html_raw(view->html, "<p>");
    wsync_html_text(view->html, text);
    wsync_html_raw(view->html, "</p>\n");
}

static void heading(struct view *view, const char *text)
{
    wsync_html_raw(view->html, "<h2>");
    wsync_html_text(view->html, text);
    wsync_html_raw(view->html, "</h2>\n");
}

static void end_form(struct view *view, const char *button)
{
    wsync_html_raw(view->html, "<p class=\"actions\"><button>");
    wsync_html_text(view->html, button);
    wsync_html_raw(view->html, "</button></p></form>\n");
}

/* Ties a control to what is wrong with it. */
static void tie(struct view *view, const char *id)
{
    if (view->where && strcmp(view->where, id) == 0) {
        wsync_html_raw(view->html, " aria-invalid=\"true\"");
        wsync_html_attr(view->html, "aria-describedby", "fault");
    }
}

static void write_fault(struct view *view)
{
    if (view->where) {
        wsync_page_error(view->html, &view->frame, view->error.text, "fault");
    }
}

/* ---- what it asks for ---- */

/* A chooser of pictures, which a script shows and reads (host/pages/qr.js); its file has no
 * name and is not sent.  Nothing where the build got no reader. */
static void write_picture(struct view *view)
{
    struct wsync_html *html = view->html;
    const char *reader = wsync_page_asset("jsqr.js");
    if (reader[0] == '\0') {
        return;
    }
    wsync_html_raw(html, "<div class=\"field\" hidden><label for=\"picture\">");
    desk_say(view, "Hoặc chọn ảnh của mã QR", "Or choose a picture of the QR code");
    wsync_html_raw(html, "</label>\n<input id=\"picture\" type=\"file\" accept=\"image/*\" "
                         "aria-describedby=\"picture-hint picture-said\"");
    wsync_html_attr(html, "data-reader", reader);
    wsync_html_raw(html, ">\n<p class=\"hint\" id=\"picture-hint\">");
    desk_say(view, "Ảnh chụp hay ảnh màn hình; đọc ngay tại đây, không gửi đi đâu.",
             "A photo or a screenshot; it is read right here and sent nowhere.");
    wsync_html_raw(html, "</p>\n<p id=\"picture-said\" role=\"status\"");
    wsync_html_attr(html, "data-reading", desk_word(view, "Đang đọc ảnh…", "Reading it…"));
    wsync_html_attr(html, "data-read",
                    desk_word(view, "Đã đọc được thư mời. Bấm “Nối với quận” để đi tiếp.",
                              "The invite was read. Press “Join the district” to go on."));
    wsync_html_attr(html, "data-none",
                    desk_word(view,
                              "Không thấy mã QR nào trong ảnh này. Hãy chụp lại gần và rõ, mã "
                              "nằm trọn trong ảnh.",
                              "There is no QR code to be seen in this picture. Take another "
                              "one, near and sharp, with all of the code in it."));
    wsync_html_attr(html, "data-other",
                    desk_word(view,
                              "Mã QR trong ảnh này không phải thư mời. Hãy chọn ảnh của mã mà "
                              "quận đã gửi.",
                              "The QR code in this picture is no invite. Choose a picture of "
                              "the code that the district sent."));
    wsync_html_attr(html, "data-broken",
                    desk_word(view,
                              "Tệp này không phải là ảnh mà trình duyệt mở được. Hãy chọn ảnh "
                              "khác.",
                              "This file is no picture that the browser can open. Choose "
                              "another one."));
    wsync_html_attr(html, "data-failed",
                    desk_word(view, "Chưa đọc được ảnh. Hãy tải lại trang rồi chọn lại.",
                              "The picture could not be read. Reload the page, then choose it "
                              "again."));
    wsync_html_raw(html, "></p></div>\n");
    wsync_page_script(html, "qr.js");
}

static void write_invite(struct view *view)
{
    const char *typed = wsync_http_field(view->request, "invite");
    heading(view, desk_word(view, "Có thư mời của quận", "With the district's invite"));
    paragraph(view,
              desk_word(view,
                        "Quận gửi thư mời là một dòng bắt đầu bằng “wardsync-invite”, hay "
                        "một mã QR: quét bằng điện thoại rồi chép chữ vào đây. Mỗi thư mời "
                        "dùng cho một máy.",
                        "The district sends an invite as one line that begins with "
                        "“wardsync-invite”, or as a QR code: scan it with a phone and copy "
                        "the text to here. Each invite is for one device."));
    wsync_page_post(view->html, &view->frame, "/setup");
    wsync_html_raw(view->html, "<div class=\"field\"><label for=\"invite\">");
    desk_say(view, "Thư mời", "Invite");
    wsync_html_raw(view->html, "</label>\n<textarea id=\"invite\" name=\"invite\" rows=\"5\" "
                               "required autocomplete=\"off\" spellcheck=\"false\"");
    tie(view, "invite");
    wsync_html_raw(view->html, ">\n");
    wsync_html_text(view->html, typed ? typed : "");
    wsync_html_raw(view->html, "</textarea></div>\n");
    write_picture(view);
    end_form(view, desk_word(view, "Nối với quận", "Join the district"));
}

static void write_request(struct view *view)
{
    struct wsync_request request;
    if (view->setup->request[0] == '\0' ||
        wsync_request_parse(wsync_slice_of(view->setup->request), &request, NULL) != WSYNC_OK) {
        return;
    }
    paragraph(view, desk_word(view, "Quận phải thấy đúng dấu vân tay này của yêu cầu:",
                              "The district must see this very fingerprint of the request:"));
    wsync_html_raw(view->html, "<p><code id=\"request-fingerprint\">");
    wsync_html_text(view->html, wsync_request_fingerprint(&request).text);
    wsync_html_raw(view->html, "</code></p>\n<p><a class=\"button second\" "
                               "href=\"/setup/request.txt\">");
    desk_say(view, "Tải tệp yêu cầu", "Download the request");
    wsync_html_raw(view->html, "</a></p>\n");
}

static void write_files(struct view *view)
{
    heading(view, desk_word(view, "Ở đây không có mạng", "There is no network here"));
    paragraph(view,
              desk_word(view,
                        "1. Tạo tệp yêu cầu, chép vào USB và mang đến quận. 2. Mang tệp "
                        "chấp thuận của quận về và nhập ở đây.",
                        "1. Make a request, carry it to the district on a stick. 2. Bring "
                        "the district's grant back and take it in here."));
    wsync_page_post(view->html, &view->frame, "/setup/request");
    end_form(view, desk_word(view, "Tạo tệp yêu cầu", "Make the request"));
    write_request(view);
    wsync_page_post_files(view->html, &view->frame, "/setup/grant");
    wsync_html_raw(view->html, "<div class=\"field\"><label for=\"grant\">");
    desk_say(view, "Tệp chấp thuận của quận", "The district's grant");
    wsync_html_raw(view->html, "</label>\n<input id=\"grant\" name=\"grant\" type=\"file\" "
                               "required");
    tie(view, "grant");
    wsync_html_raw(view->html, "></div>\n");
    end_form(view, desk_word(view, "Xem tệp chấp thuận", "Look at the grant"));
}

static void write_ask(struct view *view)
{
    view->frame.title = desk_word(view, "Thiết lập máy này", "Set up this device");
    wsync_page_begin(view->html, &view->frame);
    write_fault(view);
    paragraph(view,
              desk_word(view,
                        "Máy này chưa thuộc phường nào. Khi quận đã nhận, mọi số liệu nhập "
                        "ở đây được lưu tại máy và tự gửi khi có mạng.",
                        "This device belongs to no ward yet. Once the district has admitted "
                        "it, what is entered here is saved here and sent by itself when "
                        "there is a link."));
    write_invite(view);
    write_files(view);
    wsync_page_end(view->html, &view->frame);
}

/* Asks again, with what was typed and what is wrong with it. */
static void ask_again(struct view *view, const char *where)
{
    wsync_html_fini(view->html);
    view->where = where;
    view->answer->status = wsync_page_status(&view->frame);
    write_ask(view);
}

static void refuse(struct view *view, const char *where, const char *sentence)
{
    snprintf(view->error.text, sizeof view->error.text, "%s", sentence);
    ask_again(view, where);
}

void desk_setup_ask(void *context, const struct wsync_http_request *request,
                    struct wsync_http_answer *answer)
{
    struct view view;
    if (begin(&view, context, request, answer)) {
        write_ask(&view);
    }
}

/* ---- by an invite ---- */

/* Without the blanks and line ends that come along when one is copied, and with one behind it.
 */
static bool fold(const char *typed, char *line, size_t room)
{
    size_t used = 0;
    for (const char *at = typed; *at; at++) {
        if (strchr(" \t\n", *at)) {
            continue;
        }
        if (used + 2 >= room) {
            return false;
        }
        line[used++] = *at;
    }
    line[used] = '\n';
    line[used + 1] = '\0';
    return used > 0;
}

/* Where it was done, or another browser was faster, that is answered; and where a site is
 * there though the command says no: the first sync is what failed, and the agent tries again.
 */
static void end_act(struct view *view, enum wsync_err err, const char *where)
{
    if (err == WSYNC_ERR_EXISTS) {
        wsync_page_first_tell(&view->desk->login.first, view->request, view->answer);
        return;
    }
    if (!view->desk->login.first.needed) {
        wsync_http_redirect(view->answer, "/setup/done");
    } else if (err != WSYNC_OK) {
        wsync_page_act_outcome(err, &view->frame);
        ask_again(view, where);
    } else {
        refuse(view, where,
               desk_word(view, "Chưa có gì thay đổi; hãy thử lại.",
                         "Nothing was changed; try again."));
    }
}

void desk_setup_join(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct view view;
    struct wsync_action_result result;
    char line[WSYNC_HTTP_TARGET_BYTES_MAX];
    const char *typed = wsync_http_field(request, "invite");
    if (!begin(&view, context, request, answer)) {
        return;
    }
    if (!typed || !fold(typed, line, sizeof line)) {
        refuse(&view, "invite",
               desk_word(&view, "Hãy dán thư mời: một dòng, không dài hơn 4.000 ký tự.",
                         "Paste the invite: one line of no more than 4,000 characters."));
        return;
    }
    const char *const argv[] = {"join", desk_lang(&view), "--", "-", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .input = wsync_slice_of(line)};
    enum wsync_err err =
        wsync_page_first_act(&view.desk->login.first, request, &ask, &result, &view.error);
    end_act(&view, err, "invite");
}

/* ---- by files ---- */

void desk_setup_request(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct view view;
    struct wsync_action_result result;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    const char *const argv[] = {"request", desk_lang(&view), "--", "-", NULL};
    const struct wsync_action_ask ask = {.argv = argv};
    enum wsync_err err =
        wsync_page_first_act(&view.desk->login.first, request, &ask, &result, &view.error);
    if (err == WSYNC_OK) {
        snprintf(view.setup->request, sizeof view.setup->request, "%s", result.out);
        wsync_http_redirect(answer, "/setup");
    } else {
        end_act(&view, err, "request");
    }
}

void desk_setup_file(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct view view;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    if (view.setup->request[0] == '\0' ||
        !wsync_http_give_bytes(answer, wsync_slice_of(view.setup->request),
                               "text/plain; charset=utf-8", "wardsync-request.txt")) {
        wsync_http_redirect(answer, "/setup");
    }
}

static void drop_grant(struct desk_setup *setup)
{
    if (setup->has_grant) {
        close(setup->grant);
    }
    setup->has_grant = false;
}

void desk_setup_fini(struct desk_setup *setup)
{
    drop_grant(setup);
}

/* Takes a grant for good or (`dry`) only as far as looking at it goes. */
static enum wsync_err act_grant(struct view *view, int file, bool dry)
{
    struct wsync_action_result result;
    const char *const argv[] = {"join", desk_lang(view), "--grant=/proc/self/fd/3",
                                dry ? "--dry-run" : "--yes", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .files = &file, .file_count = 1};
    return wsync_page_first_act(&view->desk->login.first, view->request, &ask, &result,
                                &view->error);
}

void desk_setup_take(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct view view;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    const struct wsync_http_upload *file = wsync_http_upload(request, "grant");
    if (!file) {
        refuse(&view, "grant",
               desk_word(&view, "Hãy chọn tệp chấp thuận của quận trước.",
                         "Choose the district's grant first."));
        return;
    }
    enum wsync_err err = act_grant(&view, file->fd, true);
    if (err != WSYNC_OK) {
        end_act(&view, err, "grant");
        return;
    }
    drop_grant(view.setup);
    view.setup->grant = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
    view.setup->has_grant = view.setup->grant >= 0;
    wsync_http_redirect(answer, "/setup/grant");
}

/* Which installation the grant is of. */
static enum wsync_err read_grant(const struct view *view, struct wsync_grant_text *grant)
{
    char path[PATH_BYTES];
    struct wsync_roster_text roster;
    snprintf(path, sizeof path, "/proc/self/fd/%d", view->setup->grant);
    FILE *file = view->setup->has_grant ? fopen(path, "r") : NULL;
    enum wsync_err err =
        file ? wsync_grant_text_read(file, grant, &roster, NULL) : WSYNC_ERR_NOT_FOUND;
    if (file) {
        fclose(file);
    }
    return err;
}

void desk_setup_look(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct view view;
    struct wsync_grant_text grant;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    if (read_grant(&view, &grant) != WSYNC_OK) {
        wsync_http_redirect(answer, "/setup");
        return;
    }
    view.frame.title =
        desk_word(&view, "Đây có đúng là quận của bạn?", "Is this your district?");
    wsync_page_begin(view.html, &view.frame);
    paragraph(&view,
              desk_word(&view,
                        "Tệp chấp thuận là của hệ thống có dấu vân tay dưới đây. Hãy so "
                        "với dấu vân tay mà quận đã đọc cho bạn.",
                        "The grant is of the installation with this fingerprint. Compare "
                        "it with the one that the district told you."));
    wsync_html_raw(view.html, "<p><code id=\"fingerprint\">");
    wsync_html_text(view.html, wsync_fingerprint_of_instance(&grant.instance).text);
    wsync_html_raw(view.html, "</code></p>\n");
    wsync_page_post(view.html, &view.frame, "/setup/grant/go");
    wsync_html_raw(view.html, "<p class=\"actions\"><button>");
    desk_say(&view, "Đúng, nối với quận này", "Yes, join this district");
    wsync_html_raw(view.html, "</button> <a class=\"button second\" href=\"/setup\">");
    desk_say(&view, "Không, quay lại", "No, go back");
    wsync_html_raw(view.html, "</a></p></form>\n");
    wsync_page_end(view.html, &view.frame);
}

void desk_setup_grant(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    struct view view;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    if (!view.setup->has_grant) {
        wsync_http_redirect(answer, "/setup");
        return;
    }
    enum wsync_err err = act_grant(&view, view.setup->grant, false);
    end_act(&view, err, "grant");
    if (!view.desk->login.first.needed) {
        drop_grant(view.setup);
    }
}

/* ---- what next ---- */

static void write_next(struct desk_page *page)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<h2>");
    desk_say(page, "Việc tiếp theo", "What next");
    wsync_html_raw(html, "</h2>\n<ol>\n<li><a href=\"/settings/staff\">");
    desk_say(page, "Ghi tên cán bộ và đặt mã PIN", "List the staff and set their PINs");
    wsync_html_raw(html, "</a></li>\n<li><a href=\"/\">");
    desk_say(page, "Nhập bản ghi đầu tiên", "Enter the first record");
    wsync_html_raw(html, "</a></li>\n<li><a href=\"/settings\">");
    desk_say(page, "Sao lưu máy này", "Make a backup of this device");
    wsync_html_raw(html, "</a></li>\n</ol>\n");
}

void desk_setup_done(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_device device;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    desk_head(&page, desk_word(&page, "Máy này đã nối với quận",
                               "This device belongs to the district now"));
    wsync_html_raw(page.html, "<dl>\n<dt>");
    desk_say(&page, "Đơn vị", "Unit");
    wsync_html_raw(page.html, "</dt><dd id=\"unit\">");
    wsync_html_text(page.html, page.facts.unit);
    wsync_html_raw(page.html, "</dd>\n");
    enum wsync_err err = wsync_device_get(page.site->txn, &page.site->identity.device, &device);
    if (err == WSYNC_OK) {
        wsync_html_raw(page.html, "<dt>");
        desk_say(&page, "Tên máy", "Name of the device");
        wsync_html_raw(page.html, "</dt><dd id=\"device\">");
        wsync_html_text(page.html, device.name);
        wsync_html_raw(page.html, "</dd>\n");
    }
    wsync_html_raw(page.html, "<dt>");
    desk_say(&page, "Lần đồng bộ cuối", "Last sync");
    wsync_html_raw(page.html, "</dt><dd id=\"sync\" data-live>");
    wsync_html_text(
        page.html,
        !page.attempt.tried ? desk_word(&page, "chưa có; máy tự làm, và chỗ này tự cập nhật",
                                        "none yet; it comes by itself, and is told here")
        : page.attempt.reached && page.attempt.result == WSYNC_OK
            ? desk_word(&page, "xong, quận và máy này có cùng số liệu",
                        "done; the district and this device have the same")
            : desk_word(&page, "chưa được; máy tự thử lại", "failed; it is tried again"));
    wsync_html_raw(page.html, "</dd>\n</dl>\n");
    write_next(&page);
    desk_end(&page, err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err);
}
