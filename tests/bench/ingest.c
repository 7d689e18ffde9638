/* SPDX-License-Identifier: Apache-2.0 */
/* ingest.c: how fast a district takes changes, beside a bare program that writes as many rows.
 *
 *   ingest enrol DIR             enrols fourteen devices at the district in DIR
 *   ingest run CHANGES DIR ...   takes CHANGES in each (copies of one district), in turn with
 *                                the floor, and prints "name value" lines
 *   ingest fill CHANGES DIR      takes CHANGES of the last year, measures nothing
 *   ingest log CHANGES DIR ...   takes CHANGES in each, in turn without and with a
 *                                transparency log that gives a receipt with every batch
 *
 * The floor opens a bare LMDB environment, verifies the same seals, hashes the same bytes and
 * appends as many rows of the same sizes to as many tables as the district's store holds in the
 * end, in transactions of the same change-sets, each with its fsync. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lmdb.h>

#include "host/tlog.h"
#include "host/units_here.h"
#include "tests/bench/load.h"
#include "wardsync/pump.h"

enum { HELD_BYTES = 3000 }; /* a change: more than either side's file grows by */
enum { ROUND_SETS = 4, TENTHS = 10, TURNS_MAX = 8, TABLES = WSYNC_TABLE_COUNT };

struct size {
    uint64_t rows, bytes; /* of values */
};

/* What the work took, tenth by tenth. */
struct tenths {
    double seconds[TENTHS];
    double written[TENTHS]; /* bytes this process handed to write calls: no load changes them */
};

struct moment {
    double seconds, written;
};

static struct moment this_moment(void)
{
    struct moment now = {.seconds = load_seconds()};
    char line[64];
    FILE *io = fopen("/proc/self/io", "r");
    while (io && fgets(line, sizeof line, io)) {
        if (strncmp(line, "wchar: ", 7) == 0) {
            now.written = strtod(line + 7, NULL);
        }
    }
    if (!io || fclose(io) != 0) {
        load_must(WSYNC_ERR_STORE_IO, "/proc/self/io");
    }
    return now;
}

/* Books what happened since `before` and begins anew. */
static void book(struct tenths *tenths, uint64_t at, uint64_t of, struct moment *before)
{
    struct moment now = this_moment();
    tenths->seconds[at * TENTHS / of] += now.seconds - before->seconds;
    tenths->written[at * TENTHS / of] += now.written - before->written;
    *before = now;
}

/* ---- the district ---- */

struct desk {
    struct wsync_site site;
    struct wsync_pump pump;
    struct wsync_sink sink;
    struct wsync_session *sessions;
    void *memory;
    uint64_t acked, receipts;
    bool keeps_log;
    struct wsync_desk secrets;
};

static void on_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct desk *desk = context;
    (void)session;
    desk->acked += frame.data[1] == WSYNC_MESSAGE_ACK;
    desk->receipts += frame.data[1] == WSYNC_MESSAGE_RECEIPT;
}

static void on_close(void *context, struct wsync_session *session)
{
    (void)context;
    fprintf(stderr, "bench: a session ended: %s\n", wsync_err_name(session->result));
    exit(70);
}

static void run(struct desk *desk, const struct wsync_pump_event *events, size_t count)
{
    desk->site.ledger.moment = (struct wsync_moment){.time = 1700000000, .entropy = {{1}}};
    load_must(wsync_pump_run(&desk->pump, events, count), "pump");
}

