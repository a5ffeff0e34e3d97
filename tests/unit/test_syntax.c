/* Surface syntax: trees and messages against golden files, recovery, limits, hostile input.
 *
 * Golden files live in tests/golden/syntax. After an intended change run this program once with ANS_GOLDEN_UPDATE=1 and read the diff;
 * with the variable set every golden test still fails, so that it cannot stay set unnoticed. */
#include <criterion/criterion.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "syntax/tree.h"

#define SAME_TEXT(a, b) cr_expect(strcmp((a), (b)) == 0, "%s is not %s", (a), (b))

/* --- helpers ----------------------------------------------------------------------------------------------------------- */
static char *slurp(const char *path, size_t *len) {
  FILE *f = fopen(path, "rb");
  if (!f) return NULL;
  char *text = NULL;
  size_t n = 0, cap = 0;
  do {
    cap += 1 << 16;
    text = realloc(text, cap + 1);
    n += fread(text + n, 1, cap - n, f);
  } while (n == cap);
  fclose(f);
  text[n] = 0;
  if (len) *len = n;
  return text;
}

static void golden(const char *path, const char *actual) {
  if (getenv("ANS_GOLDEN_UPDATE")) {
    FILE *f = fopen(path, "wb");
    cr_assert(f != NULL, "cannot write %s", path);
    fputs(actual, f);
    fclose(f);
    cr_expect(false, "%s rewritten", path);
    return;
  }
  char *expected = slurp(path, NULL);
  cr_assert(expected != NULL, "golden file %s is missing (the test runs in the root of the source tree)", path);
  cr_expect(strcmp(expected, actual) == 0, "%s differs. Actual:\n%s", path, actual);
  free(expected);
}

struct parsed { ans_tree *tree; ans_diags *diags; ans_status status; ans_error err; };

static struct parsed parse_n(const char *path, const char *text, size_t len) {
  struct parsed p = {.diags = ans_diags_new()};
  p.status = ans_tree_parse(path, text, len, p.diags, &p.tree, &p.err);
  return p;
}
static struct parsed parse(const char *text) { return parse_n("probe.recht", text, strlen(text)); }
static void drop(struct parsed *p) {
  ans_tree_free(p->tree);
  ans_diags_free(p->diags);
}

static char *printed(const ans_diags *d, ans_diag_options o) {
  char *text = NULL;
  size_t len = 0;
  FILE *f = open_memstream(&text, &len);
  ans_diags_print(d, f, o);
  fclose(f);
  return text;
}

static char *dumped(const ans_tree *t) {
  char *text = NULL;
  size_t len = 0;
  FILE *f = open_memstream(&text, &len);
  ans_tree_dump(t, f);
  fclose(f);
  return text;
}

static void check_node(const ans_tree *t, const ans_syn *n) {
  cr_assert(n->kind < ANS_SYN_COUNT);
  cr_assert(n->first > n->last || n->last < t->token_count);
  for (uint32_t i = 0; i < n->count; i++) {
    const ans_syn *c = n->child[i];
    if (!c) continue;
    if (c->first <= c->last) cr_assert(c->first >= n->first && c->last <= n->last, "%s outside %s", ans_syn_kind_name(c->kind), ans_syn_kind_name(n->kind));
    check_node(t, c);
  }
}

/* Tokens and trivia give the file back, positions are right, ranges nest. */
static void check_tree(const ans_tree *t) {
  size_t at = 0;
  uint32_t line = 1, column = 1;
  for (uint32_t i = 0; i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    cr_assert(k->trivia_at == at && k->at >= at);
    for (; at < k->at + k->len; at++) {
      if (at == k->at) cr_assert(k->line == line && k->column == column);
      unsigned char b = (unsigned char)t->source.text[at];
      if (b == '\n') line++, column = 1;
      else if ((b & 0xC0) != 0x80) column++;
    }
  }
  cr_assert(at == t->source.len);
  check_node(t, t->root);
}

