/* Verifier, second half: one pass over the instructions.
 *
 * Three layers per instruction: (1) operand kinds of the opcode table, mechanically: indices exist, registers are earlier, unused operands
 * are zero; (2) units: `r` operands belong to the instruction's unit or are uniform; (3) the opcode's own typing rule. After it, an
 * interpreter may index every table without a check. See docs/bytecode.md (generated) and docs/semantics.md. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "code/verify.h"
#include "num/calendar.h"
#include "num/period.h"

static const char *const verify__result_kind[ANS_OP_COUNT] = {
#define X(name, mn, res, a, b, c, gloss) #res,
#include "code/opcodes.def"
#undef X
};
static const char verify__kinds[ANS_OP_COUNT][4] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
};

typedef struct at {
  verifier *v;
  const ans_program *p;
  const ans_insn *in;
  uint32_t index;
} at;

#define CHECK(expr)              \
  do {                           \
    ans_status s_ = (expr);      \
    if (s_ != ANS_OK) return s_; \
  } while (0)

static ans_status at__fail(const at *x, const char *code, const char *a, const char *b, const char *c, const char *d) {
  return verify__fail(x->v->err, "insns", x->index, ans_opcode_mnemonic((ans_opcode)x->in->op), code, a, b, c, d);
}

static ans_status at__forward(const at *x, const char *operand, uint32_t reg) {
  char n[24];
  return at__fail(x, "E-VER-FORWARD", operand, ans_itoa(n, reg), NULL, NULL);
}

static ans_status at__bad_index(const at *x, const char *what, uint32_t value) {
  char n[24];
  return at__fail(x, "E-VER-REF", what, ans_itoa(n, value), NULL, NULL);
}

static ans_status at__type(const at *x, const char *operand, ans_type have, const char *want) {
  char t[ANS_TYPE_TEXT];
  return at__fail(x, "E-VER-TYPE", operand, ans_type_format(x->p, have, t), want, NULL);
}

static ans_status at__result(const at *x, const char *want) {
  char t[ANS_TYPE_TEXT];
  return at__fail(x, "E-VER-RESULT-TYPE", ans_type_format(x->p, x->in->type, t), want, NULL, NULL);
}

static ans_type at__reg(const at *x, uint32_t reg) { return x->p->insns[reg].type; }

/* Register reg must belong to unit (or be uniform, if allowed). */
static ans_status at__unit(const at *x, const char *operand, uint32_t reg, uint32_t unit, bool uniform_too) {
  uint32_t have = x->p->insns[reg].unit;
  char n[24];
  if (have == unit || (uniform_too && have == 0)) return ANS_OK;
  return at__fail(x, "E-VER-UNIT", operand, ans_itoa(n, reg), x->p->units[have].name, x->p->units[unit].name);
}

static ans_status at__is(const at *x, const char *operand, uint32_t reg, ans_type_tag tag, const char *want) {
  return at__reg(x, reg).tag == (uint8_t)tag ? ANS_OK : at__type(x, operand, at__reg(x, reg), want);
}

static ans_status at__ref_to(const at *x, const char *operand, uint32_t reg, uint32_t unit) {
  ans_type t = at__reg(x, reg), want = {.tag = ANS_T_REF, .ref = unit};
  char text[ANS_TYPE_TEXT];
  return ans_type_equal(t, want) ? ANS_OK : at__type(x, operand, t, ans_type_format(x->p, want, text));
}

static ans_status at__same(const at *x, const char *operand, uint32_t reg, ans_type want) {
  char text[ANS_TYPE_TEXT];
  return ans_type_equal(at__reg(x, reg), want) ? ANS_OK : at__type(x, operand, at__reg(x, reg), ans_type_format(x->p, want, text));
}

static ans_status at__result_is(const at *x, ans_type want) {
  char text[ANS_TYPE_TEXT];
  return ans_type_equal(x->in->type, want) ? ANS_OK : at__result(x, ans_type_format(x->p, want, text));
}

static bool type__ordered(ans_type t) { return ans_type_numeric(t) || t.tag == ANS_T_DATE || t.tag == ANS_T_MONTH; }
/* Texts and lists are asked about and never computed: they come from a fact and go into a question. */
static bool type__steers(ans_type t) { return t.tag == ANS_T_TEXT || t.tag == ANS_T_LIST; }
static bool type__whole(ans_type t) { return t.tag == ANS_T_INT; }
static bool type__measured(ans_type t) { return t.measure != ANS_M_NONE || t.per != ANS_PER_NONE; }
static bool type__compatible(ans_type a, ans_type b) { return a.scale == b.scale && a.measure == b.measure && a.per == b.per; }

