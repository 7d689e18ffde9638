/* SPDX-License-Identifier: Apache-2.0 */
/* link_raw.h: bare library sockets for the probes: peers that break the link's rules, and the
 * facts about the library that the rules rest on. */
#ifndef WARDSYNC_TESTS_LINK_RAW_H
#define WARDSYNC_TESTS_LINK_RAW_H

#include "host/link.h"

enum { LINK_RAW_LIMIT_MS = 10000 };

/* A socket with lingering off; aborts when the library refuses. */
void *link_raw_socket(void *context, int type);
void link_raw_close(void *socket);

/* From now on somebody else closes it. */
void link_raw_give(void *socket);

/* Closes what a failed test left open, and the context. */
void link_raw_end(void *context);
void link_raw_set(void *socket, int option, int value);

/* A CURVE ROUTER on a free loopback port; `zap_domain` NULL: no ZAP asked for. */
struct link_raw_server {
    void *socket;
    char endpoint[64];
};
struct link_raw_server link_raw_serve(void *context, const struct wsync_transport_pair *pair,
                                      const char *zap_domain, bool enforce);

/* A CURVE DEALER, not connected yet, that tries again every 5 ms. */
void *link_raw_client(void *context, const struct wsync_transport_key *server,
                      const struct wsync_transport_pair *own);

/* A monitor of everything that happens to `socket`. */
void *link_raw_monitor(void *context, void *socket);

/* The next of the events in the mask within `timeout_ms`, others skipped; 0: none. */
int link_raw_event(void *monitor, int mask, int timeout_ms, int *value);

/* True when something can be read within `timeout_ms`. */
bool link_raw_readable(void *socket, int timeout_ms);

/* Answers one ZAP request at `zap` (a REP bound to the ZAP address) within the limit. */
void link_raw_answer(void *zap, const char *status);

#endif
