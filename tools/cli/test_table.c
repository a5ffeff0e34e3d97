/* Cases from a table (docs/formats/test-table.md). A row is rewritten as one prüffall on one line of rule text, at the line number it has in
 * the table, and compiled as a further file of the package: so a cell means what it means in a prüffall, and every mistake in it gets the
 * compiler's message with the table's line. (A reader of its own for values was rejected: it would be a second definition of the language.)
 * Nothing may leak from a cell into the text around it: cells with line breaks or comments are refused, names are checked character by
 * character, and the compiled cases must have exactly the facts and expectations of the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "testing.h"

enum { TABLE_BYTES = 16 << 20, TABLE_ROWS = 16000, TABLE_COLUMNS = 4096 };
typedef enum column_kind { COLUMN_CASE, COLUMN_MONTH, COLUMN_PROVISION, COLUMN_GIVEN, COLUMN_ROW, COLUMN_EXPECT } column_kind;
typedef struct column { column_kind kind; const char *head, *unit, *row, *name; } column;
typedef struct spot { uint32_t line, column, text_column; } spot; /* where a cell begins in the rewritten line, in code points */

typedef struct table {
  const cli_args *a;
  const char *path;
  ans_arena *arena;
  char *bytes, *at, *end;
  uint32_t line;
  const char **cells; uint32_t cell_count;      /* of the current line */
  column *columns; uint32_t column_count;
  ans_buffer text; uint32_t text_column;         /* code points already on this line of the text */
  spot *spots; size_t spot_count, spot_cap;
  uint32_t *lines, *givens, *expects, cases;     /* per case: line, and what it must have */
  bool failed;
} table;

static ans_status refuse(const table *t, uint32_t column_number, const char *code, const char *x, const char *y, ans_error *err) {
  char where[512];
  if (column_number) snprintf(where, sizeof where, "%.300s:%u (%s %u)", t->path, t->line, cli_say(t->a, "Spalte", "column"), column_number);
  else snprintf(where, sizeof where, "%.300s:%u", t->path, t->line);
  if (!x) return ans_error_set(err, ANS_INPUT, code, where, NULL);
  if (!y) return ans_error_set(err, ANS_INPUT, code, where, x, NULL);
  return ans_error_set(err, ANS_INPUT, code, where, x, y, NULL);
}

static ans_status limit(const table *t, long long n, const char *what, ans_error *err) {
  char number[24];
  return ans_error_set(err, ANS_LIMIT, "E-TAB-LIMIT", t->path, ans_itoa(number, n), what, NULL);
}

