/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a device: each has a page that says what will happen and asks. */
#include <stdio.h>
#include <string.h>

#include "server/pages_device.h"
#include "server/pages_input.h"

struct act {
    const char *word;     /* of `district keys` */
    const char *label[2]; /* of the button; by enum wsync_language */
    const char *question[2];
    const char *what[2]; /* will happen */
    const char *done[2];
    bool danger; /* for good: the name is to be typed */
    bool (*may)(const struct wsync_device *device);
};

static bool is_served(const struct wsync_device *device)
{
    return device->revoked == 0 && device->suspended == 0;
}

static bool may_ask(const struct wsync_device *device)
{
    return is_served(device) && device->asked <= device->keys[device->key_count - 1].version;
}

static bool is_suspended(const struct wsync_device *device)
{
    return device->revoked == 0 && device->suspended != 0;
}

static bool is_member(const struct wsync_device *device)
{
    return device->revoked == 0;
}

static const struct act ACTS[] = {
    {"rotate",
     {"Yêu cầu khóa mới", "Ask for new keys"},
     {"Yêu cầu máy này tạo khóa mới?", "Ask this device for new keys?"},
     {"Máy tự tạo khóa mới ở lần đồng bộ tới; người dùng không phải làm gì. Những gì khóa cũ "
      "đã "
      "ghi vẫn có giá trị. Khóa cũ từ lúc đó không ghi thêm được gì.",
      "The device makes new keys by itself at its next sync; nobody has to do anything there. "
      "What the old keys wrote stays good. From then on the old keys can write nothing."},
     {"Máy này đã được yêu cầu tạo khóa mới.", "The device is asked for new keys."},
     false,
     may_ask},
    {"suspend",
     {"Tạm ngừng", "Suspend"},
     {"Tạm ngừng máy này?", "Suspend this device?"},
     {"Từ tin tiếp theo máy không được phục vụ. Ở đó vẫn nhập được; những gì máy ghi thêm "
      "ngoài "
      "phần quận đang giữ bị để riêng, không tính vào số liệu. Dùng khi chưa rõ máy ở đâu: cho "
      "lại được bất cứ lúc nào, và lúc đó những gì bị để riêng được tính lại.",
      "From its next message on the device is not served. People there can go on entering; "
      "what "
      "it writes beyond what the district holds is set apart and does not count. For when it "
      "is "
      "not clear where the device is: it can be lifted at any time, and what was set apart "
      "counts again then."},
     {"Máy này đang bị tạm ngừng.", "The device is suspended."},
     false,
     is_served},
    {"resume",
     {"Cho dùng lại", "Resume"},
     {"Cho máy này dùng lại?", "Resume this device?"},
     {"Máy lại là thành viên như trước; những gì bị để riêng trong lúc đó được tính lại.",
      "The device is a member as before; what was set apart meanwhile counts again."},
     {"Máy này lại là thành viên như trước.", "The device is a member as before."},
     false,
     is_suspended},
    {"revoke",
     {"Thu hồi hẳn", "Revoke for good"},
     {"Thu hồi hẳn máy này?", "Revoke this device for good?"},
     {"Không trở lại được: máy bị thu hồi không bao giờ được phục vụ với khóa của nó nữa. "
      "Những "
      "gì quận đang giữ của máy vẫn có giá trị; những gì đến sau bị để riêng và chỉ tính khi "
      "được công nhận. Muốn dùng lại thì phải kết nạp như máy mới.",
      "There is no way back: a revoked device is never served under its keys again. What the "
      "district holds of it stays valid; what comes later is set apart and counts only when it "
      "is adopted. To use it again, it has to be enrolled as a new one."},
     {"Máy này đã bị thu hồi hẳn.", "The device is revoked for good."},
     true,
     is_member},
};

enum { ACT_COUNT = sizeof ACTS / sizeof *ACTS };

static const struct act *find(const char *word)
{
    for (size_t i = 0; word && i < ACT_COUNT; i++) {
        if (strcmp(ACTS[i].word, word) == 0) {
            return &ACTS[i];
        }
    }
    return NULL;
}

/* ---- the ways to them ---- */

static void write_way(struct server_page *page, const struct wsync_device *device,
                      const struct act *act)
{
    char path[SERVER_DEVICE_PATH_BYTES];
    wsync_html_raw(page->html, "<a");
    wsync_html_attr(page->html, "class", act->danger ? "button danger" : "button second");
    wsync_html_raw(page->html, " href=\"");
    wsync_html_text(page->html, server_device_path(&device->id, path));
    wsync_html_raw(page->html, "?ask=");
    wsync_html_part(page->html, act->word);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, act->label[page->language]);
    wsync_html_raw(page->html, "</a>\n");
}

