/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tools/badlink/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/badlink/packet.h"
#include "tools/badlink/report.h"

enum { BURST = 64, ORDER_BYTES = 64, KILLED = 128 };

struct run {
    const struct badlink_options *options;
    struct badlink_space *space;
    FILE *trace;             /* NULL: none */
    pid_t children[2];       /* of the commands; 0: none */
    bool ended[2];           /* it is not waited for: its number is still that of its group */
    char order[ORDER_BYTES]; /* a line of stdin that is not whole yet */
    size_t order_len;
    int code; /* -1: go on */
};

static struct badlink_model model; /* 6 MB: not for a stack */
static volatile sig_atomic_t told_to_end, a_child_ended;

static void on_end(int number)
{
    told_to_end = number;
}

static void on_child(int number)
{
    a_child_ended = number;
}

static int64_t now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- packets ---- */

static void put(const struct run *run, int side, const uint8_t *bytes, size_t len)
{
    /* A namespace that does not take its packet has lost it, as on any link. */
    ssize_t done = write(run->space->sides[side].tun, bytes, len);
    (void)done;
}

/* Tells both ends of a cut connection, behind what they still have on its way. */
static void reset(enum badlink_way way, const uint8_t *bytes, const struct badlink_offer *dead)
{
    uint8_t answer[BADLINK_RESET_BYTES];
    const struct badlink_packet packet = {.bytes = answer, .len = sizeof answer};
    if (dead->facts.flags & BADLINK_RST) {
        return;
    }
    badlink_packet_reset(bytes, &dead->facts, true, answer);
    badlink_model_slip(&model, way == BADLINK_UP ? BADLINK_BACK : BADLINK_UP, &packet,
                       dead->at_us);
    badlink_packet_reset(bytes, &dead->facts, false, answer);
    badlink_model_slip(&model, way, &packet, dead->at_us);
}

static void offer(const struct run *run, int side, const uint8_t *bytes, size_t len)
{
    struct badlink_offer offered = {
        .way = side == 0 ? BADLINK_UP : BADLINK_BACK, .at_us = now_us(), .len = (int64_t)len};
    if (!badlink_packet_read(bytes, len, &offered.facts)) {
        return; /* IPv6 looking for neighbours */
    }
    const struct badlink_packet packet = {.bytes = bytes,
                                          .len = offered.len,
                                          .flow = offered.facts.flow,
                                          .opens = badlink_packet_opens(&offered.facts),
                                          .sequence = offered.facts.sequence};
    offered.fate = badlink_model_offer(&model, offered.way, &packet, offered.at_us);
    if (offered.fate == BADLINK_DEAD && run->options->resets) {
        reset(offered.way, bytes, &offered);
    }
    if (run->trace) {
        offered.at_us -= model.start_us;
        if (run->options->payloads && offered.facts.tcp) {
            offered.payload = bytes + len - offered.facts.payload_bytes;
        }
        badlink_report_packet(run->trace, &offered);
    }
}

static void read_side(struct run *run, int side)
{
    uint8_t bytes[BADLINK_PACKET_BYTES_MAX];
    for (int i = 0; i < BURST; i++) {
        ssize_t len = read(run->space->sides[side].tun, bytes, sizeof bytes);
        if (len < 0) {
            return;
        }
        offer(run, side, bytes, (size_t)len);
    }
}

static void deliver(const struct run *run)
{
    const struct badlink_slot *slot;
    for (int i = 0; i < BURST && (slot = badlink_model_take(&model, now_us())); i++) {
        put(run, slot->way == BADLINK_UP ? 1 : 0, slot->bytes, (size_t)slot->len);
    }
}

/* ---- orders ---- */

static void obey(struct run *run, const char *order)
{
    if (strcmp(order, "reset") == 0) {
        badlink_model_restart(&model, now_us());
    } else if (strcmp(order, "down") == 0 || strcmp(order, "up") == 0) {
        badlink_model_hold(&model, *order == 'd');
    } else if (strcmp(order, "cut") == 0) {
        badlink_model_cut(&model);
    } else if (strcmp(order, "quit") == 0) {
        run->code = BADLINK_OK;
    } else if (strcmp(order, "stats") != 0) {
        order = "unknown";
    }
    if (run->trace) {
        (void)fflush(run->trace);
    }
    badlink_report_stats(stdout, order, &model, now_us());
}

static void read_orders(struct run *run)
{
    char text[ORDER_BYTES];
    ssize_t len = read(STDIN_FILENO, text, sizeof text);
    if (len <= 0) {
        run->code = BADLINK_OK;
    }
    for (ssize_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            run->order[run->order_len] = 0;
            run->order_len = 0;
            obey(run, run->order);
        } else if (run->order_len + 1 < sizeof run->order) {
            run->order[run->order_len++] = text[i];
        }
    }
}

