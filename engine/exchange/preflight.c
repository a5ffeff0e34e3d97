/* Preflight: asks the metaservices of X-Road whether the configuration can work, before anything about a person is sent (PR-META, PR-MREST).
 *
 * listClients: are we and the providers known; allowedMethods: may we call the services (listMethods tells "not offered" from "not allowed"); getOpenAPI: does a
 * described service have the address we ask. SOAP services by the SOAP metaservices of the same names. Nobody's data is in these requests, so they need no legal
 * basis and no log entry; they are checked like every other answer (echo, size, JSON without duplicate keys, XML without entities). One request at a time.
 * Memory: one answer at a time, and the list of clients. */
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "exchange/mapping.h"

enum { PREFLIGHT_ID = 600, PREFLIGHT_INSTANCES = 16, PREFLIGHT_MAX_HEADER_BYTES = 64 * 1024 };
#define PREFLIGHT__XROAD "http://x-road.eu/xsd/xroad.xsd"
#define PREFLIGHT__ID "http://x-road.eu/xsd/identifiers"

typedef struct preflight__run {
  const ans_xroad_config *config;
  CURL *easy;
  ans_buffer body;
  exchange__headers seen;
  size_t header_bytes;
  char why[CURL_ERROR_SIZE];
  char instance[PREFLIGHT_INSTANCES][128];
  json_t *clients[PREFLIGHT_INSTANCES];
  unsigned instances;
} preflight__run;

typedef enum preflight__offer { OFFER_ALLOWED, OFFER_NOT_LISTED, OFFER_WRONG_ENDPOINT, OFFER_NO_ANSWER } preflight__offer;

/* --- one request -------------------------------------------------------------------------------------------------------------------- */
static size_t preflight__on_body(char *data, size_t size, size_t n, void *ctx) {
  preflight__run *p = ctx;
  ans_buffer_append(&p->body, data, size * n);
  return p->body.failed ? 0 : size * n;
}

static size_t preflight__on_header(char *data, size_t size, size_t n, void *ctx) {
  preflight__run *p = ctx;
  p->header_bytes += size * n;
  if (p->header_bytes > PREFLIGHT_MAX_HEADER_BYTES) return 0;
  exchange__header_line(&p->seen, data, size * n);
  return size * n;
}

/* Sends and receives; r->body and r->http_status are set. false with r->outcome and detail if nothing complete came. */
static bool preflight__exchange(preflight__run *p, exchange__request *r, const char *url, struct curl_slist *headers, const char *post, size_t post_size) {
  long status = 0;
  ans_buffer_dispose(&p->body);
  ans_buffer_init(&p->body, p->config->max_body);
  p->seen = (exchange__headers){0};
  p->header_bytes = 0;
  p->why[0] = 0;
  bool ok = curl_easy_setopt(p->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK && curl_easy_setopt(p->easy, CURLOPT_URL, url) == CURLE_OK && curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
  if (ok && post)
    ok = curl_easy_setopt(p->easy, CURLOPT_POST, 1L) == CURLE_OK && curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, post) == CURLE_OK && curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post_size) == CURLE_OK;
  CURLcode code = ok ? curl_easy_perform(p->easy) : CURLE_FAILED_INIT;
  curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
  r->http_status = (int)status;
  r->attempts = 1;
  if (code == CURLE_OK && !p->seen.ended) code = CURLE_PARTIAL_FILE;
  if (code != CURLE_OK) {
    exchange__curl_failed(r, code, p->why, p->header_bytes > 0);
    if (p->body.failed) {
      r->outcome = ANS_X_INVALID;
      exchange__detail(r, "Antwort zu groß / answer too large");
    }
    return false;
  }
  r->size = p->body.len;
  r->body = r->size ? ans_buffer_take(&p->body, &r->size) : NULL;
  if (!r->body) r->size = 0;
  return true;
}

