/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/roster_parts.h"

/* DEVICES: keys with the version and stamp that brought each, transport key, role, enrolled,
 * revoked, suspended, asked, quota, predecessor, scopes, forms, name.  TRANSPORTS and KEYS:
 * device id. */
enum {
    DEVICE_KEY_BYTES = WSYNC_PUBLIC_KEY_BYTES + 8 + 8,
    DEVICE_ROW_BYTES_MAX = 1 + DEVICE_KEY_BYTES * WSYNC_DEVICE_KEYS_MAX +
                           WSYNC_PUBLIC_KEY_BYTES + 1 + 4 * 8 + 4 + 1 + WSYNC_DEVICE_ID_BYTES +
                           1 + 4 * WSYNC_STATEMENT_SCOPES_MAX + 1 +
                           4 * WSYNC_STATEMENT_FORMS_MAX + 4 + WSYNC_DEVICE_NAME_BYTES_MAX,
};

static bool read_keys(struct wsync_reader *reader, struct wsync_device *device)
{
    device->key_count = (size_t)wsync_read_number(reader, 1);
    if (device->key_count == 0 || device->key_count > WSYNC_DEVICE_KEYS_MAX) {
        return false;
    }
    for (size_t i = 0; i < device->key_count; i++) {
        struct wsync_device_key *key = &device->keys[i];
        wsync_read_into(reader, key->key.b, sizeof key->key.b);
        key->version = wsync_read_number(reader, 8);
        key->stamp = (int64_t)wsync_read_number(reader, 8);
    }
    wsync_read_into(reader, device->transport_key.b, sizeof device->transport_key.b);
    return true;
}

static bool read_numbers(struct wsync_reader *reader, uint32_t *numbers, size_t max,
                         size_t *count)
{
    *count = (size_t)wsync_read_number(reader, 1);
    for (size_t i = 0; i < *count && i < max; i++) {
        numbers[i] = (uint32_t)wsync_read_number(reader, 4);
    }
    return *count <= max;
}

static enum wsync_err read_device(struct wsync_slice key, struct wsync_slice row,
                                  struct wsync_device *device)
{
    struct wsync_reader reader = wsync_reader_over(row);
    *device = (struct wsync_device){.role = 0};
    memcpy(device->id.b, key.data, sizeof device->id.b);
    bool good = read_keys(&reader, device);
    device->role = (enum wsync_role)wsync_read_number(&reader, 1);
    device->enrolled = wsync_read_number(&reader, 8);
    device->revoked = wsync_read_number(&reader, 8);
    device->suspended = wsync_read_number(&reader, 8);
    device->asked = wsync_read_number(&reader, 8);
    device->quota = (uint32_t)wsync_read_number(&reader, 4);
    device->has_predecessor = wsync_read_number(&reader, 1) != 0;
    wsync_read_into(&reader, device->predecessor.b, sizeof device->predecessor.b);
    good = good &&
           read_numbers(&reader, device->scopes, WSYNC_STATEMENT_SCOPES_MAX,
                        &device->scope_count) &&
           read_numbers(&reader, device->forms, WSYNC_STATEMENT_FORMS_MAX, &device->form_count);
    struct wsync_slice name = wsync_read_block(&reader);
    if (!good || name.len > WSYNC_DEVICE_NAME_BYTES_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    if (name.len > 0) {
        memcpy(device->name, name.data, name.len);
    }
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static void write_numbers(struct wsync_writer *writer, const uint32_t *numbers, size_t count)
{
    wsync_write_number(writer, count, 1);
    for (size_t i = 0; i < count; i++) {
        wsync_write_number(writer, numbers[i], 4);
    }
}

enum wsync_err wsync_device_put(struct wsync_txn *txn, const struct wsync_device *device)
{
    uint8_t row[DEVICE_ROW_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, device->key_count, 1);
    for (size_t i = 0; i < device->key_count; i++) {
        wsync_write_bytes(&writer, WSYNC_BYTES(device->keys[i].key));
        wsync_write_number(&writer, device->keys[i].version, 8);
        wsync_write_number(&writer, (uint64_t)device->keys[i].stamp, 8);
    }
    wsync_write_bytes(&writer, WSYNC_BYTES(device->transport_key));
    wsync_write_number(&writer, (uint64_t)device->role, 1);
    wsync_write_number(&writer, device->enrolled, 8);
    wsync_write_number(&writer, device->revoked, 8);
    wsync_write_number(&writer, device->suspended, 8);
    wsync_write_number(&writer, device->asked, 8);
    wsync_write_number(&writer, device->quota, 4);
    wsync_write_number(&writer, device->has_predecessor, 1);
    wsync_write_bytes(&writer, WSYNC_BYTES(device->predecessor));
    write_numbers(&writer, device->scopes, device->scope_count);
    write_numbers(&writer, device->forms, device->form_count);
    wsync_write_block(&writer, wsync_slice_of(device->name));
    enum wsync_err err = wsync_txn_put(txn, WSYNC_TABLE_DEVICES, WSYNC_BYTES(device->id),
                                       wsync_written(&writer));
    if (err == WSYNC_OK) {
        err = wsync_txn_put(txn, WSYNC_TABLE_TRANSPORTS, WSYNC_BYTES(device->transport_key),
                            WSYNC_BYTES(device->id));
    }
    return err == WSYNC_OK
               ? wsync_txn_put(txn, WSYNC_TABLE_KEYS, WSYNC_BYTES(*wsync_device_key(device)),
                               WSYNC_BYTES(device->id))
               : err;
}

enum wsync_err wsync_device_get(struct wsync_txn *txn, const struct wsync_device_id *id,
                                struct wsync_device *device)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_DEVICES, WSYNC_BYTES(*id), &row);
    return err == WSYNC_OK ? read_device(WSYNC_BYTES(*id), row, device) : err;
}

