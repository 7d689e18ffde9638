/* SPDX-License-Identifier: Apache-2.0 */
/* storm.c: everybody comes back at once after an outage.
 *
 *   storm PROGRAM DIR WARDS RECORDS [PORT PID]      prints "name value" lines
 *
 * Enrols WARDS wards at the district in DIR and serves it with PROGRAM (`district`).  Each ward
 * saves RECORDS records and they all hand them in; when half of them have, the district is
 * killed.  The others' sessions break off, everybody saves as many records again, and once the
 * district serves anew all of them dial in the same moment, which is harder than the jitter of
 * their schedule would make it.  From there on each goes by that schedule.  A ward's time runs
 * from that first attempt until its session ended well and the district holds all it has.
 *
 * With PORT and PID, of a relay in front of the district (tests/bench/relay), the network is
 * cut instead when the first have handed in: the relay is stopped, and neither side hears of
 * the end of its lines.  The wards' sessions end after WSYNC_IDLE_MS_MAX, and then all dial
 * again. */
#define _DEFAULT_SOURCE /* setsockopt's struct timeval */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/crowd.h"

enum { LIMIT_MS = 300000, READY_S = 30 };

/* `district serve`, as a process of its own. */
struct server {
    pid_t pid;
    int told; /* where it says that it is ready (host/notify.h) */
};

static void open_server(struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = READY_S};
    char name[64];
    int len = snprintf(name, sizeof name, "@wardsync-storm-%ld", (long)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)len - 1); /* an abstract name */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len);
    server->told = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (server->told < 0 ||
        setsockopt(server->told, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        bind(server->told, (const struct sockaddr *)&address, size) != 0 ||
        setenv("NOTIFY_SOCKET", name, 1) != 0) {
        load_must(WSYNC_ERR_LINK, "a socket to hear that the district serves");
    }
}

/* Returns when it says that it serves. */
static void start(struct server *server, const char *program, const char *dir)
{
    char state[512];
    server->pid = fork();
    if (server->pid == 0) {
        (void)close(STDERR_FILENO); /* its journal: a line a session */
        if (open("/dev/null", O_WRONLY) == STDERR_FILENO) {
            execl(program, program, "serve", "--data-dir", dir, "--quiet", (char *)NULL);
        }
        _exit(71);
    }
    ssize_t got = server->pid > 0 ? recv(server->told, state, sizeof state, 0) : 0;
    if (got < 7 || memcmp(state, "READY=1", 7) != 0) {
        load_must(WSYNC_ERR_STATE, "the district does not serve");
    }
}

/* Memory of its own, in MiB. */
static double memory_of(const struct server *server)
{
    char path[64];
    char line[128];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)server->pid);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "RssAnon:", 8) == 0) {
            kib = strtod(line + 8, NULL);
        }
    }
    if (!status || fclose(status) != 0) {
        load_must(WSYNC_ERR_STORE_IO, path);
    }
    return kib / 1024;
}

/* Ends it with this signal; the CPU seconds it took. */
static double end(const struct server *server, int sign)
{
    struct rusage before;
    struct rusage after;
    int status;
    (void)getrusage(RUSAGE_CHILDREN, &before);
    (void)kill(server->pid, sign);
    (void)waitpid(server->pid, &status, 0);
    (void)getrusage(RUSAGE_CHILDREN, &after);
    return (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
           (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
           (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void tell(const struct crowd *crowd)
{
    static double took[CROWD_MAX];
    size_t count = 0;
    unsigned attempts = 0;
    unsigned attempts_max = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        const struct crowd_ward *ward = &crowd->wards[i];
        attempts += ward->attempts;
        attempts_max = ward->attempts > attempts_max ? ward->attempts : attempts_max;
        if (ward->synced) {
            took[count++] = ward->synced_s - ward->first_s;
        }
    }
    qsort(took, count, sizeof *took, compare);
    printf("storm_wards %zu\nstorm_synced %zu\n", crowd->count, count);
    printf("storm_attempts %u\nstorm_attempts_most %u\n", attempts, attempts_max);
    if (count > 0) {
        printf("storm_median_s %.3f\n", took[count / 2]);
        printf("storm_p99_s %.3f\n", took[count * 99 / 100]);
        printf("storm_most_s %.3f\n", took[count - 1]);
    }
}

/* The district dies and is served again. */
static void kill_and_serve(struct crowd *crowd, struct server *server, char **argv)
{
    uint64_t records = strtoull(argv[4], NULL, 10);
    crowd_go(crowd);
    if (!crowd_until(crowd, &crowd->synced, crowd->count / 2, LIMIT_MS)) {
        load_must(WSYNC_ERR_STATE, "half of them before the outage");
    }
    (void)end(server, SIGKILL);
    crowd_write(crowd, records, records);
    start(server, argv[1], argv[2]);
    crowd_go(crowd);
}

/* The network dies; a way round it is there when the wards come again. */
static void cut_network(struct crowd *crowd, char **argv)
{
    uint64_t records = strtoull(argv[4], NULL, 10);
    char direct[sizeof crowd->address];
    memcpy(direct, crowd->address, sizeof direct);
    snprintf(crowd->address, sizeof crowd->address, "tcp://127.0.0.1:%s", argv[5]);
    crowd->hold = true; /* until all lines are up, so that all of them are cut */
    crowd_go(crowd);
    bool good = crowd_until(crowd, &crowd->reached, crowd->count, LIMIT_MS);
    crowd_begin(crowd);
    good = good && crowd_until(crowd, &crowd->synced, 1, LIMIT_MS);
    if (!good || kill((pid_t)strtol(argv[6], NULL, 10), SIGSTOP) != 0) {
        load_must(WSYNC_ERR_STATE, "the relay");
    }
    memcpy(crowd->address, direct, sizeof direct);
    crowd_write(crowd, records, records);
    crowd_cut(crowd, WSYNC_IDLE_MS_MAX);
    size_t cut = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        cut += crowd->wards[i].link && crowd->wards[i].reached;
    }
    printf("storm_cut %zu\n", cut);
}

int main(int argc, char **argv)
{
    static struct crowd crowd;
    struct server server;
    struct wsync_site site;
    bool cut = argc == 7;
    size_t wards = argc == 5 || cut ? strtoul(argv[3], NULL, 10) : 0;
    if (wards == 0 || wards > CROWD_MAX) {
        fputs("usage: storm PROGRAM DIR WARDS RECORDS [PORT PID]\n", stderr);
        return 64;
    }
    load_open(&site, argv[2]);
    crowd_open(&crowd, wards, &site);
    wsync_site_close(&site);
    crowd_write(&crowd, 0, strtoull(argv[4], NULL, 10));
    open_server(&server);
    start(&server, argv[1], argv[2]);
    if (cut) {
        cut_network(&crowd, argv);
    } else {
        kill_and_serve(&crowd, &server, argv);
    }
    double cpu = load_cpu();
    (void)crowd_until(&crowd, &crowd.synced, wards, LIMIT_MS); /* the figures say who starved */
    tell(&crowd);
    printf("storm_wards_cpu_s %.3f\n", load_cpu() - cpu);
    printf("storm_server_rss_anon_mib %.1f\n", memory_of(&server));
    printf("storm_server_cpu_s %.3f\n", end(&server, SIGTERM));
    crowd_close(&crowd);
    return 0;
}
