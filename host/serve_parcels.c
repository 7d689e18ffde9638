/* SPDX-License-Identifier: Apache-2.0 */
#include "host/serve_parcels.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/parcel_desk.h"
#include "host/serve_parts.h"

enum { AGAIN_MS = 60000 };

static int compare(const struct wsync_parcels_item *a, const struct wsync_parcels_item *b)
{
    int order = memcmp(&a->id, &b->id, sizeof a->id);
    return order != 0 ? order : memcmp(&a->device, &b->device, sizeof a->device);
}

/* ---- refused ---- */

static void remember_refused(struct wsync_serve_parcels *parcels,
                             const struct wsync_parcels_item *item)
{
    if (parcels->refused_count == WSYNC_PARCELS_MAX) {
        parcels->refused_count--;
        memmove(parcels->refused, parcels->refused + 1,
                parcels->refused_count * sizeof *parcels->refused);
    }
    parcels->refused[parcels->refused_count++] = *item;
}

/* Told once: what comes under the number behind that is another. */
static bool was_refused(void *context, const struct wsync_parcels_item *item, bool told)
{
    struct wsync_server *server = context;
    struct wsync_serve_parcels *parcels = &server->parcels;
    for (size_t i = 0; i < parcels->refused_count; i++) {
        if (compare(&parcels->refused[i], item) != 0) {
            continue;
        }
        if (told) {
            parcels->refused_count--;
            memmove(parcels->refused + i, parcels->refused + i + 1,
                    (parcels->refused_count - i) * sizeof *parcels->refused);
        }
        return true;
    }
    return false;
}

/* ---- the one under way ---- */

static void end_intake(struct wsync_bundle_intake **intake)
{
    if (*intake) {
        wsync_bundle_intake_close(*intake);
        free(*intake);
        *intake = NULL;
    }
}

void wsync_serve_parcels_close(struct wsync_server *server)
{
    end_intake(&server->parcels.intake);
}

