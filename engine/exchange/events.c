/* Life events (docs/exchange.md, "Life events"): the document that a register sends, checked whole, stored whole or not at all; feeds that are polled use the same functions (feed.c).
 *
 * Of whom the authority knows nothing, nothing is kept: events name everybody who moved or died. A birth is the exception, because it can make a claim for parents
 * who have none yet. Identity is feed and event id; repeated, late and cancelled events are settled by it, in whichever order they come.
 * Memory: the document. Thread rule: the store handle's thread. */
#include "exchange/internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EVENTS_MAX = 10000, EVENTS_MAX_BYTES = 16 * 1024 * 1024, EVENTS_MAX_PERSONS = 16 };

typedef struct events__document { ans_store *store; const ans_program *program; const ans_xroad_config *config; const char *feed, *source; int64_t now; ans_event_report *report; } events__document;

static const char *const events__kinds[] = {"birth", "death", "move", "account", "training_begin", "training_end", NULL};

static bool events__name(const char *s, size_t max) {
  size_t n = s ? strlen(s) : 0;
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)s[i] < 0x20) return false;
  return n > 0 && n <= max;
}

static bool events__persons(json_t *list, size_t min, size_t max) {
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n < min || n > max) return false;
  for (size_t i = 0; i < n; i++)
    if (!json_is_string(json_array_get(list, i)) || !exchange__is_idnr(json_string_value(json_array_get(list, i)))) return false;
  return true;
}

const char *exchange__event_wrong(json_t *e) {
  const char *id = exchange__string(e, "event_id"), *kind = exchange__string(e, "event");
  int32_t day;
  if (!json_is_object(e) || !events__name(id, 64)) return "event_id";
  if (json_object_get(e, "replaces") && !events__name(exchange__string(e, "replaces"), 64)) return "replaces";
  if (kind && strcmp(kind, "cancellation") == 0) return json_object_get(e, "replaces") ? NULL : "replaces";
  const char *const *k = events__kinds;
  while (kind && *k && strcmp(*k, kind) != 0) k++;
  if (!kind || !*k) return "event";
  if (exchange__date(e, "day", &day) != EXCHANGE_DATE_FULL) return "day";
  if (strcmp(kind, "birth") != 0) return events__persons(json_object_get(e, "persons"), 1, EVENTS_MAX_PERSONS) ? NULL : "persons";
  const char *child = exchange__string(e, "child");
  if (!exchange__is_idnr(child)) return "child";
  json_t *parents = json_object_get(e, "parents");
  if (!events__persons(parents, 0, 2)) return "parents";
  for (size_t i = 0; i < json_array_size(parents); i++)
    if (strcmp(json_string_value(json_array_get(parents, i)), child) == 0) return "parents";
  return NULL;
}

static ans_status events__about(const events__document *d, json_t *e, const char *kind, const char *idnr, bool create, ans_error *err) {
  ans_life_event x = {.feed = d->feed, .event_id = exchange__string(e, "event_id"), .kind = kind, .source = d->source, .recorded_at = d->now};
  bool added = false;
  (void)exchange__date(e, "day", &x.day);
  ans_status status = ans_store_subject(d->store, ANS_UNIT_PERSON, idnr, create, &x.person, err);
  if (status != ANS_OK) return status;
  if (!x.person) {
    d->report->unconcerned++;
    return ANS_OK;
  }
  status = ans_store_put_life_event(d->store, &x, &added, err);
  if (added) d->report->recorded++;
  else d->report->repeated += status == ANS_OK;
  return status;
}

static ans_status events__one(const events__document *d, json_t *e, ans_error *err) {
  const char *kind = exchange__string(e, "event"), *replaces = exchange__string(e, "replaces"), *child = exchange__string(e, "child");
  ans_status status = replaces ? ans_store_cancel_event(d->store, d->feed, replaces, d->now, err) : ANS_OK;
  if (replaces) d->report->cancelled++;
  if (status != ANS_OK || strcmp(kind, "cancellation") == 0) return status;
  bool birth = strcmp(kind, "birth") == 0;
  json_t *persons = json_object_get(e, birth ? "parents" : "persons");
  for (size_t i = 0; i < json_array_size(persons) && status == ANS_OK; i++) {
    const char *idnr = json_string_value(json_array_get(persons, i));
    int64_t pair = 0;
    if (birth) status = ans_fact_pair(d->store, idnr, child, &pair, err); /* of use to every package that knows Kindschaft */
    if (status == ANS_OK && birth) status = exchange__birth_rows_make(d->store, d->program, d->config, idnr, child, d->source, d->now, err);
    if (status == ANS_OK) status = events__about(d, e, birth ? "parenthood" : kind, idnr, birth, err);
  }
  return status == ANS_OK && birth ? events__about(d, e, kind, child, true, err) : status;
}

ans_status exchange__take_events(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *feed, const char *source, json_t *events, int64_t now, ans_event_report *report, ans_error *err) {
  const events__document d = {.store = s, .program = p, .config = p ? c : NULL, .feed = feed, .source = source, .now = now, .report = report};
  ans_status status = ANS_OK;
  for (size_t i = 0; i < json_array_size(events) && status == ANS_OK; i++) status = events__one(&d, json_array_get(events, i), err);
  return status;
}

static ans_status events__bad(size_t index, const char *field, ans_error *err) {
  char n[24];
  return ans_error_set(err, ANS_INPUT, "E-EXCHANGE-EVENTS", NULL, ans_itoa(n, (int64_t)index), field, (char *)NULL);
}

ans_status ans_exchange_event_accept(ans_store *s, const ans_program *p, const ans_xroad_config *c, const ans_event_sender *sender, const char *bytes, size_t size, ans_event_report *report, ans_error *err) {
  json_error_t why;
  memset(report, 0, sizeof *report);
  if (size > EVENTS_MAX_BYTES) return events__bad(0, "16 MiB", err);
  if (p && c) {
    ans_status fits = exchange__birth_rows_bind(c, p, err);
    if (fits != ANS_OK) return fits;
  }
  json_t *o = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
  if (!o) return events__bad(0, why.text, err);
  const char *format = exchange__string(o, "format");
  json_t *events = json_object_get(o, "events");
  const char *feed = exchange__string(o, "feed"), *source = exchange__string(o, "source");
  const char *bad = !format || strcmp(format, "anspruch-events/1") != 0 ? "format" : !events__name(feed, 64) ? "feed" : !events__name(source, 200) ? "source" : !json_is_array(events) || json_array_size(events) > EVENTS_MAX ? "events" : NULL;
  if (!bad && sender && strcmp(sender->feed, feed) != 0) bad = "feed";
  if (!bad && sender && strcmp(sender->source, source) != 0) bad = "source";
  size_t at = 0;
  for (size_t i = 0; i < json_array_size(events) && !bad; i++) {
    bad = exchange__event_wrong(json_array_get(events, i));
    at = i + 1;
  }
  ans_status status = bad ? events__bad(at, bad, err) : ans_store_begin(s, err);
  bool open = status == ANS_OK;
  if (status == ANS_OK) status = exchange__take_events(s, p, c, feed, source, events, (int64_t)time(NULL), report, err);
  if (status == ANS_OK) status = ans_store_commit(s, err);
  else if (open) ans_store_rollback(s);
  report->events = status == ANS_OK ? (int64_t)json_array_size(events) : 0;
  json_decref(o);
  return status;
}

ans_status ans_exchange_event_ingest(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *bytes, size_t size, ans_event_report *report, ans_error *err) {
  return ans_exchange_event_accept(s, p, c, NULL, bytes, size, report, err);
}
