/* SPDX-License-Identifier: Apache-2.0 */
#include "host/admin_log.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/row.h"
#include "wardsync/crypto.h"

/* ADMIN: number -> layout, kind, stamp, lengths of who and text, both; then the hash. */
enum {
    LAYOUT = 1,
    ROW_BYTES_MAX = 1 + 4 * WSYNC_ROW_NUMBER_BYTES + WSYNC_ADMIN_WHO_BYTES +
                    WSYNC_ADMIN_TEXT_BYTES + WSYNC_HASH_BYTES,
};

static const char *const KIND_NAMES[WSYNC_ADMIN_KINDS] = {
    [WSYNC_ADMIN_START] = "start",
    [WSYNC_ADMIN_STOP] = "stop",
    [WSYNC_ADMIN_SETTINGS] = "settings",
    [WSYNC_ADMIN_INVITE] = "invite",
    [WSYNC_ADMIN_ROSTER_TAKEN] = "roster-taken",
    [WSYNC_ADMIN_RESTORED] = "restored",
    [WSYNC_ADMIN_PRUNED] = "pruned",
    [WSYNC_ADMIN_EXPORT] = "export",
    [WSYNC_ADMIN_BACKUP] = "backup",
    [WSYNC_ADMIN_CUT] = "cut",
    [WSYNC_ADMIN_WITHDRAWN] = "withdrawn",
    [WSYNC_ADMIN_STAFF] = "staff",
    [WSYNC_ADMIN_VERIFY] = "verify",
};

const char *wsync_admin_kind_name(enum wsync_admin_kind kind)
{
    WSYNC_ASSERT(kind > 0 && kind < WSYNC_ADMIN_KINDS);
    return KIND_NAMES[kind];
}

/* ---- rows ---- */

static struct wsync_hash hash_of(const struct wsync_hash *before, uint64_t number,
                                 struct wsync_slice row)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    const struct wsync_slice parts[] = {wsync_slice_of("wardsync/admin/v1"),
                                        WSYNC_BYTES(*before), wsync_row_key(number, key), row};
    return wsync_hash_parts(parts, sizeof parts / sizeof *parts);
}

/* Everything but the hash. */
static struct wsync_slice encode(const struct wsync_admin_row *row,
                                 uint8_t bytes[ROW_BYTES_MAX])
{
    struct wsync_row fields = wsync_row_into(bytes, ROW_BYTES_MAX);
    const uint8_t layout = LAYOUT;
    const struct wsync_slice who = wsync_slice_of(row->who);
    const struct wsync_slice text = wsync_slice_of(row->text);
    wsync_row_put_bytes(&fields, wsync_slice(&layout, 1));
    wsync_row_put_number(&fields, (uint64_t)row->kind);
    wsync_row_put_number(&fields, (uint64_t)row->stamp);
    wsync_row_put_number(&fields, who.len);
    wsync_row_put_number(&fields, text.len);
    wsync_row_put_bytes(&fields, who);
    wsync_row_put_bytes(&fields, text);
    return wsync_row_written(&fields);
}

static bool decode_text(struct wsync_row *fields, uint64_t len, char *out, size_t size)
{
    memset(out, 0, size);
    if (len >= size) {
        return false;
    }
    wsync_row_bytes(fields, out, (size_t)len);
    return !memchr(out, 0, (size_t)len);
}

