/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_route.h"

#include <string.h>

/* How many segments the stars at its end stand for, 0, 1 or 2; and where they begin. */
static size_t count_stars(const char *path, size_t *len)
{
    *len = strlen(path);
    if (*len >= 4 && strcmp(path + *len - 4, "/*/*") == 0) {
        *len -= 3;
        return 2;
    }
    bool one = path[*len - 1] == '*';
    *len -= one;
    return one;
}

static bool fits(const struct wsync_http_route *route, const char *path, const char **rest)
{
    size_t len, stars = count_stars(route->path, &len);
    *rest = "";
    if (stars == 0) {
        return strcmp(route->path, path) == 0;
    }
    if (strncmp(route->path, path, len) != 0) {
        return false;
    }
    *rest = path + len;
    for (const char *at = *rest; stars > 0; stars--) { /* each turn passes a segment */
        size_t segment = strcspn(at, "/");
        if (segment == 0 || (at[segment] == '/') != (stars > 1)) {
            return false;
        }
        at += segment + 1;
    }
    return true;
}

struct wsync_http_found wsync_http_route_find(const struct wsync_http_route *routes,
                                              const char *path, enum wsync_http_method method)
{
    struct wsync_http_found found = {.rest = ""};
    for (const struct wsync_http_route *route = routes; route->path; route++) {
        const char *rest;
        if (!fits(route, path, &rest)) {
            continue;
        }
        found.allows_get |= route->method == WSYNC_HTTP_GET;
        found.allows_post |= route->method == WSYNC_HTTP_POST;
        if (route->method == method && !found.route) {
            found.route = route;
            found.rest = rest;
        }
    }
    return found;
}
