/* SPDX-License-Identifier: Apache-2.0 */
/* Is a form legal, may it follow another, and what is in it. */
#include "wardsync/form.h"

#include "wardsync/utf8.h"

#define PRINTED(slice) (int)(slice).len, (const char *)(slice).data

/* What is wrong, as the rest of a sentence; `choice` names the choice meant, 0 for none. */
struct fault {
    const char *reason;
    uint32_t choice;
};

static const struct fault NO_FAULT = {.reason = NULL};

static struct fault fault(const char *reason)
{
    return (struct fault){.reason = reason};
}

static bool is_name(struct wsync_slice name)
{
    if (name.len == 0 || name.len > WSYNC_NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        bool letter = c >= 'a' && c <= 'z';
        bool later = (c >= '0' && c <= '9') || c == '_';
        if (!letter && (i == 0 || !later)) {
            return false;
        }
    }
    return true;
}

/* One line of legal text. */
static bool is_line(struct wsync_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n' || text.data[i] == '\t') {
            return false;
        }
    }
    return wsync_utf8_fault(text) == NULL;
}

static bool is_label(struct wsync_slice text)
{
    return text.len > 0 && is_line(text);
}

static bool has_choices(enum wsync_type type)
{
    return type == WSYNC_TYPE_CHOICE || type == WSYNC_TYPE_CHOICES;
}

static struct fault fault_of_choices(const struct wsync_field *field)
{
    if (!has_choices(field->type)) {
        return field->choice_count == 0 ? NO_FAULT : fault("only a choice has choices");
    }
    if (field->choice_count == 0) {
        return fault("a choice needs at least one choice");
    }
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct wsync_choice *choice = &field->choices[i];
        struct fault found = {.choice = choice->number};
        if (choice->number < 1 || choice->number > WSYNC_FIELD_NUMBER_MAX) {
            found.reason = "its number must be from 1 to 4095";
        } else if (i > 0 && choice->number <= field->choices[i - 1].number) {
            found.reason = "choices must be in ascending order of their numbers, each once";
        } else if (!is_name(choice->name)) {
            found.reason = "its name must be a-z, then a-z, 0-9 and _, at most 64";
        } else if (wsync_field_choice_named(field, choice->name) != choice) {
            found.reason = "another choice has the same name";
        } else if (!is_label(choice->label_vi) || !is_label(choice->label_en)) {
            found.reason = "it needs a Vietnamese and an English label of one line each";
        }
        if (found.reason) {
            return found;
        }
    }
    return NO_FAULT;
}

static struct fault fault_of_range(const struct wsync_field *field)
{
    bool ranged = field->type == WSYNC_TYPE_INTEGER || field->type == WSYNC_TYPE_DECIMAL ||
                  field->type == WSYNC_TYPE_DATE;
    if (!ranged && (field->has_min || field->has_max)) {
        return fault("only integer, decimal and date have a minimum and a maximum");
    }
    if ((!field->has_min && field->min != 0) || (!field->has_max && field->max != 0)) {
        return fault("a limit that is not used must be 0");
    }
    if (field->has_min && field->has_max && field->min > field->max) {
        return fault("the minimum is above the maximum");
    }
    return NO_FAULT;
}

static struct fault fault_of_aggregate(const struct wsync_field *field)
{
    bool number = field->type == WSYNC_TYPE_INTEGER || field->type == WSYNC_TYPE_DECIMAL;
    bool countable = has_choices(field->type) || field->type == WSYNC_TYPE_BOOLEAN;
    if (field->aggregate > WSYNC_AGGREGATE_COUNT) {
        return fault("its aggregate is unknown");
    }
    if (field->aggregate == WSYNC_AGGREGATE_SUM && !number) {
        return fault("only integer and decimal can be summed");
    }
    if (field->aggregate == WSYNC_AGGREGATE_COUNT && !countable) {
        return fault("only choice, choices and boolean can be counted");
    }
    if (field->aggregate != WSYNC_AGGREGATE_NONE && field->personal) {
        return fault("personal data never enters totals");
    }
    return NO_FAULT;
}

