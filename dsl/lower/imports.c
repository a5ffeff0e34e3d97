/* Finds and reads the packages that a package uses, and builds each of them by itself for its identity (docs/adr/0008-imports.md).
 *
 * A package lies in a folder whose path ends with its name. The root is what stands before the name in the path of the package compiled; the
 * one given by --packages is the second place looked in. The same roots serve all packages of a program, so that one name is one folder.
 * Depth-first, so a package is complete when those that use it are; a name met again on the way down is a circle, elsewhere it is the same
 * package. Packages used are checked here in full, silently unless they are wrong: after this the analysis may rely on them. */
#include "lower/compile.h"
#include "base/error.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { IMPORTS_FIRST_USE = 5 /* child of the header, see nodes.def */ };

typedef struct loaded { char *name; bool uses[ANS_SEMA_MAX_IMPORTS]; } loaded; /* uses: everything it reaches, by place in the list */
typedef struct loader {
  char *root[2];                 /* NULL: there is none */
  ans_diags *diags;
  ans_error *err;
  ans_compilation *out;
  loaded done[ANS_SEMA_MAX_IMPORTS];
  const char *chain[ANS_COMPILE_MAX_DEPTH + 1]; uint32_t depth; /* names on the way down, the package compiled first */
} loader;

static ans_status imports__memory(const loader *l) { return ans_error_set(l->err, ANS_MEMORY, "E-MEMORY", NULL, "imports", (char *)NULL); }

static const ans_syn *imports__header(const ans_tree *t) {
  const ans_syn *p = t->root && t->root->count ? t->root->child[0] : NULL;
  return p && p->kind == ANS_SYN_PACKAGE ? p : NULL;
}

static char *imports__name(const ans_tree *t, const ans_syn *leaf) {
  const ans_token *k = ans_syn_token(t, leaf);
  return strndup(ans_token_word(t, k), k->word_len);
}

static char *imports__join(const char *root, const char *name) {
  size_t size = strlen(root) + strlen(name) + 2;
  char *path = malloc(size);
  if (path && strcmp(root, ".") == 0) snprintf(path, size, "%s", name);
  else if (path) snprintf(path, size, "%s%s%s", root, *root && root[strlen(root) - 1] != '/' ? "/" : "", name);
  return path;
}

/* --- roots ---------------------------------------------------------------------------------------------------------- */
/* What stands before "/name" (or all of "name") at the end of the folder; NULL if the folder does not end so. */
static char *imports__strip(const char *folder, const char *name) {
  size_t n = strlen(folder), k = strlen(name);
  while (n > 1 && folder[n - 1] == '/') n--;
  if (n < k || memcmp(folder + n - k, name, k) != 0) return NULL;
  if (n == k) return strdup(".");
  if (folder[n - k - 1] != '/') return NULL;
  return n - k == 1 ? strdup("/") : strndup(folder, n - k - 1);
}

/* The root as the path was written, so that messages show paths as the user does; else from the real path, for "." and links. */
static char *imports__root(const char *path, const char *name) {
  struct stat st;
  const char *slash = strrchr(path, '/');
  bool file = stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
  char *folder = !file ? strdup(path) : slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
  char *root = folder ? imports__strip(folder, name) : NULL;
  if (!root && folder) {
    char *real = realpath(folder, NULL);
    root = real ? imports__strip(real, name) : NULL;
    free(real);
  }
  free(folder);
  return root;
}

/* --- one package ---------------------------------------------------------------------------------------------------- */
static ans_status imports__say(const loader *l, const ans_tree *t, const ans_syn *at, ans_diag_id id, const char *a, const char *b) {
  ans_diags_add(l->diags, id, &t->source, ans_syn_token(t, at), ans_syn_last_token(t, at), a, b, (char *)NULL);
  return ANS_RULES;
}

