/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "host/json.h"
#include "host/quarantined.h"
#include "host/units_here.h"
#include "host/view.h"

static void print_item(const struct wsync_cli *cli, struct wsync_site *site,
                       const struct wsync_quarantined *item)
{
    const char *reason = wsync_err_text(item->reason, cli->language);
    char unit[WSYNC_UNIT_LABEL_BYTES], when[WSYNC_VIEW_TIME_BYTES];
    wsync_units_here_label(site, item->log.scope, unit);
    wsync_view_time(item->change.stamp, when);
    bool decided = item->verdict.decision != WSYNC_DECISION_NONE;
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_string(json, "change", item->name);
        wsync_json_number(json, "unit", item->log.scope);
        wsync_json_string(json, "device", item->device.name);
        wsync_json_string(json, "time", when);
        wsync_json_number(json, "actor", item->context.actor);
        wsync_json_string(json, "reason", wsync_err_name(item->reason));
        wsync_json_string(json, "text", reason);
        wsync_json_bool(json, "verdict", decided);
        wsync_json_bool(json, "adoptable", wsync_verdict_may_adopt(item->reason));
        wsync_json_print(json, stdout);
        return;
    }
    wsync_cli_column(item->name, 14);
    printf(" %s  ", when);
    wsync_cli_column(unit, 16);
    printf("  ");
    wsync_cli_column(item->device.name, 16);
    printf("  ");
    printf("%s%s\n", reason,
           decided                     ? ""
           : cli->language == WSYNC_VI ? " (quận chưa xác nhận)"
                                       : " (not confirmed by the district yet)");
}

static enum wsync_err each_item(struct wsync_cli *cli, struct wsync_site *site, size_t *count)
{
    struct wsync_dot dot = {0};
    enum wsync_err err = WSYNC_OK;
    *count = 0;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        struct wsync_quarantined item;
        size_t mark = wsync_arena_mark(&site->arena);
        enum wsync_err reason;
        err = wsync_ledger_quarantined(site->txn, &dot, &reason);
        if (err != WSYNC_OK) {
            break;
        }
        err = wsync_quarantined_read(site, dot, &item);
        if (err == WSYNC_OK) {
            print_item(cli, site, &item);
            (*count)++;
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static int list(struct wsync_cli *cli)
{
    struct wsync_site site;
    size_t count;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = each_item(cli, &site, &count);
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, NULL);
    }
    wsync_cli_say(cli, count == 0 ? "Nothing is quarantined." : "%zu changes are quarantined.",
                  count);
    return count == 0 ? 0 : WSYNC_CLI_FINDINGS;
}

static const char *kind_word(const struct wsync_operation *operation)
{
    static const char *const WORDS[] = {"change", "delete", "bring back", "mark as duplicate"};
    return operation->creates ? "create" : WORDS[operation->kind];
}

/* What the change wanted, as far as it can be read. */
static void print_operations(struct wsync_cli *cli, struct wsync_site *site,
                             const struct wsync_quarantined *item)
{
    struct wsync_operation *operations;
    enum wsync_err err = wsync_quarantined_operations(site, item, &operations);
    for (size_t i = 0; err == WSYNC_OK && i < item->context.operation_count; i++) {
        const struct wsync_operation *operation = &operations[i];
        const struct wsync_form *form = wsync_quarantined_form(site, operation);
        printf("  %s", kind_word(operation));
        if (form) {
            printf(" %.*s", (int)form->name.len, (const char *)form->name.data);
        }
        for (size_t k = 0; k < operation->write_count; k++) {
            const struct wsync_write *write = &operation->writes[k];
            const struct wsync_field *field =
                form ? wsync_form_field(form, write->field) : NULL;
            struct wsync_view_text text;
            if (field && field->type != WSYNC_TYPE_BYTES) {
                wsync_view_value(cli, site, field, &write->value, &text);
                printf(" %.*s=%s", (int)field->name.len, (const char *)field->name.data,
                       text.b);
            } else {
                printf(" field %u", write->field);
            }
        }
        printf("\n");
    }
}

static void print_whole(struct wsync_cli *cli, struct wsync_site *site,
                        const struct wsync_quarantined *item)
{
    print_item(cli, site, item);
    if (cli->json) {
        return;
    }
    print_operations(cli, site, item);
    bool vi = cli->language == WSYNC_VI;
    if (item->who[0]) {
        printf(vi ? "  người ghi: %s\n" : "  by %s\n", item->who);
    }
    if (item->verdict.note.len > 0) {
        printf(vi ? "  ghi chú: %.*s\n" : "  note: %.*s\n", (int)item->verdict.note.len,
               (const char *)item->verdict.note.data);
    }
    if (wsync_verdict_may_adopt(item->reason)) {
        printf(vi ? "  Quận có thể công nhận: district quarantine adopt %s\n"
                  : "  The district can adopt it: district quarantine adopt %s\n",
               item->name);
    } else {
        printf(vi ? "  Không công nhận được: hãy nhập điều đúng thành một thay đổi mới.\n"
                  : "  It cannot be adopted: enter what is right as a new change.\n");
    }
}

/* The quarantined change a name means; INVALID, with a sentence, when it is none. */
static enum wsync_err find_change(struct wsync_site *site, const char *name,
                                  struct wsync_dot *dot, struct wsync_error *error)
{
    struct wsync_log log;
    struct wsync_change change;
    enum wsync_err err = wsync_change_named(site->txn, name, dot, error);
    if (err == WSYNC_OK) {
        err = wsync_log_get(site->txn, dot->log_no, &log);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_change(site->txn, dot->log_no, dot->seq, &change);
    }
    if (err == WSYNC_OK && change.state != WSYNC_CHANGE_QUARANTINED) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s is not quarantined; \"quarantine list\" shows what is.",
                               name);
    }
    return err;
}

static int show(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_dot dot;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = find_change(&site, cli->argv[1], &dot, &error);
    if (err == WSYNC_OK) {
        struct wsync_quarantined item;
        err = wsync_quarantined_read(&site, dot, &item);
        if (err == WSYNC_OK) {
            print_whole(cli, &site, &item);
        }
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

int wsync_view_quarantine(struct wsync_cli *cli)
{
    if (cli->argc == 0 || (cli->argc == 1 && strcmp(cli->argv[0], "list") == 0)) {
        return list(cli);
    }
    if (cli->argc == 2 && strcmp(cli->argv[0], "show") == 0) {
        return show(cli);
    }
    return wsync_cli_usage(cli, "Expected \"list\" or \"show CHANGE\".");
}