/* --- layer 1 and 2 ------------------------------------------------------------------------------------------------- */
static ans_status at__operand(const at *x, char kind, const char *name, uint32_t value) {
  const ans_program *p = x->p;
  switch (kind) {
    case 'o':
      return value == ANS_NONE || value < x->index ? ANS_OK : at__forward(x, name, value);
    case 'x':
      return value < x->index ? ANS_OK : at__forward(x, name, value);
    case 'r':
      if (value >= x->index) return at__forward(x, name, value);
      return at__unit(x, name, value, x->in->unit, true);
    case 'k': return value < p->const_count ? ANS_OK : at__bad_index(x, "constant", value);
    case 'q': return value < p->predicate_count ? ANS_OK : at__bad_index(x, "predicate", value);
    case 'f': return value < p->fact_count ? ANS_OK : at__bad_index(x, "fact", value);
    case 'p': return value < p->param_count ? ANS_OK : at__bad_index(x, "parameter", value);
    case 'u': return value > 0 && value < p->unit_count ? ANS_OK : at__bad_index(x, "unit", value);
    case 'v': return value == ANS_NONE || value < p->provision_count ? ANS_OK : at__bad_index(x, "provision", value);
    case 'l': return value <= p->list_count ? ANS_OK : at__bad_index(x, "list", value);
    case 'n': return ANS_OK; /* with its list, below */
    case 'i': return ANS_OK; /* by the opcode's rule */
    default: return value == 0 ? ANS_OK : at__bad_index(x, name, value);
  }
}

static ans_status at__operands(const at *x) {
  const ans_insn *in = x->in;
  const char *k = verify__kinds[in->op];
  CHECK(at__operand(x, k[0], "a", in->a));
  CHECK(at__operand(x, k[1], "b", in->b));
  CHECK(at__operand(x, k[2], "c", in->c));
  for (int i = 0; i < 2; i++) {
    if (k[i] != 'l') continue;
    uint32_t first = i == 0 ? in->a : in->b, n = i == 0 ? in->b : in->c;
    if (n > x->p->list_count - first) return at__bad_index(x, "list count", n);
  }
  return ANS_OK;
}

static ans_status at__result_kind(const at *x) {
  ans_type t = x->in->type;
  char text[ANS_TYPE_TEXT];
  if (!verify__type(x->p, t)) return at__fail(x, "E-VER-TYPE-INVALID", ans_type_format(x->p, t, text), NULL, NULL, NULL);
  switch (verify__result_kind[x->in->op][0]) {
    case 'B': return t.tag == ANS_T_BOOL ? ANS_OK : at__result(x, "bool");
    case 'D': return t.tag == ANS_T_DATE ? ANS_OK : at__result(x, "date");
    case 'I': return t.tag == ANS_T_INT ? ANS_OK : at__result(x, "int");
    case 'M': return t.tag == ANS_T_MONTH ? ANS_OK : at__result(x, "month");
    case 'R': return t.tag == ANS_T_REF ? ANS_OK : at__result(x, "ref");
    default: return ANS_OK; /* S and T: by the opcode's rule */
  }
}

static ans_status at__list_reg(const at *x, uint32_t reg) {
  if (reg >= x->index) return at__forward(x, "list", reg);
  return at__unit(x, "list", reg, x->in->unit, true);
}

/* --- layer 3 ------------------------------------------------------------------------------------------------------- */
/* A register of the parent unit that refers to rows of target; NONE: the parent row itself. */
static ans_status at__split_ref(const at *x, uint32_t reg, uint32_t parent, uint32_t target) {
  if (reg == ANS_NONE) return parent == target ? ANS_OK : at__fail(x, "E-VER-LIST", "reference missing", NULL, NULL, NULL);
  if (reg >= x->index) return at__forward(x, "list", reg);
  CHECK(at__unit(x, "list", reg, parent, true));
  return at__ref_to(x, "list", reg, target);
}

