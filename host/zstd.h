/* SPDX-License-Identifier: Apache-2.0 */
/* zstd.h: the packer of the programs: blocks of Zstandard (RFC 8878), with and without the
 * dictionary that the program carries.
 *
 * A packed set is one block.  What a frame of zstd says beside its block (magic, sizes, window,
 * checksum, which dictionary) does not travel: the reader writes it anew from the size that the
 * core allowed, so no peer can ask for a window, a second frame or another dictionary. */
#ifndef WARDSYNC_HOST_ZSTD_H
#define WARDSYNC_HOST_ZSTD_H

#include "wardsync/packer.h"

struct wsync_zstd;

/* NULL when there is no memory.  What it needs for packing and for unpacking is made when it is
 * first done, once, and kept: 0.9 MiB for packing at the highest level, 0.4 MiB for each other,
 * 0.14 MiB for unpacking. */
struct wsync_zstd *wsync_zstd_open(struct wsync_slice dictionary);
void wsync_zstd_close(struct wsync_zstd *zstd);

/* The dictionary that the program carries (tools/train-dictionary). */
struct wsync_slice wsync_zstd_dictionary(void);

/* It lives as long as `zstd`. */
const struct wsync_packer *wsync_zstd_packer(const struct wsync_zstd *zstd);

#endif
