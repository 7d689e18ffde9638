/* SPDX-License-Identifier: Apache-2.0 */
/* config.h: reads a configuration file and its drop-ins into the caller's structure.
 *
 * The format is that of inih: [section], key = value, comments behind # or ; at the start of a
 * line or behind a blank and ; on it.  Strict: what is not in the caller's table, a key twice
 * in one file, a line that is none of this or longer than 190 bytes is refused with the file
 * and the line. */
#ifndef WARDSYNC_HOST_CONFIG_H
#define WARDSYNC_HOST_CONFIG_H

#include "wardsync/error.h"

enum { WSYNC_CONFIG_KEYS_MAX = 64 };

/* One key that may be given. */
struct wsync_config_key {
    const char *section; /* "" before the first section */
    const char *name;
    /* Puts `value` (valid during the call) into the target.  On a value that is not allowed:
     * INVALID and a sentence, which is shown behind the file and the line. */
    enum wsync_err (*set)(void *target, const char *value, struct wsync_error *error);
};

struct wsync_config_schema {
    const struct wsync_config_key *keys;
    size_t key_count; /* at most WSYNC_CONFIG_KEYS_MAX */
};

/* Reads `path`, then each conf.d/NAME.conf in the folder of `path` in the order of the bytes of
 * NAME; a later file overrides an earlier one.  INVALID with "FILE:LINE: what is wrong" at the
 * first mistake, NOT_FOUND when `path` is missing, STORE_IO.  On an error `target` may be
 * partly filled. */
WSYNC_MUST_USE enum wsync_err wsync_config_read(const char *path,
                                                const struct wsync_config_schema *schema,
                                                void *target, struct wsync_error *error);

/* For setters: a whole decimal number from `min` to `max`; INVALID with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_config_number(const char *value, int64_t min, int64_t max,
                                                  int64_t *number, struct wsync_error *error);

/* For setters and options: so many bytes, K and M behind the number for thousands and millions
 * of them; INVALID with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_config_bytes(const char *value, int64_t *bytes,
                                                 struct wsync_error *error);

/* For setters: copies `value` with its NUL into `size` bytes; INVALID when it is longer. */
WSYNC_MUST_USE enum wsync_err wsync_config_text(const char *value, char *text, size_t size,
                                                struct wsync_error *error);

#endif
