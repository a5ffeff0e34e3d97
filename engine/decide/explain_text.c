/* Owns: the explanation as indented German text for terminals and case notes, from the JSON tree (one source, two views). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "decide/decide.h"
#include "num/period.h"

typedef struct sink { FILE *out; bool color, all; } sink;

static const char *get(const json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}
static bool is(const json_t *o, const char *key, const char *value) { return !strcmp(get(o, key), value); }

static void paint(sink *k, const char *code, const char *text) {
  if (k->color) fprintf(k->out, "\033[%sm%s\033[0m", code, text);
  else fputs(text, k->out);
}

static const char *state_color(const json_t *o) {
  if (is(o, "state", "value")) return is(o, "value", "nein") ? "31" : "32";
  return is(o, "state", "error") || is(o, "state", "conflict") ? "35" : "33";
}

static void print_day(sink *k, const char *before, const char *iso) {
  if (strlen(iso) == 10) fprintf(k->out, "%s%.2s.%.2s.%.4s", before, iso + 8, iso + 5, iso);
}

static void print_fact(sink *k, const json_t *o) {
  fprintf(k->out, "%s.%s", get(o, "row"), get(o, "name"));
  print_day(k, " am ", get(o, "day"));
  fputs(" = ", k->out);
  paint(k, state_color(o), get(o, "value"));
  if (*get(o, "source")) {
    fputs("  ← ", k->out);
    paint(k, "2", get(o, "source"));
  }
}

/* A rule as a checklist line: mark, provision, what it says about this case. */
static void print_rule(sink *k, const json_t *o) {
  bool value = is(o, "state", "value"), truth = is(o, "value", "ja") || is(o, "value", "nein");
  paint(k, state_color(o), !value ? "? " : !truth ? "= " : is(o, "value", "ja") ? "✓ " : "✗ ");
  if (*get(o, "provision")) {
    paint(k, "1", get(o, "provision"));
    fputs(is(o, "kind", "exception") ? " (Ausnahme): " : ": ", k->out);
  }
  fputs(*get(o, "reason") ? get(o, "reason") : !value ? "ungeklärt" : is(o, "value", "nein") ? "nicht erfüllt" : "erfüllt", k->out);
  if (!value || !truth) {
    fputs(" – ", k->out);
    paint(k, state_color(o), get(o, "value"));
  }
}

static void print_step(sink *k, const json_t *o) {
  if (is(o, "kind", "parameter")) {
    paint(k, "1", get(o, "provision"));
    fprintf(k->out, " %s", get(o, "name"));
    print_day(k, " seit ", get(o, "valid_from"));
  } else if (is(o, "kind", "result")) {
    fprintf(k->out, "%s [%s]", *get(o, "label") ? get(o, "label") : get(o, "name"), get(o, "row"));
  } else {
    fputs(get(o, "text"), k->out);
  }
  fputs(": ", k->out);
  paint(k, state_color(o), get(o, "value"));
}

static void print_head(sink *k, const json_t *o) {
  if (is(o, "kind", "fact")) print_fact(k, o);
  else if (is(o, "kind", "rule") || is(o, "kind", "exception")) print_rule(k, o);
  else print_step(k, o);
  print_day(k, " (", get(o, "from"));
  print_day(k, " bis ", get(o, "to"));
  if (*get(o, "from")) fputc(')', k->out);
  if (json_is_true(json_object_get(o, "given"))) fputs("  (als Tatsache vorgegeben)", k->out);
  if (json_is_false(json_object_get(o, "source_checked"))) fputs("  (Quelle ungeprüft)", k->out);
  if (json_is_false(json_object_get(o, "used"))) fputs("  (geprüft, nicht entscheidend)", k->out);
  if (json_object_get(o, "see")) fprintf(k->out, "  (siehe oben)");
}

/* The short view leaves out what a reader does not need: which row a reference names, and how a rule failed where another rule carried the result. --all shows everything. */
static bool shown(const sink *k, const json_t *node) { return k->all || !json_is_true(json_object_get(node, "reference")) || !is(node, "state", "value"); }
static bool opened(const sink *k, const json_t *node, bool carried) {
  bool rule = is(node, "kind", "rule") || is(node, "kind", "exception");
  return k->all || !(carried && rule && is(node, "state", "value") && is(node, "value", "nein"));
}

