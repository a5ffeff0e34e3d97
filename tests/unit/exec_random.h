/* Random well-typed SSA programs and random rows, for VM = replay. Used by test_exec.c only (definitions, not just declarations).
 * Three base units that refer to each other in both directions and to themselves, a derived unit of each, timelines, parameters
 * with keys, overrides in every state. All data are synthetic. */
#ifndef ANS_TEST_EXEC_RANDOM_H
#define ANS_TEST_EXEC_RANDOM_H

#define X_ANY (ans_type){.tag = X_ANY_TAG}
enum { X_ANY_TAG = 255, X_TEXTS = 5, X_UNITS = 3, X_TYPES = 8, X_MAX = 400, X_PARAMS = 3, X_WANTED = 400 };
typedef struct random_program {
  ans_builder *b;
  ans_insn insns[X_MAX];     /* by register */
  uint32_t count, results, params, param_keys[X_PARAMS];
  ans_type param_type[X_PARAMS];
  uint32_t derived[X_UNITS], split[X_UNITS], fact_count;
  ans_fact facts[64];
  bool taken[X_MAX];         /* registers that hold a result */
} random_program;

static ans_type x_type(uint32_t k) {
  static const ans_type types[X_TYPES] = {{.tag = ANS_T_BOOL}, {.tag = ANS_T_INT}, {.tag = ANS_T_MONEY, .scale = 2}, {.tag = ANS_T_DATE}, {.tag = ANS_T_MONTH}, {.tag = ANS_T_ENUM},
    {.tag = ANS_T_DECIMAL, .scale = 1}, {.tag = ANS_T_INT}};
  return types[k % X_TYPES];
}
static bool x_same(ans_type a, ans_type b) { return memcmp(&a, &b, sizeof a) == 0; }
static bool x_number(ans_type t) { return t.tag == ANS_T_INT || t.tag == ANS_T_MONEY || t.tag == ANS_T_DECIMAL; }
static bool x_steers(ans_type t) { return t.tag == ANS_T_TEXT || t.tag == ANS_T_LIST; }
static bool x_ordered(ans_type t) { return x_number(t) || t.tag == ANS_T_DATE || t.tag == ANS_T_MONTH; }

/* A random register of the type (X_ANY: any) in the unit or, if allowed, uniform; NONE if there is none. Later ones are likelier. */
static uint32_t x_pick(const random_program *x, uint32_t u, ans_type t, bool uniform) {
  uint32_t found = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < x->count; i++) {
    const ans_insn *in = &x->insns[i];
    if ((in->unit != u && !(uniform && in->unit == 0)) || (t.tag != X_ANY_TAG && !x_same(in->type, t))) continue;
    seen++;
    if (below(seen) < 1 + (seen > 8)) found = i;
  }
  return found;
}
static uint32_t x_pick_ref(const random_program *x, uint32_t u) {
  uint32_t found = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < x->count; i++)
    if (x->insns[i].unit == u && x->insns[i].type.tag == ANS_T_REF && below(++seen) == 0) found = i;
  return found;
}
/* A text or list of the unit. */
static uint32_t x_pick_tag(const random_program *x, uint32_t u, ans_type_tag tag) {
  uint32_t found = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < x->count; i++)
    if (x->insns[i].unit == u && x->insns[i].type.tag == tag && below(++seen) == 0) found = i;
  return found;
}
static uint32_t x_add(random_program *x, ans_opcode o, uint32_t u, ans_type t, uint32_t a, uint32_t b, uint32_t c) {
  if (x->count + 1 >= X_MAX) return ANS_NONE;
  uint32_t r = op(x->b, o, u, t, a, b, c);
  cr_assert_neq(r, ANS_NONE);
  if (r == x->count) x->insns[x->count++] = (ans_insn){.op = (uint16_t)o, .unit = (uint16_t)u, .type = t, .a = a, .b = b, .c = c};
  return r;
}
static int64_t x_value(ans_type t) {
  switch (t.tag) {
    case ANS_T_BOOL: return below(2);
    case ANS_T_DATE: return below(12) == 0 ? (below(2) ? ANS_DAY_MIN : ANS_DAY_MAX) : ans_month_first(MONTH) - (below(3) ? 40 : 12000) + below(below(3) ? 80 : 12400);
    case ANS_T_MONTH: return below(20) == 0 ? 12 + (int64_t)below(119000) : MONTH - 5 + (int64_t)below(11);
    case ANS_T_ENUM: return below(3);
    case ANS_T_LIST: return below(8);
    default:
      if (below(25) == 0) return edges[below(EDGES)];
      return below(3) ? (int64_t)below(9) - 3 : (int64_t)below(2000000) - 500000;
  }
}

