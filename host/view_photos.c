/* SPDX-License-Identifier: Apache-2.0 */
/* The command `photos` of both programs. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/given.h"
#include "host/photo.h"
#include "host/photo_list.h"
#include "host/view.h"
#include "wardsync/calendar.h"

const struct wsync_cli_option WSYNC_VIEW_PHOTOS_OPTIONS[] = {
    {"missing", NULL, "only those that are not here yet"},
    {"field", "FIELD", "which one, when the record has several"},
    {"out", "FILE", "where \"get\" writes it; - is stdout (RECORD-FIELD.jpg)"},
    {NULL, NULL, NULL},
};

enum { PATH_BYTES = 1024, PREFIX_MIN = 6 };

/* ---- list ---- */

struct listing {
    struct wsync_cli *cli;
    struct wsync_site *site;
    bool missing_only;
    uint64_t count, bytes, here, partly, missing, to_come_bytes;
};

static void count_item(struct listing *listing, const struct wsync_photo_state *state)
{
    listing->count++;
    listing->bytes += state->name.length;
    listing->here += state->here;
    listing->partly += !state->here && state->here_bytes > 0;
    listing->missing += !state->here && state->here_bytes == 0;
    listing->to_come_bytes += state->name.length - state->here_bytes;
}

static void print_item(const struct listing *listing, const struct wsync_photo_item *item,
                       const char *id, bool held)
{
    bool vi = listing->cli->language == WSYNC_VI;
    char day[WSYNC_ISO_DATE_BYTES] = "-", words[WSYNC_PHOTO_WORDS_BYTES];
    if (item->day != WSYNC_NO_DAY) {
        wsync_calendar_print(item->day, day);
    }
    printf("%-14s %-10s %-12.*s %-14.*s %s%s%s\n", id, day, (int)item->form->name.len,
           (const char *)item->form->name.data, (int)item->field->name.len,
           (const char *)item->field->name.data,
           wsync_photo_words(&item->state, item->field, listing->cli->language, words),
           !held ? "" : vi ? ", quận đã nhận" : ", the district holds it",
           item->shown ? "" : vi ? " (xung đột, không hiển thị)" : " (in conflict, not shown)");
}

static void item_json(const struct listing *listing, const struct wsync_photo_item *item,
                      const char *id, bool held)
{
    char name[WSYNC_PHOTO_NAME_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "record", id);
    wsync_json_text(json, "form", item->form->name);
    wsync_json_number(json, "unit", item->record->scope);
    wsync_json_text(json, "field", item->field->name);
    wsync_json_string(json, "name", wsync_photo_name_print(&item->state.name, name));
    wsync_json_number(json, "bytes", (int64_t)item->state.name.length);
    wsync_json_number(json, "here_bytes", (int64_t)item->state.here_bytes);
    wsync_json_string(json, "state", wsync_photo_state_name(&item->state));
    wsync_json_bool(json, "shown", item->shown);
    if (listing->cli->kind == WSYNC_SITE_WARD) {
        wsync_json_bool(json, "held", held);
    }
    wsync_json_print(json, stdout);
}

static enum wsync_err list_item(void *context, const struct wsync_photo_item *item)
{
    struct listing *listing = context;
    char id[WSYNC_RECORD_ID_BYTES];
    bool held;
    enum wsync_err err = wsync_record_name(listing->site->txn, item->record->id, id);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_blob_is_held(listing->site->txn, &item->state.name, &held);
    if (err != WSYNC_OK) {
        return err;
    }
    count_item(listing, &item->state);
    if (listing->missing_only && item->state.here) {
        return WSYNC_OK;
    }
    if (listing->cli->json) {
        item_json(listing, item, id, held);
    } else {
        print_item(listing, item, id, held);
    }
    return WSYNC_OK;
}

static enum wsync_err list(struct wsync_cli *cli, struct wsync_site *site)
{
    char all[WSYNC_PHOTO_SIZE_BYTES], rest[WSYNC_PHOTO_SIZE_BYTES];
    struct listing listing = {
        .cli = cli, .site = site, .missing_only = wsync_cli_flag(cli, "missing")};
    enum wsync_err err = wsync_photos_walk(site, list_item, &listing);
    if (err == WSYNC_OK) {
        wsync_cli_say(cli,
                      cli->language == WSYNC_VI
                          ? "%llu ảnh và tệp (%s): %llu ở đây, %llu đến một phần, %llu chưa "
                            "đến (còn %s)."
                          : "%llu photos and files (%s): %llu here, %llu partly, %llu not yet "
                            "(%s to come).",
                      (unsigned long long)listing.count, wsync_photo_size(listing.bytes, all),
                      (unsigned long long)listing.here, (unsigned long long)listing.partly,
                      (unsigned long long)listing.missing,
                      wsync_photo_size(listing.to_come_bytes, rest));
    }
    return err;
}

/* ---- get ---- */

