/* The run end to end on a real store with a small program: ordering, threads, resume after a stop, quarantine, brakes, replay, audit and tampering. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "batch/batch.h"

/* Fall: vollständig truth (`Melderegister`), Betrag money. entitled = vollständig; amount = entitled ? Betrag : 0. */
static ans_program *make_program(void) {
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  ans_type truth = {.tag = ANS_T_BOOL}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH};
  ans_builder_header(b, "test/lauf", "1.0.0", "Test", 24000, 24400);
  uint32_t unit = ans_builder_unit(b, &(ans_unit){.name = "Fall", .label = "", .parent = ANS_NONE});
  ans_source_rank source = {"Register", 0};
  uint32_t f1 = ans_builder_fact(b, &(ans_fact){.name = "Erfüllt", .label = "", .unit = unit, .type = truth, .provision = ANS_NONE}, &source, 1);
  uint32_t f2 = ans_builder_fact(b, &(ans_fact){.name = "Betrag", .label = "", .unit = unit, .type = money, .provision = ANS_NONE}, &source, 1);
  ans_type ref = {.tag = ANS_T_REF, .ref = unit};
  uint32_t f3 = ans_builder_fact(b, &(ans_fact){.name = "Wer", .label = "", .unit = unit, .type = ref, .provision = ANS_NONE}, &source, 1);
  uint32_t provision = ans_builder_provision(b, &(ans_provision){.text = "§ 1 TestG", .law = "TestG", .parent = ANS_NONE});
  uint32_t e = ans_builder_insn(b, (ans_insn){ANS_OP_FACT, (uint16_t)unit, truth, f1, ANS_NONE, ANS_NONE});
  uint32_t m = ans_builder_insn(b, (ans_insn){ANS_OP_FACT, (uint16_t)unit, money, f2, ANS_NONE, ANS_NONE});
  uint32_t zero = ans_builder_insn(b, (ans_insn){ANS_OP_CONST, 0, money, ans_builder_const(b, 0), ANS_NONE, ANS_NONE});
  uint32_t amount = ans_builder_insn(b, (ans_insn){ANS_OP_SELECT, (uint16_t)unit, money, e, m, zero});
  uint32_t r1 = ans_builder_result(b, &(ans_result){.name = "Anspruch", .label = "", .unit = unit, .type = truth, .insn = e, .provision = provision});
  uint32_t r2 = ans_builder_result(b, &(ans_result){.name = "Höhe", .label = "", .unit = unit, .type = money, .insn = amount, .provision = provision});
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = unit, .entitled_result = r1, .amount_result = r2, .payout_result = ANS_NONE, .recipient_fact = f3, .subject_fact = ANS_NONE,
                                        .regime_provision = provision, .application_provision = ANS_NONE});
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &p, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  ans_builder_free(b);
  return p;
}

static void say(ans_store *s, int64_t subject, const char *fact, uint8_t state, int64_t value) {
  int64_t id;
  ans_assertion a = {.subject = subject, .fact = fact, .source = "Register", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = state,
                     .kind = state == ANS_VALUE ? ANS_V_INT : ANS_V_NONE, .number = value, .text = state == ANS_UNKNOWN ? "nicht geliefert" : "", .author = "", .recorded_at = 1000};
  cr_assert_eq(ans_store_put_assertion(s, &a, &id, NULL), ANS_OK);
}

enum { CLAIMS = 300 };
/* Claim i: every 10th unknown, every 7th not entitled; award of 100.00 for even i, 90.00 for every 6th. */
static void fill(const char *path) {
  ans_store *s = NULL;
  ans_error err = {0};
  cr_assert_eq(ans_store_open(path, ANS_STORE_CREATE, &s, &err), ANS_OK, "%s", err.code);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  for (int i = 0; i < CLAIMS; i++) {
    char key[32];
    int64_t subject, id;
    snprintf(key, sizeof key, "F-%05d", i);
    cr_assert_eq(ans_store_subject(s, "Fall", key, true, &subject, NULL), ANS_OK);
    say(s, subject, "Erfüllt", i % 10 == 0 ? ANS_UNKNOWN : ANS_VALUE, i % 10 == 0 ? 0 : i % 7 != 0);
    say(s, subject, "Betrag", ANS_VALUE, 10000);
    if (i % 2 == 0) {
      ans_award a = {.claim = subject, .benefit = "Hilfe", .from_period = 24000, .to_period = INT32_MAX, .amount_cents = i % 6 == 0 ? 9000 : 10000, .notice = "", .recorded_at = 1000};
      cr_assert_eq(ans_store_put_award(s, &a, &id, NULL), ANS_OK);
    } else {
      ans_application a = {.claim = subject, .benefit = "Hilfe", .received_day = 10, .reference = ""};
      cr_assert_eq(ans_store_put_application(s, &a, &id, NULL), ANS_OK);
    }
  }
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
}

static void temporary(char path[64]) {
  strcpy(path, "/tmp/anspruch-test-XXXXXX");
  int fd = mkstemp(path);
  cr_assert(fd >= 0);
  close(fd);
  unlink(path);
}

static void drop(const char *path) {
  char side[80];
  unlink(path);
  snprintf(side, sizeof side, "%s-wal", path);
  unlink(side);
  snprintf(side, sizeof side, "%s-shm", path);
  unlink(side);
}

