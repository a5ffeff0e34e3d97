/* See exceptions.h. */
#include "exceptions.h"
#include <inttypes.h>
#include <stdlib.h>
#include "replay/replay.h"

static bool is_rule(const ans_node *n) { return n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION; }

/* Nodes stand after their parents. depth[i] is set for rules only. */
static void depths(const ans_program *p, uint8_t *depth) {
  for (uint32_t i = 0; i < p->node_count; i++) {
    const ans_node *n = &p->nodes[i];
    const bool below = n->kind == ANS_NODE_EXCEPTION && n->parent != ANS_NONE && is_rule(&p->nodes[n->parent]);
    depth[i] = 0;
    if (below) depth[i] = (uint8_t)(depth[n->parent] + (depth[n->parent] + 1 < EXCEPTION_DEPTHS));
  }
}

static uint8_t *judge(const ans_program *p, exceptions *out) {
  uint8_t *depth = malloc((size_t)p->node_count + 1);
  *out = (exceptions){0};
  if (!depth) return NULL;
  depths(p, depth);
  for (uint32_t i = 0; i < p->node_count; i++) {
    if (!is_rule(&p->nodes[i])) continue;
    out->rules[depth[i]]++;
    if (depth[i] > out->deepest) out->deepest = depth[i];
  }
  return depth;
}

void exceptions_of(const ans_program *p, exceptions *out) { free(judge(p, out)); }

static void count_live(const ans_program *p, const ans_trace *t, const uint8_t *depth, exceptions *out) {
  for (uint32_t i = 0; i < p->node_count; i++) {
    const uint32_t reg = p->nodes[i].insn;
    if (!is_rule(&p->nodes[i])) continue;
    for (uint32_t row = 0; row < ans_trace_rows(t, reg); row++) {
      const ans_scalar v = ans_trace_get(t, reg, row);
      out->live[depth[i]] += v.state == ANS_VALUE && v.v != 0;
    }
  }
}

bool exceptions_met(const ans_columns *c, int32_t month, exceptions *out) {
  uint8_t *depth = judge(c->program, out);
  bool ok = depth != NULL;
  if (!ok) fprintf(stderr, "bench: out of memory\n");
  for (uint32_t k = 0; k < c->components && ok; k++) {
    ans_error err = {0};
    ans_trace *t = NULL;
    ok = !bench_failed("replay", ans_replay_run(c, k, month, &t, &err), &err);
    if (ok) count_live(c->program, t, depth, out);
    ans_trace_free(t);
  }
  free(depth);
  return ok;
}

void exceptions_print(const char *package, const exceptions *x, bool met, bench_report *r) {
  char key[24];
  printf("  %-34s deepest exception %" PRIu32 ";", package, x->deepest);
  bench_report_row(r, "exceptions");
  bench_report_text(r, "package", package);
  bench_report_number(r, "deepest", x->deepest);
  for (uint32_t k = 0; k <= x->deepest; k++) {
    printf(" depth %" PRIu32 ": %" PRIu32 " rules", k, x->rules[k]);
    snprintf(key, sizeof key, "rules_%" PRIu32, k);
    bench_report_number(r, key, x->rules[k]);
    if (!met) continue;
    printf(", live in %" PRIu64 " rows", x->live[k]);
    snprintf(key, sizeof key, "live_%" PRIu32, k);
    bench_report_number(r, key, (double)x->live[k]);
  }
  putchar('\n');
}
