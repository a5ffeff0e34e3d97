/* From raw tokens to the classified, lossless token array.
 *
 * Owns what the grammar cannot see with one token of lookahead: reserved words and phrases (longest first, any blanks between the
 * words), numbers and letters of citations, the law name at the end of a citation, `§` at the start of a line as a section heading,
 * version numbers, `ermessen`/`beurteilung` as item or as member. A lexer with start conditions could do part of it, but the phrases
 * would need every spelling of their blanks, and recovery needs the whole array anyway.
 * Invariant: token i's trivia starts where token i-1 ends; the last token is the end of file. */
#include "grammar.tab.h"
#include "syntax/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool syn__line_start(const ans_tree *t, uint32_t token) { return token == 0 || t->tokens[token].line != t->tokens[token - 1].line; }

bool syn__begins_item(int kind) {
  static const int kinds[] = {SYN_PAKET, SYN_NORM, SYN_AUSWAHL, SYN_EINHEIT, SYN_SECTION_HEAD, SYN_HILFSDEFINITION, SYN_ERGEBNIS,
                              SYN_PARAMETER, SYN_REGEL, SYN_AUSNAHME, SYN_ERMESSEN_ITEM, SYN_BEURTEILUNG_ITEM, SYN_NICHT_ABGEBILDET, SYN_ABGEBILDET,
                              SYN_LEISTUNG, SYN_GRUNDFALL, SYN_PRUEFFALL};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i] == kind) return true;
  return false;
}

const char *syn__where(const ans_tree *t, const ans_token *at, char out[256]) {
  snprintf(out, 256, "%.200s:%u:%u", t->source.path, at->line, at->column);
  return out;
}

/* --- first pass: collect raw tokens ------------------------------------------------------------------------------------- */
struct cursor { const char *text; uint32_t at, line, column; };
struct vec { ans_token *v; int *raw; uint32_t count, cap; };
struct collect {
  struct syn__ctx *ctx;
  struct syn__scan scan;
  struct cursor cursor;
  struct vec raw;
  uint32_t end;            /* end of the last token */
  ans_status status;       /* why collecting stopped */
  ans_token culprit;
};

static void cursor__move(struct cursor *c, uint32_t to) {
  for (; c->at < to; c->at++) {
    unsigned char b = (unsigned char)c->text[c->at];
    if (b == '\n') {
      c->line++;
      c->column = 1;
    } else if ((b & 0xC0u) != 0x80u) {
      c->column++;
    }
  }
}

static bool vec__push(struct vec *a, ans_token t, int raw) {
  if (a->count == a->cap) {
    uint32_t cap = a->cap ? a->cap * 2 : 1024;
    ans_token *v = realloc(a->v, cap * sizeof *v);
    if (v) a->v = v;
    int *r = realloc(a->raw, cap * sizeof *r);
    if (r) a->raw = r;
    if (!v || !r) return false;
    a->cap = cap;
  }
  t.kind = (uint16_t)raw;
  a->raw[a->count] = raw;
  a->v[a->count++] = t;
  return true;
}

static void vec__free(struct vec *a) {
  free(a->v);
  free(a->raw);
}

/* Remembers where a lexical error was, so that the syntax error it causes is not reported on top. */
static void tokens__bad(struct syn__ctx *ctx, uint32_t at) {
  if (ctx->bad_count == ctx->bad_cap) {
    size_t cap = ctx->bad_cap ? ctx->bad_cap * 2 : 64;
    uint32_t *v = realloc(ctx->bad, cap * sizeof *v);
    if (!v) {
      ctx->out_of_memory = true;
      return;
    }
    ctx->bad = v;
    ctx->bad_cap = cap;
  }
  ctx->bad[ctx->bad_count++] = at;
}

