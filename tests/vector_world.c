/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vector_world.h"

#include <string.h>

void vector_world_init(struct vector_world *world, struct wsync_arena *arena)
{
    uint8_t seed[32];
    *world = (struct vector_world){.arena = arena};
    memset(seed, 1, sizeof seed);
    wsync_signing_pair(seed, &world->root_key, &world->root_secret);
    world->instance = wsync_instance_of(&world->root_key);
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
        .kind = root ? WSYNC_STATEMENT_ROOT : WSYNC_STATEMENT_ENROL,
        .root_key = world->root_key,
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
    struct wsync_signed_statement result;
    enum wsync_err err = wsync_statement_encode(statement, world->arena, &result.statement);
    WSYNC_ASSERT(err == WSYNC_OK);
    result.signature = wsync_statement_sign(&world->root_secret, result.statement);
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
        vector_hex(book, "signature", WSYNC_BYTES(world->statements[i].signature));
    }
}
