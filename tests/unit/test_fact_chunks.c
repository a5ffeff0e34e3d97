/* Facts from column chunks = facts from rows. A random store of every type of fact is corrected, extended, split and joined step by step, with chunks
 * made, renewed and left stale in between; after every step all claims are loaded both ways and compared cell by cell. Then: damage, wrong keys, other
 * packages, knowledge of earlier days, and that the chunks were used at all. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "facts/facts.h"
#include "facts/chunk.h"
#include "scratch.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;
static ans_store *store;
static ans_program *program;
static uint64_t seed;

enum { PERSON = 1, PAIR = 2 };
static const struct { const char *name; uint32_t unit; ans_type t; uint8_t kind, nature; } FACTS[] = {
    {"Geburtsdatum", PERSON, {.tag = ANS_T_DATE}, 0, 0}, {"lebt", PERSON, {.tag = ANS_T_BOOL}, 0, 0}, {"fähig", PERSON, {.tag = ANS_T_BOOL}, 0, ANS_NATURE_BEURTEILUNG},
    {"Lohn", PERSON, {.tag = ANS_T_MONEY, .scale = 2}, 0, 0}, {"Ort", PERSON, {.tag = ANS_T_ENUM}, 0, 0}, {"Farben", PERSON, {.tag = ANS_T_LIST}, 0, 0}, {"Name", PERSON, {.tag = ANS_T_TEXT}, 0, 0},
    {"Wohnsitz", PERSON, {.tag = ANS_T_ENUM}, ANS_FACT_TIMELINE, 0}, {"Beruf", PERSON, {.tag = ANS_T_TEXT}, ANS_FACT_TIMELINE, ANS_NATURE_ERMESSEN}, {"Partner", PERSON, {.tag = ANS_T_REF, .ref = PERSON}, ANS_FACT_TIMELINE, 0},
    {"Vormund", PERSON, {.tag = ANS_T_REF, .ref = PERSON}, 0, 0}, {"Berechtigter", PAIR, {.tag = ANS_T_REF, .ref = PERSON}, 0, 0}, {"Kind", PAIR, {.tag = ANS_T_REF, .ref = PERSON}, 0, 0},
    {"Anspruch_gegeben", PAIR, {.tag = ANS_T_BOOL}, 0, 0}, {"Zähler", PAIR, {.tag = ANS_T_INT}, 0, 0}, {"Monat", PAIR, {.tag = ANS_T_MONTH}, 0, 0}};
enum { FACT_COUNT = sizeof FACTS / sizeof *FACTS, F_GIVEN = 13, F_NAME = 6 };

static ans_program *make_program(const char *version) {
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  const ans_source_rank sources[] = {{"A", 0}, {"B", 0}, {"C", 1}};
  ans_type truth = {.tag = ANS_T_BOOL};
  ans_builder_header(b, "test/chunks", version, "Test", 2015 * 12, 2026 * 12 + 11);
  ans_builder_unit(b, &(ans_unit){"Person", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Kindschaft", "", ANS_NONE});
  ans_builder_unit(b, &(ans_unit){"Person×Tag", "", PERSON});
  ans_builder_enum(b, "Ort", (const char *[]){"rot", "grün", "blau"}, 3);
  for (uint32_t i = 0; i < FACT_COUNT; i++) {
    ans_type t = FACTS[i].t;
    if (t.tag == ANS_T_TEXT) t.ref = i;
    ans_fact f = {.name = FACTS[i].name, .label = "", .unit = FACTS[i].unit, .type = t, .kind = FACTS[i].kind, .nature = FACTS[i].nature, .provision = ANS_NONE};
    if (t.tag == ANS_T_MONEY) f.bounds = ANS_FACT_LEAST; /* a fifth of what is drawn lies outside: unknown from rows and from chunks alike */
    if (t.tag == ANS_T_INT) f.bounds = ANS_FACT_LEAST | ANS_FACT_GREATEST, f.low = -10000, f.high = 60000;
    ans_builder_fact(b, &f, sources, 3);
  }
  ans_builder_predicate(b, F_NAME, ANS_PREDICATE_ONE_OF, (const char *const[]){"Köln"}, 1);
  ans_builder_predicate(b, F_NAME, ANS_PREDICATE_MATCHES, (const char *const[]){"[a-m].*"}, 1);
  uint32_t in = ans_builder_insn(b, (ans_insn){.op = ANS_OP_FACT, .unit = PAIR, .type = truth, .a = F_GIVEN});
  uint32_t r = ans_builder_result(b, &(ans_result){"Anspruch", "", PAIR, truth, in, ANS_NONE});
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = PAIR, .entitled_result = r, .amount_result = ANS_NONE, .payout_result = ANS_NONE, .recipient_fact = 11, .subject_fact = 12, .regime_provision = ANS_NONE,
                                        .application_provision = ANS_NONE, .information_only = 1});
  OK(ans_builder_freeze(b, &p, &err));
  ans_builder_free(b);
  return p;
}

