/* Unit tests of engine/facts: resolution of sources, timelines, components, refused cases, provenance, import of the case file. */
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include "facts/facts.h"
#include "facts/internal.h"
#include "num/calendar.h"
#include "scratch.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;
static ans_store *store;
static ans_program *program;

enum { PERSON = 1, PAIR = 2, HOUSEHOLD = 3, EARNING = 4 };
enum { F_BORN, F_HOME, F_TRAINING, F_INCOME, F_MOTHER, F_WHO, F_CHILD, F_KIND, F_TAKEN, F_APPLIED, F_PARTNER, F_GIVEN, F_AMOUNT, F_TOWN, F_TOWN_OVER, F_MARKS, F_HEAD, F_RENT, F_LEFT, F_OF, F_SUM };

static void add_fact(ans_builder *b, const char *name, uint32_t unit, ans_type t, uint8_t kind, uint8_t nature, const ans_source_rank *sources, uint32_t n) {
  cr_assert_neq(ans_builder_fact(b, &(ans_fact){.name = name, .label = "", .unit = unit, .type = t, .kind = kind, .nature = nature, .provision = ANS_NONE}, sources, n), ANS_NONE);
}

static void build_program(void) {
  ans_builder *b = ans_builder_new();
  ans_type date = {.tag = ANS_T_DATE}, truth = {.tag = ANS_T_BOOL}, person = {.tag = ANS_T_REF, .ref = PERSON}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH};
  ans_type place = {.tag = ANS_T_ENUM, .ref = 0}, kind = {.tag = ANS_T_ENUM, .ref = 1};
  const ans_source_rank ordered[] = {{"Standesamt", 0}, {"Melderegister", 1}, {"Antrag", 2}}, equal[] = {{"A", 0}, {"B", 0}, {"Antrag", 1}};
  ans_builder_header(b, "test/facts", "1", "Test", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Kindschaft", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Haushalt", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Einnahme", "", ANS_NONE});
  ans_builder_enum(b, "Ort", (const char *[]){"Inland", "EU_EWR", "Drittstaat"}, 3);
  ans_builder_enum(b, "Kindart", (const char *[]){"leiblich", "angenommen"}, 2);
  add_fact(b, "Geburtsdatum", PERSON, date, ANS_FACT_SCALAR, 0, ordered, 3);
  add_fact(b, "Wohnsitz", PERSON, place, ANS_FACT_TIMELINE, 0, equal, 3);
  add_fact(b, "Ausbildung", PERSON, truth, ANS_FACT_TIMELINE, 0, ordered, 3);
  add_fact(b, "Einkommen", PERSON, money, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Elternteil_1", PERSON, person, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Berechtigter", PAIR, person, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Kind", PAIR, person, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Art", PAIR, kind, ANS_FACT_SCALAR, 0, ordered, 3);
  add_fact(b, "Haushaltsaufnahme", PAIR, truth, ANS_FACT_TIMELINE, ANS_NATURE_BEURTEILUNG, (const ans_source_rank[]){{"Fallakte", 0}, {"Antrag", 1}}, 2);
  add_fact(b, "Antragseingang", PAIR, date, ANS_FACT_SCALAR, 0, (const ans_source_rank[]){{"Antrag", 0}}, 1);
  add_fact(b, "Partner", PERSON, person, ANS_FACT_TIMELINE, 0, NULL, 0);
  add_fact(b, "Anspruch_gegeben", PAIR, truth, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Betrag_gegeben", PAIR, money, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Wohnort", PERSON, (ans_type){.tag = ANS_T_TEXT}, ANS_FACT_SCALAR, 0, equal, 3);
  add_fact(b, "Gemeinde", PERSON, (ans_type){.tag = ANS_T_TEXT}, ANS_FACT_TIMELINE, 0, equal, 3);
  add_fact(b, "Arten", PERSON, (ans_type){.tag = ANS_T_LIST, .ref = 1}, ANS_FACT_SCALAR, 0, equal, 3);
  add_fact(b, "Berechtigter", HOUSEHOLD, person, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Miete", HOUSEHOLD, money, ANS_FACT_SCALAR, 0, (const ans_source_rank[]){{"Fallakte", 0}, {"Antrag", 1}}, 2);
  add_fact(b, "Auszug", HOUSEHOLD, date, ANS_FACT_SCALAR, 0, (const ans_source_rank[]){{"Fallakte", 0}, {"Antrag", 1}}, 2);
  add_fact(b, "Haushalt", EARNING, (ans_type){.tag = ANS_T_REF, .ref = HOUSEHOLD}, ANS_FACT_SCALAR, 0, NULL, 0);
  add_fact(b, "Betrag", EARNING, money, ANS_FACT_SCALAR, 0, ordered, 3);
  ans_builder_predicate(b, F_TOWN, ANS_PREDICATE_ONE_OF, (const char *const[]){"K\xc3\xb6ln"}, 1);
  uint32_t in = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PAIR, .type = truth, .a = F_GIVEN});
  uint32_t amount = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PAIR, .type = money, .a = F_AMOUNT});
  uint32_t r1 = ans_builder_result(b, &(ans_result){"Anspruch", "", PAIR, truth, in, ANS_NONE}), r2 = ans_builder_result(b, &(ans_result){"Betrag", "", PAIR, money, amount, ANS_NONE});
  ans_builder_benefit(b, &(ans_benefit){.name = "Kindergeld", .unit = PAIR, .entitled_result = r1, .amount_result = r2, .payout_result = ANS_NONE, .recipient_fact = F_WHO, .subject_fact = F_CHILD, .regime_provision = ANS_NONE, .application_provision = ANS_NONE});
  OK(ans_builder_freeze(b, &program, &err));
  ans_builder_free(b);
}

static void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  build_program();
}
static void end(void) {
  ans_store_close(store);
  ans_program_free(program);
  scratch_end();
}
TestSuite(facts, .init = begin, .fini = end);

/* --- helpers -------------------------------------------------------------------------------------------------------------------------- */
static int64_t person(const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(store, "Person", key, true, &id, &err));
  return id;
}
static int64_t pair(const char *who, const char *child) {
  int64_t id = 0;
  OK(ans_fact_pair(store, who, child, &id, &err));
  return id;
}
static void put(ans_assertion a) {
  if (!a.from_day && !a.to_day) a.from_day = ANS_OPEN_PAST, a.to_day = ANS_OPEN_FUTURE;
  OK(ans_store_put_assertion(store, &a, NULL, &err));
}
static void put_int(int64_t subject, const char *fact, const char *source, int32_t from, int32_t to, int64_t v) { put((ans_assertion){.subject = subject, .fact = fact, .source = source, .from_day = from, .to_day = to, .kind = ANS_V_INT, .number = v}); }
static void put_text(int64_t subject, const char *fact, const char *source, int32_t from, int32_t to, const char *v) { put((ans_assertion){.subject = subject, .fact = fact, .source = source, .from_day = from, .to_day = to, .kind = ANS_V_TEXT, .text = v}); }
static void put_unknown(int64_t subject, const char *fact, const char *source, int32_t from, int32_t to, const char *why) { put((ans_assertion){.subject = subject, .fact = fact, .source = source, .from_day = from, .to_day = to, .state = ANS_UNKNOWN, .text = why}); }

