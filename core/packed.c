/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/packed.h"

#include "core/packed_parts.h"
#include "wardsync/checkpoint.h"
#include "wardsync/message.h"

/* The first byte of the body. */
enum {
    METHOD_MASK = 3,
    HAS_LOG = 4,
    HAS_FIRST = 8, /* and `previous` */
    CHECKPOINT_SHIFT = 4,
    HAS_RAW = 64,
    UNUSED = 128,
};

enum { NO_CHECKPOINT, WHOLE_CHECKPOINT, SAME_CHECKPOINT, CHECKPOINT_BY_SIZE };

static bool is_continued(const struct wsync_packed_line *line,
                         const struct wsync_change_set *set)
{
    return line && line->has_end && wsync_log_id_equal(&line->end.log, &set->log) &&
           line->end.seq + 1 == set->first &&
           memcmp(line->end.hash.b, set->previous, sizeof set->previous) == 0;
}

static unsigned spell_checkpoint(const struct wsync_packing *packing,
                                 const struct wsync_checkpoint *checkpoint)
{
    if (wsync_checkpoint_is_none(checkpoint)) {
        return NO_CHECKPOINT;
    }
    if (packing->line && wsync_checkpoint_equal(&packing->line->checkpoint, checkpoint)) {
        return SAME_CHECKPOINT;
    }
    return packing->by_size ? CHECKPOINT_BY_SIZE : WHOLE_CHECKPOINT;
}

static void write_checkpoint(struct wsync_writer *body, unsigned spelling,
                             const struct wsync_checkpoint *checkpoint)
{
    if (spelling == WHOLE_CHECKPOINT) {
        wsync_write_bytes(body, wsync_slice(checkpoint->tree, sizeof checkpoint->tree));
        wsync_write_varint(body, checkpoint->size);
        wsync_write_bytes(body, WSYNC_BYTES(checkpoint->root));
    } else if (spelling == CHECKPOINT_BY_SIZE) {
        wsync_write_varint(body, checkpoint->size);
        wsync_write_bytes(body,
                          wsync_slice(checkpoint->root.b, WSYNC_CHECKPOINT_ROOT_BYTES_MIN));
    }
}

/* What stands before the changes. */
static void write_head(const struct wsync_packing *packing, const struct wsync_change_set *set,
                       unsigned flags, struct wsync_writer *body)
{
    const struct wsync_packed_line *line = packing->line;
    bool same_log = line && line->has_log && wsync_log_id_equal(&line->end.log, &set->log);
    bool continued = is_continued(line, set);
    unsigned checkpoint = spell_checkpoint(packing, &set->checkpoint);
    flags |= checkpoint << CHECKPOINT_SHIFT;
    flags |= (same_log ? 0U : (unsigned)HAS_LOG) | (continued ? 0U : (unsigned)HAS_FIRST);
    wsync_write_number(body, WSYNC_PROTOCOL_VERSION, 1);
    wsync_write_number(body, WSYNC_MESSAGE_PACKED, 1);
    wsync_write_number(body, flags, 1);
    if (!same_log) {
        wsync_write_bytes(body, WSYNC_BYTES(set->log));
    }
    if (!continued) {
        wsync_write_varint(body, set->first);
        wsync_write_bytes(body, wsync_slice(set->previous, sizeof set->previous));
    } else {
        wsync_write_bytes(body, wsync_slice(set->previous, WSYNC_PREVIOUS_BYTES_MIN));
    }
    write_checkpoint(body, checkpoint, &set->checkpoint);
    wsync_write_bytes(body, WSYNC_BYTES(set->seal));
}

/* Behind the head: the changes by the method that makes them smallest. */
static bool write_packed(const struct wsync_packing *packing, struct wsync_slice changes,
                         struct wsync_writer *body, enum wsync_pack_method *method)
{
    struct wsync_writer tried = *body;
    size_t room = tried.size - tried.used;
    wsync_write_varint(&tried, changes.len);
    *method = packing->dictionary ? WSYNC_PACK_DICTIONARY : WSYNC_PACK_PLAIN;
    size_t len = tried.full ? 0 : tried.size - tried.used;
    if (!tried.full &&
        packing->packer->pack(packing->packer->context,
                              (struct wsync_pack_order){*method, packing->level}, changes,
                              tried.out + tried.used, &len) &&
        tried.used - body->used + len < changes.len &&
        changes.len / WSYNC_PACKED_RATIO_MAX < len) {
        body->used = tried.used + len;
        return true;
    }
    *method = WSYNC_PACK_STORED;
    wsync_write_bytes(body, changes);
    return changes.len <= room;
}

