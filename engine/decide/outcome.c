/* Owns: merits and procedure of one claim (docs/decisions.md). Why here and not in the rules: the automation regimes (§ 155 Abs. 4 AO, § 31a SGB X,
 * § 35a VwVfG) speak about issuing an act, not about the entitlement. Invariant: an adverse result never gets ANS_PROCEDURE_ISSUE. */
#include "decide/decide.h"
#include <stdio.h>
#include <string.h>
#include "base/hash.h"

#define MERITS_CASE(n, j, d) case ANS_MERITS_##n: return json ? j : d;
#define PROCEDURE_CASE(n, j, d) case ANS_PROCEDURE_##n: return json ? j : d;
#define ACTION_CASE(n, j, d) case ANS_ACTION_##n: return json ? j : d;
#define REASON_CASE(n, j, d) case ANS_REASON_##n: return json ? j : d;

const char *ans_merits_name(ans_merits m, bool json) {
  switch (m) { ANS_MERITS_LIST(MERITS_CASE) }
  return "?";
}
const char *ans_procedure_name(ans_procedure p, bool json) {
  switch (p) { ANS_PROCEDURE_LIST(PROCEDURE_CASE) }
  return "?";
}
const char *ans_action_name(ans_action a, bool json) {
  switch (a) { ANS_ACTION_LIST(ACTION_CASE) }
  return "?";
}
const char *ans_reason_name(ans_reason r, bool json) {
  switch (r) {
    ANS_REASON_LIST(REASON_CASE)
    case ANS_REASON_COUNT: break;
  }
  return "?";
}

/* Appends as much as fits; the length that all of it would have. */
static size_t put(char *out, size_t size, size_t n, const char *text) {
  const size_t len = strlen(text), room = n < size ? size - 1 - n : 0, part = len < room ? len : room;
  if (n >= size) return n + len;
  memcpy(out + n, text, part);
  out[n + part] = 0;
  return n + len;
}

void ans_reasons_format(uint32_t reasons, char *out, size_t size) {
  size_t n = put(out, size, 0, "[");
  for (uint32_t left = reasons & ((UINT32_C(1) << ANS_REASON_COUNT) - 1); left; left &= left - 1) {
    n = put(out, size, n, n > 1 ? ",\"" : "\"");
    n = put(out, size, n, ans_reason_name((ans_reason)__builtin_ctz(left), true));
    n = put(out, size, n, "\"");
  }
  (void)put(out, size, n, "]");
}

uint32_t ans_reasons_parse(const char *json) {
  uint32_t bits = 0;
  char quoted[64];
  for (unsigned r = 0; r < ANS_REASON_COUNT; r++) {
    snprintf(quoted, sizeof quoted, "\"%s\"", ans_reason_name((ans_reason)r, true));
    if (json && strstr(json, quoted)) bits |= 1u << r;
  }
  return bits;
}

ans_merits ans_decide_merits(ans_scalar entitled, ans_scalar amount) {
  if (entitled.state == ANS_VALUE && !entitled.v) return ANS_MERITS_NOT_ENTITLED;
  if (entitled.state == ANS_VALUE && amount.state == ANS_VALUE) return ANS_MERITS_ENTITLED;
  return ANS_MERITS_UNDETERMINED;
}

void ans_outcome_cells(const ans_benefit *b, ans_outcome *o, ans_cell_reader *read, void *ctx) {
  const ans_scalar none = {0, ANS_NOT_APPLICABLE};
  o->entitled = read(ctx, b->entitled_result);
  o->amount = b->amount_result == ANS_NONE ? none : read(ctx, b->amount_result);
  o->payout = b->payout_result == ANS_NONE ? o->amount : read(ctx, b->payout_result);
  if (b->amount_result == ANS_NONE) o->merits = ans_decide_merits(o->entitled, (ans_scalar){0, ANS_VALUE});
  else o->merits = ans_decide_merits(o->entitled, o->amount);
}

static uint32_t bit(ans_reason r) { return 1u << r; }

/* All missing facts come with the application form, so offering the form asks exactly what is missing. */
static bool all_from_application(const ans_program *p, const ans_outcome *o) {
  if (o->missing_truncated || o->missing_count == 0) return false;
  for (uint32_t i = 0; i < o->missing_count; i++)
    if (!p->facts[o->missing[i].fact].from_application) return false;
  return true;
}

