/* §§ 62 to 66 and 70 EStG for the pairs of a cluster. Persons are judged once per cluster and month; a child with one possible recipient, the common case, takes a short way.
 * Not written: what the rule package leaves to a human or does not model is OPEN here too. References are taken as known, as the workload makes them; dates of timelines are
 * values or unknown, never "not applicable". Within these limits OPEN stands exactly where the engines have no value. */
#include <string.h>
#include "scalar.h"

enum {
  MONTH_2016 = 2016 * 12, MONTH_2019 = 2019 * 12, MONTH_AUGUST_2019 = 2019 * 12 + 7, MONTH_2023 = 2023 * 12,
  DAY_END_2015 = 16800, DAY_END_2017 = 17531, DAY_18_JULY_2019 = 18095
};

/* What is known about a pair while its cluster is decided. */
typedef struct judged {
  days met;                  /* all conditions of the claim, day by day */
  truth principle;           /* met on some day (§ 66 Abs. 2) */
  truth home, home_first;    /* child in this recipient's household; the same after the parents' precedence */
  truth designated, waived, pays, pays_most, needs_designation, first;
  int64_t maintenance;       /* meaningful if pays is YES */
} judged;

typedef struct cluster {
  const month_frame *m;
  const bench_person *persons;
  const bench_pair *pairs;
  uint32_t person_base, person_count, pair_count;
  days eligible[BENCH_CLUSTER_MAX], counts[BENCH_CLUSTER_MAX], alive[BENCH_CLUSTER_MAX];
  uint8_t role[BENCH_CLUSTER_MAX];     /* bit 1 recipient, bit 2 child */
  judged pair[BENCH_CLUSTER_MAX];
  uint32_t group[BENCH_CLUSTER_MAX], size; /* the pairs of the child at hand */
} cluster;

static truth cell_is(bench_cell c, int32_t value) { return c.state == ANS_VALUE ? truth_of(c.value == value) : OPEN; }
static const bench_person *person(const cluster *c, uint32_t index) { return &c->persons[index - c->person_base]; }
static truth kind_is(const cluster *c, uint32_t k, int32_t kind) { return cell_is(c->pairs[k].cell[BENCH_KIND], kind); }

/* § 62 Abs. 1 Satz 1, Abs. 1a, Abs. 2 */
static days eligible(const month_frame *m, const bench_person *p, days alive) {
  const days here = scalar_equals(m, p->line[BENCH_RESIDENCE], BENCH_AT_HOME);
  const bench_cell nation = p->cell[BENCH_NATION];
  days resident = here;
  if (m->month >= MONTH_AUGUST_2019 && cell_is(nation, BENCH_EU_CITIZEN) != NO)
    resident = days_and(resident, days_not(days_and(days_always(m, cell_is(nation, BENCH_EU_CITIZEN)), days_not(scalar_equals(m, p->line[BENCH_FREEDOM], 1)))));
  days r = resident;
  if (here.yes != m->all) {
    const days taxed = days_or(scalar_equals(m, p->line[BENCH_TAX], BENCH_TAX_EXTENDED), scalar_equals(m, p->line[BENCH_TAX], BENCH_TAX_ON_REQUEST));
    r = days_or(r, days_and(days_not(here), taxed));
  }
  const truth third = cell_is(nation, BENCH_THIRD_NATIONAL);
  if (third != NO) r = days_and(r, days_not(days_and(days_always(m, third), days_not(scalar_equals(m, p->line[BENCH_TITLE], 1)))));
  return days_and(alive, r);
}

/* § 32 Abs. 1, 2: child in the sense of § 32, with the precedence of adoption (human) and of foster care */
static days is_child(const cluster *c, uint32_t k, int32_t key_day, bool key_known) {
  const month_frame *m = c->m;
  const bench_pair *p = &c->pairs[k];
  const truth natural = kind_is(c, k, BENCH_NATURAL), own = truth_or(natural, kind_is(c, k, BENCH_ADOPTED)), foster = kind_is(c, k, BENCH_FOSTER);
  truth also_adopted = NO, fostered = NO;
  for (uint32_t g = 0; g < c->size; g++) {
    const uint32_t q = c->group[g];
    also_adopted = truth_or(also_adopted, kind_is(c, q, BENCH_ADOPTED));
    const truth kind = kind_is(c, q, BENCH_FOSTER);
    if (kind != NO) fostered = truth_or(fostered, truth_and(kind, key_known ? scalar_true_on(m, c->pairs[q].line[BENCH_FOSTER_BOND], key_day) : OPEN));
  }
  truth first = truth_and(own, truth_not(truth_and(truth_and(natural, also_adopted), OPEN)));
  first = truth_and(first, truth_not(fostered));
  const days r = days_always(m, first);
  return foster == NO ? r : days_or(r, days_and(days_always(m, foster), scalar_equals(m, p->line[BENCH_FOSTER_BOND], 1)));
}

