/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/enter.h"
#include "host/drafts.h"
#include "host/file.h"
#include "host/given.h"
#include "host/json.h"
#include "host/records.h"
#include "host/view.h"

const struct wsync_cli_option WARD_EDIT_OPTIONS[] = {
    {"by", "STAFF", "who does it: number or name on the staff list (also: WARDSYNC_STAFF)"},
    {NULL, NULL, NULL},
};

const struct wsync_cli_option WARD_ADD_OPTIONS[] = {
    {"by", "STAFF", "who does it: number or name on the staff list (also: WARDSYNC_STAFF)"},
    {"draft", "TOKEN", "what is saved: its draft goes, and saved again it is the same record"},
    {"keep-metadata", NULL, "keep in a photo what the phone wrote: place, time, camera"},
    {NULL, NULL, NULL},
};

const struct wsync_cli_option WARD_RESOLVE_OPTIONS[] = {
    {"by", "STAFF", "who does it: number or name on the staff list (also: WARDSYNC_STAFF)"},
    {"keep-metadata", NULL, "keep in a photo what the phone wrote: place, time, camera"},
    {"shown", NULL, "keep the value that is shown, in every field"},
    {"alive", NULL, "keep a record that somebody deleted"},
    {"delete", NULL, "delete it after all"},
    {NULL, NULL, NULL},
};

static const char OWN_FILES[] = "/proc/self/fd/"; /* as given.h has them */

/* One change to one record, from the words of the command line to the saved id. */
struct desk {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct wsync_error error;
    const struct wsync_form *form;
    struct wsync_record record;
    struct wsync_dot bases[WSYNC_BASES_MAX];
    size_t base_count;
    struct enter_writes writes;
    uint32_t actor;
    bool has_draft; /* the words come from a form that this token names */
    struct wsync_form_token draft;
};

static enum wsync_err open_desk(struct desk *desk, struct wsync_cli *cli)
{
    *desk = (struct desk){.cli = cli};
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, &desk->site, &desk->error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(&desk->site, WSYNC_TXN_WRITE, &desk->error);
    }
    return err == WSYNC_OK ? enter_actor(cli, &desk->site, &desk->actor, &desk->error) : err;
}

static enum wsync_err load_record(struct desk *desk)
{
    struct wsync_dot id;
    struct wsync_site *site = &desk->site;
    enum wsync_err err = wsync_record_named(site->txn, desk->cli->argv[0], &id, &desk->error);
    if (err == WSYNC_OK) {
        err = wsync_record_get(site->txn, id, 0, &site->arena, &desk->record);
    }
    if (err == WSYNC_OK) { /* an edit is made with the newest version of the form */
        err = wsync_catalog_newest(site->catalog, site->txn, desk->record.form, &desk->form);
    }
    return err;
}

static enum wsync_err require_alive(struct desk *desk, bool alive)
{
    bool contested;
    bool is_alive = wsync_record_life(&desk->record, &contested, NULL) == WSYNC_LIFE_ALIVE;
    if (is_alive == alive) {
        return WSYNC_OK;
    }
    return wsync_error_set(&desk->error, WSYNC_ERR_INVALID,
                           alive ? "%s is deleted; \"ward undelete %s\" brings it back."
                                 : "%s%s is not deleted.",
                           alive ? desk->cli->argv[0] : "", desk->cli->argv[0]);
}

/* Names a live value's dot, once. */
static enum wsync_err add_base(struct desk *desk, struct wsync_dot dot)
{
    for (size_t i = 0; i < desk->base_count; i++) {
        if (wsync_dot_equal(desk->bases[i], dot)) {
            return WSYNC_OK;
        }
    }
    if (desk->base_count == WSYNC_BASES_MAX) {
        return wsync_error_set(&desk->error, WSYNC_ERR_CROWDED, "%s",
                               wsync_err_text(WSYNC_ERR_CROWDED, desk->cli->language));
    }
    desk->bases[desk->base_count++] = dot;
    return WSYNC_OK;
}

