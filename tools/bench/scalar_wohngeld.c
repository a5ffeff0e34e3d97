/* Wohngeld written by hand in scalar C from the statute: WoGG §§ 3 to 8, 9 to 12, 13 to 21, 22, 25, 28, 41 to 45 with Anlage 1 to 3, §§ 1, 6 WoGV with its Anlage for Thuringia; where the law leaves a choice,
 * the choices of the README of the rule package. Income of a member: scalar_income.c; amounts of the law: wohngeld_law.c. All states are open or known; what a human decides is open.
 *
 * Never varied by the workload, and therefore not looked at here:
 *   Kürzung               no shared, sublet or commercially used part, nothing covered by others (§ 11 Abs. 2 subtracts nothing)
 *   Beginntatbestand      no circumstance of § 25 Abs. 2 Satz 2, Abs. 3 to 5
 *   Änderung              no comparison of two households (§ 27); it does not change what is paid for one
 *   Verwendung_zweifelhaft not stated, which counts as no (§ 28 Abs. 2)
 *   Zurechnung_von        one-off income is never for a stated period (§ 15 Abs. 2 Satz 1)
 *   Vermögen, Überzahlt, Rücknahme_am, Entwurf_2027   no effect on the amount of the law in force
 *   Mietwert, Belastung   stated only for the kind of housing they belong to
 *   more than 12 members  § 19 Abs. 3 is not reached (the program refuses such a household)
 *   not applicable        only dates that may be missing for good, the amount of a part of the rent, a maintenance title
 * Fixed point: a, b, c have 8 decimals, M and Y 2, z1 to z4 10, cut off after each step (choice 1). Products are 128 bits wide where 64 might not do. */
#include "base/int128.h"
#include "wohngeld_law.h"

typedef struct judged {
  truth member, alive, excluding, excluded, counted, counted_dead, child, student, began_later, newly_excluded;
  num excluded_from;                 /* first month */
} judged;

typedef struct household {
  wg_context c;
  const law_member *members;
  uint32_t count;
  judged j[LAW_MAX_MEMBERS];
  int32_t in_force;                  /* month of the last change of the law */
  num persons, all;                  /* § 4, § 11 Abs. 3 */
  truth in_period, runs_over, decided_before;
  bool law_day_known;
  num income;                        /* of the year (§ 13) */
} household;

/* --- §§ 3, 5, 6: who counts ----------------------------------------------------------------------------------------------------------------------------------------------- */
static truth settled(const law_population *w, uint32_t person) {
  const bench_cell *x = w->persons[person].cell;
  const truth foreigner = cell_true(x[LAW_FOREIGNER]);
  const truth right = truth_or(truth_not(foreigner), truth_and(cell_true(x[LAW_IN_COUNTRY]), truth_not(cell_equals(x[LAW_GROUND], WG_GROUND_NONE))));
  const truth against = truth_or(truth_and(foreigner, cell_true(x[LAW_EXEMPT])), truth_and(truth_and(foreigner, cell_true(x[LAW_TITLE_3])), OPEN));
  return truth_and(right, truth_not(against));
}

static truth less_than_a_third(const law_member *m) {
  const truth cared = truth_and(truth_or(cell_true(m->cell[LAW_IS_CHILD]), cell_equals(m->cell[LAW_RELATION], WG_FOSTER_CHILD)), truth_not(cell_true(m->cell[LAW_CENTRE])));
  return truth_and(cared, cell_equals(m->cell[LAW_CUSTODY], WG_LESS));
}

