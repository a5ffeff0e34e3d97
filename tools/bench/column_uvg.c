/* The column program for Unterhaltsvorschuss: cases whose conditions do not change with time. What remains are ages, the rates of the stages, parts of a month, set-off and rounding. See column.h. */
#include "column_parts.h"

/* Amounts that may change once (school, wage): before, from, after. */
typedef struct step { int32_t *day; int64_t *before, *after; } step;
struct column_case {
  int32_t *birth, *six, *twelve, *eighteen, *asked, *asked_month;
  uint8_t *met, *older, *efforts, *irregular, *deducted;       /* conditions of § 1 that hold always, § 1 Abs. 1a, § 4 Abs. 2 */
  int64_t *paid, *orphan, *compared, *months_so_far;           /* compared: what the rate is compared with under § 1 Abs. 1 Nr. 3 */
  step school, trainee, wage, capital;
  uint8_t *ok;                                                 /* scratch: the month's conditions */
};

static bool once(const law_population *w, bench_run line, const step *s, uint32_t k) {
  const ans_interval *x = w->base->pool + line.first;
  if (line.count < 1 || line.count > 2 || x[0].from != ANS_OPEN_PAST || x[line.count - 1].to != ANS_OPEN_FUTURE) return false;
  s->before[k] = x[0].value;
  s->after[k] = x[line.count - 1].value;
  s->day[k] = line.count == 2 ? x[1].from : ANS_OPEN_FUTURE;
  if (line.count == 1) s->after[k] = s->before[k];
  return true;
}

static bool cover(const law_population *w, column_case *c, uint32_t k, const law_case *x) {
  int64_t v[LAW_CASE_LINE_COUNT] = {0}, marital, free_child, free_parent = 0;
  static const uint8_t needed[] = {LAW_WITH_PARENT, LAW_TOGETHER, LAW_OTHER_DIED, LAW_PAID, LAW_ORPHAN, LAW_SGB2, LAW_PARENT_INCOME, LAW_UNCOOPERATIVE, LAW_ADVANCE, LAW_SGB8, LAW_BENEFIT, LAW_MONTHS_SO_FAR, LAW_REGULAR, LAW_HELP_AVOIDED};
  for (size_t i = 0; i < sizeof needed; i++)
    if (!column_constant(w, x->line[needed[i]], &v[needed[i]])) return false;
  if (!once(w, x->line[LAW_SCHOOL_ENDED], &c->school, k) || !once(w, x->line[LAW_TRAINEE], &c->trainee, k) || !once(w, x->line[LAW_WAGE], &c->wage, k) || !once(w, x->line[LAW_CAPITAL], &c->capital, k)) return false;
  if (!column_constant(w, w->persons[x->parent].line[LAW_MARITAL], &marital) || marital == UVG_MARRIED || marital == UVG_PARTNERED) return false;
  if (!column_constant(w, w->persons[x->child].line[LAW_FREE_MOVER], &free_child) || !free_child || x->cell[LAW_ASKED].state != ANS_VALUE || v[LAW_SGB8] == UVG_PARTLY) return false;
  (void)free_parent;
  const int32_t birth = w->base->persons[x->child].cell[BENCH_BIRTH].value;
  c->birth[k] = birth;
  c->six[k] = scalar_birthday(birth, 6);
  c->twelve[k] = scalar_birthday(birth, 12);
  c->eighteen[k] = scalar_birthday(birth, 18);
  c->asked[k] = x->cell[LAW_ASKED].value;
  c->asked_month[k] = scalar_month_of(c->asked[k]);
  c->met[k] = v[LAW_WITH_PARENT] && !v[LAW_TOGETHER] && !v[LAW_UNCOOPERATIVE] && !v[LAW_ADVANCE] && v[LAW_SGB8] == UVG_NOT_COVERED;
  c->older[k] = !v[LAW_SGB2] || v[LAW_HELP_AVOIDED] || v[LAW_PARENT_INCOME] >= UVG_MIN_PARENT_INCOME;
  c->efforts[k] = x->cell[LAW_EFFORTS].value != 0;
  c->irregular[k] = !v[LAW_REGULAR];
  c->deducted[k] = v[LAW_BENEFIT] == UVG_THIS_PARENT || v[LAW_BENEFIT] == UVG_THIRD;
  c->paid[k] = v[LAW_PAID];
  c->orphan[k] = v[LAW_ORPHAN];
  c->compared[k] = v[LAW_PAID] + (v[LAW_OTHER_DIED] ? v[LAW_ORPHAN] : 0);
  c->months_so_far[k] = v[LAW_MONTHS_SO_FAR];
  return true;
}

static void step_make(column_part *p, step *s, uint32_t n) {
  s->day = column_array(p, n, sizeof *s->day);
  s->before = column_array(p, n, sizeof *s->before);
  s->after = column_array(p, n, sizeof *s->after);
}

column_case *column_case_make(const law_population *w, column_part *p) {
  const uint32_t n = w->case_count;
  column_case *c = column_array(p, 1, sizeof *c);
  if (!c) return NULL;
  int32_t **const dates[] = {&c->birth, &c->six, &c->twelve, &c->eighteen, &c->asked, &c->asked_month};
  uint8_t **const flags[] = {&c->met, &c->older, &c->efforts, &c->irregular, &c->deducted, &c->ok};
  int64_t **const amounts[] = {&c->paid, &c->orphan, &c->compared, &c->months_so_far, &p->cents};
  for (size_t k = 0; k < sizeof dates / sizeof *dates; k++) *dates[k] = column_array(p, n, sizeof(int32_t));
  for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) *flags[k] = column_array(p, n, 1);
  for (size_t k = 0; k < sizeof amounts / sizeof *amounts; k++) *amounts[k] = column_array(p, n, sizeof(int64_t));
  step_make(p, &c->school, n);
  step_make(p, &c->trainee, n);
  step_make(p, &c->wage, n);
  step_make(p, &c->capital, n);
  p->row = column_array(p, n, sizeof *p->row);
  for (uint32_t k = 0; k < n && !p->failed; k++)
    if (cover(w, c, p->count, &w->cases[k])) p->row[p->count++] = k;
  return p->failed ? NULL : c;
}

