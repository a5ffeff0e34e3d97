/* Merits, procedure, relevance, explanation and receipts on a small hand-made program. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "decide/decide.h"

/* Person: a, b truth; c enum of three; h truth, beurteilung, supplied by the application. Claim → Person.
 * entitled = (a and b) or (c = 1 and h); amount = entitled ? 25000 : 0. */
typedef struct fixture { ans_program *p; uint32_t person, claim, a, b, c, h, who; } fixture;

static uint32_t add_fact(ans_builder *b, const char *name, uint32_t unit, ans_type type, uint8_t nature, uint8_t from_application) {
  ans_fact f = {.name = name, .label = "", .unit = unit, .type = type, .kind = ANS_FACT_SCALAR, .nature = nature, .from_application = from_application, .provision = ANS_NONE};
  return ans_builder_fact(b, &f, NULL, 0);
}

static uint32_t insn(ans_builder *b, ans_opcode op, uint32_t unit, ans_type type, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn(b, (ans_insn){.op = (uint16_t)op, .unit = (uint16_t)unit, .type = type, .a = x, .b = y, .c = z});
}

static bool bare_information; /* the next benefit: nur Auskunft, without an amount */
static enum { NO_DEFAULT, TAKEN_FALSE, TAKEN_TRUE } a_default; /* the next program says "a gilt als falsch (wahr)" */
static fixture make(bool needs_application) {
  fixture f = {0};
  ans_builder *b = ans_builder_new();
  const char *values[] = {"eins", "zwei", "drei"};
  ans_type truth = {.tag = ANS_T_BOOL}, money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH}, kind, ref;
  ans_builder_header(b, "test/leistung", "1.0.0", "Test", 24000, 24400);
  f.person = ans_builder_unit(b, &(ans_unit){.name = "Person", .label = "", .parent = ANS_NONE});
  f.claim = ans_builder_unit(b, &(ans_unit){.name = "Antragsfall", .label = "", .parent = ANS_NONE});
  kind = (ans_type){.tag = ANS_T_ENUM, .ref = ans_builder_enum(b, "Art", values, 3)};
  ref = (ans_type){.tag = ANS_T_REF, .ref = f.person};
  uint32_t provision = ans_builder_provision(b, &(ans_provision){.text = "§ 1 TestG", .law = "TestG", .parent = ANS_NONE});
  f.a = add_fact(b, "a", f.person, truth, ANS_NATURE_FACT, 0);
  f.b = add_fact(b, "b", f.person, truth, ANS_NATURE_FACT, 0);
  f.c = add_fact(b, "c", f.person, kind, ANS_NATURE_FACT, 1);
  f.h = add_fact(b, "h", f.person, truth, ANS_NATURE_BEURTEILUNG, 1);
  f.who = add_fact(b, "wer", f.claim, ref, ANS_NATURE_FACT, 0);
  uint32_t one = insn(b, ANS_OP_CONST, 0, kind, ans_builder_const(b, 1), ANS_NONE, ANS_NONE);
  uint32_t ra = insn(b, ANS_OP_FACT, f.person, truth, f.a, ANS_NONE, ANS_NONE), rb = insn(b, ANS_OP_FACT, f.person, truth, f.b, ANS_NONE, ANS_NONE);
  uint32_t rc = insn(b, ANS_OP_FACT, f.person, kind, f.c, ANS_NONE, ANS_NONE), rh = insn(b, ANS_OP_FACT, f.person, truth, f.h, ANS_NONE, ANS_NONE);
  if (a_default) {
    uint32_t taken = insn(b, ANS_OP_CONST, 0, truth, ans_builder_const(b, a_default == TAKEN_TRUE), ANS_NONE, ANS_NONE);
    ra = insn(b, ANS_OP_DEFAULT, f.person, truth, ra, taken, ANS_NONE);
  }
  uint32_t both = insn(b, ANS_OP_AND, f.person, truth, ra, rb, ANS_NONE);
  uint32_t is_one = insn(b, ANS_OP_EQ, f.person, truth, rc, one, ANS_NONE);
  uint32_t other = insn(b, ANS_OP_AND, f.person, truth, is_one, rh, ANS_NONE);
  uint32_t any = insn(b, ANS_OP_OR, f.person, truth, both, other, ANS_NONE);
  uint32_t who = insn(b, ANS_OP_FACT, f.claim, ref, f.who, ANS_NONE, ANS_NONE);
  uint32_t entitled = insn(b, ANS_OP_GATHER, f.claim, truth, who, any, ANS_NONE);
  uint32_t full = insn(b, ANS_OP_CONST, 0, money, ans_builder_const(b, 25000), ANS_NONE, ANS_NONE), zero = insn(b, ANS_OP_CONST, 0, money, ans_builder_const(b, 0), ANS_NONE, ANS_NONE);
  uint32_t amount = insn(b, ANS_OP_SELECT, f.claim, money, entitled, full, zero);
  uint32_t r1 = ans_builder_result(b, &(ans_result){.name = "Anspruch", .label = "Anspruch", .unit = f.claim, .type = truth, .insn = entitled, .provision = provision});
  uint32_t r2 = ans_builder_result(b, &(ans_result){.name = "Betrag", .label = "Betrag", .unit = f.claim, .type = money, .insn = amount, .provision = provision});
  ans_builder_node(b, &(ans_node){.insn = entitled, .parent = ANS_NONE, .kind = ANS_NODE_RESULT, .provision = provision, .result = r1, .text = "", .text_not = "", .line = 3});
  ans_builder_benefit(b, &(ans_benefit){.name = "Hilfe", .unit = f.claim, .entitled_result = r1, .amount_result = bare_information ? ANS_NONE : r2, .information_only = bare_information, .payout_result = ANS_NONE, .recipient_fact = bare_information ? ANS_NONE : f.who, .subject_fact = ANS_NONE,
                                        .regime_provision = provision, .application_provision = needs_application ? provision : ANS_NONE});
  ans_error err = {0};
  cr_assert_eq(ans_builder_freeze(b, &f.p, &err), ANS_OK, "%s %s", err.code ? err.code : "", err.args[0]);
  ans_builder_free(b);
  return f;
}