/* § 5 Abs. 4 Satz 3: of two or more children cared for less than a third, the youngest; of twins the one named first. */
static truth youngest_of_few(const household *h, uint32_t who) {
  const bench_cell own = h->c.w->base->persons[h->members[who].person].cell[BENCH_BIRTH];
  truth first = own.state == ANS_VALUE ? YES : OPEN, many;
  uint32_t sure = 0;
  bool open = false;
  for (uint32_t k = 0; k < h->count; k++) {
    const truth f = less_than_a_third(&h->members[k]);
    const bench_cell birth = h->c.w->base->persons[h->members[k].person].cell[BENCH_BIRTH];
    sure += f == YES;
    open = open || f == OPEN;
    if (k == who || f == NO || first == OPEN) continue;
    if (birth.state != ANS_VALUE) first = OPEN;
    else if (birth.value > own.value || (birth.value == own.value && k < who)) first = f == OPEN ? OPEN : NO;
  }
  /* an open rank beside a certain earlier one is open all the same: the rank is one number */
  many = open ? OPEN : truth_of(sure >= 2);
  return truth_and(many, first);
}

/* § 5. */
static truth belongs(const household *h, uint32_t who, truth is_settled) {
  const law_member *m = &h->members[who];
  const bench_cell relation = m->cell[LAW_RELATION];
  const truth centre = cell_true(m->cell[LAW_CENTRE]), presumed = truth_and(cell_true(m->cell[LAW_PRESUMED]), truth_not(cell_true(m->cell[LAW_DISPUTED])));
  truth r = NO;
  if (relation.state != ANS_VALUE) r = truth_and(OPEN, centre);
  else if (relation.value == WG_RECIPIENT) r = centre;
  else if (relation.value == WG_SPOUSE || relation.value == WG_CIVIL_PARTNER) r = truth_and(truth_and(centre, truth_not(cell_true(m->cell[LAW_SEPARATED]))), is_settled);
  else if (relation.value == WG_PARTNER) r = truth_and(centre, truth_or(presumed, truth_and(truth_and(truth_not(presumed), cell_true(m->cell[LAW_WILL])), is_settled)));
  else if (relation.value != WG_NO_RELATION) r = truth_and(centre, is_settled);
  const truth cared = truth_and(truth_or(cell_true(m->cell[LAW_IS_CHILD]), cell_equals(relation, WG_FOSTER_CHILD)), truth_not(centre));
  if (cared == NO) return r;
  r = truth_or(r, truth_and(cared, cell_equals(m->cell[LAW_CUSTODY], WG_EQUAL)));
  r = truth_or(r, truth_and(cared, cell_equals(m->cell[LAW_CUSTODY], WG_A_THIRD)));
  const truth few = truth_and(cared, cell_equals(m->cell[LAW_CUSTODY], WG_LESS));
  return few == NO ? r : truth_or(r, few == OPEN ? OPEN : youngest_of_few(h, who));
}

/* --- §§ 7, 8: excluded because another benefit covers the rent ------------------------------------------------------------------------------------------------------------- */
static truth benefit_excludes(const law_member *m) {
  const bench_cell t = m->cell[LAW_TRANSFER], with = m->cell[LAW_COUNTED_WITH];
  const truth costs = cell_true(m->cell[LAW_COSTS_COUNTED]), loan = cell_true(m->cell[LAW_LOAN]);
  const truth rather = truth_and(truth_or(cell_true(m->cell[LAW_NOT_YET]), cell_true(m->cell[LAW_SUBSIDIARY])), cell_true(m->cell[LAW_AVOIDABLE]));
  truth own;
  if (t.state != ANS_VALUE) {
    own = costs == NO || loan == YES ? NO : OPEN;
  } else {
    own = t.value == WG_T_NONE || t.value == WG_T_TRANSITION ? NO : t.value == WG_T_SGB8 ? truth_and(costs, cell_true(m->cell[LAW_ONLY_RECIPIENTS])) : costs;
    own = truth_and(own, truth_not(truth_or(loan, t.value == WG_T_ASYLUM || t.value == WG_T_SGB8 ? NO : rather)));
  }
  truth other = truth_and(cell_equals(t, WG_T_NONE), truth_not(cell_equals(with, WG_WITH_NONE)));
  other = truth_and(other, truth_not(truth_or(loan, truth_and(truth_not(cell_equals(with, WG_WITH_ASYLUM)), rather))));
  return truth_or(own, other);
}