/* The device that a row of TRANSPORTS or KEYS names. */
static enum wsync_err device_by(struct wsync_txn *txn, enum wsync_table table,
                                struct wsync_slice key, struct wsync_device *device)
{
    struct wsync_slice row;
    struct wsync_device_id id;
    enum wsync_err err = wsync_txn_get(txn, table, key, &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len != sizeof id.b) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(id.b, row.data, sizeof id.b);
    return wsync_device_get(txn, &id, device);
}

enum wsync_err wsync_device_by_transport(struct wsync_txn *txn,
                                         const struct wsync_transport_key *key,
                                         struct wsync_device *device)
{
    return device_by(txn, WSYNC_TABLE_TRANSPORTS, WSYNC_BYTES(*key), device);
}

enum wsync_err wsync_device_by_signing(struct wsync_txn *txn,
                                       const struct wsync_signing_key *key,
                                       struct wsync_device *device)
{
    return device_by(txn, WSYNC_TABLE_KEYS, WSYNC_BYTES(*key), device);
}

enum wsync_err wsync_device_after(struct wsync_txn *txn, const struct wsync_device_id *after,
                                  struct wsync_device *device)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    if (after) {
        entry.key = WSYNC_BYTES(*after);
    }
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_DEVICES, WSYNC_SEEK_GT, &entry);
    return err == WSYNC_OK ? read_device(entry.key, entry.value, device) : err;
}

const struct wsync_signing_key *wsync_device_key(const struct wsync_device *device)
{
    WSYNC_ASSERT(device->key_count > 0);
    return &device->keys[device->key_count - 1].key;
}

size_t wsync_device_key_at(const struct wsync_device *device,
                           const struct wsync_signing_key *key)
{
    size_t at = 0;
    while (at < device->key_count &&
           memcmp(device->keys[at].key.b, key->b, sizeof key->b) != 0) {
        at++;
    }
    return at;
}

bool wsync_device_has_scope(const struct wsync_device *device, uint32_t scope)
{
    for (size_t i = 0; i < device->scope_count; i++) {
        if (device->scopes[i] == scope) {
            return true;
        }
    }
    return device->role == WSYNC_ROLE_NODE;
}

bool wsync_device_may_write(const struct wsync_device *device, uint32_t scope)
{
    switch (device->role) {
    case WSYNC_ROLE_CLERK:
        return wsync_device_has_scope(device, scope);
    case WSYNC_ROLE_INSPECTOR:
    case WSYNC_ROLE_OFFICE:
    case WSYNC_ROLE_NODE:
        return true;
    case WSYNC_ROLE_AUDITOR:
        break;
    }
    return false;
}

bool wsync_device_may_read(const struct wsync_device *device, uint32_t scope, uint32_t top)
{
    return scope == top || device->role != WSYNC_ROLE_CLERK ||
           wsync_device_has_scope(device, scope);
}
