/* SPDX-License-Identifier: Apache-2.0 */
/* load.h: fourteen wards' logs of one kind of record, made before the clock starts.
 *
 * The record is fixed: form 26 (tests/bench/form), 12 fields, 250 bytes of values (integers
 * count with the bytes of their shortest varint), Vietnamese text. */
#ifndef WARDSYNC_TESTS_BENCH_LOAD_H
#define WARDSYNC_TESTS_BENCH_LOAD_H

#include "host/site.h"

enum {
    LOAD_WARDS = 14,
    LOAD_GROUPS = 4, /* residential groups of a ward, units 101 to 1404 */
    LOAD_FORM = 26,
    LOAD_VALUE_BYTES = 250,
    LOAD_FIRST_DAY = 18993, /* 2022-01-01 */
    LOAD_DAYS = 365,
};

/* The first of the LOAD_DAYS that records are about; LOAD_FIRST_DAY unless it is set. */
extern int32_t load_first_day;

/* A change-set as a frame. */
struct load_frame {
    struct wsync_slice bytes;
    struct wsync_change_set set; /* for who hashes and verifies alone */
};

struct load_ward {
    struct wsync_identity identity;
    struct wsync_transport_key transport;
    uint32_t unit;
    struct wsync_log_id log;
    struct wsync_slice genesis;
    struct wsync_hash start;
    struct load_frame *frames;
    size_t frame_count;
};

struct load {
    struct load_ward wards[LOAD_WARDS];
    uint64_t changes; /* of all */
};

/* Fills in fourteen devices of this district, of unit 2 and up, always the same. */
void load_known(struct load *load, const struct wsync_site *district);

/* Enrols devices, whose identity, transport key and unit are filled in, at the district. */
void load_enrol(const struct load_ward *wards, size_t count, struct wsync_site *district);

/* Writes `changes` one-record changes, as many a ward, into sets of `set_bytes`. */
void load_write(struct load *load, struct wsync_site *district, uint64_t changes,
                size_t set_bytes);

/* The writes of record number `n` of `of` of a ward, spread over the year in the order of days;
 * the texts live until the next call. */
size_t load_record(uint32_t unit, uint64_t n, uint64_t of, struct wsync_write *writes);

/* Bytes of these values. */
size_t load_value_bytes(const struct wsync_write *writes, size_t count);

/* Ends the program with a sentence when something fails. */
void load_must(enum wsync_err err, const char *what);

/* Seconds since some moment, and the CPU seconds of this process. */
double load_seconds(void);
double load_cpu(void);

/* Takes memory and touches each page, for as long as the program runs.  A virtual machine gives
 * free memory back to its host after a while, and a page that comes back costs more than the
 * row on it: what was freed a moment ago is cheap, and a file that grows looks slower once that
 * is used up.  Who holds it measures all of the growth alike. */
void load_hold(size_t bytes);

/* Opens a district's site. */
void load_open(struct wsync_site *site, const char *path);

#endif
