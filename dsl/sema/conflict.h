/* Contradictions between provisions that can be proven from the typed model alone (docs/semantics.md § 5.1). See conflict.c. */
#ifndef ANS_SEMA_CONFLICT_H
#define ANS_SEMA_CONFLICT_H
#include "sema/typed.h"

enum { ANS_CONFLICT_RANK = 512 /* rules of one rank that are compared */, ANS_CONFLICT_CHAIN = 16 /* rules above an exception */ };

/* Rules of one rank that order different values in one case: wherever the conditions of `above` and of `narrow` are true, and, if `exempt`, no exception of theirs applies. */
typedef struct ans_clash {
  const ans_tresult *result;
  uint32_t count; const ans_rule *const *rules;   /* at least two, in source order */
  const ans_rule *narrow;                         /* one of them: its condition implies those of the others; without one, every case */
  uint32_t above_count; const ans_rule *const *above; /* exceptions: the rules they limit, outermost first */
  bool exempt;
  int32_t period;                                 /* a period of the package's span in which they clash */
} ans_clash;

typedef struct ans_conflict_visitor {
  void (*clash)(void *ctx, const ans_clash *c);
  void (*dead)(void *ctx, const ans_tresult *result, const ans_rule *r); /* its condition can never be true */
  void *ctx;
} ans_conflict_visitor;

/* Visits what is provable about the first `results` results of m, in a fixed order. Only memory makes it fail. */
ans_status ans_conflicts(const ans_model *m, uint32_t results, const ans_conflict_visitor *v, ans_error *err) ANS_MUST_CHECK;
#endif