typedef struct bad { int64_t claim[8]; char code[8][40]; size_t n; } bad;
static void on_bad(void *ctx, int64_t claim, const ans_error *why) {
  bad *b = ctx;
  b->claim[b->n] = claim;
  snprintf(b->code[b->n++], sizeof b->code[0], "%s", why->code);
}
static ans_fact_loader *loader;
static ans_columns *load(const int64_t *claims, uint32_t n, uint32_t *component, uint32_t *row, bad *refused, int64_t known_at) {
  ans_columns *c = NULL;
  ans_fact_loader_free(loader);
  OK(ans_fact_loader_new(store, program, known_at, &loader, &err));
  OK(ans_fact_loader_load(loader, PAIR, claims, n, &c, component, row, on_bad, refused, &err));
  return c;
}
/* Row of a name in a unit, UINT32_MAX if absent. */
static uint32_t row_of(const ans_columns *c, uint32_t unit, const char *id) {
  for (uint32_t i = 0; i < c->units[unit].rows; i++)
    if (strcmp(c->units[unit].ids[i], id) == 0) return i;
  return UINT32_MAX;
}
/* State × value of a timeline on a day. */
static ans_scalar on_day(const ans_columns *c, uint32_t fact, uint32_t row, int32_t day) {
  const ans_timeline *t = &c->timelines[fact];
  for (uint32_t i = t->offsets[row]; i < t->offsets[row + 1]; i++)
    if (t->items[i].from <= day && day <= t->items[i].to) return (ans_scalar){t->items[i].value, t->items[i].state};
  return (ans_scalar){0, ANS_UNKNOWN};
}
static ans_columns *load_one(int64_t claim) {
  uint32_t component, row;
  bad b = {.n = 0};
  ans_columns *c = load(&claim, 1, &component, &row, &b, INT64_MAX);
  cr_assert_eq(b.n, 0u, "%s", b.code[0]);
  cr_assert(component == 0 && row != UINT32_MAX);
  return c;
}

/* --- resolution -------------------------------------------------------------------------------------------------------------------------- */
Test(facts, precedence_contradiction_gap_and_undeclared_source) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("p", "k"), p = person("p"), k = person("k"), claim2 = pair("p", "k2"), k2 = person("k2"), k3 = person("k3"), claim3 = pair("p", "k3");
  put_int(p, "Geburtsdatum", "Melderegister", 0, 0, 7300);
  put_int(p, "Geburtsdatum", "Standesamt", 0, 0, 7301);                    /* declared precedence */
  put_unknown(k, "Geburtsdatum", "Standesamt", 0, 0, "nur teilweise bekannt");
  put_int(k, "Geburtsdatum", "Antrag", 0, 0, 17000);                       /* lower, but has a value */
  put_int(k2, "Geburtsdatum", "Fremdregister", 0, 0, 17000);               /* a source the package does not accept */
  put_unknown(k3, "Geburtsdatum", "Melderegister", 0, 0, "keine Daten freigegeben");
  put_int(p, "Einkommen", "X", 0, 0, 100);                                 /* no source declared: equal rank */
  put_int(p, "Einkommen", "Y", 0, 0, 200);
  put_int(k, "Einkommen", "X", 0, 0, 100);
  put_int(k, "Einkommen", "Y", 0, 0, 100);                                 /* agreement is no contradiction */
  OK(ans_fact_awarded(store, claim2, &err)); /* an award without a known application */
  put_text(claim, "Art", "Melderegister", 0, 0, "leiblich");
  put_text(claim, "Art", "Standesamt", 0, 0, "angenommen");
  put_text(claim2, "Art", "Antrag", 0, 0, "leiblich");
  OK(ans_store_commit(store, &err));
  ans_columns *c = load_one(claim);
  cr_assert_eq(c->components, 1u);
  uint32_t rp = row_of(c, PERSON, "p"), rk = row_of(c, PERSON, "k"), r2 = row_of(c, PERSON, "k2"), r3 = row_of(c, PERSON, "k3"), q = row_of(c, PAIR, "p/k");
  ans_scalar v = ans_columns_get(c, F_BORN, rp);
  cr_assert(v.state == ANS_VALUE && v.v == 7301);
  v = ans_columns_get(c, F_BORN, rk);
  cr_assert(v.state == ANS_VALUE && v.v == 17000);
  cr_assert_eq(ans_columns_get(c, F_BORN, r2).state, ANS_UNKNOWN);
  cr_assert_eq(ans_columns_get(c, F_BORN, r3).state, ANS_UNKNOWN);
  cr_assert_eq(ans_columns_get(c, F_INCOME, rp).state, ANS_UNKNOWN);
  cr_assert_eq(ans_columns_get(c, F_INCOME, rk).v, 100);
  cr_assert_eq(ans_columns_get(c, F_APPLIED, q).state, ANS_NOT_APPLICABLE);
  v = ans_columns_get(c, F_KIND, q);
  cr_assert(v.state == ANS_VALUE && v.v == 1);
  ans_provenance x;
  OK(ans_fact_provenance(loader, F_BORN, "p", 0, &x, &err));
  cr_assert_str_eq(x.source, "Standesamt");
  cr_assert_str_eq(x.reason, "");
  OK(ans_fact_provenance(loader, F_BORN, "k3", 0, &x, &err));
  cr_assert_str_eq(x.reason, "keine Daten freigegeben");
  cr_assert_str_eq(x.source, "Melderegister");
  OK(ans_fact_provenance(loader, F_BORN, "k2", 0, &x, &err));
  cr_assert(strstr(x.reason, "Fremdregister"));
  OK(ans_fact_provenance(loader, F_INCOME, "p", 0, &x, &err));
  cr_assert(strstr(x.reason, "widersprüchlich") && strstr(x.reason, "X") && strstr(x.reason, "Y"));
  OK(ans_fact_provenance(loader, F_APPLIED, "p/k2", 0, &x, &err));
  cr_assert_str_eq(x.reason, "nicht geliefert (vorgesehen: Antrag)");
  cr_assert_eq(ans_fact_provenance(loader, F_BORN, "niemand", 0, &x, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-FACT-UNKNOWN");
  (void)claim3;
  ans_columns_free(c);
}

Test(facts, higher_source_settles_a_contradiction_below) {
  const facts__claim x[] = {{.from = 0, .to = 9, .value = 1, .rank = 1, .source = "A"}, {.from = 0, .to = 9, .value = 2, .rank = 1, .source = "B"}, {.from = 5, .to = 9, .value = 3, .rank = 0, .source = "C"}};
  cr_assert_eq(facts__resolve(x, 3, 4).outcome, FACTS_CONTRADICTORY);
  cr_assert(facts__resolve(x, 3, 5).outcome == FACTS_KNOWN && facts__resolve(x, 3, 5).winner == 2);
  cr_assert_eq(facts__resolve(x, 3, 10).outcome, FACTS_MISSING);
  /* Value against "not applicable" of equal rank is a contradiction too. */
  const facts__claim y[] = {{.from = 0, .to = 9, .rank = 0, .state = ANS_NOT_APPLICABLE}, {.from = 0, .to = 9, .rank = 0, .state = ANS_VALUE}};
  cr_assert_eq(facts__resolve(y, 2, 0).outcome, FACTS_CONTRADICTORY);
}

Test(facts, timelines_are_merged_per_day) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("p", "k"), k = person("k"), p = person("p");
  /* Complete register: explicit false and true; application beside it. */
  put_int(k, "Ausbildung", "Melderegister", 0, 99, 0);
  put_int(k, "Ausbildung", "Melderegister", 100, 199, 1);
  put_int(k, "Ausbildung", "Melderegister", 200, 299, 0);
  put_int(k, "Ausbildung", "Antrag", 50, 400, 1);
  put_unknown(k, "Ausbildung", "Standesamt", 150, 160, "?");               /* higher, but says nothing */
  put_text(k, "Wohnsitz", "A", -100, 100, "Inland");
  put_text(k, "Wohnsitz", "B", 50, 150, "EU_EWR");                         /* equal rank: contradiction from 50 to 100 */
  put_text(k, "Wohnsitz", "Antrag", 60, 70, "Inland");                     /* lower rank does not settle it */
  put_int(claim, "Haushaltsaufnahme", "Fallakte", 10, 20, 1);
  put((ans_assertion){.subject = k, .fact = "Partner", .source = "X", .from_day = 5, .to_day = 9, .kind = ANS_V_SUBJECT, .number = p});
  OK(ans_store_commit(store, &err));
  ans_columns *c = load_one(claim);
  uint32_t r = row_of(c, PERSON, "k");
  const struct { int32_t day; uint8_t state; int64_t v; } training[] = {{-1, ANS_UNKNOWN, 0}, {0, ANS_VALUE, 0}, {99, ANS_VALUE, 0}, {100, ANS_VALUE, 1}, {155, ANS_VALUE, 1}, {199, ANS_VALUE, 1}, {200, ANS_VALUE, 0}, {299, ANS_VALUE, 0}, {300, ANS_VALUE, 1}, {400, ANS_VALUE, 1}, {401, ANS_UNKNOWN, 0}};
  for (size_t i = 0; i < sizeof training / sizeof *training; i++) {
    ans_scalar v = on_day(c, F_TRAINING, r, training[i].day);
    cr_assert(v.state == training[i].state && v.v == training[i].v, "day %d", training[i].day);
  }
  const struct { int32_t day; uint8_t state; int64_t v; } home[] = {{-101, ANS_UNKNOWN, 0}, {-100, ANS_VALUE, 0}, {49, ANS_VALUE, 0}, {50, ANS_UNKNOWN, 0}, {65, ANS_UNKNOWN, 0}, {100, ANS_UNKNOWN, 0}, {101, ANS_VALUE, 1}, {150, ANS_VALUE, 1}, {151, ANS_UNKNOWN, 0}};
  for (size_t i = 0; i < sizeof home / sizeof *home; i++) {
    ans_scalar v = on_day(c, F_HOME, r, home[i].day);
    cr_assert(v.state == home[i].state && v.v == home[i].v, "day %d", home[i].day);
  }
  /* Equal neighbours are one interval, whatever the sources' cuts: [0,99] [100,199] [200,299] [300,400]. */
  const ans_timeline *t = &c->timelines[F_TRAINING];
  cr_assert_eq(t->offsets[r + 1] - t->offsets[r], 4u);
  cr_assert_eq(on_day(c, F_PARTNER, r, 7).v, (int64_t)row_of(c, PERSON, "p"));
  ans_provenance x;
  OK(ans_fact_provenance(loader, F_TRAINING, "k", 350, &x, &err));
  cr_assert_str_eq(x.source, "Antrag");
  OK(ans_fact_provenance(loader, F_HOME, "k", 65, &x, &err));
  cr_assert(strstr(x.reason, "widersprüchlich"));
  ans_columns_free(c);
}

