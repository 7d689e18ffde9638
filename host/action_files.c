/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */
#include "host/action_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* Room for what the system may hand over in one read: it closes what does not fit. */
union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int) * WSYNC_ACTION_FILES_MAX)];
};

/* Takes over the descriptors of one message. */
static bool keep(struct msghdr *message, struct wsync_action_files *files)
{
    bool good = (message->msg_flags & MSG_CTRUNC) == 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
         head = CMSG_NXTHDR(message, head)) {
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        bool is_files = head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS;
        for (size_t i = 0; is_files && i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (files->count < sizeof files->at / sizeof *files->at) {
                files->at[files->count++] = fd;
            } else {
                close(fd);
                good = false;
            }
        }
    }
    return good;
}

ssize_t wsync_action_files_recv(int fd, void *bytes, size_t len,
                                struct wsync_action_files *files)
{
    union control control;
    struct iovec part = {.iov_base = bytes, .iov_len = len};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got >= 0 && !keep(&message, files)) {
        errno = EPROTO;
        return -1;
    }
    return got;
}

ssize_t wsync_action_files_send(int fd, struct wsync_slice bytes, const int *files,
                                size_t count)
{
    union control control = {.bytes = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes.data, .iov_len = bytes.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        WSYNC_ASSERT(count <= WSYNC_ACTION_FILES_MAX);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof *files);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(count * sizeof *files);
        memcpy(CMSG_DATA(&control.head), files, count * sizeof *files);
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool wsync_action_files_take(struct wsync_action_files *files, size_t count,
                             int taken[WSYNC_ACTION_FILES_MAX])
{
    if (count > files->count || count > WSYNC_ACTION_FILES_MAX) {
        return false;
    }
    memcpy(taken, files->at, count * sizeof *taken);
    files->count -= count;
    memmove(files->at, files->at + count, files->count * sizeof *files->at);
    return true;
}

void wsync_action_files_close(struct wsync_action_files *files)
{
    while (files->count > 0) {
        close(files->at[--files->count]);
    }
}

/* ---- files in memory ---- */

int wsync_action_file_new(const char *name, size_t bytes_max)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, (off_t)bytes_max) != 0 || /* takes no memory by itself */
                    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool wsync_action_file_seal(int fd, size_t len)
{
    return ftruncate(fd, (off_t)len) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
           fcntl(fd, F_ADD_SEALS, SEALS) == 0;
}

bool wsync_action_file_is_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS;
}
