/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: runs a target over files without libFuzzer, one TAP line a file.
 *
 *     replay_<name> FILE...        replay_<name> DIRECTORY */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_BYTES_MAX = 1 << 20, PATH_BYTES_MAX = 4096 };

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool replay(const char *path, int number)
{
    FILE *file = fopen(path, "rb");
    uint8_t *block = malloc(INPUT_BYTES_MAX);
    WSYNC_ASSERT(block);
    size_t size = file ? fread(block, 1, INPUT_BYTES_MAX, file) : 0;
    /* A copy of its own size, so that a sanitizer sees a read behind its end. */
    uint8_t *input = malloc(size > 0 ? size : 1);
    WSYNC_ASSERT(input);
    memcpy(input, block, size);
    if (file) {
        fclose(file);
        fprintf(stderr, "# %s\n", path); /* the last one named is the one that failed */
        LLVMFuzzerTestOneInput(input, size);
    }
    free(input);
    free(block);
    printf("%s %d - %s\n", file ? "ok" : "not ok", number, path);
    fflush(stdout);
    return file != NULL;
}

static int replay_directory(const char *directory)
{
    struct dirent **entries;
    char path[PATH_BYTES_MAX];
    bool good = true;
    int count = scandir(directory, &entries, visible, alphasort);
    if (count <= 0) {
        printf("1..1\nnot ok 1 - nothing in %s\n", directory);
        return 1;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        good &= replay(path, i + 1);
        free(entries[i]);
    }
    free(entries);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool good = true;
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    if (directory) {
        closedir(directory);
        return replay_directory(argv[1]);
    }
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        good &= replay(argv[i], i);
    }
    return good ? 0 : 1;
}
