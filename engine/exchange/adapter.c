/* What all adapters share: dates and periods of register answers, planning of assertions, and writing the difference to what the source said before.
 *
 * An adapter plans all assertions of one answer; then the plan is compared with the live assertions of the same source about the same facts:
 * unchanged ones stay, vanished ones are superseded, new ones are added. So a nightly refetch of an unchanged person writes no assertion, and
 * what was known on any earlier day stays reconstructable. Nothing is defaulted: what the register does not hold is either stated as none within the
 * span the register says it covers, or stays unknown.
 * The built-in adapters know Person and Kindschaft; a mapping speaks about rows of any unit. What an answer speaks about is its scope (subject and fact).
 * Memory: plan and scope of one answer, bounded by ADAPTER_MAX_PLANNED and ADAPTER_MAX_SCOPE. */
#include "exchange/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"

enum { ADAPTER_MAX_PLANNED = 20000, ADAPTER_MAX_SCOPE = 5000 };

const exchange__kind *exchange__kind_of(const char *register_name) {
  static const exchange__kind *const kinds[] = {&exchange__residents, &exchange__births, &exchange__account, &exchange__training, &exchange__employment};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i]->register_name, register_name) == 0) return kinds[i];
  return NULL;
}

const char *exchange__source_of(const exchange__register *r, const char *fact) {
  for (size_t i = 0; i < r->fact_source_count; i++)
    if (strcmp(r->fact_sources[i].fact, fact) == 0) return r->fact_sources[i].source;
  return r->source;
}

bool exchange__wanted(const ans_program *p, const exchange__register *r, const char *unit, const char *fact) {
  uint32_t u = ans_program_find_unit(p, unit), f = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(p, u, fact);
  if (f == ANS_NONE) return false;
  const char *source = exchange__source_of(r, fact);
  for (uint32_t i = 0; i < p->facts[f].source_count; i++)
    if (strcmp(p->sources[p->facts[f].first_source + i].source, source) == 0) return true;
  return p->facts[f].source_count == 0;
}

/* --- reading JSON ------------------------------------------------------------------------------------------------------------------ */
const char *exchange__string(json_t *o, const char *key) {
  json_t *v = json_object_get(o, key);
  return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v) ? json_string_value(v) : NULL;
}

bool exchange__is_idnr(const char *s) {
  if (!s) return false;
  size_t n = 0;
  for (; s[n]; n++)
    if (s[n] < '0' || s[n] > '9') return false;
  return n == 11;
}

exchange__date_kind exchange__date(json_t *o, const char *key, int32_t *day) {
  json_t *v = json_object_get(o, key);
  int64_t d = 0;
  *day = 0;
  if (!v) return EXCHANGE_DATE_ABSENT;
  if (json_is_string(v)) {
    if (!ans_date_parse_iso(json_string_value(v), &d) || strlen(json_string_value(v)) != json_string_length(v)) return EXCHANGE_DATE_BAD;
    *day = (int32_t)d;
    return EXCHANGE_DATE_FULL;
  }
  json_t *year = json_object_get(v, "year"), *month = json_object_get(v, "month");
  if (!json_is_object(v) || !json_is_integer(year) || json_object_size(v) != (month ? 2u : 1u) || (month && !json_is_integer(month))) return EXCHANGE_DATE_BAD;
  json_int_t y = json_integer_value(year), m = month ? json_integer_value(month) : 1;
  if (y < 1 || y > 9999 || m < 1 || m > 12) return EXCHANGE_DATE_BAD;
  *day = (int32_t)ans_date_from_ymd((int)y, (int)m, 1);
  return EXCHANGE_DATE_PARTIAL;
}

bool exchange__full_date(json_t *o, const char *key, int32_t absent, int32_t *day) {
  exchange__date_kind k = exchange__date(o, key, day);
  if (k == EXCHANGE_DATE_ABSENT) *day = absent;
  return k == EXCHANGE_DATE_ABSENT || k == EXCHANGE_DATE_FULL;
}

