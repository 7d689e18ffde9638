/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/bundle_last.h"
#include "client/result.h"
#include "host/bundle_speak.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/entropy.h"
#include "host/json.h"
#include "host/parcels.h"
#include "wardsync/roster.h"

static void draw(void *context, uint64_t done, uint64_t total)
{
    wsync_cli_progress(context, "bundle", done, total);
}

static struct wsync_session_setup setup_of(struct wsync_site *site,
                                           enum wsync_carriage carriage)
{
    struct wsync_session_setup setup = client_setup(site);
    setup.packer = NULL; /* a bundle packs frame by frame */
    setup.carriage = carriage;
    return setup;
}

/* ---- writing ---- */

/* A bundle on its way; kept off the stack. */
struct writing {
    struct wsync_cli *cli;
    struct wsync_site *site;
    struct wsync_bundle_header header;
    struct wsync_transport_key receiver;
    uint64_t roster_version;
    uint32_t parts_max;
    bool all;
    struct client_bundle_last last;
    struct wsync_bundle_out out;
    struct wsync_bundle_spoken spoken;
};

/* The district's bundle key, and what is believed of the own log now. */
static enum wsync_err read_site(struct writing *writing, struct wsync_error *error)
{
    struct wsync_site *site = writing->site;
    struct wsync_district district;
    struct wsync_roster roster;
    enum wsync_err err = wsync_site_need_keys(site, error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    size_t mark = wsync_arena_mark(&site->arena);
    err = wsync_roster_district(site->txn, &site->arena, &district);
    if (err == WSYNC_OK) {
        writing->receiver = district.bundle_key;
        err = wsync_roster_get(site->txn, &roster);
    }
    if (err == WSYNC_OK) {
        writing->roster_version = roster.version;
        err = client_bundle_last_now(site, &writing->last);
    }
    wsync_arena_release(&site->arena, mark);
    wsync_site_abort(site);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_site_not_begun(site, error);
    }
    return err == WSYNC_OK
               ? err
               : wsync_error_set(error, err, "The roster cannot be read: %s",
                                 wsync_err_text(err, WSYNC_EN));
}

static void fill_manifest(struct writing *writing)
{
    struct wsync_site *site = writing->site;
    struct wsync_bundle_manifest *manifest = &writing->out.manifest;
    uint8_t secret[WSYNC_PUBLIC_KEY_BYTES];
    wsync_bundle_answer_secret(&site->identity.secret, &writing->header.id, secret);
    manifest->answer = wsync_exchange_public(secret);
    wsync_wipe(secret, sizeof secret);
    manifest->roster_version = writing->roster_version;
    manifest->protocol = WSYNC_PROTOCOL_VERSION;
    manifest->instance = site->conf.instance;
    manifest->device = site->identity.device;
    manifest->signing_key = site->identity.signing_key;
    manifest->time = wsync_clock_wall_s();
}

