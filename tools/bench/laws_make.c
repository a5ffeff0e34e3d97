/* Makes the households of Wohngeld and the cases of Unterhaltsvorschuss from the persons of the synthetic population. Rates are assumptions for measuring, not statistics. They are chosen so that every
 * rule that the scalar programs know is met: members of all relations and ages, shared custody (a child is a member of both parents' households, which is the pointer across households),
 * other benefits that exclude, all kinds of income, deductions and allowances, owners and homes, applications before, in and after the months that are compared. See laws.h. */
#include <string.h>
#include "laws.h"
#include "workload_make.h"

typedef struct builder {
  maker m;
  law_population *p;
  bench_population *base;
  uint32_t first_person, end_person;
  int32_t applied;                   /* of the household at hand, 0: none */
} builder;

#define ROOM(p, array, count, cap) room((void **)&(p)->array, &(p)->cap, (size_t)(p)->count + 2, sizeof *(p)->array)

static uint32_t below(builder *b, uint32_t n) { return bench_below(&b->m.random, n); }
static bool chance(builder *b, uint32_t per_ten_thousand) { return bench_chance(&b->m.random, per_ten_thousand); }
static void blank(bench_cell *cells, unsigned n) {
  for (unsigned k = 0; k < n; k++) cells[k] = (bench_cell){0, ANS_UNKNOWN};
}
static int32_t euros(builder *b, int32_t from, int32_t to) { return (from + (int32_t)below(b, (uint32_t)(to - from))) * 100 + (int32_t)below(b, 100); }
/* A day of 2019 to 2026. */
static int32_t recent_day(builder *b) { return edge_day(&b->m, TODAY - 7 * YEAR_DAYS, TODAY + 200); }

void law_population_dispose(law_population *p) {
  void *const all[] = {p->persons, p->houses, p->members, p->incomes, p->parts, p->supports, p->cases, p->clusters};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) free(all[k]);
  *p = (law_population){0};
}

/* --- persons ------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static void wohngeld_person(builder *b, law_person *x, const bench_person *p) {
  const bench_cell nation = p->cell[BENCH_NATION];
  const bool foreign = nation.state == ANS_VALUE && nation.value != BENCH_GERMAN;
  x->cell[LAW_FOREIGNER] = cell(&b->m, foreign);
  if (!foreign) return;
  x->cell[LAW_IN_COUNTRY] = cell(&b->m, !chance(b, 200));
  x->cell[LAW_GROUND] = cell(&b->m, chance(b, 500) ? WG_GROUND_NONE : (int32_t)below(b, 6));
  x->cell[LAW_EXEMPT] = cell(&b->m, chance(b, 50));
  x->cell[LAW_TITLE_3] = cell(&b->m, chance(b, 200));
}

static void uvg_person(builder *b, law_person *x, const bench_person *p) {
  const bench_cell nation = p->cell[BENCH_NATION];
  const bool married = chance(b, 2500), partnered = chance(b, 200);
  const int32_t now = married ? UVG_MARRIED : partnered ? UVG_PARTNERED : chance(b, 4000) ? UVG_DIVORCED : chance(b, 300) ? UVG_WIDOWED : UVG_SINGLE;
  x->line[LAW_MARITAL] = now == UVG_DIVORCED || chance(b, 500) ? changing(&b->m, UVG_MARRIED, recent_day(b), now) : always(&b->m, now);
  if (now == UVG_MARRIED || now == UVG_PARTNERED || now == UVG_DIVORCED) {
    x->line[LAW_LIVES_APART] = chance(b, 3000) ? changing(&b->m, 0, recent_day(b), 1) : always(&b->m, chance(b, 6000));
    x->line[LAW_PARTNER_AWAY] = always(&b->m, chance(b, 200));
  }
  x->line[LAW_FREE_MOVER] = always(&b->m, nation.state != ANS_VALUE || nation.value != BENCH_THIRD_NATIONAL);
  if (nation.state == ANS_VALUE && nation.value == BENCH_THIRD_NATIONAL && !chance(b, 500)) x->line[LAW_PERMIT] = changing(&b->m, 0, recent_day(b) - 2 * YEAR_DAYS, !chance(b, 1000));
}

/* --- Wohngeld: the household ------------------------------------------------------------------------------------------------------------------------------------------------------ */
static void housing(builder *b, law_house *h, uint32_t people) {
  maker *m = &b->m;
  const uint32_t dice = below(b, 1000);
  const int32_t form = dice < 760 ? WG_RENTED : dice < 800 ? WG_LIKE_RENTED : dice < 815 ? WG_OWN_BLOCK : dice < 850 ? WG_HOME : dice < 995 ? WG_OWNED : WG_NO_HOUSING;
  h->cell[LAW_FORM] = cell(m, form);
  h->cell[LAW_OWN_USE] = cell(m, !chance(b, 150));
  if (form == WG_HOME) {
    h->cell[LAW_HOME_FOR_GOOD] = cell(m, !chance(b, 800));
    h->cell[LAW_CHANGE_IN_HOME] = cell(m, chance(b, 5000));
  }
  if (chance(b, 3000)) h->cell[LAW_OTHER_NAMED] = cell(m, chance(b, 300));
  const int32_t place = chance(b, 2500) ? WG_PLACE_JENA : chance(b, 100) ? WG_PLACE_OUTSIDE : chance(b, 2500) ? WG_PLACE_REST : (int32_t)below(b, WG_PLACE_REST);
  h->cell[LAW_PLACE] = cell(m, place);
  if (place == WG_PLACE_REST) h->cell[LAW_DISTRICT] = cell(m, (int32_t)below(b, WG_DISTRICTS));
  h->cell[LAW_RENT] = cell(m, euros(b, 180 + 60 * (int32_t)people, 500 + 140 * (int32_t)people));
  h->cell[LAW_RENT_COMPLETE] = cell(m, !chance(b, 100));
  h->cell[LAW_AREA] = cell(m, 2500 + (int32_t)below(b, 9000));
  h->cell[LAW_OCCUPANTS] = cell(m, (int32_t)people + (chance(b, 500) ? 1 : 0));
  if (form == WG_OWN_BLOCK) h->cell[LAW_RENTAL_VALUE] = cell(m, euros(b, 300, 900));
  if (form == WG_OWNED) h->cell[LAW_BURDEN] = cell(m, euros(b, 100, 1200));
  h->cell[LAW_OTHERS] = cell(m, chance(b, 500) ? 1 : 0);
  h->cell[LAW_ABUSE_SIGN] = cell(m, chance(b, 150));
  h->cell[LAW_ABUSE] = cell(m, chance(b, 5000));
}

