/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/resource.h>

#include "host/clock.h"
#include "host/next_key.h"
#include "host/serve_parts.h"
#include "wardsync/crypto.h"

enum { SELF_TEST_MS = 5000, SAY_AGAIN_MS = 60000, BACKLOG_MAX = 128 };
enum { DESCRIPTORS_WANTED = 65536 };

static void note_knock(struct wsync_server *server, const struct wsync_transport_key *key,
                       const struct wsync_device *device, enum wsync_err code)
{
    struct wsync_session_knock knock = {.key = *key,
                                        .has_device = device != NULL,
                                        .code = code,
                                        .now_ms = wsync_clock_monotonic_ms(),
                                        .time = wsync_clock_wall_s()};
    if (device) {
        knock.device = device->id;
    }
    wsync_session_book_knock(&server->book, &knock);
}

/* Who may shake hands: a device of the roster, or the bearer of an invite. */
static enum wsync_link_admission judge(struct wsync_server *server,
                                       const struct wsync_transport_key *key,
                                       struct wsync_device *device, bool *has_device)
{
    struct wsync_txn *txn;
    struct wsync_invite_row invite;
    *has_device = false;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return WSYNC_LINK_NOT_YET;
    }
    enum wsync_err err = wsync_device_by_transport(txn, key, device);
    *has_device = err == WSYNC_OK;
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_invite_get(txn, key, &invite);
    }
    wsync_txn_abort(txn);
    if (*has_device && device->revoked != 0) {
        return WSYNC_LINK_REVOKE;
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_LINK_REFUSE;
    }
    return err == WSYNC_OK && !server->draining ? WSYNC_LINK_ADMIT : WSYNC_LINK_NOT_YET;
}

static enum wsync_link_admission admit(void *context, struct wsync_transport_key key)
{
    struct wsync_server *server = context;
    struct wsync_device device;
    bool has_device;
    enum wsync_link_admission answer = judge(server, &key, &device, &has_device);
    if (answer != WSYNC_LINK_ADMIT && server->open) {
        enum wsync_err code = answer == WSYNC_LINK_NOT_YET ? WSYNC_ERR_BUSY
                              : has_device                 ? WSYNC_ERR_REVOKED
                                                           : WSYNC_ERR_DEVICE;
        note_knock(server, &key, has_device ? &device : NULL, code);
    }
    return answer;
}

void wsync_serve_put_off(void *context, struct wsync_transport_key key)
{
    struct wsync_server *server = context;
    struct wsync_device device;
    bool has_device;
    int64_t now = wsync_clock_monotonic_ms();
    (void)judge(server, &key, &device, &has_device);
    note_knock(server, &key, has_device ? &device : NULL, WSYNC_ERR_BUSY);
    if (now >= server->put_off_ms) {
        server->put_off_ms = now + SAY_AGAIN_MS;
        WSYNC_JOURNAL(WARNING, "connections-full",
                      wsync_journal_number("connections", (int64_t)server->connections_max));
    }
}

/* A crowd arrives faster than the door shuts: the more descriptors, the more of it is borne. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur =
            limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* How many connections there are descriptors for: each takes one, and so does what the library
 * takes from a backlog before anybody can refuse it. */
static size_t connections_max(const struct wsync_site *site, int *backlog)
{
    size_t wanted = (size_t)site->conf.policy.connections;
    rlim_t needed = wanted + WSYNC_SERVE_FDS_RESERVED + WSYNC_ADDRESSES_MAX * BACKLOG_MAX;
    struct rlimit limit;
    *backlog = BACKLOG_MAX;
    raise_descriptors();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
        return wanted;
    }
    rlim_t left = limit.rlim_cur > WSYNC_SERVE_FDS_RESERVED
                      ? limit.rlim_cur - WSYNC_SERVE_FDS_RESERVED
                      : 1;
    *backlog = left / 16 < BACKLOG_MAX ? (int)(left / 16) + 1 : BACKLOG_MAX;
    rlim_t waiting = WSYNC_ADDRESSES_MAX * (rlim_t)*backlog;
    rlim_t most = left > 2 * waiting ? left - waiting : left / 2 + 1;
    most = most < wanted ? most : wanted;
    WSYNC_JOURNAL(WARNING, "connections-capped", wsync_journal_number("to", (int64_t)most),
                  wsync_journal_number("descriptors", (int64_t)limit.rlim_cur));
    return (size_t)most;
}

/* ---- the roster, before anybody can knock ---- */

/* Every statement names the one before it, and the roster the last one. */
static enum wsync_err check_statements(struct wsync_txn *txn, struct wsync_arena *arena)
{
    struct wsync_roster roster;
    struct wsync_hash hash = {{0}};
    enum wsync_err err = wsync_roster_get(txn, &roster);
    for (uint64_t version = 1; err == WSYNC_OK && version <= roster.version; version++) {
        struct wsync_signed_statement held;
        struct wsync_statement statement;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_roster_statement(txn, version, &held);
        if (err == WSYNC_OK) {
            err = wsync_statement_decode(held.statement, arena, &statement);
        }
        if (err == WSYNC_OK) {
            bool follows = version == 1 || wsync_hash_equal(&statement.previous, &hash);
            hash = wsync_statement_hash(held.statement);
            err = follows ? WSYNC_OK : WSYNC_ERR_CORRUPT;
        }
        wsync_arena_release(arena, mark);
    }
    bool whole = err == WSYNC_OK && roster.version > 0 && wsync_hash_equal(&hash, &roster.hash);
    return whole || err == WSYNC_ERR_STORE_IO ? err : WSYNC_ERR_CORRUPT;
}

