/* Text form of a program: tables first, then one line per instruction. Deterministic and locale-free, so that two packages can be compared
 * with diff; constants are shown in the form of their type. Not a format to be parsed. */
#include <inttypes.h>
#include "base/hash.h"
#include "code/program.h"
#include "num/calendar.h"
#include "num/money.h"
#include "num/period.h"
#include <stdlib.h>
#include <string.h>

static void disasm__value(const ans_program *p, ans_type t, int64_t v, FILE *out) {
  char text[ANS_NUMBER_TEXT];
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: fputs(v ? "true" : "false", out); return;
    case ANS_T_INT:
    case ANS_T_DECIMAL:
    case ANS_T_MONEY:
    case ANS_T_DATE:
    case ANS_T_MONTH: fputs(ans_number_format(t, v, false, text), out); return;
    case ANS_T_ENUM: fputs(p->enum_values[p->enums[t.ref].first_value + (uint32_t)v], out); return;
    case ANS_T_REF:
    case ANS_T_TEXT:
    case ANS_T_LIST: fprintf(out, "%" PRId64, v); return;
  }
}

static void disasm__day(int32_t d, FILE *out) {
  char text[11];
  if (d == ANS_OPEN_PAST || d == ANS_OPEN_FUTURE) {
    fputs("..", out);
    return;
  }
  ans_date_format_iso(d, text);
  fputs(text, out);
}

static const char *disasm__provision(const ans_program *p, uint32_t i) { return i == ANS_NONE ? "-" : p->provisions[i].text; }

/* Labels and texts may have line breaks; one line stays one line. */
static void disasm__quoted(const char *s, FILE *out) {
  fputc('"', out);
  for (; *s; s++) fputc(*s == '\n' || *s == '\t' ? ' ' : *s, out);
  fputc('"', out);
}

static void disasm__types(const ans_program *p, FILE *out) {
  char t[ANS_TYPE_TEXT];
  for (uint32_t i = 0; i < p->unit_count; i++) {
    const ans_unit *u = &p->units[i];
    fprintf(out, "unit %" PRIu32 " %s", i, u->name);
    if (u->parent != ANS_NONE) fprintf(out, " segments of %s", p->units[u->parent].name);
    fputc('\n', out);
  }
  for (uint32_t i = 0; i < p->enum_count; i++) {
    fprintf(out, "enum %" PRIu32 " %s =", i, p->enums[i].name);
    for (uint32_t k = 0; k < p->enums[i].value_count; k++) fprintf(out, " %s", p->enum_values[p->enums[i].first_value + k]);
    fputc('\n', out);
  }
  static const char *const natures[] = {"", " beurteilung", " ermessen"};
  for (uint32_t i = 0; i < p->fact_count; i++) {
    const ans_fact *f = &p->facts[i];
    char bounds[ANS_BOUNDS_TEXT];
    fprintf(out, "fact %" PRIu32 " %s.%s : %s%s%s [%s]", i, p->units[f->unit].name, f->name, ans_type_format(p, f->type, t),
            f->kind == ANS_FACT_TIMELINE ? " timeline" : "", natures[f->nature], disasm__provision(p, f->provision));
    if (f->bounds) fprintf(out, " within %s", ans_fact_bounds_format(f, false, bounds));
    for (uint32_t k = 0; k < f->source_count; k++)
      fprintf(out, "%s%s(%" PRIu32 ")", k ? " " : " from ", p->sources[f->first_source + k].source, p->sources[f->first_source + k].rank);
    fputs(f->from_application ? " application\n" : "\n", out);
  }
}

static void disasm__predicates(const ans_program *p, FILE *out) {
  for (uint32_t i = 0; i < p->predicate_count; i++) {
    const ans_predicate *x = &p->predicates[i];
    fprintf(out, "predicate %" PRIu32 " %s.%s %s", i, p->units[p->facts[x->fact].unit].name, p->facts[x->fact].name, x->kind == ANS_PREDICATE_MATCHES ? "matches" : "one of");
    for (uint32_t k = 0; k < x->text_count; k++) {
      fputc(' ', out);
      disasm__quoted(p->predicate_texts[x->first_text + k], out);
    }
    fputc('\n', out);
  }
}

