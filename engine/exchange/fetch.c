/* The fetch: who is asked about whom, in which order, and how answers become evidence and facts.
 *
 * Order: births feed; then the persons of the claims of the period; then one step further, the other parents of those children and the other children
 * of those parents (benefits of other units: the persons who share a row with them, fetch_reach.c). Registers with a minimum age come after those that tell the age: nobody is asked about the employment of a toddler. About each
 * person a register is asked only if it delivers a fact that the package has (data minimisation), and not again while its answer is fresh.
 * An answer, its assertions, its evidence and its log entry are one transaction with the other answers of its chunk; a kill loses at most that chunk.
 * Memory: one entry per person of the run, plus one chunk of EXCHANGE_CHUNK answers. Thread rule: the caller's thread. */
#include "exchange/fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/hash.h"
#include "num/calendar.h"
#include "num/period.h"

ans_status fetch__oom(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL); }

/* --- persons ----------------------------------------------------------------------------------------------------------------------- */
static size_t fetch__slot(const fetch__run *f, const char *idnr) {
  uint64_t h = 1469598103934665603u;
  for (const char *c = idnr; *c; c++) h = (h ^ (uint8_t)*c) * 1099511628211u;
  size_t i = (size_t)h & (f->slot_capacity - 1);
  while (f->slots[i] && strcmp(f->persons[f->slots[i] - 1].idnr, idnr) != 0) i = (i + 1) & (f->slot_capacity - 1);
  return i;
}

fetch__person *fetch__find(const fetch__run *f, const char *idnr) {
  size_t slot = f->slot_capacity ? fetch__slot(f, idnr) : 0;
  return f->slot_capacity && f->slots[slot] ? &f->persons[f->slots[slot] - 1] : NULL;
}

static bool fetch__grow(fetch__run *f) {
  if (f->count == f->capacity) {
    size_t n = f->capacity ? f->capacity * 2 : 1024;
    fetch__person *grown = realloc(f->persons, n * sizeof *grown);
    if (!grown) return false;
    f->persons = grown;
    f->capacity = n;
  }
  if ((f->count + 1) * 2 <= f->slot_capacity) return true;
  size_t n = f->slot_capacity ? f->slot_capacity * 2 : 4096;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  free(f->slots);
  f->slots = slots;
  f->slot_capacity = n;
  for (size_t i = 0; i < f->count; i++) f->slots[fetch__slot(f, f->persons[i].idnr)] = (uint32_t)i + 1;
  return true;
}

static void fetch__add(fetch__run *f, const char *idnr, uint64_t role, int64_t claim) {
  if (f->failed != ANS_OK || !exchange__is_idnr(idnr)) return; /* persons without a number cannot be asked about */
  if (!fetch__grow(f)) {
    f->failed = fetch__oom(f->err);
    return;
  }
  size_t slot = fetch__slot(f, idnr);
  if (!f->slots[slot]) {
    fetch__person *p = &f->persons[f->count++];
    *p = (fetch__person){.claim = claim};
    memcpy(p->idnr, idnr, sizeof p->idnr);
    f->slots[slot] = (uint32_t)f->count;
  }
  f->persons[f->slots[slot] - 1].roles |= role;
}

/* "recipient/child" → both numbers. */
static bool fetch__split(const char *key, char recipient[64], char child[64]) {
  const char *slash = strchr(key, '/');
  if (!slash || (size_t)(slash - key) >= 64 || strlen(slash + 1) >= 64) return false;
  memcpy(recipient, key, (size_t)(slash - key));
  recipient[slash - key] = 0;
  memcpy(child, slash + 1, strlen(slash + 1) + 1);
  return true;
}

/* The role behind a reference: its place among the package's references to persons, and what its name says. */
static uint64_t fetch__role(const ans_program *p, uint32_t reference) {
  unsigned bit = FETCH_FIRST_REFERENCE;
  if (reference == ANS_NONE) return 1ull << FETCH_LAST_ROLE;
  for (uint32_t i = 0; i < reference; i++) bit += p->facts[i].type.tag == ANS_T_REF && strcmp(p->units[p->facts[i].type.ref].name, ANS_UNIT_PERSON) == 0;
  uint64_t role = 1ull << (bit < FETCH_LAST_ROLE ? bit : FETCH_LAST_ROLE);
  const char *name = p->facts[reference].name;
  if (strcmp(name, ANS_FACT_CHILD) == 0) role |= FETCH_CHILD;
  if (strcmp(name, ANS_FACT_RECIPIENT) == 0 || strcmp(name, "Elternteil") == 0) role |= FETCH_PARENT;
  return role;
}

