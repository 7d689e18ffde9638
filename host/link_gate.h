/* SPDX-License-Identifier: Apache-2.0 */
/* link_gate.h: makes a listening socket deaf and lets it hear again.
 *
 * The library accepts whoever connects and spins when no descriptor is left for the next one;
 * an address cannot be unbound without cutting the lines that came through it.  So the system
 * is asked to drop what arrives at the listening socket alone: connections that stand are not
 * touched, and who knocks meanwhile is repeated by TCP and heard a second or a few later. */
#ifndef WARDSYNC_HOST_LINK_GATE_H
#define WARDSYNC_HOST_LINK_GATE_H

#include <stdbool.h>

/* False when the system does not let us: then only the count of connections protects. */
bool wsync_gate_shut(int fd);
bool wsync_gate_open(int fd);

#endif
