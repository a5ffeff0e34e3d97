/* Unit tests of engine/store: what is kept, what is refused, what survives a kill and a full disk. */
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include "scratch.h"
#include "store/internal.h"
#include "store/store.h"
#include "num/period.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;

static ans_store *open_store(ans_store_mode mode) {
  ans_store *s = NULL;
  OK(ans_store_open(scratch_path("store.db"), mode, &s, &err));
  return s;
}
static int64_t subject(ans_store *s, const char *unit, const char *key) {
  int64_t id = 0;
  OK(ans_store_subject(s, unit, key, true, &id, &err));
  return id;
}
static void raw(const char *sql) { /* what somebody with an editor could do */
  sqlite3 *db = NULL;
  char *message = NULL;
  cr_assert_eq(sqlite3_open(scratch_path("store.db"), &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s", message);
  sqlite3_close(db);
}

TestSuite(store, .init = scratch_begin, .fini = scratch_end);

/* --- opening -------------------------------------------------------------------------------------------------------------------- */
Test(store, create_reopen_and_modes) {
  ans_store *s = NULL;
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-OPEN");
  cr_assert_null(s);
  s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t id = subject(s, "Person", "1");
  OK(ans_store_commit(s, &err));
  ans_store_close(s);
  s = open_store(ANS_STORE_READ);
  int64_t again = 0;
  OK(ans_store_subject(s, "Person", "1", false, &again, &err));
  cr_assert_eq(again, id);
  OK(ans_store_begin(s, &err));
  cr_assert_eq(ans_store_subject(s, "Person", "2", true, &again, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-READONLY");
  ans_store_close(s);
}

Test(store, refuses_foreign_newer_and_damaged_files) {
  ans_store *s = NULL;
  raw("CREATE TABLE other(x)");
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_CREATE, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-FOREIGN");
  unlink(scratch_path("store.db"));
  ans_store_close(open_store(ANS_STORE_CREATE));
  raw("PRAGMA user_version = 99");
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-NEWER");
  raw("PRAGMA user_version = 0");
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_READ, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-OLDER");
  FILE *f = fopen(scratch_path("store.db"), "wb");
  for (int i = 0; i < 9000; i++) fputc(i * 7, f);
  fclose(f);
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-NOTADB");
}

static void to_first_schema(void) {
  raw("DROP TRIGGER assertion_added; DROP TRIGGER assertion_changed; DROP TRIGGER assertion_removed; DROP TRIGGER subject_changed; DROP TRIGGER subject_removed; DROP TABLE chunk; DROP TABLE chunk_layout; DROP TABLE chunk_subject;"
      "DROP TABLE chunk_dirty; DROP TABLE decision_chunk");
  raw("ALTER TABLE run DROP COLUMN benefit; ALTER TABLE run DROP COLUMN law_known; ALTER TABLE run DROP COLUMN facts_known; ALTER TABLE run DROP COLUMN period_kind; DROP TABLE benefit_period; DROP TABLE exchange_gap; DROP TABLE exchange_hold; DROP INDEX exchange_log_subject; DROP TABLE life_event_done; DROP TABLE life_event; ALTER TABLE exchange_log DROP COLUMN fields; DROP INDEX evidence_clear; ALTER TABLE evidence DROP COLUMN sealed; PRAGMA user_version = 1");
}

/* A store of the first schema is brought up to date, and its runs knew all law and all facts. */
Test(store, migrates_the_first_schema) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  ans_run r = {.package_name = "p", .semantics_version = 1, .first_period = 24322, .last_period = 24322, .started_at = 5, .law_known = 20000, .facts_known = 20001};
  OK(ans_store_put_run(s, &r, &err));
  OK(ans_store_commit(s, &err));
  ans_store_close(s);
  to_first_schema();
  cr_assert_eq(ans_store_open(scratch_path("store.db"), ANS_STORE_READ, &s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-OLDER");
  s = open_store(ANS_STORE_WRITE);
  ans_run back;
  bool found = false;
  OK(ans_store_run(s, r.id, &back, &found, &err));
  cr_assert(found && back.started_at == 5 && back.law_known == ANS_STORE_ALL_KNOWN && back.facts_known == ANS_STORE_ALL_KNOWN);
  OK(ans_store_begin(s, &err));
  back.law_known = 19000;
  OK(ans_store_put_run(s, &back, &err));
  OK(ans_store_commit(s, &err));
  ans_run asked = back;
  OK(ans_store_unfinished_run(s, &asked, &back, &found, &err));
  cr_assert(found && back.law_known == 19000 && back.benefit[0] == '\0');
  asked.law_known = ANS_STORE_ALL_KNOWN;
  OK(ans_store_unfinished_run(s, &asked, &back, &found, &err));
  cr_assert_not(found); /* another question */
  ans_store_close(s);
}

Test(store, damaged_page_is_an_error_not_a_crash) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  for (int i = 0; i < 3000; i++) {
    char key[16];
    snprintf(key, sizeof key, "%d", i);
    ans_assertion a = {.subject = subject(s, "Person", key), .fact = "F", .source = "S", .from_day = 0, .to_day = 1, .kind = ANS_V_INT, .number = i};
    OK(ans_store_put_assertion(s, &a, NULL, &err));
  }
  OK(ans_store_commit(s, &err));
  ans_store_close(s);
  FILE *f = fopen(scratch_path("store.db"), "r+b");
  fseek(f, 0, SEEK_END);
  long size = ftell(f);
  for (long at = 16384; at < size; at += 8192) { /* every page but the first two */
    fseek(f, at, SEEK_SET);
    for (int i = 0; i < 64; i++) fputc(0xAA, f);
  }
  fclose(f);
  ans_status status = ans_store_open(scratch_path("store.db"), ANS_STORE_WRITE, &s, &err);
  int64_t id = 0;
  if (status == ANS_OK) {
    status = ans_store_subject(s, "Person", "1500", false, &id, &err);
    ans_store_close(s);
  }
  cr_assert_eq(status, ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-CORRUPT");
}

Test(store, writes_need_a_transaction) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  int64_t id = 0;
  cr_assert_eq(ans_store_subject(s, "Person", "1", true, &id, &err), ANS_INTERNAL);
  cr_assert_str_eq(err.code, "E-STORE-NOTX");
  cr_assert_eq(ans_store_commit(s, &err), ANS_INTERNAL);
  OK(ans_store_begin(s, &err));
  cr_assert_eq(ans_store_begin(s, &err), ANS_INTERNAL);
  ans_store_rollback(s);
  ans_store_close(s);
}

Test(store, second_writer_gets_busy) {
  ans_store *a = open_store(ANS_STORE_CREATE), *b = open_store(ANS_STORE_WRITE);
  sqlite3_busy_timeout(b->db, 20);
  OK(ans_store_begin(a, &err));
  cr_assert_eq(ans_store_begin(b, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-BUSY");
  OK(ans_store_commit(a, &err));
  OK(ans_store_begin(b, &err));
  OK(ans_store_commit(b, &err));
  ans_store_close(a);
  ans_store_close(b);
}

/* --- assertions ------------------------------------------------------------------------------------------------------------------- */
typedef struct seen { ans_assertion a[32]; size_t n; } seen;
static bool see(void *ctx, const ans_assertion *a) {
  seen *x = ctx;
  if (x->n < 32) x->a[x->n++] = *a;
  return true;
}
static seen visible(ans_store *s, int64_t id, int64_t at) {
  seen x = {.n = 0};
  OK(ans_store_assertions(s, id, at, see, &x, &err));
  return x;
}

Test(store, assertions_supersede_and_time_of_knowledge) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t p = subject(s, "Person", "1");
  ans_assertion a = {.subject = p, .fact = "Wohnsitz", .source = "Melderegister", .from_day = 10, .to_day = 20, .kind = ANS_V_TEXT, .text = "Inland", .recorded_at = 100};
  OK(ans_store_put_assertion(s, &a, NULL, &err));
  OK(ans_store_supersede(s, p, "Melderegister", NULL, 200, &err));
  a.text = "EU_EWR";
  a.recorded_at = 200;
  OK(ans_store_put_assertion(s, &a, NULL, &err));
  OK(ans_store_commit(s, &err));
  cr_assert_eq(visible(s, p, 99).n, 0u);
  cr_assert_eq(visible(s, p, 100).n, 1u);
  cr_assert_str_eq(visible(s, p, 199).a[0].text, "Inland");
  seen now = visible(s, p, INT64_MAX);
  cr_assert_eq(now.n, 1u); /* at 200 exactly one is visible */
  cr_assert_str_eq(now.a[0].text, "EU_EWR");
  cr_assert_str_eq(visible(s, p, 200).a[0].text, "EU_EWR");
  cr_assert_eq(now.a[0].fact, ans_store_interned(s, "Wohnsitz")); /* equal text, equal pointer */
  /* Another source and another fact are not touched. */
  OK(ans_store_begin(s, &err));
  OK(ans_store_supersede(s, p, "Antrag", NULL, 300, &err));
  OK(ans_store_supersede(s, p, "Melderegister", "Zuzug", 300, &err));
  OK(ans_store_commit(s, &err));
  cr_assert_eq(visible(s, p, INT64_MAX).n, 1u);
  ans_store_close(s);
}

Test(store, impossible_assertions_are_refused) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t p = subject(s, "Person", "1");
  const ans_assertion good = {.subject = p, .fact = "F", .source = "S", .from_day = 1, .to_day = 2, .kind = ANS_V_INT, .number = 5};
  ans_assertion bad[7] = {good, good, good, good, good, good, good};
  bad[0].from_day = 3;                                  /* ends before it begins */
  bad[1].fact = "";                                     /* no fact */
  bad[2].source = NULL;                                 /* no source */
  bad[3].state = 7;                                     /* no such state */
  bad[4].state = 2;                                     /* an unknown with a value */
  bad[5].kind = ANS_V_TEXT;                             /* a text without text */
  bad[6].kind = ANS_V_SUBJECT, bad[6].number = 0;       /* a reference to nothing */
  for (int i = 0; i < 7; i++) {
    cr_assert_eq(ans_store_put_assertion(s, &bad[i], NULL, &err), ANS_INPUT, "%d", i);
    cr_assert_str_eq(err.code, "E-STORE-ARG");
  }
  ans_assertion orphan = good;
  orphan.subject = 999; /* foreign key */
  cr_assert_eq(ans_store_put_assertion(s, &orphan, NULL, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-CONSTRAINT");
  OK(ans_store_put_assertion(s, &good, NULL, &err));
  OK(ans_store_commit(s, &err));
  cr_assert_eq(visible(s, p, INT64_MAX).n, 1u);
  ans_store_close(s);
}

typedef struct nested { ans_store *s; int64_t inner, visited; } nested;
static bool outer_visit(void *ctx, const ans_assertion *a) {
  nested *x = ctx;
  x->visited++;
  x->inner += (int64_t)visible(x->s, a->subject, INT64_MAX).n; /* the same statement, while it is running */
  return true;
}
Test(store, visitors_may_call_the_store) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t p = subject(s, "Person", "1");
  for (int i = 0; i < 3; i++) {
    ans_assertion a = {.subject = p, .fact = "F", .source = "S", .from_day = i, .to_day = i, .kind = ANS_V_INT, .number = i};
    OK(ans_store_put_assertion(s, &a, NULL, &err));
  }
  OK(ans_store_commit(s, &err));
  nested x = {.s = s};
  OK(ans_store_assertions(s, p, INT64_MAX, outer_visit, &x, &err));
  cr_assert_eq(x.visited, 3);
  cr_assert_eq(x.inner, 9);
  ans_store_close(s);
}

typedef struct ids { int64_t id[16]; size_t n; } ids;
static bool collect(void *ctx, int64_t id, const char *key) {
  ids *x = ctx;
  (void)key;
  if (x->n < 16) x->id[x->n++] = id;
  return true;
}
Test(store, referrers_are_live_and_of_the_unit) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t child = subject(s, "Person", "k"), pair1 = subject(s, "Kindschaft", "a/k"), pair2 = subject(s, "Kindschaft", "b/k"), other = subject(s, "Haushalt", "h");
  ans_assertion a = {.fact = "Kind", .source = "Bestand", .from_day = INT32_MIN, .to_day = INT32_MAX, .kind = ANS_V_SUBJECT, .number = child, .recorded_at = 5};
  const int64_t from[] = {pair2, pair1, other, pair1};
  for (int i = 0; i < 4; i++) {
    a.subject = from[i];
    OK(ans_store_put_assertion(s, &a, NULL, &err));
  }
  OK(ans_store_supersede(s, pair2, "Bestand", "Kind", 50, &err));
  OK(ans_store_commit(s, &err));
  ids x = {.n = 0};
  OK(ans_store_referrers(s, "Kindschaft", "Kind", child, INT64_MAX, collect, &x, &err));
  cr_assert_eq(x.n, 1u); /* pair1 once, pair2 superseded, the household is another unit */
  cr_assert_eq(x.id[0], pair1);
  x.n = 0;
  OK(ans_store_referrers(s, "Kindschaft", "Kind", child, 49, collect, &x, &err));
  cr_assert_eq(x.n, 2u);
  cr_assert_lt(x.id[0], x.id[1]);
  ans_store_close(s);
}

Test(store, rollback_forgets_names_and_rows) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t p = subject(s, "Person", "1");
  OK(ans_store_commit(s, &err));
  OK(ans_store_begin(s, &err));
  ans_assertion a = {.subject = p, .fact = "Neu", .source = "S", .kind = ANS_V_INT};
  OK(ans_store_put_assertion(s, &a, NULL, &err));
  ans_store_rollback(s);
  cr_assert_null(ans_store_interned(s, "Neu"));
  OK(ans_store_begin(s, &err));
  a.fact = "Anders"; /* gets the id that "Neu" had */
  OK(ans_store_put_assertion(s, &a, NULL, &err));
  a.fact = "Neu";
  OK(ans_store_put_assertion(s, &a, NULL, &err));
  OK(ans_store_commit(s, &err));
  seen x = visible(s, p, INT64_MAX);
  cr_assert_eq(x.n, 2u);
  cr_assert_str_eq(x.a[0].fact, "Anders");
  cr_assert_str_eq(x.a[1].fact, "Neu");
  cr_assert_neq(x.a[0].id, x.a[1].id);
  ans_store_close(s);
}

/* --- ledger ----------------------------------------------------------------------------------------------------------------------- */
static bool on_kind_claim(void *ctx, int64_t claim, unsigned why) {
  (void)claim;
  *(unsigned *)ctx |= why;
  return true;
}

/* 20 May 2026 lies in the period of each kind that contains it: an award that reaches the period closes the application, one that ends before does not. */
Test(store, an_application_is_open_until_an_award_reaches_its_period) {
  static const int32_t received_in[ANS_PERIOD_KINDS] = {2026 * 12 + 4, 20593, 2026 * 2, 2026};
  ans_store *s = open_store(ANS_STORE_CREATE);
  for (uint32_t kind = 0; kind < ANS_PERIOD_KINDS; kind++)
    for (int before = 0; before < 2; before++) {
      char benefit[24], key[24];
      snprintf(benefit, sizeof benefit, "L%u%d", kind, before);
      snprintf(key, sizeof key, "k%u%d", kind, before);
      const int32_t in = received_in[kind];
      cr_assert_eq(ans_period_of(kind, 20593), in);
      OK(ans_store_begin(s, &err));
      int64_t c = subject(s, "Kindschaft", key);
      OK(ans_store_put_application(s, &(ans_application){.claim = c, .benefit = benefit, .received_day = 20593, .reference = "AN-1"}, NULL, &err));
      OK(ans_store_put_award(s, &(ans_award){.claim = c, .benefit = benefit, .period_kind = kind, .from_period = in - 3, .to_period = in - before, .amount_cents = 100, .notice = "", .reference = ""}, NULL, &err));
      OK(ans_store_commit(s, &err));
      unsigned why = 0;
      OK(ans_store_claims(s, benefit, kind, in + 1, in + 1, on_kind_claim, &why, &err));
      cr_expect_eq(why, before ? 2u : 0u, "kind %u, award ends %d before: %u", kind, before, why);
      why = 0;
      OK(ans_store_claims(s, benefit, kind, in - 1, in - 1, on_kind_claim, &why, &err)); /* its last day is before the application was received */
      cr_expect_eq(why, 1u, "kind %u: %u", kind, why);
    }
  ans_store_close(s);
}

Test(store, the_ledger_of_a_benefit_is_in_one_kind_of_period) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t c = subject(s, "Kindschaft", "a/k");
  ans_award a = {.claim = c, .benefit = "Schulbedarf", .period_kind = ANS_PERIOD_HALF_YEAR, .from_period = 4052, .to_period = INT32_MAX, .amount_cents = 100, .notice = "", .reference = ""};
  OK(ans_store_check_period_kind(s, "Schulbedarf", ANS_PERIOD_YEAR, &err)); /* nothing recorded yet */
  OK(ans_store_put_award(s, &a, NULL, &err));
  OK(ans_store_check_period_kind(s, "Schulbedarf", ANS_PERIOD_HALF_YEAR, &err));
  cr_assert_eq(ans_store_check_period_kind(s, "Schulbedarf", ANS_PERIOD_YEAR, &err), ANS_INPUT);
  cr_assert_str_eq(err.code, "E-STORE-PERIOD-KIND");
  a.period_kind = ANS_PERIOD_MONTH, a.from_period = 24312;
  cr_assert_eq(ans_store_put_award(s, &a, NULL, &err), ANS_INPUT);
  ans_payment p = {.claim = c, .benefit = "Schulbedarf", .period_kind = ANS_PERIOD_YEAR, .from_period = 2026, .to_period = 2026, .amount_cents = 100, .iban = "", .reference = ""};
  cr_assert_eq(ans_store_put_payment(s, &p, &err), ANS_INPUT);
  p.period_kind = ANS_PERIOD_HALF_YEAR, p.from_period = p.to_period = 4052;
  OK(ans_store_put_payment(s, &p, &err));
  a.period_kind = ANS_PERIOD_HALF_YEAR, a.from_period = 24312; /* no half-year of the calendar */
  cr_assert_neq(ans_store_put_award(s, &a, NULL, &err), ANS_OK);
  OK(ans_store_commit(s, &err));
  unsigned why = 0;
  cr_assert_eq(ans_store_claims(s, "Schulbedarf", ANS_PERIOD_MONTH, 24312, 24312, on_kind_claim, &why, &err), ANS_INPUT);
  OK(ans_store_claims(s, "Schulbedarf", ANS_PERIOD_HALF_YEAR, 4053, 4053, on_kind_claim, &why, &err));
  cr_assert_eq(why, 1u);
  ans_store_close(s);
}

/* A store of schema 1 knew months only: it keeps its ledger, as months. */
Test(store, a_month_store_of_schema_1_is_migrated) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t c = subject(s, "Kindschaft", "a/k");
  OK(ans_store_put_award(s, &(ans_award){.claim = c, .benefit = "Kindergeld", .from_period = 24000, .to_period = INT32_MAX, .amount_cents = 25000, .notice = "", .reference = ""}, NULL, &err));
  ans_run r = {.package_name = "bund/estg/kindergeld", .semantics_version = 2, .first_period = 24322, .last_period = 24322, .started_at = 5};
  OK(ans_store_put_run(s, &r, &err));
  OK(ans_store_commit(s, &err));
  ans_store_close(s);
  to_first_schema();
  ans_store *old = NULL;
  cr_assert_neq(ans_store_open(scratch_path("store.db"), ANS_STORE_READ, &old, &err), ANS_OK);
  cr_assert_str_eq(err.code, "E-STORE-OLDER");
  s = open_store(ANS_STORE_WRITE);
  bool granted = false, found = false;
  int64_t cents = 0;
  OK(ans_store_award_at(s, "Kindergeld", c, 24100, &granted, &cents, &err));
  cr_assert(granted && cents == 25000);
  cr_assert_eq(ans_store_check_period_kind(s, "Kindergeld", ANS_PERIOD_YEAR, &err), ANS_INPUT);
  OK(ans_store_run(s, r.id, &r, &found, &err));
  cr_assert(found && r.period_kind == ANS_PERIOD_MONTH && r.first_period == 24322);
  ans_store_close(s);
}

Test(store, award_ledger_newest_row_decides) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t c = subject(s, "Kindschaft", "a/k");
  ans_award a = {.claim = c, .benefit = "Kindergeld", .from_period = 24000, .to_period = INT32_MAX, .amount_cents = 25000, .reference = "AW-1"};
  OK(ans_store_put_award(s, &a, NULL, &err));
  a.from_period = 24012, a.amount_cents = 25500;
  OK(ans_store_put_award(s, &a, NULL, &err));
  a.from_period = 24024, a.amount_cents = 0; /* ended */
  OK(ans_store_put_award(s, &a, NULL, &err));
  a.amount_cents = -1;
  cr_assert_eq(ans_store_put_award(s, &a, NULL, &err), ANS_INPUT);
  OK(ans_store_commit(s, &err));
  const struct { int32_t month; bool granted; int64_t cents; } expected[] = {{23999, false, 0}, {24000, true, 25000}, {24011, true, 25000}, {24012, true, 25500}, {24023, true, 25500}, {24024, false, 0}};
  for (size_t i = 0; i < 6; i++) {
    bool granted = false;
    int64_t cents = -1;
    OK(ans_store_award_at(s, "Kindergeld", c, expected[i].month, &granted, &cents, &err));
    cr_assert_eq(granted, expected[i].granted, "month %d", expected[i].month);
    cr_assert_eq(cents, expected[i].cents);
  }
  bool has = false;
  OK(ans_store_has_award(s, "Kindergeld", c, &has, &err));
  cr_assert(has);
  OK(ans_store_has_award(s, "Wohngeld", c, &has, &err));
  cr_assert_not(has);
  OK(ans_store_begin(s, &err));
  OK(ans_store_supersede_awards(s, "Kindergeld", c, "AW-1", 77, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_has_award(s, "Kindergeld", c, &has, &err));
  cr_assert_not(has);
  ans_store_close(s);
}

typedef struct claims { int64_t id[16]; unsigned why[16]; size_t n; } claims;
static bool on_claim(void *ctx, int64_t claim, unsigned why) {
  claims *x = ctx;
  x->id[x->n] = claim;
  x->why[x->n++] = why;
  return x->n < 16;
}
Test(store, claims_once_in_order_with_reasons) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t a = subject(s, "Kindschaft", "a/1"), b = subject(s, "Kindschaft", "b/2"), c = subject(s, "Kindschaft", "c/3"), d = subject(s, "Kindschaft", "d/4"), e = subject(s, "Kindschaft", "e/5");
  int32_t nov = 2026 * 12 + 10;
  ans_award w = {.claim = a, .benefit = "Kindergeld", .from_period = nov - 5, .to_period = nov, .amount_cents = 100};
  OK(ans_store_put_award(s, &w, NULL, &err));
  w.claim = b, w.to_period = nov - 1; /* ended before */
  OK(ans_store_put_award(s, &w, NULL, &err));
  ans_application p = {.claim = a, .benefit = "Kindergeld", .received_day = 20770 /* 2026-11-12 */, .reference = "AN-1"}; /* the award of a reaches November: granted */
  OK(ans_store_put_application(s, &p, NULL, &err));
  p.claim = b, p.reference = "AN-2"; /* the award of b ended in October: asked for again */
  OK(ans_store_put_application(s, &p, NULL, &err));
  p.claim = a, p.reference = "AN-1";
  int64_t first = 0, second = 0;
  OK(ans_store_put_application(s, &p, &first, &err));
  OK(ans_store_put_application(s, &p, &second, &err));
  cr_assert_eq(first, second); /* the same application again is the same row */
  bool added = false;
  OK(ans_store_put_event(s, "births", "E1", "birth", 20760, c, "Kindergeld", &added, &err));
  cr_assert(added);
  OK(ans_store_put_event(s, "births", "E1", "birth", 20760, c, "Kindergeld", &added, &err));
  cr_assert_not(added);
  OK(ans_store_put_event(s, "births", "E1", "birth", 20760, d, "Kindergeld", &added, &err));
  cr_assert(added); /* the other parent */
  OK(ans_store_cancel_event(s, "births", "E2", 1, &err)); /* arrives before what it cancels */
  OK(ans_store_put_event(s, "births", "E2", "birth", 20760, e, "Kindergeld", &added, &err));
  OK(ans_store_put_event(s, "births", "E3", "birth", 20760, 0, "Kindergeld", &added, &err)); /* nobody identified */
  OK(ans_store_commit(s, &err));
  claims x = {.n = 0};
  OK(ans_store_claims(s, "Kindergeld", ANS_PERIOD_MONTH, nov, nov, on_claim, &x, &err));
  cr_assert_eq(x.n, 4u);
  cr_assert(x.id[0] == a && x.id[1] == b && x.id[2] == c && x.id[3] == d);
  cr_assert(x.why[0] == 1 && x.why[1] == 2 && x.why[2] == 4 && x.why[3] == 4);
  x.n = 0;
  OK(ans_store_claims_between(s, "Kindergeld", ANS_PERIOD_MONTH, nov, nov, a, INT64_MAX, on_claim, &x, &err));
  cr_assert_eq(x.n, 3u);
  x.n = 0;
  OK(ans_store_claims(s, "Kindergeld", ANS_PERIOD_MONTH, nov - 1, nov - 1, on_claim, &x, &err)); /* neither application nor birth yet */
  cr_assert_eq(x.n, 2u);
  cr_assert(x.id[0] == a && x.id[1] == b && x.why[0] == 1 && x.why[1] == 1);
  x.n = 0;
  OK(ans_store_claims(s, "Kindergeld", ANS_PERIOD_MONTH, nov - 1, nov, on_claim, &x, &err)); /* an award that ended within the span is looked at too */
  cr_assert(x.n == 4 && x.id[1] == b && x.why[1] == (1 | 2));
  OK(ans_store_begin(s, &err));
  OK(ans_store_close_requests(s, "Kindergeld", b, 9, &err));
  OK(ans_store_close_requests(s, "Kindergeld", c, 9, &err));
  OK(ans_store_commit(s, &err));
  x.n = 0;
  OK(ans_store_claims(s, "Kindergeld", ANS_PERIOD_MONTH, nov, nov, on_claim, &x, &err));
  cr_assert(x.n == 2 && x.id[0] == a && x.why[0] == 1 && x.id[1] == d);
  bool found = false;
  int32_t day = 0;
  OK(ans_store_application_of(s, "Kindergeld", a, &found, &day, &err)); /* closed, but still a fact */
  cr_assert(found && day == 20770);
  ans_store_close(s);
}

