/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses let this device in, and why the others do not. */
#include <stdio.h>

#include "host/clock.h"
#include "host/doctor.h"
#include "wardsync/crypto.h"

enum { ATTEMPT_MS = 6000, KNOCK_MS_MAX = 3 * ATTEMPT_MS, POLL_MS = 500 };

/* A line that fails by itself comes back by itself; these do not. */
static enum wsync_doctor_severity severity_of(enum wsync_link_reason reason)
{
    bool lasting = reason == WSYNC_LINK_WRONG_SERVER || reason == WSYNC_LINK_REFUSED ||
                   reason == WSYNC_LINK_REVOKED;
    return lasting ? WSYNC_DOCTOR_CRITICAL : WSYNC_DOCTOR_WARNING;
}

static void tell(struct wsync_doctor *doctor, const char *address,
                 enum wsync_link_reason reason)
{
    const struct wsync_doctor_words words = {
        severity_of(reason),
        wsync_link_reason_name(reason),
        {"%s: %s", "%s: %s"},
        {wsync_link_reason_step(reason, WSYNC_VI), wsync_link_reason_step(reason, WSYNC_EN)}};
    wsync_doctor_find(doctor, &words, address,
                      wsync_link_reason_text(reason, doctor->cli->language));
}

/* Knocks until the door opens or the first answer is no. */
static enum wsync_err knock(struct wsync_link *link, bool *up, enum wsync_link_reason *reason)
{
    int64_t end = wsync_clock_monotonic_ms() + KNOCK_MS_MAX;
    *up = false;
    *reason = WSYNC_LINK_NO_ANSWER;
    while (wsync_clock_monotonic_ms() < end) {
        struct wsync_link_batch batch;
        enum wsync_err err = wsync_link_poll(link, POLL_MS, -1, &batch);
        for (size_t i = 0; err == WSYNC_OK && i < batch.count; i++) {
            *up = batch.events[i].kind == WSYNC_LINK_UP;
            *reason = batch.events[i].reason;
            if (*up || batch.events[i].kind == WSYNC_LINK_DOWN) {
                return WSYNC_OK;
            }
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

static enum wsync_err try_address(struct wsync_doctor *doctor, struct wsync_site *site,
                                  const char *address, struct wsync_error *error)
{
    struct wsync_link *link;
    bool up;
    enum wsync_link_reason reason;
    struct wsync_link_dial_options options = {.addresses = &address,
                                              .address_count = 1,
                                              .server = site->conf.server_key,
                                              .own = site->transport,
                                              .attempt_ms_max = ATTEMPT_MS};
    if (doctor->cli->kind == WSYNC_SITE_DISTRICT) {
        options.server = site->transport.key;
    }
    enum wsync_err err = wsync_link_dial(&options, &link, error);
    wsync_wipe(&options.own, sizeof options.own);
    if (err != WSYNC_OK) {
        return err;
    }
    err = knock(link, &up, &reason);
    wsync_link_close(link);
    if (err == WSYNC_OK && !up) {
        tell(doctor, address, reason);
    }
    return err;
}

enum wsync_err wsync_doctor_reach(struct wsync_doctor *doctor, struct wsync_site *site,
                                  struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < site->conf.address_count; i++) {
        err = try_address(doctor, site, site->conf.addresses[i], error);
    }
    return err;
}
