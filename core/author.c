/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/ledger_parts.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"

enum { REFERENCES_LOOKED_AT = 256 };

/* What writing one change needs at hand. */
struct draft_desk {
    struct wsync_txn *txn;
    struct wsync_arena *arena;
    struct wsync_log *log;
    struct wsync_reference references[WSYNC_REFERENCES_PER_CHANGE_MAX];
    uint32_t targets[WSYNC_REFERENCES_PER_CHANGE_MAX]; /* log number of each reference */
    size_t reference_count;
};

static enum wsync_err open_own_log(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena,
                                   const struct wsync_authoring *authoring,
                                   struct wsync_log *log)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_genesis genesis = {
        .format = WSYNC_FORMAT_VERSION,
        .instance = roster.instance,
        .scope = authoring->scope,
        .device = ledger->identity->device,
        .signing_key = ledger->identity->signing_key,
        .roster_version = roster.version,
        .stamp = authoring->now,
    };
    memcpy(genesis.random, authoring->entropy.b, sizeof genesis.random);
    err = wsync_retired_head(txn, authoring->scope, &genesis.previous);
    genesis.has_previous = err == WSYNC_OK;
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    struct wsync_slice bytes;
    err = wsync_genesis_encode(&genesis, arena, &bytes);
    if (err == WSYNC_OK) {
        err = wsync_log_open(txn, bytes, &genesis, log);
    }
    return err == WSYNC_OK ? wsync_own_put(txn, log) : err;
}

/* An entry of the log's table that covers the dot: of the changes before, else of this one. */
static enum wsync_err find_reference(struct draft_desk *desk, struct wsync_dot dot,
                                     uint32_t *index)
{
    uint32_t count = desk->log->reference_count;
    uint32_t stop = count > REFERENCES_LOOKED_AT ? count - REFERENCES_LOOKED_AT : 0;
    for (uint32_t i = count; i > stop; i--) {
        struct wsync_target target;
        struct wsync_hash hash;
        enum wsync_err err = wsync_log_reference(desk->txn, desk->log->no, i, &target);
        if (err == WSYNC_OK && (target.log_no != dot.log_no || target.seq < dot.seq)) {
            continue;
        }
        if (err == WSYNC_OK) {
            err = wsync_log_hash(desk->txn, target.log_no, target.seq, &hash);
        }
        if (err == WSYNC_OK && wsync_hash_has_prefix(&hash, &target.hash)) {
            *index = i;
            return WSYNC_OK;
        }
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) { /* else of a branch that is gone */
            return err;
        }
    }
    for (size_t i = 0; i < desk->reference_count; i++) {
        if (desk->targets[i] == dot.log_no) {
            *index = desk->log->reference_count + 1 + (uint32_t)i;
            return WSYNC_OK;
        }
    }
    return WSYNC_ERR_NOT_FOUND;
}

/* Introduces the named log at its present head, so that the entry serves for all of it. */
static enum wsync_err add_reference(struct draft_desk *desk, uint32_t log_no, uint32_t *index)
{
    struct wsync_log log;
    if (desk->reference_count == WSYNC_REFERENCES_PER_CHANGE_MAX ||
        desk->log->reference_count + desk->reference_count >= WSYNC_REFERENCES_PER_LOG_MAX) {
        return WSYNC_ERR_INVALID;
    }
    enum wsync_err err = wsync_log_get(desk->txn, log_no, &log);
    if (err != WSYNC_OK) {
        return err;
    }
    desk->targets[desk->reference_count] = log_no;
    desk->references[desk->reference_count++] =
        (struct wsync_reference){log.id, log.seq, wsync_hash_prefix_of(&log.hash)};
    *index = desk->log->reference_count + (uint32_t)desk->reference_count;
    return WSYNC_OK;
}

