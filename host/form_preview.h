/* SPDX-License-Identifier: Apache-2.0 */
/* form_preview.h: what publishing a form would do, before it is done: what changes against the
 * version in force, and everything that forbids it, each with the cell where it stands.
 *
 * The command that publishes, and the page that shows it first, judge by this one function. */
#ifndef WARDSYNC_HOST_FORM_PREVIEW_H
#define WARDSYNC_HOST_FORM_PREVIEW_H

#include "host/site.h"
#include "host/xlsform.h"

enum wsync_form_verdict {
    WSYNC_FORM_NEW,     /* a form that is not here */
    WSYNC_FORM_NEXT,    /* the next version of one */
    WSYNC_FORM_HERE,    /* this very definition is published already */
    WSYNC_FORM_REFUSED, /* there are findings */
};

struct wsync_form_preview {
    struct wsync_xlsform read;
    const struct wsync_form *in_force; /* the newest version here; NULL: there is none */
    struct wsync_form_findings findings;
    enum wsync_form_verdict verdict;
};

/* Reads and judges a form within the site's open transaction; the preview lives in the arena,
 * which is not the site's.  OK also with findings; `files->findings` is set here. */
WSYNC_MUST_USE enum wsync_err wsync_form_preview_read(struct wsync_site *site,
                                                      struct wsync_xlsform_files files,
                                                      struct wsync_arena *arena,
                                                      struct wsync_form_preview *preview,
                                                      struct wsync_error *error);

/* The first finding as one sentence, with its place in front. */
void wsync_form_finding_text(const struct wsync_form_finding *finding,
                             enum wsync_language language, struct wsync_error *text);

/* ---- what changes ---- */

enum wsync_form_change_kind {
    WSYNC_FORM_SAME,
    WSYNC_FORM_ADDED,
    WSYNC_FORM_CHANGED,
    WSYNC_FORM_RETIRED, /* not asked for any more; what was recorded stays */
};

/* What is another in a field that is CHANGED, as bits. */
enum {
    WSYNC_FORM_NAME_CHANGED = 1,
    WSYNC_FORM_LABEL_CHANGED = 2,
    WSYNC_FORM_HINT_CHANGED = 4,
    WSYNC_FORM_REQUIRED_CHANGED = 8,
    WSYNC_FORM_RANGE_CHANGED = 16,
    WSYNC_FORM_CHOICES_ADDED = 32,
    WSYNC_FORM_CHOICES_RETIRED = 64,
    WSYNC_FORM_CHOICES_RENAMED = 128, /* their labels */
    WSYNC_FORM_PHOTO_CHANGED = 256,
    WSYNC_FORM_KIND_CHANGED = 512, /* what never may: such a form is refused */
    WSYNC_FORM_CHANGE_BITS = 10,
};
/* The words of each bit, by its place, by enum wsync_language; stable for programs. */
extern const char *const WSYNC_FORM_CHANGE_WORDS[WSYNC_FORM_CHANGE_BITS][2];
extern const char *const WSYNC_FORM_CHANGE_KINDS[4];

struct wsync_form_change {
    enum wsync_form_change_kind kind;
    unsigned what;
    const struct wsync_field *old, *next; /* NULL: there is none */
};

/* Calls `visit` for each field of either version, in the order of their numbers; without an
 * older version every field is added. */
void wsync_form_changes(const struct wsync_form *old, const struct wsync_form *next,
                        void *context,
                        void (*visit)(void *context, const struct wsync_form_change *change));

/* Is another about the form itself: its name, its titles, which fields are its date and unit?
 */
bool wsync_form_frame_changed(const struct wsync_form *old, const struct wsync_form *next);

#endif
