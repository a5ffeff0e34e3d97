/* The column program for Wohngeld: tenants about whom nothing but amounts is in question. Rows are ordered by the number of members, and every field of the n-th member is one column of its rows, so that
 * sums over a household are sums of columns. See column.h. */
#include "column_parts.h"
#include "wohngeld_law.h"

enum { MAX_SIZE = 8, BLOCK = 1024 };
/* Receipts of one kind are one column per member; a second receipt of a kind is added to it when the columns are made. */
typedef struct fields {
  int64_t *trade, *self, *wage, *wage_costs, *other, *other_costs, *pension, *pension_costs, *capital, *whole, *earnings, *old_age;
  int32_t *eighteen, *twenty_five, *basic_months;
  uint8_t *taxes, *health, *health_free, *due, *due_free, *severe, *cared, *victim, *child, *benefit;
} fields;
typedef struct bucket {
  uint32_t first, rows, size;
  fields member;                     /* size x rows */
} bucket;
struct column_house {
  bucket bucket[MAX_SIZE];
  int32_t *begin, *length, *key_year;
  uint8_t *level, *alone;            /* nobody else in the flat */
  int64_t *rent, *stated, *area, *people, *support;
  uint8_t *heating, *water, *energy, *garage, *parking; /* flat rates, how many */
};

static bool yes(bench_cell c) { return c.state == ANS_VALUE && c.value != 0; }

static bool plain_income(const law_income *x) {
  const int32_t s = x->cell[LAW_SOURCE].value;
  if (x->cell[LAW_RHYTHM].value != WG_CURRENT_INCOME) return false;
  return s == WG_I_TRADE || s == WG_I_SELF || s == WG_I_WAGE || s == WG_I_OTHER || s == WG_I_PENSION || s == WG_I_CAPITAL || s == WG_I_WAGE_REPLACEMENT || s == WG_I_ALIMONY || s == WG_I_UVG || s == 12;
}

static bool plain_member(const law_population *w, const law_member *m) {
  const bench_cell *c = m->cell;
  const int32_t relation = c[LAW_RELATION].value;
  if (!yes(c[LAW_CENTRE]) || !yes(c[LAW_INCOME_COMPLETE]) || c[LAW_TRANSFER].value != WG_T_NONE || c[LAW_COUNTED_WITH].value != WG_WITH_NONE || c[LAW_AID].value) return false;
  if (relation == WG_PARTNER || relation == WG_NO_RELATION || yes(c[LAW_SEPARATED]) || w->base->persons[m->person].cell[BENCH_DEATH].state != ANS_NOT_APPLICABLE) return false;
  if (w->persons[m->person].cell[LAW_FOREIGNER].value) return false;
  for (uint32_t k = m[0].first_income; k < m[1].first_income; k++)
    if (!plain_income(&w->incomes[k])) return false;
  return true;
}

static bool plain_house(const law_population *w, const law_house *h) {
  const bench_cell *c = h->cell;
  const uint32_t n = h[1].first_member - h[0].first_member;
  if (h->crosses || n < 1 || n > MAX_SIZE || c[LAW_FORM].value > WG_LIKE_RENTED || !yes(c[LAW_OWN_USE]) || !yes(c[LAW_RENT_COMPLETE]) || yes(c[LAW_OTHER_NAMED]) || yes(c[LAW_ABUSE_SIGN])) return false;
  if (c[LAW_APPLIED_ON].state != ANS_VALUE || scalar_month_of(c[LAW_APPLIED_ON].value) < 2023 * 12 || c[LAW_RUNS_UNTIL].state == ANS_VALUE || c[LAW_DECIDED].state == ANS_VALUE || c[LAW_GIVEN_UP].state == ANS_VALUE) return false;
  if (wg_level(h, 2023 * 12) < 0 || w->persons[h->recipient].cell[LAW_FOREIGNER].value) return false;
  for (uint32_t k = h[0].first_part; k < h[1].first_part; k++)
    if (w->parts[k].cell[LAW_PART].value == WG_P_MORE && w->parts[k].cell[LAW_PART_SUM].state != ANS_VALUE) return false;
  for (uint32_t k = h[0].first_member; k < h[1].first_member; k++)
    if (!plain_member(w, &w->members[k])) return false;
  return true;
}

