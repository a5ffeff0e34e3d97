/* Explanation table: what a jurist sees. A node per result, rule, exception, per conjunct or disjunct of a rule's condition, per fact and
 * parameter in it, and per consequence. Parents come before their children. An exception that limits several rules is spelled out below
 * the first of them; below the others it is one line, so that the table stays as long as the text. */
#include "lower/lower_private.h"
#include <string.h>

typedef struct nodes_place { lower *l; ans_tree *tree; uint32_t result; } nodes_place;

static ans_tree *nodes__tree(const lower *l, const char *path) {
  for (uint32_t i = 0; path && i < l->m->tree_count; i++)
    if (l->m->trees[i]->source.path == path) return l->m->trees[i];
  return NULL;
}

/* At most 4000 bytes, cut between code points: the package bounds texts, a rule's condition does not. */
static const char *nodes__short(const nodes_place *p, const char *t) {
  enum { MAX = 4000 };
  size_t n = strlen(t);
  if (n <= MAX) return t;
  for (n = MAX; n && ((unsigned char)t[n] & 0xC0) == 0x80;) n--;
  char *cut = lower__alloc(p->l, n + sizeof " …", 1);
  if (!cut) return "";
  memcpy(cut, t, n);
  memcpy(cut + n, " …", sizeof " …");
  return cut;
}

static const char *nodes__text(const nodes_place *p, const ans_tx *x) {
  const char *t = x->syntax && p->tree ? ans_syn_text(p->tree, x->syntax) : NULL;
  return t ? nodes__short(p, t) : "";
}

/* Source text in the place of a reason: its braces (of a pattern) are no holes and are doubled. */
static const char *nodes__plain(const nodes_place *p, const char *t) {
  size_t braces = 0, n = 0;
  for (const char *c = t; *c; c++) braces += *c == '{';
  char *copy = braces ? lower__alloc(p->l, strlen(t) + braces + 1, 1) : NULL;
  if (!copy) return braces ? "" : t;
  for (const char *c = t; *c; c++) {
    copy[n++] = *c;
    if (*c == '{') copy[n++] = '{';
  }
  return copy;
}

static uint32_t nodes__line(const nodes_place *p, const ans_tx *x) { return x->syntax && p->tree ? ans_syn_token(p->tree, x->syntax)->line : 0; }

static uint32_t nodes__add(const nodes_place *p, ans_node_kind kind, uint32_t insn, uint32_t parent, uint32_t provision, const char *text, const char *text_not, uint32_t line) {
  ans_node n = {.insn = insn, .parent = parent, .kind = (uint8_t)kind, .provision = provision, .result = p->result, .text = text, .text_not = text_not, .line = line};
  return ans_builder_node(p->l->b, &n);
}

/* Facts and parameters in the order of the text. `budget` bounds the leaves of one condition. */
static void nodes__leaves(const nodes_place *p, const ans_tx *x, uint32_t parent, uint32_t *budget) {
  if (!x || !*budget) return;
  bool fact = x->kind == ANS_TX_FACT || x->kind == ANS_TX_TL_AT || x->kind == ANS_TX_TL_LAST_END || x->kind == ANS_TX_TL_NEXT_START || x->kind == ANS_TX_TL_DAYS;
  uint32_t reg = lower__map_get(&p->l->values, x);
  --*budget;
  if (reg != ANS_NONE && (fact || x->kind == ANS_TX_PARAM)) {
    uint32_t provision = fact ? p->l->m->facts[x->index].provision : p->l->m->params[x->index].provision;
    (void)nodes__add(p, fact ? ANS_NODE_FACT : ANS_NODE_PARAM, reg, parent, provision, nodes__text(p, x), "", nodes__line(p, x));
  }
  for (uint32_t i = 0; i < x->count; i++) nodes__leaves(p, x->arg[i], parent, budget);
}

/* Split where the author wrote und or oder; what the analysis makes of one condition (`in`, an age with an end) stays one. */
static void nodes__condition(const nodes_place *p, const ans_tx *x, uint32_t parent, uint32_t provision, uint16_t joint) {
  if (joint && x->kind == joint && x->syntax && (x->syntax->kind == ANS_SYN_AND || x->syntax->kind == ANS_SYN_OR)) {
    nodes__condition(p, x->arg[0], parent, provision, joint);
    nodes__condition(p, x->arg[1], parent, provision, joint);
    return;
  }
  uint32_t reg = lower__map_get(&p->l->values, x), budget = 256;
  if (reg == ANS_NONE) return;
  uint32_t node = nodes__add(p, ANS_NODE_CONDITION, reg, parent, provision, nodes__text(p, x), "", nodes__line(p, x));
  nodes__leaves(p, x, node, &budget);
}

static void nodes__rule(const nodes_place *at, const ans_rule *r, uint32_t parent, uint32_t depth) {
  lower *l = at->l;
  uint32_t index = lower__map_get(&l->rules, r);
  if (index == ANS_NONE || depth > 1000) return;
  lower_rule_regs *regs = &l->rule_regs[index];
  nodes_place p = {l, nodes__tree(l, r->path), at->result};
  const char *text = r->reason && *r->reason ? r->reason : nodes__plain(&p, nodes__short(&p, r->text ? r->text : ""));
  uint32_t node = nodes__add(&p, r->kind == ANS_RULE_PLAIN ? ANS_NODE_RULE : ANS_NODE_EXCEPTION, regs->live, parent, r->provision, text, r->reason_not ? r->reason_not : "", r->line);
  if (regs->noted) return;
  regs->noted = true;
  if (r->condition) {
    uint16_t kind = r->condition->kind;
    nodes__condition(&p, r->condition, node, r->provision, kind == ANS_TX_AND || kind == ANS_TX_OR ? kind : 0);
  }
  if (r->value && regs->own != ANS_NONE) {
    uint32_t budget = 256;
    uint32_t value = nodes__add(&p, ANS_NODE_VALUE, regs->own, node, r->provision, nodes__text(&p, r->value), "", nodes__line(&p, r->value));
    nodes__leaves(&p, r->value, value, &budget);
  }
  for (uint32_t i = 0; i < r->exception_count; i++) nodes__rule(&p, r->exceptions[i], node, depth + 1);
}

void lower__nodes(lower *l) {
  for (uint32_t i = 0; i < l->m->result_count && l->status == ANS_OK; i++) {
    const ans_tresult *r = &l->m->results[i];
    nodes_place p = {l, NULL, i};
    uint32_t line = r->rule_count ? r->rules[0]->line : 0;
    uint32_t node = nodes__add(&p, ANS_NODE_RESULT, l->result[i], ANS_NONE, r->provision, r->label && *r->label ? r->label : r->name, "", line);
    for (uint32_t k = 0; k < r->rule_count; k++) nodes__rule(&p, r->rules[k], node, 0);
  }
}
