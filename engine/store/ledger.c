/* The case file: award ledger, applications, case numbers, payments, life events, and the claims they raise for a period. Contract: store.h.
 * Awards and applications are superseded, never overwritten. Memory: one row at a time. */
#include "store/internal.h"

#include <stdlib.h>
#include "num/period.h"

/* Binds (benefit, claim) at positions i, i+1 after interning the benefit. */
static ans_status ledger__benefit(ans_store *s, const char *benefit, bool create, int64_t *id, ans_error *err) {
  ans_status status = store__check_range("benefit", benefit && *benefit, "", err);
  return status == ANS_OK ? store__name_id(s, benefit, create, id, err) : status;
}

/* Steps a statement that returns one integer; the statement is given back. */
static ans_status ledger__one(ans_store *s, store__statement which, sqlite3_stmt *st, bool *found, int64_t *value, ans_error *err) {
  int rc = sqlite3_step(st);
  *found = rc == SQLITE_ROW;
  if (*found) *value = sqlite3_column_int64(st, 0);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  store__done(s, which, st);
  return status;
}

/* The kind of the benefit's ledger: `kind` or nothing yet. *recorded false: nothing yet. */
static ans_status ledger__period_kind(ans_store *s, const char *benefit, int64_t id, uint32_t kind, bool *recorded, ans_error *err) {
  int64_t stored = 0;
  sqlite3_stmt *st = store__use(s, STORE_PERIOD_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  ans_status status = ledger__one(s, STORE_PERIOD_GET, st, recorded, &stored, err);
  if (status != ANS_OK || !*recorded || stored == kind) return status;
  return ans_error_set(err, ANS_INPUT, "E-STORE-PERIOD-KIND", s->path, benefit, ans_period_kind_name((uint32_t)stored, false), ans_period_kind_name(kind, false), (char *)NULL);
}

ans_status ans_store_check_period_kind(ans_store *s, const char *benefit, uint32_t kind, ans_error *err) {
  int64_t id = 0;
  bool recorded;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  return status == ANS_OK && id ? ledger__period_kind(s, benefit, id, kind, &recorded, err) : status;
}

/* The first row of a ledger decides its kind. */
static ans_status ledger__claim_kind(ans_store *s, const char *benefit, int64_t id, uint32_t kind, int32_t from, ans_error *err) {
  bool recorded = false;
  ans_status status = store__check_range("period", ans_period_valid(kind, from), "", err);
  if (status == ANS_OK) status = ledger__period_kind(s, benefit, id, kind, &recorded, err);
  if (status != ANS_OK || recorded) return status;
  sqlite3_stmt *st = store__use(s, STORE_PERIOD_SET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, kind);
  return store__run(s, STORE_PERIOD_SET, st, err);
}

ans_status ans_store_put_award(ans_store *s, const ans_award *a, int64_t *id, ans_error *err) {
  int64_t benefit = 0, new_id = 0;
  bool found = false;
  ans_status status = store__need_tx(s, "award", err);
  if (status == ANS_OK) status = ledger__benefit(s, a->benefit, true, &benefit, err);
  if (status == ANS_OK) status = store__check_range("from/to", a->from_period <= a->to_period, "", err);
  if (status == ANS_OK) status = store__check_range("amount_cents", a->amount_cents >= 0, "< 0", err);
  if (status == ANS_OK) status = ledger__claim_kind(s, a->benefit, benefit, a->period_kind, a->from_period, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_AWARD_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, benefit);
  sqlite3_bind_int64(st, 2, a->claim);
  sqlite3_bind_int64(st, 3, a->from_period);
  sqlite3_bind_int64(st, 4, a->to_period);
  sqlite3_bind_int64(st, 5, a->amount_cents);
  store__bind_text(st, 6, a->notice);
  sqlite3_bind_int64(st, 7, a->recorded_at);
  sqlite3_bind_int64(st, 8, a->superseded_at);
  store__bind_text(st, 9, a->reference);
  status = ledger__one(s, STORE_AWARD_ADD, st, &found, &new_id, err);
  if (status == ANS_OK && id) *id = new_id;
  return status;
}

ans_status ans_store_supersede_awards(ans_store *s, const char *benefit, int64_t claim, const char *reference, int64_t at, ans_error *err) {
  int64_t id = 0;
  ans_status status = store__need_tx(s, "award", err);
  if (status == ANS_OK) status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_AWARD_SUPERSEDE, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, at);
  sqlite3_bind_int64(st, 2, id);
  sqlite3_bind_int64(st, 3, claim);
  store__bind_text(st, 4, reference);
  return store__run(s, STORE_AWARD_SUPERSEDE, st, err);
}

