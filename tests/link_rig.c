/* SPDX-License-Identifier: Apache-2.0 */
#include "link_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP_MS = 5, LIMIT_S = 10 };

static void must(enum wsync_err err, const struct wsync_error *error)
{
    if (err != WSYNC_OK) {
        (void)fprintf(stderr, "link_rig: %s: %s\n", wsync_err_name(err),
                      error != NULL ? error->text : "");
        abort();
    }
}

static enum wsync_link_admission admit(void *context, struct wsync_transport_key key)
{
    struct link_rig *rig = context;
    if (!wsync_slice_equal(WSYNC_BYTES(key), WSYNC_BYTES(rig->device.key))) {
        return rig->strange;
    }
    rig->asked++;
    return rig->answer;
}

void link_rig_open(struct link_rig *rig)
{
    *rig = (struct link_rig){.answer = WSYNC_LINK_ADMIT, .strange = WSYNC_LINK_REFUSE};
    must(wsync_link_keypair(&rig->server), NULL);
    must(wsync_link_keypair(&rig->device), NULL);
    link_rig_serve(rig, "tcp://127.0.0.1:0");
}

void link_rig_serve(struct link_rig *rig, const char *address)
{
    struct wsync_error error = {""};
    struct wsync_link_bind bind = {.address = address, .pair = rig->server};
    struct wsync_link_serve_options options = {
        .binds = &bind, .bind_count = 1, .admit = admit, .admit_context = rig};
    must(wsync_link_serve(&options, &rig->district, &error), &error);
    (void)snprintf(rig->address, sizeof(rig->address), "%s",
                   wsync_link_endpoint(rig->district, 0));
}

void link_rig_dial(struct link_rig *rig, const char *address,
                   const struct wsync_transport_key *server)
{
    struct wsync_error error = {""};
    const char *addresses[] = {address != NULL ? address : rig->address};
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = 1,
                                              .server = *server,
                                              .own = rig->device,
                                              .retry_ms_min = 5,
                                              .retry_ms_max = 40,
                                              .attempt_ms_max = 1000};
    must(wsync_link_dial(&options, &rig->ward, &error), &error);
}

static void keep(struct link_rig *rig, const struct wsync_link_event *event)
{
    rig->key = event->key;
    rig->len = event->bytes.len;
    if (rig->len > 0) {
        memcpy(rig->bytes, event->bytes.data, rig->len);
    }
}

static void note(struct link_rig *rig, const struct wsync_link_batch *batch, unsigned *frames)
{
    size_t in_batch = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct wsync_link_event *event = &batch->events[i];
        if (event->kind == WSYNC_LINK_FRAME) {
            (*frames)++;
            in_batch++;
            keep(rig, event);
            if (frames == &rig->district_frames) {
                rig->peer = event->peer;
                rig->connection = event->connection;
            }
        } else if (event->kind == WSYNC_LINK_UP) {
            rig->ups++;
        } else {
            rig->downs++;
            rig->reason = event->reason;
            rig->retry_ms = event->retry_ms;
        }
    }
    if (in_batch > rig->batch_frames_max) {
        rig->batch_frames_max = in_batch;
    }
}

void link_rig_poll_district(struct link_rig *rig, int timeout_ms)
{
    struct wsync_link_batch batch;
    must(wsync_link_poll(rig->district, timeout_ms, -1, &batch), NULL);
    note(rig, &batch, &rig->district_frames);
}

void link_rig_poll_ward(struct link_rig *rig, int timeout_ms, int wake_fd)
{
    struct wsync_link_batch batch;
    must(wsync_link_poll(rig->ward, timeout_ms, wake_fd, &batch), NULL);
    rig->woken = batch.woken;
    note(rig, &batch, &rig->ward_frames);
}

bool link_rig_until(struct link_rig *rig, const unsigned *counter, unsigned count)
{
    struct timespec start, now;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        if (rig->district != NULL) {
            link_rig_poll_district(rig, STEP_MS);
        }
        if (rig->ward != NULL) {
            link_rig_poll_ward(rig, STEP_MS, -1);
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    } while (*counter < count && now.tv_sec - start.tv_sec < LIMIT_S);
    return *counter >= count;
}

void link_rig_close(struct link_rig *rig)
{
    wsync_link_close(rig->ward);
    wsync_link_close(rig->district);
    *rig = (struct link_rig){0};
}
