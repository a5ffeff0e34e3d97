/* Unit tests of the vector VM: every operation against expectations written here from docs/semantics.md (tables, loops over rows
 * and days), for several batch sizes. Cells in states that facts cannot have (error, conflict) enter as overrides. All data are
 * synthetic. tests/unit/exec_random.h adds VM = replay on random programs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "base/int128.h"
#include "exec/machine.h"
#include "exec/vm.h"
#include "num/calendar.h"
#include "num/money.h"
#include "replay/replay.h"

#define OK(expr)                                                                          \
  do {                                                                                    \
    ans_error e_ = {0};                                                                   \
    ans_status s_ = (expr);                                                               \
    cr_assert_eq(s_, ANS_OK, "%s: %s %s %s %s", #expr, e_.code, e_.where, e_.args[0], e_.args[1]); \
  } while (0)
#define ERR (&e_)
static const uint32_t chunks[] = {1, 3, 4096};
enum { CHUNKS = 3, MONTH = 2024 * 12 + 1 }; /* February 2024: 29 days */

static const ans_type BOOL = {.tag = ANS_T_BOOL}, INT = {.tag = ANS_T_INT}, DATE = {.tag = ANS_T_DATE}, MONTHS = {.tag = ANS_T_MONTH};
static ans_type ref_to(uint32_t unit) { return (ans_type){.tag = ANS_T_REF, .ref = unit}; }

