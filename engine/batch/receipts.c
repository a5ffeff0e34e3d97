/* Owns: replay of a receipt and the audit of the store. Both trust nothing but the stored bytes: package and snapshot are named by their hashes and
 * are checked against them before anything is computed. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "batch/batch.h"
#include "num/calendar.h"

static ans_status load_case_key(ans_store *s, int64_t claim, uint8_t key[32], bool *found, ans_error *err) {
  char name[64], *hex = NULL;
  size_t n = 0;
  snprintf(name, sizeof name, "case-key/%lld", (long long)claim);
  ans_status st = ans_store_get_text(s, name, &hex, err);
  *found = st == ANS_OK && hex && sodium_hex2bin(key, 32, hex, strlen(hex), NULL, &n, NULL) == 0 && n == 32;
  free(hex);
  return st;
}

static ans_status load_program(ans_store *s, const uint8_t sha[32], ans_program **p, ans_error *err) {
  void *bytes = NULL;
  size_t size = 0;
  uint8_t actual[32] = {0};
  ans_status st = ans_store_package(s, sha, &bytes, &size, err);
  if (st != ANS_OK) return st;
  if (bytes) ans_sha256_once(bytes, size, actual); /* before decoding: what was changed is a finding, not a damaged file */
  if (!bytes || memcmp(actual, sha, 32)) st = ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-PACKAGE", NULL, NULL);
  if (st == ANS_OK) st = ans_program_decode(bytes, size, "store", p, err);
  free(bytes);
  return st;
}

/* One package serves many receipts: the last one loaded is kept. */
typedef struct session { ans_store *s; ans_program *p; uint8_t sha[32]; } session;

static ans_status session_program(session *x, const uint8_t sha[32], ans_error *err) {
  if (x->p && !memcmp(x->sha, sha, 32)) return ANS_OK;
  ans_program_free(x->p);
  x->p = NULL;
  memcpy(x->sha, sha, 32);
  return load_program(x->s, sha, &x->p, err);
}

static uint32_t find_row(const ans_columns *c, uint32_t unit, const char *id) {
  for (uint32_t i = 0; c->units[unit].ids && i < c->units[unit].rows; i++)
    if (!strcmp(c->units[unit].ids[i], id)) return i;
  return ANS_NONE;
}

ans_status ans_batch_benefit(const ans_program *p, const ans_run *run, const char *unit, uint32_t *benefit, ans_error *err) {
  char number[24];
  unsigned fitting = 0;
  *benefit = run->benefit[0] ? ans_program_find_benefit(p, run->benefit) : ANS_NONE;
  for (uint32_t i = 0; i < p->benefit_count && !run->benefit[0]; i++) {
    if (strcmp(p->units[p->benefits[i].unit].name, unit)) continue;
    *benefit = i;
    fitting++;
  }
  if (fitting > 1) return ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-BENEFIT", NULL, ans_itoa(number, run->id), unit, NULL);
  return *benefit == ANS_NONE ? ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-CLAIM", unit, NULL) : ANS_OK;
}

typedef struct replayed { const ans_program *p; ans_columns *c; ans_trace *t; uint32_t benefit, row; uint8_t facts_sha[32], trace_sha[32]; ans_receipt_form form; ans_outcome outcome; char key_text[256]; } replayed;

static void replayed_dispose(replayed *r) {
  ans_trace_free(r->t);
  ans_columns_free(r->c);
}

static ans_status replay_cells(session *x, const ans_decision *d, const ans_run *run, replayed *r, ans_error *err) {
  void *snapshot = NULL;
  size_t size = 0;
  char unit[64];
  ans_claim_context context = {.has_award = d->previous_cents > 0, .award_cents = d->previous_cents};
  ans_status st = session_program(x, run->package_sha, err);
  r->p = x->p;
  if (st == ANS_OK) st = ans_store_snapshot(x->s, d->facts_sha, &snapshot, &size, err);
  if (st == ANS_OK) {
    uint8_t actual[32] = {0};
    char number[24];
    if (snapshot) ans_sha256_once(snapshot, size, actual);
    if (!snapshot || memcmp(actual, d->facts_sha, 32)) st = ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-SNAPSHOT", NULL, ans_itoa(number, d->id), NULL);
  }
  if (st == ANS_OK) st = ans_case_parse(r->p, snapshot, size, "snapshot", &r->c, err);
  free(snapshot);
  if (st == ANS_OK) st = ans_columns_component_hash(r->c, 0, r->facts_sha, err);
  if (st == ANS_OK) st = ans_store_subject_name(x->s, d->claim, unit, sizeof unit, r->key_text, sizeof r->key_text, err);
  if (st == ANS_OK) st = ans_batch_benefit(r->p, run, unit, &r->benefit, err);
  if (st != ANS_OK) return st;
  r->row = find_row(r->c, r->p->benefits[r->benefit].unit, r->key_text);
  if (r->row == ANS_NONE) return ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-CLAIM", r->key_text, NULL);
  st = ans_decide_claim_known(r->c, 0, r->benefit, r->row, d->period, run->law_known, &context, 64, &r->outcome, &r->t, err);
  ans_outcome_limit(&r->outcome, run->law_known, run->facts_known); /* the snapshot holds the facts; the day says why these */
  r->form = ANS_RECEIPT_UNION;
  if (st == ANS_OK) st = ans_claim_trace_hash(r->c, r->t, r->benefit, r->row, r->form, r->trace_sha, err);
  if (st != ANS_OK || !memcmp(r->trace_sha, d->trace_sha, 32)) return st;
  uint8_t earlier[32]; /* nothing stored says which form it is: whichever it is, the leaf binds it */
  st = ans_claim_trace_hash(r->c, r->t, r->benefit, r->row, ANS_RECEIPT_SLICES, earlier, err);
  if (st != ANS_OK || memcmp(earlier, d->trace_sha, 32)) return st;
  r->form = ANS_RECEIPT_SLICES;
  memcpy(r->trace_sha, earlier, 32);
  return ANS_OK;
}

