/* How a request travels: the carriers of X-Road REST and SOAP, and which one a register has. A carrier forms what is sent, judges what comes back and says whether asking again is
 * harmless; log, limits, retries and breaker are the transport's and the same for all. The third carrier is in regrep_carrier.c. No state; the caller's thread. */
#include "exchange/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exchange__sending_dispose(exchange__sending *s) {
  curl_slist_free_all(s->headers);
  free(s->body);
  *s = (exchange__sending){0};
}

/* Below the address of the server; false if it does not fit. */
bool exchange__address(const ans_xroad_config *c, const char *path, char out[EXCHANGE_URL_SIZE]) {
  size_t base = strlen(c->server_url);
  while (base > 0 && c->server_url[base - 1] == '/') base--;
  int n = snprintf(out, EXCHANGE_URL_SIZE, "%.*s%s", (int)base, c->server_url, path);
  return n > 0 && n < EXCHANGE_URL_SIZE;
}

static bool carrier__rest(const ans_xroad_config *c, const exchange__request *r, exchange__sending *out) {
  struct curl_slist **h = &out->headers;
  char fields[3 * EXCHANGE_FIELDS_SIZE];
  return exchange__encode_fields(r->fields, fields, sizeof fields) && exchange__curl_header(h, "X-Anspruch-Fields", fields, false) && exchange__url(c, r->reg, r->suffix, out->url) && exchange__curl_header(h, "X-Road-Client", c->client_id, false) && exchange__curl_header(h, "X-Road-Id", r->request_id, false) &&
         (!c->user_id || exchange__curl_header(h, "X-Road-UserId", c->user_id, true)) && exchange__curl_header(h, "X-Road-Issue", r->case_id, true) &&
         exchange__curl_header(h, "X-Anspruch-Legal-Basis", r->reg->legal_basis, true) && exchange__curl_header(h, "X-Anspruch-Purpose", r->reg->purpose, true) &&
         exchange__curl_header(h, "X-Anspruch-IdNr-Used", r->idnr_used ? "true" : "false", false) &&
         exchange__curl_header(h, "Accept", r->reg->mapping && r->reg->mapping->xml ? "application/xml" : "application/json", false);
}

/* No interim answer to wait for. */
bool exchange__no_expect(exchange__sending *out) {
  struct curl_slist *grown = curl_slist_append(out->headers, "Expect:");
  if (grown) out->headers = grown;
  return grown != NULL;
}

/* SOAP goes to the root of the security server. It forwards only Content-Type and SOAPAction, so what the register must know stands in the envelope; the
 * key is for whoever stands between us and the security server. */
static bool carrier__soap(const ans_xroad_config *c, const exchange__request *r, exchange__sending *out) {
  struct curl_slist **h = &out->headers;
  char action[300];
  snprintf(action, sizeof action, "\"%.290s\"", r->reg->soap->action ? r->reg->soap->action : "");
  return exchange__address(c, "/", out->url) && exchange__soap_request(c, r, &out->body, &out->size) && exchange__curl_header(h, "Content-Type", "text/xml; charset=utf-8", false) &&
         exchange__curl_header(h, "SOAPAction", action, false) && exchange__curl_header(h, "Accept", "text/xml", false) && exchange__curl_header(h, "Idempotency-Key", r->idempotency_key, false) &&
         exchange__no_expect(out);
}

/* Reading by GET cannot do harm; a POST only if its register says so or its key reaches the register. */
static bool carrier__soap_repeatable(const exchange__request *r) {
  const exchange__soap *s = r->reg->soap;
  bool key = false;
  for (size_t i = 0; i < s->field_count; i++) key = key || s->fields[i].value == SOAP_KEY;
  return s->repeatable || key;
}

bool exchange__always_repeatable(const exchange__request *r) {
  (void)r;
  return true;
}

static const exchange__carrier carrier__of_rest = {carrier__rest, exchange__rest_check, exchange__always_repeatable}, carrier__of_soap = {carrier__soap, exchange__soap_check, carrier__soap_repeatable};

const exchange__carrier *exchange__carrier_of(const exchange__register *r) { return r->soap ? &carrier__of_soap : r->regrep ? &exchange__regrep_carrier : &carrier__of_rest; }
