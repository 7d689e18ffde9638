/* SPDX-License-Identifier: Apache-2.0 */
/* `district import FILE` and `district export --answer FILE BUNDLE`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bundle_intake.h"
#include "host/json.h"
#include "host/view.h"
#include "server/commands.h"

const struct wsync_cli_option DISTRICT_IMPORT_OPTIONS[] = {
    {"answer", "FILE", "where the answer goes (FILE.answer beside the bundle)"},
    {"no-answer", NULL, "take it and write no answer"},
    {NULL, NULL, NULL},
};

const struct wsync_cli_option DISTRICT_EXPORT_OPTIONS[] = {
    {"signed", "FILE", "write the signed log there (-: to stdout)"},
    {"unit", "UNIT", "only the logs of this ward and the district's own"},
    {"personal", NULL, "with the content of personal fields, not their hashes alone"},
    {"answer", "FILE", "write the answer to BUNDLE there (-: stdout), as things stand now"},
    {NULL, NULL, NULL},
};

enum { REFUSED_SHOWN = 5 };

/* A command at work; kept off the stack. */
struct importing {
    struct wsync_cli *cli;
    struct wsync_bundle_intake intake;
    unsigned shown;
    char answer[WSYNC_SITE_PATH_BYTES];
    bool answered;
};

static void draw(void *context, uint64_t done, uint64_t total)
{
    const struct importing *importing = context;
    wsync_cli_progress(importing->cli, "import", done, total);
}

static void say_refused(void *context, const struct wsync_bundle_taken *taken)
{
    struct importing *importing = context;
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    if (importing->shown++ >= REFUSED_SHOWN) {
        return;
    }
    wsync_hex_encode(WSYNC_BYTES(taken->log), id);
    wsync_cli_say(importing->cli,
                  importing->cli->language == WSYNC_VI
                      ? "Không nhận được thay đổi %llu-%llu của sổ %.8s: %s"
                      : "Changes %llu-%llu of log %.8s were not taken: %s",
                  (unsigned long long)taken->first, (unsigned long long)taken->last, id,
                  wsync_err_text(taken->err, importing->cli->language));
}

/* ---- what is said ---- */

static const char *writer_of(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    bool vi = importing->cli->language == WSYNC_VI;
    if (intake->in.manifest_err != WSYNC_OK) {
        return vi ? "không rõ (bảng kê hỏng)" : "unknown (the manifest is damaged)";
    }
    return intake->known ? intake->device.name : vi ? "thiết bị lạ" : "an unknown device";
}

static void print_json(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "device", intake->known ? intake->device.name : "");
    wsync_json_bool(json, "dry_run", intake->dry_run);
    wsync_json_number(json, "parts", intake->in.part_count);
    wsync_json_number(json, "broken", intake->broken_count);
    wsync_json_number(json, "missing", intake->missing_count);
    wsync_json_bool(json, "manifest", intake->in.manifest_err == WSYNC_OK);
    wsync_json_number(json, "change_sets", (int64_t)intake->sets);
    wsync_json_number(json, "changes", (int64_t)intake->changes);
    wsync_json_number(json, "refused", (int64_t)intake->refused_sets);
    wsync_json_number(json, "early", (int64_t)intake->early_sets);
    wsync_json_number(json, "statements", (int64_t)intake->statements);
    wsync_json_number(json, "bytes", (int64_t)intake->in.size);
    wsync_json_string(json, "answer", importing->answered ? importing->answer : "");
    wsync_json_number(json, "answer_bytes", (int64_t)importing->intake.answer_bytes);
    wsync_json_print(json, stdout);
}

