/* The three column programs behind one interface, and Kindergeld, whose core is small: one amount for a child under 18 in the household of its parents. See column.h. */
#include "column_parts.h"
#include "wohngeld_law.h"

struct column_laws {
  const law_population *w;
  column_part part[COLUMN_LAWS];
  column_child *child;
  column_house *house;
  column_case *one;
  uint32_t *clusters, cluster_count;          /* of the pairs covered */
  bench_decision *scratch;                    /* of all pairs */
  law_decision *few;
};

/* --- Kindergeld ------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
enum { COVER_FROM = 2016 * 12, COVER_TO = 2026 * 12 + 11 };
struct column_child { int32_t *birth, *older; /* older: children of the family that come before */ uint8_t *designated; };

static bool at_home(const law_population *w, const bench_person *p, bool is_child) {
  int64_t place = 1;
  const bench_run lives = p->line[BENCH_RESIDENCE];
  const bool here = is_child ? lives.count == 1 && w->base->pool[lives.first].value == BENCH_AT_HOME && w->base->pool[lives.first].to == ANS_OPEN_FUTURE : column_constant(w, lives, &place) && place == BENCH_AT_HOME;
  return here && p->cell[BENCH_IDNR].value && p->cell[BENCH_DEATH].state == ANS_NOT_APPLICABLE && p->cell[BENCH_NATION].value == BENCH_GERMAN;
}

/* A family in one home: every child under 18 in all months, two natural parents, exactly one of them designated. */
static bool plain_family(const law_population *w, uint32_t k) {
  const bench_cluster *c = &w->base->clusters[k];
  if (c[0].crosses || c[0].first_pair == c[1].first_pair) return false;
  for (uint32_t i = c[0].first_person; i < c[1].first_person; i++) {
    const bench_person *p = &w->base->persons[i];
    if (!at_home(w, p, p->role == BENCH_CHILD_OF_FAMILY)) return false;
    if (p->role == BENCH_CHILD_OF_FAMILY && scalar_birthday(p->cell[BENCH_BIRTH].value, 18) <= scalar_month(w->base, COVER_TO).last) return false;
  }
  for (uint32_t i = c[0].first_pair; i < c[1].first_pair; i++) {
    const bench_pair *x = &w->base->pairs[i];
    uint32_t named = 0, claim = 0;
    int64_t here = 0, designated = 0;
    if (!column_constant(w, x->line[BENCH_HOUSEHOLD], &here) || !here || x->cell[BENCH_KIND].value != BENCH_NATURAL) return false;
    for (uint32_t q = c[0].first_pair; q < c[1].first_pair; q++) {
      if (w->base->pairs[q].child != x->child) continue;
      if (!column_constant(w, w->base->pairs[q].line[BENCH_DESIGNATED], &designated)) return false;
      named += designated != 0;
      claim++;
    }
    if (named != 1 || claim != 2) return false;
  }
  return true;
}

column_child *column_child_make(const law_population *w, column_part *p) {
  column_child *c = column_array(p, 1, sizeof *c);
  const uint32_t n = w->base->pair_count;
  p->row = column_array(p, n, sizeof *p->row);
  p->cents = column_array(p, n, sizeof *p->cents);
  if (!c || p->failed) return NULL;
  c->birth = column_array(p, n, sizeof *c->birth);
  c->older = column_array(p, n, sizeof *c->older);
  c->designated = column_array(p, n, 1);
  for (uint32_t k = 0; k < w->base->cluster_count && !p->failed; k++) {
    if (!plain_family(w, k)) continue;
    const uint32_t from = w->base->clusters[k].first_pair, to = w->base->clusters[k + 1].first_pair;
    for (uint32_t i = from; i < to; i++) {
      const bench_pair *x = &w->base->pairs[i];
      const int32_t birth = w->base->persons[x->child].cell[BENCH_BIRTH].value;
      int64_t designated = 0;
      (void)column_constant(w, x->line[BENCH_DESIGNATED], &designated);
      for (uint32_t q = from; q < to; q++) {
        const int32_t other = w->base->persons[w->base->pairs[q].child].cell[BENCH_BIRTH].value;
        c->older[p->count] += w->base->pairs[q].recipient == x->recipient && (other < birth || (other == birth && q < i));
      }
      c->birth[p->count] = birth;
      c->designated[p->count] = designated != 0;
      p->row[p->count++] = i;
    }
  }
  return p->failed ? NULL : c;
}

COLUMN_LOOP void child_loop(uint32_t n, const int32_t *restrict birth, const int32_t *restrict older, const uint8_t *restrict designated, int32_t last, int64_t a, int64_t b, int64_t c, int64_t *restrict cents) {
  for (uint32_t k = 0; k < n; k++) {
    const int64_t rate = older[k] < 2 ? a : older[k] == 2 ? b : c;
    cents[k] = designated[k] && birth[k] <= last ? rate : 0;
  }
}

bool column_child_run(const column_child *c, column_part *p, int32_t month) {
  static const struct { int32_t from; int32_t cents[3]; } rates[] = {
    {2026 * 12, {25900, 25900, 25900}}, {2025 * 12, {25500, 25500, 25500}}, {2023 * 12, {25000, 25000, 25000}}, {2021 * 12, {21900, 22500, 25000}}, {2019 * 12 + 6, {20400, 21000, 23500}},
    {2018 * 12, {19400, 20000, 22500}}, {2017 * 12, {19200, 19800, 22300}}, {2016 * 12, {19000, 19600, 22100}}};
  unsigned k = 0;
  if (month < COVER_FROM || month > COVER_TO) return false;
  while (month < rates[k].from) k++;
  child_loop(p->count, c->birth, c->older, c->designated, scalar_month((const bench_population *)0, month).last, rates[k].cents[0], rates[k].cents[1], rates[k].cents[2], p->cents);
  return true;
}

