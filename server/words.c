/* SPDX-License-Identifier: Apache-2.0 */
#include "server/words.h"

#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/view.h"

/* A sign of life is a minute old at most (session_book.h); a busy machine may be late. */
enum { CODES_END = 500, SILENT_S = 180 };

/* Whose word it is. */
enum { OURS = 1, THEIRS = 2, ANYBODY = OURS | THEIRS };
enum { SYNC = WSYNC_SESSION_KIND_SYNC, ENROL, DOOR, DOWN, ANY_KIND };
_Static_assert((int)DOWN == (int)WSYNC_SESSION_KIND_DOWN, "kinds as in session_log.h");

static const struct words {
    int kind;
    enum wsync_err code;
    int who;
    const char *text[2]; /* by enum wsync_language */
    const char *step[2];
} WORDS[] = {
    {DOWN,
     WSYNC_OK,
     ANYBODY,
     {"Chương trình của quận đã được dừng và chạy lại.",
      "The district was stopped and then started again."},
     {"", ""}},
    {DOWN,
     WSYNC_ERR_LINK,
     ANYBODY,
     {"Chương trình của quận bị tắt ngang hoặc mất điện; các phiên đang chạy lúc đó không có "
      "trong danh sách này.",
      "The district was killed or lost power; conversations under way then are not in this "
      "list."},
     {"", ""}},
    {ANY_KIND,
     WSYNC_ERR_LINK,
     ANYBODY,
     {"Mất kết nối với máy này giữa chừng.", "The line to the device was lost half-way."},
     {"Không mất số liệu: máy sẽ gọi lại. Nếu vắng lâu, hỏi phường về điện và mạng.",
      "Nothing is lost: it goes on when it comes back. If it stays away, ask the ward about "
      "power and network."}},
    {ANY_KIND,
     WSYNC_ERR_TIMEOUT,
     OURS,
     {"Máy này im lặng giữa chừng quá một phút.",
      "The device went silent half-way, for more than a minute."},
     {"Không mất số liệu: máy sẽ gọi lại. Nếu vắng lâu, hỏi phường về điện và mạng.",
      "Nothing is lost: it goes on when it comes back. If it stays away, ask the ward about "
      "power and network."}},
    {ANY_KIND,
     WSYNC_ERR_TIMEOUT,
     THEIRS,
     {"Máy này không nhận được trả lời của quận kịp thời.",
      "No answer of the district reached the device in time."},
     {"Máy sẽ thử lại; nếu kéo dài, xem mạng và tải của máy chủ này.",
      "It tries again; if it lasts, look at the network and the load of this machine."}},
    {DOOR,
     WSYNC_ERR_BUSY,
     ANYBODY,
     {"Quận đang dừng hoặc đã đủ kết nối nên chưa cho vào.",
      "It was put off: the district was stopping or had all the connections it takes."},
     {"Máy sẽ thử lại; nếu kéo dài, xem [serve] connections.",
      "It tries again; if it lasts, see [serve] connections."}},
    {ANY_KIND,
     WSYNC_ERR_BUSY,
     OURS,
     {"Quận dừng giữa chừng và đã hẹn máy này gọi lại.",
      "The district was stopping and told the device to come again."},
     {"", ""}},
    {ANY_KIND,
     WSYNC_ERR_BUSY,
     THEIRS,
     {"Chương trình ở phường dừng giữa chừng.", "The ward's program was stopped half-way."},
     {"Không mất số liệu: máy sẽ tiếp tục khi chương trình chạy lại.",
      "Nothing is lost: it goes on when that program runs again."}},
    {DOOR,
     WSYNC_ERR_DEVICE,
     ANYBODY,
     {"Một khóa lạ gõ cửa: không có trong danh sách thiết bị.",
      "An unknown key knocked: it is not in the roster."},
     {"Nếu là máy của phường: mời bằng \"district enrol\".",
      "If it is a ward's: invite it with \"district enrol\"."}},
    {ANY_KIND,
     WSYNC_ERR_REVOKED,
     OURS,
     {"Thiết bị này đã bị thu hồi quyền, không được nhận.",
      "The device was revoked and is not let in."},
     {"Nếu máy còn dùng: mời lại bằng \"district enrol\"; số liệu ở máy vẫn còn.",
      "If it is still in use: invite it anew with \"district enrol\"; it keeps its data."}},
    {ANY_KIND,
     WSYNC_ERR_SUSPENDED,
     OURS,
     {"Thiết bị này đang bị tạm ngừng, không được nhận.",
      "The device is suspended and is not served."},
     {"Khi rõ chuyện: cho lại bằng \"district keys resume\", hoặc thu hồi hẳn.",
      "Once it is clear what happened: \"district keys resume\", or revoke it for good."}},
    {ANY_KIND,
     WSYNC_ERR_DIVERGED,
     THEIRS,
     {"Kho của máy này là bản cũ: quận giữ nhiều hơn.",
      "The store of the device is an old copy: more of its log is held here."},
     {"Máy tự mở sổ mới; xem \"district logs\".",
      "It goes on in a new log by itself; see \"district logs\"."}},
    {ANY_KIND,
     WSYNC_ERR_STORE_FULL,
     OURS,
     {"Quận hết chỗ lưu trữ nên không nhận được.",
      "It could not be taken: there is no room in the district's store or on its disk."},
     {"Giải phóng đĩa của thư mục dữ liệu; máy sẽ thử lại.",
      "Make room on the disk of the data directory; the device tries again."}},
};