/* --- exchange log ------------------------------------------------------------------------------------------------------------------- */
static ans_exchange_entry entry(int i) {
  static char keys[8][24];
  snprintf(keys[i % 8], sizeof keys[0], "%011d", i);
  return (ans_exchange_entry){.at = 1000 + i, .register_name = "residents", .service = "TH/GOV/MELDE/residents/person", .subject_key = keys[i % 8], .legal_basis = "§ 68 Abs. 4 EStG", .purpose = "Prüfung",
                              .case_id = "KG-1", .request_id = "r", .outcome = "sent", .idnr_used = true};
}
static void fill_log(ans_store *s, int n) {
  for (int i = 0; i < n; i += 4) {
    ans_exchange_entry e[4] = {entry(i), entry(i + 1), entry(i + 2), entry(i + 3)};
    OK(ans_store_log_exchanges(s, e, 4, &err));
  }
}

Test(store, exchange_log_chain_and_retention) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  int64_t n = -1, id = 0, deleted = 0;
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 0);
  fill_log(s, 20);
  ans_exchange_entry e = entry(20);
  OK(ans_store_log_exchange(s, &e, &id, &err));
  cr_assert_eq(id, 21);
  OK(ans_store_begin(s, &err));
  cr_assert_eq(ans_store_log_exchange(s, &e, &id, &err), ANS_INTERNAL); /* would become durable too late */
  OK(ans_store_append_exchange(s, &e, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 22);
  int64_t held = 0;
  OK(ans_store_expire_exchange_log(s, 1000, 5000, &deleted, &held, &err));
  cr_assert(deleted == 0 && held == 0);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 22, "nothing to delete, nothing written");
  OK(ans_store_expire_exchange_log(s, 1010, 5000, &deleted, &held, &err));
  cr_assert_eq(deleted, 10);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 13);
  OK(ans_store_expire_exchange_log(s, INT64_MAX, 6000, &deleted, &held, &err)); /* everything but the record of the first deletion */
  cr_assert_eq(deleted, 12);
  OK(ans_store_log_exchange(s, &e, &id, &err));
  cr_assert_eq(id, 25);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 3);
  OK(ans_store_expire_exchange_log(s, INT64_MAX, 7000, &deleted, &held, &err));
  cr_assert_eq(deleted, 2); /* the older record goes, the newest stays */
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 2);
  ans_store_close(s);
}