/* ---- commands ---- */

static bool begin_commands(struct run *run)
{
    for (int i = 0; i < 2; i++) {
        if (run->options->commands[i]) {
            run->children[i] = badlink_space_run(run->space, i, run->options->commands[i]);
        }
    }
    return run->children[0] >= 0 && run->children[1] >= 0;
}

static bool has_ended(struct run *run, int side, siginfo_t *how)
{
    *how = (siginfo_t){.si_pid = 0};
    run->ended[side] = waitid(P_PID, (id_t)run->children[side], how,
                              WEXITED | WNOHANG | WNOWAIT) == 0 && how->si_pid != 0;
    return run->ended[side];
}

static void look_for_ends(struct run *run)
{
    siginfo_t how;
    int main_side = run->options->commands[1] ? 1 : 0;
    a_child_ended = 0;
    for (int i = 0; i < 2; i++) {
        if (run->children[i] > 0 && !run->ended[i] && has_ended(run, i, &how) &&
            i == main_side) {
            run->code = how.si_code == CLD_EXITED ? how.si_status : KILLED + how.si_status;
        }
    }
}

/* Asks what still runs to end, waits a while, then insists; with what it left running. */
static void end_commands(struct run *run)
{
    siginfo_t how;
    for (int i = 0; i < 2; i++) {
        if (run->children[i] <= 0) {
            continue;
        }
        (void)kill(-run->children[i], SIGTERM);
        for (int ms = 0; ms < 5000 && !run->ended[i] && !has_ended(run, i, &how); ms += 10) {
            (void)poll(NULL, 0, 10);
        }
        (void)kill(-run->children[i], SIGKILL);
        (void)waitpid(run->children[i], NULL, WNOHANG);
    }
}

/* ---- the loop ---- */

static void listen_for_signals(sigset_t *while_waiting)
{
    struct sigaction end = {.sa_handler = on_end};
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGHUP);
    (void)sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &blocked, while_waiting);
    (void)sigaction(SIGINT, &end, NULL);
    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGHUP, &end, NULL);
    (void)sigaction(SIGCHLD, &child, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void wait_and_move(struct run *run, const sigset_t *while_waiting)
{
    bool orders = !run->options->commands[0] && !run->options->commands[1];
    struct pollfd fds[3] = {{.fd = run->space->sides[0].tun, .events = POLLIN},
                            {.fd = run->space->sides[1].tun, .events = POLLIN},
                            {.fd = orders ? STDIN_FILENO : -1, .events = POLLIN}};
    int64_t due_us = badlink_model_due(&model), left_us = due_us - now_us();
    left_us = left_us < 0 ? 0 : left_us;
    struct timespec wait = {left_us / 1000000, left_us % 1000000 * 1000};
    if (ppoll(fds, 3, due_us == BADLINK_NEVER ? NULL : &wait, while_waiting) < 0) {
        fds[0].revents = fds[1].revents = fds[2].revents = 0;
    }
    deliver(run);
    for (int side = 0; side < 2; side++) {
        if (fds[side].revents) {
            read_side(run, side);
        }
    }
    if (fds[2].revents) {
        read_orders(run);
    }
    if (a_child_ended) {
        look_for_ends(run);
    }
    if (told_to_end && run->code < 0) {
        run->code = orders ? BADLINK_OK : KILLED + told_to_end;
    }
}

int badlink_run(const struct badlink_options *options, struct badlink_space *space, FILE *trace)
{
    struct run run = {.options = options, .space = space, .trace = trace, .code = -1};
    sigset_t while_waiting;
    listen_for_signals(&while_waiting);
    badlink_model_init(&model, &options->link, now_us());
    if (!begin_commands(&run)) {
        run.code = BADLINK_INTERNAL;
    }
    if (!options->commands[0] && !options->commands[1]) {
        badlink_report_ready(stdout, space);
    }
    while (run.code < 0) {
        wait_and_move(&run, &while_waiting);
    }
    end_commands(&run);
    FILE *out = options->stats ? fopen(options->stats, "w") : stderr;
    if (!out) {
        fprintf(stderr, "badlink: %s cannot be written: %s.\n", options->stats,
                strerror(errno));
        return BADLINK_CREATE;
    }
    badlink_report_stats(out, "end", &model, now_us());
    return out != stderr && fclose(out) != 0 ? BADLINK_CREATE : run.code;
}
