/* SPDX-License-Identifier: Apache-2.0 */
/* site_conf.h: the file site.conf of a data directory. */
#ifndef WARDSYNC_HOST_SITE_CONF_H
#define WARDSYNC_HOST_SITE_CONF_H

#include "host/site.h"

/* Reads and checks the file; INVALID with file, line and what is allowed; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_read(const char *path,
                                                   struct wsync_site_conf *conf,
                                                   struct wsync_error *error);

/* Writes it durably over whatever stood there. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_write(const char *path,
                                                    const struct wsync_site_conf *conf,
                                                    struct wsync_error *error);

#endif
