/* SPDX-License-Identifier: Apache-2.0 */
/* What was done, in words: one line for each kind of admin_words.h. */
#include <stdio.h>
#include <string.h>

#include "server/pages_admin.h"
#include "server/pages_input.h"

enum { GROUP = 1 };

static const struct {
    const char *kind;
    const char *text[2]; /* by enum wsync_language */
    int level;           /* GROUP: of the kinds below it */
} WORDS[] = {
    {"roster", {"danh sách thiết bị", "the roster"}, GROUP},
    {"found", {"lập hệ thống", "the installation founded"}, 0},
    {"root", {"khóa gốc", "root keys"}, 0},
    {"district-keys", {"khóa của quận", "keys of the district"}, 0},
    {"enrol", {"kết nạp", "enrolled"}, 0},
    {"revoke", {"thu hồi hẳn", "revoked"}, 0},
    {"suspend", {"tạm ngừng", "suspended"}, 0},
    {"rotate", {"đổi khóa", "new keys"}, 0},
    {"resume", {"cho dùng lại", "resumed"}, 0},
    {"ask-rotate", {"yêu cầu khóa mới", "asked for new keys"}, 0},
    {"form", {"biểu mẫu", "form"}, GROUP},
    {"unit", {"đơn vị", "unit"}, GROUP},
    {"verdict", {"quyết định về thay đổi", "verdict"}, GROUP},
    {"admin", {"việc quản trị khác", "what else was done"}, GROUP},
    {"start", {"quận bắt đầu chạy", "the district began to serve"}, 0},
    {"stop", {"quận dừng", "the district ended"}, 0},
    {"settings", {"cài đặt thay đổi", "other settings"}, 0},
    {"invite", {"thư mời", "invite"}, 0},
    {"withdrawn", {"rút thư mời", "invite withdrawn"}, 0},
    {"roster-taken", {"lấy lại danh sách từ tệp", "roster taken from a file"}, 0},
    {"restored", {"khôi phục", "restored"}, 0},
    {"pruned", {"cắt nhật ký đồng bộ", "session log cut off"}, 0},
    {"export", {"xuất dữ liệu", "export"}, 0},
    {"backup", {"sao lưu", "backup"}, 0},
    {"cut", {"nhật ký bị cắt", "rows are missing"}, 0},
    {"staff", {"cán bộ, và ai đã ký qua trang", "staff, and who signed by a page"}, 0},
    {"verify", {"kiểm tra số liệu", "verification"}, 0},
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

void server_admin_kind_options(struct server_page *page, const char *chosen)
{
    char text[128];
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        snprintf(text, sizeof text, "%s%s", WORDS[i].level == GROUP ? "" : "– ",
                 WORDS[i].text[page->language]);
        server_option(page, WORDS[i].kind, text, strcmp(WORDS[i].kind, chosen) == 0);
    }
}
