/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/photo_text.h"
#include "host/text.h"
#include "host/units_here.h"
#include "host/value_text.h"
#include "host/view.h"
#include "wardsync/calendar.h"

const struct wsync_cli_option WSYNC_VIEW_LIST_OPTIONS[] = {
    {"unit", "UNIT", "only records of this ward"},
    {"from", "DATE", "first day, as 2022-01-31"},
    {"to", "DATE", "last day"},
    {"deleted", NULL, "also deleted records and duplicates"},
    {"personal", NULL, "show personal fields"},
    {NULL, NULL, NULL},
};

enum { LINE_FIELDS = 4, LINE_VALUE_BYTES = 25 };

struct listing {
    struct wsync_cli *cli;
    struct wsync_site *site;
    bool personal;
    struct wsync_slice needle; /* search key; empty: all */
    size_t shown;
};

static const char *life_word(const struct wsync_records_item *item)
{
    if (item->contested || wsync_record_in_conflict(item->record)) {
        return "conflict";
    }
    switch (item->life) {
    case WSYNC_LIFE_DELETED:
        return "deleted";
    case WSYNC_LIFE_DUPLICATE:
        return "duplicate";
    case WSYNC_LIFE_ALIVE:
        break;
    }
    return "ok";
}

static void day_text(int32_t day, char text[WSYNC_ISO_DATE_BYTES])
{
    if (day == WSYNC_NO_DAY) {
        memcpy(text, "-", 2);
    } else {
        wsync_calendar_print(day, text);
    }
}

/* Whether a photo is here stands beside its name. */
static void photo_json(struct wsync_site *site, struct wsync_json *json, const char *key,
                       const struct wsync_value *value)
{
    struct wsync_photo_state state;
    char beside[WSYNC_NAME_BYTES_MAX + 16];
    if (wsync_photo_look(site->blobs, value, &state) == WSYNC_OK) {
        snprintf(beside, sizeof beside, "_%s_bytes", key);
        wsync_json_number(json, beside, (int64_t)state.name.length);
        snprintf(beside, sizeof beside, "_%s_state", key);
        wsync_json_string(json, beside, wsync_photo_state_name(&state));
    }
}

void wsync_view_record_json(struct wsync_site *site, const struct wsync_records_item *item,
                            const char *id, bool personal)
{
    char text[WSYNC_VALUE_TEXT_BYTES];
    char day[WSYNC_ISO_DATE_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "_id", id); /* no field's name begins so */
    wsync_json_text(json, "_form", item->form->name);
    wsync_json_number(json, "_scope", item->record->scope);
    day_text(item->day, day);
    wsync_json_string(json, "_day", day);
    wsync_json_string(json, "_state", life_word(item));
    for (size_t i = 0; i < item->form->field_count; i++) {
        const struct wsync_field *field = &item->form->fields[i];
        const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
        char key[WSYNC_NAME_BYTES_MAX + 1];
        if (!live || (field->personal && !personal)) {
            continue;
        }
        snprintf(key, sizeof key, "%.*s", (int)field->name.len, (const char *)field->name.data);
        if (wsync_value_print(field, &live->value, WSYNC_STYLE_DATA, text, sizeof text) ==
            WSYNC_OK) {
            wsync_json_string(json, key, text);
        }
        if (field->type == WSYNC_TYPE_PHOTO) {
            photo_json(site, json, key, &live->value);
        }
    }
    wsync_json_print(json, stdout);
}

/* Cuts a UTF-8 text to fit a column. */
static void shorten(char *text)
{
    size_t len = strlen(text);
    if (len >= LINE_VALUE_BYTES) {
        len = LINE_VALUE_BYTES - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
            len--;
        }
        text[len] = '\0';
    }
    for (char *c = text; *c; c++) {
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    }
}

static void list_line(const struct listing *listing, const struct wsync_records_item *item,
                      const char *id)
{
    struct wsync_view_text text;
    char day[WSYNC_ISO_DATE_BYTES];
    size_t printed = 0;
    day_text(item->day, day);
    printf("%-14s %-10s %-12.*s %-9s", id, day, (int)item->form->name.len,
           (const char *)item->form->name.data, life_word(item));
    for (size_t i = 0; i < item->form->field_count && printed < LINE_FIELDS; i++) {
        const struct wsync_field *field = &item->form->fields[i];
        const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
        if (!live || field->number == item->form->date_field ||
            (field->personal && !listing->personal) || live->value.class == WSYNC_CLASS_BLANK) {
            continue;
        }
        wsync_view_value(listing->cli, listing->site, field, &live->value, &text);
        shorten(text.b);
        printf(" %.*s=%s", (int)field->name.len, (const char *)field->name.data, text.b);
        printed++;
    }
    printf("\n");
}

