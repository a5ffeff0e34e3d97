/* Rows that a birth makes (docs/exchange.md, "Rows of a birth"): which row of which unit an authority keeps about a parent and a child just born is its own matter,
 * so the configuration says it. Without such rows nobody's claim would be found before somebody asks for it.
 *
 * A row is made once, with references to the two persons or to other rows of the birth and nothing else; all facts about it stay unknown until somebody says them. A row that is there already
 * is left as it is. Rejected: deriving the rows from the package: which of several references is the parent's, no declaration says.
 * Thread rule: the store handle's thread. */
#include "exchange/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIRTH_ROWS_MAX = 32, BIRTH_REFERENCES_MAX = 8, BIRTH_TEXT_MAX = 64 };

static const char *const birth__who[] = {"parent", "child"};

/* "parent", "child" or {"text": "…"}. */
static ans_status birth__part(json_t *o, exchange__birth_part *out, ans_error *err) {
  const char *s = json_string_value(o);
  if (s && strcmp(s, birth__who[0]) == 0) out->who = BIRTH_PARENT;
  else if (s && strcmp(s, birth__who[1]) == 0) out->who = BIRTH_CHILD;
  else {
    static const char *const allowed[] = {"text", NULL};
    if (!json_is_object(o)) return config__bad("birth_rows.key", "\"parent\", \"child\", {\"text\": …}", err);
    ans_status status = config__fields(o, allowed, "birth_rows.key", err);
    if (status == ANS_OK) status = config__text(o, "text", true, &out->text, err);
    if (status != ANS_OK) return status;
    out->who = BIRTH_TEXT;
    for (const char *c = out->text; *c; c++)
      if (*c <= 0x20 || *c >= 0x7f || *c == '/' || strlen(out->text) > BIRTH_TEXT_MAX) return config__bad("birth_rows.key", "text: 1 … 64, ASCII, ohne / – without /", err);
  }
  return ANS_OK;
}

/* A list of parts. */
static ans_status birth__key(json_t *list, const char *field, exchange__birth_key *key, ans_error *err) {
  ans_status status = ANS_OK;
  if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > EXCHANGE_BIRTH_PARTS) return config__bad(field, "1 … 4", err);
  for (size_t i = 0; i < json_array_size(list) && status == ANS_OK; i++) status = birth__part(json_array_get(list, i), &key->parts[key->count++], err);
  return status;
}

static ans_status birth__references(json_t *o, exchange__birth_row *row, ans_error *err) {
  size_t n = json_object_size(o);
  ans_status status = ANS_OK;
  if (!json_is_object(o) || n == 0 || n > BIRTH_REFERENCES_MAX) return config__bad("birth_rows.references", "1 … 8", err);
  row->references = calloc(n + 1, sizeof *row->references);
  if (!row->references) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  for (void *it = json_object_iter(o); it && status == ANS_OK; it = json_object_iter_next(o, it)) {
    exchange__birth_reference *r = &row->references[row->reference_count++];
    json_t *to = json_object_iter_value(it);
    r->name = strdup(json_object_iter_key(it));
    if (!r->name) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
    r->person = !json_is_array(to);
    if (r->person) {
      status = json_is_string(to) ? birth__part(to, &r->target.parts[r->target.count++], err) : config__bad("birth_rows.references", "parent, child, [\"parent\", …]", err);
    } else {
      status = birth__key(to, "birth_rows.references", &r->target, err);
    }
  }
  return status;
}

static ans_status birth__row(json_t *o, exchange__birth_row *row, ans_error *err) {
  static const char *const allowed[] = {"unit", "key", "references", NULL};
  ans_status status = config__fields(o, allowed, "birth_rows", err);
  bool parent = false, child = false;
  if (status == ANS_OK) status = config__text(o, "unit", true, &row->unit, err);
  if (status != ANS_OK) return status;
  if (strcmp(row->unit, ANS_UNIT_PAIR) == 0 || strcmp(row->unit, ANS_UNIT_PERSON) == 0) return config__bad("birth_rows.unit", "Kindschaft, Person: entstehen von selbst / are made anyway", err);
  status = birth__key(json_object_get(o, "key"), "birth_rows.key", &row->key, err);
  for (unsigned i = 0; i < row->key.count; i++) {
    parent = parent || row->key.parts[i].who == BIRTH_PARENT;
    child = child || row->key.parts[i].who == BIRTH_CHILD;
  }
  /* Else two births would be one row. */
  if (status == ANS_OK && (!parent || !child)) status = config__bad("birth_rows.key", "parent und/and child", err);
  return status == ANS_OK ? birth__references(json_object_get(o, "references"), row, err) : status;
}

