/* SPDX-License-Identifier: Apache-2.0 */
/* What was done, in words: one line for each kind of admin_words.h. */
#include <string.h>

#include "server/pages_admin.h"

static const struct {
    const char *kind;
    const char *text[2]; /* by enum wsync_language */
} WORDS[] = {
    {"found", {"lập hệ thống", "the installation founded"}},
    {"root", {"khóa gốc", "root keys"}},
    {"district-keys", {"khóa của quận", "keys of the district"}},
    {"enrol", {"kết nạp", "enrolled"}},
    {"revoke", {"thu hồi hẳn", "revoked"}},
    {"suspend", {"tạm ngừng", "suspended"}},
    {"rotate", {"đổi khóa", "new keys"}},
    {"resume", {"cho dùng lại", "resumed"}},
    {"ask-rotate", {"yêu cầu khóa mới", "asked for new keys"}},
    {"roster", {"danh sách thiết bị", "the roster"}},
    {"form", {"biểu mẫu", "form"}},
    {"unit", {"đơn vị", "unit"}},
    {"verdict", {"quyết định về thay đổi", "verdict"}},
    {"admin", {"việc quản trị khác", "what else was done"}},
    {"start", {"quận bắt đầu chạy", "the district began to serve"}},
    {"stop", {"quận dừng", "the district ended"}},
    {"settings", {"cài đặt thay đổi", "other settings"}},
    {"invite", {"thư mời", "invite"}},
    {"withdrawn", {"rút thư mời", "invite withdrawn"}},
    {"roster-taken", {"lấy lại danh sách từ tệp", "roster taken from a file"}},
    {"restored", {"khôi phục", "restored"}},
    {"pruned", {"cắt nhật ký đồng bộ", "session log cut off"}},
    {"export", {"xuất dữ liệu", "export"}},
    {"backup", {"sao lưu", "backup"}},
    {"cut", {"nhật ký bị cắt", "rows are missing"}},
};

const char *server_admin_kind_word(const struct server_page *page, const char *kind)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(WORDS[i].kind, kind) == 0) {
            return WORDS[i].text[page->language];
        }
    }
    return kind;
}
