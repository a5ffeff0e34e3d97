/* `anspruch build --report`: what the range analysis (engine/range) proved about a package: shares, guards, and each operation that is not
 * proven, with its place in the text and the bounds that would prove it. Text or JSON (docs/formats/ranges.md). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "base/error.h"
#include "cli.h"
#include "num/calendar.h"
#include "num/money.h"
#include "range/range.h"

enum { HINTS = 8, NAMED = 8 /* guards named with an operation */, HINTED = 1000 /* wide operations that get hints: each costs a pass over the package */, NAME = 600, VALUE = 48 };

typedef struct ranges_report {
  const cli_args *a;
  const ans_program *p;
  const ans_ranges *r;
  uint32_t *node;   /* per register: the explanation node whose line it belongs to, or ANS_NONE */
  uint32_t *result; /* per register: the result it holds, or ANS_NONE */
  uint32_t hinted;
  ans_buffer out;
  uint32_t declared;     /* operations proven only by declared bounds */
} ranges_report;

/* --- where an instruction stands ------------------------------------------------------------------------------------------- */
typedef struct inherit { uint32_t *node; uint32_t from; } inherit;
static void inherit_node(void *ctx, uint32_t reg) {
  const inherit *x = ctx;
  if (x->node[reg] == ANS_NONE) x->node[reg] = x->node[x->from];
}

/* A register without a node of its own belongs to the place that reads it. */
static bool find_places(ranges_report *x) {
  const ans_program *p = x->p;
  x->node = malloc(((size_t)p->insn_count + 1) * sizeof *x->node);
  x->result = malloc(((size_t)p->insn_count + 1) * sizeof *x->result);
  if (!x->node || !x->result) return false;
  for (uint32_t i = 0; i < p->insn_count; i++) x->node[i] = x->result[i] = ANS_NONE;
  for (uint32_t i = p->node_count; i-- > 0;)
    if (p->nodes[i].line) x->node[p->nodes[i].insn] = i;
  for (uint32_t r = 0; r < p->result_count; r++) x->result[p->results[r].insn] = r;
  for (uint32_t i = p->insn_count; i-- > 0;) {
    inherit ctx = {x->node, i};
    ans_range_operands(p, &p->insns[i], inherit_node, &ctx);
  }
  return true;
}

static uint32_t line_of(const ranges_report *x, uint32_t reg) { return x->node[reg] == ANS_NONE ? 0 : x->p->nodes[x->node[reg]].line; }
static const char *provision_of(const ranges_report *x, uint32_t reg) {
  for (uint32_t n = x->node[reg]; n != ANS_NONE; n = x->p->nodes[n].parent)
    if (x->p->nodes[n].provision != ANS_NONE) return x->p->provisions[x->p->nodes[n].provision].text;
  return "";
}

/* "Person.Einkommen" for a fact or a result, else the operation and its line. */
static void name_of(const ranges_report *x, uint32_t reg, char out[NAME]) {
  const ans_insn *in = &x->p->insns[reg];
  if (in->op == ANS_OP_FACT || in->op == ANS_OP_TL_AT) {
    const ans_fact *f = &x->p->facts[in->a];
    snprintf(out, NAME, "%s.%s", x->p->units[f->unit].name, f->name);
  } else if (x->result[reg] != ANS_NONE) {
    const ans_result *r = &x->p->results[x->result[reg]];
    snprintf(out, NAME, "%s.%s", x->p->units[r->unit].name, r->name);
  } else {
    snprintf(out, NAME, "%s (%s %u)", ans_opcode_mnemonic((ans_opcode)in->op), cli_say(x->a, "Zeile", "line"), line_of(x, reg));
  }
}

/* The result that an operation helps to compute. */
static void result_of(const ranges_report *x, uint32_t reg, char out[NAME]) {
  out[0] = 0;
  for (uint32_t n = x->node[reg]; n != ANS_NONE && !out[0]; n = x->p->nodes[n].parent) {
    if (x->p->nodes[n].result == ANS_NONE) continue;
    const ans_result *r = &x->p->results[x->p->nodes[n].result];
    snprintf(out, NAME, "%s.%s", x->p->units[r->unit].name, r->name);
  }
}

