/* What a receipt binds: every cell that entitlement, amount or payout rests on and nothing else, in the bytes of docs/formats/receipt.md; leaves of all forms, and that receipts of the earlier form
 * are still verified. A hand-made program whose three results rest on one fact each. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/hash.h"
#include "batch/batch.h"
#include "num/calendar.h"

enum { E, M, Q, Z, FACTS, MONTH = 24100, CASES = 12 };
typedef struct fixture { ans_program *p; uint32_t unit, fact[FACTS], reg[FACTS]; } fixture;

/* Fall: entitled = Erfüllt, amount = Betrag, payout = Rest; Beiwerk is a result that no benefit has. */
static fixture make(bool payout) {
  static const char *const names[FACTS] = {"Erfüllt", "Betrag", "Rest", "Beiwerk"};
  ans_builder *b = ans_builder_new();
  fixture f = {0};
  const ans_type truth = {.tag = ANS_T_BOOL}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH};
  ans_builder_header(b, "test/beleg", "1.0.0", "Test", 24000, 24400);
  f.unit = ans_builder_unit(b, &(ans_unit){.name = "Fall", .label = "", .parent = ANS_NONE});
  const uint32_t provision = ans_builder_provision(b, &(ans_provision){.text = "§ 1 TestG", .law = "TestG", .parent = ANS_NONE});
  const ans_source_rank source = {"Register", 0};
  uint32_t result[FACTS];
  for (int i = 0; i < FACTS; i++) {
    const ans_type type = i == E ? truth : money;
    f.fact[i] = ans_builder_fact(b, &(ans_fact){.name = names[i], .label = "", .unit = f.unit, .type = type, .provision = ANS_NONE}, &source, 1);
    f.reg[i] = ans_builder_insn(b, (ans_insn){ANS_OP_FACT, (uint16_t)f.unit, type, f.fact[i], ANS_NONE, ANS_NONE});
    result[i] = ans_builder_result(b, &(ans_result){.name = names[i], .label = "", .unit = f.unit, .type = type, .insn = f.reg[i], .provision = provision});
  }
  const uint32_t who = ans_builder_fact(b, &(ans_fact){.name = "Wer", .label = "", .unit = f.unit, .type = {.tag = ANS_T_REF, .ref = f.unit}, .provision = ANS_NONE}, &source, 1);
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = f.unit, .entitled_result = result[E], .amount_result = result[M], .payout_result = payout ? result[Q] : ANS_NONE, .recipient_fact = who,
                                        .subject_fact = ANS_NONE, .regime_provision = provision, .application_provision = ANS_NONE});
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &f.p, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  ans_builder_free(b);
  return f;
}

/* Components of one row; the cells of the last one are given, those before it are something else. */
static ans_columns *columns_of(const fixture *f, const int64_t cells[FACTS], uint32_t before) {
  ans_columns_builder *b = ans_columns_builder_new(f->p);
  ans_columns *c = NULL;
  for (uint32_t k = 0; k <= before; k++) {
    uint32_t row;
    cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
    cr_assert_eq(ans_columns_add_row(b, f->unit, "f", &row, NULL), ANS_OK);
    for (int i = 0; i < FACTS; i++) cr_assert_eq(ans_columns_set(b, f->fact[i], row, (ans_scalar){.v = k == before ? cells[i] : 1}, NULL), ANS_OK);
    cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  }
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  ans_columns_builder_free(b);
  return c;
}

static void hash_of(const fixture *f, const int64_t cells[FACTS], uint32_t before, int32_t month, int32_t law_known, ans_receipt_form form, uint8_t out[32]) {
  ans_columns *c = columns_of(f, cells, before);
  ans_trace *t = NULL;
  cr_assert_eq(ans_replay_demand(c, before, month, law_known, &t, NULL), ANS_OK);
  cr_assert_eq(ans_claim_trace_hash(c, t, 0, before, form, out, NULL), ANS_OK);
  ans_trace_free(t);
  ans_columns_free(c);
}

