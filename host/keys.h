/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h: the secret keys of a device, each in a file of its own that nobody else can read.
 *
 * A file is two lines: what it is ("wardsync signing key v1" or "wardsync transport key v1")
 * and the 32-byte secret in hex; a credential may stand in for it (key_file.h).  The signing
 * key's secret is the Ed25519 seed, the transport key's the raw Curve25519 secret.  After
 * wsync_crypto_init. */
#ifndef WARDSYNC_HOST_KEYS_H
#define WARDSYNC_HOST_KEYS_H

#include "host/link.h"
#include "wardsync/error.h"
#include "wardsync/ids.h"

struct wsync_signing_pair {
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
};

/* Draw a new pair and write it to a new file of mode 0600, durably.  EXISTS when anything
 * stands at `path`, which is never touched; NOT_FOUND when the folder is missing; STORE_FULL,
 * STORE_IO.  On an error no new file is there and `*pair` is wiped (key_file.h). */
WSYNC_MUST_USE enum wsync_err wsync_keys_create_signing(const char *path,
                                                        struct wsync_signing_pair *pair,
                                                        struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_keys_create_transport(const char *path,
                                                          struct wsync_transport_pair *pair,
                                                          struct wsync_error *error);

/* Read a pair back.  INVALID, and the sentence says chmod 600, when others than the owner may
 * read or write the file; INVALID when it is not a key file of this kind; NOT_FOUND; STORE_IO.
 * On an error `*pair` is wiped. */
WSYNC_MUST_USE enum wsync_err wsync_keys_load_signing(const char *path,
                                                      struct wsync_signing_pair *pair,
                                                      struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_keys_load_transport(const char *path,
                                                        struct wsync_transport_pair *pair,
                                                        struct wsync_error *error);

/* The pair of a secret that came with an invite. */
struct wsync_transport_pair wsync_keys_pair_of(const struct wsync_transport_secret *secret);

/* A pair with no file: for an invite. */
void wsync_keys_draw_transport(struct wsync_transport_pair *pair);

/* Keeps long-lived secrets out of swap, as far as the system lets us; for memory that is not
 * moved before `release`, which undoes it and wipes the memory. */
void wsync_keys_guard(void *secret, size_t len);
void wsync_keys_release(void *secret, size_t len);

/* From here on no crash writes this process's memory, copies of secrets on its stack included,
 * into a file. */
void wsync_keys_no_dump(void);

#endif
