/* What emitted packages and their callers share: cells, facts, rows, one evaluation and its trace.
 *
 * Written by `anspruch build --emit c` beside every package; the same text for all packages of one emission version, so that several of
 * them go into one program. Needs the C library only (C17, gcc or clang: 128-bit intermediates). Documented in docs/embedding.md.
 *
 * Memory: the caller hands over one block; nothing else is allocated, nothing is freed. Threads: an an_run and its block belong to one
 * thread; packages are constant. There is no recursion, no global state and no floating point. */
#ifndef ANSPRUCH_EMBED_H
#define ANSPRUCH_EMBED_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AN_EMISSION_VERSION 1
#define AN_NONE UINT32_MAX
/* Days count from 1970-01-01, months are year * 12 + month - 1. */
#define AN_DAY_MIN (-719162)         /* 0001-01-01 */
#define AN_DAY_MAX 2932896           /* 9999-12-31; as the law-known day: all law */
#define AN_OPEN_PAST INT32_MIN       /* first and last day of an interval without one */
#define AN_OPEN_FUTURE INT32_MAX
enum {
  AN_MAX_ROWS = 100000,              /* of a unit in one evaluation */
  AN_MAX_CELLS = 50000000,           /* of one evaluation */
  AN_MAX_KEYS = 4,                   /* of a parameter */
  AN_MAX_DAYS = 366                  /* of a period */
};

/* The state of a computed cell. The order matters: a strict operation has the greatest state of its operands. */
typedef enum an_state { AN_VALUE, AN_NOT_APPLICABLE, AN_UNKNOWN, AN_HUMAN, AN_ERROR, AN_CONFLICT } an_state;

/* A computed cell. v is 0 unless state is AN_VALUE: truth 0/1, number scaled to whole units of its last decimal place (money: cents),
 * day, month, position in an enumeration, row of a unit (of this evaluation; position of the day segment for units of segments), position
 * of a text in the input, set of values of an enumeration (bit i is value i). */
typedef struct an_cell {
  int64_t v;
  uint32_t param_row;                /* of a parameter look-up: 1 + the row taken, 0 none; means nothing elsewhere */
  uint8_t state;                     /* an_state */
  uint8_t given;                     /* of a result: it was given and not computed; means nothing elsewhere */
} an_cell;

/* What is known about a fact. All zero is "nothing is known": a row that was only cleared never says no. */
typedef enum an_is { AN_IS_MISSING, AN_IS_VALUE, AN_IS_NOT_APPLICABLE, AN_IS_UNKNOWN, AN_IS_HUMAN } an_is;
typedef struct an_fact {
  int64_t v;                         /* read only with AN_IS_VALUE */
  uint8_t is;                        /* an_is */
} an_fact;
/* A fact that changes by the day: intervals, both days included, in order and disjoint. A day in none is missing. */
typedef struct an_interval {
  int32_t from, to;
  int64_t v;
  uint8_t is;
} an_interval;
typedef struct an_timeline {
  const an_interval *items;
  uint32_t count;
} an_timeline;
/* A text and the answers to the package's questions about it (bit = number of the question among those about its fact): it holds, or it has
 * no answer because matching reached a limit. The text is in Unicode normal form C; an_text_literals answers what is no pattern. */
typedef struct an_text {
  const char *text;
  uint32_t fact;
  uint64_t holds, failed;
} an_text;
/* A result that is given: it takes the place of the computed cell. */
typedef struct an_given {
  uint32_t result, row;
  an_fact fact;
} an_given;
/* Part of every package's input: texts, and given results in ascending order of (result, row). */
typedef struct an_extras {
  const an_text *texts;
  uint32_t text_count;
  const an_given *given;
  uint32_t given_count;
} an_extras;

