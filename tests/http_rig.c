/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* syscall */
#include "tests/http_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/http_live.h"
#include "host/http_wait.h"
#include "wardsync/crypto.h"

enum { PATIENCE_MS = 10000, STEP_MS = 5, QUIET_STEPS = 3 };

static bool stands; /* once there is a rig */
static int64_t passed_ms;

/* In place of the C library's, for the program and for libmicrohttpd, and in every test program
 * that asks for the time.  Once there is a rig they stand still but for what the test lets
 * pass, however long a busy machine takes. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    static struct timespec begun;
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (failed == 0 && clock != CLOCK_REALTIME) {
        begun = begun.tv_sec == 0 || !stands ? *now : begun;
        *now = begun;
        now->tv_sec += (time_t)(passed_ms / 1000);
        now->tv_nsec += (long)(passed_ms % 1000) * 1000000;
        now->tv_sec += now->tv_nsec / 1000000000;
        now->tv_nsec %= 1000000000;
    }
    return (int)failed;
}

void http_rig_pass(int64_t ms)
{
    passed_ms += ms;
}

/* ---- the pages ---- */

static const struct wsync_page_item ITEMS[] = {
    {"/", {"Tổng quan", "Overview"}},
    {"/record", {"Bản ghi", "Records"}},
    {NULL, {NULL, NULL}},
};

static struct wsync_page_frame frame_of(const struct wsync_http_request *request)
{
    return (struct wsync_page_frame){.request = request,
                                     .place = "Phường Ngọc Thụy",
                                     .title = "Tổng quan",
                                     .items = ITEMS,
                                     .state = "Đã lưu tại máy"};
}

static void show_form(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    struct wsync_page_frame frame = frame_of(request);
    struct http_rig *rig = context;
    rig->handled++;
    snprintf(rig->rest, sizeof rig->rest, "%s", request->rest);
    wsync_page_begin(&answer->html, &frame);
    wsync_page_post(&answer->html, &frame, "/save");
    wsync_html_raw(&answer->html, "<input name=\"text\"></form>\n");
    wsync_page_end(&answer->html, &frame);
}

static void show_query(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct http_rig *rig = context;
    rig->handled++;
    for (size_t i = 0; i < request->fields.count; i++) {
        wsync_html_text(&answer->html, request->fields.at[i].name);
        wsync_html_raw(&answer->html, "=");
        wsync_html_text(&answer->html, request->fields.at[i].value);
        wsync_html_raw(&answer->html, "\n");
    }
}

static void save(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct http_rig *rig = context;
    const char *text = wsync_http_field(request, "text");
    rig->by = request->person.number;
    rig->handled++;
    snprintf(rig->saved, sizeof rig->saved, "%s", text ? text : "");
    wsync_http_redirect(answer, "/query?saved=1");
}

static void keep_files(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct http_rig *rig = context;
    size_t used = 0;
    save(context, request, answer);
    rig->files[0] = '\0';
    for (size_t i = 0; i < request->upload_count; i++) {
        const struct wsync_http_upload *upload = &request->uploads[i];
        char begin[5] = "";
        ssize_t got = pread(upload->fd, begin, sizeof begin - 1, 0);
        WSYNC_ASSERT(got > 0 && wsync_action_file_is_sealed(upload->fd) &&
                     wsync_http_upload(request, upload->field));
        used += (size_t)snprintf(rig->files + used, sizeof rig->files - used, "%s %s %zu %s;",
                                 upload->field, upload->name, upload->size, begin);
        WSYNC_ASSERT(used < sizeof rig->files);
    }
}

static void give(struct http_rig *rig, struct wsync_http_answer *answer, const char *type,
                 const char *name)
{
    static char bytes[HTTP_RIG_UPLOAD_BYTES / 2];
    memset(bytes, 'p', sizeof bytes);
    rig->handled++;
    bool given = wsync_http_give_bytes(answer, wsync_slice(bytes, sizeof bytes), type, name);
    WSYNC_ASSERT(given);
}

