/* Commands on one case, given as JSON or read from the store: decide, explain. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "decide/decide.h"
#include "num/calendar.h"
#include "num/money.h"
#include "num/period.h"
#include "batch/batch.h"
#include "store_case.h"

enum { CASE_MAX_BYTES = 16 << 20 };

typedef struct open_case {
  cli_package package;
  ans_columns *columns;          /* of the file, or stored.columns */
  uint32_t benefit;
  cli_span span;
  int32_t law_known, facts_known;
  unsigned search;               /* evaluations for the missing list of a claim */
  const char *row;
  bool from_store;
  int64_t claim;                 /* subject in the store */
  cli_store_case stored;
  ans_wording *wording;          /* explain only */
} open_case;

static void close_case(open_case *c) {
  if (!c->from_store) ans_columns_free(c->columns);
  cli_store_case_close(&c->stored);
  ans_wording_free(c->wording);
  cli_package_free(&c->package);
}

static ans_status check_row(const open_case *c, const char *row, ans_error *err) {
  const ans_unit_columns *u = &c->columns->units[c->package.program->benefits[c->benefit].unit];
  char list[160] = "";
  for (uint32_t i = 0; i < u->rows; i++) {
    if (!strcmp(u->ids[i], row)) return ANS_OK;
    if (strlen(list) + strlen(u->ids[i]) < 140) strcat(strcat(list, *list ? ", " : ""), u->ids[i]);
  }
  return ans_error_set(err, ANS_USAGE, "E-CLI-ROW", NULL, row, list, NULL);
}

/* Where the case comes from, and that nothing else is said about it. `missing`: the code when there is none. */
static ans_status check_origin(const cli_args *a, const char *missing, ans_error *err) {
  const char *misplaced = a->positional_count > 1 ? a->positional[1] : a->value[OPT_AWARD] ? "--award" : a->value[OPT_APPLICATION] ? "--application" : NULL;
  if (a->value[OPT_STORE] && misplaced) return ans_error_set(err, ANS_USAGE, "E-CLI-CASE-STORE", NULL, misplaced, NULL);
  if (a->positional_count < (a->value[OPT_STORE] ? 1 : 2)) return ans_error_set(err, ANS_USAGE, missing, NULL, NULL);
  if (!a->value[OPT_STORE] && a->value[OPT_FACTS_KNOWN]) return ans_error_set(err, ANS_USAGE, "E-CLI-FACTS-KNOWN-CASE", NULL, NULL);
  return ANS_OK;
}

static ans_status read_file(const cli_args *a, open_case *c, ans_error *err) {
  char *text = NULL;
  size_t size = 0;
  ans_status st = cli_read_file(a->positional[1], CASE_MAX_BYTES, &text, &size, err);
  if (st == ANS_OK) st = ans_case_parse(c->package.program, text, size, a->positional[1], &c->columns, err);
  free(text);
  if (st == ANS_OK && c->row) st = check_row(c, c->row, err);
  for (unsigned i = 0; st == ANS_OK && i < a->repeat_count[OPT_APPLICATION]; i++) st = check_row(c, a->repeated[OPT_APPLICATION][i], err);
  return st;
}

static ans_status read_store(const cli_args *a, open_case *c, ans_error *err) {
  const uint32_t unit = c->package.program->benefits[c->benefit].unit;
  const char *row, *name = c->package.program->units[unit].name;
  c->stored.program = c->package.program;
  ans_status st = cli_need(a, OPT_ROW, &row, err);
  if (st == ANS_OK) st = ans_store_open(a->value[OPT_STORE], ANS_STORE_READ, &c->stored.store, err);
  if (st == ANS_OK) st = ans_store_subject(c->stored.store, name, row, false, &c->claim, err);
  if (st == ANS_OK && !c->claim) st = ans_error_set(err, ANS_USAGE, "E-CLI-STORE-ROW", NULL, row, name, NULL);
  if (st == ANS_OK) st = cli_store_case_load(&c->stored, unit, c->claim, c->facts_known == ANS_DAY_MAX ? INT64_MAX : ans_batch_known_at(c->facts_known), err);
  c->columns = c->stored.columns;
  return st;
}

static ans_status open_any_case(const cli_args *a, open_case *c, const char *missing, ans_error *err) {
  *c = (open_case){.row = a->value[OPT_ROW], .from_store = a->value[OPT_STORE] != NULL};
  ans_status st = check_origin(a, missing, err);
  if (st == ANS_OK) st = cli_periods(a, true, &c->span, err);
  if (st == ANS_OK) st = cli_law_known(a, &c->law_known, err);
  if (st == ANS_OK) st = cli_facts_known(a, &c->facts_known, err);
  if (st == ANS_OK) st = cli_unsigned(a, OPT_SEARCH, ANS_ENUMERATE_MAX, ANS_ENUMERATE_MAX, &c->search, err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[0], &c->package, err);
  if (st == ANS_OK) st = cli_period_fits(c->package.program, &c->span, err);
  if (st == ANS_OK) st = cli_benefit(a, c->package.program, &c->benefit, err);
  if (st == ANS_OK) st = c->from_store ? read_store(a, c, err) : read_file(a, c, err);
  return st;
}