static void application(builder *b, law_house *h) {
  maker *m = &b->m;
  const int32_t day = recent_day(b);
  /* Most households that are looked at in a month have a grant that runs: three of four applied within the year before TODAY. */
  b->applied = chance(b, 300) ? 0 : chance(b, 7500) ? TODAY - (int32_t)below(b, 340) : day;
  h->cell[LAW_APPLIED_ON] = b->applied ? cell(m, b->applied) : nothing(m);
  h->cell[LAW_RUNS_UNTIL] = chance(b, 1500) ? cell(m, (int32_t)ans_month_first(ans_date_month(day) + (int32_t)below(b, 5)) - 1) : nothing(m);
  if (chance(b, 3500)) h->cell[LAW_GRANT_MONTHS] = chance(b, 1000) ? nothing(m) : cell(m, 3 + (int32_t)below(b, 30));
  h->cell[LAW_DECIDED] = b->applied && chance(b, 5000) ? cell(m, b->applied + (int32_t)below(b, 120)) : nothing(m);
  if (h->cell[LAW_DECIDED].state == ANS_VALUE) h->cell[LAW_GRANTED] = cell(m, (int32_t)below(b, 700) * 100);
  h->cell[LAW_GIVEN_UP] = chance(b, 300) ? cell(m, recent_day(b)) : nothing(m);
}

static void rent_parts(builder *b, law_house *h, uint32_t house) {
  const uint32_t count = below(b, 4);
  for (uint32_t k = 0; k < count; k++) {
    law_population *p = b->p;
    ROOM(p, parts, part_count, part_cap);
    law_part *x = &p->parts[p->part_count++];
    const bool stated = chance(b, 6000);
    const int32_t kind = (int32_t)below(b, stated ? 8 : 7);
    *x = (law_part){.house = house};
    x->cell[LAW_PART] = cell(&b->m, kind);
    x->cell[LAW_PART_SUM] = stated ? cell(&b->m, euros(b, 10, 120)) : nothing(&b->m);
  }
  for (uint32_t left = chance(b, 1200) ? 1 + below(b, 2) : 0; left; left--) {
    law_population *p = b->p;
    ROOM(p, supports, support_count, support_cap);
    law_support *x = &p->supports[p->support_count++];
    *x = (law_support){.house = house};
    x->cell[LAW_SUPPORT] = cell(&b->m, (int32_t)below(b, 4));
    x->cell[LAW_SPENT] = cell(&b->m, euros(b, 600, 7000));
    x->cell[LAW_TITLED] = chance(b, 3000) ? cell(&b->m, euros(b, 600, 7000)) : nothing(&b->m);
  }
  (void)h;
}