/* --- trees --------------------------------------------------------------------------------------------------------------- */
static void tree_golden(const char *name) {
  char source[200], expected[200];
  snprintf(source, sizeof source, "tests/golden/syntax/trees/%s.recht", name);
  snprintf(expected, sizeof expected, "tests/golden/syntax/trees/%s.tree", name);
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  cr_assert(ans_tree_parse_file(source, d, &t, NULL) == ANS_OK);
  ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  cr_expect(ans_diags_count(d) == 0);
  check_tree(t);
  char *text = dumped(t);
  golden(expected, text);
  free(text);
  ans_tree_free(t);
  ans_diags_free(d);
}
Test(syntax, tree_declarations) { tree_golden("declarations"); }
Test(syntax, tree_rules) { tree_golden("rules"); }
Test(syntax, tree_expressions) { tree_golden("expressions"); }
Test(syntax, tree_cases) { tree_golden("cases"); }
Test(syntax, tree_periods) { tree_golden("periods"); }

/* Kinds and flags only, to compare texts that differ in layout. */
static void shape(const ans_syn *n, FILE *out) {
  if (!n) {
    fputs("- ", out);
    return;
  }
  fprintf(out, "(%s %u ", ans_syn_kind_name(n->kind), (unsigned)n->flags);
  for (uint32_t i = 0; i < n->count; i++) shape(n->child[i], out);
  fputs(") ", out);
}

Test(syntax, layout_is_free) {
  static const char *const same[] = {
      "\302\247 1 EStG\nregel Person.x ist Kind hat zu Beginn des Monats das 18. Lebensjahr noch nicht vollendet wenn a <= 1 132,50 \342\202\254\n",
      "\302\2471 EStG\r\nregel\r\nPerson . x -- a comment\r\n ist Kind hat zu\r\nBeginn\tdes   Monats das 18. Lebensjahr noch\nnicht vollendet wenn a<=1\302\240132,50\342\202\254",
      "\n\n -- head\n  \302\247\302\2401 EStG regel Person.x ist Kind hat zu Beginn des\n\nMonats das 18. Lebensjahr noch nicht vollendet\nwenn a <= 1\342\200\257132,50\302\240\342\202\254 -- end",
  };
  char *first = NULL;
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    struct parsed p = parse(same[i]);
    cr_assert(p.status == ANS_OK);
    cr_expect(ans_diags_count(p.diags) == 0, "variant %zu", i);
    check_tree(p.tree);
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    shape(p.tree->root, f);
    fclose(f);
    if (!first) first = strdup(text);
    SAME_TEXT(text, first);
    free(text);
    drop(&p);
  }
  cr_expect(strstr(first, "AGE 1") && strstr(first, "MONEY"));
  free(first);
}

Test(syntax, text_of_a_node_is_folded) {
  struct parsed p = parse("regel  A.x  wenn a  und -- why\n  b.c   >  \"zwei  Leer\"\n");
  cr_assert(p.status == ANS_OK && ans_diags_count(p.diags) == 0);
  const ans_syn *rule = p.tree->root->child[1];
  cr_expect(rule->kind == ANS_SYN_RULE);
  SAME_TEXT(ans_syn_text(p.tree, rule->child[3]), "a und b.c > \"zwei  Leer\"");
  SAME_TEXT(ans_syn_text(p.tree, NULL), "");
  drop(&p);
}

Test(syntax, phrases_need_whole_words) {
  struct parsed p = parse("regel A.x wenn am_Tag = Tag_1 und b am Tagx und Summe_x > 1 und Abs > 2\n");
  cr_assert(p.status == ANS_OK);
  cr_expect(ans_diags_count(p.diags) == 0);
  char *text = dumped(p.tree);
  cr_expect(strstr(text, "IDENT Tagx") && strstr(text, "IDENT am_Tag") && strstr(text, "IDENT Tag_1") && strstr(text, "IDENT Summe_x") && strstr(text, "IDENT Abs"));
  free(text);
  drop(&p);
}

/* A law name may follow on the next line only where it cannot be the first word of something else. */
Test(syntax, law_names_and_rows) {
  struct parsed p = parse("pr\303\274ffall \"x\" \302\247 66 Abs. 1\n  Person A: g = 1\n  erwarte A.x im 01.2020 = 1\nende\n");
  cr_assert(p.status == ANS_OK);
  cr_expect(ans_diags_count(p.diags) == 0);
  const ans_syn *test = p.tree->root->child[1];
  cr_assert(test->kind == ANS_SYN_TESTCASE);
  cr_expect(test->child[2]->child[0]->child[0] == NULL, "the unit is not a law");
  cr_expect(test->child[3]->count == 1);
  drop(&p);
}

