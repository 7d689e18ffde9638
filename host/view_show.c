/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/doing.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"

/* The record being shown. */
struct showing {
    struct wsync_cli *cli;
    struct wsync_site *site;
    const struct wsync_form *form;
    bool first_stands; /* the values above are those of the first entry */
};

static void print_value(const struct showing *showing, const struct wsync_live *live,
                        const char *mark)
{
    struct wsync_view_text text;
    struct wsync_doing doing;
    size_t arena = wsync_arena_mark(&showing->site->arena);
    const struct wsync_field *field = wsync_form_field(showing->form, live->field);
    wsync_view_value(showing->cli, showing->site, field, &live->value, &text);
    if (!mark) {
        printf("%s\n", live->value.class == WSYNC_CLASS_BLANK ? "-" : text.b);
    } else if (wsync_doing_read(showing->site, live->dot, &doing) == WSYNC_OK) {
        printf("    %s ", mark);
        wsync_cli_column(text.b, 20);
        printf(" %s, %s%s%s\n", doing.when, doing.device, doing.who[0] ? ", " : "", doing.who);
    }
    wsync_arena_release(&showing->site->arena, arena);
}

static void print_field(const struct showing *showing, const struct wsync_record *record,
                        const struct wsync_field *field)
{
    size_t count;
    const struct wsync_live *shown = wsync_record_shown(record, field->number, &count);
    struct wsync_slice label = wsync_view_label(showing->cli, field->label_vi, field->label_en);
    if (!shown) {
        return;
    }
    printf("  %-20.*s (%.*s): ", (int)field->name.len, (const char *)field->name.data,
           (int)label.len, (const char *)label.data);
    if (count == 1) {
        print_value(showing, shown, NULL);
        return;
    }
    printf("%zu values, one is shown until somebody resolves it\n", count);
    for (size_t i = 0; i < record->live_count; i++) {
        if (record->live[i].field == field->number) {
            print_value(showing, &record->live[i], &record->live[i] == shown ? "*" : " ");
        }
    }
}

static void print_marks(const struct showing *showing, const struct wsync_record *record)
{
    bool contested;
    enum wsync_life life = wsync_record_life(record, &contested, NULL);
    if (contested) {
        printf(
            "  deleted by somebody while others changed it: counts as alive until resolved\n");
    } else if (life != WSYNC_LIFE_ALIVE) {
        printf("  %s\n",
               life == WSYNC_LIFE_DELETED ? "deleted" : "a duplicate: counts nothing");
    }
    for (size_t i = 0; i < record->live_count; i++) {
        struct wsync_doing doing;
        size_t mark = wsync_arena_mark(&showing->site->arena);
        if (record->live[i].field == WSYNC_LIVENESS_FIELD &&
            wsync_doing_read(showing->site, record->live[i].dot, &doing) == WSYNC_OK) {
            printf("    marked %s, %s%s%s\n", doing.when, doing.device,
                   doing.who[0] ? ", " : "", doing.who);
        }
        wsync_arena_release(&showing->site->arena, mark);
    }
}

static const char *kind_word(const struct wsync_operation *operation)
{
    switch (operation->kind) {
    case WSYNC_KIND_WRITE:
        return operation->creates ? "created" : "changed";
    case WSYNC_KIND_DELETE:
        return "deleted";
    case WSYNC_KIND_REVIVE:
        return "brought back";
    case WSYNC_KIND_DUPLICATE:
        return "marked as a duplicate";
    }
    return "?";
}

static void step_line(const struct showing *showing, const struct wsync_doing *doing,
                      const struct wsync_operation *operation)
{
    printf("  %s  %s%s%s: %s", doing->when, doing->device, doing->who[0] ? ", " : "",
           doing->who, kind_word(operation));
    bool shown_above = operation->creates && showing->first_stands;
    for (size_t i = 0; !shown_above && i < operation->write_count; i++) {
        struct wsync_view_text text;
        const struct wsync_field *field =
            wsync_form_field(showing->form, operation->writes[i].field);
        if (field) {
            wsync_view_value(showing->cli, showing->site, field, &operation->writes[i].value,
                             &text);
            printf(" %.*s=%s", (int)field->name.len, (const char *)field->name.data, text.b);
        }
    }
    printf("\n");
}

static void step_json(const struct wsync_doing *doing, const struct wsync_operation *operation)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "event", kind_word(operation));
    wsync_json_string(json, "time", doing->when);
    wsync_json_string(json, "device", doing->device);
    wsync_json_number(json, "actor", doing->context.actor);
    wsync_json_print(json, stdout);
}

static enum wsync_err print_step(void *context, struct wsync_dot dot)
{
    const struct showing *showing = context;
    struct wsync_doing doing;
    const struct wsync_operation *operation;
    size_t mark = wsync_arena_mark(&showing->site->arena);
    enum wsync_err err = wsync_doing_read(showing->site, dot, &doing);
    if (err == WSYNC_OK) {
        err = wsync_doing_operation(showing->site, &doing, dot, &operation);
    }
    if (err == WSYNC_OK && showing->cli->json) {
        step_json(&doing, operation);
    } else if (err == WSYNC_OK) {
        step_line(showing, &doing, operation);
    }
    wsync_arena_release(&showing->site->arena, mark);
    return err;
}

