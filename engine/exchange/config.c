/* The configuration file of the exchange layer (docs/exchange.md). Everything is checked here once, so that the transport can rely on it:
 * https or loopback, complete policies, known registers, sane limits. Unknown fields are errors: a misspelt limit must not silently be the default. */
#include "exchange/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ans_status config__fact_sources(json_t *o, exchange__register *r, ans_error *err) {
  if (!o) return ANS_OK;
  if (!json_is_object(o) || json_object_size(o) > 64) return config__bad("fact_sources", "kein Objekt / no object", err);
  r->fact_sources = calloc(json_object_size(o) + 1, sizeof *r->fact_sources);
  if (!r->fact_sources) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
    ans_fact_source *f = &r->fact_sources[r->fact_source_count++];
    ans_status status = config__text(o, json_object_iter_key(it), true, &f->source, err);
    f->fact = strdup(json_object_iter_key(it));
    if (status != ANS_OK) return status;
    if (!f->fact) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  }
  return ANS_OK;
}

/* Whether the register delivers a fact of this name about anything. */
static bool config__delivers_name(const exchange__register *r, const char *fact) {
  const exchange__kind *kind = exchange__kind_of(r->register_name);
  for (const char *const *f = kind ? kind->facts : NULL; f && *f; f++)
    if (strcmp(*f, fact) == 0) return true;
  for (size_t i = 0; r->mapping && i < r->mapping->fact_count; i++)
    if (strcmp(r->mapping->facts[i].fact, fact) == 0) return true;
  return (kind == &exchange__births || kind == &exchange__residents) && strcmp(fact, "Art") == 0;
}

static ans_status config__max_ages(json_t *o, exchange__register *r, ans_error *err) {
  if (!o) return ANS_OK;
  if (!json_is_object(o) || json_object_size(o) > 64) return config__bad("max_age_days", "kein Objekt / no object", err);
  r->max_ages = calloc(json_object_size(o) + 1, sizeof *r->max_ages);
  if (!r->max_ages) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
    int64_t days = 0;
    ans_fact_age *a = &r->max_ages[r->max_age_count++];
    ans_status status = config__number(o, json_object_iter_key(it), 1, 36600, &days, err);
    if (status == ANS_OK && !config__delivers_name(r, json_object_iter_key(it))) status = config__bad("max_age_days", json_object_iter_key(it), err);
    a->days = (unsigned)days;
    a->fact = strdup(json_object_iter_key(it));
    if (status != ANS_OK) return status;
    if (!a->fact) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  }
  return ANS_OK;
}

/* The persons to whom these references lead. A package need not have them all: one configuration may serve several. */
static ans_status config__via(json_t *list, exchange__register *r, ans_error *err) {
  size_t n = json_array_size(list);
  if (n == 0 || n > 32) return config__bad("persons", "1 … 32", err);
  r->persons = ANS_FETCH_VIA;
  r->via = calloc(n, sizeof *r->via);
  if (!r->via) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; i < n; i++) {
    const char *s = json_string_value(json_array_get(list, i)), *dot = s ? strchr(s, '.') : NULL;
    if (!dot || dot == s || !dot[1] || strchr(dot + 1, '.') || strlen(s) > 2 * ANS_MAX_NAME) return config__bad("persons", "\"Einheit.Verweis / unit.reference\"", err);
    r->via[r->via_count] = strdup(s);
    if (!r->via[r->via_count++]) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  }
  return ANS_OK;
}

static ans_status config__mapping(json_t *o, const char *config_path, exchange__register *r, ans_error *err) {
  char *name = NULL, *path = NULL;
  ans_status status = config__text(o, "mapping", false, &name, err);
  if (status != ANS_OK || !name) return status;
  path = config__beside(config_path, name);
  status = path ? exchange__mapping_load(path, &r->mapping, err) : ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  free(path);
  free(name);
  return status;
}

