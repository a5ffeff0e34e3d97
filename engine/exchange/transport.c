/* Sending: log first, then up to `parallel` requests in flight over keep-alive HTTP/1.1, retries, circuit breaker. libcurl's multi interface, one thread.
 *
 * Invariants: no request leaves before its log entry is committed; every attempt has its own message id and its own log entry; a POST has one idempotency
 * key for all its attempts and is sent again after an unknown outcome only where its register entry allows that; memory per answer is capped while it arrives.
 * A register that denies access or calls our request wrong is given up for this run at once: repeating would be the same mistake thousands of times.
 * Rejected: one thread per request with the easy interface (no bound on the log's commits, and a store handle belongs to one thread). */
#include "exchange/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "base/buffer.h"

enum { TRANSPORT_TRIP_AFTER = 8, TRANSPORT_MAX_TRIPS = 3, TRANSPORT_MAX_HEADER_BYTES = 64 * 1024 };

typedef struct transport__slot {
  CURL *easy;
  exchange__sending sending;
  exchange__headers seen;
  ans_buffer body;
  size_t header_bytes, item;
  unsigned sends;
  bool busy, too_large;
  char why[CURL_ERROR_SIZE];       /* libcurl's own words about a failure */
  struct exchange__transport *owner;
} transport__slot;

typedef struct transport__breaker {
  unsigned consecutive, trips, active, logged;
  exchange__pace pace;
  int64_t open_until;              /* ms; 0 = closed */
  const char *refused;             /* why the local authorisation forbids to ask; NULL: allowed */
  bool half_open;                  /* one probe at a time until something answers */
  char stopped[192];
  bool stopped_by_tls;
  int64_t unsent;
} transport__breaker;

typedef enum transport__state { TRANSPORT_WAITING, TRANSPORT_LOGGED, TRANSPORT_ACTIVE, TRANSPORT_DONE } transport__state;
typedef struct transport__item { transport__state state; int64_t not_before; char last[96]; } transport__item;

struct exchange__transport {
  const ans_xroad_config *config;
  ans_store *store;
  CURLM *multi;
  transport__slot *slots;
  transport__breaker *breakers;
  size_t held_bytes;               /* bodies of the current chunk */
  int64_t retries;
};

static int64_t transport__now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t transport__on_body(char *data, size_t size, size_t n, void *ctx) {
  transport__slot *slot = ctx;
  size_t bytes = size * n;
  if (slot->owner->held_bytes + slot->body.len + bytes <= EXCHANGE_CHUNK_BYTES) ans_buffer_append(&slot->body, data, bytes);
  else slot->body.failed = true;
  slot->too_large = slot->body.failed;
  return slot->too_large ? 0 : bytes; /* 0 ends the transfer */
}

static size_t transport__on_header(char *data, size_t size, size_t n, void *ctx) {
  transport__slot *slot = ctx;
  size_t bytes = size * n;
  slot->header_bytes += bytes;
  if (slot->header_bytes > TRANSPORT_MAX_HEADER_BYTES) {
    slot->too_large = true;
    return 0;
  }
  exchange__header_line(&slot->seen, data, bytes);
  return bytes;
}

/* libcurl sends a request again by itself when a kept-alive connection turns out to be dead. That would be a second attempt under the same X-Road-Id and
 * without a log entry, so it is refused here, and our own retry does it properly. */
static int transport__on_send(void *ctx, char *remote, char *local, int remote_port, int local_port) {
  transport__slot *slot = ctx;
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  return slot->sends++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static bool transport__set_up(const ans_xroad_config *c, transport__slot *slot) {
  CURL *e = slot->easy;
  return exchange__curl_set_up(c, e) && curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, transport__on_body) == CURLE_OK && curl_easy_setopt(e, CURLOPT_WRITEDATA, (void *)slot) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, transport__on_header) == CURLE_OK && curl_easy_setopt(e, CURLOPT_HEADERDATA, (void *)slot) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, transport__on_send) == CURLE_OK && curl_easy_setopt(e, CURLOPT_PREREQDATA, (void *)slot) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_ERRORBUFFER, slot->why) == CURLE_OK && curl_easy_setopt(e, CURLOPT_PRIVATE, (void *)slot) == CURLE_OK;
}