/* The sweep over cut points must give on every day what asking for that day alone gives. */
Test(facts, timeline_sweep_equals_day_by_day) {
  static const char *const sources[] = {"Standesamt", "Melderegister", "Antrag"};
  uint32_t seed = 12345;
  for (int round = 0; round < 60; round++) {
    char key[16];
    facts__claim claims[12];
    snprintf(key, sizeof key, "k%d", round);
    OK(ans_store_begin(store, &err));
    int64_t claim = pair("p", key), k = person(key);
    uint32_t n = 1 + (uint32_t)round % 12;
    for (uint32_t i = 0; i < n; i++) {
      uint32_t bits[5];
      for (int j = 0; j < 5; j++) bits[j] = (seed = seed * 1664525u + 1013904223u) >> 8;
      int32_t from = (int32_t)(bits[0] % 60), to = from + (int32_t)(bits[1] % 30);
      uint8_t state = bits[2] % 4 == 3 ? ANS_UNKNOWN : bits[2] % 4 == 2 ? ANS_NOT_APPLICABLE : ANS_VALUE;
      ans_assertion a = {.subject = k, .fact = "Ausbildung", .source = sources[bits[3] % 3], .from_day = from, .to_day = to + 1, .state = state, .kind = state == ANS_VALUE ? ANS_V_INT : ANS_V_NONE, .number = state == ANS_VALUE ? bits[4] % 2 : 0};
      put(a);
      claims[i] = (facts__claim){.from = from, .to = to + 1, .value = a.number, .rank = bits[3] % 3, .state = state};
    }
    OK(ans_store_commit(store, &err));
    ans_columns *c = load_one(claim);
    uint32_t r = row_of(c, PERSON, key);
    for (int32_t day = -3; day < 100; day++) {
      facts__resolved want = facts__resolve(claims, n, day);
      ans_scalar got = on_day(c, F_TRAINING, r, day);
      if (want.outcome == FACTS_KNOWN) cr_assert(got.state == claims[want.winner].state && got.v == claims[want.winner].value, "round %d day %d", round, day);
      else cr_assert_eq(got.state, ANS_UNKNOWN, "round %d day %d", round, day);
    }
    ans_columns_free(c);
  }
}

Test(facts, known_at_shows_what_was_known) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("p", "k"), k = person("k");
  put((ans_assertion){.subject = k, .fact = "Geburtsdatum", .source = "Melderegister", .kind = ANS_V_INT, .number = 100, .recorded_at = 1000});
  OK(ans_store_supersede(store, k, "Melderegister", NULL, 2000, &err));
  put((ans_assertion){.subject = k, .fact = "Geburtsdatum", .source = "Melderegister", .kind = ANS_V_INT, .number = 200, .recorded_at = 2000});
  OK(ans_store_commit(store, &err));
  const struct { int64_t at; uint8_t state; int64_t v; } expected[] = {{999, ANS_UNKNOWN, 0}, {1000, ANS_VALUE, 100}, {1999, ANS_VALUE, 100}, {2000, ANS_VALUE, 200}, {INT64_MAX, ANS_VALUE, 200}};
  for (size_t i = 0; i < 5; i++) {
    uint32_t component, row;
    bad b = {.n = 0};
    ans_columns *c = load(&claim, 1, &component, &row, &b, expected[i].at);
    ans_scalar v = ans_columns_get(c, F_BORN, row_of(c, PERSON, "k"));
    cr_assert(v.state == expected[i].state && v.v == expected[i].v, "at %lld", (long long)expected[i].at);
    ans_columns_free(c);
  }
}

/* --- components -------------------------------------------------------------------------------------------------------------------------- */
Test(facts, components_cross_households_and_keep_the_order_of_claims) {
  OK(ans_store_begin(store, &err));
  /* m–k1–f, f–k2–n: separated parents and a half sibling are one component; x–y another, found first by id. */
  int64_t xy = pair("x", "y"), mk1 = pair("m", "k1"), fk1 = pair("f", "k1"), fk2 = pair("f", "k2"), nk2 = pair("n", "k2"), lonely = pair("u", "v");
  OK(ans_store_commit(store, &err));
  const int64_t claims[] = {nk2, xy, mk1};
  uint32_t component[3], row[3];
  bad b = {.n = 0};
  ans_columns *c = load(claims, 3, component, row, &b, INT64_MAX);
  cr_assert_eq(c->components, 2u);
  cr_assert(component[0] == 1 && component[1] == 0 && component[2] == 1);
  cr_assert_eq(c->units[PAIR].rows, 5u); /* u/v is not asked for */
  cr_assert_eq(c->units[PERSON].rows, 7u);
  cr_assert_str_eq(c->units[PAIR].ids[row[0]], "n/k2");
  cr_assert_str_eq(c->units[PAIR].ids[row[1]], "x/y");
  cr_assert_str_eq(c->units[PAIR].ids[row[2]], "m/k1");
  for (uint32_t unit = 1; unit <= 2; unit++) /* rows in the order of their names inside a component */
    for (uint32_t k = 0; k < 2; k++)
      for (uint32_t i = c->units[unit].component_first[k] + 1; i < c->units[unit].component_first[k + 1]; i++) cr_assert_lt(strcmp(c->units[unit].ids[i - 1], c->units[unit].ids[i]), 0);
  ans_scalar who = ans_columns_get(c, F_WHO, row[0]), whom = ans_columns_get(c, F_CHILD, row[0]);
  cr_assert_str_eq(c->units[PERSON].ids[who.v], "n");
  cr_assert_str_eq(c->units[PERSON].ids[whom.v], "k2");
  ans_columns_free(c);
  (void)fk1;
  (void)fk2;
  (void)lonely;
}

