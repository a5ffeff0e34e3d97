/* The envelope of a chunk: header, checksum, compression, encryption, and where the key comes from.
 *
 * The checksum (BLAKE2b-256 over header and stored bytes) finds every accidental change without a key, so that an audit need not have one. It is no
 * signature: whoever can write the store can write chunks, as they could write assertions. Encryption is XChaCha20-Poly1305 with a random nonce and the
 * header, and so the chunk's id and package, as associated data. zstd runs with level 1 on less than 64 MiB and is bounded by the size in the header.
 * Pure but for the random nonce and the key file. */
#include <endian.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "base/error.h"
#include "chunks/chunks.h"

/* Offsets of the header (docs/formats/chunks.md). */
enum { AT_VERSION = 8, AT_KIND = 10, AT_FLAGS = 11, AT_HEADER = 12, AT_ID = 16, AT_PACKAGE = 24, AT_RAW = 56, AT_STORED = 64, AT_NONCE = 72, AT_RESERVED = 96, AT_SUM = 104 };
static const char seal__magic[8] = {'A', 'N', 'S', 'P', 'C', 'H', 'N', 'K'};
_Static_assert(AT_SUM + 32 == ANS_CHUNK_HEADER, "header");
_Static_assert(AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == AT_RESERVED, "nonce");
_Static_assert(ANS_CHUNK_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

static void seal__u64(uint8_t *at, uint64_t v) {
  v = htole64(v);
  memcpy(at, &v, 8);
}
static uint64_t seal__get(const uint8_t *at) {
  uint64_t v;
  memcpy(&v, at, 8);
  return le64toh(v);
}

ans_status ans_chunk_damaged(const char *name, int64_t id, const char *what, ans_error *err) {
  char n[24];
  return ans_error_set(err, ANS_STORE, "E-CHUNK-DAMAGED", name, ans_itoa(n, id), what, (char *)NULL);
}
static ans_status seal__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "chunk", (char *)NULL); }
static ans_status seal__ready(ans_error *err) { return sodium_init() < 0 ? ans_error_set(err, ANS_INTERNAL, "E-BATCH-SODIUM", "chunk", (char *)NULL) : ANS_OK; }

static void seal__sum(const uint8_t *bytes, size_t size, uint8_t out[32]) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, NULL, 0, 32);
  crypto_generichash_update(&state, bytes, AT_SUM);
  crypto_generichash_update(&state, bytes + ANS_CHUNK_HEADER, size - ANS_CHUNK_HEADER);
  crypto_generichash_final(&state, out, 32);
}

/* Writes the compressed payload at `to` if it is worth it; returns its size or 0. */
static size_t seal__compress(const void *payload, size_t n, uint8_t *to, size_t room) {
  size_t packed = ZSTD_compress(to, room, payload, n, 1);
  return ZSTD_isError(packed) || packed > n - n / 8 ? 0 : packed;
}