static void begin(void) {
  scratch_begin();
  OK(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &store, &err));
  program = make_program("1");
}
static void end(void) {
  ans_store_close(store);
  ans_program_free(program);
  scratch_end();
}
TestSuite(fact_chunks, .init = begin, .fini = end);

/* --- a random store ------------------------------------------------------------------------------------------------------------------ */
static uint32_t draw(uint32_t n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((seed >> 33) % n);
}
enum { MAX_PERSONS = 400, MAX_PAIRS = 400 };
static int64_t persons[MAX_PERSONS], pairs[MAX_PAIRS];
static uint32_t person_count, pair_count;
static int64_t now;

static int64_t new_person(void) {
  char key[32];
  snprintf(key, sizeof key, "P%05u", draw(90000) * 2 + person_count % 2);
  OK(ans_store_subject(store, "Person", key, true, &persons[person_count], &err));
  return persons[person_count++];
}
static int64_t some_person(void) {
  if (person_count == 0 || (person_count < MAX_PERSONS && draw(3) == 0)) return new_person();
  return persons[draw(8) ? person_count - 1 - draw(person_count < 6 ? person_count : 6) : draw(person_count)]; /* mostly neighbours: many small components */
}

/* A value that mostly fits the fact; one in 200 does not, and one in 60 has a time to come. */
static void say(int64_t subject, uint32_t fact) {
  static const char *const words[] = {"rot", "grün", "blau"}, *const names[] = {"Köln", "abc", "Zwickau", "Ko\xcc\x88ln", ""}, *const lists[] = {"", "rot", "blau;rot"};
  const ans_type t = FACTS[fact].t;
  ans_assertion a = {.subject = subject, .fact = FACTS[fact].name, .source = (const char *[]){"A", "B", "C", "D"}[draw(24) ? draw(3) : 3], .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .recorded_at = draw(60) ? now : now + 1000 + draw(5)};
  if (FACTS[fact].kind == ANS_FACT_TIMELINE && draw(6)) {
    a.from_day = (int32_t)draw(20) * 100;
    a.to_day = draw(4) ? a.from_day + (int32_t)draw(900) : ANS_OPEN_FUTURE;
  }
  uint32_t state = draw(10);
  if (state == 0 || state == 1) {
    a.state = state == 0 ? ANS_NOT_APPLICABLE : ANS_UNKNOWN;
    a.text = state == 1 ? "keine Daten" : "";
  } else if (t.tag == ANS_T_REF) {
    a.kind = ANS_V_SUBJECT;
    a.number = some_person();
  } else if (t.tag == ANS_T_ENUM || t.tag == ANS_T_TEXT || t.tag == ANS_T_LIST) {
    a.kind = ANS_V_TEXT;
    a.text = t.tag == ANS_T_ENUM ? words[draw(3)] : t.tag == ANS_T_TEXT ? names[draw(5)] : lists[draw(3)];
  } else {
    a.kind = ANS_V_INT;
    a.number = t.tag == ANS_T_BOOL ? draw(200) ? draw(2) : 7 : t.tag == ANS_T_MONTH ? 24000 + draw(300) : (int64_t)draw(100000) - 20000;
    if (t.tag == ANS_T_INT && draw(5) == 0) a.number = INT64_MIN + draw(3);
  }
  OK(ans_store_put_assertion(store, &a, NULL, &err));
}

