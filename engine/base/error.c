/* Filling and rendering of ans_error. The message table is the sum of messages/<module>.def, kept here and not in the modules so that no
 * module holds a registry or an initialiser, and one place can check that every id is unique and has both languages.
 * Arguments come from input files: control characters are replaced and texts are cut at a code point. No heap, no globals. */
#include "base/error.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct message {
  const char *code, *text[2], *remedy[2];
} message;

static const message messages[] = {
#define X(code, de, de_remedy, en, en_remedy) {code, {de, en}, {de_remedy, en_remedy}},
#include "base/messages/base.def"
#include "base/messages/code.def"
#include "base/messages/columns.def"
#include "base/messages/chunks.def"
#include "base/messages/replay.def"
#include "base/messages/exec.def"
#include "base/messages/emit.def"
#include "base/messages/store.def"
#include "base/messages/facts.def"
#include "base/messages/exchange.def"
#include "base/messages/serve.def"
#include "base/messages/decide.def"
#include "base/messages/batch.def"
#include "base/messages/dsl.def"
#include "base/messages/cli.def"
#include "base/messages/law.def"
#include "base/messages/doc.def"
#undef X
};

static const message *error__find(const char *code) {
  for (size_t i = 0; code && i < sizeof messages / sizeof *messages; i++)
    if (strcmp(messages[i].code, code) == 0) return &messages[i];
  return NULL;
}

/* Copies at most size-1 bytes, whole code points only; controls and invalid bytes become '?'. */
static void error__copy(char *out, size_t size, const char *s) {
  size_t n = 0, len = s ? strlen(s) : 0;
  for (size_t i = 0; i < len;) {
    uint32_t c = 0;
    size_t w = ans_utf8_decode(s + i, len - i, &c);
    bool bad = w == 0 || c < 0x20 || (c >= 0x7f && c <= 0x9f);
    size_t put = bad ? 1 : w;
    if (n + put >= size) break;
    if (bad) out[n] = '?';
    else memcpy(out + n, s + i, w);
    n += put;
    i += w ? w : 1;
  }
  out[n] = 0;
}

ans_status ans_error_set(ans_error *err, ans_status status, const char *code, const char *where, ...) {
  const message *m = error__find(code);
  assert(m && "message id missing in engine/base/messages");
  if (!err) return status;
  memset(err, 0, sizeof *err);
  err->status = status;
  err->code = m ? m->code : code;
  error__copy(err->where, sizeof err->where, where);
  va_list ap;
  va_start(ap, where);
  for (int i = 0; i < ANS_ERROR_ARGS; i++) {
    const char *arg = va_arg(ap, const char *);
    if (!arg) break;
    error__copy(err->args[i], sizeof err->args[i], arg);
  }
  va_end(ap);
  return status;
}

const char *ans_itoa(char *buf, long long value) {
  snprintf(buf, 24, "%lld", value);
  return buf;
}

typedef struct sink {
  char *out;
  size_t size, n;
} sink;

static void sink__put(sink *k, const char *s, size_t len) {
  size_t room = k->size - 1 - k->n;
  if (len > room) len = room;
  memcpy(k->out + k->n, s, len);
  k->n += len;
  k->out[k->n] = 0;
}

static void sink__text(sink *k, const char *s) { sink__put(k, s, strlen(s)); }

/* Text with {0}…{3} replaced; a replaced argument is not scanned again. */
static void sink__filled(sink *k, const char *s, const ans_error *err) {
  for (; *s; s++) {
    if (s[0] == '{' && s[1] >= '0' && s[1] < '0' + ANS_ERROR_ARGS && s[2] == '}') {
      sink__text(k, err->args[s[1] - '0']);
      s += 2;
    } else {
      sink__put(k, s, 1);
    }
  }
}

const char *ans_error_render(const ans_error *err, ans_lang lang, char *out, size_t size) {
  sink k = {out, size, 0};
  out[0] = 0;
  const message *m = error__find(err->code);
  if (err->code) {
    sink__text(&k, err->code);
    sink__text(&k, ": ");
  }
  if (err->where[0]) {
    sink__text(&k, err->where);
    sink__text(&k, ": ");
  }
  if (!m) {
    sink__text(&k, ans_status_name(err->status));
  } else {
    int l = lang == ANS_LANG_EN;
    sink__filled(&k, m->text[l], err);
    if (m->remedy[l][0]) {
      char last = k.n ? out[k.n - 1] : '.'; /* many messages end with an argument: the remedy is a sentence of its own */
      sink__text(&k, strchr(".!?:", last) ? " " : ". ");
      sink__filled(&k, m->remedy[l], err);
    }
  }
  /* A cut in the middle of a code point would make the line invalid UTF-8. */
  k.n = ans_utf8_valid_prefix(out, k.n);
  out[k.n] = 0;
  return out;
}

const char *ans_status_name(ans_status status) {
  switch (status) {
#define X(n, e, t) \
  case ANS_##n:    \
    return t;
    ANS_STATUS_LIST(X)
#undef X
  }
  return "unknown status";
}