static void value_text(const ranges_report *x, ans_type t, int64_t v, char out[VALUE]) {
  char day[11];
  if (t.tag == ANS_T_DATE && v >= ANS_DAY_MIN && v <= ANS_DAY_MAX) {
    ans_date_format_iso(v, day);
    snprintf(out, VALUE, "%s", day);
  } else if (x->a->lang == ANS_LANG_EN || x->a->value[OPT_JSON]) {
    ans_decimal_format(v, t.scale, out, VALUE);
  } else {
    ans_decimal_format_de(v, t.scale, out, VALUE);
  }
}

/* An end at the limit of 64 bits bounds nothing. */
static void bound_text(const ranges_report *x, const ans_range_guard *g, char out[2 * VALUE + 16]) {
  char lo[VALUE] = "…", hi[VALUE] = "…";
  const ans_type t = x->p->insns[g->insn].type;
  if (g->bound.lo != INT64_MIN) value_text(x, t, g->bound.lo, lo);
  if (g->bound.hi != INT64_MAX) value_text(x, t, g->bound.hi, hi);
  snprintf(out, 2 * VALUE + 16, "%s %s %s", lo, cli_say(x->a, "bis", "to"), hi);
}

static uint32_t total_of(const ranges_report *x) {
  return x->r->count[ANS_PROOF_32] + x->r->count[ANS_PROOF_64] + x->r->count[ANS_PROOF_GUARDED] + x->r->count[ANS_PROOF_WIDE];
}

/* Registers with values that the vector machine keeps in 4 bytes (8: true) a row. */
static uint32_t registers_of(const ranges_report *x, bool eight) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < x->p->insn_count; i++) n += x->p->insns[i].type.tag != ANS_T_BOOL && ans_range_narrow(x->r, i) != eight;
  return n;
}

static bool is_open(const ranges_report *x, uint32_t reg) { return x->r->insns[reg].proof == ANS_PROOF_GUARDED || x->r->insns[reg].proof == ANS_PROOF_WIDE; }

/* How many operations are proven only because facts declare bounds: those that the package without them leaves open. */
static ans_status count_declared(ranges_report *x, ans_error *err) {
  const ans_program *p = x->p;
  ans_program plain = *p;
  ans_ranges *r = NULL;
  ans_fact *facts = calloc((size_t)p->fact_count + 1, sizeof *facts);
  if (!facts) return ANS_MEMORY;
  for (uint32_t f = 0; f < p->fact_count; f++) {
    facts[f] = p->facts[f];
    facts[f].bounds = 0;
    facts[f].low = facts[f].high = 0;
  }
  plain.facts = facts;
  ans_status st = ans_ranges_new(&plain, &r, err);
  for (uint32_t i = 0; st == ANS_OK && i < p->insn_count; i++) x->declared += x->r->insns[i].width && !is_open(x, i) && (r->insns[i].proof == ANS_PROOF_GUARDED || r->insns[i].proof == ANS_PROOF_WIDE);
  ans_ranges_free(r);
  free(facts);
  return st;
}

static void json_end(ranges_report *x, const ans_fact *f, int end) {
  char text[ANS_NUMBER_TEXT];
  const bool there = f->bounds & (end ? ANS_FACT_GREATEST : ANS_FACT_LEAST);
  ans_buffer_printf(&x->out, ",\"%s\":", end ? "high" : "low");
  if (there) ans_buffer_printf(&x->out, "\"%s\"", ans_number_format(f->type, end ? f->high : f->low, false, text));
  else ans_buffer_text(&x->out, "null");
}

static void json_declared(ranges_report *x) {
  bool first = true;
  char name[NAME];
  for (uint32_t i = 0; i < x->p->fact_count; i++) {
    const ans_fact *f = &x->p->facts[i];
    if (!f->bounds) continue;
    snprintf(name, NAME, "%s.%s", x->p->units[f->unit].name, f->name);
    ans_buffer_text(&x->out, first ? "\n{\"fact\":" : ",\n{\"fact\":");
    ans_buffer_json(&x->out, name);
    for (int end = 0; end < 2; end++) json_end(x, f, end);
    ans_buffer_char(&x->out, '}');
    first = false;
  }
}