/* The month of a day, or the next one if it is not the first (§ 8 Abs. 1 Satz 2). Never, if there is no such day. */
static num month_from(bench_cell day) {
  if (day.state == ANS_NOT_APPLICABLE) return num_of(WG_NEVER);
  if (day.state != ANS_VALUE) return (num){0, false};
  const int32_t month = scalar_month_of(day.value);
  return num_of(month + (scalar_month((const bench_population *)0, month).first != day.value));
}

static num last_month(const law_member *m) {
  const bench_cell to = m->cell[LAW_PAID_TO];
  num until = {0, to.state == ANS_VALUE};
  if (until.known) {
    const int32_t month = scalar_month_of(to.value);
    until.v = month - (scalar_month((const bench_population *)0, month).last != to.value);
  }
  return num_pick(truth_and(cell_present(m->cell[LAW_PAID_FROM]), cell_present(to)), until, num_of(WG_NEVER));
}

static truth not_above(num a, num b) { return truth_not(num_above(a, b)); }

static void exclude(const household *h, const law_member *m, judged *j) {
  const bench_cell t = m->cell[LAW_TRANSFER], waived = m->cell[LAW_WAIVED];
  const num now = num_of(h->c.month);
  const truth no_longer = truth_or(truth_not(cell_equals(m->cell[LAW_LAPSED], 0)), waived.state == ANS_VALUE ? truth_of(waived.value <= h->c.first) : cell_present(waived));
  j->excluding = benefit_excludes(m);
  j->excluded_from = num_min(month_from(m->cell[LAW_ASKED_FROM]), month_from(m->cell[LAW_PAID_FROM]));
  j->excluded = truth_and(truth_and(j->excluding, not_above(j->excluded_from, now)), truth_and(not_above(now, last_month(m)), truth_not(no_longer)));
  if (t.state != ANS_VALUE || t.value == WG_T_TRANSITION) j->excluded = OPEN; /* until when transition pay excluded is for a human */
}

static void judge(household *h, uint32_t who) {
  const law_member *m = &h->members[who];
  const bench_person *p = &h->c.w->base->persons[m->person];
  const bench_cell death = p->cell[BENCH_DEATH], since = m->cell[LAW_AID_SINCE], decided = h->c.house->cell[LAW_DECIDED];
  judged *j = &h->j[who];
  j->alive = death.state == ANS_VALUE ? truth_of(death.value >= h->c.first) : truth_not(cell_present(death));
  j->member = belongs(h, who, settled(h->c.w, m->person));
  j->child = cell_true(m->cell[LAW_IS_CHILD]);
  exclude(h, m, j);
  j->counted = truth_and(truth_and(j->member, j->alive), truth_not(j->excluded));
  const truth recent = death.state == ANS_VALUE ? truth_of(h->c.month - scalar_month_of(death.value) <= 12) : cell_present(death);
  j->counted_dead = truth_and(truth_and(recent, truth_not(j->alive)), truth_and(truth_and(j->member, truth_not(j->excluded)), truth_not(cell_true(m->cell[LAW_AFTER_DEATH]))));
  j->student = truth_and(truth_not(cell_equals(m->cell[LAW_AID], 0)), truth_not(cell_true(m->cell[LAW_AID_LOAN])));
  j->began_later = truth_and(cell_present(decided), since.state == ANS_VALUE && decided.state == ANS_VALUE ? truth_of(since.value > decided.value) : OPEN);
  j->began_later = truth_and(j->began_later, since.state == ANS_VALUE ? not_above(h->c.begin, num_of(scalar_month_of(since.value))) : OPEN);
  j->newly_excluded = truth_and(truth_and(j->member, j->excluding), truth_and(num_above(j->excluded_from, h->c.begin), not_above(j->excluded_from, num_of(h->c.month))));
}

typedef enum who { COUNTED, EVERYBODY, ADULTS, COUNTED_ADULTS } who;
static num count(const household *h, who of) {
  int64_t n = 0;
  for (uint32_t k = 0; k < h->count; k++) {
    const judged *j = &h->j[k];
    const truth here = truth_and(j->member, j->alive);
    const truth x = of == COUNTED ? truth_or(j->counted, j->counted_dead) : of == EVERYBODY ? truth_or(here, j->counted_dead) : truth_and(of == ADULTS ? here : j->counted, truth_not(j->child));
    if (x == OPEN) return (num){0, false};
    n += x == YES;
  }
  return num_of(n);
}

