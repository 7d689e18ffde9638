/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors that need no store. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vector.h"
#include "wardsync/chain.h"
#include "wardsync/enrol.h"
#include "wardsync/form.h"
#include "wardsync/message.h"
#include "wardsync/payload.h"

enum { SCRATCH_BYTES = 4 << 20, PARTS_MAX = 16, SAID_BYTES = 4096 };

/* One run: where it says what came out, and memory for the work. */
struct run {
    struct vector_book *book;
    const struct vector *vector;
    struct wsync_arena *arena;
};

static struct wsync_slice bytes_of(const struct run *run, const char *key)
{
    return vector_bytes(run->vector, key, run->arena);
}

static size_t parts_of(const struct run *run, struct wsync_slice parts[PARTS_MAX])
{
    size_t count = 0;
    while (count < PARTS_MAX && vector_nth(run->vector, "part", count)) {
        parts[count] = vector_bytes_nth(run->vector, "part", count, run->arena);
        count++;
    }
    return count;
}

static enum wsync_err run_hash(const struct run *run)
{
    struct wsync_slice parts[PARTS_MAX];
    size_t count = parts_of(run, parts);
    struct wsync_hash hash = wsync_hash_parts(parts, count);
    vector_hex(run->book, "hash", WSYNC_BYTES(hash));
    return WSYNC_OK;
}

static enum wsync_err run_verify(const struct run *run)
{
    struct wsync_slice parts[PARTS_MAX];
    struct wsync_signing_key key;
    struct wsync_signature signature;
    if (!vector_fixed(run->vector, "key", key.b, sizeof key.b) ||
        !vector_fixed(run->vector, "signature", signature.b, sizeof signature.b)) {
        return WSYNC_ERR_INVALID;
    }
    size_t count = parts_of(run, parts);
    return wsync_verify_parts(&key, &signature, parts, count) ? WSYNC_OK : WSYNC_ERR_SIGNATURE;
}

static enum wsync_err run_sign(const struct run *run)
{
    struct wsync_slice parts[PARTS_MAX];
    uint8_t seed[32];
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
    if (!vector_fixed(run->vector, "seed", seed, sizeof seed)) {
        return WSYNC_ERR_INVALID;
    }
    size_t count = parts_of(run, parts);
    wsync_signing_pair(seed, &key, &secret);
    struct wsync_signature signature = wsync_sign_parts(&secret, parts, count);
    vector_hex(run->book, "key", WSYNC_BYTES(key));
    vector_hex(run->book, "signature", WSYNC_BYTES(signature));
    return WSYNC_OK;
}

static enum wsync_err run_ids(const struct run *run)
{
    struct wsync_root root = {.threshold =
                                  (uint32_t)vector_integer(run->vector, "threshold")};
    struct wsync_signing_key key;
    if (!vector_fixed(run->vector, "key", key.b, sizeof key.b)) {
        return WSYNC_ERR_INVALID;
    }
    for (; vector_nth(run->vector, "root-key", root.key_count); root.key_count++) {
        struct wsync_slice one =
            vector_bytes_nth(run->vector, "root-key", root.key_count, run->arena);
        if (one.len != sizeof key.b || root.key_count == WSYNC_ROOT_KEYS_MAX) {
            return WSYNC_ERR_INVALID;
        }
        memcpy(root.keys[root.key_count].b, one.data, one.len);
    }
    struct wsync_instance_id instance = wsync_instance_of(&root);
    struct wsync_device_id device = wsync_device_of(&instance, &key);
    vector_hex(run->book, "instance", WSYNC_BYTES(instance));
    vector_hex(run->book, "device", WSYNC_BYTES(device));
    return WSYNC_OK;
}

static enum wsync_err run_genesis(const struct run *run)
{
    struct wsync_genesis genesis;
    struct wsync_slice bytes = bytes_of(run, "genesis");
    enum wsync_err err = wsync_genesis_decode(bytes, run->arena, &genesis);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_hash start = wsync_chain_start(bytes);
    struct wsync_log_id log = wsync_chain_log_id(&start);
    vector_hex(run->book, "hash", WSYNC_BYTES(start));
    vector_hex(run->book, "log", WSYNC_BYTES(log));
    vector_number(run->book, "scope", genesis.scope);
    vector_hex(run->book, "device", WSYNC_BYTES(genesis.device));
    vector_number(run->book, "roster-version", (int64_t)genesis.roster_version);
    vector_number(run->book, "stamp", genesis.stamp);
    vector_text(run->book, "previous", genesis.has_previous ? "yes" : "no");
    return WSYNC_OK;
}

