/* Commands on the authority's store: import, fetch, batch, worklist, replay, audit, and explain from a stored decision. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/hash.h"
#include "batch/batch.h"
#include "cli.h"
#include "exchange/exchange.h"
#include "num/period.h"
#include "num/money.h"
#include "store_case.h"

static ans_status open_store(const cli_args *a, ans_store_mode mode, ans_store **s, ans_error *err) {
  const char *path;
  ans_status st = cli_need(a, OPT_STORE, &path, err);
  return st == ANS_OK ? ans_store_open(path, mode, s, err) : st;
}

static void print_json(json_t *o) {
  json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
  putchar('\n');
  json_decref(o);
}

static void bad_line(void *ctx, int64_t line, const ans_error *why) {
  const cli_args *a = ctx;
  char buf[1024];
  fprintf(stderr, "%s %lld: %s\n", cli_say(a, "Zeile", "line"), (long long)line, ans_error_render(why, a->lang, buf, sizeof buf));
}

int cli_import(const cli_args *a) {
  ans_error err = {0};
  ans_store *s = NULL;
  ans_import_counts n = {0};
  cli_package p = {0};
  ans_status st = a->positional_count > 1 ? cli_package_open(a, a->positional[1], &p, &err) : ANS_OK;
  if (st == ANS_OK) st = open_store(a, ANS_STORE_CREATE, &s, &err);
  if (st == ANS_OK) st = ans_casefile_import_checked(s, p.program, a->positional[0], bad_line, (void *)(uintptr_t)a, &n, &err);
  ans_store_close(s);
  cli_package_free(&p);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  if (a->value[OPT_JSON])
    print_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "lines", (json_int_t)n.lines, "awards", (json_int_t)n.awards, "applications", (json_int_t)n.applications, "findings", (json_int_t)n.findings,
                         "payments", (json_int_t)n.payments, "bad", (json_int_t)n.bad));
  else
    printf("%lld %s: %lld %s, %lld %s, %lld %s, %lld %s\n", (long long)n.lines, cli_say(a, "Zeilen", "lines"), (long long)n.awards, cli_say(a, "Bewilligungen", "awards"), (long long)n.applications,
           cli_say(a, "Anträge", "applications"), (long long)n.findings, cli_say(a, "Feststellungen und Angaben", "findings and statements"), (long long)n.bad, cli_say(a, "fehlerhaft (übersprungen)", "bad (skipped)"));
  return n.bad ? ANS_NEGATIVE : ANS_OK;
}

int cli_fetch(const cli_args *a) {
  ans_error err = {0};
  ans_store *s = NULL;
  cli_package p = {0};
  ans_xroad_config config = {0};
  ans_fetch_report r = {0};
  const char *path;
  uint32_t benefit = 0;
  cli_span span = {0};
  ans_status st = cli_need(a, OPT_CONFIG, &path, &err);
  if (st == ANS_OK) st = cli_periods(a, false, &span, &err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, &err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK) st = cli_period_fits(p.program, &span, &err);
  if (st == ANS_OK) st = cli_benefit(a, p.program, &benefit, &err);
  if (st == ANS_OK) st = open_store(a, ANS_STORE_CREATE, &s, &err);
  if (st == ANS_OK && a->value[OPT_PREFLIGHT]) st = cli_preflight(a, &config, NULL, &err);
  if (st == ANS_OK) {
    ans_fetch_options o = {.lang = a->lang, .progress = a->color_err, .on_progress = cli_progress, .ctx = (void *)(uintptr_t)a, .benefit = p.program->benefits[benefit].name,
                           .period_kind = span.kind, .period = span.first};
    st = ans_exchange_fetch(s, p.program, &config, &o, &r, &err);
  }
  ans_store_close(s);
  cli_package_free(&p);
  ans_exchange_config_dispose(&config);
  if (a->value[OPT_JSON] && r.requests)
    print_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "persons", (json_int_t)r.persons, "requests", (json_int_t)r.requests, "retries", (json_int_t)r.retries, "no_data", (json_int_t)r.no_data,
                         "invalid", (json_int_t)r.invalid, "failed", (json_int_t)r.failed, "evidence", (json_int_t)r.evidence, "assertions", (json_int_t)r.assertions, "events", (json_int_t)r.events,
                         "candidates", (json_int_t)r.candidates));
  else if (r.requests || st == ANS_OK)
    printf("%lld %s, %lld %s (%lld %s), %lld %s, %lld %s, %lld %s, %lld %s\n", (long long)r.persons, cli_say(a, "Personen", "persons"), (long long)r.requests, cli_say(a, "Abrufe", "requests"),
           (long long)r.retries, cli_say(a, "wiederholt", "retried"), (long long)r.no_data, cli_say(a, "ohne freigegebene Daten", "without released data"), (long long)r.invalid,
           cli_say(a, "ungültige Antworten", "invalid answers"), (long long)r.failed, cli_say(a, "nicht erreicht", "not reached"), (long long)r.candidates, cli_say(a, "neue Kandidaten aus Lebensereignissen", "new candidates from life events"));
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

static ans_status permille(const cli_args *a, cli_option_id option, unsigned fallback, unsigned *out, ans_error *err) {
  const char *v = a->value[option];
  if (v && !strcmp(v, "off")) {
    *out = ANS_BRAKE_OFF;
    return ANS_OK;
  }
  return cli_unsigned(a, option, fallback, 1000, out, err);
}

static json_t *batch_json(const ans_batch_report *r) {
  char head[65];
  json_t *table = json_object(), *actions = json_object();
  ans_hex(r->head, 32, head);
  for (int m = 0; m < ANS_MERITS_COUNT; m++) {
    json_t *line = json_object();
    for (int p = 0; p < ANS_PROCEDURE_COUNT; p++) json_object_set_new(line, ans_procedure_name((ans_procedure)p, true), json_integer(r->table[m][p]));
    json_object_set_new(table, ans_merits_name((ans_merits)m, true), line);
  }
  for (int i = 0; i < ANS_ACTION_COUNT; i++) json_object_set_new(actions, ans_action_name((ans_action)i, true), json_integer(r->actions[i]));
  return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:b,s:b,s:s,s:s,s:I,s:I,s:I}", "format", "anspruch-run/1", "run", (json_int_t)r->run, "claims", (json_int_t)r->claims, "decisions", (json_int_t)r->decisions,
                   "quarantined", (json_int_t)r->quarantined, "receipts", (json_int_t)r->leaves, "table", table, "actions", actions, "resumed", r->resumed, "braked", r->brake != ANS_BRAKE_NONE, "brake", r->brake == ANS_BRAKE_CHANGE ? "change" : r->brake == ANS_BRAKE_REFER ? "refer" : "none",
                   "head", head, "read_ns", (json_int_t)r->read_ns, "evaluate_ns", (json_int_t)r->evaluate_ns, "write_ns", (json_int_t)r->write_ns);
}

static void batch_text(const cli_args *a, const ans_batch_report *r) {
  static const char *const en[] = {"issue", "offer", "propose", "ask", "refer", "none"};
  static const char *const de[] = {"erlassen", "anbieten", "Entwurf", "erfragen", "abgeben", "nichts"};
  char head[65];
  ans_hex(r->head, 32, head);
  printf("%s %lld%s: %lld %s, %lld %s, %lld %s\n\n%-22s", cli_say(a, "Lauf", "run"), (long long)r->run, r->resumed ? cli_say(a, " (fortgesetzt)", " (resumed)") : "", (long long)r->decisions,
         cli_say(a, "Entscheidungen", "decisions"), (long long)r->leaves, cli_say(a, "Belege", "receipts"), (long long)r->quarantined, cli_say(a, "zurückgestellt", "quarantined"), "");
  for (int p = 0; p < ANS_PROCEDURE_COUNT; p++) printf("%10s", cli_say(a, de[p], en[p]));
  for (int m = 0; m < ANS_MERITS_COUNT; m++) {
    printf("\n%-22s", cli_say(a, ans_merits_name((ans_merits)m, false), ans_merits_name((ans_merits)m, true)));
    for (int p = 0; p < ANS_PROCEDURE_COUNT; p++) printf("%10lld", (long long)r->table[m][p]);
  }
  printf("\n\n");
  for (int i = 1; i < ANS_ACTION_COUNT; i++) printf("%s%s %lld", i > 1 ? ", " : "", ans_action_name((ans_action)i, a->lang == ANS_LANG_EN), (long long)r->actions[i]);
  int64_t open = 0;
  for (int p = 0; p < ANS_PROCEDURE_COUNT; p++) open += r->table[ANS_MERITS_UNDETERMINED][p];
  if (r->decisions) printf("\n%s: %lld %%", cli_say(a, "Entschieden dem Grunde nach", "Determined on the merits"), (long long)((r->decisions - open) * 100 / r->decisions));
  printf("\n%s %s\n", cli_say(a, "Kopf der Belegkette", "head of the receipt chain"), head);
}

int cli_batch(const cli_args *a) {
  ans_error err = {0};
  cli_package p = {0};
  ans_chunk_key key;
  ans_batch_options o = {.store_unchanged = true, .progress = cli_progress, .ctx = (void *)(uintptr_t)a};
  ans_batch_report r = {0};
  const char *path = NULL;
  uint32_t benefit = 0;
  cli_span span = {0}, current = {0};
  ans_status st = cli_need(a, OPT_STORE, &path, &err);
  if (st == ANS_OK) st = cli_periods(a, true, &span, &err);
  current = span;
  if (st == ANS_OK && a->value[OPT_CURRENT]) st = cli_current(a, &current, &err);
  o.first_period = span.first;
  o.last_period = span.last;
  o.current_period = current.last;
  if (st == ANS_OK) st = cli_unsigned(a, OPT_JOBS, 1, 64, &o.jobs, &err);
  if (st == ANS_OK) st = cli_law_known(a, &o.law_known, &err);
  if (st == ANS_OK && o.law_known <= 0) st = ans_error_set(&err, ANS_USAGE, "E-CLI-KNOWN-DAY", NULL, a->value[OPT_LAW_KNOWN], NULL);
  if (st == ANS_OK) st = cli_facts_known(a, &o.facts_known, &err);
  if (st == ANS_OK) st = permille(a, OPT_BRAKE_CHANGE, 250, &o.brake_change_permille, &err);
  if (st == ANS_OK) st = permille(a, OPT_BRAKE_REFER, 500, &o.brake_refer_permille, &err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK) st = cli_period_fits(p.program, &span, &err);
  if (st == ANS_OK) st = cli_benefit(a, p.program, &benefit, &err);
  if (st == ANS_OK) st = cli_period_fits(p.program, &current, &err);
  if (st == ANS_OK) st = cli_chunk_key(a, &key, &o.chunk_key, &err);
  o.rows_only = a->value[OPT_ROWS_ONLY] != NULL;
  o.decision_chunks = a->value[OPT_DECISION_CHUNKS] != NULL;
  if (st == ANS_OK) {
    o.benefit = p.program->benefits[benefit].name;
    st = ans_batch_run(path, p.program, &o, &r, &err);
    if (st == ANS_OK && a->value[OPT_COMPACT]) st = cli_compact_after(path, p.program, o.chunk_key, &err);
  }
  if (r.run && a->value[OPT_JSON]) print_json(batch_json(&r));
  else if (r.run) batch_text(a, &r);
  cli_package_free(&p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

typedef struct worklist { const cli_args *a; ans_store *s; unsigned limit, shown; uint32_t period_kind; const char *benefit; json_t *rows; ans_status status; ans_error *err; } worklist;

static bool wanted(const cli_args *a, const ans_decision *d) {
  const char *procedure = a->value[OPT_PROCEDURE], *action = a->value[OPT_ACTION];
  return (!procedure || !strcmp(procedure, ans_procedure_name((ans_procedure)d->procedure, true))) && (!action || !strcmp(action, ans_action_name((ans_action)d->action, true)));
}

static bool list_decision(void *ctx, const ans_decision *d) {
  worklist *w = ctx;
  char unit[64], key[256], was[32], is[32], when[ANS_PERIOD_TEXT];
  if (!wanted(w->a, d)) return true;
  w->status = ans_store_subject_name(w->s, d->claim, unit, sizeof unit, key, sizeof key, w->err);
  if (w->status != ANS_OK) return false;
  ans_decimal_format(d->previous_cents, 2, was, sizeof was);
  ans_decimal_format(d->amount_cents, 2, is, sizeof is);
  if (w->rows) {
    ans_period_format(w->period_kind, d->period, when);
    json_array_append_new(w->rows, json_pack("{s:I,s:s,s:s,s:s*,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:b}", "decision", (json_int_t)d->id, "unit", unit, "row", key, "month",
                                             w->period_kind == ANS_PERIOD_MONTH ? when : NULL, "period", when, "merits",
                                             ans_merits_name((ans_merits)d->merits, true), "procedure", ans_procedure_name((ans_procedure)d->procedure, true), "action",
                                             ans_action_name((ans_action)d->action, true), "benefit", w->benefit, "previous_cents", (json_int_t)d->previous_cents, "amount_cents", (json_int_t)d->amount_cents, "receipt", d->has_leaf));
  } else {
    printf("%8lld  %s  %-26s %-20s %10s → %8s  %s (%s)\n", (long long)d->id, ans_period_format_de(w->period_kind, d->period, when), key, ans_merits_name((ans_merits)d->merits, false), was, is,
           ans_procedure_name((ans_procedure)d->procedure, false), ans_action_name((ans_action)d->action, false));
  }
  return ++w->shown < w->limit;
}

static bool known_name(const char *name, bool procedure) {
  bool ok = false;
  for (int i = 0; !procedure && i < ANS_ACTION_COUNT; i++) ok |= !strcmp(name, ans_action_name((ans_action)i, true));
  for (int i = 0; procedure && i < ANS_PROCEDURE_COUNT; i++) ok |= !strcmp(name, ans_procedure_name((ans_procedure)i, true));
  return ok;
}

static ans_status last_run(ans_store *s, int64_t *id, ans_error *err) {
  for (*id = 0;; (*id)++) {
    ans_run run;
    bool found;
    ans_status st = ans_store_run(s, *id + 1, &run, &found, err);
    if (st != ANS_OK) return st;
    if (!found) return *id ? ANS_OK : ans_error_set(err, ANS_INPUT, "E-CLI-NO-RUN", NULL, NULL);
  }
}

int cli_worklist(const cli_args *a) {
  ans_error err = {0};
  worklist w = {.a = a, .err = &err};
  unsigned run = 0;
  int64_t id = 0;
  ans_status st = open_store(a, ANS_STORE_READ, &w.s, &err);
  if (st == ANS_OK) st = cli_unsigned(a, OPT_RUN, 0, 1000000000u, &run, &err);
  if (st == ANS_OK) st = cli_unsigned(a, OPT_LIMIT, 20, 1000000000u, &w.limit, &err);
  if (st == ANS_OK && a->value[OPT_PROCEDURE] && !known_name(a->value[OPT_PROCEDURE], true)) st = ans_error_set(&err, ANS_USAGE, "E-CLI-NAME", NULL, a->value[OPT_PROCEDURE], "procedure", NULL);
  if (st == ANS_OK && a->value[OPT_ACTION] && !known_name(a->value[OPT_ACTION], false)) st = ans_error_set(&err, ANS_USAGE, "E-CLI-NAME", NULL, a->value[OPT_ACTION], "action", NULL);
  if (st == ANS_OK && run) id = run;
  else if (st == ANS_OK) st = last_run(w.s, &id, &err);
  if (a->value[OPT_JSON]) w.rows = json_array();
  ans_run of = {0};
  bool found = false;
  if (st == ANS_OK) st = ans_store_run(w.s, id, &of, &found, &err);
  w.period_kind = of.period_kind;
  w.benefit = found ? of.benefit : "";
  if (st == ANS_OK && w.limit) st = ans_store_decisions(w.s, id, list_decision, &w, &err);
  if (st == ANS_OK) st = w.status;
  if (w.rows && st == ANS_OK) print_json(w.rows);
  else json_decref(w.rows);
  ans_store_close(w.s);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

static ans_status decision_number(const cli_args *a, const char *text, int64_t *id, ans_error *err) {
  char *end;
  (void)a;
  errno = 0;
  *id = strtoll(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno ? ANS_OK : ans_error_set(err, ANS_USAGE, "E-CLI-NUMBER", NULL, text, "9223372036854775807", NULL);
}

static ans_status print_explained(const cli_args *a, const char *json, ans_error *err) {
  char *text = NULL;
  if (a->value[OPT_JSON]) {
    puts(json);
    return ANS_OK;
  }
  ans_status st = ans_explain_text(json, a->color_out, cli_detail(a), &text, err);
  if (st == ANS_OK) fputs(text, stdout);
  free(text);
  return st;
}

int cli_replay(const cli_args *a) {
  ans_error err = {0};
  ans_store *s = NULL;
  ans_replay_report r = {0};
  char *json = NULL;
  int64_t id;
  ans_status st = cli_no_known(a, &err);
  if (st == ANS_OK) st = decision_number(a, a->positional[0], &id, &err);
  if (st == ANS_OK) st = open_store(a, ANS_STORE_READ, &s, &err);
  if (st == ANS_OK) st = ans_batch_replay(s, id, &r, &json, &err);
  ans_store_close(s);
  if (st == ANS_OK && a->value[OPT_JSON]) puts(json);
  else if (st == ANS_OK)
    printf("%s %lld: %s\n", cli_say(a, "Entscheidung", "decision"), (long long)id,
           cli_say(a, "Tatsachen, Ergebnis und Rechenweg stimmen mit dem Beleg überein.", "facts, outcome and trace match the receipt."));
  free(json);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

int cli_audit(const cli_args *a) {
  ans_error err = {0};
  ans_store *s = NULL;
  ans_audit_report r = {0};
  ans_status st = strcmp(a->positional[0], "verify") ? ans_error_set(&err, ANS_USAGE, "E-CLI-AUDIT", NULL, a->positional[0], NULL) : ANS_OK;
  if (st == ANS_OK) st = open_store(a, ANS_STORE_READ, &s, &err);
  if (st == ANS_OK) st = ans_batch_audit(s, !a->value[OPT_QUICK], &r, &err);
  ans_store_close(s);
  if (st == ANS_OK && a->value[OPT_JSON])
    print_json(json_pack("{s:I,s:I,s:I,s:I}", "runs", (json_int_t)r.runs, "decisions", (json_int_t)r.decisions, "receipts", (json_int_t)r.leaves, "log_entries", (json_int_t)r.log_entries));
  else if (st == ANS_OK)
    printf("%lld %s, %lld %s, %lld %s, %lld %s: %s\n", (long long)r.runs, cli_say(a, "Läufe", "runs"), (long long)r.decisions, cli_say(a, "Entscheidungen", "decisions"), (long long)r.leaves,
           cli_say(a, "Belege", "receipts"), (long long)r.log_entries, cli_say(a, "Einträge im Abrufprotokoll", "exchange log entries"), cli_say(a, "unverändert", "unchanged"));
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

/* --- explain from the store: facts as known at the run, with their sources --------------------------------------------------- */

