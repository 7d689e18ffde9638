/* SPDX-License-Identifier: Apache-2.0 */
/* `ward relay`: carries what a neighbour's machine hands in, hands in at one, or shows what
 * waits. */
#include <stdio.h>
#include <string.h>

#include "client/attempt.h"
#include "client/bundle.h"
#include "client/bundle_last.h"
#include "client/commands.h"
#include "client/result.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/lock.h"
#include "host/parcel_desk.h"
#include "host/parcel_post.h"
#include "host/view.h"
#include "wardsync/roster.h"

const struct wsync_cli_option WARD_RELAY_OPTIONS[] = {
    {"listen", "ADDRESS", "carry for neighbours that come to this address (tcp://HOST:PORT)"},
    {"to", "ADDRESS", "hand in at the neighbour's machine that listens there"},
    {"device", "NAME", "which device that is, where there are several (\"ward roster\")"},
    {NULL, NULL, NULL},
};

enum { SELF_TEST_MS = 5000, POLL_MS = 1000, HAND_ON_MS = 60000 };

/* ---- carrying ---- */

struct relay {
    struct wsync_cli *cli;
    struct wsync_site *site;
    struct wsync_link *link;
    struct wsync_way way; /* to the district */
    struct wsync_signals signals;
    int64_t next_ms; /* when to hand on */
    uint8_t out[WSYNC_FRAME_BYTES_MAX];
};

/* Only devices of the roster, as at the district. */
static enum wsync_err find_key(const struct wsync_site *site,
                               const struct wsync_transport_key *key,
                               struct wsync_device *device)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(site->store, WSYNC_TXN_READ, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_device_by_transport(txn, key, device);
    wsync_txn_abort(txn);
    return err == WSYNC_OK && (device->revoked != 0 || device->suspended != 0)
               ? WSYNC_ERR_REVOKED
               : err;
}

static enum wsync_link_admission admit(void *context, struct wsync_transport_key key)
{
    const struct relay *relay = context;
    struct wsync_device device;
    enum wsync_err err = find_key(relay->site, &key, &device);
    return err == WSYNC_OK              ? WSYNC_LINK_ADMIT
           : err == WSYNC_ERR_REVOKED   ? WSYNC_LINK_REVOKE
           : err == WSYNC_ERR_NOT_FOUND ? WSYNC_LINK_REFUSE
                                        : WSYNC_LINK_NOT_YET;
}

static void reply(struct relay *relay, const struct wsync_link_event *event)
{
    const struct wsync_parcel_desk desk = {.dir = relay->site->path};
    struct wsync_device device;
    if (find_key(relay->site, &event->key, &device) != WSYNC_OK) {
        return;
    }
    struct wsync_slice frame =
        wsync_parcel_desk_reply(&desk, &device.id, event->bytes, relay->out);
    if (frame.len > 0 && wsync_link_send(relay->link, event->peer, frame) != WSYNC_OK) {
        WSYNC_JOURNAL(INFO, "parcel-unanswered",
                      wsync_journal_number("bytes", (int64_t)frame.len));
    }
}

/* This machine's own records first; what it carries goes behind them. */
static void hand_on(struct relay *relay)
{
    struct wsync_lock turn;
    struct wsync_dial_result result;
    struct wsync_error error = {{0}};
    int64_t now = wsync_clock_monotonic_ms();
    if (now < relay->next_ms || !wsync_parcel_post_is_due(relay->site, false)) {
        return;
    }
    relay->next_ms = now + HAND_ON_MS;
    if (wsync_lock_try(relay->site->path, CLIENT_TURN, &turn, &error) != WSYNC_OK) {
        return; /* "ward serve" talks just now, and does it behind its session */
    }
    const struct client_budget budget = client_budget_of(relay->site);
    const struct client_errand errand = {.site = relay->site,
                                         .way = &relay->way,
                                         .stop = &relay->signals,
                                         .budget = &budget};
    enum wsync_err err = client_sync(relay->cli, &errand, &result, &error);
    if (err == WSYNC_OK) {
        relay->next_ms = result.err == WSYNC_OK ? 0 : relay->next_ms;
        err = client_note_attempt(relay->site, &result, &relay->way, &error);
    }
    wsync_lock_release(&turn);
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "sync-failed", wsync_journal_text("why", error.text));
    }
    wsync_arena_release(&relay->site->arena, 0);
}

static enum wsync_err loop(struct relay *relay)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && relay->signals.stops == 0) {
        struct wsync_link_batch batch;
        err = wsync_link_poll(relay->link, POLL_MS, relay->signals.fd, &batch);
        for (size_t i = 0; err == WSYNC_OK && i < batch.count; i++) {
            if (batch.events[i].kind == WSYNC_LINK_FRAME) {
                reply(relay, &batch.events[i]);
            }
        }
        wsync_signals_take(&relay->signals);
        if (err == WSYNC_OK && relay->signals.stops == 0) {
            hand_on(relay);
        }
    }
    return err;
}

