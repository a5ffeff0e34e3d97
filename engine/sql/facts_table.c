/* anspruch_facts: the facts of column chunks as rows: one for each scalar cell, one for each interval of a timeline. "changed" says that something about the
 * component was recorded after the chunk was made: then this row may be out of date, and the assertions are what holds.
 * Constraints used: subject; row (the key), alone or with unit. They decode the chunks that hold it, not all. Memory: one chunk, one package. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "facts/chunk.h"
#include "num/calendar.h"
#include "num/money.h"
#include "sql/internal.h"

enum { FCT_UNIT, FCT_ROW, FCT_FACT, FCT_STATE, FCT_VALUE, FCT_FROM, FCT_TO, FCT_CHANGED, FCT_SUBJECT, FCT_PACKAGE, FCT_CHUNK };
enum { FCT_ALL, FCT_BY_SUBJECT, FCT_BY_ROW, FCT_BY_UNIT_ROW };

typedef struct fct_table { sqlite3_vtab base; sqlite3 *db; ans_chunk_key key; bool has_key, asked; } fct_table;
typedef struct fct_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *places;            /* chunk, layout, component (-1: all), subject (0: all) */
  ans_program *program; int64_t layout;
  ans_fact_chunk *chunk; int64_t chunk_id;
  int64_t subject, component;
  uint32_t unit, row, fact, interval, in_component;
  bool changed, end;
  int64_t number;
} fct_cursor;

static const char *const fct__places[] = {
    "SELECT id, layout, -1, 0 FROM chunk ORDER BY id",
    "SELECT chunk, layout, component, subject FROM chunk_subject WHERE subject = ?1",
    "SELECT c.chunk, c.layout, c.component, c.subject FROM name n CROSS JOIN subject s ON s.unit = n.id AND s.key = ?1 JOIN chunk_subject c ON c.subject = s.id",
    "SELECT c.chunk, c.layout, c.component, c.subject FROM name n JOIN subject s ON s.unit = n.id AND s.key = ?1 JOIN chunk_subject c ON c.subject = s.id WHERE n.text = ?2"};

static int fct__connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **err) {
  (void)argc;
  (void)argv;
  (void)err;
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(unit TEXT, row TEXT, fact TEXT, state TEXT, value TEXT, from_day TEXT, to_day TEXT, changed INTEGER, subject INTEGER, package TEXT, chunk INTEGER)");
  fct_table *t = rc == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
  if (rc == SQLITE_OK && !t) rc = SQLITE_NOMEM;
  if (t) {
    memset(t, 0, sizeof *t);
    t->db = db;
    t->has_key = aux != NULL;
    if (aux) memcpy(&t->key, aux, sizeof t->key);
    *out = &t->base;
  }
  return rc;
}

static int fct__disconnect(sqlite3_vtab *t) {
  sqlite3_free(t);
  return SQLITE_OK;
}

static int fct__best_index(sqlite3_vtab *t, sqlite3_index_info *info) {
  int subject = -1, row = -1, unit = -1;
  (void)t;
  for (int i = 0; i < info->nConstraint; i++) {
    const int column = info->aConstraint[i].iColumn;
    if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (column == FCT_SUBJECT) subject = i;
    if (column == FCT_ROW) row = i;
    if (column == FCT_UNIT) unit = i;
  }
  info->idxNum = subject >= 0 ? FCT_BY_SUBJECT : row >= 0 ? unit >= 0 ? FCT_BY_UNIT_ROW : FCT_BY_ROW : FCT_ALL;
  if (subject >= 0) {
    info->aConstraintUsage[subject].argvIndex = 1;
  } else if (row >= 0) {
    info->aConstraintUsage[row].argvIndex = 1;
    if (unit >= 0) info->aConstraintUsage[unit].argvIndex = 2;
  }
  info->estimatedCost = info->idxNum == FCT_ALL ? 1e10 : 1e4;
  info->estimatedRows = info->idxNum == FCT_ALL ? 100000000 : 50;
  return SQLITE_OK;
}

static int fct__open(sqlite3_vtab *t, sqlite3_vtab_cursor **out) {
  (void)t;
  fct_cursor *c = sqlite3_malloc(sizeof *c);
  if (!c) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *out = &c->base;
  return SQLITE_OK;
}

