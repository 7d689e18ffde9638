/* SPDX-License-Identifier: Apache-2.0 */
/* keys_sealed.h: a signing key in a file that only a passphrase opens, for root keys that are
 * kept on a stick or in a safe.
 *
 *   wardsync sealed signing key v1
 *   key HEX          the public key, so that the file can be told without opening it
 *   salt HEX         16 bytes
 *   limits OPS MEM   of Argon2id, MEM in bytes
 *   nonce HEX        24 bytes
 *   sealed HEX       the seed under XChaCha20-Poly1305, the lines above being its header
 *
 * The key of the seal is Argon2id (version 1.3) of passphrase, salt and limits.  After
 * wsync_crypto_init. */
#ifndef WARDSYNC_HOST_KEYS_SEALED_H
#define WARDSYNC_HOST_KEYS_SEALED_H

#include "host/keys.h"

/* How much work a guess costs: about half a second and 256 MB, or a tenth and 64 MB. */
enum wsync_seal_effort { WSYNC_SEAL_MODERATE, WSYNC_SEAL_INTERACTIVE };

/* Draws a new pair and writes its sealed file; like wsync_keys_create_signing.  MEMORY when the
 * machine lacks what the effort takes. */
WSYNC_MUST_USE enum wsync_err wsync_keys_create_sealed(const char *path,
                                                       struct wsync_slice passphrase,
                                                       enum wsync_seal_effort effort,
                                                       struct wsync_signing_pair *pair,
                                                       struct wsync_error *error);

/* Opens it.  VALUE when the passphrase is another one (or the file was altered: nobody can tell
 * which); INVALID when it is no such file or asks for more than WSYNC_SEAL_OPS_MAX passes or
 * WSYNC_SEAL_MEMORY_MAX bytes; otherwise like wsync_keys_load_signing. */
enum { WSYNC_SEAL_OPS_MAX = 10, WSYNC_SEAL_MEMORY_MAX = 1 << 30 };
WSYNC_MUST_USE enum wsync_err wsync_keys_load_sealed(const char *path,
                                                     struct wsync_slice passphrase,
                                                     struct wsync_signing_pair *pair,
                                                     struct wsync_error *error);

/* What a file of a signing key is, by its first line, and its public key when that stands
 * there: only in a sealed one.  INVALID when a sealed one is not whole. */
WSYNC_MUST_USE enum wsync_err wsync_keys_peek(const char *path, bool *sealed,
                                              struct wsync_signing_key *key,
                                              struct wsync_error *error);

#endif