static ans_columns *columns_of(const fixture *f, const ans_scalar cells[4]) {
  ans_columns_builder *b = ans_columns_builder_new(f->p);
  ans_columns *c = NULL;
  uint32_t person, claim, facts[4] = {f->a, f->b, f->c, f->h};
  cr_assert_eq(ans_columns_begin_component(b, NULL), ANS_OK);
  cr_assert_eq(ans_columns_add_row(b, f->person, "p", &person, NULL), ANS_OK);
  cr_assert_eq(ans_columns_add_row(b, f->claim, "k", &claim, NULL), ANS_OK);
  for (int i = 0; i < 4; i++) cr_assert_eq(ans_columns_set(b, facts[i], person, cells[i], NULL), ANS_OK);
  cr_assert_eq(ans_columns_set(b, f->who, claim, (ans_scalar){.v = person}, NULL), ANS_OK);
  cr_assert_eq(ans_columns_end_component(b, NULL), ANS_OK);
  cr_assert_eq(ans_columns_finish(b, &c, NULL), ANS_OK);
  ans_columns_builder_free(b);
  return c;
}

Test(decide, procedure_table) {
  /* docs/decisions.md, row by row: {merits, award, application, past} → {action, procedure}. amount 259, payout as given. */
  static const struct { int merits; bool award; int64_t cents; bool application, past; int64_t payout; int action, procedure; } rows[] = {
      {ANS_MERITS_ENTITLED, true, 25900, false, false, 25900, ANS_ACTION_UNCHANGED, ANS_PROCEDURE_ISSUE},
      {ANS_MERITS_ENTITLED, true, 25500, false, false, 25900, ANS_ACTION_CHANGE, ANS_PROCEDURE_ISSUE},
      {ANS_MERITS_ENTITLED, true, 26000, false, false, 25900, ANS_ACTION_CHANGE, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_ENTITLED, true, 26000, false, true, 25900, ANS_ACTION_RECOVERY, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_ENTITLED, false, 0, true, false, 25900, ANS_ACTION_GRANT, ANS_PROCEDURE_ISSUE},
      {ANS_MERITS_ENTITLED, false, 0, true, false, 0, ANS_ACTION_GRANT, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_ENTITLED, false, 0, false, false, 25900, ANS_ACTION_GRANT, ANS_PROCEDURE_OFFER},
      {ANS_MERITS_NOT_ENTITLED, true, 25900, false, false, 0, ANS_ACTION_END, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_NOT_ENTITLED, true, 25900, true, true, 0, ANS_ACTION_RECOVERY, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_NOT_ENTITLED, false, 0, true, false, 0, ANS_ACTION_REFUSE, ANS_PROCEDURE_PROPOSE},
      {ANS_MERITS_NOT_ENTITLED, false, 0, false, false, 0, ANS_ACTION_NONE, ANS_PROCEDURE_NONE},
  };
  fixture f = make(true);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    ans_claim_context x = {rows[i].award, rows[i].cents, rows[i].application, rows[i].past};
    ans_outcome o = {.merits = (ans_merits)rows[i].merits, .entitled = {.v = rows[i].merits == ANS_MERITS_ENTITLED}, .amount = {.v = rows[i].merits == ANS_MERITS_ENTITLED ? 25900 : 0}, .payout = {.v = rows[i].payout}};
    ans_decide_procedure(f.p, &f.p->benefits[0], &x, &o);
    cr_expect_eq((int)o.action, rows[i].action, "row %zu: action %s", i, ans_action_name(o.action, true));
    cr_expect_eq((int)o.procedure, rows[i].procedure, "row %zu: procedure %s", i, ans_procedure_name(o.procedure, true));
  }
  ans_program_free(f.p);
}

