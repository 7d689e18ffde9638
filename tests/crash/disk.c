/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/crash/disk.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, PAGE = 4096, NAMES_MAX = 512, MACHINES_MAX = 8 };

/* What a file or a folder is. */
struct node;

struct entry {
    const char *name;
    size_t name_bytes;
    struct node *node; /* NULL in a change: the name goes */
};

struct entries {
    struct entry *items;
    size_t count, room;
};

/* A change of bytes; without bytes: of the length. */
struct patch {
    uint64_t offset, len;
    const uint8_t *bytes;
};

struct content {
    uint8_t *bytes;
    size_t len, room;
};

/* What happens at once: a rename within a folder takes one name away and gives another. */
struct renaming {
    struct entry gone, come; /* a name NULL: none */
};

struct node {
    struct node *next;
    uint64_t inode;
    const char *machine;
    bool folder;
    /* of a file */
    struct content durable, picked;
    struct patch *patches;
    size_t patch_count, patch_room;
    uint64_t picked_at; /* the cut that `picked` is of */
    /* of a folder: `now` is what the programs see */
    struct entries names, now;
    struct renaming *changes;
    size_t change_count, change_room;
};

struct picked {
    char path[PATH_MAX];
    const struct node *node;
};

struct disk {
    struct node *nodes; /* the newest first: an inode's number is given again */
    struct node root;
    uint64_t cuts;
    struct picked image[NAMES_MAX];
    size_t image_count;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "crash laboratory: %s\n", what);
    exit(70);
}

static void *grown(void *items, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room) {
        return items;
    }
    *room = *room ? 2 * *room : 8;
    void *more = realloc(items, *room * item_bytes);
    if (!more) {
        die("there is not enough memory");
    }
    return more;
}

/* ---- reading ---- */

bool trace_next(struct trace *trace, struct event *event)
{
    if (trace->at == trace->len) {
        return false;
    }
    const uint8_t *at = trace->bytes + trace->at;
    size_t left = trace->len - trace->at;
    if (left < sizeof event->note) {
        die("the trace ends inside a note");
    }
    memcpy(&event->note, at, sizeof event->note);
    size_t names = (size_t)event->note.path_bytes + event->note.other_bytes;
    left -= sizeof event->note;
    if (left < names || left - names < event->note.bytes) {
        die("the trace ends inside a note");
    }
    event->path = (const char *)at + sizeof event->note;
    event->other = event->path + event->note.path_bytes;
    event->bytes = at + sizeof event->note + names;
    trace->at += sizeof event->note + names + (size_t)event->note.bytes;
    return true;
}

/* ---- folders ---- */

static bool is_named(const struct entry *entry, const char *name, size_t len)
{
    return entry->name_bytes == len && memcmp(entry->name, name, len) == 0;
}

static struct node *find_entry(const struct entries *entries, const char *name, size_t len)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (is_named(&entries->items[i], name, len)) {
            return entries->items[i].node;
        }
    }
    return NULL;
}

static void set_entry(struct entries *entries, struct entry entry)
{
    size_t i = 0;
    while (i < entries->count && !is_named(&entries->items[i], entry.name, entry.name_bytes)) {
        i++;
    }
    if (!entry.node && i < entries->count) {
        entries->items[i] = entries->items[--entries->count];
    } else if (entry.node) {
        if (i == entries->count) {
            entries->items =
                grown(entries->items, entries->count, &entries->room, sizeof *entries->items);
            entries->count++;
        }
        entries->items[i] = entry;
    }
}

static void set_names(struct entries *entries, const struct renaming *change)
{
    if (change->gone.name) {
        set_entry(entries, change->gone);
    }
    if (change->come.name) {
        set_entry(entries, change->come);
    }
}

/* A change of names that the programs see and the disk does not know yet. */
static void change_names(struct node *folder, struct renaming change)
{
    folder->changes = grown(folder->changes, folder->change_count, &folder->change_room,
                            sizeof *folder->changes);
    folder->changes[folder->change_count++] = change;
    set_names(&folder->now, &change);
}

