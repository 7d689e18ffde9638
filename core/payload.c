/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/payload.h"

#include "core/operation.h"
#include "core/pb.h"
#include "payload.pb-c.h"

enum {
    ACTOR_MAX = 65535,
    STAMP_BITS = 53, /* a stamp or a difference stays an exact integer everywhere */
};

static bool stamp_ok(int64_t stamp)
{
    int64_t bound = INT64_C(1) << STAMP_BITS;
    return stamp > -bound && stamp < bound;
}

enum wsync_err wsync_genesis_encode(const struct wsync_genesis *genesis,
                                    struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Genesis message = WARDSYNC__GENESIS__INIT;
    Wardsync__Predecessor previous = WARDSYNC__PREDECESSOR__INIT;
    message.format = genesis->format;
    message.instance = wsync_pb_data(WSYNC_BYTES(genesis->instance));
    message.scope = genesis->scope;
    message.device = wsync_pb_data(WSYNC_BYTES(genesis->device));
    message.signing_key = wsync_pb_data(WSYNC_BYTES(genesis->signing_key));
    message.roster_version = genesis->roster_version;
    message.stamp = genesis->stamp;
    message.random = wsync_pb_data(wsync_slice(genesis->random, sizeof genesis->random));
    if (genesis->has_previous) {
        previous.log = wsync_pb_data(WSYNC_BYTES(genesis->previous.log));
        previous.seq = genesis->previous.seq;
        previous.hash = wsync_pb_data(WSYNC_BYTES(genesis->previous.hash));
        message.previous = &previous;
    }
    return wsync_pb_encode(&message.base, arena, bytes);
}

static bool genesis_from(const Wardsync__Genesis *message, struct wsync_genesis *genesis)
{
    *genesis = (struct wsync_genesis){
        .format = message->format,
        .scope = message->scope,
        .roster_version = message->roster_version,
        .stamp = message->stamp,
        .has_previous = message->previous != NULL,
    };
    if (message->previous) {
        struct wsync_head *head = &genesis->previous;
        head->seq = message->previous->seq;
        if (!wsync_pb_fixed(message->previous->log, head->log.b, sizeof head->log.b) ||
            !wsync_pb_fixed(message->previous->hash, head->hash.b, sizeof head->hash.b)) {
            return false;
        }
    }
    return genesis->format == WSYNC_FORMAT_VERSION && genesis->scope != 0 &&
           stamp_ok(genesis->stamp) &&
           wsync_pb_fixed(message->instance, genesis->instance.b, sizeof genesis->instance.b) &&
           wsync_pb_fixed(message->device, genesis->device.b, sizeof genesis->device.b) &&
           wsync_pb_fixed(message->signing_key, genesis->signing_key.b,
                          sizeof genesis->signing_key.b) &&
           wsync_pb_fixed(message->random, genesis->random, sizeof genesis->random);
}

enum wsync_err wsync_genesis_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                    struct wsync_genesis *genesis)
{
    if (bytes.len > WSYNC_GENESIS_BYTES_MAX) {
        return WSYNC_ERR_GENESIS;
    }
    ProtobufCMessage *message;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__genesis__descriptor, bytes, arena, &message);
    if (err == WSYNC_ERR_MEMORY) {
        return err;
    }
    if (err != WSYNC_OK || !genesis_from((const Wardsync__Genesis *)message, genesis)) {
        return WSYNC_ERR_GENESIS;
    }
    return WSYNC_OK;
}

static enum wsync_err read_references(const Wardsync__Change *message,
                                      struct wsync_arena *arena, struct wsync_context *context)
{
    if (message->n_references > WSYNC_REFERENCES_PER_CHANGE_MAX) {
        return WSYNC_ERR_CONTEXT;
    }
    struct wsync_reference *references =
        wsync_arena_array(arena, message->n_references, sizeof *references);
    if (!references) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_references; i++) {
        const Wardsync__Reference *from = message->references[i];
        references[i].seq = from->seq;
        if (from->seq == 0 ||
            !wsync_pb_fixed(from->log, references[i].log.b, sizeof references[i].log.b) ||
            !wsync_pb_fixed(from->hash, references[i].hash.b, sizeof references[i].hash.b)) {
            return WSYNC_ERR_CONTEXT;
        }
    }
    context->references = references;
    context->reference_count = message->n_references;
    return WSYNC_OK;
}

/* No extension is defined in this version: every "must" is one we do not know. */
static enum wsync_err read_extensions(const Wardsync__Change *message,
                                      struct wsync_context *context)
{
    if (message->n_extensions > WSYNC_EXTENSIONS_MAX) {
        return WSYNC_ERR_CONTEXT;
    }
    uint32_t before = 0;
    for (size_t i = 0; i < message->n_extensions; i++) {
        const Wardsync__Extension *extension = message->extensions[i];
        if (extension->number <= before || extension->data.len > WSYNC_EXTENSION_BYTES_MAX) {
            return WSYNC_ERR_CONTEXT;
        }
        before = extension->number;
        context->must_unknown |= extension->must;
    }
    return WSYNC_OK;
}

