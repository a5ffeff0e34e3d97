/* What is lost, and the silence about its consequences.
 *
 * The analysis also runs over files with mistakes of syntax, so that one check shows every mistake. Then names that an item declares may be
 * missing only because the item could not be read. Every word of a skipped place, and of an item that the analysis itself gave up after a
 * report, is therefore *lost*: that such a name is unknown is no news. Likewise a message about a token that has a mistake of characters would
 * say the same twice. Both are decided here, in one place, before a message is added.
 * Words are kept in the symbol map (SPACE_LOST). Cost: linear in the skipped tokens, nothing for a file without mistakes. */
#include "base/utf8.h"
#include "sema/sema_private.h"
#include <string.h>

static void lost__word(sema *s, const char *text, size_t len) {
  if (!len) return;
  char *word = ans_arena_text(s->arena, text, len);
  if (!word) { s->oom = true; return; }
  if (!sema__find(s, SPACE_LOST, 0, word)) (void)sema__declare_text(s, SPACE_LOST, 0, word, NULL, SYM_PROVISION, 0);
}

static bool lost__heading(const ans_tree *t, uint32_t token) {
  const char *w = ans_token_word(t, &t->tokens[token]);
  uint32_t len = t->tokens[token].word_len;
  return (len == 2 && memcmp(w, "§", 2) == 0) || (len == 4 && memcmp(w, "Art.", 4) == 0) || (len == 6 && memcmp(w, "Anlage", 6) == 0);
}

static void lost__tokens(sema *s, const ans_tree *t, uint32_t first, uint32_t end) {
  for (uint32_t i = first; i < end && i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    const char *word = ans_token_word(t, k);
    if (ans_token_is_word(k) || (k->word_len && word[0] == '"')) lost__word(s, word, k->word_len);
  }
}

void sema__lose(sema *s, const ans_syn *n) {
  if (n && n->first <= n->last) lost__tokens(s, s->tree, n->first, n->last + 1);
}

static const char *lost__text(sema *s, uint32_t token) {
  const ans_token *k = &s->tree->tokens[token];
  const char *word = ans_arena_text(s->arena, ans_token_word(s->tree, k), k->word_len);
  if (!word) s->oom = true;
  return word ? word : "";
}

bool sema__heading_lost(sema *s, const ans_syn *n, const char **number) {
  *number = NULL;
  if (n->first > n->last || !lost__heading(s->tree, n->first)) return false;
  const char *word = n->first < n->last ? lost__text(s, n->first + 1) : "";
  if (*word >= '0' && *word <= '9') *number = word;
  return true;
}

bool sema__norm_lost(sema *s, const ans_syn *n) {
  return n->first < n->last && strcmp(lost__text(s, n->first), "norm") == 0 && ans_token_is_word(&s->tree->tokens[n->first + 1]) &&
         !ans_token_is_keyword(&s->tree->tokens[n->first + 1]);
}

/* --- names with a wrong character in them ---------------------------------------------------------------------------- */
/* "Re$nte" is read as two names, and elsewhere stands Rente: the run around the mistake without what cannot be in a name is lost as well. */
static bool lost__ends_run(char c) { return (unsigned char)c <= ' ' || strchr(".:;,()=<>+*/\"", c) != NULL; }

/* The letter that a vowel and a loose diaeresis (U+0308) stand for; 0: none. */
static uint32_t lost__umlaut(char vowel) {
  static const struct { char from; uint32_t to; } pairs[] = {{'a', 0xE4}, {'o', 0xF6}, {'u', 0xFC}, {'A', 0xC4}, {'O', 0xD6}, {'U', 0xDC}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i].from == vowel) return pairs[i].to;
  return 0;
}

