/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "wardsync/signed.h"

struct wsync_instance_id wsync_instance_of(const struct wsync_root *root)
{
    uint8_t threshold[4];
    struct wsync_slice parts[2 + WSYNC_ROOT_KEYS_MAX];
    struct wsync_instance_id id;
    WSYNC_ASSERT(root->key_count <= WSYNC_ROOT_KEYS_MAX);
    wsync_be_put(threshold, root->threshold, sizeof threshold);
    parts[0] = wsync_slice_of("wardsync/root/v1");
    parts[1] = wsync_slice(threshold, sizeof threshold);
    for (size_t i = 0; i < root->key_count; i++) {
        parts[2 + i] = WSYNC_BYTES(root->keys[i]);
    }
    struct wsync_hash hash = wsync_hash_parts(parts, 2 + root->key_count);
    memcpy(id.b, hash.b, sizeof id.b);
    return id;
}

static bool same_key(const struct wsync_signing_key *a, const struct wsync_signing_key *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static bool is_root(const struct wsync_root *root, const struct wsync_signing_key *key)
{
    for (size_t i = 0; i < root->key_count; i++) {
        if (same_key(&root->keys[i], key)) {
            return true;
        }
    }
    return false;
}

/* Do root keys enough sign?  Each key stands there once. */
static bool reached(const struct wsync_root *root, const struct wsync_signed_statement *by)
{
    uint32_t count = 0;
    for (size_t i = 0; i < by->signature_count; i++) {
        count += is_root(root, &by->signatures[i].key);
    }
    return count >= root->threshold;
}

static bool signs(const struct wsync_signing_key *key, const struct wsync_signed_statement *by)
{
    for (size_t i = 0; i < by->signature_count; i++) {
        if (same_key(key, &by->signatures[i].key)) {
            return true;
        }
    }
    return false;
}

/* A registrar speaks for people's devices, not for what the district says of itself, and makes
 * no node: that one could not be revoked. */
static bool is_for_roots(const struct wsync_statement *statement)
{
    return statement->kind == WSYNC_STATEMENT_FIRST ||
           statement->kind == WSYNC_STATEMENT_DISTRICT ||
           (statement->kind == WSYNC_STATEMENT_ENROL &&
            statement->enrol.role == WSYNC_ROLE_NODE);
}

/* Whose signature means anything under this statement? */
static bool counts(const struct wsync_root *root, const struct wsync_statement *statement,
                   const struct wsync_signing_key *key)
{
    if (statement->kind == WSYNC_STATEMENT_ROOT) {
        return is_root(root, key) || is_root(&statement->root, key);
    }
    if (is_for_roots(statement)) {
        return is_root(root, key);
    }
    return is_root(root, key) || same_key(&root->registrar, key);
}

static bool enough(const struct wsync_root *root, const struct wsync_statement *statement,
                   const struct wsync_signed_statement *by)
{
    if (statement->kind == WSYNC_STATEMENT_ROOT) {
        return reached(root, by) && reached(&statement->root, by);
    }
    if (is_for_roots(statement)) {
        return reached(root, by);
    }
    return signs(&root->registrar, by) || reached(root, by);
}

enum wsync_err wsync_authority_check(const struct wsync_authority *authority,
                                     const struct wsync_signed_statement *signed_statement,
                                     const struct wsync_statement *statement)
{
    const struct wsync_root *root = &authority->root;
    const struct wsync_key_signature *list = signed_statement->signatures;
    size_t count = signed_statement->signature_count;
    if (authority->version_count == 0) {
        root = &statement->root;
        struct wsync_instance_id named = wsync_instance_of(root);
        if (statement->kind != WSYNC_STATEMENT_FIRST ||
            memcmp(named.b, statement->instance.b, sizeof named.b) != 0) {
            return WSYNC_ERR_ROSTER;
        }
    }
    if (count == 0 || count > WSYNC_STATEMENT_SIGNATURES_MAX) {
        return WSYNC_ERR_ROSTER;
    }
    for (size_t i = 1; i < count; i++) {
        if (memcmp(list[i - 1].key.b, list[i].key.b, sizeof list[i].key.b) >= 0) {
            return WSYNC_ERR_ROSTER;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!counts(root, statement, &list[i].key)) {
            return WSYNC_ERR_SIGNATURE;
        }
    }
    return enough(root, statement, signed_statement) && wsync_signed_verify(signed_statement)
               ? WSYNC_OK
               : WSYNC_ERR_SIGNATURE;
}

enum wsync_err wsync_authority_take(struct wsync_authority *authority,
                                    const struct wsync_signed_statement *signed_statement,
                                    const struct wsync_statement *statement)
{
    enum wsync_err err = wsync_authority_check(authority, signed_statement, statement);
    if (err != WSYNC_OK) {
        return err;
    }
    if (statement->kind == WSYNC_STATEMENT_ENROL) {
        int64_t expires = authority->root.expires;
        bool late = expires != 0 && statement->stamp > expires;
        return late || statement->stamp < authority->stamp ? WSYNC_ERR_ROSTER : WSYNC_OK;
    }
    if (statement->kind != WSYNC_STATEMENT_FIRST && statement->kind != WSYNC_STATEMENT_ROOT) {
        return WSYNC_OK;
    }
    size_t bytes = authority->bytes + signed_statement->statement.len +
                   signed_statement->signature_count * WSYNC_SIGNATURE_WEIGHT_BYTES +
                   WSYNC_STATEMENT_WEIGHT_BYTES;
    if (authority->version_count == WSYNC_AUTHORITY_STATEMENTS_MAX ||
        bytes > WSYNC_AUTHORITY_BYTES_MAX) {
        return WSYNC_ERR_ROSTER;
    }
    authority->instance = statement->instance;
    authority->root = statement->root;
    authority->stamp = statement->stamp;
    authority->versions[authority->version_count++] = statement->version;
    authority->bytes = bytes;
    return WSYNC_OK;
}
