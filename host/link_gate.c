/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* SO_ATTACH_FILTER */
#include "host/link_gate.h"

#include <linux/filter.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
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

uint64_t wsync_gate_cost(int fd)
{
    enum { HEADER_BYTES = 52 }; /* IPv4, TCP and its time stamps */
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent) {
        return 0;
    }
    return info.tcpi_bytes_sent + info.tcpi_bytes_received +
           HEADER_BYTES * ((uint64_t)info.tcpi_segs_out + info.tcpi_segs_in);
}

bool wsync_gate_thin(int fd)
{
    int on = 1;
    return setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof on) == 0;
}