Test(syntax, empty_files) {
  static const char *const texts[] = {"", "\n", "-- only a comment", "\r\n\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct parsed p = parse(texts[i]);
    cr_assert(p.status == ANS_OK);
    cr_expect(ans_diags_count(p.diags) == 0 && p.tree->root->count == 1 && p.tree->token_count == 1);
    check_tree(p.tree);
    drop(&p);
  }
}

/* The rule sets of the product are free of syntax errors. */
Test(syntax, rule_sets_parse) {
  glob_t g;
  cr_assert(glob("rules/*/*/*/*.recht", 0, NULL, &g) == 0, "no rule set found");
  for (size_t i = 0; i < g.gl_pathc; i++) {
    ans_diags *d = ans_diags_new();
    ans_tree *t = NULL;
    cr_assert(ans_tree_parse_file(g.gl_pathv[i], d, &t, NULL) == ANS_OK);
    ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
    cr_expect(ans_diags_errors(d) == 0, "%s", g.gl_pathv[i]);
    check_tree(t);
    ans_tree_free(t);
    ans_diags_free(d);
  }
  globfree(&g);
}

/* --- messages -------------------------------------------------------------------------------------------------------------- */
struct sample { const char *code; uint32_t line, column; const char *text; };
#define P "\302\247"   /* paragraph sign */
#define E "\342\202\254" /* euro sign */
#define UE "\303\274"
static const struct sample samples[] = {
    {"R0001", 2, 6, "regel A.x\nregel\377 A.y\n"},
    {"R0002", 1, 1, "\357\273\277regel A.x\n"},
    {"R0003", 1, 9, "regel A.\001x\n"},
    {"R0004", 1, 11, "regel A.x @ wenn a\n"},
    {"R0005", 1, 18, "regel A.x wenn a == b\n"},
    {"R0006", 2, 1, "regel A.x\n// so nicht\n"},
    {"R0007", 1, 24, "regel A.x begr" UE "ndung   \"offen\nregel A.y\n"},
    {"R0008", 1, 22, "regel A.x begr" UE "ndung \"a\\n\"\n"},
    {"R0009", 1, 22, "regel A.x begr" UE "ndung \342\200\236text\342\200\234\n"},
    {"R0010", 1, 16, "regel A.x wenn 3fach\n"},
    {"R0011", 1, 16, "regel A.x ist  1.000\n"},
    {"R0012", 1, 15, "regel A.x ist 1.132,50 " E "\n"},
    {"R0013", 1, 20, "regel A.x wenn d = 29.02.2023\n"},
    {"R0014", 1, 20, "regel A.x wenn m = 13.2023\n"},
    {"R0015", 1, 7, "paket Bund/EStG version 1.0.0 titel \"x\" zeitraum von 01.2015 bis 12.2026\n"},
    {"R0016", 1, 16, "regel A.x wenn u\314\210ber_a\n"},
    {"R0101", 1, 16, "regel A.x wenn und a\n"},
    {"R0102", 2, 1, "regel A.x\nausnahm f" UE "r A.x von " P " 1\n"},
    {"R0103", 1, 9, "einheit Monat\nende\n"},
    {"R0104", 2, 1, "ausnahme f" UE "r A.x von\n" P " 33 EStG\n"},
    {"R0105", 3, 1, "einheit Person auch Kind\n  angabe a : Zahl\nregel A.x\n"},
    {"R0106", 1, 17, "auswahl A = B; C, D\n"},
    {"R0107", 2, 1, "norm A \"a\"\npaket a/b version 1.0.0 titel \"x\" zeitraum von 01.2015 bis 12.2026\n"},
    {"R0108", 1, 11, "regel A.x g" UE "ltig wenn a\n"},
    {"R0109", 2, 3, "pr" UE "ffall \"x\"\n  a = 1\n  erwarte A.x im 01.2020 = 1\nende\n"},
    {"R0110", 1, 1, "pr" UE "ffall \"x\"\n  Person A: a = 1\nende\n"},
    {"R0111", 3, 3, "grundfall \"x\"\n  Person A: a = 1\n  erwarte A.x im 01.2020 = 1\nende\n"},
    {"R0112", 3, 3, "pr" UE "ffall \"x\"\n  erwarte A.x im 01.2020 = 1\n  Person A: a = 1\nende\n"},
    {"R0113", 1, 18, "regel A.x wenn a und\n"},
    {"R0114", 2, 1, "regel A.x\nende\n"},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* Every message of this module has a sample; the sample gives exactly that message at exactly that place, in two languages and JSON. */
static void message_golden(const struct sample *s) {
  struct parsed p = parse(s->text);
  cr_assert(p.status == ANS_OK);
  check_tree(p.tree);
  char *de = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  char *en = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_EN});
  cr_expect(ans_diags_count(p.diags) == 1 && ans_diags_errors(p.diags) == 1, "%s: %zu messages\n%s", s->code, ans_diags_count(p.diags), de);
  const ans_diag *d = ans_diags_at(p.diags, 0);
  cr_assert(d != NULL);
  SAME_TEXT(ans_diag_code(d->id), s->code);
  cr_expect(d->line == s->line && d->column == s->column, "%s at %u:%u", s->code, d->line, d->column);
  char path[200], *both = malloc(strlen(de) + strlen(en) + 1);
  strcpy(both, de);
  strcat(both, en);
  snprintf(path, sizeof path, "tests/golden/syntax/messages/%s.txt", s->code);
  golden(path, both);
  free(both);
  free(de);
  free(en);
  drop(&p);
}
Test(syntax, messages) {
  for (size_t i = 0; i < SAMPLES; i++) message_golden(&samples[i]);
}
Test(syntax, every_message_has_a_sample) {
  for (int id = 0; id < ANS_DIAG_COUNT; id++) {
    const char *code = ans_diag_code((ans_diag_id)id);
    bool ours = (!strncmp(code, "R00", 3) || !strncmp(code, "R01", 3)) && strcmp(code, "R0000") != 0, found = false;
    for (size_t i = 0; i < SAMPLES; i++) found = found || !strcmp(samples[i].code, code);
    cr_expect(!ours || found, "%s has no sample", code);
    for (int other = 0; other < id; other++) cr_expect(strcmp(code, ans_diag_code((ans_diag_id)other)) != 0, "%s is used twice", code);
  }
}