ans_status ans_store_has_award(ans_store *s, const char *benefit, int64_t claim, bool *has, ans_error *err) {
  *has = false;
  int64_t id = 0, one = 0;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_AWARD_ANY, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, claim);
  return ledger__one(s, STORE_AWARD_ANY, st, has, &one, err);
}

ans_status ans_store_award_at(ans_store *s, const char *benefit, int64_t claim, int32_t period, bool *granted, int64_t *amount_cents, ans_error *err) {
  *granted = false;
  *amount_cents = 0;
  int64_t id = 0;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_AWARD_AT, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, claim);
  sqlite3_bind_int64(st, 3, period);
  status = ledger__one(s, STORE_AWARD_AT, st, granted, amount_cents, err);
  if (*granted && *amount_cents == 0) *granted = false;
  return status;
}

ans_status ans_store_awards_between(ans_store *s, const char *benefit, int64_t first_claim, int64_t last_claim, int32_t from, int32_t to, ans_award_visit *visit, void *ctx, ans_error *err) {
  int64_t benefit_id = 0;
  ans_status status = store__name_id(s, benefit, false, &benefit_id, err);
  if (status != ANS_OK || benefit_id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_AWARD_BETWEEN, err);
  if (!st) return ANS_STORE;
  const int64_t bounds[5] = {benefit_id, first_claim, last_claim, from, to};
  for (int i = 0; i < 5; i++) sqlite3_bind_int64(st, i + 1, bounds[i]);
  int rc;
  while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
    const ans_award_span a = {.id = sqlite3_column_int64(st, 0), .claim = sqlite3_column_int64(st, 1), .from_period = sqlite3_column_int(st, 2), .to_period = sqlite3_column_int(st, 3), .amount_cents = sqlite3_column_int64(st, 4)};
    if (!visit(ctx, &a)) break;
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  store__done(s, STORE_AWARD_BETWEEN, st);
  return status;
}

ans_status ans_store_put_application(ans_store *s, const ans_application *a, int64_t *id, ans_error *err) {
  int64_t benefit = 0, new_id = 0;
  bool found = false;
  ans_status status = store__need_tx(s, "application", err);
  if (status == ANS_OK) status = ledger__benefit(s, a->benefit, true, &benefit, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_APPLICATION_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, benefit);
  sqlite3_bind_int64(st, 2, a->claim);
  sqlite3_bind_int64(st, 3, a->received_day);
  store__bind_text(st, 4, a->reference);
  status = ledger__one(s, STORE_APPLICATION_ADD, st, &found, &new_id, err);
  if (status == ANS_OK && id) *id = new_id;
  return status;
}

ans_status ans_store_application_of(ans_store *s, const char *benefit, int64_t claim, bool *found, int32_t *received_day, ans_error *err) {
  *found = false;
  *received_day = 0;
  int64_t id = 0, day = 0;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_APPLICATION_OF, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, claim);
  status = ledger__one(s, STORE_APPLICATION_OF, st, found, &day, err);
  *received_day = (int32_t)day;
  return status;
}

ans_status ans_store_close_requests(ans_store *s, const char *benefit, int64_t claim, int64_t at, ans_error *err) {
  int64_t id = 0;
  ans_status status = store__need_tx(s, "close", err);
  if (status == ANS_OK) status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  const store__statement which[2] = {STORE_APPLICATION_CLOSE, STORE_EVENT_CLOSE};
  for (int i = 0; i < 2 && status == ANS_OK; i++) {
    sqlite3_stmt *st = store__use(s, which[i], err);
    if (!st) return ANS_STORE;
    sqlite3_bind_int64(st, 1, at);
    sqlite3_bind_int64(st, 2, id);
    sqlite3_bind_int64(st, 3, claim);
    status = store__run(s, which[i], st, err);
  }
  return status;
}

ans_status ans_store_set_case(ans_store *s, const char *benefit, int64_t claim, const char *case_id, ans_error *err) {
  int64_t id = 0;
  ans_status status = store__need_tx(s, "case", err);
  if (status == ANS_OK) status = ledger__benefit(s, benefit, true, &id, err);
  if (status == ANS_OK) status = store__check_range("case", case_id && *case_id && strnlen(case_id, 129) <= 128, case_id ? case_id : "", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_CASE_SET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, claim);
  sqlite3_bind_int64(st, 2, id);
  store__bind_text(st, 3, case_id);
  return store__run(s, STORE_CASE_SET, st, err);
}