static enum wsync_err open_door(struct relay *relay, const char *address,
                                struct wsync_error *error)
{
    struct wsync_link_bind bind = {.address = address, .pair = relay->site->transport};
    const struct wsync_link_serve_options options = {.binds = &bind,
                                                     .bind_count = 1,
                                                     .admit = admit,
                                                     .admit_context = relay,
                                                     .connections_max = WSYNC_PARCELS_MAX};
    enum wsync_err err = wsync_link_serve(&options, &relay->link, error);
    wsync_wipe(&bind.pair, sizeof bind.pair);
    if (err == WSYNC_OK) {
        err = wsync_link_self_test(relay->link, SELF_TEST_MS, error);
    }
    return err;
}

static enum wsync_err carry(struct relay *relay, const char *address, struct wsync_error *error)
{
    enum wsync_err err =
        wsync_parcels_tidy(relay->site->path, wsync_clock_wall_s(), error);
    if (err == WSYNC_OK) {
        err = open_door(relay, address, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_signals_open(&relay->signals);
    }
    if (err == WSYNC_OK) {
        wsync_journal_set_level(relay->site->conf.policy.journal);
        wsync_cli_say(relay->cli,
                      relay->cli->language == WSYNC_VI
                          ? "Đang chuyển giúp tại %s; chỉ thiết bị trong danh sách được vào."
                          : "Carrying for neighbours at %s; devices of the roster may come in.",
                      wsync_link_endpoint(relay->link, 0));
        err = loop(relay);
        wsync_signals_close(&relay->signals);
    }
    wsync_link_close(relay->link);
    return err;
}

/* ---- handing in ---- */

/* Who listens there: the device that is named, or the only other one of a ward. */
static enum wsync_err find_neighbour(struct wsync_cli *cli, struct wsync_site *site,
                                     struct wsync_device *found, struct wsync_error *error)
{
    const char *name = wsync_cli_value(cli, "device");
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    unsigned count = 0;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    while (err == WSYNC_OK) { /* ends: each turn passes a device */
        err = wsync_device_after(site->txn, after, &device);
        at = device.id;
        after = &at;
        bool other = err == WSYNC_OK && device.revoked == 0 &&
                     device.role != WSYNC_ROLE_NODE &&
                     !wsync_device_id_equal(&device.id, &site->identity.device) &&
                     (!name || strcmp(device.name, name) == 0);
        if (other) {
            *found = device;
            count++;
        }
    }
    wsync_site_abort(site);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    return count == 1
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                                 name ? "The roster here names %u devices \"%s\" that could "
                                        "listen there; \"ward roster\" lists all."
                                      : "The roster here names %u other devices; say which one "
                                        "listens there: --device NAME.%s",
                                 count, name ? name : "");
}

