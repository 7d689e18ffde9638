/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/roster.h"

#include <string.h>

#include "core/bytes.h"
#include "core/roster_parts.h"
#include "core/settle_parts.h"

/* META "roster": version, hash, instance, top, version of the District statement, log key; the
 * authority: stamp, root keys, threshold, registrar, expiry, versions and weight of the root
 * statements.  LOG_KEYS: the first version that said so.  ROSTER: signed.c.
 */
enum {
    ROSTER_ROW_BYTES_MAX = 8 + 32 + 16 + 4 + 8 + 32 + 8 + 1 + 32 * WSYNC_ROOT_KEYS_MAX + 4 +
                           32 + 8 + 1 + 8 * WSYNC_AUTHORITY_STATEMENTS_MAX + 4,
};

static bool read_authority(struct wsync_reader *reader, struct wsync_authority *authority)
{
    struct wsync_root *root = &authority->root;
    authority->stamp = (int64_t)wsync_read_number(reader, 8);
    root->key_count = (size_t)wsync_read_number(reader, 1);
    for (size_t i = 0; i < root->key_count && i < WSYNC_ROOT_KEYS_MAX; i++) {
        wsync_read_into(reader, root->keys[i].b, sizeof root->keys[i].b);
    }
    root->threshold = (uint32_t)wsync_read_number(reader, 4);
    wsync_read_into(reader, root->registrar.b, sizeof root->registrar.b);
    root->expires = (int64_t)wsync_read_number(reader, 8);
    authority->version_count = (size_t)wsync_read_number(reader, 1);
    for (size_t i = 0; i < authority->version_count && i < WSYNC_AUTHORITY_STATEMENTS_MAX;
         i++) {
        authority->versions[i] = wsync_read_number(reader, 8);
    }
    authority->bytes = (size_t)wsync_read_number(reader, 4);
    return root->key_count > 0 && root->key_count <= WSYNC_ROOT_KEYS_MAX &&
           authority->version_count > 0 &&
           authority->version_count <= WSYNC_AUTHORITY_STATEMENTS_MAX;
}

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
    roster->top = (uint32_t)wsync_read_number(&reader, 4);
    roster->district_version = wsync_read_number(&reader, 8);
    wsync_read_into(&reader, roster->log_key.b, sizeof roster->log_key.b);
    roster->authority.instance = roster->instance;
    bool good = read_authority(&reader, &roster->authority);
    return good && wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static void write_authority(struct wsync_writer *writer,
                            const struct wsync_authority *authority)
{
    const struct wsync_root *root = &authority->root;
    wsync_write_number(writer, (uint64_t)authority->stamp, 8);
    wsync_write_number(writer, root->key_count, 1);
    for (size_t i = 0; i < root->key_count; i++) {
        wsync_write_bytes(writer, WSYNC_BYTES(root->keys[i]));
    }
    wsync_write_number(writer, root->threshold, 4);
    wsync_write_bytes(writer, WSYNC_BYTES(root->registrar));
    wsync_write_number(writer, (uint64_t)root->expires, 8);
    wsync_write_number(writer, authority->version_count, 1);
    for (size_t i = 0; i < authority->version_count; i++) {
        wsync_write_number(writer, authority->versions[i], 8);
    }
    wsync_write_number(writer, authority->bytes, 4);
}

static enum wsync_err put_roster(struct wsync_txn *txn, const struct wsync_roster *roster)
{
    uint8_t row[ROSTER_ROW_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, roster->version, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->hash));
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->instance));
    wsync_write_number(&writer, roster->top, 4);
    wsync_write_number(&writer, roster->district_version, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(roster->log_key));
    write_authority(&writer, &roster->authority);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("roster"),
                         wsync_written(&writer));
}

enum wsync_err wsync_roster_log_key(struct wsync_txn *txn, const struct wsync_signing_key *key,
                                    uint64_t *version)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_LOG_KEYS, WSYNC_BYTES(*key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    *version = row.len == 8 ? wsync_be_get(row.data, 8) : 0;
    return *version > 0 ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static enum wsync_err take_district(struct wsync_txn *txn, const struct wsync_statement *from,
                                    struct wsync_roster *roster)
{
    uint8_t version[8];
    uint64_t known;
    const struct wsync_signing_key *key = &from->district.log_key;
    roster->district_version = from->version;
    roster->log_key = *key;
    wsync_be_put(version, from->version, sizeof version);
    enum wsync_err err = wsync_roster_log_key(txn, key, &known);
    return err == WSYNC_ERR_NOT_FOUND
               ? wsync_txn_put(txn, WSYNC_TABLE_LOG_KEYS, WSYNC_BYTES(*key),
                               wsync_slice(version, sizeof version))
               : err;
}

/* ROSTER when a device has one of the keys already. */
static enum wsync_err check_unused(struct wsync_txn *txn, const struct wsync_signing_key *key,
                                   const struct wsync_transport_key *transport)
{
    struct wsync_device other;
    enum wsync_err err = wsync_device_by_signing(txn, key, &other);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_device_by_transport(txn, transport, &other);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err == WSYNC_OK ? WSYNC_ERR_ROSTER : err;
}

/* The device a statement is about: enrolled and not revoked, else ROSTER. */
static enum wsync_err find_device(struct wsync_txn *txn, const struct wsync_device_id *id,
                                  struct wsync_device *device)
{
    enum wsync_err err = wsync_device_get(txn, id, device);
    bool gone = err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && device->revoked != 0);
    return gone ? WSYNC_ERR_ROSTER : err;
}