Test(facts, component_does_not_depend_on_claim_or_order_of_entry) {
  uint8_t hash[2][32];
  for (int turn = 0; turn < 2; turn++) {
    if (turn) {
      end();
      begin();
    }
    OK(ans_store_begin(store, &err));
    int64_t claims[3];
    if (turn == 0) claims[0] = pair("m", "k1"), claims[1] = pair("f", "k1"), claims[2] = pair("f", "k2");
    else claims[2] = pair("f", "k2"), claims[1] = pair("f", "k1"), claims[0] = pair("m", "k1");
    int64_t f = person("f");
    if (turn) put_int(f, "Ausbildung", "Antrag", 0, 9, 1), put_int(f, "Ausbildung", "Antrag", 10, 50, 1), put_int(f, "Geburtsdatum", "Antrag", 0, 0, 5);
    else put_int(f, "Geburtsdatum", "Antrag", 0, 0, 5), put_int(f, "Ausbildung", "Antrag", 0, 50, 1);
    OK(ans_store_commit(store, &err));
    uint32_t component, row;
    bad b = {.n = 0};
    ans_columns *c = load(&claims[turn ? 2 : 0], 1, &component, &row, &b, INT64_MAX);
    OK(ans_columns_component_hash(c, 0, hash[turn], &err));
    ans_columns_free(c);
  }
  cr_assert_arr_eq(hash[0], hash[1], 32);
}

Test(facts, contradictory_reference_joins_both_candidates) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("p", "k"), k = person("k"), a = person("a"), b = person("b");
  put((ans_assertion){.subject = k, .fact = "Elternteil_1", .source = "X", .kind = ANS_V_SUBJECT, .number = a});
  put((ans_assertion){.subject = k, .fact = "Elternteil_1", .source = "Y", .kind = ANS_V_SUBJECT, .number = b});
  OK(ans_store_commit(store, &err));
  ans_columns *c = load_one(claim);
  cr_assert_neq(row_of(c, PERSON, "a"), UINT32_MAX);
  cr_assert_neq(row_of(c, PERSON, "b"), UINT32_MAX);
  cr_assert_eq(ans_columns_get(c, F_MOTHER, row_of(c, PERSON, "k")).state, ANS_UNKNOWN);
  ans_columns_free(c);
}

Test(facts, bad_cases_are_refused_alone) {
  OK(ans_store_begin(store, &err));
  int64_t good = pair("g", "h"), type = pair("p1", "k1"), cycle = pair("a", "b"), self = pair("s", "s"), ref = pair("p2", "k2"), enumeration = pair("p3", "k3"), parent = pair("p4", "k4");
  pair("b", "a");
  put_int(person("k1"), "Ausbildung", "Antrag", 0, 5, 2);                   /* no truth value */
  put((ans_assertion){.subject = person("k2"), .fact = "Elternteil_1", .source = "X", .kind = ANS_V_SUBJECT, .number = good}); /* a Kindschaft is no Person */
  put_text(person("k3"), "Wohnsitz", "A", 0, 9, "Mond");
  put((ans_assertion){.subject = person("k4"), .fact = "Elternteil_1", .source = "X", .kind = ANS_V_SUBJECT, .number = person("k4")});
  OK(ans_store_commit(store, &err));
  const int64_t claims[] = {type, cycle, self, enumeration, parent};
  const char *const codes[] = {"E-FACT-TYPE", "E-FACT-CYCLE", "E-FACT-CYCLE", "E-FACT-TYPE", "E-CASE-SELF"};
  for (int i = 0; i < 5; i++) {
    const int64_t two[] = {claims[i], good};
    uint32_t component[2], row[2];
    bad b = {.n = 0};
    ans_columns *c = load(two, 2, component, row, &b, INT64_MAX);
    cr_assert(b.n == 1 && b.claim[0] == claims[i] && component[0] == UINT32_MAX && component[1] == 0, "case %d", i);
    cr_assert_eq(c->components, 1u);
    cr_assert_str_eq(b.code[0], codes[i]);
    ans_columns_free(c);
  }
  uint32_t component[2], row[2];
  bad b = {.n = 0};
  ans_columns *c = load((const int64_t[]){ref, good}, 2, component, row, &b, INT64_MAX);
  cr_assert(b.n == 1 && b.claim[0] == ref && component[0] == UINT32_MAX && component[1] == 0); /* the wrong reference does not draw the other in */
  cr_assert_str_eq(b.code[0], "E-FACT-REF");
  ans_columns_free(c);
  b.n = 0;
  OK(ans_store_begin(store, &err));
  int64_t other = pair("o1", "o2");
  OK(ans_store_commit(store, &err));
  c = load((const int64_t[]){cycle, other}, 2, component, row, &b, INT64_MAX);
  cr_assert(b.n == 1 && b.claim[0] == cycle && component[0] == UINT32_MAX && component[1] == 0 && c->components == 1);
  ans_columns_free(c);
  b.n = 0;
  int64_t nobody = 0;
  OK(ans_store_subject(store, "Person", "o1", false, &nobody, &err));
  c = load((const int64_t[]){nobody, other}, 2, component, row, &b, INT64_MAX); /* not a claim of this unit */
  cr_assert_eq(b.n, 2u);
  cr_assert_str_eq(b.code[0], "E-FACT-UNIT");
  ans_columns_free(c);
}

Test(facts, oversized_component_is_refused_and_isolated) {
  OK(ans_store_begin(store, &err));
  int64_t first = 0, last = 0;
  for (int i = 0; i < FACTS_MAX_COMPONENT_ROWS / 2 + 10; i++) { /* one "parent" of everybody */
    char key[16];
    snprintf(key, sizeof key, "k%06d", i);
    last = pair("p", key);
    if (i == 0) first = last;
  }
  int64_t good = pair("g", "h");
  OK(ans_store_commit(store, &err));
  uint32_t component[3], row[3];
  bad b = {.n = 0};
  ans_columns *c = load((const int64_t[]){first, last, good}, 3, component, row, &b, INT64_MAX);
  cr_assert_eq(b.n, 2u);
  cr_assert_str_eq(b.code[0], "E-FACT-SIZE");
  cr_assert(component[0] == UINT32_MAX && component[1] == UINT32_MAX && component[2] == 0 && c->components == 1);
  ans_columns_free(c);
}

