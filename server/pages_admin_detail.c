/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the admin log says beyond its kind, in words.
 *
 * The log has it in no language, "NAME=VALUE NAME=VALUE", perhaps behind a verb, so that a
 * script and an auditor read the same for ever.  What is known here is said in words; the rest,
 * such as settings, which a person knows by the names of the file, stands as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/staff_command.h"
#include "host/units_here.h"
#include "server/pages_admin.h"

/* What stands before "=". */
static const struct {
    const char *name;
    const char *text[2]; /* by enum wsync_language */
    bool unit;           /* a number that has a name; 0: the whole district */
} NAMES[] = {
    {"device", {"máy", "device"}, false},
    {"unit", {"đơn vị", "unit"}, true},
    {"parent", {"đơn vị cấp trên", "parent unit"}, true},
    {"name", {"tên", "name"}, false},
    {"role", {"vai trò", "role"}, false},
    {"quota", {"nhiều nhất mỗi ngày", "at most a day"}, false},
    {"instead-of", {"thay cho máy", "in the place of"}, false},
    {"pin", {"giữ đến thay đổi", "kept up to change"}, false},
    {"threshold", {"số chữ ký cần có", "signatures needed"}, false},
    {"keys", {"số khóa", "keys"}, false},
    {"key", {"khóa", "key"}, false},
    {"registrar", {"khóa kết nạp", "key of the registrar"}, false},
    {"expires", {"hết hạn", "expires"}, false},
    {"transport", {"khóa đường truyền", "transport key"}, false},
    {"signing", {"khóa ký", "signing key"}, false},
    {"log", {"khóa nhật ký", "key of the log"}, false},
    {"bundle", {"khóa gói tệp", "key of bundles"}, false},
    {"invite", {"thư mời", "invite"}, false},
    {"days", {"số ngày", "days"}, false},
    {"record", {"bản ghi", "record"}, false},
    {"change", {"thay đổi", "change"}, false},
    {"reason", {"lý do", "reason"}, false},
    {"decision", {"quyết định", "decision"}, false},
    {"note", {"ghi chú", "note"}, false},
    {"number", {"số", "number"}, false},
    {"version", {"phiên bản", "version"}, false},
    {"id", {"mã số", "id"}, false},
    {"level", {"cấp", "level"}, false},
    {"code", {"mã hành chính", "official code"}, false},
    {"valid_from", {"hiệu lực từ ngày", "valid from"}, false},
    {"valid_to", {"hiệu lực đến hết ngày", "valid to"}, false},
    {"statements", {"số lời ký trong danh sách", "statements"}, false},
    {"changes", {"số thay đổi", "changes"}, false},
    {"roster", {"danh sách thiết bị, bản", "roster, version"}, false},
    {"why", {"vì", "because"}, false},
    {"epoch", {"kỳ dữ liệu", "epoch"}, false},
    {"sessions", {"các lần liên lạc", "conversations"}, false},
    {"rows", {"số dòng giữ lại", "rows kept"}, false},
    {"noted", {"số dòng đã ghi chú", "rows noted"}, false},
    {"here", {"số dòng còn ở đây", "rows here"}, false},
    {"program", {"chương trình", "program"}, false},
    {"run-before", {"lần chạy trước", "the run before"}, false},
    {"file", {"tệp", "file"}, false},
    {"out", {"xuất ra tệp", "written to"}, false},
    {"read", {"đọc từ tệp", "read from"}, false},
    {"removed", {"số bản đã xóa", "removed"}, false},
    {"keep", {"số bản giữ lại", "kept"}, false},
    {"what", {"nội dung", "what"}, false},
    {"personal", {"dữ liệu cá nhân", "personal data"}, false},
    {"size", {"số dòng", "size"}, false},
    {"findings", {"số điều phát hiện", "findings"}, false},
    {"damaged", {"số ảnh hỏng", "damaged photos"}, false},
};

