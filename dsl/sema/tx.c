/* Making typed nodes: grain and unit follow from the arguments; operands are brought to a common scale by an explicit, exact
 * multiplication with 1,00…0 (docs/semantics.md § 1: "brought to the larger scale first"). */
#include "sema/sema_private.h"
#include <string.h>
#include "num/period.h"

ans_tx *sema__tx(sema *s, const sema_scope *sc, ans_tx_kind kind, ans_type type, const ans_syn *syn, uint32_t n, ans_tx *const *args) {
  ans_tx *x = sema__alloc(s, 1, sizeof *x);
  ans_tx **arg = n ? sema__alloc(s, n, sizeof *arg) : NULL;
  if (!x || (n && !arg)) return NULL;
  uint8_t grain = ANS_GRAIN_UNIFORM;
  for (uint32_t i = 0; i < n; i++) {
    arg[i] = args[i];
    if (arg[i] && arg[i]->grain > grain) grain = arg[i]->grain;
  }
  x->kind = (uint16_t)kind;
  x->grain = grain;
  x->unit = grain == ANS_GRAIN_UNIFORM ? 0 : sc->unit;
  x->type = type;
  x->provision = ANS_NONE;
  x->count = n;
  x->arg = arg;
  x->syntax = syn;
  return x;
}

static const sema_scope tx__nowhere = {0, 0, NULL, false, NULL};

ans_tx *sema__const(sema *s, ans_type type, int64_t value, const ans_syn *syn) {
  ans_tx *x = sema__tx(s, &tx__nowhere, ANS_TX_CONST, type, syn, 0, NULL);
  if (x) x->value = value;
  return x;
}

ans_tx *sema__period(sema *s, uint32_t which, const ans_syn *syn) {
  ans_tx *x = sema__tx(s, &tx__nowhere, ANS_TX_PERIOD, sema__plain(which ? ANS_T_DATE : ANS_T_MONTH), syn, 0, NULL);
  if (x) x->index = which;
  return x;
}

/* Every month word has a word that is true of all periods; Monat itself is a number that only months have. */
void sema__period_word(sema *s, uint32_t token) {
  static const char *const words[][2] = {
      {"zu Beginn des Monats", "zu Beginn des Zeitraums"}, {"Beginn des Monats", "Beginn des Zeitraums"}, {"Ende des Monats", "Ende des Zeitraums"},
      {"an einem Tag des Monats", "an einem Tag des Zeitraums"}, {"an jedem Tag des Monats", "an jedem Tag des Zeitraums"},
      {"Tage des Monats mit", "Tage des Zeitraums mit"}, {"Monat", "Monat_von(Beginn des Zeitraums)"}};
  if (s->m->period_kind == ANS_PERIOD_MONTH) return;
  const ans_syn leaf = {.kind = ANS_SYN_KEYWORD, .first = token, .last = token};
  const char *word = sema__words(s, &leaf);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(word, words[i][0]) == 0)
      SEMA_ERR(s, PERIOD_WORD, &leaf, word, ans_period_kind_name(s->m->period_kind, false), words[i][1]);
}

bool sema__numeric(ans_type t) { return t.tag == ANS_T_INT || t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY; }

bool sema__ordered(ans_type t) { return sema__numeric(t) || t.tag == ANS_T_DATE || t.tag == ANS_T_MONTH; }

/* x with the tag and scale of `want`; the caller has checked that nothing is lost. */
ans_tx *sema__rescale(sema *s, const sema_scope *sc, ans_tx *x, ans_type want, const ans_syn *syn) {
  if (!x || (x->type.tag == want.tag && x->type.scale == want.scale)) return x;
  uint32_t places = (uint32_t)(want.scale - x->type.scale);
  int64_t factor = 1, value = 0;
  for (uint32_t i = 0; i < places; i++)
    if (__builtin_mul_overflow(factor, 10, &factor)) { SEMA_ERR(s, NUMBER_RANGE, syn, sema__words(s, syn)); return NULL; }
  ans_type type = x->type;
  type.tag = want.tag;
  type.scale = want.scale;
  if (x->kind == ANS_TX_CONST) {
    if (__builtin_mul_overflow(x->value, factor, &value)) { SEMA_ERR(s, NUMBER_RANGE, syn, sema__words(s, syn)); return NULL; }
    return sema__const(s, type, value, x->syntax);
  }
  ans_type one = {ANS_T_DECIMAL, (uint8_t)places, 0, 0, 0};
  ans_tx *args[2] = {x, sema__const(s, one, factor, NULL)};
  return args[1] ? sema__tx(s, sc, ANS_TX_MUL, type, x->syntax, 2, args) : NULL;
}

