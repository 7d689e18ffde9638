/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/pb.h"
#include "roster.pb-c.h"
#include "wardsync/form.h"
#include "wardsync/statement.h"
#include "wardsync/utf8.h"

static bool read_root(const Wardsync__Root *message, struct wsync_root *root)
{
    if (message->n_keys == 0 || message->n_keys > WSYNC_ROOT_KEYS_MAX ||
        message->threshold == 0 || message->threshold > message->n_keys ||
        !wsync_pb_fixed(message->registrar, root->registrar.b, sizeof root->registrar.b)) {
        return false;
    }
    for (size_t i = 0; i < message->n_keys; i++) {
        struct wsync_signing_key *key = &root->keys[i];
        if (!wsync_pb_fixed(message->keys[i], key->b, sizeof key->b) ||
            (i > 0 && memcmp(root->keys[i - 1].b, key->b, sizeof key->b) >= 0) ||
            memcmp(root->registrar.b, key->b, sizeof key->b) == 0) {
            return false;
        }
    }
    root->key_count = message->n_keys;
    root->threshold = message->threshold;
    root->expires = message->expires;
    return true;
}

static bool read_endpoint(const Wardsync__Endpoint *message, struct wsync_endpoint *endpoint)
{
    if (!wsync_pb_fixed(message->key, endpoint->key.b, sizeof endpoint->key.b) ||
        message->n_addresses > WSYNC_ADDRESSES_MAX) {
        return false;
    }
    endpoint->address_count = message->n_addresses;
    for (size_t i = 0; i < message->n_addresses; i++) {
        struct wsync_slice address = wsync_pb_slice(message->addresses[i]);
        if (address.len == 0 || address.len > WSYNC_ADDRESS_BYTES_MAX ||
            !wsync_utf8_is_plain(address)) {
            return false;
        }
        endpoint->addresses[i] = address;
    }
    return true;
}

static bool read_district(const Wardsync__District *message, struct wsync_district *district)
{
    if (message->n_endpoints == 0 || message->n_endpoints > WSYNC_ENDPOINTS_MAX ||
        !wsync_pb_fixed(message->log_key, district->log_key.b, sizeof district->log_key.b) ||
        !wsync_pb_fixed(message->bundle_key, district->bundle_key.b,
                        sizeof district->bundle_key.b)) {
        return false;
    }
    district->endpoint_count = message->n_endpoints;
    for (size_t i = 0; i < message->n_endpoints; i++) {
        if (!read_endpoint(message->endpoints[i], &district->endpoints[i])) {
            return false;
        }
    }
    return district->endpoint_count == 1 ||
           memcmp(district->endpoints[0].key.b, district->endpoints[1].key.b,
                  sizeof district->endpoints[0].key.b) != 0;
}

static bool ascending(const uint32_t *numbers, size_t count)
{
    uint32_t before = 0;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] <= before) {
            return false;
        }
        before = numbers[i];
    }
    return true;
}

/* The forms of an inspector: some, and none that is not for people of its kind to write. */
static bool forms_ok(const struct wsync_enrolment *enrol)
{
    if (enrol->role != WSYNC_ROLE_INSPECTOR) {
        return enrol->form_count == 0;
    }
    for (size_t i = 0; i < enrol->form_count; i++) {
        if (enrol->forms[i] == WSYNC_FORM_UNIT || enrol->forms[i] == WSYNC_FORM_FORM ||
            enrol->forms[i] == WSYNC_FORM_VERDICT) {
            return false;
        }
    }
    return enrol->form_count > 0 && enrol->form_count <= WSYNC_STATEMENT_FORMS_MAX &&
           ascending(enrol->forms, enrol->form_count);
}

static bool read_enrolment(const Wardsync__Enrolment *message, struct wsync_enrolment *enrol)
{
    *enrol = (struct wsync_enrolment){.role = (enum wsync_role)message->role,
                                      .scopes = message->scopes,
                                      .scope_count = message->n_scopes,
                                      .name = wsync_pb_slice(message->name),
                                      .quota = message->quota,
                                      .forms = message->forms,
                                      .form_count = message->n_forms,
                                      .has_predecessor = message->predecessor.len > 0};
    return wsync_pb_fixed(message->signing_key, enrol->signing_key.b,
                          sizeof enrol->signing_key.b) &&
           wsync_pb_fixed(message->transport_key, enrol->transport_key.b,
                          sizeof enrol->transport_key.b) &&
           message->role >= WSYNC_ROLE_CLERK && message->role <= WSYNC_ROLE_NODE &&
           enrol->scope_count > 0 && enrol->scope_count <= WSYNC_STATEMENT_SCOPES_MAX &&
           ascending(enrol->scopes, enrol->scope_count) && enrol->name.len > 0 &&
           enrol->name.len <= WSYNC_DEVICE_NAME_BYTES_MAX && wsync_utf8_is_line(enrol->name) &&
           forms_ok(enrol) &&
           (!enrol->has_predecessor ||
            wsync_pb_fixed(message->predecessor, enrol->predecessor.b,
                           sizeof enrol->predecessor.b));
}

static enum wsync_err read_pins(Wardsync__Pin *const *messages, size_t count,
                                struct wsync_arena *arena, const struct wsync_pin **result)
{
    if (count > WSYNC_STATEMENT_PINS_MAX) {
        return WSYNC_ERR_ROSTER;
    }
    struct wsync_pin *pins = wsync_arena_array(arena, count, sizeof *pins);
    if (!pins) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        pins[i].seq = messages[i]->seq;
        if (!wsync_pb_fixed(messages[i]->log, pins[i].log.b, sizeof pins[i].log.b) ||
            !wsync_pb_fixed(messages[i]->hash, pins[i].hash.b, sizeof pins[i].hash.b) ||
            (i > 0 && memcmp(pins[i - 1].log.b, pins[i].log.b, sizeof pins[i].log.b) >= 0)) {
            return WSYNC_ERR_ROSTER;
        }
    }
    *result = pins;
    return WSYNC_OK;
}