static void disasm__params(const ans_program *p, FILE *out) {
  char t[ANS_TYPE_TEXT];
  for (uint32_t i = 0; i < p->param_count; i++) {
    const ans_param *m = &p->params[i];
    fprintf(out, "param %" PRIu32 " %s/%" PRIu32 " : %s [%s]\n", i, m->name, m->key_count, ans_type_format(p, m->type, t), disasm__provision(p, m->provision));
    for (uint32_t k = 0; k < m->row_count; k++) {
      const ans_param_row *r = &p->param_rows[m->first_row + k];
      fputs("  ", out);
      disasm__day(r->from_day, out);
      fputs(" … ", out);
      disasm__day(r->to_day, out);
      for (uint32_t j = 0; j < m->key_count; j++) {
        fputs(j ? " / " : " key ", out);
        if (r->key_lo[j] == INT64_MIN) fputs("..", out);
        else fprintf(out, "%" PRId64, r->key_lo[j]);
        if (r->key_hi[j] != r->key_lo[j]) {
          fputs(" … ", out);
          if (r->key_hi[j] == INT64_MAX) fputs("..", out);
          else fprintf(out, "%" PRId64, r->key_hi[j]);
        }
      }
      fputs(" = ", out);
      disasm__value(p, m->type, r->value, out);
      if (r->promulgated_day != r->from_day) {
        fputs(" promulgated ", out);
        disasm__day(r->promulgated_day, out);
      }
      if (r->provision != ANS_NONE) fprintf(out, " [%s]", disasm__provision(p, r->provision));
      fputs(r->unchecked ? " unchecked\n" : "\n", out);
    }
  }
}

static void disasm__results(const ans_program *p, FILE *out) {
  char t[ANS_TYPE_TEXT];
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    fprintf(out, "result %" PRIu32 " %s.%s : %s = r%" PRIu32 " [%s]\n", i, p->units[r->unit].name, r->name, ans_type_format(p, r->type, t), r->insn,
            disasm__provision(p, r->provision));
  }
  for (uint32_t i = 0; i < p->benefit_count; i++) {
    const ans_benefit *x = &p->benefits[i];
    fprintf(out, "benefit %" PRIu32 " %s per %s entitled=%s amount=%s recipient=%s regime=[%s] application=[%s]%s\n", i, x->name, p->units[x->unit].name,
            p->results[x->entitled_result].name, x->amount_result == ANS_NONE ? "-" : p->results[x->amount_result].name,
            x->recipient_fact == ANS_NONE ? "-" : p->facts[x->recipient_fact].name,
            disasm__provision(p, x->regime_provision), disasm__provision(p, x->application_provision), x->information_only ? " information-only" : "");
  }
}

static void disasm__operand(const ans_program *p, const ans_insn *in, char kind, uint32_t v, FILE *out) {
  switch (kind) {
    case 'r':
    case 'x': fprintf(out, " r%" PRIu32, v); break;
    case 'o':
      if (v == ANS_NONE) fputs(" -", out);
      else fprintf(out, " r%" PRIu32, v);
      break;
    case 'k':
      fputc(' ', out);
      disasm__value(p, in->type, p->consts[v], out);
      break;
    case 'f': fprintf(out, " %s.%s", p->units[p->facts[v].unit].name, p->facts[v].name); break;
    case 'q': fprintf(out, " predicate %" PRIu32, v); break;
    case 'p': fprintf(out, " %s", p->params[v].name); break;
    case 'u': fprintf(out, " %s", p->units[v].name); break;
    case 'v': fprintf(out, " [%s]", disasm__provision(p, v)); break;
    case 'i': fprintf(out, " #%" PRIu32, v); break;
    default: break;
  }
}