static truth is(num a, int64_t v) { return a.known ? truth_of(a.v == v) : OPEN; }
static truth exists(const household *h, truth (*test)(const judged *)) {
  truth r = NO;
  for (uint32_t k = 0; k < h->count; k++) r = truth_or(r, test(&h->j[k]));
  return r;
}
static truth newly_excluded(const judged *j) { return j->newly_excluded; }
static truth studies_since(const judged *j) { return truth_and(truth_and(j->member, j->student), j->began_later); }
static truth no_student(const judged *j) { return truth_and(truth_and(j->member, j->alive), truth_not(j->student)); }

/* --- §§ 22, 25, 41 to 45: when and under which law --------------------------------------------------------------------------------------------------------------------------- */
static int32_t first_of(int64_t month) { return scalar_month((const bench_population *)0, (int32_t)month).first; }

static void times(household *h) {
  wg_context *c = &h->c;
  const bench_cell applied = c->house->cell[LAW_APPLIED_ON], runs = c->house->cell[LAW_RUNS_UNTIL], months = c->house->cell[LAW_GRANT_MONTHS], decided = c->house->cell[LAW_DECIDED];
  const num early = {runs.state == ANS_VALUE ? first_of(scalar_month_of(runs.value) - 1) : 0, runs.state == ANS_VALUE};
  const num next = {runs.state == ANS_VALUE ? scalar_month_of(runs.value) + 1 : 0, runs.state != ANS_UNKNOWN};
  c->submitted = num_cell(applied);
  if (applied.state == ANS_NOT_APPLICABLE) c->submitted = num_of(c->first);
  else if (applied.state == ANS_VALUE) c->submitted = num_pick(truth_and(cell_present(runs), num_above(early, c->submitted)), early, c->submitted); /* § 22 Abs. 4 */
  const num month = {c->submitted.known ? scalar_month_of((int32_t)c->submitted.v) : 0, c->submitted.known};
  c->begin = num_pick(num_above(next, month), next, month); /* § 25 Abs. 2 Satz 2: after the one that runs */
  c->key_year = (num){c->begin.v / 12 < 2020 ? 2020 : c->begin.v / 12, c->begin.known};
  c->length = 12;
  if (months.state == ANS_VALUE) {
    const int32_t most = c->month >= 2023 * 12 ? 24 : 12;
    c->length = months.value < 1 ? 1 : months.value > most ? most : months.value;
  }
  const num end = {c->begin.v + c->length, c->begin.known};
  h->in_period = truth_and(cell_present(applied), truth_and(not_above(c->begin, num_of(c->month)), num_above(end, num_of(c->month))));
  h->in_force = c->month >= 2025 * 12 ? 2025 * 12 : c->month >= 2023 * 12 ? 2023 * 12 : c->month / 12 * 12;
  h->runs_over = num_above(num_of(h->in_force), c->begin);
  const truth earlier = decided.state == ANS_VALUE ? truth_of(decided.value < first_of(h->in_force)) : cell_present(decided);
  const truth asked_before = applied.state == ANS_VALUE ? truth_of(applied.value < first_of(h->in_force)) : cell_present(applied);
  h->decided_before = truth_and(truth_and(h->in_period, asked_before), earlier); /* also granted in advance, for a period that begins with the change */
  h->law_day_known = h->runs_over != OPEN || earlier == NO; /* § 41 Abs. 2 gives way to §§ 42b to 42d, 44 wherever the grant runs over a change */
}

/* --- §§ 13, 17, 18: income of the household -------------------------------------------------------------------------------------------------------------------------------- */
static truth younger(const household *h, uint32_t k, int32_t years) {
  const bench_cell birth = h->c.w->base->persons[h->members[k].person].cell[BENCH_BIRTH];
  return birth.state == ANS_VALUE ? truth_of(scalar_birthday(birth.value, years) > h->c.first) : OPEN;
}