static bool preflight__base(const ans_xroad_config *c, const char *rest, char out[EXCHANGE_URL_SIZE]) {
  size_t base = strlen(c->server_url);
  while (base > 0 && c->server_url[base - 1] == '/') base--;
  int n = snprintf(out, EXCHANGE_URL_SIZE, "%.*s%s", (int)base, c->server_url, rest);
  return n > 0 && n < EXCHANGE_URL_SIZE;
}

static void preflight__rest(preflight__run *p, exchange__request *r) {
  char url[EXCHANGE_URL_SIZE];
  struct curl_slist *headers = NULL;
  exchange__uuid(r->request_id);
  bool ok = exchange__url(p->config, r->reg, r->suffix, url) && exchange__curl_header(&headers, "X-Road-Client", p->config->client_id, false) &&
            exchange__curl_header(&headers, "X-Road-Id", r->request_id, false) && exchange__curl_header(&headers, "Accept", "application/json", false);
  r->outcome = ANS_X_OUR_FAULT;
  if (!ok) exchange__detail(r, "Anfrage nicht bildbar / request cannot be formed");
  else if (preflight__exchange(p, r, url, headers, NULL, 0)) exchange__check_answer(p->config, r, &p->seen);
  curl_slist_free_all(headers);
}

static void preflight__soap(preflight__run *p, exchange__request *r) {
  char url[EXCHANGE_URL_SIZE], *post = NULL;
  size_t size = 0;
  struct curl_slist *headers = NULL;
  exchange__uuid(r->request_id);
  bool ok = preflight__base(p->config, "/", url) && exchange__soap_request(p->config, r, &post, &size) && exchange__curl_header(&headers, "Content-Type", "text/xml; charset=utf-8", false) &&
            exchange__curl_header(&headers, "SOAPAction", "\"\"", false) && exchange__curl_header(&headers, "Accept", "text/xml", false);
  r->outcome = ANS_X_OUR_FAULT;
  if (!ok) exchange__detail(r, "Anfrage nicht bildbar / request cannot be formed");
  else if (preflight__exchange(p, r, url, headers, post, size)) exchange__check_answer(p->config, r, &p->seen);
  curl_slist_free_all(headers);
  free(post);
}

/* --- who is there ------------------------------------------------------------------------------------------------------------------- */
static bool preflight__part(const char *id, unsigned i, char out[128]) {
  while (i-- && id) id = strchr(id, '/') ? strchr(id, '/') + 1 : NULL;
  size_t n = id ? strcspn(id, "/") : 0;
  if (n == 0 || n >= 128) return false;
  memcpy(out, id, n);
  out[n] = 0;
  return true;
}

static bool preflight__says(json_t *o, const char *key, const char *id, unsigned part) {
  char text[128];
  const char *said = exchange__string(o, key);
  return said && preflight__part(id, part, text) && strcmp(said, text) == 0;
}

