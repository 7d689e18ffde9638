/* SPDX-License-Identifier: Apache-2.0 */
/* `ward serve`: syncs whenever there is a link.
 *
 * A link shows itself by dialling: one that is not there is knocked at as core/pace.c says,
 * after another failure the next attempt waits as core/schedule.c says, after a success the
 * agent asks again in policy.interval_s.  In between it looks once a
 * second whether somebody saved something on this machine, and reads a little of the raw log
 * again (host/scrub.h); other commands work beside it on the same store, and `ward sync` takes
 * its turn with it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "client/attempt.h"
#include "client/commands.h"
#include "client/now.h"
#include "client/pages.h"
#include "client/result.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/journal.h"
#include "host/lock.h"
#include "host/notify.h"
#include "host/pages_command.h"
#include "host/scrub.h"
#include "host/scrub_photos.h"
#include "wardsync/schedule.h"

enum {
    LOOK_MS = 1000,          /* how often to look for local changes */
    SLOW_MS = 5 * 60 * 1000, /* after a refusal that only a person can lift */
    HASTE_MS = 2000,         /* a local change makes a waiting agent try this soon */
    SAY_AGAIN_MS = 60000,
    METERED_HASTE_MS = 60000,          /* what is saved meanwhile goes along */
    METERED_FULL_MS = 6 * 3600 * 1000, /* how often others' work is fetched */
    METERED_IDLE_S = 3600,             /* the least time between two idle questions */
};

struct agent {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct wsync_signals signals;
    struct wsync_pages_process pages;
    struct wsync_schedule schedule;
    struct wsync_way way;
    struct client_budget budget;
    int64_t full_ms; /* METERED: when others' work is fetched again */
    struct wsync_scrub scrub;
    struct wsync_scrub_photos scrub_photos;
    uint32_t log_no;       /* of the open log; another one after a restore */
    uint64_t saved, tried; /* changes of that log; those the last attempt knew of */
    int64_t next_ms;       /* of the next attempt */
    bool refused;          /* haste is of no use */
    bool unreadable;       /* the store could not be read last time */
    char said[32];         /* the last result told, and when: a dead link says it once */
    int64_t said_ms;
};

/* ---- when ---- */

static void look(struct agent *agent)
{
    struct wsync_log log = {.seq = 0};
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(agent->site.store, WSYNC_TXN_READ, &txn);
    if (err == WSYNC_OK) {
        err = wsync_ledger_own_log(txn, agent->site.conf.scope, &log);
        wsync_txn_abort(txn);
    }
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        agent->tried = log.no == agent->log_no ? agent->tried : 0;
        agent->log_no = log.no;
        agent->saved = log.seq;
        agent->unreadable = false;
    } else if (!agent->unreadable) {
        agent->unreadable = true;
        WSYNC_JOURNAL(ERROR, "store-unreadable",
                      wsync_journal_text("code", wsync_err_name(err)));
    }
}

/* Something was saved: soon, at once when the last attempt was good. */
static void hasten(struct agent *agent, int64_t now)
{
    bool well = agent->schedule.failures == 0;
    int64_t soonest = agent->budget.metered ? now + METERED_HASTE_MS
                      : well                ? now
                                            : now + HASTE_MS;
    if (agent->saved > agent->tried && !agent->refused && agent->next_ms > soonest) {
        agent->next_ms = soonest;
    }
}

/* Only a person can change what the next attempt would meet. */
static bool is_lasting(const struct wsync_dial_result *result)
{
    return result->reached
               ? result->err != WSYNC_ERR_LINK && wsync_err_is_permanent(result->err)
               : result->reason == WSYNC_LINK_REFUSED || result->reason == WSYNC_LINK_REVOKED ||
                     result->reason == WSYNC_LINK_WRONG_SERVER;
}

/* Nobody is there to be asked for patience: only the link is not up. */
static bool is_away(const struct wsync_dial_result *result)
{
    return result->err == WSYNC_ERR_LINK &&
           (result->reason == WSYNC_LINK_LOST || result->reason == WSYNC_LINK_SILENT ||
            result->reason == WSYNC_LINK_NO_HOST || result->reason == WSYNC_LINK_NO_ROUTE ||
            result->reason == WSYNC_LINK_NO_ANSWER);
}

/* After a failure that is ours. */
static void plan_again(struct agent *agent)
{
    struct wsync_entropy entropy;
    wsync_entropy_draw(&entropy);
    wsync_schedule_fail(&agent->schedule, wsync_clock_monotonic_ms(), &entropy);
    agent->next_ms = agent->schedule.next_ms;
}

static int64_t idle_s(const struct agent *agent)
{
    int64_t interval_s = agent->site.conf.policy.interval_s;
    return agent->budget.metered && interval_s < METERED_IDLE_S ? METERED_IDLE_S : interval_s;
}

