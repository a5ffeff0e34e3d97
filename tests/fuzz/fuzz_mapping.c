/* libFuzzer target: a register mapping and an answer through it. The input is a mapping, a line "---" and an answer; without that line it is an answer to a mapping
 * of this file (XML if it begins with '<', else JSON). Whatever is accepted must plan well-formed assertions, no day twice, and the same answer applied again must
 * write nothing. Every refusal names its place. The store is in memory, and each input is rolled back. */
#include <stdint.h>
#include "../unit/mapping_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENVELOPE "\"register\":\"/register\",\"subject\":\"/idnr\",\"as_of\":\"/as_of\",\"record\":\"/record\",\"coverage\":{\"from\":\"/record/from\"}}"
#define FACTS(list, kind, from, to, amount, child)                                                                                                                          \
  "\"code_lists\":{\"s\":{\"uri\":\"u\",\"version\":\"1\",\"values\":{\"1\":\"eins\",\"2\":\"zwei\"}}},\"facts\":["                                                          \
  "{\"unit\":\"Person\",\"fact\":\"Pflege\",\"row\":\"person\",\"entries\":\"" list "\",\"only\":{\"path\":\"" kind "\",\"in\":[\"1\"],\"not\":[\"2\"]},\"value\":{\"kind\":\"constant\",\"value\":true},\"valid\":{\"from\":\"" from "\",\"to\":\"" to "\"},\"absent\":{\"value\":false},\"overlap\":\"any\"}," \
  "{\"unit\":\"Person\",\"fact\":\"Stufe\",\"row\":\"person\",\"entries\":\"" list "\",\"value\":{\"kind\":\"code\",\"path\":\"" kind "\",\"list\":\"s\"},\"valid\":{\"from\":\"" from "\",\"to\":\"" to "\"},\"absent\":\"not_applicable\",\"overlap\":\"single\"}," \
  "{\"unit\":\"Person\",\"fact\":\"Lohn\",\"row\":\"person\",\"entries\":\"" list "\",\"value\":{\"kind\":\"money\",\"path\":\"" amount "\",\"per\":\"month\"},\"valid\":{\"from\":\"" from "\",\"to\":\"" to "\"},\"absent\":\"unknown\",\"overlap\":\"sum\"}," \
  "{\"unit\":\"Person\",\"fact\":\"Geburtsdatum\",\"row\":\"person\",\"value\":{\"kind\":\"date\",\"path\":\"" from "\"},\"absent\":\"unknown\"},"                            \
  "{\"unit\":\"Mitglied\",\"fact\":\"Rente\",\"row\":{\"refers\":\"Person\"},\"entries\":\"" list "\",\"value\":{\"kind\":\"money\",\"path\":\"" amount "\",\"per\":\"month\"},\"valid\":{\"from\":\"" from "\"},\"at\":\"as_of\",\"absent\":{\"value\":\"0.00\"},\"overlap\":\"sum\"}," \
  "{\"unit\":\"Sache\",\"fact\":\"Unterhalt\",\"row\":{\"key\":[{\"path\":\"" child "\"},{\"person\":true}],\"references\":{\"Kind\":[0],\"Elternteil\":[1]},\"create\":true},\"entries\":\"" list "\",\"value\":{\"kind\":\"money\",\"path\":\"" amount "\",\"per\":\"month\"},\"absent\":\"unknown\",\"overlap\":\"single\"}]}"

static const char JSON[] = "{\"format\":\"anspruch-mapping/1\",\"register\":\"amt\",\"media\":\"json\",\"answer\":{\"status\":{\"path\":\"/status\",\"found\":\"found\",\"no_data\":\"none\"}," ENVELOPE ","
                           FACTS("/record/list", "/kind", "/from", "/to", "/amount", "/child");
static const char XML[] = "{\"format\":\"anspruch-mapping/1\",\"register\":\"amt\",\"media\":\"xml\",\"namespaces\":{\"a\":\"u\"},\"answer\":{\"status\":{\"path\":\"/a:x/a:status\",\"found\":\"found\",\"no_data\":\"none\"},"
                          "\"register\":\"/a:x/@register\",\"subject\":\"/a:x/a:idnr\",\"as_of\":\"/a:x/a:as_of\",\"record\":\"/a:x/a:record\",\"coverage\":{\"from\":\"/a:x/a:record/a:from\"}},"
                          FACTS("/a:x/a:record/a:list", "@kind", "a:from", "a:to", "a:amount", "a:child");
