/* SPDX-License-Identifier: Apache-2.0 */
/* lab.c: the crash laboratory: power cuts played from a trace of the real programs (trace.c).
 *
 *   lab prefixes WORK
 *       of every write, sync and change of names in WORK/trace what a cut before it leaves: all
 *       that was done, and only what is durable
 *   lab durable WORK
 *       the same behind the last kill alone, and only what is durable
 *   lab samples WORK SEED COUNT
 *       COUNT distinct cuts that the dice choose (disk.h)
 *   lab one WORK SEED NUMBER DIR
 *       writes that cut's image to DIR and checks a copy of it.  SEED "all" or "none": of a
 *       prefix; "end": at the end of the trace, with NUMBER 0 only what is durable
 *   lab again WORK SEED NUMBER NEW
 *       the same as the beginning of another trace, in the folder NEW: its machine lies in
 *       NEW/root, what was told in NEW/trace
 *   lab list WORK
 *       the notes, one a line, numbered
 *
 * Each image is checked (check.h) by the library and the programs.  Several processes share the
 * work (JOBS).  Says what it found and ends with "N images of M cuts, K violations". */
#define _GNU_SOURCE /* nftw, MAP_ANONYMOUS */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/journal.h"
#include "tests/crash/check.h"

enum { MACHINES_MAX = 8, JOBS_MAX = 16, SHOWN_MAX = 3, GO_ON_EVERY = 16, FTW_FDS = 16 };

struct machine {
    struct told told;
    struct check_machine commands;
};

/* A place where power can fail: before note `note`, on this machine. */
struct place {
    size_t note;
    const char *machine;
};

/* One cut to play. */
struct item {
    size_t place;
    struct disk_cut cut;
    uint64_t number; /* of a sample */
};

/* What a worker is at and has done, for its parent. */
struct progress {
    size_t item;
    uint64_t violations;
};

static struct {
    const char *work;
    struct trace trace;
    struct place *places;
    size_t place_count;
    size_t killed_at; /* the first place behind the last kill */
    struct machine machines[MACHINES_MAX];
    size_t machine_count;
} lab;

static void die(const char *what, const char *which)
{
    fprintf(stderr, "crash laboratory: %s %s\n", what, which);
    exit(70);
}

static void read_trace(void)
{
    char path[PATH_MAX];
    struct stat file;
    snprintf(path, sizeof path, "%s/trace", lab.work);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0 || file.st_size == 0) {
        die("cannot read", path);
    }
    lab.trace.len = (size_t)file.st_size;
    lab.trace.bytes = mmap(NULL, lab.trace.len, PROT_READ, MAP_PRIVATE, fd, 0);
    if (lab.trace.bytes == MAP_FAILED) {
        die("cannot map", path);
    }
    close(fd);
}

static struct machine *machine_of(const char *name)
{
    for (size_t i = 0; i < lab.machine_count; i++) {
        if (strcmp(lab.machines[i].told.machine, name) == 0) {
            return &lab.machines[i];
        }
    }
    return NULL;
}

static void add_machine(const char *name)
{
    if (machine_of(name)) {
        return;
    }
    if (lab.machine_count == MACHINES_MAX) {
        die("too many machines with", name);
    }
    struct machine *machine = &lab.machines[lab.machine_count++];
    machine->told.machine = strdup(name);
    check_read_machine(lab.work, name, &machine->commands);
}

/* Finds every place of the trace. */
static void survey(void)
{
    struct trace trace = lab.trace;
    struct event event;
    struct disk *disk = disk_new();
    size_t room = 0;
    for (size_t note = 0; trace_next(&trace, &event); note++) {
        const char *machine = disk_machine(disk, &event);
        disk_apply(disk, &event);
        lab.killed_at = event.note.type == NOTE_KILL ? lab.place_count : lab.killed_at;
        if (!machine) {
            continue;
        }
        add_machine(machine);
        if (lab.place_count + 1 >= room) {
            room = room ? 2 * room : 1024;
            lab.places = realloc(lab.places, room * sizeof *lab.places);
            if (!lab.places) {
                die("there is not enough", "memory");
            }
        }
        lab.places[lab.place_count++] = (struct place){note, machine_of(machine)->told.machine};
    }
    disk_free(disk);
    if (lab.place_count == 0) {
        die("nothing was written in", lab.work);
    }
    lab.places[lab.place_count] =
        (struct place){SIZE_MAX, lab.places[lab.place_count - 1].machine};
}

/* ---- images ---- */

static int remove_one(const char *path, const struct stat *file, int type, struct FTW *at)
{
    (void)file;
    (void)type;
    return at->level == 0 ? 0 : remove(path);
}