/* from … to of an entry. An absent end means "still running": as far as the register knows, that is until the horizon. */
bool exchange__period(exchange__adapter *a, json_t *o, int32_t open_from, exchange__interval *out) {
  int32_t from = 0, to = 0;
  if (!json_is_object(o) || !exchange__full_date(o, "from", open_from, &from) || !exchange__full_date(o, "to", INT32_MAX, &to)) return false;
  if (to < from && json_object_get(o, "from")) return false;
  if (to < from) from = to; /* beginning not recorded, and over before the register's coverage */
  if (to == INT32_MAX) to = from > a->horizon ? from : a->horizon;
  *out = (exchange__interval){.from = from, .to = to, .value = 1};
  return true;
}

/* --- planning ---------------------------------------------------------------------------------------------------------------------- */
void exchange__put(exchange__adapter *a, const ans_assertion *x) {
  if (a->count >= ADAPTER_MAX_PLANNED) {
    a->invalid = "zu viele Einträge";
    return;
  }
  if (a->count == a->capacity) {
    size_t n = a->capacity ? a->capacity * 2 : 32;
    exchange__planned *grown = realloc(a->planned, n * sizeof *grown);
    if (!grown) {
      a->failed_memory = true;
      return;
    }
    a->planned = grown;
    a->capacity = n;
  }
  a->planned[a->count++].a = *x;
}

void exchange__in_scope(exchange__adapter *a, int64_t subject, const char *fact) {
  for (size_t i = 0; i < a->scope_count; i++)
    if (a->scope[i].subject == subject && strcmp(a->scope[i].fact, fact) == 0) return;
  if (a->scope_count >= ADAPTER_MAX_SCOPE) {
    a->invalid = "zu viele Zeilen zu dieser Person";
    return;
  }
  if (a->scope_count == a->scope_capacity) {
    size_t n = a->scope_capacity ? a->scope_capacity * 2 : 32;
    exchange__scope *grown = realloc(a->scope, n * sizeof *grown);
    if (!grown) {
      a->failed_memory = true;
      return;
    }
    a->scope = grown;
    a->scope_capacity = n;
  }
  a->scope[a->scope_count++] = (exchange__scope){subject, fact};
}

void exchange__adapter_dispose(exchange__adapter *a) {
  free(a->planned);
  free(a->scope);
  ans_arena_free(a->arena);
  a->planned = NULL;
  a->scope = NULL;
  a->arena = NULL;
}

bool exchange__has_pairs(const ans_program *p) { return ans_program_find_unit(p, ANS_UNIT_PAIR) != ANS_NONE; }

ans_assertion exchange__assertion(const exchange__adapter *a, int64_t subject, const char *fact) {
  return (ans_assertion){.subject = subject, .fact = fact, .source = exchange__source_of(a->reg, fact), .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .evidence = a->evidence, .recorded_at = a->now};
}

static void adapter__put(exchange__adapter *a, const char *fact, int32_t from, int32_t to, uint8_t state, uint8_t kind, int64_t number, const char *text) {
  if (from > to || !exchange__wanted(a->program, a->reg, ANS_UNIT_PERSON, fact)) return;
  ans_assertion x = exchange__assertion(a, a->person, fact);
  x.from_day = from;
  x.to_day = to;
  x.state = state;
  x.kind = kind;
  x.number = number;
  x.text = text;
  exchange__put(a, &x);
}

void exchange__put_number(exchange__adapter *a, const char *fact, int32_t from, int32_t to, int64_t v) { adapter__put(a, fact, from, to, ANS_VALUE, ANS_V_INT, v, NULL); }
void exchange__put_text(exchange__adapter *a, const char *fact, int32_t from, int32_t to, const char *text) { adapter__put(a, fact, from, to, ANS_VALUE, ANS_V_TEXT, 0, text); }
void exchange__put_none(exchange__adapter *a, const char *fact) { adapter__put(a, fact, ANS_OPEN_PAST, ANS_OPEN_FUTURE, ANS_NOT_APPLICABLE, ANS_V_NONE, 0, NULL); }
void exchange__put_unknown(exchange__adapter *a, const char *fact, int32_t from, int32_t to, const char *reason) { adapter__put(a, fact, from, to, ANS_UNKNOWN, ANS_V_NONE, 0, reason); }

