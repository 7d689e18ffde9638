/* SPDX-License-Identifier: Apache-2.0 */
/* Printed totals, added up again from an exported log. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/verify/checks.h"
#include "tools/verify/printed.h"
#include "tools/verify/sums.h"
#include "tools/verify/whole_log.h"

const struct cli_option CHECK_TOTALS_OPTIONS[] = {
    {"expect", "FILE", "the totals as printed: JSON lines or the table"},
    {"form", "FORM", "which form the table is of (JSON says it itself)"},
    {"by", "day|week|month|all", "the period it was printed with (week)"},
    {"indicator", "FIELD", "the field it was printed with"},
    {"unit", "UNIT", "the id of the ward it was printed with, split by the units below it"},
    {"ward", NULL, "it was printed by a ward: split by the units below it"},
    {"from", "DATE", "the first day it was printed with, as 2022-01-31"},
    {"to", "DATE", "the last day"},
    {"complete", NULL, "nothing may be left out of the log, as for the command log"},
    {NULL, NULL, NULL},
};

struct check {
    struct cli *cli;
    struct views views;
    struct whole_log log;
    struct audit_fault fault;
    struct printed printed;
    struct sums sums;
    struct printed_row given, again;
};

static int fail(struct check *check)
{
    return cli_fault(check->cli, &check->fault);
}

/* Where the row stands, for people. */
static const char *place_of(const struct check *check, const struct printed_row *row,
                            char text[PRINTED_VALUE_BYTES])
{
    if (!check->printed.json) {
        return row->cells[0].value;
    }
    const char *from = "";
    const char *name = "";
    for (size_t i = 0; i < row->count; i++) {
        from = strcmp(row->cells[i].name, "_from") == 0 ? row->cells[i].value : from;
        name = strcmp(row->cells[i].name, "_name") == 0 ? row->cells[i].value : name;
    }
    snprintf(text, PRINTED_VALUE_BYTES, "%.40s %.200s", from, name);
    return text;
}

/* The first cell of two rows that differs. */
static bool compare(struct check *check)
{
    char place[PRINTED_VALUE_BYTES];
    const struct printed_row *given = &check->given;
    const struct printed_row *again = &check->again;
    size_t count = given->count < again->count ? given->count : again->count;
    for (size_t i = 0; i < count; i++) {
        const struct printed_cell *one = &given->cells[i];
        const struct printed_cell *other = &again->cells[i];
        if (strcmp(one->name, other->name) != 0) {
            return audit_fail(&check->fault, WSYNC_ERR_VALUE,
                              "It has \"%.60s\" where the log gives \"%.60s\".", one->name,
                              other->name);
        }
        if (strcmp(one->value, other->value) != 0) {
            return audit_fail(&check->fault, WSYNC_ERR_VALUE,
                              "%.100s: %.60s is \"%.60s\", the log gives \"%.60s\".",
                              place_of(check, again, place), one->name, one->value,
                              other->value);
        }
    }
    return given->count == again->count ||
           audit_fail(&check->fault, WSYNC_ERR_VALUE,
                      "The row has %zu cells where the log gives %zu.", given->count,
                      again->count);
}

static bool compare_rows(struct check *check, uint64_t *rows)
{
    char place[PRINTED_VALUE_BYTES];
    for (*rows = 0;; ++*rows) { /* ends: each turn takes a row of each */
        bool end;
        bool done;
        if (!printed_next(&check->printed, &check->given, &end, &check->fault)) {
            return false;
        }
        done = !sums_row(&check->sums, (size_t)*rows, check->printed.json, &check->again);
        if (done && end) {
            return true;
        }
        check->fault.unit = "line";
        check->fault.at = check->printed.line + end;
        if (end) {
            return audit_fail(&check->fault, WSYNC_ERR_VALUE,
                              "It ends here; the log gives one more row: %.100s.",
                              place_of(check, &check->again, place));
        }
        if (done) {
            return audit_fail(&check->fault, WSYNC_ERR_VALUE,
                              "The log gives no such row: %.100s.",
                              place_of(check, &check->given, place));
        }
        if (!compare(check)) {
            return false;
        }
        check->fault.unit = NULL;
    }
}

/* The form the first JSON line names; the file is then read from its beginning again. */
static const char *form_of(struct check *check, char name[PRINTED_VALUE_BYTES])
{
    bool end = true;
    const char *form = cli_value(check->cli, "form");
    if (form || !check->printed.json) {
        return form;
    }
    if (printed_next(&check->printed, &check->given, &end, &check->fault) && !end &&
        check->given.count > 0 && strcmp(check->given.cells[0].name, "_form") == 0) {
        snprintf(name, PRINTED_VALUE_BYTES, "%s", check->given.cells[0].value);
        form = name;
    }
    rewind(check->printed.file);
    check->printed.line = 0;
    return form;
}

static int run(struct check *check, const struct sums_query *query)
{
    uint64_t rows;
    bool complete = cli_value(check->cli, "complete") != NULL;
    check->log.views = &check->views;
    if (!whole_log_check(&check->log, &check->cli->trust, check->cli->argv[0], complete,
                         &check->fault)) {
        return fail(check);
    }
    if (!sums_add_up(&check->sums, &check->log.audit, query, &check->fault)) {
        return fail(check);
    }
    check->fault.file = cli_value(check->cli, "expect");
    if (!compare_rows(check, &rows)) {
        return fail(check);
    }
    cli_begin(check->cli);
    cli_text(check->cli, "file", wsync_slice_of(check->fault.file));
    cli_text(check->cli, "form", wsync_slice_of(query->form));
    cli_number(check->cli, "rows", rows);
    cli_number(check->cli, "changes", check->log.audit.changes);
    return cli_end(check->cli);
}

static int check_file(struct check *check)
{
    char name[PRINTED_VALUE_BYTES];
    struct sums_query query = {.indicator = cli_value(check->cli, "indicator")};
    const char *unit = cli_value(check->cli, "unit");
    const char *by = cli_value(check->cli, "by");
    char *end = NULL;
    if (!printed_open(&check->printed, cli_value(check->cli, "expect"), &check->fault)) {
        return fail(check);
    }
    query.form = form_of(check, name);
    query.by_subject = unit || cli_value(check->cli, "ward");
    query.unit = unit ? (uint32_t)strtoul(unit, &end, 10) : 0;
    if (!query.form) {
        return cli_usage(check->cli, "Say with --form which form the totals are of.");
    }
    if (unit && (!*unit || *end || query.unit == 0)) {
        return cli_usage(check->cli, "--unit takes the number of a unit, not \"%s\".", unit);
    }
    if (!sums_period(by ? by : "week", &query.period) ||
        !sums_day(cli_value(check->cli, "from"), WSYNC_NO_DAY, &query.first_day) ||
        !sums_day(cli_value(check->cli, "to"), INT32_MAX, &query.last_day)) {
        return cli_usage(check->cli, "--by is day, week, month or all; a day is written as "
                                     "2022-01-31.");
    }
    return run(check, &query);
}

int check_totals(struct cli *cli)
{
    if (cli->argc != 1 || !cli_value(cli, "expect")) {
        return cli_usage(cli, "Expected one exported log, and --expect FILE.");
    }
    struct check *check = calloc(1, sizeof *check);
    int code = AUDIT_INPUT;
    if (check) {
        check->cli = cli;
        code = check_file(check);
        printed_close(&check->printed);
        sums_fini(&check->sums);
        whole_log_close(&check->log);
        views_fini(&check->views);
    }
    free(check);
    return code;
}