/* A register has a built-in adapter, a mapping, or both; then the mapping adds facts and repeats none. */
static ans_status config__adapter(const exchange__register *r, ans_error *err) {
  const exchange__kind *kind = exchange__kind_of(r->register_name);
  const exchange__mapping *m = r->mapping;
  bool feed = exchange__is_feed(r->register_name);
  if (!feed && !kind && !m) return config__bad("register", r->register_name, err);
  if (!m) return ANS_OK;
  if (feed) return config__bad("mapping", "nicht für / not for …-events", err);
  if (strcmp(m->register_name, r->register_name) != 0) return config__bad("mapping", "register ist ein anderes / is another one", err);
  if (kind && m->xml) return config__bad("mapping", "media json: dieses Register hat auch einen eingebauten Adapter / this register has a built-in adapter too", err);
  for (size_t i = 0; kind && i < m->fact_count; i++) {
    bool pair = strcmp(m->facts[i].unit, ANS_UNIT_PAIR) == 0 && strcmp(m->facts[i].fact, "Art") == 0, person = strcmp(m->facts[i].unit, ANS_UNIT_PERSON) == 0;
    for (const char *const *f = kind->facts; *f; f++)
      if (pair || (person && strcmp(*f, m->facts[i].fact) == 0)) return config__bad("mapping", "eine Angabe liefert schon der eingebaute Adapter / a fact is delivered by the built-in adapter already", err);
  }
  return ANS_OK;
}

static ans_status config__persons(json_t *o, exchange__register *r, ans_error *err) {
  static const char *const names[] = {"all", "children", "parents"};
  json_t *v = json_object_get(o, "persons");
  if (!v) return ANS_OK;
  if (json_is_array(v)) return config__via(v, r, err);
  for (int i = 0; i < 3; i++)
    if (json_is_string(v) && strcmp(json_string_value(v), names[i]) == 0) {
      r->persons = (ans_fetch_persons)i;
      return ANS_OK;
    }
  return config__bad("persons", "all, children, parents, [\"Einheit.Verweis / unit.reference\", …]", err);
}

static ans_status config__register(json_t *o, const char *path, exchange__register *r, ans_error *err) {
  static const char *const allowed[] = {"register", "service_id", "source", "legal_basis", "purpose", "persons", "from_age", "fact_sources", "mapping", "protocol", "service_version", "soap", "regrep", "requests_per_second", "in_flight", "cost", "max_age_days", NULL};
  int64_t age = 0, rate = 0, flight = 0, cost = 10;
  ans_status status = config__fields(o, allowed, "registers", err);
  if (status == ANS_OK) status = config__text(o, "register", true, &r->register_name, err);
  if (status == ANS_OK) status = config__text(o, "service_id", true, &r->service_id, err);
  if (status == ANS_OK) status = config__text(o, "source", true, &r->source, err);
  if (status == ANS_OK) status = config__text(o, "legal_basis", true, &r->legal_basis, err);
  if (status == ANS_OK) status = config__text(o, "purpose", true, &r->purpose, err);
  if (status == ANS_OK) status = config__persons(o, r, err);
  if (status == ANS_OK) status = config__number(o, "from_age", 0, 120, &age, err);
  if (status == ANS_OK) status = config__number(o, "requests_per_second", 1, 100000, &rate, err);
  if (status == ANS_OK) status = config__number(o, "in_flight", 1, 256, &flight, err);
  if (status == ANS_OK) status = config__number(o, "cost", 0, 1000000, &cost, err);
  if (status == ANS_OK) status = config__fact_sources(json_object_get(o, "fact_sources"), r, err);
  if (status == ANS_OK) status = config__mapping(o, path, r, err);
  if (status == ANS_OK) status = config__adapter(r, err);
  if (status == ANS_OK) status = config__max_ages(json_object_get(o, "max_age_days"), r, err);
  if (status == ANS_OK) status = config__protocol(o, r, err);
  if (status != ANS_OK) return status;
  r->from_age = (unsigned)age;
  r->cost = (unsigned)cost;
  r->requests_per_second = (unsigned)rate;
  r->in_flight = (unsigned)flight;
  if (!exchange__is_identifier(r->service_id, 5)) return config__bad("service_id", "INST/CLASS/MEMBER/SUBSYSTEM/SERVICE", err);
  const ans_request_policy policy = {r->legal_basis, r->purpose, "x", true, "x"}; /* case and fields come with the request */
  return exchange__check_policy(&policy, err);
}

/* Whether a register delivers a fact: of Person by its adapter, of any unit by its mapping. The pair of births and residents is one thing both speak about. */
static bool config__delivers(const exchange__register *r, const char *unit, const char *fact) {
  const exchange__kind *kind = exchange__kind_of(r->register_name);
  for (const char *const *f = kind && strcmp(unit, ANS_UNIT_PERSON) == 0 ? kind->facts : NULL; f && *f; f++)
    if (strcmp(*f, fact) == 0) return true;
  for (size_t i = 0; r->mapping && i < r->mapping->fact_count; i++)
    if (strcmp(r->mapping->facts[i].unit, unit) == 0 && strcmp(r->mapping->facts[i].fact, fact) == 0) return true;
  return false;
}