/* --- Wohngeld: members ------------------------------------------------------------------------------------------------------------------------------------------------------------ */
static void transfer(builder *b, law_member *x) {
  static const int32_t kinds[] = {WG_T_SGB2, WG_T_SGB2, WG_T_SGB2, WG_T_TRAINEES, WG_T_TRANSITION, WG_T_INJURY, WG_T_BASIC, WG_T_BASIC, WG_T_SGB12, WG_T_SGB14, WG_T_SGB14_HOME, WG_T_ASYLUM, WG_T_SGB8, WG_T_BVG};
  maker *m = &b->m;
  const bool own = chance(b, 600), with = !own && chance(b, 300);
  x->cell[LAW_TRANSFER] = cell(m, own ? kinds[below(b, 14)] : WG_T_NONE);
  x->cell[LAW_COUNTED_WITH] = cell(m, with ? 1 + (int32_t)below(b, 5) : WG_WITH_NONE);
  if (!own && !with) {
    if (chance(b, 9000)) return; /* nothing else is asked */
  } else {
    x->cell[LAW_LAPSED] = cell(m, chance(b, 1000) ? 1 + (int32_t)below(b, 5) : 0);
  }
  const int32_t day = recent_day(b) - 60;
  x->cell[LAW_COSTS_COUNTED] = cell(m, !chance(b, 1200));
  x->cell[LAW_ONLY_RECIPIENTS] = cell(m, chance(b, 5000));
  x->cell[LAW_LOAN] = cell(m, chance(b, 600));
  x->cell[LAW_AVOIDABLE] = cell(m, chance(b, 3000));
  x->cell[LAW_NOT_YET] = cell(m, chance(b, 3000));
  x->cell[LAW_SUBSIDIARY] = cell(m, chance(b, 1500));
  x->cell[LAW_ASKED_FROM] = chance(b, 3000) ? nothing(m) : cell(m, day);
  x->cell[LAW_PAID_FROM] = chance(b, 2000) ? nothing(m) : cell(m, day + (int32_t)below(b, 90));
  x->cell[LAW_PAID_TO] = chance(b, 5000) ? nothing(m) : cell(m, edge_day(m, day + 90, day + 900));
  x->cell[LAW_WAIVED] = chance(b, 9500) ? nothing(m) : cell(m, recent_day(b));
}

static void deductions(builder *b, law_member *x, bool child) {
  maker *m = &b->m;
  const uint32_t dice = below(b, 100);
  const int32_t due = child || dice < 20 ? WG_NO_DUE : dice < 85 ? WG_COMPULSORY : dice < 95 ? WG_CURRENT : WG_FOR_MEMBER;
  x->cell[LAW_TAXES] = cell(m, !child && chance(b, 5500));
  x->cell[LAW_HEALTH] = cell(m, due);
  x->cell[LAW_PENSION] = cell(m, chance(b, 8500) ? due : (int32_t)below(b, 4));
  x->cell[LAW_HEALTH_FREE] = cell(m, chance(b, 1500));
  x->cell[LAW_PENSION_FREE] = cell(m, chance(b, 1500));
  x->cell[LAW_DISABILITY] = cell(m, chance(b, 800) ? 10 * (1 + (int32_t)below(b, 10)) : 0);
  x->cell[LAW_CARED_AT_HOME] = cell(m, chance(b, 4000));
  x->cell[LAW_NS_VICTIM] = cell(m, chance(b, 10));
  x->cell[LAW_AID] = cell(m, chance(b, child ? 200 : 500) ? 1 + (int32_t)below(b, 3) : 0);
  if (x->cell[LAW_AID].value) {
    x->cell[LAW_AID_LOAN] = cell(m, chance(b, 1500));
    x->cell[LAW_AID_SINCE] = cell(m, recent_day(b));
  }
}

