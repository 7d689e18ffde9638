/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: the one layout of the pages of both programs, in Vietnamese or English.
 *
 * A page is wsync_page_begin, what it holds in literals and escaped text (html.h), and
 * wsync_page_end.  It works without script; no script and no style stands in it.  Classes for
 * what it holds are those of host/pages/style.css: `table-box` around each table, `number` on
 * its figures, `cards` around `card`s, `fact`, `field` with `hint` and `fault`, `choice`,
 * `tag` (good, warn, bad, calm), `button` (second, danger), `actions`, `warning`, `muted`. */
#ifndef WARDSYNC_HOST_PAGE_H
#define WARDSYNC_HOST_PAGE_H

#include "host/http.h"

/* An entry of the navigation; it is the current one on its path, on those below it and where a
 * frame says so.  Who may not ask for its path does not see it. */
struct wsync_page_item {
    const char *path;
    const char *label[2]; /* by enum wsync_language */
};

/* What became of what `error` tells of, and the status of the page that tells it; what is less
 * certain comes later. */
enum wsync_page_outcome {
    WSYNC_PAGE_REFUSED, /* it was not done, for what was asked or typed: 422 */
    WSYNC_PAGE_LATER,   /* it was not done, which nobody who asks can help: 503 */
    WSYNC_PAGE_UNSURE,  /* nobody knows whether it was done: 503 */
};

struct wsync_page_frame {
    const struct wsync_http_request *request;
    const char *place;                   /* whose page: "Phường Ngọc Thụy" */
    const char *title;                   /* of this page; also its h1 */
    const struct wsync_page_item *items; /* ends with a NULL path; NULL: no navigation */
    const char *under;  /* the path of the current item, where that of the page is elsewhere */
    const char *staff;  /* the page where the first account is made; NULL: not told */
    const char *state;  /* the honest line: what is saved, what waits, what was received */
    bool offline;       /* the state is told in calm grey, with the word for it */
    const char *notice; /* what was done just now; NULL: nothing */
    const char *error;  /* what went wrong just now and what to do; NULL: nothing */
    enum wsync_page_outcome outcome; /* of it */
    bool calm;                       /* it does no harm, and is told in calm grey */
};

/* Would the gate let who asks ask for this path?  For links and buttons: what somebody may not
 * do is not offered to him.  A path that is not there is answered true. */
bool wsync_page_may(const struct wsync_http_request *request, enum wsync_http_method method,
                    const char *path);

/* The language the browser's cookie names; Vietnamese unless it says English. */
enum wsync_language wsync_page_language(const struct wsync_http_request *request);

/* One word or sentence in both languages, in the one of whatever has a `language`; an empty one
 * does not compile.  The other writes it. */
#define wsync_page_word(page, vi, en)                                                          \
    ((void)sizeof(char[sizeof(vi) > 1 && sizeof(en) > 1 ? 1 : -1]),                            \
     (page)->language == WSYNC_VI ? "" vi "" : "" en "")
#define wsync_page_say(page, vi, en)                                                           \
    wsync_html_text((page)->html, wsync_page_word(page, vi, en))

/* Everything down to the page's h1, notice and error; <main> is open behind it. */
void wsync_page_begin(struct wsync_html *html, const struct wsync_page_frame *frame);
void wsync_page_end(struct wsync_html *html, const struct wsync_page_frame *frame);

/* The error where a page tells it itself, under the id `id` (NULL: none): a word for its
 * outcome, and the sentence, in the reader's language where po/vi.po has it (words.h). */
void wsync_page_error(struct wsync_html *html, const struct wsync_page_frame *frame,
                      const char *sentence, const char *id);

/* The status of a page that tells an error. */
unsigned wsync_page_status(const struct wsync_page_frame *frame);

/* Around what the page shows, behind its filters: kept as it is now (host/pages/live.js), as
 * the honest line is, but where somebody typed.  `tell`: it is left alone, for somebody decides
 * by what he sees, and a line says that there is news.  Whatever else has an id and the
 * attribute data-live is kept as well. */
void wsync_page_live(struct wsync_html *html);
void wsync_page_live_tell(struct wsync_html *html);
void wsync_page_live_end(struct wsync_html *html);

/* A table in its box, which scrolls by itself and so must be within reach of the keyboard;
 * `label` says what it is to who cannot see it.  Ends with "</table></div>". */
void wsync_page_table(struct wsync_html *html, const char *label);

/* The head of a column of figures; a long text gets the room that keeps it low. */
void wsync_page_number_head(struct wsync_html *html, struct wsync_slice text);

/* <form method="post"> to a path of the program, with the token; close it with </form>. */
void wsync_page_post(struct wsync_html *html, const struct wsync_page_frame *frame,
                     const char *path);

/* The same of a form that sends files (http_upload.h). */
void wsync_page_post_files(struct wsync_html *html, const struct wsync_page_frame *frame,
                           const char *path);

/* The handler of {WSYNC_HTTP_POST, "/language"}: keeps the choice and goes back. */
void wsync_page_take_language(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer);

/* A page for the status of `answer`: what happened and what to do.  With the frame of the
 * program for what is not found there; `frame->title` and `error` are set here. */
void wsync_page_fault(struct wsync_http_answer *answer, struct wsync_page_frame frame);

/* A page that tells the error of the frame and nothing else, with the status of `answer`. */
void wsync_page_untold(struct wsync_http_answer *answer, struct wsync_page_frame frame);

/* `refuse` of a setup: the same with nothing of the program around it, for a stranger may be
 * the one who asks. */
void wsync_page_refuse(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer);

/* `assets` of a setup: the files of host/pages/, the stylesheet first, and those of
 * tools/install-npm; and where one is asked for, by its name ("" for one of these that the
 * build could not get). */
const struct wsync_http_asset *wsync_page_assets(void);
const char *wsync_page_asset(const char *name);

/* Has the page run one of them, a module.  The page must be whole without it. */
void wsync_page_script(struct wsync_html *html, const char *name);

#endif
