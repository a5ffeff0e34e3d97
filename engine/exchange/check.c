/* What an answer is worth: echo headers, both families of X-Road errors, content type, encoding, JSON. Specification: X-Road PR-REST 1.0.4;
 * retry table: docs/exchange.md. Nothing is repaired and nothing is guessed: an answer is either right or a class of failure.
 * Pure functions over one request; the parsed JSON belongs to the request. */
#include "exchange/mapping.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/utf8.h"

const char *exchange__class_name(ans_exchange_class c) {
  switch (c) {
  case ANS_X_OK: return "data";
  case ANS_X_NO_DATA: return "no_data_released";
  case ANS_X_RETRY: return "unreachable";
  case ANS_X_OUTCOME_UNKNOWN: return "outcome_unknown";
  case ANS_X_DENIED: return "denied";
  case ANS_X_OUR_FAULT: return "our_fault";
  case ANS_X_SECURITY: return "security_incident";
  case ANS_X_PROVIDER: return "provider_error";
  case ANS_X_INVALID: return "invalid";
  }
  return "?";
}

void exchange__detail(exchange__request *r, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(r->detail, sizeof r->detail, format, args);
  va_end(args);
}

/* --- X-Road error codes ----------------------------------------------------------------------------------------------------------- */
/* Lower case without underscores: the old CamelCase and the new snake_case family become one. false if it is no error code at all. */
static bool check__normalise(const char *in, char *out, size_t size) {
  size_t n = 0;
  for (; *in; in++) {
    char c = *in >= 'A' && *in <= 'Z' ? (char)(*in - 'A' + 'a') : *in;
    if (c == '_') continue;
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) return false;
    if (n + 1 >= size) return false;
    out[n++] = c;
  }
  out[n] = 0;
  return n > 0;
}

