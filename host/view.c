/* SPDX-License-Identifier: Apache-2.0 */
#include "host/view.h"

#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/photo_text.h"
#include "host/units_here.h"
#include "host/value_text.h"
#include "wardsync/calendar.h"

enum { LOCAL_OFFSET_S = 7 * 3600, SECONDS_A_DAY = 86400 };

int wsync_view_open(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, cli->kind, site, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_READ, &error);
        if (err != WSYNC_OK) {
            wsync_site_close(site);
        }
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

void wsync_view_value(const struct wsync_cli *cli, struct wsync_site *site,
                      const struct wsync_field *field, const struct wsync_value *value,
                      struct wsync_view_text *text)
{
    char label[WSYNC_UNIT_LABEL_BYTES];
    if (field->type == WSYNC_TYPE_UNIT && value->class == WSYNC_CLASS_INTEGER) {
        wsync_units_here_label(site, (uint32_t)value->integer, label);
        snprintf(text->b, sizeof text->b, "%s", label);
        return;
    }
    struct wsync_photo_state state;
    bool photo = field->type == WSYNC_TYPE_PHOTO && !cli->json;
    if (photo && wsync_photo_look(site->blobs, value, &state) == WSYNC_OK) {
        snprintf(text->b, sizeof text->b, "%s",
                 wsync_photo_words(&state, field, cli->language, label));
        return;
    }
    enum wsync_style style = cli->json                   ? WSYNC_STYLE_DATA
                             : cli->language == WSYNC_VI ? WSYNC_STYLE_VI
                                                         : WSYNC_STYLE_EN;
    if (wsync_value_print(field, value, style, text->b, sizeof text->b) != WSYNC_OK) {
        snprintf(text->b, sizeof text->b, "?");
    }
}

enum wsync_err wsync_view_form(struct wsync_site *site, const char *word,
                               const struct wsync_form **form, struct wsync_error *error)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);
    enum wsync_err err =
        *word != '\0' && *end == '\0' && number >= WSYNC_FORM_FIRST && number <= UINT32_MAX
            ? wsync_catalog_newest(site->catalog, site->txn, (uint32_t)number, form)
            : wsync_catalog_named(site->catalog, site->txn, wsync_slice_of(word), form);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(
            error, err, "There is no form \"%s\" here; \"forms\" lists those there are.", word);
    }
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

void wsync_view_time(int64_t stamp, char text[WSYNC_VIEW_TIME_BYTES])
{
    int64_t local = stamp + LOCAL_OFFSET_S;
    int64_t day = local / SECONDS_A_DAY - (local % SECONDS_A_DAY < 0);
    int64_t second = local - day * SECONDS_A_DAY;
    if (day < WSYNC_DAY_MIN || day > WSYNC_DAY_MAX) {
        snprintf(text, WSYNC_VIEW_TIME_BYTES, "@%lld", (long long)stamp);
        return;
    }
    struct wsync_civil civil = wsync_calendar_civil((int32_t)day);
    snprintf(text, WSYNC_VIEW_TIME_BYTES, "%02d/%02d/%04d %02d:%02d", civil.day, civil.month,
             civil.year, (int)(second / 3600), (int)(second / 60 % 60));
}

struct wsync_slice wsync_view_label(const struct wsync_cli *cli, struct wsync_slice vi,
                                    struct wsync_slice en)
{
    return cli->language == WSYNC_VI ? vi : en;
}

static void print_form(const struct wsync_cli *cli, const struct wsync_form *form)
{
    struct wsync_slice title = wsync_view_label(cli, form->title_vi, form->title_en);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "form", form->number);
        wsync_json_number(json, "version", form->version);
        wsync_json_text(json, "name", form->name);
        wsync_json_text(json, "title", title);
        wsync_json_number(json, "fields", (int64_t)form->field_count);
        wsync_json_print(json, stdout);
        return;
    }
    printf("%-16.*s %3u  version %u  %.*s\n", (int)form->name.len,
           (const char *)form->name.data, form->number, form->version, (int)title.len,
           (const char *)title.data);
}

