/* Emission of single instructions, with the unit of every register at hand: the builder does not tell, and lowering asks all the time. */
#include "lower/lower_private.h"
#include "base/error.h"
#include <string.h>

void *lower__alloc(lower *l, size_t count, size_t size) {
  void *p = ans_arena_array(l->arena, count ? count : 1, size);
  if (!p && l->status == ANS_OK) l->status = ans_error_set(l->err, ANS_MEMORY, "E-MEMORY", NULL, "lower", (char *)NULL);
  return p;
}

uint32_t lower__fail(lower *l, const char *what) {
  if (l->status == ANS_OK) l->status = ans_error_set(l->err, ANS_INTERNAL, "E-INTERNAL", NULL, what, (char *)NULL);
  return ANS_NONE;
}

static uint32_t emit__hash(const void *key) {
  uint64_t h = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15ull;
  return (uint32_t)(h >> 32);
}

uint32_t lower__map_get(const lower_map *m, const void *key) {
  if (!m->cap) return ANS_NONE;
  for (uint32_t i = emit__hash(key) & (m->cap - 1); m->key[i]; i = (i + 1) & (m->cap - 1))
    if (m->key[i] == key) return m->value[i];
  return ANS_NONE;
}

void lower__map_put(lower *l, lower_map *m, const void *key, uint32_t value) {
  if (m->n * 2 >= m->cap) {
    lower_map bigger = {.cap = m->cap ? m->cap * 2 : 256};
    bigger.key = lower__alloc(l, bigger.cap, sizeof *bigger.key);
    bigger.value = lower__alloc(l, bigger.cap, sizeof *bigger.value);
    if (!bigger.key || !bigger.value) return;
    for (uint32_t i = 0; i < m->cap; i++)
      if (m->key[i]) lower__map_put(l, &bigger, m->key[i], m->value[i]);
    *m = bigger;
  }
  uint32_t i = emit__hash(key) & (m->cap - 1);
  while (m->key[i] && m->key[i] != key) i = (i + 1) & (m->cap - 1);
  if (!m->key[i]) m->n++;
  m->key[i] = key;
  m->value[i] = value;
}

static uint32_t emit__note(lower *l, uint32_t reg, uint32_t unit, ans_type type) {
  if (reg == ANS_NONE) {
    if (l->status == ANS_OK) l->status = ANS_LIMIT; /* freeze names the limit */
    return ANS_NONE;
  }
  if (reg >= l->reg_cap) {
    uint32_t cap = l->reg_cap ? l->reg_cap * 2 : 1024;
    while (cap <= reg) cap *= 2;
    uint32_t *units = lower__alloc(l, cap, sizeof *units);
    ans_type *types = lower__alloc(l, cap, sizeof *types);
    if (!units || !types) return ANS_NONE;
    if (l->regs) {
      memcpy(units, l->reg_unit, l->regs * sizeof *units);
      memcpy(types, l->reg_type, l->regs * sizeof *types);
    }
    l->reg_unit = units;
    l->reg_type = types;
    l->reg_cap = cap;
  }
  l->reg_unit[reg] = unit;
  l->reg_type[reg] = type;
  if (reg >= l->regs) l->regs = reg + 1;
  return reg;
}

uint32_t lower__emit(lower *l, ans_opcode op, uint32_t unit, ans_type type, uint32_t a, uint32_t b, uint32_t c) {
  if (l->status != ANS_OK) return ANS_NONE;
  ans_insn in = {(uint16_t)op, (uint16_t)unit, type, a, b, c};
  return emit__note(l, ans_builder_insn(l->b, in), unit, type);
}

/* Never shared with an equal instruction: the register of a result may be overridden alone. */
uint32_t lower__emit_fresh(lower *l, ans_opcode op, uint32_t unit, ans_type type, uint32_t a, uint32_t b, uint32_t c) {
  if (l->status != ANS_OK) return ANS_NONE;
  ans_insn in = {(uint16_t)op, (uint16_t)unit, type, a, b, c};
  return emit__note(l, ans_builder_insn_fresh(l->b, in), unit, type);
}

uint32_t lower__const(lower *l, ans_type type, int64_t v) { return lower__emit(l, ANS_OP_CONST, 0, type, ans_builder_const(l->b, v), 0, 0); }
uint32_t lower__bool(lower *l, bool v) { return lower__const(l, lower__type(ANS_T_BOOL), v); }
uint32_t lower__period(lower *l, uint32_t which) { return lower__emit(l, ANS_OP_PERIOD, 0, lower__type(which ? ANS_T_DATE : ANS_T_MONTH), which, 0, 0); }

/* The base unit whose days the derived unit `unit` holds, or ANS_NONE. */
static uint32_t emit__base(const lower *l, uint32_t unit) {
  for (uint32_t u = 1; unit >= l->m->unit_count && u < l->m->unit_count; u++)
    if (l->unit[u].days && l->unit[u].derived == unit) return u;
  return ANS_NONE;
}

uint32_t lower__bring(lower *l, uint32_t reg, uint32_t unit) {
  if (l->status != ANS_OK || reg == ANS_NONE) return ANS_NONE;
  uint32_t have = l->reg_unit[reg];
  if (have == 0 || have == unit) return reg;
  uint32_t base = emit__base(l, unit);
  if (base == ANS_NONE || base != have || l->unit[base].split == ANS_NONE) return lower__fail(l, "register of a foreign unit");
  return lower__emit(l, ANS_OP_GATHER, unit, l->reg_type[reg], l->unit[base].split, reg, 0);
}

uint32_t lower__join(lower *l, uint32_t *regs, uint32_t n) {
  uint32_t unit = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (l->status != ANS_OK || regs[i] == ANS_NONE) return 0;
    uint32_t have = l->reg_unit[regs[i]];
    if (have > unit) unit = have; /* derived units stand behind the base units */
  }
  for (uint32_t i = 0; i < n; i++) regs[i] = lower__bring(l, regs[i], unit);
  return unit;
}

uint32_t lower__unary(lower *l, ans_opcode op, ans_type type, uint32_t a, uint32_t c) {
  if (l->status != ANS_OK || a == ANS_NONE) return ANS_NONE;
  return lower__emit(l, op, l->reg_unit[a], type, a, 0, c);
}

uint32_t lower__binary(lower *l, ans_opcode op, ans_type type, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t regs[2] = {a, b}, unit = lower__join(l, regs, 2);
  return l->status == ANS_OK ? lower__emit(l, op, unit, type, regs[0], regs[1], c) : ANS_NONE;
}

uint32_t lower__guard(lower *l, uint32_t a) { return lower__unary(l, ANS_OP_GUARD, lower__type(ANS_T_BOOL), a, 0); }
