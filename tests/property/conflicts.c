/* Provable conflicts (dsl/sema/conflict.c) against the reference interpreter: random ranks of rules over a few facts, and a component with a row for every
 * combination of the facts' values, so that both directions can be looked up instead of being believed:
 *   every reported clash is a conflict in some row of the month named; and, if no exception is in play, in every row in which the case described is given;
 *   a condition reported as never true is true in no row;
 *   enough of the programs in which some row is a conflict are reported, so that silence does not pass.
 * Everything here is synthetic.
 *
 *   conflicts [--count N] [--seed S] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "lower/lower.h"
#include "num/calendar.h"
#include "random.h"
#include "reference.h"
#include "sema/conflict.h"
#include "options.h"

static const char TEXT[] =
    "paket test/widerspruch version 1.0.0 titel \"Widersprüche\" zeitraum von 01.2020 bis 12.2023\n"
    "norm TG \"Testgesetz\"\nauswahl Farbe = rot; blau; gelb\n"
    "einheit Person\n  angabe a : Wahrheitswert\n  angabe b : Wahrheitswert\n  angabe n : Zahl\n  angabe m : Zahl\n  angabe f : Farbe\n  angabe g : Datum\nende\n"
    "§ 1 TG\nergebnis Person.Betrag : Zahl sonst 0\nergebnis Person.Recht : Wahrheitswert\nergebnis Person.Frage : Wahrheitswert\n";
enum { A, B, N, M, F, G, FACTS, BETRAG = 0, RECHT, FRAGE, VALUES = 8 /* -1 … 6: one below and one above every constant */, FEW = 4, AGES = 12, MONTHS = 3 };
static const uint32_t SIZES[FACTS] = {2, 2, VALUES, FEW, 3, AGES};

typedef struct world {
  rnd r;
  ans_arena *arena;
  ans_tree *tree;
  ans_model *m;
  ans_program *p;
  ans_columns *c;
  uint32_t rows;
  uint64_t clashes, certain, dead, rows_checked, with_conflict, reported, broken;
  /* the program at hand */
  uint32_t number;
  bool told;
} world;

static void *zeroed(world *w, size_t n, size_t size) {
  void *p = ans_arena_array(w->arena, n ? n : 1, size);
  if (!p) abort();
  memset(p, 0, n * size);
  return p;
}

/* --- expressions ------------------------------------------------------------------------------------------------------ */
static ans_type plain(ans_type_tag tag) { return (ans_type){(uint8_t)tag, 0, 0, 0, 0}; }

static ans_tx *node(world *w, ans_tx_kind kind, ans_type t, uint32_t n, ans_tx *x, ans_tx *y) {
  ans_tx *tx = zeroed(w, 1, sizeof *tx);
  *tx = (ans_tx){.kind = (uint16_t)kind, .type = t, .provision = ANS_NONE, .count = n, .arg = zeroed(w, 2, sizeof *tx->arg)};
  tx->arg[0] = x;
  tx->arg[1] = y;
  tx->grain = kind == ANS_TX_CONST || kind == ANS_TX_PERIOD ? ANS_GRAIN_UNIFORM : ANS_GRAIN_ROW;
  tx->unit = tx->grain == ANS_GRAIN_ROW ? 1 : 0;
  return tx;
}

static ans_tx *constant(world *w, ans_type t, int64_t v) {
  ans_tx *x = node(w, ANS_TX_CONST, t, 0, NULL, NULL);
  x->value = v;
  return x;
}

static ans_tx *fact(world *w, uint32_t f) {
  ans_tx *x = node(w, ANS_TX_FACT, w->m->facts[f].type, 1, NULL, NULL);
  x->index = f;
  return x;
}

static ans_tx *age(world *w) {
  const ans_type date = plain(ANS_T_DATE);
  ans_type years = plain(ANS_T_INT);
  years.measure = ANS_M_YEARS;
  ans_tx *day = node(w, ANS_TX_PERIOD, date, 0, NULL, NULL), *done = node(w, ANS_TX_YEARS_DONE, date, 2, fact(w, G), constant(w, years, rnd_range(&w->r, 16, 22)));
  day->index = 1;
  return rnd_percent(&w->r, 50) ? node(w, ANS_TX_LE, plain(ANS_T_BOOL), 2, done, day) : node(w, ANS_TX_LT, plain(ANS_T_BOOL), 2, day, done);
}

