/* Operations on single cells, written line by line from docs/semantics.md (section numbers in the comments). Nothing here is clever on
 * purpose: this is the implementation that explains and that the vector VM is tested against. Pure functions of the trace. */
#include "base/int128.h"
#include "num/calendar.h"
#include "num/money.h"
#include "replay/internal.h"

/* The exact result if it fits 64 bits (section 1). */
static ans_scalar op__fit(ans_int128 v) {
  if (v < INT64_MIN || v > INT64_MAX) return replay__state(ANS_ERRONEOUS);
  return replay__value((int64_t)v);
}

/* A date or an error outside 0001-01-01 … 9999-12-31. */
static ans_scalar op__date(ans_int128 v) {
  if (v < ANS_DAY_MIN || v > ANS_DAY_MAX) return replay__state(ANS_ERRONEOUS);
  return replay__value((int64_t)v);
}

static ans_scalar op__date_if(bool ok, int64_t v) { return ok ? replay__value(v) : replay__state(ANS_ERRONEOUS); }

static ans_scalar op__sum(const ans_insn *in, ans_int128 a, ans_int128 b) {
  ans_int128 v = in->op == ANS_OP_ADD ? a + b : a - b;
  return in->type.tag == ANS_T_DATE ? op__date(v) : op__fit(v);
}

static ans_scalar op__month_day(const ans_insn *in, int64_t month) {
  if (month < 12 || month > 9999 * 12 + 11) return replay__state(ANS_ERRONEOUS);
  return replay__value(in->op == ANS_OP_MONTH_FIRST ? ans_month_first(month) : ans_month_last(month));
}

static ans_scalar op__year_of(int64_t day) {
  int y, m, d;
  ans_date_to_ymd(day, &y, &m, &d);
  return replay__value(y);
}

/* Section 4.1, deadlines. */
static ans_scalar op__calendar(const ans_insn *in, int64_t day) {
  bool holiday = false;
  int64_t next = 0;
  if (in->op == ANS_OP_WORKDAY) {
    bool ok = ans_date_workday(day, in->b, &next);
    return op__date_if(ok, next);
  }
  return ans_date_holiday(day, in->b, &holiday) ? replay__value(holiday) : replay__state(ANS_ERRONEOUS);
}

/* Section 2: one strict operand. */
static ans_scalar op__strict1(const ans_insn *in, ans_scalar a) {
  if (a.state != ANS_VALUE) return replay__state(a.state);
  switch ((int)in->op) {
    case ANS_OP_NEG: return op__fit(-(ans_int128)a.v);
    case ANS_OP_MONTH_OF: return replay__value(ans_date_month(a.v));
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST: return op__month_day(in, a.v);
    case ANS_OP_UNIT: return a;
    case ANS_OP_HOLIDAY:
    case ANS_OP_WORKDAY: return op__calendar(in, a.v);
    default: return op__year_of(a.v); /* YEAR_OF */
  }
}

/* Sections 1, 8: the exact quotient of the numbers behind the scaled integers, rounded once; only the rounded result must fit. */
static ans_scalar op__quotient(const ans_trace *t, const ans_insn *in, int64_t a, int64_t b) {
  ans_int128 over = a, under = b;
  int places = in->type.scale + t->p->insns[in->b].type.scale - t->p->insns[in->a].type.scale; /* at most 18 either way (verified) */
  for (; places > 0; places--) over *= 10;
  for (; places < 0; places++) under *= 10;
  int64_t v = 0;
  return ans_div_round(over, under, (int)in->c, &v) ? replay__value(v) : replay__state(ANS_ERRONEOUS);
}

/* Section 8: a product (perhaps divided) directly under a rounding is exact before it is rounded. */
static ans_scalar op__mul_round(const ans_trace *t, const ans_insn *in, uint32_t row) {
  const uint32_t *l = t->p->lists + in->a;
  int64_t x[3] = {1, 1, 1}, v = 0;
  int places = in->type.scale;
  uint8_t s = ANS_VALUE;
  for (uint32_t i = 0; i < in->b; i++) {
    ans_scalar operand = replay__cell(t, l[i], row);
    int scale = t->p->insns[l[i]].type.scale;
    s = replay__max(s, operand.state);
    x[i] = operand.v;
    places += i == 2 ? scale : -scale;
  }
  if (s != ANS_VALUE) return replay__state(s);
  return ans_mul_div_round(x[0], x[1], x[2], places, (int)in->c, &v) ? replay__value(v) : replay__state(ANS_ERRONEOUS);
}

