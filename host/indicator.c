/* SPDX-License-Identifier: Apache-2.0 */
#include "host/indicator.h"

#include <stdio.h>
#include <string.h>

wsync_int128 wsync_indicator_figure(const struct wsync_totals_group *group, int column)
{
    return column == WSYNC_INDICATOR_RECORDS ? group->records : group->figures[column];
}

uint32_t wsync_indicator_digits(const struct wsync_totals_table *table, int column)
{
    return column == WSYNC_INDICATOR_RECORDS ? 0 : wsync_totals_digits(&table->columns[column]);
}

const char *wsync_indicator_label(const struct wsync_totals_table *table, int column,
                                  enum wsync_language language,
                                  char text[WSYNC_INDICATOR_BYTES])
{
    if (column == WSYNC_INDICATOR_RECORDS) {
        snprintf(text, WSYNC_INDICATOR_BYTES, "%s",
                 language == WSYNC_VI ? "Số bản ghi" : "Records");
        return text;
    }
    const struct wsync_field *field = table->columns[column].field;
    const struct wsync_choice *choice = table->columns[column].choice;
    struct wsync_slice label = wsync_words_label(language, field->label_vi, field->label_en);
    struct wsync_slice name = wsync_slice_of("");
    if (choice) {
        name = wsync_words_label(language, choice->label_vi, choice->label_en);
    }
    snprintf(text, WSYNC_INDICATOR_BYTES, "%.*s%s%.*s", (int)label.len,
             (const char *)label.data, choice ? ": " : "", (int)name.len,
             name.len ? (const char *)name.data : "");
    return text;
}

const char *wsync_indicator_key(const struct wsync_totals_table *table, int column,
                                char key[WSYNC_INDICATOR_KEY_BYTES])
{
    key[0] = '\0';
    if (column != WSYNC_INDICATOR_RECORDS) {
        const struct wsync_field *field = table->columns[column].field;
        const struct wsync_choice *choice = table->columns[column].choice;
        snprintf(key, WSYNC_INDICATOR_KEY_BYTES, "%.*s%s%.*s", (int)field->name.len,
                 (const char *)field->name.data, choice ? "=" : "",
                 choice ? (int)choice->name.len : 0,
                 choice ? (const char *)choice->name.data : "");
    }
    return key;
}

int wsync_indicator_find(const struct wsync_totals_table *table, const char *key, int otherwise)
{
    char here[WSYNC_INDICATOR_KEY_BYTES];
    for (int i = WSYNC_INDICATOR_RECORDS; key && i < (int)table->column_count; i++) {
        if (strcmp(wsync_indicator_key(table, i, here), key) == 0) {
            return i;
        }
    }
    return otherwise;
}
