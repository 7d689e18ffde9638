/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/enrol.h"

#include <string.h>

#include "core/bytes.h"
#include "core/pb.h"
#include "roster.pb-c.h"
#include "wardsync/utf8.h"

/* INVITES: one-time transport key -> id, scope, expires, used version, role, quota, predecessor
 * (or none), forms, name. */
enum {
    INVITE_ROW_BYTES_MAX = 16 + 4 + 8 + 8 + 1 + 4 + 4 + WSYNC_DEVICE_ID_BYTES + 1 +
                           4 * WSYNC_STATEMENT_FORMS_MAX + 4 + WSYNC_DEVICE_NAME_BYTES_MAX
};

/* ---- the place of a device ---- */

static enum wsync_role role_of(const struct wsync_place *place)
{
    return place->role != 0 ? place->role : WSYNC_ROLE_CLERK;
}

void wsync_place_take(struct wsync_enrolment *keys, const struct wsync_place *place,
                      const uint32_t *scope)
{
    keys->role = role_of(place);
    keys->scopes = scope;
    keys->scope_count = 1;
    keys->quota = place->quota;
    keys->forms = place->forms;
    keys->form_count = place->form_count;
    keys->has_predecessor = place->has_predecessor;
    keys->predecessor = place->predecessor;
}

bool wsync_place_is(const struct wsync_device *device, const struct wsync_place *place,
                    uint32_t scope)
{
    return device->role == role_of(place) && device->scope_count == 1 &&
           device->scopes[0] == scope && device->quota == place->quota &&
           device->form_count == place->form_count &&
           memcmp(device->forms, place->forms, place->form_count * sizeof *place->forms) == 0 &&
           device->has_predecessor == place->has_predecessor &&
           wsync_device_id_equal(&device->predecessor, &place->predecessor);
}

static void write_place(struct wsync_writer *writer, const struct wsync_place *place)
{
    struct wsync_slice none = {NULL, 0};
    WSYNC_ASSERT(place->form_count <= WSYNC_STATEMENT_FORMS_MAX);
    wsync_write_number(writer, (uint64_t)role_of(place), 1);
    wsync_write_number(writer, place->quota, 4);
    wsync_write_block(writer, place->has_predecessor ? WSYNC_BYTES(place->predecessor) : none);
    wsync_write_number(writer, place->form_count, 1);
    for (size_t i = 0; i < place->form_count; i++) {
        wsync_write_number(writer, place->forms[i], 4);
    }
}

static bool read_place(struct wsync_reader *reader, struct wsync_place *place)
{
    place->role = (enum wsync_role)wsync_read_number(reader, 1);
    place->quota = (uint32_t)wsync_read_number(reader, 4);
    struct wsync_slice predecessor = wsync_read_block(reader);
    place->has_predecessor = predecessor.len == sizeof place->predecessor.b;
    if (place->has_predecessor) {
        memcpy(place->predecessor.b, predecessor.data, predecessor.len);
    }
    place->form_count = (size_t)wsync_read_number(reader, 1);
    for (size_t i = 0; i < place->form_count && i < WSYNC_STATEMENT_FORMS_MAX; i++) {
        place->forms[i] = (uint32_t)wsync_read_number(reader, 4);
    }
    return place->form_count <= WSYNC_STATEMENT_FORMS_MAX &&
           (predecessor.len == 0 || place->has_predecessor);
}

/* ---- invites ---- */