/* What the ledger says now: it is what a recomputation is compared with. */
static ans_status stored_context(const open_case *c, int32_t period, ans_claim_context *x, ans_error *err) {
  const char *benefit = c->package.program->benefits[c->benefit].name;
  unsigned why = 0;
  *x = (ans_claim_context){0};
  ans_status st = ans_store_award_at(c->stored.store, benefit, c->claim, period, &x->has_award, &x->award_cents, err);
  if (st == ANS_OK) st = ans_store_claim_why(c->stored.store, benefit, c->package.program->period_kind, c->span.first, c->span.last, c->claim, &why, err);
  x->has_application = why & 2u; /* open, as a run over these periods sees it */
  return st;
}

/* What the caller says about the ledger and the application of a row. */
static ans_status context_of(const cli_args *a, const open_case *c, const char *id, ans_claim_context *x, ans_error *err) {
  *x = (ans_claim_context){0};
  for (unsigned i = 0; i < a->repeat_count[OPT_APPLICATION]; i++)
    if (!strcmp(a->repeated[OPT_APPLICATION][i], id)) x->has_application = true;
  for (unsigned i = 0; i < a->repeat_count[OPT_AWARD]; i++) {
    const char *v = a->repeated[OPT_AWARD][i], *eq = strrchr(v, '=');
    char row[256];
    int64_t cents;
    if (!eq || (size_t)(eq - v) >= sizeof row || !ans_decimal_parse(eq + 1, 2, &cents) || cents < 0) return ans_error_set(err, ANS_USAGE, "E-CLI-AWARD", NULL, v, NULL);
    memcpy(row, v, (size_t)(eq - v));
    row[eq - v] = 0;
    ans_status st = check_row(c, row, err);
    if (st != ANS_OK) return st;
    if (!strcmp(row, id)) *x = (ans_claim_context){.has_award = true, .award_cents = cents, .has_application = x->has_application};
  }
  return ANS_OK;
}

typedef ans_status claim_fn(const cli_args *a, const open_case *c, uint32_t component, uint32_t row, int32_t period, const ans_outcome *o, const ans_trace *t, void *ctx, ans_error *err);

static ans_status for_each_claim(const cli_args *a, open_case *c, claim_fn *fn, void *ctx, ans_error *err) {
  uint32_t unit = c->package.program->benefits[c->benefit].unit;
  const ans_unit_columns *u = &c->columns->units[unit];
  ans_status st = ANS_OK;
  for (int32_t period = c->span.first; period <= c->span.last && st == ANS_OK; period++) {
    for (uint32_t row = 0; row < u->rows && st == ANS_OK; row++) {
      ans_claim_context x;
      ans_outcome o;
      ans_trace *t = NULL;
      if (c->row && strcmp(c->row, u->ids[row])) continue;
      uint32_t component = ans_columns_component_of(c->columns, unit, row);
      st = c->from_store ? stored_context(c, period, &x, err) : context_of(a, c, u->ids[row], &x, err);
      if (st == ANS_OK) st = ans_decide_claim_known(c->columns, component, c->benefit, row, period, c->law_known, &x, c->search, &o, &t, err);
      if (st == ANS_OK && c->from_store) st = ans_batch_clarify(c->stored.loader, c->columns, &o, err);
      ans_outcome_limit(&o, c->law_known, c->facts_known);
      if (st == ANS_OK) st = fn(a, c, component, row, period, &o, t, ctx, err);
      ans_trace_free(t);
    }
  }
  return st;
}

static ans_status collect_json(const cli_args *a, const open_case *c, uint32_t component, uint32_t row, int32_t period, const ans_outcome *o, const ans_trace *t, void *ctx, ans_error *err) {
  (void)a, (void)component, (void)t, (void)err;
  ans_decisions_claim(ctx, c->columns, c->benefit, row, period, o);
  return ANS_OK;
}

