/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/whole_log.h"

#include <string.h>

#include "tools/verify/signed_log.h"

static bool see_seal(struct whole_log *log, const struct wsync_change_set *set,
                     struct audit_fault *fault)
{
    struct view view = {
        .checkpoint = set->checkpoint,
        .file = log->file,
        .head = {.log = set->log, .seq = set->first + set->change_count - 1},
    };
    return views_add(log->views, &view, fault);
}

/* Is it smaller than the one before, or of a tree that was left for another one? */
static bool goes_back(struct whole_log *log, const struct wsync_checkpoint *now, bool *back,
                      struct audit_fault *fault)
{
    const struct wsync_checkpoint *last = &log->last.checkpoint;
    struct view view = {.file = log->file};
    *back = false;
    if (log->last.count == 0) {
        return true;
    }
    if (memcmp(now->tree, last->tree, sizeof now->tree) == 0) {
        *back = now->size < last->size;
        return true;
    }
    memcpy(view.checkpoint.tree, now->tree, sizeof now->tree);
    view.checkpoint.size = 1;
    *back = views_has(&log->left, &view.checkpoint);
    memcpy(view.checkpoint.tree, last->tree, sizeof last->tree);
    return views_add(&log->left, &view, fault);
}

static bool see_receipt(struct whole_log *log, const struct wsync_receipt *receipt,
                        struct audit_fault *fault)
{
    struct receipt_facts facts;
    if (!receipt_check(&log->audit, receipt, log->views, &facts, fault) ||
        !receipt_against_log(&log->audit, &facts, fault)) {
        return false;
    }
    bool back;
    if (!goes_back(log, &facts.checkpoint, &back, fault)) {
        return false;
    }
    log->last = facts;
    return !back || audit_fail(fault, WSYNC_ERR_ROLLED_BACK,
                               "The district signed a larger tree before: it went back.");
}

static bool heard(void *context, const struct wsync_message *message, struct audit_fault *fault)
{
    struct whole_log *log = context;
    if (message->type == WSYNC_MESSAGE_CHANGES) {
        return see_seal(log, &message->changes, fault);
    }
    return message->type != WSYNC_MESSAGE_RECEIPT || see_receipt(log, &message->receipt, fault);
}

/* A log that somebody left out is missed by the last receipt. */
static bool check_complete(struct whole_log *log, bool complete, struct audit_fault *fault)
{
    log->cover = RECEIPT_COVERS_LESS;
    if (log->last.count > 0 && !receipt_cover(&log->audit, &log->last, &log->cover, fault)) {
        return false;
    }
    return !complete || log->cover != RECEIPT_COVERS_LESS ||
           audit_fail(fault, WSYNC_ERR_PROOF, "%s",
                      log->last.count > 0
                          ? "The logs here are not those that the last receipt names: "
                            "something was left out, or came later."
                          : "No receipt says what belongs here.");
}

bool whole_log_check(struct whole_log *log, const struct audit_trust *trust, const char *path,
                     bool complete, struct audit_fault *fault)
{
    struct signed_log_listener listener = {log, heard};
    log->file = path;
    log->last.count = 0;
    fault->file = path;
    if (!audit_open(&log->audit, trust)) {
        return audit_fail(fault, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    return signed_log_read(&log->audit, path, &listener, fault) &&
           check_complete(log, complete, fault);
}

void whole_log_close(struct whole_log *log)
{
    audit_close(&log->audit);
    views_fini(&log->left);
}
