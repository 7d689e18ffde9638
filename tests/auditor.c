/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/auditor.h"

#include <stdio.h>
#include <string.h>

#include "host/export_signed.h"
#include "wardsync/base64.h"
#include "wardsync/signed_log.h"

void auditor_open(struct auditor *auditor, const struct installation *installation)
{
    *auditor = (struct auditor){.installation = installation};
    wsync_scratch_open(&auditor->scratch);
}

void auditor_close(struct auditor *auditor)
{
    wsync_scratch_close(&auditor->scratch);
    views_fini(&auditor->views);
}

/* A site as the host knows it, over the replica's store. */
static struct wsync_site *site_of(struct replica *replica)
{
    static struct wsync_site site;
    site.identity = replica->identity;
    site.arena = replica->arena;
    site.conf.kind = replica->scope == REPLICA_TOP ? WSYNC_SITE_DISTRICT : WSYNC_SITE_WARD;
    enum wsync_err err = wsync_store_begin(replica->store, WSYNC_TXN_READ, &site.txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    return &site;
}

static void take(struct auditor *auditor, struct wsync_site *site, FILE *out)
{
    wsync_txn_abort(site->txn);
    rewind(out);
    auditor->len = fread(auditor->bytes, 1, sizeof auditor->bytes, out);
    WSYNC_ASSERT(auditor->len < sizeof auditor->bytes);
    fclose(out);
}

void auditor_export(struct auditor *auditor, struct replica *replica, bool personal)
{
    struct wsync_error error;
    struct wsync_export_signed_result result;
    struct wsync_export_signed_options options = {.personal = personal, .out = tmpfile()};
    struct wsync_site *site = site_of(replica);
    WSYNC_ASSERT(options.out);
    enum wsync_err err = wsync_export_signed(site, &options, &result, &error);
    WSYNC_ASSERT(err == WSYNC_OK && site->arena.used == replica->arena.used);
    take(auditor, site, options.out);
}

enum wsync_err auditor_prove(struct auditor *auditor, struct replica *replica,
                             struct wsync_proof_request *request,
                             struct wsync_proof_result *result)
{
    struct wsync_error error;
    struct wsync_site *site = site_of(replica);
    request->out = tmpfile();
    WSYNC_ASSERT(request->out);
    enum wsync_err err = wsync_proof_write(site, request, result, &error);
    WSYNC_ASSERT(site->arena.used == replica->arena.used);
    take(auditor, site, request->out);
    return err;
}

size_t auditor_message(const struct auditor *auditor, size_t nth, size_t *len)
{
    size_t at = strlen(WSYNC_SIGNED_LOG_MAGIC);
    for (;; nth--) { /* ends: with the file */
        *len = WSYNC_SIGNED_LOG_LENGTH_BYTES;
        if (at + *len > auditor->len) {
            return at;
        }
        *len += wsync_signed_log_length_of(auditor->bytes + at);
        if (nth == 0 || *len == WSYNC_SIGNED_LOG_LENGTH_BYTES) {
            return at;
        }
        at += *len;
    }
}

size_t auditor_messages(const struct auditor *auditor)
{
    size_t count = 0;
    size_t len;
    do {
        auditor_message(auditor, count++, &len);
    } while (len > WSYNC_SIGNED_LOG_LENGTH_BYTES);
    return count - 1;
}

void auditor_decode(const struct auditor *auditor, size_t nth, struct wsync_message *message)
{
    static _Alignas(16) uint8_t block[1 << 18];
    struct wsync_arena arena;
    size_t len;
    size_t at = auditor_message(auditor, nth, &len) + WSYNC_SIGNED_LOG_LENGTH_BYTES;
    wsync_arena_init(&arena, block, sizeof block);
    enum wsync_err err = wsync_message_decode(
        wsync_slice(auditor->bytes + at, len - WSYNC_SIGNED_LOG_LENGTH_BYTES), &arena, message);
    WSYNC_ASSERT(err == WSYNC_OK);
}

bool auditor_end_log(struct auditor *auditor)
{
    struct wsync_signed_log log = {.messages = 0};
    size_t len;
    size_t at = auditor_message(auditor, 0, &len);
    for (size_t i = 1; len > WSYNC_SIGNED_LOG_LENGTH_BYTES && at + len <= auditor->len; i++) {
        wsync_signed_log_add(&log,
                             wsync_slice(auditor->bytes + at + WSYNC_SIGNED_LOG_LENGTH_BYTES,
                                         len - WSYNC_SIGNED_LOG_LENGTH_BYTES));
        at = auditor_message(auditor, i, &len);
    }
    if (len > WSYNC_SIGNED_LOG_LENGTH_BYTES || at + WSYNC_SIGNED_LOG_END_BYTES > auditor->len) {
        return false;
    }
    wsync_signed_log_end(&log, auditor->bytes + at);
    return true;
}

void auditor_leave_out(struct auditor *auditor, size_t nth)
{
    size_t len;
    size_t at = auditor_message(auditor, nth, &len);
    memmove(auditor->bytes + at, auditor->bytes + at + len, auditor->len - at - len);
    auditor->len -= len;
    bool ended = auditor_end_log(auditor);
    WSYNC_ASSERT(ended);
}

size_t auditor_line(const struct auditor *auditor, size_t nth, size_t *len)
{
    size_t at = 0;
    for (;; nth--) { /* ends: with the file */
        const uint8_t *end =
            at < auditor->len ? memchr(auditor->bytes + at, '\n', auditor->len - at) : NULL;
        *len = end ? (size_t)(end - auditor->bytes) + 1 - at : 0;
        if (nth == 0 || *len == 0) {
            return at;
        }
        at += *len;
    }
}

size_t auditor_lines(const struct auditor *auditor)
{
    size_t count = 0;
    size_t len;
    do {
        auditor_line(auditor, count++, &len);
    } while (len > 0);
    return count - 1;
}

void auditor_end_proof(struct auditor *auditor)
{
    enum { END_BYTES = 4 + WSYNC_BASE64_BYTES(WSYNC_HASH_BYTES) + 1 };
    struct wsync_hash digest = {{0}};
    size_t at = 0;
    for (size_t i = 0; at < auditor->len; i++) {
        const uint8_t *end = memchr(auditor->bytes + at, '\n', auditor->len - at);
        size_t len = end ? (size_t)(end - auditor->bytes) - at : 0;
        if (!end || len + 1 == auditor->len - at) {
            break; /* the last one */
        }
        if (i > 0) {
            digest = wsync_proof_line(&digest, wsync_slice(auditor->bytes + at, len));
        }
        at += len + 1;
    }
    if (auditor->len - at == END_BYTES && memcmp(auditor->bytes + at, "end ", 4) == 0) {
        wsync_base64_encode(WSYNC_BYTES(digest), (char *)auditor->bytes + at + 4);
        auditor->bytes[auditor->len - 1] = '\n';
    }
}

size_t auditor_find(const struct auditor *auditor, const char *word)
{
    size_t len = 1;
    for (size_t i = 0; len > 0; i++) {
        size_t at = auditor_line(auditor, i, &len);
        if (len > strlen(word) && memcmp(auditor->bytes + at, word, strlen(word)) == 0) {
            return i;
        }
    }
    WSYNC_ASSERT(!"the proof has such a line");
    return 0;
}

void auditor_replace(struct auditor *auditor, size_t nth, const char *text)
{
    size_t len;
    size_t at = auditor_line(auditor, nth, &len);
    memmove(auditor->bytes + at + strlen(text), auditor->bytes + at + len,
            auditor->len - at - len);
    memcpy(auditor->bytes + at, text, strlen(text));
    auditor->len = auditor->len - len + strlen(text);
    auditor_end_proof(auditor);
}

const char *auditor_file(struct auditor *auditor, const char *name)
{
    char *path = auditor->paths[auditor->looks++ % AUDITOR_LOOKS_MAX];
    FILE *file = fopen(wsync_scratch_path(&auditor->scratch, name, path), "wb");
    WSYNC_ASSERT(file && fwrite(auditor->bytes, 1, auditor->len, file) == auditor->len);
    fclose(file);
    auditor->fault = (struct audit_fault){.exit_code = -1};
    return path;
}

static struct audit_trust trust_of(const struct auditor *auditor)
{
    return (struct audit_trust){.has_instance = true,
                                .instance = auditor->installation->instance};
}

bool auditor_look_at_proof(struct auditor *auditor, struct proof *proof)
{
    struct audit_trust trust = trust_of(auditor);
    return proof_check(proof, &trust, auditor_file(auditor, "proof"), &auditor->fault);
}

bool auditor_look(struct auditor *auditor, const char *name, struct whole_log *log)
{
    struct audit_trust trust = trust_of(auditor);
    const char *path = auditor_file(auditor, name);
    *log = (struct whole_log){.views = &auditor->views};
    return whole_log_check(log, &trust, path, auditor->complete, &auditor->fault);
}

bool auditor_holds(struct auditor *auditor, const char *name)
{
    struct whole_log log;
    bool good = auditor_look(auditor, name, &log);
    whole_log_close(&log);
    return good;
}
