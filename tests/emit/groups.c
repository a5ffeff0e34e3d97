/* Aggregates and ranks of emitted C on every combination of two members: what their reference, filter and element may be. Random programs seldom meet the corners (an element 0 behind an unknown filter).
 *
 *   groups "cc flags" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind.h"

enum { ROW = 1, PERIOD = 2026 * 12, F_REF = 0, F_FILTER, F_NUMBER, F_TRUTH, MEMBER = 4 * 5 * 5 };
static const ans_type T_BOOL = {.tag = ANS_T_BOOL}, T_INT = {.tag = ANS_T_INT}, T_REF = {.tag = ANS_T_REF, .ref = ROW};

static uint32_t insn(ans_builder *b, ans_opcode op, ans_type t, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn_fresh(b, (ans_insn){.op = (uint16_t)op, .unit = ROW, .type = t, .a = x, .b = y, .c = z});
}

static void result(ans_builder *b, const char *name, ans_type t, uint32_t reg) { ans_builder_result(b, &(ans_result){name, "", ROW, t, reg, ANS_NONE}); }

static ans_program *program(void) {
  ans_builder *b = ans_builder_new();
  ans_program *p = NULL;
  ans_error err = {0};
  char text[1024];
  const struct { const char *name; ans_type t; } facts[] = {{"ref", T_REF}, {"filter", T_BOOL}, {"number", T_INT}, {"truth", T_BOOL}};
  ans_builder_header(b, "synthetisch/gruppen", "1", "", PERIOD, PERIOD);
  ans_builder_unit(b, &(ans_unit){"Zeile", "", ANS_NONE});
  for (uint32_t i = 0; i < 4; i++) ans_builder_fact(b, &(ans_fact){facts[i].name, "", ROW, facts[i].t, 0, 0, 0, ANS_NONE, 0, 0, 0, 0, 0}, NULL, 0);
  uint32_t reg[4];
  for (uint32_t i = 0; i < 4; i++) reg[i] = insn(b, ANS_OP_FACT, facts[i].t, i, 0, 0);
  for (uint32_t k = 0; k < 2; k++) { /* with a filter and without */
    const uint32_t f = k ? ANS_NONE : reg[F_FILTER];
    result(b, k ? "count2" : "count", T_INT, insn(b, ANS_OP_AGG_COUNT, T_INT, reg[F_REF], f, 0));
    result(b, k ? "sum2" : "sum", T_INT, insn(b, ANS_OP_AGG_SUM, T_INT, reg[F_REF], f, reg[F_NUMBER]));
    result(b, k ? "min2" : "min", T_INT, insn(b, ANS_OP_AGG_MIN, T_INT, reg[F_REF], f, reg[F_NUMBER]));
    result(b, k ? "max2" : "max", T_INT, insn(b, ANS_OP_AGG_MAX, T_INT, reg[F_REF], f, reg[F_NUMBER]));
    result(b, k ? "any2" : "any", T_BOOL, insn(b, ANS_OP_AGG_ANY, T_BOOL, reg[F_REF], f, reg[F_TRUTH]));
    result(b, k ? "all2" : "all", T_BOOL, insn(b, ANS_OP_AGG_ALL, T_BOOL, reg[F_REF], f, reg[F_TRUTH]));
    result(b, k ? "rank2" : "rank", T_INT, insn(b, ANS_OP_RANK, T_INT, reg[F_REF], f, reg[F_NUMBER]));
  }
  if (ans_builder_freeze(b, &p, &err) != ANS_OK) printf("%s\n", ans_error_render(&err, ANS_LANG_EN, text, sizeof text));
  ans_builder_free(b);
  return p;
}

static void must(ans_status s) {
  if (s != ANS_OK) abort();
}

/* n picks reference, filter and element; first is the row of the target. */
static void member(ans_columns_builder *b, uint32_t first, uint32_t row, uint32_t n) {
  static const ans_scalar filters[] = {{1, 0}, {0, 0}, {0, ANS_NOT_APPLICABLE}, {0, ANS_UNKNOWN}, {0, ANS_HUMAN}}, numbers[] = {{0, 0}, {5, 0}, {-3, 0}, {0, ANS_NOT_APPLICABLE}, {0, ANS_UNKNOWN}},
                          truths[] = {{0, 0}, {1, 0}, {0, ANS_HUMAN}, {0, ANS_NOT_APPLICABLE}, {0, ANS_UNKNOWN}};
  const ans_scalar refs[] = {{first, 0}, {0, ANS_NOT_APPLICABLE}, {0, ANS_UNKNOWN}, {0, ANS_HUMAN}};
  must(ans_columns_set(b, F_REF, row, refs[n % 4], NULL));
  must(ans_columns_set(b, F_FILTER, row, filters[n / 4 % 5], NULL));
  must(ans_columns_set(b, F_NUMBER, row, numbers[n / 20], NULL));
  must(ans_columns_set(b, F_TRUTH, row, truths[n / 20], NULL));
}

/* Each component: a target that is a member itself for sure, and two members. */
static ans_columns *columns(const ans_program *p) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  if (!b) abort();
  for (uint32_t n = 0; n < MEMBER * MEMBER; n++) {
    uint32_t row[3];
    must(ans_columns_begin_component(b, NULL));
    for (int i = 0; i < 3; i++) must(ans_columns_add_row(b, ROW, NULL, &row[i], NULL));
    member(b, row[0], row[0], n % 3 == 0 ? 1 /* in no group */ : n % 3 == 1 ? 0 : 20);
    member(b, row[0], row[1], n % MEMBER);
    member(b, row[0], row[2], n / MEMBER);
    must(ans_columns_end_component(b, NULL));
  }
  must(ans_columns_finish(b, &c, NULL));
  ans_columns_builder_free(b);
  return c;
}

int main(int argc, char **argv) {
  ans_program *p = program();
  const ans_program *programs[] = {p};
  emit_batch *b = p && argc == 2 ? emit_batch_new(programs, 1, argv[1]) : NULL;
  ans_columns *c = b ? columns(p) : NULL;
  emit_counts n = {0};
  const bool ok = c && emit_compare(emit_batch_get(b, 0), c, PERIOD, ANS_DAY_MAX, &n) && n.components == MEMBER * MEMBER;
  printf("%" PRIu64 " components, %" PRIu64 " cells\n%s\n", n.components, n.cells, ok ? "ok" : "FAILED");
  ans_columns_free(c);
  emit_batch_free(b);
  ans_program_free(p);
  return ok ? 0 : 1;
}