/* What is suggested. */
Test(syntax, did_you_mean) {
  static const struct { const char *text, *word; } cases[] = {
      {"regl A.x wenn a\n", "\342\200\236regel\342\200\234"},
      {"Regel A.x wenn a\n", "\342\200\236regel\342\200\234"},
      {"regel A.x wenn Kind hat das 18. Lebensjahr noch nicht vollended\n", "noch nicht vollendet"},
      {"regel A.x wenn Kind hat zu Begin des Monats das 18. Lebensjahr vollendet\n", "zu Beginn des Monats"},
      {"norm EStG \"E\" quelle ungeprueft\n", "quelle ungepr" UE "ft"},
      {"leistung K je P\n  ansruch A\nende\n", "anspruch"},
      {"einheit P\n  angabe a : Zahl im Zeitverlauff\nende\n", "im Zeitverlauf"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct parsed p = parse(cases[i].text);
    char *de = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
    cr_expect(ans_diags_count(p.diags) == 1 && !strcmp(ans_diag_code(ans_diags_at(p.diags, 0)->id), "R0102") && strstr(strstr(de, "Abhilfe"), cases[i].word),
              "%s\n%s", cases[i].text, de);
    free(de);
    drop(&p);
  }
  static const char *const names[] = {"Geburtsdatum", "Sterbedatum", "Wohnsitz"};
  SAME_TEXT(ans_nearest_name("Geburtsdatm", names, 3), "Geburtsdatum");
  cr_expect(ans_nearest_name("Einkommen", names, 3) == NULL);
  cr_expect(ans_nearest_name("x", names, 0) == NULL);
}

/* Independent mistakes give one message each, at their lines, and everything else is still there. */
static void expect_lines(const char *name, const char *text, const uint32_t *lines, size_t n) {
  struct parsed p = parse(text);
  cr_assert(p.status == ANS_OK);
  check_tree(p.tree);
  char *de = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_expect(ans_diags_count(p.diags) == n, "%s: %zu messages, expected %zu\n%s", name, ans_diags_count(p.diags), n, de);
  for (size_t i = 0; i < n && i < ans_diags_count(p.diags); i++) {
    bool found = false;
    for (size_t k = 0; k < ans_diags_count(p.diags); k++) found = found || ans_diags_at(p.diags, k)->line == lines[i];
    cr_expect(found, "%s: no message for line %u\n%s", name, lines[i], de);
  }
  free(de);
  drop(&p);
}
#define EXPECT_LINES(name, text, ...) expect_lines(name, text, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

Test(syntax, five_errors_five_messages) {
  EXPECT_LINES("items",
               "norm EStG \"Einkommensteuergesetz\"\n" P " 1 EStG\n"
               "regel A.x wenn a und\n"                       /* 3: an operand is missing */
               "regel A.y wenn (b\n"                          /* 4: parenthesis open */
               "ausnahme A.y von " P " 1\n"                   /* 5: für is missing */
               "regel A.v wenn b\n"
               "auswahl F = A, B\n"                           /* 7: comma */
               "ergebnis A.z Geld\n"                          /* 8: colon missing */
               "regel A.z ist 1\n",
               3, 4, 5, 7, 8);
}
Test(syntax, errors_in_a_unit) {
  EXPECT_LINES("unit",
               "einheit Person\n"
               "  angabe a Zahl\n"                            /* 2 */
               "  angabe b : Zahl\n"
               "  angabe : Zahl\n"                            /* 4 */
               "  verweis c : \n"                             /* 5 */
               "  beurteilung d : Wahrheitswert quelle\n"     /* 6 */
               "  ermessen e : Wahrheitswert\n"
               "ende\n"
               "regel A.x wenn wahr\n",
               2, 4, 5, 6);
}
Test(syntax, errors_in_a_benefit) {
  EXPECT_LINES("benefit",
               "leistung K je P\n  anspruch\n  betrag 1\n  regime AO\n  antrag " P " 67 EStG\n  f" UE "r Kind\nende\nregel A.x\n",
               2, 3, 4);
}
Test(syntax, errors_in_a_test) {
  EXPECT_LINES("test",
               "pr" UE "ffall \"x\"\n"
               "  Person : a = 1\n"                           /* 2 */
               "  b = 2\n"
               "  Person B: c = = 3\n"                        /* 4 */
               "  erwarte B.x im 2020 = 1\n"                  /* 5 */
               "  erwarte B.x = 1\n"                          /* 6 */
               "  erwarte B.x im 01.2020 = 1\n"
               "ende\n"
               "pr" UE "ffall\n"                              /* name missing: found at 10 */
               "  Person A: a = 1\n"
               "  erwarte A.x im 01.2020 = \n"                /* 11 */
               "ende\n"
               "regel A.x wenn wahr\n",
               2, 4, 5, 6, 10, 11);
}
Test(syntax, errors_in_parameter_rows) {
  EXPECT_LINES("parameter",
               "parameter P : Geld je Monat\n"
               "  ab 2015 : 1 " E "\n"                        /* 2 */
               "  ab 01.01.2016 1 " E "\n"                    /* 3 */
               "  ab 01.01.2017 : 1 " E "\n"
               "  ab 01.01.2018 : 1 -> \n"                    /* 5 */
               "  ab 01.01.2019 : 1 -> 2 " E "\n"
               "parameter : Geld\n"                           /* 7 */
               "  ab 01.01.2018 : 1 " E "\n"
               "  ab 01.2019 : 1 " E "\n"                     /* 9 */
               "regel A.x wenn wahr\n",
               2, 3, 5, 7, 9);
}
Test(syntax, open_blocks) {
  EXPECT_LINES("two units without ende", "einheit A\n  angabe a : Zahl\neinheit B\n  angabe b : Zahl\nregel A.x\n", 3, 5);
  EXPECT_LINES("unit open at the end", "einheit A\n  angabe a : Zahl\n", 3);
  EXPECT_LINES("unit open before a human item", "einheit A\n  angabe a : Zahl\nermessen f" UE "r A.x \"t\"\nregel A.y\n", 3);
  EXPECT_LINES("case open", "pr" UE "ffall \"x\"\n  Person A: a = 1\n  erwarte A.x im 01.2020 = 1\nregel A.y\n", 4);
  EXPECT_LINES("falls open", "regel A.x ist falls a dann b sonst c\nregel A.y ist 1\n", 2);
  EXPECT_LINES("bad member and no ende", "einheit A\n  angabe a Zahl\nregel A.x\n", 2, 3);
  EXPECT_LINES("stray ende", "regel A.x\nende\nregel A.y\n", 2);
}
/* A lexical error is not followed by the syntax error it causes. */
Test(syntax, lexical_errors_do_not_cascade) {
  EXPECT_LINES("stray", "regel A.x wenn a ? b\nregel A.y wenn \302\260 c\nregel A.z wenn \"offen\nregel A.w wenn a & b\n", 1, 2, 3, 4);
  EXPECT_LINES("control", "regel A.x wenn a \002 b\nregel \377 A.y wenn c\n", 1, 2);
  EXPECT_LINES("bidi override in a comment, zero width space in a name", "regel A.x -- \342\200\256 wenn\nregel A.\342\200\213y\n", 1, 2);
  EXPECT_LINES("number", "parameter 3x : Geld\n  ab 01.01.2015 : 1 " E "\nregel A.y wenn 1.5 > 2\n", 1, 3);
}

/* --- the list and the printer ---------------------------------------------------------------------------------------------- */
Test(syntax, caret_counts_code_points_and_keeps_tabs) {
  struct parsed p = parse("\tregel \303\204\303\226.x wenn \303\244\303\244 und und\n");
  char *text = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_expect(strstr(text, "probe.recht:1:25: Fehler R0101") != NULL, "%s", text);
  cr_expect(strstr(text, "\n      | \t                       ^~~\n") != NULL, "%s", text);
  cr_expect(strstr(text, "\033") == NULL);
  free(text);
  text = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_EN, .color = true});
  cr_expect(strstr(text, "\033[1;31m") && strstr(text, "error R0101") && strstr(text, "Remedy:"), "%s", text);
  free(text);
  drop(&p);
}
Test(syntax, json_is_json) {
  struct parsed p = parse("regel A.x wenn \"\\\"\303\244\" und und\nregel ;\n");
  char *text = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_EN, .json = true});
  json_error_t e;
  json_t *list = json_loads(text, 0, &e);
  cr_assert(list != NULL, "%s: %s", e.text, text);
  cr_expect(json_array_size(list) == 2);
  json_t *o = json_array_get(list, 0);
  SAME_TEXT(json_string_value(json_object_get(o, "code")), "R0101");
  SAME_TEXT(json_string_value(json_object_get(o, "severity")), "error");
  SAME_TEXT(json_string_value(json_object_get(o, "path")), "probe.recht");
  cr_expect(json_integer_value(json_object_get(o, "line")) == 1);
  cr_expect(json_integer_value(json_object_get(o, "column")) == 26);
  cr_expect(json_integer_value(json_object_get(o, "length")) == 3);
  SAME_TEXT(json_string_value(json_object_get(o, "message")), "Found \342\200\234und\342\200\235, expected an expression.");
  cr_expect(json_string_length(json_object_get(o, "remedy")) > 0);
  json_decref(list);
  free(text);
  drop(&p);
  ans_diags *none = ans_diags_new();
  text = printed(none, (ans_diag_options){.json = true});
  SAME_TEXT(text, "[]\n");
  free(text);
  ans_diags_free(none);
}
/* Positions decide the order, not the order of discovery; files are kept apart; entries outlive their source. */
Test(syntax, sorted_and_independent_of_sources) {
  ans_diags *d = ans_diags_new();
  static const char *const paths[] = {"b.recht", "a.recht"};
  for (int i = 0; i < 2; i++) {
    char text[] = "regel A.x wenn und\nregel A.y wenn 1.5\n";
    ans_tree *t = NULL;
    cr_assert(ans_tree_parse(paths[i], text, strlen(text), d, &t, NULL) == ANS_OK);
    ans_tree_free(t);
    memset(text, 0, sizeof text);
  }
  char *text = printed(d, (ans_diag_options){.lang = ANS_LANG_DE});
  const char *a1 = strstr(text, "a.recht:1:16"), *a2 = strstr(text, "a.recht:2:16"), *b1 = strstr(text, "b.recht:1:16"), *b2 = strstr(text, "b.recht:2:16");
  cr_expect(a1 && a2 && b1 && b2 && a1 < a2 && a2 < b1 && b1 < b2, "%s", text);
  cr_expect(strstr(text, "regel A.y wenn 1.5") != NULL);
  free(text);
  ans_diags_free(d);
}
Test(syntax, list_is_bounded) {
  char *text = malloc(300 * 16), *w = text;
  for (int i = 0; i < 300; i++) w += sprintf(w, "regel %d\n", i);
  struct parsed p = parse(text);
  cr_expect(ans_diags_errors(p.diags) == 300);
  cr_expect(ans_diags_count(p.diags) == 200);
  char *out = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_expect(strstr(out, "R0000") && strstr(out, "Weitere 100 Fehler"));
  free(out);
  free(text);
  drop(&p);
}
/* Escape sequences and broken bytes of a file do not reach the terminal; long lines are cut around the caret. */
Test(syntax, printing_is_safe) {
  struct parsed p = parse("regel A.x wenn \"\033[31m\302\233\377\" und und\n");
  char *out = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_expect(strchr(out, '\033') == NULL && strstr(out, "\302\233") == NULL && strchr(out, '\377') == NULL);
  free(out);
  drop(&p);
  char *text = malloc(100000);
  memset(text, ' ', 99999);
  text[99999] = 0;
  memcpy(text, "regel A.x", 9);
  memcpy(text + 50000, "und", 3);
  p = parse(text);
  out = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_expect(strlen(out) < 2000 && strstr(out, "probe.recht:1:50001:") && strstr(out, "und"));
  free(out);
  free(text);
  drop(&p);
}

