/* The only file that knows the HTTP library (libmicrohttpd): listening, TLS, limits, bodies, and the end. Three threads: one of the library reads and writes all connections; the clerk, which
 * owns store and desk, takes the requests that are complete, as many as there are, so that they share a commit, while their connections are suspended; the caller's only watches the time (tick) and stops.
 *
 * A request has one deadline from the first byte of its connection, or the end of the request before, to the end of its answer. The library's own timeout counts silence only, which a client
 * that sends a byte now and then never keeps; so overdue sockets are shut down here, under the mutex that also covers their closing, and the library's thread notices.
 * Bounded: connections, 32 KiB of headers each, one body each, all bodies together. Shared between threads, under one mutex: the list of connections and the queue; a request belongs to the clerk while it is in the queue or in its hands. */
#include "serve/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SERVER_HEADER_MEMORY = 32 * 1024, SERVER_BODIES = 64 * 1024 * 1024, SERVER_PEM_MAX = 256 * 1024, SERVER_TARGET = SERVE_TARGET_MAX + 1 };

typedef struct server__connection { bool used, busy, cut; int fd; int64_t since_ms; struct ans_server *server; } server__connection;
typedef struct server__exchange {
  char target[SERVER_TARGET + 1], method[16];
  size_t target_size;
  bool started, too_large, answered;
  char *body; size_t size, capacity;
  serve__request request;
  serve__reply reply;                  /* when answered */
  struct MHD_Connection *connection;
  struct server__exchange *next;       /* in the queue */
  struct ans_server *server;
} server__exchange;

struct ans_server {
  serve__desk desk;
  struct MHD_Daemon *daemon;
  char *certificate, *key, *client_ca;
  unsigned port;
  size_t held;                         /* bytes of bodies; the library's thread */
  int64_t turned_away;                 /* before the desk; the library's thread */
  pthread_mutex_t mutex;
  pthread_cond_t waiting;
  pthread_t clerk;
  server__exchange *first, *last;      /* the queue */
  bool closing;                        /* nothing is queued any more */
  serve__item items[SERVE_TOGETHER];   /* the clerk's */
  server__connection *connections;
  int64_t cut;
};

static int64_t server__ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static serve__clock server__clock(void) {
  struct timespec t;
  struct tm local;
  time_t now = time(NULL);
  clock_gettime(CLOCK_MONOTONIC, &t);
  localtime_r(&now, &local);
  return (serve__clock){.now = (int64_t)now, .now_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000, .today = (int32_t)(((int64_t)now + local.tm_gmtoff) / 86400)};
}

/* --- connections ---------------------------------------------------------------------------------------------------------------------------- */
static void server__on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context, enum MHD_ConnectionNotificationCode code) {
  ans_server *s = ctx;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  pthread_mutex_lock(&s->mutex);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *socket_context = NULL;
    for (unsigned i = 0; i < s->desk.config->connections && info && !*socket_context; i++) {
      if (s->connections[i].used) continue;
      s->connections[i] = (server__connection){.used = true, .fd = info->connect_fd, .since_ms = server__ms(), .server = s};
      *socket_context = &s->connections[i];
    }
  } else if (*socket_context) {
    ((server__connection *)*socket_context)->used = false; /* before the library closes the socket */
  }
  pthread_mutex_unlock(&s->mutex);
}

static void server__mark(ans_server *s, struct MHD_Connection *connection, bool busy) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  server__connection *c = info ? info->socket_context : NULL;
  if (!c) return;
  pthread_mutex_lock(&s->mutex);
  c->busy = busy;
  if (!busy) c->since_ms = server__ms();
  pthread_mutex_unlock(&s->mutex);
}

void ans_server_tick(ans_server *s) {
  int64_t now = server__ms();
  pthread_mutex_lock(&s->mutex);
  for (unsigned i = 0; i < s->desk.config->connections; i++) {
    server__connection *c = &s->connections[i];
    if (!c->used || c->cut || now - c->since_ms <= s->desk.config->request_ms) continue;
    c->cut = true;
    s->cut++;
    shutdown(c->fd, SHUT_RDWR);
  }
  pthread_mutex_unlock(&s->mutex);
}

