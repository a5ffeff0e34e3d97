/* Request policy and addressing: nothing here sends anything. Specification: X-Road PR-REST 1.0.4 §§ 4.1-4.3. Pure functions. */
#include "exchange/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/utf8.h"

static const char policy__hex[] = "0123456789ABCDEF";

static bool policy__unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool policy__header_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '%'; }

/* Percent-encodes every byte that is not plain; false if the result would exceed `limit` characters or not fit into out. */
static bool policy__percent(const char *text, bool (*plain)(unsigned char), size_t limit, char *out, size_t size) {
  size_t n = 0;
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    size_t w = plain(*c) ? 1 : 3;
    if (n + w >= size || n + w > limit) return false;
    if (w == 1) {
      out[n] = (char)*c;
    } else {
      out[n] = '%';
      out[n + 1] = policy__hex[*c >> 4];
      out[n + 2] = policy__hex[*c & 15];
    }
    n += w;
  }
  out[n] = 0;
  return true;
}

bool ans_exchange_encode_segment(const char *segment, char *out, size_t size) {
  size_t len = strlen(segment);
  /* "." and ".." would be removed as path steps by intermediaries. */
  if (len == 0 || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0 || !ans_utf8_printable(segment, len) || strchr(segment, '/')) return false;
  return policy__percent(segment, policy__unreserved, size, out, size);
}

bool ans_exchange_encode_header(const char *text, char *out, size_t size) {
  size_t len = text ? strlen(text) : 0;
  if (len == 0 || text[0] == ' ' || text[len - 1] == ' ' || !ans_utf8_valid(text, len)) return false;
  return policy__percent(text, policy__header_plain, 200, out, size);
}

bool exchange__encode_fields(const char *fields, char *out, size_t size) {
  size_t len = fields ? strlen(fields) : 0;
  return len > 0 && len < EXCHANGE_FIELDS_SIZE && ans_utf8_printable(fields, len) && policy__percent(fields, policy__header_plain, size, out, size);
}

/* --- citations: docs/language.md, grammar `citation`; here the law is mandatory, since there is no section to take it from ------------ */
static const char *policy__blanks(const char *s) {
  while (*s == ' ') s++;
  return s;
}
static const char *policy__number(const char *s) { /* 62, 1a, 49a */
  if (*s < '0' || *s > '9') return NULL;
  while (*s >= '0' && *s <= '9') s++;
  if (*s >= 'a' && *s <= 'z') s++;
  return *s == 0 || *s == ' ' || *s == ',' ? s : NULL;
}
static const char *policy__letters(const char *s) {
  const char *start = s;
  while (*s >= 'a' && *s <= 'z') s++;
  return s > start && s - start <= 3 && (*s == 0 || *s == ' ') ? s : NULL;
}
static const char *policy__part(const char *s) {
  static const struct { const char *word; bool letters, list; } parts[] = {{"Abs. ", false, false}, {"Satz ", false, true}, {"Nr. ", false, false}, {"Halbsatz ", false, false},
                                                                          {"Buchst. ", true, false}, {"Doppelbuchst. ", true, false}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t n = strlen(parts[i].word);
    if (strncmp(s, parts[i].word, n) != 0) continue;
    const char *end = parts[i].letters ? policy__letters(policy__blanks(s + n)) : policy__number(policy__blanks(s + n));
    while (end && parts[i].list && *end == ',') end = policy__number(policy__blanks(end + 1));
    return end;
  }
  return NULL;
}

bool ans_exchange_is_citation(const char *text) {
  if (!text || strlen(text) > 150 || !ans_utf8_printable(text, strlen(text))) return false;
  const char *s = NULL;
  static const char *const heads[] = {"§", "Anlage ", "Art. "};
  for (size_t i = 0; i < 3 && !s; i++)
    if (strncmp(text, heads[i], strlen(heads[i])) == 0) s = policy__number(policy__blanks(text + strlen(heads[i])));
  while (s && *s == ' ') {
    s = policy__blanks(s);
    const char *next = policy__part(s);
    if (!next) break;
    s = next;
  }
  /* What remains is the law: one word that begins with a capital letter. */
  if (!s || s[-1] != ' ' || strlen(s) < 2 || strchr(s, ' ')) return false;
  uint32_t c = 0;
  size_t w = ans_utf8_decode(s, strlen(s), &c);
  return w > 0 && ((c >= 'A' && c <= 'Z') || c == 0xC4 || c == 0xD6 || c == 0xDC);
}