static void show_json(const struct showing *showing, const struct wsync_record *record,
                      const char *name)
{
    struct wsync_records_item item = {.form = showing->form, .record = record};
    const struct wsync_live *day = wsync_record_shown(record, showing->form->date_field, NULL);
    item.life = wsync_record_life(record, &item.contested, NULL);
    item.day = showing->form->date_field && day && day->value.class == WSYNC_CLASS_INTEGER
                   ? (int32_t)day->value.integer
                   : WSYNC_NO_DAY;
    wsync_view_record_json(showing->site, &item, name, true);
}

static enum wsync_err show(struct showing *showing, struct wsync_dot id)
{
    struct wsync_record record;
    char name[WSYNC_RECORD_ID_BYTES];
    char unit[WSYNC_UNIT_LABEL_BYTES];
    enum wsync_err err =
        wsync_record_get(showing->site->txn, id, 0, &showing->site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_catalog_form(showing->site->catalog, showing->site->txn, record.form,
                                 record.version, &showing->form);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(showing->site->txn, id, name);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    showing->first_stands = wsync_doing_first_stands(&record);
    if (showing->cli->json) {
        show_json(showing, &record, name);
        return wsync_ledger_history(showing->site->txn, id, print_step, showing);
    }
    wsync_units_here_label(showing->site, record.scope, unit);
    printf("%s  %.*s version %u, %s\n", name, (int)showing->form->name.len,
           (const char *)showing->form->name.data, record.version, unit);
    print_marks(showing, &record);
    for (size_t i = 0; i < showing->form->field_count; i++) {
        print_field(showing, &record, &showing->form->fields[i]);
    }
    printf("history\n");
    return wsync_ledger_history(showing->site->txn, id, print_step, showing);
}

int wsync_view_show(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_dot id;
    if (cli->argc != 1) {
        return wsync_cli_usage(cli, "Expected one record id.");
    }
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    struct showing showing = {.cli = cli, .site = &site};
    enum wsync_err err = wsync_record_named(site.txn, cli->argv[0], &id, &error);
    if (err == WSYNC_OK) {
        err = show(&showing, id);
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

/* One object a value that stands in conflict. */
static void conflict_json(const struct showing *showing, const struct wsync_record *record,
                          const char *name)
{
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_live *live = &record->live[i];
        const struct wsync_field *field = wsync_form_field(showing->form, live->field);
        struct wsync_view_text text;
        struct wsync_doing doing;
        size_t count;
        size_t mark = wsync_arena_mark(&showing->site->arena);
        const struct wsync_live *shown = wsync_record_shown(record, live->field, &count);
        if (field && count > 1 &&
            wsync_doing_read(showing->site, live->dot, &doing) == WSYNC_OK) {
            struct wsync_json *json = wsync_json_new();
            wsync_view_value(showing->cli, showing->site, field, &live->value, &text);
            wsync_json_string(json, "id", name);
            wsync_json_text(json, "form", showing->form->name);
            wsync_json_number(json, "unit", record->scope);
            wsync_json_text(json, "field", field->name);
            wsync_json_string(json, "value", text.b);
            wsync_json_bool(json, "shown", live == shown);
            wsync_json_string(json, "time", doing.when);
            wsync_json_string(json, "device", doing.device);
            wsync_json_print(json, stdout);
        }
        wsync_arena_release(&showing->site->arena, mark);
    }
}

static void print_conflict(const struct showing *showing, const struct wsync_record *record,
                           const char *name)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    if (showing->cli->json) {
        conflict_json(showing, record, name);
        return;
    }
    wsync_units_here_label(showing->site, record->scope, unit);
    printf("%s  %.*s, %s\n", name, (int)showing->form->name.len,
           (const char *)showing->form->name.data, unit);
    print_marks(showing, record);
    for (size_t i = 0; i < showing->form->field_count; i++) {
        size_t count;
        if (wsync_record_shown(record, showing->form->fields[i].number, &count) && count > 1) {
            print_field(showing, record, &showing->form->fields[i]);
        }
    }
}

static enum wsync_err next_conflict(struct showing *showing, struct wsync_entry *entry,
                                    uint8_t key[WSYNC_RECORD_KEY_BYTES])
{
    struct wsync_record record;
    char name[WSYNC_RECORD_ID_BYTES];
    struct wsync_txn *txn = showing->site->txn;
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_GT, entry);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_dot id = wsync_record_of_key(entry->key);
    entry->key = wsync_record_key(id, key);
    err = wsync_record_get(txn, id, 0, &showing->site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_catalog_form(showing->site->catalog, txn, record.form, record.version,
                                 &showing->form);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(txn, id, name);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    print_conflict(showing, &record, name);
    return WSYNC_OK;
}

int wsync_view_conflicts(struct wsync_cli *cli)
{
    struct wsync_site site;
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = {NULL, 0}};
    size_t count = 0;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    struct showing showing = {.cli = cli, .site = &site};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        size_t mark = wsync_arena_mark(&site.arena);
        err = next_conflict(&showing, &entry, key);
        count += err == WSYNC_OK;
        wsync_arena_release(&site.arena, mark);
    }
    wsync_site_close(&site);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return wsync_cli_fail(cli, err, NULL);
    }
    wsync_cli_say(cli, count == 0 ? "No conflicts." : "%zu records in conflict.", count);
    return count == 0 ? 0 : WSYNC_CLI_FINDINGS;
}
