/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: prints valid inputs for targets that hear frames, one a line: target, name, hex.
 * Equal programs print equal lines; make-corpus puts them into the corpus. */
#include <stdio.h>
#include <string.h>

#include "tests/auditor.h"
#include "tests/fuzz/fuzz.h"
#include "tests/hub.h"
#include "tests/store_mem.h"

enum { DAY = 19100, BYTE_BITS = 8, KIND_BITS = 14 };

static void say_piece(enum fuzz_kind kind, struct wsync_slice bytes)
{
    unsigned word = (unsigned)kind << KIND_BITS | (unsigned)bytes.len;
    printf("%02x%02x", word >> BYTE_BITS, word & 0xffU);
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.data[i]);
    }
}

static void say_run(struct forge *forge, enum fuzz_kind kind, uint64_t first, uint64_t last)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = forge_set(forge, first, last)};
    struct wsync_slice frame;
    enum wsync_err err = wsync_message_encode(&message, &forge->arena, &frame);
    WSYNC_ASSERT(err == WSYNC_OK);
    say_piece(kind, frame);
}

static void say_runs(struct fuzz_world *world)
{
    struct forge *log = &world->log;
    printf("accept runs-raw ");
    say_run(log, FUZZ_RAW, 1, FUZZ_HELD);
    say_run(log, FUZZ_RAW, FUZZ_HELD + 1, log->seq);
    printf("\naccept runs-twice ");
    say_run(log, FUZZ_RAW, FUZZ_HELD, log->seq - 1);
    say_run(log, FUZZ_RAW, FUZZ_HELD, log->seq);
    say_run(log, FUZZ_SEALED, FUZZ_HELD, log->seq);
    printf("\naccept runs-sealed ");
    say_run(log, FUZZ_SEALED, FUZZ_HELD + 1, log->seq);
    say_run(log, FUZZ_APPEND, 2, FUZZ_HELD);
    printf("\naccept other-log ");
    say_run(&world->honest, FUZZ_RAW, 1, 2);
    printf("\n");
}

/* What an office does in a day: records, an edit, a second edit of the same value, a delete. */
static void work(struct replica *ward)
{
    struct wsync_dot record;
    struct wsync_dot gone;
    const struct wsync_write write = forge_integer(FORGE_COUNT, -7);
    enum wsync_err err = replica_create(ward, DAY, 1, 1, &record);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = replica_create(ward, DAY + 1, 2, 2, &gone);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = replica_set_count(ward, record, 40);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = replica_set_field(ward, record, &write, NULL, 0);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = replica_delete(ward, gone);
    WSYNC_ASSERT(err == WSYNC_OK);
}

static void say_line(const struct hub *hub, const char *target, const char *name, bool all)
{
    printf("%s %s ", target, name);
    for (size_t i = 0; i < hub->lines[0].said; i++) {
        struct wsync_slice frame = hub->lines[0].frames[i];
        if (all || frame.data[1] == WSYNC_MESSAGE_CHANGES) {
            say_piece(FUZZ_RAW, frame);
        }
    }
    printf("\n");
}

/* Runs a session of the ward against the district. */
static void meet(struct fuzz_world *world, struct hub *ward, struct hub *district)
{
    const struct installation *installation = &world->installation;
    hub_open_district(district, 0, installation, &world->ward.transport);
    hub_open_ward(ward, 0, installation);
    bool moved = true;
    while (moved) {
        enum wsync_err err = hub_run(ward);
        WSYNC_ASSERT(err == WSYNC_OK);
        moved = hub_carry(ward, 0, district, 0, HUB_NONE_LOST) > 0;
        err = hub_run(district);
        WSYNC_ASSERT(err == WSYNC_OK);
        moved |= hub_carry(district, 0, ward, 0, HUB_NONE_LOST) > 0;
    }
    WSYNC_ASSERT(wsync_session_is_over(&ward->lines[0].session));
}

static void say_message(struct fuzz_world *world, const struct wsync_message *message)
{
    struct wsync_slice frame;
    enum wsync_err err = wsync_message_encode(message, &world->log.arena, &frame);
    WSYNC_ASSERT(err == WSYNC_OK);
    say_piece(FUZZ_RAW, frame);
}

/* A device that asks for a photo of another unit, and says that it has it, to hear whether it
 * is there; then for one that it may see. */
static void say_greed(struct fuzz_world *world, struct wsync_slice hello)
{
    const struct wsync_blob_name name = photos_name(FUZZ_PHOTO_OTHER, FUZZ_PHOTO_BYTES);
    struct wsync_message want = {.type = WSYNC_MESSAGE_BLOB_WANT,
                                 .want = {true, name, 0, wsync_blob_chunk_count(&name)}};
    const struct wsync_message offer = {.type = WSYNC_MESSAGE_BLOB_OFFER, .offer = {&name, 1}};
    printf("district photo-of-another-unit ");
    say_piece(FUZZ_RAW, hello);
    say_message(world, &offer);
    say_message(world, &want);
    want.want.name = photos_name(FUZZ_PHOTO_TOP, FUZZ_PHOTO_BYTES);
    say_message(world, &want);
    printf("\n");
}

