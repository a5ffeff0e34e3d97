/* The package file (docs/formats/package.md): encode, decode, load, save.
 *
 * Layout: 32-byte header, then the payload as one sequence of tables in fixed order, little endian, texts inline with a length. No
 * offsets and no alignment: the file is read once and copied into tables, so there is nothing to follow into the wrong place (rejected:
 * a mappable image, whose every pointer would need a check).
 * The CRC-32 covers header and payload, so any damaged byte is named before anything is parsed. It is no protection against intent: the
 * verifier is, and the SHA-256 identity. Decoding allocates in proportion to the file only. Pure but for load/save; thread-safe. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "code/program.h"

enum { HEADER_SIZE = 32, HEADER_CRC = 24 };
static const char package__magic[8] = {'A', 'N', 'S', 'P', 'R', 'U', 'C', 'H'};

/* CRC-32 (IEEE 802.3, reflected) a nibble at a time: small table, no initialiser; a package is a few hundred kilobytes. */
static uint32_t package__crc(uint32_t crc, const unsigned char *s, size_t n) {
  static const uint32_t t[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  crc = ~crc;
  for (size_t i = 0; i < n; i++) {
    crc ^= s[i];
    crc = crc >> 4 ^ t[crc & 15];
    crc = crc >> 4 ^ t[crc & 15];
  }
  return ~crc;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */
static void put(ans_buffer *b, uint64_t v, int bytes) {
  unsigned char s[8];
  for (int i = 0; i < bytes; i++) s[i] = (unsigned char)(v >> (8 * i));
  ans_buffer_append(b, s, (size_t)bytes);
}
static void put8(ans_buffer *b, uint8_t v) { put(b, v, 1); }
static void put32(ans_buffer *b, uint32_t v) { put(b, v, 4); }
static void put_i32(ans_buffer *b, int32_t v) { put(b, (uint32_t)v, 4); }
static void put_i64(ans_buffer *b, int64_t v) { put(b, (uint64_t)v, 8); }
static void put_text(ans_buffer *b, const char *s) {
  size_t n = strlen(s);
  put32(b, (uint32_t)n);
  ans_buffer_append(b, s, n);
}
static void put_type(ans_buffer *b, ans_type t) {
  put8(b, t.tag);
  put8(b, t.scale);
  put8(b, t.measure);
  put8(b, t.per);
  put32(b, t.ref);
}

static void package__write_head(ans_buffer *b, const ans_program *p) {
  put_text(b, p->name);
  put_text(b, p->version);
  put_text(b, p->title);
  put32(b, p->period_kind);
  put_i32(b, p->first_period);
  put_i32(b, p->last_period);
  put32(b, p->semantics_version);
  const uint32_t counts[] = {p->insn_count,  p->const_count,     p->list_count,   p->unit_count,     p->fact_count,   p->source_count,    p->enum_count,
                             p->enum_value_count, p->predicate_count, p->predicate_text_count, p->param_count, p->param_row_count, p->result_count, p->benefit_count,
                             p->provision_count, p->node_count, p->import_count};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) put32(b, counts[i]);
}

static void package__write_imports(ans_buffer *b, const ans_program *p) {
  for (uint32_t i = 0; i < p->import_count; i++) {
    put_text(b, p->imports[i].name);
    put_text(b, p->imports[i].version);
    ans_buffer_append(b, p->imports[i].sha256, sizeof p->imports[i].sha256);
    put8(b, p->imports[i].direct);
  }
}

static void package__write_symbols(ans_buffer *b, const ans_program *p) {
  for (uint32_t i = 0; i < p->unit_count; i++) {
    put_text(b, p->units[i].name);
    put_text(b, p->units[i].label);
    put32(b, p->units[i].parent);
  }
  for (uint32_t i = 0; i < p->fact_count; i++) {
    const ans_fact *f = &p->facts[i];
    put_text(b, f->name);
    put_text(b, f->label);
    put32(b, f->unit);
    put_type(b, f->type);
    put8(b, f->kind);
    put8(b, f->nature);
    put8(b, f->from_application);
    put32(b, f->provision);
    put32(b, f->first_source);
    put32(b, f->source_count);
    put8(b, f->bounds);
    put_i64(b, f->low);
    put_i64(b, f->high);
  }
  for (uint32_t i = 0; i < p->source_count; i++) {
    put_text(b, p->sources[i].source);
    put32(b, p->sources[i].rank);
  }
  for (uint32_t i = 0; i < p->enum_count; i++) {
    put_text(b, p->enums[i].name);
    put32(b, p->enums[i].first_value);
    put32(b, p->enums[i].value_count);
  }
  for (uint32_t i = 0; i < p->enum_value_count; i++) put_text(b, p->enum_values[i]);
  for (uint32_t i = 0; i < p->predicate_count; i++) {
    put32(b, p->predicates[i].fact);
    put8(b, p->predicates[i].kind);
    put8(b, p->predicates[i].bit);
    put32(b, p->predicates[i].first_text);
    put32(b, p->predicates[i].text_count);
  }
  for (uint32_t i = 0; i < p->predicate_text_count; i++) put_text(b, p->predicate_texts[i]);
  for (uint32_t i = 0; i < p->provision_count; i++) {
    put_text(b, p->provisions[i].text);
    put_text(b, p->provisions[i].law);
    put32(b, p->provisions[i].parent);
    put8(b, p->provisions[i].unchecked);
  }
}

static void package__write_params(ans_buffer *b, const ans_program *p) {
  for (uint32_t i = 0; i < p->param_count; i++) {
    const ans_param *x = &p->params[i];
    put_text(b, x->name);
    put_text(b, x->label);
    put_type(b, x->type);
    put32(b, x->provision);
    put32(b, x->key_count);
    put32(b, x->first_row);
    put32(b, x->row_count);
  }
  for (uint32_t i = 0; i < p->param_row_count; i++) {
    const ans_param_row *r = &p->param_rows[i];
    put_i32(b, r->from_day);
    put_i32(b, r->to_day);
    put_i32(b, r->promulgated_day);
    for (int k = 0; k < ANS_MAX_KEYS; k++) {
      put_i64(b, r->key_lo[k]);
      put_i64(b, r->key_hi[k]);
    }
    put_i64(b, r->value);
    put32(b, r->provision);
    put8(b, r->unchecked);
    put8(b, r->open_end);
  }
}

static void package__write_code(ans_buffer *b, const ans_program *p) {
  for (uint32_t i = 0; i < p->const_count; i++) put_i64(b, p->consts[i]);
  for (uint32_t i = 0; i < p->list_count; i++) put32(b, p->lists[i]);
  for (uint32_t i = 0; i < p->insn_count; i++) {
    const ans_insn *in = &p->insns[i];
    put(b, in->op, 2);
    put(b, in->unit, 2);
    put_type(b, in->type);
    put32(b, in->a);
    put32(b, in->b);
    put32(b, in->c);
  }
  for (uint32_t i = 0; i < p->result_count; i++) {
    const ans_result *r = &p->results[i];
    put_text(b, r->name);
    put_text(b, r->label);
    put32(b, r->unit);
    put_type(b, r->type);
    put32(b, r->insn);
    put32(b, r->provision);
  }
  for (uint32_t i = 0; i < p->benefit_count; i++) {
    const ans_benefit *x = &p->benefits[i];
    put_text(b, x->name);
    const uint32_t fields[] = {x->unit,         x->entitled_result,  x->amount_result,        x->payout_result, x->recipient_fact,
                               x->subject_fact, x->regime_provision, x->application_provision};
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) put32(b, fields[k]);
    put8(b, x->information_only);
  }
  for (uint32_t i = 0; i < p->node_count; i++) {
    const ans_node *n = &p->nodes[i];
    put32(b, n->insn);
    put32(b, n->parent);
    put8(b, n->kind);
    put32(b, n->provision);
    put32(b, n->result);
    put_text(b, n->text);
    put_text(b, n->text_not);
    put32(b, n->line);
  }
}

