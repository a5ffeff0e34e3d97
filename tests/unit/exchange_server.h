/* A tiny loopback server for the exchange tests: one process per connection, answers scripted by IdNr. It exists because the client must be shown
 * peers that break the protocol; the complete stand-in (tools/registers) serves the end-to-end tests. Counters are shared memory. */
#ifndef TESTS_UNIT_EXCHANGE_SERVER_H
#define TESTS_UNIT_EXCHANGE_SERVER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVER_MAX_REQUESTS = 4096 };
typedef struct server_log { int count; char line[SERVER_MAX_REQUESTS][200]; char head[SERVER_MAX_REQUESTS][1200]; } server_log;
static server_log *server_seen;
static pid_t server_pid;
static int server_port;

/* What a request looked like, and the scripted reaction. Returns false to close the connection. */
typedef struct server_request { char target[1024], id[64], service[256], key[64]; char head[4096]; int attempt; /* of this key, from 1 */ int fd; } server_request;
typedef bool server_script(const server_request *r);

static void server_write(int fd, const char *data, size_t n) {
  while (n) {
    ssize_t w = send(fd, data, n, MSG_NOSIGNAL);
    if (w <= 0) return;
    data += w;
    n -= (size_t)w;
  }
}
static void server_text(int fd, const char *text) { server_write(fd, text, strlen(text)); }

static const char *server_header(const char *head, const char *name, char *out, size_t size) {
  size_t n = strlen(name);
  out[0] = 0;
  for (const char *s = head; (s = strstr(s, "\r\n")); ) {
    s += 2;
    if (strncasecmp(s, name, n) != 0 || s[n] != ':') continue;
    s += n + 1;
    while (*s == ' ') s++;
    size_t len = strcspn(s, "\r\n");
    if (len >= size) len = size - 1;
    memcpy(out, s, len);
    out[len] = 0;
    return out;
  }
  return out;
}

/* Echo headers as a security server sets them; client fixed. */
static void server_echo(const server_request *r, char *out, size_t size) {
  snprintf(out, size, "x-road-client: TH/GOV/FAMKA/anspruch\r\nx-road-service: %s\r\nx-road-id: %s\r\nx-road-request-id: 11111111-2222-4333-8444-555555555555\r\nx-road-request-hash: xx==\r\n", r->service, r->id);
}
static bool server_answer(const server_request *r, int status, const char *type, const char *extra, const char *body, size_t n) {
  char head[2048], echo[1024];
  server_echo(r, echo, sizeof echo);
  snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Type: %s\r\n%s%sContent-Length: %zu\r\n\r\n", status, type, echo, extra, n);
  server_text(r->fd, head);
  server_write(r->fd, body, n);
  return true;
}
static bool server_json(const server_request *r, const char *body) { return server_answer(r, 200, "application/json; charset=utf-8", "", body, strlen(body)); }

static int server_count(const char *key) { /* requests seen for a key */
  int n = 0;
  for (int i = 0; i < server_seen->count && i < SERVER_MAX_REQUESTS; i++) n += strstr(server_seen->line[i], key) != NULL;
  return n;
}

static void server_connection(int fd, server_script *script) {
  static char buffer[65536];
  size_t n = 0;
  for (;;) {
    char *end;
    while (!(end = memmem(buffer, n, "\r\n\r\n", 4))) {
      ssize_t got = n < sizeof buffer - 1 ? read(fd, buffer + n, sizeof buffer - 1 - n) : 0;
      if (got <= 0) return;
      n += (size_t)got;
    }
    server_request r = {.fd = fd};
    size_t len = (size_t)(end - buffer) + 4;
    snprintf(r.head, sizeof r.head, "%.*s", (int)(len < sizeof r.head ? len : sizeof r.head - 1), buffer);
    sscanf(buffer, "GET %1023s", r.target);
    server_header(r.head, "X-Road-Id", r.id, sizeof r.id);
    const char *path = strstr(r.target, "/r1/") ? strstr(r.target, "/r1/") + 4 : "";
    size_t service = 0;
    for (int slash = 0; path[service] && path[service] != '?'; service++)
      if (path[service] == '/' && ++slash == 5) break;
    snprintf(r.service, sizeof r.service, "%.*s", (int)service, path);
    snprintf(r.key, sizeof r.key, "%.60s", path[service] ? path + service + 1 : "");
    int at = __atomic_fetch_add(&server_seen->count, 1, __ATOMIC_SEQ_CST);
    if (at < SERVER_MAX_REQUESTS) {
      snprintf(server_seen->line[at], sizeof server_seen->line[at], "%.190s", r.target);
      snprintf(server_seen->head[at], sizeof server_seen->head[at], "%.1190s", r.head);
    }
    r.attempt = server_count(r.target);
    memmove(buffer, buffer + len, n - len);
    n -= len;
    if (!script(&r)) return;
  }
}

static void server_start(server_script *script) {
  server_seen = mmap(NULL, sizeof *server_seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (server_seen == MAP_FAILED) abort();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 64) || getsockname(listener, (struct sockaddr *)&a, &size)) abort();
  server_port = ntohs(a.sin_port);
  server_pid = fork();
  if (server_pid == 0) {
    setpgid(0, 0); /* so that the children of this server end with it */
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
      int fd = accept(listener, NULL, NULL);
      if (fd < 0) continue;
      if (fork() == 0) {
        close(listener);
        server_connection(fd, script);
        shutdown(fd, SHUT_RDWR);
        _exit(0);
      }
      close(fd);
    }
  }
  setpgid(server_pid, server_pid);
  close(listener);
}
static void server_stop(void) {
  if (server_pid > 0) {
    kill(-server_pid, SIGKILL);
    waitpid(server_pid, NULL, 0);
    server_pid = 0;
  }
}
#endif
