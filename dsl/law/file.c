/* The imported law as a file: JSON lines, a header and one line for each §, Artikel or Anlage (docs/formats/law.md). Loading trusts nothing:
 * ranges must nest and lie on character boundaries, and every hash is computed again, so that a damaged or edited file is refused and not
 * taken for the statute. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "law/law_private.h"

static void file__json_span(ans_buffer *b, const char *s, size_t len) {
  char *copy = strndup(s, len);
  if (copy) ans_buffer_json(b, copy);
  else b->failed = true;
  free(copy);
}

static void file__header(const ans_law *law, ans_buffer *b) {
  uint32_t roots = 0;
  for (uint32_t i = 0; i < law->unit_count; i = law->units[i].end) roots++;
  const struct { const char *key, *value; } fields[] = {{"source", law->format}, {"law", law->name}, {"official", law->official}, {"title", law->title},
                                                        {"id", law->id}, {"state", law->state}, {"source_sha256", law->source_sha256}};
  ans_buffer_text(b, "{\"format\":\"anspruch-gesetz\",\"version\":1");
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    ans_buffer_printf(b, ",\"%s\":", fields[i].key);
    ans_buffer_json(b, fields[i].value);
  }
  ans_buffer_printf(b, ",\"paragraphs\":%u,\"units\":%u}\n", roots, law->unit_count);
}

ans_status ans_law_encode(const ans_law *law, ans_buffer *out, ans_error *err) {
  file__header(law, out);
  for (uint32_t i = 0; i < law->unit_count; i = law->units[i].end) {
    const ans_law_unit *root = &law->units[i];
    ans_buffer_text(out, "{\"title\":");
    ans_buffer_json(out, root->title);
    ans_buffer_text(out, ",\"text\":");
    file__json_span(out, law->text + root->at, root->len);
    ans_buffer_text(out, ",\"units\":[");
    for (uint32_t k = i; k < root->end; k++) {
      const ans_law_unit *u = &law->units[k];
      char hex[65];
      ans_hex(u->sha256, 32, hex);
      ans_buffer_printf(out, "%s[\"%s\",", k > i ? "," : "", ans_law_keyword(u->level));
      ans_buffer_json(out, u->number);
      ans_buffer_printf(out, ",%d,%u,%u,\"%s\"]", k == i ? -1 : (int)(u->parent - i), u->at - root->at, u->len, hex);
    }
    ans_buffer_text(out, "]}\n");
  }
  if (out->full) return ans_error_set(err, ANS_LIMIT, "E-LAW-TEXT", law->name, NULL);
  return out->failed ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", law->name, "law", NULL) : ANS_OK;
}

typedef struct file__loader {
  const char *name;
  unsigned line;
  ans_arena *arena;
  ans_law *law;
  ans_law_unit *units;
  uint32_t count, capacity, roots;
  ans_buffer text;
  size_t hashed;
  ans_error *err;
} file__loader;

static ans_status file__damaged(file__loader *l, const char *what) {
  char where[240], n[24];
  snprintf(where, sizeof where, "%.200s:%s", l->name, ans_itoa(n, l->line));
  return ans_error_set(l->err, ANS_INPUT, "E-LAW-DAMAGED", where, what, NULL);
}

static const char *file__string(file__loader *l, json_t *o, const char *key) {
  json_t *v = json_object_get(o, key);
  return json_is_string(v) ? ans_arena_text(l->arena, json_string_value(v), json_string_length(v)) : NULL;
}

static ans_status file__read_header(file__loader *l, json_t *o) {
  json_int_t version = json_integer_value(json_object_get(o, "version")), paragraphs = json_integer_value(json_object_get(o, "paragraphs"));
  json_int_t units = json_integer_value(json_object_get(o, "units"));
  const char *format = json_string_value(json_object_get(o, "format"));
  if (!format || strcmp(format, "anspruch-gesetz") != 0 || version != 1) return file__damaged(l, "format");
  if (units < 1 || units > ANS_LAW_MAX_UNITS || paragraphs < 1 || paragraphs > units) return file__damaged(l, "units");
  ans_law *law = l->law;
  law->format = file__string(l, o, "source");
  law->name = file__string(l, o, "law");
  law->official = file__string(l, o, "official");
  law->title = file__string(l, o, "title");
  law->id = file__string(l, o, "id");
  law->state = file__string(l, o, "state");
  const char *sha = file__string(l, o, "source_sha256");
  if (!law->format || !law->name || !*law->name || !law->official || !law->title || !law->id || !law->state) return file__damaged(l, "law");
  if (!sha || strlen(sha) != 64 || strspn(sha, "0123456789abcdef") != 64) return file__damaged(l, "source_sha256");
  memcpy(law->source_sha256, sha, 65);
  l->capacity = (uint32_t)units;
  l->roots = (uint32_t)paragraphs;
  l->units = ans_arena_array(l->arena, l->capacity, sizeof *l->units);
  return l->units ? ANS_OK : ans_error_set(l->err, ANS_MEMORY, "E-MEMORY", l->name, "law", NULL);
}

static bool file__level(const char *keyword, ans_law_level *out) {
  for (int i = 0; keyword && i < ANS_LAW_HALF; i++)
    if (strcmp(ans_law_keyword((ans_law_level)i), keyword) == 0) { *out = (ans_law_level)i; return true; }
  return false;
}

static bool file__boundary(const char *text, size_t len, size_t at) { return at == len || ((unsigned char)text[at] & 0xc0) != 0x80; }

static bool file__number_ok(const char *s) {
  size_t n = s ? strlen(s) : 0;
  return n > 0 && n < ANS_LAW_NUMBER_SIZE && strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static ans_status file__read_unit(file__loader *l, json_t *a, uint32_t root, const char *text, size_t len, size_t base) {
  const char *keyword = json_string_value(json_array_get(a, 0)), *number = json_string_value(json_array_get(a, 1)), *sha = json_string_value(json_array_get(a, 5));
  json_int_t parent = json_is_integer(json_array_get(a, 2)) ? json_integer_value(json_array_get(a, 2)) : -2;
  json_int_t at = json_integer_value(json_array_get(a, 3)), n = json_integer_value(json_array_get(a, 4));
  uint32_t index = l->count;
  if (index >= l->capacity) return file__damaged(l, "units");
  ans_law_unit *u = &l->units[index];
  bool is_root = index == root;
  if (json_array_size(a) != 6 || !file__level(keyword, &u->level) || !file__number_ok(number) || !sha) return file__damaged(l, "unit");
  if ((u->level <= ANS_LAW_ANNEX) != is_root || (is_root ? parent != -1 : parent < 0 || parent >= (json_int_t)(index - root))) return file__damaged(l, "parent");
  if (at < 0 || n < 0 || (size_t)at > len || (size_t)n > len - (size_t)at || !file__boundary(text, len, (size_t)at) || !file__boundary(text, len, (size_t)(at + n))) return file__damaged(l, "range");
  u->parent = is_root ? ANS_NONE : root + (uint32_t)parent;
  u->at = (uint32_t)(base + (size_t)at);
  u->len = (uint32_t)n;
  u->end = index + 1;
  u->title = "";
  u->number = ans_arena_text(l->arena, number, strlen(number));
  if (!u->number) return ans_error_set(l->err, ANS_MEMORY, "E-MEMORY", l->name, "law", NULL);
  if (is_root && (at != 0 || (size_t)n != len)) return file__damaged(l, "range");
  if (!is_root) {
    const ans_law_unit *p = &l->units[u->parent];
    if (u->at < p->at || u->at + u->len > p->at + p->len) return file__damaged(l, "range");
    if (p->end != index) return file__damaged(l, "parent"); /* preorder: the parent's descendants end here so far */
    for (uint32_t k = u->parent; k != ANS_NONE; k = l->units[k].parent) l->units[k].end = index + 1;
  }
  l->hashed += (size_t)n;
  if (l->hashed > law__hash_limit(ANS_LAW_MAX_TEXT)) return file__damaged(l, "units");
  char hex[65];
  ans_sha256_once(text + at, (size_t)n, u->sha256);
  ans_hex(u->sha256, 32, hex);
  if (strcmp(hex, sha) != 0) return file__damaged(l, "sha256");
  l->count++;
  return ANS_OK;
}

