/* Command law: statutes beside the rules. import reads official XML, show prints a unit, check resolves a package's citations (and compares
 * wording with a lock file), pin writes the lock file, status (law_status.c) is the table paragraph × status. `build --law` uses the same check. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "cli.h"
#include "laws.h"

enum { SHOWN_TEXT = 300, SHOWN_USES = 12 };

void cli_laws_close(cli_laws *s) {
  for (size_t i = 0; i < s->count; i++) ans_law_free(s->laws[i]);
  s->count = 0;
}

ans_status cli_laws_open(cli_laws *s, const char *const *paths, size_t n, ans_error *err) {
  s->count = 0;
  for (size_t i = 0; i < n && i < CLI_REPEAT_MAX; i++) {
    ans_status st = ans_law_open(paths[i], &s->laws[s->count], err);
    if (st != ANS_OK) { cli_laws_close(s); return st; }
    s->count++;
  }
  return ANS_OK;
}

ans_status cli_laws_uses(const cli_package *p, ans_law_uses **out, ans_error *err) {
  *out = ans_law_uses_new();
  if (!*out) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  if (!p->from_text) return ans_law_uses_program(*out, p->program, err);
  ans_status st = ANS_OK;
  for (uint32_t i = 0; i < p->compilation.tree_count && st == ANS_OK; i++) st = ans_law_uses_tree(*out, p->compilation.trees[i], err);
  return st;
}

/* --- printing a report ---------------------------------------------------------------------------------------------------------- */

static const struct { const char *key, *de, *en; } KINDS[] = {
    [ANS_LAW_F_MISSING] = {"missing", "gibt es im Gesetz nicht", "does not exist in the law"},
    [ANS_LAW_F_AMBIGUOUS] = {"ambiguous", "ist mehrdeutig; den Satz angeben", "is ambiguous; name the sentence"},
    [ANS_LAW_F_REPEALED] = {"repealed", "ist weggefallen", "is repealed"},
    [ANS_LAW_F_CHANGED] = {"changed", "Wortlaut geändert", "wording changed"},
    [ANS_LAW_F_GONE] = {"gone", "gibt es nicht mehr", "is gone"},
    [ANS_LAW_F_UNPINNED] = {"unpinned", "steht nicht in der Sperrdatei; „anspruch law pin“ aufrufen", "is not in the lock file; run 'anspruch law pin'"},
    [ANS_LAW_F_NO_LAW] = {"no_law", "Gesetzestext nicht angegeben, Fundstellen daraus nicht geprüft", "text not given, its citations were not checked"},
    [ANS_LAW_F_STALE] = {"stale", "steht in der Sperrdatei, wird aber nicht mehr genannt", "is in the lock file, but no longer cited"}};

static void print_text(FILE *f, const char *label, const char *s) {
  size_t n = strlen(s);
  if (!n) return;
  size_t cut = n > SHOWN_TEXT ? SHOWN_TEXT : n;
  while (cut < n && ((unsigned char)s[cut] & 0xc0) == 0x80) cut++;
  fprintf(f, "    %s %.*s%s\n", label, (int)cut, s, cut < n ? " …" : "");
}

static void print_finding(const cli_args *a, const ans_law_finding *f, FILE *out) {
  fprintf(out, "%s %s\n", f->citation, cli_say(a, KINDS[f->kind].de, KINDS[f->kind].en));
  if (f->kind == ANS_LAW_F_NO_LAW || f->kind == ANS_LAW_F_STALE) return;
  if (*f->there) fprintf(out, "    %s %s\n", cli_say(a, "vorhanden:", "there is:"), f->there);
  if (*f->nearest) fprintf(out, "    %s %s?\n", cli_say(a, "meinten Sie", "did you mean"), f->nearest);
  print_text(out, cli_say(a, "bisher:", "before:"), f->before);
  print_text(out, cli_say(a, "jetzt: ", "now:   "), f->now);
  for (uint32_t i = 0; i < f->use_count && i < SHOWN_USES; i++) {
    const ans_law_use *u = f->uses[i];
    if (*u->file) fprintf(out, "    %s:%u: %s\n", u->file, u->line, u->what);
    else if (u->line) fprintf(out, "    %s %u: %s\n", cli_say(a, "Zeile", "line"), u->line, u->what);
    else fprintf(out, "    %s\n", u->what);
  }
  if (f->use_count > SHOWN_USES) fprintf(out, "    … %u %s\n", f->use_count - SHOWN_USES, cli_say(a, "weitere", "more"));
}