static void receipt(builder *b, uint32_t member, int32_t source, int32_t sum, int32_t costs, int32_t rhythm) {
  law_population *p = b->p;
  ROOM(p, incomes, income_count, income_cap);
  law_income *x = &p->incomes[p->income_count++];
  *x = (law_income){.member = member};
  x->cell[LAW_SOURCE] = cell(&b->m, source);
  x->cell[LAW_SUM] = cell(&b->m, sum);
  x->cell[LAW_COSTS] = cell(&b->m, costs);
  x->cell[LAW_RHYTHM] = cell(&b->m, rhythm);
  x->cell[LAW_RECEIVED] = rhythm == WG_CURRENT_INCOME ? (bench_cell){0, ANS_UNKNOWN} : cell(&b->m, (b->applied ? b->applied : TODAY) + some_day(&b->m, -700, 500));
  x->cell[LAW_FOR_FROM] = nothing(&b->m);
  x->cell[LAW_FOR_TO] = nothing(&b->m);
}

static void receipts(builder *b, uint32_t member, bool child, bool old, uint32_t age) {
  if (child) {
    if (age >= 15 && chance(b, 2500)) receipt(b, member, WG_I_WAGE, 12 * euros(b, 80, 900), 0, WG_CURRENT_INCOME);
    if (chance(b, 1500)) receipt(b, member, WG_I_UVG, 12 * (22700 + (int32_t)below(b, 3) * 7000), 0, WG_CURRENT_INCOME);
    if (chance(b, 500)) receipt(b, member, chance(b, 5000) ? WG_I_STUDENT : WG_I_SGB8_KEEP, 12 * euros(b, 100, 600), 0, WG_CURRENT_INCOME);
    return;
  }
  if (old) {
    receipt(b, member, chance(b, 500) ? WG_I_PENSION : WG_I_OTHER, 12 * euros(b, 350, 1500), chance(b, 1000) ? euros(b, 20, 400) : 0, WG_CURRENT_INCOME);
    if (chance(b, 6000)) receipt(b, member, 12 /* tax-free part of the annuity */, 12 * euros(b, 50, 600), 0, WG_CURRENT_INCOME);
  } else if (chance(b, 5500)) {
    receipt(b, member, WG_I_WAGE, 12 * euros(b, 300, 2300), chance(b, 3000) ? euros(b, 200, 4000) : 0, WG_CURRENT_INCOME);
    if (chance(b, 2500)) receipt(b, member, WG_I_WAGE, euros(b, 300, 2500), 0, WG_BONUS);
  }
  if (!old && chance(b, 1200)) receipt(b, member, WG_I_TRADE + (int32_t)below(b, 2), chance(b, 1500) ? -euros(b, 100, 5000) : euros(b, 500, 22000), 0, WG_CURRENT_INCOME);
  if (!old && chance(b, 1800)) receipt(b, member, WG_I_WAGE_REPLACEMENT, 12 * euros(b, 300, 1400), 0, WG_CURRENT_INCOME);
  if (chance(b, 1000)) receipt(b, member, WG_I_CAPITAL, euros(b, 20, 2500), 0, WG_CURRENT_INCOME);
  if (chance(b, 700)) receipt(b, member, WG_I_ALIMONY, 12 * euros(b, 100, 700), 0, WG_CURRENT_INCOME);
  if (chance(b, 600)) receipt(b, member, (int32_t)below(b, 46), euros(b, 100, 9000), chance(b, 3000) ? euros(b, 10, 900) : 0, chance(b, 7000) ? WG_CURRENT_INCOME : chance(b, 6000) ? WG_ONE_OFF : WG_BONUS);
  if (chance(b, 400)) receipt(b, member, WG_I_SELF, euros(b, 500, 12000), 0, WG_ONE_OFF);
}