/* What `ward add` takes of a file. */
static void print_photo(const struct wsync_cli *cli, const struct wsync_field *field)
{
    char kinds[WSYNC_PHOTO_KINDS_BYTES], size[WSYNC_PHOTO_SIZE_BYTES];
    bool vi = cli->language == WSYNC_VI;
    printf(vi ? ": %s, tối đa %s" : ": %s, at most %s",
           wsync_photo_kinds_text(wsync_field_photo_kinds(field), kinds),
           wsync_photo_size(wsync_field_photo_bytes(field), size));
    if (field->photo_pixels_max > 0) {
        printf(vi ? ", cạnh dài nên là %u điểm" : ", the longer side best %u pixels",
               field->photo_pixels_max);
    }
}

/* One line a field: what `ward add FORM` takes. */
static void print_fields(const struct wsync_cli *cli, const struct wsync_form *form)
{
    static const char *const TYPES[] = {
        [WSYNC_TYPE_INTEGER] = "integer",  [WSYNC_TYPE_DECIMAL] = "decimal",
        [WSYNC_TYPE_TEXT] = "text",        [WSYNC_TYPE_DATE] = "date",
        [WSYNC_TYPE_TIME] = "time",        [WSYNC_TYPE_DATETIME] = "date and time",
        [WSYNC_TYPE_CHOICE] = "one of",    [WSYNC_TYPE_CHOICES] = "some of",
        [WSYNC_TYPE_GEOPOINT] = "lat,lon", [WSYNC_TYPE_BOOLEAN] = "yes/no",
        [WSYNC_TYPE_UNIT] = "unit",        [WSYNC_TYPE_BYTES] = "bytes",
        [WSYNC_TYPE_PHOTO] = "file"};
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        struct wsync_slice label = wsync_view_label(cli, field->label_vi, field->label_en);
        printf("  %-20.*s %-14s%s%s %.*s", (int)field->name.len, (const char *)field->name.data,
               TYPES[field->type], field->required ? " required" : "",
               field->personal ? " personal" : "", (int)label.len, (const char *)label.data);
        for (size_t k = 0; k < field->choice_count; k++) {
            printf("%s%.*s", k == 0 ? ": " : ", ", (int)field->choices[k].name.len,
                   (const char *)field->choices[k].name.data);
        }
        if (field->type == WSYNC_TYPE_PHOTO) {
            print_photo(cli, field);
        }
        printf("\n");
    }
}

int wsync_view_forms(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    const struct wsync_form *form;
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    enum wsync_err err = WSYNC_OK;
    if (cli->argc > 0) {
        err = wsync_view_form(&site, cli->argv[0], &form, &error);
        if (err == WSYNC_OK) {
            print_form(cli, form);
            print_fields(cli, form);
        }
    } else {
        uint32_t after = 0;
        while (wsync_catalog_after(site.catalog, site.txn, after, &form) == WSYNC_OK) {
            print_form(cli, form);
            after = form->number;
        }
    }
    wsync_site_close(&site);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

int wsync_view_units(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_unit unit = {.id = 0};
    int code = wsync_view_open(cli, &site);
    if (code != 0) {
        return code;
    }
    int32_t today = wsync_units_here_today();
    while (wsync_unit_after(site.txn, unit.id, today, &site.arena, &unit) == WSYNC_OK) {
        if (cli->json) {
            struct wsync_json *json = wsync_json_new();
            wsync_json_number(json, "unit", unit.id);
            wsync_json_number(json, "level", unit.level);
            wsync_json_text(json, "code", unit.code);
            wsync_json_text(json, "name", unit.name);
            wsync_json_number(json, "parent", unit.parent);
            wsync_json_print(json, stdout);
        } else {
            printf("%6u  %*s%-8.*s %.*s\n", unit.id, (int)(2 * unit.level), "",
                   (int)unit.code.len, (const char *)unit.code.data, (int)unit.name.len,
                   (const char *)unit.name.data);
        }
        wsync_arena_release(&site.arena, 0);
    }
    wsync_site_close(&site);
    return 0;
}
