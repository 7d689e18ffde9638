/* SPDX-License-Identifier: Apache-2.0 */
/* pair.h: a ward pair whose every frame a test can look at: each of the three with its hub. */
#ifndef WARDSYNC_TESTS_PAIR_H
#define WARDSYNC_TESTS_PAIR_H

#include "tests/hub.h"
#include "tests/ward_pair.h"

enum { PAIR_DAY = WARD_PAIR_DAY, PAIR_UNIT = WARD_PAIR_UNIT, PAIR_VERSION = 3 };
enum { PAIR_A = 0, PAIR_B = 1 }; /* the line of the district's hub for each device */

struct pair {
    struct ward_pair *world;     /* its devices are in the roster's version PAIR_VERSION */
    struct hub down, up_a, up_b; /* each ward's session is its hub's line 0 */
};

/* cmocka's set-up and tear-down. */
int pair_set_up(void **state);
int pair_tear_down(void **state);

/* Begins a session of the device on both sides; the ward has greeted.  Answers its hub. */
struct hub *pair_open(struct pair *pair, size_t device);
/* The same of a ward that asks for a receipt only when all it has is acknowledged. */
struct hub *pair_open_late(struct pair *pair, size_t device);
/* Carries frames both ways until nothing moves.  Asserts that nothing was said too early. */
void pair_carry(struct pair *pair, size_t device);
/* A whole session; the ward's result, which an end by both sides must bring. */
enum wsync_err pair_sync(struct pair *pair, size_t device);

/* Writes `count` records at the device. */
void pair_write(struct replica *device, int count);

/* The root names another log key: its secret, which the district does not have yet. */
struct wsync_signing_secret pair_name_log_key(struct pair *pair);

/* Appends to a log a change without operations that carries an extension nobody knows; what
 * decodes it forgets the extension, so only its own bytes bring it on. */
uint64_t pair_add_extension(struct forge *forge);

/* The `nth` ChangeSet of a log said on a line (from 0); false when there are fewer.  It holds
 * until the next call of this or hub_said. */
bool pair_nth_set(struct hub *hub, size_t line, const struct wsync_log_id *log, size_t nth,
                  struct wsync_change_set *set);
/* The bytes of all counted frames said on a line. */
uint64_t pair_counted(const struct hub *hub, size_t line);

#endif
