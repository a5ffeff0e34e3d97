/* Planted faults: bytecode with one wrong instruction must be caught by the very comparison of differential.c on some model. Proves that
 * the net has no holes where these faults would slip through.
 *
 *   planted [--seed S] [--models N] [--rows R]
 *
 * Each kind is planted at a few random fitting places of every model until both engines were caught with it twice. Mutants must pass the verifier:
 * a fault it already refuses needs no further net. Two faults do not live in the bytecode and are planted in its surroundings: a wrong
 * order among equal ranks (rows laid out backwards) and a wrong period (the one before). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "lower/lower.h"
#include "options.h"

/* A program whose instructions, lists, constants and parameter rows may be changed. */
typedef struct mutant {
  ans_program p;
  ans_insn *insns;
  uint32_t *lists;
  int64_t *consts;
  ans_param_row *rows;
} mutant;

static void *copy(const void *from, size_t count, size_t size) {
  void *to = calloc(count + 1, size);
  if (!to) abort();
  if (count) memcpy(to, from, count * size);
  return to;
}

static mutant mutant_new(const ans_program *p) {
  mutant m = {*p, copy(p->insns, p->insn_count, sizeof *p->insns), copy(p->lists, p->list_count, sizeof *p->lists),
              copy(p->consts, p->const_count, sizeof *p->consts), copy(p->param_rows, p->param_row_count, sizeof *p->param_rows)};
  m.p.insns = m.insns;
  m.p.lists = m.lists;
  m.p.consts = m.consts;
  m.p.param_rows = m.rows;
  return m;
}

static void mutant_dispose(mutant *m) {
  free(m->insns);
  free(m->lists);
  free(m->consts);
  free(m->rows);
}

/* Every later use of register `old` reads `with` instead. */
static void redirect(mutant *m, uint32_t old, uint32_t with) {
  static const char *const KINDS[ANS_OP_COUNT] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
  };
  for (uint32_t i = old + 1; i < m->p.insn_count; i++) {
    uint32_t *operand[3] = {&m->insns[i].a, &m->insns[i].b, &m->insns[i].c};
    for (int k = 0; k < 3; k++)
      if (strchr("rxo", KINDS[m->insns[i].op][k]) && *operand[k] == old) *operand[k] = with;
    bool resolve = m->insns[i].op == ANS_OP_RESOLVE;
    if (!resolve && m->insns[i].op != ANS_OP_PARAM) continue;
    uint32_t *list = &m->lists[resolve ? m->insns[i].a : m->insns[i].b], n = resolve ? m->insns[i].b : m->insns[i].c;
    for (uint32_t k = 0; k < n; k++)
      if (list[k] == old) list[k] = with;
  }
}

/* --- kinds of faults: each returns false if it does not fit instruction i ------------------------------------------------ */

typedef bool plant_fn(mutant *m, uint32_t i, rnd *r);

#define RENAMED(name, from, to) \
  static bool name(mutant *m, uint32_t i, rnd *r) { (void)r; if (m->insns[i].op != from) return false; m->insns[i].op = to; return true; }
#define SWAPPED(name, from, x, y) \
  static bool name(mutant *m, uint32_t i, rnd *r) { \
    (void)r; if (m->insns[i].op != from || m->insns[i].x == m->insns[i].y) return false; \
    uint32_t t = m->insns[i].x; m->insns[i].x = m->insns[i].y; m->insns[i].y = t; return true; }
#define BYPASSED(name, from) \
  static bool name(mutant *m, uint32_t i, rnd *r) { (void)r; if (m->insns[i].op != from) return false; redirect(m, i, m->insns[i].a); return true; }

