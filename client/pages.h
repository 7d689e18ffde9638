/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: the ward's desk in a browser: what was entered, what waits, what the district holds.
 *
 * A page reads one snapshot of the store and has ended it before its answer goes out.  It
 * changes nothing itself: what a person asks for is done by a command of this program
 * (host/actions.h), with its checks and words.  Everything said to people stands in both
 * languages at one place (desk_word); what people and others wrote is escaped (host/html.h). */
#ifndef WARDSYNC_CLIENT_PAGES_H
#define WARDSYNC_CLIENT_PAGES_H

#include "client/facts.h"
#include "client/pages_setup.h"
#include "host/page_kept.h"
#include "host/page_login.h"
#include "host/page_record.h"
#include "host/record_where.h"

extern const struct wsync_pages_program WARD_PAGES;
extern const struct wsync_page_item DESK_ITEMS[]; /* the navigation */

/* The page process. */
struct desk {
    struct wsync_page_login login;
    struct wsync_pages *pages;
    struct wsync_site site; /* opened for reading */
    bool open;
    struct desk_setup setup;
    struct wsync_shelf shelf; /* tables between the steps of their import */
};

/* May who asks enter, correct and decide?  What he may not do is not offered to him. */
#define desk_may_write(page) ((page)->request->person.role >= WSYNC_ROLE_WRITE)

/* Opens the site of the page process, a struct desk, where it is not open; again as long as
 * this device has written nothing: its name is not there before. */
WSYNC_MUST_USE enum wsync_err desk_open(void *context, struct wsync_error *error);

/* One request being answered. */
struct desk_page {
    struct desk *desk;
    struct wsync_site *site; /* with a snapshot, between desk_begin and desk_close */
    const struct wsync_http_request *request;
    struct wsync_http_answer *answer;
    struct wsync_html *html; /* of the answer */
    enum wsync_language language;
    struct wsync_cli cli;      /* for what view.h prints: the language */
    struct client_facts facts; /* the honest line of it */
    struct client_attempt attempt;
    struct wsync_wheres wheres;
    struct wsync_page_frame frame;
    char place[WSYNC_UNIT_LABEL_BYTES + 16];
    char state[320];
    struct wsync_error error;
};

/* One word or sentence in both languages (host/page.h). */
#define desk_word wsync_page_word
#define desk_say wsync_page_say

/* Takes a snapshot and reads what the frame of every page says.  False: an answer that says why
 * is written already. */
WSYNC_MUST_USE bool desk_begin(struct desk_page *page, void *context,
                               const struct wsync_http_request *request,
                               struct wsync_http_answer *answer);

/* Writes the page down to its title and what was done just now, which are in `page->frame`. */
void desk_head(struct desk_page *page, const char *title);

/* Ends with an answer that is written already. */
void desk_end_given(struct desk_page *page);

/* Ends the snapshot; what lies in the site's arena stays until desk_end. */
void desk_close(struct desk_page *page);

/* Ends the page, and the snapshot where that is not done: with what was written, or for an
 * error with a page that says what happened and what to do. */
void desk_end(struct desk_page *page, enum wsync_err err);

/* Ends with a redirect. */
void desk_go(struct desk_page *page, const char *path);

/* Ends with what was written as plain text, for a script of these pages; with a file, whose
 * descriptor is the server's from here on. */
void desk_end_plain(struct desk_page *page);
void desk_give_fd(struct desk_page *page, int fd, const char *type, const char *name);

/* The option that has a command talk as the page does. */
#define desk_lang(page) ((page)->language == WSYNC_VI ? "--lang=vi" : "--lang=en")

/* Ends the snapshot, has a command run for who asks, while others are answered, and takes a
 * new snapshot: what was read before is gone, with what lay in the site's arena.  OK: it
 * answered 0.  Otherwise the sentence in `page->error` is for a person. */
WSYNC_MUST_USE enum wsync_err desk_act(struct desk_page *page,
                                       const struct wsync_action_ask *ask,
                                       struct wsync_action_result *result);

/* The page that is written next tells `page->error`, of an act or of what was typed, with the
 * status that belongs to it.  False: there is no sentence, or nothing to write it with. */
bool desk_tells(struct desk_page *page);

/* ---- what several pages write ---- */

/* A number as people read it: "1.234". */
void desk_number(struct desk_page *page, uint64_t number);
/* A day, "16/04/2022", and its week, "Tuần 15 (11/4 – 17/4)", with the year when it is not this
 * one. */
void desk_day(struct desk_page *page, int32_t day);
void desk_week(struct desk_page *page, int32_t monday);
/* The text of a field's or form's label; the same written; a value written. */
struct wsync_slice desk_label_text(const struct desk_page *page, struct wsync_slice vi,
                                   struct wsync_slice en);
void desk_label(struct desk_page *page, struct wsync_slice vi, struct wsync_slice en);
void desk_value(struct desk_page *page, const struct wsync_field *field,
                const struct wsync_value *value);
/* The page, for what the pages of both programs write of a record. */
struct wsync_page_record desk_parts(const struct desk_page *page);
/* How far a record came, in a word and, where there is one, with the reason. */
void desk_where(struct desk_page *page, const struct wsync_where_item *item);
/* The words above, for who needs them as text. */
const char *desk_where_word(const struct desk_page *page, enum wsync_where where);

/* Reads the record that the end of the path names, and its form.  The sentence is for a person.
 */
WSYNC_MUST_USE enum wsync_err desk_record(struct desk_page *page, struct wsync_record *record,
                                          const struct wsync_form **form);

/* Names the values that a page showed of a record, so that what it sends back is known to have
 * been decided with those before the eyes. */
enum { DESK_SEEN_BYTES = 17 };
const char *desk_seen(const struct wsync_record *record, char text[DESK_SEEN_BYTES]);

/* ---- the handlers ---- */

wsync_http_handler desk_today, desk_new, desk_add, desk_edit, desk_change, desk_book, desk_show,
    desk_ask_delete, desk_delete, desk_undelete, desk_conflicts, desk_resolve, desk_totals,
    desk_sync, desk_sync_now, desk_doctor, desk_healthz, desk_readyz, desk_metrics,
    desk_version;

#endif
