/* SPDX-License-Identifier: Apache-2.0 */
#include "host/admin_note.h"
#include "host/view.h"

#include <unistd.h>

#include "host/clock.h"
#include "host/given.h"
#include "host/verify_state.h"
#include "host/words.h"

const struct wsync_cli_option WSYNC_VIEW_VERIFY_OPTIONS[] = {
    {"scratch", "DIR", "where to make the copy (the data directory)"},
    {NULL, NULL, NULL},
};

enum { SAY_AGAIN_MS = 10000 };

/* Who is told while it runs. */
struct telling {
    struct wsync_cli *cli;
    bool terminal; /* a bar is drawn; elsewhere a line is said now and then */
    bool drawn;    /* and its line is not ended */
    enum wsync_verify_part part;
    int64_t begun_ms, said_ms; /* said_ms 0: nothing yet */
    struct wsync_verify_note note;
};

static void end_bar(struct telling *telling)
{
    if (telling->drawn) {
        wsync_cli_progress_end(telling->cli);
        telling->drawn = false;
    }
}

static void progress(void *context, enum wsync_verify_part part, uint64_t done, uint64_t total)
{
    struct telling *telling = context;
    const char *what = wsync_verify_part_word((int)part, telling->cli->language);
    bool begins = telling->said_ms == 0 || telling->part != part;
    int64_t now = wsync_clock_monotonic_ms();
    wsync_verify_note_progress(&telling->note, (int)part, done, total);
    if (begins) {
        end_bar(telling);
    }
    telling->part = part;
    if (telling->terminal) {
        telling->said_ms = now;
        telling->drawn = true;
        wsync_cli_progress(telling->cli, what, done, total);
    } else if (begins || now >= telling->said_ms + SAY_AGAIN_MS) {
        telling->said_ms = now;
        wsync_cli_say(telling->cli, "%s: %llu / %llu", what, (unsigned long long)done,
                      (unsigned long long)total);
    }
}

static void print_finding(const struct wsync_verify_finding *finding,
                          enum wsync_language language)
{
    bool vi = language == WSYNC_VI;
    char place[WSYNC_WORDS_BYTES], stored[WSYNC_WORDS_BYTES], again[WSYNC_WORDS_BYTES];
    printf("%s: %s: ", wsync_verify_kind_word(finding->what, language),
           wsync_words(language, finding->place, place));
    if (finding->again[0] == '\0') {
        printf("%s", wsync_words(language, finding->stored, stored));
    } else {
        printf(vi ? "đang lưu: %s; tính lại: %s" : "stored: %s; computed: %s",
               wsync_words(language, finding->stored, stored),
               wsync_words(language, finding->again, again));
    }
    if (finding->rows > 1) {
        printf(vi ? " (và %llu dòng nữa)" : " (and %llu more rows)",
               (unsigned long long)(finding->rows - 1));
    }
    printf("\n");
}

static void found(void *context, const struct wsync_verify_finding *finding)
{
    struct telling *telling = context;
    end_bar(telling);
    wsync_verify_note_found(&telling->note, finding);
    if (telling->cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "finding", finding->what);
        wsync_json_string(json, "place", finding->place);
        wsync_json_string(json, "stored", finding->stored);
        wsync_json_string(json, "computed", finding->again);
        wsync_json_number(json, "rows", (int64_t)finding->rows);
        wsync_json_print(json, stdout);
        return;
    }
    print_finding(finding, telling->cli->language);
}

static void print_json(const struct wsync_verify_result *result, int64_t took_ms)
{
    char digest[2 * WSYNC_HASH_BYTES + 1];
    struct wsync_json *json = wsync_json_new();
    wsync_json_bool(json, "equal", result->findings == 0);
    wsync_json_number(json, "findings", (int64_t)result->findings);
    wsync_json_number(json, "statements", (int64_t)result->statements);
    wsync_json_number(json, "logs", (int64_t)result->logs);
    wsync_json_number(json, "changes", (int64_t)result->changes);
    wsync_json_number(json, "seals", (int64_t)result->seals);
    wsync_json_number(json, "branches", (int64_t)result->branches);
    wsync_json_bool(json, "compared", result->compared);
    if (result->compared) {
        wsync_json_number(json, "records", (int64_t)result->records);
        wsync_json_number(json, "cells", (int64_t)result->cells);
        wsync_hex_encode(WSYNC_BYTES(result->stored), digest);
        wsync_json_string(json, "digest_stored", digest);
        wsync_hex_encode(WSYNC_BYTES(result->again), digest);
        wsync_json_string(json, "digest_computed", digest);
    }
    wsync_json_number(json, "took_ms", took_ms);
    wsync_json_print(json, stdout);
}