/* Whole values that are words of the program; a verb has no name. */
static const struct {
    const char *name, *value;
    const char *text[2];
} VALUES[] = {
    {"", "stopped", {"dừng bình thường", "stopped in order"}},
    {"", "create", {"tạo mới", "created"}},
    {"", "change", {"sửa", "changed"}},
    {"", "delete", {"xóa", "deleted"}},
    {"", "revive", {"lấy lại", "brought back"}},
    {"", "duplicate", {"đánh dấu là bản trùng", "marked as a duplicate"}},
    {"", "add", {"thêm", "added"}},
    {"", "role", {"đổi vai trò", "another role"}},
    {"", "pin", {"đổi mã đăng nhập", "another secret"}},
    {"", "retire", {"cho thôi", "left"}},
    {"", "locked", {"tạm khóa vì sai nhiều lần", "waits after many wrong ones"}},
    {"decision", "quarantine", {"cách ly", "quarantine"}},
    {"decision", "adopt", {"chấp nhận", "adopt"}},
    {"decision", "stands", {"nhánh được giữ", "the branch stands"}},
    {"level", "district", {"quận", "district"}},
    {"level", "ward", {"phường", "ward"}},
    {"level", "group", {"tổ dân phố", "residential group"}},
    {"run-before", "none", {"chưa có", "none"}},
    {"run-before", "stopped", {"dừng bình thường", "stopped in order"}},
    {"run-before", "killed", {"bị ngắt ngang", "was killed"}},
    {"why", "old-copy", {"dữ liệu là bản cũ", "the data is an old copy"}},
    {"why", "machine", {"dữ liệu ở máy khác", "the data is on another machine"}},
    {"why", "peer-holds-more", {"bên kia giữ nhiều hơn", "the other side holds more"}},
    {"why", "moved", {"dữ liệu được chuyển chỗ", "the data was moved"}},
    {"why", "told", {"có người báo đã khôi phục", "somebody said that it was restored"}},
    {"roster", "whole", {"lấy lại trọn vẹn", "whole again"}},
    {"what", "signed-log", {"nhật ký đã ký", "signed log"}},
    {"what", "proof", {"chứng cứ", "proof"}},
    {"personal", "yes", {"có", "yes"}},
    {"personal", "no", {"không", "no"}},
};

enum { NAMES_COUNT = sizeof NAMES / sizeof *NAMES };

/* The place of the name that begins here and ends with "="; NAMES_COUNT: none that is known. */
static size_t find_name(const char *text)
{
    size_t at = 0;
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_-");
    while (at < NAMES_COUNT && !(text[len] == '=' && strlen(NAMES[at].name) == len &&
                                 memcmp(NAMES[at].name, text, len) == 0)) {
        at++;
    }
    return at;
}

/* How long the value is that begins here: up to the next name. */
static size_t value_length(const char *text)
{
    const char *at = text;
    while ((at = strchr(at, ' ')) && find_name(at + 1) == NAMES_COUNT) {
        at++;
    }
    return at ? (size_t)(at - text) : strlen(text);
}

static void write_unit(struct server_page *page, struct wsync_slice value)
{
    char digits[16], label[WSYNC_UNIT_LABEL_BYTES];
    snprintf(digits, sizeof digits, "%.*s", (int)value.len, (const char *)value.data);
    if (strspn(digits, "0123456789") != value.len || value.len == 0) {
        wsync_html_slice(page->html, value);
        return;
    }
    unsigned long unit = strtoul(digits, NULL, 10);
    if (unit == 0) {
        server_say(page, "cả quận", "the whole district");
        return;
    }
    wsync_units_here_label(page->site, (uint32_t)unit, label);
    wsync_html_text(page->html, label);
}

/* Of a device, or of somebody who logs in at the pages. */
static const char *role_word(const struct server_page *page, struct wsync_slice value)
{
    for (enum wsync_role role = WSYNC_ROLE_CLERK; role <= WSYNC_ROLE_NODE; role++) {
        if (wsync_slice_equal(wsync_slice_of(server_role_name(role)), value)) {
            return server_role_word(page, role);
        }
    }
    for (enum wsync_page_role role = WSYNC_ROLE_SEE; role <= WSYNC_ROLE_ADMIN; role++) {
        if (wsync_slice_equal(wsync_slice_of(wsync_staff_role_name(role)), value)) {
            return wsync_staff_role_word(WSYNC_SITE_DISTRICT, role, page->language);
        }
    }
    return NULL;
}

/* Of a verb the name is "". */
static void write_value(struct server_page *page, const char *name, struct wsync_slice value)
{
    const char *word = strcmp(name, "role") == 0 ? role_word(page, value) : NULL;
    for (size_t i = 0; !word && i < sizeof VALUES / sizeof *VALUES; i++) {
        if (strcmp(VALUES[i].name, name) == 0 &&
            wsync_slice_equal(wsync_slice_of(VALUES[i].value), value)) {
            word = VALUES[i].text[page->language];
        }
    }
    wsync_html_slice(page->html, word ? wsync_slice_of(word) : value);
}

void server_admin_detail(struct server_page *page, const char *text)
{
    text += strspn(text, " ");
    for (bool first = true; *text; first = false) {
        size_t at = find_name(text);
        const char *name = at < NAMES_COUNT ? NAMES[at].name : "";
        text += at < NAMES_COUNT ? strlen(name) + 1 : 0;
        struct wsync_slice value = wsync_slice(text, value_length(text));
        wsync_html_text(page->html, first ? "" : " · ");
        if (at < NAMES_COUNT) {
            wsync_html_text(page->html, NAMES[at].text[page->language]);
            wsync_html_raw(page->html, ": ");
        }
        if (at < NAMES_COUNT && NAMES[at].unit) {
            write_unit(page, value);
        } else {
            write_value(page, name, value);
        }
        text += value.len;
        text += strspn(text, " ");
    }
}