static ans_status memory(const table *t, ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", t->path, NULL); }

/* --- reading lines (RFC 4180 with semicolons; a cell never spans lines) ------------------------------------------------- */
static char *trimmed(char *s, char *end) {
  while (s < end && (*s == ' ' || *s == '\t')) s++;
  while (end > s && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) end--;
  *end = 0;
  return s;
}

/* One quoted cell; *s stands on the opening quote and is left on the separator or line end. The cell is unescaped in place. */
static bool quoted(table *t, char **s, char **cell) {
  char *from = *s + 1, *to = from;
  *cell = from;
  for (;; from++) {
    if (from >= t->end || *from == '\n') return false;
    if (*from == '"') {
      if (from + 1 >= t->end || from[1] != '"') break;
      from++;
    }
    *to++ = *from;
  }
  for (from++; from < t->end && *from != ';' && *from != '\n'; from++)
    if (*from != ' ' && *from != '\t' && *from != '\r') return false;
  *s = from;
  if (to < from) *cell = trimmed(*cell, to);
  return true;
}

/* The next line as cells; false at the end of the file. */
static bool next_line(table *t, ans_status *st, ans_error *err) {
  if (t->at >= t->end) return false;
  t->line++;
  t->cell_count = 0;
  char *s = t->at;
  for (bool more = true; more; t->cell_count++) {
    char *cell = s;
    while (s < t->end && (*s == ' ' || *s == '\t')) s++;
    if (t->cell_count == TABLE_COLUMNS) { *st = limit(t, TABLE_COLUMNS, cli_say(t->a, "Spalten", "columns"), err); return false; }
    if (s < t->end && *s == '"') {
      if (!quoted(t, &s, &cell)) { *st = refuse(t, t->cell_count + 1, "E-TAB-QUOTE", NULL, NULL, err); return false; }
      more = s < t->end && *s == ';';
    } else {
      while (s < t->end && *s != ';' && *s != '\n' && *s != '"') s++;
      if (s < t->end && *s == '"') { *st = refuse(t, t->cell_count + 1, "E-TAB-QUOTE", NULL, NULL, err); return false; }
      more = s < t->end && *s == ';';
      cell = trimmed(cell, s);
    }
    if (s < t->end) s++;
    t->cells[t->cell_count] = cell;
  }
  t->at = s;
  return true;
}

/* --- header -------------------------------------------------------------------------------------------------------------- */
static bool is_name(const char *s) {
  for (const char *p = s; *p; p++) {
    unsigned char c = (unsigned char)*p;
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80, digit = c >= '0' && c <= '9';
    if (!letter && c != '_' && !(digit && p != s)) return false; /* _Tage: a name that is also a word of the language */
  }
  return *s != 0;
}

/* "a.b.c" → parts, all of them names. Returns their number, 0 if one is not a name. */
static unsigned parts(table *t, const char *s, const char *out[3]) {
  char *copy = ans_arena_text(t->arena, s, strlen(s));
  unsigned n = 0;
  while (copy && n < 3) {
    char *dot = strchr(copy, '.');
    if (dot) *dot = 0;
    if (!is_name(copy)) return 0;
    out[n++] = copy;
    if (!dot) return n;
    copy = dot + 1;
  }
  return 0;
}

static bool column_of(table *t, const char *head, column *c) {
  const char *part[3] = {NULL, NULL, NULL};
  *c = (column){.head = head};
  if (!strcmp(head, "fall")) c->kind = COLUMN_CASE;
  else if (!strcmp(head, "monat")) c->kind = COLUMN_MONTH;
  else if (!strcmp(head, "vorschrift")) c->kind = COLUMN_PROVISION;
  else if (!strncmp(head, "erwarte ", 8)) {
    c->kind = COLUMN_EXPECT;
    if (parts(t, head + 8, part) != 2) return false;
    c->row = part[0];
    c->name = part[1];
  } else {
    unsigned n = parts(t, head, part);
    if (n != 2 && n != 3) return false;
    c->kind = n == 3 ? COLUMN_GIVEN : COLUMN_ROW;
    c->unit = part[0];
    c->row = part[1];
    c->name = part[2];
  }
  return true;
}

static ans_status header(table *t, ans_error *err) {
  bool has[6] = {false};
  t->columns = ans_arena_array(t->arena, t->cell_count, sizeof *t->columns);
  if (!t->columns) return memory(t, err);
  while (t->cell_count && !*t->cells[t->cell_count - 1]) t->cell_count--; /* spreadsheets pad with empty columns */
  for (uint32_t i = 0; i < t->cell_count; i++) {
    const char *head = ans_arena_text(t->arena, t->cells[i], strlen(t->cells[i]));
    if (!head) return memory(t, err);
    if (!column_of(t, head, &t->columns[i])) return refuse(t, i + 1, "E-TAB-COLUMN", head, NULL, err);
    for (uint32_t k = 0; k < i; k++)
      if (!strcmp(t->columns[k].head, head)) return refuse(t, i + 1, "E-TAB-COLUMN-TWICE", head, NULL, err);
    has[t->columns[i].kind] = true;
  }
  t->column_count = t->cell_count;
  if (!has[COLUMN_CASE]) return refuse(t, 0, "E-TAB-COLUMN-MISSING", "fall", NULL, err);
  if (!has[COLUMN_MONTH]) return refuse(t, 0, "E-TAB-COLUMN-MISSING", "monat", NULL, err);
  if (!has[COLUMN_EXPECT]) return refuse(t, 0, "E-TAB-COLUMN-MISSING", "erwarte …", NULL, err);
  return ANS_OK;
}

/* --- rewriting ------------------------------------------------------------------------------------------------------------ */
static void put(table *t, const char *s) {
  ans_buffer_text(&t->text, s);
  for (; *s; s++) t->text_column += ((unsigned char)*s & 0xC0) != 0x80;
}

static void put_cell(table *t, uint32_t column_index, const char *s) {
  if (t->spot_count == t->spot_cap) {
    size_t cap = t->spot_cap ? t->spot_cap * 2 : 1024;
    spot *grown = realloc(t->spots, cap * sizeof *grown);
    if (!grown) { t->failed = true; return; }
    t->spots = grown;
    t->spot_cap = cap;
  }
  t->spots[t->spot_count++] = (spot){t->line, column_index + 1, t->text_column + 1};
  put(t, s);
}

/* "06.2026", "06.2026 bis 08.2026", and the forms spreadsheets and the command line use: 2026-06, 2026-06..2026-08. */
static bool one_month(const char *s, size_t n, char out[8]) {
  unsigned y, m;
  int used = 0;
  char buf[8];
  if (n != 7) return false;
  memcpy(buf, s, 7);
  buf[7] = 0;
  if (buf[2] == '.' ? sscanf(buf, "%2u.%4u%n", &m, &y, &used) != 2 : buf[4] == '-' ? sscanf(buf, "%4u-%2u%n", &y, &m, &used) != 2 : true) return false;
  if (used != 7 || m < 1 || m > 12 || y > 9999) return false;
  snprintf(out, 8, "%02u.%04u", m, y);
  return true;
}

static bool months(const char *cell, char *out, size_t size) {
  char first[8], last[8];
  const char *dots = strstr(cell, ".."), *to = strstr(cell, " bis ");
  const char *end = to ? to : dots, *second = to ? to + 5 : dots ? dots + 2 : NULL;
  if (!one_month(cell, end ? (size_t)(end - cell) : strlen(cell), first) || (second && !one_month(second, strlen(second), last))) return false;
  if (second) snprintf(out, size, "von %s bis %s", first, last);
  else snprintf(out, size, "im %s", first);
  return true;
}

static ans_status check_cell(const table *t, uint32_t i, const char *cell, ans_error *err) {
  char shown[64];
  snprintf(shown, sizeof shown, "%.*s", test_cut(cell, 60), cell);
  if (!ans_utf8_printable(cell, strlen(cell))) return refuse(t, i + 1, "E-TAB-CELL", shown, cli_say(t->a, "ein Steuerzeichen", "a control character"), err);
  if (strstr(cell, "--")) return refuse(t, i + 1, "E-TAB-CELL", shown, cli_say(t->a, "einen Kommentar (--)", "a comment (--)"), err);
  return ANS_OK;
}

static const char *cell_of(const table *t, column_kind kind, uint32_t *index) {
  for (uint32_t i = 0; i < t->column_count && i < t->cell_count; i++)
    if (t->columns[i].kind == kind) {
      *index = i;
      return t->cells[i];
    }
  return "";
}

static ans_status head_of_case(table *t, ans_error *err) {
  uint32_t at = 0;
  const char *name = cell_of(t, COLUMN_CASE, &at);
  char suffix[48];
  if (!*name) return refuse(t, at + 1, "E-TAB-NAME", NULL, NULL, err);
  put(t, "prüffall \"");
  for (const char *p = name; *p; p++) { /* texts know the escapes \" and \\ */
    if (*p == '"' || *p == '\\') put(t, "\\");
    ans_buffer_char(&t->text, *p);
    t->text_column += ((unsigned char)*p & 0xC0) != 0x80;
  }
  snprintf(suffix, sizeof suffix, " (Zeile %u)\"", t->line); /* names are unique in a package, rows of one case are not */
  put(t, suffix);
  const char *law = cell_of(t, COLUMN_PROVISION, &at), *word = strrchr(law, ' ');
  if (!*law) return ANS_OK;
  unsigned char last = (unsigned char)(word ? word[1] : 0);
  if (!((last >= 'A' && last <= 'Z') || last >= 0x80)) return refuse(t, at + 1, "E-TAB-LAW", law, NULL, err);
  put(t, " ");
  put_cell(t, at, law);
  return ANS_OK;
}

static void givens_of_case(table *t) {
  for (uint32_t i = 0; i < t->column_count && i < t->cell_count; i++) {
    const column *c = &t->columns[i];
    if (!*t->cells[i] || (c->kind != COLUMN_GIVEN && c->kind != COLUMN_ROW)) continue;
    put(t, " ");
    put(t, c->unit);
    put(t, " ");
    put(t, c->row);
    put(t, ":");
    if (c->kind == COLUMN_ROW) continue;
    put(t, " ");
    put(t, c->name);
    put(t, " = ");
    put_cell(t, i, t->cells[i]);
    put(t, ";"); /* ends the value whatever the next name is */
    t->givens[t->cases]++;
  }
}

static ans_status one_case(table *t, ans_error *err) {
  char when[40];
  uint32_t at = 0;
  if (t->cases == TABLE_ROWS) return limit(t, TABLE_ROWS, cli_say(t->a, "Fälle", "cases"), err);
  for (uint32_t i = 0; i < t->cell_count; i++) {
    if (i >= t->column_count && *t->cells[i]) return refuse(t, i + 1, "E-TAB-CELLS", NULL, NULL, err);
    ans_status st = check_cell(t, i, t->cells[i], err);
    if (st != ANS_OK) return st;
  }
  const char *month = cell_of(t, COLUMN_MONTH, &at);
  if (!months(month, when, sizeof when)) return refuse(t, at + 1, "E-TAB-MONTH", month, NULL, err);
  ans_status st = head_of_case(t, err);
  if (st != ANS_OK) return st;
  givens_of_case(t);
  for (uint32_t i = 0; i < t->column_count && i < t->cell_count; i++) {
    const column *c = &t->columns[i];
    if (c->kind != COLUMN_EXPECT || !*t->cells[i]) continue;
    put(t, " erwarte ");
    put(t, c->row);
    put(t, ".");
    put(t, c->name);
    put(t, " ");
    put(t, when);
    put(t, " = ");
    put_cell(t, i, t->cells[i]);
    t->expects[t->cases]++;
  }
  put(t, " ende");
  if (!t->expects[t->cases]) return refuse(t, 0, "E-TAB-EXPECT", NULL, NULL, err);
  t->lines[t->cases++] = t->line;
  return ANS_OK;
}

static bool blank(const table *t) {
  for (uint32_t i = 0; i < t->cell_count; i++)
    if (*t->cells[i]) return false;
  return true;
}

static ans_status rewrite(table *t, ans_error *err) {
  ans_status st = ANS_OK;
  t->cells = ans_arena_array(t->arena, TABLE_COLUMNS, sizeof *t->cells);
  t->lines = ans_arena_array(t->arena, TABLE_ROWS, sizeof *t->lines);
  t->givens = ans_arena_array(t->arena, TABLE_ROWS, sizeof *t->givens);
  t->expects = ans_arena_array(t->arena, TABLE_ROWS, sizeof *t->expects);
  if (!t->cells || !t->lines || !t->givens || !t->expects) return memory(t, err);
  while (next_line(t, &st, err)) {
    t->text_column = 0;
    if (!blank(t)) st = t->columns ? one_case(t, err) : header(t, err);
    if (st != ANS_OK) return st;
    ans_buffer_char(&t->text, '\n');
  }
  if (st == ANS_OK && (t->failed || t->text.failed)) st = memory(t, err);
  if (st == ANS_OK && !t->cases) st = ans_error_set(err, ANS_INPUT, "E-TAB-EMPTY", t->path, NULL);
  return st;
}

/* --- compiling ------------------------------------------------------------------------------------------------------------ */
static void point_out(const table *t, const ans_diags *d) {
  for (size_t i = 0; i < ans_diags_count(d); i++) {
    const ans_diag *x = ans_diags_at(d, i);
    const spot *best = NULL;
    if (ans_diag_severity(x->id) != ANS_SEV_ERROR || strcmp(x->path ? x->path : "", t->path) != 0) continue;
    for (size_t k = 0; k < t->spot_count; k++)
      if (t->spots[k].line == x->line && t->spots[k].text_column <= x->column) best = &t->spots[k];
    if (best)
      fprintf(stderr, "%s:%u: %s %u „%s“: %s\n", t->path, x->line, cli_say(t->a, "Spalte", "column"), best->column, t->columns[best->column - 1].head, ans_diag_code(x->id));
  }
}

static ans_status compile(table *t, test_suite *s, ans_diags *diags, ans_error *err) {
  const ans_compilation *c = &s->package.compilation;
  char number[24];
  ans_status st = ans_tree_parse(t->path, t->text.data, t->text.len, diags, &s->table_tree, err);
  if (st == ANS_OK && !ans_diags_errors(diags)) st = ans_compile_model(c, s->table_tree, diags, &s->table_model, err);
  if (st != ANS_OK) return st;
  if (!s->table_model) {
    ans_diags_print(diags, stderr, (ans_diag_options){t->a->lang, t->a->color_err, false});
    point_out(t, diags);
    return ans_error_set(err, ANS_INPUT, "E-TAB-VALUES", t->path, ans_itoa(number, (long long)ans_diags_errors(diags)), NULL);
  }
  return ans_lower_program(s->table_model, &s->table_program, err);
}

/* The cases of the table's file are exactly its rows, with as many facts and expectations as cells. */
static ans_status check_shape(table *t, const test_suite *s, ans_error *err) {
  uint32_t k = 0;
  for (uint32_t i = 0; i < s->table_model->case_count; i++) {
    const ans_tcase *c = &s->table_model->cases[i];
    if (strcmp(c->path, s->table_tree->source.path) != 0) continue;
    t->line = c->line;
    if (k >= t->cases || c->line != t->lines[k] || c->given_count != t->givens[k] || c->expect_count != t->expects[k]) return refuse(t, 0, "E-TAB-SHAPE", NULL, NULL, err);
    k++;
  }
  t->line = k < t->cases ? t->lines[k] : 0;
  bool same = k == t->cases && s->table_model->case_count == s->package.compilation.model->case_count + t->cases && s->table_model->result_count == s->package.compilation.model->result_count &&
              s->table_model->provision_count >= s->package.compilation.model->provision_count && s->table_program->node_count == s->package.program->node_count;
  return same ? ANS_OK : refuse(t, 0, "E-TAB-SHAPE", NULL, NULL, err);
}

ans_status test_table_load(test_suite *s, const char *path, ans_error *err) {
  size_t size = 0, valid;
  char number[24];
  table t = {.a = s->a, .path = path, .arena = ans_arena_new((size_t)1 << 30)};
  ans_diags *diags = ans_diags_new();
  ans_status st = t.arena && diags ? ANS_OK : memory(&t, err);
  for (uint32_t i = 0; st == ANS_OK && i < s->package.compilation.tree_count; i++)
    if (!strcmp(s->package.compilation.trees[i]->source.path, path)) st = ans_error_set(err, ANS_INPUT, "E-TAB-SAME", NULL, path, NULL);
  if (st == ANS_OK) st = cli_read_file(path, TABLE_BYTES, &t.bytes, &size, err);
  if (st == ANS_OK && (valid = ans_utf8_valid_prefix(t.bytes, size)) != size) st = ans_error_set(err, ANS_INPUT, "E-TAB-UTF8", path, ans_itoa(number, (long long)valid + 1), NULL);
  ans_buffer_init(&t.text, (size_t)8 << 20); /* the parser's limit for a file */
  if (st == ANS_OK) {
    t.at = t.bytes;
    t.end = t.bytes + size;
    if (size >= 3 && !memcmp(t.bytes, "\xEF\xBB\xBF", 3)) t.at += 3; /* spreadsheets begin "CSV UTF-8" with a byte order mark */
    st = rewrite(&t, err);
  }
  if (st == ANS_OK) st = compile(&t, s, diags, err);
  if (st == ANS_OK) st = check_shape(&t, s, err);
  if (st == ANS_OK) {
    s->m = s->table_model;
    s->p = s->table_program;
  }
  ans_buffer_dispose(&t.text);
  free(t.bytes);
  free(t.spots);
  ans_diags_free(diags);
  ans_arena_free(t.arena);
  return st;
}