static void write_replace(struct server_page *page, const struct wsync_device *device)
{
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(device->id), hex);
    wsync_html_raw(page->html,
                   "<a class=\"button second\" href=\"/admin/devices/new?replaces=");
    wsync_html_part(page->html, hex);
    wsync_html_raw(page->html, "\">");
    server_say(page, "Thay bằng máy khác", "Replace by another");
    wsync_html_raw(page->html, "</a>\n");
}

void server_write_device_acts(struct server_page *page, const struct wsync_device *device)
{
    if (device->role == WSYNC_ROLE_NODE) {
        return;
    }
    wsync_html_raw(page->html, "<p class=\"actions\">\n");
    for (size_t i = 0; i < ACT_COUNT; i++) {
        if (ACTS[i].may(device)) {
            write_way(page, device, &ACTS[i]);
        }
    }
    write_replace(page, device);
    wsync_html_raw(page->html, "</p>\n");
}

const char *server_device_done(const struct server_page *page, const char *word)
{
    const struct act *act = find(word);
    return act ? act->done[page->language] : NULL;
}

/* ---- asking ---- */

static void write_question(struct server_page *page, const struct wsync_device *device,
                           const struct act *act, const char *fault)
{
    char path[SERVER_DEVICE_PATH_BYTES];
    server_device_path(&device->id, path);
    server_admin_head(page, act->question[page->language]);
    wsync_html_raw(page->html, "<p><strong>");
    wsync_html_text(page->html, device->name);
    wsync_html_raw(page->html, "</strong></p>\n");
    server_paragraph(page, act->what[page->language]);
    wsync_page_post(page->html, &page->frame, path);
    server_hidden(page, "act", act->word);
    if (act->danger) {
        const char *typed = wsync_http_field(page->request, "name");
        server_input(page, &(struct server_input){
                               .name = "name",
                               .label = server_word(page, "Gõ tên của máy để xác nhận",
                                                    "Type the name of the device to confirm"),
                               .value = typed,
                               .fault = fault,
                               .required = true});
    }
    server_input_end(page, act->danger ? "danger" : "", act->label[page->language], path);
    wsync_page_end(page->html, &page->frame);
}

/* An act that may be done to the device; NOT_FOUND with a sentence. */
static enum wsync_err choose(struct server_page *page, const struct wsync_device *device,
                             const char *word, const struct act **act)
{
    *act = find(word);
    return *act && (*act)->may(device) && device->role != WSYNC_ROLE_NODE
               ? WSYNC_OK
               : wsync_error_set(&page->error, WSYNC_ERR_NOT_FOUND, "%s",
                                 server_word(page,
                                             "Việc này không làm được với máy này như nó đang "
                                             "là; xem lại trang của máy.",
                                             "This cannot be done to the device as it stands "
                                             "now; see its page."));
}

enum wsync_err server_ask_device_act(struct server_page *page,
                                     const struct wsync_device *device, const char *word)
{
    const struct act *act;
    enum wsync_err err = choose(page, device, word, &act);
    if (err == WSYNC_OK) {
        write_question(page, device, act, NULL);
    }
    return err;
}

/* ---- doing ---- */

static enum wsync_err carry_out(struct server_page *page, const struct wsync_device *device,
                                const struct act *act)
{
    char path[SERVER_DEVICE_PATH_BYTES], back[SERVER_DEVICE_PATH_BYTES + 32];
    struct wsync_action_result result;
    server_device_path(&device->id, path);
    /* Standard input is named, or a sealed key would be asked for on a terminal. */
    const char *const argv[] = {"keys",
                                "--yes",
                                "--passphrase-file=-",
                                page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
                                "--",
                                act->word,
                                strrchr(path, '/') + 1,
                                NULL};
    enum wsync_err err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        snprintf(back, sizeof back, "%s?done=%s", path, act->word);
        wsync_http_redirect(page->answer, back);
    }
    return err;
}

static enum wsync_err act_on(struct server_page *page)
{
    struct wsync_device device;
    const struct act *act = NULL;
    const char *typed = wsync_http_field(page->request, "name");
    enum wsync_err err = server_page_find_device(page, &device);
    if (err == WSYNC_OK) {
        err = choose(page, &device, wsync_http_field(page->request, "act"), &act);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (act->danger && (!typed || strcmp(typed, device.name) != 0)) {
        page->answer->status = 400;
        write_question(page, &device, act,
                       server_word(page, "Tên không khớp; chưa có gì thay đổi.",
                                   "The name does not match; nothing was changed."));
        return WSYNC_OK;
    }
    err = carry_out(page, &device, act);
    if (err != WSYNC_OK && server_tells(page)) {
        write_question(page, &device, act, NULL);
        err = WSYNC_OK;
    }
    return err;
}

void server_page_device_act(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, act_on);
}
