/* Owns: the functions of <prefix>.c: one statement for each instruction, in the order of plan.c.
 *
 * A row's cells of a unit lie side by side, c[position]; cells that depend on the period only are u[position]. Statements say in a comment
 * which register they compute and, where a jurist should see it, the rule. Functions are cut after some statements so that compilers need
 * time in proportion. The switch over opcodes has no default: a new operation without its C does not compile. */
#include <inttypes.h>
#include <stdio.h>
#include "emit/internal.h"

enum { COMMENT = 160, STATEMENTS = 80 /* of a function */ };

typedef struct loop {                  /* one emitted function */
  uint32_t number, unit, statements;
  bool uses_period, uses_input, uses_run;
  ans_buffer body;
} loop;

typedef struct out { const emit *e; ans_buffer *b; loop *l; } out;

static const ans_insn *insn(const emit *e, uint32_t reg) { return &e->p->insns[reg]; }

static void code__cell(const out *o, uint32_t reg) {
  const bool period = insn(o->e, reg)->unit == 0;
  if (period) o->l->uses_period = true;
  ans_buffer_printf(o->b, "%c[%" PRIu32 "]", period ? 'u' : 'c', o->e->position[reg]);
}

static void code__call(const out *o, const char *name, uint32_t n, const uint32_t *regs, const char *rest) {
  ans_buffer_printf(o->b, "%s(", name);
  for (uint32_t i = 0; i < n; i++) {
    if (i) ans_buffer_text(o->b, ", ");
    code__cell(o, regs[i]);
  }
  ans_buffer_printf(o->b, "%s)", rest);
}

static void code__one(const out *o, const char *name, uint32_t a) { code__call(o, name, 1, &a, ""); }
static void code__two(const out *o, const char *name, uint32_t a, uint32_t b) { code__call(o, name, 2, (uint32_t[]){a, b}, ""); }

static const char *code__missing(const ans_fact *f) { return f->nature == ANS_NATURE_FACT ? "AN_UNKNOWN" : "AN_HUMAN"; }

static void code__field(const out *o, uint32_t fact) {
  const emit *e = o->e;
  const ans_fact *f = &e->p->facts[fact];
  o->l->uses_input = true;
  ans_buffer_printf(o->b, "AN_FIELD(in, %s, %s_%s, %s, %s)", e->units[f->unit], e->prefix, e->units[f->unit], e->facts[fact], code__missing(f));
}

/* Timeline operations: field, row, days. */
static void code__timeline(const out *o, const char *name, uint32_t fact, uint32_t ref, const uint32_t *days, uint32_t n) {
  ans_buffer_printf(o->b, "%s(", name);
  code__field(o, fact);
  ans_buffer_text(o->b, ", ");
  if (ref == ANS_NONE) ans_buffer_text(o->b, "an_val(i)");
  else code__cell(o, ref);
  for (uint32_t i = 0; i < n; i++) {
    ans_buffer_text(o->b, ", ");
    code__cell(o, days[i]);
  }
  ans_buffer_char(o->b, ')');
}

static void code__sum(const out *o, const ans_insn *in) {
  const bool add = in->op == ANS_OP_ADD;
  if (in->type.tag == ANS_T_DATE) code__two(o, add ? "an_add_day" : "an_sub_day", in->a, in->b);
  else code__two(o, add ? "an_add" : "an_sub", in->a, in->b);
}

static void code__quotient(const out *o, const ans_insn *in) {
  const int places = in->type.scale + insn(o->e, in->b)->type.scale - insn(o->e, in->a)->type.scale;
  char rest[48];
  snprintf(rest, sizeof rest, ", %d, %" PRIu32, places, in->c);
  code__call(o, "an_quotient", 2, (uint32_t[]){in->a, in->b}, rest);
}

