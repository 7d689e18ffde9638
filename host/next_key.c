/* SPDX-License-Identifier: Apache-2.0 */
#include "host/next_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "host/site_conf.h"
#include "wardsync/crypto.h"

enum { NAME_BYTES = 32, FILE_BYTES = 64, KEPT_DIGITS = 8 };

enum next { SIGNING, TRANSPORT, REGISTRAR, LOG, BUNDLE, NEXT_COUNT };

static const struct {
    const char *name;
    bool transport; /* Curve25519 */
} KINDS[NEXT_COUNT] = {{"signing", false},
                       {"transport", true},
                       {"registrar", false},
                       {"log", false},
                       {"bundle", true}};

static const char *file_of(const struct wsync_site *site, const char *prefix, const char *name,
                           char path[WSYNC_SITE_PATH_BYTES])
{
    char file[FILE_BYTES];
    snprintf(file, sizeof file, "keys/%s%s.key", prefix, name);
    return wsync_site_file(site->path, file, path);
}

bool wsync_next_is_there(const struct wsync_site *site, const char *name)
{
    char path[WSYNC_SITE_PATH_BYTES];
    return access(file_of(site, "next-", name, path), F_OK) == 0;
}

enum wsync_err wsync_next_signing(const struct wsync_site *site, const char *name,
                                  struct wsync_signing_pair *pair, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    file_of(site, "next-", name, path);
    enum wsync_err err = wsync_keys_create_signing(path, pair, error);
    return err == WSYNC_ERR_EXISTS ? wsync_keys_load_signing(path, pair, error) : err;
}

enum wsync_err wsync_next_transport(const struct wsync_site *site, const char *name,
                                    struct wsync_transport_pair *pair,
                                    struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    file_of(site, "next-", name, path);
    enum wsync_err err = wsync_keys_create_transport(path, pair, error);
    return err == WSYNC_ERR_EXISTS ? wsync_keys_load_transport(path, pair, error) : err;
}

/* ---- what is in force ---- */

/* What the roster and the store say of the next keys that are there. */
struct plan {
    bool there[NEXT_COUNT], in_force[NEXT_COUNT];
    struct wsync_signing_key current; /* of the device */
    uint8_t next[NEXT_COUNT][WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_transport_key transport_now; /* district */
    bool pending;                             /* the next signing key signs already */
    struct wsync_device_id device;            /* then: whose it is */
};

static enum wsync_err read_next(const struct wsync_site *site, enum next kind,
                                struct plan *plan, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    file_of(site, "next-", KINDS[kind].name, path);
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
static enum wsync_err find_pending(struct wsync_site *site, struct plan *plan)
{
    struct wsync_slice row;
    struct wsync_rotation rotation;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err =
        wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of("rotation"), &row);
    if (err == WSYNC_OK) {
        err = wsync_rotation_decode(row, &site->arena, &rotation);
        plan->pending = err == WSYNC_OK && is_next(plan, SIGNING, rotation.signing_key.b);
        plan->device = rotation.device;
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A device that joins anew under the next keys, from the moment it was begun. */
static enum wsync_err find_rejoined(struct wsync_site *site, struct plan *plan)
{
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of("rejoin"), &row);
    if (err == WSYNC_OK && row.len == WSYNC_PUBLIC_KEY_BYTES) {
        bool begun = is_next(plan, SIGNING, row.data);
        bool half = !plan->there[SIGNING] &&
                    memcmp(plan->current.b, row.data, sizeof plan->current.b) == 0;
        plan->in_force[SIGNING] |= begun;
        plan->in_force[TRANSPORT] |= plan->there[TRANSPORT] && (begun || half);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err find_granted(struct wsync_site *site, struct plan *plan)
{
    struct wsync_device device;
    struct wsync_signing_key signing;
    struct wsync_transport_key transport;
    memcpy(signing.b, plan->next[SIGNING], sizeof signing.b);
    memcpy(transport.b, plan->next[TRANSPORT], sizeof transport.b);
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    if (plan->there[SIGNING]) {
        err = wsync_device_by_signing(site->txn, &signing, &device);
        plan->in_force[SIGNING] = err == WSYNC_OK;
    }
    if (plan->there[TRANSPORT] && site->conf.kind == WSYNC_SITE_WARD &&
        (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND)) {
        err = wsync_device_by_transport(site->txn, &transport, &device);
        plan->in_force[TRANSPORT] = err == WSYNC_OK;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
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
    err = find_granted(site, plan);
    if (err == WSYNC_OK && district) {
        err = find_district(site, plan);
    }
    if (err == WSYNC_OK && !district) {
        err = find_rejoined(site, plan);
    }
    if (err == WSYNC_OK) {
        err = find_pending(site, plan);
    }
    wsync_site_abort(site);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The keys cannot be looked up: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

/* ---- putting in place ---- */

/* What was sealed to a bundle key can be opened with it alone: it stays, under its own name. */
static void keep_old(const struct wsync_site *site, const char *path)
{
    char kept[WSYNC_SITE_PATH_BYTES], name[NAME_BYTES];
    char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    struct wsync_transport_pair pair;
    if (wsync_keys_load_transport(path, &pair, NULL) != WSYNC_OK) {
        return;
    }
    wsync_hex_encode(WSYNC_BYTES(pair.key), hex);
    wsync_wipe(&pair, sizeof pair);
    snprintf(name, sizeof name, "bundle-%.*s", KEPT_DIGITS, hex);
    (void)link(path, file_of(site, "", name, kept)); /* there already: the same key */
}

static enum wsync_err put_in_place(struct wsync_site *site, enum next kind,
                                   struct wsync_error *error)
{
    char next[WSYNC_SITE_PATH_BYTES], path[WSYNC_SITE_PATH_BYTES];
    file_of(site, "next-", KINDS[kind].name, next);
    file_of(site, "", KINDS[kind].name, path);
    if (kind == BUNDLE) {
        keep_old(site, path);
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

static enum wsync_err use(struct wsync_site *site, const struct plan *plan,
                          struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_device device;
    enum wsync_err err = wsync_keys_load_signing(
        file_of(site, plan->pending ? "next-" : "", "signing", path), &signing, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(file_of(site, "", "transport", path), &site->transport,
                                        error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_device_by_signing(site->txn, &signing.key, &device);
        wsync_site_abort(site);
        site->identity.signing_key = signing.key;
        site->identity.secret = signing.secret;
        site->identity.device = err == WSYNC_OK ? device.id
                                : plan->pending
                                    ? plan->device
                                    : wsync_device_of(&site->conf.instance, &signing.key);
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    wsync_wipe(&signing, sizeof signing);
    return err;
}

enum wsync_err wsync_next_settle(struct wsync_site *site, struct wsync_error *error)
{
    struct plan plan = {.current = site->identity.signing_key,
                        .transport_now = site->transport.key};
    enum wsync_err err = make_plan(site, &plan, error);
    for (enum next kind = SIGNING; kind < NEXT_COUNT && err == WSYNC_OK; kind++) {
        if (plan.in_force[kind]) {
            err = put_in_place(site, kind, error);
        }
    }
    return err == WSYNC_OK ? use(site, &plan, error) : err;
}