void exchange__put_kind_of_child(exchange__adapter *a, int64_t pair, const char *kind) {
  if (!exchange__wanted(a->program, a->reg, ANS_UNIT_PAIR, "Art")) return;
  ans_assertion x = exchange__assertion(a, pair, "Art");
  x.state = ANS_VALUE;
  x.kind = ANS_V_TEXT;
  x.text = kind;
  exchange__put(a, &x);
}

static int adapter__by_int(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

void exchange__put_union(exchange__adapter *a, const char *fact, const exchange__interval *items, size_t n, int32_t from, int32_t to) {
  /* Days before `from` and after `to` are covered only by entries themselves: an entry is proof, its absence there is not. */
  int64_t *cuts = malloc((2 * n + 2) * sizeof *cuts);
  if (!cuts) {
    a->failed_memory = true;
    return;
  }
  size_t count = 0;
  cuts[count++] = from;
  cuts[count++] = (int64_t)to + 1;
  for (size_t i = 0; i < n; i++) {
    cuts[count++] = items[i].from;
    cuts[count++] = (int64_t)items[i].to + 1;
  }
  qsort(cuts, count, sizeof *cuts, adapter__by_int);
  int pending = -1;                /* -1 nothing, 0 false, 1 true, 2 unknown */
  int64_t begin = 0, end = 0;
  for (size_t k = 0; k + 1 < count; k++) {
    if (cuts[k] == cuts[k + 1]) continue;
    int now = cuts[k] >= from && cuts[k] <= to ? 0 : -1;
    for (size_t i = 0; i < n; i++)
      if (items[i].from <= cuts[k] && cuts[k] <= items[i].to && (now < 1 || !items[i].unknown)) now = items[i].unknown ? 2 : 1;
    if (now == pending && cuts[k] == end) {
      end = cuts[k + 1];
      continue;
    }
    if (pending == 2) exchange__put_unknown(a, fact, (int32_t)begin, (int32_t)(end - 1), "Angaben des Registers unvollständig");
    else if (pending >= 0) exchange__put_number(a, fact, (int32_t)begin, (int32_t)(end - 1), pending);
    pending = now;
    begin = cuts[k];
    end = cuts[k + 1];
  }
  if (pending == 2) exchange__put_unknown(a, fact, (int32_t)begin, (int32_t)(end - 1), "Angaben des Registers unvollständig");
  else if (pending >= 0) exchange__put_number(a, fact, (int32_t)begin, (int32_t)(end - 1), pending);
  free(cuts);
}

/* --- writing ----------------------------------------------------------------------------------------------------------------------- */
typedef struct adapter__live { exchange__adapter *a; ans_assertion *gone; size_t count, capacity; bool *kept; bool failed; } adapter__live;

static bool adapter__is_mine(const adapter__live *l, const ans_assertion *x) {
  const exchange__adapter *a = l->a;
  if (strcmp(x->source, exchange__source_of(a->reg, x->fact)) != 0) return false;
  for (size_t i = 0; i < a->scope_count; i++)
    if (a->scope[i].subject == x->subject && strcmp(a->scope[i].fact, x->fact) == 0) return true;
  return false;
}

static bool adapter__same(const ans_assertion *x, const ans_assertion *y) {
  return x->subject == y->subject && x->from_day == y->from_day && x->to_day == y->to_day && x->state == y->state && x->kind == y->kind && x->number == y->number && strcmp(x->fact, y->fact) == 0 &&
         strcmp(x->source, y->source) == 0 && strcmp(x->text ? x->text : "", y->text ? y->text : "") == 0;
}

static bool adapter__compare(void *ctx, const ans_assertion *x) {
  adapter__live *l = ctx;
  if (!adapter__is_mine(l, x)) return true;
  for (size_t i = 0; i < l->a->count; i++)
    if (!l->kept[i] && adapter__same(&l->a->planned[i].a, x)) {
      l->kept[i] = true;
      return true;
    }
  if (l->count == l->capacity) {
    size_t n = l->capacity ? l->capacity * 2 : 32;
    ans_assertion *grown = realloc(l->gone, n * sizeof *grown);
    if (!grown) {
      l->failed = true;
      return false;
    }
    l->gone = grown;
    l->capacity = n;
  }
  l->gone[l->count++] = *x;
  return true;
}

typedef struct adapter__subjects { int64_t ids[64]; size_t n; } adapter__subjects;
static bool adapter__collect(void *ctx, int64_t subject, const char *key) {
  adapter__subjects *s = ctx;
  (void)key;
  if (s->n < sizeof s->ids / sizeof *s->ids) s->ids[s->n++] = subject;
  return true;
}

/* What a built-in adapter speaks about: its facts of the person, and `Art` of the pairs it names; of an authoritative register, of every pair of this child. */
static ans_status adapter__scope_built_in(exchange__adapter *a, const exchange__kind *kind, ans_error *err) {
  adapter__subjects pairs = {.n = 0};
  for (const char *const *f = kind->facts; *f; f++) exchange__in_scope(a, a->person, *f);
  ans_status status = kind->pairs_of_child ? ans_store_referrers(a->store, ANS_UNIT_PAIR, ANS_FACT_CHILD, a->person, INT64_MAX, adapter__collect, &pairs, err) : ANS_OK;
  for (size_t i = 0; i < pairs.n; i++) exchange__in_scope(a, pairs.ids[i], "Art");
  for (size_t i = 0; i < a->count; i++)
    if (a->planned[i].a.subject != a->person) exchange__in_scope(a, a->planned[i].a.subject, "Art");
  return status;
}

static ans_status adapter__compare_all(exchange__adapter *a, adapter__live *live, ans_error *err) {
  for (size_t i = 0; i < a->scope_count; i++) {
    bool before = false;
    for (size_t k = 0; k < i && !before; k++) before = a->scope[k].subject == a->scope[i].subject;
    ans_status status = before ? ANS_OK : ans_store_assertions(a->store, a->scope[i].subject, INT64_MAX, adapter__compare, live, err);
    if (status != ANS_OK) return status;
  }
  return live->failed ? ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL) : ANS_OK;
}

