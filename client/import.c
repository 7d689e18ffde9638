/* SPDX-License-Identifier: Apache-2.0 */
/* `ward import`: tables that become records, and the district's answers by a stick. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/bundle.h"
#include "client/commands.h"
#include "client/enter.h"
#include "host/bundle_file.h"
#include "host/findings.h"
#include "host/given.h"
#include "host/import.h"
#include "host/json.h"
#include "host/mapping.h"
#include "host/sheet.h"
#include "host/view.h"
#include "host/words.h"

const struct wsync_cli_option WARD_IMPORT_OPTIONS[] = {
    {"form", "FORM", "the form the rows become records of"},
    {"mapping", "FILE", "how columns become fields; without it columns are named by fields"},
    {"key", "COLUMN", "column that tells rows apart, in place of the mapping's"},
    {"require", "COLUMN", "a row with nothing in this column is a finding"},
    {"filter", "\"COLUMN == X\"", "other rows are not mine: counted and passed over"},
    {"sheet", "NAME",
     "of a workbook (.xlsx): the sheet; without it the mapping's, else the first"},
    {"header", "ROW",
     "the row with the names of the columns; without it the mapping's, else the first"},
    {"columns", NULL, "only say the workbook's sheets, the table's columns, its first rows"},
    {"findings", "FILE",
     "where findings go (FILE.findings.csv beside the table); -: to stdout"},
    {"name", "TEXT", "what the import is called, in place of the file's name"},
    {"by", "STAFF", "who does it: number or name on the staff list"},
    {"undo", "ID", "take back an import: delete what it added and nobody edited since"},
    {"list", NULL, "list earlier imports"},
    {NULL, NULL, NULL},
};

enum {
    FINDINGS_SHOWN = 5,
    FINDINGS_PATH_BYTES = 1100,
    FINDINGS_ANSWERED = 200, /* as objects */
    ROWS_BY_PAGE_MAX = 20000,
    SAMPLE_ROWS = 5,
    SAMPLE_BYTES = 120,
    MAPPING_BYTES = 4 << 20, /* while the columns are listed */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Where findings go: a table, and the first few to the screen; on stdout with --json as
 * objects, the first of them. */
struct reporter {
    struct wsync_cli *cli;
    struct wsync_findings table;
    FILE *out; /* NULL: they are objects */
    bool on_stdout;
};

static void print_finding(const struct wsync_finding *finding)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "row", (int64_t)finding->row);
    wsync_json_text(json, "column", finding->column);
    wsync_json_text(json, "value", finding->value);
    wsync_json_text(json, "reason", finding->reason);
    wsync_json_print(json, stdout);
}

/* A reason of its field, with the field's label in the place of its name. */
static void label_reason(const struct wsync_finding *finding, enum wsync_language language,
                         char text[WSYNC_WORDS_BYTES])
{
    static const char FIELD[] = "Field ";
    const struct wsync_field *field = finding->field;
    struct wsync_slice reason = finding->reason, label = wsync_slice_of("");
    size_t skip = field ? strlen(FIELD) + field->name.len : 0;
    bool named = field && reason.len > skip && reason.data[skip] == ':' &&
                 wsync_slice_starts(reason, wsync_slice_of(FIELD)) &&
                 memcmp(reason.data + strlen(FIELD), field->name.data, field->name.len) == 0;
    if (named) {
        label = language == WSYNC_VI ? field->label_vi : field->label_en;
        label = label.len > 0 ? label : field->name;
        reason = wsync_slice(reason.data + skip, reason.len - skip);
    }
    snprintf(text, WSYNC_WORDS_BYTES, "%s%.*s%.*s", named ? FIELD : "", (int)label.len,
             (const char *)label.data, (int)reason.len, (const char *)reason.data);
}

