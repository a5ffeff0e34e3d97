/* Expressions: syntax → typed nodes. One function per construct; sema__expr chooses. NULL means "reported already".
 * Left-deep chains of und/oder are walked with a loop so that a long condition costs no stack; everything else counts its depth. */
#include "sema/sema_private.h"
#include <string.h>

static ans_tx *expr__bool(sema *s, const sema_scope *sc, ans_tx_kind kind, const ans_syn *n, ans_tx *a, ans_tx *b) {
  if (!a || (!b && kind != ANS_TX_NOT && kind != ANS_TX_KNOWN && kind != ANS_TX_PRESENT)) return NULL;
  ans_tx *args[2] = {a, b};
  return sema__tx(s, sc, kind, sema__plain(ANS_T_BOOL), n, b ? 2 : 1, args);
}

static ans_tx *expr__truth(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__expr(s, sc, n, NULL);
  return x ? sema__coerce(s, sc, x, sema__plain(ANS_T_BOOL), n) : NULL;
}

ans_tx *sema__condition(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__expr(s, sc, n, NULL);
  if (x && x->type.tag != ANS_T_BOOL) { SEMA_ERR(s, CONDITION_TYPE, n, sema__type_name(s, x->type)); return NULL; }
  return x;
}

/* a und b und c …: the spine is left-deep; operands are typed in source order. */
static ans_tx *expr__chain(sema *s, const sema_scope *sc, const ans_syn *n) {
  uint32_t count = 1;
  for (const ans_syn *p = n; p && p->kind == n->kind; p = sema__child(p, 0)) count++;
  if (count > SEMA_MAX_DEPTH) { SEMA_ERR(s, TOO_DEEP, n, sema__format(s, "%d", SEMA_MAX_DEPTH)); return NULL; }
  const ans_syn **operand = sema__alloc(s, count, sizeof *operand), **joint = sema__alloc(s, count, sizeof *joint);
  if (!operand || !joint) return NULL;
  uint32_t k = count - 1;
  const ans_syn *p = n;
  for (; k && p && p->kind == n->kind; p = sema__child(p, 0), k--) { operand[k] = sema__child(p, 1); joint[k] = p; }
  operand[0] = p;
  ans_tx *x = expr__truth(s, sc, operand[0]);
  bool ok = x != NULL;
  for (k = 1; k < count; k++) {
    ans_tx *y = expr__truth(s, sc, operand[k]);
    ok = ok && y;
    if (ok) x = expr__bool(s, sc, n->kind == ANS_SYN_AND ? ANS_TX_AND : ANS_TX_OR, joint[k], x, y);
  }
  return ok ? x : NULL;
}

/* Both sides of a comparison; an enumeration value standing alone takes the enumeration of the other side. */
static void expr__sides(sema *s, const sema_scope *sc, const ans_syn *l, const ans_syn *r, ans_tx **a, ans_tx **b) {
  if (!sema__path_known(s, sc, l) && sema__path_known(s, sc, r)) {
    *b = sema__expr(s, sc, r, NULL);
    *a = *b ? sema__expr(s, sc, l, &(*b)->type) : NULL;
  } else {
    *a = sema__expr(s, sc, l, NULL);
    *b = *a || sema__path_known(s, sc, r) ? sema__expr(s, sc, r, *a ? &(*a)->type : NULL) : NULL;
  }
}

static ans_tx *expr__compare(sema *s, const sema_scope *sc, const ans_syn *n) {
  static const struct { const char *op; ans_tx_kind kind; bool swap; } ops[] = {{"=", ANS_TX_EQ, false}, {"<>", ANS_TX_NE, false}, {"<", ANS_TX_LT, false},
      {"<=", ANS_TX_LE, false}, {">", ANS_TX_LT, true}, {">=", ANS_TX_LE, true}};
  const char *op = sema__text(s, sema__child(n, 0));
  ans_tx *a = NULL, *b = NULL;
  expr__sides(s, sc, sema__child(n, 1), sema__child(n, 2), &a, &b);
  if (!sema__unify(s, sc, n, op, &a, &b)) return NULL;
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    if (strcmp(ops[i].op, op) != 0) continue;
    bool order = ops[i].kind == ANS_TX_LT || ops[i].kind == ANS_TX_LE, ordered = a->type.tag != ANS_T_BOOL && a->type.tag != ANS_T_ENUM && a->type.tag != ANS_T_REF;
    if (order && !ordered) { SEMA_ERR(s, ORDER_TYPE, n, sema__type_name(s, a->type), op); return NULL; }
    return ops[i].swap ? expr__bool(s, sc, ops[i].kind, n, b, a) : expr__bool(s, sc, ops[i].kind, n, a, b);
  }
  return NULL;
}