static void fill_member(const law_population *w, fields *f, size_t at, const law_member *m) {
  const bench_cell *c = m->cell;
  const int32_t birth = w->base->persons[m->person].cell[BENCH_BIRTH].value;
  f->taxes[at] = yes(c[LAW_TAXES]);
  f->health[at] = (uint8_t)c[LAW_HEALTH].value;
  f->health_free[at] = yes(c[LAW_HEALTH_FREE]);
  f->due[at] = (uint8_t)c[LAW_PENSION].value;
  f->due_free[at] = yes(c[LAW_PENSION_FREE]);
  f->severe[at] = (uint8_t)c[LAW_DISABILITY].value;
  f->cared[at] = yes(c[LAW_CARED_AT_HOME]);
  f->victim[at] = yes(c[LAW_NS_VICTIM]);
  f->child[at] = yes(c[LAW_IS_CHILD]);
  f->benefit[at] = yes(c[LAW_CHILD_BENEFIT]);
  f->eighteen[at] = scalar_birthday(birth, 18);
  f->twenty_five[at] = scalar_birthday(birth, 25);
  f->earnings[at] = c[LAW_EARNINGS].value;
  f->old_age[at] = c[LAW_OLD_AGE].value;
  f->basic_months[at] = c[LAW_BASIC_MONTHS].value + c[LAW_EQUAL_MONTHS].value;
  for (uint32_t k = m[0].first_income; k < m[1].first_income; k++) {
    const law_income *x = &w->incomes[k];
    const int64_t sum = x->cell[LAW_SUM].value, costs = x->cell[LAW_COSTS].value;
    switch (x->cell[LAW_SOURCE].value) {
      case WG_I_TRADE: f->trade[at] += sum; break;
      case WG_I_SELF: f->self[at] += sum; break;
      case WG_I_WAGE: f->wage[at] += sum, f->wage_costs[at] += costs; break;
      case WG_I_OTHER: f->other[at] += sum, f->other_costs[at] += costs; break;
      case WG_I_PENSION: f->pension[at] += sum, f->pension_costs[at] += costs; break;
      case WG_I_CAPITAL: f->capital[at] += sum; break;
      default: f->whole[at] += sum; break;
    }
  }
}

static void fill_house(const law_population *w, column_house *c, uint32_t at, const law_house *h) {
  const bench_cell months = h->cell[LAW_GRANT_MONTHS];
  c->begin[at] = scalar_month_of(h->cell[LAW_APPLIED_ON].value);
  c->key_year[at] = c->begin[at] / 12;
  c->length[at] = months.state == ANS_VALUE ? (months.value < 1 ? 1 : months.value > 24 ? 24 : months.value) : 12;
  c->level[at] = (uint8_t)wg_level(h, 2023 * 12);
  c->alone[at] = h->cell[LAW_OTHERS].value == 0;
  c->rent[at] = h->cell[LAW_RENT].value;
  c->area[at] = h->cell[LAW_AREA].value;
  c->people[at] = h->cell[LAW_OCCUPANTS].value;
  for (uint32_t k = h[0].first_part; k < h[1].first_part; k++) {
    const bench_cell *x = w->parts[k].cell;
    const int32_t kind = x[LAW_PART].value;
    if (x[LAW_PART_SUM].state == ANS_VALUE) c->stated[at] += x[LAW_PART_SUM].value;
    else if (kind == WG_P_HEATING || kind == WG_P_HEAT_SUPPLY) c->heating[at]++;
    else if (kind == WG_P_WATER || kind == WG_P_WATER_SUPPLY) c->water[at]++;
    else if (kind == WG_P_ENERGY) c->energy[at]++;
    else if (kind == WG_P_GARAGE) c->garage[at]++;
    else c->parking[at]++;
  }
  for (uint32_t k = h[0].first_support; k < h[1].first_support; k++) {
    const bench_cell *x = w->supports[k].cell;
    const int64_t most = x[LAW_TITLED].state == ANS_VALUE ? x[LAW_TITLED].value : x[LAW_SUPPORT].value == 2 ? 600000 : 300000;
    c->support[at] += x[LAW_SPENT].value < most ? x[LAW_SPENT].value : most;
  }
}

