/* Writing prüffälle as a table (docs/formats/test-table.md): the inverse of test_table.c. Base cases are written out; a case with expectations
 * in several periods becomes one row per period or span. Columns stand in the order of first mention, so equal packages give equal bytes. */
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "base/error.h"
#include "num/calendar.h"
#include "num/money.h"
#include "testing.h"
#include "num/period.h"

typedef struct out_column { bool expect; uint32_t unit, fact, result; const char *row; } out_column; /* fact and result NONE: the row itself */
typedef struct exporter {
  const tester *t;
  out_column *columns; size_t count, cap;
  ans_buffer b;
  bool failed;
} exporter;

static size_t column_index(exporter *x, out_column c) {
  for (size_t i = 0; i < x->count; i++) {
    const out_column *o = &x->columns[i];
    if (o->expect == c.expect && o->unit == c.unit && o->fact == c.fact && o->result == c.result && !strcmp(o->row, c.row)) return i;
  }
  if (x->count == x->cap) {
    size_t cap = x->cap ? x->cap * 2 : 128;
    out_column *grown = realloc(x->columns, cap * sizeof *grown);
    if (!grown) {
      x->failed = true;
      return 0;
    }
    x->columns = grown;
    x->cap = cap;
  }
  x->columns[x->count] = c;
  return x->count++;
}

static out_column given_column(const ans_tgiven *g) { return (out_column){false, g->unit, g->fact, g->result, g->row}; }
static out_column expect_column(const ans_texpect *e) { return (out_column){true, 0, ANS_NONE, e->result, e->row}; }

static bool row_has_facts(const ans_tcase *c, const char *row) {
  for (uint32_t i = 0; i < c->given_count; i++)
    if (!strcmp(c->givens[i].row, row)) return true;
  return false;
}

static void collect(exporter *x, const ans_tcase *c) {
  for (uint32_t i = 0; i < c->row_count && !x->failed; i++)
    if (!row_has_facts(c, c->rows[i].name)) (void)column_index(x, (out_column){false, c->rows[i].unit, ANS_NONE, ANS_NONE, c->rows[i].name});
  for (uint32_t i = 0; i < c->given_count && !x->failed; i++) (void)column_index(x, given_column(&c->givens[i]));
  for (uint32_t i = 0; i < c->expect_count && !x->failed; i++) (void)column_index(x, expect_column(&c->expects[i]));
}

/* --- values as a prüffall writes them --------------------------------------------------------------------------------------- */
static void number(ans_buffer *b, ans_type type, int64_t v) {
  static const char *const measures[] = {"", " Jahre", " Monate", " Tage", " Stunden"}, *const pers[] = {"", " je Tag", " je Woche", " je Monat", " je Jahr"};
  char digits[64];
  ans_decimal_format(v, type.scale, digits, sizeof digits);
  for (char *p = digits; *p; p++)
    if (*p == '.') *p = ',';
  ans_buffer_printf(b, "%s%s%s%s", digits, type.tag == ANS_T_MONEY ? " €" : "", type.measure < 5 ? measures[type.measure] : "", type.per < 5 ? pers[type.per] : "");
}

static void date(ans_buffer *b, int64_t day) {
  char text[11];
  ans_date_format_de(day, text);
  ans_buffer_text(b, text);
}

static void month(ans_buffer *b, int64_t m) {
  char text[8];
  ans_month_format_de(m, text);
  ans_buffer_text(b, text);
}

static void quoted(ans_buffer *b, const char *text) {
  ans_buffer_char(b, '"');
  for (; text && *text; text++) {
    if (*text == '"' || *text == '\\') ans_buffer_char(b, '\\');
    ans_buffer_char(b, *text);
  }
  ans_buffer_char(b, '"');
}

static void list(ans_buffer *b, const ans_model *m, uint32_t enumeration, int64_t set) {
  const ans_enum *e = &m->enums[enumeration];
  const char *before = "";
  ans_buffer_char(b, '(');
  for (uint32_t i = 0; i < e->value_count; i++) {
    if (!(set >> i & 1)) continue;
    ans_buffer_printf(b, "%s%s", before, m->enum_values[e->first_value + i]);
    before = "; ";
  }
  ans_buffer_char(b, ')');
}

