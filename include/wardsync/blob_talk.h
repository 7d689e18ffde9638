/* SPDX-License-Identifier: Apache-2.0 */
/* blob_talk.h: attachments in a session: their messages, and what a side remembers of them
 * (SPEC section 18.3).
 *
 * Who wants an attachment asks for it, a few chunks ahead; who has it answers while nothing
 * counted waits.  A ward offers what the district did not confirm yet, when all else is done.
 * Whatever was taken is kept, and the next session goes on there. */
#ifndef WARDSYNC_BLOB_TALK_H
#define WARDSYNC_BLOB_TALK_H

#include "wardsync/blob_book.h"

/* Asks for `count` chunks from `from` on, and says that those before it are durable here; all
 * of them and none more: it is whole here.  Without a name: of the one before.  Neither name,
 * `from` nor `count`: nothing is wanted of what was offered. */
struct wsync_blob_want {
    bool has_name;
    struct wsync_blob_name name;
    uint32_t from, count;
};

/* The next chunk asked for; without bytes: there is none, or (`later`) none now. */
struct wsync_blob_answer {
    struct wsync_blob_chunk chunk;
    bool later;
};

struct wsync_blob_offer {
    const struct wsync_blob_name *names;
    size_t count;
};

/* What whoever runs a session lets it do. */
struct wsync_blob_policy {
    bool off;           /* no attachments at all */
    uint64_t bytes_max; /* of frames with chunks, both ways together; 0: no bound */
    uint32_t window;    /* chunks asked for ahead; 0: WSYNC_BLOB_WINDOW_DEFAULT */
};

struct wsync_blob_talk {
    bool agreed;     /* both sides do */
    bool peer_wants; /* WARD: Welcome said that something is wanted of it */
    bool begun;       /* WARD: nothing else was left to do */
    bool alone;       /* and is not now */
    int64_t since_ms; /* from when on */
    uint64_t bytes;   /* of frames with chunks so far, both ways */
    uint32_t offers;  /* BlobOffers so far */
    uint32_t names;   /* that the ward asked for so far */

    /* What this side takes. */
    bool asking, named; /* `named`: the peer was told which */
    struct wsync_blob_wanted want;
    uint32_t seen, asked;        /* chunks up to the next to come; up to the last asked for */
    bool whole, dropped;         /* it is here; what still comes of it is not taken */
    bool stopped;                /* no room here, or the peer gives no more now */
    struct wsync_blob_wanted at; /* in the book: those up to it were asked for */
    struct wsync_blob_name draft_at;    /* DISTRICT: of the peer's drafts, up to it */
    uint32_t logs[WSYNC_BLOB_LOGS_MAX]; /* DISTRICT: of the peer */
    size_t log_count, log_at;
    struct wsync_blob_name offered[WSYNC_BLOB_OFFER_MAX]; /* last, to the district */
    size_t offered_count, offered_at;
    bool answer_due; /* DISTRICT: the ward waits for the end of what it offered */

    /* What this side gives. */
    bool giving, refuses; /* `refuses`: it is not here, or not for this peer */
    struct wsync_blob_name give;
    uint32_t next, end;
    struct wsync_blob_name offer_at; /* WARD: offered up to it */
    bool offer_out;                  /* WARD: the district is at it */
    bool offered_all;
};

struct wsync_blob_counts {
    uint64_t chunks_sent, chunks_taken;
    uint64_t whole;     /* attachments that became whole here */
    uint64_t confirmed; /* WARD: the district holds them now */
    uint64_t refused;   /* attachments that the disk here did not take */
    uint64_t waiting;   /* WARD: offered, and not taken now */
    bool left;          /* there was more to move */
};

#endif