/* One block of memory per bucket for all fields of its members. */
static void bucket_make(column_part *p, bucket *b) {
  const size_t n = (size_t)b->rows * b->size + 1;
  fields *f = &b->member;
  int64_t **const wide[] = {&f->trade, &f->self, &f->wage, &f->wage_costs, &f->other, &f->other_costs, &f->pension, &f->pension_costs, &f->capital, &f->whole, &f->earnings, &f->old_age};
  int32_t **const middle[] = {&f->eighteen, &f->twenty_five, &f->basic_months};
  uint8_t **const narrow[] = {&f->taxes, &f->health, &f->health_free, &f->due, &f->due_free, &f->severe, &f->cared, &f->victim, &f->child, &f->benefit};
  int64_t *w = column_array(p, n * 12, sizeof *w);
  int32_t *m = column_array(p, n * 3, sizeof *m);
  uint8_t *s = column_array(p, n * 10, 1);
  for (size_t k = 0; k < 12 && w; k++) *wide[k] = w + k * n;
  for (size_t k = 0; k < 3 && m; k++) *middle[k] = m + k * n;
  for (size_t k = 0; k < 10 && s; k++) *narrow[k] = s + k * n;
}

column_house *column_house_make(const law_population *w, column_part *p) {
  const uint32_t n = w->house_count;
  column_house *c = column_array(p, 1, sizeof *c);
  if (!c) return NULL;
  int32_t **const whole[] = {&c->begin, &c->length, &c->key_year};
  uint8_t **const small[] = {&c->level, &c->alone, &c->heating, &c->water, &c->energy, &c->garage, &c->parking};
  int64_t **const sums[] = {&c->rent, &c->stated, &c->area, &c->people, &c->support, &p->cents};
  for (size_t k = 0; k < sizeof whole / sizeof *whole; k++) *whole[k] = column_array(p, n, sizeof(int32_t));
  for (size_t k = 0; k < sizeof small / sizeof *small; k++) *small[k] = column_array(p, n, 1);
  for (size_t k = 0; k < sizeof sums / sizeof *sums; k++) *sums[k] = column_array(p, n, sizeof(int64_t));
  p->row = column_array(p, n, sizeof *p->row);
  if (p->failed) return NULL;
  for (uint32_t size = 1; size <= MAX_SIZE; size++) {
    bucket *b = &c->bucket[size - 1];
    *b = (bucket){.first = p->count, .size = size};
    for (uint32_t k = 0; k < n; k++)
      if (w->houses[k + 1].first_member - w->houses[k].first_member == size && plain_house(w, &w->houses[k])) p->row[p->count++] = k;
    b->rows = p->count - b->first;
    bucket_make(p, b);
    for (uint32_t i = 0; i < b->rows && !p->failed; i++) {
      const law_house *h = &w->houses[p->row[b->first + i]];
      fill_house(w, c, b->first + i, h);
      for (uint32_t k = 0; k < size; k++) fill_member(w, &b->member, (size_t)k * b->rows + i, &w->members[h->first_member + k]);
    }
  }
  return p->failed ? NULL : c;
}

