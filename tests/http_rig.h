/* SPDX-License-Identifier: Apache-2.0 */
/* http_rig.h: a server of pages on the loopback and bare sockets that ask it, run by the test's
 * one thread; time passes when the test says so.
 *
 * Its pages: "/" and "/record/" with one more segment, "/query" that writes its fields, "/save"
 * (POST) that keeps `text`, "/upload" (POST) that keeps what is in the files of a form, "/file"
 * and "/picture" that give bytes out, "/language", "/broken" that writes without end, "/long"
 * that takes twice HTTP_RIG_REQUEST_S, "/wait" that waits `times` (a field) for http_rig_wake,
 * and "/live". */
#ifndef WARDSYNC_TESTS_HTTP_RIG_H
#define WARDSYNC_TESTS_HTTP_RIG_H

#include "host/page.h"

enum { HTTP_RIG_UPLOAD_BYTES = 3 << 20 };
enum { HTTP_RIG_IDLE_S = 10, HTTP_RIG_REQUEST_S = 30, HTTP_RIG_CONNECTIONS = 4 };

struct http_rig {
    struct wsync_http_server *server;
    unsigned port;
    char host[64], origin[96]; /* "127.0.0.1:41234", and with "http://" */
    unsigned handled;          /* how often a handler was called */
    enum wsync_page_role may;  /* what whoever asks may do: everything, unless a test says so */
    uint32_t by;               /* who asked "/save" */
    unsigned ended, told;      /* handlers of "/wait": came to their end; were told to end */
    unsigned gone_on;          /* how often http_rig_wake was called */
    uint64_t revision;         /* of what these pages show */
    unsigned looks;            /* how often it was asked for */
    char saved[256];           /* by "/save" */
    char rest[256];            /* of the last "/record/" */
    char files[512];           /* of the last "/upload": "field name size first-bytes;" each */
};

void http_rig_open(struct http_rig *rig, const char *address);
void http_rig_close(struct http_rig *rig);

/* The same for more connections than HTTP_RIG_CONNECTIONS. */
void http_rig_open_wide(struct http_rig *rig, unsigned connections);

/* What "/wait" waits for is there, once; with `heed` false it only looks whether it is. */
void http_rig_wake(struct http_rig *rig, bool heed);

/* Moves the clocks of this process ahead. */
void http_rig_pass(int64_t ms);

/* A new connection: a descriptor that never blocks.  The other is one from 127.0.0.`host`. */
int http_rig_connect(const struct http_rig *rig);
int http_rig_connect_from(const struct http_rig *rig, unsigned host);

/* Sends as much as there is, running the server meanwhile; false when the other side closed. */
bool http_rig_send(struct http_rig *rig, int fd, const char *bytes, size_t len);

struct http_reply {
    char bytes[2 << 20];
    size_t len, body_len;
    unsigned status;
    const char *head, *body; /* each ends with a NUL */
    bool closed;             /* by the server */
};

/* Runs the server until one whole answer came (without a body when `head`); false when the
 * server closed the connection before that. */
bool http_rig_take(struct http_rig *rig, int fd, bool head, struct http_reply *reply);

/* Runs the server until nothing moves.  Is the connection still open then, with nothing to
 * read? */
bool http_rig_is_held(struct http_rig *rig, int fd);

/* Runs the server until nothing moves and takes whatever came, with a NUL behind it; false when
 * the server closed the connection behind that. */
bool http_rig_hear(struct http_rig *rig, int fd, char *text, size_t room);

/* Asks on a new connection and takes the answer.  In `request` %H stands for the host and %O
 * for the origin; the lines end with LF here and with CR LF on the way. */
void http_rig_ask(struct http_rig *rig, const char *request, struct http_reply *reply);

/* The same text as it is sent; for http_rig_send. */
size_t http_rig_write(const struct http_rig *rig, const char *request, char *out, size_t room);

/* Sends a short one of them; false when the other side closed. */
bool http_rig_say(struct http_rig *rig, int fd, const char *request);

/* Asks for this address on a new connection, whose descriptor it answers. */
int http_rig_get(struct http_rig *rig, const char *target);

/* Copies the value of a header; false when there is none. */
bool http_rig_header(const struct http_reply *reply, const char *name, char *value,
                     size_t room);

/* Asks for "/" as a browser does and keeps its session and the token of its form. */
struct http_visit {
    struct wsync_http_session session;
    struct wsync_http_token token;
};
struct http_visit http_rig_visit(struct http_rig *rig);

#endif
