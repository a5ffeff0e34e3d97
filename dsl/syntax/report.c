/* Syntax errors: wording, and where to go on.
 *
 * Wording: what stands there, what may stand there in words of the language (at most five, whole groups as one word), and the most
 * specific remedy known. Recovery: the next row of the list that contains the mistake; only rows at the start of a line count, because
 * the same words also occur inside rows. A mistake next to a lexical error is that error's consequence and is not reported. */
#include "grammar.tab.h"
#include "syntax/internal.h"
#include <stdio.h>
#include <string.h>

enum { REPORT_WORDS = 5 };

/* de, en: what the group is; examples: words of it that are shown in the spelling of the file; more: is there something else? */
struct group { const char *de, *en; const int *examples; bool more; const int *needs; const int *covers; };
#define KINDS(...) (const int[]){__VA_ARGS__, 0}
#define LITERALS SYN_INT, SYN_DECIMAL, SYN_MONEYNUM, SYN_DATE, SYN_MONTH, SYN_STRING, SYN_WAHR, SYN_FALSCH, SYN_MINUS, SYN_IDENT
/* A group applies if all tokens it needs are expected; then it stands for all it covers. Order matters: the first come first. */
static const struct group groups[] = {
    {"ein Ausdruck", "an expression", NULL, false, KINDS(SYN_FALLS),
     KINDS(LITERALS, SYN_NICHT, SYN_LPAREN, SYN_ANZAHL_DER, SYN_SUMME, SYN_HOECHSTWERT, SYN_MINDESTWERT, SYN_ES_GIBT_EINE, SYN_JEDE, SYN_RANG_NACH,
           SYN_AN_EINEM_TAG, SYN_AN_JEDEM_TAG, SYN_TAGE_MIT, SYN_FALLS, SYN_MONAT, SYN_TAG, SYN_MONATSBEGINN, SYN_MONATSENDE, SYN_ZEITRAUMBEGINN, SYN_ZEITRAUMENDE,
           SYN_AN_EINEM_TAG_ZEITRAUM, SYN_AN_JEDEM_TAG_ZEITRAUM, SYN_TAGE_MIT_ZEITRAUM, SYN_KAUFMAENNISCH,
           SYN_AUF, SYN_AB, SYN_GEKUERZT, SYN_VERLAENGERT, SYN_STRENG, SYN_CENT, SYN_VOLLE_EURO, SYN_ZEHN_CENT, SYN_ANGENOMMEN)},
    {"ein Typ", "a type", KINDS(SYN_WAHRHEITSWERT, SYN_ZAHL, SYN_GELD, SYN_DATUM), true, KINDS(SYN_WAHRHEITSWERT, SYN_GELD),
     KINDS(SYN_WAHRHEITSWERT, SYN_ZAHL, SYN_DEZIMAL, SYN_GELD, SYN_DATUM, SYN_MONATSZAHL, SYN_TEXT, SYN_LISTE_VON, SYN_IDENT)},
    {"ein Wert", "a value", NULL, false, KINDS(SYN_MONEYNUM), KINDS(LITERALS)},
    {"eine Fundstelle (§ …)", "a citation (§ …)", NULL, false, KINDS(SYN_CITE_HEAD), KINDS(SYN_CITE_HEAD)},
    {"eine Maßeinheit", "a measure", KINDS(SYN_JAHRE, SYN_MONATE, SYN_TAGE, SYN_STUNDEN), false, KINDS(SYN_JAHRE, SYN_MONATE),
     KINDS(SYN_JAHRE, SYN_MONATE, SYN_TAGE, SYN_STUNDEN)},
    {"ein Zeitbezug", "a time span", KINDS(SYN_JE_TAG, SYN_JE_WOCHE, SYN_JE_MONAT, SYN_JE_JAHR), false, KINDS(SYN_JE_TAG, SYN_JE_WOCHE),
     KINDS(SYN_JE_TAG, SYN_JE_WOCHE, SYN_JE_MONAT, SYN_JE_JAHR)},
    {"die Fortsetzung der Fundstelle (Abs., Satz, Nr. …)", "more of the citation (Abs., Satz, Nr. …)", NULL, false, KINDS(SYN_ABS, SYN_NR),
     KINDS(SYN_ABS, SYN_SATZ, SYN_NR, SYN_BUCHST, SYN_DOPPELBUCHST, SYN_HALBSATZ, SYN_LAW)},
    {"eine Angabe der Einheit", "a member of the unit", KINDS(SYN_ANGABE, SYN_VERWEIS, SYN_BEURTEILUNG, SYN_ERMESSEN), false,
     KINDS(SYN_ANGABE, SYN_VERWEIS), KINDS(SYN_ANGABE, SYN_VERWEIS, SYN_BEURTEILUNG, SYN_ERMESSEN)},
    {"eine Zeile der Leistung", "a line of the benefit", KINDS(SYN_ANSPRUCH, SYN_BETRAG, SYN_REGIME), true, KINDS(SYN_ANSPRUCH, SYN_REGIME),
     KINDS(SYN_ANSPRUCH, SYN_BETRAG, SYN_AUSZAHLUNG, SYN_EMPFAENGER, SYN_FUER, SYN_REGIME, SYN_ANTRAG, SYN_NUR_AUSKUNFT)},
    {"die Fortsetzung des Ausdrucks", "more of the expression", KINDS(SYN_UND, SYN_ODER, SYN_EQ, SYN_PLUS), true, KINDS(SYN_ODER, SYN_UND),
     KINDS(SYN_ODER, SYN_UND, SYN_EQ, SYN_NE, SYN_LT, SYN_LE, SYN_GT, SYN_GE, SYN_IN, SYN_ENTSPRICHT, SYN_ENTHAELT, SYN_GILT_ALS, SYN_HAT, SYN_PLUS, SYN_MINUS, SYN_STAR, SYN_SLASH,
           SYN_ZU_BEGINN, SYN_ZU_BEGINN_ZEITRAUM, SYN_AM, SYN_AM_TAG, SYN_DOT, SYN_LPAREN, SYN_PERCENTSIGN)},
    {"die nächste Vorschrift oder Erklärung", "the next provision or declaration", KINDS(SYN_CITE_HEAD, SYN_REGEL, SYN_AUSNAHME, SYN_ERGEBNIS), true,
     KINDS(SYN_REGEL, SYN_NORM),
     KINDS(SYN_PAKET, SYN_NORM, SYN_AUSWAHL, SYN_EINHEIT, SYN_SECTION_HEAD, SYN_HILFSDEFINITION, SYN_ERGEBNIS, SYN_PARAMETER, SYN_REGEL, SYN_AUSNAHME,
           SYN_ERMESSEN_ITEM, SYN_BEURTEILUNG_ITEM, SYN_NICHT_ABGEBILDET, SYN_ABGEBILDET, SYN_LEISTUNG, SYN_GRUNDFALL, SYN_PRUEFFALL, SYN_END)},
    {"eine Regel, ein Ergebnis oder ein Parameter", "a rule, a result or a parameter", NULL, false, KINDS(SYN_REGEL, SYN_ERGEBNIS),
     KINDS(SYN_REGEL, SYN_ERGEBNIS, SYN_PARAMETER)},
};

