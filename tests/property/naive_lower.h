/* A second, naive lowering for tests: one derived row per day of the period instead of segments, one instruction per node, nothing folded.
 * Programs of dsl/lower and of this one must give the same results, since segments are an optimisation that must not be observable
 * (docs/semantics.md § 4.2); and the engines are tested even where dsl/lower never emits an instruction. */
#ifndef ANS_TESTS_NAIVE_LOWER_H
#define ANS_TESTS_NAIVE_LOWER_H
#include "sema/typed.h"
ans_status naive_lower(const ans_model *m, ans_program **out, ans_error *err) ANS_MUST_CHECK;
#endif
