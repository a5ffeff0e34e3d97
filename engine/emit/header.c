/* Owns: <prefix>.h of an emission: the input as structs (one per unit, one member per fact), numbers of results, values of enumerations. */
#include <inttypes.h>
#include <string.h>
#include "emit/internal.h"

enum { COMMENT = 200 };

static void header__enums(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  for (uint32_t i = 0; i < p->enum_count; i++) {
    ans_buffer_text(b, "/* Values of ");
    emit__comment(b, p->enums[i].name, COMMENT);
    ans_buffer_text(b, " */\nenum {");
    for (uint32_t k = 0; k < p->enums[i].value_count; k++)
      ans_buffer_printf(b, "%s\n  %s_VALUE_%s = %" PRIu32, k ? "," : "", e->upper, e->enum_values[p->enums[i].first_value + k], k);
    ans_buffer_text(b, "\n};\n");
  }
}

static void header__fact(const emit *e, ans_buffer *b, uint32_t fact) {
  const ans_fact *f = &e->p->facts[fact];
  char type[ANS_TYPE_TEXT], bounds[ANS_BOUNDS_TEXT];
  ans_buffer_printf(b, "  %s %s; /* ", f->kind == ANS_FACT_TIMELINE ? "an_timeline" : "an_fact", e->facts[fact]);
  emit__comment(b, ans_type_format(e->p, f->type, type), COMMENT);
  if (f->bounds) ans_buffer_printf(b, ", %s", ans_fact_bounds_format(f, false, bounds));
  if (f->nature != ANS_NATURE_FACT) ans_buffer_text(b, f->nature == ANS_NATURE_ERMESSEN ? "; discretion of a person" : "; judged by a person");
  if (f->label[0]) {
    ans_buffer_text(b, "; ");
    emit__comment(b, f->label, COMMENT);
  }
  if (f->provision != ANS_NONE) {
    ans_buffer_text(b, "; ");
    emit__comment(b, emit__provision(e->p, f->provision), COMMENT);
  }
  ans_buffer_text(b, " */\n");
}

static void header__units(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  for (uint32_t u = 1; u < p->unit_count; u++) {
    if (p->units[u].parent != ANS_NONE) continue;
    bool any = false;
    ans_buffer_text(b, "/* ");
    emit__comment(b, p->units[u].label[0] ? p->units[u].label : p->units[u].name, COMMENT);
    ans_buffer_printf(b, " */\ntypedef struct %s_%s {\n", e->prefix, e->units[u]);
    for (uint32_t i = 0; i < p->fact_count; i++) {
      if (p->facts[i].unit != u) continue;
      header__fact(e, b, i);
      any = true;
    }
    if (!any) ans_buffer_text(b, "  char none; /* the unit has no facts */\n");
    ans_buffer_printf(b, "} %s_%s;\n", e->prefix, e->units[u]);
  }
  ans_buffer_printf(b, "\n/* One component: all rows that refer to each other. Ranks order equal keys by row, so rows stand in ascending order of their identifiers. */\ntypedef struct %s_input {\n", e->prefix);
  for (uint32_t u = 1; u < p->unit_count; u++)
    if (p->units[u].parent == ANS_NONE) ans_buffer_printf(b, "  struct { const %s_%s *rows; uint32_t count; } %s;\n", e->prefix, e->units[u], e->units[u]);
  ans_buffer_printf(b, "  an_extras extras;\n} %s_input;\n\n", e->prefix);
}

static void header__numbers(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  char type[ANS_TYPE_TEXT];
  ans_buffer_text(b, "/* Numbers of units, facts and results (of an_rows, an_text, an_result, an_given). */\nenum {\n");
  for (uint32_t u = 0; u < p->unit_count; u++) ans_buffer_printf(b, "  %s_UNIT_%s = %" PRIu32 ",\n", e->upper, e->units[u], u);
  for (uint32_t i = 0; i < p->fact_count; i++) ans_buffer_printf(b, "  %s_FACT_%s = %" PRIu32 ",\n", e->upper, e->fact_numbers[i], i);
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    ans_buffer_printf(b, "  %s_RESULT_%s = %" PRIu32 ", /* ", e->upper, e->results[i], i);
    emit__comment(b, ans_type_format(p, r->type, type), COMMENT);
    if (r->provision != ANS_NONE) {
      ans_buffer_text(b, "; ");
      emit__comment(b, emit__provision(p, r->provision), COMMENT);
    }
    ans_buffer_text(b, " */\n");
  }
  for (uint32_t i = 0; i < p->benefit_count; i++) ans_buffer_printf(b, "  %s_BENEFIT_%s = %" PRIu32 ",\n", e->upper, e->benefits[i], i);
  ans_buffer_printf(b, "  %s_REGISTERS = %" PRIu32 "\n};\n\n", e->upper, p->insn_count);
}

void emit__header(const emit *e, ans_buffer *b) {
  emit__title(e, b, "input, results and entry points");
  ans_buffer_printf(b, "#ifndef %s_EMBED_H\n#define %s_EMBED_H\n#include \"anspruch_embed.h\"\n\n", e->upper, e->upper);
  header__enums(e, b);
  header__units(e, b);
  header__numbers(e, b);
  ans_buffer_printf(b,
                    "extern const an_package %s_package;\n"
                    "/* Bytes of a block that suffices for this input; SIZE_MAX if no block does. */\n"
                    "size_t %s_memory(const %s_input *input);\n"
                    "/* Computes what depends on the period only; further evaluations of the period begin from there. The block stays the caller's and must outlive the run. */\n"
                    "an_status %s_start(an_run *run, void *block, size_t size, int32_t period, int32_t law_known);\n"
                    "/* Evaluates one component, as often as wanted after a start. Cells are read with an_result and an_get until the next evaluation. */\n"
                    "an_status %s_evaluate(an_run *run, const %s_input *input);\n\n"
                    "#endif\n",
                    e->prefix, e->prefix, e->prefix, e->prefix, e->prefix, e->prefix);
}
