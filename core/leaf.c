/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/leaf.h"

#include <string.h>

#include "core/bytes.h"

static void write_checkpoint(struct wsync_writer *writer,
                             const struct wsync_checkpoint *checkpoint)
{
    wsync_write_bytes(writer, wsync_slice(checkpoint->tree, sizeof checkpoint->tree));
    wsync_write_number(writer, checkpoint->size, 8);
    wsync_write_bytes(writer, WSYNC_BYTES(checkpoint->root));
}

static void read_checkpoint(struct wsync_reader *reader, struct wsync_checkpoint *checkpoint)
{
    wsync_read_into(reader, checkpoint->tree, sizeof checkpoint->tree);
    checkpoint->size = wsync_read_number(reader, 8);
    wsync_read_into(reader, checkpoint->root.b, sizeof checkpoint->root.b);
}

static void write_body(const struct wsync_leaf *leaf, struct wsync_writer *writer)
{
    switch (leaf->kind) {
    case WSYNC_LEAF_OPEN:
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->instance));
        wsync_write_number(writer, leaf->epoch, 8);
        wsync_write_bytes(writer, wsync_slice(leaf->random, sizeof leaf->random));
        wsync_write_number(writer, (uint64_t)leaf->time, 8);
        write_checkpoint(writer, &leaf->older);
        return;
    case WSYNC_LEAF_SET:
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->head.log));
        wsync_write_number(writer, leaf->head.seq, 8);
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->head.hash));
        wsync_write_number(writer, (uint64_t)leaf->time, 8);
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->verdicts));
        return;
    case WSYNC_LEAF_HEADS:
        wsync_write_number(writer, (uint64_t)leaf->time, 8);
        wsync_write_number(writer, leaf->roster_version, 8);
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->roster_hash));
        wsync_write_number(writer, leaf->scope_count, 4);
        wsync_write_bytes(writer, WSYNC_BYTES(leaf->scopes));
        return;
    case WSYNC_LEAF_LINK:
        write_checkpoint(writer, &leaf->older);
        return;
    }
}

struct wsync_slice wsync_leaf_encode(const struct wsync_leaf *leaf,
                                     uint8_t bytes[WSYNC_LEAF_BYTES_MAX])
{
    struct wsync_writer writer = wsync_writer_over(bytes, WSYNC_LEAF_BYTES_MAX);
    wsync_write_number(&writer, (uint64_t)leaf->kind, 1);
    write_body(leaf, &writer);
    return wsync_written(&writer);
}

static void read_body(struct wsync_reader *reader, struct wsync_leaf *leaf)
{
    switch (leaf->kind) {
    case WSYNC_LEAF_OPEN:
        wsync_read_into(reader, leaf->instance.b, sizeof leaf->instance.b);
        leaf->epoch = wsync_read_number(reader, 8);
        wsync_read_into(reader, leaf->random, sizeof leaf->random);
        leaf->time = (int64_t)wsync_read_number(reader, 8);
        read_checkpoint(reader, &leaf->older);
        return;
    case WSYNC_LEAF_SET:
        wsync_read_into(reader, leaf->head.log.b, sizeof leaf->head.log.b);
        leaf->head.seq = wsync_read_number(reader, 8);
        wsync_read_into(reader, leaf->head.hash.b, sizeof leaf->head.hash.b);
        leaf->time = (int64_t)wsync_read_number(reader, 8);
        wsync_read_into(reader, leaf->verdicts.b, sizeof leaf->verdicts.b);
        return;
    case WSYNC_LEAF_HEADS:
        leaf->time = (int64_t)wsync_read_number(reader, 8);
        leaf->roster_version = wsync_read_number(reader, 8);
        wsync_read_into(reader, leaf->roster_hash.b, sizeof leaf->roster_hash.b);
        leaf->scope_count = (uint32_t)wsync_read_number(reader, 4);
        wsync_read_into(reader, leaf->scopes.b, sizeof leaf->scopes.b);
        return;
    case WSYNC_LEAF_LINK:
        read_checkpoint(reader, &leaf->older);
        return;
    }
}

enum wsync_err wsync_leaf_decode(struct wsync_slice bytes, struct wsync_leaf *leaf)
{
    struct wsync_reader reader = wsync_reader_over(bytes);
    uint64_t kind = wsync_read_number(&reader, 1);
    *leaf = (struct wsync_leaf){.kind = (enum wsync_leaf_kind)kind};
    if (kind > WSYNC_LEAF_LINK) {
        return WSYNC_ERR_PROOF;
    }
    read_body(&reader, leaf);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_PROOF;
}

struct wsync_slice wsync_scope_heads_encode(const struct wsync_scope_heads *heads,
                                            uint8_t bytes[WSYNC_SCOPE_HEADS_BYTES])
{
    struct wsync_writer writer = wsync_writer_over(bytes, WSYNC_SCOPE_HEADS_BYTES);
    wsync_write_number(&writer, heads->scope, 4);
    wsync_write_number(&writer, heads->count, 4);
    wsync_write_bytes(&writer, WSYNC_BYTES(heads->digest));
    return wsync_written(&writer);
}

enum wsync_err wsync_scope_heads_decode(struct wsync_slice bytes,
                                        struct wsync_scope_heads *heads)
{
    struct wsync_reader reader = wsync_reader_over(bytes);
    heads->scope = (uint32_t)wsync_read_number(&reader, 4);
    heads->count = (uint32_t)wsync_read_number(&reader, 4);
    wsync_read_into(&reader, heads->digest.b, sizeof heads->digest.b);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_PROOF;
}
