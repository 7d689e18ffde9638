/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/bundle.h"

#include <string.h>

#include "core/bytes.h"

/* Line ends of both kinds and a byte beyond ASCII: what a copy as text would bend. */
static const uint8_t MAGIC[8] = {0x89, 'W', 'S', 'B', '\r', '\n', 0x1a, '\n'};
static const char KEY_DOMAIN[] = "wardsync/bundle/key/v1";
static const char ANSWER_DOMAIN[] = "wardsync/bundle/answer/v1";
static const char PART_DOMAIN[] = "wardsync/bundle/part/v1";
static const char MANIFEST_DOMAIN[] = "wardsync/bundle/manifest/v1";
static const char RECEIVER_DOMAIN[] = "wardsync/bundle/receiver/v1";

enum { LENGTH_BYTES = 2, SEED_BYTES = 32, RUN_BYTES = 16 + 2 * (8 + 32), FIXED_BYTES = 256 };

_Static_assert(WSYNC_BUNDLE_PARTS_MAX * WSYNC_BUNDLE_PART_HASH_BYTES +
                       WSYNC_BUNDLE_RUNS_MAX * RUN_BYTES + FIXED_BYTES <=
                   WSYNC_BUNDLE_PLAIN_BYTES,
               "a manifest fits into a part");
_Static_assert(WSYNC_FRAME_BYTES_MAX + LENGTH_BYTES <= WSYNC_BUNDLE_PLAIN_BYTES,
               "a frame fits into a part");

/* ---- header ---- */

static void encode_header(const struct wsync_bundle_header *header,
                          uint8_t out[WSYNC_BUNDLE_HEADER_BYTES])
{
    struct wsync_writer writer = wsync_writer_over(out, WSYNC_BUNDLE_HEADER_BYTES);
    memset(out, 0, WSYNC_BUNDLE_HEADER_BYTES);
    wsync_write_bytes(&writer, wsync_slice(MAGIC, sizeof MAGIC));
    wsync_write_number(&writer, WSYNC_BUNDLE_FORMAT, 1);
    wsync_write_number(&writer, header->kind, 1);
    wsync_write_number(&writer, 0, 6);
    wsync_write_bytes(&writer, WSYNC_BYTES(header->id));
    wsync_write_bytes(&writer, wsync_slice(header->receiver, sizeof header->receiver));
    wsync_write_bytes(&writer, WSYNC_BYTES(header->sender));
    wsync_write_number(&writer, 0, 8);
    WSYNC_ASSERT(wsync_written(&writer).len == WSYNC_BUNDLE_HEADER_BYTES);
}

enum wsync_err wsync_bundle_header_decode(struct wsync_slice bytes,
                                          struct wsync_bundle_header *header)
{
    struct wsync_reader reader =
        wsync_reader_over(wsync_slice_head(bytes, WSYNC_BUNDLE_HEADER_BYTES));
    if (!wsync_slice_starts(bytes, wsync_slice(MAGIC, sizeof MAGIC))) {
        return WSYNC_ERR_BUNDLE;
    }
    (void)wsync_read_bytes(&reader, sizeof MAGIC);
    uint64_t format = wsync_read_number(&reader, 1);
    uint64_t kind = wsync_read_number(&reader, 1);
    uint64_t before = wsync_read_number(&reader, 6);
    wsync_read_into(&reader, header->id.b, sizeof header->id.b);
    wsync_read_into(&reader, header->receiver, sizeof header->receiver);
    wsync_read_into(&reader, header->sender.b, sizeof header->sender.b);
    uint64_t behind = wsync_read_number(&reader, 8);
    if (!reader.bad && format != WSYNC_BUNDLE_FORMAT) {
        return WSYNC_ERR_VERSION;
    }
    bool good = wsync_read_whole(&reader) && before == 0 && behind == 0 &&
                (kind == WSYNC_BUNDLE_UP || kind == WSYNC_BUNDLE_ANSWER);
    header->kind = kind == WSYNC_BUNDLE_ANSWER ? WSYNC_BUNDLE_ANSWER : WSYNC_BUNDLE_UP;
    return good ? WSYNC_OK : WSYNC_ERR_BUNDLE;
}

