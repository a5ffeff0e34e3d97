/* Owns: reading one case from the store, and saying where its cells came from. Used by decide and explain. One thread; the caller owns the program. */
#include "store_case.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/error.h"

static void refused(void *ctx, int64_t claim, const ans_error *why) {
  ans_error *bad = ctx;
  (void)claim;
  *bad = *why;
}

ans_status cli_store_case_load(cli_store_case *x, uint32_t unit, int64_t claim, int64_t known_at, ans_error *err) {
  ans_error bad = {0};
  char number[24];
  ans_status st = ans_fact_loader_new(x->store, x->program, known_at, &x->loader, err);
  if (st == ANS_OK) st = ans_fact_loader_load(x->loader, unit, &claim, 1, &x->columns, &x->component, &x->row, refused, &bad, err);
  if (st != ANS_OK || x->component != UINT32_MAX) return st;
  if (bad.status == ANS_OK) return ans_error_set(err, ANS_STORE, "E-AUDIT-CLAIM", ans_itoa(number, claim), NULL);
  if (err) *err = bad;
  return bad.status;
}

void cli_store_case_close(cli_store_case *x) {
  ans_columns_free(x->columns);
  ans_fact_loader_free(x->loader);
  ans_store_close(x->store);
  *x = (cli_store_case){0};
}

void cli_store_case_provenance(void *ctx, uint32_t fact, uint32_t row, int32_t day, char *out, size_t size) {
  cli_store_case *x = ctx;
  ans_provenance p = {0};
  ans_error err = {0};
  const char *id = x->columns->units[x->program->facts[fact].unit].ids[row];
  if (ans_fact_provenance(x->loader, fact, id, day, &p, &err) != ANS_OK) return;
  char when[40] = "";
  time_t at = (time_t)p.received_at;
  struct tm tm;
  if (p.received_at > 0 && gmtime_r(&at, &tm)) strftime(when, sizeof when, ", %d.%m.%Y %H:%M UTC", &tm);
  snprintf(out, size, "%s%s%s%s%s%s", p.source, *p.author ? " (" : "", p.author, *p.author ? ")" : "", *p.source ? when : "", "");
  size_t n = strlen(out);
  if (*p.reason) snprintf(out + n, size - n, "%s%s", n ? ": " : "", p.reason);
}