static const struct words *find(const struct server_end *end)
{
    int who = end->peer_said_it ? THEIRS : OURS;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const struct words *words = &WORDS[i];
        bool kind = words->kind == (int)end->kind ||
                    (words->kind == ANY_KIND && end->kind != WSYNC_SESSION_KIND_DOWN);
        if (kind && words->code == end->code && (words->who & who) != 0) {
            return words;
        }
    }
    return NULL;
}

const char *server_end_name(const struct server_end *end)
{
    if (end->kind == WSYNC_SESSION_KIND_DOWN) {
        return end->code == WSYNC_OK ? "stopped" : "killed";
    }
    return wsync_err_name(end->code);
}

bool server_end_is_name(const char *name)
{
    for (uint32_t code = 0; code < CODES_END; code++) {
        enum wsync_err err = wsync_err_from_code(code);
        if (wsync_err_code(err) == code && strcmp(wsync_err_name(err), name) == 0) {
            return true;
        }
    }
    return strcmp(name, "stopped") == 0 || strcmp(name, "killed") == 0;
}

void server_end_text(const struct server_end *end, enum wsync_language language,
                     char text[SERVER_END_TEXT_BYTES])
{
    const struct words *words = find(end);
    if (words) {
        snprintf(text, SERVER_END_TEXT_BYTES, "%s", words->text[language]);
        return;
    }
    const char *who = !end->peer_said_it || end->code == WSYNC_OK ? ""
                      : language == WSYNC_VI                      ? "Máy này trả lời: "
                                                                  : "The device says: ";
    snprintf(text, SERVER_END_TEXT_BYTES, "%s%s", who, wsync_err_text(end->code, language));
}

const char *server_end_step(const struct server_end *end, enum wsync_language language)
{
    const struct words *words = find(end);
    return words ? words->step[language] : "";
}

const char *server_role_name(enum wsync_role role)
{
    static const char *const NAMES[] = {
        [WSYNC_ROLE_CLERK] = "clerk",   [WSYNC_ROLE_INSPECTOR] = "inspector",
        [WSYNC_ROLE_OFFICE] = "office", [WSYNC_ROLE_AUDITOR] = "auditor",
        [WSYNC_ROLE_NODE] = "node",
    };
    return NAMES[role];
}

enum wsync_err server_down_text(struct wsync_txn *txn, enum wsync_language language,
                                char text[SERVER_END_TEXT_BYTES])
{
    static const char *const NEVER[] = {
        "Chương trình của quận chưa chạy lần nào; chạy \"district serve\".",
        "The district has never served; start it with \"district serve\"."};
    static const char *const STOPPED[] = {
        "Chương trình của quận đã dừng từ %s; chạy lại bằng \"district serve\".",
        "The district does not serve: it was stopped at %s; start it with \"district serve\"."};
    static const char *const SILENT[] = {
        "Chương trình của quận không có dấu hiệu hoạt động từ %s; chạy lại bằng \"district "
        "serve\" hoặc xem đĩa có đầy không.",
        "The district gave no sign of life since %s; start it with \"district serve\", or see "
        "whether its disk is full."};
    char when[WSYNC_VIEW_TIME_BYTES];
    int64_t last;
    bool stopped;
    enum wsync_err err = wsync_session_log_last(txn, &last, &stopped);
    text[0] = '\0';
    if (err != WSYNC_OK) {
        snprintf(text, SERVER_END_TEXT_BYTES, "%s",
                 err == WSYNC_ERR_NOT_FOUND ? NEVER[language] : "");
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (stopped || wsync_clock_wall_s() - last > SILENT_S) {
        wsync_view_time(last, when);
        snprintf(text, SERVER_END_TEXT_BYTES, stopped ? STOPPED[language] : SILENT[language],
                 when);
    }
    return WSYNC_OK;
}
