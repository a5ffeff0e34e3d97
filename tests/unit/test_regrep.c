/* Unit tests of the draft for NOOTS: evidence request and answer as RegRep documents, and what an answer is worth to the transport. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "exchange/mapping.h"
#include "exchange/regrep.h"
#include "exchange/xml.h"

#define ID "00000000-0000-4000-8000-000000000001"
#define S(text) ((char[]){text})

static exchange__query query(void) {
  return (exchange__query){.id = ID, .issued = "2026-11-22T08:00:00Z", .specification = REGREP_SPECIFICATION, .requirement = "urn:x:nachweis:gdb", .requester = "TH/GOV/WOGEB/anspruch", .provider = "TH/GOV/VERSORGUNG/disability/person",
                           .purpose = "Prüfung <Wohngeld> & \"mehr\"", .legal_basis = "§ 33 Abs. 2 WoGG", .case_id = "WG-1", .person = "13562800019", .idnr_used = true};
}

static char *written(const exchange__query *q) {
  static char text[8192];
  char *bytes = NULL;
  size_t n = 0;
  cr_assert(exchange__query_write(q, &bytes, &n));
  cr_assert_lt(n, sizeof text);
  memcpy(text, bytes, n);
  text[n] = 0;
  free(bytes);
  return text;
}

Test(regrep, what_is_written_is_read) {
  exchange__query q = query(), back;
  char *text = written(&q);
  cr_assert_null(exchange__query_read(text, strlen(text), &back));
  cr_assert_eq(memcmp(&q, &back, sizeof q), 0);
  q.idnr_used = false;
  text = written(&q);
  cr_assert_null(exchange__query_read(text, strlen(text), &back));
  cr_assert_not(back.idnr_used);
  snprintf(q.purpose, sizeof q.purpose, "a\x01");
  char *bytes = NULL;
  size_t n = 0;
  cr_assert_not(exchange__query_write(&q, &bytes, &n), "a control character cannot be in XML");
}

/* Takes out the part from `from` to the end of the next `to` behind it. */
static void cut(char *text, const char *from, const char *to) {
  char *a = strstr(text, from), *b = a ? strstr(a + strlen(from), to) : NULL;
  cr_assert(a && b, "%s", from);
  memmove(a, b + strlen(to), strlen(b + strlen(to)) + 1);
}

Test(regrep, every_part_of_a_query_must_be_there_once_and_of_its_type) {
  static const char *const slots[] = {"SpecificationIdentifier", "EvidenceRequester", "EvidenceProvider", "IssueDateTime", "Requirement", "Purpose", "LegalBasis", "CaseIdentifier", "IdentificationNumberUsed", "NaturalPerson"};
  exchange__query q = query(), back;
  for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
    char from[96], text[8192], twice[16384];
    snprintf(from, sizeof from, "<rim:Slot name=\"%s\">", slots[i]);
    snprintf(text, sizeof text, "%s", written(&q));
    char *at = strstr(text, from), *end = strstr(at, "</rim:Slot>") + strlen("</rim:Slot>");
    snprintf(twice, sizeof twice, "%.*s%.*s%s", (int)(end - text), text, (int)(end - at), at, end);
    cr_expect_str_eq(exchange__query_read(twice, strlen(twice), &back), slots[i], "twice");
    cut(text, from, "</rim:Slot>");
    cr_expect_str_eq(exchange__query_read(text, strlen(text), &back), slots[i], "missing");
    snprintf(text, sizeof text, "%s", written(&q));
    at = strstr(strstr(text, from), "xsi:type=\"rim:");
    memcpy(at + strlen("xsi:type=\""), "rom", 3);
    cr_expect_str_eq(exchange__query_read(text, strlen(text), &back), slots[i], "another type");
  }
  char text[8192];
  snprintf(text, sizeof text, "%s", written(&q));
  cut(text, " id=\"", "\"");
  cr_expect_str_eq(exchange__query_read(text, strlen(text), &back), "id");
  cr_expect_not_null(exchange__query_read("<!DOCTYPE a><a/>", 16, &back));
  cr_expect_str_eq(exchange__query_read("<a/>", 4, &back), "QueryRequest");
}

/* --- answers -------------------------------------------------------------------------------------------------------------------------------- */
static exchange__regrep parts = {.path = S("/nachweise"), .requirement = S("urn:x:nachweis:gdb")};
static exchange__register reg = {.register_name = S("disability"), .service_id = S("TH/GOV/VERSORGUNG/disability/person"), .regrep = &parts, .source = S("Versorgungsamt"), .legal_basis = S("§ 33 Abs. 2 WoGG"), .purpose = S("Prüfung Wohngeld")};
static ans_xroad_config config = {.server_url = S("http://127.0.0.1:1/"), .client_id = S("TH/GOV/WOGEB/anspruch")};

