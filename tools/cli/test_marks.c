/* Marks of what no test case can reach: `-- unerreichbar: KEY, weil GRUND` on the line of the rule or condition (English: unreachable). KEY is
 * erfüllt (a rule or exception never is), bejaht or verneint (an outcome of a condition); bejaht.2 is the second condition of the line.
 * A mark is refuted by any case that reaches what it names; it needs a reason and something to name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "testing.h"

typedef struct collecting { tester *t; const char *path; bool failed; } collecting;

/* erfüllt 1, bejaht 2, verneint 4; 0 if the key is none of them. *number: which condition of the line. */
static unsigned outcome_of(const char *key, size_t len, unsigned *number) {
  static const struct { const char *de, *en; unsigned outcome; } keys[] = {{"erfüllt", "satisfied", MARK_LIVE}, {"bejaht", "true", MARK_TRUE}, {"verneint", "false", MARK_FALSE}};
  const char *dot = memchr(key, '.', len);
  size_t word = dot ? (size_t)(dot - key) : len;
  *number = 1;
  if (dot) {
    size_t digits = len - word - 1;
    if (digits < 1 || digits > 3 || strspn(dot + 1, "0123456789") < digits) return 0;
    *number = (unsigned)strtoul(dot + 1, NULL, 10);
  }
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    bool de = strlen(keys[i].de) == word && memcmp(key, keys[i].de, word) == 0, en = strlen(keys[i].en) == word && memcmp(key, keys[i].en, word) == 0;
    if (de || en) return keys[i].outcome;
  }
  return 0;
}

static void collect(void *ctx, const char *text, size_t len, uint32_t line) {
  collecting *c = ctx;
  ans_mark m;
  if (c->failed || !ans_comment_mark(text, len, "unerreichbar", "unreachable", &m)) return;
  if ((c->t->mark_count & (c->t->mark_count - 1)) == 0) { /* grows at powers of two */
    test_mark *grown = reallocarray(c->t->marks, c->t->mark_count ? 2 * (size_t)c->t->mark_count : 1, sizeof *grown);
    if (!grown) { c->failed = true; return; }
    c->t->marks = grown;
  }
  test_mark *k = &c->t->marks[c->t->mark_count++];
  *k = (test_mark){.path = c->path, .line = line, .key = m.key, .key_len = m.key_len, .reason = m.reason, .reason_len = m.reason_len};
  k->outcome = outcome_of(m.key, m.key_len, &k->number);
}

static uint8_t reached_bit(unsigned outcome) { return outcome == MARK_FALSE ? 2 : 1; }

/* A hypothetical evaluates a copy of the rules it needs. One text is reached where it is reached in either world. */
static bool is_copy(const tester *t, uint32_t node) {
  uint32_t r = t->p->nodes[node].result;
  return r != ANS_NONE && strstr(t->p->results[r].name, " (angenommen ") != NULL; /* no name of a drafter has a blank */
}

static void join_copies(tester *t) {
  const ans_node *nodes = t->p->nodes;
  for (uint32_t i = 0; i < t->p->node_count; i++) {
    if (!is_copy(t, i)) continue;
    for (uint32_t k = 0; k < t->p->node_count; k++) {
      bool same = k != i && nodes[k].kind == nodes[i].kind && nodes[k].line == nodes[i].line && nodes[k].provision == nodes[i].provision && strcmp(nodes[k].text, nodes[i].text) == 0;
      if (same && strcmp(test_node_path(t, k), test_node_path(t, i)) == 0) t->hit[k] = t->hit[i] = t->hit[k] | t->hit[i];
    }
  }
}

/* What a human decides is never true by itself: an exception that hands over is satisfied when its rule came out as a human's matter. */
static void count_handed_over(tester *t) {
  for (uint32_t i = 0; i < t->p->node_count; i++) {
    const ans_rule *r = t->p->nodes[i].kind == ANS_NODE_EXCEPTION && (t->hit[i] & 8) ? test_node_rule(t, i) : NULL;
    if (r && r->human) t->hit[i] |= 1;
  }
}

/* The nodes a mark speaks of: every node of its rule, or the condition of that number on the line of the rule (and of its copies). */
static void apply(tester *t, test_mark *k) {
  unsigned seen = 0;
  uint32_t rule_of = ANS_NONE;
  for (uint32_t i = 0; i < t->p->node_count && k->outcome; i++) {
    const ans_node *n = &t->p->nodes[i];
    bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION, wanted = k->outcome == MARK_LIVE ? rule : n->kind == ANS_NODE_CONDITION;
    if (!wanted || n->line != k->line || strcmp(test_node_path(t, i), k->path) != 0) continue;
    if (n->parent != rule_of) seen = 0;
    rule_of = n->parent;
    if (k->outcome != MARK_LIVE && ++seen != k->number) continue;
    k->applies = true;
    k->reached = k->reached || (t->hit[i] & reached_bit(k->outcome));
    t->marked[i] |= (uint8_t)k->outcome;
    t->mark_of[3 * (size_t)i + k->outcome / 2] = (uint32_t)(k - t->marks);
  }
}

bool test_marks(tester *t) {
  collecting c = {.t = t};
  t->marked = calloc((size_t)t->p->node_count + 1, sizeof *t->marked);
  t->mark_of = calloc((size_t)t->p->node_count + 1, 3 * sizeof *t->mark_of);
  if (!t->marked || !t->mark_of) return false;
  for (uint32_t i = 0; i < t->m->own_tree_count && !c.failed; i++) {
    c.path = t->m->trees[i]->source.path;
    ans_tree_comments(t->m->trees[i], collect, &c);
  }
  count_handed_over(t);
  join_copies(t);
  for (uint32_t i = 0; i < t->mark_count; i++) apply(t, &t->marks[i]);
  return !c.failed;
}

void test_marks_free(tester *t) {
  free(t->marks);
  free(t->marked);
  free(t->mark_of);
  t->marks = NULL;
  t->marked = NULL;
  t->mark_of = NULL;
  t->mark_count = 0;
}

const char *test_mark_wrong(const tester *t, const test_mark *k) {
  if (!k->outcome) return cli_say(t->a, "die Kennung ist keine von erfüllt, bejaht, verneint", "the key is none of satisfied, true, false");
  if (!k->applies) return cli_say(t->a, "in dieser Zeile steht nichts, was sie meint", "nothing it could name stands on this line");
  if (!k->reason_len) return cli_say(t->a, "die Begründung fehlt", "the reason is missing");
  if (k->reached) return cli_say(t->a, "ein Prüffall erreicht es", "a test case reaches it");
  return NULL;
}

json_t *test_marks_json(const tester *t) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < t->mark_count; i++) {
    const test_mark *k = &t->marks[i];
    const char *wrong = test_mark_wrong(t, k);
    if (wrong) json_array_append_new(list, json_pack("{s:s,s:i,s:s%,s:s}", "path", k->path, "line", (int)k->line, "key", k->key, k->key_len, "why", wrong));
  }
  return list;
}
