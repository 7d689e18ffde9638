/* SPDX-License-Identifier: Apache-2.0 */
#include "host/action_frame.h"

#include <string.h>

enum { LENGTH_BYTES = 4, REQUEST_HEAD_BYTES = LENGTH_BYTES + 1 + 4 + 4 + 1 + 1 + 1 };
enum { WANTS_FILE = 1 };

static void put(uint8_t *to, uint32_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
    }
}

static uint32_t get(const uint8_t *from, size_t bytes)
{
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | from[i];
    }
    return number;
}

size_t wsync_action_request_encode(uint32_t id, const struct wsync_action_ask *ask,
                                   uint8_t frame[WSYNC_ACTION_REQUEST_BYTES_MAX])
{
    size_t used = REQUEST_HEAD_BYTES, words = 0, count = 0;
    for (; ask->argv[count]; count++) {
        size_t len = strlen(ask->argv[count]);
        words += len + 1;
        if (count == WSYNC_ACTION_ARGS_MAX || len > UINT16_MAX ||
            words > WSYNC_ACTION_WORDS_BYTES_MAX) {
            return 0;
        }
        put(frame + used, (uint32_t)len, 2);
        memcpy(frame + used + 2, ask->argv[count], len);
        used += 2 + len;
    }
    if (ask->input.len > WSYNC_ACTION_INPUT_BYTES_MAX ||
        ask->file_count > WSYNC_ACTION_FILES_MAX) {
        return 0;
    }
    if (ask->input.len > 0) {
        memcpy(frame + used, ask->input.data, ask->input.len);
    }
    used += ask->input.len;
    put(frame, (uint32_t)(used - LENGTH_BYTES), LENGTH_BYTES);
    frame[4] = 'R';
    put(frame + 5, id, 4);
    put(frame + 9, ask->by, 4);
    frame[13] = ask->want_file ? WANTS_FILE : 0;
    frame[14] = (uint8_t)ask->file_count;
    frame[15] = (uint8_t)count;
    return used;
}

void wsync_action_answer_head(const struct wsync_action_answer *answer,
                              uint8_t head[WSYNC_ACTION_ANSWER_HEAD_BYTES])
{
    size_t texts = answer->out.len + answer->talk.len;
    WSYNC_ASSERT(answer->out.len <= WSYNC_ACTION_OUT_BYTES_MAX &&
                 answer->talk.len <= WSYNC_ACTION_ERR_BYTES_MAX);
    put(head, (uint32_t)(WSYNC_ACTION_ANSWER_HEAD_BYTES - LENGTH_BYTES + texts), LENGTH_BYTES);
    head[4] = 'A';
    put(head + 5, answer->id, 4);
    put(head + 9, wsync_err_code(answer->err), 2);
    head[11] = (uint8_t)answer->exit_code;
    head[12] = answer->has_file;
    put(head + 13, (uint32_t)answer->out.len, 4);
}

enum wsync_err wsync_action_frame_length(struct wsync_slice bytes, size_t bytes_max,
                                         size_t *length)
{
    *length = 0;
    if (bytes.len < LENGTH_BYTES) {
        return WSYNC_OK;
    }
    size_t rest = get(bytes.data, LENGTH_BYTES);
    if (rest < REQUEST_HEAD_BYTES - LENGTH_BYTES || rest > bytes_max - LENGTH_BYTES) {
        return WSYNC_ERR_FRAME;
    }
    *length = LENGTH_BYTES + rest;
    return WSYNC_OK;
}

/* Is it one whole frame of this kind? */
static bool is_whole(struct wsync_slice frame, size_t bytes_min, size_t bytes_max, char kind)
{
    size_t length;
    return wsync_action_frame_length(frame, bytes_max, &length) == WSYNC_OK &&
           length == frame.len && frame.len >= bytes_min && frame.data[4] == (uint8_t)kind;
}

enum wsync_err wsync_action_request_decode(struct wsync_slice frame,
                                           struct wsync_action_request *request)
{
    if (!is_whole(frame, REQUEST_HEAD_BYTES, WSYNC_ACTION_REQUEST_BYTES_MAX, 'R')) {
        return WSYNC_ERR_FRAME;
    }
    size_t count = frame.data[15], at = REQUEST_HEAD_BYTES, used = 0;
    request->by = get(frame.data + 9, 4);
    request->want_file = frame.data[13] == WANTS_FILE;
    request->file_count = frame.data[14];
    if (count == 0 || count > WSYNC_ACTION_ARGS_MAX || frame.data[13] > WANTS_FILE ||
        request->file_count > WSYNC_ACTION_FILES_MAX) {
        return WSYNC_ERR_FRAME;
    }
    for (size_t i = 0; i < count; i++) {
        if (frame.len - at < 2) {
            return WSYNC_ERR_FRAME;
        }
        size_t len = get(frame.data + at, 2);
        at += 2;
        if (len > frame.len - at || len + 1 > sizeof request->words - used ||
            memchr(frame.data + at, '\0', len)) {
            return WSYNC_ERR_FRAME;
        }
        memcpy(request->words + used, frame.data + at, len);
        request->words[used + len] = '\0';
        request->argv[i] = request->words + used;
        used += len + 1;
        at += len;
    }
    request->argv[count] = NULL;
    request->id = get(frame.data + 5, 4);
    request->input = wsync_slice(frame.data + at, frame.len - at);
    return request->input.len <= WSYNC_ACTION_INPUT_BYTES_MAX ? WSYNC_OK : WSYNC_ERR_FRAME;
}

enum wsync_err wsync_action_answer_decode(struct wsync_slice frame,
                                          struct wsync_action_answer *answer)
{
    if (!is_whole(frame, WSYNC_ACTION_ANSWER_HEAD_BYTES, WSYNC_ACTION_ANSWER_BYTES_MAX, 'A')) {
        return WSYNC_ERR_FRAME;
    }
    const uint8_t *texts = frame.data + WSYNC_ACTION_ANSWER_HEAD_BYTES;
    size_t len = frame.len - WSYNC_ACTION_ANSWER_HEAD_BYTES, out = get(frame.data + 13, 4);
    uint8_t files = frame.data[12]; /* 1: stdout, of a command that ended by itself */
    if (out > len || out > WSYNC_ACTION_OUT_BYTES_MAX ||
        len - out > WSYNC_ACTION_ERR_BYTES_MAX || files > 1 ||
        (files == 1 && (out > 0 || get(frame.data + 9, 2) != 0))) {
        return WSYNC_ERR_FRAME;
    }
    *answer = (struct wsync_action_answer){.id = get(frame.data + 5, 4),
                                           .err = wsync_err_from_code(get(frame.data + 9, 2)),
                                           .exit_code = frame.data[11],
                                           .has_file = files == 1,
                                           .out = wsync_slice(texts, out),
                                           .talk = wsync_slice(texts + out, len - out)};
    return WSYNC_OK;
}
