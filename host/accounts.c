/* SPDX-License-Identifier: Apache-2.0 */
#include "host/accounts.h"

#include <string.h>

#include "host/row.h"

#define PREFIX "account/"

/* The row: layout, role, left, failed, locked_until, created, changed, lengths of hash and
 * name, both. */
enum {
    LAYOUT = 1,
    PREFIX_BYTES = sizeof PREFIX - 1,
    KEY_BYTES = PREFIX_BYTES + WSYNC_ROW_NUMBER_BYTES,
    ROW_BYTES_MAX = 9 * WSYNC_ROW_NUMBER_BYTES + WSYNC_PIN_HASH_BYTES + WSYNC_STAFF_NAME_BYTES,
    FAILED_MAX = 1000000,
};

/* ---- rows ---- */

static struct wsync_slice key_of(uint32_t number, uint8_t key[KEY_BYTES])
{
    struct wsync_row row = wsync_row_into(key, KEY_BYTES);
    wsync_row_put_bytes(&row, wsync_slice_of(PREFIX));
    wsync_row_put_number(&row, number);
    return wsync_row_written(&row);
}

static bool read_text(struct wsync_row *row, uint64_t len, char *text, size_t size)
{
    memset(text, 0, size);
    if (len >= size) {
        return false;
    }
    wsync_row_bytes(row, text, (size_t)len);
    return !memchr(text, 0, (size_t)len);
}

static enum wsync_err decode(struct wsync_slice bytes, struct wsync_account *account)
{
    struct wsync_row row = wsync_row_over(bytes);
    uint64_t layout = wsync_row_number(&row), role = wsync_row_number(&row);
    account->left = wsync_row_truth(&row);
    uint64_t failed = wsync_row_number(&row);
    account->locked_until = (int64_t)wsync_row_number(&row);
    account->created = (int64_t)wsync_row_number(&row);
    account->changed = (int64_t)wsync_row_number(&row);
    uint64_t hash = wsync_row_number(&row), name = wsync_row_number(&row);
    bool good = layout == LAYOUT && role <= WSYNC_ROLE_ADMIN && failed <= FAILED_MAX &&
                read_text(&row, hash, account->hash.text, sizeof account->hash.text) &&
                read_text(&row, name, account->name, sizeof account->name) &&
                wsync_row_is_whole(&row);
    account->role = good ? (enum wsync_page_role)role : WSYNC_ROLE_NOBODY;
    account->failed = good ? (uint32_t)failed : 0;
    return good ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put(struct wsync_txn *txn, const struct wsync_account *account)
{
    uint8_t key[KEY_BYTES], bytes[ROW_BYTES_MAX];
    struct wsync_row row = wsync_row_into(bytes, sizeof bytes);
    struct wsync_slice hash = wsync_slice_of(account->hash.text);
    struct wsync_slice name = wsync_slice_of(account->name);
    wsync_row_put_number(&row, LAYOUT);
    wsync_row_put_number(&row, (uint64_t)account->role);
    wsync_row_put_number(&row, account->left);
    wsync_row_put_number(&row, account->failed);
    wsync_row_put_number(&row, (uint64_t)account->locked_until);
    wsync_row_put_number(&row, (uint64_t)account->created);
    wsync_row_put_number(&row, (uint64_t)account->changed);
    wsync_row_put_number(&row, hash.len);
    wsync_row_put_number(&row, name.len);
    wsync_row_put_bytes(&row, hash);
    wsync_row_put_bytes(&row, name);
    return wsync_txn_put(txn, WSYNC_TABLE_META, key_of(account->number, key),
                         wsync_row_written(&row));
}

enum wsync_err wsync_account_get(struct wsync_txn *txn, uint32_t number,
                                 struct wsync_account *account)
{
    uint8_t key[KEY_BYTES];
    struct wsync_slice bytes;
    *account = (struct wsync_account){.number = number};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, key_of(number, key), &bytes);
    return err == WSYNC_OK ? decode(bytes, account) : err;
}