static void tokens__trouble(struct syn__ctx *ctx, ans_diag_id id, const ans_token *t, const char *hint) {
  char text[64];
  uint32_t n = 0;
  const char *s = ctx->tree->source.text + t->at;
  while (n < t->len && n < sizeof text - 4) n++;
  while (n && n < t->len && ((unsigned char)s[n] & 0xC0u) == 0x80u) n--;
  memcpy(text, s, n);
  memcpy(text + n, n < t->len ? "..." : "", n < t->len ? 4 : 1);
  ans_diags_add(ctx->diags, id, &ctx->tree->source, t, NULL, text, hint ? hint : "", NULL);
  tokens__bad(ctx, t->at);
}

static bool tokens__sink(void *user, int kind) {
  struct collect *c = user;
  cursor__move(&c->cursor, c->scan.at);
  ans_token t = {.trivia_at = c->end, .at = c->scan.at, .len = c->scan.len, .line = c->cursor.line, .column = c->cursor.column};
  if (c->scan.trouble != ANS_DIAG_COUNT) tokens__trouble(c->ctx, c->scan.trouble, &t, c->scan.hint);
  if (kind == SYN__RAW_TRIVIA) return true;
  c->end = t.at + t.len;
  c->culprit = t;
  if ((kind == SYN_IDENT || kind == SYN__RAW_NUMWORD) && t.len > SYN__MAX_NAME) {
    c->status = ANS_LIMIT;
    return false;
  }
  if (!vec__push(&c->raw, t, kind)) {
    c->status = ANS_MEMORY;
    return false;
  }
  return true;
}

/* --- second pass: classify ------------------------------------------------------------------------------------------------- */
enum cite { CITE_NONE, CITE_NUMBER, CITE_NUMBERS /* after Satz */, CITE_LETTERS, CITE_AFTER, CITE_AFTER_LIST };
struct classify {
  struct syn__ctx *ctx;
  const struct vec *in;
  struct vec *out;
  uint32_t i;
  enum cite cite;
  bool section;      /* the citation is a section heading */
  bool case_head;    /* between `prüffall` and the first token that is no citation */
  uint32_t depth;    /* open parentheses; English separates lists inside them by commas */
};

/* „angenommen“ begins a hypothetical only before a path and "=" (angenommen Person.Lohn = …); elsewhere, and after "=", it is a name, as in
 * the enumeration value for adopted children. */
static bool classify__assumes(const struct classify *k, uint32_t i) {
  const int *raw = k->in->raw;
  return i + 2 < k->in->count && raw[i + 1] == SYN_IDENT && (raw[i + 2] == SYN_DOT || raw[i + 2] == SYN_EQ) && !(i && raw[i - 1] == SYN_EQ);
}

/* The reserved phrase at raw token i: its token kind and number of words, or 0 words. */
static uint32_t classify__phrase(const struct classify *k, uint32_t i, int *token) {
  const char *text = k->ctx->tree->source.text;
  struct syn__word w[SYN__MAX_PHRASE];
  uint32_t n = 0;
  for (; n < SYN__MAX_PHRASE && i + n < k->in->count; n++) {
    const ans_token *t = &k->in->v[i + n];
    int raw = k->in->raw[i + n];
    if ((raw != SYN_IDENT && raw != SYN__RAW_NUMWORD) || (n && !syn__blank(text + t->trivia_at, t->at - t->trivia_at))) break;
    w[n] = (struct syn__word){text + t->at, t->len};
  }
  n = syn__phrase(k->ctx->tree->lang, w, n, token);
  return n && *token == SYN_ANGENOMMEN && !classify__assumes(k, i) ? 0 : n;
}

static bool classify__plain_name(const struct classify *k, uint32_t i) {
  int token = 0;
  return i < k->in->count && k->in->raw[i] == SYN_IDENT && classify__phrase(k, i, &token) == 0;
}

