/* SPDX-License-Identifier: Apache-2.0 */
#include "client/enter.h"

#include <stdlib.h>
#include <string.h>

#include "host/photo_text.h"
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

static enum wsync_err read_word(const struct wsync_value_reader *reader,
                                const struct wsync_form *form, const char *word,
                                struct enter_writes *writes, struct wsync_error *error)
{
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
        wsync_value_parse(reader, field, wsync_slice_of(equals + 1), &write.value, error);
    return err == WSYNC_OK ? put_write(writes, &write, field, error) : err;
}

enum wsync_err enter_read(struct wsync_site *site, const struct wsync_form *form,
                          struct enter_words words, struct enter_writes *writes,
                          struct wsync_error *error)
{
    const struct wsync_value_reader reader = {.arena = &site->arena,
                                              .find_unit = wsync_units_here_find,
                                              .context = site,
                                              .photos = words.photos};
    writes->count = 0;
    for (size_t i = 0; i < words.count; i++) {
        enum wsync_err err = read_word(&reader, form, words.items[i], writes, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* What became of a file, and what the form wishes for. */
static void tell_photo(void *context, const struct wsync_photo_taken *taken)
{
    const struct wsync_cli *cli = context;
    const struct wsync_field *field = taken->field;
    const struct wsync_photo *photo = &taken->photo;
    char size[WSYNC_PHOTO_SIZE_BYTES], dropped[WSYNC_PHOTO_SIZE_BYTES];
    bool vi = cli->language == WSYNC_VI;
    uint32_t longer = photo->width > photo->height ? photo->width : photo->height;
    wsync_cli_say(cli, "%.*s: %s, %s.", (int)field->name.len,
                  (const char *)field->name.data, wsync_photo_kind_name(photo->kind),
                  wsync_photo_size(photo->len, size));
    if (taken->dropped > 0) {
        wsync_cli_say(cli,
                      vi ? "  Đã bỏ %s không thuộc về ảnh (vị trí, máy chụp, ảnh thu nhỏ)."
                         : "  Left out: %s that are no part of the picture (place, camera, "
                           "thumbnail).",
                      wsync_photo_size(taken->dropped, dropped));
    }
    if (field->photo_pixels_max > 0 && longer > field->photo_pixels_max) {
        wsync_cli_say(cli,
                      vi ? "  Ảnh %u x %u điểm; mẫu chỉ cần cạnh dài %u điểm: ảnh nhỏ hơn "
                           "được gửi nhanh hơn."
                         : "  The photo has %u x %u pixels; the form wishes for %u on the "
                           "longer side: a smaller one is sent sooner.",
                      photo->width, photo->height, field->photo_pixels_max);
    }
}

struct wsync_photo_desk enter_photos(struct wsync_cli *cli, const struct wsync_site *site)
{
    return (struct wsync_photo_desk){.blobs = site->blobs,
                                     .whole = wsync_cli_flag(cli, "keep-metadata"),
                                     .dry_run = cli->dry_run,
                                     .told = tell_photo,
                                     .context = cli};
}

enum wsync_err enter_actor(struct wsync_cli *cli, struct wsync_site *site, uint32_t *actor,
                           struct wsync_error *error)
{
    const char *by = wsync_cli_value(cli, "by");
    by = by ? by : getenv("WARDSYNC_STAFF");
    *actor = 0;
    return by && *by ? wsync_staff_number(site, site->conf.scope, by, actor, error) : WSYNC_OK;
}
