/* anspruch exchange: check is in cmd_preflight.c; the rest is the exchange log for the data protection officer and for the person concerned. Reading never changes anything; what deletes or holds says so. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "cli.h"
#include "exchange/exchange.h"
#include "serve/serve.h"

enum { LOG_DEFAULT_LIMIT = 20 };

typedef struct exchange_call { const cli_args *a; ans_store *s; const char *argument; ans_error *err; json_t *rows; int64_t limit, shown, skip; } exchange_call;

static const char *iso(int64_t at, char out[24]) {
  time_t t = (time_t)at;
  struct tm tm;
  out[0] = 0;
  if (at && gmtime_r(&t, &tm)) strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return out;
}

static void print_object(json_t *o) {
  json_dumpf(o, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
  putchar('\n');
  json_decref(o);
}

/* --- log ----------------------------------------------------------------------------------------------------------------------------- */
static bool count_entry(void *ctx, int64_t id, const ans_exchange_entry *e) {
  (void)id;
  (void)e;
  ++*(int64_t *)ctx;
  return true;
}

static bool show_entry(void *ctx, int64_t id, const ans_exchange_entry *e) {
  exchange_call *c = ctx;
  char at[24];
  if (c->skip > 0) {
    c->skip--;
    return true;
  }
  iso(e->at, at);
  if (c->rows)
    json_array_append_new(c->rows, json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s,s:s}", "entry", (json_int_t)id, "at", at, "register", e->register_name, "service", e->service, "person", e->subject_key,
                                             "legal_basis", e->legal_basis, "purpose", e->purpose, "case", e->case_id, "idnr_used", e->idnr_used, "request_id", e->request_id, "xroad_request_id", e->xroad_request_id,
                                             "outcome", e->outcome, "detail", e->error_detail, "fields", e->fields));
  else
    printf("%8lld  %s  %-16s %-11s  %-18s %s | %s | %s%s%s\n", (long long)id, at, e->register_name, e->subject_key, e->outcome, e->case_id, e->legal_basis, e->purpose, *e->error_detail ? " | " : "", e->error_detail);
  return true;
}

/* The newest entries, oldest of them first. */
static ans_status exchange_log(exchange_call *c) {
  int64_t entries = 0;
  unsigned limit = 0;
  const char *person = c->a->value[OPT_PERSON];
  ans_status st = cli_unsigned(c->a, OPT_LIMIT, LOG_DEFAULT_LIMIT, 1000000000u, &limit, c->err);
  if (st == ANS_OK) st = ans_store_exchange_entries(c->s, person, 0, count_entry, &entries, c->err);
  c->skip = entries > (int64_t)limit ? entries - (int64_t)limit : 0;
  if (c->a->value[OPT_JSON]) c->rows = json_array();
  if (st == ANS_OK) st = ans_store_exchange_entries(c->s, person, 0, show_entry, c, c->err);
  if (st == ANS_OK && c->rows) print_object(json_incref(c->rows));
  return st;
}

/* --- disclosure ---------------------------------------------------------------------------------------------------------------------- */
static void show_disclosed(exchange_call *c, const ans_disclosed *d) {
  char at[24], answered[24];
  iso(d->at, at);
  iso(d->answered_at, answered);
  if (c->rows)
    json_array_append_new(c->rows, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "direction", d->served ? "asked_by" : "asked", "at", at, "answered", answered, "register", d->register_name, "service", d->service, "legal_basis", d->legal_basis,
                                             "purpose", d->purpose, "case", d->case_id, "idnr_used", d->idnr_used, "request_id", d->request_id, "xroad_request_id", d->xroad_request_id, "outcome", d->outcome, "detail",
                                             d->detail, "fields", d->fields, "entry", (json_int_t)d->entry, "outcome_entry", (json_int_t)d->outcome_entry));
  else
    printf("%s  %s%s%s\n  %s: %s; %s: %s; %s: %s; %s: %s\n  %s: %s  (%s, %s %lld)\n  %s: %s\n", at, d->service, d->served ? cli_say(c->a, ", gefragt von ", ", asked by ") : "", d->served ? d->register_name : "", cli_say(c->a, "Zweck", "purpose"), d->purpose, cli_say(c->a, "Grundlage", "basis"), d->legal_basis, cli_say(c->a, "Fall", "case"),
           d->case_id, cli_say(c->a, "Identifikationsnummer verwendet", "identification number used"), d->idnr_used ? cli_say(c->a, "ja", "yes") : cli_say(c->a, "nein", "no"), cli_say(c->a, "Ergebnis", "outcome"), d->outcome,
           d->request_id, cli_say(c->a, "Eintrag", "entry"), (long long)d->entry, cli_say(c->a, "Angaben", "fields"), d->fields);
}