/* § 63 Abs. 1 */
static days considered(const cluster *c, uint32_t k, int32_t key_day, bool key_known) {
  const month_frame *m = c->m;
  const bench_pair *p = &c->pairs[k];
  const bench_person *child = person(c, p->child), *recipient = person(c, p->recipient);
  days r = is_child(c, k, key_day, key_known);
  const truth in_household_only = truth_or(kind_is(c, k, BENCH_STEPCHILD), kind_is(c, k, BENCH_GRANDCHILD));
  if (in_household_only != NO) r = days_or(r, days_and(days_always(m, in_household_only), scalar_equals(m, p->line[BENCH_HOUSEHOLD], 1)));
  const truth numbered = cell_is(child->cell[BENCH_IDNR], 1);
  if (m->month >= MONTH_2016 && numbered != YES) { /* Satz 3; another identification (Satz 4) is for a human and only if the child lives abroad */
    const days abroad = days_not(scalar_equals(m, child->line[BENCH_RESIDENCE], BENCH_AT_HOME));
    const days missing = days_and(days_always(m, truth_not(numbered)), days_not(days_and(abroad, (days){0, 0})));
    r = days_and(r, days_not(missing));
  }
  const days far = scalar_equals(m, child->line[BENCH_RESIDENCE], BENCH_THIRD_COUNTRY); /* Satz 6 */
  if (far.no == m->all) return r;
  const days kept = days_and(scalar_equals(m, recipient->line[BENCH_TAX], BENCH_TAX_EXTENDED), scalar_equals(m, p->line[BENCH_HOUSEHOLD], 1));
  return days_and(r, days_not(days_and(far, days_not(kept))));
}

/* § 62 Abs. 1 Satz 1 with Satz 2, § 52 Abs. 49a Satz 7 */
static days conditions(const cluster *c, uint32_t k, int32_t key_day, bool key_known) {
  const month_frame *m = c->m;
  const bench_pair *p = &c->pairs[k];
  const days who = c->eligible[p->recipient - c->person_base], whom = c->counts[p->child - c->person_base];
  days r = days_and(who, whom);
  if (r.no == m->all) return r;
  r = days_and(r, considered(c, k, key_day, key_known));
  const truth recipient = cell_is(person(c, p->recipient)->cell[BENCH_IDNR], 1);
  if (m->month >= MONTH_2016) return days_and(r, days_always(m, recipient));
  const bench_cell applied = p->cell[BENCH_APPLIED];
  if (applied.state == ANS_NOT_APPLICABLE) return r;
  const truth late = applied.state == ANS_VALUE ? truth_of(applied.value > DAY_END_2015) : OPEN;
  const truth both = truth_and(recipient, cell_is(person(c, p->child)->cell[BENCH_IDNR], 1));
  /* § 63 Abs. 1 Satz 4: another identification of a child abroad is for a human */
  const days abroad = days_not(scalar_equals(m, person(c, p->child)->line[BENCH_RESIDENCE], BENCH_AT_HOME));
  const days human = days_and(days_and(days_always(m, recipient), abroad), (days){0, 0});
  return days_and(r, days_not(days_and(days_always(m, truth_and(late, truth_not(both))), days_not(human))));
}

/* --- § 64: several recipients of one child ------------------------------------------------------------------------------------------------------------- */
#define EACH(c, g, x) for (uint32_t g = 0, x = (c)->group[0]; g < (c)->size; g++, x = g < (c)->size ? (c)->group[g] : 0)

/* How many: exact, or not known. */
typedef struct tally { uint32_t yes; bool known; } tally;
static tally tally_add(tally t, truth x) { return (tally){t.yes + (x == YES), t.known && x != OPEN}; }
static truth tally_is_one(tally t) { return t.known ? truth_of(t.yes == 1) : OPEN; }
static truth tally_many(tally t) { return t.known ? truth_of(t.yes > 1) : OPEN; }
static const tally nobody = {0, true};

