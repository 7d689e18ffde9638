/* SPDX-License-Identifier: Apache-2.0 */
/* core/crypto.c with a memory: a schedule signs and verifies the same bytes at many replicas,
 * and two thirds of its time went there.  Every answer was once given by the real code; what it
 * answered is found again by a hash over all that was asked. */
#include <string.h>

#include "wardsync/crypto.h"

void sim_real_pair(const uint8_t seed[32], struct wsync_signing_key *key,
                   struct wsync_signing_secret *secret);
struct wsync_signature sim_real_sign(const struct wsync_signing_secret *secret,
                                     const struct wsync_slice *parts, size_t count);
bool sim_real_verify(const struct wsync_signing_key *key,
                     const struct wsync_signature *signature, const struct wsync_slice *parts,
                     size_t count);

struct wsync_signature sim_real_sign_text(const struct wsync_signing_secret *secret,
                                          struct wsync_slice text);
bool sim_real_verify_text(const struct wsync_signing_key *key,
                          const struct wsync_signature *signature, struct wsync_slice text);

#define wsync_sign_text sim_real_sign_text
#define wsync_verify_text sim_real_verify_text
#define wsync_signing_pair sim_real_pair
#define wsync_sign_parts sim_real_sign
#define wsync_verify_parts sim_real_verify
#include "core/crypto.c"
#undef wsync_sign_text
#undef wsync_verify_text
#undef wsync_signing_pair
#undef wsync_sign_parts
#undef wsync_verify_parts

enum { MEMORY_SLOTS = 4096, PARTS_MAX = 12 };

struct memory {
    struct wsync_hash question;
    bool known;
    bool good;
    struct wsync_signature signature;
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
};

/* The place where a question's answer is or belongs; `known` is false when it was not asked. */
static struct memory *recall(struct wsync_slice first, struct wsync_slice second,
                             const struct wsync_slice *parts, size_t count)
{
    static struct memory memories[MEMORY_SLOTS];
    struct wsync_slice question[PARTS_MAX] = {first, second};
    WSYNC_ASSERT(count + 2 <= PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        question[i + 2] = parts[i];
    }
    struct wsync_hash hash = wsync_hash_parts(question, count + 2);
    uint32_t slot;
    memcpy(&slot, hash.b, sizeof slot);
    struct memory *memory = &memories[slot % MEMORY_SLOTS];
    memory->known = memory->known && memcmp(memory->question.b, hash.b, sizeof hash.b) == 0;
    memory->question = hash;
    return memory;
}

void wsync_signing_pair(const uint8_t seed[32], struct wsync_signing_key *key,
                        struct wsync_signing_secret *secret)
{
    struct memory *memory = recall(wsync_slice_of("pair"), wsync_slice(seed, 32), NULL, 0);
    if (!memory->known) {
        sim_real_pair(seed, &memory->key, &memory->secret);
        memory->known = true;
    }
    *key = memory->key;
    *secret = memory->secret;
}

struct wsync_signature wsync_sign_parts(const struct wsync_signing_secret *secret,
                                        const struct wsync_slice *parts, size_t count)
{
    struct memory *memory = recall(wsync_slice_of("sign"), WSYNC_BYTES(*secret), parts, count);
    if (!memory->known) {
        memory->signature = sim_real_sign(secret, parts, count);
        memory->known = true;
    }
    return memory->signature;
}

bool wsync_verify_parts(const struct wsync_signing_key *key,
                        const struct wsync_signature *signature,
                        const struct wsync_slice *parts, size_t count)
{
    struct memory *memory = recall(WSYNC_BYTES(*key), WSYNC_BYTES(*signature), parts, count);
    if (!memory->known) {
        memory->good = sim_real_verify(key, signature, parts, count);
        memory->known = true;
    }
    return memory->good;
}

struct wsync_signature wsync_sign_text(const struct wsync_signing_secret *secret,
                                       struct wsync_slice text)
{
    const struct wsync_slice parts[] = {wsync_slice_of("text"), text};
    struct memory *memory = recall(wsync_slice_of("sign"), WSYNC_BYTES(*secret), parts, 2);
    if (!memory->known) {
        memory->signature = sim_real_sign_text(secret, text);
        memory->known = true;
    }
    return memory->signature;
}

bool wsync_verify_text(const struct wsync_signing_key *key,
                       const struct wsync_signature *signature, struct wsync_slice text)
{
    const struct wsync_slice parts[] = {wsync_slice_of("text"), text};
    struct memory *memory = recall(WSYNC_BYTES(*key), WSYNC_BYTES(*signature), parts, 2);
    if (!memory->known) {
        memory->good = sim_real_verify_text(key, signature, text);
        memory->known = true;
    }
    return memory->good;
}