Test(decide, nothing_adverse_or_open_is_ever_issued) {
  fixture f = make(false);
  for (int merits = 0; merits < 3; merits++)
    for (int award = 0; award < 3; award++)
      for (int application = 0; application < 2; application++)
        for (int state = ANS_VALUE; state < ANS_STATE_COUNT; state++) {
          ans_claim_context x = {award > 0, award == 1 ? 20000 : 30000, application, false};
          ans_scalar open = {.state = (uint8_t)state};
          ans_outcome o = {.merits = (ans_merits)merits, .entitled = merits == ANS_MERITS_UNDETERMINED ? open : (ans_scalar){.v = merits == ANS_MERITS_ENTITLED}, .amount = {.v = 25900}, .payout = {.v = 25900}};
          if (merits == ANS_MERITS_UNDETERMINED && state == ANS_VALUE) continue;
          ans_decide_procedure(f.p, &f.p->benefits[0], &x, &o);
          bool favourable = merits == ANS_MERITS_ENTITLED && (!x.has_award || x.award_cents <= 25900);
          if (!favourable) cr_expect_neq((int)o.procedure, ANS_PROCEDURE_ISSUE);
        }
  ans_program_free(f.p);
}

/* Relevance by definition: try all pairs of completions over all 4 cells. */
static void relevant_by_definition(const fixture *f, const ans_scalar cells[4], bool relevant[4]) {
  static const int dom[4] = {2, 2, 3, 2};
  int64_t table[24];
  for (int k = 0; k < 24; k++) {
    int rest = k;
    ans_scalar full[4];
    for (int i = 0; i < 4; rest /= dom[i], i++) full[i] = (ans_scalar){.v = rest % dom[i]};
    for (int i = 0; i < 4; i++)
      if (cells[i].state == ANS_VALUE) full[i] = cells[i];
    table[k] = (full[0].v && full[1].v) || (full[2].v == 1 && full[3].v);
  }
  for (int i = 0, stride = 1; i < 4; stride *= dom[i], i++) {
    relevant[i] = false;
    for (int k = 0; k < 24; k++)
      if (cells[i].state != ANS_VALUE && k / stride % dom[i] + 1 < dom[i] && table[k] != table[k + stride]) relevant[i] = true;
  }
  (void)f;
}

typedef struct picked { const fixture *f; unsigned set; } picked;
static bool pick_cells(void *ctx, const ans_columns *c, uint32_t fact, uint32_t row) {
  const picked *x = ctx;
  const uint32_t facts[3] = {x->f->a, x->f->b, x->f->c};
  (void)c;
  (void)row;
  for (int i = 0; i < 3; i++)
    if (facts[i] == fact) return x->set >> i & 1;
  return false;
}
typedef struct visited { const fixture *f; unsigned set; } visited;
static bool visit_cell(void *ctx, uint32_t fact, uint32_t row) {
  visited *x = ctx;
  const uint32_t facts[3] = {x->f->a, x->f->b, x->f->c};
  (void)row;
  for (int i = 0; i < 3; i++)
    if (facts[i] == fact) x->set |= 1u << i;
  return true;
}
static ans_outcome decided(const fixture *f, const ans_scalar cells[4]) {
  ans_columns *c = columns_of(f, cells);
  ans_claim_context x = {0};
  ans_outcome o;
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &x, 0, &o, NULL, NULL), ANS_OK);
  ans_columns_free(c);
  return o;
}

