/* What the exchange log must tell and when it must forget: the disclosure to a person (who was asked about them, when, on which basis) and the day from which an
 * entry is deleted (§ 9 IDNrG: two years). Reads the log only; there is no second record that could say something else.
 * Memory: one row per attempt about this person. Thread rule: the store handle's thread. */
#include "exchange/internal.h"

#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"

enum { DISCLOSURE_YEARS = 2, DISCLOSURE_DAY = 86400 };

typedef struct disclosure__walk { ans_disclosed *rows; size_t count, capacity; bool failed; } disclosure__walk;

static void disclosure__free_row(ans_disclosed *d) {
  char *const texts[] = {d->register_name, d->service, d->legal_basis, d->purpose, d->case_id, d->request_id, d->xroad_request_id, d->outcome, d->detail, d->fields};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
}

void ans_exchange_disclosure_free(ans_disclosed *rows, size_t count) {
  for (size_t i = 0; i < count; i++) disclosure__free_row(&rows[i]);
  free(rows);
}

static bool disclosure__copy(char **to, const char *text) {
  char *copy = strdup(text);
  if (!copy) return false;
  free(*to);
  *to = copy;
  return true;
}

/* The row of this attempt, newest first: outcome follows request closely. */
static ans_disclosed *disclosure__find(disclosure__walk *w, const char *request_id) {
  for (size_t i = w->count; *request_id && i > 0; i--)
    if (!w->rows[i - 1].served && strcmp(w->rows[i - 1].request_id, request_id) == 0) return &w->rows[i - 1];
  return NULL;
}

/* What others asked us has one entry each; their ids are their own and may repeat, also ours. */
static bool disclosure__is_served(const char *outcome) {
  static const char *const outcomes[] = {"answered", "answered_no_data", "answered_undetermined", "refused"};
  for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
    if (strcmp(outcomes[i], outcome) == 0) return true;
  return false;
}

static ans_disclosed *disclosure__add(disclosure__walk *w) {
  if (w->count == w->capacity) {
    size_t n = w->capacity ? w->capacity * 2 : 32;
    ans_disclosed *grown = realloc(w->rows, n * sizeof *grown);
    if (!grown) return NULL;
    w->rows = grown;
    w->capacity = n;
  }
  w->rows[w->count] = (ans_disclosed){0};
  return &w->rows[w->count++];
}

static bool disclosure__on_entry(void *ctx, int64_t id, const ans_exchange_entry *e) {
  disclosure__walk *w = ctx;
  bool served = disclosure__is_served(e->outcome);
  ans_disclosed *d = served ? NULL : disclosure__find(w, e->request_id);
  bool ok = true;
  if (d) {
    d->outcome_entry = id;
    d->answered_at = e->at;
  } else {
    d = disclosure__add(w);
    ok = d != NULL;
    if (d) {
      d->entry = id;
      d->at = e->at;
      d->served = served;
      d->answered_at = served ? e->at : 0;
      d->outcome_entry = served ? id : 0;
      d->idnr_used = e->idnr_used;
      ok = disclosure__copy(&d->register_name, e->register_name) && disclosure__copy(&d->service, e->service) && disclosure__copy(&d->legal_basis, e->legal_basis) && disclosure__copy(&d->purpose, e->purpose) &&
           disclosure__copy(&d->case_id, e->case_id) && disclosure__copy(&d->request_id, e->request_id) && disclosure__copy(&d->fields, e->fields);
    }
  }
  ok = ok && disclosure__copy(&d->outcome, e->outcome) && disclosure__copy(&d->xroad_request_id, e->xroad_request_id) && disclosure__copy(&d->detail, e->error_detail);
  w->failed = !ok;
  return ok;
}

ans_status ans_exchange_disclosure(ans_store *s, const char *idnr, ans_disclosed **rows, size_t *count, ans_error *err) {
  *rows = NULL;
  *count = 0;
  if (!exchange__is_idnr(idnr)) return ans_error_set(err, ANS_USAGE, "E-EXCHANGE-IDNR", NULL, idnr ? idnr : "", (char *)NULL);
  disclosure__walk w = {0};
  ans_status status = ans_store_exchange_entries(s, idnr, 0, disclosure__on_entry, &w, err);
  if (status == ANS_OK && w.failed) status = ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  if (status != ANS_OK) {
    ans_exchange_disclosure_free(w.rows, w.count);
    return status;
  }
  *rows = w.rows;
  *count = w.count;
  return ANS_OK;
}

int64_t ans_exchange_log_cutoff(int64_t now) {
  int64_t day = now / DISCLOSURE_DAY - (now % DISCLOSURE_DAY < 0), back = 0;
  int year, month, mday;
  ans_date_to_ymd(day, &year, &month, &mday);
  back = ans_date_from_ymd(year - DISCLOSURE_YEARS, month, 1) + mday - 1; /* 29 February: 1 March; the entries of 28 February are past their time by then */
  return (back - 1) * DISCLOSURE_DAY;
}
