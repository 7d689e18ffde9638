/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/prove_parts.h"
#include "wardsync/base64.h"
#include "wardsync/frontier.h"

enum {
    LINE_BYTES_MAX = 256 << 10,
    STEP_BYTES = 96,        /* of one that is not shown, with room to spare */
    PIECE_BYTES = 64 << 10, /* of a path in one line */
};

struct writing {
    struct wsync_site *site;
    const struct wsync_proof_request *request;
    struct wsync_proof_result *result;
    struct wsync_proof_plan plan;
    struct wsync_roster roster;
    struct wsync_hash digest; /* of the lines so far, the first one aside */
    char *line;               /* room for one */
};

/* ---- lines ---- */

static enum wsync_err put_line(struct writing *writing, struct wsync_slice line)
{
    FILE *out = writing->request->out;
    writing->digest = wsync_proof_line(&writing->digest, line);
    return fwrite(line.data, 1, line.len, out) == line.len && fputc('\n', out) == '\n'
               ? WSYNC_OK
               : WSYNC_ERR_STORE_IO;
}

/* Several lines, each with its end. */
static enum wsync_err put_text(struct writing *writing, struct wsync_slice text)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && text.len > 0) { /* ends: each turn takes a line */
        const uint8_t *end = memchr(text.data, '\n', text.len);
        WSYNC_ASSERT(end);
        size_t len = (size_t)(end - text.data);
        err = put_line(writing, wsync_slice(text.data, len));
        text = wsync_slice(end + 1, text.len - len - 1);
    }
    return err;
}

