/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/photos.h"

#include <string.h>

static void must(enum wsync_err err)
{
    WSYNC_ASSERT(err == WSYNC_OK);
}

static struct wsync_field field(uint32_t number, enum wsync_type type, const char *name)
{
    struct wsync_slice text = wsync_slice_of(name);
    return (struct wsync_field){
        .number = number, .type = type, .name = text, .label_vi = text, .label_en = text};
}

void photos_define(struct replica *district)
{
    const struct wsync_field fields[] = {field(1, WSYNC_TYPE_PHOTO, "first"),
                                         field(2, WSYNC_TYPE_PHOTO, "second"),
                                         field(3, WSYNC_TYPE_TEXT, "note")};
    const struct wsync_form form = {.number = PHOTOS_FORM,
                                    .version = 1,
                                    .name = wsync_slice_of("photos"),
                                    .title_vi = wsync_slice_of("p"),
                                    .title_en = wsync_slice_of("p"),
                                    .fields = fields,
                                    .field_count = sizeof fields / sizeof *fields};
    replica_define(district, &form);
}

struct wsync_slice photos_content(uint32_t seed, size_t len)
{
    static uint8_t bytes[PHOTOS_BYTES_MAX];
    WSYNC_ASSERT(len <= sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245U + 12345U;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return wsync_slice(bytes, len);
}

struct wsync_blob_name photos_name(uint32_t seed, size_t len)
{
    struct wsync_blob_name name;
    must(wsync_blob_name_of(photos_content(seed, len), &name));
    return name;
}

struct wsync_dot photos_record(struct replica *replica, uint32_t scope, uint32_t seed,
                               size_t len, bool here)
{
    struct wsync_blob_name name = photos_name(seed, len);
    struct wsync_blob_value value = wsync_blob_name_encode(&name);
    struct wsync_dot written;
    if (here) {
        must(wsync_blob_add(replica->ledger.blobs, photos_content(seed, len), &name));
    }
    const struct wsync_write write = {
        PHOTOS_FIRST,
        false,
        {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    const struct wsync_intent intent = {.form = PHOTOS_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = &write,
                                        .write_count = 1};
    must(replica_write(replica, scope, &intent, 1, &written));
    return written;
}

enum wsync_err photos_replace(struct replica *replica, struct wsync_dot record, uint32_t seed,
                              size_t len)
{
    struct wsync_blob_name name = photos_name(seed, len);
    struct wsync_blob_value value = wsync_blob_name_encode(&name);
    struct wsync_dot written;
    must(wsync_blob_add(replica->ledger.blobs, photos_content(seed, len), &name));
    const struct wsync_write write = {
        PHOTOS_FIRST,
        false,
        {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    const struct wsync_intent intent = {.form = PHOTOS_FORM,
                                        .version = 1,
                                        .record = record,
                                        .bases = &record,
                                        .base_count = 1,
                                        .writes = &write,
                                        .write_count = 1};
    return replica_write(replica, replica->scope, &intent, 1, &written);
}

static struct wsync_blob_state look(struct replica *replica, const struct wsync_blob_name *name)
{
    struct wsync_blob_state state;
    must(wsync_blob_look(replica->ledger.blobs, name, &state));
    return state;
}

bool photos_whole(struct replica *replica, const struct wsync_blob_name *name)
{
    return look(replica, name).whole;
}

uint32_t photos_chunks(struct replica *replica, const struct wsync_blob_name *name)
{
    return look(replica, name).chunks;
}
