/* Coverage: which provisions were live in some case, and which conditions came out both ways. Computed from the replay of every expectation. */
#include <stdio.h>
#include <string.h>
#include "testing.h"

/* The file of a node: the explanation table has the line only, the rules of its result have the path. */
static const char *rule_path(const ans_rule *r, uint32_t line, uint32_t provision) {
  if (r->line == line && r->provision == provision && r->path) return r->path;
  for (uint32_t i = 0; i < r->exception_count; i++) {
    const char *p = rule_path(r->exceptions[i], line, provision);
    if (p) return p;
  }
  return NULL;
}

/* Conditions stand below their rule in the table: go up to it. */
static const char *node_path(const tester *t, uint32_t node) {
  const ans_node *n = &t->p->nodes[node];
  while (n->kind != ANS_NODE_RULE && n->kind != ANS_NODE_EXCEPTION && n->parent != ANS_NONE) n = &t->p->nodes[n->parent];
  if (n->result == ANS_NONE || n->result >= t->m->result_count) return "";
  const ans_tresult *r = &t->m->results[n->result];
  for (uint32_t i = 0; i < r->rule_count; i++) {
    const char *p = rule_path(r->rules[i], n->line, n->provision);
    if (p) return p;
  }
  return "";
}

static const char *provision_text(const tester *t, const ans_node *n) { return n->provision == ANS_NONE ? "" : t->p->provisions[n->provision].text; }

/* Rules of packages used are covered by their own cases. */
static bool own(const tester *t, const ans_node *n) { return n->result == ANS_NONE || n->result >= t->m->result_count || !t->m->results[n->result].imported; }

static json_t *provisions(const tester *t) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < t->p->provision_count; i++) {
    int rules = 0, live = 0;
    for (uint32_t k = 0; k < t->p->node_count; k++) {
      const ans_node *n = &t->p->nodes[k];
      if (n->provision != i || !own(t, n) || (n->kind != ANS_NODE_RULE && n->kind != ANS_NODE_EXCEPTION)) continue;
      rules++;
      live += t->hit[k] & 1;
    }
    if (rules) json_array_append_new(list, json_pack("{s:s,s:i,s:i}", "provision", t->p->provisions[i].text, "rules", rules, "live", live));
  }
  return list;
}

json_t *test_coverage(const tester *t) {
  json_t *rules = json_array(), *conditions = json_array();
  int rule_count = 0, live = 0, condition_count = 0, both = 0;
  for (uint32_t i = 0; i < t->p->node_count; i++) {
    const ans_node *n = &t->p->nodes[i];
    bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION;
    if ((!rule && n->kind != ANS_NODE_CONDITION) || !own(t, n)) continue;
    json_t *o = json_pack("{s:s,s:i,s:s,s:s}", "path", node_path(t, i), "line", (int)n->line, "provision", provision_text(t, n), "text", n->text);
    if (rule) {
      json_object_set_new(o, "kind", json_string(n->kind == ANS_NODE_RULE ? "rule" : "exception"));
      json_object_set_new(o, "live", json_boolean(t->hit[i] & 1));
      rule_count++;
      live += t->hit[i] & 1;
    } else {
      json_object_set_new(o, "true", json_boolean(t->hit[i] & 1));
      json_object_set_new(o, "false", json_boolean(t->hit[i] & 2));
      json_object_set_new(o, "open", json_boolean(t->hit[i] & 4));
      condition_count++;
      both += (t->hit[i] & 3) == 3;
    }
    json_array_append_new(rule ? rules : conditions, o);
  }
  json_t *summary = json_pack("{s:i,s:i,s:i,s:i}", "rules", rule_count, "rules_live", live, "conditions", condition_count, "conditions_both", both);
  return json_pack("{s:o,s:o,s:o,s:o}", "summary", summary, "provisions", provisions(t), "rules", rules, "conditions", conditions);
}

static const char *text_of(const json_t *o, const char *key) { return json_string_value(json_object_get(o, key)) ? json_string_value(json_object_get(o, key)) : ""; }
static int number_of(const json_t *o, const char *key) { return (int)json_integer_value(json_object_get(o, key)); }

void test_coverage_print(const tester *t, const json_t *coverage) {
  size_t i;
  json_t *o;
  const json_t *summary = json_object_get(coverage, "summary");
  json_array_foreach(json_object_get(coverage, "rules"), i, o) {
    if (!json_is_true(json_object_get(o, "live")))
      printf("  %s:%d: %s – %s\n", text_of(o, "path"), number_of(o, "line"), text_of(o, "provision"), cli_say(t->a, "in keinem Prüffall erfüllt", "never satisfied"));
  }
  json_array_foreach(json_object_get(coverage, "conditions"), i, o) {
    bool yes = json_is_true(json_object_get(o, "true")), no = json_is_true(json_object_get(o, "false"));
    if (!yes || !no)
      printf("  %s:%d: %s – „%.*s“ %s\n", text_of(o, "path"), number_of(o, "line"), text_of(o, "provision"), test_cut(text_of(o, "text"), 60), text_of(o, "text"),
             yes ? cli_say(t->a, "nie verneint", "never false") : cli_say(t->a, "nie bejaht", "never true"));
  }
  printf("%s: %d/%d %s, %d/%d %s\n", cli_say(t->a, "Abdeckung", "coverage"), number_of(summary, "rules_live"), number_of(summary, "rules"),
         cli_say(t->a, "Regeln und Ausnahmen erfüllt", "rules and exceptions satisfied"), number_of(summary, "conditions_both"), number_of(summary, "conditions"),
         cli_say(t->a, "Bedingungen in beiden Ausgängen", "conditions with both outcomes"));
}