static ans_status at__split_item(const at *x, const uint32_t *t, uint32_t parent) {
  const ans_program *p = x->p;
  switch (t[0]) {
    case ANS_SPLIT_TIMELINE:
      if (t[1] >= p->fact_count || p->facts[t[1]].kind != ANS_FACT_TIMELINE) return at__bad_index(x, "timeline", t[1]);
      return at__split_ref(x, t[2], parent, p->facts[t[1]].unit);
    case ANS_SPLIT_DATE:
      if (t[1] >= x->index) return at__forward(x, "list", t[1]);
      CHECK(at__unit(x, "list", t[1], parent, true));
      return at__is(x, "list", t[1], ANS_T_DATE, "date");
    case ANS_SPLIT_SEGMENTS:
      if (t[1] >= p->unit_count || p->units[t[1]].parent == ANS_NONE) return at__bad_index(x, "derived unit", t[1]);
      if (x->v->split[t[1]] == ANS_NONE) return at__fail(x, "E-VER-SPLIT-MISSING", p->units[t[1]].name, NULL, NULL, NULL);
      return at__split_ref(x, t[2], parent, p->units[t[1]].parent);
    case ANS_SPLIT_EVERY_DAY: return ANS_OK;
    default: return at__bad_index(x, "kind", t[0]);
  }
}

static ans_status at__split(const at *x) {
  const ans_insn *in = x->in;
  const ans_unit *u = &x->p->units[in->a];
  if (in->a != in->unit || u->parent == ANS_NONE) return at__bad_index(x, "unit", in->a);
  if (x->v->split[in->a] != ANS_NONE) return at__fail(x, "E-VER-SPLIT-TWICE", u->name, NULL, NULL, NULL);
  if (in->c % 3 != 0) return at__fail(x, "E-VER-LIST", "not in triples", NULL, NULL, NULL);
  for (uint32_t i = 0; i < in->c; i += 3) CHECK(at__split_item(x, x->p->lists + in->b + i, u->parent));
  CHECK(at__result_is(x, (ans_type){.tag = ANS_T_REF, .ref = u->parent}));
  x->v->split[in->a] = x->index;
  return ANS_OK;
}

static ans_status at__segments(const at *x, uint32_t unit) {
  if (unit >= x->p->unit_count || x->p->units[unit].parent == ANS_NONE) return at__bad_index(x, "derived unit", unit);
  if (x->v->split[unit] == ANS_NONE) return at__fail(x, "E-VER-SPLIT-MISSING", x->p->units[unit].name, NULL, NULL, NULL);
  return ANS_OK;
}

static ans_status at__timeline(const at *x) {
  const ans_insn *in = x->in;
  const ans_fact *f = &x->p->facts[in->a];
  if (f->kind != ANS_FACT_TIMELINE) return at__bad_index(x, "timeline", in->a);
  CHECK(at__is(x, "c", in->c, ANS_T_DATE, "date"));
  if (in->b == ANS_NONE) {
    if (in->unit != f->unit) return at__fail(x, "E-VER-INSN-UNIT", x->p->units[in->unit].name, x->p->units[f->unit].name, NULL, NULL);
  } else {
    CHECK(at__unit(x, "b", in->b, in->unit, true));
    CHECK(at__ref_to(x, "b", in->b, f->unit));
  }
  if (in->op == ANS_OP_TL_AT) return at__result_is(x, f->type);
  return f->type.tag == ANS_T_BOOL ? ANS_OK : at__type(x, "a", f->type, "bool");
}

static ans_status at__param(const at *x) {
  const ans_insn *in = x->in;
  const ans_param *m = &x->p->params[in->a];
  const uint32_t *l = x->p->lists + in->b;
  if (in->c != 1 + m->key_count) return at__fail(x, "E-VER-LIST", "day and every key", NULL, NULL, NULL);
  for (uint32_t i = 0; i < in->c; i++) {
    CHECK(at__list_reg(x, l[i]));
    if (i == 0) CHECK(at__is(x, "day", l[i], ANS_T_DATE, "date"));
    else if (at__reg(x, l[i]).tag >= ANS_T_REF) return at__type(x, "key", at__reg(x, l[i]), "value");
  }
  return at__result_is(x, m->type);
}

