/* The two spellings of the language: reserved words, functions, literals.
 *
 * A file is written in German (.recht) or English (.law). Both give the same token kinds, and every token has a canonical word, its German
 * spelling; whoever gives words a meaning reads that and never notices the language (ans_token_word). The other way round,
 * ans_tree_spell writes the canonical words in either language. A grammar per language was rejected: two grammars drift apart.
 * Names are the same in both languages. A name that the language of the file reserves is written with a leading underscore (_of), which is
 * not part of the name; ans_tree_spell puts it exactly where it is needed. Nothing here is global but constant tables. */
#include "base/buffer.h"
#include "grammar.tab.h"
#include "syntax/internal.h"
#include <string.h>

static const struct { int token; const char *text[2]; } words__keywords[] = {
#define X(token, de, en) {SYN_##token, {de, en}},
#include "syntax/keywords.def"
#undef X
};
enum { KEYWORDS = sizeof words__keywords / sizeof *words__keywords };
static const struct { const char *text[2]; } words__functions[] = {
#define FUNCTION(de, en) {{de, en}},
#include "syntax/functions.def"
};
enum { FUNCTIONS = sizeof words__functions / sizeof *words__functions };
static const struct { int token; const char *de, *en; } words__second[] = {
#define SECOND(token, de, en) {SYN_##token, de, en},
#include "syntax/functions.def"
};
enum { SECONDS = sizeof words__second / sizeof *words__second };

ans_syn_lang ans_syn_lang_of(const char *path) {
  size_t n = strlen(path);
  return n >= 4 && strcmp(path + n - 4, ".law") == 0 ? ANS_SYN_EN : ANS_SYN_DE;
}

bool ans_syn_rule_file(const char *name) {
  size_t n = strlen(name);
  if (name[0] == '.') return false;
  return (n > 6 && strcmp(name + n - 6, ".recht") == 0) || (n > 4 && strcmp(name + n - 4, ".law") == 0);
}

const char *syn__keyword(int token, ans_syn_lang lang) {
  if (token == SYN_BEURTEILUNG_ITEM) token = SYN_BEURTEILUNG;
  if (token == SYN_ERMESSEN_ITEM) token = SYN_ERMESSEN;
  for (size_t i = 0; i < KEYWORDS; i++)
    if (words__keywords[i].token == token) return words__keywords[i].text[lang];
  return NULL;
}

const char *syn__second_word(int token) {
  for (size_t i = 0; i < SECONDS; i++)
    if (words__second[i].token == token) return words__second[i].en;
  return NULL;
}

static const char *words__function(const char *s, size_t len, ans_syn_lang from, ans_syn_lang to) {
  for (size_t i = 0; i < FUNCTIONS; i++) {
    const char *name = words__functions[i].text[from];
    if (strlen(name) == len && memcmp(name, s, len) == 0) return words__functions[i].text[to];
  }
  return NULL;
}

static uint32_t words__match(const char *phrase, const struct syn__word *w, uint32_t n) {
  uint32_t k = 0;
  for (;;) {
    size_t len = strcspn(phrase, " ");
    if (k == n || w[k].len != len || memcmp(w[k].text, phrase, len) != 0) return 0;
    k++;
    phrase += len;
    if (!*phrase) return k;
    phrase++;
  }
}

uint32_t syn__phrase(ans_syn_lang lang, const struct syn__word *w, uint32_t n, int *token) {
  uint32_t best = 0;
  if (!n || !w[0].len) return 0;
  for (size_t i = 0; i < KEYWORDS; i++) {
    const char *phrase = words__keywords[i].text[lang];
    uint32_t k = phrase[0] == w[0].text[0] ? words__match(phrase, w, n) : 0;
    if (k <= best) continue;
    best = k;
    *token = words__keywords[i].token;
  }
  for (size_t i = 0; i < SECONDS && lang == ANS_SYN_EN; i++) {
    uint32_t k = words__match(words__second[i].en, w, n);
    if (k <= best) continue;
    best = k;
    *token = words__second[i].token;
  }
  return best;
}