static void lost__run(sema *s, const ans_source *src, uint32_t at) {
  enum { RUN = 300 };
  char name[RUN + 8];
  size_t from = at, to = at, k = 0;
  while (from > 0 && at - from < RUN / 2 && !lost__ends_run(src->text[from - 1])) from--;
  while (to < src->len && to - at < RUN / 2 && !lost__ends_run(src->text[to])) to++;
  for (size_t i = from; i < to && k < RUN;) {
    uint32_t cp = 0;
    size_t w = ans_utf8_decode(src->text + i, to - i, &cp);
    uint32_t joined = cp == 0x308 && k ? lost__umlaut(name[k - 1]) : 0;
    bool letter = w == 1 ? (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || cp == '_' : w && cp >= 0xC0 && cp < 0x250;
    if (joined) {
      name[k - 1] = (char)0xC3;
      name[k++] = (char)(joined - 0x40);
    } else if (letter) {
      memcpy(name + k, src->text + i, w);
      k += w;
    }
    i += w ? w : 1;
  }
  size_t digits = 0;
  while (digits < k && name[digits] >= '0' && name[digits] <= '9') digits++;
  lost__word(s, name, k);
  lost__word(s, name + digits, k - digits);
}

void sema__lose_broken(sema *s) {
  for (uint32_t t = 0; t < s->m->tree_count; t++) {
    ans_tree *tree = s->tree = s->m->trees[t]; /* before there are packages: lost words belong to none */
    s->broken = s->broken || tree->broken;
    for (uint32_t i = 0; i < tree->gap_count; i++) lost__tokens(s, tree, tree->gaps[i].first, tree->gaps[i].end);
    for (uint32_t i = 0; i < tree->flaw_count; i++) lost__run(s, &tree->source, tree->flaws[i].at);
    for (uint32_t i = 1; tree->root && i < tree->root->count; i++)
      if (tree->root->child[i] && tree->root->child[i]->kind == ANS_SYN_ERROR) sema__lose(s, tree->root->child[i]);
  }
  s->tree = NULL; /* so that sema__enter finds the package of the first one entered */
}

/* --- silence --------------------------------------------------------------------------------------------------------- */
bool sema__is_lost(sema *s, const char *word) { return sema__find(s, SPACE_LOST, 0, word) != NULL; }

static bool lost__names(sema *s, const ans_syn *n) {
  for (uint32_t i = n->first; i <= n->last && i < s->tree->token_count; i++) {
    if (sema__is_lost(s, lost__text(s, i))) return true;
  }
  return false;
}

static bool lost__flawed(const sema *s, const ans_syn *n) {
  const ans_tree *t = s->tree;
  uint32_t lo = 0, hi = t->flaw_count;
  while (lo < hi) { /* the first mistake at or behind the node's first token */
    uint32_t mid = lo + (hi - lo) / 2;
    if (t->flaws[mid].token < n->first) lo = mid + 1;
    else hi = mid;
  }
  return lo < t->flaw_count && t->flaws[lo].token <= n->last;
}

/* Messages that a name is not known, or not what it should be. */
static bool lost__about_a_name(ans_diag_id id) {
  static const ans_diag_id ids[] = {ANS_DIAG_UNKNOWN_NAME, ANS_DIAG_UNKNOWN_UNIT, ANS_DIAG_UNKNOWN_TYPE, ANS_DIAG_UNKNOWN_RESULT, ANS_DIAG_UNKNOWN_FUNCTION,
      ANS_DIAG_UNKNOWN_REFERENCE, ANS_DIAG_UNKNOWN_ENUM_VALUE, ANS_DIAG_UNKNOWN_LAW, ANS_DIAG_WRONG_UNIT, ANS_DIAG_DID_YOU_MEAN, ANS_DIAG_REFERENCE_TARGET,
      ANS_DIAG_CASE_BASE_UNKNOWN, ANS_DIAG_CASE_ROW_UNKNOWN, ANS_DIAG_CASE_FACT_UNKNOWN, ANS_DIAG_CASE_RESULT_UNKNOWN, ANS_DIAG_CASE_MISSING_FACT, ANS_DIAG_IMPORT_UNKNOWN, ANS_DIAG_IMPORT_FOREIGN, ANS_DIAG_EXTENDS_OWN};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
    if (ids[i] == id) return true;
  return false;
}

/* Messages about an item as a whole: a wrong character somewhere inside has nothing to do with them. */
static bool lost__about_an_item(ans_diag_id id) {
  return id == ANS_DIAG_UNCITED || id == ANS_DIAG_EXCEPTION_NO_TARGET || id == ANS_DIAG_EXCEPTION_CYCLE || id == ANS_DIAG_VERSION_OVERLAP || id == ANS_DIAG_VERSION_DUPLICATE;
}

bool sema__muted(sema *s, ans_diag_id id, const ans_syn *n) {
  if (s->quiet || (s->pack_count && s->package != sema__own(s) && ans_diag_severity(id) == ANS_SEV_WARNING)) return true;
  if (!n || n->first > n->last) return false;
  if (s->tree->flaw_count && !lost__about_an_item(id) && lost__flawed(s, n)) return true;
  return lost__about_a_name(id) && lost__names(s, n);
}
