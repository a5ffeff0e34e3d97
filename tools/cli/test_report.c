/* The report of a test run as one static page: no script, no font, no picture, nothing fetched, so that it can be archived and mailed. It is
 * made from the JSON document that --json prints, so both say the same. Tables have captions and scoped headers; results are words, not
 * colours alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buffer.h"
#include "base/error.h"
#include "testing.h"

typedef struct page { ans_buffer b; const cli_args *a; } page;

static const char STYLE[] =
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:0 auto;padding:1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}caption{text-align:left;font-weight:bold;padding:.5rem 0}"
    "th,td{border:1px solid;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    ".no{font-weight:bold;text-decoration:underline}";

static void put(page *p, const char *s) { ans_buffer_text(&p->b, s); }
static const char *say(const page *p, const char *de, const char *en) { return cli_say(p->a, de, en); }

static void escaped(page *p, const char *s) {
  for (; s && *s; s++) {
    if (*s == '&') put(p, "&amp;");
    else if (*s == '<') put(p, "&lt;");
    else if (*s == '>') put(p, "&gt;");
    else if (*s == '"') put(p, "&quot;");
    else ans_buffer_char(&p->b, *s);
  }
}

static const char *string_of(const json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}
static long long number_of(const json_t *o, const char *key) { return (long long)json_integer_value(json_object_get(o, key)); }
static bool true_of(const json_t *o, const char *key) { return json_is_true(json_object_get(o, key)); }

static void cell(page *p, const char *text) {
  put(p, "<td>");
  escaped(p, text);
  put(p, "</td>");
}

static void cell_place(page *p, const json_t *o) {
  put(p, "<td>");
  escaped(p, string_of(o, "path"));
  ans_buffer_printf(&p->b, ":%lld</td>", number_of(o, "line"));
}

static void cell_yes(page *p, bool yes) { put(p, yes ? say(p, "<td>ja</td>", "<td>yes</td>") : say(p, "<td class=\"no\">nein</td>", "<td class=\"no\">no</td>")); }

/* An outcome that a case reached, that is explained as unreachable, or that is missing. */
static void cell_outcome(page *p, const json_t *o, const char *reached, const char *unreachable) {
  if (!json_object_get(o, unreachable)) {
    cell_yes(p, true_of(o, reached));
    return;
  }
  put(p, say(p, "<td>unerreichbar, ", "<td>unreachable, "));
  escaped(p, string_of(o, unreachable));
  put(p, "</td>");
}

/* Header row from a "|"-separated list. */
static void table(page *p, const char *caption, const char *columns) {
  put(p, "<table>\n<caption>");
  escaped(p, caption);
  put(p, "</caption>\n<thead><tr><th scope=\"col\">");
  for (; *columns; columns++) {
    if (*columns == '|') put(p, "</th><th scope=\"col\">");
    else ans_buffer_char(&p->b, *columns);
  }
  put(p, "</th></tr></thead>\n<tbody>\n");
}

static void table_end(page *p) { put(p, "</tbody>\n</table>\n"); }

static void failures(page *p, const json_t *list) {
  size_t i;
  json_t *o;
  if (!json_array_size(list)) {
    put(p, say(p, "<p>Alle Erwartungen sind erfüllt.</p>\n", "<p>All expectations are met.</p>\n"));
    return;
  }
  table(p, say(p, "Fehlgeschlagene Erwartungen", "Failed expectations"), say(p, "Prüffall|Stelle|Ergebnis|Zeitraum|Rechenweg|erwartet|berechnet", "Test case|Place|Result|Period|Engine|expected|computed"));
  json_array_foreach(list, i, o) {
    put(p, "<tr>");
    cell(p, string_of(o, "case"));
    cell_place(p, o);
    put(p, "<td>");
    escaped(p, string_of(o, "row"));
    put(p, ".");
    escaped(p, string_of(o, "result"));
    put(p, "</td>");
    cell(p, string_of(o, "period"));
    cell(p, string_of(o, "engine"));
    cell(p, string_of(o, "expected"));
    cell(p, string_of(o, "actual"));
    put(p, "</tr>\n");
  }
  table_end(p);
}

static void provisions(page *p, const json_t *coverage) {
  size_t i;
  json_t *o;
  table(p, say(p, "Vorschriften: in einem Prüffall erfüllt?", "Provisions: satisfied in some test case?"), say(p, "Vorschrift|Regeln und Ausnahmen|davon erfüllt|alle erfüllt", "Provision|Rules and exceptions|of these satisfied|all satisfied"));
  json_array_foreach(json_object_get(coverage, "provisions"), i, o) {
    put(p, "<tr><th scope=\"row\">");
    escaped(p, string_of(o, "provision"));
    ans_buffer_printf(&p->b, "</th><td>%lld</td><td>%lld</td>", number_of(o, "rules"), number_of(o, "live"));
    cell_yes(p, number_of(o, "rules") == number_of(o, "live"));
    put(p, "</tr>\n");
  }
  table_end(p);
}

