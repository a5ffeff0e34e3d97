/* JSON Schema (draft 2020-12) of the case document of one package: names, types, German labels. What a schema cannot say (ids exist,
 * intervals are disjoint, parents acyclic) the reader checks. */
#include <stdlib.h>
#include "base/buffer.h"
#include "base/error.h"
#include "columns/case.h"
#include "text/text.h"

static void schema__enum(ans_buffer *b, const ans_program *p, uint32_t enumeration) {
  ans_buffer_text(b, "{\"enum\":[");
  for (uint32_t i = 0; i < p->enums[enumeration].value_count; i++) {
    if (i) ans_buffer_char(b, ',');
    ans_buffer_json(b, p->enum_values[p->enums[enumeration].first_value + i]);
  }
  ans_buffer_text(b, "]}");
}

/* Bounds in the words of JSON Schema where it has them, that is for integers; for numbers and days in texts in words of our own, which validators pass over. */
static void schema__bounds(ans_buffer *b, const ans_fact *f) {
  if (!f) return;
  const bool integer = f->type.tag == ANS_T_INT;
  const char *const names[2][2] = {{"x-minimum", "x-maximum"}, {"minimum", "maximum"}};
  for (int end = 0; end < 2; end++) {
    char text[ANS_NUMBER_TEXT];
    if (!(f->bounds & (end ? ANS_FACT_GREATEST : ANS_FACT_LEAST))) continue;
    ans_buffer_printf(b, ",\"%s\":%s", names[integer][end], integer ? "" : "\"");
    ans_buffer_text(b, ans_number_format(f->type, end ? f->high : f->low, false, text));
    if (!integer) ans_buffer_char(b, '"');
  }
}

/* f: the fact whose bounds hold, or NULL. */
static void schema__type(ans_buffer *b, const ans_program *p, ans_type t, const ans_fact *f) {
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: ans_buffer_text(b, "{\"type\":\"boolean\"}"); return;
    case ANS_T_INT: ans_buffer_text(b, "{\"type\":\"integer\""); break;
    case ANS_T_DECIMAL:
    case ANS_T_MONEY:
      ans_buffer_text(b, "{\"type\":\"string\",\"pattern\":\"^");
      if (!f || !(f->bounds & ANS_FACT_LEAST) || f->low < 0) ans_buffer_text(b, "-?");
      if (t.scale) ans_buffer_printf(b, "[0-9]+(\\\\.[0-9]{1,%u})?$\"", t.scale);
      else ans_buffer_text(b, "[0-9]+$\"");
      break;
    case ANS_T_DATE: ans_buffer_text(b, "{\"type\":\"string\",\"format\":\"date\""); break;
    case ANS_T_MONTH: ans_buffer_text(b, "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-(0[1-9]|1[0-2])$\""); break;
    case ANS_T_ENUM: schema__enum(b, p, t.ref); return;
    case ANS_T_REF:
      ans_buffer_text(b, "{\"$ref\":\"#/$defs/id\",\"description\":");
      ans_buffer_json(b, p->units[t.ref].name);
      ans_buffer_char(b, '}');
      return;
    case ANS_T_TEXT: ans_buffer_printf(b, "{\"type\":\"string\",\"maxLength\":%d}", ANS_TEXT_MAX_BYTES); return;
    case ANS_T_LIST:
      ans_buffer_text(b, "{\"type\":\"array\",\"uniqueItems\":true,\"items\":");
      schema__enum(b, p, t.ref);
      ans_buffer_char(b, '}');
      return;
  }
  schema__bounds(b, f);
  ans_buffer_char(b, '}');
}

/* A value of the type, within the bounds of the fact (NULL: of a result), or one of the states. */
static void schema__cell(ans_buffer *b, const ans_program *p, ans_type t, const ans_fact *f) {
  ans_buffer_text(b, "{\"anyOf\":[");
  schema__type(b, p, t, f);
  ans_buffer_text(b, ",{\"$ref\":\"#/$defs/state\"}]}");
}