/* Two registers may speak for one source as long as neither takes back what the other said. */
static bool config__share_a_fact(const exchange__register *x, const exchange__register *y) {
  const exchange__kind *kind = exchange__kind_of(x->register_name), *other = exchange__kind_of(y->register_name);
  if (kind && other && (kind == &exchange__births || kind == &exchange__residents) && (other == &exchange__births || other == &exchange__residents)) return true;
  for (const char *const *f = kind ? kind->facts : NULL; f && *f; f++)
    if (config__delivers(y, ANS_UNIT_PERSON, *f)) return true;
  for (size_t i = 0; x->mapping && i < x->mapping->fact_count; i++)
    if (config__delivers(y, x->mapping->facts[i].unit, x->mapping->facts[i].fact)) return true;
  return false;
}

static ans_status config__registers(json_t *list, const char *path, ans_xroad_config *c, ans_error *err) {
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n == 0 || n > 64) return config__bad("registers", "1 … 64", err);
  c->registers = calloc(n, sizeof *c->registers);
  if (!c->registers) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; i < n; i++) {
    c->register_count = i + 1;
    ans_status status = config__register(json_array_get(list, i), path, &c->registers[i], err);
    if (status != ANS_OK) return status;
    for (size_t k = 0; k < i; k++) {
      bool feed = exchange__is_feed(c->registers[i].register_name) || exchange__is_feed(c->registers[k].register_name);
      if (strcmp(c->registers[k].register_name, c->registers[i].register_name) == 0) return config__bad("register", "doppelt / twice", err);
      if (!feed && strcmp(c->registers[k].source, c->registers[i].source) == 0 && config__share_a_fact(&c->registers[k], &c->registers[i]))
        return config__bad("source", "doppelt für eine Angabe / twice for one fact", err);
    }
  }
  return ANS_OK;
}

/* PR-MESS: prefixed with the country's two letters. A program asks here, so that it is the name of the procedure, not of a clerk. */
static ans_status config__user(json_t *o, ans_xroad_config *c, ans_error *err) {
  char encoded[256];
  ans_status status = config__text(o, "user_id", false, &c->user_id, err);
  if (status != ANS_OK || !c->user_id) return status;
  const char *s = c->user_id;
  bool country = s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && s[2];
  return country && ans_exchange_encode_header(s, encoded, sizeof encoded) ? ANS_OK : config__bad("user_id", "zwei Buchstaben des Landes voran / prefixed with the country's two letters", err);
}

static ans_status config__retention(json_t *o, ans_xroad_config *c, ans_error *err) {
  static const char *const allowed[] = {"no_case_days", "closed_case_days", NULL};
  int64_t none = 0, closed = 0;
  if (!o) return ANS_OK;
  ans_status status = config__fields(o, allowed, "policy.retention", err);
  if (status == ANS_OK) status = config__number(o, "no_case_days", 1, 36600, &none, err);
  if (status == ANS_OK) status = config__number(o, "closed_case_days", 1, 36600, &closed, err);
  if (status == ANS_OK && (!none || closed < none)) status = config__bad("policy.retention", "no_case_days ≤ closed_case_days", err);
  c->no_case_days = (unsigned)none;
  c->closed_case_days = (unsigned)closed;
  return status;
}

/* What protects people beyond the transport. Nothing here has a default: whoever does with less says so in the file. */
static ans_status config__policy(json_t *o, const char *path, ans_xroad_config *c, ans_error *err) {
  static const char *const allowed[] = {"authorisations", "evidence", "retrieval", "retention", NULL};
  char *name = NULL, *file = NULL;
  if (!o) return config__bad("policy", "fehlt / missing", err);
  ans_status status = config__fields(o, allowed, "policy", err);
  json_t *table = json_object_get(o, "authorisations");
  const char *evidence = exchange__string(o, "evidence");
  if (status == ANS_OK && (!evidence || (strcmp(evidence, "sealed") != 0 && strcmp(evidence, "clear") != 0))) status = config__bad("policy.evidence", "sealed, clear", err);
  const char *retrieval = exchange__string(o, "retrieval");
  if (status == ANS_OK && (!retrieval || (strcmp(retrieval, "planned") != 0 && strcmp(retrieval, "everything") != 0))) status = config__bad("policy.retrieval", "planned, everything", err);
  if (status == ANS_OK) status = config__retention(json_object_get(o, "retention"), c, err);
  c->planned = retrieval && strcmp(retrieval, "planned") == 0;
  c->seal_evidence = evidence && strcmp(evidence, "sealed") == 0;
  if (status != ANS_OK || json_is_false(table)) return status;
  status = config__text(o, "authorisations", true, &name, err);
  if (status != ANS_OK) return status;
  file = config__beside(path, name);
  status = file ? exchange__authorisations_load(file, &c->authorisations, err) : ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  free(file);
  free(name);
  return status;
}