static enum wsync_err address_of(struct draft_desk *desk, struct wsync_dot dot,
                                 struct wsync_address *address)
{
    *address = (struct wsync_address){.seq = dot.seq, .op = dot.op};
    if (dot.log_no == WSYNC_AGAIN_ITSELF) {
        address->seq = desk->log->seq + 1;
        return WSYNC_OK;
    }
    if (dot.log_no == desk->log->no) {
        return WSYNC_OK;
    }
    enum wsync_err err = find_reference(desk, dot, &address->reference);
    return err == WSYNC_ERR_NOT_FOUND ? add_reference(desk, dot.log_no, &address->reference)
                                      : err;
}

/* Receivers do not look at private values, so their author does. */
static enum wsync_err check_personal(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                     const struct wsync_intent *intent)
{
    for (size_t i = 0; i < intent->write_count; i++) {
        const struct wsync_write *write = &intent->writes[i];
        const struct wsync_form *form;
        if (!write->personal) {
            continue;
        }
        enum wsync_err err =
            wsync_catalog_form(ledger->catalog, txn, intent->form, intent->version, &form);
        const struct wsync_field *field =
            err == WSYNC_OK ? wsync_form_field(form, write->field) : NULL;
        if (!field) {
            return err == WSYNC_OK ? WSYNC_ERR_FIELD : err;
        }
        bool blank = write->value.class == WSYNC_CLASS_BLANK;
        err = blank ? WSYNC_OK : wsync_field_check(field, &write->value, NULL);
        if (err != WSYNC_OK || (blank && field->required)) {
            return WSYNC_ERR_VALUE;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err draft_operation(struct draft_desk *desk,
                                      const struct wsync_intent *intent,
                                      struct wsync_operation *operation)
{
    *operation = (struct wsync_operation){.kind = intent->kind,
                                          .form = intent->form,
                                          .version = intent->version,
                                          .creates = intent->creates,
                                          .writes = intent->writes,
                                          .write_count = intent->write_count,
                                          .base_count = intent->base_count};
    struct wsync_address *bases =
        wsync_arena_array(desk->arena, intent->base_count, sizeof *bases);
    if (!bases) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < intent->base_count && err == WSYNC_OK; i++) {
        err = address_of(desk, intent->bases[i], &bases[i]);
    }
    operation->bases = bases;
    if (err == WSYNC_OK && !intent->creates) {
        err = address_of(desk, intent->record, &operation->record);
    }
    if (err == WSYNC_OK && intent->kind == WSYNC_KIND_DUPLICATE) {
        err = address_of(desk, intent->other, &operation->other);
    }
    return err;
}

static enum wsync_err make_draft(struct draft_desk *desk, const struct wsync_roster *roster,
                                 const struct wsync_authoring *authoring,
                                 struct wsync_draft *draft)
{
    struct wsync_operation *operations =
        wsync_arena_array(desk->arena, authoring->intent_count, sizeof *operations);
    if (!operations) {
        return WSYNC_ERR_MEMORY;
    }
    if (authoring->again) { /* no address may go by this entry: it names another branch */
        desk->targets[0] = 0;
        desk->references[desk->reference_count++] = authoring->again->origin;
    }
    for (size_t i = 0; i < authoring->intent_count; i++) {
        enum wsync_err err = draft_operation(desk, &authoring->intents[i], &operations[i]);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    *draft = (struct wsync_draft){
        .context = {.stamp_delta = authoring->now - desk->log->stamp,
                    .actor = authoring->actor,
                    .references = desk->references,
                    .reference_count = desk->reference_count},
        .operations = operations,
        .operation_count = authoring->intent_count,
    };
    if (roster->version > desk->log->roster_version) {
        draft->context.roster_version = roster->version;
    }
    if (authoring->again) {
        draft->context.has_origin = true;
        draft->context.origin =
            (struct wsync_origin){desk->log->reference_count + 1, authoring->again->origin.seq,
                                  authoring->again->stamp};
    }
    memcpy(draft->salt.b, authoring->entropy.b + 16, sizeof draft->salt.b);
    return WSYNC_OK;
}

/* The rules its receivers apply are applied to the author's own bytes as well: what this
 * program writes is decoded again before it is kept. */
static enum wsync_err append_own(struct wsync_case *c, struct wsync_log *log,
                                 const struct wsync_authoring *authoring,
                                 struct wsync_raw_change *raw)
{
    struct wsync_context context;
    struct wsync_judgement judgement;
    enum wsync_err err = wsync_context_decode(raw->public_part, c->arena, &context);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_change change = {
        .hash = wsync_chain_next(&log->id, c->seq, &log->hash, raw),
        .stamp = c->stamp,
        .raw = *raw,
    };
    err = wsync_append_change(c, log, &context, &change, &judgement);
    log->stamp = authoring->now; /* an origin moves no other stamp (SPEC 5.1) */
    if (authoring->again) {
        return err;
    }
    if (err == WSYNC_OK && judgement.outcome == WSYNC_OUTCOME_QUARANTINE) {
        return judgement.reason;
    }
    if (err == WSYNC_OK && judgement.outcome == WSYNC_OUTCOME_WAIT) {
        bool full = judgement.cause.kind == WSYNC_CAUSE_ROOM;
        return full ? WSYNC_ERR_CROWDED : WSYNC_ERR_NOT_FOUND;
    }
    return err;
}

static enum wsync_err find_own_log(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                   struct wsync_arena *arena,
                                   const struct wsync_authoring *authoring,
                                   struct wsync_log *log)
{
    enum wsync_err err = wsync_ledger_own_log(txn, authoring->scope, log);
    if (err == WSYNC_OK && !wsync_wrote(ledger->identity, log)) { /* one log has one key */
        err = wsync_retire(txn, authoring->scope);
        err = err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    return err == WSYNC_ERR_NOT_FOUND ? open_own_log(ledger, txn, arena, authoring, log) : err;
}

enum wsync_err wsync_ledger_write(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                  struct wsync_arena *arena,
                                  const struct wsync_authoring *authoring,
                                  struct wsync_dot *written)
{
    struct wsync_log log;
    struct wsync_roster roster;
    struct wsync_device device;
    struct wsync_draft draft;
    struct wsync_raw_change raw;
    WSYNC_ASSERT(ledger->identity && authoring->intent_count > 0);
    enum wsync_err err = wsync_roster_get(txn, &roster);
    if (err == WSYNC_OK) {
        err = wsync_device_get(txn, &ledger->identity->device, &device);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_DEVICE : err;
    }
    if (!wsync_device_may_write(&device, authoring->scope)) {
        return WSYNC_ERR_SCOPE;
    }
    for (size_t i = 0; !authoring->again && i < authoring->intent_count && err == WSYNC_OK;
         i++) {
        err = check_personal(ledger, txn, &authoring->intents[i]);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = find_own_log(ledger, txn, arena, authoring, &log);
    if (err != WSYNC_OK) {
        return err;
    }
    struct draft_desk desk = {.txn = txn, .arena = arena, .log = &log};
    err = make_draft(&desk, &roster, authoring, &draft);
    if (err == WSYNC_OK) {
        err = wsync_draft_encode(&draft, arena, &raw);
    }
    if (err == WSYNC_OK && !authoring->again &&
        raw.public_part.len + raw.private_part.len > WSYNC_PAYLOAD_AUTHORED_BYTES_MAX) {
        err = WSYNC_ERR_OVERSIZE;
    }
    struct wsync_case c = {.ledger = ledger,
                           .txn = txn,
                           .arena = arena,
                           .log = &log,
                           .device = &device,
                           .top = roster.top,
                           .seq = log.seq + 1,
                           .stamp =
                               authoring->again ? authoring->again->stamp : authoring->now};
    if (err == WSYNC_OK) {
        err = append_own(&c, &log, authoring, &raw);
    }
    if (err == WSYNC_OK) {
        *written = (struct wsync_dot){log.no, log.seq, 0};
        err = wsync_log_put(txn, &log);
    }
    return err;
}
