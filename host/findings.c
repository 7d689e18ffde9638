/* SPDX-License-Identifier: Apache-2.0 */
#include "host/findings.h"

#include <inttypes.h>

void wsync_findings_init(struct wsync_findings *findings, FILE *out, enum wsync_csv_mode mode)
{
    static const char *const NAMES[] = {"row", "line", "column", "value", "reason"};
    findings->count = 0;
    wsync_csv_writer_init(&findings->csv, out, mode);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        wsync_csv_put(&findings->csv, wsync_slice_of(NAMES[i]), WSYNC_CSV_TEXT);
    }
    wsync_csv_end_row(&findings->csv);
}

static void put_number(struct wsync_csv_writer *csv, uint64_t number)
{
    char text[24] = "";
    if (number > 0) {
        snprintf(text, sizeof text, "%" PRIu64, number);
    }
    wsync_csv_put(csv, wsync_slice_of(text), WSYNC_CSV_NUMBER);
}

void wsync_findings_take(void *context, const struct wsync_finding *finding)
{
    struct wsync_findings *findings = context;
    findings->count++;
    put_number(&findings->csv, finding->row);
    put_number(&findings->csv, finding->line);
    wsync_csv_put(&findings->csv, finding->column, WSYNC_CSV_TEXT);
    wsync_csv_put(&findings->csv, finding->value, WSYNC_CSV_TEXT);
    wsync_csv_put(&findings->csv, finding->reason, WSYNC_CSV_TEXT);
    wsync_csv_end_row(&findings->csv);
}

enum wsync_err wsync_findings_fini(struct wsync_findings *findings, struct wsync_error *error)
{
    return wsync_csv_writer_fini(&findings->csv, error);
}

void wsync_finding_print(const struct wsync_finding *finding, struct wsync_error *sentence)
{
    int column_len = (int)finding->column.len, len = (int)finding->reason.len;
    const char *reason = (const char *)finding->reason.data;
    if (column_len > 0) {
        wsync_error_set(sentence, WSYNC_OK, "Row %" PRIu64 ", column %.*s: %.*s", finding->row,
                        column_len, (const char *)finding->column.data, len, reason);
    } else {
        wsync_error_set(sentence, WSYNC_OK, "Row %" PRIu64 ": %.*s", finding->row, len, reason);
    }
}
