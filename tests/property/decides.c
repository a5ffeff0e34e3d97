/* `decide` = `batch`, row by row: random models with a benefit, random facts in a real store. What a run stored for every claim and period must
 * be what deciding that claim alone gives: from the store (other components, another chunk, another thread count beside it), and again from the
 * case document written out of it. Compared: merits, procedure, action, reasons, amount, payout, what was granted before, and for
 * decisions with a receipt the hashes of facts and trace.
 *
 *   decides [--count N] [--seed S] [--rows R]
 *
 * Overrides stay out (the store has none). Synthetic data, in a private directory that is removed again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/batch.h"
#include "compare.h"
#include "facts/facts.h"
#include "lower/lower.h"
#include "options.h"

/* The second run of each model reads column chunks, and every other model keeps its unchanged decisions as blocks. */
enum { CLAIM_UNIT = 2, PERIODS = 2, RUNS = 2, ENUMERATE = 16, KEY = 48, GEN_DAY_2014 = 16071 /* 2014-01-01 */ };

typedef struct tally {
  uint32_t models, failures;
  uint64_t decisions, receipts, documents, chunked, merits[ANS_MERITS_COUNT], actions[ANS_ACTION_COUNT];
} tally;

typedef struct world {
  uint64_t seed;
  uint32_t number;
  ans_model *m;
  gen_data *d;
  ans_program *p;
  rnd r;
  char path[256];
  ans_store *s;
  int64_t **subject[GEN_UNITS]; /* per component and row */
  int64_t run;
  int32_t first_period;
  tally *t;
  ans_error err;
} world;

static void *zeroed(size_t count, size_t size) {
  void *p = calloc(count + 1, size);
  if (!p) abort();
  return p;
}

/* --- the store ---------------------------------------------------------------------------------------------------------- */

/* As the store keeps lists. */
static const char *list_names(const ans_model *m, uint32_t enumeration, int64_t set, char *out, size_t size) {
  size_t used = 0;
  out[0] = 0;
  for (uint32_t i = 0; i < m->enums[enumeration].value_count; i++)
    if (set >> i & 1) used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ";" : "", m->enum_values[m->enums[enumeration].first_value + i]);
  return out;
}

static ans_status say(world *w, uint32_t k, uint32_t f, uint32_t row, ans_interval cell) {
  const ans_fact *fact = &w->m->facts[f];
  char list[128];
  ans_assertion a = {.subject = w->subject[fact->unit][k][row], .fact = fact->name, .source = "Register", .from_day = cell.from, .to_day = cell.to, .text = "",
                     .author = "", .recorded_at = 1000, .state = cell.state > ANS_UNKNOWN ? ANS_UNKNOWN : cell.state};
  bool itself = fact->type.tag == ANS_T_REF && fact->type.ref == fact->unit && cell.value == row;
  if (a.state == ANS_VALUE && itself) a.state = ANS_NOT_APPLICABLE; /* loader and case document refuse a row that refers to itself (E-CASE-SELF) */
  if (a.state == ANS_VALUE) {
    a.kind = ANS_V_INT;
    a.number = cell.value;
    if (fact->type.tag == ANS_T_REF) {
      a.kind = ANS_V_SUBJECT;
      a.number = w->subject[fact->type.ref][k][cell.value];
    } else if (fact->type.tag == ANS_T_ENUM) {
      a.kind = ANS_V_TEXT;
      a.number = 0;
      a.text = w->m->enum_values[w->m->enums[fact->type.ref].first_value + cell.value];
    } else if (fact->type.tag == ANS_T_TEXT || fact->type.tag == ANS_T_LIST) {
      a.kind = ANS_V_TEXT;
      a.number = 0;
      a.text = fact->type.tag == ANS_T_TEXT ? GEN_TEXTS[cell.value] : list_names(w->m, fact->type.ref, cell.value, list, sizeof list);
    }
  }
  int64_t id;
  return ans_store_put_assertion(w->s, &a, &id, &w->err);
}

