/* The list of surviving mutants that are explained: mutanten.csv in the folder of the package (docs/formats/test-table.md). An entry speaks of
 * all survivors that its patterns match and says how many there are, so that neither a new one nor one that a case now notices goes unseen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "testing.h"

enum { LIST_BYTES = 1 << 20, LIST_ENTRIES = 4096, LIST_COLUMNS = 6 };

typedef struct reader { char *at; const char *path; uint32_t line; } reader;

/* A reason that is no more than a dash or a blank is none. */
static ans_status refuse(const reader *r, const char *code, const char *what, ans_error *err) {
  char where[512];
  snprintf(where, sizeof where, "%.400s:%u", r->path, r->line);
  return ans_error_set(err, ANS_INPUT, code, where, what, NULL);
}

/* One cell, unescaped in place; NULL for a quote that is not closed on its line. *more: another cell follows. */
static char *cell(reader *r, bool *more) {
  char *from = r->at, *to = r->at, *start = r->at;
  bool quoted = *from == '"';
  if (quoted) from++;
  for (; *from && *from != '\n' && (quoted || *from != ';'); from++) {
    if (quoted && *from == '"') {
      if (from[1] != '"') break;
      from++;
    }
    *to++ = *from;
  }
  if (quoted && *from++ != '"') return NULL;
  if (*from == '\r') from++;
  if (*from && *from != ';' && *from != '\n') return NULL;
  *more = *from == ';';
  r->at = *from ? from + 1 : from;
  while (to > start && to[-1] == '\r') to--;
  *to = 0;
  return start;
}

static ans_status line(reader *r, char *cells[LIST_COLUMNS], ans_error *err) {
  bool more = true;
  for (unsigned i = 0; i < LIST_COLUMNS; i++) {
    cells[i] = more ? cell(r, &more) : NULL;
    if (!cells[i] || more != (i + 1 < LIST_COLUMNS)) return refuse(r, "E-MUTL-CELLS", "6", err);
  }
  return ANS_OK;
}

static ans_status entry(reader *r, char *cells[LIST_COLUMNS], test_listed *out, ans_error *err) {
  char *end;
  unsigned long n = strtoul(cells[4], &end, 10);
  if (*cells[4] < '1' || *cells[4] > '9' || *end || n > ANS_MAX_MUTANTS) return refuse(r, "E-MUTL-COUNT", cells[4], err);
  if (strlen(cells[5]) < 3) return refuse(r, "E-MUTL-REASON", "", err);
  *out = (test_listed){.result = cells[0], .provision = cells[1], .text = cells[2], .key = cells[3], .reason = cells[5], .expected = (uint32_t)n, .line = r->line};
  return ANS_OK;
}

ans_status test_list_load(const char *package, test_list *out, ans_error *err) {
  static const char *const head[LIST_COLUMNS] = {"ergebnis", "vorschrift", "text", "mutant", "anzahl", "grund"};
  struct stat st;
  size_t size = 0;
  char *cells[LIST_COLUMNS];
  *out = (test_list){0};
  if (snprintf(out->path, sizeof out->path, "%s/mutanten.csv", package) >= (int)sizeof out->path || stat(out->path, &st) != 0) return ANS_OK; /* nothing is listed */
  ans_status s = cli_read_file(out->path, LIST_BYTES, &out->bytes, &size, err);
  if (s != ANS_OK) return s;
  reader r = {out->bytes, out->path, 1};
  if (memchr(out->bytes, 0, size)) return refuse(&r, "E-MUTL-CELLS", "6", err);
  if (strncmp(r.at, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
  s = line(&r, cells, err);
  for (unsigned i = 0; i < LIST_COLUMNS && s == ANS_OK; i++)
    if (strcmp(cells[i], head[i]) != 0) s = refuse(&r, "E-MUTL-HEAD", "ergebnis;vorschrift;text;mutant;anzahl;grund", err);
  out->entries = calloc(LIST_ENTRIES, sizeof *out->entries);
  if (s == ANS_OK && !out->entries) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", NULL);
  for (r.line = 2; s == ANS_OK && *r.at; r.line++) {
    if (*r.at == '\n') { r.at++; continue; }
    if (out->count == LIST_ENTRIES) return ans_error_set(err, ANS_LIMIT, "E-MUTL-LIMIT", out->path, "4096", NULL);
    s = line(&r, cells, err);
    if (s == ANS_OK) s = entry(&r, cells, &out->entries[out->count], err);
    if (s == ANS_OK) out->count++;
  }
  return s;
}

void test_list_free(test_list *list) {
  free(list->bytes);
  free(list->entries);
}

/* `*` stands for any text; an empty pattern matches everything. Iterative: one place to come back to is enough for stars. */
static bool matches(const char *pattern, const char *text) {
  const char *star = NULL, *again = NULL;
  if (!*pattern) return true;
  while (*text) {
    if (*pattern == '*') {
      star = ++pattern;
      again = text;
    } else if (*pattern == *text) {
      pattern++;
      text++;
    } else if (star) {
      pattern = star;
      text = ++again;
    } else {
      return false;
    }
  }
  while (*pattern == '*') pattern++;
  return !*pattern;
}

/* The key with or without the ordinal that tells equal mutants of a line apart. */
static bool matches_key(const char *pattern, const ans_mutant *x) { return matches(pattern, x->key) || matches(pattern, ans_mutation_code(x->operation)); }

const test_listed *test_list_find(test_list *list, const char *result, const char *provision, const ans_mutant *x) {
  for (uint32_t i = 0; i < list->count; i++) {
    test_listed *e = &list->entries[i];
    if (!matches(e->result, result) || !matches(e->provision, provision) || !matches(e->text, x->text) || !matches_key(e->key, x)) continue;
    e->found++;
    return e;
  }
  return NULL;
}