static void print_text(const struct wsync_cli *cli, const struct wsync_verify_result *result,
                       int64_t took_ms)
{
    char digest[2 * WSYNC_HASH_BYTES + 1];
    if (result->findings == 0) {
        wsync_hex_encode(WSYNC_BYTES(result->again), digest);
        printf(cli->language == WSYNC_VI
                   ? "Tất cả đúng: %llu thay đổi, %llu chữ ký, %llu bản ghi, %llu ô tổng"
                   : "all equal: %llu changes, %llu seals, %llu records, %llu cells",
               (unsigned long long)result->changes, (unsigned long long)result->seals,
               (unsigned long long)result->records, (unsigned long long)result->cells);
        printf(cli->language == WSYNC_VI ? " trong %lld,%lld s; mã %s\n"
                                         : " in %lld.%lld s; digest %s\n",
               (long long)(took_ms / 1000), (long long)(took_ms % 1000 / 100), digest);
        return;
    }
    if (!result->compared) {
        wsync_cli_say(cli,
                      "The raw log is damaged, so the state could not be computed anew and "
                      "was not compared.");
    }
    wsync_cli_say(cli,
                  "%llu findings in %llu changes.  Put a backup of the data directory in "
                  "place, or begin with an empty one and sync: nothing that was sent is lost.",
                  (unsigned long long)result->findings, (unsigned long long)result->changes);
}

/* Beside the store itself, in which what is damaged is asked for again; a store that cannot be
 * opened is a finding of its own and keeps nobody from reading the files. */
static enum wsync_err verify_photos(struct wsync_cli *cli, uint64_t *damaged,
                                    struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, NULL);
    if (err != WSYNC_OK) {
        err = wsync_site_open_keys(cli->data_dir, cli->kind, &site, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_view_photos_verify(cli, &site, damaged);
    wsync_site_close(&site);
    return err;
}

/* Everything, told and noted as it goes. */
static enum wsync_err verify_all(struct telling *telling, struct wsync_verify_result *result,
                                 uint64_t *damaged, struct wsync_error *error)
{
    struct wsync_site site;
    struct wsync_cli *cli = telling->cli;
    const struct wsync_verify_watch watch = {telling, progress, found};
    enum wsync_err err = wsync_site_open_keys(cli->data_dir, cli->kind, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_verify_note_open(&telling->note, cli->data_dir);
    err = wsync_verify_site(&site, wsync_cli_value(cli, "scratch"), &watch, result, error);
    end_bar(telling);
    wsync_site_close(&site);
    if (err == WSYNC_OK) {
        wsync_verify_note_progress(&telling->note, WSYNC_VERIFY_PARTS, 0, 0);
        err = verify_photos(cli, damaged, error);
    }
    wsync_verify_note_close(&telling->note, err == WSYNC_OK ? result : NULL, *damaged,
                            error->text);
    return err;
}

/* That somebody had a page do it. */
static enum wsync_err note(const struct wsync_cli *cli, uint64_t findings, uint64_t damaged,
                           struct wsync_error *error)
{
    const struct wsync_admin_desk desk = {cli->data_dir, cli->kind};
    char text[64];
    snprintf(text, sizeof text, "findings=%llu damaged=%llu", (unsigned long long)findings,
             (unsigned long long)damaged);
    return wsync_given_by_page() ? wsync_admin_note(&desk, WSYNC_ADMIN_VERIFY, text, error)
                                 : WSYNC_OK;
}

int wsync_view_verify(struct wsync_cli *cli)
{
    struct wsync_verify_result result;
    struct wsync_error error = {{0}};
    uint64_t damaged = 0;
    struct telling telling = {
        .cli = cli, .terminal = isatty(STDERR_FILENO), .begun_ms = wsync_clock_monotonic_ms()};
    enum wsync_err err = verify_all(&telling, &result, &damaged, &error);
    if (err == WSYNC_OK) {
        err = note(cli, result.findings, damaged, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int64_t took_ms = wsync_clock_monotonic_ms() - telling.begun_ms;
    if (cli->json) {
        print_json(&result, took_ms);
    } else {
        print_text(cli, &result, took_ms);
    }
    return result.findings + damaged == 0 ? 0 : WSYNC_CLI_FINDINGS;
}

/* ---- what the scrub found ---- */

void wsync_view_damage(const struct wsync_cli *cli, const struct wsync_scrub_damage *damage)
{
    char digits[9];
    char when[WSYNC_VIEW_TIME_BYTES];
    if (damage->places == 0) {
        return;
    }
    wsync_hex_encode(wsync_slice(damage->log.b, 4), digits);
    wsync_view_time(damage->found, when);
    printf(cli->language == WSYNC_VI
               ? "  HỎNG: %llu chỗ trong sổ gốc, đầu tiên: sổ %s thay đổi %llu (%s): %s; "
                 "\"%s verify\" kiểm tra tất cả\n"
               : "  DAMAGED: %llu places of the raw log, first log %s change %llu (%s): %s; "
                 "\"%s verify\" checks everything\n",
           (unsigned long long)damage->places, digits, (unsigned long long)damage->seq, when,
           wsync_scrub_fault_text(damage->fault, cli->language), cli->program);
}

void wsync_view_damage_json(struct wsync_json *json, const struct wsync_scrub_damage *damage)
{
    char digits[2 * WSYNC_LOG_ID_BYTES + 1];
    wsync_json_number(json, "damaged", (int64_t)damage->places);
    if (damage->places > 0) {
        wsync_hex_encode(WSYNC_BYTES(damage->log), digits);
        wsync_json_string(json, "damaged_log", digits);
        wsync_json_number(json, "damaged_change", (int64_t)damage->seq);
        wsync_json_string(json, "damaged_how", wsync_scrub_fault_text(damage->fault, WSYNC_EN));
    }
}