static enum wsync_err decode(struct wsync_slice bytes, struct wsync_admin_row *row)
{
    struct wsync_row fields = wsync_row_over(bytes);
    uint8_t layout;
    wsync_row_bytes(&fields, &layout, 1);
    uint64_t kind = wsync_row_number(&fields);
    row->stamp = (int64_t)wsync_row_number(&fields);
    uint64_t who = wsync_row_number(&fields);
    uint64_t text = wsync_row_number(&fields);
    bool good = layout == LAYOUT && kind > 0 && kind < WSYNC_ADMIN_KINDS &&
                decode_text(&fields, who, row->who, sizeof row->who) &&
                decode_text(&fields, text, row->text, sizeof row->text);
    wsync_row_bytes(&fields, row->hash.b, sizeof row->hash.b);
    row->kind = good ? (enum wsync_admin_kind)kind : WSYNC_ADMIN_START;
    return good && wsync_row_is_whole(&fields) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_admin_log_seek(struct wsync_txn *txn, enum wsync_seek where,
                                    uint64_t *number, struct wsync_admin_row *row)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_entry entry = {.key = wsync_row_key(*number, key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_ADMIN, where, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_row fields = wsync_row_over(entry.key);
    *number = wsync_row_number(&fields);
    return decode(entry.value, row);
}

enum wsync_err wsync_admin_log_holds(struct wsync_txn *txn, uint64_t count,
                                     struct wsync_slice hash, bool *holds)
{
    struct wsync_admin_row row = {.kind = WSYNC_ADMIN_START};
    uint64_t number = count;
    WSYNC_ASSERT(hash.len <= sizeof row.hash.b);
    enum wsync_err err = wsync_admin_log_seek(txn, WSYNC_SEEK_GE, &number, &row);
    *holds = err == WSYNC_OK && number == count && memcmp(row.hash.b, hash.data, hash.len) == 0;
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

enum wsync_err wsync_admin_log_last(struct wsync_txn *txn, enum wsync_admin_kind kind,
                                    struct wsync_admin_row *row)
{
    uint64_t number = UINT64_MAX;
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err = wsync_admin_log_seek(txn, WSYNC_SEEK_LT, &number, row);
        if (err != WSYNC_OK || row->kind == kind) {
            return err;
        }
    }
}

/* ---- the head: META "admin" -> count, hash ---- */

enum { HEAD_BYTES = WSYNC_ROW_NUMBER_BYTES + WSYNC_HASH_BYTES };

enum wsync_err wsync_admin_log_head(struct wsync_txn *txn, uint64_t *count,
                                    struct wsync_hash *hash)
{
    struct wsync_slice bytes;
    *count = 0;
    *hash = (struct wsync_hash){{0}};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("admin"), &bytes);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_row fields = wsync_row_over(bytes);
    *count = wsync_row_number(&fields);
    wsync_row_bytes(&fields, hash->b, sizeof hash->b);
    return wsync_row_is_whole(&fields) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put_head(struct wsync_txn *txn, uint64_t count,
                               const struct wsync_hash *hash)
{
    uint8_t bytes[HEAD_BYTES];
    struct wsync_row fields = wsync_row_into(bytes, sizeof bytes);
    wsync_row_put_number(&fields, count);
    wsync_row_put_bytes(&fields, WSYNC_BYTES(*hash));
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("admin"),
                         wsync_row_written(&fields));
}

uint32_t wsync_admin_log_staff(void)
{
    enum { DIGITS_MAX = 5 };
    const char *staff = getenv("WARDSYNC_STAFF");
    size_t digits = staff ? strspn(staff, "0123456789") : 0;
    bool good = digits > 0 && digits <= DIGITS_MAX && staff[digits] == '\0' && staff[0] != '0';
    return good ? (uint32_t)strtoul(staff, NULL, 10) : 0;
}

/* The account's name, or its number where the system knows none; cut for what stands behind
 * it. */
static void name_account(char who[WSYNC_ADMIN_WHO_BYTES])
{
    char name[WSYNC_ADMIN_WHO_BYTES], staff[24] = "";
    const struct passwd *account = getpwuid(getuid());
    if (wsync_admin_log_staff() != 0) {
        snprintf(staff, sizeof staff, " staff=%u", wsync_admin_log_staff());
    }
    if (account) {
        snprintf(name, sizeof name, "%s", account->pw_name);
    } else {
        snprintf(name, sizeof name, "uid %lu", (unsigned long)getuid());
    }
    int room = WSYNC_ADMIN_WHO_BYTES - 1 - (int)strlen(staff);
    snprintf(who, WSYNC_ADMIN_WHO_BYTES, "%.*s%s", room, name, staff);
}

/* Cut where a character ends. */
static void trim(char text[WSYNC_ADMIN_TEXT_BYTES])
{
    size_t len = strlen(text);
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80) {
        len--;
    }
    text[len > 0 ? len - 1 : 0] = '\0';
}

enum wsync_err wsync_admin_log_add(struct wsync_txn *txn, enum wsync_admin_kind kind,
                                   int64_t stamp, const char *format, ...)
{
    struct wsync_admin_row row = {.kind = kind, .stamp = stamp};
    struct wsync_hash before;
    uint8_t bytes[ROW_BYTES_MAX];
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    uint64_t count;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(row.text, sizeof row.text, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof row.text) {
        trim(row.text);
    }
    name_account(row.who);
    enum wsync_err err = wsync_admin_log_head(txn, &count, &before);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_slice head = encode(&row, bytes);
    row.hash = hash_of(&before, count + 1, head);
    memcpy(bytes + head.len, row.hash.b, sizeof row.hash.b);
    err = wsync_txn_put(txn, WSYNC_TABLE_ADMIN, wsync_row_key(count + 1, key),
                        wsync_slice(bytes, head.len + sizeof row.hash.b));
    return err == WSYNC_OK ? put_head(txn, count + 1, &row.hash) : err;
}

/* ---- looking for what was touched ---- */

/* What is wrong with the row that must be `number`; NULL for nothing.  `hash` goes on to it. */
static const char *fault_of(const struct wsync_entry *entry, uint64_t number,
                            struct wsync_hash *hash)
{
    struct wsync_admin_row row;
    struct wsync_row key = wsync_row_over(entry->key);
    if (wsync_row_number(&key) != number || !wsync_row_is_whole(&key)) {
        return "the row is missing";
    }
    if (decode(entry->value, &row) != WSYNC_OK) {
        return "the row cannot be read";
    }
    *hash = hash_of(hash, number,
                    wsync_slice_head(entry->value, entry->value.len - sizeof hash->b));
    return wsync_hash_equal(hash, &row.hash)
               ? NULL
               : "the row does not give its hash: it, or one before it, was changed";
}

enum wsync_err wsync_admin_log_check(struct wsync_txn *txn, struct wsync_admin_fault *fault)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_hash stated, hash = {{0}};
    uint64_t number = 0, count;
    *fault = (struct wsync_admin_fault){.number = 0};
    enum wsync_err err = wsync_admin_log_head(txn, &count, &stated);
    if (err == WSYNC_ERR_CORRUPT) {
        *fault = (struct wsync_admin_fault){1, "META \"admin\" cannot be read"};
        return WSYNC_OK;
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek_any(txn, WSYNC_TABLE_ADMIN, WSYNC_SEEK_GT, &entry);
        const char *text = err == WSYNC_OK ? fault_of(&entry, ++number, &hash) : NULL;
        if (text) {
            *fault = (struct wsync_admin_fault){number, text};
            return WSYNC_OK;
        }
    }
    if (err == WSYNC_ERR_NOT_FOUND && number != count) {
        *fault = number < count
                     ? (struct wsync_admin_fault){number + 1,
                                                  "the row is missing, as are all behind it"}
                     : (struct wsync_admin_fault){count + 1, "more rows than were written"};
    } else if (err == WSYNC_ERR_NOT_FOUND && !wsync_hash_equal(&hash, &stated)) {
        *fault = (struct wsync_admin_fault){number, "the last hash is not the one that was "
                                                    "kept"};
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
