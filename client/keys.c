/* SPDX-License-Identifier: Apache-2.0 */
/* `ward keys show|rotate`: this device's keys. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/result.h"
#include "host/clock.h"
#include "host/dial_targets.h"
#include "host/fingerprint.h"
#include "host/json.h"
#include "host/lock.h"
#include "host/next_key.h"
#include "host/rotate.h"
#include "host/view.h"

enum { SECONDS_A_DAY = 86400, LABEL_COLUMNS = 19 };

/* What is to be shown. */
struct state {
    struct wsync_device device;
    bool known; /* the roster names it */
    bool pending;
    bool asked;
    int64_t days;
};

static enum wsync_err read_state(struct wsync_site *site, struct state *state)
{
    struct wsync_rotation_wish wish;
    *state = (struct state){.known = false};
    enum wsync_err err = wsync_device_get(site->txn, &site->identity.device, &state->device);
    state->known = err == WSYNC_OK;
    if (state->known) {
        int64_t since = state->device.keys[state->device.key_count - 1].stamp;
        int64_t passed = wsync_clock_wall_s() - since;
        state->days = passed < 0 ? 0 : passed / SECONDS_A_DAY;
        state->asked = wsync_rotation_is_asked(&state->device);
    }
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_rotation_pending(site->txn, &site->arena, &wish);
        state->pending = err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void print_json(const struct wsync_site *site, const struct state *state)
{
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1];
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(site->identity.device), id);
    wsync_json_string(json, "device", id);
    wsync_json_string(json, "signing",
                      wsync_fingerprint_of(WSYNC_BYTES(site->identity.signing_key)).text);
    wsync_json_string(json, "transport",
                      wsync_fingerprint_of(WSYNC_BYTES(site->transport.key)).text);
    wsync_json_bool(json, "known", state->known);
    wsync_json_number(json, "days", state->days);
    wsync_json_number(json, "keys", (int64_t)state->device.key_count);
    wsync_json_bool(json, "asked", state->asked);
    wsync_json_bool(json, "pending", state->pending);
    wsync_json_string(json, "installation",
                      wsync_fingerprint_of_instance(&site->conf.instance).text);
    wsync_json_print(json, stdout);
}

static void print_targets(const struct wsync_cli *cli, struct wsync_site *site)
{
    bool vi = cli->language == WSYNC_VI;
    struct wsync_dial_target targets[WSYNC_DIAL_TARGETS_MAX];
    wsync_site_abort(site); /* the targets are read in a transaction of their own */
    size_t count = wsync_dial_targets(site, targets);
    for (size_t i = 0; i < count; i++) {
        wsync_cli_column(i > 0 ? (vi ? "hoặc" : "or")
                         : vi  ? "khóa của quận"
                               : "the district's key",
                         LABEL_COLUMNS);
        printf("%s", wsync_fingerprint_of(WSYNC_BYTES(targets[i].key)).text);
        for (size_t a = 0; a < targets[i].address_count; a++) {
            printf(" %s", targets[i].addresses[a]);
        }
        printf("\n");
    }
}

static void print_text(const struct wsync_cli *cli, struct wsync_site *site,
                       const struct state *state)
{
    bool vi = cli->language == WSYNC_VI;
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(site->identity.device), id);
    wsync_cli_column(vi ? "thiết bị" : "device", LABEL_COLUMNS);
    printf("%.12s, %s\n", id,
           state->known ? state->device.name
           : vi         ? "không có trong danh sách ở đây"
                        : "not in the roster held here");
    wsync_cli_column(vi ? "khóa ký" : "signing key", LABEL_COLUMNS);
    printf(vi ? "%s, %lld ngày\n" : "%s, %lld days old\n",
           wsync_fingerprint_of(WSYNC_BYTES(site->identity.signing_key)).text,
           (long long)(state->pending ? 0 : state->days));
    wsync_cli_column(vi ? "khóa đường truyền" : "transport key", LABEL_COLUMNS);
    printf("%s\n", wsync_fingerprint_of(WSYNC_BYTES(site->transport.key)).text);
    if (state->pending) {
        printf("%s\n", vi ? "Khóa mới đang chờ quận: chạy \"ward sync\"."
                          : "New keys wait for the district: \"ward sync\".");
    } else if (state->asked) {
        printf("%s\n", vi ? "Quận yêu cầu khóa mới; lần đồng bộ tới sẽ tạo."
                          : "The district asks for new keys; the next sync makes them.");
    }
    wsync_cli_column(vi ? "hệ thống" : "installation", LABEL_COLUMNS);
    printf("%s\n", wsync_fingerprint_of_instance(&site->conf.instance).text);
    print_targets(cli, site);
}