/* a: reference in the member unit; b (optional), c (if element): in the member unit or uniform. */
static ans_status at__aggregate(const at *x, bool element) {
  const ans_insn *in = x->in;
  uint32_t member = x->p->insns[in->a].unit;
  if (member == 0) return at__type(x, "a", at__reg(x, in->a), "ref of a row"); /* the period has no members, whatever unit asks */
  CHECK(at__ref_to(x, "a", in->a, in->unit));
  if (in->b != ANS_NONE) {
    CHECK(at__unit(x, "b", in->b, member, true));
    CHECK(at__is(x, "b", in->b, ANS_T_BOOL, "bool"));
  }
  if (!element) return ANS_OK;
  CHECK(at__unit(x, "c", in->c, member, true));
  ans_type t = at__reg(x, in->c);
  if (in->op == ANS_OP_AGG_ANY || in->op == ANS_OP_AGG_ALL) return at__is(x, "c", in->c, ANS_T_BOOL, "bool");
  if (in->op == ANS_OP_AGG_SUM && !ans_type_numeric(t)) return at__type(x, "c", t, "number");
  if (!type__ordered(t)) return at__type(x, "c", t, "number, date or month");
  return at__result_is(x, t);
}

static ans_status at__rank(const at *x) {
  const ans_insn *in = x->in;
  CHECK(at__unit(x, "a", in->a, in->unit, false));
  CHECK(at__is(x, "a", in->a, ANS_T_REF, "ref"));
  if (in->b != ANS_NONE) {
    CHECK(at__unit(x, "b", in->b, in->unit, true));
    CHECK(at__is(x, "b", in->b, ANS_T_BOOL, "bool"));
  }
  return type__ordered(at__reg(x, in->c)) ? ANS_OK : at__type(x, "c", at__reg(x, in->c), "number, date or month");
}

/* DATE ± INT, MONTH ± INT, DATE − DATE, MONTH − MONTH, number ± number of the same scale and measure. */
static ans_status at__sum(const at *x) {
  const ans_insn *in = x->in;
  ans_type a = at__reg(x, in->a), b = at__reg(x, in->b);
  char text[ANS_TYPE_TEXT];
  if (a.tag == ANS_T_DATE || a.tag == ANS_T_MONTH) {
    uint8_t own = a.tag == ANS_T_DATE ? ANS_M_DAYS : ANS_M_MONTHS;
    if (in->op == ANS_OP_SUB && b.tag == a.tag) {
      bool ok = in->type.tag == ANS_T_INT && !in->type.per && (in->type.measure == own || in->type.measure == ANS_M_NONE);
      return ok ? ANS_OK : at__result(x, a.tag == ANS_T_DATE ? "int days" : "int months");
    }
    if (!type__whole(b) || b.per || (b.measure != own && b.measure != ANS_M_NONE)) return at__type(x, "b", b, a.tag == ANS_T_DATE ? "int days" : "int months");
    return at__result_is(x, a);
  }
  if (!ans_type_numeric(a)) return at__type(x, "a", a, "number, date or month");
  if (!ans_type_numeric(b) || !type__compatible(a, b)) return at__type(x, "b", b, ans_type_format(x->p, a, text));
  if (!ans_type_numeric(in->type) || !type__compatible(a, in->type)) return at__result(x, ans_type_format(x->p, a, text));
  return ANS_OK;
}

/* Measure and per of a product or quotient. */
static bool type__inherits(ans_type r, ans_type a, ans_type b, bool quotient) {
  bool ma = type__measured(a), mb = type__measured(b);
  if (ma && mb) return quotient && a.measure == b.measure && a.per == b.per && !type__measured(r);
  ans_type from = ma ? a : b;
  return r.measure == from.measure && r.per == from.per;
}

static ans_status at__product(const at *x) {
  const ans_insn *in = x->in;
  ans_type a = at__reg(x, in->a), b = at__reg(x, in->b);
  bool quotient = in->op == ANS_OP_DIVR;
  if (!ans_type_numeric(a)) return at__type(x, "a", a, "number");
  if (!ans_type_numeric(b)) return at__type(x, "b", b, "number");
  if (!ans_type_numeric(in->type)) return at__result(x, "number");
  if (!quotient && in->type.scale != a.scale + b.scale) return at__result(x, "scale a + scale b");
  if (!type__inherits(in->type, a, b, quotient)) return at__result(x, "the measure of the one measured operand");
  int places = in->type.scale + b.scale - a.scale; /* a·10^places / b must fit 128 bits before it is rounded */
  if (quotient && (places > ANS_MAX_QUOTIENT_PLACES || places < -ANS_MAX_QUOTIENT_PLACES)) return at__result(x, "a scale within 18 places of the operands'");
  if (quotient && in->c > ANS_ROUND_DOWN) return at__bad_index(x, "rounding mode", in->c);
  return ANS_OK;
}