/* Section 2: two strict operands. */
static ans_scalar op__strict2(const ans_trace *t, const ans_insn *in, ans_scalar a, ans_scalar b) {
  uint8_t s = replay__max(a.state, b.state);
  if (s != ANS_VALUE) return replay__state(s);
  int64_t v = 0;
  bool ok;
  switch ((int)in->op) {
    case ANS_OP_ADD:
    case ANS_OP_SUB: return op__sum(in, a.v, b.v);
    case ANS_OP_MUL: return op__fit((ans_int128)a.v * b.v);
    case ANS_OP_DIVR: return op__quotient(t, in, a.v, b.v);
    case ANS_OP_MIN2: return replay__value(a.v < b.v ? a.v : b.v);
    case ANS_OP_MAX2: return replay__value(a.v > b.v ? a.v : b.v);
    case ANS_OP_EQ: return replay__value(a.v == b.v);
    case ANS_OP_NE: return replay__value(a.v != b.v);
    case ANS_OP_LT: return replay__value(a.v < b.v);
    case ANS_OP_LE: return replay__value(a.v <= b.v);
    case ANS_OP_YEARS_DONE:
      ok = ans_date_birthday(a.v, b.v, &v);
      return op__date_if(ok, v);
    default: /* ADD_MONTHS */
      ok = ans_date_add_months(a.v, b.v, (int)in->c, &v);
      return op__date_if(ok, v);
  }
}

/* Section 1, texts: found when the facts were loaded; a match that reached a limit is an error. */
static ans_scalar op__text_is(const ans_trace *t, const ans_insn *in, ans_scalar a) {
  if (a.state != ANS_VALUE) return replay__state(a.state);
  const ans_text *text = &t->c->texts[a.v];
  const unsigned bit = t->p->predicates[in->b].bit;
  return text->failed >> bit & 1 ? replay__state(ANS_ERRONEOUS) : replay__value(text->holds >> bit & 1);
}

/* Section 1, lists. */
static ans_scalar op__list_has(ans_scalar list, ans_scalar value) {
  uint8_t s = replay__max(list.state, value.state);
  return s != ANS_VALUE ? replay__state(s) : replay__value(list.v >> value.v & 1);
}

static ans_scalar op__list_count(ans_scalar list) {
  int64_t n = 0;
  if (list.state != ANS_VALUE) return replay__state(list.state);
  for (int64_t rest = list.v; rest; rest >>= 1) n += rest & 1;
  return replay__value(n);
}

/* Section 2.1. What is decided by the first operand does not read the second. */
static ans_scalar op__logic(const ans_trace *t, const ans_insn *in, uint32_t row, int64_t deciding) {
  ans_scalar a = replay__cell(t, in->a, row);
  if (replay__is(a, deciding)) return a;
  ans_scalar b = replay__cell(t, in->b, row);
  if (replay__is(b, deciding)) return b;
  uint8_t s = replay__max(a.state, b.state);
  return s != ANS_VALUE ? replay__state(s) : replay__value(!deciding);
}
static ans_scalar op__not(ans_scalar a) { return a.state == ANS_VALUE ? replay__value(!a.v) : a; }

/* Section 2.4. A branch that was not chosen is not read. */
static ans_scalar op__select(const ans_trace *t, const ans_insn *in, uint32_t row) {
  ans_scalar g = replay__condition(replay__cell(t, in->a, row));
  if (g.state == ANS_VALUE) return replay__cell(t, g.v ? in->b : in->c, row);
  if (g.state >= ANS_ERRONEOUS) return g;
  ans_scalar a = replay__cell(t, in->b, row), b = replay__cell(t, in->c, row);
  return a.state == b.state && a.v == b.v ? a : g;
}

/* Section 2.3. */
static ans_scalar op__known(ans_scalar a) { return a.state <= ANS_NOT_APPLICABLE ? replay__value(1) : a.state <= ANS_HUMAN ? replay__value(0) : a; }
static ans_scalar op__present(ans_scalar a) { return a.state <= ANS_NOT_APPLICABLE ? replay__value(a.state == ANS_VALUE) : a; }

/* --- section 5: resolve ------------------------------------------------------------------------------------------------ */
/* Merging certain consequences (rule 3), fed one by one. */
typedef struct merger {
  uint32_t members;
  bool has_value, differ, truth, absorbs; /* absorbs: all are true, n/a, unknown or human */
  int64_t value;
  uint8_t state;
} merger;

static bool op__absorbed(ans_scalar v) { return v.state == ANS_VALUE ? v.v == 1 : v.state <= ANS_HUMAN; }

static void merger__add(merger *m, ans_scalar v) {
  m->members++;
  m->absorbs &= op__absorbed(v);
  m->state = replay__max(m->state, v.state);
  if (v.state != ANS_VALUE) return;
  if (m->has_value && m->value != v.v) m->differ = true;
  m->has_value = true;
  m->value = v.v;
}

static ans_scalar merger__result(const merger *m, bool truth_valued) {
  if (truth_valued && m->has_value && m->absorbs) return replay__value(1);
  if (m->differ) return replay__state(ANS_CONFLICT);
  return m->state != ANS_VALUE ? replay__state(m->state) : replay__value(m->value);
}

