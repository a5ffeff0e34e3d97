/* Support of the semantic analysis: bounded tables, symbol map, text of syntax nodes. See sema_private.h for the rules.
 * One open-addressing map serves all name spaces (key: scope and text); symbols stay in order of declaration, so that suggestions
 * and warnings come out in source order whatever the hash is. */
#include "sema/sema_private.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *sema__alloc(sema *s, size_t count, size_t size) {
  void *p = ans_arena_array(s->arena, count ? count : 1, size);
  if (!p) s->oom = true;
  return p;
}

void *sema__push(sema *s, sema_vec *v, size_t size, const char *what) {
  if (v->max && v->n >= v->max) {
    if (v->n == v->max) {
      ans_diags_add(s->diags, ANS_DIAG_TOO_MANY, &s->tree->source, NULL, NULL, what, (char *)NULL);
      v->max = UINT32_MAX; /* reported once: cap stays the fence */
    }
    return NULL;
  }
  if (v->max == UINT32_MAX) return NULL;
  if (v->n == v->cap) {
    uint32_t cap = v->cap ? v->cap * 2 : 16;
    char *at = sema__alloc(s, cap, size);
    if (!at) return NULL;
    if (v->n) memcpy(at, v->at, v->n * size);
    v->at = at;
    v->cap = cap;
  }
  return (char *)v->at + size * v->n++;
}

char *sema__format(sema *s, const char *format, ...) {
  char buffer[1024];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(buffer, sizeof buffer, format, ap);
  va_end(ap);
  size_t len = n < 0 ? 0 : (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1;
  while (len < (size_t)(n < 0 ? 0 : n) && len && ((unsigned char)buffer[len - 1] & 0xC0) == 0x80) len--; /* cut between code points */
  char *t = ans_arena_text(s->arena, buffer, len);
  if (!t) s->oom = true;
  return t;
}

const ans_token *sema__first(const sema *s, const ans_syn *n) { return n ? ans_syn_token(s->tree, n) : NULL; }
const ans_token *sema__last(const sema *s, const ans_syn *n) { return n ? ans_syn_last_token(s->tree, n) : NULL; }
const ans_syn *sema__child(const ans_syn *n, uint32_t i) { return n && i < n->count ? n->child[i] : NULL; }
uint32_t sema__line(const sema *s, const ans_syn *n) { return n ? ans_syn_token(s->tree, n)->line : 1; }

const ans_syn *sema__strip(const ans_syn *n) {
  while (n && n->kind == ANS_SYN_PAREN) n = sema__child(n, 0);
  return n;
}

const char *sema__text(sema *s, const ans_syn *n) {
  if (!n) return "";
  const ans_token *t = ans_syn_token(s->tree, n);
  const char *text = ans_arena_text(s->arena, ans_token_word(s->tree, t), t->word_len);
  if (!text) s->oom = true;
  return text ? text : "";
}

const char *sema__words(sema *s, const ans_syn *n) {
  if (!n || n->first > n->last) return "";
  const char *text = ans_syn_text(s->tree, n);
  if (!text) s->oom = true;
  return text ? text : "";
}

const char *sema__words_of(sema *s, const char *text) {
  size_t k = 0;
  char *out = sema__alloc(s, strlen(text) + 1, 1);
  if (!out) return "";
  for (const char *p = text; *p; p++) {
    if ((unsigned char)*p > ' ' && *p != 0x7F) out[k++] = *p;
    else if (k && out[k - 1] != ' ') out[k++] = ' ';
  }
  while (k && out[k - 1] == ' ') k--;
  out[k] = '\0';
  return out;
}

const char *sema__string(sema *s, const ans_syn *n) {
  if (!n) return "";
  const ans_token *t = ans_syn_token(s->tree, n);
  const char *src = ans_token_word(s->tree, t);
  size_t len = t->word_len, k = 0;
  char *out = sema__alloc(s, len + 1, 1);
  if (!out) return "";
  for (size_t i = 0; i < len; i++) {
    if ((i == 0 || i + 1 == len) && src[i] == '"') continue;
    if (src[i] == '\\' && i + 2 < len) i++;
    out[k++] = src[i];
  }
  out[k] = '\0';
  if (k > SEMA_MAX_TEXT) { SEMA_ERR(s, TOO_MANY, n, "16000 Byte je Text / bytes of a text"); return ""; }
  return out;
}

/* --- symbols -------------------------------------------------------------------------------------------------------- */
static uint64_t support__hash(uint64_t scope, const char *name) {
  uint64_t h = 1469598103934665603ull ^ (scope * 0x9E3779B97F4A7C15ull);
  for (; *name; name++) h = (h ^ (unsigned char)*name) * 1099511628211ull;
  return h ^ (h >> 29);
}

/* Values belong to their enumeration, whoever asks; the case documents are those of the whole program. All else is the package's own. */
static uint64_t support__scope(const sema *s, sema_space space, uint32_t owner) {
  uint64_t package = space == SPACE_ENUM_VALUE || space == SPACE_SCHEMA ? 0xFFFF : s->package;
  return package << 48 | (uint64_t)space << 32 | owner;
}

uint32_t sema__package_of(const sema *s, const ans_tree *tree) {
  const ans_tree *const *trees = (const ans_tree *const *)s->m->trees;
  for (uint32_t k = 0; k < s->pack_count && s->pack_count > 1; k++)
    for (uint32_t i = 0; i < s->packs[k].tree_count; i++)
      if (trees[s->packs[k].first_tree + i] == tree) return k;
  return s->pack_count ? sema__own(s) : 0;
}

void sema__enter(sema *s, ans_tree *tree) {
  if (s->tree == tree) return;
  s->tree = tree;
  s->package = sema__package_of(s, tree);
}

bool sema__muted(const sema *s, ans_diag_id id) { return s->pack_count && s->package != sema__own(s) && ans_diag_severity(id) == ANS_SEV_WARNING; }

sema_symbol *sema__find(sema *s, sema_space space, uint32_t owner, const char *name) {
  if (!s->bucket_count || !name) return NULL;
  uint64_t scope = support__scope(s, space, owner);
  for (uint32_t i = (uint32_t)support__hash(scope, name) & (s->bucket_count - 1); s->buckets[i]; i = (i + 1) & (s->bucket_count - 1)) {
    sema_symbol *y = VEC_AT(sema_symbol, s->symbols, s->buckets[i] - 1);
    if (y->scope == scope && strcmp(y->name, name) == 0) return y;
  }
  return NULL;
}

static bool support__rehash(sema *s) {
  uint32_t count = s->bucket_count ? s->bucket_count * 2 : 256;
  uint32_t *buckets = sema__alloc(s, count, sizeof *buckets);
  if (!buckets) return false;
  for (uint32_t k = 0; k < s->symbols.n; k++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, k);
    uint32_t i = (uint32_t)support__hash(y->scope, y->name) & (count - 1);
    while (buckets[i]) i = (i + 1) & (count - 1);
    buckets[i] = k + 1;
  }
  s->buckets = buckets;
  s->bucket_count = count;
  return true;
}

