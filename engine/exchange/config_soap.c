/* A register that is asked by SOAP: version, namespace and the elements of the request, declared in the configuration so that a new service needs no C
 * (docs/exchange.md, "SOAP"). Checked here once: names that XML allows, one IdNr, a mapping that reads XML. */
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "exchange/mapping.h"

void exchange__soap_free(exchange__soap *s) {
  if (!s) return;
  for (size_t i = 0; i < s->field_count; i++) {
    free(s->fields[i].element);
    free(s->fields[i].text);
  }
  free(s->fields);
  free(s->version);
  free(s->action);
  free(s->space);
  free(s);
}

/* One to four names without prefix, joined by '/'. */
static bool soap__is_path(const char *path) {
  char name[128];
  unsigned steps = 0;
  for (const char *s = path; s; steps++) {
    size_t n = strcspn(s, "/");
    if (n == 0 || n >= sizeof name) return false;
    memcpy(name, s, n);
    name[n] = 0;
    if (xmlValidateNCName((const xmlChar *)name, 0) != 0) return false;
    s = s[n] ? s + n + 1 : NULL;
  }
  return steps <= EXCHANGE_SOAP_STEPS;
}

static ans_status soap__field(json_t *o, exchange__soap_field *f, ans_error *err) {
  static const char *const allowed[] = {"element", "value", "text", NULL};
  static const char *const values[] = {[SOAP_IDNR] = "idnr", [SOAP_LEGAL_BASIS] = "legal_basis", [SOAP_PURPOSE] = "purpose", [SOAP_CASE] = "case", [SOAP_FIELDS] = "fields", [SOAP_KEY] = "idempotency_key"};
  ans_status status = config__fields(o, allowed, "soap.request", err);
  if (status == ANS_OK) status = config__text(o, "element", true, &f->element, err);
  if (status == ANS_OK) status = config__text(o, "text", false, &f->text, err);
  if (status != ANS_OK) return status;
  if (!soap__is_path(f->element)) return config__bad("soap.request.element", "kein Elementname / no element name", err);
  const char *value = json_string_value(json_object_get(o, "value"));
  f->value = SOAP_TEXT;
  for (unsigned i = SOAP_IDNR; value && i <= SOAP_KEY; i++)
    if (strcmp(values[i], value) == 0) f->value = (exchange__soap_value)i;
  if ((f->value == SOAP_TEXT) != (f->text != NULL) || (json_object_get(o, "value") && f->text)) return config__bad("soap.request", "value: idnr, legal_basis, purpose, case, fields, idempotency_key; oder/or text", err);
  return f->text && !ans_utf8_printable(f->text, strlen(f->text)) ? config__bad("soap.request.text", "nicht druckbar / not printable", err) : ANS_OK;
}

static ans_status soap__fields(json_t *list, exchange__soap *s, ans_error *err) {
  size_t n = json_array_size(list), persons = 0;
  if (!json_is_array(list) || n == 0 || n > EXCHANGE_SOAP_FIELDS) return config__bad("soap.request", "1 … 32", err);
  s->fields = calloc(n, sizeof *s->fields);
  if (!s->fields) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (size_t i = 0; i < n; i++) {
    s->field_count = i + 1;
    ans_status status = soap__field(json_array_get(list, i), &s->fields[i], err);
    if (status != ANS_OK) return status;
    persons += s->fields[i].value == SOAP_IDNR;
  }
  return persons == 1 ? ANS_OK : config__bad("soap.request", "genau ein Element mit value idnr / exactly one element with value idnr", err);
}

ans_status config__protocol(json_t *o, exchange__register *r, ans_error *err) {
  static const char *const allowed[] = {"namespace", "action", "qualified", "unwrap", "repeatable", "request", NULL};
  const char *protocol = json_string_value(json_object_get(o, "protocol"));
  json_t *soap = json_object_get(o, "soap");
  bool rest = !json_object_get(o, "protocol") || (protocol && strcmp(protocol, "rest") == 0), regrep = protocol && strcmp(protocol, "regrep") == 0;
  if (!rest && !regrep && (!protocol || strcmp(protocol, "soap") != 0)) return config__bad("protocol", "rest, soap, regrep", err);
  if (!regrep && json_object_get(o, "regrep")) return config__bad("protocol", "regrep: nur mit/only with \"protocol\": \"regrep\"", err);
  if (regrep && (soap || json_object_get(o, "service_version"))) return config__bad("protocol", "soap, service_version: nur mit/only with \"protocol\": \"soap\"", err);
  if (regrep) return config__regrep(o, r, err);
  if (rest) return soap || json_object_get(o, "service_version") ? config__bad("protocol", "soap, service_version: nur mit/only with \"protocol\": \"soap\"", err) : ANS_OK;
  /* The built-in adapters read JSON; what a SOAP answer says is read by a mapping. */
  if (!r->mapping || !r->mapping->xml) return config__bad("protocol", "soap: braucht eine Abbildung mit media xml / needs a mapping with media xml", err);
  r->soap = calloc(1, sizeof *r->soap);
  if (!r->soap) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  ans_status status = config__fields(soap, allowed, "soap", err);
  if (status == ANS_OK) status = config__text(o, "service_version", false, &r->soap->version, err);
  if (status == ANS_OK) status = config__text(soap, "namespace", true, &r->soap->space, err);
  if (status == ANS_OK) status = config__text(soap, "action", false, &r->soap->action, err);
  for (const char *a = r->soap->action; a && *a; a++)
    if (a - r->soap->action > 200 || *a <= 0x20 || *a > 0x7e || *a == '"') status = config__bad("soap.action", "druckbares ASCII ohne Leerzeichen / printable ASCII without blanks", err);
  if (status == ANS_OK) status = config__flag(soap, "qualified", &r->soap->qualified, err);
  if (status == ANS_OK) status = config__flag(soap, "unwrap", &r->soap->unwrap, err);
  if (status == ANS_OK) status = config__flag(soap, "repeatable", &r->soap->repeatable, err);
  if (status == ANS_OK) status = soap__fields(json_object_get(soap, "request"), r->soap, err);
  const char *code = strrchr(r->service_id, '/');
  if (status == ANS_OK && (!code || xmlValidateNCName((const xmlChar *)(code + 1), 0) != 0)) status = config__bad("service_id", "Dienst ist kein Elementname / service is no element name", err);
  if (status == ANS_OK && r->soap->version && !exchange__is_identifier(r->soap->version, 1)) status = config__bad("service_version", "v1", err);
  return status;
}
