/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told about a line that is not there, and what to do next. */
#include "host/link_reason.h"

struct words {
    const char *name;
    const char *text[2]; /* by enum wsync_language */
    const char *step[2];
};

static const struct words table[WSYNC_LINK_REASON_COUNT] = {
    [WSYNC_LINK_LOST] = {
        "lost",
        {"Mất kết nối với quận; số liệu vẫn được giữ tại máy.",
         "The line to the district was cut; all work is kept on this machine."},
        {"Chạy lại lệnh này, hoặc để \"ward serve\" tự làm: máy sẽ gửi tiếp từ chỗ đã dừng.",
         "Run the command again, or leave it to \"ward serve\"; it goes on where it was."}},
    [WSYNC_LINK_NO_HOST] = {
        "no-host",
        {"Không tìm thấy tên máy chủ của quận.",
         "The name of the district's server cannot be found."},
        {"Kiểm tra mạng Internet của máy này và địa chỉ máy chủ đã nhập.",
         "Check this machine's internet connection and the server address that was entered."}},
    [WSYNC_LINK_NO_ROUTE] = {
        "no-route",
        {"Máy này không có đường mạng tới quận.",
         "This machine has no network path to the district."},
        {"Kiểm tra dây mạng hoặc Wi-Fi; \"ward serve\" sẽ tự gửi khi có mạng.",
         "Check the cable or the Wi-Fi; \"ward serve\" sends by itself once it is back."}},
    [WSYNC_LINK_NO_ANSWER] = {
        "no-answer",
        {"Máy chủ của quận không trả lời.", "The district's server does not answer."},
        {"Thử lại sau ít phút; nếu kéo dài, hỏi quận máy chủ có đang bật không.",
         "Try again in some minutes; if it lasts, ask the district whether its server is on."}},
    [WSYNC_LINK_CLOSED_PORT] = {
        "closed-port",
        {"Máy chủ có mặt nhưng chương trình của quận chưa chạy ở cổng này.",
         "The server is there, but the district's program is not running at this port."},
        {"Báo quận khởi động chương trình hoặc kiểm tra lại số cổng.",
         "Ask the district to start its program, or check the port number."}},
    [WSYNC_LINK_WRONG_SERVER] = {
        "wrong-server",
        {"Máy trả lời không giữ khóa của quận; chưa gửi số liệu nào.",
         "What answers does not hold the district's key; no data was sent to it."},
        {"Kiểm tra địa chỉ máy chủ; nếu đúng, gọi cho quận hỏi khóa máy chủ có thay đổi không.",
         "Check the server address; if it is right, call the district and ask whether its key "
         "was changed."}},
    [WSYNC_LINK_NOT_READY] = {
        "not-ready",
        {"Quận có mặt nhưng chưa sẵn sàng nhận.",
         "The district is there but not ready to receive."},
        {"Thử lại sau ít phút, hoặc để \"ward serve\" tự thử lại.",
         "Try again in a few minutes, or leave it to \"ward serve\"."}},
    [WSYNC_LINK_REFUSED] = {
        "refused",
        {"Quận không biết khóa của thiết bị này. Số liệu vẫn được giữ tại máy.",
         "The district does not admit this device: it does not know its key. All work is "
         "kept."},
        {"Gọi cho quận: thiết bị chưa được đăng ký, hoặc quận vừa khôi phục từ bản sao.",
         "Call the district: the device is not enrolled there, or the district was restored "
         "from a copy (\"ward roster\")."}},
    [WSYNC_LINK_REVOKED] = {
        "revoked",
        {"Quận đã thu hồi thiết bị này. Số liệu vẫn được giữ tại máy.",
         "The district does not admit this device: it was revoked. All work is kept."},
        {"Gọi cho quận; nếu máy còn dùng thì xin lời mời mới.",
         "Call the district; if the machine is still in use, ask for a new invite."}},
    [WSYNC_LINK_SILENT] = {
        "silent",
        {"Đường truyền tới quận im lặng; số liệu vẫn được giữ tại máy.",
         "The line to the district fell silent; all work is kept on this machine."},
        {"Máy tự nối lại và gửi tiếp từ chỗ đã dừng; nếu kéo dài, kiểm tra sóng hoặc dây mạng.",
         "It is dialled again and goes on where it was; if it lasts, check the signal or the "
         "cable."}},
};

const char *wsync_link_reason_name(enum wsync_link_reason reason)
{
    return reason < WSYNC_LINK_REASON_COUNT ? table[reason].name : "unknown";
}

const char *wsync_link_reason_text(enum wsync_link_reason reason, enum wsync_language language)
{
    WSYNC_ASSERT(reason < WSYNC_LINK_REASON_COUNT);
    return table[reason].text[language];
}

const char *wsync_link_reason_step(enum wsync_link_reason reason, enum wsync_language language)
{
    WSYNC_ASSERT(reason < WSYNC_LINK_REASON_COUNT);
    return table[reason].step[language];
}