ans_status exchange__transport_new(const ans_xroad_config *c, ans_store *s, exchange__transport **out, ans_error *err) {
  exchange__transport *t = calloc(1, sizeof *t);
  *out = NULL;
  bool ok = t && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (ok) {
    t->config = c;
    t->store = s;
    t->multi = curl_multi_init();
    t->slots = calloc(c->parallel, sizeof *t->slots);
    t->breakers = calloc(c->register_count, sizeof *t->breakers);
    ok = t->multi && t->slots && t->breakers && curl_multi_setopt(t->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)c->parallel) == CURLM_OK &&
         curl_multi_setopt(t->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK;
  }
  for (size_t i = 0; ok && i < c->register_count; i++) {
    t->breakers[i].pace.per_second = c->registers[i].requests_per_second;
    t->breakers[i].refused = exchange__refusal(c, &c->registers[i], exchange__today());
  }
  for (unsigned i = 0; ok && i < c->parallel; i++) {
    t->slots[i].owner = t;
    t->slots[i].easy = curl_easy_init();
    ok = t->slots[i].easy && transport__set_up(c, &t->slots[i]);
  }
  if (ok) {
    *out = t;
    return ANS_OK;
  }
  exchange__transport_free(t);
  return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CURL", NULL, curl_version(), (char *)NULL);
}

void exchange__transport_free(exchange__transport *t) {
  if (!t) return;
  for (unsigned i = 0; t->slots && i < t->config->parallel; i++) {
    if (t->slots[i].busy) curl_multi_remove_handle(t->multi, t->slots[i].easy);
    curl_easy_cleanup(t->slots[i].easy);
    exchange__sending_dispose(&t->slots[i].sending);
    ans_buffer_dispose(&t->slots[i].body);
  }
  if (t->multi) curl_multi_cleanup(t->multi);
  free(t->slots);
  free(t->breakers);
  free(t);
}

int64_t exchange__transport_retries(const exchange__transport *t) { return t->retries; }
const char *exchange__transport_refused(const exchange__transport *t, unsigned reg_index) { return t->breakers[reg_index].refused; }
const char *exchange__transport_stopped(const exchange__transport *t, unsigned reg_index, int64_t *unsent) {
  *unsent = t->breakers[reg_index].unsent;
  return t->breakers[reg_index].stopped[0] ? t->breakers[reg_index].stopped : NULL;
}

bool exchange__transport_stopped_by_tls(const exchange__transport *t, unsigned reg_index) { return t->breakers[reg_index].stopped_by_tls; }

void exchange__request_dispose(exchange__request *r) {
  free(r->body);
  exchange__document_dispose(&r->document);
  r->body = NULL;
}

ans_exchange_entry exchange__log_entry(const exchange__request *r, const char *outcome) {
  return (ans_exchange_entry){.at = (int64_t)time(NULL), .register_name = r->reg->register_name, .service = r->reg->service_id, .subject_key = r->subject_key, .legal_basis = r->reg->legal_basis,
                              .purpose = r->reg->purpose, .case_id = r->case_id, .request_id = r->request_id, .xroad_request_id = r->xroad_request_id, .outcome = outcome,
                              .error_detail = r->detail, .idnr_used = r->idnr_used};
}

