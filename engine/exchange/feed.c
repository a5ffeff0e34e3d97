/* Feeds of events: births (below) and the life events of other registers (deaths, moves, accounts, training), which come in the shape of events.c and are taken over by it.
 *
 * The births feed: polls from the cursor kept in the store and raises candidates. A page, its candidates and the new cursor are one transaction, so a
 * kill repeats at most one page, and repeated events are recognised by their id. Corrections and cancellations may arrive before what they refer to.
 * Shapes: docs/registers.md, "births: event feed". A birth raises a candidate for every parent the entry names: who of them is entitled is for the rules. */
#include "exchange/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FEED__NAME "births"
#define FEED__SUFFIX "-events"
enum { FEED_LIMIT = 500, FEED_MAX_PAGES = 100000 };

/* life: NULL for births. name: of the feed, without "-events"; cursor: where its position is kept. */
typedef struct feed__page { ans_store *store; const ans_program *program; const ans_xroad_config *config; /* for rows that births make */ const ans_fetch_options *options; ans_fetch_report *report; ans_event_report *life; const exchange__register *reg; int64_t now; char name[64], cursor[96]; } feed__page;

bool exchange__is_feed(const char *register_name) {
  size_t n = strlen(register_name), suffix = strlen(FEED__SUFFIX);
  return n > suffix && n < 64 && strcmp(register_name + n - suffix, FEED__SUFFIX) == 0;
}

static bool feed__is_births(const exchange__register *r) { return strcmp(r->register_name, FEED__NAME FEED__SUFFIX) == 0; }

static bool feed__is_cursor(const char *s) {
  size_t n = 0;
  for (; s && s[n]; n++)
    if (!((s[n] >= '0' && s[n] <= '9') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= 'a' && s[n] <= 'z') || s[n] == '-')) return false;
  return n > 0 && n <= 64;
}

/* NULL if the event can be used, else why not. */
static const char *feed__check(json_t *e) {
  const char *id = exchange__string(e, "event_id"), *kind = exchange__string(e, "event"), *child = exchange__string(e, "child_idnr"), *replaces = exchange__string(e, "replaces");
  int32_t day;
  json_t *parents = json_object_get(e, "parents");
  if (!id || strlen(id) > 64 || !kind || exchange__date(e, "recorded_on", &day) != EXCHANGE_DATE_FULL) return "event_id, event, recorded_on";
  bool birth = strcmp(kind, "birth") == 0, correction = strcmp(kind, "correction") == 0, cancellation = strcmp(kind, "cancellation") == 0;
  if (!birth && !correction && !cancellation) return "event";
  if (!birth && (!replaces || strlen(replaces) > 64)) return "replaces";
  if (cancellation) return NULL;
  if (json_object_get(e, "child_idnr") && !exchange__is_idnr(child)) return "child_idnr";
  if (exchange__date(e, "birth_date", &day) == EXCHANGE_DATE_BAD) return "birth_date";
  if (!json_is_array(parents) || json_array_size(parents) > 2) return "parents";
  for (size_t i = 0; i < json_array_size(parents); i++) {
    json_t *p = json_array_get(parents, i);
    const char *idnr = exchange__string(p, "idnr");
    if (json_object_get(p, "idnr") && (!exchange__is_idnr(idnr) || (child && strcmp(idnr, child) == 0))) return "parents";
  }
  return NULL;
}

static ans_status feed__candidate(const feed__page *p, const char *id, const char *kind, int32_t day, const char *parent, const char *child, ans_error *err) {
  int64_t claim = 0;
  bool added = false;
  char case_id[80];
  ans_status status = ans_fact_pair(p->store, parent, child, &claim, err);
  snprintf(case_id, sizeof case_id, "EV-%.64s", id);
  if (status == ANS_OK) status = ans_store_put_event(p->store, FEED__NAME, id, kind, day, claim, p->options->benefit, &added, err);
  if (status == ANS_OK) status = ans_store_set_case(p->store, p->options->benefit, claim, case_id, err);
  p->report->candidates += status == ANS_OK && added;
  return status;
}