/* ---- keys ---- */

void wsync_bundle_receiver(const struct wsync_transport_key *key,
                           uint8_t receiver[WSYNC_BUNDLE_RECEIVER_BYTES])
{
    const struct wsync_slice parts[] = {wsync_slice_of(RECEIVER_DOMAIN), WSYNC_BYTES(*key)};
    struct wsync_hash hash = wsync_hash_parts(parts, 2);
    memcpy(receiver, hash.b, WSYNC_BUNDLE_RECEIVER_BYTES);
}

enum wsync_err wsync_bundle_begin(struct wsync_bundle_header *header,
                                  const struct wsync_transport_key *receiver,
                                  const uint8_t *secret, struct wsync_bundle_key *key)
{
    const struct wsync_exchange exchange = {KEY_DOMAIN, secret, receiver, true};
    wsync_bundle_receiver(receiver, header->receiver);
    header->sender = wsync_exchange_public(secret);
    encode_header(header, key->header);
    return wsync_exchange_key(&exchange, key->key) ? WSYNC_OK : WSYNC_ERR_BUNDLE;
}

enum wsync_err wsync_bundle_open(struct wsync_slice header_bytes, const uint8_t *secret,
                                 struct wsync_bundle_key *key)
{
    struct wsync_bundle_header header;
    uint8_t receiver[WSYNC_BUNDLE_RECEIVER_BYTES];
    struct wsync_transport_key own = wsync_exchange_public(secret);
    const struct wsync_exchange exchange = {KEY_DOMAIN, secret, &header.sender, false};
    enum wsync_err err = wsync_bundle_header_decode(header_bytes, &header);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_bundle_receiver(&own, receiver);
    memcpy(key->header, header_bytes.data, sizeof key->header);
    return memcmp(receiver, header.receiver, sizeof receiver) == 0 &&
                   wsync_exchange_key(&exchange, key->key)
               ? WSYNC_OK
               : WSYNC_ERR_BUNDLE;
}

void wsync_bundle_answer_secret(const struct wsync_signing_secret *secret,
                                const struct wsync_bundle_id *id,
                                uint8_t answer[WSYNC_PUBLIC_KEY_BYTES])
{
    const struct wsync_slice parts[] = {wsync_slice_of(ANSWER_DOMAIN),
                                        wsync_slice(secret->b, SEED_BYTES), WSYNC_BYTES(*id)};
    struct wsync_hash hash = wsync_hash_parts(parts, 3);
    memcpy(answer, hash.b, WSYNC_PUBLIC_KEY_BYTES);
    wsync_wipe(&hash, sizeof hash);
}

/* ---- parts ---- */

static struct wsync_sealing sealing_of(const struct wsync_bundle_key *key, uint32_t number)
{
    return (struct wsync_sealing){key->key, number,
                                  wsync_slice(key->header, sizeof key->header)};
}

void wsync_bundle_seal(const struct wsync_bundle_key *key, uint32_t number,
                       const uint8_t *plain, uint8_t *part)
{
    const struct wsync_sealing sealing = sealing_of(key, number);
    wsync_seal_bytes(&sealing, wsync_slice(plain, WSYNC_BUNDLE_PLAIN_BYTES), part);
}

bool wsync_bundle_unseal(const struct wsync_bundle_key *key, uint32_t number,
                         const uint8_t *part, uint8_t *plain)
{
    const struct wsync_sealing sealing = sealing_of(key, number);
    return wsync_open_bytes(&sealing, wsync_slice(part, WSYNC_BUNDLE_PART_BYTES), plain);
}

