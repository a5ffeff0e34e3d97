/* Makes the clusters of the synthetic population. Rates resemble those of the register stand-in (tools/registers/rates.py); they are assumptions for measuring, not
 * statistics. See workload.h. */
#include <string.h>
#include "workload_make.h"

/* In ten thousandths. */
enum {
  RATE_FAMILY = 2740, RATE_JOINT = 6000, RATE_SEPARATED = 2500, RATE_STEP = 700, RATE_SINGLE = 700, /* the rest: foster */
  RATE_TWINS = 170, RATE_FATHER_RECEIVES = 1400, RATE_ADULT_OWN_HOUSEHOLD = 2500, RATE_DISABLED = 120,
  RATE_EU_FAMILY = 350, RATE_THIRD_FAMILY = 750, RATE_CHILD_DIED = 15, RATE_PARENT_DIED = 40, RATE_MOVED_ABROAD = 50, RATE_CHILD_ABROAD = 60,
  RATE_HOUSEHOLD_CHANGED = 300, RATE_NO_IDNR = 60, RATE_NEWBORN_NO_IDNR = 300, RATE_NO_FINDING = 400, RATE_NO_DESIGNATION = 200,
  RATE_NOT_RECOGNISED = 1500, RATE_LATE_APPLICATION = 80, RATE_ON_18_JULY_2019 = 30, RATE_NEWBORN_NO_APPLICATION = 2500, RATE_ADOPTED = 60, RATE_BENEFIT_STATED = 3000,
  RATE_OLDER_FAMILY = 300, RATE_DUTY = 3000
};

void bench_population_dispose(bench_population *p) {
  free(p->persons);
  free(p->pairs);
  free(p->pool);
  free(p->clusters);
  *p = (bench_population){0};
}

/* --- persons --------------------------------------------------------------------------------------------------------------------------------------------------- */
static uint32_t person(maker *m, int32_t birth) {
  bench_population *p = m->p;
  room((void **)&p->persons, &p->person_cap, (size_t)p->person_count + 1, sizeof *p->persons);
  bench_person *x = &p->persons[p->person_count];
  *x = (bench_person){.cell = {{0}}};
  x->cell[BENCH_BIRTH] = cell(m, birth);
  x->cell[BENCH_DEATH] = nothing(m);
  x->cell[BENCH_IDNR] = cell(m, !bench_chance(&m->random, RATE_NO_IDNR));
  x->cell[BENCH_NATION] = cell(m, (int32_t)m->nation);
  x->cell[BENCH_DUTY] = cell(m, 0);
  x->cell[BENCH_FIRST_DEGREE] = nothing(m);
  x->cell[BENCH_DISABLED_SINCE] = nothing(m);
  return p->person_count++;
}

/* Where somebody lives; draws nothing, so that the facts of a cluster do not depend on it. */
static void lives(maker *m, uint32_t who, uint32_t home, uint32_t role) {
  if (who == ANS_NONE) return;
  m->p->persons[who].home = (uint8_t)home;
  m->p->persons[who].role = (uint8_t)role;
}

static uint32_t parent(maker *m, int32_t birth) {
  const uint32_t index = person(m, birth);
  bench_person *x = &m->p->persons[index];
  if (bench_chance(&m->random, RATE_PARENT_DIED)) x->cell[BENCH_DEATH] = cell(m, edge_day(m, TODAY - 10 * YEAR_DAYS, TODAY));
  if (bench_chance(&m->random, RATE_MOVED_ABROAD)) {
    x->line[BENCH_RESIDENCE] = changing(m, BENCH_AT_HOME, some_day(m, TODAY - 8 * YEAR_DAYS, TODAY), BENCH_IN_EU + bench_below(&m->random, 2));
    x->line[BENCH_TAX] = always(m, bench_below(&m->random, 3));
  } else {
    x->line[BENCH_RESIDENCE] = always(m, BENCH_AT_HOME);
  }
  if (m->nation == BENCH_EU_CITIZEN) x->line[BENCH_FREEDOM] = always(m, !bench_chance(&m->random, 300));
  if (m->nation == BENCH_THIRD_NATIONAL && !bench_chance(&m->random, 1500)) x->line[BENCH_TITLE] = changing(m, 0, some_day(m, TODAY - 12 * YEAR_DAYS, TODAY - 30), 1);
  return index;
}

