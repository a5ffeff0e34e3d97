/* Comments and blank lines between tokens, and writing the decided layout. */
#include "fmt/internal.h"
#include <string.h>

void fmt__trivia_start(struct fmt__trivia *v, const ans_tree *t, uint32_t token) {
  const ans_token *k = &t->tokens[token];
  *v = (struct fmt__trivia){t->source.text + k->trivia_at, t->source.text + k->at, 0, token > 0};
}

bool fmt__trivia_next(struct fmt__trivia *v, struct fmt__comment *c, bool *blank) {
  while (v->s < v->end && !(v->s[0] == '-' && v->s + 1 < v->end && v->s[1] == '-')) v->newlines += *v->s++ == '\n';
  *blank = v->newlines > 1;
  if (v->s >= v->end) return false;
  const char *from = v->s, *stop = memchr(from, '\n', (size_t)(v->end - from));
  if (!stop) stop = v->end;
  v->s = stop;
  while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r')) stop--;
  *c = (struct fmt__comment){from, (size_t)(stop - from), v->first && v->newlines == 0, *blank};
  v->newlines = 0;
  v->first = false;
  return true;
}

bool fmt__has_comment(const ans_tree *t, uint32_t token) {
  struct fmt__trivia v;
  struct fmt__comment c;
  bool blank;
  if (t->tokens[token].at == t->tokens[token].trivia_at) return false;
  fmt__trivia_start(&v, t, token);
  return fmt__trivia_next(&v, &c, &blank);
}

static void write__blanks(ans_buffer *out, uint32_t n) {
  static const char blanks[] = "                                                                ";
  for (; n; n -= n < 64 ? n : 64) ans_buffer_append(out, blanks, n < 64 ? n : 64);
}

/* Comments and line break before a token that begins a line. */
static void write__line(const struct fmt__run *r, uint32_t i, ans_buffer *out) {
  const struct fmt__gap *g = &r->gap[i];
  struct fmt__trivia v;
  struct fmt__comment c;
  bool blank, wanted = g->want_blank, any;
  fmt__trivia_start(&v, r->t, i);
  /* If the author left a blank line anywhere before the token, that is the blank line that is wanted. */
  for (any = false; fmt__trivia_next(&v, &c, &blank);) any = any || c.blank_before;
  any = any || blank;
  bool last = i + 1 == r->n;
  fmt__trivia_start(&v, r->t, i);
  while (fmt__trivia_next(&v, &c, &blank)) {
    if (c.trailing) {
      ans_buffer_text(out, "  ");
    } else {
      if (out->len) ans_buffer_char(out, '\n');
      if (out->len && ((g->keep_blank && c.blank_before) || (wanted && !any))) ans_buffer_char(out, '\n'), any = true;
      write__blanks(out, g->comment_indent);
    }
    ans_buffer_append(out, c.text, c.len);
  }
  if (out->len) ans_buffer_char(out, '\n');
  if (out->len && !last && ((g->keep_blank && blank) || (wanted && !any))) ans_buffer_char(out, '\n');
  if (!last) write__blanks(out, g->indent);
}

void fmt__write(const struct fmt__run *r, ans_buffer *out) {
  for (uint32_t i = 0; i < r->n; i++) {
    const struct fmt__gap *g = &r->gap[i];
    if (i == 0 || g->space == FMT_LINE) write__line(r, i, out);
    else write__blanks(out, (uint32_t)(g->space == FMT_SPACE) + g->pad);
    ans_buffer_append(out, r->word[i].text, r->word[i].len);
  }
}