/* Procedure, action and reasons rest on the ledger at the time of the run; the leaf binds the stored ones. */
static void stored_procedure(const ans_decision *d, ans_outcome *o) {
  o->merits = (ans_merits)d->merits;
  o->procedure = (ans_procedure)d->procedure;
  o->action = (ans_action)d->action;
  o->reasons = ans_reasons_parse(d->reason_codes);
}

static ans_status leaf_of(ans_store *s, const ans_decision *d, const ans_run *run, const replayed *r, uint8_t leaf[32], ans_error *err) {
  uint8_t key[32];
  bool found;
  ans_status st = load_case_key(s, d->claim, key, &found, err);
  if (st != ANS_OK) return st;
  if (!found) return ans_error_set(err, ANS_STORE, "E-AUDIT-KEY", r->key_text, NULL);
  ans_receipt receipt = {.form = r->form, .semantics_version = run->semantics_version, .claim_key = r->key_text, .benefit = r->p->benefits[r->benefit].name, .period = d->period, .previous_cents = d->previous_cents, .outcome = r->outcome};
  stored_procedure(d, &receipt.outcome);
  memcpy(receipt.package_sha, run->package_sha, 32);
  memcpy(receipt.facts_sha, r->facts_sha, 32);
  memcpy(receipt.trace_sha, r->trace_sha, 32);
  ans_receipt_leaf(&receipt, key, leaf);
  return ANS_OK;
}

/* Decides one receipt again and compares. r is filled for the caller to explain and dispose. */
static ans_status check_receipt(session *x, const ans_decision *d, const ans_run *run, replayed *r, ans_replay_report *rep, ans_error *err) {
  uint8_t leaf[32];
  char number[24];
  ans_status st = replay_cells(x, d, run, r, err);
  if (st == ANS_OK) st = leaf_of(x->s, d, run, r, leaf, err);
  if (st != ANS_OK) return st;
  rep->decision = d->id;
  rep->same_facts = !memcmp(r->facts_sha, d->facts_sha, 32);
  rep->same_trace = !memcmp(r->trace_sha, d->trace_sha, 32);
  rep->same_outcome = r->outcome.merits == (ans_merits)d->merits && r->outcome.amount.v == d->amount_cents && r->outcome.payout.v == d->payout_cents && !memcmp(leaf, d->leaf, 32);
  stored_procedure(d, &r->outcome);
  rep->outcome = r->outcome;
  bool same = rep->same_facts && rep->same_trace && rep->same_outcome;
  return same ? ANS_OK : ans_error_set(err, ANS_NEGATIVE, "E-REPLAY-DIFFERS", NULL, ans_itoa(number, d->id), NULL);
}

static ans_status load_decision(ans_store *s, int64_t id, ans_decision *d, ans_run *run, ans_error *err) {
  bool found = false, run_found = false;
  char number[24];
  ans_status st = ans_store_decision(s, id, d, &found, err);
  if (st == ANS_OK && found) st = ans_store_run(s, d->run, run, &run_found, err);
  if (st == ANS_OK && (!found || !run_found)) return ans_error_set(err, ANS_INPUT, "E-REPLAY-UNKNOWN", NULL, ans_itoa(number, id), NULL);
  if (st == ANS_OK && !d->has_leaf) return ans_error_set(err, ANS_INPUT, "E-REPLAY-NO-RECEIPT", NULL, ans_itoa(number, id), NULL);
  return st;
}

static void free_decision(ans_decision *d) { free((char *)(uintptr_t)d->reason_codes); }