static void undetermined(const ans_program *p, const ans_benefit *b, const ans_claim_context *x, ans_outcome *o) {
  uint8_t worst = o->entitled.state;
  if (o->entitled.state == ANS_VALUE && o->amount.state > worst) worst = o->amount.state;
  o->action = ANS_ACTION_OPEN;
  bool needs_form = b->application_provision != ANS_NONE && !x->has_application && !x->has_award;
  if (worst >= ANS_ERRONEOUS || worst == ANS_NOT_APPLICABLE) {
    o->procedure = ANS_PROCEDURE_REFER;
    o->reasons |= bit(worst == ANS_CONFLICT ? ANS_REASON_CONFLICT : ANS_REASON_CASE_ERROR);
  } else if (needs_form && all_from_application(p, o)) {
    o->procedure = ANS_PROCEDURE_OFFER;
    o->reasons |= bit(ANS_REASON_APPLICATION_MISSING) | bit(ANS_REASON_FACTS_MISSING);
  } else if (worst == ANS_HUMAN) {
    o->procedure = ANS_PROCEDURE_REFER;
    o->reasons |= bit(ANS_REASON_HUMAN_DECISION);
  } else {
    o->procedure = ANS_PROCEDURE_ASK;
    o->reasons |= bit(ANS_REASON_FACTS_MISSING);
  }
}

static void entitled(const ans_benefit *b, const ans_claim_context *x, ans_outcome *o) {
  bool full = o->payout.state == ANS_VALUE && o->payout.v >= o->amount.v;
  if (x->has_award) {
    if (o->amount.v == x->award_cents) {
      o->action = ANS_ACTION_UNCHANGED;
      o->procedure = ANS_PROCEDURE_ISSUE;
    } else if (o->amount.v > x->award_cents) {
      o->action = ANS_ACTION_CHANGE;
      o->procedure = ANS_PROCEDURE_ISSUE;
    } else {
      o->action = x->past ? ANS_ACTION_RECOVERY : ANS_ACTION_CHANGE;
      o->procedure = ANS_PROCEDURE_PROPOSE;
      o->reasons |= bit(ANS_REASON_ADVERSE);
    }
    return;
  }
  o->action = ANS_ACTION_GRANT;
  if (b->application_provision != ANS_NONE && !x->has_application) {
    o->procedure = ANS_PROCEDURE_OFFER;
    o->reasons |= bit(ANS_REASON_APPLICATION_MISSING);
  } else if (o->payout.state != ANS_VALUE) {
    /* Entitled, but whether and how much is paid out is open: not a full grant. */
    o->procedure = ANS_PROCEDURE_REFER;
    o->reasons |= bit(o->payout.state == ANS_CONFLICT ? ANS_REASON_CONFLICT : o->payout.state == ANS_HUMAN ? ANS_REASON_HUMAN_DECISION
                      : o->payout.state == ANS_UNKNOWN ? ANS_REASON_FACTS_MISSING : ANS_REASON_CASE_ERROR);
  } else if (!full) {
    o->procedure = ANS_PROCEDURE_PROPOSE;
    o->reasons |= bit(ANS_REASON_ADVERSE) | bit(ANS_REASON_PARTIAL_PAYOUT);
  } else {
    o->procedure = ANS_PROCEDURE_ISSUE;
  }
}

static void not_entitled(const ans_claim_context *x, ans_outcome *o) {
  if (x->has_award && x->award_cents != 0) {
    o->action = x->past ? ANS_ACTION_RECOVERY : ANS_ACTION_END;
    o->procedure = ANS_PROCEDURE_PROPOSE;
    o->reasons |= bit(ANS_REASON_ADVERSE);
  } else if (x->has_application) {
    o->action = ANS_ACTION_REFUSE;
    o->procedure = ANS_PROCEDURE_PROPOSE;
    o->reasons |= bit(ANS_REASON_ADVERSE);
  } else {
    o->action = ANS_ACTION_NONE;
    o->procedure = ANS_PROCEDURE_NONE;
  }
}

void ans_outcome_clarify(ans_outcome *o) {
  if (o->procedure != ANS_PROCEDURE_ASK) return;
  o->procedure = ANS_PROCEDURE_REFER;
  o->reasons |= bit(ANS_REASON_CLARIFICATION);
}

void ans_decide_procedure(const ans_program *p, const ans_benefit *b, const ans_claim_context *x, ans_outcome *o) {
  o->reasons = 0;
  switch (o->merits) {
    case ANS_MERITS_UNDETERMINED: undetermined(p, b, x, o); break;
    case ANS_MERITS_ENTITLED:
      if (b->amount_result != ANS_NONE) entitled(b, x, o); /* otherwise there is nothing to grant: see below */
      break;
    case ANS_MERITS_NOT_ENTITLED: not_entitled(x, o); break;
  }
  if (b->information_only) {
    o->action = ANS_ACTION_NONE;
    if (o->merits != ANS_MERITS_UNDETERMINED) o->procedure = ANS_PROCEDURE_NONE;
    o->reasons |= bit(ANS_REASON_INFORMATION_ONLY);
  }
}

