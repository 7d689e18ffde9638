/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong at the district, and what to do. */
#include "host/cli.h"
#include "host/page_doctor.h"
#include "server/pages_care.h"

/* `district doctor`, whose findings are exit codes. */
static enum wsync_err examine(struct server_page *page, struct wsync_action_result *result)
{
    const char *const argv[] = {"doctor", "--json",
                                page->language == WSYNC_VI ? "--lang=vi" : "--lang=en", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .findings = WSYNC_CLI_CRITICAL};
    return server_act(page, &ask, result);
}

static enum wsync_err write_doctor(struct server_page *page)
{
    struct wsync_action_result result;
    bool asked = wsync_page_doctor_asked(page->request);
    enum wsync_err err = asked ? examine(page, &result) : WSYNC_OK;
    if (err != WSYNC_OK && !server_tells(page)) {
        return err;
    }
    server_admin_head(page, server_word(page, "Khám máy", "Doctor"));
    if (asked && err == WSYNC_OK) {
        err = wsync_page_doctor(page->html, page->language, result.out);
    }
    wsync_page_doctor_ask(page->html, page->language, "/admin/doctor");
    wsync_page_end(page->html, &page->frame);
    return page->frame.error ? WSYNC_OK : err;
}

void server_page_doctor(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_doctor);
}
