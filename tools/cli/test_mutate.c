/* test --mutate: which mutants no prüffall notices, and whether each of them is explained: by a mark at the rule (`-- gleichwertig`) or by an
 * entry of mutanten.csv. Marks and entries that no longer say the truth are found out as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/error.h"
#include "testing.h"

typedef struct trial {
  tester *t;
  ans_mutants *mutants;
  test_verdict *verdicts;
  test_list list;
  unsigned killed, survived, marked, listed, invalid;
  json_t *survivors, *listed_ones, *stale;
} trial;

/* What the mutant belongs to: `Einheit.Ergebnis`, or the name of a parameter. */
static const char *owner(const trial *h, const ans_mutant *x, char *text, size_t size) {
  const ans_model *m = h->t->m;
  if (x->param != ANS_NONE) return m->params[x->param].name;
  if (x->result == ANS_NONE) return "";
  snprintf(text, size, "%s.%s", m->units[m->results[x->result].unit].name, m->results[x->result].name);
  return text;
}

static void survivor(trial *h, const ans_mutant *x) {
  char text[600];
  const cli_args *a = h->t->a;
  const char *where = x->provision == ANS_NONE ? "" : h->t->p->provisions[x->provision].text, *path = x->path ? x->path : "", *of = owner(h, x, text, sizeof text);
  const test_listed *entry = test_list_find(&h->list, of, where, x);
  json_t *o = json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "path", path, "line", (int)x->line, "provision", where, "of", of, "key", x->key, "change",
                        ans_mutation_gloss(x->operation, a->lang), "text", x->text, "before", x->before, "after", x->after);
  if (entry) {
    h->listed++;
    json_object_set_new(o, "reason", json_string(entry->reason));
    json_array_append_new(h->listed_ones, o);
    return;
  }
  h->survived++;
  json_array_append_new(h->survivors, o);
  if (a->value[OPT_JSON]) return;
  printf("%s:%u: %s %s [%s] %s", path, x->line, where, of, x->key, ans_mutation_gloss(x->operation, a->lang));
  if (*x->before && *x->after) printf(": „%.*s“ → „%.*s“", test_cut(x->before, 80), x->before, test_cut(x->after, 80), x->after);
  else if (*x->before) printf(": „%.*s“", test_cut(x->before, 80), x->before);
  if (*x->text) printf("\n    %.*s", test_cut(x->text, 160), x->text);
  putchar('\n');
}

static void stale(trial *h, const char *path, uint32_t line, const char *what, const char *key, const char *why) {
  json_array_append_new(h->stale, json_pack("{s:s,s:i,s:s,s:s}", "path", path, "line", (int)line, "key", key, "why", why));
  if (!h->t->a->value[OPT_JSON]) printf("%s:%u: %s%s – %s\n", path, line, what, key, why);
}

static void judge_mark(trial *h, const ans_mutant_mark *mark) {
  const cli_args *a = h->t->a;
  const char *why = NULL;
  if (mark->mutant == ANS_NONE) why = cli_say(a, "in dieser Zeile gibt es keinen solchen Mutanten", "there is no such mutant on this line");
  else if (!*mark->reason) why = cli_say(a, "die Begründung fehlt", "the reason is missing");
  else if (h->verdicts[mark->mutant] == TEST_KILLED) why = cli_say(a, "ein Prüffall erkennt ihn, er ist nicht gleichwertig", "a test case notices it, so it is not equivalent");
  if (why) stale(h, mark->path, mark->line, "gleichwertig: ", mark->key, why);
}

/* A sample, or a part of the cases, says nothing about how many survive. */
static void judge_list(trial *h, bool whole) {
  const cli_args *a = h->t->a;
  for (uint32_t i = 0; i < h->list.count && whole; i++) {
    const test_listed *e = &h->list.entries[i];
    char why[160];
    if (e->found == e->expected) continue;
    snprintf(why, sizeof why, "%s: %u, %s: %u", cli_say(a, "überlebende Mutanten laut Eintrag", "surviving mutants according to the entry"), e->expected, cli_say(a, "tatsächlich", "actually"), e->found);
    stale(h, h->list.path, e->line, "", e->key, why);
  }
}