/* --- case file ---------------------------------------------------------------------------------------------------------------------------- */
static const char HEADER[] = "{\"kind\":\"header\",\"format\":\"anspruch-casefile/1\",\"synthetic\":true,\"seed\":1,\"as_of\":\"2026-11\"}\n";
static const char *casefile(const char *body) {
  const char *path = scratch_path("casefile.jsonl");
  FILE *f = fopen(path, "wb");
  fputs(HEADER, f);
  fputs(body, f);
  fclose(f);
  return path;
}
typedef struct bad_lines { int64_t line[32]; char code[32][40]; char text[32][400]; size_t n; } bad_lines;
static void on_bad_line(void *ctx, int64_t line, const ans_error *why) {
  bad_lines *b = ctx;
  b->line[b->n] = line;
  snprintf(b->code[b->n], sizeof b->code[0], "%s", why->code);
  ans_error_render(why, ANS_LANG_DE, b->text[b->n++], sizeof b->text[0]);
}

static const char GOOD[] =
    "{\"kind\":\"award\",\"case\":\"KG-1\",\"award\":\"AW-1\",\"benefit\":\"Kindergeld\",\"recipient\":\"13562800019\",\"child\":\"13562800754\",\"from\":\"2015-02\","
    "\"history\":[{\"from\":\"2015-02\",\"to\":\"2025-12\",\"amount_cents\":25500,\"notice\":\"2015-04-02\",\"final\":true},{\"from\":\"2026-01\",\"amount_cents\":25900}]}\n"
    "{\"kind\":\"payment\",\"case\":\"KG-1\",\"award\":\"AW-1\",\"from\":\"2026-01\",\"to\":\"2026-10\",\"amount_cents\":25900,\"iban\":\"DE02900000000000012345\"}\n"
    "{\"kind\":\"application\",\"case\":\"KG-2\",\"application\":\"AN-2\",\"benefit\":\"Kindergeld\",\"applicant\":\"13562800019\",\"child\":\"13562801102\",\"received\":\"2026-11-05\",\"requested_from\":\"2026-10\",\"stated\":{\"Haushaltsaufnahme\":true,\"Art\":\"leiblich\"}}\n"
    "{\"kind\":\"statement\",\"case\":\"KG-1\",\"statement\":\"ST-3\",\"unit\":\"Person\",\"key\":[\"13562800754\"],\"facts\":{\"Ausbildung\":false},\"from\":\"2026-10-01\",\"received\":\"2026-10-05\"}\n"
    "{\"kind\":\"finding\",\"case\":\"KG-1\",\"finding\":\"FE-1\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"fact\":\"Haushaltsaufnahme\",\"value\":true,\"from\":\"2015-02-11\",\"author\":\"SB-0417\",\"reason\":\"Erklaerung\",\"recorded_on\":\"2015-03-04\"}\n";

Test(facts, casefile_import_and_repetition) {
  ans_import_counts n;
  bad_lines b = {.n = 0};
  OK(ans_casefile_import_checked(store, program, casefile(GOOD), on_bad_line, &b, &n, &err));
  cr_assert(n.lines == 6 && n.awards == 1 && n.payments == 1 && n.applications == 1 && n.statements == 1 && n.findings == 1 && n.bad == 0, "%lld bad: %s", (long long)n.bad, b.text[0]);
  int64_t c1 = 0, c2 = 0, cents = 0;
  bool granted = false, found = false;
  int32_t day = 0;
  char number[64];
  OK(ans_store_subject(store, "Kindschaft", "13562800019/13562800754", false, &c1, &err));
  OK(ans_store_subject(store, "Kindschaft", "13562800019/13562801102", false, &c2, &err));
  OK(ans_store_award_at(store, "Kindergeld", c1, 2026 * 12 + 10, &granted, &cents, &err));
  cr_assert(granted && cents == 25900);
  OK(ans_store_application_of(store, "Kindergeld", c2, &found, &day, &err));
  cr_assert(found && day == 20762);
  OK(ans_store_case_of(store, "Kindergeld", c2, number, sizeof number, &found, &err));
  cr_assert_str_eq(number, "KG-2");
  ans_columns *c = load_one(c1);
  uint32_t r1 = row_of(c, PAIR, "13562800019/13562800754"), r2 = row_of(c, PAIR, "13562800019/13562801102");
  cr_assert_eq(on_day(c, F_TAKEN, r1, 20000).v, 1);
  cr_assert_eq(on_day(c, F_TAKEN, r2, (int32_t)ans_month_first(2026 * 12 + 9)).v, 1);
  cr_assert_eq(on_day(c, F_TAKEN, r2, (int32_t)ans_month_first(2026 * 12 + 9) - 1).state, ANS_UNKNOWN);
  cr_assert_eq(ans_columns_get(c, F_APPLIED, r2).v, 20762);
  cr_assert_eq(ans_columns_get(c, F_APPLIED, r1).state, ANS_UNKNOWN); /* an award, but the application is not on file */
  ans_provenance x;
  OK(ans_fact_provenance(loader, F_TAKEN, "13562800019/13562800754", 20000, &x, &err));
  cr_assert_str_eq(x.source, "Fallakte");
  cr_assert_str_eq(x.author, "SB-0417");
  cr_assert_eq(x.received_at, (int64_t)16498 * 86400);
  uint8_t before[32], after[32];
  OK(ans_columns_component_hash(c, 0, before, &err));
  ans_columns_free(c);
  OK(ans_casefile_import_checked(store, program, casefile(GOOD), on_bad_line, &b, &n, &err));
  cr_assert(n.lines == 6 && n.repeated == 5 && n.awards == 0 && n.findings == 0);
  c = load_one(c1);
  OK(ans_columns_component_hash(c, 0, after, &err));
  cr_assert_arr_eq(before, after, 32);
  ans_columns_free(c);
  /* A corrected ledger entry replaces all rows of the award. */
  OK(ans_casefile_import(store, casefile("{\"kind\":\"award\",\"case\":\"KG-1\",\"award\":\"AW-1\",\"benefit\":\"Kindergeld\",\"recipient\":\"13562800019\",\"child\":\"13562800754\",\"from\":\"2015-02\",\"history\":[{\"from\":\"2015-02\",\"to\":\"2026-09\",\"amount_cents\":25500}]}\n"), NULL, NULL, &n, &err));
  OK(ans_store_award_at(store, "Kindergeld", c1, 2026 * 12 + 10, &granted, &cents, &err));
  cr_assert_not(granted);
}

