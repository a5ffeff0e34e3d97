/* Types, their German names, and literals. Numbers are read digit by digit into scaled integers; nothing here rounds.
 * Source of the type rules: docs/semantics.md § 1, docs/language.md "type". */
#include "sema/sema_private.h"
#include "num/calendar.h"
#include "num/period.h"
#include <string.h>

static const char *const types__measures[] = {"", " Jahre", " Monate", " Tage", " Stunden"};
static const char *const types__pers[] = {"", " je Tag", " je Woche", " je Monat", " je Jahr"};

const char *sema__type_name(sema *s, ans_type t) {
  const char *measure = t.measure <= ANS_M_HOURS ? types__measures[t.measure] : "", *per = t.per <= ANS_PER_YEAR ? types__pers[t.per] : "";
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: return "Wahrheitswert";
    case ANS_T_INT: return sema__format(s, "Zahl%s%s", measure, per);
    case ANS_T_DECIMAL: return sema__format(s, "Dezimal(%u)%s%s", t.scale, measure, per);
    case ANS_T_MONEY: return t.scale == 2 ? sema__format(s, "Geld%s", per) : sema__format(s, "Geld%s mit %u Nachkommastellen", per, t.scale);
    case ANS_T_DATE: return "Datum";
    case ANS_T_MONTH: return "Monatszahl";
    case ANS_T_ENUM: return t.ref < s->enums.n ? VEC_AT(ans_enum, s->enums, t.ref)->name : "Auswahl";
    case ANS_T_REF: return sema__format(s, "Verweis auf %s", sema__unit_name(s, t.ref));
    case ANS_T_TEXT: return "Text";
    case ANS_T_LIST: return sema__format(s, "Liste von %s", t.ref < s->enums.n ? VEC_AT(ans_enum, s->enums, t.ref)->name : "Auswahl");
  }
  return "?";
}

bool sema__same_type(ans_type a, ans_type b) {
  return a.tag == b.tag && a.scale == b.scale && a.measure == b.measure && a.per == b.per && a.ref == b.ref;
}

static uint8_t types__measure(sema *s, const ans_syn *n) {
  const char *w = sema__text(s, n);
  return !n ? ANS_M_NONE : strncmp(w, "Jahr", 4) == 0 ? ANS_M_YEARS : strncmp(w, "Monat", 5) == 0 ? ANS_M_MONTHS : strncmp(w, "Tag", 3) == 0 ? ANS_M_DAYS : ANS_M_HOURS;
}

static uint8_t types__per(sema *s, const ans_syn *n) {
  if (!n) return ANS_PER_NONE;
  const char *w = sema__words(s, n);
  return strstr(w, "Tag") ? ANS_PER_DAY : strstr(w, "Woche") ? ANS_PER_WEEK : strstr(w, "Monat") ? ANS_PER_MONTH : ANS_PER_YEAR;
}

bool sema__type(sema *s, const ans_syn *n, ans_type *out) {
  static const struct { const char *name; ans_type_tag tag; uint8_t scale; } plain[] = {{"Wahrheitswert", ANS_T_BOOL, 0}, {"Zahl", ANS_T_INT, 0},
      {"Dezimal", ANS_T_DECIMAL, 0}, {"Geld", ANS_T_MONEY, 2}, {"Datum", ANS_T_DATE, 0}, {"Monatszahl", ANS_T_MONTH, 0}, {"Text", ANS_T_TEXT, 0}};
  static const char percentage[] = "Prozentsatz"; /* a decimal with hundredths of a percent: 18,60 % is 0,1860 */
  const ans_syn *head = sema__child(n, 0), *scale = sema__child(n, 1);
  if (!head) return false;
  if (sema__child(n, 4)) return sema__list_type(s, n, out);
  const char *name = sema__text(s, head);
  ans_type t = {0, 0, types__measure(s, sema__child(n, 2)), types__per(s, sema__child(n, 3)), 0};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (strcmp(plain[i].name, name) != 0) continue;
    t.tag = (uint8_t)plain[i].tag;
    t.scale = plain[i].scale;
    int64_t places = 0;
    if (t.tag == ANS_T_DECIMAL) {
      if (!scale || !sema__integer(s, scale, &places) || places > 12) {
        SEMA_ERR(s, DECIMAL_SCALE, scale ? scale : head, scale ? sema__words(s, scale) : "");
        return false;
      }
      t.scale = (uint8_t)places;
    }
    *out = t;
    return true;
  }
  sema_symbol *y = sema__find(s, SPACE_TYPE, 0, name);
  if (!y && strcmp(name, percentage) == 0) {
    *out = (ans_type){ANS_T_DECIMAL, 4, 0, 0, 0};
    return true;
  }
  if (!y) {
    SEMA_ERR(s, UNKNOWN_TYPE, head, name);
    static const char *const words[] = {"Wahrheitswert", "Zahl", "Dezimal", "Prozentsatz", "Geld", "Datum", "Monatszahl", "Text", "Liste von"};
    sema__suggest(s, head, name, &(sema_place){SPACE_TYPE, 0}, 1, words, sizeof words / sizeof *words);
    return false;
  }
  y->used = true;
  t.tag = y->kind == SYM_UNIT ? ANS_T_REF : ANS_T_ENUM;
  t.ref = y->index;
  *out = t;
  return true;
}