static struct fault fault_of_photo(const struct wsync_field *field)
{
    if (field->type != WSYNC_TYPE_PHOTO) {
        bool none = field->photo_bytes_max == 0 && field->photo_pixels_max == 0 &&
                    field->photo_kinds == 0;
        return none ? NO_FAULT : fault("only a photo has kinds of files and their limits");
    }
    if (field->photo_bytes_max > WSYNC_BLOB_BYTES_MAX) {
        return fault("a photo's limit is at most 8388608 bytes");
    }
    if (field->photo_pixels_max > WSYNC_PHOTO_PIXELS_MAX) {
        return fault("a photo's longer side is at most 65535 pixels");
    }
    if (field->photo_kinds > WSYNC_PHOTO_KINDS_ALL) {
        return fault("it names a kind of files that is unknown");
    }
    if (field->personal) {
        return fault("a photo cannot be personal: who keeps it must see its name");
    }
    return NO_FAULT;
}

static struct fault fault_of_words(const struct wsync_field *field)
{
    if (!is_name(field->name)) {
        return fault("its name must be a-z, then a-z, 0-9 and _, at most 64");
    }
    if (!is_label(field->label_vi) || !is_label(field->label_en)) {
        return fault("it needs a Vietnamese and an English label of one line each");
    }
    if (!is_line(field->hint_vi) || !is_line(field->hint_en)) {
        return fault("a hint must be one line of text");
    }
    return NO_FAULT;
}

static struct fault fault_of_kind(const struct wsync_field *field)
{
    if (field->type < WSYNC_TYPE_INTEGER || field->type > WSYNC_TYPE_PHOTO) {
        return fault("its type is unknown");
    }
    bool decimal = field->type == WSYNC_TYPE_DECIMAL;
    if (decimal && (field->digits < 1 || field->digits > WSYNC_DECIMAL_DIGITS_MAX)) {
        return fault("a decimal has 1 to 9 digits behind the point");
    }
    if (!decimal && field->digits != 0) {
        return fault("only a decimal has digits behind the point");
    }
    return NO_FAULT;
}

static struct fault fault_of_field(const struct wsync_form *form, size_t index)
{
    const struct wsync_field *field = &form->fields[index];
    if (field->number < 1 || field->number > WSYNC_FIELD_NUMBER_MAX) {
        return fault("its number must be from 1 to 4095");
    }
    if (index > 0 && field->number <= form->fields[index - 1].number) {
        return fault("fields must be in ascending order of their numbers, each once");
    }
    struct fault (*const judges[])(const struct wsync_field *) = {
        fault_of_words,   fault_of_kind,      fault_of_range,
        fault_of_choices, fault_of_aggregate, fault_of_photo};
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        struct fault found = judges[i](field);
        if (found.reason) {
            return found;
        }
    }
    if (wsync_form_field_named(form, field->name) != field) {
        return fault("another field has the same name");
    }
    if (field->type == WSYNC_TYPE_BYTES && form->number >= WSYNC_FORM_FIRST) {
        return fault("only built-in forms hold bytes");
    }
    if (field->aggregate != WSYNC_AGGREGATE_NONE && form->date_field == 0) {
        return fault("it enters totals, but the form names no date field");
    }
    return NO_FAULT;
}

static const char *fault_of_frame(const struct wsync_form *form)
{
    if (form->number < WSYNC_FORM_FIRST && form != wsync_form_builtin(form->number)) {
        return "numbers below 16 belong to the built-in forms";
    }
    if (form->version < 1) {
        return "its version must be at least 1";
    }
    if (!is_name(form->name)) {
        return "its name must be a-z, then a-z, 0-9 and _, at most 64";
    }
    if (!is_label(form->title_vi) || !is_label(form->title_en)) {
        return "it needs a Vietnamese and an English title of one line each";
    }
    if (form->field_count < 1 || form->field_count > WSYNC_FORM_FIELDS_MAX) {
        return "it must have 1 to 96 fields";
    }
    size_t choices = 0;
    for (size_t i = 0; i < form->field_count; i++) {
        if (form->fields[i].choice_count > WSYNC_FORM_CHOICES_MAX) {
            return "it has more than 256 choices";
        }
        choices += form->fields[i].choice_count;
    }
    return choices > WSYNC_FORM_CHOICES_MAX ? "it has more than 256 choices" : NULL;
}

