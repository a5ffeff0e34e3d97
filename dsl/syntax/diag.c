/* The list of diagnostics and its printer. An entry copies everything it needs to be printed (arguments, path, source line), so it does
 * not matter how long the sources live. Bounded: the first DIAGS_KEPT errors and as many warnings are kept, the rest are
 * counted. Texts come from input files, so control characters and invalid bytes are replaced before they can reach a terminal.
 * A list belongs to one thread. When memory runs out an entry is counted but not kept. */
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "base/utf8.h"
#include "syntax/internal.h"

enum { DIAGS_KEPT = 200, DIAG_ARG_MAX = 1000, DIAG_LINE_MAX = 240, DIAG_LINE_BEFORE = 160 };

struct message { const char *code; ans_severity severity; const char *text[2], *remedy[2]; };
static const struct message diag__messages[] = {
#define X(id, code, sev, de, de_fix, en, en_fix) {code, sev, {de, en}, {de_fix, en_fix}},
#include "syntax/diagnostics.def"
#undef X
};

struct entry {
  ans_diag d;
  char *path;
  char *line;          /* the source line, cleaned, perhaps a window of it; NULL for a whole file */
  uint32_t caret;      /* code points before the caret in line */
  uint32_t width;      /* code points marked, at least 1 */
  bool english;        /* the file is written in English: messages quote words of the language as it spells them */
};

struct ans_diags {
  struct entry *v;
  size_t count, cap, kept[3], total[3];
};

ans_diags *ans_diags_new(void) { return calloc(1, sizeof(ans_diags)); }

static void entry__free(struct entry *e) {
  free(e->path);
  free(e->line);
  for (int i = 0; i < 4; i++) free(e->d.args[i]);
}

void ans_diags_free(ans_diags *d) {
  if (!d) return;
  for (size_t i = 0; i < d->count; i++) entry__free(&d->v[i]);
  free(d->v);
  free(d);
}

/* Controls, and characters that hide or reorder what is shown. */
static bool diag__unprintable(uint32_t cp) {
  return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
         cp == 0xFEFF;
}

/* A clean copy: tabs and (if asked) the language separator stay, other controls become '?', invalid bytes U+FFFD. malloc'd. */
static char *diag__clean(const char *s, size_t len, bool separator) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  ans_buffer_text(&b, "");
  for (size_t i = 0; i < len;) {
    uint32_t cp = 0;
    size_t w = ans_utf8_decode(s + i, len - i, &cp);
    if (w == 0) ans_buffer_text(&b, "\xEF\xBF\xBD");
    else if (cp != '\t' && !(separator && cp == 0x1F) && diag__unprintable(cp)) ans_buffer_char(&b, '?');
    else ans_buffer_append(&b, s + i, w);
    i += w ? w : 1;
  }
  char *out = ans_buffer_take(&b, NULL);
  ans_buffer_dispose(&b);
  return out;
}

static uint32_t diag__points(const char *s, size_t len) {
  uint32_t n = 0;
  for (size_t i = 0; i < len; n++) {
    uint32_t cp;
    size_t w = ans_utf8_decode(s + i, len - i, &cp);
    i += w ? w : 1;
  }
  return n;
}

static bool diag__mid_character(unsigned char b) { return (b & 0xC0u) == 0x80u; }

/* Copies the line around the caret; a long line is cut to a window. */
static void entry__take_line(struct entry *e, const ans_source *src) {
  size_t at = e->d.at < src->len ? e->d.at : src->len, from = at, to = at;
  while (from > 0 && src->text[from - 1] != '\n') from--;
  while (to < src->len && src->text[to] != '\n') to++;
  if (to > from && src->text[to - 1] == '\r') to--;
  if (to < at) to = at;
  if (at - from > DIAG_LINE_BEFORE) {
    from = at - DIAG_LINE_BEFORE;
    while (from < at && diag__mid_character((unsigned char)src->text[from])) from++;
  }
  if (to - from > DIAG_LINE_MAX) {
    to = from + DIAG_LINE_MAX;
    while (to > at && diag__mid_character((unsigned char)src->text[to])) to--;
  }
  size_t end = at + e->d.len < to ? at + e->d.len : to;
  e->line = diag__clean(src->text + from, to - from, false);
  e->caret = diag__points(src->text + from, at - from);
  e->width = end > at ? diag__points(src->text + at, end - at) : 1;
}

static struct entry *diags__slot(ans_diags *d) {
  if (d->count == d->cap) {
    size_t cap = d->cap ? d->cap * 2 : 16;
    struct entry *v = realloc(d->v, cap * sizeof *v);
    if (!v) return NULL;
    d->v = v;
    d->cap = cap;
  }
  return &d->v[d->count];
}

