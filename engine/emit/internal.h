/* Shared by the files of engine/emit only: the plan of an emission and its names. All of it lives in one arena. */
#ifndef ANS_EMIT_INTERNAL_H
#define ANS_EMIT_INTERNAL_H
#include "base/arena.h"
#include "base/buffer.h"
#include "emit/emit.h"

typedef struct emit_names {            /* taken identifiers, each with its scope; open addressing */
  const char **slots;
  size_t capacity;
} emit_names;

typedef struct emit {
  const ans_program *p;
  ans_arena *arena;
  char prefix[ANS_EMIT_MAX_PREFIX + 1], upper[ANS_EMIT_MAX_PREFIX + 1];
  emit_names names;
  /* names.c */
  const char **units, **facts, **results, **benefits, **enums, **enum_values; /* identifiers; facts without their unit … */
  const char **fact_numbers;           /* … and with it */
  /* plan.c */
  uint32_t *registers;                 /* per unit: how many */
  uint32_t *position;                  /* per register: within the cells of a row of its unit */
  uint32_t *result;                    /* per register: the result it holds, or ANS_NONE */
  uint32_t *split;                     /* per unit: its SPLIT, or ANS_NONE */
  uint32_t *stage;                     /* per register: it reads other rows of earlier stages only */
  bool *periodic;                      /* per register: depends on the period only */
  uint32_t *order;                     /* registers by (stage, whole units first, unit, register) */
  uint32_t *node;                      /* per register: its first node, or ANS_NONE */
  bool *asked;                         /* per parameter: some instruction looks it up */
} emit;

bool emit__plan(emit *e);                                        /* plan.c; false: memory */
bool emit__whole(uint16_t op);                                   /* plan.c: computes its unit's cells at once (aggregates, rank, split) */
bool emit__names(emit *e);                                       /* names.c; false: memory */
void emit__header(const emit *e, ans_buffer *b);                 /* header.c: <prefix>.h */
void emit__code(const emit *e, ans_buffer *b);                   /* code.c: functions of <prefix>.c */
void emit__tables(const emit *e, ans_buffer *b);                 /* tables.c: tables of <prefix>.c */
void emit__params(const emit *e, ans_buffer *b);                 /* tables.c: parameter rows, before the code */
void emit__title(const emit *e, ans_buffer *b, const char *what); /* emit.c: the comment that opens a file */

/* names.c: texts of the package inside C. Citations and reasons come from rule files, so nothing in them may end a comment or a literal. */
void emit__comment(ans_buffer *b, const char *text, size_t max); /* at most max bytes of it; … if there are more */
void emit__string(ans_buffer *b, const char *text);              /* with quotes */
void emit__int(ans_buffer *b, int64_t v);
const char *emit__provision(const ans_program *p, uint32_t provision); /* "" if there is none */
#endif
