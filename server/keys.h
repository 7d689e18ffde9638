/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h: the parts of `district keys`, one function for each group of words; keys.c tells them
 * apart. */
#ifndef WARDSYNC_SERVER_KEYS_H
#define WARDSYNC_SERVER_KEYS_H

#include "host/cli.h"

int server_keys_list(struct wsync_cli *cli);     /* list */
int server_keys_show(struct wsync_cli *cli);     /* show KEY|DEVICE */
int server_keys_device(struct wsync_cli *cli);   /* revoke|suspend|resume|rotate DEVICE */
int server_keys_district(struct wsync_cli *cli); /* rotate transport|log|bundle|registrar */
int server_keys_node(struct wsync_cli *cli);     /* rotate signing */
int server_keys_root(struct wsync_cli *cli);     /* root ... */

/* Is it a word of server_keys_district? */
bool server_is_district_key(const char *word);

/* How many devices were not heard of since the transport key was first named, within the open
 * transaction. */
WSYNC_MUST_USE enum wsync_err server_keys_unaware(struct wsync_site *site, const uint8_t *key,
                                                  size_t *count);

/* Says that a request was written and what comes next. */
void server_say_requested(const struct wsync_cli *cli);

#endif