/* --- reasons: the sentences of the law that carried the result ----------------------------------------------------------------- */
enum { REASONS_MAX = 64 };
typedef struct reasons { const json_t *items[REASONS_MAX]; size_t count; bool more; } reasons;

static void add_reason(reasons *r, const json_t *node) {
  if (json_is_true(json_object_get(node, "auxiliary"))) return; /* rule text instead of a reason: in the tree only */
  for (size_t i = 0; i < r->count; i++)
    if (!strcmp(get(r->items[i], "provision"), get(node, "provision")) && !strcmp(get(r->items[i], "reason"), get(node, "reason"))) return;
  if (r->count < REASONS_MAX) r->items[r->count++] = node;
  else r->more = true;
}

/* carry: 'j' holds, 'n' fails, 'o' open. Down a tree that holds, the rules that hold; down one that fails, the rules that fail and the exceptions that took them away; down an open one, what is open. */
static char carries(const json_t *node) { return !is(node, "state", "value") ? 'o' : is(node, "value", "nein") ? 'n' : 'j'; }

static void collect_reasons(reasons *r, const json_t *node, char carry, unsigned depth) {
  char own = carries(node);
  bool exception = is(node, "kind", "exception"), rule = is(node, "kind", "rule");
  bool took_away = exception && ((carry == 'n' && own == 'j') || (carry == 'o' && own == 'o'));
  if (depth > 150) return;
  if ((rule && own == carry && *get(node, "reason")) || (took_away && *get(node, "reason"))) add_reason(r, node);
  if (exception && !took_away) return;
  if (rule && own != carry) return;
  json_t *children = json_object_get(node, "children");
  for (size_t i = 0; i < json_array_size(children); i++) {
    const json_t *child = json_array_get(children, i);
    bool branch = is(child, "kind", "rule") || is(child, "kind", "exception");
    if (branch || carries(child) == carry || took_away) collect_reasons(r, child, took_away && own == 'j' ? (branch ? 'j' : carries(child)) : carry, depth + 1);
  }
}

/* Parameters that the amount rests on. */
static void collect_parameters(reasons *r, const json_t *node, unsigned depth) {
  if (depth > 150) return;
  if (is(node, "kind", "parameter")) add_reason(r, node);
  json_t *children = json_object_get(node, "children");
  for (size_t i = 0; i < json_array_size(children); i++) collect_parameters(r, json_array_get(children, i), depth + 1);
}

static void print_reason(sink *k, const json_t *node) {
  fputs("  · ", k->out);
  if (is(node, "kind", "parameter")) {
    fprintf(k->out, "%s: %s", get(node, "name"), get(node, "value"));
    print_day(k, " seit ", get(node, "valid_from"));
    if (json_is_false(json_object_get(node, "source_checked"))) fputs(", Quelle ungeprüft", k->out);
  } else {
    fputs(get(node, "reason"), k->out);
  }
  if (*get(node, "provision")) {
    fputs(" (", k->out);
    paint(k, "1", get(node, "provision"));
    fputc(')', k->out);
  }
  fputc('\n', k->out);
}

static void print_reasons(sink *k, const json_t *root) {
  reasons r = {.count = 0};
  const json_t *tree = json_array_get(json_object_get(root, "tree"), 0), *amount = json_array_get(json_object_get(root, "tree"), 1);
  if (tree) collect_reasons(&r, tree, carries(tree), 0);
  if (tree && amount && carries(tree) == 'j') collect_parameters(&r, amount, 0);
  if (!r.count) return;
  fputs(carries(tree) == 'o' ? "Offen ist, ob dies zutrifft:\n" : "Gründe:\n", k->out);
  for (size_t i = 0; i < r.count; i++) print_reason(k, r.items[i]);
  if (r.more) fprintf(k->out, "  · … weitere stehen im Baum (hier höchstens %d)\n", REASONS_MAX);
  fputc('\n', k->out);
}