static ans_status imports__circle(const loader *l, const ans_tree *t, const ans_syn *at, uint32_t from) {
  char text[900] = "";
  size_t used = 0;
  for (uint32_t i = from; i <= l->depth && used < sizeof text; i++) {
    int w = snprintf(text + used, sizeof text - used, "%s%s", i > from ? " → " : "", l->chain[i == l->depth ? from : i]);
    used += w > 0 ? (size_t)w : 0;
  }
  return imports__say(l, t, at, ANS_DIAG_IMPORT_CYCLE, text, "");
}

/* The folder of the package, malloc'd; after a message *out is NULL. */
static ans_status imports__folder(const loader *l, const ans_tree *t, const ans_syn *at, const char *name, char **out) {
  char looked[900] = "";
  *out = NULL;
  for (int i = 0; i < 2; i++) {
    struct stat st;
    char *folder = l->root[i] ? imports__join(l->root[i], name) : NULL;
    if (l->root[i] && !folder) return imports__memory(l);
    if (!folder) continue;
    if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)) { *out = folder; return ANS_OK; }
    size_t used = strlen(looked);
    snprintf(looked + used, sizeof looked - used, "%s%s", used ? ", " : "", folder);
    free(folder);
  }
  return imports__say(l, t, at, ANS_DIAG_IMPORT_MISSING, name, *looked ? looked : "der Ordner dieses Pakets endet nicht auf seinen Namen\037the folder of this package does not end with its name");
}

static ans_status imports__uses(loader *l, const ans_tree *t, bool *uses);

static ans_status imports__build(loader *l, ans_compilation *one) {
  ans_diags *quiet = ans_diags_new();
  if (!quiet) return imports__memory(l);
  ans_status s = ans_compile_model(one, NULL, quiet, &one->model, l->err);
  ans_diags_free(quiet);
  if (s == ANS_OK && !one->model) { /* wrong: once more, to be heard */
    s = ans_compile_model(one, NULL, l->diags, &one->model, l->err);
    return s == ANS_OK ? ANS_RULES : s;
  }
  return s == ANS_OK ? ans_lower_program(one->model, &one->program, l->err) : s;
}

/* The package at the end of the list, built by itself from those before it that it reaches. */
static ans_status imports__identity(loader *l, uint32_t index) {
  ans_compilation_import used[ANS_SEMA_MAX_IMPORTS], *mine = &l->out->imports[index];
  ans_compilation one = {.trees = mine->trees, .tree_count = mine->tree_count, .imports = used};
  for (uint32_t i = 0; i < index; i++)
    if (l->done[index].uses[i]) used[one.import_count++] = l->out->imports[i];
  ans_status s = imports__build(l, &one);
  if (s == ANS_OK) memcpy(mine->sha256, one.program->sha256, sizeof mine->sha256);
  ans_program_free(one.program);
  ans_model_free(one.model);
  return s;
}

/* Does the folder hold the package of that name? */
static ans_status imports__named(const loader *l, const ans_tree *t, const ans_syn *at, const char *name, const char *folder, const ans_tree *found) {
  char text[900];
  const ans_syn *p = imports__header(found);
  char *other = p ? imports__name(found, p->child[0]) : NULL;
  bool same = other && strcmp(other, name) == 0;
  snprintf(text, sizeof text, "%s: paket %s", folder, other ? other : "–");
  free(other);
  return same ? ANS_OK : imports__say(l, t, at, ANS_DIAG_IMPORT_MISSING, name, text);
}

