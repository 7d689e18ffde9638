/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* SO_ATTACH_FILTER */
#include "host/link_gate.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

bool wsync_gate_shut(int fd)
{
    struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &drop_all};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool wsync_gate_open(int fd)
{
    int nothing = 0;
    return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof nothing) == 0;
}

bool wsync_gate_forget(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0;
}

bool wsync_gate_thin(int fd)
{
    int on = 1;
    return setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof on) == 0;
}
