/* SPDX-License-Identifier: Apache-2.0 */
/* program.c: the real ledger over the real store, for power cuts.
 *
 *   program create DIR      an installation with a district's store and a ward's, in DIR
 *   program ward DIR N      the ward saves N records, one transaction each: "change SEQ"
 *   program district DIR N  the district's session takes N change-sets of the ward and speaks
 *                           by its pump, as `district serve` does: "change SEQ" for an Ack
 *   program check           reads lines "ward|district FOLDER"; answers, for each, how far the
 *                           store bears out what may be said, "change N", or what is wrong
 *
 * What it says on standard output is what somebody was told: the name of a promise and how far
 * it goes, written when the frame would go out.  A store that holds less of it broke it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/block.h"
#include "host/store_lmdb.h"
#include "tests/forge.h"

enum { SEED = 31, UNIT = 2, DAY = 19100, SET_CHANGES = 3, PATH_BYTES = 1024 };

/* Promises: a change of the ward is held. */
static const char CHANGE[] = "change";

static struct installation installation;

static void must(enum wsync_err err, const char *what)
{
    if (err != WSYNC_OK) {
        fprintf(stderr, "crash program: %s: %s\n", what, wsync_err_name(err));
        exit(70);
    }
}

static struct wsync_store *open_store(const char *path)
{
    struct wsync_store *store;
    struct wsync_error error = {{0}};
    must(wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &store, &error), error.text);
    return store;
}

static void say(const char *promise, uint64_t number)
{
    char line[64];
    int len = snprintf(line, sizeof line, "%s %" PRIu64 "\n", promise, number);
    if (write(STDOUT_FILENO, line, (size_t)len) != len) {
        exit(74);
    }
}

static void store_path(const char *dir, const char *who, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", dir, who);
}

static void create(const char *dir)
{
    char path[PATH_BYTES];
    struct replica district;
    struct replica ward;
    struct wsync_error error = {{0}};
    store_path(dir, "district", path);
    must(wsync_store_lmdb_create(path, &error), error.text);
    replica_init(&district, open_store(path), SEED, 0, REPLICA_TOP);
    store_path(dir, "ward", path);
    must(wsync_store_lmdb_create(path, &error), error.text);
    replica_init(&ward, open_store(path), SEED, 1, UNIT);
    replica_found(&district, &installation);
    replica_enrol(&district, &installation, &ward);
    must(replica_sync(&ward, &district, &installation, NULL), "first sync");
    replica_fini(&ward);
    replica_fini(&district);
}

static void run_ward(const char *dir, uint64_t count)
{
    char path[PATH_BYTES];
    struct replica ward;
    struct wsync_dot written;
    store_path(dir, "ward", path);
    replica_init(&ward, open_store(path), SEED, 1, UNIT);
    for (uint64_t i = 1; i <= count; i++) {
        must(replica_create(&ward, DAY + (int32_t)(i % 7), (int64_t)i, 1, &written), "save");
        say(CHANGE, written.seq);
    }
    replica_fini(&ward);
}

/* ---- the district: session and pump ---- */

struct desk {
    struct replica replica;
    struct wsync_session session;
    struct wsync_pump pump;
    struct wsync_sink sink;
    void *memory;
};

/* A frame leaves: whatever it promises must be durable. */
static void on_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct desk *desk = context;
    struct wsync_arena *arena = &desk->replica.arena;
    struct wsync_message message;
    (void)session;
    size_t mark = wsync_arena_mark(arena);
    must(wsync_message_decode(frame, arena, &message), "frame");
    if (message.type == WSYNC_MESSAGE_ACK) {
        for (size_t i = 0; i < message.ack.count; i++) {
            say(CHANGE, message.ack.items[i].seq);
        }
    }
    wsync_arena_release(arena, mark);
}

static void on_close(void *context, struct wsync_session *session)
{
    (void)context;
    must(session->result == WSYNC_OK ? WSYNC_ERR_STATE : session->result, "session");
}

static void hear(struct desk *desk, const struct wsync_message *message)
{
    struct wsync_arena *arena = &desk->replica.arena;
    struct wsync_pump_event event = {&desk->session, {.kind = WSYNC_EVENT_FRAME}};
    size_t mark = wsync_arena_mark(arena);
    must(wsync_message_encode(message, arena, &event.event.frame), "encode");
    replica_tell_moment(&desk->replica);
    must(wsync_pump_run(&desk->pump, &event, 1), "pump");
    while (desk->pump.more) {
        replica_tell_moment(&desk->replica);
        must(wsync_pump_run(&desk->pump, NULL, 0), "pump");
    }
    wsync_arena_release(arena, mark);
}

