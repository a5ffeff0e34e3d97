/* Breadth: very many small random programs, each run on at least 50 rows of random facts (4 or 8 where a period has hundreds of days)
 * for one period. Vector VM, replay and reference must give the same cells. Programs take turns with the chunk sizes 1, 3 and 4096; every
 * tenth runs with all three.
 *
 *   programs [--count N] [--seed S] [--rows R] [--only I] [--cases FILE]
 *
 * differential.c goes deep (large models, three months, two lowerings), this one goes wide. Counts only programs that are distinct by their
 * identity (SHA-256 of the package); one that came up before is thrown away and replaced. Fails on a difference, on a share of programs with
 * unknown facts, nested exceptions, timelines or groups below 30 %, on too small a share of any feature of the language, and if distinct programs run out. The environment variable
 * ANSPRUCH_TEST_SCALE multiplies the count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "lower/lower.h"
#include "shrink.h"
#include "num/period.h"
#include "options.h"

enum { LEAST_ROWS = 50, FULL_EVERY = 10, LEAST_PERCENT = 30, MAX_REPORTS = 5, TURNS = 4, MAX_PROGRAMS = 3000000, SPREAD = 7000003 /* seeds do not overlap below this many programs */ };

typedef struct tally {
  uint32_t programs, repeated, failures;
  uint32_t unknowns, nested, timelines, groups, together, full, chunk[TURNS];
  uint32_t overridden, worlds, nested_worlds, averages, day_counts, deadlines, derived, dated, promulgated, ranges, tables[1 + ANS_MAX_KEYS];
  uint64_t rows, cells, instructions, states[ANS_STATE_COUNT];
  uint64_t opcodes[ANS_OP_COUNT];
  uint32_t kinds[ANS_PERIOD_KINDS];
} tally;

/* Identities seen, open addressing: at most half full. */
typedef struct seen {
  uint8_t (*sha)[32];
  bool *used;
  size_t capacity;
} seen;

static void *zeroed(size_t count, size_t size) {
  void *p = calloc(count, size);
  if (!p) abort();
  return p;
}

static seen seen_new(uint32_t count) {
  seen s = {.capacity = 64};
  while (s.capacity < 2 * (size_t)count + 2) s.capacity *= 2;
  s.sha = zeroed(s.capacity, sizeof *s.sha);
  s.used = zeroed(s.capacity, sizeof *s.used);
  return s;
}

/* False if it was there already. */
static bool seen_add(seen *s, const uint8_t sha[32]) {
  uint64_t h;
  memcpy(&h, sha, sizeof h);
  size_t i = (size_t)h & (s->capacity - 1);
  for (; s->used[i]; i = (i + 1) & (s->capacity - 1))
    if (memcmp(s->sha[i], sha, 32) == 0) return false;
  s->used[i] = true;
  memcpy(s->sha[i], sha, 32);
  return true;
}

typedef struct subject {
  tally *t;
  uint64_t seed;
  uint32_t number;
  ans_model *m;
  gen_data *d;
  gen_traits traits;
  ans_program *p;
  ans_columns *c;
  unsigned chunks;
  int32_t period;
} subject;

static bool refused(const subject *s, const char *who, const ans_error *err) {
  printf("REFUSED: seed %" PRIu64 " program %u\n", s->seed, s->number);
  print_error(who, err);
  return false;
}

static void report(subject *s, mismatch x) {
  printf("DIFFERENCE: seed %" PRIu64 " program %u (keep it: tests/property/cases/programs.txt)\n", s->seed, s->number);
  mismatch_print(s->m, &x);
  if (s->t->failures >= MAX_REPORTS) return;
  mismatch small = x;
  uint32_t steps = shrink(s->m, s->d, ans_lower_program, &small);
  printf("  after %u reductions (component %u alone):\n", steps, x.component);
  if (steps > 0) mismatch_print(s->m, &small);
  print_model(s->m, s->d, x.component, steps > 0 ? small.result : x.result);
  fflush(stdout);
}

static void count_cells(subject *s, const expected *e) {
  tally *t = s->t;
  for (uint32_t k = 0; k < e->c->components; k++)
    for (uint32_t i = 0; i < e->m->result_count; i++) {
      if (e->m->results[i].grain != ANS_GRAIN_ROW) continue;
      uint32_t rows = ans_ref_rows(e->refs[k], e->m->results[i].unit);
      for (uint32_t row = 0; row < rows; row++) t->states[expected_cell(e, i, k, row).state]++;
      t->cells += rows;
    }
}

static void count_features(tally *t, const subject *s) {
  const gen_traits *f = &s->traits;
  bool overridden = false;
  for (uint32_t k = 0; k < s->d->count; k++) overridden = overridden || s->d->components[k].override_count > 0;
  t->overridden += overridden;
  t->worlds += f->worlds > 0;
  t->nested_worlds += f->worlds > 1;
  t->averages += f->averages;
  t->day_counts += f->day_counts;
  t->deadlines += f->deadlines;
  t->derived += f->derived;
  t->dated += f->dated;
  t->promulgated += f->promulgated;
  t->ranges += f->ranges;
  for (uint32_t k = 0; k <= ANS_MAX_KEYS; k++) t->tables[k] += f->tables[k];
}

