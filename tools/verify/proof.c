/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/verify/base64.h"
#include "tools/verify/note.h"
#include "tools/verify/path.h"

enum {
    FILE_BYTES_MAX = 64 << 20,
    ARENA_BYTES = 1 << 20, /* and for each byte of the file: what is decoded stays */
    ARENA_TIMES = 8,
    NOTE_LINES = 5,
};

/* A whole path: where it ends, and which of the heads passed and changes shown are its own. */
struct end {
    struct wsync_head head;
    size_t first_passed, last_passed, first_shown, last_shown; /* behind the last one */
};

/* What a line begins with. */
enum word {
    WORD_NONE,
    WORD_ROSTER,
    WORD_RECORD,
    WORD_PATH,
    WORD_HEADS,
    WORD_RECEIPT,
    WORD_CHECKPOINT,
    WORD_OLDER,
    WORDS,
};

struct reading {
    struct proof *proof;
    struct wsync_slice left;
    uint64_t line;            /* of the one read last */
    struct wsync_hash digest; /* of the lines before the one read last */
    struct wsync_slice head;  /* what the file says of itself */
    struct path path;
    struct end ends[PROOF_PENDING_MAX]; /* of paths that no receipt named yet */
    size_t end_count;
    const struct wsync_head *heads; /* of a scope */
    size_t head_count;
    bool has_note; /* of the last receipt */
    enum word last;
};

static bool fail(struct reading *reading, enum wsync_err code, const char *text)
{
    return audit_fail(reading->proof->fault, code, "%s", text);
}

/* ---- lines ---- */

/* The next line without its end; false when there is none, or it has no end. */
static bool take_line(struct reading *reading, struct wsync_slice *line)
{
    const uint8_t *end =
        reading->left.len > 0 ? memchr(reading->left.data, '\n', reading->left.len) : NULL;
    reading->line++;
    if (!end) {
        return fail(reading, WSYNC_ERR_FRAME, "It ends here, in the middle: it was cut.");
    }
    *line = wsync_slice(reading->left.data, (size_t)(end - reading->left.data));
    reading->left = wsync_slice(end + 1, reading->left.len - line->len - 1);
    return true;
}

static bool has_word(struct wsync_slice line, const char *word, struct wsync_slice *rest)
{
    struct wsync_slice begin = wsync_slice_of(word);
    if (!wsync_slice_starts(line, begin) || line.len <= begin.len ||
        line.data[begin.len] != ' ') {
        return false;
    }
    *rest = wsync_slice(line.data + begin.len + 1, line.len - begin.len - 1);
    return true;
}

static bool decode(struct reading *reading, struct wsync_slice text, struct wsync_slice *bytes)
{
    size_t size = text.len / 4 * 3 + 1;
    uint8_t *out = wsync_arena_get(&reading->proof->arena, size);
    *bytes = wsync_slice(out, 0);
    if (!out) {
        return fail(reading, WSYNC_ERR_MEMORY, "The proof is too long.");
    }
    return base64_decode(text, out, size, &bytes->len) ||
           fail(reading, WSYNC_ERR_MESSAGE, "The line is not base64.");
}

static bool decode_message(struct reading *reading, struct wsync_slice text,
                           enum wsync_message_type type, struct wsync_message *message)
{
    struct wsync_slice frame;
    if (!decode(reading, text, &frame)) {
        return false;
    }
    enum wsync_err err = wsync_message_decode(frame, &reading->proof->arena, message);
    if (err == WSYNC_OK && message->type != type) {
        err = WSYNC_ERR_MESSAGE;
    }
    return err == WSYNC_OK || fail(reading, err, wsync_err_text(err, WSYNC_EN));
}

/* ---- what lines say ---- */

