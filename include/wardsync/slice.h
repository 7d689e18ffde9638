/* SPDX-License-Identifier: Apache-2.0 */
/* slice.h: a borrowed run of bytes, and the assertion that stays on in release builds. */
#ifndef WARDSYNC_SLICE_H
#define WARDSYNC_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WSYNC_MUST_USE __attribute__((warn_unused_result))

/* States a fact that only a bug in this program can make false: never anything about a peer's
 * bytes, the disk or the configuration.  Always on. */
#define WSYNC_ASSERT(fact) \
    ((fact) ? (void)0 : wsync_assert_failed(#fact, __FILE__, __LINE__))

_Noreturn void wsync_assert_failed(const char *fact, const char *file, int line);

/* Bytes that somebody else owns; `data` may be NULL only when `len` is 0. */
struct wsync_slice {
    const uint8_t *data;
    size_t len;
};

static inline struct wsync_slice wsync_slice(const void *data, size_t len)
{
    return (struct wsync_slice){.data = data, .len = len};
}

/* The bytes of a C string without its NUL. */
struct wsync_slice wsync_slice_of(const char *text);

/* True when both hold the same bytes.  Not for secrets. */
bool wsync_slice_equal(struct wsync_slice a, struct wsync_slice b);

/* Orders as unsigned bytes, a prefix first: below 0, 0 or above 0. */
int wsync_slice_compare(struct wsync_slice a, struct wsync_slice b);

/* The first bytes of `slice`, at most `len` of them. */
struct wsync_slice wsync_slice_head(struct wsync_slice slice, size_t len);

/* True when `slice` begins with `prefix`. */
bool wsync_slice_starts(struct wsync_slice slice, struct wsync_slice prefix);

#endif