static bool count_entry(void *ctx, int64_t id, const ans_exchange_entry *e) {
  (void)id;
  (void)e;
  ++*(int64_t *)ctx;
  return true;
}
static int64_t kept_for(ans_store *s, const char *key) {
  int64_t n = 0;
  OK(ans_store_exchange_entries(s, key, 0, count_entry, &n, &err));
  return n;
}
static void fill_people(ans_store *s, int n) { /* three people in turn, three cases */
  static const char *const people[] = {"00000000001", "00000000002", "00000000003"}, *const cases[] = {"A", "B", "C"};
  for (int i = 0; i < n; i++) {
    ans_exchange_entry e = entry(i);
    e.subject_key = people[i % 3];
    e.case_id = cases[i / 3 % 3];
    OK(ans_store_log_exchange(s, &e, NULL, &err));
  }
}
static bool last_hold(void *ctx, const ans_exchange_hold *h) {
  *(int64_t *)ctx = h->released_at;
  return true;
}

Test(store, a_hold_keeps_its_entries_and_nobody_elses) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  int64_t n = 0, deleted = 0, held = 0, hold = 0, of_case = 0, released_at = 0, evidence = 0;
  bool found = false;
  fill_people(s, 90);
  OK(ans_store_begin(s, &err));
  OK(ans_store_put_evidence(s, &(ans_evidence){.source = "Melderegister", .service = "s", .subject_key = "00000000002", .request_id = "r", .received_at = 1000, .body = "{}", .body_size = 2}, &evidence, &err));
  OK(ans_store_commit(s, &err));
  cr_assert_eq(ans_store_put_hold(s, &(ans_exchange_hold){.subject_key = "00000000001", .reason = "", .author = "x"}, &hold, &err), ANS_INPUT);
  cr_assert_eq(ans_store_put_hold(s, &(ans_exchange_hold){.subject_key = "00000000001", .reason = "x", .author = ""}, &hold, &err), ANS_INPUT);
  OK(ans_store_put_hold(s, &(ans_exchange_hold){.subject_key = "00000000001", .reason = "4 K 12/26", .author = "Muster", .set_at = 1}, &hold, &err));
  OK(ans_store_put_hold(s, &(ans_exchange_hold){.subject_key = "00000000002", .case_id = "B", .reason = "Beschwerde", .author = "Muster", .set_at = 1}, &of_case, &err));
  OK(ans_store_expire_exchange_log(s, 1060, 5000, &deleted, &held, &err)); /* 60 are past their time: 20 held for the person, 7 of the other in case B */
  cr_assert(deleted == 33 && held == 27, "%lld %lld", (long long)deleted, (long long)held);
  cr_assert(kept_for(s, "00000000001") == 30 && kept_for(s, "00000000002") == 17 && kept_for(s, "00000000003") == 10);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 58); /* 57 and the record of the deletion */
  OK(ans_store_release_hold(s, hold, "Muster", 5001, &found, &err));
  cr_assert(found);
  OK(ans_store_release_hold(s, hold, "Muster", 5002, &found, &err));
  cr_assert_not(found, "released once");
  OK(ans_store_expire_exchange_log(s, 1060, 5003, &deleted, &held, &err));
  cr_assert(deleted == 20 && held == 7);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  OK(ans_store_release_hold(s, of_case, "Muster", 5004, &found, &err));
  OK(ans_store_holds(s, last_hold, &released_at, &err));
  cr_assert_eq(released_at, 5004);
  OK(ans_store_expire_exchange_log(s, INT64_MAX, 5005, &deleted, &held, &err));
  cr_assert(held == 0 && kept_for(s, NULL) == 2);
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n, 2);
  ans_evidence head = {0};
  OK(ans_store_evidence(s, evidence, &head, NULL, NULL, &found, &err));
  cr_assert(found && head.received_at == 1000, "provenance is the case file's and stays");
  ans_store_close(s);
}

