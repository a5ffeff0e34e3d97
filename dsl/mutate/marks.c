/* Comments that call mutants equivalent: `-- gleichwertig: KEY reason`, or `KEY,KEY reason` where one reason holds for several of a line. */
#include "mutate/mutate_private.h"
#include <string.h>

typedef struct marks__place { ans_mutants *m; uint32_t file; } marks__place;

static const char *marks__span(ans_mutants *m, const char *s, size_t n) {
  char *t = m->failed ? NULL : ans_arena_text(m->arena, s, n);
  if (!t) m->failed = true;
  return t ? t : "";
}

static void marks__key(ans_mutants *m, uint32_t file, uint32_t line, const char *key, size_t key_len, const ans_mark *mark) {
  ans_mutant_mark *grown = mutate__grow(m, m->marks, m->mark_count, &m->mark_cap, sizeof *grown);
  if (!grown) return;
  m->marks = grown;
  ans_mutant_mark *k = &m->marks[m->mark_count];
  *k = (ans_mutant_mark){m->model->trees[file]->source.path, line, marks__span(m, key, key_len), marks__span(m, mark->reason, mark->reason_len), ANS_NONE};
  for (uint32_t i = 0; i < m->count; i++) {
    ans_mutant *x = &m->entries[i].shown;
    if (m->entries[i].file != file || x->line != line || x->mark != ANS_NONE || strcmp(x->key, k->key) != 0) continue;
    x->mark = m->mark_count;
    k->mutant = i;
    break;
  }
  m->mark_count++;
}

static void marks__comment(void *ctx, const char *text, size_t len, uint32_t line) {
  const marks__place *place = ctx;
  ans_mark mark;
  if (place->m->failed || !ans_comment_mark(text, len, "gleichwertig", "equivalent", &mark)) return;
  for (size_t at = 0; at <= mark.key_len && !place->m->failed;) { /* `a,,b` and `a,` name an empty key, which applies to nothing */
    const char *comma = at < mark.key_len ? memchr(mark.key + at, ',', mark.key_len - at) : NULL;
    size_t end = comma ? (size_t)(comma - mark.key) : mark.key_len;
    marks__key(place->m, place->file, line, mark.key + at, end - at, &mark);
    at = end + 1;
  }
}

void mutate__marks(ans_mutants *m) {
  for (uint32_t f = 0; f < m->model->own_tree_count && !m->failed; f++) ans_tree_comments(m->model->trees[f], marks__comment, &(marks__place){m, f});
}
