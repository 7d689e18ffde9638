/* SPDX-License-Identifier: Apache-2.0 */
#include "core/packed_parts.h"

static void write_piece(struct wsync_writer *writer, struct wsync_slice bytes)
{
    wsync_write_varint(writer, bytes.len);
    wsync_write_bytes(writer, bytes);
}

static struct wsync_slice read_piece(struct wsync_reader *reader)
{
    uint64_t len = wsync_read_varint(reader);
    if (len > reader->left.len) {
        reader->bad = true;
    }
    return wsync_read_bytes(reader, reader->bad ? 0 : (size_t)len);
}

/* How far the change lies behind the last one with a private part, from 1; the part, of no
 * bytes once it is erased. */
static void write_privates(const struct wsync_change_set *set, struct wsync_writer *changes,
                           struct wsync_writer *raw)
{
    size_t next = 0;
    for (size_t i = 0; i < set->change_count; i++) {
        const struct wsync_raw_change *change = &set->changes[i];
        if (change->private_state == WSYNC_PRIVATE_NONE) {
            continue;
        }
        bool held = change->private_state == WSYNC_PRIVATE_HELD;
        wsync_write_varint(changes, i + 1 - next);
        write_piece(changes, held ? change->private_part : wsync_slice(NULL, 0));
        wsync_write_bytes(raw,
                          held ? WSYNC_BYTES(change->salt) : WSYNC_BYTES(change->private_hash));
        next = i + 1;
    }
}

void wsync_changes_write(const struct wsync_change_set *set, struct wsync_writer *changes,
                         struct wsync_writer *raw)
{
    if (set->first == 1) {
        write_piece(changes, set->genesis);
    }
    wsync_write_varint(changes, set->change_count);
    for (size_t i = 0; i < set->change_count; i++) {
        write_piece(changes, set->changes[i].public_part);
    }
    write_privates(set, changes, raw);
}

static bool read_privates(struct wsync_reader *changes, struct wsync_reader *raw,
                          struct wsync_change_set *set)
{
    uint64_t next = 0;
    while (!changes->bad && changes->left.len > 0) { /* each turn takes a byte at least */
        uint64_t step = wsync_read_varint(changes);
        if (step == 0 || step > set->change_count - next) {
            return false;
        }
        next += step;
        struct wsync_raw_change *change = &set->changes[next - 1];
        change->private_part = read_piece(changes);
        if (change->private_part.len > 0) {
            change->private_state = WSYNC_PRIVATE_HELD;
            wsync_read_into(raw, change->salt.b, sizeof change->salt.b);
        } else {
            change->private_state = WSYNC_PRIVATE_ERASED;
            wsync_read_into(raw, change->private_hash.b, sizeof change->private_hash.b);
        }
    }
    return wsync_read_whole(changes) && wsync_read_whole(raw);
}

enum wsync_err wsync_changes_read(struct wsync_slice changes, struct wsync_slice raw,
                                  struct wsync_arena *arena, struct wsync_change_set *set)
{
    struct wsync_reader reader = wsync_reader_over(changes);
    struct wsync_reader beside = wsync_reader_over(raw);
    if (set->first == 1) {
        set->genesis = read_piece(&reader);
    }
    uint64_t count = wsync_read_varint(&reader);
    if (reader.bad) {
        return WSYNC_ERR_MESSAGE;
    }
    if (count > WSYNC_SET_CHANGES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    set->change_count = (size_t)count;
    set->changes = wsync_arena_array(arena, set->change_count, sizeof *set->changes);
    if (!set->changes) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < set->change_count; i++) {
        set->changes[i].public_part = read_piece(&reader);
    }
    return read_privates(&reader, &beside, set) ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}