static void count_program(subject *s) {
  tally *t = s->t;
  bool unknowns = s->d->unknowns > 0;
  t->programs++;
  t->unknowns += unknowns;
  t->kinds[s->m->period_kind]++;
  t->nested += s->traits.nested;
  t->timelines += s->traits.timelines;
  t->groups += s->traits.groups;
  t->together += unknowns && s->traits.nested && s->traits.timelines && s->traits.groups;
  t->full += s->chunks == COMPARE_ALL;
  count_features(t, s);
  for (int i = 0; i < TURNS; i++) t->chunk[i] += s->chunks >> i & 1;
  for (uint32_t k = 0; k < s->d->count; k++)
    for (uint32_t u = 1; u < GEN_UNITS; u++) t->rows += s->d->components[k].rows[u];
  t->instructions += s->p->insn_count;
  for (uint32_t i = 0; i < s->p->insn_count; i++) t->opcodes[s->p->insns[i].op]++;
}

static bool compare_subject(subject *s) {
  ans_error err = {0};
  expected e;
  mismatch x;
  if (!(s->c = gen_columns(s->p, s->m, s->d, NULL, 0, NULL, &err))) return refused(s, "columns", &err);
  if (!expected_new(&e, s->m, s->c, s->period, &err)) return refused(s, "reference", &err);
  count_program(s);
  count_cells(s, &e);
  comparison outcome = compare_engines(&e, s->c, s->chunks, &x, &err);
  expected_dispose(&e);
  if (outcome == COMPARE_FAILED) return refused(s, "an engine", &err);
  if (outcome == COMPARE_DIFFERENT) report(s, x);
  return outcome == COMPARE_EQUAL;
}

/* One program. Repeated ones are counted and not run. */
static void one_program(tally *t, seen *known, uint64_t seed, uint32_t number, uint32_t rows) {
  uint64_t own = seed * SPREAD + number;
  subject s = {.t = t, .seed = seed, .number = number, .chunks = number % FULL_EVERY == 0 ? COMPARE_ALL : 1u << number % TURNS};
  s.m = gen_model(own, (gen_options){.small = true, .kinds = true}, &s.traits);
  ans_error err = {0};
  if (ans_lower_program(s.m, &s.p, &err) != ANS_OK) {
    t->failures += !refused(&s, "lowering", &err);
  } else if (!seen_add(known, s.p->sha256)) {
    t->repeated++;
  } else {
    s.d = gen_data_new(own, s.m, gen_rows(s.m, rows), s.traits.extreme);
    s.period = s.d->periods[number % GEN_PERIODS];
    t->failures += !compare_subject(&s);
  }
  ans_columns_free(s.c);
  ans_program_free(s.p);
  gen_data_free(s.d);
  gen_model_free(s.m);
}

/* A kept program: every period, all chunk sizes. */
static bool kept_program(tally *t, uint64_t seed, uint32_t number, uint32_t rows, bool kinds) {
  uint64_t own = seed * SPREAD + number;
  subject s = {.t = t, .seed = seed, .number = number, .chunks = COMPARE_ALL};
  s.m = gen_model(own, (gen_options){.small = true, .kinds = kinds}, &s.traits);
  s.d = gen_data_new(own, s.m, gen_rows(s.m, rows), s.traits.extreme);
  ans_error err = {0};
  bool ok = ans_lower_program(s.m, &s.p, &err) == ANS_OK || refused(&s, "lowering", &err);
  for (int i = 0; i < GEN_PERIODS && ok; i++) {
    s.period = s.d->periods[i];
    ok = compare_subject(&s);
    ans_columns_free(s.c);
    s.c = NULL;
  }
  ans_program_free(s.p);
  gen_data_free(s.d);
  gen_model_free(s.m);
  return ok;
}

/* Replays a list of kept programs; tallied apart from the random ones. False on a difference, an unreadable list or an empty one. */
static bool kept_programs(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f) {
    perror(path);
    return false;
  }
  tally t = {0};
  char line[512];
  uint32_t n = 0;
  bool readable = true;
  for (uint32_t at = 1; fgets(line, sizeof line, f); at++) {
    uint64_t seed;
    uint32_t number, rows;
    char more[2];
    if (line[0] == '#' || line[0] == '\n') continue;
    if (sscanf(line, "%" SCNu64 " %" SCNu32 " %" SCNu32 " %1s", &seed, &number, &rows, more) != 3 || rows < 1 || rows > 100000) {
      printf("%s:%u: not \"seed number rows\" (rows 1 to 100000)\n", path, at);
      readable = false;
      continue;
    }
    t.failures += !kept_program(&t, seed, number, rows, false) || !kept_program(&t, seed, number, rows, true); /* kept before and since kinds are drawn */
    n++;
  }
  fclose(f);
  printf("kept programs: %u of %u differ or failed\n", t.failures, n);
  return readable && n > 0 && t.failures == 0;
}

