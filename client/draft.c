/* SPDX-License-Identifier: Apache-2.0 */
/* `ward draft`: what was typed and not saved yet (host/drafts.h). */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/enter.h"
#include "host/clock.h"
#include "host/drafts.h"
#include "host/entropy.h"
#include "host/json.h"
#include "host/records.h"
#include "host/view.h"

enum { INPUT_BYTES_MAX = 64 << 10 };

const struct wsync_cli_option WARD_DRAFT_OPTIONS[] = {
    {"by", "STAFF",
     "put: whose it is: number or name on the staff list (also: WARDSYNC_STAFF)"},
    {"token", "TOKEN", "put: the draft to write over, or a token of 32 digits for a new one"},
    {"seen", "STATE", "put: 16 digits that say what the record showed beside it"},
    {NULL, NULL, NULL},
};

/* A draft being put together. */
struct making {
    const struct wsync_form *form;
    struct wsync_error *error;
    uint8_t bytes[WSYNC_DRAFT_BYTES_MAX];
    size_t len;
    struct wsync_form_draft draft;
};

static enum wsync_err take_field(void *context, struct wsync_slice name,
                                 struct wsync_slice text)
{
    struct making *making = context;
    if (!wsync_form_field_named(making->form, name)) {
        return wsync_error_set(
            making->error, WSYNC_ERR_FIELD, "The form %.*s has no field \"%.*s\".",
            (int)making->form->name.len, (const char *)making->form->name.data, (int)name.len,
            (const char *)name.data);
    }
    enum wsync_err err = wsync_form_draft_field_put(making->bytes, &making->len, name, text);
    if (err == WSYNC_ERR_OVERSIZE) {
        return wsync_error_set(making->error, err,
                               "A draft takes at most %d KiB; save a part of it as a record.",
                               WSYNC_DRAFT_BYTES_MAX >> 10);
    }
    return err;
}

/* The form it is for: by its name, or that of a record. */
static enum wsync_err find_form(struct wsync_site *site, const char *what,
                                struct making *making)
{
    struct wsync_dot id;
    struct wsync_record record;
    if (!strchr(what, '-')) {
        return wsync_view_form(site, what, &making->form, making->error);
    }
    enum wsync_err err = wsync_record_named(site->txn, what, &id, making->error);
    if (err == WSYNC_OK) {
        err = wsync_record_get(site->txn, id, 0, &site->arena, &record);
    }
    if (err == WSYNC_OK) {
        err = wsync_catalog_newest(site->catalog, site->txn, record.form, &making->form);
    }
    return err;
}

static enum wsync_err read_input(struct making *making)
{
    static char input[INPUT_BYTES_MAX];
    size_t len = fread(input, 1, sizeof input, stdin);
    if (len == sizeof input) {
        return wsync_error_set(making->error, WSYNC_ERR_OVERSIZE,
                               "A draft takes at most %d KiB; save a part of it as a record.",
                               WSYNC_DRAFT_BYTES_MAX >> 10);
    }
    enum wsync_err err =
        wsync_json_texts(wsync_slice(input, len), take_field, making, making->error);
    making->draft.fields = wsync_slice(making->bytes, making->len);
    return err;
}

/* Token and state as given. */
static enum wsync_err read_options(const struct wsync_cli *cli, struct making *making)
{
    const char *token = wsync_cli_value(cli, "token");
    const char *seen = wsync_cli_value(cli, "seen");
    uint8_t state[(WSYNC_DRAFT_SEEN_BYTES - 1) / 2];
    struct wsync_entropy entropy;
    if (seen && !wsync_hex_decode(wsync_slice_of(seen), state, sizeof state)) {
        return wsync_error_set(making->error, WSYNC_ERR_INVALID,
                               "\"%s\" is no state of a record: expected 16 digits.", seen);
    }
    if (token && !wsync_form_token_read(token, &making->draft.token)) {
        return wsync_error_set(making->error, WSYNC_ERR_INVALID,
                               "\"%s\" is no token: expected 32 digits.", token);
    }
    if (!token) {
        wsync_entropy_draw(&entropy);
        memcpy(making->draft.token.b, entropy.b, sizeof making->draft.token.b);
    }
    snprintf(making->draft.seen, sizeof making->draft.seen, "%s", seen ? seen : "");
    making->draft.kept = wsync_clock_wall_s();
    return WSYNC_OK;
}

static enum wsync_err keep(struct wsync_site *site, struct making *making)
{
    enum wsync_err err = wsync_form_draft_put(site->txn, &making->draft);
    if (err == WSYNC_ERR_EXISTS) {
        return wsync_error_set(making->error, err,
                               "What this draft is of was saved already; nothing is kept.");
    }
    if (err == WSYNC_ERR_CROWDED) {
        return wsync_error_set(making->error, err,
                               "There are %d drafts already; save some of them or throw them "
                               "away.",
                               WSYNC_DRAFTS_MAX);
    }
    return err == WSYNC_OK ? wsync_site_commit(site, making->error) : err;
}