/* Bounds at which values, sums or products of two values just fit 32 bits, or just do not: registers on either side of the line between 4 and 8 bytes meet in one program. */
static void x_bounds(ans_fact *f) {
  static const ans_range bounds[] = {{INT32_MIN, INT32_MAX}, {INT32_MIN, INT64_C(2147483648)}, {INT64_C(-2147483649), INT32_MAX}, {-(1 << 30), (1 << 30) - 1}, {-(1 << 30), 1 << 30},
    {-(1 << 30) - 1, (1 << 30) - 1}, {0, 46340}, {0, 46341}, {-46340, 46341}, {0, INT32_MAX}, {-1, 1}, {-INT32_MAX, 0}};
  const ans_range b = bounds[below(sizeof bounds / sizeof *bounds)];
  f->bounds = ANS_FACT_LEAST | ANS_FACT_GREATEST;
  f->low = b.lo;
  f->high = b.hi;
}
static int64_t x_fact_value(const ans_fact *f) {
  if (!f->bounds) return x_value(f->type);
  if (below(2)) return below(2) ? f->low + (int64_t)below(2) : f->high - (int64_t)below(2);
  const int64_t v = x_value(f->type);
  return v < f->low ? f->low : v > f->high ? f->high : v;
}

static void x_fact(random_program *x, uint32_t u, ans_type t, ans_fact_kind kind) {
  char name[8] = {'f', (char)('A' + x->fact_count / 26), (char)('A' + x->fact_count % 26), 0};
  ans_fact_nature nature = below(4) ? ANS_NATURE_FACT : ANS_NATURE_BEURTEILUNG;
  ans_fact d = {.name = name, .label = "", .unit = u, .type = t, .kind = (uint8_t)kind, .nature = (uint8_t)nature, .provision = ANS_NONE};
  if (x_number(t) && below(2)) x_bounds(&d);
  const uint32_t f = ans_builder_fact(x->b, &d, NULL, 0);
  x->facts[x->fact_count++] = d;
  if (kind == ANS_FACT_SCALAR) x_add(x, ANS_OP_FACT, u, t, f, 0, 0);
}

/* Keys: a whole number, then an enumeration value. */
static void x_param(random_program *x) {
  char name[4] = {'p', (char)('0' + x->params), 0};
  ans_param_row rows[24];
  uint32_t n = 0, keys = x->params % 3;
  int32_t first = (int32_t)ans_month_first(MONTH);
  for (uint32_t v = 0; v < 2; v++)
    for (uint32_t a = 0; a < (keys ? 3 : 1); a++)
      for (uint32_t c = 0; c < (keys > 1 ? 2 : 1); c++) {
        ans_param_row *r = &rows[n++];
        *r = (ans_param_row){v ? first + 10 : ANS_OPEN_PAST, v ? ANS_OPEN_FUTURE : first + (int32_t)below(2) + 8, v ? first + 10 : ANS_OPEN_PAST, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, x_value(x_type(2)), ANS_NONE, 0, 0};
        if (keys) r->key_lo[0] = a ? (int64_t)a * 2 - 1 : INT64_MIN, r->key_hi[0] = a == 2 ? INT64_MAX : (int64_t)a * 2;
        if (keys > 1) r->key_lo[1] = (int64_t)c, r->key_hi[1] = c;
      }
  x->param_type[x->params] = x_type(2);
  x->param_keys[x->params] = keys;
  uint32_t p = ans_builder_param(x->b, &(ans_param){.name = name, .label = "", .type = x_type(2), .provision = ANS_NONE, .key_count = keys}, rows, n);
  cr_assert_eq(p, x->params);
  x->params++;
}