/* "LOG SEQ OP" */
static bool on_record(struct reading *reading, struct wsync_slice text)
{
    struct proof *proof = reading->proof;
    char words[96];
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    char again[96];
    snprintf(words, sizeof words, "%.*s", (int)(text.len < 90 ? text.len : 90),
             (const char *)text.data);
    bool good =
        !proof->has_record &&
        sscanf(words, "%32[0-9a-f] %" SCNu64 " %" SCNu32, log, &proof->record.seq,
               &proof->record_op) == 3 &&
        wsync_hex_decode(wsync_slice_of(log), proof->record.log.b, sizeof proof->record.log.b);
    if (good) { /* one spelling */
        snprintf(again, sizeof again, "%s %" PRIu64 " %" PRIu32, log, proof->record.seq,
                 proof->record_op);
        good = wsync_slice_equal(wsync_slice_of(again), text);
    }
    proof->has_record = true;
    return good || fail(reading, WSYNC_ERR_MESSAGE, "The line names no record.");
}

static bool on_roster(struct reading *reading, struct wsync_slice text)
{
    struct wsync_message message;
    return decode_message(reading, text, WSYNC_MESSAGE_ROSTER, &message) &&
           audit_roster(&reading->proof->audit, &message.roster, reading->proof->fault);
}

static bool on_path(struct reading *reading, struct wsync_slice text)
{
    struct proof *proof = reading->proof;
    struct wsync_proof_path piece;
    struct wsync_slice bytes;
    if (!decode(reading, text, &bytes)) {
        return false;
    }
    enum wsync_err err = wsync_proof_path_decode(bytes, &proof->arena, &piece);
    if (err != WSYNC_OK) {
        return fail(reading, err, wsync_err_text(err, WSYNC_EN));
    }
    if (!path_take(proof, &reading->path, &piece)) {
        return false;
    }
    if (!reading->path.open) {
        if (reading->end_count == PROOF_PENDING_MAX) {
            return fail(reading, WSYNC_ERR_OVERSIZE, "Too many paths stand before a receipt.");
        }
        size_t passed =
            reading->end_count > 0 ? reading->ends[reading->end_count - 1].last_passed : 0;
        reading->ends[reading->end_count++] =
            (struct end){reading->path.head, passed, proof->passed_count,
                         reading->path.first_shown, proof->shown_count};
    }
    return true;
}

/* The heads of the receipt's scope, so that a path may end with one of them. */
static bool on_heads(struct reading *reading, struct wsync_slice text)
{
    struct wsync_message message;
    if (!decode_message(reading, text, WSYNC_MESSAGE_HEADS, &message)) {
        return false;
    }
    reading->heads = message.heads.items;
    reading->head_count = message.heads.count;
    return true;
}

static bool check_heads(struct reading *reading)
{
    const struct receipt_facts *facts = &reading->proof->facts;
    struct wsync_scope_heads scope = {.scope = facts->scope.scope};
    if (reading->head_count == 0) {
        return true;
    }
    for (size_t i = 0; i < reading->head_count; i++) {
        receipt_add_head(&scope, &reading->heads[i]);
    }
    return (facts->has_scope && scope.count == facts->scope.count &&
            wsync_hash_equal(&scope.digest, &facts->scope.digest)) ||
           fail(reading, WSYNC_ERR_PROOF, "The heads are not those of the receipt's unit.");
}

/* Does the path pass this head? */
static bool passes(const struct proof *proof, const struct end *end,
                   const struct wsync_head *head)
{
    for (size_t i = end->first_passed; i < end->last_passed; i++) {
        if (wsync_head_compare(&proof->passed[i], head) == 0) {
            return true;
        }
    }
    return false;
}

/* Is a head of the path named that lies at or behind all it shows, and when did the district
 * take it? */
static bool find_end(const struct reading *reading, const struct end *end, int64_t *time)
{
    const struct proof *proof = reading->proof;
    const struct receipt_facts *facts = &proof->facts;
    uint64_t shown =
        end->last_shown > end->first_shown ? proof->shown[end->last_shown - 1].seq : 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct wsync_leaf *leaf = &facts->leaves[i];
        if (leaf->kind == WSYNC_LEAF_SET && leaf->head.seq >= shown &&
            passes(proof, end, &leaf->head)) {
            *time = leaf->time;
            return true;
        }
    }
    *time = 0;
    for (size_t i = 0; i < reading->head_count; i++) {
        if (wsync_head_compare(&reading->heads[i], &end->head) == 0) {
            return true;
        }
    }
    return false;
}

