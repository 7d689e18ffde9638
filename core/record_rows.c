/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/dots.h"
#include "wardsync/record.h"

/* RECORDS row: form, version, scope, the distinct dots with their stamps, then the values, each
 * naming its dot by index: most records hold one dot. */
enum {
    ROW_HEAD_BYTES = 4 + 4 + 4 + 2 + 2,
    ROW_DOT_BYTES = 4 + 8 + 2 + 8,
    ROW_VALUE_BYTES = 2 + 2 + 1, /* beyond the value itself */
    DOTS_MAX = WSYNC_RECORD_VALUES_MAX,
    MARK_ITEMS_MAX = 4 + 3 * WSYNC_BASES_MAX,
};

struct stamped {
    struct wsync_dot dot;
    int64_t stamp;
};

struct wsync_slice wsync_record_key(struct wsync_dot id, uint8_t key[WSYNC_RECORD_KEY_BYTES])
{
    wsync_be_put(key, id.log_no, 4);
    wsync_be_put(key + 4, id.seq, 8);
    wsync_be_put(key + 12, id.op, 2);
    return wsync_slice(key, WSYNC_RECORD_KEY_BYTES);
}

struct wsync_dot wsync_record_of_key(struct wsync_slice key)
{
    if (key.len < WSYNC_RECORD_KEY_BYTES) {
        return (struct wsync_dot){.log_no = 0};
    }
    return (struct wsync_dot){.log_no = (uint32_t)wsync_be_get(key.data, 4),
                              .seq = wsync_be_get(key.data + 4, 8),
                              .op = (uint32_t)wsync_be_get(key.data + 12, 2)};
}

static void write_value(struct wsync_writer *writer, const struct wsync_value *value)
{
    wsync_write_number(writer, (uint64_t)value->class, 1);
    if (value->class == WSYNC_CLASS_INTEGER) {
        wsync_write_number(writer, (uint64_t)value->integer, 8);
    } else if (value->class == WSYNC_CLASS_TEXT) {
        wsync_write_block(writer, value->text);
    } else if (value->class == WSYNC_CLASS_LIST) {
        wsync_write_number(writer, value->item_count, 2);
        for (size_t i = 0; i < value->item_count; i++) {
            wsync_write_number(writer, (uint64_t)value->items[i], 8);
        }
    }
}

static bool read_value(struct wsync_reader *reader, struct wsync_arena *arena,
                       struct wsync_value *value)
{
    *value = (struct wsync_value){.class = (enum wsync_class)wsync_read_number(reader, 1)};
    if (value->class == WSYNC_CLASS_INTEGER) {
        value->integer = (int64_t)wsync_read_number(reader, 8);
    } else if (value->class == WSYNC_CLASS_TEXT) {
        value->text = wsync_arena_copy(arena, wsync_read_block(reader));
        return value->text.data != NULL;
    } else if (value->class == WSYNC_CLASS_LIST) {
        size_t count = (size_t)wsync_read_number(reader, 2);
        if (count > MARK_ITEMS_MAX) {
            reader->bad = true;
            return true;
        }
        int64_t *items = wsync_arena_array(arena, count, sizeof *items);
        for (size_t i = 0; items && i < count; i++) {
            items[i] = (int64_t)wsync_read_number(reader, 8);
        }
        value->items = items;
        value->item_count = count;
        return items != NULL;
    }
    return true;
}

static size_t value_bytes(const struct wsync_value *value)
{
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        return 8;
    case WSYNC_CLASS_TEXT:
        return 4 + value->text.len;
    case WSYNC_CLASS_LIST:
        return 2 + 8 * value->item_count;
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
    return 0;
}

static size_t row_bytes(const struct wsync_record *record, size_t dot_count)
{
    size_t bytes = ROW_HEAD_BYTES + ROW_DOT_BYTES * dot_count;
    for (size_t i = 0; i < record->live_count; i++) {
        bytes += ROW_VALUE_BYTES + value_bytes(&record->live[i].value);
    }
    return bytes;
}

/* The distinct dots of the live values, in the order of the values. */
struct distinct {
    struct wsync_dot dots[DOTS_MAX];
    uint16_t order[DOTS_MAX], first[DOTS_MAX]; /* `first`: the value that brought the dot */
    uint16_t index[WSYNC_RECORD_VALUES_MAX];   /* of each value's dot */
    size_t count;
};