ans_status config__birth_rows(json_t *list, ans_xroad_config *c, ans_error *err) {
  size_t n = json_array_size(list);
  if (!list) return ANS_OK;
  if (!json_is_array(list) || n == 0 || n > BIRTH_ROWS_MAX) return config__bad("birth_rows", "1 … 32", err);
  c->birth_rows = calloc(n, sizeof *c->birth_rows);
  if (!c->birth_rows) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  ans_status status = ANS_OK;
  for (size_t i = 0; i < n && status == ANS_OK; i++) status = birth__row(json_array_get(list, i), &c->birth_rows[c->birth_row_count++], err);
  return status;
}

static void birth__forget(exchange__birth_key *key) {
  for (unsigned k = 0; k < key->count; k++) free(key->parts[k].text);
}

void exchange__birth_rows_free(exchange__birth_row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    birth__forget(&rows[i].key);
    for (size_t k = 0; k < rows[i].reference_count; k++) {
      birth__forget(&rows[i].references[k].target);
      free(rows[i].references[k].name);
    }
    free(rows[i].references);
    free(rows[i].unit);
  }
  free(rows);
}

ans_status exchange__birth_rows_bind(const ans_xroad_config *c, const ans_program *p, ans_error *err) {
  for (size_t i = 0; i < c->birth_row_count; i++) {
    const exchange__birth_row *row = &c->birth_rows[i];
    uint32_t unit = ans_program_find_unit(p, row->unit);
    if (unit == ANS_NONE || p->units[unit].parent != ANS_NONE) return config__bad("birth_rows.unit", row->unit, err);
    for (size_t k = 0; k < row->reference_count; k++) {
      uint32_t f = ans_program_find_fact(p, unit, row->references[k].name);
      if (f == ANS_NONE || p->facts[f].type.tag != ANS_T_REF || (strcmp(p->units[p->facts[f].type.ref].name, ANS_UNIT_PERSON) == 0) != row->references[k].person) return config__bad("birth_rows.references", row->references[k].name, err);
    }
  }
  return ANS_OK;
}

static ans_status birth__join(const exchange__birth_key *key, const char *const who[2], char out[256], ans_error *err) {
  size_t used = 0;
  for (unsigned i = 0; i < key->count; i++) {
    const exchange__birth_part *part = &key->parts[i];
    used += (size_t)snprintf(out + used, 256 - used, "%s%s", i ? "/" : "", part->who == BIRTH_TEXT ? part->text : who[part->who]);
    if (used >= 256) return config__bad("birth_rows.key", "> 255", err);
  }
  return ANS_OK;
}

/* One row of a parent and a child; nothing if it is there. */
static ans_status birth__make(ans_store *s, const ans_program *p, const exchange__birth_row *row, const char *const who[2], const char *source, int64_t now, ans_error *err) {
  char key[256], target[256];
  int64_t id = 0;
  const uint32_t unit = ans_program_find_unit(p, row->unit);
  ans_status status = birth__join(&row->key, who, key, err);
  if (status == ANS_OK) status = ans_store_subject(s, row->unit, key, false, &id, err);
  if (status != ANS_OK || id) return status;
  status = ans_store_subject(s, row->unit, key, true, &id, err);
  for (size_t k = 0; k < row->reference_count && status == ANS_OK; k++) {
    const exchange__birth_reference *r = &row->references[k];
    ans_assertion a = {.subject = id, .fact = r->name, .source = source, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .recorded_at = now};
    status = birth__join(&r->target, who, target, err);
    if (status == ANS_OK) status = ans_store_subject(s, p->units[p->facts[ans_program_find_fact(p, unit, r->name)].type.ref].name, target, true, &a.number, err);
    if (status == ANS_OK) status = ans_store_put_assertion(s, &a, NULL, err);
  }
  return status;
}

ans_status exchange__birth_rows_make(ans_store *s, const ans_program *p, const ans_xroad_config *c, const char *parent, const char *child, const char *source, int64_t now, ans_error *err) {
  const char *const who[2] = {parent, child};
  ans_status status = ANS_OK;
  for (size_t i = 0; p && c && i < c->birth_row_count && status == ANS_OK; i++) status = birth__make(s, p, &c->birth_rows[i], who, source, now, err);
  return status;
}