/* --- one request ------------------------------------------------------------------------------------------------------------------------------ */
static void *server__on_uri(void *ctx, const char *uri, struct MHD_Connection *connection) {
  server__exchange *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->server = ctx;
  x->target_size = strnlen(uri, SERVER_TARGET); /* one byte more than allowed is refused as too long */
  memcpy(x->target, uri, x->target_size);
  server__mark(ctx, connection, true);
  return x;
}

/* Paths are decoded segment by segment by our own rules, never as a whole. */
static size_t server__keep_escapes(void *ctx, struct MHD_Connection *connection, char *text) {
  (void)ctx;
  (void)connection;
  return strlen(text);
}

static void server__on_completed(void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code) {
  ans_server *s = ctx;
  server__exchange *x = *state;
  (void)code;
  server__mark(s, connection, false);
  if (!x) return;
  s->held -= x->capacity;
  free(x->body);
  free(x);
  *state = NULL;
}

static bool server__reserve(server__exchange *x, size_t more) {
  ans_server *s = x->server;
  size_t need = x->size + more, capacity = x->capacity ? x->capacity : 4096;
  if (need > s->desk.config->max_body) return false;
  if (need <= x->capacity) return true;
  while (capacity < need) capacity *= 2;
  if (s->held + capacity - x->capacity > SERVER_BODIES) return false;
  char *grown = realloc(x->body, capacity);
  if (!grown) return false;
  s->held += capacity - x->capacity;
  x->body = grown;
  x->capacity = capacity;
  return true;
}

static void server__body(server__exchange *x, const char *data, size_t size) {
  if (x->too_large || !server__reserve(x, size)) {
    x->too_large = true;
    return;
  }
  memcpy(x->body + x->size, data, size);
  x->size += size;
}

static enum MHD_Result server__on_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value) {
  (void)kind;
  serve__take_header(ctx, name, value);
  return MHD_YES;
}

static void server__echo(struct MHD_Response *response, const serve__request *r, const serve__reply *reply) {
  const char *hash = r->headers.of[SERVE_REQUEST_HASH].raw;
  MHD_add_response_header(response, "x-road-client", r->headers.of[SERVE_CLIENT].raw);
  MHD_add_response_header(response, "x-road-service", reply->service_id);
  MHD_add_response_header(response, "x-road-id", r->headers.of[SERVE_ID].raw);
  MHD_add_response_header(response, "x-road-request-id", reply->request_id);
  if (*hash) MHD_add_response_header(response, "x-road-request-hash", hash);
}

static enum MHD_Result server__send(struct MHD_Connection *connection, const serve__request *r, const serve__reply *reply) {
  char seconds[16];
  struct MHD_Response *response = MHD_create_response_from_buffer(reply->size, (void *)(uintptr_t)reply->body, MHD_RESPMEM_MUST_COPY);
  if (!response) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (reply->retry_after) {
    snprintf(seconds, sizeof seconds, "%u", reply->retry_after);
    MHD_add_response_header(response, "Retry-After", seconds);
  }
  if (reply->allow) MHD_add_response_header(response, "Allow", reply->allow);
  if (reply->echo) server__echo(response, r, reply);
  enum MHD_Result queued = MHD_queue_response(connection, (unsigned)reply->status, response);
  MHD_destroy_response(response);
  return queued;
}

/* With client_ca: the peer's certificate must come from there. The library asks for it and leaves the judgement to us. */
static bool server__peer_is_known(const ans_server *s, struct MHD_Connection *connection) {
  unsigned status = 1;
  if (!s->client_ca) return true;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info && info->tls_session && gnutls_certificate_verify_peers2((gnutls_session_t)info->tls_session, &status) == GNUTLS_E_SUCCESS && status == 0;
}

static enum MHD_Result server__turn_away(ans_server *s, struct MHD_Connection *connection, int status, const char *type, const char *message) {
  static const serve__request nothing;
  serve__reply reply = {0};
  serve__error(&reply, status, type, message);
  s->turned_away++;
  return server__send(connection, &nothing, &reply);
}

/* Hands the request to the clerk; its connection sleeps until the reply is there. */
static enum MHD_Result server__queue(server__exchange *x) {
  ans_server *s = x->server;
  pthread_mutex_lock(&s->mutex);
  bool closing = s->closing;
  if (!closing) {
    MHD_suspend_connection(x->connection); /* before the clerk can see it */
    if (s->last) s->last->next = x;
    else s->first = x;
    s->last = x;
    pthread_cond_signal(&s->waiting);
  }
  pthread_mutex_unlock(&s->mutex);
  return closing ? server__turn_away(s, x->connection, 503, "unavailable", "Der Dienst wird beendet. / The service is stopping.") : MHD_YES;
}

