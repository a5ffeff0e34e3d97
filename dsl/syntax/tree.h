/* Lossless syntax tree. The token array covers every byte of the source (trivia is attached to the token that follows), so
 * concatenating trivia and text of all tokens gives back the file exactly. Nodes are uniform: kind, token range, children.
 * Owned by the tree's arena; immutable after parsing. Child layout per kind: dsl/syntax/nodes.def. */
#ifndef ANS_SYNTAX_TREE_H
#define ANS_SYNTAX_TREE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "anspruch/status.h"

typedef enum ans_syn_kind {
#define X(name, layout) ANS_SYN_##name,
#include "syntax/nodes.def"
#undef X
  ANS_SYN_COUNT
} ans_syn_kind;

typedef struct ans_token {
  uint16_t kind;                 /* Bison token number */
  uint32_t trivia_at;            /* byte offset where the trivia before this token starts */
  uint32_t at, len;              /* byte offset and length of the token text */
  uint32_t line, column;         /* 1-based; column in code points */
  uint32_t word_at, word_len;    /* canonical word in ans_tree.words, see ans_token_word */
} ans_token;

typedef struct ans_syn ans_syn;
struct ans_syn {
  uint16_t kind;
  uint16_t flags;                /* ANS_SYNF_* */
  uint32_t first, last;          /* token indices, inclusive; first > last when empty */
  uint32_t count;
  ans_syn **child;               /* fixed slots first (may be NULL), then repeated ones, see nodes.def */
};
enum { /* flags; meaning depends on kind */
  ANS_SYNF_NOT = 1, ANS_SYNF_TIMELINE = 2, ANS_SYNF_PER_DAY = 4, ANS_SYNF_UNCHECKED = 8, ANS_SYNF_AUXILIARY = 16,
  ANS_SYNF_BEFORE = 32 /* SOURCE: joined to its predecessor by "vor" */, ANS_SYNF_INFORMATION = 64, ANS_SYNF_ERROR = 128,
  ANS_SYNF_MORE = 256 /* UNIT: ergänzt um */
};

typedef struct ans_source { const char *path; const char *text; size_t len; } ans_source;

/* The language a file is written in: its name ends in .law (English), anything else is German. */
typedef enum ans_syn_lang { ANS_SYN_DE, ANS_SYN_EN } ans_syn_lang;
ans_syn_lang ans_syn_lang_of(const char *path);
/* Is this the name of a rule file (.recht, .law; hidden files are none)? */
bool ans_syn_rule_file(const char *name);

typedef struct ans_tree {
  ans_source source;             /* copy owned by the tree */
  ans_token *tokens; uint32_t token_count;   /* last token is end of file and owns the trailing trivia */
  ans_syn *root;                 /* kind FILE */
  struct ans_arena *arena;
  ans_syn_lang lang;
  const char *words;             /* the source, followed by the canonical words that differ from it */
} ans_tree;
/* What a token says, whatever the language of the file: its German spelling, and a name without the underscore that marks it as a name.
 * Only messages show the source instead. Not NUL-terminated: word_len bytes. */
static inline const char *ans_token_word(const ans_tree *t, const ans_token *k) { return t->words + k->word_at; }
bool ans_token_is_word(const ans_token *t);     /* names, reserved words, numbers and letters of citations */
bool ans_token_is_keyword(const ans_token *t);
/* Every token of a tree without syntax errors as it is written in lang: reserved phrases with single blanks, names with an underscore where
 * they need one. token_count entries in the tree's arena (not for use by several threads). */
typedef struct ans_spelling { const char *text; uint32_t len; } ans_spelling;
ans_status ans_tree_spell(const ans_tree *t, ans_syn_lang lang, ans_spelling **out, ans_error *err) ANS_MUST_CHECK;
/* Same kinds and canonical words, in whatever layout and language. */
bool ans_tree_same_tokens(const ans_tree *a, const ans_tree *b);

/* --- diagnostics ------------------------------------------------------------------------------------------------------- */
typedef enum ans_severity { ANS_SEV_ERROR, ANS_SEV_WARNING, ANS_SEV_NOTE } ans_severity;
/* Ids live in dsl/syntax/diagnostics.def: X(ID, "R0101", severity, "de text {0}", "de remedy", "en text {0}", "en remedy"). */
typedef enum ans_diag_id {
#define X(id, code, sev, de, de_fix, en, en_fix) ANS_DIAG_##id,
#include "syntax/diagnostics.def"
#undef X
  ANS_DIAG_COUNT
} ans_diag_id;
typedef struct ans_diag {
  ans_diag_id id;
  const char *path;
  uint32_t at, len, line, column;    /* where the caret stands */
  char *args[4];                     /* owned by the list */
} ans_diag;
typedef struct ans_diags ans_diags;  /* bounded list (at most 200 errors kept; the rest are counted), sorted by position when printed */
ans_diags *ans_diags_new(void);
void ans_diags_free(ans_diags *d);
void ans_diags_add(ans_diags *d, ans_diag_id id, const ans_source *src, const ans_token *first, const ans_token *last, ...) __attribute__((sentinel)); /* string args, NULL-ended; tokens may be NULL (file level) */
size_t ans_diags_errors(const ans_diags *d);
size_t ans_diags_warnings(const ans_diags *d);
#include <stdio.h>
typedef struct ans_diag_options { ans_lang lang; bool color; bool json; } ans_diag_options;
/* Stable code ("R0101") and severity of a diagnostic. */
const char *ans_diag_code(ans_diag_id id);
ans_severity ans_diag_severity(ans_diag_id id);
/* Prints all: code, message, source line with caret, cause and remedy; or JSON (one array). An argument "de\037en" is printed in
 * the language chosen. Entries copy what they need: sources may be gone by then. */
void ans_diags_print(const ans_diags *d, FILE *out, ans_diag_options options);
const ans_diag *ans_diags_at(const ans_diags *d, size_t i);
size_t ans_diags_count(const ans_diags *d);
/* "did you mean": the nearest of n names within a small edit distance, or NULL. */
const char *ans_nearest_name(const char *name, const char *const *names, size_t n);

/* --- parsing ----------------------------------------------------------------------------------------------------------- */
/* Parses text; syntax errors go to diags and the tree holds what could be recovered. Returns a non-OK status only for memory, limits
 * (file > 8 MiB, nesting > 200, identifier > 128 bytes) or I/O. */
ans_status ans_tree_parse(const char *path, const char *text, size_t len, ans_diags *diags, ans_tree **out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_tree_parse_file(const char *path, ans_diags *diags, ans_tree **out, ans_error *err) ANS_MUST_CHECK;
void ans_tree_free(ans_tree *t);
/* One line per node (kind, flags, text of leaves; "-" for an empty slot), children indented. For tests and for looking at. */
void ans_tree_dump(const ans_tree *t, FILE *out);

/* Text helpers. */
const char *ans_syn_kind_name(ans_syn_kind kind);
static inline const ans_token *ans_syn_token(const ans_tree *t, const ans_syn *n) { return &t->tokens[n->first]; }
static inline const ans_token *ans_syn_last_token(const ans_tree *t, const ans_syn *n) { return &t->tokens[n->last < n->first ? n->first : n->last]; }
/* Canonical words of the node, trivia between tokens and blanks inside phrases folded to one blank; arena copy. */
const char *ans_syn_text(ans_tree *t, const ans_syn *n);
#endif
