/* anspruch fetch: asks the registers, for all claims of the period or one; with --plan it shows what it would ask first and sends and writes nothing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "exchange/exchange.h"

typedef struct fetch_plan { const cli_args *a; json_t *rows; bool one; } fetch_plan;

static json_t *plan_row(fetch_plan *x, const char *register_name, const char *fields) {
  size_t i;
  json_t *row;
  json_array_foreach(x->rows, i, row) if (!strcmp(json_string_value(json_object_get(row, "register")), register_name) && !strcmp(json_string_value(json_object_get(row, "fields")), fields)) return row;
  row = json_pack("{s:s,s:s,s:i}", "register", register_name, "fields", fields, "persons", 0);
  json_array_append_new(x->rows, row);
  return row;
}

/* Of one claim the persons are shown; of all only how many. */
static void on_planned(void *ctx, const char *register_name, const char *idnr, const char *case_id, const char *fields) {
  fetch_plan *x = ctx;
  if (x->one) {
    json_array_append_new(x->rows, json_pack("{s:s,s:s,s:s,s:s}", "register", register_name, "fields", fields, "person", idnr, "case", case_id));
    return;
  }
  json_t *row = plan_row(x, register_name, fields);
  json_object_set_new(row, "persons", json_integer(json_integer_value(json_object_get(row, "persons")) + 1));
}

static void show_plan(const cli_args *a, const fetch_plan *x, const ans_fetch_report *r) {
  size_t i;
  json_t *row;
  if (a->value[OPT_JSON]) {
    json_t *o = json_pack("{s:s,s:I,s:I,s:O}", "format", "anspruch-plan/1", "persons", (json_int_t)r->persons, "asked_persons", (json_int_t)r->asked_persons, "requests", x->rows);
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(o);
    return;
  }
  json_array_foreach(x->rows, i, row) {
    const char *person = json_string_value(json_object_get(row, "person"));
    printf("%-16s %s%lld %s: %s\n", json_string_value(json_object_get(row, "register")), person ? person : "", (long long)json_integer_value(json_object_get(row, "persons")), cli_say(a, "Personen", "persons"),
           json_string_value(json_object_get(row, "fields")));
  }
  printf("%s\n", json_array_size(x->rows) ? cli_say(a, "Das ist der nächste Schritt; nach den Antworten wird neu geplant. Gesendet wurde nichts.", "This is the next step; after the answers the plan is made anew. Nothing was sent.")
                                          : cli_say(a, "Nichts ist zu fragen: kein Register kann am Ergebnis noch etwas ändern.", "Nothing is to be asked: no register can change the result any more."));
}

static void show_report(const cli_args *a, const ans_fetch_report *r, bool planned, bool ok) {
  if (a->value[OPT_JSON] && (r->requests || planned)) {
    json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "persons", (json_int_t)r->persons, "requests", (json_int_t)r->requests, "retries", (json_int_t)r->retries, "no_data", (json_int_t)r->no_data,
                          "invalid", (json_int_t)r->invalid, "failed", (json_int_t)r->failed, "evidence", (json_int_t)r->evidence, "assertions", (json_int_t)r->assertions, "events", (json_int_t)r->events,
                          "candidates", (json_int_t)r->candidates, "asked_persons", (json_int_t)r->asked_persons, "fields", (json_int_t)r->fields);
    if (planned)
      json_object_update_new(o, json_pack("{s:I,s:I,s:I,s:I}", "spared_requests", (json_int_t)r->spared_requests, "spared_fields", (json_int_t)r->spared_fields, "spared_persons", (json_int_t)r->spared_persons, "rounds", (json_int_t)r->rounds));
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(o);
    return;
  }
  if (!r->requests && !ok) return;
  printf("%lld %s, %lld %s (%lld %s), %lld %s, %lld %s, %lld %s, %lld %s\n", (long long)r->persons, cli_say(a, "Personen", "persons"), (long long)r->requests, cli_say(a, "Abrufe", "requests"), (long long)r->retries,
         cli_say(a, "wiederholt", "retried"), (long long)r->no_data, cli_say(a, "ohne freigegebene Daten", "without released data"), (long long)r->invalid, cli_say(a, "ungültige Antworten", "invalid answers"), (long long)r->failed,
         cli_say(a, "nicht erreicht", "not reached"), (long long)r->candidates, cli_say(a, "neue Kandidaten aus Lebensereignissen", "new candidates from life events"));
  if (planned)
    printf("%s: %lld %s, %lld %s, %lld %s\n", cli_say(a, "Nicht gefragt, weil ohne Einfluss", "Not asked because it cannot matter"), (long long)r->spared_requests, cli_say(a, "Abrufe", "requests"), (long long)r->spared_fields,
           cli_say(a, "Angaben", "fields"), (long long)r->spared_persons, cli_say(a, "Personen", "persons"));
}

