/* SPDX-License-Identifier: Apache-2.0 */
/* `ward import FILE` of the district's answer to a bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/bundle.h"
#include "client/bundle_last.h"
#include "host/bundle_speak.h"
#include "host/doubt.h"
#include "host/json.h"
#include "wardsync/bundle_take.h"
#include "wardsync/roster.h"

/* An answer in hands; kept off the stack. */
struct reading {
    struct wsync_cli *cli;
    struct wsync_site *site;
    struct wsync_bundle_in in;
    struct wsync_bundle_spoken spoken;
    struct client_bundle_last last;
    uint64_t statements;
    uint64_t saved, held_before, held; /* changes of this device */
    uint32_t broken;
};

static void draw(void *context, uint64_t done, uint64_t total)
{
    wsync_cli_progress(context, "answer", done, total);
}

static enum wsync_err unlock(struct reading *reading, const char *path,
                             struct wsync_error *error)
{
    struct wsync_bundle_in *in = &reading->in;
    uint8_t secret[WSYNC_PUBLIC_KEY_BYTES];
    enum wsync_err err = wsync_bundle_in_open(in, path, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (in->header.kind != WSYNC_BUNDLE_ANSWER) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "%s is a bundle for the district; there \"district import\" "
                               "takes it.",
                               path);
    }
    wsync_bundle_answer_secret(&reading->site->identity.secret, &in->header.id, secret);
    err = wsync_bundle_in_unlock(in, secret, error);
    wsync_wipe(secret, sizeof secret);
    if (err == WSYNC_ERR_BUNDLE) {
        return wsync_error_set(error, err,
                               "%s is the answer to a bundle of another device, or of this one "
                               "under other keys.",
                               path);
    }
    if (err == WSYNC_OK && in->manifest_err != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE, /* whatever it lacks: another file */
                               "The manifest of %s is damaged, so nobody knows who wrote it; "
                               "bring the answer again (\"district export --answer\").",
                               path);
    }
    bool stranger = err == WSYNC_OK && !wsync_slice_equal(
                                           WSYNC_BYTES(in->manifest.instance),
                                           WSYNC_BYTES(reading->site->conf.instance));
    return stranger ? wsync_error_set(error, WSYNC_ERR_INSTANCE,
                                      "%s is of another installation.", path)
                    : err;
}

/* Up to the first part that is not whole. */
static enum wsync_err take_statements(struct reading *reading, struct wsync_error *error)
{
    struct wsync_site *site = reading->site;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    for (uint32_t i = 1; i <= reading->in.part_count && err == WSYNC_OK; i++) {
        struct wsync_slice frame;
        size_t used = 0;
        enum wsync_err bad = WSYNC_OK;
        enum wsync_err part = wsync_bundle_in_part(&reading->in, i, error);
        if (part == WSYNC_ERR_GAP || part == WSYNC_ERR_BUNDLE) {
            break;
        }
        err = part;
        while (err == WSYNC_OK &&
               wsync_bundle_next_frame(reading->in.plain, &used, &frame, &bad)) {
            uint64_t taken;
            err = wsync_bundle_take_statements(site->txn, &site->arena, frame,
                                               &site->conf.instance, &taken);
            reading->statements += taken;
        }
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

/* What of this device's logs the district is believed to hold. */
static enum wsync_err count_held(struct reading *reading, uint64_t *held)
{
    struct wsync_site *site = reading->site;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    *held = 0;
    reading->saved = 0;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        uint64_t seq = 0;
        if (wsync_device_id_equal(&log.device, &site->identity.device)) {
            err = wsync_held_get(site->txn, log.no, &seq);
            reading->saved += log.seq;
            *held += seq < log.seq ? seq : log.seq;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Only the district's own device may say what the district holds. */
static enum wsync_err check_signer(struct reading *reading, struct wsync_error *error)
{
    struct wsync_site *site = reading->site;
    const struct wsync_bundle_manifest *manifest = &reading->in.manifest;
    struct wsync_device device;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_device_get(site->txn, &manifest->device, &device);
    bool good = err == WSYNC_OK && device.role == WSYNC_ROLE_NODE && device.revoked == 0 &&
                memcmp(&manifest->signing_key, wsync_device_key(&device),
                       sizeof manifest->signing_key) == 0;
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = good ? client_bundle_last_get(site, &reading->last) : WSYNC_ERR_SIGNATURE;
    }
    if (err == WSYNC_OK) {
        err = count_held(reading, &reading->held_before);
    }
    wsync_site_abort(site);
    return err == WSYNC_ERR_SIGNATURE
               ? wsync_error_set(error, err,
                                 "%s is not signed by the district's device in the roster; "
                                 "nothing was taken.",
                                 reading->in.path)
           : err != WSYNC_OK
               ? wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN))
               : err;
}

static enum wsync_err hear(struct reading *reading, struct wsync_error *error)
{
    struct wsync_site *site = reading->site;
    const struct client_bundle_last *last = &reading->last;
    struct wsync_session_setup setup = {
        .role = WSYNC_SESSION_WARD,
        .ledger = &site->ledger,
        .instance = site->conf.instance,
        .scope = site->conf.scope,
        .carriage = WSYNC_CARRIAGE_BACK,
        .carried = {.log = last->log,
                    .held = last->held,
                    .may_lower = last->is && last->has_log &&
                                 memcmp(&last->id, &reading->in.header.id, sizeof last->id) ==
                                     0},
    };
    const struct wsync_bundle_speech speech = {
        .site = site, .setup = &setup, .progress = draw, .context = reading->cli};
    enum wsync_err err =
        wsync_bundle_hear(&speech, &reading->in, &reading->broken, &reading->spoken, error);
    if (err == WSYNC_OK && reading->spoken.result == WSYNC_ERR_DIVERGED) {
        err = wsync_doubt_retire(site, WSYNC_DOUBT_DISTRICT, error);
        if (err == WSYNC_OK) { /* once more, into the log that goes on */
            err = wsync_bundle_hear(&speech, &reading->in, &reading->broken, &reading->spoken,
                                    error);
        }
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err == WSYNC_OK) {
        err = count_held(reading, &reading->held);
        wsync_site_abort(site);
    }
    return err;
}

static void print_json(const struct reading *reading)
{
    const struct wsync_bundle_spoken *spoken = &reading->spoken;
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "saved", (int64_t)reading->saved);
    wsync_json_number(json, "held", (int64_t)reading->held);
    wsync_json_number(json, "held_before", (int64_t)reading->held_before);
    wsync_json_number(json, "taken", (int64_t)spoken->counts.changes_taken);
    wsync_json_number(json, "statements", (int64_t)reading->statements);
    wsync_json_bool(json, "receipt", spoken->proven);
    wsync_json_number(json, "broken_part", reading->broken);
    wsync_json_string(json, "result", wsync_err_name(spoken->result));
    wsync_json_print(json, stdout);
}

