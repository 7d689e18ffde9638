/* SPDX-License-Identifier: Apache-2.0 */
/* A form definition as canonical bytes and back (SPEC section 8). */
#include "core/pb.h"
#include "form.pb-c.h"
#include "wardsync/form.h"

enum {
    FLAG_REQUIRED = 1,
    FLAG_PERSONAL = 2,
    FLAG_HAS_MIN = 4,
    FLAG_HAS_MAX = 8,
    FLAGS_ALL = 15,
};

static uint32_t flags_of(const struct wsync_field *field)
{
    return (field->required ? FLAG_REQUIRED : 0u) | (field->personal ? FLAG_PERSONAL : 0u) |
           (field->has_min ? FLAG_HAS_MIN : 0u) | (field->has_max ? FLAG_HAS_MAX : 0u);
}

static bool put_choices(const struct wsync_field *field, struct wsync_arena *arena,
                        Wardsync__FieldDefinition *out)
{
    Wardsync__ChoiceDefinition *choices =
        wsync_arena_array(arena, field->choice_count, sizeof *choices);
    out->choices = wsync_arena_array(arena, field->choice_count, sizeof *out->choices);
    if (!choices || !out->choices) {
        return false;
    }
    out->n_choices = field->choice_count;
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        wardsync__choice_definition__init(&choices[i]);
        choices[i].number = choice->number;
        choices[i].name = wsync_pb_data(choice->name);
        choices[i].label_vi = wsync_pb_data(choice->label_vi);
        choices[i].label_en = wsync_pb_data(choice->label_en);
        out->choices[i] = &choices[i];
    }
    return true;
}

static bool put_field(const struct wsync_field *field, struct wsync_arena *arena,
                      Wardsync__FieldDefinition *out)
{
    wardsync__field_definition__init(out);
    out->number = field->number;
    out->type = (uint32_t)field->type;
    out->digits = field->digits;
    out->name = wsync_pb_data(field->name);
    out->label_vi = wsync_pb_data(field->label_vi);
    out->label_en = wsync_pb_data(field->label_en);
    out->hint_vi = wsync_pb_data(field->hint_vi);
    out->hint_en = wsync_pb_data(field->hint_en);
    out->flags = flags_of(field);
    out->min = field->min;
    out->max = field->max;
    out->aggregate = (uint32_t)field->aggregate;
    out->photo_bytes_max = field->photo_bytes_max;
    out->photo_pixels_max = field->photo_pixels_max;
    out->photo_kinds = field->photo_kinds;
    return put_choices(field, arena, out);
}

static bool put_form(const struct wsync_form *form, struct wsync_arena *arena,
                     Wardsync__FormDefinition *out)
{
    wardsync__form_definition__init(out);
    out->number = form->number;
    out->version = form->version;
    out->name = wsync_pb_data(form->name);
    out->title_vi = wsync_pb_data(form->title_vi);
    out->title_en = wsync_pb_data(form->title_en);
    out->date_field = form->date_field;
    out->subject_field = form->subject_field;
    out->n_fields = form->field_count;
    Wardsync__FieldDefinition *fields =
        wsync_arena_array(arena, form->field_count, sizeof *fields);
    out->fields = wsync_arena_array(arena, form->field_count, sizeof *out->fields);
    if (!fields || !out->fields) {
        return false;
    }
    for (size_t i = 0; i < form->field_count; i++) {
        out->fields[i] = &fields[i];
        if (!put_field(&form->fields[i], arena, &fields[i])) {
            return false;
        }
    }
    return true;
}

enum wsync_err wsync_form_encode(const struct wsync_form *form, struct wsync_arena *arena,
                                 struct wsync_slice *bytes, struct wsync_error *error)
{
    enum wsync_err err = wsync_form_check(form, error);
    if (err != WSYNC_OK) {
        return err;
    }
    Wardsync__FormDefinition message;
    err = put_form(form, arena, &message) ? wsync_pb_encode(&message.base, arena, bytes)
                                          : WSYNC_ERR_MEMORY;
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    if (bytes->len > WSYNC_TEXT_BYTES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE,
                               "Form %u takes %zu bytes, at most %d are allowed.", form->number,
                               bytes->len, WSYNC_TEXT_BYTES_MAX);
    }
    return WSYNC_OK;
}

static enum wsync_err get_choices(const Wardsync__FieldDefinition *in,
                                  struct wsync_arena *arena, struct wsync_field *field)
{
    struct wsync_choice *choices = wsync_arena_array(arena, in->n_choices, sizeof *choices);
    if (!choices) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < in->n_choices; i++) {
        const Wardsync__ChoiceDefinition *choice = in->choices[i];
        choices[i] = (struct wsync_choice){
            .number = choice->number,
            .name = wsync_pb_slice(choice->name),
            .label_vi = wsync_pb_slice(choice->label_vi),
            .label_en = wsync_pb_slice(choice->label_en),
        };
    }
    field->choices = choices;
    field->choice_count = in->n_choices;
    return WSYNC_OK;
}

static enum wsync_err get_field(const Wardsync__FieldDefinition *in, struct wsync_arena *arena,
                                struct wsync_field *field)
{
    if (in->flags > FLAGS_ALL) {
        return WSYNC_ERR_VALUE;
    }
    *field = (struct wsync_field){
        .number = in->number,
        .type = (enum wsync_type)in->type,
        .digits = in->digits,
        .name = wsync_pb_slice(in->name),
        .label_vi = wsync_pb_slice(in->label_vi),
        .label_en = wsync_pb_slice(in->label_en),
        .hint_vi = wsync_pb_slice(in->hint_vi),
        .hint_en = wsync_pb_slice(in->hint_en),
        .required = (in->flags & FLAG_REQUIRED) != 0,
        .personal = (in->flags & FLAG_PERSONAL) != 0,
        .has_min = (in->flags & FLAG_HAS_MIN) != 0,
        .has_max = (in->flags & FLAG_HAS_MAX) != 0,
        .min = in->min,
        .max = in->max,
        .aggregate = (enum wsync_aggregate)in->aggregate,
        .photo_bytes_max = in->photo_bytes_max,
        .photo_pixels_max = in->photo_pixels_max,
        .photo_kinds = in->photo_kinds,
    };
    return get_choices(in, arena, field);
}

static enum wsync_err get_form(const Wardsync__FormDefinition *in, struct wsync_arena *arena,
                               struct wsync_form *form)
{
    struct wsync_field *fields = wsync_arena_array(arena, in->n_fields, sizeof *fields);
    if (!fields) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < in->n_fields; i++) {
        enum wsync_err err = get_field(in->fields[i], arena, &fields[i]);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    *form = (struct wsync_form){
        .number = in->number,
        .version = in->version,
        .name = wsync_pb_slice(in->name),
        .title_vi = wsync_pb_slice(in->title_vi),
        .title_en = wsync_pb_slice(in->title_en),
        .date_field = in->date_field,
        .subject_field = in->subject_field,
        .fields = fields,
        .field_count = in->n_fields,
    };
    return WSYNC_OK;
}

enum wsync_err wsync_form_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                 struct wsync_form *form)
{
    if (bytes.len > WSYNC_TEXT_BYTES_MAX) {
        return WSYNC_ERR_VALUE;
    }
    ProtobufCMessage *message;
    enum wsync_err err =
        wsync_pb_decode(&wardsync__form_definition__descriptor, bytes, arena, &message);
    if (err != WSYNC_OK) {
        return err;
    }
    err = get_form((const Wardsync__FormDefinition *)message, arena, form);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_form_check(form, NULL) == WSYNC_OK ? WSYNC_OK : WSYNC_ERR_VALUE;
}