static num alone_with_children(const household *h) {
  const bench_cell others = h->c.house->cell[LAW_OTHERS];
  truth child = NO;
  for (uint32_t k = 0; k < h->count; k++) {
    const truth benefit = truth_and(truth_and(h->j[k].child, h->j[k].member), cell_true(h->members[k].cell[LAW_CHILD_BENEFIT]));
    child = truth_or(child, truth_and(benefit, younger(h, k, 18)));
  }
  const truth alone = truth_and(truth_and(cell_equals(others, 0), is(count(h, ADULTS), 1)), is(count(h, COUNTED_ADULTS), 1));
  return num_pick(truth_and(alone, child), num_of(132000), num_of(0));
}

/* What a member adds to a sum: nothing if it is not counted, or if nothing is added either way. */
static num weighted(truth counted, num x) { return counted == NO ? num_of(0) : counted == YES || (x.known && !x.v) ? x : (num){0, false}; }

static num household_income(household *h) {
  wg_context *c = &h->c;
  num income = num_of(0), free = num_of(0), support = num_of(0);
  for (uint32_t k = 0; k < h->count; k++) {
    if (h->j[k].counted == NO) continue;
    income = wg_add(c, income, weighted(h->j[k].counted, wg_income_of(c, &h->members[k])));
    free = wg_add(c, free, weighted(h->j[k].counted, wg_allowances_of(c, &h->members[k], truth_and(h->j[k].child, younger(h, k, 25)))));
  }
  for (uint32_t k = c->house[0].first_support; k < c->house[1].first_support; k++) support = wg_add(c, support, wg_support_of(c, &c->w->supports[k]));
  return num_max(wg_sub(c, wg_sub(c, wg_sub(c, income, free), alone_with_children(h)), support), num_of(0));
}

/* --- §§ 9 to 12: rent ---------------------------------------------------------------------------------------------------------------------------------------------------------- */
static num part_of_rent(household *h, const law_part *p) {
  const bench_cell amount = p->cell[LAW_PART_SUM], kind = p->cell[LAW_PART];
  const num area = num_cell(h->c.house->cell[LAW_AREA]), people = num_cell(h->c.house->cell[LAW_OCCUPANTS]);
  int64_t v = 0;
  if (amount.state == ANS_VALUE) return num_cell(amount);
  if (amount.state != ANS_NOT_APPLICABLE || kind.state != ANS_VALUE || kind.value == WG_P_MORE) return (num){0, false};
  switch (kind.value) { /* § 6 Abs. 2 WoGV */
    case WG_P_HEATING: case WG_P_HEAT_SUPPLY:
      h->c.overflow |= __builtin_mul_overflow(area.v, INT64_C(125), &v);
      return (num){div_half_up(v, 100), area.known};
    case WG_P_WATER: case WG_P_WATER_SUPPLY: return (num){people.v <= 1 ? 900 : 1700 + 300 * (people.v - 2), people.known};
    case WG_P_ENERGY: return (num){people.v <= 1 ? 4100 : 7400 + 1500 * (people.v - 2), people.known};
    default: return num_of(kind.value == WG_P_GARAGE ? 3600 : 2500);
  }
}

static num rent(household *h, num most) {
  const law_house *x = h->c.house;
  const bench_cell form = x->cell[LAW_FORM];
  num r = num_cell(x->cell[LAW_RENT]);
  if (form.state != ANS_VALUE) return (num){0, false};
  switch (form.value) {
    case WG_OWN_BLOCK: return num_cell(x->cell[LAW_RENTAL_VALUE]);
    case WG_HOME: return most;
    case WG_OWNED: return num_cell(x->cell[LAW_BURDEN]);
    case WG_NO_HOUSING: return num_of(0);
    default: break;
  }
  if (cell_true(x->cell[LAW_RENT_COMPLETE]) != YES) return (num){0, false};
  for (uint32_t k = x[0].first_part; k < x[1].first_part; k++) r = wg_sub(&h->c, r, part_of_rent(h, &h->c.w->parts[k]));
  return num_max(r, num_of(0));
}

