/* SPDX-License-Identifier: Apache-2.0 */
/* tlog.h: the transparency log of a replica, looked at and tampered with. */
#ifndef WARDSYNC_TESTS_TLOG_H
#define WARDSYNC_TESTS_TLOG_H

#include "tests/replica.h"
#include "wardsync/receipt.h"
#include "wardsync/tree.h"

enum { TLOG_LEAVES_MAX = 512 };

/* All leaves of the tree that grows, in order. */
struct tlog_leaves {
    struct wsync_leaf items[TLOG_LEAVES_MAX];
    size_t count;
};
void tlog_read(struct replica *district, struct tlog_leaves *leaves);

/* The district writes its tree anew as if these had always been its leaves. */
void tlog_rewrite(struct replica *district, const struct tlog_leaves *leaves);

uint64_t tlog_size(struct replica *district);
struct wsync_signed_checkpoint tlog_last(struct replica *replica);
uint64_t tlog_alarms(struct replica *ward);

/* The last receipt that a ward keeps; false when there is none.  Points into the arena. */
bool tlog_receipt(struct replica *ward, struct wsync_kept_receipt *kept,
                  struct wsync_receipt *receipt);

/* How many leaves name this head, in any tree. */
size_t tlog_count(struct replica *district, const struct wsync_head *head);

/* Asserts what must hold between transactions: nodes and checkpoints are those of the leaves,
 * and each head of another device's log has its leaf. */
void tlog_check(struct replica *district);

#endif