/* --- one attempt -------------------------------------------------------------------------------------------------------------------- */
static bool transport__start(exchange__transport *t, transport__slot *slot, const exchange__request *r, size_t item) {
  exchange__sending *sending = &slot->sending;
  exchange__sending_dispose(sending);
  ans_buffer_dispose(&slot->body);
  ans_buffer_init(&slot->body, t->config->max_body);
  slot->seen = (exchange__headers){0};
  slot->header_bytes = slot->sends = 0;
  slot->too_large = false;
  slot->why[0] = 0;
  slot->item = item;
  bool ok = exchange__carrier_of(r->reg)->form(t->config, r, sending) && curl_easy_setopt(slot->easy, CURLOPT_URL, sending->url) == CURLE_OK;
  if (ok && sending->body)
    ok = curl_easy_setopt(slot->easy, CURLOPT_POST, 1L) == CURLE_OK && curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, sending->body) == CURLE_OK &&
         curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sending->size) == CURLE_OK;
  else if (ok)
    ok = curl_easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
  ok = ok && curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, sending->headers) == CURLE_OK;
  slot->busy = ok && curl_multi_add_handle(t->multi, slot->easy) == CURLM_OK;
  return slot->busy;
}

/* A transfer that did not complete. */
static void transport__curl_error(exchange__request *r, const transport__slot *slot, CURLcode code) {
  exchange__curl_failed(r, code, slot->why, slot->header_bytes > 0);
  if (!slot->too_large) return;
  r->outcome = ANS_X_INVALID;
  exchange__detail(r, "Antwort zu groß / answer too large");
}

static void transport__breaker_count(exchange__transport *t, transport__breaker *b, const exchange__request *r) {
  bool failed = r->outcome == ANS_X_RETRY || r->outcome == ANS_X_OUTCOME_UNKNOWN;
  if (!failed) {
    b->consecutive = b->trips = 0;
    b->half_open = false;
  } else if (++b->consecutive >= TRANSPORT_TRIP_AFTER || b->half_open) {
    b->consecutive = 0;
    b->half_open = true;
    b->open_until = transport__now_ms() + ((int64_t)t->config->backoff_ms * 8 << b->trips);
    if (++b->trips > TRANSPORT_MAX_TRIPS && !b->stopped[0]) snprintf(b->stopped, sizeof b->stopped, "nicht erreichbar / unreachable: %.100s", r->detail);
  }
  if ((r->outcome == ANS_X_DENIED || r->outcome == ANS_X_OUR_FAULT) && !b->stopped[0]) {
    snprintf(b->stopped, sizeof b->stopped, "%.180s", r->detail);
    b->stopped_by_tls = r->tls_failed;
  }
}

/* Waiting time before attempt `attempts`+1: doubled each time, of which a random half is taken off, so that many clients do not knock together. */
static int64_t transport__backoff(const ans_xroad_config *c, unsigned attempts) {
  int64_t full = (int64_t)c->backoff_ms << (attempts < 8 ? attempts - 1 : 7);
  uint32_t random = 0;
  if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) random = UINT32_MAX / 2;
  return full / 2 + (int64_t)((uint64_t)(full / 2) * random / UINT32_MAX);
}

static void transport__finish(exchange__transport *t, transport__slot *slot, CURLcode code, exchange__request *requests, transport__item *items) {
  exchange__request *r = &requests[slot->item];
  transport__item *item = &items[slot->item];
  transport__breaker *b = &t->breakers[r->reg_index];
  long status = 0;
  curl_off_t elapsed = 0;
  curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(slot->easy, CURLINFO_TOTAL_TIME_T, &elapsed);
  r->elapsed_us = elapsed;
  curl_multi_remove_handle(t->multi, slot->easy);
  slot->busy = false;
  b->active--;
  exchange__request_dispose(r);
  r->received_at = (int64_t)time(NULL);
  r->http_status = (int)status;
  r->tls_failed = false;
  r->xroad_request_id[0] = r->server_detail[0] = r->detail[0] = 0;
  r->size = slot->body.len;
  r->body = slot->body.len && !slot->too_large ? ans_buffer_take(&slot->body, &r->size) : NULL;
  if (!r->body) r->size = 0;
  if (code == CURLE_OK && !slot->seen.ended) code = CURLE_PARTIAL_FILE;
  if (code == CURLE_OK) exchange__check_answer(t->config, r, &slot->seen);
  else transport__curl_error(r, slot, code);
  if (r->outcome == ANS_X_SECURITY || (code != CURLE_OK && r->outcome != ANS_X_INVALID)) { /* what may belong to somebody else, or is half, is not kept */
    free(r->body);
    r->body = NULL;
    r->size = 0;
  }
  transport__breaker_count(t, b, r);
  bool again = (r->outcome == ANS_X_RETRY || (r->outcome == ANS_X_OUTCOME_UNKNOWN && exchange__carrier_of(r->reg)->repeatable(r))) && r->attempts < t->config->max_attempts;
  if (again) {
    item->state = TRANSPORT_WAITING;
    item->not_before = transport__now_ms() + transport__backoff(t->config, r->attempts);
    snprintf(item->last, sizeof item->last, "%.90s", r->detail);
    t->retries++;
  } else {
    item->state = TRANSPORT_DONE;
    t->held_bytes += r->size;
  }
}