/* The guards that an operation rests on; those that share the last bit are all named. */
static void json_guards(ranges_report *x, uint64_t needs) {
  bool first = true;
  ans_buffer_char(&x->out, '[');
  for (uint32_t k = 0; k < x->r->guard_count; k++) {
    if (!(x->r->guards[k].bit & needs)) continue;
    ans_buffer_printf(&x->out, "%s%u", first ? "" : ",", k);
    first = false;
  }
  ans_buffer_char(&x->out, ']');
}

static void json_bound(ranges_report *x, const ans_range_guard *g) {
  char name[NAME], lo[VALUE], hi[VALUE];
  const ans_type t = x->p->insns[g->insn].type;
  name_of(x, g->insn, name);
  ans_buffer_printf(&x->out, "{\"register\":%u,\"name\":", g->insn);
  ans_buffer_json(&x->out, name);
  value_text(x, t, g->bound.lo, lo);
  value_text(x, t, g->bound.hi, hi);
  ans_buffer_printf(&x->out, ",\"line\":%u,\"low\":\"%s\",\"high\":\"%s\"}", line_of(x, g->insn), lo, hi);
}

static ans_status hints_of(ranges_report *x, uint32_t reg, ans_range_guard hints[HINTS], uint32_t *n) {
  *n = 0;
  if (x->r->insns[reg].proof != ANS_PROOF_WIDE || x->hinted == HINTED) return ANS_OK;
  x->hinted++;
  *n = HINTS;
  return ans_ranges_hint(x->r, reg, hints, n);
}

static ans_status json_operation(ranges_report *x, uint32_t reg) {
  char name[NAME];
  ans_range_guard hints[HINTS];
  uint32_t n;
  ans_status st = hints_of(x, reg, hints, &n);
  const bool guarded = x->r->insns[reg].proof == ANS_PROOF_GUARDED;
  ans_buffer_printf(&x->out, "{\"register\":%u,\"operation\":\"%s\",\"proof\":\"%s\",\"line\":%u,\"provision\":", reg, ans_opcode_mnemonic((ans_opcode)x->p->insns[reg].op),
                    guarded ? "guarded" : "wide", line_of(x, reg));
  ans_buffer_json(&x->out, provision_of(x, reg));
  result_of(x, reg, name);
  ans_buffer_text(&x->out, ",\"result\":");
  ans_buffer_json(&x->out, name);
  ans_buffer_text(&x->out, ",\"guards\":");
  json_guards(x, guarded ? x->r->insns[reg].needs : 0);
  ans_buffer_text(&x->out, ",\"would_prove\":[");
  for (uint32_t k = 0; k < n; k++) {
    if (k) ans_buffer_char(&x->out, ',');
    json_bound(x, &hints[k]);
  }
  ans_buffer_text(&x->out, "]}");
  return st;
}

static ans_status print_json(ranges_report *x) {
  const ans_ranges *r = x->r;
  ans_status st = ANS_OK;
  bool first = true;
  ans_buffer_text(&x->out, "{\"package\":");
  ans_buffer_json(&x->out, x->p->name);
  ans_buffer_text(&x->out, ",\"version\":");
  ans_buffer_json(&x->out, x->p->version);
  ans_buffer_printf(&x->out, ",\"instructions\":%u,\"operations\":%u,\"proven_32\":%u,\"proven_64\":%u,\"unless_given\":%u,\"declared\":%u,\"guarded\":%u,\"wide\":%u,\"registers_4\":%u,\"registers_8\":%u,\n\"bounds\":[",
                    x->p->insn_count, total_of(x), r->count[ANS_PROOF_32], r->count[ANS_PROOF_64], r->unless_given, x->declared, r->count[ANS_PROOF_GUARDED], r->count[ANS_PROOF_WIDE],
                    registers_of(x, false), registers_of(x, true));
  json_declared(x);
  ans_buffer_text(&x->out, "],\n\"guards\":[");
  for (uint32_t k = 0; k < r->guard_count; k++) {
    ans_buffer_text(&x->out, k ? ",\n" : "\n");
    json_bound(x, &r->guards[k]);
  }
  ans_buffer_text(&x->out, "],\n\"open\":[");
  for (uint32_t i = 0; i < x->p->insn_count && st == ANS_OK; i++) {
    if (!is_open(x, i)) continue;
    ans_buffer_text(&x->out, first ? "\n" : ",\n");
    st = json_operation(x, i);
    first = false;
  }
  ans_buffer_text(&x->out, "]}\n");
  return st;
}

