/* SPDX-License-Identifier: Apache-2.0 */
/* What the link emulator reads of packets and of its command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/badlink/options.h"
#include "tools/badlink/packet.h"

/* 10.77.0.2:40000 to 10.77.0.1:5000, sequence 0x01020304, acknowledged 0x0a0b0c0d, PSH and ACK,
 * with three bytes. */
static const uint8_t DATA[43] = {0x45, 0,    0,  43, 0, 0,  0x40, 0,    64,   6,    0,
                                 0,    10,   77, 0,  2, 10, 77,   0,    1,    0x9c, 0x40,
                                 0x13, 0x88, 1,  2,  3, 4,  0x0a, 0x0b, 0x0c, 0x0d, 0x50,
                                 0x18, 1,    0,  0,  0, 0,  0,    'a',  'b',  'c'};

static void a_tcp_packet_is_read(void **state)
{
    (void)state;
    struct badlink_facts facts, back;
    uint8_t bytes[43];
    assert_true(badlink_packet_read(DATA, sizeof DATA, &facts));
    assert_true(facts.tcp && !badlink_packet_opens(&facts));
    assert_int_equal(facts.source, 40000);
    assert_int_equal(facts.target, 5000);
    assert_int_equal(facts.sequence, 0x01020304);
    assert_int_equal(facts.acknowledged, 0x0a0b0c0d);
    assert_int_equal(facts.payload_bytes, 3);
    assert_int_not_equal(facts.flow, 0);
    memcpy(bytes, DATA, sizeof bytes); /* the answer belongs to the same connection */
    memcpy(bytes + 12, DATA + 16, 4);
    memcpy(bytes + 16, DATA + 12, 4);
    memcpy(bytes + 20, DATA + 22, 2);
    memcpy(bytes + 22, DATA + 20, 2);
    assert_true(badlink_packet_read(bytes, sizeof bytes, &back));
    assert_true(back.flow == facts.flow);
    memcpy(bytes + 20, DATA + 20, 2); /* and other ports to another */
    assert_true(badlink_packet_read(bytes, sizeof bytes, &back));
    assert_false(back.flow == facts.flow);
    memcpy(bytes, DATA, sizeof bytes);
    bytes[33] = BADLINK_SYN;
    assert_true(badlink_packet_read(bytes, sizeof bytes, &facts));
    assert_true(badlink_packet_opens(&facts));
    bytes[33] = BADLINK_SYN | BADLINK_ACK;
    assert_true(badlink_packet_read(bytes, sizeof bytes, &facts));
    assert_false(badlink_packet_opens(&facts));
}

static void what_is_none_is_told(void **state)
{
    (void)state;
    static const struct {
        size_t at, len;
        uint8_t value;
        bool whole;
    } CASES[] = {
        {0, 43, 0x65, false}, /* IPv6 */
        {3, 43, 44, false},   /* longer than it is */
        {0, 43, 0x44, false}, /* its head is too short */
        {0, 43, 0x4f, false}, /* its head is longer than all */
        {0, 19, 0x45, false}, /* cut */
        {9, 43, 17, true},    /* UDP */
        {6, 43, 0x20, true},  /* a fragment */
        {32, 43, 0x40, true}, /* the head of TCP is too short */
        {32, 43, 0x60, true}, /* or longer than what is there */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct badlink_facts facts;
        uint8_t bytes[43];
        memcpy(bytes, DATA, sizeof bytes);
        bytes[CASES[i].at] = CASES[i].value;
        assert_int_equal(badlink_packet_read(bytes, CASES[i].len, &facts), CASES[i].whole);
        assert_false(facts.tcp);
        assert_true(facts.flow == 0);
        assert_false(badlink_packet_opens(&facts));
    }
}

/* The checksums, by another way of adding than the code's: all words, carries last. */
static uint32_t sum_of(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
}

static bool sums_up(const uint8_t reset[BADLINK_RESET_BYTES])
{
    return sum_of(reset, 20) % 0xffff == 0 && (sum_of(reset + 12, 28) + 6 + 20) % 0xffff == 0;
}

