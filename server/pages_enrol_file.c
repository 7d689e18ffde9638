/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment by files: the request is pasted, its fingerprint compared, and the grant comes as a
 * file.  The same request again gets the same grant, so one that was lost is fetched again. */
#include <stdio.h>
#include <string.h>

#include "host/file.h"
#include "host/request_text.h"
#include "server/pages_enrol.h"
#include "server/pages_file.h"
#include "server/pages_input.h"

/* The request as it was sent or pasted, blanks around it left out, and what it says. */
struct pasted {
    char sent[2 * WSYNC_REQUEST_TEXT_BYTES], text[2 * WSYNC_REQUEST_TEXT_BYTES];
    const char *fault; /* NULL: it is one */
    struct wsync_request request;
};

/* What the file holds, when there is one; else what was pasted.  A file that is longer than any
 * request is none. */
static const char *what_came(struct server_page *page, struct pasted *pasted)
{
    const struct wsync_http_upload *file = wsync_http_upload(page->request, "file");
    const char *text = wsync_http_field(page->request, "request");
    if (!file) {
        return text ? text : "";
    }
    ssize_t got = file->size < sizeof pasted->sent
                      ? wsync_file_read_at(file->fd, pasted->sent, file->size, 0)
                      : 0;
    pasted->sent[got > 0 ? got : 0] = '\0';
    return pasted->sent;
}

static void read_pasted(struct server_page *page, struct pasted *pasted)
{
    static const char BLANKS[] = " \t\r\n";
    const char *sent = what_came(page, pasted);
    sent += strspn(sent, BLANKS);
    size_t len = strlen(sent);
    while (len > 0 && strchr(BLANKS, sent[len - 1])) {
        len--;
    }
    pasted->fault = NULL;
    int put = snprintf(pasted->text, sizeof pasted->text, "%.*s\n",
                       len < sizeof pasted->text ? (int)len : 0, sent);
    enum wsync_err err =
        wsync_request_parse(wsync_slice(pasted->text, (size_t)put), &pasted->request, NULL);
    if (err == WSYNC_ERR_SIGNATURE) {
        pasted->fault = server_word(
            page, "Yêu cầu không do khóa ghi trong đó ký: nó bị sửa hoặc hỏng trên đường đi.",
            "The request is not signed by the key it names: it was altered, or damaged on the "
            "way.");
    } else if (err != WSYNC_OK) {
        pasted->fault = server_word(
            page, "Đây không phải trọn một tệp yêu cầu mà \"ward request\" viết ra.",
            "This is not a whole request, as \"ward request\" writes one.");
    }
}

/* ---- the form ---- */

static enum wsync_err write_form(struct server_page *page, const struct server_plan *plan,
                                 const char *fault)
{
    server_admin_head(page, server_word(page, "Kết nạp bằng tệp", "Enrol by file"));
    server_paragraph(page,
                     server_word(page,
                                 "Cho máy không nối mạng được: máy ấy viết yêu cầu ra tệp "
                                 "(\"ward request\"); gửi tệp ấy, hoặc dán nội dung vào đây.",
                                 "For a device that no network reaches: it writes a request to "
                                 "a file (\"ward request\"); send that file, or paste what it "
                                 "holds here."));
    wsync_page_post_files(page->html, &page->frame, "/admin/devices/file");
    server_input(page, &(struct server_input){
                           .name = "file",
                           .label = server_word(page, "Tệp yêu cầu", "The request file"),
                           .type = "file"});
    server_input(page,
                 &(struct server_input){.name = "request",
                                        .label = server_word(page, "Nội dung tệp yêu cầu",
                                                             "What the request file holds"),
                                        .type = "area",
                                        .value = wsync_http_field(page->request, "request"),
                                        .fault = fault}); /* or the file */
    enum wsync_err err = server_plan_write(page, plan);
    server_input_end(page, "", server_word(page, "Xem vân tay", "Show the fingerprint"),
                     "/admin/devices");
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err ask(struct server_page *page)
{
    struct server_plan plan = {.by_file = true};
    enum wsync_err err = server_plan_read(page, &plan);
    if (err == WSYNC_OK) {
        err = write_form(page, &plan, NULL);
    }
    server_plan_free(&plan);
    return err;
}

void server_page_enrol_file(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, ask);
}

/* ---- comparing ---- */

static void write_fingerprint(struct server_page *page, const char *id, const char *term,
                              const struct wsync_fingerprint *print)
{
    server_fact(page, id, term);
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, print->text);
    wsync_html_raw(page->html, "</code></dd>\n");
}