static uint64_t seed_state;
static uint64_t rnd(void) { /* splitmix64 */
  uint64_t z = seed_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
static uint32_t below(uint32_t n) { return (uint32_t)(rnd() % n); }

/* --- small builders ------------------------------------------------------------------------------------------------- */
static ans_builder *begin(void) {
  ans_builder *b = ans_builder_new();
  cr_assert_not_null(b);
  ans_builder_header(b, "test/exec", "1.0.0", "synthetic", 2000 * 12, 2030 * 12 + 11);
  return b;
}
static uint32_t unit(ans_builder *b, const char *name, uint32_t parent) { return ans_builder_unit(b, &(ans_unit){.name = name, .label = "", .parent = parent}); }
static uint32_t fact(ans_builder *b, uint32_t u, const char *name, ans_type t, ans_fact_kind kind, ans_fact_nature nature) {
  return ans_builder_fact(b, &(ans_fact){.name = name, .label = "", .unit = u, .type = t, .kind = (uint8_t)kind, .nature = (uint8_t)nature, .provision = ANS_NONE}, NULL, 0);
}
static uint32_t op(ans_builder *b, ans_opcode o, uint32_t u, ans_type t, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn(b, (ans_insn){.op = (uint16_t)o, .unit = (uint16_t)u, .type = t, .a = x, .b = y, .c = z});
}
static uint32_t result(ans_builder *b, const char *name, uint32_t u, ans_type t, uint32_t insn) {
  return ans_builder_result(b, &(ans_result){.name = name, .label = "", .unit = u, .type = t, .insn = insn, .provision = ANS_NONE});
}
/* A fact that is also a result, so that its cells can be given in any state. */
static uint32_t cellfact(ans_builder *b, uint32_t u, const char *name, ans_type t, uint32_t *res) {
  uint32_t f = fact(b, u, name, t, ANS_FACT_SCALAR, ANS_NATURE_FACT), r = op(b, ANS_OP_FACT, u, t, f, 0, 0);
  *res = result(b, name, u, t, r);
  return r;
}
static uint32_t constant(ans_builder *b, ans_type t, int64_t v) { return op(b, ANS_OP_CONST, 0, t, ans_builder_const(b, v), 0, 0); }
static ans_program *freeze(ans_builder *b) {
  ans_program *p = NULL;
  OK(ans_builder_freeze(b, &p, ERR));
  ans_builder_free(b);
  return p;
}
/* Gives result `res` at row an arbitrary cell: the builder admits only states of facts, so the cell is written afterwards. */
static void give(ans_columns_builder *cb, uint32_t res, uint32_t row, int64_t any) {
  OK(ans_columns_set_override(cb, res, row, (ans_scalar){any, ANS_VALUE}, ERR));
}
typedef ans_scalar cell_of(void *ctx, uint32_t res, uint32_t row);
static void overwrite(ans_columns *c, cell_of *cell, void *ctx) {
  for (uint32_t i = 0; i < c->override_count; i++) c->overrides[i].value = cell(ctx, c->overrides[i].result, c->overrides[i].row);
}
static bool same(ans_scalar a, ans_scalar b) { return a.state == b.state && a.v == b.v; }
static ans_scalar val(int64_t v) { return (ans_scalar){v, ANS_VALUE}; }
static ans_scalar st(uint8_t s) { return (ans_scalar){0, s}; }

/* --- truth tables, selection, resolve (semantics 2, 5) ---------------------------------------------------------------- */
/* Seven cells: two values, then the five other states. */
static ans_scalar bool_cell(uint32_t k) { return k < 2 ? val(1 - (int64_t)k) : st((uint8_t)(k - 1)); }
static ans_scalar int_cell(uint32_t k) { return k < 2 ? val(70 + (int64_t)k) : st((uint8_t)(k - 1)); }
static const char letters[] = "TFNUHEC";
static const char *const and_table[7] = {"TFNUHEC", "FFFFFFF", "NFNUHEC", "UFUUHEC", "HFHHHEC", "EFEEEEC", "CFCCCCC"};
static ans_scalar from_letter(char c) { return bool_cell((uint32_t)(strchr(letters, c) - letters)); }
static uint32_t index_of(ans_scalar x) { return x.state ? x.state + 1u : x.v ? 0 : 1; }
static ans_scalar t_not(ans_scalar x) { return x.state ? x : val(!x.v); }
static ans_scalar t_and(ans_scalar x, ans_scalar y) { return from_letter(and_table[index_of(x)][index_of(y)]); }
static ans_scalar t_or(ans_scalar x, ans_scalar y) { return t_not(t_and(t_not(x), t_not(y))); }
static ans_scalar t_condition(ans_scalar x) { return x.state == ANS_NOT_APPLICABLE ? st(ANS_ERRONEOUS) : x; }
static ans_scalar from_row(const char *row, uint8_t state) { return from_letter(row[state]); }
static ans_scalar t_select(ans_scalar g, ans_scalar a, ans_scalar b) {
  g = t_condition(g);
  if (!g.state) return g.v ? a : b;
  if (g.state >= ANS_ERRONEOUS) return g;
  return same(a, b) ? a : g;
}
/* resolve, sentence by sentence */
static ans_scalar t_resolve(bool truth, ans_scalar d, const ans_scalar *l, const ans_scalar *v, int n) {
  ans_scalar certain[8], possible[8];
  uint8_t worst = 0, possible_state = 0;
  int nc = 0, np = 0;
  for (int i = 0; i < n; i++) {
    ans_scalar x = t_condition(l[i]);
    if (x.state >= ANS_ERRONEOUS && x.state > worst) worst = x.state;
    if (!x.state && x.v) certain[nc++] = v[i];
    if (x.state == ANS_UNKNOWN || x.state == ANS_HUMAN) {
      possible[np++] = v[i];
      if (x.state > possible_state) possible_state = x.state;
    }
  }
  if (worst) return st(worst);
  if (!nc && !np) return d;
  ans_scalar merged = d;
  if (nc) {
    bool has_true = false, absorbs = true, differ = false, has_value = false;
    uint8_t states = 0;
    int64_t first = 0;
    for (int i = 0; i < nc; i++) {
      ans_scalar x = certain[i];
      if (!x.state && truth && x.v) has_true = true;
      if (!((!x.state && x.v) || x.state == ANS_NOT_APPLICABLE || x.state == ANS_UNKNOWN || x.state == ANS_HUMAN)) absorbs = false;
      if (x.state > states) states = x.state;
      if (!x.state && has_value && x.v != first) differ = true;
      if (!x.state && !has_value) has_value = true, first = x.v;
    }
    merged = truth && has_true && absorbs ? val(1) : differ ? st(ANS_CONFLICT) : states ? st(states) : val(first);
    if (merged.state >= ANS_ERRONEOUS) return merged; /* end of step 3 */
  } else {
    possible[np++] = d;
  }
  if (!np || (nc && !np)) return merged;
  bool all_true = true, agree = true;
  for (int i = 0; i < np; i++) {
    ans_scalar x = possible[i];
    if (!((!x.state && x.v) || x.state == ANS_NOT_APPLICABLE || x.state == ANS_UNKNOWN || x.state == ANS_HUMAN)) all_true = false;
    agree = agree && same(merged, x);
    if ((x.state == ANS_UNKNOWN || x.state == ANS_HUMAN) && x.state > possible_state) possible_state = x.state;
  }
  if (truth && nc && same(merged, val(1)) && all_true) return merged;
  return agree ? merged : st(possible_state);
}

enum { DIGITS = 5, TABLE_ROWS = 7 * 7 * 7 * 7 * 7 };
static uint32_t digit(uint32_t row, uint32_t k) {
  while (k--) row /= 7;
  return row % 7;
}
static ans_scalar table_cell(void *ctx, uint32_t res, uint32_t row) {
  (void)ctx;
  return res < DIGITS ? bool_cell(digit(row, res)) : int_cell(digit(row, res - DIGITS));
}

Test(exec, tables) {
  ans_builder *b = begin();
  uint32_t u = unit(b, "U", ANS_NONE), x[DIGITS], y[DIGITS], res;
  char name[4] = "b0";
  for (uint32_t k = 0; k < DIGITS; k++) name[1] = (char)('0' + k), x[k] = cellfact(b, u, name, BOOL, &res);
  name[0] = 'i';
  for (uint32_t k = 0; k < DIGITS; k++) name[1] = (char)('0' + k), y[k] = cellfact(b, u, name, INT, &res);
  uint32_t t = constant(b, BOOL, 1), seventy = constant(b, INT, 70);
  uint32_t w[] = {
    op(b, ANS_OP_AND, u, BOOL, x[0], x[1], 0), op(b, ANS_OP_OR, u, BOOL, x[0], x[1], 0), op(b, ANS_OP_NOT, u, BOOL, x[0], 0, 0),
    op(b, ANS_OP_GUARD, u, BOOL, x[0], 0, 0), op(b, ANS_OP_KNOWN, u, BOOL, x[0], 0, 0), op(b, ANS_OP_PRESENT, u, BOOL, x[0], 0, 0),
    op(b, ANS_OP_DEFAULT, u, BOOL, x[0], x[1], 0), op(b, ANS_OP_DEFAULT, u, INT, y[0], y[1], 0),
    op(b, ANS_OP_SELECT, u, BOOL, x[0], x[1], x[2]), op(b, ANS_OP_SELECT, u, INT, x[0], y[1], y[2]),
    op(b, ANS_OP_EQ, u, BOOL, x[0], x[1], 0), op(b, ANS_OP_NE, u, BOOL, x[0], x[1], 0), op(b, ANS_OP_EQ, u, BOOL, y[0], y[1], 0),
    op(b, ANS_OP_NE, u, BOOL, y[0], y[1], 0),
    op(b, ANS_OP_RESOLVE, u, BOOL, ans_builder_list(b, x, 5), 5, 0),
    op(b, ANS_OP_RESOLVE, u, INT, ans_builder_list(b, (uint32_t[]){y[0], x[1], y[2], x[3], y[4]}, 5), 5, 0),
    op(b, ANS_OP_RESOLVE, u, INT, ans_builder_list(b, (uint32_t[]){y[0], x[1], y[2]}, 3), 3, 0),
    op(b, ANS_OP_RESOLVE, u, BOOL, ans_builder_list(b, x, 1), 1, 0),
    /* one-row operands in every place */
    op(b, ANS_OP_AND, u, BOOL, x[0], t, 0), op(b, ANS_OP_OR, u, BOOL, t, x[0], 0), op(b, ANS_OP_SELECT, u, INT, x[0], seventy, y[2]),
    op(b, ANS_OP_SELECT, u, INT, x[0], y[1], seventy), op(b, ANS_OP_SELECT, u, INT, t, y[1], y[2]),
    op(b, ANS_OP_DEFAULT, u, INT, y[0], seventy, 0), op(b, ANS_OP_EQ, u, BOOL, seventy, y[0], 0),
    op(b, ANS_OP_RESOLVE, u, INT, ans_builder_list(b, (uint32_t[]){seventy, x[1], y[2], t, seventy}, 5), 5, 0),
    op(b, ANS_OP_KNOWN, u, BOOL, y[0], 0, 0), op(b, ANS_OP_PRESENT, u, BOOL, y[0], 0, 0),
  };
  enum { W = sizeof w / sizeof *w };
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  for (uint32_t r = 0; r < TABLE_ROWS; r++) {
    uint32_t row;
    if (r % 5 == 0) OK(ans_columns_begin_component(cb, ERR));
    OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
    for (uint32_t k = 0; k < 2 * DIGITS; k++) give(cb, k, row, k < DIGITS ? 1 : 70);
    if (r % 5 == 4 || r + 1 == TABLE_ROWS) OK(ans_columns_end_component(cb, ERR));
  }
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  overwrite(c, table_cell, NULL);
  unsigned states_seen = 0;
  for (int ch = 0; ch < CHUNKS; ch++) {
    ans_vm *vm = ans_vm_new(p, w, W, chunks[ch]);
    cr_assert_not_null(vm);
    OK(ans_vm_run(vm, c, 0, c->components, MONTH, ERR));
    for (uint32_t r = 0; r < TABLE_ROWS; r++) {
      ans_scalar B[DIGITS], I[DIGITS];
      for (uint32_t k = 0; k < DIGITS; k++) B[k] = bool_cell(digit(r, k)), I[k] = int_cell(digit(r, k));
      ans_scalar eq = B[0].state || B[1].state ? st(B[0].state > B[1].state ? B[0].state : B[1].state) : val(B[0].v == B[1].v);
      ans_scalar q = val(70);
      const ans_scalar expect[W] = {
        t_and(B[0], B[1]), t_or(B[0], B[1]), t_not(B[0]), t_condition(B[0]), from_row("TTFFEC", B[0].state), from_row("TFUHEC", B[0].state),
        B[0].state == ANS_UNKNOWN ? B[1] : B[0], I[0].state == ANS_UNKNOWN ? I[1] : I[0], t_select(B[0], B[1], B[2]), t_select(B[0], I[1], I[2]),
        eq, t_not(eq), eq, t_not(eq),
        t_resolve(true, B[0], (ans_scalar[]){B[1], B[3]}, (ans_scalar[]){B[2], B[4]}, 2),
        t_resolve(false, I[0], (ans_scalar[]){B[1], B[3]}, (ans_scalar[]){I[2], I[4]}, 2),
        t_resolve(false, I[0], &B[1], &I[2], 1), B[0],
        t_and(B[0], val(1)), val(1), t_select(B[0], q, I[2]), t_select(B[0], I[1], q), I[1], I[0].state == ANS_UNKNOWN ? q : I[0],
        I[0].state ? st(I[0].state) : val(I[0].v == 70), t_resolve(false, q, (ans_scalar[]){B[1], val(1)}, (ans_scalar[]){I[2], q}, 2),
        from_row("TTFFEC", I[0].state), from_row("TFUHEC", I[0].state),
      };
      for (uint32_t k = 0; k < W; k++) {
        ans_scalar got = ans_vm_get(vm, w[k], r);
        states_seen |= 1u << got.state;
        cr_assert(same(got, expect[k]), "chunk %u op %u row %u: got %d/%lld, expected %d/%lld", chunks[ch], k, r, got.state, (long long)got.v,
                  expect[k].state, (long long)expect[k].v);
      }
    }
    ans_vm_free(vm);
  }
  cr_assert_eq(states_seen, 63u);
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- references, aggregates, ranks (semantics 3) ------------------------------------------------------------------------ */
enum { G_T = 300, G_M = 900, G_PARTS = 5 };
typedef struct group_data {
  uint32_t t_rows, m_rows, comp_of_t[G_T], comp_of_m[G_M];
  ans_scalar cell[G_PARTS][G_M]; /* by result: reference, filter, element, truth element, target value */
} group_data;
static ans_scalar group_cell(void *ctx, uint32_t res, uint32_t row) { return ((group_data *)ctx)->cell[res][row]; }

static ans_scalar fold_numbers(ans_opcode o, const group_data *g, uint32_t t, bool filtered) {
  ans_int128 sum = 0;
  int64_t best = 0;
  bool any = false;
  uint8_t worst = 0;
  for (uint32_t i = 0; i < 2 * g->m_rows; i++) {
    const uint32_t m = i % g->m_rows, pass = i / g->m_rows;
    ans_scalar ref = g->cell[0][m], f = filtered ? t_condition(g->cell[1][m]) : val(1), x = o == ANS_OP_AGG_COUNT ? val(1) : g->cell[2][m];
    if (g->comp_of_m[m] != g->comp_of_t[t] || ref.state == ANS_NOT_APPLICABLE || (!ref.state && ref.v != t)) continue;
    if ((!f.state && !f.v) || x.state == ANS_NOT_APPLICABLE) continue;
    if (ref.state > f.state) f = st(ref.state);
    uint8_t s = f.state > x.state ? f.state : x.state;
    if (o != ANS_OP_AGG_COUNT && !x.state && (s == ANS_UNKNOWN || s == ANS_HUMAN)) { /* enters possibly: judged when all that enter are known */
      if (pass == 1 && !(o == ANS_OP_AGG_SUM ? x.v == 0 : any && (o == ANS_OP_AGG_MIN ? x.v >= best : x.v <= best)) && s > worst) worst = s;
      continue;
    }
    if (pass == 1) continue;
    if (s > worst) worst = s;
    if (s) continue;
    sum += x.v;
    if (!any || (o == ANS_OP_AGG_MIN ? x.v < best : x.v > best)) best = x.v;
    any = true;
  }
  if (worst) return st(worst);
  if (o == ANS_OP_AGG_MIN || o == ANS_OP_AGG_MAX) return any ? val(best) : st(ANS_NOT_APPLICABLE);
  return sum > INT64_MAX || sum < INT64_MIN ? st(ANS_ERRONEOUS) : val((int64_t)sum);
}

static ans_scalar fold_truth(bool all, const group_data *g, uint32_t t, bool filtered) {
  ans_scalar r = val(all);
  for (uint32_t m = 0; m < g->m_rows; m++) {
    ans_scalar ref = g->cell[0][m], f = filtered ? t_condition(g->cell[1][m]) : val(1), x = g->cell[3][m];
    if (g->comp_of_m[m] != g->comp_of_t[t] || ref.state == ANS_NOT_APPLICABLE || (!ref.state && ref.v != t)) continue;
    if (x.state == ANS_NOT_APPLICABLE) continue;
    if (ref.state > f.state && (f.state || f.v)) f = st(ref.state);
    r = all ? t_and(r, t_or(t_not(f), x)) : t_or(r, t_and(f, x));
  }
  return r;
}

static ans_scalar rank_of(const group_data *g, uint32_t r, bool filtered) {
  ans_scalar f = filtered ? t_condition(g->cell[1][r]) : val(1), k = t_condition(g->cell[2][r]), ref = g->cell[0][r];
  if (!f.state && !f.v) return st(ANS_NOT_APPLICABLE);
  uint8_t worst = f.state > k.state ? f.state : k.state;
  if (ref.state > worst) worst = ref.state;
  if (worst) return st(worst);
  int64_t rank = 1;
  for (uint32_t q = 0; q < g->m_rows; q++) {
    ans_scalar qf = filtered ? t_condition(g->cell[1][q]) : val(1), qk = t_condition(g->cell[2][q]), qref = g->cell[0][q];
    if (q == r || g->comp_of_m[q] != g->comp_of_m[r] || qref.state == ANS_NOT_APPLICABLE || (!qref.state && qref.v != ref.v)) continue;
    if (!qf.state && !qf.v) continue;
    if (qref.state > qf.state) qf = st(qref.state);
    if (qk.state) {
      uint8_t s = qf.state > qk.state ? qf.state : qk.state;
      if (s > worst) worst = s;
    } else if (qk.v < k.v || (qk.v == k.v && q < r)) {
      if (!qf.state) rank++;
      else if (qf.state > worst) worst = qf.state;
    }
  }
  return worst ? st(worst) : val(rank);
}

/* noise: how many of 100 cells are in a state; mode 1: sums near the limits of 64 bits; mode 2: members ordered by target */
static void group_fill(group_data *g, uint32_t noise, int mode) {
  uint32_t comp = 0;
  memset(g, 0, sizeof *g);
  while (g->t_rows + 12 < G_T && g->m_rows + 40 < G_M) {
    uint32_t t0 = g->t_rows, targets = below(5), members = targets ? below(12) : 0;
    for (uint32_t i = 0; i < targets; i++, g->t_rows++) {
      g->comp_of_t[g->t_rows] = comp;
      g->cell[4][g->t_rows] = below(100) < noise ? st((uint8_t)(1 + below(5))) : val((int64_t)rnd());
    }
    for (uint32_t i = 0; i < members; i++) {
      uint32_t m = g->m_rows++;
      g->comp_of_m[m] = comp;
      g->cell[0][m] = val(t0 + (mode == 2 ? i * targets / members : below(targets)));
      g->cell[1][m] = val(below(3) > 0);
      g->cell[2][m] = val(mode == 1 ? (int64_t)(rnd() | UINT64_C(1) << 62) : (int64_t)below(5) - 2);
      g->cell[3][m] = val(below(2));
      for (uint32_t k = mode == 2 ? 1 : 0; k < 4; k++)
        if (below(100) < noise) g->cell[k][m] = st((uint8_t)(1 + below(5)));
    }
    comp++;
  }
}

static ans_columns *group_columns(const ans_program *p, group_data *g) {
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t t = 0, m = 0, row;
  for (uint32_t comp = 0; t < g->t_rows || m < g->m_rows; comp++) {
    uint32_t t0 = t;
    OK(ans_columns_begin_component(cb, ERR));
    for (; t < g->t_rows && g->comp_of_t[t] == comp; t++) {
      OK(ans_columns_add_row(cb, 1, NULL, &row, ERR));
      give(cb, 4, row, 0);
    }
    for (; m < g->m_rows && g->comp_of_m[m] == comp; m++) {
      OK(ans_columns_add_row(cb, 2, NULL, &row, ERR));
      give(cb, 0, row, t0);
      for (uint32_t k = 1; k < 4; k++) give(cb, k, row, 0);
    }
    OK(ans_columns_end_component(cb, ERR));
  }
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  overwrite(c, group_cell, g);
  return c;
}

static ans_scalar group_expect(const group_data *g, uint32_t k, uint32_t row) {
  static const ans_opcode ops[] = {ANS_OP_AGG_COUNT, ANS_OP_AGG_SUM, ANS_OP_AGG_MIN, ANS_OP_AGG_MAX};
  if (k < 8) return fold_numbers(ops[k / 2], g, row, k % 2);
  if (k < 12) return fold_truth(k >= 10, g, row, k % 2);
  if (k < 14) return rank_of(g, row, k % 2);
  ans_scalar ref = g->cell[0][row];
  return ref.state ? ref : g->cell[4][ref.v];
}

Test(exec, groups) {
  ans_builder *b = begin();
  uint32_t T = unit(b, "T", ANS_NONE), M = unit(b, "M", ANS_NONE), res, w[15], k = 0;
  uint32_t ref = cellfact(b, M, "ref", ref_to(T), &res), f = cellfact(b, M, "f", BOOL, &res), x = cellfact(b, M, "x", INT, &res),
           y = cellfact(b, M, "y", BOOL, &res), z = cellfact(b, T, "z", INT, &res);
  for (uint32_t o = ANS_OP_AGG_COUNT; o <= ANS_OP_AGG_ALL; o++)
    for (uint32_t with = 0; with < 2; with++)
      w[k++] = op(b, (ans_opcode)o, T, o >= ANS_OP_AGG_ANY ? BOOL : INT, ref, with ? f : ANS_NONE, o == ANS_OP_AGG_COUNT ? 0 : o >= ANS_OP_AGG_ANY ? y : x);
  w[k++] = op(b, ANS_OP_RANK, M, INT, ref, ANS_NONE, x);
  w[k++] = op(b, ANS_OP_RANK, M, INT, ref, f, x);
  w[k++] = op(b, ANS_OP_GATHER, M, INT, ref, z, 0);
  ans_program *p = freeze(b);
  group_data *g = malloc(sizeof *g);
  unsigned states[15] = {0};
  seed_state = 7;
  for (int round = 0; round < 24; round++) {
    group_fill(g, (uint32_t[]){0, 3, 30, 80}[round % 4], round / 4 % 3);
    ans_columns *c = group_columns(p, g);
    for (int ch = 0; ch < CHUNKS; ch++) {
      ans_vm *vm = ans_vm_new(p, w, 15, chunks[ch]);
      OK(ans_vm_run(vm, c, 0, c->components, MONTH, ERR));
      for (uint32_t q = 0; q < 15; q++)
        for (uint32_t row = 0; row < (q < 12 ? g->t_rows : g->m_rows); row++) {
          ans_scalar got = ans_vm_get(vm, w[q], row), want = group_expect(g, q, row);
          states[q] |= 1u << got.state;
          cr_assert(same(got, want), "round %d chunk %u query %u row %u: got %d/%lld, expected %d/%lld", round, chunks[ch], q, row, got.state,
                    (long long)got.v, want.state, (long long)want.v);
        }
      ans_vm_free(vm);
    }
    ans_columns_free(c);
  }
  for (uint32_t q = 0; q < 15; q++) cr_assert_eq(states[q] | 2u, 63u, "query %u saw states %x", q, states[q]);
  free(g);
  ans_program_free(p);
}

/* --- arithmetic and calendar (semantics 1, 4.1, 8) ---------------------------------------------------------------------- */
static const int64_t edges[] = {0, 1, -1, 2, -2, 3, 7, -7, 99, 100, 101, -150, 12345, INT32_MAX, INT32_MIN, (int64_t)INT32_MAX + 1, INT64_C(3037000500),
                                INT64_C(-3037000500), INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1, INT64_MAX / 2 + 1, INT64_MIN / 2 - 1, 19782, 730000};
enum { EDGES = sizeof edges / sizeof *edges, A_CELLS = EDGES + 5, A_ROWS = A_CELLS * A_CELLS };
static ans_scalar edge_cell(uint32_t k) { return k < EDGES ? val(edges[k]) : st((uint8_t)(k - EDGES + 1)); }
static ans_scalar arith_cell(void *ctx, uint32_t res, uint32_t row) {
  (void)ctx;
  ans_scalar x = edge_cell(res % 2 ? row % A_CELLS : row / A_CELLS);
  if (res == 2 && !x.state && (x.v < ANS_DAY_MIN || x.v > ANS_DAY_MAX)) x.v = x.v < 0 ? ANS_DAY_MIN : ANS_DAY_MAX; /* the date */
  if (res == 4 && !x.state) x.v = x.v % 200000;                                                                       /* the month */
  return x;
}
static ans_scalar fit(ans_int128 v, bool date) {
  bool ok = date ? v >= ANS_DAY_MIN && v <= ANS_DAY_MAX : v >= INT64_MIN && v <= INT64_MAX;
  return ok ? val((int64_t)v) : st(ANS_ERRONEOUS);
}
/* exact rational rounding: 2|a| against |b| (semantics 8) */
static ans_scalar divided(int64_t a, int64_t b, int mode) {
  if (!b) return st(ANS_ERRONEOUS);
  ans_int128 n = a, d = b;
  bool negative = (n < 0) != (d < 0);
  if (n < 0) n = -n;
  if (d < 0) d = -d;
  ans_int128 q = n / d, r = n % d;
  if (mode == ANS_ROUND_HALF_UP ? 2 * r >= d : mode == ANS_ROUND_UP && r > 0) q++;
  return fit(negative ? -q : q, false);
}
static ans_scalar arith_expect(ans_opcode o, ans_scalar a, ans_scalar b, int mode, bool date) {
  uint8_t s = a.state > b.state ? a.state : b.state;
  int64_t r = 0;
  if (s) return st(s);
  switch ((int)o) {
    case ANS_OP_ADD: return fit((ans_int128)a.v + b.v, date);
    case ANS_OP_SUB: return fit((ans_int128)a.v - b.v, date);
    case ANS_OP_MUL: return fit((ans_int128)a.v * b.v, false);
    case ANS_OP_NEG: return fit(-(ans_int128)a.v, false);
    case ANS_OP_MIN2: return a.v < b.v ? a : b;
    case ANS_OP_MAX2: return a.v > b.v ? a : b;
    case ANS_OP_DIVR: return divided(a.v, b.v, mode);
    case ANS_OP_LT: return val(a.v < b.v);
    case ANS_OP_LE: return val(a.v <= b.v);
    case ANS_OP_EQ: return val(a.v == b.v);
    case ANS_OP_NE: return val(a.v != b.v);
    case ANS_OP_YEARS_DONE: return ans_date_birthday(a.v, b.v, &r) ? val(r) : st(ANS_ERRONEOUS);
    case ANS_OP_ADD_MONTHS: return ans_date_add_months(a.v, b.v, mode, &r) ? val(r) : st(ANS_ERRONEOUS);
    case ANS_OP_MONTH_OF: return val(ans_date_month(a.v));
    case ANS_OP_YEAR_OF: return val(ans_date_month(a.v) / 12);
    default: return a.v < 12 || a.v > 9999 * 12 + 11 ? st(ANS_ERRONEOUS) : val(o == ANS_OP_MONTH_FIRST ? ans_month_first(a.v) : ans_month_last(a.v));
  }
}
typedef struct arith_query { ans_opcode op; uint32_t a, b; int mode; } arith_query; /* a, b: result index, or 100 + edge of a constant */

Test(exec, arithmetic) {
  ans_builder *b = begin();
  uint32_t u = unit(b, "U", ANS_NONE), r[5], res, w[400], n = 0;
  arith_query q[400];
  r[0] = cellfact(b, u, "a", INT, &res);
  r[1] = cellfact(b, u, "b", INT, &res);
  r[2] = cellfact(b, u, "d", DATE, &res);
  r[3] = cellfact(b, u, "n", INT, &res);
  r[4] = cellfact(b, u, "m", MONTHS, &res);
  static const ans_opcode binary[] = {ANS_OP_ADD, ANS_OP_SUB, ANS_OP_MUL, ANS_OP_MIN2, ANS_OP_MAX2, ANS_OP_DIVR, ANS_OP_LT, ANS_OP_LE, ANS_OP_EQ, ANS_OP_NE};
  for (unsigned k = 0; k < 10; k++)
    for (uint32_t e = 0; e <= EDGES; e++)
      for (int mode = 0; mode < (binary[k] == ANS_OP_DIVR ? 3 : 1); mode++) {
        uint32_t c = e < EDGES ? constant(b, INT, edges[e]) : 0;
        ans_type t = binary[k] >= ANS_OP_EQ ? BOOL : INT;
        if (e % 3 == 0 || binary[k] == ANS_OP_DIVR || e == EDGES) {
          q[n] = (arith_query){binary[k], 0, e < EDGES ? 100 + e : 1, mode};
          w[n++] = op(b, binary[k], u, t, r[0], e < EDGES ? c : r[1], (uint32_t)mode);
        }
        if (e < EDGES && e % 4 == 0 && mode == 0) {
          q[n] = (arith_query){binary[k], 100 + e, 1, mode};
          w[n++] = op(b, binary[k], u, t, c, r[1], 0);
        }
      }
  static const arith_query others[] = {{ANS_OP_NEG, 0, 0, 0}, {ANS_OP_ADD, 2, 3, 0}, {ANS_OP_SUB, 2, 3, 0}, {ANS_OP_YEARS_DONE, 2, 3, 0}, {ANS_OP_ADD_MONTHS, 2, 3, 0},
    {ANS_OP_ADD_MONTHS, 2, 3, 1}, {ANS_OP_ADD_MONTHS, 2, 3, 2}, {ANS_OP_MONTH_OF, 2, 2, 0}, {ANS_OP_YEAR_OF, 2, 2, 0}, {ANS_OP_MONTH_FIRST, 4, 4, 0}, {ANS_OP_MONTH_LAST, 4, 4, 0}};
  for (unsigned k = 0; k < sizeof others / sizeof *others; k++) {
    const ans_opcode o = others[k].op;
    const bool two = o != ANS_OP_NEG && others[k].a != others[k].b;
    q[n] = others[k];
    w[n++] = op(b, o, u, o == ANS_OP_NEG || o == ANS_OP_YEAR_OF ? INT : o == ANS_OP_MONTH_OF ? MONTHS : DATE, r[others[k].a], two ? r[others[k].b] : 0, (uint32_t)others[k].mode);
  }
  cr_assert_lt(n, 400);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  for (uint32_t i = 0; i < A_ROWS; i++) {
    uint32_t row;
    OK(ans_columns_begin_component(cb, ERR));
    OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
    for (uint32_t k = 0; k < 5; k++) give(cb, k, row, 12);
    OK(ans_columns_end_component(cb, ERR));
  }
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  overwrite(c, arith_cell, NULL);
  for (int ch = 0; ch < CHUNKS; ch++) {
    ans_vm *vm = ans_vm_new(p, w, n, chunks[ch]);
    OK(ans_vm_run(vm, c, 0, c->components, MONTH, ERR));
    for (uint32_t k = 0; k < n; k++)
      for (uint32_t row = 0; row < A_ROWS; row++) {
        ans_scalar x = q[k].a < 100 ? arith_cell(NULL, q[k].a, row) : val(edges[q[k].a - 100]);
        ans_scalar y = q[k].b < 100 ? arith_cell(NULL, q[k].b, row) : val(edges[q[k].b - 100]);
        ans_scalar got = ans_vm_get(vm, w[k], row), want = arith_expect(q[k].op, x, y, q[k].mode, q[k].a == 2);
        cr_assert(same(got, want), "%s mode %d of %d/%lld, %d/%lld: got %d/%lld, expected %d/%lld", ans_opcode_mnemonic(q[k].op), q[k].mode, x.state,
                  (long long)x.v, y.state, (long long)y.v, got.state, (long long)got.v, want.state, (long long)want.v);
      }
    ans_vm_free(vm);
  }
  ans_columns_free(c);
  ans_program_free(p);
}

/* --- timelines and day segments (semantics 4.2, 4.3) --------------------------------------------------------------------- */
enum { D_ROWS = 400, D_ITEMS = 5 };
typedef struct line { ans_interval item[D_ITEMS]; uint32_t n; uint8_t missing; } line;
typedef struct day_data {
  line number[D_ROWS], truth[D_ROWS], other[D_ROWS]; /* P: whole numbers; P: truth, human when missing; Q: truth */
  ans_scalar cell[3][D_ROWS];                        /* by result: P.day, P.ref, Q.day */
} day_data;
static ans_scalar day_cell(void *ctx, uint32_t res, uint32_t row) { return ((day_data *)ctx)->cell[res][row]; }
static ans_scalar line_at(const line *l, int64_t day) {
  for (uint32_t i = 0; i < l->n; i++)
    if (l->item[i].from <= day && day <= l->item[i].to) return (ans_scalar){l->item[i].value, l->item[i].state};
  return st(l->missing);
}
/* Walks day by day, 500 days far; beyond that lines are constant. step -1: last end, +1: next start. */
static ans_scalar walk(const line *l, int64_t day, int step) {
  bool own = true;
  for (int k = 0; k < 500; k++, day += step) {
    ans_scalar x = line_at(l, day);
    if (x.state > ANS_NOT_APPLICABLE) return x;
    if (x.state || !x.v) own = false;
    else if (!own) return val(day);
  }
  return st(ANS_NOT_APPLICABLE);
}
static int64_t first_day, last_day; /* of MONTH; set once by the test (each test is a process) */
static void line_fill(line *l, uint8_t missing, bool truth) {
  int64_t day = first_day - 60 + below(80);
  l->n = below(D_ITEMS + 1);
  l->missing = missing;
  for (uint32_t i = 0; i < l->n; i++) {
    int64_t to = day + below(25);
    l->item[i] = (ans_interval){(int32_t)day, (int32_t)to, below(truth ? 2 : 3), ANS_VALUE};
    if (below(5) == 0) l->item[i].state = ANS_NOT_APPLICABLE;
    if (below(8) == 0) l->item[i].state = missing;
    if (l->item[i].state) l->item[i].value = 0;
    day = to + 1 + (below(2) ? below(10) : 0);
  }
  if (l->n && below(2)) l->item[0].from = ANS_OPEN_PAST;
  if (l->n && below(2)) l->item[l->n - 1].to = ANS_OPEN_FUTURE;
}
static bool changes(const line *l, int64_t day) { return !same(line_at(l, day), line_at(l, day - 1)); } /* columns join equal neighbours */
/* Change points of the segments of Q row and of P row. */
static bool q_starts(const day_data *g, uint32_t q, int64_t day) { return day == first_day || changes(&g->other[q], day); }
static bool p_starts(const day_data *g, uint32_t p, int64_t day) {
  ans_scalar d = g->cell[0][p], ref = g->cell[1][p];
  return day == first_day || changes(&g->number[p], day) || (!d.state && d.v == day) || (!ref.state && q_starts(g, (uint32_t)ref.v, day));
}

Test(exec, days) {
  ans_builder *b = begin();
  uint32_t P = unit(b, "P", ANS_NONE), Q = unit(b, "Q", ANS_NONE), PD = unit(b, "P je Tag", P), QD = unit(b, "Q je Tag", Q), PE = unit(b, "P jeder Tag", P), res;
  uint32_t fn = fact(b, P, "number", INT, ANS_FACT_TIMELINE, ANS_NATURE_FACT), ft = fact(b, P, "truth", BOOL, ANS_FACT_TIMELINE, ANS_NATURE_BEURTEILUNG),
           fo = fact(b, Q, "other", BOOL, ANS_FACT_TIMELINE, ANS_NATURE_FACT);
  uint32_t day = cellfact(b, P, "day", DATE, &res), ref = cellfact(b, P, "ref", ref_to(Q), &res), qday = cellfact(b, Q, "qday", DATE, &res);
  uint32_t qs = op(b, ANS_OP_SPLIT, QD, ref_to(Q), QD, ans_builder_list(b, (uint32_t[]){ANS_SPLIT_TIMELINE, fo, ANS_NONE}, 3), 3);
  uint32_t ps = op(b, ANS_OP_SPLIT, PD, ref_to(P), PD,
                   ans_builder_list(b, (uint32_t[]){ANS_SPLIT_TIMELINE, fn, ANS_NONE, ANS_SPLIT_DATE, day, 0, ANS_SPLIT_SEGMENTS, QD, ref}, 9), 9);
  uint32_t es = op(b, ANS_OP_SPLIT, PE, ref_to(P), PE, ans_builder_list(b, (uint32_t[]){ANS_SPLIT_EVERY_DAY, 0, 0}, 3), 3);
  uint32_t from = op(b, ANS_OP_SEG_FROM, PD, DATE, 0, 0, 0), to = op(b, ANS_OP_SEG_TO, PD, DATE, 0, 0, 0), qfrom = op(b, ANS_OP_SEG_FROM, QD, DATE, 0, 0, 0);
  uint32_t find = op(b, ANS_OP_SEG_FIND, P, ref_to(QD), ref, QD, day), pref = op(b, ANS_OP_GATHER, PD, ref_to(Q), ps, ref, 0);
  uint32_t find_seg = op(b, ANS_OP_SEG_FIND, PD, ref_to(QD), pref, QD, from);
  uint32_t w[] = {
    ps, from, to, op(b, ANS_OP_TL_AT, PD, INT, fn, ps, from), op(b, ANS_OP_GATHER, PD, DATE, find_seg, qfrom, 0), op(b, ANS_OP_SELF, PD, ref_to(PD), 0, 0, 0),
    op(b, ANS_OP_TL_AT, P, INT, fn, ANS_NONE, day), op(b, ANS_OP_TL_AT, P, BOOL, ft, ANS_NONE, day), op(b, ANS_OP_TL_AT, P, BOOL, fo, ref, day),
    op(b, ANS_OP_TL_LAST_END, P, DATE, ft, ANS_NONE, day), op(b, ANS_OP_TL_NEXT_START, P, DATE, ft, ANS_NONE, day),
    op(b, ANS_OP_TL_LAST_END, P, DATE, fo, ref, day), op(b, ANS_OP_TL_NEXT_START, Q, DATE, fo, ANS_NONE, qday),
    op(b, ANS_OP_GATHER, P, DATE, find, qfrom, 0), op(b, ANS_OP_AGG_COUNT, P, INT, ps, ANS_NONE, 0), op(b, ANS_OP_AGG_COUNT, P, INT, es, ANS_NONE, 0),
    op(b, ANS_OP_AGG_COUNT, Q, INT, qs, ANS_NONE, 0), op(b, ANS_OP_SELF, P, ref_to(P), 0, 0, 0),
  };
  enum { W = sizeof w / sizeof *w };
  ans_program *p = freeze(b);
  first_day = ans_month_first(MONTH);
  last_day = ans_month_last(MONTH);
  day_data *g = malloc(sizeof *g);
  unsigned states[W] = {0};
  seed_state = 11;
  for (int round = 0; round < 6; round++) {
    ans_columns_builder *cb = ans_columns_builder_new(p);
    memset(g, 0, sizeof *g);
    for (uint32_t r = 0; r < D_ROWS; r++) { /* components of four rows of P and of Q */
      uint32_t row;
      if (r % 4 == 0) OK(ans_columns_begin_component(cb, ERR));
      OK(ans_columns_add_row(cb, P, NULL, &row, ERR));
      OK(ans_columns_add_row(cb, Q, NULL, &row, ERR));
      line_fill(&g->number[r], ANS_UNKNOWN, false);
      line_fill(&g->truth[r], ANS_HUMAN, true);
      line_fill(&g->other[r], ANS_UNKNOWN, true);
      for (uint32_t k = 0; k < 3; k++) {
        g->cell[k][r] = val(k == 1 ? (int64_t)(r / 4 * 4 + below(4)) : first_day - 2 + below(33));
        if (below(9) == 0) g->cell[k][r] = st((uint8_t)(1 + below(5)));
      }
      OK(ans_columns_set_timeline(cb, fn, row, g->number[r].item, g->number[r].n, ERR));
      OK(ans_columns_set_timeline(cb, ft, row, g->truth[r].item, g->truth[r].n, ERR));
      OK(ans_columns_set_timeline(cb, fo, row, g->other[r].item, g->other[r].n, ERR));
      for (uint32_t k = 0; k < 3; k++) give(cb, k, row, k == 1 ? row / 4 * 4 : 0);
      if (r % 4 == 3) OK(ans_columns_end_component(cb, ERR));
    }
    ans_columns *c = NULL;
    OK(ans_columns_finish(cb, &c, ERR));
    ans_columns_builder_free(cb);
    overwrite(c, day_cell, g);
    for (int ch = 0; ch < CHUNKS; ch++) {
      ans_vm *vm = ans_vm_new(p, w, W, chunks[ch]);
      OK(ans_vm_run(vm, c, 0, c->components, MONTH, ERR));
      uint32_t seg = 0;
      for (uint32_t r = 0; r < D_ROWS; r++) {
        ans_scalar d = g->cell[0][r], ref_cell = g->cell[1][r], qd = g->cell[2][r];
        uint8_t both = d.state > ref_cell.state ? d.state : ref_cell.state;
        const line *other = &g->other[ref_cell.state ? 0 : ref_cell.v];
        int64_t segments = 0, qsegments = 0, q_from = 0;
        for (int64_t t = first_day; t <= last_day; t++) {
          qsegments += q_starts(g, r, t);
          if (!ref_cell.state && q_starts(g, (uint32_t)ref_cell.v, t)) q_from = t;
          if (!p_starts(g, r, t)) continue;
          int64_t end = t;
          while (end < last_day && !p_starts(g, r, end + 1)) end++;
          const ans_scalar want[6] = {val(r), val(t), val(end), line_at(&g->number[r], t), ref_cell.state ? ref_cell : val(q_from), val(seg)};
          for (uint32_t k = 0; k < 6; k++) {
            ans_scalar got = ans_vm_get(vm, w[k], seg);
            states[k] |= 1u << got.state;
            cr_assert(same(got, want[k]), "round %d chunk %u segment %u query %u: got %d/%lld, expected %d/%lld", round, chunks[ch], seg, k, got.state,
                      (long long)got.v, want[k].state, (long long)want[k].v);
          }
          segments++;
          seg++;
        }
        int64_t found = first_day;
        for (int64_t t = first_day; !both && t <= d.v && t <= last_day; t++)
          if (q_starts(g, (uint32_t)ref_cell.v, t)) found = t;
        const bool outside = d.v < first_day || d.v > last_day;
        const ans_scalar want[] = {
          d.state ? d : line_at(&g->number[r], d.v), d.state ? d : line_at(&g->truth[r], d.v), both ? st(both) : line_at(other, d.v),
          d.state ? d : walk(&g->truth[r], d.v, -1), d.state ? d : walk(&g->truth[r], d.v, 1), both ? st(both) : walk(other, d.v, -1),
          qd.state ? qd : walk(&g->other[r], qd.v, 1), both ? st(both) : outside ? st(ANS_ERRONEOUS) : val(found), val(segments), val(29), val(qsegments), val(r)};
        for (uint32_t k = 6; k < W; k++) {
          ans_scalar got = ans_vm_get(vm, w[k], r);
          states[k] |= 1u << got.state;
          cr_assert(same(got, want[k - 6]), "round %d chunk %u row %u query %u: got %d/%lld, expected %d/%lld", round, chunks[ch], r, k, got.state,
                    (long long)got.v, want[k - 6].state, (long long)want[k - 6].v);
        }
      }
      cr_assert_eq(ans_vm_get(vm, from, seg).state, ANS_ERRONEOUS, "no segment beyond the last");
      ans_vm_free(vm);
    }
    ans_columns_free(c);
  }
  cr_assert_eq(states[7], 63u); /* human from the line, the others from the day asked */
  cr_assert_eq(states[8], 63u);
  free(g);
  ans_program_free(p);
}

/* --- parameters (semantics 4.4) ------------------------------------------------------------------------------------------- */
enum { K_KINDS = 4, K_ROWS = 600 };
static ans_scalar key_cells[3][K_ROWS]; /* by result: day, first key, second key; filled by the test */
static ans_scalar key_cell(void *ctx, uint32_t res, uint32_t row) { return (void)ctx, key_cells[res][row]; }
static uint32_t make_rows(int kind, ans_param_row *rows) {
  static const int32_t from[3] = {ANS_OPEN_PAST, 19000, 19754}; /* 19754 = 2024-02-01; the last version ends after some days */
  static const int32_t to[3] = {18990, 19753, 19760};
  uint32_t n = 0;
  const int64_t wide = kind == 2 ? INT64_C(100000000) : 1;
  for (int v = 0; v < 3; v++)
    for (int a = 0; a < (kind ? 4 : 1); a++)
      for (int c = 0; c < (kind == 3 ? 3 : 1); c++) {
        ans_param_row *r = &rows[n++];
        *r = (ans_param_row){from[v], to[v], from[v], {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, v * 100 + a * 10 + c, ANS_NONE, 0, 0};
        if (kind) { /* …, -2 | 0…2 | 3 | 4…; a hole at -1 */
          r->key_lo[0] = (int64_t[]){INT64_MIN, 0, 3, 4}[a] * (a ? wide : 1);
          r->key_hi[0] = (int64_t[]){-2, 2, 3, INT64_MAX}[a] * (a < 3 ? wide : 1);
        }
        if (kind == 3) r->key_lo[1] = c * 10, r->key_hi[1] = c * 10 + 8;
      }
  return n;
}
static ans_scalar lookup(const ans_param_row *rows, uint32_t n, int kind, ans_scalar day, ans_scalar a, ans_scalar c) {
  uint8_t s = day.state;
  if (kind && a.state > s) s = a.state;
  if (kind == 3 && c.state > s) s = c.state;
  if (s) return st(s);
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].from_day <= day.v && day.v <= rows[i].to_day && (!kind || (rows[i].key_lo[0] <= a.v && a.v <= rows[i].key_hi[0])) &&
        (kind < 3 || (rows[i].key_lo[1] <= c.v && c.v <= rows[i].key_hi[1])))
      return val(rows[i].value);
  return st(ANS_ERRONEOUS);
}

Test(exec, parameters) {
  ans_builder *b = begin();
  uint32_t u = unit(b, "U", ANS_NONE), res, w[2 * K_KINDS], n[K_KINDS];
  uint32_t day = cellfact(b, u, "day", DATE, &res), a = cellfact(b, u, "a", INT, &res), c2 = cellfact(b, u, "c", INT, &res);
  uint32_t today = op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0);
  ans_param_row rows[K_KINDS][40];
  for (int kind = 0; kind < K_KINDS; kind++) {
    char name[3] = {'p', (char)('0' + kind), 0};
    const uint32_t keys = kind == 0 ? 0 : kind == 3 ? 2 : 1;
    n[kind] = make_rows(kind, rows[kind]);
    uint32_t p = ans_builder_param(b, &(ans_param){.name = name, .label = "", .type = INT, .provision = ANS_NONE, .key_count = keys}, rows[kind], n[kind]);
    w[2 * kind] = op(b, ANS_OP_PARAM, u, INT, p, ans_builder_list(b, (uint32_t[]){day, a, c2}, keys + 1), keys + 1);
    w[2 * kind + 1] = op(b, ANS_OP_PARAM, u, INT, p, ans_builder_list(b, (uint32_t[]){today, a, c2}, keys + 1), keys + 1);
  }
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  seed_state = 3;
  for (uint32_t r = 0; r < K_ROWS; r++) {
    uint32_t row;
    static const int64_t days[] = {ANS_DAY_MIN, 18990, 18991, 18999, 19000, 19753, 19754, 19760, 19761, ANS_DAY_MAX};
    key_cells[0][r] = val(days[below(10)]);
    key_cells[1][r] = val(((int64_t)below(12) - 6) * (below(2) ? 1 : INT64_C(100000000)));
    if (below(20) == 0) key_cells[1][r] = val(below(2) ? INT64_MAX : INT64_MIN);
    key_cells[2][r] = val((int64_t)below(31) - 1);
    for (uint32_t k = 0; k < 3; k++)
      if (below(12) == 0) key_cells[k][r] = st((uint8_t)(1 + below(5)));
    OK(ans_columns_begin_component(cb, ERR));
    OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
    for (uint32_t k = 0; k < 3; k++) give(cb, k, row, 0);
    OK(ans_columns_end_component(cb, ERR));
  }
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  overwrite(c, key_cell, NULL);
  for (int ch = 0; ch < CHUNKS; ch++) {
    ans_vm *vm = ans_vm_new(p, w, 2 * K_KINDS, chunks[ch]);
    for (int32_t month = MONTH - 25; month <= MONTH + 1; month += 25) { /* the cached rows must not survive a run */
      OK(ans_vm_run(vm, c, 0, c->components, month, ERR));
      for (uint32_t r = 0; r < K_ROWS; r++)
        for (int k = 0; k < 2 * K_KINDS; k++) {
          ans_scalar on = k % 2 ? val(ans_month_first(month)) : key_cells[0][r];
          ans_scalar got = ans_vm_get(vm, w[k], r), want = lookup(rows[k / 2], n[k / 2], k / 2, on, key_cells[1][r], key_cells[2][r]);
          cr_assert(same(got, want), "query %d row %u day %lld key %d/%lld: got %d/%lld, expected %d/%lld", k, r, (long long)on.v, key_cells[1][r].state,
                    (long long)key_cells[1][r].v, got.state, (long long)got.v, want.state, (long long)want.v);
        }
    }
    ans_vm_free(vm);
  }
  ans_columns_free(c);
  ans_program_free(p);
}