/* --- limits ----------------------------------------------------------------------------------------------------------------- */
static char *repeated(const char *head, const char *piece, size_t n, const char *tail) {
  char *text = malloc(strlen(head) + n * strlen(piece) + strlen(tail) + 1), *w = text;
  w = stpcpy(w, head);
  for (size_t i = 0; i < n; i++) w = stpcpy(w, piece);
  strcpy(w, tail);
  return text;
}
static void limit(const char *head, const char *piece, size_t n, const char *tail, const char *code) {
  char *text = repeated(head, piece, n, tail), out[800];
  struct parsed p = parse(text);
  if (code) {
    cr_expect(p.status == ANS_LIMIT && p.tree == NULL, "%s: status %d", code, p.status);
    SAME_TEXT(p.err.code ? p.err.code : "", code);
    cr_expect(strstr(ans_error_render(&p.err, ANS_LANG_DE, out, sizeof out), "probe.recht") != NULL);
  } else {
    cr_expect(p.status == ANS_OK && p.tree != NULL, "%zu times %s: status %d", n, piece, p.status);
    cr_expect(ans_diags_count(p.diags) == 0);
    if (p.tree) check_tree(p.tree);
  }
  drop(&p);
  free(text);
}
Test(syntax, nesting_limit) {
  char *close = repeated("a", ")", 200, "\n"), *more = repeated("a", ")", 201, "\n");
  limit("regel A.x wenn ", "(", 200, close, NULL);
  limit("regel A.x wenn ", "(", 201, more, "E-DSL-NESTING");
  limit("regel A.x wenn ", "nicht ", 200, "a\n", NULL);
  limit("regel A.x wenn ", "nicht ", 201, "a\n", "E-DSL-NESTING");
  limit("regel A.x wenn ", "- ", 100000, "a\n", "E-DSL-NESTING");
  limit("regel A.x ist ", "falls a dann ", 100000, "\n", "E-DSL-NESTING");
  free(close);
  free(more);
}
Test(syntax, chain_limit) {
  limit("regel A.x wenn a ", "und a ", 900, "\n", NULL);
  limit("regel A.x wenn a ", "und a ", 1100, "\n", "E-DSL-HEIGHT");
  limit("regel A.x ist a ", "+ a ", 200000, "\n", "E-DSL-HEIGHT");
  limit("auswahl A = a", "; a", 100000, "\n", NULL); /* lists are not chains */
}
Test(syntax, name_limit) {
  limit("regel A.", "x", 128, "\n", NULL);
  limit("regel A.", "x", 129, "\n", "E-DSL-NAME");
}
Test(syntax, size_limit) {
  limit("--", "x", 8 * 1024 * 1024 - 3, "\n", NULL);
  limit("--", "x", 8 * 1024 * 1024 - 2, "\n", "E-DSL-SIZE");
  limit("", ";", 2000000, "\n", "E-DSL-TOKENS");
}
Test(syntax, files_that_cannot_be_read) {
  ans_error err;
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  char out[800];
  cr_expect(ans_tree_parse_file("tests/golden/syntax/no-such-file.recht", d, &t, &err) == ANS_IO && t == NULL);
  cr_expect(strstr(ans_error_render(&err, ANS_LANG_DE, out, sizeof out), "no-such-file.recht") != NULL);
  cr_expect(ans_tree_parse_file("tests/golden/syntax", d, &t, &err) == ANS_IO && t == NULL);
  cr_expect(ans_tree_parse_file("/dev/zero", d, &t, &err) == ANS_LIMIT && t == NULL);
  ans_diags_free(d);
}