static void new_pair(void) {
  char key[32];
  if (pair_count == MAX_PAIRS) return;
  snprintf(key, sizeof key, "K%05u/%u", draw(90000), pair_count);
  OK(ans_store_subject(store, "Kindschaft", key, true, &pairs[pair_count], &err));
  int64_t pair = pairs[pair_count++];
  for (uint32_t f = 11; f < FACT_COUNT; f++)
    if (draw(8)) say(pair, f);
}

/* One step of case work: something new, something corrected, something withdrawn; perhaps with an editor. */
static void step(void) {
  uint32_t what = draw(6);
  now += 1 + draw(10);
  if (what == 0) new_pair();
  if (what <= 3 && person_count) say(persons[draw(person_count)], draw(11));
  if (what == 4 && pair_count) say(pairs[draw(pair_count)], 11 + draw(5));
  if (what == 5 && person_count) OK(ans_store_supersede(store, draw(2) && pair_count ? pairs[draw(pair_count)] : persons[draw(person_count)], (const char *[]){"A", "B", "C"}[draw(3)], NULL, draw(4) ? now : draw(2) ? 1 : now + 2000, &err));
}

static void fill(uint32_t count) {
  person_count = pair_count = 0;
  OK(ans_store_begin(store, &err));
  for (uint32_t i = 0; i < count; i++) {
    now += 1;
    new_pair();
    for (uint32_t k = 0; k < 4; k++) say(some_person(), draw(9));
  }
  OK(ans_store_commit(store, &err));
}

static ans_compact_report compact(ans_compact_options o) {
  ans_compact_report r;
  o.now = now;
  if (!o.target_bytes) o.target_bytes = 6000;
  OK(ans_fact_compact(store, program, &o, &r, &err));
  return r;
}

/* --- both ways -------------------------------------------------------------------------------------------------------------------------- */
typedef struct loaded { ans_columns *c; uint32_t component[MAX_PAIRS], row[MAX_PAIRS], refused; char reasons[MAX_PAIRS][300]; int64_t who[MAX_PAIRS]; } loaded;
static void on_bad(void *ctx, int64_t claim, const ans_error *why) {
  loaded *x = ctx;
  x->who[x->refused] = claim;
  ans_error_render(why, ANS_LANG_EN, x->reasons[x->refused++], sizeof x->reasons[0]);
}
static ans_status load(loaded *x, const int64_t *claims, uint32_t n, int64_t known_at, bool chunks, const ans_chunk_key *key) {
  ans_fact_loader *l = NULL;
  memset(x, 0, sizeof *x);
  OK(ans_fact_loader_new(store, program, known_at, &l, &err));
  if (chunks) OK(ans_fact_loader_use_chunks(l, key, &err));
  ans_status st = ans_fact_loader_load(l, PAIR, claims, n, &x->c, x->component, x->row, on_bad, x, &err);
  ans_fact_loader_free(l);
  return st;
}

static void same_texts(const ans_columns *a, const ans_columns *b) { /* what the predicates came to is not in the case document */
  for (uint32_t r = 0; r < a->units[PERSON].rows; r++) {
    ans_scalar x = ans_columns_get(a, F_NAME, r), y = ans_columns_get(b, F_NAME, r);
    cr_assert_eq(x.state, y.state);
    if (x.state != ANS_VALUE) continue;
    const ans_text *s = &a->texts[x.v], *t = &b->texts[y.v];
    cr_assert(!strcmp(s->text, t->text) && s->fact == t->fact && s->holds == t->holds && s->failed == t->failed);
  }
}