/* A table of 3,000 rows costs the same number of comparisons for its first and its last row, and finds every one of them. */
Test(exec, a_lookup_costs_the_same_for_every_row) {
  enum { ROWS = 3000 };
  ans_builder *b = begin();
  ans_param_row *rows = calloc(ROWS, sizeof *rows);
  for (uint32_t i = 0; i < ROWS; i++) {
    rows[i] = (ans_param_row){19000, 19999, 19000, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, i, ANS_NONE, 0, 0};
    rows[i].key_lo[0] = i / 100 * 1000;
    rows[i].key_hi[0] = i + 100 < ROWS ? rows[i].key_lo[0] + 999 : INT64_MAX;
    rows[i].key_lo[1] = i / 10 % 10;
    rows[i].key_hi[1] = i / 10 % 10;
    rows[i].key_lo[2] = i / 5 % 2;
    rows[i].key_hi[2] = i / 5 % 2;
    rows[i].key_lo[3] = i % 5;
    rows[i].key_hi[3] = i % 5 == 4 ? INT64_MAX : i % 5;
  }
  uint32_t p0 = ans_builder_param(b, &(ans_param){.name = "tafel", .label = "", .type = INT, .provision = ANS_NONE, .key_count = 4}, rows, ROWS);
  ans_program *p = freeze(b);
  vm_lookup l = {0};
  OK(vm__lookup_build(&l, p, p0, ANS_DAY_MAX, 1, ERR));
  cr_assert(l.indexed);
  uint64_t first = 0;
  for (uint32_t i = 0; i < ROWS; i++) {
    const int64_t key[4] = {rows[i].key_lo[0] + (i % 7 ? 999 : 0), rows[i].key_lo[1], rows[i].key_lo[2], rows[i].key_lo[3]};
    uint64_t steps = 0;
    int64_t v = -1;
    cr_assert(vm__lookup_find(&l, 19500, key, &v, &steps) && v == i, "row %u", i);
    if (i == 0) first = steps;
    cr_assert_eq(steps, first, "row %u took %llu steps, the first %llu", i, (unsigned long long)steps, (unsigned long long)first);
  }
  cr_assert_leq(first, 24u); /* binary searches in 3, 31, 11, 3 and 5 intervals */
  int64_t v = -1;
  cr_assert_not(vm__lookup_find(&l, 20000, (int64_t[]){0, 0, 0, 0}, &v, NULL));
  cr_assert_not(vm__lookup_find(&l, 18999, (int64_t[]){0, 0, 0, 0}, &v, NULL));
  cr_assert_not(vm__lookup_find(&l, 19500, (int64_t[]){0, 10, 0, 0}, &v, NULL));
  cr_assert_not(vm__lookup_find(&l, 19500, (int64_t[]){-1, 0, 0, 0}, &v, NULL));
  vm__lookup_free(&l);
  free(rows);
  ans_program_free(p);
}