static void seal__header(uint8_t *h, ans_chunk_kind kind, const uint8_t identity[32], const ans_chunk_options *o, uint8_t flags, size_t raw, size_t stored) {
  uint16_t version = htole16(ANS_CHUNK_FORMAT);
  uint32_t size = htole32(ANS_CHUNK_HEADER);
  memset(h, 0, ANS_CHUNK_HEADER);
  memcpy(h, seal__magic, sizeof seal__magic);
  memcpy(h + AT_VERSION, &version, 2);
  h[AT_KIND] = (uint8_t)kind;
  h[AT_FLAGS] = flags;
  memcpy(h + AT_HEADER, &size, 4);
  seal__u64(h + AT_ID, (uint64_t)o->id);
  memcpy(h + AT_PACKAGE, identity, 32);
  seal__u64(h + AT_RAW, raw);
  seal__u64(h + AT_STORED, stored);
  if (flags & ANS_CHUNK_ENCRYPTED) randombytes_buf(h + AT_NONCE, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
}

ans_status ans_chunk_seal(ans_chunk_kind kind, const uint8_t identity[32], const ans_chunk_options *o, const void *payload, size_t n, uint8_t **bytes, size_t *size, ans_error *err) {
  *bytes = NULL;
  *size = 0;
  if (n > ANS_CHUNK_MAX_BYTES) return ans_error_set(err, ANS_LIMIT, "E-CHUNK-LIMIT", NULL, "64 MiB", (char *)NULL);
  ans_status st = seal__ready(err);
  if (st != ANS_OK) return st;
  size_t room = ZSTD_compressBound(n) + crypto_aead_xchacha20poly1305_ietf_ABYTES, stored = 0;
  uint8_t *out = malloc(ANS_CHUNK_HEADER + room);
  if (!out) return seal__memory(err);
  uint8_t *body = out + ANS_CHUNK_HEADER;
  uint8_t flags = o->key ? ANS_CHUNK_ENCRYPTED : 0;
  if (o->compress && n) stored = seal__compress(payload, n, body, room);
  if (stored) {
    flags |= ANS_CHUNK_ZSTD;
  } else {
    if (n) memcpy(body, payload, n);
    stored = n;
  }
  seal__header(out, kind, identity, o, flags, n, o->key ? stored + crypto_aead_xchacha20poly1305_ietf_ABYTES : stored);
  if (o->key) {
    unsigned long long sealed = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(body, &sealed, body, stored, out, AT_SUM, NULL, out + AT_NONCE, o->key->bytes);
    stored = (size_t)sealed;
  }
  *bytes = out;
  *size = ANS_CHUNK_HEADER + stored;
  seal__sum(out, *size, out + AT_SUM);
  return ANS_OK;
}

bool ans_chunk_peek(const uint8_t *bytes, size_t size, ans_chunk_head *head) {
  uint16_t version;
  uint32_t header;
  if (size < ANS_CHUNK_HEADER || memcmp(bytes, seal__magic, sizeof seal__magic)) return false;
  memcpy(&version, bytes + AT_VERSION, 2);
  memcpy(&header, bytes + AT_HEADER, 4);
  *head = (ans_chunk_head){.version = le16toh(version), .kind = bytes[AT_KIND], .flags = bytes[AT_FLAGS], .id = (int64_t)seal__get(bytes + AT_ID), .raw_size = seal__get(bytes + AT_RAW), .stored_size = seal__get(bytes + AT_STORED)};
  memcpy(head->identity, bytes + AT_PACKAGE, 32);
  return le32toh(header) == ANS_CHUNK_HEADER;
}

/* Everything the header alone can tell. */
static ans_status seal__check(ans_chunk_kind kind, const uint8_t *identity, const uint8_t *bytes, size_t size, int64_t id, const char *name, ans_chunk_head *head, ans_error *err) {
  static const uint8_t zero[AT_SUM - AT_RESERVED] = {0};
  uint8_t sum[32];
  char n[24], m[24];
  if (!ans_chunk_peek(bytes, size, head)) return ans_chunk_damaged(name, id, "header", err);
  if (head->version != ANS_CHUNK_FORMAT) return ans_error_set(err, ANS_STORE, "E-CHUNK-VERSION", name, ans_itoa(n, id), ans_itoa(m, head->version), (char *)NULL);
  seal__sum(bytes, size, sum);
  if (memcmp(sum, bytes + AT_SUM, 32)) return ans_chunk_damaged(name, id, "checksum", err);
  if (head->kind != kind || head->id != id) return ans_chunk_damaged(name, id, "identity", err);
  bool ok = !(head->flags & ~(ANS_CHUNK_ZSTD | ANS_CHUNK_ENCRYPTED)) && head->stored_size == size - ANS_CHUNK_HEADER && head->raw_size <= ANS_CHUNK_MAX_BYTES && !memcmp(bytes + AT_RESERVED, zero, sizeof zero);
  if (!ok) return ans_chunk_damaged(name, id, "header", err);
  if (memcmp(identity, head->identity, 32)) return ans_error_set(err, ANS_STORE, "E-CHUNK-PACKAGE", name, ans_itoa(n, id), (char *)NULL);
  return ANS_OK;
}

/* Decrypts into new memory. */
static ans_status seal__decrypt(const uint8_t *bytes, size_t stored, int64_t id, const ans_chunk_key *key, const char *name, uint8_t **plain, size_t *n, ans_error *err) {
  char number[24];
  unsigned long long got = 0;
  if (!key) return ans_error_set(err, ANS_STORE, "E-CHUNK-KEY", name, ans_itoa(number, id), (char *)NULL);
  if (stored < crypto_aead_xchacha20poly1305_ietf_ABYTES) return ans_chunk_damaged(name, id, "size", err);
  *plain = malloc(stored);
  if (!*plain) return seal__memory(err);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(*plain, &got, NULL, bytes + ANS_CHUNK_HEADER, stored, bytes, AT_SUM, bytes + AT_NONCE, key->bytes) != 0) {
    free(*plain);
    *plain = NULL;
    return ans_error_set(err, ANS_STORE, "E-CHUNK-WRONG-KEY", name, ans_itoa(number, id), (char *)NULL);
  }
  *n = (size_t)got;
  return ANS_OK;
}