/* Names of tokens that are not reserved words. */
static const struct { int kind; const char *de, *en; } names[] = {
    {SYN_END, "das Ende der Datei", "the end of the file"},
    {SYN_IDENT, "ein Name", "a name"},
    {SYN_LAW, "der Name eines Gesetzes", "the name of a law"},
    {SYN_STRING, "ein Text in Anführungszeichen", "a quoted text"},
    {SYN_INT, "eine ganze Zahl", "an integer"},
    {SYN_DECIMAL, "eine Dezimalzahl", "a decimal"},
    {SYN_MONEYNUM, "ein Geldbetrag", "an amount of money"},
    {SYN_DATE, "ein Datum (TT.MM.JJJJ)", "a date (DD.MM.YYYY)"},
    {SYN_MONTH, "ein Monat (MM.JJJJ)", "a month (MM.YYYY)"},
    {SYN_ORDINAL, "eine Ordnungszahl wie „18.“", "an ordinal such as “18.”"},
    {SYN_CITNUM, "die Nummer der Fundstelle", "the number of the citation"},
    {SYN_CITLETTERS, "ein Kleinbuchstabe", "a lower-case letter"},
    {SYN_VERSION, "eine Version wie 1.0.0", "a version such as 1.0.0"},
    {SYN_PACKAGE_NAME, "ein Paketname wie bund/estg/kindergeld", "a package name such as bund/estg/kindergeld"},
    {SYN_SECTION_HEAD, "„§“ am Zeilenanfang", "“§” at the start of a line"},
    {SYN_CITE_HEAD, "eine Fundstelle (§ …)", "a citation (§ …)"},
    {SYN_ABS, "„Abs.“", "“Abs.”"},
    {SYN_NR, "„Nr.“", "“Nr.”"},
    {SYN_BUCHST, "„Buchst.“", "“Buchst.”"},
    {SYN_DOPPELBUCHST, "„Doppelbuchst.“", "“Doppelbuchst.”"},
    {SYN_COLON, "„:“", "“:”"},
    {SYN_SEMICOLON, "„;“", "“;”"},
    {SYN_COMMA, "„,“", "“,”"},
    {SYN_DOT, "„.“", "“.”"},
    {SYN_LPAREN, "„(“", "“(”"},
    {SYN_RPAREN, "„)“", "“)”"},
    {SYN_ARROW, "„->“", "“->”"},
    {SYN_SLASH, "„/“", "“/”"},
    {SYN_STAR, "„*“", "“*”"},
    {SYN_PLUS, "„+“", "“+”"},
    {SYN_MINUS, "„-“", "“-”"},
    {SYN_EQ, "„=“", "“=”"},
    {SYN_NE, "„<>“", "“<>”"},
    {SYN_LT, "„<“", "“<”"},
    {SYN_LE, "„<=“", "“<=”"},
    {SYN_GT, "„>“", "“>”"},
    {SYN_GE, "„>=“", "“>=”"},
    {SYN_PERCENTSIGN, "„%“", "“%”"},
    {SYN_EURO, "„€“", "“€”"},
};

