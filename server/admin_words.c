/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admin_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/records.h"
#include "host/view.h"
#include "server/words.h"
#include "wardsync/verdict.h"

/* Words are added one behind the other; what does not fit is left out. */
static void say(struct server_admin_words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(struct server_admin_words *words, const char *format, ...)
{
    size_t used = strlen(words->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words->text + used, sizeof words->text - used, format, arguments);
    va_end(arguments);
}

/* ---- statements of the roster ---- */

static void tell_device(struct wsync_site *site, const struct wsync_device_id *id,
                        struct server_admin_words *words)
{
    char text[2 * WSYNC_DEVICE_ID_BYTES + 1];
    struct wsync_device device;
    wsync_hex_encode(WSYNC_BYTES(*id), text);
    say(words, "device=%.12s", text);
    if (wsync_device_get(site->txn, id, &device) == WSYNC_OK) {
        say(words, " unit=%u name=%s", device.scopes[0], device.name);
    }
}

static void tell_revocation(struct wsync_site *site, const struct wsync_statement *statement,
                            struct server_admin_words *words)
{
    tell_device(site, &statement->revoke.device, words);
    for (size_t i = 0; i < statement->revoke.pin_count; i++) {
        const struct wsync_pin *pin = &statement->revoke.pins[i];
        char log[2 * WSYNC_LOG_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(pin->log), log);
        say(words, " pin=%.8s-%llu", log, (unsigned long long)pin->seq);
    }
}

static void tell_enrolment(struct wsync_site *site, const struct wsync_statement *statement,
                           struct server_admin_words *words)
{
    const struct wsync_enrolment *enrol = &statement->enrol;
    char id[2 * WSYNC_DEVICE_ID_BYTES + 1];
    struct wsync_device_id device = wsync_device_of(&site->conf.instance, &enrol->signing_key);
    wsync_hex_encode(WSYNC_BYTES(device), id);
    say(words, "device=%.12s unit=%u role=%s name=%.*s", id,
        enrol->scope_count > 0 ? enrol->scopes[0] : 0, server_role_name(enrol->role),
        (int)enrol->name.len, (const char *)enrol->name.data);
    if (enrol->quota != 0) {
        say(words, " quota=%u", enrol->quota);
    }
    if (enrol->has_predecessor) {
        wsync_hex_encode(WSYNC_BYTES(enrol->predecessor), id);
        say(words, " instead-of=%.12s", id);
    }
}

static void tell_key(struct server_admin_words *words, const char *name, struct wsync_slice key)
{
    char digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    wsync_hex_encode(key, digits);
    say(words, "%s=%.12s", name, digits);
}

static void tell_root(struct wsync_site *site, const struct wsync_statement *statement,
                      struct server_admin_words *words)
{
    const struct wsync_root *root = &statement->root;
    char when[WSYNC_VIEW_TIME_BYTES];
    (void)site;
    say(words, "threshold=%u keys=%zu", root->threshold, root->key_count);
    tell_key(words, " registrar", WSYNC_BYTES(root->registrar));
    if (root->expires != 0) {
        wsync_view_time(root->expires, when);
        say(words, " expires=%s", when);
    }
}

static void tell_district(struct wsync_site *site, const struct wsync_statement *statement,
                          struct server_admin_words *words)
{
    const struct wsync_district *district = &statement->district;
    (void)site;
    for (size_t i = 0; i < district->endpoint_count; i++) {
        tell_key(words, i == 0 ? "transport" : " transport",
                 WSYNC_BYTES(district->endpoints[i].key));
    }
    tell_key(words, " log", WSYNC_BYTES(district->log_key));
    tell_key(words, " bundle", WSYNC_BYTES(district->bundle_key));
}

static void tell_first(struct wsync_site *site, const struct wsync_statement *statement,
                       struct server_admin_words *words)
{
    tell_root(site, statement, words);
    say(words, " ");
    tell_district(site, statement, words);
    say(words, " ");
    tell_enrolment(site, statement, words);
}

static void tell_rotation(struct wsync_site *site, const struct wsync_statement *statement,
                          struct server_admin_words *words)
{
    tell_device(site, &statement->rotate.device, words);
    tell_key(words, " signing", WSYNC_BYTES(statement->rotate.signing_key));
    tell_key(words, " transport", WSYNC_BYTES(statement->rotate.transport_key));
}

static void tell_named(struct wsync_site *site, const struct wsync_statement *statement,
                       struct server_admin_words *words)
{
    tell_device(site, &statement->device, words);
}

/* One line a kind of statement. */
static const struct statement_line {
    enum wsync_statement_kind kind;
    bool suspend; /* of a revocation */
    const char *name;
    void (*tell)(struct wsync_site *site, const struct wsync_statement *statement,
                 struct server_admin_words *words);
} STATEMENTS[] = {
    {WSYNC_STATEMENT_FIRST, false, "found", tell_first},
    {WSYNC_STATEMENT_ROOT, false, "root", tell_root},
    {WSYNC_STATEMENT_DISTRICT, false, "district-keys", tell_district},
    {WSYNC_STATEMENT_ENROL, false, "enrol", tell_enrolment},
    {WSYNC_STATEMENT_REVOKE, false, "revoke", tell_revocation},
    {WSYNC_STATEMENT_REVOKE, true, "suspend", tell_revocation},
    {WSYNC_STATEMENT_ROTATE, false, "rotate", tell_rotation},
    {WSYNC_STATEMENT_RESUME, false, "resume", tell_named},
    {WSYNC_STATEMENT_ASK, false, "ask-rotate", tell_named},
};
enum { STATEMENT_KINDS = sizeof STATEMENTS / sizeof *STATEMENTS };

static const struct statement_line *line_of(const struct wsync_statement *statement)
{
    bool suspend = statement->kind == WSYNC_STATEMENT_REVOKE && statement->revoke.suspend;
    for (size_t i = 0; i < STATEMENT_KINDS; i++) {
        if (STATEMENTS[i].kind == statement->kind && STATEMENTS[i].suspend == suspend) {
            return &STATEMENTS[i];
        }
    }
    WSYNC_ASSERT(!"every kind has a line");
    return NULL;
}

static enum wsync_err read_statement(struct wsync_site *site, uint64_t version,
                                     struct wsync_signed_statement *held,
                                     struct wsync_statement *statement)
{
    enum wsync_err err = wsync_roster_statement(site->txn, version, held);
    if (err == WSYNC_OK) {
        err = wsync_statement_decode(held->statement, &site->arena, statement);
    }
    return err == WSYNC_OK ? err : WSYNC_ERR_CORRUPT;
}

enum wsync_err server_admin_of_statement(struct wsync_site *site, uint64_t version,
                                         struct server_admin_item *item)
{
    struct wsync_signed_statement held;
    struct wsync_statement statement;
    enum wsync_err err = read_statement(site, version, &held, &statement);
    if (err == WSYNC_OK) {
        *item = (struct server_admin_item){.stamp = statement.stamp,
                                           .source = SERVER_ADMIN_STATEMENT,
                                           .number = version,
                                           .group = "roster",
                                           .kind = line_of(&statement)->name};
    }
    return err;
}

/* Who signed: as the roster calls that key today, or its first digits. */
static const char *signer_name(const struct wsync_roster *roster,
                               const struct wsync_signing_key *key,
                               char digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1])
{
    const struct wsync_root *root = &roster->authority.root;
    if (wsync_slice_equal(WSYNC_BYTES(*key), WSYNC_BYTES(root->registrar))) {
        return "registrar";
    }
    for (size_t i = 0; i < root->key_count; i++) {
        if (wsync_slice_equal(WSYNC_BYTES(*key), WSYNC_BYTES(root->keys[i]))) {
            return "root key";
        }
    }
    wsync_hex_encode(WSYNC_BYTES(*key), digits);
    digits[8] = '\0';
    return digits;
}

