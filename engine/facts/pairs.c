/* Claims as pairs of persons: the one place that creates a Kindschaft and its references, for the case file and for the register adapters. */
#include "facts/internal.h"

#include <stdio.h>
#include <string.h>

typedef struct pairs__search { const char *fact, *source; bool found; ans_assertion hit; } pairs__search;

static bool pairs__visit(void *ctx, const ans_assertion *a) {
  pairs__search *x = ctx;
  if (strcmp(a->fact, x->fact) != 0 || (x->source && strcmp(a->source, x->source) != 0)) return true;
  x->found = true;
  x->hit = *a; /* texts are interned: they outlive the visit */
  return false;
}

static ans_status pairs__reference(ans_store *s, int64_t claim, const char *fact, int64_t target, ans_error *err) {
  ans_assertion a = {.subject = claim, .fact = fact, .source = ANS_SOURCE_LEDGER, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = target};
  return ans_store_put_assertion(s, &a, NULL, err);
}

/* Until an application or an award is recorded, the case file knows that there is none: it is the system of record for applications. */
static ans_status pairs__not_applied(ans_store *s, int64_t claim, ans_error *err) {
  ans_assertion a = {.subject = claim, .fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_NOT_APPLICABLE};
  return ans_store_put_assertion(s, &a, NULL, err);
}

ans_status ans_fact_pair(ans_store *s, const char *recipient, const char *child, int64_t *claim, ans_error *err) {
  char key[160];
  *claim = 0;
  int n = snprintf(key, sizeof key, "%s/%s", recipient, child);
  if (n < 0 || (size_t)n >= sizeof key) return ans_error_set(err, ANS_LIMIT, "E-CASEFILE-KEY", NULL, "key", recipient, (char *)NULL);
  ans_status status = ans_store_subject(s, ANS_UNIT_PAIR, key, false, claim, err);
  if (status != ANS_OK) return status;
  pairs__search x = {.fact = ANS_FACT_CHILD};
  bool existed = *claim != 0;
  if (existed) {
    status = ans_store_assertions(s, *claim, INT64_MAX, pairs__visit, &x, err);
    if (status != ANS_OK || x.found) return status;
  }
  int64_t who = 0, whom = 0;
  status = ans_store_subject(s, ANS_UNIT_PERSON, recipient, true, &who, err);
  if (status == ANS_OK) status = ans_store_subject(s, ANS_UNIT_PERSON, child, true, &whom, err);
  if (status == ANS_OK) status = ans_store_subject(s, ANS_UNIT_PAIR, key, true, claim, err);
  if (status == ANS_OK) status = pairs__reference(s, *claim, ANS_FACT_RECIPIENT, who, err);
  if (status == ANS_OK) status = pairs__reference(s, *claim, ANS_FACT_CHILD, whom, err);
  return status == ANS_OK && !existed ? pairs__not_applied(s, *claim, err) : status;
}

ans_status ans_fact_set_applied(ans_store *s, int64_t claim, int32_t day, int64_t evidence, int64_t at, ans_error *err) {
  pairs__search x = {.fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION};
  ans_status status = ans_store_assertions(s, claim, INT64_MAX, pairs__visit, &x, err);
  if (status != ANS_OK || (x.found && x.hit.state == ANS_VALUE && x.hit.number <= day)) return status;
  if (x.found) status = ans_store_supersede_one(s, &x.hit, at > 0 ? at : 1, err);
  ans_assertion a = {.subject = claim, .fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_INT, .number = day,
                     .evidence = evidence, .recorded_at = at};
  return status == ANS_OK ? ans_store_put_assertion(s, &a, NULL, err) : status;
}

ans_status ans_fact_awarded(ans_store *s, int64_t claim, ans_error *err) {
  pairs__search x = {.fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION};
  ans_status status = ans_store_assertions(s, claim, INT64_MAX, pairs__visit, &x, err);
  if (status != ANS_OK || !x.found || x.hit.state != ANS_NOT_APPLICABLE) return status;
  return ans_store_supersede_one(s, &x.hit, 1, err); /* it was never true: not even for questions about earlier knowledge */
}
