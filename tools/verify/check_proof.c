/* SPDX-License-Identifier: Apache-2.0 */
/* A proof or a receipt, and what it shows. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/verify/checks.h"
#include "tools/verify/path.h"
#include "wardsync/utf8.h"

enum { LINE_BYTES = 512, VALUE_BYTES = 160, TIME_BYTES = 32, SAYS_BYTES = 8192 };

/* What a change says of the record; what is longer is cut. */
struct says {
    char text[SAYS_BYTES];
    size_t len;
};

/* ---- what was written ---- */

static void print_time(int64_t stamp, char text[TIME_BYTES])
{
    time_t moment = (time_t)stamp;
    struct tm parts;
    if (stamp == 0 || !gmtime_r(&moment, &parts) ||
        strftime(text, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        snprintf(text, TIME_BYTES, "%" PRId64, stamp);
    }
}

static void print_list(const struct wsync_value *value, char text[VALUE_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < value->item_count && len + 24 < VALUE_BYTES; i++) {
        len += (size_t)snprintf(text + len, VALUE_BYTES - len, "%s%" PRId64, i > 0 ? "," : "",
                                value->items[i]);
    }
}

/* In quotes, of which no foreign one ends the text; cut between two characters. */
static void print_text(struct wsync_slice value, char text[VALUE_BYTES])
{
    size_t len = 0;
    size_t at = 0;
    text[len++] = '"';
    while (at < value.len && len + 12 < VALUE_BYTES) { /* room for a character and the end */
        uint32_t point;
        size_t step = wsync_utf8_step(value, at, &point);
        step = step > 0 ? step : 1;
        if (value.data[at] == '"' || value.data[at] == '\\') {
            text[len++] = '\\';
        }
        memcpy(text + len, value.data + at, step);
        len += step;
        at += step;
    }
    snprintf(text + len, VALUE_BYTES - len, "%s\"", at < value.len ? "..." : "");
}

static void print_value(const struct wsync_write *write, char text[VALUE_BYTES])
{
    const struct wsync_value *value = &write->value;
    text[0] = '\0';
    if (write->personal) {
        snprintf(text, VALUE_BYTES, "(private)");
        return;
    }
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        snprintf(text, VALUE_BYTES, "%" PRId64, value->integer);
        break;
    case WSYNC_CLASS_TEXT:
        print_text(value->text, text);
        break;
    case WSYNC_CLASS_LIST:
        print_list(value, text);
        break;
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
}

static void append(struct says *says, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct says *says, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len =
        vsnprintf(says->text + says->len, sizeof says->text - says->len, format, arguments);
    va_end(arguments);
    size_t room = sizeof says->text - says->len - 1;
    says->len += (size_t)len < room ? (size_t)len : room;
}

static void add_operation(struct says *says, const struct wsync_operation *operation,
                          enum path_names names)
{
    static const char *const KINDS[] = {"changes it", "deletes it", "brings it back",
                                        "says it is a duplicate"};
    char value[VALUE_BYTES];
    append(says, "%s", says->len > 0 ? "; " : "");
    if (names == PATH_MAYBE) {
        append(says, "names a record of another log by a reference");
        return;
    }
    append(says, "%s", operation->creates ? "makes it" : KINDS[operation->kind]);
    if (operation->kind == WSYNC_KIND_WRITE) {
        append(says, " (form %" PRIu32 " version %" PRIu32 "):", operation->form,
               operation->version);
    }
    for (size_t i = 0; i < operation->write_count; i++) {
        print_value(&operation->writes[i], value);
        append(says, "%s %" PRIu32 "=%s", i > 0 ? "," : "", operation->writes[i].field, value);
    }
}

static void tell_change(const struct cli *cli, struct proof *proof,
                        const struct proof_shown *shown)
{
    char name[AUDIT_NAME_BYTES];
    char line[LINE_BYTES];
    char arrived[TIME_BYTES] = "-";
    struct wsync_device device = {.name = "-"};
    struct wsync_context context = {.operation_count = 0};
    struct wsync_operation *operations;
    struct says says = {.len = 0};
    if (wsync_device_get(proof->audit.txn, &shown->device, &device) != WSYNC_OK) {
        device.name[0] = '\0';
    }
    if (shown->arrived != 0) {
        print_time(shown->arrived, arrived);
    }
    snprintf(line, sizeof line, "%s-%" PRIu64 " by %s, at the district %s",
             audit_log_name(&shown->log, name), shown->seq, device.name, arrived);
    cli_text(cli, "change", wsync_slice_of(line));
    if (!path_operations(shown, &proof->arena, &context, &operations)) {
        context.operation_count = 0;
        append(&says, "cannot be read; it counts nowhere");
    }
    for (size_t i = 0; i < context.operation_count; i++) {
        enum path_names names = path_names(proof, shown, &operations[i], i);
        if (names != PATH_NOT) {
            add_operation(&says, &operations[i], names);
        }
    }
    cli_text(cli, "says", wsync_slice(says.text, says.len));
}

/* ---- the answers ---- */

static void tell_checkpoint(const struct cli *cli, const struct proof *proof)
{
    char text[96];
    char tree[2 * WSYNC_TREE_ID_BYTES + 1];
    char when[TIME_BYTES];
    const struct receipt_facts *facts = &proof->facts;
    wsync_hex_encode(wsync_slice(facts->checkpoint.tree, WSYNC_TREE_ID_BYTES), tree);
    snprintf(text, sizeof text, "%s %" PRIu64, tree, facts->checkpoint.size);
    cli_text(cli, "checkpoint", wsync_slice_of(text));
    if (facts->old.size > 0) {
        cli_number(cli, "from", facts->old.size);
    }
    print_time(facts->leaves[facts->count - 1].time, when);
    cli_text(cli, "signed", wsync_slice_of(when));
}

static void tell_leaves(const struct cli *cli, const struct proof *proof)
{
    char name[AUDIT_NAME_BYTES];
    char line[LINE_BYTES];
    char when[TIME_BYTES];
    for (size_t i = 0; i < proof->facts.count; i++) {
        const struct wsync_leaf *leaf = &proof->facts.leaves[i];
        if (leaf->kind == WSYNC_LEAF_SET) {
            print_time(leaf->time, when);
            snprintf(line, sizeof line, "%s up to %" PRIu64 ", at the district %s",
                     audit_log_name(&leaf->head.log, name), leaf->head.seq, when);
            cli_text(cli, "log", wsync_slice_of(line));
        }
    }
}

/* JSON objects have each name once, so changes come as objects of their own, a line each. */
static void tell_changes(const struct cli *cli, struct proof *proof)
{
    for (size_t i = 0; i < proof->shown_count; i++) {
        if (cli->json) {
            cli_end(cli);
            cli_begin(cli);
        }
        tell_change(cli, proof, &proof->shown[i]);
    }
}

static int check(struct cli *cli, bool record)
{
    struct proof proof;
    struct audit_fault fault = {.exit_code = AUDIT_FAILS};
    int code;
    if (cli->argc != 1) {
        return cli_usage(cli, "Expected one file.");
    }
    bool good = proof_check(&proof, &cli->trust, cli->argv[0], &fault);
    if (good && proof.has_record != record) {
        fault.exit_code = AUDIT_DATA;
        good = audit_fail(&fault, WSYNC_ERR_INVALID, "%s",
                          record ? "It proves no record; \"receipt\" checks it."
                                 : "It proves a record; \"proof\" checks it.");
    }
    if (good) {
        char text[96];
        char log[AUDIT_NAME_BYTES];
        cli_begin(cli);
        cli_text(cli, "file", wsync_slice_of(cli->argv[0]));
        if (record) {
            snprintf(text, sizeof text, "%s-%" PRIu64, audit_log_name(&proof.record.log, log),
                     proof.record.seq);
            cli_text(cli, "record", wsync_slice_of(text));
            cli_number(cli, "unit", proof.record_scope);
        }
        tell_checkpoint(cli, &proof);
        if (record) {
            tell_changes(cli, &proof);
        } else {
            tell_leaves(cli, &proof);
        }
        code = cli_end(cli);
    } else {
        code = cli_fault(cli, &fault);
    }
    proof_close(&proof);
    return code;
}

int check_proof(struct cli *cli)
{
    return check(cli, true);
}

int check_receipt(struct cli *cli)
{
    return check(cli, false);
}