static inline an_fact an_value(int64_t v) { return (an_fact){v, AN_IS_VALUE}; }
static inline an_fact an_not_applicable(void) { return (an_fact){0, AN_IS_NOT_APPLICABLE}; }
static inline an_fact an_human(void) { return (an_fact){0, AN_IS_HUMAN}; }
/* The day of a date; the caller guarantees that it exists (year 1 to 9999). */
static inline int64_t an_day(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, in_era = y - era * 400;
  int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

/* --- the tables of a package: names, citations, texts. Indices are those of the package file and of its replay. ------------------------- */
typedef enum an_tag { AN_BOOL, AN_INT, AN_DECIMAL, AN_MONEY, AN_DATE, AN_MONTH, AN_ENUM, AN_REF, AN_TEXT, AN_LIST } an_tag;
typedef struct an_type {
  uint8_t tag, scale, measure, per;  /* measure: years, months, days, hours from 1; per: day, week, month, year from 1 */
  uint32_t ref;                      /* enumeration or unit; the fact itself for a text */
} an_type;
typedef struct an_unit_info {
  const char *name;
  uint32_t parent;                   /* of a unit of day segments, else AN_NONE */
  uint32_t registers;                /* that have one cell for each of its rows */
  size_t row_size, offset;           /* of a row, and of {rows, count} in the input; 0 for the period and for segments */
} an_unit_info;
typedef struct an_fact_info {
  const char *name;
  uint32_t unit;
  an_type type;
  bool timeline;
  uint8_t missing;                   /* state of a missing cell: unknown, or human where a person must judge */
  int64_t lowest, highest;           /* possible values; of references every row there is */
  size_t offset;                     /* in the row: an an_fact or an an_timeline */
} an_fact_info;
typedef struct an_result_info {
  const char *name, *provision;
  uint32_t unit, reg;
  an_type type;
  int64_t lowest, highest;
} an_result_info;
typedef struct an_benefit_info {
  const char *name;
  uint32_t unit, entitled, amount, payout; /* results; AN_NONE: has none */
} an_benefit_info;
typedef struct an_register_info {
  const char *operation;             /* mnemonic, docs/bytecode.md */
  uint32_t unit, position;           /* its cell within the cells of a row of the unit */
  uint32_t result;                   /* that it holds, or AN_NONE */
  uint32_t param;                    /* that it looks up, or AN_NONE */
  an_type type;
} an_register_info;
typedef enum an_node_kind { AN_NODE_NONE, AN_NODE_RESULT, AN_NODE_RULE, AN_NODE_EXCEPTION, AN_NODE_CONDITION, AN_NODE_VALUE, AN_NODE_FACT, AN_NODE_PARAM } an_node_kind;
typedef struct an_node_info {
  uint32_t reg, parent;              /* parent: enclosing node, or AN_NONE */
  uint8_t kind;                      /* an_node_kind */
  uint32_t result;                   /* it belongs to, or AN_NONE */
  uint32_t line;                     /* of the rule text */
  const char *provision;             /* citation, "" if none */
  const char *text, *text_not;       /* source text or reason, and reason when not satisfied */
} an_node_info;
typedef struct an_param_info {
  const char *name, *provision;
  an_type type;
} an_param_info;
typedef struct an_question_info {
  uint32_t fact, bit;
  bool pattern;                      /* the whole text matches the one PCRE2 pattern (docs/semantics.md, section 1); else: equals a text of the list */
  const char *const *texts;
  uint32_t text_count;
} an_question_info;

struct an_run;
typedef struct an_package {
  const char *name, *version, *title, *sha256; /* sha256: the package's identity, 64 hexadecimal digits */
  uint32_t format_version, semantics_version, emission_version;
  uint32_t period_kind;              /* 0 month, 1 day, 2 half-year, 3 year */
  int32_t first_period, last_period;
  const an_unit_info *units;         uint32_t unit_count; /* units[0]: the period */
  const an_fact_info *facts;         uint32_t fact_count;
  const an_result_info *results;     uint32_t result_count;
  const an_benefit_info *benefits;   uint32_t benefit_count;
  const an_register_info *registers; uint32_t register_count;
  const an_param_info *params;       uint32_t param_count;
  const an_node_info *nodes;         uint32_t node_count;
  const an_question_info *questions; uint32_t question_count;
  size_t extras;                     /* offset of the an_extras in the input */
  void (*periodic)(struct an_run *run);  /* computes what depends on the period only */
  bool (*evaluate)(struct an_run *run);  /* computes the rest; false: run->fault says why */
} an_package;

/* --- one evaluation --------------------------------------------------------------------------------------------------------------------- */
typedef enum an_status {
  AN_OK,
  AN_PERIOD,                         /* the period is not one the package is for, or the law-known day is none */
  AN_MEMORY,                         /* the block is too small: fault.need bytes were asked for, P_memory() says how many suffice */
  AN_LIMIT,                          /* more than AN_MAX_ROWS rows or AN_MAX_CELLS cells */
  AN_FACT,                           /* fault names a fact that is no value of its type, or a row that refers outside */
  AN_INTERVAL,                       /* fault names a timeline with an impossible, overlapping or unsorted interval */
  AN_TEXT_INPUT,                     /* fault.row: a text without characters or with answers that contradict each other */
  AN_GIVEN                           /* fault names a given result that does not exist, cannot be given, is no value of its type, or is out of order */
} an_status;
typedef struct an_fault {
  an_status status;
  uint32_t unit, row, fact, result;  /* AN_NONE where they say nothing */
  size_t need;
} an_fault;
typedef struct an_segment {          /* one stretch of days of a row in which nothing changes */
  uint32_t parent;
  int32_t from, to;
} an_segment;
typedef struct an_segments {
  an_segment *items;
  uint32_t *first;                   /* row i of the parent unit owns items[first[i]] … items[first[i + 1] - 1] */
} an_segments;
typedef struct an_run {
  const an_package *package;
  const void *input;
  int32_t period, first_day, last_day, law_known;
  an_cell **cells;                   /* per unit: rows times registers */
  uint32_t *rows;                    /* per unit */
  an_segments *segments;             /* per unit */
  unsigned char *block;              /* the caller's memory */
  size_t size, used, kept;           /* kept: what belongs to the period and stays */
  uint64_t cell_count;
  an_fault fault;
} an_run;

/* Answers the questions about a text that are no pattern, and clears nothing else. The text is in Unicode normal form C. */
static inline void an_answer_literals(const an_package *p, an_text *t) {
  for (uint32_t i = 0; i < p->question_count; i++) {
    const an_question_info *q = &p->questions[i];
    if (q->fact != t->fact || q->pattern) continue;
    t->holds &= ~(UINT64_C(1) << q->bit);
    for (uint32_t k = 0; k < q->text_count; k++)
      if (strcmp(q->texts[k], t->text) == 0) t->holds |= UINT64_C(1) << q->bit;
  }
}
/* The cell of a register; AN_ERROR for a register or row there is none of. */
static inline an_cell an_get(const an_run *run, uint32_t reg, uint32_t row) {
  const an_package *p = run->package;
  if (!run->rows || reg >= p->register_count || row >= run->rows[p->registers[reg].unit]) return (an_cell){0, 0, AN_ERROR, 0};
  const an_register_info *x = &p->registers[reg];
  return run->cells[x->unit][(size_t)row * p->units[x->unit].registers + x->position];
}
/* The cell of a result, after an evaluation. */
static inline an_cell an_result(const an_run *run, uint32_t result, uint32_t row) {
  return an_get(run, result < run->package->result_count ? run->package->results[result].reg : AN_NONE, row);
}
static inline uint32_t an_rows(const an_run *run, uint32_t unit) { return run->rows && unit < run->package->unit_count ? run->rows[unit] : 0; }
/* A day segment of a unit of segments; the row must exist. */
static inline an_segment an_segment_of(const an_run *run, uint32_t unit, uint32_t row) { return run->segments[unit].items[row]; }

/* The trace: every cell of the evaluation, as it was computed (no cell is ever written twice but by a result that is given). */
typedef struct an_step {
  uint32_t reg, unit, row;
  uint32_t node;                     /* index into nodes, AN_NONE in an_trace_cells */
  uint32_t param_row;                /* index in the package's table of parameter rows that a look-up took, else AN_NONE */
  bool given;                        /* the result was given */
  an_cell cell;
} an_step;
typedef void an_trace_fn(void *ctx, const an_step *step);
static inline an_step an_step_of(const an_run *run, uint32_t reg, uint32_t row, uint32_t node) {
  const an_register_info *x = &run->package->registers[reg];
  const an_cell c = an_get(run, reg, row);
  return (an_step){reg, x->unit, row, node, x->param != AN_NONE && c.param_row ? c.param_row - 1 : AN_NONE, x->result != AN_NONE && c.given, c};
}
/* Every cell, in ascending order of register and row. */
static inline void an_trace_cells(const an_run *run, an_trace_fn *fn, void *ctx) {
  for (uint32_t i = 0; i < run->package->register_count; i++)
    for (uint32_t row = 0; row < an_rows(run, run->package->registers[i].unit); row++) {
      const an_step step = an_step_of(run, i, row, AN_NONE);
      fn(ctx, &step);
    }
}
/* Every node (result, rule, exception, condition) of the explanation on every row, in ascending order of node and row. */
static inline void an_trace_nodes(const an_run *run, an_trace_fn *fn, void *ctx) {
  for (uint32_t i = 0; i < run->package->node_count; i++) {
    const uint32_t reg = run->package->nodes[i].reg;
    for (uint32_t row = 0; row < an_rows(run, run->package->registers[reg].unit); row++) {
      const an_step step = an_step_of(run, reg, row, i);
      fn(ctx, &step);
    }
  }
}
#endif
