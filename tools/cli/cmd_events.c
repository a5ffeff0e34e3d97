/* anspruch events: life events that registers send, and the claims they can touch. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "batch/batch.h"
#include "cli.h"
#include "exchange/exchange.h"

enum { EVENTS_MAX_FILE = 16 * 1024 * 1024 };

static void print_object(json_t *o) {
  json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
  putchar('\n');
  json_decref(o);
}

static void show_report(const cli_args *a, const ans_event_report *r) {
  if (a->value[OPT_JSON])
    print_object(json_pack("{s:I,s:I,s:I,s:I,s:I}", "events", (json_int_t)r->events, "recorded", (json_int_t)r->recorded, "repeated", (json_int_t)r->repeated, "unconcerned", (json_int_t)r->unconcerned, "cancelled", (json_int_t)r->cancelled));
  else
    printf("%lld %s: %lld %s, %lld %s, %lld %s, %lld %s\n", (long long)r->events, cli_say(a, "Ereignisse", "events"), (long long)r->recorded, cli_say(a, "Personen vermerkt", "persons recorded"), (long long)r->repeated,
           cli_say(a, "schon bekannt", "known already"), (long long)r->unconcerned, cli_say(a, "ohne Bezug (nicht gespeichert)", "of no concern (not stored)"), (long long)r->cancelled, cli_say(a, "storniert", "cancelled"));
}

static ans_status poll(const cli_args *a, ans_error *err) {
  const char *path = NULL, *store = NULL;
  ans_store *s = NULL;
  cli_package p = {0};
  ans_xroad_config config = {0};
  ans_event_report r = {0};
  ans_status st = cli_need(a, OPT_STORE, &store, err);
  if (st == ANS_OK) st = cli_need(a, OPT_CONFIG, &path, err);
  if (st == ANS_OK && a->positional_count > 1) st = cli_package_open(a, a->positional[1], &p, err);
  if (st == ANS_OK) st = ans_exchange_config_load(path, &config, err);
  if (st == ANS_OK) st = ans_store_open(store, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = ans_exchange_events_poll(s, p.program, &config, &r, err);
  if (st == ANS_OK || (st == ANS_EXCHANGE && s)) show_report(a, &r); /* also what the other feeds brought */
  ans_store_close(s);
  ans_exchange_config_dispose(&config);
  cli_package_free(&p);
  return st;
}

static ans_status ingest(const cli_args *a, ans_error *err) {
  char *bytes = NULL;
  size_t size = 0;
  const char *path = NULL;
  ans_store *s = NULL;
  ans_event_report r = {0};
  const char *config_path = a->value[OPT_CONFIG], *package = a->positional_count > 2 ? a->positional[2] : NULL;
  cli_package p = {0};
  ans_xroad_config config = {0};
  ans_status st = cli_need(a, OPT_STORE, &path, err);
  /* What rows a birth makes depends on both: the configuration says it, the package has the units. */
  if (st == ANS_OK && package) st = cli_need(a, OPT_CONFIG, &config_path, err);
  if (st == ANS_OK && config_path && !package) st = ans_error_set(err, ANS_USAGE, "E-CLI-EVENTS-PACKAGE", NULL, NULL);
  if (st == ANS_OK) st = cli_read_file(a->positional[1], EVENTS_MAX_FILE, &bytes, &size, err);
  if (st == ANS_OK && config_path) st = cli_package_open(a, package, &p, err);
  if (st == ANS_OK && config_path) st = ans_exchange_config_load(config_path, &config, err);
  if (st == ANS_OK) st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = ans_exchange_event_ingest(s, p.program, config_path ? &config : NULL, bytes, size, &r, err);
  ans_store_close(s);
  ans_exchange_config_dispose(&config);
  cli_package_free(&p);
  free(bytes);
  if (st == ANS_OK) show_report(a, &r);
  return st;
}

typedef struct events_list { const cli_args *a; json_t *rows; } events_list;

static void show_claim(void *ctx, const ans_life_event *e, const char *key, const ans_outcome *o) {
  events_list *l = ctx;
  const char *kind = e->cancelled ? "cancellation" : e->kind;
  if (l->rows)
    json_array_append_new(l->rows, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "feed", e->feed, "event_id", e->event_id, "event", kind, o ? "row" : "person", key, "merits", o ? ans_merits_name(o->merits, true) : "undetermined", "procedure",
                                             o ? ans_procedure_name(o->procedure, true) : "refer", "action", o ? ans_action_name(o->action, true) : "open"));
  else
    printf("%-14s %-20s %-26s %-22s %s\n", kind, e->event_id, key, o ? ans_merits_name(o->merits, false) : cli_say(l->a, "Fall nicht lesbar", "case cannot be read"),
           ans_procedure_name(o ? o->procedure : ANS_PROCEDURE_REFER, l->a->lang == ANS_LANG_EN));
}

static ans_status process(const cli_args *a, ans_error *err) {
  const char *path = NULL;
  cli_package p = {0};
  cli_span span = {0};
  uint32_t benefit = 0;
  ans_store *s = NULL;
  ans_events_report r = {0};
  events_list list = {.a = a, .rows = a->value[OPT_JSON] ? json_array() : NULL};
  ans_status st = cli_need(a, OPT_STORE, &path, err);
  if (st == ANS_OK) st = cli_periods(a, false, &span, err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[1], &p, err);
  if (st == ANS_OK) st = cli_period_fits(p.program, &span, err);
  if (st == ANS_OK) st = cli_benefit(a, p.program, &benefit, err);
  if (st == ANS_OK) st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) {
    const ans_events_options o = {.benefit = p.program->benefits[benefit].name, .period = span.first};
    st = ans_events_process(s, p.program, &o, show_claim, &list, &r, err);
  }
  ans_store_close(s);
  cli_package_free(&p);
  if (st == ANS_OK && list.rows)
    print_object(json_pack("{s:s,s:I,s:I,s:I,s:I,s:O}", "format", "anspruch-touched/1", "events", (json_int_t)r.events, "considered", (json_int_t)r.considered, "claims", (json_int_t)r.claims, "refused", (json_int_t)r.refused, "rows",
                           list.rows));
  else if (st == ANS_OK)
    printf("%lld %s, %lld %s %lld %s, %lld %s\n", (long long)r.events, cli_say(a, "Personen aus Ereignissen", "persons of events"), (long long)r.claims, cli_say(a, "von", "of"), (long long)r.considered,
           cli_say(a, "Ansprüchen der Fälle berührt", "claims of their cases touched"), (long long)r.refused, cli_say(a, "Fälle nicht lesbar", "cases cannot be read"));
  json_decref(list.rows);
  return st;
}

int cli_events(const cli_args *a) {
  static const struct { const char *name; int least, most; ans_status (*run)(const cli_args *, ans_error *); } parts[] = {{"ingest", 2, 3, ingest}, {"poll", 1, 2, poll}, {"process", 2, 2, process}};
  ans_error err = {0};
  size_t i = 0, n = sizeof parts / sizeof *parts;
  while (i < n && (strcmp(parts[i].name, a->positional[0]) != 0 || a->positional_count < parts[i].least || a->positional_count > parts[i].most)) i++;
  ans_status st = i < n ? parts[i].run(a, &err) : ans_error_set(&err, ANS_USAGE, "E-CLI-EVENTS", NULL, a->positional[0], NULL);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
