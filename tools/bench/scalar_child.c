/* § 32 Abs. 3 to 5 EStG with § 52 Abs. 32: on which days of the month a child counts. Day by day, because § 66 Abs. 2 pays for a month in which the conditions are met
 * together on one day. Alternatives that the age excludes are not looked at. */
#include "scalar.h"

days scalar_alive(const month_frame *m, const bench_person *p) {
  const bench_cell birth = p->cell[BENCH_BIRTH], death = p->cell[BENCH_DEATH];
  days born = {0, 0}, dead = {0, 0};
  if (birth.state == ANS_VALUE) born = scalar_from(m, birth.value);
  if (death.state == ANS_VALUE) dead = scalar_from(m, death.value + 1);
  else if (death.state == ANS_NOT_APPLICABLE) dead.no = m->all;
  return days_and(born, days_not(dead));
}

/* A date that bounds a gap: no such date is written as a date so far away that no gap arises. */
typedef struct edge { int32_t day; bool known; } edge;
enum { FAR_PAST = ANS_DAY_MIN, FAR_FUTURE = ANS_DAY_MAX };

static edge later_end(const month_frame *m, edge so_far, bench_run line) {
  int32_t day = FAR_PAST;
  if (!so_far.known || scalar_last_end(m, line, m->first, &day) == OPEN) return (edge){0, false};
  return day > so_far.day ? (edge){day, true} : so_far;
}

static edge earlier_start(const month_frame *m, edge so_far, bench_run line) {
  int32_t day = FAR_FUTURE;
  if (!so_far.known || scalar_next_start(m, line, m->first, &day) == OPEN) return (edge){0, false};
  return day < so_far.day ? (edge){day, true} : so_far;
}

/* At most four full calendar months lie between the two. */
static truth short_gap(edge end, edge start) {
  int32_t between;
  if (!end.known || !start.known) return OPEN;
  if (__builtin_sub_overflow(scalar_month_of(start.day), scalar_month_of(end.day), &between)) return OPEN; /* both are months of the calendar: cannot happen */
  return truth_of(between - 1 <= 4);
}

static truth section_recognised(const month_frame *m, const bench_person *p, edge at) {
  if (!at.known) return OPEN;
  return truth_or(scalar_true_on(m, p->line[BENCH_TRAINING], at.day), scalar_true_on(m, p->line[BENCH_RECOGNISED], at.day));
}

/* § 32 Abs. 4 Satz 1 Nr. 2 Buchst. b */
static truth in_gap(const month_frame *m, const bench_person *p) {
  static const uint8_t trainings[] = {BENCH_TRAINING, BENCH_STUDY, BENCH_OTHER_TRAINING}, services[] = {BENCH_VOLUNTARY, BENCH_MILITARY};
  edge end = {FAR_PAST, true}, start = {FAR_FUTURE, true}, service_end = end, service_start = start;
  for (unsigned k = 0; k < sizeof trainings; k++) {
    end = later_end(m, end, p->line[trainings[k]]);
    start = earlier_start(m, start, p->line[trainings[k]]);
  }
  for (unsigned k = 0; k < sizeof services; k++) {
    service_end = later_end(m, service_end, p->line[services[k]]);
    service_start = earlier_start(m, service_start, p->line[services[k]]);
  }
  const truth training_to_training = short_gap(end, start), training_to_service = short_gap(end, service_start), service_to_training = short_gap(service_end, start);
  if (training_to_training == NO && training_to_service == NO && service_to_training == NO) return NO;
  const truth last = section_recognised(m, p, end), next = section_recognised(m, p, start);
  truth r = truth_and(training_to_training, truth_and(last, next));
  r = truth_or(r, truth_and(training_to_service, last));
  return truth_or(r, truth_and(service_to_training, next));
}

/* § 32 Abs. 4 Satz 1 Nr. 2 Buchst. a: a registered contract is enough, anything else must be recognised. */
static days in_training(const month_frame *m, const bench_person *p) {
  const days contract = scalar_equals(m, p->line[BENCH_TRAINING], 1);
  const days other = days_or(scalar_equals(m, p->line[BENCH_STUDY], 1), scalar_equals(m, p->line[BENCH_OTHER_TRAINING], 1));
  return days_or(contract, days_and(other, scalar_equals(m, p->line[BENCH_RECOGNISED], 1)));
}

static days after_first_degree(const month_frame *m, const bench_person *p) {
  const bench_cell c = p->cell[BENCH_FIRST_DEGREE];
  if (c.state == ANS_VALUE) return scalar_from(m, c.value + 1);
  return c.state == ANS_NOT_APPLICABLE ? (days){0, m->all} : (days){0, 0};
}

/* § 32 Abs. 4 Satz 2 and 3, Abs. 5 Satz 3: harmful work after the first training. */
static days harmful_work(const month_frame *m, const bench_person *p) {
  const days done = after_first_degree(m, p);
  if (done.no == m->all) return done;
  const bench_run hours = p->line[BENCH_HOURS];
  const days harmless = days_or(scalar_equals(m, p->line[BENCH_JOB_IS_TRAINING], 1), scalar_equals(m, p->line[BENCH_MARGINAL], 1));
  return days_and(done, days_and(days_and(scalar_above(m, hours, 0), scalar_above(m, hours, 200)), days_not(harmless)));
}

