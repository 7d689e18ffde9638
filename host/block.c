/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "host/block.h"

#include <sys/mman.h>

void *wsync_block_new(size_t bytes)
{
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

void wsync_block_free(void *block, size_t bytes)
{
    if (block) {
        (void)munmap(block, bytes);
    }
}
