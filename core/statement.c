/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/pb.h"
#include "roster.pb-c.h"
#include "wardsync/roster.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void write_enrolment(const struct wsync_enrolment *enrol, Wardsync__Enrolment *message)
{
    *message = (Wardsync__Enrolment)WARDSYNC__ENROLMENT__INIT;
    message->signing_key = wsync_pb_data(WSYNC_BYTES(enrol->signing_key));
    message->transport_key = wsync_pb_data(WSYNC_BYTES(enrol->transport_key));
    message->role = (uint32_t)enrol->role;
    message->scopes = (uint32_t *)(uintptr_t)enrol->scopes;
    message->n_scopes = enrol->scope_count;
    message->name = wsync_pb_data(enrol->name);
}

enum wsync_err wsync_statement_encode(const struct wsync_statement *statement,
                                      struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Statement message = WARDSYNC__STATEMENT__INIT;
    Wardsync__Enrolment enrol;
    Wardsync__Revocation revoke = WARDSYNC__REVOCATION__INIT;
    Wardsync__Pin pins[WSYNC_STATEMENT_PINS_MAX];
    Wardsync__Pin *pin_pointers[WSYNC_STATEMENT_PINS_MAX];
    message.instance = wsync_pb_data(WSYNC_BYTES(statement->instance));
    message.version = statement->version;
    if (statement->has_previous) {
        message.previous = wsync_pb_data(WSYNC_BYTES(statement->previous));
    }
    message.stamp = statement->stamp;
    if (statement->kind == WSYNC_STATEMENT_ROOT) {
        message.root_key = wsync_pb_data(WSYNC_BYTES(statement->root_key));
    }
    if (statement->kind != WSYNC_STATEMENT_REVOKE) {
        write_enrolment(&statement->enrol, &enrol);
        message.enrol = &enrol;
        return wsync_pb_encode(&message.base, arena, bytes);
    }
    if (statement->revoke.pin_count > WSYNC_STATEMENT_PINS_MAX) {
        return WSYNC_ERR_INVALID;
    }
    revoke.device = wsync_pb_data(WSYNC_BYTES(statement->revoke.device));
    for (size_t i = 0; i < statement->revoke.pin_count; i++) {
        const struct wsync_pin *pin = &statement->revoke.pins[i];
        pins[i] = (Wardsync__Pin)WARDSYNC__PIN__INIT;
        pins[i].log = wsync_pb_data(WSYNC_BYTES(pin->log));
        pins[i].seq = pin->seq;
        pins[i].hash = wsync_pb_data(WSYNC_BYTES(pin->hash));
        pin_pointers[i] = &pins[i];
    }
    revoke.pins = pin_pointers;
    revoke.n_pins = statement->revoke.pin_count;
    message.revoke = &revoke;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static bool read_enrolment(const Wardsync__Enrolment *message, struct wsync_enrolment *enrol)
{
    *enrol = (struct wsync_enrolment){.role = (enum wsync_role)message->role,
                                      .scopes = message->scopes,
                                      .scope_count = message->n_scopes,
                                      .name = wsync_pb_slice(message->name)};
    if (!wsync_pb_fixed(message->signing_key, enrol->signing_key.b,
                        sizeof enrol->signing_key.b) ||
        !wsync_pb_fixed(message->transport_key, enrol->transport_key.b,
                        sizeof enrol->transport_key.b) ||
        (message->role != WSYNC_ROLE_CLERK && message->role != WSYNC_ROLE_NODE) ||
        enrol->scope_count == 0 || enrol->scope_count > WSYNC_STATEMENT_SCOPES_MAX ||
        enrol->name.len == 0 || enrol->name.len > WSYNC_DEVICE_NAME_BYTES_MAX) {
        return false;
    }
    uint32_t before = 0;
    for (size_t i = 0; i < enrol->scope_count; i++) {
        if (enrol->scopes[i] <= before) {
            return false;
        }
        before = enrol->scopes[i];
    }
    return memchr(enrol->name.data, 0, enrol->name.len) == NULL;
}

static enum wsync_err read_revocation(const Wardsync__Revocation *message,
                                      struct wsync_arena *arena,
                                      struct wsync_revocation *revoke)
{
    if (message->n_pins > WSYNC_STATEMENT_PINS_MAX ||
        !wsync_pb_fixed(message->device, revoke->device.b, sizeof revoke->device.b)) {
        return WSYNC_ERR_ROSTER;
    }
    struct wsync_pin *pins = wsync_arena_array(arena, message->n_pins, sizeof *pins);
    if (!pins) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_pins; i++) {
        const Wardsync__Pin *pin = message->pins[i];
        pins[i].seq = pin->seq;
        if (!wsync_pb_fixed(pin->log, pins[i].log.b, sizeof pins[i].log.b) ||
            !wsync_pb_fixed(pin->hash, pins[i].hash.b, sizeof pins[i].hash.b) ||
            (i > 0 && memcmp(pins[i - 1].log.b, pins[i].log.b, sizeof pins[i].log.b) >= 0)) {
            return WSYNC_ERR_ROSTER;
        }
    }
    revoke->pins = pins;
    revoke->pin_count = message->n_pins;
    return WSYNC_OK;
}

