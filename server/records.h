/* SPDX-License-Identifier: Apache-2.0 */
/* records.h: which records an address asks the district for.
 *
 * It says form=NAME, unit=ID, subject=ID, week=DAY or from=DAY and to=DAY or nodate,
 * state=WORD, q=TEXT, who=TEXT, and after=TEXT, where an earlier page ended; none of them has
 * to be there. */
#ifndef WARDSYNC_SERVER_RECORDS_H
#define WARDSYNC_SERVER_RECORDS_H

#include "host/page_record.h"
#include "host/records_day.h"
#include "server/pages.h"

enum server_records_state {
    SERVER_RECORDS_COUNTED, /* those that count */
    SERVER_RECORDS_CONFLICT,
    SERVER_RECORDS_DELETED, /* or duplicates */
    SERVER_RECORDS_STATES
};

/* What is asked for; texts are those of the request, "" when it says nothing. */
struct server_records {
    const struct wsync_form *form; /* NULL: all of the district's own */
    struct wsync_days_query query; /* `look_max` as a page may */
    int32_t monday;                /* of the week; WSYNC_NO_DAY: days, or all */
    enum server_records_state state;
    const char *word, *who, *after;
    struct wsync_slice word_key, who_key; /* search keys */
};

/* Reads it.  NOT_FOUND and INVALID with a sentence in `page->error`. */
WSYNC_MUST_USE enum wsync_err server_records_read(struct server_page *page,
                                                  struct server_records *asked);

/* Is this a record that was asked for, as far as its index does not say so: a word, a person?
 */
WSYNC_MUST_USE enum wsync_err server_records_match(struct server_page *page,
                                                   const struct server_records *asked,
                                                   const struct wsync_records_item *item,
                                                   bool *matches);

/* Are these all that the index finds, so that the totals know how many? */
bool server_records_are_plain(const struct server_records *asked);

/* Writes the form that asks; the fields of the address but `after`, behind its '?'. */
WSYNC_MUST_USE enum wsync_err server_records_ask(struct server_page *page,
                                                 const struct server_records *asked);
void server_records_address(struct server_page *page, const struct server_records *asked);

/* The word of a state in an address. */
const char *server_records_word(enum server_records_state state);

/* The page, for what the pages of both programs write of a record. */
struct wsync_page_record server_parts(const struct server_page *page);

/* Reads the record that the end of the path names, and its form.  The sentence is for a person.
 */
WSYNC_MUST_USE enum wsync_err server_record(struct server_page *page,
                                            struct wsync_record *record,
                                            const struct wsync_form **form);

#endif