static void print_text(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    const struct wsync_cli *cli = importing->cli;
    bool vi = cli->language == WSYNC_VI;
    const char *verb = intake->dry_run ? vi ? "sẽ nhận" : "would be taken"
                                       : vi ? "đã nhận" : "taken";
    printf(vi ? "%s: %s %llu thay đổi mới trong %llu gói.\n"
              : "From %s, %s: %llu new changes in %llu change-sets.\n",
           writer_of(importing), verb, (unsigned long long)intake->changes,
           (unsigned long long)intake->sets);
    if (intake->changes == 0 && intake->sets > 0 && intake->statements == 0) {
        wsync_cli_say(cli, "%s",
                      vi ? "Không có gì mới: quận đã giữ tất cả."
                         : "Nothing new: the district held all of it already.");
    }
}

static bool has_findings(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    return intake->in.manifest_err != WSYNC_OK || intake->broken_count > 0 ||
           intake->missing_count > 0 || intake->refused_sets > 0 || intake->odd_frames > 0 ||
           wsync_bundle_in_is_odd(&intake->in);
}

/* Which parts, as words: "2, 5, 9". */
static void list_broken(const struct wsync_bundle_intake *intake, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < intake->broken_count && i < WSYNC_BUNDLE_BROKEN_SHOWN; i++) {
        int len = snprintf(text + used, size - used, "%s%u", i > 0 ? ", " : "",
                           intake->broken[i]);
        used += len > 0 && (size_t)len < size - used ? (size_t)len : 0;
    }
    if (intake->broken_count > WSYNC_BUNDLE_BROKEN_SHOWN) {
        (void)snprintf(text + used, size - used, " …");
    }
}

static void say_parts(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    const struct wsync_cli *cli = importing->cli;
    bool vi = cli->language == WSYNC_VI;
    char parts[256];
    if (intake->in.manifest_err != WSYNC_OK) {
        wsync_cli_say(cli, "%s",
                      vi ? "Bảng kê (phần đầu) bị hỏng: những phần còn nguyên đã được nhận."
                         : "The manifest (the first part) is damaged: the whole parts count.");
    }
    if (intake->broken_count > 0) {
        list_broken(intake, parts, sizeof parts);
        wsync_cli_say(cli,
                      vi ? "Hỏng %u trong %u phần: %s." : "%u of %u parts are damaged: %s.",
                      intake->broken_count, intake->in.part_count, parts);
    }
    if (intake->missing_count > 0) {
        wsync_cli_say(cli,
                      vi ? "Thiếu %u phần cuối trong %u: tệp bị cắt."
                         : "The last %u of %u parts are missing: the file was cut off.",
                      intake->missing_count, intake->in.part_count);
    }
}

static void say_findings(const struct importing *importing)
{
    const struct wsync_bundle_intake *intake = &importing->intake;
    const struct wsync_cli *cli = importing->cli;
    bool vi = cli->language == WSYNC_VI;
    say_parts(importing);
    if (intake->early_sets > 0) {
        wsync_cli_say(cli,
                      vi ? "%llu gói nối vào những gì quận chưa có."
                         : "%llu change-sets continue what is not held here.",
                      (unsigned long long)intake->early_sets);
    }
    if (intake->odd_frames > 0 || wsync_bundle_in_is_odd(&intake->in)) {
        wsync_cli_say(cli, "%s",
                      vi ? "Trong tệp có những byte không thuộc gói; chúng được bỏ qua."
                         : "Bytes in the file belong to no bundle; they were passed over.");
    }
    if (has_findings(importing)) {
        wsync_cli_say(cli, "%s",
                      vi ? "Mang trả lời về phường rồi ghi một gói mới: nó bắt đầu từ những gì "
                           "quận đang giữ. Nếu không có trả lời: \"ward export --bundle FILE "
                           "--all\"."
                         : "Take the answer to the ward and write another bundle there: it "
                           "begins at what is held here.  Without an answer: \"ward export "
                           "--bundle FILE --all\".");
    }
}

/* ---- the commands ---- */

