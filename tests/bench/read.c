/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: opening a large district store, its totals of a year by week and ward, and its raw
 * log read through once.
 *
 *   read DIR        prints "name value" lines, milliseconds or seconds, medians */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/scrub.h"
#include "tests/bench/load.h"
#include "wardsync/totals.h"

enum { TURNS = 7, WEEKS = 54, UNITS = 32, SUMS = 5 };

/* What the office sees: a row a week and ward. */
struct table {
    int64_t records[WEEKS][UNITS];
    wsync_int128 sums[WEEKS][UNITS][SUMS];
    uint64_t cells;
};

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct table *table = context;
    int32_t week = (cell->day - LOAD_FIRST_DAY) / 7;
    if (week < 0 || week >= WEEKS || cell->scope >= UNITS) {
        return WSYNC_ERR_INVALID;
    }
    table->cells++;
    table->records[week][cell->scope] += cell->records;
    for (uint32_t field = 3; field < 3 + SUMS; field++) {
        const struct wsync_measure *measure = wsync_cell_measure(cell, field, 0);
        table->sums[week][cell->scope][field - 3] += measure ? measure->sum : 0;
    }
    return WSYNC_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, TURNS, sizeof *values, compare);
    return values[TURNS / 2];
}

static double time_totals(struct wsync_site *site, uint64_t *cells)
{
    static struct table table;
    struct wsync_error error = {{0}};
    const struct wsync_totals_query query = {LOAD_FORM, 0, LOAD_FIRST_DAY,
                                             LOAD_FIRST_DAY + LOAD_DAYS - 1};
    memset(&table, 0, sizeof table);
    load_must(wsync_site_begin(site, WSYNC_TXN_READ, &error), error.text);
    double before = load_seconds();
    load_must(wsync_totals_walk(site->txn, &site->arena, &query, add_cell, &table), "totals");
    double took = load_seconds() - before;
    wsync_site_abort(site);
    *cells = table.cells;
    return took;
}

/* The floor of a verification: every page of the raw log read, every change hashed and every
 * seal verified, in one thread, and nothing else (host/scrub.h without its pauses). */
static double time_scrub(struct wsync_site *site)
{
    enum { WHOLE = 1, PAUSE_MS = 1000 };
    struct wsync_scrub scrub = {.begun = true, .rounds = WHOLE};
    double before = load_seconds();
    for (int64_t now_ms = PAUSE_MS; scrub.rounds == WHOLE; now_ms += PAUSE_MS) {
        wsync_scrub_tick(&scrub, site->store, now_ms);
    }
    return load_seconds() - before;
}

int main(int argc, char **argv)
{
    struct wsync_site site;
    double opens[TURNS];
    double firsts[TURNS]; /* these read the map's pages in, too */
    double totals[TURNS];
    uint64_t cells = 0;
    if (argc != 2) {
        fputs("usage: read DIR\n", stderr);
        return 64;
    }
    for (int i = 0; i < TURNS; i++) {
        double before = load_seconds();
        load_open(&site, argv[1]);
        opens[i] = load_seconds() - before;
        firsts[i] = time_totals(&site, &cells);
        totals[i] = time_totals(&site, &cells);
        wsync_site_close(&site);
    }
    load_open(&site, argv[1]);
    double floor_s = time_scrub(&site);
    wsync_site_close(&site);
    fprintf(stderr, "%llu cells\n", (unsigned long long)cells);
    printf("open_ms %.2f\n", median(opens) * 1e3);
    printf("totals_year_first_ms %.2f\n", median(firsts) * 1e3);
    printf("totals_year_ms %.2f\n", median(totals) * 1e3);
    printf("verify_floor_s %.3f\n", floor_s);
    return 0;
}