Test(facts, casefile_bad_lines_are_named_and_leave_nothing) {
  static const struct { const char *line, *code; } lines[] = {
      {"{\"kind\":\"award\"", "E-CASEFILE-JSON"},
      {"[1]", "E-CASEFILE-JSON"},
      {"{\"kind\":\"statement\",\"kind\":\"award\"}", "E-CASEFILE-JSON"},
      {"{\"kind\":\"\xff\"}", "E-CASEFILE-JSON"},
      {"{\"kind\":\"gift\"}", "E-CASEFILE-KIND"},
      {"{\"kind\":\"award\",\"case\":\"C\",\"award\":\"A\",\"benefit\":\"B\",\"recipient\":\"123\",\"child\":\"13562800754\",\"from\":\"2015-02\",\"history\":[{\"from\":\"2015-02\",\"amount_cents\":1}]}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"award\",\"case\":\"C\",\"award\":\"A\",\"benefit\":\"B\",\"recipient\":\"13562800019\",\"child\":\"13562800754\",\"from\":\"2015-13\",\"history\":[{\"from\":\"2015-02\",\"amount_cents\":1}]}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"award\",\"case\":\"C\",\"award\":\"A\",\"benefit\":\"B\",\"recipient\":\"13562800019\",\"child\":\"13562800754\",\"from\":\"2015-02\",\"history\":[{\"from\":\"2015-02\",\"to\":\"2015-05\",\"amount_cents\":1},{\"from\":\"2015-05\",\"amount_cents\":1}]}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"award\",\"case\":\"C\",\"award\":\"A\",\"benefit\":\"B\",\"recipient\":\"13562800019\",\"child\":\"13562800754\",\"from\":\"2015-02\",\"history\":[{\"from\":\"2015-02\",\"amount_cents\":1.5}]}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"payment\",\"case\":\"NEVER\",\"award\":\"A\",\"from\":\"2026-01\",\"to\":\"2026-01\",\"amount_cents\":1}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"finding\",\"finding\":\"F\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"fact\":\"Haushaltsaufname\",\"value\":true,\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-01-01\"}", "E-CASEFILE-FACT"},
      {"{\"kind\":\"finding\",\"finding\":\"F\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"fact\":\"Haushaltsaufnahme\",\"value\":\"ja\",\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-01-01\"}", "E-CASEFILE-VALUE"},
      {"{\"kind\":\"finding\",\"finding\":\"F\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"fact\":\"Haushaltsaufnahme\",\"value\":true,\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-02-30\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"finding\",\"finding\":\"F\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"fact\":\"Haushaltsaufnahme\",\"value\":true,\"auhtor\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-02-01\"}", "E-CASEFILE-UNKNOWN-KEY"},
      {"{\"kind\":\"finding\",\"finding\":\"F\",\"unit\":\"Haus\",\"key\":[\"13562800019\"],\"fact\":\"x\",\"value\":true,\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-02-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S\",\"unit\":\"Person\",\"key\":[\"13562800019\"],\"facts\":{\"Ausbildung\":true,\"Geburtsdatum\":\"2020-13-01\"},\"received\":\"2020-01-01\"}", "E-CASEFILE-VALUE"}};
  enum { LINES = sizeof lines / sizeof *lines };
  char body[20000] = "";
  for (size_t i = 0; i < LINES; i++) {
    strcat(body, lines[i].line);
    strcat(body, "\n");
  }
  ans_import_counts n;
  for (int turn = 0; turn < 2; turn++) { /* bad lines are told again every time */
    bad_lines b = {.n = 0};
    OK(ans_casefile_import_checked(store, program, casefile(body), on_bad_line, &b, &n, &err));
    cr_assert_eq(n.bad, (int64_t)LINES);
    for (size_t i = 0; i < LINES; i++) {
      cr_assert_eq(b.line[i], (int64_t)i + 2);
      cr_assert_str_eq(b.code[i], lines[i].code, "line %zu: %s", i + 2, b.text[i]);
    }
    cr_assert(strstr(b.text[10], "Haushaltsaufnahme"), "%s", b.text[10]); /* did you mean */
    cr_assert(strstr(b.text[0], "casefile.jsonl:2"), "%s", b.text[0]);
  }
  int64_t id = 0;
  OK(ans_store_subject(store, "Person", "13562800019", false, &id, &err));
  cr_assert_eq(id, 0); /* nothing of a bad line was written */
}

/* --- case file: rows of any unit --------------------------------------------------------------------------------------------------------- */
static const char ROWS[] =
    "{\"kind\":\"application\",\"case\":\"WG-1\",\"application\":\"AN-1\",\"benefit\":\"Wohngeld\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"received\":\"2026-03-02\",\"stated\":{\"Miete\":\"500.00\"}}\n"
    "{\"kind\":\"statement\",\"case\":\"WG-1\",\"statement\":\"ST-1\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"references\":{\"Berechtigter\":\"13562800019\"},\"facts\":{},\"received\":\"2026-03-02\"}\n"
    "{\"kind\":\"statement\",\"case\":\"WG-1\",\"statement\":\"ST-2\",\"unit\":\"Einnahme\",\"key\":[\"H1\",\"1\"],\"references\":{\"Haushalt\":\"H1\"},\"facts\":{\"Betrag\":\"1200.50\"},\"from\":\"2026-01-01\",\"received\":\"2026-03-02\"}\n"
    "{\"kind\":\"finding\",\"case\":\"WG-1\",\"finding\":\"FE-1\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"fact\":\"Auszug\",\"value\":null,\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2026-03-05\"}\n"
    "{\"kind\":\"award\",\"case\":\"WG-1\",\"award\":\"AW-1\",\"benefit\":\"Wohngeld\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"from\":\"2026-03\",\"to\":\"2027-02\",\"history\":[{\"from\":\"2026-03\",\"to\":\"2027-02\",\"amount_cents\":12300}]}\n"
    "{\"kind\":\"payment\",\"case\":\"WG-1\",\"award\":\"AW-1\",\"from\":\"2026-03\",\"to\":\"2026-04\",\"amount_cents\":12300}\n";

Test(facts, casefile_rows_of_any_unit) {
  ans_import_counts n;
  bad_lines b = {.n = 0};
  OK(ans_casefile_import_checked(store, program, casefile(ROWS), on_bad_line, &b, &n, &err));
  cr_assert(n.bad == 0 && n.applications == 1 && n.statements == 2 && n.findings == 1 && n.awards == 1 && n.payments == 1, "%s", b.text[0]);
  int64_t claim = 0, cents = 0;
  bool granted = false, found = false;
  int32_t day = 0;
  OK(ans_store_subject(store, "Haushalt", "H1", false, &claim, &err));
  cr_assert_neq(claim, 0);
  OK(ans_store_award_at(store, "Wohngeld", claim, 2026 * 12 + 5, &granted, &cents, &err));
  cr_assert(granted && cents == 12300);
  OK(ans_store_application_of(store, "Wohngeld", claim, &found, &day, &err));
  cr_assert(found && day == 20514);
  ans_columns *c = NULL;
  uint32_t component = 0, row = 0;
  bad refused = {.n = 0};
  OK(ans_fact_loader_new(store, program, INT64_MAX, &loader, &err));
  OK(ans_fact_loader_load(loader, HOUSEHOLD, &claim, 1, &c, &component, &row, on_bad, &refused, &err));
  cr_assert_eq(refused.n, 0u, "%s", refused.code[0]);
  uint32_t head = row_of(c, PERSON, "13562800019"), earning = row_of(c, EARNING, "H1/1");
  cr_assert(head != UINT32_MAX && earning != UINT32_MAX); /* the component follows the stated references, both ways */
  cr_assert_eq(ans_columns_get(c, F_HEAD, row).v, (int64_t)head);
  cr_assert_eq(ans_columns_get(c, F_OF, earning).v, (int64_t)row);
  cr_assert_eq(ans_columns_get(c, F_RENT, row).v, 50000);
  cr_assert_eq(ans_columns_get(c, F_LEFT, row).state, ANS_NOT_APPLICABLE);
  cr_assert_eq(ans_columns_get(c, F_SUM, earning).v, 120050);
  ans_columns_free(c);
  ans_fact_loader_free(loader); /* as known before the application came in, nothing links the rows */
  OK(ans_fact_loader_new(store, program, (int64_t)20500 * 86400, &loader, &err));
  OK(ans_fact_loader_load(loader, HOUSEHOLD, &claim, 1, &c, &component, &row, on_bad, &refused, &err));
  cr_assert_eq(row_of(c, EARNING, "H1/1"), UINT32_MAX);
  ans_columns_free(c);
}