ans_status ans_program_encode(ans_program *p, unsigned char **bytes, size_t *size, ans_error *err) {
  ans_buffer b;
  char max[24];
  *bytes = NULL;
  *size = 0;
  ans_buffer_init(&b, ANS_MAX_PACKAGE_BYTES);
  ans_buffer_append(&b, package__magic, sizeof package__magic);
  put32(&b, ANS_PACKAGE_FORMAT_VERSION);
  put32(&b, 0); /* flags, none defined */
  put(&b, 0, 8); /* file length */
  put32(&b, 0);  /* CRC-32 */
  put32(&b, 0);  /* reserved */
  package__write_head(&b, p);
  package__write_imports(&b, p);
  package__write_symbols(&b, p);
  package__write_params(&b, p);
  package__write_code(&b, p);
  bool full = b.full;
  size_t len = 0;
  unsigned char *s = (unsigned char *)ans_buffer_take(&b, &len);
  if (!s) {
    ans_buffer_dispose(&b);
    if (full) return ans_error_set(err, ANS_LIMIT, "E-PKG-SIZE", p->name, ans_itoa(max, ANS_MAX_PACKAGE_BYTES), NULL);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->name, "package", NULL);
  }
  for (int i = 0; i < 8; i++) s[16 + i] = (unsigned char)((uint64_t)len >> (8 * i));
  uint32_t crc = package__crc(package__crc(0, s, HEADER_CRC), s + HEADER_CRC + 4, len - HEADER_CRC - 4);
  for (int i = 0; i < 4; i++) s[HEADER_CRC + i] = (unsigned char)(crc >> (8 * i));
  ans_sha256_once(s, len, p->sha256);
  *bytes = s;
  *size = len;
  return ANS_OK;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */
