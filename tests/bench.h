/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h: three devices of one ward whose logs a test writes by hand, and a reader that has
 * nothing but the roster, to see what it makes of them. */
#ifndef WARDSYNC_TESTS_BENCH_H
#define WARDSYNC_TESTS_BENCH_H

#include "tests/forge.h"
#include "wardsync/totals.h"

enum { BENCH_DAY = 19100, BENCH_UNIT = 2, BENCH_VERSION = 4 };

struct bench {
    struct installation installation;
    struct replica district, wards[3];
    struct forge forms; /* the district's log: REPLICA_FORM version 1 */
    struct forge a, b, c;
    struct replica reader;
};

/* cmocka's set-up and tear-down. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

/* Appends to the district's log the definition of REPLICA_FORM version 2: the same fields and
 * BENCH_MORE, an integer that is summed. */
enum { BENCH_MORE = 7 };
void bench_define_version_2(struct bench *world);

/* Another branch of the log: the same up to `common`, then a record with this count.  Both
 * share one arena; the log is closed for both. */
void bench_branch(struct forge *branch, struct forge *log, uint64_t common, int64_t count);

/* Gives `a` BENCH_COMMON + 2 records and two branches as long: the first leaves it behind
 * BENCH_COMMON, the second one record later. */
enum { BENCH_COMMON = 2 };
void bench_two_forks(struct bench *world, struct forge branches[2]);

/* Delivers a run, or a whole log, to the reader and lets things settle. */
void bench_give(struct bench *world, struct forge *forge, uint64_t first, uint64_t last);
void bench_give_all(struct bench *world, struct forge *forge);

/* Asserts how many changes wait and how many are quarantined; the reason of one, OK for none.
 */
void bench_unsettled(struct bench *world, uint64_t waiting, uint64_t quarantined);
enum wsync_err bench_reason(struct bench *world, const struct forge *forge, uint64_t seq);

/* The record that operation 0 of a change created; it holds until the next call. */
struct wsync_record bench_record(struct bench *world, const struct forge *forge, uint64_t seq);
/* Asserts its shown count and how many values compete; its liveness. */
void bench_shown(struct bench *world, const struct forge *forge, uint64_t seq, int64_t value,
                 size_t count);
void bench_life(struct bench *world, const struct forge *forge, uint64_t seq,
                enum wsync_life life, bool contested);

/* What the cells of one day add up to. */
struct bench_count {
    int64_t records, in_conflict, summed;
    wsync_int128 sum;
};

struct bench_count bench_count_on(struct bench *world, int32_t day);
/* Asserts the records of a day and the sum of their counts. */
void bench_count(struct bench *world, int32_t day, int64_t records, int64_t sum);

/* An address of operation 0; BENCH_NONE is no base. */
struct wsync_address bench_at(uint32_t reference, uint64_t seq);
#define BENCH_NONE ((struct wsync_address){0, 0, 0})

/* Appends a change that sets the count of a record, naming one base or none. */
uint64_t bench_set_count(struct forge *forge, struct wsync_address record,
                         struct wsync_address base, int64_t value);
/* Appends a change without operations that refers to another log up to a seq. */
void bench_meet(struct forge *forge, const struct forge *other, uint64_t upto);

#endif