/* The list of an instance, asked for once. NULL: *why says what came instead. */
static json_t *preflight__clients(preflight__run *p, const char *instance, char why[200]) {
  char encoded[400], rest[500], url[EXCHANGE_URL_SIZE];
  for (unsigned i = 0; i < p->instances; i++)
    if (strcmp(p->instance[i], instance) == 0) return p->clients[i];
  exchange__register reg = {.service_id = (char *)(uintptr_t)instance};
  exchange__request r = {.reg = &reg};
  struct curl_slist *headers = NULL;
  json_t *list = NULL;
  bool ok = p->instances < PREFLIGHT_INSTANCES && ans_exchange_encode_segment(instance, encoded, sizeof encoded) && exchange__curl_header(&headers, "Accept", "application/json", false);
  snprintf(rest, sizeof rest, "/listClients?xRoadInstance=%s", encoded);
  if (!ok || !preflight__base(p->config, rest, url)) exchange__detail(&r, "Anfrage nicht bildbar / request cannot be formed");
  else if (!preflight__exchange(p, &r, url, headers, NULL, 0)) list = NULL; /* the detail says why */
  else if (r.http_status != 200 || p->seen.errors) exchange__detail(&r, "HTTP %d%s%.100s", r.http_status, p->seen.errors ? " " : "", p->seen.errors ? p->seen.error : "");
  else if (p->seen.content_types != 1 || !exchange__is_media(p->seen.content_type, "application/json")) exchange__detail(&r, "listClients: Content-Type ist nicht / is not application/json");
  else if (!(list = json_loadb(r.body ? r.body : "", r.size, JSON_REJECT_DUPLICATES, NULL)) || !json_is_array(json_object_get(list, "member"))) {
    exchange__detail(&r, "listClients: kein / no {\"member\":[…]}");
    json_decref(list);
    list = NULL;
  }
  if (list) {
    snprintf(p->instance[p->instances], sizeof p->instance[0], "%s", instance);
    p->clients[p->instances++] = list;
  }
  snprintf(why, 200, "%s", r.detail);
  curl_slist_free_all(headers);
  exchange__request_dispose(&r);
  return list;
}

/* `id`: at least INST/CLASS/MEMBER/SUBSYSTEM. */
static ans_status preflight__is_client(preflight__run *p, const char *id, bool *yes, ans_error *err) {
  char instance[128] = "", why[200] = "";
  (void)preflight__part(id, 0, instance);
  json_t *list = preflight__clients(p, instance, why), *members = json_object_get(list, "member");
  *yes = false;
  if (!list) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-SERVER", p->config->server_url, "listClients", why, (char *)NULL);
  for (size_t i = 0; i < json_array_size(members) && !*yes; i++) {
    json_t *one = json_object_get(json_array_get(members, i), "id");
    *yes = preflight__says(one, "xroad_instance", id, 0) && preflight__says(one, "member_class", id, 1) && preflight__says(one, "member_code", id, 2) && preflight__says(one, "subsystem_code", id, 3);
  }
  return ANS_OK;
}

/* --- what is offered ---------------------------------------------------------------------------------------------------------------- */
/* Whether an endpoint pattern covers a path: * and {name} stand for one segment, ** for all that follows. */
static bool preflight__covers(const char *pattern, const char *path) {
  while (*pattern == '/') pattern++;
  while (*path == '/') path++;
  if (!*pattern || !*path) return !*pattern == !*path || strncmp(pattern, "**", 2) == 0;
  size_t n = strcspn(pattern, "/"), m = strcspn(path, "/");
  if (n == 2 && strncmp(pattern, "**", 2) == 0) return true;
  bool any = (n == 1 && *pattern == '*') || (*pattern == '{' && pattern[n - 1] == '}');
  return (any || (n == m && strncmp(pattern, path, n) == 0)) && preflight__covers(pattern + n, path + m);
}

/* The path below the service that a register is asked: a number, or nothing for the feed. */
static const char *preflight__path(const exchange__register *r) { return exchange__is_feed(r->register_name) ? "/" : "/00000000000"; }

static bool preflight__endpoint(json_t *service, const exchange__register *r) {
  json_t *list = json_object_get(service, "endpoint_list");
  if (json_array_size(list) == 0) return true; /* not every server tells */
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *method = exchange__string(json_array_get(list, i), "method"), *path = exchange__string(json_array_get(list, i), "path");
    if (method && path && (strcmp(method, "GET") == 0 || strcmp(method, "*") == 0) && preflight__covers(path, preflight__path(r))) return true;
  }
  return false;
}

static preflight__offer preflight__in_json(json_t *document, const exchange__register *r, bool *described) {
  json_t *list = json_object_get(document, "service");
  if (!json_is_array(list)) return OFFER_NO_ANSWER;
  preflight__offer found = OFFER_NOT_LISTED;
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *s = json_array_get(list, i);
    if (!preflight__says(s, "service_code", r->service_id, 4)) continue;
    const char *type = exchange__string(s, "service_type");
    *described = type && strcmp(type, "OPENAPI") == 0;
    if (preflight__endpoint(s, r)) return OFFER_ALLOWED;
    found = OFFER_WRONG_ENDPOINT;
  }
  return found;
}