static bool name_paths(struct reading *reading)
{
    struct proof *proof = reading->proof;
    char name[AUDIT_NAME_BYTES];
    for (size_t i = 0; i < reading->end_count; i++) {
        const struct end *end = &reading->ends[i];
        int64_t time;
        if (!find_end(reading, end, &time)) {
            return audit_fail(proof->fault, WSYNC_ERR_PROOF,
                              "The receipt does not name %s-%" PRIu64
                              ", where a path of the proof ends.",
                              audit_log_name(&end->head.log, name), end->head.seq);
        }
        for (size_t k = end->first_shown; k < end->last_shown; k++) {
            proof->shown[k].arrived = time;
        }
    }
    reading->end_count = reading->head_count = 0;
    proof->passed_count = 0;
    return true;
}

static bool on_receipt(struct reading *reading, struct wsync_slice text)
{
    struct proof *proof = reading->proof;
    struct wsync_message message;
    if (reading->path.open) {
        return fail(reading, WSYNC_ERR_PROOF, "The path before the receipt has no end.");
    }
    if (proof->receipts > 0 && !reading->has_note) {
        return fail(reading, WSYNC_ERR_PROOF, "The receipt before it has no checkpoint.");
    }
    if (!decode_message(reading, text, WSYNC_MESSAGE_RECEIPT, &message) ||
        !receipt_check(&proof->audit, &message.receipt, &proof->views, &proof->facts,
                       proof->fault)) {
        return false;
    }
    proof->checkpoint = message.receipt.checkpoint;
    proof->receipts++;
    reading->has_note = false;
    return check_heads(reading) && name_paths(reading);
}

/* The note under "checkpoint" is that of the receipt before it; under "older", that of the tree
 * from which it goes on. */
static bool on_note(struct reading *reading, bool older)
{
    struct proof *proof = reading->proof;
    struct wsync_slice line;
    struct note note;
    const uint8_t *begin = reading->left.data;
    for (int i = 0; i < NOTE_LINES; i++) {
        if (!take_line(reading, &line)) {
            return false;
        }
        reading->digest = wsync_proof_line(&reading->digest, line);
    }
    if (!note_read(wsync_slice(begin, (size_t)(reading->left.data - begin)), &note)) {
        return fail(reading, WSYNC_ERR_MESSAGE, "These lines are no checkpoint.");
    }
    if (!wsync_slice_equal(WSYNC_BYTES(note.instance), WSYNC_BYTES(proof->audit.instance))) {
        return fail(reading, WSYNC_ERR_INSTANCE, "The checkpoint is of another installation.");
    }
    if (!audit_note_is_signed(&proof->audit, &note)) {
        return fail(reading, WSYNC_ERR_SIGNATURE,
                    "The checkpoint's signature does not verify.");
    }
    const struct wsync_checkpoint *wanted =
        older ? &proof->facts.old : &proof->facts.checkpoint;
    reading->has_note |= !older;
    return (proof->receipts > 0 &&
            memcmp(&note.checkpoint, wanted, sizeof note.checkpoint) == 0) ||
           fail(reading, WSYNC_ERR_PROOF,
                older ? "The receipt does not go on from this checkpoint."
                      : "The checkpoint is not that of the receipt.");
}

/* ---- the whole ---- */

