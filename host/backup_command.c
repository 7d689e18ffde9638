/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/admin_note.h"
#include "host/backup.h"
#include "host/backup_folder.h"
#include "host/backup_seal.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/given.h"
#include "host/keys_sealed.h"
#include "host/passphrase.h"
#include "host/site_conf.h"
#include "host/view.h"
#include "wardsync/crypto.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, SECONDS_A_DAY = 86400 };
enum { KEEP_DEFAULT = 7, KEEP_DAYS_DEFAULT = 30, NAME_BYTES = 256 };

const struct wsync_cli_option WSYNC_BACKUP_OPTIONS[] = {
    {"to", "FOLDER", "where backups are kept (site.conf, [backup] folder, or DIR/backups)"},
    {"kept", NULL, "verify, out, restore: FILE is the name of one that is kept there"},
    {"key", "FILE", "verify, restore: the file of the admin's key"},
    {"passphrase-file", "FILE", "where its passphrase is; - for standard input"},
    {"force", NULL, "restore: move what stands at the data directory aside"},
    {"keep", "N", "prune: how many of the last ones stay (7)"},
    {"keep-days", "N", "prune: how many days every one stays (30)"},
    {NULL, NULL, NULL},
};

static const char *say(const struct wsync_cli *cli, const char *vi, const char *en)
{
    return cli->language == WSYNC_VI ? vi : en;
}

/* A file that somebody names; from a page only what came along (given.h). */
static enum wsync_err check_given(const char *path, struct wsync_error *error)
{
    return path ? wsync_given_check(path, error) : WSYNC_OK;
}

/* Where backups are kept, as ordered, configured, or by default. */
static enum wsync_err find_folder(const struct wsync_cli *cli, char folder[PATH_BYTES],
                                  struct wsync_error *error)
{
    struct wsync_site_conf conf;
    const char *given = wsync_cli_value(cli, "to");
    if (!given) {
        return wsync_backup_folder(cli->data_dir, &conf, folder, error);
    }
    enum wsync_err err = check_given(given, error);
    if (err != WSYNC_OK) {
        return err;
    }
    int len = snprintf(folder, PATH_BYTES, "%s", given);
    return len > 0 && len < PATH_BYTES ? WSYNC_OK
                                       : wsync_error_set(error, WSYNC_ERR_INVALID,
                                                         "The path of the folder is too long.");
}

/* The path of a backup: as given, or (--kept) that of this name in the folder. */
static enum wsync_err find_file(const struct wsync_cli *cli, const char *given,
                                char file[PATH_BYTES], struct wsync_error *error)
{
    char folder[PATH_BYTES];
    if (!wsync_cli_flag(cli, "kept")) {
        snprintf(file, PATH_BYTES, "%s", given);
        return check_given(given, error);
    }
    if (!wsync_backup_is_name(given)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%.100s is no name of a backup.",
                               given);
    }
    enum wsync_err err = find_folder(cli, folder, error);
    if (err == WSYNC_OK) {
        wsync_site_file(folder, given, file);
    }
    return err;
}

/* ---- the admin's key ---- */

static void print_key(const struct wsync_cli *cli, const struct wsync_signing_key *key)
{
    char digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*key), digits);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "key", digits);
        wsync_json_print(json, stdout);
    } else {
        printf("%s\n", digits);
    }
}

static enum wsync_err note(const struct wsync_cli *cli, const char *text,
                           struct wsync_error *error)
{
    const struct wsync_admin_desk desk = {cli->data_dir, cli->kind};
    return wsync_admin_note(&desk, WSYNC_ADMIN_BACKUP, text, error);
}

/* "out=FILE": what was done with one, without its folder. */
static enum wsync_err note_file(const struct wsync_cli *cli, const char *what,
                                const char *file, struct wsync_error *error)
{
    char text[NAME_BYTES + 16];
    const char *slash = strrchr(file, '/');
    snprintf(text, sizeof text, "%s=%.*s", what, NAME_BYTES, slash ? slash + 1 : file);
    return note(cli, text, error);
}

