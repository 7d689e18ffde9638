/* SPDX-License-Identifier: Apache-2.0 */
/* `district doctor`: what is wrong at the district and what to do. */
#include "host/doctor.h"

#include <stdio.h>

#include "host/admin_log.h"
#include "host/backup_command.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/receipts.h"
#include "host/refill.h"
#include "host/session_log.h"
#include "host/view.h"
#include "host/words.h"
#include "server/commands.h"
#include "server/words.h"

enum {
    SECONDS_A_DAY = 86400,
    SILENT_DAYS = 3,
    CLOCKS_MAX = 1024,
};

const struct wsync_cli_option DISTRICT_DOCTOR_OPTIONS[] = {
    {"offline", NULL, "do not knock at the own addresses"},
    {NULL, NULL, NULL},
};

static const struct wsync_doctor_words DOWN = {
    WSYNC_DOCTOR_CRITICAL,
    "serving",
    {"%s", "%s"},
    {"Các phường vẫn ghi được và sẽ gửi khi quận chạy lại.",
     "The wards go on recording and send once the district serves again."}};

static const struct wsync_doctor_words WARDS = {
    WSYNC_DOCTOR_WARNING,
    "wards",
    {"%u thiết bị chưa đồng bộ tốt từ 3 ngày trở lên hoặc chưa lần nào.",
     "%u devices have not synced for 3 days or more, or never."},
    {"\"district wards\" cho biết máy nào và vì sao.",
     "\"district wards\" says which and why."}};

static const struct wsync_doctor_words KEYS = {
    WSYNC_DOCTOR_WARNING,
    "keys",
    {"Khóa của %u thiết bị cũ hơn %lld ngày.",
     "The keys of %u devices are older than %lld days."},
    {"Đổi khóa của chúng; \"district wards\" cho biết máy nào.",
     "Have them rotated; \"district wards\" says which."}};

static const struct wsync_doctor_words ADMIN = {
    WSYNC_DOCTOR_CRITICAL,
    "admin-log",
    {"Nhật ký quản trị bị sửa: dòng %llu: %s.",
     "The admin log was tampered with: row %llu: %s."},
    {"Giữ nguyên thư mục dữ liệu làm chứng cứ và so với bản sao lưu.",
     "Keep the data directory as evidence and compare it with a backup."}};

static const struct wsync_doctor_words SESSIONS = {
    WSYNC_DOCTOR_CRITICAL,
    "session-log",
    {"Nhật ký phiên bị sửa: dòng %llu: %s.",
     "The session log was tampered with: row %llu: %s."},
    {"Giữ nguyên thư mục dữ liệu làm chứng cứ và so với bản sao lưu.",
     "Keep the data directory as evidence and compare it with a backup."}};

static const struct wsync_doctor_words LOG_KEY[] = {
    [WSYNC_LOG_KEY_MISSING] =
        {WSYNC_DOCTOR_WARNING,
         "log-key",
         {"Khóa ký biên nhận (keys/log.key) không có ở đây: phường không nhận được biên nhận.",
          "The log key (keys/log.key) is not here: the wards get no receipts."},
         {"Đặt lại từ bản sao; nếu đã mất, chạy \"district keys rotate log\".",
          "Put it back from a backup; if it is lost, run \"district keys rotate log\"."}},
    [WSYNC_LOG_KEY_OTHER] =
        {WSYNC_DOCTOR_WARNING,
         "log-key",
         {"Khóa ký biên nhận ở đây không phải khóa mà danh sách nêu: phường không nhận được "
          "biên "
          "nhận.",
          "The log key here is not the one that the roster names: the wards get no receipts."},
         {"Đặt lại keys/log.key từ bản sao mới hơn, hoặc chạy \"district keys rotate log\".",
          "Put keys/log.key back from a newer backup, or run \"district keys rotate log\"."}},
};

static const struct wsync_doctor_words REFILL = {
    WSYNC_DOCTOR_WARNING,
    "roster",
    {"Máy này đã quay về bản cũ; %u thiết bị (\"%s\") chưa đồng bộ từ đó. Đến lúc ấy chưa thể "
     "cấp, thu hồi hay đổi khóa cho thiết bị nào.",
     "This district went back, and %u devices (\"%s\") have not synced since; until then "
     "nobody "
     "is enrolled, revoked or given new keys."},
    {"Cho chúng đồng bộ; nếu không máy nào giữ gì mới hơn, chạy \"district restored --whole\".",
     "Let them sync; if none of them holds anything newer, run \"district restored "
     "--whole\"."}};

static const struct wsync_doctor_words CANARY = {
    WSYNC_DOCTOR_WARNING,
    "canary",
    {"Không ghi được dấu ngoài thư mục dữ liệu: %s",
     "The note outside the data directory cannot be kept: %s"},
    {"Không có nó, khi khôi phục từ bản sao phải chạy \"district restored\".",
     "Without it a restored copy goes unnoticed: run \"district restored\" after a restore."}};

