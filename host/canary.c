/* SPDX-License-Identifier: Apache-2.0 */
#include "host/canary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/place.h"
#include "wardsync/crypto.h"

enum { PATH_BYTES = 1024, TEXT_BYTES = 64 * 1024, MACHINE_HEX = 2 * WSYNC_HASH_BYTES };

#define HEADING "wardsync canary 1\n"

/* Finds the folder; with `make` it and what is above it are made. */
static bool folder(const struct wsync_site *site, char path[PATH_BYTES], bool make)
{
    const char *state = getenv("WARDSYNC_STATE");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int len;
    if (state && *state) {
        len = snprintf(path, PATH_BYTES, "%s", state);
    } else if (wsync_place_is_service(site->path)) {
        len = snprintf(path, PATH_BYTES, WSYNC_PLACE_STATE);
    } else if (xdg && *xdg) {
        len = snprintf(path, PATH_BYTES, "%s/wardsync", xdg);
    } else if (home && *home) {
        len = snprintf(path, PATH_BYTES, "%s/.local/state/wardsync", home);
    } else {
        len = snprintf(path, PATH_BYTES, WSYNC_PLACE_STATE);
    }
    if (len <= 0 || len >= PATH_BYTES) {
        return false;
    }
    for (char *at = path + 1; make && *at; at++) {
        if (*at == '/') {
            *at = '\0';
            enum wsync_err err = wsync_file_make_dir(path, 0700, NULL);
            (void)err; /* the last folder is what counts */
            *at = '/';
        }
    }
    return true;
}

static bool canary_path(const struct wsync_site *site, char path[PATH_BYTES])
{
    char device[2 * WSYNC_DEVICE_ID_BYTES + 1];
    char in[PATH_BYTES];
    wsync_hex_encode(WSYNC_BYTES(site->identity.device), device);
    if (!folder(site, in, false)) {
        return false;
    }
    int len = snprintf(path, PATH_BYTES, "%s/canary-%s", in, device);
    return len > 0 && len < PATH_BYTES;
}

/* "-" on a machine that has no id: then a copy on another machine is not noticed by this. */
static void machine_name(char name[MACHINE_HEX + 1])
{
    char id[128];
    size_t len;
    if (wsync_file_read("/etc/machine-id", id, sizeof id, &len, NULL) != WSYNC_OK || len < 32) {
        memcpy(name, "-", 2);
        return;
    }
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/machine"), wsync_slice(id, 32)};
    struct wsync_hash hash = wsync_hash_parts(parts, 2);
    wsync_hex_encode(WSYNC_BYTES(hash), name);
}

/* "admin COUNT HASH": only a district has such rows. */
static enum wsync_err lay_out_admin(struct wsync_site *site, char *text, size_t size)
{
    char digits[2 * WSYNC_HASH_BYTES + 1];
    struct wsync_hash hash;
    uint64_t count;
    enum wsync_err err = wsync_admin_log_head(site->txn, &count, &hash);
    text[0] = '\0';
    if (err == WSYNC_OK && count > 0) {
        wsync_hex_encode(WSYNC_BYTES(hash), digits);
        snprintf(text, size, "admin %llu %s\n", (unsigned long long)count, digits);
    }
    return err;
}

/* How many admin rows the note knows of that are not here as it knew them; 0: none. */
static uint64_t find_cut(struct wsync_site *site, const char *held)
{
    char digits[2 * WSYNC_HASH_BYTES + 1];
    const char *line = strstr(held, "\nadmin ");
    struct wsync_hash hash;
    unsigned long long count;
    bool holds = true;
    if (!line || sscanf(line, "\nadmin %llu %64s", &count, digits) != 2 ||
        !wsync_hex_decode(wsync_slice_of(digits), hash.b, sizeof hash.b)) {
        return 0;
    }
    return wsync_admin_log_holds(site->txn, count, WSYNC_BYTES(hash), &holds) == WSYNC_OK &&
                   !holds
               ? count
               : 0;
}

static enum wsync_err tell_cut(struct wsync_site *site, uint64_t noted,
                               struct wsync_error *error)
{
    struct wsync_hash hash;
    uint64_t count;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_admin_log_head(site->txn, &count, &hash);
    }
    if (err == WSYNC_OK) {
        err = wsync_admin_log_add(site->txn, WSYNC_ADMIN_CUT, wsync_clock_wall_s(),
                                  "noted=%llu here=%llu", (unsigned long long)noted,
                                  (unsigned long long)count);
    }
    if (err == WSYNC_OK) {
        return wsync_site_commit(site, error);
    }
    wsync_site_abort(site);
    return err;
}