void ans_diags_add(ans_diags *d, ans_diag_id id, const ans_source *src, const ans_token *first, const ans_token *last, ...) {
  if (!d || id >= ANS_DIAG_COUNT) return;
  ans_severity severity = diag__messages[id].severity;
  d->total[severity]++;
  if (d->kept[severity] >= DIAGS_KEPT) return;
  struct entry *e = diags__slot(d);
  if (!e) return;
  memset(e, 0, sizeof *e);
  e->d.id = id;
  e->path = diag__clean(src && src->path ? src->path : "", src && src->path ? strlen(src->path) : 0, false);
  e->d.path = e->path ? e->path : "";
  e->english = src && src->path && ans_syn_lang_of(src->path) == ANS_SYN_EN;
  if (first) {
    if (!last || last->at < first->at) last = first;
    e->d.at = first->at;
    e->d.len = last->at + last->len - first->at;
    e->d.line = first->line;
    e->d.column = first->column;
    if (src && src->text) entry__take_line(e, src);
  }
  va_list ap;
  va_start(ap, last);
  for (int i = 0; i < 4; i++) {
    const char *arg = va_arg(ap, const char *);
    if (!arg) break;
    size_t len = strlen(arg);
    if (len > DIAG_ARG_MAX) {
      len = DIAG_ARG_MAX;
      while (len && diag__mid_character((unsigned char)arg[len])) len--;
    }
    e->d.args[i] = diag__clean(arg, len, true);
  }
  va_end(ap);
  d->kept[severity]++;
  d->count++;
}

size_t ans_diags_errors(const ans_diags *d) { return d->total[ANS_SEV_ERROR]; }
size_t ans_diags_warnings(const ans_diags *d) { return d->total[ANS_SEV_WARNING]; }
size_t ans_diags_count(const ans_diags *d) { return d->count; }
const ans_diag *ans_diags_at(const ans_diags *d, size_t i) { return i < d->count ? &d->v[i].d : NULL; }
const char *ans_diag_code(ans_diag_id id) { return id < ANS_DIAG_COUNT ? diag__messages[id].code : ""; }
ans_severity ans_diag_severity(ans_diag_id id) { return id < ANS_DIAG_COUNT ? diag__messages[id].severity : ANS_SEV_ERROR; }

/* --- rendering ------------------------------------------------------------------------------------------------------------- */
/* Words of the language stand in messages in German between quotation marks. Length of what is quoted at the start of text, opening mark
 * included, or 0 if nothing is or if it has holes. */
static size_t diag__quoted(const char *text, size_t *mark) {
  static const char *const marks[][2] = {{"\xE2\x80\x9E", "\xE2\x80\x9C"}, {"\xE2\x80\x9C", "\xE2\x80\x9D"}, {"\"", "\""}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    *mark = strlen(marks[i][0]);
    const char *end = strncmp(text, marks[i][0], *mark) == 0 ? strstr(text + *mark, marks[i][1]) : NULL;
    if (end) return memchr(text, '{', (size_t)(end - text)) ? 0 : (size_t)(end - text);
  }
  return 0;
}

static void diag__fill(ans_buffer *b, const char *text, const struct entry *e, bool english) {
  const ans_diag *d = &e->d;
  for (; *text; text++) {
    size_t mark = 0, quoted = e->english ? diag__quoted(text, &mark) : 0;
    if (quoted > mark) {
      ans_buffer_append(b, text, mark);
      syn__quote_english(b, text + mark, quoted - mark);
      text += quoted - 1;
      continue;
    }
    if (text[0] != '{' || text[1] < '0' || text[1] > '3' || text[2] != '}') {
      ans_buffer_char(b, *text);
      continue;
    }
    const char *arg = d->args[text[1] - '0'];
    const char *separator = arg ? strchr(arg, 0x1F) : NULL;
    if (separator && english) ans_buffer_text(b, separator + 1);
    else if (separator) ans_buffer_append(b, arg, (size_t)(separator - arg));
    else if (arg) ans_buffer_text(b, arg);
    text += 2;
  }
}

static int entry__compare(const struct entry *a, const struct entry *b) {
  int c = strcmp(a->d.path, b->d.path);
  if (c) return c;
  if (a->d.at != b->d.at) return a->d.at < b->d.at ? -1 : 1;
  return a < b ? -1 : a > b;
}

static int diags__compare(const void *a, const void *b) {
  const struct entry *const *x = a;
  const struct entry *const *y = b;
  return entry__compare(*x, *y);
}

/* Entries by path and position; malloc'd, NULL when there are none or memory ran out. */
static const struct entry **diags__sorted(const ans_diags *d) {
  const struct entry **v = d->count ? malloc(d->count * sizeof(struct entry *)) : NULL;
  for (size_t i = 0; v && i < d->count; i++) v[i] = &d->v[i];
  if (v) qsort(v, d->count, sizeof(struct entry *), diags__compare);
  return v;
}