/* § 32 Abs. 4 Satz 1 Nr. 2 with Satz 2, 3 */
static days number_two(const month_frame *m, const bench_person *p, days age, days training, truth *gap) {
  days any = days_or(training, scalar_equals(m, p->line[BENCH_VOLUNTARY], 1));
  any = days_or(any, days_and(scalar_equals(m, p->line[BENCH_PLACE_SOUGHT], 1), scalar_equals(m, p->line[BENCH_PLACE_MISSING], 1)));
  if ((any.yes & age.yes) != age.yes || age.yes != m->all) { /* the gap cannot matter where another alternative holds */
    *gap = in_gap(m, p);
    any = days_or(any, days_always(m, *gap));
  }
  const days r = days_and(age, any);
  return r.no == m->all ? r : days_and(r, days_not(harmful_work(m, p)));
}

/* § 32 Abs. 4 Satz 1 Nr. 1; whether a marginal job is harmless here too, a human decides. */
static days number_one(const month_frame *m, const bench_person *p, days age) {
  const days seeking = scalar_equals(m, p->line[BENCH_SEEKING], 1), idle = scalar_equals(m, p->line[BENCH_HOURS], 0), busy = scalar_above(m, p->line[BENCH_HOURS], 0);
  const days marginal = days_and(days_and(busy, scalar_equals(m, p->line[BENCH_MARGINAL], 1)), scalar_equals(m, p->line[BENCH_MARGINAL_HARMLESS], 1));
  return days_and(days_and(age, seeking), days_or(idle, marginal));
}

/* § 32 Abs. 4 Satz 1 Nr. 3, § 52 Abs. 32 Satz 1 (disability before 2007: before 27 instead of 25) */
static days number_three(const month_frame *m, const bench_person *p, days adult, int32_t birth) {
  const bench_cell since = p->cell[BENCH_DISABLED_SINCE];
  if (since.state == ANS_NOT_APPLICABLE) return (days){0, m->all};
  const days disabled = scalar_equals(m, p->line[BENCH_DISABLED], 1);
  if (disabled.no == m->all) return disabled;
  const days unable = days_and(disabled, scalar_equals(m, p->line[BENCH_UNABLE], 1));
  truth in_time = OPEN;
  if (since.state == ANS_VALUE)
    in_time = truth_of(since.value < scalar_birthday(birth, 25) || (since.value < 13514 /* 2007-01-01 */ && since.value < scalar_birthday(birth, 27)));
  return days_and(days_and(adult, unable), days_always(m, in_time));
}

/* § 32 Abs. 5, § 52 Abs. 32 Satz 2: extension for a service begun before July 2011; asked only of those born before July 1994. */
static days extension(const month_frame *m, const bench_person *p, days alive, int32_t birth, days training, truth gap) {
  const bench_cell duty = p->cell[BENCH_DUTY];
  const truth served = duty.state == ANS_VALUE ? truth_of(duty.value != 0) : OPEN;
  if (birth >= 8947 /* 1994-07-01 */ || served == NO) return (days){0, m->all};
  const days possible = days_and(alive, days_and(days_always(m, served), scalar_equals(m, p->line[BENCH_EXTENSION], 1)));
  days band = days_and(scalar_from(m, scalar_birthday(birth, 21)), days_not(scalar_from(m, scalar_birthday(birth, 23))));
  const days seeking = days_and(scalar_equals(m, p->line[BENCH_HOURS], 0), scalar_equals(m, p->line[BENCH_SEEKING], 1));
  days r = days_and(days_and(band, seeking), possible);
  band = days_and(scalar_from(m, scalar_birthday(birth, 25)), days_not(scalar_from(m, scalar_birthday(birth, 27))));
  r = days_or(r, days_and(days_and(band, days_or(training, days_always(m, gap))), possible));
  return r.no == m->all ? r : days_and(r, days_not(harmful_work(m, p)));
}

days scalar_counts_as_child(const month_frame *m, const bench_person *p) {
  const days alive = scalar_alive(m, p);
  const bench_cell birth = p->cell[BENCH_BIRTH];
  if (alive.no == m->all) return alive;
  /* Every alternative needs a living child; without a date of birth nothing more can be said. Under 18 at the beginning of the month: § 32 Abs. 3. */
  if (birth.state != ANS_VALUE || birth.value > m->first || scalar_birthday(birth.value, 18) > m->first) return alive;
  days r = number_three(m, p, alive, birth.value);
  const int32_t last_age = scalar_birthday(birth.value, 27);
  if (last_age <= m->first) return r;
  const days below_25 = days_not(scalar_from(m, scalar_birthday(birth.value, 25)));
  days training = {0, 0};
  truth gap = OPEN;
  const bool older = birth.value < 8947;
  if (below_25.yes || older) training = in_training(m, p);
  if (below_25.yes) {
    const days below_21 = days_not(scalar_from(m, scalar_birthday(birth.value, 21)));
    r = days_or(r, number_two(m, p, days_and(alive, below_25), training, &gap));
    if (below_21.yes) r = days_or(r, number_one(m, p, days_and(alive, below_21)));
  }
  if (!older) return r;
  if (gap == OPEN) gap = in_gap(m, p);
  return days_or(r, extension(m, p, alive, birth.value, training, gap));
}
