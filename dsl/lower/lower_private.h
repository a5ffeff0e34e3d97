/* Private state of the lowering, shared by the files of this folder.
 *
 * Order of work (plan.c): results and splits are the nodes of one dependency graph; both are emitted in a topological order of it, so
 * that emitting one never recurses into another and the depth of the C stack is bounded by the depth of one expression. A circle through a
 * split (a day that depends on days) is broken by cutting that unit at every day, which needs no other register.
 * Failure is sticky (status); registers are ANS_NONE afterwards. One thread; one scratch arena. */
#ifndef ANS_LOWER_PRIVATE_H
#define ANS_LOWER_PRIVATE_H
#include "base/arena.h"
#include "lower/lower.h"

typedef struct lower_map { const void **key; uint32_t *value; uint32_t cap, n; } lower_map; /* pointer → register; arena memory */

typedef struct lower_source {    /* one change point of a unit's days */
  ans_split_kind kind;
  uint32_t index;                /* TIMELINE: fact; SEGMENTS: base unit; DATE: bit 1 the date starts a segment, bit 2 the day after it */
  const ans_tx *tx;              /* DATE: the date; TIMELINE, SEGMENTS: reference or NULL */
} lower_source;

typedef struct lower_unit {
  bool days, every_day;          /* has day-grain expressions; cut at every day */
  uint32_t derived, split;       /* derived unit; SPLIT register */
  lower_source *source; uint32_t count, cap;
} lower_unit;

typedef struct lower_rule_regs { uint32_t live, value, own; bool noted; } lower_rule_regs;

typedef struct lower {
  const ans_model *m;
  ans_builder *b;
  ans_arena *arena;
  ans_error *err;
  ans_status status;
  lower_unit *unit;              /* per base unit */
  uint32_t *result;              /* register per result */
  uint32_t *reg_unit; ans_type *reg_type; uint32_t regs, reg_cap;
  lower_map values;              /* typed node → register */
  lower_map rules;               /* rule → index + 1 into rule_regs */
  lower_rule_regs *rule_regs; uint32_t rule_count, rule_cap;
  uint32_t depth;
} lower;

/* emit.c */
void *lower__alloc(lower *l, size_t count, size_t size);
uint32_t lower__fail(lower *l, const char *what);               /* internal inconsistency of the model */
uint32_t lower__map_get(const lower_map *m, const void *key);   /* ANS_NONE if absent */
void lower__map_put(lower *l, lower_map *m, const void *key, uint32_t value);
uint32_t lower__emit(lower *l, ans_opcode op, uint32_t unit, ans_type type, uint32_t a, uint32_t b, uint32_t c);
uint32_t lower__emit_fresh(lower *l, ans_opcode op, uint32_t unit, ans_type type, uint32_t a, uint32_t b, uint32_t c);
uint32_t lower__const(lower *l, ans_type type, int64_t v);
uint32_t lower__period(lower *l, uint32_t which);
static inline ans_type lower__type(ans_type_tag tag) { ans_type t = {(uint8_t)tag, 0, 0, 0, 0}; return t; }
static inline ans_type lower__ref(uint32_t unit) { ans_type t = {ANS_T_REF, 0, 0, 0, unit}; return t; }
uint32_t lower__bring(lower *l, uint32_t reg, uint32_t unit);   /* reg readable in unit: itself or gathered from the parent row */
uint32_t lower__join(lower *l, uint32_t *regs, uint32_t n);     /* brings all to their common unit, which is returned */
uint32_t lower__unary(lower *l, ans_opcode op, ans_type type, uint32_t a, uint32_t c);
uint32_t lower__binary(lower *l, ans_opcode op, ans_type type, uint32_t a, uint32_t b, uint32_t c);
uint32_t lower__guard(lower *l, uint32_t a);
uint32_t lower__bool(lower *l, bool v);

/* expr.c, fold.c */
uint32_t lower__tx(lower *l, const ans_tx *x);
uint32_t lower__self(lower *l, uint32_t unit);
uint32_t lower__days(lower *l, const ans_tx *x);
uint32_t lower__aggregate(lower *l, const ans_tx *x);
static inline const ans_tx *lower__arg(const ans_tx *x, uint32_t i) { return i < x->count ? x->arg[i] : NULL; }

/* plan.c */
bool lower__plan(lower *l, uint32_t **order, uint32_t *n);      /* entries: result, or result_count + unit for a split */
/* rules.c, nodes.c */
void lower__result(lower *l, uint32_t result);
void lower__split(lower *l, uint32_t unit);
const lower_rule_regs *lower__rule(lower *l, const ans_rule *r, ans_type type);
void lower__nodes(lower *l);
#endif