static enum wsync_err tell_statement(struct wsync_site *site,
                                     const struct server_admin_item *item,
                                     struct server_admin_words *words)
{
    struct wsync_signed_statement held;
    struct wsync_statement statement;
    struct wsync_roster roster;
    size_t used = 0;
    enum wsync_err err = read_statement(site, item->number, &held, &statement);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site->txn, &roster);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(words->place, sizeof words->place, "roster %llu",
             (unsigned long long)item->number);
    for (size_t i = 0; i < held.signature_count && used < sizeof words->who; i++) {
        char digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
        const char *name = signer_name(&roster, &held.signatures[i].key, digits);
        used += (size_t)snprintf(words->who + used, sizeof words->who - used, "%s%s",
                                 i > 0 ? "+" : "", name);
    }
    line_of(&statement)->tell(site, &statement, words);
    return WSYNC_OK;
}

/* ---- forms, units, verdicts ---- */

static const struct {
    uint32_t form;
    const char *name;
} FORMS[] = {
    {WSYNC_FORM_FORM, "form"}, {WSYNC_FORM_UNIT, "unit"}, {WSYNC_FORM_VERDICT, "verdict"}};

static const char *form_name(uint32_t form)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        if (FORMS[i].form == form) {
            return FORMS[i].name;
        }
    }
    return NULL;
}

