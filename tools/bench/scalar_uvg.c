/* Unterhaltsvorschuss written by hand in scalar C from the statute: UhVorschG §§ 1, 2, 4, 9 Abs. 3, § 1612a Abs. 1 Satz 3 BGB, § 1 MinUhV, § 66 Abs. 1 and § 9a EStG; where the law leaves a choice, the
 * choices of the README of the rule package. Conditions are judged day by day with bit masks (days, scalar.h), because § 2 Abs. 1 Satz 3 knows parts of a month. All states are open or known.
 *
 * Never varied by the workload, and therefore not looked at here:
 *   Ausgezahlt           only for § 5 (overpayment), which the payment does not depend on
 *   not applicable       no timeline has "not applicable"; only the day of the application may be missing for good
 * Amounts are cents; additions and products are checked. Threads: none of its own, reads only. */
#include "laws.h"

const uvg_rates *uvg_need(int32_t month) {
  static const uvg_rates table[] = {
    {2026 * 12, {48600, 55800, 65300}}, {2025 * 12, {48200, 55400, 64900}}, {2024 * 12, {48000, 55100, 64500}}, {2023 * 12, {43700, 50200, 58800}}, {2022 * 12, {39600, 45500, 53300}},
    {2021 * 12, {39300, 45100, 52800}}, {2020 * 12, {36900, 42400, 49700}}, {2019 * 12, {35400, 40600, 47600}}, {2018 * 12, {34800, 39900, 46700}}, {2017 * 12, {34200, 39300, 46000}}};
  const uvg_rates *r = table;
  while (month < r->from) r++;
  return r;
}

int64_t uvg_child_benefit(int32_t month) {
  static const struct { int32_t from; int64_t cents; } table[] = {{2026 * 12, 25900}, {2025 * 12, 25500}, {2023 * 12, 25000}, {2021 * 12, 21900}, {2019 * 12 + 6, 20400}, {2018 * 12, 19400}, {2017 * 12, 19200}};
  unsigned k = 0;
  while (month < table[k].from) k++;
  return table[k].cents;
}

/* A twelfth of the allowance for employees (§ 9a Satz 1 Nr. 1 Buchst. a EStG), to the cent. */
int64_t uvg_allowance_twelfth(int32_t month) {
  const int64_t year = month >= 2023 * 12 ? 123000 : month >= 2022 * 12 ? 120000 : 100000;
  return div_half_up(year, 12);
}

typedef struct judged {
  const month_frame *m;
  const law_case *x;
  const law_person *child, *parent;
  bool birth_known;
  days stage[3];                     /* days in each stage of age; all open if the birthday is not known */
  days born, under_12, under_18;
  num rate[3];                       /* § 2 Abs. 1 and 2: need less child benefit */
  bool overflow;
} judged;

static days line_true(const judged *j, bench_run line) { return scalar_equals(j->m, line, 1); }
static days case_true(const judged *j, unsigned line) { return line_true(j, j->x->line[line]); }
static days at_least(const judged *j, bench_run line, int64_t v) { return scalar_above(j->m, line, v - 1); }

static void ages(judged *j, const bench_person *child) {
  const month_frame *m = j->m;
  j->birth_known = child->cell[BENCH_BIRTH].state == ANS_VALUE;
  if (!j->birth_known) return;
  const int32_t birth = child->cell[BENCH_BIRTH].value;
  const days six = scalar_from(m, scalar_birthday(birth, 6)), twelve = scalar_from(m, scalar_birthday(birth, 12)), eighteen = scalar_from(m, scalar_birthday(birth, 18));
  j->born = scalar_from(m, birth);
  j->under_12 = days_not(twelve);
  j->under_18 = days_not(eighteen);
  j->stage[0] = days_not(six);
  j->stage[1] = days_and(six, j->under_12);
  j->stage[2] = twelve;
}

/* § 2 Abs. 2: child benefit of this parent or of a third person, on any day the child lives. */
static void amounts(judged *j) {
  const bench_run line = j->x->line[LAW_BENEFIT];
  const truth own = days_any(j->m, days_and(j->born, scalar_equals(j->m, line, UVG_THIS_PARENT))), third = days_any(j->m, days_and(j->born, scalar_equals(j->m, line, UVG_THIRD)));
  const uvg_rates *r = uvg_need(j->m->month);
  const num less = num_pick(truth_or(own, third), num_of(uvg_child_benefit(j->m->month)), num_of(0));
  for (unsigned k = 0; k < 3; k++) {
    j->rate[k] = (num){0, less.known};
    if (less.known) j->overflow |= __builtin_sub_overflow(r->need[k], less.v, &j->rate[k].v);
  }
}