/* A new parcel where the last one does not bring everything, or there is none on its way. */
static enum wsync_err prepare(struct wsync_cli *cli, struct wsync_site *site,
                              struct wsync_error *error)
{
    struct wsync_parcels here;
    struct client_bundle_last last;
    struct client_bundle_last now;
    size_t own = 0;
    enum wsync_err err = wsync_parcels_list(site->path, &here, error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = client_bundle_last_get(site, &last);
    if (err == WSYNC_OK) {
        err = client_bundle_last_now(site, &now);
    }
    wsync_site_abort(site);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    for (size_t i = 0; i < here.count; i++) {
        own += here.items[i].kind == WSYNC_PARCELS_WHOLE &&
               wsync_device_id_equal(&here.items[i].device, &site->identity.device);
    }
    bool waits = last.is && wsync_parcels_find(&here, &last.id, &site->identity.device,
                                               WSYNC_PARCELS_WHOLE);
    bool whole = waits && last.tip == now.tip &&
                 memcmp(&last.log, &now.log, sizeof now.log) == 0;
    return whole || own + 1 >= WSYNC_PARCELS_EACH_MAX ? WSYNC_OK
                                                      : client_write_parcel(cli, site, error);
}

/* Every answer that is here; the last exit code that is not 0. */
static int take_answers(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_parcels here;
    struct wsync_error error = {{0}};
    int code = 0;
    enum wsync_err err = wsync_parcels_list(site->path, &here, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    for (size_t i = 0; i < here.count; i++) {
        const struct wsync_parcels_item *item = &here.items[i];
        char path[WSYNC_SITE_PATH_BYTES];
        bool own = wsync_device_id_equal(&item->device, &site->identity.device);
        if (item->kind == WSYNC_PARCELS_ANSWER && own) {
            int one =
                client_take_answer(cli, site, wsync_parcels_path(site->path, item, path));
            code = one != 0 ? one : code;
            wsync_parcels_remove(site->path, item); /* the next parcel asks again */
        }
    }
    return code;
}

static void print_posted(const struct wsync_cli *cli, const struct wsync_parcel_posted *posted,
                         const char *name)
{
    bool vi = cli->language == WSYNC_VI;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_bool(json, "reached", posted->reached);
        wsync_json_string(json, "device", name);
        wsync_json_number(json, "handed_in", (int64_t)posted->handed_in);
        wsync_json_number(json, "answers", (int64_t)posted->answers);
        wsync_json_number(json, "refused", (int64_t)posted->refused);
        wsync_json_number(json, "bytes_out", (int64_t)posted->bytes_out);
        wsync_json_number(json, "bytes_in", (int64_t)posted->bytes_in);
        wsync_json_print(json, stdout);
        return;
    }
    printf(vi ? "\"%s\" giữ thêm %llu gói niêm phong và đưa %llu trả lời của quận.\n"
              : "\"%s\" carries %llu more sealed parcels and gave %llu answers of the "
                "district.\n",
           name, (unsigned long long)posted->handed_in, (unsigned long long)posted->answers);
    if (posted->answers == 0) {
        wsync_cli_say(cli, "%s",
                      vi ? "Được chuyển giúp chưa phải là quận đã nhận: các thay đổi vẫn được "
                           "coi là chờ gửi cho đến khi có trả lời. Chạy lại lệnh này sau."
                         : "Carried is not held by the district: the changes count as waiting "
                           "until its answer is here.  Run this again later.");
    }
}

static int say_outcome(struct wsync_cli *cli, const struct wsync_parcel_posted *posted,
                       const char *name)
{
    struct wsync_error error;
    if (!posted->reached) {
        (void)wsync_error_set(&error, WSYNC_ERR_LINK, "%s: %s", name,
                              wsync_link_reason_text(posted->reason, cli->language));
        return wsync_cli_fail(cli, WSYNC_ERR_LINK, &error);
    }
    print_posted(cli, posted, name);
    if (posted->refused > 0) {
        wsync_cli_say(cli,
                      cli->language == WSYNC_VI
                          ? "%llu gói không được nhận: máy đó đang giữ đủ số gói cho phép."
                          : "%llu parcels were not taken: that machine holds as many as it "
                            "may.",
                      (unsigned long long)posted->refused);
        return WSYNC_CLI_FINDINGS;
    }
    return 0;
}

static int hand_in(struct wsync_cli *cli, struct wsync_site *site, const char *address)
{
    struct wsync_device neighbour;
    struct wsync_parcel_posted posted;
    struct wsync_error error = {{0}};
    enum wsync_err err = find_neighbour(cli, site, &neighbour, &error);
    if (err == WSYNC_OK) {
        err = prepare(cli, site, &error);
    }
    if (err == WSYNC_OK) {
        const struct wsync_parcel_post post = {.site = site,
                                               .addresses = &address,
                                               .address_count = 1,
                                               .server = neighbour.transport_key,
                                               .own = true};
        err = wsync_parcel_post_run(&post, &posted, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = say_outcome(cli, &posted, neighbour.name);
    int taken = take_answers(cli, site);
    return taken != 0 ? taken : code;
}

/* ---- showing ---- */

static int list(struct wsync_cli *cli, const struct wsync_site *site)
{
    static const char *const KINDS[WSYNC_PARCELS_KINDS][2] = {
        {"đang nhận", "coming in"}, {"chờ chuyển", "to be handed on"}, {"trả lời", "answer"}};
    struct wsync_parcels here;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_parcels_list(site->path, &here, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    for (size_t i = 0; i < here.count; i++) {
        const struct wsync_parcels_item *item = &here.items[i];
        char id[2 * WSYNC_BUNDLE_ID_BYTES + 1];
        char when[WSYNC_VIEW_TIME_BYTES];
        bool own = wsync_device_id_equal(&item->device, &site->identity.device);
        wsync_hex_encode(WSYNC_BYTES(item->id), id);
        wsync_view_time(item->time, when);
        if (cli->json) {
            struct wsync_json *json = wsync_json_new();
            wsync_json_string(json, "parcel", id);
            wsync_json_string(json, "kind", KINDS[item->kind][WSYNC_EN]);
            wsync_json_bool(json, "own", own);
            wsync_json_number(json, "bytes", (int64_t)item->size);
            wsync_json_print(json, stdout);
        } else {
            printf("%.8s  %s  %10llu  %s%s\n", id, when, (unsigned long long)item->size,
                   KINDS[item->kind][cli->language],
                   !own                        ? ""
                   : cli->language == WSYNC_VI ? " (của máy này)"
                                               : " (of this machine)");
        }
    }
    return 0;
}

int ward_relay(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const char *address = wsync_cli_value(cli, "listen");
    const char *to = wsync_cli_value(cli, "to");
    if (cli->argc != 0 || (address && to)) {
        return wsync_cli_usage(cli, "Expected --listen ADDRESS, or --to ADDRESS, or neither.");
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = 0;
    if (address) {
        struct relay relay = {.cli = cli, .site = &site};
        err = carry(&relay, address, &error);
        code = err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
    } else {
        code = to ? hand_in(cli, &site, to) : list(cli, &site);
    }
    wsync_site_close(&site);
    return code;
}