static enum wsync_err open_intake(const struct wsync_server *server,
                                  const struct wsync_parcels_item *item,
                                  struct wsync_bundle_intake **opened, struct wsync_error *why)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_bundle_intake *intake = calloc(1, sizeof *intake);
    *opened = intake;
    if (!intake) {
        return wsync_error_set(why, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    intake->in.fd = -1;
    intake->site = server->site;
    intake->answer_parts_max = WSYNC_PARCEL_PARTS_MAX;
    return wsync_bundle_intake_open(
        intake, wsync_parcels_path(server->site->path, item, path), why);
}

/* What came of it is durable, or it is refused, or it stays for another time. */
static void end_parcel(struct wsync_server *server, enum wsync_err err)
{
    struct wsync_serve_parcels *parcels = &server->parcels;
    const struct wsync_bundle_intake *intake = parcels->intake;
    bool answered = intake && intake->state == WSYNC_INTAKE_ANSWERED && err == WSYNC_OK;
    struct wsync_error why;
    if (answered) {
        err = wsync_bundle_intake_note(intake, &why); /* the answer stands without it */
    }
    if (intake) {
        WSYNC_JOURNAL(INFO, "parcel", wsync_journal_text("result", wsync_err_name(err)),
                      wsync_journal_number("changes-in", (int64_t)intake->changes),
                      wsync_journal_number("broken",
                                           intake->broken_count + intake->missing_count),
                      wsync_journal_number("steps", (int64_t)intake->steps),
                      wsync_journal_number("longest-ms", parcels->longest_ms));
    }
    bool stays = !answered && wsync_err_is_ours(err);
    parcels->failures = stays ? parcels->failures + 1 : 0;
    if (!stays) {
        wsync_parcels_remove(server->site->path, &parcels->item);
    }
    if (!answered && !wsync_err_is_ours(err)) {
        remember_refused(parcels, &parcels->item);
    }
    end_intake(&parcels->intake);
}

/* ---- whose turn it is ---- */

/* In the order of their numbers, round and round from the last one on: each has its turn.
 * `*count` of them wait. */
static const struct wsync_parcels_item *next_of(const struct wsync_parcels *here,
                                                const struct wsync_parcels_item *last,
                                                size_t *count)
{
    const struct wsync_parcels_item *first = NULL;
    const struct wsync_parcels_item *next = NULL;
    *count = 0;
    for (size_t i = 0; i < here->count; i++) {
        const struct wsync_parcels_item *item = &here->items[i];
        if (item->kind != WSYNC_PARCELS_WHOLE) {
            continue;
        }
        ++*count;
        first = !first || compare(item, first) < 0 ? item : first;
        bool behind = compare(item, last) > 0;
        next = behind && (!next || compare(item, next) < 0) ? item : next;
    }
    return next ? next : first;
}

static void begin_next(struct wsync_server *server, int64_t now_ms)
{
    struct wsync_serve_parcels *parcels = &server->parcels;
    const char *dir = server->site->path;
    struct wsync_parcels here;
    struct wsync_error why = {{0}};
    size_t count = 0;
    enum wsync_err err = wsync_parcels_list(dir, &here, &why);
    const struct wsync_parcels_item *next =
        err == WSYNC_OK ? next_of(&here, &parcels->item, &count) : NULL;
    if (err == WSYNC_OK && !next) {
        parcels->waiting = false;
    } else if (parcels->failures >= count) { /* of a whole round, or it cannot be listed */
        parcels->again_ms = now_ms + AGAIN_MS;
        parcels->failures = 0;
    } else if (wsync_parcels_find(&here, &next->id, &next->device, WSYNC_PARCELS_ANSWER)) {
        parcels->item = *next;
        wsync_parcels_remove(dir, next); /* its answer may be on its way already */
    } else {
        parcels->item = *next;
        parcels->longest_ms = 0;
        err = open_intake(server, next, &parcels->intake, &why);
        if (err != WSYNC_OK) {
            end_parcel(server, err);
        }
    }
}

bool wsync_serve_parcels_are_due(const struct wsync_server *server, int64_t now_ms)
{
    const struct wsync_serve_parcels *parcels = &server->parcels;
    return !server->draining &&
           (parcels->intake || (parcels->waiting && now_ms >= parcels->again_ms));
}

void wsync_serve_parcels_step(struct wsync_server *server, int64_t now_ms)
{
    struct wsync_serve_parcels *parcels = &server->parcels;
    struct wsync_bundle_intake *intake = parcels->intake;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_parcels_item answer = parcels->item;
    struct wsync_error why = {{0}};
    WSYNC_ASSERT(wsync_serve_parcels_are_due(server, now_ms));
    if (!intake) {
        begin_next(server, now_ms);
        return;
    }
    answer.kind = WSYNC_PARCELS_ANSWER;
    enum wsync_err err = wsync_bundle_intake_step(
        intake, wsync_parcels_path(server->site->path, &answer, path), &why);
    int64_t took_ms = wsync_clock_monotonic_ms() - now_ms;
    parcels->longest_ms = took_ms > parcels->longest_ms ? took_ms : parcels->longest_ms;
    if (err != WSYNC_OK || intake->state == WSYNC_INTAKE_ANSWERED) {
        end_parcel(server, err);
    }
}

/* ---- frames ---- */

/* What can be seen of it at once is told at once; the rest when its turn comes. */
static enum wsync_parcel_state take_whole(void *context, const struct wsync_parcels_item *item)
{
    struct wsync_server *server = context;
    struct wsync_bundle_intake *intake;
    struct wsync_error why;
    enum wsync_err err = open_intake(server, item, &intake, &why);
    end_intake(&intake);
    if (err != WSYNC_OK && !wsync_err_is_ours(err)) {
        WSYNC_JOURNAL(INFO, "parcel", wsync_journal_text("result", wsync_err_name(err)));
        wsync_parcels_remove(server->site->path, item);
        return WSYNC_PARCEL_REFUSED;
    }
    server->parcels.waiting = true;
    return WSYNC_PARCEL_HELD;
}

/* As of a session, the roster is asked at every message. */
static bool is_allowed(struct wsync_server *server, const struct wsync_transport_key *key,
                       struct wsync_device *device)
{
    struct wsync_txn *txn;
    if (wsync_store_begin(server->site->store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
        return false;
    }
    enum wsync_err err = wsync_device_by_transport(txn, key, device);
    wsync_txn_abort(txn);
    return err == WSYNC_OK && device->revoked == 0 && device->suspended == 0;
}

void wsync_serve_parcel(struct wsync_server *server, const struct wsync_link_event *event)
{
    uint8_t out[WSYNC_FRAME_BYTES_MAX];
    struct wsync_device device;
    const struct wsync_parcel_desk desk = {server->site->path, take_whole, was_refused, server};
    if (server->draining || !is_allowed(server, &event->key, &device)) {
        return; /* who asks finds out by silence, and comes again */
    }
    struct wsync_slice reply =
        wsync_parcel_desk_reply(&desk, &device.id, event->bytes, out);
    if (reply.len > 0 && wsync_link_send(server->link, event->peer, reply) != WSYNC_OK) {
        WSYNC_JOURNAL(INFO, "parcel-unanswered",
                      wsync_journal_number("bytes", (int64_t)reply.len));
    }
}