static void judge(trial *h, bool whole) {
  for (uint32_t i = 0; i < ans_mutants_count(h->mutants); i++) {
    const ans_mutant *x = ans_mutants_at(h->mutants, i);
    if (h->verdicts[i] == TEST_INVALID) h->invalid++;
    else if (h->verdicts[i] == TEST_KILLED) h->killed++;
    else if (h->verdicts[i] == TEST_SURVIVED && x->mark != ANS_NONE) h->marked++;
    else if (h->verdicts[i] == TEST_SURVIVED) survivor(h, x);
  }
  for (uint32_t i = 0; i < ans_mutants_mark_count(h->mutants); i++) judge_mark(h, ans_mutants_mark(h->mutants, i));
  judge_list(h, whole);
}

static void summary(const trial *h, json_t *report) {
  const cli_args *a = h->t->a;
  unsigned total = ans_mutants_count(h->mutants), seen = h->killed + h->survived + h->marked + h->listed + h->invalid, wrong = (unsigned)json_array_size(h->stale);
  json_object_set_new(report, "mutation", json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:O,s:O,s:O}", "mutants", (int)total, "killed", (int)h->killed, "survived", (int)h->survived, "equivalent", (int)h->marked,
                                                    "listed", (int)h->listed, "invalid", (int)h->invalid, "survivors", h->survivors, "listed_survivors", h->listed_ones, "stale_marks", h->stale));
  if (a->value[OPT_JSON]) return;
  printf("%s: %u %s, %u %s, %u %s, %u %s, %u %s, %u %s", cli_say(a, "Mutationsprüfung", "mutation test"), seen, cli_say(a, "Mutanten", "mutants"), h->killed, cli_say(a, "erkannt", "killed"), h->survived,
         cli_say(a, "überlebt", "survived"), h->marked, cli_say(a, "als gleichwertig gekennzeichnet", "marked equivalent"), h->listed, cli_say(a, "in mutanten.csv begründet", "explained in mutanten.csv"),
         h->invalid, cli_say(a, "nicht übersetzbar", "not compilable"));
  if (seen < total) printf(" (%s %u)", cli_say(a, "Stichprobe aus", "sample of"), total);
  if (wrong) printf("; %u %s", wrong, cli_say(a, "Kennzeichnungen oder Einträge treffen nicht zu", "marks or entries do not apply"));
  putchar('\n');
}

static unsigned processors(void) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

ans_status test_mutate(tester *t, ans_model *model, const char *path, json_t *report, bool *clean, ans_error *err) {
  unsigned limit = 0, jobs = 1;
  trial h = {.t = t, .survivors = json_array(), .listed_ones = json_array(), .stale = json_array()};
  ans_status st = cli_unsigned(t->a, OPT_LIMIT, 0, ANS_MAX_MUTANTS, &limit, err);
  if (st == ANS_OK) st = cli_unsigned(t->a, OPT_JOBS, processors(), 64, &jobs, err);
  if (st == ANS_OK) st = test_list_load(path, &h.list, err);
  if (st == ANS_OK) st = ans_mutants_new(model, &h.mutants, err);
  uint32_t total = h.mutants ? ans_mutants_count(h.mutants) : 0;
  h.verdicts = calloc((size_t)total + 1, sizeof *h.verdicts);
  if (st == ANS_OK && (!h.verdicts || !h.survivors || !h.listed_ones || !h.stale)) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  if (st == ANS_OK) st = test_hunt(t, h.mutants, limit, jobs, h.verdicts, err);
  if (st == ANS_OK) {
    judge(&h, (!limit || limit >= total) && !t->a->value[OPT_FILTER] && !t->only_path);
    summary(&h, report);
  }
  *clean = h.survived == 0 && json_array_size(h.stale) == 0;
  json_decref(h.survivors);
  json_decref(h.listed_ones);
  json_decref(h.stale);
  free(h.verdicts);
  test_list_free(&h.list);
  ans_mutants_free(h.mutants);
  return st;
}
