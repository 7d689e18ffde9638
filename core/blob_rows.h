/* SPDX-License-Identifier: Apache-2.0 */
/* blob_rows.h: the name of an attachment inside the keys of BLOB_NAMES and BLOB_WORK: root,
 * length (4). */
#ifndef WARDSYNC_CORE_BLOB_ROWS_H
#define WARDSYNC_CORE_BLOB_ROWS_H

#include <string.h>

#include "core/bytes.h"
#include "wardsync/blob.h"

enum { WSYNC_BLOB_ROW_NAME_BYTES = WSYNC_HASH_BYTES + 4 };

static inline void wsync_blob_row_name_put(uint8_t *out, const struct wsync_blob_name *name)
{
    memcpy(out, name->root.b, sizeof name->root.b);
    wsync_be_put(out + sizeof name->root.b, name->length, 4);
}

static inline struct wsync_blob_name wsync_blob_row_name_get(const uint8_t *in)
{
    struct wsync_blob_name name;
    memcpy(name.root.b, in, sizeof name.root.b);
    name.length = wsync_be_get(in + sizeof name.root.b, 4);
    return name;
}

#endif
