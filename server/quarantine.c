/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/quarantined.h"
#include "host/view.h"
#include "server/commands.h"

const struct wsync_cli_option DISTRICT_QUARANTINE_OPTIONS[] = {
    {"note", "TEXT", "why, for whoever reads the verdict"},
    {NULL, NULL, NULL},
};

/* A change and the verdict that holds for it now. */
static enum wsync_err read_subject(struct wsync_site *site, const char *name,
                                   struct wsync_quarantined *subject, struct wsync_error *error)
{
    struct wsync_dot dot;
    enum wsync_err err = wsync_change_named(site->txn, name, &dot, error);
    if (err == WSYNC_OK) {
        err = wsync_quarantined_read(site, dot, subject);
    }
    if (err == WSYNC_OK) {
        subject->verdict.log = subject->log.id;
        subject->verdict.seq = dot.seq;
        subject->verdict.hash = wsync_hash_prefix_of(&subject->change.hash);
    }
    return err;
}

/* Is there anything to decide, and may it be decided so? */
static enum wsync_err check(const char *name, const struct wsync_quarantined *subject,
                            bool adopt, struct wsync_error *error)
{
    if (!adopt) {
        return subject->verdict.decision == WSYNC_DECISION_ADOPT
                   ? WSYNC_OK
                   : wsync_error_set(error, WSYNC_ERR_INVALID, "%s is not adopted.", name);
    }
    if (subject->reason == WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s is not quarantined; \"district quarantine\" lists what is.",
                               name);
    }
    if (!wsync_verdict_may_adopt(subject->reason)) {
        return wsync_error_set(
            error, WSYNC_ERR_INVALID,
            "%s cannot be adopted: %s  Only a missing right can be waived; what is right must "
            "be entered as a new change.",
            name, wsync_err_text(subject->reason, WSYNC_EN));
    }
    return WSYNC_OK;
}

static enum wsync_err decide(struct wsync_cli *cli, struct wsync_site *site, bool adopt,
                             struct wsync_error *error)
{
    struct wsync_quarantined subject;
    const char *note = wsync_cli_value(cli, "note");
    enum wsync_err err = read_subject(site, cli->argv[1], &subject, error);
    if (err == WSYNC_OK) {
        err = check(cli->argv[1], &subject, adopt, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    subject.verdict.decision = adopt ? WSYNC_DECISION_ADOPT : WSYNC_DECISION_QUARANTINE;
    if (adopt) {
        subject.verdict.reason = subject.reason; /* kept, for when it is taken back */
    }
    subject.verdict.actor = wsync_admin_log_staff();
    subject.verdict.note = note ? wsync_slice_of(note) : wsync_slice(NULL, 0);
    site->ledger.moment = wsync_clock_moment();
    err = wsync_verdict_put(&site->ledger, site->txn, &site->arena, subject.log.scope,
                            &subject.verdict);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "The verdict cannot be written: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

static int run(struct wsync_cli *cli, bool adopt)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    if (err == WSYNC_OK) {
        err = decide(cli, &site, adopt, &error);
    }
    if (err == WSYNC_OK && !cli->dry_run) {
        err = wsync_site_commit(&site, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "%s %s%s.  The wards hear of it at their next sync.", cli->argv[1],
                  adopt ? "counts now" : "is quarantined again",
                  cli->dry_run ? " (nothing was changed: --dry-run)" : "");
    return 0;
}

int district_quarantine(struct wsync_cli *cli)
{
    if (cli->argc == 2 && strcmp(cli->argv[0], "adopt") == 0) {
        return run(cli, true);
    }
    if (cli->argc == 2 && strcmp(cli->argv[0], "unadopt") == 0) {
        return run(cli, false);
    }
    if (cli->argc > 0 && strcmp(cli->argv[0], "list") != 0 &&
        strcmp(cli->argv[0], "show") != 0) {
        return wsync_cli_usage(cli, "Expected list, show, adopt or unadopt.");
    }
    return wsync_view_quarantine(cli);
}