RENAMED(and_to_or, ANS_OP_AND, ANS_OP_OR)
RENAMED(or_to_and, ANS_OP_OR, ANS_OP_AND)
RENAMED(lt_to_le, ANS_OP_LT, ANS_OP_LE)
RENAMED(le_to_lt, ANS_OP_LE, ANS_OP_LT)
RENAMED(eq_to_ne, ANS_OP_EQ, ANS_OP_NE)
RENAMED(add_to_sub, ANS_OP_ADD, ANS_OP_SUB)
RENAMED(min_to_max, ANS_OP_MIN2, ANS_OP_MAX2)
RENAMED(max_to_min, ANS_OP_MAX2, ANS_OP_MIN2)
RENAMED(known_to_present, ANS_OP_KNOWN, ANS_OP_PRESENT)
RENAMED(present_to_known, ANS_OP_PRESENT, ANS_OP_KNOWN)
RENAMED(any_to_all, ANS_OP_AGG_ANY, ANS_OP_AGG_ALL)
RENAMED(all_to_any, ANS_OP_AGG_ALL, ANS_OP_AGG_ANY)
RENAMED(agg_min_to_max, ANS_OP_AGG_MIN, ANS_OP_AGG_MAX)
RENAMED(agg_max_to_sum, ANS_OP_AGG_MAX, ANS_OP_AGG_SUM)
RENAMED(sum_to_min, ANS_OP_AGG_SUM, ANS_OP_AGG_MIN)
RENAMED(last_end_to_next_start, ANS_OP_TL_LAST_END, ANS_OP_TL_NEXT_START)
RENAMED(next_start_to_last_end, ANS_OP_TL_NEXT_START, ANS_OP_TL_LAST_END)
RENAMED(month_first_to_last, ANS_OP_MONTH_FIRST, ANS_OP_MONTH_LAST)
RENAMED(segment_end_to_start, ANS_OP_SEG_TO, ANS_OP_SEG_FROM)
SWAPPED(select_swapped, ANS_OP_SELECT, b, c)
SWAPPED(sub_swapped, ANS_OP_SUB, a, b)
SWAPPED(lt_swapped, ANS_OP_LT, a, b)
SWAPPED(division_swapped, ANS_OP_DIVR, a, b)
SWAPPED(default_swapped, ANS_OP_DEFAULT, a, b)
BYPASSED(guard_dropped, ANS_OP_GUARD)
BYPASSED(not_dropped, ANS_OP_NOT)
BYPASSED(negation_dropped, ANS_OP_NEG)
BYPASSED(default_dropped, ANS_OP_DEFAULT)

static bool wrong_period_day(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  if (m->insns[i].op != ANS_OP_PERIOD || m->insns[i].a == 0) return false;
  m->insns[i].a = 3 - m->insns[i].a;
  return true;
}

static bool wrong_rounding(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_DIVR) return false;
  m->insns[i].c = (m->insns[i].c + 1 + rnd_below(r, 2)) % 3;
  return true;
}

static bool wrong_clip(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_ADD_MONTHS) return false;
  m->insns[i].c = (m->insns[i].c + 1 + rnd_below(r, 2)) % 3;
  return true;
}

/* The pool is shared: all readers of the constant change. */
static bool constant_off_by_one(mutant *m, uint32_t i, rnd *r) {
  const ans_insn *in = &m->insns[i];
  if (in->op != ANS_OP_CONST || in->type.tag == ANS_T_BOOL || in->type.tag == ANS_T_ENUM) return false;
  int64_t *v = &m->consts[in->a];
  *v += *v > 0 || (*v > INT64_MIN && rnd_percent(r, 50)) ? -1 : 1;
  return true;
}

static bool truth_constant_flipped(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  const ans_insn *in = &m->insns[i];
  if (in->op != ANS_OP_CONST || in->type.tag != ANS_T_BOOL) return false;
  for (uint32_t k = 0; k < m->p.const_count; k++) /* the other truth value, if the pool has it */
    if (m->consts[k] == !m->consts[in->a]) {
      m->insns[i].a = k;
      return true;
    }
  return false;
}

/* A resolve list is: default, then (live, value) pairs. */
static bool last_pair_dropped(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  if (m->insns[i].op != ANS_OP_RESOLVE || m->insns[i].b < 3) return false;
  m->insns[i].b -= 2;
  return true;
}

