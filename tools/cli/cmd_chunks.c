/* Column chunks of the store: the key, making and renewing them, and reading the store with SQL. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "cli.h"
#include "facts/facts.h"
#include "sql/sql.h"

enum { CHUNKS_CHANGED_PERMILLE = 50 };

ans_status cli_chunk_key(const cli_args *a, ans_chunk_key *storage, const ans_chunk_key **key, ans_error *err) {
  bool found = false;
  ans_status st = ans_chunk_key_load(a->value[OPT_CHUNK_KEY], ANS_CHUNK_KEY_VARIABLE, storage, &found, err);
  *key = st == ANS_OK && found ? storage : NULL;
  return st;
}

static ans_status compact(const char *path, const ans_program *p, ans_compact_options *o, ans_compact_report *r, ans_error *err) {
  ans_store *s = NULL;
  ans_status st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  o->now = (int64_t)time(NULL);
  o->compress = true;
  if (st == ANS_OK) st = ans_fact_compact(s, p, o, r, err);
  ans_store_close(s);
  return st;
}

ans_status cli_compact_after(const char *path, const ans_program *p, const ans_chunk_key *key, ans_error *err) {
  ans_compact_report r;
  return compact(path, p, &(ans_compact_options){.dirty_permille = CHUNKS_CHANGED_PERMILLE, .key = key}, &r, err);
}

static void print_report(const cli_args *a, const ans_compact_report *r, bool encrypted) {
  if (a->value[OPT_JSON]) {
    printf("{\"written\": %lld, \"dropped\": %lld, \"components\": %lld, \"left_out\": %lld, \"bytes\": %lld, \"encrypted\": %s}\n", (long long)r->written, (long long)r->dropped, (long long)r->components,
           (long long)r->left_out, (long long)r->bytes, encrypted ? "true" : "false");
    return;
  }
  printf("%lld %s (%lld %s, %lld KiB), %lld %s; %lld %s\n", (long long)r->written, cli_say(a, "Blöcke geschrieben", "chunks written"), (long long)r->components, cli_say(a, "Fallverbünde", "components"), (long long)(r->bytes >> 10),
         (long long)r->dropped, cli_say(a, "ersetzt", "replaced"), (long long)r->left_out, cli_say(a, "Ansprüche bleiben bei ihren Zeilen", "claims stay with their rows"));
  if (!encrypted) printf("%s\n", cli_say(a, "Die Blöcke sind nicht verschlüsselt (--chunk-key).", "The chunks are not encrypted (--chunk-key)."));
}

static ans_status store_compact(const cli_args *a, ans_error *err) {
  cli_package p = {0};
  ans_chunk_key storage;
  ans_compact_options o = {.rebuild = a->value[OPT_REBUILD] != NULL};
  ans_compact_report r = {0};
  const char *path = NULL;
  ans_status st = a->positional_count < 2 ? ans_error_set(err, ANS_USAGE, "E-CLI-STORE", NULL, a->positional[0], NULL) : cli_need(a, OPT_STORE, &path, err);
  if (st == ANS_OK) st = cli_unsigned(a, OPT_CHANGED, CHUNKS_CHANGED_PERMILLE, 1000, &o.dirty_permille, err);
  if (st == ANS_OK) st = cli_chunk_key(a, &storage, &o.key, err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[1], &p, err);
  if (st == ANS_OK) st = compact(path, p.program, &o, &r, err);
  if (st == ANS_OK) print_report(a, &r, o.key != NULL);
  cli_package_free(&p);
  return st;
}

int cli_store(const cli_args *a) {
  ans_error err = {0};
  const char *task = a->positional[0];
  ans_status st = strcmp(task, "compact") == 0 ? store_compact(a, &err) : strcmp(task, "seal") == 0 && a->positional_count == 1 ? cli_store_seal(a, &err) : strcmp(task, "purge") == 0 && a->positional_count == 1 ? cli_store_purge(a, &err) : ans_error_set(&err, ANS_USAGE, "E-CLI-STORE", NULL, task, NULL);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

/* --- sql ------------------------------------------------------------------------------------------------------------------------ */
typedef struct sql_output { char between; bool json, csv, first; } sql_output;

/* CSV as of RFC 4180 with ';'; plain output has tabulators, and blanks for those inside values. */
static void print_field(const sql_output *o, const char *text) {
  bool quoted = o->csv && strpbrk(text, ";\"\r\n");
  if (quoted) putchar('"');
  for (const char *c = text; *c; c++) {
    if (quoted && *c == '"') putchar('"');
    putchar(!o->csv && (*c == '\t' || *c == '\n' || *c == '\r') ? ' ' : *c);
  }
  if (quoted) putchar('"');
}

static bool print_row(void *ctx, int columns, const char *const *names, const char *const *values) {
  sql_output *o = ctx;
  if (!o->json) {
    for (int i = 0; i < columns; i++) {
      if (i) putchar(o->between);
      print_field(o, !values ? names[i] : values[i] ? values[i] : "");
    }
    putchar('\n');
    return true;
  }
  if (!values) return true;
  json_t *row = json_object();
  for (int i = 0; i < columns; i++) json_object_set_new(row, names[i], values[i] ? json_string(values[i]) : json_null());
  printf("%s", o->first ? "[\n " : ",\n ");
  o->first = false;
  json_dumpf(row, stdout, JSON_PRESERVE_ORDER);
  json_decref(row);
  return true;
}

int cli_sql(const cli_args *a) {
  ans_error err = {0};
  ans_chunk_key storage;
  const ans_chunk_key *key = NULL;
  sql_output o = {.between = a->value[OPT_CSV] ? ';' : '\t', .json = a->value[OPT_JSON] != NULL, .csv = a->value[OPT_CSV] != NULL, .first = true};
  ans_status st = cli_chunk_key(a, &storage, &key, &err);
  if (st == ANS_OK) st = ans_sql_query(a->positional[0], a->positional[1], key, print_row, &o, &err);
  if (o.json && st == ANS_OK) printf("%s]\n", o.first ? "[" : "\n");
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}