/* --- text ------------------------------------------------------------------------------------------------------------------ */
static void text_share(ranges_report *x, const char *what, uint32_t n) {
  const uint32_t all = total_of(x), share = all ? (uint32_t)(((uint64_t)n * 2000 + all) / (2 * (uint64_t)all)) : 0; /* thousandths, rounded */
  ans_buffer_printf(&x->out, "  %6u  %3u%c%u %%  %s\n", n, share / 10, x->a->lang == ANS_LANG_EN ? '.' : ',', share % 10, what);
}

static void text_counts(ranges_report *x) {
  const ans_ranges *r = x->r;
  ans_buffer_printf(&x->out, "%s %s: %u %s, %u %s\n", x->p->name, x->p->version, x->p->insn_count, cli_say(x->a, "Anweisungen", "instructions"), total_of(x),
                    cli_say(x->a, "Rechenschritte (Summen, Produkte, Quotienten)", "arithmetic operations (sums, products, quotients)"));
  text_share(x, cli_say(x->a, "bewiesen, 32 Bit", "proven, 32 bits"), r->count[ANS_PROOF_32]);
  text_share(x, cli_say(x->a, "bewiesen, 64 Bit", "proven, 64 bits"), r->count[ANS_PROOF_64]);
  if (x->declared) text_share(x, cli_say(x->a, "davon erst durch vereinbarte Grenzen von Angaben", "of these only by declared bounds of facts"), x->declared);
  text_share(x, cli_say(x->a, "mit Schranke: ohne Prüfung, solange Angaben darin liegen", "guarded: no check while facts keep a bound"), r->count[ANS_PROOF_GUARDED]);
  text_share(x, cli_say(x->a, "weit: geprüft, notfalls mit 128 Bit", "wide: checked, with 128 bits where needed"), r->count[ANS_PROOF_WIDE]);
  ans_buffer_printf(&x->out, "  %s: %u %s, %u %s\n", cli_say(x->a, "Register mit Werten je Zeile", "registers with values, a row"), registers_of(x, false),
                    cli_say(x->a, "in 4 Byte", "in 4 bytes"), registers_of(x, true), cli_say(x->a, "in 8 Byte", "in 8 bytes"));
  if (r->unless_given)
    ans_buffer_printf(&x->out, "  %s\n", cli_say(x->a, "Bewiesenes gilt auch, wenn ein Ergebnis vorgegeben wird, sofern es in der Spanne des berechneten liegt; sonst wird geprüft.",
                                                  "What is proven holds with given results too if they lie in the range of the computed ones; else it is checked."));
}

static void text_declared(ranges_report *x) {
  char bounds[ANS_BOUNDS_TEXT];
  bool any = false;
  for (uint32_t i = 0; i < x->p->fact_count; i++) {
    const ans_fact *f = &x->p->facts[i];
    if (!f->bounds) continue;
    if (!any) ans_buffer_printf(&x->out, "\n%s\n", cli_say(x->a, "Vereinbarte Grenzen:", "Declared bounds:"));
    any = true;
    ans_buffer_printf(&x->out, "  %s.%s: %s\n", x->p->units[f->unit].name, f->name, ans_fact_bounds_format(f, x->a->lang != ANS_LANG_EN, bounds));
  }
}

