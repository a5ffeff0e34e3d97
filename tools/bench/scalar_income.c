/* Income of a member of the household, written by hand from §§ 14 to 18 WoGG (and §§ 9a, 20 Abs. 9 EStG, § 28 SGB XII), as part of the scalar program for Wohngeld (scalar_wohngeld.c says what
 * the workload leaves out). Every kind of income is counted for itself and never below zero (§ 14 Abs. 1 Satz 4). Amounts are cents of a year; sums and products are checked. */
#include "laws.h"

enum { FREE_FOR_CARE = 654000, FREE_FROM_OTHERS = 48000, PENSION_ALLOWANCE = 10200, PER_CENT_30 = 30 };
/* Kinds of income that are summed for themselves: the eight of the tax law in their order, and three with an amount that is free. */
enum { KIND_FOR_CARE = WG_I_OTHER + 1, KIND_FROM_OTHERS, KIND_ALIMONY_CARE, KIND_COUNT };

num wg_add(wg_context *c, num a, num b) {
  num r = {0, a.known && b.known};
  if (r.known) c->overflow |= __builtin_add_overflow(a.v, b.v, &r.v);
  return r;
}

num wg_sub(wg_context *c, num a, num b) {
  num r = {0, a.known && b.known};
  if (r.known) c->overflow |= __builtin_sub_overflow(a.v, b.v, &r.v);
  return r;
}

static num not_below_zero(num a) { return num_max(a, num_of(0)); }
static int32_t one_off_months(int64_t year) { return year >= 2023 ? 12 : 36; }

/* The day months before another, clipped to the end of a shorter month (§ 15 Abs. 2 Satz 3). */
static int32_t months_before(int32_t day, int32_t months) {
  static const int32_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int32_t month = scalar_month_of(day), to = month - months, year = to / 12;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int32_t last = length[to % 12] + (to % 12 == 1 && leap), at = day - scalar_month((const bench_population *)0, month).first;
  return scalar_month((const bench_population *)0, to).first + (at < last ? at : last - 1);
}

/* § 15 Abs. 2: one-off income, spread over the months after it came in. */
static num one_off(wg_context *c, const law_income *x) {
  const num sum = num_cell(x->cell[LAW_SUM]), received = num_cell(x->cell[LAW_RECEIVED]);
  num r = {0, sum.known && received.known && c->begin.known && c->key_year.known && cell_present(x->cell[LAW_FOR_FROM]) == NO};
  const truth applied = cell_present(c->house->cell[LAW_APPLIED_ON]);
  truth late = OPEN;
  if (r.known) {
    const int64_t spread = one_off_months(c->key_year.v), from = scalar_month_of((int32_t)received.v) + 1;
    const int64_t low = from > c->begin.v ? from : c->begin.v, high = from + spread < c->begin.v + c->length ? from + spread : c->begin.v + c->length, inside = high > low ? high - low : 0;
    int64_t part;
    c->overflow |= __builtin_mul_overflow(sum.v, inside * 12, &part);
    r.v = c->overflow ? 0 : div_half_up(part, spread * c->length);
  }
  if (received.known && c->submitted.known && c->key_year.known) late = truth_of(received.v < months_before((int32_t)c->submitted.v, one_off_months(c->key_year.v)));
  return num_pick(truth_and(applied, late), num_of(0), r); /* received too long before the application: not counted */
}

/* § 15 Abs. 1 to 4: what of it falls into the year of the grant. */
static num attributed(wg_context *c, const law_income *x) {
  const bench_cell rhythm = x->cell[LAW_RHYTHM];
  const num sum = num_cell(x->cell[LAW_SUM]), received = num_cell(x->cell[LAW_RECEIVED]);
  if (rhythm.state != ANS_VALUE) return (num){0, false};
  if (rhythm.value == WG_CURRENT_INCOME) return sum;
  if (rhythm.value == WG_ONE_OFF) return one_off(c, x);
  truth inside = OPEN;
  if (received.known && c->begin.known) {
    const int32_t month = scalar_month_of((int32_t)received.v);
    inside = truth_of(month >= c->begin.v && month < c->begin.v + 12);
  }
  return num_pick(inside, sum, num_of(0));
}

