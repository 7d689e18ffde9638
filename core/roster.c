/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/roster.h"

#include <string.h>

#include "core/bytes.h"
#include "core/settle_parts.h"

/* Rows.  META "roster": version, hash, instance, root key, top.  ROSTER: signature, statement.
 * DEVICES: keys, role, enrolled, revoked, scopes, name, pins.  TRANSPORTS: device id. */
enum {
    ROSTER_ROW_BYTES = 8 + 32 + 16 + 32 + 4,
    DEVICE_ROW_BYTES_MAX = 32 + 32 + 1 + 8 + 8 + 1 + 4 * WSYNC_STATEMENT_SCOPES_MAX + 4 +
                           WSYNC_DEVICE_NAME_BYTES_MAX + 1 + 56 * WSYNC_STATEMENT_PINS_MAX,
};

enum wsync_err wsync_roster_get(struct wsync_txn *txn, struct wsync_roster *roster)
{
    struct wsync_slice row;
    *roster = (struct wsync_roster){.version = 0};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("roster"), &row);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    roster->version = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, roster->hash.b, sizeof roster->hash.b);
    wsync_read_into(&reader, roster->instance.b, sizeof roster->instance.b);
    wsync_read_into(&reader, roster->root_key.b, sizeof roster->root_key.b);
    roster->top = (uint32_t)wsync_read_number(&reader, 4);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put_roster(struct wsync_txn *txn, const struct wsync_roster *roster)
{
    uint8_t row[ROSTER_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, roster->version, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->hash));
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->instance));
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->root_key));
    wsync_write_number(&writer, roster->top, 4);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("roster"),
                         wsync_written(&writer));
}

