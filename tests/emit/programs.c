/* Random typed programs as C: every register of every component as in the replay, every result as in the VM.
 *
 *   programs "cc flags" [--count N] [--large L] [--seed S] [--rows R]
 *
 * N small programs and L large ones, compiled in batches, so that a compiler starts once for many. Each runs on random facts for all periods
 * drawn with it, every second one with less law known. Fails on a difference, and unless all operations, all states, given results, look-ups,
 * segments and too small blocks occurred. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind.h"
#include "gen_model.h"
#include "lower/lower.h"
#include "num/period.h"
#include "options.h"

enum { BATCH = 50, LEAST_FOR_COVERAGE = 40, SPREAD = 7000003 /* seeds do not overlap below this many programs */ };

typedef struct subject { ans_model *m; gen_data *d; gen_traits traits; ans_program *p; } subject;
typedef struct totals { uint32_t programs, failures; uint64_t instructions, opcodes[ANS_OP_COUNT]; emit_counts n; } totals;

static subject subject_new(uint64_t seed, uint32_t rows, bool small) {
  subject s = {0};
  ans_error err = {0};
  char text[1024];
  s.m = gen_model(seed, (gen_options){.small = small, .kinds = true}, &s.traits);
  s.d = gen_data_new(seed, s.m, gen_rows(s.m, rows), s.traits.extreme);
  if (ans_lower_program(s.m, &s.p, &err) != ANS_OK) printf("seed %" PRIu64 ": %s\n", seed, ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  return s;
}

static void subject_free(subject *s) {
  ans_program_free(s->p);
  gen_data_free(s->d);
  gen_model_free(s->m);
}

static bool subject_compare(const subject *s, const emit_bound *e, totals *t) {
  ans_error err = {0};
  ans_columns *c = gen_columns(s->p, s->m, s->d, NULL, 0, NULL, &err);
  bool ok = c && emit_tables_agree(e, s->p);
  for (int i = 0; i < GEN_PERIODS && ok; i++) {
    const int32_t period = s->d->periods[i], first = (int32_t)ans_period_first(s->p->period_kind, period);
    ok = emit_compare(e, c, period, i % 2 ? ANS_DAY_MAX : first + period * 37 % 900 - 600, &t->n);
  }
  t->programs++;
  t->instructions += s->p->insn_count;
  for (uint32_t i = 0; i < s->p->insn_count; i++) t->opcodes[s->p->insns[i].op]++;
  ans_columns_free(c);
  return ok;
}

static void run_batch(const char *cc, uint64_t seed, uint32_t n, uint32_t rows, bool small, totals *t) {
  subject s[BATCH];
  const ans_program *programs[BATCH];
  bool ok = true;
  for (uint32_t i = 0; i < n; i++) {
    s[i] = subject_new(seed + i, rows, small);
    programs[i] = s[i].p;
    ok = ok && s[i].p;
  }
  emit_batch *b = ok ? emit_batch_new(programs, n, cc) : NULL;
  for (uint32_t i = 0; i < n; i++) {
    if (b && subject_compare(&s[i], emit_batch_get(b, i), t)) continue;
    t->failures++;
    printf("DIFFERENCE or failure: seed %" PRIu64 " (%s)\n", seed + i, small ? "small" : "large");
  }
  emit_batch_free(b);
  for (uint32_t i = 0; i < n; i++) subject_free(&s[i]);
}

static void run_all(const char *cc, uint64_t seed, uint32_t count, uint32_t rows, bool small, totals *t) {
  for (uint32_t i = 0; i < count; i += BATCH) run_batch(cc, seed + i, count - i < BATCH ? count - i : BATCH, rows, small, t);
}

static bool covered(const totals *t) {
  bool ok = t->n.given > 0 && t->n.params > 0 && t->n.segments > 0 && t->n.starved > 0;
  for (int i = 0; i < ANS_STATE_COUNT; i++) ok = ok && t->n.states[i] > 0;
  for (int i = 0; i < ANS_OP_COUNT; i++)
    if (!t->opcodes[i]) ok = (printf("operation %s never drawn\n", ans_opcode_mnemonic((ans_opcode)i)), false);
  return ok;
}

int main(int argc, char **argv) {
  const uint64_t seed = number_option(argc, argv, "--seed", 1) * SPREAD;
  const uint32_t count = (uint32_t)number_option(argc, argv, "--count", 100), large = (uint32_t)number_option(argc, argv, "--large", 5), rows = (uint32_t)number_option(argc, argv, "--rows", 50);
  totals t = {0};
  if (argc < 2 || count + large == 0 || count > 100000 || large > 100000 || rows < 1 || rows > 10000) return fprintf(stderr, "programs: compiler missing or numbers out of range\n"), 2;
  run_all(argv[1], seed, count, rows, true, &t);
  run_all(argv[1], seed + SPREAD / 2, large, rows, false, &t);
  printf("%u programs, %" PRIu64 " instructions, %" PRIu64 " components, %" PRIu64 " cells (%" PRIu64 " given, %" PRIu64 " look-ups, %" PRIu64 " segments), %u differ or failed\n", t.programs, t.instructions,
         t.n.components, t.n.cells, t.n.given, t.n.params, t.n.segments, t.failures);
  const bool ok = t.failures == 0 && t.programs == count + large && (count < LEAST_FOR_COVERAGE || covered(&t));
  puts(ok ? "ok" : "FAILED");
  return ok ? 0 : 1;
}
