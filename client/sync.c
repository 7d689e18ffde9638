/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "client/attempt.h"
#include "client/commands.h"
#include "client/hand_on.h"
#include "client/now.h"
#include "client/result.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/json.h"
#include "host/lock.h"
#include "host/next_key.h"
#include "host/next_step.h"
#include "host/rotate.h"

/* Codes of what passes by itself (error.h); it does when somebody tries again. */
enum { PASSING_FIRST = 200, PASSING_LAST = 219 };
enum {
    SESSIONS_MAX = 1000,
    GAP_RETRIES_MAX = 3,
    CUTS_MAX = 3, /* in a row that moved nothing */
    TELL_MS = 1000,
    NOTE_BYTES = 16384, /* a conversation that ends with the power cost them all the same */
    IDLE_ROUNDS_MAX = 6,
    SKEW_SHOWN_S = 120,
};

/* An errand being run. */
struct run {
    struct wsync_cli *cli;
    const struct client_errand *errand;
    struct wsync_spent spent; /* before it */
    uint64_t cost;             /* of it so far */
    int64_t written_ms;        /* when it was last told what it does */
};

static void tell(struct run *run, enum client_now_doing doing,
                 const struct wsync_session_counts *counts)
{
    const struct client_now now = {.doing = doing,
                                   .time = wsync_clock_wall_s(),
                                   .sent = counts->changes_acked,
                                   .to_send = counts->to_send,
                                   .taken = counts->changes_taken,
                                   .to_take = counts->to_take,
                                   .bytes = counts->bytes_in + counts->bytes_out,
                                   .rate = run->errand->way->pace.rate};
    client_now_write(run->errand->site->path, &now);
    run->written_ms = wsync_clock_monotonic_ms();
}

static void draw(void *context, const struct wsync_session_counts *counts)
{
    struct run *run = context;
    wsync_cli_progress(run->cli, "sync", counts->changes_acked + counts->changes_taken,
                       counts->to_send + counts->to_take);
    if (wsync_clock_monotonic_ms() - run->written_ms >= TELL_MS) {
        tell(run, CLIENT_NOW_TALKS, counts);
        if (run->errand->way->unnoted >= NOTE_BYTES) {
            client_note_cost(run->errand->site, run->errand->way);
        }
    }
}

static void add_counts(struct wsync_session_counts *sum, const struct wsync_session_counts *by)
{
    sum->changes_sent += by->changes_sent;
    sum->changes_acked += by->changes_acked;
    sum->changes_taken += by->changes_taken;
    sum->bytes_in += by->bytes_in;
    sum->bytes_out += by->bytes_out;
    sum->blobs.chunks_sent += by->blobs.chunks_sent;
    sum->blobs.chunks_taken += by->blobs.chunks_taken;
    sum->blobs.whole += by->blobs.whole;
    sum->blobs.confirmed += by->blobs.confirmed;
    sum->blobs.waiting = by->blobs.waiting;
    sum->blobs.left = by->blobs.left;
}

/* A configuration that is to be read again can wait for the end of a session. */
static bool heed(void *context)
{
    struct wsync_signals *signals = context;
    wsync_signals_take(signals);
    return signals->stops > 0;
}

/* What was seen so far of sessions that ask for another one. */
struct again {
    struct wsync_site *site;
    int gaps, idle, cuts;
    bool diverged, rotated;
};

/* Does what the session brought make this device say more?  A verdict that came with its last
 * frames may have changes written again behind it. */
static bool has_more_to_say(struct wsync_site *site)
{
    struct wsync_error ignored;
    struct wsync_log own;
    uint64_t held = 0;
    if (wsync_site_begin(site, WSYNC_TXN_WRITE, &ignored) != WSYNC_OK ||
        wsync_site_commit(site, &ignored) != WSYNC_OK || /* does what is left to be done */
        wsync_site_begin(site, WSYNC_TXN_READ, &ignored) != WSYNC_OK) {
        return false;
    }
    enum wsync_err err = wsync_ledger_own_log(site->txn, site->conf.scope, &own);
    if (err == WSYNC_OK) {
        err = wsync_held_get(site->txn, own.no, &held);
    }
    wsync_site_abort(site);
    return err == WSYNC_OK && held < own.seq;
}

/* Another session at once: more is left than one carries, a frame was lost, or this store is an
 * old copy whose log has just been retired.  Each within a bound. */