static ans_tx *atom(world *w, uint32_t deep) {
  const ans_type truth = plain(ANS_T_BOOL);
  uint32_t f = rnd_below(&w->r, FACTS), k = rnd_below(&w->r, 100);
  ans_tx *x = fact(w, f), *c;
  if (deep < 2 && k < 10) return node(w, ANS_TX_NOT, truth, 1, atom(w, deep + 1), NULL);
  if (deep < 2 && k < 18) return node(w, ANS_TX_OR, truth, 2, atom(w, deep + 1), atom(w, deep + 1));
  if (deep < 2 && k < 23) return node(w, ANS_TX_AND, truth, 2, atom(w, deep + 1), atom(w, deep + 1));
  if (k < 25) return constant(w, truth, rnd_below(&w->r, 2));
  if (f == G) return age(w);
  if (f == A || f == B) return x;
  c = constant(w, x->type, rnd_below(&w->r, f == F ? 3 : SIZES[f] - 2));
  if (f == F && rnd_percent(&w->r, 40)) /* in (…) */
    return node(w, ANS_TX_OR, truth, 2, node(w, ANS_TX_EQ, truth, 2, x, c), node(w, ANS_TX_EQ, truth, 2, fact(w, F), constant(w, x->type, rnd_below(&w->r, 3))));
  static const ans_tx_kind ORDER[] = {ANS_TX_LT, ANS_TX_LE, ANS_TX_EQ, ANS_TX_NE};
  ans_tx_kind kind = f == F ? ORDER[2 + rnd_below(&w->r, 2)] : ORDER[rnd_below(&w->r, 4)];
  return rnd_percent(&w->r, 50) ? node(w, kind, truth, 2, x, c) : node(w, kind, truth, 2, c, x);
}

static ans_tx *both(world *w, ans_tx *x, ans_tx *y) { return !x ? y : !y ? x : node(w, ANS_TX_AND, plain(ANS_T_BOOL), 2, x, y); }

/* --- rules ------------------------------------------------------------------------------------------------------------ */
static ans_rule *rule(world *w, const ans_tresult *result, uint8_t kind, uint32_t depth) {
  ans_rule *r = zeroed(w, 1, sizeof *r);
  *r = (ans_rule){.kind = kind, .provision = result->provision, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .promulgated_day = ANS_OPEN_PAST, .reason = "", .reason_not = "", .text = "", .path = ""};
  if (rnd_percent(&w->r, 25)) r->from_day = r->promulgated_day = (int32_t)ans_month_first(w->m->first_period) + rnd_range(&w->r, -100, 1000);
  if (rnd_percent(&w->r, 25)) r->to_day = (r->from_day == ANS_OPEN_PAST ? (int32_t)ans_month_first(w->m->first_period) : r->from_day) + rnd_range(&w->r, 20, 900);
  for (uint32_t i = rnd_below(&w->r, 4); i > 0; i--) r->condition = both(w, r->condition, atom(w, 0));
  r->human = rnd_percent(&w->r, 6);
  if (r->human && kind == ANS_RULE_PLAIN) {
    r->value = node(w, ANS_TX_NONVALUE, result->type, 0, NULL, NULL);
    r->value->state = ANS_HUMAN;
  } else if (kind == ANS_RULE_OVERRIDE || (kind == ANS_RULE_PLAIN && (result->type.tag != ANS_T_BOOL || rnd_percent(&w->r, 60)))) {
    r->human = 0;
    r->value = constant(w, result->type, rnd_below(&w->r, result->type.tag == ANS_T_BOOL ? 2 : 3));
    if (rnd_percent(&w->r, 6)) r->value = result->type.tag == ANS_T_BOOL ? fact(w, A) : fact(w, N);
  }
  r->exception_count = depth < 2 && rnd_percent(&w->r, 45) ? 1 + rnd_below(&w->r, 3) : 0;
  r->exceptions = zeroed(w, r->exception_count, sizeof *r->exceptions);
  for (uint32_t i = 0; i < r->exception_count; i++) r->exceptions[i] = rule(w, result, rnd_percent(&w->r, 50) ? ANS_RULE_BLOCK : ANS_RULE_OVERRIDE, depth + 1);
  return r;
}