/* A consequence whose condition is false is not read, nor is the default once a rule is certain: neither can show. */
static ans_scalar op__resolve(const ans_trace *t, const ans_insn *in, uint32_t row) {
  const uint32_t *l = t->p->lists + in->a;
  bool truth = in->type.tag == ANS_T_BOOL;
  merger certain = {.absorbs = true};
  uint32_t possible = 0;
  uint8_t broken = 0, open = 0; /* rule 1; last sentence of rule 4 */
  bool possible_absorbed = true;
  for (uint32_t i = 1; i < in->b; i += 2) {
    ans_scalar live = replay__condition(replay__cell(t, l[i], row));
    if (live.state >= ANS_ERRONEOUS) broken = replay__max(broken, live.state);
    if (broken || replay__is(live, 0)) continue;
    ans_scalar v = replay__cell(t, l[i + 1], row);
    if (live.state == ANS_VALUE) {
      merger__add(&certain, v);
      continue;
    }
    possible++;
    possible_absorbed &= op__absorbed(v);
    open = replay__max(open, live.state);
    if (v.state == ANS_UNKNOWN || v.state == ANS_HUMAN) open = replay__max(open, v.state);
  }
  if (broken) return replay__state(broken);
  ans_scalar base = certain.members ? merger__result(&certain, truth) : replay__cell(t, l[0], row);
  if (!possible || (certain.members && base.state >= ANS_ERRONEOUS)) return base; /* end of rule 3 */
  if (!certain.members && (base.state == ANS_UNKNOWN || base.state == ANS_HUMAN)) open = replay__max(open, base.state); /* rule 2: the default is on the possible side */
  if (truth && certain.members && replay__is(base, 1) && possible_absorbed) return base;
  for (uint32_t i = 1; i < in->b; i += 2) {
    ans_scalar live = replay__condition(replay__cell(t, l[i], row));
    if (live.state == ANS_VALUE) continue;
    ans_scalar v = replay__cell(t, l[i + 1], row);
    if (v.state != base.state || v.v != base.v) return replay__state(open);
  }
  return base;
}

/* Section 4.4: the last day of a row among the rows known; a row without a written end ends before the next later block known. */
static int64_t op__row_end(const ans_trace *t, const ans_param *m, const ans_param_row *row) {
  int64_t end = ANS_OPEN_FUTURE;
  if (!row->open_end || t->law_known == ANS_DAY_MAX) return row->to_day;
  for (uint32_t i = 0; i < m->row_count; i++) {
    const ans_param_row *later = &t->p->param_rows[m->first_row + i];
    if (later->promulgated_day <= t->law_known && later->from_day > row->from_day && later->from_day - 1 < end) end = later->from_day - 1;
  }
  return end;
}

/* Section 4.4: of the rows known for the day and keys the one promulgated last. ANS_NONE: no row; *state is that of the operands. */
uint32_t replay__param_row(const ans_trace *t, const ans_insn *in, uint32_t row, uint8_t *state) {
  const uint32_t *l = t->p->lists + in->b;
  int64_t asked[1 + ANS_MAX_KEYS] = {0}; /* day, keys */
  uint8_t s = ANS_VALUE;
  for (uint32_t i = 0; i < in->c; i++) {
    ans_scalar v = replay__cell(t, l[i], row);
    s = replay__max(s, v.state);
    asked[i] = v.v;
  }
  *state = s;
  if (s != ANS_VALUE) return ANS_NONE;
  const ans_param *m = &t->p->params[in->a];
  uint32_t best = ANS_NONE;
  for (uint32_t i = m->first_row; i < m->first_row + m->row_count; i++) {
    const ans_param_row *r = &t->p->param_rows[i];
    if (r->from_day > asked[0]) break;
    if (r->promulgated_day > t->law_known || (best != ANS_NONE && r->promulgated_day <= t->p->param_rows[best].promulgated_day) || asked[0] > op__row_end(t, m, r)) continue;
    bool hit = true;
    for (uint32_t k = 0; k < m->key_count; k++) hit = hit && asked[k + 1] >= r->key_lo[k] && asked[k + 1] <= r->key_hi[k];
    if (hit) best = i;
  }
  return best;
}

static ans_scalar op__param(const ans_trace *t, const ans_insn *in, uint32_t row) {
  uint8_t s;
  uint32_t best = replay__param_row(t, in, row, &s);
  if (s != ANS_VALUE) return replay__state(s);
  return best == ANS_NONE ? replay__state(ANS_ERRONEOUS) : replay__value(t->p->param_rows[best].value);
}