void ans_outcome_limit(ans_outcome *o, int32_t law_known, int32_t facts_known) {
  o->law_limited = law_known != ANS_DAY_MAX;
  o->law_known = law_known;
  o->facts_limited = facts_known != ANS_DAY_MAX;
  o->facts_known = facts_known;
  if (!o->law_limited && !o->facts_limited) return;
  o->procedure = ANS_PROCEDURE_NONE;
  o->reasons |= bit(ANS_REASON_INFORMATION_ONLY);
}

uint32_t ans_columns_component_of(const ans_columns *c, uint32_t unit, uint32_t row) {
  const uint32_t *first = c->units[unit].component_first;
  uint32_t lo = 0, hi = c->components;
  while (hi - lo > 1) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (first[mid] <= row) lo = mid;
    else hi = mid;
  }
  return lo;
}

/* The earlier form: the identities of the three slices, one after the other. */
static ans_status slices_hash(const ans_trace *t, const ans_trace_cell *roots, uint32_t n, uint8_t out[32], ans_error *err) {
  uint8_t parts[3][32];
  ans_status st = ANS_OK;
  for (uint32_t i = 0; i < n && st == ANS_OK; i++) st = ans_trace_hash(t, roots[i].reg, roots[i].row, parts[i], err);
  if (st == ANS_OK) ans_sha256_once(parts, (size_t)n * 32, out);
  return st;
}

ans_status ans_claim_trace_hash(const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, ans_receipt_form form, uint8_t out[32], ans_error *err) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  uint32_t results[3] = {b->entitled_result, b->amount_result, b->payout_result == ANS_NONE ? b->amount_result : b->payout_result};
  ans_trace_cell roots[3];
  const uint32_t n = b->amount_result == ANS_NONE ? 1 : 3;
  for (uint32_t i = 0; i < n; i++) roots[i] = (ans_trace_cell){p->results[results[i]].insn, row - ans_trace_first_row(t, b->unit)};
  return form == ANS_RECEIPT_SLICES ? slices_hash(t, roots, n, out, err) : ans_trace_union_hash(t, roots, n, out, err);
}

typedef struct trace_cells { const ans_program *p; const ans_trace *t; uint32_t row; /* within the component */ } trace_cells;

static ans_scalar trace_cell(void *ctx, uint32_t result) {
  const trace_cells *x = ctx;
  return ans_trace_get(x->t, x->p->results[result].insn, x->row);
}

ans_status ans_decide_claim(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, const ans_claim_context *context,
                            uint32_t enumerate, ans_outcome *out, ans_trace **trace, ans_error *err) {
  return ans_decide_claim_known(c, component, benefit, row, period, ANS_DAY_MAX, context, enumerate, out, trace, err);
}

ans_status ans_decide_claim_known(ans_columns *c, uint32_t component, uint32_t benefit, uint32_t row, int32_t period, int32_t law_known, const ans_claim_context *context,
                                  uint32_t enumerate, ans_outcome *out, ans_trace **trace, ans_error *err) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  *out = (ans_outcome){.ask_next = ANS_NONE, .law_limited = law_known != ANS_DAY_MAX, .law_known = law_known};
  ans_trace *t = NULL;
  ans_status st = ans_replay_demand(c, component, period, law_known, &t, err); /* one claim of the component: its cells only */
  if (st != ANS_OK) return st;
  trace_cells cells = {p, t, row - ans_trace_first_row(t, b->unit)};
  ans_outcome_cells(b, out, trace_cell, &cells);
  bool open_payout = out->merits == ANS_MERITS_ENTITLED && b->amount_result != ANS_NONE && out->payout.state != ANS_VALUE;
  st = ans_trace_check(t, err);
  if (st == ANS_OK && (out->merits == ANS_MERITS_UNDETERMINED || open_payout)) st = ans_relevance(c, component, t, benefit, row, period, enumerate, out, err);
  if (st == ANS_OK) {
    ans_decide_procedure(p, b, context, out);
    ans_outcome_limit(out, law_known, ANS_DAY_MAX);
  }
  if (st == ANS_OK && trace) *trace = t;
  else ans_trace_free(t);
  return st;
}