sema_symbol *sema__declare_text(sema *s, sema_space space, uint32_t owner, const char *name, const ans_syn *at, uint32_t kind, uint32_t index) {
  if (s->symbols.n * 2 >= s->bucket_count && !support__rehash(s)) return NULL;
  sema_symbol *y = sema__push(s, &s->symbols, sizeof *y, "Namen / names");
  if (!y) return NULL;
  *y = (sema_symbol){.scope = support__scope(s, space, owner), .name = name, .kind = kind, .index = index, .tree = s->tree, .syn = at};
  uint32_t i = (uint32_t)support__hash(y->scope, name) & (s->bucket_count - 1);
  while (s->buckets[i]) i = (i + 1) & (s->bucket_count - 1);
  s->buckets[i] = s->symbols.n;
  return y;
}

sema_symbol *sema__declare(sema *s, sema_space space, uint32_t owner, const ans_syn *name, uint32_t kind, uint32_t index) {
  const char *text = sema__text(s, name);
  const sema_symbol *old = sema__find(s, space, owner, text);
  if (old) {
    uint32_t line = old->syn ? ans_syn_token(old->tree, old->syn)->line : 1;
    SEMA_ERR(s, DUPLICATE_NAME, name, text, sema__format(s, "%u", line));
    return NULL;
  }
  return sema__declare_text(s, space, owner, text, name, kind, index);
}

static const char *support__near(sema *s, const char *name, const sema_place *places, size_t n, const char *const *extra, size_t extra_n) {
  enum { MAX = 512 };
  const char *names[MAX];
  size_t count = 0;
  for (size_t i = 0; i < extra_n && count < MAX; i++) names[count++] = extra[i];
  for (uint32_t k = 0; k < s->symbols.n && count < MAX; k++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, k);
    for (size_t i = 0; i < n; i++)
      if (y->scope == support__scope(s, places[i].space, places[i].owner) && count < MAX) names[count++] = y->name;
  }
  return count ? ans_nearest_name(name, names, count) : NULL;
}

const char *sema__near(sema *s, const char *name, const sema_place *places, size_t n) { return support__near(s, name, places, n, NULL, 0); }

/* A note "did you mean" after an error, when one of the names of the given scopes (or of the extra words) is near. */
void sema__suggest(sema *s, const ans_syn *at, const char *name, const sema_place *places, size_t n, const char *const *extra, size_t extra_n) {
  const char *near = support__near(s, name, places, n, extra, extra_n);
  if (near) SEMA_ERR(s, DID_YOU_MEAN, at, near);
}

const char *sema__unit_name(const sema *s, uint32_t unit) { return unit < s->units.n ? VEC_AT(ans_unit, s->units, unit)->name : "?"; }

bool sema__unit(sema *s, const ans_syn *name, uint32_t *unit) {
  const char *text = sema__text(s, name);
  sema_symbol *y = sema__find(s, SPACE_TYPE, 0, text);
  if (!y || y->kind != SYM_UNIT) {
    SEMA_ERR(s, UNKNOWN_UNIT, name, text);
    sema__suggest(s, name, text, &(sema_place){SPACE_TYPE, 0}, 1, NULL, 0);
    return false;
  }
  y->used = true;
  *unit = y->index;
  return true;
}
