/* SPDX-License-Identifier: Apache-2.0 */
#include "host/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "host/clock.h"
#include "host/json.h"
#include "host/photo_list.h"
#include "host/scrub.h"
#include "host/store_lmdb.h"
#include "host/view.h"
#include "host/words.h"
#include "wardsync/log.h"

enum {
    WHAT_BYTES = 512,
    MIB = 1 << 20,
    DISK_MIB_LOW = 1024,
    DISK_MIB_LEAST = 64,
    SKEW_WARNING_S = 120,
    SKEW_CRITICAL_S = 86400,
    SECONDS_A_DAY = 86400,
    STUCK_DAYS = 7,
    EXPIRY_DAYS = 60,
    CLOCKS_LEAST = 3,
    STORE_PERCENT_WARNING = 80,
    STORE_PERCENT_CRITICAL = 95,
    CHANGE_BYTES = 12,
};

/* ---- telling ---- */

static const char *severity_word(enum wsync_doctor_severity severity,
                                 enum wsync_language language)
{
    static const char *const WORDS[][2] = {
        [WSYNC_DOCTOR_WARNING] = {"CẦN XEM", "WARNING"},
        [WSYNC_DOCTOR_CRITICAL] = {"NGHIÊM TRỌNG", "CRITICAL"},
    };
    return WORDS[severity][language];
}

void wsync_doctor_find(struct wsync_doctor *doctor, const struct wsync_doctor_words *words, ...)
{
    const struct wsync_cli *cli = doctor->cli;
    char what[WHAT_BYTES];
    va_list arguments;
    va_start(arguments, words);
    vsnprintf(what, sizeof what, words->what[cli->language], arguments);
    va_end(arguments);
    doctor->findings++;
    doctor->worst = words->severity > doctor->worst ? words->severity : doctor->worst;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "finding", words->name);
        wsync_json_string(json, "severity",
                          words->severity == WSYNC_DOCTOR_CRITICAL ? "critical" : "warning");
        wsync_json_string(json, "what", what);
        wsync_json_string(json, "step", words->step[cli->language]);
        wsync_json_print(json, stdout);
        return;
    }
    printf("%s  %s: %s\n    %s\n", severity_word(words->severity, cli->language), words->name,
           what, words->step[cli->language]);
}

int wsync_doctor_end(const struct wsync_doctor *doctor)
{
    static const char *const WORSTS[] = {"ok", "warning", "critical"};
    const struct wsync_cli *cli = doctor->cli;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "worst", WORSTS[doctor->worst]);
        wsync_json_number(json, "findings", doctor->findings);
        wsync_json_print(json, stdout);
    } else if (doctor->findings == 0) {
        printf("%s\n",
               cli->language == WSYNC_VI ? "Không thấy gì sai." : "Nothing is wrong here.");
    }
    return (int)doctor->worst;
}

static const struct wsync_doctor_words CLOSED = {
    WSYNC_DOCTOR_CRITICAL,
    "site",
    {"%s", "%s"},
    {"Không có bước nào khác trước khi sửa xong việc này.",
     "Nothing else works before that is set right."}};

int wsync_doctor_stop(struct wsync_doctor *doctor, enum wsync_err err,
                      const struct wsync_error *error)
{
    enum wsync_language language = doctor->cli->language;
    char room[WSYNC_WORDS_BYTES];
    if (err != WSYNC_OK) {
        wsync_doctor_find(doctor, &CLOSED,
                          error->text[0] ? wsync_words(language, error->text, room)
                                         : wsync_err_text(err, language));
    }
    return wsync_doctor_end(doctor);
}

/* ---- the folder ---- */

static const struct wsync_doctor_words KEY_OPEN = {
    WSYNC_DOCTOR_CRITICAL,
    "keys",
    {"Người khác trên máy này đọc được %s (quyền %03o).",
     "Others on this machine can read %s (mode %03o)."},
    {"Chạy chmod 600 cho tệp; nếu người lạ đã đọc được, báo quận để đổi khóa.",
     "Run chmod 600 on it; if a stranger may have read it, have the keys rotated."}};

