/* libFuzzer target: the provider's desk, with arbitrary requests. The input is "METHOD TARGET", lines "name: value", an empty line and a body. Nothing about a person leaves without a right, a
 * legal basis and a purpose that are agreed, and without exactly one new entry in the log; "no data released" is one text; every reply is JSON and fits. The store is in memory. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "code/state.h"
#include "serve/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define S(text) ((char[]){text})
enum { STORE_FOR = 2000, LINE = 4096 };
static const char RECIPIENT[] = "00000000100", BLOCKED[] = "00000000104";

static serve__desk desk;
static unsigned executions;

static void must(ans_status status) {
  if (status != ANS_OK) abort();
}

static void fill(ans_store *s) {
  ans_error err = {0};
  int64_t person = 0, claim = 0;
  const char *const people[] = {RECIPIENT, BLOCKED};
  must(ans_store_begin(s, &err));
  for (int i = 0; i < 2; i++) {
    must(ans_store_subject(s, "Person", people[i], true, &person, &err));
    must(ans_store_subject(s, "Haushalt", people[i], true, &claim, &err));
    const ans_assertion a = {.subject = claim, .fact = "Berechtigter", .source = "Antrag", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = person};
    must(ans_store_put_assertion(s, &a, NULL, &err));
    const ans_award w = {.claim = claim, .benefit = "Wohngeld", .from_period = 24302, .to_period = INT32_MAX, .amount_cents = 21050};
    must(ans_store_put_award(s, &w, NULL, &err));
  }
  must(ans_store_commit(s, &err));
  must(ans_serve_block(s, BLOCKED, true, "Grund", "Muster", 1000, &err));
}

static void open_store(void) {
  ans_error err = {0};
  ans_store_close(desk.store);
  must(ans_store_open(":memory:", ANS_STORE_CREATE, &desk.store, &err));
  fill(desk.store);
}

static char *bases[] = {S("§ 68 Abs. 4 EStG")}, *purposes[] = {S("Prüfung Kindergeld")};
static serve__right asking = {.client = S("TH/GOV/FAMKA/anspruch"), .bases = {bases, 1}, .purposes = {purposes, 1}, .fields = SERVE_FIELD_RECIPIENT, .rate = {.per_second = 1000000}};
static serve__right pushing = {.client = S("TH/GOV/MELDE/residents"), .bases = {bases, 1}, .purposes = {purposes, 1}, .feed = S("residents"), .source = S("Melderegister"), .rate = {.per_second = 1000000}};
static serve__service services[] = {
    {.code = S("wohngeld"), .benefit = "Wohngeld", .steps = {{"Haushalt", "Berechtigter", false}}, .step_count = 1, .complete_from = 24300, .fields = SERVE_FIELD_RECIPIENT | SERVE_FIELD_AMOUNT, .first_field = SERVE_FIELD_RECIPIENT, .rights = &asking, .right_count = 1},
    {.code = S("ereignisse"), .events = true, .rights = &pushing, .right_count = 1}};
static ans_serve_config config = {.provider_id = S("TH/GOV/WOGEB/anspruch"), .connections = 1, .max_body = 65536, .all = {.per_second = 1000000}, .strangers = {.per_second = 1000000}, .services = services, .service_count = 2};

static bool count(void *ctx, int64_t id, const ans_exchange_entry *e) {
  (void)id;
  (void)e;
  ++*(int64_t *)ctx;
  return true;
}

static int64_t entries(void) {
  int64_t n = 0;
  ans_error err = {0};
  must(ans_store_exchange_entries(desk.store, NULL, 0, count, &n, &err));
  return n;
}

/* The request of an input; false if it has no first line. Lines are cut, not stretched. */
static bool read_request(const char *at, const char *end, char *method, char *target, serve__request *r) {
  const char *line = memchr(at, '\n', (size_t)(end - at)), *blank = line ? memchr(at, ' ', (size_t)(line - at)) : NULL;
  if (!blank || blank - at >= 16 || line - blank >= LINE) return false;
  snprintf(method, 16, "%.*s", (int)(blank - at), at);
  r->target_size = (size_t)(line - blank) - 1;
  memcpy(target, blank + 1, r->target_size);
  r->method = method;
  r->target = target;
  for (at = line + 1; at < end && *at != '\n'; at = line + 1) {
    char name[64], value[LINE];
    line = memchr(at, '\n', (size_t)(end - at));
    if (!line) line = end;
    const char *colon = memchr(at, ':', (size_t)(line - at));
    if (colon && colon - at < 64 && line - colon < LINE) {
      snprintf(name, sizeof name, "%.*s", (int)(colon - at), at);
      snprintf(value, sizeof value, "%.*s", (int)(line - colon - 1), colon + 1);
      serve__take_header(&r->headers, name, value[0] == ' ' ? value + 1 : value);
    }
    if (line == end) return true;
  }
  r->body = at < end ? at + 1 : end;
  r->body_size = at < end ? (size_t)(end - at) - 1 : 0;
  return true;
}

static void check(const serve__request *r, const serve__reply *out, int64_t new_entries) {
  static const char nothing[] = "{\"status\":\"no_data_released\"}";
  json_error_t why;
  if (out->size >= SERVE_BODY) abort();
  json_t *o = json_loadb(out->body, out->size, JSON_REJECT_DUPLICATES, &why);
  if (!json_is_object(o)) abort();
  const char *status = json_string_value(json_object_get(o, "status"));
  bool about = json_object_get(o, "record") != NULL;
  if ((out->status == 200) != (json_object_get(o, "type") == NULL)) abort();
  if (new_entries > 1 || (out->status == 200 && new_entries != 1)) abort();
  if (status && strcmp(status, "no_data_released") == 0 && (out->size != sizeof nothing - 1 || memcmp(out->body, nothing, out->size) != 0)) abort();
  if (status && (strcmp(r->headers.of[SERVE_CLIENT].text, "TH/GOV/FAMKA/anspruch") != 0 || strcmp(r->headers.of[SERVE_LEGAL_BASIS].text, "§ 68 Abs. 4 EStG") != 0 || strcmp(r->headers.of[SERVE_PURPOSE].text, "Prüfung Kindergeld") != 0 ||
                 strcmp(r->headers.of[SERVE_IDNR_USED].text, "true") != 0 || r->headers.of[SERVE_CLIENT].count != 1 || r->body_size != 0))
    abort();
  const char *idnr = json_string_value(json_object_get(o, "idnr"));
  if (about && (!idnr || strcmp(idnr, BLOCKED) == 0)) abort();
  if (about && json_is_true(json_object_get(json_object_get(o, "record"), "recipient")) && strcmp(idnr, RECIPIENT) != 0) abort(); /* others are known from events at most */
  if (about && json_object_get(json_object_get(o, "record"), "amount")) abort(); /* the client may not ask for it */
  json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char target[LINE + 1], method[16];
  static serve__item item;
  serve__request r = {.body = ""};
  if (executions++ % STORE_FOR == 0) open_store();
  desk.config = &config;
  if (size == 0 || !read_request((const char *)data, (const char *)data + size, method, target, &r)) return 0;
  int64_t before = executions % 64 == 0 ? entries() : -1; /* counting reads them all */
  item.request = &r;
  serve__handle(&desk, &item, 1, (serve__clock){.now = 1795000000 + executions, .now_us = (int64_t)executions * 1000, .today = 20779});
  check(&r, &item.reply, before >= 0 ? entries() - before : item.reply.status == 200);
  return 0;
}
