/* SPDX-License-Identifier: Apache-2.0 */
/* Parcels at the district: opened, taken and answered as soon as they are whole. */
#include <stdlib.h>

#include "host/bundle_intake.h"
#include "host/parcel_desk.h"
#include "host/serve_parts.h"

/* Takes it as a bundle that came on a stick; what comes of it is in its answer. */
static enum wsync_parcel_state open_parcel(struct wsync_server *server,
                                           struct wsync_bundle_intake *intake,
                                           const struct wsync_parcels_item *item)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_parcels_item answer = *item;
    struct wsync_error why = {{0}};
    uint64_t bytes;
    answer.kind = WSYNC_PARCELS_ANSWER;
    intake->site = server->site;
    intake->answer_parts_max = WSYNC_PARCEL_PARTS_MAX;
    enum wsync_err err = wsync_bundle_intake_open(
        intake, wsync_parcels_path(server->site->path, item, path), &why);
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_take(intake, &why);
    }
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_answer(
            intake, wsync_parcels_path(server->site->path, &answer, path), &bytes, &why);
    }
    if (err == WSYNC_OK) {
        err = wsync_bundle_intake_note(intake, bytes, &why);
    }
    WSYNC_JOURNAL(INFO, "parcel", wsync_journal_text("result", wsync_err_name(err)),
                  wsync_journal_number("changes-in", (int64_t)intake->changes),
                  wsync_journal_number("broken", intake->broken_count + intake->missing_count));
    return err == WSYNC_OK            ? WSYNC_PARCEL_ANSWERED
           : wsync_err_is_ours(err) ? WSYNC_PARCEL_UNKNOWN
                                    : WSYNC_PARCEL_REFUSED;
}

static enum wsync_parcel_state take_whole(void *context, const struct wsync_parcels_item *item)
{
    struct wsync_server *server = context;
    struct wsync_bundle_intake *intake = calloc(1, sizeof *intake);
    enum wsync_parcel_state state = WSYNC_PARCEL_UNKNOWN;
    if (intake) {
        intake->in.fd = -1;
        state = open_parcel(server, intake, item);
        wsync_bundle_intake_close(intake);
        free(intake);
    }
    wsync_parcels_remove(server->site->path, item);
    return state;
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
    const struct wsync_parcel_desk desk = {server->site->path, take_whole, server};
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