/* --- phrases in two languages, joined as "de\037en" ------------------------------------------------------------------------- */
struct phrase { char de[400], en[400]; };

static void phrase__add(struct phrase *p, const char *de, const char *en, bool last) {
  size_t a = strlen(p->de), b = strlen(p->en);
  snprintf(p->de + a, sizeof p->de - a, "%s%s", a ? (last ? " oder " : ", ") : "", de);
  snprintf(p->en + b, sizeof p->en - b, "%s%s", b ? (last ? " or " : ", ") : "", en);
}

static void phrase__join(const struct phrase *p, char out[900]) { snprintf(out, 900, "%s\037%s", p->de, p->en); }

/* In a message in English a German word is glossed; a word of an English file is not. */
static void report__name(int kind, ans_syn_lang lang, struct phrase *out) {
  memset(out, 0, sizeof *out);
  const char *word = syn__keyword(kind, lang);
  if (word) {
    snprintf(out->de, sizeof out->de, "„%s“", word);
    if (lang == ANS_SYN_EN) snprintf(out->en, sizeof out->en, "“%s”", word);
    else snprintf(out->en, sizeof out->en, "“%s” (%s)", word, syn__keyword(kind, ANS_SYN_EN));
    return;
  }
  if (lang == ANS_SYN_EN && (kind == SYN_DATE || kind == SYN_MONTH || kind == SYN_ORDINAL)) {
    snprintf(out->de, sizeof out->de, "%s", kind == SYN_DATE ? "ein Datum (JJJJ-MM-TT)" : kind == SYN_MONTH ? "ein Monat (JJJJ-MM)" : "eine Ordnungszahl wie „18th“");
    snprintf(out->en, sizeof out->en, "%s", kind == SYN_DATE ? "a date (YYYY-MM-DD)" : kind == SYN_MONTH ? "a month (YYYY-MM)" : "an ordinal such as “18th”");
    return;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (names[i].kind != kind) continue;
    snprintf(out->de, sizeof out->de, "%s", names[i].de);
    snprintf(out->en, sizeof out->en, "%s", names[i].en);
    return;
  }
}