static bool goes_on(struct again *again, const struct wsync_dial_result *result)
{
    struct wsync_error ignored;
    if (result->err == WSYNC_ERR_GAP) {
        return ++again->gaps <= GAP_RETRIES_MAX;
    }
    if (result->err == WSYNC_ERR_LINK && result->reached) { /* it was alive a moment ago */
        again->cuts = result->moved ? 0 : again->cuts + 1;
        return again->cuts <= CUTS_MAX;
    }
    if (result->err == WSYNC_ERR_ROTATED && !again->rotated) {
        again->rotated = true; /* the roster came; now under the new keys */
        return true;
    }
    if (result->err == WSYNC_ERR_DIVERGED && !again->diverged) {
        again->diverged = true;
        return wsync_doubt_retire(again->site, WSYNC_DOUBT_DISTRICT, &ignored) == WSYNC_OK;
    }
    if (result->err != WSYNC_OK || (!result->partial && !has_more_to_say(again->site))) {
        return false;
    }
    const struct wsync_session_counts *counts = &result->counts;
    bool moved = counts->changes_acked + counts->changes_taken + counts->blobs.chunks_sent +
                     counts->blobs.chunks_taken > 0;
    again->idle = moved ? 0 : again->idle + 1;
    return again->idle <= IDLE_ROUNDS_MAX;
}

/* What a session brought may put new keys in force, or ask for some: they are begun only when
 * the district has just been reached, so that they wait for moments.  `*more`: for another
 * session. */
static enum wsync_err heed_keys(struct wsync_site *site, const struct wsync_dial_result *result,
                                bool *more, struct wsync_error *error)
{
    bool waits = wsync_next_is_there(site, "signing");
    enum wsync_err err = waits ? wsync_next_settle(site, error) : WSYNC_OK;
    *more = false;
    return err == WSYNC_OK && result->err == WSYNC_OK && !result->partial
               ? wsync_rotate_if_asked(site, more, error)
               : err;
}

/* Sets what the next conversation may spend; false when it may spend nothing and has nothing
 * of its own to say. */
static bool allow(struct run *run, struct wsync_dial *dial)
{
    const struct client_budget *budget = run->errand->budget;
    dial->own_only = run->errand->own_only;
    if (!budget || budget->over) {
        return true;
    }
    int64_t cost = (int64_t)run->cost;
    int64_t left = client_budget_left(budget, &run->spent);
    left = left == INT64_MAX ? left : left - cost;
    if (budget->session_bytes > 0 && budget->session_bytes - cost < left) {
        left = budget->session_bytes - cost;
    }
    dial->own_only = dial->own_only || left <= 0;
    dial->cost_max = left > 0 && left < INT64_MAX ? (uint64_t)left : 0;
    return left > 0 || has_more_to_say(run->errand->site);
}

static enum wsync_err begin(struct run *run, struct wsync_error *error)
{
    struct wsync_site *site = run->errand->site;
    enum wsync_err err = wsync_next_settle(site, error); /* another process may have changed */
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err == WSYNC_OK) {
        run->spent = wsync_spent_get(site->txn, wsync_clock_wall_s());
        run->spent.today_bytes += (int64_t)run->errand->way->unnoted;
        wsync_site_abort(site);
        tell(run, CLIENT_NOW_KNOCKS, &(struct wsync_session_counts){.to_send = 0});
    }
    return err;
}

/* Conversations one after the other, as long as they ask for another one. */
static enum wsync_err go(struct run *run, struct wsync_dial *dial,
                         struct wsync_dial_result *result, struct wsync_error *error)
{
    struct wsync_site *site = run->errand->site;
    const struct wsync_signals *stop = run->errand->stop;
    struct again again = {.site = site};
    struct wsync_session_counts sum = {0};
    int64_t took = 0;
    bool renewed = false;
    enum wsync_err err = begin(run, error);
    *result = (struct wsync_dial_result){.err = WSYNC_ERR_BUDGET};
    for (int i = 0; i < SESSIONS_MAX && err == WSYNC_OK; i++) {
        if (!allow(run, dial)) {
            result->err = WSYNC_ERR_BUDGET;
            break;
        }
        err = wsync_dial_run(dial, result, error);
        run->cost += result->cost;
        if (err == WSYNC_OK) {
            err = heed_keys(site, result, &renewed, error);
        }
        add_counts(&sum, &result->counts);
        took += result->took_ms;
        if (err != WSYNC_OK || (!renewed && !goes_on(&again, result)) ||
            (stop && stop->stops > 0)) {
            break;
        }
    }
    result->counts = sum;
    result->took_ms = took;
    result->cost = run->cost;
    return err;
}

