/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/message_parts.h"
#include "wardsync/receipt.h"

static enum wsync_err write_statement(const struct wsync_signed_statement *statement,
                                      struct wsync_arena *arena,
                                      Wardsync__SignedStatement *message)
{
    size_t count = statement->signature_count;
    Wardsync__KeySignature *messages = wsync_arena_array(arena, count, sizeof *messages);
    Wardsync__KeySignature **pointers = wsync_arena_array(arena, count, sizeof *pointers);
    if (!messages || !pointers) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        messages[i] = (Wardsync__KeySignature)WARDSYNC__KEY_SIGNATURE__INIT;
        messages[i].key = wsync_pb_data(WSYNC_BYTES(statement->signatures[i].key));
        messages[i].signature = wsync_pb_data(WSYNC_BYTES(statement->signatures[i].signature));
        pointers[i] = &messages[i];
    }
    *message = (Wardsync__SignedStatement)WARDSYNC__SIGNED_STATEMENT__INIT;
    message->statement = wsync_pb_data(statement->statement);
    message->signatures = pointers;
    message->n_signatures = count;
    return WSYNC_OK;
}

static enum wsync_err write_statements(const struct wsync_signed_statement *statements,
                                       size_t count, struct wsync_arena *arena,
                                       Wardsync__SignedStatement ***pointers)
{
    Wardsync__SignedStatement *messages = wsync_arena_array(arena, count, sizeof *messages);
    *pointers = wsync_arena_array(arena, count, sizeof **pointers);
    if (!messages || !*pointers) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        enum wsync_err err = write_statement(&statements[i], arena, &messages[i]);
        if (err != WSYNC_OK) {
            return err;
        }
        (*pointers)[i] = &messages[i];
    }
    return WSYNC_OK;
}

enum wsync_err wsync_heads_write(const struct wsync_head *heads, size_t count,
                                  struct wsync_arena *arena, Wardsync__Head ***pointers)
{
    Wardsync__Head *messages = wsync_arena_array(arena, count, sizeof *messages);
    *pointers = wsync_arena_array(arena, count, sizeof **pointers);
    if (!messages || !*pointers) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        wsync_head_write(&heads[i], &messages[i]);
        (*pointers)[i] = &messages[i];
    }
    return WSYNC_OK;
}

