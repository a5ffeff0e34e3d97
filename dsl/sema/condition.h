/* Conditions as conjunctions of atoms: the fragment of conditions about which something can be proven (condition.c). Private to dsl/sema and its tests. */
#ifndef ANS_SEMA_CONDITION_H
#define ANS_SEMA_CONDITION_H
#include "sema/typed.h"

enum { CONDITION_SPANS = 6, CONDITION_ATOMS = 24, CONDITION_SPLITS = 8 };

/* Values as disjoint ascending spans, inclusive. */
typedef struct condition_span { int64_t lo, hi; } condition_span;
typedef struct condition_set { uint32_t count; condition_span at[CONDITION_SPANS]; } condition_set;

/* "The value of term lies in set." With day: term is a date of birth, and the set is about the completed years of life on that day. */
typedef struct condition_atom { const ans_tx *term, *day; uint64_t hash; condition_set set; } condition_atom;

/* True exactly where every atom is (and more must hold if `partial`: what did not fit was left out). Disjunctions over several terms are atoms as a whole, and kept for
 * condition__never. */
typedef struct condition {
  uint32_t count, splits;
  bool never /* no value satisfies it */, partial;
  condition_atom at[CONDITION_ATOMS];
  struct condition_split { const ans_tx *x; bool negated; } split[CONDITION_SPLITS];
} condition;

/* Adds what x says when it is true: afterwards *c is true only where it was and x is. x NULL: nothing. Terms are borrowed from the tree. */
void condition__add(const ans_model *m, condition *c, const ans_tx *x);
/* Is c certainly never true, its disjunctions considered too? false: not proven. */
bool condition__never(const ans_model *m, const condition *c);
/* Is `then` true in every case in which `c` is? false: not proven. *steps grows with the work done. */
bool condition__implies(const condition *c, const condition *then, uint64_t *steps);
/* Narrows *c so that `not_this` is false in it, choosing one of its atoms; false: no atom was found that can fail where c holds. */
bool condition__refute(const ans_model *m, condition *c, const condition *not_this);
/* Is there certainly a case in which c is true: only facts that can be chosen freely and apart from each other. */
bool condition__possible(const ans_model *m, const condition *c);
#endif
