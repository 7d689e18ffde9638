/* SPDX-License-Identifier: Apache-2.0 */
/* pages_setup.h: the first run of a district: units, forms, addresses, the first admin, each on
 * a page of its own.  Decision 0020.
 *
 * What was chosen so far stands in the address of the page, so going back loses nothing and two
 * browsers do not disturb each other; only a table that was sent is kept here (page_kept.h).
 * Nothing is made before the last page, and then all of it by one command. */
#ifndef WARDSYNC_SERVER_PAGES_SETUP_H
#define WARDSYNC_SERVER_PAGES_SETUP_H

#include "server/pages.h"

enum { SERVER_SETUP_ADDRESSES_BYTES = 1024 };

/* Reads addresses, in lines or with commas between, into a list for `district init`.  VALUE,
 * with a sentence: one is no tcp://NUMBER:PORT, or this machine cannot listen there. */
WSYNC_MUST_USE enum wsync_err server_setup_addresses(
    const char *typed, enum wsync_language language, char list[SERVER_SETUP_ADDRESSES_BYTES],
    struct wsync_error *error);

/* Where this machine can be reached, a line each; 127.0.0.1 where nothing else is known. */
void server_setup_offer(char offer[SERVER_SETUP_ADDRESSES_BYTES]);

wsync_http_handler server_setup_units, server_setup_take_units, server_setup_tree,
    server_setup_forms, server_setup_where, server_setup_who, server_setup_make,
    server_setup_done;

#endif
