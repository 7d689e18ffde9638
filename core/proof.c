/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/pb.h"
#include "proof.pb-c.h"
#include "wardsync/checkpoint.h"
#include "wardsync/crypto.h"

/* ---- paths ---- */

static void write_step(const struct wsync_proof_step *step, Wardsync__ProofStep *message)
{
    *message = (Wardsync__ProofStep)WARDSYNC__PROOF_STEP__INIT;
    if (step->change.len > 0) {
        message->change = wsync_pb_data(step->change);
    } else {
        message->hash = wsync_pb_data(WSYNC_BYTES(step->digest.public_hash));
    }
    if (step->digest.personal) {
        message->private_hash = wsync_pb_data(WSYNC_BYTES(step->digest.private_hash));
    }
}

static void write_seal(const struct wsync_proof_path *path, Wardsync__ProofPath *message)
{
    const struct wsync_checkpoint *checkpoint = &path->checkpoint;
    if (!path->sealed) {
        return;
    }
    message->seal = wsync_pb_data(WSYNC_BYTES(path->seal));
    if (!wsync_checkpoint_is_none(checkpoint)) {
        message->tree = wsync_pb_data(wsync_slice(checkpoint->tree, sizeof checkpoint->tree));
        message->size = checkpoint->size;
        message->root = wsync_pb_data(WSYNC_BYTES(checkpoint->root));
    }
}

enum wsync_err wsync_proof_path_encode(const struct wsync_proof_path *path,
                                       struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__ProofPath message = WARDSYNC__PROOF_PATH__INIT;
    size_t count = path->step_count;
    if (count == 0 || count > WSYNC_SET_CHANGES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    Wardsync__ProofStep *steps = wsync_arena_array(arena, count, sizeof *steps);
    message.steps = wsync_arena_array(arena, count, sizeof(Wardsync__ProofStep *));
    if (!steps || !message.steps) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        write_step(&path->steps[i], &steps[i]);
        message.steps[i] = &steps[i];
    }
    message.n_steps = count;
    message.first = path->first;
    if (path->genesis.len > 0) {
        message.genesis = wsync_pb_data(path->genesis);
        message.before = wsync_pb_data(WSYNC_BYTES(path->before));
    }
    write_seal(path, &message);
    return wsync_pb_encode(&message.base, arena, bytes);
}

/* Either the change or its hash. */
static bool read_step(const Wardsync__ProofStep *message, struct wsync_proof_step *step)
{
    struct wsync_raw_change raw = {.public_part = wsync_pb_slice(message->change)};
    step->change = raw.public_part;
    if (step->change.len > 0) {
        step->digest = wsync_change_digest(&raw);
    }
    step->digest.personal = message->private_hash.len > 0;
    return (step->change.len > 0 ? message->hash.len == 0
                                 : wsync_pb_fixed(message->hash, step->digest.public_hash.b,
                                                  sizeof step->digest.public_hash.b)) &&
           (!step->digest.personal ||
            wsync_pb_fixed(message->private_hash, step->digest.private_hash.b,
                           sizeof step->digest.private_hash.b));
}

static bool read_seal(const Wardsync__ProofPath *message, struct wsync_proof_path *path)
{
    struct wsync_checkpoint *checkpoint = &path->checkpoint;
    bool none = message->tree.len == 0 && message->root.len == 0 && message->size == 0;
    path->sealed = message->seal.len > 0;
    checkpoint->size = message->size;
    return (!path->sealed ? none
                          : wsync_pb_fixed(message->seal, path->seal.b, sizeof path->seal.b)) &&
           (none ||
            (wsync_pb_fixed(message->tree, checkpoint->tree, sizeof checkpoint->tree) &&
             wsync_pb_fixed(message->root, checkpoint->root.b, sizeof checkpoint->root.b) &&
             !wsync_checkpoint_is_none(checkpoint)));
}

static bool read_begin(const Wardsync__ProofPath *message, struct wsync_proof_path *path)
{
    path->genesis = wsync_pb_slice(message->genesis);
    path->first = message->first;
    return message->first > 0 && message->n_steps > 0 &&
           !__builtin_add_overflow(message->first, message->n_steps, &(uint64_t){0}) &&
           (path->genesis.len > 0
                ? wsync_pb_fixed(message->before, path->before.b, sizeof path->before.b)
                : message->before.len == 0);
}

enum wsync_err wsync_proof_path_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                       struct wsync_proof_path *path)
{
    ProtobufCMessage *base;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__proof_path__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__ProofPath *message = (const Wardsync__ProofPath *)base;
    *path = (struct wsync_proof_path){.step_count = message->n_steps};
    if (message->n_steps > WSYNC_SET_CHANGES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    struct wsync_proof_step *steps = wsync_arena_array(arena, message->n_steps, sizeof *steps);
    if (!steps) {
        return WSYNC_ERR_MEMORY;
    }
    path->steps = steps;
    if (!read_begin(message, path) || !read_seal(message, path)) {
        return WSYNC_ERR_MESSAGE;
    }
    for (size_t i = 0; i < message->n_steps; i++) {
        if (!read_step(message->steps[i], &steps[i])) {
            return WSYNC_ERR_MESSAGE;
        }
    }
    return WSYNC_OK;
}

/* ---- text ---- */

struct wsync_hash wsync_proof_line(const struct wsync_hash *before, struct wsync_slice line)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/proof/v1"), WSYNC_BYTES(*before),
                                  line};
    return wsync_hash_parts(parts, sizeof parts / sizeof *parts);
}

static int print_record(const struct wsync_proof_head *head, char *text, size_t size)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    char op[12] = "";
    wsync_hex_encode(WSYNC_BYTES(head->log), log);
    if (head->op > 0) {
        snprintf(op, sizeof op, ".%" PRIu32, head->op);
    }
    return snprintf(text, size,
                    "# Bản ghi %.8s-%" PRIu64 "%s (sổ %s), đơn vị %" PRIu32
                    ": quận đã nhận %" PRIu64 " thay đổi của bản ghi này.\n"
                    "# Record %.8s-%" PRIu64 "%s (log %s), unit %" PRIu32
                    ": the district took %" PRIu64 " changes of it.\n",
                    log, head->seq, op, log, head->scope, head->changes, log, head->seq, op,
                    log, head->scope, head->changes);
}

struct wsync_slice wsync_proof_head_print(const struct wsync_proof_head *head,
                                          char text[WSYNC_PROOF_HEAD_BYTES])
{
    char instance[2 * WSYNC_INSTANCE_ID_BYTES + 1];
    char tree[2 * WSYNC_TREE_ID_BYTES + 1];
    char from[32] = "";
    int len = head->has_record ? print_record(head, text, WSYNC_PROOF_HEAD_BYTES) : 0;
    wsync_hex_encode(WSYNC_BYTES(head->instance), instance);
    wsync_hex_encode(wsync_slice(head->checkpoint.tree, sizeof head->checkpoint.tree), tree);
    if (head->old_size > 0) {
        snprintf(from, sizeof from, "%" PRIu64 "..", head->old_size);
    }
    len += snprintf(text + len, WSYNC_PROOF_HEAD_BYTES - (size_t)len,
                    "# Nhật ký minh bạch của %s, cây %s, cỡ %s%" PRIu64 ".\n"
                    "# Transparency log of %s, tree %s, size %s%" PRIu64 ".\n"
                    "# wardsync-verify proof --root %s FILE\n",
                    instance, tree, from, head->checkpoint.size, instance, tree, from,
                    head->checkpoint.size, instance);
    return wsync_slice(text, (size_t)len);
}
