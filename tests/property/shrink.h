/* Makes a failing model small: drops rules, exceptions and subexpressions as long as the engines still differ from the reference, and
 * prints what is left. Works in place on the model. */
#ifndef ANS_TESTS_SHRINK_H
#define ANS_TESTS_SHRINK_H
#include "compare.h"
/* Returns the number of successful reductions; *last is a difference of the reduced model (component 0 = the one that failed). */
uint32_t shrink(ans_model *m, const gen_data *d, lower_fn *lower, mismatch *last);
/* Results that the failing one depends on, their rules as expressions, and the facts of the failing component that they read. */
void print_model(const ans_model *m, const gen_data *d, uint32_t component, uint32_t result);
#endif
