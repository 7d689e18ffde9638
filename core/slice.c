/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void wsync_assert_failed(const char *fact, const char *file, int line)
{
    fprintf(stderr, "wardsync: internal error: %s does not hold (%s:%d)\n", fact, file, line);
    abort();
}

struct wsync_slice wsync_slice_of(const char *text)
{
    return wsync_slice(text, strlen(text));
}

bool wsync_slice_equal(struct wsync_slice a, struct wsync_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int wsync_slice_compare(struct wsync_slice a, struct wsync_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct wsync_slice wsync_slice_head(struct wsync_slice slice, size_t len)
{
    return wsync_slice(slice.data, slice.len < len ? slice.len : len);
}

bool wsync_slice_starts(struct wsync_slice slice, struct wsync_slice prefix)
{
    return slice.len >= prefix.len &&
           wsync_slice_equal(wsync_slice_head(slice, prefix.len), prefix);
}