/* School, training, study, service, search and work after the sixteenth birthday. Registers answer without gaps: false outside what they report. */
typedef enum course { COURSE_SCHOOL_STUDY, COURSE_TRAINING, COURSE_SERVICE, COURSE_SEEKING, COURSE_WORK, COURSE_NOTHING } course;

static void work_life(maker *m, bench_person *x, course c, int32_t done) {
  static const int32_t hours[] = {100, 150, 180, 195, 200, 205, 210, 300, 380};
  const bool works = c == COURSE_WORK || (c == COURSE_SEEKING && bench_chance(&m->random, 2000)) || bench_chance(&m->random, 3000);
  const int32_t from = done + (int32_t)bench_below(&m->random, 200);
  const bool marginal = works && c != COURSE_WORK && bench_chance(&m->random, 4500);
  const int32_t week = c == COURSE_WORK ? 380 : marginal ? 80 : hours[bench_below(&m->random, 9)];
  x->line[BENCH_HOURS] = works ? changing(m, 0, from, week) : always(m, 0);
  x->line[BENCH_MARGINAL] = marginal ? changing(m, 0, from, 1) : always(m, 0);
  x->line[BENCH_MARGINAL_HARMLESS] = marginal && c == COURSE_SEEKING ? always(m, bench_chance(&m->random, 7000)) : (bench_run){0, 0};
  x->line[BENCH_JOB_IS_TRAINING] = c == COURSE_TRAINING ? during(m, done - 3 * YEAR_DAYS, done) : always(m, 0);
  x->line[BENCH_SEEKING] = c == COURSE_SEEKING ? during(m, done + 10, ANS_OPEN_FUTURE) : always(m, 0);
}

static void young_adult(maker *m, bench_person *x, int32_t birth) {
  const uint32_t dice = bench_below(&m->random, 100);
  const course c = dice < 45 ? COURSE_SCHOOL_STUDY : dice < 70 ? COURSE_TRAINING : dice < 75 ? COURSE_SERVICE : dice < 83 ? COURSE_SEEKING : dice < 95 ? COURSE_WORK : COURSE_NOTHING;
  const int32_t school_end = birth + 18 * YEAR_DAYS + some_day(m, -300, 400), gap = some_day(m, 10, 200), next = school_end + gap, end = edge_day(m, next + 700, next + 1500);
  const int32_t trained = edge_day(m, next + 1000, next + 1100);
  bench_run study = {0, 0};
  stretch(m, &study, ANS_OPEN_PAST, birth + 6 * YEAR_DAYS - 1, 0);
  stretch(m, &study, birth + 6 * YEAR_DAYS, school_end, 1);
  stretch(m, &study, school_end + 1, c == COURSE_SCHOOL_STUDY ? next - 1 : ANS_OPEN_FUTURE, 0);
  if (c == COURSE_SCHOOL_STUDY) {
    stretch(m, &study, next, end, 1);
    stretch(m, &study, end + 1, ANS_OPEN_FUTURE, 0);
  }
  seal(m, &study);
  x->line[BENCH_STUDY] = study;
  x->line[BENCH_TRAINING] = c == COURSE_TRAINING ? during(m, next, trained) : always(m, 0);
  x->line[BENCH_OTHER_TRAINING] = bench_chance(&m->random, 300) ? during(m, end, end + 120) : always(m, 0);
  if (!bench_chance(&m->random, RATE_NOT_RECOGNISED)) x->line[BENCH_RECOGNISED] = always(m, 1);
  x->line[BENCH_VOLUNTARY] = c == COURSE_SERVICE ? during(m, next, next + YEAR_DAYS) : always(m, 0);
  x->line[BENCH_MILITARY] = c == COURSE_SCHOOL_STUDY && bench_chance(&m->random, 300) ? during(m, school_end + 1, next - some_day(m, 20, 120)) : bench_chance(&m->random, 100) ? during(m, next, next + 300) : always(m, 0);
  x->line[BENCH_PLACE_SOUGHT] = c == COURSE_SEEKING || bench_chance(&m->random, 500) ? during(m, school_end + 1, next + 300) : always(m, 0);
  if (!bench_chance(&m->random, 4000)) x->line[BENCH_PLACE_MISSING] = always(m, bench_chance(&m->random, 8000));
  work_life(m, x, c, c == COURSE_TRAINING ? trained : c == COURSE_SCHOOL_STUDY ? end : school_end);
  if (c == COURSE_TRAINING || (c == COURSE_SCHOOL_STUDY && bench_chance(&m->random, 4000)))
    x->cell[BENCH_FIRST_DEGREE] = cell(m, c == COURSE_TRAINING ? trained : edge_day(m, next, end));
}

