/* Mutants of a rule package: small mistakes a drafter could make, planted one at a time into the typed tree, so that it can be seen whether
 * some prüffall notices. A mutant no test notices shows a gap in the tests or a change without effect.
 *
 * The list borrows the model and its trees and edits the model in place while it lowers a mutant; every edit is taken back before the call
 * returns, so the model is the original between calls. Therefore the model must not be used by another thread at the same time. (A copy of
 * the tree per mutant was rejected: it would cost more than lowering it.) The same package gives the same mutants in the same
 * order. Which tests exist and how they run is the caller's matter. */
#ifndef ANS_MUTATE_H
#define ANS_MUTATE_H
#include "lower/lower.h"

typedef enum ans_mutation {
#define X(id, code, de, en) ANS_MUTATION_##id,
#include "mutate/operators.def"
#undef X
  ANS_MUTATION_COUNT
} ans_mutation;
const char *ans_mutation_code(ans_mutation m);                /* "vergleich" */
const char *ans_mutation_gloss(ans_mutation m, ans_lang lang);

typedef struct ans_mutant {
  ans_mutation operation;
  const char *key;               /* code, and ".2" for the second of this code on the line …: what a mark names */
  uint32_t result;               /* or ANS_NONE for parameters */
  uint32_t param;                /* or ANS_NONE */
  uint32_t provision;            /* or ANS_NONE */
  const char *path; uint32_t line;
  const char *text;              /* source text of the place, folded */
  const char *before, *after;    /* what was changed; "" where the operation says it all */
  uint32_t mark;                 /* index of the mark that calls it equivalent, or ANS_NONE */
} ans_mutant;

/* `-- gleichwertig: vergleich.2 Grund` (English: `-- equivalent: …`) in a comment on the mutant's line; several keys with one reason are
 * separated by commas and make a mark each. */
typedef struct ans_mutant_mark { const char *path; uint32_t line; const char *key, *reason; uint32_t mutant; /* or ANS_NONE: applies to nothing */ } ans_mutant_mark;

typedef struct ans_mutants ans_mutants;
enum { ANS_MAX_MUTANTS = 200000 };
/* Lists the mutants of all results, rules and parameters in the order of the text's files and lines. ANS_LIMIT above ANS_MAX_MUTANTS. */
ans_status ans_mutants_new(ans_model *model, ans_mutants **out, ans_error *err) ANS_MUST_CHECK;
void ans_mutants_free(ans_mutants *m);
uint32_t ans_mutants_count(const ans_mutants *m);
const ans_mutant *ans_mutants_at(const ans_mutants *m, uint32_t i);
uint32_t ans_mutants_mark_count(const ans_mutants *m);
const ans_mutant_mark *ans_mutants_mark(const ans_mutants *m, uint32_t i);
/* The program of mutant i, owned by the caller. *out stays NULL with ANS_OK if the change makes no valid program (a number outside its type,
 * a parameter with two values for a day): such a mutant cannot be written, so no test is asked of it. */
ans_status ans_mutants_program(ans_mutants *m, uint32_t i, ans_program **out, ans_error *err) ANS_MUST_CHECK;
#endif