static ans_tx *expr__in(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__expr(s, sc, sema__child(n, 0), NULL), *all = NULL;
  if (n->count > SEMA_MAX_DEPTH) { SEMA_ERR(s, TOO_DEEP, n, sema__format(s, "%d", SEMA_MAX_DEPTH)); return NULL; }
  bool ok = x != NULL;
  for (uint32_t i = 1; i < n->count; i++) {
    if (!x && !sema__path_known(s, sc, n->child[i])) continue;
    ans_tx *a = x, *b = sema__expr(s, sc, n->child[i], x ? &x->type : NULL);
    ok = sema__unify(s, sc, n->child[i], "in", &a, &b) && ok;
    if (!ok) continue;
    ans_tx *eq = expr__bool(s, sc, ANS_TX_EQ, n, a, b);
    all = all ? expr__bool(s, sc, ANS_TX_OR, n, all, eq) : eq;
  }
  return ok ? all : NULL;
}

/* The date of birth that an age is counted from: the date itself, or the fact Geburtsdatum of the row named. */
static ans_tx *expr__birth(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__expr(s, sc, n, NULL);
  if (!x || x->type.tag == ANS_T_DATE) return x;
  sema_symbol *y = x->type.tag == ANS_T_REF ? sema__find(s, SPACE_MEMBER, x->type.ref, "Geburtsdatum") : NULL;
  const ans_fact *f = y && y->kind == SYM_FACT ? VEC_AT(ans_fact, s->facts, y->index) : NULL;
  if (!f || f->kind != ANS_FACT_SCALAR || f->type.tag != ANS_T_DATE) { SEMA_ERR(s, AGE_OPERAND, n, sema__type_name(s, x->type)); return NULL; }
  y->used = true;
  ans_tx *row = x->kind == ANS_TX_SELF ? NULL : x;
  ans_tx *birth = sema__tx(s, sc, ANS_TX_FACT, f->type, n, 1, &row);
  if (!birth) return NULL;
  birth->index = y->index;
  if (birth->grain < ANS_GRAIN_ROW) birth->grain = ANS_GRAIN_ROW;
  birth->unit = sc->unit;
  return birth;
}

static ans_tx *expr__age(sema *s, const sema_scope *sc, const ans_syn *n) {
  const ans_syn *when = sema__child(n, 2);
  ans_tx *birth = expr__birth(s, sc, sema__child(n, 0)), *day = NULL;
  int64_t years = 0;
  bool ok = sema__integer(s, sema__child(n, 1), &years);
  if (!when) {
    day = sema__day(s, sc, n);
    if (!day && !sc->day) SEMA_ERR0(s, AGE_NO_TIME, n);
  } else if (when->kind == ANS_SYN_KEYWORD) {
    bool begin = sema__text(s, when)[0] == 'z';
    day = begin ? sema__period(s, 1, when) : sema__day(s, sc, when);
    if (!day && !begin && !sc->day) SEMA_ERR0(s, DAY_OUTSIDE, when);
  } else {
    day = sema__coerce(s, sc, sema__expr(s, sc, when, NULL), sema__plain(ANS_T_DATE), when);
  }
  if (!ok || !birth || !day) return NULL;
  ans_type years_type = {ANS_T_INT, 0, ANS_M_YEARS, 0, 0};
  ans_tx *args[2] = {birth, sema__const(s, years_type, years, sema__child(n, 1))};
  if (!args[1]) return NULL;
  ans_tx *done = sema__tx(s, sc, ANS_TX_YEARS_DONE, sema__plain(ANS_T_DATE), n, 2, args);
  ans_tx *le = expr__bool(s, sc, ANS_TX_LE, n, done, day);
  return n->flags & ANS_SYNF_NOT ? expr__bool(s, sc, ANS_TX_NOT, n, le, NULL) : le;
}

static ans_tx *expr__binary(sema *s, const sema_scope *sc, const ans_syn *n) {
  const char *op = sema__text(s, sema__child(n, 0));
  if (*op == '/') {
    SEMA_ERR0(s, NAKED_DIVISION, n);
    return NULL;
  }
  ans_tx *a = sema__expr(s, sc, sema__child(n, 1), NULL), *b = sema__expr(s, sc, sema__child(n, 2), NULL);
  if (*op == '*') return sema__multiply(s, sc, n, a, b);
  return sema__arith(s, sc, n, *op == '+' ? ANS_TX_ADD : ANS_TX_SUB, op, a, b);
}