/* a·b/d: one factor may have a measure; a measured divisor must equal it and takes it away. */
static ans_status at__mul_round(const at *x) {
  const ans_insn *in = x->in;
  const uint32_t *l = x->p->lists + in->a;
  if (in->b != 2 && in->b != 3) return at__fail(x, "E-VER-LIST", "two factors, or two factors and a divisor", NULL, NULL, NULL);
  for (uint32_t i = 0; i < in->b; i++) {
    CHECK(at__list_reg(x, l[i]));
    if (!ans_type_numeric(at__reg(x, l[i]))) return at__type(x, "list", at__reg(x, l[i]), "number");
  }
  if (!ans_type_numeric(in->type)) return at__result(x, "number");
  if (in->c > ANS_ROUND_DOWN) return at__bad_index(x, "rounding mode", in->c);
  ans_type a = at__reg(x, l[0]), b = at__reg(x, l[1]), one = {.tag = ANS_T_INT}, product = type__measured(a) ? a : b;
  ans_type d = in->b == 3 ? at__reg(x, l[2]) : one;
  if (type__measured(a) && type__measured(b)) return at__type(x, "b", b, "a number without a measure");
  if (!type__inherits(in->type, product, d, true) || (type__measured(d) && !type__measured(product))) return at__result(x, "the measure of the one measured operand");
  return ANS_OK;
}

static ans_status at__unit_of_measure(const at *x) {
  ans_type a = at__reg(x, x->in->a);
  if (!ans_type_numeric(a)) return at__type(x, "a", a, "number");
  return x->in->type.tag == a.tag && x->in->type.scale == a.scale ? ANS_OK : at__result(x, "the tag and scale of a");
}

static ans_status at__timeline_days(const at *x) {
  const ans_insn *in = x->in;
  const ans_fact *f = &x->p->facts[in->c];
  const uint32_t *l = x->p->lists + in->a;
  if (f->kind != ANS_FACT_TIMELINE || f->type.tag != ANS_T_BOOL) return at__bad_index(x, "timeline of truth values", in->c);
  if (in->b != 2 && in->b != 3) return at__fail(x, "E-VER-LIST", "first day, last day, perhaps a row", NULL, NULL, NULL);
  for (uint32_t i = 0; i < in->b; i++) CHECK(at__list_reg(x, l[i]));
  for (uint32_t i = 0; i < 2; i++) CHECK(at__is(x, "list", l[i], ANS_T_DATE, "date"));
  if (in->b == 3) CHECK(at__ref_to(x, "list", l[2], f->unit));
  else if (in->unit != f->unit) return at__fail(x, "E-VER-INSN-UNIT", x->p->units[in->unit].name, x->p->units[f->unit].name, NULL, NULL);
  return at__result_is(x, (ans_type){.tag = ANS_T_INT, .measure = ANS_M_DAYS});
}

static ans_status at__compare(const at *x) {
  const ans_insn *in = x->in;
  ans_type a = at__reg(x, in->a), b = at__reg(x, in->b);
  char text[ANS_TYPE_TEXT];
  if (ans_type_numeric(a)) return ans_type_numeric(b) && type__compatible(a, b) ? ANS_OK : at__type(x, "b", b, ans_type_format(x->p, a, text));
  if ((in->op == ANS_OP_LT || in->op == ANS_OP_LE) && !type__ordered(a)) return at__type(x, "a", a, "number, date or month");
  if (type__steers(a)) return at__type(x, "a", a, "a value that can be compared");
  return at__same(x, "b", in->b, a);
}

static ans_status at__text_is(const at *x) {
  return at__same(x, "a", x->in->a, x->p->facts[x->p->predicates[x->in->b].fact].type);
}

static ans_status at__list_has(const at *x) {
  ans_type list = at__reg(x, x->in->a);
  if (list.tag != ANS_T_LIST) return at__type(x, "a", list, "list");
  return at__same(x, "b", x->in->b, (ans_type){.tag = ANS_T_ENUM, .ref = list.ref});
}

