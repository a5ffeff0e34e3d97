/* Owns: the files of an emission. The support headers are the files of engine/emit/support, kept in the library as text (support.inc is made
 * by the build), so that an installed command needs no data files. Everything of one emission lives in one arena; texts are handed over. */
#include "emit/emit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "emit/internal.h"

typedef struct support_file { const char *name; const unsigned char *bytes; size_t size; } support_file;
#include "support.inc" /* static const support_file support_files[], SUPPORT_FILES */
_Static_assert(SUPPORT_FILES + 2 == ANS_EMIT_FILES, "header, source and the support files");

void emit__title(const emit *e, ans_buffer *b, const char *what) {
  const ans_program *p = e->p;
  char hex[65];
  ans_hex(p->sha256, 32, hex);
  ans_buffer_text(b, "/* ");
  emit__comment(b, p->name, ANS_MAX_NAME);
  ans_buffer_char(b, ' ');
  emit__comment(b, p->version, ANS_MAX_NAME);
  ans_buffer_printf(b, ": %s.\n * ", what);
  emit__comment(b, p->title, ANS_MAX_NAME);
  ans_buffer_printf(b, "\n *\n * Made by `anspruch build --emit c`; changes belong into the rules. Package %s,\n * package format %u, semantics %u, emission %u.", hex, ANS_PACKAGE_FORMAT_VERSION,
                    p->semantics_version, (unsigned)ANS_EMISSION_VERSION);
  for (uint32_t i = 0; i < p->import_count; i++) {
    ans_hex(p->imports[i].sha256, 32, hex);
    ans_buffer_text(b, "\n * Uses ");
    emit__comment(b, p->imports[i].name, ANS_MAX_NAME);
    ans_buffer_char(b, ' ');
    emit__comment(b, p->imports[i].version, ANS_MAX_NAME);
    ans_buffer_printf(b, ", %s.", hex);
  }
  ans_buffer_text(b, " */\n");
}

static void emit__table_of(ans_buffer *b, const char *name, uint32_t count) {
  if (count) ans_buffer_printf(b, "  .%s = %s, ", name, name);
  else ans_buffer_printf(b, "  .%s = NULL, ", name);
}

static void emit__package(const emit *e, ans_buffer *b) {
  const ans_program *p = e->p;
  char hex[65];
  ans_hex(p->sha256, 32, hex);
  ans_buffer_printf(b, "const an_package %s_package = {\n  .name = ", e->prefix);
  emit__string(b, p->name);
  ans_buffer_text(b, ", .version = ");
  emit__string(b, p->version);
  ans_buffer_text(b, ",\n  .title = ");
  emit__string(b, p->title);
  ans_buffer_printf(b, ",\n  .sha256 = \"%s\",\n  .format_version = %u, .semantics_version = %u, .emission_version = AN_EMISSION_VERSION,\n", hex, ANS_PACKAGE_FORMAT_VERSION, p->semantics_version);
  ans_buffer_printf(b, "  .period_kind = %u, .first_period = %d, .last_period = %d,\n", p->period_kind, p->first_period, p->last_period);
  const struct { const char *name, *count_name; uint32_t count; } tables[] = {
      {"units", "unit_count", p->unit_count}, {"facts", "fact_count", p->fact_count}, {"results", "result_count", p->result_count}, {"benefits", "benefit_count", p->benefit_count},
      {"registers", "register_count", p->insn_count}, {"params", "param_count", p->param_count}, {"nodes", "node_count", p->node_count}, {"questions", "question_count", p->predicate_count}};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    emit__table_of(b, tables[i].name, tables[i].count);
    ans_buffer_printf(b, ".%s = %u,\n", tables[i].count_name, tables[i].count);
  }
  ans_buffer_printf(b, "  .extras = offsetof(%s_input, extras), .periodic = periodic, .evaluate = evaluate\n};\n\n", e->prefix);
  ans_buffer_printf(b,
                    "size_t %s_memory(const %s_input *input) { return an_memory(&%s_package, input); }\n"
                    "an_status %s_start(an_run *run, void *block, size_t size, int32_t period, int32_t law_known) {\n"
                    "  return an_start(run, &%s_package, block, size, period, law_known);\n}\n"
                    "an_status %s_evaluate(an_run *run, const %s_input *input) { return an_evaluate(run, input); }\n",
                    e->prefix, e->prefix, e->prefix, e->prefix, e->prefix, e->prefix, e->prefix);
}

static void emit__source(const emit *e, ans_buffer *b) {
  emit__title(e, b, "the rules as C");
  ans_buffer_printf(b, "#include \"%s.h\"\n#include \"anspruch_embed_run.h\"\n#if AN_EMISSION_VERSION != %u\n#error \"the support headers are of another emission\"\n#endif\n\n", e->prefix,
                    (unsigned)ANS_EMISSION_VERSION);
  emit__params(e, b);
  emit__code(e, b);
  emit__tables(e, b);
  emit__package(e, b);
}