static void x_split(random_program *x, uint32_t k) {
  uint32_t list[12], n = 0, u = k + 1;
  if (below(8) == 0) list[n++] = ANS_SPLIT_EVERY_DAY, list[n++] = 0, list[n++] = 0;
  for (uint32_t f = 0; f < x->fact_count && n < 6; f++)
    if (x->facts[f].kind == ANS_FACT_TIMELINE && below(2)) {
      uint32_t ref = x->facts[f].unit == u ? ANS_NONE : x_pick(x, u, ref_to(x->facts[f].unit), false);
      if (x->facts[f].unit == u || ref != ANS_NONE) list[n++] = ANS_SPLIT_TIMELINE, list[n++] = f, list[n++] = ref;
    }
  if (below(2)) list[n++] = ANS_SPLIT_DATE, list[n++] = x_pick(x, u, DATE, true), list[n++] = 0;
  if (k && below(2)) {
    uint32_t other = below(k), ref = x_pick(x, u, ref_to(other + 1), false);
    if (ref != ANS_NONE) list[n++] = ANS_SPLIT_SEGMENTS, list[n++] = x->derived[other], list[n++] = ref;
  }
  x->split[k] = x_add(x, ANS_OP_SPLIT, x->derived[k], ref_to(u), x->derived[k], ans_builder_list(x->b, list, n), n);
}

