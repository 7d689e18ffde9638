/* SPDX-License-Identifier: Apache-2.0 */
/* ward_facts.h: how each device of the wards stands, for `district wards` and the pages. */
#ifndef WARDSYNC_SERVER_WARD_FACTS_H
#define WARDSYNC_SERVER_WARD_FACTS_H

#include "host/site.h"
#include "server/words.h"

struct server_ward {
    struct wsync_device device;
    bool heard;
    struct wsync_contact contact;
    bool has_log;
    struct wsync_log log;   /* the one it named, or its fullest */
    uint64_t missing_here;  /* what it stated and we do not hold */
    uint64_t missing_there; /* what it may read and is not known to hold */
    uint64_t waiting, quarantined, aside;
    int64_t clock_ahead_s; /* at least: as its changes tell; as it said, if it did */
    int64_t keys_since, rotate_by;
};

struct server_wards {
    struct server_ward *items;
    size_t count, size;
};

/* Takes every device but the district's own, within the site's open transaction, the one to
 * look after first on top; `*wards` is zero before.  The caller frees it, whatever the answer:
 * MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err server_wards_gather(struct wsync_site *site,
                                                  struct server_wards *wards);
void server_wards_free(struct server_wards *wards);

/* Not heard of, never with success, or not since an attempt that failed. */
bool server_ward_is_failing(const struct server_ward *ward);
/* Its keys are older than the policy allows; it was asked for new ones and gave none yet. */
bool server_ward_is_overdue(const struct server_ward *ward);
bool server_ward_is_asked(const struct server_ward *ward);
/* Its clock is off by more than a person should pass over. */
bool server_ward_is_clock_off(const struct server_ward *ward);

/* How the last attempt ended and what to do about it: two sentences. */
struct server_told {
    char text[SERVER_END_TEXT_BYTES];
    const char *step; /* "": nothing that the first does not say */
};
struct server_told server_ward_tell(const struct server_ward *ward,
                                    enum wsync_language language);

#endif
