/* SPDX-License-Identifier: Apache-2.0 */
/* `forms check` and `publish`, `units check` and `publish`: files into the district's log. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/given.h"
#include "host/office.h"
#include "host/view.h"
#include "server/commands.h"

enum { DEFINE_ARENA_BYTES = 16 << 20, STAFF_MAX = 65535 };
enum { SHEET_MODE = 0644, FOLDER_MODE = 0755 };

const struct wsync_cli_option DISTRICT_FORMS_OPTIONS[] = {
    {"settings", "FILE", "check, publish: settings.csv of one form, in place of a folder"},
    {"survey", "FILE", "its survey.csv"},
    {"choices", "FILE", "its choices.csv, where it has choices"},
    {NULL, NULL, NULL},
};

/* One run. */
struct defining {
    struct wsync_cli *cli;
    struct wsync_site *site;
    struct wsync_arena arena;
    bool check; /* shows what would be done; everything is taken back at the end */
    uint32_t actor;
    struct wsync_office_counts counts;
};

/* Who has a page do this; by hand nobody is named. */
static uint32_t actor_here(void)
{
    const char *text = getenv("WARDSYNC_STAFF");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    unsigned long number = digits > 0 && text[digits] == '\0' ? strtoul(text, NULL, 10) : 0;
    return number <= STAFF_MAX ? (uint32_t)number : 0;
}

static const char *say(const struct defining *defining, const char *vi, const char *en)
{
    return defining->cli->language == WSYNC_VI ? vi : en;
}

static enum wsync_err define_in(struct defining *defining,
                                enum wsync_err (*put)(struct defining *, struct wsync_error *),
                                struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err =
        wsync_site_open(defining->cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    defining->site = &site;
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = put(defining, error);
    }
    if (err == WSYNC_OK && !defining->check) {
        err = wsync_site_commit(&site, error);
    }
    wsync_site_close(&site);
    return err;
}

/* Runs one kind of definition in a transaction; a check is taken back at the end. */
static int define(struct wsync_cli *cli, const char *what[2],
                  enum wsync_err (*put)(struct defining *, struct wsync_error *))
{
    struct wsync_error error = {{0}};
    struct defining defining = {.cli = cli,
                                .check = cli->dry_run || strcmp(cli->argv[0], "check") == 0,
                                .actor = actor_here()};
    if (cli->argc > 1 && wsync_given_check(cli->argv[1], &error) != WSYNC_OK) {
        return wsync_cli_fail(cli, WSYNC_ERR_RIGHT, &error);
    }
    void *block = malloc(DEFINE_ARENA_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    wsync_arena_init(&defining.arena, block, DEFINE_ARENA_BYTES);
    enum wsync_err err = define_in(&defining, put, &error);
    free(block);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    const struct wsync_office_counts *counts = &defining.counts;
    if (counts->refused > 0) {
        wsync_cli_say(cli,
                      say(&defining, "Không đăng được: %zu chỗ bị từ chối.",
                          "Cannot be published: %zu refused."),
                      counts->refused);
        return WSYNC_CLI_FINDINGS;
    }
    wsync_cli_say(cli,
                  defining.check ? say(&defining, "Sẽ đăng %zu %s, %zu không đổi.",
                                       "%zu %s would be published, %zu unchanged.")
                                 : say(&defining, "Đã đăng %zu %s, %zu không đổi.",
                                       "%zu %s published, %zu unchanged."),
                  counts->added, what[cli->language], counts->unchanged);
    return 0;
}

/* The words of the bits, with commas between. */
enum { WORDS_BYTES = 256 };
static const char *list_words(unsigned what, const char *const (*words)[2], size_t count,
                              enum wsync_language language, char text[WORDS_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (what & (1u << i)) {
            int len = snprintf(text + used, WORDS_BYTES - used, "%s%s", used > 0 ? ", " : "",
                               words[i][language]);
            used += len > 0 ? (size_t)len : 0;
            WSYNC_ASSERT(used < WORDS_BYTES);
        }
    }
    return text;
}

/* ---- forms ---- */

static void change_json(const struct wsync_form_change *change)
{
    char words[WORDS_BYTES];
    const struct wsync_field *field = change->next ? change->next : change->old;
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "field", field->number);
    wsync_json_text(json, "name", field->name);
    wsync_json_string(json, "change", WSYNC_FORM_CHANGE_KINDS[change->kind]);
    wsync_json_string(json, "what",
                      list_words(change->what, WSYNC_FORM_CHANGE_WORDS, WSYNC_FORM_CHANGE_BITS,
                                 WSYNC_EN, words));
    wsync_json_print(json, stdout);
}

