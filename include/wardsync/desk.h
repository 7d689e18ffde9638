/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h: the secrets with which the district signs while it serves.
 *
 * Either may be missing: without the registrar's nobody is enrolled and no keys are rotated,
 * without the log's no receipt is given.  Its owner wipes it. */
#ifndef WARDSYNC_DESK_H
#define WARDSYNC_DESK_H

#include "wardsync/ids.h"

struct wsync_desk {
    bool has_registrar;
    struct wsync_signing_secret registrar;
    bool has_log;
    struct wsync_signing_secret log; /* signs checkpoints */
};

#endif
