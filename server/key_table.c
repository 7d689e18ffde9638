/* SPDX-License-Identifier: Apache-2.0 */
#include "server/key_table.h"

#include <string.h>

#include "host/keys_sealed.h"
#include "wardsync/crypto.h"

const char *server_key_word(enum server_key_kind kind)
{
    static const char *const WORDS[] = {"root", "registrar", "transport", "log", "bundle"};
    return WORDS[kind];
}

static void add(struct server_key_table *table, enum server_key_kind kind,
                const uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES])
{
    WSYNC_ASSERT(table->count < SERVER_KEYS_MAX);
    struct server_key *row = &table->rows[table->count++];
    *row = (struct server_key){.kind = kind};
    memcpy(row->bytes, bytes, sizeof row->bytes);
}

static void fill(struct server_key_table *table)
{
    const struct wsync_root *root = &table->roster.authority.root;
    for (size_t i = 0; i < root->key_count; i++) {
        add(table, SERVER_KEY_ROOT, root->keys[i].b);
    }
    add(table, SERVER_KEY_REGISTRAR, root->registrar.b);
    for (size_t i = 0; i < table->district.endpoint_count; i++) {
        add(table, SERVER_KEY_TRANSPORT, table->district.endpoints[i].key.b);
        table->rows[table->count - 1].first = i == 0;
    }
    add(table, SERVER_KEY_LOG, table->district.log_key.b);
    add(table, SERVER_KEY_BUNDLE, table->district.bundle_key.b);
}

/* ---- since when ---- */

static void name(struct server_key_table *table, const struct wsync_statement *by,
                 enum server_key_kind kind, const uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES])
{
    for (size_t i = 0; i < table->count; i++) {
        struct server_key *row = &table->rows[i];
        if (row->kind == kind && row->version == 0 &&
            memcmp(row->bytes, bytes, sizeof row->bytes) == 0) {
            row->version = by->version;
            row->stamp = by->stamp;
        }
    }
}

static void name_all(struct server_key_table *table, const struct wsync_statement *by)
{
    if (by->kind == WSYNC_STATEMENT_FIRST || by->kind == WSYNC_STATEMENT_ROOT) {
        for (size_t i = 0; i < by->root.key_count; i++) {
            name(table, by, SERVER_KEY_ROOT, by->root.keys[i].b);
        }
        name(table, by, SERVER_KEY_REGISTRAR, by->root.registrar.b);
    }
    if (by->kind == WSYNC_STATEMENT_FIRST || by->kind == WSYNC_STATEMENT_DISTRICT) {
        for (size_t i = 0; i < by->district.endpoint_count; i++) {
            name(table, by, SERVER_KEY_TRANSPORT, by->district.endpoints[i].key.b);
        }
        name(table, by, SERVER_KEY_LOG, by->district.log_key.b);
        name(table, by, SERVER_KEY_BUNDLE, by->district.bundle_key.b);
    }
}

static enum wsync_err date_all(struct wsync_site *site, struct server_key_table *table)
{
    struct wsync_signed_statement signed_statement;
    struct wsync_statement statement;
    enum wsync_err err = WSYNC_OK;
    for (uint64_t version = 1; version <= table->roster.version && err == WSYNC_OK; version++) {
        size_t mark = wsync_arena_mark(&site->arena);
        err = wsync_roster_statement(site->txn, version, &signed_statement);
        if (err == WSYNC_OK) {
            err = wsync_statement_decode(signed_statement.statement, &site->arena, &statement);
        }
        if (err == WSYNC_OK) {
            name_all(table, &statement);
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err;
}

/* ---- where its secret is ---- */

/* The public key of a file; false when there is none, or none that can be told. */
static bool signing_key_in(const char *path, uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES])
{
    struct wsync_signing_pair pair;
    struct wsync_signing_key key;
    bool sealed;
    if (wsync_keys_peek(path, &sealed, &key, NULL) != WSYNC_OK) {
        return false;
    }
    bool found = sealed;
    if (!sealed) {
        found = wsync_keys_load_signing(path, &pair, NULL) == WSYNC_OK;
        key = pair.key;
        wsync_wipe(&pair, sizeof pair);
    }
    memcpy(bytes, key.b, sizeof key.b);
    return found;
}

static bool transport_key_in(const char *path, uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES])
{
    struct wsync_transport_pair pair;
    bool found = wsync_keys_load_transport(path, &pair, NULL) == WSYNC_OK;
    memcpy(bytes, pair.key.b, sizeof pair.key.b);
    wsync_wipe(&pair, sizeof pair);
    return found;
}

void server_key_table_locate(const struct wsync_site *site, struct server_key_table *table)
{
    static const struct {
        const char *file;
        bool transport;
    } FILES[] = {{"keys/root.key", false},           {"keys/registrar.key", false},
                 {"keys/transport.key", true},       {"keys/log.key", false},
                 {"keys/bundle.key", true},          {"keys/next-transport.key", true},
                 {"keys/next-registrar.key", false}, {"keys/next-log.key", false},
                 {"keys/next-bundle.key", true}};
    char path[WSYNC_SITE_PATH_BYTES];
    for (size_t f = 0; f < sizeof FILES / sizeof *FILES; f++) {
        uint8_t bytes[WSYNC_PUBLIC_KEY_BYTES];
        wsync_site_file(site->path, FILES[f].file, path);
        bool found =
            FILES[f].transport ? transport_key_in(path, bytes) : signing_key_in(path, bytes);
        for (size_t i = 0; i < table->count && found; i++) {
            if (memcmp(table->rows[i].bytes, bytes, sizeof bytes) == 0) {
                table->rows[i].file = FILES[f].file;
            }
        }
    }
}

enum wsync_err server_key_table_read(struct wsync_site *site, struct server_key_table *table,
                                     struct wsync_error *error)
{
    *table = (struct server_key_table){.count = 0};
    enum wsync_err err = wsync_roster_get(site->txn, &table->roster);
    if (err == WSYNC_OK) {
        err = wsync_roster_district(site->txn, &site->arena, &table->district);
    }
    if (err == WSYNC_OK) {
        fill(table);
        err = date_all(site, table);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The roster cannot be read: %s",
                                             wsync_err_text(err, WSYNC_EN));
}