static enum wsync_err run_context(const struct run *run)
{
    struct wsync_context context;
    enum wsync_err err =
        wsync_context_decode(bytes_of(run, "public"), run->arena, &context);
    if (err != WSYNC_OK) {
        return err;
    }
    vector_number(run->book, "stamp", context.stamp_delta);
    vector_number(run->book, "actor", context.actor);
    vector_number(run->book, "references", (int64_t)context.reference_count);
    vector_number(run->book, "roster-version", (int64_t)context.roster_version);
    vector_text(run->book, "origin", context.has_origin ? "yes" : "no");
    vector_text(run->book, "unknown-must", context.must_unknown ? "yes" : "no");
    vector_number(run->book, "operations", (int64_t)context.operation_count);
    return WSYNC_OK;
}

/* A change from `public` and, when there is one, `salt` with `private` or `private-hash`. */
static bool read_raw(const struct run *run, struct wsync_raw_change *raw)
{
    *raw = (struct wsync_raw_change){.public_part = bytes_of(run, "public")};
    if (vector_nth(run->vector, "private-hash", 0)) {
        raw->private_state = WSYNC_PRIVATE_ERASED;
        return vector_fixed(run->vector, "private-hash", raw->private_hash.b,
                            sizeof raw->private_hash.b);
    }
    if (vector_nth(run->vector, "private", 0)) {
        raw->private_state = WSYNC_PRIVATE_HELD;
        raw->private_part = bytes_of(run, "private");
        return vector_fixed(run->vector, "salt", raw->salt.b, sizeof raw->salt.b);
    }
    return true;
}

struct said {
    char text[SAID_BYTES];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct said *said,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(said->text + said->used, sizeof said->text - said->used, format,
                        arguments);
    va_end(arguments);
    WSYNC_ASSERT(len >= 0 && (size_t)len < sizeof said->text - said->used);
    said->used += (size_t)len;
}

static void say_address(struct said *said, const char *what,
                        const struct wsync_address *address)
{
    say(said, " %s %" PRIu32 "/%" PRIu64 "/%" PRIu32, what, address->reference, address->seq,
        address->op);
}

static void say_value(struct said *said, const struct wsync_write *write)
{
    const struct wsync_value *value = &write->value;
    say(said, "; %" PRIu32 "%s", write->field, write->personal ? " private" : "");
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        say(said, " integer %" PRId64, value->integer);
        break;
    case WSYNC_CLASS_TEXT:
        say(said, " text ");
        for (size_t i = 0; i < value->text.len && i < 64; i++) {
            say(said, "%02x", value->text.data[i]);
        }
        break;
    case WSYNC_CLASS_LIST:
        say(said, " list");
        for (size_t i = 0; i < value->item_count; i++) {
            say(said, " %" PRId64, value->items[i]);
        }
        break;
    case WSYNC_CLASS_BLANK:
        say(said, " blank");
        break;
    case WSYNC_CLASS_PRIVATE:
        say(said, " erased");
        break;
    }
}

static void say_operation(struct said *said, const struct wsync_operation *operation)
{
    static const char *const KINDS[] = {"write", "delete", "revive", "duplicate"};
    said->used = 0;
    say(said, "%s", KINDS[operation->kind]);
    if (operation->kind == WSYNC_KIND_WRITE) {
        say(said, " form %" PRIu32 " version %" PRIu32, operation->form, operation->version);
    }
    if (operation->creates) {
        say(said, " new");
    } else {
        say_address(said, "record", &operation->record);
    }
    for (size_t i = 0; i < operation->base_count; i++) {
        say_address(said, "base", &operation->bases[i]);
    }
    if (operation->kind == WSYNC_KIND_DUPLICATE) {
        say_address(said, "other", &operation->other);
    }
    for (size_t i = 0; i < operation->write_count; i++) {
        say_value(said, &operation->writes[i]);
    }
}

static enum wsync_err run_operations(const struct run *run)
{
    struct wsync_raw_change raw;
    struct wsync_context context;
    struct wsync_operation *operations;
    struct said said;
    if (!read_raw(run, &raw)) {
        return WSYNC_ERR_INVALID;
    }
    enum wsync_err err = wsync_context_decode(raw.public_part, run->arena, &context);
    if (err == WSYNC_OK) {
        err = wsync_operations_decode(&context, &raw, run->arena, &operations);
    }
    for (size_t i = 0; err == WSYNC_OK && i < context.operation_count && i < 4; i++) {
        say_operation(&said, &operations[i]);
        vector_text(run->book, "operation", said.text);
    }
    return err;
}