static enum wsync_err read_operation_bytes(const Wardsync__Change *message,
                                           struct wsync_arena *arena,
                                           struct wsync_context *context)
{
    if (message->n_operations > WSYNC_OPERATIONS_MAX) {
        return WSYNC_ERR_CONTEXT;
    }
    struct wsync_slice *operations =
        wsync_arena_array(arena, message->n_operations, sizeof *operations);
    if (!operations) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_operations; i++) {
        operations[i] = wsync_pb_slice(message->operations[i]);
    }
    context->operations = operations;
    context->operation_count = message->n_operations;
    return WSYNC_OK;
}

enum wsync_err wsync_context_decode(struct wsync_slice public_part, struct wsync_arena *arena,
                                    struct wsync_context *context)
{
    ProtobufCMessage *base;
    if (public_part.len > WSYNC_PAYLOAD_BYTES_MAX) {
        return WSYNC_ERR_CONTEXT;
    }
    enum wsync_err err =
        wsync_pb_decode(&wardsync__change__descriptor, public_part, arena, &base);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_MEMORY ? err : WSYNC_ERR_CONTEXT;
    }
    const Wardsync__Change *message = (const Wardsync__Change *)base;
    *context = (struct wsync_context){
        .stamp_delta = message->stamp,
        .actor = message->actor,
        .roster_version = message->roster_version,
    };
    if (message->actor > ACTOR_MAX || !stamp_ok(message->stamp)) {
        return WSYNC_ERR_CONTEXT;
    }
    if (message->origin) {
        context->has_origin = true;
        context->origin = (struct wsync_origin){.reference = message->origin->reference,
                                                .seq = message->origin->seq,
                                                .stamp = message->origin->stamp};
        if (!stamp_ok(message->origin->stamp)) {
            return WSYNC_ERR_CONTEXT;
        }
    }
    err = read_references(message, arena, context);
    if (err == WSYNC_OK) {
        err = read_extensions(message, context);
    }
    return err == WSYNC_OK ? read_operation_bytes(message, arena, context) : err;
}

static void write_context(const struct wsync_context *context, Wardsync__Change *message,
                          Wardsync__Origin *origin)
{
    message->stamp = context->stamp_delta;
    message->actor = context->actor;
    message->roster_version = context->roster_version;
    if (context->has_origin) {
        *origin = (Wardsync__Origin)WARDSYNC__ORIGIN__INIT;
        origin->reference = context->origin.reference;
        origin->seq = context->origin.seq;
        origin->stamp = context->origin.stamp;
        message->origin = origin;
    }
}

static enum wsync_err write_references(const struct wsync_context *context,
                                       struct wsync_arena *arena, Wardsync__Change *message)
{
    size_t count = context->reference_count;
    Wardsync__Reference *references = wsync_arena_array(arena, count, sizeof *references);
    Wardsync__Reference **pointers = wsync_arena_array(arena, count, sizeof *pointers);
    if (!references || !pointers) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        references[i] = (Wardsync__Reference)WARDSYNC__REFERENCE__INIT;
        references[i].log = wsync_pb_data(WSYNC_BYTES(context->references[i].log));
        references[i].seq = context->references[i].seq;
        references[i].hash = wsync_pb_data(WSYNC_BYTES(context->references[i].hash));
        pointers[i] = &references[i];
    }
    message->references = pointers;
    message->n_references = count;
    return WSYNC_OK;
}

enum wsync_err wsync_draft_encode(const struct wsync_draft *draft, struct wsync_arena *arena,
                                  struct wsync_raw_change *raw)
{
    Wardsync__Change message = WARDSYNC__CHANGE__INIT;
    Wardsync__Origin origin;
    if (draft->operation_count > WSYNC_OPERATIONS_MAX ||
        draft->context.reference_count > WSYNC_REFERENCES_PER_CHANGE_MAX) {
        return WSYNC_ERR_INVALID;
    }
    write_context(&draft->context, &message, &origin);
    enum wsync_err err = write_references(&draft->context, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    ProtobufCBinaryData operations[WSYNC_OPERATIONS_MAX];
    for (size_t i = 0; i < draft->operation_count; i++) {
        struct wsync_slice bytes;
        err = wsync_operation_encode(&draft->operations[i], arena, &bytes);
        if (err != WSYNC_OK) {
            return err;
        }
        operations[i] = wsync_pb_data(bytes);
    }
    message.operations = operations;
    message.n_operations = draft->operation_count;
    *raw = (struct wsync_raw_change){.salt = draft->salt};
    err = wsync_pb_encode(&message.base, arena, &raw->public_part);
    if (err == WSYNC_OK) {
        err = wsync_private_encode(draft, arena, &raw->private_part);
    }
    if (err == WSYNC_OK && raw->private_part.len > 0) {
        raw->private_state = WSYNC_PRIVATE_HELD;
    }
    if (err == WSYNC_OK &&
        raw->public_part.len + raw->private_part.len > WSYNC_PAYLOAD_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    return err;
}
