/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/badlink/report.h"

#include <inttypes.h>

static const char *const WAYS[BADLINK_WAYS] = {"a_to_b", "b_to_a"};
static const char *const FATES[BADLINK_FATES] = {"arrives", "lost", "down", "full", "dead"};

void badlink_report_ready(FILE *out, const struct badlink_space *space)
{
    fprintf(out, "{\"event\":\"ready\",\"tcp\":\"%s\"", space->tcp);
    for (int i = 0; i < 2; i++) {
        const struct badlink_side *side = &space->sides[i];
        fprintf(out, ",\"%c\":{\"address\":\"%s\",\"enter\":[\"nsenter\",\"-t\",\"%d\",",
                'a' + i, side->address, (int)side->holder);
        fprintf(out, "%s\"-n\"]}", space->own_user ? "\"-U\",\"--preserve-credentials\"," : "");
    }
    fprintf(out, "}\n");
    (void)fflush(out);
}

static void print_count(FILE *out, const char *name, const struct badlink_count *count)
{
    fprintf(out, "\"%s\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", name, count->packets,
            count->bytes);
}

void badlink_report_stats(FILE *out, const char *event, const struct badlink_model *model,
                          int64_t now_us)
{
    fprintf(out, "{\"event\":\"%s\",\"ms\":%" PRId64 ",\"up\":%s", event,
            (now_us - model->start_us) / 1000,
            badlink_model_is_up(model, now_us) ? "true" : "false");
    fprintf(out, ",\"connections\":%" PRIu64 ",\"cuts\":%" PRIu64, model->connections,
            model->cuts);
    for (int way = 0; way < BADLINK_WAYS; way++) {
        const struct badlink_counters *counters = &model->lines[way].counters;
        fprintf(out, ",\"%s\":{", WAYS[way]);
        print_count(out, "offered", &counters->offered);
        fputc(',', out);
        print_count(out, "sent", &counters->sent);
        fputc(',', out);
        print_count(out, "delivered", &counters->delivered);
        for (int fate = BADLINK_LOST; fate < BADLINK_FATES; fate++) {
            fputc(',', out);
            print_count(out, FATES[fate], &counters->fates[fate]);
        }
        fputc(',', out);
        print_count(out, "duplicated", &counters->duplicated);
        fputc('}', out);
    }
    fprintf(out, "}\n");
    (void)fflush(out);
}

void badlink_report_packet(FILE *out, const struct badlink_offer *offer)
{
    const struct badlink_facts *facts = &offer->facts;
    fprintf(out, "{\"us\":%" PRId64 ",\"way\":\"%s\",\"fate\":\"%s\",\"bytes\":%" PRId64,
            offer->at_us, WAYS[offer->way], FATES[offer->fate], offer->len);
    if (facts->tcp) {
        fprintf(out, ",\"ports\":[%d,%d],\"flags\":\"%s%s%s%s\"", facts->source, facts->target,
                facts->flags & BADLINK_SYN ? "S" : "", facts->flags & BADLINK_FIN ? "F" : "",
                facts->flags & BADLINK_RST ? "R" : "", facts->flags & BADLINK_ACK ? "A" : "");
        fprintf(out, ",\"seq\":%" PRIu32 ",\"ack\":%" PRIu32 ",\"payload\":%zu",
                facts->sequence, facts->acknowledged, facts->payload_bytes);
    }
    if (offer->payload) {
        fprintf(out, ",\"data\":\"");
        for (size_t i = 0; i < facts->payload_bytes; i++) {
            fprintf(out, "%02x", offer->payload[i]);
        }
        fputc('"', out);
    }
    fprintf(out, "}\n");
}