ans_status exchange__check_policy(const ans_request_policy *p, ans_error *err) {
  char buffer[256];
  if (!ans_exchange_is_citation(p->legal_basis)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-POLICY", NULL, "legal_basis", p->legal_basis ? p->legal_basis : "", (char *)NULL);
  if (!ans_exchange_encode_header(p->legal_basis, buffer, sizeof buffer)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-POLICY", NULL, "legal_basis", p->legal_basis, (char *)NULL);
  if (!p->purpose || !ans_exchange_encode_header(p->purpose, buffer, sizeof buffer)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-POLICY", NULL, "purpose", p->purpose ? p->purpose : "", (char *)NULL);
  if (!p->case_id || !ans_exchange_encode_header(p->case_id, buffer, sizeof buffer)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-POLICY", NULL, "case_id", p->case_id ? p->case_id : "", (char *)NULL);
  char fields[3 * EXCHANGE_FIELDS_SIZE];
  if (!exchange__encode_fields(p->fields, fields, sizeof fields)) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-POLICY", NULL, "fields", p->fields ? p->fields : "", (char *)NULL);
  return ANS_OK;
}

/* INST/CLASS/MEMBER/SUBSYSTEM[/SERVICE]: `parts` non-empty segments of the characters X-Road allows, or other letters (they are encoded). */
bool exchange__is_identifier(const char *id, unsigned parts) {
  unsigned n = 0;
  char segment[128], encoded[400];
  for (const char *s = id; s; n++) {
    const char *slash = strchr(s, '/');
    size_t len = slash ? (size_t)(slash - s) : strlen(s);
    if (len == 0 || len >= sizeof segment) return false;
    memcpy(segment, s, len);
    segment[len] = 0;
    if (strpbrk(segment, "\\;:%") || !ans_exchange_encode_segment(segment, encoded, sizeof encoded)) return false;
    s = slash ? slash + 1 : NULL;
  }
  return n == parts;
}

bool exchange__url(const ans_xroad_config *c, const exchange__register *r, const char *suffix, char out[EXCHANGE_URL_SIZE]) {
  size_t base = strlen(c->server_url);
  while (base > 0 && c->server_url[base - 1] == '/') base--;
  int n = snprintf(out, EXCHANGE_URL_SIZE, "%.*s/r1", (int)base, c->server_url);
  if (n < 0 || n >= EXCHANGE_URL_SIZE) return false;
  size_t used = (size_t)n;
  for (const char *s = r->service_id; s;) {
    char segment[128], encoded[400];
    const char *slash = strchr(s, '/');
    size_t len = slash ? (size_t)(slash - s) : strlen(s);
    if (len >= sizeof segment) return false;
    memcpy(segment, s, len);
    segment[len] = 0;
    if (!ans_exchange_encode_segment(segment, encoded, sizeof encoded)) return false;
    n = snprintf(out + used, EXCHANGE_URL_SIZE - used, "/%s", encoded);
    if (n < 0 || (size_t)n >= EXCHANGE_URL_SIZE - used) return false;
    used += (size_t)n;
    s = slash ? slash + 1 : NULL;
  }
  n = snprintf(out + used, EXCHANGE_URL_SIZE - used, "%s", suffix);
  return n >= 0 && (size_t)n < EXCHANGE_URL_SIZE - used;
}

/* Literal loopback addresses only: a name could resolve to anything. `localhost` is mapped to 127.0.0.1 by the transport. */
bool exchange__is_loopback(const char *url) {
  static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
  for (size_t i = 0; i < 3; i++) {
    size_t n = strlen(hosts[i]);
    if (strncmp(url, hosts[i], n) == 0 && (url[n] == 0 || url[n] == ':' || url[n] == '/') && !strchr(url, '@')) return true;
  }
  return false;
}

void exchange__uuid(char out[EXCHANGE_ID_SIZE]) {
  unsigned char b[16];
  size_t got = 0;
  while (got < sizeof b) { /* getrandom does not fail for small requests once the pool is ready; a signal may interrupt it */
    ssize_t n = getrandom(b + got, sizeof b - got, 0);
    if (n > 0) got += (size_t)n;
  }
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  size_t n = 0;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out[n++] = '-';
    out[n++] = "0123456789abcdef"[b[i] >> 4];
    out[n++] = "0123456789abcdef"[b[i] & 15];
  }
  out[n] = 0;
}