static void empty_folder(const char *folder)
{
    if (mkdir(folder, 0700) != 0 && nftw(folder, remove_one, FTW_FDS, FTW_DEPTH | FTW_PHYS)) {
        die("cannot empty", folder);
    }
}

/* Those that were seen: a table with open addresses. */
struct seen {
    uint64_t *marks;
    size_t count, room; /* a power of two */
};

static bool is_new(struct seen *seen, uint64_t mark)
{
    mark = mark ? mark : 1;
    if (2 * seen->count >= seen->room) {
        struct seen more = {calloc(seen->room ? 2 * seen->room : 1024, sizeof mark), 0,
                            seen->room ? 2 * seen->room : 1024};
        if (!more.marks) {
            die("there is not enough", "memory");
        }
        for (size_t i = 0; i < seen->room; i++) {
            if (seen->marks[i]) {
                (void)is_new(&more, seen->marks[i]);
            }
        }
        free(seen->marks);
        *seen = more;
    }
    size_t at = (size_t)mark & (seen->room - 1);
    while (seen->marks[at] && seen->marks[at] != mark) {
        at = (at + 1) & (seen->room - 1);
    }
    bool fresh = seen->marks[at] == 0;
    seen->marks[at] = mark;
    seen->count += fresh;
    return fresh;
}

/* How a cut is named to people. */
static const char *FATES[] = {[DISK_NONE] = "only what is durable",
                              [DISK_ALL] = "all that was done",
                              [DISK_DICE] = "sample"};

/* One process's share of the items. */
struct share {
    struct seen seen;
    int out; /* the marks of distinct images */
    char folder[PATH_MAX];
    struct progress *progress;
};

static void play(struct share *share, struct disk *disk, const struct item *item,
                 const struct event *next)
{
    char why[CHECK_WHY_BYTES];
    const struct place *place = &lab.places[item->place];
    struct machine *machine = machine_of(place->machine);
    struct disk_cut cut = item->cut;
    uint64_t mark = disk_cut(disk, place->machine, &cut, next);
    uint64_t promises = machine->told.count ^ (uint64_t)(machine - lab.machines) << 32;
    mark ^= disk_draw(&promises);
    if (!is_new(&share->seen, mark)) {
        return;
    }
    if (write(share->out, &mark, sizeof mark) != (ssize_t)sizeof mark) {
        die("cannot write to", "the parent");
    }
    empty_folder(share->folder);
    disk_write(disk, share->folder);
    if (!check_image(share->folder, &machine->told, &machine->commands, mark % GO_ON_EVERY == 0,
                     why)) {
        if (++share->progress->violations <= SHOWN_MAX) {
            printf("%s, cut before note %zu, %s %llu: %s\n", place->machine, place->note,
                   FATES[item->cut.fate], (unsigned long long)item->number, why);
            fflush(stdout);
        }
    }
}

/* Plays items, which stand in the order of their places. */
static void play_all(struct share *share, const struct item *items, size_t count)
{
    struct trace trace = lab.trace;
    struct event event;
    struct disk *disk = disk_new();
    size_t done = 0;
    for (size_t note = 0; done < count && trace_next(&trace, &event); note++) {
        while (done < count && lab.places[items[done].place].note == note) {
            share->progress->item = done;
            play(share, disk, &items[done], &event);
            done++;
        }
        disk_apply(disk, &event);
        for (size_t i = 0; i < lab.machine_count; i++) {
            told_hear(&lab.machines[i].told, &event);
        }
    }
    for (; done < count; done++) { /* at the end of the trace */
        play(share, disk, &items[done], NULL);
    }
    disk_free(disk);
}

/* ---- the work and who does it ---- */

static size_t jobs(void)
{
    const char *given = getenv("JOBS");
    long count = given ? strtol(given, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : (size_t)count;
}

/* Plays the items in several processes; adds what is distinct to `seen`.  How many violations.
 */
static uint64_t run(const struct item *items, size_t count, struct seen *seen)
{
    size_t workers = jobs();
    int ends[2];
    uint64_t mark;
    uint64_t violations = 0;
    pid_t pids[JOBS_MAX];
    struct progress *progress = mmap(NULL, JOBS_MAX * sizeof *progress, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pipe(ends) != 0 || progress == MAP_FAILED) {
        die("cannot make", "a pipe");
    }
    fflush(stdout);
    for (size_t i = 0; i < workers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct share share = {.out = ends[1], .progress = &progress[i]};
            snprintf(share.folder, sizeof share.folder, "%s/image-%zu", lab.work, i);
            size_t first = count * i / workers;
            play_all(&share, items + first, count * (i + 1) / workers - first);
            _exit(0);
        }
    }
    close(ends[1]);
    while (read(ends[0], &mark, sizeof mark) == (ssize_t)sizeof mark) {
        (void)is_new(seen, mark);
    }
    close(ends[0]);
    for (size_t i = 0; i < workers; i++) {
        int status = -1;
        const struct item *last = &items[count * i / workers + progress[i].item];
        if (waitpid(pids[i], &status, 0) != pids[i] || status != 0) {
            printf("cut before note %zu, %s %llu: the check died (status %d)\n",
                   lab.places[last->place].note, FATES[last->cut.fate],
                   (unsigned long long)last->number, status);
            violations++;
        }
        violations += progress[i].violations;
    }
    munmap(progress, JOBS_MAX * sizeof *progress);
    return violations;
}