/* One random instruction, or none if the operands do not exist. */
static void x_insn(random_program *x, ans_opcode o) {
  const uint32_t slot = below(8), u = slot == 0 ? 0 : slot < 6 ? 1 + below(3) : x->derived[below(3)];
  const uint32_t base = u == 0 ? 0 : u > X_UNITS ? u - X_UNITS : u;
  const ans_type any = x_type(below(X_TYPES)), ten = x_type(6);
  const bool derived = u > X_UNITS;
  uint32_t a, b, c, list[9];
  switch (o) {
    case ANS_OP_CONST: x_add(x, o, u, any, ans_builder_const(x->b, x_value(any)), 0, 0); return;
    case ANS_OP_PERIOD: c = below(3); x_add(x, o, 0, c ? DATE : MONTHS, c, 0, 0); return;
    case ANS_OP_HUMAN: x_add(x, o, u, any, ANS_NONE, 0, 0); return;
    case ANS_OP_SELF: if (u) x_add(x, o, u, ref_to(u), 0, 0, 0); return;
    case ANS_OP_SEG_FROM: case ANS_OP_SEG_TO: if (derived) x_add(x, o, u, DATE, 0, 0, 0); return;
    case ANS_OP_SEG_FIND:
      b = x->derived[below(3)];
      a = x_pick(x, u, ref_to(b - X_UNITS), false);
      c = x_pick(x, u, DATE, true);
      if (a != ANS_NONE && c != ANS_NONE) x_add(x, o, u, ref_to(b), a, b, c);
      return;
    case ANS_OP_GATHER:
      a = derived && below(2) ? x->split[base - 1] : x_pick_ref(x, u);
      if (a == ANS_NONE) return;
      b = x_pick(x, x->insns[a].type.ref, X_ANY, false);
      if (b != ANS_NONE) x_add(x, o, u, x->insns[b].type, a, b, 0);
      return;
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START:
      if (!u) return;
      for (a = below(x->fact_count), c = 0; c < 64 && (x->facts[a].kind != ANS_FACT_TIMELINE || (o != ANS_OP_TL_AT && x->facts[a].type.tag != ANS_T_BOOL)); c++) a = below(x->fact_count);
      if (c == 64) return;
      b = !derived && x->facts[a].unit == u && below(2) ? ANS_NONE : x_pick(x, u, ref_to(x->facts[a].unit), false);
      c = x_pick(x, u, DATE, true);
      if ((b != ANS_NONE || x->facts[a].unit == u) && c != ANS_NONE) x_add(x, o, u, o == ANS_OP_TL_AT ? x->facts[a].type : DATE, a, b, c);
      return;
    case ANS_OP_PARAM:
      a = below(x->params);
      list[0] = x_pick(x, u, DATE, true);
      list[1] = x_pick(x, u, INT, true);
      list[2] = x_pick(x, u, x_type(5), true);
      if (list[0] != ANS_NONE && list[1] != ANS_NONE && list[2] != ANS_NONE) x_add(x, o, u, x->param_type[a], a, ans_builder_list(x->b, list, 1 + x->param_keys[a]), 1 + x->param_keys[a]);
      return;
    case ANS_OP_AGG_COUNT: case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_ANY: case ANS_OP_AGG_ALL: case ANS_OP_RANK: {
      if (!u) return;
      a = x_pick_ref(x, u);
      if (a == ANS_NONE) return;
      b = below(2) ? ANS_NONE : x_pick(x, u, BOOL, true);
      const bool truth = o == ANS_OP_AGG_ANY || o == ANS_OP_AGG_ALL;
      for (uint32_t tries = 0; tries < 20; tries++) {
        c = x_pick(x, u, truth ? BOOL : X_ANY, true);
        if (c != ANS_NONE && (truth || (o == ANS_OP_AGG_SUM ? x_number(x->insns[c].type) : x_ordered(x->insns[c].type)))) break;
        c = ANS_NONE;
      }
      if (o == ANS_OP_AGG_COUNT) c = 0;
      if (c == ANS_NONE) return;
      x_add(x, o, o == ANS_OP_RANK ? u : x->insns[a].type.ref, truth ? BOOL : o == ANS_OP_RANK || o == ANS_OP_AGG_COUNT ? INT : x->insns[c].type, a, b, c);
      return;
    }
    case ANS_OP_AND: case ANS_OP_OR: case ANS_OP_NOT: case ANS_OP_GUARD:
      a = x_pick(x, u, BOOL, true);
      b = o == ANS_OP_AND || o == ANS_OP_OR ? x_pick(x, u, BOOL, true) : 0;
      if (a != ANS_NONE && b != ANS_NONE) x_add(x, o, u, BOOL, a, b, 0);
      return;
    case ANS_OP_KNOWN: case ANS_OP_PRESENT:
      a = x_pick(x, u, X_ANY, true);
      if (a != ANS_NONE) x_add(x, o, u, BOOL, a, 0, 0);
      return;
    case ANS_OP_EQ: case ANS_OP_NE: case ANS_OP_LT: case ANS_OP_LE: case ANS_OP_MIN2: case ANS_OP_MAX2: case ANS_OP_NEG: case ANS_OP_DEFAULT: {
      a = x_pick(x, u, X_ANY, true);
      if (a == ANS_NONE) return;
      const ans_type t = x->insns[a].type;
      if (x_steers(t)) return;
      const bool free_type = o == ANS_OP_EQ || o == ANS_OP_NE || o == ANS_OP_DEFAULT;
      if (o == ANS_OP_NEG ? !x_number(t) : !free_type && !x_ordered(t)) return;
      b = o == ANS_OP_NEG ? 0 : x_pick(x, u, t, true);
      if (b != ANS_NONE) x_add(x, o, u, o == ANS_OP_DEFAULT || o == ANS_OP_MIN2 || o == ANS_OP_MAX2 || o == ANS_OP_NEG ? t : BOOL, a, b, 0);
      return;
    }
    case ANS_OP_ADD: case ANS_OP_SUB: case ANS_OP_ADD_MONTHS: case ANS_OP_YEARS_DONE: {
      const ans_type t = o == ANS_OP_ADD_MONTHS || o == ANS_OP_YEARS_DONE ? DATE : any;
      if (!x_ordered(t)) return;
      a = x_pick(x, u, t, true);
      b = x_pick(x, u, x_number(t) ? t : INT, true);
      if (a != ANS_NONE && b != ANS_NONE) x_add(x, o, u, t, a, b, o == ANS_OP_ADD_MONTHS ? below(3) : 0);
      return;
    }
    case ANS_OP_MUL: case ANS_OP_DIVR: {
      const ans_type left = below(2) ? x_type(2) : INT, right = below(2) && !left.scale ? ten : INT;
      a = x_pick(x, u, left, true);
      b = x_pick(x, u, right, true);
      ans_type t = left;
      t.scale = o == ANS_OP_MUL ? (uint8_t)(left.scale + right.scale) : left.scale;
      if (t.scale == 1) t = ten;
      if (a != ANS_NONE && b != ANS_NONE) x_add(x, o, u, t, a, b, o == ANS_OP_DIVR ? below(3) : 0);
      return;
    }
    case ANS_OP_MULR: {
      const ans_type left = below(2) ? x_type(2) : INT, right = below(2) ? ten : INT;
      list[0] = x_pick(x, u, left, true);
      list[1] = x_pick(x, u, (left.measure || left.per) && (right.measure || right.per) ? INT : right, true);
      list[2] = x_pick(x, u, INT, true);
      ans_type t = left.measure || left.per ? left : list[1] != ANS_NONE ? x->insns[list[1]].type : left;
      t.tag = ANS_T_DECIMAL;
      t.scale = (uint8_t)below(5);
      b = 2 + below(2);
      c = below(3);
      if (list[0] != ANS_NONE && list[1] != ANS_NONE && list[2] != ANS_NONE) x_add(x, o, u, t, ans_builder_list(x->b, list, b), b, c);
      return;
    }
    case ANS_OP_UNIT: {
      a = x_pick(x, u, INT, true);
      if (a != ANS_NONE) x_add(x, o, u, (ans_type){.tag = ANS_T_INT, .measure = (uint8_t)below(4)}, a, 0, 0);
      return;
    }
    case ANS_OP_TL_DAYS:
      if (!u) return;
      for (a = below(x->fact_count), c = 0; c < 64 && (x->facts[a].kind != ANS_FACT_TIMELINE || x->facts[a].type.tag != ANS_T_BOOL); c++) a = below(x->fact_count);
      if (c == 64) return;
      list[0] = x_pick(x, u, DATE, true);
      list[1] = x_pick(x, u, DATE, true);
      list[2] = !derived && x->facts[a].unit == u && below(2) ? ANS_NONE : x_pick(x, u, ref_to(x->facts[a].unit), false);
      if ((list[2] != ANS_NONE || x->facts[a].unit == u) && list[0] != ANS_NONE && list[1] != ANS_NONE) {
        b = list[2] == ANS_NONE ? 2 : 3;
        x_add(x, o, u, (ans_type){.tag = ANS_T_INT, .measure = ANS_M_DAYS}, ans_builder_list(x->b, list, b), b, a);
      }
      return;
    case ANS_OP_HOLIDAY: case ANS_OP_WORKDAY:
      a = x_pick(x, u, DATE, true);
      if (a != ANS_NONE) x_add(x, o, u, o == ANS_OP_HOLIDAY ? BOOL : DATE, a, ANS_JURISDICTION_THUERINGEN, 0);
      return;
    case ANS_OP_TEXT_IS: /* two questions about every text, in the order of the texts */
      a = x_pick_tag(x, u, ANS_T_TEXT);
      if (a == ANS_NONE) return;
      for (b = 0, c = 0; c < x->insns[a].type.ref; c++) b += 2 * (x->facts[c].type.tag == ANS_T_TEXT);
      x_add(x, o, u, BOOL, a, b + below(2), 0);
      return;
    case ANS_OP_LIST_HAS: case ANS_OP_LIST_COUNT:
      a = x_pick_tag(x, u, ANS_T_LIST);
      b = o == ANS_OP_LIST_HAS ? x_pick(x, u, x_type(5), true) : 0;
      if (a != ANS_NONE && b != ANS_NONE) x_add(x, o, u, o == ANS_OP_LIST_HAS ? BOOL : INT, a, b, 0);
      return;
    case ANS_OP_SELECT:
      list[0] = x_pick(x, u, BOOL, true);
      list[1] = x_pick(x, u, any, true);
      list[2] = x_pick(x, u, any, true);
      if (list[0] != ANS_NONE && list[1] != ANS_NONE && list[2] != ANS_NONE) x_add(x, o, u, any, list[0], list[1], list[2]);
      return;
    case ANS_OP_RESOLVE: {
      const uint32_t n = 1 + 2 * below(4);
      for (uint32_t k = 0; k < n; k++)
        if ((list[k] = x_pick(x, u, k % 2 ? BOOL : any, true)) == ANS_NONE) return;
      x_add(x, o, u, any, ans_builder_list(x->b, list, n), n, 0);
      return;
    }
    case ANS_OP_MONTH_OF: case ANS_OP_YEAR_OF: case ANS_OP_MONTH_FIRST: case ANS_OP_MONTH_LAST:
      a = x_pick(x, u, o == ANS_OP_MONTH_OF || o == ANS_OP_YEAR_OF ? DATE : MONTHS, true);
      if (a != ANS_NONE) x_add(x, o, u, o == ANS_OP_MONTH_OF ? MONTHS : o == ANS_OP_YEAR_OF ? INT : DATE, a, 0, 0);
      return;
    case ANS_OP_FACT: case ANS_OP_SPLIT: case ANS_OP_COUNT: return; /* made with the units */
  }
}

