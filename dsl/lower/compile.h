/* Private to dsl/lower: reading the files of packages (compile.c, imports.c). */
#ifndef ANS_LOWER_COMPILE_H
#define ANS_LOWER_COMPILE_H
#include "lower/lower.h"

/* The rule files of a folder, or one file, parsed; the one with the header first. On failure what was parsed so far is in *trees too. */
ans_status compile__parse(const char *path, ans_diags *diags, ans_tree ***trees, uint32_t *count, ans_error *err) ANS_MUST_CHECK;
void compile__free_trees(ans_tree **trees, uint32_t n);
/* Fills out->imports for the package of out->trees, which stands at `path`. ANS_RULES after a diagnostic. */
ans_status compile__imports(const char *path, const char *packages, ans_diags *diags, ans_compilation *out, ans_error *err) ANS_MUST_CHECK;
#endif