static bool is_news(const struct reading *reading)
{
    return reading->held != reading->held_before || reading->statements > 0 ||
           reading->spoken.counts.changes_taken > 0 || reading->spoken.proven;
}

static void print_text(const struct reading *reading)
{
    const struct wsync_cli *cli = reading->cli;
    bool vi = cli->language == WSYNC_VI;
    printf(vi ? "Quận giữ %llu trong %llu thay đổi của máy này (trước: %llu) và gửi về %llu.\n"
              : "The district holds %llu of this machine's %llu changes (before: %llu) and "
                "gave %llu.\n",
           (unsigned long long)reading->held, (unsigned long long)reading->saved,
           (unsigned long long)reading->held_before,
           (unsigned long long)reading->spoken.counts.changes_taken);
    if (reading->spoken.proven) {
        wsync_cli_say(cli, "%s",
                      vi ? "Có biên nhận (\"ward receipts\")."
                         : "There is a receipt (\"ward receipts\").");
    }
    if (!is_news(reading) && reading->broken == 0) {
        wsync_cli_say(cli, "%s",
                      vi ? "Không có gì mới: mọi thứ đã có ở đây."
                         : "Nothing new: all of it was here already.");
    }
}

static int tell(const struct reading *reading)
{
    const struct wsync_cli *cli = reading->cli;
    bool vi = cli->language == WSYNC_VI;
    if (cli->json) {
        print_json(reading);
    } else {
        print_text(reading);
    }
    if (reading->spoken.result != WSYNC_OK) {
        struct wsync_error error;
        (void)wsync_error_set(&error, reading->spoken.result, "%s",
                              wsync_err_text(reading->spoken.result, cli->language));
        return wsync_cli_fail(cli, reading->spoken.result, &error);
    }
    if (reading->broken > 0) {
        wsync_cli_say(cli,
                      vi ? "Phần %u trong %u bị hỏng hoặc thiếu; những gì đứng trước đã được "
                           "nhận. Xin quận ghi lại trả lời (\"district export --answer\")."
                         : "Part %u of %u is damaged or missing; what stands before it was "
                           "taken.  Have the answer written again (\"district export "
                           "--answer\").",
                      reading->broken, reading->in.part_count);
    }
    return reading->broken > 0 ? WSYNC_CLI_FINDINGS : 0;
}

/* Names what is in it and takes nothing. */
static int show(const struct reading *reading)
{
    const struct wsync_bundle_manifest *manifest = &reading->in.manifest;
    printf(reading->cli->language == WSYNC_VI
               ? "Trả lời của quận: %llu thay đổi, danh sách bản %llu, %u phần.\n"
               : "The district's answer: %llu changes, roster version %llu, %u parts.\n",
           (unsigned long long)manifest->changes, (unsigned long long)manifest->roster_version,
           manifest->part_count);
    return 0;
}

static int read_answer(struct reading *reading, const char *path)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = unlock(reading, path, &error);
    if (err == WSYNC_OK && reading->cli->dry_run) {
        return show(reading);
    }
    if (err == WSYNC_OK) {
        err = take_statements(reading, &error);
    }
    if (err == WSYNC_OK) {
        err = check_signer(reading, &error);
    }
    if (err == WSYNC_OK) {
        err = hear(reading, &error);
    }
    wsync_cli_progress_end(reading->cli);
    return err == WSYNC_OK ? tell(reading) : wsync_cli_fail(reading->cli, err, &error);
}

int client_take_answer(struct wsync_cli *cli, struct wsync_site *site, const char *path)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    reading->cli = cli;
    reading->site = site;
    reading->in.fd = -1;
    int code = read_answer(reading, path);
    wsync_bundle_in_close(&reading->in);
    free(reading);
    return code;
}

int client_import_answer(struct wsync_cli *cli, const char *path)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = client_take_answer(cli, &site, path);
    wsync_site_close(&site);
    return code;
}