/* `given`: a missing finding of a human is written "unbekannt" there; an expectation says "offen". */
static void value(ans_buffer *b, const ans_model *m, ans_type type, ans_scalar v, const char *ref_row, const char *text, bool given) {
  static const char *const states[] = {"", "entfällt", "unbekannt", "offen", "fehler", "widerspruch"};
  if (v.state != ANS_VALUE) {
    ans_buffer_text(b, given && v.state == ANS_HUMAN ? "unbekannt" : states[v.state < ANS_STATE_COUNT ? v.state : 0]);
    return;
  }
  switch ((ans_type_tag)type.tag) {
    case ANS_T_BOOL: ans_buffer_text(b, v.v ? "wahr" : "falsch"); break;
    case ANS_T_INT:
    case ANS_T_DECIMAL:
    case ANS_T_MONEY: number(b, type, v.v); break;
    case ANS_T_DATE: date(b, v.v); break;
    case ANS_T_MONTH: month(b, v.v); break;
    case ANS_T_ENUM: ans_buffer_text(b, m->enum_values[m->enums[type.ref].first_value + (uint32_t)v.v]); break;
    case ANS_T_REF: ans_buffer_text(b, ref_row ? ref_row : ""); break;
    case ANS_T_TEXT: quoted(b, text); break;
    case ANS_T_LIST: list(b, m, type.ref, v.v); break;
  }
}

static void given_cell(ans_buffer *b, const ans_model *m, const ans_tgiven *g) {
  ans_type type = g->fact != ANS_NONE ? m->facts[g->fact].type : m->results[g->result].type;
  for (uint32_t i = 0; i < g->value_count; i++) {
    const ans_tgiven_value *v = &g->values[i];
    if (i) ans_buffer_text(b, ", ");
    value(b, m, type, v->value, v->ref_row, v->text, true);
    if (v->from != ANS_OPEN_PAST) {
      ans_buffer_text(b, " ab ");
      date(b, v->from);
    }
    if (v->to != ANS_OPEN_FUTURE) {
      ans_buffer_text(b, " bis ");
      date(b, v->to);
    }
  }
}

static void expect_cell(ans_buffer *b, const ans_model *m, const ans_texpect *e) {
  value(b, m, m->results[e->result].type, e->value, NULL, NULL, false);
  for (uint32_t i = 0; i < e->missing_count; i++) ans_buffer_printf(b, "%s%s.%s", i ? "; " : " fehlt ", e->missing[i].row, m->facts[e->missing[i].fact].name);
}

/* --- the table -------------------------------------------------------------------------------------------------------------- */
static void csv(ans_buffer *b, const char *s) {
  if (!strpbrk(s, ";\"") && *s != ' ') {
    ans_buffer_text(b, s);
    return;
  }
  ans_buffer_char(b, '"');
  for (; *s; s++) {
    if (*s == '"') ans_buffer_char(b, '"');
    ans_buffer_char(b, *s);
  }
  ans_buffer_char(b, '"');
}

static void header(exporter *x) {
  const ans_model *m = x->t->m;
  ans_buffer_text(&x->b, m->period_kind == ANS_PERIOD_MONTH ? "fall;monat;vorschrift" : "fall;zeitraum;vorschrift");
  for (size_t i = 0; i < x->count; i++) {
    const out_column *c = &x->columns[i];
    if (c->expect) ans_buffer_printf(&x->b, ";erwarte %s.%s", c->row, m->results[c->result].name);
    else if (c->fact != ANS_NONE) ans_buffer_printf(&x->b, ";%s.%s.%s", m->units[c->unit].name, c->row, m->facts[c->fact].name);
    else if (c->result != ANS_NONE) ans_buffer_printf(&x->b, ";%s.%s.%s", m->units[c->unit].name, c->row, m->results[c->result].name);
    else ans_buffer_printf(&x->b, ";%s.%s", m->units[c->unit].name, c->row);
  }
  ans_buffer_char(&x->b, '\n');
}