static void same(const loaded *a, const loaded *b, uint32_t n) {
  cr_assert_eq(a->refused, b->refused);
  for (uint32_t i = 0; i < a->refused; i++) cr_assert(a->who[i] == b->who[i] && !strcmp(a->reasons[i], b->reasons[i]), "%s / %s", a->reasons[i], b->reasons[i]);
  cr_assert(!memcmp(a->component, b->component, n * sizeof *a->component) && !memcmp(a->row, b->row, n * sizeof *a->row));
  cr_assert_eq(a->c->components, b->c->components);
  for (uint32_t u = 0; u < program->unit_count; u++) {
    cr_assert_eq(a->c->units[u].rows, b->c->units[u].rows);
    cr_assert(!memcmp(a->c->units[u].component_first, b->c->units[u].component_first, (a->c->components + 1u) * sizeof(uint32_t)));
    for (uint32_t r = 0; r < a->c->units[u].rows; r++) cr_assert_str_eq(a->c->units[u].ids[r], b->c->units[u].ids[r]);
  }
  OK(ans_columns_check(a->c, &err));
  OK(ans_columns_check(b->c, &err));
  for (uint32_t k = 0; k < a->c->components; k++) {
    char *x = NULL, *y = NULL;
    OK(ans_case_format(a->c, k, &x, &err));
    OK(ans_case_format(b->c, k, &y, &err));
    cr_assert_str_eq(x, y);
    free(x);
    free(y);
  }
  for (uint32_t f = 0; f < program->fact_count; f++)
    for (uint32_t r = 0; program->facts[f].kind == ANS_FACT_SCALAR && program->facts[f].type.tag != ANS_T_TEXT && r < a->c->units[program->facts[f].unit].rows; r++) {
      ans_scalar x = ans_columns_get(a->c, f, r), y = ans_columns_get(b->c, f, r);
      cr_assert(x.state == y.state && x.v == y.v);
    }
  same_texts(a->c, b->c);
}

static void compare(const int64_t *claims, uint32_t n, int64_t known_at) {
  static loaded a, b;
  OK(load(&a, claims, n, known_at, false, NULL));
  OK(load(&b, claims, n, known_at, true, NULL));
  same(&a, &b, n);
  ans_columns_free(a.c);
  ans_columns_free(b.c);
}

Test(fact_chunks, the_same_as_rows_whatever_happens_in_between, .timeout = 300) {
  for (uint64_t round = 1; round <= 6; round++) {
    seed = round;
    now = 1000;
    if (round > 1) {
      end();
      begin();
    }
    fill(220);
    compare(pairs, pair_count, now);
    for (int i = 0; i < 25; i++) {
      if (i % 3 == 0) compact((ans_compact_options){.dirty_permille = draw(2) ? 0 : draw(400), .compress = draw(2), .rebuild = draw(10) == 0});
      compare(pairs, pair_count, now);
      compare(pairs, pair_count, now - draw(30));    /* perhaps before the chunks were made */
      compare(pairs, pair_count, now + draw(4000));  /* what was recorded for later has come */
      compare(pairs + draw(100), 60, now);           /* other groupings of the claims */
      OK(ans_store_begin(store, &err));
      for (uint32_t k = draw(12); k > 0; k--) step();
      OK(ans_store_commit(store, &err));
    }
  }
}