/* § 14 Abs. 1 Satz 3, Abs. 2: receipts that count as such, whole or by half. 0: not at all, 1: whole, 2: half, 3: less expenses. */
static unsigned counts_as(int32_t source) {
  switch (source) {
    case WG_I_40A: return 3;
    case WG_I_EQUALISATION: case WG_I_ANTI_D: case WG_I_SGB8_KEEP: case WG_I_SGB8_RAISE: case WG_I_FOSTERING: case WG_I_STUDENT: case WG_I_FULBRIGHT: return 2;
    case WG_I_FOR_CARE: case WG_I_FROM_OTHERS: case WG_I_ALIMONY_CARE: case WG_I_TRANSFER_FREE: return 0;
    default: return source >= WG_I_37B && source <= WG_I_RENTAL_VALUE ? 1 : 0;
  }
}

static int32_t kind_of(int32_t source) {
  if (source <= WG_I_OTHER) return source;
  return source == WG_I_FOR_CARE ? KIND_FOR_CARE : source == WG_I_FROM_OTHERS ? KIND_FROM_OTHERS : source == WG_I_ALIMONY_CARE ? KIND_ALIMONY_CARE : KIND_COUNT;
}

typedef struct sums { num source[KIND_COUNT], costs[KIND_COUNT], receipts; } sums;

/* A receipt whose kind is not known could belong to any of them, unless it is nothing. */
static void collect_unknown(const wg_context *c, sums *s, num sum, num costs) {
  for (unsigned k = 0; k < KIND_COUNT; k++) {
    if (!sum.known || sum.v) s->source[k].known = false;
    if (!costs.known || costs.v) s->costs[k].known = false;
  }
  if (!sum.known || sum.v || !costs.known || c->month < 2025 * 12) s->receipts.known = false;
}

static void collect(wg_context *c, sums *s, const law_income *x) {
  const bench_cell source = x->cell[LAW_SOURCE];
  const num sum = attributed(c, x), costs = num_cell(x->cell[LAW_COSTS]);
  if (source.state != ANS_VALUE) {
    collect_unknown(c, s, sum, costs);
    return;
  }
  const int32_t kind = kind_of(source.value);
  if (kind < KIND_COUNT) {
    s->source[kind] = wg_add(c, s->source[kind], sum);
    s->costs[kind] = wg_add(c, s->costs[kind], costs);
  }
  const unsigned how = counts_as(source.value);
  num part = sum;
  if (source.value == WG_I_3_21 && c->month < 2025 * 12) part.known = false; /* whether Nr. 12 applied then is for a human */
  if (how == 2 && part.known) part.v = div_half_up(part.v, 2);
  if (how == 3) part = not_below_zero(wg_sub(c, sum, costs));
  if (how) s->receipts = wg_add(c, s->receipts, part);
}

static num less_costs(wg_context *c, const sums *s, unsigned source, num allowance) { return not_below_zero(wg_sub(c, s->source[source], num_max(s->costs[source], allowance))); }
static num above_free(wg_context *c, num sum, int64_t free) { return not_below_zero(wg_sub(c, sum, num_of(free))); }

/* §§ 14, 15: everything, before the deductions of § 16. */
static num gross(wg_context *c, const law_member *m) {
  const int64_t year = c->key_year.v;
  const bool known = c->key_year.known;
  const num worker = {year >= 2023 ? 123000 : year >= 2022 ? 120000 : 100000, known}, saver = {year >= 2023 ? 100000 : 80100, known}, pensioner = {PENSION_ALLOWANCE, known};
  sums s;
  for (unsigned k = 0; k < KIND_COUNT; k++) s.source[k] = s.costs[k] = num_of(0);
  s.receipts = num_of(0);
  for (uint32_t k = m[0].first_income; k < m[1].first_income; k++) collect(c, &s, &c->w->incomes[k]);
  num r = s.receipts;
  for (unsigned k = WG_I_FARM; k <= WG_I_SELF; k++) r = wg_add(c, r, not_below_zero(s.source[k]));
  r = wg_add(c, r, less_costs(c, &s, WG_I_WAGE, worker));
  r = wg_add(c, r, less_costs(c, &s, WG_I_PENSION, pensioner));
  r = wg_add(c, r, less_costs(c, &s, WG_I_OTHER, pensioner));
  r = wg_add(c, r, not_below_zero(wg_sub(c, s.source[WG_I_CAPITAL], saver)));
  r = wg_add(c, r, not_below_zero(wg_sub(c, num_min(s.source[WG_I_CAPITAL], saver), num_of(10000)))); /* Abs. 2 Nr. 15 */
  r = wg_add(c, r, not_below_zero(wg_sub(c, s.source[WG_I_LETTING], s.costs[WG_I_LETTING])));
  r = wg_add(c, r, above_free(c, s.source[KIND_FOR_CARE], FREE_FOR_CARE));
  r = wg_add(c, r, above_free(c, s.source[KIND_FROM_OTHERS], FREE_FROM_OTHERS));
  return wg_add(c, r, above_free(c, s.source[KIND_ALIMONY_CARE], FREE_FOR_CARE));
}