/* The group and its examples in the words of the file: "a type (Wahrheitswert, Zahl …)". */
static void report__group(const struct group *g, ans_syn_lang lang, struct phrase *out) {
  char words[160] = "";
  for (const int *k = g->examples; k && *k; k++) {
    const char *word = *k == SYN_CITE_HEAD ? "§" : *k == SYN_EQ ? "=" : *k == SYN_PLUS ? "+" : syn__keyword(*k, lang);
    size_t n = strlen(words);
    snprintf(words + n, sizeof words - n, "%s%s%s%s", n ? ", " : " (", word ? word : "", !k[1] && g->more ? " …" : "", k[1] ? "" : ")");
  }
  snprintf(out->de, sizeof out->de, "%s%s", g->de, words);
  snprintf(out->en, sizeof out->en, "%s%s", g->en, words);
}

/* Text of tokens first … first+words-1 as one line, cut to a few words. */
static void report__source(const ans_tree *t, uint32_t first, uint32_t words, char *out, size_t size) {
  size_t n = 0;
  for (uint32_t i = first; i < first + words && i < t->token_count; i++) {
    if (i > first && n + 1 < size) out[n++] = ' ';
    const char *s = t->source.text + t->tokens[i].at;
    for (uint32_t k = 0; k < t->tokens[i].len && n + 4 < size; k++) {
      bool blank = s[k] == ' ' || s[k] == '\t' || s[k] == '\r' || s[k] == '\n';
      if (!blank) out[n++] = s[k];
      else if (n && out[n - 1] != ' ') out[n++] = ' ';
    }
  }
  n = ans_utf8_valid_prefix(out, n);
  out[n] = 0;
}

static void report__found(const ans_tree *t, uint32_t at, char out[900]) {
  int kind = t->tokens[at].kind;
  char text[80];
  struct phrase p = {{0}, {0}};
  report__source(t, at, 1, text, sizeof text);
  if (kind == SYN_STRING) snprintf(p.de, sizeof p.de, "der Text %s", text), snprintf(p.en, sizeof p.en, "the text %s", text);
  else if (kind == SYN_IDENT || kind == SYN_LAW) snprintf(p.de, sizeof p.de, "der Name „%s“", text), snprintf(p.en, sizeof p.en, "the name “%s”", text);
  else snprintf(p.de, sizeof p.de, "„%s“", text), snprintf(p.en, sizeof p.en, "“%s”", text);
  phrase__join(&p, out);
}

static bool report__has(const int *kinds, size_t n, int kind) {
  for (size_t i = 0; i < n; i++)
    if (kinds[i] == kind) return true;
  return false;
}

/* Lists end with 0, which is also the end of the file: only the last group covers it, in its last place before the mark. */
static bool group__covers(const struct group *g, int kind) {
  for (const int *k = g->covers; *k; k++)
    if (*k == kind) return true;
  return kind == SYN_END && g->needs[0] == SYN_REGEL && g->needs[1] == SYN_NORM;
}

static bool group__applies(const struct group *g, const int *expected, size_t n) {
  for (const int *k = g->needs; *k; k++)
    if (!report__has(expected, n, *k)) return false;
  return true;
}

