/* test --mutate: every mutant against the prüffälle. A mutant is killed by the first expectation that the vector machine does not meet; the
 * cases that killed last are tried first, which finds most mutants with the first case and never changes the verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "mutate/mutate.h"
#include "testing.h"

typedef struct hunt {
  tester *t;
  uint32_t *order, cases;     /* selected cases, the last killer first */
  unsigned killed, survived, marked, invalid;
  json_t *survivors, *stale;
  bool *dead;                 /* per mutant, where examined */
  bool *examined;
} hunt;

static ans_status notices(const hunt *h, const tester *mutated, const ans_tcase *c, bool *killed, ans_error *err) {
  ans_columns *cols = NULL;
  uint32_t *rows = NULL;
  ans_status st = ans_testcase_columns(h->t->m, mutated->p, c, &cols, &rows, err);
  for (uint32_t i = 0; i < c->expect_count && st == ANS_OK && !*killed; i++) {
    const ans_texpect *e = &c->expects[i];
    uint32_t row = test_row(c, rows, e->row);
    for (int32_t month = e->from_period; month <= e->to_period && st == ANS_OK && !*killed; month++) {
      bool ok = true;
      st = ans_vm_run(mutated->vm, cols, 0, cols->components, month, err);
      if (st != ANS_OK) break;
      *killed = !test_same(ans_vm_get(mutated->vm, mutated->p->results[e->result].insn, row), e->value);
      if (!*killed) st = test_missing(mutated, cols, c, e, rows, month, &ok, err);
      *killed = *killed || !ok;
    }
  }
  free(rows);
  ans_columns_free(cols);
  return st;
}

static ans_status examine(hunt *h, ans_mutants *mutants, uint32_t i, bool *valid, bool *killed, ans_error *err) {
  tester mutated = *h->t;
  ans_program *p = NULL;
  *killed = false;
  ans_status st = ans_mutants_program(mutants, i, &p, err);
  *valid = p != NULL;
  if (st != ANS_OK || !p) return st;
  mutated.p = p;
  mutated.quiet = true;
  mutated.vm = test_vm(p, mutated.law_known);
  if (!mutated.vm) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (uint32_t k = 0; k < h->cases && st == ANS_OK && !*killed; k++) {
    uint32_t which = h->order[k];
    st = notices(h, &mutated, &h->t->m->cases[which], killed, err);
    if (*killed) {
      memmove(h->order + 1, h->order, k * sizeof *h->order);
      h->order[0] = which;
    }
  }
  ans_vm_free(mutated.vm);
  ans_program_free(p);
  return st;
}

static void survivor(hunt *h, const ans_mutant *x) {
  const cli_args *a = h->t->a;
  const char *where = x->provision == ANS_NONE ? "" : h->t->p->provisions[x->provision].text, *path = x->path ? x->path : "";
  json_array_append_new(h->survivors, json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s}", "path", path, "line", (int)x->line, "provision", where, "key", x->key, "change",
                                                ans_mutation_gloss(x->operation, a->lang), "text", x->text, "before", x->before, "after", x->after));
  if (a->value[OPT_JSON]) return;
  printf("%s:%u: %s [%s] %s", path, x->line, where, x->key, ans_mutation_gloss(x->operation, a->lang));
  if (*x->before && *x->after) printf(": „%.*s“ → „%.*s“", test_cut(x->before, 80), x->before, test_cut(x->after, 80), x->after);
  else if (*x->before) printf(": „%.*s“", test_cut(x->before, 80), x->before);
  if (*x->text) printf("\n    %.*s", test_cut(x->text, 160), x->text);
  putchar('\n');
}

static void stale(hunt *h, const ans_mutant_mark *mark) {
  const cli_args *a = h->t->a;
  const char *why = NULL;
  if (mark->mutant == ANS_NONE) why = cli_say(a, "in dieser Zeile gibt es keinen solchen Mutanten", "there is no such mutant on this line");
  else if (!*mark->reason) why = cli_say(a, "die Begründung fehlt", "the reason is missing");
  else if (h->examined[mark->mutant] && h->dead[mark->mutant]) why = cli_say(a, "ein Prüffall erkennt ihn, er ist nicht gleichwertig", "a test case notices it, so it is not equivalent");
  if (!why) return;
  json_array_append_new(h->stale, json_pack("{s:s,s:i,s:s,s:s}", "path", mark->path, "line", (int)mark->line, "key", mark->key, "why", why));
  if (!a->value[OPT_JSON]) printf("%s:%u: gleichwertig: %s – %s\n", mark->path, mark->line, mark->key, why);
}