static bool classify__citation_number(const struct classify *k, const ans_token *t) {
  const char *s = k->ctx->tree->source.text + t->at;
  uint32_t i = 0;
  while (i < t->len && s[i] >= '0' && s[i] <= '9') i++;
  uint32_t letters = t->len - i;
  if (letters > 2) return false;
  for (; i < t->len; i++)
    if (s[i] < 'a' || s[i] > 'z') return false;
  return true;
}

static bool classify__letters(const struct classify *k, const ans_token *t) {
  const char *s = k->ctx->tree->source.text + t->at;
  for (uint32_t i = 0; i < t->len; i++)
    if (s[i] < 'a' || s[i] > 'z') return false;
  return t->len <= 3;
}

static bool classify__new_line(const struct classify *k) {
  return k->out->count == 0 || k->out->v[k->out->count - 1].line != k->in->v[k->i].line;
}

/* A name after a citation is its law if it stands on the same line; on a later line only if what follows could not make it the first
 * word of something else (test rows "Person A", assignments), and never after a section heading. */
static bool classify__law(const struct classify *k) {
  if (!classify__new_line(k)) return true;
  if (k->section || k->i + 1 >= k->in->count) return false;
  int raw = k->in->raw[k->i + 1];
  return raw != SYN_EQ && raw != SYN_COLON && !classify__plain_name(k, k->i + 1);
}

static int classify__head(struct classify *k) {
  int last = k->out->count ? k->out->v[k->out->count - 1].kind : 0;
  bool wrapped = k->case_head && (last == SYN_STRING || last == SYN_SEMICOLON);
  k->section = classify__new_line(k) && !wrapped;
  k->cite = CITE_NUMBER;
  return k->section ? SYN_SECTION_HEAD : SYN_CITE_HEAD;
}

/* "Satz 2,3" was read as a decimal: three tokens. */
static bool classify__split(struct classify *k, const ans_token *t) {
  const char *s = k->ctx->tree->source.text + t->at;
  uint32_t comma = (uint32_t)((const char *)memchr(s, ',', t->len) - s);
  ans_token a = *t, b = *t, c = *t;
  a.len = comma;
  b.trivia_at = b.at = t->at + comma;
  b.len = 1;
  b.column += comma;
  c.trivia_at = c.at = b.at + 1;
  c.len = t->len - comma - 1;
  c.column = b.column + 1;
  return vec__push(k->out, a, SYN_CITNUM) && vec__push(k->out, b, SYN_COMMA) && vec__push(k->out, c, SYN_CITNUM);
}

/* Inside a citation: true if token i was used up; *ok false when memory ran out. */
static bool classify__cited(struct classify *k, const ans_token *t, int raw, bool *ok) {
  enum cite state = k->cite;
  k->cite = CITE_NONE;
  if ((state == CITE_NUMBER || state == CITE_NUMBERS) && (raw == SYN_INT || raw == SYN__RAW_NUMWORD || raw == SYN_ORDINAL) && classify__citation_number(k, t)) {
    k->cite = state == CITE_NUMBERS ? CITE_AFTER_LIST : CITE_AFTER;
    *ok = vec__push(k->out, *t, SYN_CITNUM);
    return true;
  }
  if (state == CITE_NUMBERS && raw == SYN_DECIMAL && k->ctx->tree->lang == ANS_SYN_DE) {
    k->cite = CITE_AFTER_LIST;
    *ok = classify__split(k, t);
    return true;
  }
  if (state == CITE_LETTERS && raw == SYN_IDENT && classify__letters(k, t)) {
    k->cite = CITE_AFTER;
    *ok = vec__push(k->out, *t, SYN_CITLETTERS);
    return true;
  }
  if (state == CITE_AFTER_LIST && raw == SYN_COMMA) {
    k->cite = CITE_NUMBERS;
    *ok = vec__push(k->out, *t, SYN_COMMA);
    return true;
  }
  if ((state == CITE_AFTER || state == CITE_AFTER_LIST) && classify__plain_name(k, k->i) && classify__law(k)) {
    *ok = vec__push(k->out, *t, SYN_LAW);
    return true;
  }
  return false;
}