static enum wsync_err read_device(struct wsync_slice key, struct wsync_slice row,
                                  struct wsync_device *device)
{
    struct wsync_reader reader = wsync_reader_over(row);
    *device = (struct wsync_device){.role = 0};
    memcpy(device->id.b, key.data, sizeof device->id.b);
    wsync_read_into(&reader, device->signing_key.b, sizeof device->signing_key.b);
    wsync_read_into(&reader, device->transport_key.b, sizeof device->transport_key.b);
    device->role = (enum wsync_role)wsync_read_number(&reader, 1);
    device->enrolled = wsync_read_number(&reader, 8);
    device->revoked = wsync_read_number(&reader, 8);
    device->scope_count = (size_t)wsync_read_number(&reader, 1);
    for (size_t i = 0; i < device->scope_count && i < WSYNC_STATEMENT_SCOPES_MAX; i++) {
        device->scopes[i] = (uint32_t)wsync_read_number(&reader, 4);
    }
    struct wsync_slice name = wsync_read_block(&reader);
    if (name.len > WSYNC_DEVICE_NAME_BYTES_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    if (name.len > 0) {
        memcpy(device->name, name.data, name.len);
    }
    device->pin_count = (size_t)wsync_read_number(&reader, 1);
    for (size_t i = 0; i < device->pin_count && i < WSYNC_STATEMENT_PINS_MAX; i++) {
        wsync_read_into(&reader, device->pins[i].log.b, sizeof device->pins[i].log.b);
        device->pins[i].seq = wsync_read_number(&reader, 8);
        wsync_read_into(&reader, device->pins[i].hash.b, sizeof device->pins[i].hash.b);
    }
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put_device(struct wsync_txn *txn, const struct wsync_device *device)
{
    uint8_t row[DEVICE_ROW_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_bytes(&writer, WSYNC_BYTES(device->signing_key));
    wsync_write_bytes(&writer, WSYNC_BYTES(device->transport_key));
    wsync_write_number(&writer, (uint64_t)device->role, 1);
    wsync_write_number(&writer, device->enrolled, 8);
    wsync_write_number(&writer, device->revoked, 8);
    wsync_write_number(&writer, device->scope_count, 1);
    for (size_t i = 0; i < device->scope_count; i++) {
        wsync_write_number(&writer, device->scopes[i], 4);
    }
    wsync_write_block(&writer, wsync_slice_of(device->name));
    wsync_write_number(&writer, device->pin_count, 1);
    for (size_t i = 0; i < device->pin_count; i++) {
        wsync_write_bytes(&writer, WSYNC_BYTES(device->pins[i].log));
        wsync_write_number(&writer, device->pins[i].seq, 8);
        wsync_write_bytes(&writer, WSYNC_BYTES(device->pins[i].hash));
    }
    return wsync_txn_put(txn, WSYNC_TABLE_DEVICES, WSYNC_BYTES(device->id),
                         wsync_written(&writer));
}

enum wsync_err wsync_device_get(struct wsync_txn *txn, const struct wsync_device_id *id,
                                struct wsync_device *device)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_DEVICES, WSYNC_BYTES(*id), &row);
    return err == WSYNC_OK ? read_device(WSYNC_BYTES(*id), row, device) : err;
}

enum wsync_err wsync_device_by_transport(struct wsync_txn *txn,
                                         const struct wsync_transport_key *key,
                                         struct wsync_device *device)
{
    struct wsync_slice row;
    struct wsync_device_id id;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_TRANSPORTS, WSYNC_BYTES(*key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len != sizeof id.b) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(id.b, row.data, sizeof id.b);
    return wsync_device_get(txn, &id, device);
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

static enum wsync_err take_enrolment(struct wsync_txn *txn, const struct wsync_statement *from)
{
    const struct wsync_enrolment *enrol = &from->enrol;
    struct wsync_device device = {
        .id = wsync_device_of(&from->instance, &enrol->signing_key),
        .signing_key = enrol->signing_key,
        .transport_key = enrol->transport_key,
        .role = enrol->role,
        .scope_count = enrol->scope_count,
        .enrolled = from->version,
    };
    struct wsync_device other;
    enum wsync_err err = wsync_device_get(txn, &device.id, &other);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_device_by_transport(txn, &enrol->transport_key, &other);
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err == WSYNC_OK ? WSYNC_ERR_ROSTER : err;
    }
    memcpy(device.scopes, enrol->scopes, enrol->scope_count * sizeof *enrol->scopes);
    memcpy(device.name, enrol->name.data, enrol->name.len);
    err = put_device(txn, &device);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_TRANSPORTS, WSYNC_BYTES(enrol->transport_key),
                         WSYNC_BYTES(device.id));
}

static enum wsync_err take_revocation(struct wsync_txn *txn, const struct wsync_statement *from)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(txn, &from->revoke.device, &device);
    if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && device.revoked != 0)) {
        return WSYNC_ERR_ROSTER;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    device.revoked = from->version;
    device.pin_count = from->revoke.pin_count;
    memcpy(device.pins, from->revoke.pins, device.pin_count * sizeof *device.pins);
    return put_device(txn, &device);
}

static enum wsync_err same_as_held(struct wsync_txn *txn, uint64_t version,
                                   const struct wsync_signed_statement *signed_statement)
{
    struct wsync_signed_statement held;
    enum wsync_err err = wsync_roster_statement(txn, version, &held);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_ROSTER : err;
    }
    return wsync_slice_equal(held.statement, signed_statement->statement) ? WSYNC_OK
                                                                          : WSYNC_ERR_ROSTER;
}

/* Everything that must hold before a statement may follow `roster`; brings the root key of a
 * first statement into `roster`. */
