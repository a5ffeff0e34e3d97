/* The desk: requests from their headers to the reply. Order: form, service, client, rate, legal basis and purpose, what is asked; then the ledger; then the log; then the reply. Requests that
 * are there together share one commit of the log. A log that cannot be written ends in 503 for all of them, and nothing is said. Refusals of known and unknown clients are on record too, with what was asked about whom.
 * Whatever may be told about a person depends on nothing but the finding: "no data released" is one constant text. No state but counters and rates; the store handle's thread. */
#include "serve/internal.h"

#include <stdio.h>
#include <string.h>
#include "exchange/exchange.h"
#include "exchange/shared.h"
#include "num/calendar.h"
#include "num/period.h"

static const char desk__nothing[] = "{\"status\":\"no_data_released\"}";

void serve__error(serve__reply *out, int status, const char *type, const char *message) {
  out->status = status;
  int n = snprintf(out->body, sizeof out->body, "{\"type\":\"%s\",\"message\":\"%s\"}", type, message);
  out->size = n > 0 && (size_t)n < sizeof out->body ? (size_t)n : 0;
}

typedef struct desk__case {
  serve__desk *desk;
  serve__item *item;
  const serve__request *request;
  const serve__clock *at;
  serve__target target;
  unsigned path;                 /* first segment after the service */
  serve__service *service;
  serve__right *right;
  unsigned fields;
  int32_t period;
} desk__case;

static const char *desk__header(const serve__request *r, serve__header which) { return r->headers.of[which].text; }

/* What will stand in the log about this request. Who asked stands where the register's name stands for our own requests. */
static void desk__enter(desk__case *c, const char *outcome, const char *detail) {
  c->item->outcome = outcome;
  snprintf(c->item->detail, sizeof c->item->detail, "%s", detail);
}

static ans_exchange_entry desk__entry(const serve__item *x, const serve__clock *at) {
  const serve__request *r = x->request;
  return (ans_exchange_entry){.at = at->now, .register_name = desk__header(r, SERVE_CLIENT), .service = x->reply.service_id, .subject_key = x->idnr, .legal_basis = desk__header(r, SERVE_LEGAL_BASIS),
                              .purpose = desk__header(r, SERVE_PURPOSE), .case_id = desk__header(r, SERVE_ISSUE), .request_id = desk__header(r, SERVE_ID), .xroad_request_id = x->reply.request_id,
                              .outcome = x->outcome, .error_detail = x->detail, .idnr_used = *x->idnr != 0};
}

static void desk__unavailable(serve__desk *d, serve__reply *out) {
  d->counts.failed++;
  serve__error(out, 503, "unavailable", "Die Auskunft ist zur Zeit nicht möglich. / No answer can be given at present.");
  out->retry_after = 30;
}

/* A refusal that is put on record. */
static void desk__refuse(desk__case *c, serve__reply *out, int status, const char *type, const char *message) {
  desk__enter(c, "refused", type);
  serve__error(out, status, type, message);
}

static void desk__limited(desk__case *c, serve__reply *out) {
  c->desk->counts.limited++;
  serve__error(out, 429, "too_many_requests", "Zu viele Anfragen. / Too many requests.");
  out->retry_after = 1;
}

static void desk__malformed(desk__case *c, serve__reply *out, int status, const char *type, const char *message) {
  c->desk->counts.refused++;
  serve__error(out, status, type, message);
}