Test(facts, casefile_reference_that_leads_nowhere) {
  ans_import_counts n;
  bad_lines b = {.n = 0};
  OK(ans_casefile_import_checked(store, program, casefile("{\"kind\":\"statement\",\"statement\":\"ST-8\",\"unit\":\"Haushalt\",\"key\":[\"H7\"],\"references\":{\"Berechtigter\":null},\"facts\":{},\"received\":\"2026-04-02\"}\n"), on_bad_line, &b, &n, &err));
  cr_assert(n.bad == 0 && n.statements == 1, "%s", b.text[0]);
  int64_t claim = 0;
  OK(ans_store_subject(store, "Haushalt", "H7", false, &claim, &err));
  ans_columns *c = NULL;
  uint32_t component = 0, row = 0;
  bad refused = {.n = 0};
  OK(ans_fact_loader_new(store, program, INT64_MAX, &loader, &err));
  OK(ans_fact_loader_load(loader, HOUSEHOLD, &claim, 1, &c, &component, &row, on_bad, &refused, &err));
  cr_assert_eq(refused.n, 0u);
  cr_assert_eq(ans_columns_get(c, F_HEAD, row).state, ANS_NOT_APPLICABLE);
  ans_columns_free(c);
}

Test(facts, casefile_references_that_differ_leave_the_reference_unknown) {
  ans_import_counts n;
  bad_lines b = {.n = 0};
  OK(ans_casefile_import_checked(store, program, casefile(ROWS), on_bad_line, &b, &n, &err));
  OK(ans_casefile_import_checked(store, program, casefile("{\"kind\":\"statement\",\"statement\":\"ST-9\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"references\":{\"Berechtigter\":\"13562800754\"},\"facts\":{},\"received\":\"2026-04-02\"}\n"), on_bad_line, &b, &n, &err));
  cr_assert(n.bad == 0 && n.statements == 1, "%s", b.text[0]);
  int64_t claim = 0;
  OK(ans_store_subject(store, "Haushalt", "H1", false, &claim, &err));
  ans_columns *c = NULL;
  uint32_t component = 0, row = 0;
  bad refused = {.n = 0};
  OK(ans_fact_loader_new(store, program, INT64_MAX, &loader, &err));
  OK(ans_fact_loader_load(loader, HOUSEHOLD, &claim, 1, &c, &component, &row, on_bad, &refused, &err));
  cr_assert_eq(refused.n, 0u);
  cr_assert_eq(ans_columns_get(c, F_HEAD, row).state, ANS_UNKNOWN);
  cr_assert(row_of(c, PERSON, "13562800019") != UINT32_MAX && row_of(c, PERSON, "13562800754") != UINT32_MAX);
  ans_columns_free(c);
}

#define LONG "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 64 characters: the longest part of a key */
Test(facts, casefile_bad_rows_are_named_and_leave_nothing) {
  static const struct { const char *line, *code; } lines[] = {
      {"{\"kind\":\"statement\",\"statement\":\"S1\",\"unit\":\"Haushalt\",\"key\":[\"H/1\"],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S2\",\"unit\":\"Haushalt\",\"key\":[],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S3\",\"unit\":\"Haushalt\",\"key\":[\"1\",\"2\",\"3\",\"4\",\"5\"],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S3b\",\"unit\":\"Haushalt\",\"key\":[\"" LONG "\",\"" LONG "\",\"" LONG "\",\"" LONG "\"],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S3c\",\"unit\":\"Haushalt\",\"key\":[\"" LONG "5\"],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S4\",\"unit\":\"Haushalt\",\"key\":[7],\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"statement\",\"statement\":\"S5\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"references\":{\"Berechtigte\":\"13562800019\"},\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-FACT"},
      {"{\"kind\":\"statement\",\"statement\":\"S6\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"references\":{\"Berechtigter\":\"Eva\"},\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-VALUE"},
      {"{\"kind\":\"statement\",\"statement\":\"S7\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"references\":{\"Miete\":\"H2\"},\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-FACT"},
      {"{\"kind\":\"statement\",\"statement\":\"S8\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"facts\":{\"Berechtigter\":\"13562800019\"},\"received\":\"2026-01-01\"}", "E-CASEFILE-VALUE"},
      {"{\"kind\":\"statement\",\"statement\":\"S9\",\"unit\":\"Kindschaft\",\"key\":[\"13562800019\",\"13562800754\"],\"references\":{\"Kind\":\"13562800754\"},\"facts\":{},\"received\":\"2026-01-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"award\",\"case\":\"C\",\"award\":\"A\",\"benefit\":\"B\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"child\":\"13562800754\",\"from\":\"2015-02\",\"history\":[{\"from\":\"2015-02\",\"amount_cents\":1}]}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"application\",\"case\":\"C\",\"application\":\"A\",\"benefit\":\"B\",\"unit\":\"Haushalt\",\"key\":[\"H1\"],\"applicant\":\"13562800754\",\"received\":\"2015-02-01\"}", "E-CASEFILE-KEY"},
      {"{\"kind\":\"application\",\"case\":\"C\",\"application\":\"A\",\"benefit\":\"B\",\"key\":[\"H1\"],\"applicant\":\"13562800754\",\"child\":\"13562800019\",\"received\":\"2015-02-01\"}", "E-CASEFILE-KEY"}};
  enum { LINES = sizeof lines / sizeof *lines };
  char body[8000] = "";
  for (size_t i = 0; i < LINES; i++) {
    strcat(body, lines[i].line);
    strcat(body, "\n");
  }
  ans_import_counts n;
  bad_lines b = {.n = 0};
  OK(ans_casefile_import_checked(store, program, casefile(body), on_bad_line, &b, &n, &err));
  cr_assert_eq(n.bad, (int64_t)LINES);
  for (size_t i = 0; i < LINES; i++) cr_assert_str_eq(b.code[i], lines[i].code, "line %zu: %s", i + 2, b.text[i]);
  cr_assert(strstr(b.text[6], "Berechtigter"), "%s", b.text[6]); /* did you mean */
  int64_t id = 0;
  OK(ans_store_subject(store, "Haushalt", "H1", false, &id, &err));
  cr_assert_eq(id, 0);
  b.n = 0; /* three of the longest parts are taken */
  OK(ans_casefile_import_checked(store, program, casefile("{\"kind\":\"statement\",\"statement\":\"S\",\"unit\":\"Haushalt\",\"key\":[\"" LONG "\",\"" LONG "\",\"" LONG "\"],\"facts\":{},\"received\":\"2026-01-01\"}\n"), on_bad_line, &b, &n, &err));
  cr_assert_eq(n.bad, 0, "%s", b.text[0]);
  OK(ans_store_subject(store, "Haushalt", LONG "/" LONG "/" LONG, false, &id, &err));
  cr_assert_neq(id, 0);
  /* Without a package nobody knows where a reference leads. */
  b.n = 0;
  OK(ans_casefile_import(store, casefile("{\"kind\":\"statement\",\"statement\":\"S\",\"unit\":\"Person\",\"key\":[\"13562800019\"],\"references\":{\"Elternteil_1\":\"13562800754\"},\"facts\":{},\"received\":\"2026-01-01\"}\n"), on_bad_line, &b, &n, &err));
  cr_assert_eq(n.bad, 1);
  cr_assert_str_eq(b.code[0], "E-CASEFILE-PACKAGE");
}