static void report__expected(const int *expected, size_t n, ans_syn_lang lang, char out[900]) {
  enum { GROUPS = sizeof groups / sizeof *groups };
  bool used[GROUPS] = {false};
  struct phrase words[64];
  size_t count = 0, grouped = 0;
  for (size_t i = 0; i < n; i++) {
    bool covered = false;
    for (size_t g = 0; g < GROUPS && !covered; g++) {
      if (!group__applies(&groups[g], expected, n) || !group__covers(&groups[g], expected[i])) continue;
      covered = true;
      grouped += !used[g];
      used[g] = true;
    }
    if (!covered && count < sizeof words / sizeof *words) report__name(expected[i], lang, &words[count++]);
  }
  size_t single = grouped >= REPORT_WORDS ? 0 : REPORT_WORDS - grouped, total, put = 0;
  if (count < single) single = count;
  total = single + grouped < REPORT_WORDS ? single + grouped : REPORT_WORDS;
  bool more = single < count || total < single + grouped;
  struct phrase all = {{0}, {0}};
  for (size_t i = 0; i < single; i++, put++) phrase__add(&all, words[i].de, words[i].en, !more && put + 1 == total);
  for (size_t g = 0; g < GROUPS && put < total; g++)
    if (used[g]) {
      struct phrase words_of_group;
      report__group(&groups[g], lang, &words_of_group);
      phrase__add(&all, words_of_group.de, words_of_group.en, !more && ++put == total);
    }
  if (more) phrase__add(&all, "anderes", "something else", true);
  phrase__join(&all, out);
}

/* --- special cases ------------------------------------------------------------------------------------------------------------- */
static bool report__after_lexical(const struct syn__ctx *ctx, uint32_t at) {
  const ans_tree *t = ctx->tree;
  uint32_t from = t->tokens[at ? at - 1 : 0].at, to = t->tokens[at].at + t->tokens[at].len;
  if (!at) from = 0;
  size_t lo = 0, hi = ctx->bad_count;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (ctx->bad[mid] < from) lo = mid + 1;
    else hi = mid;
  }
  return lo < ctx->bad_count && ctx->bad[lo] <= to;
}

static bool report__opens(int kind) {
  return kind == SYN_EINHEIT || kind == SYN_LEISTUNG || kind == SYN_GRUNDFALL || kind == SYN_PRUEFFALL || kind == SYN_FALLS;
}

/* The nearest block before `at` that has no `ende`, or UINT32_MAX. */
static uint32_t report__opener(const ans_tree *t, uint32_t at) {
  uint32_t closed = 0;
  for (uint32_t i = at; i-- > 0;) {
    int kind = t->tokens[i].kind;
    if (kind == SYN_ENDE) closed++;
    else if (report__opens(kind) && closed-- == 0) return i;
    else if (syn__begins_item(kind) && syn__line_start(t, i) && !report__opens(kind)) return UINT32_MAX;
  }
  return UINT32_MAX;
}

static bool report__block_open(struct syn__ctx *ctx, uint32_t at) {
  const ans_tree *t = ctx->tree;
  uint32_t opener = report__opener(t, at);
  if (opener == UINT32_MAX) return false;
  char text[160], line[24];
  bool named = t->tokens[opener].kind != SYN_FALLS && opener + 1 < at;
  report__source(t, opener, named ? 2 : 1, text, sizeof text);
  ans_diags_add(ctx->diags, ANS_DIAG_SYN_BLOCK_OPEN, &t->source, &t->tokens[at], NULL, text, ans_itoa(line, t->tokens[opener].line), NULL);
  return true;
}

/* The reserved word or phrase among the expected ones that is nearest to what stands there. */
static const char *report__meant(const ans_tree *t, uint32_t at, const int *expected, size_t n) {
  const char *best = NULL;
  unsigned distance = ~0u;
  if (t->tokens[at].kind != SYN_IDENT && !syn__keyword(t->tokens[at].kind, t->lang)) return NULL;
  for (size_t i = 0; i < n; i++) {
    const char *word = syn__keyword(expected[i], t->lang);
    if (!word) continue;
    uint32_t words = 1;
    char text[160];
    for (const char *s = word; *s; s++) words += *s == ' ';
    if (at + words >= t->token_count || t->tokens[at + words - 1].line != t->tokens[at].line) continue;
    report__source(t, at, words, text, sizeof text);
    if (ans_text_closer(text, word, &distance)) best = word;
  }
  return best;
}