static enum wsync_err encode_hello(const struct wsync_hello *hello, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Hello message = WARDSYNC__HELLO__INIT;
    Wardsync__Head own;
    message.version_min = hello->version_min;
    message.version_max = hello->version_max;
    message.device = wsync_pb_data(WSYNC_BYTES(hello->device));
    message.instance = wsync_pb_data(WSYNC_BYTES(hello->instance));
    if (hello->has_own) {
        wsync_head_write(&hello->own, &own);
        message.own = &own;
    }
    message.count = hello->count;
    message.digest = wsync_pb_data(WSYNC_BYTES(hello->digest));
    message.roster_version = hello->roster_version;
    message.roster_hash = wsync_pb_data(WSYNC_BYTES(hello->roster_hash));
    message.credit = hello->credit;
    message.seen = hello->seen;
    message.program = wsync_pb_data(hello->program);
    message.time = hello->time;
    message.dictionary = wsync_pb_data(hello->dictionary);
    message.blobs = hello->blobs;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err encode_welcome(const struct wsync_welcome *welcome,
                                     struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Welcome message = WARDSYNC__WELCOME__INIT;
    Wardsync__Head own;
    Wardsync__Checkpoint checkpoint;
    message.version = welcome->version;
    message.instance = wsync_pb_data(WSYNC_BYTES(welcome->instance));
    if (welcome->has_own) {
        wsync_head_write(&welcome->own, &own);
        message.own = &own;
    }
    message.same = welcome->same;
    message.roster_version = welcome->roster_version;
    message.credit = welcome->credit;
    message.time = welcome->time;
    message.epoch = welcome->epoch;
    if (!wsync_checkpoint_is_none(&welcome->checkpoint)) {
        wsync_checkpoint_write(&welcome->checkpoint, &checkpoint);
        message.checkpoint = &checkpoint;
    }
    message.program = wsync_pb_data(welcome->program);
    message.dictionary = wsync_pb_data(welcome->dictionary);
    message.blobs = (welcome->blobs ? BLOBS_MOVED : 0U) |
                    (welcome->wants_blobs ? BLOBS_WANTED : 0U);
    message.n_statements = welcome->statement_count;
    enum wsync_err err = write_statements(welcome->statements, welcome->statement_count, arena,
                                          &message.statements);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

static enum wsync_err encode_roster(const struct wsync_statements *roster,
                                    struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Roster message = WARDSYNC__ROSTER__INIT;
    message.n_statements = roster->count;
    enum wsync_err err =
        write_statements(roster->items, roster->count, arena, &message.statements);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

static enum wsync_err encode_heads(const struct wsync_heads *heads, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Heads message = WARDSYNC__HEADS__INIT;
    message.n_heads = heads->count;
    message.last = heads->last;
    enum wsync_err err = wsync_heads_write(heads->items, heads->count, arena, &message.heads);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

static enum wsync_err encode_still(const struct wsync_still *still, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Still message = WARDSYNC__STILL__INIT;
    message.time = still->time;
    message.epoch = still->epoch;
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err encode_ack(const struct wsync_ack *ack, struct wsync_arena *arena,
                                 struct wsync_slice *bytes)
{
    Wardsync__Ack message = WARDSYNC__ACK__INIT;
    Wardsync__OwnHead own = WARDSYNC__OWN_HEAD__INIT;
    message.n_heads = ack->count;
    message.taken = ack->taken;
    if (ack->own > 0) {
        own.seq = ack->own;
        own.hash = wsync_pb_data(wsync_slice(ack->at, sizeof ack->at));
        message.own = &own;
    }
    enum wsync_err err = wsync_heads_write(ack->items, ack->count, arena, &message.heads);
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

static enum wsync_err encode_reject(const struct wsync_reject *reject,
                                    struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Reject message = WARDSYNC__REJECT__INIT;
    message.log = wsync_pb_data(WSYNC_BYTES(reject->log));
    message.first = reject->first;
    message.code = wsync_err_code(reject->code);
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err encode_bye(enum wsync_err code, struct wsync_arena *arena,
                                 struct wsync_slice *bytes)
{
    Wardsync__Bye message = WARDSYNC__BYE__INIT;
    message.code = wsync_err_code(code);
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err encode_enrol(const struct wsync_enrol *enrol, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Enrol message = WARDSYNC__ENROL__INIT;
    message.invite = wsync_pb_data(WSYNC_BYTES(enrol->invite));
    message.signing_key = wsync_pb_data(WSYNC_BYTES(enrol->signing_key));
    message.transport_key = wsync_pb_data(WSYNC_BYTES(enrol->transport_key));
    message.signature = wsync_pb_data(WSYNC_BYTES(enrol->signature));
    return wsync_pb_encode(&message.base, arena, bytes);
}

static enum wsync_err encode_grant(const struct wsync_grant *grant, struct wsync_arena *arena,
                                   struct wsync_slice *bytes)
{
    Wardsync__Grant message = WARDSYNC__GRANT__INIT;
    Wardsync__SignedStatement statement;
    enum wsync_err err =
        write_statements(grant->authority, grant->authority_count, arena, &message.authority);
    if (err == WSYNC_OK) {
        err = write_statement(&grant->statement, arena, &statement);
    }
    message.n_authority = grant->authority_count;
    message.statement = &statement;
    return err == WSYNC_OK ? wsync_pb_encode(&message.base, arena, bytes) : err;
}

static enum wsync_err encode_body(const struct wsync_message *message,
                                  struct wsync_arena *arena, struct wsync_slice *bytes)
{
    switch (message->type) {
    case WSYNC_MESSAGE_HELLO:
        return encode_hello(&message->hello, arena, bytes);
    case WSYNC_MESSAGE_WELCOME:
        return encode_welcome(&message->welcome, arena, bytes);
    case WSYNC_MESSAGE_STILL:
        return encode_still(&message->still, arena, bytes);
    case WSYNC_MESSAGE_ROSTER:
        return encode_roster(&message->roster, arena, bytes);
    case WSYNC_MESSAGE_HEADS:
        return encode_heads(&message->heads, arena, bytes);
    case WSYNC_MESSAGE_CHANGES:
        return wsync_set_encode(&message->changes, arena, bytes);
    case WSYNC_MESSAGE_ACK:
        return encode_ack(&message->ack, arena, bytes);
    case WSYNC_MESSAGE_REJECT:
        return encode_reject(&message->reject, arena, bytes);
    case WSYNC_MESSAGE_BYE:
        return encode_bye(message->bye, arena, bytes);
    case WSYNC_MESSAGE_ENROL:
        return encode_enrol(&message->enrol, arena, bytes);
    case WSYNC_MESSAGE_GRANT:
        return encode_grant(&message->grant, arena, bytes);
    case WSYNC_MESSAGE_PROVE:
        return wsync_prove_encode(&message->prove, arena, bytes);
    case WSYNC_MESSAGE_RECEIPT:
        return wsync_receipt_encode(&message->receipt, arena, bytes);
    case WSYNC_MESSAGE_ROTATE:
        return wsync_rotation_encode(&message->rotate, arena, bytes);
    case WSYNC_MESSAGE_BLOB_WANT:
    case WSYNC_MESSAGE_BLOB_CHUNK:
    case WSYNC_MESSAGE_BLOB_OFFER:
        return wsync_blob_encode(message, arena, bytes);
    case WSYNC_MESSAGE_PACKED:
        break;
    }
    return WSYNC_ERR_INVALID;
}

enum wsync_err wsync_message_encode(const struct wsync_message *message,
                                    struct wsync_arena *arena, struct wsync_slice *frame)
{
    struct wsync_slice body;
    enum wsync_err err = encode_body(message, arena, &body);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t len = WSYNC_FRAME_HEADER_BYTES + body.len;
    if (len > WSYNC_FRAME_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    uint8_t *out = wsync_arena_get(arena, len);
    if (!out) {
        return WSYNC_ERR_MEMORY;
    }
    out[0] = WSYNC_PROTOCOL_VERSION;
    out[1] = (uint8_t)message->type;
    if (body.len > 0) {
        memcpy(out + WSYNC_FRAME_HEADER_BYTES, body.data, body.len);
    }
    *frame = wsync_slice(out, len);
    return WSYNC_OK;
}