Test(store, a_gap_cannot_be_made_up) {
  static const char *const attacks[] = {"INSERT INTO exchange_gap SELECT 40, 41, hash FROM exchange_log WHERE id = 41; DELETE FROM exchange_log WHERE id IN (40, 41)",
                                        "UPDATE exchange_gap SET last = last + 1 WHERE first = 2",
                                        "UPDATE exchange_gap SET hash = zeroblob(32) WHERE first = 2",
                                        "DELETE FROM exchange_gap WHERE first = 2",
                                        "INSERT INTO exchange_gap VALUES(500, 600, zeroblob(32))",
                                        "DELETE FROM exchange_log WHERE outcome = 'expired'"};
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    ans_store *s = open_store(ANS_STORE_CREATE);
    int64_t n = 0, id = 0, deleted = 0, held = 0;
    fill_people(s, 60);
    OK(ans_store_put_hold(s, &(ans_exchange_hold){.subject_key = "00000000001", .reason = "4 K 12/26", .author = "Muster"}, &id, &err));
    OK(ans_store_expire_exchange_log(s, 1030, 5000, &deleted, &held, &err));
    OK(ans_store_verify_exchange_log(s, &n, &err));
    ans_store_close(s);
    raw(attacks[i]);
    s = open_store(ANS_STORE_READ);
    cr_assert_eq(ans_store_verify_exchange_log(s, &n, &err), ANS_NEGATIVE, "attack %zu", i);
    cr_assert_str_eq(err.code, "E-STORE-CHAIN");
    ans_store_close(s);
    unlink(scratch_path("store.db"));
    unlink(scratch_path("store.db-wal"));
    unlink(scratch_path("store.db-shm"));
  }
}

