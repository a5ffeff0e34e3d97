/* Semantic analysis, entry point: passes in order (see sema_private.h), then the tables become the immutable model. */
#include "sema/sema_private.h"
#include "base/error.h"

static void analyse__limits(sema *s) {
  s->symbols.max = SEMA_MAX_SYMBOLS;
  s->units.max = SEMA_MAX_UNITS;
  s->facts.max = SEMA_MAX_FACTS;
  s->results.max = s->result_side.max = SEMA_MAX_RESULTS;
  s->rules.max = SEMA_MAX_RULES;
  s->params.max = s->param_side.max = SEMA_MAX_PARAMS;
  s->param_rows.max = SEMA_MAX_PARAM_ROWS;
  s->provisions.max = s->cites.max = SEMA_MAX_PROVISIONS;
  s->hypotheses.max = SEMA_MAX_HYPOTHESES;
  s->cases.max = SEMA_MAX_CASES;
  s->items.max = SEMA_MAX_RULES + 2 * SEMA_MAX_CASES;
  s->enums.max = s->enum_values.max = s->norms.max = s->sources.max = s->benefits.max = s->unmodelled.max = s->edges.max = SEMA_MAX_OTHER;
}

static void analyse__publish(sema *s) {
  ans_model *m = s->m;
  m->units = s->units.at; m->unit_count = s->units.n;
  m->facts = s->facts.at; m->fact_count = s->facts.n;
  m->sources = s->sources.at; m->source_count = s->sources.n;
  m->enums = s->enums.at; m->enum_count = s->enums.n;
  m->enum_values = s->enum_values.at; m->enum_value_count = s->enum_values.n;
  m->params = s->params.at; m->param_count = s->params.n;
  m->param_rows = s->param_rows.at; m->param_row_count = s->param_rows.n;
  m->provisions = s->provisions.at; m->provision_count = s->provisions.n;
  m->unmodelled = s->unmodelled.at; m->unmodelled_count = s->unmodelled.n;
  m->results = s->results.at; m->result_count = s->results.n;
  m->benefits = s->benefits.at; m->benefit_count = s->benefits.n;
  m->cases = s->cases.at; m->case_count = s->cases.n;
}

static void analyse__passes(sema *s) {
  s->tree = s->m->trees[0];
  if (!sema__header(s)) return;
  ans_unit *uniform = sema__push(s, &s->units, sizeof *uniform, "einheiten / units");
  if (uniform) *uniform = (ans_unit){"UNIFORM", "", ANS_NONE};
  sema__declare_names(s);
  sema__declare_members(s);
  sema__defaults(s);
  sema__rules(s);
  sema__attach(s);
  sema__versions(s);
  uint32_t declared = s->results.n; /* the copies that hypotheticals make say nothing of their own */
  if (!ans_diags_errors(s->diags)) sema__hypotheses(s);
  sema__cycles(s);
  for (uint32_t i = 0; i < s->params.n; i++) sema__check_param(s, i);
  sema__benefits(s);
  sema__cases(s);
  if (!ans_diags_errors(s->diags) && !s->oom) {
    analyse__publish(s);
    sema__conflicts(s, declared);
  }
  if (!ans_diags_errors(s->diags)) sema__unused(s);
  sema__confusable(s);
}

ans_status ans_sema_analyse(ans_tree **trees, uint32_t n, ans_diags *diags, ans_model **out, ans_error *err) {
  *out = NULL;
  ans_arena *arena = ans_arena_new((size_t)1 << 30);
  ans_model *m = arena ? ans_arena_alloc(arena, sizeof *m) : NULL;
  ans_tree **copy = m ? ans_arena_array(arena, n ? n : 1, sizeof *copy) : NULL;
  if (!copy) {
    ans_arena_free(arena);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL);
  }
  for (uint32_t i = 0; i < n; i++) copy[i] = trees[i];
  *m = (ans_model){.arena = arena, .trees = copy, .tree_count = n};
  sema s = {.arena = arena, .m = m, .diags = diags, .section = ANS_NONE, .section_norm = ANS_NONE, .current_result = ANS_NONE};
  analyse__limits(&s);
  size_t before = ans_diags_errors(diags);
  if (n) analyse__passes(&s);
  if (s.oom) {
    ans_arena_free(arena);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "sema", (char *)NULL);
  }
  if (!n || ans_diags_errors(diags) != before) {
    ans_arena_free(arena);
    return ANS_OK;
  }
  analyse__publish(&s);
  *out = m;
  return ANS_OK;
}

void ans_model_free(ans_model *m) {
  if (m) ans_arena_free(m->arena);
}