static ans_status adapter__write(exchange__adapter *a, ans_error *err) {
  adapter__live live = {.a = a, .kept = calloc(a->count + 1, sizeof(bool))};
  ans_status status = live.kept && !a->failed_memory ? adapter__compare_all(a, &live, err) : ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; status == ANS_OK && i < live.count; i++) status = ans_store_supersede_one(a->store, &live.gone[i], a->now, err);
  for (size_t i = 0; status == ANS_OK && i < a->count; i++) {
    if (live.kept[i]) continue;
    status = ans_store_put_assertion(a->store, &a->planned[i].a, NULL, err);
    a->report->assertions += status == ANS_OK;
  }
  free(live.gone);
  free(live.kept);
  return status;
}

/* --- answers ----------------------------------------------------------------------------------------------------------------------- */
const char *exchange__another_person(exchange__adapter *a) {
  a->other_person = true;
  return "Antwort ungültig: nicht die angefragte Person";
}

static const char *adapter__envelope(exchange__adapter *a, const exchange__kind *kind, json_t *answer, json_t **record) {
  const char *status = exchange__string(answer, "status"), *reg = exchange__string(answer, "register"), *idnr = exchange__string(answer, "idnr");
  if (idnr && strcmp(idnr, a->idnr) != 0) return exchange__another_person(a);
  if (!status || strcmp(status, "found") != 0) return "Antwort ungültig: unbekannter Status";
  if (!reg || strcmp(reg, kind->register_name) != 0 || !idnr) return exchange__another_person(a);
  if (exchange__date(answer, "as_of", &a->as_of) != EXCHANGE_DATE_FULL) return "Antwort ungültig: Stand fehlt";
  *record = json_object_get(answer, "record");
  a->horizon = (int32_t)ans_month_last(ans_date_month(a->as_of));
  return json_is_object(*record) ? NULL : "Antwort ungültig: Datensatz fehlt";
}

static ans_status adapter__read_built_in(exchange__adapter *a, const exchange__kind *kind, json_t *answer, ans_error *err) {
  json_t *record = NULL;
  a->invalid = adapter__envelope(a, kind, answer, &record);
  ans_status status = a->invalid ? ANS_OK : kind->read(a, record, err);
  return status == ANS_OK && !a->invalid ? adapter__scope_built_in(a, kind, err) : status;
}