static bool preflight__element(const xmlNode *of, const char *name, const char *text) {
  bool found = false;
  for (const xmlNode *n = of->children; n; n = n->next) {
    if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0 || !n->ns || strcmp((const char *)n->ns->href, PREFLIGHT__ID) != 0) continue;
    xmlChar *said = xmlNodeGetContent(n);
    found = said && text && strcmp((const char *)said, text) == 0;
    xmlFree(said);
    if (!found) return false;
  }
  return found || !text; /* no version is meant and none is there */
}

static preflight__offer preflight__in_xml(const exchange__document *d, const exchange__register *r) {
  char code[128];
  const xmlNode *root = d->root;
  if (!root || !preflight__part(r->service_id, 4, code)) return OFFER_NO_ANSWER;
  for (const xmlNode *n = root->children; n; n = n->next)
    if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, "service") == 0 && preflight__element(n, "serviceCode", code) && preflight__element(n, "serviceVersion", r->soap->version)) return OFFER_ALLOWED;
  return OFFER_NOT_LISTED;
}

/* Asks one of the two lists of the provider. */
static preflight__offer preflight__methods(preflight__run *p, const exchange__register *r, const char *method, bool *described, char why[192]) {
  char id[PREFLIGHT_ID];
  const char *slash = strrchr(r->service_id, '/');
  int n = snprintf(id, sizeof id, "%.*s/%s", (int)(slash - r->service_id), r->service_id, method);
  exchange__soap soap = {.space = (char[]){PREFLIGHT__XROAD}, .qualified = true};
  exchange__register reg = {.register_name = r->register_name, .service_id = id, .soap = r->soap ? &soap : NULL};
  exchange__request q = {.reg = &reg};
  preflight__offer offer = OFFER_NO_ANSWER;
  if (n > 0 && (size_t)n < sizeof id) {
    if (r->soap) preflight__soap(p, &q);
    else preflight__rest(p, &q);
    if (q.outcome == ANS_X_OK) offer = r->soap ? preflight__in_xml(&q.document, r) : preflight__in_json(q.document.json, r, described);
    if (q.outcome == ANS_X_OK && offer == OFFER_NO_ANSWER) exchange__detail(&q, "%s: keine Liste von Diensten / no list of services", method);
  }
  snprintf(why, 192, "%s", q.detail);
  exchange__request_dispose(&q);
  return offer;
}

/* A description in JSON must know the address; one in YAML is not read. */
static bool preflight__described(preflight__run *p, const exchange__register *r) {
  char id[PREFLIGHT_ID];
  const char *slash = strrchr(r->service_id, '/'), *path;
  snprintf(id, sizeof id, "%.*s/getOpenAPI", (int)(slash - r->service_id), r->service_id);
  exchange__register reg = {.register_name = r->register_name, .service_id = id};
  exchange__request q = {.reg = &reg};
  bool fits = true;
  char code[400];
  if (ans_exchange_encode_segment(slash + 1, code, sizeof code) && strlen(code) < sizeof q.suffix - 32) {
    snprintf(q.suffix, sizeof q.suffix, "?serviceCode=%.120s", code);
    preflight__rest(p, &q);
    json_t *paths = q.outcome == ANS_X_OK ? json_object_get(q.document.json, "paths") : NULL, *operations;
    fits = !json_is_object(paths);
    json_object_foreach(paths, path, operations) fits = fits || (preflight__covers(path, preflight__path(r)) && json_is_object(json_object_get(operations, "get")));
  }
  exchange__request_dispose(&q);
  return fits;
}

