/* SPDX-License-Identifier: Apache-2.0 */
/* mapping_parts.h: what the parts of mapping.h share.  Internal to host/mapping*.c. */
#ifndef WARDSYNC_HOST_MAPPING_PARTS_H
#define WARDSYNC_HOST_MAPPING_PARTS_H

#include "host/mapping.h"

/* Answers INVALID with "FILE:LINE: key: why", "key: why" for what is not from the file. */
enum wsync_err wsync_mapping_refuse(const struct wsync_mapping *mapping, int line,
                                    const char *key, const char *why,
                                    struct wsync_error *error);

/* The key [section] name, NULL when it is not there. */
const struct wsync_mapping_entry *wsync_mapping_entry(const struct wsync_mapping *mapping,
                                                      const char *section,
                                                      struct wsync_slice name);

/* Reads the filter's text; a sentence when it is none. */
const char *wsync_filter_parse(struct wsync_slice text, struct wsync_slice *column, bool *equal,
                               struct wsync_slice *value);

/* Writes "values FIELD", the section of a field's value map, into `text`. */
enum { WSYNC_MAPPING_SECTION_BYTES = WSYNC_NAME_BYTES_MAX + 8 };
void wsync_mapping_values_section(const struct wsync_field *field,
                                  char text[WSYNC_MAPPING_SECTION_BYTES]);

#endif