static ans_status say_all(world *w, uint32_t k) {
  const gen_component *c = &w->d->components[k];
  ans_status st = ANS_OK;
  for (uint32_t f = 0; f < w->m->fact_count; f++)
    for (uint32_t row = 0; row < c->rows[w->m->facts[f].unit] && st == ANS_OK; row++) {
      if (w->m->facts[f].kind == ANS_FACT_TIMELINE) {
        const gen_timeline *t = &c->timelines[f][row];
        for (uint32_t i = 0; i < t->count && st == ANS_OK; i++) st = say(w, k, f, row, t->items[i]);
      } else if (c->set[f][row]) {
        st = say(w, k, f, row, (ans_interval){ANS_OPEN_PAST, ANS_OPEN_FUTURE, c->facts[f][row].v, c->facts[f][row].state});
      }
    }
  return st;
}

/* Every row of the claim unit is a claim: with an award, or with an open application from before the first period. */
static ans_status ask_all(world *w, uint32_t k) {
  ans_status st = ANS_OK;
  for (uint32_t row = 0; row < w->d->components[k].rows[CLAIM_UNIT] && st == ANS_OK; row++) {
    int64_t claim = w->subject[CLAIM_UNIT][k][row], id;
    bool granted = rnd_percent(&w->r, 50);
    ans_award award = {.claim = claim, .benefit = "Hilfe", .period_kind = w->m->period_kind, .from_period = w->m->first_period, .to_period = INT32_MAX, .amount_cents = 100 * rnd_range(&w->r, 1, 12), .notice = "", .recorded_at = 1000};
    ans_application application = {.claim = claim, .benefit = "Hilfe", .received_day = GEN_DAY_2014, .reference = ""};
    st = granted ? ans_store_put_award(w->s, &award, &id, &w->err) : ans_store_put_application(w->s, &application, &id, &w->err);
  }
  return st;
}

static ans_status name_all(world *w, uint32_t k) {
  ans_status st = ANS_OK;
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    w->subject[u][k] = zeroed(w->d->components[k].rows[u], sizeof(int64_t));
    for (uint32_t i = 0; i < w->d->components[k].rows[u] && st == ANS_OK; i++) {
      char key[KEY];
      snprintf(key, sizeof key, "%u-%u-%04u", k, u, i);
      st = ans_store_subject(w->s, w->m->units[u].name, key, true, &w->subject[u][k][i], &w->err);
    }
  }
  return st;
}

static ans_status fill(world *w) {
  ans_status st = ans_store_open(w->path, ANS_STORE_CREATE, &w->s, &w->err);
  if (st == ANS_OK) st = ans_store_begin(w->s, &w->err);
  for (uint32_t u = 1; u < GEN_UNITS; u++) w->subject[u] = zeroed(w->d->count, sizeof *w->subject[u]);
  for (uint32_t k = 0; k < w->d->count && st == ANS_OK; k++) {
    st = name_all(w, k);
    if (st == ANS_OK) st = say_all(w, k);
    if (st == ANS_OK) st = ask_all(w, k);
  }
  if (st == ANS_OK) st = ans_store_commit(w->s, &w->err);
  ans_store_close(w->s);
  w->s = NULL;
  return st;
}

/* --- deciding alone ----------------------------------------------------------------------------------------------------- */

typedef struct alone { ans_outcome o; uint8_t facts[32], trace[32]; char *document; } alone;

static ans_status decide_in(world *w, ans_columns *c, uint32_t component, uint32_t row, int32_t period, const ans_claim_context *x, alone *out) {
  ans_trace *t = NULL;
  ans_status st = ans_decide_claim(c, component, 0, row, period, x, ENUMERATE, &out->o, &t, &w->err);
  if (st == ANS_OK) st = ans_columns_component_hash(c, component, out->facts, &w->err);
  if (st == ANS_OK) st = ans_claim_trace_hash(c, t, 0, row, ANS_RECEIPT_UNION, out->trace, &w->err);
  ans_trace_free(t);
  return st;
}