static void plan(struct agent *agent, const struct wsync_dial_result *result)
{
    int64_t now = wsync_clock_monotonic_ms();
    agent->refused = is_lasting(result);
    if (result->err == WSYNC_OK) {
        wsync_schedule_succeed(&agent->schedule, now);
        agent->next_ms = now + idle_s(agent) * 1000;
        return;
    }
    if (result->err == WSYNC_ERR_BUDGET) {
        wsync_schedule_succeed(&agent->schedule, now);
        int64_t wait_s = wsync_spent_wait_s(wsync_clock_wall_s());
        bool spent = !result->reached; /* nothing was left of the day */
        agent->next_ms = now + (spent ? wait_s : idle_s(agent)) * 1000;
        return;
    }
    plan_again(agent);
    if (agent->refused) {
        agent->next_ms = now + SLOW_MS;
    } else if (is_away(result)) {
        struct wsync_entropy entropy;
        uint64_t chance;
        wsync_entropy_draw(&entropy);
        memcpy(&chance, entropy.b, sizeof chance);
        agent->next_ms = now + wsync_probe_wait_ms(now - agent->way.alive_ms, result->took_ms,
                                                   agent->budget.metered, chance);
    }
}

static void tell_waiting(const struct agent *agent)
{
    int64_t time = wsync_clock_wall_s();
    int64_t left_ms = agent->next_ms - wsync_clock_monotonic_ms();
    const struct client_now now = {.doing = CLIENT_NOW_WAITS,
                                   .time = time,
                                   .next = time + (left_ms > 0 ? left_ms / 1000 : 0),
                                   .rate = agent->way.pace.rate};
    client_now_write(agent->site.path, &now);
}

/* ---- one attempt ---- */

static const char *word_of(const struct wsync_dial_result *result)
{
    return result->reached ? wsync_err_name(result->err)
                           : wsync_link_reason_name(result->reason);
}

/* Is it what was said a moment ago?  A link that is knocked at every second says it once a
 * minute. */
static bool is_old_news(struct agent *agent, const struct wsync_dial_result *result)
{
    int64_t now = wsync_clock_monotonic_ms();
    if (is_away(result) && strcmp(agent->said, word_of(result)) == 0 &&
        now - agent->said_ms < SAY_AGAIN_MS) {
        return true;
    }
    snprintf(agent->said, sizeof agent->said, "%s", word_of(result));
    agent->said_ms = now;
    return false;
}

static void say(const struct agent *agent, const struct wsync_dial_result *result)
{
    const struct wsync_session_counts *counts = &result->counts;
    char status[160];
    int64_t left_s = (agent->next_ms - wsync_clock_monotonic_ms()) / 1000;
    WSYNC_JOURNAL(INFO, "sync", wsync_journal_text("result", word_of(result)),
                  wsync_journal_number("changes-out", (int64_t)counts->changes_acked),
                  wsync_journal_number("changes-in", (int64_t)counts->changes_taken),
                  wsync_journal_number("bytes-out", (int64_t)counts->bytes_out),
                  wsync_journal_number("bytes-in", (int64_t)counts->bytes_in),
                  wsync_journal_number("took-ms", result->took_ms),
                  wsync_journal_number("next-s", left_s));
    snprintf(status, sizeof status, "last sync: %s; next in %lld s", word_of(result),
             (long long)left_s);
    wsync_notify_status(status);
}

static void attempt(struct agent *agent)
{
    struct wsync_lock turn;
    struct wsync_dial_result result;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_lock_try(agent->site.path, CLIENT_TURN, &turn, &error);
    if (err == WSYNC_ERR_EXISTS) { /* `ward sync` does what we would */
        agent->next_ms = wsync_clock_monotonic_ms() + LOOK_MS;
        return;
    }
    agent->tried = agent->saved;
    if (err == WSYNC_OK) {
        int64_t now = wsync_clock_monotonic_ms();
        bool full = !agent->budget.metered || now >= agent->full_ms;
        const struct client_errand errand = {&agent->site, &agent->way, &agent->signals,
                                             &agent->budget, !full};
        err = client_sync(agent->cli, &errand, &result, &error);
        if (full && err == WSYNC_OK && result.err == WSYNC_OK) {
            agent->full_ms = now + METERED_FULL_MS;
        }
        bool cut_short = agent->signals.stops > 0 && err == WSYNC_OK && !result.reached;
        if (err == WSYNC_OK && !cut_short) {
            plan(agent, &result);
        }
        if (err == WSYNC_OK && !cut_short && !is_old_news(agent, &result)) {
            say(agent, &result);
            err = client_note_attempt(&agent->site, &result, &agent->way, &error);
        }
        wsync_lock_release(&turn);
    }
    if (err != WSYNC_OK) { /* a full disk, no memory: ours, and it may pass */
        plan_again(agent);
        agent->refused = false;
        WSYNC_JOURNAL(ERROR, "sync-failed", wsync_journal_text("code", wsync_err_name(err)),
                      wsync_journal_text("why", error.text));
    }
    tell_waiting(agent);
    wsync_arena_release(&agent->site.arena, 0);
}