/* --- literals ------------------------------------------------------------------------------------------------------- */
/* Digits of the node's text as mantissa and number of decimal places; blanks group digits in money. */
static bool types__number(sema *s, const ans_syn *n, int64_t *mantissa, uint32_t *places) {
  const char *w = sema__words(s, n);
  int64_t v = 0;
  uint32_t digits = 0, frac = 0;
  bool comma = false;
  for (const char *p = w; *p; p++) {
    if (*p == ',') { comma = true; continue; }
    if (*p < '0' || *p > '9') continue;
    if (v || *p != '0') digits++;
    if (digits > 18) { SEMA_ERR(s, NUMBER_RANGE, n, w); return false; }
    v = v * 10 + (*p - '0');
    frac += comma;
  }
  if (frac > 12) { SEMA_ERR(s, NUMBER_RANGE, n, w); return false; }
  *mantissa = v;
  *places = frac;
  return true;
}

bool sema__integer(sema *s, const ans_syn *n, int64_t *value) {
  const char *p = sema__text(s, n);
  int64_t v = 0;
  int digits = 0;
  for (; *p >= '0' && *p <= '9'; p++) {
    if (++digits > 9) { SEMA_ERR(s, NUMBER_RANGE, n, sema__text(s, n)); return false; }
    v = v * 10 + (*p - '0');
  }
  *value = v;
  return digits > 0;
}

static bool types__groups(const char *w, int *out, int n) {
  int k = 0;
  for (; k < n && *w; k++) {
    int v = 0, digits = 0;
    while (*w >= '0' && *w <= '9' && digits < 5) { v = v * 10 + (*w++ - '0'); digits++; }
    if (!digits) return false;
    out[k] = v;
    if (*w == '.') w++;
  }
  return k == n && !*w;
}

bool sema__date(sema *s, const ans_syn *n, int32_t *day) {
  const char *w = sema__words(s, n);
  int g[3] = {0, 0, 0};
  if (!types__groups(w, g, 3) || !ans_date_valid_ymd(g[2], g[1], g[0])) { SEMA_ERR(s, SYN_DATE, n, w); return false; }
  *day = (int32_t)ans_date_from_ymd(g[2], g[1], g[0]);
  return true;
}

bool sema__month(sema *s, const ans_syn *n, int32_t *month) {
  const char *w = sema__words(s, n);
  int g[2] = {0, 0};
  if (!types__groups(w, g, 2) || !ans_date_valid_ymd(g[1], g[0], 1)) { SEMA_ERR(s, SYN_MONTH, n, w); return false; }
  *month = g[1] * 12 + g[0] - 1;
  return true;
}

/* Whether the form of n is the one in which the package's kind is written, and then its number. */
static bool types__period(sema *s, const ans_syn *n, uint32_t kind, int32_t *number) {
  const char *w = sema__words(s, n);
  int g[3] = {0, 0, 0};
  switch (kind) {
    case ANS_PERIOD_DAY:
      if (n->kind != ANS_SYN_DATE || !types__groups(w, g, 3) || !ans_date_valid_ymd(g[2], g[1], g[0])) return false;
      *number = (int32_t)ans_date_from_ymd(g[2], g[1], g[0]);
      return true;
    case ANS_PERIOD_MONTH:
      if (n->kind != ANS_SYN_MONTH || !types__groups(w, g, 2) || !ans_date_valid_ymd(g[1], g[0], 1)) return false;
      *number = g[1] * 12 + g[0] - 1;
      return true;
    case ANS_PERIOD_HALF_YEAR:
      if (n->kind != ANS_SYN_HALF_YEAR || !types__groups(sema__text(s, sema__child(n, 0)), &g[0], 1) || !types__groups(sema__text(s, sema__child(n, 1)), &g[1], 1)) return false;
      *number = g[1] * 2 + g[0] - 1;
      return g[0] >= 1 && g[0] <= 2 && ans_period_valid(kind, *number);
    default:
      if (n->kind != ANS_SYN_INT || !types__groups(w, g, 1)) return false;
      *number = g[0];
      return ans_period_valid(kind, *number);
  }
}

bool sema__period_number(sema *s, uint32_t kind, const ans_syn *n, int32_t *number) {
  static const char *const examples[ANS_PERIOD_KINDS] = {"06.2026", "15.06.2026", "1/2026", "2026"};
  if (!n) return false;
  if (types__period(s, n, kind, number)) return true;
  SEMA_ERR(s, PERIOD_FORM, n, sema__words(s, n), ans_period_kind_name(kind, false), examples[kind]);
  return false;
}

bool sema__interval(sema *s, const ans_syn *from, const ans_syn *to, int32_t *first, int32_t *last) {
  *first = ANS_OPEN_PAST;
  *last = ANS_OPEN_FUTURE;
  bool ok = !from || sema__date(s, from, first);
  ok = (!to || sema__date(s, to, last)) && ok; /* both are checked */
  if (ok && *last < *first) { SEMA_ERR0(s, VALIDITY_ORDER, to); return false; }
  return ok;
}

