/* Owns: the trace of one claim as JSON (docs/formats/trace.md): the cells that entitlement, amount and payout rest on, as the replay has them, each once and before its operands. Written forwards
 * while the slice is found. What a step says about the package was prepared (wording.c), so that a step is two copies and four numbers. Memory: a byte per row of the component.
 *
 * Why not the explanation: it is a tree of sentences for people, this is a list of cells for programs, complete enough to recompute the identity in the receipt. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "num/calendar.h"
#include "wording.h"

enum { STEP_NUMBERS = 2 * ANS_JSON_INT + 8 /* row, roots, state, value and what stands between them */, STEP_GIVEN = 8 };

/* Row, roots, state and the commas behind them, which mostly are a digit each: "r,n,s,". */
static inline char *step_numbers(char *p, const ans_slice_cell *cell) {
  const unsigned roots = cell->given ? cell->roots | STEP_GIVEN : cell->roots;
  if (__builtin_expect((cell->row < 10) & (roots < 10), 1)) {
    p[0] = (char)('0' + cell->row);
    p[1] = ',';
    p[2] = (char)('0' + roots);
    p[3] = ',';
    p += 4;
  } else {
    p = ans_json_small(p, cell->row);
    *p++ = ',';
    p = ans_json_small(p, roots);
    *p++ = ',';
  }
  p[0] = (char)('0' + cell->v.state);
  p[1] = ',';
  return p + 2;
}

/* The end of a step. Copied in pieces of known size, of which one is nearly always enough: what is too much is written over by the next step. */
static inline char *step_rest(char *p, const char *rest, size_t len) {
  memcpy(p, rest, STEP_REST);
  for (size_t at = STEP_REST; __builtin_expect(at < len, 0); at += STEP_REST) memcpy(p + at, rest + at, STEP_REST);
  return p + len;
}

typedef struct tracer {
  const ans_wording *w;
  const ans_program *p;
  const ans_columns *c;
  const ans_trace *t;
  ans_buffer *out;
  char *at, *end;       /* room in out that is being written; both NULL: none left */
  uint8_t *seen;        /* rows that steps speak about or refer to: of all units, one after the other */
  size_t *first;        /* per unit: where its rows begin in seen */
  const ans_insn *insns; /* of p */
  const step_wording *steps; const char *text; /* of w */
} tracer;

enum { TRACE_ROOM = 4096 };

/* Room for n bytes at x->at, and for more if the buffer may have it. */
static bool more_room(tracer *x, size_t n) {
  if (x->at) ans_buffer_used(x->out, x->at);
  const size_t room = n < TRACE_ROOM && x->out->max - x->out->len >= TRACE_ROOM ? TRACE_ROOM : n;
  x->at = ans_buffer_room(x->out, room);
  x->end = x->at ? x->at + room : NULL;
  return x->at != NULL;
}

/* A text says what it says; its number would say only when it was loaded. */
static bool step_text(tracer *x, int64_t text, size_t rest) {
  ans_buffer_used(x->out, x->at);
  ans_buffer_json_short(x->out, x->c->texts[text].text);
  x->at = x->end = x->out->failed ? NULL : x->out->data + x->out->len;
  return x->at && more_room(x, rest);
}

/* Everything is read before anything is written: what is written may be anything as far as the compiler knows, and what was read would be read again. */
static void step(void *ctx, const ans_slice_cell *cell) {
  tracer *x = ctx;
  const ans_slice_cell c = *cell;
  const ans_type type = x->insns[c.reg].type;
  const step_wording *w = &x->steps[c.reg];
  const char *rest = x->text + w->rest.at;
  const size_t rest_len = w->rest.len, need = sizeof w->head + STEP_NUMBERS + rest_len + STEP_REST;
  uint8_t *const own = x->seen + x->first[x->insns[c.reg].unit] + c.row, *other = own;
  if (__builtin_expect((size_t)(x->end - x->at) < need, 0) && (x->out->failed || !more_room(x, need))) return;
  if (c.v.state == ANS_VALUE && type.tag == ANS_T_REF) other = x->seen + x->first[type.ref] + (size_t)c.v.v;
  char *p = x->at;
  const uint8_t head_len = w->len;
  memcpy(p, w->head, sizeof w->head); /* all of it: a copy of known size; what is too much is written over */
  p = step_numbers(p + head_len, &c);
  if (__builtin_expect(c.v.state == ANS_VALUE && type.tag == ANS_T_TEXT, 0)) {
    x->at = p;
    if (!step_text(x, c.v.v, rest_len + STEP_REST)) return;
    p = x->at;
  } else {
    p = ans_json_small(p, c.v.v);
  }
  x->at = step_rest(p, rest, rest_len);
  *own = *other = 1;
}