/* --- hostile input ------------------------------------------------------------------------------------------------------------ */
static uint64_t draw(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Whatever the bytes: no crash, a lossless tree (or a limit), messages that print. */
static void survives(const char *text, size_t len) {
  struct parsed p = parse_n("probe.recht", text, len);
  cr_assert(p.status == ANS_OK || p.status == ANS_LIMIT);
  if (p.tree) {
    check_tree(p.tree);
    for (uint32_t i = 0; i < p.tree->root->count; i++)
      if (p.tree->root->child[i]) ans_syn_text(p.tree, p.tree->root->child[i]);
  }
  char *out = printed(p.diags, (ans_diag_options){.lang = ANS_LANG_DE});
  cr_assert((ans_diags_count(p.diags) == 0) == (strlen(out) == 0));
  free(out);
  drop(&p);
}

static char *whole_sample(size_t *len) {
  static const char *const names[] = {"declarations", "rules", "expressions", "cases", "periods"};
  char *all = calloc(1, 1), path[200];
  *len = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t n = 0;
    snprintf(path, sizeof path, "tests/golden/syntax/trees/%s.recht", names[i]);
    char *text = slurp(path, &n);
    cr_assert(text != NULL);
    all = realloc(all, *len + n + 1);
    memcpy(all + *len, text, n + 1);
    *len += n;
    free(text);
  }
  return all;
}