static const struct wsync_doctor_words KEY_FOLDER = {
    WSYNC_DOCTOR_CRITICAL,
    "keys",
    {"Không đọc được thư mục %s.", "The folder %s cannot be read."},
    {"Chạy lệnh bằng tài khoản của wardsync, hoặc khôi phục thư mục từ bản sao lưu.",
     "Run this as the account that wardsync runs under, or put the folder back from a "
     "backup."}};

static void look_at_keys(struct wsync_doctor *doctor, const char *data_dir)
{
    char folder[WSYNC_SITE_PATH_BYTES];
    DIR *keys = opendir(wsync_site_file(data_dir, "keys", folder));
    if (!keys && errno == ENOENT) {
        return; /* they may come from elsewhere; opening the site says what is missing */
    }
    if (!keys) {
        wsync_doctor_find(doctor, &KEY_FOLDER, folder);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(keys)) != NULL) { /* ends: each turn passes one file */
        char name[sizeof "keys/" + sizeof entry->d_name], file[WSYNC_SITE_PATH_BYTES];
        struct stat about;
        snprintf(name, sizeof name, "keys/%s", entry->d_name);
        bool is_file = strlen(data_dir) + strlen(name) + 2 <= sizeof file &&
                       stat(wsync_site_file(data_dir, name, file), &about) == 0 &&
                       S_ISREG(about.st_mode);
        if (is_file && (about.st_mode & 077) != 0) {
            wsync_doctor_find(doctor, &KEY_OPEN, file, (unsigned)(about.st_mode & 0777));
        }
    }
    closedir(keys);
}

static const struct wsync_doctor_words DISK_LOW = {
    WSYNC_DOCTOR_WARNING,
    "disk",
    {"Ổ đĩa của %s chỉ còn %llu MB.", "The disk of %s has only %llu MB left."},
    {"Dọn bớt tệp khác trên ổ đĩa này.", "Make room on that disk."}};

static const struct wsync_doctor_words DISK_FULL = {
    WSYNC_DOCTOR_CRITICAL,
    "disk",
    {"Ổ đĩa của %s gần đầy: còn %llu MB; sắp không ghi được gì nữa.",
     "The disk of %s is all but full: %llu MB left; soon nothing can be saved."},
    {"Dọn bớt tệp khác trên ổ đĩa này ngay.", "Make room on that disk now."}};

static void look_at_disk(struct wsync_doctor *doctor, const char *data_dir)
{
    struct statvfs about;
    if (statvfs(data_dir, &about) != 0) {
        return; /* opening the site says why */
    }
    unsigned long long left = (unsigned long long)about.f_bavail * about.f_frsize / MIB;
    if (left < DISK_MIB_LEAST) {
        wsync_doctor_find(doctor, &DISK_FULL, data_dir, left);
    } else if (left < DISK_MIB_LOW) {
        wsync_doctor_find(doctor, &DISK_LOW, data_dir, left);
    }
}

void wsync_doctor_folder(struct wsync_doctor *doctor, const char *data_dir)
{
    look_at_keys(doctor, data_dir);
    look_at_disk(doctor, data_dir);
}

/* ---- the store ---- */

static const struct wsync_doctor_words STORE_WARNING = {
    WSYNC_DOCTOR_WARNING,
    "store",
    {"Kho đã dùng %u%% chỗ tối đa của nó.", "The store uses %u%% of the most it can hold."},
    {"Báo người quản trị phần mềm trước khi đầy.",
     "Tell whoever maintains wardsync before it is full."}};

static const struct wsync_doctor_words STORE_CRITICAL = {
    WSYNC_DOCTOR_CRITICAL,
    "store",
    {"Kho đã dùng %u%% chỗ tối đa của nó; sắp không ghi được gì nữa.",
     "The store uses %u%% of the most it can hold; soon nothing can be saved."},
    {"Báo người quản trị phần mềm ngay.", "Tell whoever maintains wardsync now."}};