/* The one attachment that a word of the command line and --field mean. */
struct pick {
    struct wsync_site *site;
    const char *field;
    bool by_name;
    struct wsync_slice prefix; /* of the name */
    struct wsync_dot record;
    struct wsync_blob_name name;
    bool several;
    char file[WSYNC_RECORD_ID_BYTES + WSYNC_NAME_BYTES_MAX + 8]; /* without its ending */
};

static enum wsync_err pick_item(void *context, const struct wsync_photo_item *item)
{
    struct pick *pick = context;
    char name[WSYNC_PHOTO_NAME_BYTES], id[WSYNC_RECORD_ID_BYTES];
    wsync_photo_name_print(&item->state.name, name);
    bool meant = pick->by_name ? wsync_slice_starts(wsync_slice_of(name), pick->prefix)
                               : wsync_dot_equal(item->record->id, pick->record) && item->shown;
    if (pick->field) {
        meant = meant && wsync_slice_equal(item->field->name, wsync_slice_of(pick->field));
    }
    if (!meant || wsync_blob_name_equal(&item->state.name, &pick->name)) {
        return WSYNC_OK;
    }
    pick->several = pick->name.length > 0;
    pick->name = item->state.name;
    enum wsync_err err = wsync_record_name(pick->site->txn, item->record->id, id);
    snprintf(pick->file, sizeof pick->file, "%s-%.*s", id, (int)item->field->name.len,
             (const char *)item->field->name.data);
    return err;
}

static bool is_hex(const char *word)
{
    size_t len = strspn(word, "0123456789abcdef");
    return len >= PREFIX_MIN && (word[len] == '\0' || len == 2 * WSYNC_HASH_BYTES);
}

static enum wsync_err find(struct pick *pick, const char *word, struct wsync_error *error)
{
    pick->by_name = is_hex(word);
    pick->prefix = wsync_slice_of(word);
    enum wsync_err err =
        pick->by_name ? WSYNC_OK
                      : wsync_record_named(pick->site->txn, word, &pick->record, error);
    if (err == WSYNC_OK) {
        err = wsync_photos_walk(pick->site, pick_item, pick);
    }
    if (err == WSYNC_OK && pick->name.length == 0) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "No photo of \"%s\" is known here; \"photos\" lists them.",
                               word);
    }
    if (err == WSYNC_OK && pick->several) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" has several photos; say which by --field.", word);
    }
    return err;
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static enum wsync_err write_out(struct wsync_cli *cli, const struct pick *pick,
                                struct wsync_slice picture, struct wsync_error *error)
{
    static const struct {
        uint32_t kind;
        const char *ending;
    } ENDINGS[] = {{WSYNC_PHOTO_JPEG, ".jpg"},
                   {WSYNC_PHOTO_PNG, ".png"},
                   {WSYNC_PHOTO_WEBP, ".webp"},
                   {WSYNC_PHOTO_PDF, ".pdf"}};
    char own[PATH_BYTES];
    const char *out = wsync_cli_value(cli, "out"), *ending = ".bin";
    if (out && strcmp(out, "-") == 0) {
        return fwrite(picture.data, 1, picture.len, stdout) == picture.len
                   ? WSYNC_OK
                   : wsync_error_set(error, WSYNC_ERR_STORE_IO, "stdout takes no more.");
    }
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        ending = wsync_photo_kind(picture) == ENDINGS[i].kind ? ENDINGS[i].ending : ending;
    }
    snprintf(own, sizeof own, "%s%s", pick->file, ending);
    out = out ? out : own;
    enum wsync_err err = wsync_given_check(out, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct stat there;
    bool is_there = lstat(out, &there) == 0;
    if (is_there && !(cli->yes && S_ISREG(there.st_mode))) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "%s is there already; name another file by --out%s.", out,
                               S_ISREG(there.st_mode) ? ", or --yes writes over it" : "");
    }
    err = wsync_file_write_durably(out, 0600, picture, error);
    if (err == WSYNC_OK) {
        printf("%s\n", out);
    }
    return err;
}

static enum wsync_err get(struct wsync_cli *cli, struct wsync_site *site,
                          struct wsync_error *error)
{
    struct pick pick = {.site = site, .field = wsync_cli_value(cli, "field")};
    enum wsync_err err = find(&pick, cli->argv[1], error);
    if (err != WSYNC_OK) {
        return err;
    }
    __attribute__((cleanup(free_bytes))) uint8_t *bytes =
        malloc((size_t)wsync_blob_chunk_count(&pick.name) * WSYNC_BLOB_CHUNK_BYTES);
    if (!bytes) {
        return WSYNC_ERR_MEMORY;
    }
    err = wsync_photo_read(site->blobs, &pick.name, bytes);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err, "The photo of \"%s\" is not here yet; \"photos\" "
                                           "tells how much of it is.", cli->argv[1]);
    }
    if (err == WSYNC_ERR_CORRUPT) {
        return wsync_error_set(error, err, "The photo of \"%s\" is damaged on this disk; "
                                           "\"photos verify\" has it fetched again.",
                               cli->argv[1]);
    }
    return err == WSYNC_OK
               ? write_out(cli, &pick, wsync_slice(bytes, (size_t)pick.name.length), error)
               : err;
}

