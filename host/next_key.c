/* SPDX-License-Identifier: Apache-2.0 */
#include "host/next_key.h"

#include <stdio.h>
#include <unistd.h>

enum { FILE_BYTES = 64 };

const char *wsync_next_file(const struct wsync_site *site, const char *prefix, const char *name,
                            char path[WSYNC_SITE_PATH_BYTES])
{
    char file[FILE_BYTES];
    snprintf(file, sizeof file, "keys/%s%s.key", prefix, name);
    return wsync_site_file(site->path, file, path);
}

bool wsync_next_is_there(const struct wsync_site *site, const char *name)
{
    char path[WSYNC_SITE_PATH_BYTES];
    return access(wsync_next_file(site, "next-", name, path), F_OK) == 0;
}

enum wsync_err wsync_next_signing(const struct wsync_site *site, const char *name,
                                  struct wsync_signing_pair *pair, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    wsync_next_file(site, "next-", name, path);
    enum wsync_err err = wsync_keys_create_signing(path, pair, error);
    return err == WSYNC_ERR_EXISTS ? wsync_keys_load_signing(path, pair, error) : err;
}

enum wsync_err wsync_next_transport(const struct wsync_site *site, const char *name,
                                    struct wsync_transport_pair *pair,
                                    struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    wsync_next_file(site, "next-", name, path);
    enum wsync_err err = wsync_keys_create_transport(path, pair, error);
    return err == WSYNC_ERR_EXISTS ? wsync_keys_load_transport(path, pair, error) : err;
}