static void print_tree(sink *k, const json_t *node, char *prefix, size_t length, size_t size, bool last, bool carried) {
  fprintf(k->out, "%s%s", prefix, last ? "└─ " : "├─ ");
  print_head(k, node);
  fputc('\n', k->out);
  const char *add = last ? "   " : "│  ";
  if (length + strlen(add) + 1 >= size || !opened(k, node, carried)) return;
  strcpy(prefix + length, add);
  json_t *children = json_object_get(node, "children");
  size_t n = json_array_size(children), visible = 0;
  for (size_t i = 0; i < n; i++) visible += shown(k, json_array_get(children, i));
  bool holds = is(node, "state", "value") && !is(node, "value", "nein");
  for (size_t i = 0; i < n; i++)
    if (shown(k, json_array_get(children, i))) print_tree(k, json_array_get(children, i), prefix, length + strlen(add), size, --visible == 0, holds);
  prefix[length] = 0;
}

/* The period of the explanation; one written before there were other kinds names only its month. */
typedef struct shown_period { uint32_t kind; int32_t number; } shown_period;
static shown_period period_of(const json_t *root) {
  shown_period at = {0};
  const char *text = *get(root, "period") ? get(root, "period") : get(root, "month");
  return ans_period_parse(text, strlen(text), &at.kind, &at.number) ? at : (shown_period){0};
}

static void print_amount(sink *k, const json_t *root) {
  json_t *cents = json_object_get(root, "amount_cents");
  if (!cents || strcmp(get(root, "merits"), "entitled")) return;
  long long v = json_integer_value(cents);
  fprintf(k->out, ": %lld,%02lld € je %s", v / 100, v % 100, ans_period_kind_name(period_of(root).kind, false));
  json_t *payout = json_object_get(root, "payout_cents");
  if (payout && json_integer_value(payout) != v)
    fprintf(k->out, " (Auszahlung %lld,%02lld €)", (long long)json_integer_value(payout) / 100, (long long)json_integer_value(payout) % 100);
}

static const char *german(const char *json_name) {
#define X(n, j, d) if (!strcmp(json_name, j)) return d;
  ANS_MERITS_LIST(X) ANS_PROCEDURE_LIST(X)
#undef X
  return json_name;
}
static const char *german_reason(const char *json_name) {
#define X(n, j, d) if (!strcmp(json_name, j)) return d;
  ANS_REASON_LIST(X)
#undef X
  return json_name;
}
static const char *german_action(const char *json_name) {
#define X(n, j, d) if (!strcmp(json_name, j)) return d;
  ANS_ACTION_LIST(X)
#undef X
  return json_name;
}

/* What is missing, person by person. Cells that are not proven to matter are marked, and in the short view only the first of them are shown: the list is there to ask from. */
enum { UNPROVEN_SHOWN = 8 };

/* Parts of one timeline that differ in nothing but the day share a line. */
static bool another_day(const json_t *a, const json_t *b) {
  return b && *get(a, "day") && !strcmp(get(a, "fact"), get(b, "fact")) && !strcmp(get(a, "row"), get(b, "row")) && !strcmp(get(a, "unit"), get(b, "unit")) &&
         json_is_true(json_object_get(a, "proven")) == json_is_true(json_object_get(b, "proven")) &&
         json_is_true(json_object_get(a, "blocking")) == json_is_true(json_object_get(b, "blocking"));
}

/* Prints missing[i] and returns how many it covers. */
static size_t print_missing_cell(sink *k, const json_t *missing, size_t i, bool next) {
  const json_t *m = json_array_get(missing, i);
  size_t n = 1;
  fprintf(k->out, "    %s %s", next ? "→" : json_is_true(json_object_get(m, "proven")) ? "·" : "?", get(m, "fact"));
  print_day(k, " am ", get(m, "day"));
  for (; another_day(m, json_array_get(missing, i + n)); n++) print_day(k, ", ", get(json_array_get(missing, i + n), "day"));
  fprintf(k->out, "%s%s%s\n", *get(m, "label") ? " – " : "", get(m, "label"), json_is_true(json_object_get(m, "blocking")) ? "" : " (hält den Fall nicht offen)");
  return n;
}