/* A member; here: it lives in this home, otherwise it is a child of shared custody whose home is the other parent's. */
static void member(builder *b, uint32_t house, uint32_t who, int32_t relation, bool here) {
  maker *m = &b->m;
  law_population *p = b->p;
  ROOM(p, members, member_count, member_cap);
  const uint32_t index = p->member_count++;
  law_member *x = &p->members[index];
  const bench_person *q = &b->base->persons[who];
  const bool child = q->role == BENCH_CHILD_OF_FAMILY && relation != WG_RECIPIENT;
  const int32_t birth = q->cell[BENCH_BIRTH].state == ANS_VALUE ? q->cell[BENCH_BIRTH].value : TODAY - 12000;
  const uint32_t age = birth < TODAY ? (uint32_t)(TODAY - birth) / YEAR_DAYS : 0;
  *x = (law_member){.house = house, .person = who, .first_income = p->income_count};
  blank(x->cell, LAW_MEMBER_COUNT);
  x->cell[LAW_RELATION] = cell(m, relation);
  x->cell[LAW_CENTRE] = cell(m, here && !chance(b, 150));
  if (relation == WG_SPOUSE || relation == WG_CIVIL_PARTNER) x->cell[LAW_SEPARATED] = cell(m, chance(b, 300));
  if (relation == WG_PARTNER) {
    x->cell[LAW_PRESUMED] = cell(m, !chance(b, 3000));
    x->cell[LAW_DISPUTED] = cell(m, chance(b, 1500));
    x->cell[LAW_WILL] = cell(m, !chance(b, 4000));
  }
  x->cell[LAW_IS_CHILD] = cell(m, child);
  x->cell[LAW_CUSTODY] = cell(m, here ? WG_NOT_SHARED : (int32_t)below(b, 4));
  if (q->cell[BENCH_DEATH].state == ANS_VALUE) x->cell[LAW_AFTER_DEATH] = cell(m, chance(b, 2500));
  transfer(b, x);
  deductions(b, x, child);
  x->cell[LAW_INCOME_COMPLETE] = cell(m, !chance(b, 80));
  x->cell[LAW_CHILD_BENEFIT] = cell(m, child && age < 25 && !chance(b, 500));
  x->cell[LAW_EARNINGS] = cell(m, child && age >= 15 && chance(b, 2500) ? 12 * euros(b, 50, 300) : 0);
  const bool old = age >= 65 || (age >= 60 && chance(b, 3000));
  if (old && chance(b, 8000)) {
    x->cell[LAW_BASIC_MONTHS] = cell(m, 300 + (int32_t)below(b, 200));
    if (chance(b, 2000)) x->cell[LAW_EQUAL_MONTHS] = cell(m, (int32_t)below(b, 60));
  }
  if (old) x->cell[LAW_OLD_AGE] = cell(m, 12 * euros(b, 100, 1500));
  receipts(b, index, child, old, age);
}

static int32_t relation_of(builder *b, const bench_person *recipient, const bench_person *q, bool foster) {
  if (q->role == BENCH_CHILD_OF_FAMILY) return foster && recipient->role == BENCH_OTHER_ADULT ? WG_FOSTER_CHILD : WG_RELATIVE;
  if (recipient->role == BENCH_CHILD_OF_FAMILY) return chance(b, 300) ? WG_NO_RELATION : WG_RELATIVE;
  const uint32_t dice = below(b, 100);
  return dice < 62 ? WG_SPOUSE : dice < 65 ? WG_CIVIL_PARTNER : dice < 93 ? WG_PARTNER : dice < 97 ? WG_RELATIVE : WG_NO_RELATION;
}

/* The household of one home; a parent who lives apart from the children has some of them in custody. */
static void house(builder *b, uint32_t home, bool foster) {
  law_population *p = b->p;
  uint32_t recipient = ANS_NONE, people = 0;
  for (uint32_t i = b->first_person; i < b->end_person; i++) {
    const bench_person *q = &b->base->persons[i];
    if (q->home != home) continue;
    people++;
    if (recipient == ANS_NONE || (b->base->persons[recipient].role == BENCH_CHILD_OF_FAMILY && q->role != BENCH_CHILD_OF_FAMILY)) recipient = i;
  }
  if (recipient == ANS_NONE) return;
  ROOM(p, houses, house_count, house_cap);
  const uint32_t index = p->house_count++;
  law_house *h = &p->houses[index];
  *h = (law_house){.recipient = recipient, .first_member = p->member_count, .first_part = p->part_count, .first_support = p->support_count};
  blank(h->cell, LAW_HOUSE_COUNT);
  application(b, h);
  housing(b, h, people);
  rent_parts(b, h, index);
  const bench_person *who = &b->base->persons[recipient];
  const bool shares = home != 0 && who->role != BENCH_CHILD_OF_FAMILY && chance(b, 6500);
  for (uint32_t i = b->first_person; i < b->end_person && p->member_count - p->houses[index].first_member < LAW_MAX_MEMBERS; i++) {
    const bench_person *q = &b->base->persons[i];
    if (q->home == home) member(b, index, i, i == recipient ? WG_RECIPIENT : relation_of(b, who, q, foster), true);
    else if (shares && q->role == BENCH_CHILD_OF_FAMILY && q->home == 0) {
      member(b, index, i, WG_RELATIVE, false);
      p->houses[index].crosses = true;
    }
  }
  p->crossing_houses += p->houses[index].crosses;
}