typedef struct reader {
  const unsigned char *s;
  size_t at, size;
  bool failed;
  ans_arena *arena;
  bool memory;
} reader;

static uint64_t get(reader *r, int bytes) {
  if (r->failed || r->size - r->at < (size_t)bytes) {
    r->failed = true;
    return 0;
  }
  uint64_t v = 0;
  for (int i = 0; i < bytes; i++) v |= (uint64_t)r->s[r->at + (size_t)i] << (8 * i);
  r->at += (size_t)bytes;
  return v;
}
static uint8_t get8(reader *r) { return (uint8_t)get(r, 1); }
static uint16_t get16(reader *r) { return (uint16_t)get(r, 2); }
static uint32_t get32(reader *r) { return (uint32_t)get(r, 4); }
static int32_t get_i32(reader *r) { return (int32_t)(uint32_t)get(r, 4); }
static int64_t get_i64(reader *r) { return (int64_t)get(r, 8); }

/* A NUL inside would make the text seen by us another one than the text in the file. */
static const char *get_text(reader *r) {
  uint32_t n = get32(r);
  if (r->failed || n > r->size - r->at || memchr(r->s + r->at, 0, n)) {
    r->failed = true;
    return "";
  }
  const char *t = n ? ans_arena_text(r->arena, (const char *)r->s + r->at, n) : "";
  r->at += n;
  if (t) return t;
  r->failed = r->memory = true;
  return "";
}
static ans_type get_type(reader *r) {
  ans_type t = {.tag = get8(r)};
  t.scale = get8(r);
  t.measure = get8(r);
  t.per = get8(r);
  t.ref = get32(r);
  return t;
}

/* Room for count entries, each of at least `least` bytes in the file: more cannot be there. */
static void *get_table(reader *r, uint32_t count, size_t entry, size_t least) {
  if (r->failed || count > (r->size - r->at) / least) {
    r->failed = true;
    return NULL;
  }
  void *t = ans_arena_array(r->arena, count, entry);
  if (!t) r->failed = r->memory = true;
  return t;
}