/* What is not visited cannot matter: with the visited cells fixed, nothing that the other picked cells become (a value, not applicable, unknown) changes the claim. */
Test(decide, needs_are_all_that_can_matter) {
  static const int dom[4] = {2, 2, 3, 2};
  unsigned spared = 0, needed = 0;
  for (int defaults = NO_DEFAULT; defaults <= TAKEN_TRUE; defaults++) {
    a_default = defaults;
    fixture f = make(true);
    for (int k = 0; k < 108; k += 7) /* 7 and 108 have no common factor: all digits occur */
      for (unsigned set = 1; set < 8; set++) {
        ans_scalar cells[4];
        for (int i = 0, rest = k; i < 4; rest /= dom[i] + 1, i++) cells[i] = rest % (dom[i] + 1) == dom[i] ? (ans_scalar){.state = i == 3 ? ANS_HUMAN : ANS_UNKNOWN} : (ans_scalar){.v = rest % (dom[i] + 1)};
        picked pick = {&f, set};
        visited seen = {&f, 0};
        bool whole = true;
        ans_columns *c = columns_of(&f, cells);
        cr_assert_eq(ans_decide_blank(c, 0, pick_cells, &pick, NULL), ANS_OK);
        cr_assert_eq(ans_decide_needs(c, 0, 0, 0, 24100, pick_cells, &pick, visit_cell, &seen, &whole, NULL), ANS_OK);
        ans_columns_free(c);
        cr_assert_not(whole);
        cr_assert_eq(seen.set & ~set, 0u);
        spared += seen.set != set;
        needed += seen.set != 0;
        ans_outcome of[80];
        bool first[80] = {false};
        for (int x = 0; x < 80; x++) { /* each picked cell: its values, then unknown, then not applicable */
          int rest = x, group = 0, size[3] = {4, 4, 5};
          ans_scalar full[4] = {cells[0], cells[1], cells[2], cells[3]};
          for (int i = 0, stride = 1; i < 3; rest /= size[i], stride *= size[i], i++) {
            int digit = rest % size[i];
            if (set >> i & 1) full[i] = digit == dom[i] ? (ans_scalar){.state = ANS_UNKNOWN} : digit > dom[i] ? (ans_scalar){.state = ANS_NOT_APPLICABLE} : (ans_scalar){.v = digit};
            if (seen.set >> i & 1) group += digit * stride;
          }
          ans_outcome o = decided(&f, full);
          if (!first[group]) of[group] = o;
          first[group] = true;
          cr_assert(o.merits == of[group].merits && o.entitled.state == of[group].entitled.state && o.entitled.v == of[group].entitled.v && o.amount.v == of[group].amount.v, "default %d case %d set %u completion %d", defaults, k, set, x);
        }
      }
    ans_program_free(f.p);
  }
  a_default = NO_DEFAULT;
  cr_assert_gt(spared, 20u);
  cr_assert_gt(needed, 20u);
}

Test(decide, relevance_is_exactly_the_definition) {
  fixture f = make(true);
  uint32_t facts[4] = {f.a, f.b, f.c, f.h};
  static const int dom[4] = {2, 2, 3, 2};
  unsigned undetermined = 0;
  for (int k = 0; k < 3 * 3 * 4 * 3; k++) {
    ans_scalar cells[4];
    int rest = k;
    for (int i = 0; i < 4; rest /= dom[i] + 1, i++) {
      int digit = rest % (dom[i] + 1);
      cells[i] = digit == dom[i] ? (ans_scalar){.state = i == 3 ? ANS_HUMAN : ANS_UNKNOWN} : (ans_scalar){.v = digit};
    }
    ans_columns *c = columns_of(&f, cells);
    ans_claim_context x = {0};
    ans_outcome o;
    bool want[4];
    cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &x, 4096, &o, NULL, NULL), ANS_OK);
    relevant_by_definition(&f, cells, want);
    if (o.merits == ANS_MERITS_UNDETERMINED) {
      undetermined++;
      cr_expect(o.missing_exact);
      for (uint32_t m = 0; m < o.missing_count; m++) cr_expect(o.missing[m].proven);
      cr_expect_eq(o.ask_next == ANS_NONE, o.missing_count == 0);
      for (int i = 0; i < 4; i++) {
        bool got = false;
        for (uint32_t m = 0; m < o.missing_count; m++) got |= o.missing[m].fact == facts[i];
        cr_expect_eq(got, want[i], "case %d fact %d", k, i);
      }
      /* The cells are put back after enumeration. */
      for (int i = 0; i < 4; i++) cr_expect_eq((int)ans_columns_get(c, facts[i], 0).state, (int)cells[i].state);
    } else {
      for (int i = 0; i < 4; i++) cr_expect_not(want[i], "case %d: determined, yet fact %d matters", k, i);
    }
    ans_columns_free(c);
  }
  cr_expect_gt(undetermined, 20u);
  ans_program_free(f.p);
}