/* For whoever reads stdout the reason stands in his language. */
static void answer_finding(struct reporter *reporter, const struct wsync_finding *finding)
{
    char english[WSYNC_WORDS_BYTES], room[WSYNC_WORDS_BYTES];
    struct wsync_finding said = *finding;
    label_reason(finding, reporter->cli->language, english);
    said.reason = wsync_slice_of(wsync_words(reporter->cli->language, english, room));
    if (reporter->out) {
        wsync_findings_take(&reporter->table, &said);
        return;
    }
    if (reporter->table.count < FINDINGS_ANSWERED) {
        print_finding(&said);
    }
    reporter->table.count++;
}

static void take_finding(void *context, const struct wsync_finding *finding)
{
    struct reporter *reporter = context;
    struct wsync_error sentence;
    if (reporter->on_stdout) {
        answer_finding(reporter, finding);
        return;
    }
    if (reporter->table.count < FINDINGS_SHOWN) {
        wsync_finding_print(finding, &sentence);
        wsync_cli_say(reporter->cli, "%s", sentence.text);
    }
    wsync_findings_take(&reporter->table, finding);
}

static void draw(void *context, const struct wsync_import_progress *progress)
{
    const struct reporter *reporter = context;
    wsync_cli_progress(reporter->cli, "import", progress->bytes, progress->bytes_total);
}

static void print_summary(const struct reporter *reporter,
                          const struct wsync_import_summary *summary, const char *findings)
{
    const struct wsync_cli *cli = reporter->cli;
    if (cli->json && (!reporter->on_stdout || !reporter->out)) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "import", summary->import);
        wsync_json_string(json, "sheet", summary->sheet);
        wsync_json_number(json, "rows", (int64_t)summary->rows);
        wsync_json_number(json, "added", (int64_t)summary->added);
        wsync_json_number(json, "there", (int64_t)summary->there);
        wsync_json_number(json, "not_mine", (int64_t)summary->not_mine);
        wsync_json_number(json, "faulty", (int64_t)summary->faulty);
        wsync_json_number(json, "findings", (int64_t)summary->findings);
        wsync_json_bool(json, "stopped", summary->stopped);
        wsync_json_print(json, stdout);
    } else {
        fprintf(reporter->on_stdout ? stderr : stdout,
                "%llu rows: %llu added, %llu there already, %llu not mine, %llu with "
                "findings\n",
                (unsigned long long)summary->rows, (unsigned long long)summary->added,
                (unsigned long long)summary->there, (unsigned long long)summary->not_mine,
                (unsigned long long)summary->faulty);
    }
    if (summary->tables > 1 && !reporter->on_stdout) {
        wsync_cli_say(cli, "Read from the sheet \"%s\"; --columns lists the workbook's sheets, "
                           "--sheet names another.", summary->sheet);
    }
    if (summary->findings > 0 && !reporter->on_stdout) {
        wsync_cli_say(cli, "%llu findings are in %s.", (unsigned long long)summary->findings,
                      findings);
    }
    if (summary->import > 0) {
        wsync_cli_say(cli, "Import %u; \"ward import --undo %u\" takes it back.",
                      summary->import, summary->import);
    }
    if (summary->stopped) {
        wsync_cli_say(cli, "Stopped; run the same import again to go on.");
    }
}

static enum wsync_err read_actor(struct wsync_cli *cli, struct wsync_site *site,
                                 uint32_t *actor, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = enter_actor(cli, site, actor, error);
        wsync_site_abort(site);
    }
    return err;
}