/* --- who asks whom -------------------------------------------------------------------------------------------------------------------------- */
/* "/service/…" as the security server forwards it, or "/r1/INST/CLASS/MEMBER/SUBSYSTEM/service/…" as a client wrote it. */
static bool desk__find_service(desk__case *c, serve__reply *out) {
  const ans_serve_config *config = c->desk->config;
  const serve__target *t = &c->target;
  const char *code = t->segment[0];
  char named[SERVE_VALUE];
  c->path = 1;
  if (strcmp(code, "r1") == 0 && t->segments >= 6) {
    snprintf(named, sizeof named, "%.90s/%.90s/%.90s/%.90s", t->segment[1], t->segment[2], t->segment[3], t->segment[4]);
    if (strcmp(named, config->provider_id) != 0) return false;
    code = t->segment[5];
    c->path = 6;
  }
  for (size_t i = 0; i < config->service_count; i++)
    if (strcmp(config->services[i].code, code) == 0) c->service = &config->services[i];
  if (!c->service) return false;
  int n = snprintf(out->service_id, sizeof out->service_id, "%.350s/%.32s", config->provider_id, c->service->code);
  const serve__value *said = &c->request->headers.of[SERVE_SERVICE];
  return n > 0 && (said->count == 0 || strcmp(said->text, out->service_id) == 0);
}

static bool desk__contains(const serve__list *l, const char *text) {
  for (size_t i = 0; i < l->count; i++)
    if (strcmp(l->items[i], text) == 0) return true;
  return false;
}

/* Right, rate, legal basis, purpose. false: the reply is there. */
static bool desk__authorise(desk__case *c, serve__reply *out) {
  for (size_t i = 0; i < c->service->right_count; i++)
    if (strcmp(c->service->rights[i].client, desk__header(c->request, SERVE_CLIENT)) == 0) c->right = &c->service->rights[i];
  if (!serve__rate_take(c->right ? &c->right->rate : &c->desk->config->strangers, c->at->now_us)) {
    desk__limited(c, out);
  } else if (!c->right) {
    desk__refuse(c, out, 403, "access_denied", "Für diesen Dienst besteht kein Zugriffsrecht. / No right to use this service.");
  } else if (c->request->headers.of[SERVE_REPRESENTED].count) { /* rights are the client's own, not those of whom it speaks for */
    desk__refuse(c, out, 403, "representation_not_agreed", "Für andere kann hier nicht gefragt werden. / Asking for somebody else is not agreed.");
  } else if (!desk__contains(&c->right->bases, desk__header(c->request, SERVE_LEGAL_BASIS))) {
    desk__refuse(c, out, 403, "legal_basis_not_agreed", "Diese Rechtsgrundlage ist für den Abruf nicht vereinbart. / This legal basis is not agreed for the service.");
  } else if (!desk__contains(&c->right->purposes, desk__header(c->request, SERVE_PURPOSE))) {
    desk__refuse(c, out, 403, "purpose_not_agreed", "Dieser Zweck ist für den Abruf nicht vereinbart. / This purpose is not agreed for the service.");
  } else {
    return true;
  }
  return false;
}

/* --- questions ------------------------------------------------------------------------------------------------------------------------------ */
/* NULL, or the type of the error. */
static const char *desk__read_fields(desk__case *c) {
  const char *s = c->target.fields;
  c->fields = *s ? 0 : c->service->first_field;
  while (*s) {
    char name[32];
    size_t n = strcspn(s, ",");
    if (n == 0 || n >= sizeof name || (s[n] == ',' && !s[n + 1])) return "invalid_fields";
    memcpy(name, s, n);
    name[n] = 0;
    unsigned bit = serve__field_of(name);
    if (!bit || (c->fields & bit)) return "invalid_fields";
    c->fields |= bit;
    s += n + (s[n] == ',');
  }
  return c->fields & ~c->right->fields ? "field_not_allowed" : NULL;
}

static const char *desk__read_period(desk__case *c) {
  const serve__target *t = &c->target;
  const char *text = *t->month ? t->month : t->period;
  uint32_t kind = c->service->period_kind;
  c->period = ans_period_of(kind, c->at->today);
  if (*t->month && (*t->period || kind != ANS_PERIOD_MONTH)) return "invalid_period";
  if (!*text) return NULL;
  return ans_period_parse(text, strlen(text), &kind, &c->period) && kind == c->service->period_kind ? NULL : "invalid_period";
}