ans_tx *sema__coerce(sema *s, const sema_scope *sc, ans_tx *x, ans_type want, const ans_syn *syn) {
  if (!x || (sema__steers(want) && want.ref == ANS_NONE)) return NULL;
  ans_type t = x->type;
  bool tags = t.tag == want.tag || (t.tag == ANS_T_INT && want.tag == ANS_T_DECIMAL);
  if (!tags || t.measure != want.measure || t.per != want.per || t.ref != want.ref) {
    SEMA_ERR(s, EXPECTED_TYPE, syn, sema__type_name(s, want), sema__type_name(s, t));
    return NULL;
  }
  if (t.scale > want.scale) {
    SEMA_ERR(s, SCALE_LOSS, syn, sema__format(s, "%u", t.scale), sema__format(s, "%u", want.scale));
    return NULL;
  }
  return sema__rescale(s, sc, x, want, syn);
}

/* Brings both sides to one type or reports. False silences (an operand was erroneous already). */
bool sema__unify(sema *s, const sema_scope *sc, const ans_syn *at, const char *op, ans_tx **a, ans_tx **b) {
  if (!*a || !*b) return false;
  ans_type x = (*a)->type, y = (*b)->type;
  if (sema__not_for_steering(s, at, op, x, y)) return false;
  bool numbers = (x.tag == ANS_T_INT || x.tag == ANS_T_DECIMAL) && (y.tag == ANS_T_INT || y.tag == ANS_T_DECIMAL);
  if (!(numbers || x.tag == y.tag) || x.ref != y.ref) {
    SEMA_ERR(s, TYPE_MISMATCH, at, op, sema__type_name(s, x), sema__type_name(s, y));
    return false;
  }
  if (x.measure != y.measure || x.per != y.per) {
    SEMA_ERR(s, MEASURE_MISMATCH, at, op, sema__type_name(s, x), sema__type_name(s, y));
    return false;
  }
  ans_type want = x;
  if (numbers && y.tag == ANS_T_DECIMAL) want.tag = ANS_T_DECIMAL;
  if (y.scale > want.scale) want.scale = y.scale;
  *a = sema__rescale(s, sc, *a, want, at);
  *b = sema__rescale(s, sc, *b, want, at);
  return *a && *b;
}

static ans_tx *tx__undefined(sema *s, const ans_syn *n, const char *op, ans_type a, ans_type b) {
  if (sema__not_for_steering(s, n, op, a, b)) return NULL;
  SEMA_ERR(s, OPERATION, n, op, sema__type_name(s, a), sema__type_name(s, b));
  return NULL;
}

static bool tx__count(ans_type t, ans_measure measure) { return t.tag == ANS_T_INT && t.measure == measure && t.per == ANS_PER_NONE; }