/* Totals and keys read these two fields, so neither may be private. */
static const char *fault_of_roles(const struct wsync_form *form)
{
    if (form->date_field != 0) {
        const struct wsync_field *date = wsync_form_field(form, form->date_field);
        if (!date || date->type != WSYNC_TYPE_DATE || date->personal) {
            return "its date field must be a field of type date that is not personal";
        }
    }
    if (form->subject_field != 0) {
        const struct wsync_field *subject = wsync_form_field(form, form->subject_field);
        if (!subject || subject->type != WSYNC_TYPE_UNIT || subject->personal) {
            return "its unit field must be a field of type unit that is not personal";
        }
    }
    return NULL;
}

static enum wsync_err set_field_fault(const struct wsync_field *field, struct fault found,
                                      struct wsync_error *error)
{
    struct wsync_slice name = is_name(field->name) ? field->name : wsync_slice_of("?");
    if (found.choice != 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Field %u (%.*s), choice %u: %s.",
                               field->number, PRINTED(name), found.choice, found.reason);
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "Field %u (%.*s): %s.", field->number,
                           PRINTED(name), found.reason);
}

enum wsync_err wsync_form_check(const struct wsync_form *form, struct wsync_error *error)
{
    const char *reason = fault_of_frame(form);
    for (size_t i = 0; !reason && i < form->field_count; i++) {
        struct fault found = fault_of_field(form, i);
        if (found.reason) {
            return set_field_fault(&form->fields[i], found, error);
        }
    }
    if (!reason) {
        reason = fault_of_roles(form);
    }
    if (!reason) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "Form %u: %s.", form->number, reason);
}

static struct fault fault_of_successor(const struct wsync_field *old,
                                       const struct wsync_field *next)
{
    if (old->type != next->type) {
        return fault("a field number keeps its type for ever; use a new number");
    }
    if (old->digits != next->digits) {
        return fault("a field number keeps its digits for ever; use a new number");
    }
    if (old->aggregate != next->aggregate) {
        return fault("a field number keeps its aggregate for ever; use a new number");
    }
    if (old->personal != next->personal) {
        return fault("a field number keeps its personal mark for ever; use a new number");
    }
    for (size_t i = 0; i < old->choice_count; i++) {
        const struct wsync_choice *before = &old->choices[i];
        const struct wsync_choice *after = wsync_field_choice(next, before->number);
        if (after && !wsync_slice_equal(before->name, after->name)) {
            return (struct fault){"a choice number keeps its name for ever; use a new number",
                                  before->number};
        }
    }
    return NO_FAULT;
}

enum wsync_err wsync_form_check_successor(const struct wsync_form *old,
                                          const struct wsync_form *next,
                                          struct wsync_error *error)
{
    if (old->number != next->number) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Form %u is no version of form %u.",
                               next->number, old->number);
    }
    if (next->version <= old->version) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "Form %u: version %u must be above version %u.", next->number,
                               next->version, old->version);
    }
    for (size_t i = 0; i < old->field_count; i++) {
        const struct wsync_field *after = wsync_form_field(next, old->fields[i].number);
        struct fault found = after ? fault_of_successor(&old->fields[i], after) : NO_FAULT;
        if (found.reason) {
            return set_field_fault(after, found, error);
        }
    }
    return WSYNC_OK;
}

const struct wsync_field *wsync_form_field(const struct wsync_form *form, uint32_t number)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (form->fields[i].number == number) {
            return &form->fields[i];
        }
    }
    return NULL;
}

const struct wsync_field *wsync_form_field_named(const struct wsync_form *form,
                                                 struct wsync_slice name)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (wsync_slice_equal(form->fields[i].name, name)) {
            return &form->fields[i];
        }
    }
    return NULL;
}

const struct wsync_choice *wsync_field_choice(const struct wsync_field *field, uint32_t number)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (field->choices[i].number == number) {
            return &field->choices[i];
        }
    }
    return NULL;
}

const struct wsync_choice *wsync_field_choice_named(const struct wsync_field *field,
                                                    struct wsync_slice name)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (wsync_slice_equal(field->choices[i].name, name)) {
            return &field->choices[i];
        }
    }
    return NULL;
}

uint32_t wsync_field_photo_bytes(const struct wsync_field *field)
{
    return field->photo_bytes_max > 0 ? field->photo_bytes_max : WSYNC_BLOB_BYTES_MAX;
}

uint32_t wsync_field_photo_kinds(const struct wsync_field *field)
{
    return field->photo_kinds > 0 ? field->photo_kinds : WSYNC_PHOTO_KINDS_PICTURES;
}