static ans_status feed__event(const feed__page *p, json_t *e, ans_error *err) {
  const char *id = exchange__string(e, "event_id"), *kind = exchange__string(e, "event"), *child = exchange__string(e, "child_idnr"), *replaces = exchange__string(e, "replaces");
  int32_t day = 0;
  bool added = false, raised = false;
  ans_status status = ANS_OK;
  if (strcmp(kind, "birth") != 0) status = ans_store_cancel_event(p->store, FEED__NAME, replaces, p->now, err);
  if (strcmp(kind, "cancellation") == 0) return status;
  if (exchange__date(e, "birth_date", &day) != EXCHANGE_DATE_FULL) (void)exchange__date(e, "recorded_on", &day);
  json_t *parents = json_object_get(e, "parents");
  for (size_t i = 0; child && i < json_array_size(parents) && status == ANS_OK; i++) {
    const char *parent = exchange__string(json_array_get(parents, i), "idnr");
    if (!parent) continue;
    raised = true;
    status = feed__candidate(p, id, kind, day, parent, child, err);
  }
  /* Without a number for the child or any parent nobody can be asked yet; the event is on record, and a correction will carry the number. */
  if (status == ANS_OK && !raised) status = ans_store_put_event(p->store, FEED__NAME, id, kind, day, 0, p->options->benefit, &added, err);
  return status;
}

static ans_status feed__store_page(const feed__page *p, exchange__request *r, const char *next, ans_error *err) {
  json_t *events = json_object_get(r->document.json, "events");
  ans_status status = ans_store_begin(p->store, err);
  if (status != ANS_OK) return status;
  ans_exchange_entry entry = exchange__log_entry(r, exchange__class_name(r->outcome));
  status = ans_store_append_exchange(p->store, &entry, err);
  /* A page of life events names everybody who moved or died: of those the authority knows nothing of, nothing is kept, and so no page. */
  if (status == ANS_OK && json_array_size(events) && !p->life) {
    ans_evidence e = {.source = p->reg->source, .service = p->reg->service_id, .subject_key = "", .request_id = r->request_id, .xroad_request_id = r->xroad_request_id, .received_at = r->received_at,
                      .outcome = ANS_EVIDENCE_DATA, .body = r->body, .body_size = r->size};
    status = ans_store_put_evidence(p->store, &e, NULL, err);
    p->report->evidence += status == ANS_OK;
  }
  if (status == ANS_OK && p->life) status = exchange__take_events(p->store, p->program, p->config, p->name, p->reg->source, events, p->now, p->life, err);
  for (size_t i = 0; !p->life && i < json_array_size(events) && status == ANS_OK; i++) status = feed__event(p, json_array_get(events, i), err);
  if (status == ANS_OK && next) status = ans_store_set_text(p->store, p->cursor, next, err);
  if (status == ANS_OK) status = ans_store_commit(p->store, err);
  else ans_store_rollback(p->store);
  if (status == ANS_OK) p->report->events += (int64_t)json_array_size(events);
  if (status == ANS_OK && p->life) p->life->events += (int64_t)json_array_size(events);
  return status;
}

static ans_status feed__refuse(const feed__page *p, exchange__request *r, const char *why, ans_error *err) {
  ans_status status = ans_store_begin(p->store, err);
  if (status != ANS_OK) return status;
  ans_exchange_entry entry = exchange__log_entry(r, r->outcome == ANS_X_OK ? "invalid" : exchange__class_name(r->outcome));
  status = ans_store_append_exchange(p->store, &entry, err);
  if (status == ANS_OK) status = ans_store_commit(p->store, err);
  else ans_store_rollback(p->store);
  p->report->failed++;
  return status == ANS_OK ? ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-FEED", NULL, p->reg->service_id, why, (char *)NULL) : status;
}

