/* SPDX-License-Identifier: Apache-2.0 */
/* action_frame.h: what the page process and its keeper say to each other on their socket.
 *
 *   request: length u32, 'R', id u32, words u8, {length u16, bytes} each, input (the rest)
 *   answer:  length u32, 'A', id u32, code u16, exit u8, stdout length u32, stdout, stderr
 *
 * Big-endian; the length counts what follows it.  Both ends read it as a stranger's. */
#ifndef WARDSYNC_HOST_ACTION_FRAME_H
#define WARDSYNC_HOST_ACTION_FRAME_H

#include "host/action_rules.h"

enum {
    WSYNC_ACTION_INPUT_BYTES_MAX = 64 << 10,
    WSYNC_ACTION_WORDS_BYTES_MAX = 64 << 10, /* with a NUL behind each */
    WSYNC_ACTION_OUT_BYTES_MAX = 1 << 20,
    WSYNC_ACTION_ERR_BYTES_MAX = 16 << 10,
    WSYNC_ACTION_REQUEST_BYTES_MAX =
        WSYNC_ACTION_INPUT_BYTES_MAX + 2 * WSYNC_ACTION_WORDS_BYTES_MAX + 10,
    WSYNC_ACTION_ANSWER_HEAD_BYTES = 4 + 1 + 4 + 2 + 1 + 4,
    WSYNC_ACTION_ANSWER_BYTES_MAX = WSYNC_ACTION_ANSWER_HEAD_BYTES +
                                    WSYNC_ACTION_OUT_BYTES_MAX + WSYNC_ACTION_ERR_BYTES_MAX,
};

struct wsync_action_request {
    uint32_t id;
    const char *argv[WSYNC_ACTION_ARGS_MAX + 1]; /* ends with NULL */
    struct wsync_slice input;
    char words[WSYNC_ACTION_WORDS_BYTES_MAX]; /* decoded: what argv points to */
};

struct wsync_action_answer {
    uint32_t id;
    enum wsync_err err; /* of running it; see actions.h */
    int exit_code;      /* 0 to 255, of a child that ended by itself */
    struct wsync_slice out, talk;
};

/* Writes a frame and answers its length; 0 when it does not fit its bounds. */
size_t wsync_action_request_encode(uint32_t id, const char *const *argv,
                                   struct wsync_slice input,
                                   uint8_t frame[WSYNC_ACTION_REQUEST_BYTES_MAX]);
void wsync_action_answer_head(const struct wsync_action_answer *answer,
                              uint8_t head[WSYNC_ACTION_ANSWER_HEAD_BYTES]);

/* How long the whole frame is that begins with `bytes`: 0 while fewer than four are here;
 * FRAME when it is longer than `bytes_max` or shorter than any. */
WSYNC_MUST_USE enum wsync_err wsync_action_frame_length(struct wsync_slice bytes,
                                                        size_t bytes_max, size_t *length);

/* Read a whole frame; FRAME when it is bent in any way.  Slices point into it. */
WSYNC_MUST_USE enum wsync_err wsync_action_request_decode(struct wsync_slice frame,
                                                          struct wsync_action_request *request);
WSYNC_MUST_USE enum wsync_err wsync_action_answer_decode(struct wsync_slice frame,
                                                         struct wsync_action_answer *answer);

#endif