bool syn__blank(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (s[i] == '-' || s[i] == '#' || s[i] == '/') return false; /* a comment */
  return true;
}

/* Reserved words of a German text in English, the rest as it is: for messages about English files. */
void syn__quote_english(ans_buffer *out, const char *s, size_t len) {
  for (size_t at = 0; at < len;) {
    struct syn__word w[SYN__MAX_PHRASE] = {{s + at, 0}};
    uint32_t n = 0;
    for (size_t i = at; i < len && n < SYN__MAX_PHRASE; n++) {
      size_t k = i;
      while (k < len && s[k] != ' ') k++;
      w[n] = (struct syn__word){s + i, (uint32_t)(k - i)};
      i = k + 1;
    }
    int token = 0;
    uint32_t words = syn__phrase(ANS_SYN_DE, w, n, &token);
    ans_buffer_text(out, at ? " " : "");
    if (words) ans_buffer_text(out, syn__keyword(token, ANS_SYN_EN));
    else if (n) ans_buffer_append(out, w[0].text, w[0].len);
    const struct syn__word *last = &w[words ? words - 1 : 0];
    at = (size_t)(last->text + last->len - s) + 1;
  }
}

/* --- canonical words ------------------------------------------------------------------------------------------------------------ */
static bool words__is_call(const ans_tree *t, uint32_t i) {
  return t->tokens[i].kind == SYN_IDENT && i + 1 < t->token_count && t->tokens[i + 1].kind == SYN_LPAREN && (i == 0 || t->tokens[i - 1].kind != SYN_PARAMETER);
}

static void words__digits(ans_buffer *b, const char *s, uint32_t len, char from, char to) {
  for (uint32_t i = 0; i < len; i++) ans_buffer_char(b, s[i] == from ? to : s[i]);
}

/* English source text of token i → German word at the end of b. Returns false if the text is the word already. */
static bool words__from_english(const ans_tree *t, uint32_t i, ans_buffer *b) {
  const ans_token *k = &t->tokens[i];
  const char *s = t->source.text + k->at, *word;
  switch (k->kind) {
    case SYN_DECIMAL: case SYN_MONEYNUM: words__digits(b, s, k->len, '.', ','); return true;
    case SYN_SEMICOLON: ans_buffer_char(b, ';'); return true;
    case SYN_ORDINAL:
      ans_buffer_append(b, s, k->len - 2);
      ans_buffer_char(b, '.');
      return true;
    case SYN_DATE: case SYN_MONTH: {
      bool date = k->kind == SYN_DATE;
      if (k->len != (date ? 10 : 7) || s[4] != '-' || (date && s[7] != '-')) return false; /* reported by the scanner */
      if (date) ans_buffer_printf(b, "%.2s.", s + 8);
      ans_buffer_printf(b, "%.2s.%.4s", s + 5, s);
      return true;
    }
    case SYN_IDENT:
      word = words__is_call(t, i) ? words__function(s, k->len, ANS_SYN_EN, ANS_SYN_DE) : NULL;
      if (word) ans_buffer_text(b, word);
      return word != NULL;
    default:
      word = syn__keyword(k->kind, ANS_SYN_DE);
      if (word) ans_buffer_text(b, word);
      return word != NULL;
  }
}

