/* SPDX-License-Identifier: Apache-2.0 */
/* page_staff.h: what the staff page of either program holds: who is listed, who logs in as
 * what, and the forms that change it.
 *
 * The program begins and ends the page and has the order carried out: it is the command
 * `staff` (staff_command.h).  `base` is the page of the list; below it, one of each person. */
#ifndef WARDSYNC_HOST_PAGE_STAFF_H
#define WARDSYNC_HOST_PAGE_STAFF_H

#include "host/actions.h"
#include "host/page.h"

struct wsync_page_staff {
    struct wsync_site *site; /* with a snapshot */
    const struct wsync_page_frame *frame;
    struct wsync_html *html;
    const char *base;  /* "/settings/staff" */
    const char *fault; /* what is wrong with what was sent; NULL: nothing */
};

/* The list and the form for one more. */
WSYNC_MUST_USE enum wsync_err wsync_page_staff_list(const struct wsync_page_staff *staff);

/* The person that the end of the path names, with the forms for role and PIN and the way out;
 * with "?leave=1" what leaving means, and the button.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_page_staff_one(const struct wsync_page_staff *staff);

/* What was done last, as the address says (?done=); NULL: nothing. */
const char *wsync_page_staff_done(const struct wsync_http_request *request);

/* What a form asks for. */
enum { WSYNC_PAGE_STAFF_WORDS = 10, WSYNC_PAGE_STAFF_DIGITS = 24 };
struct wsync_page_staff_order {
    const char *argv[WSYNC_PAGE_STAFF_WORDS];
    char role[WSYNC_PAGE_STAFF_DIGITS];
    struct wsync_action_ask ask; /* points into this and into the request */
    char next[64];               /* where to go when it is done */
};

/* Reads a sent form into an order.  NULL, or what is wrong with it, for the person. */
const char *wsync_page_staff_read(const struct wsync_http_request *request, const char *base,
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
        {.command = "staff",                                                                   \
         .verb = "check",                                                                      \
         .options = {"passphrase-file=-"},                                                     \
         .operands_max = 2,                                                                    \
         .limit_s = 30}

#endif