static ans_status file__read_paragraph(file__loader *l, json_t *o) {
  json_t *text = json_object_get(o, "text"), *units = json_object_get(o, "units");
  const char *title = file__string(l, o, "title");
  if (!json_is_string(text) || !json_is_array(units) || json_array_size(units) == 0 || !title) return file__damaged(l, "paragraph");
  const char *s = json_string_value(text);
  size_t len = json_string_length(text), base = l->text.len;
  if (strlen(s) != len || strchr(s, '\n')) return file__damaged(l, "text");
  ans_buffer_append(&l->text, s, len);
  ans_buffer_char(&l->text, '\n');
  if (l->text.failed) return ans_error_set(l->err, ANS_LIMIT, "E-LAW-TEXT", l->name, NULL);
  uint32_t root = l->count;
  size_t before = l->hashed;
  for (size_t i = 0; i < json_array_size(units); i++) {
    ans_status status = file__read_unit(l, json_array_get(units, i), root, s, len, base);
    if (status != ANS_OK) return status;
    if (l->hashed - before > law__hash_limit(len) + (64u << 20)) return file__damaged(l, "units");
  }
  l->units[root].title = title;
  return ANS_OK;
}

static ans_status file__lines(file__loader *l, const char *bytes, size_t size) {
  uint32_t roots = 0;
  for (size_t at = 0; at < size;) {
    const char *end = memchr(bytes + at, '\n', size - at);
    size_t n = end ? (size_t)(end - bytes) - at : size - at;
    l->line++;
    if (!end) return file__damaged(l, "end");
    json_error_t je;
    json_t *o = json_loadb(bytes + at, n, JSON_REJECT_DUPLICATES, &je);
    if (!json_is_object(o)) { json_decref(o); return file__damaged(l, "JSON"); }
    ans_status status = l->line == 1 ? file__read_header(l, o) : file__read_paragraph(l, o);
    json_decref(o);
    if (status != ANS_OK) return status;
    roots += l->line > 1;
    at += n + 1;
  }
  if (l->line == 0 || roots != l->roots || l->count != l->capacity) return file__damaged(l, "end");
  return ANS_OK;
}

