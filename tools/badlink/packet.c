/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/badlink/packet.h"

#include <string.h>

enum { IP_BYTES = 20, TCP_BYTES = 20, TCP = 6, TTL = 64 };

static uint16_t get_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)get_16(at) << 16 | get_16(at + 2);
}

static void put_16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
    put_16(at, value >> 16);
    put_16(at + 2, value & 0xffff);
}

/* Of one end of a connection, so that the sum of both is the same whichever sends. */
static uint64_t end_of(const uint8_t *address, uint16_t port)
{
    uint64_t z = (uint64_t)get_32(address) << 16 | port;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
}

bool badlink_packet_read(const uint8_t *bytes, size_t len, struct badlink_facts *facts)
{
    *facts = (struct badlink_facts){.tcp = false};
    if (len < IP_BYTES || bytes[0] >> 4 != 4 || get_16(bytes + 2) != len) {
        return false;
    }
    size_t head = (size_t)(bytes[0] & 15) * 4;
    if (head < IP_BYTES || head > len) {
        return false;
    }
    if (bytes[9] != TCP || (get_16(bytes + 6) & 0x3fff) != 0 || len < head + TCP_BYTES) {
        return true;
    }
    const uint8_t *tcp = bytes + head;
    size_t tcp_head = (size_t)(tcp[12] >> 4) * 4;
    if (tcp_head < TCP_BYTES || head + tcp_head > len) {
        return true;
    }
    facts->tcp = true;
    facts->source = get_16(tcp);
    facts->target = get_16(tcp + 2);
    facts->sequence = get_32(tcp + 4);
    facts->acknowledged = get_32(tcp + 8);
    facts->flags = tcp[13];
    facts->payload_bytes = len - head - tcp_head;
    facts->flow = end_of(bytes + 12, facts->source) + end_of(bytes + 16, facts->target);
    facts->flow += facts->flow == 0;
    return true;
}

bool badlink_packet_opens(const struct badlink_facts *facts)
{
    return facts->tcp && (facts->flags & (BADLINK_SYN | BADLINK_ACK)) == BADLINK_SYN;
}

/* The Internet checksum over `sum` and the bytes, an even number of them. */
static uint16_t checksum(uint32_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 2) {
        sum += get_16(bytes + i);
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

void badlink_packet_reset(const uint8_t *bytes, const struct badlink_facts *facts, bool back,
                          uint8_t reset[BADLINK_RESET_BYTES])
{
    uint8_t *tcp = reset + IP_BYTES;
    memset(reset, 0, BADLINK_RESET_BYTES);
    reset[0] = 0x45;
    put_16(reset + 2, BADLINK_RESET_BYTES);
    reset[8] = TTL;
    reset[9] = TCP;
    memcpy(reset + 12, bytes + (back ? 16 : 12), 4);
    memcpy(reset + 16, bytes + (back ? 12 : 16), 4);
    put_16(reset + 10, checksum(0, reset, IP_BYTES));
    put_16(tcp, back ? facts->target : facts->source);
    put_16(tcp + 2, back ? facts->source : facts->target);
    tcp[12] = TCP_BYTES / 4 << 4;
    tcp[13] = BADLINK_RST;
    if (!back || (facts->flags & BADLINK_ACK)) {
        put_32(tcp + 4, back ? facts->acknowledged : facts->sequence);
    } else { /* a SYN is refused by naming what it would have been acknowledged with */
        put_32(tcp + 8, facts->sequence + (uint32_t)facts->payload_bytes +
                            ((facts->flags & BADLINK_SYN) != 0));
        tcp[13] |= BADLINK_ACK;
    }
    /* The pseudo header: both addresses, the protocol, the length. */
    uint32_t sum = TCP + TCP_BYTES;
    for (size_t i = 12; i < IP_BYTES; i += 2) {
        sum += get_16(reset + i);
    }
    put_16(tcp + 16, checksum(sum, tcp, TCP_BYTES));
}