static ans_status exchange_disclosure(exchange_call *c) {
  ans_disclosed *rows = NULL;
  size_t count = 0;
  int64_t entries = 0;
  ans_status st = ans_store_verify_exchange_log(c->s, &entries, c->err); /* an altered log must not be disclosed as if it were the record */
  if (st == ANS_OK) st = ans_exchange_disclosure(c->s, c->argument, &rows, &count, c->err);
  if (st != ANS_OK) return st;
  if (c->a->value[OPT_JSON]) c->rows = json_array();
  else printf("%s %s: %zu %s\n", cli_say(c->a, "Abrufe zu", "requests about"), c->argument, count, cli_say(c->a, "Versuche; das Protokoll ist unverändert", "attempts; the log is unaltered"));
  for (size_t i = 0; i < count; i++) show_disclosed(c, &rows[i]);
  if (c->rows) print_object(json_pack("{s:s,s:s,s:O}", "format", "anspruch-disclosure/1", "person", c->argument, "requests", c->rows));
  ans_exchange_disclosure_free(rows, count);
  return ANS_OK;
}

/* --- evidence ------------------------------------------------------------------------------------------------------------------------ */
static ans_status exchange_evidence(exchange_call *c) { return cli_evidence_show(c->a, c->s, c->argument, c->err); }

/* --- retention ----------------------------------------------------------------------------------------------------------------------- */
static ans_status exchange_expire(exchange_call *c) {
  int64_t now = (int64_t)time(NULL), before = ans_exchange_log_cutoff(now), deleted = 0, held = 0;
  char day[24];
  ans_status st = ans_store_expire_exchange_log(c->s, before, now, &deleted, &held, c->err);
  if (st != ANS_OK) return st;
  iso(before, day);
  if (c->a->value[OPT_JSON]) print_object(json_pack("{s:s,s:I,s:I}", "before", day, "deleted", (json_int_t)deleted, "held", (json_int_t)held));
  else printf("%lld %s %.10s %s, %lld %s\n", (long long)deleted, cli_say(c->a, "Einträge von vor dem", "entries from before"), day, cli_say(c->a, "gelöscht", "deleted"), (long long)held, cli_say(c->a, "aufbewahrt", "held"));
  return ANS_OK;
}

static ans_status exchange_bad(const exchange_call *c, const char *why) { return ans_error_set(c->err, ANS_USAGE, "E-CLI-EXCHANGE", NULL, c->a->positional[0], why, NULL); }

static ans_status exchange_hold(exchange_call *c) {
  const cli_args *a = c->a;
  int64_t id = 0;
  const char *person = a->value[OPT_PERSON], *of_case = a->value[OPT_CASE];
  if (!person && !of_case && !a->value[OPT_ALL]) return exchange_bad(c, "--person, --case, --all");
  if (a->value[OPT_ALL] && (person || of_case)) return exchange_bad(c, "--all");
  if (!a->value[OPT_REASON] || !*a->value[OPT_REASON]) return exchange_bad(c, "--reason");
  if (!a->value[OPT_AUTHOR] || !*a->value[OPT_AUTHOR]) return exchange_bad(c, "--author");
  const ans_exchange_hold h = {.subject_key = person ? person : "", .case_id = of_case ? of_case : "", .reason = a->value[OPT_REASON], .author = a->value[OPT_AUTHOR], .set_at = (int64_t)time(NULL)};
  ans_status st = ans_store_put_hold(c->s, &h, &id, c->err);
  if (st == ANS_OK && a->value[OPT_JSON]) print_object(json_pack("{s:I}", "hold", (json_int_t)id));
  else if (st == ANS_OK) printf("%s %lld\n", cli_say(a, "Aufbewahrung Nr.", "hold number"), (long long)id);
  return st;
}