/* ---- the wards ---- */

struct wards {
    unsigned silent, overdue;
    int64_t clocks[CLOCKS_MAX]; /* how far each is ahead of this one */
    size_t clock_count;
};

static enum wsync_err look_at_ward(struct wsync_site *site, const struct wsync_device *device,
                                   struct wards *wards)
{
    struct wsync_contact contact = {.last_good = 0};
    int64_t now = wsync_clock_wall_s();
    int64_t since = device->keys[device->key_count - 1].stamp;
    enum wsync_err err = wsync_contact_get(site->txn, &device->id, &contact);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    bool fresh = since > now - SILENT_DAYS * SECONDS_A_DAY; /* enrolled a moment ago */
    bool silent = contact.last_good < now - SILENT_DAYS * SECONDS_A_DAY;
    wards->silent += silent && !fresh;
    wards->overdue += since < now - site->conf.policy.rotate_days * SECONDS_A_DAY;
    if (contact.has_clock && wards->clock_count < CLOCKS_MAX) {
        wards->clocks[wards->clock_count++] = contact.clock_ahead_s;
    }
    return WSYNC_OK;
}

static enum wsync_err look_at_wards(struct wsync_doctor *doctor, struct wsync_site *site)
{
    static struct wards wards;
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one device */
        err = wsync_device_after(site->txn, after, &device);
        if (err == WSYNC_OK && device.role != WSYNC_ROLE_NODE && device.revoked == 0) {
            err = look_at_ward(site, &device, &wards);
        }
        at = device.id;
        after = &at;
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    if (wards.silent > 0) {
        wsync_doctor_find(doctor, &WARDS, wards.silent);
    }
    if (wards.overdue > 0) {
        wsync_doctor_find(doctor, &KEYS, wards.overdue,
                          (long long)site->conf.policy.rotate_days);
    }
    wsync_doctor_clocks(doctor, wards.clocks, wards.clock_count);
    return WSYNC_OK;
}

/* ---- what it signs with ---- */

static enum wsync_err look_at_signing(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct wsync_refill refill;
    enum wsync_log_key key = WSYNC_LOG_KEY_IN_FORCE;
    enum wsync_err err = wsync_receipts_key(site, &key);
    if (err == WSYNC_OK && key != WSYNC_LOG_KEY_IN_FORCE) {
        wsync_doctor_find(doctor, &LOG_KEY[key]);
    }
    if (err == WSYNC_OK) {
        err = wsync_refill_read(site->txn, &refill);
    }
    if (err == WSYNC_OK && refill.awaited > 0) {
        wsync_doctor_find(doctor, &REFILL, refill.awaited, refill.first);
    }
    return err;
}

/* ---- the logs of this machine ---- */

static enum wsync_err look_at_logs(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct wsync_admin_fault admin;
    struct wsync_session_fault session;
    char room[WSYNC_WORDS_BYTES];
    enum wsync_language language = doctor->cli->language;
    enum wsync_err err = wsync_admin_log_check(site->txn, &admin);
    if (err == WSYNC_OK && admin.number != 0) {
        wsync_doctor_find(doctor, &ADMIN, (unsigned long long)admin.number,
                          wsync_words(language, admin.text, room));
        return WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = wsync_session_log_check(site->txn, &session);
    }
    if (err == WSYNC_OK && session.number != 0) {
        wsync_doctor_find(doctor, &SESSIONS, (unsigned long long)session.number,
                          wsync_words(language, session.text, room));
    }
    return err == WSYNC_OK ? wsync_backup_examine(doctor, site) : err;
}

static enum wsync_err examine(struct wsync_doctor *doctor, struct wsync_site *site,
                              struct wsync_error *error)
{
    struct wsync_error why = {{0}};
    char down[SERVER_END_TEXT_BYTES] = "", room[WSYNC_WORDS_BYTES];
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = server_down_text(site->txn, doctor->cli->language, down);
    }
    if (err == WSYNC_OK && down[0]) {
        wsync_doctor_find(doctor, &DOWN, down);
    }
    if (err == WSYNC_OK) {
        err = wsync_doctor_store(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = wsync_doctor_roots(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_signing(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_logs(doctor, site);
    }
    if (err == WSYNC_OK) {
        err = look_at_wards(doctor, site);
    }
    wsync_site_abort(site);
    if (err == WSYNC_OK && wsync_canary_put(site, &why) != WSYNC_OK) {
        wsync_doctor_find(doctor, &CANARY, wsync_words(doctor->cli->language, why.text, room));
    }
    if (err == WSYNC_OK && !down[0] && !wsync_cli_flag(doctor->cli, "offline")) {
        err = wsync_doctor_reach(doctor, site, error);
    }
    return err;
}

int district_doctor(struct wsync_cli *cli)
{
    return wsync_doctor_run(cli, WSYNC_SITE_DISTRICT, examine);
}
