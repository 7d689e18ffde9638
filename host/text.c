/* SPDX-License-Identifier: Apache-2.0 */
#include "host/text.h"

#include <utf8proc.h>

#include "wardsync/utf8.h"

enum {
    D_WITH_STROKE = 0x0111,
    NO_BREAK_SPACE = 0x00A0,
};

struct points {
    int32_t *at;
    size_t count;
};

static enum wsync_err decompose(struct wsync_slice text, utf8proc_option_t options,
                                struct wsync_arena *arena, struct points *points)
{
    utf8proc_ssize_t needed =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, NULL, 0, options);
    if (needed < 0) {
        return WSYNC_ERR_VALUE;
    }
    points->count = (size_t)needed;
    points->at = wsync_arena_array(arena, points->count + 1, sizeof *points->at);
    if (!points->at) {
        return WSYNC_ERR_MEMORY;
    }
    utf8proc_ssize_t written =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, points->at, needed, options);
    WSYNC_ASSERT(written == needed);
    return WSYNC_OK;
}

/* Makes UTF-8 out of the points, in their own memory. */
static struct wsync_slice encode(struct points points, utf8proc_option_t options)
{
    utf8proc_ssize_t len =
        utf8proc_reencode(points.at, (utf8proc_ssize_t)points.count, options);
    WSYNC_ASSERT(len >= 0);
    return wsync_slice(points.at, (size_t)len);
}

static size_t first_fault(struct wsync_slice text)
{
    size_t at = 0;
    uint32_t point;
    for (size_t len; (len = wsync_utf8_step(text, at, &point)) > 0;) {
        at += len;
    }
    return at;
}

enum wsync_err wsync_text_normalise(struct wsync_slice text, struct wsync_arena *arena,
                                    struct wsync_slice *normal, struct wsync_error *error)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    struct points points;
    enum wsync_err err = decompose(text, options, arena, &points);
    if (err == WSYNC_ERR_VALUE) {
        return wsync_error_set(error, err, "The text is not valid UTF-8 at byte %zu.",
                               first_fault(text) + 1);
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    size_t kept = 0;
    for (size_t i = 0; i < points.count; i++) {
        bool pair = points.at[i] == '\r' && i + 1 < points.count && points.at[i + 1] == '\n';
        if (!pair) {
            points.at[kept++] = points.at[i] == '\r' ? '\n' : points.at[i];
        }
    }
    points.count = kept;
    *normal = encode(points, options);
    return WSYNC_OK;
}

static bool is_blank(int32_t point)
{
    return point == ' ' || point == '\t' || point == '\n' || point == '\r' ||
           point == NO_BREAK_SPACE;
}

enum wsync_err wsync_text_search_key(struct wsync_slice text, struct wsync_arena *arena,
                                     struct wsync_slice *key)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD;
    struct points points;
    enum wsync_err err = decompose(text, options, arena, &points);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t kept = 0;
    bool blank = false;
    for (size_t i = 0; i < points.count; i++) {
        if (is_blank(points.at[i])) {
            blank = kept > 0;
            continue;
        }
        int32_t point = points.at[i] == D_WITH_STROKE ? 'd' : points.at[i];
        if (blank) { /* kept < i here, so a point not yet read is never overwritten */
            points.at[kept++] = ' ';
            blank = false;
        }
        points.at[kept++] = point;
    }
    points.count = kept;
    *key = encode(points, options);
    return WSYNC_OK;
}