static bool check__begins(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

ans_exchange_class ans_exchange_classify(const char *xroad_error) {
  static const struct { const char *code; ans_exchange_class class; } codes[] = {
      {"networkerror", ANS_X_RETRY},          {"maintenancemode", ANS_X_RETRY},       {"outdatedglobalconf", ANS_X_RETRY},  {"globalconfoutdated", ANS_X_RETRY},
      {"timestampingfailed", ANS_X_RETRY},    {"ioerror", ANS_X_OUTCOME_UNKNOWN},     {"accessdenied", ANS_X_DENIED},       {"unknownmember", ANS_X_DENIED},
      {"unknownservice", ANS_X_DENIED},       {"servicedisabled", ANS_X_DENIED},      {"sslauthenticationfailed", ANS_X_DENIED}, {"inconsistentresponse", ANS_X_SECURITY},
      {"signatureverification", ANS_X_SECURITY}, {"invalid", ANS_X_OUR_FAULT},        {"missing", ANS_X_OUR_FAULT}};
  char code[200];
  if (!xroad_error || !check__normalise(xroad_error, code, sizeof code)) return ANS_X_OUTCOME_UNKNOWN;
  const char *rest = code;
  static const char *const prefixes[] = {"client.", "server.clientproxy.", "server.serverproxy."};
  for (size_t i = 0; i < 3; i++)
    if (check__begins(code, prefixes[i])) rest = code + strlen(prefixes[i]);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (check__begins(rest, codes[i].code)) return codes[i].class;
  if (check__begins(code, "client.")) return ANS_X_OUR_FAULT;
  return ANS_X_OUTCOME_UNKNOWN; /* a code of a newer server: asking again by GET is harmless, believing anything is not */
}

/* --- headers ---------------------------------------------------------------------------------------------------------------------- */
static void check__keep(exchange__headers *h, char *out, size_t size, unsigned *count, const char *value, size_t n) {
  if (n >= size) {
    h->overlong = true;
    n = size - 1;
  }
  memcpy(out, value, n);
  out[n] = 0;
  ++*count;
}

/* One header line as received (with CR LF). A new status line forgets what an interim answer said. */
void exchange__header_line(exchange__headers *h, const char *line, size_t n) {
  if (n >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
    memset(h, 0, sizeof *h);
    return;
  }
  if (n > 0 && (line[0] == '\r' || line[0] == '\n')) h->ended = true;
  const char *colon = memchr(line, ':', n);
  if (!colon) return;
  size_t name = (size_t)(colon - line);
  const char *value = colon + 1, *end = line + n;
  while (value < end && (*value == ' ' || *value == '\t')) value++;
  while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t')) end--;
  size_t len = (size_t)(end - value);
#define CHECK_NAME(text) (name == sizeof(text) - 1 && strncasecmp(line, text, name) == 0)
  if (CHECK_NAME("x-road-client")) check__keep(h, h->client, sizeof h->client, &h->clients, value, len);
  else if (CHECK_NAME("x-road-service")) check__keep(h, h->service, sizeof h->service, &h->services, value, len);
  else if (CHECK_NAME("x-road-id")) check__keep(h, h->id, sizeof h->id, &h->ids, value, len);
  else if (CHECK_NAME("x-road-request-id")) check__keep(h, h->request_id, sizeof h->request_id, &h->request_ids, value, len);
  else if (CHECK_NAME("x-road-error")) check__keep(h, h->error, sizeof h->error, &h->errors, value, len);
  else if (CHECK_NAME("content-type")) check__keep(h, h->content_type, sizeof h->content_type, &h->content_types, value, len);
  else if (CHECK_NAME("content-encoding")) h->encodings++;
#undef CHECK_NAME
}

static bool check__printable_ascii(const char *s) {
  for (; *s; s++)
    if (*s < 0x20 || *s > 0x7e) return false;
  return true;
}

/* Echo of client, service and id: each exactly once and equal. false with the class set. */
static bool check__echo(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h) {
  r->outcome = ANS_X_SECURITY;
  if (h->overlong) exchange__detail(r, "Kopfzeile zu lang / header too long");
  else if (h->clients != 1 || strcmp(h->client, c->client_id) != 0) exchange__detail(r, "x-road-client: %u-mal oder falsch / times or wrong", h->clients);
  else if (h->services != 1 || strcmp(h->service, r->reg->service_id) != 0) exchange__detail(r, "x-road-service: %u-mal oder falsch / times or wrong", h->services);
  else if (h->ids != 1 || strcmp(h->id, r->request_id) != 0) exchange__detail(r, "x-road-id: %u-mal oder falsch / times or wrong", h->ids);
  else if (h->request_ids != 1 || h->request_id[0] == 0 || !check__printable_ascii(h->request_id)) exchange__detail(r, "x-road-request-id: %u-mal / times", h->request_ids);
  else return true;
  return false;
}

/* --- bodies ----------------------------------------------------------------------------------------------------------------------- */
static json_t *check__parse(const exchange__request *r, bool *premature) {
  json_error_t why;
  *premature = false;
  if (!r->body || r->size == 0 || !ans_utf8_valid(r->body, r->size)) return NULL;
  json_t *o = json_loadb(r->body, r->size, JSON_REJECT_DUPLICATES, &why);
  if (!o) *premature = json_error_code(&why) == json_error_premature_end_of_input;
  return o;
}

/* A short printable member of an error document, or "". */
static void check__error_member(const exchange__request *r, const char *key, char *out, size_t size) {
  bool premature;
  out[0] = 0;
  json_t *o = r->size <= 65536 ? check__parse(r, &premature) : NULL;
  const char *text = json_string_value(json_object_get(o, key));
  if (text && strlen(text) < size && check__printable_ascii(text)) memcpy(out, text, strlen(text) + 1);
  json_decref(o);
}

bool exchange__is_media(const char *content_type, const char *media) {
  if (strncasecmp(content_type, media, strlen(media)) != 0) return false;
  const char *s = content_type + strlen(media);
  while (*s == ' ') s++;
  if (*s == 0) return true;
  if (*s++ != ';') return false;
  while (*s == ' ') s++;
  return strcasecmp(s, "charset=utf-8") == 0 || strcasecmp(s, "charset=\"utf-8\"") == 0;
}

static bool check__same_code(const char *a, const char *b) {
  char x[200], y[200];
  return check__normalise(a, x, sizeof x) && check__normalise(b, y, sizeof y) && strcmp(x, y) == 0;
}

/* X-Road-Error is a flag, not proof: the server does not strip it from provider answers. A server error has an error status and an error document whose
 * type repeats the header (an XML document is not read, its status must do). Anything else is the provider's doing: believe nothing, stop nothing. */
static void check__xroad_error(exchange__request *r, const exchange__headers *h) {
  char type[160];
  check__error_member(r, "type", type, sizeof type);
  bool xml = h->content_types == 1 && (strncasecmp(h->content_type, "text/xml", 8) == 0 || strncasecmp(h->content_type, "application/xml", 15) == 0);
  if (h->errors > 1 || h->overlong) {
    r->outcome = ANS_X_SECURITY;
    exchange__detail(r, "X-Road-Error mehrfach / repeated");
  } else if (r->http_status < 400 || !(xml || check__same_code(h->error, type))) {
    r->outcome = ANS_X_PROVIDER;
    exchange__detail(r, "X-Road-Error ohne Fehlerdokument / without error document (HTTP %d)", r->http_status);
  } else {
    r->outcome = ans_exchange_classify(h->error);
    exchange__detail(r, "%s", h->error);
    check__error_member(r, "detail", r->server_detail, sizeof r->server_detail);
  }
}

void exchange__http_error(exchange__request *r) {
  char type[64];
  check__error_member(r, "type", type, sizeof type);
  exchange__detail(r, "HTTP %d%s%s", r->http_status, *type ? " " : "", type);
  int s = r->http_status;
  if (s >= 300 && s < 400) r->outcome = ANS_X_INVALID;      /* redirects are never followed */
  else if (s == 401 || s == 403) r->outcome = ANS_X_DENIED;
  else if (s == 404) r->outcome = ANS_X_PROVIDER;           /* says nothing about the person, least of all "not entitled" */
  else if (s == 408 || s == 429 || s >= 500) r->outcome = ANS_X_RETRY; /* 408: also what proxies say on a connection that they were about to close */
  else if (s == 400 && strcmp(type, "invalid_idnr") == 0) r->outcome = ANS_X_INVALID;
  else if (s >= 400) r->outcome = ANS_X_OUR_FAULT;
  else r->outcome = ANS_X_INVALID;
}

static bool check__is_wanted_media(const exchange__request *r, const exchange__headers *h) {
  if (h->content_types != 1) return false;
  if (!r->reg->mapping || !r->reg->mapping->xml) return exchange__is_media(h->content_type, "application/json");
  return exchange__is_media(h->content_type, "application/xml") || exchange__is_media(h->content_type, "text/xml");
}

/* A mapped register says in its own words that nothing is released; the built-in ones in one document and no other. */
static bool check__no_data(const exchange__request *r) {
  const char *status = json_string_value(json_object_get(r->document.json, "status"));
  if (status && strcmp(status, "no_data_released") == 0 && json_object_size(r->document.json) == 1) return true;
  return r->reg->mapping && !exchange__kind_of(r->reg->register_name) && exchange__mapping_no_data(r->reg->mapping, &r->document);
}

static void check__content(exchange__request *r, const exchange__headers *h) {
  bool premature = false, xml = r->reg->mapping && r->reg->mapping->xml;
  const char *why = NULL;
  r->outcome = ANS_X_INVALID;
  if (h->encodings) exchange__detail(r, "Content-Encoding nicht erlaubt / not allowed");
  else if (!check__is_wanted_media(r, h)) exchange__detail(r, "Content-Type ist nicht / is not application/%s", xml ? "xml" : "json");
  else if (r->size == 0) exchange__detail(r, "leere Antwort / empty answer");
  else if (r->size >= 3 && memcmp(r->body, "\xef\xbb\xbf", 3) == 0) exchange__detail(r, "Byte Order Mark");
  else if (!ans_utf8_valid(r->body, r->size)) exchange__detail(r, "kein UTF-8 / not UTF-8");
  else if (xml && (why = exchange__parse_xml(r->body, r->size, &r->document))) exchange__detail(r, "%s", why);
  else if (!xml && !(r->document.json = check__parse(r, &premature))) {
    exchange__detail(r, premature ? "JSON abgeschnitten / truncated" : "JSON ungültig oder doppelte Schlüssel / invalid or duplicate keys");
    if (premature) r->outcome = ANS_X_OUTCOME_UNKNOWN;
  } else {
    r->outcome = check__no_data(r) ? ANS_X_NO_DATA : ANS_X_OK;
  }
}

void exchange__check_answer(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h) { exchange__carrier_of(r->reg)->check(c, r, h); }

void exchange__rest_check(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h) {
  if (check__printable_ascii(h->request_id)) memcpy(r->xroad_request_id, h->request_id, sizeof r->xroad_request_id);
  if (h->errors) {
    check__xroad_error(r, h);
    return;
  }
  bool untouched = h->clients + h->services + h->ids + h->request_ids == 0;
  if (untouched && r->http_status >= 300) { /* something in front of the security server answered */
    exchange__http_error(r);
    return;
  }
  if (!check__echo(c, r, h)) return;
  if (r->http_status != 200) {
    exchange__http_error(r);
    return;
  }
  check__content(r, h);
}
