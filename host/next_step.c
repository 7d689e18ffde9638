/* SPDX-License-Identifier: Apache-2.0 */
#include "host/next_step.h"

enum step {
    NOTHING,
    AGAIN,
    UPDATE,
    ASK_DISTRICT,
    TELL_ADMIN,
    MAKE_ROOM,
    RESTORE,
    INVITE,
    BUDGET,
    LOOK_INSIDE,
    CHECK_INPUT,
    STEP_COUNT
};

static const char *const STEPS[STEP_COUNT][2] = {
    [NOTHING] = {"", ""},
    [AGAIN] = {"Máy tự thử lại; muốn ngay thì chạy \"ward sync\".",
               "It is tried again by itself; \"ward sync\" does it now."},
    [UPDATE] = {"Cập nhật chương trình ở bên cũ hơn; nếu vẫn vậy, gửi dòng này cho người phụ "
                "trách.",
                "Update the older of the two programs; if it stays, show this line to the "
                "admin."},
    [ASK_DISTRICT] = {"Gọi cho quận; số liệu vẫn được giữ tại máy này cho đến khi xong.",
                      "Call the district; all work stays on this machine until it is settled."},
    [TELL_ADMIN] =
        {"Giữ nguyên máy này và báo người phụ trách: có dấu hiệu số liệu bị thay đổi.",
         "Leave this machine as it is and tell the admin: something was altered."},
    [MAKE_ROOM] = {"Giải phóng đĩa hoặc bộ nhớ, rồi chạy \"ward sync\".",
                   "Make room on the disk or in memory, then run \"ward sync\"."},
    [RESTORE] = {"Chạy \"ward doctor\"; khôi phục từ bản sao lưu nếu nó bảo vậy.",
                 "Run \"ward doctor\"; restore from a backup if it says so."},
    [INVITE] = {"Xin quận lời mời mới.", "Ask the district for a new invite."},
    [BUDGET] = {"Chờ kỳ sau, hoặc lấy ngay bằng \"ward sync --over-budget\".",
                "Wait for the next allowance, or fetch it now: \"ward sync --over-budget\"."},
    [LOOK_INSIDE] = {"Xem \"ward quarantine\" và sửa bản ghi được nêu ở đó.",
                     "See \"ward quarantine\" and correct the record it names."},
    [CHECK_INPUT] = {"Kiểm tra lại lệnh và dữ liệu đã nhập.",
                     "Check the command and what was entered."},
};

/* What is missing here has no step, and a test that goes through all errors says so. */
static const struct {
    enum wsync_err err;
    enum step step;
} WHAT[] = {
    {WSYNC_ERR_GAP, AGAIN},
    {WSYNC_ERR_BEHIND, AGAIN},
    {WSYNC_ERR_TIMEOUT, AGAIN},
    {WSYNC_ERR_BUSY, AGAIN},
    {WSYNC_ERR_LINK, AGAIN},
    {WSYNC_ERR_CREDIT, AGAIN},
    {WSYNC_ERR_ROTATED, AGAIN},
    {WSYNC_ERR_DIVERGED, AGAIN},
    {WSYNC_ERR_BUDGET, BUDGET},
    {WSYNC_ERR_FRAME, UPDATE},
    {WSYNC_ERR_VERSION, UPDATE},
    {WSYNC_ERR_MESSAGE, UPDATE},
    {WSYNC_ERR_STATE, UPDATE},
    {WSYNC_ERR_OVERSIZE, UPDATE},
    {WSYNC_ERR_UNSEALED, UPDATE},
    {WSYNC_ERR_EXTENSION, UPDATE},
    {WSYNC_ERR_SCOPE, ASK_DISTRICT},
    {WSYNC_ERR_DEVICE, ASK_DISTRICT},
    {WSYNC_ERR_REVOKED, ASK_DISTRICT},
    {WSYNC_ERR_SUSPENDED, ASK_DISTRICT},
    {WSYNC_ERR_INSTANCE, ASK_DISTRICT},
    {WSYNC_ERR_ROSTER, ASK_DISTRICT},
    {WSYNC_ERR_RIGHT, ASK_DISTRICT},
    {WSYNC_ERR_QUOTA, ASK_DISTRICT},
    {WSYNC_ERR_OVERFLOW, ASK_DISTRICT},
    {WSYNC_ERR_GENESIS, TELL_ADMIN},
    {WSYNC_ERR_CHAIN, TELL_ADMIN},
    {WSYNC_ERR_SEAL, TELL_ADMIN},
    {WSYNC_ERR_CONTEXT, TELL_ADMIN},
    {WSYNC_ERR_FORK, TELL_ADMIN},
    {WSYNC_ERR_SIGNATURE, TELL_ADMIN},
    {WSYNC_ERR_SPLIT, TELL_ADMIN},
    {WSYNC_ERR_PROOF, TELL_ADMIN},
    {WSYNC_ERR_ROLLED_BACK, TELL_ADMIN},
    {WSYNC_ERR_STORE_FULL, MAKE_ROOM},
    {WSYNC_ERR_MEMORY, MAKE_ROOM},
    {WSYNC_ERR_STORE_IO, RESTORE},
    {WSYNC_ERR_CORRUPT, RESTORE},
    {WSYNC_ERR_INVITE, INVITE},
    {WSYNC_ERR_BLOB, ASK_DISTRICT},
    {WSYNC_ERR_BUNDLE, ASK_DISTRICT},
    {WSYNC_ERR_OPERATION, LOOK_INSIDE},
    {WSYNC_ERR_FIELD, LOOK_INSIDE},
    {WSYNC_ERR_VALUE, LOOK_INSIDE},
    {WSYNC_ERR_RECORD, LOOK_INSIDE},
    {WSYNC_ERR_CROWDED, LOOK_INSIDE},
    {WSYNC_ERR_ORIGIN, LOOK_INSIDE},
    {WSYNC_ERR_INVALID, CHECK_INPUT},
    {WSYNC_ERR_NOT_FOUND, CHECK_INPUT},
    {WSYNC_ERR_EXISTS, CHECK_INPUT},
};

const char *wsync_next_step(enum wsync_err err, enum wsync_language language)
{
    for (size_t i = 0; i < sizeof WHAT / sizeof *WHAT; i++) {
        if (WHAT[i].err == err) {
            return STEPS[WHAT[i].step][language];
        }
    }
    return STEPS[NOTHING][language];
}