static bool share(const char *what, uint64_t part, uint64_t whole, uint32_t least_percent) {
  bool ok = whole > 0 && part * 100 >= whole * least_percent;
  printf("  %-28s %" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%, at least %u %%)%s\n", what, part, whole, whole ? part * 100 / whole : 0, least_percent,
         ok ? "" : "  TOO FEW");
  return ok;
}

/* Features of the language, each with the share of the programs that has it at least. */
static bool features(const tally *t) {
  const struct { const char *name; uint32_t programs, least_percent; } rows[] = {
      {"results overridden by facts", t->overridden, 15}, {"hypotheticals", t->worlds, 25}, {"several hypotheticals", t->nested_worlds, 8},
      {"groups made by results", t->derived, 15}, {"averages of months", t->averages, 8}, {"counts of days", t->day_counts, 20},
      {"deadlines", t->deadlines, 10}, {"rules with validity", t->dated, 50}, {"promulgation beside validity", t->promulgated, 30},
      {"parameters without key", t->tables[0], 10}, {"tables with 1 key", t->tables[1], 10}, {"tables with 2 keys", t->tables[2], 10},
      {"tables with 3 keys", t->tables[3], 5}, {"tables with 4 keys", t->tables[4], 5}, {"tables with ranges", t->ranges, 20}};
  bool ok = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) ok = share(rows[i].name, rows[i].programs, t->programs, rows[i].least_percent) && ok;
  return ok;
}

static bool distribution(const tally *t) {
  static const char *const STATES[] = {"value", "not applicable", "unknown", "human", "error", "conflict"};
  bool ok = true;
  printf("distinct programs %u (%u repeated and replaced), rows %" PRIu64 ", instructions %" PRIu64 ", result cells %" PRIu64 "\n", t->programs, t->repeated,
         t->rows, t->instructions, t->cells);
  printf("chunk size 1: %u, 3: %u, 4096: %u, 4096 with a third of the results: %u programs; all four: %u\n", t->chunk[0], t->chunk[1], t->chunk[2], t->chunk[3], t->full);
  for (int i = 0; i < TURNS; i++) ok = ok && t->chunk[i] > 0;
  for (uint32_t i = 0; i < ANS_PERIOD_KINDS; i++) {
    printf("  period %-21s %u%s\n", ans_period_kind_name(i, true), t->kinds[i], t->kinds[i] ? "" : "  NEVER HIT");
    ok = ok && t->kinds[i] > 0;
  }
  for (int i = 0; i < ANS_STATE_COUNT; i++) {
    printf("  state %-22s %" PRIu64 "%s\n", STATES[i], t->states[i], t->states[i] ? "" : "  NEVER HIT");
    ok = ok && t->states[i] > 0;
  }
  for (int i = 0; i < ANS_OP_COUNT; i++)
    if (t->opcodes[i] == 0) {
      printf("  opcode %s NEVER HIT\n", ans_opcode_mnemonic((ans_opcode)i));
      ok = false;
    }
  ok = share("unknown facts", t->unknowns, t->programs, LEAST_PERCENT) && ok;
  ok = share("exceptions three deep", t->nested, t->programs, LEAST_PERCENT) && ok;
  ok = share("timelines", t->timelines, t->programs, LEAST_PERCENT) && ok;
  ok = share("groups", t->groups, t->programs, LEAST_PERCENT) && ok;
  ok = share("all four together", t->together, t->programs, LEAST_PERCENT) && ok;
  return features(t) && ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1), only = number_option(argc, argv, "--only", UINT64_MAX);
  uint32_t count = (uint32_t)number_option(argc, argv, "--count", 20000), rows = (uint32_t)number_option(argc, argv, "--rows", LEAST_ROWS);
  const char *scale = getenv("ANSPRUCH_TEST_SCALE");
  uint64_t factor = scale ? strtoull(scale, NULL, 10) : 1;
  if (factor < 1 || factor > 1000 || count < 1 || count > MAX_PROGRAMS / factor || rows < LEAST_ROWS) {
    fprintf(stderr, "programs: --count times ANSPRUCH_TEST_SCALE (1 to 1000): 1 to %d; --rows: at least %d\n", MAX_PROGRAMS, LEAST_ROWS);
    return 2;
  }
  count *= (uint32_t)factor;
  bool kept = true;
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], "--cases") == 0) kept = kept_programs(argv[i + 1]);
  tally t = {0};
  seen known = seen_new(2 * count);
  if (only != UINT64_MAX) one_program(&t, &known, seed, (uint32_t)only, rows);
  for (uint32_t i = 0; only == UINT64_MAX && i < 2 * count && t.programs < count; i++) one_program(&t, &known, seed, i, rows);
  bool covered = distribution(&t) || only != UINT64_MAX, enough = t.programs >= count || only != UINT64_MAX;
  if (!enough) printf("only %u distinct programs could be run\n", t.programs);
  bool ok = kept && !t.failures && covered && enough;
  printf("%s: %u of %u programs differ or failed (seed %" PRIu64 ")\n", ok ? "ok" : "FAILED", t.failures, t.programs, seed);
  free(known.sha);
  free(known.used);
  return ok ? 0 : 1;
}
