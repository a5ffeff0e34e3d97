/* Typed tree → bytecode. Day grain becomes derived units (day segments); uniform validity becomes conditions on the period. */
#ifndef ANS_LOWER_H
#define ANS_LOWER_H
#include "columns/columns.h"
#include "sema/typed.h"
ans_status ans_lower_program(const ans_model *m, ans_program **out, ans_error *err) ANS_MUST_CHECK;
/* Indices of base units, facts, enumerations, parameters, provisions, results and benefits are the same in model and program; derived
 * units follow the base units. So columns built for the program serve the reference interpreter over the model too. */

/* Parses, analyses and lowers all .recht files of a package folder (sorted by name; the file with the header first) or one file. */
typedef struct ans_compilation {
  ans_tree **trees; uint32_t tree_count;
  ans_model *model;
  ans_program *program;
} ans_compilation;
/* ANS_RULES when diags holds errors; then model and program may be NULL. Dispose in every case. */
ans_status ans_compile_path(const char *path, ans_diags *diags, ans_compilation *out, ans_error *err) ANS_MUST_CHECK;
void ans_compilation_dispose(ans_compilation *c);

/* One component holding the rows, facts and overrides of a prüffall; *rows (malloc'd, t->row_count entries) gives the row of each named row. */
ans_status ans_testcase_columns(const ans_model *m, const ans_program *p, const ans_tcase *t, ans_columns **out, uint32_t **rows, ans_error *err) ANS_MUST_CHECK;
#endif