static bool is_written(const struct desk *desk, uint32_t field)
{
    for (size_t i = 0; i < desk->writes.count; i++) {
        if (desk->writes.items[i].field == field) {
            return true;
        }
    }
    return false;
}

/* The values the person was shown in the fields to be written; all of them for a delete. */
static enum wsync_err name_bases(struct desk *desk, bool all, bool marks)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < desk->record.live_count && err == WSYNC_OK; i++) {
        const struct wsync_live *live = &desk->record.live[i];
        bool mark = live->field == WSYNC_LIVENESS_FIELD;
        if (mark ? marks : all || is_written(desk, live->field)) {
            err = add_base(desk, live->dot);
        }
    }
    return err;
}

/* Everything behind the form or record on the command line. */
static enum wsync_err read_words(struct desk *desk)
{
    struct wsync_photo_desk photos = enter_photos(desk->cli, &desk->site);
    struct enter_words words = {desk->cli->argv + 1, (size_t)desk->cli->argc - 1, &photos};
    return enter_read(&desk->site, desk->form, words, &desk->writes, &desk->error);
}

static void tell(const struct desk *desk, const char *id)
{
    if (desk->cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "id", id);
        wsync_json_bool(json, "saved", true);
        wsync_json_print(json, stdout);
    } else {
        printf("%s\n", id);
    }
    wsync_cli_say(desk->cli, "Saved on this machine.");
}

/* FNV-1a: tells apart, proves nothing. */
static void mix(uint64_t *sum, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        *sum = (*sum ^ at[i]) * 1099511628211ULL;
    }
}

/* A file that a page sent has no name of its own: what is in it tells it from another. */
static void mix_file(uint64_t *sum, const char *word)
{
    uint8_t bytes[4096];
    const char *path = strchr(word, '=');
    ssize_t len = 0;
    if (!path || !wsync_given_by_page() || strncmp(path + 1, OWN_FILES, sizeof OWN_FILES - 1)) {
        return;
    }
    WSYNC_CLOSED int fd = open(path + 1, O_RDONLY | O_CLOEXEC);
    for (uint64_t at = 0; fd >= 0; at += (uint64_t)len) { /* ends: each turn passes bytes */
        len = wsync_file_read_at(fd, bytes, sizeof bytes, at);
        if (len <= 0) {
            return;
        }
        mix(sum, bytes, (size_t)len);
    }
}

/* Tells the words of two commands apart. */
static uint64_t words_of(const struct desk *desk)
{
    uint64_t sum = 14695981039346656037ULL;
    for (int i = 0; i < desk->cli->argc; i++) {
        mix(&sum, desk->cli->argv[i], strlen(desk->cli->argv[i]) + 1);
        mix_file(&sum, desk->cli->argv[i]);
    }
    return sum;
}

static enum wsync_err save(struct desk *desk, const struct wsync_intent *intent)
{
    struct wsync_dot written;
    char id[WSYNC_RECORD_ID_BYTES];
    const struct wsync_site_change change = {desk->site.conf.scope, desk->actor, intent, 1};
    enum wsync_err err = wsync_site_write(&desk->site, &change, &written, &desk->error);
    struct wsync_dot record = intent->creates ? written : intent->record;
    if (err == WSYNC_OK) {
        err = wsync_record_name(desk->site.txn, record, id);
    }
    if (err == WSYNC_OK && desk->has_draft) { /* the draft goes with the record's coming */
        const struct wsync_entered entered = {record, words_of(desk)};
        err = wsync_entered_put(desk->site.txn, &desk->draft, &entered);
    }
    if (err != WSYNC_OK || desk->cli->dry_run) {
        wsync_site_abort(&desk->site);
        return err;
    }
    err = wsync_site_commit(&desk->site, &desk->error);
    if (err == WSYNC_OK) {
        tell(desk, id);
    }
    return err;
}

static enum wsync_err read_token(struct desk *desk)
{
    const char *token = wsync_cli_value(desk->cli, "draft");
    desk->has_draft = token != NULL;
    if (token && !wsync_form_token_read(token, &desk->draft)) {
        return wsync_error_set(&desk->error, WSYNC_ERR_INVALID,
                               "\"%s\" is no token: expected 32 digits.", token);
    }
    return WSYNC_OK;
}