/* The folder that holds a path, and the path's last name. */
static struct node *folder_of(struct disk *disk, const char *path, size_t len,
                              struct entry *last)
{
    struct node *folder = &disk->root;
    for (;;) { /* ends: each turn passes a slash */
        const char *slash = memchr(path, '/', len);
        if (!slash) {
            *last = (struct entry){path, len, NULL};
            return folder;
        }
        folder = find_entry(&folder->now, path, (size_t)(slash - path));
        if (!folder) {
            die("the trace names a folder that is not there");
        }
        len -= (size_t)(slash - path) + 1;
        path = slash + 1;
    }
}

static struct node *node_of(const struct disk *disk, uint64_t inode)
{
    struct node *node = disk->nodes;
    while (node && node->inode != inode) {
        node = node->next;
    }
    return node;
}

/* ---- what the notes do ---- */

/* The name of a machine, the same for every disk and as long as the program runs. */
static const char *machine_name(const char *name, size_t bytes)
{
    static char *names[MACHINES_MAX];
    for (size_t i = 0; i < MACHINES_MAX; i++) {
        if (!names[i]) {
            names[i] = strndup(name, bytes);
            return names[i];
        }
        if (strlen(names[i]) == bytes && memcmp(names[i], name, bytes) == 0) {
            return names[i];
        }
    }
    die("the trace has too many machines");
}

static void make(struct disk *disk, const struct event *event)
{
    struct entry entry;
    struct node *folder = folder_of(disk, event->path, event->note.path_bytes, &entry);
    struct node *there = find_entry(&folder->now, entry.name, entry.name_bytes);
    if (there && there->inode == event->note.inode) {
        return; /* two programs made it in one moment */
    }
    struct node *node = calloc(1, sizeof *node);
    if (!node) {
        die("there is not enough memory");
    }
    node->inode = event->note.inode;
    node->folder = event->note.type == NOTE_FOLDER;
    node->next = disk->nodes;
    disk->nodes = node;
    entry.node = node;
    if (folder == &disk->root) { /* the disk of a machine: it is there */
        node->machine = machine_name(entry.name, entry.name_bytes);
        set_entry(&folder->now, entry);
        return;
    }
    node->machine = folder->machine;
    change_names(folder, (struct renaming){.come = entry});
}

static void change_name(struct disk *disk, const struct event *event)
{
    struct entry from;
    struct entry to = {NULL, 0, NULL};
    struct node *folder = folder_of(disk, event->path, event->note.path_bytes, &from);
    struct node *node = find_entry(&folder->now, from.name, from.name_bytes);
    struct node *other = folder;
    if (!node) {
        die("the trace names what is not there");
    }
    if (event->note.type != NOTE_UNLINK) {
        other = folder_of(disk, event->other, event->note.other_bytes, &to);
        to.node = node;
    }
    struct renaming change = {.come = to};
    if (event->note.type != NOTE_LINK) {
        change.gone = from;
    }
    if (other == folder) {
        change_names(folder, change);
    } else {
        change_names(other, (struct renaming){.come = to});
        change_names(folder, (struct renaming){.gone = change.gone});
    }
}

static void add_patch(struct node *node, const struct event *event)
{
    bool bytes = event->note.type == NOTE_WRITE;
    node->patches =
        grown(node->patches, node->patch_count, &node->patch_room, sizeof *node->patches);
    node->patches[node->patch_count++] = (struct patch){
        event->note.offset, bytes ? event->note.bytes : 0, bytes ? event->bytes : NULL};
}

static void set_length(struct content *content, size_t len)
{
    if (len > content->room) {
        content->room = len + len / 2;
        content->bytes = realloc(content->bytes, content->room);
        if (!content->bytes) {
            die("there is not enough memory");
        }
    }
    if (len > content->len) {
        memset(content->bytes + content->len, 0, len - content->len);
    }
    content->len = len;
}

static void patch(struct content *content, const struct patch *patch)
{
    if (!patch->bytes) {
        set_length(content, (size_t)patch->offset);
        return;
    }
    if (patch->len == 0) { /* a write of nothing makes no file longer */
        return;
    }
    if (patch->offset + patch->len > content->len) {
        set_length(content, (size_t)(patch->offset + patch->len));
    }
    memcpy(content->bytes + patch->offset, patch->bytes, (size_t)patch->len);
}

static void sync_node(struct node *node)
{
    for (size_t i = 0; i < node->patch_count; i++) {
        patch(&node->durable, &node->patches[i]);
    }
    for (size_t i = 0; i < node->change_count; i++) {
        set_names(&node->names, &node->changes[i]);
    }
    node->patch_count = node->change_count = 0;
}