/* On a machine without a data directory the key is printed alone. */
static enum wsync_err configure(const struct wsync_cli *cli,
                                const struct wsync_signing_key *key, struct wsync_error *error)
{
    char path[PATH_BYTES], digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1], text[96];
    struct wsync_site_conf conf;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(cli->data_dir, "site.conf", path), &conf, error);
    if (err == WSYNC_ERR_NOT_FOUND) {
        wsync_cli_say(cli, "%s",
                      say(cli, "Ở đây không có dữ liệu: chạy \"backup key use\" với khóa này.",
                          "There is no data here: run \"backup key use\" with this key."));
        return WSYNC_OK;
    }
    wsync_hex_encode(WSYNC_BYTES(*key), digits);
    snprintf(text, sizeof text, "key=%s", digits);
    err = err == WSYNC_OK ? note(cli, text, error) : err;
    err = err == WSYNC_OK ? wsync_site_conf_write_backup_key(cli->data_dir, key, error) : err;
    if (err == WSYNC_OK) {
        wsync_cli_say(cli, "%s",
                      say(cli, "Từ nay bản sao lưu được niêm phong bằng khóa này.",
                          "Backups are sealed to this key from now on."));
    }
    return err;
}

static int key_create(struct wsync_cli *cli, const char *path)
{
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    WSYNC_PASSPHRASE passphrase;
    const struct wsync_passphrase_source source = {wsync_cli_value(cli, "passphrase-file"),
                                                   "A passphrase for the admin's key: "};
    enum wsync_err err = check_given(path, &error);
    if (err == WSYNC_OK) {
        err = wsync_passphrase_choose(&source, &passphrase, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_keys_create_sealed(path, wsync_slice(passphrase.b, passphrase.len),
                                       WSYNC_SEAL_MODERATE, &pair, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    struct wsync_signing_key key = pair.key;
    wsync_wipe(&pair, sizeof pair);
    print_key(cli, &key);
    wsync_cli_say(
        cli,
        say(cli,
            "CHÚ Ý: mất %s hoặc mật khẩu của nó thì không ai mở được bản sao lưu nữa.  "
            "Cất ở nơi khác và giữ thêm một bản.",
            "WARNING: without %s or its passphrase nobody can ever open a backup.  "
            "Keep it elsewhere, and a second copy of it."),
        path);
    err = configure(cli, &key, &error);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

static int key_use(struct wsync_cli *cli, const char *digits)
{
    struct wsync_signing_key key;
    struct wsync_transport_key curve;
    struct wsync_error error = {{0}};
    if (!wsync_hex_decode(wsync_slice_of(digits), key.b, sizeof key.b) ||
        !wsync_backup_key_of(&key, &curve)) {
        return wsync_cli_usage(cli,
                               "\"key use\" takes the %d digits that \"key create\" prints.",
                               2 * WSYNC_PUBLIC_KEY_BYTES);
    }
    enum wsync_err err = configure(cli, &key, &error);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

static enum wsync_err load_key(const struct wsync_cli *cli, const char *path,
                               struct wsync_signing_pair *pair, struct wsync_error *error)
{
    bool sealed;
    struct wsync_signing_key key;
    WSYNC_PASSPHRASE passphrase;
    const struct wsync_passphrase_source source = {wsync_cli_value(cli, "passphrase-file"),
                                                   "The passphrase of the admin's key: "};
    enum wsync_err err = check_given(path, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_peek(path, &sealed, &key, error);
    }
    if (err != WSYNC_OK || !sealed) {
        return err == WSYNC_OK ? wsync_keys_load_signing(path, pair, error) : err;
    }
    err = wsync_passphrase_read(&source, &passphrase, error);
    return err == WSYNC_OK ? wsync_keys_load_sealed(
                                 path, wsync_slice(passphrase.b, passphrase.len), pair, error)
                           : err;
}

/* ---- create, verify, restore ---- */

static void print_manifest(const struct wsync_cli *cli, const char *name,
                           const struct wsync_backup_manifest *manifest, uint64_t size)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    char device[2 * WSYNC_DEVICE_ID_BYTES + 1];
    int64_t age = wsync_clock_wall_s() - manifest->created;
    wsync_view_time(manifest->created, when);
    wsync_hex_encode(WSYNC_BYTES(manifest->device), device);
    if (!cli->json) {
        printf("%s  %s  %" PRIu64 " KB  %s%" PRIu64 "  %s%" PRIu64 "  %s%.12s\n", name, when,
               (size + 1023) / 1024, say(cli, "nhật ký ", "logs "), manifest->logs,
               say(cli, "thay đổi ", "changes "), manifest->changes,
               say(cli, "thiết bị ", "device "), device);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "name", name);
    wsync_json_bool(json, "whole", true);
    wsync_json_string(json, "created", when);
    wsync_json_number(json, "age_s", age < 0 ? 0 : age);
    wsync_json_number(json, "bytes", (int64_t)size);
    wsync_json_string(json, "device", device);
    wsync_json_number(json, "logs", (int64_t)manifest->logs);
    wsync_json_number(json, "changes", (int64_t)manifest->changes);
    wsync_json_number(json, "roster", (int64_t)manifest->roster);
    wsync_json_number(json, "epoch", (int64_t)manifest->epoch);
    wsync_json_number(json, "files", (int64_t)manifest->files);
    wsync_json_print(json, stdout);
}

static int create(struct wsync_cli *cli)
{
    char folder[PATH_BYTES];
    char name[WSYNC_BACKUP_NAME_BYTES] = "";
    struct wsync_error error = {{0}};
    struct wsync_backup_manifest manifest;
    enum wsync_err err = find_folder(cli, folder, &error);
    const struct wsync_backup_order order = {cli->data_dir, cli->kind, folder};
    if (err == WSYNC_OK && !cli->dry_run) {
        err = wsync_backup_create(&order, name, &manifest, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (cli->dry_run) {
        wsync_cli_say(cli, say(cli, "Sẽ tạo trong %s.", "It would be made in %s."), folder);
        return 0;
    }
    print_manifest(cli, name, &manifest, manifest.body);
    return 0;
}

static int verify(struct wsync_cli *cli, const char *given)
{
    const char *path = wsync_cli_value(cli, "key");
    char file[PATH_BYTES];
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    struct wsync_backup_manifest manifest;
    enum wsync_err err = find_file(cli, given, file, &error);
    if (err == WSYNC_OK && path) {
        err = load_key(cli, path, &pair, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_verify(file, cli->data_dir, path ? &pair : NULL, &manifest, &error);
        wsync_wipe(&pair, sizeof pair);
    }
    if (err == WSYNC_OK && wsync_given_by_page()) {
        err = note_file(cli, "read", given, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    print_manifest(cli, file, &manifest, manifest.body);
    wsync_cli_say(
        cli, "%s",
        path ? say(cli, "Mọi tệp đúng, kho dữ liệu mở được và khớp bản kê.",
                   "Every file is right; the store opens and is what the manifest says.")
             : say(cli, "Chữ ký, độ dài và mã băm đúng; nội dung chỉ xem được bằng --key.",
                   "Signature, lengths and hash hold; what is inside was not looked "
                   "at: that takes --key."));
    return 0;
}

/* Whoever carries a backup off, or has a page give it, leaves a row. */
static int out(struct wsync_cli *cli, const char *given)
{
    char file[PATH_BYTES];
    struct wsync_error error = {{0}};
    enum wsync_err err = find_file(cli, given, file, &error);
    if (err == WSYNC_OK && access(file, R_OK) != 0) {
        err = wsync_file_error(errno, "open", file, &error);
    }
    if (err == WSYNC_OK && !cli->dry_run) {
        err = note_file(cli, "out", given, &error);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

static int restore(struct wsync_cli *cli, const char *given)
{
    const char *path = wsync_cli_value(cli, "key");
    char file[PATH_BYTES];
    char aside[PATH_BYTES];
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    struct wsync_backup_manifest manifest;
    enum wsync_err err = find_file(cli, given, file, &error);
    if (err == WSYNC_OK && !path) {
        return wsync_cli_usage(cli, "--key FILE is needed: the admin's key.");
    }
    if (wsync_backup_find_aside(cli->data_dir, aside)) {
        wsync_cli_say(cli,
                      say(cli, "Không có dữ liệu ở %s; một lần khôi phục đã chuyển nó sang %s.",
                          "There is no data at %s; a restore moved what stood there to %s."),
                      cli->data_dir, aside);
    }
    if (err == WSYNC_OK) {
        err = load_key(cli, path, &pair, &error);
    }
    const struct wsync_backup_return order = {file, cli->data_dir, cli->kind, &pair,
                                              wsync_cli_flag(cli, "force")};
    if (err == WSYNC_OK && cli->dry_run) {
        err = wsync_backup_verify(file, cli->data_dir, &pair, &manifest, &error);
        aside[0] = '\0';
    } else if (err == WSYNC_OK) {
        err = wsync_backup_restore(&order, aside, &manifest, &error);
    }
    wsync_wipe(&pair, sizeof pair);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    print_manifest(cli, file, &manifest, manifest.body);
    if (aside[0]) {
        wsync_cli_say(cli, say(cli, "Dữ liệu cũ ở %s.", "What stood there is at %s."), aside);
    }
    wsync_cli_say(
        cli, "%s",
        cli->dry_run ? say(cli, "Chưa đổi gì.", "Nothing was changed.")
                     : say(cli, "Máy sẽ ghi tiếp vào nhật ký mới; đồng bộ để lấy lại phần sau.",
                           "It goes on in new logs; a sync brings back what came later."));
    return 0;
}

/* ---- list, prune ---- */

struct listing {
    const struct wsync_cli *cli;
    unsigned broken, gone;
};

static enum wsync_err see(void *context, const struct wsync_backup_entry *entry)
{
    struct listing *listing = context;
    if (entry->whole) {
        print_manifest(listing->cli, entry->name, &entry->manifest, entry->size);
        return WSYNC_OK;
    }
    listing->broken++;
    if (listing->cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "name", entry->name);
        wsync_json_bool(json, "whole", false);
        wsync_json_string(json, "why", entry->why.text);
        wsync_json_print(json, stdout);
    } else {
        printf("%s  %s%s\n", entry->name, say(listing->cli, "KHÔNG TRỌN VẸN: ", "NOT WHOLE: "),
               entry->why.text);
    }
    return WSYNC_OK;
}

static int list(struct wsync_cli *cli)
{
    char folder[PATH_BYTES];
    struct wsync_error error = {{0}};
    struct listing listing = {.cli = cli};
    enum wsync_err err = find_folder(cli, folder, &error);
    if (err == WSYNC_OK) {
        err = wsync_backup_list(folder, &listing, see, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return listing.broken > 0 ? WSYNC_CLI_FINDINGS : 0;
}

static void tell_gone(void *context, const struct wsync_backup_entry *entry)
{
    struct listing *listing = context;
    listing->gone++;
    printf("%s\n", entry->name);
}

/* False when the option is no number. */
static bool read_number(const struct wsync_cli *cli, const char *name, int64_t *number)
{
    const char *given = wsync_cli_value(cli, name);
    char *end;
    if (!given) {
        return true;
    }
    long value = strtol(given, &end, 10);
    *number = value;
    return *given != '\0' && *end == '\0' && value >= 0 && value <= WSYNC_BACKUP_KEEP_MAX;
}

static enum wsync_err read_device(const struct wsync_cli *cli, struct wsync_device_id *device,
                                  struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err = wsync_site_open_keys(cli->data_dir, cli->kind, &site, error);
    if (err == WSYNC_OK) {
        *device = site.identity.device;
        wsync_site_close(&site);
    }
    wsync_wipe(&site, sizeof site); /* with the keys that were read before it failed, too */
    return err;
}

static int prune(struct wsync_cli *cli)
{
    char folder[PATH_BYTES];
    struct wsync_error error = {{0}};
    struct listing listing = {.cli = cli};
    char text[NAME_BYTES];
    int64_t keep = KEEP_DEFAULT, days = KEEP_DAYS_DEFAULT;
    if (!read_number(cli, "keep", &keep) || !read_number(cli, "keep-days", &days)) {
        return wsync_cli_usage(cli, "--keep and --keep-days take numbers from 0 to %d.",
                               WSYNC_BACKUP_KEEP_MAX);
    }
    struct wsync_backup_policy policy = {.keep = (uint64_t)keep,
                                         .keep_days = days,
                                         .now = wsync_clock_wall_s(),
                                         .dry_run = cli->dry_run};
    enum wsync_err err = find_folder(cli, folder, &error);
    if (err == WSYNC_OK) {
        err = read_device(cli, &policy.device, &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_prune(folder, &policy, &listing, tell_gone, &error);
    }
    if (err == WSYNC_OK && !cli->dry_run) {
        snprintf(text, sizeof text, "removed=%u keep=%lld days=%lld", listing.gone,
                 (long long)keep, (long long)days);
        err = note(cli, text, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  cli->dry_run ? say(cli, "Sẽ xóa %u bản.", "%u would be removed.")
                               : say(cli, "Đã xóa %u bản.", "%u removed."),
                  listing.gone);
    return 0;
}

/* Opened backups that a run which was killed left: anybody who gets the disk can read them. */
static void remove_opened(void *context, const char *path)
{
    const struct wsync_cli *cli = context;
    wsync_backup_remove(path);
    wsync_cli_say(cli,
                  say(cli, "Đã xóa %s, do một lần chạy bị ngắt để lại.",
                      "Removed %s, which a run that was cut short had left."),
                  path);
}

int wsync_backup_command(struct wsync_cli *cli)
{
    static const struct {
        const char *word;
        int (*run)(struct wsync_cli *cli);
        int (*run_file)(struct wsync_cli *cli, const char *file);
    } WORDS[] = {{"create", create, NULL},
                 {"list", list, NULL},
                 {"prune", prune, NULL},
                 {"verify", NULL, verify},
                 {"out", NULL, out},
                 {"restore", NULL, restore}};
    const char *word = cli->argc > 0 ? cli->argv[0] : "";
    if (!cli->dry_run) {
        wsync_backup_left_beside(cli->data_dir, cli, remove_opened);
    }
    if (strcmp(word, "key") == 0 && cli->argc == 3) {
        if (strcmp(cli->argv[1], "create") == 0) {
            return key_create(cli, cli->argv[2]);
        }
        if (strcmp(cli->argv[1], "use") == 0) {
            return key_use(cli, cli->argv[2]);
        }
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        bool file = WORDS[i].run_file != NULL;
        if (strcmp(word, WORDS[i].word) == 0 && cli->argc == (file ? 2 : 1)) {
            return file ? WORDS[i].run_file(cli, cli->argv[1]) : WORDS[i].run(cli);
        }
    }
    return wsync_cli_usage(cli, "Expected one of: " WSYNC_BACKUP_ARGUMENTS ".");
}

/* ---- status and doctor ---- */

void wsync_backup_show(const struct wsync_cli *cli, int64_t when)
{
    char text[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(when, text);
    printf("  %s: %s\n", say(cli, "sao lưu lần cuối", "last backup"),
           when == 0 ? say(cli, "chưa có", "none") : text);
}

void wsync_backup_show_json(struct wsync_json *json, int64_t when)
{
    char text[WSYNC_VIEW_TIME_BYTES];
    int64_t age = wsync_clock_wall_s() - when;
    if (when == 0) {
        wsync_json_null(json, "last_backup");
        return;
    }
    wsync_view_time(when, text);
    wsync_json_string(json, "last_backup", text);
    wsync_json_number(json, "backup_age_s", age < 0 ? 0 : age);
}

static const struct wsync_doctor_words OLD = {
    WSYNC_DOCTOR_WARNING,
    "backup",
    {"Bản sao lưu cuối cùng là từ %s, quá %lld ngày.",
     "The last backup is from %s, older than %lld days."},
    {"Chạy \"backup create\", hoặc đặt lịch cho nó.",
     "Run \"backup create\", or schedule it."}};

static const struct wsync_doctor_words NONE = {
    WSYNC_DOCTOR_WARNING,
    "backup",
    {"Máy này chưa có bản sao lưu nào.", "No backup was ever made of this machine's data."},
    {"Chạy \"backup key create FILE\" một lần, rồi \"backup create\".",
     "Run \"backup key create FILE\" once, then \"backup create\"."}};

static const struct wsync_doctor_words OPENED = {
    WSYNC_DOCTOR_WARNING,
    "backup",
    {"%s là một bản sao lưu đã mở, do một lần chạy bị ngắt để lại.",
     "%s is an opened backup, which a run that was cut short has left."},
    {"Chạy \"backup list\": lệnh ấy xóa nó.", "Run \"backup list\", which removes it."}};

static void find_opened(void *context, const char *path)
{
    wsync_doctor_find(context, &OPENED, path);
}

enum wsync_err wsync_backup_examine(struct wsync_doctor *doctor, struct wsync_site *site)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    int64_t days = site->conf.policy.backup_days;
    int64_t last;
    wsync_backup_left_beside(site->path, doctor, find_opened);
    enum wsync_err err = wsync_backup_last(site->txn, &last);
    if (err != WSYNC_OK || days == 0) {
        return err;
    }
    if (last == 0) {
        wsync_doctor_find(doctor, &NONE);
    } else if (last < wsync_clock_wall_s() - days * SECONDS_A_DAY) {
        wsync_view_time(last, when);
        wsync_doctor_find(doctor, &OLD, when, (long long)days);
    }
    return WSYNC_OK;
}