enum wsync_err wsync_invite_encode(const struct wsync_invite *invite, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Invite message = WARDSYNC__INVITE__INIT;
    ProtobufCBinaryData addresses[WSYNC_ADDRESSES_MAX];
    if (invite->address_count > WSYNC_ADDRESSES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    message.id = wsync_pb_data(WSYNC_BYTES(invite->id));
    message.instance = wsync_pb_data(WSYNC_BYTES(invite->instance));
    message.server_key = wsync_pb_data(WSYNC_BYTES(invite->server_key));
    message.secret = wsync_pb_data(wsync_slice(invite->secret, sizeof invite->secret));
    message.scope = invite->scope;
    message.name = wsync_pb_data(invite->name);
    for (size_t i = 0; i < invite->address_count; i++) {
        addresses[i] = wsync_pb_data(invite->addresses[i]);
    }
    message.addresses = addresses;
    message.n_addresses = invite->address_count;
    return wsync_pb_encode(&message.base, arena, bytes);
}

enum wsync_err wsync_invite_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_invite *invite)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__invite__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__Invite *message = (const Wardsync__Invite *)base;
    *invite = (struct wsync_invite){.scope = message->scope,
                                    .name = wsync_pb_slice(message->name),
                                    .address_count = message->n_addresses};
    if (message->n_addresses == 0 || message->n_addresses > WSYNC_ADDRESSES_MAX ||
        invite->scope == 0 || invite->name.len == 0 ||
        invite->name.len > WSYNC_DEVICE_NAME_BYTES_MAX || !wsync_utf8_is_line(invite->name) ||
        !wsync_pb_fixed(message->id, invite->id.b, sizeof invite->id.b) ||
        !wsync_pb_fixed(message->instance, invite->instance.b, sizeof invite->instance.b) ||
        !wsync_pb_fixed(message->server_key, invite->server_key.b,
                        sizeof invite->server_key.b) ||
        !wsync_pb_fixed(message->secret, invite->secret, sizeof invite->secret)) {
        return WSYNC_ERR_INVITE;
    }
    for (size_t i = 0; i < invite->address_count; i++) {
        invite->addresses[i] = wsync_pb_slice(message->addresses[i]);
        if (invite->addresses[i].len == 0 ||
            invite->addresses[i].len > WSYNC_ADDRESS_BYTES_MAX ||
            !wsync_utf8_is_plain(invite->addresses[i])) {
            return WSYNC_ERR_INVITE;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_invite_put(struct wsync_txn *txn, const struct wsync_transport_key *key,
                                const struct wsync_invite_row *row)
{
    uint8_t bytes[INVITE_ROW_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(bytes, sizeof bytes);
    wsync_write_bytes(&writer, WSYNC_BYTES(row->id));
    wsync_write_number(&writer, row->scope, 4);
    wsync_write_number(&writer, (uint64_t)row->expires, 8);
    wsync_write_number(&writer, row->used_version, 8);
    write_place(&writer, &row->place);
    wsync_write_block(&writer, wsync_slice_of(row->name));
    return wsync_txn_put(txn, WSYNC_TABLE_INVITES, WSYNC_BYTES(*key), wsync_written(&writer));
}

static enum wsync_err read_row(struct wsync_slice bytes, struct wsync_invite_row *row)
{
    struct wsync_reader reader = wsync_reader_over(bytes);
    *row = (struct wsync_invite_row){.scope = 0};
    wsync_read_into(&reader, row->id.b, sizeof row->id.b);
    row->scope = (uint32_t)wsync_read_number(&reader, 4);
    row->expires = (int64_t)wsync_read_number(&reader, 8);
    row->used_version = wsync_read_number(&reader, 8);
    bool placed = read_place(&reader, &row->place);
    struct wsync_slice name = wsync_read_block(&reader);
    if (!wsync_read_whole(&reader) || !placed || name.len > WSYNC_DEVICE_NAME_BYTES_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    memcpy(row->name, name.data, name.len);
    return WSYNC_OK;
}

enum wsync_err wsync_invite_get(struct wsync_txn *txn, const struct wsync_transport_key *key,
                                struct wsync_invite_row *row)
{
    struct wsync_slice bytes;
    *row = (struct wsync_invite_row){.scope = 0};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_INVITES, WSYNC_BYTES(*key), &bytes);
    return err == WSYNC_OK ? read_row(bytes, row) : err;
}

enum wsync_err wsync_invite_after(struct wsync_txn *txn, struct wsync_transport_key *key,
                                  struct wsync_invite_row *row)
{
    struct wsync_entry entry = {.key = WSYNC_BYTES(*key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_INVITES, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(key->b, entry.key.data, sizeof key->b);
    return read_row(entry.value, row);
}

/* What an Enrol message signs; `scope_bytes` holds the scope. */
static void enrol_parts(const struct wsync_enrol *enrol,
                        const struct wsync_instance_id *instance, uint8_t scope_bytes[4],
                        struct wsync_slice parts[6])
{
    parts[0] = wsync_slice_of("wardsync/enrol/v1");
    parts[1] = WSYNC_BYTES(enrol->invite);
    parts[2] = WSYNC_BYTES(enrol->signing_key);
    parts[3] = WSYNC_BYTES(enrol->transport_key);
    parts[4] = wsync_slice(scope_bytes, 4);
    parts[5] = WSYNC_BYTES(*instance);
}

struct wsync_enrol wsync_enrol_sign(const struct wsync_invite *invite,
                                    const struct wsync_identity *identity,
                                    const struct wsync_transport_key *transport_key)
{
    struct wsync_enrol enrol = {.invite = invite->id,
                                .signing_key = identity->signing_key,
                                .transport_key = *transport_key};
    uint8_t scope[4];
    struct wsync_slice parts[6];
    wsync_be_put(scope, invite->scope, sizeof scope);
    enrol_parts(&enrol, &invite->instance, scope, parts);
    enrol.signature = wsync_sign_parts(&identity->secret, parts, 6);
    return enrol;
}

/* The invite was used before: only for the same keys, with the same answer. */
static enum wsync_err answer_again(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_invite_row *row,
                                   const struct wsync_enrol *enrol, struct wsync_grant *grant)
{
    struct wsync_statement statement;
    enum wsync_err err = wsync_roster_statement(txn, row->used_version, &grant->statement);
    if (err == WSYNC_OK) {
        grant->statement.statement = wsync_arena_copy(arena, grant->statement.statement);
        err = grant->statement.statement.data
                  ? wsync_statement_decode(grant->statement.statement, arena, &statement)
                  : WSYNC_ERR_MEMORY;
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_permanent(err) || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT
                                                                         : err;
    }
    bool same = wsync_slice_equal(WSYNC_BYTES(statement.enrol.signing_key),
                                  WSYNC_BYTES(enrol->signing_key)) &&
                wsync_slice_equal(WSYNC_BYTES(statement.enrol.transport_key),
                                  WSYNC_BYTES(enrol->transport_key));
    return same ? WSYNC_OK : WSYNC_ERR_INVITE;
}

/* A district that went back has forgotten that the invite was used; where its roster was filled
 * again meanwhile, that knows. */
static enum wsync_err find_used(struct wsync_txn *txn,
                                const struct wsync_application *application,
                                const struct wsync_instance_id *instance,
                                struct wsync_invite_row *row)
{
    struct wsync_device device;
    struct wsync_device_id id = wsync_device_of(instance, &application->enrol.signing_key);
    enum wsync_err err = wsync_device_get(txn, &id, &device);
    bool same = err == WSYNC_OK && wsync_place_is(&device, &row->place, row->scope) &&
                device.key_count == 1 &&
                wsync_slice_equal(WSYNC_BYTES(device.transport_key),
                                  WSYNC_BYTES(application->enrol.transport_key));
    if (!same) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    row->used_version = device.enrolled;
    return wsync_invite_put(txn, &application->key, row);
}

static enum wsync_err enrol_new(struct wsync_txn *txn, struct wsync_arena *arena,
                                const struct wsync_desk *desk,
                                const struct wsync_application *application,
                                struct wsync_grant *grant)
{
    struct wsync_invite_row row;
    enum wsync_err err = wsync_invite_get(txn, &application->key, &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (application->now > row.expires) {
        return WSYNC_ERR_INVITE;
    }
    struct wsync_statement statement = {
        .stamp = application->now,
        .kind = WSYNC_STATEMENT_ENROL,
        .enrol = {.signing_key = application->enrol.signing_key,
                  .transport_key = application->enrol.transport_key,
                  .name = wsync_slice_of(row.name)},
    };
    wsync_place_take(&statement.enrol, &row.place, &row.scope);
    if (!desk->has_registrar) {
        return WSYNC_ERR_BUSY;
    }
    err = wsync_roster_issue(txn, arena, &statement, &desk->registrar, &grant->statement);
    if (err != WSYNC_OK) {
        return err;
    }
    row.used_version = statement.version;
    return wsync_invite_put(txn, &application->key, &row);
}

/* The statements with a root that were in force at `version`, as the applicant must see them.
 */
static enum wsync_err bring_authority(struct wsync_txn *txn, struct wsync_arena *arena,
                                      const struct wsync_authority *authority, uint64_t version,
                                      struct wsync_grant *grant)
{
    struct wsync_signed_statement *items =
        wsync_arena_array(arena, authority->version_count, sizeof *items);
    grant->authority = items;
    grant->authority_count = 0;
    if (!items) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < authority->version_count && authority->versions[i] < version; i++) {
        enum wsync_err err = wsync_roster_statement(txn, authority->versions[i], &items[i]);
        if (err == WSYNC_OK) {
            items[i].statement = wsync_arena_copy(arena, items[i].statement);
            err = items[i].statement.data ? WSYNC_OK : WSYNC_ERR_MEMORY;
        }
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        grant->authority_count++;
    }
    return WSYNC_OK;
}

enum wsync_err wsync_enrol_honour(struct wsync_txn *txn, struct wsync_arena *arena,
                                  const struct wsync_desk *desk,
                                  const struct wsync_application *application,
                                  struct wsync_grant *grant)
{
    const struct wsync_enrol *enrol = &application->enrol;
    struct wsync_invite_row row;
    struct wsync_roster roster;
    uint8_t scope[4];
    struct wsync_slice parts[6];
    enum wsync_err err = wsync_invite_get(txn, &application->key, &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_INVITE : err;
    }
    err = wsync_roster_get(txn, &roster);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_be_put(scope, row.scope, sizeof scope);
    enrol_parts(enrol, &roster.instance, scope, parts);
    if (!wsync_slice_equal(WSYNC_BYTES(row.id), WSYNC_BYTES(enrol->invite))) {
        return WSYNC_ERR_INVITE;
    }
    if (!wsync_verify_parts(&enrol->signing_key, &enrol->signature, parts, 6)) {
        return WSYNC_ERR_SIGNATURE;
    }
    if (row.used_version == 0) {
        err = find_used(txn, application, &roster.instance, &row);
    }
    if (err == WSYNC_OK) {
        err = row.used_version != 0 ? answer_again(txn, arena, &row, enrol, grant)
                                    : enrol_new(txn, arena, desk, application, grant);
    }
    if (err == WSYNC_OK && row.used_version == 0) {
        row.used_version = roster.version + 1;
    }
    return err == WSYNC_OK
               ? bring_authority(txn, arena, &roster.authority, row.used_version, grant)
               : err;
}

/* Follows the roots from version 1 to those in force at the enrolment. */
static enum wsync_err follow_roots(const struct wsync_grant *grant,
                                   const struct wsync_instance_id *instance,
                                   struct wsync_arena *arena, struct wsync_authority *authority)
{
    *authority = (struct wsync_authority){.version_count = 0};
    uint64_t before = 0;
    for (size_t i = 0; i < grant->authority_count; i++) {
        struct wsync_statement statement;
        enum wsync_err err =
            wsync_statement_decode(grant->authority[i].statement, arena, &statement);
        if (err != WSYNC_OK) {
            return err;
        }
        if (memcmp(statement.instance.b, instance->b, sizeof instance->b) != 0) {
            return WSYNC_ERR_INSTANCE;
        }
        if (statement.version <= before || (statement.kind != WSYNC_STATEMENT_FIRST &&
                                            statement.kind != WSYNC_STATEMENT_ROOT)) {
            return WSYNC_ERR_ROSTER;
        }
        before = statement.version;
        err = wsync_authority_take(authority, &grant->authority[i], &statement);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return grant->authority_count > 0 ? WSYNC_OK : WSYNC_ERR_ROSTER;
}

enum wsync_err wsync_grant_check(const struct wsync_grant *grant,
                                 const struct wsync_instance_id *instance,
                                 const struct wsync_enrol *enrol, struct wsync_arena *arena)
{
    struct wsync_statement statement;
    struct wsync_authority authority;
    enum wsync_err err = follow_roots(grant, instance, arena, &authority);
    if (err == WSYNC_OK) {
        err = wsync_statement_decode(grant->statement.statement, arena, &statement);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (memcmp(statement.instance.b, instance->b, sizeof instance->b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    bool ours = statement.kind == WSYNC_STATEMENT_ENROL &&
                statement.version > authority.versions[authority.version_count - 1] &&
                wsync_slice_equal(WSYNC_BYTES(statement.enrol.signing_key),
                                  WSYNC_BYTES(enrol->signing_key)) &&
                wsync_slice_equal(WSYNC_BYTES(statement.enrol.transport_key),
                                  WSYNC_BYTES(enrol->transport_key));
    return ours ? wsync_authority_take(&authority, &grant->statement, &statement)
                : WSYNC_ERR_ROSTER;
}