static void package__read_head(reader *r, ans_program *p) {
  p->name = get_text(r);
  p->version = get_text(r);
  p->title = get_text(r);
  p->period_kind = get32(r);
  p->first_period = get_i32(r);
  p->last_period = get_i32(r);
  p->semantics_version = get32(r);
  uint32_t *counts[] = {&p->insn_count,  &p->const_count,     &p->list_count,   &p->unit_count,     &p->fact_count,   &p->source_count,    &p->enum_count,
                        &p->enum_value_count, &p->predicate_count, &p->predicate_text_count, &p->param_count, &p->param_row_count, &p->result_count, &p->benefit_count,
                        &p->provision_count, &p->node_count, &p->import_count};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) *counts[i] = get32(r);
}

static void package__read_imports(reader *r, ans_program *p) {
  ans_import *imports = get_table(r, p->import_count, sizeof *imports, 41);
  for (uint32_t i = 0; i < p->import_count && !r->failed; i++) {
    imports[i].name = get_text(r);
    imports[i].version = get_text(r);
    for (size_t k = 0; k < sizeof imports[i].sha256; k++) imports[i].sha256[k] = get8(r);
    imports[i].direct = get8(r);
  }
  p->imports = imports;
}

static void package__read_facts(reader *r, ans_program *p) {
  ans_unit *units = get_table(r, p->unit_count, sizeof *units, 12);
  for (uint32_t i = 0; i < p->unit_count && !r->failed; i++) {
    units[i].name = get_text(r);
    units[i].label = get_text(r);
    units[i].parent = get32(r);
  }
  p->units = units;
  ans_fact *facts = get_table(r, p->fact_count, sizeof *facts, 52);
  for (uint32_t i = 0; i < p->fact_count && !r->failed; i++) {
    ans_fact *f = &facts[i];
    f->name = get_text(r);
    f->label = get_text(r);
    f->unit = get32(r);
    f->type = get_type(r);
    f->kind = get8(r);
    f->nature = get8(r);
    f->from_application = get8(r);
    f->provision = get32(r);
    f->first_source = get32(r);
    f->source_count = get32(r);
    f->bounds = get8(r);
    f->low = get_i64(r);
    f->high = get_i64(r);
  }
  p->facts = facts;
}

static void package__read_predicates(reader *r, ans_program *p) {
  ans_predicate *predicates = get_table(r, p->predicate_count, sizeof *predicates, 14);
  for (uint32_t i = 0; i < p->predicate_count && !r->failed; i++) {
    predicates[i].fact = get32(r);
    predicates[i].kind = get8(r);
    predicates[i].bit = get8(r);
    predicates[i].first_text = get32(r);
    predicates[i].text_count = get32(r);
  }
  p->predicates = predicates;
  const char **texts = get_table(r, p->predicate_text_count, sizeof *texts, 4);
  for (uint32_t i = 0; i < p->predicate_text_count && !r->failed; i++) texts[i] = get_text(r);
  p->predicate_texts = texts;
}

static void package__read_symbols(reader *r, ans_program *p) {
  package__read_facts(r, p);
  ans_source_rank *sources = get_table(r, p->source_count, sizeof *sources, 8);
  for (uint32_t i = 0; i < p->source_count && !r->failed; i++) {
    sources[i].source = get_text(r);
    sources[i].rank = get32(r);
  }
  p->sources = sources;
  ans_enum *enums = get_table(r, p->enum_count, sizeof *enums, 12);
  for (uint32_t i = 0; i < p->enum_count && !r->failed; i++) {
    enums[i].name = get_text(r);
    enums[i].first_value = get32(r);
    enums[i].value_count = get32(r);
  }
  p->enums = enums;
  const char **values = get_table(r, p->enum_value_count, sizeof *values, 4);
  for (uint32_t i = 0; i < p->enum_value_count && !r->failed; i++) values[i] = get_text(r);
  p->enum_values = values;
  package__read_predicates(r, p);
  ans_provision *provisions = get_table(r, p->provision_count, sizeof *provisions, 13);
  for (uint32_t i = 0; i < p->provision_count && !r->failed; i++) {
    provisions[i].text = get_text(r);
    provisions[i].law = get_text(r);
    provisions[i].parent = get32(r);
    provisions[i].unchecked = get8(r);
  }
  p->provisions = provisions;
}