static void text_guards(ranges_report *x) {
  char name[NAME], bound[2 * VALUE + 16];
  if (!x->r->guard_count) return;
  ans_buffer_printf(&x->out, "\n%s\n", cli_say(x->a, "Schranken (wer sie als Grenzen von Angaben vereinbart, macht sie zu Beweisen):", "Guards (declared as bounds of facts they become proofs):"));
  for (uint32_t k = 0; k < x->r->guard_count; k++) {
    name_of(x, x->r->guards[k].insn, name);
    bound_text(x, &x->r->guards[k], bound);
    ans_buffer_printf(&x->out, "  %s: %s\n", name, bound);
  }
}

/* Which guards a guarded operation rests on: the first few by name. */
static void text_needs(ranges_report *x, uint64_t needs) {
  char name[NAME];
  uint32_t named = 0, more = 0;
  for (uint32_t k = 0; k < x->r->guard_count; k++) {
    if (!(x->r->guards[k].bit & needs)) continue;
    if (named == NAMED) {
      more++;
      continue;
    }
    name_of(x, x->r->guards[k].insn, name);
    ans_buffer_printf(&x->out, "%s%s", named++ ? ", " : "      ", name);
  }
  if (more) ans_buffer_printf(&x->out, " %s %u", cli_say(x->a, "und", "and"), more);
  ans_buffer_char(&x->out, '\n');
}

static ans_status text_operation(ranges_report *x, uint32_t reg) {
  char name[NAME], bound[2 * VALUE + 16];
  ans_range_guard hints[HINTS];
  uint32_t n;
  ans_status st = hints_of(x, reg, hints, &n);
  result_of(x, reg, name);
  ans_buffer_printf(&x->out, "  %s %u, %s, %s: %s, %s\n", cli_say(x->a, "Zeile", "line"), line_of(x, reg), name[0] ? name : "–", provision_of(x, reg),
                    ans_opcode_mnemonic((ans_opcode)x->p->insns[reg].op), x->r->insns[reg].proof == ANS_PROOF_GUARDED ? cli_say(x->a, "mit Schranke", "guarded") : cli_say(x->a, "weit", "wide"));
  if (x->r->insns[reg].proof == ANS_PROOF_GUARDED) text_needs(x, x->r->insns[reg].needs);
  for (uint32_t k = 0; k < n; k++) {
    name_of(x, hints[k].insn, name);
    bound_text(x, &hints[k], bound);
    ans_buffer_printf(&x->out, "      %s %s: %s\n", cli_say(x->a, k ? "und" : "bewiesen mit", k ? "and" : "proven with"), name, bound);
  }
  return st;
}

static ans_status print_text(ranges_report *x) {
  ans_status st = ANS_OK;
  text_counts(x);
  text_declared(x);
  text_guards(x);
  if (x->r->count[ANS_PROOF_GUARDED] + x->r->count[ANS_PROOF_WIDE])
    ans_buffer_printf(&x->out, "\n%s\n", cli_say(x->a, "Nicht ohne Bedingung bewiesen:", "Not proven unconditionally:"));
  for (uint32_t i = 0; i < x->p->insn_count && st == ANS_OK; i++)
    if (is_open(x, i)) st = text_operation(x, i);
  return st;
}

ans_status cli_ranges(const cli_args *a, const ans_program *p, ans_error *err) {
  ans_ranges *r;
  ans_status st = ans_ranges_new(p, &r, err);
  if (st != ANS_OK) return st;
  ranges_report x = {.a = a, .p = p, .r = r};
  ans_buffer_init(&x.out, 0);
  st = !find_places(&x) ? ANS_MEMORY : count_declared(&x, err);
  if (st == ANS_OK) st = a->value[OPT_JSON] ? print_json(&x) : print_text(&x);
  if (st == ANS_OK && x.out.failed) st = ANS_MEMORY;
  if (st == ANS_OK) fwrite(x.out.data, 1, x.out.len, stdout);
  else st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->name, "report", NULL);
  ans_buffer_dispose(&x.out);
  free(x.node);
  free(x.result);
  ans_ranges_free(r);
  return st;
}