static ans_status config__read(json_t *o, const char *path, ans_xroad_config *c, ans_error *err) {
  static const char *const allowed[] = {"server_url", "client_id", "user_id", "tls", "connect_timeout_ms", "total_timeout_ms", "max_body_bytes", "parallel", "max_attempts", "freshness_hours", "backoff_ms", "registers", "policy", "birth_rows", NULL};
  int64_t connect = 5000, total = 100000, body = 10 * 1024 * 1024, parallel = 16, attempts = 4, fresh = 20, backoff = 250;
  ans_status status = config__fields(o, allowed, "{…}", err);
  if (status == ANS_OK) status = config__text(o, "server_url", true, &c->server_url, err);
  if (status == ANS_OK) status = config__text(o, "client_id", true, &c->client_id, err);
  if (status == ANS_OK && !exchange__is_identifier(c->client_id, 4)) status = config__bad("client_id", "INST/CLASS/MEMBER/SUBSYSTEM", err);
  if (status == ANS_OK) status = config__user(o, c, err);
  if (status == ANS_OK) status = config__tls(json_object_get(o, "tls"), c, err);
  if (status == ANS_OK) status = config__number(o, "connect_timeout_ms", 50, 60000, &connect, err);
  if (status == ANS_OK) status = config__number(o, "total_timeout_ms", 50, 600000, &total, err);
  if (status == ANS_OK) status = config__number(o, "max_body_bytes", 1024, 64 * 1024 * 1024, &body, err);
  if (status == ANS_OK) status = config__number(o, "parallel", 1, 256, &parallel, err);
  if (status == ANS_OK) status = config__number(o, "max_attempts", 1, 10, &attempts, err);
  if (status == ANS_OK) status = config__number(o, "freshness_hours", 0, 24 * 366, &fresh, err);
  if (status == ANS_OK) status = config__number(o, "backoff_ms", 1, 60000, &backoff, err);
  if (status != ANS_OK) return status;
  c->connect_timeout_ms = (long)connect;
  c->total_timeout_ms = (long)total;
  c->max_body = (size_t)body;
  c->parallel = (unsigned)parallel;
  c->max_attempts = (unsigned)attempts;
  c->freshness_hours = (unsigned)fresh;
  c->backoff_ms = (unsigned)backoff;
  status = config__policy(json_object_get(o, "policy"), path, c, err);
  if (status == ANS_OK) status = config__birth_rows(json_object_get(o, "birth_rows"), c, err);
  return status != ANS_OK ? status : config__registers(json_object_get(o, "registers"), path, c, err);
}

ans_status ans_exchange_config_load(const char *path, ans_xroad_config *out, ans_error *err) {
  memset(out, 0, sizeof *out);
  json_t *o = NULL;
  ans_status opened = config__open(path, &o, err);
  if (opened != ANS_OK) return opened;
  ans_status status = config__read(o, path, out, err);
  json_decref(o);
  if (status != ANS_OK) {
    config__at(path, err);
    ans_exchange_config_dispose(out);
  }
  return status;
}

void ans_exchange_config_dispose(ans_xroad_config *c) {
  for (size_t i = 0; i < c->register_count; i++) {
    exchange__register *r = &c->registers[i];
    for (size_t k = 0; k < r->fact_source_count; k++) {
      free(r->fact_sources[k].fact);
      free(r->fact_sources[k].source);
    }
    for (size_t k = 0; k < r->max_age_count; k++) free(r->max_ages[k].fact);
    free(r->max_ages);
    for (size_t k = 0; k < r->via_count; k++) free(r->via[k]);
    free(r->via);
    exchange__mapping_free(r->mapping);
    exchange__soap_free(r->soap);
    exchange__regrep_free(r->regrep);
    free(r->fact_sources);
    free(r->register_name);
    free(r->service_id);
    free(r->source);
    free(r->legal_basis);
    free(r->purpose);
  }
  exchange__authorisations_free(c->authorisations);
  free(c->registers);
  exchange__birth_rows_free(c->birth_rows, c->birth_row_count);
  free(c->server_url);
  free(c->client_id);
  free(c->ca_file);
  free(c->client_cert);
  free(c->client_key);
  free(c->server_keys);
  free(c->user_id);
  memset(c, 0, sizeof *c);
}