bool sema__is_literal(const ans_syn *n) {
  n = sema__strip(n);
  if (n && n->kind == ANS_SYN_NEGATE) n = sema__strip(sema__child(n, 0));
  if (!n) return false;
  return n->kind == ANS_SYN_INT || n->kind == ANS_SYN_DECIMAL || n->kind == ANS_SYN_MONEY || n->kind == ANS_SYN_PERCENT || n->kind == ANS_SYN_DATE ||
         n->kind == ANS_SYN_MONTH || n->kind == ANS_SYN_TRUE || n->kind == ANS_SYN_FALSE;
}

bool sema__literal(sema *s, const ans_syn *n, int64_t *value, ans_type *type) {
  n = sema__strip(n);
  if (!n) return false;
  if (n->kind == ANS_SYN_NEGATE) {
    if (!sema__literal(s, sema__child(n, 0), value, type)) return false;
    *value = -*value;
    return true;
  }
  uint32_t places = 0;
  int32_t day = 0;
  *type = sema__plain(ANS_T_BOOL);
  switch (n->kind) {
    case ANS_SYN_TRUE: *value = 1; return true;
    case ANS_SYN_FALSE: *value = 0; return true;
    case ANS_SYN_DATE:
    case ANS_SYN_MONTH:
      type->tag = n->kind == ANS_SYN_DATE ? ANS_T_DATE : ANS_T_MONTH;
      if (!(n->kind == ANS_SYN_DATE ? sema__date(s, n, &day) : sema__month(s, n, &day))) return false;
      *value = day;
      return true;
    case ANS_SYN_INT:
    case ANS_SYN_DECIMAL:
      if (!types__number(s, sema__child(n, 0), value, &places)) return false;
      *type = (ans_type){n->kind == ANS_SYN_INT ? ANS_T_INT : ANS_T_DECIMAL, (uint8_t)places, types__measure(s, sema__child(n, 1)), types__per(s, sema__child(n, 2)), 0};
      return true;
    case ANS_SYN_PERCENT:
      if (!types__number(s, sema__child(n, 0), value, &places)) return false;
      *type = (ans_type){ANS_T_DECIMAL, (uint8_t)(places + 2), 0, 0, 0};
      return true;
    case ANS_SYN_MONEY:
      if (!types__number(s, sema__child(n, 0), value, &places)) return false;
      if (places > 2 || *value > INT64_MAX / 100) { SEMA_ERR(s, NUMBER_RANGE, n, sema__words(s, n)); return false; }
      for (; places < 2; places++) *value *= 10;
      *type = (ans_type){ANS_T_MONEY, 2, 0, types__per(s, sema__child(n, 1)), 0};
      return true;
    default: return false;
  }
}

static bool types__enum_value(sema *s, const ans_syn *n, ans_type want, int64_t *value) {
  const ans_syn *id = n->kind == ANS_SYN_PATH ? sema__child(n, n->count ? n->count - 1 : 0) : n;
  const char *name = sema__text(s, id);
  sema_symbol *y = sema__find(s, SPACE_ENUM_VALUE, want.ref, name);
  if (!y) {
    SEMA_ERR(s, UNKNOWN_ENUM_VALUE, n, name, VEC_AT(ans_enum, s->enums, want.ref)->name);
    sema__suggest(s, n, name, &(sema_place){SPACE_ENUM_VALUE, want.ref}, 1, NULL, 0);
    return false;
  }
  *value = y->index;
  return true;
}

bool sema__value(sema *s, const ans_syn *n, ans_type want, int64_t *value) {
  n = sema__strip(n);
  if (!n) return false;
  if (n->kind == ANS_SYN_IDENT || n->kind == ANS_SYN_PATH) {
    if (want.tag == ANS_T_ENUM) return types__enum_value(s, n, want, value);
    SEMA_ERR(s, LITERAL_EXPECTED, n, sema__type_name(s, want));
    return false;
  }
  if (!sema__is_literal(n)) {
    SEMA_ERR(s, LITERAL_EXPECTED, n, sema__type_name(s, want));
    return false;
  }
  ans_type got;
  if (!sema__literal(s, n, value, &got)) return false;
  if (got.tag == ANS_T_INT && want.tag == ANS_T_DECIMAL) got.tag = ANS_T_DECIMAL;
  if (got.tag != want.tag || got.measure != want.measure || got.per != want.per || got.ref != want.ref) {
    SEMA_ERR(s, EXPECTED_TYPE, n, sema__type_name(s, want), sema__type_name(s, got));
    return false;
  }
  if (got.scale > want.scale) {
    SEMA_ERR(s, SCALE_LOSS, n, sema__format(s, "%u", got.scale), sema__format(s, "%u", want.scale));
    return false;
  }
  for (; got.scale < want.scale; got.scale++)
    if (__builtin_mul_overflow(*value, 10, value)) { SEMA_ERR(s, NUMBER_RANGE, n, sema__words(s, n)); return false; }
  return true;
}
