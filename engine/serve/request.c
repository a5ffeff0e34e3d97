/* Reads what a client sent: the request target and the headers that count. Pure, without allocation, without the HTTP library; everything that is not exactly right is refused,
 * so that nothing means one thing here and another at a security server: each path segment is decoded once and by itself, "%2F", "." and control characters are no part of one,
 * and a parameter or header given twice is an error, not a choice. Limits: SERVE_TARGET_MAX bytes, SERVE_SEGMENTS segments. */
#include "serve/internal.h"

#include <string.h>
#include <strings.h>
#include "base/utf8.h"

static int request__hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* Percent-decodes into printable UTF-8 that fits; false otherwise. Empty stays empty. */
bool serve__decode(const char *text, size_t size, char *out, size_t out_size) {
  size_t n = 0;
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '%') {
      int high = i + 2 < size ? request__hex(text[i + 1]) : -1, low = i + 2 < size ? request__hex(text[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      c = (unsigned char)(high * 16 + low);
      i += 2;
    } else if (c <= 0x20 || c >= 0x7f) {
      if (c != ' ') return false; /* in a header value; the request line has none */
    }
    if (c == 0 || n + 1 >= out_size) return false;
    out[n++] = (char)c;
  }
  out[n] = 0;
  return n == 0 || ans_utf8_printable(out, n);
}

static const char *request__segment(const char *text, size_t size, serve__target *out) {
  static const char bad[] = "invalid_target";
  if (out->segments == SERVE_SEGMENTS || size == 0 || memchr(text, ' ', size)) return bad;
  char *to = out->segment[out->segments];
  if (!serve__decode(text, size, to, SERVE_SEGMENT) || strchr(to, '/') || strcmp(to, ".") == 0 || strcmp(to, "..") == 0) return bad;
  out->segments++;
  return NULL;
}

static const char *request__parameter(const char *text, size_t size, serve__target *out) {
  const struct { const char *name; char *to; size_t size; } known[] = {{"month", out->month, sizeof out->month}, {"period", out->period, sizeof out->period}, {"fields", out->fields, sizeof out->fields}};
  const char *equals = memchr(text, '=', size);
  char name[32];
  if (!equals || memchr(text, ' ', size) || !serve__decode(text, (size_t)(equals - text), name, sizeof name)) return "invalid_target";
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(name, known[i].name) != 0) continue;
    if (*known[i].to) return "duplicate_parameter";
    return serve__decode(equals + 1, size - (size_t)(equals - text) - 1, known[i].to, known[i].size) && *known[i].to ? NULL : "invalid_target";
  }
  return "unknown_parameter";
}

const char *serve__parse_target(const char *uri, size_t size, serve__target *out) {
  memset(out, 0, sizeof *out);
  if (size == 0 || size > SERVE_TARGET_MAX || uri[0] != '/' || memchr(uri, '#', size) || memchr(uri, 0, size)) return "invalid_target";
  const char *question = memchr(uri, '?', size), *end = uri + size, *path_end = question ? question : end, *why = NULL;
  for (const char *s = uri + 1; s <= path_end && !why;) {
    const char *slash = memchr(s, '/', (size_t)(path_end - s)), *stop = slash ? slash : path_end;
    why = request__segment(s, (size_t)(stop - s), out);
    s = stop + 1;
  }
  for (const char *s = question ? question + 1 : NULL; s && s <= end && !why;) {
    const char *and = memchr(s, '&', (size_t)(end - s)), *stop = and ? and : end;
    why = request__parameter(s, (size_t)(stop - s), out);
    s = stop + 1;
  }
  return why;
}

static const struct { const char *name; bool required, text; } request__headers[SERVE_HEADERS] = {
    [SERVE_CLIENT] = {"x-road-client", true, true},
    [SERVE_SERVICE] = {"x-road-service", false, true},
    [SERVE_ID] = {"x-road-id", true, false},
    [SERVE_REQUEST_ID] = {"x-road-request-id", false, false},
    [SERVE_REQUEST_HASH] = {"x-road-request-hash", false, false},
    [SERVE_ISSUE] = {"x-road-issue", true, true},
    [SERVE_LEGAL_BASIS] = {"x-anspruch-legal-basis", true, true},
    [SERVE_PURPOSE] = {"x-anspruch-purpose", true, true},
    [SERVE_IDNR_USED] = {"x-anspruch-idnr-used", true, false},
    [SERVE_REPRESENTED] = {"x-road-represented-party", false, true},
    [SERVE_CONTENT_TYPE] = {"content-type", false, false}};

static bool request__visible(const char *s) {
  for (; *s; s++)
    if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e) return false;
  return true;
}

static unsigned request__slashes(const char *s) {
  unsigned n = 0;
  for (; *s; s++) n += *s == '/';
  return n;
}

void serve__take_header(serve__headers *h, const char *name, const char *value) {
  for (unsigned i = 0; i < SERVE_HEADERS; i++) {
    if (strcasecmp(name, request__headers[i].name) != 0) continue;
    serve__value *v = &h->of[i];
    size_t n = value ? strlen(value) : 0;
    v->count++;
    v->bad = v->bad || n == 0 || n >= sizeof v->raw || !request__visible(value);
    if (v->bad || v->count > 1) return;
    memcpy(v->raw, value, n + 1);
    if (request__headers[i].text) v->bad = !serve__decode(value, n, v->text, sizeof v->text) || v->text[0] == ' ';
    else memcpy(v->text, value, n + 1);
    /* A code may hold an encoded slash; decoded, it would be the identifier of somebody else. */
    if ((i == SERVE_CLIENT || i == SERVE_SERVICE) && !v->bad) v->bad = request__slashes(v->raw) != request__slashes(v->text);
    return;
  }
}

const char *serve__check_headers(const serve__headers *h, const char **which) {
  for (unsigned i = 0; i < SERVE_HEADERS; i++) {
    const serve__value *v = &h->of[i];
    *which = request__headers[i].name;
    if (v->bad) return "invalid_header";
    if (v->count > 1) return "duplicate_header";
    if (v->count == 0 && request__headers[i].required) return "missing_header";
  }
  /* What the answer and the log carry on must fit there. */
  *which = request__headers[SERVE_ID].name;
  if (strlen(h->of[SERVE_ID].raw) > 128 || strlen(h->of[SERVE_REQUEST_ID].raw) > 128) return "invalid_header";
  *which = request__headers[SERVE_ISSUE].name;
  return strlen(h->of[SERVE_ISSUE].text) > 128 ? "invalid_header" : NULL;
}
