/* SPDX-License-Identifier: Apache-2.0 */
/* pages_address.h: where pages are shown; who may see them there is said by pages_conf.h. */
#ifndef WARDSYNC_HOST_PAGES_ADDRESS_H
#define WARDSYNC_HOST_PAGES_ADDRESS_H

#include <sys/socket.h>

#include "wardsync/error.h"

enum { WSYNC_PAGES_ADDRESS_BYTES = 64 };

/* Reads "127.0.0.1:8211" or "[::1]:8211"; port 0: any that is free.  INVALID, with a sentence,
 * when it is none. */
WSYNC_MUST_USE enum wsync_err wsync_pages_address_read(const char *text,
                                                       struct sockaddr_storage *address,
                                                       struct wsync_error *error);

/* Is it of this machine alone (127.0.0.0/8, [::1])?  Is it every address of this machine? */
bool wsync_pages_address_is_here(const char *text);
bool wsync_pages_address_is_any(const char *text);

/* Binds it and listens.  `*fd` is non-blocking and closed on exec; `name` gets the address with
 * the real port.  INVALID with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_pages_address_bind(const char *text, int *fd,
                                                       char name[WSYNC_PAGES_ADDRESS_BYTES],
                                                       struct wsync_error *error);

#endif
