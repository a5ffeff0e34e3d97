/* The draft of a carrier for NOOTS: an evidence request by POST to the own connection node, the answer as it comes back. It shows that another network fits behind the same seam, with the
 * same policy, log, limits and mappings; it claims no conformance, and addresses, tokens and attachments of NOOTS are not in it. Contract: internal.h. No state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/utf8.h"
#include "exchange/mapping.h"
#include "exchange/regrep.h"

#define REGREP_MEDIA "application/x-ebrs+xml"

void exchange__regrep_free(exchange__regrep *g) {
  if (!g) return;
  free(g->path);
  free(g->specification);
  free(g->requirement);
  free(g);
}

ans_status config__regrep(json_t *o, exchange__register *r, ans_error *err) {
  static const char *const allowed[] = {"path", "specification", "requirement", NULL};
  json_t *g = json_object_get(o, "regrep");
  if (!r->mapping || !r->mapping->xml) return config__bad("protocol", "regrep: braucht eine Abbildung mit media xml / needs a mapping with media xml", err);
  r->regrep = calloc(1, sizeof *r->regrep);
  if (!r->regrep) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  ans_status status = config__fields(g, allowed, "regrep", err);
  if (status == ANS_OK) status = config__text(g, "path", true, &r->regrep->path, err);
  if (status == ANS_OK) status = config__text(g, "specification", false, &r->regrep->specification, err);
  if (status == ANS_OK) status = config__text(g, "requirement", true, &r->regrep->requirement, err);
  if (status != ANS_OK) return status;
  if (strlen(r->regrep->requirement) >= REGREP_TEXT || (r->regrep->specification && strlen(r->regrep->specification) >= REGREP_TEXT)) return config__bad("regrep", "zu lang / too long", err);
  const char *s = r->regrep->path;
  for (; *s > 0x20 && *s < 0x7f && !strchr("?#%\\\"", *s);) s++;
  return r->regrep->path[0] == '/' && !*s ? ANS_OK : config__bad("regrep.path", "/…", err);
}

static const char *regrep__specification(const exchange__register *r) { return r->regrep->specification ? r->regrep->specification : REGREP_SPECIFICATION; }

/* false if it does not fit: half a purpose would be another purpose. */
static bool regrep__set(char out[REGREP_TEXT], const char *text) { return (size_t)snprintf(out, REGREP_TEXT, "%s", text) < REGREP_TEXT; }

static bool regrep__form(const ans_xroad_config *c, const exchange__request *r, exchange__sending *out) {
  exchange__query q = {.idnr_used = r->idnr_used};
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(q.issued, sizeof q.issued, "%Y-%m-%dT%H:%M:%SZ", &utc);
  memcpy(q.id, r->request_id, sizeof q.id);
  bool fits = regrep__set(q.specification, regrep__specification(r->reg)) && regrep__set(q.requirement, r->reg->regrep->requirement) && regrep__set(q.requester, c->client_id) && regrep__set(q.provider, r->reg->service_id) &&
              regrep__set(q.purpose, r->reg->purpose) && regrep__set(q.legal_basis, r->reg->legal_basis) && regrep__set(q.case_id, r->case_id) && exchange__is_idnr(r->subject_key);
  if (fits) memcpy(q.person, r->subject_key, sizeof q.person);
  return fits && exchange__address(c, r->reg->regrep->path, out->url) && exchange__query_write(&q, &out->body, &out->size) && exchange__curl_header(&out->headers, "Content-Type", REGREP_MEDIA, false) &&
         exchange__curl_header(&out->headers, "Accept", REGREP_MEDIA, false) && exchange__no_expect(out);
}

/* What an exception means for the request. "Not found" is no data about the person, never evidence against them. */
static void regrep__exception(exchange__request *r, const exchange__reply *a) {
  static const struct { const char *type; ans_exchange_class class; } types[] = {{"ObjectNotFoundExceptionType", ANS_X_NO_DATA},   {"AuthorizationExceptionType", ANS_X_DENIED},  {"AuthenticationExceptionType", ANS_X_DENIED},
                                                                                {"TimeoutExceptionType", ANS_X_RETRY},            {"InvalidRequestExceptionType", ANS_X_OUR_FAULT}, {"QueryExceptionType", ANS_X_OUR_FAULT},
                                                                                {"UnsupportedCapabilityExceptionType", ANS_X_OUR_FAULT}};
  r->outcome = ANS_X_PROVIDER;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(types[i].type, a->exception) == 0) r->outcome = types[i].class;
  bool plain = true;
  for (const char *s = a->exception; *s; s++) plain = plain && ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'));
  exchange__detail(r, "%.100s", plain ? a->exception : "Exception");
}

static void regrep__reply(const ans_xroad_config *c, exchange__request *r) {
  exchange__reply a;
  const char *why = exchange__reply_read(&r->document, &a);
  r->outcome = ANS_X_INVALID;
  if (why) {
    exchange__detail(r, "RegRep: %s fehlt, mehrfach oder falsch / missing, repeated or wrong", why);
    return;
  }
  const char *wrong = strcmp(a.id, r->request_id) != 0 ? "requestId" : strcmp(a.requester, c->client_id) != 0 ? "EvidenceRequester" : strcmp(a.provider, r->reg->service_id) != 0 ? "EvidenceProvider" : NULL;
  if (wrong) {
    r->outcome = ANS_X_SECURITY;
    exchange__detail(r, "RegRep: %s ist nicht das gesendete / is not what was sent", wrong);
  } else if (strcmp(a.specification, regrep__specification(r->reg)) != 0) {
    exchange__detail(r, "RegRep: SpecificationIdentifier");
  } else if (!a.success) {
    regrep__exception(r, &a);
  } else {
    r->document.root = a.evidence;
    r->outcome = r->reg->mapping && exchange__mapping_no_data(r->reg->mapping, &r->document) ? ANS_X_NO_DATA : ANS_X_OK;
  }
}

static void regrep__check(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h) {
  const char *why = NULL;
  r->outcome = ANS_X_INVALID;
  if (r->http_status != 200) exchange__http_error(r);
  else if (h->encodings) exchange__detail(r, "Content-Encoding nicht erlaubt / not allowed");
  else if (h->content_types != 1 || !(exchange__is_media(h->content_type, REGREP_MEDIA) || exchange__is_media(h->content_type, "application/xml"))) exchange__detail(r, "Content-Type ist nicht / is not %s", REGREP_MEDIA);
  else if (!r->body || !ans_utf8_valid(r->body, r->size)) exchange__detail(r, "leer oder kein UTF-8 / empty or not UTF-8");
  else if ((why = exchange__parse_xml(r->body, r->size, &r->document))) exchange__detail(r, "%s", why);
  else regrep__reply(c, r);
}

const exchange__carrier exchange__regrep_carrier = {regrep__form, regrep__check, exchange__always_repeatable};