static void package__read_params(reader *r, ans_program *p) {
  ans_param *params = get_table(r, p->param_count, sizeof *params, 32);
  for (uint32_t i = 0; i < p->param_count && !r->failed; i++) {
    ans_param *x = &params[i];
    x->name = get_text(r);
    x->label = get_text(r);
    x->type = get_type(r);
    x->provision = get32(r);
    x->key_count = get32(r);
    x->first_row = get32(r);
    x->row_count = get32(r);
  }
  p->params = params;
  ans_param_row *rows = get_table(r, p->param_row_count, sizeof *rows, 90);
  for (uint32_t i = 0; i < p->param_row_count && !r->failed; i++) {
    ans_param_row *x = &rows[i];
    x->from_day = get_i32(r);
    x->to_day = get_i32(r);
    x->promulgated_day = get_i32(r);
    for (int k = 0; k < ANS_MAX_KEYS; k++) {
      x->key_lo[k] = get_i64(r);
      x->key_hi[k] = get_i64(r);
    }
    x->value = get_i64(r);
    x->provision = get32(r);
    x->unchecked = get8(r);
    x->open_end = get8(r);
  }
  p->param_rows = rows;
}

static void package__read_insns(reader *r, ans_program *p) {
  int64_t *consts = get_table(r, p->const_count, sizeof *consts, 8);
  for (uint32_t i = 0; i < p->const_count && !r->failed; i++) consts[i] = get_i64(r);
  p->consts = consts;
  uint32_t *lists = get_table(r, p->list_count, sizeof *lists, 4);
  for (uint32_t i = 0; i < p->list_count && !r->failed; i++) lists[i] = get32(r);
  p->lists = lists;
  ans_insn *insns = get_table(r, p->insn_count, sizeof *insns, 24);
  for (uint32_t i = 0; i < p->insn_count && !r->failed; i++) {
    insns[i].op = get16(r);
    insns[i].unit = get16(r);
    insns[i].type = get_type(r);
    insns[i].a = get32(r);
    insns[i].b = get32(r);
    insns[i].c = get32(r);
  }
  p->insns = insns;
}

static void package__read_outputs(reader *r, ans_program *p) {
  ans_result *results = get_table(r, p->result_count, sizeof *results, 28);
  for (uint32_t i = 0; i < p->result_count && !r->failed; i++) {
    ans_result *x = &results[i];
    x->name = get_text(r);
    x->label = get_text(r);
    x->unit = get32(r);
    x->type = get_type(r);
    x->insn = get32(r);
    x->provision = get32(r);
  }
  p->results = results;
  ans_benefit *benefits = get_table(r, p->benefit_count, sizeof *benefits, 37);
  for (uint32_t i = 0; i < p->benefit_count && !r->failed; i++) {
    ans_benefit *x = &benefits[i];
    x->name = get_text(r);
    uint32_t *fields[] = {&x->unit,         &x->entitled_result,  &x->amount_result,        &x->payout_result, &x->recipient_fact,
                          &x->subject_fact, &x->regime_provision, &x->application_provision};
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) *fields[k] = get32(r);
    x->information_only = get8(r);
  }
  p->benefits = benefits;
  ans_node *nodes = get_table(r, p->node_count, sizeof *nodes, 29);
  for (uint32_t i = 0; i < p->node_count && !r->failed; i++) {
    ans_node *n = &nodes[i];
    n->insn = get32(r);
    n->parent = get32(r);
    n->kind = get8(r);
    n->provision = get32(r);
    n->result = get32(r);
    n->text = get_text(r);
    n->text_not = get_text(r);
    n->line = get32(r);
  }
  p->nodes = nodes;
}

