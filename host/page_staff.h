/* SPDX-License-Identifier: Apache-2.0 */
/* page_staff.h: what the staff page of either program holds: who is listed, who logs in as
 * what, and the forms that change it.
 *
 * The program begins and ends the page and has the order carried out: it is the command
 * `staff` (staff_command.h).  The page of the list is the one that every frame names
 * (page.h); below it stands one of each person. */
#ifndef WARDSYNC_HOST_PAGE_STAFF_H
#define WARDSYNC_HOST_PAGE_STAFF_H

#include "host/actions.h"
#include "host/page.h"

struct wsync_page_staff {
    struct wsync_site *site; /* with a snapshot */
    const struct wsync_page_frame *frame;
    struct wsync_html *html;
    const char *fault; /* what is wrong with what was sent; NULL: nothing */
};

/* Before the frame is written: the title, what was done last (?done=), the status. */
void wsync_page_staff_head(struct wsync_page_frame *frame, const char *fault,
                           struct wsync_http_answer *answer);

/* The list, and the form for one more.  Of the person that the end of the path names: the forms
 * for role and PIN, and the way out; with "?leave=1" what leaving means, and the button.
 * NOT_FOUND: there is no such person. */
WSYNC_MUST_USE enum wsync_err wsync_page_staff_write(const struct wsync_page_staff *staff);

/* What a form asks for. */
enum { WSYNC_PAGE_STAFF_WORDS = 10, WSYNC_PAGE_STAFF_DIGITS = 24 };
struct wsync_page_staff_order {
    const char *argv[WSYNC_PAGE_STAFF_WORDS];
    char role[WSYNC_PAGE_STAFF_DIGITS];
    struct wsync_action_ask ask; /* points into this and into the request */
    char next[64];               /* where to go when it is done */
};

/* Reads a sent form into an order.  NULL, or what is wrong with it, for the person. */
const char *wsync_page_staff_read(const struct wsync_page_frame *frame,
                                  struct wsync_page_staff_order *order);

/* The rules of action_rules.h that the orders and logging in need. */
#define WSYNC_PAGE_STAFF_RULES                                                                 \
    {.command = "staff",                                                                       \
     .verb = "add",                                                                            \
     .options = {"role=see", "role=write", "role=admin", "passphrase-file=-"},                 \
     .operands_max = 2,                                                                        \
     .limit_s = 30},                                                                           \
        {.command = "staff", .verb = "role", .operands_max = 3, .limit_s = 30},                \
        {.command = "staff",                                                                   \
         .verb = "pin",                                                                        \
         .options = {"passphrase-file=-"},                                                     \
         .operands_max = 2,                                                                    \
         .limit_s = 30},                                                                       \
        {.command = "staff", .verb = "retire", .operands_max = 2, .limit_s = 30},              \
    {                                                                                          \
        .command = "staff", .verb = "check", .options = {"passphrase-file=-"},                 \
        .operands_max = 2, .limit_s = 30                                                       \
    }

#endif