ans_status ans_store_case_of(ans_store *s, const char *benefit, int64_t claim, char *case_id, size_t size, bool *found, ans_error *err) {
  *found = false;
  int64_t id = 0;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_CASE_GET, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, claim);
  sqlite3_bind_int64(st, 2, id);
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) {
    const char *text = store__column_text(st, 0);
    size_t n = strlen(text);
    *found = n < size;
    if (*found) memcpy(case_id, text, n + 1);
    else status = ans_error_set(err, ANS_LIMIT, "E-STORE-LIMIT", s->path, "case", "128", (char *)NULL);
  } else if (rc != SQLITE_DONE) {
    status = store__fail(s, rc, err);
  }
  store__done(s, STORE_CASE_GET, st);
  return status;
}

ans_status ans_store_claim_of_case(ans_store *s, const char *case_id, int64_t *claim, const char **benefit, ans_error *err) {
  *claim = 0;
  *benefit = NULL;
  sqlite3_stmt *st = store__use(s, STORE_CASE_CLAIM, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, case_id);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) {
    *claim = sqlite3_column_int64(st, 0);
    *benefit = store__name_text(s, sqlite3_column_int64(st, 1), err);
    if (!*benefit) status = ANS_STORE;
  }
  store__done(s, STORE_CASE_CLAIM, st);
  return status;
}

ans_status ans_store_put_payment(ans_store *s, const ans_payment *p, ans_error *err) {
  int64_t benefit = 0;
  ans_status status = store__need_tx(s, "payment", err);
  if (status == ANS_OK) status = ledger__benefit(s, p->benefit, true, &benefit, err);
  if (status == ANS_OK) status = store__check_range("from/to", p->from_period <= p->to_period, "", err);
  if (status == ANS_OK) status = ledger__claim_kind(s, p->benefit, benefit, p->period_kind, p->from_period, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_PAYMENT_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, benefit);
  sqlite3_bind_int64(st, 2, p->claim);
  sqlite3_bind_int64(st, 3, p->from_period);
  sqlite3_bind_int64(st, 4, p->to_period);
  store__bind_text(st, 5, p->reference);
  sqlite3_bind_int64(st, 6, p->amount_cents);
  store__bind_text(st, 7, p->iban);
  sqlite3_bind_int64(st, 8, p->recorded_at);
  return store__run(s, STORE_PAYMENT_ADD, st, err);
}

ans_status ans_store_import_line(ans_store *s, const uint8_t sha[32], bool *added, ans_error *err) {
  *added = false;
  ans_status status = store__need_tx(s, "import", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_IMPORT_LINE, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, sha, 16); /* half of the hash is enough to tell lines apart, and the table is large */
  status = store__run(s, STORE_IMPORT_LINE, st, err);
  *added = status == ANS_OK && sqlite3_changes(s->db) > 0;
  return status;
}

ans_status ans_store_forget_line(ans_store *s, const uint8_t sha[32], ans_error *err) {
  ans_status status = store__need_tx(s, "import", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_IMPORT_FORGET, err);
  if (!st) return ANS_STORE;
  store__bind_blob(st, 1, sha, 16);
  return store__run(s, STORE_IMPORT_FORGET, st, err);
}

ans_status ans_store_put_event(ans_store *s, const char *feed, const char *event_id, const char *kind, int32_t day, int64_t claim, const char *benefit, bool *added, ans_error *err) {
  *added = false;
  int64_t feed_id = 0, kind_id = 0, benefit_id = 0;
  ans_status status = store__need_tx(s, "event", err);
  if (status == ANS_OK) status = store__check_range("event_id", event_id && *event_id && strnlen(event_id, 129) <= 128, event_id ? event_id : "", err);
  if (status == ANS_OK) status = store__name_id(s, feed, true, &feed_id, err);
  if (status == ANS_OK) status = store__name_id(s, kind, true, &kind_id, err);
  if (status == ANS_OK) status = ledger__benefit(s, benefit, true, &benefit_id, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_EVENT_ADD, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, feed_id);
  store__bind_text(st, 2, event_id);
  sqlite3_bind_int64(st, 3, claim);
  sqlite3_bind_int64(st, 4, benefit_id);
  sqlite3_bind_int64(st, 5, kind_id);
  sqlite3_bind_int64(st, 6, day);
  status = store__run(s, STORE_EVENT_ADD, st, err);
  *added = status == ANS_OK && sqlite3_changes(s->db) > 0;
  return status;
}

