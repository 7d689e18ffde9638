/* SPDX-License-Identifier: Apache-2.0 */
#include "client/enter.h"

#include <stdlib.h>
#include <string.h>

#include "host/staff.h"
#include "host/units_here.h"
#include "host/value_text.h"

static enum wsync_err put_write(struct enter_writes *writes, const struct wsync_write *write,
                                const struct wsync_field *field, struct wsync_error *error)
{
    size_t at = writes->count;
    while (at > 0 && writes->items[at - 1].field > write->field) {
        at--;
    }
    if (writes->count == WSYNC_FIELDS_MAX ||
        (at > 0 && writes->items[at - 1].field == write->field)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The field %.*s is given twice.",
                               (int)field->name.len, (const char *)field->name.data);
    }
    memmove(&writes->items[at + 1], &writes->items[at],
            (writes->count - at) * sizeof *writes->items);
    writes->items[at] = *write;
    writes->count++;
    return WSYNC_OK;
}

static enum wsync_err read_word(struct wsync_site *site, const struct wsync_form *form,
                                const char *word, struct enter_writes *writes,
                                struct wsync_error *error)
{
    const struct wsync_value_reader reader = {
        .arena = &site->arena, .find_unit = wsync_units_here_find, .context = site};
    const char *equals = strchr(word, '=');
    if (!equals) {
        return wsync_error_set(
            error, WSYNC_ERR_INVALID,
            "\"%s\" is not FIELD=VALUE; \"ward forms %.*s\" lists the fields.", word,
            (int)form->name.len, (const char *)form->name.data);
    }
    struct wsync_slice name = wsync_slice(word, (size_t)(equals - word));
    const struct wsync_field *field = wsync_form_field_named(form, name);
    if (!field) {
        return wsync_error_set(error, WSYNC_ERR_FIELD,
                               "The form %.*s has no field \"%.*s\"; \"ward forms %.*s\" lists "
                               "its fields.",
                               (int)form->name.len, (const char *)form->name.data,
                               (int)name.len, (const char *)name.data, (int)form->name.len,
                               (const char *)form->name.data);
    }
    struct wsync_write write = {.field = field->number, .personal = field->personal};
    enum wsync_err err =
        wsync_value_parse(&reader, field, wsync_slice_of(equals + 1), &write.value, error);
    return err == WSYNC_OK ? put_write(writes, &write, field, error) : err;
}

enum wsync_err enter_read(struct wsync_site *site, const struct wsync_form *form,
                          struct enter_words words, struct enter_writes *writes,
                          struct wsync_error *error)
{
    writes->count = 0;
    for (size_t i = 0; i < words.count; i++) {
        enum wsync_err err = read_word(site, form, words.items[i], writes, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err enter_actor(struct wsync_cli *cli, struct wsync_site *site, uint32_t *actor,
                           struct wsync_error *error)
{
    const char *by = wsync_cli_value(cli, "by");
    by = by ? by : getenv("WARDSYNC_STAFF");
    *actor = 0;
    return by && *by ? wsync_staff_number(site, site->conf.scope, by, actor, error) : WSYNC_OK;
}
