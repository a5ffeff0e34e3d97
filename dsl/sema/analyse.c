/* Semantic analysis, entry point: passes in order (see sema_private.h), then the tables become the immutable model. */
#include "sema/sema_private.h"
#include "base/error.h"

static void analyse__limits(sema *s) {
  s->symbols.max = SEMA_MAX_SYMBOLS;
  s->units.max = SEMA_MAX_UNITS + 1; /* and the uniform one */
  s->facts.max = SEMA_MAX_FACTS;
  s->results.max = s->result_side.max = SEMA_MAX_RESULTS;
  s->rules.max = SEMA_MAX_RULES;
  s->params.max = s->param_side.max = SEMA_MAX_PARAMS;
  s->param_rows.max = SEMA_MAX_PARAM_ROWS;
  s->provisions.max = s->cites.max = SEMA_MAX_PROVISIONS;
  s->hypotheses.max = SEMA_MAX_HYPOTHESES;
  s->lost_rules.max = SEMA_MAX_OTHER;
  s->cases.max = SEMA_MAX_CASES;
  s->items.max = SEMA_MAX_RULES + 2 * SEMA_MAX_CASES;
  s->enums.max = ANS_MAX_ENUMS;
  s->enum_values.max = ANS_MAX_ENUM_VALUES;
  s->benefits.max = ANS_MAX_BENEFITS;
  s->norms.max = SEMA_MAX_NORMS;
  s->statements.max = s->statement_side.max = SEMA_MAX_STATEMENTS;
  s->holes.max = s->clashes.max = s->sources.max = s->edges.max = SEMA_MAX_OTHER;
  s->predicates.max = ANS_MAX_PREDICATES;
  s->predicate_texts.max = ANS_MAX_PREDICATE_TEXTS;
}

static void analyse__publish(sema *s) {
  ans_model *m = s->m;
  m->units = s->units.at; m->unit_count = s->units.n;
  m->facts = s->facts.at; m->fact_count = s->facts.n;
  m->sources = s->sources.at; m->source_count = s->sources.n;
  m->enums = s->enums.at; m->enum_count = s->enums.n;
  m->enum_values = s->enum_values.at; m->enum_value_count = s->enum_values.n;
  m->predicates = s->predicates.at; m->predicate_count = s->predicates.n;
  m->predicate_texts = s->predicate_texts.at; m->predicate_text_count = s->predicate_texts.n;
  m->params = s->params.at; m->param_count = s->params.n;
  m->param_rows = s->param_rows.at; m->param_row_count = s->param_rows.n;
  m->provisions = s->provisions.at; m->provision_count = s->provisions.n;
  m->statements = s->statements.at; m->statement_count = s->statements.n;
  m->results = s->results.at; m->result_count = s->results.n;
  m->benefits = s->benefits.at; m->benefit_count = s->benefits.n;
  m->cases = s->cases.at; m->case_count = s->cases.n;
}

/* Passes that read declarations and rules. false: the headers do not fit together. */
static bool analyse__read(sema *s, const ans_sema_package *packages, uint32_t n) {
  sema__lose_broken(s);
  if (!sema__packs(s, packages, n)) return false;
  ans_unit *uniform = sema__push(s, &s->units, sizeof *uniform, "256 einheiten / units");
  sema_origin *nowhere = sema__push(s, &s->unit_origin, sizeof *nowhere, "256 einheiten / units");
  if (uniform) *uniform = (ans_unit){"UNIFORM", "", ANS_NONE};
  if (nowhere) *nowhere = (sema_origin){s->m->trees[0], NULL};
  sema__declare_names(s);
  sema__declare_members(s);
  sema__schema(s);
  sema__defaults(s);
  sema__rules(s);
  sema__attach(s);
  sema__versions(s);
  sema__benefits(s);
  return true;
}

static void analyse__check(sema *s) {
  s->declared = s->results.n; /* the copies that hypotheticals make say nothing of their own */
  sema__hypotheses(s);
  sema__cycles(s);
  for (uint32_t i = 0; i < s->params.n; i++) sema__check_param(s, i);
}

static void analyse__finish(sema *s) {
  sema__statements(s);
  sema__cases(s);
  if (!s->broken && !ans_diags_errors(s->diags) && !s->oom) {
    analyse__publish(s);
    sema__conflicts(s, s->declared);
  }
  if (!s->broken && !ans_diags_errors(s->diags)) sema__unused(s);
  sema__confusable(s);
}

