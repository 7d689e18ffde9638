/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys list` and `show`. */
#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"
#include "server/device_find.h"
#include "server/key_table.h"
#include "server/keys.h"
#include "server/root_request.h"
#include "server/words.h"

enum { SECONDS_A_DAY = 86400, PRINT_DIGITS_MIN = 4 };

static const struct wsync_cli_head HEADS[] = {
    {10, "", {"khóa", "key"}, {NULL, NULL}},
    {39, "", {"vân tay", "fingerprint"}, {NULL, NULL}},
    {-9, " ", {"số ngày", "days"}, {NULL, NULL}},
    {1, "  ", {"ở đâu, của ai", "where, whose"}, {NULL, NULL}},
    {0, "", {NULL, NULL}, {NULL, NULL}},
};

static int64_t days_since(int64_t stamp)
{
    int64_t passed = wsync_clock_wall_s() - stamp;
    return passed < 0 ? 0 : passed / SECONDS_A_DAY;
}

static void print_line(const char *kind, struct wsync_slice key, int64_t stamp)
{
    wsync_cli_column(kind, 10);
    printf("%s %9lld  ", wsync_fingerprint_of(key).text, (long long)days_since(stamp));
}

static struct wsync_json *begin_json(const char *kind, struct wsync_slice key, uint64_t version,
                                     int64_t stamp)
{
    char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(key, hex);
    wsync_json_string(json, "kind", kind);
    wsync_json_string(json, "key", hex);
    wsync_json_string(json, "fingerprint", wsync_fingerprint_of(key).text);
    wsync_json_number(json, "version", (int64_t)version);
    wsync_json_number(json, "since", stamp);
    return json;
}

/* ---- the keys of the installation ---- */

static void print_key(const struct wsync_cli *cli, const struct server_key_table *table,
                      const struct server_key *row)
{
    struct wsync_slice key = wsync_slice(row->bytes, sizeof row->bytes);
    const char *kind = server_key_word(row->kind);
    bool first = row->kind == SERVER_KEY_TRANSPORT && row->first;
    if (cli->json) {
        struct wsync_json *json = begin_json(kind, key, row->version, row->stamp);
        if (row->file) {
            wsync_json_string(json, "file", row->file);
        } else {
            wsync_json_null(json, "file");
        }
        if (row->kind == SERVER_KEY_TRANSPORT) {
            wsync_json_bool(json, "first", first);
        }
        if (row->kind == SERVER_KEY_ROOT) {
            wsync_json_number(json, "threshold", table->roster.authority.root.threshold);
        }
        wsync_json_print(json, stdout);
        return;
    }
    print_line(kind, key, row->stamp);
    bool vi = cli->language == WSYNC_VI;
    const char *elsewhere = vi ? "ở nơi khác" : "elsewhere";
    const char *tried = vi ? ", thử trước" : ", tried first";
    printf("%s%s\n", row->file ? row->file : elsewhere,
           first && table->district.endpoint_count > 1 ? tried : "");
}

static void print_device(const struct wsync_cli *cli, struct wsync_site *site,
                         const struct wsync_device *device)
{
    const struct wsync_device_key *current = &device->keys[device->key_count - 1];
    struct wsync_slice key = WSYNC_BYTES(current->key);
    bool asked = device->asked > current->version;
    char unit[WSYNC_UNIT_LABEL_BYTES];
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1];
    wsync_units_here_label(site, device->scopes[0], unit);
    wsync_hex_encode(WSYNC_BYTES(device->id), id);
    if (cli->json) {
        struct wsync_json *json = begin_json("device", key, current->version, current->stamp);
        wsync_json_string(json, "device", id);
        wsync_json_string(json, "name", device->name);
        wsync_json_string(json, "role", server_role_name(device->role));
        wsync_json_string(json, "state", server_device_state(device));
        wsync_json_number(json, "unit", device->scopes[0]);
        wsync_json_number(json, "keys", (int64_t)device->key_count);
        wsync_json_bool(json, "asked", asked);
        wsync_json_print(json, stdout);
        return;
    }
    print_line("device", key, current->stamp);
    printf("%s, %s of %s%s%s%s\n", device->name, server_role_name(device->role), unit,
           device->revoked || device->suspended ? ", " : "",
           device->revoked || device->suspended ? server_device_state(device) : "",
           !asked                      ? ""
           : cli->language == WSYNC_VI ? ", được yêu cầu đổi khóa"
                                       : ", asked to rotate");
}

static void print_foot(const struct wsync_cli *cli, const struct server_key_table *table)
{
    const struct wsync_root *root = &table->roster.authority.root;
    char until[WSYNC_VIEW_TIME_BYTES];
    if (cli->json) {
        return;
    }
    wsync_view_time(root->expires, until);
    bool over = root->expires != 0 && root->expires < wsync_clock_wall_s();
    bool vi = cli->language == WSYNC_VI;
    printf(vi ? "Hệ thống %s, danh sách bản %llu; %u trong %zu khóa gốc cùng ký.\n"
              : "Installation %s, roster version %llu; %u of %zu root keys sign together.\n",
           wsync_fingerprint_of_instance(&table->roster.instance).text,
           (unsigned long long)table->roster.version, root->threshold, root->key_count);
    if (root->expires != 0) {
        printf("%s %s: \"district keys root change --expires\".\n",
               over ? (vi ? "Không ai được cấp nữa từ" : "Nobody is enrolled any more since")
                    : (vi ? "Cấp được thiết bị đến" : "Devices can be enrolled until"),
               until);
    }
}

static enum wsync_err list(struct wsync_cli *cli, struct wsync_site *site,
                           struct wsync_error *error)
{
    struct server_key_table table;
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err = server_key_table_read(site, &table, error);
    if (err != WSYNC_OK) {
        return err;
    }
    server_key_table_locate(site, &table);
    if (!cli->json) {
        wsync_cli_heads(cli, HEADS);
    }
    for (size_t i = 0; i < table.count; i++) {
        print_key(cli, &table, &table.rows[i]);
    }
    while ((err = wsync_device_after(site->txn, after, &device)) == WSYNC_OK) {
        print_device(cli, site, &device);
        at = device.id;
        after = &at;
    }
    print_foot(cli, &table);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

int server_keys_list(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = list(cli, &site, &error);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* ---- one of them ---- */

/* What `show` is about: a key of the installation, or a device. */
struct subject {
    const struct server_key *key;
    const struct wsync_device *device;
};

static bool names_key(const struct wsync_statement *by, const struct server_key *key)
{
    bool root = by->kind == WSYNC_STATEMENT_FIRST || by->kind == WSYNC_STATEMENT_ROOT;
    bool district = by->kind == WSYNC_STATEMENT_FIRST || by->kind == WSYNC_STATEMENT_DISTRICT;
    return key->kind == SERVER_KEY_ROOT || key->kind == SERVER_KEY_REGISTRAR ? root : district;
}

/* Every statement about it, the oldest first. */
static enum wsync_err tell_history(struct wsync_site *site, const struct subject *subject)
{
    struct wsync_signed_statement signed_statement;
    struct wsync_statement statement;
    enum wsync_err err = WSYNC_OK;
    for (uint64_t version = 1; err == WSYNC_OK; version++) { /* ends: behind the last */
        size_t mark = wsync_arena_mark(&site->arena);
        err = wsync_roster_statement(site->txn, version, &signed_statement);
        if (err == WSYNC_OK) {
            err = wsync_statement_decode(signed_statement.statement, &site->arena, &statement);
        }
        if (err == WSYNC_OK &&
            (subject->key ? names_key(&statement, subject->key)
                          : server_statement_is_about(&statement, &subject->device->id))) {
            char when[WSYNC_VIEW_TIME_BYTES];
            wsync_view_time(statement.stamp, when);
            printf("\nversion %llu, %s, %zu signatures\n", (unsigned long long)version, when,
                   signed_statement.signature_count);
            server_statement_tell(&statement, stdout);
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void tell_device(struct wsync_site *site, const struct wsync_device *device)
{
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1];
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_hex_encode(WSYNC_BYTES(device->id), id);
    wsync_units_here_label(site, device->scopes[0], unit);
    printf("%s\n  device %s\n  %s of %s, %s\n", device->name, id,
           server_role_name(device->role), unit, server_device_state(device));
    for (size_t i = 0; i < device->form_count; i++) {
        printf("%s%u%s", i == 0 ? "  writes forms " : " ", device->forms[i],
               i + 1 == device->form_count ? "\n" : "");
    }
    if (device->quota != 0) {
        printf("  at most %u changes a day\n", device->quota);
    }
    if (device->has_predecessor) {
        wsync_hex_encode(WSYNC_BYTES(device->predecessor), id);
        printf("  in the place of %.12s\n", id);
    }
    for (size_t i = 0; i < device->key_count; i++) {
        printf("  signing key   %s, version %llu, %lld days old%s\n",
               wsync_fingerprint_of(WSYNC_BYTES(device->keys[i].key)).text,
               (unsigned long long)device->keys[i].version,
               (long long)days_since(device->keys[i].stamp),
               i + 1 == device->key_count ? "" : ", before");
    }
    printf("  transport key %s\n",
           wsync_fingerprint_of(WSYNC_BYTES(device->transport_key)).text);
}

/* The key that a word, or the beginning of a fingerprint or of the key, means. */
static const struct server_key *find_key(const struct server_key_table *table, const char *text)
{
    const struct server_key *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct server_key *row = &table->rows[i];
        struct wsync_slice key = wsync_slice(row->bytes, sizeof row->bytes);
        struct wsync_fingerprint print = wsync_fingerprint_of(key);
        char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
        size_t len = strlen(text);
        wsync_hex_encode(key, hex);
        if (strcmp(text, server_key_word(row->kind)) == 0 ||
            (len >= PRINT_DIGITS_MIN &&
             (strncmp(print.text, text, len) == 0 || strncmp(hex, text, len) == 0))) {
            found = found ? found : row;
        }
    }
    return found;
}

static enum wsync_err show(struct wsync_cli *cli, struct wsync_site *site,
                           struct wsync_error *error)
{
    struct server_key_table table;
    struct wsync_device device;
    const char *text = cli->argv[1];
    enum wsync_err err = server_key_table_read(site, &table, error);
    if (err != WSYNC_OK) {
        return err;
    }
    server_key_table_locate(site, &table);
    const struct server_key *key = find_key(&table, text);
    struct subject subject = {.key = key, .device = &device};
    if (key) {
        char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
        wsync_hex_encode(wsync_slice(key->bytes, sizeof key->bytes), hex);
        printf("%s key %s\n  %s\n  since version %llu, %lld days old, %s\n",
               server_key_word(key->kind),
               wsync_fingerprint_of(wsync_slice(key->bytes, sizeof key->bytes)).text, hex,
               (unsigned long long)key->version, (long long)days_since(key->stamp),
               key->file ? key->file : "elsewhere");
        return tell_history(site, &subject);
    }
    err = server_find_device(site, text, &device, error);
    if (err != WSYNC_OK) {
        return wsync_error_set(
            error, err,
            "There is no key and no one device \"%s\"; \"district keys list\" "
            "lists them.",
            text);
    }
    tell_device(site, &device);
    return tell_history(site, &subject);
}

int server_keys_show(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = show(cli, &site, &error);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