Test(identity, covers_what_any_of_the_three_rests_on_and_nothing_else) {
  const fixture f = make(true);
  static const ans_receipt_form forms[] = {ANS_RECEIPT_UNION, ANS_RECEIPT_SLICES};
  for (int k = 0; k < 2; k++) {
    const int64_t base[FACTS] = {1, 500, 400, 300};
    uint8_t h[32], other[32];
    hash_of(&f, base, 0, MONTH, ANS_DAY_MAX, forms[k], h);
    for (int i = 0; i < FACTS; i++) {
      int64_t changed[FACTS];
      memcpy(changed, base, sizeof base);
      changed[i]--;
      hash_of(&f, changed, 0, MONTH, ANS_DAY_MAX, forms[k], other);
      cr_expect_eq(memcmp(h, other, 32) == 0, i == Z, "form %d, fact %d", (int)forms[k], i);
    }
    hash_of(&f, base, 3, MONTH, ANS_DAY_MAX, forms[k], other);
    cr_expect_arr_eq(h, other, 32, "where the component lies does not matter");
    hash_of(&f, base, 0, MONTH + 1, ANS_DAY_MAX, forms[k], other);
    cr_expect_neq(memcmp(h, other, 32), 0, "the period");
    hash_of(&f, base, 0, MONTH, ANS_DAY_MAX - 1, forms[k], other);
    cr_expect_neq(memcmp(h, other, 32), 0, "the law known");
  }
  ans_program_free(f.p);
}

/* --- bytes ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct bytes { unsigned char b[1024]; size_t n; } bytes;
static void put(bytes *x, const void *data, size_t n) {
  memcpy(x->b + x->n, data, n);
  x->n += n;
}
static void put_number(bytes *x, uint64_t v, int size) {
  for (int i = 0; i < size; i++) x->b[x->n++] = (unsigned char)(v >> (8 * i));
}
static void put_cell(bytes *x, uint32_t reg, int64_t v) {
  put_number(x, reg, 4);
  put_number(x, 0, 4);
  put_number(x, ANS_VALUE, 1);
  put_number(x, (uint64_t)v, 8);
}

/* docs/formats/receipt.md, "Trace hash": with a payout, and with the amount in its place. */
Test(identity, has_the_bytes_of_the_document) {
  for (int payout = 0; payout < 2; payout++) {
    const fixture f = make(payout);
    const int64_t cells[FACTS] = {1, 500, 400, 300};
    const int third = payout ? Q : M;
    bytes x = {.n = 0};
    uint8_t h[32], expected[32];
    put(&x, "ANSPRUCH-CLAIM-1", 16);
    put(&x, f.p->sha256, 32);
    put_number(&x, f.p->semantics_version, 4);
    put_number(&x, MONTH, 4);
    put_number(&x, ANS_DAY_MAX, 4);
    put_number(&x, 3, 4);
    put_cell(&x, f.reg[E], 1);
    put_cell(&x, f.reg[M], 500);
    put_cell(&x, f.reg[third], cells[third]);
    for (int i = E; i <= third; i++) put_cell(&x, f.reg[i], cells[i]);
    ans_sha256_once(x.b, x.n, expected);
    hash_of(&f, cells, 0, MONTH, ANS_DAY_MAX, ANS_RECEIPT_UNION, h);
    cr_expect_arr_eq(h, expected, 32, "payout %d", payout);
    ans_program_free(f.p);
  }
}

/* Leaves of the four forms, computed beforehand by another HMAC (Python's) from the document. */
Test(leaf, is_the_one_of_the_document_in_every_form) {
  static const struct { ans_receipt_form form; bool limited; const char *leaf; } cases[] = {
      {ANS_RECEIPT_SLICES, false, "9bfde4e9db3eeeeca349bade29f66cc67b1c813557f83c4789225804f9249ab3"},
      {ANS_RECEIPT_SLICES, true, "e7a8297c327f71a31c7f4b3f7d5c11ba4c304b297c7fa94cc467390c67bb958d"},
      {ANS_RECEIPT_UNION, false, "bd6fe94b9eede2c265360574e1f96993ae6c7ab1eb0ea67655cb890e0177fcdb"},
      {ANS_RECEIPT_UNION, true, "a965b5ff209dec7da4bf64e4f9f7a8bc218af655562d278407b40f43df792651"}};
  uint8_t key[32], leaf[32];
  char hex[65];
  for (int i = 0; i < 32; i++) key[i] = (uint8_t)i;
  for (int k = 0; k < 4; k++) {
    ans_receipt r = {.form = cases[k].form, .semantics_version = 4, .claim_key = "F-1", .benefit = "Hilfe", .period = MONTH, .previous_cents = 9000};
    r.outcome = (ans_outcome){.merits = ANS_MERITS_ENTITLED, .procedure = ANS_PROCEDURE_ISSUE, .action = ANS_ACTION_CHANGE, .reasons = 4, .entitled = {.v = 1}, .amount = {.v = 10000}, .payout = {.v = 9900}};
    if (cases[k].limited) ans_outcome_limit(&r.outcome, 20000, ANS_DAY_MAX), r.outcome.procedure = ANS_PROCEDURE_ISSUE, r.outcome.reasons = 4;
    memset(r.package_sha, 1, 32);
    memset(r.facts_sha, 2, 32);
    memset(r.trace_sha, 3, 32);
    ans_receipt_leaf(&r, key, leaf);
    ans_hex(leaf, 32, hex);
    cr_expect_str_eq(hex, cases[k].leaf, "form %d", k + 1);
  }
}