static uint32_t child(maker *m, int32_t birth) {
  const uint32_t index = person(m, birth);
  bench_person *x = &m->p->persons[index];
  if (birth > TODAY - 90 && bench_chance(&m->random, RATE_NEWBORN_NO_IDNR)) x->cell[BENCH_IDNR] = cell(m, 0);
  if (bench_chance(&m->random, RATE_CHILD_DIED)) x->cell[BENCH_DEATH] = cell(m, edge_day(m, birth, TODAY));
  bench_run lives = {0, 0};
  const bool left = bench_chance(&m->random, RATE_CHILD_ABROAD);
  const int32_t day = left ? edge_day(m, birth, TODAY) : ANS_OPEN_FUTURE;
  stretch(m, &lives, birth, left ? day : ANS_OPEN_FUTURE, BENCH_AT_HOME);
  if (left) stretch(m, &lives, day + 1, ANS_OPEN_FUTURE, BENCH_IN_EU + bench_below(&m->random, 2));
  seal(m, &lives);
  x->line[BENCH_RESIDENCE] = lives;
  if (left || m->nation != BENCH_GERMAN || bench_chance(&m->random, RATE_BENEFIT_STATED)) x->line[BENCH_FOREIGN_BENEFIT] = always(m, left && bench_chance(&m->random, 3000));
  if (bench_chance(&m->random, RATE_DISABLED)) {
    x->cell[BENCH_DISABLED_SINCE] = cell(m, birth + (int32_t)bench_below(&m->random, 30) * YEAR_DAYS);
    x->line[BENCH_DISABLED] = always(m, 1);
    x->line[BENCH_UNABLE] = always(m, bench_chance(&m->random, 8000));
  } else if (birth < TODAY - 17 * YEAR_DAYS) {
    x->line[BENCH_DISABLED] = always(m, 0);
  }
  if (birth < TODAY - 16 * YEAR_DAYS) young_adult(m, x, birth);
  if (birth < 8947 /* 1994-07-01 */ && bench_chance(&m->random, RATE_DUTY)) { /* § 32 Abs. 5 with § 52 Abs. 32 Satz 2 */
    x->cell[BENCH_DUTY] = cell(m, 1);
    x->line[BENCH_EXTENSION] = always(m, 1);
  }
  return index;
}

/* --- pairs ------------------------------------------------------------------------------------------------------------------------------------------------------ */
static bench_pair *pair(maker *m, uint32_t recipient, uint32_t of, int32_t kind) {
  bench_population *p = m->p;
  room((void **)&p->pairs, &p->pair_cap, (size_t)p->pair_count + 1, sizeof *p->pairs);
  bench_pair *x = &p->pairs[p->pair_count++];
  *x = (bench_pair){.recipient = recipient, .child = of};
  x->cell[BENCH_KIND] = cell(m, kind);
  x->cell[BENCH_APPLIED] = nothing(m);
  return x;
}

static void applied(maker *m, bench_pair *x, int32_t birth) {
  int32_t day = birth + some_day(m, 5, 60);
  if (birth < DAY_18_JULY_2019 && bench_chance(&m->random, RATE_ON_18_JULY_2019)) day = DAY_18_JULY_2019;
  else if (bench_chance(&m->random, RATE_LATE_APPLICATION)) day = birth + some_day(m, 200, 2500);
  if (day > TODAY || (birth > TODAY - 60 && bench_chance(&m->random, RATE_NEWBORN_NO_APPLICATION))) return;
  x->cell[BENCH_APPLIED] = cell(m, day);
}

typedef struct family {
  uint32_t mother, father, other;     /* other: step-parent, grandmother or foster mother; ANS_NONE: nobody */
  int32_t other_kind;
  bool father_away, mother_away, father_receives;
  uint32_t children[8];
  int32_t births[8];
  bool own_household[8];
  uint32_t count;
} family;