static bool two_consequences_swapped(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  if (m->insns[i].op != ANS_OP_RESOLVE || m->insns[i].b < 5) return false;
  uint32_t *list = &m->lists[m->insns[i].a], t = list[2];
  if (list[2] == list[4]) return false;
  list[2] = list[4];
  list[4] = t;
  return true;
}

static bool default_for_consequence(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  if (m->insns[i].op != ANS_OP_RESOLVE || m->insns[i].b < 3) return false;
  uint32_t *list = &m->lists[m->insns[i].a];
  if (list[0] == list[2]) return false;
  list[2] = list[0];
  return true;
}

static bool aggregate_filter_dropped(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  uint16_t op = m->insns[i].op;
  if (op < ANS_OP_AGG_COUNT || op > ANS_OP_AGG_ALL || m->insns[i].b == ANS_NONE) return false;
  m->insns[i].b = ANS_NONE;
  return true;
}

static bool rank_filter_dropped(mutant *m, uint32_t i, rnd *r) {
  (void)r;
  if (m->insns[i].op != ANS_OP_RANK || m->insns[i].b == ANS_NONE) return false;
  m->insns[i].b = ANS_NONE;
  return true;
}

/* Another register of the same unit and type computed before `i` and standing at hand, or ANS_NONE. */
static uint32_t other_register(const mutant *m, uint32_t reg, uint32_t i, rnd *r) {
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t k = 0; k < i; k++)
    if (k != reg && m->insns[k].unit == m->insns[reg].unit && memcmp(&m->insns[k].type, &m->insns[reg].type, sizeof(ans_type)) == 0 &&
        m->insns[k].op != ANS_OP_SPLIT && rnd_below(r, ++seen) == 0)
      hit = k;
  return hit;
}

static bool reference_confused(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_GATHER || m->insns[m->insns[i].a].op == ANS_OP_SPLIT) return false;
  uint32_t other = other_register(m, m->insns[i].a, i, r);
  if (other != ANS_NONE) m->insns[i].a = other;
  return other != ANS_NONE;
}

static bool group_confused(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op < ANS_OP_AGG_COUNT || m->insns[i].op > ANS_OP_RANK || m->insns[m->insns[i].a].op == ANS_OP_SPLIT) return false;
  uint32_t other = other_register(m, m->insns[i].a, i, r);
  if (other != ANS_NONE) m->insns[i].a = other;
  return other != ANS_NONE;
}

static bool fact_confused(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_FACT && m->insns[i].op != ANS_OP_TL_AT) return false;
  const ans_fact *f = &m->p.facts[m->insns[i].a];
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t k = 0; k < m->p.fact_count; k++)
    if (k != m->insns[i].a && m->p.facts[k].unit == f->unit && m->p.facts[k].kind == f->kind &&
        memcmp(&m->p.facts[k].type, &f->type, sizeof(ans_type)) == 0 && rnd_below(r, ++seen) == 0)
      hit = k;
  if (hit != ANS_NONE) m->insns[i].a = hit;
  return hit != ANS_NONE;
}

static bool change_point_dropped(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_SPLIT || m->insns[i].c < 3) return false;
  uint32_t *list = &m->lists[m->insns[i].b], n = m->insns[i].c / 3, gone = rnd_below(r, n);
  memmove(list + (size_t)3 * gone, list + (size_t)3 * (gone + 1), (size_t)3 * (n - gone - 1) * sizeof *list);
  m->insns[i].c -= 3;
  return true;
}

static bool parameter_value_off(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_PARAM || m->insns[i].type.tag == ANS_T_BOOL || m->insns[i].type.tag == ANS_T_ENUM) return false;
  const ans_param *p = &m->p.params[m->insns[i].a];
  if (p->row_count == 0) return false;
  int64_t *v = &m->rows[p->first_row + rnd_below(r, p->row_count)].value;
  *v += *v > 0 ? -1 : 1;
  return true;
}