/* Does a row of such a block begin with token i? Only meant for tokens at the start of a line. */
static bool recover__row(const ans_tree *t, uint32_t i, enum syn__block block) {
  int kind = t->tokens[i].kind, before = i ? t->tokens[i - 1].kind : 0;
  switch (block) {
    case SYN__BLOCK_UNIT: return kind == SYN_ANGABE || kind == SYN_VERWEIS || kind == SYN_BEURTEILUNG || kind == SYN_ERMESSEN;
    case SYN__BLOCK_BENEFIT:
      return kind == SYN_ANSPRUCH || kind == SYN_BETRAG || kind == SYN_AUSZAHLUNG || kind == SYN_EMPFAENGER || kind == SYN_FUER ||
             kind == SYN_REGIME || kind == SYN_ANTRAG || kind == SYN_NUR_AUSKUNFT;
    case SYN__BLOCK_CASE: return kind == SYN_ERWARTE || kind == SYN_IDENT;
    case SYN__BLOCK_PARAM: /* not the open range of a cell that was wrapped */
      return kind == SYN_AB && before != SYN_SEMICOLON && before != SYN_SLASH && before != SYN_COLON;
    case SYN__BLOCK_FILE: break;
  }
  return false;
}

static bool report__begins_row(int kind) {
  return kind == SYN_ENDE || kind == SYN_ERWARTE || kind == SYN_ANGABE || kind == SYN_VERWEIS || kind == SYN_BEURTEILUNG || kind == SYN_ERMESSEN ||
         kind == SYN_AB || kind == SYN_REGIME || kind == SYN_ANTRAG || kind == SYN_ANSPRUCH || kind == SYN_BETRAG || kind == SYN_AUSZAHLUNG ||
         kind == SYN_EMPFAENGER || kind == SYN_NUR_AUSKUNFT;
}

void syn__report(struct syn__ctx *ctx, uint32_t at, const int *expected, size_t n) {
  const ans_tree *t = ctx->tree;
  const ans_token *token = &t->tokens[at];
  const ans_source *src = &t->source;
  char found[900], wanted[900], text[160];
  ctx->error_at = at;
  ctx->complete = report__has(expected, n, SYN_END);
  if (ctx->out_of_memory || report__after_lexical(ctx, at)) return;
  bool has_end = report__has(expected, n, SYN_ENDE);
  bool item = token->kind == SYN_END || (syn__begins_item(token->kind) && syn__line_start(t, at));
  if (item && has_end && report__block_open(ctx, at)) return;
  report__source(t, at, 1, text, sizeof text);
  if (token->kind == SYN_SECTION_HEAD && report__has(expected, n, SYN_CITE_HEAD)) {
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_SECTION_INSIDE, src, token, NULL, NULL);
    return;
  }
  if (token->kind == SYN_COMMA && report__has(expected, n, SYN_SEMICOLON)) {
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_COMMA, src, token, NULL, NULL);
    return;
  }
  if (token->kind == SYN_ENDE && report__opener(t, at) == UINT32_MAX) {
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_END_STRAY, src, token, NULL, NULL);
    return;
  }
  /* "Geburtsdatum = …, Wohnsitz = …": the comma made a second value of the next name. */
  if (token->kind == SYN_EQ && at > 2 && t->tokens[at - 1].kind == SYN_IDENT && t->tokens[at - 2].kind == SYN_COMMA) {
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_COMMA, src, &t->tokens[at - 2], NULL, NULL);
    return;
  }
  report__found(t, at, found);
  report__expected(expected, n, t->lang, wanted);
  const char *meant = report__meant(t, at, expected, n);
  /* The next entry has begun: the mistake is at the end of the one before. */
  if (!meant && at && !ctx->complete && (item || (syn__line_start(t, at) && report__begins_row(token->kind)))) {
    report__source(t, at - 1, 1, text, sizeof text);
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_INCOMPLETE, src, &t->tokens[at - 1], NULL, text, wanted, NULL);
    return;
  }
  if (meant) ans_diags_add(ctx->diags, ANS_DIAG_SYN_MEANT, src, token, NULL, found, wanted, meant, NULL);
  else if (syn__keyword(token->kind, t->lang) && report__has(expected, n, SYN_IDENT) && !report__has(expected, n, SYN_FALLS))
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_RESERVED, src, token, NULL, text, NULL);
  else ans_diags_add(ctx->diags, ANS_DIAG_SYN_UNEXPECTED, src, token, NULL, found, wanted, text, NULL);
}