/* --- the loop ------------------------------------------------------------------------------------------------------------------------ */
static void transport__give_up(exchange__transport *t, exchange__request *r, transport__item *item) {
  transport__breaker *b = &t->breakers[r->reg_index];
  r->outcome = ANS_X_RETRY;
  if (r->attempts == 0 || item->state == TRANSPORT_LOGGED) {
    exchange__detail(r, "nicht gesendet / not sent: %.120s", b->stopped);
    b->unsent++;
  }
  if (!r->received_at) r->received_at = (int64_t)time(NULL);
  item->state = TRANSPORT_DONE;
}

/* The last gate: whatever planned it, a request that is not authorised gets no message id and is never sent. */
static void transport__refuse(transport__breaker *b, exchange__request *r, transport__item *item) {
  r->outcome = ANS_X_DENIED;
  r->received_at = (int64_t)time(NULL);
  exchange__detail(r, "nicht gesendet / not sent: %.100s", b->refused);
  b->unsent++;
  item->state = TRANSPORT_DONE;
}

/* Limits of the register itself: so many in flight, so many a second. With a rate one request is logged at a time, and its time counts from its start, so that
 * requests that had to wait for a connection do not leave together. */
static bool transport__within_limits(const exchange__register *reg, const transport__breaker *b, int64_t now, int64_t *when) {
  int64_t at_us = 0;
  if (reg->in_flight && b->active + b->logged >= reg->in_flight) return false;
  if (reg->requests_per_second && b->logged) return false;
  if (exchange__pace_due(&b->pace, now * 1000, &at_us)) return true;
  if ((at_us + 999) / 1000 < *when) *when = (at_us + 999) / 1000;
  return false;
}

/* Whether the breaker lets this request go now; *when: earliest time otherwise. */
static bool transport__may_send(const transport__breaker *b, int64_t now, int64_t *when) {
  if (b->open_until > now) {
    if (b->open_until < *when) *when = b->open_until;
    return false;
  }
  return !b->half_open || b->active == 0;
}

/* Moves every waiting request whose time has come to LOGGED, in one durable transaction. */
static ans_status transport__log_ready(exchange__transport *t, exchange__request *requests, transport__item *items, size_t n, int64_t now, int64_t *when, ans_error *err) {
  ans_exchange_entry *entries = calloc(n, sizeof *entries);
  size_t *which = calloc(n, sizeof *which), count = 0;
  if (!entries || !which) {
    free(entries);
    free(which);
    return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  }
  for (size_t i = 0; i < n; i++) {
    if (items[i].state != TRANSPORT_WAITING) continue;
    exchange__request *r = &requests[i];
    transport__breaker *b = &t->breakers[r->reg_index];
    if (b->refused) {
      transport__refuse(b, r, &items[i]);
    } else if (b->stopped[0]) {
      transport__give_up(t, r, &items[i]);
    } else if (items[i].not_before > now) {
      if (items[i].not_before < *when) *when = items[i].not_before;
    } else if (transport__may_send(b, now, when) && transport__within_limits(r->reg, b, now, when)) {
      exchange__uuid(r->request_id);
      if (!r->idempotency_key[0]) exchange__uuid(r->idempotency_key);
      b->logged++;
      r->xroad_request_id[0] = r->detail[0] = 0;
      if (r->attempts) exchange__detail(r, "Versuch/attempt %u: %.90s", r->attempts + 1, items[i].last);
      entries[count] = exchange__log_entry(r, "sent");
      entries[count].fields = r->fields;
      which[count++] = i;
    }
  }
  ans_status status = count ? ans_store_log_exchanges(t->store, entries, count, err) : ANS_OK;
  for (size_t i = 0; i < count && status == ANS_OK; i++) items[which[i]].state = TRANSPORT_LOGGED;
  free(entries);
  free(which);
  return status;
}

