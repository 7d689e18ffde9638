/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a list as a file. */
#include <stdio.h>

#include "host/export.h"
#include "server/pages_file.h"
#include "server/records.h"

static enum wsync_err put_records(struct server_page *page, FILE *out)
{
    struct server_records asked;
    char form[WSYNC_NAME_BYTES_MAX + 1];
    uint64_t records;
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
    const struct wsync_export_options options = {.kind = WSYNC_EXPORT_CSV,
                                                 .csv_mode = WSYNC_CSV_EXCEL,
                                                 .labels = true,
                                                 .language = page->language,
                                                 .form = form,
                                                 .days = &asked.query,
                                                 .out = out};
    return wsync_export_run(page->site, &options, &records, &page->error);
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
