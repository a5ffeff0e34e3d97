/* Entry points: reading a file, parsing a text, text of a node, dump of a tree. The tree owns one arena that holds everything, itself
 * included. A parse never fails because of what is written in the file (that goes to the diagnostics), only for limits, memory, I/O. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grammar.tab.h"
#include "syntax/internal.h"

enum { TREE_ARENA_MAX = 1 << 30 };

const char *ans_syn_kind_name(ans_syn_kind kind) {
  static const char *const names[] = {
#define X(name, layout) #name,
#include "syntax/nodes.def"
#undef X
  };
  return kind < ANS_SYN_COUNT ? names[kind] : "?";
}

static ans_status tree__no_memory(const char *path, ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", path, "parse", NULL); }

static ans_tree *tree__new(const char *path, const char *text, size_t len) {
  ans_arena *arena = ans_arena_new(TREE_ARENA_MAX);
  ans_tree *t = arena ? ans_arena_alloc(arena, sizeof *t) : NULL;
  if (!t) {
    ans_arena_free(arena);
    return NULL;
  }
  t->arena = arena;
  t->lang = ans_syn_lang_of(path);
  t->source.path = ans_arena_text(arena, path, strlen(path));
  t->source.text = ans_arena_text(arena, len ? text : "", len);
  t->source.len = len;
  if (!t->source.path || !t->source.text) {
    ans_arena_free(arena);
    return NULL;
  }
  return t;
}

static ans_status tree__run(struct syn__ctx *ctx, ans_error *err) {
  ans_tree *t = ctx->tree;
  char where[256], number[24];
  ans_status status = syn__tokenize(ctx, err);
  if (status != ANS_OK) return status;
  int stopped = syn__parse(ctx);
  if (ctx->out_of_memory) return tree__no_memory(t->source.path, err);
  if (ctx->too_high != UINT32_MAX)
    return ans_error_set(err, ANS_LIMIT, "E-DSL-HEIGHT", syn__where(t, &t->tokens[ctx->too_high], where), ans_itoa(number, SYN__MAX_HEIGHT), NULL);
  if (stopped == 2) return ans_error_set(err, ANS_LIMIT, "E-DSL-NESTING", t->source.path, ans_itoa(number, SYN__MAX_NESTING), NULL);
  if (stopped || !ctx->items) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", t->source.path, "parser", NULL);

  /* FILE: the package header has a slot of its own. */
  ans_syn *package = NULL;
  struct syn__list rest = *ctx->items;
  if (rest.count && rest.item[0]->kind == ANS_SYN_PACKAGE) {
    package = rest.item[0];
    rest.item++;
    rest.count--;
  }
  t->root = syn__node(ctx, ANS_SYN_FILE, (struct syn__span){0, t->token_count}, 0, &package, 1, &rest);
  return ctx->out_of_memory ? tree__no_memory(t->source.path, err) : ANS_OK;
}

/* Mistakes of characters with the tokens they touch; offsets and tokens both ascend. */
static bool tree__flaws(struct syn__ctx *ctx) {
  ans_tree *t = ctx->tree;
  uint32_t token = 0, last = t->token_count - 1;
  if (!ctx->bad_count) return true;
  t->flaws = ans_arena_array(t->arena, ctx->bad_count, sizeof *t->flaws);
  if (!t->flaws) return false;
  for (size_t i = 0; i < ctx->bad_count; i++) {
    while (token < last && t->tokens[token].at + t->tokens[token].len <= ctx->bad[i]) token++;
    t->flaws[t->flaw_count++] = (struct ans_flaw){ctx->bad[i], token};
  }
  return true;
}

ans_status ans_tree_parse(const char *path, const char *text, size_t len, ans_diags *diags, ans_tree **out, ans_error *err) {
  char number[24];
  size_t before = ans_diags_errors(diags);
  *out = NULL;
  if (len > SYN__MAX_BYTES) return ans_error_set(err, ANS_LIMIT, "E-DSL-SIZE", path, ans_itoa(number, SYN__MAX_BYTES), NULL);
  ans_tree *t = tree__new(path, text, len);
  if (!t) return tree__no_memory(path, err);
  struct syn__ctx ctx = {.tree = t, .diags = diags, .last_sync = UINT32_MAX, .too_high = UINT32_MAX};
  ctx.nowhere.node.kind = ANS_SYN_ERROR;
  ctx.nowhere.node.first = 1;
  ans_status status = tree__run(&ctx, err);
  if (status == ANS_OK && !tree__flaws(&ctx)) status = tree__no_memory(path, err);
  t->broken = ans_diags_errors(diags) != before;
  free(ctx.bad);
  if (status != ANS_OK) {
    ans_tree_free(t);
    return status;
  }
  *out = t;
  return ANS_OK;
}