static uint64_t fetch__asked(const ans_program *p, const exchange__register *r) {
  uint64_t mask = 0;
  if (r->persons == ANS_FETCH_ALL) return UINT64_MAX;
  if (r->persons == ANS_FETCH_CHILDREN) return FETCH_CHILD;
  if (r->persons == ANS_FETCH_PARENTS) return FETCH_PARENT;
  for (size_t i = 0; i < r->via_count; i++) {
    char unit[2 * ANS_MAX_NAME + 1];
    const char *dot = strchr(r->via[i], '.');
    snprintf(unit, sizeof unit, "%.*s", (int)(dot - r->via[i]), r->via[i]);
    const ans_fact *fact = mapping__fact_of(p, unit, dot + 1);
    if (fact && fact->type.tag == ANS_T_REF) mask |= fetch__role(p, (uint32_t)(fact - p->facts)) & ~(uint64_t)(FETCH_CHILD | FETCH_PARENT);
  }
  return mask;
}

typedef struct fetch__reached { fetch__run *run; int64_t claim; } fetch__reached;
static bool fetch__on_reached(void *ctx, const char *idnr, uint32_t reference) {
  fetch__reached *x = ctx;
  fetch__add(x->run, idnr, fetch__role(x->run->program, reference), x->claim);
  return x->run->failed == ANS_OK;
}

static bool fetch__open_claim(fetch__run *f, int64_t claim) {
  if (f->claim_count == f->claim_capacity) {
    size_t n = f->claim_capacity ? f->claim_capacity * 2 : 1024;
    int64_t *grown = realloc(f->claims, n * sizeof *grown);
    if (!grown) return false;
    f->claims = grown;
    f->claim_capacity = n;
  }
  f->claims[f->claim_count++] = claim;
  return true;
}

static bool fetch__on_claim(void *ctx, int64_t claim, unsigned why) {
  fetch__run *f = ctx;
  char unit[64], key[160], recipient[64], child[64];
  (void)why;
  if (f->options->claim && f->options->claim != claim) return true;
  if (!fetch__open_claim(f, claim)) {
    f->failed = fetch__oom(f->err);
    return false;
  }
  if (!f->pairs) {
    fetch__reached reached = {f, claim};
    ans_status walked = exchange__reach_claim(f->store, f->program, claim, fetch__on_reached, &reached, f->err);
    if (walked != ANS_OK) f->failed = walked;
    return f->failed == ANS_OK;
  }
  ans_status status = ans_store_subject_name(f->store, claim, unit, sizeof unit, key, sizeof key, f->err);
  if (status != ANS_OK) f->failed = status;
  if (status == ANS_OK && strcmp(unit, ANS_UNIT_PAIR) == 0 && fetch__split(key, recipient, child)) {
    fetch__add(f, recipient, FETCH_PARENT, claim);
    fetch__add(f, child, FETCH_CHILD, claim);
  }
  return f->failed == ANS_OK;
}

typedef struct fetch__relatives { fetch__run *run; int64_t claim; uint8_t role; } fetch__relatives;
static bool fetch__on_relative(void *ctx, int64_t subject, const char *key) {
  fetch__relatives *x = ctx;
  char recipient[64], child[64];
  (void)subject;
  if (fetch__split(key, recipient, child)) fetch__add(x->run, x->role == FETCH_PARENT ? recipient : child, x->role, x->claim);
  return x->run->failed == ANS_OK;
}