static void transport__start_logged(exchange__transport *t, exchange__request *requests, transport__item *items, size_t n, int64_t now, int64_t *when) {
  unsigned slot = 0;
  for (size_t i = 0; i < n; i++) {
    if (items[i].state != TRANSPORT_LOGGED) continue;
    exchange__request *r = &requests[i];
    transport__breaker *b = &t->breakers[r->reg_index];
    if (b->stopped[0]) {
      transport__give_up(t, r, &items[i]);
      b->logged--;
      continue;
    }
    if (!transport__may_send(b, now, when)) continue;
    while (slot < t->config->parallel && t->slots[slot].busy) slot++;
    if (slot == t->config->parallel) return;
    r->attempts++;
    b->logged--;
    exchange__pace_start(&b->pace, now * 1000);
    if (transport__start(t, &t->slots[slot], r, i)) {
      b->active++;
      items[i].state = TRANSPORT_ACTIVE;
    } else {
      r->outcome = ANS_X_OUR_FAULT;
      exchange__detail(r, "Anfrage nicht bildbar / request cannot be formed");
      r->received_at = (int64_t)time(NULL);
      transport__breaker_count(t, b, r);
      items[i].state = TRANSPORT_DONE;
    }
  }
}

static bool transport__collect(exchange__transport *t, exchange__request *requests, transport__item *items) {
  CURLMsg *m;
  int left;
  bool any = false;
  while ((m = curl_multi_info_read(t->multi, &left))) {
    if (m->msg != CURLMSG_DONE) continue;
    CURLcode code = m->data.result;
    char *slot = NULL;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &slot);
    transport__finish(t, (transport__slot *)(void *)slot, code, requests, items);
    any = true;
  }
  return any;
}

static void transport__wait(exchange__transport *t, int64_t when) {
  int64_t ms = when - transport__now_ms();
  ms = ms < 0 ? 0 : ms > 1000 ? 1000 : ms;
  curl_multi_poll(t->multi, NULL, 0, (int)ms, NULL); /* sleeps the time out even without sockets */
}

ans_status exchange__transport_run(exchange__transport *t, exchange__request *requests, size_t n, ans_error *err) {
  transport__item *items = calloc(n ? n : 1, sizeof *items);
  if (!items) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  ans_status status = ANS_OK;
  t->held_bytes = 0;
  for (size_t i = 0; i < t->config->register_count; i++) t->breakers[i].logged = 0;
  for (size_t done = 0; status == ANS_OK && done < n;) {
    int64_t now = transport__now_ms(), when = now + 1000;
    status = transport__log_ready(t, requests, items, n, now, &when, err);
    if (status != ANS_OK) break; /* the log failed: nothing may be sent */
    transport__start_logged(t, requests, items, n, now, &when);
    int running = 0;
    if (curl_multi_perform(t->multi, &running) != CURLM_OK) {
      status = ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CURL", NULL, "curl_multi_perform", (char *)NULL);
      break;
    }
    bool any = transport__collect(t, requests, items);
    done = 0;
    for (size_t i = 0; i < n; i++) done += items[i].state == TRANSPORT_DONE;
    if (!any && done < n) transport__wait(t, when);
  }
  for (unsigned i = 0; i < t->config->parallel; i++) /* only after a failure */
    if (t->slots[i].busy) {
      curl_multi_remove_handle(t->multi, t->slots[i].easy);
      t->slots[i].busy = false;
    }
  free(items);
  return status;
}