static void greet(struct desk *desk, const struct load *load)
{
    struct wsync_roster roster;
    struct wsync_error error = {{0}};
    load_must(wsync_site_begin(&desk->site, WSYNC_TXN_READ, &error), error.text);
    load_must(wsync_roster_get(desk->site.txn, &roster), "roster");
    wsync_site_abort(&desk->site);
    for (size_t i = 0; i < LOAD_WARDS; i++) {
        const struct load_ward *ward = &load->wards[i];
        const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                                  .ledger = &desk->site.ledger,
                                                  .instance = desk->site.conf.instance,
                                                  .desk = &desk->secrets,
                                                  .peer = ward->transport};
        struct wsync_message message = {
            .type = WSYNC_MESSAGE_HELLO,
            .hello = {.version_min = 1,
                      .version_max = 1,
                      .device = ward->identity.device,
                      .instance = roster.instance,
                      .has_own = true,
                      .own = {ward->log, 0, ward->start},
                      .roster_version = roster.version,
                      .roster_hash = roster.hash,
                      .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
        struct wsync_slice frame;
        struct wsync_arena *arena = &desk->site.arena;
        wsync_session_init(&desk->sessions[i], &setup, 0);
        load_must(wsync_message_encode(&message, arena, &frame), "hello");
        struct wsync_pump_event event = {&desk->sessions[i],
                                         {.kind = WSYNC_EVENT_FRAME, .frame = frame}};
        run(desk, &event, 1);
        wsync_arena_release(arena, 0);
    }
}

/* The next sets of every ward as one batch; false when there are none. */
static size_t next_batch(struct desk *desk, const struct load *load, size_t round,
                         struct wsync_pump_event *events)
{
    size_t count = 0;
    for (size_t k = round * ROUND_SETS; k < (round + 1) * ROUND_SETS; k++) {
        for (size_t i = 0; i < LOAD_WARDS; i++) {
            if (k < load->wards[i].frame_count) {
                events[count++] = (struct wsync_pump_event){
                    &desk->sessions[i],
                    {.kind = WSYNC_EVENT_FRAME, .frame = load->wards[i].frames[k].bytes}};
            }
        }
    }
    return count;
}

static uint64_t changes_of(const struct load *load, size_t round)
{
    uint64_t changes = 0;
    for (size_t k = round * ROUND_SETS; k < (round + 1) * ROUND_SETS; k++) {
        for (size_t i = 0; i < LOAD_WARDS; i++) {
            if (k < load->wards[i].frame_count) {
                changes += load->wards[i].frames[k].set.change_count;
            }
        }
    }
    return changes;
}

static void open_desk(struct desk *desk, const char *path)
{
    size_t bytes = (wsync_pump_bytes() + 15) / 16 * 16;
    *desk = (struct desk){.memory = aligned_alloc(16, bytes),
                          .sessions = calloc(LOAD_WARDS, sizeof *desk->sessions)};
    if (!desk->memory || !desk->sessions) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    load_open(&desk->site, path);
    desk->sink = (struct wsync_sink){desk, on_send, on_close};
    wsync_pump_init(&desk->pump, desk->site.store, &desk->site.ledger, &desk->sink,
                    desk->memory);
}

static void close_desk(struct desk *desk)
{
    wsync_site_close(&desk->site);
    free(desk->memory);
    free(desk->sessions);
}

/* Rows and bytes of every table, for the floor. */
static void count_rows(struct wsync_site *site, struct size *sizes)
{
    struct wsync_error error = {{0}};
    load_must(wsync_site_begin(site, WSYNC_TXN_READ, &error), error.text);
    for (int table = 0; table < TABLES; table++) {
        struct wsync_entry entry = {.key = {NULL, 0}};
        sizes[table] = (struct size){0, 0};
        while (wsync_txn_seek(site->txn, (enum wsync_table)table, WSYNC_SEEK_GT, &entry) ==
               WSYNC_OK) {
            sizes[table].rows++;
            sizes[table].bytes += entry.value.len;
        }
    }
    wsync_site_abort(site);
}

/* The log key of the site; its tree begins. */
static void open_log(struct desk *desk, const char *path)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    load_must(wsync_keys_load_signing(wsync_site_file(path, "keys/log.key", file), &pair,
                                      &error),
              error.text);
    desk->keeps_log = desk->secrets.has_log = true;
    desk->secrets.log = pair.secret;
    load_must(wsync_tlog_begin(&desk->site, &desk->secrets, &error), error.text);
}