static void print_json(const ans_law_report *r) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < r->count; i++) {
    const ans_law_finding *f = &r->findings[i];
    json_t *uses = json_array();
    for (uint32_t k = 0; k < f->use_count; k++) json_array_append_new(uses, json_pack("{s:s,s:i,s:s}", "file", f->uses[k]->file, "line", (int)f->uses[k]->line, "what", f->uses[k]->what));
    json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "kind", KINDS[f->kind].key, "citation", f->citation, "nearest", f->nearest, "there", f->there, "before", f->before, "now", f->now, "uses", uses));
  }
  json_t *o = json_pack("{s:i,s:i,s:i,s:i,s:o}", "citations", (int)r->citations, "resolved", (int)r->resolved, "unchecked", (int)r->unchecked, "failures", (int)r->failures, "findings", list);
  char *text = json_dumps(o, JSON_COMPACT);
  if (text) puts(text);
  free(text);
  json_decref(o);
}

/* --- subcommands ---------------------------------------------------------------------------------------------------------------- */

static int need_arguments(const cli_args *a, const char *verb, const char *what) {
  ans_error err = {0};
  return cli_fail(a, ans_error_set(&err, ANS_USAGE, "E-LAW-ARGUMENTS", NULL, verb, what, NULL), &err);
}

static int law_import(const cli_args *a) {
  ans_error err = {0};
  const char *path;
  ans_law *law = NULL;
  if (a->positional_count != 2) return need_arguments(a, "import", "GESETZ.xml -o GESETZ.gesetz");
  ans_status st = cli_need(a, OPT_OUTPUT, &path, &err);
  if (st == ANS_OK) st = ans_law_open(a->positional[1], &law, &err);
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_FILE);
  if (st == ANS_OK) st = ans_law_encode(law, &b, &err);
  if (st == ANS_OK) st = ans_law_write_file(path, b.data, b.len, &err);
  if (st == ANS_OK) {
    uint32_t roots = 0;
    for (uint32_t i = 0; i < law->unit_count; i = law->units[i].end) roots++;
    printf("%s: %s, %s, %u %s, %u %s\n", path, law->name, law->format, roots, cli_say(a, "Paragrafen, Artikel und Anlagen", "sections, articles and annexes"), law->unit_count, cli_say(a, "Einheiten", "units"));
    if (*law->state) printf("  %s\n", law->state);
  }
  ans_buffer_dispose(&b);
  ans_law_free(law);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

static void print_unit(const ans_law *law, uint32_t unit, unsigned depth) {
  const ans_law_unit *u = &law->units[unit];
  ans_law_words own = ans_law_own_words(law, unit);
  printf("%*s%s %s%s%s\n", (int)(2 * depth), "", ans_law_keyword(u->level), u->number, *u->title ? " – " : "", u->title);
  if (own.lead_len) printf("%*s%.*s\n", (int)(2 * depth + 2), "", (int)own.lead_len, own.lead);
  for (uint32_t c = unit + 1; c < u->end; c = law->units[c].end) print_unit(law, c, depth + 1);
  if (own.tail_len) printf("%*s%.*s\n", (int)(2 * depth + 2), "", (int)own.tail_len, own.tail);
}

static int show_missing(const cli_args *a, const ans_law *law, const ans_cite *c, ans_law_answer answer, const ans_law_target *t) {
  ans_error err = {0};
  char text[ANS_CITE_TEXT], nearest[ANS_CITE_TEXT], there[ANS_CITE_TEXT], hint[190] = "";
  ans_cite_format(c, text);
  if (answer == ANS_LAW_AMBIGUOUS) return cli_fail(a, ans_error_set(&err, ANS_NEGATIVE, "E-LAW-AMBIGUOUS", law->name, text, NULL), &err);
  ans_law_suggest(law, c, t, nearest, there);
  if (*nearest) snprintf(hint, sizeof hint, " (%s %.100s?)", cli_say(a, "meinten Sie", "did you mean"), nearest);
  else if (*there) snprintf(hint, sizeof hint, " (%s %.100s)", cli_say(a, "vorhanden:", "there is:"), there);
  return cli_fail(a, ans_error_set(&err, ANS_NEGATIVE, "E-LAW-MISSING", law->name, text, hint, NULL), &err);
}