static void print_change(void *context, const struct wsync_form_change *change)
{
    static const char SIGNS[] = {
        [WSYNC_FORM_ADDED] = '+', [WSYNC_FORM_CHANGED] = '~', [WSYNC_FORM_RETIRED] = '-'};
    const struct wsync_cli *cli = context;
    char words[WORDS_BYTES];
    const struct wsync_field *field = change->next ? change->next : change->old;
    if (change->kind == WSYNC_FORM_SAME) {
        return;
    }
    if (cli->json) {
        change_json(change);
        return;
    }
    struct wsync_slice label = wsync_view_label(cli, field->label_vi, field->label_en);
    list_words(change->what, WSYNC_FORM_CHANGE_WORDS, WSYNC_FORM_CHANGE_BITS, cli->language,
               words);
    printf("  %c %4u %.*s  %.*s%s%s\n", SIGNS[change->kind], field->number,
           (int)field->name.len, (const char *)field->name.data, (int)label.len,
           (const char *)label.data, words[0] ? ": " : "", words);
}

static void print_finding(const struct wsync_cli *cli, const struct wsync_form_finding *finding)
{
    struct wsync_error text;
    if (!cli->json) {
        wsync_form_finding_text(finding, cli->language, &text);
        printf("  ! %s\n", text.text);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "finding", finding->what.text);
    wsync_json_string(json, "file", finding->sheet);
    wsync_json_number(json, "row", (int64_t)finding->line);
    wsync_json_string(json, "column", finding->column);
    wsync_json_print(json, stdout);
}