static void open_desk(struct desk *desk, const char *dir, const struct replica *ward)
{
    char path[PATH_BYTES];
    const struct wsync_message hello = {.type = WSYNC_MESSAGE_HELLO,
                                        .hello = {.version_min = WSYNC_PROTOCOL_VERSION,
                                                  .version_max = WSYNC_PROTOCOL_VERSION,
                                                  .device = ward->identity.device,
                                                  .instance = installation.instance,
                                                  .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                              .ledger = &desk->replica.ledger,
                                              .instance = installation.instance,
                                              .peer = ward->transport};
    store_path(dir, "district", path);
    replica_init(&desk->replica, open_store(path), SEED, 0, REPLICA_TOP);
    desk->memory = wsync_block_new(wsync_pump_bytes());
    must(desk->memory ? WSYNC_OK : WSYNC_ERR_MEMORY, "memory");
    desk->sink = (struct wsync_sink){desk, on_send, on_close};
    wsync_pump_init(&desk->pump, desk->replica.store, &desk->replica.ledger, &desk->sink,
                    desk->memory);
    wsync_session_init(&desk->session, &setup, 0);
    hear(desk, &hello);
}

static void run_district(const char *dir, uint64_t count)
{
    static struct desk desk;
    char path[PATH_BYTES];
    struct replica ward;
    struct forge log;
    store_path(dir, "ward", path);
    replica_init(&ward, open_store(path), SEED, 1, UNIT);
    forge_init(&log, &ward, &installation, 2, 1);
    open_desk(&desk, dir, &ward);
    replica_fini(&ward);
    for (uint64_t i = 0; i < count; i++) {
        for (int k = 0; k < SET_CHANGES; k++) {
            forge_create(&log, DAY + k, (int64_t)i, 1 + k % 2);
        }
        const struct wsync_message message = {
            .type = WSYNC_MESSAGE_CHANGES,
            .changes = forge_set(&log, SET_CHANGES * i + 1, log.seq)};
        hear(&desk, &message);
    }
    forge_fini(&log);
    replica_fini(&desk.replica);
    wsync_block_free(desk.memory, wsync_pump_bytes());
}

/* ---- what a store bears out ---- */

/* How many changes of the ward's device the store holds, all of it proved anew. */
static enum wsync_err check(const char *who, const char *path, uint64_t *held)
{
    struct wsync_store *store;
    struct replica replica;
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = wsync_store_lmdb_open(path, WSYNC_TXN_WRITE, &store, NULL);
    if (err != WSYNC_OK) {
        return err;
    }
    bool ward = strcmp(who, "ward") == 0;
    replica_init(&replica, store, SEED, ward ? 1 : 0, ward ? UNIT : REPLICA_TOP);
    *held = 0;
    err = wsync_store_begin(store, WSYNC_TXN_READ, &txn);
    while (err == WSYNC_OK && wsync_log_after(txn, after, &log) == WSYNC_OK) {
        struct wsync_hash hash;
        err = wsync_log_hash(txn, log.no, log.seq, &hash);
        if (err == WSYNC_OK && !wsync_hash_equal(&hash, &log.hash)) {
            err = WSYNC_ERR_CORRUPT;
        }
        *held += log.scope == UNIT ? log.seq : 0;
        at = log.id;
        after = &at;
    }
    if (err == WSYNC_OK) {
        wsync_txn_abort(txn);
        struct wsync_hash live = replica_digest(&replica, UNIT);
        struct wsync_hash anew = replica_recomputed_digest(&replica, UNIT);
        err = wsync_hash_equal(&live, &anew) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
    }
    replica_fini(&replica);
    return err;
}

static void check_lines(void)
{
    char line[2 * PATH_BYTES];
    while (fgets(line, sizeof line, stdin)) {
        char who[16];
        char path[PATH_BYTES];
        uint64_t held;
        if (sscanf(line, "%15s %1023s", who, path) != 2) {
            exit(64);
        }
        enum wsync_err err = check(who, path, &held);
        if (err == WSYNC_OK) {
            printf("%s %" PRIu64 "\n", CHANGE, held); /* another promise: another pair */
        } else {
            printf("%s\n", wsync_err_name(err));
        }
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    installation_init(&installation, SEED);
    if (argc == 2 && strcmp(argv[1], "check") == 0) {
        check_lines();
    } else if (argc == 3 && strcmp(argv[1], "create") == 0) {
        create(argv[2]);
    } else if (argc == 4 && strcmp(argv[1], "ward") == 0) {
        run_ward(argv[2], strtoull(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "district") == 0) {
        run_district(argv[2], strtoull(argv[3], NULL, 10));
    } else {
        return 64;
    }
    return 0;
}
