/* Every limit of the rule language (docs/language.md): what lies just within is accepted, compiled and verified, what lies just beyond is answered
 * with the message that names the limit, and nothing else. One table; a limit that is added to dsl/syntax or dsl/sema belongs into it.
 *   golden_limits [NAME]      all, or those whose name contains NAME
 * Files of a folder and mutants are limited too; their tests are in tests/unit (test_lower.c, test_mutate.c). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "lower/lower.h"

#define HEAD "paket a/b version 1.0.0 titel \"T\" zeitraum von 01.2020 bis 12.2020\nnorm TG \"T\"\n"
#define UNIT "einheit P\n  angabe a : Wahrheitswert\n  angabe z : Zahl\n  angabe d : Datum\n  angabe n : Dezimal(9)\n  angabe v : Geld im Zeitverlauf\nende\n"
#define RULES HEAD UNIT "§ 1 TG\nergebnis P.x : Wahrheitswert\n"

static void times(ans_buffer *b, const char *text, long n) {
  for (long i = 0; i < n; i++) ans_buffer_text(b, text);
}
static void numbered(ans_buffer *b, const char *format, long n) { /* one place for the number */
  for (long i = 1; i <= n; i++) {
    const char *at = strstr(format, "%ld");
    ans_buffer_append(b, format, (size_t)(at - format));
    ans_buffer_printf(b, "%ld", i);
    ans_buffer_text(b, at + 3);
  }
}