static void look_at_room(struct wsync_doctor *doctor, const struct wsync_site *site)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct stat about;
    if (stat(wsync_site_file(site->path, "store/data.mdb", file), &about) != 0) {
        return;
    }
    unsigned percent = (unsigned)((uint64_t)about.st_size / (WSYNC_STORE_LMDB_MAP_BYTES / 100));
    if (percent >= STORE_PERCENT_CRITICAL) {
        wsync_doctor_find(doctor, &STORE_CRITICAL, percent);
    } else if (percent >= STORE_PERCENT_WARNING) {
        wsync_doctor_find(doctor, &STORE_WARNING, percent);
    }
}

static const struct wsync_doctor_words DAMAGED = {
    WSYNC_DOCTOR_CRITICAL,
    "damage",
    {"%llu chỗ trong nhật ký bị hỏng; chỗ đầu: %.8s-%llu.",
     "%llu places of the logs are damaged; the first: %.8s-%llu."},
    {"Chạy \"verify\", rồi đặt lại thư mục dữ liệu từ bản sao lưu.",
     "Run \"verify\", then put a backup of the data directory in place."}};

static enum wsync_err look_for_damage(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct wsync_scrub_damage damage;
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    enum wsync_err err = wsync_scrub_known(site->txn, &damage);
    if (err == WSYNC_OK && damage.places > 0) {
        wsync_hex_encode(WSYNC_BYTES(damage.log), log);
        wsync_doctor_find(doctor, &DAMAGED, (unsigned long long)damage.places, log,
                          (unsigned long long)damage.seq);
    }
    return err;
}

static const struct wsync_doctor_words QUARANTINED = {
    WSYNC_DOCTOR_WARNING,
    "quarantine",
    {"%llu thay đổi bị cách ly, không được tính; cũ nhất từ %s.",
     "%llu changes are quarantined and do not count; the oldest since %s."},
    {"Xem \"quarantine\": quận công nhận, hoặc phường nhập lại điều đúng.",
     "See \"quarantine\": the district adopts them, or the ward enters what is right."}};

static const struct wsync_doctor_words WAITING = {
    WSYNC_DOCTOR_WARNING,
    "waiting",
    {"%llu thay đổi chờ một mẫu hoặc bản ghi chưa đến, cũ nhất từ %s.",
     "%llu changes wait for a form or a record that has not come, the oldest since %s."},
    {"Chúng được tính khi thứ còn thiếu đến: để mọi phường đồng bộ một lần.",
     "They count once what they lack arrives: have every ward sync once."}};