static enum wsync_err read_operation(struct wsync_site *site, struct wsync_dot dot,
                                     int64_t *stamp, struct wsync_operation *operation)
{
    struct wsync_change change;
    struct wsync_context context;
    struct wsync_operation *operations;
    enum wsync_err err = wsync_log_change(site->txn, dot.log_no, dot.seq, &change);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    *stamp = change.stamp;
    err = wsync_context_decode(change.raw.public_part, &site->arena, &context);
    if (err == WSYNC_OK && dot.op >= context.operation_count) {
        return WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        err = wsync_operations_decode(&context, &change.raw, &site->arena, &operations);
        err = err == WSYNC_ERR_MEMORY ? err : err == WSYNC_OK ? err : WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        *operation = operations[dot.op];
    }
    return err;
}

/* The form of the record that an operation is about; 0 when it is not here. */
static uint32_t form_of(struct wsync_site *site, struct wsync_dot dot,
                        const struct wsync_operation *operation, struct wsync_dot *record)
{
    const struct wsync_address *at = &operation->record;
    struct wsync_target target = {.log_no = dot.log_no};
    struct wsync_record read;
    *record = dot;
    if (operation->creates) {
        return operation->form;
    }
    if (at->reference != 0 &&
        wsync_log_reference(site->txn, dot.log_no, at->reference, &target) != WSYNC_OK) {
        return 0;
    }
    *record = (struct wsync_dot){target.log_no, at->seq, at->op};
    return wsync_record_get(site->txn, *record, 0, &site->arena, &read) == WSYNC_OK ? read.form
                                                                                    : 0;
}

enum wsync_err server_admin_of_change(struct wsync_site *site, const struct wsync_log *log,
                                      struct wsync_dot dot, struct server_admin_item *item)
{
    struct wsync_operation operation = {.creates = false};
    struct wsync_dot record;
    (void)log;
    *item = (struct server_admin_item){.source = SERVER_ADMIN_CHANGE, .dot = dot};
    enum wsync_err err = read_operation(site, dot, &item->stamp, &operation);
    if (err == WSYNC_OK) {
        item->kind = item->group = form_name(form_of(site, dot, &operation, &record));
    }
    return err;
}

static const struct wsync_write *write_to(const struct wsync_operation *operation,
                                          uint32_t field)
{
    for (size_t i = 0; i < operation->write_count; i++) {
        if (operation->writes[i].field == field) {
            return &operation->writes[i];
        }
    }
    return NULL;
}

/* Which change a verdict is on, in the names people give changes. */
static void tell_subject(const struct wsync_operation *operation,
                         struct server_admin_words *words)
{
    const struct wsync_write *log = write_to(operation, WSYNC_VERDICT_LOG);
    const struct wsync_write *seq = write_to(operation, WSYNC_VERDICT_SEQ);
    const struct wsync_write *reason = write_to(operation, WSYNC_VERDICT_REASON);
    if (log && seq && log->value.class == WSYNC_CLASS_TEXT && log->value.text.len >= 4) {
        char digits[9];
        wsync_hex_encode(wsync_slice_head(log->value.text, 4), digits);
        say(words, " change=%s-%lld", digits, (long long)seq->value.integer);
    }
    if (reason && reason->value.class == WSYNC_CLASS_INTEGER && reason->value.integer != 0) {
        say(words, " reason=%s",
            wsync_err_name(wsync_err_from_code((uint32_t)reason->value.integer)));
    }
}

static void tell_writes(const struct wsync_cli *cli, struct wsync_site *site, uint32_t number,
                        const struct wsync_operation *operation,
                        struct server_admin_words *words)
{
    const struct wsync_form *form = wsync_form_builtin(number);
    bool verdict = number == WSYNC_FORM_VERDICT;
    if (verdict) {
        tell_subject(operation, words);
    }
    for (size_t i = 0; i < operation->write_count; i++) {
        const struct wsync_write *write = &operation->writes[i];
        const struct wsync_field *field = form ? wsync_form_field(form, write->field) : NULL;
        struct wsync_view_text text;
        bool told = verdict &&
                    (write->field == WSYNC_VERDICT_SEQ || write->field == WSYNC_VERDICT_REASON);
        if (field && field->type != WSYNC_TYPE_BYTES && !told) {
            wsync_view_value(cli, site, field, &write->value, &text);
            say(words, " %.*s=%s", (int)field->name.len, (const char *)field->name.data,
                text.b);
        }
    }
}

/* The name of a form version that an operation publishes. */
static void tell_form(struct wsync_site *site, const struct wsync_operation *operation,
                      struct server_admin_words *words)
{
    const struct wsync_write *number = write_to(operation, WSYNC_FORM_NUMBER);
    const struct wsync_write *version = write_to(operation, WSYNC_FORM_VERSION);
    const struct wsync_form *form;
    if (number && version &&
        wsync_catalog_form(site->catalog, site->txn, (uint32_t)number->value.integer,
                           (uint32_t)version->value.integer, &form) == WSYNC_OK) {
        say(words, " name=%.*s", (int)form->name.len, (const char *)form->name.data);
    }
}

