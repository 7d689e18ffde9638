/* SPDX-License-Identifier: Apache-2.0 */
#include "host/photo_text.h"

#include <stdio.h>
#include <string.h>

enum { HEX_BYTES = 2 * WSYNC_HASH_BYTES, LENGTH_DIGITS_MAX = 7, KILO = 1000, MEGA = 1000000 };

const char *wsync_photo_name_print(const struct wsync_blob_name *name,
                                   char text[WSYNC_PHOTO_NAME_BYTES])
{
    wsync_hex_encode(WSYNC_BYTES(name->root), text);
    snprintf(text + HEX_BYTES, WSYNC_PHOTO_NAME_BYTES - HEX_BYTES, "-%llu",
             (unsigned long long)name->length);
    return text;
}

bool wsync_photo_name_read(struct wsync_slice text, struct wsync_blob_name *name)
{
    *name = (struct wsync_blob_name){.length = 0};
    if (text.len < HEX_BYTES + 2 || text.len > HEX_BYTES + 1 + LENGTH_DIGITS_MAX ||
        text.data[HEX_BYTES] != '-' || text.data[HEX_BYTES + 1] == '0') {
        return false;
    }
    if (!wsync_hex_decode(wsync_slice_head(text, HEX_BYTES), name->root.b,
                          sizeof name->root.b)) {
        return false;
    }
    for (size_t i = HEX_BYTES + 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        name->length = name->length * 10 + (uint64_t)(text.data[i] - '0');
    }
    return name->length <= WSYNC_BLOB_BYTES_MAX;
}

const char *wsync_photo_size(uint64_t bytes, char text[WSYNC_PHOTO_SIZE_BYTES])
{
    if (bytes < KILO) {
        snprintf(text, WSYNC_PHOTO_SIZE_BYTES, "%u B", (unsigned)bytes);
    } else if (bytes < MEGA) {
        snprintf(text, WSYNC_PHOTO_SIZE_BYTES, "%u kB", (unsigned)(bytes / KILO));
    } else {
        snprintf(text, WSYNC_PHOTO_SIZE_BYTES, "%llu,%u MB", (unsigned long long)(bytes / MEGA),
                 (unsigned)(bytes % MEGA / (MEGA / 10)));
    }
    return text;
}

enum wsync_err wsync_photo_look(struct wsync_blobs *blobs, const struct wsync_value *value,
                                struct wsync_photo_state *state)
{
    struct wsync_blob_state found;
    *state = (struct wsync_photo_state){.here = false};
    if (value->class != WSYNC_CLASS_TEXT ||
        !wsync_blob_name_decode(value->text, &state->name)) {
        return WSYNC_ERR_VALUE;
    }
    enum wsync_err err = wsync_blob_look(blobs, &state->name, &found);
    if (err == WSYNC_OK) {
        uint64_t bytes = (uint64_t)found.chunks * WSYNC_BLOB_CHUNK_BYTES;
        state->here = found.whole;
        state->here_bytes =
            found.whole || bytes > state->name.length ? state->name.length : bytes;
    }
    return err;
}

const char *wsync_photo_state_name(const struct wsync_photo_state *state)
{
    return state->here ? "here" : state->here_bytes > 0 ? "partly" : "missing";
}

const char *wsync_photo_words(const struct wsync_photo_state *state,
                              const struct wsync_field *field, enum wsync_language language,
                              char text[WSYNC_PHOTO_WORDS_BYTES])
{
    static const char *const LATE[][2] = {{"ảnh chưa đến", "photo not here yet"},
                                          {"tệp chưa đến", "attachment not here yet"}};
    char size[WSYNC_PHOTO_SIZE_BYTES], name[WSYNC_PHOTO_NAME_BYTES];
    bool paper = (wsync_field_photo_kinds(field) & WSYNC_PHOTO_PDF) != 0;
    bool vi = language == WSYNC_VI;
    const char *late = LATE[paper][vi ? 0 : 1];
    wsync_photo_size(state->name.length, size);
    wsync_photo_name_print(&state->name, name);
    name[WSYNC_PHOTO_SHORT_DIGITS] = '\0';
    if (state->here) {
        snprintf(text, WSYNC_PHOTO_WORDS_BYTES, "%s, %s", name, size);
    } else if (state->here_bytes == 0) {
        snprintf(text, WSYNC_PHOTO_WORDS_BYTES, "%s, %s (%s)", late, size, name);
    } else {
        unsigned percent = (unsigned)(state->here_bytes * 100 / state->name.length);
        snprintf(text, WSYNC_PHOTO_WORDS_BYTES,
                 vi ? "%s, đã nhận %u %% của %s (%s)" : "%s, %u %% of %s (%s)", late, percent,
                 size, name);
    }
    return text;
}
