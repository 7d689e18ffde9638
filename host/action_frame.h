/* SPDX-License-Identifier: Apache-2.0 */
/* action_frame.h: what the page process and its keeper say to each other on their socket.
 *
 *   request: length u32, 'R', id u32, by u32, flags u8, files u8, words u8,
 *            {length u16, bytes} for each word, input (the rest)
 *   answer:  length u32, 'A', id u32, code u16, exit u8, files u8, stdout length u32, stdout,
 *            stderr
 *
 * Big-endian; the length counts what follows it.  Flag 1: stdout shall be a file; other bits
 * are 0.  So many `files` go with the first byte (action_files.h); in an answer there is one,
 * stdout, or none.  Both ends read it as a stranger's. */
#ifndef WARDSYNC_HOST_ACTION_FRAME_H
#define WARDSYNC_HOST_ACTION_FRAME_H

#include "host/action_files.h"
#include "host/action_rules.h"

enum {
    WSYNC_ACTION_INPUT_BYTES_MAX = 64 << 10,
    WSYNC_ACTION_WORDS_BYTES_MAX = 64 << 10, /* with a NUL behind each */
    WSYNC_ACTION_OUT_BYTES_MAX = 1 << 20,
    WSYNC_ACTION_ERR_BYTES_MAX = 16 << 10,
    WSYNC_ACTION_REQUEST_BYTES_MAX =
        WSYNC_ACTION_INPUT_BYTES_MAX + 2 * WSYNC_ACTION_WORDS_BYTES_MAX + 16,
    WSYNC_ACTION_ANSWER_HEAD_BYTES = 4 + 1 + 4 + 2 + 1 + 1 + 4,
    WSYNC_ACTION_FILE_BYTES_MAX = 64 << 20, /* of a stdout that is a file */
    WSYNC_ACTION_SIGNALLED = 128, /* as shells have it; no command of ours ends so */
    WSYNC_ACTION_ANSWER_BYTES_MAX = WSYNC_ACTION_ANSWER_HEAD_BYTES +
                                    WSYNC_ACTION_OUT_BYTES_MAX + WSYNC_ACTION_ERR_BYTES_MAX,
};

/* What is to be run. */
struct wsync_action_ask {
    const char *const *argv;  /* as in action_rules.h, ending with NULL */
    struct wsync_slice input; /* its stdin */
    uint32_t by;              /* the person who asks (http.h); 0: nobody is known */
    const int *files;         /* sealed (action_files.h); it has them as 3, 4, ..., */
    size_t file_count;        /* and a word names one as "/proc/self/fd/3" */
    bool want_file; /* its stdout becomes a file in memory, for what is too long for a page */
    int findings; /* up to this exit code it did what it was to do: 1 with findings, 2 also with
                     critical ones (cli.h) */
};

struct wsync_action_request {
    uint32_t id, by;
    bool want_file;
    size_t file_count;                           /* of the descriptors that came */
    const char *argv[WSYNC_ACTION_ARGS_MAX + 1]; /* ends with NULL */
    struct wsync_slice input;
    char words[WSYNC_ACTION_WORDS_BYTES_MAX]; /* decoded: what argv points to */
};

struct wsync_action_answer {
    uint32_t id;
    enum wsync_err err; /* of running it; see actions.h */
    int exit_code;      /* 0 to 255; WSYNC_ACTION_SIGNALLED and the number of the signal for a
                           child that did not end by itself */
    bool has_file;      /* its stdout is a descriptor that came, and `out` empty */
    struct wsync_slice out, talk;
};

/* Writes a frame and answers its length; 0 when it does not fit its bounds. */
size_t wsync_action_request_encode(uint32_t id, const struct wsync_action_ask *ask,
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
