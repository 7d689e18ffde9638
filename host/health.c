/* SPDX-License-Identifier: Apache-2.0 */
#include "host/health.h"

#include <stdlib.h>

#include "host/journal.h"
#include "host/json.h"
#include "host/lock.h"
#include "wardsync/limits.h"

/* Makes the answer this object, which is freed. */
static void answer_json(struct wsync_http_answer *answer, unsigned status, const char *type,
                        struct wsync_json *json)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    wsync_html_fini(&answer->html);
    answer->status = out ? status : 503;
    answer->type = type;
    if (!out) {
        out = stderr; /* no memory: the status has to do */
    }
    wsync_json_print(json, out);
    if (out != stderr) {
        (void)fclose(out);
        answer->html.text = text; /* NULL: the same */
        answer->html.len = text ? len : 0;
    }
}

void wsync_health_problem(struct wsync_http_answer *answer, unsigned status, const char *detail)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "type", "about:blank");
    wsync_json_string(json, "title",
                      status == 503   ? "Service Unavailable"
                      : status == 403 ? "Forbidden"
                                      : "Error");
    wsync_json_number(json, "status", status);
    wsync_json_string(json, "detail", detail);
    answer_json(answer, status, "application/problem+json", json);
}

/* What is wrong with the store is said to the journal, once until it is another thing: whoever
 * asks may be anybody, and the sentence names folders of this machine. */
static void note(enum wsync_err err, const struct wsync_error *error)
{
    static enum wsync_err said = WSYNC_OK;
    if (err != WSYNC_OK && err != said) {
        WSYNC_JOURNAL(WARNING, "unwell", wsync_journal_text("error", wsync_err_name(err)),
                      wsync_journal_text("why", error->text));
    }
    said = err;
}

/* `problem` is "" or a sentence for anybody. */
static void answer_status(struct wsync_http_answer *answer, const char *problem,
                          const char *word)
{
    if (problem[0] != '\0') {
        wsync_health_problem(answer, 503, problem);
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "status", word);
    answer_json(answer, 200, "application/json", json);
}

/* Can the store be read?  "" or what is wrong. */
static const char *try_reading(struct wsync_site *site, enum wsync_err err,
                               const struct wsync_error *error)
{
    struct wsync_error why = *error;
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, &why);
        if (err == WSYNC_OK) {
            wsync_site_abort(site);
        }
    }
    note(err, &why);
    return err == WSYNC_OK ? "" : wsync_err_text(err, WSYNC_EN);
}

void wsync_health_live(struct wsync_http_answer *answer, struct wsync_site *site,
                       enum wsync_err err, const struct wsync_error *error)
{
    answer_status(answer, try_reading(site, err, error), "ok");
}

void wsync_health_ready(struct wsync_http_answer *answer, struct wsync_site *site,
                        enum wsync_err err, const struct wsync_error *error, const char *down)
{
    const char *problem = try_reading(site, err, error);
    if (problem[0] == '\0') {
        problem = !wsync_lock_is_served(site->path) ? "Nobody serves this data directory."
                  : wsync_lock_is_ending(site->path)
                      ? "The program that serves this data directory is about to end."
                      : down;
    }
    answer_status(answer, problem, "ready");
}

void wsync_health_version(struct wsync_http_answer *answer, const char *program)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "program", program);
    wsync_json_string(json, "version", WSYNC_VERSION);
    wsync_json_number(json, "protocol", WSYNC_PROTOCOL_VERSION);
    wsync_json_number(json, "format", WSYNC_FORMAT_VERSION);
    answer_json(answer, 200, "application/json", json);
}