static void show_found(const cli_args *a, const ans_law *law, const ans_cite *c, const ans_law_target *t) {
  char text[ANS_CITE_TEXT], hex[65];
  ans_cite_format(c, text);
  ans_hex(t->sha256, 32, hex);
  if (a->value[OPT_JSON]) {
    json_t *o = json_pack("{s:s,s:s,s:s,s:s%,s:s}", "law", law->name, "citation", text, "title", law->units[t->unit].title, "text", t->text, t->len, "sha256", hex);
    char *s = json_dumps(o, JSON_COMPACT);
    if (s) puts(s);
    free(s);
    json_decref(o);
    return;
  }
  printf("%s %s\n", text, *c->law ? "" : law->name);
  if (c->part[c->count - 1].level == ANS_LAW_HALF) printf("  %.*s\n", (int)t->len, t->text);
  else print_unit(law, t->unit, 0);
  printf("SHA-256 %s\n", hex);
}

static int law_show(const cli_args *a) {
  ans_error err = {0};
  ans_law *law = NULL;
  if (a->positional_count != 3) return need_arguments(a, "show", "GESETZ.gesetz \"§ 32 Abs. 4\"");
  ans_status st = ans_law_open(a->positional[1], &law, &err);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  ans_cite *cites = calloc(ANS_LAW_MAX_EXPANDED, sizeof *cites);
  uint32_t n = 0;
  st = cites ? ans_cite_parse(a->positional[2], cites, ANS_LAW_MAX_EXPANDED, &n, &err) : ans_error_set(&err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  int code = st == ANS_OK ? ANS_OK : cli_fail(a, st == ANS_INPUT ? ANS_USAGE : st, &err);
  for (uint32_t i = 0; i < n && code == ANS_OK; i++) {
    ans_law_target t;
    ans_law_answer answer = ans_law_resolve(law, &cites[i], &t);
    if (answer == ANS_LAW_FOUND || answer == ANS_LAW_REPEALED) show_found(a, law, &cites[i], &t);
    else code = show_missing(a, law, &cites[i], answer, &t);
  }
  free(cites);
  ans_law_free(law);
  return code;
}

static void print_report(const cli_args *a, const ans_law_report *r, FILE *out) {
  for (uint32_t i = 0; i < r->count; i++) print_finding(a, &r->findings[i], out);
  fprintf(out, "%u %s: %u %s, %u %s, %u %s\n", r->citations, cli_say(a, "Fundstellen", "citations"), r->resolved, cli_say(a, "aufgelöst", "resolved"), r->unchecked,
          cli_say(a, "nicht geprüft", "not checked"), r->failures, cli_say(a, "Beanstandungen", "findings"));
}

static int law_check(const cli_args *a) {
  ans_error err = {0};
  cli_package p = {0};
  cli_laws laws = {.count = 0};
  ans_law_uses *uses = NULL;
  ans_law_report r = {0};
  char *lock = NULL;
  size_t lock_size = 0;
  if (a->positional_count < 3) return need_arguments(a, "check", "PAKET GESETZ.gesetz…");
  ans_status st = cli_package_open(a, a->positional[1], &p, &err);
  if (st == ANS_OK) st = cli_laws_open(&laws, (const char *const *)a->positional + 2, (size_t)a->positional_count - 2, &err);
  if (st == ANS_OK) st = cli_laws_uses(&p, &uses, &err);
  if (st == ANS_OK && a->value[OPT_LOCK]) st = cli_read_file(a->value[OPT_LOCK], ANS_LAW_MAX_FILE, &lock, &lock_size, &err);
  if (st == ANS_OK) st = ans_law_check(uses, laws.laws, laws.count, a->value[OPT_LOCK], lock, lock_size, &r, &err);
  if (st == ANS_OK && r.citations && r.citations == r.unchecked) st = ans_error_set(&err, ANS_NEGATIVE, "E-LAW-NONE", NULL, NULL);
  int code;
  if (st != ANS_OK) {
    code = cli_fail(a, st, &err);
  } else {
    if (a->value[OPT_JSON]) print_json(&r);
    else print_report(a, &r, stdout);
    code = r.failures ? ANS_NEGATIVE : ANS_OK;
  }
  if (r.arena) ans_law_report_dispose(&r);
  free(lock);
  ans_law_uses_free(uses);
  cli_laws_close(&laws);
  cli_package_free(&p);
  return code;
}

static int law_pin(const cli_args *a) {
  ans_error err = {0};
  cli_package p = {0};
  cli_laws laws = {.count = 0};
  ans_law_uses *uses = NULL;
  const char *path;
  uint32_t pinned = 0;
  if (a->positional_count < 3) return need_arguments(a, "pin", "PAKET GESETZ.gesetz… -o PAKET.lock");
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_FILE);
  ans_status st = cli_need(a, OPT_OUTPUT, &path, &err);
  if (st == ANS_OK) st = cli_package_open(a, a->positional[1], &p, &err);
  if (st == ANS_OK) st = cli_laws_open(&laws, (const char *const *)a->positional + 2, (size_t)a->positional_count - 2, &err);
  if (st == ANS_OK) st = cli_laws_uses(&p, &uses, &err);
  if (st == ANS_OK) st = ans_law_pin(uses, laws.laws, laws.count, p.program->name, p.program->version, &b, &pinned, &err);
  if (st == ANS_OK && pinned == 0) st = ans_error_set(&err, ANS_NEGATIVE, "E-LAW-NONE", NULL, NULL);
  if (st == ANS_OK) st = ans_law_write_file(path, b.data, b.len, &err);
  if (st == ANS_OK) printf("%s: %u %s\n", path, pinned, cli_say(a, "Fundstellen mit Wortlaut festgehalten", "citations pinned with their wording"));
  ans_buffer_dispose(&b);
  ans_law_uses_free(uses);
  cli_laws_close(&laws);
  cli_package_free(&p);
  return st == ANS_OK ? ANS_OK : cli_fail(a, st, &err);
}

