/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the next keys are in force, and putting them in place (next_key.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "host/journal.h"
#include "host/next_key.h"
#include "host/rotate.h"
#include "host/site_conf.h"
#include "wardsync/crypto.h"

enum { NAME_BYTES = 32, KEPT_DIGITS = 8 };

enum next {
    SIGNING,
    TRANSPORT,
    REGISTRAR,
    LOG,
    BUNDLE,
    REJOIN_SIGNING, /* of the device that takes this one's place */
    REJOIN_TRANSPORT,
    NEXT_COUNT
};

static const struct {
    const char *name;
    const char *place; /* the name it takes */
    bool transport;    /* Curve25519 */
} KINDS[NEXT_COUNT] = {{"signing", "signing", false},
                       {"transport", "transport", true},
                       {"registrar", "registrar", false},
                       {"log", "log", false},
                       {"bundle", "bundle", true},
                       {"rejoin-signing", "signing", false},
                       {"rejoin-transport", "transport", true}};

/* ---- what is in force ---- */

/* What the roster and the store say of the next keys that are there. */
struct plan {
    bool there[NEXT_COUNT], in_force[NEXT_COUNT];
    struct wsync_signing_key current; /* of the device */
    uint8_t next[NEXT_COUNT][WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_transport_key transport_now; /* district */
    struct wsync_device_id before;            /* the device, as `current` has it */
    bool pending;                             /* the next signing key signs already */
    struct wsync_device_id device;            /* then: whose it is */
};

static enum wsync_err read_next(const struct wsync_site *site, enum next kind,
                                struct plan *plan, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    wsync_next_file(site, "next-", KINDS[kind].name, path);
    if (access(path, F_OK) != 0) {
        return WSYNC_OK;
    }
    plan->there[kind] = true;
    enum wsync_err err;
    if (KINDS[kind].transport) {
        err = wsync_keys_load_transport(path, &transport, error);
        memcpy(plan->next[kind], transport.key.b, sizeof transport.key.b);
        wsync_wipe(&transport, sizeof transport);
    } else {
        err = wsync_keys_load_signing(path, &signing, error);
        memcpy(plan->next[kind], signing.key.b, sizeof signing.key.b);
        wsync_wipe(&signing, sizeof signing);
    }
    return err;
}

static bool is_next(const struct plan *plan, enum next kind,
                    const uint8_t key[WSYNC_PUBLIC_KEY_BYTES])
{
    return plan->there[kind] && memcmp(plan->next[kind], key, WSYNC_PUBLIC_KEY_BYTES) == 0;
}

/* A rotation that was begun and not yet granted: the new key signs, under the same id. */
static enum wsync_err find_pending(struct wsync_site *site, struct wsync_txn *txn,
                                   struct plan *plan)
{
    struct wsync_rotation_wish wish;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_rotation_pending(txn, &site->arena, &wish);
    if (err == WSYNC_OK) {
        plan->pending = is_next(plan, SIGNING, wish.rotation.signing_key.b);
        plan->device = wish.rotation.device;
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err find_before(struct wsync_site *site, struct plan *plan)
{
    struct wsync_device device;
    plan->before = wsync_device_of(&site->conf.instance, &plan->current);
    wsync_rotate_noted(site, &plan->current, &plan->before);
    enum wsync_err err = wsync_device_by_signing(site->txn, &plan->current, &device);
    plan->before = err == WSYNC_OK ? device.id : plan->before;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A key of this device is in force when the roster names it. */
static enum wsync_err find_signing(struct wsync_site *site, enum next kind, struct plan *plan)
{
    struct wsync_device device;
    struct wsync_signing_key key;
    memcpy(key.b, plan->next[kind], sizeof key.b);
    enum wsync_err err = plan->there[kind] ? wsync_device_by_signing(site->txn, &key, &device)
                                           : WSYNC_ERR_NOT_FOUND;
    plan->in_force[kind] = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err find_transport(struct wsync_site *site, enum next kind, struct plan *plan)
{
    struct wsync_device device;
    struct wsync_transport_key key;
    memcpy(key.b, plan->next[kind], sizeof key.b);
    enum wsync_err err = plan->there[kind] ? wsync_device_by_transport(site->txn, &key, &device)
                                           : WSYNC_ERR_NOT_FOUND;
    plan->in_force[kind] = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err find_ward(struct wsync_site *site, struct plan *plan)
{
    enum wsync_err err = find_transport(site, TRANSPORT, plan);
    if (err == WSYNC_OK) {
        err = find_signing(site, REJOIN_SIGNING, plan);
    }
    return err == WSYNC_OK ? find_transport(site, REJOIN_TRANSPORT, plan) : err;
}

static enum wsync_err find_district(struct wsync_site *site, struct plan *plan)
{
    struct wsync_roster roster;
    struct wsync_district district;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_roster_get(site->txn, &roster);
    if (err == WSYNC_OK) {
        err = wsync_roster_district(site->txn, &site->arena, &district);
    }
    if (err == WSYNC_OK) {
        bool now = false, next = false;
        for (size_t i = 0; i < district.endpoint_count; i++) {
            const struct wsync_transport_key *key = &district.endpoints[i].key;
            now = now || wsync_slice_equal(WSYNC_BYTES(*key), WSYNC_BYTES(plan->transport_now));
            next = next || is_next(plan, TRANSPORT, key->b);
        }
        plan->in_force[TRANSPORT] = next && !now;
        plan->in_force[REGISTRAR] = is_next(plan, REGISTRAR, roster.authority.root.registrar.b);
        plan->in_force[LOG] = is_next(plan, LOG, district.log_key.b);
        plan->in_force[BUNDLE] = is_next(plan, BUNDLE, district.bundle_key.b);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err make_plan(struct wsync_site *site, struct plan *plan,
                                struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    bool district = site->conf.kind == WSYNC_SITE_DISTRICT;
    for (enum next kind = SIGNING; kind < NEXT_COUNT && err == WSYNC_OK; kind++) {
        err = read_next(site, kind, plan, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = find_before(site, plan);
    if (err == WSYNC_OK) {
        err = find_signing(site, SIGNING, plan);
    }
    if (err == WSYNC_OK) {
        err = district ? find_district(site, plan) : find_ward(site, plan);
    }
    if (err == WSYNC_OK) {
        err = find_pending(site, site->txn, plan);
    }
    wsync_site_abort(site);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The keys cannot be looked up: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

/* ---- putting in place ---- */

/* What was sealed to a bundle key can be opened with it alone: it stays, under its own name. */
static enum wsync_err keep_old(const struct wsync_site *site, const char *path,
                               struct wsync_error *error)
{
    char kept[WSYNC_SITE_PATH_BYTES], name[NAME_BYTES];
    char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    struct wsync_transport_pair pair, there;
    enum wsync_err err = wsync_keys_load_transport(path, &pair, error);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    wsync_hex_encode(WSYNC_BYTES(pair.key), hex);
    snprintf(name, sizeof name, "bundle-%.*s", KEPT_DIGITS, hex);
    if (link(path, wsync_next_file(site, "", name, kept)) != 0) {
        int reason = errno;
        bool same = reason == EEXIST &&
                    wsync_keys_load_transport(kept, &there, error) == WSYNC_OK &&
                    wsync_slice_equal(WSYNC_BYTES(there.key), WSYNC_BYTES(pair.key));
        err = same ? WSYNC_OK : wsync_file_error(reason, "keep the bundle key as", kept, error);
        wsync_wipe(&there, sizeof there);
    }
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err put_in_place(struct wsync_site *site, enum next kind,
                                   struct wsync_error *error)
{
    char next[WSYNC_SITE_PATH_BYTES], path[WSYNC_SITE_PATH_BYTES];
    wsync_next_file(site, "next-", KINDS[kind].name, next);
    wsync_next_file(site, "", KINDS[kind].place, path);
    if (kind == BUNDLE && keep_old(site, path, error) != WSYNC_OK) {
        WSYNC_JOURNAL(WARNING, "key-not-kept", wsync_journal_text("why", error->text));
        *error = (struct wsync_error){{0}};
        return WSYNC_OK; /* so both stay where they are, and none is lost */
    }
    if (kind == TRANSPORT &&
        site->conf.second_count > 0) { /* before: done again after a crash */
        char folder[WSYNC_SITE_PATH_BYTES];
        wsync_site_conf_merge_binds(&site->conf);
        enum wsync_err err = wsync_site_conf_write_binds(
            wsync_site_file(site->path, "conf.d", folder), &site->conf, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (rename(next, path) != 0 && errno != ENOENT) { /* another process may have done it */
        return wsync_file_error(errno, "put in place", next, error);
    }
    return wsync_file_sync_parent(path, error);
}

/* What the key before wrote stays good without it: sealed once more before it goes. */
static enum wsync_err seal_before(struct wsync_site *site, const struct plan *plan,
                                  struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair before;
    enum wsync_err err =
        wsync_keys_load_signing(wsync_next_file(site, "", "signing", path), &before, error);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_identity identity = {
        .device = plan->before, .signing_key = before.key, .secret = before.secret};
    wsync_wipe(&before, sizeof before);
    err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_seal_own(site->txn, &identity);
        if (err == WSYNC_OK) {
            err = wsync_site_commit(site, error);
        } else {
            wsync_site_abort(site);
        }
    }
    wsync_wipe(&identity, sizeof identity);
    return err;
}

/* Whose the key is: the roster knows, or the rotation that waits, or the note beside the keys.
 */
static struct wsync_device_id owner(const struct wsync_site *site, const struct plan *plan,
                                    const struct wsync_signing_key *key)
{
    struct wsync_device_id id =
        plan->pending ? plan->device : wsync_device_of(&site->conf.instance, key);
    if (!plan->pending) {
        wsync_rotate_noted(site, key, &id);
    }
    return id;
}

static enum wsync_err use(struct wsync_site *site, struct wsync_txn *txn,
                          const struct plan *plan, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_device device;
    enum wsync_err err = wsync_keys_load_signing(
        wsync_next_file(site, plan->pending ? "next-" : "", "signing", path), &signing, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(wsync_next_file(site, "", "transport", path),
                                        &site->transport, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_by_signing(txn, &signing.key, &device);
        site->identity.signing_key = signing.key;
        site->identity.secret = signing.secret;
        site->identity.device = err == WSYNC_OK ? device.id : owner(site, plan, &signing.key);
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    wsync_wipe(&signing, sizeof signing);
    return err;
}

static enum wsync_err use_now(struct wsync_site *site, const struct plan *plan,
                              struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = use(site, site->txn, plan, error);
        wsync_site_abort(site);
    }
    return err;
}

enum wsync_err wsync_next_identify(struct wsync_site *site, struct wsync_txn *txn,
                                   struct wsync_error *error)
{
    struct plan plan = {.pending = false};
    enum wsync_err err = read_next(site, SIGNING, &plan, error);
    if (err == WSYNC_OK) {
        err = find_pending(site, txn, &plan);
    }
    return err == WSYNC_OK ? use(site, txn, &plan, error) : err;
}

/* ---- another device in this one's place ---- */

/* What was recorded since the new device was begun is the old one's, too: it ends here. */
static enum wsync_err end_device(struct wsync_site *site, const struct wsync_signing_key *next,
                                 struct wsync_error *error)
{
    struct wsync_log log;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_ledger_own_log(site->txn, site->conf.scope, &log);
    if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &site->identity.device)) {
        err = wsync_rejoin_begin(site->txn, &site->identity);
    }
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) { /* what it still asked for is over */
        err = wsync_txn_del(site->txn, WSYNC_TABLE_META, wsync_slice_of("rotation"));
    }
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_site_note_key(site->txn, next);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return err;
    }
    return wsync_site_commit(site, error);
}

static enum wsync_err end_before(struct wsync_site *site, struct plan *plan,
                                 struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_key next;
    memcpy(next.b, plan->next[REJOIN_SIGNING], sizeof next.b);
    enum wsync_err err = use_now(site, plan, error);
    if (err == WSYNC_OK) {
        err = end_device(site, &next, error);
    }
    if (err == WSYNC_OK) {
        plan->pending = false;
        plan->in_force[SIGNING] = plan->in_force[TRANSPORT] = false;
        (void)unlink(wsync_next_file(site, "next-", "signing", path));
        (void)unlink(wsync_next_file(site, "next-", "transport", path));
    }
    return err;
}

/* ---- all of it ---- */

static enum wsync_err settle_once(struct wsync_site *site, struct wsync_error *error)
{
    struct plan plan = {.current = site->identity.signing_key,
                        .transport_now = site->transport.key};
    enum wsync_err err = make_plan(site, &plan, error);
    if (err == WSYNC_OK && plan.in_force[REJOIN_SIGNING]) {
        err = end_before(site, &plan, error);
    } else if (err == WSYNC_OK && plan.in_force[SIGNING]) {
        err = seal_before(site, &plan, error);
    }
    for (enum next kind = SIGNING; kind < NEXT_COUNT && err == WSYNC_OK; kind++) {
        if (plan.in_force[kind]) {
            err = put_in_place(site, kind, error);
        }
    }
    return err == WSYNC_OK ? use_now(site, &plan, error) : err;
}

/* A store that went back behind the keys that are on disk notes another one than writes now.
 * Unless a rotation was begun in this moment, which the next turn sees, the disk is right. */
static enum wsync_err agree(struct wsync_site *site, bool last, bool *agreed,
                            struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, last ? WSYNC_TXN_WRITE : WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_site_agrees(site, agreed);
    if (err == WSYNC_OK && !*agreed && last) {
        struct plan plan = {.pending = false};
        err = read_next(site, SIGNING, &plan, error);
        if (err == WSYNC_OK) {
            err = find_pending(site, site->txn, &plan);
        }
        if (err == WSYNC_OK && !plan.pending) {
            err = wsync_site_note_key(site->txn, &site->identity.signing_key);
            return err == WSYNC_OK ? wsync_site_commit(site, error) : err;
        }
    }
    wsync_site_abort(site);
    return err;
}

enum wsync_err wsync_next_settle(struct wsync_site *site, struct wsync_error *error)
{
    enum { TURNS = 3 };
    bool agreed = false;
    enum wsync_err err = WSYNC_OK;
    for (int turn = 1; turn <= TURNS && err == WSYNC_OK && !agreed; turn++) {
        err = settle_once(site, error);
        if (err == WSYNC_OK) {
            err = agree(site, turn == TURNS, &agreed, error);
        }
    }
    return err;
}