enum wsync_err wsync_account_after(struct wsync_txn *txn, uint32_t number,
                                   struct wsync_account *account)
{
    uint8_t key[KEY_BYTES];
    struct wsync_entry entry = {.key = key_of(number, key)};
    *account = (struct wsync_account){.number = number};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK || !wsync_slice_starts(entry.key, wsync_slice_of(PREFIX))) {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    struct wsync_row row = wsync_row_over(
        wsync_slice(entry.key.data + PREFIX_BYTES, entry.key.len - PREFIX_BYTES));
    uint64_t next = wsync_row_number(&row);
    if (!wsync_row_is_whole(&row) || next > UINT32_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    account->number = (uint32_t)next;
    return decode(entry.value, account);
}

/* ---- who may ---- */

bool wsync_account_is_open(const struct wsync_account *account)
{
    return account->number != 0 && account->role != WSYNC_ROLE_NOBODY &&
           account->hash.text[0] != '\0';
}

enum wsync_err wsync_accounts_count(struct wsync_txn *txn, struct wsync_account_counts *counts)
{
    struct wsync_account account = {.number = 0};
    enum wsync_err err;
    *counts = (struct wsync_account_counts){.open = 0};
    while ((err = wsync_account_after(txn, account.number, &account)) == WSYNC_OK) {
        bool open = wsync_account_is_open(&account);
        counts->open += open;
        counts->admins += open && account.role == WSYNC_ROLE_ADMIN;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_account_change(struct wsync_txn *txn, struct wsync_account *account,
                                    int64_t now, struct wsync_error *error)
{
    struct wsync_account_counts before, after;
    WSYNC_ASSERT(account->number != 0);
    account->changed = now > account->changed ? now : account->changed + 1;
    account->created = account->created != 0 ? account->created : now;
    account->failed = 0;
    account->locked_until = 0;
    enum wsync_err err = wsync_accounts_count(txn, &before);
    if (err == WSYNC_OK) {
        err = put(txn, account);
    }
    if (err == WSYNC_OK) {
        err = wsync_accounts_count(txn, &after);
    }
    if (err == WSYNC_OK && after.admins == 0 && before.admins > 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "This is the last admin who can log in: give somebody else the "
                               "role admin first.");
    }
    if (err == WSYNC_OK && after.admins == 0 && after.open > 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The first who can log in must be an admin; otherwise nobody "
                               "could let others in.");
    }
    return err;
}

/* ---- tries ---- */

int64_t wsync_account_wait_s(const struct wsync_account *account, int64_t now)
{
    int64_t left = account->locked_until > now ? account->locked_until - now : 0;
    return left <= WSYNC_ACCOUNT_WAIT_S_MAX ? left : 0;
}

static int64_t wait_after(uint32_t failed)
{
    int64_t wait_s = failed >= WSYNC_ACCOUNT_TRIES ? WSYNC_ACCOUNT_WAIT_S_MIN : 0;
    for (uint32_t i = WSYNC_ACCOUNT_TRIES; i < failed && wait_s < WSYNC_ACCOUNT_WAIT_S_MAX;
         i++) {
        wait_s *= 2;
    }
    return wait_s < WSYNC_ACCOUNT_WAIT_S_MAX ? wait_s : WSYNC_ACCOUNT_WAIT_S_MAX;
}

enum wsync_err wsync_account_try(struct wsync_txn *txn, struct wsync_account *account,
                                 bool right, int64_t now)
{
    if (wsync_account_wait_s(account, now) > 0) {
        return WSYNC_ERR_BUSY;
    }
    bool in = right && wsync_account_is_open(account);
    if (in && account->failed == 0) {
        return WSYNC_OK;
    }
    account->failed = in ? 0 : account->failed < FAILED_MAX ? account->failed + 1 : FAILED_MAX;
    int64_t wait_s = wait_after(account->failed);
    account->locked_until = wait_s > 0 ? now + wait_s : 0;
    enum wsync_err err = put(txn, account);
    return err != WSYNC_OK ? err : in ? WSYNC_OK : WSYNC_ERR_RIGHT;
}