static ans_tx *expr__negate(sema *s, const sema_scope *sc, const ans_syn *n) {
  const ans_syn *operand = sema__child(n, 0);
  int64_t v = 0;
  ans_type t;
  if (sema__is_literal(operand) && operand->kind != ANS_SYN_DATE && operand->kind != ANS_SYN_MONTH && operand->kind != ANS_SYN_TRUE && operand->kind != ANS_SYN_FALSE)
    return sema__literal(s, n, &v, &t) ? sema__const(s, t, v, n) : NULL;
  ans_tx *x = sema__expr(s, sc, operand, NULL);
  if (!x) return NULL;
  if (!sema__numeric(x->type)) { SEMA_ERR(s, EXPECTED_TYPE, operand, "Zahl", sema__type_name(s, x->type)); return NULL; }
  return sema__tx(s, sc, ANS_TX_NEG, x->type, n, 1, &x);
}

/* x zu Beginn des Monats, x am d: x is read with that day; a parameter directly before takes its law-time from it. */
static ans_tx *expr__at(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const ans_syn *operand = sema__child(n, 0), *when = sema__child(n, 1);
  ans_tx *day = n->kind == ANS_SYN_AT_BEGIN ? sema__period(s, 1, n) : sema__coerce(s, sc, sema__expr(s, sc, when, NULL), sema__plain(ANS_T_DATE), when);
  sema_symbol *param = sema__param_of(s, sc, operand);
  if (param) return day ? sema__param(s, sc, operand, param, day) : NULL;
  bool used = false;
  sema_scope sub = *sc;
  sub.day = day;
  sub.day_used = &used;
  sub.day_blocked = false;
  if (!day) return NULL;
  ans_tx *x = sema__expr(s, &sub, operand, hint);
  if (x && !used) SEMA_ERR(s, AT_NO_EFFECT, n, sema__words(s, operand));
  return x;
}

static ans_tx *expr__if(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const ans_syn *then = sema__child(n, 1), *other = sema__child(n, 2);
  ans_tx *args[3] = {sema__condition(s, sc, sema__child(n, 0)), NULL, NULL};
  if (hint) { args[1] = sema__expr(s, sc, then, hint); args[2] = sema__expr(s, sc, other, hint); }
  else expr__sides(s, sc, then, other, &args[1], &args[2]);
  if (!sema__unify(s, sc, n, "falls", &args[1], &args[2]) || !args[0]) return NULL;
  return sema__tx(s, sc, ANS_TX_SELECT, args[1]->type, n, 3, args);
}

static ans_tx *expr__default(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *args[2] = {NULL, NULL};
  expr__sides(s, sc, sema__child(n, 0), sema__child(n, 1), &args[0], &args[1]);
  if (!sema__unify(s, sc, n, "gilt als", &args[0], &args[1])) return NULL;
  return sema__tx(s, sc, ANS_TX_DEFAULT, args[0]->type, n, 2, args);
}

static ans_tx *expr__days(sema *s, const sema_scope *sc, const ans_syn *n) {
  sema_scope sub = *sc;
  ans_tx day = {.kind = ANS_TX_DAY, .grain = ANS_GRAIN_DAY, .unit = sc->unit, .type = sema__plain(ANS_T_DATE), .provision = ANS_NONE};
  sub.day = &day; /* copied by sema__day, because it has no syntax */
  sub.day_used = NULL;
  sub.day_blocked = false;
  const ans_syn *operand = sema__child(n, 0);
  ans_tx *x = n->kind == ANS_SYN_DAYS_COUNT ? sema__condition(s, &sub, operand) : expr__truth(s, &sub, operand);
  if (!x) return NULL;
  ans_type days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0};
  ans_tx_kind kind = n->kind == ANS_SYN_DAYS_ANY ? ANS_TX_DAYS_ANY : n->kind == ANS_SYN_DAYS_ALL ? ANS_TX_DAYS_ALL : ANS_TX_DAYS_COUNT;
  ans_tx *r = sema__tx(s, sc, kind, kind == ANS_TX_DAYS_COUNT ? days : sema__plain(ANS_T_BOOL), n, 1, &x);
  if (!r) return NULL;
  r->grain = ANS_GRAIN_ROW;
  r->unit = sc->unit;
  return r;
}

static ans_tx *expr__literal(sema *s, const ans_syn *n) {
  int64_t v = 0;
  ans_type t;
  return sema__literal(s, n, &v, &t) ? sema__const(s, t, v, n) : NULL;
}