ans_status ans_batch_replay(ans_store *s, int64_t decision, ans_replay_report *rep, char **json, ans_error *err) {
  ans_decision d = {0};
  ans_run run = {0};
  replayed r = {0};
  session x = {.s = s};
  *rep = (ans_replay_report){.decision = decision};
  if (json) *json = NULL;
  ans_status st = load_decision(s, decision, &d, &run, err);
  if (st == ANS_OK) st = check_receipt(&x, &d, &run, &r, rep, err);
  if (st == ANS_OK && json) st = ans_explain_json(r.c, 0, r.t, r.benefit, r.row, d.period, &r.outcome, NULL, json, err);
  free_decision(&d);
  replayed_dispose(&r);
  ans_program_free(x.p);
  return st;
}

typedef struct leaf_sum { ans_run_seal seal; int64_t *ids; size_t count, capacity; bool failed; } leaf_sum;
static bool add_leaf(void *ctx, const ans_decision *d) {
  leaf_sum *sum = ctx;
  ans_run_seal_add(&sum->seal, &(ans_sealed_decision){d->claim, d->period, d->merits, d->procedure, d->action, d->amount_cents, d->payout_cents, d->previous_cents, d->has_leaf ? d->leaf : NULL});
  if (!d->has_leaf) return true;
  if (sum->count == sum->capacity) {
    size_t cap = sum->capacity ? sum->capacity * 2 : 1024;
    int64_t *fresh = realloc(sum->ids, cap * sizeof *fresh);
    if (!fresh) { sum->failed = true; return false; }
    sum->ids = fresh;
    sum->capacity = cap;
  }
  sum->ids[sum->count++] = d->id;
  return true;
}

static ans_status audit_receipts(session *x, const leaf_sum *sum, ans_error *err) {
  for (size_t i = 0; i < sum->count; i++) {
    ans_decision d = {0};
    ans_run run = {0};
    replayed r = {0};
    ans_replay_report rep;
    ans_status st = load_decision(x->s, sum->ids[i], &d, &run, err);
    if (st == ANS_OK) st = check_receipt(x, &d, &run, &r, &rep, err);
    free_decision(&d);
    replayed_dispose(&r);
    if (st != ANS_OK) return st;
  }
  return ANS_OK;
}

static ans_status audit_run(session *x, const ans_run *run, bool deep, ans_audit_report *rep, ans_error *err) {
  char number[24];
  uint8_t head[32];
  leaf_sum sum = {.count = 0};
  ans_run_seal_init(&sum.seal);
  ans_status st = ans_store_decisions(x->s, run->id, add_leaf, &sum, err);
  if (st == ANS_OK && sum.failed) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "audit", NULL);
  ans_run_head(run->previous_head, &sum.seal, &(ans_run_subject){run->package_sha, run->first_period, run->last_period, run->started_at, run->law_known, run->facts_known}, head);
  rep->runs++;
  rep->decisions += (int64_t)sum.seal.decisions;
  rep->leaves += (int64_t)sum.seal.tree.count;
  if (st == ANS_OK && memcmp(head, run->head, 32)) st = ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-HEAD", NULL, ans_itoa(number, run->id), NULL);
  if (st == ANS_OK && deep) st = audit_receipts(x, &sum, err);
  free(sum.ids);
  return st;
}

/* The next finished run whose previous head is `head`; runs may finish in another order than they began. */
static ans_status next_run(ans_store *s, const uint8_t head[32], ans_run *run, bool *found, int64_t *finished, ans_error *err) {
  static const uint8_t none[32];
  char number[24];
  *found = false;
  *finished = 0;
  for (int64_t id = 1;; id++) {
    ans_run candidate;
    bool exists;
    ans_status st = ans_store_run(s, id, &candidate, &exists, err);
    if (st != ANS_OK || !exists) return st;
    if (candidate.state == 0 && (candidate.finished_at || memcmp(candidate.head, none, 32))) return ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-UNFINISHED", NULL, ans_itoa(number, id), NULL);
    if (candidate.state == 0) continue;
    (*finished)++;
    if (!memcmp(candidate.previous_head, head, 32)) {
      *run = candidate;
      *found = true;
    }
  }
}

ans_status ans_batch_audit(ans_store *s, bool deep, ans_audit_report *rep, ans_error *err) {
  uint8_t head[32] = {0};
  session x = {.s = s};
  int64_t finished = 0;
  bool found = true;
  char number[24];
  *rep = (ans_audit_report){0};
  ans_status st = sodium_init() < 0 ? ans_error_set(err, ANS_INTERNAL, "E-BATCH-SODIUM", "audit", NULL) : ANS_OK;
  while (st == ANS_OK && found) {
    ans_run run;
    st = next_run(s, head, &run, &found, &finished, err);
    if (st != ANS_OK || !found) break;
    st = audit_run(&x, &run, deep, rep, err);
    memcpy(head, run.head, 32);
  }
  if (st == ANS_OK && rep->runs != finished) st = ans_error_set(err, ANS_NEGATIVE, "E-AUDIT-CHAIN", NULL, ans_itoa(number, rep->runs), NULL);
  ans_program_free(x.p);
  return st == ANS_OK ? ans_store_verify_exchange_log(s, &rep->log_entries, err) : st;
}