Test(facts, casefile_header_missing_file_and_long_line) {
  ans_import_counts n;
  bad_lines b = {.n = 0};
  const char *path = scratch_path("x.jsonl");
  cr_assert_eq(ans_casefile_import(store, path, NULL, NULL, &n, &err), ANS_IO);
  FILE *f = fopen(path, "wb");
  fputs(GOOD, f);
  fclose(f);
  cr_assert_eq(ans_casefile_import(store, path, NULL, NULL, &n, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-CASEFILE-HEADER");
  path = casefile("");
  f = fopen(path, "ab");
  for (int i = 0; i < 300000; i++) fputc('x', f);
  fputs("\n", f);
  fputs(GOOD, f);
  fclose(f);
  OK(ans_casefile_import(store, path, on_bad_line, &b, &n, &err));
  cr_assert(n.bad == 1 && n.awards == 1 && n.findings == 1);
  cr_assert_str_eq(b.code[0], "E-CASEFILE-LONG");
}

static void many_lines(FILE *f, int n) {
  fputs(HEADER, f);
  for (int i = 0; i < n; i++)
    fprintf(f, "{\"kind\":\"finding\",\"finding\":\"F%d\",\"unit\":\"Kindschaft\",\"key\":[\"%011d\",\"%011d\"],\"fact\":\"Haushaltsaufnahme\",\"value\":true,\"author\":\"a\",\"reason\":\"r\",\"recorded_on\":\"2020-02-01\"}\n", i, i, 50000 + i);
}
static bool count(void *ctx, int64_t id, const char *key) {
  (void)id;
  (void)key;
  ++*(int64_t *)ctx;
  return true;
}

Test(facts, import_goes_on_after_a_kill) {
  const char *path = scratch_path("many.jsonl");
  FILE *f = fopen(path, "wb");
  many_lines(f, 25000);
  fclose(f);
  ans_import_counts n;
  int64_t pairs = 0;
  ans_store_close(store); /* a connection must not be carried into a child */
  pid_t child = fork();
  if (child == 0) {
    ans_error e;
    ans_store *s = NULL;
    if (ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &e) == ANS_OK && ans_casefile_import(s, path, NULL, NULL, &n, &e) == ANS_OK) _exit(0);
    _exit(1);
  }
  usleep(150000); /* somewhere inside */
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &store, &err));
  OK(ans_store_subjects(store, "Kindschaft", 0, count, &pairs, &err));
  int64_t before = pairs;
  OK(ans_casefile_import(store, path, NULL, NULL, &n, &err));
  cr_assert_eq(n.repeated, before);
  cr_assert_eq(n.findings, 25000 - before);
  pairs = 0;
  OK(ans_store_subjects(store, "Kindschaft", 0, count, &pairs, &err));
  cr_assert_eq(pairs, 25000);
}

/* --- texts and lists ------------------------------------------------------------------------------------------------------------------ */
static const char *text_of(const ans_columns *c, uint32_t fact, const char *id) {
  ans_scalar v = ans_columns_get(c, fact, row_of(c, PERSON, id));
  return v.state == ANS_VALUE ? c->texts[v.v].text : v.state == ANS_UNKNOWN ? "(unknown)" : "(other)";
}

Test(facts, texts_of_two_sources_are_compared_in_normal_form) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("1", "2"), other = pair("3", "4");
  put_text(person("1"), "Wohnort", "A", 0, 0, "Ko\xcc\x88ln");
  put_text(person("1"), "Wohnort", "B", 0, 0, "K\xc3\xb6ln");
  put_text(person("2"), "Wohnort", "A", 0, 0, "");
  put_text(person("3"), "Wohnort", "A", 0, 0, "Weimar");
  put_text(person("3"), "Wohnort", "B", 0, 0, "Jena");
  put_text(person("4"), "Wohnort", "Antrag", 0, 0, "Jena");
  put_text(person("1"), "Gemeinde", "A", 100, 199, "Jena");
  put_text(person("1"), "Gemeinde", "A", 200, 299, "Jena");
  put_text(person("1"), "Gemeinde", "A", 300, 399, "Weimar");
  OK(ans_store_commit(store, &err));
  ans_columns *c = load_one(claim);
  cr_assert_str_eq(text_of(c, F_TOWN, "1"), "K\xc3\xb6ln");
  cr_assert_eq(c->texts[ans_columns_get(c, F_TOWN, row_of(c, PERSON, "1")).v].holds, 1u);
  cr_assert_str_eq(text_of(c, F_TOWN, "2"), ""); /* an empty text is a value */
  uint32_t first = c->timelines[F_TOWN_OVER].offsets[row_of(c, PERSON, "1")];
  cr_assert_eq(c->timelines[F_TOWN_OVER].offsets[row_of(c, PERSON, "1") + 1] - first, 2u); /* equal neighbours are joined */
  cr_assert_str_eq(c->texts[on_day(c, F_TOWN_OVER, row_of(c, PERSON, "1"), 350).v].text, "Weimar");
  ans_provenance from;
  OK(ans_fact_provenance(loader, F_TOWN, "1", 0, &from, &err));
  cr_assert_str_eq(from.reason, "");
  ans_columns_free(c);
  c = load_one(other);
  cr_assert_str_eq(text_of(c, F_TOWN, "3"), "(unknown)"); /* two sources of one rank differ */
  cr_assert_str_eq(text_of(c, F_TOWN, "4"), "Jena");
  OK(ans_fact_provenance(loader, F_TOWN, "3", 0, &from, &err));
  cr_assert(strstr(from.reason, "widerspr") != NULL, "%s", from.reason);
  ans_columns_free(c);
  ans_fact_loader_free(loader);
  loader = NULL;
}

Test(facts, lists_come_as_names_in_any_order) {
  OK(ans_store_begin(store, &err));
  int64_t claim = pair("1", "2");
  put_text(person("1"), "Arten", "A", 0, 0, "angenommen;leiblich");
  put_text(person("1"), "Arten", "B", 0, 0, "leiblich;angenommen");
  put_text(person("2"), "Arten", "A", 0, 0, "");
  OK(ans_store_commit(store, &err));
  ans_columns *c = load_one(claim);
  ans_scalar one = ans_columns_get(c, F_MARKS, row_of(c, PERSON, "1")), two = ans_columns_get(c, F_MARKS, row_of(c, PERSON, "2"));
  cr_assert(one.state == ANS_VALUE && one.v == 3);
  cr_assert(two.state == ANS_VALUE && two.v == 0);
  ans_columns_free(c);
  ans_fact_loader_free(loader);
  loader = NULL;
}

Test(facts, what_is_no_text_or_list_refuses_only_its_own_case) {
  static const struct { const char *fact, *text; } wrong[] = {{"Wohnort", "a\nb"}, {"Gemeinde", "\xc3"}, {"Arten", "leiblich;leiblich"}, {"Arten", "leiblich;"}, {"Arten", ";leiblich"}, {"Arten", "Stief"}};
  int64_t claims[7];
  uint32_t component[7], row[7];
  char who[8], child[8];
  bad b = {.n = 0};
  OK(ans_store_begin(store, &err));
  for (int i = 0; i < 6; i++) {
    snprintf(who, sizeof who, "w%d", i);
    snprintf(child, sizeof child, "k%d", i);
    claims[i] = pair(who, child);
    put_text(person(who), wrong[i].fact, "A", 0, 0, wrong[i].text);
  }
  claims[6] = pair("gut", "kind");
  put_text(person("gut"), "Wohnort", "A", 0, 0, "Weimar");
  put_int(person("kind"), "Wohnort", "fremd", 0, 0, 5); /* a source the package does not accept says nothing, whatever its form */
  OK(ans_store_commit(store, &err));
  ans_columns *c = load(claims, 7, component, row, &b, INT64_MAX);
  cr_assert_eq(b.n, 6u);
  for (size_t i = 0; i < 6; i++) cr_assert_str_eq(b.code[i], "E-FACT-TYPE", "%zu", i);
  cr_assert(component[6] == 0 && row[6] != UINT32_MAX);
  cr_assert_str_eq(text_of(c, F_TOWN, "gut"), "Weimar");
  ans_columns_free(c);
  ans_fact_loader_free(loader);
  loader = NULL;
}