static ans_program *x_program(random_program *x) {
  static const char *const names[] = {"A", "B", "C", "A je Tag", "B je Tag", "C je Tag"};
  static const char *const values[] = {"x", "y", "z"};
  memset(x, 0, sizeof *x);
  x->b = begin();
  for (uint32_t k = 0; k < X_UNITS; k++) unit(x->b, names[k], ANS_NONE);
  for (uint32_t k = 0; k < X_UNITS; k++) x->derived[k] = unit(x->b, names[X_UNITS + k], k + 1);
  ans_builder_enum(x->b, "E", values, 3);
  x_insn(x, ANS_OP_PERIOD);
  for (uint32_t k = 0; k < X_TYPES; k++) x_add(x, ANS_OP_CONST, 0, x_type(k), ans_builder_const(x->b, x_value(x_type(k))), 0, 0);
  for (uint32_t u = 1; u <= X_UNITS; u++) {
    for (uint32_t k = 0; k < X_TYPES; k++) x_fact(x, u, x_type(k), ANS_FACT_SCALAR);
    x_fact(x, u, BOOL, ANS_FACT_SCALAR);
    x_fact(x, u, ref_to(1 + u % X_UNITS), ANS_FACT_SCALAR);
    x_fact(x, u, ref_to(1 + below(X_UNITS)), ANS_FACT_SCALAR);
    x_fact(x, u, BOOL, ANS_FACT_TIMELINE);
    x_fact(x, u, x_type(below(X_TYPES)), ANS_FACT_TIMELINE);
    for (uint32_t kind = ANS_FACT_SCALAR; kind <= ANS_FACT_TIMELINE; kind++) {
      x_fact(x, u, (ans_type){.tag = ANS_T_TEXT, .ref = x->fact_count}, (ans_fact_kind)kind);
      x_fact(x, u, (ans_type){.tag = ANS_T_LIST}, (ans_fact_kind)kind);
    }
  }
  for (uint32_t f = 0; f < x->fact_count; f++) {
    if (x->facts[f].type.tag != ANS_T_TEXT) continue;
    ans_builder_predicate(x->b, f, ANS_PREDICATE_ONE_OF, (const char *const[]){"", "Jena"}, 2);
    ans_builder_predicate(x->b, f, ANS_PREDICATE_MATCHES, (const char *const[]){below(50) ? "J.*" : "(J+)+x"}, 1);
  }
  while (x->params < X_PARAMS) x_param(x);
  for (uint32_t k = 0; k < X_UNITS; k++) x_split(x, k);
  const uint32_t more = 40 + below(90);
  for (uint32_t k = 0; k < more; k++) x_insn(x, (ans_opcode)below(ANS_OP_COUNT));
  for (uint32_t k = 0; k < 10; k++) { /* results that can be overridden: early ones too, so that much depends on them */
    const uint32_t r = below(x->count), u = x->insns[r].unit;
    char name[4] = {'r', (char)('0' + k), 0};
    if (u == 0 || u > X_UNITS || x->taken[r] || x_steers(x->insns[r].type)) continue;
    x->taken[r] = true;
    result(x->b, name, u, x->insns[r].type, r);
    x->results++;
  }
  return freeze(x->b);
}