/* Exactly one kind, and version 1 is the root statement. */
static bool kind_ok(const Wardsync__Statement *message)
{
    bool first = message->version == 1;
    bool root = message->root_key.len > 0;
    return message->version > 0 && first == root && first == (message->previous.len == 0) &&
           (message->enrol != NULL) != (message->revoke != NULL) && (!root || message->enrol);
}

enum wsync_err wsync_statement_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                      struct wsync_statement *statement)
{
    ProtobufCMessage *base;
    if (bytes.len > WSYNC_STATEMENT_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    enum wsync_err err =
        wsync_pb_decode(&wardsync__statement__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__Statement *message = (const Wardsync__Statement *)base;
    *statement = (struct wsync_statement){.version = message->version,
                                          .stamp = message->stamp,
                                          .has_previous = message->previous.len > 0};
    if (!kind_ok(message) ||
        !wsync_pb_fixed(message->instance, statement->instance.b,
                        sizeof statement->instance.b) ||
        (statement->has_previous && !wsync_pb_fixed(message->previous, statement->previous.b,
                                                    sizeof statement->previous.b))) {
        return WSYNC_ERR_ROSTER;
    }
    if (message->revoke) {
        statement->kind = WSYNC_STATEMENT_REVOKE;
        return read_revocation(message->revoke, arena, &statement->revoke);
    }
    statement->kind = message->version == 1 ? WSYNC_STATEMENT_ROOT : WSYNC_STATEMENT_ENROL;
    if (statement->kind == WSYNC_STATEMENT_ROOT &&
        !wsync_pb_fixed(message->root_key, statement->root_key.b,
                        sizeof statement->root_key.b)) {
        return WSYNC_ERR_ROSTER;
    }
    bool good = read_enrolment(message->enrol, &statement->enrol) &&
                (statement->kind != WSYNC_STATEMENT_ROOT ||
                 statement->enrol.role == WSYNC_ROLE_NODE);
    return good ? WSYNC_OK : WSYNC_ERR_ROSTER;
}

struct wsync_hash wsync_statement_hash(struct wsync_slice bytes)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/statement/v1"), bytes};
    return wsync_hash_parts(parts, COUNT(parts));
}

struct wsync_signature wsync_statement_sign(const struct wsync_signing_secret *root,
                                            struct wsync_slice bytes)
{
    struct wsync_hash hash = wsync_statement_hash(bytes);
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/roster/v1"), WSYNC_BYTES(hash)};
    return wsync_sign_parts(root, parts, COUNT(parts));
}

bool wsync_statement_verify(const struct wsync_signing_key *root,
                            const struct wsync_signed_statement *signed_bytes)
{
    struct wsync_hash hash = wsync_statement_hash(signed_bytes->statement);
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/roster/v1"), WSYNC_BYTES(hash)};
    return wsync_verify_parts(root, &signed_bytes->signature, parts, COUNT(parts));
}