static enum wsync_err put_bytes(struct writing *writing, const char *word,
                                struct wsync_slice bytes)
{
    size_t len = strlen(word);
    if (len + 1 + WSYNC_BASE64_BYTES(bytes.len) + 1 > LINE_BYTES_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    memcpy(writing->line, word, len);
    writing->line[len] = ' ';
    len += 1 + wsync_base64_encode(bytes, writing->line + len + 1);
    return put_line(writing, wsync_slice(writing->line, len));
}

static enum wsync_err put_message(struct writing *writing, const char *word,
                                  const struct wsync_message *message)
{
    struct wsync_slice frame;
    size_t mark = wsync_arena_mark(&writing->site->arena);
    enum wsync_err err = wsync_message_encode(message, &writing->site->arena, &frame);
    if (err == WSYNC_OK) {
        err = put_bytes(writing, word, frame);
    }
    wsync_arena_release(&writing->site->arena, mark);
    return err;
}

static enum wsync_err put_roster(struct writing *writing)
{
    enum wsync_err err = WSYNC_OK;
    for (uint64_t version = 1; err == WSYNC_OK && version <= writing->roster.version;
         version++) {
        struct wsync_signed_statement statement;
        struct wsync_message message = {.type = WSYNC_MESSAGE_ROSTER,
                                        .roster = {&statement, 1}};
        size_t mark = wsync_arena_mark(&writing->site->arena);
        err = wsync_roster_statement(writing->site->txn, version, &statement);
        if (err == WSYNC_OK) {
            err = put_message(writing, "roster", &message);
        }
        wsync_arena_release(&writing->site->arena, mark);
    }
    return err;
}

/* ---- paths ---- */

static bool is_touched(const struct wsync_proof_unit *unit, uint64_t seq)
{
    for (size_t i = 0; i < unit->touch_count; i++) {
        if (unit->touches[i] == seq) {
            return true;
        }
    }
    return false;
}

/* The author's seal: its own over the end, or the one that came with it. */
static enum wsync_err seal_of(struct writing *writing, const struct wsync_proof_unit *unit,
                              struct wsync_proof_path *piece)
{
    const struct wsync_identity *identity = &writing->site->identity;
    struct wsync_seal seal;
    bool own = wsync_slice_equal(WSYNC_BYTES(unit->log.signing_key),
                                 WSYNC_BYTES(identity->signing_key));
    piece->sealed = true;
    if (own) {
        piece->seal = wsync_seal_sign(&identity->secret, &unit->end, &piece->checkpoint);
        return WSYNC_OK;
    }
    enum wsync_err err =
        wsync_log_next_seal(writing->site->txn, unit->log.no, unit->sealed, &seal);
    if (err != WSYNC_OK || seal.seq != unit->sealed) {
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    piece->seal = seal.signature;
    piece->checkpoint = seal.checkpoint;
    return WSYNC_OK;
}

/* Fills in as many steps from `piece->first` as make one line. */
static enum wsync_err collect(struct writing *writing, const struct wsync_proof_unit *unit,
                              struct wsync_proof_path *piece)
{
    size_t bytes = 0;
    struct wsync_proof_step *steps =
        wsync_arena_array(&writing->site->arena, WSYNC_SET_CHANGES_MAX, sizeof *steps);
    piece->steps = steps;
    if (!steps) {
        return WSYNC_ERR_MEMORY;
    }
    while (piece->step_count < WSYNC_SET_CHANGES_MAX && bytes < PIECE_BYTES &&
           piece->first + piece->step_count <= unit->sealed) {
        struct wsync_change change;
        uint64_t seq = piece->first + piece->step_count;
        enum wsync_err err = wsync_log_change(writing->site->txn, unit->log.no, seq, &change);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        struct wsync_proof_step *step = &steps[piece->step_count++];
        step->digest = wsync_change_digest(&change.raw);
        if (is_touched(unit, seq)) {
            step->change = change.raw.public_part;
            writing->result->proven++;
        }
        bytes += STEP_BYTES + step->change.len;
    }
    return WSYNC_OK;
}

static enum wsync_err put_path(struct writing *writing, const struct wsync_proof_unit *unit)
{
    struct wsync_txn *txn = writing->site->txn;
    struct wsync_arena *arena = &writing->site->arena;
    struct wsync_proof_path piece = {.first = unit->touches[0]};
    enum wsync_err err = wsync_log_genesis(txn, unit->log.no, &piece.genesis);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(txn, unit->log.no, piece.first - 1, &piece.before);
    }
    while (err == WSYNC_OK && piece.first <= unit->sealed) { /* ends: each turn takes steps */
        struct wsync_slice bytes;
        size_t mark = wsync_arena_mark(arena);
        err = collect(writing, unit, &piece);
        if (err == WSYNC_OK && piece.first + piece.step_count > unit->sealed) {
            err = seal_of(writing, unit, &piece);
        }
        if (err == WSYNC_OK) {
            err = wsync_proof_path_encode(&piece, arena, &bytes);
        }
        if (err == WSYNC_OK) {
            err = put_bytes(writing, "path", bytes);
        }
        wsync_arena_release(arena, mark);
        piece = (struct wsync_proof_path){.first = piece.first + piece.step_count};
    }
    return err;
}

/* ---- receipts ---- */

static enum wsync_err put_note(struct writing *writing, const char *word,
                               const struct wsync_signed_checkpoint *checkpoint)
{
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    struct wsync_note note = {.instance = writing->roster.instance, .checkpoint = *checkpoint};
    struct wsync_signing_key key;
    enum wsync_err err = wsync_checkpoint_signer(writing->site->txn, checkpoint, &key);
    if (err == WSYNC_OK) {
        wsync_checkpoint_key_hash(&note.instance, &key, note.key_hash);
        err = put_line(writing, wsync_slice_of(word));
    }
    return err == WSYNC_OK ? put_text(writing, wsync_note_encode(&note, text)) : err;
}

static enum wsync_err put_receipt(struct writing *writing, const struct wsync_receipt *receipt)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_RECEIPT, .receipt = *receipt};
    enum wsync_err err = put_message(writing, "receipt", &message);
    return err == WSYNC_OK ? put_note(writing, "checkpoint", &receipt->checkpoint) : err;
}

/* Every head of a unit's logs, as many as one message holds. */
static enum wsync_err put_heads(struct writing *writing, uint32_t scope)
{
    static const struct wsync_frontier ALL;
    struct wsync_head items[WSYNC_HEADS_PER_FRAME_MAX];
    struct wsync_message message = {.type = WSYNC_MESSAGE_HEADS, .heads = {items, 0, true}};
    struct wsync_log log;
    enum wsync_err err = wsync_log_after(writing->site->txn, NULL, &log);
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        struct wsync_log_id at = log.id;
        struct wsync_tips tips = {.count = 0};
        if (log.scope == scope) {
            err = wsync_frontier_tips(writing->site->txn, &ALL, &log, &tips);
        }
        if (message.heads.count + tips.count > WSYNC_HEADS_PER_FRAME_MAX) {
            return WSYNC_ERR_OVERSIZE;
        }
        memcpy(&items[message.heads.count], tips.items, tips.count * sizeof *items);
        message.heads.count += tips.count;
        err = err == WSYNC_OK ? wsync_log_after(writing->site->txn, &at, &log) : err;
    }
    return err == WSYNC_ERR_NOT_FOUND ? put_message(writing, "heads", &message) : err;
}