static bool parameter_key_off(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_PARAM) return false;
  const ans_param *p = &m->p.params[m->insns[i].a];
  ans_param_row *hit = NULL;
  uint32_t seen = 0;
  for (uint32_t k = p->first_row; p->key_count > 0 && k < p->first_row + p->row_count; k++) {
    bool shrinks = m->rows[k].key_hi[0] != INT64_MAX && m->rows[k].key_hi[0] > m->rows[k].key_lo[0];
    if (shrinks && rnd_below(r, ++seen) == 0) hit = &m->rows[k];
  }
  if (hit) hit->key_hi[0]--;
  return hit != NULL;
}

static bool text_question_confused(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_TEXT_IS) return false;
  uint32_t other = ANS_NONE, seen = 0;
  for (uint32_t k = 0; k < m->p.predicate_count; k++)
    if (k != m->insns[i].b && m->p.predicates[k].fact == m->p.predicates[m->insns[i].b].fact && rnd_below(r, ++seen) == 0) other = k;
  if (other != ANS_NONE) m->insns[i].b = other;
  return other != ANS_NONE;
}

static bool list_value_confused(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_LIST_HAS) return false;
  uint32_t other = ANS_NONE, seen = 0;
  for (uint32_t k = 0; k < i; k++)
    if (k != m->insns[i].b && (m->insns[k].unit == 0 || m->insns[k].unit == m->insns[i].unit) && ans_type_equal(m->insns[k].type, m->insns[m->insns[i].b].type) && rnd_below(r, ++seen) == 0)
      other = k;
  if (other != ANS_NONE) m->insns[i].b = other;
  return other != ANS_NONE;
}

static bool human_to_default(mutant *m, uint32_t i, rnd *r) {
  if (m->insns[i].op != ANS_OP_HUMAN) return false;
  uint32_t other = ANS_NONE, seen = 0;
  for (uint32_t k = 0; k < i; k++)
    if (m->insns[k].unit == m->insns[i].unit && m->insns[k].op != ANS_OP_HUMAN && m->insns[k].op != ANS_OP_SPLIT &&
        memcmp(&m->insns[k].type, &m->insns[i].type, sizeof(ans_type)) == 0 && rnd_below(r, ++seen) == 0)
      other = k;
  if (other != ANS_NONE) redirect(m, i, other);
  return other != ANS_NONE;
}

static const struct kind { const char *name; plant_fn *plant; } KINDS[] = {
    {"und → oder", and_to_or}, {"oder → und", or_to_and}, {"< → <=", lt_to_le}, {"<= → <", le_to_lt}, {"= → <>", eq_to_ne},
    {"+ → -", add_to_sub}, {"minimum → maximum", min_to_max}, {"maximum → minimum", max_to_min}, {"known → present", known_to_present},
    {"present → known", present_to_known}, {"es gibt → jede", any_to_all}, {"jede → es gibt", all_to_any}, {"group minimum → maximum", agg_min_to_max},
    {"group maximum → sum", agg_max_to_sum}, {"sum → minimum", sum_to_min}, {"last end → next start", last_end_to_next_start},
    {"next start → last end", next_start_to_last_end}, {"first → last day of month", month_first_to_last},
    {"segment end → start", segment_end_to_start}, {"branches swapped", select_swapped}, {"- swapped", sub_swapped}, {"< swapped", lt_swapped},
    {"/ swapped", division_swapped}, {"gilt als swapped", default_swapped}, {"guard dropped", guard_dropped}, {"not dropped", not_dropped},
    {"negation dropped", negation_dropped}, {"gilt als dropped", default_dropped}, {"wrong period day", wrong_period_day},
    {"wrong rounding", wrong_rounding}, {"wrong month clip", wrong_clip}, {"constant off by one", constant_off_by_one},
    {"truth constant flipped", truth_constant_flipped}, {"last exception pair dropped", last_pair_dropped},
    {"consequences swapped", two_consequences_swapped}, {"default for consequence", default_for_consequence},
    {"group filter dropped", aggregate_filter_dropped}, {"rank filter dropped", rank_filter_dropped}, {"wrong reference", reference_confused},
    {"wrong group", group_confused}, {"wrong fact", fact_confused}, {"change point dropped", change_point_dropped},
    {"parameter value off", parameter_value_off}, {"parameter key off", parameter_key_off}, {"human rule decided", human_to_default},
    {"wrong question about a text", text_question_confused}, {"wrong value of a list", list_value_confused},
};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS, TIES = KIND_COUNT, PERIOD, ALL_KINDS, PLACES = 8 /* tried per kind and model */ };

