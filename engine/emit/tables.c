/* Owns: the tables of <prefix>.c: parameter rows, and what an explanation names (facts, results, registers, nodes). Indices are those of the
 * package, so that a trace of the emission and one of the replay speak about the same things. */
#include <inttypes.h>
#include "emit/internal.h"

enum { COMMENT = 120 };

static void table__key(ans_buffer *b, const ans_param_row *row, uint32_t k) {
  ans_buffer_text(b, k ? ", {" : "{");
  emit__int(b, row->key_lo[k]);
  ans_buffer_text(b, ", ");
  emit__int(b, row->key_hi[k]);
  ans_buffer_char(b, '}');
}

static void table__day(ans_buffer *b, int32_t day) {
  if (day == ANS_OPEN_PAST) ans_buffer_text(b, "AN_OPEN_PAST, ");
  else if (day == ANS_OPEN_FUTURE) ans_buffer_text(b, "AN_OPEN_FUTURE, ");
  else ans_buffer_printf(b, "%" PRId32 ", ", day);
}

static void table__param_row(const emit *e, ans_buffer *b, const ans_param *m, uint32_t i) {
  const ans_param_row *row = &e->p->param_rows[i];
  ans_buffer_text(b, "  {");
  table__day(b, row->from_day);
  table__day(b, row->to_day);
  table__day(b, row->promulgated_day);
  ans_buffer_printf(b, "%" PRIu32 ", ", i);
  emit__int(b, row->value);
  ans_buffer_printf(b, ", %s, {", row->open_end ? "true" : "false");
  for (uint32_t k = 0; k < m->key_count; k++) table__key(b, row, k);
  ans_buffer_text(b, m->key_count ? "}}," : "{0, 0}}},");
  if (row->provision != ANS_NONE) {
    ans_buffer_text(b, " /* ");
    emit__comment(b, emit__provision(e->p, row->provision), COMMENT);
    ans_buffer_text(b, " */");
  }
  ans_buffer_char(b, '\n');
}

void emit__params(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  for (uint32_t i = 0; i < p->param_count; i++) {
    const ans_param *m = &p->params[i];
    if (!e->asked[i]) continue;
    ans_buffer_text(b, "/* ");
    emit__comment(b, m->name, COMMENT);
    if (m->provision != ANS_NONE) {
      ans_buffer_text(b, ", ");
      emit__comment(b, emit__provision(p, m->provision), COMMENT);
    }
    ans_buffer_printf(b, ": first day, last day, promulgated, number, value, open end, keys */\nstatic const an_param_row param%" PRIu32 "[] = {\n", i);
    for (uint32_t k = 0; k < m->row_count; k++) table__param_row(e, b, m, m->first_row + k);
    if (m->row_count == 0) ans_buffer_text(b, "  {0, 0, 0, 0, 0, false, {{0, 0}}} /* there is none */\n");
    ans_buffer_text(b, "};\n");
  }
  ans_buffer_char(b, '\n');
}

static void table__index(ans_buffer *b, uint32_t v) {
  if (v == ANS_NONE) ans_buffer_text(b, "AN_NONE");
  else ans_buffer_printf(b, "%" PRIu32, v);
}

static void table__type(ans_buffer *b, ans_type t) {
  ans_buffer_printf(b, "{%u, %u, %u, %u, %" PRIu32 "}", t.tag, t.scale, t.measure, t.per, ans_type_has_ref(t) ? t.ref : 0);
}

/* Possible values of a type (f: of a fact, within its declared bounds; or NULL); references and texts depend on the input. */
static void table__bounds(const emit *e, ans_buffer *b, ans_type t, const ans_fact *f) {
  int64_t lo = 0, hi = INT64_MAX;
  if (t.tag != ANS_T_REF && t.tag != ANS_T_TEXT) (void)(f ? ans_fact_range(e->p, f, &lo, &hi) : ans_type_bounds(e->p, t, &lo, &hi));
  emit__int(b, lo);
  ans_buffer_text(b, ", ");
  emit__int(b, hi);
}

static void table__units(const emit *e, ans_buffer *b) {
  ans_buffer_text(b, "static const an_unit_info units[] = {\n");
  for (uint32_t u = 0; u < e->p->unit_count; u++) {
    ans_buffer_text(b, "  {");
    emit__string(b, e->p->units[u].name);
    ans_buffer_text(b, ", ");
    table__index(b, e->p->units[u].parent);
    ans_buffer_printf(b, ", %" PRIu32, e->registers[u]);
    if (u == 0 || e->p->units[u].parent != ANS_NONE) ans_buffer_text(b, ", 0, 0},\n");
    else ans_buffer_printf(b, ", sizeof(%s_%s), offsetof(%s_input, %s)},\n", e->prefix, e->units[u], e->prefix, e->units[u]);
  }
  ans_buffer_text(b, "};\n");
}

static void table__facts(const emit *e, ans_buffer *b) {
  if (e->p->fact_count == 0) return;
  ans_buffer_text(b, "static const an_fact_info facts[] = {\n");
  for (uint32_t i = 0; i < e->p->fact_count; i++) {
    const ans_fact *f = &e->p->facts[i];
    ans_buffer_text(b, "  {");
    emit__string(b, f->name);
    ans_buffer_printf(b, ", %" PRIu32 ", ", f->unit);
    table__type(b, f->type);
    ans_buffer_printf(b, ", %s, %s, ", f->kind == ANS_FACT_TIMELINE ? "true" : "false", f->nature == ANS_NATURE_FACT ? "AN_UNKNOWN" : "AN_HUMAN");
    table__bounds(e, b, f->type, f);
    ans_buffer_printf(b, ", offsetof(%s_%s, %s)},\n", e->prefix, e->units[f->unit], e->facts[i]);
  }
  ans_buffer_text(b, "};\n");
}