/* --- receipts of the earlier form ------------------------------------------------------------------------------------------------------------ */

static void add_case(ans_store *s, int i) {
  static const char *const facts[] = {"Erfüllt", "Betrag", "Rest"};
  const int64_t values[] = {i % 3 != 0, 10000 + i, 9000 + i};
  char key[32];
  int64_t claim, id;
  snprintf(key, sizeof key, "F-%05d", i);
  cr_assert_eq(ans_store_subject(s, "Fall", key, true, &claim, NULL), ANS_OK);
  for (int k = 0; k < 3; k++) {
    const ans_assertion a = {.subject = claim, .fact = facts[k], .source = "Register", .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_INT, .number = values[k], .text = "", .author = "", .recorded_at = 1000};
    cr_assert_eq(ans_store_put_assertion(s, &a, &id, NULL), ANS_OK);
  }
  const ans_application a = {.claim = claim, .benefit = "Hilfe", .received_day = 10, .reference = ""};
  cr_assert_eq(ans_store_put_application(s, &a, &id, NULL), ANS_OK);
}

static void fill(const char *path) {
  ans_store *s = NULL;
  cr_assert(ans_store_open(path, ANS_STORE_CREATE, &s, NULL) == ANS_OK && ans_store_begin(s, NULL) == ANS_OK);
  for (int i = 0; i < CASES; i++) add_case(s, i);
  cr_assert_eq(ans_store_commit(s, NULL), ANS_OK);
  ans_store_close(s);
}

typedef struct earlier { int64_t id; uint8_t trace[32], leaf[32]; } earlier;
typedef struct rewrite { ans_store *s; const ans_program *p; ans_run_seal seal; earlier items[CASES]; int n; } rewrite;

/* Trace hash and leaf as the earlier form had them, from the stored decision and its snapshot. */
static void earlier_of(rewrite *x, const ans_decision *d, earlier *e) {
  void *snapshot = NULL;
  size_t size = 0, n = 0;
  char name[64], unit[64], claim_key[256], *hex = NULL;
  uint8_t key[32];
  ans_columns *c = NULL;
  ans_trace *t = NULL;
  ans_outcome o;
  cr_assert_eq(ans_store_snapshot(x->s, d->facts_sha, &snapshot, &size, NULL), ANS_OK);
  cr_assert_eq(ans_case_parse(x->p, snapshot, size, "snapshot", &c, NULL), ANS_OK);
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, d->period, &(ans_claim_context){0}, 64, &o, &t, NULL), ANS_OK);
  cr_assert_eq(ans_claim_trace_hash(c, t, 0, 0, ANS_RECEIPT_SLICES, e->trace, NULL), ANS_OK);
  snprintf(name, sizeof name, "case-key/%lld", (long long)d->claim);
  cr_assert_eq(ans_store_get_text(x->s, name, &hex, NULL), ANS_OK);
  cr_assert_eq(sodium_hex2bin(key, 32, hex, strlen(hex), NULL, &n, NULL), 0);
  cr_assert_eq(ans_store_subject_name(x->s, d->claim, unit, sizeof unit, claim_key, sizeof claim_key, NULL), ANS_OK);
  ans_receipt r = {.form = ANS_RECEIPT_SLICES, .semantics_version = x->p->semantics_version, .claim_key = claim_key, .benefit = "Hilfe", .period = d->period, .previous_cents = d->previous_cents, .outcome = o};
  r.outcome.merits = (ans_merits)d->merits;
  r.outcome.procedure = (ans_procedure)d->procedure;
  r.outcome.action = (ans_action)d->action;
  r.outcome.reasons = ans_reasons_parse(d->reason_codes);
  memcpy(r.package_sha, x->p->sha256, 32);
  memcpy(r.facts_sha, d->facts_sha, 32);
  memcpy(r.trace_sha, e->trace, 32);
  ans_receipt_leaf(&r, key, e->leaf);
  e->id = d->id;
  free(hex);
  free(snapshot);
  ans_trace_free(t);
  ans_columns_free(c);
}

static bool rewrite_decision(void *ctx, const ans_decision *d) {
  rewrite *x = ctx;
  cr_assert(d->has_leaf && x->n < CASES);
  earlier *e = &x->items[x->n++];
  earlier_of(x, d, e);
  cr_assert_neq(memcmp(e->trace, d->trace_sha, 32), 0);
  ans_run_seal_add(&x->seal, &(ans_sealed_decision){d->claim, d->period, d->merits, d->procedure, d->action, d->amount_cents, d->payout_cents, d->previous_cents, e->leaf});
  return true;
}

