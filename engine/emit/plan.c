/* Owns: the order of evaluation in emitted code, and where each register's cell lies.
 *
 * Registers that read only their own row are computed row by row in one loop; a register that reads other rows (a reference followed, an
 * aggregate, segments) needs those complete. So every register gets a stage, one more than the greatest stage it reads across rows; stages
 * run one after the other, and within one first what fills whole units, then a loop for each unit. Within a loop the order of registers stays.
 * The program is verified: operands come earlier, so one pass suffices. Memory: the emission's arena. */
#include <stdlib.h>
#include "emit/internal.h"

static const char operand_kinds[][4] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
};
_Static_assert(sizeof operand_kinds / sizeof *operand_kinds == ANS_OP_COUNT, "one row per operation");

bool emit__whole(uint16_t op) { return op == ANS_OP_SPLIT || op == ANS_OP_RANK || (op >= ANS_OP_AGG_COUNT && op <= ANS_OP_AGG_ALL); }

typedef struct scan { const emit *e; uint32_t stage; bool periodic; } scan;

static void scan__register(scan *s, uint32_t reg, bool other_rows) {
  uint32_t at = s->e->stage[reg] + (other_rows && !s->e->periodic[reg]);
  if (at > s->stage) s->stage = at;
  s->periodic = s->periodic && !other_rows && s->e->periodic[reg];
}

/* Triples (kind, x, y) of a SPLIT: date register; segments and reference register. */
static void scan__changes(scan *s, const ans_insn *in) {
  const uint32_t *l = s->e->p->lists + in->b;
  for (uint32_t i = 0; i < in->c; i += 3) {
    if (l[i] == ANS_SPLIT_DATE) scan__register(s, l[i + 1], true);
    if (l[i] == ANS_SPLIT_SEGMENTS) scan__register(s, s->e->split[l[i + 1]], true);
    if ((l[i] == ANS_SPLIT_SEGMENTS || l[i] == ANS_SPLIT_TIMELINE) && l[i + 2] != ANS_NONE) scan__register(s, l[i + 2], true);
  }
}

static void scan__operands(scan *s, const ans_insn *in) {
  const uint32_t operand[4] = {in->a, in->b, in->c, 0};
  const bool whole = emit__whole(in->op);
  for (int i = 0; i < 3; i++) {
    const char kind = operand_kinds[in->op][i];
    if (kind == 'r' || (kind == 'o' && operand[i] != ANS_NONE)) scan__register(s, operand[i], whole);
    else if (kind == 'x') scan__register(s, operand[i], true);
    else if (kind == 'l' && !whole)
      for (uint32_t k = 0; k < operand[i + 1]; k++) scan__register(s, s->e->p->lists[operand[i] + k], false);
  }
  if (in->op == ANS_OP_SPLIT) scan__changes(s, in);
  if (in->op == ANS_OP_SEG_FIND) scan__register(s, s->e->split[in->b], true);
}

/* Operations that read the case itself and not only registers. */
static bool plan__reads_case(uint16_t op) {
  return op == ANS_OP_FACT || op == ANS_OP_SELF || op == ANS_OP_SEG_FROM || op == ANS_OP_SEG_TO || op == ANS_OP_SEG_FIND || op == ANS_OP_GATHER || op == ANS_OP_TL_AT ||
         op == ANS_OP_TL_LAST_END || op == ANS_OP_TL_NEXT_START || op == ANS_OP_TL_DAYS || op == ANS_OP_TEXT_IS || emit__whole(op);
}

static void plan__register(emit *e, uint32_t i) {
  const ans_insn *in = &e->p->insns[i];
  scan s = {e, 0, in->unit == 0 && !plan__reads_case(in->op)};
  scan__operands(&s, in);
  if (in->op == ANS_OP_SPLIT) e->split[in->unit] = i;
  else if (e->split[in->unit] != ANS_NONE && e->stage[e->split[in->unit]] > s.stage) s.stage = e->stage[e->split[in->unit]];
  if (in->op == ANS_OP_PARAM) e->asked[in->a] = true;
  e->stage[i] = s.stage;
  e->periodic[i] = s.periodic;
  e->position[i] = e->registers[in->unit]++;
}

typedef struct place { uint32_t stage, unit, reg; bool loop; } place;

static int place__order(const void *x, const void *y) {
  const place *a = x, *b = y;
  if (a->stage != b->stage) return a->stage < b->stage ? -1 : 1;
  if (a->loop != b->loop) return a->loop ? 1 : -1;
  if (a->loop && a->unit != b->unit) return a->unit < b->unit ? -1 : 1;
  return a->reg < b->reg ? -1 : a->reg > b->reg;
}

static bool plan__order(emit *e) {
  const uint32_t n = e->p->insn_count;
  place *places = calloc((size_t)n + 1, sizeof *places);
  if (!places) return false;
  for (uint32_t i = 0; i < n; i++) places[i] = (place){e->stage[i], e->p->insns[i].unit, i, !emit__whole(e->p->insns[i].op)};
  if (n) qsort(places, n, sizeof *places, place__order);
  for (uint32_t i = 0; i < n; i++) e->order[i] = places[i].reg;
  free(places);
  return true;
}

bool emit__plan(emit *e) {
  const ans_program *p = e->p;
  e->registers = ans_arena_array(e->arena, p->unit_count, sizeof *e->registers);
  e->split = ans_arena_array(e->arena, p->unit_count, sizeof *e->split);
  e->position = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->position);
  e->result = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->result);
  e->node = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->node);
  e->stage = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->stage);
  e->order = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->order);
  e->periodic = ans_arena_array(e->arena, (size_t)p->insn_count + 1, sizeof *e->periodic);
  e->asked = ans_arena_array(e->arena, (size_t)p->param_count + 1, sizeof *e->asked);
  if (!e->registers || !e->split || !e->position || !e->result || !e->node || !e->stage || !e->order || !e->periodic || !e->asked) return false;
  for (uint32_t i = 0; i < p->unit_count; i++) e->split[i] = ANS_NONE;
  for (uint32_t i = 0; i < p->insn_count; i++) e->result[i] = e->node[i] = ANS_NONE;
  for (uint32_t i = 0; i < p->result_count; i++) e->result[p->results[i].insn] = i;
  for (uint32_t i = p->node_count; i-- > 0;) e->node[p->nodes[i].insn] = i;
  for (uint32_t i = 0; i < p->insn_count; i++) plan__register(e, i);
  return plan__order(e);
}