ans_status exchange__read_answer(exchange__adapter *a, const exchange__kind *kind, const exchange__document *answer, ans_error *err) {
  a->count = a->scope_count = 0;
  a->invalid = NULL;
  ans_status status = kind ? adapter__read_built_in(a, kind, answer->json, err) : ANS_OK;
  return status == ANS_OK && !a->invalid && a->reg->mapping ? exchange__mapping_read(a, a->reg->mapping, answer, err) : status;
}

ans_status exchange__write_answer(exchange__adapter *a, int64_t evidence, ans_error *err) {
  for (size_t i = 0; i < a->count; i++) a->planned[i].a.evidence = evidence;
  return adapter__write(a, err);
}

typedef struct adapter__said { const exchange__adapter *a; const char *fact; bool any, known; int64_t at; } adapter__said; /* known: not merely that nobody knows; at: when */
static bool adapter__has_said(void *ctx, const ans_assertion *x) {
  adapter__said *s = ctx;
  if (strcmp(x->fact, s->fact) != 0 || strcmp(x->source, exchange__source_of(s->a->reg, s->fact)) != 0) return true;
  s->any = true;
  s->known = s->known || x->state <= ANS_NOT_APPLICABLE;
  if (x->recorded_at > s->at) s->at = x->recorded_at;
  return true;
}

/* Whether what the source said is older than the configuration lets this fact be; *day: its state of knowledge. */
static bool adapter__is_stale(const adapter__said *s, int64_t *day) {
  const exchange__adapter *a = s->a;
  int64_t at = a->confirmed_at > s->at ? a->confirmed_at : s->at;
  *day = at / 86400;
  for (size_t i = 0; i < a->reg->max_age_count; i++)
    if (strcmp(a->reg->max_ages[i].fact, s->fact) == 0) return s->known && a->now - at >= (int64_t)a->reg->max_ages[i].days * 86400;
  return false;
}

/* Whether the built-in adapter's scope entry is about a pair: an authoritative register that falls silent takes back what it said about pairs, and says no more. */
static bool adapter__of_pair(const exchange__adapter *a, const exchange__kind *kind, size_t i) { return kind && a->scope[i].subject != a->person && strcmp(a->scope[i].fact, "Art") == 0; }

static bool adapter__wants(const exchange__adapter *a, const exchange__kind *kind, const char *fact) {
  for (const char *const *f = kind ? kind->facts : NULL; f && *f; f++)
    if (strcmp(*f, fact) == 0) return exchange__wanted(a->program, a->reg, ANS_UNIT_PERSON, fact);
  return true; /* a mapping puts only wanted facts into scope */
}

ans_status exchange__apply_unknown(exchange__adapter *a, const exchange__kind *kind, const char *reason, bool keep, ans_error *err) {
  a->count = a->scope_count = 0;
  ans_status status = kind ? adapter__scope_built_in(a, kind, err) : ANS_OK;
  if (status == ANS_OK && a->reg->mapping) status = exchange__mapping_scope(a, a->reg->mapping, err);
  for (size_t i = 0; i < a->scope_count && status == ANS_OK; i++) {
    int64_t subject = a->scope[i].subject;
    const char *fact = a->scope[i].fact;
    adapter__said said = {.a = a, .fact = fact};
    char stale[64];
    int64_t day = 0;
    int year, month, mday;
    if (!adapter__wants(a, kind, fact)) continue;
    if (keep) status = ans_store_assertions(a->store, subject, INT64_MAX, adapter__has_said, &said, err);
    bool old = said.any && adapter__is_stale(&said, &day);
    if (status != ANS_OK || (said.any && !old) || (adapter__of_pair(a, kind, i) && !old)) continue;
    ans_assertion x = exchange__assertion(a, subject, fact);
    x.state = ANS_UNKNOWN;
    x.text = reason;
    if (old) {
      ans_date_to_ymd(day, &year, &month, &mday);
      snprintf(stale, sizeof stale, "Angabe veraltet (Stand %04d-%02d-%02d)", year, month, mday);
      x.text = stale;
      status = ans_store_supersede(a->store, subject, x.source, fact, a->now, err);
      if (status != ANS_OK) continue;
    }
    if (!keep) exchange__put(a, &x);
    else status = ans_store_put_assertion(a->store, &x, NULL, err);
    a->report->assertions += keep && status == ANS_OK;
  }
  return status == ANS_OK && !keep ? adapter__write(a, err) : status;
}