static int64_t x_text(ans_columns_builder *cb, uint32_t f) {
  static const char *const texts[X_TEXTS] = {"", "Jena", "J", "Weimar", "JJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJy"};
  const char *text = texts[below(X_TEXTS)];
  int64_t v = 0;
  OK(ans_columns_text(cb, f, text, strlen(text), NULL, &v, ERR));
  return v;
}

static ans_scalar x_cell(const ans_fact *f, uint8_t missing, const uint32_t first[X_UNITS + 1], const uint32_t rows[X_UNITS + 1], uint32_t noise) {
  if (below(100) < noise) return st(below(3) ? missing : ANS_NOT_APPLICABLE);
  const ans_type t = f->type;
  if (t.tag != ANS_T_REF) return val(x_fact_value(f));
  return rows[t.ref] ? val(first[t.ref] + below(rows[t.ref])) : st(missing);
}

/* Components of 0 to 5 rows a unit until there are at least `want` rows. */
static ans_columns *x_columns(const random_program *x, const ans_program *p, uint32_t want) {
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t next[X_UNITS + 1] = {0}, total = 0;
  const uint32_t noise = below(3) * 15;
  while (total < want) {
    uint32_t first[X_UNITS + 1], rows[X_UNITS + 1] = {0}, row;
    OK(ans_columns_begin_component(cb, ERR));
    for (uint32_t u = 1; u <= X_UNITS; u++) {
      first[u] = next[u];
      rows[u] = below(6);
      for (uint32_t r = 0; r < rows[u]; r++) OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
      next[u] += rows[u];
      total += rows[u];
    }
    for (uint32_t f = 0; f < x->fact_count; f++) {
      const ans_fact *d = &x->facts[f];
      const uint8_t missing = d->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN;
      for (uint32_t r = first[d->unit]; r < first[d->unit] + rows[d->unit]; r++) {
        if (d->kind == ANS_FACT_SCALAR) {
          ans_scalar v = x_cell(d, missing, first, rows, noise);
          if (d->type.tag == ANS_T_TEXT && !v.state) v.v = x_text(cb, f);
          if (below(100) >= noise / 2) OK(ans_columns_set(cb, f, r, v, ERR));
          continue;
        }
        line l;
        first_day = ans_month_first(MONTH);
        line_fill(&l, missing, true);
        for (uint32_t k = 0; k < l.n; k++)
          if (!l.item[k].state) l.item[k].value = d->type.tag == ANS_T_TEXT ? x_text(cb, f) : d->type.tag == ANS_T_BOOL ? l.item[k].value : x_fact_value(d);
        OK(ans_columns_set_timeline(cb, f, r, l.item, l.n, ERR));
      }
    }
    for (uint32_t k = 0; k < x->results; k++) {
      const ans_type t = p->results[k].type;
      const uint32_t u = p->results[k].unit;
      for (uint32_t r = first[u]; r < first[u] + rows[u]; r++)
        if (below(4) == 0 && (t.tag != ANS_T_REF || (t.ref <= X_UNITS && rows[t.ref]))) OK(ans_columns_set_override(cb, k, r, t.tag == ANS_T_REF ? val(first[t.ref] + below(rows[t.ref])) : val(x_value(t)), ERR));
    }
    OK(ans_columns_end_component(cb, ERR));
  }
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  for (uint32_t i = 0; i < c->override_count; i++)
    if (below(3) == 0) c->overrides[i].value = st((uint8_t)(1 + below(5)));
  return c;
}