static void fct__forget_chunk(fct_cursor *c) {
  ans_fact_chunk_free(c->chunk);
  c->chunk = NULL;
  c->chunk_id = 0;
}

static int fct__close(sqlite3_vtab_cursor *cursor) {
  fct_cursor *c = (fct_cursor *)cursor;
  sqlite3_finalize(c->places);
  fct__forget_chunk(c); /* before its program */
  ans_program_free(c->program);
  sqlite3_free(c);
  return SQLITE_OK;
}

/* --- package and chunk ---------------------------------------------------------------------------------------------------------------- */
/* The first row of a statement with one or two numbers as parameters; *st is the caller's to finalize. SQLITE_ROW, SQLITE_DONE or an error. */
static int fct__one(fct_table *t, const char *sql, int64_t a, int64_t b, sqlite3_stmt **st) {
  int rc = sqlite3_prepare_v2(t->db, sql, -1, st, NULL);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(*st, 1, a);
  if (sqlite3_bind_parameter_count(*st) > 1) sqlite3_bind_int64(*st, 2, b);
  return sqlite3_step(*st);
}

static int fct__load_package(fct_table *t, fct_cursor *c, int64_t layout) {
  sqlite3_stmt *st = NULL;
  ans_error err = {0};
  if (c->program && c->layout == layout) return SQLITE_OK;
  fct__forget_chunk(c);
  ans_program_free(c->program);
  c->program = NULL;
  int rc = fct__one(t, "SELECT p.bytes FROM chunk_layout l JOIN package p ON p.sha = l.package_sha WHERE l.id = ?1", layout, 0, &st);
  if (rc == SQLITE_ROW) rc = ans_program_decode(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), "package", &c->program, &err) == ANS_OK ? SQLITE_OK : sql__fail(&t->base, &err);
  else rc = sql__pass(&t->base, t->db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
  sqlite3_finalize(st);
  c->layout = layout;
  return rc;
}

static const ans_chunk_key *fct__key(fct_table *t) {
  ans_error err;
  if (!t->has_key && !t->asked) {
    t->asked = true;
    if (ans_chunk_key_load(NULL, ANS_CHUNK_KEY_VARIABLE, &t->key, &t->has_key, &err) != ANS_OK) t->has_key = false;
  }
  return t->has_key ? &t->key : NULL;
}

static int fct__load_chunk(fct_table *t, fct_cursor *c, int64_t id) {
  sqlite3_stmt *st = NULL;
  ans_error err = {0};
  if (c->chunk && c->chunk_id == id) return SQLITE_OK;
  fct__forget_chunk(c);
  int rc = fct__one(t, "SELECT bytes FROM chunk WHERE id = ?1", id, 0, &st);
  if (rc == SQLITE_ROW) rc = ans_fact_chunk_decode(c->program, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), id, fct__key(t), "chunk", &c->chunk, &err) == ANS_OK ? SQLITE_OK : sql__fail(&t->base, &err);
  else rc = sql__pass(&t->base, t->db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
  sqlite3_finalize(st);
  c->chunk_id = id;
  return rc;
}

static int fct__load_changed(fct_table *t, fct_cursor *c) {
  sqlite3_stmt *st = NULL;
  int rc = fct__one(t, "SELECT 1 FROM chunk_dirty WHERE chunk = ?1 AND component = ?2", c->chunk_id, c->in_component, &st);
  c->changed = rc == SQLITE_ROW;
  sqlite3_finalize(st);
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : sql__pass(&t->base, t->db, rc);
}

/* --- walking --------------------------------------------------------------------------------------------------------------------------- */
static uint32_t fct__intervals(const fct_cursor *c) {
  const ans_timeline *t = &c->chunk->columns->timelines[c->fact];
  return t->offsets[c->row + 1] - t->offsets[c->row];
}

/* Whether the cursor stands on a row to show. */
static bool fct__stands(const fct_cursor *c) {
  const ans_fact *f = &c->program->facts[c->fact];
  return f->unit == c->unit && (f->kind == ANS_FACT_SCALAR ? c->interval == 0 : c->interval < fct__intervals(c));
}