static void conditions(page *p, const json_t *coverage) {
  size_t i;
  json_t *o;
  table(p, say(p, "Bedingungen und ihre Ausgänge", "Conditions and their outcomes"), say(p, "Stelle|Vorschrift|Bedingung|bejaht|verneint|offen", "Place|Provision|Condition|true|false|open"));
  json_array_foreach(json_object_get(coverage, "conditions"), i, o) {
    put(p, "<tr>");
    cell_place(p, o);
    cell(p, string_of(o, "provision"));
    cell(p, string_of(o, "text"));
    cell_outcome(p, o, "true", "unreachable_true");
    cell_outcome(p, o, "false", "unreachable_false");
    put(p, true_of(o, "open") ? say(p, "<td>ja</td>", "<td>yes</td>") : say(p, "<td>nein</td>", "<td>no</td>")); /* need not occur */
    put(p, "</tr>\n");
  }
  table_end(p);
}

static void mutation(page *p, const json_t *m) {
  size_t i;
  json_t *o;
  if (!m) return;
  put(p, say(p, "<h3>Mutationsprüfung</h3>\n", "<h3>Mutation test</h3>\n"));
  ans_buffer_printf(&p->b, "<p>%lld %s, %lld %s, %lld %s, %lld %s, %lld %s.</p>\n", number_of(m, "mutants"), say(p, "Mutanten", "mutants"), number_of(m, "killed"), say(p, "erkannt", "killed"),
                    number_of(m, "survived"), say(p, "überlebt", "survived"), number_of(m, "equivalent"), say(p, "als gleichwertig gekennzeichnet", "marked equivalent"), number_of(m, "invalid"),
                    say(p, "nicht übersetzbar", "not compilable"));
  if (!json_array_size(json_object_get(m, "survivors"))) return;
  table(p, say(p, "Mutanten, die kein Prüffall erkennt", "Mutants that no test case notices"), say(p, "Stelle|Vorschrift|Kennung|Änderung|vorher|nachher|Text", "Place|Provision|Key|Change|before|after|Text"));
  json_array_foreach(json_object_get(m, "survivors"), i, o) {
    static const char *const keys[] = {"provision", "key", "change", "before", "after", "text"};
    put(p, "<tr>");
    cell_place(p, o);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) cell(p, string_of(o, keys[k]));
    put(p, "</tr>\n");
  }
  table_end(p);
}

static void package(page *p, const json_t *o) {
  const json_t *coverage = json_object_get(o, "coverage"), *s = json_object_get(coverage, "summary");
  put(p, "<section>\n<h2>");
  escaped(p, string_of(o, "name"));
  put(p, " ");
  escaped(p, string_of(o, "version"));
  put(p, "</h2>\n<p>");
  escaped(p, string_of(o, "title"));
  ans_buffer_printf(&p->b, "</p>\n<p>%lld/%lld %s, %lld/%lld %s.</p>\n", number_of(s, "rules_live"), number_of(s, "rules"), say(p, "Regeln und Ausnahmen erfüllt", "rules and exceptions satisfied"),
                    number_of(s, "conditions_both"), number_of(s, "conditions"), say(p, "Bedingungen in beiden Ausgängen", "conditions with both outcomes"));
  provisions(p, coverage);
  conditions(p, coverage);
  mutation(p, json_object_get(o, "mutation"));
  put(p, "</section>\n");
}

ans_status test_write(const char *path, const char *text, size_t len, ans_error *err) {
  size_t n = strlen(path) + 8;
  char *temporary = malloc(n);
  if (!temporary) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, path, NULL);
  snprintf(temporary, n, "%s.XXXXXX", path);
  int fd = mkstemp(temporary);
  FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
  bool ok = f && fchmod(fd, 0644) == 0 && fwrite(text, 1, len, f) == len && fflush(f) == 0 && fsync(fd) == 0;
  int why = errno;
  if (f) ok = fclose(f) == 0 && ok;
  ok = ok && rename(temporary, path) == 0;
  if (!ok && fd >= 0) unlink(temporary);
  free(temporary);
  return ok ? ANS_OK : ans_error_set(err, ANS_IO, "E-CLI-OUTPUT", path, strerrordesc_np(why ? why : EIO), NULL);
}

ans_status test_report_html(const cli_args *a, const json_t *root, const char *path, ans_error *err) {
  page p = {.a = a};
  size_t i, len;
  json_t *o;
  ans_buffer_init(&p.b, (size_t)256 << 20);
  ans_buffer_printf(&p.b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n", say(&p, "de", "en"));
  put(&p, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
  put(&p, say(&p, "Prüfbericht der Regeln", "Test report of the rules"));
  put(&p, "</title>\n<style>");
  put(&p, STYLE);
  put(&p, "</style>\n</head>\n<body>\n<main>\n<h1>");
  put(&p, say(&p, "Prüfbericht der Regeln", "Test report of the rules"));
  ans_buffer_printf(&p.b, "</h1>\n<p>%lld %s, %lld %s, %lld %s.</p>\n", number_of(root, "cases"), say(&p, "Prüffälle", "test cases"), number_of(root, "checks"),
                    say(&p, "Erwartungen auf Vektormaschine und Nachrechnung", "expectations on vector machine and replay"), number_of(root, "failed"), say(&p, "Prüffälle fehlgeschlagen", "test cases failed"));
  failures(&p, json_object_get(root, "failures"));
  json_array_foreach(json_object_get(root, "packages"), i, o) package(&p, o);
  put(&p, "</main>\n</body>\n</html>\n");
  char *text = ans_buffer_take(&p.b, &len);
  ans_status st = text ? test_write(path, text, len, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, path, NULL);
  free(text);
  ans_buffer_dispose(&p.b);
  return st;
}