static enum wsync_err put(struct wsync_cli *cli, struct wsync_site *site,
                          struct wsync_error *error)
{
    static struct making making;
    char token[WSYNC_FORM_TOKEN_BYTES];
    const char *what = cli->argv[1];
    making = (struct making){.error = error};
    enum wsync_err err = read_options(cli, &making);
    if (err == WSYNC_OK) {
        err = enter_actor(cli, site, &making.draft.by, error);
    }
    if (err == WSYNC_OK) {
        err = find_form(site, what, &making);
    }
    if (err == WSYNC_OK) {
        err = read_input(&making);
    }
    if (err == WSYNC_OK) { /* it was found: no longer than a name or an id */
        snprintf(making.draft.what, sizeof making.draft.what, "%s", what);
        err = keep(site, &making);
    }
    if (err == WSYNC_OK) {
        printf("%s\n", wsync_form_token_text(&making.draft.token, token));
        wsync_cli_say(cli, cli->language == WSYNC_VI ? "Đã giữ nháp tại máy."
                                                     : "The draft is kept on this machine.");
    }
    return err;
}

/* ---- what is kept ---- */

static struct wsync_json *json_of(const struct wsync_form_draft *draft)
{
    char token[WSYNC_FORM_TOKEN_BYTES], when[WSYNC_VIEW_TIME_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_view_time(draft->kept, when);
    wsync_json_string(json, "_token", wsync_form_token_text(&draft->token, token));
    wsync_json_string(json, "_for", draft->what);
    wsync_json_number(json, "_by", draft->by);
    wsync_json_string(json, "_kept", when);
    wsync_json_number(json, "_age_s", wsync_clock_wall_s() - draft->kept);
    return json;
}

static enum wsync_err list(struct wsync_cli *cli, struct wsync_site *site)
{
    static struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX];
    char token[WSYNC_FORM_TOKEN_BYTES], when[WSYNC_VIEW_TIME_BYTES];
    size_t count;
    enum wsync_err err = wsync_form_drafts_list(site->txn, drafts, &count);
    for (size_t i = 0; err == WSYNC_OK && i < count; i++) {
        if (cli->json) {
            wsync_json_print(json_of(&drafts[i]), stdout);
            continue;
        }
        wsync_view_time(drafts[i].kept, when);
        printf("%s  %s  %-20s  %llu %s\n", wsync_form_token_text(&drafts[i].token, token), when,
               drafts[i].what, (unsigned long long)drafts[i].fields.len,
               cli->language == WSYNC_VI ? "byte" : "bytes");
    }
    return err;
}

static void show(const struct wsync_cli *cli, const struct wsync_form_draft *draft)
{
    struct wsync_slice fields = draft->fields, name, text;
    struct wsync_json *json = cli->json ? json_of(draft) : NULL;
    while (wsync_form_draft_field_next(&fields, &name, &text)) {
        if (json) {
            char key[WSYNC_NAME_BYTES_MAX + 1];
            snprintf(key, sizeof key, "%.*s", (int)name.len, (const char *)name.data);
            wsync_json_text(json, key, text);
        } else {
            printf("%.*s=%.*s\n", (int)name.len, (const char *)name.data, (int)text.len,
                   (const char *)text.data);
        }
    }
    if (json) {
        wsync_json_print(json, stdout);
    }
}

static enum wsync_err show_or_drop(struct wsync_cli *cli, struct wsync_site *site,
                                   struct wsync_error *error)
{
    struct wsync_form_token token;
    struct wsync_form_draft draft;
    bool drops = strcmp(cli->argv[0], "drop") == 0;
    if (!wsync_form_token_read(cli->argv[1], &token)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no token: expected 32 digits.", cli->argv[1]);
    }
    enum wsync_err err = drops ? wsync_form_draft_drop(site->txn, &token)
                               : wsync_form_draft_get(site->txn, &token, &draft);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err,
                               "There is no such draft; \"ward draft list\" shows those "
                               "there are.");
    }
    if (err == WSYNC_OK && !drops) {
        show(cli, &draft);
    }
    return err == WSYNC_OK && drops ? wsync_site_commit(site, error) : err;
}

int ward_draft(struct wsync_cli *cli)
{
    static const char *const VERBS[] = {"list", "put", "show", "drop"};
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const char *verb = cli->argc > 0 ? cli->argv[0] : VERBS[0];
    size_t which = 0;
    while (which < sizeof VERBS / sizeof *VERBS && strcmp(verb, VERBS[which]) != 0) {
        which++;
    }
    if (which == sizeof VERBS / sizeof *VERBS || cli->argc > (which == 0 ? 1 : 2) ||
        (which > 0 && cli->argc < 2)) {
        return wsync_cli_usage(cli,
                               "Expected list, put FORM|RECORD, show TOKEN or drop TOKEN.");
    }
    bool writes = which == 1 || which == 3;
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, writes ? WSYNC_TXN_WRITE : WSYNC_TXN_READ, &error);
    if (err == WSYNC_OK) {
        err = which == 0   ? list(cli, &site)
              : which == 1 ? put(cli, &site, &error)
                           : show_or_drop(cli, &site, &error);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
