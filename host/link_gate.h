/* SPDX-License-Identifier: Apache-2.0 */
/* link_gate.h: makes a listening socket deaf and lets it hear again, and a line that is dead
 * forget what it holds.
 *
 * The library accepts whoever connects and spins when no descriptor is left for the next one;
 * an address cannot be unbound without cutting the lines that came through it.  So the system
 * is asked to drop what arrives at the listening socket alone: connections that stand are not
 * touched, and who knocks meanwhile is repeated by TCP and heard a second or a few later. */
#ifndef WARDSYNC_HOST_LINK_GATE_H
#define WARDSYNC_HOST_LINK_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* False when the system does not let us: then only the count of connections protects. */
bool wsync_gate_shut(int fd);
bool wsync_gate_open(int fd);

/* From now on closing the connection throws away what was not sent yet; otherwise the system
 * would send it once the link is back, beside what the next connection sends again. */
bool wsync_gate_forget(int fd);

/* Bytes that the connection has cost so far, both ways, with what the network adds and what was
 * repeated; 0 when the system does not say. */
uint64_t wsync_gate_cost(int fd);

/* The system repeats what is lost at even waits as long as little is under way. */
bool wsync_gate_thin(int fd);

#endif