/* A session with photos both ways, as the targets begin it. */
static void say_photos(struct fuzz_world *world, struct hub *ward, struct hub *district)
{
    fuzz_world_ward(world);
    wsync_store_close(world->district.store);
    world->district.store = wsync_store_mem_clone(world->met);
    ward->pump.store = ward->disk = world->ward.store;
    district->pump.store = district->disk = world->district.store;
    meet(world, ward, district);
    bool given = fuzz_has_photo(&world->district, FUZZ_PHOTO_OWN);
    bool taken = fuzz_has_photo(&world->ward, FUZZ_PHOTO_TOP);
    WSYNC_ASSERT(given && taken);
    say_line(ward, "district", "session-photos", true);
    say_greed(world, ward->lines[0].frames[0]);
    say_line(district, "ward", "session-photos", true);
}

/* The ward knows of nothing again, nor does the district of it. */
static void begin_anew(struct fuzz_world *world, struct hub *ward, struct hub *district)
{
    (void)fuzz_world_fresh();
    wsync_store_close(world->ward.store);
    world->ward.store = ward->pump.store = ward->disk = wsync_store_mem_new();
    wsync_catalog_forget(world->ward.catalog);
    district->pump.store = district->disk = world->district.store;
}

/* ---- what an auditor is given ---- */

enum { AUDIT_LOG_ENDED = 1, AUDIT_PROOF_ENDED = 3, AUDIT_NOTE = 4, WARD_UNIT = 2 };

static struct auditor auditor;

static void say_bytes(const char *name, int kind, struct wsync_slice bytes)
{
    printf("audit %s %02x", name, (unsigned)kind);
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.data[i]);
    }
    printf("\n");
}

static void say_proof(const char *name, struct replica *replica,
                      struct wsync_proof_request request)
{
    struct wsync_proof_result result;
    enum wsync_err err = auditor_prove(&auditor, replica, &request, &result);
    WSYNC_ASSERT(err == WSYNC_OK);
    say_bytes(name, AUDIT_PROOF_ENDED, wsync_slice(auditor.bytes, auditor.len));
    for (size_t i = 0; strcmp(name, "proof-of-a-receipt") == 0 && i < auditor_lines(&auditor);
         i++) {
        size_t len;
        size_t at = auditor_line(&auditor, i, &len);
        if (memcmp(auditor.bytes + at, "checkpoint", 10) == 0) {
            size_t last = auditor_line(&auditor, i + 5, &(size_t){0});
            size_t begin = auditor_line(&auditor, i + 1, &len);
            auditor_line(&auditor, i + 5, &len);
            say_bytes("note", AUDIT_NOTE,
                      wsync_slice(auditor.bytes + begin, last + len - begin));
        }
    }
}

static struct wsync_dot first_of(struct replica *replica, uint32_t scope)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    enum wsync_err err = wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_ledger_own_log(txn, scope, &log);
    WSYNC_ASSERT(err == WSYNC_OK);
    wsync_txn_abort(txn);
    return (struct wsync_dot){log.no, 1, 0};
}

/* A district that keeps a log, and a ward that handed a day's work in: of the world's root. */
static void say_files(const struct installation *installation)
{
    struct replica district;
    struct replica ward;
    struct wsync_session_counts counts;
    replica_init(&district, wsync_store_mem_new(), FUZZ_SEED, 0, REPLICA_TOP);
    replica_found(&district, installation);
    replica_init(&ward, wsync_store_mem_new(), FUZZ_SEED, 1, WARD_UNIT);
    replica_enrol(&district, installation, &ward);
    replica_open_log(&district, installation);
    for (int round = 0; round < 3; round++) {
        enum wsync_err err = replica_sync(&ward, &district, installation, &counts);
        WSYNC_ASSERT(err == WSYNC_OK);
        work(&ward);
    }
    auditor_open(&auditor, installation);
    auditor_export(&auditor, &district, true);
    say_bytes("log-of-the-district", AUDIT_LOG_ENDED, wsync_slice(auditor.bytes, auditor.len));
    auditor_export(&auditor, &ward, false);
    say_bytes("log-of-the-ward", AUDIT_LOG_ENDED, wsync_slice(auditor.bytes, auditor.len));
    say_proof(
        "proof-at-the-ward", &ward,
        (struct wsync_proof_request){.has_record = true, .record = first_of(&ward, WARD_UNIT)});
    say_proof("proof-by-heads", &district,
              (struct wsync_proof_request){.has_record = true,
                                           .record = first_of(&district, REPLICA_TOP)});
    say_proof("proof-of-a-receipt", &ward, (struct wsync_proof_request){.receipt = 1});
    auditor_close(&auditor);
    replica_fini(&ward);
    replica_fini(&district);
}

int main(void)
{
    struct fuzz_world *world = fuzz_world_fresh();
    static struct hub ward, district; /* too large for a stack */
    say_runs(world);
    hub_init(&ward, &world->ward);
    hub_init(&district, &world->district);
    say_photos(world, &ward, &district);
    begin_anew(world, &ward, &district);
    meet(world, &ward, &district);
    say_line(&ward, "district", "session-first", true);
    work(&world->ward);
    meet(world, &ward, &district);
    say_line(&ward, "district", "session-day", true);
    say_line(&ward, "accept", "session-day", false);
    say_line(&district, "ward", "session-day", true);
    replica_rotate(&world->ward, 1);
    meet(world, &ward, &district);
    say_line(&ward, "district", "session-of-new-keys", true);
    say_line(&district, "ward", "session-of-new-keys", true);
    say_files(&world->installation);
    hub_fini(&ward);
    hub_fini(&district);
    return 0;
}