static void print_verdict(const struct wsync_cli *cli, const struct wsync_form_preview *preview)
{
    static const char *const WORDS[][3] = {
        [WSYNC_FORM_NEW] = {"biểu mẫu mới", "a new form", "new"},
        [WSYNC_FORM_NEXT] = {"phiên bản tiếp theo", "the next version", "next"},
        [WSYNC_FORM_HERE] = {"đã đăng", "published already", "here"},
        [WSYNC_FORM_REFUSED] = {"bị từ chối", "refused", "refused"}};
    const struct wsync_form *form = &preview->read.form;
    unsigned in_force = preview->in_force ? preview->in_force->version : 0;
    if (!cli->json) {
        printf("%.*s  %u  version %u: %s\n", (int)form->name.len,
               form->name.len > 0 ? (const char *)form->name.data : "", form->number,
               form->version, WORDS[preview->verdict][cli->language]);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_text(json, "form", form->name);
    wsync_json_number(json, "number", form->number);
    wsync_json_number(json, "version", form->version);
    wsync_json_number(json, "in_force", in_force);
    wsync_json_string(json, "verdict", WORDS[preview->verdict][2]);
    wsync_json_bool(json, "frame",
                    preview->in_force && wsync_form_frame_changed(preview->in_force, form));
    wsync_json_number(json, "findings", (int64_t)preview->findings.count);
    wsync_json_print(json, stdout);
}

static void print_preview(void *context, const struct wsync_form_preview *preview)
{
    const struct wsync_cli *cli = context;
    print_verdict(cli, preview);
    for (size_t i = 0; i < preview->findings.count && i < WSYNC_FORM_FINDINGS_MAX; i++) {
        print_finding(cli, &preview->findings.items[i]);
    }
    if (preview->verdict != WSYNC_FORM_REFUSED) {
        wsync_form_changes(preview->in_force, &preview->read.form, context, print_change);
    }
}

static enum wsync_err put_forms(struct defining *defining, struct wsync_error *error)
{
    struct wsync_cli *cli = defining->cli;
    const struct wsync_form_source source = {
        .folder = cli->argc > 1 ? cli->argv[1] : NULL,
        .files = {.settings = wsync_cli_value(cli, "settings"),
                  .survey = wsync_cli_value(cli, "survey"),
                  .choices = wsync_cli_value(cli, "choices"),
                  .language = cli->language}};
    const struct wsync_office_order order = {.source = &source,
                                             .arena = &defining->arena,
                                             .actor = defining->actor,
                                             .check = defining->check,
                                             .context = cli,
                                             .seen = defining->check ? print_preview : NULL};
    return wsync_office_publish(defining->site, &order, &defining->counts, error);
}

/* ---- the sheets of a form that is here ---- */

static enum wsync_err write_sheet(const struct wsync_form *form, const char *folder,
                                  const char *sheet, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    enum wsync_err err = wsync_xlsform_write(form, sheet, out, WSYNC_CSV_LF, error);
    if (fclose(out) != 0 && err == WSYNC_OK) {
        err = WSYNC_ERR_MEMORY;
    }
    if (err == WSYNC_OK) {
        err = wsync_file_write_durably(wsync_site_file(folder, sheet, path), SHEET_MODE,
                                       wsync_slice(text, len), error);
    }
    free(text);
    return err;
}

/* Into a folder that is made for it: nothing that stands somewhere is written over. */
static int write_sheets(struct wsync_cli *cli, const char *name, const char *folder)
{
    static const char *const SHEETS[] = {"settings.csv", "survey.csv", "choices.csv"};
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const struct wsync_form *form;
    enum wsync_err err = wsync_given_check(folder, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    err = wsync_view_form(&site, name, &form, &error);
    if (err == WSYNC_OK && mkdir(folder, FOLDER_MODE) != 0) {
        err = wsync_file_error(errno, "make", folder, &error);
    }
    for (size_t i = 0; err == WSYNC_OK && i < sizeof SHEETS / sizeof *SHEETS; i++) {
        err = write_sheet(form, folder, SHEETS[i], &error);
        if (err == WSYNC_ERR_NOT_FOUND && i > 0) { /* it has no choices */
            err = WSYNC_OK;
        }
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* Is the first word one of the two that take files? */
static bool defines(const struct wsync_cli *cli)
{
    return cli->argc > 0 &&
           (strcmp(cli->argv[0], "publish") == 0 || strcmp(cli->argv[0], "check") == 0);
}

int district_forms(struct wsync_cli *cli)
{
    static const char *what[] = {"phiên bản biểu mẫu", "form versions"};
    bool settings = wsync_cli_value(cli, "settings"), survey = wsync_cli_value(cli, "survey");
    if (cli->argc < 2 && !defines(cli)) {
        return wsync_view_forms(cli);
    }
    if (cli->argc == 3 && strcmp(cli->argv[0], "sheets") == 0) {
        return write_sheets(cli, cli->argv[1], cli->argv[2]);
    }
    if (!defines(cli) || cli->argc != (settings || survey ? 1 : 2)) {
        return wsync_cli_usage(cli, "Expected nothing, a form, \"sheets FORM FOLDER\", or "
                                    "\"check\" or \"publish\" with "
                                    "a FOLDER or with --settings and --survey.");
    }
    if (settings != survey || (!settings && wsync_cli_value(cli, "choices"))) {
        return wsync_cli_usage(cli, "--settings and --survey go together, with --choices where "
                                    "there are choices.");
    }
    return define(cli, what, put_forms);
}

/* ---- units ---- */

static void row_json(const struct wsync_unit_row *row, unsigned what, const char *why)
{
    char words[WORDS_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "unit", row->id);
    wsync_json_number(json, "row", (int64_t)row->line);
    wsync_json_text(json, "name", row->name);
    wsync_json_string(
        json, "what",
        list_words(what, WSYNC_UNIT_CHANGE_WORDS, WSYNC_UNIT_CHANGE_BITS, WSYNC_EN, words));
    wsync_json_string(json, "why", why);
    wsync_json_print(json, stdout);
}

static void print_row(const struct defining *defining, const struct wsync_unit_row *row,
                      unsigned what)
{
    char words[WORDS_BYTES];
    struct wsync_error why = {""};
    if (what & WSYNC_UNIT_REFUSED) {
        wsync_office_unit_refused(row, defining->cli->language, &why);
    }
    if (defining->cli->json) {
        row_json(row, what, why.text);
        return;
    }
    list_words(what, WSYNC_UNIT_CHANGE_WORDS, WSYNC_UNIT_CHANGE_BITS, defining->cli->language,
               words);
    printf("%6u  %.*s: %s%s%s\n", row->id, (int)row->name.len, (const char *)row->name.data,
           words, why.text[0] ? ": " : "", why.text);
}

/* What the table would change, a row a line. */
static enum wsync_err show_units(struct defining *defining, const struct wsync_units *units)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < units->count; i++) {
        struct wsync_unit held;
        unsigned what;
        size_t mark = wsync_arena_mark(&defining->site->arena);
        err = wsync_office_unit_change(defining->site, &units->units[i], &held, &what);
        if (err == WSYNC_OK && what != 0) {
            print_row(defining, &units->units[i], what);
            defining->counts.added += (what & WSYNC_UNIT_REFUSED) == 0;
            defining->counts.refused += (what & WSYNC_UNIT_REFUSED) != 0;
        }
        defining->counts.unchanged += err == WSYNC_OK && what == 0;
        wsync_arena_release(&defining->site->arena, mark);
    }
    return err;
}

static void print_unit_finding(const struct wsync_cli *cli,
                               const struct wsync_unit_finding *finding)
{
    if (!cli->json) {
        printf("  ! %s\n", finding->what.text);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "finding", finding->what.text);
    wsync_json_number(json, "row", (int64_t)finding->line);
    wsync_json_print(json, stdout);
}

static enum wsync_err check_units(struct defining *defining, struct wsync_error *error)
{
    struct wsync_units units;
    enum wsync_err err = wsync_units_read(defining->cli->argv[1], defining->cli->language,
                                          &defining->arena, &units, error);
    if (err != WSYNC_OK || units.finding_count == 0) {
        return err == WSYNC_OK ? show_units(defining, &units) : err;
    }
    for (size_t i = 0; i < units.finding_count && i < WSYNC_UNIT_FINDINGS_MAX; i++) {
        print_unit_finding(defining->cli, &units.findings[i]);
    }
    defining->counts.refused = units.finding_count;
    return WSYNC_OK;
}

static enum wsync_err put_units(struct defining *defining, struct wsync_error *error)
{
    struct wsync_units units;
    if (defining->check) {
        return check_units(defining, error);
    }
    enum wsync_err err =
        wsync_office_read_units(defining->cli->argv[1], defining->cli->language,
                                &defining->arena, &units, error);
    return err == WSYNC_OK ? wsync_office_put_units(defining->site, defining->actor, &units,
                                                    &defining->counts, error)
                           : err;
}

int district_units(struct wsync_cli *cli)
{
    static const char *what[] = {"đơn vị", "units"};
    if (cli->argc == 0) {
        return wsync_view_units(cli);
    }
    if (cli->argc != 2 || !defines(cli)) {
        return wsync_cli_usage(cli,
                               "Expected nothing, or \"check\" or \"publish\" with a FILE.");
    }
    return define(cli, what, put_units);
}
