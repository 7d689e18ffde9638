/* SPDX-License-Identifier: Apache-2.0 */
/* serve_parts.h: what the parts of serving share.
 *
 * serve.c is the loop and its beginning and end, serve_work.c what it does with frames and
 * time, serve_door.c who may come in and where the doors are, serve_keys.c what signs. */
#ifndef WARDSYNC_HOST_SERVE_PARTS_H
#define WARDSYNC_HOST_SERVE_PARTS_H

#include "host/scrub.h"
#include "host/scrub_photos.h"
#include "host/serve.h"
#include "host/serve_parcels.h"
#include "host/serve_peers.h"
#include "wardsync/pump.h"

struct wsync_server {
    struct wsync_site *site;
    struct wsync_link *link;
    struct wsync_sink sink;
    struct wsync_pump pump;
    struct wsync_desk desk;
    struct wsync_serve_peers peers;
    struct wsync_session_book book;
    struct wsync_scrub scrub;
    struct wsync_serve_parcels parcels;
    struct wsync_scrub_photos scrub_photos;
    char bound[WSYNC_LINK_BINDS_MAX][WSYNC_ADDRESS_BYTES_MAX + 1]; /* as configured */
    size_t bound_count;
    size_t connections_max;
    uint64_t keys_version; /* of the roster, when the keys in use were read */
    bool refilling; /* the desk is closed: refill.h */
    int64_t refill_ms;
    bool open;     /* the self-test is over: who knocks now is somebody */
    bool draining; /* nobody new is taken */
    const struct wsync_lock *lock; /* of who serves */
    bool canary_failed;
    bool full;   /* as last said: nobody more is heard */
    size_t take; /* frames of the next batch, at most; 0: as many as may be */
    int64_t ticked_ms, put_off_ms;
    size_t told_running; /* conversations that systemd was told of */
    uint64_t refusals; /* of the store, since it last took something */
    int64_t refusal_said_ms;
};

/* serve.c */

/* Reads site.conf again; a mistake in it changes nothing.  An error means that serving must
 * end. */
WSYNC_MUST_USE enum wsync_err wsync_serve_reload(struct wsync_server *server,
                                                 struct wsync_error *error);

/* serve_keys.c */

WSYNC_MUST_USE enum wsync_err wsync_serve_load_desk(struct wsync_server *server,
                                                    struct wsync_error *error);

/* Follows the roster to other keys and addresses; now and then. */
WSYNC_MUST_USE enum wsync_err wsync_serve_heed_roster(struct wsync_server *server,
                                                      struct wsync_error *error);

/* serve_door.c */

/* Reads the roster through: CORRUPT, with a sentence, when it cannot be; then nothing is to be
 * opened. */
WSYNC_MUST_USE enum wsync_err wsync_serve_check_roster(struct wsync_server *server,
                                                       struct wsync_error *error);

/* Opens every configured address; wards can come when it answers OK. */
WSYNC_MUST_USE enum wsync_err wsync_serve_open(struct wsync_server *server,
                                               struct wsync_error *error);

/* Opens addresses that are new in the configuration and says what became of the others.  An
 * error means that serving must end. */
WSYNC_MUST_USE enum wsync_err wsync_serve_follow(struct wsync_server *server,
                                                 struct wsync_error *error);

/* Notes that this key was admitted, or would have been, and there was no room for it. */
void wsync_serve_put_off(void *server, struct wsync_transport_key key);

/* serve_work.c */

void wsync_serve_send(void *server, struct wsync_session *session, struct wsync_slice frame);
void wsync_serve_closed(void *server, struct wsync_session *session);

/* Runs what came in, and what is left to settle. */
void wsync_serve_batch(struct wsync_server *server, const struct wsync_link_batch *batch);

/* How many frames the next batch is to have at most, when one of `count` was cut into `parts`
 * transactions: what a transaction took of them, or else twice as many as before. */
size_t wsync_serve_pace(size_t before, size_t count, size_t parts);

/* Ends sessions that are silent for too long, forgets peers that are gone, reads a little of
 * the raw log again. */
void wsync_serve_tick(struct wsync_server *server);

/* Notes outside of the store where this device's logs stand (canary.h): before wards come, and
 * on every tick. */
void wsync_serve_put_canary(struct wsync_server *server);

/* Tells every running session to come again later. */
void wsync_serve_stop_all(struct wsync_server *server);

/* Notes in the session log that a run begins, and since when there was none. */
void wsync_serve_begin_book(struct wsync_server *server);

/* Tells the admin log which settings hold from now on, if they are others than before. */
void wsync_serve_note_settings(struct wsync_server *server);

/* Writes the session log now, or as far as the store takes it. */
void wsync_serve_write_book(struct wsync_server *server);

#endif