static void give_file(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    (void)request;
    give(context, answer, "application/pdf", "record-1.pdf");
}

static void give_picture(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    (void)request;
    give(context, answer, "image/jpeg", NULL);
}

static void write_on(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct http_rig *rig = context;
    struct wsync_page_frame frame = frame_of(request);
    rig->handled++;
    wsync_page_begin(&answer->html, &frame);
    for (size_t i = 0; i <= WSYNC_HTML_BYTES_MAX; i++) {
        wsync_html_raw(&answer->html, "secret");
    }
}

static void work_long(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    http_rig_pass(2 * HTTP_RIG_REQUEST_S * INT64_C(1000));
    show_query(context, request, answer);
}

static void wait_for_it(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct http_rig *rig = context;
    const char *times = wsync_http_field(request, "times");
    unsigned until = rig->gone_on + (times ? (unsigned)strtoul(times, NULL, 10) : 1);
    while (rig->gone_on < until) {
        if (!wsync_http_wait(request)) {
            rig->told++;
            answer->status = 503;
            wsync_html_raw(&answer->html, "told");
            return;
        }
    }
    rig->ended++;
    show_query(context, request, answer);
}

void http_rig_wake(struct http_rig *rig, bool heed)
{
    rig->gone_on += heed;
    wsync_http_wake(rig->server);
}

static uint64_t revision_of(void *context)
{
    struct http_rig *rig = context;
    rig->looks++;
    return rig->revision;
}

