/* SPDX-License-Identifier: Apache-2.0 */
/* report.h: what badlink prints: JSON lines. */
#ifndef BADLINK_REPORT_H
#define BADLINK_REPORT_H

#include <stdio.h>

#include "tools/badlink/model.h"
#include "tools/badlink/packet.h"
#include "tools/badlink/space.h"

/* How to enter the namespaces. */
void badlink_report_ready(FILE *out, const struct badlink_space *space);

/* The counters, under the name of what asked for them. */
void badlink_report_stats(FILE *out, const char *event, const struct badlink_model *model,
                          int64_t now_us);

/* One packet that was offered. */
struct badlink_offer {
    enum badlink_way way;
    enum badlink_fate fate;
    int64_t at_us, len; /* since the last reset */
    struct badlink_facts facts;
    const uint8_t *payload; /* of TCP; NULL: not to be printed */
};
void badlink_report_packet(FILE *out, const struct badlink_offer *offer);

#endif
