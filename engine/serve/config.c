/* The provider's configuration file (docs/provider.md): who may ask which service on which legal basis for which purpose. Everything is checked once, against the rule packages it
 * names; no right has a default. Whoever is not on this machine must show a certificate: X-Road-Client is a claim of the security server, and worth what the connection is worth. */
#include "serve/internal.h"

#include <stdlib.h>
#include <string.h>
#include "exchange/exchange.h"
#include "exchange/shared.h"
#include "num/period.h"

static ans_status config__oom(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-SERVE-MEMORY", NULL, (char *)NULL); }

/* --- pieces ------------------------------------------------------------------------------------------------------------------------------ */
static void serve__list_free(serve__list *l) {
  for (size_t i = 0; i < l->count; i++) free(l->items[i]);
  free(l->items);
}

/* A list of 1 to 16 texts; absent allowed unless required. */
static ans_status config__list(json_t *o, const char *field, bool required, serve__list *out, ans_error *err) {
  json_t *list = json_object_get(o, field);
  size_t n = json_array_size(list);
  if (!list && !required) return ANS_OK;
  if (!json_is_array(list) || n == 0 || n > 16) return config__bad(field, "Liste / list, 1 … 16", err);
  out->items = calloc(n, sizeof *out->items);
  if (!out->items) return config__oom(err);
  for (size_t i = 0; i < n; i++) {
    const char *text = json_string_value(json_array_get(list, i));
    if (!text || !*text || strlen(text) > 200) return config__bad(field, "kein Text / no text", err);
    out->items[i] = strdup(text);
    if (!out->items[i]) return config__oom(err);
    out->count++;
  }
  return ANS_OK;
}

unsigned serve__field_of(const char *name) {
  static const char *const names[SERVE_FIELDS] = {"recipient", "amount"};
  for (unsigned i = 0; i < SERVE_FIELDS; i++)
    if (strcmp(names[i], name) == 0) return 1u << i;
  return 0;
}

static ans_status config__mask(json_t *o, unsigned within, unsigned *mask, unsigned *first, ans_error *err) {
  serve__list names = {0};
  ans_status status = config__list(o, "fields", true, &names, err);
  for (size_t i = 0; i < names.count && status == ANS_OK; i++) {
    unsigned bit = serve__field_of(names.items[i]);
    if (!bit || (*mask & bit) || (within && !(within & bit))) status = config__bad("fields", names.items[i], err);
    *mask |= bit;
    if (i == 0 && first) *first = bit;
  }
  serve__list_free(&names);
  return status;
}

static ans_status config__right(json_t *o, const serve__service *s, serve__right *r, ans_error *err) {
  static const char *const deciding[] = {"client_id", "legal_bases", "purposes", "fields", "requests_per_second", NULL}, *const pushing[] = {"client_id", "legal_bases", "purposes", "feed", "source", "requests_per_second", NULL};
  int64_t rate = 10;
  ans_status status = config__fields(o, s->events ? pushing : deciding, "clients", err);
  if (status == ANS_OK) status = config__text(o, "client_id", true, &r->client, err);
  if (status == ANS_OK && !exchange__is_identifier(r->client, 4)) status = config__bad("client_id", "INST/CLASS/MEMBER/SUBSYSTEM", err);
  if (status == ANS_OK) status = config__list(o, "legal_bases", true, &r->bases, err);
  if (status == ANS_OK) status = config__list(o, "purposes", true, &r->purposes, err);
  if (status == ANS_OK) status = config__number(o, "requests_per_second", 1, 10000, &rate, err);
  if (status == ANS_OK && s->events) status = config__text(o, "feed", true, &r->feed, err);
  if (status == ANS_OK && s->events) status = config__text(o, "source", true, &r->source, err);
  if (status == ANS_OK && !s->events) status = config__mask(o, s->fields, &r->fields, NULL, err);
  for (size_t i = 0; i < r->bases.count && status == ANS_OK; i++)
    if (!ans_exchange_is_citation(r->bases.items[i])) status = config__bad("legal_bases", r->bases.items[i], err);
  r->rate.per_second = (unsigned)rate;
  return status;
}

static ans_status config__rights(json_t *list, serve__service *s, ans_error *err) {
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n == 0 || n > 256) return config__bad("clients", "1 … 256", err);
  s->rights = calloc(n, sizeof *s->rights);
  if (!s->rights) return config__oom(err);
  for (size_t i = 0; i < n; i++) {
    s->right_count = i + 1;
    ans_status status = config__right(json_array_get(list, i), s, &s->rights[i], err);
    for (size_t k = 0; k < i && status == ANS_OK; k++)
      if (strcmp(s->rights[k].client, s->rights[i].client) == 0) status = config__bad("client_id", "doppelt / twice", err);
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

/* --- from the person to the claim ----------------------------------------------------------------------------------------------------------- */
static ans_status config__step(serve__service *s, uint32_t *at, const char *text, ans_error *err) {
  const ans_program *p = s->program;
  char unit[ANS_MAX_NAME + 1];
  const char *dot = strchr(text, '.');
  if (!dot || (size_t)(dot - text) >= sizeof unit || s->step_count == SERVE_STEPS) return config__bad("about", text, err);
  memcpy(unit, text, (size_t)(dot - text));
  unit[dot - text] = 0;
  uint32_t u = ans_program_find_unit(p, unit), f = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(p, u, dot + 1);
  if (f == ANS_NONE || p->facts[f].type.tag != ANS_T_REF) return config__bad("about", text, err);
  bool forward = s->step_count > 0 && u == *at;
  if (!forward && p->facts[f].type.ref != *at) return config__bad("about", text, err);
  s->steps[s->step_count++] = (serve__step){p->units[u].name, p->facts[f].name, forward};
  *at = forward ? p->facts[f].type.ref : u;
  return ANS_OK;
}

/* "recipient", "subject" (as the package's benefit declares them), or the references from the person to the claim. */
static ans_status config__about(json_t *o, serve__service *s, const ans_benefit *b, ans_error *err) {
  const ans_program *p = s->program;
  json_t *v = json_object_get(o, "about");
  const char *text = json_string_value(v);
  uint32_t at = ans_program_find_unit(p, "Person");
  if (at == ANS_NONE) return config__bad("package", "ohne Einheit / without unit Person", err);
  if (text && at == b->unit && strcmp(text, "subject") == 0) return ANS_OK;
  if (text) {
    uint32_t f = strcmp(text, "recipient") == 0 ? b->recipient_fact : strcmp(text, "subject") == 0 ? b->subject_fact : ANS_NONE;
    if (f == ANS_NONE || p->facts[f].type.ref != at) return config__bad("about", "recipient, subject, [\"Einheit.Verweis / unit.reference\", …]", err);
    s->steps[s->step_count++] = (serve__step){p->units[b->unit].name, p->facts[f].name, false};
    return ANS_OK;
  }
  if (!json_is_array(v) || json_array_size(v) == 0) return config__bad("about", "recipient, subject, [\"Einheit.Verweis / unit.reference\", …]", err);
  for (size_t i = 0; i < json_array_size(v); i++) {
    const char *step = json_string_value(json_array_get(v, i));
    ans_status status = step ? config__step(s, &at, step, err) : config__bad("about", "kein Text / no text", err);
    if (status != ANS_OK) return status;
  }
  return at == b->unit ? ANS_OK : config__bad("about", "führt nicht zum Anspruch / does not lead to the claim", err);
}

static ans_status config__decision(json_t *o, const char *path, serve__service *s, ans_error *err) {
  char *name = NULL, *benefit = NULL, *from = NULL;
  uint32_t kind = 0;
  ans_status status = config__text(o, "package", true, &name, err);
  if (status == ANS_OK) status = config__text(o, "benefit", true, &benefit, err);
  if (status == ANS_OK) status = config__text(o, "complete_from", true, &from, err);
  char *file = status == ANS_OK ? config__beside(path, name) : NULL;
  if (status == ANS_OK) status = file ? ans_program_load(file, &s->program, err) : config__oom(err);
  uint32_t b = status == ANS_OK ? ans_program_find_benefit(s->program, benefit) : ANS_NONE;
  if (status == ANS_OK && b == ANS_NONE) status = config__bad("benefit", benefit, err);
  if (status == ANS_OK && s->program->benefits[b].information_only) status = config__bad("benefit", "wird nicht bewilligt / is not awarded", err);
  if (status == ANS_OK) {
    s->benefit = s->program->benefits[b].name;
    s->period_kind = s->program->period_kind;
    if (!ans_period_parse(from, strlen(from), &kind, &s->complete_from) || kind != s->period_kind) status = config__bad("complete_from", ans_period_form(s->period_kind), err);
  }
  if (status == ANS_OK) status = config__about(o, s, &s->program->benefits[b], err);
  if (status == ANS_OK) status = config__mask(o, 0, &s->fields, &s->first_field, err);
  if (status == ANS_OK) status = config__list(o, "blocked_by", false, &s->blocked_by, err);
  free(name);
  free(benefit);
  free(from);
  free(file);
  return status;
}

static ans_status config__service(json_t *o, const char *path, serve__service *s, ans_error *err) {
  static const char *const deciding[] = {"service", "package", "benefit", "about", "complete_from", "fields", "blocked_by", "clients", NULL}, *const pushing[] = {"service", "receives", "clients", NULL};
  json_t *receives = json_object_get(o, "receives");
  s->events = receives != NULL;
  ans_status status = config__fields(o, s->events ? pushing : deciding, "services", err);
  if (status == ANS_OK && s->events && (!json_is_string(receives) || strcmp(json_string_value(receives), "events") != 0)) status = config__bad("receives", "events", err);
  if (status == ANS_OK) status = config__text(o, "service", true, &s->code, err);
  /* The code is a path segment of its own and the register's name in the answer; "r1" would be the other form of the path. */
  if (status == ANS_OK && (!exchange__is_identifier(s->code, 1) || strcmp(s->code, "r1") == 0 || strspn(s->code, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(s->code) || strlen(s->code) > 32))
    status = config__bad("service", "1 … 32 × a-z 0-9 -", err);
  if (status == ANS_OK && !s->events) status = config__decision(o, path, s, err);
  return status == ANS_OK ? config__rights(json_object_get(o, "clients"), s, err) : status;
}

static ans_status config__services(json_t *list, const char *path, ans_serve_config *c, ans_error *err) {
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n == 0 || n > 64) return config__bad("services", "1 … 64", err);
  c->services = calloc(n, sizeof *c->services);
  if (!c->services) return config__oom(err);
  for (size_t i = 0; i < n; i++) {
    c->service_count = i + 1;
    ans_status status = config__service(json_array_get(list, i), path, &c->services[i], err);
    for (size_t k = 0; k < i && status == ANS_OK; k++)
      if (strcmp(c->services[k].code, c->services[i].code) == 0) status = config__bad("service", "doppelt / twice", err);
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

/* --- the server ------------------------------------------------------------------------------------------------------------------------------- */
static ans_status config__file(json_t *o, const char *field, bool required, const char *path, char **out, ans_error *err) {
  char *name = NULL;
  ans_status status = config__text(o, field, required, &name, err);
  if (status == ANS_OK && name) {
    *out = config__beside(path, name);
    if (!*out) status = config__oom(err);
  }
  free(name);
  return status;
}

static ans_status config__listen(json_t *o, const char *path, ans_serve_config *c, ans_error *err) {
  static const char *const allowed[] = {"address", "port", "tls", NULL}, *const tls_fields[] = {"certificate", "key", "client_ca", NULL};
  int64_t port = 8480;
  json_t *tls = json_object_get(o, "tls");
  ans_status status = o ? config__fields(o, allowed, "listen", err) : ANS_OK;
  if (status == ANS_OK && o) status = config__text(o, "address", false, &c->address, err);
  if (status == ANS_OK && o) status = config__number(o, "port", 0, 65535, &port, err);
  if (status == ANS_OK && tls) status = config__fields(tls, tls_fields, "tls", err);
  if (status == ANS_OK && tls) status = config__file(tls, "certificate", true, path, &c->certificate, err);
  if (status == ANS_OK && tls) status = config__file(tls, "key", true, path, &c->key, err);
  if (status == ANS_OK && tls) status = config__file(tls, "client_ca", false, path, &c->client_ca, err);
  if (status != ANS_OK) return status;
  c->port = (unsigned)port;
  if (!c->address) c->address = strdup("127.0.0.1");
  if (!c->address) return config__oom(err);
  bool local = strcmp(c->address, "127.0.0.1") == 0 || strcmp(c->address, "::1") == 0;
  return local || c->client_ca ? ANS_OK : config__bad("listen", "127.0.0.1, ::1; sonst/else tls.client_ca", err);
}

static ans_status config__limits(json_t *o, ans_serve_config *c, ans_error *err) {
  static const char *const allowed[] = {"connections", "request_ms", "stop_ms", "requests_per_second", "body_bytes", NULL};
  int64_t connections = 64, request = 15000, stop = 5000, rate = 200, body = 1024 * 1024;
  ans_status status = o ? config__fields(o, allowed, "limits", err) : ANS_OK;
  if (status == ANS_OK && o) status = config__number(o, "connections", 1, 1000, &connections, err);
  if (status == ANS_OK && o) status = config__number(o, "request_ms", 100, 600000, &request, err);
  if (status == ANS_OK && o) status = config__number(o, "stop_ms", 0, 60000, &stop, err);
  if (status == ANS_OK && o) status = config__number(o, "requests_per_second", 1, 10000, &rate, err);
  if (status == ANS_OK && o) status = config__number(o, "body_bytes", 1024, 16 * 1024 * 1024, &body, err);
  c->connections = (unsigned)connections;
  c->request_ms = (unsigned)request;
  c->stop_ms = (unsigned)stop;
  c->all.per_second = (unsigned)rate;
  c->strangers.per_second = 1; /* whoever has no right is put on record, but cannot fill the log */
  c->max_body = (size_t)body;
  return status;
}

ans_status ans_serve_config_load(const char *path, ans_serve_config **out, ans_error *err) {
  static const char *const allowed[] = {"provider_id", "listen", "limits", "services", NULL};
  json_t *o = NULL;
  *out = NULL;
  ans_status status = config__open(path, &o, err);
  if (status != ANS_OK) return status;
  ans_serve_config *c = calloc(1, sizeof *c);
  if (!c) status = config__oom(err);
  if (status == ANS_OK) status = config__fields(o, allowed, "{…}", err);
  if (status == ANS_OK) status = config__text(o, "provider_id", true, &c->provider_id, err);
  if (status == ANS_OK && !exchange__is_identifier(c->provider_id, 4)) status = config__bad("provider_id", "INST/CLASS/MEMBER/SUBSYSTEM", err);
  if (status == ANS_OK) status = config__listen(json_object_get(o, "listen"), path, c, err);
  if (status == ANS_OK) status = config__limits(json_object_get(o, "limits"), c, err);
  if (status == ANS_OK) status = config__services(json_object_get(o, "services"), path, c, err);
  json_decref(o);
  if (status == ANS_OK) {
    *out = c;
    return ANS_OK;
  }
  config__at(path, err);
  ans_serve_config_free(c);
  return status;
}

bool ans_serve_config_tls(const ans_serve_config *c) { return c->certificate != NULL; }

static void config__free_service(serve__service *s) {
  for (size_t i = 0; i < s->right_count; i++) {
    serve__right *r = &s->rights[i];
    serve__list_free(&r->bases);
    serve__list_free(&r->purposes);
    free(r->client);
    free(r->feed);
    free(r->source);
  }
  serve__list_free(&s->blocked_by);
  free(s->rights);
  free(s->code);
  ans_program_free(s->program);
}

void ans_serve_config_free(ans_serve_config *c) {
  if (!c) return;
  for (size_t i = 0; i < c->service_count; i++) config__free_service(&c->services[i]);
  free(c->services);
  free(c->provider_id);
  free(c->address);
  free(c->certificate);
  free(c->key);
  free(c->client_ca);
  free(c);
}