static ans_status at__resolve(const at *x) {
  const ans_insn *in = x->in;
  const uint32_t *l = x->p->lists + in->a;
  if (in->b % 2 != 1) return at__fail(x, "E-VER-LIST", "default, then pairs (live, value)", NULL, NULL, NULL);
  for (uint32_t i = 0; i < in->b; i++) {
    CHECK(at__list_reg(x, l[i]));
    if (i % 2 == 1) CHECK(at__is(x, "live", l[i], ANS_T_BOOL, "bool"));
    else CHECK(at__same(x, "value", l[i], in->type));
  }
  return ANS_OK;
}

static ans_status at__fact(const at *x) {
  const ans_fact *f = &x->p->facts[x->in->a];
  if (f->kind != ANS_FACT_SCALAR) return at__bad_index(x, "scalar fact", x->in->a);
  if (f->unit != x->in->unit) return at__fail(x, "E-VER-INSN-UNIT", x->p->units[x->in->unit].name, x->p->units[f->unit].name, NULL, NULL);
  return at__result_is(x, f->type);
}

static ans_status at__constant(const at *x) {
  char n[24], t[ANS_TYPE_TEXT];
  int64_t value = x->p->consts[x->in->a];
  if (x->in->type.tag >= ANS_T_REF) return at__result(x, "a type that has constants");
  if (ans_type_holds(x->p, x->in->type, value)) return ANS_OK;
  return at__fail(x, "E-VER-VALUE", ans_itoa(n, value), ans_type_format(x->p, x->in->type, t), NULL, NULL);
}

static ans_status at__dates(const at *x) {
  const ans_insn *in = x->in;
  bool month = in->op == ANS_OP_MONTH_FIRST || in->op == ANS_OP_MONTH_LAST;
  CHECK(at__is(x, "a", in->a, month ? ANS_T_MONTH : ANS_T_DATE, month ? "month" : "date"));
  if (in->op == ANS_OP_YEARS_DONE || in->op == ANS_OP_ADD_MONTHS) {
    uint8_t own = in->op == ANS_OP_YEARS_DONE ? ANS_M_YEARS : ANS_M_MONTHS;
    ans_type b = at__reg(x, in->b);
    if (!type__whole(b) || b.per || (b.measure != own && b.measure != ANS_M_NONE)) return at__type(x, "b", b, own == ANS_M_YEARS ? "int years" : "int months");
  }
  if (in->op == ANS_OP_ADD_MONTHS) {
    if (in->c > ANS_CLIP_NEXT_DAY) return at__bad_index(x, "clip", in->c);
    return at__result_is(x, (ans_type){.tag = ANS_T_DATE});
  }
  return ANS_OK;
}

static ans_status at__period(const at *x) {
  const ans_insn *in = x->in;
  if (in->unit != 0) return at__fail(x, "E-VER-INSN-UNIT", x->p->units[in->unit].name, x->p->units[0].name, NULL, NULL);
  /* only months have a month number */
  if (in->a > 3 || (in->a == 0 && x->p->period_kind != ANS_PERIOD_MONTH)) return at__bad_index(x, "a", in->a);
  return at__result_is(x, (ans_type){.tag = in->a == 0 ? ANS_T_MONTH : ANS_T_DATE});
}

static ans_status at__gather(const at *x) {
  CHECK(at__is(x, "a", x->in->a, ANS_T_REF, "ref"));
  CHECK(at__unit(x, "b", x->in->b, at__reg(x, x->in->a).ref, false));
  return at__result_is(x, at__reg(x, x->in->b));
}

static ans_status at__self(const at *x) {
  if (x->in->unit == 0) return at__bad_index(x, "unit", 0);
  return at__result_is(x, (ans_type){.tag = ANS_T_REF, .ref = x->in->unit});
}

static ans_status at__seg_find(const at *x) {
  const ans_insn *in = x->in;
  CHECK(at__segments(x, in->b));
  CHECK(at__ref_to(x, "a", in->a, x->p->units[in->b].parent));
  CHECK(at__is(x, "c", in->c, ANS_T_DATE, "date"));
  return at__result_is(x, (ans_type){.tag = ANS_T_REF, .ref = in->b});
}

static ans_status at__logic(const at *x, bool two) {
  CHECK(at__is(x, "a", x->in->a, ANS_T_BOOL, "bool"));
  return two ? at__is(x, "b", x->in->b, ANS_T_BOOL, "bool") : ANS_OK;
}