/* --- Unterhaltsvorschuss ------------------------------------------------------------------------------------------------------------------------------------------------------------- */
static bench_run monthly(builder *b, uint32_t rate, int32_t low, int32_t high) {
  if (!chance(b, rate)) return always(&b->m, 0);
  const int64_t before = chance(b, 5000) ? 0 : euros(b, low, high), after = chance(b, 3000) ? 0 : chance(b, 2000) ? (low + (high - low) / 2) * 100 : euros(b, low, high);
  return chance(b, 6000) ? changing(&b->m, before, recent_day(b), after) : always(&b->m, after);
}

static bench_run seldom(builder *b, uint32_t rate) {
  const int32_t from = recent_day(b);
  return chance(b, rate) ? during(&b->m, from, edge_day(&b->m, from + 20, from + 700)) : always(&b->m, 0);
}

static void law_case_make(builder *b, uint32_t who, uint32_t with, bool together, bool crosses) {
  law_population *p = b->p;
  maker *m = &b->m;
  ROOM(p, cases, case_count, case_cap);
  law_case *x = &p->cases[p->case_count++];
  const bench_cell cell_birth = b->base->persons[who].cell[BENCH_BIRTH];
  const int32_t birth = cell_birth.state == ANS_VALUE ? cell_birth.value : TODAY - 5000;
  *x = (law_case){.child = who, .parent = with, .crosses = crosses};
  x->cell[LAW_ASKED] = chance(b, 400) ? nothing(m) : cell(m, chance(b, 4000) ? edge_day(m, birth, birth + 600) : recent_day(b));
  x->cell[LAW_EFFORTS] = cell(m, chance(b, 7000));
  x->line[LAW_WITH_PARENT] = chance(b, 800) ? changing(m, chance(b, 5000), recent_day(b), chance(b, 6000)) : always(m, 1);
  x->line[LAW_TOGETHER] = together ? always(m, 1) : chance(b, 800) ? changing(m, 1, recent_day(b), 0) : always(m, 0);
  x->line[LAW_OTHER_DIED] = chance(b, 400) ? changing(m, 0, recent_day(b), 1) : always(m, 0);
  x->line[LAW_PAID] = monthly(b, 3500, 20, 420);
  x->line[LAW_ORPHAN] = monthly(b, 500, 60, 380);
  if (!chance(b, 1000)) x->line[LAW_REGULAR] = always(m, chance(b, 7000));
  x->line[LAW_SGB2] = chance(b, 2000) ? changing(m, chance(b, 5000), recent_day(b), chance(b, 5000)) : always(m, chance(b, 3000));
  if (!chance(b, 1000)) x->line[LAW_HELP_AVOIDED] = always(m, chance(b, 3000));
  x->line[LAW_PARENT_INCOME] = monthly(b, 8000, 200, 1000);
  x->line[LAW_UNCOOPERATIVE] = seldom(b, 600);
  x->line[LAW_REFUSED] = always(m, chance(b, 5000));
  x->line[LAW_ADVANCE] = seldom(b, 200);
  x->line[LAW_SGB8] = chance(b, 400) ? changing(m, UVG_NOT_COVERED, recent_day(b), chance(b, 7000) ? UVG_FULLY : UVG_PARTLY) : always(m, UVG_NOT_COVERED);
  x->line[LAW_BENEFIT] = chance(b, 600) ? changing(m, (int64_t)below(b, 4), recent_day(b), (int64_t)below(b, 4)) : always(m, chance(b, 9000) ? UVG_THIS_PARENT : (int64_t)below(b, 4));
  x->line[LAW_SCHOOL_ENDED] = chance(b, 8000) ? changing(m, 0, edge_day(m, birth + 15 * YEAR_DAYS, birth + 19 * YEAR_DAYS), 1) : always(m, 0);
  x->line[LAW_TRAINEE] = chance(b, 5000) ? changing(m, 0, edge_day(m, birth + 16 * YEAR_DAYS, birth + 18 * YEAR_DAYS), 1) : always(m, 0);
  x->line[LAW_CAPITAL] = monthly(b, 300, 1, 200);
  x->line[LAW_WAGE] = chance(b, 4000) ? changing(m, 0, edge_day(m, birth + 15 * YEAR_DAYS, birth + 18 * YEAR_DAYS), euros(b, 40, 900)) : always(m, 0);
  x->line[LAW_MONTHS_SO_FAR] = always(m, (int64_t)below(b, 90));
}