/* In every batch one ward asks for a receipt, each of them in turn: as a district that is busy
 * sees it, where the sessions of a batch share a checkpoint. */
static void add_prove(struct desk *desk, const struct load *load, size_t round,
                      struct wsync_pump_event *event)
{
    const struct load_ward *ward = &load->wards[round % LOAD_WARDS];
    struct wsync_session *session = &desk->sessions[round % LOAD_WARDS];
    const struct wsync_head head = {
        ward->log, 1,
        wsync_chain_next(&ward->log, 1, &ward->start, &ward->frames[0].set.changes[0])};
    const struct wsync_message message = {
        .type = WSYNC_MESSAGE_PROVE,
        .prove = {.heads = &head, .head_count = 1, .scope = ward->unit}};
    session->asking = WSYNC_ASKING_NOTHING; /* as if it were another session, */
    session->proves = 0;                    /* in which nothing was asked */
    *event = (struct wsync_pump_event){session, {.kind = WSYNC_EVENT_FRAME}};
    load_must(wsync_message_encode(&message, &desk->site.arena, &event->event.frame), "prove");
}

static void take_all(const char *path, const struct load *load, struct tenths *tenths,
                     struct size *sizes, bool receipts)
{
    struct desk desk;
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    uint64_t done = 0;
    open_desk(&desk, path);
    if (receipts) {
        open_log(&desk, path);
    }
    greet(&desk, load);
    *tenths = (struct tenths){{0}, {0}};
    struct moment before = this_moment();
    for (size_t round = 0;; round++) {
        size_t count = next_batch(&desk, load, round, events);
        if (count == 0) {
            break;
        }
        if (desk.keeps_log) {
            add_prove(&desk, load, round, &events[count++]);
        }
        run(&desk, events, count);
        wsync_arena_release(&desk.site.arena, 0);
        while (desk.pump.more) {
            run(&desk, NULL, 0);
        }
        book(tenths, done, load->changes, &before);
        done += changes_of(load, round);
    }
    count_rows(&desk.site, sizes);
    if (receipts) {
        fprintf(stderr, "%llu receipts\n", (unsigned long long)desk.receipts);
    }
    if (done != load->changes || sizes[WSYNC_TABLE_CHANGES].rows < load->changes) {
        load_must(WSYNC_ERR_GAP, "not all changes were taken");
    }
    close_desk(&desk);
}

/* ---- the floor ---- */

struct floor_store {
    MDB_env *env;
    MDB_dbi dbis[TABLES];
    uint64_t written[TABLES];
};

static void bare(int code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "bench: floor: %s: %s\n", what, mdb_strerror(code));
        exit(70);
    }
}

static void open_floor(struct floor_store *store, const char *path)
{
    MDB_txn *txn;
    *store = (struct floor_store){.env = NULL};
    bare(mdb_env_create(&store->env), "create");
    bare(mdb_env_set_maxdbs(store->env, TABLES), "tables");
    bare(mdb_env_set_mapsize(store->env, (size_t)16 << 30), "map");
    bare(mdb_env_open(store->env, path, MDB_NOSUBDIR, 0600), "open");
    bare(mdb_txn_begin(store->env, NULL, 0, &txn), "begin");
    for (int i = 0; i < TABLES; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        bare(mdb_dbi_open(txn, name, MDB_CREATE, &store->dbis[i]), "table");
    }
    bare(mdb_txn_commit(txn), "commit");
}

/* The share of each table's rows that so many changes of all bring. */
static void write_rows(struct floor_store *store, MDB_txn *txn, const struct size *sizes,
                       const uint64_t progress[2])
{
    static uint8_t value[1 << 20];
    for (int i = 0; i < TABLES; i++) {
        uint64_t due = sizes[i].rows * progress[0] / progress[1];
        size_t len = sizes[i].rows > 0 ? (size_t)(sizes[i].bytes / sizes[i].rows) : 0;
        while (store->written[i] < due) {
            uint8_t key[12] = {0};
            uint64_t number = store->written[i]++;
            for (int k = 0; k < 8; k++) {
                key[4 + k] = (uint8_t)(number >> (56 - 8 * k));
            }
            MDB_val k = {sizeof key, key};
            MDB_val v = {len, value};
            value[0] = (uint8_t)number;
            bare(mdb_put(txn, store->dbis[i], &k, &v, MDB_APPEND), "put");
        }
    }
}

