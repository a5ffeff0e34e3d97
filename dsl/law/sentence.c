/* Where sentences (Satz 1, 2, …) begin in German statute text. Printed sentence numbers decide where there are any; otherwise a full stop ends
 * a sentence unless what stands around it says otherwise. Deterministic: word lists and local rules, no statistics, so that the same text is
 * always cut the same way and every cut can be explained. The rules are listed in docs/formats/law.md and tested one by one.
 *
 * A cut may fall: after . ! ? (and closing quotes), before a blank and a capital letter, §, a digit or an opening quote; after a list or a
 * paragraph break, when what comes before is ended by such a sign. It never falls inside quotation marks or brackets: a quoted sentence is
 * no sentence of the law. Unbalanced marks are ignored altogether, else one misprint would swallow the rest. */
#include <string.h>
#include "base/utf8.h"
#include "law/law_private.h"

/* Abbreviations after which a sentence never ends, written without their full stop. */
static const char *const NEVER[] = {
    "Nr", "Nrn", "Abs", "Art", "Buchst", "Buchstb", "Doppelbuchst", "Halbs", "Hs", "Anl", "Anh", "Kap", "Abschn", "Unterabs", "UAbs", "Ziff", "Tit", "Rn", "Rz", "Rdnr",
    "vgl", "Vgl", "bzw", "ggf", "gem", "Gem", "sog", "insb", "insbes", "einschl", "ausschl", "bes", "max", "mind", "ca", "rd", "Dr", "Prof", "Dipl", "Ing", "St", "Mio", "Mrd",
    "BGBl", "RGBl", "ABl", "GVBl", "BAnz", "BStBl", "GMBl", "Bek", "Fn", "Erl", "Begr", "Bd", "entspr", "lfd", "zzgl", "abzgl", "geb", "Sachgeb", "EinigVtr", "Jan", "Feb", "Febr", "Apr",
    "Aug", "Sept", "Okt", "Nov", "Dez", "zul", "idF", "mWv", "Inh", "Tz", "Nds", "Verz", "Std", NULL};
/* Abbreviations that may also be the last word of a sentence: it ends if the next word can only begin one. */
static const char *const MAYBE[] = {"usw", "etc", "f", "ff", "S", "Str", "Aufl", "Hrsg", "Jh", "Abk", "evtl", "ber", "Co", "KG", NULL};
/* Words that, with a capital letter, begin a sentence: articles, pronouns, prepositions, conjunctions, verbs. */
static const char *const STARTERS[] = {
    "Der", "Die", "Das", "Dem", "Den", "Des", "Ein", "Eine", "Einer", "Einem", "Eines", "Einen", "Dies", "Diese", "Dieser", "Dieses", "Diesem", "Diesen", "Jede", "Jeder", "Jedes", "Jeden",
    "Es", "Er", "Sie", "Wer", "Was", "Wem", "Wen", "Für", "Bei", "Beim", "Im", "In", "Ins", "Ist", "Sind", "War", "Waren", "Wird", "Werden", "Wurde", "Wurden", "Würde", "Hat", "Haben", "Hatte", "Wenn", "Soweit",
    "Sofern", "Solange", "Sobald", "Soll", "Sollen", "Auf", "Zur", "Zum", "Zu", "Von", "Vom", "Mit", "Nach", "Als", "An", "Am", "Aus", "Durch", "Gilt", "Gelten", "Galt", "Steht", "Stehen",
    "Liegt", "Liegen", "Lag", "Lagen", "Kann", "Können", "Konnte", "Darf", "Dürfen", "Muss", "Müssen", "Beträgt", "Betragen", "Besteht", "Bestehen", "Bestand", "Hierbei", "Dabei", "Dafür", "Dazu", "Daneben", "Darüber",
    "Davon", "Hierzu", "Hierfür", "Insoweit", "Insbesondere", "Über", "Unter", "Um", "Und", "Oder", "Ob", "Wie", "Weil", "Während", "Vor", "Ab", "Abweichend", "Auch", "Außer", "Außerdem", "Aufgrund", "Bis", "Ergibt", "Ergeben",
    "Erfolgt", "Erfolgen", "Entsprechendes", "Ferner", "Gegen", "Gegenüber", "Gehört", "Gehören", "Ihm", "Ihr", "Ihre", "Ihren", "Innerhalb", "Ohne", "Nur", "Nicht", "Kein", "Keine", "Keiner",
    "Sein", "Seine", "Seinen", "So", "Satz", "Sätze", "Absatz", "Nummer", "Nummern", "Artikel", "Statt", "Trotz", "Wegen", "Weitere", "Weist", "Bleibt", "Bleiben", "Endet", "Enden", "Beginnt", "Zugleich", "Zuständig", "Maßgebend", "Maßgeblich", "Unberührt",
    "Alle", "Allein", "Andere", "Anderenfalls", "Andernfalls", "Gleiches", "Dasselbe", "Dann", "Da", "Hierauf", "Dessen", "Deren", "Welche", "Welcher", "Kommt", "Kommen", "Tritt", "Treten", "Übersteigt", "Überschreitet", "Unterschreitet", "Fällt", "Fallen", "Geht", "Gehen", "Macht", "Machen", "Hängt", "Zählt", "Zählen", NULL};
