/* SPDX-License-Identifier: Apache-2.0 */
/* cost.h: what `ward status` says of the link: what moves now, what went today, and what that
 * which waits will take. */
#ifndef WARDSYNC_CLIENT_COST_H
#define WARDSYNC_CLIENT_COST_H

#include "client/budget.h"
#include "client/now.h"
#include "host/json.h"
#include "wardsync/pace.h"

struct client_cost {
    struct wsync_spent spent;
    struct client_budget budget;
    struct wsync_pace pace; /* of the way to the first address */
    uint64_t unsent_changes;
    int64_t unsent_bytes; /* an estimate, with what a conversation costs anyway */
    int64_t unsent_s;     /* at the measured rate; -1: none was measured */
    int64_t photos_bytes, photos_s; /* the same of photos to be sent, which go behind those */
    bool running;         /* somebody talks to the district or waits to: `now` */
    struct client_now now;
};

/* Reads it, in the site's open transaction, for so many changes of that weight, and photos of
 * so many bytes, that wait. */
void client_cost_read(struct wsync_site *site, uint64_t unsent_changes, uint64_t unsent_weight,
                      uint64_t photo_bytes, struct client_cost *cost);

void client_cost_print(const struct wsync_cli *cli, const struct client_cost *cost);
void client_cost_json(struct wsync_json *json, const struct client_cost *cost);

#endif
