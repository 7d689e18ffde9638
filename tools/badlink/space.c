/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tools/badlink/space.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/badlink/model.h"
#include "tools/badlink/options.h"

static const char *const ADDRESSES[2] = {"10.77.0.1", "10.77.0.2"};
static const char *const DEVICE = "badlink";
static const char *const CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control";

static bool put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    return close(fd) == 0 && done;
}

/* Is root's own right missing, a user namespace of ours gives it. */
static bool become_root(bool *own_user)
{
    char map[64];
    unsigned user = (unsigned)geteuid(), group = (unsigned)getegid();
    if (unshare(CLONE_NEWNET) == 0) {
        return true;
    }
    if (unshare(CLONE_NEWUSER) != 0) {
        return false;
    }
    *own_user = true;
    (void)put_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", user);
    bool mapped = put_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", group);
    return mapped && put_file("/proc/self/gid_map", map);
}

static bool set_up(int control, struct ifreq *request, short flags)
{
    request->ifr_flags = flags;
    return ioctl(control, SIOCSIFFLAGS, request) == 0;
}

static bool set_address(int control, unsigned long order, struct ifreq *request,
                        const char *address)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &where.sin_addr) != 1) {
        return false;
    }
    memcpy(&request->ifr_addr, &where, sizeof where);
    return ioctl(control, order, request) == 0;
}

/* Gives the device its address and size and brings it and the loopback up. */
static bool configure(const char *address)
{
    struct ifreq device = {.ifr_flags = 0}, loopback = {.ifr_flags = 0};
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) {
        return false;
    }
    snprintf(device.ifr_name, sizeof device.ifr_name, "%s", DEVICE);
    snprintf(loopback.ifr_name, sizeof loopback.ifr_name, "lo");
    bool done = set_up(control, &loopback, IFF_UP | IFF_RUNNING) &&
                set_address(control, SIOCSIFADDR, &device, address) &&
                set_address(control, SIOCSIFNETMASK, &device, "255.255.255.0");
    device.ifr_mtu = BADLINK_PACKET_BYTES_MAX;
    done = done && ioctl(control, SIOCSIFMTU, &device) == 0 &&
           set_up(control, &device, IFF_UP | IFF_RUNNING);
    return close(control) == 0 && done;
}

/* A process that stays in the namespace as long as we live. */
static pid_t hold(void)
{
    pid_t parent = getpid(), child = fork();
    if (child != 0) {
        return child;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* ours to answer */
    for (int fd = 0; fd < 1024; fd++) {
        (void)close(fd);
    }
    while (getppid() == parent) {
        (void)pause();
    }
    _exit(0);
}

static int say(int code, char *why, size_t why_len, const char *what)
{
    snprintf(why, why_len, "%s: %s.", what, strerror(errno));
    return code;
}

static int open_side(struct badlink_side *side, const char *address, char *why, size_t why_len)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    side->address = address;
    if (unshare(CLONE_NEWNET) != 0) {
        return say(BADLINK_PERMISSION, why, why_len,
                   "Network namespaces are not permitted here");
    }
    side->net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    side->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (side->net < 0 || side->tun < 0) {
        return say(BADLINK_UNAVAILABLE, why, why_len, "/dev/net/tun cannot be opened");
    }
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", DEVICE);
    if (ioctl(side->tun, TUNSETIFF, &request) != 0 || !configure(address)) {
        return say(BADLINK_UNAVAILABLE, why, why_len, "A TUN device cannot be set up here");
    }
    side->holder = hold();
    return side->holder > 0 ? BADLINK_OK
                            : say(BADLINK_INTERNAL, why, why_len, "No process is left");
}

static void read_control(char name[BADLINK_TCP_BYTES])
{
    int fd = open(CONTROL, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, name, BADLINK_TCP_BYTES - 1);
    name[len > 0 ? len : 0] = 0;
    name[strcspn(name, "\n")] = 0;
    if (fd >= 0) {
        (void)close(fd);
    }
}

int badlink_space_open(struct badlink_space *space, const char *tcp, char *why, size_t why_len)
{
    *space = (struct badlink_space){.own_user = false};
    if (!become_root(&space->own_user)) {
        return say(BADLINK_PERMISSION, why, why_len,
                   "Neither network nor user namespaces are permitted here");
    }
    for (int i = 0; i < 2; i++) {
        int code = open_side(&space->sides[i], ADDRESSES[i], why, why_len);
        if (code != BADLINK_OK) {
            badlink_space_close(space);
            return code;
        }
        (void)put_file(CONTROL, tcp ? tcp : "cubic");
    }
    read_control(space->tcp);
    if (tcp && strcmp(space->tcp, tcp) != 0) {
        snprintf(why, why_len, "This system does not give its connections %.32s, but %s.", tcp,
                 space->tcp);
        badlink_space_close(space);
        return BADLINK_UNAVAILABLE;
    }
    return BADLINK_OK;
}

pid_t badlink_space_run(const struct badlink_space *space, int side, const char *command)
{
    sigset_t none;
    pid_t child = fork();
    if (child != 0) {
        return child;
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(space->sides[side].net, CLONE_NEWNET) == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(127);
}

void badlink_space_close(struct badlink_space *space)
{
    for (int i = 0; i < 2; i++) {
        if (space->sides[i].holder > 0) {
            (void)kill(space->sides[i].holder, SIGKILL);
            (void)waitpid(space->sides[i].holder, NULL, 0);
            space->sides[i].holder = 0;
        }
    }
}