static void set_rules(ans_tresult *t, uint32_t n, ans_rule **rules) {
  t->rule_count = n;
  t->rules = rules;
}

static void program(world *w) {
  for (uint32_t i = BETRAG; i <= RECHT; i++) {
    uint32_t n = 1 + rnd_below(&w->r, 4);
    ans_rule **rules = zeroed(w, n, sizeof *rules);
    for (uint32_t k = 0; k < n; k++) rules[k] = rule(w, &w->m->results[i], ANS_RULE_PLAIN, 0);
    if (n > 1 && rnd_percent(&w->r, 10)) { /* promulgated later, for days that have law */
      rules[0]->superseder_count = 1;
      rules[0]->superseders = &rules[n - 1];
    }
    set_rules(&w->m->results[i], n, rules);
  }
}

/* --- checks ----------------------------------------------------------------------------------------------------------- */
static ans_ref *refer(world *w, int32_t month) {
  ans_error err = {0};
  ans_ref *ref = ans_ref_run(w->m, w->c, 0, month, &err);
  if (!ref) {
    printf("program %u: reference refused: %s\n", w->number, err.where);
    w->broken++;
  }
  return ref;
}

/* Asks for a condition in every row, by the third result. */
static void ask(world *w, ans_tx *condition) {
  ans_rule **rules = zeroed(w, 1, sizeof *rules);
  rules[0] = zeroed(w, 1, sizeof **rules);
  *rules[0] = (ans_rule){.kind = ANS_RULE_PLAIN, .provision = ANS_NONE, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .promulgated_day = ANS_OPEN_PAST, .condition = condition, .reason = "", .reason_not = "", .text = "", .path = ""};
  set_rules(&w->m->results[FRAGE], 1, rules);
}

static void on_clash(void *ctx, const ans_clash *c) {
  world *w = ctx;
  uint32_t result = (uint32_t)(c->result - w->m->results), hits = 0, missed = 0, given = 0;
  ans_tx *condition = c->narrow->condition;
  w->clashes++;
  w->told = true;
  for (uint32_t i = 0; i < c->above_count; i++) condition = both(w, condition, c->above[i]->condition);
  ask(w, condition);
  ans_ref *ref = refer(w, c->period);
  for (uint32_t row = 0; ref && row < w->rows; row++) {
    bool conflict = ans_ref_result(ref, result, row).state == ANS_CONFLICT;
    ans_scalar asked = ans_ref_result(ref, FRAGE, row);
    hits += conflict;
    if (asked.state != ANS_VALUE || !asked.v) continue;
    given++;
    missed += !conflict;
  }
  ans_ref_free(ref);
  w->rows_checked += w->rows;
  w->certain += !c->exempt;
  if (ref && (hits == 0 || (!c->exempt && (missed > 0 || given == 0)))) {
    printf("program %u: reported clash of %u rules of %s in %d is a conflict in %u rows; %u rows of the case, %u of them none%s\n", w->number, c->count, c->result->name, c->period, hits, given, missed,
           c->exempt ? " (exceptions in play)" : "");
    w->broken++;
  }
}

static void on_dead(void *ctx, const ans_tresult *result, const ans_rule *r) {
  world *w = ctx;
  w->dead++;
  ask(w, r->condition);
  ans_ref *ref = refer(w, w->m->first_period + 7);
  for (uint32_t row = 0; ref && row < w->rows; row++) {
    ans_scalar v = ans_ref_result(ref, FRAGE, row);
    if (v.state != ANS_VALUE || v.v == 0) continue;
    printf("program %u: a condition of %s said to be never true is true in row %u\n", w->number, result->name, row);
    w->broken++;
    break;
  }
  ans_ref_free(ref);
}

