/* Report file and small statistics. See bench.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "bench.h"

static int by_value(const void *x, const void *y) {
  const double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

double bench_median(double *values, unsigned n) {
  if (!n) return 0;
  qsort(values, n, sizeof *values, by_value);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

bool bench_failed(const char *what, ans_status status, const ans_error *err) {
  char text[1024];
  if (status == ANS_OK) return false;
  if (err->code) fprintf(stderr, "bench: %s: %s\n", what, ans_error_render(err, ANS_LANG_EN, text, sizeof text));
  else fprintf(stderr, "bench: %s: %s\n", what, ans_status_name(status));
  return true;
}

void bench_machine(char *out, size_t size) {
  char model[128] = "unknown processor", line[256];
  struct utsname u;
  FILE *f = fopen("/proc/cpuinfo", "r");
  while (f && fgets(line, sizeof line, f)) {
    if (strncmp(line, "model name", 10) != 0 || !strchr(line, ':')) continue;
    snprintf(model, sizeof model, "%.120s", strchr(line, ':') + 2);
    model[strcspn(model, "\n")] = 0;
    break;
  }
  if (f) fclose(f);
  if (uname(&u) != 0) memset(&u, 0, sizeof u);
  snprintf(out, size, "%s, %ld processors online, %s %s, %s", model, sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release, u.machine);
}

static void put_text(FILE *f, const char *s) {
  fputc('"', f);
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') fputc('\\', f);
    if ((unsigned char)*s >= 0x20) fputc(*s, f);
  }
  fputc('"', f);
}

bool bench_report_open(bench_report *r, const char *path, const bench_options *o) {
  char text[512], date[32];
  const time_t now = time(NULL);
  struct tm utc;
  *r = (bench_report){0};
  if (!path) return true;
  r->f = fopen(path, "w");
  if (!r->f) {
    fprintf(stderr, "bench: %s cannot be written\n", path);
    return false;
  }
  bench_machine(text, sizeof text);
  gmtime_r(&now, &utc);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  fprintf(r->f, "{\"machine\": ");
  put_text(r->f, text);
  fprintf(r->f, ", \"date\": \"%s\", \"seed\": %llu, \"rounds\": %u, \"compiler\": ", date, (unsigned long long)o->seed, o->rounds);
  put_text(r->f, __VERSION__);
  fprintf(r->f, ",\n \"rows\": [");
  return true;
}

void bench_report_row(bench_report *r, const char *group) {
  if (!r->f) return;
  fprintf(r->f, "%s\n  {\"group\": ", r->rows ? "}," : "");
  put_text(r->f, group);
  r->rows = true;
}

void bench_report_text(bench_report *r, const char *key, const char *value) {
  if (!r->f) return;
  fprintf(r->f, ", \"%s\": ", key);
  put_text(r->f, value);
}

void bench_report_number(bench_report *r, const char *key, double value) {
  if (r->f) fprintf(r->f, ", \"%s\": %.10g", key, isfinite(value) ? value : 0);
}

bool bench_report_close(bench_report *r) {
  if (!r->f) return true;
  fprintf(r->f, "%s\n]}\n", r->rows ? "}" : "");
  const bool ok = !ferror(r->f);
  return fclose(r->f) == 0 && ok;
}
