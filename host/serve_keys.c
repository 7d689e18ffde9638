/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that a serving district uses, and new ones as soon as the roster has them in force:
 * commands beside it write the statements and the files. */
#include "host/clock.h"
#include "host/next_key.h"
#include "host/refill.h"
#include "host/serve_parts.h"
#include "wardsync/crypto.h"

/* A secret of the desk, which may be kept elsewhere. */
static enum wsync_err load_secret(const struct wsync_server *server, const char *name,
                                  struct wsync_signing_secret *secret, bool *has,
                                  struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    enum wsync_err err =
        wsync_keys_load_signing(wsync_site_file(server->site->path, name, file), &pair, error);
    *has = err == WSYNC_OK;
    *secret = pair.secret;
    wsync_wipe(&pair, sizeof pair);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum { REFILL_EVERY_MS = 1000 };

/* Notes that nobody is awaited before the desk opens. */
static enum wsync_err settle_refill(const struct wsync_server *server)
{
    struct wsync_txn *txn;
    struct wsync_refill refill;
    enum wsync_err err = wsync_store_begin(server->site->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_refill_settle(txn, &refill);
    if (err == WSYNC_OK && refill.awaited == 0) {
        return wsync_txn_commit(txn);
    }
    wsync_txn_abort(txn);
    return err == WSYNC_OK ? WSYNC_ERR_BUSY : err;
}

/* Must statements wait?  What cannot be told is no reason to stop serving: then they wait. */
static bool is_refilling(const struct wsync_server *server)
{
    struct wsync_txn *txn;
    struct wsync_refill refill;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return true;
    }
    enum wsync_err err = wsync_refill_read(txn, &refill);
    wsync_txn_abort(txn);
    if (err != WSYNC_OK || refill.awaited > 0) {
        return true;
    }
    return refill.unsettled && settle_refill(server) != WSYNC_OK;
}

/* Closes the desk once the district is known to have gone back, and opens it again. */
static enum wsync_err heed_refill(struct wsync_server *server, struct wsync_error *error)
{
    int64_t now = wsync_clock_monotonic_ms();
    if (now < server->refill_ms) {
        return WSYNC_OK;
    }
    server->refill_ms = now + REFILL_EVERY_MS;
    if (is_refilling(server) == server->refilling) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_serve_load_desk(server, error);
    if (err == WSYNC_OK) {
        WSYNC_JOURNAL(INFO, "desk",
                      wsync_journal_text("state", server->refilling ? "closed" : "open"));
    }
    return WSYNC_OK; /* what is in use goes on being used */
}

enum wsync_err wsync_serve_load_desk(struct wsync_server *server, struct wsync_error *error)
{
    struct wsync_desk *desk = &server->desk;
    enum wsync_err err = load_secret(server, "keys/registrar.key", &desk->registrar,
                                     &desk->has_registrar, error);
    server->refilling = is_refilling(server);
    desk->has_registrar = desk->has_registrar && !server->refilling;
    return err == WSYNC_OK
               ? load_secret(server, "keys/log.key", &desk->log, &desk->has_log, error)
               : err;
}

/* What of the roster decides which keys are used here; 0 when it cannot be read. */
static uint64_t keys_version(const struct wsync_server *server)
{
    struct wsync_txn *txn;
    struct wsync_roster roster;
    uint64_t version = 0;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return 0;
    }
    if (wsync_roster_get(txn, &roster) == WSYNC_OK && roster.authority.version_count > 0) {
        uint64_t root = roster.authority.versions[roster.authority.version_count - 1];
        version = root > roster.district_version ? root : roster.district_version;
    }
    wsync_txn_abort(txn);
    return version;
}

enum wsync_err wsync_serve_heed_roster(struct wsync_server *server, struct wsync_error *error)
{
    enum wsync_err err = heed_refill(server, error);
    uint64_t version = keys_version(server);
    if (err != WSYNC_OK || version == 0 || version == server->keys_version) {
        return err;
    }
    bool first = server->keys_version == 0; /* just loaded */
    server->keys_version = version;
    if (first) {
        return WSYNC_OK;
    }
    err = wsync_next_settle(server->site, error);
    if (err == WSYNC_OK) {
        err = wsync_serve_load_desk(server, error);
    }
    if (err != WSYNC_OK) { /* what is in use goes on being used */
        WSYNC_JOURNAL(ERROR, "keys-unreadable", wsync_journal_text("why", error->text));
    } else {
        WSYNC_JOURNAL(INFO, "keys-changed", wsync_journal_number("version", (int64_t)version));
    }
    return wsync_serve_reload(server, error);
}
