/* SPDX-License-Identifier: Apache-2.0 */
/* Signed logs and proofs: what a small installation writes, and what a forger makes of it. */
#include <string.h>

#include "tests/auditor.h"
#include "tests/store_mem.h"
#include "tests/vector.h"

enum { SEED = 31, DAY = 19100, UNIT = 2 };

static struct auditor auditor;
static struct replica district, ward;

/* A ward that handed two records and an edit in, and has the receipt. */
static void open_world(struct installation *installation)
{
    struct wsync_session_counts counts;
    struct wsync_dot record;
    installation_init(installation, SEED);
    replica_init(&district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&district, installation);
    replica_init(&ward, wsync_store_mem_new(), SEED, 1, UNIT);
    replica_enrol(&district, installation, &ward);
    replica_open_log(&district, installation);
    for (int round = 0; round < 2; round++) {
        enum wsync_err err = replica_sync(&ward, &district, installation, &counts);
        WSYNC_ASSERT(err == WSYNC_OK);
        err = round == 0 ? replica_create(&ward, DAY, 25, 1, &record)
                         : replica_set_count(&ward, record, 26);
        WSYNC_ASSERT(err == WSYNC_OK);
    }
    enum wsync_err err = replica_sync(&ward, &district, installation, &counts);
    WSYNC_ASSERT(err == WSYNC_OK);
    auditor_open(&auditor, installation);
}

static void say(struct vector_book *book, const char *name, const char *spec, const char *what)
{
    vector_begin(book, name, spec, what);
    vector_hex(book, "instance", WSYNC_BYTES(auditor.installation->instance));
    vector_hex(book, "file", wsync_slice(auditor.bytes, auditor.len));
}

static void logs(struct vector_book *book)
{
    auditor_export(&auditor, &district, true);
    say(book, "district-log", "S16.1 S16.2 S16.3 S16.4 S16.6 S16.10", "signed-log");
    vector_expect(book, WSYNC_OK);
    auditor.bytes[auditor.len - 1] ^= 1;
    say(book, "another-end", "S16.2", "signed-log");
    vector_expect(book, WSYNC_ERR_FRAME);
    auditor_export(&auditor, &district, true);
    auditor_leave_out(&auditor, 0);
    say(book, "without-the-first-statement", "S16.3 S16.7", "signed-log");
    vector_expect(book, WSYNC_ERR_ROSTER);
    auditor_export(&auditor, &ward, false);
    say(book, "ward-log-without-private-parts", "S16.5 S16.6 S16.8", "signed-log");
    vector_expect(book, WSYNC_OK);
}

static struct wsync_dot first_record(void)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    enum wsync_err err = wsync_store_begin(ward.store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_ledger_own_log(txn, UNIT, &log);
    WSYNC_ASSERT(err == WSYNC_OK);
    wsync_txn_abort(txn);
    return (struct wsync_dot){log.no, 1, 0};
}

static void proofs(struct vector_book *book)
{
    struct wsync_proof_result result;
    struct wsync_proof_request request = {.has_record = true, .record = first_record()};
    enum wsync_err err = auditor_prove(&auditor, &ward, &request, &result);
    WSYNC_ASSERT(err == WSYNC_OK && result.proven == 2);
    say(book, "proof-of-a-record", "S16.12 S16.13 S16.14 S16.15 S16.16 S16.18 S16.19 S16.20",
        "proof-text");
    vector_expect(book, WSYNC_OK);
    size_t len;
    size_t head = auditor_line(&auditor, 1, &len);
    auditor.bytes[head + 2] = 'b'; /* the words say something else, under an end made anew */
    auditor_end_proof(&auditor);
    say(book, "other-words", "S16.19", "proof-text");
    vector_expect(book, WSYNC_ERR_PROOF);
    request = (struct wsync_proof_request){.receipt = 1};
    err = auditor_prove(&auditor, &ward, &request, &result);
    WSYNC_ASSERT(err == WSYNC_OK);
    say(book, "proof-of-a-receipt", "S16.12 S16.18", "proof-text");
    vector_expect(book, WSYNC_OK);
}

void vector_make_file(struct vector_book *book)
{
    struct installation installation;
    open_world(&installation);
    logs(book);
    proofs(book);
    auditor_close(&auditor);
    replica_fini(&ward);
    replica_fini(&district);
}