static ans_status preflight__register(preflight__run *p, const exchange__register *r, ans_error *err) {
  char why[192] = "", provider[PREFLIGHT_ID];
  const char *client = p->config->client_id, *path = r->soap ? "SOAP" : preflight__path(r);
  bool known = false, described = false;
  snprintf(provider, sizeof provider, "%.*s", (int)(strrchr(r->service_id, '/') - r->service_id), r->service_id);
  ans_status status = preflight__is_client(p, r->service_id, &known, err);
  if (status != ANS_OK) return status;
  if (!known) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-MEMBER", r->service_id, r->register_name, provider, (char *)NULL);
  preflight__offer offer = preflight__methods(p, r, "allowedMethods", &described, why);
  if (offer == OFFER_NO_ANSWER) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-SERVER", r->service_id, "allowedMethods", why, (char *)NULL);
  if (offer == OFFER_NOT_LISTED) {
    bool ignored = false;
    offer = preflight__methods(p, r, "listMethods", &ignored, why);
    if (offer == OFFER_NOT_LISTED) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-SERVICE", r->service_id, r->register_name, r->service_id, r->soap ? "SOAP" : "REST", (char *)NULL);
    return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-ACCESS", r->service_id, r->register_name, client, r->service_id, (char *)NULL);
  }
  if (offer == OFFER_WRONG_ENDPOINT) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-ENDPOINT", r->service_id, r->register_name, r->service_id, path, (char *)NULL);
  if (described && !preflight__described(p, r)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-SHAPE", r->service_id, r->register_name, r->service_id, path, (char *)NULL);
  return ANS_OK;
}

static ans_status preflight__all(preflight__run *p, ans_exchange_checked *visit, void *ctx, ans_error *err) {
  bool known = false;
  ans_status status = preflight__is_client(p, p->config->client_id, &known, err);
  if (status != ANS_OK) return status;
  if (!known) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-CHECK-CLIENT", p->config->server_url, p->config->client_id, (char *)NULL);
  for (size_t i = 0; i < p->config->register_count; i++) {
    ans_error finding = {0};
    if (p->config->registers[i].regrep) continue; /* not a service of X-Road: there is nobody to ask */
    ans_status one = preflight__register(p, &p->config->registers[i], &finding);
    if (one != ANS_OK && one != ANS_EXCHANGE) {
      *err = finding;
      return one;
    }
    if (visit) visit(ctx, p->config->registers[i].register_name, one == ANS_OK ? NULL : &finding);
    if (one != ANS_OK && status == ANS_OK) {
      status = one;
      *err = finding;
    }
  }
  return status;
}

ans_status ans_exchange_preflight(const ans_xroad_config *c, ans_exchange_checked *visit, void *ctx, ans_error *err) {
  preflight__run p = {.config = c};
  ans_error local = {0};
  bool ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && (p.easy = curl_easy_init()) && exchange__curl_set_up(c, p.easy) &&
            curl_easy_setopt(p.easy, CURLOPT_WRITEFUNCTION, preflight__on_body) == CURLE_OK && curl_easy_setopt(p.easy, CURLOPT_WRITEDATA, (void *)&p) == CURLE_OK &&
            curl_easy_setopt(p.easy, CURLOPT_ERRORBUFFER, p.why) == CURLE_OK && curl_easy_setopt(p.easy, CURLOPT_HEADERFUNCTION, preflight__on_header) == CURLE_OK && curl_easy_setopt(p.easy, CURLOPT_HEADERDATA, (void *)&p) == CURLE_OK;
  ans_status status = ok ? preflight__all(&p, visit, ctx, &local) : ans_error_set(&local, ANS_EXCHANGE, "E-EXCHANGE-CURL", NULL, curl_version(), (char *)NULL);
  for (unsigned i = 0; i < p.instances; i++) json_decref(p.clients[i]);
  ans_buffer_dispose(&p.body);
  curl_easy_cleanup(p.easy);
  if (status != ANS_OK && err) *err = local;
  return status;
}