typedef struct catches { uint32_t planted, refused, vm, replay; } catches;

/* --- one model --------------------------------------------------------------------------------------------------------- */

typedef struct subject {
  ans_model *m;
  gen_data *d;
  ans_program *p;
  ans_columns *c;
  expected e;
} subject;

static bool caught(const subject *s, const ans_columns *c, catches *score) {
  ans_error err = {0};
  mismatch x;
  comparison r = compare_engines(&s->e, c, COMPARE_ONE, &x, &err);
  score->planted++;
  if (r == COMPARE_FAILED) return false; /* a refusal is not a caught difference */
  if (r == COMPARE_EQUAL) return false;
  score->vm += x.vm_differs;
  score->replay += x.replay_differs;
  return x.vm_differs && x.replay_differs;
}

static void plant(const subject *s, uint32_t kind, rnd *r, catches *score) {
  mutant m = mutant_new(s->p);
  uint32_t start = rnd_below(r, m.p.insn_count);
  bool planted = false;
  for (uint32_t k = 0; k < m.p.insn_count && !planted; k++) planted = KINDS[kind].plant(&m, (start + k) % m.p.insn_count, r);
  ans_error err = {0};
  if (planted && ans_program_verify(&m.p, &err) != ANS_OK) {
    score->refused++;
    planted = false;
  }
  if (planted) {
    ans_columns c = *s->c;
    c.program = &m.p;
    (void)caught(s, &c, score);
  }
  mutant_dispose(&m);
}

/* Equal keys ranked backwards: the rows of every unit laid out in reverse order. Nothing but ties depends on the order of rows
 * (properties.c: permutation), so a reversed answer that differs from the straight one shows that ties are looked at. */
static void plant_reversed_ties(const subject *s, catches *score) {
  uint32_t *(*reverse)[GEN_UNITS] = calloc(s->d->count + 1, sizeof *reverse);
  if (!reverse) abort();
  for (uint32_t k = 0; k < s->d->count; k++)
    for (uint32_t u = 1; u < GEN_UNITS; u++) {
      uint32_t n = s->d->components[k].rows[u];
      reverse[k][u] = calloc(n + 1, sizeof(uint32_t));
      if (!reverse[k][u]) abort();
      for (uint32_t i = 0; i < n; i++) reverse[k][u][i] = n - 1 - i;
    }
  ans_error err = {0};
  ans_columns *c = gen_columns(s->p, s->m, s->d, NULL, 0, reverse, &err);
  expected e;
  if (c && expected_new(&e, s->m, c, s->e.period, &err)) {
    mismatch x;
    score->planted++;
    bool agree = compare_engines(&e, c, COMPARE_ONE, &x, &err) == COMPARE_EQUAL, differs = false;
    for (uint32_t k = 0; k < s->d->count && agree && !differs; k++)
      for (uint32_t i = 0; i < s->m->result_count && !differs; i++) {
        const ans_tresult *res = &s->m->results[i];
        uint32_t n = s->d->components[k].rows[res->unit];
        if (res->grain != ANS_GRAIN_ROW || res->type.tag == ANS_T_REF) continue;
        for (uint32_t row = 0; row < n && !differs; row++) {
          ans_scalar straight = expected_cell(&s->e, i, k, row), back = expected_cell(&e, i, k, n - 1 - row);
          differs = straight.state != back.state || straight.v != back.v;
        }
      }
    score->vm += differs;
    score->replay += differs;
    expected_dispose(&e);
  }
  ans_columns_free(c);
  for (uint32_t k = 0; k < s->d->count; k++)
    for (uint32_t u = 1; u < GEN_UNITS; u++) free(reverse[k][u]);
  free(reverse);
}

