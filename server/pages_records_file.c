/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a list as a file. */
#include <stdio.h>

#include "host/export.h"
#include "host/xlsx_write.h"
#include "server/pages_file.h"
#include "server/records.h"

/* Exports what the address asks for, as far as `options` does not say. */
static enum wsync_err export_records(struct server_page *page,
                                     struct wsync_export_options *options, size_t records_max,
                                     uint64_t *records)
{
    struct server_records asked;
    char form[WSYNC_NAME_BYTES_MAX + 1];
    enum wsync_err err = server_records_read(page, &asked);
    if (err == WSYNC_OK && !asked.form) {
        err = wsync_error_set(&page->error, WSYNC_ERR_INVALID, "%s",
                              server_word(page, "Hãy chọn một biểu mẫu.", "Choose a form."));
    }
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(form, sizeof form, "%.*s", (int)asked.form->name.len,
             (const char *)asked.form->name.data);
    asked.query.look_max = records_max;
    options->kind = WSYNC_EXPORT_CSV;
    options->labels = true;
    options->language = page->language;
    options->form = form;
    options->days = &asked.query;
    return wsync_export_run(page->site, options, records, &page->error);
}

static enum wsync_err put_records(struct server_page *page, FILE *out)
{
    uint64_t records;
    struct wsync_export_options options = {.csv_mode = WSYNC_CSV_EXCEL, .out = out};
    return export_records(page, &options, SIZE_MAX, &records);
}

static enum wsync_err write_csv(struct server_page *page)
{
    return server_page_file(page, "records.csv", put_records);
}

void server_page_records_csv(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_csv);
}

/* ---- as a workbook ---- */

static enum wsync_err put_book(struct server_page *page, struct wsync_xlsx *xlsx)
{
    uint64_t records;
    const size_t records_max = WSYNC_XLSX_ROWS_MAX - 2; /* beside the heads and the last row */
    const struct wsync_csv_cells cells = {wsync_xlsx_put, wsync_xlsx_put_end, xlsx};
    struct wsync_export_options options = {.cells = &cells};
    enum wsync_err err = export_records(page, &options, records_max, &records);
    if (err == WSYNC_OK && records == records_max) {
        wsync_xlsx_text(xlsx, wsync_slice_of(server_word(
                                  page, "Chỉ có chừng này dòng; hãy thu hẹp số ngày.",
                                  "Only so many rows are here; choose fewer days.")));
        wsync_xlsx_end_row(xlsx);
    }
    return err;
}

static enum wsync_err write_xlsx(struct server_page *page)
{
    return server_page_book(page, "records.xlsx", server_word(page, "Hồ sơ", "Records"),
                            put_book);
}

void server_page_records_xlsx(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_xlsx);
}