/* Abs. 2 Satz 1, 5 */
static void households(cluster *c, int32_t key_day, bool key_known) {
  truth grandparent_home = NO, keeps_precedence = NO;
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    const bench_run *line = c->pairs[k].line;
    const truth grand = kind_is(c, k, BENCH_GRANDCHILD);
    j->home = j->principle == NO ? NO : truth_and(j->principle, key_known ? scalar_true_on(c->m, line[BENCH_HOUSEHOLD], key_day) : OPEN);
    j->designated = key_known ? scalar_true_on(c->m, line[BENCH_DESIGNATED], key_day) : OPEN;
    j->waived = key_known ? scalar_true_on(c->m, line[BENCH_WAIVER], key_day) : OPEN;
    grandparent_home = truth_or(grandparent_home, truth_and(grand, j->home));
    keeps_precedence = truth_or(keeps_precedence, truth_and(truth_and(truth_not(grand), j->home), truth_not(j->waived)));
  }
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    const truth grand = kind_is(c, k, BENCH_GRANDCHILD);
    const truth yields = truth_or(truth_and(grand, keeps_precedence), truth_and(truth_and(truth_not(grand), grandparent_home), j->waived));
    j->home_first = truth_and(j->home, truth_not(yields));
  }
}

/* Abs. 3: the child lives in nobody's household. */
static void maintenance(cluster *c, int32_t key_day, bool key_known, tally claimants) {
  truth somebody_home = NO, somebody_pays = NO, open_payer = NO;
  int64_t most = 0;
  tally highest = nobody;
  EACH(c, g, k) somebody_home = truth_or(somebody_home, c->pair[k].home);
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    const truth outside = truth_and(j->principle, truth_not(somebody_home));
    int64_t value = 0;
    const bool known = outside != NO && key_known && scalar_on_day(c->m, c->pairs[k].line[BENCH_MAINTENANCE], key_day, &value);
    j->pays = truth_and(outside, known ? truth_of(value > 0) : OPEN);
    j->maintenance = value;
    somebody_pays = truth_or(somebody_pays, j->pays);
    if (j->pays == OPEN) open_payer = YES;
    if (j->pays == YES && value > most) most = value;
  }
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    j->pays_most = j->pays != YES ? j->pays : open_payer == YES ? OPEN : truth_of(j->maintenance == most);
    highest = tally_add(highest, j->pays_most);
  }
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    const truth outside = truth_and(j->principle, truth_not(somebody_home));
    j->needs_designation = truth_or(truth_and(j->pays_most, tally_many(highest)), truth_and(truth_and(outside, tally_many(claimants)), truth_not(somebody_pays)));
  }
}

/* Abs. 1 to 3: who comes first. Missing or contradicting designations are for the family court, that is OPEN. */
static void precedence(cluster *c, int32_t key_day, bool key_known) {
  tally claimants = nobody, homes = nobody, payers = nobody, highest = nobody, named_home = nobody, named_other = nobody;
  truth any_named_home = NO, any_named_other = NO;
  EACH(c, g, k) claimants = tally_add(claimants, c->pair[k].principle);
  if (c->size == 1) { /* nobody else comes into question */
    c->pair[c->group[0]].first = c->pair[c->group[0]].principle;
    return;
  }
  households(c, key_day, key_known);
  maintenance(c, key_day, key_known, claimants);
  EACH(c, g, k) {
    const judged *j = &c->pair[k];
    const truth at_home = truth_and(j->home_first, j->designated), other = truth_and(j->needs_designation, j->designated);
    homes = tally_add(homes, j->home_first);
    payers = tally_add(payers, j->pays);
    highest = tally_add(highest, j->pays_most);
    named_home = tally_add(named_home, at_home);
    named_other = tally_add(named_other, other);
    any_named_home = truth_or(any_named_home, at_home);
    any_named_other = truth_or(any_named_other, other);
  }
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    truth r = truth_and(tally_is_one(claimants), j->principle);
    r = truth_or(r, truth_and(j->home_first, tally_is_one(homes)));
    r = truth_or(r, truth_and(truth_and(j->home_first, j->designated), truth_not(truth_and(tally_many(named_home), OPEN))));
    r = truth_or(r, truth_and(truth_and(truth_and(j->home_first, tally_many(homes)), truth_not(any_named_home)), OPEN));
    r = truth_or(r, truth_and(j->pays, tally_is_one(payers)));
    r = truth_or(r, truth_and(j->pays_most, tally_is_one(highest)));
    r = truth_or(r, truth_and(truth_and(j->needs_designation, j->designated), truth_not(truth_and(tally_many(named_other), OPEN))));
    j->first = truth_or(r, truth_and(truth_and(j->needs_designation, truth_not(any_named_other)), OPEN));
  }
}

