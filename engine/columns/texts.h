/* Texts of one ans_columns while it is built: each distinct text of a fact once, with the outcome of every predicate of that fact. Private to
 * engine/columns. One thread; memory: the texts lie in the columns' arena, the rest is given back with columns__texts_free. */
#ifndef ANS_COLUMNS_TEXTS_H
#define ANS_COLUMNS_TEXTS_H
#include "columns/columns.h"
#include "text/text.h"

typedef struct columns__texts {
  uint32_t *slots, slot_count;   /* open addressing: index into columns->texts + 1 */
  uint32_t cap;                  /* of columns->texts */
  uint32_t *first, *items;       /* predicates of fact f: items[first[f] … first[f + 1]); made with the first text */
  ans_pattern **patterns;        /* per predicate, compiled when first asked */
} columns__texts;

/* The index of a text of the fact; where names the cell in messages. */
ans_status columns__text(columns__texts *t, ans_columns *c, uint32_t fact, const char *s, size_t len, const char *where, int64_t *index, ans_error *err) ANS_MUST_CHECK;
void columns__texts_free(columns__texts *t, const ans_program *p);
#endif