static ans_status package__check_header(const unsigned char *s, size_t size, const char *name, ans_error *err) {
  char a[24], b[24];
  if (size < sizeof package__magic || memcmp(s, package__magic, sizeof package__magic) != 0)
    return ans_error_set(err, ANS_PACKAGE, "E-PKG-MAGIC", name, NULL);
  reader r = {.s = s, .at = sizeof package__magic, .size = size};
  uint32_t version = get32(&r), flags = get32(&r);
  uint64_t length = get(&r, 8);
  uint32_t crc = get32(&r), reserved = get32(&r);
  if (r.failed) return ans_error_set(err, ANS_PACKAGE, "E-PKG-LENGTH", name, ans_itoa(a, (long long)size), ans_itoa(b, HEADER_SIZE), NULL);
  if (version != ANS_PACKAGE_FORMAT_VERSION)
    return ans_error_set(err, ANS_PACKAGE, "E-PKG-VERSION", name, ans_itoa(a, version), ans_itoa(b, ANS_PACKAGE_FORMAT_VERSION), NULL);
  if (length != size)
    return ans_error_set(err, ANS_PACKAGE, "E-PKG-LENGTH", name, ans_itoa(a, (long long)size), ans_itoa(b, (long long)(length & INT64_MAX)), NULL);
  uint32_t have = package__crc(package__crc(0, s, HEADER_CRC), s + HEADER_CRC + 4, size - HEADER_CRC - 4);
  if (have != crc) return ans_error_set(err, ANS_PACKAGE, "E-PKG-CHECKSUM", name, ans_itoa(a, have), ans_itoa(b, crc), NULL);
  if (flags != 0 || reserved != 0) return ans_error_set(err, ANS_PACKAGE, "E-PKG-STRUCTURE", name, "flags", ans_itoa(a, flags), NULL);
  return ANS_OK;
}

ans_status ans_program_decode(const unsigned char *bytes, size_t size, const char *name, ans_program **out, ans_error *err) {
  char a[24];
  *out = NULL;
  if (size > ANS_MAX_PACKAGE_BYTES) return ans_error_set(err, ANS_LIMIT, "E-PKG-SIZE", name, ans_itoa(a, ANS_MAX_PACKAGE_BYTES), NULL);
  ans_status s = package__check_header(bytes, size, name, err);
  if (s != ANS_OK) return s;
  reader r = {.s = bytes, .at = HEADER_SIZE, .size = size, .arena = ans_arena_new(0)};
  ans_program *p = r.arena ? ans_arena_alloc(r.arena, sizeof *p) : NULL;
  if (!p) {
    ans_arena_free(r.arena);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "package", NULL);
  }
  p->arena = r.arena;
  package__read_head(&r, p);
  package__read_imports(&r, p);
  package__read_symbols(&r, p);
  package__read_params(&r, p);
  package__read_insns(&r, p);
  package__read_outputs(&r, p);
  if (r.memory) s = ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "package", NULL);
  else if (r.failed || r.at != size)
    s = ans_error_set(err, ANS_PACKAGE, "E-PKG-STRUCTURE", name, r.failed ? "table" : "trailing bytes", ans_itoa(a, (long long)r.at), NULL);
  else s = ans_program_verify(p, err);
  if (s != ANS_OK) {
    ans_arena_free(p->arena);
    return s;
  }
  ans_sha256_once(bytes, size, p->sha256);
  *out = p;
  return ANS_OK;
}

/* --- files ------------------------------------------------------------------------------------------------------------- */
static ans_status package__read_file(int fd, const char *path, unsigned char **bytes, size_t *size, ans_error *err) {
  struct stat st;
  char max[24];
  if (fstat(fd, &st) != 0) return ans_error_set(err, ANS_IO, "E-IO-READ", path, strerrordesc_np(errno), NULL);
  if (!S_ISREG(st.st_mode)) return ans_error_set(err, ANS_IO, "E-IO-READ", path, strerrordesc_np(S_ISDIR(st.st_mode) ? EISDIR : EINVAL), NULL);
  if (st.st_size > ANS_MAX_PACKAGE_BYTES) return ans_error_set(err, ANS_LIMIT, "E-PKG-SIZE", path, ans_itoa(max, ANS_MAX_PACKAGE_BYTES), NULL);
  *size = (size_t)st.st_size;
  *bytes = malloc(*size + 1);
  if (!*bytes) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", path, "package", NULL);
  size_t n = 0;
  while (n < *size) {
    ssize_t got = read(fd, *bytes + n, *size - n);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ans_error_set(err, ANS_IO, "E-IO-READ", path, strerrordesc_np(errno), NULL);
    if (got == 0) break; /* shortened meanwhile: the length check reports it */
    n += (size_t)got;
  }
  *size = n;
  return ANS_OK;
}