/* Every device can be read and is the one its transport key leads to. */
static enum wsync_err check_devices(struct wsync_txn *txn)
{
    struct wsync_device device;
    struct wsync_device same;
    const struct wsync_device_id *after = NULL;
    struct wsync_device_id at;
    enum wsync_err err;
    while ((err = wsync_device_after(txn, after, &device)) == WSYNC_OK) {
        err = wsync_device_by_transport(txn, &device.transport_key, &same);
        if (err != WSYNC_OK || !wsync_device_id_equal(&same.id, &device.id)) {
            return err == WSYNC_ERR_STORE_IO ? err : WSYNC_ERR_CORRUPT;
        }
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND && after ? WSYNC_OK
           : err == WSYNC_ERR_STORE_IO         ? err
                                               : WSYNC_ERR_CORRUPT;
}

/* Without a roster nobody is known from a stranger, and what was revoked might come in. */
enum wsync_err wsync_serve_check_roster(struct wsync_server *server, struct wsync_error *error)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn);
    if (err == WSYNC_OK) {
        err = check_statements(txn, &server->site->arena);
        if (err == WSYNC_OK) {
            err = check_devices(txn);
        }
        wsync_txn_abort(txn);
    }
    return err == WSYNC_OK
               ? WSYNC_OK
               : wsync_error_set(error, err,
                                 "The roster cannot be read (%s), so nobody can be told from a "
                                 "stranger; not serving.  Put a backup of the data directory "
                                 "in place; \"verify\" names everything that is damaged.",
                                 wsync_err_name(err));
}

/* Where to listen, and under which key: the second addresses are those of the next one. */
static enum wsync_err list_binds(const struct wsync_site *site,
                                 struct wsync_link_bind binds[WSYNC_LINK_BINDS_MAX],
                                 size_t *count, struct wsync_error *error)
{
    const struct wsync_site_conf *conf = &site->conf;
    struct wsync_transport_pair next;
    *count = 0;
    for (size_t i = 0; i < conf->address_count; i++) {
        binds[(*count)++] = (struct wsync_link_bind){conf->addresses[i], site->transport};
    }
    if (conf->second_count == 0 || !wsync_next_is_there(site, "transport")) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_next_transport(site, "transport", &next, error);
    for (size_t i = 0; i < conf->second_count && err == WSYNC_OK; i++) {
        binds[(*count)++] = (struct wsync_link_bind){conf->second[i], next};
    }
    wsync_wipe(&next, sizeof next);
    return err;
}

static void note_bound(struct wsync_server *server, const char *address)
{
    memcpy(server->bound[server->bound_count++], address, strlen(address) + 1);
}

enum wsync_err wsync_serve_open(struct wsync_server *server, struct wsync_error *error)
{
    const struct wsync_site *site = server->site;
    struct wsync_link_bind binds[WSYNC_LINK_BINDS_MAX];
    struct wsync_link_serve_options options = {.binds = binds,
                                               .admit = admit,
                                               .admit_context = server,
                                               .put_off = wsync_serve_put_off};
    enum wsync_err err = list_binds(site, binds, &options.bind_count, error);
    if (err != WSYNC_OK) {
        return err;
    }
    server->connections_max = connections_max(site, &options.backlog);
    options.connections_max = server->connections_max;
    err = wsync_link_serve(&options, &server->link, error);
    for (size_t i = 0; i < options.bind_count; i++) {
        note_bound(server, binds[i].address);
    }
    wsync_wipe(binds, sizeof binds);
    if (err == WSYNC_OK) {
        err = wsync_link_self_test(server->link, SELF_TEST_MS, error);
    }
    server->open = err == WSYNC_OK;
    return err;
}

static bool is_bound(const struct wsync_server *server, const char *address)
{
    for (size_t i = 0; i < server->bound_count; i++) {
        if (strcmp(server->bound[i], address) == 0) {
            return true;
        }
    }
    return false;
}

static enum wsync_err open_one(struct wsync_server *server, const struct wsync_link_bind *bind,
                               struct wsync_error *error)
{
    server->open = false; /* the test's own key is nobody */
    enum wsync_err err = wsync_link_serve_more(server->link, bind, SELF_TEST_MS, error);
    server->open = true;
    if (err == WSYNC_OK) {
        note_bound(server, bind->address);
        WSYNC_JOURNAL(INFO, "address-opened", wsync_journal_text("address", bind->address));
    } else {
        WSYNC_JOURNAL(ERROR, "address-failed", wsync_journal_text("address", bind->address),
                      wsync_journal_text("why", error->text));
    }
    return err == WSYNC_ERR_STATE ? err : WSYNC_OK;
}

static void say_kept(const struct wsync_server *server, const struct wsync_link_bind *binds,
                     size_t count)
{
    for (size_t i = 0; i < server->bound_count; i++) {
        size_t at = 0;
        while (at < count && strcmp(binds[at].address, server->bound[i]) != 0) {
            at++;
        }
        if (at == count) {
            WSYNC_JOURNAL(WARNING, "address-kept",
                          wsync_journal_text("address", server->bound[i]),
                          wsync_journal_text("until", "restart"));
        }
    }
}

enum wsync_err wsync_serve_follow(struct wsync_server *server, struct wsync_error *error)
{
    struct wsync_link_bind binds[WSYNC_LINK_BINDS_MAX];
    size_t count;
    enum wsync_err err = list_binds(server->site, binds, &count, error);
    if (err != WSYNC_OK) {
        WSYNC_JOURNAL(ERROR, "key-unreadable", wsync_journal_text("why", error->text));
        return WSYNC_OK; /* what is served goes on */
    }
    say_kept(server, binds, count);
    for (size_t i = 0; i < count && err == WSYNC_OK; i++) {
        if (!is_bound(server, binds[i].address)) {
            err = open_one(server, &binds[i], error);
        }
    }
    wsync_wipe(binds, sizeof binds);
    return err;
}
