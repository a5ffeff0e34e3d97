/* Flows: what both readers produce. Text is collected until an element that matters, then normalised in one go (so that a composed character
 * split by markup is composed all the same), and Unicode superscript digits at the beginning of a sentence become sentence marks. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "base/error.h"
#include "base/utf8.h"
#include "law/law_private.h"

void law__fail(law__reader *r, ans_status status, const char *code, const char *arg) {
  if (r->status == ANS_OK) r->status = ans_error_set(r->err, status, code, r->file, arg, NULL);
}

void *law__new(law__reader *r, size_t size) {
  void *p = ans_arena_alloc(r->arena, size);
  if (!p) law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
  return p;
}

static bool flow__blank(uint32_t c) {
  return c <= 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

void law__fold(ans_buffer *out, size_t base, bool *pending, const char *s) {
  for (size_t i = 0, len = strlen(s); i < len;) {
    uint32_t c = 0;
    size_t w = ans_utf8_decode(s + i, len - i, &c);
    if (w == 0) return; /* normalised text is valid: unreachable, and harmless */
    if (flow__blank(c)) {
      *pending = true;
    } else {
      if (*pending && out->len > base) ans_buffer_char(out, ' ');
      *pending = false;
      ans_buffer_append(out, s + i, w);
    }
    i += w;
  }
}

size_t law__normal(const char *utf8, char **out) {
  utf8proc_uint8_t *nfc = NULL;
  utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)utf8, 0, &nfc, UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
  *out = n < 0 ? NULL : (char *)nfc;
  return n < 0 ? 0 : (size_t)n;
}

void law__text(law__reader *r, const char *utf8) { ans_buffer_text(&r->run, utf8); }

law__inline *law__add(law__reader *r, law__flow *f, law__kind kind) {
  law__inline *x = law__new(r, sizeof *x);
  if (!x) return NULL;
  x->kind = kind;
  x->text = "";
  if (f->last) f->last->next = x;
  else f->first = x;
  f->last = x;
  return x;
}

law__item *law__add_item(law__reader *r, law__inline *list, const char *label) {
  law__item *x = law__new(r, sizeof *x);
  if (!x || !list) return NULL;
  x->label = law__label(r, label);
  if (list->last_item) list->last_item->next = x;
  else list->items = x;
  list->last_item = x;
  return x;
}

/* ⁰¹²³⁴…⁹ → 0…9, else -1. */
static int flow__superscript(uint32_t c) {
  if (c == 0xb9) return 1;
  if (c == 0xb2) return 2;
  if (c == 0xb3) return 3;
  return c == 0x2070 || (c >= 0x2074 && c <= 0x2079) ? (int)(c - 0x2070) : -1;
}

/* A run of superscript digits at `s` that stands where a sentence may begin: its bytes, else 0. */
static size_t flow__mark(const char *s, size_t len, uint32_t *number) {
  size_t i = 0;
  uint32_t n = 0, c = 0;
  for (size_t w; i < len && (w = ans_utf8_decode(s + i, len - i, &c)) > 0 && flow__superscript(c) >= 0 && n < 1000; i += w) n = n * 10 + (uint32_t)flow__superscript(c);
  if (i == 0 || i >= len || n == 0) return 0;
  size_t w = ans_utf8_decode(s + i, len - i, &c);
  while (w && flow__blank(c) && i + w < len) { i += w; w = ans_utf8_decode(s + i, len - i, &c); }
  utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
  bool begins = k == UTF8PROC_CATEGORY_LU || k == UTF8PROC_CATEGORY_ND || c == 0xa7 || c == 0x201e || c == '(';
  *number = n;
  return begins ? i : 0;
}

static void flow__put(law__reader *r, law__flow *f, const char *s, size_t len) {
  if (len == 0) return;
  law__inline *x = law__add(r, f, LAW__TEXT);
  if (!x) return;
  const char *copy = ans_arena_text(r->arena, s, len);
  if (copy) x->text = copy;
  else law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
}

void law__flush(law__reader *r, law__flow *f) {
  if (r->run.failed) law__fail(r, ANS_LIMIT, "E-LAW-TEXT", "");
  char *raw = r->run.len ? ans_buffer_take(&r->run, NULL) : NULL, *s = NULL;
  if (!raw) return;
  size_t len = law__normal(raw, &s), from = 0;
  free(raw);
  if (!s) { law__fail(r, ANS_MEMORY, "E-MEMORY", "law"); return; }
  bool boundary = true;
  for (size_t i = 0; i < len;) {
    uint32_t c = 0, number = 0;
    size_t w = ans_utf8_decode(s + i, len - i, &c);
    if (w == 0) break;
    size_t mark = boundary && flow__superscript(c) >= 0 ? flow__mark(s + i, len - i, &number) : 0;
    boundary = flow__blank(c);
    if (mark) {
      flow__put(r, f, s + from, i - from);
      law__inline *x = law__add(r, f, LAW__MARK);
      if (x) x->mark = number;
      from = i + mark;
      w = mark;
    }
    i += w;
  }
  flow__put(r, f, s + from, len - from);
  free(s);
}