/* --- § 65: foreign benefits ------------------------------------------------------------------------------------------------------------------------------ */
static truth foreign(const cluster *c, truth *in_eu) {
  const month_frame *m = c->m;
  const uint32_t child = c->pairs[c->group[0]].child - c->person_base;
  const days *alive = c->alive;
  const bench_run lives = c->persons[child].line[BENCH_RESIDENCE];
  truth r = days_any(m, days_and(alive[child], days_not(scalar_equals(m, lives, BENCH_AT_HOME))));
  *in_eu = days_any(m, days_and(alive[child], scalar_equals(m, lives, BENCH_IN_EU)));
  EACH(c, g, k) {
    const uint32_t who = c->pairs[k].recipient - c->person_base;
    const bench_person *p = &c->persons[who];
    const truth living = alive[who].yes & 1 ? YES : alive[who].no & 1 ? NO : OPEN;
    int64_t place = 0;
    const bool known = scalar_on_day(m, p->line[BENCH_RESIDENCE], m->first, &place);
    const truth away = known ? truth_of(place != BENCH_AT_HOME) : OPEN;
    r = truth_or(r, truth_and(living, truth_or(away, truth_not(cell_is(p->cell[BENCH_NATION], BENCH_GERMAN)))));
    *in_eu = truth_or(*in_eu, truth_and(living, known ? truth_of(place == BENCH_IN_EU) : OPEN));
  }
  return r;
}

static void entitlement(cluster *c, bench_decision *out) {
  const month_frame *m = c->m;
  truth in_eu, abroad = foreign(c, &in_eu);
  const bench_run line = person(c, c->pairs[c->group[0]].child)->line[BENCH_FOREIGN_BENEFIT];
  const days paid = scalar_equals(m, line, 1);
  const uint32_t unknown = m->all & ~(paid.yes | paid.no);
  days other = paid;
  if (abroad == NO) other.no |= unknown; /* without a sign of a foreign connection nothing is taken as no benefit */
  EACH(c, g, k) {
    const judged *j = &c->pair[k];
    const truth excluded = truth_and(j->principle, truth_not(days_any(m, days_and(j->met, days_not(other)))));
    truth r = truth_and(j->principle, j->first);
    r = truth_and(r, truth_not(excluded));
    out[k].entitled = truth_and(r, truth_not(truth_and(in_eu, OPEN))); /* coordination within the EU is not modelled */
  }
}

/* --- § 66: amounts --------------------------------------------------------------------------------------------------------------------------------------- */
static int64_t rate_cents(int32_t month, int64_t rank) {
  static const struct { int32_t from; int32_t cents[3]; } rates[] = {
    {2026 * 12, {25900, 25900, 25900}}, {2025 * 12, {25500, 25500, 25500}}, {2023 * 12, {25000, 25000, 25000}},
    {2021 * 12, {21900, 22500, 25000}}, {2019 * 12 + 6, {20400, 21000, 23500}}, {2018 * 12, {19400, 20000, 22500}},
    {2017 * 12, {19200, 19800, 22300}}, {2016 * 12, {19000, 19600, 22100}}, {2015 * 12, {18800, 19400, 21900}},
  };
  unsigned k = 0;
  while (month < rates[k].from) k++;
  return rates[k].cents[rank <= 2 ? 0 : rank == 3 ? 1 : 2];
}

/* The how-manieth child of the recipient, children paid to somebody else included; by age. False: not known, or overflow. */
static bool rank_of(const cluster *c, uint32_t k, int64_t *rank) {
  const bench_cell own = person(c, c->pairs[k].child)->cell[BENCH_BIRTH];
  int64_t r = 1;
  if (c->pair[k].principle != YES || own.state != ANS_VALUE) return false;
  for (uint32_t q = 0; q < c->pair_count; q++) {
    if (q == k || c->pairs[q].recipient != c->pairs[k].recipient || c->pair[q].principle == NO) continue;
    const bench_cell birth = person(c, c->pairs[q].child)->cell[BENCH_BIRTH];
    if (birth.state != ANS_VALUE) return false;
    if (birth.value > own.value || (birth.value == own.value && q > k)) continue;
    if (c->pair[q].principle == OPEN || __builtin_add_overflow(r, INT64_C(1), &r)) return false;
  }
  *rank = r;
  return true;
}