/* --- that chunks are used, and when not -------------------------------------------------------------------------------------------------- */
static void sql(const char *text) { /* what somebody with an editor could do */
  sqlite3 *db = NULL;
  char *message = NULL;
  cr_assert_eq(sqlite3_open(scratch_path("store.db"), &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, &message), SQLITE_OK, "%s", message);
  sqlite3_close(db);
}
static int64_t number(const char *text) {
  sqlite3 *db = NULL;
  sqlite3_stmt *st = NULL;
  cr_assert_eq(sqlite3_open(scratch_path("store.db"), &db), SQLITE_OK);
  cr_assert_eq(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
  cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
  int64_t v = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  sqlite3_close(db);
  return v;
}

/* A change behind the marks' back: seen by whoever reads rows, not by whoever reads chunks. */
static void change_unmarked(void) {
  sql("DROP TRIGGER assertion_changed; UPDATE assertion SET number = 1 - number WHERE fact = (SELECT id FROM name WHERE text = 'lebt') AND kind = 1 AND number IN (0, 1)");
}

static bool reads_chunks(const int64_t *claims, uint32_t n, int64_t known_at) {
  static loaded a, b;
  bool differs = false;
  OK(load(&a, claims, n, known_at, false, NULL));
  OK(load(&b, claims, n, known_at, true, NULL));
  for (uint32_t r = 0; r < a.c->units[PERSON].rows; r++) differs |= ans_columns_get(a.c, 1, r).v != ans_columns_get(b.c, 1, r).v;
  ans_columns_free(a.c);
  ans_columns_free(b.c);
  return differs;
}

Test(fact_chunks, used_for_many_claims_and_later_knowledge_only) {
  seed = 3;
  now = 1000;
  fill(300);
  int64_t made = now;
  ans_compact_report r = compact((ans_compact_options){.compress = true});
  cr_expect_gt(r.written, 2);
  cr_expect_eq(r.written, number("SELECT count(*) FROM chunk"));
  cr_expect_gt(r.components, 40);
  change_unmarked();
  cr_expect(reads_chunks(pairs, pair_count, made));
  cr_expect(reads_chunks(pairs, pair_count, INT64_MAX));
  cr_expect(!reads_chunks(pairs, pair_count, made - 1));
  cr_expect(!reads_chunks(pairs, 3, INT64_MAX));
}

Test(fact_chunks, a_reference_marks_both_ends) {
  seed = 4;
  now = 1000;
  int64_t a[2], b[2];
  OK(ans_store_begin(store, &err));
  for (int i = 0; i < 2; i++) {
    char key[8];
    snprintf(key, sizeof key, "p%d", i);
    OK(ans_store_subject(store, "Person", key, true, &a[i], &err));
    snprintf(key, sizeof key, "k%d", i);
    OK(ans_store_subject(store, "Kindschaft", key, true, &b[i], &err));
    OK(ans_store_put_assertion(store, &(ans_assertion){.subject = b[i], .fact = "Kind", .source = "A", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .kind = ANS_V_SUBJECT, .number = a[i], .recorded_at = now}, NULL, &err));
  }
  OK(ans_store_commit(store, &err));
  compact((ans_compact_options){.compress = true});
  cr_expect_eq(number("SELECT count(*) FROM chunk_dirty"), 0);
  OK(ans_store_begin(store, &err));
  OK(ans_store_put_assertion(store, &(ans_assertion){.subject = a[0], .fact = "Partner", .source = "A", .from_day = 0, .to_day = 10, .kind = ANS_V_SUBJECT, .number = a[1], .recorded_at = now}, NULL, &err));
  OK(ans_store_commit(store, &err));
  cr_expect_eq(number("SELECT count(*) FROM chunk_dirty"), 2);
  ans_compact_report r = compact((ans_compact_options){.compress = true});
  cr_expect(r.dropped == 1 && r.written == 1 && r.components == 1);
  cr_expect_eq(number("SELECT count(*) FROM chunk_dirty"), 0);
  cr_expect_eq(number("SELECT count(DISTINCT component) FROM chunk_subject"), 1);
  sql("UPDATE assertion SET superseded_at = 5000 WHERE kind = 3 AND subject = (SELECT id FROM subject WHERE key = 'p0')"); /* with an editor */
  cr_expect_eq(number("SELECT count(*) FROM chunk_dirty"), 1);
  now = 6000;
  r = compact((ans_compact_options){.compress = true});
  cr_expect(r.dropped == 1 && r.components == 2);
}

Test(fact_chunks, what_a_time_to_come_changes_stays_in_rows) {
  seed = 5;
  now = 1000;
  fill(40);
  compact((ans_compact_options){.rebuild = true});
  int64_t before = number("SELECT count(*) FROM chunk_subject");
  sql("UPDATE assertion SET recorded_at = 99999 WHERE subject = (SELECT min(subject) FROM chunk_subject) AND id = (SELECT min(id) FROM assertion WHERE subject = (SELECT min(subject) FROM chunk_subject))");
  compact((ans_compact_options){.rebuild = true});
  cr_expect_lt(number("SELECT count(*) FROM chunk_subject"), before);
  compare(pairs, pair_count, now);
  compare(pairs, pair_count, 99999);
}

/* --- damage, keys, packages ---------------------------------------------------------------------------------------------------------------- */
static void expect_refused(const char *code, const ans_chunk_key *key) {
  static loaded x;
  char text[1024];
  cr_expect_eq(load(&x, pairs, pair_count, now, true, key), ANS_STORE);
  cr_expect_str_eq(err.code, code);
  cr_expect_str_not_empty(err.args[0], "names the chunk");
  cr_expect(strstr(err.where, "store.db"));
  ans_error_render(&err, ANS_LANG_EN, text, sizeof text);
  cr_expect(strstr(text, "compact --rebuild") || strstr(text, "--chunk-key"), "%s", text);
  cr_expect_null(x.c);
}

Test(fact_chunks, damage_is_named_and_rebuilding_heals) {
  seed = 6;
  now = 1000;
  fill(200);
  compact((ans_compact_options){.compress = true});
  static const char *const damages[] = {
      "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 300) || x'ff' || substr(bytes, 302) AS BLOB)",
      "UPDATE chunk SET bytes = CAST(substr(bytes, 1, length(bytes) - 7) AS BLOB)",
      "UPDATE chunk SET bytes = x''",
      "UPDATE chunk SET bytes = (SELECT d.bytes FROM chunk d WHERE d.id <> chunk.id LIMIT 1)",
      "DELETE FROM chunk",
      "UPDATE chunk_subject SET component = component + 100000",
  };
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    sql(damages[i]);
    expect_refused("E-CHUNK-DAMAGED", NULL);
    compact((ans_compact_options){.compress = true, .rebuild = true});
    compare(pairs, pair_count, now);
  }
}