static void verify_set(const struct load_ward *ward, const struct wsync_change_set *set,
                       struct wsync_hash *hash)
{
    struct wsync_head head = {set->log, set->first - 1, *hash};
    for (size_t i = 0; i < set->change_count; i++) {
        head.seq++;
        head.hash = wsync_chain_next(&set->log, head.seq, &head.hash, &set->changes[i]);
    }
    if (!wsync_seal_verify(&ward->identity.signing_key, &set->seal, &head, &set->checkpoint)) {
        load_must(WSYNC_ERR_SEAL, "floor");
    }
    *hash = head.hash;
}

static void run_floor(const char *path, const struct load *load, struct tenths *tenths,
                      const struct size *sizes)
{
    struct floor_store store;
    struct wsync_hash hashes[LOAD_WARDS];
    char file[WSYNC_SITE_PATH_BYTES];
    uint64_t progress[2] = {0, load->changes};
    snprintf(file, sizeof file, "%s.floor", path);
    open_floor(&store, file);
    for (size_t i = 0; i < LOAD_WARDS; i++) {
        hashes[i] = load->wards[i].start;
    }
    *tenths = (struct tenths){{0}, {0}};
    struct moment before = this_moment();
    for (size_t round = 0; progress[0] < load->changes; round++) {
        MDB_txn *txn;
        bare(mdb_txn_begin(store.env, NULL, 0, &txn), "begin");
        for (size_t k = round * ROUND_SETS; k < (round + 1) * ROUND_SETS; k++) {
            for (size_t i = 0; i < LOAD_WARDS; i++) {
                if (k < load->wards[i].frame_count) {
                    verify_set(&load->wards[i], &load->wards[i].frames[k].set, &hashes[i]);
                }
            }
        }
        uint64_t done = progress[0];
        progress[0] += changes_of(load, round);
        write_rows(&store, txn, sizes, progress);
        bare(mdb_txn_commit(txn), "commit");
        book(tenths, done, load->changes, &before);
    }
    mdb_env_close(store.env);
}

/* At the end: the next turn would find their memory (load_hold). */
static void remove_floor(const char *path)
{
    char file[WSYNC_SITE_PATH_BYTES];
    snprintf(file, sizeof file, "%s.floor", path);
    (void)unlink(file);
    snprintf(file, sizeof file, "%s.floor-lock", path);
    (void)unlink(file);
}

/* ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void enrol(const char *path)
{
    static struct load load;
    struct wsync_site site;
    load_open(&site, path);
    load_known(&load, &site);
    load_enrol(load.wards, LOAD_WARDS, &site);
    wsync_site_close(&site);
}

/* What is kept of the turns of one side: seconds in all, the rate of the last tenth by that of
 * the first, and what was written likewise. */
struct side {
    double seconds[TURNS_MAX], rates[TURNS_MAX], written[TURNS_MAX];
};

static void keep_turn(struct side *side, size_t turn, const struct tenths *tenths)
{
    side->seconds[turn] = 0;
    for (int k = 0; k < TENTHS; k++) {
        side->seconds[turn] += tenths->seconds[k];
    }
    side->rates[turn] = tenths->seconds[0] / tenths->seconds[TENTHS - 1];
    side->written[turn] = tenths->written[TENTHS - 1] / tenths->written[0];
    fprintf(stderr, "turn %zu: %.2f s, the tenths", turn + 1, side->seconds[turn]);
    for (int k = 0; k < TENTHS; k++) {
        fprintf(stderr, " %.2f", tenths->seconds[k]);
    }
    fprintf(stderr, "\n");
}