static const char PERSON[] = "13562800019";

static ans_store *store(const ans_program *p) {
  static ans_store *s; /* made once, kept for the life of the process */
  ans_error err = {0};
  int64_t member = 0, person = 0;
  if (s) return s;
  (void)p;
  if (ans_store_open(":memory:", ANS_STORE_CREATE, &s, &err) != ANS_OK || ans_store_begin(s, &err) != ANS_OK || ans_store_subject(s, "Mitglied", "H/13562800019", true, &member, &err) != ANS_OK ||
      ans_store_subject(s, "Person", PERSON, true, &person, &err) != ANS_OK)
    abort();
  ans_assertion a = {.subject = member, .fact = "Person", .source = "Antrag", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = person};
  if (ans_store_put_assertion(s, &a, NULL, &err) != ANS_OK || ans_store_commit(s, &err) != ANS_OK) abort();
  return s;
}

static void check_plan(const exchange__adapter *a) {
  for (size_t i = 0; i < a->count; i++) {
    const ans_assertion *x = &a->planned[i].a;
    if (x->from_day > x->to_day || x->subject <= 0) abort();
    if (x->state == ANS_UNKNOWN ? !x->text || !*x->text : x->state != ANS_VALUE && x->state != ANS_NOT_APPLICABLE) abort();
    if (x->state == ANS_VALUE && x->kind == ANS_V_TEXT && (!x->text || !*x->text)) abort();
    for (size_t k = 0; k < i && a->count < 400; k++) {
      const ans_assertion *y = &a->planned[k].a;
      if (y->subject == x->subject && strcmp(y->fact, x->fact) == 0 && y->from_day <= x->to_day && x->from_day <= y->to_day) abort();
    }
  }
}

/* Twice: the second time nothing may be new. Then the register falls silent. */
static void apply(exchange__adapter *a, const exchange__document *d) {
  ans_error err = {0};
  for (int pass = 0; pass < 2; pass++) {
    a->report->assertions = 0;
    if (exchange__read_answer(a, NULL, d, &err) != ANS_OK || a->failed_memory) abort();
    if (a->invalid) break;
    check_plan(a);
    if (exchange__write_answer(a, 0, &err) != ANS_OK || (pass == 1 && a->report->assertions != 0)) abort();
  }
  if (a->invalid && !*a->invalid) abort();
  if (exchange__apply_unknown(a, NULL, "Grund", false, &err) != ANS_OK) abort();
}

static void answer(const ans_program *p, const exchange__mapping *m, const char *bytes, size_t size) {
  exchange__register reg = {.register_name = (char[]){"amt"}, .service_id = (char[]){"A/B/C/D/E"}, .source = (char[]){"Amt"}, .mapping = (exchange__mapping *)(uintptr_t)m};
  ans_fetch_report report = {0};
  exchange__document d = {0};
  ans_error err = {0};
  ans_store *s = store(p);
  exchange__adapter a = {.store = s, .program = p, .reg = &reg, .report = &report, .idnr = PERSON, .now = 1000};
  if (exchange__mapping_bind(m, p, &reg, &err) != ANS_OK) {
    if (!err.code || !err.where[0]) abort();
    return;
  }
  if (m->xml) {
    if (exchange__parse_xml(bytes, size, &d)) return;
  } else if (!(d.json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL))) {
    return;
  }
  (void)exchange__mapping_no_data(m, &d);
  if (ans_store_begin(s, &err) != ANS_OK || ans_store_subject(s, "Person", PERSON, true, &a.person, &err) != ANS_OK) abort();
  apply(&a, &d);
  ans_store_rollback(s);
  exchange__adapter_dispose(&a);
  exchange__document_dispose(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static ans_program *program;
  const char *text = (const char *)data, *cut = size ? memmem(data, size, "\n---\n", 5) : NULL;
  exchange__mapping *m = NULL;
  ans_error err = {0};
  if (!program) program = fixture_program();
  const char *mapping = cut ? text : size && *text == '<' ? XML : JSON;
  size_t length = cut ? (size_t)(cut - text) : strlen(mapping);
  if (exchange__mapping_parse("fuzz.json", mapping, length, &m, &err) != ANS_OK) {
    if (!cut || !err.code || !err.where[0]) abort();
    return 0;
  }
  size_t skip = cut ? length + 5 : 0;
  answer(program, m, text + skip, size - skip);
  exchange__mapping_free(m);
  return 0;
}
