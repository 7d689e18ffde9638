/* SPDX-License-Identifier: Apache-2.0 */
/* site_conf.h: the file site.conf of a data directory, with its drop-ins conf.d/NAME.conf.
 *
 *   [site]      kind, instance, scope: what this is, written once
 *   [district]  address1 to address4, key
 *   [second]    address1 to address4: where a district listens for its next transport key
 *   [serve]     interval (s, 60): how often a ward asks when it has nothing to send
 *               drain (s, 10): how long a session may go on after the order to stop
 *               connections (1024): lines a district serves at one time
 *   [sessions]  days (90), rows (400000): what the district's session log keeps
 *   [keys]      rotate_keys_days (365): how old the keys of a device may become
 *   [thin]      budget_day, budget_session (bytes, as 500K or 20M; 0): how much a ward's link
 *               may carry before what others wrote waits; metered (no): it costs money
 *   [backup]    key: the admin's public key that backups are sealed to; folder: where they
 *               are kept (DIR/backups); days (7): how old the last may become, 0: any age
 *   [journal]   level (info): error, warning, info or debug
 *   [pages]     address: where `serve` shows pages, as 127.0.0.1:8211; for one that others
 *               reach (pages_conf.h) certificate and key, files of PEM, or plain (no): yes,
 *               without; hosts: by which other names browsers ask for this machine;
 *               metrics (no): are the figures of /metrics for everybody who reaches the pages
 *
 * Of a service, /etc/wardsync/NAME.conf is read before it (place.h): the same keys. */
#ifndef WARDSYNC_HOST_SITE_CONF_H
#define WARDSYNC_HOST_SITE_CONF_H

#include "host/site.h"

/* Reads and checks the file; INVALID with file, line and what is allowed; NOT_FOUND, and then
 * `conf` has what the machine says for a service that is not set up yet. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_read(const char *path,
                                                   struct wsync_site_conf *conf,
                                                   struct wsync_error *error);

/* Writes it durably over whatever stood there. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_write(const char *path,
                                                    const struct wsync_site_conf *conf,
                                                    struct wsync_error *error);

/* Lays out what an admin may change, as "serve.interval=60 ..." in one line. */
void wsync_site_conf_print(const struct wsync_site_conf *conf, char *text, size_t size);

/* Writes FOLDER/transport.conf, a drop-in that says where to listen: the second addresses, or
 * when there are none those of the district. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_write_binds(const char *folder,
                                                          const struct wsync_site_conf *conf,
                                                          struct wsync_error *error);

/* Writes conf.d/backup.conf of a data directory, a drop-in that names the admin's key. */
WSYNC_MUST_USE enum wsync_err wsync_site_conf_write_backup_key(
    const char *data_dir, const struct wsync_signing_key *key, struct wsync_error *error);

/* The next transport key takes over: its addresses come first, then those of the one before as
 * far as there is room, and none is second. */
void wsync_site_conf_merge_binds(struct wsync_site_conf *conf);

#endif