static void plant_wrong_month(const subject *s, catches *score) {
  expected late = s->e;
  late.period = s->e.period > s->m->first_period ? s->e.period - 1 : s->e.period + 1; /* the engines run another period than the reference did */
  subject other = *s;
  other.e = late;
  (void)caught(&other, s->c, score);
}

static bool enough(const catches *s) { return s->vm >= 2 && s->replay >= 2; }

static bool one_model(uint64_t seed, uint32_t number, uint32_t rows, catches *scores) {
  ans_error err = {0};
  gen_traits traits;
  uint64_t own = seed * 7000003u + number;
  rnd r = rnd_seed(own, 3);
  subject s = {.m = gen_model(own, (gen_options){.kinds = true}, &traits)};
  s.d = gen_data_new(own, s.m, gen_rows(s.m, rows), traits.extreme);
  bool ok = ans_lower_program(s.m, &s.p, &err) == ANS_OK && (s.c = gen_columns(s.p, s.m, s.d, NULL, 0, NULL, &err)) &&
            expected_new(&s.e, s.m, s.c, s.d->periods[0], &err);
  mismatch x;
  if (!ok) {
    print_error("no model to plant in", &err);
  } else if (compare_engines(&s.e, s.c, COMPARE_ONE, &x, &err) != COMPARE_EQUAL) {
    printf("model %u differs without a planted fault; run differential\n", number);
    ok = false;
  } else {
    for (uint32_t k = 0; k < KIND_COUNT; k++)
      for (int place = 0; place < PLACES && !enough(&scores[k]); place++) plant(&s, k, &r, &scores[k]);
    if (traits.ranks && !enough(&scores[TIES])) plant_reversed_ties(&s, &scores[TIES]);
    if (!enough(&scores[PERIOD])) plant_wrong_month(&s, &scores[PERIOD]);
  }
  if (s.e.refs) expected_dispose(&s.e);
  ans_columns_free(s.c);
  ans_program_free(s.p);
  gen_data_free(s.d);
  gen_model_free(s.m);
  return ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1);
  uint32_t models = (uint32_t)number_option(argc, argv, "--models", 250), rows = (uint32_t)number_option(argc, argv, "--rows", 60);
  catches scores[ALL_KINDS] = {0};
  uint32_t broken = 0, used = 0;
  for (bool open = true; open && used < models; used++) {
    broken += !one_model(seed, used, rows, scores);
    open = false;
    for (uint32_t k = 0; k < ALL_KINDS; k++) open = open || !enough(&scores[k]);
  }
  uint32_t slipped = 0;
  for (uint32_t k = 0; k < ALL_KINDS; k++) {
    const char *name = k < KIND_COUNT ? KINDS[k].name : k == TIES ? "equal ranks backwards" : "period before";
    bool ok = scores[k].vm > 0 && scores[k].replay > 0;
    slipped += !ok;
    printf("  %-28s planted %3u, refused by the verifier %3u, caught in VM %2u, in replay %2u%s\n", name, scores[k].planted, scores[k].refused,
           scores[k].vm, scores[k].replay, ok ? "" : "  SLIPPED THROUGH");
  }
  printf("%s: %u kinds of faults, %u slipped through, %u models used, %u unusable (seed %" PRIu64 ")\n", slipped || broken ? "FAILED" : "ok",
         (unsigned)ALL_KINDS, slipped, used, broken, seed);
  return slipped || broken ? 1 : 0;
}
