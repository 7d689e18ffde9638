/* SPDX-License-Identifier: Apache-2.0 */
/* signed_log.h: reads an exported log (SPEC section 16.1) to its end mark, and checks each
 * message on the way: every fault is named with the byte at which its message begins.  Receipts
 * are left to the listener. */
#ifndef WARDSYNC_VERIFY_SIGNED_LOG_H
#define WARDSYNC_VERIFY_SIGNED_LOG_H

#include "tools/verify/audit.h"

/* Who hears of each message that held, before the next one is read; false ends the reading. */
struct signed_log_listener {
    void *context;
    bool (*heard)(void *context, const struct wsync_message *message,
                  struct audit_fault *fault);
};

/* Gives the file to the audit.  The message and what it points to hold until the listener
 * returns. */
WSYNC_MUST_USE bool signed_log_read(struct audit *audit, const char *path,
                                    const struct signed_log_listener *listener,
                                    struct audit_fault *fault);

#endif