/* Law known: rows promulgated later are absent, and what had no written end goes on (semantics 4.4). */
Test(exec, law_known_takes_later_rows_away) {
  ans_builder *b = begin();
  const int32_t day = (int32_t)ans_month_first(MONTH);
  ans_param_row rows[2];
  for (int i = 0; i < 2; i++)
    rows[i] = (ans_param_row){i ? day : day - 366, i ? ANS_OPEN_FUTURE : day - 1, i ? day - 40 : day - 400, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, i ? 255 : 250, ANS_NONE, 0, 1};
  uint32_t u = unit(b, "U", ANS_NONE), p0 = ans_builder_param(b, &(ans_param){.name = "satz", .label = "", .type = INT, .provision = ANS_NONE}, rows, 2);
  uint32_t today = op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0), known = op(b, ANS_OP_PERIOD, 0, DATE, 3, 0, 0), w[2];
  w[0] = op(b, ANS_OP_PARAM, u, INT, p0, ans_builder_list(b, &today, 1), 1);
  w[1] = op(b, ANS_OP_LE, u, BOOL, constant(b, DATE, day - 40), known, 0);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t row;
  OK(ans_columns_begin_component(cb, ERR));
  OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
  OK(ans_columns_end_component(cb, ERR));
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  ans_vm *vm = ans_vm_new(p, w, 2, 0);
  static const struct { int before; int64_t value; uint8_t state; } knowledge[] = {{0, 255, 0}, {40, 255, 0}, {41, 250, 0}, {400, 250, 0}, {401, 0, ANS_ERRONEOUS}};
  for (size_t i = 0; i < sizeof knowledge / sizeof *knowledge; i++) {
    const int32_t k = i ? day - knowledge[i].before : ANS_DAY_MAX;
    ans_trace *t = NULL;
    ans_vm_law_known(vm, k);
    OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
    OK(ans_replay_run_known(c, 0, MONTH, k, &t, ERR));
    ans_scalar want = {knowledge[i].value, knowledge[i].state};
    cr_assert(same(ans_vm_get(vm, w[0], 0), want) && same(ans_trace_get(t, w[0], 0), want), "known %zu", i);
    cr_assert(same(ans_vm_get(vm, w[1], 0), val(i < 2)) && same(ans_trace_get(t, w[1], 0), val(i < 2)));
    ans_trace_free(t);
  }
  ans_vm_free(vm);
  ans_columns_free(c);
  ans_program_free(p);
}