bool syn__canonical(ans_tree *t) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  uint32_t base = (uint32_t)t->source.len;
  for (uint32_t i = 0; i < t->token_count; i++) {
    ans_token *k = &t->tokens[i];
    const char *s = t->source.text + k->at;
    uint32_t from = (uint32_t)b.len;
    k->word_at = k->at;
    k->word_len = k->len;
    if ((k->kind == SYN_IDENT || k->kind == SYN_LAW) && k->len > 1 && s[0] == '_') {
      k->word_at++;
      k->word_len--;
    } else if (t->lang == ANS_SYN_EN && k->len && words__from_english(t, i, &b)) {
      k->word_at = base + from;
      k->word_len = (uint32_t)b.len - from;
    }
  }
  t->words = t->source.text;
  bool ok = !b.failed;
  if (ok && b.len) {
    char *all = ans_arena_alloc(t->arena, base + b.len + 1);
    ok = all != NULL;
    if (ok) {
      memcpy(all, t->source.text, base);
      memcpy(all + base, b.data, b.len);
      t->words = all;
    }
  }
  ans_buffer_dispose(&b);
  return ok;
}

/* --- writing in either language --------------------------------------------------------------------------------------------------- */
struct spell { const ans_tree *t; ans_syn_lang lang; uint32_t depth; ans_spelling *out; ans_buffer scratch; };

static bool words__is_word(int kind) {
  return kind == SYN_IDENT || kind == SYN_LAW || kind == SYN_CITLETTERS || kind == SYN_CITNUM || syn__keyword(kind, ANS_SYN_DE) != NULL;
}

static const char *spell__argument_word(const struct spell *p, uint32_t i) {
  const ans_tree *t = p->t;
  const char *second = p->lang == ANS_SYN_EN && i && i + 1 < t->token_count ? syn__second_word(t->tokens[i].kind) : NULL;
  return second && syn__is_argument(t->tokens[i + 1].kind) ? second : NULL;
}

/* The text of token i in p->lang, not yet with an underscore; in p->scratch. */
static void spell__plain(struct spell *p, uint32_t i) {
  const ans_tree *t = p->t;
  const ans_token *k = &t->tokens[i];
  const char *s = t->words + k->word_at, *word;
  ans_buffer *b = &p->scratch;
  b->len = 0;
  if ((word = spell__argument_word(p, i)) || (word = syn__keyword(k->kind, p->lang))) ans_buffer_text(b, word);
  else if (p->lang == ANS_SYN_DE) ans_buffer_append(b, s, k->word_len);
  else if (k->kind == SYN_DECIMAL || k->kind == SYN_MONEYNUM) words__digits(b, s, k->word_len, ',', '.');
  else if (k->kind == SYN_SEMICOLON) ans_buffer_char(b, p->depth ? ',' : ';');
  else if (k->kind == SYN_DATE && k->word_len == 10) ans_buffer_printf(b, "%.4s-%.2s-%.2s", s + 6, s + 3, s);
  else if (k->kind == SYN_MONTH && k->word_len == 7) ans_buffer_printf(b, "%.4s-%.2s", s + 3, s);
  else if (k->kind == SYN_ORDINAL) ans_buffer_printf(b, "%.*s%s", (int)k->word_len - 1, s, syn__ordinal_suffix(s, k->word_len - 1));
  else if (words__is_call(t, i) && (word = words__function(s, k->word_len, ANS_SYN_DE, ANS_SYN_EN))) ans_buffer_text(b, word);
  else ans_buffer_append(b, s, k->word_len);
}

/* Words of the phrase that could begin at token i: its own and those of the tokens that follow without a comment between. */
static uint32_t spell__words(const struct spell *p, uint32_t i, struct syn__word *w) {
  const ans_tree *t = p->t;
  uint32_t n = 0;
  for (uint32_t j = i; j < t->token_count && n < SYN__MAX_PHRASE; j++) {
    const ans_token *k = &t->tokens[j];
    if (!words__is_word(k->kind) || (j > i && !syn__blank(t->source.text + k->trivia_at, k->at - k->trivia_at))) break;
    const char *s = syn__keyword(k->kind, p->lang);
    if (!s) {
      w[n++] = (struct syn__word){t->words + k->word_at, k->word_len};
      continue;
    }
    while (*s && n < SYN__MAX_PHRASE) {
      size_t len = strcspn(s, " ");
      w[n++] = (struct syn__word){s, (uint32_t)len};
      s += len + (s[len] == ' ');
    }
  }
  return n;
}