/* Where the child lives, who is designated, what is paid: from the point of view of one recipient. */
static void household(maker *m, bench_pair *x, bool here, bool receives, bool child_left, int32_t birth) {
  if (!bench_chance(&m->random, RATE_NO_FINDING)) {
    const bool moved = bench_chance(&m->random, RATE_HOUSEHOLD_CHANGED);
    const int32_t day = some_day(m, birth > TODAY - 3000 ? birth : TODAY - 3000, TODAY);
    if (child_left) x->line[BENCH_HOUSEHOLD] = changing(m, here, birth + 19 * YEAR_DAYS, 0);
    else x->line[BENCH_HOUSEHOLD] = moved ? changing(m, here, day, !here) : always(m, here);
  }
  if (!bench_chance(&m->random, RATE_NO_DESIGNATION)) x->line[BENCH_DESIGNATED] = always(m, receives);
  if (child_left) x->line[BENCH_MAINTENANCE] = always(m, (int64_t)bench_below(&m->random, 4) * 10000);
}

static void pairs_of(maker *m, const family *f, uint32_t who, int32_t kind, bool here, bool receives) {
  if (who == ANS_NONE) return;
  for (uint32_t k = 0; k < f->count; k++) {
    const int32_t k_kind = kind == BENCH_NATURAL && bench_chance(&m->random, RATE_ADOPTED) ? BENCH_ADOPTED : kind;
    bench_pair *x = pair(m, who, f->children[k], k_kind);
    household(m, x, here, receives, f->own_household[k], f->births[k]);
    if (receives) applied(m, x, f->births[k]);
    if (kind == BENCH_FOSTER) x->line[BENCH_FOSTER_BOND] = always(m, 1);
    if (f->other_kind == BENCH_GRANDCHILD) x->line[BENCH_WAIVER] = always(m, bench_chance(&m->random, 1000));
  }
}

/* 29 February of the leap year at or before a day. */
static int32_t leap_day(int32_t day) {
  int year, month, dom;
  ans_date_to_ymd(day, &year, &month, &dom);
  year -= year % 4; /* 1900 and 2100 are far away */
  return (int32_t)ans_date_from_ymd(year, 2, 29) <= day ? (int32_t)ans_date_from_ymd(year, 2, 29) : (int32_t)ans_date_from_ymd(year - 4, 2, 29);
}

static void births(maker *m, family *f) {
  const uint32_t dice = bench_below(&m->random, 100);
  const uint32_t wanted = dice < 49 ? 1 : dice < 86 ? 2 : dice < 96 ? 3 : 4;
  int32_t birth = TODAY - (int32_t)bench_below(&m->random, 25 * YEAR_DAYS);
  if (bench_chance(&m->random, RATE_OLDER_FAMILY)) birth -= 12 * YEAR_DAYS; /* grown up today, counted in the first years of the package */
  birth = edge_day(m, birth, birth + 31);
  if (bench_chance(&m->random, 50)) birth = leap_day(birth);
  while (f->count < wanted && birth <= TODAY) {
    const uint32_t at_once = bench_chance(&m->random, RATE_TWINS) ? 2 : 1;
    for (uint32_t k = 0; k < at_once; k++) f->births[f->count++] = birth;
    birth += some_day(m, 450, 1800);
  }
}

static void homes(maker *m, const family *f) {
  uint32_t next = 1;
  lives(m, f->mother, f->mother_away ? next++ : 0, BENCH_MOTHER);
  lives(m, f->father, f->father_away ? next++ : 0, BENCH_FATHER);
  lives(m, f->other, 0, BENCH_OTHER_ADULT);
  for (uint32_t k = 0; k < f->count; k++) lives(m, f->children[k], f->own_household[k] ? next++ : 0, BENCH_CHILD_OF_FAMILY);
}

