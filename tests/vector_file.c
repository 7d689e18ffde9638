/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors of whole files: with the auditor's program. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/scratch.h"
#include "tests/vector.h"
#include "tools/verify/proof.h"
#include "tools/verify/whole_log.h"

static enum wsync_err look_at_log(struct vector_book *book, const struct audit_trust *trust,
                                  const char *path)
{
    struct views views = {.count = 0};
    struct whole_log log = {.views = &views};
    struct audit_fault fault = {.code = WSYNC_OK};
    struct wsync_hash digest;
    if (whole_log_check(&log, trust, path, false, &fault)) {
        fault.code =
            wsync_ledger_digest(&log.audit.ledger, log.audit.txn, &log.audit.arena, 0, &digest);
        vector_number(book, "statements", (int64_t)log.audit.statements);
        vector_number(book, "changes", (int64_t)log.audit.changes);
        vector_number(book, "receipts", (int64_t)log.audit.receipts);
        vector_number(book, "size", (int64_t)log.last.checkpoint.size);
        vector_hex(book, "root", WSYNC_BYTES(log.last.checkpoint.root));
        vector_hex(book, "digest", WSYNC_BYTES(digest));
    }
    whole_log_close(&log);
    views_fini(&views);
    return fault.code;
}

static enum wsync_err look_at_proof(struct vector_book *book, const struct audit_trust *trust,
                                    const char *path)
{
    struct proof proof;
    struct audit_fault fault = {.code = WSYNC_OK};
    if (proof_check(&proof, trust, path, &fault)) {
        vector_number(book, "shown", (int64_t)proof.shown_count);
        vector_number(book, "size", (int64_t)proof.facts.checkpoint.size);
        vector_hex(book, "root", WSYNC_BYTES(proof.facts.checkpoint.root));
        if (proof.has_record) {
            vector_hex(book, "record-log", WSYNC_BYTES(proof.record.log));
            vector_number(book, "record-seq", (int64_t)proof.record.seq);
        }
    }
    proof_close(&proof);
    return fault.code;
}

enum wsync_err vector_run_file(struct vector_book *book, const struct vector *vector,
                               struct wsync_arena *arena, bool is_log)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct audit_trust trust = {.has_instance = true};
    struct wsync_slice bytes = vector_bytes(vector, "file", arena);
    if (!vector_fixed(vector, "instance", trust.instance.b, sizeof trust.instance.b)) {
        return WSYNC_ERR_INVALID;
    }
    wsync_scratch_open(&scratch);
    FILE *file = fopen(wsync_scratch_path(&scratch, "file", path), "wb");
    WSYNC_ASSERT(file && fwrite(bytes.data, 1, bytes.len, file) == bytes.len);
    fclose(file);
    enum wsync_err err =
        is_log ? look_at_log(book, &trust, path) : look_at_proof(book, &trust, path);
    wsync_scratch_close(&scratch);
    return err;
}
