/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "host/evidence.h"
#include "host/json.h"
#include "host/units_here.h"
#include "host/view.h"

enum { LOGS_FIRST = 64 };

/* A log with what it follows: its predecessor is retired. */
struct item {
    struct wsync_log log;
    bool follows;
    struct wsync_log_id previous;
    bool is_own;   /* this device wrote it */
    bool is_open;  /* and writes on in it */
    bool has_open; /* or in another one of the unit */
};

struct listing {
    const struct wsync_cli *cli;
    struct wsync_site *site;
    struct item *items;
    size_t count, size;
};

/* ---- gathering ---- */

static enum wsync_err read_item(struct wsync_site *site, struct item *item)
{
    struct wsync_slice bytes;
    struct wsync_genesis genesis;
    struct wsync_log own;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_log_genesis(site->txn, item->log.no, &bytes);
    if (err == WSYNC_OK) {
        err = wsync_genesis_decode(bytes, &site->arena, &genesis);
    }
    if (err == WSYNC_OK) {
        item->follows = genesis.has_previous;
        item->previous = genesis.previous.log;
    }
    wsync_arena_release(&site->arena, mark);
    item->is_own = wsync_device_id_equal(&item->log.device, &site->identity.device);
    if (err == WSYNC_OK && item->is_own) {
        err = wsync_ledger_own_log(site->txn, item->log.scope, &own);
        item->has_open = err == WSYNC_OK;
        item->is_open = item->has_open && own.no == item->log.no;
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return err;
}

static enum wsync_err add(struct listing *listing, const struct wsync_log *log)
{
    if (listing->count == listing->size) {
        size_t size = listing->size ? 2 * listing->size : LOGS_FIRST;
        struct item *items = realloc(listing->items, size * sizeof *items);
        if (!items) {
            return WSYNC_ERR_MEMORY;
        }
        listing->items = items;
        listing->size = size;
    }
    struct item *item = &listing->items[listing->count++];
    *item = (struct item){.log = *log};
    return read_item(listing->site, item);
}

static enum wsync_err gather(struct listing *listing)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(listing->site->txn, after, &log);
        if (err == WSYNC_OK) {
            err = add(listing, &log);
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The next log at or behind `*at` that goes on where this one ended; NULL.  Two clones may both
 * go on. */
static const struct item *successor_of(const struct listing *listing, const struct item *item,
                                       size_t *at)
{
    while (*at < listing->count) {
        const struct item *other = &listing->items[(*at)++];
        if (other->follows && wsync_log_id_equal(&other->previous, &item->log.id)) {
            return other;
        }
    }
    return NULL;
}

static bool is_retired(const struct listing *listing, const struct item *item)
{
    size_t at = 0; /* a clone may have gone on elsewhere: what is written here is open */
    return item->is_own ? !item->is_open : successor_of(listing, item, &at) != NULL;
}

/* ---- printing ---- */

static const struct wsync_cli_head HEADS[] = {
    {8, "", {"sổ", "log"}, {NULL, NULL}},
    {-8, "  ", {"thay đổi", "changes"}, {NULL, NULL}},
    {16, "  ", {"đầu sổ", "head"}, {NULL, NULL}},
    {18, "  ", {"đơn vị", "unit"}, {NULL, NULL}},
    {18, "  ", {"thiết bị", "device"}, {NULL, NULL}},
    {1, "  ", {"trạng thái", "state"}, {NULL, NULL}},
    {0, NULL, {NULL, NULL}, {NULL, NULL}},
};

static void print_log_json(const struct listing *listing, const struct item *item,
                           const struct wsync_device *device, uint64_t aside)
{
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    char hash[2 * WSYNC_HASH_BYTES + 1];
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(item->log.id), id);
    wsync_hex_encode(WSYNC_BYTES(item->log.hash), hash);
    wsync_json_string(json, "log", id);
    wsync_json_number(json, "unit", item->log.scope);
    wsync_json_string(json, "device", device->name);
    wsync_json_number(json, "seq", (int64_t)item->log.seq);
    wsync_json_string(json, "hash", hash);
    wsync_json_bool(json, "retired", is_retired(listing, item));
    if (item->follows) {
        wsync_hex_encode(WSYNC_BYTES(item->previous), id);
        wsync_json_string(json, "follows", id);
    }
    wsync_json_number(json, "aside", (int64_t)aside);
    wsync_json_print(json, stdout);
}

static void print_state(const struct listing *listing, const struct item *item)
{
    bool vi = listing->cli->language == WSYNC_VI;
    const struct item *next;
    const char *before = vi ? ", tiếp ở" : ", goes on in";
    size_t at = 0;
    if (!is_retired(listing, item)) {
        printf(vi ? "đang mở" : "open");
        return;
    }
    printf(vi ? "đã đóng" : "retired");
    while ((next = successor_of(listing, item, &at)) != NULL) {
        char id[2 * WSYNC_LOG_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(next->log.id), id);
        printf("%s %.8s", before, id);
        before = ",";
    }
    if (item->is_own && !item->has_open) {
        printf(vi ? ", thay đổi tới mở sổ mới" : ", the next change opens a new one");
    }
}

static void print_log_text(const struct listing *listing, const struct item *item,
                           const struct wsync_device *device)
{
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    char hash[2 * WSYNC_HASH_BYTES + 1];
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_hex_encode(WSYNC_BYTES(item->log.id), id);
    wsync_hex_encode(WSYNC_BYTES(item->log.hash), hash);
    wsync_units_here_label(listing->site, item->log.scope, unit);
    printf("%.8s  %8llu  %.16s  ", id, (unsigned long long)item->log.seq, hash);
    wsync_cli_column(unit, 18);
    printf("  ");
    wsync_cli_column(device->name, 18);
    printf("  ");
    print_state(listing, item);
    printf("\n");
}

static const char *standing_text(enum wsync_standing standing, enum wsync_language language)
{
    static const char *const TEXTS[][2] = {
        [WSYNC_STANDING_UNDECIDED] =
            {"quận chưa quyết định: nhánh đến trước được tính",
             "not decided by the district yet: what came first counts"},
        [WSYNC_STANDING_LOG] = {"quận quyết định: nhánh đang giữ ở trên được tính",
                                "the district decided: what is held above stands"},
        [WSYNC_STANDING_BRANCH] = {"quận quyết định: nhánh này được tính, sẽ thay vào",
                                   "the district decided: this one stands, to be put in place"},
        [WSYNC_STANDING_OTHER] = {"quận quyết định: một nhánh chưa có ở đây được tính",
                                  "the district decided: one that is not here stands"},
    };
    return TEXTS[standing][language];
}

static void print_branch_json(const struct wsync_evidence *evidence, uint64_t again,
                              enum wsync_standing standing, int64_t stamp)
{
    static const char *const NAMES[] = {[WSYNC_STANDING_UNDECIDED] = "none",
                                        [WSYNC_STANDING_LOG] = "log",
                                        [WSYNC_STANDING_BRANCH] = "branch",
                                        [WSYNC_STANDING_OTHER] = "other"};
    char id[2 * WSYNC_LOG_ID_BYTES + 1];
    char hash[2 * WSYNC_HASH_BYTES + 1];
    struct wsync_json *json = wsync_json_new();
    wsync_hex_encode(WSYNC_BYTES(evidence->log.id), id);
    wsync_hex_encode(WSYNC_BYTES(evidence->hash), hash);
    wsync_json_string(json, "branch_of", id);
    wsync_json_number(json, "first", (int64_t)evidence->fork);
    wsync_json_number(json, "last", (int64_t)evidence->seq);
    wsync_json_string(json, "hash", hash);
    wsync_json_number(json, "written_again", (int64_t)again);
    wsync_json_string(json, "stands", NAMES[standing]);
    if (stamp != 0) {
        wsync_json_number(json, "decided", stamp);
    }
    wsync_json_print(json, stdout);
}

static void print_branch_text(const struct wsync_cli *cli,
                              const struct wsync_evidence *evidence, uint64_t again,
                              const char *standing)
{
    bool vi = cli->language == WSYNC_VI;
    unsigned long long count = evidence->seq - evidence->fork + 1;
    printf(vi ? "    nhánh khác giữ làm chứng: thay đổi %llu"
              : "    another branch lies aside: change %llu",
           (unsigned long long)evidence->fork);
    if (count > 1) {
        printf(vi ? " đến %llu" : " to %llu", (unsigned long long)evidence->seq);
    }
    printf(vi ? ", đã chép lại %llu/%llu; %s" : ", %llu of %llu written again; %s",
           (unsigned long long)again, count, standing);
}

static enum wsync_err print_branch(const struct listing *listing,
                                   const struct wsync_evidence *evidence)
{
    struct wsync_site *site = listing->site;
    enum wsync_standing standing;
    int64_t stamp;
    uint64_t again;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_evidence_again(site->txn, evidence, &again);
    if (err == WSYNC_OK) {
        err = wsync_evidence_standing(site->txn, &site->arena, evidence, &standing, &stamp);
    }
    wsync_arena_release(&site->arena, mark);
    if (err != WSYNC_OK) {
        return err;
    }
    if (listing->cli->json) {
        print_branch_json(evidence, again, standing, stamp);
        return WSYNC_OK;
    }
    print_branch_text(listing->cli, evidence, again,
                      standing_text(standing, listing->cli->language));
    if (stamp != 0) {
        char when[WSYNC_VIEW_TIME_BYTES];
        wsync_view_time(stamp, when);
        printf(" (%s)", when);
    }
    printf("\n");
    return WSYNC_OK;
}

/* One log: who writes it for which unit, the head that names all of it, what lies beside it. */
static enum wsync_err print_item(const struct listing *listing, const struct item *item)
{
    struct wsync_txn *txn = listing->site->txn;
    struct wsync_evidence evidence = {.number = 0};
    struct wsync_device device;
    uint64_t aside;
    enum wsync_err err = wsync_device_get(txn, &item->log.device, &device);
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(txn, item->log.no, &aside);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (listing->cli->json) {
        print_log_json(listing, item, &device, aside);
    } else {
        print_log_text(listing, item, &device);
    }
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        err = wsync_evidence_next(txn, item->log.no, evidence.number, &evidence);
        if (err == WSYNC_OK) {
            err = print_branch(listing, &evidence);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

int wsync_view_logs(struct wsync_cli *cli)
{
    struct wsync_site site;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    struct listing listing = {.cli = cli, .site = &site};
    enum wsync_err err = gather(&listing);
    if (err == WSYNC_OK && !cli->json && listing.count > 0) {
        wsync_cli_heads(cli, HEADS);
    }
    for (size_t i = 0; i < listing.count && err == WSYNC_OK; i++) {
        err = print_item(&listing, &listing.items[i]);
    }
    free(listing.items);
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, NULL);
}

/* ---- what lies aside, in other commands ---- */

void wsync_view_aside(const struct wsync_cli *cli, uint64_t changes)
{
    if (changes > 0) {
        printf(cli->language == WSYNC_VI
                   ? "  %llu thay đổi của nhánh khác được giữ làm chứng, không tính; xem \"%s "
                     "logs\"\n"
                   : "  %llu changes of other branches lie aside as evidence and do not count; "
                     "\"%s logs\" shows them\n",
               (unsigned long long)changes, cli->program);
    }
}
