/* SPDX-License-Identifier: Apache-2.0 */
/* `ward doctor`: what is wrong at the ward and what to do. */
#include <stdio.h>

#include "client/attempt.h"
#include "client/commands.h"
#include "host/backup_command.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/doctor.h"
#include "host/moved.h"
#include "host/view.h"
#include "host/words.h"
#include "wardsync/receipt.h"
#include "wardsync/rotation.h"

enum { SECONDS_A_DAY = 86400, SILENT_DAYS = 3 };

const struct wsync_cli_option WARD_DOCTOR_OPTIONS[] = {
    {"offline", NULL, "do not knock at the district's addresses"},
    {NULL, NULL, NULL},
};

static const struct wsync_doctor_words NEVER = {
    WSYNC_DOCTOR_WARNING,
    "last-good",
    {"Máy này chưa đồng bộ với quận lần nào.",
     "This machine has never synced with the district."},
    {"Chạy \"ward sync\", hoặc để \"ward serve\" tự làm.",
     "Run \"ward sync\", or leave it to \"ward serve\"."}};

static const struct wsync_doctor_words SILENT = {
    WSYNC_DOCTOR_WARNING,
    "last-good",
    {"Lần đồng bộ tốt cuối cùng là %s; %llu thay đổi còn chờ gửi.",
     "The last good sync was at %s; %llu changes wait to be sent."},
    {"Xem \"ward status\" để biết lần thử cuối; \"ward serve\" có đang chạy không?",
     "See \"ward status\" for the last try; is \"ward serve\" running?"}};

static const struct wsync_doctor_words FAILED = {
    WSYNC_DOCTOR_WARNING,
    "last-try",
    {"Lần thử cuối không thành: %s (%s)", "The last try failed: %s (%s)"},
    {"Chạy lại \"ward sync\"; nếu vẫn vậy, gọi cho quận.",
     "Run \"ward sync\" again; if it stays, call the district."}};

static const struct wsync_doctor_words REFUSED = {
    WSYNC_DOCTOR_CRITICAL,
    "last-try",
    {"Lần thử cuối bị từ chối: %s (%s)", "The last try was refused: %s (%s)"},
    {"Thử lại cũng sẽ vậy: gọi cho quận.", "Another try meets the same: call the district."}};

static const struct wsync_doctor_words VERSION = {
    WSYNC_DOCTOR_CRITICAL,
    "version",
    {"Chương trình này (%s) và của quận (%s) không nói cùng một phiên bản giao thức.",
     "This program (%s) and the district's (%s) speak no protocol version in common."},
    {"Cài bản mới trên máy cũ hơn; số liệu vẫn được giữ.",
     "Install the newer release on the older side; all work is kept."}};

static const struct wsync_doctor_words RECEIPTS = {
    WSYNC_DOCTOR_CRITICAL,
    "receipts",
    {"%llu biên nhận của quận mâu thuẫn với những gì quận đã ký trước đó.",
     "%llu receipts contradict what the district signed before."},
    {"Giữ nguyên máy này làm chứng cứ và báo người phụ trách: \"ward receipts\" cho biết biên "
     "nhận nào, \"ward export --signed\" mang chúng đi.",
     "Keep this machine as it is, as evidence, and tell the admin: \"ward receipts\" says "
     "which, \"ward export --signed\" takes them along."}};

static const struct wsync_doctor_words ROSTER = {
    WSYNC_DOCTOR_WARNING,
    "roster",
    {"Danh sách thiết bị ở đây là bản %llu, ở quận đã là bản %llu.",
     "The roster here is version %llu, the district's is %llu."},
    {"Chạy \"ward sync\".", "Run \"ward sync\"."}};

static const struct wsync_doctor_words REVOKED = {
    WSYNC_DOCTOR_CRITICAL,
    "revoked",
    {"Quận đã thu hồi thiết bị này (danh sách bản %llu).",
     "The district revoked this device (roster version %llu)."},
    {"Gọi cho quận; nếu máy còn dùng thì xin lời mời mới.",
     "Call the district; if the machine is still in use, ask for a new invite."}};

static const struct wsync_doctor_words ROTATE = {
    WSYNC_DOCTOR_WARNING,
    "keys",
    {"Khóa của máy này có từ %s, quá hạn đổi.",
     "The keys of this machine date from %s and are older than the policy allows."},
    {"Đổi khóa của máy, hoặc báo quận.", "Have them rotated, or tell the district."}};

static const struct wsync_doctor_words ASKED = {
    WSYNC_DOCTOR_WARNING,
    "keys",
    {"Quận yêu cầu máy này đổi khóa (danh sách bản %llu).",
     "The district asks this machine to rotate its keys (roster version %llu)."},
    {"\"ward serve\" tự làm ở lần đồng bộ tới, hoặc chạy \"ward keys rotate\".",
     "\"ward serve\" does it at its next sync, or run \"ward keys rotate\"."}};

static const struct wsync_doctor_words PENDING = {
    WSYNC_DOCTOR_WARNING,
    "keys",
    {"Khóa mới của máy này (%.12s) còn chờ quận xác nhận.",
     "The new keys of this machine (%.12s) wait for the district's word."},
    {"Chạy \"ward sync\".", "Run \"ward sync\"."}};

static const struct wsync_doctor_words MOVED = {
    WSYNC_DOCTOR_WARNING,
    "moved",
    {"Phường đã chuyển sang máy khác lúc %s; máy này chỉ để xem.",
     "The ward was moved to another machine at %s; this one only shows."},
    {"Ghi ở máy kia; \"ward move back\" để máy này ghi lại.",
     "Record on the other one; \"ward move back\" makes this one record again."}};