void disk_apply(struct disk *disk, const struct event *event)
{
    struct node *node = node_of(disk, event->note.inode);
    switch ((enum note_type)event->note.type) {
    case NOTE_FILE:
    case NOTE_FOLDER:
        make(disk, event);
        break;
    case NOTE_RENAME:
    case NOTE_LINK:
    case NOTE_UNLINK:
        change_name(disk, event);
        break;
    case NOTE_WRITE:
    case NOTE_LENGTH:
        if (!node) {
            die("the trace writes what is not there");
        }
        add_patch(node, event);
        if (event->note.durable) { /* it does not wait for what else waits there */
            patch(&node->durable, &node->patches[--node->patch_count]);
        }
        break;
    case NOTE_SYNC:
        if (node) {
            sync_node(node);
        }
        break;
    case NOTE_KILL:
    case NOTE_SAID:
    case NOTE_SENT:
        break;
    }
}

const char *disk_machine(struct disk *disk, const struct event *event)
{
    struct entry last;
    struct node *node;
    if (event->note.type == NOTE_SAID || event->note.type == NOTE_SENT ||
        event->note.type == NOTE_KILL || event->note.before) {
        return NULL;
    }
    node = event->note.path_bytes > 0
               ? folder_of(disk, event->path, event->note.path_bytes, &last)
               : node_of(disk, event->note.inode);
    return node ? node->machine : NULL;
}

/* ---- cuts ---- */