/* One step further: the other parents of a child, the other children of a parent. */
static ans_status fetch__expand(fetch__run *f, ans_error *err) {
  size_t n = f->count;
  for (size_t i = 0; i < n; i++) {
    fetch__person p = f->persons[i]; /* a copy: adding may move the array */
    int64_t subject = 0;
    ans_status status = ans_store_subject(f->store, ANS_UNIT_PERSON, p.idnr, false, &subject, err);
    fetch__reached reached = {f, p.claim};
    if (!f->pairs) {
      if (status == ANS_OK && subject) status = exchange__reach_person(f->store, f->program, subject, fetch__on_reached, &reached, err);
      if (status == ANS_OK) status = f->failed;
      if (status != ANS_OK) return status;
      continue;
    }
    fetch__relatives parents = {f, p.claim, FETCH_PARENT}, children = {f, p.claim, FETCH_CHILD};
    if (status == ANS_OK && subject && (p.done_roles & FETCH_CHILD)) status = ans_store_referrers(f->store, ANS_UNIT_PAIR, ANS_FACT_CHILD, subject, INT64_MAX, fetch__on_relative, &parents, err);
    if (status == ANS_OK && subject && (p.done_roles & FETCH_PARENT)) status = ans_store_referrers(f->store, ANS_UNIT_PAIR, ANS_FACT_RECIPIENT, subject, INT64_MAX, fetch__on_relative, &children, err);
    if (status == ANS_OK) status = f->failed;
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

/* --- storing answers ----------------------------------------------------------------------------------------------------------------- */
static const char *fetch__reason(const exchange__request *r) {
  switch (r->outcome) {
  case ANS_X_NO_DATA: return ANS_UNKNOWN_WITHHELD;
  case ANS_X_INVALID: return "Antwort ungültig";
  case ANS_X_SECURITY: return "Antwort verworfen (Sicherheitsprüfung)";
  case ANS_X_PROVIDER: return "Register meldet einen Fehler";
  case ANS_X_DENIED: return r->attempts ? "Abruf verweigert" : "Abruf nicht zugelassen";
  case ANS_X_OUR_FAULT: return "Abruf fehlerhaft";
  case ANS_X_OK:
  case ANS_X_RETRY:
  case ANS_X_OUTCOME_UNKNOWN: break;
  }
  return r->attempts ? "Register nicht erreichbar" : "Abruf eingestellt";
}

static int fetch__evidence_outcome(const exchange__request *r) {
  switch (r->outcome) {
  case ANS_X_OK: return ANS_EVIDENCE_DATA;
  case ANS_X_NO_DATA: return ANS_EVIDENCE_NO_DATA_RELEASED;
  case ANS_X_INVALID:
  case ANS_X_SECURITY:
  case ANS_X_PROVIDER: return ANS_EVIDENCE_INVALID;
  case ANS_X_RETRY:
  case ANS_X_OUTCOME_UNKNOWN:
  case ANS_X_DENIED:
  case ANS_X_OUR_FAULT: break;
  }
  return r->body ? ANS_EVIDENCE_INVALID : ANS_EVIDENCE_UNREACHABLE;
}

static void fetch__count(fetch__run *f, const exchange__request *r) {
  f->report->requests += r->attempts;
  if (r->outcome == ANS_X_NO_DATA) f->report->no_data++;
  else if (r->outcome == ANS_X_INVALID) f->report->invalid++;
  else if (r->outcome != ANS_X_OK) f->report->failed++;
  if (r->outcome == ANS_X_SECURITY && f->incidents[r->reg_index]++ == 0) snprintf(f->incident[r->reg_index], sizeof f->incident[0], "%s", r->detail);
}

static ans_status fetch__store_one(fetch__run *f, exchange__request *r, ans_error *err) {
  const exchange__kind *kind = exchange__kind_of(r->reg->register_name);
  exchange__adapter *a = &f->adapter;
  int64_t last = 0;
  a->reg = r->reg;
  a->idnr = r->subject_key;
  a->evidence = 0;
  a->count = 0;
  a->invalid = NULL;
  a->other_person = false;
  ans_status status = ans_store_subject(f->store, ANS_UNIT_PERSON, r->subject_key, true, &a->person, err);
  if (status == ANS_OK && r->outcome == ANS_X_OK) status = exchange__read_answer(a, kind, &r->document, err);
  if (status == ANS_OK && a->failed_memory) status = fetch__oom(err);
  if (status != ANS_OK) return status;
  const char *invalid = a->invalid;
  if (invalid) {
    r->outcome = ANS_X_INVALID;
    exchange__detail(r, "%s", invalid);
    if (a->other_person) {
      free(r->body);
      r->body = NULL;
      r->size = 0;
    }
  }
  fetch__count(f, r);
  int outcome = fetch__evidence_outcome(r);
  if (r->request_id[0]) { /* logged: the log also says how it ended */
    ans_exchange_entry entry = exchange__log_entry(r, r->attempts ? exchange__class_name(r->outcome) : "not_sent");
    status = ans_store_append_exchange(f->store, &entry, err);
  }
  if (status == ANS_OK && r->attempts) {
    ans_evidence e = {.source = r->reg->source, .service = r->reg->service_id, .subject_key = r->subject_key, .request_id = r->request_id, .xroad_request_id = r->xroad_request_id, .received_at = r->received_at,
                      .outcome = outcome, .body = r->body, .body_size = r->size};
    status = ans_store_put_evidence(f->store, &e, &a->evidence, err);
    f->report->evidence += status == ANS_OK;
  }
  if (status != ANS_OK) return status;
  if (r->outcome == ANS_X_OK) return exchange__write_answer(a, a->evidence, err);
  /* What the register said earlier stays while it merely cannot be asked; it goes when the register takes it back or answers nonsense. */
  if (status == ANS_OK) status = ans_store_latest_answer(f->store, r->reg->source, r->reg->service_id, r->subject_key, ANS_EVIDENCE_NO_DATA_RELEASED, &last, &a->confirmed_at, err);
  if (status != ANS_OK) return status;
  bool keep = outcome == ANS_EVIDENCE_UNREACHABLE || r->outcome == ANS_X_SECURITY || r->outcome == ANS_X_PROVIDER;
  return exchange__apply_unknown(a, kind, invalid ? invalid : fetch__reason(r), keep, err);
}

ans_status fetch__flush(fetch__run *f, ans_error *err) {
  if (f->chunk_size == 0) return ANS_OK;
  ans_status status = exchange__transport_run(f->transport, f->chunk, f->chunk_size, err);
  if (status == ANS_OK) status = ans_store_begin(f->store, err);
  bool open = status == ANS_OK;
  for (size_t i = 0; i < f->chunk_size && status == ANS_OK; i++) status = fetch__store_one(f, &f->chunk[i], err);
  if (status == ANS_OK) status = ans_store_commit(f->store, err);
  else if (open) ans_store_rollback(f->store);
  for (size_t i = 0; i < f->chunk_size; i++) exchange__request_dispose(&f->chunk[i]);
  f->chunk_size = 0;
  return status;
}

/* --- planning ------------------------------------------------------------------------------------------------------------------------ */
typedef struct fetch__birth { bool known; int64_t day; } fetch__birth;
static bool fetch__on_birth(void *ctx, const ans_assertion *x) {
  fetch__birth *b = ctx;
  if (strcmp(x->fact, "Geburtsdatum") == 0 && x->state == ANS_VALUE && (!b->known || x->number < b->day)) *b = (fetch__birth){true, x->number};
  return true;
}

/* Whether the person may have completed the age by the end of the period; unknown counts as yes. */
static ans_status fetch__old_enough(const fetch__run *f, const fetch__person *p, unsigned age, bool *yes, ans_error *err) {
  *yes = true;
  int64_t subject = 0, day = 0;
  ans_status status = age ? ans_store_subject(f->store, ANS_UNIT_PERSON, p->idnr, false, &subject, err) : ANS_OK;
  if (status != ANS_OK || !subject) return status;
  fetch__birth b = {false, 0};
  status = ans_store_assertions(f->store, subject, INT64_MAX, fetch__on_birth, &b, err);
  if (status == ANS_OK && b.known) *yes = !ans_date_birthday(b.day, age, &day) || day <= ans_period_last(f->options->period_kind, f->options->period);
  return status;
}

/* Seconds for which an answer counts as fresh: no longer than any of its facts may be old. */
static int64_t fetch__freshness(const fetch__run *f, const exchange__register *r) {
  int64_t limit = (int64_t)f->config->freshness_hours * 3600;
  for (size_t i = 0; i < r->max_age_count; i++)
    if ((int64_t)r->max_ages[i].days * 86400 < limit) limit = (int64_t)r->max_ages[i].days * 86400;
  return limit;
}

static ans_status fetch__is_fresh(const fetch__run *f, const exchange__register *r, const char *idnr, bool *fresh, ans_error *err) {
  bool found = false;
  int64_t at = 0;
  int outcome = 0;
  *fresh = false;
  ans_status status = ans_store_latest_evidence(f->store, r->source, r->service_id, idnr, &found, &at, &outcome, err);
  if (status == ANS_OK && found && (outcome == ANS_EVIDENCE_DATA || outcome == ANS_EVIDENCE_NO_DATA_RELEASED))
    *fresh = at <= f->now + 300 && f->now - at < fetch__freshness(f, r); /* an answer from the future (clock set back) is not fresh */
  int64_t person = 0, event = 0;
  if (status == ANS_OK && *fresh) status = ans_store_subject(f->store, ANS_UNIT_PERSON, idnr, false, &person, err);
  if (status == ANS_OK && person) status = ans_store_newest_life_event(f->store, person, &event, err);
  if (event >= at) *fresh = false; /* the register said it before something happened */
  return status;
}

static ans_status fetch__case(const fetch__run *f, int64_t claim, char out[129], ans_error *err) {
  bool found = false;
  ans_status status = ans_store_case_of(f->store, f->options->benefit, claim, out, 129, &found, err);
  if (status == ANS_OK && !found) snprintf(out, 129, "ANS-%" PRId64, claim);
  return status;
}

ans_status fetch__is_pending(fetch__run *f, fetch__person *p, unsigned i, bool *pending, ans_error *err) {
  const exchange__register *r = &f->config->registers[i];
  uint64_t bit = UINT64_C(1) << i;
  bool yes = true, fresh = false;
  *pending = false;
  if (!f->wanted[i] || !(p->roles & f->asked[i]) || ((p->asked | p->fresh) & bit)) return ANS_OK;
  ans_status status = fetch__old_enough(f, p, r->from_age, &yes, err);
  if (status != ANS_OK || !yes) return status;
  if (!(p->settled & bit)) status = fetch__is_fresh(f, r, p->idnr, &fresh, err);
  p->settled |= bit;
  if (fresh) p->fresh |= bit;
  *pending = status == ANS_OK && !fresh;
  return status;
}

/* A POST has one key until its answer is stored: a process that was killed in between asks again with the same one, and a register that keeps keys does nothing twice. The key says nothing to
 * who does not know the store's salt. */
static ans_status fetch__key(const fetch__run *f, exchange__request *q, ans_error *err) {
  int64_t last = 0, at = 0;
  uint8_t sum[32];
  char hex[65], text[700], number[24];
  if (!q->reg->soap) return ANS_OK;
  ans_status status = ans_store_latest_answer(f->store, q->reg->source, q->reg->service_id, q->subject_key, ANS_EVIDENCE_INVALID, &last, &at, err);
  int n = snprintf(text, sizeof text, "%s %s %s %s %s", f->salt, f->config->client_id, q->reg->service_id, q->subject_key, ans_itoa(number, last));
  ans_sha256_once(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : strlen(text), sum);
  ans_hex(sum, 32, hex);
  hex[12] = '5'; /* the form of a UUID that is made from a name */
  hex[16] = 'a';
  snprintf(q->idempotency_key, sizeof q->idempotency_key, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
  return status;
}

/* The salt of the store, made once, before anything is sent with it. */
static ans_status fetch__salt(fetch__run *f, ans_error *err) {
  bool post = false;
  char *salt = NULL;
  for (size_t i = 0; i < f->config->register_count; i++) post = post || f->config->registers[i].soap;
  if (!post || f->options->on_planned) return ANS_OK;
  ans_status status = ans_store_get_text(f->store, "exchange.salt", &salt, err);
  if (salt) snprintf(f->salt, sizeof f->salt, "%s", salt);
  free(salt);
  if (status != ANS_OK || f->salt[0]) return status;
  exchange__uuid(f->salt);
  status = ans_store_begin(f->store, err);
  if (status == ANS_OK) status = ans_store_set_text(f->store, "exchange.salt", f->salt, err);
  if (status == ANS_OK) return ans_store_commit(f->store, err);
  ans_store_rollback(f->store);
  return status;
}

ans_status fetch__queue(fetch__run *f, fetch__person *p, unsigned i, const char *fields, uint32_t field_count, ans_error *err) {
  const exchange__register *r = &f->config->registers[i];
  ans_status status = f->chunk_size == EXCHANGE_CHUNK ? fetch__flush(f, err) : ANS_OK;
  if (status != ANS_OK) return status;
  if (f->options->on_planned && (p->shown >> i & 1)) return ANS_OK;
  if (!(p->asked | p->shown)) f->report->asked_persons++;
  if (f->options->on_planned) p->shown |= UINT64_C(1) << i; /* still to be asked, and what it will say is open */
  else p->asked |= UINT64_C(1) << i;
  f->report->fields += field_count;
  exchange__request q = {.reg = r, .reg_index = i, .idnr_used = true, .fields = fields};
  snprintf(q.subject_key, sizeof q.subject_key, "%s", p->idnr);
  snprintf(q.suffix, sizeof q.suffix, "/%s", p->idnr);
  status = fetch__case(f, p->claim, q.case_id, err);
  if (status == ANS_OK) status = fetch__key(f, &q, err);
  const ans_request_policy policy = {r->legal_basis, r->purpose, q.case_id, true, q.fields};
  if (status == ANS_OK) status = exchange__check_policy(&policy, err);
  if (status == ANS_OK && f->options->on_planned) f->options->on_planned(f->options->ctx, r->register_name, p->idnr, q.case_id, fields);
  else if (status == ANS_OK) f->chunk[f->chunk_size++] = q;
  return status;
}

static ans_status fetch__ask(fetch__run *f, fetch__person *p, unsigned i, ans_error *err) {
  bool pending = false;
  if (!(p->roles & f->asked[i]) || (p->done_roles & f->asked[i])) return ANS_OK; /* not one of those it is asked about, or asked in an earlier wave */
  ans_status status = fetch__is_pending(f, p, i, &pending, err);
  return status == ANS_OK && pending ? fetch__queue(f, p, i, f->fields[i], f->field_count[i], err) : status;
}

/* --- parents that nobody names ------------------------------------------------------------------------------------------------------- */
typedef struct fetch__parents { const fetch__run *run; const char *births, *residents; unsigned by_births, by_residents; bool counted; } fetch__parents;
static bool fetch__on_kind(void *ctx, const ans_assertion *x) {
  fetch__parents *p = ctx;
  if (strcmp(x->fact, "Art") != 0 || x->state != ANS_VALUE) return true;
  if (p->births && strcmp(x->source, p->births) == 0) p->by_births++;
  if (p->residents && strcmp(x->source, p->residents) == 0) p->by_residents++;
  return true;
}
static bool fetch__on_pair(void *ctx, int64_t subject, const char *key) {
  fetch__parents *p = ctx;
  (void)key;
  return ans_store_assertions(p->run->store, subject, INT64_MAX, fetch__on_kind, p, NULL) == ANS_OK;
}

/* A child whose parents the birth register does not name, and of whom the residents register does not name two, may have a parent we do not know: a
 * row "unbekannt-<child>" of which nothing is known keeps the known parent from being taken for the only one. It goes when the parents are named. */
static ans_status fetch__settle(fetch__run *f, const char *idnr, ans_error *err) {
  fetch__parents p = {.run = f};
  int64_t child = 0, pair = 0;
  char key[160], unknown[64];
  for (size_t i = 0; i < f->config->register_count; i++) {
    if (strcmp(f->config->registers[i].register_name, "births") == 0) p.births = f->config->registers[i].source;
    if (strcmp(f->config->registers[i].register_name, "residents") == 0) p.residents = f->config->registers[i].source;
  }
  ans_status status = ans_store_subject(f->store, ANS_UNIT_PERSON, idnr, true, &child, err);
  if (status == ANS_OK) status = ans_store_referrers(f->store, ANS_UNIT_PAIR, ANS_FACT_CHILD, child, INT64_MAX, fetch__on_pair, &p, err);
  if (status != ANS_OK) return status;
  snprintf(unknown, sizeof unknown, "unbekannt-%s", idnr);
  if (!p.by_births && p.by_residents < 2) return ans_fact_pair(f->store, unknown, idnr, &pair, err);
  snprintf(key, sizeof key, "%s/%s", unknown, idnr);
  status = ans_store_subject(f->store, ANS_UNIT_PAIR, key, false, &pair, err);
  if (status == ANS_OK && pair) status = ans_store_supersede(f->store, pair, ANS_SOURCE_LEDGER, NULL, f->now, err);
  return status;
}

static ans_status fetch__settle_all(fetch__run *f, ans_error *err) {
  ans_status status = ans_store_begin(f->store, err);
  if (status != ANS_OK) return status;
  for (size_t i = 0; i < f->count && status == ANS_OK; i++) {
    fetch__person *p = &f->persons[i];
    if (p->roles & FETCH_CHILD) status = fetch__settle(f, p->idnr, err);
    if (status == ANS_OK && i % 5000 == 4999) {
      status = ans_store_commit(f->store, err);
      if (status != ANS_OK) return status;
      status = ans_store_begin(f->store, err);
      if (status != ANS_OK) return status;
    }
  }
  if (status == ANS_OK) return ans_store_commit(f->store, err);
  ans_store_rollback(f->store);
  return status;
}

/* --- waves --------------------------------------------------------------------------------------------------------------------------- */
bool fetch__makes_rows(const fetch__run *f, unsigned i) {
  const exchange__register *r = &f->config->registers[i];
  const exchange__kind *kind = exchange__kind_of(r->register_name);
  if ((kind == &exchange__births || kind == &exchange__residents) && exchange__has_pairs(f->program)) return true;
  for (size_t k = 0; r->mapping && k < r->mapping->fact_count; k++)
    if (r->mapping->facts[k].create && exchange__wanted(f->program, r, r->mapping->facts[k].unit, r->mapping->facts[k].fact)) return true;
  return false;
}

/* Asks about every person whose role is new; registers with a minimum age in a second pass, when births are known. In a planned retrieval only registers that make rows. */
static ans_status fetch__wave(fetch__run *f, ans_error *err) {
  ans_status status = ANS_OK;
  for (int pass = 0; pass < 2 && status == ANS_OK; pass++) {
    for (size_t k = 0; k < f->count && status == ANS_OK; k++) {
      if (f->persons[k].roles == f->persons[k].done_roles) continue;
      for (unsigned i = 0; i < f->config->register_count && status == ANS_OK; i++)
        if (f->wanted[i] && (f->config->registers[i].from_age > 0) == (pass == 1) && (!f->config->planned || fetch__makes_rows(f, i))) status = fetch__ask(f, &f->persons[k], i, err);
      if (f->options->on_progress && pass == 0 && k % 64 == 0) f->options->on_progress(f->options->ctx, (int64_t)k, (int64_t)f->count);
    }
    if (status == ANS_OK) status = fetch__flush(f, err);
  }
  for (size_t k = 0; k < f->count && status == ANS_OK; k++) f->persons[k].done_roles = f->persons[k].roles;
  if (status == ANS_OK && f->options->on_progress) f->options->on_progress(f->options->ctx, (int64_t)f->count, (int64_t)f->count);
  return status;
}

static void fetch__choose_registers(fetch__run *f) {
  for (unsigned i = 0; i < f->config->register_count; i++) {
    const exchange__register *r = &f->config->registers[i];
    const exchange__kind *kind = exchange__kind_of(r->register_name);
    f->asked[i] = fetch__asked(f->program, r);
    f->fields[i] = exchange__fields(f->arena, f->program, r);
    f->field_count[i] = f->fields[i] ? 1 : 0;
    for (const char *c = f->fields[i]; c && *c; c++) f->field_count[i] += *c == ',';
    f->wanted[i] = r->mapping && exchange__mapping_wanted(r->mapping, f->program, r);
    if (!kind) continue;
    f->wanted[i] = f->wanted[i] || (exchange__wanted(f->program, r, ANS_UNIT_PAIR, "Art") && (kind == &exchange__births || kind == &exchange__residents));
    for (const char *const *fact = kind->facts; *fact && !f->wanted[i]; fact++) f->wanted[i] = exchange__wanted(f->program, r, ANS_UNIT_PERSON, *fact);
  }
}

/* A refusal is on record once for each register and run, without a person: nobody's data moved. Before anything is asked, as every entry of the log. */
static ans_status fetch__log_refusals(fetch__run *f, ans_error *err) {
  ans_status status = ANS_OK;
  for (unsigned i = 0; i < f->config->register_count && status == ANS_OK; i++) {
    const exchange__register *r = &f->config->registers[i];
    const char *why = exchange__transport_refused(f->transport, i);
    if (!why || !(f->wanted[i] || (f->pairs && strcmp(r->register_name, "births-events") == 0))) continue;
    const ans_exchange_entry e = {.at = f->now, .register_name = r->register_name, .service = r->service_id, .legal_basis = r->legal_basis, .purpose = r->purpose, .outcome = "refused", .error_detail = why,
                                  .idnr_used = exchange__uses_idnr(r), .fields = f->fields[i]};
    status = ans_store_log_exchange(f->store, &e, NULL, err);
  }
  return status;
}

/* What the operator must hear about even though the run went through. */
static ans_status fetch__alarms(const fetch__run *f, ans_error *err) {
  char n[24];
  for (unsigned i = 0; i < f->config->register_count; i++)
    if (f->incidents[i])
      return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-SECURITY", f->config->registers[i].service_id, f->config->registers[i].register_name, f->incident[i], ans_itoa(n, f->incidents[i]), (char *)NULL);
  for (unsigned i = 0; i < f->config->register_count; i++) {
    int64_t unsent = 0;
    const char *refused = exchange__transport_refused(f->transport, i);
    (void)exchange__transport_stopped(f->transport, i, &unsent);
    if (refused && unsent) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-REFUSED", f->config->registers[i].service_id, f->config->registers[i].register_name, refused, ans_itoa(n, unsent), (char *)NULL);
  }
  for (unsigned i = 0; i < f->config->register_count; i++) {
    int64_t unsent = 0;
    const char *why = exchange__transport_stopped(f->transport, i, &unsent);
    const char *code = exchange__transport_stopped_by_tls(f->transport, i) ? "E-EXCHANGE-TLS" : "E-EXCHANGE-STOPPED";
    if (why) return ans_error_set(err, ANS_EXCHANGE, code, f->config->registers[i].service_id, f->config->registers[i].register_name, why, ans_itoa(n, unsent), (char *)NULL);
  }
  return ANS_OK;
}

/* A benefit the package does not have keeps the ledger's oldest form. */
static bool fetch__claims_are_pairs(const ans_program *p, const char *benefit) {
  uint32_t b = ans_program_find_benefit(p, benefit);
  return b == ANS_NONE || strcmp(p->units[p->benefits[b].unit].name, ANS_UNIT_PAIR) == 0;
}

static ans_status fetch__all(fetch__run *f, ans_error *err) {
  ans_error feed = {0};
  /* A birth raises a candidate for a pair of parent and child; other benefits have no such claims. */
  ans_status status = f->pairs && !f->options->on_planned && !f->options->claim ? exchange__poll_births(f->store, f->config, f->transport, f->options, f->report, &feed) : ANS_OK;
  if (status != ANS_OK && status != ANS_EXCHANGE) { /* the store or memory failed */
    if (err) *err = feed;
    return status;
  }
  ans_status feed_status = status;
  status = ans_store_claims(f->store, f->options->benefit, f->options->period_kind, f->options->first_period, f->options->period, fetch__on_claim, f, err);
  if (status == ANS_OK) status = f->failed;
  if (status == ANS_OK) status = fetch__wave(f, err);
  if (status == ANS_OK) status = fetch__expand(f, err);
  if (status == ANS_OK) status = fetch__wave(f, err);
  if (status == ANS_OK && f->pairs && !f->options->on_planned) status = fetch__settle_all(f, err); /* last: a parent's answer may name the child */
  if (status == ANS_OK && f->config->planned) status = fetch__plan(f, err);
  f->report->persons = (int64_t)f->count;
  f->report->retries = exchange__transport_retries(f->transport);
  if (status == ANS_OK) status = fetch__alarms(f, err);
  if (status != ANS_OK || feed_status == ANS_OK) return status;
  if (err) *err = feed;
  return feed_status;
}

ans_status ans_exchange_fetch(ans_store *s, const ans_program *p, const ans_xroad_config *config, const ans_fetch_options *given, ans_fetch_report *report, ans_error *err) {
  ans_fetch_options own = *given, *options = &own;
  memset(report, 0, sizeof *report);
  if (!own.first_period) own.first_period = own.period;
  if (!options->benefit || !*options->benefit || !ans_period_valid(options->period_kind, options->period)) return ans_error_set(err, ANS_USAGE, "E-EXCHANGE-OPTIONS", NULL, (char *)NULL);
  fetch__run f = {.store = s, .program = p, .config = config, .options = options, .report = report, .now = (int64_t)time(NULL), .err = err};
  f.wanted = calloc(config->register_count, sizeof *f.wanted);
  f.asked = calloc(config->register_count, sizeof *f.asked);
  f.incidents = calloc(config->register_count, sizeof *f.incidents);
  f.incident = calloc(config->register_count, sizeof *f.incident);
  f.chunk = calloc(EXCHANGE_CHUNK, sizeof *f.chunk);
  f.fields = calloc(config->register_count, sizeof *f.fields);
  f.field_count = calloc(config->register_count, sizeof *f.field_count);
  f.arena = ans_arena_new(0);
  f.pairs = fetch__claims_are_pairs(p, options->benefit);
  f.adapter = (exchange__adapter){.store = s, .program = p, .report = report, .now = f.now};
  ans_status status = f.wanted && f.asked && f.incidents && f.incident && f.chunk && f.fields && f.field_count && f.arena ? exchange__transport_new(config, s, &f.transport, err) : fetch__oom(err);
  bool seals = false;
  if (status == ANS_OK && config->seal_evidence) status = ans_store_seals_evidence(s, &seals, err);
  if (status == ANS_OK && config->seal_evidence && !seals) status = ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-EVIDENCE-KEY", NULL, (char *)NULL); /* before anything is asked */
  for (size_t i = 0; i < config->register_count && status == ANS_OK; i++)
    if (config->registers[i].mapping) status = exchange__mapping_bind(config->registers[i].mapping, p, &config->registers[i], err);
  if (status == ANS_OK) {
    fetch__choose_registers(&f);
    if (!options->on_planned) status = fetch__log_refusals(&f, err);
    if (status == ANS_OK) status = fetch__salt(&f, err);
    if (status == ANS_OK) status = fetch__all(&f, err);
  }
  for (size_t i = 0; i < f.chunk_size; i++) exchange__request_dispose(&f.chunk[i]);
  exchange__transport_free(f.transport);
  exchange__adapter_dispose(&f.adapter);
  free(f.wanted);
  free(f.fields);
  free(f.field_count);
  free(f.claims);
  free(f.wants);
  ans_arena_free(f.arena);
  free(f.asked);
  free(f.incidents);
  free(f.incident);
  free(f.persons);
  free(f.slots);
  free(f.chunk);
  return status;
}
