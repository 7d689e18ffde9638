/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with this machine's part, and what to do. */
#include "client/pages.h"
#include "host/page_doctor.h"

/* `ward doctor`, whose findings are exit codes. */
static enum wsync_err examine(struct desk_page *page, struct wsync_action_result *result)
{
    const char *const argv[] = {"doctor", "--json", desk_lang(page), NULL};
    const struct wsync_action_ask ask = {.argv = argv, .findings = WSYNC_CLI_CRITICAL};
    return desk_act(page, &ask, result);
}

void desk_doctor(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    bool asked = wsync_page_doctor_asked(request);
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = asked ? examine(&page, &result) : WSYNC_OK;
    if (err != WSYNC_OK && !desk_tells(&page)) {
        desk_end(&page, err);
        return;
    }
    desk_head(&page, desk_word(&page, "Khám máy", "Doctor"));
    if (asked && err == WSYNC_OK) {
        err = wsync_page_doctor(page.html, page.language, result.out);
    }
    wsync_page_doctor_ask(page.html, page.language, "/doctor");
    desk_end(&page, page.frame.error ? WSYNC_OK : err);
}