static void code__mul_round(const out *o, const ans_insn *in) {
  const uint32_t *l = o->e->p->lists + in->a;
  int places = in->type.scale;
  char rest[64];
  for (uint32_t i = 0; i < in->b; i++) places += i == 2 ? insn(o->e, l[i])->type.scale : -insn(o->e, l[i])->type.scale;
  snprintf(rest, sizeof rest, "%s, %d, %" PRIu32, in->b == 2 ? ", an_val(1)" : "", places, in->c);
  code__call(o, "an_mul_round", in->b, l, rest);
}

static void code__period(const out *o, uint32_t which) {
  static const char *const fields[] = {"period", "first_day", "last_day", "law_known"};
  o->l->uses_run = true;
  ans_buffer_printf(o->b, "an_val(run->%s)", fields[which]);
}

static void code__gather(const out *o, const ans_insn *in) {
  const uint32_t unit = insn(o->e, in->b)->unit;
  o->l->uses_run = true;
  ans_buffer_text(o->b, "an_gather(");
  code__cell(o, in->a);
  ans_buffer_printf(o->b, ", run->cells[%" PRIu32 "] + %" PRIu32 ", %" PRIu32 ")", unit, o->e->position[in->b], o->e->registers[unit]);
}

static void code__seg_find(const out *o, const ans_insn *in) {
  o->l->uses_run = true;
  ans_buffer_printf(o->b, "an_seg_find(run, %" PRIu32 ", ", in->b);
  code__cell(o, in->a);
  ans_buffer_text(o->b, ", ");
  code__cell(o, in->c);
  ans_buffer_char(o->b, ')');
}

static void code__text_is(const out *o, const ans_insn *in) {
  o->l->uses_input = true;
  ans_buffer_text(o->b, "an_text_is(");
  code__cell(o, in->a);
  ans_buffer_printf(o->b, ", in->extras.texts, %u)", o->e->p->predicates[in->b].bit);
}

static void code__select(const out *o, const ans_insn *in) { code__call(o, "an_select", 3, (uint32_t[]){in->a, in->b, in->c}, ""); }

static void code__months(const out *o, const ans_insn *in) {
  char rest[24];
  snprintf(rest, sizeof rest, ", %" PRIu32, in->c);
  code__call(o, "an_add_months", 2, (uint32_t[]){in->a, in->b}, rest);
}

static void code__days(const out *o, const ans_insn *in) {
  const uint32_t *l = o->e->p->lists + in->a;
  code__timeline(o, "an_tl_days", in->c, in->b == 3 ? l[2] : ANS_NONE, l, 2);
}

/* Operands of a list stand in an array x before the statement. */
static void code__array(const out *o, uint32_t first, uint32_t n) {
  ans_buffer_text(o->b, "{\n      const an_cell x[] = {");
  for (uint32_t i = 0; i < n; i++) {
    if (i) ans_buffer_text(o->b, ", ");
    code__cell(o, o->e->p->lists[first + i]);
  }
  ans_buffer_text(o->b, "};\n      ");
}

static bool code__needs_array(const ans_insn *in) { return in->op == ANS_OP_PARAM || (in->op == ANS_OP_RESOLVE && in->b > 1); }

static void code__resolve(const out *o, const ans_insn *in) {
  if (in->b == 1) code__cell(o, o->e->p->lists[in->a]);
  else ans_buffer_printf(o->b, "an_resolve(x, %" PRIu32 ", %s)", in->b / 2, in->type.tag == ANS_T_BOOL ? "true" : "false");
}

static void code__param(const out *o, const ans_insn *in) {
  o->l->uses_run = true;
  ans_buffer_printf(o->b, "an_param(run, param%" PRIu32 ", %" PRIu32 ", x, %" PRIu32 ")", in->a, o->e->p->params[in->a].row_count, in->c - 1);
}

static void code__fact(const out *o, const ans_insn *in) {
  const ans_fact *f = &o->e->p->facts[in->a];
  o->l->uses_input = true;
  ans_buffer_printf(o->b, "an_given_fact(in->%s.rows[i].%s, %s)", o->e->units[f->unit], o->e->facts[in->a], code__missing(f));
}

