/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of everything that is not answered with what was asked for. */
#include "host/page.h"

struct fault {
    unsigned status;
    const char *title[2], *happened[2], *next[2]; /* by enum wsync_language */
};

/* Those of 400 and 500 also stand for what has no words of its own. */
static const struct fault FAULTS[] = {
    {400,
     {"Không đọc được yêu cầu", "The request could not be read"},
     {"Địa chỉ hoặc nội dung gửi lên không đúng dạng. Chưa có gì thay đổi.",
      "The address or what was sent is not in the right form. Nothing was changed."},
     {"Quay lại trang trước và làm lại.", "Go back to the page before and try again."}},
    {403,
     {"Chưa nhận nội dung gửi lên", "What was sent was not taken"},
     {"Trang được mở từ trước khi chương trình chạy lại hoặc trước lần đăng nhập này, hoặc nội "
      "dung được gửi từ một trang khác. Chưa có gì thay đổi.",
      "The page was opened before the program was started again or before this log-in, or "
      "another site sent this. Nothing was changed."},
     {"Quay lại, tải lại trang, xem lại nội dung rồi gửi lần nữa. Trình duyệt phải cho phép "
      "cookie.",
      "Go back, reload the page, look at what you wrote and send it again. The browser must "
      "allow cookies."}},
    {404,
     {"Không có trang này", "There is no such page"},
     {"Không có gì ở địa chỉ này.", "Nothing is at this address."},
     {"Về trang đầu và tìm từ đó.", "Look for it from the first page."}},
    {405,
     {"Không làm được ở địa chỉ này", "This cannot be done here"},
     {"Trang này không nhận kiểu yêu cầu đó. Chưa có gì thay đổi.",
      "This page does not take that kind of request. Nothing was changed."},
     {"Về trang đầu và làm lại từ đó.", "Try again from the first page."}},
    {413,
     {"Nội dung quá dài", "Too much was sent at once"},
     {"Mỗi lần chỉ gửi được 64 KB và 256 ô. Chưa có gì được lưu.",
      "64 KB and 256 fields can be sent at once. Nothing was saved."},
     {"Quay lại, rút ngắn hoặc chia nhỏ rồi gửi lần nữa.",
      "Go back, make it shorter or divide it, and send it again."}},
    {414,
     {"Địa chỉ quá dài", "The address is too long"},
     {"Địa chỉ dài hơn 4096 ký tự.", "The address has more than 4096 characters."},
     {"Về trang đầu và làm lại từ đó.", "Try again from the first page."}},
    {421,
     {"Địa chỉ không đúng", "The wrong address"},
     {"Chương trình chỉ trả lời khi được gọi bằng địa chỉ của chính máy này.",
      "This program answers only when it is called by the address of this machine."},
     {"Mở địa chỉ mà chương trình in ra lúc khởi động, như http://127.0.0.1:8211/.",
      "Open the address that the program printed when it started, such as "
      "http://127.0.0.1:8211/."}},
    {500,
     {"Không dựng được trang", "The page could not be made"},
     {"Chương trình gặp lỗi hoặc hết bộ nhớ. Số liệu đã lưu vẫn còn nguyên.",
      "The program met an error or ran out of memory. What was saved is still there."},
     {"Tải lại trang; nếu vẫn vậy, chạy lệnh doctor trên máy này.",
      "Reload the page; if it stays so, run the command doctor on this machine."}},
    {503,
     {"Đang bận", "Busy"},
     {"Chương trình đang làm việc khác. Chưa có gì thay đổi.",
      "The program is doing something else. Nothing was changed."},
     {"Chờ vài giây rồi tải lại trang.", "Wait a few seconds and reload the page."}},
};

static const struct fault *fault_of(unsigned status)
{
    const struct fault *general = NULL;
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        if (FAULTS[i].status == status) {
            return &FAULTS[i];
        }
        if (FAULTS[i].status == (status >= 500 ? 500 : 400)) {
            general = &FAULTS[i];
        }
    }
    return general;
}

static void write_file_limit(struct wsync_html *html, enum wsync_language language,
                             size_t bytes_max)
{
    bool vi = language == WSYNC_VI;
    wsync_html_text(html, vi ? "Mỗi lần chỉ gửi được tệp dài tổng cộng "
                             : "At once files of ");
    wsync_html_number(html, (int64_t)(bytes_max >> 20));
    wsync_html_text(html, vi ? " MB, nhiều nhất " : " MB in all can be sent, at most ");
    wsync_html_number(html, WSYNC_HTTP_UPLOADS_MAX);
    wsync_html_text(html, vi ? " tệp. Chưa có gì được lưu." : " of them. Nothing was saved.");
}

static void write_way_out(struct wsync_html *html, bool vi)
{
    wsync_html_raw(html, "<p><a class=\"button\" href=\"/\">");
    wsync_html_text(html, vi ? "Về trang đầu" : "To the first page");
    wsync_html_raw(html, "</a></p>\n");
}

void wsync_page_fault(struct wsync_http_answer *answer, struct wsync_page_frame frame)
{
    const struct fault *fault = fault_of(answer->status);
    enum wsync_language language = wsync_page_language(frame.request);
    struct wsync_html *html = &answer->html;
    frame.title = fault->title[language];
    frame.notice = frame.error = NULL;
    wsync_page_begin(html, &frame);
    wsync_html_raw(html, "<p>");
    if (answer->status == 413 && frame.request->upload_bytes_max > 0) {
        write_file_limit(html, language, frame.request->upload_bytes_max);
    } else {
        wsync_html_text(html, fault->happened[language]);
    }
    wsync_html_raw(html, "</p>\n<p>");
    wsync_html_text(html, fault->next[language]);
    wsync_html_raw(html, "</p>\n");
    if (answer->status != 421) { /* there it would lead to the same wrong address */
        write_way_out(html, language == WSYNC_VI);
    }
    wsync_page_end(html, &frame);
}

void wsync_page_untold(struct wsync_http_answer *answer, struct wsync_page_frame frame)
{
    bool vi = wsync_page_language(frame.request) == WSYNC_VI;
    frame.title = frame.request->method == WSYNC_HTTP_POST
                      ? (vi ? "Việc chưa xong" : "This was not finished")
                      : (vi ? "Không xem được" : "This cannot be shown");
    frame.notice = NULL;
    wsync_page_begin(&answer->html, &frame);
    write_way_out(&answer->html, vi);
    wsync_page_end(&answer->html, &frame);
}

void wsync_page_refuse(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    (void)context;
    const struct wsync_page_frame bare = {.request = request, .place = "wardsync"};
    wsync_page_fault(answer, bare);
}
