/* SPDX-License-Identifier: Apache-2.0 */
/* vector_world.h: the installation that the vectors are about.
 *
 * Root key from the seed 01*32, registrar 08*32, key of the log 09*32; the district's device
 * (02*32, node, unit 1), a ward's device (03*32, clerk of unit 2) and another ward's (04*32,
 * clerk of unit 3). */
#ifndef WARDSYNC_TESTS_VECTOR_WORLD_H
#define WARDSYNC_TESTS_VECTOR_WORLD_H

#include "tests/vector.h"
#include "wardsync/roster.h"

enum {
    VECTOR_DISTRICT = 0,
    VECTOR_WARD = 1,
    VECTOR_OTHER = 2,
    VECTOR_DEVICES = 3,
    VECTOR_STATEMENTS_MAX = 6,
    VECTOR_STAMP = 1650000000,
};

struct vector_device {
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
    struct wsync_transport_key transport;
    struct wsync_device_id id;
    uint32_t scope;
};

struct vector_world {
    struct wsync_arena *arena;
    struct wsync_root root; /* one of one */
    struct wsync_signing_secret root_secret, registrar_secret;
    struct wsync_district district;
    struct wsync_instance_id instance;
    struct vector_device devices[VECTOR_DEVICES];
    struct wsync_signed_statement statements[VECTOR_STATEMENTS_MAX];
    size_t statement_count;
};

/* The keys; no statement yet. */
void vector_world_init(struct vector_world *world, struct wsync_arena *arena);

/* What enrols a device: the root statement for the district. */
struct wsync_statement vector_enrolment(const struct vector_world *world, size_t device);

/* Fills in version, previous hash and instance, signs, and appends. */
void vector_world_add(struct vector_world *world, struct wsync_statement *statement);

/* Encodes and signs as it stands: with the root key what a root signs, else as registrar. */
struct wsync_signed_statement vector_signed(const struct vector_world *world,
                                            const struct wsync_statement *statement);

/* All three devices enrolled: versions 1 to 3. */
void vector_world_enrol(struct vector_world *world);

/* Writes the `statement` and `signatures` lines of a case: of each statement its keys with
 * their signatures, one behind the other. */
void vector_world_say(const struct vector_world *world, struct vector_book *book);

#endif
