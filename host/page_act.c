/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_act.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/http_wait.h"

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
     {"Máy không đủ bộ nhớ để làm; hãy thử lại sau.",
      "This machine has not enough memory for it; try again later."}},
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

/* The command's own sentence, without "ward add: ". */
static void tell(enum wsync_language language, const char *talk, struct wsync_error *error)
{
    static const char *const NOT_DONE[] = {"Chưa làm được: ", "Not done: "};
    static const char *const NO_WORD[] = {"Lệnh dừng mà không nói vì sao; hãy thử lại.",
                                          "The command ended without a word; try again."};
    const char *line = strstr(talk, ": ");
    snprintf(error->text, sizeof error->text, "%s%s", NOT_DONE[language],
             line ? line + 2 : talk);
    error->text[strcspn(error->text, "\n")] = '\0';
    if (*talk == '\0') {
        snprintf(error->text, sizeof error->text, "%s", NO_WORD[language]);
    }
}

enum wsync_err wsync_page_act(struct wsync_actions *actions,
                              const struct wsync_http_request *request,
                              const struct wsync_action_ask *ask,
                              struct wsync_action_result *result, struct wsync_error *error)
{
    struct wsync_action_job *job;
    struct wsync_action_ask own = *ask;
    own.by = request->person.number != 0 ? request->person.number : ask->by;
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
        return say(request, err, error);
    }
    if (result->exit_code > ask->findings) {
        if (result->out_fd >= 0) {
            close(result->out_fd);
            result->out_fd = -1;
        }
        tell(wsync_page_language(request), result->talk, error);
        err = WSYNC_ERR_VALUE;
    }
    return err;
}