/* Returns the number of households; *crosses: a pointer leads from one into another. */
static uint32_t make_family(maker *m, bool *crosses) {
  family f = {.other = ANS_NONE, .father = ANS_NONE};
  const uint32_t nation = bench_below(&m->random, 10000);
  m->nation = nation < RATE_EU_FAMILY ? BENCH_EU_CITIZEN : nation < RATE_EU_FAMILY + RATE_THIRD_FAMILY ? BENCH_THIRD_NATIONAL : BENCH_GERMAN;
  births(m, &f);
  const int32_t age = f.births[0] - some_day(m, 20 * YEAR_DAYS, 40 * YEAR_DAYS);
  const uint32_t form = bench_below(&m->random, 10000);
  const bool joint = form < RATE_JOINT, separated = !joint && form < RATE_JOINT + RATE_SEPARATED;
  const bool step = !joint && !separated && form < RATE_JOINT + RATE_SEPARATED + RATE_STEP, single = form >= RATE_JOINT + RATE_SEPARATED + RATE_STEP && form < RATE_JOINT + RATE_SEPARATED + RATE_STEP + RATE_SINGLE;
  const bool foster = !joint && !separated && !step && !single, grandmother = single && bench_chance(&m->random, 3000);
  f.mother = parent(m, age);
  if (!single && !foster) f.father = parent(m, age - 700);
  if (step || foster || grandmother) f.other = parent(m, grandmother ? age - 9000 : age + 500);
  f.other_kind = step ? BENCH_STEPCHILD : foster ? BENCH_FOSTER : grandmother ? BENCH_GRANDCHILD : BENCH_NATURAL;
  f.father_away = separated || step;
  f.mother_away = foster;
  f.father_receives = joint && bench_chance(&m->random, RATE_FATHER_RECEIVES);
  uint32_t households = 1 + (separated || step || foster), moved_out = 0;
  for (uint32_t k = 0; k < f.count; k++) {
    f.children[k] = child(m, f.births[k]);
    f.own_household[k] = f.births[k] < TODAY - 19 * YEAR_DAYS && bench_chance(&m->random, RATE_ADULT_OWN_HOUSEHOLD);
    moved_out += f.own_household[k];
  }
  homes(m, &f);
  pairs_of(m, &f, f.mother, BENCH_NATURAL, !f.mother_away, !foster && !f.father_receives);
  pairs_of(m, &f, f.father, BENCH_NATURAL, !f.father_away, f.father_receives);
  pairs_of(m, &f, f.other, f.other_kind, true, foster);
  if (step && bench_chance(&m->random, 5000)) { /* the step-parent's own child with a former partner: counts for the rank of the others */
    const int32_t birth = TODAY - (int32_t)bench_below(&m->random, 18 * YEAR_DAYS);
    family former = {.mother = parent(m, birth - 28 * YEAR_DAYS), .father = ANS_NONE, .other = ANS_NONE, .other_kind = BENCH_NATURAL, .births = {birth}, .count = 1};
    former.children[0] = child(m, birth);
    pairs_of(m, &former, f.other, BENCH_NATURAL, false, false);
    pairs_of(m, &former, former.mother, BENCH_NATURAL, true, true);
    lives(m, former.mother, households + moved_out, BENCH_MOTHER);
    lives(m, former.children[0], households + moved_out, BENCH_CHILD_OF_FAMILY);
    households++;
  }
  *crosses = households + moved_out > 1;
  return households + moved_out;
}

static void make_other(maker *m) {
  m->nation = BENCH_GERMAN;
  const int32_t birth = TODAY - some_day(m, 20 * YEAR_DAYS, 90 * YEAR_DAYS);
  lives(m, parent(m, birth), 0, BENCH_ADULT);
  if (bench_chance(&m->random, 3800)) lives(m, parent(m, birth + some_day(m, -1500, 1500)), 0, BENCH_ADULT);
}

static void close_clusters(bench_population *p) {
  room((void **)&p->clusters, &p->cluster_cap, (size_t)p->cluster_count + 1, sizeof *p->clusters);
  p->clusters[p->cluster_count] = (bench_cluster){.first_person = p->person_count, .first_pair = p->pair_count};
}

unsigned bench_unknown_of(const bench_rates *rates, uint64_t cluster) { return rates->blank_every && cluster % rates->blank_every == 0 ? 100 : rates->unknown_percent; }

void bench_population_make(bench_population *p, const bench_rates *rates, uint64_t first, uint32_t count, bool fresh) {
  if (fresh) p->person_count = p->pair_count = p->pool_count = p->cluster_count = p->households = p->families = p->crossing = 0;
  for (uint64_t n = first; n < first + count; n++) {
    maker m = {.p = p, .random = rates->seed ^ n * UINT64_C(0xD1342543DE82EF95), .unknown_percent = bench_unknown_of(rates, n)};
    (void)bench_random(&m.random);
    const bool is_family = bench_chance(&m.random, RATE_FAMILY) || rates->families_only;
    close_clusters(p);
    bench_cluster *x = &p->clusters[p->cluster_count++];
    x->households = 1;
    if (is_family) x->households = make_family(&m, &x->crosses);
    else make_other(&m);
    p->households += x->households;
    p->families += is_family;
    p->crossing += x->crosses;
  }
  close_clusters(p);
}