static inline int64_t above(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t below(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t half_up(int64_t a, int64_t b) { return (a + b / 2) / b; }

/* §§ 14 to 18 for one member of every household of a block; sums collect into income, free and adults. */
COLUMN_LOOP void member_loop(const fields *f, size_t at, uint32_t n, const int32_t *restrict key_year, int32_t first, int64_t *restrict income, int64_t *restrict free, uint8_t *restrict adults, uint8_t *restrict benefit) {
  for (uint32_t k = 0; k < n; k++) {
    const size_t i = at + k;
    const int64_t saver = 100000, gross = above(f->trade[i], 0) + above(f->self[i], 0) + above(f->wage[i] - above(f->wage_costs[i], 123000), 0) + above(f->other[i] - above(f->other_costs[i], 10200), 0) +
                          above(f->pension[i] - above(f->pension_costs[i], 10200), 0) + above(f->capital[i] - saver, 0) + above(below(f->capital[i], saver) - 10000, 0) + f->whole[i];
    const int64_t tenths = f->taxes[i] + (f->health[i] == WG_COMPULSORY || (f->health[i] > WG_COMPULSORY && !f->health_free[i])) + (f->due[i] == WG_COMPULSORY || (f->due[i] > WG_COMPULSORY && !f->due_free[i]));
    const int64_t cap = key_year[k] >= 2024 ? 56300 * 6 : 50200 * 6, old = f->old_age[i];
    int64_t x = (f->severe[i] >= 100 || (f->severe[i] >= 50 && f->cared[i])) ? 180000 : 0;
    x += f->victim[i] ? 75000 : 0;
    x += f->child[i] && f->twenty_five[i] > first ? below(f->earnings[i], 120000) : 0;
    x += f->basic_months[i] >= 396 ? below(below(old, 120000) + half_up(above(old - 120000, 0) * 30, 100), cap) : 0;
    income[k] += gross - half_up(gross * tenths, 10);
    free[k] += x;
    adults[k] = (uint8_t)(adults[k] + !f->child[i]);
    benefit[k] |= f->child[i] && f->benefit[i] && f->eighteen[i] > first;
  }
}

typedef struct house_law { wg_factors f; int64_t most[7], heating; int32_t month; } house_law;

/* §§ 9 to 13, 19, 21 for the households of a block. */
COLUMN_LOOP void house_loop(const column_house *c, uint32_t from, uint32_t n, const house_law *l, const int64_t *restrict income, const int64_t *restrict free, const uint8_t *restrict adults, const uint8_t *restrict benefit, int64_t *restrict cents, int64_t *overflow) {
  int64_t large = 0;
  for (uint32_t k = 0; k < n; k++) {
    const uint32_t i = from + k;
    const int64_t alone = c->alone[i] && adults[k] == 1 && benefit[k] ? 132000 : 0, year = above(income[k] - free[k] - alone - c->support[i], 0), y = half_up(year, 12);
    const int64_t more = c->people[i] - 2, flat = c->heating[i] * half_up(c->area[i] * 125, 100) + c->water[i] * (c->people[i] <= 1 ? 900 : 1700 + 300 * more) +
                         c->energy[i] * (c->people[i] <= 1 ? 4100 : 7400 + 1500 * more) + c->garage[i] * 3600 + c->parking[i] * 2500;
    const int64_t m = below(above(c->rent[i] - c->stated[i] - flat, 0), l->most[c->level[i]]) + l->heating, em = above(m, l->f.least_m), ey = above(y, l->f.least_y);
    const int64_t z1 = l->f.a * 100 + l->f.b * em + l->f.c * ey, z2 = z1 * ey / 100, z3 = em * 100000000 - z2, z4 = above(z3 * 115 / 100, 0);
    const int64_t euros = half_up(z4, INT64_C(10000000000)) * 100;
    const bool inside = l->month >= c->begin[i] && l->month < c->begin[i] + c->length[i];
    large |= (ey | em) >> 23;        /* below 2^23 cents (83,886 euros a month) neither z1 * ey nor z3 leaves 64 bits */
    cents[k] = inside && euros >= WG_LEAST_PAID ? euros : 0;
  }
  *overflow |= large;
}

static bool bucket_run(const column_house *c, const bucket *b, column_part *p, int32_t month, int32_t first) {
  const int32_t law = month < 2023 * 12 ? 2023 * 12 : month; /* no grant of a covered row begins before 2023 */
  house_law l = {.f = *wg_factors_of(law, b->size), .heating = wg_heating(law, b->size), .month = month};
  int64_t overflow = 0;
  for (int32_t level = 0; level < 7; level++) l.most[level] = wg_most_rent(law, b->size, level);
  for (uint32_t at = 0; at < b->rows; at += BLOCK) {
    int64_t income[BLOCK] = {0}, free[BLOCK] = {0};
    uint8_t adults[BLOCK] = {0}, benefit[BLOCK] = {0};
    const uint32_t n = b->rows - at < BLOCK ? b->rows - at : BLOCK;
    for (uint32_t k = 0; k < b->size; k++) member_loop(&b->member, (size_t)k * b->rows + at, n, c->key_year + b->first + at, first, income, free, adults, benefit);
    house_loop(c, b->first + at, n, &l, income, free, adults, benefit, p->cents + b->first + at, &overflow);
  }
  return overflow == 0;
}

bool column_house_run(const column_house *c, column_part *p, int32_t month) {
  const int32_t first = scalar_month((const bench_population *)0, month).first;
  bool ok = true;
  for (uint32_t k = 0; k < MAX_SIZE && ok; k++) ok = bucket_run(c, &c->bucket[k], p, month, first);
  return ok;
}

static void put_member(FILE *out, const fields *f, uint32_t house, size_t i) {
  const int64_t wide[] = {f->trade[i], f->self[i], f->wage[i], f->wage_costs[i], f->other[i], f->other_costs[i], f->pension[i], f->pension_costs[i], f->capital[i], f->whole[i], f->earnings[i], f->old_age[i]};
  const int32_t rest[] = {f->eighteen[i], f->twenty_five[i], f->basic_months[i], f->taxes[i], f->health[i], f->health_free[i], f->due[i], f->due_free[i], f->severe[i], f->cared[i], f->victim[i], f->child[i], f->benefit[i]};
  fprintf(out, "%u", house);
  for (size_t k = 0; k < sizeof wide / sizeof *wide; k++) fprintf(out, ",%" PRId64, wide[k]);
  for (size_t k = 0; k < sizeof rest / sizeof *rest; k++) fprintf(out, ",%d", rest[k]);
  fputc('\n', out);
}

void column_house_dump(const column_house *c, const column_part *p, FILE *houses, FILE *members) {
  fprintf(houses, "size,begin,length,key_year,level,alone,rent,stated,area,people,support,heating,water,energy,garage,parking,cents\n");
  fprintf(members, "house,trade,self,wage,wage_costs,other,other_costs,pension,pension_costs,capital,whole,earnings,old_age,eighteen,twenty_five,basic_months,taxes,health,health_free,due,due_free,severe,cared,victim,child,benefit\n");
  for (unsigned size = 0; size < MAX_SIZE; size++) {
    const bucket *b = &c->bucket[size];
    for (uint32_t i = b->first; i < b->first + b->rows; i++) {
      fprintf(houses, "%u,%d,%d,%d,%u,%u,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%u,%u,%u,%u,%u,%" PRId64 "\n", b->size, c->begin[i], c->length[i], c->key_year[i], c->level[i], c->alone[i], c->rent[i],
              c->stated[i], c->area[i], c->people[i], c->support[i], c->heating[i], c->water[i], c->energy[i], c->garage[i], c->parking[i], p->cents[i]);
      for (uint32_t k = 0; k < b->size; k++) put_member(members, &b->member, i, (size_t)k * b->rows + i - b->first);
    }
  }
}