bool wsync_bundle_put_frame(uint8_t *plain, size_t *used, struct wsync_slice frame)
{
    WSYNC_ASSERT(frame.len > 0 && frame.len <= WSYNC_FRAME_BYTES_MAX);
    if (LENGTH_BYTES + frame.len > WSYNC_BUNDLE_PLAIN_BYTES - *used) {
        return false;
    }
    wsync_be_put(plain + *used, frame.len, LENGTH_BYTES);
    memcpy(plain + *used + LENGTH_BYTES, frame.data, frame.len);
    *used += LENGTH_BYTES + frame.len;
    return true;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

bool wsync_bundle_next_frame(const uint8_t *plain, size_t *used, struct wsync_slice *frame,
                             enum wsync_err *err)
{
    size_t left = WSYNC_BUNDLE_PLAIN_BYTES - *used;
    size_t len = left > LENGTH_BYTES ? (size_t)wsync_be_get(plain + *used, LENGTH_BYTES) : 0;
    *err = WSYNC_OK;
    if (len == 0) { /* the end: nothing but zeros */
        *err = all_zero(plain + *used, left) ? WSYNC_OK : WSYNC_ERR_BUNDLE;
        return false;
    }
    if (len > WSYNC_FRAME_BYTES_MAX || len > left - LENGTH_BYTES) {
        *err = WSYNC_ERR_BUNDLE;
        return false;
    }
    *frame = wsync_slice(plain + *used + LENGTH_BYTES, len);
    *used += LENGTH_BYTES + len;
    return true;
}

/* ---- manifest ---- */

void wsync_bundle_part_hash(const uint8_t *part, uint8_t hash[WSYNC_BUNDLE_PART_HASH_BYTES])
{
    const struct wsync_slice parts[] = {wsync_slice_of(PART_DOMAIN),
                                        wsync_slice(part, WSYNC_BUNDLE_PART_BYTES)};
    struct wsync_hash whole = wsync_hash_parts(parts, 2);
    memcpy(hash, whole.b, WSYNC_BUNDLE_PART_HASH_BYTES);
}

/* What is signed: the header, which names the receiver, and the manifest. */
static struct wsync_hash manifest_hash(const struct wsync_bundle_key *key,
                                       struct wsync_slice bytes)
{
    const struct wsync_slice parts[] = {wsync_slice_of(MANIFEST_DOMAIN),
                                        wsync_slice(key->header, sizeof key->header), bytes};
    return wsync_hash_parts(parts, 3);
}

static void write_head(struct wsync_writer *writer, const struct wsync_head *head)
{
    wsync_write_number(writer, head->seq, 8);
    wsync_write_bytes(writer, WSYNC_BYTES(head->hash));
}

void wsync_bundle_manifest_encode(const struct wsync_bundle_manifest *manifest,
                                  const struct wsync_bundle_key *key,
                                  const struct wsync_signing_secret *secret, uint8_t *plain)
{
    struct wsync_writer writer = wsync_writer_over(plain, WSYNC_BUNDLE_PLAIN_BYTES);
    WSYNC_ASSERT(manifest->part_count <= WSYNC_BUNDLE_PARTS_MAX);
    WSYNC_ASSERT(manifest->run_count <= WSYNC_BUNDLE_RUNS_MAX);
    memset(plain, 0, WSYNC_BUNDLE_PLAIN_BYTES);
    wsync_write_number(&writer, WSYNC_BUNDLE_FORMAT, 1);
    wsync_write_number(&writer, manifest->protocol, 1);
    wsync_write_number(&writer, manifest->capabilities, 4);
    wsync_write_bytes(&writer, WSYNC_BYTES(manifest->instance));
    wsync_write_bytes(&writer, WSYNC_BYTES(manifest->device));
    wsync_write_bytes(&writer, WSYNC_BYTES(manifest->signing_key));
    wsync_write_bytes(&writer, WSYNC_BYTES(manifest->answer));
    wsync_write_number(&writer, (uint64_t)manifest->time, 8);
    wsync_write_number(&writer, manifest->roster_version, 8);
    wsync_write_number(&writer, manifest->changes, 8);
    wsync_write_number(&writer, manifest->partial, 1);
    wsync_write_number(&writer, manifest->part_count, 2);
    wsync_write_bytes(&writer, wsync_slice(manifest->hashes,
                                           manifest->part_count * sizeof *manifest->hashes));
    wsync_write_number(&writer, manifest->run_count, 2);
    for (size_t i = 0; i < manifest->run_count; i++) {
        wsync_write_bytes(&writer, WSYNC_BYTES(manifest->runs[i].tip.log));
        write_head(&writer, &manifest->runs[i].after);
        write_head(&writer, &manifest->runs[i].tip);
    }
    struct wsync_hash hash = manifest_hash(key, wsync_written(&writer));
    const struct wsync_slice parts[] = {wsync_slice_of(MANIFEST_DOMAIN), WSYNC_BYTES(hash)};
    struct wsync_signature signature = wsync_sign_parts(secret, parts, 2);
    wsync_write_bytes(&writer, WSYNC_BYTES(signature));
    WSYNC_ASSERT(!writer.full);
}

static void read_head(struct wsync_reader *reader, struct wsync_head *head)
{
    head->seq = wsync_read_number(reader, 8);
    wsync_read_into(reader, head->hash.b, sizeof head->hash.b);
}

static bool read_runs(struct wsync_reader *reader, struct wsync_bundle_manifest *manifest)
{
    manifest->run_count = (uint32_t)wsync_read_number(reader, 2);
    if (manifest->run_count > WSYNC_BUNDLE_RUNS_MAX) {
        return false;
    }
    for (size_t i = 0; i < manifest->run_count; i++) {
        struct wsync_bundle_run *run = &manifest->runs[i];
        wsync_read_into(reader, run->tip.log.b, sizeof run->tip.log.b);
        run->after.log = run->tip.log;
        read_head(reader, &run->after);
        read_head(reader, &run->tip);
        if (run->after.seq > run->tip.seq) {
            return false;
        }
    }
    return true;
}

static bool read_body(struct wsync_reader *reader, struct wsync_bundle_manifest *manifest)
{
    manifest->protocol = (uint8_t)wsync_read_number(reader, 1);
    manifest->capabilities = (uint32_t)wsync_read_number(reader, 4);
    wsync_read_into(reader, manifest->instance.b, sizeof manifest->instance.b);
    wsync_read_into(reader, manifest->device.b, sizeof manifest->device.b);
    wsync_read_into(reader, manifest->signing_key.b, sizeof manifest->signing_key.b);
    wsync_read_into(reader, manifest->answer.b, sizeof manifest->answer.b);
    manifest->time = (int64_t)wsync_read_number(reader, 8);
    manifest->roster_version = wsync_read_number(reader, 8);
    manifest->changes = wsync_read_number(reader, 8);
    uint64_t partial = wsync_read_number(reader, 1);
    manifest->partial = partial == 1;
    manifest->part_count = (uint32_t)wsync_read_number(reader, 2);
    if (partial > 1 || manifest->part_count > WSYNC_BUNDLE_PARTS_MAX) {
        return false;
    }
    wsync_read_into(reader, manifest->hashes,
                    manifest->part_count * sizeof *manifest->hashes);
    return read_runs(reader, manifest);
}

enum wsync_err wsync_bundle_manifest_decode(const uint8_t *plain,
                                            const struct wsync_bundle_key *key,
                                            struct wsync_bundle_manifest *manifest)
{
    struct wsync_reader reader =
        wsync_reader_over(wsync_slice(plain, WSYNC_BUNDLE_PLAIN_BYTES));
    struct wsync_signature signature;
    if (wsync_read_number(&reader, 1) != WSYNC_BUNDLE_FORMAT) {
        return WSYNC_ERR_VERSION;
    }
    if (!read_body(&reader, manifest)) {
        return WSYNC_ERR_BUNDLE;
    }
    size_t len = WSYNC_BUNDLE_PLAIN_BYTES - reader.left.len;
    wsync_read_into(&reader, signature.b, sizeof signature.b);
    if (reader.bad || !all_zero(reader.left.data, reader.left.len)) {
        return WSYNC_ERR_BUNDLE;
    }
    struct wsync_hash hash = manifest_hash(key, wsync_slice(plain, len));
    const struct wsync_slice parts[] = {wsync_slice_of(MANIFEST_DOMAIN), WSYNC_BYTES(hash)};
    return wsync_verify_parts(&manifest->signing_key, &signature, parts, 2)
               ? WSYNC_OK
               : WSYNC_ERR_SIGNATURE;
}