Test(decide, without_enumeration_the_slice_is_complete_and_says_so) {
  fixture f = make(true);
  ans_scalar cells[4] = {{.state = ANS_UNKNOWN}, {.state = ANS_UNKNOWN}, {.v = 2}, {.state = ANS_HUMAN}};
  ans_columns *c = columns_of(&f, cells);
  ans_claim_context x = {0};
  ans_outcome o;
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &x, 0, &o, NULL, NULL), ANS_OK);
  cr_expect_not(o.missing_exact);
  cr_assert_eq(o.missing_count, 2u); /* c is 2, so h cannot matter: absorbed by false */
  cr_expect_eq(o.missing[0].fact, f.a);
  cr_expect_eq(o.missing[1].fact, f.b);
  cr_expect(!o.missing[0].proven && !o.missing[1].proven && o.evaluations == 0);
  cr_expect_eq((int)o.procedure, ANS_PROCEDURE_ASK);
  ans_columns_free(c);
  ans_program_free(f.p);
}

/* (a gilt als …) und b, or c = 1 und h: a can always matter, but while it is unknown its default holds, and the claim is open through the others only. */
Test(decide, what_holds_the_claim_open_is_listed_and_asked_first) {
  static const struct { int taken; ans_scalar b, c; bool b_open; } cases[] = {
      {TAKEN_TRUE, {.state = ANS_UNKNOWN}, {.v = 2}, true}, /* open through b */
      {TAKEN_FALSE, {.v = 1}, {.v = 1}, false}};            /* open through h, which only a human can answer */
  for (size_t i = 0; i < 2; i++) {
    a_default = cases[i].taken;
    fixture f = make(true);
    a_default = NO_DEFAULT;
    ans_scalar cells[4] = {{.state = ANS_UNKNOWN}, cases[i].b, cases[i].c, {.state = ANS_HUMAN}};
    ans_columns *c = columns_of(&f, cells);
    ans_outcome o;
    for (uint32_t bound = 0; bound <= 4096; bound += 4096) {
      cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &(ans_claim_context){0}, bound, &o, NULL, NULL), ANS_OK);
      cr_assert_eq((int)o.merits, ANS_MERITS_UNDETERMINED);
      cr_assert_eq(o.missing_count, 2u, "case %zu: %u", i, o.missing_count);
      cr_expect_eq(o.missing_exact, bound > 0);
      cr_assert_eq(o.ask_next, 0u);
      for (uint32_t m = 0; m < 2; m++) cr_expect_eq(o.missing[m].blocking, o.missing[m].fact != f.a, "case %zu", i);
      cr_expect_eq(o.missing[o.ask_next].fact, cases[i].b_open ? f.b : f.h);
    }
    ans_columns_free(c);
    ans_program_free(f.p);
  }
}

Test(decide, offer_when_the_form_supplies_everything_missing) {
  fixture f = make(true);
  ans_scalar cells[4] = {{.v = 0}, {.v = 1}, {.v = 1}, {.state = ANS_HUMAN}};
  ans_columns *c = columns_of(&f, cells);
  ans_outcome o;
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &(ans_claim_context){0}, 64, &o, NULL, NULL), ANS_OK);
  cr_expect_eq((int)o.procedure, ANS_PROCEDURE_OFFER);
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &(ans_claim_context){.has_application = true}, 64, &o, NULL, NULL), ANS_OK);
  cr_expect_eq((int)o.procedure, ANS_PROCEDURE_REFER);
  ans_columns_free(c);
  ans_program_free(f.p);
}