ans_status ans_tree_parse_file(const char *path, ans_diags *diags, ans_tree **out, ans_error *err) {
  char number[24];
  *out = NULL;
  FILE *f = fopen(path, "rb");
  if (!f) return ans_error_set(err, ANS_IO, "E-IO-OPEN", path, strerror(errno), NULL);
  /* Read in one go up to one byte more than allowed: pipes have no size to ask for. */
  size_t cap = 64 * 1024, len = 0;
  char *text = malloc(cap);
  while (text) {
    len += fread(text + len, 1, cap - len, f);
    if (len < cap || cap > SYN__MAX_BYTES) break;
    cap = cap * 2 > SYN__MAX_BYTES ? SYN__MAX_BYTES + 1 : cap * 2;
    char *more = realloc(text, cap);
    if (!more) free(text);
    text = more;
  }
  ans_status status;
  if (!text) status = tree__no_memory(path, err);
  else if (ferror(f)) status = ans_error_set(err, ANS_IO, "E-IO-READ", path, strerror(errno), NULL);
  else if (len > SYN__MAX_BYTES) status = ans_error_set(err, ANS_LIMIT, "E-DSL-SIZE", path, ans_itoa(number, SYN__MAX_BYTES), NULL);
  else status = ans_tree_parse(path, text, len, diags, out, err);
  fclose(f);
  free(text);
  return status;
}

void ans_tree_free(ans_tree *t) {
  if (t) ans_arena_free(t->arena);
}

/* --- text of a node -------------------------------------------------------------------------------------------------------------- */
static bool text__blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

const char *ans_syn_text(ans_tree *t, const ans_syn *n) {
  if (!n || n->last < n->first || n->last >= t->token_count) return "";
  size_t max = 1, used = 0;
  for (uint32_t i = n->first; i <= n->last; i++) max += t->tokens[i].word_len + 1;
  char *out = ans_arena_alloc(t->arena, max);
  if (!out) return "";
  for (uint32_t i = n->first; i <= n->last; i++) {
    const ans_token *k = &t->tokens[i];
    const char *s = ans_token_word(t, k);
    if (i > n->first && k->at > k->trivia_at) out[used++] = ' ';
    bool text = k->kind == SYN_STRING; /* blanks inside quotes are the author's */
    for (uint32_t j = 0; j < k->word_len; j++) {
      if (text || !text__blank(s[j])) out[used++] = s[j];
      else if (used && out[used - 1] != ' ') out[used++] = ' ';
    }
  }
  return out;
}

/* --- dump -------------------------------------------------------------------------------------------------------------------------- */
static void dump__flags(uint32_t flags, FILE *out) {
  static const struct { uint32_t flag; const char *name; } names[] = {
      {ANS_SYNF_NOT, "NOT"}, {ANS_SYNF_TIMELINE, "TIMELINE"}, {ANS_SYNF_PER_DAY, "PER_DAY"}, {ANS_SYNF_UNCHECKED, "UNCHECKED"},
      {ANS_SYNF_AUXILIARY, "AUXILIARY"}, {ANS_SYNF_BEFORE, "BEFORE"}, {ANS_SYNF_INFORMATION, "INFORMATION"}, {ANS_SYNF_ERROR, "ERROR"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (flags & names[i].flag) fprintf(out, " %s", names[i].name);
}

static void dump__node(const ans_tree *t, const ans_syn *n, int depth, FILE *out) {
  for (int i = 0; i < depth; i++) fputs("  ", out);
  if (!n) {
    fputs("-\n", out);
    return;
  }
  fputs(ans_syn_kind_name(n->kind), out);
  dump__flags(n->flags, out);
  if (!n->count && n->last >= n->first && n->kind != ANS_SYN_FILE) {
    const ans_token *a = &t->tokens[n->first], *b = &t->tokens[n->last];
    fputc(' ', out);
    if (a == b) fprintf(out, "%.*s", (int)a->word_len, ans_token_word(t, a));
    else for (uint32_t i = a->at; i < b->at + b->len; i++) fputc(t->source.text[i] == '\n' ? ' ' : t->source.text[i], out);
  }
  fputc('\n', out);
  for (uint32_t i = 0; i < n->count; i++) dump__node(t, n->child[i], depth + 1, out);
}

void ans_tree_dump(const ans_tree *t, FILE *out) { dump__node(t, t->root, 0, out); }