Test(syntax, truncated_at_every_byte) {
  size_t len = 0;
  char *text = whole_sample(&len);
  for (size_t n = 0; n <= len; n += 1 + n / 500) survives(text, n);
  free(text);
}

Test(syntax, random_mutations) {
  static const char *const pieces[] = {"ende", "\n", "(", ")", "\"", ";", ",", "falls ", "\302\247 ", "regel ", "\nregel ", "ab ", "\377", "\\", "=", ":", "-", " ", "\n\302\247 1 X\n", "nicht ", "paket "};
  size_t len = 0;
  char *text = whole_sample(&len), *copy = malloc(len + 4000);
  uint64_t state = 20150101;
  for (int round = 0; round < 1500; round++) {
    size_t n = len;
    memcpy(copy, text, len);
    for (uint64_t k = 1 + draw(&state) % 12; k-- > 0;) {
      size_t at = draw(&state) % n, span = 1 + draw(&state) % 40;
      if (span > n - at) span = n - at;
      const char *piece = pieces[draw(&state) % (sizeof pieces / sizeof *pieces)];
      size_t plen = strlen(piece);
      switch (draw(&state) % 4) {
        case 0: copy[at] = (char)draw(&state); break;
        case 1: /* delete a span */
          memmove(copy + at, copy + at + span, n - at - span);
          n -= span;
          break;
        case 2: /* insert a piece */
          memmove(copy + at + plen, copy + at, n - at);
          memcpy(copy + at, piece, plen);
          n += plen;
          break;
        default: /* move bytes from elsewhere over it */
          memmove(copy + at, text + draw(&state) % (len - span), span);
      }
      if (n < 100) n = len;
    }
    survives(copy, n);
  }
  free(copy);
  free(text);
}

/* --- documentation -------------------------------------------------------------------------------------------------------------- */
/* The list of reserved words in docs/language.md is the keyword table. */
Test(syntax, reserved_words_are_documented) {
  static const char *const words[] = {
#define X(token, text, gloss) text,
#include "syntax/keywords.def"
#undef X
  };
  char *doc = slurp("docs/language.md", NULL);
  cr_assert(doc != NULL);
  char *from = strstr(doc, "\n## Reserved words");
  cr_assert(from != NULL);
  char *to = strstr(from + 1, "\n## "), quoted[200];
  if (to) *to = 0;
  size_t listed = 0, n = sizeof words / sizeof *words;
  for (size_t i = 0; i < n; i++) {
    snprintf(quoted, sizeof quoted, "`%s`", words[i]);
    cr_expect(strstr(from, quoted) != NULL, "%s is not listed", words[i]);
  }
  for (char *s = from; (s = strchr(s, '`')); s++) listed++;
  cr_expect(listed == 2 * n, "%zu quoted words, %zu reserved", listed / 2, n);
  free(doc);
}
