/* SPDX-License-Identifier: Apache-2.0 */
#include "host/place.h"

#include <stdio.h>
#include <string.h>

/* The length of NAME when the path begins as a data directory of the service, else 0. */
static size_t name_len(const char *path, const char **name)
{
    static const char FRONT[] = WSYNC_PLACE_HOME "/";
    if (strncmp(path, FRONT, sizeof FRONT - 1) != 0) {
        return 0;
    }
    *name = path + sizeof FRONT - 1;
    size_t len = strspn(*name, "abcdefghijklmnopqrstuvwxyz");
    return len <= WSYNC_PLACE_BYTES / 2 ? len : 0;
}

bool wsync_place_is_service(const char *data_dir)
{
    const char *name;
    size_t len = name_len(data_dir, &name);
    return len > 0 && (strcmp(name + len, "") == 0 || strcmp(name + len, "/") == 0);
}

bool wsync_place_conf(const char *site_conf, char file[WSYNC_PLACE_BYTES])
{
    const char *name;
    size_t len = name_len(site_conf, &name);
    const char *rest = len > 0 ? name + len + strspn(name + len, "/") : "";
    if (strcmp(rest, "site.conf") != 0) {
        return false;
    }
    snprintf(file, WSYNC_PLACE_BYTES, "/etc/wardsync/%.*s.conf", (int)len, name);
    return true;
}