/* --- texts of size n --------------------------------------------------------------------------------------------------- */
static void bytes(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "-- ");
  while ((long)b->len < n) ans_buffer_char(b, 'x');
}
static void tokens(ans_buffer *b, long n) { times(b, ".", n - 1); } /* and the end of the file */
static void name(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "ergebnis P.");
  times(b, "y", n);
  ans_buffer_text(b, " : Wahrheitswert\n");
}
static void parentheses(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn ");
  times(b, "(", n);
  ans_buffer_text(b, "a");
  times(b, ")", n);
}
static void prefixes(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn ");
  times(b, "nicht ", n);
  ans_buffer_text(b, "a\n");
}
static void branches(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn ");
  times(b, "falls a dann ", n);
  ans_buffer_text(b, "a");
  times(b, " sonst a ende", n);
}
static void chain_of(ans_buffer *b, const char *first, const char *more, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn ");
  ans_buffer_text(b, first);
  times(b, more, n - 1);
}
static void tree_height(ans_buffer *b, long n) { chain_of(b, "a", " oder a", n - 2); } /* the rule and the name below the last path add two */
static void operands(ans_buffer *b, long n) { chain_of(b, "a", " und a", n); }
static void values_of_in(ans_buffer *b, long n) {
  chain_of(b, "z in (1", "; 1", n);
  ans_buffer_text(b, ")");
}
static void levels(ans_buffer *b, long n) { /* comparison, n - 2 sums one in the other, the name */
  chain_of(b, "z", " + z", n - 1);
  ans_buffer_text(b, " > 0");
}
static void units(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD);
  numbered(b, "einheit E%ld\nende\n", n);
}
static void names(ans_buffer *b, long n) { /* law, unit, its aliases */
  ans_buffer_text(b, HEAD "einheit E auch A");
  numbered(b, "; B%ld", n - 3);
  ans_buffer_text(b, "\nende\n");
}
static void enums(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD);
  numbered(b, "auswahl A%ld = x\n", n);
}
static void enum_values(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD "auswahl A = x");
  numbered(b, "; w%ld", n - 1);
}
static void norms(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD);
  numbered(b, "norm N%ld \"n\"\n", n - 1);
}
static void facts(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD "einheit P\n");
  numbered(b, "  angabe f%ld : Zahl\n", n);
  ans_buffer_text(b, "ende\n");
}
static void sources(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD "einheit P\n  angabe f : Zahl quelle A");
  times(b, "; A", n - 1);
  ans_buffer_text(b, "\nende\n");
}
static void results(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  numbered(b, "ergebnis P.y%ld : Wahrheitswert\n", n - 1);
}
static void hypotheticals(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn a\nergebnis P.w : Wahrheitswert\n");
  for (long i = 0; i < n; i++) ans_buffer_printf(b, "§ %ld TG\nregel P.w wenn angenommen a = wahr gilt x\n", i + 2);
}
static void made_results(ans_buffer *b, long n) { /* two a hypothetical: the assumption and the copy of what is asked */
  ans_buffer_text(b, RULES "regel P.x wenn a\nergebnis P.w : Wahrheitswert\n");
  for (long i = 0; 2 * (i + 1) <= n - 2; i++) ans_buffer_printf(b, "§ %ld TG\nregel P.w wenn angenommen a = wahr gilt x\n", i + 2);
}
static void rules(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  for (long i = 0; i < n; i++) {
    if (i % 64 == 0) ans_buffer_printf(b, "ergebnis P.r%ld : Wahrheitswert\n", i / 64);
    ans_buffer_printf(b, "regel P.r%ld wenn z = %ld\n", i / 64, i);
  }
}
static void result_reads(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "ergebnis P.y : Wahrheitswert\n");
  for (long i = 0; i < n; i++) {
    ans_buffer_text(b, i % 400 ? " und x" : "\nregel P.y wenn x");
    if (i % 400 == 399) ans_buffer_printf(b, " begründung \"%ld\"", i);
  }
}
static void params(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  numbered(b, "parameter Q%ld : Zahl ab 01.01.2020 : 1\n", n);
}
static void table(ans_buffer *b, long number, long rows) {
  ans_buffer_printf(b, "parameter T%ld (k : Zahl) : Zahl ab 01.01.2020 :", number);
  for (long i = 1; i < rows; i++) ans_buffer_printf(b, " %ld -> 1;", i);
  ans_buffer_printf(b, " ab %ld -> 1\n", rows);
}
static void rows_of_param(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  table(b, 0, n);
}
static void param_rows(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  for (long i = 0; n > 0; i++, n -= 4000) table(b, i, n > 4000 ? 4000 : n);
}
static void keys(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "parameter T (k0 : Wahrheitswert");
  numbered(b, "; k%ld : Wahrheitswert", n - 1);
  ans_buffer_text(b, ") : Zahl ab 01.01.2020 : 1\n");
}
static void citations(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD);
  numbered(b, "§ %ld TG\n", n);
}
static void citation_bytes(ans_buffer *b, long n) { /* "§ 1 Satz 1, 1, … LAW" */
  long law = 21 + n % 3;
  ans_buffer_text(b, HEAD "norm ");
  times(b, "L", law);
  ans_buffer_text(b, " \"l\"\n§ 1 Satz 1");
  times(b, ", 1", (n - law - 12) / 3);
  ans_buffer_text(b, " ");
  times(b, "L", law);
  ans_buffer_text(b, "\n");
}
static void citation_parts(ans_buffer *b, long n) {
  ans_buffer_text(b, HEAD "§ 1");
  times(b, " Satz 1", n - 1);
  ans_buffer_text(b, " TG\n");
}
static void text_bytes(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn a begründung \"");
  times(b, "t", n);
  ans_buffer_text(b, "\"\n");
}
static void benefits(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  numbered(b, "leistung L%ld je P\n  anspruch x\n  nur Auskunft\nende\n", n);
}
static void unmodelled(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  times(b, "nicht abgebildet \"x\"\n", n);
}
static void cases(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  numbered(b, "prüffall \"f%ld\"\n  P A: a = wahr\n  erwarte A.x im 01.2020 = falsch\nende\n", n);
}
static void case_rows(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "prüffall \"f\"\n");
  numbered(b, "  P A%ld: a = wahr\n", n);
  ans_buffer_text(b, "  erwarte A1.x im 01.2020 = falsch\nende\n");
}
static void case_facts(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "prüffall \"f\"\n");
  for (long i = 0; i < n; i++) {
    if (i % 5 == 0) ans_buffer_printf(b, "  P A%ld:\n", i / 5);
    static const char *const lines[] = {"    a = wahr\n", "    z = 1\n", "    d = 01.01.2020\n", "    n = 1\n", "    v = 1,00 €\n"};
    ans_buffer_text(b, lines[i % 5]);
  }
  ans_buffer_text(b, "  erwarte A0.x im 01.2020 = falsch\nende\n");
}
static void expectations(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "prüffall \"f\"\n  P A: a = wahr\n");
  times(b, "  erwarte A.x im 01.2020 = falsch\n", n);
  ans_buffer_text(b, "ende\n");
}
static void arguments(ans_buffer *b, long n) {
  chain_of(b, "größer_von(z", "; z", n);
  ans_buffer_text(b, ") > 0");
}
static void average_months(ans_buffer *b, long n) { ans_buffer_printf(b, RULES "regel P.x wenn Durchschnitt(v; %ld Monate; Monat; ab; Cent) > 1,00 €\n", n); }
static void decimals(ans_buffer *b, long n) { ans_buffer_printf(b, HEAD "einheit P\n  angabe f : Dezimal(%ld)\nende\n", n); }
static void digits(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn z < ");
  times(b, "9", n);
}
static void places(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES "regel P.x wenn n < 0,");
  times(b, "1", n);
}
static void rounding_places(ans_buffer *b, long n) { ans_buffer_printf(b, RULES "regel P.x wenn gerundet(n / 3; ab; %ld) > 1\n", n); }
static void product_places(ans_buffer *b, long n) { /* n is Dezimal(9) */
  ans_buffer_text(b, RULES "regel P.x wenn n * 1,");
  times(b, "0", n - 9);
  ans_buffer_text(b, " > 1\n");
}
static void errors_shown(ans_buffer *b, long n) {
  ans_buffer_text(b, RULES);
  times(b, "regel P.nirgends\n", n);
}

