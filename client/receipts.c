/* SPDX-License-Identifier: Apache-2.0 */
/* `ward receipts`: the district's signed word for what this ward handed in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "host/json.h"
#include "host/view.h"
#include "wardsync/receipt.h"
#include "wardsync/tree.h"

enum { SHORT_BYTES = 4, WHAT_BYTES = 160 };

/* A receipt with what it shows. */
struct shown {
    struct wsync_kept_receipt kept;
    struct wsync_receipt receipt;
    char time[WSYNC_VIEW_TIME_BYTES]; /* the district's */
    char tree[2 * SHORT_BYTES + 1];
    char what[WHAT_BYTES]; /* heads of logs, in short */
};

static void say_heads(const struct wsync_receipt *receipt, char what[WHAT_BYTES])
{
    size_t used = 0;
    what[0] = '\0';
    for (size_t i = 0; i < receipt->leaf_count; i++) {
        struct wsync_leaf leaf;
        char log[2 * SHORT_BYTES + 1];
        if (wsync_leaf_decode(receipt->leaves[i], &leaf) != WSYNC_OK ||
            leaf.kind != WSYNC_LEAF_SET) {
            continue;
        }
        wsync_hex_encode(wsync_slice(leaf.head.log.b, SHORT_BYTES), log);
        int len = snprintf(what + used, WHAT_BYTES - used, "%s%s-%llu", used > 0 ? ", " : "",
                           log, (unsigned long long)leaf.head.seq);
        used += len > 0 && (size_t)len < WHAT_BYTES - used ? (size_t)len : 0;
    }
}

static enum wsync_err next_receipt(struct wsync_site *site, struct shown *shown)
{
    enum wsync_err err = wsync_receipt_after(site->txn, &shown->kept);
    if (err == WSYNC_OK) {
        err = wsync_receipt_decode(shown->kept.bytes, &site->arena, &shown->receipt);
        err = wsync_err_is_permanent(err) ? WSYNC_ERR_CORRUPT : err;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    const struct wsync_signed_checkpoint *checkpoint = &shown->receipt.checkpoint;
    wsync_view_time(checkpoint->time, shown->time);
    wsync_hex_encode(wsync_slice(checkpoint->checkpoint.tree, SHORT_BYTES), shown->tree);
    say_heads(&shown->receipt, shown->what);
    return WSYNC_OK;
}

/* ---- the list ---- */

static void print_json(const struct shown *shown)
{
    char root[2 * WSYNC_HASH_BYTES + 1];
    const struct wsync_checkpoint *checkpoint = &shown->receipt.checkpoint.checkpoint;
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(checkpoint->root), root);
    wsync_json_number(json, "number", (int64_t)shown->kept.number);
    wsync_json_string(json, "time", shown->time);
    wsync_json_string(json, "tree", shown->tree);
    wsync_json_number(json, "size", (int64_t)checkpoint->size);
    wsync_json_string(json, "root", root);
    wsync_json_string(json, "result", wsync_err_name(shown->kept.verdict));
    wsync_json_string(json, "heads", shown->what);
    wsync_json_bool(json, "complete", shown->kept.complete);
    wsync_json_print(json, stdout);
}

static const struct wsync_cli_head HEADS[] = {
    {-6, "", {"số", "no."}, {NULL, NULL}},
    {17, "  ", {"lúc", "signed"}, {NULL, NULL}},
    {8, " ", {"cây", "tree"}, {NULL, NULL}},
    {-9, " ", {"cỡ", "size"}, {NULL, NULL}},
    {14, "  ", {"phủ", "covers"}, {NULL, NULL}},
    {1, " ", {"quận đã nhận", "taken up to"}, {NULL, NULL}},
    {0, "", {NULL, NULL}, {NULL, NULL}},
};

static void print_line(const struct wsync_cli *cli, const struct shown *shown)
{
    bool vi = cli->language == WSYNC_VI;
    const char *whole = shown->kept.complete ? (vi ? "toàn đơn vị" : "the whole unit")
                                             : (vi ? "một phần" : "a part");
    printf("%6llu  %-17s %s %9llu  ", (unsigned long long)shown->kept.number, shown->time,
           shown->tree, (unsigned long long)shown->receipt.checkpoint.checkpoint.size);
    wsync_cli_column(
        shown->kept.verdict == WSYNC_OK ? whole : wsync_err_name(shown->kept.verdict), 14);
    printf(" %s\n", shown->what);
}