static const struct wsync_doctor_words CANARY = {
    WSYNC_DOCTOR_WARNING,
    "canary",
    {"Không ghi được dấu ngoài thư mục dữ liệu: %s",
     "The note outside the data directory cannot be kept: %s"},
    {"Không có nó, một bản sao cũ chỉ được nhận ra khi quận giữ nhiều hơn.",
     "Without it an old copy is noticed only when the district holds more."}};

/* ---- the conversations ---- */

static enum wsync_err count_unsent(struct wsync_site *site, uint64_t *unsent)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    *unsent = 0;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        uint64_t held = 0;
        err = wsync_log_after(site->txn, after, &log);
        if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &site->identity.device)) {
            err = wsync_held_get(site->txn, log.no, &held);
            *unsent += err == WSYNC_OK && log.seq > held ? log.seq - held : 0;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void look_at_last(struct wsync_doctor *doctor, const struct client_attempt *attempt)
{
    bool failed = attempt->tried && attempt->reached && attempt->result != WSYNC_OK &&
                  attempt->result != WSYNC_ERR_LINK;
    if (failed && attempt->result == WSYNC_ERR_VERSION) {
        wsync_doctor_find(doctor, &VERSION, WSYNC_VERSION,
                          attempt->program[0] ? attempt->program : "?");
    } else if (failed) {
        wsync_doctor_find(doctor, wsync_err_is_permanent(attempt->result) ? &REFUSED : &FAILED,
                          wsync_err_text(attempt->result, doctor->cli->language),
                          wsync_err_name(attempt->result));
    }
}

static enum wsync_err look_at_attempts(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct client_attempt attempt;
    struct wsync_roster roster;
    char when[WSYNC_VIEW_TIME_BYTES];
    uint64_t unsent = 0;
    enum wsync_err err = client_read_attempt(site, &attempt);
    if (err == WSYNC_OK) {
        err = count_unsent(site, &unsent);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site->txn, &roster);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_view_time(attempt.good, when);
    if (attempt.good == 0) {
        wsync_doctor_find(doctor, &NEVER);
    } else if (attempt.good < wsync_clock_wall_s() - SILENT_DAYS * SECONDS_A_DAY) {
        wsync_doctor_find(doctor, &SILENT, when, (unsigned long long)unsent);
    }
    look_at_last(doctor, &attempt);
    wsync_doctor_clock(doctor, -attempt.skew_s);
    if (attempt.roster_version > roster.version) {
        wsync_doctor_find(doctor, &ROSTER, (unsigned long long)roster.version,
                          (unsigned long long)attempt.roster_version);
    }
    return WSYNC_OK;
}

static enum wsync_err look_at_receipts(struct wsync_doctor *doctor, struct wsync_site *site)
{
    uint64_t alarms = 0;
    enum wsync_err err = wsync_receipt_alarms(site->txn, &alarms);
    if (err == WSYNC_OK && alarms > 0) {
        wsync_doctor_find(doctor, &RECEIPTS, (unsigned long long)alarms);
    }
    return err;
}

/* ---- this device ---- */

static enum wsync_err look_at_keys(struct wsync_doctor *doctor, struct wsync_site *site,
                                   const struct wsync_device *device)
{
    const struct wsync_device_key *key = &device->keys[device->key_count - 1];
    struct wsync_rotation_wish wish;
    char text[2 * WSYNC_PUBLIC_KEY_BYTES + 1], when[WSYNC_VIEW_TIME_BYTES];
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_rotation_pending(site->txn, &site->arena, &wish);
    int64_t oldest = wsync_clock_wall_s() - site->conf.policy.rotate_days * SECONDS_A_DAY;
    if (err == WSYNC_OK) {
        wsync_hex_encode(WSYNC_BYTES(wish.rotation.signing_key), text);
        wsync_doctor_find(doctor, &PENDING, text);
    } else if (err == WSYNC_ERR_NOT_FOUND && device->asked > key->version) {
        wsync_doctor_find(doctor, &ASKED, (unsigned long long)device->asked);
    } else if (err == WSYNC_ERR_NOT_FOUND && key->stamp < oldest) {
        wsync_view_time(key->stamp, when);
        wsync_doctor_find(doctor, &ROTATE, when);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err look_at_device(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct wsync_device device;
    char when[WSYNC_VIEW_TIME_BYTES];
    int64_t moved = 0;
    enum wsync_err err = wsync_device_get(site->txn, &site->identity.device, &device);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK; /* "never synced" says it */
    }
    if (err == WSYNC_OK) {
        err = wsync_moved_get(site->txn, &moved);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (device.revoked != 0) {
        wsync_doctor_find(doctor, &REVOKED, (unsigned long long)device.revoked);
    } else {
        err = look_at_keys(doctor, site, &device);
    }
    if (moved != 0) {
        wsync_view_time(moved, when);
        wsync_doctor_find(doctor, &MOVED, when);
    }
    return err;
}

static enum wsync_err examine(struct wsync_doctor *doctor, struct wsync_site *site,
                              struct wsync_error *error)
{
    struct wsync_error why = {{0}};
    char room[WSYNC_WORDS_BYTES];
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = wsync_doctor_store(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = wsync_doctor_roots(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_attempts(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_receipts(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_device(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_examine(doctor, site);
    }
    wsync_site_abort(site);
    if (err == WSYNC_OK && wsync_canary_put(site, &why) != WSYNC_OK) {
        wsync_doctor_find(doctor, &CANARY, wsync_words(doctor->cli->language, why.text, room));
    }
    if (err == WSYNC_OK && !wsync_cli_flag(doctor->cli, "offline")) {
        err = wsync_doctor_reach(doctor, site, error);
    }
    return err;
}

int ward_doctor(struct wsync_cli *cli)
{
    return wsync_doctor_run(cli, WSYNC_SITE_WARD, examine);
}