static int show(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct state state;
    struct wsync_error error = {{0}};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = read_state(&site, &state);
    if (err == WSYNC_OK && cli->json) {
        print_json(&site, &state);
    } else if (err == WSYNC_OK) {
        print_text(cli, &site, &state);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

const struct wsync_cli_option WARD_KEYS_OPTIONS[] = {
    {"offline", NULL, "rotate: without asking the district first"},
    {NULL, NULL, NULL},
};

/* One rotation on its way. */
struct rotation {
    struct wsync_cli *cli;
    struct wsync_site site;
    bool offline, began;
    struct wsync_dial_result result; /* of the last conversation, unless offline */
};

/* Keys that wait for a district which is out of reach are a burden: what they write can be
 * handed in only once it granted them.  So it is reached first, and at once again. */
static enum wsync_err rotate_online(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_site *site = &rotation->site;
    struct wsync_way way = {.address = ""};
    const struct client_errand errand = {.site = site, .way = &way};
    enum wsync_err err = client_sync(rotation->cli, &errand, &rotation->result, error);
    if (err == WSYNC_OK && rotation->result.err == WSYNC_OK) {
        err = wsync_rotate_begin(site, &rotation->began, error);
    }
    if (err == WSYNC_OK && rotation->began) {
        err = client_sync(rotation->cli, &errand, &rotation->result, error);
    }
    return err;
}

static enum wsync_err rotate_in_turn(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_lock turn;
    enum wsync_err err = wsync_lock_wait(rotation->cli->data_dir, CLIENT_TURN, CLIENT_TURN_MS,
                                         &turn, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_next_settle(&rotation->site, error);
    if (err == WSYNC_OK) {
        err = rotation->offline ? wsync_rotate_begin(&rotation->site, &rotation->began, error)
                                : rotate_online(rotation, error);
    }
    wsync_lock_release(&turn);
    return err;
}

static int tell(const struct rotation *rotation)
{
    const struct wsync_cli *cli = rotation->cli;
    bool vi = cli->language == WSYNC_VI;
    if (!rotation->offline && rotation->result.err != WSYNC_OK) {
        int code = client_say_failure(cli, &rotation->result);
        wsync_cli_say(cli, rotation->began
                               ? (vi ? "Khóa mới chờ lần đồng bộ tới."
                                     : "The new keys wait for the next sync.")
                               : (vi ? "Không có gì thay đổi." : "Nothing was changed."));
        return code;
    }
    wsync_cli_say(
        cli, !rotation->began
                 ? (vi ? "Không có gì thay đổi: đã có khóa mới đang chờ quận."
                       : "Nothing was changed: new keys wait for the district already.")
             : rotation->offline
                 ? (vi ? "Máy này đã có khóa mới và ghi bằng khóa đó.  Quận đưa chúng vào danh "
                         "sách ở lần đồng bộ tới."
                       : "This device has new keys and writes with them.  The district puts "
                         "them into the roster at the next sync.")
                 : (vi ? "Máy này đã có khóa mới, và danh sách đã nêu chúng."
                       : "This device has new keys, and the roster names them."));
    return 0;
}

static int rotate(struct wsync_cli *cli)
{
    struct rotation rotation = {.cli = cli, .offline = wsync_cli_flag(cli, "offline")};
    struct wsync_error error = {{0}};
    if (cli->dry_run) {
        wsync_cli_say(cli, cli->language == WSYNC_VI ? "Không có gì thay đổi."
                                                     : "Nothing was changed.");
        return 0;
    }
    enum wsync_err err =
        wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &rotation.site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = rotate_in_turn(&rotation, &error);
    wsync_site_close(&rotation.site);
    return err == WSYNC_OK ? tell(&rotation) : wsync_cli_fail(cli, err, &error);
}

int ward_keys(struct wsync_cli *cli)
{
    const char *word = cli->argc == 0 ? "show" : cli->argv[0];
    if (cli->argc > 1 || (strcmp(word, "show") != 0 && strcmp(word, "rotate") != 0)) {
        return wsync_cli_usage(cli, "Expected \"show\" or \"rotate\".");
    }
    return strcmp(word, "show") == 0 ? show(cli) : rotate(cli);
}