static const ans_batch_options usual = {.benefit = "Hilfe", .first_period = 24100, .last_period = 24101, .current_period = 24101, .jobs = 1, .claims_per_chunk = 16,
                                        .brake_change_permille = ANS_BRAKE_OFF, .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true};

typedef struct row { int64_t claim; int32_t month; uint8_t merits, procedure, action; int64_t amount, previous; uint8_t facts[32], trace[32]; } row;
typedef struct rows { row items[CLAIMS * 24]; size_t count; } rows;
static bool collect(void *ctx, const ans_decision *d) {
  rows *r = ctx;
  cr_assert_lt(r->count, sizeof r->items / sizeof *r->items);
  row x = {d->claim, d->period, d->merits, d->procedure, d->action, d->amount_cents, d->previous_cents, {0}, {0}};
  memcpy(x.facts, d->facts_sha, 32);
  memcpy(x.trace, d->trace_sha, 32);
  r->items[r->count++] = x;
  return true;
}

static rows *decisions(const char *path, int64_t run) {
  rows *r = calloc(1, sizeof *r);
  ans_store *s = NULL;
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_decisions(s, run, collect, r, NULL), ANS_OK);
  ans_store_close(s);
  return r;
}

static void expect_same(const rows *a, const rows *b) {
  cr_assert_eq(a->count, b->count);
  for (size_t i = 0; i < a->count; i++) {
    const row *x = &a->items[i], *y = &b->items[i];
    cr_expect(x->claim == y->claim && x->month == y->month && x->merits == y->merits && x->procedure == y->procedure && x->action == y->action && x->amount == y->amount && x->previous == y->previous &&
                  !memcmp(x->facts, y->facts, 32) && !memcmp(x->trace, y->trace, 32),
              "row %zu differs", i);
  }
}