struct wsync_session_setup client_setup(struct wsync_site *site)
{
    return (struct wsync_session_setup){.role = WSYNC_SESSION_WARD,
                                        .ledger = &site->ledger,
                                        .instance = site->conf.instance,
                                        .scope = site->conf.scope,
                                        .program = wsync_slice_of("ward " WSYNC_VERSION),
                                        .packer = site->packer};
}

enum wsync_err client_sync(struct wsync_cli *cli, const struct client_errand *errand,
                           struct wsync_dial_result *result, struct wsync_error *error)
{
    struct wsync_site *site = errand->site;
    struct run run = {.cli = cli, .errand = errand};
    const struct wsync_session_setup setup = client_setup(site);
    struct wsync_dial dial = {.site = site,
                              .setup = &setup,
                              .own = &site->transport,
                              .way = errand->way,
                              .progress = draw,
                              .context = &run};
    if (errand->stop) {
        dial.stop = heed;
        dial.stop_context = errand->stop;
        dial.stop_fd = errand->stop->fd;
        dial.drain_ms = site->conf.policy.drain_s * 1000;
    }
    enum wsync_err err = go(&run, &dial, result, error);
    wsync_cli_progress_end(cli);
    if (err == WSYNC_OK && result->err == WSYNC_OK) {
        client_hand_on(site);
    }
    client_now_clear(site->path);
    return err;
}

/* The sentence of the error, then hours and minutes to the next day. */
static const char *const BUDGET_TEXT[2] = {
    [WSYNC_VI] = "%s Số liệu nhập tại đây vẫn được gửi. Dung lượng của ngày tính lại sau %lld "
                 "giờ %lld phút; \"ward sync --over-budget\" lấy ngay.",
    [WSYNC_EN] = "%s What is entered here is sent all the same. The day's allowance begins "
                 "anew in %lld h %lld min; \"ward sync --over-budget\" fetches the rest now.",
};

static int say_budget(const struct wsync_cli *cli)
{
    struct wsync_error error;
    int64_t left_s = wsync_spent_wait_s(wsync_clock_wall_s());
    (void)wsync_error_set(&error, WSYNC_ERR_BUDGET, BUDGET_TEXT[cli->language],
                          wsync_err_text(WSYNC_ERR_BUDGET, cli->language),
                          (long long)(left_s / 3600), (long long)(left_s / 60 % 60));
    return wsync_cli_fail(cli, WSYNC_ERR_BUDGET, &error);
}

int client_say_failure(const struct wsync_cli *cli, const struct wsync_dial_result *result)
{
    struct wsync_error error;
    if (result->err == WSYNC_ERR_BUDGET) {
        return say_budget(cli);
    }
    if (!result->reached || result->err == WSYNC_ERR_LINK) {
        (void)wsync_error_set(&error, WSYNC_ERR_LINK, "%s %s",
                              wsync_link_reason_text(result->reason, cli->language),
                              wsync_link_reason_step(result->reason, cli->language));
        return wsync_cli_fail(cli,
                              result->reason == WSYNC_LINK_REFUSED   ? WSYNC_ERR_DEVICE
                              : result->reason == WSYNC_LINK_REVOKED ? WSYNC_ERR_REVOKED
                                                                     : WSYNC_ERR_LINK,
                              &error);
    }
    bool vi = cli->language == WSYNC_VI;
    if (result->err == WSYNC_ERR_DEVICE && !result->peer_said_it) {
        (void)wsync_error_set(
            &error, result->err,
            vi ? "Khóa của máy này đã được thay ở nơi khác: có người giữ khóa của nó, hoặc đây "
                 "là "
                 "bản sao cũ. Báo cho quận; sau đó dùng \"ward rejoin\"."
               : "The keys of this device were renewed elsewhere: somebody else has them, or "
                 "this "
                 "is an old copy. Tell the district; then \"ward rejoin\" goes on here.");
        return wsync_cli_fail(cli, result->err, &error);
    }
    uint32_t code = wsync_err_code(result->err);
    bool passes = code >= PASSING_FIRST && code <= PASSING_LAST;
    const char *step = !passes ? wsync_next_step(result->err, cli->language)
                       : vi ? "Chạy lại lệnh này, hoặc để \"ward serve\" tự làm."
                            : "Run the command again, or leave it to \"ward serve\".";
    const char *who = !result->peer_said_it ? ""
                      : vi                  ? "Quận trả lời: "
                                            : "The district says: ";
    (void)wsync_error_set(&error, result->err, "%s%s (%s) %s", who,
                          wsync_err_text(result->err, cli->language),
                          wsync_err_name(result->err), step);
    return wsync_cli_fail(cli, result->err, &error);
}