static ans_status decide_from_store(world *w, ans_fact_loader *l, int64_t claim, int32_t period, const ans_claim_context *x, alone *out) {
  ans_columns *c = NULL;
  uint32_t component, row;
  ans_status st = ans_fact_loader_load(l, CLAIM_UNIT, &claim, 1, &c, &component, &row, NULL, NULL, &w->err);
  if (st == ANS_OK) st = decide_in(w, c, component, row, period, x, out);
  if (st == ANS_OK) st = ans_case_format(c, component, &out->document, &w->err);
  ans_columns_free(c);
  return st;
}

static ans_status decide_from_document(world *w, const char *document, const char *key, int32_t period, const ans_claim_context *x, alone *out) {
  ans_columns *c = NULL;
  ans_status st = ans_case_parse(w->p, document, strlen(document), "case.json", &c, &w->err);
  uint32_t row = 0;
  while (st == ANS_OK && row < c->units[CLAIM_UNIT].rows && strcmp(c->units[CLAIM_UNIT].ids[row], key) != 0) row++;
  if (st == ANS_OK && row == c->units[CLAIM_UNIT].rows) st = ANS_INTERNAL;
  if (st == ANS_OK) st = decide_in(w, c, 0, row, period, x, out);
  ans_columns_free(c);
  return st;
}

/* --- comparing ---------------------------------------------------------------------------------------------------------- */

typedef struct stored { ans_decision *items; char (*reasons)[256]; size_t count, capacity; } stored;

static bool collect(void *ctx, const ans_decision *d) {
  stored *all = ctx;
  if (all->count == all->capacity) return false; /* more than claims × periods: the count then differs */
  snprintf(all->reasons[all->count], sizeof *all->reasons, "%s", d->reason_codes);
  all->items[all->count++] = *d;
  return true;
}

static bool same(const ans_decision *d, const char *reasons, const alone *x) {
  char own[512];
  ans_reasons_format(x->o.reasons, own, sizeof own);
  bool cells = d->merits == x->o.merits && d->procedure == x->o.procedure && d->action == x->o.action && d->amount_cents == x->o.amount.v && d->payout_cents == x->o.payout.v;
  bool receipt = !d->has_leaf || (memcmp(d->facts_sha, x->facts, 32) == 0 && memcmp(d->trace_sha, x->trace, 32) == 0);
  return cells && receipt && strcmp(reasons, own) == 0;
}

static bool complain(const world *w, const char *what, const ans_decision *d, const char *key, const alone *x) {
  printf("%s: seed %" PRIu64 " model %u claim %s period %d\n", what, w->seed, w->number, key, d->period);
  printf("  batch: merits %d procedure %d action %d amount %" PRId64 " payout %" PRId64 "\n", d->merits, d->procedure, d->action, d->amount_cents, d->payout_cents);
  printf("  alone: merits %d procedure %d action %d amount %" PRId64 " payout %" PRId64 "\n", (int)x->o.merits, (int)x->o.procedure, (int)x->o.action, x->o.amount.v, x->o.payout.v);
  return false;
}

static bool compare_decision(world *w, ans_fact_loader *l, const ans_decision *d, const char *reasons) {
  char unit[64], key[KEY];
  ans_claim_context x = {.past = d->period < w->first_period + PERIODS - 1};
  unsigned why = 0;
  alone a = {0}, b = {0};
  ans_status st = ans_store_subject_name(w->s, d->claim, unit, sizeof unit, key, sizeof key, &w->err);
  if (st == ANS_OK) st = ans_store_award_at(w->s, "Hilfe", d->claim, d->period, &x.has_award, &x.award_cents, &w->err);
  if (st == ANS_OK) st = ans_store_claim_why(w->s, "Hilfe", w->m->period_kind, w->first_period, w->first_period + PERIODS - 1, d->claim, &why, &w->err);
  x.has_application = why & 2u;
  if (st == ANS_OK) st = decide_from_store(w, l, d->claim, d->period, &x, &a);
  bool ok = st == ANS_OK && (same(d, reasons, &a) || complain(w, "decide from the store differs", d, key, &a));
  if (ok && d->previous_cents != (x.has_award ? x.award_cents : 0)) ok = complain(w, "the amount granted before differs", d, key, &a);
  if (ok && d->has_leaf) {
    st = decide_from_document(w, a.document, key, d->period, &x, &b);
    ok = st == ANS_OK && (same(d, reasons, &b) || complain(w, "decide from the case document differs", d, key, &b));
    w->t->documents++;
  }
  if (st != ANS_OK) print_error(key, &w->err);
  free(a.document);
  w->t->decisions++;
  w->t->receipts += d->has_leaf;
  w->t->merits[d->merits < ANS_MERITS_COUNT ? d->merits : 0]++;
  w->t->actions[d->action < ANS_ACTION_COUNT ? d->action : 0]++;
  return ok;
}