static void desk__write(const desk__case *c, const serve__answered *x, serve__reply *out) {
  char period[ANS_PERIOD_TEXT], amount[48] = "", recipient[32] = "", record[192] = "";
  int year, month, day;
  bool open = x->finding == SERVE_UNDETERMINED || ((c->fields & SERVE_FIELD_AMOUNT) && x->amount_unclear);
  ans_date_to_ymd(c->at->today, &year, &month, &day);
  if (c->fields & SERVE_FIELD_RECIPIENT) snprintf(recipient, sizeof recipient, ",\"recipient\":%s", x->recipient ? "true" : "false");
  if (c->fields & SERVE_FIELD_AMOUNT) snprintf(amount, sizeof amount, ",\"amount\":\"%lld.%02d\"", (long long)(x->cents / 100), (int)(x->cents % 100));
  if (!open) snprintf(record, sizeof record, ",\"record\":{\"%s\":\"%s\"%s%s}", c->service->period_kind == ANS_PERIOD_MONTH ? "month" : "period", ans_period_format(c->service->period_kind, c->period, period), recipient, amount);
  int n = snprintf(out->body, sizeof out->body, "{\"status\":\"%s\",\"register\":\"%s\",\"idnr\":\"%s\",\"as_of\":\"%04d-%02d-%02d\"%s}", open ? "undetermined" : "found", c->service->code, c->item->idnr, year, month, day, record);
  out->size = (size_t)n;
}

static void desk__question(desk__case *c, serve__reply *out) {
  const char *why = NULL;
  if (!*c->item->idnr) {
    desk__refuse(c, out, 400, "invalid_idnr", "Der Pfad endet mit einer Identifikationsnummer. / The path ends with an identification number.");
    return;
  }
  if (strcmp(desk__header(c->request, SERVE_IDNR_USED), "true") != 0) why = "idnr_not_declared";
  if (!why) why = desk__read_fields(c);
  if (!why) why = desk__read_period(c);
  if (why) {
    desk__refuse(c, out, strcmp(why, "field_not_allowed") == 0 ? 403 : 400, why, "Die Anfrage ist so nicht zulässig. / The request is not admissible like this.");
    return;
  }
  static const char *const outcomes[] = {[SERVE_NOTHING_RELEASED] = "answered_no_data", [SERVE_UNDETERMINED] = "answered_undetermined", [SERVE_FOUND] = "answered"};
  serve__answered x;
  char detail[128], period[ANS_PERIOD_TEXT];
  ans_error err = {0};
  bool ok = serve__look_up(c->desk->store, c->service, c->item->idnr, c->period, c->at->today, &x, &err) == ANS_OK;
  snprintf(detail, sizeof detail, "%s%s%s %s", c->fields & SERVE_FIELD_RECIPIENT ? "recipient" : "", c->fields == (SERVE_FIELD_RECIPIENT | SERVE_FIELD_AMOUNT) ? "," : "", c->fields & SERVE_FIELD_AMOUNT ? "amount" : "",
           ans_period_format(c->service->period_kind, c->period, period));
  if (!ok) {
    desk__unavailable(c->desk, out);
    return;
  }
  desk__enter(c, outcomes[x.finding], detail);
  out->status = 200;
  if (x.finding == SERVE_NOTHING_RELEASED) {
    out->size = sizeof desk__nothing - 1;
    memcpy(out->body, desk__nothing, sizeof desk__nothing);
  } else {
    desk__write(c, &x, out);
  }
}

/* --- life events ------------------------------------------------------------------------------------------------------------------------------ */
static void desk__events(desk__case *c, serve__reply *out) {
  if (c->target.segments != c->path || *c->target.month || *c->target.period || *c->target.fields) {
    desk__refuse(c, out, 400, "invalid_target", "Ereignisse werden an den Dienst selbst gesendet. / Events are sent to the service itself.");
  } else if (strncmp(desk__header(c->request, SERVE_CONTENT_TYPE), "application/json", 16) != 0) {
    desk__refuse(c, out, 415, "unsupported_media_type", "application/json");
  } else {
    desk__enter(c, "events_received", c->right->feed);
    c->item->pushes = c->right;
  }
}

