/* SPDX-License-Identifier: Apache-2.0 */
/* next_step.h: what a person can do next when a conversation ended with an error: one sentence
 * for each that a conversation can end with. */
#ifndef WARDSYNC_HOST_NEXT_STEP_H
#define WARDSYNC_HOST_NEXT_STEP_H

#include "wardsync/error.h"

/* "" for WSYNC_OK. */
const char *wsync_next_step(enum wsync_err err, enum wsync_language language);

#endif