static exchange__reply reply(void) { return (exchange__reply){.id = ID, .specification = REGREP_SPECIFICATION, .requester = "TH/GOV/WOGEB/anspruch", .provider = "TH/GOV/VERSORGUNG/disability/person", .success = true}; }

/* The class of an answer; `from` to `to` is cut out of it if from is given. */
static ans_exchange_class judged(exchange__reply a, const char *from, const char *to, char detail[192]) {
  exchange__headers h = {.content_types = 1, .content_type = "application/x-ebrs+xml"};
  exchange__request r = {.reg = &reg, .request_id = ID, .subject_key = "13562800019", .case_id = "WG-1", .http_status = 200};
  xmlDoc *doc = xmlReadMemory("<e:auskunft xmlns:e='urn:e'><e:grad>50</e:grad></e:auskunft>", 60, NULL, NULL, 0);
  char *bytes = NULL;
  a.evidence = xmlDocGetRootElement(doc);
  cr_assert(exchange__reply_write(&a, &bytes, &r.size));
  xmlFreeDoc(doc);
  r.body = malloc(r.size + 1);
  memcpy(r.body, bytes, r.size);
  r.body[r.size] = 0;
  free(bytes);
  if (from) cut(r.body, from, to);
  r.size = strlen(r.body);
  exchange__check_answer(&config, &r, &h);
  ans_exchange_class outcome = r.outcome;
  if (outcome == ANS_X_OK) cr_assert(exchange__xml_is(r.document.root, "urn:e", "auskunft"));
  snprintf(detail, 192, "%s", r.detail);
  exchange__request_dispose(&r);
  return outcome;
}

Test(regrep, answers) {
  char why[192];
  cr_assert_eq(judged(reply(), NULL, NULL, why), ANS_X_OK, "%s", why);
  exchange__reply a = reply();
  a.id[0] = '1';
  cr_expect_eq(judged(a, NULL, NULL, why), ANS_X_SECURITY);
  a = reply();
  snprintf(a.requester, sizeof a.requester, "TH/GOV/X/y");
  cr_expect_eq(judged(a, NULL, NULL, why), ANS_X_SECURITY);
  a = reply();
  snprintf(a.provider, sizeof a.provider, "TH/GOV/X/y/z");
  cr_expect_eq(judged(a, NULL, NULL, why), ANS_X_SECURITY);
  a = reply();
  snprintf(a.specification, sizeof a.specification, "other");
  cr_expect_eq(judged(a, NULL, NULL, why), ANS_X_INVALID);
  static const struct { const char *type; ans_exchange_class class; } types[] = {{"ObjectNotFoundExceptionType", ANS_X_NO_DATA}, {"AuthorizationExceptionType", ANS_X_DENIED}, {"TimeoutExceptionType", ANS_X_RETRY},
                                                                                {"InvalidRequestExceptionType", ANS_X_OUR_FAULT}, {"SomethingNewExceptionType", ANS_X_PROVIDER}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    a = reply();
    a.success = false;
    snprintf(a.exception, sizeof a.exception, "%s", types[i].type);
    snprintf(a.message, sizeof a.message, "nothing");
    cr_expect_eq(judged(a, NULL, NULL, why), types[i].class, "%s: %s", types[i].type, why);
    cr_expect_eq(judged(a, "<rs:Exception", "/>", why), ANS_X_INVALID);
  }
  static const char *const cuts[][2] = {{"<rim:RegistryObjectList>", "</rim:RegistryObjectList>"}, {" requestId=\"", "\""}, {" status=\"", "\""}, {"<rim:Slot name=\"EvidenceProvider\">", "</rim:Slot>"}, {"<e:auskunft", "</e:auskunft>"}, {":Success", ""}};
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) cr_expect_eq(judged(reply(), cuts[i][0], cuts[i][1], why), ANS_X_INVALID, "%s: %s", cuts[i][0], why);
}

Test(regrep, the_carrier_sends_the_policy) {
  exchange__request r = {.reg = &reg, .request_id = ID, .subject_key = "13562800019", .case_id = "WG-1", .idnr_used = true};
  exchange__sending s = {0};
  exchange__query q;
  const exchange__carrier *c = exchange__carrier_of(&reg);
  cr_assert(c->form(&config, &r, &s));
  cr_assert_str_eq(s.url, "http://127.0.0.1:1/nachweise");
  cr_assert_null(exchange__query_read(s.body, s.size, &q));
  cr_assert_str_eq(q.id, ID);
  cr_assert_str_eq(q.legal_basis, "§ 33 Abs. 2 WoGG");
  cr_assert_str_eq(q.purpose, "Prüfung Wohngeld");
  cr_assert_str_eq(q.person, "13562800019");
  cr_assert_str_eq(q.case_id, "WG-1");
  cr_assert(q.idnr_used);
  cr_assert(c->repeatable(&r));
  exchange__sending_dispose(&s);
  r.subject_key[0] = 0;
  cr_assert_not(c->form(&config, &r, &s), "nobody to ask about");
  exchange__sending_dispose(&s);
}
