/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h: figures for a monitoring system, in the text format of Prometheus.
 *
 * Names end with their unit; moments are seconds since 1970, so whoever asks computes an age,
 * and 0 means never.  Labels hold numbers and words of the program, nothing that people
 * wrote. */
#ifndef WARDSYNC_HOST_METRICS_H
#define WARDSYNC_HOST_METRICS_H

#include "host/http.h"
#include "host/pages_process.h"

struct wsync_metric {
    const char *name, *help;
    bool counter; /* it only grows, from the start of the pages; otherwise a gauge */
};

struct wsync_metric_label {
    const char *name, *value; /* the value is escaped */
};

/* What stands before the values of a metric; one value, `label` may be NULL; both for a metric
 * that has one value. */
void wsync_metric_begin(struct wsync_html *out, const struct wsync_metric *metric);
void wsync_metric_value(struct wsync_html *out, const struct wsync_metric *metric,
                        const struct wsync_metric_label *label, int64_t value);
void wsync_metric_only(struct wsync_html *out, const struct wsync_metric *metric,
                       int64_t value);

/* When a key came in force, by its kind; call wsync_metric_begin with WSYNC_METRIC_KEY once. */
extern const struct wsync_metric WSYNC_METRIC_KEY;

/* What both programs tell: the build, whether somebody serves, records, changes, conflicts, the
 * store, the disk, the last backup; in the site's open transaction. */
struct wsync_metrics_counts {
    uint64_t changes, waiting, quarantined, conflicts;
    int64_t backup; /* the last one; 0: never */
};
void wsync_metrics_common(struct wsync_html *out, const struct wsync_site *site,
                          const char *program, const struct wsync_metrics_counts *counts);

/* May they be told to who asks?  Pages of this machine alone: yes.  Otherwise to who has logged
 * in, or to everybody when site.conf says so; false: the answer is written. */
WSYNC_MUST_USE bool wsync_metrics_may(const struct wsync_pages *pages,
                                      const struct wsync_site *site,
                                      const struct wsync_http_request *request,
                                      struct wsync_http_answer *answer);

/* Ends the answer: what was written, or for an error why there is nothing. */
void wsync_metrics_end(struct wsync_http_answer *answer, enum wsync_err err);

#endif
