/* Which registers an instruction reads: from the operand kinds of the opcode table, and from the lists of the five operations that have one. */
#include "range/range.h"

static const char operands__kinds[ANS_OP_COUNT][4] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
};

static void operands__split(const ans_program *p, const ans_insn *in, ans_range_visit *visit, void *ctx) {
  for (uint32_t k = 0; k + 2 < in->c; k += 3) {
    const uint32_t *item = p->lists + in->b + k;
    if (item[0] == ANS_SPLIT_DATE) visit(ctx, item[1]);
    else if (item[0] != ANS_SPLIT_EVERY_DAY && item[2] != ANS_NONE) visit(ctx, item[2]);
  }
}

void ans_range_operands(const ans_program *p, const ans_insn *in, ans_range_visit *visit, void *ctx) {
  const uint32_t operand[3] = {in->a, in->b, in->c};
  if (in->op == ANS_OP_SPLIT) {
    operands__split(p, in, visit, ctx);
    return;
  }
  for (unsigned k = 0; k < 3; k++) {
    const char kind = operands__kinds[in->op][k];
    if (kind == 'r' || kind == 'x' || (kind == 'o' && operand[k] != ANS_NONE)) visit(ctx, operand[k]);
    if (kind == 'l') /* the number of items follows */
      for (uint32_t i = 0; i < operand[k + 1]; i++) visit(ctx, p->lists[operand[k] + i]);
  }
}