ans_status ans_chunk_open(ans_chunk_kind kind, const uint8_t identity[32], const uint8_t *bytes, size_t size, int64_t id, const ans_chunk_key *key, const char *name, uint8_t **payload, size_t *n, ans_error *err) {
  ans_chunk_head head;
  uint8_t *plain = NULL, *raw = NULL;
  size_t plain_size = 0;
  *payload = NULL;
  *n = 0;
  ans_status st = seal__ready(err);
  if (st == ANS_OK) st = seal__check(kind, identity, bytes, size, id, name, &head, err);
  if (st != ANS_OK) return st;
  const uint8_t *body = bytes + ANS_CHUNK_HEADER;
  size_t body_size = size - ANS_CHUNK_HEADER;
  if (head.flags & ANS_CHUNK_ENCRYPTED) {
    st = seal__decrypt(bytes, body_size, id, key, name, &plain, &plain_size, err);
    if (st != ANS_OK) return st;
    body = plain;
    body_size = plain_size;
  }
  raw = malloc(head.raw_size ? (size_t)head.raw_size : 1);
  if (!raw) {
    st = seal__memory(err);
  } else if (head.flags & ANS_CHUNK_ZSTD) {
    size_t got = ZSTD_decompress(raw, (size_t)head.raw_size, body, body_size);
    if (ZSTD_isError(got) || got != head.raw_size) st = ans_chunk_damaged(name, id, "zstd", err);
  } else if (body_size != head.raw_size) {
    st = ans_chunk_damaged(name, id, "size", err);
  } else if (body_size) {
    memcpy(raw, body, body_size);
  }
  free(plain);
  if (st != ANS_OK) {
    free(raw);
    return st;
  }
  *payload = raw;
  *n = (size_t)head.raw_size;
  return ANS_OK;
}

void ans_chunk_key_forget(ans_chunk_key *key) { sodium_memzero(key, sizeof *key); }

ans_status ans_chunk_key_load(const char *path, const char *variable, ans_chunk_key *key, bool *found, ans_error *err) {
  char text[2 * ANS_CHUNK_KEY_BYTES + 8] = "";
  const char *from = getenv(variable);
  size_t n = 0;
  *found = false;
  if (path) {
    FILE *f = fopen(path, "re");
    if (!f) return ans_error_set(err, ANS_INPUT, "E-CHUNK-KEY-FILE", path, strerror(errno), (char *)NULL);
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
    text[strcspn(text, "\r\n")] = 0;
    from = text;
  }
  if (!from || (!path && !*from)) return ANS_OK;
  size_t got = 0;
  const char *end = NULL;
  bool ok = sodium_hex2bin(key->bytes, sizeof key->bytes, from, strlen(from), NULL, &got, &end) == 0 && got == sizeof key->bytes && *end == 0;
  sodium_memzero(text, sizeof text);
  if (!ok) return ans_error_set(err, ANS_INPUT, "E-CHUNK-KEY-FORM", path ? path : variable, (char *)NULL);
  *found = true;
  return ANS_OK;
}
