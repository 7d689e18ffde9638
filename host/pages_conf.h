/* SPDX-License-Identifier: Apache-2.0 */
/* pages_conf.h: what site.conf says of pages, and when others than this machine may see them.
 *
 * An address of this machine alone (127.0.0.0/8, [::1]) needs nothing.  Any other one needs an
 * admin who can log in, and a certificate with its key or the word that PINs may go unsealed
 * over this network. */
#ifndef WARDSYNC_HOST_PAGES_CONF_H
#define WARDSYNC_HOST_PAGES_CONF_H

#include <stddef.h>

#include "wardsync/error.h"

enum {
    WSYNC_PAGES_HOSTS_MAX = 8,
    WSYNC_PAGES_HOST_BYTES = 64,
    WSYNC_PAGES_FILE_BYTES = 192, /* a line of site.conf is no longer */
};

/* The section [pages]; "" and 0: not given. */
struct wsync_pages_conf {
    char address[WSYNC_PAGES_FILE_BYTES];     /* "192.168.1.20:8211" */
    char certificate[WSYNC_PAGES_FILE_BYTES]; /* files of PEM, from the root */
    char key[WSYNC_PAGES_FILE_BYTES];
    bool plain;                                                /* told to do without */
    char hosts[WSYNC_PAGES_HOSTS_MAX][WSYNC_PAGES_HOST_BYTES]; /* other names of this machine */
    size_t host_count;
};

/* Setters of site.conf: names with commas between; a file; INVALID with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_pages_conf_hosts(struct wsync_pages_conf *conf,
                                                     const char *value,
                                                     struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_pages_conf_file(const char *value,
                                                    char file[WSYNC_PAGES_FILE_BYTES],
                                                    struct wsync_error *error);

/* May pages be shown at this address, when so many admins can log in?  INVALID: the sentence
 * says what is missing and how to give it. */
WSYNC_MUST_USE enum wsync_err wsync_pages_conf_judge(const struct wsync_pages_conf *conf,
                                                     const char *address, size_t admins,
                                                     struct wsync_error *error);

#endif