static void code__segment(const out *o, const ans_insn *in) {
  o->l->uses_run = true;
  ans_buffer_printf(o->b, "an_val(run->segments[%u].items[i].%s)", in->unit, in->op == ANS_OP_SEG_FROM ? "from" : "to");
}

static void code__value(const out *o, const ans_insn *in) {
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST:
      ans_buffer_text(o->b, "an_val(");
      emit__int(o->b, o->e->p->consts[in->a]);
      ans_buffer_char(o->b, ')');
      return;
    case ANS_OP_PERIOD: code__period(o, in->a); return;
    case ANS_OP_FACT: code__fact(o, in); return;
    case ANS_OP_SELF: ans_buffer_text(o->b, "an_val(i)"); return;
    case ANS_OP_SEG_FROM:
    case ANS_OP_SEG_TO: code__segment(o, in); return;
    case ANS_OP_SEG_FIND: code__seg_find(o, in); return;
    case ANS_OP_GATHER: code__gather(o, in); return;
    case ANS_OP_TL_AT: code__timeline(o, "an_tl_at", in->a, in->b, &in->c, 1); return;
    case ANS_OP_TL_LAST_END: code__timeline(o, "an_tl_last_end", in->a, in->b, &in->c, 1); return;
    case ANS_OP_TL_NEXT_START: code__timeline(o, "an_tl_next_start", in->a, in->b, &in->c, 1); return;
    case ANS_OP_TL_DAYS: code__days(o, in); return;
    case ANS_OP_PARAM: code__param(o, in); return;
    case ANS_OP_NOT: code__one(o, "an_not", in->a); return;
    case ANS_OP_AND: code__two(o, "an_and", in->a, in->b); return;
    case ANS_OP_OR: code__two(o, "an_or", in->a, in->b); return;
    case ANS_OP_ADD:
    case ANS_OP_SUB: code__sum(o, in); return;
    case ANS_OP_MUL: code__two(o, "an_mul", in->a, in->b); return;
    case ANS_OP_NEG: code__one(o, "an_neg", in->a); return;
    case ANS_OP_MIN2: code__two(o, "an_min2", in->a, in->b); return;
    case ANS_OP_MAX2: code__two(o, "an_max2", in->a, in->b); return;
    case ANS_OP_DIVR: code__quotient(o, in); return;
    case ANS_OP_EQ: code__two(o, "an_equal", in->a, in->b); return;
    case ANS_OP_NE: code__two(o, "an_differ", in->a, in->b); return;
    case ANS_OP_LT: code__two(o, "an_less", in->a, in->b); return;
    case ANS_OP_LE: code__two(o, "an_less_equal", in->a, in->b); return;
    case ANS_OP_SELECT: code__select(o, in); return;
    case ANS_OP_RESOLVE: code__resolve(o, in); return;
    case ANS_OP_GUARD: code__one(o, "an_condition", in->a); return;
    case ANS_OP_KNOWN: code__one(o, "an_known", in->a); return;
    case ANS_OP_PRESENT: code__one(o, "an_present", in->a); return;
    case ANS_OP_DEFAULT: code__two(o, "an_default", in->a, in->b); return;
    case ANS_OP_HUMAN: ans_buffer_text(o->b, "an_st(AN_HUMAN)"); return;
    case ANS_OP_YEARS_DONE: code__two(o, "an_years_done", in->a, in->b); return;
    case ANS_OP_ADD_MONTHS: code__months(o, in); return;
    case ANS_OP_MONTH_OF: code__one(o, "an_month_of", in->a); return;
    case ANS_OP_MONTH_FIRST: code__one(o, "an_month_first", in->a); return;
    case ANS_OP_MONTH_LAST: code__one(o, "an_month_last", in->a); return;
    case ANS_OP_YEAR_OF: code__one(o, "an_year_of", in->a); return;
    case ANS_OP_MULR: code__mul_round(o, in); return;
    case ANS_OP_UNIT: code__one(o, "an_unit", in->a); return;
    case ANS_OP_HOLIDAY: code__one(o, "an_holiday", in->a); return;
    case ANS_OP_WORKDAY: code__one(o, "an_workday", in->a); return;
    case ANS_OP_TEXT_IS: code__text_is(o, in); return;
    case ANS_OP_LIST_HAS: code__two(o, "an_list_has", in->a, in->b); return;
    case ANS_OP_LIST_COUNT: code__one(o, "an_list_count", in->a); return;
    case ANS_OP_SPLIT:
    case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM:
    case ANS_OP_AGG_MIN:
    case ANS_OP_AGG_MAX:
    case ANS_OP_AGG_ANY:
    case ANS_OP_AGG_ALL:
    case ANS_OP_RANK: /* whole units: code__whole */
    case ANS_OP_COUNT: return;
  }
}