/* Grants what the run found to be due, so that the next one finds awards that stay. */
static ans_status grant(world *w, const stored *all) {
  ans_store *s = NULL;
  ans_status st = ans_store_open(w->path, ANS_STORE_WRITE, &s, &w->err);
  if (st == ANS_OK) st = ans_store_begin(s, &w->err);
  for (size_t i = 0; i < all->count && st == ANS_OK; i++) {
    const ans_decision *d = &all->items[i];
    int64_t id;
    ans_award a = {.claim = d->claim, .benefit = "Hilfe", .period_kind = w->m->period_kind, .from_period = d->period, .to_period = d->period, .amount_cents = d->amount_cents, .notice = "", .recorded_at = 2000};
    if (d->merits == ANS_MERITS_ENTITLED && d->amount_cents > 0) st = ans_store_put_award(s, &a, &id, &w->err);
  }
  if (st == ANS_OK) st = ans_store_commit(s, &w->err);
  ans_store_close(s);
  return st;
}

/* The facts as column chunks: the next run reads them instead of the rows, in one chunk or several. */
static ans_status compact(world *w) {
  ans_store *s = NULL;
  ans_compact_report report = {0};
  ans_status st = ans_store_open(w->path, ANS_STORE_WRITE, &s, &w->err);
  if (st == ANS_OK) st = ans_fact_compact(s, w->p, &(ans_compact_options){.now = 3000, .target_bytes = w->number % 5 ? 0 : 2000, .compress = w->number % 3 == 0}, &report, &w->err);
  ans_store_close(s);
  w->t->chunked += (uint64_t)report.components;
  return st;
}

static bool compare_run(world *w, const ans_batch_report *rep) {
  size_t claims = 0;
  for (uint32_t k = 0; k < w->d->count; k++) claims += w->d->components[k].rows[CLAIM_UNIT];
  stored all = {.capacity = claims * PERIODS + 1};
  all.items = zeroed(all.capacity, sizeof *all.items);
  all.reasons = zeroed(all.capacity, sizeof *all.reasons);
  ans_fact_loader *l = NULL;
  ans_status st = ans_store_open(w->path, ANS_STORE_READ, &w->s, &w->err);
  if (st == ANS_OK) st = ans_fact_loader_new(w->s, w->p, INT64_MAX, &l, &w->err);
  if (st == ANS_OK) st = ans_store_decisions(w->s, rep->run, collect, &all, &w->err);
  bool ok = st == ANS_OK;
  if (!ok) print_error("store", &w->err);
  if (ok && (all.count != claims * PERIODS || rep->quarantined != 0)) {
    printf("seed %" PRIu64 " model %u: %zu decisions and %" PRId64 " quarantined of %zu claims in %d periods\n", w->seed, w->number, all.count, rep->quarantined, claims, PERIODS);
    ok = false;
  }
  for (size_t i = 0; i < all.count && ok; i++) ok = compare_decision(w, l, &all.items[i], all.reasons[i]);
  ans_fact_loader_free(l);
  ans_store_close(w->s);
  if (ok && grant(w, &all) != ANS_OK) {
    print_error("awards", &w->err);
    ok = false;
  }
  free(all.items);
  free(all.reasons);
  return ok;
}

static void drop(const char *path) {
  static const char *const SIDES[] = {"", "-wal", "-shm"};
  char side[300];
  for (int i = 0; i < 3; i++) {
    snprintf(side, sizeof side, "%s%s", path, SIDES[i]);
    unlink(side);
  }
}