Test(decide, explanation_names_what_was_computed) {
  fixture f = make(false);
  ans_scalar cells[4] = {{.v = 1}, {.v = 1}, {.state = ANS_UNKNOWN}, {.state = ANS_HUMAN}};
  ans_columns *c = columns_of(&f, cells);
  ans_outcome o;
  ans_trace *t = NULL;
  char *json = NULL, *text = NULL;
  cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &(ans_claim_context){0}, 64, &o, &t, NULL), ANS_OK);
  cr_assert_eq(ans_explain_json(c, 0, t, 0, 0, 24100, &o, NULL, &json, NULL), ANS_OK);
  json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
  cr_assert_not_null(root);
  cr_expect_str_eq(json_string_value(json_object_get(root, "merits")), "entitled");
  cr_expect_eq(json_integer_value(json_object_get(root, "amount_cents")), 25000);
  cr_expect_not_null(strstr(json, "\"provision\":\"§ 1 TestG\""));
  cr_expect_not_null(strstr(json, "\"name\":\"a\""));
  cr_expect_null(strstr(json, "\"name\":\"h\""), "an operand that did not decide must not be shown as a reason");
  cr_assert_eq(ans_explain_text(json, false, ANS_EXPLAIN_TREE, &text, NULL), ANS_OK);
  cr_expect_not_null(strstr(text, "Anspruch besteht: 250,00 € je Monat"));
  json_decref(root);
  free(json);
  free(text);
  ans_trace_free(t);
  ans_columns_free(c);
  ans_program_free(f.p);
}

static void naive_root(uint8_t (*leaves)[32], size_t n, uint8_t out[32]) { /* RFC 6962 § 2.1, recursively */
  unsigned char b[65];
  if (n == 1) {
    b[0] = 0;
    memcpy(b + 1, leaves[0], 32);
    ans_sha256_once(b, 33, out);
    return;
  }
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  b[0] = 1;
  naive_root(leaves, k, b + 1);
  naive_root(leaves + k, n - k, b + 33);
  ans_sha256_once(b, 65, out);
}

Test(receipt, merkle_tree_is_rfc_6962) {
  uint8_t leaves[70][32], a[32], b[32];
  for (size_t i = 0; i < 70; i++) ans_sha256_once(&i, sizeof i, leaves[i]);
  for (size_t n = 1; n <= 70; n++) {
    ans_merkle m;
    ans_merkle_init(&m);
    for (size_t i = 0; i < n; i++) ans_merkle_add(&m, leaves[i]);
    ans_merkle_root(&m, a);
    naive_root(leaves, n, b);
    cr_expect_eq(memcmp(a, b, 32), 0, "n = %zu", n);
  }
}

Test(receipt, every_field_enters_the_leaf) {
  uint8_t key[32] = {7}, base[32], other[32];
  ans_receipt r = {.semantics_version = 1, .claim_key = "k", .benefit = "Hilfe", .period = 24100, .outcome = {.entitled = {.v = 1}, .amount = {.v = 5}, .payout = {.v = 5}}};
  ans_receipt_leaf(&r, key, base);
  ans_receipt variants[12];
  for (int i = 0; i < 12; i++) variants[i] = r;
  variants[0].semantics_version = 2;
  variants[1].claim_key = "l";
  variants[2].benefit = "Hilf";
  variants[3].period++;
  variants[4].outcome.amount.v++;
  variants[5].outcome.payout.state = ANS_UNKNOWN;
  variants[6].outcome.merits = ANS_MERITS_UNDETERMINED;
  variants[7].outcome.procedure = ANS_PROCEDURE_REFER;
  variants[8].facts_sha[31] = 1;
  variants[9].trace_sha[0] = 1;
  variants[10].package_sha[5] = 1;
  variants[11].outcome.reasons = 1;
  for (int i = 0; i < 12; i++) {
    ans_receipt_leaf(&variants[i], key, other);
    cr_expect_neq(memcmp(base, other, 32), 0, "variant %d", i);
  }
  key[0] = 8;
  ans_receipt_leaf(&r, key, other);
  cr_expect_neq(memcmp(base, other, 32), 0);
}

