/* SPDX-License-Identifier: Apache-2.0 */
#include "host/dial_targets.h"

#include <string.h>

#include "wardsync/roster.h"

/* Adds an address where there is room and it does not stand yet. */
static void add(struct wsync_dial_target *target, struct wsync_slice address)
{
    if (target->address_count == WSYNC_ADDRESSES_MAX || address.len > WSYNC_ADDRESS_BYTES_MAX ||
        address.len == 0) {
        return;
    }
    for (size_t i = 0; i < target->address_count; i++) {
        if (wsync_slice_equal(wsync_slice_of(target->addresses[i]), address)) {
            return;
        }
    }
    char *text = target->addresses[target->address_count++];
    memcpy(text, address.data, address.len);
    text[address.len] = '\0';
}

static void add_configured(struct wsync_dial_target *target, const struct wsync_site_conf *conf)
{
    for (size_t i = 0; i < conf->address_count; i++) {
        add(target, wsync_slice_of(conf->addresses[i]));
    }
}

/* Where this key was met before comes first; for another one that comes last, in case the old
 * place was taken over. */
static void fill(struct wsync_dial_target *target, const struct wsync_endpoint *endpoint,
                 const struct wsync_site_conf *conf)
{
    bool known = wsync_slice_equal(WSYNC_BYTES(endpoint->key), WSYNC_BYTES(conf->server_key));
    *target = (struct wsync_dial_target){.key = endpoint->key};
    if (known) {
        add_configured(target, conf);
    }
    for (size_t i = 0; i < endpoint->address_count; i++) {
        add(target, endpoint->addresses[i]);
    }
    add_configured(target, conf);
}

size_t wsync_dial_targets(struct wsync_site *site,
                          struct wsync_dial_target targets[WSYNC_DIAL_TARGETS_MAX])
{
    const struct wsync_site_conf *conf = &site->conf;
    struct wsync_district district = {.endpoint_count = 0};
    size_t count = 0;
    bool named = false;
    size_t mark = wsync_arena_mark(&site->arena);
    if (wsync_site_begin(site, WSYNC_TXN_READ, NULL) == WSYNC_OK) {
        if (wsync_roster_district(site->txn, &site->arena, &district) != WSYNC_OK) {
            district.endpoint_count = 0;
        }
        for (size_t i = 0; i < district.endpoint_count; i++) {
            const struct wsync_transport_key *key = &district.endpoints[i].key;
            fill(&targets[count++], &district.endpoints[i], conf);
            named =
                named || wsync_slice_equal(WSYNC_BYTES(*key), WSYNC_BYTES(conf->server_key));
        }
        wsync_site_abort(site);
    }
    wsync_arena_release(&site->arena, mark);
    if (!named) {
        targets[count] = (struct wsync_dial_target){.key = conf->server_key};
        add_configured(&targets[count++], conf);
    }
    return count;
}
