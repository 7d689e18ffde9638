/* SPDX-License-Identifier: Apache-2.0 */
/* pages_input.h: the controls of a form, each with its label. */
#ifndef WARDSYNC_SERVER_PAGES_INPUT_H
#define WARDSYNC_SERVER_PAGES_INPUT_H

#include "server/pages.h"

/* A line to be typed; texts that are not needed are NULL. */
struct server_input {
    const char *name; /* also its id */
    const char *label;
    const char *type;  /* "text" when NULL; "area": several lines */
    const char *value; /* as it stands */
    const char *hint;
    const char *fault; /* what is wrong with what was sent */
    bool required;
};
void server_input(struct server_page *page, const struct server_input *input);

/* A list of choices, of which the type, the value and `required` say nothing; the second one
 * with a label alone. */
void server_select(struct server_page *page, const struct server_input *input);
void server_select_begin(struct server_page *page, const char *name, const char *label);
/* One choice. */
void server_option(struct server_page *page, const char *value, const char *text,
                   bool selected);
/* The same up to its text, which </option> ends. */
void server_option_begin(struct server_page *page, struct wsync_slice value, bool selected);
void server_select_end(struct server_page *page);

/* The box of a control that follows, and its label. */
void server_label_of(struct server_page *page, const char *name, const char *label);

/* A box to be ticked. */
void server_tick(struct server_page *page, const char *name, struct wsync_slice value,
                 struct wsync_slice label, bool ticked);

/* What a page sends along unseen. */
void server_hidden(struct server_page *page, const char *name, const char *value);

/* The button that sends the form and a way back; ends with </form>.  `kind` is a class of
 * style.css, "" or "danger". */
void server_input_end(struct server_page *page, const char *kind, const char *label,
                      const char *back);

#endif
