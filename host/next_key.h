/* SPDX-License-Identifier: Apache-2.0 */
/* next_key.h: keys that were made and are not in force yet: keys/next-NAME.key beside
 * keys/NAME.key.
 *
 * A next key is durable before any statement names it, and takes the place of the one before
 * only once the roster says that it is in force.  So after a crash at any point there is a key
 * for whatever the roster says, and nothing to repair: settling again does what is left. */
#ifndef WARDSYNC_HOST_NEXT_KEY_H
#define WARDSYNC_HOST_NEXT_KEY_H

#include "host/site.h"

/* The next pair of a NAME ("signing", "transport", ...): the one that an earlier try left, or a
 * new one. */
WSYNC_MUST_USE enum wsync_err wsync_next_signing(const struct wsync_site *site,
                                                 const char *name,
                                                 struct wsync_signing_pair *pair,
                                                 struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_next_transport(const struct wsync_site *site,
                                                   const char *name,
                                                   struct wsync_transport_pair *pair,
                                                   struct wsync_error *error);

/* The path of keys/PREFIXNAME.key. */
const char *wsync_next_file(const struct wsync_site *site, const char *prefix, const char *name,
                            char path[WSYNC_SITE_PATH_BYTES]);

/* Is there one? */
bool wsync_next_is_there(const struct wsync_site *site, const char *name);

/* Puts in place what the roster has in force, and makes `site->identity` and `site->transport`
 * what they are by now, also after another process changed them.  Without a transaction open.
 */
WSYNC_MUST_USE enum wsync_err wsync_next_settle(struct wsync_site *site,
                                                struct wsync_error *error);

/* Makes `site->identity` what it is by the store of `txn`, and changes nothing: for a copy of
 * the store, or one that is not to be touched. */
WSYNC_MUST_USE enum wsync_err wsync_next_identify(struct wsync_site *site,
                                                  struct wsync_txn *txn,
                                                  struct wsync_error *error);

#endif
