/* Golden messages of the semantic analysis: for every code of diagnostics_sema.def a small rule file that provokes it, and nothing else, and
 * the exact output in German and English. The pages of docs/errors.md are made from the same files.
 *   golden_messages FOLDER            compares
 *   golden_messages FOLDER --update   writes the outputs (never in the check)
 * FOLDER holds prelude.recht and messages/CODE.recht, CODE.txt. A probe is the second file of a package that begins with the prelude; with
 * "-- ohne Vorspann" in its first line it stands alone; with "-- mit Paketen" too, and may use the packages of grund.recht and mitte.recht. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sema/typed.h"

static const char *const codes[] = {
#define X(id, code, sev, de, de_fix, en, en_fix) code,
#include "syntax/diagnostics_sema.def"
#undef X
};
static const char ALONE[] = "-- ohne Vorspann\n", PACKAGES[] = "-- mit Paketen\n";
static const char *const package_files[] = {"grund.recht", "mitte.recht"};

static char *read_file(const char *folder, const char *name, size_t *len) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "rb");
  if (!f) return NULL;
  char *text = malloc(1 << 20);
  *len = text ? fread(text, 1, (1 << 20) - 1, f) : 0;
  fclose(f);
  if (text) text[*len] = 0;
  return text;
}

/* Leaves out what concerns the prelude (its unused declarations): a message is a line and the indented lines below it. */
static void without_prelude(char *text) {
  char *to = text;
  bool keep = true;
  for (char *line = text; *line;) {
    char *end = strchr(line, '\n');
    size_t n = end ? (size_t)(end - line) + 1 : strlen(line);
    if (*line != ' ') keep = strncmp(line, "vorspann.recht:", 15) != 0;
    if (keep) {
      memmove(to, line, n);
      to += n;
    }
    line += n;
  }
  *to = 0;
}

/* German, then English, as the command line prints them. */
static char *printed(const ans_diags *d) {
  char *text = NULL;
  size_t len = 0;
  FILE *f = open_memstream(&text, &len);
  if (!f) return NULL;
  ans_diags_print(d, f, (ans_diag_options){.lang = ANS_LANG_DE});
  ans_diags_print(d, f, (ans_diag_options){.lang = ANS_LANG_EN});
  fclose(f);
  without_prelude(text);
  return text;
}

/* The probe's diagnostics; NULL when something else went wrong. */
static ans_diags *analyse(const char *folder, const char *prelude, const char *probe) {
  ans_diags *d = ans_diags_new();
  ans_tree *trees[4] = {NULL};
  ans_model *model = NULL;
  ans_sema_package packages[3];
  uint32_t n = 0, used = 0;
  bool with = strncmp(probe, PACKAGES, sizeof PACKAGES - 1) == 0, alone = with || strncmp(probe, ALONE, sizeof ALONE - 1) == 0, ok = d != NULL;
  for (; with && ok && used < 2; used++) {
    size_t len = 0;
    char *text = read_file(folder, package_files[used], &len);
    ok = text && ans_tree_parse(package_files[used], text, len, d, &trees[n], NULL) == ANS_OK;
    packages[used] = (ans_sema_package){&trees[n++], 1, NULL};
    free(text);
  }
  packages[used] = (ans_sema_package){&trees[n], alone ? 1 : 2, NULL};
  ok = ok && (alone || ans_tree_parse("vorspann.recht", prelude, strlen(prelude), d, &trees[n++], NULL) == ANS_OK);
  ok = ok && ans_tree_parse("probe.recht", probe, strlen(probe), d, &trees[n++], NULL) == ANS_OK;
  ok = ok && !ans_diags_errors(d) && ans_sema_analyse_packages(packages, used + 1, d, &model, NULL) == ANS_OK;
  ans_model_free(model);
  for (uint32_t i = 0; i < 4; i++) ans_tree_free(trees[i]);
  if (ok) return d;
  if (d) ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_DE});
  ans_diags_free(d);
  return NULL;
}