/* May the line stand behind the one before it? */
static bool follows(struct reading *reading, enum word word)
{
    static const uint8_t BEFORE[WORDS] = {
        [WORD_ROSTER] = 1 << WORD_NONE | 1 << WORD_ROSTER,
        [WORD_RECORD] = 1 << WORD_ROSTER,
        [WORD_PATH] =
            1 << WORD_ROSTER | 1 << WORD_RECORD | 1 << WORD_PATH | 1 << WORD_CHECKPOINT,
        [WORD_HEADS] =
            1 << WORD_ROSTER | 1 << WORD_RECORD | 1 << WORD_PATH | 1 << WORD_CHECKPOINT,
        [WORD_RECEIPT] = 1 << WORD_ROSTER | 1 << WORD_RECORD | 1 << WORD_PATH |
                         1 << WORD_HEADS | 1 << WORD_CHECKPOINT,
        [WORD_CHECKPOINT] = 1 << WORD_RECEIPT,
        [WORD_OLDER] = 1 << WORD_CHECKPOINT,
    };
    bool good = BEFORE[word] >> reading->last & 1;
    reading->last = word;
    return good || fail(reading, WSYNC_ERR_PROOF, "The line does not stand in its place.");
}

static bool dispatch(struct reading *reading, struct wsync_slice line)
{
    struct wsync_slice rest;
    if (has_word(line, "roster", &rest)) {
        return follows(reading, WORD_ROSTER) && on_roster(reading, rest);
    }
    if (reading->proof->audit.statements == 0) {
        return fail(reading, WSYNC_ERR_ROSTER, "The roster is missing.");
    }
    if (has_word(line, "record", &rest)) {
        return follows(reading, WORD_RECORD) && on_record(reading, rest);
    }
    if (has_word(line, "path", &rest)) {
        return follows(reading, WORD_PATH) && on_path(reading, rest);
    }
    if (has_word(line, "heads", &rest)) {
        return follows(reading, WORD_HEADS) && on_heads(reading, rest);
    }
    if (has_word(line, "receipt", &rest)) {
        return follows(reading, WORD_RECEIPT) && on_receipt(reading, rest);
    }
    if (wsync_slice_equal(line, wsync_slice_of("checkpoint")) ||
        wsync_slice_equal(line, wsync_slice_of("older"))) {
        bool older = line.data[0] == 'o';
        return follows(reading, older ? WORD_OLDER : WORD_CHECKPOINT) &&
               on_note(reading, older);
    }
    return fail(reading, WSYNC_ERR_MESSAGE, "Nobody knows what this line means.");
}

/* Finds what the shown changes say of the record. */
static bool check_record(struct reading *reading)
{
    struct proof *proof = reading->proof;
    for (size_t i = 0; proof->has_record && i < proof->shown_count; i++) {
        const struct proof_shown *shown = &proof->shown[i];
        struct wsync_context context;
        struct wsync_operation *operations;
        if (!path_operations(shown, &proof->arena, &context, &operations)) {
            continue; /* it counts nowhere, whatever it says */
        }
        for (size_t k = 0; k < context.operation_count; k++) {
            if (path_names(proof, shown, &operations[k], k) == PATH_MAKES) {
                proof->record_is_made = true;
                proof->record_scope = shown->scope;
            }
        }
    }
    return !proof->has_record || proof->record_is_made ||
           fail(reading, WSYNC_ERR_RECORD, "The change that made the record is not shown.");
}

/* What the file says of itself in words is what it proves. */
static bool check_head(struct reading *reading)
{
    struct proof *proof = reading->proof;
    char text[WSYNC_PROOF_HEAD_BYTES];
    struct wsync_proof_head head = {
        .has_record = proof->has_record,
        .log = proof->record.log,
        .seq = proof->record.seq,
        .op = proof->record_op,
        .scope = proof->record_scope,
        .changes = proof->shown_count,
        .instance = proof->audit.instance,
        .checkpoint = proof->checkpoint.checkpoint,
        .old_size = proof->has_record ? 0 : proof->facts.old.size,
    };
    if (wsync_slice_equal(wsync_proof_head_print(&head, text), reading->head)) {
        return true;
    }
    reading->line = 2;
    return fail(reading, WSYNC_ERR_PROOF, "What it says in words is not what it proves.");
}

