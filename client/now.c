/* SPDX-License-Identifier: Apache-2.0 */
#include "client/now.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "host/site.h"

enum { ROW_BYTES = 256 };

static const char *const NAMES[] = {"waits", "knocks", "talks"};

const char *client_now_name(enum client_now_doing doing)
{
    return NAMES[doing];
}

void client_now_write(const char *path, const struct client_now *now)
{
    char name[WSYNC_SITE_PATH_BYTES], draft[WSYNC_SITE_PATH_BYTES], row[ROW_BYTES];
    int len = snprintf(row, sizeof row, "%ld %d %lld %lld %llu %llu %llu %llu %llu %lld\n",
                       (long)getpid(), (int)now->doing, (long long)now->time,
                       (long long)now->next, (unsigned long long)now->sent,
                       (unsigned long long)now->to_send, (unsigned long long)now->taken,
                       (unsigned long long)now->to_take, (unsigned long long)now->bytes,
                       (long long)now->rate);
    int fd = open(wsync_site_file(path, "now.draft", draft),
                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    bool good = write(fd, row, (size_t)len) == len;
    good = close(fd) == 0 && good;
    if (!good || rename(draft, wsync_site_file(path, "now", name)) != 0) {
        (void)unlink(draft);
    }
}

static bool is_running(long pid)
{
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

bool client_now_read(const char *path, struct client_now *now)
{
    char name[WSYNC_SITE_PATH_BYTES], text[ROW_BYTES];
    FILE *file = fopen(wsync_site_file(path, "now", name), "r");
    if (!file) {
        return false;
    }
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    long pid;
    int doing;
    long long time, next, rate;
    unsigned long long sent, to_send, taken, to_take, bytes;
    if (sscanf(text, "%ld %d %lld %lld %llu %llu %llu %llu %llu %lld", &pid, &doing, &time,
               &next, &sent, &to_send, &taken, &to_take, &bytes, &rate) != 10 ||
        doing < CLIENT_NOW_WAITS || doing > CLIENT_NOW_TALKS || !is_running(pid)) {
        return false;
    }
    *now = (struct client_now){.doing = (enum client_now_doing)doing,
                               .time = time,
                               .next = next,
                               .sent = sent,
                               .to_send = to_send,
                               .taken = taken,
                               .to_take = to_take,
                               .bytes = bytes,
                               .rate = rate};
    return true;
}

void client_now_clear(const char *path)
{
    char name[WSYNC_SITE_PATH_BYTES];
    (void)remove(wsync_site_file(path, "now", name));
}