/* Exactly one message of the code, and no other error. */
static bool only(const ans_diags *d, const char *code) {
  unsigned here = 0, others = 0;
  for (size_t i = 0; i < ans_diags_count(d); i++) {
    const ans_diag *x = ans_diags_at(d, i);
    if (!x->path || strcmp(x->path, "vorspann.recht") == 0) continue;
    if (strcmp(ans_diag_code(x->id), code) == 0) here++;
    else if (ans_diag_severity(x->id) == ANS_SEV_ERROR && strcmp(code, "R1013") != 0 && strcmp(code, "R1041") != 0) others++; /* notes belong to an error */
  }
  return here == 1 && others == 0;
}

static bool write_file(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "wb");
  bool ok = f && fputs(text, f) >= 0;
  return f && fclose(f) == 0 && ok;
}

static bool check(const char *folder, const char *prelude, const char *code, bool update) {
  char probe_name[64], golden_name[64];
  size_t len = 0;
  snprintf(probe_name, sizeof probe_name, "messages/%s.recht", code);
  snprintf(golden_name, sizeof golden_name, "messages/%s.txt", code);
  char *probe = read_file(folder, probe_name, &len), *text = NULL, *golden = NULL;
  ans_diags *d = probe ? analyse(folder, prelude, probe) : NULL;
  bool ok = d && only(d, code);
  if (!probe) printf("%s: no probe; write %s/%s\n", code, folder, probe_name);
  else if (!ok) printf("%s: the probe does not give exactly this message\n", code);
  if (d) text = printed(d);
  if (!ok && text) fputs(text, stdout);
  if (ok && update) ok = write_file(folder, golden_name, text ? text : "");
  if (ok && !update) {
    golden = read_file(folder, golden_name, &len);
    ok = golden && text && strcmp(golden, text) == 0;
    if (!ok) printf("%s: expected\n%sgot\n%s", code, golden ? golden : "(no golden file)\n", text ? text : "");
  }
  free(probe);
  free(text);
  free(golden);
  ans_diags_free(d);
  return ok;
}

/* Five independent mistakes in one file give five messages, in the order of the lines, and no cascade. */
static bool check_five(const char *folder, const char *prelude) {
  static const char *const expected[] = {"R1004", "R2002", "R2003", "R3004", "R3009"};
  size_t len = 0, n = 0;
  char *probe = read_file(folder, "five.recht", &len);
  ans_diags *d = probe ? analyse(folder, prelude, probe) : NULL;
  bool ok = d && ans_diags_errors(d) == 5;
  unsigned seen = 0;
  for (size_t i = 0; d && i < ans_diags_count(d); i++) {
    const ans_diag *x = ans_diags_at(d, i);
    for (n = 0; ans_diag_severity(x->id) == ANS_SEV_ERROR && n < 5; n++)
      if (strcmp(ans_diag_code(x->id), expected[n]) == 0 && x->line == n + 2) seen |= 1u << n;
  }
  ok = ok && seen == 31;
  if (!ok) printf("five.recht: not exactly the five messages, one for each of the lines 2 to 6\n");
  if (!ok && d) ans_diags_print(d, stdout, (ans_diag_options){.lang = ANS_LANG_DE});
  free(probe);
  ans_diags_free(d);
  return ok;
}

int main(int argc, char **argv) {
  size_t len = 0;
  bool update = argc == 3 && strcmp(argv[2], "--update") == 0;
  char *prelude = argc == 2 || update ? read_file(argv[1], "prelude.recht", &len) : NULL;
  unsigned failed = 0, n = sizeof codes / sizeof *codes;
  if (!prelude) {
    fprintf(stderr, "usage: golden_messages FOLDER [--update]\n");
    return 2;
  }
  for (unsigned i = 0; i < n; i++) failed += !check(argv[1], prelude, codes[i], update);
  failed += !check_five(argv[1], prelude);
  free(prelude);
  printf("%u messages, %u differ\n", n, failed);
  return failed != 0;
}