/* The register, and the rule, condition, result or fact that it is. */
static void code__comment(const emit *e, ans_buffer *b, uint32_t reg) {
  static const char *const kinds[] = {"", "result", "rule", "exception", "condition", "value", "fact", "parameter"};
  const ans_insn *in = insn(e, reg);
  ans_buffer_printf(b, "/* r%" PRIu32, reg);
  if (e->result[reg] != ANS_NONE) {
    ans_buffer_text(b, " = ");
    emit__comment(b, e->p->results[e->result[reg]].name, COMMENT);
  }
  if (e->node[reg] != ANS_NONE) {
    const ans_node *n = &e->p->nodes[e->node[reg]];
    ans_buffer_printf(b, " %s ", kinds[n->kind]);
    if (n->provision != ANS_NONE) {
      emit__comment(b, emit__provision(e->p, n->provision), COMMENT);
      ans_buffer_text(b, ", ");
    }
    ans_buffer_printf(b, "line %" PRIu32, n->line);
    if (n->text[0]) {
      ans_buffer_text(b, ": ");
      emit__comment(b, n->text, COMMENT);
    }
  } else if (in->op == ANS_OP_PARAM) {
    ans_buffer_char(b, ' ');
    emit__comment(b, e->p->params[in->a].name, COMMENT);
  }
  ans_buffer_text(b, " */");
}

static bool code__may_be_given(const emit *e, uint32_t reg) {
  const uint32_t unit = insn(e, reg)->unit;
  return e->result[reg] != ANS_NONE && unit != 0 && e->p->units[unit].parent == ANS_NONE;
}

static void code__statement(const out *o, uint32_t reg) {
  const ans_insn *in = insn(o->e, reg);
  const bool array = code__needs_array(in), given = code__may_be_given(o->e, reg), result = o->e->result[reg] != ANS_NONE;
  const bool named = o->e->node[reg] != ANS_NONE || result || in->op == ANS_OP_PARAM;
  ans_buffer_text(o->b, "    ");
  if (named) {
    code__comment(o->e, o->b, reg);
    ans_buffer_text(o->b, "\n    ");
  }
  if (array) code__array(o, in->op == ANS_OP_PARAM ? in->b : in->a, in->op == ANS_OP_PARAM ? in->c : in->b);
  code__cell(o, reg);
  ans_buffer_text(o->b, " = ");
  if (given) {
    o->l->uses_input = true;
    ans_buffer_printf(o->b, "an_result_cell(&in->extras, %" PRIu32 ", i, ", o->e->result[reg]);
  } else if (result) {
    ans_buffer_text(o->b, "an_computed(");
  }
  code__value(o, in);
  ans_buffer_text(o->b, result ? ");" : ";");
  if (!named) ans_buffer_printf(o->b, " /* r%" PRIu32 " */", reg);
  ans_buffer_text(o->b, array ? "\n    }\n" : "\n");
}

/* --- registers of whole units ------------------------------------------------------------------------------------------------------- */
static void code__at(const emit *e, ans_buffer *b, uint32_t reg) {
  if (reg == ANS_NONE) ans_buffer_text(b, "AN_NOWHERE");
  else ans_buffer_printf(b, "AN_AT(%u, %" PRIu32 ")", insn(e, reg)->unit, e->position[reg]);
}