/* An answer that cannot be written is told; what was taken stays taken. */
static int write_answer(struct importing *importing)
{
    struct wsync_error error = {{0}};
    enum wsync_err err =
        wsync_bundle_intake_answer(&importing->intake, importing->answer, &error);
    importing->answered = err == WSYNC_OK;
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_note(&importing->intake, &error);
    }
    if (wsync_err_is_ours(err)) {
        return wsync_cli_fail(importing->cli, err, &error);
    }
    if (err != WSYNC_OK) {
        wsync_cli_say(importing->cli, "%s", error.text);
        return WSYNC_CLI_FINDINGS;
    }
    return 0;
}

static void say_answer(const struct importing *importing)
{
    const struct wsync_cli *cli = importing->cli;
    if (importing->answered) {
        wsync_cli_say(cli,
                      cli->language == WSYNC_VI
                          ? "Trả lời: %s, %llu byte; mang về phường (\"ward import\")."
                          : "The answer: %s, %llu bytes; take it to the ward (\"ward "
                            "import\").",
                      importing->answer, (unsigned long long)importing->intake.answer_bytes);
    }
}

static int run_import(struct importing *importing, const char *path)
{
    struct wsync_bundle_intake *intake = &importing->intake;
    struct wsync_cli *cli = importing->cli;
    struct wsync_error error = {{0}};
    const char *answer = wsync_cli_value(cli, "answer");
    int len = snprintf(importing->answer, sizeof importing->answer, "%s%s",
                       answer ? answer : path, answer ? "" : ".answer");
    enum wsync_err err = len > 0 && (size_t)len < sizeof importing->answer
                             ? wsync_bundle_intake_open(intake, path, &error)
                             : WSYNC_ERR_INVALID;
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_take(intake, &error);
    }
    wsync_cli_progress_end(cli);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    bool answers = !intake->dry_run && !wsync_cli_flag(cli, "no-answer");
    int code = answers ? write_answer(importing) : 0;
    if (cli->json) {
        print_json(importing);
    } else {
        print_text(importing);
    }
    say_answer(importing);
    say_findings(importing);
    return has_findings(importing) ? WSYNC_CLI_FINDINGS : code;
}

static int run_answer(struct importing *importing, const char *path)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_bundle_intake_open(&importing->intake, path, &error);
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_answer(&importing->intake, importing->answer, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(importing->cli, err, &error);
    }
    importing->answered = true;
    say_answer(importing);
    return 0;
}

/* Opens the district and runs one of the two on the bundle that is named. */
static int with_site(struct wsync_cli *cli, const char *answer)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct importing *importing = calloc(1, sizeof *importing);
    if (!importing) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    importing->cli = cli;
    importing->intake.in.fd = -1;
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        free(importing);
        return wsync_cli_fail(cli, err, &error);
    }
    importing->intake.site = &site;
    importing->intake.dry_run = cli->dry_run;
    importing->intake.progress = draw;
    importing->intake.refused = say_refused;
    importing->intake.context = importing;
    if (answer) {
        snprintf(importing->answer, sizeof importing->answer, "%s", answer);
    }
    int code = answer ? run_answer(importing, cli->argv[0])
                      : run_import(importing, cli->argv[0]);
    wsync_bundle_intake_close(&importing->intake);
    wsync_site_close(&site);
    free(importing);
    return code;
}

int district_import(struct wsync_cli *cli)
{
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one bundle (\"ward export --bundle\").");
    }
    const char *answer = wsync_cli_value(cli, "answer");
    if (answer && strcmp(answer, "-") == 0) {
        return wsync_cli_usage(cli, "Standard output has what was taken; the answer comes "
                                    "there by \"export --answer - BUNDLE\".");
    }
    return with_site(cli, NULL);
}

int district_export(struct wsync_cli *cli)
{
    const char *answer = wsync_cli_value(cli, "answer");
    if (!answer) {
        return wsync_view_export_signed(cli);
    }
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected --answer FILE and the bundle it answers.");
    }
    return with_site(cli, answer);
}