static bool one_model(tally *t, const char *folder, uint64_t seed, uint32_t number, uint32_t rows) {
  static const uint32_t CLAIMS_PER_CHUNK[] = {1, 3, 4096};
  uint64_t own = seed * 5000011u + number;
  gen_traits traits;
  world w = {.seed = seed, .number = number, .t = t, .r = rnd_seed(own, 5)};
  ans_batch_report rep;
  w.m = gen_model(own, (gen_options){.small = true, .kinds = true, .benefit = true}, &traits);
  w.d = gen_data_new(own, w.m, gen_rows(w.m, rows), traits.extreme);
  w.first_period = w.d->periods[number % GEN_PERIODS] < w.m->last_period ? w.d->periods[number % GEN_PERIODS] : w.m->last_period - 1;
  snprintf(w.path, sizeof w.path, "%s/store.sqlite", folder);
  ans_batch_options o = {.benefit = "Hilfe", .first_period = w.first_period, .last_period = w.first_period + PERIODS - 1, .current_period = w.first_period + PERIODS - 1, .jobs = 1 + number % 3,
                         .claims_per_chunk = CLAIMS_PER_CHUNK[number / 3 % 3], .enumerate = ENUMERATE, .brake_change_permille = ANS_BRAKE_OFF,
                         .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true};
  ans_status st = ans_lower_program(w.m, &w.p, &w.err);
  if (st == ANS_OK) st = fill(&w);
  bool ok = true;
  for (int run = 0; run < RUNS && ok && st == ANS_OK; run++) { /* the second one with awards that the first led to */
    o.decision_chunks = number % 2;
    st = ans_batch_run(w.path, w.p, &o, &rep, &w.err);
    ok = st == ANS_OK && compare_run(&w, &rep);
    if (ok && run == 0) st = compact(&w); /* the later run reads column chunks */
  }
  if (st != ANS_OK) {
    printf("REFUSED: seed %" PRIu64 " model %u\n", seed, number);
    print_error("decides", &w.err);
    ok = false;
  }
  t->models++;
  drop(w.path);
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    for (uint32_t k = 0; w.subject[u] && k < w.d->count; k++) free(w.subject[u][k]);
    free(w.subject[u]);
  }
  ans_program_free(w.p);
  gen_data_free(w.d);
  gen_model_free(w.m);
  return ok;
}

static bool covered(const tally *t) {
  static const char *const MERITS[] = {"entitled", "not entitled", "undetermined"};
  printf("models %u, decisions %" PRIu64 ", with receipt %" PRIu64 ", decided again from the case document %" PRIu64 "; components in column chunks %" PRIu64 "\n", t->models, t->decisions, t->receipts, t->documents, t->chunked);
  bool ok = t->chunked > 0 && t->receipts > 0 && t->receipts < t->decisions && t->documents == t->receipts;
  for (int i = 0; i < ANS_MERITS_COUNT; i++) {
    printf("  %-14s %" PRIu64 "%s\n", MERITS[i], t->merits[i], t->merits[i] ? "" : "  NEVER HIT");
    ok = ok && t->merits[i] > 0;
  }
  for (int i = ANS_ACTION_UNCHANGED; i < ANS_ACTION_COUNT; i++) { /* none needs a claim that nobody raised */
    printf("  action %-12s %" PRIu64 "%s\n", ans_action_name((ans_action)i, true), t->actions[i], t->actions[i] ? "" : "  NEVER HIT");
    ok = ok && t->actions[i] > 0;
  }
  return ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1);
  uint32_t count = (uint32_t)number_option(argc, argv, "--count", 60), rows = (uint32_t)number_option(argc, argv, "--rows", 60);
  char folder[200];
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/anspruch-decides-XXXXXX", base ? base : P_tmpdir);
  if (!mkdtemp(folder)) {
    perror(folder);
    return 1;
  }
  tally t = {0};
  for (uint32_t i = 0; i < count; i++) t.failures += !one_model(&t, folder, seed, i, rows);
  rmdir(folder);
  bool ok = covered(&t) && t.failures == 0;
  printf("%s: %u of %u models differ or failed (seed %" PRIu64 ")\n", ok ? "ok" : "FAILED", t.failures, t.models, seed);
  return ok ? 0 : 1;
}