static void execute(const char *path, const char *sql) {
  sqlite3 *db = NULL;
  cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
  cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
  sqlite3_close(db);
}

/* The run as a program of the earlier form would have left it: other trace hashes, leaves and head. */
static void make_earlier(const char *path, const ans_program *p, int64_t run_id) {
  rewrite x = {.p = p};
  ans_run run;
  bool found;
  char a[65], b[65], sql[320];
  uint8_t head[32];
  ans_run_seal_init(&x.seal);
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &x.s, NULL), ANS_OK);
  cr_assert_eq(ans_store_decisions(x.s, run_id, rewrite_decision, &x, NULL), ANS_OK);
  cr_assert_eq(ans_store_run(x.s, run_id, &run, &found, NULL), ANS_OK);
  ans_store_close(x.s);
  cr_assert_eq(x.n, CASES);
  ans_run_head(run.previous_head, &x.seal, &(ans_run_subject){run.package_sha, run.first_period, run.last_period, run.started_at, run.law_known, run.facts_known}, head);
  for (int i = 0; i < x.n; i++) {
    ans_hex(x.items[i].trace, 32, a);
    ans_hex(x.items[i].leaf, 32, b);
    snprintf(sql, sizeof sql, "UPDATE decision SET trace_sha = x'%s', leaf = x'%s' WHERE id = %lld", a, b, (long long)x.items[i].id);
    execute(path, sql);
  }
  ans_hex(head, 32, a);
  snprintf(sql, sizeof sql, "UPDATE run SET head = x'%s' WHERE id = %lld", a, (long long)run_id);
  execute(path, sql);
}

static ans_status audit(const char *path, ans_error *err) {
  ans_store *s = NULL;
  ans_audit_report rep;
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  const ans_status st = ans_batch_audit(s, true, &rep, err);
  ans_store_close(s);
  return st;
}

static ans_status replay_one(const char *path, int64_t id, ans_replay_report *rep) {
  ans_store *s = NULL;
  cr_assert_eq(ans_store_open(path, ANS_STORE_READ, &s, NULL), ANS_OK);
  const ans_status st = ans_batch_replay(s, id, rep, NULL, NULL);
  ans_store_close(s);
  return st;
}

Test(receipts, of_the_earlier_form_are_verified) {
  static const ans_batch_options options = {.benefit = "Hilfe", .first_period = MONTH, .last_period = MONTH, .current_period = MONTH, .jobs = 1, .claims_per_chunk = 5, .brake_change_permille = ANS_BRAKE_OFF,
                                            .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true};
  char path[64] = "/tmp/anspruch-test-XXXXXX", side[80];
  const int fd = mkstemp(path);
  cr_assert(fd >= 0);
  close(fd);
  unlink(path);
  const fixture f = make(true);
  ans_batch_report r;
  ans_replay_report rep;
  ans_error err = {0};
  fill(path);
  cr_assert_eq(ans_batch_run(path, f.p, &options, &r, &err), ANS_OK, "%s", err.code);
  cr_assert_eq(r.leaves, CASES);
  cr_assert_eq(audit(path, &err), ANS_OK, "%s", err.code);
  make_earlier(path, f.p, r.run);
  cr_expect_eq(audit(path, &err), ANS_OK, "%s %s", err.code, err.args[0]);
  cr_expect_eq(replay_one(path, 1, &rep), ANS_OK);
  cr_expect(rep.same_facts && rep.same_trace && rep.same_outcome);
  cr_assert_eq(ans_batch_run(path, f.p, &options, &r, NULL), ANS_OK); /* a run of today chains to it */
  cr_expect_eq(audit(path, &err), ANS_OK, "%s %s", err.code, err.args[0]);
  execute(path, "UPDATE decision SET trace_sha = (SELECT n.trace_sha FROM decision n WHERE n.id > decision.id AND n.claim = decision.claim) WHERE id = 2"); /* the new trace hash under the earlier leaf */
  cr_expect_eq(replay_one(path, 2, &rep), ANS_NEGATIVE);
  cr_expect(rep.same_facts && rep.same_trace && !rep.same_outcome);
  execute(path, "UPDATE decision SET trace_sha = randomblob(32) WHERE id = 3");
  cr_expect_eq(replay_one(path, 3, &rep), ANS_NEGATIVE);
  cr_expect_not(rep.same_trace);
  ans_program_free(f.p);
  unlink(path);
  for (int k = 0; k < 2; k++) {
    snprintf(side, sizeof side, "%s-%s", path, k ? "wal" : "shm");
    unlink(side);
  }
}