/* Was this form saved before?  The same words are told to be saved, other ones to be other. */
static enum wsync_err find_saved(struct desk *desk, bool *saved)
{
    struct wsync_entered entered;
    char id[WSYNC_RECORD_ID_BYTES];
    enum wsync_err err = desk->has_draft
                             ? wsync_entered_get(desk->site.txn, &desk->draft, &entered)
                             : WSYNC_ERR_NOT_FOUND;
    *saved = err == WSYNC_OK;
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_record_name(desk->site.txn, entered.record, id);
    if (err == WSYNC_OK && entered.words != words_of(desk)) {
        return wsync_error_set(&desk->error, WSYNC_ERR_EXISTS,
                               "This form was saved before, with other words, as %s; edit that "
                               "record, or save again for a second one.",
                               id);
    }
    if (err == WSYNC_OK) {
        tell(desk, id);
    }
    return err;
}

static int close_desk(struct desk *desk, enum wsync_err err)
{
    if (desk->site.store) {
        wsync_site_close(&desk->site);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(desk->cli, err, &desk->error);
}

static enum wsync_err add(struct desk *desk)
{
    enum wsync_err err =
        wsync_view_form(&desk->site, desk->cli->argv[0], &desk->form, &desk->error);
    if (err == WSYNC_OK) {
        err = read_words(desk);
    }
    for (size_t i = 0; err == WSYNC_OK && i < desk->form->field_count; i++) {
        const struct wsync_field *field = &desk->form->fields[i];
        if (field->required && !is_written(desk, field->number)) {
            err = wsync_error_set(&desk->error, WSYNC_ERR_VALUE, "The field %.*s is required.",
                                  (int)field->name.len, (const char *)field->name.data);
        }
    }
    if (err != WSYNC_OK) {
        return err;
    }
    const struct wsync_intent intent = {.form = desk->form->number,
                                        .version = desk->form->version,
                                        .creates = true,
                                        .writes = desk->writes.items,
                                        .write_count = desk->writes.count};
    return save(desk, &intent);
}

int ward_add(struct wsync_cli *cli)
{
    struct desk desk;
    bool saved = false;
    if (cli->argc < 2) {
        return wsync_cli_usage(cli, "Expected a form and at least one FIELD=VALUE.");
    }
    enum wsync_err err = open_desk(&desk, cli);
    if (err == WSYNC_OK) {
        err = read_token(&desk);
    }
    if (err == WSYNC_OK) {
        err = find_saved(&desk, &saved);
    }
    if (err == WSYNC_OK && !saved) {
        err = add(&desk);
    }
    return close_desk(&desk, err);
}

int ward_edit(struct wsync_cli *cli)
{
    struct desk desk;
    if (cli->argc < 2) {
        return wsync_cli_usage(cli, "Expected a record and at least one FIELD=VALUE.");
    }
    enum wsync_err err = open_desk(&desk, cli);
    if (err == WSYNC_OK) {
        err = read_token(&desk);
    }
    if (err == WSYNC_OK) {
        err = load_record(&desk);
    }
    if (err == WSYNC_OK) {
        err = require_alive(&desk, true);
    }
    if (err == WSYNC_OK) {
        err = read_words(&desk);
    }
    if (err == WSYNC_OK) {
        err = name_bases(&desk, false, false);
    }
    if (err == WSYNC_OK) {
        const struct wsync_intent intent = {.form = desk.form->number,
                                            .version = desk.form->version,
                                            .record = desk.record.id,
                                            .bases = desk.bases,
                                            .base_count = desk.base_count,
                                            .writes = desk.writes.items,
                                            .write_count = desk.writes.count};
        err = save(&desk, &intent);
    }
    return close_desk(&desk, err);
}

/* Delete and undelete differ in what must hold before and in which dots they name. */
static int mark(struct wsync_cli *cli, enum wsync_kind kind)
{
    struct desk desk;
    bool deletes = kind == WSYNC_KIND_DELETE;
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one record id.");
    }
    enum wsync_err err = open_desk(&desk, cli);
    if (err == WSYNC_OK) {
        err = load_record(&desk);
    }
    if (err == WSYNC_OK) {
        err = require_alive(&desk, deletes);
    }
    if (err == WSYNC_OK) {
        err = name_bases(&desk, deletes, true);
    }
    if (err == WSYNC_OK) {
        const struct wsync_intent intent = {.kind = kind,
                                            .record = desk.record.id,
                                            .bases = desk.bases,
                                            .base_count = desk.base_count};
        err = save(&desk, &intent);
    }
    return close_desk(&desk, err);
}