/* Steps of a plan by the width of what they write and read: 0 all of 4 bytes, 1 all of 8, 2 both. */
static void x_widths(const ans_vm *vm, uint64_t widths[3]) {
  for (uint32_t s = 0; s < vm->step_count; s++) {
    const vm_step *st = &vm->steps[s];
    const ans_opcode o = st->in ? (ans_opcode)st->in->op : ANS_OP_CONST;
    if (o != ANS_OP_ADD && o != ANS_OP_SUB && o != ANS_OP_MUL && o != ANS_OP_MIN2 && o != ANS_OP_MAX2 && o != ANS_OP_SELECT) continue;
    const uint32_t first = o == ANS_OP_SELECT ? st->in->b : st->in->a, second = o == ANS_OP_SELECT ? st->in->c : st->in->b;
    const unsigned narrow = (unsigned)st->narrow + (vm->regs[first].v4 != NULL) + (vm->regs[second].v4 != NULL);
    if (st->in->type.tag != ANS_T_BOOL) widths[narrow == 3 ? 0 : narrow ? 2 : 1]++;
  }
}

/* --- VM = replay on random programs ------------------------------------------------------------------------------------------- */
typedef struct tally { uint64_t op[ANS_OP_COUNT], state[ANS_STATE_COUNT], cells; } tally;

