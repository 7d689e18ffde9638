/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: the district's dashboard in a browser: who is missing, how fresh the numbers are,
 * what they add up to, what waits for somebody.
 *
 * Everything here reads: a page takes one snapshot of the store and has ended it before its
 * answer goes out.  Whatever people, devices and forms wrote is escaped (host/html.h); what the
 * program says stands in both languages at one place (server_word). */
#ifndef WARDSYNC_SERVER_PAGES_H
#define WARDSYNC_SERVER_PAGES_H

#include "host/page_login.h"
#include "host/totals_table.h"
#include "host/units_here.h"
#include "host/page_kept.h"
#include "server/words.h"

extern const struct wsync_pages_program DISTRICT_PAGES;
extern const struct wsync_page_item SERVER_ITEMS[]; /* the navigation */

/* A part of a page as it was written at a revision (http.h) on a day. */
struct server_kept {
    uint64_t revision; /* 0: none */
    int32_t day;
    struct wsync_html part;
};

/* The page process. */
struct server_pages {
    struct wsync_page_login login;
    struct wsync_pages *pages;
    struct wsync_site site; /* opened for reading */
    bool open;              /* it is */
    struct server_tally {
        bool begun;
        uint64_t row; /* the last of the session log that was counted */
        uint64_t good, failed, bytes_in, bytes_out, changes_in, changes_out;
    } tally;                  /* of conversations, since /metrics was first asked for */
    struct wsync_shelf shelf; /* files between a preview and its button */
    struct server_kept overview[2]; /* by language */
};

/* Opens the site of the page process, a struct server_pages, where it is not open: at the
 * begin, or once the first run has made it. */
WSYNC_MUST_USE enum wsync_err server_pages_open(void *context, struct wsync_error *error);

/* One request being answered, within a snapshot. */
struct server_page {
    struct wsync_site *site; /* with a snapshot */
    struct wsync_actions *actions;
    struct wsync_shelf *shelf;
    struct server_kept *overview; /* in the language of the page */
    const struct wsync_http_request *request;
    struct wsync_http_answer *answer;
    struct wsync_html *html; /* of the answer */
    enum wsync_language language;
    int32_t today;
    struct wsync_page_frame frame;
    char place[WSYNC_UNIT_LABEL_BYTES];
    char state[SERVER_END_TEXT_BYTES];
    struct wsync_error error; /* for a person, beside the answer of a writer */
    struct wsync_error told;  /* the one that server_tells has told */
};

/* One word or sentence in both languages (host/page.h). */
#define server_word wsync_page_word
#define server_say wsync_page_say

/* Writes a page from its head on.  An error becomes a page that says what happened and what to
 * do, whatever was written: NOT_FOUND and INVALID with the sentence in `page->error`. */
typedef enum wsync_err server_page_writer(struct server_page *page);
void server_page_answer(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer, server_page_writer *write);

/* Ends the snapshot, has a command run for who asks, while others are answered, and takes a new
 * snapshot: what was read before is gone with what lay in the site's arena.  OK: it answered 0.
 * Otherwise the sentence in `page->error` is for a person. */
WSYNC_MUST_USE enum wsync_err server_act(struct server_page *page,
                                         const struct wsync_action_ask *ask,
                                         struct wsync_action_result *result);

/* Behind an act that failed: the page that is written next tells its sentence, with the status
 * that belongs to it.  False: there is nothing to write it with; the error is the answer. */
WSYNC_MUST_USE bool server_tells(struct server_page *page);

/* Writes everything down to the title. */
void server_page_head(struct server_page *page, const char *title);

/* ---- what several pages write ---- */

/* A number as people read it, "1.234"; with a sign in front; a cell of a table with one. */
void server_number(struct server_page *page, uint64_t number);
void server_number_cell(struct server_page *page, uint64_t number);
/* A day, "16/04/2022"; "–" for none. */
void server_day(struct server_page *page, int32_t day);
/* A time, "16/04/2022 10:42", exact to the second for machines; 0: "–". */
void server_time(struct server_page *page, int64_t stamp);
/* What stands in a form's definition for people, in the language of the page. */
struct wsync_slice server_label(const struct server_page *page, struct wsync_slice vi,
                                struct wsync_slice en);
/* The link to the page of a ward, with its name. */
void server_ward_link(struct server_page *page, uint32_t unit, const char *name);

/* What each form adds up to by week, this one and the last; by number of the form. */
struct server_two_weeks {
    int32_t monday; /* of this one */
    struct wsync_totals_table *forms[WSYNC_CATALOG_FORMS_MAX];
    size_t count;
};

/* Adds them up in a ward or (`scope` 0) in all of them, within the page's snapshot.  The caller
 * frees it, whatever the answer: MEMORY, and those of the store. */
WSYNC_MUST_USE enum wsync_err server_two_weeks_read(struct server_page *page, uint32_t scope,
                                                    struct server_two_weeks *weeks);
void server_two_weeks_free(struct server_two_weeks *weeks);

/* Begins a table within its box; ends a row that begins with the ward. */
void server_table_begin(struct server_page *page, const char *caption);
void server_table_head(struct server_page *page, const char *text, bool number);
void server_table_body(struct server_page *page);
void server_table_end(struct server_page *page);

/* The field of the address as a number, `otherwise` when it is not there or is none. */
uint64_t server_number_field(const struct server_page *page, const char *name,
                             uint64_t otherwise);
/* Reads it as a day, "16/04/2022" or "2022-04-16"; none or an empty one leaves `*day` as it is.
 * INVALID with a sentence in `page->error`: it is no day. */
WSYNC_MUST_USE enum wsync_err server_read_day(struct server_page *page, const char *name,
                                              int32_t *day);

/* The first second of a day, at +07:00. */
int64_t server_day_begin(int32_t day);

/* ---- the handlers ---- */

wsync_http_handler server_page_overview, server_page_totals, server_page_totals_csv,
    server_page_totals_xlsx, server_page_records, server_page_records_csv,
    server_page_records_xlsx, server_page_record, server_page_photo, server_page_conflicts,
    server_page_conflict, server_page_trends, server_page_map, server_page_wards,
    server_page_ward, server_page_log, server_page_session, server_page_healthz,
    server_page_readyz, server_page_metrics, server_page_version;

#endif
