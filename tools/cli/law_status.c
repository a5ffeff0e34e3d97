/* Command law status: the table "paragraph × status" of a package against statutes, as text, JSON or CSV. --no-open makes it a gate. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "laws.h"

enum { SHOWN_USES = 3 };

static const char *use_key(const ans_law_use *u) {
  static const char *const keys[] = {"mentioned", "tested", "coded", "human", "not_modelled", "range_end"};
  return keys[u->role];
}

/* Levels above the unit, for indentation. */
static int depth_of(const ans_law *law, uint32_t unit) {
  int depth = 0;
  for (uint32_t u = law->units[unit].parent; u != ANS_NONE; u = law->units[u].parent) depth++;
  return depth;
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* --- text ------------------------------------------------------------------------------------------------------------------------- */

static void print_uses(const ans_law_status *s, const ans_law_unit_status *x) {
  uint32_t shown = 0, deciding = 0;
  for (uint32_t i = 0; i < x->use_count; i++) {
    const ans_law_use *u = s->uses[x->first_use + i];
    if (u->role < ANS_LAW_CODED || deciding++ >= SHOWN_USES) continue;
    printf("%s%s (%s:%u)", shown++ ? ", " : "  ", u->what, file_name(u->file), u->line);
  }
  if (deciding > shown) printf(", … +%u", deciding - shown);
}

static void print_unit(const cli_args *a, const ans_law_status *s, uint32_t unit) {
  const ans_law_unit *u = &s->law->units[unit];
  const ans_law_unit_status *x = &s->units[unit];
  char name[160], basis[ANS_CITE_TEXT];
  int indent = 2 * depth_of(s->law, unit);
  if (!indent) printf("%s %s %s%s%s\n", s->law->name, ans_law_keyword(u->level), u->number, *u->title ? " – " : "", u->title);
  snprintf(name, sizeof name, "%s %s", ans_law_keyword(u->level), u->number);
  int width = 0;
  for (const char *c = name; *c; c++) width += ((unsigned char)*c & 0xC0) != 0x80;
  printf("  %*s%s%*s %s", indent, "", name, width + indent < 30 ? 30 - width - indent : 1, "", ans_law_state_name(x->state, a->lang));
  if (x->partly) fputs(cli_say(a, " (teilweise geklärt)", " (partly settled)"), stdout);
  for (int k = ANS_LAW_S_CODED; k < ANS_LAW_S_OPEN; k++) /* besides the state itself */
    if (x->leaf && (int)x->state < k && (x->said & (1u << k))) printf(", %s %s", cli_say(a, "auch", "also"), ans_law_state_name((ans_law_state)k, a->lang));
  if (x->leaf && x->basis != ANS_NONE && x->basis != unit && x->state < ANS_LAW_S_OPEN) printf(" %s %s", cli_say(a, "durch", "by"), ans_law_cite_unit(s->law, x->basis, basis));
  print_uses(s, x);
  putchar('\n');
}

static void print_text(const cli_args *a, const ans_law_status *s) {
  for (uint32_t i = 0; i < s->law->unit_count; i++)
    if (ans_law_status_shown(s, i)) print_unit(a, s, i);
  printf("%s: %u %s, %u %s:", s->law->name, s->sections, cli_say(a, "Paragrafen, Artikel und Anlagen", "sections, articles and annexes"), s->leaves, cli_say(a, "kleinste Einheiten", "smallest units"));
  for (int k = 0; k < ANS_LAW_S_COUNT; k++) printf("%s %u %s", k ? "," : "", s->count[k], ans_law_state_name((ans_law_state)k, a->lang));
  putchar('\n');
}

/* --- JSON and CSV ----------------------------------------------------------------------------------------------------------------- */

static json_t *json_said(uint8_t said) {
  json_t *list = json_array();
  for (int k = 0; k < ANS_LAW_S_OPEN; k++)
    if (said & (1u << k)) json_array_append_new(list, json_string(ans_law_state_key((ans_law_state)k)));
  return list;
}

static json_t *json_law(const ans_law_status *s) {
  json_t *units = json_array(), *count = json_object();
  char text[ANS_CITE_TEXT];
  for (uint32_t i = 0; i < s->law->unit_count; i++) {
    const ans_law_unit_status *x = &s->units[i];
    if (!ans_law_status_shown(s, i)) continue;
    json_t *uses = json_array();
    for (uint32_t k = 0; k < x->use_count; k++) {
      const ans_law_use *u = s->uses[x->first_use + k];
      json_array_append_new(uses, json_pack("{s:s,s:s,s:i,s:s,s:b}", "role", use_key(u), "file", file_name(u->file), "line", (int)u->line, "what", u->what, "whole", u->whole));
    }
    json_t *o = json_pack("{s:s,s:s,s:b,s:b,s:o,s:o}", "citation", ans_law_cite_unit(s->law, i, text), "status", ans_law_state_key(x->state), "leaf", x->leaf, "partly", x->partly, "said",
                          json_said(x->said), "uses", uses);
    json_object_set_new(o, "by", x->basis == ANS_NONE ? json_null() : json_string(ans_law_cite_unit(s->law, x->basis, text)));
    json_array_append_new(units, o);
  }
  for (int k = 0; k < ANS_LAW_S_COUNT; k++) json_object_set_new(count, ans_law_state_key((ans_law_state)k), json_integer(s->count[k]));
  return json_pack("{s:s,s:i,s:i,s:o,s:o}", "law", s->law->name, "sections", (int)s->sections, "leaves", (int)s->leaves, "count", count, "units", units);
}

static void csv_cell(const char *s, const char *end) {
  if (!strpbrk(s, ";\"\n\r")) {
    printf("%s%s", s, end);
    return;
  }
  putchar('"');
  for (; *s; s++) {
    if (*s == '"') putchar('"');
    putchar(*s);
  }
  printf("\"%s", end);
}

static void print_csv(const cli_args *a, const ans_law_status *s) {
  char text[ANS_CITE_TEXT], where[64];
  for (uint32_t i = 0; i < s->law->unit_count; i++) {
    const ans_law_unit_status *x = &s->units[i];
    if (!ans_law_status_shown(s, i)) continue;
    csv_cell(s->law->name, ";");
    csv_cell(ans_law_cite_unit(s->law, i, text), ";");
    csv_cell(ans_law_state_name(x->state, a->lang), ";");
    csv_cell(x->leaf ? "1" : "0", ";");
    csv_cell(x->partly ? "1" : "0", ";");
    csv_cell(x->basis == ANS_NONE ? "" : ans_law_cite_unit(s->law, x->basis, text), ";");
    ans_buffer b;
    ans_buffer_init(&b, 0);
    for (uint32_t k = 0; k < x->use_count; k++) {
      const ans_law_use *u = s->uses[x->first_use + k];
      snprintf(where, sizeof where, ":%u", u->line);
      ans_buffer_printf(&b, "%s%s %s%s", b.len ? " | " : "", u->what, file_name(u->file), where);
    }
    csv_cell(b.data ? b.data : "", "\n");
    ans_buffer_dispose(&b);
  }
}

/* --- the command ------------------------------------------------------------------------------------------------------------------ */

static void print_all(const cli_args *a, const ans_law_status *s, size_t n) {
  json_t *list = a->value[OPT_JSON] ? json_array() : NULL;
  if (!list && a->value[OPT_CSV]) puts(cli_say(a, "Gesetz;Fundstelle;Stand;kleinste Einheit;teilweise;durch;Stellen", "law;citation;status;leaf;partly;by;places"));
  for (size_t i = 0; i < n; i++) {
    if (list) json_array_append_new(list, json_law(&s[i]));
    else if (a->value[OPT_CSV]) print_csv(a, &s[i]);
    else print_text(a, &s[i]);
  }
  if (!list) return;
  json_t *o = json_pack("{s:s,s:o}", "format", "anspruch-law-status/1", "laws", list);
  char *text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
  if (text) puts(text);
  free(text);
  json_decref(o);
}

int cli_law_status(const cli_args *a) {
  ans_error err = {0};
  cli_package p = {0};
  cli_laws laws = {.count = 0};
  ans_law_uses *uses = NULL;
  ans_law_status status[CLI_REPEAT_MAX] = {0};
  size_t made = 0;
  uint32_t open = 0, shown = 0;
  if (a->positional_count < 3) return cli_fail(a, ans_error_set(&err, ANS_USAGE, "E-LAW-ARGUMENTS", NULL, "status", "PAKET GESETZ.gesetz…", NULL), &err);
  ans_status st = cli_package_open(a, a->positional[1], &p, &err);
  if (st == ANS_OK && !p.from_text) st = ans_error_set(&err, ANS_USAGE, "E-LAW-STATUS-TEXT", a->positional[1], NULL);
  if (st == ANS_OK) st = cli_laws_open(&laws, (const char *const *)a->positional + 2, (size_t)a->positional_count - 2, &err);
  if (st == ANS_OK) st = cli_laws_uses(&p, &uses, &err);
  while (st == ANS_OK && made < laws.count) {
    st = ans_law_status_make(uses, laws.laws[made], a->value[OPT_WHOLE] != NULL, &status[made], &err);
    if (st != ANS_OK) break;
    open += status[made].count[ANS_LAW_S_OPEN];
    shown += status[made].sections;
    made++;
  }
  if (st == ANS_OK && !shown) st = ans_error_set(&err, ANS_NEGATIVE, "E-LAW-NONE", NULL, NULL);
  if (st == ANS_OK) print_all(a, status, made);
  for (size_t i = 0; i < made; i++) ans_law_status_dispose(&status[i]);
  ans_law_uses_free(uses);
  cli_laws_close(&laws);
  cli_package_free(&p);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  return a->value[OPT_NO_OPEN] && open ? ANS_NEGATIVE : ANS_OK;
}
