/* SPDX-License-Identifier: Apache-2.0 */
#include "host/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/file.h"
#include "host/given.h"
#include "wardsync/crypto.h"

enum { CONTROL_C = 3 };

void wsync_passphrase_wipe(struct wsync_passphrase *passphrase)
{
    wsync_wipe(passphrase, sizeof *passphrase);
}

/* Reads up to the end of the line, byte by byte: what stands behind it is not ours. */
static enum wsync_err read_line(int fd, const char *place, struct wsync_passphrase *passphrase,
                                struct wsync_error *error)
{
    size_t len = 0;
    for (;;) { /* ends: at a line feed, the end, or the bound */
        ssize_t got = read(fd, passphrase->b + len, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return wsync_file_error(errno, "read the passphrase from", place, error);
        }
        if (got == 0 || passphrase->b[len] == '\n') {
            break;
        }
        if (++len > WSYNC_PASSPHRASE_BYTES_MAX) {
            return wsync_error_set(error, WSYNC_ERR_VALUE, "A passphrase has at most %d bytes.",
                                   WSYNC_PASSPHRASE_BYTES_MAX);
        }
    }
    len -= len > 0 && passphrase->b[len - 1] == '\r';
    passphrase->b[len] = '\0';
    passphrase->len = len;
    return len > 0 ? WSYNC_OK
                   : wsync_error_set(error, WSYNC_ERR_VALUE, "The passphrase is empty.");
}

/* Ctrl-C is read as a byte, so that the echo is back before anything ends. */
static enum wsync_err ask(int terminal, const char *prompt, struct wsync_passphrase *passphrase,
                          struct wsync_error *error)
{
    struct termios before, silent;
    if (tcgetattr(terminal, &before) != 0) {
        return wsync_file_error(errno, "use", "/dev/tty", error);
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        return wsync_file_error(errno, "switch the echo off of", "/dev/tty", error);
    }
    (void)!write(terminal, prompt, strlen(prompt));
    enum wsync_err err = read_line(terminal, "/dev/tty", passphrase, error);
    (void)!write(terminal, "\n", 1);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    if (err == WSYNC_OK && memchr(passphrase->b, CONTROL_C, passphrase->len)) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "Broken off.");
    }
    return err;
}

static int open_terminal(struct wsync_error *error)
{
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        (void)wsync_error_set(error, WSYNC_ERR_VALUE,
                              "A passphrase is needed and there is no terminal to ask at; give "
                              "--passphrase-file FILE, or - for standard input.");
    }
    return terminal;
}

static enum wsync_err read_file(const char *file, struct wsync_passphrase *passphrase,
                                struct wsync_error *error)
{
    bool input = strcmp(file, "-") == 0;
    if (!input && wsync_given_check(file, error) != WSYNC_OK) {
        return WSYNC_ERR_RIGHT;
    }
    int fd = input ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return wsync_file_error(errno, "open", file, error);
    }
    enum wsync_err err = read_line(fd, input ? "standard input" : file, passphrase, error);
    if (!input) {
        close(fd);
    }
    return err;
}

enum wsync_err wsync_passphrase_read(const struct wsync_passphrase_source *source,
                                     struct wsync_passphrase *passphrase,
                                     struct wsync_error *error)
{
    if (source->file) {
        return read_file(source->file, passphrase, error);
    }
    int terminal = open_terminal(error);
    if (terminal < 0) {
        return WSYNC_ERR_VALUE;
    }
    enum wsync_err err = ask(terminal, source->prompt, passphrase, error);
    close(terminal);
    return err;
}

static enum wsync_err ask_twice(const char *prompt, struct wsync_passphrase *passphrase,
                                struct wsync_error *error)
{
    WSYNC_PASSPHRASE again;
    int terminal = open_terminal(error);
    if (terminal < 0) {
        return WSYNC_ERR_VALUE;
    }
    enum wsync_err err = ask(terminal, prompt, passphrase, error);
    if (err == WSYNC_OK) {
        err = ask(terminal, "The same once more: ", &again, error);
    }
    close(terminal);
    if (err == WSYNC_OK &&
        (again.len != passphrase->len || strcmp(again.b, passphrase->b) != 0)) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The two passphrases differ; nothing was made.");
    }
    return err;
}

enum wsync_err wsync_passphrase_new(const struct wsync_passphrase_source *source,
                                    struct wsync_passphrase *passphrase,
                                    struct wsync_error *error)
{
    return source->file ? read_file(source->file, passphrase, error)
                        : ask_twice(source->prompt, passphrase, error);
}

enum wsync_err wsync_passphrase_choose(const struct wsync_passphrase_source *source,
                                       struct wsync_passphrase *passphrase,
                                       struct wsync_error *error)
{
    enum wsync_err err = wsync_passphrase_new(source, passphrase, error);
    if (err == WSYNC_OK && passphrase->len < WSYNC_PASSPHRASE_BYTES_MIN) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The passphrase is too short to keep a root key: %d bytes or "
                               "more, a few words.",
                               WSYNC_PASSPHRASE_BYTES_MIN);
    }
    return err;
}
