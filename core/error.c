/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/error.h"

#include <stdarg.h>
#include <stdio.h>

struct description {
    enum wsync_err err;
    const char *name;
    const char *vi;
    const char *en;
};

static const struct description DESCRIPTIONS[] = {{WSYNC_OK, "ok", "Thành công.", "It worked."},
#define DESCRIBE(NAME, number, name, vi, en) {WSYNC_ERR_##NAME, name, vi, en},
                                                  WSYNC_ERROR_LIST(DESCRIBE)
#undef DESCRIBE
};

static const struct description *describe(enum wsync_err err)
{
    for (size_t i = 0; i < sizeof DESCRIPTIONS / sizeof *DESCRIPTIONS; i++) {
        if (DESCRIPTIONS[i].err == err) {
            return &DESCRIPTIONS[i];
        }
    }
    return NULL;
}

const char *wsync_err_name(enum wsync_err err)
{
    const struct description *found = describe(err);
    return found ? found->name : "unknown";
}

const char *wsync_err_text(enum wsync_err err, enum wsync_language language)
{
    const struct description *found = describe(err);
    if (!found) {
        return language == WSYNC_VI ? "Lỗi không rõ." : "An unknown error.";
    }
    return language == WSYNC_VI ? found->vi : found->en;
}

enum wsync_err wsync_err_from_code(uint32_t code)
{
    if (code < 1000 && describe((enum wsync_err)(-(int)code))) {
        return (enum wsync_err)(-(int)code);
    }
    return WSYNC_ERR_MESSAGE;
}

uint32_t wsync_err_code(enum wsync_err err)
{
    return (uint32_t)(-(int)err);
}

bool wsync_err_is_permanent(enum wsync_err err)
{
    return err <= -100 && err > -200;
}

bool wsync_err_is_ours(enum wsync_err err)
{
    return err == WSYNC_ERR_STORE_FULL || err == WSYNC_ERR_STORE_IO ||
           err == WSYNC_ERR_MEMORY || err == WSYNC_ERR_CORRUPT || err == WSYNC_ERR_OVERFLOW;
}

enum wsync_err wsync_error_set(struct wsync_error *error, enum wsync_err err,
                               const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return err;
}