ans_status ans_program_load(const char *path, ans_program **out, ans_error *err) {
  *out = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ans_error_set(err, ANS_IO, "E-IO-OPEN", path, strerrordesc_np(errno), NULL);
  unsigned char *bytes = NULL;
  size_t size = 0;
  ans_status s = package__read_file(fd, path, &bytes, &size, err);
  close(fd);
  if (s == ANS_OK) s = ans_program_decode(bytes, size, path, out, err);
  free(bytes);
  return s;
}

static bool package__write_all(int fd, const unsigned char *s, size_t n) {
  while (n) {
    ssize_t put_bytes = write(fd, s, n);
    if (put_bytes < 0 && errno == EINTR) continue;
    if (put_bytes < 0) return false;
    s += put_bytes;
    n -= (size_t)put_bytes;
  }
  return fsync(fd) == 0 || errno == EINVAL; /* pipes and some devices have nothing to sync */
}

/* The rename is durable only once the directory is. Failure is ignored: some file systems cannot, and the data itself is safe. */
static void package__sync_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
  int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    (void)fsync(fd);
    close(fd);
  }
  free(folder);
}

/* A device or pipe is written to, never replaced: renaming a file onto /dev/null would destroy it. */
static ans_status package__write_special(const char *path, const unsigned char *bytes, size_t size, ans_error *err) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && package__write_all(fd, bytes, size);
  int saved = errno;
  if (fd >= 0 && close(fd) != 0 && ok) {
    ok = false;
    saved = errno;
  }
  return ok ? ANS_OK : ans_error_set(err, ANS_IO, "E-IO-WRITE", path, strerrordesc_np(saved), NULL);
}

static ans_status package__replace(const char *path, const unsigned char *bytes, size_t size, ans_error *err) {
  ans_status s = ANS_OK;
  ans_buffer temp;
  ans_buffer_init(&temp, 1 << 16);
  ans_buffer_printf(&temp, "%s.XXXXXX", path);
  int fd = temp.failed ? -1 : mkostemp(temp.data, O_CLOEXEC);
  if (temp.failed) errno = ENAMETOOLONG;
  bool ok = fd >= 0;
  bool created = ok;
  if (ok) ok = fchmod(fd, 0644) == 0 && package__write_all(fd, bytes, size);
  int saved = errno;
  if (created && close(fd) != 0 && ok) {
    ok = false;
    saved = errno;
  }
  if (ok && rename(temp.data, path) != 0) {
    ok = false;
    saved = errno;
  }
  if (!ok) {
    s = ans_error_set(err, ANS_IO, "E-IO-WRITE", path, strerrordesc_np(saved), NULL);
    if (created) unlink(temp.data);
  } else {
    package__sync_folder(path);
  }
  ans_buffer_dispose(&temp);
  return s;
}

ans_status ans_program_save(ans_program *p, const char *path, ans_error *err) {
  unsigned char *bytes = NULL;
  size_t size = 0;
  ans_status s = ans_program_encode(p, &bytes, &size, err);
  if (s != ANS_OK) return s;
  struct stat there;
  bool exists = stat(path, &there) == 0;
  if (exists && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
    s = package__write_special(path, bytes, size, err);
  } else {
    char *target = exists ? realpath(path, NULL) : NULL; /* a symbolic link stays: what it points at is replaced */
    s = package__replace(target ? target : path, bytes, size, err);
    free(target);
  }
  free(bytes);
  return s;
}