static bool is_packable(const struct wsync_change_set *set)
{
    return set->sealed && set->change_count > 0 && set->change_count <= WSYNC_SET_CHANGES_MAX &&
           (set->first == 1) == (set->genesis.len > 0);
}

enum wsync_err wsync_packed_encode(const struct wsync_packing *packing,
                                   const struct wsync_change_set *set,
                                   struct wsync_arena *arena, struct wsync_slice *frame)
{
    if (!is_packable(set)) {
        return WSYNC_ERR_INVALID;
    }
    uint8_t *out = wsync_arena_get(arena, WSYNC_FRAME_BYTES_MAX);
    size_t mark = wsync_arena_mark(arena);
    uint8_t *changes_at = wsync_arena_get(arena, WSYNC_PACKED_BYTES_MAX);
    uint8_t *raw_at = wsync_arena_get(arena, WSYNC_PACKED_BYTES_MAX);
    if (!out || !changes_at || !raw_at) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_writer body = wsync_writer_over(out, WSYNC_FRAME_BYTES_MAX);
    struct wsync_writer changes = wsync_writer_over(changes_at, WSYNC_PACKED_BYTES_MAX);
    struct wsync_writer raw = wsync_writer_over(raw_at, WSYNC_PACKED_BYTES_MAX);
    wsync_changes_write(set, &changes, &raw);
    if (changes.full || raw.full) {
        return WSYNC_ERR_OVERSIZE;
    }
    write_head(packing, set, raw.used > 0 ? HAS_RAW : 0, &body);
    if (raw.used > 0) {
        wsync_write_varint(&body, raw.used);
        wsync_write_bytes(&body, wsync_written(&raw));
    }
    enum wsync_pack_method method;
    bool fits = !body.full && write_packed(packing, wsync_written(&changes), &body, &method);
    wsync_arena_release(arena, mark);
    if (!fits) {
        return WSYNC_ERR_OVERSIZE;
    }
    out[WSYNC_FRAME_HEADER_BYTES] |= (uint8_t)method;
    *frame = wsync_slice(out, body.used);
    return WSYNC_OK;
}

bool wsync_packed_is(struct wsync_slice frame)
{
    return frame.len >= WSYNC_FRAME_HEADER_BYTES && frame.data[1] == WSYNC_MESSAGE_PACKED;
}

enum wsync_err wsync_packed_check(struct wsync_slice frame)
{
    if (frame.len < WSYNC_FRAME_HEADER_BYTES || frame.len > WSYNC_FRAME_BYTES_MAX) {
        return WSYNC_ERR_FRAME;
    }
    return frame.data[0] == WSYNC_PROTOCOL_VERSION ? WSYNC_OK : WSYNC_ERR_VERSION;
}

static void read_checkpoint(struct wsync_reader *body, unsigned spelling,
                            struct wsync_packed *packed)
{
    struct wsync_checkpoint *checkpoint = &packed->set.checkpoint;
    if (spelling == WHOLE_CHECKPOINT) {
        wsync_read_into(body, checkpoint->tree, sizeof checkpoint->tree);
        checkpoint->size = wsync_read_varint(body);
        wsync_read_into(body, checkpoint->root.b, sizeof checkpoint->root.b);
        body->bad |= wsync_checkpoint_is_none(checkpoint);
    } else if (spelling == CHECKPOINT_BY_SIZE) {
        checkpoint->size = wsync_read_varint(body);
        wsync_read_into(body, packed->root, sizeof packed->root);
        packed->by_size = true;
        body->bad |= checkpoint->size == 0;
    }
}

/* Where the set begins; true when that is given, or known from the line. */
static bool read_first(const struct wsync_packed_line *line, struct wsync_reader *body,
                       struct wsync_packed *packed)
{
    struct wsync_change_set *set = &packed->set;
    if (!packed->continues) {
        set->first = wsync_read_varint(body);
        wsync_read_into(body, set->previous, sizeof set->previous);
        return true;
    }
    uint8_t previous[WSYNC_PREVIOUS_BYTES_MIN];
    wsync_read_into(body, previous, sizeof previous);
    if (!line || !line->has_end || line->lost ||
        memcmp(line->end.hash.b, previous, sizeof previous) != 0) {
        return false;
    }
    set->first = line->end.seq + 1;
    memcpy(set->previous, line->end.hash.b, sizeof set->previous);
    return true;
}