static const char *severity__name(ans_severity s, bool english) {
  static const char *const names[2][3] = {{"Fehler", "Warnung", "Hinweis"}, {"error", "warning", "note"}};
  return names[english][s];
}

static void entry__caret_line(ans_buffer *b, const struct entry *e) {
  const char *s = e->line;
  for (uint32_t i = 0; i < e->caret && *s; i++) {
    ans_buffer_char(b, *s == '\t' ? '\t' : ' ');
    do s++;
    while (diag__mid_character((unsigned char)*s));
  }
  ans_buffer_char(b, '^');
  for (uint32_t i = 1; i < e->width; i++) ans_buffer_char(b, '~');
}

static void entry__print(ans_buffer *b, const struct entry *e, const ans_diag_options *o) {
  const struct message *m = &diag__messages[e->d.id];
  bool english = o->lang == ANS_LANG_EN;
  static const char *const paint[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
  const char *strong = o->color ? "\033[1m" : "", *hue = o->color ? paint[m->severity] : "", *off = o->color ? "\033[0m" : "";
  ans_buffer_text(b, strong);
  if (e->d.path[0]) ans_buffer_printf(b, "%s:", e->d.path);
  if (e->d.line) ans_buffer_printf(b, "%u:%u:", e->d.line, e->d.column);
  if (e->d.path[0] || e->d.line) ans_buffer_char(b, ' ');
  ans_buffer_printf(b, "%s%s%s %s:%s ", off, hue, severity__name(m->severity, english), m->code, off);
  diag__fill(b, m->text[english], e, english);
  ans_buffer_char(b, '\n');
  if (e->line) {
    ans_buffer_printf(b, "%5u | %s\n      | %s", e->d.line, e->line, hue);
    entry__caret_line(b, e);
    ans_buffer_printf(b, "%s\n", off);
  }
  if (m->remedy[english][0]) {
    ans_buffer_printf(b, "  %s%s:%s ", strong, english ? "Remedy" : "Abhilfe", off);
    diag__fill(b, m->remedy[english], e, english);
    ans_buffer_char(b, '\n');
  }
}

static json_t *entry__json(const struct entry *e, bool english) {
  const struct message *m = &diag__messages[e->d.id];
  ans_buffer text, remedy;
  ans_buffer_init(&text, 0);
  ans_buffer_init(&remedy, 0);
  ans_buffer_text(&text, "");
  ans_buffer_text(&remedy, "");
  diag__fill(&text, m->text[english], e, english);
  diag__fill(&remedy, m->remedy[english], e, english);
  static const char *const severity[] = {"error", "warning", "note"};
  json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:s}", "code", m->code, "severity", severity[m->severity], "path", e->d.path, "line",
                        (int)e->d.line, "column", (int)e->d.column, "length", (int)e->width, "message", text.data ? text.data : "", "remedy",
                        remedy.data ? remedy.data : "");
  ans_buffer_dispose(&text);
  ans_buffer_dispose(&remedy);
  return o;
}

/* How many errors and warnings were counted but not kept, as an entry of its own. */
static bool diags__rest(const ans_diags *d, struct entry *e, char number[24]) {
  size_t rest = 0;
  for (int i = 0; i < 3; i++) rest += d->total[i] - d->kept[i];
  if (!rest) return false;
  memset(e, 0, sizeof *e);
  snprintf(number, 24, "%zu", rest);
  e->d.id = ANS_DIAG_SYN_MORE;
  e->d.path = "";
  e->d.args[0] = number;
  return true;
}

void ans_diags_print(const ans_diags *d, FILE *out, ans_diag_options options) {
  const struct entry **v = diags__sorted(d);
  struct entry rest;
  char number[24];
  bool more = diags__rest(d, &rest, number);
  if (options.json) {
    json_t *list = json_array();
    for (size_t i = 0; v && i < d->count; i++) json_array_append_new(list, entry__json(v[i], options.lang == ANS_LANG_EN));
    if (more) json_array_append_new(list, entry__json(&rest, options.lang == ANS_LANG_EN));
    json_dumpf(list, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(list);
  } else {
    ans_buffer b;
    ans_buffer_init(&b, 0);
    for (size_t i = 0; v && i < d->count; i++) entry__print(&b, v[i], &options);
    if (more) entry__print(&b, &rest, &options);
    if (b.data && !b.failed) fwrite(b.data, 1, b.len, out);
    ans_buffer_dispose(&b);
  }
  free(v);
}

const char *ans_nearest_name(const char *name, const char *const *names, size_t n) {
  const char *best = NULL;
  unsigned distance = ~0u;
  for (size_t i = 0; i < n; i++)
    if (names[i] && ans_text_closer(name, names[i], &distance)) best = names[i];
  return best;
}