/* § 16: is a tenth deducted for this insurance? */
static truth tenth(bench_cell due, bench_cell free) {
  if (due.state != ANS_VALUE) return OPEN;
  if (due.value == WG_NO_DUE || due.value == WG_COMPULSORY) return truth_of(due.value == WG_COMPULSORY);
  return truth_not(cell_true(free));
}

num wg_income_of(wg_context *c, const law_member *m) {
  if (cell_true(m->cell[LAW_INCOME_COMPLETE]) != YES) return (num){0, false}; /* what is missing, a human finds out */
  const truth each[3] = {cell_true(m->cell[LAW_TAXES]), tenth(m->cell[LAW_HEALTH], m->cell[LAW_HEALTH_FREE]), tenth(m->cell[LAW_PENSION], m->cell[LAW_PENSION_FREE])};
  num income = gross(c, m);
  int64_t tenths = 0, part;
  for (unsigned k = 0; k < 3; k++) {
    if (each[k] == OPEN) return (num){0, false};
    tenths += each[k] == YES;
  }
  if (!income.known) return income;
  c->overflow |= __builtin_mul_overflow(income.v, tenths, &part);
  return wg_sub(c, income, num_of(div_half_up(part, 10)));
}

/* § 17a: 33 years of basic pension times; what was not reported counts as none (Abs. 3 Satz 3). */
static num basic_pension(wg_context *c, const law_member *m) {
  static const struct { int64_t year, cents; } need[] = {{2024, 56300}, {2023, 50200}, {2022, 44900}, {2021, 44600}, {2020, 43200}};
  const int64_t months = num_cell(m->cell[LAW_BASIC_MONTHS]).v + num_cell(m->cell[LAW_EQUAL_MONTHS]).v;
  const num old_age = num_cell(m->cell[LAW_OLD_AGE]);
  if (c->month < 2021 * 12 || months < 396) return num_of(0);
  if (!old_age.known || !c->key_year.known) return (num){0, false};
  unsigned k = 0;
  while (c->key_year.v < need[k].year) k++;
  int64_t above = old_age.v > 120000 ? old_age.v - 120000 : 0;
  c->overflow |= __builtin_mul_overflow(above, (int64_t)PER_CENT_30, &above);
  const int64_t free = (old_age.v < 120000 ? old_age.v : 120000) + div_half_up(above, 100), most = need[k].cents * 6;
  return num_of(free < most ? free : most);
}

num wg_allowances_of(wg_context *c, const law_member *m, truth young) {
  const bench_cell gdb = m->cell[LAW_DISABILITY];
  const truth severe = gdb.state != ANS_VALUE ? OPEN : gdb.value >= 100 ? YES : gdb.value >= 50 ? cell_true(m->cell[LAW_CARED_AT_HOME]) : NO;
  num r = num_pick(severe, num_of(180000), num_of(0));
  r = wg_add(c, r, num_pick(cell_true(m->cell[LAW_NS_VICTIM]), num_of(75000), num_of(0)));
  r = wg_add(c, r, num_pick(young, num_min(num_cell(m->cell[LAW_EARNINGS]), num_of(120000)), num_of(0)));
  return wg_add(c, r, basic_pension(c, m));
}

num wg_support_of(wg_context *c, const law_support *s) {
  const bench_cell kind = s->cell[LAW_SUPPORT];
  const num spent = num_cell(s->cell[LAW_SPENT]), most = {kind.value == 2 /* former spouse */ ? 600000 : 300000, kind.state == ANS_VALUE};
  (void)c;
  return num_pick(cell_present(s->cell[LAW_TITLED]), num_min(spent, num_cell(s->cell[LAW_TITLED])), num_min(spent, most));
}
