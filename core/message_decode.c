/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/message_parts.h"
#include "wardsync/receipt.h"

static enum wsync_err decode_as(const ProtobufCMessageDescriptor *descriptor,
                                struct wsync_slice bytes, struct wsync_arena *arena,
                                void *message)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(descriptor, bytes, arena, &base);
    memcpy(message, &base, sizeof base);
    return err;
}

static enum wsync_err read_statement(const Wardsync__SignedStatement *message,
                                     struct wsync_signed_statement *statement)
{
    if (message->n_signatures > WSYNC_STATEMENT_SIGNATURES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    *statement =
        (struct wsync_signed_statement){.statement = wsync_pb_slice(message->statement),
                                        .signature_count = message->n_signatures};
    for (size_t i = 0; i < message->n_signatures; i++) {
        struct wsync_key_signature *to = &statement->signatures[i];
        if (!wsync_pb_fixed(message->signatures[i]->key, to->key.b, sizeof to->key.b) ||
            !wsync_pb_fixed(message->signatures[i]->signature, to->signature.b,
                            sizeof to->signature.b)) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err read_statements(Wardsync__SignedStatement *const *messages, size_t count,
                                      struct wsync_arena *arena,
                                      const struct wsync_signed_statement **statements)
{
    if (count > WSYNC_WELCOME_STATEMENTS_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    struct wsync_signed_statement *items = wsync_arena_array(arena, count, sizeof *items);
    if (!items) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        enum wsync_err err = read_statement(messages[i], &items[i]);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    *statements = items;
    return WSYNC_OK;
}

enum wsync_err wsync_heads_read(Wardsync__Head *const *messages, size_t count,
                                 struct wsync_arena *arena, const struct wsync_head **heads)
{
    struct wsync_head *items = wsync_arena_array(arena, count, sizeof *items);
    if (!items) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (!wsync_head_read(messages[i], &items[i]) ||
            (i > 0 && wsync_head_compare(&items[i - 1], &items[i]) >= 0)) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    *heads = items;
    return WSYNC_OK;
}

/* A program's name and version go to people's screens: plain characters only. */
static bool read_program(ProtobufCBinaryData data, struct wsync_slice *program)
{
    *program = wsync_pb_slice(data);
    for (size_t i = 0; i < data.len; i++) {
        if (data.data[i] < 0x20 || data.data[i] > 0x7e) {
            return false;
        }
    }
    return data.len <= WSYNC_PROGRAM_BYTES_MAX;
}

static bool read_dictionary(ProtobufCBinaryData data, struct wsync_slice *name)
{
    *name = wsync_pb_slice(data);
    return data.len == 0 || data.len == WSYNC_DICTIONARY_NAME_BYTES;
}

static enum wsync_err decode_hello(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_hello *hello)
{
    Wardsync__Hello *message;
    enum wsync_err err = decode_as(&wardsync__hello__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    *hello = (struct wsync_hello){.version_min = message->version_min,
                                  .version_max = message->version_max,
                                  .has_own = message->own != NULL,
                                  .count = message->count,
                                  .roster_version = message->roster_version,
                                  .seen = message->seen,
                                  .credit = message->credit,
                                  .time = message->time,
                                  .blobs = message->blobs};
    bool good =
        wsync_pb_fixed(message->device, hello->device.b, sizeof hello->device.b) &&
        wsync_pb_fixed(message->instance, hello->instance.b, sizeof hello->instance.b) &&
        wsync_pb_fixed(message->digest, hello->digest.b, sizeof hello->digest.b) &&
        wsync_pb_fixed(message->roster_hash, hello->roster_hash.b,
                       sizeof hello->roster_hash.b) &&
        (!message->own || wsync_head_read(message->own, &hello->own)) &&
        read_program(message->program, &hello->program) &&
        read_dictionary(message->dictionary, &hello->dictionary) &&
        hello->credit >= WSYNC_CREDIT_BYTES_MIN;
    return good ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static enum wsync_err decode_welcome(struct wsync_slice bytes, struct wsync_arena *arena,
                                     struct wsync_welcome *welcome)
{
    Wardsync__Welcome *message;
    enum wsync_err err = decode_as(&wardsync__welcome__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    *welcome = (struct wsync_welcome){.version = message->version,
                                      .has_own = message->own != NULL,
                                      .same = message->same,
                                      .roster_version = message->roster_version,
                                      .statement_count = message->n_statements,
                                      .credit = message->credit,
                                      .time = message->time,
                                      .epoch = message->epoch,
                                      .blobs = message->blobs != 0,
                                      .wants_blobs = message->blobs > BLOBS_MOVED};
    bool good =
        (message->blobs <= BLOBS_MOVED || message->blobs == (BLOBS_MOVED | BLOBS_WANTED)) &&
        wsync_pb_fixed(message->instance, welcome->instance.b, sizeof welcome->instance.b) &&
        (!message->own || wsync_head_read(message->own, &welcome->own)) &&
        wsync_checkpoint_read(message->checkpoint, &welcome->checkpoint) &&
        read_program(message->program, &welcome->program) &&
        read_dictionary(message->dictionary, &welcome->dictionary) &&
        welcome->credit >= WSYNC_CREDIT_BYTES_MIN;
    if (!good) {
        return WSYNC_ERR_MESSAGE;
    }
    return read_statements(message->statements, message->n_statements, arena,
                           &welcome->statements);
}

static enum wsync_err decode_roster(struct wsync_slice bytes, struct wsync_arena *arena,
                                    struct wsync_statements *roster)
{
    Wardsync__Roster *message;
    enum wsync_err err = decode_as(&wardsync__roster__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    roster->count = message->n_statements;
    return read_statements(message->statements, message->n_statements, arena, &roster->items);
}

static enum wsync_err decode_heads(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_heads *heads)
{
    Wardsync__Heads *message;
    enum wsync_err err = decode_as(&wardsync__heads__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    if (message->n_heads > WSYNC_HEADS_PER_FRAME_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    heads->count = message->n_heads;
    heads->last = message->last;
    return wsync_heads_read(message->heads, message->n_heads, arena, &heads->items);
}

static enum wsync_err decode_still(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_still *still)
{
    Wardsync__Still *message;
    enum wsync_err err = decode_as(&wardsync__still__descriptor, bytes, arena, &message);
    if (err == WSYNC_OK) {
        *still = (struct wsync_still){message->time, message->epoch};
    }
    return err;
}

static enum wsync_err decode_ack(struct wsync_slice bytes, struct wsync_arena *arena,
                                 struct wsync_ack *ack)
{
    Wardsync__Ack *message;
    enum wsync_err err = decode_as(&wardsync__ack__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    if (message->n_heads > WSYNC_ACK_HEADS_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    ack->count = message->n_heads;
    ack->taken = message->taken;
    if (message->own) {
        ack->own = message->own->seq;
        if (ack->own == 0 || !wsync_pb_fixed(message->own->hash, ack->at, sizeof ack->at)) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    return wsync_heads_read(message->heads, message->n_heads, arena, &ack->items);
}

static enum wsync_err decode_reject(struct wsync_slice bytes, struct wsync_arena *arena,
                                    struct wsync_reject *reject)
{
    Wardsync__Reject *message;
    enum wsync_err err = decode_as(&wardsync__reject__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    reject->first = message->first;
    reject->code = wsync_err_from_code(message->code);
    bool good = wsync_pb_fixed(message->log, reject->log.b, sizeof reject->log.b);
    return good && reject->code != WSYNC_OK ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static enum wsync_err decode_bye(struct wsync_slice bytes, struct wsync_arena *arena,
                                 enum wsync_err *code)
{
    Wardsync__Bye *message;
    enum wsync_err err = decode_as(&wardsync__bye__descriptor, bytes, arena, &message);
    if (err == WSYNC_OK) {
        *code = wsync_err_from_code(message->code);
    }
    return err;
}

static enum wsync_err decode_enrol(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_enrol *enrol)
{
    Wardsync__Enrol *message;
    enum wsync_err err = decode_as(&wardsync__enrol__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    bool good =
        wsync_pb_fixed(message->invite, enrol->invite.b, sizeof enrol->invite.b) &&
        wsync_pb_fixed(message->signing_key, enrol->signing_key.b,
                       sizeof enrol->signing_key.b) &&
        wsync_pb_fixed(message->transport_key, enrol->transport_key.b,
                       sizeof enrol->transport_key.b) &&
        wsync_pb_fixed(message->signature, enrol->signature.b, sizeof enrol->signature.b);
    return good ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static enum wsync_err decode_grant(struct wsync_slice bytes, struct wsync_arena *arena,
                                   struct wsync_grant *grant)
{
    Wardsync__Grant *message;
    enum wsync_err err = decode_as(&wardsync__grant__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!message->statement) {
        return WSYNC_ERR_MESSAGE;
    }
    grant->authority_count = message->n_authority;
    err = read_statements(message->authority, message->n_authority, arena, &grant->authority);
    return err == WSYNC_OK ? read_statement(message->statement, &grant->statement) : err;
}

static enum wsync_err decode_rotate(struct wsync_slice bytes, struct wsync_arena *arena,
                                    struct wsync_rotation *rotate)
{
    enum wsync_err err = wsync_rotation_decode(bytes, arena, rotate);
    return err == WSYNC_ERR_ROSTER ? WSYNC_ERR_MESSAGE : err;
}

static enum wsync_err decode_body(struct wsync_slice body, struct wsync_arena *arena,
                                  struct wsync_message *message)
{
    switch (message->type) {
    case WSYNC_MESSAGE_HELLO:
        return decode_hello(body, arena, &message->hello);
    case WSYNC_MESSAGE_WELCOME:
        return decode_welcome(body, arena, &message->welcome);
    case WSYNC_MESSAGE_STILL:
        return decode_still(body, arena, &message->still);
    case WSYNC_MESSAGE_ROSTER:
        return decode_roster(body, arena, &message->roster);
    case WSYNC_MESSAGE_HEADS:
        return decode_heads(body, arena, &message->heads);
    case WSYNC_MESSAGE_CHANGES:
        return wsync_set_decode(body, arena, &message->changes);
    case WSYNC_MESSAGE_ACK:
        return decode_ack(body, arena, &message->ack);
    case WSYNC_MESSAGE_REJECT:
        return decode_reject(body, arena, &message->reject);
    case WSYNC_MESSAGE_BYE:
        return decode_bye(body, arena, &message->bye);
    case WSYNC_MESSAGE_ENROL:
        return decode_enrol(body, arena, &message->enrol);
    case WSYNC_MESSAGE_GRANT:
        return decode_grant(body, arena, &message->grant);
    case WSYNC_MESSAGE_PROVE:
        return wsync_prove_decode(body, arena, &message->prove);
    case WSYNC_MESSAGE_RECEIPT:
        return wsync_receipt_decode(body, arena, &message->receipt);
    case WSYNC_MESSAGE_ROTATE:
        return decode_rotate(body, arena, &message->rotate);
    case WSYNC_MESSAGE_BLOB_WANT:
    case WSYNC_MESSAGE_BLOB_CHUNK:
    case WSYNC_MESSAGE_BLOB_OFFER:
        return wsync_blob_decode(body, arena, message);
    case WSYNC_MESSAGE_PACKED: /* packed.c reads it where it may come */
        return WSYNC_ERR_MESSAGE;
    }
    return WSYNC_ERR_MESSAGE;
}

enum wsync_err wsync_message_decode(struct wsync_slice frame, struct wsync_arena *arena,
                                    struct wsync_message *message)
{
    if (frame.len < WSYNC_FRAME_HEADER_BYTES || frame.len > WSYNC_FRAME_BYTES_MAX) {
        return WSYNC_ERR_FRAME;
    }
    if (frame.data[0] != WSYNC_PROTOCOL_VERSION) {
        return WSYNC_ERR_VERSION;
    }
    *message = (struct wsync_message){.type = (enum wsync_message_type)frame.data[1]};
    return decode_body(wsync_slice(frame.data + WSYNC_FRAME_HEADER_BYTES,
                                   frame.len - WSYNC_FRAME_HEADER_BYTES),
                       arena, message);
}

const char *wsync_message_name(enum wsync_message_type type)
{
    switch (type) {
    case WSYNC_MESSAGE_HELLO:
        return "Hello";
    case WSYNC_MESSAGE_WELCOME:
        return "Welcome";
    case WSYNC_MESSAGE_ROSTER:
        return "Roster";
    case WSYNC_MESSAGE_HEADS:
        return "Heads";
    case WSYNC_MESSAGE_CHANGES:
        return "ChangeSet";
    case WSYNC_MESSAGE_ACK:
        return "Ack";
    case WSYNC_MESSAGE_REJECT:
        return "Reject";
    case WSYNC_MESSAGE_BYE:
        return "Bye";
    case WSYNC_MESSAGE_ENROL:
        return "Enrol";
    case WSYNC_MESSAGE_GRANT:
        return "Grant";
    case WSYNC_MESSAGE_PROVE:
        return "Prove";
    case WSYNC_MESSAGE_RECEIPT:
        return "Receipt";
    case WSYNC_MESSAGE_ROTATE:
        return "Rotate";
    case WSYNC_MESSAGE_BLOB_WANT:
        return "BlobWant";
    case WSYNC_MESSAGE_BLOB_CHUNK:
        return "BlobChunk";
    case WSYNC_MESSAGE_BLOB_OFFER:
        return "BlobOffer";
    case WSYNC_MESSAGE_STILL:
        return "Still";
    case WSYNC_MESSAGE_PACKED:
        return "Packed";
    }
    return "unknown";
}
