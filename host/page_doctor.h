/* SPDX-License-Identifier: Apache-2.0 */
/* page_doctor.h: what `doctor` found, as both programs show it in a browser. */
#ifndef WARDSYNC_HOST_PAGE_DOCTOR_H
#define WARDSYNC_HOST_PAGE_DOCTOR_H

#include "host/page.h"

/* What is looked at, and the button that has it looked at: `path` is asked with "run=1". */
void wsync_page_doctor_ask(struct wsync_html *html, enum wsync_language language,
                           const char *path);

/* Did the page's button ask? */
bool wsync_page_doctor_asked(const struct wsync_http_request *request);

/* Writes the findings, the worst first, each with what to do; `lines` is what the command
 * printed with --json.  VALUE, and nothing written, when that is not what a doctor prints. */
WSYNC_MUST_USE enum wsync_err wsync_page_doctor(struct wsync_html *html,
                                                enum wsync_language language,
                                                const char *lines);

#endif