ans_status ans_law_decode(const char *name, const char *bytes, size_t size, ans_law **out, ans_error *err) {
  *out = NULL;
  char limit[24];
  if (size > ANS_LAW_MAX_FILE) return ans_error_set(err, ANS_LIMIT, "E-LAW-SIZE", name, ans_itoa(limit, ANS_LAW_MAX_FILE), NULL);
  file__loader l = {.name = name, .arena = ans_arena_new(0), .err = err};
  l.law = l.arena ? ans_arena_alloc(l.arena, sizeof *l.law) : NULL;
  ans_buffer_init(&l.text, ANS_LAW_MAX_TEXT + (1 << 20));
  ans_status status = l.law ? file__lines(&l, bytes, size) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "law", NULL);
  if (status == ANS_OK) {
    l.law->arena = l.arena;
    l.law->units = l.units;
    l.law->unit_count = l.count;
    l.law->text = ans_arena_text(l.arena, l.text.data ? l.text.data : "", l.text.len);
    l.law->text_len = l.text.len;
    if (!l.law->text) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "law", NULL);
  }
  ans_buffer_dispose(&l.text);
  if (status != ANS_OK) { ans_arena_free(l.arena); return status; }
  *out = l.law;
  return ANS_OK;
}

static ans_status file__slurp(const char *path, char **bytes, size_t *size, ans_error *err) {
  FILE *f = fopen(path, "rb");
  if (!f) return ans_error_set(err, ANS_IO, "E-IO-OPEN", path, strerrordesc_np(errno), NULL);
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_FILE);
  char chunk[65536];
  errno = 0;
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0 && !b.failed;) ans_buffer_append(&b, chunk, n);
  int failed = ferror(f) ? (errno ? errno : EIO) : 0;
  fclose(f);
  bool full = b.full;
  *bytes = failed ? NULL : ans_buffer_take(&b, size);
  ans_buffer_dispose(&b);
  char limit[24];
  if (failed) return ans_error_set(err, ANS_IO, "E-IO-READ", path, strerrordesc_np(failed), NULL);
  if (full) return ans_error_set(err, ANS_LIMIT, "E-LAW-SIZE", path, ans_itoa(limit, ANS_LAW_MAX_FILE), NULL);
  return *bytes ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", path, "law", NULL);
}

ans_status ans_law_open(const char *path, ans_law **out, ans_error *err) {
  char *bytes = NULL;
  size_t size = 0;
  *out = NULL;
  ans_status status = file__slurp(path, &bytes, &size, err);
  if (status == ANS_OK) status = size && bytes[0] == '{' ? ans_law_decode(path, bytes, size, out, err) : ans_law_import(path, bytes, size, out, err);
  free(bytes);
  return status;
}

static bool file__put(int fd, const char *s, size_t n) {
  while (n) {
    ssize_t w = write(fd, s, n);
    if (w < 0 && errno == EINTR) continue;
    if (w < 0) return false;
    s += w;
    n -= (size_t)w;
  }
  return fsync(fd) == 0 || errno == EINVAL;
}

ans_status ans_law_write_file(const char *path, const char *bytes, size_t size, ans_error *err) {
  struct stat there;
  bool special = stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode); /* a device or pipe is written to, not replaced */
  char *target = realpath(path, NULL);                                                          /* a symbolic link stays */
  ans_buffer temp;
  ans_buffer_init(&temp, 1 << 16);
  ans_buffer_printf(&temp, "%s.XXXXXX", target ? target : path);
  int fd = special ? open(path, O_WRONLY | O_CLOEXEC) : temp.failed ? -1 : mkostemp(temp.data, O_CLOEXEC);
  bool ok = fd >= 0 && (special || fchmod(fd, 0644) == 0) && file__put(fd, bytes, size);
  int saved = errno;
  if (fd >= 0 && close(fd) != 0 && ok) { ok = false; saved = errno; }
  if (ok && !special && rename(temp.data, target ? target : path) != 0) { ok = false; saved = errno; }
  if (!ok && fd >= 0 && !special) unlink(temp.data);
  ans_buffer_dispose(&temp);
  free(target);
  return ok ? ANS_OK : ans_error_set(err, ANS_IO, "E-IO-WRITE", path, strerrordesc_np(saved), NULL);
}
