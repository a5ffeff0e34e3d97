/* libFuzzer target: what comes back from a SOAP register or from a connection node. The first byte chooses: bit 0 status 500 instead of 200, bit 1 the RegRep carrier instead of SOAP, bit 2
 * reads the rest as a RegRep query. Data is only what repeats the id that was sent; every refusal says why in printable text; a RegRep document that is read comes back from its written form. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "exchange/regrep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "00000000-0000-4000-8000-000000000001"
#define S(text) ((char[]){text})

static void query(const char *bytes, size_t size) {
  exchange__query q, back;
  char *written = NULL;
  size_t n = 0;
  const char *why = exchange__query_read(bytes, size, &q);
  if (why) {
    if (!*why) abort();
    return;
  }
  if (!exchange__query_write(&q, &written, &n)) {
    if (ans_utf8_printable(q.purpose, strlen(q.purpose)) && ans_utf8_printable(q.legal_basis, strlen(q.legal_basis)) && ans_utf8_printable(q.case_id, strlen(q.case_id)) && ans_utf8_printable(q.requirement, strlen(q.requirement)) &&
        ans_utf8_printable(q.requester, strlen(q.requester)) && ans_utf8_printable(q.provider, strlen(q.provider)) && ans_utf8_printable(q.specification, strlen(q.specification)) && ans_utf8_printable(q.issued, strlen(q.issued)))
      abort(); /* only a text that is not printable (line breaks in a slot) cannot be written again */
    return;
  }
  if (exchange__query_read(written, n, &back) || strcmp(q.person, back.person) != 0 || strcmp(q.purpose, back.purpose) != 0 || strcmp(q.id, back.id) != 0 || strcmp(q.legal_basis, back.legal_basis) != 0 || q.idnr_used != back.idnr_used) abort();
  free(written);
}

static bool contains(const char *bytes, size_t size, const char *text) { return memmem(bytes, size, text, strlen(text)) != NULL; }

static exchange__soap_field fields[] = {{S("idnr"), NULL, SOAP_IDNR}};
static exchange__soap soap = {.version = S("v1"), .space = S("urn:x"), .qualified = true, .unwrap = true, .fields = fields, .field_count = 1};
static exchange__regrep regrep = {.path = S("/n"), .requirement = S("urn:x")};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  exchange__register reg = {.register_name = S("disability"), .service_id = S("TH/GOV/VERSORGUNG/disability/person"), .source = S("Amt"), .legal_basis = S("§ 33 Abs. 2 WoGG"), .purpose = S("Prüfung")};
  ans_xroad_config config = {.server_url = S("http://127.0.0.1/"), .client_id = S("TH/GOV/WOGEB/anspruch"), .user_id = S("DEanspruch")};
  if (size < 1) return 0;
  bool as_regrep = data[0] & 2;
  const char *bytes = (const char *)data + 1;
  if (data[0] & 4) {
    query(bytes, size - 1);
    return 0;
  }
  reg.soap = as_regrep ? NULL : &soap;
  reg.regrep = as_regrep ? &regrep : NULL;
  exchange__headers h = {.content_types = 1};
  exchange__request r = {.reg = &reg, .request_id = ID, .subject_key = "13562800019", .case_id = "WG-1", .idempotency_key = "k", .http_status = data[0] & 1 ? 500 : 200, .attempts = 1, .size = size - 1};
  snprintf(h.content_type, sizeof h.content_type, "%s", as_regrep ? "application/x-ebrs+xml" : "text/xml; charset=utf-8");
  r.body = malloc(size);
  if (!r.body) return 0;
  memcpy(r.body, bytes, size - 1);
  exchange__check_answer(&config, &r, &h);
  if (r.outcome == ANS_X_OK && (!r.document.root || r.http_status != 200 || !contains(bytes, size - 1, "00000000"))) abort();
  if (r.outcome != ANS_X_OK && r.outcome != ANS_X_NO_DATA && !r.detail[0]) abort();
  if (!ans_utf8_valid(r.detail, strlen(r.detail))) abort();
  exchange__reply reply, back;
  char *written = NULL;
  size_t n = 0;
  if (as_regrep && r.document.xml && !exchange__reply_read(&r.document, &reply) && exchange__reply_write(&reply, &written, &n)) {
    exchange__document d = {0};
    if (exchange__parse_xml(written, n, &d) == NULL && (exchange__reply_read(&d, &back) || strcmp(reply.id, back.id) != 0 || reply.success != back.success || strcmp(reply.exception, back.exception) != 0)) abort();
    exchange__document_dispose(&d);
    free(written);
  }
  exchange__request_dispose(&r);
  return 0;
}