const char *law__label(law__reader *r, const char *raw) {
  char out[ANS_LAW_NUMBER_SIZE];
  size_t n = 0;
  for (size_t i = 0, len = strlen(raw); i < len;) {
    uint32_t c = 0;
    size_t w = ans_utf8_decode(raw + i, len - i, &c);
    if (w == 0) break;
    if (c < 0x80 && ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')) && n + 1 < sizeof out) out[n++] = (char)c;
    i += w;
  }
  const char *copy = ans_arena_text(r->arena, out, n);
  if (!copy) law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
  return copy ? copy : "";
}

/* "§ 32", "Art. 5", "Artikel 5", "Anlage 3 (zu § 19)", "Anlage". */
law__para *law__add_para(law__reader *r, const char *designation, const char *title) {
  static const struct { const char *word; ans_law_level level; } heads[] = {
      {"§", ANS_LAW_PARAGRAPH}, {"Artikel", ANS_LAW_ARTICLE}, {"Art.", ANS_LAW_ARTICLE}, {"Art", ANS_LAW_ARTICLE}, {"Anlage", ANS_LAW_ANNEX}, {"Anhang", ANS_LAW_ANNEX}};
  size_t h = 0, n = sizeof heads / sizeof *heads;
  while (h < n && strncmp(designation, heads[h].word, strlen(heads[h].word)) != 0) h++;
  if (h == n) return NULL;
  const char *s = designation + strlen(heads[h].word);
  while (*s == ' ') s++;
  size_t len = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  char counted[24];
  if (heads[h].level == ANS_LAW_ANNEX && (len == 0 || len >= ANS_LAW_NUMBER_SIZE)) {
    ans_itoa(counted, ++r->annexes);
    s = counted;
    len = strlen(counted);
  }
  if (len == 0 || len >= ANS_LAW_NUMBER_SIZE) return NULL;
  law__para *p = law__new(r, sizeof *p);
  if (!p) return NULL;
  p->level = heads[h].level;
  p->number = ans_arena_text(r->arena, s, len);
  p->title = title;
  if (!p->number) { law__fail(r, ANS_MEMORY, "E-MEMORY", "law"); return NULL; }
  if (r->last) r->last->next = p;
  else r->first = p;
  r->last = p;
  return p;
}

/* "(12b)" at s: its bytes, number copied; else 0. */
static size_t flow__absatz(const char *s, char number[ANS_LAW_NUMBER_SIZE]) {
  if (*s != '(') return 0;
  size_t digits = strspn(s + 1, "0123456789");
  if (digits == 0 || digits > 5) return 0;
  size_t n = digits;
  while (n < digits + 3 && s[1 + n] >= 'a' && s[1 + n] <= 'z') n++;
  if (s[1 + n] != ')') return 0;
  memcpy(number, s + 1, n);
  number[n] = 0;
  return n + 2;
}

static size_t flow__skip(const char *s) {
  size_t i = 0, len = strlen(s), w;
  uint32_t c;
  while (i < len && (w = ans_utf8_decode(s + i, len - i, &c)) > 0 && flow__blank(c)) i += w;
  return i;
}

void law__add_block(law__reader *r, law__para *p, law__flow f) {
  if (!f.first) return;
  char number[ANS_LAW_NUMBER_SIZE], last[ANS_LAW_NUMBER_SIZE] = "";
  size_t cut = 0, lead = f.first->kind == LAW__TEXT ? flow__skip(f.first->text) : 0;
  if (f.first->kind == LAW__TEXT && p->level != ANS_LAW_ANNEX) cut = flow__absatz(f.first->text + lead, number);
  if (cut) { /* "(2) und (3) (weggefallen)", "(4) bis (6) …" */
    const char *s = f.first->text + lead + cut;
    s += flow__skip(s);
    size_t word = strncmp(s, "bis", 3) == 0 || strncmp(s, "und", 3) == 0 ? 3 : strncmp(s, "u.", 2) == 0 ? 2 : 0;
    if (word) {
      s += word;
      s += flow__skip(s);
      size_t more = flow__absatz(s, last);
      if (more) cut = (size_t)(s - f.first->text) + more - lead;
    }
    f.first->text += lead + cut;
  } else if (p->last) { /* text that goes on after a paragraph break, in the same Absatz */
    law__inline *gap = law__add(r, &p->last->flow, LAW__BREAK);
    if (!gap) return;
    gap->next = f.first;
    p->last->flow.last = f.last;
    return;
  }
  law__block *b = law__new(r, sizeof *b);
  if (!b) return;
  b->flow = f;
  if (cut) {
    b->label = ans_arena_text(r->arena, number, strlen(number));
    b->also_to = *last ? ans_arena_text(r->arena, last, strlen(last)) : NULL;
    if (!b->label || (*last && !b->also_to)) law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
  }
  if (p->last) p->last->next = b;
  else p->first = b;
  p->last = b;
}