/* Section 3: the reference's state, else the target's cell. */
static ans_scalar op__gather(const ans_trace *t, const ans_insn *in, uint32_t row) {
  ans_scalar ref = replay__cell(t, in->a, row);
  if (ref.state != ANS_VALUE) return replay__state(ref.state);
  return replay__cell(t, in->b, replay__row(t, t->p->insns[in->a].type.ref, ref.v));
}

static ans_scalar op__seg_find(const ans_trace *t, const ans_insn *in, uint32_t row) {
  ans_scalar ref = replay__cell(t, in->a, row), day = replay__cell(t, in->c, row);
  uint8_t s = replay__max(ref.state, day.state);
  if (s != ANS_VALUE) return replay__state(s);
  const replay_segments *g = replay__segments(t, in->b);
  uint32_t parent = replay__row(t, t->p->units[in->b].parent, ref.v);
  if (!g->offsets) return replay__state(ANS_ERRONEOUS); /* out of memory: ans_trace_check tells */
  for (uint32_t i = g->offsets[parent]; i < g->offsets[parent + 1]; i++)
    if (g->from[i] <= day.v && day.v <= g->to[i]) return replay__value(i);
  return replay__state(ANS_ERRONEOUS); /* a day outside the period has no segment */
}

static ans_scalar op__period(const ans_trace *t, uint32_t which) {
  return replay__value(which == 0 ? t->period : which == 1 ? t->first_day : which == 2 ? t->last_day : t->law_known);
}

ans_scalar replay__operation(const ans_trace *t, const ans_insn *in, uint32_t row) {
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST: return replay__value(t->p->consts[in->a]);
    case ANS_OP_PERIOD: return op__period(t, in->a);
    case ANS_OP_FACT: return ans_columns_get(t->c, in->a, t->first_row[in->unit] + row);
    case ANS_OP_SELF: return replay__value((int64_t)t->first_row[in->unit] + row);
    case ANS_OP_SPLIT: return replay__value((int64_t)t->first_row[t->p->units[in->unit].parent] + replay__segments(t, in->unit)->parent[row]);
    case ANS_OP_SEG_FROM: return replay__value(replay__segments(t, in->unit)->from[row]);
    case ANS_OP_SEG_TO: return replay__value(replay__segments(t, in->unit)->to[row]);
    case ANS_OP_SEG_FIND: return op__seg_find(t, in, row);
    case ANS_OP_GATHER: return op__gather(t, in, row);
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START: return replay__timeline(t, in, row);
    case ANS_OP_PARAM: return op__param(t, in, row);
    case ANS_OP_NOT: return op__not(replay__cell(t, in->a, row));
    case ANS_OP_AND: return op__logic(t, in, row, 0);
    case ANS_OP_OR: return op__logic(t, in, row, 1);
    case ANS_OP_NEG:
    case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST:
    case ANS_OP_MONTH_LAST:
    case ANS_OP_YEAR_OF:
    case ANS_OP_UNIT:
    case ANS_OP_HOLIDAY:
    case ANS_OP_WORKDAY: return op__strict1(in, replay__cell(t, in->a, row));
    case ANS_OP_MULR: return op__mul_round(t, in, row);
    case ANS_OP_TL_DAYS: return replay__timeline_days(t, in, row);
    case ANS_OP_ADD:
    case ANS_OP_SUB:
    case ANS_OP_MUL:
    case ANS_OP_MIN2:
    case ANS_OP_MAX2:
    case ANS_OP_DIVR:
    case ANS_OP_EQ:
    case ANS_OP_NE:
    case ANS_OP_LT:
    case ANS_OP_LE:
    case ANS_OP_YEARS_DONE:
    case ANS_OP_ADD_MONTHS: return op__strict2(t, in, replay__cell(t, in->a, row), replay__cell(t, in->b, row));
    case ANS_OP_TEXT_IS: return op__text_is(t, in, replay__cell(t, in->a, row));
    case ANS_OP_LIST_HAS: return op__list_has(replay__cell(t, in->a, row), replay__cell(t, in->b, row));
    case ANS_OP_LIST_COUNT: return op__list_count(replay__cell(t, in->a, row));
    case ANS_OP_SELECT: return op__select(t, in, row);
    case ANS_OP_RESOLVE: return op__resolve(t, in, row);
    case ANS_OP_GUARD: return replay__condition(replay__cell(t, in->a, row));
    case ANS_OP_KNOWN: return op__known(replay__cell(t, in->a, row));
    case ANS_OP_PRESENT: return op__present(replay__cell(t, in->a, row));
    case ANS_OP_DEFAULT: {
      ans_scalar a = replay__cell(t, in->a, row);
      return a.state == ANS_UNKNOWN ? replay__cell(t, in->b, row) : a;
    }
    case ANS_OP_HUMAN: return replay__state(ANS_HUMAN);
    case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL:
    case ANS_OP_RANK:
    case ANS_OP_COUNT: break; /* groups.c */
  }
  return replay__state(ANS_ERRONEOUS);
}
