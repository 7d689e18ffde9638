/* SPDX-License-Identifier: Apache-2.0 */
/* tlog.h: the district's transparency log in a schedule. */
#ifndef WARDSYNC_TESTS_SIM_TLOG_H
#define WARDSYNC_TESTS_SIM_TLOG_H

#include "tests/sim/parts.h"

/* Begins it, or another tree of it. */
void sim_tlog_open(struct sim_node *district);

/* The district's disk went back: the admin says so now, or only in the end. */
void sim_tlog_went_back(struct sim_node *district);
void sim_tlog_restored(struct sim_node *district);

/* Behind every Ack and Receipt of the district: what it speaks of is durable. */
void sim_tlog_check_said(struct sim_node *node, const struct wsync_session *session,
                         const struct wsync_message *message);

/* Everybody has the receipts that are due, and no alarm without a cause. */
void sim_tlog_check_end(struct sim_world *world);

#endif
