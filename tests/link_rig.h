/* SPDX-License-Identifier: Apache-2.0 */
/* link_rig.h: a district and a ward on the loopback, both polled by the test's one thread. */
#ifndef WARDSYNC_TESTS_LINK_RIG_H
#define WARDSYNC_TESTS_LINK_RIG_H

#include "host/link.h"

struct link_rig {
    struct wsync_link *district, *ward;
    struct wsync_transport_pair server, device;
    enum wsync_link_admission answer;  /* to the device's key; any other key is refused */
    enum wsync_link_admission strange; /* REFUSE unless a test says otherwise */
    unsigned asked;                    /* how often about the device's key */
    /* What happened, counted; the last of each kind kept. */
    unsigned district_frames, ward_frames, ups, downs;
    size_t batch_frames_max;
    struct wsync_link_peer peer;
    uint64_t connection;
    struct wsync_transport_key key;
    uint8_t bytes[WSYNC_FRAME_BYTES_MAX];
    size_t len;
    enum wsync_link_reason reason;
    int retry_ms;
    bool woken;
    char address[WSYNC_ADDRESS_BYTES_MAX + 1];
};

/* Makes the keys and opens the district on a free port; the device's key is admitted. */
void link_rig_open(struct link_rig *rig);

/* Opens the district at `address` (again). */
void link_rig_serve(struct link_rig *rig, const char *address);

/* Opens the ward towards `address` (NULL: the district), expecting `server`'s key. */
void link_rig_dial(struct link_rig *rig, const char *address,
                   const struct wsync_transport_key *server);

/* Polls both sides until `*counter` is at least `count`; false after ten seconds. */
bool link_rig_until(struct link_rig *rig, const unsigned *counter, unsigned count);

/* One poll of one side. */
void link_rig_poll_district(struct link_rig *rig, int timeout_ms);
void link_rig_poll_ward(struct link_rig *rig, int timeout_ms, int wake_fd);
void link_rig_close(struct link_rig *rig);

#endif
