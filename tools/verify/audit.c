/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/verify/note.h"
#include "tools/verify/store.h"

enum { ARENA_BYTES = 16 << 20, SETTLE_EVERY = 512 };

bool audit_fail(struct audit_fault *fault, enum wsync_err code, const char *format, ...)
{
    va_list arguments;
    fault->exit_code = code == WSYNC_ERR_MEMORY ? AUDIT_INPUT : AUDIT_FAILS;
    fault->code = code;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return false;
}

const char *audit_log_name(const struct wsync_log_id *log, char name[AUDIT_NAME_BYTES])
{
    wsync_hex_encode(wsync_slice(log->b, AUDIT_NAME_BYTES / 2), name);
    return name;
}

bool audit_open(struct audit *audit, const struct audit_trust *trust)
{
    *audit = (struct audit){.trust = *trust, .store = audit_store_new()};
    audit->ledger.catalog = malloc(sizeof *audit->ledger.catalog);
    void *block = malloc(ARENA_BYTES);
    if (block) {
        wsync_arena_init(&audit->arena, block, ARENA_BYTES);
    }
    if (audit->ledger.catalog) {
        wsync_catalog_init(audit->ledger.catalog);
    }
    if (audit->store && audit->ledger.catalog && block &&
        wsync_store_begin(audit->store, WSYNC_TXN_WRITE, &audit->txn) == WSYNC_OK) {
        return true;
    }
    audit_close(audit);
    return false;
}

void audit_close(struct audit *audit)
{
    if (audit->txn) {
        wsync_txn_abort(audit->txn);
    }
    if (audit->store) {
        wsync_store_close(audit->store);
    }
    free(audit->ledger.catalog);
    free(audit->arena.block);
    *audit = (struct audit){.store = NULL};
}

/* ---- roster ---- */

static struct wsync_instance_id instance_of(const struct audit_trust *trust)
{
    struct wsync_root root = {.key_count = trust->key_count, .threshold = trust->threshold};
    if (trust->has_instance) {
        return trust->instance;
    }
    for (size_t i = 0; i < trust->key_count; i++) { /* ascending, as they were named */
        size_t at = i;
        for (;
             at > 0 && memcmp(root.keys[at - 1].b, trust->keys[i].b, sizeof root.keys[0].b) > 0;
             at--) {
            root.keys[at] = root.keys[at - 1];
        }
        root.keys[at] = trust->keys[i];
    }
    return wsync_instance_of(&root);
}

/* Is the first statement that of the installation the auditor knows? */
static bool trusted(struct audit *audit, const struct wsync_signed_statement *first,
                    struct audit_fault *fault)
{
    struct wsync_statement statement;
    struct wsync_arena arena = audit->arena;
    enum wsync_err err = wsync_statement_decode(first->statement, &arena, &statement);
    if (err != WSYNC_OK) {
        return audit_fail(fault, err, "Statement 1 of the roster: %s",
                          wsync_err_text(err, WSYNC_EN));
    }
    audit->instance = instance_of(&audit->trust);
    return wsync_slice_equal(WSYNC_BYTES(audit->instance), WSYNC_BYTES(statement.instance)) ||
           audit_fail(fault, WSYNC_ERR_INSTANCE,
                      "The roster is that of another installation than --root says.");
}

/* Checkpoints of before a change of the key hold by the key of then. */
static bool note_log_key(struct audit *audit, const struct wsync_signing_key *key)
{
    size_t count = audit->log_key_count;
    if (count > 0 && memcmp(&audit->log_keys[count - 1], key, sizeof *key) == 0) {
        return true;
    }
    if (count < AUDIT_LOG_KEYS_MAX) {
        audit->log_keys_from[count] = audit->statements;
        audit->log_keys[audit->log_key_count++] = *key;
    }
    return count < AUDIT_LOG_KEYS_MAX;
}

static bool take(struct audit *audit, const struct wsync_signed_statement *statement,
                 struct audit_fault *fault)
{
    struct wsync_roster roster = {.version = 0};
    size_t mark = wsync_arena_mark(&audit->arena);
    enum wsync_err err =
        wsync_roster_take(audit->txn, &audit->arena, statement, &audit->instance);
    wsync_arena_release(&audit->arena, mark);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(audit->txn, &roster);
    }
    audit->statements++;
    if (err == WSYNC_OK && roster.version != audit->statements) {
        err = WSYNC_ERR_ROSTER; /* one that was here already */
    }
    if (err == WSYNC_OK && !note_log_key(audit, &roster.log_key)) {
        err = WSYNC_ERR_OVERSIZE;
    }
    return err == WSYNC_OK || audit_fail(fault, err, "Statement %" PRIu64 " of the roster: %s",
                                         audit->statements, wsync_err_text(err, WSYNC_EN));
}

bool audit_roster(struct audit *audit, const struct wsync_statements *roster,
                  struct audit_fault *fault)
{
    for (size_t i = 0; i < roster->count; i++) {
        if ((audit->statements == 0 && !trusted(audit, &roster->items[i], fault)) ||
            !take(audit, &roster->items[i], fault)) {
            return false;
        }
    }
    return true;
}

bool audit_device_has_key(const struct wsync_device *device,
                          const struct wsync_signing_key *key)
{
    return wsync_device_key_at(device, key) < device->key_count;
}

bool audit_note_is_signed(const struct audit *audit, const struct note *note)
{
    bool is_signed = false;
    for (size_t i = 0; i < audit->log_key_count && !is_signed; i++) {
        is_signed = note_signed_by(note, &audit->log_keys[i]);
    }
    return is_signed;
}

/* ---- changes ---- */

bool audit_settle(struct audit *audit, struct audit_fault *fault)
{
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && more) { /* ends: each turn settles something */
        err = wsync_ledger_settle(&audit->ledger, audit->txn, &audit->arena, &more);
    }
    return err == WSYNC_OK || audit_fail(fault, err, "The state cannot be computed: %s",
                                         wsync_err_text(err, WSYNC_EN));
}

static const char *sentence(enum wsync_err err)
{
    return err == WSYNC_ERR_GAP ? "What stands before them is missing."
                                : wsync_err_text(err, WSYNC_EN);
}

bool audit_changes(struct audit *audit, const struct wsync_change_set *set,
                   struct audit_fault *fault)
{
    char name[AUDIT_NAME_BYTES];
    struct wsync_head held;
    size_t mark = wsync_arena_mark(&audit->arena);
    uint64_t last = set->first + set->change_count - 1;
    enum wsync_err err =
        wsync_ledger_accept(&audit->ledger, audit->txn, &audit->arena, set, &held);
    wsync_arena_release(&audit->arena, mark);
    if (err != WSYNC_OK) {
        return audit_fail(fault, err, "Log %s, changes %" PRIu64 " to %" PRIu64 ": %s",
                          audit_log_name(&set->log, name), set->first, last, sentence(err));
    }
    audit->logs += set->first == 1;
    audit->seals++;
    uint64_t before = audit->changes / SETTLE_EVERY;
    audit->changes += set->change_count;
    return audit->changes / SETTLE_EVERY == before || audit_settle(audit, fault);
}