static enum MHD_Result server__on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version, const char *data, size_t *size, void **state) {
  ans_server *s = ctx;
  server__exchange *x = *state;
  (void)url;
  (void)version;
  if (!x) return MHD_NO; /* no memory for the request */
  if (x->answered) return server__send(connection, &x->request, &x->reply);
  if (!x->started) {
    x->started = true;
    if (server__peer_is_known(s, connection)) return MHD_YES;
    return server__turn_away(s, connection, 403, "unknown_peer", "Zertifikat fehlt oder ist nicht zugelassen. / Certificate missing or not admitted.");
  }
  if (*size) {
    server__body(x, data, *size);
    *size = 0;
    return MHD_YES;
  }
  if (x->too_large) return server__turn_away(s, connection, 413, "too_large", "Der Inhalt ist zu groß. / The body is too large.");
  MHD_get_connection_values(connection, MHD_HEADER_KIND, server__on_header, &x->request.headers);
  snprintf(x->method, sizeof x->method, "%s", method);
  x->request.method = x->method;
  x->request.target = x->target;
  x->request.target_size = x->target_size;
  x->request.body = x->body ? x->body : "";
  x->request.body_size = x->size;
  x->connection = connection;
  return server__queue(x);
}

/* --- the clerk ---------------------------------------------------------------------------------------------------------------------------------- */
static void *server__clerk(void *ctx) {
  ans_server *s = ctx;
  server__exchange *taken[SERVE_TOGETHER];
  serve__item *items = s->items;
  for (;;) {
    size_t n = 0;
    pthread_mutex_lock(&s->mutex);
    while (!s->first && !s->closing) pthread_cond_wait(&s->waiting, &s->mutex);
    for (; s->first && n < SERVE_TOGETHER; n++) {
      taken[n] = s->first;
      s->first = s->first->next;
      items[n].request = &taken[n]->request;
    }
    if (!s->first) s->last = NULL;
    pthread_mutex_unlock(&s->mutex);
    if (n == 0) return NULL; /* closing, and nobody waits */
    serve__handle(&s->desk, items, n, server__clock());
    for (size_t i = 0; i < n; i++) {
      taken[i]->reply = items[i].reply;
      taken[i]->next = NULL;
      taken[i]->answered = true;
      MHD_resume_connection(taken[i]->connection);
    }
  }
}

/* --- start and stop ----------------------------------------------------------------------------------------------------------------------------- */
static ans_status server__pem(const char *path, char **out, ans_error *err) {
  if (!path) return ANS_OK;
  FILE *f = fopen(path, "rb");
  size_t n = 0;
  *out = f ? malloc(SERVER_PEM_MAX + 1) : NULL;
  if (*out) n = fread(*out, 1, SERVER_PEM_MAX, f);
  bool ok = *out && n > 0 && !ferror(f) && feof(f);
  if (*out) (*out)[n] = 0;
  ans_status status = ok ? ANS_OK : ans_error_set(err, ANS_IO, "E-IO-READ", path, strerror(errno ? errno : EIO), (char *)NULL);
  if (f) fclose(f);
  return status;
}

static bool server__address(const ans_serve_config *c, struct sockaddr_storage *out) {
  struct sockaddr_in *four = (struct sockaddr_in *)out;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, c->address, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)c->port);
  } else if (inet_pton(AF_INET6, c->address, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)c->port);
  } else {
    return false;
  }
  return true;
}

static void server__quiet(void *ctx, const char *format, va_list args) {
  (void)ctx;
  (void)format;
  (void)args;
}