/* + and -. Dates go with days, month numbers with months; everything else needs equal types. */
ans_tx *sema__arith(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, const char *op, ans_tx *a, ans_tx *b) {
  if (!a || !b) return NULL;
  ans_type x = a->type, y = b->type, type = x;
  bool minus = kind == ANS_TX_SUB, ok = false;
  if (x.tag == ANS_T_DATE || y.tag == ANS_T_DATE) {
    ans_type days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0}, other = x.tag == ANS_T_DATE ? y : x;
    if (other.tag == ANS_T_INT && (other.measure == ANS_M_MONTHS || other.measure == ANS_M_YEARS)) { SEMA_ERR0(s, DATE_PLUS_MONTHS, n); return NULL; }
    if (x.tag == y.tag) { ok = minus; type = days; }
    else { ok = tx__count(other, ANS_M_DAYS) && (x.tag == ANS_T_DATE || !minus); type = sema__plain(ANS_T_DATE); }
  } else if (x.tag == ANS_T_MONTH || y.tag == ANS_T_MONTH) {
    ans_type months = {ANS_T_INT, 0, ANS_M_MONTHS, 0, 0}, other = x.tag == ANS_T_MONTH ? y : x;
    if (x.tag == y.tag) { ok = minus; type = months; }
    else { ok = tx__count(other, ANS_M_MONTHS) && (x.tag == ANS_T_MONTH || !minus); type = sema__plain(ANS_T_MONTH); }
  } else if (sema__numeric(x) && sema__numeric(y)) {
    if (!sema__unify(s, sc, n, op, &a, &b)) return NULL;
    ok = true;
    type = a->type;
  }
  if (!ok) return tx__undefined(s, n, op, x, y);
  ans_tx *args[2] = {a, b};
  if (y.tag == ANS_T_DATE && x.tag != ANS_T_DATE) { args[0] = b; args[1] = a; } /* the date first, as the bytecode wants it */
  if (y.tag == ANS_T_MONTH && x.tag != ANS_T_MONTH) { args[0] = b; args[1] = a; }
  return sema__tx(s, sc, kind, type, n, 2, args);
}

ans_tx *sema__unit_of_measure(sema *s, const sema_scope *sc, ans_tx *x, uint8_t measure, uint8_t per, const ans_syn *syn) {
  if (!x || (x->type.measure == measure && x->type.per == per)) return x;
  ans_type type = x->type;
  type.measure = measure;
  type.per = per;
  if (x->kind == ANS_TX_CONST) return sema__const(s, type, x->value, x->syntax);
  return sema__tx(s, sc, ANS_TX_UNIT, type, syn, 1, &x);
}

/* 250 € je Monat · 3 Monate: the measure and the `per` it belongs to cancel each other. */
static bool tx__cancels(ans_type amount, ans_type count) {
  static const uint8_t measure_of[] = {ANS_M_NONE, ANS_M_DAYS, ANS_M_NONE, ANS_M_MONTHS, ANS_M_YEARS}; /* by ans_per */
  return amount.per && !amount.measure && !count.per && count.measure && measure_of[amount.per] == count.measure;
}

static void tx__cancel(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx **a, ans_tx **b) {
  if (!tx__cancels((*a)->type, (*b)->type) && !tx__cancels((*b)->type, (*a)->type)) return;
  *a = sema__unit_of_measure(s, sc, *a, ANS_M_NONE, ANS_PER_NONE, n);
  *b = sema__unit_of_measure(s, sc, *b, ANS_M_NONE, ANS_PER_NONE, n);
}

/* Type of the exact product; its scale is the sum of the scales. */
static bool tx__product(sema *s, const ans_syn *n, ans_type x, ans_type y, ans_type *type) {
  if (!sema__numeric(x) || !sema__numeric(y) || (x.tag == ANS_T_MONEY && y.tag == ANS_T_MONEY)) return tx__undefined(s, n, "*", x, y) != NULL;
  bool mx = x.measure || x.per, my = y.measure || y.per;
  if (mx && my) { SEMA_ERR(s, TWO_MEASURES, n, "*", sema__type_name(s, x), sema__type_name(s, y)); return false; }
  *type = my ? y : x;
  type->tag = x.tag == ANS_T_MONEY || y.tag == ANS_T_MONEY ? ANS_T_MONEY : x.tag == ANS_T_DECIMAL || y.tag == ANS_T_DECIMAL ? ANS_T_DECIMAL : ANS_T_INT;
  type->scale = (uint8_t)(x.scale + y.scale);
  return true;
}

ans_tx *sema__multiply(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *a, ans_tx *b) {
  enum { MAX_SCALE = 18 };
  if (!a || !b) return NULL;
  tx__cancel(s, sc, n, &a, &b);
  ans_type type;
  if (!a || !b || !tx__product(s, n, a->type, b->type, &type)) return NULL;
  if (type.scale > MAX_SCALE) { SEMA_ERR(s, SCALE_LOSS, n, sema__format(s, "%u", type.scale), sema__format(s, "%d", MAX_SCALE)); return NULL; }
  ans_tx *args[2] = {a, b};
  return sema__tx(s, sc, ANS_TX_MUL, type, n, 2, args);
}

