/* SPDX-License-Identifier: Apache-2.0 */
#include "host/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/clock.h"
#include "host/text.h"
#include "wardsync/totals.h"

enum { STAFF_NUMBER_MAX = 65535 };

static enum wsync_err tell(struct wsync_site *site, struct wsync_dot id,
                           void (*visit)(void *, uint32_t, struct wsync_slice), void *context)
{
    struct wsync_record record;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_record_get(site->txn, id, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        const struct wsync_live *number = wsync_record_shown(&record, WSYNC_STAFF_NUMBER, NULL);
        const struct wsync_live *name = wsync_record_shown(&record, WSYNC_STAFF_NAME, NULL);
        if (number) {
            visit(context, (uint32_t)number->value.integer,
                  name ? name->value.text : wsync_slice_of(""));
        }
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* Are these the district's own people? */
static bool is_office(const struct wsync_site *site, uint32_t scope)
{
    return site->conf.kind == WSYNC_SITE_DISTRICT && site->conf.scope == scope;
}

static enum wsync_err walk_accounts(struct wsync_site *site,
                                    void (*visit)(void *, uint32_t, struct wsync_slice),
                                    void *context)
{
    struct wsync_account account = {.number = 0};
    enum wsync_err err;
    while ((err = wsync_account_after(site->txn, account.number, &account)) == WSYNC_OK) {
        visit(context, account.number, wsync_slice_of(account.name));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err walk_records(struct wsync_site *site, uint32_t scope,
                                   void (*visit)(void *, uint32_t, struct wsync_slice),
                                   void *context)
{
    struct wsync_counted at = {
        .form = WSYNC_FORM_STAFF, .day = WSYNC_NO_DAY, .scope = scope};
    for (;;) { /* ends: each turn passes one record */
        enum wsync_err err = wsync_counted_seek(site->txn, WSYNC_SEEK_GT, &at);
        bool over = err == WSYNC_OK && (at.form != WSYNC_FORM_STAFF || at.scope != scope);
        if (err != WSYNC_OK || over) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        err = tell(site, at.record, visit, context);
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

/* What a walk looks for and found. */
struct search {
    struct wsync_arena *arena;
    uint32_t number;        /* looked for, or found */
    struct wsync_slice key; /* looked for */
    size_t found;
    uint32_t highest;
    char name[WSYNC_STAFF_NAME_BYTES];
};

static void match_number(void *context, uint32_t number, struct wsync_slice name)
{
    struct search *search = context;
    if (number == search->number && search->found++ == 0) {
        snprintf(search->name, sizeof search->name, "%.*s", (int)name.len,
                 (const char *)name.data);
    }
}

static void match_name(void *context, uint32_t number, struct wsync_slice name)
{
    struct search *search = context;
    struct wsync_slice key;
    size_t mark = wsync_arena_mark(search->arena);
    if (wsync_text_search_key(name, search->arena, &key) == WSYNC_OK &&
        wsync_slice_equal(key, search->key)) {
        search->number = number;
        search->found++;
    }
    wsync_arena_release(search->arena, mark);
}

static void note_highest(void *context, uint32_t number, struct wsync_slice name)
{
    struct search *search = context;
    (void)name;
    search->highest = number > search->highest ? number : search->highest;
}

/* Those who were taken off the list, by another device as well: their accounts are here, and
 * their numbers are not free. */
static enum wsync_err walk_unlisted(struct wsync_site *site, uint32_t scope,
                                    void (*visit)(void *, uint32_t, struct wsync_slice),
                                    void *context)
{
    struct wsync_account account = {.number = 0};
    enum wsync_err err;
    while ((err = wsync_account_after(site->txn, account.number, &account)) == WSYNC_OK) {
        struct search search = {.number = account.number};
        err = walk_records(site, scope, match_number, &search);
        if (err != WSYNC_OK) {
            return err;
        }
        if (search.found == 0) {
            visit(context, account.number, wsync_slice_of(account.name));
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_staff_walk(struct wsync_site *site, uint32_t scope,
                                void (*visit)(void *, uint32_t, struct wsync_slice),
                                void *context)
{
    if (is_office(site, scope)) {
        return walk_accounts(site, visit, context);
    }
    enum wsync_err err = walk_records(site, scope, visit, context);
    bool own = site->conf.kind == WSYNC_SITE_WARD && site->conf.scope == scope;
    return err == WSYNC_OK && own ? walk_unlisted(site, scope, visit, context) : err;
}

void wsync_staff_name(struct wsync_site *site, uint32_t scope, uint32_t number,
                      char name[WSYNC_STAFF_NAME_BYTES])
{
    struct search search = {.number = number};
    name[0] = '\0';
    if (number == 0) {
        return;
    }
    enum wsync_err err = wsync_staff_walk(site, scope, match_number, &search);
    if (err != WSYNC_OK || search.found == 0) {
        snprintf(name, WSYNC_STAFF_NAME_BYTES, "#%u", number);
    } else {
        memcpy(name, search.name, sizeof search.name);
    }
}

enum wsync_err wsync_staff_number(struct wsync_site *site, uint32_t scope, const char *text,
                                  uint32_t *number, struct wsync_error *error)
{
    char *end;
    struct search search = {.arena = &site->arena};
    unsigned long given = strtoul(text, &end, 10);
    bool is_number = *text != '\0' && *end == '\0' && given > 0 && given <= STAFF_NUMBER_MAX;
    search.number = is_number ? (uint32_t)given : 0;
    enum wsync_err err = wsync_text_search_key(wsync_slice_of(text), &site->arena, &search.key);
    if (err == WSYNC_OK) {
        err = wsync_staff_walk(site, scope, is_number ? match_number : match_name, &search);
    }
    bool unclear = search.found > 1 && !is_number; /* two devices may give one number */
    if (err == WSYNC_OK && (search.found == 0 || unclear)) {
        return wsync_error_set(
            error, search.found == 0 ? WSYNC_ERR_NOT_FOUND : WSYNC_ERR_INVALID,
            search.found == 0 ? "Nobody \"%s\" is on the staff list; the command "
                                        "\"staff\" shows it."
                              : "Several people on the staff list fit \"%s\"; give the "
                                "number.",
            text);
    }
    *number = search.number;
    return err;
}

static enum wsync_err add_account(struct wsync_site *site, uint32_t number,
                                  struct wsync_slice name, struct wsync_error *error)
{
    struct wsync_account account = {.number = number};
    memcpy(account.name, name.data, name.len);
    return wsync_account_change(site->txn, &account, wsync_clock_wall_s(), error);
}

static enum wsync_err add_record(struct wsync_site *site, uint32_t scope, uint32_t number,
                                 struct wsync_slice name, struct wsync_error *error)
{
    struct wsync_dot written;
    const struct wsync_write writes[] = {
        {WSYNC_STAFF_NUMBER, false, {.class = WSYNC_CLASS_INTEGER, .integer = number}},
        {WSYNC_STAFF_NAME, true, {.class = WSYNC_CLASS_TEXT, .text = name}},
    };
    const struct wsync_intent intent = {.form = WSYNC_FORM_STAFF,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 2};
    const struct wsync_site_change change = {scope, 0, &intent, 1};
    return wsync_site_write(site, &change, &written, error);
}

enum wsync_err wsync_staff_add(struct wsync_site *site, uint32_t scope, const char *name,
                               uint32_t *number, struct wsync_error *error)
{
    struct search search = {.highest = 0};
    struct wsync_slice normal;
    enum wsync_err err = wsync_staff_walk(site, scope, note_highest, &search);
    if (err == WSYNC_OK) {
        err = wsync_text_normalise(wsync_slice_of(name), &site->arena, &normal, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (normal.len == 0 || normal.len >= WSYNC_STAFF_NAME_BYTES ||
        search.highest >= STAFF_NUMBER_MAX) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "A name takes 1 to %d bytes.",
                               WSYNC_STAFF_NAME_BYTES - 1);
    }
    *number = search.highest + 1;
    return is_office(site, scope) ? add_account(site, *number, normal, error)
                                  : add_record(site, scope, *number, normal, error);
}
