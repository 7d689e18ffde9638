/* SPDX-License-Identifier: Apache-2.0 */
/* error.h: the one list of everything that can go wrong, with a name and sentences for people.
 *
 * Grouped by who must act: 1xx the peer's doing (131-139: reasons for quarantine), 2xx passing,
 * try again, 3xx ours and lasting, 4xx the caller's.  Codes up to 399 travel in Reject and Bye
 * messages and are normative (proto/SPEC.md section 11). */
#ifndef WARDSYNC_ERROR_H
#define WARDSYNC_ERROR_H

#include "wardsync/slice.h"

/* X(NAME, number, "name", "Vietnamese sentence", "English sentence") */
#define WSYNC_ERROR_LIST(X) \
    X(FRAME, 101, "frame", "Gói tin hỏng hoặc quá lớn.", \
      "The frame is malformed or too large.") \
    X(VERSION, 102, "version", "Hai bên dùng phiên bản giao thức khác nhau.", \
      "The two sides speak different protocol versions; update the older program.") \
    X(MESSAGE, 103, "message", "Thông điệp không giải mã được.", \
      "The message cannot be decoded or is not in canonical form.") \
    X(STATE, 104, "state", "Thông điệp không được phép ở bước này.", \
      "The message is not allowed at this point of the session.") \
    X(OVERSIZE, 105, "oversize", "Dữ liệu vượt giới hạn cho phép.", \
      "A part of the message is larger than its limit.") \
    X(GENESIS, 110, "genesis", "Phần mở đầu của sổ không hợp lệ.", \
      "The first entry of the log is not valid.") \
    X(CHAIN, 111, "chain", "Thay đổi không nối đúng vào chuỗi đã có.", \
      "The changes do not continue the chain held here.") \
    X(SEAL, 112, "seal", "Chữ ký của gói thay đổi không đúng.", \
      "The seal of the change-set does not verify.") \
    X(CONTEXT, 113, "context", "Không đọc được ngữ cảnh của một thay đổi; cần mở sổ mới.", \
      "The context of a change cannot be read; the device must open a new log.") \
    X(SCOPE, 114, "scope", "Thiết bị không được ghi cho đơn vị này.", \
      "The device is not enrolled for this unit.") \
    X(DEVICE, 115, "device", "Thiết bị chưa được đăng ký.", \
      "The device is not in the roster; ask the district to enrol it.") \
    X(REVOKED, 116, "revoked", "Thiết bị đã bị thu hồi quyền; số liệu vẫn được giữ tại máy.", \
      "The device has been revoked; its data stays on the machine. Ask the district.") \
    X(FORK, 117, "fork", "Có hai thay đổi khác nhau mang cùng một số; cả hai được giữ lại.", \
      "Two different changes claim one number in a log; the second was not taken.") \
    X(UNSEALED, 118, "unsealed", "Gói thay đổi không có chữ ký.", \
      "The change-set carries no seal.") \
    X(INSTANCE, 119, "instance", "Dữ liệu thuộc về một hệ thống khác.", \
      "The data belongs to another installation.") \
    X(INVITE, 120, "invite", \
      "Lời mời không tồn tại, đã hết hạn hoặc đã dùng cho thiết bị khác.", \
      "The invite is unknown, expired, or was used by another device.") \
    X(SIGNATURE, 121, "signature", "Chữ ký không đúng.", "A signature does not verify.") \
    X(ROSTER, 122, "roster", \
      "Danh sách thiết bị không nối tiếp đúng; số liệu vẫn được giữ. Hỏi quận.", \
      "The roster statement does not continue the roster held here; ask the district.") \
    X(SUSPENDED, 123, "suspended", "Thiết bị đang bị tạm ngừng; số liệu vẫn giữ tại máy.", \
      "The device is suspended; its data stays on the machine. Ask the district.") \
    X(SPLIT, 124, "split", \
      "Biên nhận mâu thuẫn với biên nhận trước; cả hai được giữ làm bằng chứng.", \
      "A receipt contradicts an earlier one; both are kept as evidence.") \
    X(PROOF, 125, "proof", "Bằng chứng hoặc biên nhận không đúng.", \
      "A proof or a receipt does not hold.") \
    X(BLOB, 126, "blob", "Phần ảnh nhận được không đúng với tên của ảnh.", \
      "A part of an attachment is not what its name says.") \
    X(BUNDLE, 127, "bundle", "Tệp gói hỏng, không phải gói, hoặc gửi cho nơi khác.", \
      "The bundle is damaged, is none, or is meant for somebody else.") \
    X(OPERATION, 131, "operation", "Thao tác không đọc được.", "An operation cannot be read.") \
    X(RIGHT, 132, "right", "Thiết bị không có quyền ghi mẫu này.", \
      "The device's role does not allow it to write this form.") \
    X(FIELD, 133, "field", "Mẫu không có trường này.", "The form has no such field.") \
    X(VALUE, 134, "value", "Giá trị không hợp lệ với mẫu.", \
      "A value is not allowed by the form.") \
    X(RECORD, 135, "record", "Bản ghi không có hoặc thuộc đơn vị khác.", \
      "The record does not exist or belongs to another unit.") \
    X(EXTENSION, 136, "extension", "Thay đổi cần một phần mở rộng chưa biết.", \
      "The change requires an extension that is unknown here.") \
    X(CROWDED, 137, "crowded", "Bản ghi có quá nhiều giá trị xung đột.", \
      "The record holds too many conflicting values.") \
    X(ORIGIN, 138, "origin", "Thay đổi được chép lại không được chấp nhận.", \
      "A change written again from an earlier log is not accepted here.") \
    X(QUOTA, 139, "quota", "Thiết bị đã gửi quá số thay đổi cho phép trong ngày.", \
      "The device sent more changes in a day than it may.") \
    X(GAP, 201, "gap", "Thiếu các thay đổi trước đó; sẽ gửi lại.", \
      "Earlier changes are missing here; they will be sent again.") \
    X(BEHIND, 202, "behind", "Danh sách thiết bị ở đây còn cũ; sẽ thử lại.", \
      "The roster held here is older than the one the change names; try again.") \
    X(TIMEOUT, 203, "timeout", "Không nhận được trả lời; sẽ thử lại.", \
      "No answer came in time; it will be tried again.") \
    X(BUSY, 204, "busy", "Bên kia đang bận; sẽ thử lại.", \
      "The other side is busy; it will be tried again.") \
    X(LINK, 205, "link", "Mất kết nối; số liệu vẫn được giữ, sẽ gửi lại.", \
      "The link was cut; nothing is lost and it will be tried again.") \
    X(CREDIT, 206, "credit", "Bên kia gửi nhiều hơn mức cho phép.", \
      "The peer sent more than its credit.") \
    X(ROTATED, 207, "rotated", "Khóa của thiết bị đã được thay; sẽ thử lại với khóa mới.", \
      "The keys of the device were changed; it is tried again with the new ones.") \
    X(BUDGET, 208, "budget", "Đã hết dung lượng cho phép; phần còn lại chờ kỳ sau.", \
      "The allowance of data is used up; the rest waits, and all work is kept.") \
    X(STORE_FULL, 220, "store-full", "Hết chỗ lưu trữ; giải phóng đĩa rồi thử lại.", \
      "There is no room in the store or on the disk; make room and try again.") \
    X(STORE_IO, 221, "store-io", "Không đọc hoặc ghi được kho dữ liệu.", \
      "The store could not be read or written.") \
    X(MEMORY, 222, "memory", "Không đủ bộ nhớ.", "There is not enough memory.") \
    X(CORRUPT, 301, "corrupt", "Kho dữ liệu bị hỏng; khôi phục từ bản sao lưu.", \
      "The store is damaged; restore it from a backup, nothing that was sent is lost.") \
    X(DIVERGED, 302, "diverged", "Quận giữ nhiều hơn máy này: kho này là bản khôi phục cũ.", \
      "The district holds more of this log than this machine: the store is an old copy.") \
    X(OVERFLOW, 303, "overflow", "Phép cộng vượt giới hạn số nguyên.", \
      "A sum exceeds what an integer can hold.") \
    X(ROLLED_BACK, 304, "rolled-back", \
      "Quận có ít hơn những gì đã ký: máy chủ đang chạy trên bản sao cũ.", \
      "The district shows less than it signed before: it runs on an old copy.") \
    X(INVALID, 401, "invalid", "Tham số không hợp lệ.", "An argument is not allowed.") \
    X(NOT_FOUND, 402, "not-found", "Không tìm thấy.", "It does not exist.") \
    X(EXISTS, 403, "exists", "Đã tồn tại.", "It exists already.")