Test(fact_chunks, encrypted_chunks_need_their_key) {
  seed = 7;
  now = 1000;
  fill(150);
  ans_chunk_key key = {{1}}, wrong = {{2}};
  static loaded a, b;
  compact((ans_compact_options){.compress = true, .key = &key});
  expect_refused("E-CHUNK-KEY", NULL);
  expect_refused("E-CHUNK-WRONG-KEY", &wrong);
  OK(load(&a, pairs, pair_count, now, false, NULL));
  OK(load(&b, pairs, pair_count, now, true, &key));
  same(&a, &b, pair_count);
  ans_columns_free(a.c);
  ans_columns_free(b.c);
  int64_t in_chunk = number("SELECT min(subject) FROM chunk_subject");
  OK(ans_store_begin(store, &err));
  say(in_chunk, 0);
  OK(ans_store_commit(store, &err));
  ans_compact_report r;
  cr_expect_eq(ans_fact_compact(store, program, &(ans_compact_options){.now = now, .key = &wrong}, &r, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-WRONG-KEY");
  compact((ans_compact_options){.rebuild = true}); /* a lost key costs the chunks, not the facts */
  compare(pairs, pair_count, now);
}

Test(fact_chunks, packages_do_not_see_each_others_chunks) {
  seed = 8;
  now = 1000;
  fill(150);
  ans_program *first = program, *second = make_program("2");
  compact((ans_compact_options){.compress = true});
  int64_t chunks = number("SELECT count(*) FROM chunk");
  program = second;
  compare(pairs, pair_count, now);
  compact((ans_compact_options){.compress = true});
  cr_expect_eq(number("SELECT count(*) FROM chunk"), 2 * chunks);
  compare(pairs, pair_count, now);
  sql("UPDATE chunk_subject SET chunk = chunk - (SELECT min(id) FROM chunk WHERE layout = 2) + 1 WHERE layout = 2"); /* points at the other's */
  expect_refused("E-CHUNK-PACKAGE", NULL);
  compact((ans_compact_options){.rebuild = true});
  program = first;
  compare(pairs, pair_count, now);
  ans_program_free(second);
}