static enum wsync_err run_import(struct reporter *reporter, struct wsync_site *site,
                                 const char *findings, struct wsync_error *error)
{
    struct wsync_cli *cli = reporter->cli;
    struct wsync_import_summary summary = {0};
    struct wsync_import_options options = {
        .path = cli->argv[0],
        .sheet = wsync_cli_value(cli, "sheet"),
        .header = wsync_cli_value(cli, "header"),
        .name = wsync_cli_value(cli, "name"),
        .rows_max = wsync_given_by_page() ? ROWS_BY_PAGE_MAX : 0,
        .mapping_path = wsync_cli_value(cli, "mapping"),
        .form = wsync_cli_value(cli, "form"),
        .key = wsync_cli_value(cli, "key"),
        .require = wsync_cli_value(cli, "require"),
        .filter = wsync_cli_value(cli, "filter"),
        .dry_run = cli->dry_run,
        .stop = &interrupted,
        .find = take_finding,
        .progress = draw,
        .context = reporter,
    };
    enum wsync_err err = read_actor(cli, site, &options.actor, error);
    if (err == WSYNC_OK) {
        err = wsync_import_run(site, &options, &summary, error);
    }
    wsync_cli_progress_end(cli);
    if (err == WSYNC_OK || summary.rows > 0) {
        print_summary(reporter, &summary, findings);
    }
    return err;
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat there;
    struct stat here;
    return other && stat(path, &there) == 0 && stat(other, &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* What is read is not written over: a table that a person typed is here only once. */
static FILE *open_findings(const struct wsync_cli *cli, const char *path,
                           struct wsync_error *error)
{
    if (is_same_file(path, cli->argv[0]) ||
        is_same_file(path, wsync_cli_value(cli, "mapping"))) {
        (void)wsync_error_set(error, WSYNC_ERR_EXISTS,
                              "The findings would be written over %s, which is to be read; "
                              "name another place with --findings.", path);
        return NULL;
    }
    if (wsync_given_check(path, error) != WSYNC_OK) {
        return NULL;
    }
    FILE *out = fopen(path, "we");
    if (!out) {
        (void)wsync_error_set(error, WSYNC_ERR_EXISTS,
                              "Cannot write %s; name another place with --findings.", path);
    }
    return out;
}

/* Without findings there is no table of them; a device or a link is not ours to remove. */
static void remove_findings(const char *path)
{
    struct stat there;
    if (lstat(path, &there) == 0 && S_ISREG(there.st_mode)) {
        remove(path);
    }
}

static int import_table(struct wsync_cli *cli, struct wsync_site *site)
{
    struct reporter reporter = {.cli = cli};
    struct wsync_error error = {{0}};
    char path[FINDINGS_PATH_BYTES];
    const char *given = wsync_cli_value(cli, "findings");
    struct sigaction action = {.sa_handler = on_interrupt};
    reporter.on_stdout = given && strcmp(given, "-") == 0;
    snprintf(path, sizeof path, "%s%s", given ? given : cli->argv[0],
             given ? "" : ".findings.csv");
    if (strcmp(cli->argv[0], "-") == 0 && !given) {
        snprintf(path, sizeof path, "findings.csv");
    }
    reporter.out = !reporter.on_stdout ? open_findings(cli, path, &error)
                   : cli->json         ? NULL
                                       : stdout;
    if (!reporter.out && !reporter.on_stdout) {
        return wsync_cli_fail(cli, WSYNC_ERR_EXISTS, &error);
    }
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    if (reporter.out) {
        bool excel = reporter.on_stdout && wsync_given_by_page(); /* who opens it clicks */
        wsync_findings_init(&reporter.table, reporter.out,
                            excel ? WSYNC_CSV_EXCEL : WSYNC_CSV_PLAIN);
    }
    enum wsync_err err = run_import(&reporter, site, path, &error);
    if (reporter.out) {
        enum wsync_err closing =
            wsync_findings_fini(&reporter.table, err == WSYNC_OK ? &error : NULL);
        err = err == WSYNC_OK ? closing : err;
    }
    if (!reporter.on_stdout) {
        fclose(reporter.out);
        if (reporter.table.count == 0) {
            remove_findings(path);
        }
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    return reporter.table.count > 0 ? WSYNC_CLI_FINDINGS : 0;
}

static void say_kept(void *context, const struct wsync_finding *finding)
{
    const struct wsync_cli *cli = context;
    struct wsync_error sentence;
    wsync_finding_print(finding, &sentence);
    wsync_cli_say(cli, "%s", sentence.text);
}

static int undo_import(struct wsync_cli *cli, struct wsync_site *site, const char *id)
{
    struct wsync_undo_summary summary = {0};
    struct wsync_error error = {{0}};
    char *end;
    unsigned long number = strtoul(id, &end, 10);
    if (*id == '\0' || *end != '\0' || number == 0 || number > UINT32_MAX) {
        return wsync_cli_usage(cli, "--undo takes the number of an import, not \"%s\".", id);
    }
    struct wsync_undo_options options = {
        .import = (uint32_t)number, .stop = &interrupted, .find = say_kept, .context = cli};
    enum wsync_err err = read_actor(cli, site, &options.actor, &error);
    if (err == WSYNC_OK) {
        err = wsync_import_undo(site, &options, &summary, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    printf("%llu records deleted, %llu were gone, %llu kept because somebody edited them\n",
           (unsigned long long)summary.deleted, (unsigned long long)summary.gone,
           (unsigned long long)summary.kept);
    return summary.kept > 0 ? WSYNC_CLI_FINDINGS : 0;
}

static enum wsync_err print_import(void *context, const struct wsync_import *import)
{
    const struct wsync_cli *cli = context;
    char when[WSYNC_VIEW_TIME_BYTES];
    wsync_view_time(import->started, when);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "import", import->number);
        wsync_json_number(json, "form", import->form);
        wsync_json_number(json, "added", (int64_t)import->added);
        wsync_json_number(json, "undone", (int64_t)import->undone);
        wsync_json_bool(json, "complete", import->complete);
        wsync_json_string(json, "file", import->name);
        wsync_json_number(json, "started", import->started);
        wsync_json_print(json, stdout);
        return WSYNC_OK;
    }
    printf("%5u  %s  %6llu added, %llu undone%s  %s\n", import->number, when,
           (unsigned long long)import->added, (unsigned long long)import->undone,
           import->complete ? "" : ", not to its end", import->name);
    return WSYNC_OK;
}

static int list_imports(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, &error);
    if (err == WSYNC_OK) {
        err = wsync_import_list(site, print_import, cli);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* ---- what a table has ---- */

/* As much of a text as an answer repeats: whole characters. */
static struct wsync_slice sample(struct wsync_slice text)
{
    size_t len = text.len < SAMPLE_BYTES ? text.len : SAMPLE_BYTES;
    while (len > 0 && len < text.len && (text.data[len] & 0xC0) == 0x80) {
        len--;
    }
    return wsync_slice_head(text, len);
}

/* `word` tells what kind of row it is. */
static void print_row(const struct wsync_cli *cli, const char *word,
                      const struct wsync_csv_row *row)
{
    struct wsync_json *json = cli->json ? wsync_json_new() : NULL;
    if (json) {
        wsync_json_number(json, word, (int64_t)row->row);
    } else {
        printf("%5llu", (unsigned long long)row->row);
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        struct wsync_slice text = sample(row->cells[i]);
        char key[24];
        snprintf(key, sizeof key, "%zu", i + 1);
        if (json) {
            wsync_json_text(json, key, text);
        } else {
            printf("%s%.*s", i > 0 ? " | " : "  ", (int)text.len, (const char *)text.data);
        }
    }
    if (json) {
        wsync_json_print(json, stdout);
    } else {
        printf("\n");
    }
}

static void print_sheet(void *context, const struct wsync_xlsx_sheet *sheet)
{
    const struct wsync_cli *cli = context;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "sheet", sheet->name);
        wsync_json_number(json, "number", (int64_t)sheet->number);
        wsync_json_bool(json, "hidden", sheet->is_hidden);
        wsync_json_bool(json, "table", sheet->is_table);
        wsync_json_bool(json, "read", sheet->is_wanted);
        wsync_json_print(json, stdout);
        return;
    }
    printf("sheet %zu%s  %s%s%s\n", sheet->number, sheet->is_wanted ? " *" : "  ", sheet->name,
           sheet->is_hidden ? " (hidden)" : "", sheet->is_table ? "" : " (no table)");
}

/* The header, and the first rows that can be read. */
static enum wsync_err print_rows(const struct wsync_cli *cli, struct wsync_csv *csv,
                                 struct wsync_error *error)
{
    struct wsync_csv_row row;
    enum wsync_err err = WSYNC_OK;
    print_row(cli, "row", wsync_csv_header(csv));
    uint64_t number = 1;
    for (int shown = 0; shown < SAMPLE_ROWS && number <= ROWS_BY_PAGE_MAX;) {
        err = wsync_csv_next(csv, &row, error);
        if (err != WSYNC_OK && err != WSYNC_ERR_VALUE) {
            break;
        }
        number = row.row;
        if (err == WSYNC_OK && !wsync_csv_row_is_empty(&row)) {
            print_row(cli, "row", &row);
            shown++;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_VALUE ? WSYNC_OK : err;
}

/* Where the command line or the mapping says that the table stands; texts live in the arena. */
static enum wsync_err read_place(const struct wsync_cli *cli, struct wsync_arena *arena,
                                 struct wsync_table_place *place, struct wsync_error *error)
{
    struct wsync_mapping mapping = {.path = NULL};
    const char *path = wsync_cli_value(cli, "mapping");
    enum wsync_err err =
        path ? wsync_mapping_read(path, arena, &mapping, error) : WSYNC_OK;
    wsync_mapping_override(&mapping.sheet, wsync_cli_value(cli, "sheet"));
    wsync_mapping_override(&mapping.header, wsync_cli_value(cli, "header"));
    return err == WSYNC_OK ? wsync_mapping_place(&mapping, place, error) : err;
}

/* Who chooses the header by what stands there is told before it can be refused. */
static void print_head(void *context, const struct wsync_csv_row *row)
{
    const struct wsync_cli *cli = context;
    if (cli->json && row->cell_count > 0) {
        print_row(cli, "head", row);
    }
}

static enum wsync_err print_columns(struct wsync_cli *cli, struct wsync_arena *arena,
                                    struct wsync_error *error)
{
    struct wsync_csv *csv;
    struct wsync_table_place place;
    const char *path = cli->argv[0];
    enum wsync_err err = read_place(cli, arena, &place, error);
    if (err == WSYNC_OK) {
        err = wsync_table_sheets(path, &place.sheet, print_sheet, cli, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_table_heads(path, &place, print_head, cli, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_table_open(path, &place, &csv, error);
    }
    if (err == WSYNC_OK) {
        err = print_rows(cli, csv, error);
        wsync_csv_close(csv);
    }
    return err;
}

static int list_columns(struct wsync_cli *cli)
{
    struct wsync_error error = {{0}};
    struct wsync_arena arena;
    void *block = malloc(MAPPING_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, &error);
    }
    wsync_arena_init(&arena, block, MAPPING_BYTES);
    enum wsync_err err = print_columns(cli, &arena, &error);
    free(block);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* Nothing says how rows would become records, and it begins like none. */
static bool is_answer(const struct wsync_cli *cli)
{
    return !wsync_cli_value(cli, "form") && !wsync_cli_value(cli, "mapping") &&
           wsync_bundle_is(cli->argv[0]);
}

int ward_import(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const char *undo = wsync_cli_value(cli, "undo");
    bool list = wsync_cli_flag(cli, "list");
    if (!undo && !list && cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one CSV file or workbook (.xlsx), or - for "
                                    "standard input.");
    }
    if (!undo && !list && wsync_cli_flag(cli, "columns")) {
        return list_columns(cli);
    }
    if (!undo && !list && is_answer(cli)) {
        return client_import_answer(cli, cli->argv[0]);
    }
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    int code = list   ? list_imports(cli, &site)
               : undo ? undo_import(cli, &site, undo)
                      : import_table(cli, &site);
    wsync_site_close(&site);
    return code;
}

