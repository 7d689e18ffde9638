/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/message_parts.h"

void wsync_head_write(const struct wsync_head *head, Wardsync__Head *message)
{
    *message = (Wardsync__Head)WARDSYNC__HEAD__INIT;
    message->log = wsync_pb_data(WSYNC_BYTES(head->log));
    message->seq = head->seq;
    message->hash = wsync_pb_data(WSYNC_BYTES(head->hash));
}

bool wsync_head_read(const Wardsync__Head *message, struct wsync_head *head)
{
    head->seq = message->seq;
    return wsync_pb_fixed(message->log, head->log.b, sizeof head->log.b) &&
           wsync_pb_fixed(message->hash, head->hash.b, sizeof head->hash.b);
}

void wsync_checkpoint_write(const struct wsync_checkpoint *from, Wardsync__Checkpoint *message)
{
    *message = (Wardsync__Checkpoint)WARDSYNC__CHECKPOINT__INIT;
    message->tree = wsync_pb_data(wsync_slice(from->tree, sizeof from->tree));
    message->size = from->size;
    message->root = wsync_pb_data(WSYNC_BYTES(from->root));
}

bool wsync_checkpoint_read(const Wardsync__Checkpoint *message,
                           struct wsync_checkpoint *checkpoint)
{
    *checkpoint = (struct wsync_checkpoint){.size = 0};
    if (!message) {
        return true;
    }
    checkpoint->size = message->size;
    return wsync_pb_fixed(message->tree, checkpoint->tree, sizeof checkpoint->tree) &&
           wsync_pb_fixed(message->root, checkpoint->root.b, sizeof checkpoint->root.b) &&
           !wsync_checkpoint_is_none(checkpoint); /* "none" has one spelling: absent */
}

static void write_private(const struct wsync_raw_change *raw, size_t index,
                          Wardsync__PrivatePart *message)
{
    *message = (Wardsync__PrivatePart)WARDSYNC__PRIVATE_PART__INIT;
    message->index = (uint32_t)index;
    if (raw->private_state == WSYNC_PRIVATE_ERASED) {
        message->hash = wsync_pb_data(WSYNC_BYTES(raw->private_hash));
    } else {
        message->salt = wsync_pb_data(WSYNC_BYTES(raw->salt));
        message->part = wsync_pb_data(raw->private_part);
    }
}

enum wsync_err wsync_set_encode(const struct wsync_change_set *set, struct wsync_arena *arena,
                                struct wsync_slice *bytes)
{
    Wardsync__ChangeSet message = WARDSYNC__CHANGE_SET__INIT;
    Wardsync__Checkpoint checkpoint;
    size_t count = set->change_count;
    message.changes = wsync_arena_array(arena, count, sizeof *message.changes);
    message.privates = wsync_arena_array(arena, count, sizeof(Wardsync__PrivatePart *));
    Wardsync__PrivatePart *privates = wsync_arena_array(arena, count, sizeof *privates);
    if (!message.changes || !message.privates || !privates) {
        return WSYNC_ERR_MEMORY;
    }
    message.log = wsync_pb_data(WSYNC_BYTES(set->log));
    message.first = set->first;
    message.previous = wsync_pb_data(wsync_slice(set->previous, sizeof set->previous));
    message.genesis = wsync_pb_data(set->genesis);
    message.n_changes = count;
    for (size_t i = 0; i < count; i++) {
        message.changes[i] = wsync_pb_data(set->changes[i].public_part);
        if (set->changes[i].private_state != WSYNC_PRIVATE_NONE) {
            Wardsync__PrivatePart *part = &privates[message.n_privates];
            write_private(&set->changes[i], i, part);
            message.privates[message.n_privates++] = part;
        }
    }
    if (!wsync_checkpoint_is_none(&set->checkpoint)) {
        wsync_checkpoint_write(&set->checkpoint, &checkpoint);
        message.checkpoint = &checkpoint;
    }
    if (set->sealed) {
        message.seal = wsync_pb_data(WSYNC_BYTES(set->seal));
    }
    return wsync_pb_encode(&message.base, arena, bytes);
}

/* A private part comes with its salt, or, once erased, as its hash alone. */
static bool read_private(const Wardsync__PrivatePart *part, struct wsync_raw_change *raw)
{
    if (part->hash.len > 0) {
        raw->private_state = WSYNC_PRIVATE_ERASED;
        return part->salt.len == 0 && part->part.len == 0 &&
               wsync_pb_fixed(part->hash, raw->private_hash.b, sizeof raw->private_hash.b);
    }
    raw->private_state = WSYNC_PRIVATE_HELD;
    raw->private_part = wsync_pb_slice(part->part);
    return raw->private_part.len > 0 &&
           wsync_pb_fixed(part->salt, raw->salt.b, sizeof raw->salt.b);
}

static bool read_privates(const Wardsync__ChangeSet *message, struct wsync_change_set *set)
{
    uint64_t next = 0;
    for (size_t i = 0; i < message->n_privates; i++) {
        uint32_t index = message->privates[i]->index;
        if (index < next || index >= set->change_count ||
            !read_private(message->privates[i], &set->changes[index])) {
            return false;
        }
        next = (uint64_t)index + 1;
    }
    return true;
}

enum wsync_err wsync_set_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                struct wsync_change_set *set)
{
    ProtobufCMessage *base;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__change_set__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err;
    }
    const Wardsync__ChangeSet *message = (const Wardsync__ChangeSet *)base;
    *set = (struct wsync_change_set){.first = message->first,
                                     .genesis = wsync_pb_slice(message->genesis),
                                     .change_count = message->n_changes,
                                     .sealed = message->seal.len > 0};
    if (set->change_count > WSYNC_SET_CHANGES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    set->changes = wsync_arena_array(arena, set->change_count, sizeof *set->changes);
    if (!set->changes) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < set->change_count; i++) {
        set->changes[i].public_part = wsync_pb_slice(message->changes[i]);
    }
    bool good =
        wsync_pb_fixed(message->log, set->log.b, sizeof set->log.b) &&
        wsync_pb_fixed(message->previous, set->previous, sizeof set->previous) &&
        (!set->sealed || wsync_pb_fixed(message->seal, set->seal.b, sizeof set->seal.b)) &&
        wsync_checkpoint_read(message->checkpoint, &set->checkpoint) &&
        read_privates(message, set);
    return good ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}