static void table__results(const emit *e, ans_buffer *b) {
  if (e->p->result_count == 0) return;
  ans_buffer_text(b, "static const an_result_info results[] = {\n");
  for (uint32_t i = 0; i < e->p->result_count; i++) {
    const ans_result *r = &e->p->results[i];
    ans_buffer_text(b, "  {");
    emit__string(b, r->name);
    ans_buffer_text(b, ", ");
    emit__string(b, emit__provision(e->p, r->provision));
    ans_buffer_printf(b, ", %" PRIu32 ", %" PRIu32 ", ", r->unit, r->insn);
    table__type(b, r->type);
    ans_buffer_text(b, ", ");
    table__bounds(e, b, r->type, NULL);
    ans_buffer_text(b, "},\n");
  }
  ans_buffer_text(b, "};\n");
}

static void table__benefits(const emit *e, ans_buffer *b) {
  if (e->p->benefit_count == 0) return;
  ans_buffer_text(b, "static const an_benefit_info benefits[] = {\n");
  for (uint32_t i = 0; i < e->p->benefit_count; i++) {
    const ans_benefit *x = &e->p->benefits[i];
    ans_buffer_text(b, "  {");
    emit__string(b, x->name);
    ans_buffer_printf(b, ", %" PRIu32 ", ", x->unit);
    table__index(b, x->entitled_result);
    ans_buffer_text(b, ", ");
    table__index(b, x->amount_result);
    ans_buffer_text(b, ", ");
    table__index(b, x->payout_result);
    ans_buffer_text(b, "},\n");
  }
  ans_buffer_text(b, "};\n");
}

static void table__registers(const emit *e, ans_buffer *b) {
  if (e->p->insn_count == 0) return;
  ans_buffer_text(b, "static const an_register_info registers[] = {\n");
  for (uint32_t i = 0; i < e->p->insn_count; i++) {
    const ans_insn *in = &e->p->insns[i];
    ans_buffer_printf(b, "  {\"%s\", %u, %" PRIu32 ", ", ans_opcode_mnemonic((ans_opcode)in->op), in->unit, e->position[i]);
    table__index(b, e->result[i]);
    ans_buffer_text(b, ", ");
    table__index(b, in->op == ANS_OP_PARAM ? in->a : ANS_NONE);
    ans_buffer_text(b, ", ");
    table__type(b, in->type);
    ans_buffer_printf(b, "}, /* r%" PRIu32 " */\n", i);
  }
  ans_buffer_text(b, "};\n");
}

static void table__param_names(const emit *e, ans_buffer *b) {
  if (e->p->param_count == 0) return;
  ans_buffer_text(b, "static const an_param_info params[] = {\n");
  for (uint32_t i = 0; i < e->p->param_count; i++) {
    ans_buffer_text(b, "  {");
    emit__string(b, e->p->params[i].name);
    ans_buffer_text(b, ", ");
    emit__string(b, emit__provision(e->p, e->p->params[i].provision));
    ans_buffer_text(b, ", ");
    table__type(b, e->p->params[i].type);
    ans_buffer_text(b, "},\n");
  }
  ans_buffer_text(b, "};\n");
}

static void table__nodes(const emit *e, ans_buffer *b) {
  static const char *const kinds[] = {"NONE", "RESULT", "RULE", "EXCEPTION", "CONDITION", "VALUE", "FACT", "PARAM"};
  if (e->p->node_count == 0) return;
  ans_buffer_text(b, "static const an_node_info nodes[] = {\n");
  for (uint32_t i = 0; i < e->p->node_count; i++) {
    const ans_node *n = &e->p->nodes[i];
    ans_buffer_printf(b, "  {%" PRIu32 ", ", n->insn);
    table__index(b, n->parent);
    ans_buffer_printf(b, ", AN_NODE_%s, ", kinds[n->kind]);
    table__index(b, n->result);
    ans_buffer_printf(b, ", %" PRIu32 ", ", n->line);
    emit__string(b, emit__provision(e->p, n->provision));
    ans_buffer_text(b, ", ");
    emit__string(b, n->text);
    ans_buffer_text(b, ", ");
    emit__string(b, n->text_not);
    ans_buffer_printf(b, "}, /* %" PRIu32 " */\n", i);
  }
  ans_buffer_text(b, "};\n");
}

static void table__questions(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  if (p->predicate_count == 0) return;
  ans_buffer_text(b, "static const char *const question_texts[] = {\n");
  for (uint32_t i = 0; i < p->predicate_text_count; i++) {
    ans_buffer_text(b, "  ");
    emit__string(b, p->predicate_texts[i]);
    ans_buffer_text(b, ",\n");
  }
  if (p->predicate_text_count == 0) ans_buffer_text(b, "  \"\"\n");
  ans_buffer_text(b, "};\nstatic const an_question_info questions[] = {\n");
  for (uint32_t i = 0; i < p->predicate_count; i++) {
    const ans_predicate *q = &p->predicates[i];
    ans_buffer_printf(b, "  {%" PRIu32 ", %u, %s, question_texts + %" PRIu32 ", %" PRIu32 "},\n", q->fact, q->bit, q->kind == ANS_PREDICATE_MATCHES ? "true" : "false", q->first_text,
                      q->text_count);
  }
  ans_buffer_text(b, "};\n");
}

void emit__tables(const emit *e, ans_buffer *b) {
  table__units(e, b);
  table__facts(e, b);
  table__results(e, b);
  table__benefits(e, b);
  table__registers(e, b);
  table__param_names(e, b);
  table__nodes(e, b);
  table__questions(e, b);
  ans_buffer_char(b, '\n');
}