static ans_tx *expr__not(sema *s, const sema_scope *sc, const ans_syn *n) {
  return expr__bool(s, sc, ANS_TX_NOT, n, expr__truth(s, sc, sema__child(n, 0)), NULL);
}

ans_tx *sema__expr(sema *s, const sema_scope *outer, const ans_syn *n, const ans_type *hint) {
  if (!n || s->oom) return NULL;
  sema_scope scope = *outer, *sc = &scope;
  if (++scope.depth > SEMA_MAX_DEPTH) { SEMA_ERR(s, TOO_DEEP, n, sema__format(s, "%d", SEMA_MAX_DEPTH)); return NULL; }
  switch ((ans_syn_kind)n->kind) {
    case ANS_SYN_AND: case ANS_SYN_OR: return expr__chain(s, sc, n);
    case ANS_SYN_NOT: return expr__not(s, sc, n);
    case ANS_SYN_COMPARE: return expr__compare(s, sc, n);
    case ANS_SYN_IN: return expr__in(s, sc, n);
    case ANS_SYN_GILT_ALS: return expr__default(s, sc, n);
    case ANS_SYN_AGE: return expr__age(s, sc, n);
    case ANS_SYN_BINARY: return expr__binary(s, sc, n);
    case ANS_SYN_NEGATE: return expr__negate(s, sc, n);
    case ANS_SYN_AT_BEGIN: case ANS_SYN_AT: return expr__at(s, sc, n, hint);
    case ANS_SYN_IF: return expr__if(s, sc, n, hint);
    case ANS_SYN_CALL: return sema__call(s, sc, n, hint);
    case ANS_SYN_DAYS_ANY: case ANS_SYN_DAYS_ALL: case ANS_SYN_DAYS_COUNT: return expr__days(s, sc, n);
    case ANS_SYN_AGGREGATE: return sema__aggregate(s, sc, n, hint);
    case ANS_SYN_HYPOTHESIS: return sema__hypothesis(s, sc, n);
    case ANS_SYN_PAREN: return sema__expr(s, sc, sema__child(n, 0), hint);
    case ANS_SYN_PATH: return sema__path(s, sc, n, hint);
    case ANS_SYN_PERIOD_MONTH: return sema__period(s, 0, n);
    case ANS_SYN_PERIOD_FIRST: return sema__period(s, 1, n);
    case ANS_SYN_PERIOD_LAST: return sema__period(s, 2, n);
    case ANS_SYN_PERIOD_DAY:
      if (!sc->day) SEMA_ERR0(s, DAY_OUTSIDE, n);
      return sema__day(s, sc, n);
    case ANS_SYN_INT: case ANS_SYN_DECIMAL: case ANS_SYN_MONEY: case ANS_SYN_PERCENT: case ANS_SYN_DATE: case ANS_SYN_MONTH: case ANS_SYN_TRUE: case ANS_SYN_FALSE:
      return expr__literal(s, n);
    case ANS_SYN_STRING: case ANS_SYN_KEYWORD: SEMA_ERR0(s, TEXT_VALUE, n); return NULL;
    case ANS_SYN_FILE: case ANS_SYN_ERROR: case ANS_SYN_PACKAGE: case ANS_SYN_NORM: case ANS_SYN_ENUM: case ANS_SYN_UNIT: case ANS_SYN_LIST: case ANS_SYN_MEMBER:
    case ANS_SYN_SOURCE: case ANS_SYN_TYPE: case ANS_SYN_SECTION: case ANS_SYN_CITATION: case ANS_SYN_CITEPART: case ANS_SYN_CITNUM: case ANS_SYN_RESULT:
    case ANS_SYN_PARAM: case ANS_SYN_PARAM_KEY: case ANS_SYN_PARAM_ROW: case ANS_SYN_PARAM_CELL: case ANS_SYN_PARAM_RANGE: case ANS_SYN_RULE: case ANS_SYN_EXCEPTION:
    case ANS_SYN_HUMAN: case ANS_SYN_VALIDITY: case ANS_SYN_BENEFIT: case ANS_SYN_BENEFIT_LINE: case ANS_SYN_BASECASE: case ANS_SYN_TESTCASE: case ANS_SYN_GIVEN:
    case ANS_SYN_ASSIGN: case ANS_SYN_ASSIGN_VALUE: case ANS_SYN_EXPECT: case ANS_SYN_IDENT: case ANS_SYN_NUMBER: case ANS_SYN_ASSUMPTION: case ANS_SYN_USE:
    case ANS_SYN_USE_ITEM: case ANS_SYN_COUNT: break;
  }
  return NULL;
}