/* --row: the claim of this key. */
static ans_status claim_of(const cli_args *a, ans_store *s, const ans_program *p, uint32_t benefit, int64_t *claim, ans_error *err) {
  const char *unit = p->units[p->benefits[benefit].unit].name;
  if (!a->value[OPT_ROW]) return ANS_OK;
  ans_status st = ans_store_subject(s, unit, a->value[OPT_ROW], false, claim, err);
  return st == ANS_OK && !*claim ? ans_error_set(err, ANS_INPUT, "E-CLI-STORE-ROW", NULL, a->value[OPT_ROW], unit, NULL) : st;
}

int cli_fetch(const cli_args *a) {
  ans_error err = {0};
  ans_store *s = NULL;
  cli_package p = {0};
  ans_xroad_config config = {0};
  ans_fetch_report r = {0};
  const char *path, *store;
  uint32_t benefit = 0;
  cli_span span = {0};
  bool show = a->value[OPT_PLAN] != NULL;
  fetch_plan plan = {.a = a, .rows = json_array(), .one = a->value[OPT_ROW] != NULL};
  ans_status st = cli_need(a, OPT_CONFIG, &path, &err);
  if (st == ANS_OK) st = cli_periods(a, true, &span, &err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, &err);
  if (st == ANS_OK && show && !config.planned) st = ans_error_set(&err, ANS_USAGE, "E-CLI-PLAN", NULL, NULL);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[0], &p, &err);
  if (st == ANS_OK) st = cli_period_fits(p.program, &span, &err);
  if (st == ANS_OK) st = cli_benefit(a, p.program, &benefit, &err);
  if (st == ANS_OK) st = cli_need(a, OPT_STORE, &store, &err);
  if (st == ANS_OK) st = ans_store_open(store, show ? ANS_STORE_READ : ANS_STORE_CREATE, &s, &err);
  if (st == ANS_OK && !show) st = cli_evidence_key(a, s, &err);
  if (st == ANS_OK && a->value[OPT_PREFLIGHT]) st = cli_preflight(a, &config, NULL, &err);
  if (st == ANS_OK) {
    ans_fetch_options o = {.lang = a->lang, .progress = a->color_err, .on_progress = show ? NULL : cli_progress, .ctx = show ? (void *)&plan : (void *)(uintptr_t)a, .benefit = p.program->benefits[benefit].name,
                           .period_kind = span.kind, .period = span.last, .first_period = span.first, .on_planned = show ? on_planned : NULL};
    st = claim_of(a, s, p.program, benefit, &o.claim, &err);
    if (st == ANS_OK) st = ans_exchange_fetch(s, p.program, &config, &o, &r, &err);
  }
  ans_store_close(s);
  cli_package_free(&p);
  if (show && st == ANS_OK) show_plan(a, &plan, &r);
  else if (!show) show_report(a, &r, config.planned, st == ANS_OK);
  json_decref(plan.rows);
  ans_exchange_config_dispose(&config);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
