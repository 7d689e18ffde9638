/* SPDX-License-Identifier: Apache-2.0 */
/* http_probe.h: what every probe of the server of pages begins with: its rig, the last answer,
 * and a rig of its own for each test.  The file itself has `open_rig`. */
#ifndef WARDSYNC_TESTS_HTTP_PROBE_H
#define WARDSYNC_TESTS_HTTP_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/http_rig.h"
#include "tests/scratch.h"

static struct http_rig rig;
static struct http_reply reply;

static int open_rig(void **state);

static int close_rig(void **state)
{
    (void)state;
    http_rig_close(&rig);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

#endif