/* A district that holds so much of the year that ends today, for who measures others. */
static void fill(uint64_t changes, const char *path)
{
    static struct load load;
    struct wsync_site site;
    struct tenths tenths;
    struct size sizes[TABLES];
    load_first_day = wsync_units_here_today() - LOAD_DAYS + 1;
    load_open(&site, path);
    load_known(&load, &site);
    load_write(&load, &site, changes, WSYNC_SET_BYTES_DEFAULT);
    wsync_site_close(&site);
    take_all(path, &load, &tenths, sizes, false);
}

static int run_turns(uint64_t changes, char **paths, size_t turns)
{
    static struct load load;
    struct wsync_site site;
    struct side ours;
    struct side bare_side;
    double ratios[TURNS_MAX];
    load_open(&site, paths[0]);
    load_known(&load, &site);
    load_write(&load, &site, changes, WSYNC_SET_BYTES_DEFAULT);
    wsync_site_close(&site);
    load_hold(load.changes * HELD_BYTES);
    for (size_t i = 0; i < turns; i++) {
        struct tenths tenths;
        struct size sizes[TABLES];
        take_all(paths[i], &load, &tenths, sizes, false);
        keep_turn(&ours, i, &tenths);
        run_floor(paths[i], &load, &tenths, sizes);
        keep_turn(&bare_side, i, &tenths);
        ratios[i] = bare_side.seconds[i] / ours.seconds[i];
    }
    for (size_t i = 0; i < turns; i++) {
        remove_floor(paths[i]);
    }
    double all = (double)load.changes;
    printf("ingest_changes_per_s %.0f\n", all / median(ours.seconds, turns));
    printf("ingest_floor_changes_per_s %.0f\n", all / median(bare_side.seconds, turns));
    printf("ingest_ratio %.3f\n", median(ratios, turns));
    printf("ingest_last_tenth_ratio %.3f\n", median(ours.rates, turns));
    printf("ingest_floor_last_tenth_ratio %.3f\n", median(bare_side.rates, turns));
    printf("ingest_last_tenth_written_ratio %.3f\n", median(ours.written, turns));
    printf("ingest_floor_last_tenth_written_ratio %.3f\n", median(bare_side.written, turns));
    return 0;
}

/* Every second store with receipts: how much of the speed is left. */
static int run_log(uint64_t changes, char **paths, size_t count)
{
    static struct load load;
    struct wsync_site site;
    struct side sides[2];
    double ratios[TURNS_MAX];
    load_open(&site, paths[0]);
    load_known(&load, &site);
    load_write(&load, &site, changes, WSYNC_SET_BYTES_DEFAULT);
    wsync_site_close(&site);
    load_hold(load.changes * HELD_BYTES);
    for (size_t i = 0; i < count; i++) {
        struct tenths tenths;
        struct size sizes[TABLES];
        take_all(paths[i], &load, &tenths, sizes, i % 2 == 1);
        keep_turn(&sides[i % 2], i / 2, &tenths);
        if (i % 2 == 1) {
            ratios[i / 2] = sides[0].seconds[i / 2] / sides[1].seconds[i / 2];
        }
    }
    printf("ingest_with_receipts_ratio %.3f\n", median(ratios, count / 2));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && argc <= 3 + TURNS_MAX && strcmp(argv[1], "log") == 0) {
        return run_log(strtoull(argv[2], NULL, 10), argv + 3, (size_t)argc - 3);
    }
    if (argc == 3 && strcmp(argv[1], "enrol") == 0) {
        enrol(argv[2]);
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "fill") == 0) {
        fill(strtoull(argv[2], NULL, 10), argv[3]);
        return 0;
    }
    if (argc >= 4 && argc <= 3 + TURNS_MAX && strcmp(argv[1], "run") == 0) {
        return run_turns(strtoull(argv[2], NULL, 10), argv + 3, (size_t)argc - 3);
    }
    fputs("usage: ingest enrol DIR | fill CHANGES DIR | run CHANGES DIR ... | log CHANGES "
          "DIR ...\n",
          stderr);
    return 64;
}
