/* SPDX-License-Identifier: Apache-2.0 */
/* http_route.h: which of a program's routes a request takes. */
#ifndef WARDSYNC_HOST_HTTP_ROUTE_H
#define WARDSYNC_HOST_HTTP_ROUTE_H

#include "host/http.h"

struct wsync_http_found {
    const struct wsync_http_route *route; /* the first that fits, NULL: none */
    const char *rest;                     /* what stands for its star, within the path; "" */
    bool allows_get, allows_post;         /* has the path a route of this method? */
};

/* `path` is decoded, so a slash that was sent as %2F is a slash. */
struct wsync_http_found wsync_http_route_find(const struct wsync_http_route *routes,
                                              const char *path, enum wsync_http_method method);

#endif