void column_child_dump(const column_child *c, const column_part *p, FILE *f) {
  fprintf(f, "birth,older,designated,cents\n");
  for (uint32_t k = 0; k < p->count; k++) fprintf(f, "%d,%d,%u,%" PRId64 "\n", c->birth[k], c->older[k], c->designated[k], p->cents[k]);
}

/* --- all three ---------------------------------------------------------------------------------------------------------------------------------------------------------------------- */
column_laws *column_laws_make(const law_population *w) {
  column_laws *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  c->w = w;
  c->child = column_child_make(w, &c->part[COLUMN_KINDERGELD]);
  c->house = column_house_make(w, &c->part[COLUMN_WOHNGELD]);
  c->one = column_case_make(w, &c->part[COLUMN_UVG]);
  c->scratch = calloc((size_t)w->base->pair_count + 1, sizeof *c->scratch);
  c->clusters = calloc((size_t)w->base->cluster_count + 1, sizeof *c->clusters);
  c->few = calloc((size_t)w->house_count + w->case_count + 1, sizeof *c->few);
  for (uint32_t k = 0; c->clusters && k < w->base->cluster_count; k++)
    if (plain_family(w, k)) c->clusters[c->cluster_count++] = k;
  if (c->child && c->house && c->one && c->scratch && c->clusters && c->few) return c;
  column_laws_free(c);
  return NULL;
}

void column_laws_free(column_laws *c) {
  if (!c) return;
  for (unsigned k = 0; k < COLUMN_LAWS; k++) column_part_free(&c->part[k]);
  free(c->scratch);
  free(c->clusters);
  free(c->few);
  free(c);
}

uint32_t column_rows(const column_laws *c, unsigned law) { return c->part[law].count; }
uint32_t column_row(const column_laws *c, unsigned law, uint32_t k) { return c->part[law].row[k]; }
int64_t column_cents(const column_laws *c, unsigned law, uint32_t k) { return c->part[law].cents[k]; }

bool column_run(column_laws *c, unsigned law, int32_t month) {
  if (law == COLUMN_KINDERGELD) return column_child_run(c->child, &c->part[law], month);
  if (law == COLUMN_WOHNGELD) return column_house_run(c->house, &c->part[law], month);
  return column_case_run(c->one, &c->part[law], month);
}

bool column_scalar(column_laws *c, unsigned law, int32_t month) {
  const month_frame m = scalar_month(c->w->base, month);
  const column_part *p = &c->part[law];
  bool ok = true;
  if (law == COLUMN_KINDERGELD) {
    for (uint32_t k = 0; k < c->cluster_count && ok; k++) ok = bench_scalar(c->w->base, c->clusters[k], c->clusters[k] + 1, month, c->scratch);
    return ok;
  }
  for (uint32_t k = 0; k < p->count && ok; k++) ok = law == COLUMN_WOHNGELD ? law_wohngeld_row(c->w, &m, p->row[k], &c->few[k]) : law_uvg_row(c->w, &m, p->row[k], &c->few[k]);
  return ok;
}

static FILE *file_in(const char *folder, const char *name) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  if (!f) fprintf(stderr, "bench: %s cannot be written\n", path);
  return f;
}

/* The amounts of the law in that month, so that every program in another language computes with the same ones. */
static void dump_law(FILE *f, int32_t month) {
  const month_frame m = scalar_month((const bench_population *)0, month);
  const uvg_rates *r = uvg_need(month);
  fprintf(f, "{\"month\": %d, \"first\": %d, \"last\": %d, \"need\": [%" PRId64 ", %" PRId64 ", %" PRId64 "], \"child_benefit\": %" PRId64 ", \"free_wage\": %" PRId64 ", \"sizes\": [", month, m.first, m.last,
          r->need[0], r->need[1], r->need[2], uvg_child_benefit(month), uvg_allowance_twelfth(month));
  for (int64_t n = 1; n <= 8; n++) {
    const wg_factors *x = wg_factors_of(month, n);
    fprintf(f, "%s\n  {\"a\": %" PRId64 ", \"b\": %" PRId64 ", \"c\": %" PRId64 ", \"least_m\": %" PRId64 ", \"least_y\": %" PRId64 ", \"heating\": %" PRId64 ", \"most\": [", n > 1 ? "," : "", x->a, x->b, x->c, x->least_m,
            x->least_y, wg_heating(month, n));
    for (int32_t level = 0; level < 7; level++) fprintf(f, "%s%" PRId64, level ? ", " : "", wg_most_rent(month, n, level));
    fprintf(f, "]}");
  }
  fprintf(f, "]}\n");
}

bool column_dump(column_laws *c, const char *folder, int32_t month) {
  static const char *const names[] = {"kindergeld.csv", "wohngeld.csv", "wohngeld-members.csv", "unterhaltsvorschuss.csv", "law.json"};
  FILE *f[5];
  bool ok = true;
  for (unsigned k = 0; k < COLUMN_LAWS; k++) ok = ok && column_run(c, k, month);
  for (unsigned k = 0; k < 5; k++) ok = (f[k] = file_in(folder, names[k])) != NULL && ok;
  if (ok) {
    column_child_dump(c->child, &c->part[COLUMN_KINDERGELD], f[0]);
    column_house_dump(c->house, &c->part[COLUMN_WOHNGELD], f[1], f[2]);
    column_case_dump(c->one, &c->part[COLUMN_UVG], f[3]);
    dump_law(f[4], month);
  }
  for (unsigned k = 0; k < 5; k++) ok = f[k] && !ferror(f[k]) && fclose(f[k]) == 0 && ok;
  return ok;
}
