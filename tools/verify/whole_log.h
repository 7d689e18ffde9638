/* SPDX-License-Identifier: Apache-2.0 */
/* whole_log.h: one exported log with all that it holds: messages, seals, receipts, and what the
 * last receipt says of the rest. */
#ifndef WARDSYNC_VERIFY_WHOLE_LOG_H
#define WARDSYNC_VERIFY_WHOLE_LOG_H

#include "tools/verify/receipt.h"

struct whole_log {
    struct audit audit;
    struct views *views; /* of the caller: several logs share them */
    const char *file;
    struct receipt_facts last; /* receipt; without leaves: there is none */
    struct views left;         /* a checkpoint of size 1 for each tree before that of `last` */
    enum receipt_cover cover;
};

/* Reads and checks the file; `complete` asks that the last receipt names all that is here and
 * nothing else.  The log is the caller's to close, whatever the answer. */
WSYNC_MUST_USE bool whole_log_check(struct whole_log *log, const struct audit_trust *trust,
                                    const char *path, bool complete, struct audit_fault *fault);
void whole_log_close(struct whole_log *log);

#endif