void syn__complain(struct syn__ctx *ctx, ans_diag_id id, struct syn__span span) {
  if (ctx->break_at) return; /* said when it was read for the first time */
  const ans_tree *t = ctx->tree;
  uint32_t last = span.end > span.first ? span.end - 1 : span.first;
  ans_diags_add(ctx->diags, id, &t->source, &t->tokens[span.first], &t->tokens[last], NULL);
}

/* --- recovery -------------------------------------------------------------------------------------------------------------------- */
/* Moves the cursor to where the list goes on. Rows and items count at line starts only, `ende` anywhere. If the file goes on with an item
 * although the block is open, an `ende` is invented; that it is missing is reported unless the mistake at hand is exactly that. */
/* Remembers what was skipped, for readers of the tree that go on regardless. */
static void recover__gap(struct syn__ctx *ctx, uint32_t from, uint32_t end) {
  ans_tree *t = ctx->tree;
  if (end <= from || ctx->out_of_memory) return;
  if ((t->gap_count & (t->gap_count - 1)) == 0) { /* grows at powers of two */
    struct ans_gap *grown = ans_arena_array(t->arena, t->gap_count ? (size_t)t->gap_count * 2 : 1, sizeof *grown);
    if (!grown) {
      ctx->out_of_memory = true;
      return;
    }
    if (t->gap_count) memcpy(grown, t->gaps, t->gap_count * sizeof *grown);
    t->gaps = grown;
  }
  t->gaps[t->gap_count++] = (struct ans_gap){from, end};
}

void syn__recover(struct syn__ctx *ctx, enum syn__block block, uint32_t from) {
  const ans_tree *t = ctx->tree;
  bool closes = block == SYN__BLOCK_UNIT || block == SYN__BLOCK_BENEFIT || block == SYN__BLOCK_CASE;
  uint32_t last = t->token_count - 1, i = ctx->error_at;
  if (block == SYN__BLOCK_CASE) ctx->test.broken = true;
  if (i == ctx->last_sync && i < last) i++; /* the same place again: go on, whatever it is */
  for (; i < last; i++) {
    int kind = t->tokens[i].kind;
    if (closes && kind == SYN_ENDE) break;
    if (syn__line_start(t, i) && (syn__begins_item(kind) || recover__row(t, i, block))) break;
  }
  ctx->next = ctx->last_sync = i;
  recover__gap(ctx, from, i);
  bool at_item = i == last || (syn__begins_item(t->tokens[i].kind) && !recover__row(t, i, block));
  ctx->invent_end = closes && at_item;
  if (ctx->invent_end && i != ctx->error_at) report__block_open(ctx, i);
}

/* "ausnahm für …" at the start of a line: the item above is complete, but the parser noticed the mistake while it could still have gone on, and
 * gave up both. Such an item is read once more, up to an invented token that ends it, so that only the mistake is lost. Not where the line is
 * indented: then it rather belongs to the item (a misspelled "wenn"), and what is above is not what its author meant. */
bool syn__reread(struct syn__ctx *ctx, uint32_t from) {
  ans_tree *t = ctx->tree;
  uint32_t at = ctx->error_at;
  if (ctx->break_at || !ctx->complete || at <= from || !syn__line_start(t, at) || t->tokens[at].column != 1 || ctx->out_of_memory) return false;
  if (t->gap_count && t->gaps[t->gap_count - 1].first == from) t->gaps[t->gap_count - 1].first = at;
  ctx->break_at = at;
  ctx->break_to = ctx->next;
  ctx->next = from;
  return true;
}

ans_syn *syn__skipped(struct syn__ctx *ctx, struct syn__span span) {
  ctx->break_at = ctx->break_to = 0;
  return syn__error_node(ctx, span);
}