static void code__change(const out *o, const uint32_t *t) {
  static const char *const kinds[] = {"TIMELINE", "DATE", "SEGMENTS", "EVERY_DAY"};
  ans_buffer_printf(o->b, "      {AN_CHANGE_%s, ", kinds[t[0]]);
  code__at(o->e, o->b, t[0] == ANS_SPLIT_DATE ? t[1] : t[0] == ANS_SPLIT_EVERY_DAY ? ANS_NONE : t[2]);
  ans_buffer_text(o->b, ", ");
  if (t[0] == ANS_SPLIT_TIMELINE) code__field(o, t[1]);
  else ans_buffer_text(o->b, "{NULL, 0, 0, 0}");
  ans_buffer_printf(o->b, ", %" PRIu32 "},\n", t[0] == ANS_SPLIT_SEGMENTS ? t[1] : 0);
}

static void code__split(const out *o, const ans_insn *in, uint32_t reg) {
  const uint32_t *l = o->e->p->lists + in->b;
  if (in->c == 0) {
    ans_buffer_printf(o->b, "  if (!an_split(run, %u, %" PRIu32 ", NULL, 0)) return false;\n", in->unit, o->e->position[reg]);
    return;
  }
  ans_buffer_text(o->b, "  {\n    const an_change x[] = {\n");
  for (uint32_t i = 0; i < in->c; i += 3) code__change(o, l + i);
  ans_buffer_printf(o->b, "    };\n    if (!an_split(run, %u, %" PRIu32 ", x, %" PRIu32 ")) return false;\n  }\n", in->unit, o->e->position[reg], in->c / 3);
}

static void code__aggregate(const emit *e, ans_buffer *b, const ans_insn *in, uint32_t reg) {
  static const char *const kinds[] = {"COUNT", "SUM", "MIN", "MAX", "ANY", "ALL"};
  ans_buffer_printf(b, "  if (!an_aggregate(run, AN_AGG_%s, ", kinds[in->op - ANS_OP_AGG_COUNT]);
  code__at(e, b, reg);
  ans_buffer_text(b, ", ");
  code__at(e, b, in->a);
  ans_buffer_text(b, ", ");
  code__at(e, b, in->b);
  ans_buffer_text(b, ", ");
  code__at(e, b, in->op == ANS_OP_AGG_COUNT ? ANS_NONE : in->c);
  ans_buffer_text(b, ")) return false;\n");
}

static void code__rank(const emit *e, ans_buffer *b, const ans_insn *in, uint32_t reg) {
  ans_buffer_text(b, "  if (!an_rank(run, ");
  code__at(e, b, reg);
  ans_buffer_text(b, ", ");
  code__at(e, b, in->a);
  ans_buffer_printf(b, ", %" PRIu32 ", ", insn(e, in->a)->type.ref);
  code__at(e, b, in->b);
  ans_buffer_text(b, ", ");
  code__at(e, b, in->c);
  ans_buffer_text(b, ")) return false;\n");
}

static void code__whole(const out *o, uint32_t reg) {
  const ans_insn *in = insn(o->e, reg);
  ans_buffer_text(o->b, "  ");
  code__comment(o->e, o->b, reg);
  ans_buffer_char(o->b, '\n');
  if (in->op == ANS_OP_SPLIT) code__split(o, in, reg);
  else if (in->op == ANS_OP_RANK) code__rank(o->e, o->b, in, reg);
  else code__aggregate(o->e, o->b, in, reg);
  if (!code__may_be_given(o->e, reg)) return;
  o->l->uses_input = true;
  ans_buffer_printf(o->b, "  an_result_cells(run, &in->extras, %" PRIu32 ", ", o->e->result[reg]);
  code__at(o->e, o->b, reg);
  ans_buffer_text(o->b, ");\n");
}

