/* Typed tree → bytecode. Day grain becomes derived units (day segments); uniform validity becomes conditions on the period. */
#ifndef ANS_LOWER_H
#define ANS_LOWER_H
#include "columns/columns.h"
#include "sema/typed.h"
ans_status ans_lower_program(const ans_model *m, ans_program **out, ans_error *err) ANS_MUST_CHECK;
/* Indices of base units, facts, enumerations, parameters, provisions, results and benefits are the same in model and program; derived
 * units follow the base units. So columns built for the program serve the reference interpreter over the model too. */

/* Parses, analyses and lowers all rule files of a package folder (sorted by name; the file with the header first) or one file, with the
 * packages it uses (nutzt; docs/adr/0008-imports.md). These lie in folders whose path ends with their name, below the root of the package's
 * own folder or else below `packages` (NULL: no other root). At most 64 of them (ANS_SEMA_MAX_IMPORTS), 16 deep. */
typedef struct ans_compilation_import { ans_tree **trees; uint32_t tree_count; uint8_t sha256[32]; } ans_compilation_import;
typedef struct ans_compilation {
  ans_tree **trees; uint32_t tree_count;                   /* the package's own files */
  ans_compilation_import *imports; uint32_t import_count;  /* each after those it uses */
  ans_model *model;
  ans_program *program;
} ans_compilation;
enum { ANS_COMPILE_MAX_DEPTH = 16 };
/* ANS_RULES when diags holds errors; then model and program may be NULL. Dispose in every case. */
ans_status ans_compile_package(const char *path, const char *packages, ans_diags *diags, ans_compilation *out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_compile_path(const char *path, ans_diags *diags, ans_compilation *out, ans_error *err) ANS_MUST_CHECK; /* packages: NULL */
/* The model of a compiled package with one more file of it (extra may be NULL); *out is NULL when diags holds errors. */
ans_status ans_compile_model(const ans_compilation *c, ans_tree *extra, ans_diags *diags, ans_model **out, ans_error *err) ANS_MUST_CHECK;
void ans_compilation_dispose(ans_compilation *c);

/* One component holding the rows, facts and overrides of a prüffall; *rows (malloc'd, t->row_count entries) gives the row of each named row. */
ans_status ans_testcase_columns(const ans_model *m, const ans_program *p, const ans_tcase *t, ans_columns **out, uint32_t **rows, ans_error *err) ANS_MUST_CHECK;
/* The same for n prüffälle, a component each; *rows has their rows one case after the other. */
ans_status ans_testcases_columns(const ans_model *m, const ans_program *p, const ans_tcase *const *cases, uint32_t n, ans_columns **out, uint32_t **rows, ans_error *err) ANS_MUST_CHECK;
#endif