/* Inside parentheses English files separate by commas what German ones separate by semicolons, because a comma there belongs to numbers. */
static int classify__separator(struct classify *k, const ans_token *t, int raw) {
  if (k->ctx->tree->lang == ANS_SYN_DE || !k->depth) return raw;
  if (raw == SYN_SEMICOLON) tokens__trouble(k->ctx, ANS_DIAG_SYN_STRAY_FOR, t, ",");
  return SYN_SEMICOLON;
}

bool syn__is_argument(int next) { return next == SYN_SEMICOLON || next == SYN_COMMA || next == SYN_RPAREN; }

/* Of two English spellings of one word each belongs to its place. */
static void classify__second(struct classify *k, const ans_token *t, int token, uint32_t words) {
  const char *second = k->ctx->tree->lang == ANS_SYN_EN ? syn__second_word(token) : NULL;
  if (!second) return;
  bool written = t->len == strlen(second) && memcmp(k->ctx->tree->source.text + t->at, second, t->len) == 0;
  bool wanted = k->i + words < k->in->count && syn__is_argument(k->in->raw[k->i + words]);
  if (written != wanted) tokens__trouble(k->ctx, ANS_DIAG_SYN_STRAY_FOR, t, wanted ? second : syn__keyword(token, ANS_SYN_EN));
}

static int classify__kind(struct classify *k, const ans_token *t, int raw) {
  int last = k->out->count ? k->out->v[k->out->count - 1].kind : 0;
  switch (raw) {
    case SYN_CITE_HEAD: return classify__head(k);
    case SYN_ABS:
    case SYN_NR: k->cite = CITE_NUMBER; return raw;
    case SYN_BUCHST:
    case SYN_DOPPELBUCHST: k->cite = CITE_LETTERS; return raw;
    case SYN_DATE: return last == SYN_VERSION_WORD && k->ctx->tree->lang == ANS_SYN_DE ? SYN_VERSION : SYN_DATE;
    case SYN_VERSION:
      if (last == SYN_VERSION_WORD) return SYN_VERSION;
      tokens__trouble(k->ctx, ANS_DIAG_SYN_DATE, t, syn__date_form(k->ctx->tree->lang));
      return SYN_DATE;
    case SYN_LPAREN: k->depth++; return raw;
    case SYN_RPAREN: k->depth -= k->depth > 0; return raw;
    case SYN_COMMA:
    case SYN_SEMICOLON: return classify__separator(k, t, raw);
    case SYN__RAW_NUMWORD: tokens__trouble(k->ctx, ANS_DIAG_SYN_NAME_DIGIT, t, NULL); return SYN_IDENT;
    default: return raw;
  }
}

/* A reserved word has been recognised; returns the token kind, which may depend on what stands before. */
static int classify__reserved(struct classify *k, int token) {
  switch (token) {
    case SYN_ANLAGE: return classify__head(k);
    case SYN_SATZ: k->cite = CITE_NUMBERS; return token;
    case SYN_HALBSATZ: k->cite = CITE_NUMBER; return token;
    case SYN_FUER:
      if (k->out->count) {
        ans_token *last = &k->out->v[k->out->count - 1];
        if (last->kind == SYN_ERMESSEN) last->kind = SYN_ERMESSEN_ITEM;
        if (last->kind == SYN_BEURTEILUNG) last->kind = SYN_BEURTEILUNG_ITEM;
      }
      return token;
    default: return token;
  }
}

static void classify__track_case(struct classify *k, int kind) {
  switch (kind) {
    case SYN_PRUEFFALL: k->case_head = true; break;
    case SYN_STRING: case SYN_CITE_HEAD: case SYN_CITNUM: case SYN_CITLETTERS: case SYN_LAW: case SYN_ABS: case SYN_SATZ: case SYN_NR:
    case SYN_BUCHST: case SYN_DOPPELBUCHST: case SYN_HALBSATZ: case SYN_COMMA: case SYN_SEMICOLON: break;
    default: k->case_head = false;
  }
}