/* § 1 Abs. 1 Nr. 1, Abs. 1a. */
static days age_suffices(const judged *j) {
  days r = days_and(j->born, j->under_12);
  if (j->m->month < UVG_REFORM) return r;
  const days older = days_and(days_not(j->under_12), j->under_18), sgb2 = case_true(j, LAW_SGB2);
  r = days_or(r, days_and(older, days_not(sgb2)));
  r = days_or(r, days_and(older, days_and(sgb2, case_true(j, LAW_HELP_AVOIDED))));
  return days_or(r, days_and(older, at_least(j, j->x->line[LAW_PARENT_INCOME], UVG_MIN_PARENT_INCOME)));
}

/* § 1 Abs. 1 Nr. 2, Abs. 2. */
static days lives_alone(const judged *j) {
  const bench_run marital = j->parent->line[LAW_MARITAL];
  const days married = days_or(scalar_equals(j->m, marital, UVG_MARRIED), scalar_equals(j->m, marital, UVG_PARTNERED));
  const days apart = days_or(line_true(j, j->parent->line[LAW_LIVES_APART]), line_true(j, j->parent->line[LAW_PARTNER_AWAY]));
  return days_or(days_not(married), days_and(married, apart));
}

/* The days on which the amount of a timeline (with that of another, if there is one) reaches the rate of the day's stage. */
static days reaches_rate(judged *j, bench_run line, const bench_run *more) {
  days r = {0, 0};
  for (int32_t d = j->m->first; d <= j->m->last; d++) {
    const uint32_t bit = UINT32_C(1) << (d - j->m->first);
    const unsigned stage = j->stage[0].yes & bit ? 0 : j->stage[1].yes & bit ? 1 : 2;
    int64_t v = 0, w = 0;
    if (!j->birth_known || !j->rate[stage].known || !scalar_on_day(j->m, line, d, &v) || (more && !scalar_on_day(j->m, *more, d, &w))) continue;
    j->overflow |= __builtin_add_overflow(v, w, &v);
    if (v >= j->rate[stage].v) r.yes |= bit;
    else r.no |= bit;
  }
  return r;
}

/* The same for one timeline, by stages, without walking days. */
static days paid_enough(judged *j) {
  days r = {0, 0};
  for (unsigned k = 0; k < 3; k++) {
    if (!j->stage[k].yes || !j->rate[k].known) continue;
    const days reached = at_least(j, j->x->line[LAW_PAID], j->rate[k].v);
    r.yes |= reached.yes & j->stage[k].yes;
    r.no |= reached.no & j->stage[k].yes;
  }
  return r;
}

/* § 1 Abs. 1 Nr. 3: whether it is paid regularly matters only where the amount suffices. */
static days without_maintenance(judged *j) {
  const days died = case_true(j, LAW_OTHER_DIED), irregular = days_not(case_true(j, LAW_REGULAR));
  days r = days_and(days_not(died), days_or(days_not(paid_enough(j)), irregular));
  if (died.no != j->m->all) r = days_or(r, days_and(died, days_or(days_not(reaches_rate(j, j->x->line[LAW_ORPHAN], &j->x->line[LAW_PAID])), irregular)));
  return r;
}

/* § 1 Abs. 2a to 4; § 3 until June 2017; partial cover under SGB VIII (Abs. 4 Satz 2) is for a human. */
static days excluded(const judged *j) {
  const days title = days_or(days_or(line_true(j, j->child->line[LAW_FREE_MOVER]), line_true(j, j->child->line[LAW_PERMIT])),
                             days_or(line_true(j, j->parent->line[LAW_FREE_MOVER]), line_true(j, j->parent->line[LAW_PERMIT])));
  const bench_run sgb8 = j->x->line[LAW_SGB8];
  days r = days_not(title);
  r = days_or(r, case_true(j, LAW_TOGETHER));
  r = days_or(r, days_and(case_true(j, LAW_UNCOOPERATIVE), case_true(j, LAW_REFUSED)));
  r = days_or(r, case_true(j, LAW_ADVANCE));
  r = days_or(r, scalar_equals(j->m, sgb8, UVG_FULLY));
  r = days_or(r, days_and(scalar_equals(j->m, sgb8, UVG_PARTLY), (days){0, 0}));
  if (j->m->month < UVG_REFORM) r = days_or(r, at_least(j, j->x->line[LAW_MONTHS_SO_FAR], UVG_OLD_LIMIT_MONTHS));
  return r;
}

/* § 4: from the application on; from the first of its month if the conditions were met then; at most one month back. */
static days payable(const judged *j, days met) {
  const bench_cell asked = j->x->cell[LAW_ASKED];
  const month_frame *m = j->m;
  if (asked.state == ANS_NOT_APPLICABLE) return (days){0, m->all};
  if (asked.state != ANS_VALUE) return days_and((days){0, 0}, met);
  const days since = scalar_from(m, asked.value);
  const int32_t back = scalar_month_of(asked.value) - m->month;
  days r = days_and(since, met);
  const truth at_first = met.yes & 1 ? YES : met.no & 1 ? NO : OPEN;
  if (back == 0) r = days_or(r, days_and(days_always(m, at_first), met));
  if (back <= 1) r = days_or(r, days_and(days_and(days_not(since), met), days_always(m, cell_true(j->x->cell[LAW_EFFORTS]))));
  return r;
}