Test(batch, decides_every_claim_as_the_facts_say) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_error err = {0};
  temporary(path);
  fill(path);
  cr_assert_eq(ans_batch_run(path, p, &usual, &r, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  cr_expect_eq(r.decisions, 2 * CLAIMS);
  cr_expect_eq(r.quarantined, 0);
  rows *d = decisions(path, r.run);
  cr_assert_eq(d->count, (size_t)(2 * CLAIMS));
  for (size_t k = 0; k < d->count; k++) {
    int i = (int)(k / 2);
    bool unknown = i % 10 == 0, entitled = i % 7 != 0, award = i % 2 == 0, past = d->items[k].month < 24101;
    int merits = unknown ? ANS_MERITS_UNDETERMINED : entitled ? ANS_MERITS_ENTITLED : ANS_MERITS_NOT_ENTITLED;
    int action = unknown ? ANS_ACTION_OPEN : entitled ? award ? i % 6 == 0 ? ANS_ACTION_CHANGE : ANS_ACTION_UNCHANGED : ANS_ACTION_GRANT : award ? past ? ANS_ACTION_RECOVERY : ANS_ACTION_END : ANS_ACTION_REFUSE;
    cr_expect_eq((int)d->items[k].merits, merits, "claim %d", i);
    cr_expect_eq((int)d->items[k].action, action, "claim %d", i);
  }
  free(d);
  ans_program_free(p);
  drop(path);
}

Test(batch, threads_do_not_change_the_output) {
  char one[64], four[64];
  ans_program *p = make_program();
  ans_batch_report r1, r4;
  ans_batch_options o = usual;
  temporary(one);
  temporary(four);
  fill(one);
  fill(four);
  cr_assert_eq(ans_batch_run(one, p, &o, &r1, NULL), ANS_OK);
  o.jobs = 4;
  o.claims_per_chunk = 7;
  cr_assert_eq(ans_batch_run(four, p, &o, &r4, NULL), ANS_OK);
  rows *a = decisions(one, r1.run), *b = decisions(four, r4.run);
  expect_same(a, b);
  free(a);
  free(b);
  ans_program_free(p);
  drop(one);
  drop(four);
}

/* Fall: Zeit truth by the day, Ab date, Betrag money. On the days of the month that are in Zeit and not before Ab there is a claim to the share of the month in Betrag. */
static ans_program *make_dated_program(void) {
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  const ans_type truth = {.tag = ANS_T_BOOL}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH}, date = {.tag = ANS_T_DATE}, days = {.tag = ANS_T_INT, .measure = ANS_M_DAYS}, number = {.tag = ANS_T_INT};
  ans_builder_header(b, "test/monate", "1.0.0", "Test", 24000, 24400);
  const uint16_t u = (uint16_t)ans_builder_unit(b, &(ans_unit){.name = "Fall", .label = "", .parent = ANS_NONE}), s = (uint16_t)ans_builder_unit(b, &(ans_unit){.name = "Fall je Tag", .label = "", .parent = u});
  const ans_type ref = {.tag = ANS_T_REF, .ref = u};
  ans_source_rank source = {"Register", 0};
  const uint32_t time = ans_builder_fact(b, &(ans_fact){.name = "Zeit", .label = "", .unit = u, .type = truth, .kind = ANS_FACT_TIMELINE, .provision = ANS_NONE}, &source, 1);
  const uint32_t since = ans_builder_fact(b, &(ans_fact){.name = "Ab", .label = "", .unit = u, .type = date, .provision = ANS_NONE}, &source, 1);
  const uint32_t sum = ans_builder_fact(b, &(ans_fact){.name = "Betrag", .label = "", .unit = u, .type = money, .provision = ANS_NONE}, &source, 1);
  const uint32_t who = ans_builder_fact(b, &(ans_fact){.name = "Wer", .label = "", .unit = u, .type = ref, .provision = ANS_NONE}, &source, 1);
  const uint32_t provision = ans_builder_provision(b, &(ans_provision){.text = "§ 1 TestG", .law = "TestG", .parent = ANS_NONE});
  const uint32_t d = ans_builder_insn(b, (ans_insn){ANS_OP_FACT, u, date, since, 0, 0}), m = ans_builder_insn(b, (ans_insn){ANS_OP_FACT, u, money, sum, 0, 0});
  const uint32_t one = ans_builder_insn(b, (ans_insn){ANS_OP_CONST, 0, days, ans_builder_const(b, 1), 0, 0});
  const uint32_t first = ans_builder_insn(b, (ans_insn){ANS_OP_PERIOD, 0, date, 1, 0, 0}), last = ans_builder_insn(b, (ans_insn){ANS_OP_PERIOD, 0, date, 2, 0, 0});
  const uint32_t split[] = {ANS_SPLIT_TIMELINE, time, ANS_NONE, ANS_SPLIT_DATE, d, 0};
  const uint32_t list = ans_builder_list(b, split, 6), parent = ans_builder_insn(b, (ans_insn){ANS_OP_SPLIT, s, ref, s, list, 6});
  const uint32_t from = ans_builder_insn(b, (ans_insn){ANS_OP_SEG_FROM, s, date, 0, 0, 0}), to = ans_builder_insn(b, (ans_insn){ANS_OP_SEG_TO, s, date, 0, 0, 0});
  const uint32_t begun = ans_builder_insn(b, (ans_insn){ANS_OP_GATHER, s, date, parent, d, 0}), due = ans_builder_insn(b, (ans_insn){ANS_OP_LE, s, truth, begun, from, 0});
  const uint32_t on = ans_builder_insn(b, (ans_insn){ANS_OP_TL_AT, s, truth, time, parent, from}), both = ans_builder_insn(b, (ans_insn){ANS_OP_AND, s, truth, on, due, 0});
  const uint32_t any = ans_builder_insn(b, (ans_insn){ANS_OP_AGG_ANY, u, truth, parent, ANS_NONE, both});
  const uint32_t length = ans_builder_insn(b, (ans_insn){ANS_OP_ADD, s, days, ans_builder_insn(b, (ans_insn){ANS_OP_SUB, s, days, to, from, 0}), one, 0});
  const uint32_t whole = ans_builder_insn(b, (ans_insn){ANS_OP_ADD, 0, days, ans_builder_insn(b, (ans_insn){ANS_OP_SUB, 0, days, last, first, 0}), one, 0});
  const uint32_t counted = ans_builder_insn(b, (ans_insn){ANS_OP_UNIT, u, number, ans_builder_insn(b, (ans_insn){ANS_OP_AGG_SUM, u, days, parent, both, length}), 0, 0});
  const uint32_t of = ans_builder_insn(b, (ans_insn){ANS_OP_UNIT, 0, number, whole, 0, 0}), share = ans_builder_list(b, (const uint32_t[]){m, counted, of}, 3);
  const uint32_t amount = ans_builder_insn(b, (ans_insn){ANS_OP_MULR, u, money, share, 3, 0});
  const uint32_t r1 = ans_builder_result(b, &(ans_result){.name = "Anspruch", .label = "", .unit = u, .type = truth, .insn = any, .provision = provision});
  const uint32_t r2 = ans_builder_result(b, &(ans_result){.name = "Höhe", .label = "", .unit = u, .type = money, .insn = amount, .provision = provision});
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = u, .entitled_result = r1, .amount_result = r2, .payout_result = ANS_NONE, .recipient_fact = who, .subject_fact = ANS_NONE, .regime_provision = provision,
                                        .application_provision = ANS_NONE});
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &p, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  ans_builder_free(b);
  return p;
}

static void say_between(ans_store *s, int64_t subject, const char *fact, ans_value_kind kind, int64_t value, int32_t from, int32_t to) {
  int64_t id;
  ans_assertion a = {.subject = subject, .fact = fact, .source = "Register", .from_day = from, .to_day = to, .state = ANS_VALUE, .kind = kind, .number = value, .text = "", .author = "", .recorded_at = 1000};
  cr_assert_eq(ans_store_put_assertion(s, &a, &id, NULL), ANS_OK);
}

