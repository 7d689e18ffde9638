/* SPDX-License-Identifier: Apache-2.0 */
/* page_record.h: what the pages of both programs write of a record: its values, what became of
 * it, and what is claimed of a field that is in conflict. */
#ifndef WARDSYNC_HOST_PAGE_RECORD_H
#define WARDSYNC_HOST_PAGE_RECORD_H

#include "host/doing.h"
#include "host/html.h"

/* The page that writes, within the site's open transaction. */
struct wsync_page_record {
    struct wsync_html *html;
    struct wsync_site *site;
    enum wsync_language language;
    bool personal; /* false: of fields with personal data is told that there is something */
};

/* What a form calls something, in the language of the page. */
void wsync_page_label(const struct wsync_page_record *page, struct wsync_slice vi,
                      struct wsync_slice en);

/* A value as people read it; "–" for none. */
void wsync_page_value(const struct wsync_page_record *page, const struct wsync_field *field,
                      const struct wsync_value *value);

/* The same in a cell of a list, cut off behind so many bytes. */
void wsync_page_short(const struct wsync_page_record *page, const struct wsync_field *field,
                      const struct wsync_value *value, size_t bytes);

/* The first values of a record, in short, as a line of a list. */
void wsync_page_content(const struct wsync_page_record *page,
                        const struct wsync_records_item *item);

/* Every value of the record, whose short id is `id`, as a table; a field in conflict has a link
 * to `conflict`, a photo one to itself. */
void wsync_page_fields(const struct wsync_page_record *page, const struct wsync_record *record,
                       const struct wsync_form *form, const char *id, const char *conflict);

/* Everything that was done to the record: when, on which device, by whom, what, and the change
 * that says so; what the first entry said once it is not all that stands in the record. */
WSYNC_MUST_USE enum wsync_err wsync_page_history(const struct wsync_page_record *page,
                                                 const struct wsync_record *record,
                                                 const struct wsync_form *form);

/* The live value number `at` of the record, of this field: the value, whether it is the one
 * that is shown, who wrote it, when, on which device. */
WSYNC_MUST_USE enum wsync_err wsync_page_claim(const struct wsync_page_record *page,
                                               const struct wsync_record *record,
                                               const struct wsync_field *field, size_t at);

/* What that value is in the totals: counted now, or what they would change by were it kept. */
void wsync_page_effect(const struct wsync_page_record *page, const struct wsync_record *record,
                       const struct wsync_field *field, size_t at);

#endif
