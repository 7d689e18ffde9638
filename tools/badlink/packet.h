/* SPDX-License-Identifier: Apache-2.0 */
/* packet.h: what a link sees of an IPv4 packet, and the answer of a link that resets. */
#ifndef BADLINK_PACKET_H
#define BADLINK_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BADLINK_FIN = 1, BADLINK_SYN = 2, BADLINK_RST = 4, BADLINK_ACK = 16 };
enum { BADLINK_RESET_BYTES = 40 };

struct badlink_facts {
    bool tcp;      /* the fields below are set; never for a fragment */
    uint64_t flow; /* of addresses and ports, the same both ways; never 0 */
    uint16_t source, target;
    uint32_t sequence, acknowledged;
    uint8_t flags;
    size_t payload_bytes; /* above TCP */
};

/* Reads what can be read.  False when it is no whole IPv4 packet. */
bool badlink_packet_read(const uint8_t *bytes, size_t len, struct badlink_facts *facts);

/* Does it open a connection: SYN without ACK? */
bool badlink_packet_opens(const struct badlink_facts *facts);

/* Lays out the reset that a cut link says about the TCP packet `bytes`: `back` to its sender,
 * as a machine without such a connection would, or on to its receiver in the sender's name. */
void badlink_packet_reset(const uint8_t *bytes, const struct badlink_facts *facts, bool back,
                          uint8_t reset[BADLINK_RESET_BYTES]);

#endif