/* Claims that begin, end, pause and change their share in some month of two years; every 10th amount unknown. */
static void fill_dated(const char *path) {
  ans_store *s = NULL;
  uint32_t state = 7;
  cr_assert_eq(ans_store_open(path, ANS_STORE_CREATE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  for (int i = 0; i < CLAIMS; i++) {
    const int32_t start = (int32_t)(14100 + (state = state * 1664525u + 1013904223u) / 65536u % 900u), pause = start + (int32_t)((state = state * 1664525u + 1013904223u) / 65536u % 400u);
    char key[32];
    int64_t subject, id;
    snprintf(key, sizeof key, "F-%05d", i);
    cr_assert_eq(ans_store_subject(s, "Fall", key, true, &subject, NULL), ANS_OK);
    say_between(s, subject, "Zeit", ANS_V_INT, 1, start, pause);
    if (i % 3) say_between(s, subject, "Zeit", ANS_V_INT, 0, pause + 1, pause + 20);
    if (i % 3) say_between(s, subject, "Zeit", ANS_V_INT, 1, pause + 21, ANS_OPEN_FUTURE);
    say_between(s, subject, "Ab", ANS_V_INT, start + i % 70 - 20, ANS_OPEN_PAST, ANS_OPEN_FUTURE);
    say(s, subject, "Betrag", i % 10 == 0 ? ANS_UNKNOWN : ANS_VALUE, i % 10 == 0 ? 0 : 10000 + i);
    if (i % 2) {
      ans_award a = {.claim = subject, .benefit = "Hilfe", .from_period = 24100, .to_period = INT32_MAX, .amount_cents = 10000 + i, .notice = "", .recorded_at = 1000};
      cr_assert_eq(ans_store_put_award(s, &a, &id, NULL), ANS_OK);
    } else {
      ans_application a = {.claim = subject, .benefit = "Hilfe", .received_day = 10, .reference = ""};
      cr_assert_eq(ans_store_put_application(s, &a, &id, NULL), ANS_OK);
    }
  }
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
}

static int by_claim_then_month(const void *x, const void *y) {
  const row *a = x, *b = y;
  if (a->claim != b->claim) return a->claim < b->claim ? -1 : 1;
  return (a->month > b->month) - (a->month < b->month);
}

/* Two years in one run, against a run for every month. */
Test(batch, a_range_of_months_decides_as_each_month_alone) {
  enum { FIRST = 24109 /* February 2009 */, MONTHS = 24 };
  char together[64], alone[64];
  ans_program *p = make_dated_program();
  ans_batch_report r;
  ans_error err = {0};
  ans_batch_options o = usual;
  temporary(together);
  temporary(alone);
  fill_dated(together);
  fill_dated(alone);
  o.current_period = FIRST + MONTHS - 3;
  o.first_period = FIRST;
  o.last_period = FIRST + MONTHS - 1;
  o.claims_per_chunk = 100;
  cr_assert_eq(ans_batch_run(together, p, &o, &r, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  rows *a = decisions(together, r.run), *b = calloc(1, sizeof *b);
  for (int32_t month = FIRST; month < FIRST + MONTHS; month++) {
    o.first_period = o.last_period = month;
    cr_assert_eq(ans_batch_run(alone, p, &o, &r, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
    rows *one = decisions(alone, r.run);
    memcpy(b->items + b->count, one->items, one->count * sizeof *one->items);
    b->count += one->count;
    free(one);
  }
  qsort(b->items, b->count, sizeof *b->items, by_claim_then_month);
  cr_assert_eq(a->count, (size_t)(CLAIMS * MONTHS));
  expect_same(a, b);
  unsigned kinds[ANS_ACTION_COUNT] = {0}, seen = 0;
  for (size_t k = 0; k < a->count; k++) kinds[a->items[k].action]++;
  for (unsigned k = 0; k < ANS_ACTION_COUNT; k++) seen += kinds[k] > 0;
  cr_expect_geq(seen, 5, "only %u kinds of actions", seen);
  free(a);
  free(b);
  ans_program_free(p);
  drop(together);
  drop(alone);
}

typedef struct told { int64_t done, total; int calls; } told;
static void tell(void *ctx, int64_t done, int64_t total) {
  told *t = ctx;
  cr_expect_gt(done, t->done);
  *t = (told){done, total, t->calls + 1};
}

/* The list of claims is read page by page: pages that end with it, before it, and hold all of it; with more threads than pages. */
Test(batch, pages_of_any_size_cover_every_claim_once) {
  static const struct { uint32_t page; unsigned jobs; int pages; } forms[] = {{CLAIMS, 1, 1}, {CLAIMS / 3, 2, 3}, {CLAIMS - 1, 3, 2}, {CLAIMS + 1, 8, 1}, {1, 2, CLAIMS}};
  char path[64];
  ans_program *p = make_program();
  rows *first = NULL;
  for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
    ans_batch_report r;
    told t = {0};
    ans_batch_options o = usual;
    o.claims_per_chunk = forms[k].page;
    o.jobs = forms[k].jobs;
    o.progress = tell;
    o.ctx = &t;
    temporary(path);
    fill(path);
    cr_assert_eq(ans_batch_run(path, p, &o, &r, NULL), ANS_OK);
    cr_expect_eq(r.claims, CLAIMS);
    cr_expect(t.done == CLAIMS && t.total == CLAIMS && t.calls == forms[k].pages, "%lld of %lld in %d", (long long)t.done, (long long)t.total, t.calls);
    rows *d = decisions(path, r.run);
    if (first) expect_same(first, d);
    if (first) free(d);
    else first = d;
    drop(path);
  }
  free(first);
  ans_program_free(p);
}

/* Between two claims lie more ids than are looked through at once. */
Test(batch, claims_far_apart_are_all_found) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_store *s = NULL;
  sqlite3 *db = NULL;
  int64_t far = 0;
  temporary(path);
  fill(path);
  cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, "INSERT INTO subject(id, unit, key) SELECT 1000000, unit, 'F-far' FROM subject LIMIT 1", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  cr_assert_eq(ans_store_open(path, ANS_STORE_WRITE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  for (int i = 0; i < 2; i++) {
    const ans_application a = {.benefit = "Hilfe", .received_day = 10, .reference = "", .claim = 1000000 + i};
    if (i) cr_assert_eq(ans_store_subject(s, "Fall", "F-next", true, &far, NULL), ANS_OK);
    cr_assert_eq(ans_store_put_application(s, &a, NULL, NULL), ANS_OK);
  }
  cr_assert_eq(far, 1000001);
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
  cr_assert_eq(ans_batch_run(path, p, &usual, &r, NULL), ANS_OK);
  cr_expect_eq(r.claims, CLAIMS + 2);
  rows *d = decisions(path, r.run);
  cr_assert_eq(d->count, (size_t)2 * (CLAIMS + 2));
  cr_expect_eq(d->items[d->count - 1].claim, 1000001);
  free(d);
  ans_program_free(p);
  drop(path);
}

Test(batch, a_run_without_claims_finishes) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_batch_options o = usual;
  ans_store *s = NULL;
  temporary(path);
  cr_assert_eq(ans_store_open(path, ANS_STORE_CREATE, &s, NULL), ANS_OK);
  ans_store_close(s);
  o.jobs = 3;
  cr_assert_eq(ans_batch_run(path, p, &o, &r, NULL), ANS_OK);
  cr_expect(r.claims == 0 && r.decisions == 0);
  ans_program_free(p);
  drop(path);
}

Test(batch, a_stopped_run_resumes_and_decides_nothing_twice) {
  char path[64], whole[64];
  ans_program *p = make_program();
  ans_batch_report r, rest, full;
  ans_batch_options o = usual;
  temporary(path);
  temporary(whole);
  fill(path);
  fill(whole);
  o.stop_after = 5;
  cr_assert_eq(ans_batch_run(path, p, &o, &r, NULL), ANS_OK);
  o.stop_after = 0;
  cr_assert_eq(ans_batch_run(path, p, &o, &rest, NULL), ANS_OK);
  cr_assert_eq(ans_batch_run(whole, p, &o, &full, NULL), ANS_OK);
  cr_expect(rest.resumed);
  cr_expect_eq(rest.run, r.run);
  cr_expect_eq(rest.decisions, full.decisions);
  cr_expect_eq(rest.leaves, full.leaves);
  rows *a = decisions(path, rest.run), *b = decisions(whole, full.run);
  expect_same(a, b);
  free(a);
  free(b);
  ans_program_free(p);
  drop(path);
  drop(whole);
}

Test(batch, brakes_stop_before_release) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_error err = {0};
  ans_batch_options o = usual;
  temporary(path);
  fill(path);
  o.brake_change_permille = 50;
  cr_expect_eq(ans_batch_run(path, p, &o, &r, &err), ANS_BRAKE);
  cr_expect_eq((int)r.brake, ANS_BRAKE_CHANGE);
  cr_expect_str_eq(err.code, "E-BATCH-BRAKE-CHANGE");
  ans_store *s = NULL;
  ans_run run;
  bool found;
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_run(s, r.run, &run, &found, NULL), ANS_OK);
  cr_expect_eq(run.state, 2);
  ans_store_close(s);
  ans_program_free(p);
  drop(path);
}

static void tamper(const char *path, const char *sql) {
  sqlite3 *db;
  char *message = NULL;
  cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s", message);
  cr_assert_gt(sqlite3_changes(db), 0);
  sqlite3_close(db);
}

static ans_status audit(const char *path, bool deep) {
  ans_store *s = NULL;
  ans_audit_report r;
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  ans_status st = ans_batch_audit(s, deep, &r, NULL);
  ans_store_close(s);
  return st;
}

Test(batch, receipts_replay_and_tampering_is_found) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_replay_report replay;
  ans_error err = {0};
  ans_store *s = NULL;
  char *json = NULL;
  temporary(path);
  fill(path);
  cr_assert_eq(ans_batch_run(path, p, &usual, &r, NULL), ANS_OK);
  cr_assert_eq(ans_batch_run(path, p, &usual, &r, NULL), ANS_OK); /* a second run chains to the first */
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  cr_expect_eq(ans_batch_replay(s, 1, &replay, &json, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.where);
  cr_expect(replay.same_facts && replay.same_outcome && replay.same_trace);
  cr_expect_not_null(json);
  free(json);
  ans_store_close(s);
  cr_expect_eq(audit(path, true), ANS_OK);
  tamper(path, "UPDATE decision SET amount_cents = amount_cents + 1 WHERE id = 3");
  cr_expect_eq(audit(path, true), ANS_NEGATIVE);
  tamper(path, "UPDATE decision SET amount_cents = amount_cents - 1 WHERE id = 3");
  cr_expect_eq(audit(path, true), ANS_OK);
  tamper(path, "UPDATE decision SET previous_cents = previous_cents + 1 WHERE id = 3");
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  tamper(path, "UPDATE decision SET previous_cents = previous_cents - 1 WHERE id = 3");
  tamper(path, "UPDATE decision SET merits = 1 - merits WHERE leaf IS NULL"); /* unchanged decisions are sealed too */
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  tamper(path, "UPDATE decision SET merits = 1 - merits WHERE leaf IS NULL");
  cr_expect_eq(audit(path, false), ANS_OK);
  tamper(path, "UPDATE run SET state = 0 WHERE id = 2");
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  tamper(path, "UPDATE run SET state = 1 WHERE id = 2");
  tamper(path, "UPDATE run SET started_at = started_at - 1 WHERE id = 2");
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  tamper(path, "UPDATE run SET started_at = started_at + 1 WHERE id = 2");
  cr_expect_eq(audit(path, true), ANS_OK);
  tamper(path, "UPDATE decision SET leaf = randomblob(32) WHERE id = 3");
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  ans_program_free(p);
  drop(path);
}

/* A recomputation "as we knew it": a correction recorded later is absent, the receipt names the day, and nothing is issued. */
Test(batch, facts_known_leaves_later_corrections_out) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_error err = {0};
  ans_store *s = NULL;
  int64_t claim, id;
  temporary(path);
  fill(path);
  cr_assert_eq(ans_store_open(path, ANS_STORE_WRITE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  cr_assert_eq(ans_store_subject(s, "Fall", "F-00002", false, &claim, NULL), ANS_OK); /* award of 100.00 */
  cr_assert_eq(ans_store_supersede(s, claim, "Register", "Betrag", 100 * 86400, NULL), ANS_OK);
  ans_assertion a = {.subject = claim, .fact = "Betrag", .source = "Register", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .kind = ANS_V_INT, .number = 12300, .text = "", .author = "", .recorded_at = 100 * 86400};
  cr_assert_eq(ans_store_put_assertion(s, &a, &id, NULL), ANS_OK);
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
  static const struct { int32_t known; int64_t cents; int action, procedure; } asked[] = {
      {0, 12300, ANS_ACTION_CHANGE, ANS_PROCEDURE_ISSUE}, {99, 10000, ANS_ACTION_UNCHANGED, ANS_PROCEDURE_NONE}, {100, 12300, ANS_ACTION_CHANGE, ANS_PROCEDURE_NONE}};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    ans_batch_options o = usual;
    ans_run run;
    bool found = false;
    o.facts_known = asked[i].known;
    cr_assert_eq(ans_batch_run(path, p, &o, &r, &err), ANS_OK, "%s", err.code ? err.code : "");
    cr_expect_not(r.resumed);
    rows *d = decisions(path, r.run);
    const row *x = NULL;
    for (size_t k = 0; k < d->count; k++)
      if (d->items[k].claim == claim && d->items[k].month == 24101) x = &d->items[k];
    cr_assert_not_null(x);
    cr_expect(x->amount == asked[i].cents && x->action == asked[i].action && x->procedure == asked[i].procedure, "%zu: %lld %d %d", i, (long long)x->amount, x->action, x->procedure);
    free(d);
    cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
    cr_assert_eq(ans_store_run(s, r.run, &run, &found, NULL), ANS_OK);
    cr_expect(found && run.law_known == ANS_STORE_ALL_KNOWN && run.facts_known == (asked[i].known ? asked[i].known : ANS_STORE_ALL_KNOWN));
    ans_store_close(s);
  }
  cr_expect_eq(audit(path, true), ANS_OK); /* receipts of both forms */
  tamper(path, "UPDATE run SET facts_known = facts_known - 1 WHERE id = 3"); /* the head names the day */
  cr_expect_eq(audit(path, false), ANS_NEGATIVE);
  tamper(path, "UPDATE run SET facts_known = facts_known + 1 WHERE id = 3");
  cr_expect_eq(audit(path, true), ANS_OK);
  ans_batch_options ahead = usual;
  ahead.facts_known = 2932000;
  cr_expect_eq(ans_batch_run(path, p, &ahead, &r, &err), ANS_USAGE);
  cr_expect_str_eq(err.code, "E-BATCH-KNOWN");
  ans_program_free(p);
  drop(path);
}

/* What was granted before is what the ledger says for that claim and period: later rows over earlier ones, partly overlapping, 0 as the end. */
Test(batch, previous_amounts_are_those_of_the_ledger) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_store *s = NULL;
  temporary(path);
  fill(path);
  cr_assert_eq(ans_store_open(path, ANS_STORE_WRITE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  for (int i = 0; i < 400; i++) {
    char key[32];
    int64_t subject;
    snprintf(key, sizeof key, "F-%05d", i * 7 % 90);
    cr_assert_eq(ans_store_subject(s, "Fall", key, false, &subject, NULL), ANS_OK);
    ans_award a = {.claim = subject, .benefit = i % 9 ? "Hilfe" : "Anderes", .from_period = 24098 + i % 5, .to_period = 24098 + i % 5 + i % 3, .amount_cents = i % 4 ? 5000 + i : 0, .notice = "", .recorded_at = 2000, .superseded_at = i % 11 ? 0 : 3000};
    cr_assert_eq(ans_store_put_award(s, &a, NULL, NULL), ANS_OK);
  }
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  cr_assert_eq(ans_batch_run(path, p, &usual, &r, NULL), ANS_OK);
  rows *d = decisions(path, r.run);
  int distinct = 0;
  cr_assert_gt(d->count, 500u);
  for (size_t i = 0; i < d->count; i++) {
    bool granted = false;
    int64_t cents = 0;
    cr_assert_eq(ans_store_award_at(s, "Hilfe", d->items[i].claim, d->items[i].month, &granted, &cents, NULL), ANS_OK);
    cr_expect_eq(d->items[i].previous, granted ? cents : 0, "claim %lld", (long long)d->items[i].claim);
    distinct += d->items[i].previous > 5000 && d->items[i].previous < 6000;
  }
  cr_expect_gt(distinct, 20);
  free(d);
  ans_store_close(s);
  ans_program_free(p);
  drop(path);
}

/* --- column chunks and blocks of decisions ---------------------------------------------------------------------------------------------- */
static void compact(const char *path, const ans_program *p, unsigned permille, int64_t written) {
  ans_store *s = NULL;
  ans_compact_report r;
  ans_error err = {0};
  cr_assert_eq(ans_store_open(path, ANS_STORE_WRITE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_fact_compact(s, p, &(ans_compact_options){.now = 2000, .target_bytes = 4000, .dirty_permille = permille, .compress = true}, &r, &err), ANS_OK, "%s", err.code ? err.code : "");
  cr_expect_geq(r.written, written);
  ans_store_close(s);
}

/* Corrections after the chunks were made: other amounts, a withdrawn fact, somebody new. */
static void correct(const char *path) {
  ans_store *s = NULL;
  cr_assert_eq(ans_store_open(path, ANS_STORE_WRITE, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_begin(s, NULL), ANS_OK);
  for (int i = 0; i < 6; i++) {
    char key[32], *present = NULL;
    int64_t subject;
    snprintf(key, sizeof key, "F-%05d", i < 5 ? i * 37 + 2 : 99999);
    cr_assert_eq(ans_store_subject(s, "Fall", key, true, &subject, NULL), ANS_OK);
    cr_assert_eq(ans_store_supersede(s, subject, "Register", i == 3 ? NULL : "Betrag", 3000, NULL), ANS_OK);
    if (i != 3) say(s, subject, "Betrag", ANS_VALUE, 12300 + i);
    snprintf(key, sizeof key, "case-key/%lld", (long long)subject); /* else every copy of the store draws its own */
    cr_assert_eq(ans_store_get_text(s, key, &present, NULL), ANS_OK);
    if (!present) cr_assert_eq(ans_store_set_text(s, key, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", NULL), ANS_OK);
    free(present);
    if (i < 5) continue;
    say(s, subject, "Erfüllt", ANS_VALUE, 1);
    ans_application a = {.claim = subject, .benefit = "Hilfe", .received_day = 10, .reference = ""};
    int64_t id;
    cr_assert_eq(ans_store_put_application(s, &a, &id, NULL), ANS_OK);
  }
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
}

static void copy_store(const char *from, char to[64]) {
  sqlite3 *db;
  char sql[160];
  temporary(to);
  snprintf(sql, sizeof sql, "VACUUM INTO '%s'", to);
  cr_assert_eq(sqlite3_open(from, &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

typedef struct text { char *bytes; size_t size; FILE *f; } text;
static bool write_out(void *ctx, const ans_decision *d) {
  text *t = ctx;
  fprintf(t->f, "%lld %lld %d %d %d %d %lld %lld %lld %s %d ", (long long)d->id, (long long)d->claim, d->period, d->merits, d->procedure, d->action, (long long)d->amount_cents, (long long)d->payout_cents,
          (long long)d->previous_cents, d->reason_codes, d->has_leaf);
  for (int i = 0; i < 32; i++) fprintf(t->f, "%02x%02x%02x", d->facts_sha[i], d->trace_sha[i], d->has_leaf ? d->leaf[i] : 0);
  fputc('\n', t->f);
  return true;
}

/* Every decision of the run with everything that is stored of it; each is also found by its number. */
static char *everything(const char *path, int64_t run) {
  text t = {0}, one = {0};
  ans_store *s = NULL;
  ans_error err = {0};
  t.f = open_memstream(&t.bytes, &t.size);
  one.f = open_memstream(&one.bytes, &one.size);
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  cr_assert_eq(ans_store_decisions(s, run, write_out, &t, &err), ANS_OK, "%s", err.code ? err.code : "");
  fclose(t.f);
  for (char *line = t.bytes; *line; line = strchr(line, '\n') + 1) {
    ans_decision d;
    bool found = false;
    cr_assert_eq(ans_store_decision(s, strtoll(line, NULL, 10), &d, &found, NULL), ANS_OK);
    cr_assert(found && d.run == run);
    write_out(&one, &d);
    free((char *)(uintptr_t)d.reason_codes);
  }
  fclose(one.f);
  cr_expect_str_eq(t.bytes, one.bytes);
  free(one.bytes);
  ans_store_close(s);
  return t.bytes;
}

static int64_t number(const char *path, const char *sql) {
  sqlite3 *db;
  sqlite3_stmt *st = NULL;
  cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
  cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
  cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
  int64_t v = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  sqlite3_close(db);
  return v;
}

Test(batch, chunks_and_blocks_do_not_change_the_output) {
  static const struct { bool rows_only, blocks; unsigned jobs; uint32_t per; bool renewed; } ways[] = {{true, false, 1, 16, false}, {false, false, 1, 64, false}, {false, true, 1, 50, false}, {true, true, 3, 200, false}, {false, true, 4, 33, true}};
  char base[64];
  char *expected = NULL;
  ans_program *p = make_program();
  ans_batch_report r;
  temporary(base);
  fill(base);
  cr_assert_eq(ans_batch_run(base, p, &usual, &r, NULL), ANS_OK); /* the keys of the cases exist from now on: leaves can be compared */
  compact(base, p, 0, 3);
  correct(base);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    char path[64];
    ans_batch_options o = usual;
    ans_error err = {0};
    o.rows_only = ways[i].rows_only;
    o.decision_chunks = ways[i].blocks;
    o.jobs = ways[i].jobs;
    o.claims_per_chunk = ways[i].per;
    copy_store(base, path);
    if (ways[i].renewed) compact(path, p, 0, 1);
    cr_assert_eq(ans_batch_run(path, p, &o, &r, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
    char *got = everything(path, r.run);
    if (expected) cr_expect_str_eq(got, expected, "way %zu", i);
    else expected = strdup(got);
    free(got);
    cr_expect_eq(number(path, "SELECT count(*) FROM decision WHERE run = 2 AND leaf IS NULL") == 0, ways[i].blocks);
    cr_expect_eq(number(path, "SELECT count(*) FROM decision_chunk") > 0, ways[i].blocks);
    cr_expect_eq(audit(path, true), ANS_OK);
    drop(path);
  }
  free(expected);
  ans_program_free(p);
  drop(base);
}

/* A change behind the marks' back shows which run read chunks; and then the replay, which reads the same columns, agrees with it. */
Test(batch, a_run_reads_chunks_unless_told_not_to) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report rows_run, chunk_run, early;
  ans_batch_options o = usual;
  temporary(path);
  fill(path);
  compact(path, p, 0, 3);
  tamper(path, "DROP TRIGGER assertion_changed; UPDATE assertion SET number = 1 - number WHERE number IN (0, 1) AND kind = 1");
  cr_assert_eq(ans_batch_run(path, p, &o, &chunk_run, NULL), ANS_OK);
  o.rows_only = true;
  cr_assert_eq(ans_batch_run(path, p, &o, &rows_run, NULL), ANS_OK);
  cr_expect_neq(chunk_run.actions[ANS_ACTION_GRANT], rows_run.actions[ANS_ACTION_GRANT]);
  tamper(path, "UPDATE chunk SET made_at = 90 * 86400"); /* made after the day that is asked about */
  o.rows_only = false;
  o.facts_known = 89;
  cr_assert_eq(ans_batch_run(path, p, &o, &early, NULL), ANS_OK);
  cr_expect_eq(early.actions[ANS_ACTION_GRANT], rows_run.actions[ANS_ACTION_GRANT]);
  ans_program_free(p);
  drop(path);
}

Test(batch, damaged_chunks_and_blocks_stop_with_their_name) {
  char path[64];
  ans_program *p = make_program();
  ans_batch_report r;
  ans_batch_options o = usual;
  ans_error err = {0};
  ans_audit_report audited;
  ans_store *s = NULL;
  temporary(path);
  fill(path);
  o.decision_chunks = true;
  cr_assert_eq(ans_batch_run(path, p, &o, &r, NULL), ANS_OK);
  compact(path, p, 0, 3);
  cr_expect_eq(audit(path, true), ANS_OK);
  tamper(path, "UPDATE decision_chunk SET bytes = CAST(substr(bytes, 1, 150) || x'00ff' || substr(bytes, 153) AS BLOB) WHERE id = 2");
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  cr_expect_eq(ans_batch_audit(s, false, &audited, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-STORE-BLOCK");
  cr_expect_str_eq(err.args[0], "2");
  ans_store_close(s);
  tamper(path, "UPDATE chunk SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) AS BLOB)");
  cr_expect_eq(ans_batch_run(path, p, &o, &r, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-DAMAGED");
  o.rows_only = true;
  cr_expect_eq(ans_batch_run(path, p, &o, &r, &err), ANS_OK);
  ans_program_free(p);
  drop(path);
}

Test(batch, a_stopped_run_with_blocks_resumes) {
  char path[64], whole[64];
  ans_program *p = make_program();
  ans_batch_report r, rest, full;
  ans_batch_options o = usual;
  temporary(path);
  temporary(whole);
  fill(path);
  fill(whole);
  o.decision_chunks = true;
  o.stop_after = 5;
  cr_assert_eq(ans_batch_run(path, p, &o, &r, NULL), ANS_OK);
  o.stop_after = 0;
  cr_assert_eq(ans_batch_run(path, p, &o, &rest, NULL), ANS_OK);
  cr_assert_eq(ans_batch_run(whole, p, &usual, &full, NULL), ANS_OK);
  cr_expect(rest.resumed && rest.run == r.run);
  cr_expect(rest.decisions == full.decisions && rest.leaves == full.leaves && !memcmp(rest.table, full.table, sizeof rest.table));
  rows *a = decisions(path, rest.run), *b = decisions(whole, full.run);
  expect_same(a, b);
  cr_expect_eq(audit(path, true), ANS_OK);
  free(a);
  free(b);
  ans_program_free(p);
  drop(path);
  drop(whole);
}