/* --- functions ---------------------------------------------------------------------------------------------------------------------- */
typedef struct writer {
  const emit *e;
  ans_buffer *b;                       /* the functions */
  ans_buffer calls;                    /* the body of the function that calls them in order */
  loop l;                              /* the one that is being filled */
  bool uses_input;                     /* the calls do */
} writer;

/* One function: what was collected in w->l, in a loop over the rows of its unit. */
static void writer__close(writer *w) {
  loop *l = &w->l;
  ans_buffer *b = w->b;
  if (l->statements == 0) return;
  ans_buffer_text(b, "/* ");
  emit__comment(b, w->e->p->units[l->unit].name, COMMENT);
  ans_buffer_printf(b, " */\nstatic void step%" PRIu32 "(const an_run *run) {\n", l->number);
  if (l->uses_input) ans_buffer_printf(b, "  const %s_input *in = run->input;\n", w->e->prefix);
  if (l->uses_period || l->unit == 0) ans_buffer_printf(b, "  %san_cell *u = run->cells[0];\n", l->unit == 0 ? "" : "const ");
  if (l->unit == 0) ans_buffer_text(b, "  {\n");
  else
    ans_buffer_printf(b, "  for (uint32_t i = 0; i < run->rows[%" PRIu32 "]; i++) {\n    an_cell *c = run->cells[%" PRIu32 "] + (size_t)i * %" PRIu32 ";\n", l->unit, l->unit,
                      w->e->registers[l->unit]);
  if (l->body.data) ans_buffer_append(b, l->body.data, l->body.len);
  b->failed = b->failed || l->body.failed;
  b->full = b->full || l->body.full;
  ans_buffer_text(b, "  }\n}\n\n");
  ans_buffer_printf(&w->calls, "  step%" PRIu32 "(run);\n", l->number);
  ans_buffer_dispose(&l->body);
  *l = (loop){.number = l->number + 1};
  ans_buffer_init(&l->body, ANS_EMIT_MAX_BYTES);
}

static void writer__whole(writer *w, uint32_t reg) {
  loop none = {0};
  writer__close(w);
  code__whole(&(out){w->e, &w->calls, &none}, reg);
  w->uses_input = w->uses_input || none.uses_input;
}

/* A function that computes all registers that depend on the period only, or all others. */
static void writer__function(writer *w, bool periodic) {
  const emit *e = w->e;
  ans_buffer_init(&w->calls, ANS_EMIT_MAX_BYTES);
  w->uses_input = false;
  for (uint32_t k = 0; k < e->p->insn_count; k++) {
    const uint32_t reg = e->order[k];
    if (e->periodic[reg] != periodic) continue;
    if (emit__whole(insn(e, reg)->op)) {
      writer__whole(w, reg);
      continue;
    }
    if (w->l.statements == STATEMENTS || w->l.unit != insn(e, reg)->unit) writer__close(w);
    w->l.unit = insn(e, reg)->unit;
    w->l.statements++;
    code__statement(&(out){e, &w->l.body, &w->l}, reg);
  }
  writer__close(w);
  ans_buffer_printf(w->b, "static %s(an_run *run) {\n", periodic ? "void periodic" : "bool evaluate");
  if (w->uses_input) ans_buffer_printf(w->b, "  const %s_input *in = run->input;\n", e->prefix);
  if (w->calls.data) ans_buffer_append(w->b, w->calls.data, w->calls.len);
  else ans_buffer_text(w->b, "  (void)run;\n");
  w->b->failed = w->b->failed || w->calls.failed;
  w->b->full = w->b->full || w->calls.full;
  ans_buffer_text(w->b, periodic ? "}\n\n" : "  return true;\n}\n\n");
  ans_buffer_dispose(&w->calls);
}

void emit__code(const emit *e, ans_buffer *b) {
  writer w = {.e = e, .b = b};
  ans_buffer_init(&w.l.body, ANS_EMIT_MAX_BYTES);
  writer__function(&w, true);
  writer__function(&w, false);
  ans_buffer_dispose(&w.l.body);
}