/* § 11 Abs. 3: the share of those that count. */
static num counted_share(household *h, num x) {
  num r = {0, x.known && h->persons.known && h->all.known};
  if (!r.known || !h->all.v) return r;
  h->c.overflow |= __builtin_mul_overflow(x.v, h->persons.v, &r.v);
  r.v = div_half_up(r.v, h->all.v);
  return r;
}

/* § 11 Abs. 1: M under the law of a day, which sets the amounts and the level of rents. */
static num rent_counted(household *h, int32_t law) {
  const int32_t level = wg_level(h->c.house, law);
  num most = {0, h->all.known && (level >= 0 || !h->all.v)}, heating = {0, h->all.known};
  if (most.known && h->all.v) most.v = wg_most_rent(law, h->all.v, level);
  if (heating.known && h->all.v) heating.v = wg_heating(law, h->all.v);
  const num cap = counted_share(h, most), paid = h->all.known && !h->all.v ? num_of(0) : counted_share(h, rent(h, most)), warm = counted_share(h, heating);
  return num_pick(cell_equals(h->c.house->cell[LAW_FORM], WG_HOME), wg_add(&h->c, cap, warm), wg_add(&h->c, num_min(paid, cap), warm));
}

/* --- § 19, Anlage 2 and 3 ----------------------------------------------------------------------------------------------------------------------------------------------------- */
/* z4 in 10^-10 euros, from M and Y in cents; then commercially to whole euros. */
static bool formula(int32_t law, int64_t persons, int64_t m, int64_t y, int64_t *cents) {
  const wg_factors *f = wg_factors_of(law, persons);
  const int64_t em = m > f->least_m ? m : f->least_m, ey = y > f->least_y ? y : f->least_y;
  int64_t bm, cy, z1, z2, z3, z4;
  if (__builtin_mul_overflow(f->b, em, &bm) || __builtin_mul_overflow(f->c, ey, &cy) || __builtin_add_overflow(bm, cy, &z1) || __builtin_add_overflow(z1, f->a * 100, &z1)) return false;
  const ans_int128 wide = (ans_int128)z1 * ey / 100;
  if (wide > INT64_MAX || wide < INT64_MIN) return false;
  z2 = (int64_t)wide;
  if (__builtin_mul_overflow(em, INT64_C(100000000), &z3) || __builtin_sub_overflow(z3, z2, &z3)) return false;
  const ans_int128 more = (ans_int128)z3 * 115 / 100;
  if (more > INT64_MAX || more < INT64_MIN) return false;
  z4 = more > 0 ? (int64_t)more : 0;
  *cents = div_half_up(z4, INT64_C(10000000000)) * 100;
  return true;
}

static num by_law(household *h, int32_t law) {
  const num m = rent_counted(h, law);
  num r = {0, h->persons.known};
  if (!r.known || !h->persons.v) return r;
  r.known = m.known && h->income.known;
  if (r.known && !formula(law, h->persons.v, m.v, div_half_up(h->income.v, 12), &r.v)) h->c.overflow = true;
  return r;
}

/* §§ 42b, 42d: what was granted before, or the law of December 2022, where it gives more. */
static num due(household *h) {
  const int32_t month = h->c.month;
  const num by_now = h->law_day_known ? by_law(h, month) : h->persons.known && !h->persons.v ? num_of(0) : (num){0, false};
  const num granted = num_cell(h->c.house->cell[LAW_GRANTED]);
  if (month >= 2025 * 12 || (month >= 2021 * 12 && month < 2023 * 12)) return by_now;
  const truth keeps = truth_and(h->decided_before, num_above(granted, by_now));
  if (month < 2021 * 12) {
    const num r = num_pick(keeps, granted, by_now);
    return truth_and(h->runs_over, truth_not(h->decided_before)) == NO ? r : r.known && !r.v ? r : (num){0, false}; /* the law of 2019 is for a human */
  }
  truth before = truth_and(truth_and(h->runs_over, h->in_period), truth_not(h->decided_before));
  const num then = before == NO && keeps == NO ? num_of(0) : by_law(h, 2022 * 12 + 11);
  before = truth_and(before, truth_and(num_above(then, by_now), then.known ? truth_of(then.v >= WG_LEAST_PAID) : OPEN));
  if (keeps == YES) return num_pick(before == OPEN ? OPEN : NO, then, granted);
  if (before == YES) return num_pick(keeps, granted, then);
  num r = num_pick(keeps, granted, by_now);
  if (before == OPEN) r = num_pick(OPEN, then, r);
  return r;
}