static void write_comparison(struct server_page *page, const struct server_plan *plan,
                             const struct pasted *pasted)
{
    struct wsync_html *html = page->html;
    const struct wsync_fingerprint asked = wsync_request_fingerprint(&pasted->request);
    const struct wsync_fingerprint own =
        wsync_fingerprint_of_instance(&page->site->conf.instance);
    server_admin_head(page, server_word(page, "Máy ấy có hiện đúng như vậy không?",
                                        "Does that device show the same?"));
    wsync_html_raw(html, "<dl>\n");
    server_fact(page, NULL, server_word(page, "Máy", "Device"));
    wsync_html_text(html, plan->name[0] ? plan->name : pasted->request.name);
    wsync_html_raw(html, "</dd>\n");
    server_plan_tell(page, plan);
    write_fingerprint(page, "fingerprint",
                      server_word(page, "Vân tay của yêu cầu", "Fingerprint of the request"),
                      &asked);
    write_fingerprint(
        page, "installation",
        server_word(page, "Vân tay của hệ thống", "Fingerprint of the installation"), &own);
    wsync_html_raw(html, "</dl>\n");
    server_paragraph(
        page, server_word(page,
                          "So vân tay của yêu cầu với vân tay máy ấy đã hiện, ví dụ qua điện "
                          "thoại. Khác nhau một chữ số: dừng lại, không kết nạp.",
                          "Compare the fingerprint of the request with the one that device "
                          "showed, by telephone for instance. One digit differs: stop, do not "
                          "enrol it."));
    server_paragraph(
        page, server_word(page,
                          "Giấy kết nạp tải về là tệp mang lại cho máy ấy (\"ward join --grant "
                          "TỆP\"); khi nhận, nó phải hiện vân tay của hệ thống như trên.",
                          "The grant that is downloaded is a file to be brought to that device "
                          "(\"ward join --grant FILE\"); when it takes it, it must show the "
                          "fingerprint of the installation as above."));
    wsync_page_post(html, &page->frame, "/admin/devices/file");
    server_hidden(page, "request", pasted->text);
    server_hidden(page, "act", "enrol");
    server_plan_keep(page, plan);
    server_input_end(page, "",
                     server_word(page, "Giống nhau: kết nạp, tải giấy kết nạp",
                                 "The same: enrol it, download the grant"),
                     "/admin/devices/file");
    wsync_page_end(html, &page->frame);
}

/* ---- enrolling ---- */

static enum wsync_err give_grant(struct server_page *page, const struct pasted *pasted,
                                 const char *out)
{
    char name[48], hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    struct wsync_device_id id =
        wsync_device_of(&page->site->conf.instance, &pasted->request.signing_key);
    wsync_hex_encode(WSYNC_BYTES(id), hex);
    snprintf(name, sizeof name, "grant-%.12s.txt", hex);
    return server_page_text(page, name, out);
}

static enum wsync_err carry_out(struct server_page *page, struct server_plan *plan,
                                const struct pasted *pasted)
{
    struct wsync_action_result result;
    server_plan_begin(page, plan);
    server_plan_word(plan, "--yes", "");
    server_plan_word(plan, "--request=-", "");
    server_plan_word(plan, "--grant=-", "");
    plan->argv[plan->word_count] = NULL;
    enum wsync_err err = server_act(
        page,
        &(struct wsync_action_ask){.argv = plan->argv, .input = wsync_slice_of(pasted->text)},
        &result);
    if (err == WSYNC_OK) {
        return give_grant(page, pasted, result.out);
    }
    return server_tells(page) ? write_form(page, plan, NULL) : err;
}

static enum wsync_err take(struct server_page *page)
{
    struct server_plan plan = {.by_file = true};
    struct pasted pasted;
    const char *act = wsync_http_field(page->request, "act");
    enum wsync_err err = server_plan_read(page, &plan);
    read_pasted(page, &pasted);
    if (err == WSYNC_OK && (!server_plan_judge(page, &plan) || pasted.fault)) {
        page->answer->status = 400;
        page->frame.error = server_word(page, "Xem lại những chỗ được chỉ ra bên dưới.",
                                        "See what is pointed out below.");
        err = write_form(page, &plan, pasted.fault);
    } else if (err == WSYNC_OK && act && strcmp(act, "enrol") == 0) {
        err = carry_out(page, &plan, &pasted);
    } else if (err == WSYNC_OK) {
        write_comparison(page, &plan, &pasted);
    }
    server_plan_free(&plan);
    return err;
}

void server_page_take_request(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, take);
}
