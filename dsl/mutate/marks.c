/* Comments that call a mutant equivalent. They are read from the trivia of the tokens, so that a text in quotes is never taken for one. */
#include "mutate/mutate_private.h"
#include <string.h>

static bool marks__blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static const char *marks__span(ans_mutants *m, const char *s, size_t n) {
  char *t = m->failed ? NULL : ans_arena_text(m->arena, s, n);
  if (!t) m->failed = true;
  return t ? t : "";
}

/* One comment line: `-- gleichwertig: KEY reason`. */
static void marks__comment(ans_mutants *m, uint32_t file, const char *s, size_t n, uint32_t line) {
  static const char *const words[] = {"gleichwertig:", "equivalent:"};
  size_t at = 2, len = 0;
  while (at < n && marks__blank(s[at])) at++;
  for (size_t i = 0; i < 2 && !len; i++)
    if (n - at >= strlen(words[i]) && memcmp(s + at, words[i], strlen(words[i])) == 0) len = strlen(words[i]);
  if (!len) return;
  at += len;
  while (at < n && marks__blank(s[at])) at++;
  size_t key = at;
  while (at < n && !marks__blank(s[at])) at++;
  size_t key_end = at;
  while (at < n && marks__blank(s[at])) at++;
  while (n > at && marks__blank(s[n - 1])) n--;
  ans_mutant_mark *grown = mutate__grow(m, m->marks, m->mark_count, &m->mark_cap, sizeof *grown);
  if (!grown) return;
  m->marks = grown;
  ans_mutant_mark *k = &m->marks[m->mark_count];
  *k = (ans_mutant_mark){m->model->trees[file]->source.path, line, marks__span(m, s + key, key_end - key), marks__span(m, s + at, n - at), ANS_NONE};
  for (uint32_t i = 0; i < m->count; i++) {
    ans_mutant *x = &m->entries[i].shown;
    if (m->entries[i].file != file || x->line != line || x->mark != ANS_NONE || strcmp(x->key, k->key) != 0) continue;
    x->mark = m->mark_count;
    k->mutant = i;
    break;
  }
  m->mark_count++;
}

static void marks__trivia(ans_mutants *m, uint32_t file, const char *s, size_t n, uint32_t line) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '\n') line++;
    if (s[i] != '-' || i + 1 >= n || s[i + 1] != '-') continue;
    size_t end = i;
    while (end < n && s[end] != '\n') end++;
    marks__comment(m, file, s + i, end - i, line);
    i = end - 1;
  }
}

void mutate__marks(ans_mutants *m) {
  for (uint32_t f = 0; f < m->model->own_tree_count && !m->failed; f++) {
    const ans_tree *t = m->model->trees[f];
    uint32_t line = 1; /* of the trivia: that of the end of the token before */
    for (uint32_t i = 0; i < t->token_count; i++) {
      const ans_token *k = &t->tokens[i];
      marks__trivia(m, f, t->source.text + k->trivia_at, k->at - k->trivia_at, line);
      line = k->line;
      for (uint32_t c = 0; c < k->len; c++) line += t->source.text[k->at + c] == '\n'; /* phrases may be broken over lines */
    }
  }
}