static bool classify__all(struct classify *k) {
  while (k->i < k->in->count) {
    ans_token t = k->in->v[k->i];
    int raw = k->in->raw[k->i], token = raw;
    uint32_t words = 0;
    bool ok = true;
    if (k->cite != CITE_NONE && classify__cited(k, &t, raw, &ok)) {
      if (!ok) return false;
      k->i++;
      continue;
    }
    if (raw == SYN_IDENT || raw == SYN__RAW_NUMWORD) words = classify__phrase(k, k->i, &token);
    if (words) {
      const ans_token *end = &k->in->v[k->i + words - 1];
      t.len = end->at + end->len - t.at;
      classify__second(k, &t, token, words);
      token = classify__reserved(k, token);
    } else {
      token = classify__kind(k, &t, raw);
      words = 1;
    }
    classify__track_case(k, token);
    if (syn__begins_item(token) && classify__new_line(k)) k->depth = 0;
    if (!vec__push(k->out, t, token)) return false;
    k->i += words;
  }
  return true;
}

/* --- checks ------------------------------------------------------------------------------------------------------------------ */
/* Controls, and the characters that reorder or hide text: what a reviewer sees must be what the compiler reads. */
static bool tokens__invisible(uint32_t cp) {
  return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F);
}

/* What no part of a file may contain: reported once a line, before anything else looks at the bytes. */
static void tokens__check_bytes(struct syn__ctx *ctx) {
  const ans_source *s = &ctx->tree->source;
  struct cursor c = {s->text, 0, 1, 1};
  uint32_t bad_line = 0, control_line = 0;
  for (uint32_t i = 0; i < s->len;) {
    unsigned char b = (unsigned char)s->text[i];
    uint32_t cp = b;
    size_t w = 1;
    if (b >= 0x80) w = ans_utf8_decode(s->text + i, s->len - i, &cp);
    bool line_end = cp == '\n' || (cp == '\r' && i + 1 < s->len && s->text[i + 1] == '\n');
    bool control = w && cp != '\t' && !line_end && tokens__invisible(cp);
    if (w == 0 || control || cp == 0xFEFF) {
      cursor__move(&c, i);
      ans_token t = {.trivia_at = i, .at = i, .len = w ? (uint32_t)w : 1, .line = c.line, .column = c.column};
      char hex[16];
      snprintf(hex, sizeof hex, w ? "U+%04X" : "0x%02X", w ? cp : b);
      ans_diag_id id = w == 0 ? ANS_DIAG_SYN_BAD_UTF8 : control ? ANS_DIAG_SYN_CONTROL : ANS_DIAG_SYN_BOM;
      uint32_t *line = w == 0 ? &bad_line : &control_line;
      if (*line != c.line) ans_diags_add(ctx->diags, id, s, &t, NULL, hex, NULL);
      *line = c.line;
      tokens__bad(ctx, i);
    }
    i += w ? (uint32_t)w : 1;
  }
}

/* Nesting is bounded before the parser runs, so that neither its stack nor anybody's recursion depends on the input. */
static const ans_token *tokens__too_deep(const ans_tree *t) {
  uint32_t open = 0, prefix = 0;
  for (uint32_t i = 0; i < t->token_count; i++) {
    int kind = t->tokens[i].kind;
    if (syn__line_start(t, i) && syn__begins_item(kind)) open = 0;
    prefix = kind == SYN_NICHT || kind == SYN_MINUS ? prefix + 1 : 0;
    if (kind == SYN_LPAREN || kind == SYN_FALLS) open++;
    if ((kind == SYN_RPAREN || kind == SYN_ENDE) && open) open--;
    if (open + prefix > SYN__MAX_NESTING) return &t->tokens[i];
  }
  return NULL;
}