/* How many units from `first` on one receipt proves. */
static size_t group_of(const struct writing *writing, size_t first)
{
    const struct wsync_proof_plan *plan = &writing->plan;
    const struct wsync_proof_unit *unit = &plan->units[first];
    size_t count = 1;
    while (!unit->by_heads && count < WSYNC_PROVE_HEADS_MAX && first + count < plan->count &&
           !plan->units[first + count].by_heads &&
           plan->units[first + count].receipt == unit->receipt) {
        count++;
    }
    return count;
}

static enum wsync_err receipt_of(struct writing *writing, const struct wsync_proof_unit *units,
                                 size_t count, struct wsync_receipt *receipt)
{
    uint64_t indexes[WSYNC_PROVE_HEADS_MAX];
    struct wsync_receipts_query query = {.indexes = indexes, .count = count};
    if (units[0].receipt > 0) {
        return wsync_proof_kept(writing->site, units[0].receipt, receipt);
    }
    for (size_t i = 0; i < count; i++) {
        indexes[i] = units[i].index;
    }
    if (units[0].by_heads) {
        query.count = 0;
        query.scope = units[0].log.scope;
    }
    return wsync_receipts_now(writing->site, &query, receipt);
}

static enum wsync_err put_group(struct writing *writing, size_t first, size_t count)
{
    const struct wsync_proof_unit *units = &writing->plan.units[first];
    struct wsync_receipt receipt;
    size_t mark = wsync_arena_mark(&writing->site->arena);
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < count && err == WSYNC_OK; i++) {
        err = put_path(writing, &units[i]);
    }
    if (err == WSYNC_OK && units[0].by_heads) {
        err = put_heads(writing, units[0].log.scope);
    }
    if (err == WSYNC_OK) {
        err = receipt_of(writing, units, count, &receipt);
    }
    if (err == WSYNC_OK) {
        err = put_receipt(writing, &receipt);
    }
    wsync_arena_release(&writing->site->arena, mark);
    return err;
}

/* ---- the whole ---- */

/* The receipt that stands last: its checkpoint is named in the head. */
static enum wsync_err last_receipt(struct writing *writing, struct wsync_receipt *receipt)
{
    const struct wsync_proof_request *request = writing->request;
    struct wsync_receipts_query query = {.old_size = request->old_size, .size = request->size};
    if (request->receipt > 0) {
        return wsync_proof_kept(writing->site, request->receipt, receipt);
    }
    if (!request->has_record) {
        enum wsync_err err =
            wsync_receipts_signed(writing->site, request->old_size, &receipt->checkpoint);
        return err == WSYNC_OK ? wsync_receipts_now(writing->site, &query, receipt) : err;
    }
    size_t first = 0;
    size_t count = 0;
    for (size_t i = 0; i < writing->plan.count; i += count) {
        first = i;
        count = group_of(writing, i);
    }
    return receipt_of(writing, &writing->plan.units[first], count, receipt);
}

static enum wsync_err put_head(struct writing *writing, const struct wsync_receipt *receipt)
{
    const struct wsync_proof_request *request = writing->request;
    char text[WSYNC_PROOF_HEAD_BYTES];
    struct wsync_log log = {.no = 0};
    enum wsync_err err = WSYNC_OK;
    if (request->has_record) {
        err = wsync_log_get(writing->site->txn, request->record.log_no, &log);
    }
    struct wsync_proof_head head = {
        .has_record = request->has_record,
        .log = log.id,
        .seq = request->record.seq,
        .op = request->record.op,
        .scope = log.scope,
        .changes = writing->plan.touches - writing->plan.unproven,
        .instance = writing->roster.instance,
        .checkpoint = receipt->checkpoint.checkpoint,
        .old_size = request->has_record ? 0 : receipt->old_size,
    };
    writing->result->size = head.checkpoint.size;
    return err == WSYNC_OK ? put_text(writing, wsync_proof_head_print(&head, text)) : err;
}