/* `claim` is what somebody says the hash is; without one the hash is what comes out. */
static enum wsync_err run_chain(const struct run *run)
{
    struct wsync_raw_change raw;
    struct wsync_log_id log;
    struct wsync_hash before;
    struct wsync_hash claim;
    if (!read_raw(run, &raw) || !vector_fixed(run->vector, "log", log.b, sizeof log.b) ||
        !vector_fixed(run->vector, "before", before.b, sizeof before.b)) {
        return WSYNC_ERR_INVALID;
    }
    uint64_t seq = (uint64_t)vector_integer(run->vector, "seq");
    struct wsync_hash hash = wsync_chain_next(&log, seq, &before, &raw);
    if (!vector_nth(run->vector, "claim", 0)) {
        vector_hex(run->book, "hash", WSYNC_BYTES(hash));
        return WSYNC_OK;
    }
    bool same = vector_fixed(run->vector, "claim", claim.b, sizeof claim.b) &&
                wsync_hash_equal(&claim, &hash);
    return same ? WSYNC_OK : WSYNC_ERR_CHAIN;
}

static enum wsync_err run_seal(const struct run *run)
{
    struct wsync_signing_key key;
    struct wsync_signature seal;
    struct wsync_head head = {.seq = (uint64_t)vector_integer(run->vector, "seq")};
    struct wsync_checkpoint checkpoint = {
        .size = (uint64_t)vector_integer(run->vector, "size")};
    if (!vector_fixed(run->vector, "key", key.b, sizeof key.b) ||
        !vector_fixed(run->vector, "seal", seal.b, sizeof seal.b) ||
        !vector_fixed(run->vector, "log", head.log.b, sizeof head.log.b) ||
        !vector_fixed(run->vector, "hash", head.hash.b, sizeof head.hash.b) ||
        !vector_fixed(run->vector, "tree", checkpoint.tree, sizeof checkpoint.tree) ||
        !vector_fixed(run->vector, "root", checkpoint.root.b, sizeof checkpoint.root.b)) {
        return WSYNC_ERR_INVALID;
    }
    return wsync_seal_verify(&key, &seal, &head, &checkpoint) ? WSYNC_OK : WSYNC_ERR_SEAL;
}

