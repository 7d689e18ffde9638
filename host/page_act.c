/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_act.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/http_wait.h"

enum { UNAVAILABLE = 69, INTERNAL = 70, INPUT_OUTPUT = 74, LATER = 75 }; /* cli.h */

/* What a page says of what did not end by itself, by enum wsync_language; the first also stands
 * for what is not listed. */
static const struct {
    enum wsync_err err;
    const char *text[2];
} WORDS[] = {
    {WSYNC_ERR_LINK,
     {"Trang đang được dừng; hãy xem việc đã được làm chưa.",
      "The pages are being ended; look whether it was done."}},
    {WSYNC_ERR_BUSY,
     {"Đang có vài lệnh chạy; đợi một lát rồi thử lại. Chưa có gì thay đổi.",
      "Several commands are running already; try again in a moment. Nothing was changed."}},
    {WSYNC_ERR_RIGHT,
     {"Trang này không được phép làm việc đó. Chưa có gì thay đổi.",
      "A page may not do that. Nothing was changed."}},
    {WSYNC_ERR_MEMORY,
     {"Máy không đủ bộ nhớ; hãy xem việc đã được làm chưa.",
      "This machine has not enough memory; look whether it was done."}},
    {WSYNC_ERR_OVERSIZE,
     {"Nội dung dài hơn mức một trang nhận được; hãy xem việc đã được làm chưa.",
      "It is more than a page can take; look whether it was done."}},
    {WSYNC_ERR_TIMEOUT,
     {"Lệnh chạy quá lâu nên đã bị dừng; hãy xem việc đã được làm chưa.",
      "The command took too long and was stopped; look whether it was done."}},
};

static enum wsync_err say(const struct wsync_http_request *request, enum wsync_err err,
                          struct wsync_error *error)
{
    size_t at = 0;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        at = WORDS[i].err == err ? i : at;
    }
    return wsync_error_set(error, err, "%s", WORDS[at].text[wsync_page_language(request)]);
}

/* What a person reads of a command that was cut off. */
static enum wsync_err tell_cut_off(enum wsync_language language, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_LINK, "%s",
                           language == WSYNC_VI
                               ? "Lệnh bị ngắt giữa chừng; hãy xem việc đã được làm chưa."
                               : "The command was cut off; look whether it was done.");
}

/* Of a code: is it something that whoever asked can do nothing about? */
static bool is_ours(int exit_code)
{
    return exit_code == UNAVAILABLE || exit_code == INTERNAL || exit_code == INPUT_OUTPUT ||
           exit_code == LATER;
}

/* The command's own sentence, without "ward add: ". */
static enum wsync_err tell(const struct wsync_action_result *result, struct wsync_error *error)
{
    const char *line = strstr(result->talk, ": ");
    line = line ? line + 2 : result->talk;
    return wsync_error_set(error, is_ours(result->exit_code) ? WSYNC_ERR_BUSY : WSYNC_ERR_VALUE,
                           "%.*s", (int)strcspn(line, "\n"), line);
}

/* What became of a command that ended, as far as its code and its words tell. */
static enum wsync_err judge(enum wsync_language language, int findings,
                            struct wsync_action_result *result, struct wsync_error *error)
{
    if (result->exit_code <= findings) {
        return WSYNC_OK;
    }
    if (result->out_fd >= 0) {
        close(result->out_fd);
        result->out_fd = -1;
    }
    if (result->exit_code < WSYNC_ACTION_SIGNALLED && result->talk[0] != '\0') {
        return tell(result, error);
    }
    result->exit_code = 0;
    return tell_cut_off(language, error);
}

/* In the name of who asks. */
static struct wsync_action_ask owned(const struct wsync_http_request *request,
                                     const struct wsync_action_ask *ask)
{
    struct wsync_action_ask own = *ask;
    own.by = request->person.number != 0 ? request->person.number : ask->by;
    return own;
}

enum wsync_err wsync_page_act(struct wsync_actions *actions,
                              const struct wsync_http_request *request,
                              const struct wsync_action_ask *ask,
                              struct wsync_action_result *result, struct wsync_error *error)
{
    struct wsync_action_job *job;
    struct wsync_action_ask own = owned(request, ask);
    *result = (struct wsync_action_result){.out = "", .talk = "", .out_fd = -1};
    if (!wsync_http_can_wait(request)) {
        return say(request, WSYNC_ERR_BUSY, error);
    }
    enum wsync_err err = wsync_actions_begin(actions, &own, &job, error);
    while (err == WSYNC_OK && !wsync_action_is_over(job)) {
        if (!wsync_http_wait(request)) {
            wsync_action_forget(job);
            return say(request, WSYNC_ERR_LINK, error);
        }
    }
    if (err == WSYNC_OK) {
        err = wsync_action_take(actions, job, result, error);
    }
    if (err != WSYNC_OK) {
        result->exit_code = 0;
        return say(request, err, error);
    }
    return judge(wsync_page_language(request), ask->findings, result, error);
}

void wsync_page_act_outcome(enum wsync_err err, struct wsync_page_frame *frame)
{
    enum wsync_page_outcome outcome =
        err == WSYNC_OK || err == WSYNC_ERR_VALUE         ? WSYNC_PAGE_REFUSED
        : err == WSYNC_ERR_BUSY || err == WSYNC_ERR_RIGHT ? WSYNC_PAGE_LATER
                                                          : WSYNC_PAGE_UNSURE;
    frame->outcome = frame->outcome > outcome ? frame->outcome : outcome;
}

enum wsync_err wsync_page_act_begin(struct wsync_actions *actions,
                                    const struct wsync_http_request *request,
                                    const struct wsync_action_ask *ask,
                                    struct wsync_error *error)
{
    struct wsync_action_job *job;
    struct wsync_action_ask own = owned(request, ask);
    enum wsync_err err = wsync_actions_begin(actions, &own, &job, error);
    if (err != WSYNC_OK) {
        return say(request, err, error);
    }
    wsync_action_forget(job);
    return WSYNC_OK;
}