static enum wsync_err write_bundle(struct writing *writing, const char *path,
                                   struct wsync_error *error)
{
    struct wsync_site *site = writing->site;
    struct wsync_session_setup setup = setup_of(site, WSYNC_CARRIAGE_OUT);
    const struct wsync_bundle_speech speech = {
        .site = site, .setup = &setup, .progress = draw, .context = writing->cli};
    setup.flow.set_bytes = WSYNC_SET_BYTES_MAX;
    setup.carried.all = writing->all;
    const struct wsync_bundle_to to = {path, false, &writing->receiver, writing->parts_max};
    enum wsync_err err = wsync_bundle_out_begin(&writing->out, &to, &writing->header, error);
    if (err == WSYNC_OK) {
        err = wsync_bundle_speak(&speech, &writing->out, &writing->spoken, error);
    }
    if (err == WSYNC_OK && writing->spoken.result != WSYNC_OK) {
        return wsync_error_set(error, writing->spoken.result, "%s",
                               wsync_err_text(writing->spoken.result, WSYNC_EN));
    }
    if (err == WSYNC_OK) {
        fill_manifest(writing);
        err = wsync_bundle_out_end(&writing->out, &site->identity.secret, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = client_bundle_last_put(site, &writing->last, error);
    if (err != WSYNC_OK && strcmp(path, "-") != 0) {
        (void)unlink(path); /* so that the same command may write it again */
    }
    return err;
}

static void print_written(const struct writing *writing, const char *path)
{
    const struct wsync_cli *cli = writing->cli;
    const struct wsync_bundle_manifest *manifest = &writing->out.manifest;
    unsigned long long bytes = wsync_bundle_out_bytes(&writing->out);
    bool vi = cli->language == WSYNC_VI;
    bool to_stdout = strcmp(path, "-") == 0; /* which then holds the bundle and nothing else */
    if (cli->json && !to_stdout) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "file", path);
        wsync_json_number(json, "changes", (int64_t)manifest->changes);
        wsync_json_number(json, "bytes", (int64_t)bytes);
        wsync_json_number(json, "parts", manifest->part_count);
        wsync_json_bool(json, "partial", manifest->partial);
        wsync_json_print(json, stdout);
        return;
    }
    fprintf(to_stdout ? stderr : stdout,
            vi ? "%llu thay đổi trong %s, %llu byte.\n" : "%llu changes in %s, %llu bytes.\n",
            (unsigned long long)manifest->changes, path, bytes);
    wsync_cli_say(cli, "%s",
                  vi ? "Mang tệp này đến quận (\"district import\"), rồi mang trả lời về: "
                       "đến lúc đó các thay đổi vẫn được coi là chờ gửi."
                     : "Take it to the district (\"district import\") and bring the answer "
                       "back: until then the changes count as waiting.");
    if (manifest->partial) {
        wsync_cli_say(cli, "%s",
                      vi ? "Không phải tất cả đều vừa: sau trả lời, ghi thêm một gói nữa."
                         : "Not everything fitted: write another bundle behind the answer.");
    }
}

/* Before anything is said in a file: as before a session. */
static void begin(struct writing *writing)
{
    struct wsync_error why;
    struct wsync_entropy entropy;
    wsync_entropy_draw(&entropy);
    writing->header = (struct wsync_bundle_header){.kind = WSYNC_BUNDLE_UP};
    memcpy(writing->header.id.b, entropy.b, sizeof writing->header.id.b);
    if (wsync_canary_put(writing->site, &why) != WSYNC_OK) {
        WSYNC_JOURNAL(WARNING, "canary", wsync_journal_text("why", why.text));
    }
}

static int say_all(struct writing *writing, const char *path)
{
    struct wsync_error error = {{0}};
    begin(writing);
    enum wsync_err err = read_site(writing, &error);
    writing->last.id = writing->header.id;
    if (err == WSYNC_OK) {
        err = write_bundle(writing, path, &error);
    }
    wsync_cli_progress_end(writing->cli);
    if (err == WSYNC_OK) {
        print_written(writing, path);
    }
    int code = err == WSYNC_OK ? writing->out.manifest.partial
                               : wsync_cli_fail(writing->cli, err, &error);
    wsync_bundle_out_fini(&writing->out);
    return code;
}

enum wsync_err client_write_parcel(struct wsync_cli *cli, struct wsync_site *site,
                                   struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    writing->cli = cli;
    writing->site = site;
    writing->parts_max = WSYNC_PARCEL_PARTS_MAX;
    writing->out.fd = -1;
    begin(writing);
    const struct wsync_parcels_item item = {.id = writing->header.id,
                                            .device = site->identity.device,
                                            .kind = WSYNC_PARCELS_WHOLE};
    enum wsync_err err = read_site(writing, error);
    writing->last.id = writing->header.id;
    if (err == WSYNC_OK) {
        err = write_bundle(writing, wsync_parcels_path(site->path, &item, path), error);
    }
    wsync_cli_progress_end(cli);
    wsync_bundle_out_fini(&writing->out);
    free(writing);
    return err;
}

int client_export_bundle(struct wsync_cli *cli, const char *path)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    if (cli->argc != 0 || *path == '\0') {
        return wsync_cli_usage(cli, "Expected --bundle FILE and nothing else.");
    }
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    writing->cli = cli;
    writing->site = &site;
    writing->out.fd = -1;
    writing->all = wsync_cli_flag(cli, "all");
    int code = err == WSYNC_OK ? say_all(writing, path) : wsync_cli_fail(cli, err, &error);
    if (err == WSYNC_OK) {
        wsync_site_close(&site);
    }
    free(writing);
    return code;
}