/* Lays the note out; false when it does not fit or the store cannot be read. */
static bool lay_out(struct wsync_site *site, char *text, size_t size, size_t *used)
{
    char machine[MACHINE_HEX + 1];
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    machine_name(machine);
    *used = (size_t)snprintf(text, size, HEADING "machine %s\n", machine);
    enum wsync_err err = lay_out_admin(site, text + *used, size - *used);
    if (err != WSYNC_OK) {
        return false;
    }
    *used += strlen(text + *used);
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        char id[2 * WSYNC_LOG_ID_BYTES + 1];
        struct wsync_log own = {.no = 0};
        bool mine = wsync_device_id_equal(&log.device, &site->identity.device) &&
                    wsync_ledger_own_log(site->txn, log.scope, &own) == WSYNC_OK &&
                    own.no == log.no;
        wsync_hex_encode(WSYNC_BYTES(log.id), id);
        if (mine) {
            int len = snprintf(text + *used, size - *used, "log %s %llu\n", id,
                               (unsigned long long)log.seq);
            if (len <= 0 || (size_t)len >= size - *used) {
                return false;
            }
            *used += (size_t)len;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND;
}

/* Does the store hold less of a log than the line says? */
static bool is_ahead(struct wsync_site *site, const char *line)
{
    char hex[2 * WSYNC_LOG_ID_BYTES + 1];
    unsigned long long seq;
    struct wsync_log_id id;
    struct wsync_log log;
    if (sscanf(line, "log %32s %llu", hex, &seq) != 2 ||
        !wsync_hex_decode(wsync_slice_of(hex), id.b, sizeof id.b)) {
        return false;
    }
    enum wsync_err err = wsync_log_find(site->txn, &id, &log);
    return err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && log.seq < seq);
}

enum wsync_canary_doubt wsync_canary_check(struct wsync_site *site)
{
    static char text[TEXT_BYTES];
    char path[PATH_BYTES];
    char here[MACHINE_HEX + 1];
    char there[MACHINE_HEX + 1];
    size_t len;
    if (!canary_path(site, path) ||
        wsync_file_read(path, text, sizeof text - 1, &len, NULL) != WSYNC_OK) {
        return WSYNC_CANARY_FINE;
    }
    text[len] = '\0';
    if (strncmp(text, HEADING, strlen(HEADING)) != 0 ||
        sscanf(text + strlen(HEADING), "machine %64s", there) != 1) {
        return WSYNC_CANARY_FINE;
    }
    for (char *line = strstr(text, "\nlog "); line; line = strstr(line + 1, "\nlog ")) {
        if (is_ahead(site, line + 1)) {
            return WSYNC_CANARY_AHEAD;
        }
    }
    machine_name(here);
    bool known = strcmp(here, "-") != 0 && strcmp(there, "-") != 0;
    return known && strcmp(here, there) != 0 ? WSYNC_CANARY_MACHINE : WSYNC_CANARY_FINE;
}

/* What the note has to say now, and what is gone of what it said. */
static enum wsync_err compare(struct wsync_site *site, const char *held, char *text,
                              uint64_t *cut, struct wsync_error *error)
{
    size_t len;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    bool good = lay_out(site, text, TEXT_BYTES, &len);
    *cut = find_cut(site, held);
    wsync_site_abort(site);
    return good ? WSYNC_OK
                : wsync_error_set(error, WSYNC_ERR_STORE_IO, "The canary cannot be laid out.");
}

enum wsync_err wsync_canary_put(struct wsync_site *site, struct wsync_error *error)
{
    static char text[TEXT_BYTES];
    static char held[TEXT_BYTES];
    char path[PATH_BYTES];
    char in[PATH_BYTES];
    size_t held_len = 0;
    uint64_t cut;
    if (!canary_path(site, path) || !folder(site, in, false)) {
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The canary's path is too long.");
    }
    bool there = wsync_file_read(path, held, sizeof held - 1, &held_len, NULL) == WSYNC_OK;
    held[there ? held_len : 0] = '\0';
    enum wsync_err err = compare(site, held, text, &cut, error);
    if (err == WSYNC_OK && cut != 0) {
        err = tell_cut(site, cut, error);
        if (err == WSYNC_OK) {
            err = compare(site, "", text, &cut, error);
        }
    }
    if (err != WSYNC_OK || (there && strcmp(held, text) == 0)) {
        return err;
    }
    if (!there) { /* what was put before lies in a folder that lasts */
        (void)folder(site, in, true);
        err = wsync_file_make_dir(in, 0700, error);
    }
    wsync_file_sweep(path, wsync_file_discard);
    return err == WSYNC_OK ? wsync_file_write_durably(path, 0600, wsync_slice_of(text), error)
                           : err;
}