static bool holds(struct wsync_slice text, struct wsync_slice part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        const uint8_t *first =
            memchr(text.data + at, part.data[0], text.len - part.len + 1 - at);
        if (!first) {
            return false;
        }
        at = (size_t)(first - text.data);
        if (memcmp(first, part.data, part.len) == 0) {
            return true;
        }
    }
    return false;
}

bool wsync_view_holds(const struct wsync_cli *cli, struct wsync_site *site,
                      const struct wsync_records_item *item, struct wsync_slice needle,
                      bool personal)
{
    static struct wsync_view_text text; /* too large to be cleared for each value */
    bool found = needle.len == 0;
    for (size_t i = 0; i < item->record->live_count && !found; i++) {
        const struct wsync_live *live = &item->record->live[i];
        const struct wsync_field *field = wsync_form_field(item->form, live->field);
        struct wsync_slice key, words = live->value.text;
        if (!field || live->value.class == WSYNC_CLASS_BLANK ||
            field->type == WSYNC_TYPE_PHOTO || (field->personal && !personal)) {
            continue;
        }
        size_t mark = wsync_arena_mark(&site->arena);
        if (live->value.class != WSYNC_CLASS_TEXT) {
            wsync_view_value(cli, site, field, &live->value, &text);
            words = wsync_slice_of(text.b);
        }
        found =
            wsync_text_search_key(words, &site->arena, &key) == WSYNC_OK && holds(key, needle);
        wsync_arena_release(&site->arena, mark);
    }
    return found;
}

static enum wsync_err list_record(void *context, const struct wsync_records_item *item)
{
    struct listing *listing = context;
    char id[WSYNC_RECORD_ID_BYTES];
    if (listing->needle.len > 0 &&
        !wsync_view_holds(listing->cli, listing->site, item, listing->needle, true)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_record_name(listing->site->txn, item->record->id, id);
    if (err == WSYNC_OK && listing->cli->json) {
        wsync_view_record_json(listing->site, item, id, listing->personal);
    } else if (err == WSYNC_OK) {
        list_line(listing, item, id);
    }
    listing->shown++;
    return err;
}

static enum wsync_err read_bounds(const struct wsync_cli *cli, struct wsync_site *site,
                                  struct wsync_records_query *query, struct wsync_error *error)
{
    const char *from = wsync_cli_value(cli, "from");
    const char *to = wsync_cli_value(cli, "to");
    const char *unit = wsync_cli_value(cli, "unit");
    if ((from && !wsync_calendar_parse(wsync_slice_of(from), &query->first_day)) ||
        (to && !wsync_calendar_parse(wsync_slice_of(to), &query->last_day))) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "A day is written as 2022-01-31.");
    }
    if (unit && wsync_units_here_find(site, wsync_slice_of(unit), &query->scope) != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "There is no one unit \"%s\".",
                               unit);
    }
    return WSYNC_OK;
}

/* Lists what `form_word` (NULL: all forms) and `needle` pick. */
static int list(struct wsync_cli *cli, const char *form_word, const char *needle)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const struct wsync_form *form;
    struct listing listing = {.cli = cli, .site = &site};
    struct wsync_records_query query = {.first_day = WSYNC_NO_DAY,
                                        .last_day = INT32_MAX,
                                        .deleted = wsync_cli_flag(cli, "deleted")};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    listing.personal = wsync_cli_flag(cli, "personal");
    enum wsync_err err = read_bounds(cli, &site, &query, &error);
    if (err == WSYNC_OK && form_word) {
        err = wsync_view_form(&site, form_word, &form, &error);
        query.form = err == WSYNC_OK ? form->number : 0;
    }
    if (err == WSYNC_OK && needle) {
        err = wsync_text_search_key(wsync_slice_of(needle), &site.arena, &listing.needle);
    }
    if (err == WSYNC_OK) {
        err = wsync_records_walk(&site, &query, list_record, &listing);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "%zu records.", listing.shown);
    return 0;
}

int wsync_view_list(struct wsync_cli *cli)
{
    if (cli->argc > 1) {
        return wsync_cli_usage(cli, "Expected at most one form.");
    }
    return list(cli, cli->argc == 1 ? cli->argv[0] : NULL, NULL);
}

int wsync_view_find(struct wsync_cli *cli)
{
    if (cli->argc != 1) {
        return wsync_cli_usage(cli,
                               "Expected one text to look for; quote it when it has blanks.");
    }
    return list(cli, NULL, cli->argv[0]);
}