static num at_end(const judged *j, unsigned line) {
  num r = {0, false};
  r.known = scalar_on_day(j->m, j->x->line[line], j->m->last, &r.v);
  return r;
}
static truth true_at_end(const judged *j, unsigned line) { return scalar_true_on(j->m, j->x->line[line], j->m->last); }

/* § 2 Abs. 4: own income of a child that has left school, by half. */
static num own_income(judged *j) {
  if (j->m->month < UVG_REFORM) return num_of(0);
  const truth left = true_at_end(j, LAW_SCHOOL_ENDED);
  if (left == NO) return num_of(0);
  const num wage = at_end(j, LAW_WAGE), capital = at_end(j, LAW_CAPITAL), cost = num_pick(true_at_end(j, LAW_TRAINEE), num_of(UVG_TRAINING_COST), num_of(0));
  const int64_t free = uvg_allowance_twelfth(j->m->month);
  num labour = {0, wage.known};
  if (wage.known && wage.v > free) {
    labour = (num){cost.known ? wage.v - free - cost.v : 0, cost.known};
    if (labour.v < 0) labour.v = 0;
  }
  num half = {0, labour.known && capital.known};
  if (half.known) {
    j->overflow |= __builtin_add_overflow(labour.v, capital.v, &half.v);
    half.v /= 2;
  }
  return num_pick(left, half, num_of(0));
}

/* § 2 Abs. 1 Satz 3: by calendar days of the month, rounded up to the cent. */
static num share(judged *j, days pay, truth any) {
  const int64_t month_days = j->m->last - j->m->first + 1;
  int64_t sum = 0;
  if (any == NO) return num_of(0);
  for (unsigned k = 0; k < 3; k++) {
    const days d = days_and(pay, j->stage[k]);
    int64_t part;
    if ((d.yes | d.no) != j->m->all || !j->rate[k].known) return (num){0, false};
    j->overflow |= __builtin_mul_overflow(j->rate[k].v, (int64_t)__builtin_popcount(d.yes), &part) || __builtin_add_overflow(sum, part, &sum);
  }
  return num_pick(any, num_of((sum + month_days - 1) / month_days), num_of(0));
}

/* § 9 Abs. 3 Satz 2: up to whole euros, away from zero (a negative rest is below 5 euros in any case). */
static int64_t up_to_euro(int64_t cents) { return cents >= 0 ? (cents + 99) / 100 * 100 : -((-cents + 99) / 100 * 100); }

static void decide(judged *j, law_decision *out) {
  const days met = days_and(days_and(days_and(age_suffices(j), lives_alone(j)), days_and(without_maintenance(j), case_true(j, LAW_WITH_PARENT))), days_not(excluded(j)));
  const days pay = payable(j, met);
  const num paid = at_end(j, LAW_PAID), orphan = at_end(j, LAW_ORPHAN), own = own_income(j), full = share(j, pay, days_any(j->m, pay));
  num counted = {0, paid.known && orphan.known}, rest = {0, full.known && counted.known && own.known};
  if (counted.known) j->overflow |= __builtin_add_overflow(paid.v, orphan.v, &counted.v);
  days below = {0, 0};
  for (unsigned k = 0; k < 3 && counted.known; k++) {
    if (!j->rate[k].known) continue;
    *(counted.v < j->rate[k].v ? &below.yes : &below.no) |= j->stage[k].yes;
  }
  if (rest.known) {
    int64_t less;
    j->overflow |= __builtin_add_overflow(counted.v, own.v, &less) || __builtin_sub_overflow(full.v, less, &rest.v);
    rest.v = up_to_euro(rest.v);
    if (rest.v < UVG_SMALLEST) rest.v = 0; /* § 9 Abs. 3 Satz 3 */
  }
  const num amount = num_pick(days_any(j->m, days_and(pay, below)), rest, num_of(0));
  *out = (law_decision){.entitled = (uint8_t)num_above(amount, num_of(0)), .amount_known = amount.known, .amount_cents = amount.known ? amount.v : 0};
}

bool law_uvg_row(const law_population *w, const month_frame *m, uint32_t which, law_decision *out) {
  const law_case *x = &w->cases[which];
  judged j = {.m = m, .x = x, .child = &w->persons[x->child], .parent = &w->persons[x->parent]};
  ages(&j, &w->base->persons[x->child]);
  amounts(&j);
  decide(&j, out);
  return !j.overflow;
}

bool law_uvg(const law_population *w, int32_t month, law_decision *out) {
  const month_frame m = scalar_month(w->base, month);
  bool ok = true;
  for (uint32_t k = 0; ok && k < w->case_count; k++) ok = law_uvg_row(w, &m, k, &out[k]);
  return ok;
}
