/* SPDX-License-Identifier: Apache-2.0 */
/* link_reason.h: why a ward has no line, in words for people. */
#ifndef WARDSYNC_HOST_LINK_REASON_H
#define WARDSYNC_HOST_LINK_REASON_H

#include "wardsync/error.h"

enum wsync_link_reason {
    WSYNC_LINK_LOST,         /* was cut, by the network or by a restart of the district */
    WSYNC_LINK_NO_HOST,      /* the name in the address is not known */
    WSYNC_LINK_NO_ROUTE,     /* this machine has no way to the address */
    WSYNC_LINK_NO_ANSWER,    /* nothing came back in time */
    WSYNC_LINK_CLOSED_PORT,  /* the machine is there, the program is not */
    WSYNC_LINK_WRONG_SERVER, /* what answers does not hold the district's key */
    WSYNC_LINK_NOT_READY,    /* the district, but it admits nobody or not this key just now */
    WSYNC_LINK_REFUSED,      /* the district, and it does not know this key */
    WSYNC_LINK_REVOKED,      /* the district, and it revoked this device */
    WSYNC_LINK_SILENT,       /* stood and carried nothing for longer than its pace explains */
    WSYNC_LINK_REASON_COUNT,
};

/* The stable short name of a reason; what happened; what to do about it. */
const char *wsync_link_reason_name(enum wsync_link_reason reason);
const char *wsync_link_reason_text(enum wsync_link_reason reason, enum wsync_language language);
const char *wsync_link_reason_step(enum wsync_link_reason reason, enum wsync_language language);

#endif