/* The head; true when what is left out of it is known. */
static bool read_head(const struct wsync_packed_line *line, unsigned flags,
                      struct wsync_reader *body, struct wsync_packed *packed)
{
    struct wsync_change_set *set = &packed->set;
    unsigned checkpoint = flags >> CHECKPOINT_SHIFT & 3;
    bool known = (flags & HAS_LOG) != 0 || (line && line->has_log);
    packed->continues = (flags & HAS_FIRST) == 0;
    if ((flags & HAS_LOG) != 0) {
        wsync_read_into(body, set->log.b, sizeof set->log.b);
    } else if (line) {
        set->log = line->end.log;
    }
    known &= read_first(line, body, packed);
    read_checkpoint(body, checkpoint, packed);
    if (checkpoint == SAME_CHECKPOINT) {
        known &= line && !wsync_checkpoint_is_none(&line->checkpoint);
        set->checkpoint = known ? line->checkpoint : set->checkpoint;
    }
    wsync_read_into(body, set->seal.b, sizeof set->seal.b);
    set->sealed = true;
    return known;
}

/* All limits first, then memory, then the block. */
static enum wsync_err unpack(const struct wsync_packing *packing, enum wsync_pack_method method,
                             struct wsync_reader *body, struct wsync_arena *arena,
                             struct wsync_slice *changes)
{
    const struct wsync_packer *packer = packing->packer;
    uint64_t size = method == WSYNC_PACK_STORED ? body->left.len : wsync_read_varint(body);
    if (body->bad || size == 0) {
        return WSYNC_ERR_MESSAGE;
    }
    if (size > WSYNC_PACKED_BYTES_MAX ||
        size / WSYNC_PACKED_RATIO_MAX >= body->left.len + 1) {
        return WSYNC_ERR_OVERSIZE;
    }
    struct wsync_slice block = wsync_read_bytes(body, body->left.len);
    if (method == WSYNC_PACK_STORED) {
        *changes = block;
        return WSYNC_OK;
    }
    if (method == WSYNC_PACK_DICTIONARY && !packing->dictionary) {
        return WSYNC_ERR_NOT_FOUND;
    }
    uint8_t *out = wsync_arena_get(arena, (size_t)size);
    if (!out) {
        return WSYNC_ERR_MEMORY;
    }
    *changes = wsync_slice(out, (size_t)size);
    return packer->unpack(packer->context, method, block, out, (size_t)size);
}

enum wsync_err wsync_packed_decode(const struct wsync_packing *packing,
                                   struct wsync_slice frame, struct wsync_arena *arena,
                                   struct wsync_packed *packed)
{
    *packed = (struct wsync_packed){.continues = false};
    enum wsync_err err = wsync_packed_check(frame);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader body = wsync_reader_over(wsync_slice(
        frame.data + WSYNC_FRAME_HEADER_BYTES, frame.len - WSYNC_FRAME_HEADER_BYTES));
    unsigned flags = (unsigned)wsync_read_number(&body, 1);
    struct wsync_slice raw = wsync_slice(NULL, 0);
    struct wsync_slice changes;
    if (body.bad || !wsync_packed_is(frame) || (flags & METHOD_MASK) > WSYNC_PACK_DICTIONARY ||
        (flags & UNUSED) != 0) {
        return WSYNC_ERR_MESSAGE;
    }
    bool known = read_head(packing->line, flags, &body, packed);
    if ((flags & HAS_RAW) != 0) {
        uint64_t len = wsync_read_varint(&body);
        body.bad |= len == 0 || len > body.left.len;
        raw = wsync_read_bytes(&body, body.bad ? 0 : (size_t)len);
    }
    if (body.bad) {
        return WSYNC_ERR_MESSAGE;
    }
    if (!known) {
        return WSYNC_ERR_NOT_FOUND;
    }
    err =
        unpack(packing, (enum wsync_pack_method)(flags & METHOD_MASK), &body, arena, &changes);
    return err == WSYNC_OK ? wsync_changes_read(changes, raw, arena, &packed->set) : err;
}

void wsync_packed_note(struct wsync_packed_line *line, const struct wsync_change_set *set,
                       const struct wsync_head *end)
{
    line->has_log = line->has_end = true;
    line->lost = end == NULL;
    line->end = end ? *end : (struct wsync_head){.log = set->log};
    line->checkpoint = set->checkpoint;
}