static void a_reset_fits_both_ends(void **state)
{
    (void)state;
    struct badlink_facts facts, reset;
    uint8_t bytes[43], packet[BADLINK_RESET_BYTES];
    assert_true(badlink_packet_read(DATA, sizeof DATA, &facts));
    badlink_packet_reset(DATA, &facts, true, packet);
    assert_true(sums_up(packet));
    assert_true(badlink_packet_read(packet, sizeof packet, &reset));
    assert_true(reset.tcp && reset.flow == facts.flow);
    assert_int_equal(reset.source, 5000);
    assert_memory_equal(packet + 12, DATA + 16, 4);
    assert_int_equal(reset.flags, BADLINK_RST);
    assert_int_equal(reset.sequence, 0x0a0b0c0d); /* the very next that its sender awaits */
    badlink_packet_reset(DATA, &facts, false, packet);
    assert_true(sums_up(packet));
    assert_true(badlink_packet_read(packet, sizeof packet, &reset));
    assert_int_equal(reset.source, 40000);
    assert_int_equal(reset.sequence, 0x01020304); /* and its receiver */
    memcpy(bytes, DATA, 40);
    bytes[3] = 40;
    bytes[33] = BADLINK_SYN;
    assert_true(badlink_packet_read(bytes, 40, &facts));
    badlink_packet_reset(bytes, &facts, true, packet);
    assert_true(sums_up(packet));
    assert_true(badlink_packet_read(packet, sizeof packet, &reset));
    assert_int_equal(reset.flags, BADLINK_RST | BADLINK_ACK);
    assert_int_equal(reset.acknowledged, 0x01020305);
}

static void numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int digits;
        int64_t value; /* -1: is none */
    } CASES[] = {
        {"0", 0, 0},        {"64k", 0, 64000},       {"1.5", 1, 15}, {"2", 4, 20000},
        {"0.5", 4, 5000},   {"1.5M", 3, 1500000000}, {"", 0, -1},    {"-1", 0, -1},
        {"1.5", 0, -1},     {"1.", 1, -1},           {".5", 1, -1},  {"1.2.3", 4, -1},
        {"k", 0, -1},       {"1kk", 0, -1},          {"2 %", 4, -1}, {"99999999999999", 0, -1},
        {"0.12345", 4, -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        int64_t value = -1;
        bool read = badlink_number(CASES[i].text, CASES[i].digits, &value);
        assert_int_equal(read, CASES[i].value >= 0);
        assert_int_equal(read ? value : -1, CASES[i].value);
    }
}

static int read_line(const char *const *words, struct badlink_options *options)
{
    char *argv[16] = {(char *)"badlink"};
    int argc = 1;
    for (; words[argc - 1]; argc++) {
        argv[argc] = (char *)words[argc - 1];
    }
    return badlink_options_read(argc, argv, options);
}

static void options_change_a_profile_wherever_it_stands(void **state)
{
    (void)state;
    struct badlink_options options;
    static const char *const LINE[] = {"--loss",    "2",        "--seed", "9",
                                       "--profile", "flapping", "--a",    "true",
                                       "--phase",   "1.5",      NULL};
    assert_int_equal(read_line(LINE, &options), -1);
    assert_int_equal(options.link.loss_ppm, 20000);
    assert_int_equal(options.link.seed, 9);
    assert_int_equal(options.link.rate_bits_s, 64000);
    assert_int_equal(options.link.delay_us, 300000);
    assert_int_equal(options.link.up_us, 20000000);
    assert_int_equal(options.link.down_us, 40000000);
    assert_int_equal(options.link.phase_us, 1500000);
    assert_string_equal(options.commands[0], "true");
    assert_null(options.commands[1]);
    static const char *const RTT[] = {"--rtt", "700", "--jitter", "40", "--reset", NULL};
    assert_int_equal(read_line(RTT, &options), -1);
    assert_int_equal(options.link.delay_us, 350000);
    assert_int_equal(options.link.jitter_us, 20000);
    assert_true(options.resets);
    static const char *const NAMES[] = {"2g",       "3g-bad",     "satellite",
                                        "flapping", "dead-after", "fast"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_true(badlink_profile(NAMES[i], &options.link));
        assert_true(options.link.buffer_bytes >= 2 * BADLINK_PACKET_BYTES_MAX);
    }
}

static void a_mistake_is_a_usage_error(void **state)
{
    (void)state;
    static const char *const LINES[][4] = {
        {"--profile", "5g"}, {"--loss", "101"}, {"--loss", "few"},
        {"--jitter", "300"}, {"--up", "20"},    {"--rate"},
        {"--what"},          {"server"},        {"--seed", "-1"},
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        struct badlink_options options;
        assert_int_equal(read_line(LINES[i], &options), BADLINK_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tcp_packet_is_read),
        cmocka_unit_test(what_is_none_is_told),
        cmocka_unit_test(a_reset_fits_both_ends),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(options_change_a_profile_wherever_it_stands),
        cmocka_unit_test(a_mistake_is_a_usage_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