int ward_delete(struct wsync_cli *cli)
{
    return mark(cli, WSYNC_KIND_DELETE);
}

int ward_undelete(struct wsync_cli *cli)
{
    return mark(cli, WSYNC_KIND_REVIVE);
}

/* Writes the shown value of every field in conflict that no word names. */
static void keep_shown(struct desk *desk)
{
    for (size_t i = 0; i < desk->form->field_count; i++) {
        const struct wsync_field *field = &desk->form->fields[i];
        size_t count;
        const struct wsync_live *shown =
            wsync_record_shown(&desk->record, field->number, &count);
        if (shown && count > 1 && !is_written(desk, field->number) &&
            desk->writes.count < WSYNC_FIELDS_MAX) {
            size_t at = desk->writes.count++;
            while (at > 0 && desk->writes.items[at - 1].field > field->number) {
                desk->writes.items[at] = desk->writes.items[at - 1];
                at--;
            }
            desk->writes.items[at] =
                (struct wsync_write){field->number, field->personal, shown->value};
        }
    }
}

static enum wsync_err read_resolution(struct desk *desk, struct wsync_intent *intent)
{
    struct wsync_cli *cli = desk->cli;
    bool deletes = wsync_cli_flag(cli, "delete");
    bool alive = wsync_cli_flag(cli, "alive");
    enum wsync_err err = read_words(desk);
    if (err == WSYNC_OK && wsync_cli_flag(cli, "shown")) {
        keep_shown(desk);
    }
    if (err == WSYNC_OK && !deletes && !alive && desk->writes.count == 0) {
        return wsync_error_set(&desk->error, WSYNC_ERR_INVALID,
                               "Say what is right: FIELD=VALUE, --shown, --alive or --delete.");
    }
    if (err == WSYNC_OK) {
        err = name_bases(desk, deletes, deletes || alive);
    }
    intent->kind = deletes                   ? WSYNC_KIND_DELETE
                   : desk->writes.count == 0 ? WSYNC_KIND_REVIVE
                                             : WSYNC_KIND_WRITE;
    intent->record = desk->record.id;
    intent->bases = desk->bases;
    intent->base_count = desk->base_count;
    if (intent->kind == WSYNC_KIND_WRITE) {
        intent->form = desk->form->number;
        intent->version = desk->form->version;
        intent->writes = desk->writes.items;
        intent->write_count = desk->writes.count;
    }
    return err;
}

int ward_resolve(struct wsync_cli *cli)
{
    struct desk desk;
    struct wsync_intent intent = {.kind = WSYNC_KIND_WRITE};
    if (cli->argc < 1) {
        return wsync_cli_usage(cli, "Expected a record id.");
    }
    enum wsync_err err = open_desk(&desk, cli);
    if (err == WSYNC_OK) {
        err = load_record(&desk);
    }
    if (err == WSYNC_OK && !wsync_record_in_conflict(&desk.record)) {
        err = wsync_error_set(&desk.error, WSYNC_ERR_NOT_FOUND, "%s is not in conflict.",
                              cli->argv[0]);
    }
    if (err == WSYNC_OK) {
        err = read_resolution(&desk, &intent);
    }
    if (err == WSYNC_OK) {
        err = save(&desk, &intent);
    }
    return close_desk(&desk, err);
}