int cli_law(const cli_args *a) {
  ans_error err = {0};
  const char *verb = a->positional[0];
  if (strcmp(verb, "import") == 0) return law_import(a);
  if (strcmp(verb, "show") == 0) return law_show(a);
  if (strcmp(verb, "check") == 0) return law_check(a);
  if (strcmp(verb, "pin") == 0) return law_pin(a);
  if (strcmp(verb, "status") == 0) return cli_law_status(a);
  return cli_fail(a, ans_error_set(&err, ANS_USAGE, "E-LAW-VERB", NULL, verb, NULL), &err);
}

ans_status cli_law_gate(const cli_args *a, const cli_package *p, ans_error *err) {
  cli_laws laws;
  ans_law_uses *uses = NULL;
  ans_law_report r = {0};
  if (!a->repeat_count[OPT_LAW]) return ANS_OK;
  ans_status st = cli_laws_open(&laws, a->repeated[OPT_LAW], a->repeat_count[OPT_LAW], err);
  if (st == ANS_OK) st = cli_laws_uses(p, &uses, err);
  if (st == ANS_OK) st = ans_law_check(uses, laws.laws, laws.count, NULL, NULL, 0, &r, err);
  if (st == ANS_OK && r.citations && r.citations == r.unchecked) st = ans_error_set(err, ANS_NEGATIVE, "E-LAW-NONE", NULL, NULL);
  char n[24];
  if (st == ANS_OK && (r.failures || r.unchecked)) print_report(a, &r, stderr);
  if (st == ANS_OK && r.failures) st = ans_error_set(err, ANS_RULES, "E-LAW-BUILD", NULL, ans_itoa(n, r.failures), NULL);
  if (r.arena) ans_law_report_dispose(&r);
  ans_law_uses_free(uses);
  cli_laws_close(&laws);
  return st;
}