static enum wsync_err list_all(const struct wsync_cli *cli, struct wsync_site *site)
{
    struct shown shown = {.kept = {.number = 0}};
    enum wsync_err err = WSYNC_OK;
    if (!cli->json) {
        wsync_cli_heads(cli, HEADS);
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one receipt */
        size_t mark = wsync_arena_mark(&site->arena);
        err = next_receipt(site, &shown);
        if (err == WSYNC_OK && cli->json) {
            print_json(&shown);
        } else if (err == WSYNC_OK) {
            print_line(cli, &shown);
        }
        wsync_arena_release(&site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- one ---- */

static void print_note(struct wsync_site *site, const struct wsync_receipt *receipt)
{
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    struct wsync_signing_key key;
    struct wsync_note note = {.instance = site->conf.instance,
                              .checkpoint = receipt->checkpoint};
    if (wsync_checkpoint_signer(site->txn, &receipt->checkpoint, &key) == WSYNC_OK) {
        wsync_checkpoint_key_hash(&note.instance, &key, note.key_hash);
    }
    struct wsync_slice written = wsync_note_encode(&note, text);
    fwrite(written.data, 1, written.len, stdout);
}

static void print_leaf(uint64_t index, struct wsync_slice bytes)
{
    static const char *const KINDS[] = {"open", "set", "heads", "link"};
    struct wsync_leaf leaf;
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    char time[WSYNC_VIEW_TIME_BYTES];
    if (wsync_leaf_decode(bytes, &leaf) != WSYNC_OK) {
        printf("%10llu  ?\n", (unsigned long long)index);
        return;
    }
    wsync_view_time(leaf.time, time);
    printf("%10llu  %-5s ", (unsigned long long)index, KINDS[leaf.kind]);
    switch (leaf.kind) {
    case WSYNC_LEAF_OPEN:
        printf("%s, epoch %llu\n", time, (unsigned long long)leaf.epoch);
        return;
    case WSYNC_LEAF_SET:
        wsync_hex_encode(WSYNC_BYTES(leaf.head.log), id);
        printf("%s, log %s up to %llu\n", time, id, (unsigned long long)leaf.head.seq);
        return;
    case WSYNC_LEAF_HEADS:
        printf("%s, roster %llu, %u units\n", time, (unsigned long long)leaf.roster_version,
               (unsigned)leaf.scope_count);
        return;
    case WSYNC_LEAF_LINK:
        wsync_hex_encode(wsync_slice(leaf.older.tree, sizeof leaf.older.tree), id);
        printf("tree %s of %llu\n", id, (unsigned long long)leaf.older.size);
        return;
    }
}

static enum wsync_err show_one(const struct wsync_cli *cli, struct wsync_site *site,
                               uint64_t number)
{
    struct shown shown = {.kept = {.number = number - 1}};
    enum wsync_err err = next_receipt(site, &shown);
    if (err == WSYNC_OK && shown.kept.number != number) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (cli->json) {
        print_json(&shown);
        return WSYNC_OK;
    }
    print_note(site, &shown.receipt);
    for (size_t i = 0; i < shown.receipt.leaf_count; i++) {
        print_leaf(shown.receipt.indexes[i], shown.receipt.leaves[i]);
    }
    printf("%s\n", shown.kept.verdict != WSYNC_OK
                       ? wsync_err_text(shown.kept.verdict, cli->language)
                   : shown.kept.complete
                       ? (cli->language == WSYNC_VI
                              ? "Quận giữ đúng những gì máy này có của đơn vị."
                              : "Of this unit the district held exactly what is here.")
                       : (cli->language == WSYNC_VI
                              ? "Của đơn vị, quận còn giữ những gì máy này chưa có."
                              : "Of this unit the district held something else as well."));
    return WSYNC_OK;
}

int ward_receipts(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    uint64_t alarms = 0;
    char *end = NULL;
    bool one = cli->argc == 2 && strcmp(cli->argv[0], "show") == 0;
    unsigned long long number = one ? strtoull(cli->argv[1], &end, 10) : 0;
    if ((cli->argc > 0 && !one) || (one && (*end != '\0' || number == 0))) {
        return wsync_cli_usage(cli, "say \"ward receipts\" or \"ward receipts show NUMBER\"");
    }
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = one ? show_one(cli, &site, number) : list_all(cli, &site);
    if (err == WSYNC_ERR_NOT_FOUND) {
        (void)wsync_error_set(&error, err, "There is no receipt %llu.", number);
    }
    if (err == WSYNC_OK) {
        err = wsync_receipt_alarms(site.txn, &alarms);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, error.text[0] ? &error : NULL);
    }
    return alarms > 0;
}
