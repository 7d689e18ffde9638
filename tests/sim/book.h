/* SPDX-License-Identifier: Apache-2.0 */
/* book.h: every change that any device ever committed, as a tree of branches for each log, with
 * its addresses already turned into what they name.
 *
 * The book keeps and judges nothing; reference.h says what a replica must make of it. */
#ifndef WARDSYNC_TESTS_SIM_BOOK_H
#define WARDSYNC_TESTS_SIM_BOOK_H

#include "wardsync/ledger.h"

enum {
    SIM_LOGS_MAX = 96,
    SIM_HEIRS_MAX = 8,
    SIM_CHANGES_MAX = 1536,
    SIM_OPERATIONS_MAX = 3072,
    SIM_BASES_MAX = 32768,
    SIM_WRITES_MAX = 24576,
    SIM_TABLE_MAX = 512, /* entries of one log's reference table that are looked at */
    SIM_NONE = UINT16_MAX,
};

/* Operation `op` of `change`, by way of a reference to the branch that ends in `entry`
 * (SIM_NONE: the log itself).  `change` is SIM_NONE when nobody ever heard of it; `never` says
 * that no change could be meant. */
struct sim_address {
    uint16_t entry, change, op;
    bool never;
};

struct sim_value {
    enum wsync_class class;
    int64_t integer; /* of a list: one bit an item */
    uint64_t text;   /* a hash of it */
    size_t bytes;
};

struct sim_write {
    uint32_t field;
    bool personal;
    struct sim_value value;
};

struct sim_operation {
    uint16_t change;
    enum wsync_kind kind;
    bool creates;
    uint32_t form, version;
    struct sim_address record, other;
    uint16_t first_base, base_count; /* in the book's bases */
    const struct sim_write *writes;
    size_t write_count;
    enum wsync_err illegal; /* FIELD or VALUE: what its form does not allow */
};

struct sim_change {
    uint16_t log, seq, before; /* `before`: the change it continues, SIM_NONE for the first */
    int64_t stamp;
    int64_t clock; /* the author's, which an origin does not move */
    struct wsync_hash hash;
    uint64_t text;             /* of the first half of its hash */
    uint16_t first, count;     /* operations */
    uint16_t references;       /* entries of the log's table up to here */
    enum wsync_err unreadable; /* why its operations cannot be read */
    bool has_origin;
    bool origin_bad;     /* names no entry of that seq */
    uint16_t origin_log; /* SIM_NONE: never heard of */
    uint16_t origin_seq;
    struct wsync_hash_prefix origin_hash;
    bool owed; /* not handed in when its device's place was taken: to be written again */
};

/* A device that took the place of another one. */
struct sim_heir {
    struct wsync_device_id device, before;
};

struct sim_log {
    struct wsync_log_id id;
    struct wsync_device_id device;
    bool node; /* written by the district's own device */
    uint32_t scope;
    int64_t stamp; /* of its genesis */
    uint64_t text; /* of its id */
};

struct sim_book {
    struct sim_log logs[SIM_LOGS_MAX];
    size_t log_count;
    struct sim_change changes[SIM_CHANGES_MAX];
    size_t change_count;
    bool has_origins;
    struct sim_heir heirs[SIM_HEIRS_MAX];
    size_t heir_count;
    struct sim_operation operations[SIM_OPERATIONS_MAX];
    size_t operation_count;
    struct sim_address bases[SIM_BASES_MAX];
    size_t base_count;
    struct sim_write writes[SIM_WRITES_MAX];
    size_t write_count;
    struct wsync_reference table[SIM_TABLE_MAX]; /* of the change that is learned */
    size_t table_count;
    struct wsync_raw_change raws[SIM_CHANGES_MAX]; /* as committed; bytes are the book's own */
};

void sim_book_clear(struct sim_book *book);

/* The index of a log or change, SIM_NONE when nobody ever made it. */
uint16_t sim_book_log(const struct sim_book *book, const struct wsync_log_id *id);
uint16_t sim_book_change(const struct sim_book *book, uint16_t log, uint64_t seq,
                         const struct wsync_hash *hash);

/* Takes note of a new log; returns its index. */
uint16_t sim_book_open(struct sim_book *book, const struct wsync_log *log, int64_t stamp,
                       bool node);

/* Where a change goes: behind `before`, SIM_NONE for the first of the log. */
struct sim_place {
    uint16_t log, before;
};

/* Takes note of a change as its author committed it; returns its index. */
uint16_t sim_book_learn(struct sim_book *book, struct sim_place place,
                        const struct wsync_raw_change *raw, const struct wsync_hash *hash,
                        struct wsync_arena *arena);

/* Is the device the other one, or does it stand in its place, of several in turn?  [S13.30] */
bool sim_book_follows(const struct sim_book *book, const struct wsync_device_id *device,
                      const struct wsync_device_id *before);

/* The number of entries of the log's reference table behind a change. */
size_t sim_book_table(const struct sim_book *book, uint16_t change);

/* True while `changes` more surely fit. */
bool sim_book_has_room(const struct sim_book *book, size_t changes);

/* The change of that seq on the branch that ends in `change`; SIM_NONE. */
uint16_t sim_book_at(const struct sim_book *book, uint16_t change, uint64_t seq);

/* A number for these bytes, the same for equal bytes. */
uint64_t sim_text_of(struct wsync_slice bytes);

#endif