static uint32_t spell__count(const struct spell *p, uint32_t i) {
  const char *s = syn__keyword(p->t->tokens[i].kind, p->lang);
  uint32_t n = 1;
  for (; s && *s; s++) n += *s == ' ';
  return n;
}

/* Would the bare name at token i be read as a word of the language, alone or together with its neighbours? */
static bool spell__reserved(const struct spell *p, uint32_t i) {
  const ans_tree *t = p->t;
  struct syn__word w[SYN__MAX_PHRASE];
  const ans_token *k = &t->tokens[i];
  int token;
  if (syn__phrase(p->lang, w, spell__words(p, i, w), &token)) return true;
  if (p->lang == ANS_SYN_EN && words__is_call(t, i) && !words__function(t->words + k->word_at, k->word_len, ANS_SYN_DE, ANS_SYN_EN) &&
      words__function(t->words + k->word_at, k->word_len, ANS_SYN_EN, ANS_SYN_DE))
    return true;
  uint32_t before = 0;
  for (uint32_t j = i; j-- > 0 && before < SYN__MAX_PHRASE;) {
    if (!words__is_word(t->tokens[j].kind) || !syn__blank(t->source.text + t->tokens[j + 1].trivia_at, t->tokens[j + 1].at - t->tokens[j + 1].trivia_at)) break;
    before += spell__count(p, j);
    if (syn__keyword(t->tokens[j].kind, p->lang) && syn__phrase(p->lang, w, spell__words(p, j, w), &token) > before) return true;
  }
  return false;
}

static bool spell__one(struct spell *p, uint32_t i) {
  const ans_token *k = &p->t->tokens[i];
  if (k->kind == SYN_RPAREN && p->depth) p->depth--;
  spell__plain(p, i);
  if (k->kind == SYN_LPAREN) p->depth++;
  bool escape = (k->kind == SYN_IDENT || k->kind == SYN_LAW) && spell__reserved(p, i);
  uint32_t len = (uint32_t)p->scratch.len + escape;
  char *s = ans_arena_alloc(p->t->arena, len + 1);
  if (!s || p->scratch.failed) return false;
  if (escape) s[0] = '_';
  if (p->scratch.len) memcpy(s + escape, p->scratch.data, p->scratch.len);
  p->out[i] = (ans_spelling){s, len};
  return true;
}

ans_status ans_tree_spell(const ans_tree *t, ans_syn_lang lang, ans_spelling **out, ans_error *err) {
  struct spell p = {.t = t, .lang = lang, .out = ans_arena_array(t->arena, t->token_count, sizeof(ans_spelling))};
  bool ok = p.out != NULL;
  ans_buffer_init(&p.scratch, 0);
  for (uint32_t i = 0; ok && i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    if (syn__begins_item(k->kind) && syn__line_start(t, i)) p.depth = 0;
    ok = spell__one(&p, i);
  }
  ans_buffer_dispose(&p.scratch);
  *out = p.out;
  return ok ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", t->source.path, "spell", NULL);
}

bool ans_token_is_word(const ans_token *t) { return words__is_word(t->kind); }
bool ans_token_is_keyword(const ans_token *t) { return syn__keyword(t->kind, ANS_SYN_DE) != NULL; }

bool ans_tree_same_tokens(const ans_tree *a, const ans_tree *b) {
  if (a->token_count != b->token_count) return false;
  for (uint32_t i = 0; i < a->token_count; i++) {
    const ans_token *x = &a->tokens[i], *y = &b->tokens[i];
    if (x->kind != y->kind) return false;
    const char *kx = syn__keyword(x->kind, ANS_SYN_DE); /* blanks inside a phrase do not count */
    if (!kx && (x->word_len != y->word_len || memcmp(a->words + x->word_at, b->words + y->word_at, x->word_len) != 0)) return false;
  }
  return true;
}
