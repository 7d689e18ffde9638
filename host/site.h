/* SPDX-License-Identifier: Apache-2.0 */
/* site.h: a data directory opened: the store, the device's keys, and what the ledger needs.
 *
 *   DIR/site.conf            what this is: ward or district, instance, scope, addresses
 *   DIR/keys/signing.key     the device's signing key
 *   DIR/keys/transport.key   the device's transport key
 *   DIR/keys/root.key        district only: the root key, which may live elsewhere
 *   DIR/keys/registrar.key   district only: signs what concerns devices
 *   DIR/keys/log.key         district only: signs checkpoints
 *   DIR/keys/bundle.key      district only: opens bundles
 *   DIR/store/               the LMDB environment
 *   DIR/blobs/               attachments, a file each (blob_files.h)
 *
 * Everything a command does happens in one transaction between begin and commit. */
#ifndef WARDSYNC_HOST_SITE_H
#define WARDSYNC_HOST_SITE_H

#include "host/journal.h"
#include "host/keys.h"
#include "host/link.h"
#include "host/pages_conf.h"
#include "host/zstd.h"
#include "wardsync/blob.h"
#include "wardsync/ledger.h"

enum { WSYNC_SITE_PATH_BYTES = 1024, WSYNC_SITE_ARENA_BYTES = 16 << 20 };

enum wsync_site_kind { WSYNC_SITE_WARD, WSYNC_SITE_DISTRICT };

/* How the agents behave; every value has a default and can be read again while they run. */
struct wsync_site_policy {
    int64_t interval_s; /* ward: how often to ask the district when nothing is to send */
    int64_t log_days, log_rows; /* district: what the session log keeps */
    int64_t rotate_days;        /* how old the keys of a device may become */
    int64_t drain_s;            /* how long a session may go on after the order to stop */
    int64_t connections;        /* district: wards served at one time */
    int64_t budget_day, budget_session; /* ward: bytes; 0: no bound */
    int64_t metered;                    /* ward: the link costs money */
    int64_t backup_days;                /* how old the last backup may become; 0: nobody asks */
    enum wsync_journal_level journal;
};

/* What site.conf and its drop-ins hold. */
struct wsync_site_conf {
    enum wsync_site_kind kind;
    struct wsync_instance_id instance;
    uint32_t scope; /* ward: its unit; district: the district's unit */
    char addresses[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1]; /* dialled or bound */
    size_t address_count;
    char second[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1]; /* district: to bind for the
                                                                      next transport key */
    size_t second_count;
    struct wsync_transport_key server_key; /* ward: the district's transport key */
    bool pages_metrics, has_backup_key; /* figures are for all who reach the pages */
    struct wsync_signing_key backup_key; /* the admin's, that backups are sealed to */
    char backup_folder[WSYNC_ADDRESS_BYTES_MAX + 1]; /* ""; else where they are kept */
    struct wsync_pages_conf pages;
    struct wsync_site_policy policy;
};

struct wsync_site {
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    struct wsync_identity identity;
    struct wsync_transport_pair transport;
    struct wsync_store *store;
    struct wsync_blobs *blobs;
    struct wsync_catalog *catalog;
    struct wsync_ledger ledger;
    struct wsync_zstd *zstd;
    const struct wsync_packer *packer;
    struct wsync_arena arena; /* for the work of one command; released by its user */
    bool reader;              /* opened by wsync_site_open_reader: no keys, writes nothing */
    struct wsync_txn *txn;    /* open between begin and commit or abort */
};

/* Writes keys, configuration and an empty store into a directory that is empty or missing.
 * A DISTRICT gets the keys of the installation as well, `conf->instance` is filled in from
 * them; it is taken as it is for a WARD.  EXISTS when there is a site already, which then lasts
 * even if the run that made it was killed. */
WSYNC_MUST_USE enum wsync_err wsync_site_create(const char *path, struct wsync_site_conf *conf,
                                                struct wsync_error *error);

/* Makes the folder and the keys of a device in it, or finds those that are there. */
WSYNC_MUST_USE enum wsync_err wsync_site_make_keys(const char *path, struct wsync_error *error);

/* Opens everything.  NOT_FOUND with a sentence that says how to begin when there is no site at
 * `path`, INVALID when it is of the other kind, CORRUPT when a log does not end where
 * its row says (heads.h), STORE_IO for root where the data is another account's. */
WSYNC_MUST_USE enum wsync_err wsync_site_open(const char *path, enum wsync_site_kind kind,
                                              struct wsync_site *site,
                                              struct wsync_error *error);
void wsync_site_close(struct wsync_site *site);
/* Without the store: for what works on a copy of it, whatever state it is in. */
WSYNC_MUST_USE enum wsync_err wsync_site_open_keys(const char *path, enum wsync_site_kind kind,
                                                   struct wsync_site *site,
                                                   struct wsync_error *error);

/* The same to read only, without a key: of the identity there is what the store says in public,
 * zeros before the device's first change.  What needs keys is RIGHT, with a sentence; BUSY, as
 * long as nobody opened an older program's store to write. */
WSYNC_MUST_USE enum wsync_err wsync_site_open_reader(const char *path,
                                                     enum wsync_site_kind kind,
                                                     struct wsync_site *site,
                                                     struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_site_need_keys(const struct wsync_site *site,
                                                   struct wsync_error *error);
/* Reads addresses and policy again; INVALID, and nothing of it is taken, when what makes this
 * site the site it is (kind, instance, scope, server key) changed. */
WSYNC_MUST_USE enum wsync_err wsync_site_reload(struct wsync_site *site,
                                                struct wsync_error *error);

/* One transaction at a time.  Errors get their sentence. */
WSYNC_MUST_USE enum wsync_err wsync_site_begin(struct wsync_site *site,
                                               enum wsync_txn_mode mode,
                                               struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_site_commit(struct wsync_site *site,
                                                struct wsync_error *error);
void wsync_site_abort(struct wsync_site *site);
/* One change a person makes. */
struct wsync_site_change {
    uint32_t scope;
    uint32_t actor; /* staff number; 0: nobody named, at the district who has a page do it */
    const struct wsync_intent *intents;
    size_t intent_count;
};

/* Writes one change as this device into its log of `scope`, within the open transaction: the
 * clock and the entropy are this machine's.  The sentence says which rule was broken. */
WSYNC_MUST_USE enum wsync_err wsync_site_write(struct wsync_site *site,
                                               const struct wsync_site_change *change,
                                               struct wsync_dot *written,
                                               struct wsync_error *error);

/* NOT_FOUND, with what to do: the directory was made and nobody has admitted it yet. */
WSYNC_MUST_USE enum wsync_err wsync_site_not_begun(const struct wsync_site *site,
                                                   struct wsync_error *error);

/* From the commit on only this signing key of the device writes; BUSY to a process that has
 * another one in memory. */
WSYNC_MUST_USE enum wsync_err wsync_site_note_key(struct wsync_txn *txn,
                                                  const struct wsync_signing_key *key);
/* Is that, in the open transaction, the key that this process has?  Also when none is noted. */
WSYNC_MUST_USE enum wsync_err wsync_site_agrees(struct wsync_site *site, bool *agrees);

/* The path of a file of the site, in the caller's buffer. */
const char *wsync_site_file(const char *path, const char *name,
                            char buffer[WSYNC_SITE_PATH_BYTES]);

#endif