/* Compares every wanted register with the replay of every component. Rows of derived units are numbered through the run. */
static void compare(const ans_program *p, const ans_columns *c, const ans_vm *vm, ans_trace *const *traces, const uint32_t *w, uint32_t n, int program, uint32_t chunk, tally *seen) {
  uint32_t offset[2 * X_UNITS + 1] = {0};
  for (uint32_t k = 0; k < c->components; k++) {
    for (uint32_t i = 0; i < n; i++) {
      const ans_insn *in = &p->insns[w[i]];
      const bool base = in->unit && in->unit <= X_UNITS;
      const uint32_t first = base ? ans_trace_first_row(traces[k], in->unit) : offset[in->unit];
      for (uint32_t r = 0; r < ans_trace_rows(traces[k], w[i]); r++) {
        ans_scalar got = ans_vm_get(vm, w[i], first + r), want = ans_trace_get(traces[k], w[i], r);
        if (in->type.tag == ANS_T_REF && in->type.ref > X_UNITS && !want.state) want.v += offset[in->type.ref];
        seen->state[got.state]++;
        seen->op[in->op]++;
        seen->cells++;
        cr_assert(same(got, want), "program %d chunk %u component %u r%u (%s) row %u: VM %d/%lld, replay %d/%lld", program, chunk, k, w[i],
                  ans_opcode_mnemonic((ans_opcode)in->op), r, got.state, (long long)got.v, want.state, (long long)want.v);
      }
    }
    for (uint32_t i = 0; i < p->insn_count; i++)
      if (p->insns[i].op == ANS_OP_SPLIT) offset[p->insns[i].a] += ans_trace_rows(traces[k], i);
  }
}

Test(exec, equals_replay, .timeout = 0) {
  const char *asked = getenv("ANS_TEST_PROGRAMS"); /* more than the default, for longer runs */
  const int programs = asked ? atoi(asked) : 2000;
  random_program *x = malloc(sizeof *x);
  tally *seen = calloc(1, sizeof *seen);
  uint32_t w[X_WANTED];
  uint64_t widths[3] = {0};
  for (int i = 0; i < programs; i++) {
    seed_state = (uint64_t)i * 1000003;
    ans_program *p = x_program(x);
    ans_columns *c = x_columns(x, p, 50 + below(150));
    const int32_t month = MONTH + (below(4) ? 0 : (int32_t)below(24) - 12);
    ans_trace **traces = calloc(c->components, sizeof *traces);
    for (uint32_t k = 0; k < c->components; k++) OK(ans_replay_run(c, k, month, &traces[k], ERR));
    uint32_t n = 0;
    const bool some = i % 2; /* with few wanted registers buffers are reused early */
    for (uint32_t r = 0; r < p->insn_count; r++)
      if (p->insns[r].op == ANS_OP_SPLIT || !some || below(8) == 0) w[n++] = r;
    for (int ch = 0; ch < CHUNKS; ch++) {
      ans_vm *vm = ans_vm_new(p, w, n, chunks[ch]);
      OK(ans_vm_run(vm, c, 0, c->components, month == MONTH ? MONTH - 1 : MONTH, ERR)); /* nothing may remain of another run */
      OK(ans_vm_run(vm, c, 0, c->components, month, ERR));
      compare(p, c, vm, traces, w, n, i, chunks[ch], seen);
      x_widths(vm, widths);
      ans_vm_free(vm);
    }
    for (uint32_t k = 0; k < c->components; k++) ans_trace_free(traces[k]);
    free(traces);
    ans_columns_free(c);
    ans_program_free(p);
  }
  printf("%d programs, %llu cells compared\n", programs, (unsigned long long)seen->cells);
  for (int s = 0; s < ANS_STATE_COUNT; s++) printf("state %d: %llu\n", s, (unsigned long long)seen->state[s]);
  for (int o = 0; o < ANS_OP_COUNT; o++) printf("%s %llu\n", ans_opcode_mnemonic((ans_opcode)o), (unsigned long long)seen->op[o]);
  for (int k = 0; k < 3; k++) cr_assert_gt(widths[k], 1000, "steps of width %d are too rare", k);
  for (int s = 0; s < ANS_STATE_COUNT; s++) cr_assert_gt(seen->state[s], seen->cells / 1000, "state %d is too rare", s);
  for (int o = 0; o < ANS_OP_COUNT; o++) cr_assert_gt(seen->op[o], 1000, "%s was hardly run", ans_opcode_mnemonic((ans_opcode)o));
  free(seen);
  free(x);
}
#endif