typedef struct case_month { int32_t first, last, month; int64_t need[3], benefit, free; bool reformed; } case_month;

static inline int32_t low(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t high(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int64_t upward(int64_t a) { return a > 0 ? a : 0; }
static inline int64_t at_end(const step *s, uint32_t k, int32_t last) { return last >= s->day[k] ? s->after[k] : s->before[k]; }

COLUMN_LOOP void case_loop(const column_case *c, const case_month *m, uint32_t n, int64_t *restrict cents) {
  const int64_t length = m->last - m->first + 1;
  for (uint32_t k = 0; k < n; k++) {
    const int64_t less = c->deducted[k] && c->birth[k] <= m->last ? m->benefit : 0, r0 = m->need[0] - less, r1 = m->need[1] - less, r2 = m->need[2] - less;
    const bool may = c->met[k] && (m->reformed || c->months_so_far[k] < UVG_OLD_LIMIT_MONTHS);
    const bool c0 = may && (c->compared[k] < r0 || c->irregular[k]), c1 = may && (c->compared[k] < r1 || c->irregular[k]), c2 = may && m->reformed && c->older[k] && (c->compared[k] < r2 || c->irregular[k]);
    /* the first day's stage, for § 4 Abs. 1 Satz 2 */
    const int32_t d = m->first;
    const bool at_first = d >= c->birth[k] && d < c->eighteen[k] && (d < c->six[k] ? c0 : d < c->twelve[k] ? c1 : c2);
    const int32_t back = c->asked_month[k] - m->month;
    const bool whole = back < 0 || (back == 0 && at_first) || (back <= 1 && c->efforts[k]);
    const int32_t from = high(whole ? m->first : back == 0 ? c->asked[k] : m->last + 1, c->birth[k]);
    const int64_t d0 = c0 ? upward(low(m->last + 1, c->six[k]) - from) : 0, d1 = c1 ? upward(low(m->last + 1, c->twelve[k]) - high(from, c->six[k])) : 0;
    const int64_t d2 = c2 ? upward(low(m->last + 1, c->eighteen[k]) - high(from, c->twelve[k])) : 0;
    const int64_t share = (r0 * d0 + r1 * d1 + r2 * d2 + length - 1) / length, wage = at_end(&c->wage, k, m->last);
    const int64_t labour = wage > m->free ? upward(wage - m->free - (at_end(&c->trainee, k, m->last) ? UVG_TRAINING_COST : 0)) : 0;
    const int64_t own = m->reformed && at_end(&c->school, k, m->last) ? (labour + at_end(&c->capital, k, m->last)) / 2 : 0, counted = c->paid[k] + c->orphan[k];
    const bool below = (d0 > 0 && counted < r0) || (d1 > 0 && counted < r1) || (d2 > 0 && counted < r2);
    const int64_t rest = share - counted - own, euros = rest > 0 ? (rest + 99) / 100 * 100 : 0;
    cents[k] = below && euros >= UVG_SMALLEST ? euros : 0;
  }
}

/* Inputs are below 10^9 cents (the makers' amounts and the tables), so no sum here can leave 64 bits. */
bool column_case_run(const column_case *c, column_part *p, int32_t month) {
  const month_frame f = scalar_month((const bench_population *)0, month);
  const uvg_rates *r = uvg_need(month);
  const case_month m = {.first = f.first, .last = f.last, .month = month, .need = {r->need[0], r->need[1], r->need[2]}, .benefit = uvg_child_benefit(month), .free = uvg_allowance_twelfth(month), .reformed = month >= UVG_REFORM};
  case_loop(c, &m, p->count, p->cents);
  return true;
}

static void put_step(FILE *f, const step *s, uint32_t k) { fprintf(f, ",%d,%" PRId64 ",%" PRId64, s->day[k], s->before[k], s->after[k]); }

void column_case_dump(const column_case *c, const column_part *p, FILE *f) {
  fprintf(f, "birth,six,twelve,eighteen,asked,asked_month,met,older,efforts,irregular,deducted,paid,orphan,compared,months_so_far");
  fprintf(f, ",school_day,school_before,school_after,trainee_day,trainee_before,trainee_after,wage_day,wage_before,wage_after,capital_day,capital_before,capital_after,cents\n");
  for (uint32_t k = 0; k < p->count; k++) {
    fprintf(f, "%d,%d,%d,%d,%d,%d,%u,%u,%u,%u,%u,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, c->birth[k], c->six[k], c->twelve[k], c->eighteen[k], c->asked[k], c->asked_month[k], c->met[k], c->older[k],
            c->efforts[k], c->irregular[k], c->deducted[k], c->paid[k], c->orphan[k], c->compared[k], c->months_so_far[k]);
    put_step(f, &c->school, k);
    put_step(f, &c->trainee, k);
    put_step(f, &c->wage, k);
    put_step(f, &c->capital, k);
    fprintf(f, ",%" PRId64 "\n", p->cents[k]);
  }
}