static void find_distinct(const struct wsync_record *record, struct distinct *distinct)
{
    struct wsync_dots dots = {distinct->dots, distinct->order, 0};
    WSYNC_ASSERT(record->live_count <= WSYNC_RECORD_VALUES_MAX);
    for (size_t i = 0; i < record->live_count; i++) {
        size_t at = wsync_dots_find(&dots, record->live[i].dot);
        distinct->index[i] = (uint16_t)at;
        if (at == dots.count) {
            distinct->first[at] = (uint16_t)i;
            wsync_dots_add(&dots, record->live[i].dot);
        }
    }
    distinct->count = dots.count;
}

enum wsync_err wsync_record_put(struct wsync_txn *txn, const struct wsync_record *record,
                                struct wsync_arena *arena)
{
    struct distinct distinct;
    find_distinct(record, &distinct);
    size_t mark = wsync_arena_mark(arena);
    size_t size = row_bytes(record, distinct.count);
    uint8_t *row = wsync_arena_get(arena, size);
    if (!row) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_writer writer = wsync_writer_over(row, size);
    wsync_write_number(&writer, record->form, 4);
    wsync_write_number(&writer, record->version, 4);
    wsync_write_number(&writer, record->scope, 4);
    wsync_write_number(&writer, distinct.count, 2);
    for (size_t i = 0; i < distinct.count; i++) {
        const struct wsync_live *live = &record->live[distinct.first[i]];
        wsync_write_number(&writer, live->dot.log_no, 4);
        wsync_write_number(&writer, live->dot.seq, 8);
        wsync_write_number(&writer, live->dot.op, 2);
        wsync_write_number(&writer, (uint64_t)live->stamp, 8);
    }
    wsync_write_number(&writer, record->live_count, 2);
    for (size_t i = 0; i < record->live_count; i++) {
        wsync_write_number(&writer, record->live[i].field, 2);
        wsync_write_number(&writer, distinct.index[i], 2);
        write_value(&writer, &record->live[i].value);
    }
    WSYNC_ASSERT(writer.used == size);
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    enum wsync_err err = wsync_txn_put(
        txn, WSYNC_TABLE_RECORDS, wsync_record_key(record->id, key), wsync_written(&writer));
    wsync_arena_release(arena, mark);
    return err;
}

static bool is_crowded(size_t live_count, size_t bytes)
{
    return live_count > WSYNC_RECORD_VALUES_MAX - WSYNC_CHANGE_WRITES_MAX ||
           bytes > WSYNC_RECORD_BYTES_MAX;
}

struct wsync_outline wsync_record_outline(const struct wsync_record *record)
{
    struct wsync_outline outline = {
        .form = record->form,
        .scope = record->scope,
        .marked = record->live_count > 0 && record->live[0].field == WSYNC_LIVENESS_FIELD};
    size_t most = row_bytes(record, record->live_count); /* when no two share a dot */
    outline.crowded = is_crowded(record->live_count, most);
    if (outline.crowded && most > WSYNC_RECORD_BYTES_MAX) {
        struct distinct distinct;
        find_distinct(record, &distinct);
        outline.crowded = is_crowded(record->live_count, row_bytes(record, distinct.count));
    }
    return outline;
}

static bool several_logs(const struct wsync_record *record)
{
    for (size_t i = 1; i < record->live_count; i++) {
        if (record->live[i].dot.log_no != record->live[0].dot.log_no) {
            return true;
        }
    }
    return false;
}

/* Ranks are needed only where values of several logs meet. */
enum wsync_err wsync_record_rank(struct wsync_txn *txn, struct wsync_arena *arena,
                                 struct wsync_record *record)
{
    record->author_count = 0;
    if (!several_logs(record)) {
        return WSYNC_OK;
    }
    record->authors = wsync_arena_array(arena, record->live_count, sizeof *record->authors);
    if (!record->authors) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < record->live_count; i++) {
        uint32_t log_no = record->live[i].dot.log_no;
        bool have = false;
        for (size_t k = 0; k < record->author_count && !have; k++) {
            have = record->authors[k].log_no == log_no;
        }
        if (have) {
            continue;
        }
        struct wsync_log log;
        enum wsync_err err = wsync_log_get(txn, log_no, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        record->authors[record->author_count++] =
            (struct wsync_author){.log_no = log_no, .log = log.id, .device = log.device};
    }
    return WSYNC_OK;
}

