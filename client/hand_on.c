/* SPDX-License-Identifier: Apache-2.0 */
#include "client/hand_on.h"

#include "host/dial_targets.h"
#include "host/journal.h"
#include "host/parcel_post.h"

static void say(const struct wsync_parcel_posted *posted)
{
    WSYNC_JOURNAL(INFO, "parcels",
                  wsync_journal_text("result", posted->reached ? "ok" : "not-reached"),
                  wsync_journal_number("handed-in", (int64_t)posted->handed_in),
                  wsync_journal_number("answers", (int64_t)posted->answers),
                  wsync_journal_number("refused", (int64_t)posted->refused),
                  wsync_journal_number("bytes-out", (int64_t)posted->bytes_out),
                  wsync_journal_number("bytes-in", (int64_t)posted->bytes_in));
}

void client_hand_on(struct wsync_site *site)
{
    struct wsync_dial_target targets[WSYNC_DIAL_TARGETS_MAX];
    struct wsync_error error = {{0}};
    if (!wsync_parcel_post_is_due(site, false)) {
        return;
    }
    size_t count = wsync_dial_targets(site, targets);
    for (size_t i = 0; i < count; i++) {
        const char *addresses[WSYNC_ADDRESSES_MAX];
        struct wsync_parcel_posted posted;
        for (size_t k = 0; k < targets[i].address_count; k++) {
            addresses[k] = targets[i].addresses[k];
        }
        const struct wsync_parcel_post post = {.site = site,
                                               .addresses = addresses,
                                               .address_count = targets[i].address_count,
                                               .server = targets[i].key};
        enum wsync_err err = wsync_parcel_post_run(&post, &posted, &error);
        if (err != WSYNC_OK) {
            WSYNC_JOURNAL(ERROR, "parcels-failed", wsync_journal_text("why", error.text));
            return;
        }
        if (posted.reached) {
            say(&posted);
            return;
        }
    }
}