/* The steps, with the comma behind the last one taken back: there is always one, a root. */
static bool steps(tracer *x, ans_json *j, const ans_trace_cell *roots, uint32_t n) {
  ans_json_key(j, "steps");
  ans_json_open(j, '[');
  if (!more_room(x, 0)) return true; /* the buffer says so */
  if (!ans_trace_slice(x->t, roots, n, step, x)) return false;
  if (x->at) ans_buffer_used(x->out, x->at - 1);
  ans_json_close(j, ']');
  return true;
}

/* Names of the rows of base units, parents and days of segments. Segments first: their parents are rows to be named as well. */
static void rows(tracer *x, ans_json *j, bool segments) {
  ans_json_key(j, segments ? "segments" : "rows");
  ans_json_open(j, '[');
  for (uint32_t u = 1; u < x->p->unit_count; u++) {
    const bool derived = x->p->units[u].parent != ANS_NONE;
    const size_t n = x->first[u + 1] - x->first[u];
    for (uint32_t r = 0; derived == segments && r < n; r++) {
      if (!x->seen[x->first[u] + r]) continue;
      ans_json_open(j, '[');
      ans_json_integer(j, u);
      ans_json_integer(j, r);
      if (segments) {
        const ans_segment s = ans_trace_segment(x->t, u, r);
        char day[11];
        ans_json_integer(j, s.parent);
        ans_date_format_iso(s.from, day);
        ans_json_string(j, day);
        ans_date_format_iso(s.to, day);
        ans_json_string(j, day);
        x->seen[x->first[x->p->units[u].parent] + s.parent] = 1;
      } else {
        char **ids = x->c->units[u].ids;
        const char *id = ids ? ids[ans_trace_first_row(x->t, u) + r] : NULL;
        ans_json_string(j, id ? id : "");
      }
      ans_json_close(j, ']');
    }
  }
  ans_json_close(j, ']');
}

static bool make_rows(tracer *x) {
  const uint32_t units = x->p->unit_count;
  size_t total = 0;
  x->first = calloc((size_t)units + 1, sizeof *x->first);
  if (!x->first) return false;
  for (uint32_t u = 0; u < units; u++) {
    x->first[u] = total;
    total += ans_trace_unit_rows(x->t, u);
  }
  x->first[units] = total;
  x->seen = calloc(total + 1, 1);
  return x->seen != NULL;
}

static ans_status result_of(const ans_buffer *out, const ans_trace *t, ans_error *err) {
  char n[24];
  if (out->full) return ans_error_set(err, ANS_LIMIT, "E-EXPLAIN-LIMIT", NULL, ans_itoa(n, (long long)out->max), NULL);
  if (out->failed) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "trace", NULL);
  return t ? ans_trace_check(t, err) : ANS_OK;
}

/* Register, row and meaning of the roots; the bit of a root in a step is its place here. */
static uint32_t write_roots(ans_json *j, const ans_program *p, const ans_benefit *b, uint32_t row, ans_trace_cell roots[3]) {
  static const char *const names[3] = {"entitled", "amount", "payout"};
  const uint32_t results[3] = {b->entitled_result, b->amount_result, b->payout_result};
  uint32_t n = 0;
  ans_json_key(j, "roots");
  ans_json_open(j, '[');
  for (uint32_t i = 0; i < 3; i++) {
    if (results[i] == ANS_NONE) continue;
    roots[n] = (ans_trace_cell){p->results[results[i]].insn, row};
    ans_json_open(j, '[');
    ans_json_string(j, names[i]);
    ans_json_integer(j, roots[n].reg);
    ans_json_integer(j, row);
    ans_json_close(j, ']');
    n++;
  }
  ans_json_close(j, ']');
  return n;
}