static void print_missing(sink *k, const json_t *root) {
  const json_t *missing = json_object_get(root, "missing"), *ask = json_object_get(root, "ask_next");
  size_t n = json_array_size(missing), proven = 0, unproven = 0, left_out = 0;
  const char *unit = "", *row = "";
  if (!n) return;
  for (size_t i = 0; i < n; i++) proven += json_is_true(json_object_get(json_array_get(missing, i), "proven"));
  if (json_is_true(json_object_get(root, "missing_exact"))) fputs("Fehlende Angaben (genau diese sind erheblich):\n", k->out);
  else if (proven) fputs("Fehlende Angaben (höchstens diese sind erheblich; bei „?“ ist es nicht erwiesen):\n", k->out);
  else fputs("Fehlende Angaben (höchstens diese sind erheblich):\n", k->out);
  for (size_t i = 0, covered; i < n; i += covered) {
    const json_t *m = json_array_get(missing, i);
    covered = 1;
    bool next = ask && (size_t)json_integer_value(ask) == i;
    if (!next && !k->all && !json_is_true(json_object_get(m, "proven")) && ++unproven > UNPROVEN_SHOWN) {
      left_out++;
      continue;
    }
    if (strcmp(unit, get(m, "unit")) || strcmp(row, get(m, "row"))) {
      unit = get(m, "unit");
      row = get(m, "row");
      fprintf(k->out, "  %s %s\n", unit, row);
    }
    covered = print_missing_cell(k, missing, i, next);
  }
  if (left_out) fprintf(k->out, "  … und %zu weitere, deren Erheblichkeit nicht erwiesen ist (alle mit --all)\n", left_out);
  if (json_is_true(json_object_get(root, "missing_truncated"))) fputs("  … und weitere; die Liste ist zu lang\n", k->out);
}

static void print_summary(sink *k, const json_t *root) {
  const shown_period at = period_of(root);
  char when[ANS_PERIOD_TEXT];
  if (at.kind == ANS_PERIOD_MONTH) ans_period_format_de(at.kind, at.number, when);
  else ans_period_phrase(at.kind, at.number, false, when);
  fprintf(k->out, "%s · %s %s · %s\n", get(root, "benefit"), get(root, "unit"), get(root, "row"), when);
  if (*get(root, "law_known")) {
    print_day(k, "Recht, soweit verkündet bis ", get(root, "law_known"));
    fputc('\n', k->out);
  }
  if (*get(root, "facts_known")) {
    print_day(k, "Angaben nach dem Kenntnisstand vom ", get(root, "facts_known"));
    fputc('\n', k->out);
  }
  paint(k, "1", german(get(root, "merits")));
  print_amount(k, root);
  fprintf(k->out, "\nVerfahren: %s (%s)", german(get(root, "procedure")), german_action(get(root, "action")));
  size_t i;
  json_t *r;
  json_array_foreach(json_object_get(root, "reasons"), i, r) fprintf(k->out, "%s%s", i ? "; " : ": ", german_reason(json_string_value(r)));
  fputc('\n', k->out);
  json_array_foreach(json_object_get(root, "errors"), i, r) fprintf(k->out, "Fehler bei %s: %s\n", get(r, "row"), get(r, "text"));
  const json_t *uses = json_object_get(json_object_get(root, "package"), "uses");
  json_array_foreach(uses, i, r) fprintf(k->out, "%s%s %s", i ? ", " : "Genutzte Regelwerke: ", get(r, "name"), get(r, "version"));
  if (json_array_size(uses)) fputc('\n', k->out);
  print_missing(k, root);
  fputc('\n', k->out);
}

ans_status ans_explain_text(const char *json, bool color, ans_explain_detail detail, char **text, ans_error *err) {
  json_error_t je;
  size_t size = 0;
  *text = NULL;
  json_t *root = json_loads(json, 0, &je);
  if (!root) return ans_error_set(err, ANS_INPUT, "E-EXPLAIN-JSON", je.source, je.text, NULL);
  sink k = {.out = open_memstream(text, &size), .color = color, .all = detail == ANS_EXPLAIN_ALL};
  if (!k.out) {
    json_decref(root);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  }
  print_summary(&k, root);
  print_reasons(&k, root);
  char prefix[2048] = "";
  json_t *tree = json_object_get(root, "tree");
  size_t n = detail == ANS_EXPLAIN_REASONS ? 0 : json_array_size(tree);
  for (size_t i = 0; i < n; i++) print_tree(&k, json_array_get(tree, i), prefix, 0, sizeof prefix, i + 1 == n, false);
  json_decref(root);
  if (fclose(k.out) != 0 || !*text) {
    free(*text);
    *text = NULL;
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  }
  return ANS_OK;
}
