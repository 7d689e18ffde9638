/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a person or another machine brings; the first byte says which: site.conf, a
 * mapping, a key, a table of units, the sheets of a form (parted by zero bytes). */
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/keys.h"
#include "host/mapping.h"
#include "host/site_conf.h"
#include "host/units_csv.h"
#include "host/xlsform.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

enum { CONF = 0, MAPPING = 1, SIGNING = 2, TRANSPORT = 3, UNITS = 4, FORM = 5, KINDS = 6 };

static struct wsync_scratch scratch;

static const char *put(const char *name, struct wsync_slice bytes,
                       char path[WSYNC_SCRATCH_PATH_BYTES])
{
    int fd = open(wsync_scratch_path(&scratch, name, path), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    WSYNC_ASSERT(fd >= 0);
    bool written = write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len;
    WSYNC_ASSERT(written);
    close(fd);
    return path;
}

/* What is refused is refused with a sentence. */
static void judge(enum wsync_err err, const struct wsync_error *error)
{
    WSYNC_ASSERT(err == WSYNC_OK || error->text[0] != '\0');
}

static void conf(struct wsync_slice bytes)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_site_conf first;
    struct wsync_site_conf second;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_conf_read(put("site.conf", bytes, path), &first, &error);
    judge(err, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_conf_write(path, &first, &error);
        WSYNC_ASSERT(err == WSYNC_OK);
        err = wsync_site_conf_read(path, &second, &error);
        WSYNC_ASSERT(err == WSYNC_OK && first.scope == second.scope &&
                     first.address_count == second.address_count);
    }
}

static void sheets(struct wsync_slice bytes, struct wsync_arena *arena)
{
    static const char *const NAMES[] = {"survey.csv", "choices.csv", "settings.csv"};
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_form form;
    struct wsync_error error = {{0}};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *end = bytes.len > 0 ? memchr(bytes.data, 0, bytes.len) : NULL;
        size_t len = end ? (size_t)(end - bytes.data) : bytes.len;
        put(NAMES[i], fuzz_take(&bytes, len), path);
        (void)fuzz_take(&bytes, 1);
    }
    enum wsync_err err = wsync_xlsform_compile(scratch.path, arena, &form, &error);
    judge(err, &error);
    if (err == WSYNC_OK) {
        err = wsync_form_check(&form, &error);
        WSYNC_ASSERT(err == WSYNC_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_error error = {{0}};
    struct wsync_slice input = wsync_slice(data, size);
    struct wsync_arena *arena = fuzz_arena();
    if (size == 0) {
        return 0;
    }
    if (scratch.path[0] == '\0') {
        wsync_scratch_open(&scratch);
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    if (kind == CONF) {
        conf(input);
    } else if (kind == MAPPING) {
        struct wsync_mapping mapping;
        judge(wsync_mapping_read(put("mapping.conf", input, path), arena, &mapping, &error),
              &error);
    } else if (kind == SIGNING) {
        struct wsync_signing_pair pair;
        judge(wsync_keys_load_signing(put("signing.key", input, path), &pair, &error), &error);
    } else if (kind == TRANSPORT) {
        struct wsync_transport_pair pair;
        judge(wsync_keys_load_transport(put("transport.key", input, path), &pair, &error),
              &error);
    } else if (kind == UNITS) {
        struct wsync_units units;
        judge(wsync_units_read(put("units.csv", input, path), WSYNC_EN, arena, &units,
                               &error),
              &error);
    } else {
        sheets(input, arena);
    }
    return 0;
}