static bool show_hold(void *ctx, const ans_exchange_hold *h) {
  exchange_call *c = ctx;
  char set[24], released[24];
  iso(h->set_at, set);
  iso(h->released_at, released);
  if (c->rows)
    json_array_append_new(c->rows, json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "hold", (json_int_t)h->id, "person", h->subject_key, "case", h->case_id, "reason", h->reason, "author", h->author, "set", set, "released", released,
                                             "released_by", h->released_by));
  else
    printf("%4lld  %s – %-20s  %s %s  %s (%s)\n", (long long)h->id, set, released, *h->subject_key || *h->case_id ? h->subject_key : cli_say(c->a, "alle", "all"), h->case_id, h->reason, h->author);
  return true;
}

static ans_status exchange_holds(exchange_call *c) {
  if (c->a->value[OPT_JSON]) c->rows = json_array();
  ans_status st = ans_store_holds(c->s, show_hold, c, c->err);
  if (st == ANS_OK && c->rows) print_object(json_incref(c->rows));
  return st;
}

static ans_status exchange_release(exchange_call *c) {
  char *end = NULL;
  long long id = strtoll(c->argument, &end, 10);
  bool found = false;
  if (*end || id <= 0) return exchange_bad(c, c->argument);
  if (!c->a->value[OPT_AUTHOR] || !*c->a->value[OPT_AUTHOR]) return exchange_bad(c, "--author");
  ans_status st = ans_store_release_hold(c->s, id, c->a->value[OPT_AUTHOR], (int64_t)time(NULL), &found, c->err);
  return st == ANS_OK && !found ? ans_error_set(c->err, ANS_INPUT, "E-EXCHANGE-HOLD", NULL, c->argument, NULL) : st;
}

static ans_status exchange_set_block(exchange_call *c, bool blocked) {
  ans_status st = ans_serve_block(c->s, c->argument, blocked, c->a->value[OPT_REASON], c->a->value[OPT_AUTHOR], (int64_t)time(NULL), c->err);
  if (st == ANS_OK && c->a->value[OPT_JSON]) print_object(json_pack("{s:s,s:b}", "person", c->argument, "blocked", blocked));
  else if (st == ANS_OK) printf("%s: %s\n", c->argument, blocked ? cli_say(c->a, "Auskunftssperre gesetzt", "disclosure blocked") : cli_say(c->a, "Auskunftssperre aufgehoben", "block ended"));
  return st;
}
static ans_status exchange_block(exchange_call *c) { return exchange_set_block(c, true); }
static ans_status exchange_unblock(exchange_call *c) { return exchange_set_block(c, false); }

int cli_exchange(const cli_args *a) {
  if (strcmp(a->positional[0], "check") == 0 && a->positional_count == 1) return cli_exchange_check(a);
  static const struct { const char *name; ans_status (*run)(exchange_call *); bool write, argument; } parts[] = {
      {"log", exchange_log, false, false},   {"disclosure", exchange_disclosure, false, true}, {"evidence", exchange_evidence, false, true}, {"expire", exchange_expire, true, false},
      {"hold", exchange_hold, true, false}, {"holds", exchange_holds, false, false},          {"release", exchange_release, true, true},
      {"block", exchange_block, true, true}, {"unblock", exchange_unblock, true, true}};
  ans_error err = {0};
  exchange_call c = {.a = a, .argument = a->positional_count > 1 ? a->positional[1] : "", .err = &err};
  const char *path = NULL;
  size_t i = 0, n = sizeof parts / sizeof *parts;
  while (i < n && strcmp(parts[i].name, a->positional[0]) != 0) i++;
  ans_status st = ANS_OK;
  if (i == n) st = exchange_bad(&c, "?");
  else if (parts[i].argument != (a->positional_count > 1)) st = exchange_bad(&c, parts[i].argument ? cli_say(a, "Angabe fehlt", "argument missing") : c.argument);
  if (st == ANS_OK) st = cli_need(a, OPT_STORE, &path, &err);
  if (st == ANS_OK) st = ans_store_open(path, parts[i].write ? ANS_STORE_WRITE : ANS_STORE_READ, &c.s, &err);
  if (st == ANS_OK) st = parts[i].run(&c);
  json_decref(c.rows);
  ans_store_close(c.s);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
