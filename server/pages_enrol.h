/* SPDX-License-Identifier: Apache-2.0 */
/* pages_enrol.h: what both ways of enrolling a device ask for (enrol.h), as a form and as the
 * words of `district enrol`. */
#ifndef WARDSYNC_SERVER_PAGES_ENROL_H
#define WARDSYNC_SERVER_PAGES_ENROL_H

#include "server/pages_admin.h"
#include "server/unit_facts.h"

enum { SERVER_PLAN_WORDS_MAX = 12, SERVER_PLAN_WORD_BYTES = 160 };

/* What was sent, and what is wrong with it: NULL where nothing is. */
struct server_plan {
    const char *unit; /* a number; "0": the whole district; "": none was chosen */
    const char *name, *role, *days, *quota, *replaces;
    const char *unit_fault, *name_fault, *role_fault, *forms_fault, *days_fault, *quota_fault;
    bool by_file; /* no days; the name may be the request's */
    struct server_units units;
    uint32_t scope;             /* of `unit`, or of the device before; 0: none */
    struct wsync_device before; /* that is replaced; its name is empty when there is none */
    const char *argv[SERVER_PLAN_WORDS_MAX];
    char words[SERVER_PLAN_WORDS_MAX][SERVER_PLAN_WORD_BYTES];
    char forms[32 + WSYNC_STATEMENT_FORMS_MAX * (WSYNC_NAME_BYTES_MAX + 1)];
    size_t word_count;
};

/* Takes the fields of the request; `plan` is all zero but for `by_file`.  NOT_FOUND with a
 * sentence when the device to be replaced is none.  server_plan_free whatever the answer. */
WSYNC_MUST_USE enum wsync_err server_plan_read(struct server_page *page,
                                               struct server_plan *plan);
void server_plan_free(struct server_plan *plan);

/* Looks for what is wrong; true when nothing is. */
bool server_plan_judge(struct server_page *page, struct server_plan *plan);

/* The controls for all of it, as it stands; the same unseen, for a page that asks once more. */
WSYNC_MUST_USE enum wsync_err server_plan_write(struct server_page *page,
                                                const struct server_plan *plan);
void server_plan_keep(struct server_page *page, const struct server_plan *plan);

/* What it comes to, as terms of a <dl>. */
void server_plan_tell(struct server_page *page, const struct server_plan *plan);

/* Begins plan->argv: "enrol" and the options that say it all.  Another word, an option and its
 * value, behind those. */
void server_plan_begin(struct server_page *page, struct server_plan *plan);
void server_plan_word(struct server_plan *plan, const char *option, const char *value);

#endif