static int tokens__compare_u32(const void *a, const void *b) {
  uint32_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x > y) - (x < y);
}

static ans_status tokens__finish(struct collect *c, struct vec *out, ans_error *err) {
  struct syn__ctx *ctx = c->ctx;
  ans_tree *t = ctx->tree;
  char where[256], number[24];
  cursor__move(&c->cursor, (uint32_t)t->source.len);
  ans_token end = {.trivia_at = c->end, .at = (uint32_t)t->source.len, .line = c->cursor.line, .column = c->cursor.column};
  struct classify k = {.ctx = ctx, .in = &c->raw, .out = out};
  if (!classify__all(&k) || !vec__push(out, end, SYN_END)) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", t->source.path, "parse", NULL);
  if (out->count > SYN__MAX_TOKENS)
    return ans_error_set(err, ANS_LIMIT, "E-DSL-TOKENS", t->source.path, ans_itoa(number, SYN__MAX_TOKENS), NULL);
  t->tokens = ans_arena_array(t->arena, out->count, sizeof *t->tokens);
  if (!t->tokens) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", t->source.path, "parse", NULL);
  memcpy(t->tokens, out->v, out->count * sizeof *t->tokens);
  t->token_count = out->count;
  if (!syn__canonical(t)) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", t->source.path, "parse", NULL);
  if (ctx->bad_count) qsort(ctx->bad, ctx->bad_count, sizeof *ctx->bad, tokens__compare_u32);
  const ans_token *deep = tokens__too_deep(t);
  if (deep) return ans_error_set(err, ANS_LIMIT, "E-DSL-NESTING", syn__where(t, deep, where), ans_itoa(number, SYN__MAX_NESTING), NULL);
  return ANS_OK;
}

ans_status syn__tokenize(struct syn__ctx *ctx, ans_error *err) {
  const ans_source *s = &ctx->tree->source;
  char where[256], number[24];
  tokens__check_bytes(ctx);
  struct collect c = {.ctx = ctx, .cursor = {s->text, 0, 1, 1}, .scan = {.lang = ctx->tree->lang}};
  struct vec out = {0};
  ans_status status;
  /* The scanner writes (and restores) NUL bytes into its buffer, so it works on a copy. */
  char *buffer = calloc(s->len + 2, 1);
  if (!buffer) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", s->path, "parse", NULL);
  if (s->len) memcpy(buffer, s->text, s->len);
  bool ok = syn__scan_all(&c.scan, buffer, s->len, tokens__sink, &c);
  free(buffer);
  if (ok) status = tokens__finish(&c, &out, err);
  else if (c.status == ANS_LIMIT)
    status = ans_error_set(err, ANS_LIMIT, "E-DSL-NAME", syn__where(ctx->tree, &c.culprit, where), ans_itoa(number, SYN__MAX_NAME), NULL);
  else if (c.status == ANS_MEMORY) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", s->path, "parse", NULL);
  else status = ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", s->path, "scanner", NULL);
  vec__free(&c.raw);
  vec__free(&out);
  return status;
}

/* --- feeding the parser ---------------------------------------------------------------------------------------------------------- */
int syn__next_token(struct syn__ctx *ctx, struct syn__span *span) {
  const ans_tree *t = ctx->tree;
  uint32_t last = t->token_count - 1;
  if (ctx->next > last) ctx->next = last;
  span->first = span->end = ctx->next;
  if (ctx->out_of_memory) return SYN_END;
  if (ctx->invent_end) {
    ctx->invent_end = false;
    return SYN_ENDE;
  }
  if (ctx->break_at && ctx->next >= ctx->break_at) {
    span->end = ctx->next = ctx->break_to;
    return SYN_BREAK;
  }
  int kind = t->tokens[ctx->next].kind;
  if (ctx->next < last) span->end = ++ctx->next;
  return kind;
}