static ans_status imports__read(loader *l, const ans_tree *t, const ans_syn *at, const char *name, const char *folder, uint32_t *index) {
  ans_compilation_import p = {0};
  bool uses[ANS_SEMA_MAX_IMPORTS] = {false};
  size_t before = ans_diags_errors(l->diags);
  ans_status s = compile__parse(folder, l->diags, &p.trees, &p.tree_count, l->err);
  if (s == ANS_OK && ans_diags_errors(l->diags) != before) s = ANS_RULES;
  if (s == ANS_OK) s = imports__named(l, t, at, name, folder, p.trees[0]);
  l->chain[l->depth++] = name;
  if (s == ANS_OK) s = imports__uses(l, p.trees[0], uses);
  l->depth--;
  if (s == ANS_OK && l->out->import_count == ANS_SEMA_MAX_IMPORTS) s = imports__say(l, t, at, ANS_DIAG_TOO_MANY, "64 genutzte Pakete / packages used", "");
  char *copy = s == ANS_OK ? strdup(name) : NULL;
  if (s == ANS_OK && !copy) s = imports__memory(l);
  if (s != ANS_OK) {
    compile__free_trees(p.trees, p.tree_count);
    return s;
  }
  *index = l->out->import_count++;
  l->out->imports[*index] = p;
  l->done[*index].name = copy;
  memcpy(l->done[*index].uses, uses, sizeof uses);
  return imports__identity(l, *index);
}

static ans_status imports__one(loader *l, const ans_tree *t, const ans_syn *use, bool *uses) {
  const ans_syn *at = use->child[0];
  char *name = imports__name(t, at), *folder = NULL;
  uint32_t index = 0;
  if (!name) return imports__memory(l);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < l->depth && s == ANS_OK; i++)
    if (strcmp(l->chain[i], name) == 0) s = imports__circle(l, t, at, i);
  while (index < l->out->import_count && strcmp(l->done[index].name, name) != 0) index++;
  bool known = index < l->out->import_count;
  if (s == ANS_OK && !known && l->depth > ANS_COMPILE_MAX_DEPTH) s = imports__say(l, t, at, ANS_DIAG_TOO_MANY, "16 Pakete, die einander nutzen, in einer Kette / packages in a chain of uses", "");
  if (s == ANS_OK && !known) s = imports__folder(l, t, at, name, &folder);
  if (s == ANS_OK && !known) s = imports__read(l, t, at, name, folder, &index);
  if (s == ANS_OK) {
    uses[index] = true;
    for (uint32_t i = 0; i < index; i++) uses[i] = uses[i] || l->done[index].uses[i];
  }
  free(folder);
  free(name);
  return s;
}

/* All of the header, so that every missing package is named at once. */
static ans_status imports__uses(loader *l, const ans_tree *t, bool *uses) {
  const ans_syn *p = imports__header(t);
  ans_status s = ANS_OK;
  for (uint32_t i = IMPORTS_FIRST_USE; p && i < p->count; i++) {
    ans_status one = imports__one(l, t, p->child[i], uses);
    if (s == ANS_OK) s = one;
    if (one != ANS_OK && one != ANS_RULES) return one;
  }
  return s;
}

ans_status compile__imports(const char *path, const char *packages, ans_diags *diags, ans_compilation *out, ans_error *err) {
  const ans_tree *t = out->trees[0];
  const ans_syn *p = imports__header(t);
  if (!p || p->count <= IMPORTS_FIRST_USE) return ANS_OK;
  loader *l = calloc(1, sizeof *l);
  char *name = imports__name(t, p->child[0]);
  out->imports = calloc(ANS_SEMA_MAX_IMPORTS, sizeof *out->imports);
  ans_status s = ANS_OK;
  if (!l || !name || !out->imports) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "imports", (char *)NULL);
  if (s == ANS_OK) {
    bool uses[ANS_SEMA_MAX_IMPORTS] = {false};
    *l = (loader){.root = {imports__root(path, name), packages ? strdup(packages) : NULL}, .diags = diags, .err = err, .out = out, .chain = {name}, .depth = 1};
    s = packages && !l->root[1] ? imports__memory(l) : imports__uses(l, t, uses);
    for (uint32_t i = 0; i < out->import_count; i++) free(l->done[i].name);
    free(l->root[0]);
    free(l->root[1]);
  }
  free(name);
  free(l);
  return s;
}
