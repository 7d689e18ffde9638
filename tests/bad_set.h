/* SPDX-License-Identifier: Apache-2.0 */
/* bad_set.h: change-sets that must not be taken, each spoiled in one thing, and the world in
 * which all else about them is good. */
#ifndef WARDSYNC_TESTS_BAD_SET_H
#define WARDSYNC_TESTS_BAD_SET_H

#include "tests/forge.h"

enum { BAD_SET_DAY = 19100, BAD_SET_HELD = 3, BAD_SET_WRITTEN = 8 };

struct bad_set_world {
    struct installation installation;
    struct replica district, a, b, c, gone; /* units 2, 2, 3, 2; the last one is revoked */
    uint64_t version, revoked;              /* roster: with all enrolled; with `gone` revoked */
    struct forge log;   /* of `a`: the district holds the first HELD of WRITTEN */
    struct forge other; /* of `a`, new to the district, for a case to spoil */
    struct forge good;  /* of `b`, new to the district */
};

/* cmocka's set-up and tear-down. */
int bad_set_set_up(void **state);
int bad_set_tear_down(void **state);

struct bad_set_case {
    const char *name;
    struct wsync_change_set (*make)(struct bad_set_world *world); /* spoils the world, too */
    enum wsync_err code;
};

/* The cases by index, NULL behind the last one. */
const struct bad_set_case *bad_set_case(size_t index);

/* Appends a draft with this context behind what the district holds. */
struct wsync_change_set bad_set_with_context(struct bad_set_world *world,
                                             const struct wsync_context *context);

#endif