static bool on_end(struct reading *reading, struct wsync_slice text)
{
    struct proof *proof = reading->proof;
    struct wsync_slice digest;
    if (!decode(reading, text, &digest)) {
        return false;
    }
    if (!wsync_slice_equal(digest, WSYNC_BYTES(reading->digest))) {
        return fail(reading, WSYNC_ERR_FRAME, "The last line is not that of the lines before.");
    }
    if (reading->left.len > 0) {
        return fail(reading, WSYNC_ERR_FRAME, "Something stands behind the last line.");
    }
    if (proof->receipts == 0 || !reading->has_note || reading->end_count > 0 ||
        reading->path.open) {
        return fail(reading, WSYNC_ERR_PROOF, "The receipt or its checkpoint is missing.");
    }
    return check_record(reading) && check_head(reading);
}

static bool read_lines(struct reading *reading)
{
    struct wsync_slice line;
    struct wsync_slice rest;
    for (bool in_head = true;;) { /* ends: each turn takes a line */
        if (!take_line(reading, &line)) {
            return false;
        }
        if (has_word(line, "end", &rest)) {
            return on_end(reading, rest);
        }
        if (in_head && has_word(line, "#", &rest)) {
            reading->head.len = (size_t)(reading->left.data - reading->head.data);
            reading->digest = wsync_proof_line(&reading->digest, line);
            continue;
        }
        in_head = false;
        reading->digest = wsync_proof_line(&reading->digest, line);
        uint64_t at = reading->line;
        if (!dispatch(reading, line)) {
            reading->line = at;
            return false;
        }
    }
}

/* The whole file; false with the fault filled in. */
static bool read_file(struct reading *reading, FILE *file, size_t *len)
{
    struct proof *proof = reading->proof;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0 || size > FILE_BYTES_MAX) {
        (void)fail(reading, WSYNC_ERR_OVERSIZE, "It is no file, or too long to be a proof.");
        proof->fault->exit_code = AUDIT_DATA;
        return false;
    }
    size_t arena = ARENA_BYTES + ARENA_TIMES * (size_t)size;
    void *block = malloc(arena);
    proof->text = malloc((size_t)size + 1);
    if (!block || !proof->text) {
        free(block);
        return fail(reading, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    wsync_arena_init(&proof->arena, block, arena);
    rewind(file);
    *len = fread(proof->text, 1, (size_t)size, file);
    return true;
}

static bool load(struct reading *reading, const char *path, struct audit_fault *fault)
{
    struct proof *proof = reading->proof;
    struct wsync_slice magic = wsync_slice_of(WSYNC_PROOF_MAGIC);
    size_t len = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        audit_fail(fault, WSYNC_ERR_NOT_FOUND, "It cannot be opened: %s.", strerror(errno));
        fault->exit_code = AUDIT_INPUT;
        return false;
    }
    bool good = read_file(reading, file, &len);
    fclose(file);
    reading->left = wsync_slice(proof->text, len);
    if (good && !wsync_slice_starts(reading->left, magic)) {
        good = fail(reading, WSYNC_ERR_FRAME, "It is no proof: it does not begin so.");
        fault->exit_code = AUDIT_DATA;
    }
    if (good) {
        reading->left = wsync_slice(proof->text + magic.len, len - magic.len);
        reading->head = wsync_slice(reading->left.data, 0);
        reading->line = 1;
    }
    return good;
}

bool proof_check(struct proof *proof, const struct audit_trust *trust, const char *path,
                 struct audit_fault *fault)
{
    struct reading reading = {.proof = proof};
    *proof = (struct proof){.fault = fault};
    fault->file = path;
    if (!audit_open(&proof->audit, trust)) {
        return fail(&reading, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    if (!load(&reading, path, fault)) {
        return false;
    }
    bool good = read_lines(&reading);
    if (!good) {
        fault->unit = "line";
        fault->at = reading.line;
    }
    return good;
}

void proof_close(struct proof *proof)
{
    audit_close(&proof->audit);
    views_fini(&proof->views);
    free(proof->text);
    free(proof->shown);
    free(proof->passed);
    free(proof->arena.block);
}