ans_status ans_trace_json(const ans_wording *w, const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_buffer *out, ans_error *err) {
  tracer x = {.w = w, .p = w->p, .c = c, .t = t, .out = out, .insns = w->p->insns, .steps = w->steps, .text = w->text};
  const ans_benefit *b = &w->p->benefits[benefit];
  ans_json j = {out, false};
  ans_trace_cell roots[3];
  char day[11];
  if (!make_rows(&x)) {
    free(x.first);
    free(x.seen);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "trace", NULL);
  }
  ans_json_open(&j, '{');
  ans_json_set(&j, "format", "anspruch-trace/1");
  ans_json_key(&j, "package");
  wording_put(w, &j, w->package);
  ans_json_set_integer(&j, "semantics", w->p->semantics_version);
  decide__claim(&j, c, benefit, row, ans_trace_period(t));
  if (ans_trace_law_known(t) != ANS_DAY_MAX) {
    ans_date_format_iso(ans_trace_law_known(t), day);
    ans_json_set(&j, "law_known", day);
  }
  const uint32_t n = write_roots(&j, w->p, b, row - ans_trace_first_row(t, b->unit), roots);
  const bool cells = steps(&x, &j, roots, n);
  rows(&x, &j, true);
  rows(&x, &j, false);
  ans_json_close(&j, '}');
  free(x.first);
  free(x.seen);
  return cells ? result_of(out, t, err) : ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "trace", "no such cell", NULL);
}

/* --- legend ------------------------------------------------------------------------------------------------------------------------------- */

static void legend_node(ans_json *j, const ans_node *n) {
  ans_json_open(j, '[');
  ans_json_string(j, decide__node_kind(n->kind));
  ans_json_integer(j, n->insn);
  if (n->provision == ANS_NONE) ans_json_raw(j, "null", 4);
  else ans_json_integer(j, n->provision);
  ans_json_integer(j, n->line);
  ans_json_string(j, n->text);
  ans_json_string(j, n->text_not);
  ans_json_close(j, ']');
}

static void legend_registers(ans_json *j, const ans_program *p) {
  char type[ANS_TYPE_TEXT];
  ans_json_key(j, "registers");
  ans_json_open(j, '[');
  for (uint32_t i = 0; i < p->insn_count; i++) {
    ans_json_open(j, '[');
    ans_json_string(j, ans_opcode_mnemonic((ans_opcode)p->insns[i].op));
    ans_json_integer(j, p->insns[i].unit);
    ans_json_string(j, ans_type_format(p, p->insns[i].type, type));
    ans_json_close(j, ']');
  }
  ans_json_close(j, ']');
}

ans_status ans_trace_legend(const ans_wording *w, ans_buffer *out, ans_error *err) {
  const ans_program *p = w->p;
  ans_json j = {out, false};
  ans_json_open(&j, '{');
  ans_json_set(&j, "format", "anspruch-trace-legend/1");
  ans_json_key(&j, "package");
  wording_put(w, &j, w->package);
  ans_json_key(&j, "units");
  ans_json_open(&j, '[');
  for (uint32_t i = 0; i < p->unit_count; i++) ans_json_string(&j, p->units[i].name);
  ans_json_close(&j, ']');
  ans_json_key(&j, "provisions");
  ans_json_open(&j, '[');
  for (uint32_t i = 0; i < p->provision_count; i++) ans_json_string(&j, p->provisions[i].text);
  ans_json_close(&j, ']');
  ans_json_key(&j, "nodes");
  ans_json_open(&j, '[');
  for (uint32_t i = 0; i < p->node_count; i++) legend_node(&j, &p->nodes[i]);
  ans_json_close(&j, ']');
  legend_registers(&j, p);
  ans_json_close(&j, '}');
  return result_of(out, NULL, err);
}