/* Information without an amount: merits from the entitlement alone, no act, and an identity and an explanation of its own. */
Test(decide, information_without_an_amount) {
  bare_information = true;
  fixture f = make(false);
  const ans_scalar yes = {.v = 1}, no = {.v = 0}, open = {.state = ANS_UNKNOWN}, kind = {.v = 0};
  const ans_scalar cells[3][4] = {{yes, yes, kind, no}, {yes, no, kind, no}, {yes, open, kind, no}};
  const ans_merits merits[3] = {ANS_MERITS_ENTITLED, ANS_MERITS_NOT_ENTITLED, ANS_MERITS_UNDETERMINED};
  uint8_t hash[3][32];
  for (int i = 0; i < 3; i++) {
    ans_columns *c = columns_of(&f, cells[i]);
    ans_outcome o;
    ans_trace *t = NULL;
    char *json = NULL;
    ans_claim_context x = {.has_application = true, .has_award = true, .award_cents = 100};
    cr_assert_eq(ans_decide_claim(c, 0, 0, 0, 24100, &x, 4096, &o, &t, NULL), ANS_OK);
    cr_expect_eq(o.merits, merits[i]);
    cr_expect(o.amount.state == ANS_NOT_APPLICABLE && o.payout.state == ANS_NOT_APPLICABLE && o.action == ANS_ACTION_NONE);
    cr_expect(o.reasons >> ANS_REASON_INFORMATION_ONLY & 1);
    if (i < 2) cr_expect_eq(o.procedure, ANS_PROCEDURE_NONE);
    if (i == 0) cr_expect_eq(o.reasons, 1u << ANS_REASON_INFORMATION_ONLY);
    if (i == 2) cr_expect(o.missing_count == 1 && o.missing[0].fact == f.b && o.missing_exact);
    cr_assert_eq(ans_claim_trace_hash(c, t, 0, 0, ANS_RECEIPT_UNION, hash[i], NULL), ANS_OK);
    ans_explain_options options = {0};
    cr_assert_eq(ans_explain_json(c, 0, t, 0, 0, 24100, &o, &options, &json, NULL), ANS_OK);
    cr_expect_null(strstr(json, "amount_cents"));
    cr_expect_null(strstr(json, "law_known"));
    free(json);
    ans_trace_free(t);
    ans_columns_free(c);
  }
  cr_expect(memcmp(hash[0], hash[1], 32) && memcmp(hash[1], hash[2], 32));
  bare_information = false;
  ans_program_free(f.p);
}

/* What does not fit is cut between characters and marked; the quotation marks stay. */
Test(decide, values_of_texts_and_lists_as_german_text) {
  ans_text texts[] = {{.text = "Weimar"}, {.text = ""}, {.text = "äöüäöüäöüäöüäöü"}};
  static const char *const names[] = {"rot", "gelb", "blau", "durchscheinend"};
  const ans_enum colours = {.name = "Farbe", .first_value = 0, .value_count = 4};
  const ans_program p = {.enums = &colours, .enum_count = 1, .enum_values = names, .enum_value_count = 4};
  const ans_columns c = {.program = &p, .texts = texts, .text_count = 3};
  const ans_type text = {.tag = ANS_T_TEXT}, list = {.tag = ANS_T_LIST};
  const struct { ans_type t; int64_t v; size_t size; const char *want; } cases[] = {
      {text, 0, 64, "„Weimar“"}, {text, 1, 64, "„“"}, {text, 2, 37, "„äöüäöüäöüäöüäöü“"}, {text, 2, 36, "„äöüäöüäöüäöüä…“"}, {text, 2, 35, "„äöüäöüäöüäöü…“"},
      {text, 3, 64, "Text"}, {list, 0, 64, "leer"}, {list, 5, 64, "rot, blau"}, {list, 15, 64, "rot, gelb, blau, durchscheinend"}, {list, 15, 32, "rot, gelb, blau…"}};
  char out[64];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_value_text(&p, &c, cases[i].t, (ans_scalar){cases[i].v, ANS_VALUE}, out, cases[i].size);
    cr_assert_str_eq(out, cases[i].want, "case %zu: %s", i, out);
  }
  ans_value_text(&p, &c, text, (ans_scalar){0, ANS_UNKNOWN}, out, sizeof out);
  cr_assert_str_eq(out, "unbekannt");
}