static enum wsync_err run_statement(const struct run *run)
{
    struct wsync_statement statement;
    struct wsync_slice again;
    struct wsync_slice bytes = bytes_of(run, "statement");
    enum wsync_err err = wsync_statement_decode(bytes, run->arena, &statement);
    if (err == WSYNC_OK) {
        err = wsync_statement_encode(&statement, run->arena, &again);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_hash hash = wsync_statement_hash(bytes);
    vector_hex(run->book, "hash", WSYNC_BYTES(hash));
    return wsync_slice_equal(again, bytes) ? WSYNC_OK : WSYNC_ERR_INVALID;
}

static enum wsync_err run_invite(const struct run *run)
{
    struct wsync_invite invite;
    struct wsync_slice bytes = bytes_of(run, "invite");
    enum wsync_err err = wsync_invite_decode(bytes, run->arena, &invite);
    if (err == WSYNC_OK) {
        vector_hex(run->book, "id", WSYNC_BYTES(invite.id));
        vector_number(run->book, "scope", invite.scope);
        vector_hex(run->book, "name", invite.name);
    }
    return err;
}

static enum wsync_err run_form(const struct run *run)
{
    struct wsync_form form;
    struct wsync_slice again;
    struct wsync_slice bytes = bytes_of(run, "definition");
    enum wsync_err err = wsync_form_decode(bytes, run->arena, &form);
    if (err == WSYNC_OK) {
        err = wsync_form_encode(&form, run->arena, &again, NULL);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    vector_number(run->book, "number", form.number);
    vector_number(run->book, "version", form.version);
    vector_number(run->book, "fields", (int64_t)form.field_count);
    return wsync_slice_equal(again, bytes) ? WSYNC_OK : WSYNC_ERR_INVALID;
}

static enum wsync_err run_successor(const struct run *run)
{
    struct wsync_form old;
    struct wsync_form next;
    enum wsync_err err = wsync_form_decode(bytes_of(run, "definition"), run->arena, &old);
    if (err == WSYNC_OK) {
        err = wsync_form_decode(bytes_of(run, "next"), run->arena, &next);
    }
    return err == WSYNC_OK ? wsync_form_check_successor(&old, &next, NULL) : err;
}

/* One value for one field, by `integer`, `text`, `items` (blanks between) or `blank`. */
static enum wsync_err run_value(const struct run *run)
{
    struct wsync_form form;
    struct wsync_value value = {.class = WSYNC_CLASS_BLANK};
    int64_t items[WSYNC_LIST_ITEMS_MAX + 8];
    enum wsync_err err = wsync_form_decode(bytes_of(run, "definition"), run->arena, &form);
    if (err != WSYNC_OK) {
        return err;
    }
    if (vector_nth(run->vector, "integer", 0)) {
        value = (struct wsync_value){.integer = vector_integer(run->vector, "integer")};
    } else if (vector_nth(run->vector, "text", 0)) {
        value = (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = bytes_of(run, "text")};
    } else if (vector_nth(run->vector, "items", 0)) {
        const char *text = vector_nth(run->vector, "items", 0);
        value = (struct wsync_value){.class = WSYNC_CLASS_LIST, .items = items};
        while (*text && value.item_count < sizeof items / sizeof *items) {
            char *end;
            items[value.item_count++] = strtoll(text, &end, 10);
            text = *end == ' ' ? end + 1 : end;
        }
    }
    uint32_t number = (uint32_t)vector_integer(run->vector, "field");
    return wsync_field_check(wsync_form_field(&form, number), &value, NULL);
}

static enum wsync_err run_frame(const struct run *run)
{
    struct wsync_message message;
    struct wsync_slice again;
    struct wsync_slice frame = bytes_of(run, "frame");
    enum wsync_err err = wsync_message_decode(frame, run->arena, &message);
    if (err == WSYNC_OK) {
        err = wsync_message_encode(&message, run->arena, &again);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    vector_text(run->book, "message", wsync_message_name(message.type));
    if (message.type == WSYNC_MESSAGE_BYE || message.type == WSYNC_MESSAGE_REJECT) {
        bool bye = message.type == WSYNC_MESSAGE_BYE;
        vector_text(run->book, "code", wsync_err_name(bye ? message.bye : message.reject.code));
        return WSYNC_OK; /* an unknown number reads as MESSAGE: not to be written back */
    }
    return wsync_slice_equal(again, frame) ? WSYNC_OK : WSYNC_ERR_INVALID;
}

static enum wsync_err run_log(const struct run *run)
{
    return vector_run_file(run->book, run->vector, run->arena, true);
}

static enum wsync_err run_proof(const struct run *run)
{
    return vector_run_file(run->book, run->vector, run->arena, false);
}

enum wsync_err vector_run(struct vector_book *book, const struct vector *vector)
{
    static const struct {
        const char *what;
        enum wsync_err (*run)(const struct run *run);
        enum wsync_err (*run_in_store)(struct vector_book *book, const struct vector *vector);
    } RUNS[] = {
        {"hash", run_hash, NULL},         {"verify", run_verify, NULL},
        {"sign", run_sign, NULL},         {"ids", run_ids, NULL},
        {"genesis", run_genesis, NULL},   {"context", run_context, NULL},
        {"operations", run_operations, NULL}, {"chain", run_chain, NULL},
        {"seal", run_seal, NULL},         {"statement", run_statement, NULL},
        {"invite", run_invite, NULL},     {"form", run_form, NULL},
        {"successor", run_successor, NULL}, {"value", run_value, NULL},
        {"frame", run_frame, NULL},       {"roster", NULL, vector_run_roster},
        {"enrol", NULL, vector_run_enrol}, {"accept", NULL, vector_run_accept},
        {"tree", NULL, vector_run_tree},  {"proof", NULL, vector_run_proof},
        {"note", NULL, vector_run_note},  {"leaf", NULL, vector_run_leaf},
        {"receipt", NULL, vector_run_receipt}, {"packed", NULL, vector_run_packed},
        {"bundle-header", NULL, vector_run_bundle_header},
        {"bundle-answer", NULL, vector_run_bundle_answer},
        {"bundle-part", NULL, vector_run_bundle_part},
        {"bundle-frames", NULL, vector_run_bundle_frames},
        {"bundle-manifest", NULL, vector_run_bundle_manifest},
        {"backup-files", NULL, vector_run_backup_files},
        {"backup-body", NULL, vector_run_backup_body},
        {"backup-manifest", NULL, vector_run_backup_manifest},
        {"backup", NULL, vector_run_backup},
        {"signed-log", run_log, NULL},    {"proof-text", run_proof, NULL},
    };
    const char *what = vector_nth(vector, "do", 0);
    for (size_t i = 0; what && i < sizeof RUNS / sizeof *RUNS; i++) {
        if (strcmp(RUNS[i].what, what) != 0) {
            continue;
        }
        if (RUNS[i].run_in_store) {
            return RUNS[i].run_in_store(book, vector);
        }
        struct wsync_arena arena;
        void *block = aligned_alloc(16, SCRATCH_BYTES);
        WSYNC_ASSERT(block);
        wsync_arena_init(&arena, block, SCRATCH_BYTES);
        struct run run = {book, vector, &arena};
        enum wsync_err err = RUNS[i].run(&run);
        free(block);
        return err;
    }
    return WSYNC_ERR_INVALID;
}