/* ---- the loop ---- */

static void reload(struct agent *agent)
{
    struct wsync_error error = {{0}};
    wsync_notify_reloading();
    if (wsync_site_reload(&agent->site, &error) == WSYNC_OK) {
        wsync_journal_set_level(agent->site.conf.policy.journal);
        enum wsync_err same =
            client_budget_read(agent->cli, &agent->site, &agent->budget, &error);
        WSYNC_ASSERT(same == WSYNC_OK); /* the words were read at the start */
        WSYNC_JOURNAL(
            INFO, "reloaded",
            wsync_journal_number("addresses", (int64_t)agent->site.conf.address_count));
    } else {
        WSYNC_JOURNAL(ERROR, "reload-failed", wsync_journal_text("why", error.text));
    }
    wsync_schedule_succeed(&agent->schedule, wsync_clock_monotonic_ms());
    agent->refused = false;
    agent->next_ms = 0; /* somebody changed something: see whether it helps */
    wsync_notify_ready();
}

static void wait_for_something(const struct agent *agent)
{
    int64_t left = agent->next_ms - wsync_clock_monotonic_ms();
    int timeout_ms = left < 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS;
    struct pollfd item = {.fd = agent->signals.fd, .events = POLLIN};
    (void)poll(&item, 1, timeout_ms); /* a signal that ends it has written to the pipe */
}

static void loop(struct agent *agent)
{
    while (agent->signals.stops == 0) {
        wsync_notify_alive();
        look(agent);
        int64_t now = wsync_clock_monotonic_ms();
        hasten(agent, now);
        if (now >= agent->next_ms) {
            attempt(agent);
        }
        wsync_scrub_tick(&agent->scrub, agent->site.store, wsync_clock_monotonic_ms());
        wsync_scrub_photos_tick(&agent->scrub_photos, &agent->site,
                                wsync_clock_monotonic_ms());
        wsync_pages_check(&agent->pages);
        if (agent->signals.stops == 0) {
            wait_for_something(agent);
            wsync_signals_take(&agent->signals);
        }
        if (agent->signals.reload) {
            agent->signals.reload = false;
            reload(agent);
        }
    }
    wsync_notify_stopping();
    WSYNC_JOURNAL(INFO, "stopped", wsync_journal_number("saved", (int64_t)agent->saved),
                  wsync_journal_number("tried", (int64_t)agent->tried));
}

const struct wsync_cli_option WARD_SERVE_OPTIONS[] = {
    CLIENT_BUDGET_OPTIONS,
    WSYNC_PAGES_OPTION,
    {NULL, NULL, NULL},
};

/* Between the pages, which begin before there is a store or a key here, and their end. */
static int serve_with(struct agent *agent)
{
    struct wsync_cli *cli = agent->cli;
    struct wsync_lock lock = {-1};
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &agent->site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = client_budget_read(cli, &agent->site, &agent->budget, &error);
    if (err != WSYNC_OK) {
        wsync_site_close(&agent->site);
        return wsync_cli_usage(cli, "%s", error.text);
    }
    err = wsync_lock_serve(cli->data_dir, &lock, &error);
    if (err == WSYNC_OK) {
        err = wsync_signals_open(&agent->signals);
    }
    if (err == WSYNC_OK) {
        wsync_journal_set_level(agent->site.conf.policy.journal);
        wsync_pages_show(cli, &agent->pages);
        wsync_cli_say(cli, "The agent is running; it syncs by itself.");
        wsync_notify_ready();
        loop(agent);
        client_now_clear(agent->site.path);
        wsync_signals_close(&agent->signals);
    }
    wsync_lock_release(&lock);
    wsync_site_close(&agent->site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

int ward_serve(struct wsync_cli *cli)
{
    static struct agent agent; /* a site and a chunk of a photo are too large for a stack */
    struct wsync_error error = {{0}};
    agent.cli = cli;
    agent.way.alive_ms = wsync_clock_monotonic_ms();
    enum wsync_err err = wsync_pages_begin(cli, &WARD_PAGES, &agent.pages, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    bool over;
    err = wsync_pages_first_run(cli, &agent.pages, &over, &error);
    int code = err != WSYNC_OK ? wsync_cli_fail(cli, err, &error)
               : over          ? 0
                               : serve_with(&agent);
    wsync_pages_stop(&agent.pages);
    return code;
}