/* --- the table ------------------------------------------------------------------------------------------------------------ */
enum { BEYOND = -1 /* within, another limit comes first */, ANALYSED, PARSED /* what is within need only be readable */, SHOWN /* errors themselves are limited */ };
static const struct limit { const char *name; void (*make)(ans_buffer *b, long n); long most; const char *code, *says; int how; } limits[] = {
    {"bytes of a file", bytes, 8388608, "E-DSL-SIZE", "8388608", ANALYSED},
    {"tokens of a file", tokens, 2000000, "E-DSL-TOKENS", "2000000", PARSED},
    {"bytes of a name", name, 128, "E-DSL-NAME", "128", ANALYSED},
    {"levels of parentheses", parentheses, 200, "E-DSL-NESTING", "200", ANALYSED},
    {"levels of prefix operators", prefixes, 200, "E-DSL-NESTING", "200", ANALYSED},
    {"levels of falls", branches, 200, "E-DSL-NESTING", "200", ANALYSED},
    {"levels of the syntax tree", tree_height, 1000, "E-DSL-HEIGHT", "1000", PARSED},
    {"operands in a chain", operands, 400, "R1091", "400", ANALYSED},
    {"values after in", values_of_in, 399, "R1091", "400", ANALYSED},
    {"levels of an expression", levels, 400, "R1091", "400", ANALYSED},
    {"units", units, 256, "R1090", "256", ANALYSED},
    {"names", names, 262144, "R1090", "262144", ANALYSED},
    {"enumerations", enums, 4096, "R1090", "4096", ANALYSED},
    {"enumeration values", enum_values, 65536, "R1090", "65536", ANALYSED},
    {"laws", norms, 4096, "R1090", "4096", ANALYSED},
    {"facts", facts, 8192, "R1090", "8192", ANALYSED},
    {"sources", sources, 262144, "R1090", "262144", ANALYSED},
    {"results", results, 8192, "R1090", "8192", ANALYSED},
    {"results made for hypotheticals", made_results, 2048, NULL, NULL, ANALYSED},
    {"hypotheticals", hypotheticals, 4096, "R1090", "4096", BEYOND},
    {"rules", rules, 16384, "R1090", "16384", ANALYSED},
    {"reads of results", result_reads, 262144, "R1090", "262144", ANALYSED},
    {"parameters", params, 4096, "R1090", "4096", ANALYSED},
    {"rows of a parameter", rows_of_param, 4096, "R1090", "4096", ANALYSED},
    {"rows of all parameters", param_rows, 65536, "R1090", "65536", ANALYSED},
    {"keys of a parameter", keys, 4, "R3015", "", ANALYSED},
    {"citations", citations, 32768, "R1090", "32768", ANALYSED},
    {"bytes of a citation", citation_bytes, 240, "R1090", "240", ANALYSED},
    {"parts of a citation", citation_parts, 10, "R1090", "10", ANALYSED},
    {"bytes of a text", text_bytes, 16000, "R1090", "16000", ANALYSED},
    {"benefits", benefits, 1024, "R1090", "1024", ANALYSED},
    {"things not modelled", unmodelled, 16384, "R1090", "16384", ANALYSED},
    {"test cases", cases, 16384, "R1090", "16384", ANALYSED},
    {"rows of a case", case_rows, 1000, "R1090", "1000", ANALYSED},
    {"facts of a case", case_facts, 4000, "R1090", "4000", ANALYSED},
    {"expectations of a case", expectations, 4000, "R1090", "4000", ANALYSED},
    {"arguments of größer_von", arguments, 16, "R2018", "16", ANALYSED},
    {"months of an average", average_months, 60, "R2041", "60", ANALYSED},
    {"places of Dezimal", decimals, 12, "R2026", "12", ANALYSED},
    {"digits of a number", digits, 18, "R2009", "", ANALYSED},
    {"decimal places of a number", places, 12, "R2009", "", ANALYSED},
    {"places of rounding", rounding_places, 12, "R2021", "12", ANALYSED},
    {"places of a product", product_places, 18, "R2008", "18", ANALYSED},
    {"errors shown", errors_shown, 200, "R0000", "1", SHOWN},
};


