/* SPDX-License-Identifier: Apache-2.0 */
/* pages_entry.h: a record as it is typed: its fields with what was typed and what is wrong with
 * them (host/page_field.h), its files, its draft. */
#ifndef WARDSYNC_CLIENT_PAGES_ENTRY_H
#define WARDSYNC_CLIENT_PAGES_ENTRY_H

#include "client/pages_parts.h"
#include "host/page_field.h"

struct desk_entry {
    const struct wsync_form *form;
    const struct wsync_record *record; /* NULL: a new one */
    struct wsync_page_field fields[WSYNC_FIELDS_MAX];
    size_t count, faults;
    const char *seen; /* of the record; see desk_seen */
    struct wsync_form_token token; /* of this entry: its draft and its record know it */
    struct wsync_form_draft draft; /* the one that is gone on with; `kept` 0: none */
};

/* Every field of the form that a page can ask for, empty. */
void desk_entry_begin(struct desk_entry *entry, const struct wsync_form *form);

/* The record that the end of the path names, with its newest form, and what its fields hold. */
WSYNC_MUST_USE enum wsync_err desk_entry_of_record(struct desk_page *page,
                                                   struct desk_entry *entry,
                                                   struct wsync_record *record,
                                                   char seen[DESK_SEEN_BYTES]);

/* Takes over the values of a record, as text or as `last`; personal ones are no `last`. */
WSYNC_MUST_USE enum wsync_err desk_entry_fill(struct desk_page *page, struct desk_entry *entry,
                                              const struct wsync_record *record, bool as_last);

/* Takes over what was typed; fields that were not sent are empty. */
WSYNC_MUST_USE enum wsync_err desk_entry_read(struct desk_page *page, struct desk_entry *entry);

/* Would the command take it?  Marks and counts what it would not. */
WSYNC_MUST_USE enum wsync_err desk_entry_judge(struct desk_page *page,
                                               struct desk_entry *entry);

/* Which entry this is: the one that the request names, unless it was saved; a new one. */
WSYNC_MUST_USE enum wsync_err desk_entry_name(struct desk_page *page, struct desk_entry *entry);

/* Goes on with the draft that the request names: what it holds, over what is there. */
WSYNC_MUST_USE enum wsync_err desk_entry_go_on(struct desk_page *page,
                                               struct desk_entry *entry);

/* Was it asked to be kept as a draft? */
bool desk_entry_is_draft(const struct desk_page *page);

/* Has it kept, of a record what differs from it, and ends the page.  Otherwise the sentence in
 * `page->error` is for a person. */
WSYNC_MUST_USE enum wsync_err desk_entry_keep(struct desk_page *page,
                                              const struct desk_entry *entry);

/* Writes the drafts of this form or record, or which one is gone on with. */
WSYNC_MUST_USE enum wsync_err desk_entry_drafts(struct desk_page *page,
                                                const struct desk_entry *entry);

/* Takes over what the record holds now, to be told beside what was typed. */
WSYNC_MUST_USE enum wsync_err desk_entry_now(struct desk_page *page, struct desk_entry *entry);

/* Writes the page: what is wrong, the drafts, every field, the buttons. */
WSYNC_MUST_USE enum wsync_err desk_entry_write(struct desk_page *page,
                                               const struct desk_entry *entry);

/* Files of the form (pages_photo.c): has it any, and their controls. */
bool desk_has_photos(const struct desk_entry *entry);
void desk_photos_write(struct desk_page *page, const struct desk_entry *entry);

/* What was chosen, or is to be gone, as words of a command and the files that they name. */
struct desk_photos {
    const char *words[WSYNC_FIELDS_MAX];
    size_t word_count;
    int files[WSYNC_HTTP_UPLOADS_MAX];
    size_t file_count;
};
WSYNC_MUST_USE enum wsync_err desk_photos_read(struct desk_page *page,
                                               const struct desk_entry *entry,
                                               struct desk_photos *photos);

#endif
