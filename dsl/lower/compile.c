/* From a path to a program: find the files, parse, analyse, lower. Files with mistakes of syntax are analysed too, so that one check shows all
 * mistakes; the analysis keeps silent about what was only lost with them, and gives no model then. */
#include "lower/lower.h"
#include "base/error.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { COMPILE_MAX_FILES = 256 };

static int compile__order(const void *a, const void *b) {
  const char *const *x = a, *const *y = b;
  return strcmp(*x, *y);
}

static char *compile__join(const char *folder, const char *name) {
  size_t n = strlen(folder), size = n + strlen(name) + 2;
  char *path = malloc(size);
  if (path) snprintf(path, size, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name);
  return path;
}

/* Sorted paths (malloc'd) of the folder's rule files. */
static ans_status compile__list(const char *folder, char **paths, uint32_t *n, ans_error *err) {
  DIR *d = opendir(folder);
  char max[24];
  if (!d) return ans_error_set(err, ANS_IO, "E-IO-OPEN", folder, strerror(errno), (char *)NULL);
  ans_status s = ANS_OK;
  for (struct dirent *e = readdir(d); e && s == ANS_OK; e = readdir(d)) {
    if (!ans_syn_rule_file(e->d_name)) continue;
    if (*n == COMPILE_MAX_FILES) s = ans_error_set(err, ANS_LIMIT, "E-DSL-FILES", NULL, folder, ans_itoa(max, COMPILE_MAX_FILES), (char *)NULL);
    else if (!(paths[*n] = compile__join(folder, e->d_name))) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
    else ++*n;
  }
  closedir(d);
  if (s == ANS_OK && !*n) return ans_error_set(err, ANS_IO, "E-DSL-FOLDER", NULL, folder, (char *)NULL);
  if (*n) qsort(paths, *n, sizeof *paths, compile__order);
  return s;
}

static ans_status compile__paths(const char *path, char **paths, uint32_t *n, ans_error *err) {
  struct stat st;
  if (stat(path, &st) != 0) return ans_error_set(err, ANS_IO, "E-IO-OPEN", path, strerror(errno), (char *)NULL);
  if (S_ISDIR(st.st_mode)) return compile__list(path, paths, n, err);
  paths[0] = strdup(path);
  if (!paths[0]) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  *n = 1;
  return ANS_OK;
}

static bool compile__has_header(const ans_tree *t) { return t->root && t->root->count && t->root->child[0]; }

/* The first file with a header moves to the front; the others keep their order. */
static void compile__header_first(ans_tree **trees, uint32_t n) {
  uint32_t i = 0;
  while (i < n && !compile__has_header(trees[i])) i++;
  if (i == n) return;
  ans_tree *head = trees[i];
  memmove(trees + 1, trees, i * sizeof *trees);
  trees[0] = head;
}

static ans_status compile__stages(ans_compilation *c, ans_diags *diags, ans_error *err) {
  compile__header_first(c->trees, c->tree_count);
  ans_status s = ans_sema_analyse(c->trees, c->tree_count, diags, &c->model, err);
  if (s != ANS_OK) return s;
  return c->model ? ans_lower_program(c->model, &c->program, err) : ANS_RULES;
}

ans_status ans_compile_path(const char *path, ans_diags *diags, ans_compilation *out, ans_error *err) {
  *out = (ans_compilation){0};
  char **paths = calloc(COMPILE_MAX_FILES, sizeof *paths);
  uint32_t n = 0;
  ans_status s = paths ? compile__paths(path, paths, &n, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  out->trees = s == ANS_OK ? calloc(n, sizeof *out->trees) : NULL;
  if (s == ANS_OK && !out->trees) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  for (uint32_t i = 0; i < n && s == ANS_OK; i++) {
    s = ans_tree_parse_file(paths[i], diags, &out->trees[out->tree_count], err);
    if (out->trees[out->tree_count]) out->tree_count++;
    else if (s == ANS_OK) s = ANS_RULES;
  }
  if (s == ANS_OK) s = compile__stages(out, diags, err);
  for (uint32_t i = 0; paths && i < n; i++) free(paths[i]);
  free(paths);
  return s;
}

void ans_compilation_dispose(ans_compilation *c) {
  ans_program_free(c->program);
  ans_model_free(c->model);
  for (uint32_t i = 0; i < c->tree_count; i++) ans_tree_free(c->trees[i]);
  free(c->trees);
  *c = (ans_compilation){0};
}