/* Moves to the next cell of this chunk; false at its end. Order: component, unit, row, fact, interval. */
static bool fct__advance(fct_cursor *c) {
  const ans_columns *x = c->chunk->columns;
  c->interval++;
  for (;;) {
    while (c->unit < c->program->unit_count && c->row < x->units[c->unit].component_first[c->in_component + 1]) {
      bool wanted = c->subject == 0 || c->chunk->subjects[c->unit][c->row] == c->subject;
      for (; wanted && c->fact < c->program->fact_count; c->fact++, c->interval = 0)
        if (fct__stands(c)) return true;
      c->row++;
      c->fact = c->interval = 0;
    }
    if (++c->unit >= c->program->unit_count) return false;
    c->row = x->units[c->unit].component_first[c->in_component];
    c->fact = c->interval = 0;
  }
}

static int fct__enter(fct_table *t, fct_cursor *c, uint32_t component) {
  c->in_component = component;
  c->unit = c->row = c->fact = 0;
  c->interval = UINT32_MAX; /* advancing makes it 0 */
  return fct__load_changed(t, c);
}

static int fct__next(sqlite3_vtab_cursor *cursor) {
  fct_cursor *c = (fct_cursor *)cursor;
  fct_table *t = (fct_table *)cursor->pVtab;
  int rc = SQLITE_OK;
  c->number++;
  while (rc == SQLITE_OK) {
    if (c->chunk && c->in_component < c->chunk->columns->components) {
      if (fct__advance(c)) return SQLITE_OK;
      if (c->component < 0 && c->in_component + 1 < c->chunk->columns->components) {
        rc = fct__enter(t, c, c->in_component + 1);
        continue;
      }
    }
    rc = sqlite3_step(c->places);
    if (rc == SQLITE_DONE) {
      c->end = true;
      return SQLITE_OK;
    }
    if (rc != SQLITE_ROW) break;
    c->component = sqlite3_column_int64(c->places, 2);
    c->subject = sqlite3_column_int64(c->places, 3);
    rc = fct__load_package(t, c, sqlite3_column_int64(c->places, 1));
    if (rc == SQLITE_OK) rc = fct__load_chunk(t, c, sqlite3_column_int64(c->places, 0));
    if (rc == SQLITE_OK && c->component >= (int64_t)c->chunk->columns->components) rc = SQLITE_CORRUPT_VTAB;
    if (rc == SQLITE_OK) rc = fct__enter(t, c, c->component < 0 ? 0 : (uint32_t)c->component);
  }
  c->end = true;
  return t->base.zErrMsg ? rc : sql__pass(&t->base, t->db, rc);
}

static int fct__filter(sqlite3_vtab_cursor *cursor, int number, const char *name, int argc, sqlite3_value **argv) {
  fct_cursor *c = (fct_cursor *)cursor;
  fct_table *t = (fct_table *)cursor->pVtab;
  (void)name;
  sqlite3_finalize(c->places);
  c->places = NULL;
  c->end = false;
  fct__forget_chunk(c);
  int rc = sqlite3_prepare_v2(t->db, fct__places[number], -1, &c->places, NULL);
  if (rc != SQLITE_OK) return sql__pass(&t->base, t->db, rc);
  for (int i = 0; i < argc; i++) sqlite3_bind_value(c->places, i + 1, argv[i]);
  return fct__next(cursor);
}

static int fct__eof(sqlite3_vtab_cursor *cursor) { return ((fct_cursor *)cursor)->end; }

/* --- columns ---------------------------------------------------------------------------------------------------------------------------- */
static void fct__list(sqlite3_context *x, const ans_program *p, uint32_t enumeration, int64_t set) {
  const ans_enum *e = &p->enums[enumeration];
  ans_buffer b;
  ans_buffer_init(&b, 1 << 20);
  for (uint32_t i = 0; i < e->value_count; i++)
    if (set >> i & 1) {
      if (b.len) ans_buffer_char(&b, ';');
      ans_buffer_text(&b, p->enum_values[e->first_value + i]);
    }
  sqlite3_result_text(x, b.data ? b.data : "", -1, SQLITE_TRANSIENT);
  ans_buffer_dispose(&b);
}