Test(store, exchange_log_finds_every_alteration) {
  static const char *const attacks[] = {"UPDATE exchange_log SET legal_basis = 'x' WHERE id = 5",
                                        "UPDATE exchange_log SET subject_key = '2', register_name = 'residents0000000000' WHERE id = 3",
                                        "UPDATE exchange_log SET idnr_used = 0 WHERE id = 1",
                                        "UPDATE exchange_log SET at = at + 1 WHERE id = 8",
                                        "DELETE FROM exchange_log WHERE id = 4",
                                        "DELETE FROM exchange_log WHERE id = 1",
                                        "UPDATE exchange_log SET hash = zeroblob(32) WHERE id = 8",
                                        "INSERT INTO exchange_log SELECT 9, at, register_name, service, subject_key, legal_basis, purpose, case_id, request_id, xroad_request_id, outcome, error_detail, idnr_used, hash, fields FROM exchange_log WHERE id = 8"};
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    ans_store *s = open_store(ANS_STORE_CREATE);
    int64_t n = 0;
    fill_log(s, 8);
    ans_store_close(s);
    raw(attacks[i]);
    s = open_store(ANS_STORE_READ);
    cr_assert_eq(ans_store_verify_exchange_log(s, &n, &err), ANS_NEGATIVE, "attack %zu", i);
    cr_assert_str_eq(err.code, "E-STORE-CHAIN");
    ans_store_close(s);
    unlink(scratch_path("store.db"));
    unlink(scratch_path("store.db-wal"));
    unlink(scratch_path("store.db-shm"));
  }
}

