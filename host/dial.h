/* SPDX-License-Identifier: Apache-2.0 */
/* dial.h: the ward's side of a conversation, from the first knock to the real result. */
#ifndef WARDSYNC_HOST_DIAL_H
#define WARDSYNC_HOST_DIAL_H

#include "host/site.h"
#include "wardsync/pace.h"
#include "wardsync/pump.h"

/* What a ward knows of the way to its district, from one attempt to the next. */
struct wsync_way {
    char address[WSYNC_ADDRESS_BYTES_MAX + 1]; /* "": nothing is known yet */
    struct wsync_pace pace;                    /* to there */
    int64_t alive_ms; /* a word was heard then, or the looking began */
    uint64_t unnoted; /* bytes it cost that are not written down yet */
};

/* What one attempt came to. */
struct wsync_dial_result {
    enum wsync_err err;            /* how the session ended; LINK when there was none */
    bool reached;                  /* the district let us in */
    bool moved;                    /* and took or gave changes */
    enum wsync_link_reason reason; /* not reached, or cut: why */
    bool peer_said_it;             /* `err` is the district's word */
    bool partial;                  /* more is left than one session carries */
    struct wsync_session_counts counts;
    int64_t skew_s; /* the district's clock minus ours; 0 when it was not told */
    uint64_t roster_version; /* the district's; 0 when it was not told */
    char program[WSYNC_PROGRAM_BYTES_MAX + 1]; /* the district's; "" when it was not told */
    int64_t took_ms;
    uint64_t cost; /* bytes that went over the network, both ways, with all it adds */
};

struct wsync_dial {
    struct wsync_site *site;
    const struct wsync_session_setup *setup;
    const struct wsync_transport_pair *own; /* the site's, or an invite's */
    int attempt_ms_max;                     /* for each address; 0: as the way is */
    struct wsync_way *way;                  /* learns from it; NULL: nothing is remembered */
    bool own_only;    /* nothing of what others wrote is to be carried */
    uint64_t cost_max; /* behind that many bytes nothing of it any more; 0: no bound */
    void (*progress)(void *context, const struct wsync_session_counts *counts);
    void *context;
    /* NULL: nobody interrupts.  Asked when `stop_fd` can be read, which it then takes what is
     * there from; true: end as soon as the session is done, after `drain_ms` in any case, and
     * at once when there is no session yet. */
    bool (*stop)(void *stop_context);
    void *stop_context;
    int stop_fd;
    int64_t drain_ms;
};

/* Tries each address of the site once and runs one session.  Returns when it has ended; the
 * answer is in `*result`.  An error of this function is ours (memory, store, bad address) and
 * has its sentence. */
WSYNC_MUST_USE enum wsync_err wsync_dial_run(const struct wsync_dial *dial,
                                             struct wsync_dial_result *result,
                                             struct wsync_error *error);

#endif
