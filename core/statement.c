/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/statement.h"

#include "core/pb.h"
#include "roster.pb-c.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum wsync_err write_root(const struct wsync_root *root, struct wsync_arena *arena,
                                 Wardsync__Root **message)
{
    *message = wsync_arena_get(arena, sizeof **message);
    ProtobufCBinaryData *keys = wsync_arena_array(arena, WSYNC_ROOT_KEYS_MAX, sizeof *keys);
    if (!*message || !keys) {
        return WSYNC_ERR_MEMORY;
    }
    if (root->key_count > WSYNC_ROOT_KEYS_MAX) {
        return WSYNC_ERR_INVALID;
    }
    for (size_t i = 0; i < root->key_count; i++) {
        keys[i] = wsync_pb_data(WSYNC_BYTES(root->keys[i]));
    }
    **message = (Wardsync__Root)WARDSYNC__ROOT__INIT;
    (*message)->keys = keys;
    (*message)->n_keys = root->key_count;
    (*message)->threshold = root->threshold;
    (*message)->registrar = wsync_pb_data(WSYNC_BYTES(root->registrar));
    (*message)->expires = root->expires;
    return WSYNC_OK;
}

static enum wsync_err write_endpoint(const struct wsync_endpoint *endpoint,
                                     struct wsync_arena *arena, Wardsync__Endpoint *message)
{
    ProtobufCBinaryData *addresses =
        wsync_arena_array(arena, WSYNC_ADDRESSES_MAX, sizeof *addresses);
    if (!addresses) {
        return WSYNC_ERR_MEMORY;
    }
    if (endpoint->address_count > WSYNC_ADDRESSES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    for (size_t i = 0; i < endpoint->address_count; i++) {
        addresses[i] = wsync_pb_data(endpoint->addresses[i]);
    }
    *message = (Wardsync__Endpoint)WARDSYNC__ENDPOINT__INIT;
    message->key = wsync_pb_data(WSYNC_BYTES(endpoint->key));
    message->addresses = addresses;
    message->n_addresses = endpoint->address_count;
    return WSYNC_OK;
}

static enum wsync_err write_district(const struct wsync_district *district,
                                     struct wsync_arena *arena, Wardsync__District **message)
{
    enum wsync_err err = WSYNC_OK;
    *message = wsync_arena_get(arena, sizeof **message);
    Wardsync__Endpoint *endpoints =
        wsync_arena_array(arena, WSYNC_ENDPOINTS_MAX, sizeof *endpoints);
    Wardsync__Endpoint **pointers =
        wsync_arena_array(arena, WSYNC_ENDPOINTS_MAX, sizeof *pointers);
    if (!*message || !endpoints || !pointers) {
        return WSYNC_ERR_MEMORY;
    }
    if (district->endpoint_count > WSYNC_ENDPOINTS_MAX) {
        return WSYNC_ERR_INVALID;
    }
    for (size_t i = 0; i < district->endpoint_count && err == WSYNC_OK; i++) {
        err = write_endpoint(&district->endpoints[i], arena, &endpoints[i]);
        pointers[i] = &endpoints[i];
    }
    **message = (Wardsync__District)WARDSYNC__DISTRICT__INIT;
    (*message)->endpoints = pointers;
    (*message)->n_endpoints = district->endpoint_count;
    (*message)->log_key = wsync_pb_data(WSYNC_BYTES(district->log_key));
    (*message)->bundle_key = wsync_pb_data(WSYNC_BYTES(district->bundle_key));
    return err;
}

static enum wsync_err write_enrolment(const struct wsync_enrolment *enrol,
                                      struct wsync_arena *arena, Wardsync__Enrolment **message)
{
    *message = wsync_arena_get(arena, sizeof **message);
    if (!*message) {
        return WSYNC_ERR_MEMORY;
    }
    **message = (Wardsync__Enrolment)WARDSYNC__ENROLMENT__INIT;
    (*message)->signing_key = wsync_pb_data(WSYNC_BYTES(enrol->signing_key));
    (*message)->transport_key = wsync_pb_data(WSYNC_BYTES(enrol->transport_key));
    (*message)->role = (uint32_t)enrol->role;
    (*message)->scopes = (uint32_t *)(uintptr_t)enrol->scopes;
    (*message)->n_scopes = enrol->scope_count;
    (*message)->name = wsync_pb_data(enrol->name);
    (*message)->quota = enrol->quota;
    (*message)->forms = (uint32_t *)(uintptr_t)enrol->forms;
    (*message)->n_forms = enrol->form_count;
    if (enrol->has_predecessor) {
        (*message)->predecessor = wsync_pb_data(WSYNC_BYTES(enrol->predecessor));
    }
    return WSYNC_OK;
}

static enum wsync_err write_pins(const struct wsync_pin *pins, size_t count,
                                 struct wsync_arena *arena, Wardsync__Pin ***pointers)
{
    if (count > WSYNC_STATEMENT_PINS_MAX) {
        return WSYNC_ERR_INVALID;
    }
    Wardsync__Pin *messages = wsync_arena_array(arena, count, sizeof *messages);
    *pointers = wsync_arena_array(arena, count, sizeof **pointers);
    if (!messages || !*pointers) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        messages[i] = (Wardsync__Pin)WARDSYNC__PIN__INIT;
        messages[i].log = wsync_pb_data(WSYNC_BYTES(pins[i].log));
        messages[i].seq = pins[i].seq;
        messages[i].hash = wsync_pb_data(WSYNC_BYTES(pins[i].hash));
        (*pointers)[i] = &messages[i];
    }
    return WSYNC_OK;
}

