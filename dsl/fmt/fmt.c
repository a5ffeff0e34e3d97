/* Entry points: parse, format or convert, verify. Verification costs a second scan of the file and is what makes the promise "nothing but
 * layout" independent of the layout rules, of grammar changes, and of a name that would join a reserved phrase in the other language. */
#include "fmt/fmt.h"
#include "base/arena.h"
#include "base/error.h"
#include "fmt/internal.h"
#include <stdlib.h>
#include <string.h>

static ans_status fmt__memory(const char *path, ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", path, "fmt", NULL); }

static ans_status fmt__parse(const char *path, const char *text, size_t len, ans_diags *diags, ans_tree **t, ans_error *err) {
  size_t before = ans_diags_errors(diags);
  *t = NULL;
  ans_status s = ans_tree_parse(path, text, len, diags, t, err);
  if (s != ANS_OK || ans_diags_errors(diags) == before) return s;
  ans_tree_free(*t);
  *t = NULL;
  return ANS_RULES;
}

static bool fmt__same_comments(const ans_tree *a, const ans_tree *b) {
  for (uint32_t i = 0; i < a->token_count; i++) {
    struct fmt__trivia va, vb;
    struct fmt__comment ca, cb;
    bool blank, more;
    fmt__trivia_start(&va, a, i);
    fmt__trivia_start(&vb, b, i);
    do {
      more = fmt__trivia_next(&va, &ca, &blank);
      if (more != fmt__trivia_next(&vb, &cb, &blank)) return false;
      if (more && (ca.len != cb.len || memcmp(ca.text, cb.text, ca.len) != 0)) return false;
    } while (more);
  }
  return true;
}

/* The text is handed out only if it says what the tree says. */
static ans_status fmt__verified(const ans_tree *t, const char *path, ans_buffer *b, char **out, size_t *out_len, ans_error *err) {
  ans_tree *again = NULL;
  ans_status s = b->failed ? fmt__memory(t->source.path, err) : ANS_OK;
  ans_diags *diags = s == ANS_OK ? ans_diags_new() : NULL;
  if (s == ANS_OK && !diags) s = fmt__memory(t->source.path, err);
  if (s == ANS_OK) s = fmt__parse(path, b->data ? b->data : "", b->len, diags, &again, err);
  if (s == ANS_RULES || (s == ANS_OK && (!ans_tree_same_tokens(t, again) || !fmt__same_comments(t, again))))
    s = ans_error_set(err, ANS_INTERNAL, "E-FMT-CHANGED", t->source.path, NULL);
  ans_tree_free(again);
  ans_diags_free(diags);
  if (s == ANS_OK) *out = ans_buffer_take(b, out_len);
  if (s == ANS_OK && !*out) s = fmt__memory(t->source.path, err);
  return s;
}

ans_status ans_fmt_format(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err) {
  ans_tree *t;
  ans_spelling *word = NULL;
  *out = NULL;
  ans_status s = fmt__parse(path, text, len, diags, &t, err);
  if (s == ANS_OK) s = ans_tree_spell(t, t->lang, &word, err);
  if (s == ANS_OK) {
    struct fmt__run r = {t, word, ans_arena_array(t->arena, t->token_count, sizeof(struct fmt__gap)), t->token_count};
    ans_buffer b;
    ans_buffer_init(&b, 0);
    if (r.gap) {
      fmt__layout(&r);
      fmt__wrap(&r);
      fmt__write(&r, &b);
      s = fmt__verified(t, path, &b, out, out_len, err);
    } else {
      s = fmt__memory(path, err);
    }
    ans_buffer_dispose(&b);
  }
  ans_tree_free(t);
  return s;
}

/* --- converter ------------------------------------------------------------------------------------------------------------------- */
static bool convert__wordy(unsigned char c) {
  return c == '_' || c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool convert__digits(const ans_spelling *w) {
  for (uint32_t i = 0; i < w->len; i++)
    if (w->text[i] < '0' || w->text[i] > '9') return false;
  return w->len > 0;
}

/* Tokens that touched each other and would become one in the other language: "2020-10" is a month there, "18th" runs into a word. */
static bool convert__would_join(const ans_tree *t, const ans_spelling *word, uint32_t i) {
  if (i == 0 || t->tokens[i].at != t->tokens[i].trivia_at || !word[i].len || !word[i - 1].len) return false;
  if (word[i].text[0] == '-' && word[i].len == 1) return convert__digits(&word[i - 1]);
  unsigned char a = (unsigned char)word[i - 1].text[word[i - 1].len - 1], b = (unsigned char)word[i].text[0];
  bool words = (a < 0x80 || ans_token_is_word(&t->tokens[i - 1])) && (b < 0x80 || ans_token_is_word(&t->tokens[i]));
  return words && convert__wordy(a) && convert__wordy(b);
}

ans_status ans_fmt_convert(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err) {
  ans_tree *t;
  ans_spelling *word = NULL;
  *out = NULL;
  ans_status s = fmt__parse(path, text, len, diags, &t, err);
  ans_syn_lang to = t && t->lang == ANS_SYN_DE ? ANS_SYN_EN : ANS_SYN_DE;
  if (s == ANS_OK) s = ans_tree_spell(t, to, &word, err);
  if (s == ANS_OK) {
    ans_buffer b;
    ans_buffer_init(&b, 0);
    for (uint32_t i = 0; i < t->token_count; i++) {
      const ans_token *k = &t->tokens[i];
      ans_buffer_append(&b, t->source.text + k->trivia_at, k->at - k->trivia_at);
      if (convert__would_join(t, word, i)) ans_buffer_char(&b, ' ');
      ans_buffer_append(&b, word[i].text, word[i].len);
    }
    s = fmt__verified(t, to == ANS_SYN_EN ? "converted.law" : "converted.recht", &b, out, out_len, err);
    ans_buffer_dispose(&b);
  }
  ans_tree_free(t);
  return s;
}