static ans_status hunt_all(hunt *h, ans_mutants *mutants, uint32_t limit, ans_error *err) {
  uint32_t total = ans_mutants_count(mutants), n = limit && limit < total ? limit : total;
  cli_args bar = *h->t->a;
  for (uint32_t k = 0; k < n; k++) { /* a limit takes every (total/n)-th mutant: the same ones each time, from all parts of the package */
    uint32_t i = (uint32_t)((uint64_t)k * total / n);
    const ans_mutant *x = ans_mutants_at(mutants, i);
    bool valid, killed;
    ans_status st = examine(h, mutants, i, &valid, &killed, err);
    if (st != ANS_OK) return st;
    h->examined[i] = true;
    h->dead[i] = killed;
    if (!valid) h->invalid++;
    else if (killed) h->killed++;
    else if (x->mark != ANS_NONE) h->marked++;
    else {
      h->survived++;
      survivor(h, x);
    }
    cli_progress(&bar, (int64_t)k + 1, n);
  }
  for (uint32_t i = 0; i < ans_mutants_mark_count(mutants); i++) stale(h, ans_mutants_mark(mutants, i));
  return ANS_OK;
}

static void summary(const hunt *h, json_t *report, unsigned total) {
  const cli_args *a = h->t->a;
  unsigned stale_marks = (unsigned)json_array_size(h->stale);
  json_object_set_new(report, "mutation", json_pack("{s:i,s:i,s:i,s:i,s:i,s:O,s:O}", "mutants", (int)total, "killed", (int)h->killed, "survived", (int)h->survived, "equivalent", (int)h->marked,
                                                    "invalid", (int)h->invalid, "survivors", h->survivors, "stale_marks", h->stale));
  if (a->value[OPT_JSON]) return;
  printf("%s: %u %s, %u %s, %u %s, %u %s, %u %s", cli_say(a, "Mutationsprüfung", "mutation test"), h->killed + h->survived + h->marked + h->invalid, cli_say(a, "Mutanten", "mutants"), h->killed,
         cli_say(a, "erkannt", "killed"), h->survived, cli_say(a, "überlebt", "survived"), h->marked, cli_say(a, "als gleichwertig gekennzeichnet", "marked equivalent"), h->invalid,
         cli_say(a, "nicht übersetzbar", "not compilable"));
  if (h->killed + h->survived + h->marked + h->invalid < total) printf(" (%s %u)", cli_say(a, "Stichprobe aus", "sample of"), total);
  if (stale_marks) printf("; %u %s", stale_marks, cli_say(a, "Kennzeichnungen treffen nicht zu", "marks do not apply"));
  putchar('\n');
}

ans_status test_mutate(tester *t, ans_model *model, json_t *report, bool *clean, ans_error *err) {
  ans_mutants *mutants = NULL;
  unsigned limit = 0;
  hunt h = {.t = t, .survivors = json_array(), .stale = json_array()};
  ans_status st = cli_unsigned(t->a, OPT_LIMIT, 0, ANS_MAX_MUTANTS, &limit, err);
  if (st == ANS_OK) st = ans_mutants_new(model, &mutants, err);
  uint32_t total = mutants ? ans_mutants_count(mutants) : 0;
  h.order = calloc((size_t)t->m->case_count + 1, sizeof *h.order);
  h.dead = calloc((size_t)total + 1, sizeof *h.dead);
  h.examined = calloc((size_t)total + 1, sizeof *h.examined);
  if (st == ANS_OK && (!h.order || !h.dead || !h.examined || !h.survivors || !h.stale)) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (uint32_t i = 0; st == ANS_OK && i < t->m->case_count; i++)
    if (test_selected(t, &t->m->cases[i])) h.order[h.cases++] = i;
  if (st == ANS_OK) st = hunt_all(&h, mutants, limit, err);
  if (st == ANS_OK) summary(&h, report, total);
  *clean = h.survived == 0 && json_array_size(h.stale) == 0;
  json_decref(h.survivors);
  json_decref(h.stale);
  free(h.order);
  free(h.dead);
  free(h.examined);
  ans_mutants_free(mutants);
  return st;
}