typedef struct outcome { ans_status status; ans_error err; ans_diags *diags; bool compiled; } outcome;

static outcome run(const ans_buffer *text, int how) {
  outcome o = {.diags = ans_diags_new()};
  ans_tree *t = NULL;
  ans_model *m = NULL;
  ans_program *p = NULL;
  o.status = ans_tree_parse("grenze.recht", text->data, text->len, o.diags, &t, &o.err);
  if (o.status == ANS_OK && how != PARSED) o.status = ans_sema_analyse(&t, 1, o.diags, &m, &o.err);
  if (o.status == ANS_OK && m) o.status = ans_lower_program(m, &p, &o.err);
  o.compiled = p != NULL;
  ans_program_free(p);
  ans_model_free(m);
  ans_tree_free(t);
  return o;
}

static char *printed(const ans_diags *d) {
  char *text = NULL;
  size_t len = 0;
  FILE *f = open_memstream(&text, &len);
  if (!f) abort();
  ans_diags_print(d, f, (ans_diag_options){.lang = ANS_LANG_DE});
  fclose(f);
  return text;
}

/* Exactly one error: the one named. Either the status and its error, or a message. */
static bool refused(const struct limit *l, const outcome *o, const char *text) {
  char said[1024];
  if (l->how == SHOWN) return strstr(text, l->code) && strstr(text, "Weitere 1 Fehler");
  if (l->code[0] == 'E')
    return o->status == ANS_LIMIT && o->err.code && strcmp(o->err.code, l->code) == 0 && strstr(ans_error_render(&o->err, ANS_LANG_DE, said, sizeof said), l->says);
  size_t hits = 0;
  for (const char *at = text; (at = strstr(at, l->code)); at++) hits++;
  return o->status == ANS_OK && !o->compiled && ans_diags_errors(o->diags) == 1 && hits == 1 && strstr(text, l->says);
}

static bool within(const struct limit *l, const outcome *o, const char *text) {
  if (l->how == SHOWN) return ans_diags_errors(o->diags) == (size_t)l->most && !strstr(text, l->code);
  return o->status == ANS_OK && (l->how == PARSED || (o->compiled && ans_diags_errors(o->diags) == 0));
}

static bool check(const struct limit *l, bool beyond) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  l->make(&b, l->most + beyond);
  if (b.failed) abort();
  outcome o = run(&b, l->how);
  char *text = printed(o.diags), said[1024] = "";
  bool ok = beyond ? refused(l, &o, text) : within(l, &o, text);
  if (!ok) {
    if (o.status != ANS_OK) ans_error_render(&o.err, ANS_LANG_DE, said, sizeof said);
    printf("%s, %ld: %s; status %d %s%s\n%.1500s", l->name, l->most + beyond, beyond ? "not answered with exactly the message of the limit" : "not accepted", (int)o.status,
           o.status != ANS_OK && o.err.code ? o.err.code : "", said, text);
  }
  free(text);
  ans_diags_free(o.diags);
  ans_buffer_dispose(&b);
  return ok;
}

int main(int argc, char **argv) {
  unsigned n = 0, failed = 0;
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    const struct limit *l = &limits[i];
    if (argc > 1 && !strstr(l->name, argv[1])) continue;
    bool ok = l->how == BEYOND || check(l, false);
    ok = (!l->code || check(l, true)) && ok;
    n++;
    failed += !ok;
  }
  printf("%u limits, %u differ\n", n, failed);
  return failed || !n;
}
