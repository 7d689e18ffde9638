/* SPDX-License-Identifier: Apache-2.0 */
/* enrol.h: what `district enrol` is told, for both its ways: an invite, or a grant in a file.
 */
#ifndef WARDSYNC_SERVER_ENROL_H
#define WARDSYNC_SERVER_ENROL_H

#include "host/cli.h"
#include "wardsync/enrol.h"

struct server_enrolment {
    const char *unit;
    const char *name;                           /* NULL: as the request says */
    const char *addresses[WSYNC_ADDRESSES_MAX]; /* for the ward to dial */
    size_t address_count;
    char announced[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1]; /* when none were named */
    struct wsync_transport_key server_key; /* that the ward must meet there */
    int64_t days;                          /* an invite holds */
    const char *forms;                     /* names with commas between; NULL: none */
    const char *replaces;                  /* a device; NULL: none */
    uint32_t scope;                        /* the unit, once it was looked up */
    struct wsync_place place;
    bool replaced_serves; /* the device that is replaced is still a member */
};

/* Looks up the unit, the forms and the device to be replaced, in the open transaction; what was
 * not named is the district's. */
WSYNC_MUST_USE enum wsync_err server_enrol_prepare(struct wsync_site *site,
                                                   struct server_enrolment *plan,
                                                   struct wsync_error *error);

/* Enrols the device of a request file and writes its grant; answers the exit code. */
int server_enrol_request(struct wsync_cli *cli, struct server_enrolment *plan);

#endif
