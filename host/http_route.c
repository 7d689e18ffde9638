/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_route.h"

#include <string.h>

static bool fits(const struct wsync_http_route *route, const char *path, const char **rest)
{
    size_t len = strlen(route->path);
    *rest = "";
    if (route->path[len - 1] != '*') {
        return strcmp(route->path, path) == 0;
    }
    *rest = path + len - 1;
    return strncmp(route->path, path, len - 1) == 0 && **rest && !strchr(*rest, '/');
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
