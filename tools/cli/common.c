/* Owns: what handlers share: error printing, opening packages, periods, benefits, progress. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/error.h"
#include "cli.h"
#include "num/calendar.h"
#include "num/period.h"

const char *cli_say(const cli_args *a, const char *de, const char *en) { return a->lang == ANS_LANG_EN ? en : de; }

int cli_fail(const cli_args *a, ans_status st, const ans_error *err) {
  char buf[2048];
  if (err && err->code) fprintf(stderr, "anspruch: %s\n", ans_error_render(err, a->lang, buf, sizeof buf));
  return (int)st;
}

ans_explain_detail cli_detail(const cli_args *a) { return a->value[OPT_ALL] ? ANS_EXPLAIN_ALL : a->value[OPT_REASONS] ? ANS_EXPLAIN_REASONS : ANS_EXPLAIN_TREE; }

static bool is_rule_text(const char *path) {
  struct stat s;
  const char *slash = strrchr(path, '/');
  if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) return true;
  return ans_syn_rule_file(slash ? slash + 1 : path);
}

ans_status cli_package_open(const cli_args *a, const char *path, cli_package *out, ans_error *err) {
  *out = (cli_package){0};
  if (!is_rule_text(path)) return ans_program_load(path, &out->program, err);
  ans_diags *diags = ans_diags_new();
  if (!diags) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "cli", NULL);
  out->from_text = true;
  ans_status st = ans_compile_package(path, a->value[OPT_PACKAGES], diags, &out->compilation, err);
  if (ans_diags_errors(diags)) ans_diags_print(diags, stderr, (ans_diag_options){a->lang, a->color_err, false});
  ans_diags_free(diags);
  out->program = out->compilation.program;
  return st;
}

void cli_package_free(cli_package *p) {
  if (p->from_text) ans_compilation_dispose(&p->compilation);
  else ans_program_free(p->program);
  *p = (cli_package){0};
}

static bool parse_span(const char *v, bool range, cli_span *out) {
  const char *dots = strstr(v, "..");
  uint32_t kind = 0;
  *out = (cli_span){.text = v};
  if (!ans_period_parse(v, dots ? (size_t)(dots - v) : strlen(v), &out->kind, &out->first)) return false;
  out->last = out->first;
  if (!dots) return true;
  return range && ans_period_parse(dots + 2, strlen(dots + 2), &kind, &out->last) && kind == out->kind && out->first <= out->last;
}

ans_status cli_periods(const cli_args *a, bool range, cli_span *out, ans_error *err) {
  const char *period = a->value[OPT_PERIOD], *month = a->value[OPT_MONTH];
  if (period && month) return ans_error_set(err, ANS_USAGE, "E-CLI-PERIOD-TWICE", NULL, NULL);
  if (!period && !month) return ans_error_set(err, ANS_USAGE, "E-CLI-PERIOD-NEED", NULL, NULL);
  if (month) return parse_span(month, range, out) && out->kind == ANS_PERIOD_MONTH ? ANS_OK : ans_error_set(err, ANS_USAGE, "E-CLI-MONTH", NULL, month, NULL);
  return parse_span(period, range, out) ? ANS_OK : ans_error_set(err, ANS_USAGE, "E-CLI-PERIOD", NULL, period, NULL);
}

ans_status cli_current(const cli_args *a, cli_span *out, ans_error *err) {
  const char *v = a->value[OPT_CURRENT];
  return parse_span(v, false, out) ? ANS_OK : ans_error_set(err, ANS_USAGE, "E-CLI-PERIOD", NULL, v, NULL);
}

ans_status cli_period_fits(const ans_program *p, const cli_span *span, ans_error *err) {
  if (span->kind == p->period_kind) return ANS_OK;
  return ans_error_set(err, ANS_USAGE, "E-CLI-PERIOD-KIND", p->name, span->text, ans_period_form(p->period_kind), NULL);
}

ans_status cli_law_known(const cli_args *a, int32_t *day, ans_error *err) {
  const char *v = a->value[OPT_LAW_KNOWN];
  int64_t d = ANS_DAY_MAX;
  if (v && !ans_date_parse_iso(v, &d)) return ans_error_set(err, ANS_USAGE, "E-CLI-DAY", NULL, v, NULL);
  *day = (int32_t)d;
  return ANS_OK;
}

ans_status cli_facts_known(const cli_args *a, int32_t *day, ans_error *err) {
  const char *v = a->value[OPT_FACTS_KNOWN];
  int64_t d = ANS_DAY_MAX;
  if (v && !ans_date_parse_iso(v, &d)) return ans_error_set(err, ANS_USAGE, "E-CLI-DAY", NULL, v, NULL);
  if (v && d <= 0) return ans_error_set(err, ANS_USAGE, "E-CLI-KNOWN-DAY", NULL, v, NULL);
  if (v && d > (int64_t)time(NULL) / 86400) return ans_error_set(err, ANS_USAGE, "E-CLI-FACTS-FUTURE", NULL, v, NULL);
  *day = (int32_t)d;
  return ANS_OK;
}

ans_status cli_no_known(const cli_args *a, ans_error *err) {
  const char *name = a->value[OPT_LAW_KNOWN] ? "law-known" : a->value[OPT_FACTS_KNOWN] ? "facts-known" : NULL;
  return name ? ans_error_set(err, ANS_USAGE, "E-CLI-KNOWN-STORED", NULL, name, NULL) : ANS_OK;
}

ans_status cli_need(const cli_args *a, cli_option_id option, const char **value, ans_error *err) {
  static const char *const names[] = {
#define OPT(id, name, ...) name,
#include "options.def"
#undef OPT
  };
  *value = a->value[option];
  return *value && **value ? ANS_OK : ans_error_set(err, ANS_USAGE, "E-CLI-NEED", NULL, names[option], NULL);
}

ans_status cli_benefit(const cli_args *a, const ans_program *p, uint32_t *benefit, ans_error *err) {
  const char *name = a->value[OPT_BENEFIT];
  if (p->benefit_count == 0) return ans_error_set(err, ANS_USAGE, "E-CLI-NO-BENEFIT", p->name, NULL);
  *benefit = 0;
  if (!name && p->benefit_count == 1) return ANS_OK;
  if (name) *benefit = ans_program_find_benefit(p, name);
  if (name && *benefit != ANS_NONE) return ANS_OK;
  char list[160] = "";
  for (uint32_t i = 0; i < p->benefit_count && strlen(list) < 120; i++) {
    strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
    strncat(list, p->benefits[i].name, sizeof list - strlen(list) - 1);
  }
  return ans_error_set(err, ANS_USAGE, "E-CLI-BENEFIT", p->name, name ? name : "", list, NULL);
}

ans_status cli_read_file(const char *path, size_t max, char **bytes, size_t *size, ans_error *err) {
  FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
  *bytes = NULL;
  *size = 0;
  if (!f) return ans_error_set(err, ANS_IO, "E-IO-OPEN", path, strerror(errno), NULL);
  size_t capacity = 65536;
  char *b = malloc(capacity + 1);
  size_t n = 0;
  while (b) {
    size_t got = fread(b + n, 1, capacity - n, f);
    n += got;
    if (got == 0 || n > max) break;
    if (n == capacity) {
      capacity *= 2;
      char *fresh = realloc(b, capacity + 1);
      if (!fresh) free(b);
      b = fresh;
    }
  }
  bool failed = ferror(f) != 0;
  if (f != stdin) fclose(f);
  if (!b) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, path, NULL);
  if (failed || n > max) {
    free(b);
    return failed ? ans_error_set(err, ANS_IO, "E-IO-READ", path, strerror(EIO), NULL) : ans_error_set(err, ANS_LIMIT, "E-CLI-TOO-LARGE", path, NULL);
  }
  b[n] = 0;
  *bytes = b;
  *size = n;
  return ANS_OK;
}

ans_status cli_unsigned(const cli_args *a, cli_option_id option, unsigned fallback, unsigned max, unsigned *out, ans_error *err) {
  const char *v = a->value[option];
  char *end;
  *out = fallback;
  if (!v) return ANS_OK;
  errno = 0;
  unsigned long n = strtoul(v, &end, 10);
  if (*v < '0' || *v > '9' || *end || errno || n > max) {
    char limit[24];
    return ans_error_set(err, ANS_USAGE, "E-CLI-NUMBER", NULL, v, ans_itoa(limit, max), NULL);
  }
  *out = (unsigned)n;
  return ANS_OK;
}

void cli_progress(void *ctx, int64_t done, int64_t total) {
  const cli_args *a = ctx;
  static int last = -1; /* terminal state of this process only */
  if (!a->color_err || a->value[OPT_PROGRESS] || total <= 0) return;
  int percent = (int)(done * 100 / total);
  if (percent == last) return;
  last = percent;
  fputs("\r[", stderr);
  for (int i = 0; i < 40; i++) fputs(i < percent * 40 / 100 ? "█" : "·", stderr);
  fprintf(stderr, "] %3d %% (%lld/%lld)%s", percent, (long long)done, (long long)total, done >= total ? "\n" : "");
}