enum wsync_err {
    WSYNC_OK = 0,
#define WSYNC_ERROR_ENUM(NAME, number, name, vi, en) WSYNC_ERR_##NAME = -(number),
    WSYNC_ERROR_LIST(WSYNC_ERROR_ENUM)
#undef WSYNC_ERROR_ENUM
};

enum wsync_language { WSYNC_VI, WSYNC_EN };

/* One sentence for a person, made where the facts are known. */
struct wsync_error {
    char text[512];
};

/* The short stable name, "ok" for 0, "unknown" for a number of no error; and what it means and
 * what follows, in one or two sentences. */
const char *wsync_err_name(enum wsync_err err);
const char *wsync_err_text(enum wsync_err err, enum wsync_language language);

/* The error whose wire code is `code` (0 is WSYNC_OK); MESSAGE for a number of no error. */
enum wsync_err wsync_err_from_code(uint32_t code);

/* The wire code of `err`: its positive number. */
uint32_t wsync_err_code(enum wsync_err err);

/* True for an error that the same bytes would meet again (1xx). */
bool wsync_err_is_permanent(enum wsync_err err);

/* True for an error of our own store or memory: the batch is aborted, nobody is blamed. */
bool wsync_err_is_ours(enum wsync_err err);

/* Writes a sentence (printf) into `*error` unless it is NULL and returns `err`, so that a
 * failing function ends in one statement. */
enum wsync_err wsync_error_set(struct wsync_error *error, enum wsync_err err,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