/* Of the rows known for a day and key the one promulgated last counts, indexed and, for tables too large for the index, scanned (semantics 4.4). */
enum { ROWS = 200 };
static void superseded(uint32_t keys) {
  ans_builder *b = begin();
  const int32_t day = (int32_t)ans_month_first(MONTH);
  ans_param_row rows[ROWS];
  for (int i = 0; i < ROWS; i++) /* nested spans around the day asked; promulgated in another order than they lie in */
    rows[i] = (ans_param_row){day - ROWS + i, day + ROWS - i, day - 1000 + i * 37 % ROWS, {keys ? i - ROWS : INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {keys ? ROWS - i : INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, i, ANS_NONE, 0, 0};
  uint32_t u = unit(b, "U", ANS_NONE), p0 = ans_builder_param(b, &(ans_param){.name = "satz", .label = "", .type = INT, .provision = ANS_NONE, .key_count = keys}, rows, ROWS);
  uint32_t asked[2] = {op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0), constant(b, INT, 0)}, w[1];
  w[0] = op(b, ANS_OP_PARAM, u, INT, p0, ans_builder_list(b, asked, 1 + keys), 1 + keys);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t row;
  OK(ans_columns_begin_component(cb, ERR));
  OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
  OK(ans_columns_end_component(cb, ERR));
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  ans_vm *vm = ans_vm_new(p, w, 1, 0);
  for (int k = -1; k < ROWS; k++) {
    const int32_t known = k < 0 ? ANS_DAY_MAX : day - 1000 + k;
    int64_t want = -1;
    for (int i = 0; i < ROWS; i++)
      if (rows[i].promulgated_day <= known && (want < 0 || rows[i].promulgated_day > rows[want].promulgated_day)) want = i;
    ans_trace *t = NULL;
    ans_vm_law_known(vm, known);
    OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
    OK(ans_replay_run_known(c, 0, MONTH, known, &t, ERR));
    cr_assert(same(ans_vm_get(vm, w[0], 0), val(want)) && same(ans_trace_get(t, w[0], 0), val(want)), "known %d", k);
    cr_assert_eq(ans_trace_param_row(t, w[0], 0), (uint32_t)want);
    ans_trace_free(t);
  }
  ans_vm_free(vm);
  ans_columns_free(c);
  ans_program_free(p);
}

Test(exec, later_promulgation_supersedes) {
  superseded(0);
  superseded(1); /* nested in both dimensions: more intervals than the index may have */
}

/* --- refusals ----------------------------------------------------------------------------------------------------------------- */
Test(exec, refuses_wrong_month_and_range) {
  ans_builder *b = begin();
  uint32_t u = unit(b, "U", ANS_NONE), res, a = cellfact(b, u, "a", INT, &res);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t row;
  OK(ans_columns_begin_component(cb, ERR));
  OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
  OK(ans_columns_end_component(cb, ERR));
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  ans_vm *vm = ans_vm_new(p, &a, 1, 0);
  ans_error err = {0};
  char text[512];
  cr_assert_eq(ans_vm_run(vm, c, 0, 1, 2031 * 12, &err), ANS_INPUT);
  cr_assert_not_null(strstr(ans_error_render(&err, ANS_LANG_DE, text, sizeof text), "2031-01"));
  cr_assert_eq(ans_vm_run(vm, c, 0, 1, INT32_MIN, NULL), ANS_INPUT);
  cr_assert_eq(ans_vm_run(vm, c, 0, 2, MONTH, NULL), ANS_INPUT);
  cr_assert_eq(ans_vm_run(vm, c, 2, 0, MONTH, NULL), ANS_INPUT);
  OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
  cr_assert(same(ans_vm_get(vm, a, 0), st(ANS_UNKNOWN)));
  cr_assert_eq(ans_vm_get(vm, a, 1).state, ANS_ERRONEOUS);
  cr_assert_eq(ans_vm_get(vm, a + 1, 0).state, ANS_ERRONEOUS);
  OK(ans_vm_run(vm, c, 0, 0, MONTH, ERR));
  cr_assert_eq(ans_vm_get(vm, a, 0).state, ANS_ERRONEOUS, "the values of an earlier run are gone");
  ans_vm_free(vm);
  ans_columns_free(c);
  ans_program_free(p);
}

#include "exec_demand.h"
#include "exec_kernels.h"
#include "exec_random.h"
#include "exec_span.h"