/* S operations over one or two operands of the result's type. */
static ans_status at__same_type(const at *x, bool two, bool ordered) {
  ans_type a = at__reg(x, x->in->a);
  if (ordered && !type__ordered(a)) return at__type(x, "a", a, "number, date or month");
  CHECK(at__result_is(x, a));
  return two ? at__same(x, "b", x->in->b, a) : ANS_OK;
}

static ans_status at__select(const at *x) {
  CHECK(at__is(x, "a", x->in->a, ANS_T_BOOL, "bool"));
  CHECK(at__same(x, "b", x->in->b, x->in->type));
  return at__same(x, "c", x->in->c, x->in->type);
}

static ans_status at__rule(const at *x) {
  const ans_insn *in = x->in;
  if (type__steers(in->type) && in->op != ANS_OP_FACT && in->op != ANS_OP_TL_AT && in->op != ANS_OP_GATHER) return at__result(x, "a type that can be computed");
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST: return at__constant(x);
    case ANS_OP_PERIOD: return at__period(x);
    case ANS_OP_FACT: return at__fact(x);
    case ANS_OP_SELF: return at__self(x);
    case ANS_OP_SPLIT: return at__split(x);
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO: return at__segments(x, in->unit);
    case ANS_OP_SEG_FIND: return at__seg_find(x);
    case ANS_OP_GATHER: return at__gather(x);
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START: return at__timeline(x);
    case ANS_OP_PARAM: return at__param(x);
    case ANS_OP_AGG_COUNT: return at__aggregate(x, false);
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL: return at__aggregate(x, true);
    case ANS_OP_RANK: return at__rank(x);
    case ANS_OP_NOT:
    case ANS_OP_GUARD: return at__logic(x, false);
    case ANS_OP_AND:
    case ANS_OP_OR: return at__logic(x, true);
    case ANS_OP_ADD:
    case ANS_OP_SUB: return at__sum(x);
    case ANS_OP_MUL:
    case ANS_OP_DIVR: return at__product(x);
    case ANS_OP_NEG: return ans_type_numeric(at__reg(x, in->a)) ? at__same_type(x, false, true) : at__type(x, "a", at__reg(x, in->a), "number");
    case ANS_OP_MIN2:
    case ANS_OP_MAX2: return at__same_type(x, true, true);
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE: return at__compare(x);
    case ANS_OP_SELECT: return at__select(x);
    case ANS_OP_RESOLVE: return at__resolve(x);
    case ANS_OP_KNOWN:
    case ANS_OP_PRESENT:
    case ANS_OP_HUMAN: return ANS_OK;
    case ANS_OP_DEFAULT: return at__same_type(x, true, false);
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS:
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF: return at__dates(x);
    case ANS_OP_MULR: return at__mul_round(x);
    case ANS_OP_UNIT: return at__unit_of_measure(x);
    case ANS_OP_TL_DAYS: return at__timeline_days(x);
    case ANS_OP_HOLIDAY:
    case ANS_OP_WORKDAY:
      if (in->b >= ANS_JURISDICTION_COUNT) return at__bad_index(x, "jurisdiction", in->b);
      return at__is(x, "a", in->a, ANS_T_DATE, "date");
    case ANS_OP_TEXT_IS: return at__text_is(x);
    case ANS_OP_LIST_HAS: return at__list_has(x);
    case ANS_OP_LIST_COUNT:
      if (at__reg(x, in->a).tag != ANS_T_LIST) return at__type(x, "a", at__reg(x, in->a), "list");
      return at__result_is(x, (ans_type){.tag = ANS_T_INT});
    case ANS_OP_COUNT: break;
  }
  return ANS_OK;
}

ans_status verify__insns(verifier *v) {
  const ans_program *p = v->p;
  char n[24];
  for (uint32_t i = 0; i < p->insn_count; i++) {
    const ans_insn *in = &p->insns[i];
    at x = {v, p, in, i};
    if (in->op >= ANS_OP_COUNT) return at__fail(&x, "E-VER-OPCODE", ans_itoa(n, in->op), NULL, NULL, NULL);
    if (in->unit >= p->unit_count) return at__bad_index(&x, "unit", in->unit);
    /* The rows of a derived unit exist only after its SPLIT. */
    if (p->units[in->unit].parent != ANS_NONE && in->op != ANS_OP_SPLIT) CHECK(at__segments(&x, in->unit));
    CHECK(at__operands(&x));
    CHECK(at__result_kind(&x));
    CHECK(at__rule(&x));
  }
  return ANS_OK;
}
