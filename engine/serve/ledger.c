/* What the authority may say about a person: from the ledger of issued awards, not from what a run proposes. A run's result binds nobody until an award is issued.
 *
 * A "no" is said only where the ledger can carry it: the period has begun and lies in the time the ledger is complete for, no application is open that could still be granted for it, and
 * it is clear which claims are the person's. Everything else is undetermined. Persons nobody knows here and persons with an Auskunftssperre give the same finding (§ 6 Abs. 5 IDNrG); a
 * register that released nothing about the person counts as such a block, because its answer cannot be told from one.
 * Memory: one row per claim reached, at most SERVE_ROWS_MAX. Thread rule: the store handle's thread. */
#include "serve/internal.h"

#include <stdlib.h>
#include <string.h>
#include "code/state.h"
#include "exchange/shared.h"
#include "facts/facts.h"
#include "num/period.h"

#define LEDGER_BLOCK_FACT "Auskunftssperre"
#define LEDGER_BLOCK_SOURCE "Sperrvermerk"

/* --- the block --------------------------------------------------------------------------------------------------------------------------- */
typedef struct ledger__block { int32_t today; bool blocked; } ledger__block;

/* In force unless a source says "no" or its time is over; unknown counts as in force. */
static bool ledger__on_block(void *ctx, const ans_assertion *a) {
  ledger__block *b = ctx;
  bool no = a->state == ANS_NOT_APPLICABLE || (a->state == ANS_VALUE && a->number == 0);
  if (strcmp(a->fact, LEDGER_BLOCK_FACT) == 0 && !no && a->to_day >= b->today) b->blocked = true;
  return !b->blocked;
}

static ans_status ledger__blocked(ans_store *s, const serve__service *service, int64_t person, const char *idnr, int32_t today, bool *blocked, ans_error *err) {
  ledger__block b = {.today = today};
  ans_status status = person ? ans_store_assertions(s, person, INT64_MAX, ledger__on_block, &b, err) : ANS_OK;
  for (size_t i = 0; i < service->blocked_by.count && status == ANS_OK; i++) {
    bool found = false;
    int64_t at = 0;
    int outcome = 0;
    status = ans_store_latest_evidence(s, service->blocked_by.items[i], NULL, idnr, &found, &at, &outcome, err);
    if (found && outcome == ANS_EVIDENCE_NO_DATA_RELEASED) b.blocked = true;
  }
  *blocked = b.blocked;
  return status;
}

ans_status ans_serve_block(ans_store *s, const char *idnr, bool blocked, const char *reason, const char *author, int64_t now, ans_error *err) {
  if (!exchange__is_idnr(idnr)) return ans_error_set(err, ANS_USAGE, "E-EXCHANGE-IDNR", NULL, idnr ? idnr : "", (char *)NULL);
  if (!reason || !*reason || !author || !*author) return ans_error_set(err, ANS_USAGE, "E-SERVE-BLOCK", NULL, (char *)NULL);
  int64_t person = 0;
  ans_evidence e = {.source = LEDGER_BLOCK_SOURCE, .subject_key = idnr, .received_at = now, .outcome = ANS_EVIDENCE_DATA, .body = reason, .body_size = strlen(reason)};
  ans_assertion a = {.fact = LEDGER_BLOCK_FACT, .source = LEDGER_BLOCK_SOURCE, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_INT, .number = blocked, .author = author, .recorded_at = now};
  ans_status status = ans_store_begin(s, err);
  if (status != ANS_OK) return status;
  status = ans_store_subject(s, ANS_UNIT_PERSON, idnr, true, &person, err);
  a.subject = person;
  if (status == ANS_OK) status = ans_store_supersede(s, person, LEDGER_BLOCK_SOURCE, LEDGER_BLOCK_FACT, now, err);
  if (status == ANS_OK) status = ans_store_put_evidence(s, &e, &a.evidence, err);
  if (status == ANS_OK) status = ans_store_put_assertion(s, &a, NULL, err);
  if (status == ANS_OK) return ans_store_commit(s, err);
  ans_store_rollback(s);
  return status;
}

/* --- from the person to the claims --------------------------------------------------------------------------------------------------------- */
typedef struct ledger__row { int64_t subject; bool settled; } ledger__row;
typedef struct ledger__rows { ledger__row *items; size_t count, capacity; bool overflow, failed; } ledger__rows;

/* A row reached twice is settled if one of the ways to it is. */
static bool ledger__add(ledger__rows *r, int64_t subject, bool settled) {
  for (size_t i = 0; i < r->count; i++) {
    if (r->items[i].subject != subject) continue;
    r->items[i].settled = r->items[i].settled || settled;
    return true;
  }
  if (r->count == SERVE_ROWS_MAX) r->overflow = true;
  if (r->overflow) return false;
  if (r->count == r->capacity) {
    size_t n = r->capacity ? r->capacity * 2 : 16;
    ledger__row *grown = realloc(r->items, n * sizeof *grown);
    r->failed = !grown;
    if (!grown) return false;
    r->items = grown;
    r->capacity = n;
  }
  r->items[r->count++] = (ledger__row){subject, settled};
  return true;
}

static bool ledger__on_referrer(void *ctx, int64_t subject, const char *key) {
  (void)key;
  return ledger__add(ctx, subject, true);
}