/* After the entry is committed; a transaction of its own. */
static void desk__take(serve__desk *d, serve__item *x) {
  const ans_event_sender sender = {x->pushes->feed, x->pushes->source};
  ans_event_report report;
  ans_error err = {0};
  ans_status status = ans_exchange_event_accept(d->store, NULL, NULL, &sender, x->request->body, x->request->body_size, &report, &err);
  if (status == ANS_INPUT) {
    d->counts.refused++;
    serve__error(&x->reply, 400, "invalid_events", "Das Dokument ist nicht auswertbar; nichts wurde übernommen. / The document cannot be used; nothing was taken over.");
  } else if (status != ANS_OK) {
    desk__unavailable(d, &x->reply);
  } else {
    d->counts.events += report.events;
    x->reply.status = 200;
    /* Not which persons are known here: that would be an answer about them. */
    x->reply.size = (size_t)snprintf(x->reply.body, sizeof x->reply.body, "{\"events\":%lld}", (long long)report.events);
  }
}

/* --- requests ---------------------------------------------------------------------------------------------------------------------------------- */
/* The reply as it will be if its entry can be written. */
static void desk__decide(serve__desk *d, serve__item *x, const serve__clock *at) {
  const serve__request *r = x->request;
  serve__reply *out = &x->reply;
  desk__case c = {.desk = d, .item = x, .request = r, .at = at};
  const char *header = "";
  const char *why = serve__parse_target(r->target, r->target_size, &c.target);
  if (why) {
    desk__malformed(&c, out, 400, why, "Pfad oder Parameter sind unzulässig. / Path or parameters are not admissible.");
    return;
  }
  why = serve__check_headers(&r->headers, &header);
  if (why) {
    desk__malformed(&c, out, 400, why, header);
    return;
  }
  if (!desk__find_service(&c, out)) {
    desk__malformed(&c, out, 404, "unknown_service", "Diesen Dienst gibt es hier nicht. / There is no such service here.");
    return;
  }
  out->echo = true;
  if (!c.service->events && c.target.segments == c.path + 1 && exchange__is_idnr(c.target.segment[c.path])) memcpy(x->idnr, c.target.segment[c.path], SERVE_IDNR);
  if (r->headers.of[SERVE_REQUEST_ID].count) snprintf(out->request_id, sizeof out->request_id, "%s", r->headers.of[SERVE_REQUEST_ID].raw);
  else exchange__uuid(out->request_id);
  const char *method = c.service->events ? "POST" : "GET";
  if (strcmp(r->method, method) != 0) {
    desk__malformed(&c, out, 405, "method_not_allowed", method);
    out->allow = method;
  } else if (!c.service->events && r->body_size) {
    desk__malformed(&c, out, 400, "unexpected_body", "Eine Anfrage hat keinen Inhalt. / A request has no body.");
  } else if (!serve__rate_take(&d->config->all, at->now_us)) {
    desk__limited(&c, out);
  } else if (desk__authorise(&c, out)) {
    if (c.service->events) desk__events(&c, out);
    else desk__question(&c, out);
  }
}

/* What is counted once it is on record. */
static void desk__settle(serve__desk *d, serve__item *x, bool recorded) {
  if (!x->outcome) return;
  if (!recorded) desk__unavailable(d, &x->reply);
  else if (x->pushes) desk__take(d, x);
  else if (x->reply.status == 200) d->counts.answered++;
  else d->counts.refused++;
}

void serve__handle(serve__desk *d, serve__item *items, size_t n, serve__clock at) {
  ans_exchange_entry entries[SERVE_TOGETHER];
  size_t count = 0;
  ans_error err = {0};
  for (size_t i = 0; i < n; i++) {
    items[i] = (serve__item){.request = items[i].request};
    desk__decide(d, &items[i], &at);
    if (items[i].outcome) entries[count++] = desk__entry(&items[i], &at);
  }
  bool recorded = count == 0 || ans_store_log_exchanges(d->store, entries, count, &err) == ANS_OK;
  for (size_t i = 0; i < n; i++) desk__settle(d, &items[i], recorded);
}
