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

/* Says that a request was written and what comes next. */
void server_say_requested(const struct wsync_cli *cli);

#endif