/* ---- verify, prune ---- */

static void tell_damage(void *context, const struct wsync_blob_name *name, const char *path)
{
    const struct wsync_cli *cli = context;
    char text[WSYNC_PHOTO_NAME_BYTES];
    wsync_photo_name_print(name, text);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "finding", "photo");
        wsync_json_string(json, "name", text);
        wsync_json_string(json, "put_aside", path);
        wsync_json_print(json, stdout);
        return;
    }
    printf(cli->language == WSYNC_VI
               ? "ảnh %s bị hỏng trên đĩa; để riêng tại %s.damaged, sẽ được tải lại\n"
               : "photo %s is damaged on the disk; put aside as %s.damaged, to be fetched "
                 "again\n",
           text, path);
}

enum wsync_err wsync_view_photos_verify(struct wsync_cli *cli, struct wsync_site *site,
                                        uint64_t *damaged)
{
    char size[WSYNC_PHOTO_SIZE_BYTES];
    struct wsync_photo_check check;
    if (site->txn) {
        wsync_site_abort(site);
    }
    enum wsync_err err = wsync_photos_verify(site, &check, tell_damage, cli);
    *damaged = check.damaged;
    if (err == WSYNC_OK && check.count + check.damaged > 0) {
        wsync_cli_say(cli,
                      cli->language == WSYNC_VI ? "Ảnh và tệp: %llu đúng (%s), %llu hỏng."
                                                : "photos and files: %llu hold (%s), %llu are "
                                                  "damaged.",
                      (unsigned long long)check.count, wsync_photo_size(check.bytes, size),
                      (unsigned long long)check.damaged);
    }
    return err;
}

static enum wsync_err prune(struct wsync_cli *cli, struct wsync_site *site,
                            struct wsync_error *error)
{
    char size[WSYNC_PHOTO_SIZE_BYTES];
    struct wsync_photo_unnamed unnamed;
    wsync_site_abort(site);
    enum wsync_err err =
        wsync_site_begin(site, cli->dry_run ? WSYNC_TXN_READ : WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_photos_unnamed(site, !cli->dry_run, &unnamed);
    }
    if (err == WSYNC_OK) {
        printf(cli->language == WSYNC_VI
                   ? "%llu tệp (%s) không có bản ghi nào nêu tên; đã xóa %llu\n"
                   : "%llu files (%s) are named by no record; %llu removed\n",
               (unsigned long long)unnamed.count, wsync_photo_size(unnamed.bytes, size),
               (unsigned long long)unnamed.removed);
    }
    return err;
}

/* ---- what waits ---- */

void wsync_view_photos_wait(const struct wsync_cli *cli, const struct wsync_blob_sums *sums)
{
    char size[WSYNC_PHOTO_SIZE_BYTES];
    bool vi = cli->language == WSYNC_VI;
    if (sums->to_give.count > 0) {
        printf(vi ? "  ảnh và tệp chờ gửi: %llu (%s); số liệu không chờ ảnh\n"
                  : "  photos and files waiting to be sent: %llu (%s); numbers do not wait for "
                    "them\n",
               (unsigned long long)sums->to_give.count,
               wsync_photo_size(sums->to_give.bytes, size));
    }
    if (sums->wanted.count > 0) {
        printf(vi ? "  ảnh và tệp chưa đến: %llu (%s); xem \"%s photos --missing\"\n"
                  : "  photos and files not here yet: %llu (%s); \"%s photos --missing\"\n",
               (unsigned long long)sums->wanted.count,
               wsync_photo_size(sums->wanted.bytes, size), cli->program);
    }
}

void wsync_view_photos_json(struct wsync_json *json, const struct wsync_blob_sums *sums)
{
    wsync_json_number(json, "photos", (int64_t)sums->named.count);
    wsync_json_number(json, "photos_bytes", (int64_t)sums->named.bytes);
    wsync_json_number(json, "photos_to_send", (int64_t)sums->to_give.count);
    wsync_json_number(json, "photos_to_send_bytes", (int64_t)sums->to_give.bytes);
    wsync_json_number(json, "photos_to_come", (int64_t)sums->wanted.count);
    wsync_json_number(json, "photos_to_come_bytes", (int64_t)sums->wanted.bytes);
}

int wsync_view_photos(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t damaged = 0;
    const char *word = cli->argc > 0 ? cli->argv[0] : "list";
    bool lists = strcmp(word, "list") == 0, gets = strcmp(word, "get") == 0;
    bool verifies = strcmp(word, "verify") == 0, prunes = strcmp(word, "prune") == 0;
    if ((!lists && !gets && !verifies && !prunes) || cli->argc > 1 + gets ||
        (gets && cli->argc != 2)) {
        return wsync_cli_usage(cli, "Expected list, get RECORD, verify or prune.");
    }
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = lists      ? list(cli, &site)
                         : gets     ? get(cli, &site, &error)
                         : verifies ? wsync_view_photos_verify(cli, &site, &damaged)
                                    : prune(cli, &site, &error);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return damaged > 0 ? WSYNC_CLI_FINDINGS : 0;
}