/* How many changes a table names whose state is `state`, and the stamp of the oldest. */
static enum wsync_err count_changes(struct wsync_txn *txn, enum wsync_table table,
                                    enum wsync_change_state state, uint64_t *count,
                                    int64_t *oldest)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = WSYNC_OK;
    *count = 0;
    *oldest = INT64_MAX;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        struct wsync_change change;
        err = wsync_txn_seek(txn, table, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        const uint8_t *at = entry.key.data + entry.key.len - CHANGE_BYTES;
        uint64_t log_no = 0, seq = 0;
        for (size_t i = 0; i < CHANGE_BYTES; i++) {
            uint64_t *number = i < 4 ? &log_no : &seq;
            *number = *number << 8 | at[i];
        }
        err = wsync_log_change(txn, (uint32_t)log_no, seq, &change);
        if (err == WSYNC_OK && change.state == state) {
            ++*count;
            *oldest = change.stamp < *oldest ? change.stamp : *oldest;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err look_at_unsettled(struct wsync_doctor *doctor, struct wsync_site *site)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    uint64_t count;
    int64_t oldest;
    enum wsync_err err = count_changes(site->txn, WSYNC_TABLE_QUARANTINE,
                                       WSYNC_CHANGE_QUARANTINED, &count, &oldest);
    if (err == WSYNC_OK && count > 0) {
        wsync_view_time(oldest, when);
        wsync_doctor_find(doctor, &QUARANTINED, (unsigned long long)count, when);
    }
    if (err == WSYNC_OK) {
        err = count_changes(site->txn, WSYNC_TABLE_WAITING, WSYNC_CHANGE_WAITING, &count,
                            &oldest);
    }
    bool stuck = count > 0 && oldest < wsync_clock_wall_s() - STUCK_DAYS * SECONDS_A_DAY;
    if (err == WSYNC_OK && stuck) {
        wsync_view_time(oldest, when);
        wsync_doctor_find(doctor, &WAITING, (unsigned long long)count, when);
    }
    return err;
}

static const struct wsync_doctor_words UNNAMED = {
    WSYNC_DOCTOR_WARNING,
    "photos",
    {"%llu ảnh hoặc tệp (%s) trên đĩa không có bản ghi nào nêu tên.",
     "%llu photos or files (%s) on the disk are named by no record."},
    {"Không có gì bị mất; \"photos prune\" xóa những tệp cũ hơn một ngày.",
     "Nothing is lost by it; \"photos prune\" removes those that are older than a day."}};

static enum wsync_err look_at_photos(struct wsync_doctor *doctor, struct wsync_site *site)
{
    char size[WSYNC_PHOTO_SIZE_BYTES];
    struct wsync_photo_unnamed unnamed;
    enum wsync_err err = wsync_photos_unnamed(site, false, &unnamed);
    if (err == WSYNC_OK && unnamed.count > 0) {
        wsync_doctor_find(doctor, &UNNAMED, (unsigned long long)unnamed.count,
                          wsync_photo_size(unnamed.bytes, size));
    }
    return err;
}

enum wsync_err wsync_doctor_store(struct wsync_doctor *doctor, struct wsync_site *site)
{
    look_at_room(doctor, site);
    enum wsync_err err = look_for_damage(doctor, site);
    if (err == WSYNC_OK) {
        err = look_at_photos(doctor, site);
    }
    return err == WSYNC_OK ? look_at_unsettled(doctor, site) : err;
}

/* ---- clock and keys ---- */

static const struct wsync_doctor_words CLOCK[] = {
    {WSYNC_DOCTOR_WARNING,
     "clock",
     {"Đồng hồ của máy này nhanh %lld giây.", "The clock of this machine is %lld s ahead."},
     {"Chỉnh giờ, tốt nhất để máy tự lấy giờ qua mạng.",
      "Set it, best by letting the machine take the time from the network."}},
    {WSYNC_DOCTOR_WARNING,
     "clock",
     {"Đồng hồ của máy này chậm %lld giây.", "The clock of this machine is %lld s behind."},
     {"Chỉnh giờ, tốt nhất để máy tự lấy giờ qua mạng.",
      "Set it, best by letting the machine take the time from the network."}},
    {WSYNC_DOCTOR_CRITICAL,
     "clock",
     {"Đồng hồ của máy này nhanh %lld giây, tức hơn một ngày: ngày ghi vào số liệu sẽ sai.",
      "The clock of this machine is %lld s ahead, more than a day: what is recorded carries a "
      "wrong day."},
     {"Chỉnh giờ trước khi ghi tiếp.", "Set it before anybody records more."}},
    {WSYNC_DOCTOR_CRITICAL,
     "clock",
     {"Đồng hồ của máy này chậm %lld giây, tức hơn một ngày: ngày ghi vào số liệu sẽ sai.",
      "The clock of this machine is %lld s behind, more than a day: what is recorded carries a "
      "wrong day."},
     {"Chỉnh giờ trước khi ghi tiếp.", "Set it before anybody records more."}},
};

void wsync_doctor_clock(struct wsync_doctor *doctor, int64_t ahead_s)
{
    long long off = llabs((long long)ahead_s);
    if (off > SKEW_WARNING_S) {
        size_t at = (off > SKEW_CRITICAL_S ? 2U : 0U) + (ahead_s > 0 ? 0U : 1U);
        wsync_doctor_find(doctor, &CLOCK[at], off);
    }
}

static const struct wsync_doctor_words WARD_CLOCKS = {
    WSYNC_DOCTOR_WARNING,
    "ward-clocks",
    {"Đồng hồ của %u thiết bị lệch hơn hai phút.",
     "The clocks of %u devices are off by more than two minutes."},
    {"\"district wards\" cho biết máy nào; phường chỉnh giờ.",
     "\"district wards\" says which; the wards set them."}};

static int smaller_first(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

void wsync_doctor_clocks(struct wsync_doctor *doctor, int64_t *ahead_s, size_t count)
{
    int64_t middle = 0;
    unsigned off = 0;
    if (count >= CLOCKS_LEAST) {
        qsort(ahead_s, count, sizeof *ahead_s, smaller_first);
        middle = ahead_s[count / 2];
        wsync_doctor_clock(doctor, -middle);
    }
    for (size_t i = 0; i < count; i++) {
        off += llabs((long long)(ahead_s[i] - middle)) > SKEW_WARNING_S;
    }
    if (off > 0) {
        wsync_doctor_find(doctor, &WARD_CLOCKS, off);
    }
}

/* ---- the roots ---- */

static const struct wsync_doctor_words EXPIRED = {
    WSYNC_DOCTOR_WARNING,
    "expired",
    {"Danh sách thiết bị hết hạn từ %s: không đăng ký thêm thiết bị mới được.",
     "The roster's word for new devices ended at %s: nobody new can be enrolled."},
    {"Việc ghi, đồng bộ và xuất vẫn chạy. Quận cần một tuyên bố mới bằng khóa gốc.",
     "Recording, sync and export go on. The district needs a new root statement; a ward "
     "that has not heard of one syncs."}};

static const struct wsync_doctor_words EXPIRES = {
    WSYNC_DOCTOR_WARNING,
    "expires",
    {"Danh sách thiết bị hết hạn lúc %s; sau đó không đăng ký thêm thiết bị mới được.",
     "The roster's word for new devices ends at %s; nobody new can be enrolled after that."},
    {"Ký một tuyên bố mới bằng khóa gốc trước ngày đó.",
     "Sign a new root statement before that."}};

enum wsync_err wsync_doctor_roots(struct wsync_doctor *doctor, struct wsync_site *site)
{
    struct wsync_roster roster;
    char when[WSYNC_VIEW_TIME_BYTES];
    int64_t now = wsync_clock_wall_s();
    enum wsync_err err = wsync_roster_get(site->txn, &roster);
    int64_t expires = roster.authority.root.expires;
    if (err != WSYNC_OK || expires == 0) {
        return err;
    }
    wsync_view_time(expires, when);
    if (expires < now) {
        wsync_doctor_find(doctor, &EXPIRED, when);
    } else if (site->conf.kind == WSYNC_SITE_DISTRICT &&
               expires < now + EXPIRY_DAYS * SECONDS_A_DAY) {
        wsync_doctor_find(doctor, &EXPIRES, when);
    }
    return WSYNC_OK;
}

int wsync_doctor_run(struct wsync_cli *cli, enum wsync_site_kind kind,
                     wsync_doctor_examine *examine)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_doctor doctor = {.cli = cli};
    if (cli->argc != 0) {
        return wsync_cli_usage(cli, "It takes no \"%s\".", cli->argv[0]);
    }
    wsync_doctor_folder(&doctor, cli->data_dir);
    enum wsync_err err = wsync_site_open(cli->data_dir, kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_doctor_stop(&doctor, err, &error);
    }
    err = examine(&doctor, &site, &error);
    wsync_site_close(&site);
    return wsync_doctor_stop(&doctor, err, &error);
}