static enum wsync_err take_enrolment(struct wsync_txn *txn, const struct wsync_statement *from)
{
    const struct wsync_enrolment *enrol = &from->enrol;
    struct wsync_device device = {
        .id = wsync_device_of(&from->instance, &enrol->signing_key),
        .keys = {{enrol->signing_key, from->version, from->stamp}},
        .key_count = 1,
        .transport_key = enrol->transport_key,
        .role = enrol->role,
        .scope_count = enrol->scope_count,
        .form_count = enrol->form_count,
        .quota = enrol->quota,
        .has_predecessor = enrol->has_predecessor,
        .predecessor = enrol->predecessor,
        .enrolled = from->version,
    };
    struct wsync_device before;
    enum wsync_err err = check_unused(txn, &enrol->signing_key, &enrol->transport_key);
    if (err == WSYNC_OK && enrol->has_predecessor) {
        err = wsync_device_get(txn, &enrol->predecessor, &before);
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_ROSTER : err;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(device.scopes, enrol->scopes, enrol->scope_count * sizeof *enrol->scopes);
    if (enrol->form_count > 0) {
        memcpy(device.forms, enrol->forms, enrol->form_count * sizeof *enrol->forms);
    }
    memcpy(device.name, enrol->name.data, enrol->name.len);
    return wsync_device_put(txn, &device);
}

static enum wsync_err take_revocation(struct wsync_txn *txn, const struct wsync_statement *from)
{
    const struct wsync_revocation *revoke = &from->revoke;
    struct wsync_device device;
    enum wsync_err err = find_device(txn, &revoke->device, &device);
    bool twice = revoke->suspend && device.suspended != 0;
    if (err == WSYNC_OK && (twice || device.role == WSYNC_ROLE_NODE)) {
        err = WSYNC_ERR_ROSTER; /* without its node no district could go on */
    }
    if (err == WSYNC_OK) {
        err = wsync_pins_remove(txn, from->version, revoke, device.suspended != 0);
    }
    if (revoke->suspend) {
        device.suspended = from->version;
    } else {
        device.revoked = from->version;
    }
    return err == WSYNC_OK ? wsync_device_put(txn, &device) : err;
}

static enum wsync_err take_rotation(struct wsync_txn *txn, const struct wsync_statement *from)
{
    const struct wsync_rotation *rotate = &from->rotate;
    struct wsync_device device;
    enum wsync_err err = find_device(txn, &rotate->device, &device);
    if (err != WSYNC_OK) {
        return err;
    }
    if (device.suspended != 0 || device.key_count == WSYNC_DEVICE_KEYS_MAX) {
        return WSYNC_ERR_ROSTER;
    }
    if (!wsync_rotation_verify(wsync_device_key(&device), &from->instance, rotate)) {
        return WSYNC_ERR_SIGNATURE;
    }
    err = check_unused(txn, &rotate->signing_key, &rotate->transport_key);
    if (err == WSYNC_OK) {
        err = wsync_pins_close(txn, from->version, rotate);
    }
    device.keys[device.key_count++] =
        (struct wsync_device_key){rotate->signing_key, from->version, from->stamp};
    device.transport_key = rotate->transport_key;
    return err == WSYNC_OK ? wsync_device_put(txn, &device) : err;
}

static enum wsync_err take_resume(struct wsync_txn *txn, const struct wsync_statement *from)
{
    struct wsync_device device;
    enum wsync_err err = find_device(txn, &from->device, &device);
    if (err == WSYNC_OK && device.suspended == 0) {
        err = WSYNC_ERR_ROSTER;
    }
    if (err == WSYNC_OK) {
        err = wsync_pins_lift(txn, &device.id);
    }
    device.suspended = 0;
    return err == WSYNC_OK ? wsync_device_put(txn, &device) : err;
}

static enum wsync_err take_ask(struct wsync_txn *txn, const struct wsync_statement *from)
{
    struct wsync_device device;
    enum wsync_err err = find_device(txn, &from->device, &device);
    device.asked = from->version;
    return err == WSYNC_OK ? wsync_device_put(txn, &device) : err;
}

/* Checks by reading what a statement needs of the rows, then writes it into them. */
static enum wsync_err take_body(struct wsync_txn *txn, const struct wsync_statement *from,
                                struct wsync_roster *roster)
{
    enum wsync_err err;
    switch (from->kind) {
    case WSYNC_STATEMENT_FIRST:
        err = take_enrolment(txn, from);
        return err == WSYNC_OK ? take_district(txn, from, roster) : err;
    case WSYNC_STATEMENT_ROOT:
        return WSYNC_OK;
    case WSYNC_STATEMENT_DISTRICT:
        return take_district(txn, from, roster);
    case WSYNC_STATEMENT_ENROL:
        return take_enrolment(txn, from);
    case WSYNC_STATEMENT_REVOKE:
        return take_revocation(txn, from);
    case WSYNC_STATEMENT_ROTATE:
        return take_rotation(txn, from);
    case WSYNC_STATEMENT_RESUME:
        return take_resume(txn, from);
    case WSYNC_STATEMENT_ASK:
        return take_ask(txn, from);
    }
    return WSYNC_ERR_ROSTER;
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

/* Everything that must hold before a statement may follow `roster`; lets one with a root change
 * its authority. */
static enum wsync_err check_next(const struct wsync_signed_statement *signed_statement,
                                 const struct wsync_statement *statement,
                                 const struct wsync_instance_id *expected,
                                 struct wsync_roster *roster)
{
    if (expected && memcmp(expected->b, statement->instance.b, sizeof expected->b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    if (roster->version == 0) {
        roster->instance = statement->instance;
    }
    if (memcmp(roster->instance.b, statement->instance.b, sizeof roster->instance.b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    if (statement->version != roster->version + 1 ||
        (roster->version > 0 && !wsync_hash_equal(&statement->previous, &roster->hash))) {
        return WSYNC_ERR_ROSTER;
    }
    enum wsync_err err = wsync_authority_take(&roster->authority, signed_statement, statement);
    if (err == WSYNC_OK && statement->kind == WSYNC_STATEMENT_FIRST) {
        roster->top = statement->enrol.scopes[0];
    }
    return err;
}

/* Does the statement change what counts of the logs of a device? */
static bool changes_rights(const struct wsync_statement *statement)
{
    return statement->kind == WSYNC_STATEMENT_REVOKE ||
           statement->kind == WSYNC_STATEMENT_ROTATE ||
           statement->kind == WSYNC_STATEMENT_RESUME ||
           (statement->kind == WSYNC_STATEMENT_ENROL && statement->enrol.has_predecessor);
}

static enum wsync_err put_statement(struct wsync_txn *txn,
                                    const struct wsync_statement *statement,
                                    const struct wsync_signed_statement *signed_statement)
{
    uint8_t key[8];
    uint8_t row[WSYNC_SIGNED_BYTES_MAX];
    const struct wsync_cause rights = {WSYNC_CAUSE_REVOKED, 0, statement->version};
    wsync_be_put(key, statement->version, sizeof key);
    enum wsync_err err = changes_rights(statement) ? wsync_work_put(txn, &rights) : WSYNC_OK;
    return err == WSYNC_OK
               ? wsync_txn_put(txn, WSYNC_TABLE_ROSTER, wsync_slice(key, sizeof key),
                               wsync_signed_write(signed_statement, row))
               : err;
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
        err = take_body(txn, &statement, &roster);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    roster.version = statement.version;
    roster.hash = wsync_statement_hash(signed_statement->statement);
    err = put_roster(txn, &roster);
    return err == WSYNC_OK ? put_statement(txn, &statement, signed_statement) : err;
}

enum wsync_err wsync_roster_draft(struct wsync_txn *txn, struct wsync_statement *statement)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    if (err != WSYNC_OK) {
        return err;
    }
    bool first = roster.version == 0;
    statement->version = roster.version + 1;
    statement->has_previous = !first;
    statement->previous = roster.hash;
    statement->instance = first ? wsync_instance_of(&statement->root) : roster.instance;
    if (!first && statement->stamp < roster.authority.stamp) {
        statement->stamp = roster.authority.stamp; /* a clock that lags behind the root's */
    }
    return WSYNC_OK;
}

enum wsync_err wsync_roster_issue(struct wsync_txn *txn, struct wsync_arena *arena,
                                  struct wsync_statement *statement,
                                  const struct wsync_signing_secret *signer,
                                  struct wsync_signed_statement *result)
{
    enum wsync_err err = wsync_roster_draft(txn, statement);
    *result = (struct wsync_signed_statement){.signature_count = 1};
    if (err == WSYNC_OK) {
        err = wsync_statement_encode(statement, arena, &result->statement);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    result->signatures[0] = wsync_statement_sign(signer, result->statement);
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
    return wsync_signed_read(row, result) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_roster_district(struct wsync_txn *txn, struct wsync_arena *arena,
                                     struct wsync_district *district)
{
    struct wsync_roster roster;
    struct wsync_signed_statement held;
    struct wsync_statement statement;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    if (err != WSYNC_OK || roster.version == 0) {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    err = wsync_roster_statement(txn, roster.district_version, &held);
    if (err == WSYNC_OK) {
        held.statement = wsync_arena_copy(arena, held.statement);
        err = held.statement.data ? wsync_statement_decode(held.statement, arena, &statement)
                                  : WSYNC_ERR_MEMORY;
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : WSYNC_ERR_CORRUPT;
    }
    *district = statement.district;
    return WSYNC_OK;
}
