/* SPDX-License-Identifier: Apache-2.0 */
/* record_where.h: how far a record of this machine came: saved here, carried, held by the
 * district; or quarantined, or in conflict.  What waits and what is quarantined is read once
 * from its own tables, so that a list of records asks little for each of them. */
#ifndef WARDSYNC_HOST_RECORD_WHERE_H
#define WARDSYNC_HOST_RECORD_WHERE_H

#include "host/site.h"

enum {
    WSYNC_WHERE_RECORDS_MAX = 500, /* that wait, or that are quarantined, of each */
};

/* What is most urgent of a record comes first. */
enum wsync_where {
    WSYNC_WHERE_CONFLICT,    /* several values, or deleted and changed at once */
    WSYNC_WHERE_QUARANTINED, /* a change of it does not count: `reason` */
    WSYNC_WHERE_SAVED,       /* a change of it is here alone and waits to be sent */
    WSYNC_WHERE_CARRIED,     /* the same, and a bundle that has no answer yet holds it */
    WSYNC_WHERE_HELD,        /* the district holds all of it, or it came from there */
};

struct wsync_where_item {
    struct wsync_dot record;
    enum wsync_where where;
    enum wsync_err reason; /* QUARANTINED */
};

/* What an own log has handed to a bundle whose answer is not here. */
struct wsync_where_carried {
    uint32_t log_no; /* 0: nothing is carried */
    uint64_t tip;    /* the last change that is */
};

/* The records with changes that wait (`saved`) and with such that do not count (`quarantined`),
 * each record once, ascending by its dot. */
struct wsync_wheres {
    struct wsync_where_item *saved, *quarantined; /* in the site's arena */
    size_t saved_count, quarantined_count;
    uint64_t changes; /* that wait */
    bool all;         /* false: there are more than WSYNC_WHERE_RECORDS_MAX of either */
};

/* Reads them in the site's open transaction.  Beyond the bound the newest that wait are left
 * out and `all` is false. */
WSYNC_MUST_USE enum wsync_err wsync_wheres_read(struct wsync_site *site,
                                                struct wsync_where_carried carried,
                                                struct wsync_wheres *wheres);

/* How far the record came; one with more than `wheres` holds is looked for in its history. */
WSYNC_MUST_USE enum wsync_err wsync_where_is(struct wsync_site *site,
                                             const struct wsync_wheres *wheres,
                                             const struct wsync_record *record,
                                             struct wsync_where_item *item);

#endif