/* One page. *more: whether another follows. */
static ans_status feed__next(const feed__page *p, exchange__transport *t, unsigned reg_index, bool *more, ans_error *err) {
  char *cursor = NULL;
  *more = false;
  ans_status status = ans_store_get_text(p->store, p->cursor, &cursor, err);
  if (status != ANS_OK) return status;
  exchange__request r = {.reg = p->reg, .reg_index = reg_index, .idnr_used = false, .fields = exchange__fields(NULL, NULL, p->reg)};
  snprintf(r.case_id, sizeof r.case_id, "FEED-%s", p->name);
  if (feed__is_cursor(cursor)) snprintf(r.suffix, sizeof r.suffix, "?after=%s&limit=%d", cursor, FEED_LIMIT);
  else snprintf(r.suffix, sizeof r.suffix, "?limit=%d", FEED_LIMIT);
  status = exchange__transport_run(t, &r, 1, err);
  p->report->requests += r.attempts;
  const char *why = NULL, *next = exchange__string(r.document.json, "next");
  json_t *events = json_object_get(r.document.json, "events");
  if (status == ANS_OK && r.outcome != ANS_X_OK) why = r.detail;
  else if (status == ANS_OK && (!json_is_array(events) || json_array_size(events) > FEED_LIMIT || !json_is_boolean(json_object_get(r.document.json, "more")) || (json_array_size(events) && !feed__is_cursor(next)))) why = "events, next, more";
  for (size_t i = 0; status == ANS_OK && !why && i < json_array_size(events); i++) why = p->life ? exchange__event_wrong(json_array_get(events, i)) : feed__check(json_array_get(events, i));
  if (status == ANS_OK) status = why ? feed__refuse(p, &r, why, err) : feed__store_page(p, &r, next, err);
  /* A cursor that does not move would be read for ever. */
  if (status == ANS_OK) *more = json_is_true(json_object_get(r.document.json, "more")) && next && (!cursor || strcmp(cursor, next) != 0);
  exchange__request_dispose(&r);
  free(cursor);
  return status;
}

/* All pages there are, from the stored position. */
static ans_status feed__poll(const ans_xroad_config *c, unsigned i, exchange__transport *t, feed__page page, ans_error *err) {
  bool more = true;
  ans_status status = ANS_OK;
  page.reg = &c->registers[i];
  page.now = (int64_t)time(NULL);
  snprintf(page.name, sizeof page.name, "%.*s", (int)(strlen(page.reg->register_name) - strlen(FEED__SUFFIX)), page.reg->register_name);
  snprintf(page.cursor, sizeof page.cursor, "feed.%s.cursor", page.name);
  const char *refused = exchange__transport_refused(t, i);
  if (refused) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-REFUSED", page.reg->service_id, page.reg->register_name, refused, "1", (char *)NULL); /* on record already */
  for (unsigned n = 0; n < FEED_MAX_PAGES && more && status == ANS_OK; n++) status = feed__next(&page, t, i, &more, err);
  return status;
}

ans_status exchange__poll_births(ans_store *s, const ans_xroad_config *c, exchange__transport *t, const ans_fetch_options *o, ans_fetch_report *report, ans_error *err) {
  for (unsigned i = 0; i < c->register_count; i++) {
    ans_status status = feed__is_births(&c->registers[i]) ? feed__poll(c, i, t, (feed__page){.store = s, .options = o, .report = report}, err) : ANS_OK;
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

ans_status ans_exchange_events_poll(ans_store *s, const ans_program *p, const ans_xroad_config *c, ans_event_report *report, ans_error *err) {
  exchange__transport *t = NULL;
  ans_fetch_report counts = {0};
  memset(report, 0, sizeof *report);
  ans_status status = p ? exchange__birth_rows_bind(c, p, err) : ANS_OK, first = ANS_OK;
  if (status == ANS_OK) status = exchange__transport_new(c, s, &t, err);
  for (unsigned i = 0; i < c->register_count && status == ANS_OK; i++) {
    ans_error why = {0};
    if (!exchange__is_feed(c->registers[i].register_name) || feed__is_births(&c->registers[i])) continue;
    status = feed__poll(c, i, t, (feed__page){.store = s, .program = p, .config = c, .report = &counts, .life = report}, &why);
    if (status != ANS_OK && first == ANS_OK) {
      first = status;
      if (err) *err = why;
    }
    if (status == ANS_EXCHANGE) status = ANS_OK; /* one feed that cannot be used does not stop the others */
  }
  exchange__transport_free(t);
  return first != ANS_OK ? first : status;
}