uint64_t disk_draw(uint64_t *dice)
{
    uint64_t z = (*dice += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* How a cut deals with one file or folder. */
struct dealing {
    struct disk_cut *cut;
    uint64_t grain;   /* bytes that reach the disk together */
    uint64_t percent; /* how likely they do */
};

static struct dealing deal(struct disk_cut *cut)
{
    static const uint64_t GRAINS[] = {SECTOR, PAGE, UINT64_MAX};
    static const uint64_t PERCENT[] = {0, 20, 50, 80, 95, 100};
    struct dealing dealing = {cut, SECTOR, cut->fate == DISK_ALL ? 100 : 0};
    if (cut->fate == DISK_DICE) {
        dealing.grain = GRAINS[disk_draw(&cut->dice) % (sizeof GRAINS / sizeof *GRAINS)];
        dealing.percent = PERCENT[disk_draw(&cut->dice) % (sizeof PERCENT / sizeof *PERCENT)];
    }
    return dealing;
}

static bool reaches(const struct dealing *dealing)
{
    return dealing->percent == 100 ||
           (dealing->percent > 0 && disk_draw(&dealing->cut->dice) % 100 < dealing->percent);
}

/* The length after the durable state and the first `count` changes. */
static uint64_t length_after(const struct node *node, size_t count)
{
    uint64_t len = node->durable.len;
    for (size_t i = 0; i < count; i++) {
        uint64_t end = node->patches[i].offset + node->patches[i].len;
        len = !node->patches[i].bytes || end > len ? end : len;
    }
    return len;
}

static void pick_bytes(struct node *node, struct disk_cut *cut)
{
    struct dealing dealing = deal(cut);
    size_t until = dealing.percent == 100 ? node->patch_count
                   : dealing.percent == 0 ? 0
                                          : disk_draw(&cut->dice) % (node->patch_count + 1);
    uint64_t end = length_after(node, until);
    set_length(&node->picked, 0);
    set_length(&node->picked, (size_t)end);
    size_t kept = node->durable.len < end ? node->durable.len : (size_t)end;
    if (kept > 0) {
        memcpy(node->picked.bytes, node->durable.bytes, kept);
    }
    for (size_t i = 0; i < node->patch_count; i++) {
        const struct patch *change = &node->patches[i];
        for (uint64_t at = 0; at < change->len;) {
            uint64_t offset = change->offset + at;
            uint64_t len = change->len - at;
            uint64_t room = dealing.grain - offset % dealing.grain;
            len = room < len ? room : len;
            if (reaches(&dealing) && offset < end) {
                size_t put = (size_t)(offset + len <= end ? len : end - offset);
                memcpy(node->picked.bytes + offset, change->bytes + at, put);
            }
            at += len;
        }
    }
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (; len >= 8; len -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x9fb21c651e98df25ULL;
        hash ^= hash >> 29;
    }
    for (; len > 0; len--, at++) {
        hash = (hash ^ *at) * 0x100000001b3ULL;
    }
    return hash;
}

static int by_name(const void *a, const void *b)
{
    const struct entry *one = a;
    const struct entry *two = b;
    size_t len = one->name_bytes < two->name_bytes ? one->name_bytes : two->name_bytes;
    int order = memcmp(one->name, two->name, len);
    return order != 0                          ? order
           : one->name_bytes < two->name_bytes ? -1
                                               : one->name_bytes > two->name_bytes;
}

static uint64_t pick_file(struct disk *disk, struct node *node, struct disk_cut *cut,
                          uint64_t hash)
{
    if (node->picked_at != disk->cuts) { /* once, under however many names */
        pick_bytes(node, cut);
        node->picked_at = disk->cuts;
    }
    return mix(hash, node->picked.bytes, node->picked.len);
}

/* Lists a folder of the image and all below it. */
static uint64_t pick_folder(struct disk *disk, struct node *folder, const char *path,
                            struct disk_cut *cut, uint64_t hash)
{
    struct entries names = {NULL, 0, 0};
    struct dealing dealing = deal(cut);
    for (size_t i = 0; i < folder->names.count; i++) {
        set_entry(&names, folder->names.items[i]);
    }
    for (size_t i = 0; i < folder->change_count; i++) {
        if (reaches(&dealing)) {
            set_names(&names, &folder->changes[i]);
        }
    }
    if (names.count > 0) {
        qsort(names.items, names.count, sizeof *names.items, by_name);
    }
    for (size_t i = 0; i < names.count; i++) {
        struct picked *picked = &disk->image[disk->image_count++];
        if (disk->image_count == NAMES_MAX ||
            (size_t)snprintf(picked->path, sizeof picked->path, "%s%s%.*s", path,
                             *path ? "/" : "", (int)names.items[i].name_bytes,
                             names.items[i].name) >= sizeof picked->path) {
            die("an image has too many names, or too long ones");
        }
        picked->node = names.items[i].node;
        hash = mix(hash, picked->path, strlen(picked->path) + 1);
        hash = picked->node->folder
                   ? pick_folder(disk, names.items[i].node, picked->path, cut, hash)
                   : pick_file(disk, names.items[i].node, cut, hash);
    }
    free(names.items);
    return hash;
}

uint64_t disk_cut(struct disk *disk, const char *machine, struct disk_cut *cut,
                  const struct event *under_way)
{
    struct node *top = find_entry(&disk->root.now, machine, strlen(machine));
    struct node *begun = NULL;
    if (!top) {
        die("the trace has no such machine");
    }
    if (cut->fate == DISK_DICE && under_way && under_way->note.type == NOTE_WRITE) {
        begun = node_of(disk, under_way->note.inode);
        if (begun) {
            add_patch(begun, under_way);
        }
    }
    disk->cuts++;
    disk->image_count = 0;
    uint64_t hash = pick_folder(disk, top, "", cut, 1);
    if (begun) {
        begun->patch_count--;
    }
    return hash;
}

void disk_write(const struct disk *disk, const char *folder)
{
    for (size_t i = 0; i < disk->image_count; i++) {
        const struct picked *picked = &disk->image[i];
        char path[2 * PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, picked->path);
        if (picked->node->folder) {
            if (mkdir(path, 0700) != 0) {
                die("cannot make a folder of an image");
            }
            continue;
        }
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        ssize_t len = (ssize_t)picked->node->picked.len;
        if (fd < 0 || write(fd, picked->node->picked.bytes, (size_t)len) != len || close(fd)) {
            die("cannot write a file of an image");
        }
    }
}

/* ---- all of it ---- */

struct disk *disk_new(void)
{
    struct disk *disk = calloc(1, sizeof *disk);
    if (!disk) {
        die("there is not enough memory");
    }
    disk->root.folder = true;
    return disk;
}

void disk_free(struct disk *disk)
{
    struct node *next;
    for (struct node *node = disk->nodes; node; node = next) {
        next = node->next;
        free(node->durable.bytes);
        free(node->picked.bytes);
        free(node->patches);
        free(node->names.items);
        free(node->now.items);
        free(node->changes);
        free(node);
    }
    free(disk->root.now.items);
    free(disk);
}
