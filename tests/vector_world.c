/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vector_world.h"

#include <string.h>

void vector_world_init(struct vector_world *world, struct wsync_arena *arena)
{
    uint8_t seed[32];
    struct wsync_signing_secret log_secret;
    *world = (struct vector_world){.arena = arena};
    memset(seed, 1, sizeof seed);
    wsync_signing_pair(seed, &world->root.keys[0], &world->root_secret);
    memset(seed, 8, sizeof seed);
    wsync_signing_pair(seed, &world->root.registrar, &world->registrar_secret);
    memset(seed, 9, sizeof seed);
    wsync_signing_pair(seed, &world->district.log_key, &log_secret);
    memset(world->district.bundle_key.b, 0x58, sizeof world->district.bundle_key.b);
    memset(world->district.endpoints[0].key.b, 0x50,
           sizeof world->district.endpoints[0].key.b);
    world->district.endpoint_count = 1;
    world->root.key_count = 1;
    world->root.threshold = 1;
    world->instance = wsync_instance_of(&world->root);
    for (size_t i = 0; i < VECTOR_DEVICES; i++) {
        struct vector_device *device = &world->devices[i];
        memset(seed, (int)i + 2, sizeof seed);
        wsync_signing_pair(seed, &device->key, &device->secret);
        memset(device->transport.b, 0x50 + (int)i, sizeof device->transport.b);
        device->id = wsync_device_of(&world->instance, &device->key);
        device->scope = (uint32_t)i + 1;
    }
}

struct wsync_statement vector_enrolment(const struct vector_world *world, size_t device)
{
    const struct vector_device *of = &world->devices[device];
    bool root = device == VECTOR_DISTRICT;
    return (struct wsync_statement){
        .instance = world->instance,
        .version = 1,
        .stamp = VECTOR_STAMP,
        .kind = root ? WSYNC_STATEMENT_FIRST : WSYNC_STATEMENT_ENROL,
        .root = world->root,
        .district = world->district,
        .enrol = {.signing_key = of->key,
                  .transport_key = of->transport,
                  .role = root ? WSYNC_ROLE_NODE : WSYNC_ROLE_CLERK,
                  .scopes = &of->scope,
                  .scope_count = 1,
                  .name = wsync_slice_of(root ? "district" : "ward")},
    };
}

struct wsync_signed_statement vector_signed(const struct vector_world *world,
                                            const struct wsync_statement *statement)
{
    struct wsync_signed_statement result = {.signature_count = 1};
    bool root = statement->kind == WSYNC_STATEMENT_FIRST ||
                statement->kind == WSYNC_STATEMENT_ROOT ||
                statement->kind == WSYNC_STATEMENT_DISTRICT;
    enum wsync_err err = wsync_statement_encode(statement, world->arena, &result.statement);
    WSYNC_ASSERT(err == WSYNC_OK);
    result.signatures[0] = wsync_statement_sign(
        root ? &world->root_secret : &world->registrar_secret, result.statement);
    return result;
}

void vector_world_add(struct vector_world *world, struct wsync_statement *statement)
{
    size_t count = world->statement_count;
    WSYNC_ASSERT(count < VECTOR_STATEMENTS_MAX);
    statement->instance = world->instance;
    statement->version = count + 1;
    statement->has_previous = count > 0;
    if (count > 0) {
        statement->previous = wsync_statement_hash(world->statements[count - 1].statement);
    }
    world->statements[world->statement_count++] = vector_signed(world, statement);
}

void vector_world_enrol(struct vector_world *world)
{
    for (size_t i = 0; i < VECTOR_DEVICES; i++) {
        struct wsync_statement statement = vector_enrolment(world, i);
        vector_world_add(world, &statement);
    }
}

void vector_world_say(const struct vector_world *world, struct vector_book *book)
{
    for (size_t i = 0; i < world->statement_count; i++) {
        vector_hex(book, "statement", world->statements[i].statement);
        vector_hex(book, "signatures",
                   wsync_slice(world->statements[i].signatures,
                               world->statements[i].signature_count *
                                   sizeof *world->statements[i].signatures));
    }
}
