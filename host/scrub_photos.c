/* SPDX-License-Identifier: Apache-2.0 */
#include "host/scrub_photos.h"

#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/journal.h"
#include "host/photo_list.h"
#include "wardsync/blob_book.h"

enum {
    SLICE_MS = 1000,
    ROUND_MS = 3600 * 1000, /* a short round begins again after that */
    SLICE_MS_MAX = 4,       /* whatever is left of it then, the peers wait for this thread */
    SLICE_CHUNKS = 128,
    PIECE_CHUNKS = 16, /* read between two looks at the clock */
};

/* The first round begins behind a name drawn out of all. */
static void begin_somewhere(struct wsync_scrub_photos *scrub)
{
    struct wsync_entropy entropy;
    wsync_entropy_draw(&entropy);
    memcpy(scrub->at.root.b, entropy.b, sizeof scrub->at.root.b);
    scrub->begun = true;
}

/* NOT_FOUND behind the last one. */
static enum wsync_err next_name(struct wsync_scrub_photos *scrub, struct wsync_site *site)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, NULL);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_blob_next_named(site->txn, &scrub->at);
    wsync_site_abort(site);
    scrub->check.name = scrub->at;
    scrub->check.count = 0;
    return err;
}

static void end_round(struct wsync_scrub_photos *scrub, int64_t now_ms)
{
    WSYNC_JOURNAL(DEBUG, "scrubbed-photos",
                  wsync_journal_number("photos", (int64_t)scrub->whole),
                  wsync_journal_number("chunks", (int64_t)scrub->chunks),
                  wsync_journal_number("damages", (int64_t)scrub->damages));
    int64_t next_ms = scrub->rounds == 0 ? 0 : scrub->round_ms + ROUND_MS;
    next_ms = next_ms > now_ms ? next_ms : now_ms + SLICE_MS;
    *scrub = (struct wsync_scrub_photos){
        .begun = true, .rounds = scrub->rounds + 1, .round_ms = next_ms, .next_ms = next_ms};
}

static void report(struct wsync_scrub_photos *scrub, struct wsync_site *site)
{
    char text[WSYNC_PHOTO_NAME_BYTES];
    char path[WSYNC_BLOB_PATH_BYTES];
    char aside[WSYNC_BLOB_PATH_BYTES + 16];
    enum wsync_err err = wsync_photo_lost(site, &scrub->check.name, path);
    scrub->damages++;
    snprintf(aside, sizeof aside, "%s.damaged", path);
    wsync_photo_name_print(&scrub->check.name, text);
    WSYNC_JOURNAL(ERROR, "damage", wsync_journal_text("photo", text),
                  wsync_journal_text("aside", err == WSYNC_OK ? aside : wsync_err_name(err)),
                  wsync_journal_text("what", "it is damaged on the disk, put aside and to be "
                                             "fetched again"));
}

/* Some chunks of the one that the walk is at, or the next name. */
static enum wsync_err go_on(struct wsync_scrub_photos *scrub, struct wsync_site *site)
{
    struct wsync_blob_check *check = &scrub->check;
    if (check->name.length == 0) {
        return next_name(scrub, site);
    }
    uint32_t before = check->count;
    enum wsync_err err = wsync_blob_check_on(site->blobs, check, PIECE_CHUNKS);
    scrub->chunks += check->count - before;
    if (err == WSYNC_ERR_CORRUPT ||
        (err == WSYNC_ERR_NOT_FOUND && wsync_photo_is_cut(site->blobs, &check->name))) {
        report(scrub, site);
    }
    bool ended = check->count == wsync_blob_chunk_count(&check->name);
    scrub->whole += ended && err == WSYNC_OK;
    if (ended || err != WSYNC_OK) { /* not here, damaged, or met again in the next round */
        check->name.length = 0;
    }
    return WSYNC_OK;
}

void wsync_scrub_photos_tick(struct wsync_scrub_photos *scrub, struct wsync_site *site,
                             int64_t now_ms)
{
    enum wsync_err err = WSYNC_OK;
    if (now_ms < scrub->next_ms || !site->blobs) {
        return;
    }
    scrub->next_ms = now_ms + SLICE_MS;
    if (!scrub->begun) {
        begin_somewhere(scrub);
    }
    int64_t until_ms = wsync_clock_monotonic_ms() + SLICE_MS_MAX;
    for (int i = 0; err == WSYNC_OK && i < SLICE_CHUNKS / PIECE_CHUNKS; i++) {
        err = go_on(scrub, site);
        if (wsync_clock_monotonic_ms() >= until_ms) {
            break;
        }
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        end_round(scrub, now_ms);
    }
}
