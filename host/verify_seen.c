/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen and done here and stands in no signed log: the rows of the session log and of
 * the admin log.  Nothing computes them anew, so each is held to its own chain and the two to
 * each other. */
#include <stdio.h>

#include "host/admin_log.h"
#include "host/session_log.h"
#include "host/verify_parts.h"

static void tell(struct wsync_verify *job, const char *what, uint64_t number, const char *text)
{
    struct wsync_verify_finding finding = {.what = what};
    snprintf(finding.place, sizeof finding.place, "row %llu", (unsigned long long)number);
    snprintf(finding.stored, sizeof finding.stored, "%s", text);
    wsync_verify_found(job, &finding);
}

enum wsync_err wsync_verify_seen(struct wsync_verify *job)
{
    struct wsync_admin_fault admin;
    struct wsync_session_fault session;
    enum wsync_err err = wsync_admin_log_check(job->live.txn, &admin);
    if (err == WSYNC_OK && admin.number != 0) {
        tell(job, "admin log", admin.number, admin.text);
    }
    if (err == WSYNC_OK) {
        err = wsync_session_log_check(job->live.txn, &session);
    }
    if (err == WSYNC_OK && session.number != 0) {
        tell(job, "session log", session.number, session.text);
    }
    return err;
}
