/* Rule text as its author laid it out, with words of the language, texts, numbers and comments told apart and names linked to what they mean.
 * A comment before an item belongs to it, one at the end of its last line too; what stands on the line before is that item's own. */
#include <string.h>
#include "doc/doc_private.h"

static void source__classed(doc *d, const char *class, const char *s, size_t n) {
  doc__printf(d, "<span class=\"%s\">", class);
  doc__span(d, s, n);
  doc__put(d, "</span>");
}

/* Marks for the tools (coverage, mutants) are not about the law; they are shown smaller. */
static bool source__mark(const char *s, size_t n) {
  ans_mark mark;
  return ans_comment_mark(s, n, "gleichwertig", "equivalent", &mark) || ans_comment_mark(s, n, "unerreichbar", "unreachable", &mark);
}

/* Blanks as they are, comments marked. */
static void source__trivia(doc *d, const char *s, size_t n) {
  for (size_t i = 0; i < n;) {
    size_t end = i;
    if (s[i] == '-' && i + 1 < n && s[i + 1] == '-') {
      while (end < n && s[end] != '\n') end++;
      source__classed(d, source__mark(s + i, end - i) ? "mark" : "c", s + i, end - i);
    } else {
      while (end < n && !(s[end] == '-' && end + 1 < n && s[end + 1] == '-')) end++;
      doc__span(d, s + i, end - i);
    }
    i = end;
  }
}

/* Comments above the item: the trivia of its first token after the rest of the line before, without blank lines at either end. */
static void source__above(doc *d, const ans_tree *t, uint32_t first) {
  const ans_token *k = &t->tokens[first];
  const char *s = t->source.text + k->trivia_at, *end = t->source.text + k->at;
  if (first) {
    const char *line = memchr(s, '\n', (size_t)(end - s));
    s = line ? line + 1 : end;
  }
  while (s < end && (*s == '\n' || *s == ' ' || *s == '\t' || *s == '\r')) s++;
  source__trivia(d, s, (size_t)(end - s));
}

static void source__below(doc *d, const ans_tree *t, uint32_t last) {
  if (last + 1 >= t->token_count) return;
  const ans_token *k = &t->tokens[last + 1];
  const char *s = t->source.text + k->trivia_at, *end = t->source.text + k->at, *line = memchr(s, '\n', (size_t)(end - s));
  if (!line) line = end;
  while (line > s && (line[-1] == ' ' || line[-1] == '\t' || line[-1] == '\r')) line--;
  source__trivia(d, s, (size_t)(line - s));
}

static void source__token(doc *d, uint32_t tree, uint32_t token, uint32_t declares) {
  const ans_tree *t = d->m->trees[tree];
  const ans_token *k = &t->tokens[token];
  const char *s = t->source.text + k->at;
  doc__target target = d->targets[tree][token];
  if (declares != ANS_NONE) {
    doc__put(d, "<strong id=\"");
    doc__anchor(d, DOC__RESULT, declares);
    doc__put(d, "\">");
    doc__span(d, s, k->len);
    doc__put(d, "</strong>");
  } else if (target.kind != DOC__NONE) {
    doc__put(d, "<a href=\"#");
    doc__anchor(d, (doc__kind)target.kind, target.index);
    doc__put(d, "\">");
    doc__span(d, s, k->len);
    doc__put(d, "</a>");
  } else if (ans_token_is_keyword(k)) {
    source__classed(d, "k", s, k->len);
  } else if (k->len && s[0] == '"') {
    source__classed(d, "s", s, k->len);
  } else if (k->len && s[0] >= '0' && s[0] <= '9') {
    source__classed(d, "n", s, k->len);
  } else {
    doc__span(d, s, k->len);
  }
}

void doc__source(doc *d, const doc__item *item) {
  const ans_tree *t = d->m->trees[item->tree];
  const ans_syn *n = item->syn;
  uint32_t declares = ANS_NONE, name = ANS_NONE;
  for (uint32_t r = 0; n->kind == ANS_SYN_RESULT && r < d->m->result_count; r++)
    if (d->base[r] == r && d->declared[r] != ANS_NONE && d->items[d->declared[r]].syn == n) declares = r;
  if (declares != ANS_NONE) name = n->child[0]->last;
  doc__put(d, "<pre lang=\"de\"><code>");
  source__above(d, t, n->first);
  for (uint32_t i = n->first; i <= n->last && i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    if (i > n->first) source__trivia(d, t->source.text + k->trivia_at, k->at - k->trivia_at);
    source__token(d, item->tree, i, i == name ? declares : ANS_NONE);
  }
  source__below(d, t, n->last);
  doc__put(d, "</code></pre>\n");
}