static void schema__fact(ans_buffer *b, const ans_program *p, const ans_fact *f) {
  ans_buffer_json(b, f->name);
  ans_buffer_text(b, ":{\"description\":");
  ans_buffer_json(b, f->label);
  ans_buffer_char(b, ',');
  if (f->kind == ANS_FACT_TIMELINE) {
    ans_buffer_text(b, "\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"value\"],\"additionalProperties\":false,\"properties\":{"
                       "\"from\":{\"type\":\"string\",\"format\":\"date\"},\"to\":{\"type\":\"string\",\"format\":\"date\"},\"value\":");
    schema__cell(b, p, f->type, f);
    ans_buffer_text(b, "}}");
  } else {
    ans_buffer_text(b, "\"anyOf\":[");
    schema__type(b, p, f->type, f);
    ans_buffer_text(b, ",{\"$ref\":\"#/$defs/state\"}]");
  }
  ans_buffer_char(b, '}');
}

static void schema__unit(ans_buffer *b, const ans_program *p, uint32_t unit) {
  ans_buffer_json(b, p->units[unit].name);
  ans_buffer_text(b, ":{\"description\":");
  ans_buffer_json(b, p->units[unit].label);
  ans_buffer_text(b, ",\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\"],\"additionalProperties\":false,\"properties\":{"
                     "\"id\":{\"$ref\":\"#/$defs/id\"}");
  for (uint32_t f = 0; f < p->fact_count; f++) {
    if (p->facts[f].unit != unit) continue;
    ans_buffer_char(b, ',');
    schema__fact(b, p, &p->facts[f]);
  }
  ans_buffer_text(b, "}}}");
}

static void schema__overrides(ans_buffer *b, const ans_program *p) {
  ans_buffer_text(b, "\"overrides\":{\"type\":\"array\",\"items\":{\"anyOf\":[");
  const char *before = "";
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    if (p->units[r->unit].parent != ANS_NONE) continue;
    ans_buffer_text(b, before);
    before = ",";
    ans_buffer_text(b, "{\"type\":\"object\",\"required\":[\"unit\",\"id\",\"result\",\"value\"],\"additionalProperties\":false,\"properties\":{\"unit\":{\"const\":");
    ans_buffer_json(b, p->units[r->unit].name);
    ans_buffer_text(b, "},\"id\":{\"$ref\":\"#/$defs/id\"},\"result\":{\"const\":");
    ans_buffer_json(b, r->name);
    ans_buffer_text(b, "},\"value\":");
    schema__cell(b, p, r->type, NULL);
    ans_buffer_text(b, "}}");
  }
  if (!*before) ans_buffer_text(b, "false"); /* a package without results */
  ans_buffer_text(b, "]}}");
}

ans_status ans_case_schema(const ans_program *p, char **json, ans_error *err) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  ans_buffer_text(&b, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":");
  ans_buffer_json(&b, p->title);
  ans_buffer_text(&b, ",\"description\":");
  ans_buffer_json(&b, p->name);
  ans_buffer_text(&b, ",\"type\":\"object\",\"required\":[\"format\",\"units\"],\"additionalProperties\":false,\"properties\":{\"format\":{\"const\":\"" CASE_FORMAT
                      "\"},\"comment\":{},\"units\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
  const char *before = "";
  for (uint32_t u = 1; u < p->unit_count; u++) {
    if (p->units[u].parent != ANS_NONE) continue;
    ans_buffer_text(&b, before);
    before = ",";
    schema__unit(&b, p, u);
  }
  ans_buffer_text(&b, "}},");
  schema__overrides(&b, p);
  ans_buffer_text(&b, "},\"$defs\":{\"id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},\"state\":{\"anyOf\":[{\"type\":\"null\"},"
                      "{\"type\":\"object\",\"required\":[\"unknown\"],\"additionalProperties\":false,\"properties\":{\"unknown\":{\"type\":\"string\"}}},"
                      "{\"type\":\"object\",\"required\":[\"human\"],\"additionalProperties\":false,\"properties\":{\"human\":{\"type\":\"string\"}}}]}}}");
  *json = ans_buffer_take(&b, NULL);
  ans_buffer_dispose(&b);
  return *json ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->name, "schema", NULL);
}
