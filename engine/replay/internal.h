/* The trace's inside, shared by the files of engine/replay only. */
#ifndef ANS_REPLAY_INTERNAL_H
#define ANS_REPLAY_INTERNAL_H
#include "base/arena.h"
#include "replay/replay.h"

/* Day segments of a derived unit: parent row i owns segments offsets[i] … offsets[i+1]. */
typedef struct replay_segments {
  uint32_t *offsets, *parent; /* parent: row of the segment's parent, relative */
  int32_t *from, *to;
} replay_segments;

/* Members of each target row by a reference register, and those whose reference is not known (they may belong to every row). */
typedef struct replay_group {
  uint32_t *offsets, *members; /* target row i owns members[offsets[i] … offsets[i+1]), ascending */
  uint32_t *open;
  uint32_t open_count;
} replay_group;

struct replay_everywhere;

/* A cell. state REPLAY_PENDING: not computed. marks, for slices: the roots that need the cell, 0 between two slices. */
typedef struct replay_cell { int64_t v; uint8_t state, marks; } replay_cell;

/* The cells of one register. Small, because nothing is done as often as reading a cell: four registers to a cache line, and the cell itself in one. A register that has no memory yet has one
 * cell for all rows, which all such registers share and which is never computed (ans_trace.absent); so reading need not ask. */
typedef struct replay_cells {
  replay_cell *at;
  uint32_t mask; /* of rows: 0 if the register has one row for all of them, or no memory yet */
  uint32_t rows; /* that have memory */
} replay_cells;

struct ans_trace {
  const ans_columns *c;
  const ans_program *p;
  uint32_t component;
  int32_t period, first_day, last_day, law_known; /* law_known: ANS_DAY_MAX = all law */
  ans_trace *demand;            /* the trace itself if its cells are computed when they are read, else NULL */
  uint32_t depth, completed;    /* cells that wait for another one; registers below which every cell is there (demand) */
  ans_status failed;            /* of computing a cell (demand) */
  uint32_t *first_row, *rows;   /* per unit; first_row is 0 for UNIFORM and derived units; rows: ANS_NONE until the segments are made (demand) */
  replay_segments *segments;    /* per unit; empty for base units */
  uint32_t *split;              /* per unit: its SPLIT register or NONE */
  struct replay_everywhere **everywhere; /* per register: what members with an unknown reference contribute to every row of an aggregate; made when first asked for */
  replay_group **groups;        /* per register: index of a reference register that some aggregate uses, else NULL */
  uint32_t *result;             /* per register: the result it holds or NONE; NULL if no result is given */
  replay_cells *regs;           /* per register */
  uint8_t *hot;                 /* per register: which rows are in the slice that is being made, a bit each, the last one for REPLAY_HOT_ROWS and all that follow; 0 between two slices */
  replay_cell absent;           /* REPLAY_PENDING */
  uint64_t cells;               /* so far, bounded by ANS_MAX_REPLAY_CELLS */
  ans_arena *arena;
  replay_cell *room;            /* of the arena, for the cells of further registers */
  size_t room_left;             /* cells */
};

enum { REPLAY_HOT_ROWS = 7, REPLAY_PENDING = 0xff, REPLAY_MAX_DEPTH = 256 /* cells waiting for another; beyond it everything beneath is computed in order */ };
ans_scalar replay__demand(const ans_trace *t, uint32_t reg, uint32_t row); /* replay.c: computes the cell; the trace is one on demand */
void replay__make_rows(ans_trace *t, uint32_t unit);                 /* replay.c: the segments of a derived unit */

/* Cell of reg as an instruction of another unit-compatible row sees it: uniform registers are read at row 0. replay__at: where it lies, computed or not. */
static inline replay_cell *replay__at(const ans_trace *t, uint32_t reg, uint32_t row) {
  const replay_cells *x = &t->regs[reg];
  return &x->at[row & x->mask];
}
static inline bool replay__has_memory(const ans_trace *t, uint32_t reg) { return t->regs[reg].at != &t->absent; }
static inline void replay__put(const ans_trace *t, uint32_t reg, uint32_t row, ans_scalar v) {
  replay_cell *x = &t->regs[reg].at[row];
  x->v = v.v;
  x->state = v.state;
}
static inline ans_scalar replay__cell(const ans_trace *t, uint32_t reg, uint32_t row) {
  const replay_cell *x = replay__at(t, reg, row);
  if (__builtin_expect(x->state == REPLAY_PENDING, 0)) return replay__demand(t, reg, row);
  return (ans_scalar){x->v, x->state};
}
static inline uint32_t replay__rows(const ans_trace *t, uint32_t unit) {
  if (t->rows[unit] == ANS_NONE) replay__make_rows(t->demand, unit);
  return t->rows[unit];
}
static inline const replay_segments *replay__segments(const ans_trace *t, uint32_t unit) {
  (void)replay__rows(t, unit);
  return &t->segments[unit];
}
/* Row of the trace that a REF value names. */
static inline uint32_t replay__row(const ans_trace *t, uint32_t unit, int64_t v) { return (uint32_t)v - t->first_row[unit]; }
static inline uint8_t replay__max(uint8_t a, uint8_t b) { return a > b ? a : b; }
static inline ans_scalar replay__state(uint8_t s) { return (ans_scalar){0, s}; }
static inline ans_scalar replay__value(int64_t v) { return (ans_scalar){v, ANS_VALUE}; }
/* A condition: n/a becomes an error (semantics 2.2). */
static inline ans_scalar replay__condition(ans_scalar g) { return g.state == ANS_NOT_APPLICABLE ? replay__state(ANS_ERRONEOUS) : g; }
/* The filter of an aggregate at a member: true if there is none. */
static inline ans_scalar replay__filter(const ans_trace *t, uint32_t reg, uint32_t row) {
  return reg == ANS_NONE ? replay__value(1) : replay__condition(replay__cell(t, reg, row));
}
static inline bool replay__is(ans_scalar x, int64_t v) { return x.state == ANS_VALUE && x.v == v; }

ans_scalar replay__operation(const ans_trace *t, const ans_insn *in, uint32_t row);             /* operations.c: row by row */
uint32_t replay__param_row(const ans_trace *t, const ans_insn *in, uint32_t row, uint8_t *state); /* operations.c: the row a lookup took, or ANS_NONE */
ans_scalar replay__timeline(const ans_trace *t, const ans_insn *in, uint32_t row);              /* timelines.c */
ans_scalar replay__timeline_days(const ans_trace *t, const ans_insn *in, uint32_t row);         /* timelines.c */
bool replay__split(ans_trace *t, uint32_t reg);                                                 /* timelines.c; false: memory */
bool replay__aggregate(ans_trace *t, uint32_t reg, uint32_t row, ans_scalar *v);                /* groups.c; false: memory */
bool replay__rank(ans_trace *t, uint32_t reg);                                                  /* groups.c: the whole register; false: memory */
bool replay__group(ans_trace *t, uint32_t ref_reg);                                             /* groups.c: builds groups[ref_reg] */
const ans_override *replay__override(const ans_trace *t, uint32_t reg, uint32_t row);           /* replay.c; NULL if none */
#endif