static void disasm__split_list(const ans_program *p, const uint32_t *l, uint32_t n, FILE *out) {
  for (uint32_t i = 0; i < n; i += 3) {
    switch (l[i]) {
      case ANS_SPLIT_TIMELINE: fprintf(out, " timeline(%s.%s", p->units[p->facts[l[i + 1]].unit].name, p->facts[l[i + 1]].name); break;
      case ANS_SPLIT_DATE: fprintf(out, " date(r%" PRIu32, l[i + 1]); break;
      case ANS_SPLIT_SEGMENTS: fprintf(out, " segments(%s", p->units[l[i + 1]].name); break;
      default: fputs(" every-day(", out); break;
    }
    if ((l[i] == ANS_SPLIT_TIMELINE || l[i] == ANS_SPLIT_SEGMENTS) && l[i + 2] != ANS_NONE) fprintf(out, " via r%" PRIu32, l[i + 2]);
    fputc(')', out);
  }
}

static const char disasm__kinds[ANS_OP_COUNT][4] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
};

static void disasm__insn(const ans_program *p, uint32_t i, uint32_t provision, FILE *out) {
  const ans_insn *in = &p->insns[i];
  const char *k = disasm__kinds[in->op];
  char t[ANS_TYPE_TEXT];
  fprintf(out, "r%-5" PRIu32 " %-14s %-13s", i, p->units[in->unit].name, ans_opcode_mnemonic((ans_opcode)in->op));
  const uint32_t operands[3] = {in->a, in->b, in->c};
  for (int j = 0; j < 3; j++) {
    if (k[j] != 'l') {
      disasm__operand(p, in, k[j], operands[j], out);
      continue;
    }
    const uint32_t *l = p->lists + operands[j];
    if (in->op == ANS_OP_SPLIT) disasm__split_list(p, l, operands[j + 1], out);
    else
      for (uint32_t m = 0; m < operands[j + 1]; m++) fprintf(out, "%sr%" PRIu32, in->op == ANS_OP_RESOLVE && m % 2 == 1 ? " | " : m % 2 == 0 && m && in->op == ANS_OP_RESOLVE ? ":" : " ", l[m]);
  }
  fprintf(out, " : %s", ans_type_format(p, in->type, t));
  if (provision != ANS_NONE) fprintf(out, "  ; %s", p->provisions[provision].text);
  fputc('\n', out);
}

void ans_program_disassemble(const ans_program *p, FILE *out) {
  char a[ANS_PERIOD_TEXT], b[ANS_PERIOD_TEXT];
  ans_period_format(p->period_kind, p->first_period, a);
  ans_period_format(p->period_kind, p->last_period, b);
  fprintf(out, "package %s version %s %ss %s … %s semantics %" PRIu32 "\n", p->name, p->version, ans_period_kind_name(p->period_kind, true), a, b, p->semantics_version);
  fputs("title ", out);
  disasm__quoted(p->title, out);
  fputc('\n', out);
  for (uint32_t i = 0; i < p->import_count; i++) {
    const ans_import *x = &p->imports[i];
    char hex[65];
    ans_hex(x->sha256, sizeof x->sha256, hex);
    fprintf(out, "%s %s version %s sha256 %s\n", x->direct ? "uses" : "through these", x->name, x->version, hex);
  }
  disasm__types(p, out);
  disasm__predicates(p, out);
  disasm__params(p, out);
  disasm__results(p, out);
  /* The first node of a register gives its provision. Without memory the comments are left out, nothing else. */
  uint32_t *provision = malloc(((size_t)p->insn_count + 1) * sizeof *provision);
  if (provision) memset(provision, 0xff, ((size_t)p->insn_count + 1) * sizeof *provision);
  for (uint32_t i = p->node_count; provision && i-- > 0;)
    if (p->nodes[i].provision != ANS_NONE) provision[p->nodes[i].insn] = p->nodes[i].provision;
  for (uint32_t i = 0; i < p->insn_count; i++) disasm__insn(p, i, provision ? provision[i] : ANS_NONE, out);
  free(provision);
}