/* --- runs and blobs ------------------------------------------------------------------------------------------------------------------ */
Test(store, runs_decisions_and_nothing_twice) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  uint8_t head[32], zero[32] = {0};
  OK(ans_store_last_head(s, head, &err));
  cr_assert_arr_eq(head, zero, 32);
  OK(ans_store_begin(s, &err));
  int64_t c = subject(s, "Kindschaft", "a/k");
  ans_run r = {.package_name = "bund/estg/kindergeld", .benefit = "Kindergeld", .semantics_version = 1, .first_period = 24322, .last_period = 24322, .started_at = 5};
  memset(r.package_sha, 7, 32);
  OK(ans_store_put_run(s, &r, &err));
  cr_assert_gt(r.id, 0);
  ans_decision d = {.run = r.id, .claim = c, .period = 24322, .merits = 1, .procedure = 2, .action = 3, .amount_cents = 25900, .payout_cents = 25900, .previous_cents = 25500, .has_leaf = true, .reason_codes = "[\"x\"]"};
  memset(d.leaf, 9, 32);
  int64_t id = 0;
  OK(ans_store_put_decision(s, &d, &id, &err));
  cr_assert_eq(ans_store_put_decision(s, &d, NULL, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-CONSTRAINT");
  OK(ans_store_put_quarantine(s, r.id, c, "E-FACT-CYCLE", "Zirkel", &err));
  OK(ans_store_commit(s, &err));
  ans_run back;
  bool found = false;
  OK(ans_store_unfinished_run(s, &(ans_run){.benefit = "Kinderzuschlag", .first_period = 24322, .last_period = 24322}, &back, &found, &err));
  cr_assert_not(found);
  ans_run asked = r;
  asked.benefit = "Kinderzuschlag";
  OK(ans_store_unfinished_run(s, &asked, &back, &found, &err));
  cr_assert_not(found); /* another benefit of the package */
  OK(ans_store_unfinished_run(s, &r, &back, &found, &err));
  cr_assert(found && back.id == r.id && back.semantics_version == 1);
  cr_assert_str_eq(back.benefit, "Kindergeld");
  cr_assert_str_eq(back.package_name, "bund/estg/kindergeld");
  OK(ans_store_begin(s, &err));
  back.state = 1;
  memset(back.head, 3, 32);
  OK(ans_store_put_run(s, &back, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_unfinished_run(s, &r, &back, &found, &err));
  cr_assert_not(found);
  OK(ans_store_last_head(s, head, &err));
  cr_assert_eq(head[31], 3);
  ans_decision got;
  OK(ans_store_decision(s, id, &got, &found, &err));
  cr_assert(found && got.has_leaf && got.leaf[0] == 9 && got.amount_cents == 25900 && got.previous_cents == 25500 && got.claim == c);
  cr_assert_str_eq(got.reason_codes, "[\"x\"]");
  free((void *)(uintptr_t)got.reason_codes);
  OK(ans_store_decision(s, id + 1, &got, &found, &err));
  cr_assert_not(found);
  ans_store_close(s);
}

Test(store, blobs_are_kept_by_hash) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  uint8_t sha[32] = {1}, other[32] = {2};
  void *bytes = NULL;
  size_t size = 0;
  OK(ans_store_begin(s, &err));
  OK(ans_store_put_snapshot(s, sha, "abc\0d", 5, &err));
  OK(ans_store_put_snapshot(s, sha, "abc\0d", 5, &err));
  OK(ans_store_put_package(s, sha, "", 0, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_snapshot(s, sha, &bytes, &size, &err));
  cr_assert(size == 5 && memcmp(bytes, "abc\0d", 5) == 0);
  free(bytes);
  OK(ans_store_package(s, sha, &bytes, &size, &err));
  cr_assert(bytes && size == 0);
  free(bytes);
  OK(ans_store_snapshot(s, other, &bytes, &size, &err));
  cr_assert_null(bytes);
  ans_store_close(s);
}

Test(store, settings_cases_and_limits) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  char *text = NULL, big[5000];
  OK(ans_store_get_text(s, "k", &text, &err));
  cr_assert_null(text);
  OK(ans_store_begin(s, &err));
  OK(ans_store_set_text(s, "k", "1", &err));
  OK(ans_store_set_text(s, "k", "2", &err));
  int64_t c = subject(s, "Kindschaft", "a/k"), claim = 0, id = 0;
  OK(ans_store_set_case(s, "Kindergeld", c, "KG-1", &err));
  OK(ans_store_set_case(s, "Kindergeld", c, "KG-2", &err)); /* the first number stays */
  memset(big, 'x', sizeof big);
  big[sizeof big - 1] = 0;
  cr_assert_eq(ans_store_subject(s, "Person", big, true, &id, &err), ANS_LIMIT);
  cr_assert_eq(ans_store_subject(s, big, "k", true, &id, &err), ANS_LIMIT);
  cr_assert_eq(ans_store_subject(s, "Person", "", true, &id, &err), ANS_INPUT);
  OK(ans_store_commit(s, &err));
  OK(ans_store_get_text(s, "k", &text, &err));
  cr_assert_str_eq(text, "2");
  free(text);
  char number[129];
  bool found = false;
  const char *benefit = NULL;
  OK(ans_store_case_of(s, "Kindergeld", c, number, sizeof number, &found, &err));
  cr_assert(found && strcmp(number, "KG-1") == 0);
  OK(ans_store_claim_of_case(s, "KG-1", &claim, &benefit, &err));
  cr_assert(claim == c && strcmp(benefit, "Kindergeld") == 0);
  OK(ans_store_claim_of_case(s, "KG-2", &claim, &benefit, &err));
  cr_assert_eq(claim, 0);
  ans_store_close(s);
}

/* --- accidents ----------------------------------------------------------------------------------------------------------------------- */
/* Writes blocks of ten persons with one assertion each for ever. */
static void write_until_killed(void) {
  ans_store *s = open_store(ANS_STORE_WRITE);
  for (int block = 0;; block++) {
    OK(ans_store_begin(s, &err));
    for (int i = 0; i < 10; i++) {
      char key[32];
      snprintf(key, sizeof key, "%d-%d", block, i);
      ans_assertion a = {.subject = subject(s, "Person", key), .fact = "F", .source = "S", .kind = ANS_V_INT, .number = i};
      OK(ans_store_put_assertion(s, &a, NULL, &err));
    }
    OK(ans_store_commit(s, &err));
  }
}

static bool count_subject(void *ctx, int64_t id, const char *key) {
  (void)id;
  (void)key;
  ++*(int64_t *)ctx;
  return true;
}

Test(store, kill_at_any_moment_leaves_whole_transactions) {
  ans_store_close(open_store(ANS_STORE_CREATE));
  int64_t before = 0;
  for (int round = 0; round < 6; round++) {
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
      write_until_killed();
      _exit(1);
    }
    /* Not a timing: the child is killed somewhere in its work, later each round. */
    usleep((useconds_t)(5000 + round * 7000));
    kill(child, SIGKILL);
    int how = 0;
    waitpid(child, &how, 0);
    cr_assert(WIFSIGNALED(how));
    ans_store *s = open_store(ANS_STORE_WRITE);
    sqlite3_stmt *st = NULL;
    cr_assert_eq(sqlite3_prepare_v2(s->db, "PRAGMA integrity_check", -1, &st, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
    cr_assert_str_eq((const char *)sqlite3_column_text(st, 0), "ok");
    sqlite3_finalize(st);
    int64_t n = 0;
    OK(ans_store_subjects(s, "Person", 0, count_subject, &n, &err));
    cr_assert_eq(n % 10, 0, "%lld subjects", (long long)n); /* whole blocks only */
    cr_assert_geq(n, before);
    ids x = {.n = 0};
    OK(ans_store_subjects(s, "Person", 0, collect, &x, &err));
    for (size_t i = 0; i < x.n; i++) cr_assert_geq(visible(s, x.id[i], INT64_MAX).n, 1u);
    before = n;
    ans_store_close(s);
  }
}

Test(store, full_disk_is_reported_and_loses_only_the_open_transaction) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_begin(s, &err));
  int64_t p = subject(s, "Person", "1");
  OK(ans_store_commit(s, &err));
  OK(ans_store_set_quota(s, 1, &err));
  char *body = calloc(1, 100000);
  ans_evidence e = {.source = "S", .service = "x", .subject_key = "1", .body = body, .body_size = 100000};
  ans_status status = ans_store_begin(s, &err);
  int stored = 0;
  while (status == ANS_OK && stored < 100) {
    status = ans_store_put_evidence(s, &e, NULL, &err);
    stored += status == ANS_OK;
  }
  cr_assert_eq(status, ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-FULL");
  cr_assert_gt(stored, 0);
  cr_assert_lt(stored, 100);
  ans_store_rollback(s);
  bool found = true;
  int64_t at = 0, again = 0;
  int outcome = 0;
  OK(ans_store_latest_evidence(s, "S", NULL, "1", &found, &at, &outcome, &err));
  cr_assert_not(found);
  OK(ans_store_subject(s, "Person", "1", false, &again, &err));
  cr_assert_eq(again, p);
  OK(ans_store_set_quota(s, 0, &err)); /* space was made: the same work goes through */
  OK(ans_store_begin(s, &err));
  OK(ans_store_put_evidence(s, &e, NULL, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_latest_evidence(s, "S", NULL, "1", &found, &at, &outcome, &err));
  cr_assert(found);
  free(body);
  ans_store_close(s);
}

Test(store, full_disk_blocks_the_exchange_log) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  OK(ans_store_set_quota(s, 1, &err));
  ans_exchange_entry e[64];
  for (int i = 0; i < 64; i++) e[i] = entry(i);
  ans_status status = ANS_OK;
  for (int i = 0; i < 2000 && status == ANS_OK; i++) status = ans_store_log_exchanges(s, e, 64, &err);
  cr_assert_eq(status, ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-FULL");
  int64_t n = 0;
  OK(ans_store_verify_exchange_log(s, &n, &err));
  cr_assert_eq(n % 64, 0); /* whole batches */
  cr_assert_gt(n, 0);
  ans_store_close(s);
}

/* --- places in chunks ------------------------------------------------------------------------------------------------------------ */
enum { PLACES = 1500 };
static void expect_places(ans_store *s, int64_t layout, const int64_t ids[PLACES], int64_t chunk, uint32_t marked) {
  ans_chunk_place places[PLACES];
  OK(ans_store_chunk_places(s, layout, ids, PLACES, places, &err));
  for (uint32_t i = 0; i < PLACES; i++) {
    const bool inside = i % 3 != 2;
    cr_assert_eq(places[i].chunk, inside ? chunk + (i >= 900) : 0, "%u", i);
    cr_assert_eq(places[i].component, inside ? i : 0, "%u", i);
    cr_assert_eq(places[i].changed, inside && i < marked && i % 2, "%u of %u", i, marked);
  }
}

/* Two chunks; every third subject is in none; every second component below `marked` has changed. Few marks are read at once, many asked for one by one. */
Test(store, places_of_subjects_in_chunks) {
  ans_store *s = open_store(ANS_STORE_CREATE);
  const uint8_t package[32] = {1};
  int64_t layout = 0, chunk = 0, next = 0, ids[PLACES];
  char key[16], sql[256];
  OK(ans_store_begin(s, &err));
  for (int i = 0; i < PLACES; i++) {
    snprintf(key, sizeof key, "%05d", i);
    ids[i] = subject(s, "Person", key);
  }
  OK(ans_store_chunk_layout(s, package, 1, true, &layout, &err));
  OK(ans_store_next_chunk(s, &chunk, &err));
  OK(ans_store_put_chunk(s, layout, chunk, 1, PLACES, "a", 1, &err));
  OK(ans_store_next_chunk(s, &next, &err));
  cr_assert_eq(next, chunk + 1);
  OK(ans_store_put_chunk(s, layout, next, 1, PLACES, "b", 1, &err));
  for (int i = 0; i < PLACES; i++)
    if (i % 3 != 2) OK(ans_store_put_chunk_subject(s, layout, ids[i], chunk + (i >= 900), (uint32_t)i, &err));
  OK(ans_store_commit(s, &err));
  expect_places(s, layout, ids, chunk, 0);
  for (uint32_t marked = 100; marked <= PLACES; marked += 1400) {
    snprintf(sql, sizeof sql, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 2 FROM n WHERE i + 2 < %u) INSERT OR IGNORE INTO chunk_dirty SELECT %lld + (i >= 900), i FROM n", marked, (long long)chunk);
    raw(sql);
    expect_places(s, layout, ids, chunk, marked);
  }
  snprintf(sql, sizeof sql, "WITH RECURSIVE n(i) AS (SELECT 5000 UNION ALL SELECT i + 1 FROM n WHERE i < 7000) INSERT INTO chunk_dirty SELECT %lld, i FROM n", (long long)chunk);
  raw(sql); /* more than are read at once */
  expect_places(s, layout, ids, chunk, PLACES);
  ans_store_close(s);
}
