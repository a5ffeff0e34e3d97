/* What was decided for a claim, as JSON members: the head of every explanation, and the entries of "anspruch-decisions/1". One place, because both formats promise the same keys
 * (docs/formats/explanation.md). Pure. */
#include "base/hash.h"
#include "num/calendar.h"
#include "num/period.h"
#include "wording.h"

static void set_day(ans_json *j, const char *key, int64_t day) {
  char text[11];
  ans_date_format_iso(day, text);
  ans_json_set(j, key, text);
}

static void missing(ans_json *j, const ans_columns *c, const ans_outcome *o) {
  const ans_program *p = c->program;
  ans_json_key(j, "missing");
  ans_json_open(j, '[');
  for (uint32_t i = 0; i < o->missing_count; i++) {
    const ans_missing *m = &o->missing[i];
    const ans_fact *f = &p->facts[m->fact];
    ans_json_open(j, '{');
    ans_json_set(j, "unit", p->units[f->unit].name);
    if (c->units[f->unit].ids) ans_json_set(j, "row", c->units[f->unit].ids[m->row]);
    ans_json_set(j, "fact", f->name);
    ans_json_set(j, "label", f->label);
    ans_json_set(j, "state", ans_state_name(m->state, true));
    ans_json_set_truth(j, "proven", m->proven);
    ans_json_set_truth(j, "blocking", m->blocking);
    if (m->day != ANS_OPEN_PAST) set_day(j, "day", m->day);
    if (f->provision != ANS_NONE) ans_json_set(j, "provision", p->provisions[f->provision].text);
    if (f->source_count) ans_json_set(j, "ask", p->sources[f->first_source].source);
    ans_json_close(j, '}');
  }
  ans_json_close(j, ']');
}

static void package_members(ans_json *j, const char *name, const char *version, const uint8_t sha256[32]) {
  char hex[65];
  ans_hex(sha256, 32, hex);
  ans_json_key(j, "name");
  ans_json_string(j, name);
  ans_json_key(j, "version");
  ans_json_string(j, version);
  ans_json_key(j, "sha256");
  ans_json_string(j, hex);
}

void decide__package(ans_json *j, const ans_program *p) {
  ans_json_open(j, '{');
  package_members(j, p->name, p->version, p->sha256);
  if (p->import_count) {
    ans_json_key(j, "uses");
    ans_json_open(j, '[');
    for (uint32_t i = 0; i < p->import_count; i++) {
      ans_json_open(j, '{');
      package_members(j, p->imports[i].name, p->imports[i].version, p->imports[i].sha256);
      ans_json_close(j, '}');
    }
    ans_json_close(j, ']');
  }
  ans_json_close(j, '}');
}

/* Which claim: benefit, unit, row, period. */
void decide__claim(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  char text[ANS_PERIOD_TEXT];
  ans_json_key(j, "benefit");
  ans_json_string(j, b->name);
  ans_json_key(j, "unit");
  ans_json_string(j, p->units[b->unit].name);
  if (c->units[b->unit].ids) ans_json_set(j, "row", c->units[b->unit].ids[row]);
  ans_period_format(p->period_kind, period, text);
  if (p->period_kind == ANS_PERIOD_MONTH) ans_json_set(j, "month", text); /* the name it had when there was no other kind; readers rely on it */
  ans_json_set(j, "period", text);
  ans_json_set(j, "period_kind", ans_period_kind_name(p->period_kind, true));
}

void decide__claim_members(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  decide__claim(j, c, benefit, row, period);
  ans_json_set(j, "merits", ans_merits_name(o->merits, true));
  ans_json_set(j, "procedure", ans_procedure_name(o->procedure, true));
  ans_json_set(j, "action", ans_action_name(o->action, true));
  if (o->law_limited) set_day(j, "law_known", o->law_known);
  if (o->facts_limited) set_day(j, "facts_known", o->facts_known);
  if (b->regime_provision != ANS_NONE) ans_json_set(j, "regime", p->provisions[b->regime_provision].text);
  ans_json_key(j, "reasons");
  ans_json_open(j, '[');
  for (unsigned r = 0; r < ANS_REASON_COUNT; r++)
    if (o->reasons >> r & 1) ans_json_string(j, ans_reason_name((ans_reason)r, true));
  ans_json_close(j, ']');
  ans_json_set(j, "entitled_state", ans_state_name(o->entitled.state, true));
  if (o->amount.state == ANS_VALUE) ans_json_set_integer(j, "amount_cents", o->amount.v);
  if (o->payout.state == ANS_VALUE) ans_json_set_integer(j, "payout_cents", o->payout.v);
  missing(j, c, o);
  ans_json_set_truth(j, "missing_exact", o->missing_exact);
  if (o->missing_count || o->evaluations) ans_json_set_integer(j, "missing_evaluations", o->evaluations);
  if (o->missing_truncated) ans_json_set_truth(j, "missing_truncated", true);
  if (o->ask_next != ANS_NONE) ans_json_set_integer(j, "ask_next", o->ask_next);
}

void ans_decisions_open(ans_json *j, const ans_program *p) {
  ans_json_open(j, '{');
  ans_json_set(j, "format", "anspruch-decisions/1");
  ans_json_key(j, "package");
  decide__package(j, p);
  ans_json_set_integer(j, "semantics", p->semantics_version);
  ans_json_key(j, "claims");
  ans_json_open(j, '[');
}

void ans_decisions_claim(ans_json *j, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o) {
  ans_json_open(j, '{');
  decide__claim_members(j, c, benefit, row, period, o);
  ans_json_close(j, '}');
}

void ans_decisions_close(ans_json *j) {
  ans_json_close(j, ']');
  ans_json_close(j, '}');
}
