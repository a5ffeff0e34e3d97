/* Owns: the explanation as indented German text for terminals and case notes, from the JSON tree (one source, two views). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "decide/decide.h"

typedef struct sink { FILE *out; bool color; } sink;

static const char *get(const json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}

static void paint(sink *k, const char *code, const char *text) {
  if (k->color) fprintf(k->out, "\033[%sm%s\033[0m", code, text);
  else fputs(text, k->out);
}

static const char *state_color(const char *state, const char *value) {
  if (!strcmp(state, "value")) return !strcmp(value, "nein") ? "31" : "32";
  return !strcmp(state, "error") || !strcmp(state, "conflict") ? "35" : "33";
}

static void print_fact(sink *k, const json_t *o) {
  const char *source = get(o, "source"), *day = get(o, "day");
  fprintf(k->out, "%s.%s", get(o, "row"), get(o, "name"));
  if (*day) fprintf(k->out, " am %.2s.%.2s.%.4s", day + 8, day + 5, day);
  fputs(" = ", k->out);
  paint(k, state_color(get(o, "state"), get(o, "value")), get(o, "value"));
  if (*source) {
    fputs("  ← ", k->out);
    paint(k, "2", source);
  }
}

static void print_head(sink *k, const json_t *o) {
  const char *kind = get(o, "kind"), *value = get(o, "value"), *state = get(o, "state"), *provision = get(o, "provision");
  if (!strcmp(kind, "fact")) {
    print_fact(k, o);
    return;
  }
  bool rule = !strcmp(kind, "rule") || !strcmp(kind, "exception");
  if (*provision && (rule || !strcmp(kind, "parameter"))) {
    paint(k, "1", provision);
    fputs(" ", k->out);
  }
  if (!strcmp(kind, "exception")) fputs("(Ausnahme) ", k->out);
  const char *name = *get(o, "label") ? get(o, "label") : get(o, "name");
  const char *text = *get(o, "reason") ? get(o, "reason") : get(o, "text");
  if (!strcmp(kind, "result")) fprintf(k->out, "%s [%s]", name, get(o, "row"));
  else if (!strcmp(kind, "parameter")) fprintf(k->out, "%s", name);
  else if (*text) fprintf(k->out, "%s", text);
  if (rule && !strcmp(state, "value") && (!strcmp(value, "ja") || !strcmp(value, "nein")))
    value = !strcmp(value, "ja") ? "erfüllt" : "nicht erfüllt";
  fputs(": ", k->out);
  paint(k, !strcmp(value, "nicht erfüllt") ? "31" : state_color(state, value), value);
  if (*get(o, "from")) fprintf(k->out, " (%s bis %s)", get(o, "from"), get(o, "to"));
  if (json_is_true(json_object_get(o, "given"))) fputs("  (als Tatsache vorgegeben)", k->out);
  if (json_is_false(json_object_get(o, "source_checked"))) fputs("  (Quelle ungeprüft)", k->out);
  if (json_is_false(json_object_get(o, "used"))) fputs("  (geprüft, nicht entscheidend)", k->out);
  if (json_object_get(o, "see")) fprintf(k->out, "  (siehe oben, Nr. %lld)", (long long)json_integer_value(json_object_get(o, "see")));
}

static void print_tree(sink *k, const json_t *node, char *prefix, size_t length, size_t size, bool last) {
  fprintf(k->out, "%s%s", prefix, last ? "└─ " : "├─ ");
  print_head(k, node);
  fputc('\n', k->out);
  const char *add = last ? "   " : "│  ";
  if (length + strlen(add) + 1 >= size) return;
  strcpy(prefix + length, add);
  json_t *children = json_object_get(node, "children");
  size_t n = json_array_size(children);
  for (size_t i = 0; i < n; i++) print_tree(k, json_array_get(children, i), prefix, length + strlen(add), size, i + 1 == n);
  prefix[length] = 0;
}

static void print_amount(sink *k, const json_t *root) {
  json_t *cents = json_object_get(root, "amount_cents");
  if (!cents || strcmp(get(root, "merits"), "entitled")) return;
  long long v = json_integer_value(cents);
  fprintf(k->out, ": %lld,%02lld € je Monat", v / 100, v % 100);
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

static void print_summary(sink *k, const json_t *root) {
  const char *month = get(root, "month");
  fprintf(k->out, "%s · %s %s · %.2s.%.4s\n", get(root, "benefit"), get(root, "unit"), get(root, "row"), month + 5, month);
  paint(k, "1", german(get(root, "merits")));
  print_amount(k, root);
  fprintf(k->out, "\nVerfahren: %s (%s)", german(get(root, "procedure")), german_action(get(root, "action")));
  size_t i;
  json_t *r;
  json_array_foreach(json_object_get(root, "reasons"), i, r) fprintf(k->out, "%s%s", i ? "; " : ": ", german_reason(json_string_value(r)));
  fputc('\n', k->out);
  json_t *missing = json_object_get(root, "missing");
  if (json_array_size(missing)) {
    fprintf(k->out, "Fehlende Angaben (%s):\n", json_is_true(json_object_get(root, "missing_exact")) ? "genau diese sind erheblich" : "mehr als diese sind nicht erheblich");
    json_array_foreach(missing, i, r) {
      bool next = json_object_get(root, "ask_next") && (size_t)json_integer_value(json_object_get(root, "ask_next")) == i;
      fprintf(k->out, "  %s %s.%s%s%s%s%s\n", next ? "→" : "·", get(r, "row"), get(r, "fact"), *get(r, "day") ? " am " : "", get(r, "day"), *get(r, "label") ? " – " : "", get(r, "label"));
    }
  }
  fputc('\n', k->out);
}

ans_status ans_explain_text(const char *json, bool color, char **text, ans_error *err) {
  json_error_t je;
  size_t size = 0;
  *text = NULL;
  json_t *root = json_loads(json, 0, &je);
  if (!root) return ans_error_set(err, ANS_INPUT, "E-EXPLAIN-JSON", je.source, je.text, NULL);
  sink k = {.out = open_memstream(text, &size), .color = color};
  if (!k.out) {
    json_decref(root);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  }
  print_summary(&k, root);
  char prefix[2048] = "";
  json_t *tree = json_object_get(root, "tree");
  size_t n = json_array_size(tree);
  for (size_t i = 0; i < n; i++) print_tree(&k, json_array_get(tree, i), prefix, 0, sizeof prefix, i + 1 == n);
  json_decref(root);
  if (fclose(k.out) != 0 || !*text) {
    free(*text);
    *text = NULL;
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  }
  return ANS_OK;
}
