/* Comments and the marks in them. A mark changes nothing that is computed; the tools that read it check that it is true. */
#include <string.h>
#include "syntax/tree.h"

static bool comment__blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static void comment__trivia(const char *s, size_t n, uint32_t line, ans_comment_visit *visit, void *ctx) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '\n') line++;
    if (s[i] != '-' || i + 1 >= n || s[i + 1] != '-') continue;
    size_t end = i, stop;
    while (end < n && s[end] != '\n') end++;
    for (stop = end; stop > i && comment__blank(s[stop - 1]);) stop--;
    visit(ctx, s + i, stop - i, line);
    i = end - 1;
  }
}

void ans_tree_comments(const ans_tree *t, ans_comment_visit *visit, void *ctx) {
  uint32_t line = 1; /* of the trivia: that of the end of the token before */
  for (uint32_t i = 0; i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    comment__trivia(t->source.text + k->trivia_at, k->at - k->trivia_at, line, visit, ctx);
    line = k->line;
    for (uint32_t c = 0; c < k->len; c++) line += t->source.text[k->at + c] == '\n'; /* phrases may be broken over lines */
  }
}

static bool comment__word(const char *s, size_t n, const char *word, size_t *len) {
  *len = strlen(word);
  return n > *len && memcmp(s, word, *len) == 0 && s[*len] == ':';
}

bool ans_comment_mark(const char *text, size_t len, const char *german, const char *english, ans_mark *out) {
  size_t at = 2, word;
  while (at < len && comment__blank(text[at])) at++;
  if (at >= len || (!comment__word(text + at, len - at, german, &word) && !comment__word(text + at, len - at, english, &word))) return false;
  at += word + 1;
  while (at < len && comment__blank(text[at])) at++;
  out->key = text + at;
  while (at < len && !comment__blank(text[at])) at++;
  out->key_len = (size_t)(text + at - out->key);
  if (out->key_len && out->key[out->key_len - 1] == ',') out->key_len--;
  while (at < len && comment__blank(text[at])) at++;
  out->reason = text + at;
  out->reason_len = len - at;
  return true;
}