static int finish(struct seen *seen, size_t cuts, uint64_t violations)
{
    printf("%zu images of %zu cuts, %llu violations\n", seen->count, cuts,
           (unsigned long long)violations);
    free(seen->marks);
    return violations > 0;
}

static int prefixes(void)
{
    struct seen seen = {NULL, 0, 0};
    size_t count = 2 * lab.place_count;
    struct item *items = calloc(count, sizeof *items);
    if (!items) {
        die("there is not enough", "memory");
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct item){i / 2, {i % 2 ? DISK_NONE : DISK_ALL, 0}, i / 2};
    }
    uint64_t violations = run(items, count, &seen);
    free(items);
    return finish(&seen, count, violations);
}

/* Of a run that goes on from what one that was killed has left: also at its end. */
static int durable(void)
{
    struct seen seen = {NULL, 0, 0};
    size_t count = lab.place_count + 1 - lab.killed_at;
    struct item *items = calloc(count, sizeof *items);
    if (!items) {
        die("there is not enough", "memory");
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct item){lab.killed_at + i, {DISK_NONE, 0}, lab.killed_at + i};
    }
    uint64_t violations = run(items, count, &seen);
    free(items);
    return finish(&seen, count, violations);
}

static struct item sample(uint64_t seed, uint64_t number)
{
    struct item item = {.cut = {DISK_DICE, seed << 32 ^ number}, .number = number};
    item.place = (size_t)(disk_draw(&item.cut.dice) % lab.place_count);
    return item;
}

static int by_place(const void *a, const void *b)
{
    const struct item *one = a;
    const struct item *two = b;
    return one->place != two->place ? (one->place > two->place) - (one->place < two->place)
                                    : (one->number > two->number) - (one->number < two->number);
}

/* In rounds, until so many distinct ones were met; a trace has only so many. */
static int samples(uint64_t seed, size_t wanted)
{
    enum { ROUNDS_MAX = 64 };
    struct seen seen = {NULL, 0, 0};
    uint64_t number = 0;
    uint64_t violations = 0;
    for (int round = 0; round < ROUNDS_MAX && seen.count < wanted && violations == 0; round++) {
        size_t count = wanted - seen.count + 16;
        struct item *items = calloc(count, sizeof *items);
        if (!items) {
            die("there is not enough", "memory");
        }
        for (size_t i = 0; i < count; i++) {
            items[i] = sample(seed, ++number);
        }
        qsort(items, count, sizeof *items, by_place);
        violations += run(items, count, &seen);
        free(items);
    }
    return finish(&seen, (size_t)number, violations);
}

/* ---- to look at ---- */

static struct item item_of(const char *seed, const char *number)
{
    uint64_t chosen = strtoull(number, NULL, 10);
    bool all = strcmp(seed, "all") == 0;
    if (strcmp(seed, "end") == 0) {
        enum disk_fate fate = chosen == 0 ? DISK_NONE : DISK_DICE;
        return (struct item){lab.place_count, {fate, chosen}, chosen};
    }
    if (!all && strcmp(seed, "none") != 0) {
        return sample(strtoull(seed, NULL, 10), chosen);
    }
    return (struct item){
        (size_t)chosen % lab.place_count, {all ? DISK_ALL : DISK_NONE, 0}, chosen};
}

/* Makes the cut's image in a folder; with `out` what was said before it is copied there. */
static void make_image(const struct item *item, const char *folder, int out)
{
    struct trace trace = lab.trace;
    struct event event;
    struct disk *disk = disk_new();
    struct disk_cut cut = item->cut;
    const struct place *place = &lab.places[item->place];
    size_t from = trace.at;
    for (size_t note = 0; trace_next(&trace, &event) && note < place->note; note++) {
        bool said = event.note.type == NOTE_SAID || event.note.type == NOTE_SENT;
        ssize_t len = (ssize_t)(trace.at - from);
        if (said && out >= 0 && write(out, trace.bytes + from, (size_t)len) != len) {
            die("cannot write", "a trace");
        }
        disk_apply(disk, &event);
        from = trace.at;
    }
    (void)disk_cut(disk, place->machine, &cut, place->note == SIZE_MAX ? NULL : &event);
    empty_folder(folder);
    disk_write(disk, folder);
    disk_free(disk);
    printf("%s, cut before note %zu\n", place->machine, place->note);
}