/* Is any row a conflict in some month looked at? */
static bool some_conflict(world *w) {
  bool found = false;
  for (int32_t i = 0; i < MONTHS && !found; i++) {
    ans_ref *ref = refer(w, w->m->first_period + i * 17);
    for (uint32_t row = 0; ref && row < w->rows && !found; row++)
      found = ans_ref_result(ref, BETRAG, row).state == ANS_CONFLICT || ans_ref_result(ref, RECHT, row).state == ANS_CONFLICT;
    ans_ref_free(ref);
  }
  return found;
}

/* --- the world: one row for every combination of values ---------------------------------------------------------------- */
static ans_status rows(world *w, ans_error *err) {
  ans_columns_builder *b = ans_columns_builder_new(w->p);
  ans_status st = b ? ans_columns_begin_component(b, err) : ANS_MEMORY;
  w->rows = 1;
  for (uint32_t f = 0; f < FACTS; f++) w->rows *= SIZES[f];
  for (uint32_t i = 0; i < w->rows && st == ANS_OK; i++) {
    uint32_t row = 0, rest = i;
    st = ans_columns_add_row(b, 1, NULL, &row, err);
    for (uint32_t f = 0; f < FACTS && st == ANS_OK; rest /= SIZES[f++]) {
      int64_t v = rest % SIZES[f];
      if (f == G) v = ans_month_first(w->m->first_period) - (11 + v) * 365 - 200; /* every age that is asked for, in every month of the span */
      if (f == N || f == M) v--;
      st = ans_columns_set(b, f, row, (ans_scalar){v, ANS_VALUE}, err);
    }
  }
  if (st == ANS_OK) st = ans_columns_end_component(b, err);
  if (st == ANS_OK) st = ans_columns_finish(b, &w->c, err);
  ans_columns_builder_free(b);
  return st;
}

static bool open_world(world *w) {
  ans_error err = {0};
  ans_diags *d = ans_diags_new();
  bool ok = d && ans_tree_parse("erzeugt.recht", TEXT, strlen(TEXT), d, &w->tree, &err) == ANS_OK && ans_sema_analyse(&w->tree, 1, d, &w->m, &err) == ANS_OK && w->m;
  ok = ok && !ans_diags_errors(d) && ans_lower_program(w->m, &w->p, &err) == ANS_OK && rows(w, &err) == ANS_OK;
  if (!ok && d) ans_diags_print(d, stdout, (ans_diag_options){.lang = ANS_LANG_EN});
  ans_diags_free(d);
  return ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1);
  uint32_t count = (uint32_t)number_option(argc, argv, "--count", 100);
  world w = {.rows = 0};
  bool ok = open_world(&w);
  const ans_conflict_visitor visitor = {on_clash, on_dead, &w};
  for (uint32_t i = 0; i < count && ok; i++) {
    ans_error err = {0};
    w.arena = ans_arena_new((size_t)1 << 26);
    w.r = rnd_seed(seed * 7000003u + i, 3);
    w.number = i;
    w.told = false;
    if (!w.arena) abort();
    program(&w);
    ask(&w, NULL);
    ok = ans_conflicts(w.m, FRAGE, &visitor, &err) == ANS_OK;
    ask(&w, NULL);
    bool conflict = w.told || some_conflict(&w);
    w.with_conflict += conflict;
    w.reported += conflict && w.told;
    for (uint32_t k = BETRAG; k <= FRAGE; k++) set_rules(&w.m->results[k], 0, NULL);
    ans_arena_free(w.arena);
  }
  printf("programs %u, with a conflict in some row %" PRIu64 ", reported %" PRIu64 "; clashes %" PRIu64 " (%" PRIu64 " without exceptions), conditions never true %" PRIu64 ", rows looked up %" PRIu64 "\n",
         count, w.with_conflict, w.reported, w.clashes, w.certain, w.dead, w.rows_checked);
  bool meaningful = w.reported * 4 >= w.with_conflict && w.certain >= 10 && w.clashes - w.certain >= 10 && w.dead >= 10;
  ok = ok && w.broken == 0 && meaningful;
  printf("%s (seed %" PRIu64 ")\n", ok ? "ok" : meaningful ? "FAILED" : "FAILED: too little was reported to mean anything", seed);
  ans_columns_free(w.c);
  ans_program_free(w.p);
  ans_model_free(w.m);
  ans_tree_free(w.tree);
  return ok ? 0 : 1;
}
