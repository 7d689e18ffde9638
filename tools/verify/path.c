/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_FIRST = 16, PASSED_FIRST = 256 };

static bool fail(struct proof *proof, enum wsync_err code, const char *text)
{
    return audit_fail(proof->fault, code, "%s", text);
}

/* The log's device is in the roster, with the key that the genesis names. */
static bool begin(struct proof *proof, struct path *path, const struct wsync_proof_path *piece)
{
    struct wsync_device device;
    struct wsync_hash start = wsync_chain_start(piece->genesis);
    *path = (struct path){.open = true, .first_shown = proof->shown_count};
    path->head =
        (struct wsync_head){wsync_chain_log_id(&start), piece->first - 1, piece->before};
    if (wsync_genesis_decode(piece->genesis, &proof->arena, &path->genesis) != WSYNC_OK) {
        return fail(proof, WSYNC_ERR_GENESIS, "The genesis of a path cannot be read.");
    }
    if (piece->first == 1 && !wsync_hash_equal(&start, &piece->before)) {
        return fail(proof, WSYNC_ERR_CHAIN, "The path does not begin with its genesis.");
    }
    if (!wsync_slice_equal(WSYNC_BYTES(path->genesis.instance),
                           WSYNC_BYTES(proof->audit.instance))) {
        return fail(proof, WSYNC_ERR_INSTANCE, "The path is of another installation.");
    }
    enum wsync_err err = wsync_device_get(proof->audit.txn, &path->genesis.device, &device);
    return (err == WSYNC_OK && audit_device_has_key(&device, &path->genesis.signing_key)) ||
           fail(proof, WSYNC_ERR_DEVICE, "The roster knows no device with the key of the log.");
}

static bool add_shown(struct proof *proof, const struct path *path, uint64_t seq,
                      const struct wsync_proof_step *step)
{
    size_t count = proof->shown_count;
    bool full = count >= SHOWN_FIRST && (count & (count - 1)) == 0; /* doubles at powers of 2 */
    if (count == PROOF_SHOWN_MAX) {
        return fail(proof, WSYNC_ERR_OVERSIZE, "The proof shows too many changes.");
    }
    if (count == 0 || full) {
        size_t size = count == 0 ? SHOWN_FIRST : 2 * count;
        struct proof_shown *grown = realloc(proof->shown, size * sizeof *grown);
        if (!grown) {
            return fail(proof, WSYNC_ERR_MEMORY, "There is not enough memory.");
        }
        proof->shown = grown;
    }
    proof->shown[proof->shown_count++] = (struct proof_shown){
        .log = path->head.log,
        .seq = seq,
        .scope = path->genesis.scope,
        .device = path->genesis.device,
        .bytes = step->change,
        .personal = step->digest.personal,
    };
    return true;
}

static bool add_passed(struct proof *proof, const struct wsync_head *head)
{
    if (proof->passed_count == proof->passed_size) {
        size_t size = proof->passed_size == 0 ? PASSED_FIRST : 2 * proof->passed_size;
        struct wsync_head *grown = realloc(proof->passed, size * sizeof *grown);
        if (!grown) {
            return fail(proof, WSYNC_ERR_MEMORY, "There is not enough memory.");
        }
        proof->passed = grown;
        proof->passed_size = size;
    }
    proof->passed[proof->passed_count++] = *head;
    return true;
}

bool path_take(struct proof *proof, struct path *path, const struct wsync_proof_path *piece)
{
    bool begins = piece->genesis.len > 0;
    if (begins == path->open) {
        return fail(proof, WSYNC_ERR_CHAIN,
                    begins ? "A path begins before the last one ended."
                           : "A path goes on that never began.");
    }
    if (begins && !begin(proof, path, piece)) {
        return false;
    }
    if (piece->first != path->head.seq + 1) {
        return fail(proof, WSYNC_ERR_GAP, "A part of a path is missing.");
    }
    for (size_t i = 0; i < piece->step_count; i++) {
        const struct wsync_proof_step *step = &piece->steps[i];
        path->head.seq++;
        path->head.hash =
            wsync_chain_step(&path->head.log, path->head.seq, &path->head.hash, &step->digest);
        if (!add_passed(proof, &path->head)) {
            return false;
        }
        if (step->change.len > 0 && !add_shown(proof, path, path->head.seq, step)) {
            return false;
        }
    }
    path->open = !piece->sealed;
    return path->open ||
           wsync_seal_verify(&path->genesis.signing_key, &piece->seal, &path->head,
                             &piece->checkpoint) ||
           fail(proof, WSYNC_ERR_SEAL, "The author's seal over a path does not verify.");
}

bool path_operations(const struct proof_shown *shown, struct wsync_arena *arena,
                     struct wsync_context *context, struct wsync_operation **operations)
{
    struct wsync_raw_change raw = {
        .public_part = shown->bytes,
        .private_state = shown->personal ? WSYNC_PRIVATE_ERASED : WSYNC_PRIVATE_NONE,
    };
    return wsync_context_decode(shown->bytes, arena, context) == WSYNC_OK &&
           wsync_operations_decode(context, &raw, arena, operations) == WSYNC_OK;
}

enum path_names path_names(const struct proof *proof, const struct proof_shown *shown,
                           const struct wsync_operation *operation, size_t index)
{
    const struct wsync_address *record = &operation->record;
    bool own = wsync_log_id_equal(&shown->log, &proof->record.log);
    if (operation->creates) {
        return own && shown->seq == proof->record.seq && index == proof->record_op ? PATH_MAKES
                                                                                   : PATH_NOT;
    }
    if (record->seq != proof->record.seq || record->op != proof->record_op) {
        return PATH_NOT;
    }
    if (own) {
        return record->reference == 0 ? PATH_CHANGES : PATH_NOT;
    }
    return record->reference > 0 ? PATH_MAYBE : PATH_NOT;
}
