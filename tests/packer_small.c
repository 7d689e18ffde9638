/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/packer_small.h"

#include <string.h>

enum { DICTIONARY_BYTES = 64, WINDOW = 255, MATCH_MIN = 3, MATCH_MAX = 127, RUN_MAX = 127 };
enum { IS_MATCH = 128, HISTORY = DICTIONARY_BYTES + WSYNC_PACKED_BYTES_MAX };

/* The dictionary, then what was unpacked or is to be packed. */
struct history {
    uint8_t bytes[HISTORY];
    size_t len;
};

static void begin(struct history *history, const void *context, enum wsync_pack_method method)
{
    memset(history->bytes, 0, DICTIONARY_BYTES);
    if (method == WSYNC_PACK_DICTIONARY) {
        memcpy(history->bytes, context, DICTIONARY_BYTES);
    }
    history->len = DICTIONARY_BYTES;
}

static size_t match_at(const struct history *history, size_t at, size_t end, size_t back)
{
    size_t len = 0;
    while (at + len < end && len < MATCH_MAX &&
           history->bytes[at + len] == history->bytes[at + len - back]) {
        len++;
    }
    return len;
}

/* A run: its length and the bytes; a match: 128 and its length, how far back it stands. */
static bool put(uint8_t *out, size_t room, size_t *used, struct wsync_slice bytes)
{
    if (bytes.len > room - *used) {
        return false;
    }
    memcpy(out + *used, bytes.data, bytes.len);
    *used += bytes.len;
    return true;
}

static bool put_run(uint8_t *out, size_t room, size_t *used, struct wsync_slice run)
{
    uint8_t len = (uint8_t)run.len;
    return run.len == 0 ||
           (put(out, room, used, wsync_slice(&len, 1)) && put(out, room, used, run));
}

static bool pack(void *context, struct wsync_pack_order order, struct wsync_slice bytes,
                 uint8_t *out, size_t *len)
{
    static struct history history;
    size_t used = 0, run = DICTIONARY_BYTES;
    begin(&history, context, order.method);
    memcpy(history.bytes + DICTIONARY_BYTES, bytes.data, bytes.len);
    size_t at = DICTIONARY_BYTES, end = at + bytes.len;
    while (at < end) {
        size_t best = 0, back = 0;
        for (size_t i = 1; i <= WINDOW && i <= at; i++) {
            size_t match = match_at(&history, at, end, i);
            back = match > best ? i : back;
            best = match > best ? match : best;
        }
        bool matches = best >= MATCH_MIN;
        if ((matches || at - run == RUN_MAX) &&
            !put_run(out, *len, &used, wsync_slice(history.bytes + run, at - run))) {
            return false;
        }
        if (matches) {
            const uint8_t match[] = {(uint8_t)(IS_MATCH | best), (uint8_t)back};
            if (!put(out, *len, &used, wsync_slice(match, sizeof match))) {
                return false;
            }
            at += best;
            run = at;
        } else {
            run = at - run == RUN_MAX ? at : run;
            at++;
        }
    }
    bool fits = put_run(out, *len, &used, wsync_slice(history.bytes + run, at - run));
    *len = used;
    return fits;
}

static enum wsync_err unpack(void *context, enum wsync_pack_method method,
                             struct wsync_slice packed, uint8_t *out, size_t len)
{
    static struct history history;
    size_t end = DICTIONARY_BYTES + len;
    begin(&history, context, method);
    for (size_t i = 0; i < packed.len;) { /* ends: each turn takes a byte at least */
        bool matches = (packed.data[i] & IS_MATCH) != 0;
        size_t count = packed.data[i++] & RUN_MAX;
        size_t taken = matches ? 1 : count;
        if (count == 0 || count > end - history.len || taken > packed.len - i) {
            return WSYNC_ERR_MESSAGE;
        }
        size_t back = matches ? packed.data[i] : 0;
        if (matches && (back == 0 || back > history.len)) {
            return WSYNC_ERR_MESSAGE;
        }
        for (size_t k = 0; k < count; k++) {
            history.bytes[history.len] =
                matches ? history.bytes[history.len - back] : packed.data[i + k];
            history.len++;
        }
        i += taken;
    }
    memcpy(out, history.bytes + DICTIONARY_BYTES, len);
    return history.len == end ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static char one[DICTIONARY_BYTES] = "the dictionary of one program", other[DICTIONARY_BYTES];

const struct wsync_packer PACKER_SMALL = {one, {{1, 1, 1, 1, 1, 1, 1, 1}}, pack, unpack};
const struct wsync_packer PACKER_SMALL_OTHER = {
    other, {{2, 2, 2, 2, 2, 2, 2, 2}}, pack, unpack};