/* A child with the first adult of its home; in joint families only a few ask. */
static void cases(builder *b) {
  for (uint32_t i = b->first_person; i < b->end_person; i++) {
    const bench_person *q = &b->base->persons[i];
    if (q->role != BENCH_CHILD_OF_FAMILY) continue;
    uint32_t with = ANS_NONE, parents_here = 0;
    bool away = false;
    for (uint32_t k = b->first_person; k < b->end_person; k++) {
      const bench_person *a = &b->base->persons[k];
      const bool adult = a->role == BENCH_MOTHER || a->role == BENCH_FATHER;
      if (with == ANS_NONE && a->home == q->home && a->role != BENCH_CHILD_OF_FAMILY) with = k;
      parents_here += adult && a->home == q->home;
      away = away || (a->role == BENCH_FATHER && a->home != q->home);
    }
    if (with == ANS_NONE) with = b->first_person; /* lives alone: asks with a parent who lives elsewhere */
    const bool crosses = b->base->persons[with].home != q->home;
    if (parents_here < 2 || chance(b, 1500)) law_case_make(b, i, with, parents_here == 2, crosses);
  }
}

/* --- population ------------------------------------------------------------------------------------------------------------------------------------------------------------------ */
static void cluster(builder *b, uint32_t k) {
  law_population *p = b->p;
  uint32_t homes = 0, before = p->crossing_houses;
  bool foster = true;
  p->clusters[k] = (law_cluster){.first_house = p->house_count, .first_case = p->case_count};
  for (uint32_t i = b->first_person; i < b->end_person; i++) {
    const bench_person *q = &b->base->persons[i];
    law_person *x = &p->persons[i];
    if (q->home + 1u > homes) homes = q->home + 1u;
    if (q->role == BENCH_MOTHER && q->home == 0) foster = false;
    *x = (law_person){.line = {{0}}};
    blank(x->cell, LAW_WG_PERSON_COUNT);
    wohngeld_person(b, x, q);
    uvg_person(b, x, q);
  }
  for (uint32_t home = 0; home < homes; home++) house(b, home, foster);
  cases(b);
  bool crosses = p->crossing_houses > before;
  for (uint32_t i = p->clusters[k].first_case; i < p->case_count; i++) crosses = crosses || p->cases[i].crosses;
  p->crossing_clusters += crosses;
}

void law_population_make(law_population *p, bench_population *base, const bench_rates *rates, uint64_t first_cluster) {
  builder b = {.p = p, .base = base};
  p->base = base;
  p->house_count = p->member_count = p->income_count = p->part_count = p->support_count = p->case_count = p->crossing_houses = p->crossing_clusters = 0;
  room((void **)&p->persons, &p->person_cap, (size_t)base->person_count + 1, sizeof *p->persons);
  room((void **)&p->clusters, &p->cluster_cap, (size_t)base->cluster_count + 1, sizeof *p->clusters);
  ROOM(p, houses, house_count, house_cap);
  ROOM(p, members, member_count, member_cap);
  for (uint32_t k = 0; k < base->cluster_count; k++) {
    b.m = (maker){.p = base, .random = rates->seed ^ (first_cluster + k) * UINT64_C(0x9FB21C651E98DF25), .unknown_percent = bench_unknown_of(rates, first_cluster + k)};
    (void)bench_random(&b.m.random);
    b.first_person = base->clusters[k].first_person;
    b.end_person = base->clusters[k + 1].first_person;
    cluster(&b, k);
  }
  p->clusters[base->cluster_count] = (law_cluster){.first_house = p->house_count, .first_case = p->case_count};
  p->houses[p->house_count] = (law_house){.first_member = p->member_count, .first_part = p->part_count, .first_support = p->support_count};
  p->members[p->member_count] = (law_member){.first_income = p->income_count};
}