static enum wsync_err write_revocation(const struct wsync_revocation *revoke,
                                       struct wsync_arena *arena,
                                       Wardsync__Revocation **message)
{
    *message = wsync_arena_get(arena, sizeof **message);
    if (!*message) {
        return WSYNC_ERR_MEMORY;
    }
    **message = (Wardsync__Revocation)WARDSYNC__REVOCATION__INIT;
    (*message)->device = wsync_pb_data(WSYNC_BYTES(revoke->device));
    (*message)->n_pins = revoke->pin_count;
    (*message)->suspend = revoke->suspend;
    return write_pins(revoke->pins, revoke->pin_count, arena, &(*message)->pins);
}

static enum wsync_err write_rotation(const struct wsync_rotation *rotate,
                                     struct wsync_arena *arena, Wardsync__Rotation **message)
{
    *message = wsync_arena_get(arena, sizeof **message);
    if (!*message) {
        return WSYNC_ERR_MEMORY;
    }
    **message = (Wardsync__Rotation)WARDSYNC__ROTATION__INIT;
    (*message)->device = wsync_pb_data(WSYNC_BYTES(rotate->device));
    (*message)->signing_key = wsync_pb_data(WSYNC_BYTES(rotate->signing_key));
    (*message)->transport_key = wsync_pb_data(WSYNC_BYTES(rotate->transport_key));
    (*message)->n_pins = rotate->pin_count;
    (*message)->old_signature = wsync_pb_data(WSYNC_BYTES(rotate->old_signature));
    (*message)->new_signature = wsync_pb_data(WSYNC_BYTES(rotate->new_signature));
    return write_pins(rotate->pins, rotate->pin_count, arena, &(*message)->pins);
}

static enum wsync_err write_first(const struct wsync_statement *statement,
                                  struct wsync_arena *arena, Wardsync__Statement *message)
{
    enum wsync_err err = write_root(&statement->root, arena, &message->root);
    if (err == WSYNC_OK) {
        err = write_district(&statement->district, arena, &message->district);
    }
    return err == WSYNC_OK ? write_enrolment(&statement->enrol, arena, &message->enrol) : err;
}

static enum wsync_err write_device(const struct wsync_statement *statement,
                                   struct wsync_arena *arena, Wardsync__Statement *message)
{
    Wardsync__Resume *resume = wsync_arena_get(arena, sizeof *resume);
    Wardsync__Ask *ask = wsync_arena_get(arena, sizeof *ask);
    if (!resume || !ask) {
        return WSYNC_ERR_MEMORY;
    }
    if (statement->kind == WSYNC_STATEMENT_RESUME) {
        *resume = (Wardsync__Resume)WARDSYNC__RESUME__INIT;
        resume->device = wsync_pb_data(WSYNC_BYTES(statement->device));
        message->resume = resume;
    } else {
        *ask = (Wardsync__Ask)WARDSYNC__ASK__INIT;
        ask->device = wsync_pb_data(WSYNC_BYTES(statement->device));
        message->ask = ask;
    }
    return WSYNC_OK;
}

static enum wsync_err write_body(const struct wsync_statement *statement,
                                 struct wsync_arena *arena, Wardsync__Statement *message)
{
    switch (statement->kind) {
    case WSYNC_STATEMENT_FIRST:
        return write_first(statement, arena, message);
    case WSYNC_STATEMENT_ROOT:
        return write_root(&statement->root, arena, &message->root);
    case WSYNC_STATEMENT_DISTRICT:
        return write_district(&statement->district, arena, &message->district);
    case WSYNC_STATEMENT_ENROL:
        return write_enrolment(&statement->enrol, arena, &message->enrol);
    case WSYNC_STATEMENT_REVOKE:
        return write_revocation(&statement->revoke, arena, &message->revoke);
    case WSYNC_STATEMENT_ROTATE:
        return write_rotation(&statement->rotate, arena, &message->rotate);
    case WSYNC_STATEMENT_RESUME:
    case WSYNC_STATEMENT_ASK:
        return write_device(statement, arena, message);
    }
    return WSYNC_ERR_INVALID;
}

enum wsync_err wsync_statement_encode(const struct wsync_statement *statement,
                                      struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Statement message = WARDSYNC__STATEMENT__INIT;
    message.instance = wsync_pb_data(WSYNC_BYTES(statement->instance));
    message.version = statement->version;
    if (statement->has_previous) {
        message.previous = wsync_pb_data(WSYNC_BYTES(statement->previous));
    }
    message.stamp = statement->stamp;
    enum wsync_err err = write_body(statement, arena, &message);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

enum wsync_err wsync_rotation_encode(const struct wsync_rotation *rotation,
                                     struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Rotation *message;
    enum wsync_err err = write_rotation(rotation, arena, &message);
    return err == WSYNC_OK ? wsync_pb_encode(&message->base, arena, bytes) : err;
}

struct wsync_hash wsync_statement_hash(struct wsync_slice bytes)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/statement/v1"), bytes};
    return wsync_hash_parts(parts, COUNT(parts));
}
