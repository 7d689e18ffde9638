/* SPDX-License-Identifier: Apache-2.0 */
#include "host/health.h"

#include <stdlib.h>

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

/* Can the store be read?  `error` gets the reason. */
static enum wsync_err try_reading(struct wsync_site *site, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        wsync_site_abort(site);
    }
    return err;
}

static void answer_status(struct wsync_http_answer *answer, enum wsync_err err,
                          const struct wsync_error *error, const char *word)
{
    if (err != WSYNC_OK) {
        wsync_health_problem(answer, 503,
                             error->text[0] ? error->text : wsync_err_text(err, WSYNC_EN));
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "status", word);
    answer_json(answer, 200, "application/json", json);
}

void wsync_health_live(struct wsync_http_answer *answer, struct wsync_site *site,
                       enum wsync_err err, const struct wsync_error *error)
{
    struct wsync_error why = *error;
    answer_status(answer, err == WSYNC_OK ? try_reading(site, &why) : err, &why, "ok");
}

void wsync_health_ready(struct wsync_http_answer *answer, struct wsync_site *site,
                        enum wsync_err err, const struct wsync_error *error, const char *down)
{
    struct wsync_error why = *error;
    err = err == WSYNC_OK ? try_reading(site, &why) : err;
    if (err == WSYNC_OK && !wsync_lock_is_served(site->path)) {
        err = wsync_error_set(&why, WSYNC_ERR_BUSY, "Nobody serves this data directory.");
    }
    if (err == WSYNC_OK && down[0] != '\0') {
        err = wsync_error_set(&why, WSYNC_ERR_BUSY, "%s", down);
    }
    answer_status(answer, err, &why, "ready");
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