/* Expectation of the column that belongs to this row of the table; `taken` counts rows for the same periods. */
static const ans_texpect *expectation(exporter *x, const ans_tcase *c, size_t column, const ans_texpect *like, const bool *done) {
  for (uint32_t i = 0; i < c->expect_count; i++) {
    const ans_texpect *e = &c->expects[i];
    if (!done[i] && e->from_period == like->from_period && e->to_period == like->to_period && column_index(x, expect_column(e)) == column) return e;
  }
  return NULL;
}

static void cells(exporter *x, const ans_tcase *c, const ans_texpect *like, bool *done) {
  ans_buffer cell;
  for (size_t i = 0; i < x->count && !x->failed; i++) {
    const out_column *o = &x->columns[i];
    ans_buffer_init(&cell, 1 << 20);
    if (o->expect) {
      const ans_texpect *e = expectation(x, c, i, like, done);
      if (e) {
        expect_cell(&cell, x->t->m, e);
        done[e - c->expects] = true;
      }
    }
    for (uint32_t k = 0; !o->expect && k < c->given_count; k++)
      if (column_index(x, given_column(&c->givens[k])) == i) given_cell(&cell, x->t->m, &c->givens[k]);
    for (uint32_t k = 0; !o->expect && o->fact == ANS_NONE && o->result == ANS_NONE && k < c->row_count; k++)
      if (c->rows[k].unit == o->unit && !strcmp(c->rows[k].name, o->row) && !row_has_facts(c, o->row)) ans_buffer_char(&cell, 'x');
    ans_buffer_char(&x->b, ';');
    if (cell.len) csv(&x->b, cell.data);
    x->failed = x->failed || cell.failed;
    ans_buffer_dispose(&cell);
  }
}

static void one_case(exporter *x, const ans_tcase *c) {
  const ans_model *m = x->t->m;
  bool *done = calloc((size_t)c->expect_count + 1, sizeof *done);
  if (!done) x->failed = true;
  for (uint32_t i = 0; done && i < c->expect_count && !x->failed; i++) {
    const ans_texpect *e = &c->expects[i];
    ans_buffer law;
    if (done[i]) continue;
    csv(&x->b, c->name);
    ans_buffer_char(&x->b, ';');
    char period[ANS_PERIOD_TEXT];
    ans_buffer_text(&x->b, ans_period_format_de(m->period_kind, e->from_period, period));
    if (e->to_period != e->from_period) ans_buffer_printf(&x->b, " bis %s", ans_period_format_de(m->period_kind, e->to_period, period));
    ans_buffer_char(&x->b, ';');
    ans_buffer_init(&law, 1 << 20);
    for (uint32_t k = 0; k < c->provision_count; k++) ans_buffer_printf(&law, "%s%s", k ? "; " : "", m->provisions[c->provisions[k]].text);
    if (law.len) csv(&x->b, law.data);
    ans_buffer_dispose(&law);
    cells(x, c, e, done);
    ans_buffer_char(&x->b, '\n');
  }
  free(done);
}

ans_status test_table_export(const tester *t, const char *path, ans_error *err) {
  exporter x = {.t = t};
  size_t len;
  ans_buffer_init(&x.b, (size_t)256 << 20);
  for (uint32_t i = 0; i < t->m->case_count && !x.failed; i++)
    if (test_selected(t, &t->m->cases[i])) collect(&x, &t->m->cases[i]);
  header(&x);
  for (uint32_t i = 0; i < t->m->case_count && !x.failed; i++)
    if (test_selected(t, &t->m->cases[i])) one_case(&x, &t->m->cases[i]);
  char *text = x.failed ? NULL : ans_buffer_take(&x.b, &len);
  ans_status st = text ? test_write(path, text, len, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, path, NULL);
  free(text);
  free(x.columns);
  ans_buffer_dispose(&x.b);
  return st;
}
