/* The abstract authorisation of a request, checked here before anything is sent (compare § 7 Abs. 2 IDNrG: the consumer states the communication partners, the purpose and whether the
 * identification number is used, and does not send on a negative result). A file says which combinations of consumer, service, purpose, legal basis and use of the number are allowed, and
 * from when to when. What it does not name is not allowed; where one entry allows and another forbids, it is forbidden. No conformance with any intermediary is claimed: who maintains the
 * file vouches for it. Memory: one array for the run. Thread rule: immutable after loading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "exchange/internal.h"
#include "num/calendar.h"

enum { AUTHORISATION_MAX_ENTRIES = 10000, AUTHORISATION_DAY = 86400 };

typedef struct authorisation__entry { char *consumer, *service, *purpose, *legal_basis; bool idnr, allowed; int32_t from, to; } authorisation__entry;
struct exchange__authorisations { authorisation__entry *entries; size_t count; };

void exchange__authorisations_free(exchange__authorisations *a) {
  if (!a) return;
  for (size_t i = 0; i < a->count; i++) {
    free(a->entries[i].consumer);
    free(a->entries[i].service);
    free(a->entries[i].purpose);
    free(a->entries[i].legal_basis);
  }
  free(a->entries);
  free(a);
}

static ans_status authorisation__flag(json_t *o, const char *field, bool *out, ans_error *err) {
  if (!json_object_get(o, field)) return config__bad(field, "fehlt / missing", err);
  return config__flag(o, field, out, err);
}

static ans_status authorisation__entry_read(json_t *o, authorisation__entry *e, ans_error *err) {
  static const char *const allowed[] = {"consumer", "service", "purpose", "legal_basis", "idnr_used", "from", "to", "allowed", "comment", NULL};
  ans_status status = config__fields(o, allowed, "entries", err);
  if (status == ANS_OK) status = config__text(o, "consumer", true, &e->consumer, err);
  if (status == ANS_OK) status = config__text(o, "service", true, &e->service, err);
  if (status == ANS_OK) status = config__text(o, "purpose", true, &e->purpose, err);
  if (status == ANS_OK) status = config__text(o, "legal_basis", true, &e->legal_basis, err);
  if (status == ANS_OK) status = authorisation__flag(o, "idnr_used", &e->idnr, err);
  if (status == ANS_OK) status = authorisation__flag(o, "allowed", &e->allowed, err);
  if (status != ANS_OK) return status;
  if (!exchange__is_identifier(e->consumer, 4)) return config__bad("consumer", "INST/CLASS/MEMBER/SUBSYSTEM", err);
  if (!exchange__is_identifier(e->service, 5)) return config__bad("service", "INST/CLASS/MEMBER/SUBSYSTEM/SERVICE", err);
  if (!ans_exchange_is_citation(e->legal_basis)) return config__bad("legal_basis", e->legal_basis, err);
  if (exchange__date(o, "from", &e->from) != EXCHANGE_DATE_FULL) return config__bad("from", "JJJJ-MM-TT", err);
  return exchange__full_date(o, "to", INT32_MAX, &e->to) && e->to >= e->from ? ANS_OK : config__bad("to", "JJJJ-MM-TT, nicht vor/not before from", err);
}

static ans_status authorisation__read(json_t *o, exchange__authorisations *a, ans_error *err) {
  static const char *const allowed[] = {"format", "comment", "entries", NULL};
  ans_status status = config__fields(o, allowed, "authorisations", err);
  if (status != ANS_OK) return status;
  const char *format = exchange__string(o, "format");
  json_t *list = json_object_get(o, "entries");
  size_t n = json_array_size(list);
  if (!format || strcmp(format, "anspruch-authorisations/1") != 0) return config__bad("format", "anspruch-authorisations/1", err);
  if (!json_is_array(list) || n > AUTHORISATION_MAX_ENTRIES) return config__bad("entries", "0 … 10000", err);
  a->entries = calloc(n + 1, sizeof *a->entries);
  if (!a->entries) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; i < n && status == ANS_OK; i++) {
    a->count = i + 1;
    status = authorisation__entry_read(json_array_get(list, i), &a->entries[i], err);
  }
  return status;
}

ans_status exchange__authorisations_load(const char *path, exchange__authorisations **out, ans_error *err) {
  json_t *o = NULL;
  *out = NULL;
  if (config__open(path, &o, err) != ANS_OK) return ANS_EXCHANGE;
  exchange__authorisations *a = *out = calloc(1, sizeof *a);
  ans_status status = a ? authorisation__read(o, a, err) : ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  json_decref(o);
  if (status == ANS_OK) return status;
  if (err && !err->where[0]) snprintf(err->where, sizeof err->where, "%.200s", path);
  exchange__authorisations_free(a);
  *out = NULL;
  return status;
}

/* A feed is asked without naming anybody; every other request carries the number. */
bool exchange__uses_idnr(const exchange__register *r) { return !exchange__is_feed(r->register_name); }

const char *exchange__refusal(const ans_xroad_config *c, const exchange__register *r, int32_t day) {
  const exchange__authorisations *a = c->authorisations;
  bool allowed = false, expired = false;
  if (!a) return NULL; /* stated in the file: somebody else checks */
  for (size_t i = 0; i < a->count; i++) {
    const authorisation__entry *e = &a->entries[i];
    if (e->idnr != exchange__uses_idnr(r) || strcmp(e->consumer, c->client_id) != 0 || strcmp(e->service, r->service_id) != 0 || strcmp(e->purpose, r->purpose) != 0 || strcmp(e->legal_basis, r->legal_basis) != 0) continue;
    bool valid = e->from <= day && day <= e->to;
    if (valid && !e->allowed) return "untersagt / forbidden";
    allowed = allowed || valid;
    expired = expired || !valid;
  }
  return allowed ? NULL : expired ? "gilt heute nicht / not valid today" : "nicht vorgesehen / not provided for";
}

int32_t exchange__today(void) { return (int32_t)((int64_t)time(NULL) / AUTHORISATION_DAY); }

void ans_exchange_authorisations(const ans_xroad_config *c, ans_exchange_authorised *visit, void *ctx) {
  for (size_t i = 0; i < c->register_count; i++) {
    const exchange__register *r = &c->registers[i];
    visit(ctx, r, exchange__uses_idnr(r), exchange__refusal(c, r, exchange__today()));
  }
}