/* § 70 Abs. 1 Satz 2, § 66 Abs. 3 in its former version, § 52 Abs. 49a Satz 12, Abs. 50: is this month too far back for the application? */
static truth too_late(const month_frame *m, int32_t applied) {
  int32_t back;
  if (__builtin_sub_overflow(scalar_month_of(applied), m->month, &back)) return OPEN;
  if (back <= 6 || applied <= DAY_END_2017) return NO;
  if (applied == DAY_18_JULY_2019) return m->month < MONTH_2019 ? OPEN : NO;
  return YES;
}

static void payment(const cluster *c, uint32_t k, bench_decision *d) {
  const bench_cell applied = c->pairs[k].cell[BENCH_APPLIED];
  int64_t rank = 1;
  d->amount_known = d->entitled == NO || (d->entitled == YES && (c->m->month >= MONTH_2023 || rank_of(c, k, &rank)));
  d->amount_cents = d->amount_known && d->entitled == YES ? rate_cents(c->m->month, rank) : 0;
  truth pay = truth_and(d->entitled, applied.state == ANS_VALUE ? YES : applied.state == ANS_NOT_APPLICABLE ? NO : OPEN);
  if (pay != NO) pay = truth_and(pay, applied.state == ANS_VALUE ? truth_not(too_late(c->m, applied.value)) : OPEN);
  d->payout_known = pay == NO || (pay == YES && d->amount_known);
  d->payout_cents = pay == YES && d->amount_known ? d->amount_cents : 0;
}

/* --- a cluster --------------------------------------------------------------------------------------------------------------------------------------------- */
static void judge_persons(cluster *c) {
  memset(c->role, 0, c->person_count);
  for (uint32_t k = 0; k < c->pair_count; k++) {
    c->role[c->pairs[k].recipient - c->person_base] |= 1;
    c->role[c->pairs[k].child - c->person_base] |= 2;
  }
  for (uint32_t i = 0; i < c->person_count; i++) {
    if (!c->role[i]) continue;
    c->alive[i] = scalar_alive(c->m, &c->persons[i]);
    if (c->role[i] & 1) c->eligible[i] = eligible(c->m, &c->persons[i], c->alive[i]);
    if (c->role[i] & 2) c->counts[i] = scalar_counts_as_child(c->m, &c->persons[i]);
  }
}

/* The pairs of one child: who meets the conditions, who comes first, who is entitled. */
static void judge_child(cluster *c, bench_decision *out) {
  const bench_cell birth = person(c, c->pairs[c->group[0]].child)->cell[BENCH_BIRTH];
  const bool key_known = birth.state == ANS_VALUE;
  const int32_t key_day = key_known && birth.value > c->m->first ? birth.value : c->m->first;
  EACH(c, g, k) {
    judged *j = &c->pair[k];
    j->met = conditions(c, k, key_day, key_known);
    j->principle = days_any(c->m, j->met);
  }
  precedence(c, key_day, key_known);
  entitlement(c, out);
}

bool bench_scalar(const bench_population *w, uint32_t first, uint32_t end, int32_t month, bench_decision *out) {
  const month_frame m = scalar_month(w, month);
  cluster c;
  for (uint32_t n = first; n < end; n++) {
    const bench_cluster *at = &w->clusters[n];
    c.m = &m;
    c.persons = w->persons + at[0].first_person;
    c.pairs = w->pairs + at[0].first_pair;
    c.person_base = at[0].first_person;
    c.person_count = at[1].first_person - at[0].first_person;
    c.pair_count = at[1].first_pair - at[0].first_pair;
    if (c.person_count > BENCH_CLUSTER_MAX || c.pair_count > BENCH_CLUSTER_MAX) return false;
    if (!c.pair_count) continue;
    judge_persons(&c);
    bench_decision *d = out + at[0].first_pair;
    for (uint32_t k = 0; k < c.pair_count; k++) {
      bool seen = false;
      for (uint32_t q = 0; q < k && !seen; q++) seen = c.pairs[q].child == c.pairs[k].child;
      if (seen) continue;
      c.size = 0;
      for (uint32_t q = k; q < c.pair_count; q++)
        if (c.pairs[q].child == c.pairs[k].child) c.group[c.size++] = q;
      judge_child(&c, d);
    }
    for (uint32_t k = 0; k < c.pair_count; k++) payment(&c, k, &d[k]);
  }
  return true;
}