/* Words before a number that make it a citation or a name and not an ordinal ("Absatz 2.", "Steuerklasse I."). */
static const char *const CITING[] = {
    "§", "§§", "Absatz", "Absätze", "Absätzen", "Absatzes", "Abs", "Satz", "Sätze", "Sätzen", "Satzes", "Nummer", "Nummern", "Nr", "Nrn", "Artikel", "Artikels", "Artikeln", "Art", "Buchstabe", "Buchstaben", "Buchst",
    "Doppelbuchstabe", "Doppelbuchstaben", "Doppelbuchst", "Halbsatz", "Anlage", "Anlagen", "Stufe", "Teil", "Titel", "Kapitel", "Abschnitt", "Unterabschnitt", "SGB", "Steuerklasse", "Mietenstufe", "Pflegegrad", "Ziffer", "Anhang", "Klasse", "Spalte", "Seite", "S", "von", NULL};
static const char *const MONTHS[] = {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember", NULL};
/* The first parts of abbreviations with blanks that never end a sentence: z. B., i. V. m., d. h., i. S. d., u. U., m. w. N., z. T. */
static const char *const CHAINS[] = {"z. B.", "i. V. m.", "i. V.", "d. h.", "i. S. d.", "i. S. v.", "i. S.", "u. U.", "z. T.", "m. w.", "i. d. F.", "i. d. R.", "i. d.", "i. H. v.", "i. H.", "o. g.", "s. o.", "s. u.", "v. g.", NULL};

static bool cut__in(const char *const *list, const char *s, size_t n) {
  for (size_t i = 0; list[i]; i++)
    if (strlen(list[i]) == n && memcmp(list[i], s, n) == 0) return true;
  return false;
}

static size_t cut__word_before(const char *s, size_t from, size_t end) { /* start of the word that ends before `end` */
  size_t i = end;
  while (i > from && s[i - 1] != ' ') i--;
  return i;
}

static size_t cut__word_len(const char *s, size_t at, size_t to) {
  size_t n = 0;
  while (at + n < to && !strchr(" ,;:.()!?", s[at + n])) n++;
  return n;
}

static bool cut__digits(const char *s, size_t n) { return n > 0 && strspn(s, "0123456789") >= n; }
static bool cut__roman(const char *s, size_t n) { return n > 0 && n <= 6 && strspn(s, "IVXLC") >= n; }

static bool cut__upper(const char *s, size_t n) {
  uint32_t c = 0;
  if (!ans_utf8_decode(s, n, &c)) return false;
  return (c >= 'A' && c <= 'Z') || c == 0xc4 || c == 0xd6 || c == 0xdc || c == 0x1e9e || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static bool cut__starts(const char *s, size_t at, size_t to, const char *text) {
  size_t n = strlen(text);
  return to - at >= n && memcmp(s + at, text, n) == 0;
}

/* What comes next: nothing that could begin a sentence, something that could, or something that hardly does anything else. */
typedef enum cut__next { NEXT_NO, NEXT_DIGIT, NEXT_MAY, NEXT_SECTION, NEXT_STARTER } cut__next;
static cut__next cut__look(const char *s, size_t at, size_t to) {
  if (at >= to) return NEXT_NO;
  if (cut__starts(s, at, to, "„") || cut__starts(s, at, to, "»")) return NEXT_MAY;
  if (cut__starts(s, at, to, "§")) return NEXT_SECTION;
  if (s[at] >= '0' && s[at] <= '9') return NEXT_DIGIT;
  if (!cut__upper(s + at, to - at)) return NEXT_NO;
  return cut__in(STARTERS, s + at, cut__word_len(s, at, to)) ? NEXT_STARTER : NEXT_MAY;
}

static bool cut__chain(const char *s, size_t from, size_t stop) {
  for (size_t i = 0; CHAINS[i]; i++) {
    /* the full stop at `stop` is any of the chain's */
    size_t n = strlen(CHAINS[i]);
    for (size_t k = 0; k < n; k++) {
      if (CHAINS[i][k] != '.' || stop < from + k) continue;
      size_t begin = stop - k;
      if (memcmp(s + begin, CHAINS[i], k + 1) == 0 && (begin == from || s[begin - 1] == ' ' || s[begin - 1] == '(') && strncmp(s + begin, CHAINS[i], n) == 0) return true;
    }
  }
  return false;
}

/* "Absatz 2.", "Nr. 3, 4 und 5.": is the number at `word` part of a citation? */
static bool cut__cited(const char *s, size_t from, size_t word) {
  size_t end = word;
  for (int steps = 0; end > from && steps < 16; steps++) { /* bounded: a text of nothing but numbers must not cost the square of its length */
    end--;                                                 /* the blank */
    size_t begin = cut__word_before(s, from, end), n = end - begin;
    if (n && (s[begin + n - 1] == '.' || s[begin + n - 1] == ',')) n--;
    if (n == 0) return false;
    if (cut__in(CITING, s + begin, n)) return true;
    bool joins = cut__digits(s + begin, n) || cut__digits(s + begin, n - 1) || cut__roman(s + begin, n) || n == 1 || cut__in((const char *const[]){"und", "oder", "bis", "sowie", NULL}, s + begin, n);
    if (!joins || begin == from) return false;
    end = begin;
  }
  return false;
}

static bool cut__number_ends(const char *s, size_t from, size_t word, size_t n, cut__next next, size_t after, size_t to) {
  if (next == NEXT_NO || next == NEXT_DIGIT) return false;
  if (cut__in(MONTHS, s + after, cut__word_len(s, after, to))) return false;
  if (cut__digits(s + word, n) && n >= 3) return true; /* a year or an amount, no ordinal */
  if (next == NEXT_STARTER) return true;
  return cut__cited(s, from, word);
}

/* Does the full stop at `stop` end a sentence, given that text goes on at `after`? */
static bool cut__ends(const char *s, size_t from, size_t stop, size_t after, size_t to) {
  cut__next next = cut__look(s, after, to);
  if (next == NEXT_NO) return false;
  if (s[stop] != '.') return true;
  if (stop > from && s[stop - 1] == '.') return false; /* ellipsis */
  size_t word = cut__word_before(s, from, stop), n = stop - word;
  while (n && s[word] == '(') { word++; n--; }
  if (n == 0) return false;
  if (cut__chain(s, from, stop)) return false;
  if (cut__digits(s + word, n) || cut__roman(s + word, n)) return cut__number_ends(s, from, word, n, next, after, to);
  size_t hyphen = n;
  while (hyphen && s[word + hyphen - 1] != '-') hyphen--; /* Dipl.-Ing. */
  if (cut__in(NEVER, s + word, n) || cut__in(NEVER, s + word + hyphen, n - hyphen)) return false;
  if (cut__in(MAYBE, s + word, n)) return next == NEXT_STARTER;
  uint32_t c = 0;
  if (ans_utf8_decode(s + word, n, &c) == n) return next == NEXT_STARTER || (next != NEXT_DIGIT && cut__cited(s, from, word)); /* one letter */
  size_t dot = 0;
  while (dot < n && s[word + dot] != '.') dot++;
  if (dot < n && dot <= 2) return next == NEXT_STARTER && !cut__digits(s + word, dot) ? true : cut__digits(s + word, dot) && next != NEXT_DIGIT; /* "z.B.", "1.1.2020." */
  if (next == NEXT_DIGIT) return n >= 4;
  return true;
}

/* Depth of quotation marks and brackets; -1 for a text whose marks do not match. */
static int cut__depth_step(const char *s, size_t at, size_t to, size_t *width) {
  static const struct { const char *sign; int step; } signs[] = {{"„", 1}, {"“", -1}, {"(", 1}, {")", -1}, {"‚", 1}, {"‘", -1}, {"»", 1}, {"«", -1}};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (cut__starts(s, at, to, signs[i].sign)) { *width = strlen(signs[i].sign); return signs[i].step; }
  *width = 1;
  return 0;
}

static bool cut__balanced(const char *s, const law__piece *p, size_t count) {
  int depth = 0;
  for (size_t i = 0; i < count; i++) {
    size_t width = 1;
    for (size_t at = p[i].from; p[i].kind == LAW__TEXT && at < p[i].to; at += width) {
      depth += cut__depth_step(s, at, p[i].to, &width);
      if (depth < 0) return false;
    }
  }
  return depth == 0;
}

/* One past closing quotes and brackets after a full stop. */
static size_t cut__closers(const char *s, size_t at, size_t to) {
  for (;;) {
    if (at < to && (s[at] == ')' || s[at] == '"')) at++;
    else if (cut__starts(s, at, to, "“") || cut__starts(s, at, to, "‘") || cut__starts(s, at, to, "”")) at += 3;
    else if (cut__starts(s, at, to, "«")) at += 2;
    else return at;
  }
}

static bool cut__finished(const char *s, size_t from, size_t at) { /* is the text before `at` ended by a full stop? */
  while (at > from && s[at - 1] == ' ') at--;
  while (at > from && (s[at - 1] == ')' || s[at - 1] == '"' || (at >= from + 3 && memcmp(s + at - 3, "“", 3) == 0))) at -= s[at - 1] == ')' || s[at - 1] == '"' ? 1 : 3;
  return at > from && strchr(".!?", s[at - 1]) != NULL;
}

static void cut__by_marks(const char *s, const law__piece *p, size_t count, law__cut_fn *cut, void *ctx) {
  uint32_t last = 0;
  size_t from = p[0].from;
  for (size_t i = 0; i < count; i++) {
    if (p[i].kind != LAW__MARK || p[i].mark <= last) continue;
    bool lead = last == 0 && p[i].from > from && strspn(s + from, " ") < p[i].from - from;
    if (lead && p[i].mark > 1) cut(ctx, from, p[i].mark - 1);
    cut(ctx, lead && p[i].mark == 1 ? from : p[i].from, p[i].mark);
    last = p[i].mark;
  }
}

void law__sentences(const char *text, const law__piece *pieces, size_t count, law__cut_fn *cut, void *ctx) {
  size_t from = count ? pieces[0].from : 0;
  for (size_t i = 0; i < count; i++)
    if (pieces[i].kind == LAW__MARK) { cut__by_marks(text, pieces, count, cut, ctx); return; }
  bool nesting = cut__balanced(text, pieces, count), after_block = false, table = false;
  uint32_t number = 0;
  int depth = 0;
  for (size_t i = 0; i < count; i++) {
    const law__piece *p = &pieces[i];
    if (p->kind != LAW__TEXT) {
      if (number == 0 && p->to > p->from) cut(ctx, p->from, ++number);
      after_block = true;
      table = table || p->kind == LAW__OPAQUE;
      continue;
    }
    size_t at = p->from, width = 1;
    while (at < p->to && text[at] == ' ') at++;
    if (at == p->to) continue;
    if (number == 0 || (after_block && (!nesting || depth == 0) && cut__look(text, at, p->to) > NEXT_DIGIT && (table || cut__finished(text, from, at))))
      cut(ctx, at, ++number);
    after_block = table = false;
    for (; at < p->to; at += width) {
      int step = cut__depth_step(text, at, p->to, &width);
      depth += nesting ? step : 0;
      bool quoted_end = nesting && step < 0 && depth == 0 && at > p->from && strchr(".!?", text[at - 1]); /* „… leisten.“ Der … */
      if (!quoted_end && (depth || !strchr(".!?", text[at]))) continue;
      size_t next = cut__closers(text, at + (quoted_end ? width : 1), p->to);
      if (next >= p->to || text[next] != ' ') continue;
      bool ends = quoted_end ? cut__look(text, next + 1, p->to) >= NEXT_SECTION : cut__ends(text, p->from, at, next + 1, p->to);
      if (ends) cut(ctx, next + 1, ++number);
    }
  }
}