static enum wsync_err read_revocation(const Wardsync__Revocation *message,
                                      struct wsync_arena *arena,
                                      struct wsync_revocation *revoke)
{
    revoke->suspend = message->suspend;
    revoke->pin_count = message->n_pins;
    if (!wsync_pb_fixed(message->device, revoke->device.b, sizeof revoke->device.b)) {
        return WSYNC_ERR_ROSTER;
    }
    return read_pins(message->pins, message->n_pins, arena, &revoke->pins);
}

static enum wsync_err read_rotation(const Wardsync__Rotation *message,
                                    struct wsync_arena *arena, struct wsync_rotation *rotate)
{
    rotate->pin_count = message->n_pins;
    bool good = wsync_pb_fixed(message->device, rotate->device.b, sizeof rotate->device.b) &&
                wsync_pb_fixed(message->signing_key, rotate->signing_key.b,
                               sizeof rotate->signing_key.b) &&
                wsync_pb_fixed(message->transport_key, rotate->transport_key.b,
                               sizeof rotate->transport_key.b) &&
                wsync_pb_fixed(message->old_signature, rotate->old_signature.b,
                               sizeof rotate->old_signature.b) &&
                wsync_pb_fixed(message->new_signature, rotate->new_signature.b,
                               sizeof rotate->new_signature.b);
    return good ? read_pins(message->pins, message->n_pins, arena, &rotate->pins)
                : WSYNC_ERR_ROSTER;
}

/* Version 1 has a root, a district and an enrolment, every later one exactly one body. */
static bool kind_of(const Wardsync__Statement *message, enum wsync_statement_kind *kind)
{
    const struct {
        const void *body;
        enum wsync_statement_kind kind;
    } bodies[] = {
        {message->root, WSYNC_STATEMENT_ROOT},
        {message->enrol, WSYNC_STATEMENT_ENROL},
        {message->revoke, WSYNC_STATEMENT_REVOKE},
        {message->rotate, WSYNC_STATEMENT_ROTATE},
        {message->district, WSYNC_STATEMENT_DISTRICT},
        {message->ask, WSYNC_STATEMENT_ASK},
        {message->resume, WSYNC_STATEMENT_RESUME},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        if (bodies[i].body) {
            *kind = bodies[i].kind;
            count++;
        }
    }
    if (message->version == 1) {
        *kind = WSYNC_STATEMENT_FIRST;
        return count == 3 && message->root && message->enrol && message->district;
    }
    return count == 1;
}

static enum wsync_err read_body(const Wardsync__Statement *message, struct wsync_arena *arena,
                                struct wsync_statement *to)
{
    bool good = false;
    switch (to->kind) {
    case WSYNC_STATEMENT_FIRST:
        good = read_root(message->root, &to->root) &&
               read_district(message->district, &to->district) &&
               read_enrolment(message->enrol, &to->enrol) && to->enrol.role == WSYNC_ROLE_NODE;
        break;
    case WSYNC_STATEMENT_ROOT:
        good = read_root(message->root, &to->root);
        break;
    case WSYNC_STATEMENT_DISTRICT:
        good = read_district(message->district, &to->district);
        break;
    case WSYNC_STATEMENT_ENROL:
        good = read_enrolment(message->enrol, &to->enrol);
        break;
    case WSYNC_STATEMENT_REVOKE:
        return read_revocation(message->revoke, arena, &to->revoke);
    case WSYNC_STATEMENT_ROTATE:
        return read_rotation(message->rotate, arena, &to->rotate);
    case WSYNC_STATEMENT_RESUME:
        good = wsync_pb_fixed(message->resume->device, to->device.b, sizeof to->device.b);
        break;
    case WSYNC_STATEMENT_ASK:
        good = wsync_pb_fixed(message->ask->device, to->device.b, sizeof to->device.b);
        break;
    }
    return good ? WSYNC_OK : WSYNC_ERR_ROSTER;
}

enum wsync_err wsync_statement_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                      struct wsync_statement *statement)
{
    ProtobufCMessage *base;
    if (bytes.len > WSYNC_STATEMENT_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    enum wsync_err err = wsync_pb_decode(&wardsync__statement__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__Statement *message = (const Wardsync__Statement *)base;
    *statement = (struct wsync_statement){.version = message->version,
                                          .stamp = message->stamp,
                                          .has_previous = message->previous.len > 0};
    if (message->version == 0 || message->version > WSYNC_ROSTER_VERSIONS_MAX ||
        statement->has_previous != (message->version > 1) ||
        !kind_of(message, &statement->kind) ||
        !wsync_pb_fixed(message->instance, statement->instance.b,
                        sizeof statement->instance.b) ||
        (statement->has_previous && !wsync_pb_fixed(message->previous, statement->previous.b,
                                                    sizeof statement->previous.b))) {
        return WSYNC_ERR_ROSTER;
    }
    return read_body(message, arena, statement);
}

enum wsync_err wsync_rotation_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                     struct wsync_rotation *rotation)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__rotation__descriptor, bytes, arena, &base);
    *rotation = (struct wsync_rotation){.pin_count = 0};
    return err == WSYNC_OK ? read_rotation((const Wardsync__Rotation *)base, arena, rotation)
                           : err;
}