static ans_status server__listen(ans_server *s, ans_error *err) {
  const ans_serve_config *c = s->desk.config;
  struct sockaddr_storage address;
  char port[16];
  snprintf(port, sizeof port, "%u", c->port);
  if (!server__address(c, &address)) return ans_error_set(err, ANS_EXCHANGE, "E-SERVE-LISTEN", NULL, c->address, port, "inet_pton", (char *)NULL);
  struct MHD_OptionItem options[16] = {{MHD_OPTION_SOCK_ADDR, 0, &address},
                                       {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)server__quiet, NULL},
                                       {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)c->connections, NULL},
                                       {MHD_OPTION_CONNECTION_MEMORY_LIMIT, SERVER_HEADER_MEMORY, NULL},
                                       {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
                                       {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)server__on_connection, s},
                                       {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)server__on_completed, s},
                                       {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)server__on_uri, s},
                                       {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)server__keep_escapes, s}};
  unsigned n = 9, flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
  if (s->certificate) {
    flags |= MHD_USE_TLS;
    options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate};
    options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, s->key};
    options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
    if (s->client_ca) options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, s->client_ca};
  }
  options[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
  errno = 0;
  s->daemon = MHD_start_daemon(flags, (uint16_t)c->port, NULL, NULL, server__on_request, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
  if (!s->daemon) return ans_error_set(err, ANS_EXCHANGE, "E-SERVE-LISTEN", NULL, c->address, port, errno ? strerror(errno) : "TLS", (char *)NULL);
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
  s->port = info ? info->port : c->port;
  return ANS_OK;
}

static void server__free(ans_server *s) {
  ans_store_close(s->desk.store);
  pthread_cond_destroy(&s->waiting);
  pthread_mutex_destroy(&s->mutex);
  free(s->connections);
  free(s->certificate);
  free(s->key);
  free(s->client_ca);
  free(s);
}

/* The clerk answers whoever is in the queue and goes; all connections are awake then. */
static void server__dismiss(ans_server *s) {
  pthread_mutex_lock(&s->mutex);
  s->closing = true;
  pthread_cond_signal(&s->waiting);
  pthread_mutex_unlock(&s->mutex);
  pthread_join(s->clerk, NULL);
}

ans_status ans_server_start(ans_serve_config *c, const char *store_path, ans_server **out, ans_error *err) {
  *out = NULL;
  ans_server *s = calloc(1, sizeof *s);
  if (!s) return ans_error_set(err, ANS_MEMORY, "E-SERVE-MEMORY", NULL, (char *)NULL);
  pthread_mutex_init(&s->mutex, NULL);
  pthread_cond_init(&s->waiting, NULL);
  s->desk.config = c;
  s->connections = calloc(c->connections, sizeof *s->connections);
  ans_status status = s->connections ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-SERVE-MEMORY", NULL, (char *)NULL);
  if (status == ANS_OK) status = server__pem(c->certificate, &s->certificate, err);
  if (status == ANS_OK) status = server__pem(c->key, &s->key, err);
  if (status == ANS_OK) status = server__pem(c->client_ca, &s->client_ca, err);
  if (status == ANS_OK) status = ans_store_open(store_path, ANS_STORE_WRITE, &s->desk.store, err);
  bool employed = status == ANS_OK && pthread_create(&s->clerk, NULL, server__clerk, s) == 0; /* before the first request can come */
  if (status == ANS_OK && !employed) status = ans_error_set(err, ANS_MEMORY, "E-SERVE-MEMORY", NULL, (char *)NULL);
  if (status == ANS_OK) status = server__listen(s, err);
  if (status == ANS_OK) {
    *out = s;
    return ANS_OK;
  }
  if (employed) server__dismiss(s);
  server__free(s);
  return status;
}

unsigned ans_server_port(const ans_server *s) { return s->port; }
const char *ans_server_address(const ans_server *s) { return s->desk.config->address; }

static bool server__busy(ans_server *s) {
  bool busy = false;
  pthread_mutex_lock(&s->mutex);
  for (unsigned i = 0; i < s->desk.config->connections; i++) busy = busy || (s->connections[i].used && s->connections[i].busy);
  pthread_mutex_unlock(&s->mutex);
  return busy;
}

void ans_server_stop(ans_server *s, ans_serve_counts *counts) {
  const struct timespec pause = {.tv_nsec = 10000000};
  int64_t until = server__ms() + s->desk.config->stop_ms;
  int listening = MHD_quiesce_daemon(s->daemon);
  if (listening >= 0) close(listening);
  while (server__busy(s) && server__ms() < until) {
    ans_server_tick(s);
    nanosleep(&pause, NULL);
  }
  server__dismiss(s);
  MHD_stop_daemon(s->daemon);
  *counts = s->desk.counts;
  counts->refused += s->turned_away;
  counts->cut = s->cut;
  server__free(s);
}