static enum wsync_err put_record(struct writing *writing)
{
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    struct wsync_log its;
    struct wsync_dot record = writing->request->record;
    enum wsync_err err = wsync_log_get(writing->site->txn, record.log_no, &its);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_hex_encode(WSYNC_BYTES(its.id), log);
    snprintf(writing->line, LINE_BYTES_MAX, "record %s %" PRIu64 " %" PRIu32, log, record.seq,
             record.op);
    err = put_line(writing, wsync_slice_of(writing->line));
    size_t count = 0;
    for (size_t i = 0; i < writing->plan.count && err == WSYNC_OK; i += count) {
        count = group_of(writing, i);
        err = put_group(writing, i, count);
    }
    return err;
}

static enum wsync_err put_body(struct writing *writing, const struct wsync_receipt *receipt)
{
    enum wsync_err err = put_roster(writing);
    struct wsync_signed_checkpoint older;
    if (err == WSYNC_OK && writing->request->has_record) {
        return put_record(writing);
    }
    if (err == WSYNC_OK) {
        err = put_receipt(writing, receipt);
    }
    if (err == WSYNC_OK && writing->request->old_size > 0) {
        err = wsync_receipts_signed(writing->site, writing->request->old_size, &older);
        err = err == WSYNC_OK ? put_note(writing, "older", &older) : err;
    }
    return err;
}

static enum wsync_err put_all(struct writing *writing)
{
    struct wsync_receipt receipt;
    struct wsync_slice digest = WSYNC_BYTES(writing->digest);
    size_t mark = wsync_arena_mark(&writing->site->arena);
    enum wsync_err err = last_receipt(writing, &receipt);
    if (err == WSYNC_OK) {
        err = fputs(WSYNC_PROOF_MAGIC, writing->request->out) >= 0 ? WSYNC_OK
                                                                   : WSYNC_ERR_STORE_IO;
    }
    if (err == WSYNC_OK) {
        err = put_head(writing, &receipt);
    }
    if (err == WSYNC_OK) {
        err = put_body(writing, &receipt);
    }
    if (err == WSYNC_OK) {
        err = put_bytes(writing, "end", digest);
    }
    wsync_arena_release(&writing->site->arena, mark);
    return err == WSYNC_OK && fflush(writing->request->out) != 0 ? WSYNC_ERR_STORE_IO : err;
}

static enum wsync_err say(enum wsync_err err, const struct writing *writing,
                          struct wsync_error *error)
{
    if (err == WSYNC_ERR_STORE_IO) {
        return wsync_error_set(error, err, "The proof cannot be written: %s.", strerror(errno));
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    if (writing->request->receipt > 0) {
        return wsync_error_set(error, err, "Receipt %" PRIu64 " is not kept here.",
                               writing->request->receipt);
    }
    return wsync_error_set(error, err, "%s",
                           writing->site->conf.kind == WSYNC_SITE_WARD
                               ? "No receipt names it yet: sync first."
                               : "No checkpoint of that size was signed that names it.");
}

enum wsync_err wsync_proof_write(struct wsync_site *site,
                                 const struct wsync_proof_request *request,
                                 struct wsync_proof_result *result, struct wsync_error *error)
{
    struct writing writing = {.site = site, .request = request, .result = result};
    *result = (struct wsync_proof_result){.proven = 0};
    enum wsync_err err = wsync_site_need_keys(site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    writing.line = malloc(LINE_BYTES_MAX);
    err = writing.line ? wsync_roster_get(site->txn, &writing.roster) : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK && request->has_record) {
        err = wsync_proof_plan(site, request->record, &writing.plan);
        result->unproven = writing.plan.unproven;
    }
    if (err == WSYNC_OK && request->has_record && writing.plan.count == 0) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        err = put_all(&writing);
    }
    wsync_proof_plan_fini(&writing.plan);
    free(writing.line);
    return err == WSYNC_OK ? WSYNC_OK : say(err, &writing, error);
}