/* " staff=3" behind the device, for whom a page had it written. */
static void tell_actor(struct wsync_site *site, struct wsync_dot dot,
                       struct server_admin_words *words)
{
    struct wsync_change change;
    struct wsync_context context = {.actor = 0};
    size_t used = strlen(words->who);
    if (wsync_log_change(site->txn, dot.log_no, dot.seq, &change) == WSYNC_OK &&
        wsync_context_decode(change.raw.public_part, &site->arena, &context) == WSYNC_OK &&
        context.actor != 0) {
        snprintf(words->who + used, sizeof words->who - used, " staff=%u", context.actor);
    }
}

static enum wsync_err tell_change(const struct wsync_cli *cli, struct wsync_site *site,
                                  const struct server_admin_item *item,
                                  struct server_admin_words *words)
{
    static const char *const VERBS[] = {"change", "delete", "revive", "duplicate"};
    struct wsync_operation operation = {.creates = false};
    char name[WSYNC_RECORD_ID_BYTES];
    struct wsync_dot record;
    struct wsync_log log;
    struct wsync_device device;
    int64_t stamp;
    enum wsync_err err = read_operation(site, item->dot, &stamp, &operation);
    if (err == WSYNC_OK) {
        err = wsync_record_name(site->txn, item->dot, words->place);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_get(site->txn, item->dot.log_no, &log);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(site->txn, &log.device, &device);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(words->who, sizeof words->who, "%.48s", device.name);
    tell_actor(site, item->dot, words);
    uint32_t form = form_of(site, item->dot, &operation, &record);
    say(words, "%s", operation.creates ? "create" : VERBS[operation.kind]);
    if (!operation.creates && wsync_record_name(site->txn, record, name) == WSYNC_OK) {
        say(words, " record=%s", name);
    }
    tell_writes(cli, site, form, &operation, words);
    if (form == WSYNC_FORM_FORM) {
        tell_form(site, &operation, words);
    }
    return WSYNC_OK;
}

/* ---- the table ADMIN ---- */

enum wsync_err server_admin_of_row(struct wsync_site *site, uint64_t *number,
                                   struct server_admin_item *item)
{
    struct wsync_admin_row row = {.kind = WSYNC_ADMIN_START};
    enum wsync_err err = wsync_admin_log_seek(site->txn, WSYNC_SEEK_GT, number, &row);
    *item = (struct server_admin_item){.stamp = row.stamp,
                                       .source = SERVER_ADMIN_ROW,
                                       .number = *number,
                                       .group = "admin",
                                       .kind = wsync_admin_kind_name(row.kind)};
    return err;
}

static enum wsync_err tell_row(struct wsync_site *site, const struct server_admin_item *item,
                               struct server_admin_words *words)
{
    struct wsync_admin_row row;
    uint64_t number = item->number;
    enum wsync_err err = wsync_admin_log_seek(site->txn, WSYNC_SEEK_GE, &number, &row);
    if (err == WSYNC_OK) {
        snprintf(words->place, sizeof words->place, "admin %llu", (unsigned long long)number);
        snprintf(words->who, sizeof words->who, "%s", row.who);
        say(words, "%s", row.text);
    }
    return err;
}

/* ---- all of them ---- */

bool server_admin_is_kind(const char *name)
{
    bool found = strcmp(name, "roster") == 0 || strcmp(name, "admin") == 0;
    for (size_t i = 0; i < STATEMENT_KINDS; i++) {
        found = found || strcmp(name, STATEMENTS[i].name) == 0;
    }
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        found = found || strcmp(name, FORMS[i].name) == 0;
    }
    for (int kind = WSYNC_ADMIN_START; kind < WSYNC_ADMIN_KINDS; kind++) {
        found = found || strcmp(name, wsync_admin_kind_name((enum wsync_admin_kind)kind)) == 0;
    }
    return found;
}

enum wsync_err server_admin_tell(const struct wsync_cli *cli, struct wsync_site *site,
                                 const struct server_admin_item *item,
                                 struct server_admin_words *words)
{
    memset(words, 0, sizeof *words);
    switch (item->source) {
    case SERVER_ADMIN_STATEMENT:
        return tell_statement(site, item, words);
    case SERVER_ADMIN_CHANGE:
        return tell_change(cli, site, item, words);
    case SERVER_ADMIN_ROW:
        break;
    }
    return tell_row(site, item, words);
}