static int one(const struct item *item, const char *folder)
{
    struct seen seen = {NULL, 0, 0};
    make_image(item, folder, -1);
    return finish(&seen, 1, run(item, 1, &seen));
}

/* Notes what lies in a folder: it was there before the trace began. */
static int base_trace = -1;
static size_t base_bytes; /* of the root's path */

static int note_base(const char *path, const struct stat *file, int type, struct FTW *at)
{
    static uint8_t bytes[64 << 20];
    const char *name = path + base_bytes;
    struct note make = {.type = type == FTW_F ? NOTE_FILE : NOTE_FOLDER,
                        .path_bytes = (uint16_t)strlen(name),
                        .before = 1,
                        .inode = (uint64_t)file->st_ino};
    struct note fill = {.type = NOTE_WRITE, .durable = 1, .before = 1, .inode = make.inode};
    (void)at;
    int fd = type == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    fill.bytes = fd >= 0 ? (uint64_t)read(fd, bytes, sizeof bytes) : 0;
    bool good = fill.bytes < sizeof bytes &&
                write(base_trace, &make, sizeof make) == (ssize_t)sizeof make &&
                write(base_trace, name, make.path_bytes) == (ssize_t)make.path_bytes &&
                write(base_trace, &fill, sizeof fill) == (ssize_t)sizeof fill &&
                write(base_trace, bytes, (size_t)fill.bytes) == (ssize_t)fill.bytes;
    if (fd >= 0) {
        close(fd);
    }
    return good ? 0 : -1;
}

/* Folders are synced when all is there: their names are durable then. */
static int sync_base(const char *path, const struct stat *file, int type, struct FTW *at)
{
    struct note sync = {.type = NOTE_SYNC, .before = 1, .inode = (uint64_t)file->st_ino};
    (void)path;
    (void)type;
    (void)at;
    return write(base_trace, &sync, sizeof sync) == (ssize_t)sizeof sync ? 0 : -1;
}

static int again(const struct item *item, const char *folder)
{
    char path[PATH_MAX];
    const char *machine = lab.places[item->place].machine;
    empty_folder(folder);
    snprintf(path, sizeof path, "%s/trace", folder);
    base_trace = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    base_bytes = (size_t)snprintf(path, sizeof path, "%s/root", folder) + 1;
    empty_folder(path);
    snprintf(path, sizeof path, "%s/root/%s", folder, machine);
    make_image(item, path, base_trace);
    if (nftw(path, note_base, FTW_FDS, FTW_PHYS) != 0 ||
        nftw(path, sync_base, FTW_FDS, FTW_PHYS) != 0) {
        die("cannot note what is in", path);
    }
    close(base_trace);
    return 0;
}

static int list(void)
{
    struct trace trace = lab.trace;
    struct event event;
    for (size_t note = 0; trace_next(&trace, &event); note++) {
        printf("%6zu %c %.*s %.*s inode %llu at %llu: %llu bytes%s\n", note, event.note.type,
               event.note.path_bytes, event.path, event.note.other_bytes, event.other,
               (unsigned long long)event.note.inode, (unsigned long long)event.note.offset,
               (unsigned long long)event.note.bytes, event.note.durable ? ", durable" : "");
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    if (!wsync_crypto_init() || argc < 3) {
        fprintf(stderr, "lab prefixes|durable|samples|one|again|list WORK "
                        "[SEED COUNT|NUMBER [DIR]]\n");
        return 64;
    }
    lab.work = argv[2];
    wsync_journal_set_level(WSYNC_JOURNAL_ERROR);
    read_trace();
    survey();
    if (strcmp(mode, "prefixes") == 0) {
        return prefixes();
    }
    if (strcmp(mode, "durable") == 0) {
        return durable();
    }
    if (strcmp(mode, "samples") == 0 && argc == 5) {
        return samples(strtoull(argv[3], NULL, 10), (size_t)strtoull(argv[4], NULL, 10));
    }
    if (argc == 6 && (strcmp(mode, "one") == 0 || strcmp(mode, "again") == 0)) {
        struct item item = item_of(argv[3], argv[4]);
        return (strcmp(mode, "one") == 0 ? one : again)(&item, argv[5]);
    }
    return strcmp(mode, "list") == 0 ? list() : 64;
}