/* --- §§ 1, 3, 20, 21, 28: entitlement ----------------------------------------------------------------------------------------------------------------------------------------- */
static truth may_claim(const household *h) {
  const law_house *x = h->c.house;
  const bench_cell form = x->cell[LAW_FORM];
  const truth own = cell_true(x->cell[LAW_OWN_USE]), home = cell_true(x->cell[LAW_HOME_FOR_GOOD]);
  const truth housed = form.state != ANS_VALUE ? truth_and(OPEN, truth_or(own, home)) : form.value == WG_NO_HOUSING ? NO : form.value == WG_HOME ? home : own;
  return truth_and(truth_and(housed, truth_of(!num_cell(x->cell[LAW_OTHER_NAMED]).v)), settled(h->c.w, x->recipient));
}

static truth no_longer_valid(const household *h) {
  const bench_cell given_up = h->c.house->cell[LAW_GIVEN_UP];
  const truth moved = truth_and(cell_present(given_up), not_above(month_from(given_up), num_of(h->c.month)));
  const truth same_home = truth_and(cell_equals(h->c.house->cell[LAW_FORM], WG_HOME), cell_true(h->c.house->cell[LAW_CHANGE_IN_HOME]));
  return truth_or(truth_and(moved, truth_not(same_home)), exists(h, newly_excluded));
}

static truth entitled(household *h, num amount) {
  const law_house *x = h->c.house;
  truth r = truth_and(truth_and(h->in_period, may_claim(h)), num_above(amount, num_of(0)));
  truth against = truth_and(truth_not(exists(h, no_student)), truth_not(exists(h, studies_since)));
  against = truth_or(against, num_above(num_of(WG_LEAST_PAID), amount));
  against = truth_or(against, is(h->persons, 0));
  against = truth_or(against, truth_and(cell_true(x->cell[LAW_ABUSE_SIGN]), cell_true(x->cell[LAW_ABUSE])));
  against = truth_or(against, no_longer_valid(h));
  r = truth_and(r, truth_not(against));
  return r;
}

bool law_wohngeld_row(const law_population *w, const month_frame *m, uint32_t house, law_decision *out) {
  const law_house *x = &w->houses[house];
  household h = {.c = {.w = w, .house = x, .month = m->month, .first = m->first}, .members = w->members + x[0].first_member, .count = x[1].first_member - x[0].first_member};
  if (h.count > LAW_MAX_MEMBERS) return false;
  times(&h);
  if (h.in_period == NO) { /* nothing else matters */
    *out = (law_decision){.entitled = NO, .amount_known = true};
    return true;
  }
  for (uint32_t i = 0; i < h.count; i++) judge(&h, i);
  h.persons = count(&h, COUNTED);
  h.all = count(&h, EVERYBODY);
  h.income = household_income(&h);
  const num amount = due(&h);
  const truth yes = entitled(&h, amount);
  const num paid = num_pick(yes, amount, num_of(0));
  *out = (law_decision){.entitled = (uint8_t)yes, .amount_known = paid.known, .amount_cents = paid.known ? paid.v : 0};
  return !h.c.overflow;
}

bool law_wohngeld(const law_population *w, int32_t month, law_decision *out) {
  const month_frame m = scalar_month(w->base, month);
  bool ok = true;
  for (uint32_t k = 0; ok && k < w->house_count; k++) ok = law_wohngeld_row(w, &m, k, &out[k]);
  return ok;
}