/* Places of a rounding grain, or -1. Whole cents and euros belong to money; a number of places to every number. */
static int64_t tx__places(sema *s, const ans_syn *grain, bool money) {
  enum { MAX_PLACES = 12 };
  const char *word = sema__words(s, grain);
  int64_t places = -1;
  bool ten = word[0] == '1' && word[1] == '0' && word[2];
  if (word[0] == 'C' && word[1] == 'e') return money ? 2 : -1;
  if (word[0] == 'v') return money ? 0 : -1;
  if (ten) return money ? 1 : -1;
  if (word[0] >= '0' && word[0] <= '9') (void)sema__integer(s, sema__child(grain, 0) ? sema__child(grain, 0) : grain, &places);
  return places > MAX_PLACES ? -1 : places;
}

/* One operation, exact before it is rounded: div.round for a quotient (or a number alone), mul.round for a product, divided or not. */
static ans_tx *tx__rounded(sema *s, const sema_scope *sc, const ans_syn *call, ans_type type, ans_tx *a, ans_tx *factor, ans_tx *divisor, uint32_t mode) {
  int between = (int)type.scale - a->type.scale - (factor ? factor->type.scale : 0) + (divisor ? divisor->type.scale : 0);
  int most = factor ? 2 * ANS_MAX_QUOTIENT_PLACES : ANS_MAX_QUOTIENT_PLACES;
  if (between > most || between < -most) { SEMA_ERR(s, QUOTIENT_PLACES, call, sema__format(s, "%d", between), sema__format(s, "%d", most)); return NULL; }
  ans_tx *args[3] = {a, factor, divisor};
  uint32_t n = divisor ? 3 : 2;
  if (!factor) {
    args[1] = divisor ? divisor : sema__const(s, sema__plain(ANS_T_INT), 1, NULL);
    n = 2;
  }
  ans_tx *r = args[1] ? sema__tx(s, sc, factor ? ANS_TX_MULR : ANS_TX_DIVR, type, call, n, args) : NULL;
  if (r) r->index = mode;
  return r;
}

ans_tx *sema__round(sema *s, const sema_scope *sc, const ans_syn *call, ans_tx *a, ans_tx *factor, ans_tx *divisor, uint32_t mode, const ans_syn *grain) {
  if (!a) return NULL;
  if (factor) tx__cancel(s, sc, call, &a, &factor);
  if (!a) return NULL;
  ans_type x = a->type, y = divisor ? divisor->type : sema__plain(ANS_T_INT);
  if (factor && !tx__product(s, call, a->type, factor->type, &x)) return NULL;
  ans_type type = x;
  if (!sema__numeric(x) || !sema__numeric(y)) return tx__undefined(s, call, divisor ? "/" : "gerundet", x, y);
  bool mx = x.measure || x.per, my = y.measure || y.per, same = x.measure == y.measure && x.per == y.per;
  if (y.tag == ANS_T_MONEY && x.tag != ANS_T_MONEY) return tx__undefined(s, call, "/", x, y);
  if (my && !(mx && same)) { SEMA_ERR(s, TWO_MEASURES, call, "/", sema__type_name(s, x), sema__type_name(s, y)); return NULL; }
  if (my) type.measure = type.per = 0;
  if (y.tag == ANS_T_MONEY || type.tag == ANS_T_INT) type.tag = ANS_T_DECIMAL;
  bool money = type.tag == ANS_T_MONEY;
  int64_t places = tx__places(s, grain, money);
  if (places < 0) { SEMA_ERR(s, ROUNDING_GRAIN, grain, sema__type_name(s, type), sema__words(s, grain)); return NULL; }
  type.scale = (uint8_t)places;
  if (!money && !places) type.tag = ANS_T_INT;
  ans_tx *r = tx__rounded(s, sc, call, type, a, factor, divisor, mode);
  if (!r || !money || places >= 2) return r;
  type.scale = 2;
  return sema__rescale(s, sc, r, type, call);
}