ans_status ans_store_cancel_event(ans_store *s, const char *feed, const char *event_id, int64_t at, ans_error *err) {
  int64_t feed_id = 0;
  ans_status status = store__need_tx(s, "event", err);
  if (status == ANS_OK) status = store__check_range("event_id", event_id && *event_id && strnlen(event_id, 129) <= 128, event_id ? event_id : "", err);
  if (status == ANS_OK) status = store__name_id(s, feed, true, &feed_id, err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_EVENT_CANCEL, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, feed_id);
  store__bind_text(st, 2, event_id);
  sqlite3_bind_int64(st, 3, at);
  return store__run(s, STORE_EVENT_CANCEL, st, err);
}

ans_status ans_store_claims_between(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, int64_t after_claim, int64_t last_claim, ans_claim_visit *visit, void *ctx, ans_error *err) {
  int64_t id = 0;
  ans_status status = ledger__benefit(s, benefit, false, &id, err);
  bool recorded;
  if (status == ANS_OK) status = store__check_range("period", ans_period_valid(period_kind, first) && ans_period_valid(period_kind, last) && first <= last, "", err);
  if (status == ANS_OK && id != 0) status = ledger__period_kind(s, benefit, id, period_kind, &recorded, err);
  if (status != ANS_OK || id == 0) return status;
  sqlite3_stmt *st = store__use(s, STORE_CLAIMS, err);
  if (!st) return ANS_STORE;
  sqlite3_bind_int64(st, 1, id);
  sqlite3_bind_int64(st, 2, last);
  sqlite3_bind_int64(st, 3, after_claim);
  sqlite3_bind_int64(st, 4, ans_period_last(period_kind, last));
  sqlite3_bind_int64(st, 5, period_kind);
  sqlite3_bind_int64(st, 6, first);
  sqlite3_bind_int64(st, 7, last_claim);
  int64_t current = 0;
  unsigned why = 0;
  bool more = true;
  int rc = SQLITE_DONE;
  while (more && (rc = sqlite3_step(st)) == SQLITE_ROW) { /* ordered by claim: equal claims are adjacent and merged here */
    int64_t claim = sqlite3_column_int64(st, 0);
    if (claim != current) {
      if (current) more = visit(ctx, current, why);
      current = claim;
      why = 0;
    }
    why |= (unsigned)sqlite3_column_int(st, 1);
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) status = store__fail(s, rc, err);
  if (status == ANS_OK && more && current) (void)visit(ctx, current, why);
  store__done(s, STORE_CLAIMS, st);
  return status;
}

ans_status ans_store_claims(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, ans_claim_visit *visit, void *ctx, ans_error *err) {
  return ans_store_claims_between(s, benefit, period_kind, first, last, 0, INT64_MAX, visit, ctx, err);
}

typedef struct ledger__reasons { int64_t claim; unsigned why; } ledger__reasons;

static bool ledger__first_claim(void *ctx, int64_t claim, unsigned why) {
  ledger__reasons *x = ctx;
  if (claim == x->claim) x->why = why;
  return false;
}

ans_status ans_store_claim_why(ans_store *s, const char *benefit, uint32_t period_kind, int32_t first, int32_t last, int64_t claim, unsigned *why, ans_error *err) {
  ledger__reasons x = {.claim = claim};
  ans_status status = ans_store_claims_between(s, benefit, period_kind, first, last, claim - 1, claim, ledger__first_claim, &x, err);
  *why = x.why;
  return status;
}

ans_status ans_store_get_text(ans_store *s, const char *key, char **value, ans_error *err) {
  *value = NULL;
  sqlite3_stmt *st = store__use(s, STORE_SETTING_GET, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, key);
  int rc = sqlite3_step(st);
  ans_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? ANS_OK : store__fail(s, rc, err);
  if (rc == SQLITE_ROW) {
    *value = strdup(store__column_text(st, 0));
    if (!*value) status = ans_error_set(err, ANS_MEMORY, "E-STORE-MEMORY", s->path, (char *)NULL);
  }
  store__done(s, STORE_SETTING_GET, st);
  return status;
}

ans_status ans_store_set_text(ans_store *s, const char *key, const char *value, ans_error *err) {
  ans_status status = store__need_tx(s, "setting", err);
  if (status == ANS_OK) status = store__check_range("key", key && *key, "", err);
  if (status != ANS_OK) return status;
  sqlite3_stmt *st = store__use(s, STORE_SETTING_SET, err);
  if (!st) return ANS_STORE;
  store__bind_text(st, 1, key);
  store__bind_text(st, 2, value);
  return store__run(s, STORE_SETTING_SET, st, err);
}