static void print_photos(const struct wsync_blob_counts *photos)
{
    if (photos->confirmed + photos->whole == 0 && !photos->left) {
        return;
    }
    printf("Photos: the district took %llu and gave %llu%s.\n",
           (unsigned long long)photos->confirmed, (unsigned long long)photos->whole,
           photos->left ? "; others go on next time" : "");
    if (photos->waiting > 0) {
        printf("Photos not taken now: %llu; they stay here and are offered again.\n",
               (unsigned long long)photos->waiting);
    }
}

static void print_result(const struct wsync_cli *cli, const struct wsync_dial_result *result)
{
    const struct wsync_session_counts *counts = &result->counts;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "result", wsync_err_name(result->err));
        wsync_json_bool(json, "reached", result->reached);
        if (!result->reached) {
            wsync_json_string(json, "reason", wsync_link_reason_name(result->reason));
        }
        wsync_json_number(json, "sent", (int64_t)counts->changes_acked);
        wsync_json_number(json, "taken", (int64_t)counts->changes_taken);
        wsync_json_number(json, "bytes_out", (int64_t)counts->bytes_out);
        wsync_json_number(json, "bytes_in", (int64_t)counts->bytes_in);
        wsync_json_number(json, "photos_sent", (int64_t)counts->blobs.confirmed);
        wsync_json_number(json, "photos_taken", (int64_t)counts->blobs.whole);
        wsync_json_bool(json, "photos_left", counts->blobs.left);
        wsync_json_number(json, "photos_waiting", (int64_t)counts->blobs.waiting);
        wsync_json_number(json, "network_bytes", (int64_t)result->cost);
        wsync_json_number(json, "clock_skew_s", result->skew_s);
        wsync_json_number(json, "took_ms", result->took_ms);
        wsync_json_print(json, stdout);
        return;
    }
    printf("The district took %llu changes and gave %llu.\n",
           (unsigned long long)counts->changes_acked,
           (unsigned long long)counts->changes_taken);
    print_photos(&counts->blobs);
    wsync_cli_say(cli, "%llu bytes out, %llu bytes in, %llu over the network, %lld ms.",
                  (unsigned long long)counts->bytes_out, (unsigned long long)counts->bytes_in,
                  (unsigned long long)result->cost, (long long)result->took_ms);
    if (llabs(result->skew_s) > SKEW_SHOWN_S) {
        wsync_cli_say(cli, "This machine's clock is %lld s %s the district's; set it.",
                      llabs((long long)result->skew_s),
                      result->skew_s > 0 ? "behind" : "ahead of");
    }
}

/* One conversation at a time: the agent may be in the middle of one. */
static enum wsync_err take_turn(struct wsync_cli *cli, struct wsync_lock *turn,
                                struct wsync_error *error)
{
    enum wsync_err err = wsync_lock_try(cli->data_dir, CLIENT_TURN, turn, error);
    if (err == WSYNC_ERR_EXISTS) {
        wsync_cli_say(cli, "\"ward serve\" is talking to the district just now; waiting.");
        err = wsync_lock_wait(cli->data_dir, CLIENT_TURN, CLIENT_TURN_MS, turn, error);
    }
    return err;
}

const struct wsync_cli_option WARD_SYNC_OPTIONS[] = {
    CLIENT_BUDGET_OPTIONS,
    {NULL, NULL, NULL},
};

int ward_sync(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_dial_result result;
    struct wsync_lock turn;
    struct wsync_way way = {.address = ""};
    struct client_budget budget;
    const struct client_errand errand = {
        .site = &site, .way = &way, .stop = NULL, .budget = &budget};
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = client_budget_read(cli, &site, &budget, &error);
    if (err != WSYNC_OK) {
        wsync_site_close(&site);
        return wsync_cli_usage(cli, "%s", error.text);
    }
    err = take_turn(cli, &turn, &error);
    if (err == WSYNC_OK) {
        err = client_sync(cli, &errand, &result, &error);
        if (err == WSYNC_OK) {
            err = client_note_attempt(&site, &result, &way, &error);
        }
        wsync_lock_release(&turn);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (cli->json || result.err == WSYNC_OK) {
        print_result(cli, &result);
    }
    return result.err == WSYNC_OK ? 0 : client_say_failure(cli, &result);
}