static const struct wsync_http_route ROUTES[] = {
    {WSYNC_HTTP_GET, "/", show_form, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/record/*", show_form, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/query", show_query, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/save", save, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/upload", keep_files, .role = WSYNC_ROLE_WRITE,
     .upload_bytes_max = HTTP_RIG_UPLOAD_BYTES},
    {WSYNC_HTTP_GET, "/file", give_file, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/picture", give_picture, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/broken", write_on, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/long", work_long, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/wait", wait_for_it, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/live", wsync_http_live, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/language", wsync_page_take_language, .role = WSYNC_ROLE_NOBODY},
    {.path = NULL},
};

/* Lets pass whoever may do as much as the test says. */
static bool let_pass(void *context, struct wsync_http_request *request,
                     enum wsync_page_role need, struct wsync_http_answer *answer)
{
    const struct http_rig *rig = context;
    request->person = (struct wsync_http_person){.number = 7, .role = rig->may, .name = "Lan"};
    if (need > rig->may) {
        wsync_http_redirect(answer, "/login");
    }
    return need <= rig->may;
}

static void open_rig(struct http_rig *rig, const char *address, unsigned connections)
{
    const struct wsync_http_setup setup = {.address = address,
                                           .routes = ROUTES,
                                           .assets = wsync_page_assets(),
                                           .refuse = wsync_page_refuse,
                                           .gate = let_pass,
                                           .revision = revision_of,
                                           .context = rig,
                                           .connections_max = connections,
                                           .idle_s = HTTP_RIG_IDLE_S,
                                           .request_s = HTTP_RIG_REQUEST_S};
    struct wsync_error error;
    WSYNC_ASSERT(wsync_crypto_init());
    stands = true;
    memset(rig, 0, sizeof *rig);
    rig->may = WSYNC_ROLE_ADMIN;
    rig->revision = 41;
    enum wsync_err err = wsync_http_open(&setup, &rig->server, &error);
    WSYNC_ASSERT(err == WSYNC_OK);
    const char *url = wsync_http_url(rig->server);
    rig->port = (unsigned)strtoul(strrchr(url, ':') + 1, NULL, 10);
    snprintf(rig->origin, sizeof rig->origin, "%.*s", (int)(strlen(url) - 1), url);
    snprintf(rig->host, sizeof rig->host, "%s", rig->origin + strlen("http://"));
}

void http_rig_open(struct http_rig *rig, const char *address)
{
    open_rig(rig, address, HTTP_RIG_CONNECTIONS);
}

void http_rig_open_wide(struct http_rig *rig, unsigned connections)
{
    open_rig(rig, "127.0.0.1:0", connections);
}

void http_rig_close(struct http_rig *rig)
{
    wsync_http_close(rig->server);
}

/* ---- the other side ---- */

int http_rig_connect_from(const struct http_rig *rig, unsigned host)
{
    const struct sockaddr_in place = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)rig->port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in own = {.sin_family = AF_INET,
                                    .sin_addr = {htonl(INADDR_LOOPBACK - 1 + host)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int failed = bind(fd, (const struct sockaddr *)&own, sizeof own);
    failed |= connect(fd, (const struct sockaddr *)&place, sizeof place);
    WSYNC_ASSERT(fd >= 0 && failed == 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

int http_rig_connect(const struct http_rig *rig)
{
    return http_rig_connect_from(rig, 1);
}

/* Waits a little for either side and lets the server work; did anything move? */
static bool step(struct http_rig *rig, int fd, short events)
{
    struct pollfd fds[] = {{wsync_http_fd(rig->server), POLLIN, 0}, {fd, events, 0}};
    int wait_ms = wsync_http_wait_ms(rig->server);
    int moved = poll(fds, 2, wait_ms >= 0 && wait_ms < STEP_MS ? wait_ms : STEP_MS);
    enum wsync_err err = wsync_http_run(rig->server);
    WSYNC_ASSERT(err == WSYNC_OK && moved >= 0);
    return moved > 0;
}

bool http_rig_send(struct http_rig *rig, int fd, const char *bytes, size_t len)
{
    for (int waited = 0; len > 0 && waited < PATIENCE_MS; waited += STEP_MS) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            return false;
        }
        bytes += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
        step(rig, fd, POLLOUT);
    }
    return len == 0;
}

bool http_rig_header(const struct http_reply *reply, const char *name, char *value, size_t room)
{
    size_t name_len = strlen(name);
    for (const char *line = strchr(reply->head, '\n'); line; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, name_len) == 0 && line[name_len] == ':') {
            const char *begin = line + name_len + 1 + strspn(line + name_len + 1, " ");
            snprintf(value, room, "%.*s", (int)strcspn(begin, "\r\n"), begin);
            return true;
        }
    }
    return false;
}

/* The head ends here: what does it say? */
static void read_head(struct http_reply *reply, bool head)
{
    char value[32];
    reply->head = reply->bytes;
    reply->bytes[reply->len] = '\0';
    reply->status = (unsigned)strtoul(reply->bytes + strlen("HTTP/1.1 "), NULL, 10);
    reply->body = reply->bytes + ++reply->len;
    if (!head && http_rig_header(reply, "Content-Length", value, sizeof value)) {
        reply->body_len = strtoul(value, NULL, 10);
    }
    WSYNC_ASSERT(reply->len + reply->body_len < sizeof reply->bytes);
    reply->bytes[reply->len + reply->body_len] = '\0';
}

/* How many bytes of this answer are still to come; behind its head may stand the next one. */
static size_t left(const struct http_reply *reply)
{
    return reply->status == 0
               ? 1
               : reply->body_len - (reply->len - (size_t)(reply->body - reply->bytes));
}

bool http_rig_take(struct http_rig *rig, int fd, bool head, struct http_reply *reply)
{
    int waited = 0;
    reply->len = reply->body_len = reply->status = 0;
    reply->head = reply->body = "";
    reply->closed = false;
    while (left(reply) > 0 && waited < PATIENCE_MS) {
        ssize_t got = recv(fd, reply->bytes + reply->len, left(reply), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            reply->closed = true;
            return false;
        }
        if (got < 0) {
            waited += step(rig, fd, POLLIN) ? 0 : STEP_MS;
            continue;
        }
        reply->len += (size_t)got;
        if (reply->status == 0 && reply->len >= 4 &&
            memcmp(reply->bytes + reply->len - 4, "\r\n\r\n", 4) == 0) {
            read_head(reply, head);
        }
    }
    WSYNC_ASSERT(left(reply) == 0);
    return true;
}

bool http_rig_is_held(struct http_rig *rig, int fd)
{
    char byte;
    for (int quiet = 0; quiet < QUIET_STEPS;) {
        quiet = step(rig, fd, POLLIN) ? 0 : quiet + 1;
        if (fd >= 0 && (recv(fd, &byte, 1, MSG_PEEK) >= 0 || errno != EAGAIN)) {
            return false;
        }
    }
    return true;
}

bool http_rig_hear(struct http_rig *rig, int fd, char *text, size_t room)
{
    size_t len = 0;
    bool open = true;
    for (int quiet = 0; open && quiet < QUIET_STEPS;) {
        quiet = step(rig, fd, POLLIN) ? 0 : quiet + 1;
        ssize_t got = recv(fd, text + len, room - 1 - len, 0);
        open = got > 0 || (got < 0 && errno == EAGAIN);
        len += got > 0 ? (size_t)got : 0;
        WSYNC_ASSERT(len < room - 1);
    }
    text[len] = '\0';
    return open;
}

size_t http_rig_write(const struct http_rig *rig, const char *request, char *out, size_t room)
{
    size_t len = 0;
    for (; *request; request++) {
        const char *with = *request == '\n'                         ? "\r\n"
                           : request[0] == '%' && request[1] == 'H' ? rig->host
                           : request[0] == '%' && request[1] == 'O' ? rig->origin
                                                                    : NULL;
        if (with) {
            request += *request == '%';
            len += (size_t)snprintf(out + len, room - len, "%s", with);
        } else {
            out[len++] = *request;
        }
        WSYNC_ASSERT(len < room);
    }
    return len;
}

bool http_rig_say(struct http_rig *rig, int fd, const char *request)
{
    char bytes[1024];
    size_t len = http_rig_write(rig, request, bytes, sizeof bytes);
    return http_rig_send(rig, fd, bytes, len);
}

int http_rig_get(struct http_rig *rig, const char *target)
{
    char request[512];
    int fd = http_rig_connect(rig);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\nHost: %%H\n\n", target);
    bool sent = http_rig_say(rig, fd, request);
    WSYNC_ASSERT(sent);
    return fd;
}

void http_rig_ask(struct http_rig *rig, const char *request, struct http_reply *reply)
{
    static char bytes[1 << 18];
    size_t len = http_rig_write(rig, request, bytes, sizeof bytes);
    int fd = http_rig_connect(rig);
    bool whole = http_rig_send(rig, fd, bytes, len) &&
                 http_rig_take(rig, fd, strncmp(request, "HEAD", 4) == 0, reply);
    WSYNC_ASSERT(whole);
    close(fd);
    step(rig, -1, 0); /* the server sees the end */
}

struct http_visit http_rig_visit(struct http_rig *rig)
{
    static struct http_reply reply;
    struct http_visit visit = {{{0}}, {{0}}};
    char cookie[128];
    http_rig_ask(rig, "GET / HTTP/1.1\nHost: %H\n\n", &reply);
    bool given = http_rig_header(&reply, "Set-Cookie", cookie, sizeof cookie);
    const char *token = strstr(reply.body, "name=\"csrf\" value=\"");
    WSYNC_ASSERT(given && token && strncmp(cookie, "ws=", 3) == 0);
    memcpy(visit.session.text, cookie + 3, sizeof visit.session.text - 1);
    memcpy(visit.token.text, strstr(token, "value=") + 7, sizeof visit.token.text - 1);
    return visit;
}