static enum wsync_err check_next(const struct wsync_signed_statement *signed_statement,
                                 const struct wsync_statement *statement,
                                 const struct wsync_instance_id *expected,
                                 struct wsync_roster *roster)
{
    if (roster->version == 0) {
        roster->root_key = statement->root_key;
        roster->instance = statement->instance;
        struct wsync_instance_id named = wsync_instance_of(&statement->root_key);
        if (statement->kind != WSYNC_STATEMENT_ROOT ||
            memcmp(named.b, statement->instance.b, sizeof named.b) != 0) {
            return WSYNC_ERR_ROSTER;
        }
        roster->top = statement->enrol.scopes[0];
    }
    if ((expected && memcmp(expected->b, statement->instance.b, sizeof expected->b) != 0) ||
        memcmp(roster->instance.b, statement->instance.b, sizeof roster->instance.b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    if (!wsync_statement_verify(&roster->root_key, signed_statement)) {
        return WSYNC_ERR_SIGNATURE;
    }
    if (statement->version != roster->version + 1 ||
        (roster->version > 0 && !wsync_hash_equal(&statement->previous, &roster->hash))) {
        return WSYNC_ERR_ROSTER;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_roster_take(struct wsync_txn *txn, struct wsync_arena *arena,
                                 const struct wsync_signed_statement *signed_statement,
                                 const struct wsync_instance_id *expected)
{
    struct wsync_statement statement;
    struct wsync_roster roster;
    enum wsync_err err = wsync_statement_decode(signed_statement->statement, arena, &statement);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &roster);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (statement.version <= roster.version) {
        return same_as_held(txn, statement.version, signed_statement);
    }
    err = check_next(signed_statement, &statement, expected, &roster);
    if (err == WSYNC_OK) {
        err = statement.kind == WSYNC_STATEMENT_REVOKE ? take_revocation(txn, &statement)
                                                       : take_enrolment(txn, &statement);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    uint8_t key[8];
    uint8_t row[WSYNC_SIGNATURE_BYTES + WSYNC_STATEMENT_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_be_put(key, statement.version, sizeof key);
    wsync_write_bytes(&writer, WSYNC_BYTES(signed_statement->signature));
    wsync_write_bytes(&writer, signed_statement->statement);
    roster.version = statement.version;
    roster.hash = wsync_statement_hash(signed_statement->statement);
    err = put_roster(txn, &roster);
    if (err == WSYNC_OK && statement.kind == WSYNC_STATEMENT_REVOKE) {
        struct wsync_cause revoked = {WSYNC_CAUSE_REVOKED, 0, statement.version};
        err = wsync_work_put(txn, &revoked);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_ROSTER, wsync_slice(key, sizeof key),
                         wsync_written(&writer));
}

enum wsync_err wsync_roster_issue(struct wsync_txn *txn, struct wsync_arena *arena,
                                  struct wsync_statement *statement,
                                  const struct wsync_signing_secret *root,
                                  struct wsync_signed_statement *result)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    if (err != WSYNC_OK) {
        return err;
    }
    statement->version = roster.version + 1;
    statement->has_previous = roster.version > 0;
    statement->previous = roster.hash;
    statement->instance =
        roster.version > 0 ? roster.instance : wsync_instance_of(&statement->root_key);
    err = wsync_statement_encode(statement, arena, &result->statement);
    if (err != WSYNC_OK) {
        return err;
    }
    result->signature = wsync_statement_sign(root, result->statement);
    return wsync_roster_take(txn, arena, result, NULL);
}

enum wsync_err wsync_roster_statement(struct wsync_txn *txn, uint64_t version,
                                      struct wsync_signed_statement *result)
{
    uint8_t key[8];
    struct wsync_slice row;
    wsync_be_put(key, version, sizeof key);
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_ROSTER, wsync_slice(key, sizeof key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len < sizeof result->signature.b) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(result->signature.b, row.data, sizeof result->signature.b);
    result->statement = wsync_slice(row.data + sizeof result->signature.b,
                                    row.len - sizeof result->signature.b);
    return WSYNC_OK;
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

bool wsync_device_may_read(const struct wsync_device *device, uint32_t scope, uint32_t top)
{
    return scope == top || wsync_device_has_scope(device, scope);
}

uint64_t wsync_device_pinned(const struct wsync_device *device, const struct wsync_log_id *log)
{
    if (device->revoked == 0) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < device->pin_count; i++) {
        if (wsync_log_id_equal(&device->pins[i].log, log)) {
            return device->pins[i].seq;
        }
    }
    return 0;
}
