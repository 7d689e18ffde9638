/* SPDX-License-Identifier: Apache-2.0 */
/* health.h: what a program says of itself to other programs: is it well, can it be used, which
 * one is it.  JSON; what is wrong is a problem of RFC 9457 (application/problem+json), in words
 * for anybody: what names a file or folder goes to the journal (event=unwell). */
#ifndef WARDSYNC_HOST_HEALTH_H
#define WARDSYNC_HOST_HEALTH_H

#include "host/http.h"
#include "host/site.h"

/* Makes the answer, whatever was written, this status with one sentence in English. */
void wsync_health_problem(struct wsync_http_answer *answer, unsigned status,
                          const char *detail);

/* Answers /healthz: the store was opened, and can be begun to read; `err` and `error` say of
 * the opening what was wrong. */
void wsync_health_live(struct wsync_http_answer *answer, struct wsync_site *site,
                       enum wsync_err err, const struct wsync_error *error);

/* Answers /readyz: the same, and somebody serves and goes on to; `down` is "" or a sentence why
 * the program itself says it does not. */
void wsync_health_ready(struct wsync_http_answer *answer, struct wsync_site *site,
                        enum wsync_err err, const struct wsync_error *error, const char *down);

/* Answers /version. */
void wsync_health_version(struct wsync_http_answer *answer, const char *program);

#endif
