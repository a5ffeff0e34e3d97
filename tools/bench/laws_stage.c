/* See laws_stage.h. */
#include "laws_stage.h"
#include <stdlib.h>

/* Months around changes of the law, and ordinary ones. */
static const int32_t child_months[] = {2016 * 12, 2019 * 12 + 6, 2022 * 12 + 11, 2023 * 12, 2026 * 12 + 5};
static const int32_t wohngeld_months[] = {2020 * 12, 2020 * 12 + 10, 2021 * 12, 2021 * 12 + 8, 2022 * 12 + 3, 2022 * 12 + 11, 2023 * 12, 2023 * 12 + 6, 2024 * 12 + 2, 2024 * 12 + 11, 2025 * 12, 2025 * 12 + 6, 2026 * 12 + 5, 2026 * 12 + 11};
static const int32_t uvg_months[] = {2017 * 12, 2017 * 12 + 5, 2017 * 12 + 6, 2018 * 12 + 1, 2019 * 12 + 6, 2020 * 12 + 1, 2021 * 12, 2022 * 12 + 7, 2023 * 12 + 2, 2024 * 12 + 1, 2025 * 12 + 3, 2026 * 12 + 5, 2026 * 12 + 11};

void laws_dispose(laws_stage *s) {
  for (unsigned k = 0; k < LAW_COUNT; k++) {
    law *l = &s->law[k];
    ans_vm_free(l->vm);
    ans_columns_free(l->columns);
    free(l->decided);
    free(l->column);
    embedded_dispose(&l->emitted);
    ans_compilation_dispose(&l->code);
  }
  free(s->child_benefit);
  column_laws_free(s->columns);
  law_population_dispose(&s->more);
  bench_population_dispose(&s->base);
}

static bool law_open(law *l, const char *path, uint32_t rows) {
  ans_error err = {0};
  ans_diags *diags = ans_diags_new();
  const bool ok = diags && !bench_failed(path, ans_compile_path(path, diags, &l->code, &err), &err) && l->code.program;
  ans_diags_free(diags);
  if (!ok) return false;
  const ans_program *p = l->code.program;
  const ans_benefit *b = &p->benefits[0];
  l->name = b->name;
  l->path = path;
  l->rows = rows;
  l->reg[0] = p->results[b->entitled_result].insn;
  l->reg[1] = p->results[b->amount_result].insn;
  l->unit = p->insns[l->reg[0]].unit;
  l->vm = ans_vm_new(p, l->reg, 2, 0);
  l->decided = calloc((size_t)rows + 1, sizeof *l->decided);
  l->column = calloc((size_t)rows + 1, sizeof *l->column);
  return l->vm && l->decided && l->column;
}

static bool laws_columns_make(laws_stage *s) {
  law *const child = &s->law[KINDERGELD], *const housing = &s->law[WOHNGELD], *const advance = &s->law[UVG];
  ans_error err = {0};
  bench_names names;
  return bench_names_bind(child->code.program, &names) && !bench_failed("columns", bench_columns(child->code.program, &names, &s->base, &child->columns, &err), &err) &&
         !bench_failed("columns", law_wohngeld_columns(housing->code.program, &s->more, &housing->columns, &err), &err) &&
         !bench_failed("columns", law_uvg_columns(advance->code.program, &s->more, &advance->columns, &err), &err);
}

bool laws_make_of(laws_stage *s, const bench_options *o, const bench_rates *rates) {
  const embed_code emitted[LAW_COUNT] = {embedded_kindergeld, embedded_wohngeld, embedded_unterhaltsvorschuss};
  *s = (laws_stage){.o = o};
  bench_population_make(&s->base, rates, 0, o->families, true);
  law_population_make(&s->more, &s->base, rates, 0);
  s->isa_count = isas(s->isa);
  s->child_benefit = calloc((size_t)s->base.pair_count + 1, sizeof *s->child_benefit);
  if (!s->child_benefit || !law_open(&s->law[KINDERGELD], "rules/bund/estg/kindergeld", s->base.pair_count) || !law_open(&s->law[WOHNGELD], "rules/bund/wogg/wohngeld", s->more.house_count) ||
      !law_open(&s->law[UVG], "rules/bund/uhvorschg/unterhaltsvorschuss", s->more.case_count))
    return false;
  s->law[KINDERGELD].months = child_months, s->law[KINDERGELD].month_count = sizeof child_months / sizeof *child_months;
  s->law[WOHNGELD].months = wohngeld_months, s->law[WOHNGELD].month_count = sizeof wohngeld_months / sizeof *wohngeld_months;
  s->law[UVG].months = uvg_months, s->law[UVG].month_count = sizeof uvg_months / sizeof *uvg_months;
  bool ok = laws_columns_make(s);
  for (unsigned k = 0; k < LAW_COUNT && ok; k++) ok = embedded_make(&s->law[k].emitted, emitted[k], s->law[k].code.program, s->law[k].columns, EMITTED_EVERY);
  s->islands = !rates->unknown_percent && !rates->blank_every;
  if (s->islands) s->columns = column_laws_make(&s->more);
  return ok && (!s->islands || s->columns);
}

bool laws_make(laws_stage *s, const bench_options *o, unsigned unknown_percent) { return laws_make_of(s, o, &(bench_rates){.seed = o->seed, .unknown_percent = unknown_percent, .families_only = true}); }

bool law_run(law *l, const vm_kernels *kernels, int32_t month) {
  ans_error err = {0};
  l->vm->k = kernels;
  return !bench_failed("vm", ans_vm_run(l->vm, l->columns, 0, l->columns->components, month, &err), &err);
}
