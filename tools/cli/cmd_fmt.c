/* Commands that rewrite rule text: fmt, convert. Files are replaced in one step and only if something changes; a file with syntax errors
 * is reported and left alone, the others go on. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "cli.h"
#include "fmt/fmt.h"

enum { FMT_BYTES = 8 << 20, FMT_DEPTH = 32, FMT_PATH = 4096 };

static bool fmt_is_rule_file(const char *path) {
  const char *slash = strrchr(path, '/');
  return ans_syn_rule_file(slash ? slash + 1 : path);
}

typedef ans_status fmt_function(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err);

/* Reads the file and runs the function on it; diagnostics are printed. *same tells whether the text stayed as it was. */
static ans_status fmt_read(const cli_args *a, fmt_function *function, const char *path, char **out, size_t *len, bool *same, ans_error *err) {
  char *text = NULL;
  size_t size = 0;
  *out = NULL;
  ans_diags *diags = ans_diags_new();
  if (!diags) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "fmt", NULL);
  ans_status st = cli_read_file(path, FMT_BYTES, &text, &size, err);
  if (st == ANS_OK) st = function(path, text, size, diags, out, len, err);
  if (ans_diags_errors(diags)) ans_diags_print(diags, stderr, (ans_diag_options){a->lang, a->color_err, false});
  *same = st == ANS_OK && *len == size && memcmp(*out, text, size) == 0;
  free(text);
  ans_diags_free(diags);
  return st;
}

static int fmt_file(const cli_args *a, const char *path) {
  ans_error err = {0};
  char *out = NULL;
  size_t len = 0;
  bool same = false;
  ans_status st = fmt_read(a, ans_fmt_format, path, &out, &len, &same, &err);
  int code = ANS_OK;
  if (st == ANS_OK && !same && a->value[OPT_CHECK]) {
    printf("%s: %s\n", path, cli_say(a, "nicht einheitlich gesetzt; „anspruch fmt“ setzt die Datei", "not laid out uniformly; 'anspruch fmt' does it"));
    code = ANS_NEGATIVE;
  } else if (st == ANS_OK && !same) {
    st = ans_fmt_write(path, out, len, &err);
    if (st == ANS_OK) printf("%s: %s\n", path, cli_say(a, "neu gesetzt", "laid out"));
  }
  free(out);
  return st == ANS_OK ? code : cli_fail(a, st, &err);
}

static int fmt_path(const cli_args *a, const char *path, unsigned depth);

static int fmt_by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* All rule files below a folder, in order of their names whatever the locale; hidden files and folders are left out. */
static int fmt_folder(const cli_args *a, const char *path, unsigned depth) {
  ans_error err = {0};
  struct dirent **entry = NULL;
  char number[24];
  if (depth > FMT_DEPTH) return cli_fail(a, ans_error_set(&err, ANS_LIMIT, "E-CLI-FOLDERS", path, ans_itoa(number, FMT_DEPTH), NULL), &err);
  int n = scandir(path, &entry, NULL, fmt_by_name), code = ANS_OK;
  if (n < 0) return cli_fail(a, ans_error_set(&err, ANS_IO, "E-IO-OPEN", path, strerrordesc_np(errno), NULL), &err);
  for (int i = 0; i < n; i++) {
    char below[FMT_PATH];
    struct stat s;
    bool fits = snprintf(below, sizeof below, "%s/%s", path, entry[i]->d_name) < FMT_PATH;
    if (entry[i]->d_name[0] != '.' && fits && lstat(below, &s) == 0 && (S_ISDIR(s.st_mode) || (S_ISREG(s.st_mode) && fmt_is_rule_file(below)))) {
      int one = fmt_path(a, below, depth + 1);
      if (one != ANS_OK && code <= ANS_NEGATIVE) code = one;
    }
    free(entry[i]);
  }
  free(entry);
  return code;
}

static int fmt_path(const cli_args *a, const char *path, unsigned depth) {
  ans_error err = {0};
  struct stat s;
  if (stat(path, &s) != 0) return cli_fail(a, ans_error_set(&err, ANS_IO, "E-IO-OPEN", path, strerrordesc_np(errno), NULL), &err);
  if (S_ISDIR(s.st_mode)) return fmt_folder(a, path, depth);
  if (!fmt_is_rule_file(path)) return cli_fail(a, ans_error_set(&err, ANS_USAGE, "E-CLI-RULE-FILE", NULL, path, NULL), &err);
  return fmt_file(a, path);
}

int cli_fmt(const cli_args *a) {
  int code = ANS_OK;
  for (int i = 0; i < a->positional_count; i++) {
    int one = fmt_path(a, a->positional[i], 0);
    if (one != ANS_OK && code <= ANS_NEGATIVE) code = one;
  }
  return code;
}

int cli_convert(const cli_args *a) {
  ans_error err = {0};
  const char *to, *from = a->positional[0];
  char *out = NULL;
  size_t len = 0;
  bool same;
  ans_status st = cli_need(a, OPT_OUTPUT, &to, &err);
  if (st == ANS_OK && !fmt_is_rule_file(from)) st = ans_error_set(&err, ANS_USAGE, "E-CLI-RULE-FILE", NULL, from, NULL);
  if (st == ANS_OK && !fmt_is_rule_file(to)) st = ans_error_set(&err, ANS_USAGE, "E-CLI-RULE-FILE", NULL, to, NULL);
  if (st == ANS_OK && ans_syn_lang_of(from) == ans_syn_lang_of(to)) st = ans_error_set(&err, ANS_USAGE, "E-CLI-CONVERT", from, NULL);
  if (st == ANS_OK) st = fmt_read(a, ans_fmt_convert, from, &out, &len, &same, &err);
  if (st == ANS_OK) st = ans_fmt_write(to, out, len, &err);
  free(out);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