static ans_status print_line(const cli_args *a, const open_case *c, uint32_t component, uint32_t row, int32_t period, const ans_outcome *o, const ans_trace *t, void *ctx, ans_error *err) {
  const ans_program *p = c->package.program;
  const ans_benefit *b = &p->benefits[c->benefit];
  char amount[64] = "", when[ANS_PERIOD_TEXT];
  (void)a, (void)component, (void)t, (void)ctx, (void)err;
  if (o->merits == ANS_MERITS_ENTITLED && b->amount_result != ANS_NONE) ans_value_text(p, c->columns, p->results[b->amount_result].type, o->amount, amount, sizeof amount);
  printf("%s  %-14s %-20s %-18s %s (%s)\n", ans_period_format_de(p->period_kind, period, when), c->columns->units[b->unit].ids[row], ans_merits_name(o->merits, false), amount,
         ans_procedure_name(o->procedure, false), ans_action_name(o->action, false));
  for (uint32_t i = 0; i < o->missing_count; i++) {
    const ans_fact *f = &p->facts[o->missing[i].fact];
    const char *note = i == o->ask_next ? "  (zuerst erfragen)" : !o->missing[i].blocking ? "  (hält den Fall nicht offen)" : o->missing[i].proven ? "" : "  (vielleicht erheblich)";
    printf("         fehlt: %s.%s%s\n", c->columns->units[f->unit].ids[o->missing[i].row], f->name, note);
  }
  return ANS_OK;
}

/* Indented: people read it too. */
static ans_status print_decisions(const cli_args *a, open_case *c, ans_error *err) {
  ans_buffer out;
  ans_json j = {&out, false};
  ans_buffer_init(&out, 0);
  ans_decisions_open(&j, c->package.program);
  ans_status st = for_each_claim(a, c, collect_json, &j, err);
  ans_decisions_close(&j);
  json_t *root = st == ANS_OK && !out.failed ? json_loadb(out.data, out.len, 0, NULL) : NULL;
  if (st == ANS_OK && !root) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "decide", NULL);
  if (st == ANS_OK) {
    json_dumpf(root, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
  }
  json_decref(root);
  ans_buffer_dispose(&out);
  return st;
}

int cli_decide(const cli_args *a) {
  ans_error err = {0};
  open_case c;
  ans_status st = open_any_case(a, &c, "E-CLI-DECIDE", &err);
  if (st == ANS_OK && a->value[OPT_JSON]) {
    st = print_decisions(a, &c, &err);
  } else if (st == ANS_OK) {
    st = for_each_claim(a, &c, print_line, NULL, &err);
  }
  close_case(&c);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

static ans_status print_explanation(const cli_args *a, const open_case *c, uint32_t component, uint32_t row, int32_t period, const ans_outcome *o, const ans_trace *t, void *ctx, ans_error *err) {
  char *json = NULL, *text = NULL;
  unsigned *count = ctx;
  ans_explain_options options = {.all = a->value[OPT_ALL] != NULL, .wording = c->wording};
  cli_store_case stored = c->stored;
  if (c->from_store) options.provenance = cli_store_case_provenance, options.ctx = &stored;
  ans_status st = ans_explain_json(c->columns, component, t, c->benefit, row, period, o, &options, &json, err);
  if (st == ANS_OK && !a->value[OPT_JSON]) st = ans_explain_text(json, a->color_out, cli_detail(a), &text, err);
  if (st == ANS_OK) printf("%s%s%s", (*count)++ && text ? "\n" : "", text ? text : json, text ? "" : "\n");
  free(json);
  free(text);
  return st;
}

ans_status cli_print_trace(const ans_wording *w, const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_error *err) {
  ans_buffer out;
  ans_buffer_init(&out, 0);
  ans_status st = ans_trace_json(w, c, t, benefit, row, &out, err);
  if (st == ANS_OK) puts(out.data);
  ans_buffer_dispose(&out);
  return st;
}

static ans_status print_trace(const cli_args *a, const open_case *c, uint32_t component, uint32_t row, int32_t period, const ans_outcome *o, const ans_trace *t, void *ctx, ans_error *err) {
  (void)a, (void)component, (void)period, (void)o, (void)ctx;
  return cli_print_trace(c->wording, c->columns, t, c->benefit, row, err);
}

int cli_explain(const cli_args *a) {
  ans_error err = {0};
  open_case c;
  unsigned count = 0;
  if (a->value[OPT_STORE] && a->positional_count == 0) return cli_explain_store(a);
  if (a->value[OPT_DECISION]) return cli_fail(a, ans_error_set(&err, ANS_USAGE, "E-CLI-EXPLAIN", NULL, NULL), &err);
  ans_status st = open_any_case(a, &c, "E-CLI-EXPLAIN", &err);
  if (st == ANS_OK && !(c.wording = ans_wording_new(c.package.program))) st = ans_error_set(&err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  if (st == ANS_OK) st = for_each_claim(a, &c, a->value[OPT_TRACE] ? print_trace : print_explanation, &count, &err);
  close_case(&c);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