/* Where a row's reference leads in a span of days. */
typedef struct ledger__reference { const char *fact; int32_t from, to; int64_t target; bool value, other; ledger__rows *into; } ledger__reference;
static bool ledger__on_reference(void *ctx, const ans_assertion *a) {
  ledger__reference *r = ctx;
  if (strcmp(a->fact, r->fact) != 0 || a->from_day > r->to || a->to_day < r->from) return true;
  bool value = a->state == ANS_VALUE && a->kind == ANS_V_SUBJECT;
  if (value && !r->target) r->target = a->number;
  if (value && a->number == r->target) r->value = true;
  else r->other = true;
  return !value || !r->into || ledger__add(r->into, a->number, true);
}

static ans_status ledger__step(ans_store *s, const serve__step *step, const ledger__row *row, int32_t from, int32_t to, ledger__rows *out, ans_error *err) {
  ledger__rows found = {0};
  ans_status status = ANS_OK;
  if (step->forward) {
    ledger__reference r = {.fact = step->fact, .from = from, .to = to, .into = &found};
    status = ans_store_assertions(s, row->subject, INT64_MAX, ledger__on_reference, &r, err);
    for (size_t i = 0; i < found.count; i++) (void)ledger__add(out, found.items[i].subject, row->settled && !r.other);
  } else {
    status = ans_store_referrers(s, step->unit, step->fact, row->subject, INT64_MAX, ledger__on_referrer, &found, err);
    for (size_t i = 0; i < found.count && status == ANS_OK; i++) {
      ledger__reference r = {.fact = step->fact, .from = from, .to = to, .target = row->subject};
      status = ans_store_assertions(s, found.items[i].subject, INT64_MAX, ledger__on_reference, &r, err);
      if (r.value) (void)ledger__add(out, found.items[i].subject, row->settled && !r.other);
    }
  }
  out->overflow = out->overflow || found.overflow;
  out->failed = out->failed || found.failed;
  free(found.items);
  return status;
}

static ans_status ledger__claims(ans_store *s, const serve__service *service, int64_t person, int32_t period, ledger__rows *out, ans_error *err) {
  int32_t from = (int32_t)ans_period_first(service->period_kind, period), to = (int32_t)ans_period_last(service->period_kind, period);
  ans_status status = ledger__add(out, person, true) ? ANS_OK : ANS_MEMORY;
  for (unsigned k = 0; k < service->step_count && status == ANS_OK; k++) {
    ledger__rows next = {.overflow = out->overflow};
    for (size_t i = 0; i < out->count && status == ANS_OK; i++) status = ledger__step(s, &service->steps[k], &out->items[i], from, to, &next, err);
    free(out->items);
    *out = next;
    if (out->failed) status = ANS_MEMORY;
  }
  return status == ANS_MEMORY ? ans_error_set(err, ANS_MEMORY, "E-SERVE-MEMORY", NULL, (char *)NULL) : status;
}

/* --- the ledger ------------------------------------------------------------------------------------------------------------------------------ */
static bool ledger__on_award(void *ctx, const ans_award_span *a) {
  (void)a;
  *(bool *)ctx = true;
  return false;
}

typedef struct ledger__sum { int64_t cents; bool granted, unclear, pending; } ledger__sum;

static ans_status ledger__claim(ans_store *s, const serve__service *service, const ledger__row *claim, int32_t period, int32_t current, ledger__sum *sum, ans_error *err) {
  bool granted = false;
  int64_t cents = 0;
  unsigned why = 0;
  int32_t until = period > current ? period : current; /* an application that came in later may reach back */
  ans_status status = ans_store_award_at(s, service->benefit, claim->subject, period, &granted, &cents, err);
  if (status == ANS_OK && !granted) status = ans_store_claim_why(s, service->benefit, service->period_kind, until, until, claim->subject, &why, err);
  if (granted && claim->settled) sum->granted = true;
  if (granted && !claim->settled) sum->unclear = true;
  if (granted && (!claim->settled || __builtin_add_overflow(sum->cents, cents, &sum->cents))) sum->unclear = true;
  if (why & 2) sum->pending = true;
  return status;
}

static ans_status ledger__decide(ans_store *s, const serve__service *service, int64_t person, int32_t period, int32_t today, serve__answered *out, ans_error *err) {
  ledger__rows claims = {0};
  ledger__sum sum = {0};
  bool any = false;
  int32_t current = ans_period_of(service->period_kind, today);
  ans_status status = ledger__claims(s, service, person, period, &claims, err);
  for (size_t i = 0; i < claims.count && status == ANS_OK; i++) status = ledger__claim(s, service, &claims.items[i], period, current, &sum, err);
  if (status == ANS_OK && !sum.granted) status = ans_store_awards_between(s, service->benefit, INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, ledger__on_award, &any, err);
  bool can_say_no = any && !claims.overflow && !sum.unclear && !sum.pending && period <= current && period >= service->complete_from;
  *out = (serve__answered){.finding = sum.granted || can_say_no ? SERVE_FOUND : SERVE_UNDETERMINED, .recipient = sum.granted, .cents = sum.cents, .amount_unclear = sum.unclear || claims.overflow};
  free(claims.items);
  return status;
}

ans_status serve__look_up(ans_store *s, const serve__service *service, const char *idnr, int32_t period, int32_t today, serve__answered *out, ans_error *err) {
  int64_t person = 0;
  bool opened = false, blocked = false;
  *out = (serve__answered){.finding = SERVE_NOTHING_RELEASED};
  ans_status status = ans_store_begin_read(s, &opened, err);
  if (status != ANS_OK) return status;
  status = ans_store_subject(s, ANS_UNIT_PERSON, idnr, false, &person, err);
  if (status == ANS_OK) status = ledger__blocked(s, service, person, idnr, today, &blocked, err);
  if (status == ANS_OK && person && !blocked) status = ledger__decide(s, service, person, period, today, out, err);
  ans_store_end_read(s, opened);
  return status;
}