static enum wsync_err read_dots(struct wsync_reader *reader, struct stamped *dots,
                                size_t *dot_count)
{
    *dot_count = (size_t)wsync_read_number(reader, 2);
    if (*dot_count > DOTS_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    for (size_t i = 0; i < *dot_count; i++) {
        dots[i].dot.log_no = (uint32_t)wsync_read_number(reader, 4);
        dots[i].dot.seq = wsync_read_number(reader, 8);
        dots[i].dot.op = (uint32_t)wsync_read_number(reader, 2);
        dots[i].stamp = (int64_t)wsync_read_number(reader, 8);
    }
    return WSYNC_OK;
}

static enum wsync_err read_record(struct wsync_slice row, size_t room,
                                  struct wsync_arena *arena, struct wsync_record *record)
{
    struct wsync_reader reader = wsync_reader_over(row);
    struct stamped dots[DOTS_MAX];
    size_t dot_count;
    record->form = (uint32_t)wsync_read_number(&reader, 4);
    record->version = (uint32_t)wsync_read_number(&reader, 4);
    record->scope = (uint32_t)wsync_read_number(&reader, 4);
    enum wsync_err err = read_dots(&reader, dots, &dot_count);
    if (err != WSYNC_OK) {
        return err;
    }
    record->live_count = (size_t)wsync_read_number(&reader, 2);
    record->live_size = record->live_count + room;
    if (record->live_count > WSYNC_RECORD_VALUES_MAX) {
        return WSYNC_ERR_CORRUPT;
    }
    record->live = wsync_arena_array(arena, record->live_size, sizeof *record->live);
    if (!record->live) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < record->live_count; i++) {
        struct wsync_live *live = &record->live[i];
        live->field = (uint32_t)wsync_read_number(&reader, 2);
        size_t index = (size_t)wsync_read_number(&reader, 2);
        if (reader.bad || index >= dot_count) {
            return WSYNC_ERR_CORRUPT;
        }
        live->dot = dots[index].dot;
        live->stamp = dots[index].stamp;
        if (!read_value(&reader, arena, &live->value)) {
            return WSYNC_ERR_MEMORY;
        }
    }
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_record_look(struct wsync_txn *txn, struct wsync_dot id,
                                 struct wsync_outline *outline)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_RECORDS, wsync_record_key(id, key), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_reader reader = wsync_reader_over(row);
    outline->form = (uint32_t)wsync_read_number(&reader, 4);
    (void)wsync_read_number(&reader, 4); /* version */
    outline->scope = (uint32_t)wsync_read_number(&reader, 4);
    size_t dots = (size_t)wsync_read_number(&reader, 2);
    (void)wsync_read_bytes(&reader, ROW_DOT_BYTES * dots);
    size_t count = (size_t)wsync_read_number(&reader, 2);
    outline->crowded = is_crowded(count, row.len);
    outline->marked = count > 0 && wsync_read_number(&reader, 2) == WSYNC_LIVENESS_FIELD;
    return reader.bad ? WSYNC_ERR_CORRUPT : WSYNC_OK;
}

enum wsync_err wsync_record_get(struct wsync_txn *txn, struct wsync_dot id, size_t room,
                                struct wsync_arena *arena, struct wsync_record *record)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice row;
    *record = (struct wsync_record){.id = id};
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_RECORDS, wsync_record_key(id, key), &row);
    if (err == WSYNC_OK) {
        err = read_record(row, room, arena, record);
    }
    return err == WSYNC_OK ? wsync_record_rank(txn, arena, record) : err;
}

enum wsync_err wsync_record_seek(struct wsync_txn *txn, struct wsync_dot from,
                                 struct wsync_arena *arena, struct wsync_record *record)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = wsync_record_key(from, key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RECORDS, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    *record = (struct wsync_record){.id = wsync_record_of_key(entry.key)};
    err = read_record(entry.value, 0, arena, record);
    return err == WSYNC_OK ? wsync_record_rank(txn, arena, record) : err;
}