/* The second run repeats what the first found to be right, so it may only add clashes of names in what is left. */
static ans_status analyse__again(sema *s, const sema *first, const ans_sema_package *packages, uint32_t n, ans_error *err) {
  ans_diags *real = first->diags, *quiet = ans_diags_new();
  if (!quiet) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL);
  *s = (sema){.arena = first->arena, .m = first->m, .diags = quiet, .section = ANS_NONE, .section_norm = ANS_NONE, .current_result = ANS_NONE, .last_run = true,
              .dropped = first->dropped, .dropped_count = first->dropped_count};
  analyse__limits(s);
  bool ok = analyse__read(s, packages, n);
  if (ok) analyse__check(s);
  size_t found = ans_diags_errors(quiet);
  ans_diags_free(quiet);
  s->diags = real;
  if (!s->oom && (!ok || found)) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", NULL, "second run of the analysis", (char *)NULL);
  sema__clashes(s);
  analyse__finish(s);
  return ANS_OK;
}

static ans_status analyse__passes(sema *s, const ans_sema_package *packages, uint32_t n, ans_error *err) {
  if (!analyse__read(s, packages, n)) return ANS_OK;
  if (n > 1 && !s->broken && !ans_diags_errors(s->diags) && !s->oom) sema__reach(s);
  analyse__check(s);
  bool wrong = s->broken || ans_diags_errors(s->diags) != 0;
  if (n == 1 || wrong || s->oom) { /* with mistakes there is no second run: its only aim is the model */
    analyse__finish(s);
    return ANS_OK;
  }
  sema first = *s;
  return analyse__again(s, &first, packages, n, err);
}

static ans_tree **analyse__trees(ans_arena *arena, const ans_sema_package *packages, uint32_t n, uint32_t *count) {
  *count = 0;
  for (uint32_t k = 0; k < n; k++) *count += packages[k].tree_count;
  ans_tree **all = ans_arena_array(arena, *count ? *count : 1, sizeof *all);
  uint32_t at = 0; /* the package itself first, then the others in their order */
  for (uint32_t k = 0; all && k < n; k++) {
    const ans_sema_package *p = &packages[k == 0 ? n - 1 : k - 1];
    for (uint32_t i = 0; i < p->tree_count; i++) all[at++] = p->trees[i];
  }
  return all;
}

ans_status ans_sema_analyse_packages(const ans_sema_package *packages, uint32_t n, ans_diags *diags, ans_model **out, ans_error *err) {
  *out = NULL;
  uint32_t count = 0;
  ans_arena *arena = ans_arena_new((size_t)1 << 30);
  ans_model *m = arena ? ans_arena_alloc(arena, sizeof *m) : NULL;
  ans_tree **trees = m ? analyse__trees(arena, packages, n, &count) : NULL;
  if (!trees) {
    ans_arena_free(arena);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL);
  }
  *m = (ans_model){.arena = arena, .trees = trees, .tree_count = count, .own_tree_count = n ? packages[n - 1].tree_count : 0};
  sema s = {.arena = arena, .m = m, .diags = diags, .section = ANS_NONE, .section_norm = ANS_NONE, .current_result = ANS_NONE};
  analyse__limits(&s);
  size_t before = ans_diags_errors(diags);
  bool files = n > 0 && n <= SEMA_MAX_PACKAGES;
  for (uint32_t k = 0; k < n && files; k++) files = packages[k].tree_count > 0;
  ans_status st = files ? analyse__passes(&s, packages, n, err) : ANS_OK;
  if (st == ANS_OK && files && !s.oom && !s.broken && ans_diags_errors(diags) == before && !sema__imports(&s)) s.oom = true;
  if (s.oom) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL);
  if (st != ANS_OK || !files || s.broken || ans_diags_errors(diags) != before) {
    ans_arena_free(arena);
    return st;
  }
  analyse__publish(&s);
  *out = m;
  return ANS_OK;
}

ans_status ans_sema_analyse(ans_tree **trees, uint32_t n, ans_diags *diags, ans_model **out, ans_error *err) {
  const ans_sema_package one = {trees, n, NULL};
  return ans_sema_analyse_packages(&one, 1, diags, out, err);
}

void ans_model_free(ans_model *m) {
  if (m) ans_arena_free(m->arena);
}