typedef struct stored { cli_store_case at; ans_program *p; } stored;

static int64_t known_at(const ans_run *run) {
  int64_t end = ans_batch_known_at(run->facts_known);
  return end < run->started_at ? end : run->started_at;
}

static ans_status load_stored(stored *x, const ans_decision *d, const ans_run *run, uint32_t *benefit, ans_error *err) {
  void *bytes = NULL;
  size_t size = 0;
  char unit[64], key[256];
  ans_status st = ans_store_package(x->at.store, run->package_sha, &bytes, &size, err);
  if (st == ANS_OK) st = ans_program_decode(bytes, size, "store", &x->p, err);
  free(bytes);
  x->at.program = x->p;
  if (st == ANS_OK) st = ans_store_subject_name(x->at.store, d->claim, unit, sizeof unit, key, sizeof key, err);
  if (st == ANS_OK) st = ans_batch_benefit(x->p, run, unit, benefit, err);
  return st == ANS_OK ? cli_store_case_load(&x->at, x->p->benefits[*benefit].unit, d->claim, known_at(run), err) : st;
}

int cli_explain_store(const cli_args *a) {
  ans_error err = {0};
  stored x = {0};
  ans_decision d = {0};
  ans_run run = {0};
  bool found = false, run_found = false;
  const char *number;
  char *json = NULL;
  int64_t id = 0;
  uint32_t benefit = 0;
  ans_trace *t = NULL;
  ans_outcome o = {.ask_next = ANS_NONE};
  ans_status st = cli_no_known(a, &err);
  if (st == ANS_OK) st = cli_need(a, OPT_DECISION, &number, &err);
  if (st == ANS_OK) st = decision_number(a, number, &id, &err);
  if (st == ANS_OK) st = open_store(a, ANS_STORE_READ, &x.at.store, &err);
  if (st == ANS_OK) st = ans_store_decision(x.at.store, id, &d, &found, &err);
  if (st == ANS_OK && found) st = ans_store_run(x.at.store, d.run, &run, &run_found, &err);
  if (st == ANS_OK && (!found || !run_found)) st = ans_error_set(&err, ANS_INPUT, "E-REPLAY-UNKNOWN", NULL, number, NULL);
  if (st == ANS_OK) st = load_stored(&x, &d, &run, &benefit, &err);
  if (st == ANS_OK) {
    ans_claim_context context = {.has_award = d.previous_cents > 0, .award_cents = d.previous_cents};
    st = ans_decide_claim_known(x.at.columns, x.at.component, benefit, x.at.row, d.period, run.law_known, &context, 4096, &o, &t, &err);
    ans_outcome_limit(&o, run.law_known, run.facts_known);
    /* What the run knew is told by time alone, to the second: what came in within the same second could slip in. */
    const bool same = o.merits == (ans_merits)d.merits && o.amount.v == d.amount_cents && o.payout.v == d.payout_cents;
    if (st == ANS_OK && !same) st = ans_error_set(&err, ANS_NEGATIVE, "E-EXPLAIN-DIFFERS", NULL, number, NULL);
  }
  if (st == ANS_OK) { /* procedure and action are those of the run: they rest on the ledger of that time */
    ans_explain_options options = {.provenance = cli_store_case_provenance, .ctx = &x.at, .all = a->value[OPT_ALL] != NULL};
    o.procedure = (ans_procedure)d.procedure;
    o.action = (ans_action)d.action;
    o.reasons = ans_reasons_parse(d.reason_codes);
    st = ans_explain_json(x.at.columns, x.at.component, t, benefit, x.at.row, d.period, &o, &options, &json, &err);
  }
  if (st == ANS_OK) st = print_explained(a, json, &err);
  free(json);
  free((char *)(uintptr_t)d.reason_codes);
  ans_trace_free(t);
  cli_store_case_close(&x.at);
  ans_program_free(x.p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
