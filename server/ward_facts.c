/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ward_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/evidence.h"
#include "host/session_log.h"

enum { ROWS_FIRST = 32, CLOCK_SHOWN_S = 120, SECONDS_A_DAY = 86400 };

static enum wsync_err add_log(struct wsync_site *site, struct server_ward *ward,
                              const struct wsync_log *log)
{
    const struct wsync_contact *contact = &ward->contact;
    bool named = contact->has_head && wsync_log_id_equal(&log->id, &contact->head.log);
    bool has_named = ward->has_log && contact->has_head &&
                     wsync_log_id_equal(&ward->log.id, &contact->head.log);
    if (named || !ward->has_log || (!has_named && log->seq > ward->log.seq)) {
        ward->log = *log;
        ward->has_log = true;
    }
    uint64_t waiting, quarantined, aside;
    enum wsync_err err = wsync_ledger_unsettled_in(site->txn, log->no, &waiting, &quarantined);
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site->txn, log->no, &aside);
    }
    if (err == WSYNC_OK) {
        ward->waiting += waiting;
        ward->quarantined += quarantined;
        ward->aside += aside;
    }
    if (ward->heard && log->stamp > contact->last + ward->clock_ahead_s) {
        ward->clock_ahead_s = log->stamp - contact->last;
    }
    return err;
}

static enum wsync_err add_logs(struct wsync_site *site, struct server_ward *ward)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(site->txn, after, &log);
        if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &ward->device.id)) {
            err = add_log(site, ward, &log);
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err fill(struct wsync_site *site, struct server_ward *ward)
{
    enum wsync_err err = wsync_contact_get(site->txn, &ward->device.id, &ward->contact);
    ward->heard = err == WSYNC_OK;
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = add_logs(site, ward);
    }
    const struct wsync_contact *contact = &ward->contact;
    if (contact->has_clock) {
        ward->clock_ahead_s = contact->clock_ahead_s;
    }
    ward->keys_since = ward->device.keys[ward->device.key_count - 1].stamp;
    ward->rotate_by = ward->keys_since + site->conf.policy.rotate_days * SECONDS_A_DAY;
    if (contact->has_head) {
        bool here = ward->has_log && wsync_log_id_equal(&ward->log.id, &contact->head.log);
        uint64_t held = here ? ward->log.seq : 0;
        ward->missing_here = contact->head.seq > held ? contact->head.seq - held : 0;
    }
    uint64_t readable = 0;
    if (err == WSYNC_OK) {
        err = wsync_contact_readable(site->txn, &ward->device, &readable);
    }
    ward->missing_there = readable > contact->known ? readable - contact->known : 0;
    return err;
}

static enum wsync_err add_ward(struct wsync_site *site, const struct wsync_device *device,
                               struct server_wards *wards)
{
    if (wards->count == wards->size) {
        size_t size = wards->size ? 2 * wards->size : ROWS_FIRST;
        struct server_ward *items = realloc(wards->items, size * sizeof *items);
        if (!items) {
            return WSYNC_ERR_MEMORY;
        }
        wards->items = items;
        wards->size = size;
    }
    struct server_ward *ward = &wards->items[wards->count++];
    *ward = (struct server_ward){.device = *device};
    return fill(site, ward);
}

/* ---- the order ---- */

bool server_ward_is_failing(const struct server_ward *ward)
{
    return ward->device.revoked == 0 &&
           (!ward->heard || ward->contact.failed > 0 || ward->contact.last_good == 0);
}

bool server_ward_is_overdue(const struct server_ward *ward)
{
    return ward->device.revoked == 0 && ward->rotate_by < wsync_clock_wall_s();
}

bool server_ward_is_asked(const struct server_ward *ward)
{
    const struct wsync_device *device = &ward->device;
    return device->asked > device->keys[device->key_count - 1].version;
}

bool server_ward_is_clock_off(const struct server_ward *ward)
{
    return llabs((long long)ward->clock_ahead_s) > CLOCK_SHOWN_S;
}

/* 0: somebody should look after it; 3: no longer a member. */
static int group_of(const struct server_ward *ward)
{
    if (ward->device.revoked != 0) {
        return 3;
    }
    if (server_ward_is_failing(ward)) {
        return 0;
    }
    bool open = ward->missing_here + ward->waiting + ward->quarantined > 0;
    return open || server_ward_is_overdue(ward) || server_ward_is_clock_off(ward) ||
                   ward->device.suspended
               ? 1
               : 2;
}

static int worse_first(const void *left, const void *right)
{
    const struct server_ward *a = left;
    const struct server_ward *b = right;
    int groups = group_of(a) - group_of(b);
    if (groups != 0) {
        return groups;
    }
    if (a->contact.last_good != b->contact.last_good) {
        return a->contact.last_good < b->contact.last_good ? -1 : 1;
    }
    if (a->contact.failed != b->contact.failed) {
        return a->contact.failed > b->contact.failed ? -1 : 1;
    }
    return memcmp(a->device.id.b, b->device.id.b, sizeof a->device.id.b);
}

enum wsync_err server_wards_gather(struct wsync_site *site, struct server_wards *wards)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one device */
        err = wsync_device_after(site->txn, after, &device);
        if (err == WSYNC_OK && device.role != WSYNC_ROLE_NODE) {
            err = add_ward(site, &device, wards);
        }
        at = device.id;
        after = &at;
    }
    if (err == WSYNC_ERR_NOT_FOUND && wards->count > 0) {
        qsort(wards->items, wards->count, sizeof *wards->items, worse_first);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void server_wards_free(struct server_wards *wards)
{
    free(wards->items);
}

struct server_told server_ward_tell(const struct server_ward *ward,
                                    enum wsync_language language)
{
    const struct wsync_contact *contact = &ward->contact;
    const struct server_end end = {contact->last_kind, contact->last_code,
                                   contact->last_is_peers};
    bool is_out = ward->device.revoked != 0 || ward->device.suspended != 0;
    const struct server_end out = {
        WSYNC_SESSION_KIND_DOOR,
        ward->device.revoked != 0 ? WSYNC_ERR_REVOKED : WSYNC_ERR_SUSPENDED, false};
    struct server_told told;
    if (!ward->heard && !is_out) {
        snprintf(told.text, sizeof told.text, "%s",
                 language == WSYNC_VI ? "Chưa liên lạc lần nào." : "It was never heard of.");
        told.step = language == WSYNC_VI
                        ? "Hỏi phường đã chạy \"ward join\" với lời mời chưa."
                        : "Ask the ward whether \"ward join\" was run with its invite.";
        return told;
    }
    server_end_text(is_out ? &out : &end, language, told.text);
    told.step = server_end_step(is_out ? &out : &end, language);
    return told;
}
