/* Fuzz target: any bytes through the scanner and the classification of tokens, in both languages, without the parser (which would spend most of
 * the time). Tokens must give the input back, count lines and columns as a reader would, and have words inside the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "syntax/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines are counted by line feeds, columns by bytes that do not continue a character. */
static void check_place(const ans_tree *t, const ans_token *k, uint32_t *at, uint32_t *line, uint32_t *column) {
  for (; *at < k->at; ++*at) {
    unsigned char b = (unsigned char)t->source.text[*at];
    if (b == '\n') {
      ++*line;
      *column = 1;
    } else if ((b & 0xC0u) != 0x80u) {
      ++*column;
    }
  }
  if (k->line != *line || k->column != *column) abort();
}

static void check_tokens(const ans_tree *t) {
  uint32_t end = 0, at = 0, line = 1, column = 1;
  for (uint32_t i = 0; i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    if (k->trivia_at != end || k->at < end) abort();
    if (k->len == 0 && i + 1 < t->token_count) abort(); /* only the end of the file is empty */
    check_place(t, k, &at, &line, &column);
    if (k->word_len && memchr(ans_token_word(t, k), 0, k->word_len) && !memchr(t->source.text + k->at, 0, k->len)) abort();
    end = k->at + k->len;
  }
  if (end != t->source.len) abort();
}

static void scan(const uint8_t *data, size_t size, ans_syn_lang lang) {
  ans_arena *arena = ans_arena_new((size_t)1 << 28);
  ans_diags *d = ans_diags_new();
  ans_tree *t = arena ? ans_arena_alloc(arena, sizeof *t) : NULL;
  if (t && d) {
    t->arena = arena;
    t->lang = lang;
    t->source.path = lang == ANS_SYN_EN ? "fuzz.law" : "fuzz.recht";
    t->source.text = ans_arena_text(arena, size ? (const char *)data : "", size);
    t->source.len = size;
    struct syn__ctx ctx = {.tree = t, .diags = d, .last_sync = UINT32_MAX, .too_high = UINT32_MAX};
    ans_error err = {0};
    ans_status st = t->source.text ? syn__tokenize(&ctx, &err) : ANS_MEMORY;
    if (st == ANS_OK) check_tokens(t);
    else if ((st != ANS_LIMIT && st != ANS_MEMORY) || (st == ANS_LIMIT && !err.code)) abort();
    free(ctx.bad);
  }
  ans_diags_free(d);
  ans_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  scan(data, size, ANS_SYN_DE);
  scan(data, size, ANS_SYN_EN);
  return 0;
}