static bool prefix__letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool prefix__valid(const char *s) {
  size_t n = 0;
  for (; s[n]; n++)
    if (!prefix__letter(s[n]) && s[n] != '_' && (s[n] < '0' || s[n] > '9')) return false;
  return n > 0 && n <= ANS_EMIT_MAX_PREFIX && prefix__letter(s[0]) && strncmp(s, "an_", 3) != 0 && strncmp(s, "anspruch", 8) != 0;
}

/* The last part of the package's name in ASCII; what cannot stand there is _. */
static void prefix__from_name(const char *name, char *out) {
  const char *last = strrchr(name, '/');
  size_t n = 0;
  for (const char *s = last ? last + 1 : name; *s && n < ANS_EMIT_MAX_PREFIX; s++) {
    const bool keep = prefix__letter(*s) || (*s >= '0' && *s <= '9');
    if (((unsigned char)*s & 0xC0) != 0x80) out[n++] = keep ? *s : '_';
  }
  out[n] = 0;
  if (prefix__valid(out)) return;
  memmove(out + 2, out, n > ANS_EMIT_MAX_PREFIX - 2 ? ANS_EMIT_MAX_PREFIX - 2 : n);
  memcpy(out, "p_", 2);
  out[n + 2 > ANS_EMIT_MAX_PREFIX ? ANS_EMIT_MAX_PREFIX : n + 2] = 0;
}

static ans_status emit__fail(ans_error *err, const ans_program *p, const ans_buffer *b) {
  char n[24];
  if (b && b->full) return ans_error_set(err, ANS_LIMIT, "E-EMIT-SIZE", p->name, ans_itoa(n, ANS_EMIT_MAX_BYTES), NULL);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->name, "emission", NULL);
}

static ans_status emit__file(ans_emitted *f, const emit *e, const char *end, void (*write)(const emit *, ans_buffer *), ans_error *err) {
  ans_buffer b;
  ans_buffer_init(&b, ANS_EMIT_MAX_BYTES);
  write(e, &b);
  snprintf(f->name, sizeof f->name, "%s.%s", e->prefix, end);
  f->text = ans_buffer_take(&b, &f->size);
  return f->text ? ANS_OK : emit__fail(err, e->p, &b);
}

static ans_status emit__support(ans_emission *out, const ans_program *p, ans_error *err) {
  for (size_t i = 0; i < SUPPORT_FILES; i++) {
    ans_emitted *f = &out->files[2 + i];
    snprintf(f->name, sizeof f->name, "%s", support_files[i].name);
    f->size = support_files[i].size;
    f->text = malloc(f->size + 1);
    if (!f->text) return emit__fail(err, p, NULL);
    memcpy(f->text, support_files[i].bytes, f->size);
    f->text[f->size] = 0;
  }
  return ANS_OK;
}

ans_status ans_emit_c(const ans_program *p, const char *prefix, ans_emission *out, ans_error *err) {
  *out = (ans_emission){0};
  if (prefix && !prefix__valid(prefix)) return ans_error_set(err, ANS_USAGE, "E-EMIT-PREFIX", p->name, prefix, NULL);
  if (prefix) snprintf(out->prefix, sizeof out->prefix, "%s", prefix);
  else prefix__from_name(p->name, out->prefix);
  ans_arena *arena = ans_arena_new((size_t)1 << 31);
  emit *e = arena ? ans_arena_alloc(arena, sizeof *e) : NULL;
  if (!e) {
    ans_arena_free(arena);
    return emit__fail(err, p, NULL);
  }
  e->p = p;
  e->arena = arena;
  memcpy(e->prefix, out->prefix, sizeof e->prefix);
  for (size_t i = 0; e->prefix[i]; i++) e->upper[i] = (char)(e->prefix[i] >= 'a' && e->prefix[i] <= 'z' ? e->prefix[i] - 'a' + 'A' : e->prefix[i]);
  ans_status s = emit__plan(e) && emit__names(e) ? ANS_OK : emit__fail(err, p, NULL);
  if (s == ANS_OK) s = emit__file(&out->files[0], e, "h", emit__header, err);
  if (s == ANS_OK) s = emit__file(&out->files[1], e, "c", emit__source, err);
  if (s == ANS_OK) s = emit__support(out, p, err);
  ans_arena_free(arena);
  if (s != ANS_OK) ans_emission_dispose(out);
  return s;
}

void ans_emission_dispose(ans_emission *e) {
  for (size_t i = 0; i < ANS_EMIT_FILES; i++) {
    free(e->files[i].text);
    e->files[i] = (ans_emitted){.text = NULL};
  }
}