static void fct__value(sqlite3_context *x, const fct_cursor *c, ans_type t, int64_t v) {
  const ans_program *p = c->program;
  const ans_columns *columns = c->chunk->columns;
  char text[ANS_NUMBER_TEXT];
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: sqlite3_result_text(x, v ? "true" : "false", -1, SQLITE_STATIC); return;
    case ANS_T_INT: sqlite3_result_int64(x, v); return;
    case ANS_T_DECIMAL:
    case ANS_T_MONEY:
    case ANS_T_DATE:
    case ANS_T_MONTH: sqlite3_result_text(x, ans_number_format(t, v, false, text), -1, SQLITE_TRANSIENT); return;
    case ANS_T_ENUM: sqlite3_result_text(x, p->enum_values[p->enums[t.ref].first_value + (uint32_t)v], -1, SQLITE_TRANSIENT); return;
    case ANS_T_REF: sqlite3_result_text(x, columns->units[t.ref].ids[v], -1, SQLITE_TRANSIENT); return;
    case ANS_T_TEXT: sqlite3_result_text(x, columns->texts[v].text, -1, SQLITE_TRANSIENT); return;
    case ANS_T_LIST: fct__list(x, p, t.ref, v); return;
  }
}

static void fct__day(sqlite3_context *x, int32_t day, int32_t open) {
  char text[11];
  if (day == open) return; /* NULL */
  ans_date_format_iso(day, text);
  sqlite3_result_text(x, text, -1, SQLITE_TRANSIENT);
}

/* The cell: state, value, days. */
static void fct__cell(const fct_cursor *c, sqlite3_context *x, int column) {
  static const char *const states[] = {"value", "not applicable", "unknown", "human"};
  const ans_fact *f = &c->program->facts[c->fact];
  const ans_columns *columns = c->chunk->columns;
  ans_interval cell = {ANS_OPEN_PAST, ANS_OPEN_FUTURE, 0, 0};
  if (f->kind == ANS_FACT_TIMELINE) {
    cell = columns->timelines[c->fact].items[columns->timelines[c->fact].offsets[c->row] + c->interval];
  } else {
    ans_scalar v = ans_columns_get(columns, c->fact, c->row);
    cell.value = v.v;
    cell.state = v.state;
  }
  if (column == FCT_STATE) sqlite3_result_text(x, states[cell.state], -1, SQLITE_STATIC);
  else if (column == FCT_FROM) fct__day(x, cell.from, ANS_OPEN_PAST);
  else if (column == FCT_TO) fct__day(x, cell.to, ANS_OPEN_FUTURE);
  else if (cell.state == ANS_VALUE) fct__value(x, c, f->type, cell.value);
}

static int fct__column(sqlite3_vtab_cursor *cursor, sqlite3_context *x, int column) {
  const fct_cursor *c = (const fct_cursor *)cursor;
  switch (column) {
  case FCT_UNIT: sqlite3_result_text(x, c->program->units[c->unit].name, -1, SQLITE_TRANSIENT); break;
  case FCT_ROW: sqlite3_result_text(x, c->chunk->columns->units[c->unit].ids[c->row], -1, SQLITE_TRANSIENT); break;
  case FCT_FACT: sqlite3_result_text(x, c->program->facts[c->fact].name, -1, SQLITE_TRANSIENT); break;
  case FCT_CHANGED: sqlite3_result_int(x, c->changed); break;
  case FCT_SUBJECT: sqlite3_result_int64(x, c->chunk->subjects[c->unit][c->row]); break;
  case FCT_PACKAGE: sqlite3_result_text(x, c->program->name, -1, SQLITE_TRANSIENT); break;
  case FCT_CHUNK: sqlite3_result_int64(x, c->chunk_id); break;
  default: fct__cell(c, x, column);
  }
  return SQLITE_OK;
}

static int fct__rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id) {
  *id = ((const fct_cursor *)cursor)->number;
  return SQLITE_OK;
}

int sql__register_facts(sqlite3 *db, const ans_chunk_key *key) {
  static const sqlite3_module module = {.iVersion = 0, .xConnect = fct__connect, .xBestIndex = fct__best_index, .xDisconnect = fct__disconnect, .xDestroy = fct__disconnect, .xOpen = fct__open, .xClose = fct__close,
                                        .xFilter = fct__filter, .xNext = fct__next, .xEof = fct__eof, .xColumn = fct__column, .xRowid = fct__rowid};
  ans_chunk_key *copy = NULL;
  if (key) {
    copy = sqlite3_malloc(sizeof *copy);
    if (!copy) return SQLITE_NOMEM;
    *copy = *key;
  }
  return sqlite3_create_module_v2(db, "anspruch_facts", &module, copy, sqlite3_free);
}
