/* From a path to a program: find the files, parse, analyse, lower. Syntax errors end the work after parsing, so that a half-read file
 * does not make the analysis complain about names that were only lost with it. */
#include "lower/compile.h"
#include "base/error.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { COMPILE_MAX_FILES = 256 /* a package */ };

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

ans_status compile__parse(const char *path, ans_diags *diags, ans_tree ***trees, uint32_t *count, ans_error *err) {
  char **paths = calloc(COMPILE_MAX_FILES, sizeof *paths);
  uint32_t n = 0;
  *trees = NULL;
  *count = 0;
  ans_status s = paths ? compile__paths(path, paths, &n, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  if (s == ANS_OK && !(*trees = calloc(n, sizeof **trees))) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  for (uint32_t i = 0; i < n && s == ANS_OK; i++) {
    s = ans_tree_parse_file(paths[i], diags, &(*trees)[*count], err);
    if ((*trees)[*count]) ++*count;
    else if (s == ANS_OK) s = ANS_RULES;
  }
  if (s == ANS_OK) compile__header_first(*trees, *count);
  for (uint32_t i = 0; paths && i < n; i++) free(paths[i]);
  free(paths);
  return s;
}

void compile__free_trees(ans_tree **trees, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) ans_tree_free(trees[i]);
  free(trees);
}

ans_status ans_compile_model(const ans_compilation *c, ans_tree *extra, ans_diags *diags, ans_model **out, ans_error *err) {
  *out = NULL;
  ans_tree **own = calloc((size_t)c->tree_count + 1, sizeof *own);
  ans_sema_package *packages = calloc((size_t)c->import_count + 1, sizeof *packages);
  ans_status s = own && packages ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "compile", (char *)NULL);
  for (uint32_t i = 0; s == ANS_OK && i < c->import_count; i++) packages[i] = (ans_sema_package){c->imports[i].trees, c->imports[i].tree_count, c->imports[i].sha256};
  if (s == ANS_OK) {
    if (c->tree_count) memcpy(own, c->trees, c->tree_count * sizeof *own);
    own[c->tree_count] = extra;
    packages[c->import_count] = (ans_sema_package){own, c->tree_count + (extra ? 1 : 0), NULL};
    s = ans_sema_analyse_packages(packages, c->import_count + 1, diags, out, err);
  }
  free(own);
  free(packages);
  return s;
}

ans_status ans_compile_package(const char *path, const char *packages, ans_diags *diags, ans_compilation *out, ans_error *err) {
  *out = (ans_compilation){0};
  size_t before = ans_diags_errors(diags);
  ans_status s = compile__parse(path, diags, &out->trees, &out->tree_count, err);
  if (s == ANS_OK && ans_diags_errors(diags) != before) s = ANS_RULES;
  if (s == ANS_OK) s = compile__imports(path, packages, diags, out, err);
  if (s == ANS_OK) s = ans_compile_model(out, NULL, diags, &out->model, err);
  if (s != ANS_OK) return s;
  return out->model ? ans_lower_program(out->model, &out->program, err) : ANS_RULES;
}

ans_status ans_compile_path(const char *path, ans_diags *diags, ans_compilation *out, ans_error *err) { return ans_compile_package(path, NULL, diags, out, err); }

void ans_compilation_dispose(ans_compilation *c) {
  ans_program_free(c->program);
  ans_model_free(c->model);
  compile__free_trees(c->trees, c->tree_count);
  for (uint32_t i = 0; i < c->import_count; i++) compile__free_trees(c->imports[i].trees, c->imports[i].tree_count);
  free(c->imports);
  *c = (ans_compilation){0};
}
